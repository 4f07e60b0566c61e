"""modelpick import config FILE|usage SOURCE|evals FILE|scores FILE: a router's config or usage, or scores.

Own evaluations become figures measured on a label; a routing goes to standard output or -o. Scores of
benchmarks go into the user's overlay of the catalogue.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from ..adapters.usage import LONG_PROMPT
from .options import TOKENS, ask, figure, may_ask, output_path

if TYPE_CHECKING:
    from ..adapters.catalog.score_import import ScoreImport
    from ..adapters.evals.measured import MeasuredLabels
    from ..adapters.routers.base import ImportedConfig
    from ..adapters.routers.import_ import Volumes
    from ..domain.catalog import Catalog
    from ..domain.routing import Routing

SCORE_FORMATS = ("aider", "evalplus", "epoch", "bfcl", "lmarena", "livebench", "lm-eval", "promptfoo")
_MAX_REQUESTS = 1e12
_MAX_NOTES = 40  # of what a router's file says, on standard error
MAX_UNMAPPED = 12  # names without a model that are said one by one
READY_MADE = Path(__file__).parents[1] / "adapters" / "ready_made.toml"
HELP = "read a router's configuration, usage logs, or your own evaluations"


SUBCOMMANDS = {
    "config": "read a router's own configuration as a routing: its models, and what is known of its volume",
    "usage": "read logs of what went through a router: last month's work, measured figures and routes",
    "evals": "read your own evaluations as measured quality, by label and model",
    "scores": "read benchmark results into your overlay of the catalogue",
}


def arguments(parser: argparse.ArgumentParser) -> None:
    """Each subcommand has its own."""


def subcommand_arguments(parser: argparse.ArgumentParser, what: str) -> None:
    """SOURCE and the options of config, usage, evals or scores."""
    from ..adapters.usage import KNOWN_SOURCES

    sources = {
        "config": "the router's file",
        "usage": "a file, a folder, 'a pattern*', or a database with LiteLLM's spend logs,"
        f" postgres://USER@HOST/NAME (password: PGPASSWORD). Known are {KNOWN_SOURCES}",
        "evals": "results of promptfoo, lm-evaluation-harness, Inspect or every-eval-ever, CSV, JSON Lines,"
        " Parquet, or a folder or pattern of them",
        "scores": "a file of benchmark results",
    }
    parser.set_defaults(what=what)
    parser.add_argument("source", metavar="SOURCE", help=sources[what])
    parser.add_argument(
        *("-o", "--output"),
        type=output_path,
        metavar="OUT",
        help="write here instead of your overlay" if what == "scores" else _OUTPUT_HELP[what],
    )
    if what != "scores":
        parser.add_argument(
            "--workload",
            type=Path,
            metavar="FILE",
            help="a routing file with the labels' rules (and workload)",
        )
    parser.add_argument(
        "--name",
        action="append",
        default=[],
        metavar="THEIRS=OURS",
        help=_NAME_HELP if what in ("config", "usage") else "a model's name there, and its key",
    )
    if what in ("config", "usage"):
        parser.add_argument(
            "--as", dest="substitute", metavar="OFFER", help="count every model that is not known as OFFER"
        )
    options = {
        "config": _config_options,
        "usage": _usage_options,
        "evals": _evals_options,
        "scores": _score_options,
    }
    options[what](parser)


_NAME_HELP = "what a model or provider there is in the catalogue, kept in your names.toml"
_OUTPUT_HELP = {
    "config": "save the routing here, and the file's own prices in your overlay",
    "usage": "save the routing here",
    "evals": "save the routing here; one that is there already keeps the rest",
}


def _config_options(parser: argparse.ArgumentParser) -> None:
    """--router, --requests, --logs, --overlay and --no-prices."""
    parser.add_argument("--router", metavar="ROUTER", help="whose it is, where the file does not show it")
    parser.add_argument(
        "--requests",
        action="append",
        default=[],
        metavar="[LABEL=]N",
        help="requests a month, of all labels together or of one (repeat); asked on a terminal",
    )
    parser.add_argument(
        "--logs", metavar="LOGS", help="take the labels' requests and tokens from what import usage reads"
    )
    _table_option(parser)
    parser.add_argument(
        "--overlay", type=Path, metavar="FILE", help="where the file's own prices go (your overlay)"
    )
    parser.add_argument(
        "--no-prices", action="store_true", help="keep list prices where the file has its own"
    )


def _table_option(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--table",
        default="LiteLLM_SpendLogs",
        metavar="NAME",
        help="the table in a database of logs, SCHEMA.NAME if need be (default LiteLLM_SpendLogs)",
    )


def _usage_options(parser: argparse.ArgumentParser) -> None:
    """--table and --threshold."""
    _table_option(parser)
    parser.add_argument(
        "--threshold",
        type=TOKENS,
        default=LONG_PROMPT,
        metavar="TOKENS",
        help="Claude Code's prompts over this are longContext (default 60000)",
    )


def _evals_options(parser: argparse.ArgumentParser) -> None:
    """--label-by, --label, --model-by, --score-by and --max-score."""
    parser.add_argument(
        "--label-by", metavar="COLUMN", help="a label for each of its values: a column, variable or metadata"
    )
    parser.add_argument(
        "--label", metavar="NAME", help="the label of all results without one (default: default)"
    )
    parser.add_argument(
        "--model-by", metavar="COLUMN", help="the column of the models, where it is not plain"
    )
    parser.add_argument(
        "--score-by", metavar="COLUMN", help="the column, metric or scorer that is the quality"
    )
    parser.add_argument(
        "--max-score",
        type=figure("a score above 0", 1e-9, 1e9),
        metavar="SCORE",
        help="what the best answer gets (default 1 where no score is above it, else 100)",
    )


def _score_options(parser: argparse.ArgumentParser) -> None:
    """--format, --skill and --dry-run."""
    parser.add_argument(
        "--format",
        choices=SCORE_FORMATS,
        metavar="FORMAT",
        help=f"what wrote the file: {', '.join(SCORE_FORMATS)}",
    )
    parser.add_argument("--skill", metavar="S", help="the skill that tests new to the catalogue measure")
    parser.add_argument("--dry-run", action="store_true", help="only show what would be written")


def run(options: argparse.Namespace) -> tuple[str, int]:
    """The routing as TOML, or with --json what was found as well. Raises InputError."""
    if options.what == "scores":
        return _import_scores(options)
    if options.what == "evals":
        return _import_evals(options)
    from ..adapters.catalog.file import load_catalog
    from ..adapters.routing_file import read_routing, ready_made_notes, write_routing

    catalog = load_catalog(options.catalog)
    workload, text = _workload(options, catalog)
    unknown_models: dict[str, list[str]] = {}
    if options.what == "usage":
        routing, notes, facts = _usage(options, workload)
    else:
        routing, notes, facts, unknown_models = _config(options, workload)
    notes = [*notes, *(ready_made_notes(routing, catalog) if options.workload is None else ())]
    for line in notes:
        sys.stderr.write(f"modelpick: note: {line}\n")
    routing_text = write_routing(
        routing, _without_ready_made_comments(text) if options.what == "usage" else text
    )
    if unknown_models:
        from ..adapters.routers.import_ import with_model_comments

        routing_text = with_model_comments(routing_text, unknown_models)
    read_routing(routing_text, f"{options.source}: what it makes is no routing")
    if options.output is not None:
        from ..adapters.catalog.alerts import note
        from ..adapters.disk import save

        note(save(options.output, routing_text))
    if options.json:
        return facts, 0
    return routing_text.rstrip("\n") if options.output is None else f"wrote {options.output}", 0


def _config(
    options: argparse.Namespace, workload: Routing
) -> tuple[Routing, list[str], str, dict[str, list[str]]]:
    """What a router's file holds: as a routing, what to say of it, as --json has it, and by label the models
    that are not known."""
    from ..adapters.catalog.file import load_spelled_out
    from ..adapters.disk import read_text
    from ..adapters.report.text import clean
    from ..adapters.routers.import_ import (
        assumed_workload_note,
        read_config,
        unknown_models_note,
        with_routes,
    )
    from ..adapters.routers.own_names import checked_names
    from ..adapters.serialization import to_plain

    catalog = load_spelled_out(options.catalog)
    given_names = checked_names(name_pairs(options.name), catalog)
    substitute = _substitute(options, catalog)
    router, config = read_config(
        read_text(Path(options.source)),
        options.source,
        options.router,
        catalog,
        own_names=given_names,
        substitute=substitute,
    )
    volumes = _asked_volumes(options, config, workload) or _volumes(options.requests)
    routing = with_routes(config, workload, volumes)
    notes = _keep_names(given_names)
    if options.logs is not None:
        routing, logged = _logged(options, routing, config, given_names)
        notes += logged
    if unknown := unknown_models_note(config):
        name = config.unknown_models[config.unknown_labels[0]][0]
        notes.append(f"{unknown}; --name '{name}'=OFFER says what one is, --as OFFER counts them all as that")
    counted = options.logs is not None or volumes.total is not None
    if not counted and (assumption := assumed_workload_note(config.labels, workload, volumes)):
        notes.append(
            f"{assumption}; --requests N says how many there are in all, --requests LABEL=N of one label, and"
            " --logs LOGS counts them"
        )
    notes += _take_prices(options, config)
    if options.workload is None:
        what = "rules" if options.logs is not None else "workload and rules"
        notes.append(f"{what} are the ready-made ones; --workload FILE takes yours")
    of_file, notes = [clean(line) for line in config.notes], [clean(line) for line in notes]
    facts = {
        "router": router,
        "notes": [*of_file, *notes],
        "unknown": config.unknown_models,
        "routing": to_plain(routing),
    }
    if len(of_file) > _MAX_NOTES:
        of_file[_MAX_NOTES:] = [f"and {len(of_file) - _MAX_NOTES} more of the file; --json lists all"]
    return routing, [*of_file, *notes], json.dumps(facts, indent=2, default=str), config.unknown_models


def _keep_names(names: dict[str, str]) -> list[str]:
    """Keep what --name says in the user's file; what to say of that."""
    from ..adapters.routers.own_names import keep_own_names

    if not names:
        return []
    path = keep_own_names(names)
    listed = ", ".join(f"{theirs} is {ours}" for theirs, ours in names.items())
    return [f"{listed}: kept in {path}" if path else f"{listed}: not kept, as there is no home folder"]


