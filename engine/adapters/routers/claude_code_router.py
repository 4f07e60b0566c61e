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
    CLASSIC_LABELS,
    DEFAULT_THRESHOLD,
    ConfigReader,
    ExportedConfig,
    ExportJob,
    ImportedConfig,
    Target,
)
from .endpoints import Endpoint, EndpointIndex, endpoint_of, host_of, level_in, request_fields
from .values import TABLE, TABLES, as_list, as_shares, as_table, as_tables, as_texts, whole_number

TARGET = Target(
    title="claude-code-router 2",
    supports=lambda endpoint: bool(endpoint.url),
    mixes=True,
    fallbacks=True,
    # What speaks Anthropic's protocol gets Claude Code's own request, with the effort that is set there.
    sends_level=lambda label, endpoint: endpoint.api in ("openai", "gemini"),  # noqa: ARG005
    keeps_sessions="keeps a session at one model of the mix, by router.js",
    labels=CLASSIC_LABELS,
    comment="//",
    shapes={"Providers": TABLES, "Router": TABLE, "Router.fallback": TABLE, "fallback": TABLE},
)
_OURS = "modelpick"
Selectors = dict[tuple[str, str], str]
"""(label, offer) -> "provider,model"."""
NewEntry = Callable[[str, list[Endpoint]], dict[str, Any]]
"""Makes the entry of a provider that a file lacks, from its name and the endpoints in use."""
_SCRIPT = "router.js"
_FIELDS = "customparams"  # the transformer that puts fields into a request
_TRANSFORMERS = {"anthropic": "Anthropic", "gemini": "gemini"}  # by protocol
_OF_PROVIDER = ("cerebras", "deepseek", "groq", "openrouter")  # transformers named after a provider


def export_config(job: ExportJob, old: Any) -> ExportedConfig:
    """The whole file: `old` with our providers and labels put in; the very same where every label stands."""
    settings = as_table(old)
    earlier = as_table(settings, _OURS)  # what an earlier export noted as its own
    same_threshold = job.threshold == (long_context_threshold(old) or DEFAULT_THRESHOLD)
    if old is not None and not earlier and same_threshold and all(map(job.is_unchanged, job.mixes)):
        return ExportedConfig(settings, notes=_notes_on_unchanged(settings, job))
    warnings = [*_replaced_router_warnings(settings, job), *_replaced_label_warnings(settings, job)]
    providers = Providers(job.catalog, as_tables(settings.get("Providers")), warnings, level_entries=True)
    selectors = _selectors(job, settings, providers)
    router = _router(job, selectors, as_table(settings, "Router"), as_table(earlier, "routes"))
    used = _used_providers(router) | {selector.partition(",")[0] for selector in selectors.values()}
    settings["Providers"], made = providers.merged(
        as_texts(earlier.get("providers")), used=used, new_entry=_provider
    )
    settings["Router"] = {**router, "longContextThreshold": job.threshold}
    warnings += _put_fallbacks(settings, job, selectors, as_table(earlier, "routes"))
    settings["CUSTOM_ROUTER_PATH"] = _script_path(job)
    routes = {
        name: [[selectors[name, offer], share] for offer, share in mix.shares.items()]
        for name, mix in job.mixes.items()
    }
    settings[_OURS] = {"threshold": job.threshold, "providers": made, "routes": routes}
    script = Path(__file__).with_suffix(".js").read_text("utf-8")
    return ExportedConfig(settings, {_SCRIPT: script}, warnings=tuple(warnings))


def _selectors(job: ExportJob, settings: dict[str, Any], providers: Providers) -> Selectors:
    """How each label names its offers: as the label does already (with a date, a variant), else afresh."""
    offer_of = offer_finder(settings, job.index, ",")
    router, routes = as_table(settings, "Router"), as_table(settings, _OURS, "routes")
    fallbacks = {**as_table(router, "fallback"), **as_table(settings, "fallback")}
    selectors: Selectors = {}
    for name, mix in job.mixes.items():
        mixed = [selector for selector, _ in as_shares(routes.get(name))]
        listed = [*as_texts(fallbacks.get(name)), *mixed, *as_texts([router.get(name)])]
        in_file = {offer: selector for selector in listed if (offer := offer_of(selector)) is not None}
        for offer in (*mix.shares, *mix.fallbacks):
            selectors[name, offer] = in_file.get(offer) or providers.selector(
                job.endpoint(offer), ",", _provider
            )
    return selectors


def long_context_threshold(old: Any) -> int | None:
    """The tokens of prompt from which longContext takes over in a file."""
    return whole_number(as_table(old, "Router").get("longContextThreshold"))


