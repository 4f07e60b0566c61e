"""Offers that cost nothing, as some providers have them, amid every rule in play, against SCIP."""

from __future__ import annotations

import pytest

from modelpick.engine import Catalog, Routing
from modelpick.engine.solver.pick import Picker
from tests.oracle import scip
from tests.oracle.catalogs import TODAY
from tests.oracle.generate import random_case
from tests.oracle.why import World


@pytest.mark.parametrize("seed", [6, 13, 15, 27, 49, 63])
def test_one_free_offer_is_no_trouble(seed: int) -> None:
    catalog, routing = random_case(seed, "tiny" if seed < 27 else "small")
    for offer in sorted(catalog["offers"]):
        free = World(catalog, routing, next(iter(routing["labels"])), offer).priced(0.0).catalog
        plan = Picker(Catalog.model_validate(free), TODAY).pick(Routing.model_validate(routing), mend=False)
        answer = scip.solve(free, routing, TODAY)
        assert plan.status == answer["status"], offer
        if plan.found:
            worth = plan.cost if routing["objective"] == "cost" else plan.quality
            assert worth == pytest.approx(answer["objective"], rel=1e-6, abs=1e-7), offer
