"""Traffic and prices changed at once, on paper."""

from __future__ import annotations

import pytest

from modelpick.engine import InputError, Routing
from modelpick.engine.solver.analysis.what_if import plan_with
from modelpick.engine.solver.compile.compiler import Compiler
from tests.engine.by_hand import MILLION, TODAY, codes, coding, market, mix, offer

MARKET = market({"p/m": offer(1), "q/m": offer(1.5)})
ROUTING = Routing.model_validate({"labels": {"work": MILLION, "more": MILLION}})


def test_factors_multiply_and_the_mix_follows_the_prices() -> None:
    compiler = Compiler(MARKET, TODAY)
    plan = plan_with(ROUTING, compiler, growth=3.0, requests={"more": 2.0})
    assert plan.cost == pytest.approx(3 * (1 + 2)) and mix(plan) == {"p/m": 1.0}
    plan = plan_with(ROUTING, compiler, prices={"": 2.0, "q": 0.5})
    assert plan.cost == pytest.approx(2 * 1.5) and mix(plan) == {"q/m": 1.0}


def test_a_provider_that_is_down_serves_nothing_and_where_none_is_left_the_clash_is_named() -> None:
    compiler = Compiler(MARKET, TODAY)
    plan = plan_with(ROUTING, compiler, growth=2.0, out=["p"])
    assert plan.cost == pytest.approx(2 * (1.5 + 1.5)) and mix(plan) == {"q/m": 1.0}
    budgeted = Routing.model_validate({"labels": {"work": MILLION}, "limits": {"budget": 1.2}})
    plan = plan_with(budgeted, compiler, out=["p"])  # 1.5 USD is over it
    assert not plan.found and plan.conflicts == ("limits.budget",)


def test_a_confidence_is_tried_in_the_place_of_the_routers() -> None:
    # With 0.9 the low end of the 80 % interval counts, 60 and not 70: 2/3 of it and 1/3 of 75 are 65.
    sure = market(
        {"p/m": offer(1), "q/n": offer(2)},
        m={"fitted": {"coding": {"value": 70.0, "low": 60.0, "high": 80.0}}},
        n=coding(75),
    )
    routing = Routing.model_validate({"labels": {"work": {**MILLION, **codes(65)}}})
    assert mix(plan_with(routing, Compiler(sure, TODAY))) == {"p/m": 1.0}
    surer = mix(plan_with(routing, Compiler(sure, TODAY), confidence=0.9))
    assert surer == pytest.approx({"p/m": 2 / 3, "q/n": 1 / 3}, abs=1e-5)
    with pytest.raises(InputError, match="is out of range"):
        plan_with(routing, Compiler(sure, TODAY), confidence=0.2)


def test_names_that_do_not_exist_are_said() -> None:
    compiler = Compiler(MARKET, TODAY)
    with pytest.raises(InputError, match="did you mean 'work'"):
        plan_with(ROUTING, compiler, requests={"wrok": 2.0})
    with pytest.raises(InputError, match="no provider 'z'"):
        plan_with(ROUTING, compiler, prices={"z": 2.0})
    with pytest.raises(InputError, match="no provider ''"):
        plan_with(ROUTING, compiler, out=[""])
