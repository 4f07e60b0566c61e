"""Prices from 1e-9 to 1e6 and requests from 1 to 1e12, against an exact solver in fractions.

Costs that differ by many powers of ten once hid the optimum within the solver's tolerances: plans up to 16 %
dearer than the best were called optimal, and routings that have a plan infeasible.
"""

from __future__ import annotations

from typing import Any

import pytest

from modelpick.engine import Catalog, Routing, pick
from tests.engine.by_hand import TODAY, codes, coding, market, offer, solved
from tests.oracle.exact import Extreme, extreme, optimum, simplex

# Wrong before the second solve on the scale of the plan: dearer than the best, or infeasible.
DEARER = (35, 65, 81, 110, 263, 329, 349, 351)
INFEASIBLE = (1375, 1604, 3320, 3723)
DEARER_COUPLED = (17, 72, 92, 103, 148, 191)
INFEASIBLE_COUPLED = (1856, 1956)
WITHOUT_DUALS = (1519,)


def agrees(question: Extreme) -> None:
    exact = optimum(question)
    plan = pick(
        Routing.model_validate(question.routing), Catalog.model_validate(question.catalog), today=TODAY
    )
    if exact is None:
        assert plan.status == "infeasible"
        return
    assert plan.cost is not None and plan.gap is not None
    assert plan.cost >= float(exact) * (1 - 1e-6)
    # A plan called optimal is; of one called feasible the gap is the truth or more.
    gap = 0.0 if plan.status == "optimal" else plan.gap
    assert plan.cost * (1 - gap) <= float(exact) * (1 + 1e-6)


@pytest.mark.parametrize("seed", [*DEARER, *INFEASIBLE, *range(40)])
def test_counts_of_models_and_providers(seed: int) -> None:
    agrees(extreme(seed, coupled=False))


@pytest.mark.parametrize("seed", [*DEARER_COUPLED, *INFEASIBLE_COUPLED, *WITHOUT_DUALS, *range(12)])
def test_rules_across_labels(seed: int) -> None:
    agrees(extreme(seed, coupled=True))


def test_the_exact_solver_is_right_on_paper() -> None:
    # x + y = 1 at costs 3 and 1, y at most 0.4: 0.6 * 3 + 0.4 * 1 = 2.2.
    from fractions import Fraction as F

    rows = [([F(1), F(1)], "=", F(1)), ([F(0), F(1)], "<", F(2, 5))]
    assert simplex([F(3), F(1)], rows) == F(11, 5)
    rows = [([F(1), F(1)], "=", F(1)), ([F(1), F(1)], "<", F(1, 2))]
    assert simplex([F(3), F(1)], rows) is None


@pytest.mark.parametrize(
    ("facts", "rules", "limits"),
    [
        ({"tpm": 1e-9}, {}, {}),
        ({"rpm": 1e-9, "tpm": 1e12}, {"requests": 1e12}, {"growth": 1e9, "peak": 1e6}),
        ({}, {"requests": 1e12}, {"growth": 1e9, "max_provider_share": 1e-12}),
        ({"tps": 1e-6}, {"max_latency": 1e-9, "output_tokens": 1e12}, {}),
        ({"tps": 1e9, "spread": 1e6, "ttft": 1e12}, {"max_latency": 1e12, "percentile": 99.9999}, {}),
        ({"input": 1e9}, {"requests": 1e12, "input_tokens": 1e12}, {"budget": 1e-12}),
        ({"input": 1e-12}, {"requests": 1e-12}, {"growth": 1e-9, "max_models": 2}),
        ({"hosting": {"usd_per_hour": 1e12, "rpm": 1e-9}}, {"requests": 1e12}, {"max_models": 2}),
        ({"per_request": 1e9}, {"min_share": 1e-12, "min_providers": 2}, {"max_providers": 2}),
    ],
)
@pytest.mark.parametrize("objective", ["cost", "quality"])
def test_figures_at_the_ends_of_what_is_allowed_get_an_answer(
    facts: dict[str, Any], rules: dict[str, Any], limits: dict[str, Any], objective: str
) -> None:
    catalog = market(
        {
            "p/odd": offer(1) | facts,
            "q/plain": offer(123_456_789, tps=50, ttft=0.5),
            "r/cheap": offer(1e-9, tps=1, ttft=1),
        },
        odd=coding(60) | {"context": 1e12},
        plain=coding(80) | {"context": 1e12},
        cheap=coding(40) | {"context": 1e12},
    )
    limits = {"budget": 1e12, **limits} if objective == "quality" else limits
    labels = {"work": codes(50, **rules), "other": codes(30)}
    plan = solved(catalog, labels, limits=limits, objective=objective)
    assert plan.status in ("optimal", "feasible", "infeasible")
    if plan.found:
        for label in plan.labels.values():
            assert sum(route.share for route in label.routes) == pytest.approx(1.0, abs=1e-9)
