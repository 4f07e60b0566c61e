"""The engine against the independent solver on random cases with the fields of 2026-11-26."""

from __future__ import annotations

from math import isclose

import pytest

from modelpick.engine import Catalog, Routing, pick
from tests.oracle import scip
from tests.oracle.catalogs import TODAY
from tests.oracle.grown import grown_case
from tests.oracle.levels import spelled_out
from tests.oracle.recheck import violations

CHUNK = 20
SIZES = {"tiny": 7, "small": 6, "medium": 1}


def faults(seed: int, size: str) -> list[str]:
    """How the engine's answer to a case differs from the oracle's."""
    catalog, routing = grown_case(seed, size)
    plan = pick(Routing.model_validate(routing), Catalog.model_validate(catalog), today=TODAY).to_json()
    truth = scip.solve(catalog, routing, TODAY)
    where = f"{size} {seed}"
    if plan["status"] != truth["status"]:
        return [f"{where}: {plan['status']} ({plan['cost']}), SCIP says {truth}"]
    wrong = [f"{where}: {fault}" for fault in violations(spelled_out(catalog), routing, plan)]
    objective = plan[routing["objective"]]
    if truth["status"] == "optimal" and not isclose(
        objective, truth["objective"], rel_tol=1e-6, abs_tol=1e-9
    ):
        wrong.append(f"{where}: {objective!r}, SCIP {truth['objective']!r}")
    return wrong


@pytest.mark.parametrize(("size", "chunk"), [(s, k) for s, chunks in SIZES.items() for k in range(chunks)])
def test_the_engine_answers_as_the_oracle(size: str, chunk: int) -> None:
    wrong = [fault for seed in range(chunk * CHUNK, (chunk + 1) * CHUNK) for fault in faults(seed, size)]
    assert not wrong, "\n".join(wrong)
