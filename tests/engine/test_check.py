"""modelpick check: every rule broken once, by hand, and what a build server reads."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from modelpick.engine import Routing
from modelpick.engine.commands import check as check_command
from modelpick.engine.commands import diff, solve
from modelpick.engine.domain.errors import InputError
from modelpick.engine.domain.explanation import RoutesCheck
from modelpick.engine.domain.rules import specs
from modelpick.engine.solver.analysis.check import check
from tests.engine.by_hand import MILLION, TODAY, coding, market, offer, ran

# A million requests of one token: USD a month are the price. Half p/small, half q/large: 2 USD, quality 60.
CATALOG = market(
    {
        # 10 tokens: a median of 1 + 10/10 = 2 s for p/small, 1 + 10/2.5 = 5 s for q/large.
        "p/small": offer(1, ttft=1.0, tps=10.0, rpm=100),
        "q/large": offer(3, ttft=1.0, tps=2.5, max_output=4_000),
        "q/quiet": offer(2),
        "q/old": offer(1, status="retired"),
        "r/soon": offer(1, retires=TODAY + timedelta(days=20)),
    },
    small={**coding(40), "context": 8_000, "open_weights": True},
    large={**coding(80), "features": ["tools"]},
    quiet={},
    old=coding(80),
    soon=coding(80),
    provider_p={"trains_on_data": False, "regions": ["eu"]},
    provider_q={"trains_on_data": True},
)
HALVES = {"p/small": 0.5, "q/large": 0.5}
SKILLS = {"skills": {"coding": 1.0}}


def routing(routes: dict[str, float] | None, label: dict[str, Any] | None = None, **router: Any) -> Routing:
    """One label `work` with these routes."""
    pairs = [{"offer": name, "share": share} for name, share in (routes or {}).items()]
    return Routing.model_validate(
        {"labels": {"work": {**MILLION, **(label or {}), "routes": pairs}}, **router}
    )


def checked(
    routes: dict[str, float] | None, label: dict[str, Any] | None = None, **router: Any
) -> RoutesCheck:
    return check(routing(routes, label, **router), CATALOG, TODAY)


# Rule -> routes, the label's facts, the limits, what is needed, what there is.
BROKEN: dict[str, tuple[dict[str, float], dict[str, Any], dict[str, Any], Any, Any]] = {
    "labels.work.min_quality": (HALVES, {**SKILLS, "min_quality": 65.0}, {}, 65.0, 60.0),
    "labels.work.min_quality_each": (HALVES, {**SKILLS, "min_quality_each": 50.0}, {}, 50.0, 40.0),
    # Half of all take 2 s and half 5 s, each lognormal with p95 = twice that: the median is sqrt(2*5) s.
    "labels.work.max_latency": (HALVES, {"output_tokens": 10, "max_latency": 3.0, "percentile": 50.0}, {},
                                3.0, pytest.approx(10**0.5)),
    "labels.work.context": (HALVES, {"context": 9_000}, {}, 9_000.0, 8_000.0),
    "labels.work.output_tokens": (HALVES, {"output_tokens": 5_000}, {}, 5_000.0, 4_000.0),
    "labels.work.features": (HALVES, {"features": ["tools"]}, {}, ["tools"], []),
    "labels.work.skills": ({"q/quiet": 1.0}, {**SKILLS, "min_quality": 10.0}, {}, ["coding"], []),
    "labels.work.max_models": (HALVES, {"max_models": 1}, {}, 1, 2),
    "labels.work.min_share": ({"p/small": 0.05, "q/large": 0.95}, {"min_share": 0.1}, {}, 0.1, 0.05),
    "labels.work.min_providers": ({"p/small": 1.0}, {"min_providers": 2}, {}, 2, 1),
    "labels.work.allow": (HALVES, {"allow": ["p/small"]}, {}, ["p/small"], "q/large"),
    "labels.work.deny": (HALVES, {"deny": ["p/small"]}, {}, "not denied", "p/small"),
    "labels.work.pin": (HALVES, {"pin": {"p/small": 0.3}}, {}, {"p/small": 0.3}, {"p/small": 0.5}),
    "limits.budget": (HALVES, {}, {"budget": 1.5}, 1.5, 2.0),
    "limits.max_models": (HALVES, {}, {"max_models": 1}, 1, 2),
    "limits.max_providers": (HALVES, {}, {"max_providers": 1}, 1, 2),
    "limits.max_provider_share": ({"p/small": 0.8, "q/large": 0.2}, {}, {"max_provider_share": 0.7},
                                  0.7, 0.8),
    "limits.min_quality": (HALVES, SKILLS, {"min_quality": 65.0}, 65.0, pytest.approx(60.0)),
    "limits.providers": (HALVES, {}, {"providers": ["p"]}, ["p"], "q"),
    "limits.deny_providers": (HALVES, {}, {"deny_providers": ["p"]}, "not denied", "p"),
    "limits.models": (HALVES, {}, {"models": ["small"]}, ["small"], "large"),
    "limits.deny_models": (HALVES, {}, {"deny_models": ["small"]}, "not denied", "small"),
    "limits.open_weights": (HALVES, {}, {"open_weights": True}, True, False),
    "limits.trains_on_data": (HALVES, {}, {"trains_on_data": False}, False, True),
    "limits.regions": (HALVES, {}, {"regions": ["eu"]}, ["eu"], []),
    # A million requests are 22.8 a minute; all of them at a peak of 10 are 228.3, 100 are allowed.
    "offers.p/small.rpm": ({"p/small": 1.0}, {}, {"peak": 10.0}, 100.0, pytest.approx(1e7 / 43_800)),
    "catalog.status": ({"q/old": 1.0}, {}, {}, "not retired", "retired"),
}  # fmt: skip


@pytest.mark.parametrize("rule", BROKEN)
def test_each_rule_broken_once(rule: str) -> None:
    routes, label, limits, needed, has = BROKEN[rule]
    broken = checked(routes, label, limits=limits).broken
    assert [each.rule for each in broken] == [rule]
    assert (broken[0].needed, broken[0].has) == (needed, has)
    if isinstance(needed, float) and isinstance(broken[0].has, float):
        assert broken[0].by == pytest.approx(abs(needed - broken[0].has)) and broken[0].unit


def test_every_rule_of_the_contract_is_among_them() -> None:
    rules = {f"limits.{name}" for name, spec in specs("limits").items() if spec.is_rule}
    rules |= {f"labels.work.{name}" for name, spec in specs("labels").items() if spec.is_rule}
    assert rules <= set(BROKEN)


@pytest.mark.parametrize("rule", BROKEN)
def test_the_same_routes_without_the_rule_are_fine(rule: str) -> None:
    routes, label, limits, *_ = BROKEN[rule]
    if rule in ("catalog.status", "labels.work.skills", "labels.work.output_tokens"):
        return  # these are no rules of the file
    name = rule.rpartition(".")[2]
    kept = {key: figure for key, figure in label.items() if key != name}
    limits = {} if rule.startswith("offers.") else {key: at for key, at in limits.items() if key != name}
    assert checked(routes, kept, limits=limits).broken == ()


def test_rate_limits_also_of_offers_that_break_another_rule() -> None:
    broken = checked({"p/small": 1.0}, {"deny": ["p/small"]}, limits={"peak": 10.0}).broken
    assert {each.rule for each in broken} == {"labels.work.deny", "offers.p/small.rpm"}


def test_confidence_counts_and_measured_figures_are_taken() -> None:
    # 36 of 40 right: 90, and at confidence 0.9 the low end of Wilson's 80 % interval, z = 1.2815516:
    # (0.9 + z*z/80 - z*sqrt(0.9*0.1/40 + z*z/6400)) / (1 + z*z/40) = 0.8226.
    own = {"large": {"quality": 90.0, "n": 40, "cost": 5e-6}}
    facts = {**SKILLS, "min_quality": 85.0, "measured": own}
    assert checked({"q/large": 1.0}, facts).passed
    verdict = checked({"q/large": 1.0}, {**facts, "confidence": 0.9})
    assert [each.rule for each in verdict.broken] == ["labels.work.min_quality"]
    assert verdict.broken[0].has == pytest.approx(82.26, abs=0.01)
    assert verdict.broken[0].reason == "quality 90.0, of which 82.3 counts"
    assert verdict.plan is not None and verdict.plan.cost == pytest.approx(5.0)
    # What is not measured is unscored on a label that is.
    assert [each.rule for each in checked(HALVES, facts).broken] == ["labels.work.skills"]
    # As good as itself, whatever the confidence.
    same = {**facts, "min_quality": "large - 1", "confidence": 0.9}
    assert checked({"q/large": 1.0}, same).passed


def test_the_plan_is_priced_by_hand() -> None:
    plan = checked(HALVES, SKILLS).plan
    assert plan is not None and plan.cost == pytest.approx(2.0) and plan.quality == pytest.approx(60.0)


def test_shares_that_do_not_add_up_and_labels_without_routes() -> None:
    broken = checked({"p/small": 0.6, "q/large": 0.3}).broken
    assert [(each.rule, each.needed, each.has) for each in broken] == [
        ("labels.work.routes", 1.0, pytest.approx(0.9))
    ]
    two = routing(HALVES, limits={"max_provider_share": 0.6})
    two = two.model_copy(update={"labels": {**two.labels, "new": routing(None).labels["work"]}})
    verdict = check(two, CATALOG, TODAY)
    assert [(each.rule, each.reason) for each in verdict.broken] == [("labels.new.routes", "no routes")]
    assert verdict.unpriced == ("new",) and verdict.plan is not None and list(verdict.plan.labels) == ["work"]
    with pytest.raises(InputError, match="no routes to check"):
        checked(None)


def test_an_unknown_offer_is_named_with_the_nearest() -> None:
    verdict = checked({"p/smal": 1.0})
    assert [(each.rule, each.reason) for each in verdict.broken] == [
        ("labels.work.routes", "unknown offer 'p/smal' (did you mean 'p/small'?)")
    ]
    assert verdict.plan is None and verdict.unpriced == ("work",)


@pytest.mark.parametrize(("days", "broken"), [(19, False), (20, True), (0, False)])
def test_offers_that_retire_soon(days: int, broken: bool) -> None:
    verdict = check(routing({"r/soon": 1.0}), CATALOG, TODAY, retiring=days)
    assert [each.rule for each in verdict.broken] == (["offers.r/soon.retires"] if broken else [])


def test_an_offer_is_there_until_its_last_day() -> None:
    last = TODAY + timedelta(days=20)
    assert (
        check(routing({"r/soon": 1.0}), CATALOG, last, retiring=0)
        .broken[0]
        .reason.endswith(f"retires on {last}, today")
    )
    after = check(routing({"r/soon": 1.0}), CATALOG, last + timedelta(days=1))
    assert [each.rule for each in after.broken] == ["catalog.status"]


def test_a_cost_above_the_most() -> None:
    assert check(routing(HALVES), CATALOG, TODAY, max_cost=2.0).passed
    broken = check(routing(HALVES), CATALOG, TODAY, max_cost=1.9).broken[0]
    assert (broken.rule, broken.needed, broken.has) == ("max_cost", 1.9, pytest.approx(2.0))


def test_a_fallback_that_cannot_take_over_is_a_note() -> None:
    given = routing(HALVES, {"fallbacks": ["q/old", "p/smal"]})
    verdict = check(given, CATALOG, TODAY)
    assert verdict.passed and verdict.plan is not None
    assert verdict.plan.notes == (
        "labels.work.fallbacks: q/old: retired (catalog.status)",
        "labels.work.fallbacks: unknown offer 'p/smal' (did you mean 'p/small'?)",
    )


FACTS = """
schema = 1
as_of = 2026-11-23
[providers.p]
[models.good]
context = 100_000
skills = {{ coding = 80 }}
[models.bad]
context = 100_000
skills = {{ coding = 40 }}
[offers."p/good"]
input = {good}
output = 3.0
[offers."p/bad"]
input = 1.0
output = 1.0
"""
FILE = """
[labels.work]
requests = 1_000_000
input_tokens = 1
output_tokens = 0
skills = { coding = 1.0 }
min_quality = 60.000007
max_models = 2
"""


@pytest.fixture
def files(tmp_path: Path) -> tuple[str, str]:
    """A routing that modelpick has solved, and its catalogue."""
    catalog, file = tmp_path / "catalog.toml", tmp_path / "routing|1.toml"
    catalog.write_text(FACTS.format(good=3.0))
    file.write_text(FILE)
    ran(solve, str(file), "-o", str(file), "--catalog", str(catalog))
    return str(file), str(catalog)


def test_what_solve_writes_passes_in_spite_of_rounded_shares(files: tuple[str, str]) -> None:
    # The share of p/good is 0.500000175, in the file 0.5: quality 60.0, 0.000007 below the rule.
    file, catalog = files
    text, status = ran(check_command, file, "--catalog", catalog)
    assert status == 0 and "the routes keep all 3 rules on the catalogue of 2026-11-23" in text
    assert "total 2.00 USD/month, quality 60.0\n  as much as when it was solved" in text


def test_price_changes_since_the_solution_are_said(files: tuple[str, str]) -> None:
    file, catalog = files
    Path(catalog).write_text(FACTS.format(good=4.0))  # 0.5*4 + 0.5*1 = 2.5
    text, status = ran(check_command, file, "--catalog", catalog)
    assert status == 0
    assert "+0.50, +25.0% against 2.00 when it was solved on the catalogue of 2026-11-23: prices have" in text
    facts = json.loads(ran(check_command, file, "--catalog", catalog, "--json")[0])
    assert facts["passed"] and facts["cost"]["change"] == pytest.approx(0.5, rel=1e-4)
    assert facts["cost"]["percent"] == pytest.approx(25, rel=1e-4)
    # Twice the requests at the same prices is no change of prices.
    Path(catalog).write_text(FACTS.format(good=3.0))
    twice = ran(check_command, file, "--catalog", catalog, "--set", "labels.work.requests=2e6")[0]
    assert "the catalogue is the same, so the file was edited" in twice


def test_broken_rules_are_said_with_what_solving_anew_gives(files: tuple[str, str]) -> None:
    file, catalog = files
    words = (file, "--catalog", catalog, "--set", "labels.work.min_quality=70", "--max-cost", "1.5")
    text, status = ran(check_command, *words)
    assert status == 1 and "2 rules broken" in text
    line = "labels.work.min_quality: quality 60.0; needs at least 70 points, has 60 points (10 short)"
    assert line in text and "no mix of offers keeps all of this today" in text
    text = ran(check_command, *words[:-2])[0]
    assert "solved anew: 2.50 USD/month, quality 70.0, every rule kept" in text  # 0.75*3 + 0.25*1
    facts = json.loads(ran(check_command, *words, "--json")[0])
    assert [each["rule"] for each in facts["broken"]] == ["labels.work.min_quality", "max_cost"]
    assert facts["broken"][0]["by"] == pytest.approx(10, abs=1e-4) and not facts["passed"]


def test_as_a_comment(files: tuple[str, str]) -> None:
    file, catalog = files
    words = (file, "--catalog", catalog, "--set", "labels.work.min_quality=70", "--format", "github")
    text, status = ran(check_command, *words)
    assert status == 1 and text.startswith("<!-- modelpick check -->\n### ❌ ") and r"routing\|1.toml" in text
    assert r"| **labels.work.min\_quality** | at least 70 points | 60 points |" in text
    assert "2.00 → 2.50" in text and "60.0 → 70.0" in text
    with pytest.raises(InputError, match="give one of them"):
        ran(check_command, *words, "--json")


def test_without_a_file_or_routes_it_is_unusable(files: tuple[str, str], tmp_path: Path) -> None:
    with pytest.raises(InputError, match="needs FILE"):
        ran(check_command)
    bare = tmp_path / "bare.toml"
    bare.write_text(FILE)
    with pytest.raises(InputError, match=r"bare.toml: has no routes to check; modelpick solve -o"):
        ran(check_command, str(bare), "--catalog", files[1])


def test_solving_anew_keeps_away_from_what_retires(files: tuple[str, str]) -> None:
    file, catalog = files
    soon = date.today() + timedelta(days=10)
    Path(catalog).write_text(FACTS.format(good=3.0) + f"retires = {soon}\n")  # p/bad
    text, status = ran(check_command, file, "--catalog", catalog, "--retiring", "30")
    assert status == 1 and f"p/bad: retires on {soon}, in 10 days" in text
    assert "solved anew: 3.00 USD/month, quality 80.0" in text


class TestDiff:
    """The gate between two files."""

    def test_a_loss_of_quality(self, files: tuple[str, str], tmp_path: Path) -> None:
        file, catalog = files
        worse = tmp_path / "worse.toml"
        worse.write_text(Path(file).read_text().replace("min_quality = 60.000007", "min_quality = 50.0"))
        ran(solve, str(worse), "-o", str(worse), "--catalog", catalog)
        words = (file, str(worse), "--catalog", catalog)
        assert ran(diff, *words)[1] == 0
        assert ran(diff, *words, "--max-quality-loss", "10.1")[1] == 0
        text, status = ran(diff, *words, "--max-quality-loss", "9")
        assert status == 1
        assert "over the limit of 9 points of quality: work loses 10.0 points, the router loses 10.0" in text
        facts = json.loads(ran(diff, *words, "--max-quality-loss", "9", "--json")[0])
        assert facts["quality_losses"] == {
            "work": pytest.approx(10, abs=1e-3),
            "": pytest.approx(10, abs=1e-3),
        }
        text, status = ran(diff, *words, "--max-quality-loss", "9", "--format", "github")
        # 0.25*3 + 0.75*1 = 1.5 of 2 USD.
        assert status == 1 and "❌ modelpick diff: 2.00 → 1.50 USD/month (-0.50, -25.0%)" in text
        assert r"| labels.work.min\_quality | 60.000007 points | 50 points |" in text

    def test_a_quality_that_is_not_known_any_more_is_a_loss(
        self, files: tuple[str, str], tmp_path: Path
    ) -> None:
        file, catalog = files
        with Path(catalog).open("a") as facts:
            facts.write('[models.new]\ncontext = 100_000\n[offers."p/new"]\ninput = 1.0\noutput = 1.0\n')
        new = tmp_path / "new.toml"
        new.write_text(
            FILE.replace("min_quality = 60.000007", "") + 'routes = [{ offer = "p/new", share = 1.0 }]\n'
        )
        text, status = ran(diff, file, str(new), "--catalog", catalog, "--max-quality-loss", "50")
        assert status == 1 and "work is unscored in B" in text

    def test_the_same_file_is_fine(self, files: tuple[str, str]) -> None:
        file, catalog = files
        words = (file, file, "--catalog", catalog, "--max-quality-loss", "0", "--max-increase", "0")
        text, status = ran(diff, *words, "--format", "github")
        assert status == 0 and "### ✅ modelpick diff: 2.00 → 2.00" in text and "differently" not in text
