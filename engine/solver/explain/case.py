"""One offer, one label, and the problem in which the offer may serve it: what why-not asks about."""

from __future__ import annotations

from dataclasses import dataclass, field
from time import perf_counter

import numpy as np

from ..cache import Memory
from ..compile.problem import Problem
from ..solution import Answer
from ..solve import TOLERANCE, solve


@dataclass(frozen=True)
class Case:
    """The `at`-th offer for the `row`-th label of a problem, and until when to ask (of perf_counter)."""

    problem: Problem
    row: int
    at: int
    end: float
    memory: Memory = field(default_factory=Memory)

    @property
    def left(self) -> float:
        """Seconds."""
        return max(self.end - perf_counter(), 0.05)

    @property
    def late(self) -> bool:
        """Whether time is out, so that what was not found may still be."""
        return perf_counter() > self.end

    @property
    def host(self) -> int:
        """The offer's place among the self-hosted ones, or -1."""
        place = np.flatnonzero(self.problem.hosts == self.at)
        return int(place[0]) if len(place) else -1

    def solved(self, problem: Problem) -> Answer:
        """The plan of a problem over the same offers, ties broken as ever."""
        return solve(problem, self.left, self.memory)

    def share(self, answer: Answer) -> float:
        """What the offer has of the label."""
        share = 0.0 if answer.shares is None else float(answer.shares[self.row, self.at])
        return share if share > TOLERANCE else 0.0

    def used(self, problem: Problem) -> bool:
        """Whether the plan of this problem has it."""
        return self.share(self.solved(problem)) > 0

    def worth(self, answer: Answer) -> Worth:
        """What an answer costs and is worth."""
        p = self.problem
        assert answer.shares is not None
        n = np.zeros(len(p.hosts)) if answer.replicas is None else answer.replicas
        return Worth(
            float((p.cost * answer.shares).sum() + p.rent @ n),
            float((p.objective * answer.shares).sum() + p.host_objective @ n),
        )


@dataclass(frozen=True)
class Worth:
    """A plan's USD a month, rent counted, and the value of its objective (less is better)."""

    cost: float
    value: float
