"""Continue's config.yaml: models with the roles they play."""

from __future__ import annotations

from typing import Any

from .base import LIST, Found, Job, Reader, Target, Written, items, rows, table, texts
from .wire import Wire

_ROLES = {"default": ["chat", "edit", "apply"], "edit": ["edit", "apply"], "autocomplete": ["autocomplete"]}
TARGET = Target(
    title="Continue",
    reaches=lambda wire: bool(wire.base_url and wire.api in ("openai", "anthropic", "gemini")),
    labels=("default", "think", "edit", "autocomplete"),
    yaml=True,
    comment="#",
    shapes={"models": LIST},
)
_ALIASES = {"vertexai": "vertex", "xAI": "xai"}  # Continue's names of providers
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


def found(data: Any, reader: Reader) -> Found:
    """The models that modelpick wrote, by their labels; without any, the first of each role."""
    entries = rows(table(data).get("models"))
    ours = {str(e.get("name")).removeprefix(_PREFIX): e for e in entries if _is_ours(e)}
    places = ours or {
        label: entry
        for label, role in (("default", "chat"), ("edit", "edit"), ("autocomplete", "autocomplete"))
        if (entry := next((e for e in entries if role in _roles(e)), None)) is not None
    }
    for label, entry in places.items():
        name, provider = entry.get("model"), entry.get("provider")
        if isinstance(name, str) and name and isinstance(provider, str):
            address = str(entry.get("apiBase") or "")
            reader.label(label, [(_offer(reader, provider, name, address), 1.0, f"{provider}/{name}")], [])
        else:
            reader.note(f"{label}: its entry has no provider and model, left out")
    others = [
        str(e["name"]) for e in entries if e not in list(places.values()) and isinstance(e.get("name"), str)
    ]
    if others:
        reader.note(f"{', '.join(others)}: to choose from in Continue; no label, left out")
    return reader.found


def _offer(reader: Reader, provider: str, name: str, address: str) -> str | None:
    offer = reader.wires.named(_ALIASES.get(provider, provider), name, address)
    if offer is not None and reader.wires.elsewhere(offer, address):
        return reader.wires.by_provider("", name, address)
    return offer


def _is_ours(entry: dict[str, Any]) -> bool:
    return str(entry.get("name")).startswith(_PREFIX)


def _roles(entry: dict[str, Any]) -> list[str]:
    """The roles of a model; one that gives none chats, edits and applies."""
    return texts(entry.get("roles")) if "roles" in entry else _ROLES["default"]
