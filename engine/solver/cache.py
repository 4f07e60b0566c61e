"""What one solve leaves to the next over the same catalogue: an edit changes one label, rarely all."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any, TypeVar

from .compile.problem import Bools, Floats, LinkingConstraint, Problem
from .tolerances import MAX_CACHED_LABELS

T = TypeVar("T")


@dataclass
class SolveCache:
    """Facts of labels by their rows' bytes, and where the last coupled search ended."""

    facts: OrderedDict[tuple[str, bytes], Any] = field(default_factory=OrderedDict)
    pool: Bools | None = None
    shares: Floats | None = None
    rules: frozenset[tuple[str, int]] = frozenset()

    def get_or_compute(self, kind: str, key: bytes, make: Callable[[], T]) -> T:
        """What `make` gave for this key before, else what it gives now."""
        place = (kind, key)
        if place not in self.facts:
            self.facts[place] = make()
            if len(self.facts) > MAX_CACHED_LABELS:
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
