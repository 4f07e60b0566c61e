"""modelpick report [FILE]: the founding report's sections, computed and argued, as Markdown or HTML."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING

from . import EXIT_STATUS
from .options import add_month, add_routing, load_inputs

if TYPE_CHECKING:
    from ..adapters.report.founding.language import Currency

HELP = "write the report: decision, reasons, comparison, budget, growth, risks, sources"
OTHER_KINDS = (".pdf", ".docx", ".doc", ".odt", ".rtf", ".pptx", ".xlsx", ".ods")
LANGUAGES = ("en", "ja")


def arguments(parser: argparse.ArgumentParser) -> None:
    """FILE, --set, --format, --lang, --currency, -o and the tokens of the month that the budgets are for."""
    add_routing(parser)
    parser.add_argument(
        "--format",
        choices=("md", "html"),
        help="Markdown, or one HTML page with charts (default: by the name of OUT, else md)",
    )
    parser.add_argument("--lang", choices=LANGUAGES, default="en", help="English (default) or Japanese")
    parser.add_argument("-o", "--output", type=Path, metavar="OUT", help="write the report here")
    parser.add_argument(
        "--currency",
        type=_currency,
        metavar="CODE=RATE",
        help="say sums in this currency too, at this rate: JPY=156.5 where 1 USD is 156.5 yen",
    )
    add_month(parser)


def _currency(text: str) -> Currency:
    """A reader for argparse of a currency with its rate."""
    from math import isfinite

    from ..adapters.report.founding.language import Currency, known_currency

    code, equals, rate_text = text.partition("=")
    code = code.strip().upper()
    if not equals:
        raise argparse.ArgumentTypeError(
            f"{text!r} states no rate: give how much one USD is, such as JPY=156.5"
        )
    try:
        rate = float(rate_text.replace("_", ""))
    except ValueError:
        rate = float("nan")
    if not isfinite(rate) or not 0 < rate < 1e12:
        raise argparse.ArgumentTypeError(f"{rate_text!r} is no rate: a number above 0, such as JPY=156.5")
    if not known_currency(code):
        raise argparse.ArgumentTypeError(
            f"{code!r} is no currency's code of three letters, such as JPY or EUR"
        )
    return Currency(code, rate)


def run(options: argparse.Namespace) -> tuple[str, int]:
    """The document, or with -o where it was written; status 1 where no mix keeps the rules.

    Raises InputError.
    """
    from datetime import date

    from ..adapters.catalog.alerts import alerts, note, warn
    from ..adapters.disk import is_standard, save
    from ..adapters.report.founding.analysis import Month, analyse
    from ..adapters.report.founding.formats import html, markdown
    from ..adapters.report.founding.language import Language
    from ..adapters.report.founding.sections import content_of

    form = _format(options)
    routing, catalog = load_inputs(options.file, options.set, options.catalog)
    today = date.today()
    name = "" if options.file is None else options.file.name
    month = Month(options.input_tokens, options.output_tokens)
    report = analyse(name, routing, catalog, today, month)
    content = content_of(report, Language(options.lang, options.currency))
    text = html(content, options.lang) if form == "html" else markdown(content)
    warnings = alerts(catalog, report.offers, today)
    warn(warnings)
    status = EXIT_STATUS[report.plan.status]
    if options.json:
        growth = {f"{factor:g}": grown.to_json() for factor, grown in report.growth.items()}
        facts = {"plan": report.plan.to_json(), "growth": growth, "report": text, "warnings": warnings}
        text = json.dumps(facts, indent=2)
    if options.output is None or is_standard(options.output):
        return text, status
    note(save(options.output, f"{text}\n"))
    return f"wrote {options.output}", status


def _format(options: argparse.Namespace) -> str:
    """What is asked for, else what the name of OUT says. Raises InputError for a kind that is not written."""
    from ..domain.errors import InputError

    suffix = "" if options.output is None else options.output.suffix.lower()
    if suffix in OTHER_KINDS:
        raise InputError(
            f"a report is HTML or Markdown, not {suffix}: write {options.output.with_suffix('.html').name}, "
            "which prints well",
            where=str(options.output),
        )
    if options.format is not None:
        return str(options.format)
    return "html" if suffix in (".html", ".htm") else "md"
