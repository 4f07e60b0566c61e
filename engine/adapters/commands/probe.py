"""modelpick probe OFFER...: measure speeds with real requests and your own key."""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .figures import POSITIVE_SECONDS, figure, whole

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..probe.run import Ask, Probed
    from ..routers.wire import Wire

HELP = "measure an offer's speed with real requests, your key and a cap on spend"
_MOST = 1_000


def arguments(parser: argparse.ArgumentParser) -> None:
    """OFFER... and how much to ask."""
    parser.add_argument("offers", nargs="+", metavar="OFFER", help="an offer as provider/model")
    for name, default, most, help in (
        ("requests", 5, _MOST, "requests per offer"),
        ("input-tokens", 200, 100_000, "length of the prompt, about"),
        ("output-tokens", 200, 10_000, "longest answer"),
    ):
        count = whole(f"a whole number from 1 to {most:,}", 1, most)
        words = f"{help} (default {default})"
        parser.add_argument(f"--{name}", type=count, default=default, metavar="N", help=words)
    usd = figure("an amount of USD above 0, such as 0.50", 1e-9, 1e6)
    parser.add_argument(
        "--max-usd", type=usd, default=0.25, metavar="USD", help="cap on spend (default 0.25)"
    )
    parser.add_argument(
        "--timeout", type=POSITIVE_SECONDS, default=60.0, metavar="S", help="seconds a request may take"
    )
    parser.add_argument("--overlay", type=Path, metavar="F", help="write here, not to your own overlay")
    parser.add_argument(
        "--dry-run", action="store_true", help="send nothing: show requests, key and most cost"
    )


def run(given: argparse.Namespace) -> tuple[str, int]:
    """The figures measured, written to the overlay; status 1 where an offer gave none. Raises InputError."""
    from ...domain.errors import InputError, nearest
    from ..catalogs import load_catalog
    from ..overlay import overlay_file
    from ..probe.run import Ask
    from ..report.probe import plan_text, probe_json, probe_text
    from ..routers.wire import wire

    catalog = load_catalog(given.catalog)
    for key in given.offers:
        if key not in catalog.offers:
            raise InputError(f"unknown offer {key!r}{nearest(key, catalog.offers)}", where="probe")
    ask = Ask(given.requests, given.input_tokens, given.output_tokens, given.timeout)
    wires = [wire(catalog, key) for key in dict.fromkeys(given.offers)]
    overlay = overlay_file(given.overlay, given.catalog, "probe")
    if given.dry_run:
        return plan_text(wires, ask, given.max_usd, given.json), 0
    keys = [_key(one) for one in wires]
    found = _probed(wires, keys, ask, given.max_usd)
    if any(one.speed for one in found):
        _write(found, overlay, given.catalog)
    status = 0 if all(one.speed and not one.why for one in found) else 1
    if given.json:
        return json.dumps(probe_json(found, overlay), indent=2), status
    return probe_text(found, overlay), status


def _key(one: Wire) -> str:
    from ...domain.errors import InputError
    from ..network import in_clear
    from ..probe.protocols import APIS

    if one.api not in APIS:
        raise InputError(f"speaks {one.api}; probe speaks {' and '.join(APIS)}", where=one.offer)
    if not one.endpoint:
        what = f"no address is known: set providers.{one.provider}.base_url in your overlay"
        raise InputError(what, where=one.offer)
    if in_clear(one.endpoint):
        what = (
            f"{one.key} would go in clear over the network: providers.{one.provider}.base_url is no https://"
        )
        raise InputError(what, where=one.offer)
    key = os.environ.get(one.key, "").strip()
    if not key:
        raise InputError(f"no key: set {one.key} in the environment", where=one.offer)
    if not key.isascii() or not key.isprintable():
        raise InputError(f"{one.key} holds no key: it has signs that no header can carry", where=one.offer)
    return key


def _probed(wires: list[Wire], keys: list[str], ask: Ask, limit: float) -> list[Probed]:
    import asyncio

    return asyncio.run(_probed_in_turn(wires, keys, ask, limit))


async def _probed_in_turn(wires: list[Wire], keys: list[str], ask: Ask, limit: float) -> list[Probed]:
    from ..network import secret_client
    from ..probe.run import Budget, probe

    budget = Budget(limit)
    async with secret_client(ask.timeout) as client:
        return [
            await probe(client, one, key, ask, budget=budget, told=_progress(one.offer, ask.requests))
            for one, key in zip(wires, keys, strict=True)
        ]


def _progress(offer: str, requests: int) -> Callable[[int], None]:
    """A line on standard error: redrawn on a terminal, one per request elsewhere."""
    live = sys.stderr.isatty()
    width = 20

    def told(done: int) -> None:
        full = done * width // requests
        bar = f"{'#' * full}{'.' * (width - full)}"
        end = "\n" if not live or done == requests else ""
        sys.stderr.write(f"{chr(13) if live else ''}{offer} [{bar}] {done}/{requests}{end}")
        sys.stderr.flush()

    return told


def _write(found: list[Probed], overlay: Path, catalog: Path | None) -> None:
    from datetime import date

    from ..alerts import note
    from ..overlay import write

    offers: dict[str, dict[str, Any]] = {}
    for one in found:
        if one.speed is not None:
            told = {"ttft": one.speed.ttft, "tps": one.speed.tps, "spread": one.speed.spread}
            known = {name: value for name, value in told.items() if value is not None}
            origin = {"speed_source": "probe", "speed_as_of": date.today()}
            offers[one.offer] = {**known, **origin, "speed_samples": one.speed.samples}
    source = {"title": "Measured by modelpick probe", "licence": "your own", "as_of": date.today()}
    note(write(overlay, catalog, {"sources": {"probe": source}, "offers": offers}))
