"""modelpick import usage SOURCE: the last month's workload as a routing."""

from __future__ import annotations

import argparse
import json
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from ...domain.errors import InputError
from .aggregate import MONTH_HOURS, Group, Labels, Served, Usage, database, read_usage, summed
from .base import Source, counted
from .duckdb_reader import TITLE, connected, is_address, spend_logs, without_password
from .routing import Offers, routing_of
from .summary import in_place, judged

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from ...domain.routing import Routing

_TOLD = 3  # models of a label whose price is told on standard error; --json has all
_WIDTH = 30  # signs of the bar
_EVERY = 0.5  # seconds between two looks at how far a query is


def usage_routing(given: argparse.Namespace, workload: Routing) -> tuple[Routing, dict[str, Any], list[str]]:
    """The routing, the figures behind it, and notes. Raises InputError."""
    from ..catalog.file import load_catalog

    catalog = load_catalog(given.catalog)
    labels = Offers(workload, catalog)
    with database() as opened:
        if is_address(given.source):
            usage = read_logs(given, labels)
        else:
            with _progress(opened):
                usage = read_usage(given.source, given.threshold, labels, opened)
    routing, notes = routing_of(usage, workload, labels)
    return routing, _figures(usage), [_said(usage), *_paid(usage), *usage.notes, *notes]


def read_logs(given: argparse.Namespace, labels: Labels) -> Usage:
    """LiteLLM's spend logs, summed by the database that holds them. Raises InputError."""
    shown = without_password(given.source)
    with closing_backend(connected(given.source)) as held:
        try:
            calls = judged(spend_logs(held, given.table), single=True, counted=True)
            return summed(calls, in_place, Source(TITLE, ""), threshold=given.threshold, labels=labels)
        except InputError as error:
            raise error.at(shown) from None
        except Exception as error:  # every driver has errors of its own
            what = str(error).strip().partition("\n")[0].replace(given.source, shown)
            raise InputError(f"cannot be read: {what}", where=shown) from None


@contextmanager
def closing_backend(held: Any) -> Iterator[Any]:
    """A database that is let go afterwards."""
    try:
        yield held
    finally:
        held.disconnect()


def _said(usage: Usage) -> str:
    days = usage.hours / 24
    requests = sum(group.requests for group in usage.groups)
    traffic = f"{counted(round(requests), 'request')}, " if usage.source.counted else ""
    damaged = f"; {counted(usage.damaged, 'damaged line')} left out" if usage.damaged else ""
    period = f"{usage.first:%Y-%m-%d} to {usage.last:%Y-%m-%d}"
    scale = MONTH_HOURS / usage.hours
    return (
        f"{usage.source.title}: {traffic}{period} ({days:.1f} days), times {scale:.3g} for a month{damaged}"
    )


def _paid(usage: Usage) -> list[str]:
    """What the models have cost, where the source says what was paid."""
    return [
        f"{group.label}: {served.provider or 'unknown provider,'} {served.model or 'unknown model'} was paid"
        f" {per_million:,.3g} USD per million tokens"
        for group in usage.groups
        for served in group.served[:_TOLD]
        if (per_million := _per_million(served)) is not None
    ]


def _per_million(served: Served) -> float | None:
    """USD for a million of its tokens, in and out."""
    return served.usd / served.tokens * 1e6 if served.usd and served.tokens else None


def _figures(usage: Usage) -> dict[str, Any]:
    return {
        "source": usage.source.title,
        "first": usage.first.isoformat(),
        "last": usage.last.isoformat(),
        "hours": usage.hours,
        "damaged": usage.damaged,
        "labels": {group.label: _group(group) for group in usage.groups},
    }


def _group(group: Group) -> dict[str, Any]:
    """A label's figures in the period, not yet scaled."""
    told = {
        name: getattr(group, name) for name in ("requests", "input", "p95", "cached", "written", "output")
    }
    return told | {"largest": group.largest, "models": [_served(each) for each in group.served]}


def _served(served: Served) -> dict[str, Any]:
    """With what a million of its tokens, in and out, has cost, where the source says what was paid."""
    told = {"provider": served.provider, "model": served.model, "requests": served.requests}
    return told | {"tokens": served.tokens, "usd": served.usd, "usd_per_million": _per_million(served)}


@contextmanager
def _progress(opened: DuckDBPyConnection) -> Iterator[None]:
    """How far the query is, on a terminal only."""
    if not sys.stderr.isatty():
        yield
        return
    done = threading.Event()

    def show() -> None:
        while not done.wait(_EVERY):
            percent = min(max(0.0, opened.query_progress()), 100.0)
            done_part = "#" * round(percent / 100 * _WIDTH)
            sys.stderr.write(f"\rreading usage [{done_part:-<{_WIDTH}}] {percent:3.0f}%")
            sys.stderr.flush()

    watcher = threading.Thread(target=show, daemon=True)
    watcher.start()
    try:
        yield
    finally:
        done.set()
        watcher.join()
        sys.stderr.write("\r\033[K")


def as_json(routing: Routing, figures: dict[str, Any], notes: list[str]) -> str:
    """The answer of --json."""
    from ..serialization import bare

    return json.dumps({"usage": figures, "notes": notes, "routing": bare(routing)}, indent=2, default=str)
