"""What an agent is told: one function a tool, each answer a short text of at most MAX_BYTES.

The first line is the answer, the rest says why; what does not fit is left out, and that is said.
"""

from __future__ import annotations

import threading
from copy import copy
from datetime import date
from math import isnan
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from ..domain.errors import InputError
from ..domain.formatting import cents, signed_money
from .task import LABEL, REQUESTS, Task, model_named

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ..domain.catalog import Catalog
    from ..domain.plan import LabelPlan, Plan
    from ..domain.routing import Routing
    from ..solver.compile.problem import Problem
    from ..solver.pick import Picker

MAX_BYTES = 1_950
SECONDS = 20.0  # to solve
EXPLAIN_SECONDS = 8.0  # for what each rule costs
_OFFERS_A_MODEL = 3  # that a comparison lists
_NEXT_MODELS = 3  # that are named after the one that is chosen

File = Annotated[
    str | None,
    Field(description="A routing file; without it the one the server was started with"),
]
Asked = Annotated[Task | None, Field(description="Instead of a file: one task that one model is wanted for")]
Sets = Annotated[
    list[str] | None,
    Field(description="Rules changed first, PATH=VALUE such as labels.think.min_quality=80"),
]


class AgentTools:
    """The tools' functions over one catalogue. Each raises InputError for what it cannot answer."""

    def __init__(self, catalog_file: Path | None = None, routing_file: Path | None = None) -> None:
        self._catalog_file, self._routing_file = catalog_file, routing_file
        self._folder = Path.cwd()
        self._picker: Picker | None = None
        self._made_of: object = None
        self._lock = threading.Lock()  # a picker keeps what it has solved, and requests may overlap

    def solve(self, *, file: File = None, task: Asked = None, set: Sets = None) -> str:
        """The cheapest models that keep a routing's rules, or for one task: which model, what it costs, why.

        Ask it before you choose a model for a subagent: with `task` for one kind of request (skills, floor,
        most USD a request), with `file` for a whole routing.
        """
        with self._lock:
            picker = self._current_picker()
            routing, notes = self._routing(picker.catalog, file, task, set)
            plan = picker.pick(routing, SECONDS)
            if not plan.found:
                return fitted([*_no_plan(routing, plan, task), *notes])
            lines = _task_lines(picker, routing, plan) if task is not None else _plan_lines(plan)
            return fitted([*lines, *notes, *_warnings(picker, plan)])

    def explain(
        self,
        *,
        file: File = None,
        task: Asked = None,
        offer: Annotated[str | None, Field(description="Why this provider/model is not chosen")] = None,
        label: Annotated[str | None, Field(description="... for this label (all without it)")] = None,
        set: Sets = None,
    ) -> str:
        """What each rule costs; with `offer`, why that one is not chosen and what would change that."""
        from ..adapters.report.explain import rule_price_text, why_text
        from ..solver.explain.shadow_prices import rule_prices
        from ..solver.explain.why_not import why_not

        with self._lock:
            picker = self._current_picker()
            routing, notes = self._routing(picker.catalog, file, task, set)
            if offer is not None:
                labels = list(routing.labels) if label is None else [label]
                reasons = [
                    why_not(
                        routing, picker.compiler, name, offer, EXPLAIN_SECONDS / len(labels), picker.cache
                    )
                    for name in labels
                ]
                return fitted([*why_text(routing, reasons).splitlines(), *notes])
            plan = picker.pick(routing, SECONDS)
            if not plan.found:
                return fitted([*_no_plan(routing, plan, task), *notes])
            prices = rule_prices(routing, picker.compiler, plan, EXPLAIN_SECONDS, cache=picker.cache)
            costly = [rule for rule in prices if rule.binding or rule.dropped]
            lines = [
                f"{_total(plan)}; {len(costly)} of {len(prices)} rules cost something, the dearest first"
            ]
            lines += [
                f"{rule.path} = {rule.value}: {rule_price_text(routing.objective, rule)}" for rule in costly
            ]
            if task is not None:
                notes.append(f"for {REQUESTS:,.0f} requests a month")
            return fitted([*lines, *notes])

    def compare(
        self,
        models: Annotated[
            list[str], Field(description="Models or provider/model", min_length=1, max_length=20)
        ],
        input_tokens: Annotated[float, Field(description="A month", ge=0)] = 10_000_000,
        output_tokens: Annotated[float, Field(description="A month", ge=0)] = 5_000_000,
    ) -> str:
        """Prices, skills, speed and a month's budget of models, each at its cheapest providers."""
        from ..solver.analysis.compare import compare_offers

        with self._lock:
            catalog, notes, lines = self._current_picker().catalog, [], []
            for name in dict.fromkeys(models):
                key = name if name in catalog.offers else model_named(name, catalog)
                notes += [] if key == name else [f"{name} taken as {key}"]
                offers = compare_offers(catalog, [key], input_tokens, output_tokens)
                offers.sort(key=lambda line: (line.facts.status == "retired", line.budget_as_verbose))
                for line in offers[:_OFFERS_A_MODEL]:
                    skills = " ".join(
                        f"{skill} {line.skills[skill]:.0f}"
                        for skill in ("coding", "reasoning", "tools")
                        if skill in line.skills
                    )
                    speed = "" if line.facts.tps is None else f", {line.facts.tps:g} tok/s"
                    verbose = (
                        "" if line.verbosity == 1 else f" ({line.budget_as_verbose:,} with its own output)"
                    )
                    status = "" if line.facts.status == "live" else f", {line.facts.status}"
                    lines.append(
                        f"{line.offer}: {line.budget:,} USD{verbose}; {line.facts.input:g} in"
                        f" {line.facts.output:g} out; {skills or 'unscored'}{speed}{status}"
                    )
                if len(offers) > _OFFERS_A_MODEL:
                    lines.append(f"  and {len(offers) - _OFFERS_A_MODEL} dearer offers of {key}")
            head = (
                f"USD a month for {input_tokens:,.0f} input and {output_tokens:,.0f} output tokens;"
                " USD per million tokens; skills 0-100"
            )
            return fitted([head, *lines, *notes])

    def what_if(
        self,
        *,
        file: File = None,
        task: Asked = None,
        prices: Annotated[
            dict[str, float] | None, Field(description='Factors by provider, model, offer or "all"')
        ] = None,
        requests: Annotated[dict[str, float] | None, Field(description='Factors by label or "all"')] = None,
        without: Annotated[
            list[str] | None, Field(description="Providers, models, offers that are out")
        ] = None,
        set: Annotated[list[str] | None, Field(description="Rules changed, PATH=VALUE")] = None,
    ) -> str:
        """The best plan before and after: prices, traffic or rules change, or a provider is out."""
        from ..adapters.validation import validated
        from ..domain.scenario import Shift
        from ..solver.analysis.what_if import shifted_compiler, shifted_routing

        with self._lock:
            picker = self._current_picker()
            routing, notes = self._routing(picker.catalog, file, task, None)
            changes = {"prices": prices or {}, "requests": requests or {}, "out": tuple(without or ())}
            shift = validated(Shift, changes, "what_if")
            shift.check(picker.catalog, routing.labels)
            changed = shifted_routing(self._with_sets(picker.catalog, routing, set), shift)
            shifted = copy(picker)
            shifted.compiler = shifted_compiler(picker.compiler, shift)
            before, after = picker.pick(routing, SECONDS), shifted.pick(changed, SECONDS)
            if not after.found:
                return fitted([f"before: {_total(before)}; after:", *_no_plan(changed, after, task), *notes])
            lines = [f"before: {_total(before)}", f"after: {_total(after)}"]
            if before.found:
                difference = (after.cost or 0.0) - (before.cost or 0.0)
                lines[0:0] = [f"{signed_money(difference)} USD a month"]
            for name, label in after.labels.items():
                old = before.labels.get(name)
                same = old is not None and _routes(old) == _routes(label)
                lines.append(f"{name}: {'the same, ' if same else ''}{_routes(label)}")
                if old is not None and not same:
                    lines.append(f"  before: {_routes(old)}")
            return fitted([*lines, *notes])

    def check(
        self,
        *,
        file: File = None,
        retiring: Annotated[
            float | None, Field(description="Also: retires within so many days", ge=0)
        ] = None,
        max_cost: Annotated[float | None, Field(description="Also: dearer than USD a month", ge=0)] = None,
    ) -> str:
        """Whether the routes in a routing file keep its rules today: each broken rule by name."""
        from ..adapters.report.check import CheckReport, break_text
        from ..adapters.report.plan import Marked
        from ..solver.analysis.check import check, with_limits

        with self._lock:
            picker = self._current_picker()
            routing, _ = self._routing(picker.catalog, file, None, None)
            verdict = check(routing, picker.catalog, picker.today, retiring=retiring, max_cost=max_cost)
            asked = with_limits(routing, picker.catalog, picker.today, retiring, max_cost)
            fresh = None if verdict.passed else picker.pick(asked, SECONDS)
            report = CheckReport(
                file=str(file or self._routing_file),
                routing=routing,
                catalog=picker.catalog,
                check=verdict,
                marked=Marked(),
                max_cost=max_cost,
                fresh=fresh,
            )
            lines = [report.verdict, *map(break_text, verdict.broken), report.total(), report.since()]
            warnings = [] if verdict.plan is None else _warnings(picker, verdict.plan)
            return fitted([*lines, report.advice(), *warnings])

    def spent(
        self,
        *,
        logs: Annotated[str, Field(description="Logs or a folder of sessions, such as ~/.claude/projects")],
        file: File = None,
    ) -> str:
        """What this month has cost by the logs, against the plan in a routing file, and its forecast."""
        from ..adapters.report.spending import spending_text
        from .spending import month_spending

        with self._lock:
            picker = self._current_picker()
            routing, notes = self._routing(picker.catalog, file, None, None)
            if not all(label.routes for label in routing.labels.values()):
                raise InputError("has no routes to compare with", where=str(file or self._routing_file))
            figures = month_spending(picker, routing, logs)
            lines = [" ".join(line.split()) for line in spending_text(figures).splitlines()]
            return fitted([*lines, *notes, *figures.notes])

    def save(self, *, file: File = None, set: Sets = None) -> str:
        """Solve a routing file and write the best routes into it, its comments kept."""
        from ..adapters.disk import read_text
        from ..adapters.routing_file import read_routing, save, write_routing
        from ..adapters.solution_stamp import stamped

        path = Path(file) if file is not None else self._routing_file
        if path is None:
            raise InputError("name a routing file", key="file")
        if not path.expanduser().resolve().is_relative_to(self._folder.resolve()):
            raise InputError(
                f"not written: outside {self._folder}, where the server was started", where=str(path)
            )
        with self._lock:
            picker = self._current_picker()
            old_text = read_text(path)
            routing = self._with_sets(picker.catalog, read_routing(old_text, str(path)), set)
            plan = picker.pick(routing, SECONDS)
            if not plan.found:
                return fitted(["nothing written", *_no_plan(routing, plan, None)])
            remark = save(path, write_routing(stamped(routing, plan, picker.catalog), old_text))
            return fitted([f"written to {path}: {_total(plan)}", *_plan_lines(plan)[1:], remark])

    def _current_picker(self) -> Picker:
        """Of the catalogue and the overlay as they are on disk today."""
        from ..adapters.catalog.file import PACKAGED, load_spelled_out, user_overlay
        from ..solver.pick import Picker

        overlay = None if self._catalog_file is not None else user_overlay()
        files = (self._catalog_file or PACKAGED, overlay)
        made_of = (date.today(), *map(_state, files))
        if self._picker is None or made_of != self._made_of:
            self._picker = Picker(load_spelled_out(self._catalog_file), date.today())
            self._made_of = made_of
        return self._picker

    def _routing(
        self, catalog: Catalog, file: str | None, task: Task | None, sets: list[str] | None
    ) -> tuple[Routing, list[str]]:
        from ..adapters.routing_file import load_routing

        if task is not None and file is not None:
            raise InputError("give a file or a task, not both", key="task")
        if task is not None:
            routing, notes = task.routing(catalog)
            return self._with_sets(catalog, routing, sets), notes
        path = Path(file) if file is not None else self._routing_file
        if path is None:
            raise InputError("give a task, or a routing file", key="file")
        try:
            return self._with_sets(catalog, load_routing(path), sets), []
        except InputError as error:
            raise error.at(str(path)) from None

    def _with_sets(self, catalog: Catalog, routing: Routing, sets: list[str] | None) -> Routing:
        from ..adapters.routing_file import canonical, check_references, with_sets

        changed = with_sets(routing, sets or ())
        check_references(changed, catalog)
        return canonical(changed, catalog)


