"""Edits as lines that a person can read and `--replay` can repeat.

    set labels.think.min_quality = 80
    drop labels.think.max_latency
    rename labels.nightly = "weekly"
    undo
    set limits.budget = 400
      and set objective = "quality"

A line that begins with `and` belongs to the edit before it. `#` begins a comment.

--record: the session's edits on disk, line by line.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...engine.adapters.disk import check_plain, read_text, reason_text
from ...engine.adapters.rule_overrides import with_sets
from ...engine.adapters.serialization import to_table
from ...engine.adapters.validation import key_path
from ...engine.domain.errors import InputError, nearest
from ...engine.domain.routing import Routing
from ...version import __version__
from .edits import renamed
from .values import shown

if TYPE_CHECKING:
    from ...engine.domain.routing import Routing


TRAVEL = {"undo": True, "redo": False}
_VERBS = ("set", "drop", "rename", *TRAVEL)
_WORD = 40  # characters of a wrong one that are repeated
_AND = "and "


@dataclass(frozen=True)
class Edit:
    """One edit of a script: where it begins, and its lines without `and`."""

    line: int
    parts: tuple[str, ...]

    @property
    def travel(self) -> bool | None:
        """True for undo, False for redo, None for an edit."""
        return TRAVEL.get(self.parts[0])


def told(before: Routing, after: Routing) -> list[str]:
    """The lines of the edit that led from one routing to the other."""
    old, new = to_table(before), to_table(after)
    lines = _renames(old, new)
    lines += [f"drop {key_path(('labels', name))}" for name in old["labels"] if name not in new["labels"]]
    for name, label in new["labels"].items():
        if name in old["labels"]:
            lines += _table(("labels", name), old["labels"][name], label)
        else:
            lines.append(f"set {key_path(('labels', name))} = {shown(label)}")
    lines += _table(("limits",), old.pop("limits", {}), new.pop("limits", {}))
    del old["labels"], new["labels"]
    lines += _table((), old, new)
    return [line if at == 0 else f"  {_AND}{line}" for at, line in enumerate(lines)]


def _renames(old: dict[str, Any], new: dict[str, Any]) -> list[str]:
    """Labels that are the same under another name, in the same place; `old` gets the new names."""
    pairs = list(zip(old["labels"], new["labels"], strict=False))
    if len(old["labels"]) != len(new["labels"]):
        return []
    moved = {
        was: now
        for was, now in pairs
        if was not in new["labels"] and now not in old["labels"] and old["labels"][was] == new["labels"][now]
    }
    old["labels"] = {moved.get(name, name): label for name, label in old["labels"].items()}
    return [f"rename {key_path(('labels', was))} = {shown([now])[1:-1]}" for was, now in moved.items()]


def _table(path: tuple[str, ...], old: dict[str, Any], new: dict[str, Any]) -> list[str]:
    lines = [f"drop {key_path((*path, key))}" for key in old if key not in new]
    for key, value in new.items():
        if key not in old or old[key] != value:
            text = shown([value])[1:-1] if isinstance(value, str) else shown(value)
            lines.append(f"set {key_path((*path, key))} = {text}")
    return lines


def edits_in(text: str) -> Iterator[Edit]:
    """The edits of a script. Raises InputError naming the line."""
    lines: list[str] = []
    start = 0
    for number, raw in enumerate([*text.splitlines(), "undo"], 1):  # the last one only ends the edit before
        line = raw.strip()
        if not line or line.startswith("#"):
            continue
        if line.startswith(_AND):
            if not lines:
                raise InputError("there is no edit before it that it could belong to", key=f"line {number}")
            lines.append(line.removeprefix(_AND).strip())
            continue
        if lines:
            yield Edit(start, tuple(lines))
        lines, start = [line], number


def applied(edit: Edit, routing: Routing) -> Routing:
    """The routing after an edit. Raises InputError naming the line."""
    try:
        return _applied(routing, edit.parts)
    except InputError as error:
        key = f"line {edit.line}" + (f": {error.key}" if error.key else "")
        raise InputError(error.what, key=key) from None


def _applied(routing: Routing, parts: Sequence[str]) -> Routing:
    sets = []
    for part in parts:
        verb, _, rest = part.partition(" ")
        path, _, value = rest.partition("=")
        if verb not in _VERBS:
            word = verb if len(verb) <= _WORD else f"{verb[:_WORD]}..."
            raise InputError(f"{word!r} is no edit{nearest(word, _VERBS)}; there are {', '.join(_VERBS)}")
        if verb == "rename":
            routing = _named(routing, path, value)
        elif verb == "set":
            sets.append(rest)
        elif with_sets(routing, [f"{rest.strip()}="]) == routing:
            raise InputError("is not set, so it cannot be dropped", key=rest.strip())
        else:
            sets.append(f"{rest.strip()}=")
    return with_sets(routing, sets)


def _named(routing: Routing, path: str, value: str) -> Routing:
    from ...engine.adapters.toml_read import loads

    try:
        name = loads(f"x = {value}")["x"]
        (label,) = loads(f"{path} = 0")["labels"]
    except (ValueError, KeyError, TypeError):
        raise InputError('write it as: rename labels.old = "new"') from None
    if label not in routing.labels:
        raise InputError(f"no such label{nearest(label, routing.labels)}", key=path.strip())
    return renamed(routing, label, str(name))


_MARK = "# modelpick record"


class Recorder:
    """Writes every edit as it happens: what is on the disk survives a crash. Raises InputError."""

    def __init__(self, path: Path, name: str) -> None:
        check_plain(path, "a record is added to line by line")
        try:
            if path.exists() and path.stat().st_size and not read_text(path).startswith(_MARK):
                raise InputError(
                    "exists and is no earlier record, so it is not written over", where=str(path)
                )
            path.write_text(f"{_MARK} {__version__}: {name}; repeat it with --replay\n", "utf-8")
        except OSError as error:
            raise InputError(f"cannot record: {reason_text(error)}", where=str(path)) from None
        self._path = path

    def edited(self, before: Routing, after: Routing) -> None:
        """An edit has been made."""

        for line in told(before, after):
            self._line(line)

    def travelled(self, back: bool) -> None:
        """An edit was undone or redone."""
        self._line("undo" if back else "redo")

    def _line(self, text: str) -> None:
        """Raises InputError where the disk takes no more."""
        try:
            with self._path.open("a", encoding="utf-8") as file:
                file.write(f"{text}\n")
        except OSError as error:
            raise InputError(f"cannot record: {reason_text(error)}", where=str(self._path)) from None
