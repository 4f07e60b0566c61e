"""Continue's config.yaml: models with the roles they play."""

from __future__ import annotations

from typing import Any

from .base import Job, Target, Written, rows, table
from .wire import Wire

_ROLES = {"default": ["chat", "edit", "apply"], "edit": ["edit", "apply"], "autocomplete": ["autocomplete"]}
TARGET = Target(
    title="Continue",
    reaches=lambda wire: bool(wire.base_url and wire.api in ("openai", "anthropic", "gemini")),
    labels=("default", "think", "edit", "autocomplete"),
    yaml=True,
    comment="#",
)
_PREFIX = "modelpick "


def merged(job: Job, old: Any) -> Written:
    """The whole file: `old` with our models in the place of the earlier ones."""
    data = {"name": "modelpick", "version": "1.0.0", "schema": "v1", **table(old)}
    kept = [entry for entry in rows(data.get("models")) if not str(entry.get("name")).startswith(_PREFIX)]
    mine = [_entry(label, job.wire(mix.main), job) for label, mix in job.mixes.items()]
    return Written({**data, "models": [*kept, *mine]})


def _entry(label: str, wire: Wire, job: Job) -> dict[str, Any]:
    roles = ["chat"] if label == "default" and "edit" in job.mixes else _ROLES.get(label, ["chat"])
    entry: dict[str, Any] = {"name": _PREFIX + label, "provider": wire.api, "model": wire.id}
    if wire.api == "openai":
        entry["apiBase"] = wire.base_url
    return {**entry, "apiKey": f"${{{{ secrets.{wire.key} }}}}", "roles": roles}
