"""Options that take a number: with a unit where people write one, within bounds, and one message for all."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from math import isfinite

from ..adapters.quantities import quantity


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
