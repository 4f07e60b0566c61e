"""Checks of a catalogue, each `catalog -> findings`, pure: wrong units, contradictions, age, missing origins.

Prices are USD per million tokens. The usual mistakes are figures per token (a millionth) and per thousand
tokens (a thousandth), and the reverse of both.
"""

from __future__ import annotations

import re
from bisect import bisect_left, insort
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from math import log10
from statistics import median

from ...domain.catalog import Catalog, Offer, OfferStatus, Quoted
from ...domain.levels import base_name, is_covered, plan_covers, spelled_out
from ...domain.marks import is_old, price_day, prices_differ, speed_day
from .prices.quote import NO_PROFILE, needs_profile


class Severity(StrEnum):
    """An ERROR makes `catalog check` end with status 1."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True)
class Finding:
    """A doubtful figure: its path, what is wrong, and the figure that is probably meant."""

    severity: Severity
    path: str
    message: str
    value: float | str | None = None
    proposed: float | str | None = None


def check_catalog(catalog: Catalog, today: date) -> list[Finding]:
    """The findings of every check, errors first."""
    findings = [
        *check_units(catalog),
        *check_zero_prices(catalog),
        *check_price_order(catalog),
        *check_windows(catalog),
        *check_retired(catalog, today),
        *check_age(catalog, today),
        *check_sources(catalog),
        *check_duplicates(catalog),
        *check_ambiguous_prices(catalog),
        *check_hourly_prices(catalog),
        *check_free_tiers(catalog),
        *check_profiles(catalog),
        *check_disputed_prices(catalog),
        *check_speeds(catalog, today),
        *check_scales(catalog),
        *check_plans(catalog, today),
    ]
    of_its_own = [finding for finding in findings if not _is_plain_offers(catalog, finding.path)]
    return sorted(of_its_own, key=lambda finding: (finding.severity != Severity.ERROR, finding.path))


def _is_plain_offers(catalog: Catalog, path: str) -> bool:
    """Whether a figure is one that a level has from the plain offer, where it is checked already."""
    named = re.match(r'offers\."([^"]+)"\.(\w+)', path)
    if named is None or (plain := base_name(named[1], catalog.models)) == named[1]:
        return False
    facts = catalog.offers.get(plain), catalog.offers[named[1]]
    return facts[0] is not None and getattr(facts[0], named[2]) == getattr(facts[1], named[2])


def offer_path(key: str, field: str) -> str:
    """The path of an offer's figure, as TOML writes it."""
    return f'offers."{key}".{field}'


# Prices in a wrong unit


PRICES = ("input", "output", "cache_read", "cache_write")
MIN_PRICE, MAX_PRICE = 0.004, 1_000.0  # USD per million tokens: no price on the market lies beyond
MIN_CACHE_READ = 0.0005  # of reading the cache, which costs a fiftieth of input at some
UNIT_TOL = 0.7  # decimal places that a figure may be off a power of a thousand
PEER_TOL = 1.0  # decimal places off its peers that are worth a look
MIN_PEERS = 5  # models of a size, to compare with their median
SIZE_EDGES = (3, 12, 40, 120, 500)  # billions of parameters: models between two of these are of one size
_SIZE = re.compile(r"(?<![a-z0-9.])(\d+(?:\.\d+)?)b(?![a-z0-9])")
_UNITS = {-6: "per token", -3: "per thousand tokens", 3: "per billion tokens", 6: "for a million times that"}


@dataclass(frozen=True)
class Price:
    """One price list's figure, USD per million tokens."""

    key: str
    field: str  # input, or tiers[0].input
    kind: str
    usd: float

    @property
    def model(self) -> str:
        """The model's key."""
        return self.key.partition("/")[2]


