"""modelpick eval FILE PROMPTS: your own prompts against candidate offers, with your keys, into `measured`."""

from __future__ import annotations

import argparse
import json
import os
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..domain.formatting import plural
from .options import POSITIVE_SECONDS, TOKENS, check_names, figure, whole

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ..adapters.eval_run.prompts import Prompt
    from ..adapters.eval_run.run import Candidate, EvalRun, EvalSettings
    from ..domain.catalog import Catalog
    from ..domain.routing import Routing
    from ..solver.compile.compiler import Compiler

HELP = "test candidate offers on your own prompts until the plan would no longer change"
GRADERS = ("exact", "regex", "schema", "command", "judge")
MAX_CANDIDATES = 6  # that are chosen where none are named


def arguments(parser: argparse.ArgumentParser) -> None:
    """FILE, PROMPTS, the label, the offers, how answers are graded and what may be spent."""
    parser.epilog = (
        'A line of PROMPTS is {"prompt": "...", "expected": "..."}, or regex, or schema (of JSON) instead of'
        " expected; messages instead of prompt; id and label are optional. Every answer is kept at once:"
        " running it again goes on where it ended. Keys come from the environment, such as OPENAI_API_KEY."
    )
    parser.add_argument("file", type=Path, metavar="FILE", help="the routing file whose label is tested")
    parser.add_argument("prompts", nargs="?", type=Path, metavar="PROMPTS", help="JSON Lines of prompts")
    parser.add_argument("--from-logs", type=Path, metavar="DIR", help="sample Claude Code's sessions instead")
    parser.add_argument("--consent", action="store_true", help="prompts of logs may go to these providers")
    sample = whole("a whole number from 1 to 10,000", 1, 10_000)
    parser.add_argument(
        "--sample", type=sample, default=50, metavar="N", help="so many prompts of logs (default 50)"
    )
    parser.add_argument("--label", metavar="L", help="the label that is tested (where FILE has several)")
    parser.add_argument(
        "--offer",
        action="append",
        default=[],
        metavar="OFFER",
        help="a candidate (repeat; default: the routes, and what a test could bring in, as keys are set)",
    )
    parser.add_argument("--grade", choices=GRADERS, help="how (default: by what all prompts have)")
    parser.add_argument(
        "--command", metavar="CMD", help="grades: the answer on its standard input; exit status 0 is right"
    )
    parser.add_argument("--judge", metavar="OFFER", help="judges blind and in both orders against expected")
    usd = figure("an amount of USD above 0, such as 5", 1e-9, 1e6)
    parser.add_argument(
        "--max-usd", type=usd, default=1.0, metavar="USD", help="cap on spend, kept answers included (1)"
    )
    parser.add_argument(
        "--max-tokens", type=TOKENS, default=2_000, metavar="N", help="longest answer (default 2000)"
    )
    parser.add_argument(
        "--timeout", type=POSITIVE_SECONDS, default=120.0, metavar="S", help="seconds an answer may take"
    )
    start = whole("a whole number from 2 to 1,000", 2, 1000)
    parser.add_argument(
        "--start", type=start, default=5, metavar="N", help="prompts that every candidate gets (default 5)"
    )
    parser.add_argument(
        "--min-gain",
        type=figure("an amount of at least 0", 0, 1e12),
        default=0.1,
        metavar="USD",
        help="changes of the plan worth less are not looked for (USD a month, or points; default 0.1)",
    )
    parser.add_argument(
        "--answers", type=Path, metavar="F", help="keep answers here (default: PROMPTS with .answers.jsonl)"
    )
    parser.add_argument("-o", "--output", type=Path, metavar="OUT", help="save the routing with `measured`")
    parser.add_argument("--dry-run", action="store_true", help="send nothing: show offers, keys, most cost")


