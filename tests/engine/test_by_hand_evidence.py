"""Own figures, confidence, floors that are models and the whole router's quality, each with its arithmetic.

A thousand requests of 1,000 + 100 tokens. At the catalogue's prices they cost 1 USD with `cheap`, 5 USD with
`good` and 3 USD with `mid`, whose skills are 50, 90 and 70.
"""

from __future__ import annotations

import json
import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import tomlkit

from modelpick.engine.commands import explain, solve
from modelpick.engine.domain.catalog import Catalog
from modelpick.engine.domain.errors import InputError
from modelpick.engine.domain.plan import Plan
from modelpick.engine.domain.routing import Routing
from modelpick.engine.solver.compile.compiler import Compiler
from modelpick.engine.solver.explain.shadow_prices import rule_prices
from modelpick.engine.solver.explain.why_not import why_not
from modelpick.engine.solver.pick import Picker, pick
from tests.engine import by_hand

TODAY = date(2026, 11, 27)
FITTED = {
    "cheap": {"value": 50.0, "low": 40.0, "high": 60.0},
    "good": {"value": 90.0, "low": 70.0, "high": 95.0},
    "mid": {"value": 70.0, "low": 65.0, "high": 75.0},
}


def offer(usd: float, **facts: Any) -> dict[str, Any]:
    """An offer at which 1,000 requests of 1,000 input tokens cost so much."""
    return {"input": usd, "output": 0.0, "source": "s", "as_of": TODAY, "ttft": 1.0, "tps": 50.0, **facts}


CATALOG = Catalog.model_validate(
    {
        "schema": 1,
        "as_of": TODAY,
        "sources": {"s": {"url": "https://example.com"}},
        "providers": {"p": {"name": "P"}, "q": {"name": "Q"}},
        "models": {
            **{name: {"context": 9000, "fitted": {"coding": fit}} for name, fit in FITTED.items()},
            "bare": {"context": 9000},
            "unsold": {"context": 9000, "skills": {"coding": 60.0}},
        },
        "offers": {
            "p/cheap": offer(1.0),
            "q/cheap": offer(2.0),
            "p/good": offer(5.0),
            "p/mid": offer(3.0),
            "p/bare": offer(0.5),
        },
    }
)
LABEL = {"requests": 1000.0, "input_tokens": 1000.0, "output_tokens": 100.0, "skills": {"coding": 1.0}}


def routing(*labels: dict[str, Any], objective: str = "cost", **limits: Any) -> Routing:
    named = {f"l{i}": {**LABEL, **label} for i, label in enumerate(labels)}
    return Routing.model_validate({"objective": objective, "limits": limits, "labels": named})


def plan_of(*labels: dict[str, Any], **rest: Any) -> Plan:
    return pick(routing(*labels, **rest), CATALOG, today=TODAY)


def shares(plan: Plan, label: str = "l0") -> dict[str, Any]:
    return {route.offer: pytest.approx(route.share, abs=1e-9) for route in plan.labels[label].routes}


def test_own_figures_go_figure_by_figure_from_offer_to_model() -> None:
    """The offer's cost, the model's tokens, quality and cached share; the median is as measured."""
    own = {
        "cheap": {"quality": 80.0, "n": 100, "output_tokens": 200.0, "latency": 8.0, "spread": 1.0},
        "p/cheap": {"cost": 0.01, "latency": 6.0},
        "good": {"quality": 60.0},
    }
    compiler = Compiler(CATALOG, TODAY)
    asked = routing({"measured": own, "min_quality": 10.0})
    rows, at = compiler.rows(asked, "l0"), compiler.table.index
    assert rows.request[at["p/cheap"]] == 0.01  # 0.01 USD, whatever it is listed at
    assert rows.request[at["q/cheap"]] == pytest.approx(0.002)
    assert rows.median[at["p/cheap"]] == 6.0 and rows.median[at["q/cheap"]] == 8.0
    assert rows.spread[at["q/cheap"]] == 1.0 and rows.spread[at["p/good"]] == 2.0
    assert rows.median[at["p/good"]] == 1.0 + 100 / 50
    assert [rows.quality[at[name]] for name in ("p/cheap", "q/cheap", "p/good")] == [80.0, 80.0, 60.0]
    # Tested here, so what the test is not of is unscored: mid has a skill of 70 in the catalogue.
    assert not rows.eligible[at["p/mid"]] and rows.eligible[at["p/good"]]