def _substitute(options: argparse.Namespace, catalog: Catalog) -> str | None:
    """The offer that every unknown model counts as. Raises InputError."""
    from ..adapters.routers.own_names import checked_name
    from ..domain.errors import InputError

    if options.substitute is None:
        return None
    offer = checked_name(options.substitute, catalog, "--as")
    if offer not in catalog.offers:
        raise InputError(f"{offer!r} is a provider, not an offer", where="--as")
    return offer


def _volumes(given: list[str]) -> Volumes:
    """What --requests says. Raises InputError."""
    from ..adapters.quantities import quantity
    from ..adapters.routers.import_ import Volumes
    from ..domain.errors import InputError

    total, by_label = None, {}
    for text in given:
        label, equals, figure = text.rpartition("=")
        number = quantity(figure)
        if number is None or not 0 <= number <= _MAX_REQUESTS or (equals and not label):
            raise InputError(
                f"should be a number of requests a month or LABEL=N, not {text!r}", where="--requests"
            )
        if equals:
            by_label[label] = number
        else:
            total = number
    return Volumes(total, by_label)


def _asked_volumes(options: argparse.Namespace, config: ImportedConfig, workload: Routing) -> Volumes | None:
    """The answer on a terminal, where nothing says how much the labels carry; None where it is not asked."""
    from ..adapters.routers.import_ import split_requests

    known = options.workload is not None and all(name in workload.labels for name in config.labels)
    asks = not (options.requests or options.logs or options.json or known) and may_ask()

    def read(line: str) -> Volumes:
        volumes = _volumes(line.split())
        split_requests(config.labels, workload, volumes)
        return volumes

    if not asks:
        return None
    sys.stderr.write(f"{options.source} does not say how much its labels carry: {', '.join(config.labels)}\n")
    total = sum(split_requests(config.labels, workload, None).values())
    return ask(asks, None, "Requests a month, of all together or LABEL=N ...", f"{total:,.0f}", read)


