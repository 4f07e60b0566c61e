"""Drafts: unsaved edits in modelpick's own state folder, for the next start after one that did not end well.

A draft is a routing file of its own, beside nothing of the user's; its first line tells which file it is of,
what-if figures and scenarios, and which process writes it. That of a process that is gone is offered.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...engine.domain.errors import InputError
from .scenario import Scenario, row_of, scenario_of

if TYPE_CHECKING:
    from .document import Document

_LEAD = "# modelpick draft: "
_NAMED = 16  # letters of a digest in a draft's name


@dataclass(frozen=True)
class Draft:
    """Unsaved edits: the rules as TOML, and what else they were answered with.

    `of` is the routing file, None for the ready-made routing; `base` the digest of that file's text when the
    edits began; `when` the time of the last edit, to the minute, in local time. `edited`: rules or figures
    differ from the file's; `scenarios` are those that no file keeps, `tried` where the sliders stood.
    """

    path: Path
    of: Path | None
    text: str
    base: str = ""
    when: str = ""
    overrides: Mapping[str, Any] = field(default_factory=dict)
    writer: str = ""
    edited: bool = True
    scenarios: tuple[Scenario, ...] = ()
    tried: Scenario = field(default_factory=Scenario)

    @property
    def has_scenarios(self) -> bool:
        """Whether there is a what-if in it that no file keeps."""
        return bool(self.scenarios) or not self.tried.is_today


def folder() -> Path:
    """Where drafts are kept."""
    from ...engine.adapters.folders import user_folder

    return user_folder("state") / "drafts"


def digest(text: str | None) -> str:
    """A short fingerprint of a file's text; of none where there is no file."""
    return "" if text is None else sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:_NAMED]


def own_path(of: Path | None) -> Path:
    """Where this process keeps its draft of a routing file, or of the ready-made routing."""
    return folder() / f"{_stem(of)}-{os.getpid()}.toml"


def write(document: Document, scenarios: Sequence[Scenario] = (), tried: Scenario | None = None) -> Path:
    """Keep unsaved edits, scenarios and where the sliders stand; where they went. Raises InputError."""
    import tomli_w

    from ...engine.adapters.disk import reason_text, save
    from ...engine.adapters.serialization import to_table

    of = document.file.path
    path = own_path(of)
    head = {
        "of": None if of is None else str(of.resolve()),
        "base": digest(document.file.text),
        "when": f"{datetime.now():%Y-%m-%d %H:%M}",
        "whatif": document.overrides,
        "writer": _running(os.getpid()),
        "edited": document.dirty or bool(document.override_count),
        "scenarios": [row_of(scenario) for scenario in scenarios],
        "tried": row_of(tried or Scenario()),
    }
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise InputError(f"no draft can be kept: {reason_text(error)}", where=str(path.parent)) from None
    save(path, f"{_LEAD}{json.dumps(head)}\n{tomli_w.dumps(to_table(document.routing))}")
    return path


def drop(path: Path) -> None:
    """Remove a draft; one that is gone already, or cannot be removed, is let be."""
    with suppress(OSError):
        path.unlink()


def left(of: Path | None) -> list[Draft]:
    """The drafts of a routing file whose writers are gone, the newest first."""
    dated: list[tuple[float, Draft]] = []
    with suppress(OSError):
        for path in folder().glob(f"{_stem(of)}-*.toml"):
            draft = _read(path)
            if draft is not None and draft.of == (None if of is None else of.resolve()):
                with suppress(OSError):
                    dated.append((path.stat().st_mtime, draft))
    dated.sort(key=lambda pair: pair[0], reverse=True)
    return [draft for _, draft in dated if not _alive(draft)]


def _stem(of: Path | None) -> str:
    return "ready-made" if of is None else digest(str(of.resolve()))


def _read(path: Path) -> Draft | None:
    """A draft as it was written; None for what is none."""
    from ...engine.adapters.disk import read_text

    try:
        first, _, text = read_text(path).partition("\n")
        head = json.loads(first.removeprefix(_LEAD))
        of = None if head["of"] is None else Path(head["of"])
        base, when, writer = (str(head[name]) for name in ("base", "when", "writer"))
        scenarios = tuple(filter(None, map(scenario_of, head.get("scenarios", ()))))
        tried = scenario_of(head.get("tried")) or Scenario()
        edited, overrides = bool(head.get("edited", True)), dict(head["whatif"])
        return Draft(path, of, text, base, when, overrides, writer, edited, scenarios, tried)
    except (InputError, ValueError, KeyError, TypeError, RecursionError):
        return None


def _alive(draft: Draft) -> bool:
    """Whether the process that writes the draft still runs, and is no other with its number."""
    number = draft.path.stem.rpartition("-")[2]
    return number.isdecimal() and bool(draft.writer) and draft.writer == _running(int(number))


def _running(process: int) -> str:
    """A process as it is: its number, when it began and since which start of the machine; "" for none."""
    try:
        began = Path(f"/proc/{process}/stat").read_text("ascii", "replace").rpartition(")")[2].split()[19]
        boot = Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()
        return f"{process} {began} {boot}"
    except (OSError, IndexError):  # gone, or a system without /proc
        pass
    if Path("/proc/self/stat").exists():
        return ""
    try:
        os.kill(process, 0)
    except PermissionError:
        return str(process)
    except (OSError, OverflowError):
        return ""
    return str(process)
