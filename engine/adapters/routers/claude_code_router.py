"""claude-code-router 2: config.json with a model per label, and router.js for what Router.* cannot say.

Today's Claude Code asks for thinking on every request, so by Router.* alone all of `default` would go to
`think`; router.js goes by the model family, and splits a mix by session.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ...domain.catalog import Catalog
from ...domain.errors import shortened
from .base import (
    CLASSIC,
    TABLE,
    TABLES,
    THRESHOLD,
    Found,
    Job,
    Reader,
    Target,
    Written,
    items,
    rows,
    shared,
    table,
    texts,
    whole_number,
)
from .wire import Wire, Wires, wire

TARGET = Target(
    title="claude-code-router 2",
    reaches=lambda wire: bool(wire.endpoint),
    mixes=True,
    fallbacks=True,
    labels=CLASSIC,
    comment="//",
    shapes={"Providers": TABLES, "Router": TABLE, "Router.fallback": TABLE, "fallback": TABLE},
)
_OURS = "modelpick"
Selectors = dict[tuple[str, str], str]
"""(label, offer) -> "provider,model"."""
_SCRIPT = "router.js"
_TRANSFORMERS = {"anthropic": "Anthropic", "gemini": "gemini"}  # by protocol
_OF_PROVIDER = ("cerebras", "deepseek", "groq", "openrouter")  # transformers named after a provider


def merged(job: Job, old: Any) -> Written:
    """The whole file: `old` with our providers and labels put in; the very same where every label stands."""
    data = table(old)
    mine = table(data.get(_OURS))
    same_threshold = job.threshold == (threshold(old) or THRESHOLD)
    if old is not None and not mine and same_threshold and all(map(job.stands, job.mixes)):
        return Written(data, notes=_of_untouched(data, job))
    warnings = [*_replaced_router(data, job), *_replaced_labels(data, job)]
    names = Providers(job.catalog, rows(data.get("Providers")), warnings)
    selectors = _selectors(job, data, names)
    ours = _labels(job, selectors, table(data.get("Router")), table(mine.get("routes")))
    used = _used(ours) | {selector.partition(",")[0] for selector in selectors.values()}
    data["Providers"], made = names.written(texts(mine.get("providers")), used=used, ours=_provider)
    data["Router"] = {**ours, "longContextThreshold": job.threshold}
    warnings += _put_fallbacks(data, job, selectors, table(mine.get("routes")))
    data["CUSTOM_ROUTER_PATH"] = _script_path(job)
    routes = {
        name: [[selectors[name, offer], share] for offer, share in mix.shares.items()]
        for name, mix in job.mixes.items()
    }
    data[_OURS] = {"threshold": job.threshold, "providers": made, "routes": routes}
    script = Path(__file__).with_suffix(".js").read_text("utf-8")
    return Written(data, {_SCRIPT: script}, warnings=tuple(warnings))


def _selectors(job: Job, data: dict[str, Any], names: Providers) -> Selectors:
    """How each label names its offers: as the label does already (with a date, a variant), else afresh."""
    offer_of = _offers(data, Reader(Wires(job.catalog)))
    router, routes = table(data.get("Router")), table(table(data.get(_OURS)).get("routes"))
    behind = {**table(router.get("fallback")), **table(data.get("fallback"))}
    selectors: Selectors = {}
    for name, mix in job.mixes.items():
        mixed = [selector for selector, _ in shared(routes.get(name))]
        listed = [*texts(behind.get(name)), *mixed, *texts([router.get(name)])]
        own = {offer: selector for selector in listed if (offer := offer_of(selector)) is not None}
        for offer in (*mix.shares, *mix.fallbacks):
            selectors[name, offer] = own.get(offer) or names.selector(job.wire(offer), ",", _provider)
    return selectors


def threshold(old: Any) -> int | None:
    """The tokens of prompt from which longContext takes over in a file."""
    return whole_number(table(table(old).get("Router")).get("longContextThreshold"))


def _of_untouched(data: dict[str, Any], job: Job) -> tuple[str, ...]:
    """What to say of a file that is left as it is."""
    path = data.get("CUSTOM_ROUTER_PATH")
    if path:
        return (f"CUSTOM_ROUTER_PATH stays {path}; it decides before the labels do",)
    if "think" not in job.mixes:
        return ()
    return (
        "every label is as wanted, so the file stays as it is, without modelpick's router.js: requests that"
        " ask for thinking, as today's Claude Code always does, go to think",
    )


def _replaced_router(data: dict[str, Any], job: Job) -> list[str]:
    """What to say where router.js takes the place of someone's own custom router."""
    path = data.get("CUSTOM_ROUTER_PATH")
    if not path or (_OURS in data and str(path).replace("\\", "/").endswith(f"/{_SCRIPT}")):
        return []
    return [f"CUSTOM_ROUTER_PATH was {path}: {_script_path(job)} takes its place, and it decides no more"]