def run(options: argparse.Namespace) -> tuple[str, int]:
    """What was measured; status 1 where nothing could be. Raises InputError."""
    import asyncio
    from datetime import date

    from ..adapters.catalog.alerts import note
    from ..adapters.catalog.file import load_spelled_out
    from ..adapters.disk import read_text
    from ..adapters.eval_run.grading import check_gradable, kind_of
    from ..adapters.eval_run.run import AnswerFile, EvalRun, JudgeError
    from ..adapters.report.text import clean
    from ..adapters.routing_file import canonical, read_routing
    from ..domain.errors import InputError
    from ..solver.compile.compiler import Compiler

    catalog = load_spelled_out(options.catalog)
    old_text = read_text(options.file)
    routing = read_routing(old_text, str(options.file))
    check_names(routing, catalog, str(options.file))
    routing = canonical(routing, catalog)
    label = _label(options.label, routing)
    prompts = _prompts(options, label)
    grader = options.grade or _grader_of(options) or kind_of(prompts)
    _check_grader(options, grader)
    check_gradable(prompts, grader)
    compiler = Compiler(catalog, date.today())
    candidates = _candidates(options, routing, (compiler, catalog), label)
    judge = None
    if options.judge is not None:
        judge = _candidate(options.judge, compiler, catalog, need_key=not options.dry_run)
    settings = _settings(options, label, grader, judge)
    if options.dry_run:
        return _intended(options, settings, candidates, prompts), 0
    path = options.answers or Path(f"{options.prompts or options.file}.answers.jsonl")
    answers = AnswerFile(path)
    if answers.damaged:
        note(f"{path}: {plural(answers.damaged, 'damaged line')} left out")
    trial = EvalRun(
        routing, compiler, settings, candidates, prompts, answers=answers, on_progress=_progress(len(prompts))
    )
    try:
        asyncio.run(trial.run())
    except JudgeError as error:
        raise InputError(
            f"the judge answers nonsense ({clean(str(error))}): nothing is written", where=options.judge
        ) from None
    for model, reason in trial.dropped.items():
        note(clean(f"{model} is left out: {reason}"))
    if not trial.is_usable:
        reason = trial.stop_reason or "no offer answers"
        note(f"nothing is written: {reason}, before every candidate had its first answers graded")
        return _report(options, trial, "nothing written", path), 1
    return _report(options, trial, _written(options, trial, catalog, old_text), path), 0


def _settings(options: argparse.Namespace, label: str, grader: str, judge: Candidate | None) -> EvalSettings:
    from ..adapters.eval_run.run import EvalSettings

    return EvalSettings(
        label=label,
        grader=grader,
        max_usd=options.max_usd,
        command=tuple(shlex.split(options.command or "")),
        judge=judge,
        max_tokens=options.max_tokens,
        timeout=options.timeout,
        start=options.start,
        min_gain=options.min_gain,
    )


def _label(name: str | None, routing: Routing) -> str:
    from ..domain.errors import InputError, nearest

    if name is None and len(routing.labels) == 1:
        return next(iter(routing.labels))
    if name is None:
        raise InputError(f"say which label: {', '.join(routing.labels)}", where="--label")
    if name not in routing.labels:
        raise InputError(f"no label {name!r}{nearest(name, routing.labels)}", where="--label")
    return name


def _prompts(options: argparse.Namespace, label: str) -> list[Prompt]:
    from ..adapters.eval_run.prompts import read_prompts, sample_sessions
    from ..domain.errors import InputError

    if (options.prompts is None) == (options.from_logs is None):
        raise InputError("needs PROMPTS, or --from-logs DIR", where="eval")
    if options.from_logs is not None:
        return sample_sessions(options.from_logs, options.sample, consent=options.consent)
    return read_prompts(options.prompts, label)


def _grader_of(options: argparse.Namespace) -> str:
    """What the options show; '' where the prompts have to. Raises InputError for sessions without either."""
    from ..domain.errors import InputError

    if options.from_logs is not None and not (options.command or options.judge):
        what = "answers to prompts of logs are graded by --judge OFFER or --command CMD"
        raise InputError(what, where="--from-logs")
    return "command" if options.command else "judge" if options.judge else ""


def _check_grader(options: argparse.Namespace, grader: str) -> None:
    from ..domain.errors import InputError

    for name in ("command", "judge"):
        given = getattr(options, name)
        if grader == name and not given:
            raise InputError(f"--grade {name} needs --{name}", where="eval")
        if grader != name and given:
            raise InputError(f"--{name} goes with --grade {name}, not {grader}", where="eval")


