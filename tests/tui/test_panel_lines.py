"""What panels and the head say in few cells and in many: lines by themselves, without an app."""

from __future__ import annotations

import pytest
from textual.geometry import Size

from modelpick.engine.adapters.routing_file import read_routing
from modelpick.engine.domain.plan import LabelPlan, Plan, PlannedRoute, Repair
from modelpick.engine.domain.routing import Routing
from modelpick.engine.domain.rules import LIMITS, RulePath
from modelpick.tui.dialogs.finder import Matches
from modelpick.tui.widgets.allocation import AllocationPanel, Table
from modelpick.tui.widgets.bars import TotalBar
from modelpick.tui.widgets.explanation import Explanation, WhyPanel, explanation_lines
from modelpick.tui.widgets.labels import LabelsPanel
from modelpick.tui.widgets.line_list import Line, title_with_heads
from tests.tui.stories import SMALL

DEFAULT = RulePath("labels", "default")
LONG = "openrouter/deepseek-v4.1-flash@none"


def text_of(lines: list[Line]) -> list[str]:
    """Each line as it is read."""
    return ["".join(text for text, _ in line.parts).rstrip() for line in lines]


def explained(parts: dict[str, object], width: int, routing: Routing | None = None) -> list[str]:
    """The reasons for the small routing's label, of these parts, in so many cells."""
    explanation = Explanation.empty(routing or read_routing(SMALL, ""), {}, DEFAULT, has_plan=True)
    return text_of(explanation_lines(explanation.extended(parts), (width, 20), 9, (), faint=False))


def runner(share: float) -> dict[str, object]:
    return {"offer": LONG, "forced_cost": 9.0, "forced_share": share, "note": ""}


def test_what_would_take_the_place_of_the_mix_is_said_so_and_keeps_its_name_in_few_cells() -> None:
    assert explained({"next": [runner(1.0)]}, 64)[0].endswith("+9.00 USD/mo instead")
    assert explained({"next": [runner(0.1)]}, 64)[0].endswith("+9.00 USD/mo at 10 %")
    assert explained({"next": [runner(1.0)]}, 40)[0] == " next  op…/deepseek-v4.1-fla…@none +9.00"


@pytest.mark.parametrize(("width", "words"), [(60, "only by this"), (37, "alone")])
def test_groups_of_offers_that_are_out_say_the_same_words_in_every_line(width: int, words: str) -> None:
    broken = [
        {"offer": f"a/{at}", "rule": f"labels.default.{rule}", "reason": "unlike"}
        for at, rule in enumerate(["status", "deny_providers", "deny_providers"])
    ]
    groups = [line for line in explained({"out": broken}, width) if "▸" in line]
    assert groups == [f"   ▸ deny_providers: 2 (2 {words})", f"   ▸ status: 1 (1 {words})"]


def test_the_quality_of_a_label_without_skills_is_none_not_unknown() -> None:
    unscored = SMALL.replace("skills = { coding = 1.0 }\nmin_quality = 50.0\n", "")
    route = PlannedRoute(offer=LONG, share=1.0, cost=2.0)
    plan = LabelPlan(cost=2.0, routes=(route,), fallbacks=(LONG, "a/b"))
    for routing, sign in ((unscored, "—"), (SMALL, "?")):
        lines = text_of(Table(read_routing(routing, ""), {}, 90, 20).label_lines("default", plan))
        assert lines[1].split()[:5] == ["100", "%", "████████", LONG, "2.00"] and f" {sign} " in lines[1]


def test_fallbacks_that_do_not_fit_keep_the_model_and_how_many_more_there_are() -> None:
    plan = LabelPlan(cost=2.0, routes=(), fallbacks=(LONG, "a/b", "c/d"))
    lines = text_of(Table(read_routing(SMALL, ""), {}, 39, 20).label_lines("default", plan))
    assert lines[-1] == " fallback 1 op…/deepseek-v4.1-…@none +2"


def test_a_repair_of_the_budget_says_its_money_once() -> None:
    """A budget is written a cent above what the plan costs at most."""
    panel = AllocationPanel()
    for cost, words in ((367.60, "200 USD/mo to 367.61 USD/mo"), (300.0, ", then 300.00 USD/mo")):
        repair = Repair(path="limits.budget", from_=200.0, to=367.61, cost=cost)
        assert panel.mended(repair).endswith(words)


def test_limits_of_the_router_that_have_no_room_are_counted() -> None:
    limits = '[limits]\nbudget = 200.0\ndeny_providers = ["deepinfra"]\npeak = 8.0\n[labels'
    routing = read_routing(SMALL.replace("[labels", limits, 1), "")
    panel = LabelsPanel()
    panel.routing = routing
    lines = {width: next(line for line in panel.lines_for(width) if line.key == LIMITS) for width in (39, 80)}
    assert text_of([lines[39]]) == ["router  ≤ 200 USD, deny deepinfra +1"]
    assert text_of([lines[80]]) == ["router  least cost, ≤ 200 USD, deny deepinfra, peak 8×"]


class Head(TotalBar):
    """A head of so many cells and lines."""

    shape = Size(80, 1)

    @property
    def size(self) -> Size:
        return self.shape


