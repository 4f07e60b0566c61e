"""Claude Code's own settings.json: a model per family in `env`, all at one Anthropic-speaking address."""

from __future__ import annotations

from typing import Any

from .base import FAMILIES, Job, Target, Written, table

_NAMES = {label: f"ANTHROPIC_DEFAULT_{family.upper()}_MODEL" for family, label in FAMILIES.items()}
_PLACES = {**_NAMES, "subagent": "CLAUDE_CODE_SUBAGENT_MODEL"}
_HOME = "https://api.anthropic.com"
TARGET = Target(
    title="Claude Code",
    reaches=lambda wire: bool(wire.api == "anthropic" and wire.base_url),
    labels=tuple(_PLACES),
)


def merged(job: Job, old: Any) -> Written:
    """The whole file: `old` with our variables in `env`; the key comes out of the environment."""
    data = table(old)
    env = {key: value for key, value in table(data.get("env")).items() if key not in _PLACES.values()}
    chosen = {variable: job.main(label) for label, variable in _PLACES.items()}
    wires = [wire for wire in chosen.values() if wire is not None]
    address = wires[0].base_url.rstrip("/")
    notes = [
        f"{wire.offer}: at another address than {wires[0].provider}, which Claude Code cannot have at once"
        for wire in wires
        if wire.base_url.rstrip("/") != address
    ]
    env |= {variable: wire.id for variable, wire in chosen.items() if wire is not None}
    if address != _HOME:
        env["ANTHROPIC_BASE_URL"] = address
        data["apiKeyHelper"] = f"printenv {wires[0].key}"
    elif env.get("ANTHROPIC_BASE_URL"):
        del env["ANTHROPIC_BASE_URL"]
    data["env"] = env
    return Written(data, notes=tuple(notes))