def _state(path: Path | None) -> object:
    """What changes when a file does."""
    try:
        status = None if path is None else path.stat()
    except OSError:
        return path
    return None if status is None else (path, status.st_mtime_ns, status.st_size)


def fitted(lines: Iterable[str]) -> str:
    """Lines of at most MAX_BYTES together, in UTF-8; of what is left out the number of lines is said."""
    from ..adapters.report.text import clean

    rows = [clean(line) for line in lines if line]
    text = "\n".join(rows)
    if len(text.encode()) <= MAX_BYTES:
        return text
    kept: list[str] = []
    for at, row in enumerate(rows):
        rest = f"({len(rows) - at} lines more: modelpick in a shell says all)"
        if len("\n".join([*kept, row, rest]).encode()) > MAX_BYTES:
            room = MAX_BYTES - len("\n".join([*kept, rest]).encode()) - 8
            kept += [row.encode()[:room].decode("utf-8", "ignore") + "..."] if not kept else []
            return "\n".join([*kept, rest])
        kept.append(row)
    return "\n".join(kept)


def _total(plan: Plan) -> str:
    if not plan.found:
        return "no plan"
    quality = "" if plan.quality is None else f", quality {plan.quality:.1f}"
    counted = "" if plan.counted in (None, plan.quality) else f" ({plan.counted:.1f} counted)"
    return f"{cents(plan.cost or 0.0)} USD a month{quality}{counted}, {plan.status}"


