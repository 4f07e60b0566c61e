"""The elastic model: the textbook one with a column for whatever a rule may give, the least of it in all.

What may move: the rules in force, what each says, and the matrices once none of them is.

A movement is relative to what the rule says: a budget of 100 USD that becomes 110, a floor of 80 that
becomes 72 and a limit of ten models that becomes eleven have all moved by 0.1. What has no size counts GIVEN
each: a switch, an item of a list, a rule that is dropped because only then unknown figures are allowed.

Rules that shut single offers out, as gates: what opening each costs, and whom it lets in.

Which pairs of label and offer the nearest routing may need: none that another beats in all that counts.

A share that moves to a better offer must break no rule that couples labels: the better one has no rate limit,
needs no gate that the other does not, and is of the same provider (model) where those are counted.

What every part of the elastic model stands on: the gates, the shares behind them, and the slacks.

Rules across labels in the elastic model: models and providers in use, money, rate limits.

A label's own rules in the elastic model: quality, lateness, and how its mix is counted.

A limit on lateness is no linear function of its seconds: it is a row at each of some levels, and a gate that
says whether the limit has passed the level and pays for what lies below it. The model is a relaxation between
levels; more are added where an answer needs more seconds than it has paid for.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from math import ceil, floor
from typing import Any

import numpy as np
from scipy.optimize import OptimizeResult

from ...domain.routing import Label, Routing
from ...domain.rules import facts_of, rules_in_force, value_of, without
from ..compile.compiler import TRAFFIC, Compiler
from ..compile.formulas import Z95, late_share
from ..compile.offer_table import Table
from ..compile.problem import Bools, Coupling, Floats, Ints, Problem
from ..mixes.dominance import skyline
from ..models.builder import Sheet
from ..tolerances import MAX_SHARE_CUTS

DROP_WEIGHT = 2.0  # what a switch, an item or a dropped rule counts: twice the whole of a floor
CENT = 0.01


@dataclass(frozen=True)
class RelaxationScope:
    """A routing whose rules at `soft` may give way; `free` is the problem without any rule.

    `median` (L, N) are the offers' seconds, nan where unknown.
    """

    routing: Routing
    table: Table
    free: Problem
    median: Floats
    soft: frozenset[str]

    @staticmethod
    def of(routing: Routing, compiler: Compiler, soft: Set[str] | None = None) -> RelaxationScope:
        """Without `soft` every rule in force may give way."""
        rules = rules_in_force(routing)
        bare = without(routing, {*rules})
        median = np.array([compiler.rows(bare, name).median for name in bare.labels])
        some = frozenset(rules if soft is None else soft)
        return RelaxationScope(routing, compiler.table, compiler.compile(bare), median, some)

    def says(self, path: str) -> float:
        """The number that a rule says."""
        return float(value_of(self.routing, path))

    def scale(self, path: str) -> float:
        """What a movement of 1 is in the rule's unit: its value; of a rule that says 0 its step."""
        return abs(self.says(path)) or float(facts_of(path)["step"])

    def outward(self, path: str, value: float, sign: int) -> float:
        """`value` on the rule's grid, rounded the way that it gives (-1: down)."""
        grid = grid_of(path)
        steps = value / grid
        whole = floor(steps + 1e-6) if sign < 0 else ceil(steps - 1e-6)
        return round(whole * grid, 9)

    @property
    def ranked(self) -> bool:
        """Whether quality is what the routing maximises, so that unscored offers are out."""
        return self.routing.objective == "quality"


def grid_of(path: str) -> float:
    """The grain of what is written: a cent, a token, a whole number, else a hundredth of the rule's step."""
    name, step = path.rpartition(".")[2], facts_of(path)["step"]
    if name == "budget":
        return CENT
    if name in {"context", "max_models", "max_providers", "min_providers"}:
        return 1.0
    return float(step) / 100


@dataclass(frozen=True)
class Gate:
    """One thing that a rule may give up.

    `item` is the item of its list, the new value of its threshold, or None where the rule is dropped. These
    `offers` of the `labels` serve only where the gate is open, or the rule dropped. A threshold's gates add
    up: who needs the second needs the first. One that nothing opens weighs inf.
    """

    path: str
    weight: float
    item: Any
    labels: tuple[int, ...]
    offers: Ints


