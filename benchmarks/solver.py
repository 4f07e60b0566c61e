"""The solver against its peers on the same compiled arrays, in one run.

Ours is timed twice. `arrays to optimum` is what the peers do too: a compiled problem in, an optimum out; the
ratios are against it. `catalogue to plan` starts at the loaded catalogue and routing: its build is the first
compilation (costs, qualities, eligibility), which later edits do not repeat; its solve ends at the plan.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from statistics import median
from time import perf_counter

from modelpick.engine.solver.pick import Picker
from modelpick.engine.solver.solution import Solution
from modelpick.engine.solver.solve import solve

from .catalogues import AS_OF
from .instances import Family, Instance, instance
from .peers import PEERS, Outcome, Peer
from .race import disputed, raced, repeated, unsound
from .report import Result, Table, judged, seconds
from .textbook import textbook

HEAD = ("who", "build", "solve", "objective", "times ours", "status")
LARGE = ("scipy linprog", "scipy milp", "highspy")


@dataclass(frozen=True)
class Case:
    """An instance to time: against whom, how many seeds of ours, and the targets."""

    family: Family
    offers: int
    labels: int
    peers: Sequence[str] = ()  # empty: all that can
    seeds: int = 3
    rival: str = ""  # whose time over ours must be at least `ratio`
    ratio: float = 0.0
    most: float = 0.0  # our seconds to proof must be at most this

    @property
    def chosen(self) -> list[Peer]:
        """The peers of this case."""
        can = [peer for peer in PEERS if (peer.linear if self.family == "lp" else peer.whole)]
        return [peer for peer in can if not self.peers or peer.name in self.peers]


CASES = (
    Case("lp", 3_000, 6, rival="scipy linprog", ratio=4),
    Case("lp", 50_000, 100, LARGE, seeds=1, rival="scipy linprog", ratio=10),
    Case("milp", 1_000, 6, rival="scipy milp", ratio=100),
    Case("milp", 3_000, 6, LARGE, most=0.3),
    Case("three", 1_000, 6, LARGE[:2], most=1.0),
)
QUICK = (
    Case("lp", 300, 6, seeds=1),
    Case("milp", 100, 6, ("scipy milp", "highspy", "PuLP + CBC"), seeds=1),
    Case("three", 100, 6, LARGE[:2], seeds=1),
)


@dataclass(frozen=True)
class Ours:
    """Our times in seconds on one instance, and the answer."""

    solving: float
    compiling: float
    planning: float
    answer: Solution


def run(cases: Sequence[Case], limit: float, *, every_peer: bool = False) -> Iterator[Result]:
    """One result per case."""
    for case in cases:
        yield _case(replace(case, peers=()) if every_peer else case, limit)


def _case(case: Case, limit: float) -> Result:
    every = [
        _ours(instance(case.family, case.offers, case.labels, k), limit) for k in range(case.seeds, 0, -1)
    ]
    one, mine = instance(case.family, case.offers, case.labels, 1), every[-1]
    rows = [
        _our_row("modelpick, arrays to optimum", mine, mine.solving, None),
        _our_row("modelpick, catalogue to plan", mine, mine.planning, mine.compiling),
    ]
    model = textbook(one.problem)
    faults, loud = unsound(one.title, model, mine.answer), list[str]()
    ratios: dict[str, float] = {}
    for peer in case.chosen:
        outcome = raced(peer, model, limit)
        if isinstance(outcome, str):
            rows.append((peer.name, "", "", "", "", outcome))
            continue
        ratios[peer.name] = (outcome.build + outcome.solve) / mine.solving
        rows.append(_row(peer.name, outcome, mine.answer, ratios[peer.name]))
        ours, theirs = disputed(one.title, peer.name, outcome, mine.answer)
        faults, loud = faults + ours, loud + theirs
    notes = [f"textbook model: {model.size}; ours over {case.seeds} seeds: {_spread(every)}"]
    notes += _targets(case, ratios, every)
    notes += [f"*** {fault}" for fault in (*faults, *loud)]
    return Result([Table(f"{one.title}, seed 1", HEAD, rows, notes)], faults)


def _ours(one: Instance, limit: float) -> Ours:
    start = perf_counter()
    picker = Picker(one.catalog, AS_OF)
    picker.compiler.compile(one.routing)
    compiled = perf_counter()
    picker.pick(one.routing, limit)
    done = perf_counter()
    problem = one.problem
    solving, answer = repeated(lambda: solve(problem, limit))
    return Ours(solving, compiled - start, done - compiled, answer)


def _our_row(who: str, ours: Ours, solving: float, building: float | None) -> tuple[str, ...]:
    answer, whole = ours.answer, solving + (building or 0.0)
    built = "" if building is None else seconds(building)
    gap = (answer.value - answer.bound) / max(abs(answer.value), 1e-9)
    word = answer.status if answer.status != "feasible" else f"stopped at the limit, gap {gap:.2%}"
    ratio = f"{whole / ours.solving:.2f}"
    return (who, built, seconds(solving), _figure(answer.value), ratio, word)


def _row(who: str, outcome: Outcome, answer: Solution, ratio: float) -> tuple[str, ...]:
    word = outcome.status
    if not outcome.optimal and outcome.objective is not None:
        if outcome.bound is not None:
            word += f", gap {(outcome.objective - outcome.bound) / max(abs(outcome.objective), 1e-9):.2%}"
        word += f", {outcome.objective / answer.value - 1:.2%} above ours"
    figure = "none" if outcome.objective is None else _figure(outcome.objective)
    sign = "" if outcome.optimal else ">"
    return (who, seconds(outcome.build), seconds(outcome.solve), figure, f"{sign}{ratio:.3g}", word)


def _figure(value: float) -> str:
    return f"{value:,.4f}"


def _spread(every: Sequence[Ours]) -> str:
    return ", ".join(
        f"{seconds(one.solving)}{'' if one.answer.status == 'optimal' else ' (' + one.answer.status + ')'}"
        for one in reversed(every)
    )


def _targets(case: Case, ratios: dict[str, float], every: Sequence[Ours]) -> list[str]:
    found = []
    if case.rival in ratios:
        found.append(
            judged(f"{case.rival} / modelpick", ratios[case.rival], case.ratio, least=True, unit=" x")
        )
    if case.most:
        proven = all(one.answer.status == "optimal" for one in every)
        middle = median(one.solving for one in every)
        what = f"median of {len(every)} seeds, {'all' if proven else 'NOT all'} proven"
        found.append(judged(what, middle * 1e3, case.most * 1e3, least=False, unit=" ms"))
    return found
