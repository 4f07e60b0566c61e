"""The options that several commands share, one home each, and the loading of what FILE and --catalog name.

A reader of numbers (`figure`, `whole`) takes a unit where people write one, keeps to bounds, has one message.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from ..adapters.quantities import quantity

if TYPE_CHECKING:
    from ..domain.catalog import Catalog
    from ..domain.plan import Caution
    from ..domain.routing import Label, Routing

T = TypeVar("T")


def figure(meaning: str, low: float, high: float) -> Callable[[str], float]:
    """A reader for argparse: `meaning` says in words what the option takes, `low` and `high` included."""

    def read(text: str) -> float:
        number = quantity(text)
        if number is None:
            try:
                number = float(text)
            except ValueError:
                number = float("nan")
        if not isfinite(number) or not low <= number <= high:
            raise argparse.ArgumentTypeError(f"{text!r} is not {meaning}")
        return number

    return read


def whole(meaning: str, low: int, high: int) -> Callable[[str], int]:
    """The same for a whole number."""
    read = figure(meaning, low, high)

    def read_whole(text: str) -> int:
        number = read(text)
        if number != int(number):
            raise argparse.ArgumentTypeError(f"{text!r} is not {meaning}")
        return int(number)

    return read_whole


SECONDS = figure("a number of seconds", 0, 1e9)
POSITIVE_SECONDS = figure("a number of seconds above 0", 1e-9, 1e9)
TOKENS = whole("a whole number of tokens such as 60k, at least 1", 1, 10**9)


def output_path(text: str) -> Path | None:
    """A reader of -o: None, standard output, for "-"."""
    return None if text == "-" else Path(text)


def add_file(parser: argparse.ArgumentParser) -> None:
    """FILE, a routing file."""
    parser.add_argument(
        "file",
        nargs="?",
        type=Path,
        metavar="FILE",
        help="a routing file, - for standard input; without it, a ready-made one",
    )


def add_routing(parser: argparse.ArgumentParser, set_help: str = "change a rule first") -> None:
    """FILE and --set, the routing that a command solves."""
    add_file(parser)
    parser.add_argument("--set", "-s", action="append", default=[], metavar="PATH=VALUE", help=set_help)


def add_hosts(parser: argparse.ArgumentParser) -> None:
    """--host, a machine that may be rented for a model."""
    parser.add_argument(
        "--host",
        action="append",
        default=[],
        metavar="MODEL:usd_per_hour=4,rpm=120",
        help="rent a machine for MODEL (also tpm; ttft, tps, spread where max_latency counts), per replica",
    )


def add_cautious(parser: argparse.ArgumentParser) -> None:
    """--cautious."""
    parser.add_argument(
        "--cautious", action="store_true", help="be 90 %% sure of quality: limits.confidence = 0.9"
    )


def add_format(parser: argparse.ArgumentParser) -> None:
    """--format, of what a build server reads."""
    parser.add_argument(
        "--format",
        choices=("text", "json", "github"),
        help="github: Markdown for a comment on a pull request (default text; json is --json)",
    )


def chosen_format(options: argparse.Namespace) -> str:
    """'text', 'json' or 'github'. Raises InputError where --json and --format differ."""
    if options.json and options.format not in (None, "json"):
        from ..domain.errors import InputError

        raise InputError(f"--json is --format json, not {options.format}: give one of them", where="--format")
    return "json" if options.json else options.format or "text"


def add_month(parser: argparse.ArgumentParser) -> None:
    """--input-tokens and --output-tokens, the month that budgets are for: at first the founding report's."""
    for direction, tokens in (("input", 10_000_000), ("output", 5_000_000)):
        parser.add_argument(
            f"--{direction}-tokens",
            type=figure("a number of tokens such as 10M or 500k", 0, 1e18),
            default=float(tokens),
            metavar="N",
            help=f"{direction} tokens a month (default {tokens:_})",
        )


def add_json(parser: argparse.ArgumentParser) -> None:
    """--json, which every command has."""
    parser.add_argument("--json", action="store_true", help="print JSON")