def head(width: int, lines: int = 1) -> Head:
    bar = Head()
    bar.shape, bar.file, bar.state = Size(width, lines), "r.toml", ""
    label = LabelPlan(cost=45.0, quality=81.9)
    bar.plan = Plan(status="optimal", objective="cost", cost=45.0, quality=81.9, labels={"default": label})
    return bar


def test_a_head_of_one_line_says_the_quality_where_there_is_room_and_is_never_cut() -> None:
    assert "45.00 USD/mo  quality 81.9  ✓ optimal" in head(80).line().plain
    crowded = head(64)
    crowded.supposed, crowded.sure, crowded.budget, crowded.before = 12, "90 % sure", 60.0, 20.0
    line = crowded.line().plain
    assert len(line) <= 64 and line.endswith("90 % sure  ✓") and "≠ 12 " in line and "75 % of 60" in line


def test_what_the_figures_rest_on_is_said_in_as_many_words_as_there_is_room_for() -> None:
    texts = ("~ estimated in default, background", "~ estimated in 2 of 4 labels", "~ estimated")
    lasts = []
    for width in (80, 70, 60):
        bar = head(width, 3)
        bar.rests_on = texts
        last = bar.head().plain.splitlines()[2]
        assert len(last) <= width
        lasts.append(last.rpartition("   ")[2])
    assert lasts == list(texts)


def test_where_nothing_fits_the_head_says_what_the_last_plan_cost() -> None:
    bar = head(120, 3)
    bar.last_cost, bar.plan = 45.0, Plan(status="infeasible", objective="cost")
    assert bar.head().plain.splitlines()[1] == "  45.00 USD a month before"


def test_why_nothing_matches_is_said_in_full() -> None:
    """Seen before: at 80 columns the nearest name, and that Tab takes it, were cut off."""
    matches = Matches()
    matches.empty = "labels.think.min_quality: unknown model 'sonet' (did you mean 'sonnet'?); Tab takes that"
    lines = text_of(matches.lines_for(41))
    assert " ".join(lines) == matches.empty and max(map(len, lines)) <= 40


def test_bars_beside_the_plan_are_of_money_and_stand_before_it() -> None:
    """Seen before: a label's bar was its cost and an offer's its share, in one column before the shares."""
    mixed = LabelPlan(
        cost=40.0,
        routes=(
            PlannedRoute(offer="a/x", share=0.9, cost=10.0),
            PlannedRoute(offer="b/y", share=0.1, cost=30.0),
        ),
    )
    alone = LabelPlan(cost=20.0, routes=(PlannedRoute(offer="a/x", share=1.0, cost=20.0),))
    plan = Plan(status="optimal", objective="cost", cost=60.0, labels={"default": mixed, "night": alone})
    lines = text_of(Table(read_routing(SMALL, ""), {}, 90, 10).lines(plan))
    rows = {line.split()[0]: " ".join(line.split()[1:5]) for line in lines[1:]}
    # A bar has eight cells: of the 40 USD of the dearest label 10 are two, 30 six, 20 four.
    assert rows == {
        "default": "████████ 40.00 ? ?",
        "a/x": "90 % ██ 10.00",
        "b/y": "10 % ██████ 30.00",
        "night:": "a/x 100 % ████",
    }


def test_on_a_low_terminal_the_heads_of_columns_stand_on_the_border() -> None:
    heads = " share offer          USD/mo qual."
    assert (
        title_with_heads("2 default", heads) == "2 default             USD/mo qual."
    )  # half of `offer` goes
    assert title_with_heads("2 default: who answers", heads) == "2 default: who answers       qual."
    assert title_with_heads("2 who answers", "") == "2 who answers"
    panel = LabelsPanel()
    panel.routing = read_routing(SMALL, "")
    for few, firsts in ((False, ["label", "router"]), (True, ["router", "default"])):
        panel.few_lines = few
        assert [line.split()[0] for line in text_of(panel.lines_for(39))[:2]] == firsts


def test_in_few_cells_shares_of_all_give_way_to_names() -> None:
    alone = LabelPlan(
        cost=20.0, routes=(PlannedRoute(offer="vertex/gemini-3.7-flash", share=1.0, cost=20.0),)
    )
    plan = Plan(status="optimal", objective="cost", cost=20.0, labels={"default": alone})
    table = Table(read_routing(SMALL, ""), {}, 39, 5)
    assert text_of(table.lines(plan))[1] == "default: vertex/gemini-3.7-flash  20.00"
    half = PlannedRoute(offer="a/x", share=0.5, cost=10.0)
    mixed = plan.model_copy(update={"labels": {"default": LabelPlan(cost=20.0, routes=(half, half))}})
    assert "50 %" in "".join(text_of(table.lines(mixed)))


@pytest.mark.parametrize(("share", "part"), [(1.0, "all"), (0.1, "10 %")])
def test_the_hint_says_what_an_offer_next_in_line_would_cost(share: float, part: str) -> None:
    panel, routing = WhyPanel(), read_routing(SMALL, "")
    panel.section = DEFAULT
    explanation = Explanation.empty(routing, {}, DEFAULT, has_plan=True).extended({"next": [runner(share)]})
    panel._explanations[DEFAULT] = explanation
    assert panel.forced_text(LONG) == f": with {part} of default on it the plan costs +9.00 USD/mo"
    assert panel.forced_text("a/other") == ""