def gates(ask: RelaxationScope, most: float) -> list[Gate]:
    """Every gate of the rules in force; what would move by more than `most` in all is not to be opened."""
    found = [*_whole(ask), *_unscored(ask)]
    for row, (name, label) in enumerate(ask.routing.labels.items()):
        found += _label(ask, row, f"labels.{name}", label, most)
    return [gate if gate.path in ask.soft and gate.weight <= most else _shut(gate) for gate in found]


def _shut(gate: Gate) -> Gate:
    return Gate(gate.path, np.inf, gate.item, gate.labels, gate.offers)


def _whole(ask: RelaxationScope) -> Iterator[Gate]:
    """The limits' lists and switches, for all labels at once."""
    limits, table = ask.routing.limits, ask.table
    every = tuple(range(len(ask.free.labels)))

    def gate(name: str, item: Any, needs: Bools) -> Gate:
        return Gate(f"limits.{name}", DROP_WEIGHT, item, every, np.flatnonzero(needs))

    sets = (("providers", table.providers, table.provider), ("models", table.models, table.model))
    for name, names, code in sets:
        listed, denied = getattr(limits, name), {*getattr(limits, f"deny_{name}")}
        for place, one in enumerate(names):
            if listed is not None and one not in listed:
                yield gate(name, one, code == place)
            if one in denied:
                yield gate(f"deny_{name}", one, code == place)
    if limits.open_weights:
        yield gate("open_weights", None, ~table.open_weights)
    if not limits.trains_on_data:
        yield gate("trains_on_data", None, table.trains != 0)


def _label(ask: RelaxationScope, row: int, at: str, label: Label, most: float) -> Iterator[Gate]:
    """A label's own lists and thresholds."""
    table, none = ask.table, np.zeros(len(ask.table.offers), dtype=bool)

    def gate(name: str, item: Any, needs: Ints) -> Gate:
        return Gate(f"{at}.{name}", DROP_WEIGHT, item, (row,), needs)

    for feature in label.features:
        yield gate("features", feature, np.flatnonzero(~table.features.get(feature, none)))
    if label.allow is not None:
        for offer in sorted({*table.offers} - {*label.allow}):
            yield gate("allow", offer, np.array([table.index[offer]]))
    for offer in sorted({*label.deny} & {*table.offers}):
        yield gate("deny", offer, np.array([table.index[offer]]))
    yield from _levels(ask, row, f"{at}.context", table.window, most)
    if label.min_quality_each is not None:
        yield from _levels(ask, row, f"{at}.min_quality_each", ask.free.quality[row], most)
    if label.latency_limit is not None:
        yield gate("max_latency", None, np.flatnonzero(np.isnan(ask.median[row])))
    for offer in label.pin:
        yield gate("pin", offer, np.zeros(0, np.int64))


def _levels(ask: RelaxationScope, row: int, path: str, has: Floats, most: float) -> Iterator[Gate]:
    """A gate for every lower value of the rule that lets in offers of which it asks more than they have."""
    asked = above = ask.says(path)
    short = ask.free.eligible[row] & (has < asked - 1e-9)
    if path not in ask.soft:
        yield Gate(path, np.inf, None, (row,), np.flatnonzero(short))
        return
    for value in sorted({ask.outward(path, float(one), -1) for one in has[short]}, reverse=True):
        beyond = np.flatnonzero(short & (has < above - 1e-9))
        if (asked - value) / ask.scale(path) > most:
            yield Gate(path, np.inf, value, (row,), beyond)
            return
        yield Gate(path, (above - value) / ask.scale(path), value, (row,), beyond)
        above = value


def _unscored(ask: RelaxationScope) -> Iterator[Gate]:
    """Offers of unknown quality need every quality rule of the label dropped."""
    for row, (name, label) in enumerate(ask.routing.labels.items()):
        unknown = np.flatnonzero(np.isnan(ask.free.quality[row]))
        for rule in ("min_quality", "min_quality_each"):
            if getattr(label, rule) is not None:
                yield Gate(f"labels.{name}.{rule}", DROP_WEIGHT, None, (row,), unknown)
        if ask.ranked:
            yield Gate("objective", DROP_WEIGHT, None, (row,), unknown)


UNKNOWN = 1e30  # worse than any figure