def _routes(label: LabelPlan) -> str:
    parts = (
        route.offer if len(label.routes) == 1 else f"{route.offer} {route.share:.0%}"
        for route in label.routes
    )
    return " + ".join(parts)


def _plan_lines(plan: Plan) -> list[str]:
    """The total, and a line for each label."""
    lines = [_total(plan)]
    for name, label in plan.labels.items():
        quality = "" if label.quality is None else f", quality {label.quality:.1f}"
        latency = "" if label.latency is None else f", {label.latency:.1f} s"
        then = f"; then {', '.join(label.fallbacks)}" if label.fallbacks else ""
        lines.append(f"{name}: {_routes(label)}: {cents(label.cost)} USD{quality}{latency}{then}")
    lines += [f"plan {name}: {bought.units} bought" for name, bought in plan.plans.items()]
    return [*lines, *plan.notes]


def _no_plan(routing: Routing, plan: Plan, task: Task | None) -> list[str]:
    """What clashes and what mends it."""
    from ..adapters.report.plan import conflict_text, repairs_text

    head = "no model does" if task is not None else "no mix of models does"
    lines = [f"{head}: {plan.status}"]
    lines += conflict_text(plan, routing).splitlines() + repairs_text(plan).splitlines()
    if task is not None and task.max_usd is not None:
        lines.append(f"limits.budget is for {REQUESTS:,.0f} requests")
    return lines