def test_an_answer_that_is_measured_longer_is_too_long_and_takes_its_time() -> None:
    """400 tokens at 50 a second after 1 s are 9 s; at 100 tokens it was 3 s."""
    own = {"cheap": {"output_tokens": 400.0}}
    plan = plan_of({"measured": own, "max_latency": 20.0, "percentile": 50.0, "allow": ["p/cheap"]})
    assert plan.labels["l0"].latency == pytest.approx(9.0)
    small = CATALOG.model_copy(
        update={
            "offers": {key: o.model_copy(update={"max_output": 300}) for key, o in CATALOG.offers.items()}
        }
    )
    assert shares(pick(routing({"measured": own}), small, today=TODAY)) == {"p/bare": 1.0}
    own["bare"] = {"output_tokens": 301.0}
    assert shares(pick(routing({"measured": own}), small, today=TODAY)) == {"p/mid": 1.0}


def test_a_cached_share_is_the_models_own() -> None:
    """Of 1,000 tokens 800 are read at a tenth of 1 USD: 200 + 80 = 280 per thousand requests of 1 USD."""
    priced = CATALOG.offers["p/cheap"].model_copy(update={"cache_read": 0.1})
    catalog = CATALOG.model_copy(update={"offers": {"p/cheap": priced}})
    plan = pick(routing({"measured": {"cheap": {"cached": 0.8}}}), catalog, today=TODAY)
    assert plan.cost == pytest.approx(0.28)


def test_n_items_are_wilsons_interval() -> None:
    """80 of 100: (0.8 + z2/200 - z*sqrt(0.16/100 + z2/40000)) / (1 + z2/100) with z2 = 1.642374.

    = (0.808212 - 1.281552 * 0.0405100) / 1.016424 = 0.744076.
    """
    label = {"measured": {"cheap": {"quality": 80.0, "n": 100}}, "min_quality": 70.0, "skills": {}}
    plan = plan_of(label, confidence=0.9)
    assert plan.quality == 80.0 and plan.counted == pytest.approx(74.4076, abs=1e-3)
    low = {**label, "measured": {"cheap": {"quality": 80.0, "low": 71.0}}}
    assert plan_of(low, confidence=0.9).counted == pytest.approx(71.0, abs=1e-6)
    plain = {**label, "measured": {"cheap": {"quality": 80.0}}}
    assert plan_of(plain, confidence=0.99).counted == 80.0  # without an interval it is as it stands


def test_confidence_counts_less_of_what_is_less_sure() -> None:
    """At 0.9 the low ends count: 40, 70 and 65. For 60 mid alone (65, 3 USD) is dearer than cheap and mid:
    40 + 25 t = 60, t = 0.8: 0.2 * 1 + 0.8 * 3 = 2.6 USD. At 0.5: 50 + 20 t = 60, t = 0.5: 2 USD."""
    sure, even = plan_of({"min_quality": 60.0}, confidence=0.9), plan_of({"min_quality": 60.0})
    assert sure.cost == pytest.approx(2.6, abs=1e-5) and even.cost == pytest.approx(2.0)
    assert sure.labels["l0"].counted == pytest.approx(60.0) and sure.labels["l0"].quality == pytest.approx(
        66.0
    )
    assert even.counted == even.quality == pytest.approx(60.0)
    # z(0.8) = 0.8416212, over 1.2815516 = 0.656721 of the way to the low end: 70 - 0.656721 * 5 = 66.7164
    only = {"min_quality": 50.0, "allow": ["p/mid"]}
    assert plan_of({**only, "confidence": 0.8}, confidence=0.9).counted == pytest.approx(66.7164, abs=1e-4)
    # good is 90, but 70 at the low end; at 0.999 (2.411316 of the way) 41.77, and mid with 57.94 is better
    best = plan_of({}, objective="quality", budget=100.0, confidence=0.999)
    assert shares(best) == {"p/mid": 1.0} and best.counted == pytest.approx(70 - 2.411316 * 5, abs=1e-3)


def test_each_offer_counts_at_the_confidence_too() -> None:
    assert shares(plan_of({"min_quality_each": 55.0}, confidence=0.9)) == {"p/mid": 1.0}
    why = why_not(routing({"min_quality_each": 55.0}, confidence=0.9), Compiler(CATALOG, TODAY), "l0",
                  "p/cheap", 5.0)  # fmt: skip
    assert [each.rule for each in why.breaks] == ["labels.l0.min_quality_each"]
    assert why.breaks[0].has == pytest.approx(40.0, abs=1e-5)


