"""The public functions of the package: files or values in, values out, and rows for a DataFrame.

Wherever a routing or a catalogue is taken, a path is as well; without one it is the ready-made routing, and
the shipped catalogue with the user's overlay. `today` (default: this day) decides which offers have ended.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from functools import singledispatch
from typing import TYPE_CHECKING, Any, NamedTuple

from .engine.domain.catalog import Catalog
from .engine.domain.errors import InputError
from .engine.domain.explanation import Frontier, RoutesCheck, RulePrice, WhyNot
from .engine.domain.plan import Plan
from .engine.domain.routing import Routing

if TYPE_CHECKING:
    from .engine.solver.pick import Picker

Path = str | os.PathLike[str]
Row = dict[str, Any]


class Explanation(NamedTuple):
    """A plan, and what each rule in force costs; without a plan its `conflicts` and `repairs` say why."""

    plan: Plan
    rules: tuple[RulePrice, ...]

    def __repr__(self) -> str:
        binding = sum(rule.binding for rule in self.rules)
        return f"<Explanation: {len(self.rules)} rules, {binding} of them binding; {self.plan!r}>"


class Imported(NamedTuple):
    """A routing out of another program's files, and what has to be said of it: guesses, what is left out."""

    routing: Routing
    notes: tuple[str, ...]


def load_routing(path: Path) -> Routing:
    """The routing in a file. Raises InputError."""
    from .engine.adapters.routing_file import load_routing

    return load_routing(path)


def load_catalog(path: Path | None = None, overlay: Path | None = None) -> Catalog:
    """The shipped catalogue, or a file's; the user's overlay, or another, over it. Raises InputError."""
    from .engine.adapters.catalog.file import load_catalog

    return load_catalog(path, overlay)


def solve(
    routing: Routing | Path | None = None,
    catalog: Catalog | Path | None = None,
    *,
    set: Sequence[str] = (),
    today: date | None = None,
    time_limit: float | None = None,
) -> Plan:
    """The plan of least cost (or of most quality in the budget) that keeps every rule, as `modelpick solve`.

    set: changes such as "labels.think.min_quality=80". time_limit: seconds. Raises InputError.
    """
    changed, picker = _asked(routing, catalog, set, today)
    return picker.pick(changed, time_limit)


def explain(
    routing: Routing | Path | None = None,
    catalog: Catalog | Path | None = None,
    *,
    set: Sequence[str] = (),
    today: date | None = None,
    seconds: float = 60.0,
) -> Explanation:
    """The plan and the price of every rule, each solved anew a step looser, tighter, and without it."""
    from .engine.solver.explain.shadow_prices import rule_prices

    changed, picker = _asked(routing, catalog, set, today)
    plan = picker.pick(changed, seconds)
    rules = rule_prices(changed, picker.compiler, plan, seconds, cache=picker.cache) if plan.found else ()
    return Explanation(plan, tuple(rules))


def why_not(
    offer: str,
    routing: Routing | Path | None = None,
    catalog: Catalog | Path | None = None,
    *,
    label: str | None = None,
    today: date | None = None,
    seconds: float = 60.0,
) -> tuple[WhyNot, ...]:
    """Why an offer does not serve a label (of all labels without one), and what it would take."""
    from .engine.solver.explain.why_not import why_not

    asked, picker = _asked(routing, catalog, (), today)
    names = list(asked.labels) if label is None else [label]
    return tuple(why_not(asked, picker.compiler, name, offer, seconds, picker.cache) for name in names)


def frontier(
    routing: Routing | Path | None = None,
    catalog: Catalog | Path | None = None,
    *,
    label: str | None = None,
    points: int = 50,
    today: date | None = None,
) -> Frontier:
    """Cost against quality, of the router or of one label, the cheapest plan first; the knee is marked."""
    from .engine.solver.analysis.frontier import frontier

    asked, picker = _asked(routing, catalog, (), today)
    return frontier(asked, picker.compiler, label, points)


def compare(
    *models: str,
    input_tokens: float = 10_000_000,
    output_tokens: float = 5_000_000,
    catalog: Catalog | Path | None = None,
    today: date | None = None,
) -> list[Row]:
    """A row for each offer of these models (or offers): prices, skills, speed, a month's budget in USD."""
    from .engine.adapters.report.comparison import compare_json
    from .engine.domain.levels import spelled_out
    from .engine.domain.marks import marks_of
    from .engine.solver.analysis.compare import compare_offers

    known = spelled_out(_catalog(catalog))
    lines = compare_offers(known, models, input_tokens, output_tokens)
    return compare_json(known, lines, marks_of(known, today or date.today()))


def check(
    routing: Routing | Path,
    catalog: Catalog | Path | None = None,
    today: date | None = None,
    *,
    retiring: float | None = None,
    max_cost: float | None = None,
) -> RoutesCheck:
    """Whether the routes that a routing holds keep its rules, as `modelpick check`: `passed`, and `broken`.

    retiring: also broken where an offer's last day is at most so many days away; max_cost: USD a month.
    """
    from .engine.solver.analysis.check import check

    asked = routing if isinstance(routing, Routing) else load_routing(routing)
    with _named(routing):
        return check(asked, _catalog(catalog), today or date.today(), retiring=retiring, max_cost=max_cost)