def _notes_on_unchanged(settings: dict[str, Any], job: ExportJob) -> tuple[str, ...]:
    """What to say of a file that is left as it is."""
    path = settings.get("CUSTOM_ROUTER_PATH")
    if path:
        return (f"CUSTOM_ROUTER_PATH stays {path}; it decides before the labels do",)
    if "think" not in job.mixes:
        return ()
    return (
        "every label is as wanted, so the file stays as it is, without modelpick's router.js: requests that"
        " ask for thinking, as today's Claude Code always does, go to think",
    )


def _replaced_router_warnings(settings: dict[str, Any], job: ExportJob) -> list[str]:
    """What to say where router.js takes the place of someone's own custom router."""
    path = settings.get("CUSTOM_ROUTER_PATH")
    if not path or (_OURS in settings and str(path).replace("\\", "/").endswith(f"/{_SCRIPT}")):
        return []
    return [f"CUSTOM_ROUTER_PATH was {path}: {_script_path(job)} takes its place, and it decides no more"]


def _replaced_label_warnings(settings: dict[str, Any], job: ExportJob) -> list[str]:
    router = as_table(settings, "Router")
    unknown = [name for name in job.mixes if name in job.existing.unknown_labels]
    return [
        f"{name}: takes the place of {router.get(name)}, which modelpick does not know" for name in unknown
    ]


def _router(
    job: ExportJob, selectors: Selectors, router: dict[str, Any], before: dict[str, Any]
) -> dict[str, Any]:
    """Router.* with our labels, without those that only an earlier export had; all else stays."""
    dropped = {name for name in before if name not in job.mixes and name in job.existing.shares}
    kept = {name: selector for name, selector in router.items() if name not in dropped}
    return {**kept, **{name: selectors[name, mix.main] for name, mix in job.mixes.items()}}


def _used_providers(router: dict[str, Any]) -> set[str]:
    """The providers that Router.* names."""
    return {str(selector).partition(",")[0] for selector in router.values() if isinstance(selector, str)}


def _put_fallbacks(
    settings: dict[str, Any], job: ExportJob, selectors: Selectors, before: dict[str, Any]
) -> list[str]:
    """Each label's fallbacks: as they are where they are the same; else ours, then what is not understood.

    Returns a sentence for each label with entries that are no text.
    """
    warnings = []
    offer_of = offer_finder(settings, job.index, ",")
    router = settings["Router"]
    inside = as_table(router, "fallback")
    outside = as_table(settings, "fallback")
    for name, mix in job.mixes.items():
        place = inside if name in inside and name not in outside else outside
        listed = as_texts(place.get(name))
        if tuple(job.existing.fallbacks.get(name, ())) == tuple(mix.fallbacks) and listed:
            continue
        unknown = [selector for selector in listed if offer_of(selector) is None]
        strange = [entry for entry in as_list(place.get(name)) if not isinstance(entry, str)]
        if strange:
            entries = shortened(json.dumps(strange, default=str), 60)
            warnings.append(
                f"fallback.{name} has {entries}, which name no model; they stay, behind the others"
            )
        place[name] = [*(selectors[name, offer] for offer in mix.fallbacks), *unknown, *strange]
        if not place[name]:
            del place[name]
    for name in before:
        if name not in router:
            outside.pop(name, None)
    if inside:
        router["fallback"] = inside
    if outside or "fallback" in settings:
        settings["fallback"] = outside
    return warnings


def _script_path(job: ExportJob) -> str:
    # It must be absolute; claude-code-router puts environment variables in for $NAMES.
    folder = "$HOME/.claude-code-router" if job.out is None else str(job.out.absolute().parent)
    return f"{folder}/{_SCRIPT}"


