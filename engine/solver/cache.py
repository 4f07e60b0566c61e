"""What one solve leaves to the next over the same catalogue: an edit changes one label, rarely all."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field, fields
from hashlib import blake2b
from typing import Any, TypeVar

import numpy as np

from .compile.problem import Bools, Floats, LinkingConstraint, Problem, SubscriptionTerms
from .solution import Solution
from .tolerances import MAX_CACHED_CELLS, MAX_CACHED_LABELS, MAX_CACHED_SOLUTIONS

T = TypeVar("T")


@dataclass
class SolveCache:
    """Facts of labels by their rows' bytes, and where the last coupled search ended.

    `solutions`, for who asks many questions of one routing: proven ones of whole problems, by what is asked
    and the problem's bytes; None: none are kept.
    """

    facts: OrderedDict[tuple[str, bytes], Any] = field(default_factory=OrderedDict)
    pool: Bools | None = None
    shares: Floats | None = None
    rules: frozenset[tuple[str, int]] = frozenset()
    solutions: OrderedDict[tuple[str, bytes], Solution] | None = None
    max_facts: int = MAX_CACHED_LABELS

    def make_room(self, offers: int) -> None:
        """Keeps as many labels' facts as take little memory where each is of so many offers."""
        self.max_facts = max(MAX_CACHED_LABELS, MAX_CACHED_CELLS // max(offers, 1))

    def solved_once(self, kind: str, problem: Problem, solve: Callable[[], Solution]) -> Solution:
        """The solution of a problem that was solved before, else what `solve` gives now."""
        if self.solutions is None:
            return solve()
        key = (kind, problem_key(problem))
        if (known := self.solutions.get(key)) is not None:
            return known
        solution = solve()
        if solution.status.proven:
            self.solutions[key] = solution
            if len(self.solutions) > MAX_CACHED_SOLUTIONS:
                self.solutions.popitem(last=False)
        return solution

    def get_or_compute(self, kind: str, key: bytes, make: Callable[[], T]) -> T:
        """What `make` gave for this key before, else what it gives now."""
        place = (kind, key)
        if place not in self.facts:
            self.facts[place] = make()
            if len(self.facts) > self.max_facts:
                self.facts.popitem(last=False)
        self.facts.move_to_end(place)
        fact: T = self.facts[place]
        return fact


def constraint_key(rule: LinkingConstraint) -> tuple[str, int]:
    """What tells a coupling rule from the others, also in the next problem."""
    return rule.path, int(rule.offers[0]) if len(rule.offers) else -1


def label_key(problem: Problem, label: int, *more: Floats | Bools) -> bytes:
    """All that the label's own rows say."""
    p, digest = problem, blake2b(digest_size=16)
    for row in (p.cost, p.quality, p.late, p.median, p.eligible, p.pin):
        digest.update(row[label].tobytes())
    for rule in (p.min_quality, p.max_late, p.max_offers, p.min_share, p.min_providers, p.weight):
        digest.update(rule[label : label + 1].tobytes())
    for row in more:
        digest.update(row.tobytes())
    digest.update(b"quality" if p.maximise_quality else b"cost")
    return digest.digest()


def problem_key(problem: Problem) -> bytes:
    """All that the problem says of what is eligible; the names of offers are the catalogue's."""
    digest = blake2b(digest_size=16)
    may_serve = problem.eligible
    for name in (at.name for at in fields(Problem)):
        figure = getattr(problem, name)
        if isinstance(figure, np.ndarray):
            is_grid = figure.shape == may_serve.shape and name != "eligible"
            digest.update((figure[may_serve] if is_grid else figure).tobytes())
        elif name == "linking":
            for rule in problem.linking:
                _add(digest, rule, rule.coef[may_serve[:, rule.offers]])
        elif name == "subscriptions":
            for terms in problem.subscriptions:
                _add(digest, terms, terms.use, terms.saves)
        elif name != "offers":
            digest.update(repr(figure).encode())
    return digest.digest()


def _add(digest: Any, terms: LinkingConstraint | SubscriptionTerms, *grids: Floats) -> None:
    """Adds a rule or a subscription: plain figures, arrays, and its (L, n) grids as given."""
    for at in fields(terms):
        figure = getattr(terms, at.name)
        if not isinstance(figure, np.ndarray):
            digest.update(repr(figure).encode())
        elif figure.ndim == 1:
            digest.update(figure.tobytes())
    for grid in grids:
        digest.update(grid.tobytes())