def _candidate(offer: str, compiler: Compiler, catalog: Catalog, *, need_key: bool) -> Candidate:
    """An offer with the user's key. Raises InputError without one that may be sent there, if it is needed."""
    from ..adapters.eval_run.run import Candidate
    from ..adapters.routers.endpoints import endpoint_of
    from ..domain.errors import InputError
    from ..domain.levels import canonical, full_name
    from .probe import key_of

    table = compiler.table
    name = canonical(offer, catalog.models)
    if name not in table.index:
        raise InputError(table.unknown_offer(offer), where="--offer")
    model = table.models[int(table.model[table.index[name]])]
    endpoint = endpoint_of(catalog, name)
    return Candidate(model, full_name(model, catalog.models), endpoint, key_of(endpoint) if need_key else "")


def _candidates(
    options: argparse.Namespace, routing: Routing, known: tuple[Compiler, Catalog], label: str
) -> list[Candidate]:
    """Those named, else the label's routes and the models that a test could bring in; each model once.

    A model that the label is to be as good as is among them. Raises InputError.
    """
    from ..domain.errors import InputError
    from ..domain.references import AsGoodAs

    compiler, catalog = known
    rules = compiler.resolved(routing).labels[label]
    named = list(options.offer)
    if not named:
        named = _proposed(routing, compiler, catalog, label)
    send = not options.dry_run
    tested = (_candidate(offer, compiler, catalog, need_key=send) for offer in dict.fromkeys(named))
    candidates = {each.model: each for each in tested}
    for floor in (rules.min_quality, rules.min_quality_each):
        if isinstance(floor, AsGoodAs) and floor.model not in candidates:
            raise InputError(
                f"labels.{label} is to be as good as {floor.model}: test an offer of it too", where="--offer"
            )
    if len(candidates) < 2:
        raise InputError("name at least two offers of different models", where="--offer")
    return list(candidates.values())


def _proposed(routing: Routing, compiler: Compiler, catalog: Catalog, label: str) -> list[str]:
    """The routes, and the cheapest offers with a key of the models that a test is worth most for."""
    from ..adapters.probe import APIS
    from ..adapters.routers.endpoints import endpoint_of
    from ..domain.errors import InputError
    from ..domain.references import AsGoodAs
    from ..solver.analysis.value_of_information import values_of_tests
    from ..solver.tolerances import DEFAULT_SECONDS

    problem, table = compiler.compile(routing), compiler.table
    row = problem.labels.index(label)
    rules = compiler.resolved(routing).labels[label]
    routed = [route.offer for route in rules.routes if route.offer in table.index]
    models = [table.models[int(table.model[table.index[offer]])] for offer in routed]
    models += [rules.min_quality.model] if isinstance(rules.min_quality, AsGoodAs) else []
    models += [
        each.model for each in values_of_tests(routing, compiler, DEFAULT_SECONDS) if each.label == label
    ]
    offers, missing = [], set()
    for model in dict.fromkeys(models):
        of_model = [i for i in range(len(table.offers)) if table.models[int(table.model[i])] == model]
        of_model = [i for i in of_model if not table.gone[i] and problem.cost[row, i] == problem.cost[row, i]]
        for i in sorted(of_model, key=lambda i: float(problem.cost[row, i])):
            endpoint = endpoint_of(catalog, table.offers[i])
            if endpoint.api not in APIS or not endpoint.url:
                continue
            if os.environ.get(endpoint.key):
                offers.append(table.offers[i])
                break
            missing.add(endpoint.key)
    if len(offers) < 2:
        keys = f" (not set: {', '.join(sorted(missing)[:8])})" if missing else ""
        what = f"fewer than two models to test have an offer whose key is in the environment{keys}"
        raise InputError(f"{what}; --offer names others", where="eval")
    return offers[:MAX_CANDIDATES]


def _progress(prompts: int) -> Callable[[EvalRun], None]:
    """A line on standard error: redrawn on a terminal, one a batch elsewhere."""
    live = sys.stderr is not None and sys.stderr.isatty()

    def draw(trial: EvalRun) -> None:
        parts = [
            f"{model} {sum(tally.scores):g}/{len(tally.scores)}"
            for model, tally in trial.tallies.items()
            if tally.scores
        ]
        line = (
            f"{trial.calls} answers, {trial.spent:.4f} of {trial.settings.max_usd:g} USD: {', '.join(parts)}"
        )
        sys.stderr.write(f"\r\033[K{line[:200]}" if live else f"modelpick: {line} (of {prompts})\n")
        sys.stderr.flush()

    return draw