class Providers:
    """The providers of a file: one is used as it stands, with its key, its options and all of its models."""

    def __init__(
        self,
        catalog: Catalog,
        entries: list[dict[str, Any]],
        warnings: list[str],
        *,
        level_entries: bool = False,
    ) -> None:
        self.catalog, self.entries, self.warnings = catalog, entries, warnings
        self.level_entries = level_entries  # whether a level is asked for by the entry of its provider
        self.keys: dict[str, dict[str, Any]] = {}  # of providers at a level: as the file has them
        self.made: dict[str, list[Endpoint]] = {}  # providers that the file lacks

    def selector(self, endpoint: Endpoint, separator: str, new_entry: NewEntry) -> str:
        """How a label names an offer: the file's own name for its provider, then the model."""
        name = self.entry_name(endpoint)
        entry = self._entry(endpoint) if name == endpoint.provider else self._level_entry(endpoint, new_entry)
        if entry is None:
            endpoints = self.made.setdefault(name, [])
            if endpoint not in endpoints:
                endpoints.append(endpoint)
            return f"{name}{separator}{endpoint.id}"
        models = as_list(entry.get("models"))
        entry["models"] = models if endpoint.id in models else [*models, endpoint.id]
        address = str(entry.get("api_base_url") or "")
        if not address:
            self._warn(f"{entry['name']}: has no api_base_url in this file, which is left so")
        elif host_of(address) != host_of(endpoint.base_url):
            self._warn(f"{entry['name']}: keeps its own address {address}")
        for key, setting in new_entry(endpoint.provider, [endpoint]).items():
            if key != "transformer":  # an entry without one has none on purpose
                entry.setdefault(key, setting)
        return f"{entry['name']}{separator}{endpoint.id}"

    def entry_name(self, endpoint: Endpoint) -> str:
        """The name of an offer's provider: a level has an entry of its own where that asks for it."""
        own = self.level_entries and endpoint.level
        return f"{endpoint.provider}-{endpoint.level}" if own else endpoint.provider

    def _level_entry(self, endpoint: Endpoint, new_entry: NewEntry) -> dict[str, Any] | None:
        """The file's entry for a provider at a level, which asks for that level as ours does."""
        name = self.entry_name(endpoint)
        named = next((entry for entry in self.entries if entry.get("name") == name), None)
        if named is not None:
            fresh = new_entry(name, [endpoint])
            named |= {key: fresh[key] for key in ("transformer", "extraBody") if key in fresh}
            return named
        plain = self._entry(endpoint)
        if plain is not None:  # with the file's own key and address for the provider
            self.keys[name] = {key: plain[key] for key in ("api_base_url", "api_key") if key in plain}
        return None

    def _warn(self, text: str) -> None:
        if text not in self.warnings:
            self.warnings.append(text)

    def _entry(self, endpoint: Endpoint) -> dict[str, Any] | None:
        """The file's entry for an offer's provider: by its name, else by its address (and models)."""
        named = [entry for entry in self.entries if entry.get("name") == endpoint.provider]
        host, others = host_of(endpoint.base_url), [e for e in self.entries if isinstance(e.get("name"), str)]
        others = [entry for entry in others if entry["name"] not in self.catalog.providers]
        at_host = [
            entry for entry in others if host and host_of(str(entry.get("api_base_url") or "")) == host
        ]
        with_model = [entry for entry in at_host if endpoint.id in as_list(entry.get("models"))]
        base = _base(endpoint.base_url)
        same_base = [entry for entry in at_host if _base(str(entry.get("api_base_url") or "")) == base]
        return next(iter([*named, *with_model, *same_base]), None)

    def merged(
        self, earlier: list[str], used: set[str], new_entry: NewEntry
    ) -> tuple[list[dict[str, Any]], list[str]]:
        """All entries, and the names of those that modelpick made; one it made that nothing uses goes.

        earlier: the names that an earlier export noted as its own. An entry that someone has changed since is
        theirs, and stays.
        """
        kept = [
            e for e in self.entries if str(e.get("name")) not in earlier or self._stays(e, used, new_entry)
        ]
        fresh = [
            {**new_entry(name, endpoints), **self.keys.get(name, {})} for name, endpoints in self.made.items()
        ]
        made = [name for name in earlier if name in {str(e.get("name")) for e in kept}]
        return [*kept, *fresh], [*made, *self.made]

    def _stays(self, entry: dict[str, Any], used: set[str], new_entry: NewEntry) -> bool:
        """Whether something uses an entry, or it says what modelpick would not."""
        name, level = str(entry.get("name")), _level_of(entry)
        provider = name.removesuffix(f"-{level}") if level else name
        offers = [offer for offer in self.catalog.offers if offer.startswith(f"{provider}/")]
        endpoints = [endpoint_of(self.catalog, offer) for offer in offers]
        endpoints = [endpoint for endpoint in endpoints if endpoint.level == level]
        known = {endpoint.id for endpoint in endpoints}
        if name in used or not endpoints or any(model not in known for model in as_list(entry.get("models"))):
            return True
        return {**entry, "models": []} != {**new_entry(name, endpoints[:1]), "models": []}


def _base(address: str) -> str:
    """An address without its scheme and what stands for the protocol."""
    path = address.partition("://")[2].casefold().rstrip("/")
    return re.sub(r"(/v1(beta)?)?(/chat/completions|/messages|/models)?$", "", path)


