"""The engine against an independent oracle on random cases: the optimum, every rule and every figure.

A third of them here, all 580 in `make fuzz`.
"""

from __future__ import annotations

import pytest

from tests.oracle.generate import random_case, suite_cases
from tests.oracle.recheck import differences

CHUNK = 20
SIZES = {"tiny": 14, "small": 12, "medium": 3}
CHUNKS = [(size, chunk) for size, chunks in SIZES.items() for chunk in range(suite_cases(chunks))]


@pytest.mark.parametrize(("size", "chunk"), CHUNKS)
def test_the_engine_answers_as_the_oracle(size: str, chunk: int) -> None:
    seeds = range(chunk * CHUNK, (chunk + 1) * CHUNK)
    wrong = [fault for seed in seeds for fault in differences(*random_case(seed, size), f"{size} {seed}")]
    assert not wrong, "\n".join(wrong)
