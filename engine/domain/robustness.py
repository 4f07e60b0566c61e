"""How safe a plan is where figures are doubtful. Money is USD a month, chances are fractions."""

from __future__ import annotations

from pydantic import Field

from .base import Amount, Value
from .scenario import Outcome, Swap


class Doubt(Value):
    """How far figures may be off: about one in twenty is further off than this to one side.

    `price`, `volume` and `time` are relative (0.2: a fifth more), `quality` is points, of a skill or a test
    result without an interval: a rule at a confidence counts such a one as it stands.
    """

    price: Amount = Field(0.2, le=100)
    volume: Amount = Field(0.3, le=100)
    time: Amount = Field(0.2, le=100)
    quality: Amount = Field(0.0, le=100)


class Safe(Value):
    """The plan of the least worst case when at most `k` figures are at their worst.

    `outcome` has its cost at today's figures, `premium` is what that is more than the best plan's (points of
    quality less, where that is maximised). `worst` is its cost with the `figures` at their worst, `exposed`
    what today's best plan could cost. `broken` names rules that today's best plan would break in some worst
    case; `kept` whether this one stays within the budget in all of them. `rows` linear rows were needed, and
    no plan's worst case is less than `bound`; `gap` is what is left to it, relative to `worst`, 0 where the
    plan is proven the best. `outcome` is timed_out where the time did not suffice to find a plan.
    """

    k: int
    outcome: Outcome
    premium: float | None = None
    worst: float | None = None
    exposed: float | None = None
    bound: float | None = None
    gap: float | None = None
    figures: tuple[str, ...] = ()
    broken: tuple[str, ...] = ()
    kept: bool | None = None
    swaps: tuple[Swap, ...] = ()
    rows: int = 0


class Chances(Value):
    """What random figures do to a plan: chances that it keeps each rule, and its cost.

    `kept` has a chance for each rule by its path, `all_kept` that it keeps them all. Of `resolved` samples
    solved anew, the plan had the best offers in `same`; where it kept the rules, it cost `regret` more than
    the best plan on average (USD a month, for objective cost; `regret_95` at most in 95 % of them).
    """

    samples: int
    seed: int
    doubt: Doubt
    cost: float = 0.0
    cost_mean: float = 0.0
    cost_5: float = 0.0
    cost_95: float = 0.0
    kept: dict[str, float] = {}
    all_kept: float = 1.0
    resolved: int = 0
    same: float | None = None
    regret: float | None = None
    regret_95: float | None = None


class Robustness(Value):
    """Both, and whether the routing was asked to be surer of quality than it says (--cautious).

    `caution` is what that costs: USD a month (or points of quality) between the best plans with and without.
    `missing` are the k for which the time did not suffice to begin. `notes` say what the figures leave out.
    """

    cautious: bool
    caution: float | None = None
    doubt: Doubt
    safe: tuple[Safe, ...] = ()
    missing: tuple[int, ...] = ()
    chances: Chances | None = None
    notes: tuple[str, ...] = ()
