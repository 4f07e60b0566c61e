"""What a probe would do, and what it found."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..probe import ProbeResult, ProbeSettings, max_request_cost, probe_prompt
from ..routers.endpoints import Endpoint
from .text import clean, table


def plan_text(endpoints: Sequence[Endpoint], settings: ProbeSettings, limit: float, as_json: bool) -> str:
    """Addresses, names of keys and the most that it may cost; nothing is sent."""
    rows = []
    for endpoint in endpoints:
        max_usd = settings.requests * max_request_cost(
            endpoint, probe_prompt(settings, settings.requests), settings.output_tokens
        )
        rows.append((endpoint.offer, endpoint.url or "unknown", endpoint.key, max_usd))
    if as_json:
        names = ("offer", "endpoint", "key", "max_usd")
        asked = [dict(zip(names, row, strict=True)) for row in rows]
        return json.dumps({"requests": settings.requests, "cap_usd": limit, "offers": asked}, indent=2)
    cells = [(clean(offer), clean(url), name, f"{max_usd:.4f}") for offer, url, name, max_usd in rows]
    body = table(("offer", "address", "key from", "USD at most"), cells, right=(3,))
    return f"{body}\n\n{settings.requests} requests each, {limit:g} USD at most in all; nothing is sent"


def probe_text(probes: Sequence[ProbeResult], overlay: Path) -> str:
    """A line per offer, what stopped one, and where it is written."""
    rows = []
    for probe in probes:
        speed = probe.speed
        facts = (
            ("-", "-", "-", "0")
            if speed is None
            else (f"{speed.ttft:g}", _or(speed.tps), _or(speed.spread), str(speed.samples))
        )
        rows.append((clean(probe.offer), *facts, f"{probe.spent:.4f}"))
    head = ("offer", "ttft s", "tok/s", "p95/median", "requests", "USD spent")
    blocks = [table(head, rows, right=(1, 2, 3, 4, 5))]
    blocks += [f"{clean(probe.offer)}: {clean(probe.stop_reason)}" for probe in probes if probe.stop_reason]
    blocks.append(f"written to {overlay}" if any(probe.speed for probe in probes) else "nothing written")
    return "\n\n".join(blocks)


def _or(number: float | None) -> str:
    return "-" if number is None else f"{number:g}"


def probe_json(probes: Sequence[ProbeResult], overlay: Path) -> dict[str, Any]:
    """The same as data; seconds, tokens a second, USD."""
    offers = {}
    for probe in probes:
        speed = probe.speed
        facts = (
            None
            if speed is None
            else {"ttft": speed.ttft, "tps": speed.tps, "spread": speed.spread, "requests": speed.samples}
        )
        offers[probe.offer] = {"speed": facts, "spent": probe.spent, "stopped": probe.stop_reason or None}
    written = str(overlay) if any(probe.speed for probe in probes) else None
    return {"offers": offers, "overlay": written}
