"""A router's file, whichever it is, as a routing with its current routes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ...domain.catalog import Catalog
from ...domain.errors import InputError, nearest
from ...domain.routing import Label, Route, Routing
from ..stamp import tidy_shares
from . import json5, router, yaml_text
from .base import Found, Reader, table
from .wire import Wires

READ = ("litellm", "claude-code-router", "claude-code-router-3", "opencode", "aider")
Mixes = Mapping[str, Mapping[str, float]]
_AIDER = {"model", "weak-model", "editor-model", "weak_model", "editor_model", "auto-commits", "auto_commits"}


def read_config(text: str, where: str, name: str | None, catalog: Catalog) -> tuple[str, Found]:
    """The router a file is for (unless `name` says) and what it holds. Raises InputError."""
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
    found: Found = router(name).found(data, Reader(Wires(catalog)))
    if not found.shares:
        told = "; ".join(found.notes)
        raise InputError(
            f"no label with an offer of this catalogue{f' ({told})' if told else ''}", where=where
        )
    return name, found


def _recognised(data: Any) -> str | None:
    keys = set(table(data))
    if keys & {"model_list", "litellm_settings", "router_settings"}:
        return "litellm"
    if {"Router", "Providers"} <= keys:
        return "claude-code-router-3" if "rules" in table(table(data)["Router"]) else "claude-code-router"
    if keys & {"small_model", "agent", "provider"} or "opencode" in str(table(data).get("$schema")):
        return "opencode"
    return "aider" if keys & _AIDER else None


def routed(found: Found, workload: Routing) -> Routing:
    """`workload`'s labels with the routes found; a label it does not have has the workload of its first."""
    first = workload.labels.get("default") or next(iter(workload.labels.values()))
    labels = {}
    for name in [*(n for n in workload.labels if n in found.shares), *(n for n in found.shares)]:
        labels[name] = _label(workload.labels.get(name, first), found, name)
    return workload.model_copy(update={"labels": labels, "solution": None})


def spread(
    shares: Mixes, labels: Iterable[str], where: str, lost: Iterable[str] = ()
) -> tuple[dict[str, Mapping[str, float]], str]:
    """Label -> offer -> share for each of `labels`, from what a file has; and what had to be filled in.

    A label that the file does not know goes where its `default` goes, as routers do; so does one of `lost`,
    of which no offer is known. Raises InputError where there is no default.
    """
    mixes, lent, gone = {}, [], set(lost)
    for name in labels:
        mix = shares.get(name) or shares.get("default")
        if mix is None:
            known = ", ".join(shares)
            what = f"the file has no such label and no default{nearest(name, shares)}; it has {known}"
            raise InputError(what, key=f"labels.{name}", where=where)
        mixes[name] = mix
        if name not in shares:
            lent.append(f"{name} (its own model is unknown)" if name in gone else name)
    return mixes, f"{', '.join(lent)} as its default" if lent else ""


def _label(label: Label, found: Found, name: str) -> Label:
    from ...domain.plan import PlannedRoute

    given = found.shares[name].items()
    shares = tidy_shares([PlannedRoute(offer=offer, share=share, cost=0.0) for offer, share in given])
    routes = tuple(Route(offer=offer, share=share) for offer, share in shares.items())
    return label.model_copy(update={"routes": routes, "fallbacks": found.fallbacks.get(name, ())})
