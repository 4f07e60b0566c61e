"""Continue's config.yaml: models with the roles they play."""

from __future__ import annotations

from typing import Any

from .base import ConfigReader, ExportedConfig, ExportJob, ImportedConfig, Target
from .endpoints import Endpoint, level_in, request_fields, without_level
from .values import LIST, as_list, as_table, as_tables, as_texts, in_order_of

_ROLES = {"default": ["chat", "edit", "apply"], "edit": ["edit", "apply"], "autocomplete": ["autocomplete"]}
TARGET = Target(
    title="Continue",
    supports=lambda endpoint: bool(endpoint.base_url and endpoint.api in ("openai", "anthropic", "gemini")),
    labels=("default", "think", "edit", "autocomplete"),
    sends_level=lambda label, endpoint: endpoint.api in ("openai", "anthropic"),  # noqa: ARG005
    yaml=True,
    comment="#",
    shapes={"models": LIST},
)
_ALIASES = {"vertexai": "vertex", "xAI": "xai"}  # Continue's names of providers
_PREFIX = "modelpick "
_BODY = "extraBodyProperties"


def export_config(job: ExportJob, old: Any) -> ExportedConfig:
    """The whole file: `old` with our models in the place of the earlier ones, with what was added to them."""
    settings = {"name": "modelpick", "version": "1.0.0", "schema": "v1", **as_table(old)}
    mine = {_PREFIX + label: _entry(label, job.endpoint(mix.main), job) for label, mix in job.mixes.items()}
    models = []
    for entry in as_list(settings.get("models")):
        name = str(as_table(entry).get("name"))
        if name in mine:
            models.append(_renewed(as_table(entry), mine.pop(name)))
        elif not name.startswith(_PREFIX):
            models.append(entry)
    return ExportedConfig({**settings, "models": [*models, *mine.values()]})


def _renewed(old: dict[str, Any], fresh: dict[str, Any]) -> dict[str, Any]:
    """A model of ours: what was added stays; its own key and address too, while the provider is the same."""
    address = fresh.get("apiBase")
    same = old.get("provider") == fresh["provider"] and (old.get("apiBase") == address or not address)
    drop = ("name", "provider", "model") if same else ("name", "provider", "model", "apiKey", "apiBase")
    kept = {key: setting for key, setting in old.items() if key not in drop}
    fields = as_table(fresh, "requestOptions", _BODY)
    if fields or level_in(as_table(old, "requestOptions", _BODY)):  # what was added to the request stays
        options = as_table(old, "requestOptions")
        body = without_level(as_table(options, _BODY), fields)
        kept["requestOptions"] = {**options, _BODY: body}
    return in_order_of(old, {**fresh, **kept})


def _entry(label: str, endpoint: Endpoint, job: ExportJob) -> dict[str, Any]:
    roles = ["chat"] if label == "default" and "edit" in job.mixes else _ROLES.get(label, ["chat"])
    entry: dict[str, Any] = {"name": _PREFIX + label, "provider": endpoint.api, "model": endpoint.id}
    if endpoint.api == "openai":
        entry["apiBase"] = endpoint.base_url
    level = {"requestOptions": {_BODY: request_fields(endpoint)}} if endpoint.level else {}
    return {**entry, "apiKey": f"${{{{ secrets.{endpoint.key} }}}}", "roles": roles, **level}


def import_config(settings: Any, reader: ConfigReader) -> ImportedConfig:
    """The models that modelpick wrote, by their labels; without any, the first of each role."""
    settings = as_table(settings)
    entries = [_named(entry) for entry in as_tables(settings.get("models"))]
    if completing := as_table(settings, "tabAutocompleteModel"):  # as config.json has it
        entries.append({**_named(completing), "roles": ["autocomplete"]})
    ours = {str(e.get("name")).removeprefix(_PREFIX): e for e in entries if _is_ours(e)}
    places = ours or {
        label: entry
        for label, role in (("default", "chat"), ("edit", "edit"), ("autocomplete", "autocomplete"))
        if (entry := next((e for e in entries if role in _roles(e)), None)) is not None
    }
    for label, entry in places.items():
        name, provider = entry.get("model"), entry.get("provider")
        if isinstance(name, str) and name and isinstance(provider, str):
            address, known_as = str(entry.get("apiBase") or ""), _ALIASES.get(provider, provider)
            offer = reader.endpoints.find_at(known_as, name, address)
            offer = reader.at_level(offer, level_in(as_table(entry, "requestOptions", _BODY)))
            reader.add_label(label, [(offer, 1.0, f"{provider}/{name}")], [])
        else:
            reader.note(f"{label}: its entry has no provider and model, left out")
    others = [
        str(e["name"]) for e in entries if e not in list(places.values()) and isinstance(e.get("name"), str)
    ]
    if others:
        reader.note(f"{', '.join(others)}: to choose from in Continue; no label, left out")
    return reader.config


def _named(entry: dict[str, Any]) -> dict[str, Any]:
    """An entry with its provider and model, which one that uses a published block has in one name."""
    block = entry.get("uses")
    if isinstance(block, str) and "/" in block and "model" not in entry:
        provider, _, model = block.partition("/")
        return {"name": block, **entry, "provider": provider, "model": model}
    return {"name": entry.get("title"), **entry} if "name" not in entry else entry


def _is_ours(entry: dict[str, Any]) -> bool:
    return str(entry.get("name")).startswith(_PREFIX)


def _roles(entry: dict[str, Any]) -> list[str]:
    """The roles of a model; one that gives none chats, edits and applies."""
    return as_texts(entry.get("roles")) if "roles" in entry else _ROLES["default"]
