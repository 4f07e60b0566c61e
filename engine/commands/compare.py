"""modelpick compare MODEL...: prices, windows, skills, speeds and a month's budget, side by side."""

from __future__ import annotations

import argparse
import json

from .options import add_month

HELP = "compare models or offers, with a month's budget"


def arguments(parser: argparse.ArgumentParser) -> None:
    """MODEL..., --input-tokens and --output-tokens."""
    parser.add_argument("models", nargs="+", metavar="MODEL", help="a model, or an offer as provider/model")
    add_month(parser)


def run(options: argparse.Namespace) -> tuple[str, int]:
    """The table. Raises InputError for an unknown model."""
    from datetime import date

    from ..adapters.catalog.alerts import alerts, warn
    from ..adapters.catalog.file import load_spelled_out
    from ..adapters.report.comparison import compare_json, compare_text
    from ..domain.marks import marks_of
    from ..solver.analysis.compare import compare_offers

    catalog = load_spelled_out(options.catalog)
    lines = compare_offers(catalog, options.models, options.input_tokens, options.output_tokens)
    today = date.today()
    marks = marks_of(catalog, today)
    warnings = alerts(catalog, [line.offer for line in lines], today)
    warn(warnings)
    if options.json:
        month = {"input_tokens": options.input_tokens, "output_tokens": options.output_tokens}
        facts = {**month, "offers": compare_json(catalog, lines, marks), "warnings": warnings}
        return json.dumps(facts, indent=2), 0
    return compare_text(catalog, lines, options.input_tokens, options.output_tokens, marks), 0
