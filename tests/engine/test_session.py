"""Edits in a row: what a picker remembers of one question must not change its answer to the next."""

from __future__ import annotations

import random
from datetime import date
from typing import Any

import pytest

from modelpick.engine import Routing, pick
from modelpick.engine.adapters.routing_file import load_catalog, ready_made
from modelpick.engine.solver.pick import Picker
from tests.engine.by_hand import MILLION, codes, coding, market, offer
from tests.oracle.generate import suite_cases

TODAY = date(2026, 11, 23)
ROUTERS: tuple[dict[str, Any], ...] = (
    {},
    {"max_models": 3},
    {"max_models": 3, "max_provider_share": 0.6},
    {"max_providers": 2, "peak": 40.0},
    {"budget": 60.0, "max_models": 2},
)


def edited(routing: Routing, random_: random.Random) -> Routing:
    """One rule of one label changed, as a person would."""
    data = routing.model_dump(mode="json", by_alias=True)
    label = data["labels"][random_.choice(sorted(data["labels"]))]
    rule = random_.choice(["requests", "min_quality", "max_models", "min_share", "max_latency"])
    if rule == "requests":
        label[rule] = round(label[rule] * random_.choice([0.5, 0.9, 1.1, 2.0]))
    elif rule == "min_quality" and label["skills"]:
        label[rule] = random_.choice([None, 40.0, 50.0, 60.0])
    elif rule == "max_models":
        label[rule] = random_.choice([None, 1, 2, 3])
    elif rule == "min_share":
        label[rule] = random_.choice([None, 0.1])
    else:
        label["max_latency"] = random_.choice([None, 30.0, 60.0])
    return Routing.model_validate(data)


@pytest.mark.parametrize("limits", ROUTERS, ids=lambda limits: " ".join(limits) or "none")
def test_a_session_of_edits_answers_as_fresh_starts_do(limits: dict[str, Any]) -> None:
    catalog, random_ = load_catalog(None), random.Random(7)
    data = ready_made().model_dump(mode="json", by_alias=True)
    for name in ("default", "think"):  # which may mix, so that most of the edits have a plan
        data["labels"][name] |= {"max_models": 2, "min_share": 0.1}
    routing = Routing.model_validate({**data, "limits": {**data["limits"], "confidence": 0.5, **limits}})
    picker, found = Picker(catalog, TODAY), 0
    for _ in range(suite_cases(15 if "peak" in limits else 24)):  # shares of a busy minute: seconds an edit
        routing = edited(routing, random_)
        mine, fresh = (p.pick(routing, mend=False) for p in (picker, Picker(catalog, TODAY)))
        assert (mine.status, mine.conflicts) == (fresh.status, fresh.conflicts)
        if not mine.found:
            continue
        found += 1
        assert mine.cost == pytest.approx(fresh.cost, rel=1e-9)
        assert mine.quality == pytest.approx(fresh.quality, rel=1e-7)
        routes = [[r.offer for r in label.routes] for label in mine.labels.values()]
        assert routes == [[r.offer for r in label.routes] for label in fresh.labels.values()]
    assert found >= (3 if "peak" in limits else 5)


@pytest.mark.parametrize(
    ("label", "limits", "seeds"),
    [({"max_models": 3, "min_share": 0.1}, {}, (7, 26)), ({"max_models": 2}, {"max_models": 3}, (7, 26, 38))],
    ids=["three", "pairs"],
)
def test_an_incumbent_of_an_earlier_edit_hides_no_dear_part_of_a_cheap_mix(
    label: dict[str, Any], limits: dict[str, Any], seeds: tuple[int, ...]
) -> None:
    # Mixes of three hold a little of an offer, and pairs lie between ends, that alone are dearer than the
    # best plan so far.
    wrong = []
    for seed in seeds:
        some = random.Random(seed)
        names = [f"{p}/{m}" for p in "pqrs" for m in "abcdef" if some.random() < 0.6]
        rates = [{"rpm": some.uniform(2, 30)} if some.random() < 0.4 else {} for _ in names]
        offers = {name: offer(some.uniform(5, 40), **rate) for name, rate in zip(names, rates, strict=True)}
        scores = {m: coding(float(some.randint(30, 90))) for m in sorted({key[2:] for key in names})}
        catalog = market(offers, **scores)
        picker = Picker(catalog, TODAY)
        for _ in range(6):
            facts = {**MILLION, **codes(float(some.randint(40, 70)), **label)}
            labels = {f"l{i}": {**facts, "requests": some.randint(1, 9) * 1e5} for i in range(2)}
            router = {"max_provider_share": some.choice([0.5, 0.7, 0.9]), **limits}
            asked = Routing.model_validate({"labels": labels, "limits": router})
            mine, fresh = picker.pick(asked, mend=False), pick(asked, catalog, today=TODAY)
            if mine.status != fresh.status or mine.cost != pytest.approx(fresh.cost, rel=1e-7):
                wrong.append((seed, mine.cost, fresh.cost))
    assert not wrong
