"""--cautious: skills that are known to an interval count at its low end, and what that costs is said."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..domain.plan import Caution
    from ..domain.routing import Routing


def add_flag(parser: argparse.ArgumentParser) -> None:
    """The switch, alike for all commands that have it."""
    parser.add_argument(
        "--cautious", action="store_true", help="fitted skills count at the low end of their 80 %% interval"
    )


def caution_text(routing: Routing, caution: Caution | None) -> str:
    """What caution costs, in a sentence; nothing without it."""
    if caution is None:
        return ""
    from ..adapters.report.words import MONEY

    said = "Skills count at the low end of their 80 % interval"
    unit, digits = MONEY[routing.objective]
    if caution.premium is None:
        face = "" if caution.face is None else f"; as skills stand: {caution.face:,.{digits}f} {unit}"
        return f"{said}{face}."
    return f"{said}: that caution costs {max(caution.premium, 0.0) + 0.0:,.{digits}f} {unit}."
