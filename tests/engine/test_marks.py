"""Signs before figures: which figures carry which, alone and in a mix; they agree with the checks."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path

import pytest

from modelpick.__main__ import main
from modelpick.engine.adapters.catalog.alerts import alerts
from modelpick.engine.adapters.catalog.checks import check_catalog
from modelpick.engine.adapters.routing_file import load_catalog, ready_made
from modelpick.engine.domain.catalog import Catalog
from modelpick.engine.domain.formatting import NO_TIME
from modelpick.engine.domain.levels import spelled_out
from modelpick.engine.domain.marks import (
    ESTIMATED,
    LEGEND,
    OLD,
    OLD_DAYS,
    Marks,
    Signs,
    join_signs,
    legend_text,
    marks_of,
)
from modelpick.engine.domain.plan import LabelPlan, Plan, PlannedRoute
from modelpick.engine.domain.provenance import provenance
from modelpick.engine.domain.routing import Label, Routing

TODAY = date(2026, 11, 25)
RECENT, PAST = TODAY - timedelta(OLD_DAYS), TODAY - timedelta(OLD_DAYS + 1)


def fitted(kind: str) -> dict[str, object]:
    return {"value": 50.0, "low": 40.0, "high": 60.0, "kind": kind}


CATALOG = Catalog.model_validate(
    {
        "schema": 1,
        "as_of": RECENT,
        "sources": {"then": {"as_of": PAST}},
        "providers": {"p": {}},
        "models": {
            "m": {
                "context": 1000,
                "fitted": {
                    "coding": fitted("interpolated"),
                    "math": fitted("vendor"),
                    "reasoning": fitted("estimated"),
                },
            },
            "own": {"context": 1000, "fitted": {"coding": fitted("interpolated")}, "skills": {"coding": 60}},
            "bare": {"context": 1000},
        },
        "offers": {
            "p/m": {"input": 1, "output": 2, "ttft": 1, "tps": 10, "speed_as_of": PAST},
            "p/own": {"input": 1, "output": 2, "ttft": 1, "tps": 10, "spread": 3, "source": "then"},
            "p/bare": {
                "input": 1,
                "output": 2,
                "cache_read": 0.1,
                "as_of": RECENT,
                "disputed": [{"source": "then", "input": 1.2, "output": 2.6}],
            },
        },
    }
)
ROUTING = Routing.model_validate(
    {
        "schema": 1,
        "labels": {
            "one": {
                "requests": 1, "input_tokens": 1, "output_tokens": 1, "skills": {"coding": 1, "reasoning": 1},
            },
            "two": {"requests": 1, "input_tokens": 1, "output_tokens": 1, "percentile": 50},
        },
    }
)  # fmt: skip

FACTS = """
schema = 1
as_of = 2020-01-01
[providers.p]
[models.m]
context = 9_000
fitted = { coding = { value = 50, low = 40, high = 60, kind = "vendor" } }
[offers."p/m"]
input = 1
output = 1
ttft = 1
tps = 10
speed_as_of = 9999-01-01
"""
ASKED = """
schema = 1
[labels.one]
requests = 1_000
input_tokens = 1_490
output_tokens = 10
skills = { coding = 1 }
min_quality = 10
max_latency = 60
"""


def route(offer: str, share: float = 1.0) -> PlannedRoute:
    return PlannedRoute(offer=offer, share=share, cost=1, quality=50, latency=1)


@pytest.fixture(scope="module")
def marks() -> Marks:
    return marks_of(CATALOG, TODAY)


@pytest.mark.parametrize(
    ("offer", "figure", "signs"),
    [
        ("p/m", "input", ""),  # the catalogue's own day is recent
        ("p/m", "tps", "†"),
        ("p/m", "spread", "~"),  # assumed: of no day
        ("p/m", "skill:coding", "~"),
        ("p/m", "skill:math", "*"),
        ("p/m", "skill:reasoning", ""),  # fitted to scores that others measured
        ("p/own", "output", "†"),  # the day is its source's
        ("p/own", "cache_read", ""),
        ("p/own", "spread", ""),
        ("p/own", "skill:coding", ""),  # stated in the catalogue over the fit
        ("p/bare", "input", ""),  # apart, but not by much
        ("p/bare", "output", "‡"),
        ("p/bare", "cache_read", ""),
        ("p/bare", "skill:coding", ""),
    ],
)
def test_a_figure_has_its_signs(marks: Marks, offer: str, figure: str, signs: str) -> None:
    assert set(marks.figure(offer, figure)) == set(signs)


def test_a_line_rests_on_what_is_under_it(marks: Marks) -> None:
    assert marks.signs("p/m", ("coding", "math"), 95) == Signs("", "~*", "~†")
    assert marks.signs("p/m", ("reasoning",), 50) == Signs("", "", "†")  # the median needs no spread
    assert marks.signs("p/own", (), 95) == Signs("†", "", "")
    assert marks.signs("p/bare", (), 95).all == "~‡"


def test_a_mix_rests_on_its_routes_and_the_total_on_its_mixes(marks: Marks) -> None:
    one = LabelPlan(cost=2, quality=50, latency=1, routes=(route("p/m", 0.5), route("p/own", 0.5)))
    two = LabelPlan(cost=1, routes=(route("p/bare"), route("p/own", 0.0)))
    routes, mix = marks.of_label(ROUTING.labels["one"], one)
    assert routes == [Signs("", "~", "~†"), Signs("†", "", "")] and mix == Signs("†", "~", "~†")
    assert marks.of_label(ROUTING.labels["two"], two)[1] == Signs("‡", "", "")
    plan = Plan(status="optimal", objective="cost", labels={"one": one, "two": two})
    assert marks.of_plan(ROUTING, plan) == Signs("†‡", "~", "~†")
    assert marks.of_plan(ROUTING, Plan(status="infeasible", objective="cost")) == Signs()


def test_what_is_unknown_has_no_sign(marks: Marks) -> None:
    unknown = LabelPlan(cost=1, routes=(PlannedRoute(offer="p/m", share=1, cost=1),))
    assert marks.of_label(ROUTING.labels["one"], unknown)[1] == Signs()


def test_a_what_if_stands_before_all(marks: Marks) -> None:
    tried = marks.supposing({"p/own": frozenset({"input", "skill:coding"}), "p/m": frozenset({"tps"})})
    assert tried.signs("p/own", ("coding",), 95) == Signs("≠†", "≠", "")
    assert tried.figure("p/m", "tps") == "≠" and tried.figure("p/m", "ttft") == "†"
    assert marks.figure("p/own", "input") == "†"  # the first ones are as they were


def test_signs_have_one_order_and_names() -> None:
    assert join_signs(["‡", "*~", "", "≠*"]) == "≠~*‡"
    assert legend_text("†~") == "~ estimated, † old" and legend_text("") == ""
    assert all(len(sign) == 1 for sign in LEGEND)


def test_the_shipped_catalogue_is_not_old_and_agrees_with_its_checks() -> None:
    catalog = load_catalog(None)
    assert not any(
        "†" in sign for found in marks_of(catalog, TODAY).offers.values() for sign in found.values()
    )
    later = TODAY + timedelta(300)
    marks = marks_of(catalog, later)
    told = {one.path for one in check_catalog(catalog, later) if "days old" in one.message}
    for key in catalog.offers:
        assert ("†" in marks.figure(key, "input")) == (f'offers."{key}".as_of' in told)
        assert ("†" in marks.figure(key, "tps")) == (f'offers."{key}".speed_as_of' in told)


def test_the_shipped_skills_are_marked_as_their_provenance_says() -> None:
    catalog, said = load_catalog(None), {"interpolated": "~", "fitted to what its maker claims": "*"}
    marks, seen = marks_of(catalog, TODAY), set()
    for key in catalog.offers:
        for skill in catalog.models[key.partition("/")[2]].fitted:
            sign = marks.figure(key, f"skill:{skill}")
            note = provenance(catalog, key, f"skills.{skill}").note.partition(",")[0]
            assert sign == said.get(note, ""), (key, skill)
            seen.add(sign)
    assert seen == {"~", "*", ""}
    assert marks.figure("openai/gpt-5.4-nano", "skill:coding") == "~"


class TestCommands:
    """`solve` and `explain` print the signs and what they mean; --json names them beside the figures."""

    @pytest.fixture
    def told(self, tmp_path: Path) -> list[str]:
        catalog = tmp_path / "facts.toml"
        catalog.write_text(FACTS)
        routing = tmp_path / "question.toml"
        routing.write_text(ASKED)
        return [str(routing), "--catalog", str(catalog)]

    def run(self, capsys: pytest.CaptureFixture[str], *words: str) -> str:
        with pytest.raises(SystemExit) as caught:
            main(list(words))
        assert caught.value.code == 0
        return capsys.readouterr().out

    def test_the_text(self, told: list[str], capsys: pytest.CaptureFixture[str]) -> None:
        for command in ("solve", "explain"):
            said = self.run(capsys, command, *told).splitlines()
            assert said[1].split() == ["one", "p/m", "100.0%", "†1.50", "*50.0", "~4.0", "s"]
            assert "total †1.50 USD/month, quality *50.0" in said
            signs = [line.partition(":")[0] for line in said if line[:2] in ("~ ", "* ", "† ", "‡ ", "≠ ")]
            assert signs == ["~ estimated", "* vendor's claim", "† old"]
        assert any(line.split()[:4] == ["labels.one.min_quality", "10", "*50", "points"] for line in said)

    def test_the_data(self, told: list[str], capsys: pytest.CaptureFixture[str]) -> None:
        for command in ("solve", "explain"):
            plan = json.loads(self.run(capsys, command, *told, "--json"))
            names = {"cost": ["old"], "quality": ["vendor's claim"]}
            assert plan["marks"] == {**names, "latency": ["estimated"]}
            assert plan["labels"]["one"]["marks"] == plan["marks"]
            assert plan["labels"]["one"]["routes"][0]["marks"] == plan["marks"]

    def test_what_the_plan_saves(self, told: list[str], capsys: pytest.CaptureFixture[str]) -> None:
        said = self.run(capsys, "baselines", *told).splitlines()
        assert said[1].split() == ["the", "plan", "†1.50", "*50.0", "-"]
        assert any(line.startswith("† old: ") for line in said) and not any("~ " in line for line in said)

    def test_the_comparison_and_the_report(
        self, few_offers: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        said = self.run(capsys, "compare", "nscale/deepseek-r1-distill-llama-8b")
        fit = load_catalog(None).models["deepseek-r1-distill-llama-8b"].fitted["coding"]
        assert fit.kind == "vendor"
        for part in ("‡0.05", f"*{fit.value:.1f}", "‡ disputed: ", "* vendor's claim: "):
            assert part in said
        (offer,) = json.loads(self.run(capsys, "compare", "nscale/deepseek-r1-distill-llama-8b", "--json"))[
            "offers"
        ]
        assert offer["marks"]["input"] == ["disputed"] and offer["marks"]["coding"] == ["vendor's claim"]
        few = ("--catalog", str(few_offers))
        report, signs = self.run(capsys, "report", *few), set()
        assert "\\~ estimated: " in report
        models, asked = spelled_out(load_catalog(few_offers)).models, ready_made().labels
        for label, facts in json.loads(self.run(capsys, "solve", *few, "--json"))["labels"].items():
            for one in facts["routes"]:
                fits = models[one["offer"].partition("/")[2]].fitted
                kinds = {fits[skill].kind for skill in asked[label].skills}
                sign = "\\~" * ("interpolated" in kinds) + "\\*" * ("vendor" in kinds)
                row = f"| {label} | {one['offer']} | {one['share']:.1%} | {one['cost']:,.2f} | {sign}"
                roundings = (one["quality"] - 1e-6, one["quality"] + 1e-6)  # of JSON's two digits to one
                assert any(f"{row}{quality:.1f} |" in report for quality in roundings)
                signs.add(sign)
        assert signs >= {"", "\\~"}


def test_last_days_of_offers_that_retire_within_120_days() -> None:
    facts = CATALOG.model_dump()
    key = next(iter(facts["offers"]))
    for days, near in ((-1, True), (0, True), (120, True), (121, False)):
        facts["offers"][key]["retires"] = TODAY + timedelta(days)
        marks = marks_of(Catalog.model_validate(facts), TODAY)
        assert (key in marks.last_days) is near


def test_a_deprecated_offer_in_use_is_said_with_its_note() -> None:
    facts = CATALOG.model_dump()
    used, other = list(facts["offers"])[:2]
    facts["offers"][used] |= {"status": "deprecated", "note": "another model answers"}
    facts["offers"][other] |= {"status": "deprecated", "note": ""}
    catalog = Catalog.model_validate(facts)
    assert alerts(catalog, [used], TODAY) == [f"{used} is deprecated: another model answers"]
    assert alerts(catalog, [other], TODAY) == [f"{other} is deprecated"]
    assert alerts(CATALOG, [used, other], TODAY) == []
    assert marks_of(catalog, TODAY).deprecated == {used: "another model answers", other: ""}


def test_a_users_own_figures_are_not_marked() -> None:
    """An interpolated skill, an old price and an assumed spread: signs of the catalogue's figures alone."""
    marks = Marks({"p/m": {"input": OLD, "ttft": OLD, "spread": ESTIMATED}}, {"m": {"coding": ESTIMATED}})
    facts = {"requests": 1.0, "input_tokens": 1.0, "output_tokens": 1.0, "skills": {"coding": 1.0}}

    def signs(**own: dict[str, float]) -> Signs:
        measured = {key.replace("_", "/"): figures for key, figures in own.items()}
        return marks.of_offer("p/m", Label.model_validate({**facts, "measured": measured}))

    assert signs() == Signs(OLD, ESTIMATED, ESTIMATED + OLD)
    assert signs(m={"quality": 50.0}) == Signs(OLD, "", ESTIMATED + OLD)
    assert signs(p_m={"cost": 0.1}, m={"latency": 2.0}) == Signs("", ESTIMATED, ESTIMATED)
    assert signs(m={"latency": 2.0, "spread": 1.5}) == Signs(OLD, ESTIMATED, "")


def test_an_offer_of_a_tier_that_promises_no_time_is_said_unless_its_speed_is_known() -> None:
    facts = CATALOG.model_dump()
    used, other = list(facts["offers"])[:2]
    for key in (used, other):
        facts["providers"][key.partition("/")[0]]["service_tier"] = "flex"
    facts["offers"][used] |= {"ttft": None, "tps": None}
    facts["offers"][other] |= {"ttft": 1.0, "tps": 50.0}
    catalog = Catalog.model_validate(facts)
    said = f"{used}: {NO_TIME}; a label's max_latency leaves them out"
    assert alerts(catalog, [used, other], TODAY) == [said]
    assert used in marks_of(catalog, TODAY).no_time and other not in marks_of(catalog, TODAY).no_time