def _provider(name: str, endpoints: list[Endpoint]) -> dict[str, Any]:
    first = endpoints[0]
    entry: dict[str, Any] = {
        "name": name,
        "api_base_url": first.url,
        "api_key": f"${first.key}",
        "models": [endpoint.id for endpoint in endpoints],
    }
    provider = first.provider
    own = _TRANSFORMERS.get(first.api) or (provider if provider in _OF_PROVIDER else None)
    use: list[Any] = [own] * (own is not None)
    if first.level:  # it goes into the request behind the provider's own
        use.append([_FIELDS, request_fields(first)])
    return {**entry, "transformer": {"use": use}} if use else entry


def provider_addresses(settings: dict[str, Any]) -> dict[str, str]:
    """The address of each provider in a file, which may write their list small."""
    entries = as_tables(settings.get("Providers") or settings.get("providers"))
    return {str(entry.get("name")): str(entry.get("api_base_url") or "") for entry in entries}


def offer_finder(
    settings: dict[str, Any], endpoints: EndpointIndex, separator: str
) -> Callable[[str], str | None]:
    """Takes a provider and model of a file, joined by `separator`, to the offer; None if it is unknown."""
    addresses = provider_addresses(settings)

    entries = as_tables(settings.get("Providers"))
    levels = {str(entry.get("name")): _level_of(entry) for entry in entries}

    def find_offer(selector: str) -> str | None:
        provider, _, model = selector.partition(separator)
        level = levels.get(provider, "")
        name = provider.removesuffix(f"-{level}") if level else provider
        offer = endpoints.find(name, model, addresses.get(provider, ""))
        return endpoints.at_level(offer, level)[0]

    return find_offer


def _level_of(entry: dict[str, Any]) -> str:
    """The reasoning level that a provider's entry asks for with every request."""
    if level := level_in(as_table(entry, "extraBody", "default")):  # version 3's way
        return level
    use = as_list(as_table(entry, "transformer").get("use"))
    fields = [step[1] for step in use if isinstance(step, list) and len(step) > 1 and step[0] == _FIELDS]
    return next((level for each in fields if (level := level_in(as_table(each)))), "")


def import_config(settings: Any, reader: ConfigReader) -> ImportedConfig:
    """The labels of Router.*, with the shares that router.js reads where it is ours."""
    settings = as_table(settings)
    router = as_table(settings, "Router")
    fallbacks = {**as_table(router, "fallback"), **as_table(settings, "fallback")}
    routes = as_table(settings, _OURS, "routes")
    offer_of = offer_finder(settings, reader.endpoints, ",")

    addresses = provider_addresses(settings)
    for name in [label for label in router if label in CLASSIC_LABELS and router[label] != ""]:
        main = router[name]
        if as_texts(main):
            reader.note(f"{name}: Router.{name} is a list, of which the first is read")
            main = as_texts(main)[0]
        if not isinstance(main, str):
            reader.note(f"{name}: Router.{name} is no text such as 'provider,model', left out")
            continue
        mix = as_shares(routes.get(name))
        # The shares hold only while Router.* still names one of their models: else someone has changed it.
        mix = mix if main in [selector for selector, _ in mix] else [(main, 1.0)]
        deployments = [(offer_of(selector), share, selector) for selector, share in mix]
        for offer, _, selector in deployments:
            reader.note_host(name, offer, addresses.get(selector.partition(",")[0], ""), selector)
        behind = [(offer_of(selector), selector) for selector in as_texts(fallbacks.get(name))]
        reader.add_label(name, deployments, behind)
    others = [key for key, selector in router.items() if key not in CLASSIC_LABELS and _is_selector(selector)]
    if others:
        reader.note(f"{', '.join(others)}: no label of claude-code-router, left out")
    _read_first_version(settings, router, reader)
    if settings.get("CUSTOM_ROUTER_PATH") and not routes:
        reader.note("CUSTOM_ROUTER_PATH is a program of your own; what it decides was not read")
    tokens = whole_number(router.get("longContextThreshold"))
    if tokens is not None and tokens != DEFAULT_THRESHOLD:
        reader.note(f"longContext takes over at {tokens} tokens; say so again on export: --threshold")
    elif tokens is None and router.get("longContextThreshold") is not None:
        reader.note("Router.longContextThreshold is no number of tokens, left out")
    return reader.config


def _is_selector(setting: Any) -> bool:
    return isinstance(setting, str) and "," in setting


def _read_first_version(settings: dict[str, Any], router: dict[str, Any], reader: ConfigReader) -> None:
    """Version 1's model for all else, which stands beside the Router, with its address."""
    model, address = settings.get("OPENAI_MODEL"), str(settings.get("OPENAI_BASE_URL") or "")
    if isinstance(model, str) and model and not router.get("default"):
        offer = reader.endpoints.find_at("openai", model, address)
        reader.add_label("default", [(offer, 1.0, model)], [])
