"""The engine against the independent solver on random cases with the fields of 2026-11-26.

A third of them here, all in `make fuzz`.
"""

from __future__ import annotations

import pytest

from tests.oracle.generate import suite_cases
from tests.oracle.grown import grown_case, plan_case
from tests.oracle.recheck import differences

CHUNK = {"tiny": 20, "small": 20, "medium": 8}
SIZES = {"tiny": 6, "small": 5, "medium": 1}
CHUNKS = [(size, chunk) for size, chunks in SIZES.items() for chunk in range(suite_cases(chunks))]
PLAN_CHUNKS = [("tiny", 0), ("small", 0), ("medium", 0), ("tiny", 1)]


@pytest.mark.parametrize(("size", "chunk"), PLAN_CHUNKS[: suite_cases(4)])
def test_subscriptions_are_bought_as_the_oracle_buys_them(size: str, chunk: int) -> None:
    seeds = range(1000 + chunk * CHUNK[size], 1000 + (chunk + 1) * CHUNK[size])
    wrong = [fault for seed in seeds for fault in differences(*plan_case(seed, size), f"{size} {seed}")]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(("size", "chunk"), CHUNKS)
def test_the_engine_answers_as_the_oracle(size: str, chunk: int) -> None:
    seeds = range(chunk * CHUNK[size], (chunk + 1) * CHUNK[size])
    wrong = [fault for seed in seeds for fault in differences(*grown_case(seed, size), f"{size} {seed}")]
    assert not wrong, "\n".join(wrong)
