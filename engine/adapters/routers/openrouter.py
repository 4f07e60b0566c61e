"""OpenRouter: a request body per label; the caller picks the one it wants."""

from __future__ import annotations

from typing import Any

from .base import Job, Target, Written, table

TARGET = Target(
    title="OpenRouter",
    reaches=lambda wire: wire.provider == "openrouter",
    fallbacks=True,
    missing="a threshold: the caller picks the label",
)


def merged(job: Job, old: Any) -> Written:
    """`old` with a body for each label: its model, then its fallbacks in order."""
    data = table(old)
    for name, mix in job.mixes.items():
        models = [job.wire(offer).id for offer in (mix.main, *mix.fallbacks)]
        wire = job.wire(mix.main)
        # A provider behind OpenRouter that asks for more than the catalogue says is not taken.
        price = {"prompt": wire.facts.input, "completion": wire.facts.output}
        provider = (
            {"allow_fallbacks": True, "max_price": price} if len(models) == 1 else {"allow_fallbacks": True}
        )
        body = table(data.get(name))
        told = {"model": models[0], "models": models, "provider": {**table(body.get("provider")), **provider}}
        data[name] = {**body, **told}
    return Written(data, notes=("send the label's body with Authorization: Bearer $OPENROUTER_API_KEY",))
