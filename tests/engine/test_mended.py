"""What clashes and what mends it, as text that somebody reads who sees nothing else."""

from __future__ import annotations

from typing import Any

from modelpick.engine import Catalog, Routing, pick
from modelpick.engine.adapters.report.plan import plan_text, repairs_text
from modelpick.engine.domain.levels import spelled_out
from modelpick.engine.domain.plan import REPAIRS_CUT, Plan, Repair
from modelpick.engine.domain.solver_status import SolverStatus
from modelpick.engine.solver.compile.compiler import Compiler
from modelpick.engine.solver.deadline import Deadline
from modelpick.engine.solver.explain.feasibility import FeasibilityTest
from modelpick.engine.solver.explain.repairs import repairs
from tests.engine.by_hand import MILLION, TODAY, codes, coding, market, offer

SCORED = market({"p/cheap": offer(1), "q/good": offer(3)}, cheap=coding(40), good=coding(80))


def told(catalog: Catalog, labels: dict[str, dict[str, Any]], **router: Any) -> list[str]:
    """The lines that `solve` prints."""
    routing = Routing.model_validate(
        {"labels": {name: {**MILLION, **facts} for name, facts in labels.items()}, **router}
    )
    plan = pick(routing, catalog, today=TODAY)
    return [line for line in plan_text(plan, routing=routing).splitlines() if line]


def test_one_rule_and_the_change_that_helps() -> None:
    assert told(SCORED, {"work": codes(90)})[1:] == [
        "This rule cannot be kept:",
        "  labels.work.min_quality = 90 points",
        "This change helps:",
        "  labels.work.min_quality: 90 -> 80 points (-11.1%); then 3.00 USD/month",
    ]


def test_any_one_of_several_or_all_of_them() -> None:
    lines = told(SCORED, {"work": codes(60)}, limits={"budget": 1.5})
    assert "Any one of these changes helps:" in lines
    assert "  limits.budget: 1.5 -> 2 USD/mo (+33.3%); then 2.00 USD/month" in lines
    lines = told(SCORED, {"a": codes(90), "b": {"context": 2_000_000}})
    assert lines[-3:] == [
        "No single change helps: other rules clash as well. These together do, by the least in all:",
        "  labels.b.context: 2,000,000 -> 100,000 tokens (-95.0%)",
        "  labels.a.min_quality: 90 -> 80 points (-11.1%); then 4.00 USD/month",
    ]


def test_what_a_budget_would_have_to_be_is_known_whatever_the_time() -> None:
    # A million tokens at 2 USD have 60 points or more: 2.00 USD, also with no time left.
    rules = {"labels": {"work": {**MILLION, **codes(60)}}, "limits": {"budget": 1.5}}
    routing = Routing.model_validate(rules)
    test = FeasibilityTest(Compiler(spelled_out(SCORED), TODAY), Deadline.after(-1.0))
    paths = ("labels.work.min_quality", "limits.budget")
    assert repairs(routing, paths, test) == (Repair(path="limits.budget", from_=1.5, to=2.0, cost=2.0),)


def test_that_time_was_out_is_not_taken_for_a_proof_that_no_single_change_helps() -> None:
    change = Repair(path="labels.a.context", from_=9.0, to=5.0, cost=1.0)
    plan = Plan(
        status=SolverStatus.INFEASIBLE,
        objective="cost",
        conflicts=("labels.a.context",),
        together=(change,),
        labels={},
    )
    proven = "No single change helps: other rules clash as well. These together do, by the least in all:"
    assert repairs_text(plan).splitlines()[0] == proven
    cut = plan.model_copy(update={"notes": (REPAIRS_CUT,)})
    hedged = "No single change was found in time. These together do, by the least in all:"
    assert repairs_text(cut).splitlines()[0] == hedged


def test_a_model_in_the_place_of_a_number_has_no_points_behind_it() -> None:
    lines = told(SCORED, {"work": {**codes(0), "min_quality": "good"}}, limits={"budget": 1.0})
    assert "  labels.work.min_quality = good" in lines


def test_of_a_list_what_joins_and_what_goes() -> None:
    catalog = market({"p/m": offer(1), "q/m": offer(2)}, m={"features": ["tools"]})
    lines = told(catalog, {"work": {"features": ["tools", "vision"]}})
    assert "  labels.work.features = [tools, vision]" in lines
    assert lines[-1] == "  labels.work.features: drop vision; then 1.00 USD/month"
    lines = told(catalog, {"work": {"min_providers": 2}}, limits={"providers": ["q"]})
    assert "  limits.providers: add p, so that it is [q, p]; then 1.01 USD/month" in lines


def test_a_window_that_nobody_asked_for_and_a_label_that_nobody_can_serve() -> None:
    lines = told(SCORED, {"work": {"input_tokens": 150_000}})
    assert "  labels.work.context = 150,000 tokens (its prompt and answer)" in lines
    short = market({"p/m": offer(1)}, m={"max_output": 10})
    assert told(short, {"work": {"output_tokens": 100}})[1:] == [
        "no rule is to blame: no offer can serve work; "
        "the answers are longer than any gives, or more than the rate limits allow"
    ]
