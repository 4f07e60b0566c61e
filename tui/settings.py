"""What a person prefers, from config.toml in modelpick's own folder; and what the app remembers by itself.

theme = "modelpick-light"
mouse = false
ascii = true             # for a terminal without bars, borders and signs; false: it has them, whatever it is
[keys]
undo = "u, ctrl+z"      # `modelpick keys` lists the names
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..engine.domain.errors import InputError, nearest

_KINDS: dict[str, tuple[type, str]] = {
    "theme": (str, 'the name of a theme, such as "modelpick-light"'),
    "mouse": (bool, "true or false"),
    "ascii": (bool, "true or false"),
    "keys": (dict, "a table [keys]"),
}


@dataclass(frozen=True)
class Settings:
    """The config file's content; the defaults where there is none."""

    theme: str = ""
    mouse: bool = True
    ascii: bool | None = None
    keys: Mapping[str, str] = field(default_factory=dict)


_FEW_SIGNS = ("linux", "vt100", "vt102", "vt220", "ansi", "dumb")  # kinds of terminals, and their variants


def has_only_ascii(environment: Mapping[str, str] = os.environ) -> bool:
    """Whether the terminal is a console with few signs, or the locale's character set is not UTF-8.

    UTF-8 is taken for granted where no locale names a set.
    """
    if environment.get("TERM", "").partition("-")[0] in _FEW_SIGNS:
        return True
    locale = next(filter(None, (environment.get(name) for name in ("LC_ALL", "LC_CTYPE", "LANG"))), "")
    charset = locale.partition(".")[2].partition("@")[0]
    return bool(charset) and charset.casefold().replace("-", "") != "utf8"


def config_path() -> Path:
    """Where the config file is, whether or not it exists."""
    from ..engine.adapters.folders import user_folder

    return user_folder("config") / "config.toml"


def read_settings(path: Path) -> Settings:
    """The settings in a file; the defaults where there is none. Raises InputError naming file and key."""
    from ..engine.adapters.disk import exists, read_text

    if not exists(path):
        return Settings()
    from ..engine.adapters.toml_read import loads

    try:
        table = loads(read_text(path))
    except (ValueError, RecursionError) as error:
        raise InputError(f"not valid TOML: {error}", where=str(path)) from None
    for key, value in table.items():
        if key not in _KINDS:
            raise InputError(f"unknown key{nearest(key, _KINDS)}", key=key, where=str(path))
        kind, words = _KINDS[key]
        if not isinstance(value, kind):
            raise InputError(f"should be {words}, not {value!r}", key=key, where=str(path))
    keys = {name: _keys(name, value, path) for name, value in table.pop("keys", {}).items()}
    return Settings(**table, keys=keys)


def _keys(name: str, value: Any, path: Path) -> str:
    """Keys as textual wants them: 'u,ctrl+z'."""
    words = value.split(",") if isinstance(value, str) and value.strip() != "," else value
    if isinstance(words, str):
        words = ["comma"]
    if not isinstance(words, list) or not all(isinstance(word, str) and word.strip() for word in words):
        raise InputError(
            'should be a key or several, such as "u, ctrl+z"', key=f"keys.{name}", where=str(path)
        )
    return ",".join(word.strip() for word in words)


def remember_theme(name: str, path: Path) -> None:
    """Write the theme into the config file, its other lines as they are; what cannot be written is let be."""
    import tomlkit

    from ..engine.adapters.disk import exists, read_text, save

    with suppress(InputError, OSError, ValueError):
        document = tomlkit.parse(read_text(path) if exists(path) else "")
        if document.get("theme") == name:
            return
        document["theme"] = name
        path.parent.mkdir(parents=True, exist_ok=True)
        save(path, document.as_string())


def remembered(name: str) -> dict[str, Any]:
    """What was kept under this name by `remember`; nothing where that is gone or cannot be read."""
    import json

    from ..engine.adapters.disk import read_text

    with suppress(InputError, OSError, ValueError, RecursionError):
        kept = json.loads(read_text(_state_path(name)))
        return kept if isinstance(kept, dict) else {}
    return {}


def remember(name: str, kept: Mapping[str, Any]) -> None:
    """Keep something in the state folder for the next session; what cannot be written is let be."""
    import json

    from ..engine.adapters.disk import save

    path = _state_path(name)
    with suppress(InputError, OSError, ValueError):
        path.parent.mkdir(parents=True, exist_ok=True)
        save(path, json.dumps(kept, ensure_ascii=False) + "\n")


def _state_path(name: str) -> Path:
    from ..engine.adapters.folders import user_folder

    return user_folder("state") / f"{name}.json"
