"""One mix a label under rules of all: combinations in two halves against all of them."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from modelpick.engine.solver.branch_and_price.exchange import Choices, TooMany, best_choice, exchange

LABELS, WAYS = 7, 3


def drawn(seed: int, rules: int, labels: int = LABELS) -> Choices:
    """Three mixes a label; the dearer, the less they add to the rules."""
    by_chance = np.random.default_rng(seed)
    value = np.sort(by_chance.integers(1, 60, (labels, WAYS)), axis=1).ravel().astype(float)
    drawn_load = by_chance.integers(0, 30, (rules, labels, WAYS)).astype(float)
    load = -np.sort(-drawn_load, axis=2).reshape(rules, labels * WAYS)
    least = value.reshape(labels, WAYS).min(axis=1)
    limit = 0.6 * load.reshape(rules, labels, WAYS).max(axis=2).sum(axis=1).round()
    label = np.repeat(np.arange(labels), WAYS)
    return Choices(label, value, load, value - least[label], limit)


def least_of_all(choices: Choices) -> float:
    """Every combination tried."""
    worth = np.inf
    for ways in product(range(WAYS), repeat=LABELS):
        places = np.arange(LABELS) * WAYS + ways
        if (choices.load[:, places].sum(axis=1) <= choices.limit).all():
            worth = min(worth, float(choices.value[places].sum()))
    return worth


@pytest.mark.parametrize("rules", [0, 1, 2])
def test_the_best_choice_is_the_least_of_all_that_keep_the_rules(rules: int) -> None:
    for seed in range(4):
        choices = drawn(seed, rules)
        least = least_of_all(choices)
        # Reduced costs are what a mix costs more than its label's cheapest: the gap to those is all there is.
        gap = least - float(choices.value[::WAYS].sum())
        chosen = best_choice(choices, gap)
        assert chosen is not None
        assert choices.value[chosen].sum() == least
        assert (choices.load[:, chosen].sum(axis=1) <= choices.limit).all()
        assert (choices.label[chosen] == np.arange(LABELS)).all()
        found = exchange(choices, np.arange(LABELS) * WAYS, least)
        assert found is not None
        assert choices.value[found].sum() == least


def test_no_choice_is_made_where_no_mix_keeps_the_rule() -> None:
    choices = drawn(1, 1)
    lightest = float(choices.load.reshape(LABELS, WAYS).min(axis=1).sum())
    strict = Choices(choices.label, choices.value, choices.load, choices.reduced, np.array([lightest - 1]))
    assert best_choice(strict, 1e9) is None
    assert exchange(strict, np.arange(LABELS) * WAYS, 0.0) is None


def test_what_is_too_much_to_list_is_refused() -> None:
    with pytest.raises(TooMany):
        best_choice(drawn(2, 2, labels=40), 1e9)
