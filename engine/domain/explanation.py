"""Why a plan is as it is: what each rule costs, and why an offer is not in it."""

from __future__ import annotations

from typing import Any

from .base import Value
from .formatting import cents
from .plan import Plan

# Why a step of a rule has no price.
NOTHING_FITS, TIME_OUT, NO_VALUE = "nothing fits", "time was out", "no such value"


class RulePrice(Value):
    """What a rule in force costs: the change of the objective (USD a month, or points of quality).

    `looser` and `tighter` are one `step` away, solved anew with all whole numbers free: None where nothing
    fits then, time was out, or the rule has no such value (then it is one of `ends`): `looser_reason` and
    `tighter_reason` say which. `dropped` is the change without the rule at all; a rule that is no number has
    no step and no other price.

    `price` is the shadow price per step tighter while models and replicas stay as they are, within the
    sensitivity range from `holds_from` to `holds_to` of the rule's value (None: without end; for max_latency,
    which bends, at its value alone); None where the rule is no limit on a sum. At a `degenerate` corner a
    step back gives `price_looser` instead. `attained` is the plan's activity, `binding` whether a step in
    either direction (or dropping it, where it has none) changes the objective, or leaves no plan. `points` is
    what a floor that is a model's quality comes to, 0-100; None for any other rule.
    """

    path: str
    value: Any
    unit: str = ""
    points: float | None = None
    step: float | None = None
    attained: float | None = None
    binding: bool = False
    looser: float | None = None
    tighter: float | None = None
    looser_reason: str = ""
    tighter_reason: str = ""
    ends: tuple[str, ...] = ()
    dropped: float | None = None
    price: float | None = None
    price_looser: float | None = None
    holds_from: float | None = None
    holds_to: float | None = None
    degenerate: bool = False


class PlanWorth(Value):
    """What a unit of a subscription more or less is worth, and from which volume on it pays.

    `more` and `less` are the change of the objective (USD a month, or points of quality) with one unit more
    or less than the `units` of the plan, solved anew: None where no such number can be, nothing fits then, or
    time was out. `pays_from` is the factor on today's traffic from which the first unit is bought, `requests`
    all labels' a month then; None where none was found up to a thousand times, or down to a thousandth.
    `cut`: time was out before `pays_from` was found, or found exactly.
    """

    name: str
    units: int
    more: float | None = None
    less: float | None = None
    pays_from: float | None = None
    requests: float | None = None
    cut: bool = False


class Break(Value):
    """A rule that an offer or given routes break, and by how much.

    `needed` is what the rule asks for and `has` what is there (None: unknown), both in `unit`; `by` is
    how far they are apart, for lists how many are lacking. None where that is no matter of degree. Of given
    routes, `label` and `offer` say whose: '' where it is broken by all labels together, or by a whole mix.
    """

    rule: str
    reason: str
    needed: Any = None
    has: Any = None
    by: float | None = None
    unit: str = ""
    label: str = ""
    offer: str = ""

    @property
    def where(self) -> str:
        """The rule's path, and whose routes break it where the path does not say so."""
        named = self.rule.startswith(f"labels.{self.label}.")
        return self.rule if named or not self.label else f"{self.rule} for {self.label}"


