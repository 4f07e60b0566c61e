"""How an offer is called (protocol, address, the model's name and the key there), and the way back.

Routers and logs write names of models with dates, regions, versions and variants, or without.

A reasoning level is said in the words of each provider's protocol. OpenAI, and who speaks its protocol:
`reasoning_effort`; OpenRouter: `reasoning.effort`; Anthropic: `output_config.effort`, and `thinking` switched
off for none; Gemini: `thinkingConfig.thinkingLevel`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache, cached_property
from typing import Any

from ...domain.catalog import Catalog, Model, Offer
from ...domain.levels import base_name, canonical, split_level
from ..catalog.model_names import key_of, reviewed, undated_name
from ..routing_file import gone_text

_VARIANT = re.compile(  # dates, variants, versions
    r"(\[\w+\]|@.*|:\w+|-v\d+(:\d+)?|-maas|-latest|-preview-\d\d-(\d\d|20\d\d)|[-@]20\d{6}|-20\d{2}-\d{2}-\d{2})$"
)
_REGION = re.compile(r"^(us|eu|apac|jp|au|ca|sa|us-gov|global)\.")
_CLAUDE = re.compile(r"^claude-(\d+(?:-\d+)?)-(opus|sonnet|haiku)\b")
_BEDROCK = re.compile(r"^([a-z][a-z-]*\.)?(anthropic|amazon|meta|mistral|deepseek|qwen|openai|cohere|ai21)\.")
PROVIDER_ALIASES = {
    "google": "gemini",
    "amazon-bedrock": "bedrock",
    "google-vertex": "vertex",
    "google-vertex-anthropic": "vertex",
    "zai-coding-plan": "zai",
    "zhipuai": "zai",
    "zhipuai-coding-plan": "zai",
    "kimi": "moonshot",
    "moonshotai-cn": "moonshot",
    "azure-cognitive-services": "azure",
    "vertex_ai_beta": "vertex",
    "bedrock_converse": "bedrock",
    "fireworks-ai": "fireworks",
    "togetherai": "together",
    "moonshotai": "moonshot",
    "novita-ai": "novita",
    "text-completion-openai": "openai",
    **dict.fromkeys(("aws", "aws.bedrock"), "bedrock"),
    **dict.fromkeys(("az.ai.openai", "azure.ai.openai", "azure.ai.inference", "az.ai.inference"), "azure"),
    **dict.fromkeys(("gcp.gemini", "gcp.gen_ai", "google-ai-studio", "google_genai"), "gemini"),
    **dict.fromkeys(("gcp.vertex_ai", "google_vertexai"), "vertex"),
    **dict.fromkeys(("x", "x_ai"), "xai"),
    **dict.fromkeys(("mistral_ai", "mistralai"), "mistral"),
    "moonshot_ai": "moonshot",
    "together-ai": "together",
    "mistral-ai": "mistral",
    "azure-openai": "azure",
    "vertex-ai": "vertex",
    "vertexai": "vertex",
    "x-ai": "xai",
    "z-ai": "zai",
    "zhipu": "zai",
    "aws-bedrock": "bedrock",
}
"""Providers of the catalogue under the names that opencode, models.dev, LiteLLM and others give them too."""
MAKERS = ("anthropic", "openai", "gemini", "zai", "moonshot", "deepseek", "mistral", "xai")
"""Providers that sell their own models: a bare name in a log that names no provider is theirs."""
OFF = "none"  # the level without reasoning


@cache
def plain_name(name: str) -> str:
    """A model's name without provider, region, date, version and variant: what two names have in common."""
    plain = name.strip().casefold().rpartition("/")[2]
    while (shorter := _VARIANT.sub("", plain)) != plain and shorter:
        plain = shorter
    plain = re.sub(r"^(anthropic|openai|meta|mistral|amazon|deepseek|qwen)\.", "", _REGION.sub("", plain))
    plain = re.sub(r"^qwen-(?=\d)", "qwen", re.sub(r"^llama(?=\d)", "llama-", plain))
    return _CLAUDE.sub(r"claude-\2-\1", plain.replace(".", "-"))


