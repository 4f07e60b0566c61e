"""modelpick import scores FILE --format F: published or own evaluations into the user's overlay."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..adapters.catalog.score_import import Import

FORMATS = ("aider", "evalplus", "epoch", "bfcl", "lmarena", "livebench", "lm-eval", "promptfoo")


def arguments(parser: argparse.ArgumentParser) -> None:
    """--format, --skill, --name, --overlay and --dry-run."""
    group = parser.add_argument_group("scores")
    group.add_argument("--format", choices=FORMATS, help="what wrote the file")
    group.add_argument("--skill", metavar="S", help="the skill that tests new to the catalogue measure")
    group.add_argument(
        "--name", action="append", default=[], metavar="THEIRS=OURS", help="a model's name there, and its key"
    )
    group.add_argument("--dry-run", action="store_true", help="only show what would be written")


def run(given: argparse.Namespace) -> tuple[str, int]:
    """What was read; written to the overlay unless it is a dry run. Status 1 where nothing was usable."""
    from datetime import date

    from ..adapters.catalog.alerts import note
    from ..adapters.catalog.file import load_catalog
    from ..adapters.catalog.overlay import overlay_file, write
    from ..adapters.catalog.score_import import FORMATS as READERS
    from ..adapters.catalog.score_import import read_scores
    from ..adapters.disk import read_text
    from ..domain.errors import InputError

    if given.format is None:
        raise InputError(f"say what wrote the file: --format {'|'.join(FORMATS)}", where="import scores")
    text = read_text(Path(given.source))
    figures = READERS[given.format][1](text, str(given.source))
    for clause in _repeated(text, given.format):
        note(f"{given.source}: {clause}")
    catalog = load_catalog(given.catalog)
    found = read_scores(
        catalog, figures, given.format, skill=given.skill, names=_names(given.name), day=date.today()
    )
    for line in _notes(found):
        sys.stderr.write(f"modelpick: note: {line}\n")
    if given.dry_run or not found.scores:
        return _said(given, found, "nothing written"), 0 if found.scores else 1
    overlay = overlay_file(given.output, given.catalog, "import scores")
    note(write(overlay, given.catalog, found.facts))
    return _said(given, found, f"written to {overlay}"), 0


def _repeated(text: str, format: str) -> list[str]:
    """What to say of keys that stand twice."""
    from ..adapters.catalog.prices.quote import repeated as repeated_in_json
    from ..adapters.routers.text import repeated as repeated_in_yaml

    if format == "aider":
        return [f"{clause}; the last one counts" for clause in repeated_in_yaml(text, True)]
    return [clause] if text.lstrip().startswith(("{", "[")) and (clause := repeated_in_json(text)) else []


def _names(pairs: list[str]) -> dict[str, str]:
    from ..domain.errors import InputError

    for pair in pairs:
        if not all(pair.partition("=")):
            raise InputError(f"should be THEIRS=OURS, not {pair!r}", where="--name")
    return {pair.rpartition("=")[0]: pair.rpartition("=")[2] for pair in pairs}


def _notes(found: Import) -> list[str]:
    from ..adapters.report.text import clean

    notes = []
    for name, likely in found.unmapped.items():
        about = " or ".join(f"{key} ({score:.2f})" for key, score in likely)
        hint = f"; perhaps {about}: --name '{name}'={likely[0][0]}" if likely else ""
        notes.append(clean(f"{name} is no model of the catalogue{hint}"))
    if len(notes) > 12:
        notes = [*notes[:12], f"and {len(notes) - 12} more names are no models of the catalogue"]
    return notes + [f"{clean(test)} is new: --skill says what it measures" for test in found.unskilled]


def _said(given: argparse.Namespace, found: Import, verdict: str) -> str:
    from ..adapters.report.text import clean, table

    if given.json:
        told = {"scores": found.scores, "unmapped": found.unmapped, "unskilled": found.unskilled}
        return json.dumps({**told, "verdict": verdict}, indent=2, default=str)
    rows = [
        (clean(model), clean(row["benchmark"]), f"{row['value']:g}", clean(row.get("variant", "")))
        for model, scores in found.scores.items()
        for row in scores
    ]
    head = table(("model", "benchmark", "score, 0-100", "variant"), rows, (2,)) if rows else ""
    return "\n\n".join(part for part in (head, f"{len(rows)} scores, {verdict}") if part)
