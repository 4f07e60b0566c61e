"""Solves batches of questions on this machine's cores, or on a Dask cluster, by the same call of joblib.

What a worker does, here or there: routings in, rows out. A catalogue is compiled once a worker.
"""

from __future__ import annotations

import json
import os
import re
import signal
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from copy import copy
from datetime import date
from functools import lru_cache
from importlib.util import find_spec
from multiprocessing import resource_tracker
from time import sleep
from types import ModuleType
from typing import Any

from ...domain.catalog import Catalog
from ...domain.errors import InputError
from ...domain.levels import base_name
from ...domain.plan import Plan
from ...domain.routing import Routing
from ...domain.scenario import Shift
from ...solver.analysis.what_if import shifted_compiler
from ...solver.pick import Picker
from ..extras import install_command

Row = dict[str, Any]
Question = tuple[str, str, str]
"""The row's key, the routing and the shift as JSON; an empty shift leaves the catalogue's figures."""

PLAN_COLUMNS = (
    "status",
    "objective",
    "cost",
    "quality",
    "counted",
    "gap",
    "models",
    "providers",
    "routes",
    "conflicts",
)
"""What a solve adds to a row: USD a month, points (0-100), counts in use, label -> offer -> share as JSON."""


def solve_batch(
    catalog: bytes, today: date, limit: float, batch: Sequence[Question]
) -> list[tuple[str, Row]]:
    """(key, row) of each question, over a catalogue as JSON; `limit` in seconds for each."""
    rows = []
    for key, routing, shift in batch:
        picker = _shifted_picker(catalog, today, shift) if shift else _picker(catalog, today)
        plan = picker.pick(Routing.model_validate_json(routing), limit, mend=False)
        rows.append((key, {"limit": limit, **_plan_row(plan, picker)}))
    return rows


@lru_cache(maxsize=2)
def _picker(catalog: bytes, today: date) -> Picker:
    return Picker(Catalog.model_validate_json(catalog), today)


@lru_cache(maxsize=16)
def _shifted_picker(catalog: bytes, today: date, shift: str) -> Picker:
    """A picker over shifted figures; its cache goes by the figures themselves, so all share it."""
    picker = copy(_picker(catalog, today))
    picker.compiler = shifted_compiler(picker.compiler, Shift.model_validate_json(shift))
    return picker


def _plan_row(plan: Plan, picker: Picker) -> Row:
    """The PLAN_COLUMNS of a plan."""
    routes = {
        name: {route.offer: round(route.share, 6) for route in label.routes}
        for name, label in plan.labels.items()
    }
    used, models = {offer for mix in routes.values() for offer in mix}, picker.catalog.models
    return {
        "status": str(plan.status),
        "objective": plan.objective,
        "cost": plan.cost,
        "quality": plan.quality,
        "counted": plan.counted,
        "gap": plan.gap,
        "models": len({base_name(offer.partition("/")[2], models) for offer in used}) if plan.found else None,
        "providers": len({offer.partition("/")[0] for offer in used}) if plan.found else None,
        "routes": json.dumps(routes, ensure_ascii=False) if plan.found else "",
        "conflicts": " ".join(plan.conflicts),
    }


MAX_BATCH = 16  # questions in a batch: what an interrupt may lose
CONNECT_SECONDS = 10  # to reach the scheduler
_ADDRESS = re.compile(r"(\w+://)?[^/\s]+:\d+/?")


def cores() -> int:
    """How many this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def default_jobs() -> int:
    """How many processes work where nobody says: one a core, and one alone without joblib."""
    return cores() if find_spec("joblib") else 1


def solve_batches(
    questions: Sequence[Question],
    catalog: bytes,
    today: date,
    limit: float,
    *,
    jobs: int,
    scheduler: str | None,
) -> Iterator[list[tuple[str, Row]]]:
    """The rows of every batch as it is done, in any order. Raises InputError for a cluster out of reach."""
    if scheduler is None and jobs == 1:
        for question in questions:
            yield solve_batch(catalog, today, limit, [question])
        return
    joblib = optional_module("joblib", "several jobs (--jobs 1 does without)")
    with _joblib_backend(joblib, jobs, scheduler) as workers:
        size = max(1, min(MAX_BATCH, len(questions) // (4 * workers)))
        batches = [questions[at : at + size] for at in range(0, len(questions), size)]
        work = (joblib.delayed(solve_batch)(catalog, today, limit, batch) for batch in batches)
        yield from joblib.Parallel(return_as="generator_unordered", batch_size=1)(work)


@contextmanager
def _joblib_backend(joblib: ModuleType, jobs: int, scheduler: str | None) -> Iterator[int]:
    """How many work at once while joblib uses this machine or the cluster."""
    if scheduler is None:
        start = {"initializer": _end_with_parent, "initargs": (os.getpid(),)}
        with _no_interrupts(), joblib.parallel_config("loky", n_jobs=jobs, inner_max_num_threads=1, **start):
            yield jobs
        return
    distributed = optional_module("distributed", "--scheduler")
    with _client(distributed, scheduler) as client:
        threads = sum(client.nthreads().values())
        if not threads:
            raise InputError("the cluster has no workers", where=f"--scheduler {scheduler}")
        with joblib.parallel_config("dask", client=client):
            yield threads


@contextmanager
def _no_interrupts() -> Iterator[None]:
    """Worker processes started here do not hear ctrl+c, which a terminal sends to all of them.

    They inherit this thread's signal mask; on the main thread, which has to hear ctrl+c, nothing is masked.
    What an interrupt leaves behind, joblib's tracker clears away; its warning about that is turned off.
    """
    warnings = os.environ.get("PYTHONWARNINGS")
    os.environ["PYTHONWARNINGS"] = ",".join(filter(None, (warnings, "ignore:resource_tracker:UserWarning")))
    mask = None
    if hasattr(signal, "pthread_sigmask") and threading.current_thread() is not threading.main_thread():
        resource_tracker.ensure_running()  # joblib would start it later, and Python then lifts the mask
        mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        if mask is not None:
            signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        if warnings is None:
            os.environ.pop("PYTHONWARNINGS", None)
        else:
            os.environ["PYTHONWARNINGS"] = warnings


def _end_with_parent(parent: int) -> None:
    """A worker ends with the process that started it, however that ends, also before its first batch."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # where the mask could not be inherited
    threading.Thread(target=_exit_after, args=(parent,), name="watch the parent", daemon=True).start()


def _exit_after(parent: int) -> None:
    while os.getppid() == parent:
        sleep(0.5)
    os._exit(1)


def _client(distributed: ModuleType, scheduler: str) -> Any:
    if not _ADDRESS.fullmatch(scheduler):
        what = "no address of a Dask scheduler, such as tcp://10.0.0.5:8786"
        raise InputError(what, where=f"--scheduler {scheduler}")
    try:
        return distributed.Client(scheduler, timeout=CONNECT_SECONDS, set_as_default=False)
    except (OSError, ValueError, TypeError) as error:
        what = f"cannot reach a Dask scheduler: {str(error).splitlines()[0] if str(error) else 'no answer'}"
        raise InputError(what, where=f"--scheduler {scheduler}") from None


def optional_module(name: str, what: str) -> ModuleType:
    """An optional package. Raises InputError with the line that installs it."""
    from importlib import import_module

    try:
        return import_module(name)
    except ImportError:
        raise InputError(f"{what} needs {name}: {install_command('sweep')}", where="sweep") from None
