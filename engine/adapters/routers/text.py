"""A router's file as text: fresh, or the old one with only our parts changed; notes on top as comments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ...domain.errors import InputError, shortened
from . import json5, yaml_text
from .base import Target
from .values import TABLE, TABLES, as_table, as_tables, escaped, same_value

_SIGN = "modelpick:"
_MAX_KEYS, _MAX_KEY = 8, 60  # of keys that stand twice, as they are said
_BYTE_ORDER_MARK = "\ufeff"  # a byte order mark, which some editors put first


def parse_settings(text: str | None, target: Target, where: str) -> Any:
    """The values in a router's file; None where there is none. Raises InputError."""
    text = None if text is None else text.removeprefix(_BYTE_ORDER_MARK)
    if text is None or not text.strip():
        return None
    return (yaml_text.load if target.yaml else json5.load)(text, where)


def duplicate_keys(text: str, yaml: bool) -> list[str]:
    """A clause for each key that stands more than once in a table of a valid text, of the first few."""
    pairs = (yaml_text if yaml else json5).duplicate_keys(text.removeprefix(_BYTE_ORDER_MARK))
    clauses = [
        f"line {later}: key {shortened(key, _MAX_KEY)!r} stands twice (first in line {first})"
        for key, first, later in pairs[:_MAX_KEYS]
    ]
    if len(pairs) > _MAX_KEYS:
        clauses.append(f"and {len(pairs) - _MAX_KEYS} more keys stand twice")
    return clauses


def render_settings(
    settings: Any, old_text: str | None, target: Target, notes: Sequence[str], where: str
) -> str:
    """The text that says `settings`: `old_text` with what changed, under `notes` as comments.

    Where nothing changed it is `old_text` to the letter. A byte order mark and the kind of line end stay.
    Raises InputError where the text, read again, would not say `settings`.
    """
    if old_text is None:
        body = yaml_text.dumps(settings) if target.yaml else json5.dumps(settings)
        fresh = _comments(notes, target) + body.rstrip("\n") + "\n"
        return _read_again(fresh, settings, target, where)
    mark = _BYTE_ORDER_MARK if old_text.startswith(_BYTE_ORDER_MARK) else ""
    old = parse_settings(old_text, target, where)
    if old is not None and same_value(old, settings):
        return old_text
    if twice := duplicate_keys(old_text, target.yaml):
        what = f"{twice[0]}, so one of them would be lost: take one out"
        raise InputError(what, where=where)
    windows = old_text.count("\r\n") * 2 > old_text.count("\n")
    body = _without_comments(old_text.removeprefix(mark).replace("\r\n", "\n"), target)
    if target.yaml:
        body = yaml_text.edited(body, settings, where)
    else:
        body = json5.edited(body, settings, where) if body.strip() else json5.dumps(settings)
    text = _comments(notes, target) + body.rstrip("\n") + "\n"
    return _read_again(mark + (text.replace("\n", "\r\n") if windows else text), settings, target, where)


def _read_again(text: str, settings: Any, target: Target, where: str) -> str:
    """`text`, where its format's parser finds `settings` in it. Raises InputError."""
    try:
        reread = parse_settings(text, target, where)
    except InputError as error:
        raise InputError(f"not written, as it could not be read again: {error.what}", where=where) from None
    if not same_value(reread, settings):
        raise InputError("not written, as read again it would say something else", where=where)
    return text


def _comments(notes: Sequence[str], target: Target) -> str:
    if not target.comment:
        return ""
    lines = [escaped(" ".join(note.split())) for note in notes]
    return "".join(f"{target.comment} {_SIGN} {line}\n" for line in lines)


def _without_comments(text: str, target: Target) -> str:
    """`text` without the notes an earlier export put on top."""
    lines = text.splitlines(keepends=True)
    while lines and target.comment and lines[0].startswith(f"{target.comment} {_SIGN}"):
        del lines[0]
    return "".join(lines)


def check_shapes(settings: Any, target: Target, where: str) -> None:
    """Raises InputError for settings of another shape than the router's own, as a merge would lose them."""
    for key, shape in target.shapes.items():
        *path, name = key.split(".")
        setting = as_table(settings, *path).get(name)
        if setting is None:
            continue
        fits = isinstance(setting, Mapping if shape == TABLE else list)
        if not fits or (shape == TABLES and len(as_tables(setting)) < len(setting)):
            raise InputError(f"is no {shape}, so nothing can be merged", key=key, where=where)
