"""modelpick catalog refresh: newer prices from a source into the user's overlay."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..prices.quote import Quote
    from ..refresh import Changes

SOURCES = ("litellm", "openrouter", "models.dev", "genai-prices")


def run(given: argparse.Namespace) -> tuple[str, int]:
    """What changes; written unless it is a dry run. Status 1 where the source is not to be believed."""
    from datetime import date

    from ...domain.errors import InputError
    from ..catalogs import load_catalog, user_overlay
    from ..refresh import changes, doubt

    source, today = given.source, date.today()
    catalog = load_catalog(given.catalog)
    found = changes(catalog, _quotes(source, given.file, today), source)
    if reason := doubt(found):
        return _said(given, found, f"refused: {reason}; nothing has changed"), 1
    overlay = given.overlay or user_overlay()
    if overlay is None:
        raise InputError("there is no home folder; name a file with --overlay", where="catalog refresh")
    if given.dry_run or not (found.moves or found.retires):
        return _said(given, found, "nothing written" if given.dry_run else "nothing to change"), 0
    if not (given.yes or _agreed(_said(given, found, ""), overlay)):
        return _said(given, found, "nothing written; --yes writes without asking"), 0
    _write(overlay, found, source, today)
    return _said(given, found, f"written to {overlay}"), 0


def _write(overlay: Path, found: Changes, source: str, today: Any) -> None:
    from ..disk import read_text, save
    from ..refresh import overlaid

    old = read_text(overlay) if overlay.exists() else ""
    overlay.parent.mkdir(parents=True, exist_ok=True)
    save(overlay, overlaid(old, found, source, today))


def _quotes(source: str, file: Path | None, today: Any) -> list[Quote]:
    from ..disk import read_text
    from ..network import fetch_text
    from ..prices import genai, litellm, models_dev, openrouter

    if source == "genai-prices":
        return genai.quotes(today)
    readers = {
        "litellm": (litellm.URL, litellm.quotes),
        "openrouter": (openrouter.URL, openrouter.quotes),
        "models.dev": (models_dev.URL, models_dev.quotes),
    }
    url, read = readers[source]
    return read(fetch_text(url), url) if file is None else read(read_text(file), str(file))


def _agreed(text: str, overlay: Path) -> bool:
    """Ask, where there is somebody to ask."""
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        return False
    sys.stderr.write(f"{text}\nWrite this to {overlay}? [y/N] ")
    sys.stderr.flush()
    return sys.stdin.readline().strip().casefold() in {"y", "yes"}


def _said(given: argparse.Namespace, found: Changes, verdict: str) -> str:
    from ..report.refresh import refresh_json, refresh_text

    if given.json:
        return json.dumps({**refresh_json(found), "verdict": verdict}, indent=2)
    return refresh_text(found, given.source, verdict)
