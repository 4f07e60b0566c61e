"""The rules across labels, checked all at once: most of the thousands there can be never bind."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .problem import Coupling, Floats

SLACK = 1e-9  # relative to the limit


class Rules:
    """The coupling rules of a problem without self-hosted offers, as arrays."""

    def __init__(self, rules: Sequence[Coupling]) -> None:
        fixed = [rule for rule in rules if rule.host < 0]
        self.single = [rule for rule in fixed if len(rule.offers) == 1]
        self.wide = [rule for rule in fixed if len(rule.offers) != 1]
        self.offer = np.array([rule.offers[0] for rule in self.single], dtype=np.int64)
        self.coef = np.array([rule.coef[:, 0] for rule in self.single])  # (rules, L)
        self.limit = np.array([rule.limit for rule in self.single])

    def broken(self, shares: Floats, known: Sequence[Coupling] = ()) -> list[Coupling]:
        """The rules that shares (L, N) break, but for the known ones."""
        found: list[Coupling] = []
        if self.single:
            load = np.einsum("rl,lr->r", self.coef, shares[:, self.offer])
            over = np.flatnonzero(load > self.limit + SLACK * np.maximum(1.0, np.abs(self.limit)))
            found += [self.single[i] for i in over]
        for rule in self.wide:
            load = float((rule.coef * shares[:, rule.offers]).sum())
            if load > rule.limit + SLACK * max(1.0, abs(rule.limit)):
                found.append(rule)
        have = {id(rule) for rule in known}
        return [rule for rule in found if id(rule) not in have]
