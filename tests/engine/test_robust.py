"""Safe plans against brute force over every worst case, chances against closed forms."""

from __future__ import annotations

import json
import random
from functools import partial
from itertools import combinations, product
from math import log, sqrt
from pathlib import Path
from statistics import NormalDist
from typing import Any

import numpy as np
import pytest
from scipy.optimize import linprog
from scipy.special import ndtr

from modelpick.engine import Catalog, InputError, Routing
from modelpick.engine.adapters.routing_file import load_catalog, load_routing, ready_made
from modelpick.engine.commands import robust as command
from modelpick.engine.domain.levels import base_name
from modelpick.engine.domain.robustness import Chances, Doubt, Safe
from modelpick.engine.solver.analysis.monte_carlo import monte_carlo
from modelpick.engine.solver.analysis.remarks import cautious, cost_of_caution
from modelpick.engine.solver.analysis.robust import robust_plans
from modelpick.engine.solver.compile.compiler import Compiler
from modelpick.engine.solver.compile.quality import skill_deviations
from modelpick.engine.solver.pick import Picker
from tests.engine import by_hand
from tests.engine.by_hand import MILLION, TODAY, codes, coding, market, offer

DOUBT = Doubt(price=0.5, volume=0.4, time=0.2, quality=5.0)


def routing(labels: dict[str, dict[str, Any]], **router: Any) -> Routing:
    data = {"labels": {name: {**MILLION, **facts} for name, facts in labels.items()}, **router}
    return Routing.model_validate(data)


def safe(asked: Routing, catalog: Catalog, most: int = 2, doubt: Doubt = DOUBT) -> tuple[Safe, ...]:
    return robust_plans(asked, Compiler(catalog, TODAY), doubt, most)


def test_two_offers_share_the_risk_of_one_price() -> None:
    # p at 1 may cost 1.5; q costs 1.1, at worst 1.65. With x at p one price at its worst adds 0.5x or
    # 0.55(1 - x): equal at x = 0.55 / 1.05 = 0.52381. Then 1.1 - 0.1x + 0.5x = 1.309524, and 0.047619 is
    # the premium of the safer plan.
    catalog = market({"p/m": offer(1), "q/m": offer(1.1)})
    today, one = safe(routing({"work": {}}), catalog, 1, Doubt(price=0.5, volume=0.0))
    assert (today.premium, today.worst) == pytest.approx((0.0, 1.0), abs=1e-9)
    x = 0.55 / 1.05
    assert one.worst == pytest.approx(1.1 + 0.4 * x, rel=2e-6)
    assert one.premium == pytest.approx(0.1 * (1 - x), rel=1e-3)
    assert one.exposed == pytest.approx(1.5) and one.outcome.mixes["work"]["p/m"] == pytest.approx(
        x, rel=1e-4
    )


def worst_of(money: Any, k: int, doubt: Doubt) -> float:
    """The dearest of every choice of at most k of the labels' volumes and the offers' prices."""
    labels, offers = money.shape
    figures = [("l", i) for i in range(labels)] + [("o", j) for j in range(offers)]
    worst = 0.0
    for some in combinations(figures, min(k, len(figures))):
        volume = np.array([1 + doubt.volume * (("l", i) in some) for i in range(labels)])
        price = np.array([1 + doubt.price * (("o", j) in some) for j in range(offers)])
        worst = max(worst, float((volume[:, None] * money * price).sum()))
    return worst


def some_case(rng: random.Random, **label: Any) -> tuple[Catalog, Routing, Any]:
    """A market of four offers and two labels, and what each offer costs each label (L, N)."""
    offers = {key: offer(rng.randint(10, 30)) for key in ("p/a", "p/b", "q/a", "q/c")}
    scores = {m: coding(float(rng.randint(30, 90))) for m in "abc"}
    labels = {n: codes(40.0, requests=rng.randint(1, 4) * 1e6, **label) for n in ("one", "two")}
    money = np.array(
        [[facts["requests"] / 1e6 * o["input"] for o in offers.values()] for facts in labels.values()]
    )
    return (
        market(offers, **scores),
        routing(labels),
        (money, [scores[k[2:]]["skills"]["coding"] for k in offers]),
    )


