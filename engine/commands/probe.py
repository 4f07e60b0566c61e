"""modelpick probe OFFER...: measure speeds with real requests and your own key."""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .options import POSITIVE_SECONDS, figure, whole

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..adapters.probe import ProbeResult, ProbeSettings
    from ..adapters.routers.endpoints import Endpoint

HELP = "measure an offer's speed: real requests, your key, a cap on spend"
MAX_REQUESTS = 1_000


def arguments(parser: argparse.ArgumentParser) -> None:
    """OFFER... and how much to ask."""
    parser.add_argument("offers", nargs="+", metavar="OFFER", help="an offer as provider/model")
    for name, default, maximum, meaning in (
        ("requests", 5, MAX_REQUESTS, "requests per offer"),
        ("input-tokens", 200, 100_000, "length of the prompt, about"),
        ("output-tokens", 200, 10_000, "longest answer"),
    ):
        count = whole(f"a whole number from 1 to {maximum:,}", 1, maximum)
        help_text = f"{meaning} (default {default})"
        parser.add_argument(f"--{name}", type=count, default=default, metavar="N", help=help_text)
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


def run(options: argparse.Namespace) -> tuple[str, int]:
    """The figures measured, written to the overlay; status 1 where an offer gave none. Raises InputError."""
    import asyncio

    from ..adapters.catalog.file import load_spelled_out
    from ..adapters.catalog.overlay import overlay_path
    from ..adapters.probe import ProbeSettings
    from ..adapters.report.probe import plan_text, probe_json, probe_text
    from ..adapters.routers.endpoints import endpoint_of
    from ..domain.errors import InputError
    from ..domain.levels import canonical, unknown_name

    catalog = load_spelled_out(options.catalog)
    offers = [canonical(key, catalog.models) for key in options.offers]
    for key in offers:
        if key not in catalog.offers:
            raise InputError(unknown_name("offer", key, catalog.offers, catalog.models), where="probe")
    settings = ProbeSettings(options.requests, options.input_tokens, options.output_tokens, options.timeout)
    endpoints = [endpoint_of(catalog, key) for key in dict.fromkeys(offers)]
    overlay = overlay_path(options.overlay, options.catalog, "probe")
    if options.dry_run:
        return plan_text(endpoints, settings, options.max_usd, options.json), 0
    keys = [key_of(endpoint) for endpoint in endpoints]
    probes = asyncio.run(_probe_in_turn(endpoints, keys, settings, options.max_usd))
    if any(probe.speed for probe in probes):
        _write(probes, overlay, options.catalog)
    status = 0 if all(probe.speed and not probe.stop_reason for probe in probes) else 1
    if options.json:
        return json.dumps(probe_json(probes, overlay), indent=2), status
    return probe_text(probes, overlay), status


def key_of(endpoint: Endpoint) -> str:
    """The user's key, out of the environment. Raises InputError without one that may be sent there."""
    from ..adapters.network import in_clear
    from ..adapters.probe import APIS
    from ..domain.errors import InputError

    if endpoint.api not in APIS:
        raise InputError(f"speaks {endpoint.api}; probe speaks {' and '.join(APIS)}", where=endpoint.offer)
    if not endpoint.url:
        reason = f"no address is known: set providers.{endpoint.provider}.base_url in your overlay"
        raise InputError(reason, where=endpoint.offer)
    if in_clear(endpoint.url):
        address = f"providers.{endpoint.provider}.base_url"
        reason = f"{endpoint.key} would go in clear over the network: {address} is no https://"
        raise InputError(reason, where=endpoint.offer)
    key = os.environ.get(endpoint.key, "").strip()
    if not key:
        raise InputError(f"no key: set {endpoint.key} in the environment", where=endpoint.offer)
    if not key.isascii() or not key.isprintable():
        raise InputError(
            f"{endpoint.key} holds no key: it has signs that no header can carry", where=endpoint.offer
        )
    return key


async def _probe_in_turn(
    endpoints: list[Endpoint], keys: list[str], settings: ProbeSettings, limit: float
) -> list[ProbeResult]:
    from ..adapters.network import secret_client
    from ..adapters.probe import Budget, probe

    budget = Budget(limit)
    async with secret_client(settings.timeout) as client:
        return [
            await probe(
                client,
                endpoint,
                key,
                settings,
                budget=budget,
                on_progress=_progress(endpoint.offer, settings.requests),
            )
            for endpoint, key in zip(endpoints, keys, strict=True)
        ]


def _progress(offer: str, requests: int) -> Callable[[int], None]:
    """A line on standard error: redrawn on a terminal, one per request elsewhere."""
    live = sys.stderr.isatty()
    width = 20

    def draw(done: int) -> None:
        full = done * width // requests
        bar = f"{'#' * full}{'.' * (width - full)}"
        end = "\n" if not live or done == requests else ""
        sys.stderr.write(f"{chr(13) if live else ''}{offer} [{bar}] {done}/{requests}{end}")
        sys.stderr.flush()

    return draw


def _write(probes: list[ProbeResult], overlay: Path, catalog: Path | None) -> None:
    from datetime import date

    from ..adapters.catalog.alerts import note
    from ..adapters.catalog.overlay import write_overlay

    offers: dict[str, dict[str, Any]] = {}
    for probe in probes:
        if probe.speed is not None:
            figures = {"ttft": probe.speed.ttft, "tps": probe.speed.tps, "spread": probe.speed.spread}
            known = {name: figure for name, figure in figures.items() if figure is not None}
            origin = {"speed_source": "probe", "speed_as_of": date.today()}
            offers[probe.offer] = {**known, **origin, "speed_samples": probe.speed.samples}
    source = {"title": "Measured by modelpick probe", "licence": "your own", "as_of": date.today()}
    note(write_overlay(overlay, catalog, {"sources": {"probe": source}, "offers": offers}))
