"""What a refresh changes, as text and as data."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from ...domain.formatting import money, signed_money
from ..catalog.quote_matching import STRANGER
from ..catalog.refresh import RULE, Changes, Move
from ..routers.costing import ChangeImpact
from .check import changes as mix_changes
from .text import clean, table

_SPEED = ("ttft", "tps")
MAX_NEW_NAMES = 40  # new offers and models that are listed by name
MAX_OTHER_NAMES = 5  # names of each kind that is not taken


def refresh_text(
    changes: Changes, source: str, verdict: str, impact: ChangeImpact | None = None, dated: str = ""
) -> str:
    """A line per figure that moves or is disputed, then what is new, gone or not taken, the money, the count.

    `dated`: how the day of the source's text is known.
    """
    blocks = [_moves_table(changes)] if changes.moves else []
    if any(move.was_from not in ("", source) for move in changes.moves):
        blocks.append(f"Two sources, one figure: {RULE}. The other one is kept beside it.")
    if changes.terms:
        terms = [
            (clean(term.offer), term.field, _term_text(term.old), _term_text(term.new))
            for term in changes.terms
        ]
        blocks.append(table(("offer", "", "here", "there"), terms))
    blocks += [f"{clean(key)}: also {', '.join(more)}" for key, more in changes.features.items()]
    blocks += [f"{clean(key)} retires on {day}" for key, day in changes.retires]
    for key, readings in changes.readings.items():
        blocks += [f"{clean(key)}: {clean(text)}" for text in readings.values()]
    if changes.speeds:
        rows = [
            (clean(key), *(f"{speed[name]:g}" if name in speed else "-" for name in _SPEED))
            for key, speed in changes.speeds.items()
        ]
        blocks.append(table(("offer", "ttft s", "tok/s"), rows, right=(1, 2)))
    if changes.new:
        blocks.append(f"new in {source}: {_first_names(changes.new, MAX_NEW_NAMES)}")
    if changes.models:
        blocks.append(f"new models, unscored: {_first_names(changes.models, MAX_NEW_NAMES)}")
    blocks += [f"left out: {clean(key)}: {clean(why)}" for key, why in changes.refused.items()]
    if changes.delisted:
        blocks.append(f"no longer in {source}: {clean(', '.join(changes.delisted))}")
    if changes.older:
        blocks.append(
            f"{len(changes.older)} offers differ, but the figures here are newer and stay: "
            f"{_first_names(changes.older, MAX_OTHER_NAMES)}"
        )
    if changes.not_taken:
        count = sum(map(len, changes.not_taken.values()))
        lines = [
            f"{len(names)} {why}: {_first_names(names, MAX_OTHER_NAMES)}" for why, names in _by_size(changes)
        ]
        blocks.append("\n  ".join([f"{count} names not taken:", *lines]))
    if impact is not None:
        blocks += [_money_table(impact), *_impact_blocks(changes, source, impact)]
    if dated:
        blocks.append(f"{source} {clean(dated)}")
    counts = f"{changes.same} offers as before, {len(changes.repriced)} with other prices or terms"
    blocks.append(f"{source}: {counts}, {len(changes.new)} new, {len(changes.delisted)} gone")
    return "\n\n".join([*blocks, verdict] if verdict else blocks)


def _by_size(changes: Changes) -> list[tuple[str, tuple[str, ...]]]:
    """The reasons why names are not taken, those within the catalogue's providers first."""
    return sorted(changes.not_taken.items(), key=lambda pair: (pair[0] == STRANGER, -len(pair[1]), pair[0]))


def _first_names(names: Collection[str], maximum: int) -> str:
    more = f" and {len(names) - maximum} more" if len(names) > maximum else ""
    return f"{clean(', '.join([*names][:maximum]))}{more}"


def _term_text(figure: Any) -> str:
    if figure is None:
        return "-"
    if isinstance(figure, list):
        rows = [" ".join(f"{name} {price:,.10g}" for name, price in row.items()) for row in figure]
        return "; ".join(rows) or "none"
    return f"{figure:,.10g}"


