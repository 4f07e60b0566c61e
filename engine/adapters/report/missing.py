"""Offers that are out only for want of a figure, as text and as data."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from ...domain.explanation import AssumedRoute, MissingFigures
from ...domain.formatting import OBJECTIVE_UNITS, points_text, share_text
from ...domain.routing import Routing
from .text import clean

ASSUMPTION = (
    "Assumed: a speed as of the same model elsewhere, else of its family; a score as of its family at the\n"
    "same reasoning level. No plan rests on that: probe a speed, import scores or your own tests, then solve."
)


def missing_text(routing: Routing, answers: Sequence[MissingFigures]) -> str:
    """A paragraph a label, and what was assumed."""
    if not answers:
        return "no offer is out only because a figure is unknown"
    blocks = ["\n".join(_lines(routing, answer)) for answer in answers]
    return "\n\n".join([*blocks, ASSUMPTION])


def missing_json(answers: Sequence[MissingFigures]) -> str:
    """`{"missing": [...], "assumption": ...}`."""
    facts = [answer.model_dump(mode="json") for answer in answers]
    return json.dumps({"missing": facts, "assumption": ASSUMPTION}, indent=2)


def missing_note(count: int) -> str:
    """What a plan says of them; nothing where there are none."""
    if not count:
        return ""
    many = "offers are" if count > 1 else "offer is"
    left_out = f"{count:,} {many} left out only because a speed or a score is unknown"
    return f"{left_out}: explain --missing says what they could save"


def _lines(routing: Routing, answer: MissingFigures) -> Iterator[str]:
    kinds = ((answer.unknown_speed, "of a speed"), (answer.unscored, "of a score"), (answer.both, "of both"))
    counts = ", ".join(f"{count:,} for want {what}" for count, what in kinds if count)
    yield f"{clean(answer.label)}: out only for want of a figure: {counts}"
    if not answer.assumed:
        yield "  none of them has a relative whose figures would let it serve"
        return
    unit, digits = OBJECTIVE_UNITS[routing.objective]
    verb = "save" if routing.objective == "cost" else "gain"
    if answer.saves is None:
        found = "there would be a plan with them" if answer.routes else "there is no plan with them either"
        yield f"  {answer.assumed:,} would fit if they were as their relatives are; {found}"
    elif answer.saves < 0.5 * 10**-digits:
        yield f"  {answer.assumed:,} would fit if they were as their relatives are, and {verb} nothing"
    else:
        money = f"{answer.saves:,.{digits}f} {unit}"
        yield f"  {answer.assumed:,} would fit if they were as their relatives are, and {verb} {money}:"
    for route in answer.routes:
        yield f"    {clean(route.offer)} {share_text(route.share)}{_assumed(route)}"


def _assumed(route: AssumedRoute) -> str:
    figures = []
    if route.quality is not None:
        figures.append(f"quality {points_text(route.quality)}")
    if route.latency is not None:
        figures.append(f"latency {route.latency:,.3g} s")
    return f" (assumed: {', '.join(figures)})" if figures else ""