def import_config(
    path: Path,
    *,
    router: str | None = None,
    workload: Routing | Path | None = None,
    requests: float | None = None,
    catalog: Catalog | Path | None = None,
) -> Imported:
    """What a router's own configuration routes to. requests: a month, of all labels. Raises InputError."""
    from .engine.adapters.disk import read_text
    from .engine.adapters.routers.import_ import Volumes, read_config, with_routes
    from .engine.domain.levels import spelled_out

    known = spelled_out(_catalog(catalog))
    _, config = read_config(read_text(path), os.fspath(path), router, known)
    volumes = None if requests is None else Volumes(requests, {})
    return Imported(with_routes(config, _routing(workload), volumes), tuple(config.notes))


def import_usage(
    source: Path,
    *,
    workload: Routing | Path | None = None,
    catalog: Catalog | Path | None = None,
    threshold: int = 60_000,
) -> Imported:
    """A month of work out of logs, with measured figures: a file, folder, pattern or database address.

    threshold: tokens from which a prompt of Claude Code is longContext. Raises InputError.
    """
    from .engine.adapters.routers.own_names import load_own_names
    from .engine.adapters.usage.routing import OfferResolver, usage_routing
    from .engine.domain.levels import spelled_out

    rules = _routing(workload)
    offers = OfferResolver(rules, spelled_out(_catalog(catalog)), load_own_names(), None)
    table = "LiteLLM_SpendLogs"
    routing, _, notes = usage_routing(os.fspath(source), rules, offers, table=table, threshold=threshold)
    return Imported(routing, tuple(notes))


def import_evals(
    source: Path,
    *,
    label_by: str | None = None,
    label: str | None = None,
    workload: Routing | Path | None = None,
    max_score: float | None = None,
    catalog: Catalog | Path | None = None,
) -> Imported:
    """Own evaluations as measured quality by label and model, in `workload` where there is one."""
    from .engine.adapters.evals.matching import ModelMatcher
    from .engine.adapters.evals.measured import measure, new_routing, with_measured
    from .engine.adapters.evals.read import read_evaluations
    from .engine.adapters.evals.results import Columns

    known, where = _catalog(catalog), os.fspath(source)
    with read_evaluations(where, Columns(label_by, None, None)) as evaluations:
        measured = measure(
            evaluations, ModelMatcher(known, {}), label=label, max_score=max_score, where=where
        )
        notes = [note for each in evaluations for note in each.notes] + measured.notes
    if workload is None:
        routing, remarks = new_routing(measured, _routing(None), known)
    else:
        routing, remarks = with_measured(_routing(workload), measured, known)
    return Imported(routing, (*notes, *remarks))


@singledispatch
def rows(answer: object) -> list[Row]:
    """An answer as plain rows, for `pandas.DataFrame(rows(...))`, `polars.DataFrame(...)` or a CSV writer.

    A Plan: a row a route; a Frontier: a row a point; an Explanation: a row a rule; a RoutesCheck: a row a
    broken rule; a Catalog: a row an offer. Raises TypeError for anything else.
    """
    raise TypeError(
        f"there are no rows of {type(answer).__name__}: of plans, frontiers, explanations, catalogues"
    )


@rows.register
def _(plan: Plan) -> list[Row]:
    return [
        {"label": name, **route.model_dump(mode="json")}
        for name, label in plan.labels.items()
        for route in label.routes
    ]


@rows.register
def _(frontier: Frontier) -> list[Row]:
    return [
        {
            "cost": point.cost,
            "quality": point.quality,
            "over_budget": point.over_budget,
            "knee": at == frontier.knee,
            **{name: " + ".join(mix) for name, mix in point.routes.items()},
        }
        for at, point in enumerate(frontier.points)
    ]


@rows.register
def _(explanation: Explanation) -> list[Row]:
    return _dumped(explanation.rules)


@rows.register
def _(verdict: RoutesCheck) -> list[Row]:
    return _dumped(verdict.broken)


@rows.register
def _(catalog: Catalog) -> list[Row]:
    plain = (
        "input",
        "output",
        "cache_read",
        "cache_write",
        "context",
        "ttft",
        "tps",
        "status",
        "source",
        "as_of",
    )
    return [
        {"offer": name, **{key: getattr(offer, key) for key in plain}}
        for name, offer in catalog.offers.items()
    ]


def _dumped(values: Iterable[Any]) -> list[Row]:
    return [value.model_dump(mode="json") for value in values]


def _routing(routing: Routing | Path | None) -> Routing:
    from .engine.adapters.routing_file import ready_made

    if routing is None:
        return ready_made()
    return routing if isinstance(routing, Routing) else load_routing(routing)


def _catalog(catalog: Catalog | Path | None) -> Catalog:
    return catalog if isinstance(catalog, Catalog) else load_catalog(catalog)


def _asked(
    routing: Routing | Path | None, catalog: Catalog | Path | None, sets: Sequence[str], today: date | None
) -> tuple[Routing, Picker]:
    """The routing with these changes, and what solves it. Raises InputError for names that are not known."""
    from .engine.adapters.routing_file import canonical, check_references
    from .engine.adapters.rule_overrides import with_sets
    from .engine.solver.pick import Picker

    picker = Picker(_catalog(catalog), today or date.today())
    asked = with_sets(_routing(routing), sets)
    with _named(routing):
        check_references(asked, picker.catalog)
        return canonical(asked, picker.catalog), picker


@contextmanager
def _named(routing: Routing | Path | None) -> Iterator[None]:
    """Complaints inside name the routing's file, where it is one."""
    try:
        yield
    except InputError as error:
        raise (error if routing is None or isinstance(routing, Routing) else error.at(str(routing))) from None
