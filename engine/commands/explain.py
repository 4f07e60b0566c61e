"""modelpick explain [FILE]: what each rule costs; what clashes and how to mend it; why not an offer."""

from __future__ import annotations

import argparse
import json
from typing import TYPE_CHECKING

from . import EXIT_STATUS
from .options import add_cautious, add_routing, caution_text, load_inputs, with_caution

if TYPE_CHECKING:
    from ..domain.routing import Routing
    from ..solver.pick import Picker

HELP = "what each rule costs, what clashes, why an offer is not used"


def arguments(parser: argparse.ArgumentParser) -> None:
    """FILE, --set, --cautious, --why-not, --label, --missing and --evidence."""
    add_routing(parser)
    parser.add_argument("--why-not", metavar="OFFER", help="why this offer does not serve ...")
    parser.add_argument("--label", metavar="L", help="... this label (every label without it)")
    parser.add_argument(
        "--missing",
        action="store_true",
        help="offers left out only because a speed or a score is unknown, and what they could save",
    )
    parser.add_argument(
        "--evidence",
        action="store_true",
        help="what the plan rests on, and which test of a model would improve it most",
    )
    add_cautious(parser)


def run(options: argparse.Namespace) -> tuple[str, int]:
    """The explanation, found in DEFAULT_SECONDS; status 1 where no mix keeps the rules. Raises InputError."""
    from datetime import date
    from time import perf_counter

    from ..adapters.catalog.alerts import alerts, offers_of, warn
    from ..adapters.report.explain import explain_json, explain_text
    from ..adapters.report.plan import Marked
    from ..domain.errors import InputError
    from ..solver.explain.shadow_prices import rule_prices
    from ..solver.explain.subscription_worth import plan_worths
    from ..solver.pick import Picker
    from ..solver.tolerances import DEFAULT_SECONDS

    questions = {"--missing": options.missing, "--evidence": options.evidence, "--why-not": options.why_not}
    asked = [name for name, value in questions.items() if value]
    if len(asked) > 1:
        raise InputError(f"{' and '.join(asked)} are {len(asked)} questions: ask one", where="explain")
    if options.label is not None and options.why_not is None:
        raise InputError("--label goes with --why-not OFFER", where="explain")
    routing, catalog = load_inputs(options.file, options.set, options.catalog)
    today = date.today()
    picker, plain = Picker(catalog, today), routing
    routing = with_caution(routing, options)
    if options.why_not is not None:
        warn(alerts(catalog, [options.why_not], today))
        return _why_not(options, routing, picker), 0
    if options.missing:
        return _missing(options, routing, picker), 0
    if options.evidence:
        return _evidence(options, routing, picker)
    end = perf_counter() + DEFAULT_SECONDS
    plan = picker.pick(routing)
    if options.cautious:
        from ..solver.analysis.remarks import cost_of_caution

        plan = plan.model_copy(update={"caution": cost_of_caution(picker, plain, plan)})
    left = end - perf_counter()
    prices = rule_prices(routing, picker.compiler, plan, left, cache=picker.cache) if plan.found else ()
    worths = plan_worths(routing, picker.compiler, end - perf_counter(), picker.cache) if plan.found else ()
    marked = Marked.by(routing, catalog, today)
    status = EXIT_STATUS[plan.status]
    warnings = alerts(catalog, offers_of(plan), today)
    warn(warnings)
    if options.json:
        return json.dumps(
            {**explain_json(plan, prices, marked, worths), "warnings": warnings}, indent=2
        ), status
    parts = (caution_text(routing, plan.caution), explain_text(routing, plan, prices, marked, worths))
    return "\n\n".join(part for part in parts if part), status


def _why_not(options: argparse.Namespace, routing: Routing, picker: Picker) -> str:
    """Why an offer does not serve a label, or every label, found in DEFAULT_SECONDS."""
    from time import perf_counter

    from ..adapters.report.explain import why_json, why_text
    from ..domain.plan import Caution
    from ..solver.explain.why_not import why_not
    from ..solver.tolerances import DEFAULT_SECONDS, MIN_SECONDS

    labels = list(routing.labels) if options.label is None else [options.label]
    offer, end = options.why_not, perf_counter() + DEFAULT_SECONDS
    answers = [
        why_not(routing, picker.compiler, label, offer, max(end - perf_counter(), MIN_SECONDS), picker.cache)
        for label in labels
    ]
    if options.json:
        return json.dumps(why_json(answers), indent=2)
    caution = caution_text(routing, Caution()) + "\n" if options.cautious else ""
    return caution + why_text(routing, answers)


def _missing(options: argparse.Namespace, routing: Routing, picker: Picker) -> str:
    """What offers that are out only because a figure is unknown would save, found in DEFAULT_SECONDS."""
    from ..adapters.report.explain import missing_json, missing_text
    from ..solver.analysis.missing_figures import missing_figures
    from ..solver.tolerances import DEFAULT_SECONDS

    answers = missing_figures(routing, picker.compiler, picker.catalog, DEFAULT_SECONDS)
    return missing_json(answers) if options.json else missing_text(routing, answers)


def _evidence(options: argparse.Namespace, routing: Routing, picker: Picker) -> tuple[str, int]:
    """What the plan rests on and which test is worth most, found in DEFAULT_SECONDS; the plan's status."""
    from ..adapters.report.explain import bases, evidence_json, evidence_text, explain_text
    from ..adapters.report.plan import Marked
    from ..solver.analysis.value_of_information import values_of_tests
    from ..solver.tolerances import DEFAULT_SECONDS

    plan = picker.pick(routing)
    if not plan.found:
        marked = Marked.by(routing, picker.catalog, picker.today)
        text = (
            json.dumps(marked.json(plan), indent=2)
            if options.json
            else explain_text(routing, plan, (), marked)
        )
        return text, EXIT_STATUS[plan.status]
    rests_on = bases(routing, plan, picker.catalog, picker.today)
    tests = values_of_tests(routing, picker.compiler, DEFAULT_SECONDS)
    if options.json:
        return json.dumps({**plan.to_json(), **evidence_json(rests_on, tests)}, indent=2), 0
    return evidence_text(routing, rests_on, tests), 0
