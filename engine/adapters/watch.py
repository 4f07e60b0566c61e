"""What a new day's prices change for a routing: whether another plan is the best one, by how much and since
when, what retires, and which subscriptions pay."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from ..domain.errors import InputError
from ..domain.levels import base_name
from .disk import exists, read_text, save

if TYPE_CHECKING:
    from ..domain.catalog import Catalog
    from ..domain.explanation import RoutesCheck
    from ..domain.plan import Plan
    from ..domain.routing import Routing
    from .catalog.refresh import Changes, Move

SOLVE_SECONDS = 30.0


@dataclass(frozen=True)
class Memory:
    """What earlier days found: since when another plan is better, and which subscriptions pay."""

    better_since: date | None = None
    pays: Mapping[str, bool] = field(default_factory=dict)
    pays_since: Mapping[str, date] = field(default_factory=dict)


@dataclass(frozen=True)
class Retirement:
    """An offer in use with its last day; `labels` that route to it, or have it as a fallback."""

    offer: str
    day: date
    labels: tuple[str, ...]
    is_fallback: bool
    successor: str = ""


@dataclass(frozen=True)
class SubscriptionCheck:
    """Whether a subscription pays for these routes: list cost it covers, its price, USD a month.

    `turned`: it did not at the last look, or did and does no more. `since`: when it last turned, if it did.
    """

    name: str
    units: int
    price: float
    covered: float
    pays: bool
    turned: bool
    since: date | None

    @property
    def saves(self) -> float:
        """USD a month against list prices."""
        return self.covered - self.price


@dataclass(frozen=True)
class WatchReport:
    """A day's answer. `gain` is what `best` is better by: USD a month, or points; None where not comparable.

    `since`: the day from which that holds; None where it did already before anything was watched.
    """

    file: str
    routing: Routing
    today: date
    check: RoutesCheck
    best: Plan
    gain: float | None
    is_better: bool
    since: date | None
    moves: tuple[Move, ...]
    other_moves: int
    retiring_days: float
    retirements: tuple[Retirement, ...]
    delisted: tuple[str, ...]  # offers in use that the source no longer lists
    refused: Mapping[str, str]  # offers whose new figures are not taken, and why
    subscriptions: tuple[SubscriptionCheck, ...]
    basis: str  # whose requests the subscriptions are priced at
    without_retiring: bool  # whether `best` leaves out what retires

    @property
    def asks(self) -> bool:
        """Whether somebody should do something."""
        turned = any(each.turned for each in self.subscriptions)
        going = self.retirements or self.delisted
        return self.is_better or bool(self.check.broken) or bool(going) or turned


def watch(
    file: str,
    routing: Routing,
    catalogs: tuple[Catalog, Catalog],
    changes: Changes | None,
    days: tuple[date, date],
    *,
    memory: Memory,
    retiring: float,
    min_gain: float,
    usage: Routing | None = None,
    plans: Sequence[str] = (),
) -> tuple[WatchReport, Memory]:
    """The report on a routing's routes, and what to remember of it.

    catalogs: before and after the changes, spelled out; days: today, and the day of the changes' source;
    min_gain: what is worth telling (USD a month, or points); usage: the workload and routes that
    subscriptions are priced at, else the routing; plans: those asked about besides the routing's own. Raises
    InputError where the routing has no routes.
    """
    from ..solver.analysis.check import check, with_limits
    from ..solver.pick import Picker

    (before, after), (today, day) = catalogs, days
    verdict = check(routing, after, today)
    picker = Picker(after, today)
    best = picker.pick(with_limits(routing, after, today, retiring, None), SOLVE_SECONDS)
    without_retiring = best.found
    if not best.found:
        best = picker.pick(routing, SOLVE_SECONDS)
    gain = _gain(routing, verdict, best)
    is_better = gain is not None and gain >= min_gain
    since = memory.better_since if is_better else None
    if is_better and since is None:
        earlier = _gain(routing, check(routing, before, today), Picker(before, today).pick(routing))
        since = day if earlier is None or earlier < min_gain else None
    used = _used(routing)
    models = after.models
    touched = {base_name(offer, models) for offer in (*used, *_routed(best))}
    moves, refused = _figures_of(changes, before)
    relevant = tuple(move for move in moves if base_name(move.offer, models) in touched)
    named = dict.fromkeys((*routing.limits.plans, *plans))
    checks = _subscriptions(usage or routing, after, today, named, memory)
    report = WatchReport(
        file=file,
        routing=routing,
        today=today,
        check=verdict,
        best=best,
        gain=gain,
        is_better=is_better,
        since=since,
        moves=relevant,
        other_moves=len(moves) - len(relevant),
        retiring_days=retiring,
        retirements=tuple(_retirements(used, after, today, retiring)),
        delisted=tuple(offer for offer in used if changes and base_name(offer, models) in changes.delisted),
        refused=refused,
        subscriptions=checks,
        basis=file if usage is None else "the logs",
        without_retiring=without_retiring,
    )
    return report, _remembered(memory, (since or today) if is_better else None, checks)


def _figures_of(changes: Changes | None, before: Catalog) -> tuple[list[Move], dict[str, str]]:
    """The figures that moved and stand, and for which offers the source's are refused, with the reason."""
    if changes is None:
        return [], {}
    moves = [move for move in changes.moves if move.stands]
    return moves, {offer: why for offer, why in changes.refused.items() if offer in before.offers}


