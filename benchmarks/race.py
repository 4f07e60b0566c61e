"""One peer against us: its times after a warm-up, and whether the two answers can both be right.

Our plan is checked against every row of the textbook model, so a feasible plan of that value exists. A peer
that calls a dearer one optimal is then wrong, whoever is faster; one that finds a cheaper one proves us
wrong.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from statistics import median
from time import perf_counter
from typing import TypeVar

from modelpick.engine.solver.solution import Solution

from .instances import instance
from .peers import Outcome, Peer, Solve
from .textbook import Model, breaks, point, textbook

AGREE = 1e-6  # relative
T = TypeVar("T")


def repeated(work: Callable[[], T], *, most: int = 7, budget: float = 3.0) -> tuple[float, T]:
    """The median time of a few runs (of one, if that takes long), and the last answer."""
    times: list[float] = []
    while True:
        start = perf_counter()
        answer = work()
        times.append(perf_counter() - start)
        if len(times) == most or sum(times) > budget:
            return median(times), answer


def raced(peer: Peer, model: Model, limit: float) -> Outcome | str:
    """The peer's run of median time, after one on something small; or why it is skipped."""
    try:
        by = peer.load()
    except ImportError as error:
        return f"skipped: {error}"
    with quiet():
        by(textbook(instance("own" if model.whole.any() else "lp", 60, 2).problem), limit)
        return _median(by, model, limit)


def _median(by: Solve, model: Model, limit: float) -> Outcome:
    outcomes: list[Outcome] = []
    repeated(lambda: outcomes.append(by(model, limit)))
    outcomes.sort(key=lambda outcome: outcome.build + outcome.solve)
    return outcomes[len(outcomes) // 2]


@contextmanager
def quiet() -> Iterator[None]:
    """Nothing that a solver's native code prints reaches the terminal."""
    sys.stdout.flush()
    kept = [os.dup(1), os.dup(2)]
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    try:
        yield
    finally:
        sys.stdout.flush()
        for descriptor, old in enumerate(kept, 1):
            os.dup2(old, descriptor)
            os.close(old)
        os.close(nowhere)


def unsound(title: str, model: Model, answer: Solution) -> list[str]:
    """What is wrong with our own answer, seen from the textbook model."""
    if answer.shares is None:
        return [f"{title}: modelpick has no plan ({answer.status})"]
    at = point(model, answer.shares)
    worst, value = breaks(model, at), float(model.c @ at)
    found = []
    if worst > AGREE:
        found.append(f"{title}: modelpick's plan breaks a row of the textbook model by {worst:.2g}")
    if abs(value - answer.value) > AGREE * max(abs(value), 1e-9):
        found.append(f"{title}: modelpick says {answer.value!r}, its plan is worth {value!r}")
    return found


def disputed(title: str, peer: str, outcome: Outcome, answer: Solution) -> tuple[list[str], list[str]]:
    """(what refutes us, what refutes the peer), where the two differ by more than rounding."""
    theirs, ours = outcome.objective, answer.value
    if theirs is None or answer.shares is None:
        return [], []
    apart = (theirs - ours) / max(abs(ours), 1e-9)
    if apart < -AGREE:
        return [f"{title}: {peer} found {theirs!r}, better than modelpick's {ours!r} by {-apart:.2g}"], []
    if answer.status == "optimal" and outcome.bound is not None and outcome.optimal:
        over = (outcome.bound - ours) / max(abs(ours), 1e-9)
        if over > AGREE:
            return [], [f"{title}: {peer} claims a bound of {outcome.bound!r} over our checked {ours!r}"]
    if outcome.optimal and apart > AGREE:
        return [], [f"{title}: {peer} calls {theirs!r} optimal; our checked plan of {ours!r} refutes it"]
    return [], []
