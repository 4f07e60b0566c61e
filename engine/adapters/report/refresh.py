"""What a refresh changes, as text and as data."""

from __future__ import annotations

from typing import Any

from ..refresh import Changes
from .table import clean, table


def refresh_text(found: Changes, source: str, verdict: str) -> str:
    """A line per figure that moves, then what is gone and the count."""
    rows = [
        (
            clean(one.offer),
            one.field,
            "-" if one.old is None else f"{one.old:g}",
            f"{one.new:g}",
            _by(one.old, one.new),
        )
        for one in found.moves
    ]
    blocks = [table(("offer", "USD per M", "was", "is", ""), rows, right=(2, 3, 4))] if rows else []
    blocks += [f"{clean(key)} retires on {day}" for key, day in found.retires]
    if found.gone:
        blocks.append(f"no longer in {source}: {clean(', '.join(found.gone))}")
    moved = len({one.offer for one in found.moves})
    blocks.append(f"{source}: {found.same} offers as before, {moved} with new prices, {len(found.gone)} gone")
    return "\n\n".join([*blocks, verdict] if verdict else blocks)


def _by(old: float | None, new: float) -> str:
    return "" if not old else f"{new / old - 1:+.0%}"


def refresh_json(found: Changes) -> dict[str, Any]:
    """The same as data."""
    moves = [{"offer": m.offer, "field": m.field, "from": m.old, "to": m.new} for m in found.moves]
    retires = [{"offer": key, "retires": day.isoformat()} for key, day in found.retires]
    return {"moves": moves, "retires": retires, "gone": list(found.gone), "same": found.same}