class RoutesCheck(Value):
    """The routes of a file, priced on a catalogue of today, and every rule that they break.

    `plan` has the labels that can be priced (None: none can); `unpriced` are the others, which have no routes
    or some to offers that the catalogue does not have. Without them, `plan` is a part of the whole.
    """

    plan: Plan | None = None
    broken: tuple[Break, ...] = ()
    unpriced: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether the routes keep every rule."""
        return not self.broken

    def __repr__(self) -> str:
        paths = ", ".join(rule.where for rule in self.broken)
        return f"<RoutesCheck: {f'broken: {paths}' if paths else 'every rule is kept'}>"

    __str__ = __repr__


class Window(Value):
    """An offer that is out for its context window alone: what it needs, and what it could take, in tokens.

    With a window of `needs` it would get `share` of the label. As it is, it may serve once the rule or the
    workload at `path` is `accepts` (None: at no value), and would then get `accepts_share`.
    """

    has: float
    needs: float
    share: float | None = None
    path: str = ""
    accepts: float | None = None
    accepts_share: float | None = None


class Entry(Value):
    """What would bring an offer into a label's mix, each figure alone; None where no value of it does.

    `price_factor` is on all its prices, for every label: `input` and `output` are then USD per million
    tokens, `usd_per_hour` the rent of a replica. `quality` is of this label, 0-100. `speed_factor` is on its
    times (smaller is faster), for every label: `latency` is then its own at the label's percentile, in
    seconds. `never` says for each of price, quality and speed that is None why.
    """

    price_factor: float | None = None
    input: float | None = None
    output: float | None = None
    usd_per_hour: float | None = None
    quality: float | None = None
    speed_factor: float | None = None
    latency: float | None = None
    never: dict[str, str] = {}


class WhyNot(Value):
    """Why an offer does not serve a label.

    `share` is what it has. An offer that `breaks` rules is asked about as if just these were `waived` for it
    and this label: it would get `would_share` of the label and change the plan's cost by `would_cost` (USD a
    month); figures that nobody knows are `assumed`, by name, to be just what the label asks. `forced_cost`
    is what the plan costs more with exactly `forced_share` of it, the least that can be, `forced_change` what
    the objective changes by (USD a month, or points of quality). `reduced_cost` is by how much a whole label
    of it must get better (in the objective's unit) before the best plan has it, None for what a subscription
    may cover: its price is not what it costs. What it takes in figures of the offer `enters` says. `blocked`
    are rules that leave no plan with it, `note` says what is amiss.
    """

    offer: str
    label: str
    share: float = 0.0
    breaks: tuple[Break, ...] = ()
    waived: tuple[str, ...] = ()
    assumed: dict[str, float] = {}
    would_share: float | None = None
    would_cost: float | None = None
    forced_share: float | None = None
    forced_cost: float | None = None
    forced_change: float | None = None
    reduced_cost: float | None = None
    enters: Entry = Entry()
    window: Window | None = None
    blocked: tuple[str, ...] = ()
    note: str = ""


class Point(Value):
    """A plan on the frontier: USD a month, quality 0-100, offer -> share of every label.

    Quality is what rules count of it, at the confidence that the routing asks for.
    `qualities` are those of the labels whose offers all have one; `over_budget`: it costs more than
    `limits.budget` allows.
    """

    cost: float
    quality: float
    routes: dict[str, dict[str, float]]
    qualities: dict[str, float] = {}
    over_budget: bool = False


class Dominated(Value):
    """An offer that another, `by`, beats for a label; each difference is at least 0.

    `dearer` is in USD a month for all of its requests, `worse` in points of quality, `later` the share of
    requests more that miss the label's latency.
    """

    label: str
    offer: str
    by: str
    dearer: float
    worse: float
    later: float = 0.0


class Frontier(Value):
    """Cost against quality, the cheapest plan first; `knee` is a place in `points`, `current` the plan now.

    `budget` is that of the routing, USD a month: points beyond it are there, and marked. `unscored` are the
    labels without skills, which are left at their cheapest. `dominated` are the offers that another one
    beats in every respect, label by label.
    """

    label: str | None = None
    points: tuple[Point, ...] = ()
    knee: int | None = None
    current: Point | None = None
    exact: bool = True
    budget: float | None = None
    unscored: tuple[str, ...] = ()
    dominated: tuple[Dominated, ...] = ()

    def __repr__(self) -> str:
        if not self.points:
            return "<Frontier: no plan keeps the rules>"
        first, last = self.points[0], self.points[-1]
        costs = f"{cents(first.cost)} to {cents(last.cost)} USD a month"
        quality = f"quality {first.quality:.1f} to {last.quality:.1f}"
        return f"<Frontier: {len(self.points)} plans, {costs}, {quality}>"

    __str__ = __repr__


class FastPoint(Value):
    """The cheapest plan with a label's `max_latency` (seconds): USD a month, offer -> share of the label."""

    cost: float
    max_latency: float
    routes: dict[str, float]
    over_budget: bool = False


class LatencyFrontier(Value):
    """Cost against a label's latency at its percentile, the fastest plan first; `knee` is a place in it."""

    label: str
    percentile: float
    points: tuple[FastPoint, ...] = ()
    knee: int | None = None
    budget: float | None = None


class AssumedRoute(Value):
    """A share of a label that an offer would get if its unknown figures were as its relatives'.

    `quality` (0-100) and `latency` (median seconds of a request) are the assumed ones; None where known.
    """

    offer: str
    share: float
    quality: float | None = None
    latency: float | None = None


class AssumedFigure(Value):
    """A figure of an offer that nobody knows, as its relatives have it.

    `name` is `ttft` (seconds), `tps` (tokens per second) or `skill:NAME` (0-100); `relatives` says whose
    median the value is: "its model elsewhere" or "its family".
    """

    name: str
    value: float
    relatives: str


class MissingFigures(Value):
    """Offers that are out of a label only because a figure is unknown.

    `unknown_speed`, `unscored` and `both` count them; of these `assumed` may serve once their figures are
    those of the same model elsewhere or of their family. `saves` is what the best plan with them is better
    by: USD a month, or points of quality; None where the rules leave no plan with them, or none without.
    """

    label: str
    unknown_speed: int = 0
    unscored: int = 0
    both: int = 0
    assumed: int = 0
    saves: float | None = None
    routes: tuple[AssumedRoute, ...] = ()


class MeasurementValue(Value):
    """What knowing a model's quality on a label would be worth: a reason to test it, or not to.

    `quality` is what it is taken for and `low` the low end of 80 % (0-100). `gain` is what the best plan
    improves by on average over what the test may find, `best` at a good outcome: USD a month, or points of
    quality; `chance` that anything improves.
    """

    label: str
    model: str
    quality: float
    low: float
    gain: float
    best: float
    chance: float


class Basis(Value):
    """What a route of the plan rests on, in words: its quality, price and speed, each with source and day.

    `quality` is as it stands and `counted` as the rules count it (0-100).
    """

    label: str
    offer: str
    share: float
    quality: float | None = None
    counted: float | None = None
    quality_basis: str = ""
    price_basis: str = ""
    speed_basis: str = ""


class Standing(Value):
    """One offer, as if it served the label alone.

    `cost` is USD a month (with the replicas of a self-hosted offer), `quality` 0-100 and `counted` what rules
    on quality count of it at the confidence asked for, `late` the share of requests over max_latency,
    `latency` seconds at the label's percentile, `carries` the share of the label's peak traffic that its rate
    limits let through. None: unknown, or no such rule. `breaks` are rules on each offer, which bar it;
    `misses` the label's rules on a mix (min_quality, max_latency) that it would not keep alone, though it may
    serve a part. `dominated_by` is the cheapest eligible offer that is at least as cheap, as good and as
    fast, and better in one of them.
    """

    offer: str
    cost: float
    quality: float | None = None
    counted: float | None = None
    late: float | None = None
    latency: float | None = None
    carries: float = 1.0
    breaks: tuple[Break, ...] = ()
    misses: tuple[str, ...] = ()
    dominated_by: str | None = None


class Standings(Value):
    """All offers of the catalogue for one label, in the order of their names."""

    label: str
    offers: tuple[Standing, ...] = ()
