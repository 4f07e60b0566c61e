"""A router's file as text: fresh, or the old one with only our parts changed; notes on top as comments."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from . import json5, yaml_text
from .base import Target

_SIGN = "modelpick:"


def read(text: str | None, target: Target, where: str) -> Any:
    """The values in a router's file; None where there is none. Raises InputError."""
    if text is None or not text.strip():
        return None
    return (yaml_text.load if target.yaml else json5.load)(text, where)


def written(data: Any, old_text: str | None, target: Target, notes: Sequence[str], where: str) -> str:
    """The text that says `data`: `old_text` with what changed, under `notes`."""
    body = "" if old_text is None else _without_notes(old_text, target)
    if target.yaml:
        body = yaml_text.edited(body, data, where)
    else:
        body = json5.edited(body, data, where) if body.strip() else json5.dumps(data)
    return _notes(notes, target) + body.rstrip("\n") + "\n"


def _notes(notes: Sequence[str], target: Target) -> str:
    if not target.comment:
        return ""
    lines = [" ".join(note.split()) for note in notes]
    return "".join(f"{target.comment} {_SIGN} {line}\n" for line in lines)


def _without_notes(text: str, target: Target) -> str:
    """`text` without the notes an earlier export put on top."""
    lines = text.splitlines(keepends=True)
    while lines and target.comment and lines[0].startswith(f"{target.comment} {_SIGN}"):
        del lines[0]
    return "".join(lines)