def _replaced_labels(data: dict[str, Any], job: Job) -> list[str]:
    router = table(data.get("Router"))
    unknown = [name for name in job.mixes if name in job.before.lost]
    return [
        f"{name}: takes the place of {router.get(name)}, which modelpick does not know" for name in unknown
    ]


def _labels(job: Job, selectors: Selectors, router: dict[str, Any], before: dict[str, Any]) -> dict[str, Any]:
    """Router.* with our labels, without those that only an earlier export had; all else stays."""
    gone = {name for name in before if name not in job.mixes and name in job.before.shares}
    kept = {name: selector for name, selector in router.items() if name not in gone}
    return {**kept, **{name: selectors[name, mix.main] for name, mix in job.mixes.items()}}


def _used(router: dict[str, Any]) -> set[str]:
    """The providers that Router.* names."""
    return {str(selector).partition(",")[0] for selector in router.values() if isinstance(selector, str)}


def _put_fallbacks(data: dict[str, Any], job: Job, selectors: Selectors, before: dict[str, Any]) -> list[str]:
    """Each label's fallbacks: as they are where they are the same; else ours, then what is not understood,
    of which the sentences returned speak where it is no text."""
    warnings = []
    reader = Reader(Wires(job.catalog))
    offer = _offers(data, reader)
    router = data["Router"]
    inside = table(router.get("fallback"))
    outside = table(data.get("fallback"))
    for name, mix in job.mixes.items():
        place = inside if name in inside and name not in outside else outside
        listed = texts(place.get(name))
        if tuple(job.before.fallbacks.get(name, ())) == tuple(mix.fallbacks) and listed:
            continue
        unknown = [selector for selector in listed if offer(selector) is None]
        strange = [entry for entry in items(place.get(name)) if not isinstance(entry, str)]
        if strange:
            entries = shortened(json.dumps(strange, default=str), 60)
            warnings.append(
                f"fallback.{name} has {entries}, which name no model; they stay, behind the others"
            )
        place[name] = [*(selectors[name, each] for each in mix.fallbacks), *unknown, *strange]
        if not place[name]:
            del place[name]
    for name in before:
        if name not in router:
            outside.pop(name, None)
    if inside:
        router["fallback"] = inside
    if outside or "fallback" in data:
        data["fallback"] = outside
    return warnings


def _script_path(job: Job) -> str:
    # It must be absolute; claude-code-router puts environment variables in for $NAMES.
    folder = "$HOME/.claude-code-router" if job.out is None else str(job.out.absolute().parent)
    return f"{folder}/{_SCRIPT}"