def add_catalog(parser: argparse.ArgumentParser) -> None:
    """--catalog, which every command and the app have."""
    parser.add_argument(
        "--catalog", type=Path, metavar="FILE", help="use this catalogue instead of the shipped one"
    )


def load_inputs(file: Path | None, sets: Sequence[str], catalog_file: Path | None) -> tuple[Routing, Catalog]:
    """The routing in FILE (or the ready-made one) changed by --set, and the catalogue it refers to.

    Doubtful values are said on standard error. Raises InputError.
    """
    from datetime import date

    from ..adapters.catalog.alerts import plan_alerts, suspicious_values, warn
    from ..adapters.catalog.file import load_spelled_out
    from ..adapters.routing_file import canonical, load_routing, ready_made, with_sets

    catalog = load_spelled_out(catalog_file)
    routing = with_sets(ready_made(catalog) if file is None else load_routing(file), sets)
    check_names(routing, catalog, "" if file is None else str(file))
    routing = canonical(routing, catalog)
    if file is None:
        note_floors(routing, catalog)
    warn(suspicious_values(routing) + plan_alerts(routing, catalog, date.today()))
    return routing, catalog


def note_floors(routing: Routing, catalog: Catalog) -> None:
    """Says on standard error which ready-made floors the catalogue does not know."""
    from ..adapters.catalog.alerts import note
    from ..adapters.routing_file import ready_made_notes

    for line in ready_made_notes(routing, catalog):
        note(line)


def check_names(routing: Routing, catalog: Catalog, where: str) -> None:
    """Raises InputError, naming the file `where`, if the routing names what the catalogue lacks."""
    from ..adapters.routing_file import check_references
    from ..domain.errors import InputError

    try:
        check_references(routing, catalog)
    except InputError as error:
        raise error.at(where) from None


def check_routes(name: str, label: Label, catalog: Catalog, where: str) -> None:
    """Raises InputError, naming the file `where`, if a label has no routes, or one to an unknown offer."""
    from ..domain.errors import InputError, nearest

    if not label.routes:
        raise InputError("has no routes; modelpick solve -o writes them", key=f"labels.{name}", where=where)
    for route in label.routes:
        if route.offer not in catalog.offers:
            reason = f"unknown offer {route.offer!r}{nearest(route.offer, catalog.offers)}"
            raise InputError(reason, key=f"labels.{name}.routes", where=where)


def with_caution(routing: Routing, options: argparse.Namespace) -> Routing:
    """The routing at the confidence that --cautious asks for; without it the routing."""
    from ..solver.analysis.remarks import cautious

    return cautious(routing) if options.cautious else routing


def caution_text(routing: Routing, caution: Caution | None) -> str:
    """What --cautious costs, in a sentence; nothing without it."""
    if caution is None:
        return ""
    from ..domain.formatting import OBJECTIVE_UNITS

    sentence = f"Quality counts at {routing.limits.confidence * 100:.4g} % confidence"
    unit, digits = OBJECTIVE_UNITS[routing.objective]
    if caution.premium is None:
        face = "" if caution.face is None else f"; without it: {caution.face:,.{digits}f} {unit}"
        return f"{sentence}{face}."
    return f"{sentence}: that caution costs {max(caution.premium, 0.0) + 0.0:,.{digits}f} {unit}."


def may_ask() -> bool:
    """Whether somebody is there to answer: standard input and error are a terminal's."""
    return sys.stdin is not None and sys.stdin.isatty() and sys.stderr is not None and sys.stderr.isatty()


def ask(asks: bool, given: T | None, question: str, default: str, read: Callable[[str], T]) -> T | None:
    """The option's value, else the answer to the question, which is asked anew after one of no use."""
    from ..domain.errors import InputError

    while given is None and asks:
        sys.stderr.write(f"{question} [{default}]: ")
        sys.stderr.flush()
        line = sys.stdin.readline()
        if not line:  # the end of input
            raise KeyboardInterrupt
        if not line.strip():
            return None
        try:
            return read(line.strip())
        except (argparse.ArgumentTypeError, InputError) as error:
            sys.stderr.write(f"{error.what if isinstance(error, InputError) else error}\n")
    return given