def _logged(
    options: argparse.Namespace, routing: Routing, config: ImportedConfig, names: dict[str, str]
) -> tuple[Routing, list[str]]:
    """The routing with what its labels carry by --logs, and what to say of it. Raises InputError."""
    from ..adapters.catalog.file import load_spelled_out
    from ..adapters.routers.base import DEFAULT_THRESHOLD
    from ..adapters.routers.own_names import load_own_names
    from ..adapters.usage.routing import OfferResolver, with_logged_workload
    from ..domain.errors import InputError

    if options.requests:
        raise InputError("what --logs counts, --requests does not say: give one of them", where="--logs")
    catalog = load_spelled_out(options.catalog)
    offers = OfferResolver(routing, catalog, {**load_own_names(), **names}, _substitute(options, catalog))
    threshold = config.threshold or DEFAULT_THRESHOLD
    return with_logged_workload(routing, options.logs, offers, table=options.table, threshold=threshold)


def _take_prices(options: argparse.Namespace, config: ImportedConfig) -> list[str]:
    """Lay the file's own prices over the catalogue, where the routing is saved; what to say of them."""
    from datetime import date

    from ..adapters.catalog.alerts import note
    from ..adapters.catalog.file import PACKAGED, load_catalog
    from ..adapters.catalog.overlay import overlay_path, own_figures, write_overlay
    from ..adapters.routers.own_prices import price_overrides

    overrides, notes = price_overrides(config, load_catalog(options.catalog or PACKAGED))
    if not overrides:
        return notes
    if options.no_prices:
        return [*notes, "these prices are not taken (--no-prices)"]
    if options.overlay is None and (options.output is None or options.catalog is not None):
        how = "--overlay FILE" if options.catalog is not None else "-o OUT or --overlay FILE"
        return [*notes, f"these prices are not taken: {how} lays them over the catalogue"]
    path = overlay_path(options.overlay, options.catalog, "import config")
    note(write_overlay(path, options.catalog, own_figures({"offers": overrides}, date.today())))
    return [*notes, f"these prices (USD per million tokens) hold from now on in every command: {path}"]


