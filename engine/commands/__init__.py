"""The commands that print, one per file: argparse in, text and exit status out.

A command loads what it needs when it runs, so that --help stays fast.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace


class Command(Protocol):
    """What the module of a command has; `interrupted()`, if it is there, is called at ctrl+c."""

    @property
    def HELP(self) -> str:
        """One line for the list of commands."""

    def arguments(self, parser: ArgumentParser, /) -> None:
        """Add its own arguments; --json and --catalog are there for all."""

    def run(self, options: Namespace, /) -> tuple[str, int]:
        """The text for standard output and the exit status. Raises InputError (exit status 2)."""


NAMES = (
    "init",
    "solve",
    "explain",
    "frontier",
    "baselines",
    "scenarios",
    "robust",
    "sweep",
    "compare",
    "report",
    "catalog",
    "probe",
    "schema",
    "export",
    "import",
    "diff",
    "spent",
    "check",
    "watch",
    "eval",
    "mcp",
    "completion",
)
# What these print is a file of its own format, which no line is broken in.
VERBATIM = ("init", "schema", "report", "export", "import", "completion")
# By the status of the plan: there is one, no mix keeps the rules, the time limit passed without one.
EXIT_STATUS = {"optimal": 0, "feasible": 0, "infeasible": 1, "timed_out": 3}