def versionless(name: str) -> tuple[tuple[str, ...], tuple[int, ...]]:
    """The words of a model's plain name, and its version apart: claude-opus-4-8 is (claude, opus), (4, 8)."""
    parts = plain_name(name).split("-")
    return tuple(p for p in parts if not p.isdigit()), tuple(int(p) for p in parts if p.isdigit())


def is_bedrock_name(name: str) -> bool:
    """Whether a model's name has Bedrock's form, such as anthropic.claude-... with or without its region."""
    return _BEDROCK.match(name) is not None


def bedrock_region(name: str) -> str:
    """The region of a Bedrock name's inference profile, or of its path, such as `us` or `eu`; else ''."""
    *path, model = name.strip().casefold().split("/")
    if (profile := _REGION.match(model)) and is_bedrock_name(model):
        return profile[1]
    return next((part[:2] for part in path if re.fullmatch(r"(us|eu)-[a-z]+-\d", part)), "")


def variant(name: str) -> str:
    """OpenRouter's variant at the end of a model's name, such as `:free` or `:online`; empty without one."""
    ending = re.search(r":[a-z]+$", name)
    return ending.group() if ending else ""


_KEYS = {"vercel": "AI_GATEWAY_API_KEY", "together": "TOGETHERAI_API_KEY"}
_MAX_NAME = 100  # characters; a longer one is compared with no others
_MAX_COMPARED = 200  # unknown names of a file for which the nearest offers are looked for
_VERSIONS = {"anthropic": "/v1", "gemini": "/v1beta"}
_PATHS = {"openai": "/chat/completions", "anthropic": "/v1/messages", "gemini": "/v1beta/models/"}

LITELLM_PROVIDERS = {
    **{name: name for name in ("anthropic", "bedrock", "cerebras", "deepinfra", "deepseek", "gemini")},
    **{name: name for name in ("groq", "mistral", "moonshot", "novita", "nscale", "oci", "openai")},
    **{name: name for name in ("openrouter", "xai", "zai")},
    "azure": "azure_ai",
    "fireworks": "fireworks_ai",
    "together": "together_ai",
    "vercel": "vercel_ai_gateway",
    "vertex": "vertex_ai",
}


@dataclass(frozen=True)
class Endpoint:
    """An offer as a request reaches it. `key` names the environment variable with the API key.

    `provider` is whose address that is: of an offer of a variant (a region, a service tier) the one it is of,
    unless the variant has an address of its own. `data_zone`: of a variant that only its deployment tells
    apart, the region to deploy it for.
    """

    offer: str
    provider: str
    id: str
    api: str
    base_url: str
    key: str
    facts: Offer
    model: Model
    fee: float
    level: str = ""  # of reasoning, where it is another than the model's default
    service_tier: str = ""  # that a request has to ask for
    inference_geo: str = ""  # likewise
    data_zone: str = ""

    @property
    def url(self) -> str:
        """The full address of a request; empty where the catalogue has none."""
        path = _PATHS.get(self.api)
        return f"{self.base_url.rstrip('/')}{path}" if self.base_url and path else ""

    @property
    def versioned_url(self) -> str:
        """The provider's address with the version of its interface, which not all routers add themselves."""
        return self.base_url.rstrip("/") + _VERSIONS.get(self.api, "")

    @property
    def window(self) -> int:
        """Tokens, input + output, that fit."""
        return int(min(self.model.context, self.facts.context or self.model.context))

    @property
    def max_input(self) -> int:
        """Tokens of prompt that fit."""
        limits = [limit for limit in (self.facts.max_input, self.model.max_input) if limit is not None]
        return int(min([self.window, *limits]))

    @property
    def max_output(self) -> int | None:
        """The longest answer in tokens."""
        limits = [limit for limit in (self.facts.max_output, self.model.max_output) if limit is not None]
        return int(min(limits)) if limits else None

    @property
    def litellm_name(self) -> str:
        """The name in LiteLLM's way, provider/model, which aider shares."""
        prefix = LITELLM_PROVIDERS.get(self.provider) or (
            "anthropic" if self.api == "anthropic" else "openai"
        )
        return (
            self.id if self.id.startswith(f"{prefix}/") and prefix == "vertex_ai" else f"{prefix}/{self.id}"
        )


