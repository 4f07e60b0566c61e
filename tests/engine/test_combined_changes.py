"""Traffic and prices changed at once, on paper."""

from __future__ import annotations

import pytest

from modelpick.engine import InputError, Routing
from modelpick.engine.solver.analysis.what_if import plan_with
from modelpick.engine.solver.compile.compiler import Compiler
from tests.engine.by_hand import MILLION, TODAY, market, mix, offer

MARKET = market({"p/m": offer(1), "q/m": offer(1.5)})
ROUTING = Routing.model_validate({"labels": {"work": MILLION, "more": MILLION}})


def test_factors_multiply_and_the_mix_follows_the_prices() -> None:
    compiler = Compiler(MARKET, TODAY)
    plan = plan_with(ROUTING, compiler, growth=3.0, requests={"more": 2.0})
    assert plan.cost == pytest.approx(3 * (1 + 2)) and mix(plan) == {"p/m": 1.0}
    plan = plan_with(ROUTING, compiler, prices={"": 2.0, "q": 0.5})
    assert plan.cost == pytest.approx(2 * 1.5) and mix(plan) == {"q/m": 1.0}


def test_names_that_do_not_exist_are_said() -> None:
    compiler = Compiler(MARKET, TODAY)
    with pytest.raises(InputError, match="did you mean 'work'"):
        plan_with(ROUTING, compiler, requests={"wrok": 2.0})
    with pytest.raises(InputError, match="no provider 'z'"):
        plan_with(ROUTING, compiler, prices={"z": 2.0})