def pruned(ask: RelaxationScope, some: Bools, gates: Sequence[Gate], most: float) -> Bools:
    """The pairs of `some` (L, N) but for those that another pair of the label beats."""
    able, needs = some.copy(), _needs(some.shape, gates)
    able[:, [int(rule.offers[0]) for rule in ask.free.couplings]] = False
    kept = some.copy()
    for row, name in enumerate(ask.free.labels):
        pinned = [ask.table.index[offer] for offer in ask.routing.labels[name].pin]
        able[row, pinned] = False
        ix = np.flatnonzero(some[row])
        lost = _beaten(_metrics(ask, row, ix, most), able[row, ix], _group(ask, row, ix), needs[row, ix])
        kept[row, ix[lost]] = False
        kept[row, pinned] = some[row, pinned]
    return kept


def _needs(shape: tuple[int, ...], gates: Sequence[Gate]) -> Ints:
    """(L, N) a number that pairs have in common that need the same gates; 0: none but of thresholds.

    The gates of lists of offers are each of one pair, so that one stands for another.
    """
    needs, codes = np.zeros(shape, np.int64), np.random.default_rng(0)
    known: dict[tuple[str, object], int] = {}
    for gate in gates:
        if gate.path.endswith((".context", ".min_quality_each")) and gate.item is not None:
            continue
        alike = gate.path.endswith((".allow", ".deny"))
        key = (gate.path, None if alike else gate.item)
        known.setdefault(key, int(codes.integers(1, 2**62)))
        needs[np.array(gate.labels)[:, None], gate.offers] ^= known[key]
    return needs


def _group(ask: RelaxationScope, row: int, ix: Ints) -> Ints:
    """(n,) a number that offers have in common which a rule across offers cannot tell apart."""
    limits, label = ask.routing.limits, ask.routing.labels[ask.free.labels[row]]
    group = np.zeros(len(ix), np.int64)
    if limits.max_providers is not None or limits.max_provider_share is not None or label.min_providers > 1:
        group += ask.table.provider[ix]
    if limits.max_models is not None:
        group += ask.table.model[ix] * (len(ask.table.providers) + 1)
    return group


def _metrics(ask: RelaxationScope, row: int, ix: Ints, most: float) -> Floats:
    """(n, d) all that counts of each offer, smaller is better; UNKNOWN where a figure is."""
    label, quality = ask.routing.labels[ask.free.labels[row]], ask.free.quality[row, ix]
    columns = [ask.free.cost[row, ix], -np.minimum(ask.table.window[ix], label.fits)]
    if label.min_quality is not None:
        columns.append(-quality)
    if label.min_quality_each is not None:
        columns.append(-np.minimum(quality, label.min_quality_each))
    if label.latency_limit is not None:
        # Whether one lognormal is later than another is linear in the logarithm of the limit.
        sigma = np.maximum(np.log(np.maximum(ask.table.spread[ix], 1.0)) / Z95, 1e-9)
        median = np.log(np.maximum(ask.median[row, ix], 1e-300))
        for limit in (label.latency_limit, label.latency_limit * (1 + most)):
            columns.append((median - np.log(limit)) / sigma)
    metrics = np.column_stack(columns)
    return np.where(np.isnan(metrics), UNKNOWN, metrics)


def _beaten(metrics: Floats, able: Bools, group: Ints, needs: Ints) -> Ints:
    """The rows that an able one of their group beats which needs the same gates, or none."""
    lost = np.zeros(len(group), dtype=bool)
    for one in np.unique(group):
        mine = np.flatnonzero(group == one)
        for what in np.unique(needs[mine]):
            same = mine[needs[mine] == what]
            best = same[able[same]]
            best = best[skyline(metrics[best], group[best])]
            others = same if what else mine
            others = others[~np.isin(others, best)]
            if len(best) and len(others):
                beats = (metrics[best][:, None] <= metrics[others][None]).all(axis=2).any(axis=0)
                lost[others[beats]] = True
    return np.flatnonzero(lost)