def _wire_name(provider: str, model: str) -> str:
    """Fireworks knows models by their account, which LiteLLM leaves out of names and adds in its calls."""
    return f"accounts/fireworks/models/{model}" if provider == "fireworks" and "/" not in model else model


def endpoint_of(catalog: Catalog, offer: str) -> Endpoint:
    """How the offer is reached; the catalogue is spelled out where it is of a level."""
    name, _, model = offer.partition("/")
    base, level = split_level(model, catalog.models)
    provider, facts = catalog.providers[name], catalog.offers[offer]
    home = provider.variant_of or name
    key = _KEYS.get(home) or re.sub(r"\W", "_", home, flags=re.ASCII).upper() + "_API_KEY"
    own_address = bool(provider.base_url) and provider.base_url != catalog.providers[home].base_url
    return Endpoint(
        offer=offer,
        provider=name if own_address else home,
        id=_wire_name(home, facts.id or base),
        api=provider.api,
        base_url=provider.base_url or catalog.providers[home].base_url,
        key=key,
        facts=facts,
        model=catalog.models[model],
        fee=provider.fee,
        level=level,
        service_tier=provider.service_tier,
        inference_geo=provider.inference_geo,
        data_zone=provider.regions[0] if home == "azure" and home != name and provider.regions else "",
    )


