"""Why an offer does not serve a label: the rules it breaks, or what it lacks to be worth it.

The runners-up of a label: eligible offers that no plan uses, and what each would cost in the mix.
"""

from __future__ import annotations

from dataclasses import dataclass
from time import perf_counter
from typing import Any

import numpy as np

from ...domain.errors import InputError, nearest
from ...domain.explanation import Break, WhyNot, Window
from ...domain.routing import Label, Routing
from ...domain.rules import value_of, with_value
from ..cache import Memory
from ..compile.compiler import Compiler, Excuse
from ..compile.eligibility import rules
from ..compile.problem import Floats, Problem
from ..solution import Answer
from ..solve import solve
from ..tolerances import MAX_TRIED_OFFERS
from .break_even import Case, Entries, Forced, forced, least_share, most_of, reduced_cost
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
    memory: Memory | None = None,
) -> WhyNot:
    """What keeps an offer out of a label's mix, found in about `seconds`.

    `memory` is of earlier solves over the same catalogue. Raises InputError for an unknown label or offer.
    """
    table = compiler.table
    if label not in routing.labels:
        raise InputError(f"no label {label!r}{nearest(label, routing.labels)}", key="--label")
    if offer not in table.index:
        raise InputError(f"unknown offer {offer!r}{nearest(offer, table.index)}", key="--why-not")
    end = perf_counter() + seconds
    return _Question(routing, compiler, label, offer, end, memory or Memory()).answer()


@dataclass(frozen=True)
class _Question:
    """One offer, one label."""

    routing: Routing
    compiler: Compiler
    label: str
    offer: str
    end: float
    memory: Memory

    @property
    def at(self) -> int:
        """The offer's index."""
        return self.compiler.table.index[self.offer]

    @property
    def row(self) -> int:
        """The label's."""
        return list(self.routing.labels).index(self.label)

    def answer(self) -> WhyNot:
        """All that is to be said."""
        breaks = tuple(
            rule.told(self.at)
            for rule in rules(self.routing, self.compiler.table, self.label)
            if rule.broken[self.at]
        )
        said = WhyNot(offer=self.offer, label=self.label, breaks=breaks)
        problem = self.compiler.compile(self.routing)
        now = self._case(problem).solved(problem)
        if now.shares is None and not breaks:
            return said.model_copy(update={"note": NO_PLAN if now.status == "infeasible" else LATE})
        if now.shares is not None and (share := float(now.shares[self.row, self.at])):
            return said.model_copy(update={"share": share})
        facts = self._excused(breaks, now) if breaks else self._out(self._case(problem), now, now)
        note = LATE if self._case(problem).late else NO_PLAN if now.status == "infeasible" else ""
        return said.model_copy(update={**facts, "note": note})

    def _case(self, problem: Problem) -> Case:
        return Case(problem, self.row, self.at, self.end, self.memory)

    def _out(self, case: Case, best: Answer, now: Answer) -> dict[str, Any]:
        """An offer that may serve and does not: `best` is the case's plan, `now` the routing's."""
        made = forced(case, case.worth(best if now.shares is None else now))
        facts: dict[str, Any] = {} if made is None else made.facts(case)
        if case.share(best):
            return facts
        start = most_of(case) if made is None else made.answer
        if start is not None:
            facts["reduced_cost"] = reduced_cost(case, best, start)
        elif not case.late:
            facts["blocked"] = self._blocked(case)
        return {**facts, "enters": Entries(case, best, self.routing, self.compiler).found()}

    def _excused(self, breaks: tuple[Break, ...], now: Answer) -> dict[str, Any]:
        """An offer that breaks rules, as if just these were waived for it."""
        excuse, assumed = self._excuse(now)
        problem = self.compiler.compile(self.routing, excuse)
        case = self._case(problem)
        best = case.solved(problem)
        facts: dict[str, Any] = {"waived": tuple(rule.rule for rule in breaks), "assumed": assumed}
        if best.shares is not None:
            facts["would_share"] = case.share(best)
            if now.shares is not None:
                facts["would_cost"] = case.worth(best).cost - case.worth(now).cost
            facts |= self._out(case, best, now)
        if [rule.rule for rule in breaks] == [f"labels.{self.label}.context"]:
            facts["window"] = self._window(breaks[0], facts.get("would_share"))
        return facts

    def _excuse(self, now: Answer) -> tuple[Excuse, dict[str, float]]:
        """What is unknown of the offer is just what the label asks, or what its mix has: said, not hidden."""
        rows, label = self.compiler.rows(self.routing, self.label), self.routing.labels[self.label]
        quality, late, assumed = float(rows.quality[self.at]), float(rows.late[self.at]), dict[str, float]()
        if np.isnan(quality) and self.routing.needs_quality(label):
            quality = assumed["quality"] = self._asked(label, now)
        if label.latency_limit is not None and np.isnan(rows.median[self.at]):
            late = assumed["late"] = 1 - label.percentile / 100
        return Excuse(self.label, self.at, quality, late), assumed

    def _asked(self, label: Label, now: Answer) -> float:
        asked = [least for least in (label.min_quality, label.min_quality_each) if least is not None]
        if asked or now.shares is None:
            return max(asked, default=0.0)
        quality = np.nan_to_num(self.compiler.rows(self.routing, self.label).quality)
        return float(quality @ now.shares[self.row])

    def _window(self, short: Break, share: float | None) -> Window:
        """What the window would have to be, and what the label would have to ask for it to do as it is."""
        label = self.routing.labels[self.label]
        field, spare = "context", 0.0
        if label.context is None:
            field = "input_tokens" if label.input_tokens_p95 is None else "input_tokens_p95"
            spare = label.output_tokens
        path = f"labels.{self.label}.{field}"
        told = Window(has=short.has, needs=short.needed, share=share, path=path)
        changed = with_value(self.routing, path, short.has - spare)
        if changed is None:
            return told
        problem = self.compiler.compile(changed)
        answer = self._case(problem).solved(problem)
        return told.model_copy(
            update={
                "accepts": value_of(changed, path),
                "accepts_share": None if answer.shares is None else self._case(problem).share(answer),
            }
        )

    def _blocked(self, case: Case) -> tuple[str, ...]:
        """The rules that leave no plan with the offer, where it breaks none of its own."""
        path = f"labels.{self.label}.pin"
        pins = self.routing.labels[self.label].pin
        if self.offer in pins:
            return (path,)
        if not self.compiler.rows(self.routing, self.label).eligible[self.at]:
            return ()  # it breaks rules of its own as well
        pinned = with_value(self.routing, path, {**pins, self.offer: least_share(case)})
        if pinned is None:
            return (path,)
        clash = conflicts(pinned, FeasibilityTest(self.compiler, self.end))
        return tuple(rule for rule in clash if rule != path or pins)