def _usage(options: argparse.Namespace, workload: Routing) -> tuple[Routing, list[str], str]:
    """What went through a router: likewise."""
    from ..adapters.catalog.file import load_spelled_out
    from ..adapters.report.text import clean
    from ..adapters.routers.own_names import checked_names, load_own_names
    from ..adapters.usage.routing import OfferResolver, as_json, usage_routing

    catalog = load_spelled_out(options.catalog)
    given_names = checked_names(name_pairs(options.name), catalog)
    own_names = {**load_own_names(), **given_names}
    offers = OfferResolver(workload, catalog, own_names, _substitute(options, catalog))
    routing, figures, remarks = usage_routing(
        options.source, workload, offers, table=options.table, threshold=options.threshold
    )
    notes = [clean(line) for line in [*remarks, *_keep_names(given_names)]]
    idle = [clean(name) for name in workload.labels if name not in routing.labels]
    if options.workload is None:
        notes.append("rules are the ready-made ones; --workload FILE takes yours")
    elif idle:
        notes.append(f"without traffic in the log, so left out: {', '.join(idle)}")
    return routing, notes, as_json(routing, figures, notes)


def _import_evals(options: argparse.Namespace) -> tuple[str, int]:
    """The routing with the own figures, merged into --workload, else into OUT where it is there already."""
    from ..adapters.catalog.alerts import note
    from ..adapters.catalog.file import load_catalog
    from ..adapters.disk import exists, read_text, save
    from ..adapters.evals.matching import ModelMatcher
    from ..adapters.evals.measured import measure, new_routing, with_measured
    from ..adapters.evals.read import read_evaluations
    from ..adapters.evals.results import Columns
    from ..adapters.report.text import clean
    from ..adapters.routing_file import read_routing, ready_made, write_routing
    from .options import check_names

    catalog = load_catalog(options.catalog)
    base = options.workload
    if base is None and options.output is not None and exists(options.output):
        base = options.output
    old_text = None if base is None else read_text(base)
    old = None if old_text is None else read_routing(old_text, str(base))
    if old is not None:
        check_names(old, catalog, str(base))
    matcher = ModelMatcher(catalog, name_pairs(options.name))
    columns = Columns(options.label_by, options.model_by, options.score_by)
    with read_evaluations(options.source, columns) as evaluations:
        measured = measure(
            evaluations, matcher, label=options.label, max_score=options.max_score, where=str(options.source)
        )
        notes = [line for each in evaluations for line in each.notes] + measured.notes
    merged = (
        new_routing(measured, ready_made(catalog), catalog)
        if old is None
        else with_measured(old, measured, catalog)
    )
    routing, remarks = merged
    notes = [clean(line) for line in (*notes, *remarks)]
    if old is not None and base == options.output and options.workload is None:
        notes.append(f"merged into {base}, which is there already")
    for line in notes:
        note(line)
    text = write_routing(routing, old_text)
    if options.output is not None:
        note(save(options.output, text))
    if options.json:
        return _evals_json(measured, notes, routing), 0
    return text.rstrip(
        "\n"
    ) if options.output is None else f"{_evals_text(measured)}\n\nwrote {options.output}", 0


