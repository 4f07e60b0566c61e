"""What a refresh changes, as text and as data."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from ...domain.formatting import money
from ..catalog.refresh import RULE, STRANGER, Changes, Move
from ..routers.costing import Stakes
from .text import clean, table

_SPEED = ("ttft", "tps")
_SHOWN = 12  # new offers that are listed by name
_NAMED = 5  # names of each kind that is not taken


def refresh_text(
    found: Changes, source: str, verdict: str, stakes: Stakes | None = None, dated: str = ""
) -> str:
    """A line per figure that moves or is disputed, then what is new, gone or not taken, the money, the count.

    `dated`: how the day of the source's text is known.
    """
    blocks = [_moves(found)] if found.moves else []
    if any(move.was_from not in ("", source) for move in found.moves):
        blocks.append(f"Two sources, one figure: {RULE}. The other one is kept beside it.")
    if found.terms:
        terms = [(clean(one.offer), one.field, _term(one.old), _term(one.new)) for one in found.terms]
        blocks.append(table(("offer", "", "here", "there"), terms))
    blocks += [f"{clean(key)}: also {', '.join(more)}" for key, more in found.features.items()]
    blocks += [f"{clean(key)} retires on {day}" for key, day in found.retires]
    for key, words in found.words.items():
        blocks += [f"{clean(key)}: {clean(text)}" for text in words.values()]
    if found.speeds:
        rows = [
            (clean(k), *(f"{s[n]:g}" if n in s else "-" for n in _SPEED)) for k, s in found.speeds.items()
        ]
        blocks.append(table(("offer", "ttft s", "tok/s"), rows, right=(1, 2)))
    if found.new:
        blocks.append(f"new in {source}: {_first(found.new, _SHOWN)}")
    if found.models:
        blocks.append(f"new models, unscored: {_first(found.models, _SHOWN)}")
    blocks += [f"left out: {clean(key)}: {clean(why)}" for key, why in found.refused.items()]
    if found.gone:
        blocks.append(f"no longer in {source}: {clean(', '.join(found.gone))}")
    if found.older:
        blocks.append(
            f"{len(found.older)} offers differ, but the figures here are newer and stay: "
            f"{_first(found.older, _NAMED)}"
        )
    if found.untaken:
        count = sum(map(len, found.untaken.values()))
        lines = [f"{len(names)} {why}: {_first(names, _NAMED)}" for why, names in _by_size(found)]
        blocks.append("\n  ".join([f"{count} names not taken:", *lines]))
    if stakes is not None:
        blocks.append(_money(stakes))
    if dated:
        blocks.append(f"{source} {clean(dated)}")
    moved = len({*(one.offer for one in found.moves), *(one.offer for one in found.terms)})
    counts = f"{found.same} offers as before, {moved} with other prices or terms"
    blocks.append(f"{source}: {counts}, {len(found.new)} new, {len(found.gone)} gone")
    return "\n\n".join([*blocks, verdict] if verdict else blocks)


def _by_size(found: Changes) -> list[tuple[str, tuple[str, ...]]]:
    """The reasons why names are not taken, those within the catalogue's providers first."""
    return sorted(found.untaken.items(), key=lambda pair: (pair[0] == STRANGER, -len(pair[1]), pair[0]))


def _first(names: Collection[str], most: int) -> str:
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return f"{clean(', '.join([*names][:most]))}{more}"


def _term(figure: Any) -> str:
    if figure is None:
        return "-"
    if isinstance(figure, list):
        rows = [" ".join(f"{name} {price:,.10g}" for name, price in row.items()) for row in figure]
        return "; ".join(rows) or "none"
    return f"{figure:,.10g}"


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
        "models": list(found.models),
        "terms": [
            {"offer": one.offer, "field": one.field, "from": one.old, "to": one.new} for one in found.terms
        ],
        "features": {key: list(more) for key, more in found.features.items()},
        "older": list(found.older),
        "not_taken": {why: list(names) for why, names in found.untaken.items()},
        "readings": found.words,
        "speeds": found.speeds,
        "rule": RULE,
    }
    if stakes is not None:
        after = None if stakes.after is None else stakes.after.cost
        data["money"] = {"now": stakes.before.cost, "then": after, "best": stakes.best.cost}
    return data
