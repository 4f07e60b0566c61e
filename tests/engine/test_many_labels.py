"""Many labels under rules of all: what is left out of the model is needed by no best plan."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import numpy as np
import pytest

from modelpick.engine.solver.mixes.column_dominance import irreplaceable, undominated_columns
from modelpick.engine.solver.mixes.columns import concat_columns, pair_columns, single_columns
from modelpick.engine.solver.mixes.dominance import nondominated
from tests.engine.by_hand import market, mix, offer, solved

MODELS, LABELS = 8, 40


def test_a_mix_stands_in_for_one_of_more_models_that_is_worth_and_adds_more() -> None:
    # Offers 0 to 3 cost 1, 2, 3 and 4; the rule counts 5, 4, 1 and 0 of each whole share.
    value, load = np.array([1.0, 2.0, 3.0, 4.0]), np.array([5.0, 4.0, 1.0, 0.0])
    pairs = (np.array([1, 1, 0, 0]), np.array([2, 2, 3, 3]), np.array([0.5, 0.1, 0.5, 0.25]))
    columns = concat_columns([single_columns(0, np.arange(4), value), pair_columns(0, *pairs, value)])
    loads = (load[columns.offers] * columns.shares).sum(axis=1)[None, :]
    # The pairs' ends, worth and load: (2.5, 2.5), (2.9, 1.3) of 1 and 2; (2.5, 2.5), (3.25, 1.25) of 0 and 3.
    assert columns.value[4:].tolist() == [2.5, 2.9, 2.5, 3.25]
    np.testing.assert_allclose(loads[0, 4:], [2.5, 1.3, 2.5, 1.25])
    same_model, apart = np.zeros(4, np.int64), np.arange(4)
    # At best offers 0 and 3 come to (2.5, 1.25), which no end of another mix equals: nothing goes.
    assert undominated_columns(columns, loads, [same_model]).tolist() == list(range(8))
    # Without the rule the cheapest of all stands in for all, of each set of models for that set.
    none = np.zeros((0, 8))
    assert undominated_columns(columns, none, []).tolist() == [0]
    # A pair is never cheaper than the cheaper of its models alone, and that needs no other model.
    assert undominated_columns(columns, none, [apart]).tolist() == [0, 1, 2, 3]


def test_only_what_another_of_the_same_group_beats_in_all_goes() -> None:
    # Costs 1 2 2 3 with lateness 3 2 2 1, then twice 5 with 5: of the same group and of one of its own.
    cost, late = np.array([1.0, 2, 2, 3, 5, 5]), np.array([3.0, 2, 2, 1, 5, 5])
    group, always = np.array([0, 0, 0, 0, 0, 1]), np.ones(6, dtype=bool)
    assert irreplaceable([cost, late], group, always).tolist() == [0, 1, 3, 5]
    # An offer that may not carry all of the label beats none.
    assert irreplaceable([cost, late], group, np.zeros(6, dtype=bool)).tolist() == [0, 1, 2, 3, 4, 5]


def test_nondominated_of_many_is_that_of_all_pairs() -> None:
    by_chance = np.random.default_rng(5)
    for depth in (1, 2):
        metrics, group = by_chance.integers(0, 40, (700, 3)).astype(float), by_chance.integers(0, 6, 700)
        as_good = (metrics[None, :, :] <= metrics[:, None, :]).all(axis=2)
        equal = as_good & as_good.T
        before = np.arange(700)[None, :] < np.arange(700)[:, None]
        beats = as_good & (~equal | before)
        kept = [i for i in range(700) if len(set(group[beats[i]].tolist())) < depth]
        assert nondominated(metrics, group, depth).tolist() == kept


def prices(seed: int) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """(MODELS, 2) USD per million tokens in and out; (LABELS, 2) tokens of a label's requests."""
    by_chance = np.random.default_rng(seed)
    return by_chance.integers(1, 40, (MODELS, 2)), by_chance.integers(1, 2000, (LABELS, 2))


def many(tokens: np.ndarray[Any, Any]) -> dict[str, dict[str, Any]]:
    """A label of one model for each row: a thousand requests of these tokens."""
    return {
        f"l{at}": {
            "requests": 1000,
            "input_tokens": int(into),
            "output_tokens": int(out),
            "max_models": 1,
        }
        for at, (into, out) in enumerate(tokens)
    }


@pytest.mark.parametrize("seed", range(3))
def test_forty_labels_share_the_best_three_of_eight_models(seed: int) -> None:
    price, tokens = prices(seed)
    offers = {f"p/m{at}": {"input": int(into), "output": int(out)} for at, (into, out) in enumerate(price)}
    cost = tokens @ price.T / 1000  # USD a month: a thousand requests, prices per million tokens
    least = min(cost[:, chosen].min(axis=1).sum() for chosen in combinations(range(MODELS), 3))
    plan = solved(market(offers), many(tokens), limits={"max_models": 3})
    assert plan.status == "optimal"
    assert plan.cost == pytest.approx(least, rel=1e-9)


@pytest.mark.parametrize("usd_per_hour", [0.001, 0.02, 10.0])
def test_forty_labels_rent_a_machine_only_where_a_whole_one_pays(usd_per_hour: float) -> None:
    price, tokens = prices(7)
    offers: dict[str, dict[str, Any]] = {
        f"p/m{at}": {"input": int(into), "output": int(out)} for at, (into, out) in enumerate(price)
    }
    # 40,000 requests a month are less than one a minute: one replica carries them all.
    offers["own/mine"] = offer(0.0, hosting={"usd_per_hour": usd_per_hour, "rpm": 60})
    cost = tokens @ price.T / 1000
    bought = min(cost[:, chosen].min(axis=1).sum() for chosen in combinations(range(MODELS), 3))
    plan = solved(market(offers), many(tokens), limits={"max_models": 3})
    assert plan.cost == pytest.approx(min(bought, 730 * usd_per_hour), rel=1e-9)
    assert bool(plan.replicas) == (730 * usd_per_hour < bought)


def test_labels_of_next_to_nothing_have_their_cheapest_beside_dear_ones() -> None:
    # From a request a month to ten million: what is wrong of a small label is 1e-8 of the whole.
    price, tokens = prices(11)
    offers = {f"p/m{at}": {"input": int(into), "output": int(out)} for at, (into, out) in enumerate(price)}
    labels = many(tokens)
    for at, label in enumerate(labels.values()):
        label["requests"] = 10 ** (at % 8)
    plan = solved(market(offers), labels, limits={"max_models": 3})
    used = sorted({int(route.offer[-1]) for label in plan.labels.values() for route in label.routes})
    cheapest = [used[place] for place in (tokens @ price[used].T).argmin(axis=1)]
    assert [mix(plan, name) for name in labels] == [{f"p/m{at}": 1.0} for at in cheapest]
