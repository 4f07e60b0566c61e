"""modelpick init [FILE]: a new routing file by a few answers, or by options alone."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from .options import ask, figure, may_ask

if TYPE_CHECKING:
    from ..adapters.new_routing import NewRouting

HELP = "write a new routing file by a few answers"
DEFAULT_FILE = Path("routing.toml")
_COUNT = figure("a number such as 50k", 0, 1e12)
_SECONDS = figure("a number of seconds", 1e-3, 1e6)


def arguments(parser: argparse.ArgumentParser) -> None:
    """FILE, an option for each question, and --yes."""
    parser.add_argument(
        "file",
        nargs="?",
        type=Path,
        default=DEFAULT_FILE,
        metavar="FILE",
        help=f"where it goes, never over a file that is there (default {DEFAULT_FILE}; -: standard output)",
    )
    parser.add_argument(
        "--labels", metavar="A,B,...", help="your router's labels (default: claude-code-router's)"
    )
    parser.add_argument("--requests", type=_COUNT, metavar="N", help="a month, of all labels together")
    parser.add_argument("--input-tokens", type=_COUNT, metavar="N", help="mean of a request (own labels)")
    parser.add_argument("--output-tokens", type=_COUNT, metavar="N", help="mean of a request (own labels)")
    parser.add_argument(
        "--cached",
        type=figure("a share from 0 to 1", 0, 1),
        metavar="SHARE",
        help="of the input (own labels)",
    )
    parser.add_argument("--min-quality", metavar="0-100|MODEL", help="a number, or a model to be as good as")
    parser.add_argument(
        "--max-latency",
        type=_SECONDS,
        metavar="SECONDS",
        help="within which 95 %% are answered (default: 120 for own labels)",
    )
    parser.add_argument(
        "--budget",
        type=figure("a number of USD a month", 0, 1e12),
        metavar="USD",
        help="a month, of all labels",
    )
    parser.add_argument("--regions", metavar="A,B,...", help="where offers must be served, such as eu")
    parser.add_argument("--providers", metavar="A,B,...", help="only these")
    parser.add_argument(
        "--objective",
        choices=("cost", "quality"),
        help="the least cost (default), or the best quality in --budget",
    )
    parser.add_argument(
        "--yes", "-y", action="store_true", help="ask nothing: what is not given has its default"
    )


def run(options: argparse.Namespace) -> tuple[str, int]:
    """Write the file. Raises InputError where it is there already, or an answer is of no use."""
    from datetime import date

    from ..adapters.disk import exists, save
    from ..adapters.new_routing import new_routing_text
    from ..domain.errors import InputError

    path = options.file
    stdout = str(path) == "-"
    if not stdout and exists(path):
        raise InputError(
            "is there already: init writes a new file, `modelpick FILE` opens one", where=str(path)
        )
    asks = not (options.yes or options.json or stdout) and may_ask()
    text = new_routing_text(
        _answers(options, asks), str(path) if not stdout else "routing.toml", date.today()
    )
    _check_names(text, str(path), options.catalog)
    if stdout:
        return text.rstrip("\n"), 0
    save(path, text)
    if options.json:
        return json.dumps({"saved": str(path), "text": text}, indent=2), 0
    return f"wrote {path}\n\nnext: modelpick solve {path}    (or open it in the app: modelpick {path})", 0


def _check_names(text: str, name: str, catalog_file: Path | None) -> None:
    from ..adapters.catalog.file import load_spelled_out
    from ..adapters.routing_file import read_routing
    from .options import check_names

    check_names(read_routing(text, name), load_spelled_out(catalog_file), name)


def _answers(options: argparse.Namespace, asks: bool) -> NewRouting:
    """What the options say, and the answers to what they leave open."""
    from ..adapters.new_routing import OWN_LATENCY, NewRouting
    from ..domain.errors import InputError

    if asks:
        sys.stderr.write("A new routing file; Enter takes what is in brackets.\n")
    labels = _words(
        ask(asks, options.labels, "Your router's labels, with commas", "claude-code-router's", str)
    )
    own = bool(labels)
    requests = ask(asks, options.requests, "Requests a month, all labels", "10k" if own else "7,900", _COUNT)
    tokens = {"input_tokens": 2_000.0, "output_tokens": 500.0}
    for name, default in tokens.items() if own else ():
        given = getattr(options, name)
        answer = ask(asks, given, f"{name.replace('_', ' ').capitalize()} of one", f"{default:,.0f}", _COUNT)
        tokens[name] = default if answer is None else answer
    quality = ask(
        asks,
        options.min_quality,
        "Least quality, 0-100, or a model to be as good as",
        "none" if own else "each label's",
        lambda text: _known_quality(text, options.catalog),
    )
    latency = ask(
        asks,
        options.max_latency,
        "Seconds within which 95 % must be answered",
        f"{OWN_LATENCY:g}" if own else "each label's",
        _SECONDS,
    )
    budget = ask(asks, options.budget, "Budget, USD a month", "none", figure("a number of USD", 0, 1e12))
    regions = _words(ask(asks, options.regions, "Served in, such as eu", "anywhere", str))
    if options.objective == "quality" and budget is None:
        raise InputError("the best quality needs --budget", where="init")
    return NewRouting(
        labels=labels,
        requests=requests,
        input_tokens=tokens["input_tokens"],
        output_tokens=tokens["output_tokens"],
        cached=options.cached or 0.0,
        min_quality=None if quality is None else _quality(quality),
        max_latency=latency,
        budget=budget,
        regions=regions,
        providers=_words(options.providers),
        objective=options.objective or "cost",
    )


def _quality(text: str) -> float | str:
    """A number of points, or the model that is named."""
    from ..adapters.quantities import quantity

    number = quantity(text, "min_quality", "points")
    return text if number is None else number


def _known_quality(text: str, catalog_file: Path | None) -> str:
    """The answer, if it is points or a model that the catalogue has. Raises InputError."""
    from datetime import date

    from ..adapters.new_routing import NewRouting, new_routing_text

    alone = NewRouting(labels=("label",), min_quality=_quality(text))
    _check_names(new_routing_text(alone, "it", date.today()), "", catalog_file)
    return text


def _words(text: str | None) -> tuple[str, ...]:
    return tuple(word for word in (part.strip() for part in (text or "").split(",")) if word)