def test_as_good_as_a_model_which_has_no_error_against_itself() -> None:
    """As good as mid, 70: mid counts as it stands, cheap 40 and good 70 at the low end: mid alone, 3 USD.
    Less 10 points: 40 + 30 t = 60, t = 2/3: 1/3 + 2 = 2.3333 USD."""
    assert shares(plan_of({"min_quality": "mid"}, confidence=0.9)) == {"p/mid": 1.0}
    less = plan_of({"min_quality": "mid - 10"}, confidence=0.9)
    assert less.cost == pytest.approx(7 / 3, abs=1e-5)
    assert shares(less) == {
        "p/mid": pytest.approx(2 / 3, abs=1e-6),
        "p/cheap": pytest.approx(1 / 3, abs=1e-6),
    }
    # Nobody sells it, its skill of 60 is known all the same: cheap and mid half and half.
    assert plan_of({"min_quality": "unsold"}).cost == pytest.approx(2.0)
    own = {"measured": {"cheap": {"quality": 66.0}, "mid": {"quality": 70.0}}, "min_quality": "mid - 5"}
    assert shares(plan_of(own)) == {"p/cheap": 1.0}  # 66 by the label's own tests


@pytest.mark.parametrize(
    ("label", "limits", "message"),
    [
        ({"min_quality": "bare"}, {}, "labels.l0.min_quality: bare is unscored on l0"),
        ({"min_quality_each": "bare - 5"}, {}, "labels.l0.min_quality_each: bare is unscored on l0"),
        ({}, {"min_quality": "bare"}, "limits.min_quality: bare is unscored on l0"),
        (
            {"min_quality": "chaep"},
            {},
            "labels.l0.min_quality: unknown model 'chaep' (did you mean 'cheap'?)",
        ),
        (
            {"min_quality": "good", "measured": {"mid": {"quality": 50.0}}},
            {},
            "labels.l0.min_quality: good is unscored on l0: its own tests",
        ),
    ],
)
def test_a_reference_without_a_quality_is_one_message(
    label: dict[str, Any], limits: dict[str, Any], message: str
) -> None:
    with pytest.raises(InputError) as error:
        plan_of(label, **limits)
    assert message in str(error.value)


BUSY = {"requests": 10_000.0}  # ten times the cost


def test_the_whole_routers_quality_is_bought_where_it_is_cheapest() -> None:
    """50 + 40 * (x0 + x1) / 2 = 60: half of one label at good. In l0 that costs 0.5 * 4 = 2 USD, in l1 20."""
    plan = plan_of({}, BUSY, min_quality=60.0)
    assert plan.cost == pytest.approx(1 + 10 + 2) and plan.quality == plan.counted == pytest.approx(60.0)
    assert shares(plan, "l1") == {"p/cheap": 1.0}
    # At weight 3 its quality counts thrice: mean 50 + 40 * 3/4 x0 = 60, x0 = 1/3.
    assert plan_of({"weight": 3.0}, BUSY, min_quality=60.0).cost == pytest.approx(11 + 4 / 3)
    # As good as mid less 10 points is 60; in both labels mid counts as it stands.
    assert plan_of({}, BUSY, min_quality="mid - 10").cost == pytest.approx(13.0)


def test_every_label_then_needs_a_known_quality() -> None:
    assert "p/bare" in shares(plan_of({}))
    assert shares(plan_of({}, min_quality=1.0)) == {"p/cheap": 1.0}


def test_the_rule_has_a_price_a_conflict_and_a_repair() -> None:
    """A point more is 1/20 of l0 at 4 USD: 0.2 USD. At most 90 can be had; a budget of 12 USD leaves 1 USD
    beyond the 11, so a quarter of l0: 55."""
    asked, compiler = routing({}, BUSY, min_quality=60.0), Compiler(CATALOG, TODAY)
    plan = Picker(CATALOG, TODAY).pick(asked)
    (price,) = rule_prices(asked, compiler, plan, 30.0, paths=["limits.min_quality"])
    assert price.binding and price.price == pytest.approx(0.2) and price.attained == pytest.approx(60.0)
    assert price.tighter == pytest.approx(0.2) and price.looser == pytest.approx(-0.2)
    assert price.holds_to == pytest.approx(70.0)  # until l0 is all at good
    assert price.dropped == pytest.approx(-2 - 1 * 0.5 - 10 * 0.5)  # without it bare serves both
    beyond = plan_of({}, BUSY, min_quality=95.0)
    assert beyond.status == "infeasible" and beyond.conflicts == ("limits.min_quality",)
    assert [(r.path, r.from_, r.to) for r in beyond.repairs] == [("limits.min_quality", 95.0, 90.0)]
    dear = plan_of({}, BUSY, min_quality=60.0, budget=12.0)
    assert set(dear.conflicts) == {"limits.min_quality", "limits.budget"}
    repairs = {repair.path: (repair.to, pytest.approx(repair.cost)) for repair in dear.repairs}
    assert repairs == {"limits.min_quality": (55.0, 12.0), "limits.budget": (13.0, 13.0)}


