"""`python -m benchmarks [WHICH]`: all of them in turn, or one of NAMES."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

from . import report
from .report import Result

RESULTS = Path(__file__).with_name("results.md")
NAMES = ("solver", "first-paint", "opening", "keystroke", "browser", "usage", "skills", "why", "proof")
ONLY = ("lp", "milp", "three", "edit")


def main() -> int:
    """Run what is asked, print each table as it comes; 1 where two solvers disagree."""
    given = _arguments()
    results: list[Result] = []
    for result in _results(given):
        results.append(result)
        for table in result.tables:
            print(table.text, flush=True)
    print(f"\n{report.machine()}")
    faults = [fault for result in results for fault in result.faults]
    if faults:
        print(f"\nFAILED, {len(faults)} disagreements:", *faults, sep="\n  ")
    if given.save and given.which == "proof":
        from .proof import PAGE, save

        save(results[0])
        print(f"written into {PAGE.name}")
    elif given.save and given.which == "skills":
        from .skills import PAGE as SKILLS_PAGE
        from .skills import save as save_skills

        save_skills(results[0])
        print(f"written into {SKILLS_PAGE.name}")
    elif given.save:
        report.save(RESULTS, results, "python -m benchmarks")
    return 1 if faults else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="What is claimed about speed.")
    parser.add_argument("which", nargs="?", choices=NAMES, help="all of them without it")
    parser.add_argument("--quick", action="store_true", help="small instances, under a minute")
    parser.add_argument("--only", choices=ONLY, help="one family of the solver's")
    parser.add_argument("--limit", type=float, default=60.0, metavar="SECONDS", help="of a peer's solve")
    parser.add_argument("--every-peer", action="store_true", help="also where a peer takes long")
    parser.add_argument(
        "--save",
        action="store_true",
        help=f"write {RESULTS.name}; proof, skills: the tables of their page in docs/explanation",
    )
    return parser.parse_args()


def _results(given: argparse.Namespace) -> Iterator[Result]:
    which = ("solver",) if given.only else NAMES if given.which is None else (given.which,)
    if "skills" in which:
        from .skills import run as skills

        yield skills()
    if "proof" in which:
        from .proof import run as proof

        yield proof(20, 10) if given.quick else proof()
    if "first-paint" in which:
        from .first_paint import run as first_paint

        yield first_paint(5 if given.quick else 15)
    if "opening" in which:
        from .opening import run as opening

        yield opening(3 if given.quick else 15)
    if "keystroke" in which:
        from .keystroke import run as keystroke

        yield keystroke(20 if given.quick else 120)
    if "usage" in which:
        from .usage import run as usage

        yield usage(1_000_000 if given.quick else 10_000_000)
    if "browser" in which:
        from .browser import run as browser

        yield browser(1 if given.quick else 4)
    if "why" in which:
        from .why import run as why

        yield why(*((10, 1) if given.quick else (50, 6)))
    if "solver" in which:
        yield from _solver(given)


def _solver(given: argparse.Namespace) -> Iterator[Result]:
    from . import edits, solver

    limit = min(given.limit, 5.0) if given.quick else given.limit
    if given.only in (None, "edit"):
        yield edits.run(*((300, 10) if given.quick else (3_000, 30)), limit)
    cases = solver.QUICK if given.quick else solver.CASES
    chosen = [case for case in cases if given.only in (None, case.family)]
    yield from solver.run(chosen, limit, every_peer=given.every_peer)


if __name__ == "__main__":
    sys.exit(main())
