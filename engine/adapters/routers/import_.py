"""A router's file, whichever it is, as a routing with its current routes.

It does not say the requests a month of its labels: they are split as a workload is, or given.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any

from ...domain.catalog import Catalog
from ...domain.errors import InputError, nearest
from ...domain.routing import Label, Route, Routing
from ..solution_stamp import rounded_shares
from ..validation import parse_toml
from . import ROUTERS, json5, router_module, yaml_text
from .base import ConfigReader, ImportedConfig, Router
from .endpoints import EndpointIndex
from .openrouter import PREFERENCES
from .own_names import FILE, load_own_names
from .text import duplicate_keys
from .values import as_list, as_table, as_texts, escaped

_MAX_NOTES = 8  # named in one error
Mixes = Mapping[str, Mapping[str, float]]
_LITELLM_KEYS = {"model_list", "litellm_settings", "router_settings", "general_settings", "include"}
_CLAUDE_CODE_KEYS = {"permissions", "apiKeyHelper", "hooks", "statusLine", "enabledPlugins", "outputStyle"}
_MAX_NAMES = 8  # of labels in one sentence


_CLAUDE_CODE_KEYS |= {
    "includeCoAuthoredBy",
    "cleanupPeriodDays",
    "alwaysThinkingEnabled",
    "enabledMcpjsonServers",
}
_AIDER_KEYS = {
    "model",
    "weak-model",
    "editor-model",
    "weak_model",
    "editor_model",
    "auto-commits",
    "auto_commits",
}


def read_config(
    text: str,
    where: str,
    name: str | None,
    catalog: Catalog,
    *,
    own_names: Mapping[str, str] | None = None,
    substitute: str | None = None,
) -> tuple[str, ImportedConfig]:
    """The router a file is for (unless `name` says) and what it holds. Raises InputError.

    own_names: what names of models mean, beside those in the user's kept file; substitute: the offer that
    every unknown model is counted as.
    """
    text = text.removeprefix("\ufeff")
    looks_json = text.lstrip().startswith(("{", "//", "/*"))
    settings = (json5.load if looks_json else yaml_text.load)(text, where)
    name = _recognise(settings, looks_json) if name is None else name
    if name is None:
        what = f"no file of {', '.join(ROUTERS)} that modelpick recognises; say --router"
        raise InputError(what, where=where)
    if name not in ROUTERS:
        what = f"{name!r} is not read, only {', '.join(ROUTERS)}{nearest(name, ROUTERS)}"
        raise InputError(what, where="--router")
    endpoints = EndpointIndex(catalog, {**load_own_names(), **(own_names or {})})
    config = read_settings(settings, where, router_module(name), endpoints, substitute)
    config.notes[:0] = [f"{clause}; the last one counts" for clause in duplicate_keys(text, not looks_json)]
    config.notes.extend(
        f"{FILE}: {theirs!r} is {ours!r} there, which the catalogue has not"
        for theirs, ours in endpoints.void_names.items()
    )
    unasked = endpoints.unasked_names(own_names or ())
    config.notes.extend(f"{theirs}: no model of the file has this name" for theirs in unasked)
    if not config.labels:
        listed = "; ".join(config.notes[:_MAX_NOTES])
        more = f"; and {len(config.notes) - _MAX_NOTES} more" if len(config.notes) > _MAX_NOTES else ""
        notes = f" ({listed}{more})" if listed else ""
        raise InputError(f"names no model, so there is no label to take from it{notes}", where=where)
    return name, config


def read_settings(
    settings: Any, where: str, router: Router, endpoints: EndpointIndex, substitute: str | None = None
) -> ImportedConfig:
    """What the file at path `where`, with these values, holds, files that it includes as well."""
    reader = ConfigReader(endpoints, substitute)
    with_includes = getattr(router, "with_includes", None)
    if with_includes is not None and as_table(settings).get("include"):
        settings, notes = with_includes(settings, where)
        for note in notes:
            reader.note(note)
    config = router.import_config(settings, reader)
    return replace(config, threshold=getattr(router, "long_context_threshold", lambda _: None)(settings))


def _recognise(settings: Any, looks_json: bool) -> str | None:
    """The router of a file with these values, by its keys; None for none that is known."""
    table = as_table(settings)
    keys = set(table)
    if keys & _LITELLM_KEYS and "Router" not in keys:
        return "litellm"
    if "Router" in keys and keys & {"Providers", "providers", "OPENAI_MODEL"}:
        return "claude-code-router-3" if "rules" in as_table(table["Router"]) else "claude-code-router"
    schema, model = str(table.get("$schema")), table.get("model")
    claude_variables = any(name.startswith(("ANTHROPIC_", "CLAUDE_")) for name in as_table(table, "env"))
    if "claude-code" in schema or claude_variables or keys & _CLAUDE_CODE_KEYS:
        return "claude-code"
    if {"strategy", "targets"} <= keys or keys & {"override_params", "virtual_key"}:
        return "portkey"
    if _is_body(table):
        return "openrouter"
    if "opencode" in schema or keys & {"small_model", "agent", "provider"}:
        return "opencode"
    if keys & _AIDER_KEYS and not looks_json:
        return "aider"
    if "models" in keys and keys & {"schema", "version", "tabAutocompleteModel", "embeddingsProvider"}:
        return "continue"
    if isinstance(model, str):
        return "opencode" if "/" in model else "claude-code"
    bodies = [as_table(body) for body in table.values()]
    return "openrouter" if bodies and all({"model", "models"} & set(body) for body in bodies) else None


def _is_body(table: dict[str, Any]) -> bool:
    """Whether a table is the body of one request to OpenRouter."""
    named = "model" in table or as_list(table.get("models"))
    preferences = set(as_table(table, "provider")) & PREFERENCES
    texts = len(as_texts(table.get("models"))) > 0
    return bool(named and (preferences or texts or "messages" in table))


def with_routes(config: ImportedConfig, workload: Routing, volumes: Volumes | None = None) -> Routing:
    """The labels and routes of `config`; one that `workload` lacks has the rules of its default and a part of
    its requests. Raises InputError for volumes of labels that are not there."""
    names = [*(name for name in workload.labels if name in config.labels), *config.labels]
    default = default_label(workload)
    requests = split_requests(config.labels, workload, volumes)
    labels = {}
    for name in dict.fromkeys(names):
        label = workload.labels.get(name, workload.labels[default])
        labels[name] = _label(label, config, name).model_copy(update={"requests": requests[name]})
    return workload.model_copy(update={"labels": labels, "solution": None})


def _label(label: Label, config: ImportedConfig, name: str) -> Label:
    from ...domain.plan import PlannedRoute

    mix = config.shares.get(name, {})
    routes = [PlannedRoute(offer=offer, share=share, cost=0.0) for offer, share in mix.items()]
    shares = rounded_shares(routes)
    return label.model_copy(
        update={
            "routes": tuple(Route(offer=offer, share=share) for offer, share in shares.items()),
            "fallbacks": config.fallbacks.get(name, ()),
        }
    )


def unknown_models_note(config: ImportedConfig) -> str:
    """What to say of labels that have no routes, as none of their models is known; '' where all have some."""
    names = config.unknown_labels
    if not names:
        return ""
    more = f" and {len(names) - _MAX_NOTES} more" if len(names) > _MAX_NOTES else ""
    labels = f"{', '.join(names[:_MAX_NOTES])}{more}"
    return (
        f"{labels}: without routes until it is said what {'its model is' if len(names) == 1 else 'they are'}"
    )


def with_model_comments(text: str, models: Mapping[str, Iterable[str]]) -> str:
    """A routing's TOML with the names of models, by label, as a comment behind the label's header."""
    lines = text.splitlines(keepends=True)
    for number, line in enumerate(lines):
        header = line.rstrip()
        if not re.fullmatch(r"\[labels\..+\]", header):
            continue
        with suppress(InputError):
            (label, _), *_ = parse_toml(header, "")["labels"].items()
            if label in models:
                names = ", ".join(escaped(name) for name in models[label])
                lines[number] = f"{header}  # not in the catalogue: {names}{line[len(header) :]}"
    return "".join(lines)


def mixes_for_labels(
    shares: Mixes, labels: Iterable[str], where: str, unknown_labels: Collection[str] = ()
) -> tuple[dict[str, Mapping[str, float]], str]:
    """Label -> offer -> share for those of `labels` that a file has routes for; and what had to be filled in.

    A label that the file does not know goes where its `default` goes, as routers do; without a default it is
    left out. So is one of `unknown_labels`, whose models are not known: it costs what nobody knows, not what
    default costs. Raises InputError where nothing is left.
    """
    mixes, as_default, missing = {}, [], []
    for name in labels:
        mix = shares.get(name) or (None if name in unknown_labels else shares.get("default"))
        if mix is None:
            missing.append(name)
            continue
        mixes[name] = mix
        if name not in shares:
            as_default.append(name)
    if missing and not mixes:
        has = f"it has {', '.join(shares)}" if shares else "none of its models is in the catalogue"
        what = f"the file has no such label and no default{nearest(missing[0], shares)}; {has}"
        raise InputError(what, key=f"labels.{missing[0]}", where=where)
    return mixes, f"{', '.join(as_default)} as its default" if as_default else ""


@dataclass(frozen=True)
class Volumes:
    """Requests a month: of all labels together (None: as the workload has them), and of some by name."""

    total: float | None = None
    by_label: Mapping[str, float] = field(default_factory=dict)


def split_requests(labels: Sequence[str], workload: Routing, volumes: Volumes | None) -> dict[str, float]:
    """Requests a month by label: those that `workload` lacks share its default's, so that none count twice.

    A total is split as the workload is, over the labels that `volumes` does not name. Raises InputError.
    """
    volumes = volumes or Volumes()
    for name in volumes.by_label:
        if name not in labels:
            what = f"the file has no label {name!r}{nearest(name, labels)}"
            raise InputError(what, where="--requests")
    default = default_label(workload)
    new_labels = [n for n in labels if n not in workload.labels and n not in volumes.by_label]
    requests = {name: workload.labels[name].requests for name in labels if name in workload.labels}
    if new_labels:
        sharing = [n for n in labels if n in new_labels or (n == default and n not in volumes.by_label)]
        shared = workload.labels[default].requests
        even = dict.fromkeys(sharing, shared / len(sharing))
        requests |= even if volumes.total is not None else _in_parts(shared, even)
    requests |= volumes.by_label
    if volumes.total is not None:
        rest = volumes.total - sum(volumes.by_label.values())
        if rest < 0:
            what = f"{volumes.total:,.0f} in all are fewer than those of the labels named"
            raise InputError(what, where="--requests")
        open_labels = {name: requests[name] for name in labels if name not in volumes.by_label}
        requests |= _in_parts(rest, open_labels)
    return requests


def _in_parts(total: float, weights: Mapping[str, float]) -> dict[str, float]:
    """A total in the proportion of weights (evenly where all are 0), in whole numbers if it is one."""
    if not any(weights.values()):
        weights = dict.fromkeys(weights, 1.0)
    whole = sum(weights.values())
    parts = {name: total * weight / whole for name, weight in weights.items()}
    if total != int(total) or total < len(parts):
        return parts
    floors = {name: float(int(part)) for name, part in parts.items()}
    left = round(total - sum(floors.values()))
    for name in sorted(parts, key=lambda name: floors[name] - parts[name])[:left]:
        floors[name] += 1.0
    return floors


def default_label(workload: Routing) -> str:
    """The label whose rules one has that the workload lacks."""
    return "default" if "default" in workload.labels else next(iter(workload.labels))


def assumed_workload_note(labels: Sequence[str], workload: Routing, volumes: Volumes | None = None) -> str:
    """What to say of those of `labels` that neither `workload` nor `volumes` has; '' without any."""
    given = (volumes or Volumes()).by_label
    names = [name for name in labels if name not in workload.labels and name not in given]
    if not names:
        return ""
    default = default_label(workload)
    label = workload.labels[default]
    more = f" and {len(names) - _MAX_NAMES} more" if len(names) > _MAX_NAMES else ""
    each = min(split_requests(labels, workload, Volumes(by_label=given))[name] for name in names)
    other = [default] if default in labels and default not in given else []
    alone = not other and len(names) == 1
    sharing = " and ".join([*other, "it" if len(names) == 1 else "these"])
    share = (
        f"it has its {label.requests:,.0f} requests a month ("
        if alone
        else (f"{sharing} share its {label.requests:,.0f} requests a month ({each:,.0f} each, ")
    )
    their = "its" if len(names) == 1 else "their"
    return (
        f"{', '.join(names[:_MAX_NAMES])}{more}: with the rules of {default}; {their} volume is not known, so"
        f" {share}{label.input_tokens:,.0f} tokens in, {label.output_tokens:,.0f} out)"
    )
