"""How an offer is called: protocol, address, the model's name there, and where its key is kept."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property

from ...domain.catalog import Catalog, Model, Offer
from .names import ALIASES, HOMES, plain_name

_KEYS = {"vercel": "AI_GATEWAY_API_KEY", "together": "TOGETHERAI_API_KEY"}
_LONGEST_NAME = 100  # characters; a longer one is compared with no others
_MOST_COMPARED = 200  # unknown names of a file for which the nearest offers are looked for
_PATHS = {"openai": "/chat/completions", "anthropic": "/v1/messages", "gemini": "/v1beta/models/"}

LITELLM = {
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
class Wire:
    """An offer as a request reaches it. `key` names the environment variable with the API key."""

    offer: str
    provider: str
    id: str
    api: str
    base_url: str
    key: str
    facts: Offer
    model: Model
    fee: float

    @property
    def endpoint(self) -> str:
        """The full address of a request; empty where the catalogue has none."""
        path = _PATHS.get(self.api)
        return f"{self.base_url.rstrip('/')}{path}" if self.base_url and path else ""

    @property
    def window(self) -> int:
        """Tokens, input + output, that fit."""
        return int(min(self.model.context, self.facts.context or self.model.context))

    @property
    def max_output(self) -> int | None:
        """The longest answer in tokens."""
        limits = [limit for limit in (self.facts.max_output, self.model.max_output) if limit is not None]
        return int(min(limits)) if limits else None

    @property
    def litellm(self) -> str:
        """The name in LiteLLM's way, provider/model, which aider shares."""
        prefix = LITELLM.get(self.provider) or ("anthropic" if self.api == "anthropic" else "openai")
        return (
            self.id if self.id.startswith(f"{prefix}/") and prefix == "vertex_ai" else f"{prefix}/{self.id}"
        )


def wire(catalog: Catalog, offer: str) -> Wire:
    """How the offer is reached."""
    name, _, model = offer.partition("/")
    provider, facts = catalog.providers[name], catalog.offers[offer]
    key = _KEYS.get(name) or re.sub(r"\W", "_", name, flags=re.ASCII).upper() + "_API_KEY"
    return Wire(
        offer=offer,
        provider=name,
        id=facts.id or model,
        api=provider.api,
        base_url=provider.base_url,
        key=key,
        facts=facts,
        model=catalog.models[model],
        fee=provider.fee,
    )


class Wires:
    """The way back: from a name on the wire to the offer."""

    def __init__(self, catalog: Catalog) -> None:
        self.all = [wire(catalog, offer) for offer in catalog.offers]
        self.offers = catalog.offers
        self._compared: set[str] = set()

    @cached_property
    def _by_litellm(self) -> dict[str, list[Wire]]:
        wires: dict[str, list[Wire]] = {}
        for each in self.all:
            wires.setdefault(each.litellm, []).append(each)
        return wires

    @cached_property
    def _plain_names(self) -> dict[str, set[str]]:
        return {w.offer: {plain_name(w.offer), plain_name(w.id)} for w in self.all}

    def by_marker(self, marker: object) -> str | None:
        """The offer that an export has noted itself, if this catalogue knows it."""
        return marker if isinstance(marker, str) and marker in self.offers else None

    def by_litellm(self, name: str, base_url: str = "") -> str | None:
        """The offer with this LiteLLM name; of several, the one at `base_url`."""
        named = self._one(self._by_litellm.get(name, []), base_url)
        # openai/MODEL with an address is how LiteLLM reaches whoever speaks that protocol.
        return named or self.by_provider("", name.partition("/")[2], base_url)

    def likely(self, provider: str, model: str, address: str = "") -> str | None:
        """The offer behind a name with a date, a region, a version or a variant, or of no provider.

        `provider` as the router calls it; without one, the maker that sells the model itself. None where no
        offer of that provider, or at that address, has the model.
        """
        plain, host = plain_name(model), _host(address)
        alike = [w for w in self.all if plain in self._plain_names[w.offer]]
        if not provider:
            sold = [w for w in alike if w.provider in HOMES]
        else:
            ours = {name for name, theirs in LITELLM.items() if theirs == provider}
            ours |= {ALIASES.get(provider, provider)}
            sold = [w for w in alike if w.provider in ours]
        if host and not any(_host(w.base_url) == host for w in sold):
            sold = [w for w in alike if _host(w.base_url) == host] or sold * (provider != "openai")
        return self._one(sold, address)

    def inferred(self, model: str) -> str | None:
        """The offer that LiteLLM takes a name without a provider for; its bare gemini names are Vertex's."""
        home = "vertex_ai" if model.startswith("gemini-") else ""
        return (home and self.likely(home, model)) or self.likely("", model)

    def elsewhere(self, offer: str, address: str) -> str:
        """The host of `address` where it is not that of the offer's provider, if both are known; else ''."""
        host = _host(address)
        home = next(_host(w.base_url) for w in self.all if w.offer == offer)
        return host if host and home and host != home else ""

    def named(self, provider: str, model: str, address: str = "") -> str | None:
        """The offer of a provider and a model as a file names them: to the letter, else as `likely`."""
        return self.by_provider(provider, model, address) or self.likely(provider, model, address)

    def instead(self, name: str) -> str:
        """Up to three offers with the model of an unknown name, or one much like it, as ' (...)'; else ''."""
        plain = plain_name(name.rpartition(",")[2])
        self._compared.add(plain)
        if len(plain) > _LONGEST_NAME or len(self._compared) > _MOST_COMPARED:
            return ""
        names = self._plain_names
        every = {each for known in names.values() for each in known}
        near = [plain] if plain in every else _longer_or_shorter(plain, every)
        near = near or get_close_matches(plain, sorted(every), n=1, cutoff=0.7)
        provider = re.split("[/,]", name)[0]
        offers = [offer for offer, known in names.items() if known & set(near)]
        offers.sort(key=lambda offer: not offer.startswith(f"{ALIASES.get(provider, provider)}/"))
        return f" (nearest known: {', '.join(offers[:3])})" if offers else ""

    def by_provider(self, provider: str, name: str, address: str = "") -> str | None:
        """The offer with this model name at a provider, known by its name or else by its address."""
        named = [w for w in self.all if w.id == name and w.provider == provider]
        host = _host(address)
        return self._one(
            named or [w for w in self.all if w.id == name and host and _host(w.base_url) == host]
        )

    def _one(self, found: list[Wire], base_url: str = "") -> str | None:
        near = [w for w in found if base_url and _host(w.base_url) == _host(base_url)]
        return next((w.offer for w in [*near, *found]), None)


def _longer_or_shorter(name: str, known: set[str]) -> list[str]:
    """The known name that `name` begins with, else the shortest that begins with it; none of either is []."""
    shorter = [each for each in known if "-" in each and name.startswith(f"{each}-")]
    longer = [each for each in known if each.startswith(f"{name}-")]
    return [max(shorter, key=len)] if shorter else sorted(longer, key=lambda each: (len(each), each))[:1]


def _host(address: str) -> str:
    return address.partition("://")[2].partition("/")[0].casefold()


def parts(shares: Mapping[str, float]) -> dict[str, int]:
    """Shares as whole numbers with the smallest sum that says them exactly (six digits at most)."""
    for scale in (1, 10, 100, 1_000, 10_000, 100_000, 1_000_000):
        counts = {offer: round(share * scale) for offer, share in shares.items()}
        exact = all(abs(counts[offer] / scale - share) < 5e-7 for offer, share in shares.items())
        if exact and sum(counts.values()) == scale and scale > 10:
            break
    return counts