def _moves_table(changes: Changes) -> str:
    rows = [
        (
            clean(move.offer),
            move.field,
            "-" if move.old is None else f"{move.old:g}",
            clean(move.was_from) or "-",
            f"{move.new:g}",
            percent_text(move),
            "stands" if move.stands else "beside it",
        )
        for move in changes.moves
    ]
    head = ("offer", "USD per M", "here", "from", "there", "", "the new one")
    return table(head, rows, right=(2, 4, 5))


def percent_text(move: Move) -> str:
    """How far a price moves; nothing where it was free or not known."""
    return "" if not move.old else f"{move.new / move.old - 1:+.0%}"


def _money_table(impact: ChangeImpact) -> str:
    """USD a month by label: the same routes at old and new prices, and the best mix at the new ones."""
    rows = []
    for name, label in impact.before.labels.items():
        then = impact.after.labels.get(name) if impact.after else None
        best = impact.best.labels.get(name)
        rows.append(
            (clean(name), *_money_cells(label.cost, then.cost if then else None, best.cost if best else None))
        )
    after = impact.after.cost if impact.after else None
    rows.append(("all", *_money_cells(impact.before.cost, after, impact.best.cost)))
    head = ("label", "USD/month now", "then", "change", "best mix then")
    return table(head, rows, right=(1, 2, 3, 4))


def _impact_blocks(changes: Changes, source: str, impact: ChangeImpact) -> Iterator[str]:
    """The best mix where it is another one, and which offers in use retire or are not listed any more."""
    if not impact.best.found:
        yield f"no mix keeps the rules then ({impact.best.status}); modelpick explain says what clashes"
    else:
        rows = [row[:3] for row in mix_changes(impact.before, impact.best) if row[2] != "the same"]
        yield (
            table(("label", "routes now", "best mix then"), rows) if rows else "The best mix stays the same."
        )
    gone = [key for key in impact.offers if key in changes.delisted]
    if gone:
        yield f"in use and no longer in {source}: {clean(', '.join(gone))}"
    retiring = [f"{clean(key)} on {day}" for key, day in changes.retires if key in impact.offers]
    if retiring:
        yield f"in use, with a new last day: {', '.join(retiring)}"


def _money_cells(now: float | None, then: float | None, best: float | None) -> tuple[str, str, str, str]:
    change = "-" if now is None or then is None else signed_money(then - now)
    return money(now), money(then), change, money(best)


def refresh_json(changes: Changes, impact: ChangeImpact | None = None) -> dict[str, Any]:
    """The same as data."""
    moves = [
        {
            "offer": move.offer,
            "field": move.field,
            "from": move.old,
            "to": move.new,
            "source": move.was_from,
            "stands": move.stands,
        }
        for move in changes.moves
    ]
    retires = [{"offer": key, "retires": day.isoformat()} for key, day in changes.retires]
    facts: dict[str, Any] = {
        "moves": moves,
        "retires": retires,
        "gone": list(changes.delisted),
        "same": changes.same,
        "new": list(changes.new),
        "refused": changes.refused,
        "models": list(changes.models),
        "terms": [
            {"offer": term.offer, "field": term.field, "from": term.old, "to": term.new}
            for term in changes.terms
        ],
        "features": {key: list(more) for key, more in changes.features.items()},
        "older": list(changes.older),
        "not_taken": {why: list(names) for why, names in changes.not_taken.items()},
        "readings": changes.readings,
        "speeds": changes.speeds,
        "rule": RULE,
    }
    if impact is not None:
        after = None if impact.after is None else impact.after.cost
        facts["money"] = {"now": impact.before.cost, "then": after, "best": impact.best.cost}
        facts["best"] = {
            name: {route.offer: route.share for route in label.routes}
            for name, label in impact.best.labels.items()
        }
        facts["in_use"] = {
            "gone": [key for key in impact.offers if key in changes.delisted],
            "retires": {key: day.isoformat() for key, day in changes.retires if key in impact.offers},
        }
    return facts
