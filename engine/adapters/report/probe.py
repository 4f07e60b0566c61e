"""What a probe would do, and what it found."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..probe.probe import ProbeResult, ProbeSettings, max_request_cost, probe_prompt
from ..routers.endpoints import Wire
from .text import clean, table


def plan_text(wires: Sequence[Wire], settings: ProbeSettings, limit: float, as_json: bool) -> str:
    """Addresses, names of keys and the most that it may cost; nothing is sent."""
    rows = []
    for one in wires:
        most = settings.requests * max_request_cost(
            one, probe_prompt(settings, settings.requests), settings.output_tokens
        )
        rows.append((one.offer, one.endpoint or "unknown", one.key, most))
    if as_json:
        names = ("offer", "endpoint", "key", "max_usd")
        asked = [dict(zip(names, row, strict=True)) for row in rows]
        return json.dumps({"requests": settings.requests, "cap_usd": limit, "offers": asked}, indent=2)
    shown = [(clean(offer), clean(url), name, f"{most:.4f}") for offer, url, name, most in rows]
    body = table(("offer", "address", "key from", "USD at most"), shown, right=(3,))
    return f"{body}\n\n{settings.requests} requests each, {limit:g} USD at most in all; nothing is sent"


def probe_text(found: Sequence[ProbeResult], overlay: Path) -> str:
    """A line per offer, what stopped one, and where it is written."""
    rows = []
    for one in found:
        s = one.speed
        facts = (
            ("-", "-", "-", "0") if s is None else (f"{s.ttft:g}", _or(s.tps), _or(s.spread), str(s.samples))
        )
        rows.append((clean(one.offer), *facts, f"{one.spent:.4f}"))
    head = ("offer", "ttft s", "tok/s", "p95/median", "requests", "USD spent")
    blocks = [table(head, rows, right=(1, 2, 3, 4, 5))]
    blocks += [f"{clean(one.offer)}: {clean(one.stop_reason)}" for one in found if one.stop_reason]
    blocks.append(f"written to {overlay}" if any(one.speed for one in found) else "nothing written")
    return "\n\n".join(blocks)


def _or(number: float | None) -> str:
    return "-" if number is None else f"{number:g}"


def probe_json(found: Sequence[ProbeResult], overlay: Path) -> dict[str, Any]:
    """The same as data; seconds, tokens a second, USD."""
    offers = {}
    for one in found:
        s = one.speed
        facts = (
            None if s is None else {"ttft": s.ttft, "tps": s.tps, "spread": s.spread, "requests": s.samples}
        )
        offers[one.offer] = {"speed": facts, "spent": one.spent, "stopped": one.stop_reason or None}
    written = str(overlay) if any(one.speed for one in found) else None
    return {"offers": offers, "overlay": written}
