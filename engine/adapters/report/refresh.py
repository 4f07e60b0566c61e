"""What a refresh changes, as text and as data."""

from __future__ import annotations

from typing import Any

from ..chosen import RULE
from ..refresh import Changes, Move
from ..stakes import Stakes
from .table import clean, money, table

_SPEED = ("ttft", "tps")
_SHOWN = 12  # new offers that are listed by name


def refresh_text(found: Changes, source: str, verdict: str, stakes: Stakes | None = None) -> str:
    """A line per figure that moves or is disputed, then what is new or gone, the money, and the count."""
    blocks = [_moves(found)] if found.moves else []
    if any(move.was_from not in ("", source) for move in found.moves):
        blocks.append(f"Two sources, one figure: {RULE}. The other one is kept beside it.")
    blocks += [f"{clean(key)} retires on {day}" for key, day in found.retires]
    for key, words in found.words.items():
        blocks += [f"{clean(key)}: {clean(text)}" for text in words.values()]
    if found.speeds:
        rows = [
            (clean(k), *(f"{s[n]:g}" if n in s else "-" for n in _SPEED)) for k, s in found.speeds.items()
        ]
        blocks.append(table(("offer", "ttft s", "tok/s"), rows, right=(1, 2)))
    if found.new:
        more = f" and {len(found.new) - _SHOWN} more" if len(found.new) > _SHOWN else ""
        blocks.append(f"new in {source}: {clean(', '.join([*found.new][:_SHOWN]))}{more}")
    blocks += [f"left out: {clean(key)}: {clean(why)}" for key, why in found.refused.items()]
    if found.gone:
        blocks.append(f"no longer in {source}: {clean(', '.join(found.gone))}")
    if stakes is not None:
        blocks.append(_money(stakes))
    moved = len({one.offer for one in found.moves})
    counts = f"{found.same} offers as before, {moved} with other prices"
    blocks.append(f"{source}: {counts}, {len(found.new)} new, {len(found.gone)} gone")
    return "\n\n".join([*blocks, verdict] if verdict else blocks)


def _moves(found: Changes) -> str:
    rows = [
        (
            clean(one.offer),
            one.field,
            "-" if one.old is None else f"{one.old:g}",
            clean(one.was_from) or "-",
            f"{one.new:g}",
            _by(one),
            "stands" if one.stands else "beside it",
        )
        for one in found.moves
    ]
    head = ("offer", "USD per M", "here", "from", "there", "", "the new one")
    return table(head, rows, right=(2, 4, 5))


def _by(move: Move) -> str:
    return "" if not move.old else f"{move.new / move.old - 1:+.0%}"


def _money(stakes: Stakes) -> str:
    """USD a month by label: the same routes at old and new prices, and the best mix at the new ones."""
    rows = []
    for name, label in stakes.before.labels.items():
        then = stakes.after.labels.get(name) if stakes.after else None
        best = stakes.best.labels.get(name)
        rows.append(
            (clean(name), *_line(label.cost, then.cost if then else None, best.cost if best else None))
        )
    after = stakes.after.cost if stakes.after else None
    rows.append(("all", *_line(stakes.before.cost, after, stakes.best.cost)))
    head = ("label", "USD/month now", "then", "change", "best mix then")
    return table(head, rows, right=(1, 2, 3, 4))


def _line(now: float | None, then: float | None, best: float | None) -> tuple[str, str, str, str]:
    change = "-" if now is None or then is None else f"{then - now:+,.2f}"
    return money(now), money(then), change, money(best)


def refresh_json(found: Changes, stakes: Stakes | None = None) -> dict[str, Any]:
    """The same as data."""
    moves = [
        {
            "offer": m.offer,
            "field": m.field,
            "from": m.old,
            "to": m.new,
            "source": m.was_from,
            "stands": m.stands,
        }
        for m in found.moves
    ]
    retires = [{"offer": key, "retires": day.isoformat()} for key, day in found.retires]
    data: dict[str, Any] = {"moves": moves, "retires": retires, "gone": list(found.gone), "same": found.same}
    data |= {
        "new": list(found.new),
        "refused": found.refused,
        "readings": found.words,
        "speeds": found.speeds,
        "rule": RULE,
    }
    if stakes is not None:
        after = None if stakes.after is None else stakes.after.cost
        data["money"] = {"now": stakes.before.cost, "then": after, "best": stakes.best.cost}
    return data
