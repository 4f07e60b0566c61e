"""The app's solver process: `python -m modelpick.engine.adapters.worker [--catalog FILE] [--nice N]`.

Speaks JSON, one object a line. It says {"ready": true} once warm. It then answers
{"ask": "plan", "routing": {...}, "today": "2026-11-23", "time_limit": 2.0, "args": {}} with {"answer": ...}
or {"error": "..."}, and ends with its standard input; "facts" are figures to use instead of the catalogue's,
in the shape of an overlay. `asks` has the kinds of question, their arguments and
answers. A process of its own keeps scipy out of the app, and the app can end a solve that has been overtaken.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Any, TextIO

from ..domain.errors import InputError, ModelpickError
from .asks import ask
from .files import check_references, load_catalog, routing_from
from .whatif import with_facts

_NICENESS = 5  # the app's painting goes first


def main(argv: list[str] | None = None) -> int:
    """Serve until standard input ends; 2 when the catalogue cannot be used."""
    parser = argparse.ArgumentParser(prog="modelpick-worker", description="The solver process of the app.")
    parser.add_argument("--catalog", type=Path)
    parser.add_argument("--nice", type=int, default=_NICENESS)
    arguments = parser.parse_args(argv)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # ctrl+c is the app's to handle
    with suppress(OSError, AttributeError):
        os.nice(arguments.nice)
    with _private_stdout() as out, suppress(BrokenPipeError):
        return _serve(sys.stdin, out, arguments.catalog)
    return 0


def _private_stdout() -> TextIO:
    """The answers' own channel: whatever a library prints goes to standard error instead."""
    sys.stdout.flush()
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    return out


def _serve(requests: TextIO, out: TextIO, catalog_path: Path | None) -> int:
    try:
        catalog = load_catalog(catalog_path)
    except ModelpickError as error:
        _say(out, {"error": str(error)})
        return 2
    from ..solver.pick import Picker  # brings scipy, the slow part of being ready

    pickers: dict[str, Picker] = {}  # one: it keeps what an edit leaves alone, until midnight or a what-if
    _say(out, {"ready": True})
    for line in requests:
        if not line.strip():
            continue
        try:
            question = _question(line)
            routing = routing_from(question["routing"], "routing")
            check_references(routing, catalog)
            today, facts = question["today"], question["facts"]
            key = f"{today}{json.dumps(facts)}"
            if key not in pickers:
                pickers = {key: Picker(with_facts(catalog, facts), today)}
            picker, limit = pickers[key], question["time_limit"]
            _say(out, {"answer": ask(picker, question["ask"], routing, limit, question["args"])})
        except ModelpickError as error:
            _say(out, {"error": str(error)})
        except BrokenPipeError:
            return 0
        except Exception as error:  # one bad question must not end the app's solver
            _say(out, {"error": f"{type(error).__name__}: {error}"})
    return 0


def _question(line: str) -> dict[str, Any]:
    try:
        asked = json.loads(line)
        limit = asked.get("time_limit")
        return {
            "ask": str(asked.get("ask", "plan")),
            "args": dict(asked.get("args", {})),
            "facts": dict(asked.get("facts", {})),
            "routing": asked["routing"],
            "today": date.fromisoformat(asked["today"]),
            "time_limit": None if limit is None else float(limit),
        }
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(f"not a question: {error!r}") from None


def _say(out: TextIO, message: dict[str, Any]) -> None:
    out.write(json.dumps(message, allow_nan=False) + "\n")
    out.flush()


if __name__ == "__main__":
    sys.exit(main())
