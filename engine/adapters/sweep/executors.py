"""Spreads batches over this machine's cores, or over a Dask cluster, with the same call of joblib."""

from __future__ import annotations

import os
import re
import signal
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from importlib.util import find_spec
from multiprocessing import resource_tracker
from time import sleep
from types import ModuleType
from typing import Any

from ...domain.errors import InputError
from ..extras import install_command
from .rows import Row, solved

LARGEST = 16  # routings in a batch: what an interrupt may lose
CONNECT = 10  # seconds to reach the scheduler
_ADDRESS = re.compile(r"(\w+://)?[^/\s]+:\d+/?")
Asked = tuple[str, str, str]  # key, routing and shift as JSON


def cores() -> int:
    """How many this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def at_once() -> int:
    """How many processes work where nobody says: one a core, and one alone without joblib."""
    return cores() if find_spec("joblib") else 1


def spread(
    asked: Sequence[Asked], catalog: bytes, today: date, limit: float, *, jobs: int, scheduler: str | None
) -> Iterator[list[tuple[str, Row]]]:
    """The rows of every batch as it is done, in any order. Raises InputError for a cluster out of reach."""
    if scheduler is None and jobs == 1:
        for one in asked:
            yield solved(catalog, today, limit, [one])
        return
    joblib = wanted("joblib", "several jobs (--jobs 1 does without)")
    with _backend(joblib, jobs, scheduler) as workers:
        size = max(1, min(LARGEST, len(asked) // (4 * workers)))
        batches = [asked[at : at + size] for at in range(0, len(asked), size)]
        work = (joblib.delayed(solved)(catalog, today, limit, batch) for batch in batches)
        yield from joblib.Parallel(return_as="generator_unordered", batch_size=1)(work)


@contextmanager
def _backend(joblib: ModuleType, jobs: int, scheduler: str | None) -> Iterator[int]:
    """How many work at once while joblib uses this machine or the cluster."""
    if scheduler is None:
        own = {"initializer": _alone, "initargs": (os.getpid(),)}
        with _quiet(), joblib.parallel_config("loky", n_jobs=jobs, inner_max_num_threads=1, **own):
            yield jobs
        return
    distributed = wanted("distributed", "--scheduler")
    with _client(distributed, scheduler) as client:
        threads = sum(client.nthreads().values())
        if not threads:
            raise InputError("the cluster has no workers", where=f"--scheduler {scheduler}")
        with joblib.parallel_config("dask", client=client):
            yield threads


@contextmanager
def _quiet() -> Iterator[None]:
    """Processes started here leave ctrl+c, which a terminal sends to all, to this one, and say nothing of it.

    They inherit this thread's signal mask; on the main thread, which has to hear ctrl+c, nothing is masked.
    What an interrupt leaves behind joblib's tracker clears away, with a warning that no reader can act on.
    """
    before = os.environ.get("PYTHONWARNINGS")
    os.environ["PYTHONWARNINGS"] = ",".join(filter(None, (before, "ignore:resource_tracker:UserWarning")))
    mask = None
    if hasattr(signal, "pthread_sigmask") and threading.current_thread() is not threading.main_thread():
        resource_tracker.ensure_running()  # joblib would start it later, and Python then lifts the mask
        mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        if mask is not None:
            signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        if before is None:
            os.environ.pop("PYTHONWARNINGS", None)
        else:
            os.environ["PYTHONWARNINGS"] = before


def _alone(parent: int) -> None:
    """A worker ends with the process that started it, however that ends, also before its first batch."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # where the mask could not be inherited
    threading.Thread(target=_watch, args=(parent,), name="watch the parent", daemon=True).start()


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        sleep(0.5)
    os._exit(1)


def _client(distributed: ModuleType, scheduler: str) -> Any:
    if not _ADDRESS.fullmatch(scheduler):
        what = "no address of a Dask scheduler, such as tcp://10.0.0.5:8786"
        raise InputError(what, where=f"--scheduler {scheduler}")
    try:
        return distributed.Client(scheduler, timeout=CONNECT, set_as_default=False)
    except (OSError, ValueError, TypeError) as error:
        what = f"cannot reach a Dask scheduler: {str(error).splitlines()[0] if str(error) else 'no answer'}"
        raise InputError(what, where=f"--scheduler {scheduler}") from None


def wanted(name: str, what: str) -> ModuleType:
    """An optional package. Raises InputError with the line that installs it."""
    from importlib import import_module

    try:
        return import_module(name)
    except ImportError:
        raise InputError(f"{what} needs {name}: {install_command('sweep')}", where="sweep") from None
