"""claude-code-router 2: config.json with a model per label, and router.js for what Router.* cannot say.

Today's Claude Code asks for thinking on every request, so by Router.* alone all of `default` would go to
`think`; router.js goes by the model family, and splits a mix by session.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from .base import CLASSIC, THRESHOLD, Found, Job, Reader, Target, Written, rows, shared, table, texts
from .wire import Wire

TARGET = Target(
    title="claude-code-router 2",
    reaches=lambda wire: bool(wire.endpoint),
    mixes=True,
    fallbacks=True,
    labels=CLASSIC,
    comment="//",
)
_OURS = "modelpick"
_SCRIPT = "router.js"
_TRANSFORMERS = {"anthropic": "Anthropic", "gemini": "gemini"}  # by protocol
_OF_PROVIDER = ("cerebras", "deepseek", "groq", "openrouter")  # transformers named after a provider


def merged(job: Job, old: Any) -> Written:
    """The whole file: `old` with our providers and labels put in."""
    data = table(old)
    mine = {name: _provider(name, wires) for name, wires in _by_provider(job).items()}
    kept = [entry for entry in rows(data.get("Providers")) if str(entry.get("name")) not in mine]
    before = texts(table(data.get(_OURS)).get("providers"))
    data["Providers"] = [*(entry for entry in kept if entry.get("name") not in before), *mine.values()]
    router = table(data.get("Router"))
    router = {key: value for key, value in router.items() if key not in CLASSIC}
    for name in job.mixes:
        router[name] = _selector(job.wire(job.mixes[name].main))
    router["longContextThreshold"] = job.threshold
    data["Router"] = router
    data["fallback"] = {
        **{key: value for key, value in table(data.get("fallback")).items() if key not in CLASSIC},
        **{
            name: [_selector(job.wire(o)) for o in mix.fallbacks]
            for name, mix in job.mixes.items()
            if mix.fallbacks
        },
    }
    data["CUSTOM_ROUTER_PATH"] = _script_path(job)
    routes = {
        name: [[_selector(job.wire(offer)), share] for offer, share in mix.shares.items()]
        for name, mix in job.mixes.items()
    }
    data[_OURS] = {"threshold": job.threshold, "providers": [*mine], "routes": routes}
    return Written(data, {_SCRIPT: Path(__file__).with_suffix(".js").read_text("utf-8")})


def _script_path(job: Job) -> str:
    # It must be absolute; claude-code-router puts environment variables in for $NAMES.
    folder = "$HOME/.claude-code-router" if job.out is None else str(job.out.absolute().parent)
    return f"{folder}/{_SCRIPT}"


def _by_provider(job: Job) -> dict[str, list[Wire]]:
    found: dict[str, list[Wire]] = {}
    for wire in job.wires:
        found.setdefault(wire.provider, []).append(wire)
    return found


def _provider(name: str, wires: list[Wire]) -> dict[str, Any]:
    first = wires[0]
    entry: dict[str, Any] = {
        "name": name,
        "api_base_url": first.endpoint,
        "api_key": f"${first.key}",
        "models": [wire.id for wire in wires],
    }
    use = _TRANSFORMERS.get(first.api) or (name if name in _OF_PROVIDER else None)
    return {**entry, "transformer": {"use": [use]}} if use else entry


def _selector(wire: Wire) -> str:
    return f"{wire.provider},{wire.id}"


def found(data: Any, reader: Reader) -> Found:
    """The labels of Router.*, with the shares that router.js reads where it is ours."""
    told = table(data)
    addresses = {
        str(entry.get("name")): str(entry.get("api_base_url")) for entry in rows(told.get("Providers"))
    }
    router, fallback = table(told.get("Router")), table(told.get("fallback"))
    fallback = {**table(router.get("fallback")), **fallback}
    routes = table(table(told.get(_OURS)).get("routes"))

    def offer(selector: str) -> str | None:
        provider, _, model = selector.partition(",")
        return reader.wires.by_provider(provider, model, addresses.get(provider, ""))

    for name in [label for label in router if label in CLASSIC]:
        main = str(router[name])
        mix = shared(routes.get(name))
        # The shares hold only while Router.* still names one of their models: else someone has changed it.
        mix = mix if main in [selector for selector, _ in mix] else [(main, 1.0)]
        then = [(offer(selector), selector) for selector in texts(fallback.get(name))]
        reader.label(name, [(offer(selector), share, selector) for selector, share in mix], then)
    if told.get("CUSTOM_ROUTER_PATH") and not routes:
        reader.found.notes.append("CUSTOM_ROUTER_PATH is a program of your own; what it decides was not read")
    threshold = router.get("longContextThreshold", THRESHOLD)
    if threshold != THRESHOLD:
        reader.found.notes.append(
            f"longContext takes over at {threshold} tokens; say so again on export: --threshold"
        )
    return reader.found
