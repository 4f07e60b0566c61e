"""A router's file, whichever it is, as a routing with its current routes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import ModuleType
from typing import Any

from ...domain.catalog import Catalog
from ...domain.errors import InputError, nearest
from ...domain.routing import Label, Route, Routing
from ..stamp import tidy_shares
from . import ROUTERS, json5, router, yaml_text
from .base import Found, Reader, table
from .text import repeated
from .wire import Wires

READ = tuple(ROUTERS)
_MOST_NOTES = 8  # named in one error
Mixes = Mapping[str, Mapping[str, float]]
_AIDER = {"model", "weak-model", "editor-model", "weak_model", "editor_model", "auto-commits", "auto_commits"}


def read_config(text: str, where: str, name: str | None, catalog: Catalog) -> tuple[str, Found]:
    """The router a file is for (unless `name` says) and what it holds. Raises InputError."""
    text = text.removeprefix("\ufeff")
    looks_json = text.lstrip().startswith(("{", "//", "/*"))
    data = (json5.load if looks_json else yaml_text.load)(text, where)
    if name is None:
        name = _recognised(data)
        if name is None:
            raise InputError(
                f"no file of {', '.join(READ)} that modelpick recognises; say --router", where=where
            )
    if name not in READ:
        raise InputError(
            f"{name!r} is not read, only {', '.join(READ)}{nearest(name, READ)}", where="--router"
        )
    found = read_values(data, where, router(name), Wires(catalog))
    found.notes[:0] = [f"{clause}; the last one counts" for clause in repeated(text, not looks_json)]
    if not found.shares:
        told = "; ".join(found.notes[:_MOST_NOTES])
        more = f"; and {len(found.notes) - _MOST_NOTES} more" if len(found.notes) > _MOST_NOTES else ""
        raise InputError(
            f"no label with an offer of this catalogue{f' ({told}{more})' if told else ''}", where=where
        )
    return name, found


def read_values(data: Any, where: str, module: ModuleType, wires: Wires) -> Found:
    """What the file at path `where`, with these values, holds, files that it includes as well."""
    reader = Reader(wires)
    if hasattr(module, "whole") and table(data).get("include"):
        data, notes = module.whole(data, where)
        for note in notes:
            reader.note(note)
    found: Found = module.found(data, reader)
    return found


def _recognised(data: Any) -> str | None:
    keys = set(table(data))
    litellm = {"model_list", "litellm_settings", "router_settings", "general_settings", "include"}
    if keys & litellm and "Router" not in keys:
        return "litellm"
    if {"Router", "Providers"} <= keys:
        return "claude-code-router-3" if "rules" in table(table(data)["Router"]) else "claude-code-router"
    if keys & {"small_model", "agent", "provider"} or "opencode" in str(table(data).get("$schema")):
        return "opencode"
    return "aider" if keys & _AIDER else _recognised_by_shape(table(data))


def _recognised_by_shape(held: dict[str, Any]) -> str | None:
    """The router of a file that has no key of its own router alone."""
    if {"strategy", "targets"} <= set(held):
        return "portkey"
    if "models" in held and {"schema", "version"} & set(held):
        return "continue"
    variables = table(held.get("env"))
    if {"permissions", "apiKeyHelper", "hooks"} & set(held) or any(
        name.startswith(("ANTHROPIC_", "CLAUDE_")) for name in variables
    ):
        return "claude-code"
    bodies = [table(body) for body in held.values()]
    return "openrouter" if bodies and all({"model", "models"} & set(body) for body in bodies) else None


def routed(found: Found, workload: Routing) -> Routing:
    """`workload`'s labels with the routes found; a label it does not have has the workload of its first."""
    first = workload.labels.get("default") or next(iter(workload.labels.values()))
    labels = {}
    for name in [*(n for n in workload.labels if n in found.shares), *(n for n in found.shares)]:
        labels[name] = _label(workload.labels.get(name, first), found, name)
    return workload.model_copy(update={"labels": labels, "solution": None})


def assumed(labels: Iterable[str], workload: Routing) -> str:
    """What to say of `labels` that `workload` has not, and so have another's; '' where it has them all."""
    names = [name for name in labels if name not in workload.labels]
    if not names:
        return ""
    first = "default" if "default" in workload.labels else next(iter(workload.labels))
    label = workload.labels[first]
    more = f" and {len(names) - _MOST_NOTES} more" if len(names) > _MOST_NOTES else ""
    return (
        f"{', '.join(names[:_MOST_NOTES])}{more}: with the workload and rules of {first}"
        f" ({label.requests:,.0f} requests a month{' each' * (len(names) > 1)}, {label.input_tokens:,.0f}"
        f" tokens in, {label.output_tokens:,.0f} out), until you set their own"
    )


def spread(
    shares: Mixes, labels: Iterable[str], where: str, lost: Iterable[str] = ()
) -> tuple[dict[str, Mapping[str, float]], str]:
    """Label -> offer -> share for those of `labels` that a file has routes for; and what had to be filled in.

    A label that the file does not know goes where its `default` goes, as routers do; so does one of `lost`,
    of which no offer is known. Without a default both are left out. Raises InputError where nothing is left.
    """
    mixes, lent, gone, lacking = {}, [], set(lost), []
    for name in labels:
        mix = shares.get(name) or shares.get("default")
        if mix is None:
            lacking.append(name)
            continue
        mixes[name] = mix
        if name not in shares:
            lent.append(f"{name} (its own model is unknown)" if name in gone else name)
    if lacking and not mixes:
        known = ", ".join(shares)
        what = f"the file has no such label and no default{nearest(lacking[0], shares)}; it has {known}"
        raise InputError(what, key=f"labels.{lacking[0]}", where=where)
    return mixes, f"{', '.join(lent)} as its default" if lent else ""


def _label(label: Label, found: Found, name: str) -> Label:
    from ...domain.plan import PlannedRoute

    given = found.shares[name].items()
    shares = tidy_shares([PlannedRoute(offer=offer, share=share, cost=0.0) for offer, share in given])
    routes = tuple(Route(offer=offer, share=share) for offer, share in shares.items())
    return label.model_copy(update={"routes": routes, "fallbacks": found.fallbacks.get(name, ())})