class Providers:
    """The providers of a file: one is used as it stands, with its key, its options and all of its models."""

    def __init__(self, catalog: Catalog, entries: list[dict[str, Any]], warnings: list[str]) -> None:
        self.catalog, self.entries, self.warnings = catalog, entries, warnings
        self.made: dict[str, list[Wire]] = {}  # providers that the file lacks

    def selector(self, wire: Wire, sign: str, fresh: Callable[[str, list[Wire]], dict[str, Any]]) -> str:
        """How a label names an offer: the file's own name for its provider, then the model."""
        entry = self._entry(wire)
        if entry is None:
            wires = self.made.setdefault(wire.provider, [])
            if wire not in wires:
                wires.append(wire)
            return f"{wire.provider}{sign}{wire.id}"
        models = items(entry.get("models"))
        entry["models"] = models if wire.id in models else [*models, wire.id]
        address = str(entry.get("api_base_url") or "")
        if not address:
            self._say(f"{entry['name']}: has no api_base_url in this file, which is left so")
        elif _host(address) != _host(wire.base_url):
            self._say(f"{entry['name']}: keeps its own address {address}")
        for key, setting in fresh(wire.provider, [wire]).items():
            if key != "transformer":  # an entry without one has none on purpose
                entry.setdefault(key, setting)
        return f"{entry['name']}{sign}{wire.id}"

    def _say(self, text: str) -> None:
        if text not in self.warnings:
            self.warnings.append(text)

    def _entry(self, wire: Wire) -> dict[str, Any] | None:
        """The file's entry for an offer's provider: by its name, else by its address (and models)."""
        named = [entry for entry in self.entries if entry.get("name") == wire.provider]
        host, others = _host(wire.base_url), [e for e in self.entries if isinstance(e.get("name"), str)]
        others = [entry for entry in others if entry["name"] not in self.catalog.providers]
        there = [entry for entry in others if host and _host(str(entry.get("api_base_url") or "")) == host]
        with_model = [entry for entry in there if wire.id in items(entry.get("models"))]
        base = _base(wire.base_url)
        same_base = [entry for entry in there if _base(str(entry.get("api_base_url") or "")) == base]
        return next(iter([*named, *with_model, *same_base]), None)

    def written(
        self, before: list[str], used: set[str], ours: Callable[[str, list[Wire]], dict[str, Any]]
    ) -> tuple[list[dict[str, Any]], list[str]]:
        """All entries, and the names of those that modelpick made; one it made that nothing uses goes.

        before: the names that an earlier export noted as its own. An entry that someone has changed since is
        theirs, and stays.
        """
        kept = [e for e in self.entries if str(e.get("name")) not in before or self._stays(e, used, ours)]
        fresh = [ours(name, wires) for name, wires in self.made.items()]
        made = [name for name in before if name in {str(e.get("name")) for e in kept}]
        return [*kept, *fresh], [*made, *self.made]

    def _stays(
        self, entry: dict[str, Any], used: set[str], ours: Callable[[str, list[Wire]], dict[str, Any]]
    ) -> bool:
        """Whether something uses an entry, or it says what modelpick would not."""
        name = str(entry.get("name"))
        wires = [wire(self.catalog, offer) for offer in self.catalog.offers if offer.startswith(f"{name}/")]
        known = {each.id for each in wires}
        if name in used or not wires or any(model not in known for model in items(entry.get("models"))):
            return True
        return {**entry, "models": []} != {**ours(name, wires[:1]), "models": []}


def _host(address: str) -> str:
    return address.partition("://")[2].partition("/")[0].casefold()


def _base(address: str) -> str:
    """An address without its scheme and what stands for the protocol."""
    path = address.partition("://")[2].casefold().rstrip("/")
    return re.sub(r"(/v1(beta)?)?(/chat/completions|/messages|/models)?$", "", path)


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


def _offers(data: dict[str, Any], reader: Reader) -> Callable[[str], str | None]:
    """Takes a "provider,model" of a file to its offer; None where the catalogue has none."""
    addresses = {
        str(entry.get("name")): str(entry.get("api_base_url")) for entry in rows(data.get("Providers"))
    }

    def offer(selector: str) -> str | None:
        provider, _, model = selector.partition(",")
        return reader.wires.named(provider, model, addresses.get(provider, ""))

    return offer


def found(data: Any, reader: Reader) -> Found:
    """The labels of Router.*, with the shares that router.js reads where it is ours."""
    told = table(data)
    router, fallback = table(told.get("Router")), table(told.get("fallback"))
    fallback = {**table(router.get("fallback")), **fallback}
    routes = table(table(told.get(_OURS)).get("routes"))
    offer = _offers(told, reader)

    for name in [label for label in router if label in CLASSIC and router[label] != ""]:
        main = router[name]
        if not isinstance(main, str):
            reader.note(f"{name}: Router.{name} is no text such as 'provider,model', left out")
            continue
        mix = shared(routes.get(name))
        # The shares hold only while Router.* still names one of their models: else someone has changed it.
        mix = mix if main in [selector for selector, _ in mix] else [(main, 1.0)]
        then = [(offer(selector), selector) for selector in texts(fallback.get(name))]
        reader.label(name, [(offer(selector), share, selector) for selector, share in mix], then)
    if told.get("CUSTOM_ROUTER_PATH") and not routes:
        reader.note("CUSTOM_ROUTER_PATH is a program of your own; what it decides was not read")
    tokens = whole_number(router.get("longContextThreshold"))
    if tokens is not None and tokens != THRESHOLD:
        reader.note(f"longContext takes over at {tokens} tokens; say so again on export: --threshold")
    elif tokens is None and router.get("longContextThreshold") is not None:
        reader.note("Router.longContextThreshold is no number of tokens, left out")
    return reader.found