def _evals_json(measured: MeasuredLabels, notes: list[str], routing: Routing) -> str:
    from ..adapters.serialization import to_plain

    facts = {
        "scale": measured.scale,
        "labels": to_plain(measured.labels),
        "unmatched": measured.unmatched,
        "notes": notes,
        "routing": to_plain(routing),
    }
    return json.dumps(facts, indent=2, default=str)


def _evals_text(measured: MeasuredLabels) -> str:
    """A row for each label and model."""
    from ..adapters.report.text import clean, table
    from ..domain.formatting import count_text, points_text

    rows = [
        (
            clean(label),
            clean(key),
            points_text(each.quality),
            count_text(each.n),
            count_text(each.output_tokens),
            "-" if each.cost is None else f"{each.cost:g}",
            "-" if each.latency is None else f"{each.latency:g} s",
        )
        for label, figures in measured.labels.items()
        for key, each in figures.items()
    ]
    head = ("label", "model", "quality", "n", "output tokens", "USD/request", "latency")
    return table(head, rows, (2, 3, 4, 5, 6))


def _workload(options: argparse.Namespace, catalog: Catalog) -> tuple[Routing, str]:
    """The routing with the workload, and its text; the ready-made one where none is given."""
    from ..adapters.disk import read_text
    from ..adapters.routing_file import read_routing, ready_made

    if options.workload is None:
        return ready_made(catalog), read_text(READY_MADE)
    text = read_text(options.workload)
    return read_routing(text, str(options.workload)), text


def _without_ready_made_comments(text: str) -> str:
    """Without the comments of the ready-made routing, which speak of figures that are others now."""
    comments = {line for line in READY_MADE.read_text("utf-8").splitlines() if line.startswith("#")}
    return "".join(line for line in text.splitlines(keepends=True) if line.rstrip("\r\n") not in comments)


