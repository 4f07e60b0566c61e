"""The engine against an independent oracle on random cases: the optimum, every rule and every figure."""

from __future__ import annotations

from math import isclose

import pytest

from modelpick.engine import Catalog, Routing, pick
from tests.oracle import scip
from tests.oracle.catalogs import TODAY
from tests.oracle.generate import random_case
from tests.oracle.recheck import violations

CHUNK = 20
SIZES = {"tiny": 7, "small": 6, "medium": 2}  # test_grown_contract has as many, with more in play
CHUNKS = [(size, chunk) for size, chunks in SIZES.items() for chunk in range(chunks)]


def faults(seed: int, size: str) -> list[str]:
    """How the engine's answer to a case differs from the oracle's."""
    catalog, routing = random_case(seed, size)
    plan = pick(Routing.model_validate(routing), Catalog.model_validate(catalog), today=TODAY).to_json()
    truth = scip.solve(catalog, routing, TODAY)
    where = f"{size} {seed}"
    if plan["status"] != truth["status"]:
        return [f"{where}: {plan['status']} (objective {plan[routing['objective']]}), SCIP says {truth}"]
    found = [f"{where}: {fault}" for fault in violations(catalog, routing, plan)]
    mine = plan[routing["objective"]]
    if truth["status"] == "optimal" and not isclose(mine, truth["objective"], rel_tol=1e-6, abs_tol=1e-9):
        found.append(f"{where}: {routing['objective']} {mine!r}, SCIP {truth['objective']!r}")
    return found


@pytest.mark.parametrize(("size", "chunk"), CHUNKS)
def test_the_engine_answers_as_the_oracle(size: str, chunk: int) -> None:
    found = [fault for seed in range(chunk * CHUNK, (chunk + 1) * CHUNK) for fault in faults(seed, size)]
    assert not found, "\n".join(found)