def _remembered(memory: Memory, better_since: date | None, checks: Sequence[SubscriptionCheck]) -> Memory:
    """The memory with what was seen now."""
    return Memory(
        better_since=better_since,
        pays={**memory.pays, **{each.name: each.pays for each in checks}},
        pays_since={
            **memory.pays_since,
            **{each.name: each.since for each in checks if each.since is not None},
        },
    )


def _gain(routing: Routing, verdict: RoutesCheck, best: Plan) -> float | None:
    """What the best plan improves on the routes; None where they break rules, or cannot be compared."""
    now = verdict.plan
    if now is None or verdict.broken or verdict.unpriced or not best.found:
        return None
    if routing.objective == "quality":
        reached, possible = now.counted or now.quality, best.counted or best.quality
        return None if reached is None or possible is None else possible - reached
    return (now.cost or 0.0) - (best.cost or 0.0)


def _used(routing: Routing) -> dict[str, tuple[list[str], bool]]:
    """Offer -> the labels that use it, and whether it is but a fallback in all of them."""
    used: dict[str, tuple[list[str], bool]] = {}
    for name, label in routing.labels.items():
        for offer in dict.fromkeys(route.offer for route in label.routes if route.share):
            used[offer] = ([*used.get(offer, ([], False))[0], name], False)
    for name, label in routing.labels.items():
        for offer in label.fallbacks:
            labels, is_fallback = used.get(offer, ([], True))
            used[offer] = (labels if name in labels or not is_fallback else [*labels, name], is_fallback)
    return used


def _routed(plan: Plan) -> Iterable[str]:
    return (route.offer for label in plan.labels.values() for route in label.routes)


def _retirements(
    used: Mapping[str, tuple[list[str], bool]], catalog: Catalog, today: date, days: float
) -> list[Retirement]:
    """The offers in use whose last day is at most `days` away, the soonest first."""
    last = today + timedelta(days=days)
    soon = []
    for offer, (labels, is_fallback) in used.items():
        facts = catalog.offers.get(offer)
        if facts is not None and facts.retires is not None and today <= facts.retires <= last:
            soon.append(Retirement(offer, facts.retires, tuple(labels), is_fallback, facts.successor))
    return sorted(soon, key=lambda each: (each.day, each.offer))


def _subscriptions(
    routing: Routing, catalog: Catalog, today: date, names: Iterable[str], memory: Memory
) -> tuple[SubscriptionCheck, ...]:
    """Each subscription alone, bought in the whole units that are cheapest for the routing's own routes."""
    from .routers.costing import cost_mixes, current_mixes

    mixes = current_mixes(routing, catalog)
    if mixes is None:
        return ()
    checks = []
    for name in names:
        limits = routing.limits.model_copy(update={"plans": (name,)})
        plan = cost_mixes(routing.model_copy(update={"limits": limits}), catalog, mixes, today)
        bought = plan.plans.get(name)
        pays = bought is not None and bought.units > 0
        known = memory.pays.get(name)
        turned = known is not None and known != pays
        since = today if turned else memory.pays_since.get(name)
        units, price, covered = (
            (0, catalog.plans[name].usd_per_month, 0.0)
            if bought is None
            else (bought.units, bought.cost, bought.saves)
        )
        checks.append(SubscriptionCheck(name, units, price, covered, pays, turned, since))
    return tuple(checks)


# What is remembered, in a file


def memory_path(file: Path) -> Path | None:
    """Where modelpick remembers what it found of a routing file; None where there is no home folder."""
    from .folders import user_folder

    try:
        name = hashlib.sha256(str(file.resolve()).encode("utf-8", "surrogateescape")).hexdigest()[:16]
        return user_folder("state") / "watch" / f"{name}.json"
    except (OSError, RuntimeError):
        return None


def read_memory(path: Path | None) -> Memory:
    """What stands in the file; nothing where there is none. Raises InputError for any other file."""
    if path is None or not exists(path):
        return Memory()
    try:
        stored = json.loads(read_text(path))
        since = stored["better_since"]
        return Memory(
            None if since is None else date.fromisoformat(since),
            {str(name): bool(pays) for name, pays in stored["pays"].items()},
            {str(name): date.fromisoformat(day) for name, day in stored["pays_since"].items()},
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise InputError(
            "is no memory of modelpick watch: delete it to begin anew", where=str(path)
        ) from None


def write_memory(path: Path | None, memory: Memory, file: str) -> None:
    """Replace what is remembered. Raises InputError where that cannot be written."""
    if path is None:
        return
    stored = {
        "file": file,
        "better_since": None if memory.better_since is None else memory.better_since.isoformat(),
        "pays": dict(memory.pays),
        "pays_since": {name: day.isoformat() for name, day in memory.pays_since.items()},
    }
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"cannot make the folder: {error.strerror}", where=str(path)) from None
    save(path, json.dumps(stored, indent=2) + "\n")
