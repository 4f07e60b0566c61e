"""Where routers' config files usually are, and how a path is completed."""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from ...engine.adapters.fence import inside

_USUAL = (
    ("claude-code-router", "~/.claude-code-router/config.json"),
    ("litellm", "config.yaml"),
    ("litellm", "litellm.yaml"),
    ("litellm", "litellm_config.yaml"),
    ("litellm", "litellm-config.yaml"),
    ("litellm", "proxy_config.yaml"),
    ("opencode", "opencode.json"),
    ("opencode", "opencode.jsonc"),
    ("opencode", "{config}/opencode/opencode.json"),
    ("opencode", "{config}/opencode/opencode.jsonc"),
    ("aider", ".aider.conf.yml"),
    ("aider", "~/.aider.conf.yml"),
)
_MOST = 20_000  # names of a folder that are looked at


def usual() -> list[tuple[str, Path]]:
    """The config files that are there: whose each would be, and its path; those of this folder as typed."""
    config = os.environ.get("XDG_CONFIG_HOME") or "~/.config"
    found = []
    for router, text in _USUAL:
        path = Path(text.format(config=config)).expanduser()
        try:
            if path.is_file() and inside(path):
                found.append((router, path))
        except OSError:
            continue
    return found


def short(path: Path) -> str:
    """The path as people write it: from the home folder on."""
    try:
        return f"~/{path.relative_to(Path.home())}"
    except (ValueError, RuntimeError):
        return str(path)


def completed(text: str) -> str | None:
    """What was typed with the rest of the first name that begins so; None where none does."""
    folder, _, begin = text.rpartition("/")
    where = Path(f"{folder}/" if "/" in text else ".").expanduser()
    names = sorted(islice(_names(where, begin), _MOST))
    return next((text + name[len(begin) :] for name in names if name != begin), None)


def _names(where: Path, begin: str) -> Iterator[str]:
    if not inside(where):
        return
    try:
        with os.scandir(where) as entries:
            for entry in entries:
                hidden = entry.name.startswith(".") and not begin.startswith(".")
                if entry.name.startswith(begin) and not hidden:
                    yield f"{entry.name}/" if entry.is_dir() else entry.name
    except (OSError, ValueError, RuntimeError):
        return