def check_units(catalog: Catalog) -> Iterator[Finding]:
    """Figures a power of a thousand off; others that are ten times off their peers."""
    prices = list(_prices(catalog))
    plausible = [price for price in prices if _min_price(price) <= price.usd <= MAX_PRICE]
    sizes = _medians_by_size(plausible)
    same_model: dict[tuple[str, str], list[float]] = defaultdict(list)
    same_offer: dict[tuple[str, str], list[float]] = defaultdict(list)
    for price in plausible:
        insort(same_model[price.kind, price.model], price.usd)
        same_offer[price.kind, price.key].append(price.usd)
    for price in prices:
        if price.usd <= 0:
            continue
        peer, whose = None, "the same model elsewhere"
        others = same_model[price.kind, price.model].copy()
        for usd in same_offer[price.kind, price.key]:
            del others[bisect_left(others, usd)]
        if others:
            peer = (others[(len(others) - 1) // 2] + others[len(others) // 2]) / 2
        elif (size := _size_class(price.model)) is not None and (price.kind, size) in sizes:
            peer, whose = sizes[price.kind, size], "models of its size"
        yield from _check_price(price, peer, whose)


def _min_price(price: Price) -> float:
    return MIN_CACHE_READ if price.kind == "cache_read" else MIN_PRICE


def _check_price(price: Price, peer: float | None, whose: str) -> Iterator[Finding]:
    path = offer_path(price.key, price.field)
    off = None if peer is None else log10(price.usd / peer)
    beyond = not _min_price(price) <= price.usd <= MAX_PRICE
    places = _unit_error(price.usd, off) if beyond or (off is not None and abs(off) >= 3 - UNIT_TOL) else 0
    if places:
        proposed = float(f"{price.usd * 10.0**-places:.6g}")
        than = "" if peer is None else f", {10 ** abs(off or 0.0):,.0f} times off {whose}"
        text = f"{price.usd:g} USD per million tokens looks like a figure {_UNITS[places]}{than}"
        yield Finding(Severity.ERROR, path, text, price.usd, proposed)
    elif beyond:
        yield Finding(
            Severity.ERROR, path, f"{price.usd:g} USD per million tokens is no market price", price.usd
        )
    elif off is not None and abs(off) > PEER_TOL and whose.startswith("the same"):
        yield Finding(
            Severity.WARNING, path, f"{10 ** abs(off):,.0f} times off {whose} ({peer:g})", price.usd
        )


def _unit_error(usd: float, off: float | None) -> int:
    """The power of a thousand (-6, -3, 3, 6) that the figure is off by; 0 where none explains it."""
    if off is not None:
        power = 3 * round(off / 3)
        return power if power in _UNITS and abs(off - power) <= UNIT_TOL else 0
    fits = [power for power in (-6, -3, 3, 6) if MIN_PRICE * 2 <= usd * 10.0**-power <= MAX_PRICE / 4]
    return fits[0] if fits else 0


def _prices(catalog: Catalog) -> Iterator[Price]:
    for key, offer in catalog.offers.items():
        lists = [("", offer), *((f"tiers[{i}].", tier) for i, tier in enumerate(offer.tiers))]
        for lead, terms in lists:
            for field in PRICES:
                usd = getattr(terms, field)
                if usd is not None:
                    yield Price(key, f"{lead}{field}", field, float(usd))


def _medians_by_size(prices: list[Price]) -> dict[tuple[str, int], float]:
    """Medians by field and size class; five figures of a size at least, fewer mean nothing."""
    sizes: dict[tuple[str, int], list[float]] = defaultdict(list)
    for price in prices:
        if (size := _size_class(price.model)) is not None:
            sizes[price.kind, size].append(price.usd)
    return {key: median(figures) for key, figures in sizes.items() if len(figures) >= MIN_PEERS}


def _size_class(model: str) -> int | None:
    """The class of the parameter count in a model's name; of experts only the whole counts."""
    counts = [float(number) for number in _SIZE.findall(model.casefold())]
    return None if not counts else sum(max(counts) > edge for edge in SIZE_EDGES)


# Prices in two readings or from two sources; speeds and scores in wrong units


MAX_TTFT = 100.0  # seconds to the first token: beyond, it is more likely in milliseconds
MAX_TPS = 20_000.0  # tokens a second that no hardware gives
MIN_WINDOW = 1_000  # tokens: a window below is more likely in thousands
_FIGURE = re.compile(r"(?:\$|USD )\s*(\d+(?:\.\d+)?)|(\d+(?:\.\d+)?) USD")


def check_ambiguous_prices(catalog: Catalog) -> Iterator[Finding]:
    """Prices published "in total": the dearer reading is proposed, as it cannot disappoint."""
    for key, offer in catalog.offers.items():
        if offer.ambiguous:
            stated = _FIGURE.search(offer.ambiguous)
            whole = float(stated[1] or stated[2]) if stated else None
            text = f"may be read in two ways: {offer.ambiguous}"
            dearer = whole if whole is not None and whole > offer.input else None
            yield Finding(Severity.WARNING, offer_path(key, "input"), text, offer.input, dearer)


def check_disputed_prices(catalog: Catalog) -> Iterator[Finding]:
    """Figures of which another source says something else; which one stands, the rule of `refresh` says."""
    for key, offer in catalog.offers.items():
        for at, other in enumerate(offer.disputed):
            if other.source not in catalog.sources:
                path = offer_path(key, f"disputed[{at}].source")
                yield Finding(Severity.ERROR, path, f"there is no source {other.source!r}", other.source)
            differ = [name for name in PRICES if prices_differ(getattr(offer, name), getattr(other, name))]
            if differ:
                path, stands = offer_path(key, differ[0]), getattr(offer, differ[0])
                text = f"sources disagree: {_statement(offer, differ)} stands; {_statement(other, differ)}"
                yield Finding(Severity.WARNING, path, text, stands)


def _statement(terms: Offer | Quoted, fields: list[str]) -> str:
    day = f" ({terms.as_of})" if terms.as_of else ""
    figures = ", ".join(f"{field} {getattr(terms, field):g}" for field in fields)
    return f"{terms.source or 'nobody'}{day} says {figures}"


FREE_TIER_TPM = 250_000  # Gemini's free tier: 5 to 15 requests and so many tokens a minute
FREE_TIER_RPM = 15


def check_hourly_prices(catalog: Catalog) -> Iterator[Finding]:
    """Prices of which the note says that they hold at some hours only, without the share of the week."""
    for key, offer in catalog.offers.items():
        if "by time of day" in offer.note and not offer.hours:
            text = "holds at some hours only, and how many of the week is not stated in `hours`"
            yield Finding(Severity.WARNING, offer_path(key, "hours"), text)


def check_free_tiers(catalog: Catalog) -> Iterator[Finding]:
    """Rate limits of Gemini's free tier beside a price that is paid."""
    for key, offer in catalog.offers.items():
        paid = catalog.providers[key.partition("/")[0]].api == "gemini" and offer.input > 0
        if paid and offer.tpm == FREE_TIER_TPM and (offer.rpm or 0) <= FREE_TIER_RPM:
            text = "the limit of the free tier, beside a price that is paid"
            yield Finding(Severity.WARNING, offer_path(key, "tpm"), text, offer.tpm)


def check_profiles(catalog: Catalog) -> Iterator[Finding]:
    """Claude on Bedrock under a bare id, which AWS refuses: it takes inference profiles only."""
    for key, offer in catalog.offers.items():
        bedrock = catalog.providers[key.partition("/")[0]].api == "bedrock"
        if bedrock and needs_profile(offer.id) and offer.status != OfferStatus.RETIRED:
            yield Finding(Severity.WARNING, offer_path(key, "id"), NO_PROFILE, offer.id, f"global.{offer.id}")


def check_speeds(catalog: Catalog, today: date) -> Iterator[Finding]:
    """Speeds in the wrong unit, from nowhere, or old."""
    for key, offer in catalog.offers.items():
        if offer.ttft is not None and offer.ttft > MAX_TTFT:
            text = f"{offer.ttft:g} s to the first token looks like milliseconds"
            yield Finding(Severity.ERROR, offer_path(key, "ttft"), text, offer.ttft, offer.ttft / 1000)
        if offer.tps is not None and offer.tps > MAX_TPS:
            text = f"{offer.tps:g} tokens a second looks like tokens a minute"
            yield Finding(Severity.ERROR, offer_path(key, "tps"), text, offer.tps, offer.tps / 60)
        if offer.ttft is not None or offer.tps is not None:
            yield from _check_speed_source(catalog, key, offer, today)


def _check_speed_source(catalog: Catalog, key: str, offer: Offer, today: date) -> Iterator[Finding]:
    path, source = offer_path(key, "speed_source"), offer.speed_source
    if not source:
        yield Finding(Severity.WARNING, path, "no source of its speed")
    elif source not in catalog.sources:
        yield Finding(Severity.ERROR, path, f"there is no source {source!r}", source)
    elif (day := speed_day(catalog, offer)) and is_old(day, today):
        text = f"{(today - day).days} days old"
        yield Finding(Severity.WARNING, offer_path(key, "speed_as_of"), text, day.isoformat())


def check_scales(catalog: Catalog) -> Iterator[Finding]:
    """Scores 0-1 among scores 0-100, fees in percent, windows in thousands."""
    scores: dict[str, list[tuple[str, float]]] = defaultdict(list)  # benchmark -> (path, score)
    for name, model in catalog.models.items():
        for at, score in enumerate(model.scores):
            scores[score.benchmark].append((f'models."{name}".scores[{at}].value', score.value))
        if model.context < MIN_WINDOW:
            text = f"a window of {model.context:g} tokens looks like thousands"
            yield Finding(
                Severity.WARNING, f'models."{name}".context', text, model.context, model.context * 1000
            )
    for rows in scores.values():
        shares = [(path, score) for path, score in rows if 0 < score <= 1]
        others = [score for _, score in rows if score > 1]
        alone = len(shares) >= 3 and not others
        for path, share in shares if alone or (others and min(others) > 10) else ():
            text = f"{share:g} looks like a share of 1; scores are 0-100"
            yield Finding(Severity.ERROR, path, text, share, share * 100)
    for name, provider in catalog.providers.items():
        if provider.fee > 1:
            text = f"a fee of {provider.fee:g} times the spend looks like percent"
            yield Finding(Severity.ERROR, f"providers.{name}.fee", text, provider.fee, provider.fee / 100)


# Figures that contradict each other, are old, or come from nowhere


def check_zero_prices(catalog: Catalog) -> Iterator[Finding]:
    """A price of nothing is a preview, a subscription or unknown: not free."""
    for key, offer in catalog.offers.items():
        if offer.hosting is None and not offer.input and not offer.output and not offer.per_request:
            text = "a price of zero is a preview, a subscription or unknown: not free"
            yield Finding(Severity.ERROR, offer_path(key, "input"), text, 0.0)


def check_price_order(catalog: Catalog) -> Iterator[Finding]:
    """Output cheaper than input, cache reads dearer than input, tiers cheaper than what is below them."""
    for key, offer in catalog.offers.items():
        if 0 < offer.output < offer.input:
            text = f"output ({offer.output:g}) is cheaper than input ({offer.input:g})"
            yield Finding(Severity.WARNING, offer_path(key, "output"), text, offer.output)
        if offer.cache_read is not None and offer.cache_read > offer.input:
            text = f"reading the cache ({offer.cache_read:g}) is dearer than input ({offer.input:g})"
            yield Finding(Severity.WARNING, offer_path(key, "cache_read"), text, offer.cache_read)
        for at, tier in enumerate(offer.tiers):
            if tier.input < offer.input:
                text = f"long prompts ({tier.input:g}) are cheaper than short ones ({offer.input:g})"
                yield Finding(Severity.WARNING, offer_path(key, f"tiers[{at}].input"), text, tier.input)
            if tier.cache_read is None and offer.cache_read is not None:
                text = (
                    f"no price for cached tokens of prompts above {tier.above:,g}: they are billed as input "
                    f"({tier.input:g}), below at {offer.cache_read:g}"
                )
                yield Finding(Severity.WARNING, offer_path(key, f"tiers[{at}].cache_read"), text)


def check_windows(catalog: Catalog) -> Iterator[Finding]:
    """An offer cannot have a larger window than its model, nor a longer answer than its window."""
    for key, offer in catalog.offers.items():
        model = catalog.models[base_name(key, catalog.models).partition("/")[2]]
        if offer.context is not None and offer.context > model.context:
            text = f"{offer.context:,g} tokens, the model has {model.context:,g}"
            yield Finding(Severity.ERROR, offer_path(key, "context"), text, offer.context, model.context)
        window = min(model.context, offer.context or model.context)
        if offer.max_output is not None and offer.max_output > window:
            text = f"{offer.max_output:,g} tokens of output in a window of {window:,g}"
            yield Finding(Severity.WARNING, offer_path(key, "max_output"), text, offer.max_output, window)


def check_retired(catalog: Catalog, today: date) -> Iterator[Finding]:
    """Offers whose day has passed and that still claim to be there."""
    for key, offer in catalog.offers.items():
        if offer.retires is not None and offer.retires < today and offer.status != OfferStatus.RETIRED:
            text = f"retired on {offer.retires}, but its status is {offer.status}"
            yield Finding(Severity.WARNING, offer_path(key, "status"), text, str(offer.status), "retired")


def check_age(catalog: Catalog, today: date) -> Iterator[Finding]:
    """Prices older than half a year."""
    for key, offer in catalog.offers.items():
        day = price_day(catalog, offer)
        if is_old(day, today):
            text = f"{(today - day).days} days old"
            yield Finding(Severity.WARNING, offer_path(key, "as_of"), text, day.isoformat())


def check_sources(catalog: Catalog) -> Iterator[Finding]:
    """Figures whose origin is not named, or named but not known."""
    named = [(offer_path(key, "source"), offer.source) for key, offer in catalog.offers.items()]
    named += [(plan_path(key, "source"), plan.source) for key, plan in catalog.plans.items()]
    for name, model in catalog.models.items():
        named += [(f'models."{name}".scores[{i}].source', s.source) for i, s in enumerate(model.scores)]
    for path, source in named:
        if not source:
            yield Finding(Severity.WARNING, path, "no source")
        elif source not in catalog.sources:
            yield Finding(Severity.ERROR, path, f"there is no source {source!r}", source)


def check_plans(catalog: Catalog, today: date) -> Iterator[Finding]:
    """Subscriptions that cover nothing, or everything, or cannot pay; old ones and those without a source."""
    catalog = spelled_out(catalog) if catalog.plans else catalog
    for key, plan in catalog.plans.items():
        models = plan.models or ()
        covered = [offer for offer in catalog.offers if plan_covers(plan, offer, catalog.models)]
        served = [offer.partition("/")[2] for offer in covered]
        unserved = [name for name in models if not any(is_covered(m, [name], catalog.models) for m in served)]
        if not covered:
            text = f"covers nothing: {plan.provider} offers {'none of them' if models else 'no model'}"
            yield Finding(Severity.ERROR, plan_path(key, "models"), text, ", ".join(models) or None)
        elif unserved:
            text = f"{plan.provider} does not offer {', '.join(unserved)}"
            yield Finding(Severity.WARNING, plan_path(key, "models"), text, ", ".join(unserved))
        if not plan.usd_per_month and plan.max_units is None:
            text = "costs nothing and has no max_units, so that it covers everything"
            yield Finding(Severity.WARNING, plan_path(key, "max_units"), text)
        if plan.allowance.usd is not None and 0 < plan.allowance.usd <= plan.usd_per_month:
            text = f"a unit costs {plan.usd_per_month:,g} USD and covers no more: it never pays"
            yield Finding(Severity.WARNING, plan_path(key, "allowance.usd"), text, plan.allowance.usd)
        if plan.as_of is not None and is_old(plan.as_of, today):
            text = f"{(today - plan.as_of).days} days old"
            yield Finding(Severity.WARNING, plan_path(key, "as_of"), text, plan.as_of.isoformat())


def plan_path(key: str, field: str) -> str:
    """The path of a subscription's figure, as TOML writes it."""
    return f'plans."{key}".{field}'


def check_duplicates(catalog: Catalog) -> Iterator[Finding]:
    """One thing under two names: models alike but for order and signs, offers with one wire id."""
    same_words: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for name in catalog.models:
        words = "".join(c if c.isalnum() or c == "." else " " for c in name.casefold()).split()
        same_words[tuple(sorted(words))].append(name)
    for names in map(sorted, same_words.values()):
        for other in names[1:]:
            text = f"may be the same model as {names[0]}"
            yield Finding(Severity.WARNING, f'models."{other}"', text, other, names[0])
    same_id: dict[tuple[str, str], list[str]] = defaultdict(list)
    for key, offer in catalog.offers.items():
        if offer.id and base_name(key, catalog.models) == key:  # levels have one id
            same_id[key.partition("/")[0], offer.id].append(key)
    for (_, offer_id), keys in same_id.items():
        for other in keys[1:]:
            yield Finding(Severity.ERROR, offer_path(other, "id"), f"{keys[0]} has the same id", offer_id)