def test_one_offer_a_label_is_the_best_of_all_by_brute_force() -> None:
    rng, checked = random.Random(5), 0
    for _ in range(8):
        catalog, asked, (money, quality) = some_case(rng, max_models=1)
        able = [j for j, score in enumerate(quality) if score >= 40]
        if not able:
            continue
        for one in safe(asked, catalog):
            least = np.inf
            for choice in product(able, repeat=2):
                shares = np.zeros(money.shape)
                shares[[0, 1], list(choice)] = 1.0
                least = min(least, worst_of(money * shares, one.k, DOUBT))
            assert one.worst == pytest.approx(least, rel=3e-6), one.k
            checked += 1
    assert checked > 12


@pytest.mark.parametrize("limits", [{"max_providers": 1}, {"max_models": 1}], ids=str)
def test_rules_across_labels_hold_in_the_safe_plan(limits: dict[str, int]) -> None:
    rng, checked = random.Random(11), 0
    part = 0 if "max_providers" in limits else 2
    for _ in range(6):
        catalog, asked, (money, quality) = some_case(rng, max_models=1)
        asked = routing({n: label.model_dump() for n, label in asked.labels.items()}, limits=limits)
        names = sorted(catalog.offers)
        least = dict.fromkeys(range(3), np.inf)
        for choice in product(range(4), repeat=2):
            if len({names[j].split("/")[part // 2] for j in choice}) > 1:
                continue
            if min(quality[j] for j in choice) < 40:
                continue
            shares = np.zeros(money.shape)
            shares[[0, 1], list(choice)] = 1.0
            least = {k: min(least[k], worst_of(money * shares, k, DOUBT)) for k in least}
        for one in safe(asked, catalog):
            assert one.outcome.found == (least[one.k] < np.inf)
            if one.outcome.found:
                assert one.worst == pytest.approx(least[one.k], rel=3e-6) and one.gap == 0.0
                checked += 1
    assert checked > 9


def test_without_time_the_gap_and_what_is_missing_are_said() -> None:
    catalog, asked = load_catalog(None), ready_made()
    (today,) = robust_plans(asked, Compiler(catalog, TODAY), DOUBT, 3, seconds=0.0)
    assert today.k == 0 and today.outcome.found
    text, _ = ran("-k", "3", "--samples", "0", "--time-limit", "0")
    assert "Missing: k = 1, 2, 3;" in text
    data = json.loads(ran("-k", "3", "--samples", "0", "--time-limit", "0", "--json")[0])
    assert data["missing"] == [1, 2, 3]
    # Of what was stopped half way the bound and the gap tell how far from proof.
    for one in robust_plans(asked, Compiler(catalog, TODAY), DOUBT, 2, seconds=0.5)[1:]:
        assert one.worst is not None and one.bound is not None and one.gap is not None
        assert one.bound <= one.worst * (1 + 1e-9) and 0 <= one.gap < 1
        assert one.gap == 0.0 or one.gap == pytest.approx(1 - one.bound / one.worst)


def test_mixes_are_the_optimum_of_one_linear_program_with_every_case_as_a_row() -> None:
    rng = random.Random(6)
    for _ in range(8):
        catalog, asked, (money, quality) = some_case(rng)
        if max(quality) < 40:
            continue
        labels, offers = money.shape
        for one in safe(asked, catalog):
            rows, limits = [], []
            figures = [("l", i) for i in range(labels)] + [("o", j) for j in range(offers)]
            for some in combinations(figures, one.k):
                volume = np.array([1 + DOUBT.volume * (("l", i) in some) for i in range(labels)])
                price = np.array([1 + DOUBT.price * (("o", j) in some) for j in range(offers)])
                rows.append([*(volume[:, None] * money * price).ravel(), -1.0])
                limits.append(0.0)
            for i in range(labels):
                short = np.zeros(money.shape)
                short[i] = -np.array(quality)
                rows.append([*short.ravel(), 0.0])
                limits.append(-40.0)
            serve = [[float(c // offers == i) for c in range(labels * offers)] + [0.0] for i in range(labels)]
            cost = [0.0] * (labels * offers) + [1.0]
            best = linprog(cost, A_ub=rows, b_ub=limits, A_eq=serve, b_eq=[1.0] * labels)
            assert one.worst == pytest.approx(best.fun, rel=3e-6), one.k
            assert one.bound is not None and one.bound <= best.fun * (1 + 1e-9)


def test_more_figures_at_their_worst_never_cost_less() -> None:
    catalog, asked, _ = some_case(random.Random(8))
    worsts = [one.worst or 0.0 for one in safe(asked, catalog, 4)]
    assert worsts == sorted(worsts) and worsts[0] < worsts[-1]
    assert all((one.premium or 0.0) >= -1e-9 for one in safe(asked, catalog, 4))


def test_a_budget_and_a_rate_limit_hold_in_every_case() -> None:
    # 438,000 requests are 10 a minute, 14 with 40 % more: of 12 a minute 12 / 14 may go to p.
    catalog = market({"p/m": offer(1, rpm=12), "q/m": offer(2)})
    asked = routing({"work": {"requests": 438_000}})
    _, one = safe(asked, catalog, 1, Doubt(price=0.0, volume=0.4))
    assert one.broken == ("offers.p/m.rpm",)
    assert one.outcome.mixes["work"]["p/m"] == pytest.approx(12 / 14, rel=1e-6)
    dear = routing({"work": codes(60)}, limits={"budget": 2.2})
    two = market({"p/cheap": offer(1), "q/good": offer(3)}, cheap=coding(40), good=coding(80))
    _, one = safe(dear, two, 1)
    assert one.kept is False and one.worst == pytest.approx(2.8) and one.broken == ("limits.budget",)


def test_the_best_quality_that_no_case_takes_over_the_budget() -> None:
    catalog = market({"p/cheap": offer(1), "q/good": offer(3)}, cheap=coding(40), good=coding(80))
    asked = routing({"work": {"skills": {"coding": 1.0}}}, objective="quality", limits={"budget": 2.0})
    today, one = safe(asked, catalog, 1, Doubt(price=0.5, volume=0.0))
    # Today 1 + 2x = 2; at worst 1 + 2x + 1.5x (good) or + 0.5(1 - x): x = 2 / 7.
    assert today.outcome.quality == pytest.approx(60)
    assert one.outcome.quality == pytest.approx(40 + 40 * 2 / 7) and one.worst == pytest.approx(2.0)
    assert one.premium == pytest.approx(20 - 40 * 2 / 7) and one.kept


def odds(asked: Routing, catalog: Catalog, **more: Any) -> Chances:
    doubt = more.pop("doubt", DOUBT)
    said = monte_carlo(
        asked, Compiler(catalog, TODAY), catalog, doubt, **{"samples": 40_000, "resolves": 0, **more}
    )
    assert said is not None
    return said


def test_chances_are_those_of_the_lognormal_and_the_normal() -> None:
    catalog = market({"p/m": offer(1, ttft=5, tps=1)}, m=coding(62))
    facts = codes(60, max_latency=11, percentile=90, output_tokens=0)
    said = odds(routing({"work": facts}, limits={"budget": 1.2}), catalog)
    z = 1.6448536
    both = sqrt((log(1.5) / z) ** 2 + (log(1.4) / z) ** 2)
    assert said.kept["limits.budget"] == pytest.approx(ndtr(log(1.2) / both), abs=0.01)
    assert said.kept["labels.work.min_quality"] == pytest.approx(ndtr(2 / (5 / z)), abs=0.01)
    # Late for 10 % from a median on of 11 / 2 ** (1.2815516 / z); the median is 5 times a lognormal.
    most = 11 / 2 ** (1.2815516 / z)
    assert said.kept["labels.work.max_latency"] == pytest.approx(
        ndtr(log(most / 5) / (log(1.2) / z)), abs=0.01
    )
    product_ = np.prod(list(said.kept.values()))  # all of them are independent here
    assert said.all_kept == pytest.approx(product_, abs=0.01)
    assert said.cost_95 == pytest.approx(np.exp(z * both), rel=0.03)


def test_a_rate_limit_that_only_more_traffic_reaches_has_its_chance() -> None:
    catalog = market({"p/m": offer(1, rpm=12)})
    said = odds(routing({"work": {"requests": 438_000}}), catalog)
    assert said.kept == {"offers.p/m.rpm": pytest.approx(ndtr(log(1.2) / (log(1.4) / 1.6448536)), abs=0.01)}


def test_a_providers_part_moves_with_the_volumes() -> None:
    # Of two labels of one size each has its provider: either has more than 60 % once its volume is more than
    # 1.5 times the other's, a lognormal of both deviations.
    catalog = market({"p/a": offer(1), "q/b": offer(1)}, a=coding(50), b=coding(60))
    pinned = {"one": {"pin": {"p/a": 1.0}}, "two": {"pin": {"q/b": 1.0}}}
    said = odds(routing(pinned, limits={"max_provider_share": 0.6}), catalog)
    spread = sqrt(2) * log(1.4) / 1.6448536
    truth = 2 * float(ndtr(log(1.5) / spread)) - 1
    assert said.kept == {"limits.max_provider_share": pytest.approx(truth, abs=0.01)}


def test_how_often_the_plan_stays_the_best_is_counted_by_solving_anew() -> None:
    # Two prices of one spread, 1 and 1.2: p stays the cheaper in Phi(ln 1.2 / (sqrt 2 * sigma)) of months.
    catalog = market({"p/m": offer(1), "q/m": offer(1.2)})
    said = odds(routing({"work": {}}), catalog, samples=250, resolves=250)
    truth = float(ndtr(log(1.2) / (sqrt(2) * log(1.5) / 1.6448536)))
    assert said.resolved == 250 and said.same == pytest.approx(truth, abs=0.09)
    assert said.regret is not None and 0 < said.regret < 0.1
    again = odds(routing({"work": {}}), catalog, samples=250, resolves=250)
    other = odds(routing({"work": {}}), catalog, samples=250, resolves=250, seed=2)
    assert again == said and other != said


GOOD = {"fitted": {"coding": {"value": 80.0, "low": 70.0, "high": 84.0}}}
UNSURE = market({"p/cheap": offer(1), "q/good": offer(3)}, cheap=coding(40), good=GOOD)


def test_caution_counts_a_skill_at_the_low_end_of_its_interval() -> None:
    # Good is 80, at least 70: for 60 half of it serves, with caution 2 thirds: 1 + 2 * (2 / 3 - 1 / 2) more.
    picker, asked = Picker(UNSURE, TODAY), routing({"work": codes(60)})
    (plan,) = robust_plans(cautious(asked), picker.compiler, DOUBT, 0)
    assert plan.outcome.mixes["work"]["q/good"] == pytest.approx(2 / 3)
    caution = cost_of_caution(picker, asked, picker.pick(cautious(asked)))
    assert caution.face == pytest.approx(2.0) and caution.premium == pytest.approx(2 / 6)
    deviations = skill_deviations(picker.compiler.table, UNSURE, "coding", 3.0)
    assert deviations.below.tolist() == pytest.approx([3.0, 10 / 1.2815516])
    assert deviations.above.tolist() == pytest.approx([3.0, 4 / 1.2815516])
    # Two thirds of 80 and a third of 40 are 66.7, 6.7 more than asked: a normal of two thirds of good's
    # deviation, and without a doubt of cheap, stays above 60 with the chance of 10 / 10 low ends: 90 %.
    said = odds(cautious(asked), UNSURE, doubt=Doubt())
    assert said.kept["labels.work.min_quality"] == pytest.approx(0.9, abs=0.006)


SINGLE: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "skills": ({"skills": {"coding": 1.0}, "min_quality": 70.0}, GOOD),
    "two skills, off together": (
        {"skills": {"coding": 1.0, "math": 3.0}, "min_quality": 64.0},
        {"fitted": {**GOOD["fitted"], "math": {"value": 70.0, "low": 62.0, "high": 80.0}}},
    ),
    "of each": ({"skills": {"coding": 1.0}, "min_quality_each": 70.0}, GOOD),
    # The low end of 80 of 100 is 74.4076 (see test_by_hand_evidence).
    "n": ({"measured": {"good": {"quality": 80.0, "n": 100}}, "min_quality": 74.4076}, {}),
    "low": ({"measured": {"q/good": {"quality": 80.0, "low": 71.0}}, "min_quality": 71.0}, {}),
}


@pytest.mark.parametrize("confidence", [0.6, 0.8, 0.9, 0.97])
@pytest.mark.parametrize("case", SINGLE)
def test_one_models_chance_is_the_confidence_asked_for(case: str, confidence: float) -> None:
    """The floor is just what is counted: q - z(c)/z(0.9) * (q - low)."""
    facts, model = SINGLE[case]
    ((rule, low),) = ((key, facts[key]) for key in facts if key.startswith("min_quality"))
    quality = {"two skills, off together": 72.5}.get(case, 80.0)
    floor = quality - NormalDist().inv_cdf(confidence) / 1.2815516 * (quality - low)
    catalog = market({"q/good": offer(3)}, good=model)
    asked = routing({"work": {**facts, rule: floor - 1e-3}}, limits={"confidence": confidence})
    said = odds(asked, catalog, doubt=Doubt())
    assert said.kept == {f"labels.work.{rule}": pytest.approx(confidence, abs=0.01)}


def test_the_whole_routers_quality_has_its_chance() -> None:
    """Two labels of one model: they are off together, so their mean is as sure as either."""
    limits = {"confidence": 0.9, "min_quality": 70.0 - 1e-7}
    catalog, label = market({"q/good": offer(3)}, good=GOOD), {"skills": {"coding": 1.0}}
    said = odds(
        routing({"one": label, "two": {**label, "weight": 5.0}}, limits=limits), catalog, doubt=Doubt()
    )
    assert said.kept == {"limits.min_quality": pytest.approx(0.9, abs=0.006)}
    # Tests of their own on both labels are not: each off by 10 / 1.28 below, their mean by 1 / sqrt(2) of it.
    own = {"measured": {"good": {"quality": 80.0, "low": 70.0}}}
    said = odds(routing({"one": own, "two": own}, limits=limits), catalog, doubt=Doubt())
    truth = float(ndtr(10 * sqrt(2) / (10 / 1.2815516)))
    assert said.kept == {"limits.min_quality": pytest.approx(truth, abs=0.006)}


def test_a_model_has_no_error_against_itself() -> None:
    asked = routing({"work": {"skills": {"coding": 1.0}, "min_quality": "good"}}, limits={"confidence": 0.9})
    assert odds(asked, UNSURE, doubt=Doubt()).kept == {"labels.work.min_quality": 1.0}


def test_what_has_no_interval_is_off_by_as_much_as_is_said() -> None:
    asked = routing({"work": {"measured": {"good": {"quality": 80.0}}, "min_quality": 75.0}})
    said = odds(asked, UNSURE, doubt=Doubt(quality=5.0))
    assert said.kept == {"labels.work.min_quality": pytest.approx(0.95, abs=0.006)}
    assert odds(asked, UNSURE, doubt=Doubt()).kept == {"labels.work.min_quality": 1.0}


def test_the_best_plan_with_hindsight_knows_the_test_results_of_its_month() -> None:
    """Half of the months cheap turns out to reach 60 by its own test: 2 USD are saved, for all of good."""
    own = {"cheap": {"quality": 60.0, "low": 50.0}, "good": {"quality": 90.0}}
    asked = routing(
        {"work": {"measured": own, "min_quality": 60.0, "max_models": 1}}, limits={"confidence": 0.9}
    )
    said = odds(asked, UNSURE, doubt=Doubt(price=0.0, volume=0.0, time=0.0), samples=400, resolves=400)
    assert said.same == pytest.approx(0.5, abs=0.08) and said.regret == pytest.approx(1.0, abs=0.16)


ran = partial(by_hand.ran, command)


def test_the_command_says_premium_and_chances() -> None:
    few = ("-k", "1", "--samples", "200", "--resolves", "3")
    text, status = ran(*few)
    assert status == 0 and "premium, USD" in text and "keeps all of them" in text
    data = json.loads(ran(*few, "--json", "--price", "10%")[0])
    assert data["doubt"]["price"] == 0.1 and len(data["safe"]) == 2 and data["chances"]["samples"] == 200
    text, status = ran(*few, "--set", "limits.budget=1")
    assert status == 1 and "explain" in text
    with pytest.raises(InputError, match="samples"):
        ran("-k", "0", "--samples", "999999999")


PAIR = market(
    {"p/cheap": offer(1), "q/good": offer(3)},
    cheap={"fitted": {"coding": {"value": 60.0, "low": 50.0, "high": 62.0}}},
    good={"fitted": {"coding": {"value": 80.0, "low": 70.0, "high": 84.0}}},
)
SURE_MONEY = Doubt(price=0.0, volume=0.0)


def costs(asked: Routing, catalog: Catalog = PAIR) -> list[float | None]:
    return [plan.outcome.cost for plan in safe(asked, catalog, 2, SURE_MONEY)]


def test_safe_plans_keep_quality_with_k_models_at_the_low_end() -> None:
    """With x at good: 60 + 20 x = 65 at x = 1/4, 1.5 USD. One model low takes 10 (1 - x) or 10 x off: 65 at
    x = 1/2, 2 USD. Both take 10 off: x = 3/4, 2.5 USD."""
    today, one, two = plans = safe(routing({"work": codes(65.0)}), PAIR, 2, SURE_MONEY)
    assert [plan.outcome.cost for plan in plans] == pytest.approx([1.5, 2.0, 2.5], rel=1e-6)
    assert not today.broken and one.broken == two.broken == ("labels.work.min_quality",)
    assert one.premium == pytest.approx(0.5, rel=1e-5)
    # At a confidence of 0.9 the low ends count already: nothing is left to be worse.
    sure = routing({"work": codes(65.0)}, limits={"confidence": 0.9})
    assert costs(sure) == pytest.approx([2.5, 2.5, 2.5], rel=1e-5)
    # As good as good less 15 is 65; good has no error against itself: 60 + 20 x - 10 (1 - x) = 65, x = 1/2.
    asked = routing({"work": {"skills": {"coding": 1.0}, "min_quality": "good - 15"}})
    assert costs(asked) == pytest.approx([1.5, 2.0, 2.0], rel=1e-5)


def test_safe_plans_keep_what_is_asked_of_each_model() -> None:
    each = {"skills": {"coding": 1.0}, "min_quality_each": 55.0}
    assert costs(routing({"work": each})) == pytest.approx([1.0, 3.0, 3.0])


def test_safe_plans_keep_the_whole_routers_quality() -> None:
    """The mean is 60 + 10 (x0 + x1), and l1 costs ten times l0. Cheap low on both labels takes 10 - 5 x0 off,
    good 5 x0: 60 + 10 x0 - 10 + 5 x0 = 65 at x0 = 1, 13 USD for 12. Both take 10: x1 = 1/2 too, 23 USD."""
    limits, label = {"min_quality": 65.0}, {"skills": {"coding": 1.0}}
    labels: dict[str, dict[str, Any]] = {"l0": label, "l1": {**label, "requests": 1e7}}
    assert costs(routing(labels, limits=limits)) == pytest.approx([12.0, 13.0, 23.0], rel=1e-5)
    # By tests of their own the labels are off apart: at k = 2 good on l0 and cheap on l1, which at x1 of good
    # take 5 + 5 (1 - x1): 70 + 10 x1 - 10 + 5 x1 = 65, x1 = 1/3.
    own = {"cheap": {"quality": 60.0, "low": 50.0}, "good": {"quality": 80.0, "low": 70.0}}
    tested = {name: {**facts, "measured": own} for name, facts in labels.items()}
    assert costs(routing(tested, limits=limits)) == pytest.approx([12.0, 13.0, 13 + 20 / 3], rel=1e-5)


ROOT = Path(__file__).parents[2]
SHIPPED = [ROOT / "engine" / "adapters" / "ready_made.toml", *sorted(ROOT.glob("examples/*/routing.toml"))]


MAKERS = {
    *("Anthropic", "OpenAI", "Google", "xAI", "Mistral AI"),
    *("DeepSeek", "Qwen", "Moonshot AI", "Z.AI", "MiniMax"),
}


def test_ten_makers_have_an_offer_that_passes_all_rules_of_a_ready_made_label() -> None:
    """Alone: eligible, good enough at the confidence asked for, and late no oftener than is allowed."""
    catalog, asked = load_catalog(None), load_routing(SHIPPED[0])
    compiler = Picker(catalog, catalog.as_of).compiler
    resolved, makers = compiler.resolved(asked), set()
    for name, label in resolved.labels.items():
        rows = compiler.rows(resolved, name)
        assert isinstance(label.min_quality, float)
        late = 1 - label.percentile / 100
        passes = rows.eligible & (rows.counted >= label.min_quality) & (rows.late <= late)
        offers = np.array(compiler.table.offers)[passes]
        makers |= {
            catalog.models[base_name(key.partition("/")[2], catalog.models)].developer for key in offers
        }
    assert makers >= MAKERS


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.parent.name)
def test_a_shipped_routings_plan_keeps_each_quality_rule_with_nine_chances_in_ten(path: Path) -> None:
    """And all its rules together with eight, over doubtful prices, volumes, speeds and scores."""
    own = path.with_name("catalog.toml")
    catalog = load_catalog(own if own.exists() else None)
    doubt = Doubt(price=0.2, volume=0.3, time=0.2)
    asked, compiler = load_routing(path), Picker(catalog, TODAY).compiler
    chances = monte_carlo(asked, compiler, catalog, doubt, samples=2_000, resolves=0)
    assert chances is not None and chances.all_kept >= 0.8
    kept = {rule: share for rule, share in chances.kept.items() if "min_quality" in rule}
    assert all(share >= 0.9 for share in kept.values()), kept
    assert len(kept) == sum(
        getattr(label, rule) is not None
        for label in asked.labels.values()
        for rule in ("min_quality", "min_quality_each")
    )
