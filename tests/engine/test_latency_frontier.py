"""Cost against latency, on paper and by solving on both sides."""

from __future__ import annotations

import pytest

from modelpick.engine import InputError, Routing, pick
from modelpick.engine.solver.analysis.frontier import latency_frontier
from modelpick.engine.solver.compile.compiler import Compiler
from tests.engine.by_hand import MILLION, TODAY, market, offer

SPEEDS = {"ttft": 1.0, "tps": 100.0, "spread": 1.0 + 1e-9}
MARKET = market(
    {"p/slow": offer(1, **{**SPEEDS, "ttft": 8.0}), "q/fast": offer(5, **SPEEDS), "r/unknown": offer(0.1)}
)


def asked(**facts: object) -> Routing:
    return Routing.model_validate({"labels": {"a": {**MILLION, "max_models": 1, **facts}}})


def test_from_the_fastest_offer_to_the_cheapest_of_known_speed() -> None:
    found = latency_frontier(asked(), Compiler(MARKET, TODAY), "a", points=20)
    assert [(p.cost, p.routes) for p in found.points] == [(5.0, {"q/fast": 1.0}), (1.0, {"p/slow": 1.0})]
    assert found.points[0].max_latency == pytest.approx(1.0, abs=0.02)
    assert found.points[-1].max_latency == pytest.approx(8.0, rel=0.01)
    for point in found.points:
        plan = pick(asked(max_latency=point.max_latency), MARKET, today=TODAY)
        assert plan.cost == pytest.approx(point.cost)
    assert (
        pick(asked(max_latency=0.98 * found.points[0].max_latency), MARKET, today=TODAY).status
        == "infeasible"
    )


def test_labels_that_cannot_have_one() -> None:
    compiler = Compiler(MARKET, TODAY)
    with pytest.raises(InputError, match="did you mean 'a'"):
        latency_frontier(asked(), compiler, "aa")
    with pytest.raises(InputError, match="may wait"):
        latency_frontier(asked(batch=True), compiler, "a")