def _warnings(picker: Picker, plan: Plan) -> list[str]:
    from ..adapters.catalog.alerts import alerts, offers_of

    return [f"warning: {each}" for each in alerts(picker.catalog, offers_of(plan), picker.today)]


def _task_lines(picker: Picker, routing: Routing, plan: Plan) -> list[str]:
    """Which model, what it costs, how it is called; what comes next, and the model asked after."""
    import numpy as np

    from ..adapters.routers.endpoints import endpoint_of
    from ..domain.references import AsGoodAs

    routing = picker.compiler.resolved(routing)
    problem = picker.compiler.compile(routing)
    label, planned = routing.labels[LABEL], plan.labels[LABEL]
    offer = planned.routes[0].offer
    column = problem.offers.index(offer)
    latency = (
        ""
        if planned.latency is None
        else f", {label.percentile:g} % of answers within {planned.latency:.1f} s"
    )
    lines = [f"{offer}: {_request(problem, column)}, {_quality(problem, column)}{latency}"]
    floor = label.min_quality
    asked = []
    if isinstance(floor, AsGoodAs):
        asked.append(f"as good as {floor.text} ({float(floor):.1f})")
    elif floor is not None:
        asked.append(f"quality {floor:g}")
    if routing.limits.budget is not None:
        asked.append(f"at most {routing.limits.budget / REQUESTS:.6g} USD a request")
    order = _by_objective(problem)
    what = "best" if problem.maximise_quality else "cheapest"
    others = f" of {len(order):,} offers that do" if len(order) > 1 else ", and the only one that does"
    sure = routing.confidence(label)
    lines.append(
        f"why: the {what}{others}; asked: {', '.join(asked) or 'no floor'};"
        f" quality counts at {sure:g} confidence"
    )
    endpoint = endpoint_of(picker.catalog, offer)
    level = f", reasoning level {endpoint.level}" if endpoint.level else ""
    lines.append(
        f"call: model {endpoint.id} at {endpoint.provider} ({endpoint.api}){level}, key in {endpoint.key}"
    )
    first_of_model: dict[int, int] = {}
    for i in order:
        first_of_model.setdefault(int(problem.model[i]), i)
    first_of_model.pop(int(problem.model[column]), None)
    for i in list(first_of_model.values())[:_NEXT_MODELS]:
        lines.append(f"next: {problem.offers[i]}: {_request(problem, i)}, {_quality(problem, i)}")
    if isinstance(floor, AsGoodAs):
        own = [i for i, name in enumerate(problem.offers) if name.partition("/")[2] == floor.model]
        own = [i for i in own if not np.isnan(problem.cost[0, i]) and not picker.compiler.table.gone[i]]
        if own and offer not in [problem.offers[i] for i in own]:
            i = min(own, key=lambda i: float(problem.cost[0, i]))
            lines.append(f"itself: {problem.offers[i]}: {_request(problem, i)}, {_quality(problem, i)}")
    lines.append(f"catalogue of {picker.catalog.as_of}")
    return lines


def _by_objective(problem: Problem) -> Sequence[int]:
    """The offers that serve the task alone and keep every rule, the best first."""
    import numpy as np

    from ..solver.mixes.closed_form import feasible_singles

    eligible = np.flatnonzero(problem.eligible[0])
    singles = eligible[feasible_singles(problem, 0, eligible)]
    for rule in problem.linking:
        if rule.replica_of < 0:
            singles = singles[rule.coefficients(np.zeros_like(singles), singles) <= rule.limit * (1 + 1e-9)]
    order = np.argsort(problem.objective[0, singles], kind="stable")
    return [int(i) for i in singles[order]]


def _request(problem: Problem, column: int) -> str:
    return f"{problem.cost[0, column] / REQUESTS:.4g} USD a request"


def _quality(problem: Problem, column: int) -> str:
    quality, counted = problem.plain_quality[0, column], problem.quality[0, column]
    if isnan(quality):
        return "unscored"
    return f"quality {quality:.1f}" + ("" if counted == quality else f" ({counted:.1f} counted)")
