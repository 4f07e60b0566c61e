"""Portkey's gateway config: by metadata.label to a mix, with its fallbacks behind it."""

from __future__ import annotations

from typing import Any

from .base import Job, Mix, Target, Written, table
from .wire import parts

_PROVIDERS = {"openai": "openai", "anthropic": "anthropic", "gemini": "google"}
_VERSIONS = {"anthropic": "/v1", "gemini": "/v1beta"}  # the address must end where the paths differ
TARGET = Target(
    title="Portkey",
    reaches=lambda wire: bool(wire.base_url and wire.api in _PROVIDERS),
    mixes=True,
    fallbacks=True,
    missing="a threshold: requests go by their metadata.label alone",
)


def merged(job: Job, old: Any) -> Written:
    """The whole config: `old` with our strategy and targets."""
    conditions = [{"query": {"metadata.label": {"$eq": name}}, "then": name} for name in job.mixes]
    strategy = {"mode": "conditional", "conditions": conditions, "default": job.base}
    targets = [_label(job, name, mix) for name, mix in job.mixes.items()]
    note = "Portkey puts no variables in: send the config with each ${NAME} replaced, as envsubst does"
    return Written({**table(old), "strategy": strategy, "targets": targets}, notes=(note,))


def _label(job: Job, name: str, mix: Mix) -> dict[str, Any]:
    weights = parts(mix.shares)
    split = [_target(job, offer) | {"weight": weights[offer]} for offer in mix.shares]
    first = (
        {"strategy": {"mode": "loadbalance"}, "targets": split} if len(split) > 1 else _target(job, mix.main)
    )
    targets = [first, *(_target(job, offer) for offer in mix.fallbacks)]
    return {"name": name, "strategy": {"mode": "fallback"}, "targets": targets}


def _target(job: Job, offer: str) -> dict[str, Any]:
    wire = job.wire(offer)
    return {
        "provider": _PROVIDERS[wire.api],
        "custom_host": wire.base_url.rstrip("/") + _VERSIONS.get(wire.api, ""),
        "api_key": f"${{{wire.key}}}",
        "override_params": {"model": wire.id},
    }
