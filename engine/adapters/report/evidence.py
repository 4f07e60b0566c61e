"""What a plan rests on, and which test of a model would improve it most, as text and as data."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from ...domain.catalog import Catalog
from ...domain.explanation import Basis, MeasurementValue
from ...domain.formatting import OBJECTIVE_UNITS, points_text, share_text
from ...domain.levels import spelled_out
from ...domain.plan import Plan
from ...domain.provenance import provenance
from ...domain.routing import Label, Measured, Routing
from .text import clean, table

MAX_TESTS = 5  # named; --json has all


def bases(routing: Routing, plan: Plan, catalog: Catalog, today: date) -> tuple[Basis, ...]:
    """What every route of the plan rests on: quality, price and speed, with source and day."""
    catalog = spelled_out(catalog)
    return tuple(
        Basis(
            label=name,
            offer=route.offer,
            share=route.share,
            quality=route.quality,
            counted=route.counted,
            quality_basis=_quality_basis(routing.labels[name], route.offer, catalog),
            price_basis=provenance(catalog, route.offer, "input").words(today),
            speed_basis=provenance(catalog, route.offer, "tps").words(today),
        )
        for name, label_plan in plan.labels.items()
        for route in label_plan.routes
    )


def _quality_basis(label: Label, offer: str, catalog: Catalog) -> str:
    model = offer.partition("/")[2]
    tested = _measured(label, offer, model)
    if tested is not None:
        low = "" if tested.low is None else f", 80 % from {tested.low:g}"
        return "your own test" + (f" of {tested.n:,}" if tested.n else "") + low
    facts = catalog.models[model]
    words = []
    for skill in label.skills:
        if skill in facts.skills:
            words.append(f"{skill} stated")
        elif skill in facts.fitted:
            fit = facts.fitted[skill]
            words.append(f"{skill} {fit.kind}, {fit.low:g} to {fit.high:g}")
        else:
            words.append(f"{skill} from its scores' ranks" if facts.scores else f"{skill} unknown")
    return "; ".join(words)


def _measured(label: Label, offer: str, model: str) -> Measured | None:
    """The most particular own test that has a quality."""
    keys = (offer, model, model.partition("@")[0])
    tests = (label.measured.get(key) for key in keys)
    return next((test for test in tests if test is not None and test.quality is not None), None)


def evidence_text(routing: Routing, rests_on: Sequence[Basis], tests: Sequence[MeasurementValue]) -> str:
    """The routes with what they rest on, then the tests that are worth most."""
    rows = [
        (
            clean(basis.label),
            f"{clean(basis.offer)} {share_text(basis.share)}",
            points_text(basis.quality),
            points_text(basis.counted),
            clean(basis.quality_basis),
        )
        for basis in rests_on
    ]
    blocks = [table(("label", "rests on", "quality", "counted", "known from"), rows, right=(2, 3))]
    sources = {basis.offer: basis for basis in rests_on}
    blocks.append(
        "\n".join(
            f"{clean(offer)}\n  price: {clean(basis.price_basis)}\n  speed: {clean(basis.speed_basis)}"
            for offer, basis in sources.items()
        )
    )
    blocks.append("\n".join(_tests(routing, tests)))
    return "\n\n".join(blocks)


def evidence_json(rests_on: Sequence[Basis], tests: Sequence[MeasurementValue]) -> dict[str, Any]:
    """`evidence` and `tests`, each a list."""
    return {
        "evidence": [basis.model_dump(mode="json") for basis in rests_on],
        "tests": [test.model_dump(mode="json") for test in tests],
    }


def _tests(routing: Routing, tests: Sequence[MeasurementValue]) -> Iterator[str]:
    if not tests:
        yield "no test of a model's quality would change this plan for the better"
        return
    unit, digits = OBJECTIVE_UNITS[routing.objective]
    verb = "saves" if routing.objective == "cost" else "gains"
    yield "To test next, on your own prompts (modelpick import evals reads the results):"
    for test in tests[:MAX_TESTS]:
        worth = (
            f"{verb} {test.gain:,.{digits}f} {unit} on average, {test.best:,.{digits}f} where it does well"
        )
        known = f"taken for {points_text(test.quality)}, 80 % from {points_text(test.low)}"
        yield f"  {clean(test.model)} on {clean(test.label)}: {worth}"
        yield f"    {test.chance:.0%} chance of a better plan; {known}"
