"""What the commands that solve have in common: the question they are given.

--cautious: skills that are known to an interval count at its low end, and what that costs is said.

Options that take a number: with a unit where people write one, within bounds, and one message for all.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING

from ..adapters.quantities import quantity

if TYPE_CHECKING:
    from ..domain.catalog import Catalog
    from ..domain.plan import Caution
    from ..domain.routing import Routing


def question(file: Path | None, sets: Sequence[str], catalog_file: Path | None) -> tuple[Routing, Catalog]:
    """The routing in a file (or the ready-made one) with rules changed; the catalogue. Raises InputError."""
    from ..adapters.catalog.alerts import doubtful_values, warn
    from ..adapters.routing_file import check_references, load_catalog, load_routing, ready_made, with_sets
    from ..domain.errors import InputError

    routing = with_sets(ready_made() if file is None else load_routing(file), sets)
    catalog = load_catalog(catalog_file)
    try:
        check_references(routing, catalog)
    except InputError as error:
        raise error.at("" if file is None else str(file)) from None
    warn(doubtful_values(routing))
    return routing, catalog


def add_flag(parser: argparse.ArgumentParser) -> None:
    """The switch, alike for all commands that have it."""
    parser.add_argument(
        "--cautious", action="store_true", help="fitted skills count at the low end of their 80 %% interval"
    )


def caution_text(routing: Routing, caution: Caution | None) -> str:
    """What caution costs, in a sentence; nothing without it."""
    if caution is None:
        return ""
    from ..domain.formatting import OBJECTIVE_UNITS

    said = "Skills count at the low end of their 80 % interval"
    unit, digits = OBJECTIVE_UNITS[routing.objective]
    if caution.premium is None:
        face = "" if caution.face is None else f"; as skills stand: {caution.face:,.{digits}f} {unit}"
        return f"{said}{face}."
    return f"{said}: that caution costs {max(caution.premium, 0.0) + 0.0:,.{digits}f} {unit}."


def figure(what: str, low: float, high: float) -> Callable[[str], float]:
    """A reader for argparse; `what` says in words what the option takes. `low` and `high` are included."""

    def read(text: str) -> float:
        number = quantity(text)
        if number is None:
            try:
                number = float(text)
            except ValueError:
                number = float("nan")
        if not isfinite(number) or not low <= number <= high:
            raise argparse.ArgumentTypeError(f"{text!r} is not {what}")
        return number

    return read


def whole(what: str, low: int, high: int) -> Callable[[str], int]:
    """The same for a whole number."""
    read = figure(what, low, high)

    def read_whole(text: str) -> int:
        number = read(text)
        if number != int(number):
            raise argparse.ArgumentTypeError(f"{text!r} is not {what}")
        return int(number)

    return read_whole


SECONDS = figure("a number of seconds", 0, 1e9)
POSITIVE_SECONDS = figure("a number of seconds above 0", 1e-9, 1e9)