def runners_up(
    routing: Routing, compiler: Compiler, label: str, seconds: float, count: int = 5
) -> tuple[WhyNot, ...]:
    """Up to `count` offers of the least reduced cost, each solved anew with a share of it forced.

    The candidates are the offers nearest to the line of cost and quality through the label's mix.
    """
    end, problem = perf_counter() + seconds, compiler.compile(routing)
    row, best = list(routing.labels).index(label), solve(problem, seconds)
    if best.shares is None:
        return ()
    spare = np.flatnonzero(problem.eligible[row] & (best.shares[row] == 0))
    order = spare[np.argsort(_distance(problem, row, best.shares[row])[spare], kind="stable")]
    memory, found = Memory(), []
    for at in order[:MAX_TRIED_OFFERS]:
        case = Case(problem, row, int(at), end, memory)
        if (made := forced(case, case.worth(best))) is not None:
            found.append((made.change / made.share, problem.offers[at], case, made))
        if case.late:
            break
    nearest = sorted(found, key=lambda one: one[:2])[:count]
    return tuple(_told(label, case, made, best) for _, _, case, made in nearest)


def _told(label: str, case: Case, made: Forced, best: Answer) -> WhyNot:
    return WhyNot(
        offer=case.problem.offers[case.at],
        label=label,
        reduced_cost=reduced_cost(case, best, made.answer),
        **made.facts(case),
    )


def _distance(problem: Problem, row: int, shares: Floats) -> Floats:
    """(N,) what a whole label of each offer costs, its quality paid for as the mix pays for it."""
    cost, quality = problem.objective[row], np.nan_to_num(problem.quality[row])
    used = np.flatnonzero(shares)
    low, high = used[quality[used].argmin()], used[quality[used].argmax()]
    rise = quality[high] - quality[low]
    slope = (cost[high] - cost[low]) / rise if rise > 1e-9 else 0.0
    return np.asarray(cost - slope * quality)