class Base:
    """Columns of a routing's elastic model; `most` is the most it may move in all.

    Shares `x` of the pairs `label`, `offer` that any movement within `most` lets in, at `place` (L, N; -1:
    none); replicas `n`.
    """

    def __init__(self, ask: RelaxationScope, most: float) -> None:
        self.ask, self.most, self.sheet = ask, most, Sheet()
        self.weight: dict[int, float] = {}  # column -> movement of each unit
        self.gates: dict[tuple[str, object], tuple[int, Gate]] = {}
        self.slacks: dict[str, tuple[int, float]] = {}  # path -> column, the rule's unit in one of its
        self._pairs(self._gated())
        self._pins()

    def _gated(self) -> list[tuple[Gate, list[int]]]:
        """Every gate with the columns that open it."""
        found = gates(self.ask, self.most)
        for gate in found:
            key = gate.path, gate.item
            if np.isfinite(gate.weight) and key not in self.gates:
                column = int(self.sheet.columns(1, whole=True)[0])
                self.gates[key], self.weight[column] = (column, gate), gate.weight
        ways = [{(gate.path, gate.item), (gate.path, None)} & self.gates.keys() for gate in found]
        return [(gate, [self.gates[key][0] for key in way]) for gate, way in zip(found, ways, strict=True)]

    def _pairs(self, gated: list[tuple[Gate, list[int]]]) -> None:
        """The shares, and the gates before them."""
        ask, sheet = self.ask, self.sheet
        some = ask.free.eligible.copy()
        for gate, opens in gated:
            if not opens:
                some[np.array(gate.labels)[:, None], gate.offers] = False
        some = pruned(ask, some, [gate for gate, _ in gated], self.most)
        self.label, self.offer = np.nonzero(some)
        self.x = sheet.columns(len(self.label))
        self.place = np.full(some.shape, -1)
        self.place[self.label, self.offer] = self.x
        self.n = sheet.columns(len(ask.free.hosts), np.inf, whole=True)
        sheet.put(sheet.rows(len(some), 1.0, 1.0)[self.label], self.x, 1.0)
        for gate, opens in gated:
            for label in gate.labels if opens else ():
                columns = self.place[label, gate.offers]
                row = sheet.rows(1, -np.inf, 0.0)
                sheet.put(row, columns[columns >= 0], 1.0)
                sheet.put(row, np.array(opens), -1.0)

    def _pins(self) -> None:
        """Each pinned share, unless it is given up."""
        index = self.ask.table.index
        for row, (name, label) in enumerate(self.ask.routing.labels.items()):
            for offer, share in label.pinned.items():
                x, gate = int(self.place[row, index[offer]]), self.gates.get((f"labels.{name}.pin", offer))
                low, high = self.sheet.rows(1, share, np.inf), self.sheet.rows(1, -np.inf, share)
                if x >= 0:
                    self.sheet.put(low, x, 1.0)
                    self.sheet.put(high, x, 1.0)
                if gate is not None:
                    self.sheet.put(low, gate[0], share)
                    self.sheet.put(high, gate[0], share - 1)

    def slack(
        self, row: Ints, path: str, sign: int, most: float = np.inf, *, whole: bool = False, per: float = 1.0
    ) -> None:
        """Lets the rule give way in these rows (its unit over `per`), all alike, up to `most`."""
        if path not in self.ask.soft:
            return
        scale = self.ask.scale(path)
        if path not in self.slacks:
            unit, weight = (1.0, 1 / scale) if whole else (scale, 1.0)
            column = int(self.sheet.columns(1, min(most / unit, self.most / weight), whole=whole)[0])
            self.slacks[path], self.weight[column] = (column, unit), weight
        column, unit = self.slacks[path]
        self.sheet.put(row, column, sign * unit / per)


SHARE = "limits.max_provider_share"


def across(model: Base) -> None:
    """Every rule across labels."""
    limits, table = model.ask.routing.limits, model.ask.table
    _wholes(model, "limits.max_models", table.model, limits.max_models)
    _wholes(model, "limits.max_providers", table.provider, limits.max_providers)
    _provider_share(model)
    _money(model)


def _wholes(model: Base, path: str, codes: Ints, limit: int | None) -> None:
    """At most `limit` models, or providers, in use."""
    if limit is None:
        return
    sheet, code = model.sheet, codes[model.offer]
    names, of = np.unique(code, return_inverse=True)
    z = sheet.columns(len(names), whole=True)
    keys, link = np.unique(model.label * len(names) + of, return_inverse=True)
    links = sheet.rows(len(keys), -np.inf, 0.0)
    sheet.put(links[link], model.x, 1.0)
    sheet.put(links, z[keys % len(names)], -1.0)
    count = sheet.rows(1, -np.inf, limit)
    sheet.put(count, z, 1.0)
    model.slack(count, path, -1, whole=True)