class EndpointIndex:
    """From a model's name in a file or log to the offer."""

    def __init__(self, catalog: Catalog, own_names: Mapping[str, str] | None = None) -> None:
        """own_names: what names mean by the user's own word, their name -> an offer or a provider; it goes
        before all else. One of neither is in `void_names`."""
        variants = {name for name, provider in catalog.providers.items() if provider.variant_of}
        plain = {base_name(offer, catalog.models): offer for offer in reversed(catalog.offers)}
        endpoints = [endpoint_of(catalog, offer) for offer in reversed(plain.values())]  # no level twice
        self.all = sorted(endpoints, key=lambda each: each.offer.partition("/")[0] in variants)
        self.offers, self.providers, self.models = catalog.offers, catalog.providers, catalog.models
        self._gone = {
            (key.partition("/")[0], plain_name(key)): gone_text(catalog, key) for key in catalog.retired
        }
        names = own_names or {}
        self._own_names = {_spelled(theirs): ours for theirs, ours in names.items()}
        self.void_names = {
            theirs: ours
            for theirs, ours in names.items()
            if ours not in self.offers and ours not in self.providers
        }
        self._same_model: dict[str, list[Endpoint]] = {}  # by name, as a long file repeats them
        self._asked_names: set[str] = set()
        self._compared: set[str] = set()

    @cached_property
    def _by_litellm_name(self) -> dict[str, list[Endpoint]]:
        endpoints: dict[str, list[Endpoint]] = {}
        for endpoint in self.all:
            endpoints.setdefault(endpoint.litellm_name, []).append(endpoint)
        return endpoints

    @cached_property
    def _plain_names(self) -> dict[str, set[str]]:
        return {e.offer: {plain_name(e.offer), plain_name(e.id)} for e in self.all}

    @cached_property
    def _reviewed_names(self) -> dict[str, str]:
        """Every name in the reviewed table -> its model's key."""
        return reviewed(name for name in self.models if not split_level(name, self.models)[1])

    def _of_same_model(self, model: str) -> list[Endpoint]:
        """The endpoints of a model, by its name without date and variant, and by the reviewed table."""
        if model in self._same_model:
            return self._same_model[model]
        plain = plain_name(model)
        spellings = (model, undated_name(model), plain)  # plain loses -v3, so the table's names stay whole
        key = next((k for name in spellings if (k := key_of(name, self._reviewed_names))), None)
        self._same_model[model] = [
            e
            for e in self.all
            if plain in self._plain_names[e.offer] or (key and e.offer.partition("/")[2] == key)
        ]
        return self._same_model[model]

    def by_own_name(self, provider: str, model: str) -> str | None:
        """The offer that a name means by the user's own word: of provider and model, else model, else
        provider."""
        if not self._own_names:
            return None
        for name in dict.fromkeys((f"{provider}/{model}" if provider else model, model)):
            ours = self._own_names.get(_spelled(name))
            if ours in self.offers:
                self._asked_names.add(_spelled(name))
                return ours
        ours = self._own_names.get(_spelled(provider)) if provider else None
        if ours not in self.providers:
            return None
        self._asked_names.add(_spelled(provider))
        return self._similar_at(ours, model)

    def unasked_names(self, names: Iterable[str]) -> list[str]:
        """Those of the user's own names that nothing has been asked by."""
        return [name for name in names if _spelled(name) not in self._asked_names]

    def has_own_name(self, name: str) -> bool:
        """Whether the user has said what a name in a file, with or without its provider, means."""
        provider, _, model = _spelled(name).partition("/")
        return (
            bool(self._own_names) and self.by_own_name(provider if model else "", model or name) is not None
        )

    def _similar_at(self, provider: str, model: str) -> str | None:
        return _first_offer([e for e in self._of_same_model(model) if e.provider == provider])

    def by_marker(self, marker: object) -> str | None:
        """The offer that an export has noted itself, if this catalogue knows it."""
        return marker if isinstance(marker, str) and marker in self.offers else None

    def without_level(self, offer: str) -> str:
        """The plain offer of a level, where there is one."""
        plain = base_name(offer, self.models)
        return plain if plain in self.offers else offer

    def has_levels(self, offer: str) -> bool:
        """Whether the offer's model has reasoning levels."""
        return bool(self.models[base_name(offer, self.models).partition("/")[2]].efforts)

    def at_level(self, offer: str | None, effort: object) -> tuple[str | None, str]:
        """The offer at a level that a file asks for, and what to say of a level that it does not have."""
        if offer is None or not isinstance(effort, str) or not effort:
            return offer, ""
        at_level = canonical(f"{base_name(offer, self.models)}@{effort}", self.models)
        if at_level in self.offers:
            return at_level, ""
        levels = self.models[base_name(offer, self.models).partition("/")[2]].efforts
        there = f"its levels are {', '.join(levels)}" if levels else "its catalogue entry has no levels"
        return offer, f"effort {effort!r} is not counted for {offer}: {there}"

    def by_litellm(self, name: str, address: str = "") -> str | None:
        """The offer with this LiteLLM name; of several, the one at the address."""
        provider, _, model = name.partition("/")
        if named_offer := self.by_own_name(provider, model):
            return named_offer
        offer = _first_offer(self._by_litellm_name.get(name, []), address)
        # openai/MODEL with an address is how LiteLLM reaches whoever speaks that protocol.
        return offer or self.by_provider("", model, address)

    def by_provider(self, provider: str, model: str, address: str = "") -> str | None:
        """The offer with this model name at a provider, known by its name or else by its address."""
        of_model = [e for e in self.all if e.id == model]
        host = host_of(address)
        return _first_offer(
            [e for e in of_model if e.provider == provider]
            or [e for e in of_model if host and host_of(e.base_url) == host]
        )

    def at_tier(self, offer: str, tier: object) -> str:
        """The same model of the provider's variant for a tier of service, where there is one."""
        provider, _, model = offer.partition("/")
        for name, about in self.providers.items():
            if (
                about.variant_of == provider
                and about.service_tier == tier
                and f"{name}/{model}" in self.offers
            ):
                return f"{name}/{model}"
        return offer

    def in_region(self, offer: str, region: object) -> str:
        """The same model of the provider's variant for a region, where there is one."""
        provider, _, model = offer.partition("/")
        for name, about in self.providers.items():
            if (
                about.variant_of == provider
                and about.regions == (region,)
                and f"{name}/{model}" in self.offers
            ):
                return f"{name}/{model}"
        return offer

    def find(self, provider: str, model: str, address: str = "") -> str | None:
        """The offer of a provider and a model as a file names them: to the letter, else as `find_similar`."""
        named_offer = self.by_own_name(provider, model)
        return (
            named_offer
            or self.by_provider(provider, model, address)
            or self.find_similar(provider, model, address)
        )

    def find_similar(self, provider: str, model: str, address: str = "") -> str | None:
        """The offer behind a name with a date, a region, a version or a variant, or of no provider.

        `provider` as the router calls it; without one, the maker that sells the model itself. None where no
        offer of that provider, or at that address, has the model.
        """
        if named_offer := self.by_own_name(provider, model):
            return named_offer
        same_model, host = self._of_same_model(model), host_of(address)
        if not provider:
            sellers = set(MAKERS)
        else:
            sellers = {name for name, litellm in LITELLM_PROVIDERS.items() if litellm == provider}
            sellers |= {PROVIDER_ALIASES.get(provider, provider)}
        endpoints = [e for e in same_model if e.provider in sellers]
        if host and not any(host_of(e.base_url) == host for e in endpoints):
            at_host = [e for e in same_model if host_of(e.base_url) == host]
            endpoints = at_host or endpoints * (provider != "openai")
        if region := bedrock_region(model):
            endpoints.sort(key=lambda endpoint: bedrock_region(endpoint.id) != region)
        latest = model.strip().casefold().endswith("-latest")
        return _first_offer(endpoints, address) or (self._newest(sellers, model) if latest else None)

    def _newest(self, sellers: set[str], model: str) -> str | None:
        """The offer with the highest version of a model that is named without one, such as mistral-large."""
        words, version = versionless(model)
        versions = [(versionless(e.offer), e.offer) for e in self.all if e.provider in sellers]
        same_words = [(numbers, offer) for (other, numbers), offer in versions if other == words and numbers]
        return max(same_words, default=((), None))[1] if words and not version else None

    def is_newest_known(self, name: str, offer: str) -> bool:
        """Whether a name asks for the latest of a model, and `offer` is the newest that is known of it."""
        latest = name.strip().casefold().endswith("-latest")
        return latest and plain_name(name) not in self._plain_names[offer]

    def find_at(self, provider: str, model: str, address: str) -> str | None:
        """As `find`, but a known model at another host than its provider's is only what that host sells."""
        if named_offer := self.by_own_name(provider, model):
            return named_offer
        offer = self.find(provider, model, address)
        host = host_of(address)
        if offer is None or not self.foreign_host(offer, address):
            return offer
        at_host = [e for e in self._of_same_model(model) if host_of(e.base_url) == host]
        return self.by_provider("", model, address) or _first_offer(at_host)

    def by_bare_name(self, model: str) -> str | None:
        """The offer that LiteLLM takes a name without a provider for: a bare gemini name is Vertex's, one of
        Bedrock's form Bedrock's."""
        provider = "vertex_ai" if model.startswith("gemini-") else ""
        provider = "bedrock" if is_bedrock_name(model) else provider
        return (provider and self.find_similar(provider, model)) or self.find_similar("", model)

    def foreign_host(self, offer: str, address: str) -> str:
        """The host of `address` where it is not that of the offer's provider, if both are known; else ''."""
        host = host_of(address)
        provider = self.providers[offer.partition("/")[0]]
        home = host_of(provider.base_url or self.providers.get(provider.variant_of or "", provider).base_url)
        return host if host and home and host != home else ""

    def suggestions(self, name: str) -> str:
        """Of an unknown name that it is gone, and since when, else up to three offers with its model or one
        much like it, as ' (...)'; '' where there is nothing."""
        provider, _, model = name.replace(",", "/", 1).partition("/")
        plain = plain_name(model or name)
        if retired := self._gone.get((PROVIDER_ALIASES.get(provider, provider), plain)):
            return f" ({retired})"
        self._compared.add(plain)
        if len(plain) > _MAX_NAME or len(self._compared) > _MAX_COMPARED:
            return ""
        home = PROVIDER_ALIASES.get(provider, provider)
        offers = [endpoint.offer for endpoint in self._of_same_model(model or name)]
        if not offers:
            every = set[str]().union(*self._plain_names.values())
            similar = _longer_or_shorter(plain, every) or get_close_matches(
                plain, sorted(every), n=1, cutoff=0.7
            )
            offers = [offer for offer, names in self._plain_names.items() if names & set(similar)]
            if not any(offer.startswith(f"{home}/") for offer in offers):
                offers = [*self._same_maker(home, plain), *offers]
        offers.sort(key=lambda offer: not offer.startswith(f"{home}/"))
        return f" (nearest known: {', '.join(offers[:3])})" if offers else ""

    def _same_maker(self, provider: str, plain: str) -> list[str]:
        """A provider's offers whose names begin with the same word, the highest version first."""
        word = plain.partition("-")[0]
        offers = [
            e.offer for e in self.all if e.provider == provider and plain_name(e.offer).startswith(word)
        ]
        return sorted(offers, key=lambda offer: versionless(offer)[1], reverse=True) if word else []


