"""Continue's config.yaml: models with the roles they play."""

from __future__ import annotations

from typing import Any

from .base import Job, Target, Written, items, table
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
    """The whole file: `old` with our models in the place of the earlier ones, with what was added to them."""
    data = {"name": "modelpick", "version": "1.0.0", "schema": "v1", **table(old)}
    mine = {_PREFIX + label: _entry(label, job.wire(mix.main), job) for label, mix in job.mixes.items()}
    models = []
    for entry in items(data.get("models")):
        name = str(table(entry).get("name"))
        if name in mine:
            models.append(_renewed(table(entry), mine.pop(name)))
        elif not name.startswith(_PREFIX):
            models.append(entry)
    return Written({**data, "models": [*models, *mine.values()]})


def _renewed(old: dict[str, Any], fresh: dict[str, Any]) -> dict[str, Any]:
    """A model of ours: what was added stays; its own key and address too, while the provider is the same."""
    address = fresh.get("apiBase")
    same = old.get("provider") == fresh["provider"] and (old.get("apiBase") == address or not address)
    drop = ("name", "provider", "model") if same else ("name", "provider", "model", "apiKey", "apiBase")
    kept = {key: setting for key, setting in old.items() if key not in drop}
    new = {**fresh, **kept}
    return {**{key: new[key] for key in old if key in new}, **new}


def _entry(label: str, wire: Wire, job: Job) -> dict[str, Any]:
    roles = ["chat"] if label == "default" and "edit" in job.mixes else _ROLES.get(label, ["chat"])
    entry: dict[str, Any] = {"name": _PREFIX + label, "provider": wire.api, "model": wire.id}
    if wire.api == "openai":
        entry["apiBase"] = wire.base_url
    return {**entry, "apiKey": f"${{{{ secrets.{wire.key} }}}}", "roles": roles}