def _import_scores(options: argparse.Namespace) -> tuple[str, int]:
    """What was read; written to the overlay unless it is a dry run. Status 1 where nothing was usable."""
    from datetime import date

    from ..adapters.catalog.alerts import note
    from ..adapters.catalog.file import load_catalog
    from ..adapters.catalog.overlay import overlay_path, write_overlay
    from ..adapters.catalog.score_import import FORMATS, read_scores
    from ..adapters.disk import read_text
    from ..domain.errors import InputError

    if options.format is None:
        raise InputError(
            f"say what wrote the file: --format {'|'.join(SCORE_FORMATS)}", where="import scores"
        )
    text = read_text(Path(options.source))
    figures = FORMATS[options.format][1](text, str(options.source))
    for clause in _repeated(text, options.format):
        note(f"{options.source}: {clause}")
    catalog = load_catalog(options.catalog)
    imported = read_scores(
        catalog,
        figures,
        options.format,
        skill=options.skill,
        names=name_pairs(options.name),
        day=date.today(),
    )
    for line in _notes(imported):
        sys.stderr.write(f"modelpick: note: {line}\n")
    if options.dry_run or not imported.scores:
        return _scores_text(options, imported, "nothing written"), 0 if imported.scores else 1
    overlay = overlay_path(options.output, options.catalog, "import scores")
    note(write_overlay(overlay, options.catalog, imported.overrides))
    return _scores_text(options, imported, f"written to {overlay}"), 0


def _repeated(text: str, format: str) -> list[str]:
    """What to say of keys that stand twice."""
    from ..adapters.catalog.prices.quote import repeated as repeated_in_json
    from ..adapters.routers.text import duplicate_keys

    if format == "aider":
        return [f"{clause}; the last one counts" for clause in duplicate_keys(text, True)]
    return [clause] if text.lstrip().startswith(("{", "[")) and (clause := repeated_in_json(text)) else []


def name_pairs(pairs: list[str]) -> dict[str, str]:
    """Their name -> ours, of --name THEIRS=OURS. Raises InputError."""
    from ..domain.errors import InputError

    for pair in pairs:
        if not all(pair.partition("=")):
            raise InputError(f"should be THEIRS=OURS, not {pair!r}", where="--name")
    return {pair.rpartition("=")[0]: pair.rpartition("=")[2] for pair in pairs}


def _notes(imported: ScoreImport) -> list[str]:
    """What to say of names and tests that were left out."""
    from ..adapters.report.text import clean

    notes = []
    for name, proposals in imported.unmapped.items():
        models = " or ".join(f"{key} ({score:.2f})" for key, score in proposals)
        hint = f"; perhaps {models}: --name '{name}'={proposals[0][0]}" if proposals else ""
        notes.append(clean(f"{name} is no model of the catalogue{hint}"))
    if len(notes) > MAX_UNMAPPED:
        notes = [
            *notes[:MAX_UNMAPPED],
            f"and {len(notes) - MAX_UNMAPPED} more names are no models of the catalogue",
        ]
    return notes + [f"{clean(test)} is new: --skill says what it measures" for test in imported.unskilled]


def _scores_text(options: argparse.Namespace, imported: ScoreImport, verdict: str) -> str:
    from ..adapters.report.text import clean, table

    if options.json:
        facts = {"scores": imported.scores, "unmapped": imported.unmapped, "unskilled": imported.unskilled}
        return json.dumps({**facts, "verdict": verdict}, indent=2, default=str)
    rows = [
        (clean(model), clean(row["benchmark"]), f"{row['value']:g}", clean(row.get("variant", "")))
        for model, scores in imported.scores.items()
        for row in scores
    ]
    listed = table(("model", "benchmark", "score, 0-100", "variant"), rows, (2,)) if rows else ""
    return "\n\n".join(block for block in (listed, f"{len(rows)} scores, {verdict}") if block)
