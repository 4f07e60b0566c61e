"""Why an offer does not serve a label: the rules it breaks, or what it lacks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ...domain.errors import InputError, nearest
from ...domain.explanation import Break, WhyNot, Window
from ...domain.references import points_of
from ...domain.routing import Label, Routing
from ...domain.rules import value_of, with_value
from ...domain.solver_status import SolverStatus
from ..cache import SolveCache
from ..compile.compiler import Compiler, Exemption
from ..compile.eligibility import eligibility_rules
from ..compile.problem import Problem
from ..deadline import Deadline
from ..solution import Solution
from .break_even import (
    BreakEvenSearch,
    EntryProblem,
    forced_entry,
    largest_entry,
    min_entry_share,
    reduced_cost,
)
from .conflicts import conflicts
from .feasibility import FeasibilityTest

LATE = "time was out: what is not said here was not found"
NO_PLAN = "no plan meets the rules of this routing"


def why_not(  # noqa: PLR0917 - one question, all of it needed
    routing: Routing,
    compiler: Compiler,
    label: str,
    offer: str,
    seconds: float,
    cache: SolveCache | None = None,
) -> WhyNot:
    """What keeps an offer out of a label's mix, found in about `seconds`.

    `cache` is of earlier solves over the same catalogue. Raises InputError for an unknown label or offer.
    """
    routing, table = compiler.resolved(routing), compiler.table
    if label not in routing.labels:
        raise InputError(f"no label {label!r}{nearest(label, routing.labels)}", key="--label")
    if offer not in table.index:
        raise InputError(table.unknown_offer(offer), key="--why-not")
    offer = table.offers[table.index[offer]]
    deadline = Deadline.after(seconds)
    return _EntryAnalysis(routing, compiler, label, offer, deadline, cache or SolveCache()).run()


@dataclass(frozen=True)
class _EntryAnalysis:
    """One offer, one label."""

    routing: Routing
    compiler: Compiler
    label: str
    offer: str
    deadline: Deadline
    cache: SolveCache

    @property
    def column(self) -> int:
        """The offer's index."""
        return self.compiler.table.index[self.offer]

    @property
    def row(self) -> int:
        """The label's index."""
        return list(self.routing.labels).index(self.label)

    def run(self) -> WhyNot:
        """All that keeps it out."""
        breaks = tuple(
            rule.as_break(self.column)
            for rule in eligibility_rules(self.routing, self.compiler.table, self.label)
            if rule.broken[self.column]
        )
        why = WhyNot(offer=self.offer, label=self.label, breaks=breaks)
        problem = self.compiler.compile(self.routing)
        entry = self._entry(problem)
        now = entry.solve(problem)
        if now.shares is None and not breaks:
            return why.model_copy(update={"note": NO_PLAN if now.status == SolverStatus.INFEASIBLE else LATE})
        if now.shares is not None and (share := float(now.shares[self.row, self.column])):
            return why.model_copy(update={"share": share})
        fields = self._as_if_waived(breaks, now) if breaks else self._unattractive(entry, now, now)
        note = LATE if entry.deadline.passed else NO_PLAN if now.status == SolverStatus.INFEASIBLE else ""
        return why.model_copy(update={**fields, "note": note})

    def _entry(self, problem: Problem) -> EntryProblem:
        return EntryProblem(problem, self.row, self.column, self.deadline, self.cache)

    def _unattractive(self, entry: EntryProblem, best: Solution, now: Solution) -> dict[str, Any]:
        """An offer that may serve and does not: `best` is the entry problem's plan, `now` the routing's."""
        forced = forced_entry(entry, entry.worth(best if now.shares is None else now))
        fields: dict[str, Any] = {} if forced is None else forced.fields(entry)
        if entry.share(best):
            return fields
        start = largest_entry(entry) if forced is None else forced.solution
        if start is not None:
            priced = entry.problem.maximise_quality or not entry.is_covered
            fields["reduced_cost"] = reduced_cost(entry, best, start) if priced else None
        elif not entry.deadline.passed:
            fields["blocked"] = self._blocking_rules(entry)
        fields["enters"] = BreakEvenSearch(entry, best, self.routing, self.compiler).run()
        return fields

    def _as_if_waived(self, breaks: tuple[Break, ...], now: Solution) -> dict[str, Any]:
        """An offer that breaks rules, as if just these were waived for it."""
        excuse, assumed = self._excuse(now)
        problem = self.compiler.compile(self.routing, excuse)
        entry = self._entry(problem)
        best = entry.solve(problem)
        fields: dict[str, Any] = {"waived": tuple(rule.rule for rule in breaks), "assumed": assumed}
        if best.shares is not None:
            fields["would_share"] = entry.share(best)
            if now.shares is not None:
                fields["would_cost"] = entry.worth(best).cost - entry.worth(now).cost
            fields |= self._unattractive(entry, best, now)
        if [rule.rule for rule in breaks] == [f"labels.{self.label}.context"]:
            fields["window"] = self._window(breaks[0], fields.get("would_share"))
        return fields

    def _excuse(self, now: Solution) -> tuple[Exemption, dict[str, float]]:
        """What is unknown of the offer is just what the label asks, or what its mix has; none is hidden."""
        rows, label = self.compiler.rows(self.routing, self.label), self.routing.labels[self.label]
        assumed = dict[str, float]()
        quality, late = float(rows.quality[self.column]), float(rows.late[self.column])
        if np.isnan(quality) and self.routing.needs_quality(label):
            quality = assumed["quality"] = self._asked_quality(label, now)
        if label.latency_limit is not None and np.isnan(rows.median[self.column]):
            late = assumed["late"] = 1 - label.percentile / 100
        return Exemption(self.label, self.column, quality, late), assumed

    def _asked_quality(self, label: Label, now: Solution) -> float:
        rules = map(points_of, (label.min_quality, label.min_quality_each))
        floors = [floor for floor in rules if floor is not None]
        if floors or now.shares is None:
            return max(floors, default=0.0)
        quality = np.nan_to_num(self.compiler.rows(self.routing, self.label).counted)
        return float(quality @ now.shares[self.row])

    def _window(self, broken: Break, share: float | None) -> Window:
        """What the window would have to be, and what the label would have to ask for it to do as it is."""
        label = self.routing.labels[self.label]
        field, reserved = "context", 0.0
        if label.context is None:
            field = "input_tokens" if label.input_tokens_p95 is None else "input_tokens_p95"
            reserved = label.output_tokens
        path = f"labels.{self.label}.{field}"
        window = Window(has=broken.has, needs=broken.needed, share=share, path=path)
        changed = with_value(self.routing, path, broken.has - reserved)
        if changed is None:
            return window
        problem = self.compiler.compile(changed)
        entry = self._entry(problem)
        solution = entry.solve(problem)
        accepts_share = None if solution.shares is None else entry.share(solution)
        return window.model_copy(update={"accepts": value_of(changed, path), "accepts_share": accepts_share})

    def _blocking_rules(self, entry: EntryProblem) -> tuple[str, ...]:
        """The rules that leave no plan with the offer, where it breaks none of its own."""
        path = f"labels.{self.label}.pin"
        pins = self.routing.labels[self.label].pin
        if self.offer in pins:
            return (path,)
        if not self.compiler.rows(self.routing, self.label).eligible[self.column]:
            return ()  # it breaks rules of its own as well
        pinned = with_value(self.routing, path, {**pins, self.offer: min_entry_share(entry)})
        if pinned is None:
            return (path,)
        conflict = conflicts(pinned, FeasibilityTest(self.compiler, self.deadline))
        return tuple(rule for rule in conflict if rule != path or pins)
