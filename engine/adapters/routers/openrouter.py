"""OpenRouter: a request body per label; the caller picks the one it wants."""

from __future__ import annotations

from typing import Any

from .base import Found, Job, Reader, Target, Written, table, texts

TARGET = Target(
    title="OpenRouter",
    reaches=lambda wire: wire.provider == "openrouter",
    fallbacks=True,
    missing="a threshold: the caller picks the label",
)


def merged(job: Job, old: Any) -> Written:
    """`old` with a body for each label: its model, its fallbacks in order, then those that are not known."""
    data = table(old)
    known = {job.wire(offer).id for offer in job.catalog.offers if offer.startswith("openrouter/")}
    for name, mix in job.mixes.items():
        body = table(data.get(name))
        models = [job.wire(offer).id for offer in (mix.main, *mix.fallbacks)]
        unknown = [model for model in texts(body.get("models")) if model not in known]
        wire = job.wire(mix.main)
        provider = {"allow_fallbacks": True, **table(body.get("provider"))}
        if body.get("model") != models[0]:
            provider.pop("max_price", None)  # of another model
        if len(models) == 1 and body.get("model") != models[0]:
            # A provider behind OpenRouter that asks for more than the catalogue says is not taken.
            provider["max_price"] = {"prompt": wire.facts.input, "completion": wire.facts.output}
        data[name] = {**body, "model": models[0], "models": [*models, *unknown], "provider": provider}
    return Written(data, notes=("send the label's body with Authorization: Bearer $OPENROUTER_API_KEY",))


def found(data: Any, reader: Reader) -> Found:
    """A label for each body: its model, then those that are asked where it fails."""
    for label, told in table(data).items():
        body = table(told)
        listed = texts(body.get("models"))
        main = body.get("model") or next(iter(listed), None)
        if not isinstance(main, str):
            reader.note(f"{label}: its body has no model, left out")
            continue
        offers = {name: reader.wires.named("openrouter", name) for name in (main, *listed)}
        then = [(offers[name], name) for name in listed if name != main]
        reader.label(label, [(offers[main], 1.0, main)], then)
    return reader.found