def _provider_share(model: Base) -> None:
    cap = model.ask.routing.limits.max_provider_share
    requests = np.array([label.requests for label in model.ask.routing.labels.values()])
    if cap is None or cap >= 1 or not requests.sum():
        return
    names, of = np.unique(model.ask.table.provider[model.offer], return_inverse=True)
    loads = model.sheet.rows(len(names), -np.inf, cap)
    model.sheet.put(loads[of], model.x, requests[model.label] / requests.sum())
    model.slack(loads, SHARE, -1, 1 - cap)
    limits = model.ask.routing.limits
    counts = [(1.0, limits.max_providers, "limits.max_providers")]
    for share, (name, label) in zip(requests / requests.sum(), model.ask.routing.labels.items(), strict=True):
        counts.append((float(share), label.max_models, f"labels.{name}.max_models"))
    for share, count, counted in counts:
        if count is not None and share / count > cap:
            _tightened(model, cap, share, count, counted)


def _tightened(model: Base, cap: float, share: float, count: int, counted: str) -> None:
    """Cuts that the model implies but its relaxation does not: `count` providers cannot share less each.

    share / n is convex, so the line through two neighbouring n lies under it at every whole n.
    """
    for n in range(count, count + MAX_SHARE_CUTS):
        slope = share / (n + 1) - share / n
        row = model.sheet.rows(1, share / n - cap - slope * (n - count), np.inf)
        model.slack(row, SHARE, 1)
        if counted in model.slacks:
            column, _ = model.slacks[counted]
            model.sheet.put(row, column, -slope)


def _money(model: Base) -> None:
    """The budget, and what rate limits and replicas carry."""
    ask, budget, path = model.ask, model.ask.routing.limits.budget, "limits.budget"
    if budget is not None:
        scale, every = ask.scale(path), np.arange(len(ask.table.offers))
        rent = ask.free.rent / scale
        row = _couple(model, Coupling(path, every, ask.free.cost / scale, budget / scale, fixed=rent))
        model.slack(row, path, -1, per=scale)
    for rule in ask.free.couplings:
        _couple(model, rule)


def _couple(model: Base, rule: Coupling) -> Ints:
    coef = rule.at(model.label, model.offer)
    k = np.flatnonzero(coef)
    row = model.sheet.rows(1, -np.inf, rule.limit)
    model.sheet.put(row, model.x[k], coef[k])
    if rule.host >= 0:
        model.sheet.put(row, model.n[rule.host], -1.0)
    if rule.fixed is not None:
        model.sheet.put(row, model.n, rule.fixed)
    return row


Passed = list[tuple[int, float]]  # column, the least seconds of a limit that has passed its level


def quality(model: Base, row: int, label: Label) -> None:
    """The floor of the mix."""
    ask, sheet = model.ask, model.sheet
    mine = np.flatnonzero(model.label == row)
    if label.min_quality is None:
        return
    path, asked = f"labels.{ask.free.labels[row]}.min_quality", label.min_quality
    least = sheet.rows(1, asked, np.inf)
    sheet.put(least, model.x[mine], np.nan_to_num(ask.free.quality[row, model.offer[mine]]))
    model.slack(least, path, 1, asked)
    if (path, None) in model.gates:
        sheet.put(least, model.gates[path, None][0], asked)


def lateness(model: Base, row: int, label: Label, levels: Sequence[float]) -> Passed:
    """The limit at each level; the gates that say which of them it has passed, the lowest first."""
    ask, sheet, passed = model.ask, model.sheet, Passed()
    if label.latency_limit is None:
        return passed
    mine = np.flatnonzero(model.label == row)
    path, limit = f"labels.{ask.free.labels[row]}.max_latency", label.latency_limit
    median, spread = ask.median[row, model.offer[mine]], ask.table.spread[model.offer[mine]]
    most, reached = 1 - label.percentile / 100, limit
    for level in (limit, *levels):
        late = sheet.rows(1, -np.inf, most)
        sheet.put(late, model.x[mine], np.nan_to_num(late_share(median, spread, level)))
        if (path, None) in model.gates:
            sheet.put(late, model.gates[path, None][0], -1.0)
        beyond = _after(ask, path, level)
        if path in ask.soft and (beyond - limit) / limit <= model.most:
            column = int(sheet.columns(1, whole=True)[0])
            model.weight[column] = (beyond - reached) / limit
            passed.append((column, beyond))
            sheet.put(late, column, most - 1)
        reached = beyond
    return passed


