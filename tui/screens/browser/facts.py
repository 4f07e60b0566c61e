"""What is known of one offer and its model, as lines: every figure with its unit, its source and its date."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from ....engine.domain.marks import VENDOR, named
from ... import formatting
from .columns import figure, price
from .rows import Row

if TYPE_CHECKING:
    from ....engine.domain.catalog import Catalog, Model

Fact = tuple[str, str, str]  # style, name, text
_PRICES = ("input", "output", "cache_read", "cache_write")
_SPEEDS = {
    "ttft": "s to the first token, median",
    "tps": "tokens per second, median",
    "spread": "x, p95 over median of the whole answer",
}
_LINKS = ("documentation", "support", "community", "base_url")


def details(
    row: Row, rows: Mapping[str, Row], catalog: Catalog, label: str, why: Iterable[str] = ()
) -> list[Fact]:
    """The offer for the label, its prices, the model with its scores, all its offers, and the provider.

    `why` are sentences on what it would take for the plan to have it.
    """
    return [
        ("head", row.key, ""),
        *_standing(row, label),
        *(("value", "" if at else "why not", said) for at, said in enumerate(why)),
        *_offer(row, catalog),
        *_model(row.model, row.key.partition("/")[2]),
        *_skills(row),
        *_scores(row, catalog),
        *_offers(row, rows),
        *_provider(row),
    ]


def _standing(row: Row, label: str) -> Iterable[Fact]:
    yield ("head", f"for label {label}, alone", "")
    told = row.standing
    if told is None:
        yield ("note", "", "the solver has not answered yet")
        return
    cost, quality, latency = row.signs
    yield ("value", "cost", _signed(cost, f"{formatting.money(told.cost)} USD a month"))
    yield ("value", "quality", _signed(quality, f"{formatting.points(told.quality)} points of 100"))
    late = "" if told.late is None else f", {formatting.share(told.late)} late"
    yield ("value", "latency", _signed(latency, f"{formatting.seconds(told.latency)}{late}"))
    if row.share:
        yield ("good", "in the plan", f"✓ {formatting.share(row.share)} of its requests")
    if row.pinned is not None:
        yield ("mark", "pinned", f"⌖ {formatting.share(row.pinned)} of its requests")
    for broken in told.breaks:
        yield ("bad", "out", f"✗ {broken.reason} ({broken.rule})")
    if told.dominated_by is not None:
        yield ("note", "dominated", f"▼ by {told.dominated_by}: nowhere worse, somewhere better")
    if told.carries < 1:
        yield ("bad", "limited", f"its rate limit carries {told.carries:.0%} of the label's peak")


def _offer(row: Row, catalog: Catalog) -> Iterable[Fact]:
    offer = row.offer
    yield ("head", "offer", "")
    yield ("value", "wire name", offer.id or "-")
    for name in _PRICES:
        given, signs = getattr(offer, name), row.marks.figure(row.key, name)
        told = "-" if given is None else _signed(signs, f"{price(given)} USD per million tokens")
        yield ("value", name, told)
    for tier in offer.tiers:
        words = f"{price(tier.input)} in, {price(tier.output)} out, USD per million tokens"
        yield ("value", f"over {formatting.tokens(tier.above)}", words)
    if offer.per_request:
        yield ("value", "per request", f"{offer.per_request:g} USD")
    if offer.batch_discount:
        yield ("value", "batch", f"{formatting.share(offer.batch_discount)} off")
    yield ("value", "context", f"{formatting.number(row.window)} tokens")
    for name, words in _SPEEDS.items():
        given, signs = getattr(offer, name), row.marks.figure(row.key, name)
        yield ("value", name, "unknown" if given is None else _signed(signs, f"{figure(given)} {words}"))
    limits = [f"{figure(offer.rpm)} requests/min" if offer.rpm else "",
              f"{figure(offer.tpm)} tokens/min" if offer.tpm else ""]  # fmt: skip
    yield ("value", "rate limits", ", ".join(filter(None, limits)) or "none known")
    retires = f", retires {offer.retires}" if offer.retires else ""
    yield ("value", "status", f"{offer.status}{retires}")
    for name in ("ambiguous", "note"):
        if given := getattr(offer, name, ""):
            yield ("note", name, str(given))
    yield ("note", "source", sourced(catalog, offer.source, offer.as_of))
    for other in offer.disputed:
        prices = f"{price(other.input)} in, {price(other.output)} out USD/M"
        yield ("note", "but also", f"{prices}: {sourced(catalog, other.source, other.as_of)}")
    if offer.tps is not None or offer.ttft is not None:
        yield ("note", "speed from", sourced(catalog, offer.speed_source, offer.speed_as_of))


def _signed(signs: str, text: str) -> str:
    """A figure after its signs, and what they mean after it."""
    return f"{signs}{text}{named(signs, '; ')}"


def _model(model: Model, key: str) -> Iterable[Fact]:
    yield ("head", f"model {key}", "")
    yield ("value", "developer", model.developer or "unknown")
    weights = "open weights" if model.open_weights else "closed weights"
    yield ("value", "licence", f"{model.licence or 'unknown'}, {weights}")
    yield ("value", "features", ", ".join(model.features) or "none known")
    if model.verbosity != 1:
        yield ("value", "verbosity", f"{model.verbosity:g} x the label's output tokens")


def _skills(row: Row) -> Iterable[Fact]:
    fitted: Mapping[str, Any] = getattr(row.model, "fitted", {}) or {}
    if row.skills:
        yield ("head", "skills, 0-100", "")
    for name, value in sorted(row.skills.items()):
        signs = row.marks.figure(row.key, f"skill:{name}")
        stated = "" if name in row.model.skills or name in fitted else ", percentile of its scores"
        yield ("value", name, _signed(signs, f"{value:.1f}{_interval(fitted.get(name))}{stated}"))


def _interval(fit: Any) -> str:
    low, high = getattr(fit, "low", None), getattr(fit, "high", None)
    return f" ({low:.1f} to {high:.1f})" if low is not None and high is not None else ""


def _scores(row: Row, catalog: Catalog) -> Iterable[Fact]:
    if row.model.scores:
        yield ("head", "scores", "")
    for at, score in enumerate(row.model.scores):
        test = catalog.benchmarks[score.benchmark]
        signs = row.marks.figure(row.key, f"score:{at}") or (VENDOR if score.kind == "vendor" else "")
        origin = sourced(catalog, score.source, score.as_of)
        words = f"{signs}{score.value:g} ({test.skill}){named(signs, ', ')}, {origin}"
        yield ("value", test.title or score.benchmark, words)


def _offers(row: Row, rows: Mapping[str, Row]) -> Iterable[Fact]:
    model = row.key.partition("/")[2]
    same = [one for key, one in rows.items() if key.partition("/")[2] == model]
    yield ("head", f"all {len(same)} offers of this model", "")
    for one in sorted(same, key=lambda r: r.standing.cost if r.standing else r.offer.input):
        month = f"{one.signs.cost}{formatting.money(one.standing.cost)} USD/mo, " if one.standing else ""
        first, last = (f"{one.marks.figure(one.key, n)}{price(getattr(one.offer, n))}" for n in _PRICES[:2])
        prices = f"{month}{first} in, {last} out USD/M"
        speed = "" if one.offer.tps is None else f", {figure(one.offer.tps)} tok/s"
        yield ("value", f"{one.state} {one.key.partition('/')[0]}", prices + speed)


def _provider(row: Row) -> Iterable[Fact]:
    provider = row.provider
    yield ("head", f"provider {provider.name or row.key.partition('/')[0]}", "")
    trains = {True: "yes", False: "no", None: "unknown"}[provider.trains_on_data]
    yield ("value", "trains on data", trains)
    yield ("value", "fee", f"{formatting.share(provider.fee)} of the spend")
    yield ("value", "wire protocol", provider.api)
    if provider.regions:
        yield ("value", "regions", ", ".join(provider.regions))
    if works := getattr(provider, "integrations", ()):
        yield ("value", "integrations", ", ".join(works))
    for name in _LINKS:
        if link := getattr(provider, name, ""):
            yield ("note", name, str(link))


def sourced(catalog: Catalog, key: str, day: object) -> str:
    """Title, date and licence of a source."""
    source = catalog.sources.get(key)
    if source is None:
        return key or "no source is named"
    when = day or source.as_of
    parts = (source.title or key, str(when or ""), source.licence, source.url)
    return ", ".join(part for part in parts if part)