def test_a_repair_of_a_models_floor_stays_a_models() -> None:
    """mid costs 3 USD; for 2 USD half of it: 60, ten points less than mid's 70."""
    plan = plan_of({"min_quality": "mid", "deny": ["p/good"]}, budget=2.0)
    assert set(plan.conflicts) == {"labels.l0.min_quality", "limits.budget"}
    repairs = {repair.path: (repair.from_, repair.to) for repair in plan.repairs}
    assert repairs == {"labels.l0.min_quality": ("mid", "mid - 10"), "limits.budget": (2.0, 3.0)}
    both = plan_of({"min_quality": "good + 3"}, {"min_quality": 95.0})
    assert both.status == "infeasible" and len(both.together) == 2
    assert {repair.path: repair.to for repair in both.together} == {
        "labels.l0.min_quality": "good",
        "labels.l1.min_quality": 90.0,
    }


def test_of_equal_cost_the_higher_counted_quality_wins() -> None:
    """sure is 70 without a doubt, vague 75 with a low end of 55: at 0.9 sure counts for more."""
    models = {
        "sure": {"context": 9000, "skills": {"coding": 70.0}},
        "vague": {"context": 9000, "fitted": {"coding": {"value": 75.0, "low": 55.0, "high": 90.0}}},
    }
    offers = {"p/sure": offer(1.0), "p/vague": offer(1.0)}
    base = {"schema": 1, "as_of": TODAY, "sources": {"s": {}}, "providers": {"p": {}}}
    catalog = Catalog.model_validate({**base, "models": models, "offers": offers})
    assert shares(pick(routing({}, confidence=0.9), catalog, today=TODAY)) == {"p/sure": 1.0}
    assert shares(pick(routing({}), catalog, today=TODAY)) == {"p/vague": 1.0}


FILE = """schema = 1
[limits]
confidence = 0.9
[labels.l0]
requests = 1000
input_tokens = 1000
output_tokens = 100
skills = { coding = 1.0 }
min_quality = 60
"""


@pytest.fixture
def files(tmp_path: Path) -> tuple[str, ...]:
    (tmp_path / "routing.toml").write_text(FILE)
    values = json.loads(CATALOG.model_dump_json(by_alias=True, exclude_unset=True))
    (tmp_path / "catalog.toml").write_text(toml_of(values))
    return str(tmp_path / "routing.toml"), "--catalog", str(tmp_path / "catalog.toml")


def toml_of(values: dict[str, Any]) -> str:
    """The catalogue as TOML; its dates are texts in JSON."""
    text = tomlkit.dumps(values)
    return re.sub(r'"(\d{4}-\d\d-\d\d)"', r"\1", text)


def test_solve_says_what_is_counted_and_how_sure_it_is(files: tuple[str, ...]) -> None:
    text, status = by_hand.ran(solve, *files)
    assert status == 0 and "quality 66.0, counted 60.0" in text
    assert "how sure: the chance is 90 % that the quality is at least what is counted" in text
    assert "counted" in text.splitlines()[0]
    facts = json.loads(by_hand.ran(solve, *files, "--json")[0])
    assert facts["quality"] == pytest.approx(66.0) and facts["counted"] == pytest.approx(60.0, abs=1e-5)
    assert facts["labels"]["l0"]["counted"] == pytest.approx(60.0, abs=1e-5)
    even, _ = by_hand.ran(solve, *files, "--set", "limits.confidence=0.5")
    assert "counted" not in even and "how sure: quality counts as it stands" in even
    two, _ = by_hand.ran(solve, *files, "--set", "labels.l0.confidence=80%")
    assert "the chance is 80 %" in two
    none, _ = by_hand.ran(solve, *files, "--set", "labels.l0.min_quality=")
    assert "how sure" not in none


def test_explain_takes_a_models_floor_as_it_is_written(files: tuple[str, ...]) -> None:
    text, status = by_hand.ran(explain, *files, "--set", "labels.l0.min_quality=mid - 10")
    assert status == 0 and "  labels.l0.min_quality = mid - 10\n" in text


@pytest.mark.parametrize("floor", ["bare", "bare - 5", "l0", "labels.l0", "chaep"])
def test_a_floor_that_says_nothing_is_said_before_solving(files: tuple[str, ...], floor: str) -> None:
    for path in ("labels.l0.min_quality", "limits.min_quality"):
        with pytest.raises(InputError) as error:
            by_hand.ran(solve, *files, "--set", f"{path}={floor}")
        assert str(error.value).startswith(files[0]) and path in str(error.value)