def _after(ask: RelaxationScope, path: str, seconds: float) -> float:
    """The next value on the rule's grid."""
    ahead = ask.outward(path, seconds, 1)
    return ahead if ahead > seconds + 1e-9 else ask.outward(path, seconds + 0.5 * grid_of(path), 1)


def uses(model: Base, row: int, label: Label) -> None:
    """How many offers and providers a label uses, and the least share of each."""
    sheet, at = model.sheet, f"labels.{model.ask.free.labels[row]}"
    mine = np.flatnonzero(model.label == row)
    few, apart = label.max_models is not None, label.min_providers > 1
    least = label.min_share or (TRAFFIC if apart else 0.0)
    if not (few or apart or least):
        return
    x, y = model.x[mine], sheet.columns(len(mine), whole=True)
    links = sheet.rows(len(mine), -np.inf, 0.0)
    sheet.put(links, x, 1.0)
    sheet.put(links, y, -1.0)
    if label.max_models is not None:
        count = sheet.rows(1, -np.inf, label.max_models)
        sheet.put(count, y, 1.0)
        model.slack(count, f"{at}.max_models", -1, whole=True)
    shares = sheet.rows(len(mine), -np.inf, 0.0)
    if least:
        sheet.put(shares, x, -1.0)
        sheet.put(shares, y, least)
    if label.min_share:
        model.slack(shares, f"{at}.min_share", -1, least)
    if apart:
        _apart(model, row, label, y, shares)


def _apart(model: Base, row: int, label: Label, y: Ints, shares: Ints) -> None:
    """At least so many providers; where one will do, the share that counts as traffic is no more asked."""
    sheet, path = model.sheet, f"labels.{model.ask.free.labels[row]}.min_providers"
    mine = np.flatnonzero(model.label == row)
    some, of = np.unique(model.ask.table.provider[model.offer[mine]], return_inverse=True)
    w, count = sheet.columns(len(some)), sheet.rows(1, label.min_providers, np.inf)
    used = sheet.rows(len(some), -np.inf, 0.0)
    sheet.put(used, w, 1.0)
    sheet.put(used[of], y, -1.0)
    sheet.put(count, w, 1.0)
    model.slack(count, path, 1, label.min_providers - 1, whole=True)
    if not label.min_share and path in model.slacks:
        one = sheet.columns(1, whole=True)
        sheet.put(shares, one, -TRAFFIC)
        enough = sheet.rows(1, -np.inf, 0.0)
        sheet.put(enough, one, label.min_providers - 1)
        sheet.put(enough, model.slacks[path][0], -1.0)


Levels = Mapping[int, Sequence[float]]  # label -> seconds at which its lateness is looked at


class ElasticModel(Base):
    """One routing's elastic model; `most` is the most it may move in all."""

    def __init__(self, ask: RelaxationScope, most: float, levels: Levels) -> None:
        super().__init__(ask, most)
        self.passed: dict[int, Passed] = {}
        for row, label in enumerate(ask.routing.labels.values()):
            quality(self, row, label)
            self.passed[row] = lateness(self, row, label, levels.get(row, ()))
            uses(self, row, label)
        across(self)
        total = self.sheet.rows(1, 0.0, most)
        for column, weight in self.weight.items():
            self.sheet.put(total, column, weight)

    def solve(self, seconds: float, *, money: bool) -> OptimizeResult:
        """The least movement, or the least `money`."""
        cost = np.zeros(self.sheet.width)
        if money:
            values = self.ask.free.cost[self.label, self.offer]
            scale = float(values.max(initial=0.0)) or 1.0
            cost[self.x], cost[self.n] = values / scale, self.ask.free.rent / scale
        else:
            cost[list(self.weight)] = list(self.weight.values())
        return self.sheet.solve(cost, seconds, 1e-4 if money else 1e-9)