def _written(options: argparse.Namespace, trial: EvalRun, catalog: Catalog, old_text: str) -> str:
    """Where the routing with the figures went; '' where it is printed."""
    from ..adapters.catalog.alerts import note
    from ..adapters.disk import save
    from ..adapters.eval_run.run import measured_of
    from ..adapters.evals.measured import MeasuredLabels, with_measured
    from ..adapters.routing_file import write_routing

    figures = MeasuredLabels({trial.settings.label: measured_of(trial)}, "from 0 to 1, times 100", [], {})
    changed, remarks = with_measured(trial.routing, figures, catalog)
    for remark in remarks:
        note(remark)
    if options.output is None:
        return "nothing written: -o OUT saves the routing with these figures"
    note(save(options.output, write_routing(changed, old_text)))
    return f"wrote {options.output}"


def _report(options: argparse.Namespace, trial: EvalRun, verdict: str, path: Path) -> str:
    from ..adapters.report.text import clean, table
    from ..domain.formatting import UNKNOWN
    from ..solver.skill_model.skills import wilson_low

    if options.json:
        return json.dumps(_facts(trial, verdict, path), indent=2)
    rows = []
    for model, tally in trial.tallies.items():
        n, quality, low = len(tally.scores), UNKNOWN, UNKNOWN
        if n:
            share = 100 * sum(tally.scores) / n
            quality, low = f"{share:.1f}", f"{wilson_low(share, n):.1f}"
        rows.append((clean(trial.candidates[model].endpoint.offer), str(n), quality, low, f"{tally.usd:.4f}"))
    head = ("offer", "graded", "quality", "80 % low", "USD")
    spent = f"{trial.calls} answers asked for, {trial.spent:.4f} USD with those kept in {path}"
    return "\n\n".join([table(head, rows, (1, 2, 3, 4)), f"{trial.stop_reason}\n{spent}\n{verdict}"])


def _facts(trial: EvalRun, verdict: str, path: Path) -> dict[str, Any]:
    offers = {
        trial.candidates[model].endpoint.offer: {
            "measured": trial.candidates[model].measured,
            "n": len(tally.scores),
            "quality": 100 * sum(tally.scores) / len(tally.scores) if tally.scores else None,
            "usd": tally.usd,
            "left_out": trial.dropped.get(model),
        }
        for model, tally in trial.tallies.items()
    }
    return {
        "label": trial.settings.label,
        "grader": trial.settings.grader,
        "offers": offers,
        "calls": trial.calls,
        "spent": trial.spent,
        "settled": trial.settled,
        "stopped": trial.stop_reason,
        "answers": str(path),
        "verdict": verdict,
    }


def _intended(
    options: argparse.Namespace,
    settings: EvalSettings,
    candidates: Sequence[Candidate],
    prompts: Sequence[Prompt],
) -> str:
    """Offers, addresses, names of keys and the most that an answer may cost; nothing is sent."""
    from ..adapters.eval_run.asking import max_cost
    from ..adapters.report.text import clean, table

    longest = max(prompts, key=lambda prompt: len(prompt.text)).text
    facts = [
        (each.endpoint.offer, each.endpoint.url, each.endpoint.key,
         max_cost(each.endpoint, longest, settings.max_tokens))
        for each in (*candidates, *([settings.judge] if settings.judge else []))
    ]  # fmt: skip
    if options.json:
        names = ("offer", "endpoint", "key", "max_usd_an_answer")
        rows = [dict(zip(names, row, strict=True)) for row in facts]
        return json.dumps({"prompts": len(prompts), "grader": settings.grader, "offers": rows}, indent=2)
    cells = [(clean(offer), clean(url), key, f"{usd:.4f}") for offer, url, key, usd in facts]
    body = table(("offer", "address", "key from", "USD an answer, at most"), cells, (3,))
    count = f"{len(prompts)} prompts, graded by {settings.grader}, {settings.max_usd:g} USD at most in all"
    return f"{body}\n\n{count}; nothing is sent"
