"""Where the search for a coupled optimum stands, and what counts as a plan."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ..compile.problem import Bools, Coupling, Floats, Ints, Problem
from ..mixes.columns import Columns, joined
from .decomposition import Coupled

EXACT = 1e-9  # relative distance to the bound that counts as proven


@dataclass(frozen=True)
class State:
    """Where the search stands."""

    pool: Bools  # (models,)
    rows: tuple[Coupling, ...] = ()  # coupling rules some plan has broken so far
    triples: tuple[Columns, ...] = ()  # mixes of three, found as they were wanted
    replicas: Ints | None = None
    shares: Floats | None = None
    value: float = np.inf
    bound: float = -np.inf
    big: float = 1e3  # times the scale: what a label costs that nothing serves

    @property
    def proven(self) -> bool:
        """Whether the incumbent is within EXACT of the bound."""
        gap = self.value - self.bound
        return bool(np.isfinite(gap) and gap <= EXACT * max(abs(self.value), 1e-12))

    def better(self, value: float, shares: Floats, replicas: Ints | None = None) -> State:
        """With this plan, if it is better."""
        if value >= self.value:
            return self
        return replace(self, value=value, shares=shares, replicas=replicas)


def worth_limit(coupled: Coupled, state: State) -> Floats | None:
    """(L,) what a label's mix may be worth in a plan better than the incumbent."""
    if not np.isfinite(state.value):
        return None
    least = coupled.best.min(axis=1)
    return np.asarray(least + (state.value - least.sum()) + 1e-6 * abs(state.value))


def pool_columns(coupled: Coupled, state: State) -> Columns:
    """Every mix column of the pool's models, and the mixes of three that were wanted."""
    pool = [ix[state.pool[coupled.problem.model[ix]]] for ix in coupled.ix]
    return joined([coupled.columns(pool, state.rows, worth_limit(coupled, state)), *state.triples])


def is_plan(problem: Problem, shares: Floats) -> bool:
    """Whether shares that meet every linear rule meet those of whole numbers as well; replicas: never."""
    used = shares > 1e-9
    if used[:, problem.hosts].any() or (used.sum(axis=1) > problem.max_offers).any():
        return False
    if (used & (shares < problem.min_share[:, None] - 1e-9)).any():
        return False
    pinned = ~np.isnan(problem.pin)
    if (np.abs(shares[pinned] - problem.pin[pinned]) > 1e-9).any():
        return False
    for least, row in zip(problem.min_providers, used, strict=True):
        if len(np.unique(problem.provider[row])) < least:
            return False
    some = used.any(axis=0)
    few = problem.max_models is None or len(np.unique(problem.model[some])) <= problem.max_models
    limit = problem.max_providers
    return few and (limit is None or len(np.unique(problem.provider[some])) <= limit)


def meets(problem: Problem, shares: Floats) -> bool:
    """Whether shares are a plan that meets every rule; self-hosted offers: never."""
    if (shares[~problem.eligible] > 0).any() or not is_plan(problem, shares):
        return False
    if np.nan_to_num(problem.pin)[shares == 0].any():
        return False
    quality = (shares * np.nan_to_num(problem.quality)).sum(axis=1)
    late = (shares * problem.late).sum(axis=1)
    kept = (quality >= problem.min_quality - 1e-9).all() and (late <= problem.max_late + 1e-9).all()
    return bool(kept and not problem.rules.broken(shares))