def _spelled(name: str) -> str:
    """A name as it is compared: claude-code-router's comma is a stroke, capitals do not count."""
    return name.strip().casefold().replace(",", "/", 1)


def _first_offer(endpoints: list[Endpoint], address: str = "") -> str | None:
    """The first offer at the host of `address`, else the first of all."""
    at_host = [e for e in endpoints if address and host_of(e.base_url) == host_of(address)]
    return next((e.offer for e in [*at_host, *endpoints]), None)


def _longer_or_shorter(name: str, known: set[str]) -> list[str]:
    """The known name that `name` begins with, else the shortest that begins with it; none of either is []."""
    shorter = [other for other in known if "-" in other and name.startswith(f"{other}-")]
    longer = [other for other in known if other.startswith(f"{name}-")]
    return [max(shorter, key=len)] if shorter else sorted(longer, key=lambda other: (len(other), other))[:1]


def host_of(address: str) -> str:
    """The host and port of an address; empty where it has none."""
    return address.partition("://")[2].partition("/")[0].casefold()


def whole_weights(shares: Mapping[str, float]) -> dict[str, int]:
    """Shares as whole numbers with the smallest sum that says them exactly (six digits at most)."""
    for scale in (1, 10, 100, 1_000, 10_000, 100_000, 1_000_000):
        counts = {offer: round(share * scale) for offer, share in shares.items()}
        exact = all(abs(counts[offer] / scale - share) < 5e-7 for offer, share in shares.items())
        if exact and sum(counts.values()) == scale and scale > 10:
            break
    return counts


