"""Pinned shares: rounded thirds are meant to be all, and shares that cannot be are refused at once."""

from __future__ import annotations

from time import perf_counter
from typing import Any

import pytest
from pydantic import ValidationError

from tests.engine.by_hand import coding, market, mix, offer, solved

MARKET = market(
    {"p/a": offer(1), "q/b": offer(2), "r/c": offer(3), "s/d": offer(4)},
    a=coding(50),
    b=coding(60),
    c=coding(70),
    d=coding(80),
)


def pins(*shares: float, **more: Any) -> dict[str, Any]:
    """A label's facts: p/a, q/b, r/c, s/d pinned to these shares."""
    return {"pin": dict(zip(MARKET.offers, shares, strict=False)), **more}


@pytest.mark.parametrize("third", [0.33333, 0.333333, 0.33333333, 0.33334, 0.3333333333])
@pytest.mark.parametrize(
    "more", [{}, {"min_share": 0.1}, {"max_models": 3}, {"min_share": 0.3, "max_models": 3}]
)
def test_rounded_thirds_are_all(third: float, more: dict[str, Any]) -> None:
    """A third each of 1, 2 and 3 USD is 2 USD; no fourth offer gets the rest of a millionth."""
    plan = solved(MARKET, {"work": pins(third, third, third, **more)}, limits={"max_models": 4})
    assert plan.status == "optimal" and plan.cost == pytest.approx(2.0, rel=1e-12)
    assert set(mix(plan)) == {"p/a", "q/b", "r/c"}
    assert sum(route.share for route in plan.labels["work"].routes) == pytest.approx(1.0, abs=1e-12)
    said = [note for note in plan.notes if note.startswith("labels.work.pin: the shares add up to ")]
    assert len(said) == (abs(3 * third - 1) > 1e-9)


def test_a_single_rounded_pin_is_all_and_what_is_left_of_less_rounded_ones_is_mixed() -> None:
    plan = solved(MARKET, {"work": pins(0.0, 0.999999, min_share=0.1)})
    assert mix(plan) == {"q/b": 1.0}
    # 0.9 of 2 USD and a tenth of the cheapest, 1 USD: 1.90 USD.
    plan = solved(MARKET, {"work": {"pin": {"q/b": 0.9}, "min_share": 0.1}})
    assert plan.cost == pytest.approx(1.9) and mix(plan) == {"q/b": 0.9, "p/a": 0.1} and not plan.notes


@pytest.mark.parametrize(
    "facts",
    [
        pins(0.333, 0.333, 0.333, min_share=0.1),  # leaves 0.001
        pins(0.3333, 0.3333, 0.3333, min_share=0.01),  # 0.0001
        pins(0.95, min_share=0.1),  # 0.05
        pins(0.05, min_share=0.1),  # the pin itself is too little
        pins(0.4, 0.5, max_models=2),  # no place for the rest
        pins(0.5, 0.2, 0.2, 0.05),  # nobody for the rest
        pins(0.5, 0.5, min_providers=3),
        pins(0.9, min_share=0.1, min_providers=3),
        {"min_share": 0.333334, "min_providers": 3},  # 1.000002 in all
        {"min_share": 0.2500001, "min_providers": 4},
    ],
)
@pytest.mark.parametrize("limits", [{}, {"max_models": 4}, {"budget": 3.5}])
def test_shares_that_cannot_be_are_infeasible_at_once(facts: dict[str, Any], limits: dict[str, Any]) -> None:
    start = perf_counter()
    plan = solved(MARKET, {"work": facts, "other": {}}, limits=limits)
    assert plan.status == "infeasible" and plan.conflicts and plan.repairs
    assert all(path.startswith("labels.work.") for path in plan.conflicts)
    assert perf_counter() - start < 5


def test_pins_of_more_than_all_are_a_mistake() -> None:
    with pytest.raises(ValidationError, match=r"pinned shares add up to 1\.002, more than 1"):
        solved(MARKET, {"work": pins(0.334, 0.334, 0.334)})