def request_fields(endpoint: Endpoint) -> dict[str, Any]:
    """What the body of a request has for the endpoint's level; nothing for the default level."""
    level = endpoint.level
    if not level:
        return {}
    if endpoint.provider == "openrouter":
        return {"reasoning": {"effort": level}}
    if endpoint.api == "anthropic":
        return {"thinking": {"type": "disabled"}} if level == OFF else {"output_config": {"effort": level}}
    if endpoint.api == "gemini":
        thinking: dict[str, Any] = {"thinkingBudget": 0} if level == OFF else {"thinkingLevel": level}
        return {"generationConfig": {"thinkingConfig": thinking}}
    return {"reasoning_effort": level}


def level_in(fields: Mapping[str, Any]) -> str:
    """The level that fields of a request ask for; empty where they ask for none that is understood."""
    places = (
        ("reasoning_effort",),
        ("reasoningEffort",),
        ("effort",),
        ("reasoning", "effort"),
        ("output_config", "effort"),
        ("thinkingConfig", "thinkingLevel"),
        ("generationConfig", "thinkingConfig", "thinkingLevel"),
    )
    for path in places:
        if isinstance(level := _at(fields, path), str) and level:
            return level
    off = _at(fields, ("thinking", "type")) == "disabled"
    off = off or 0 in (
        _at(fields, ("thinkingConfig", "thinkingBudget")),
        _at(fields, ("generationConfig", "thinkingConfig", "thinkingBudget")),
    )
    return OFF if off else ""


def without_level(fields: Mapping[str, Any], level_fields: Mapping[str, Any]) -> dict[str, Any]:
    """Fields of a request without those that ask for a level, and with these in their place."""
    kept = {k: v for k, v in fields.items() if k not in ("reasoning_effort", "reasoning", "output_config")}
    if _at(fields, ("thinking", "type")) == "disabled":
        kept.pop("thinking", None)
    return {**kept, **level_fields}


def _at(table: Any, path: tuple[str, ...]) -> Any:
    for key in path:
        table = table.get(key) if isinstance(table, Mapping) else None
    return table
