"""What the catalogue knows: a line per offer, or every figure of one with unit, source and date."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ...domain.catalog import Catalog, Model, Offer, Provider
from .compare import window
from .table import clean, count, table

_PER_MILLION = "USD per million tokens"
_UNITS = {
    "input": _PER_MILLION,
    "output": _PER_MILLION,
    "cache_read": _PER_MILLION,
    "cache_write": _PER_MILLION,
    "per_request": "USD per request",
    "batch_discount": "of the price",
    "context": "tokens",
    "max_output": "tokens",
    "ttft": "s, median",
    "tps": "tokens per second, median",
    "spread": "p95 / median",
    "rpm": "requests per minute",
    "tpm": "tokens per minute",
    "fee": "of the spend",
    "verbosity": "x the label's output tokens",
    "above": "prompt tokens",
    "usd_per_hour": "USD per hour and replica",
}


def list_text(catalog: Catalog, offers: Sequence[str]) -> str:
    """One line per offer."""
    head = ("offer", "USD/M in", "USD/M out", "context", "tok/s", "status", "as of", "source")
    rows = []
    for key in offers:
        offer = catalog.offers[key]
        size = window(catalog.models[key.partition("/")[2]].context, offer)
        speed = "-" if offer.tps is None else f"{offer.tps:g}"
        facts = (
            f"{offer.input:g}",
            f"{offer.output:g}",
            count(size),
            speed,
            offer.status,
            str(offer.as_of or "-"),
        )
        rows.append((clean(key), *facts, clean(offer.source) or "-"))
    return f"{table(head, rows, (1, 2, 3, 4))}\n\n{len(rows)} offers, catalogue of {catalog.as_of}"


def matching(catalog: Catalog, words: Iterable[str]) -> list[str]:
    """Offers whose key, names, developer, status or features contain every word."""
    wanted = [word.casefold() for word in words]
    return [
        key for key, offer in catalog.offers.items() if all(w in _hay(catalog, key, offer) for w in wanted)
    ]


def _hay(catalog: Catalog, key: str, offer: Offer) -> str:
    provider, _, model = key.partition("/")
    about = catalog.models[model]
    weights = "open" if about.open_weights else "closed"
    parts = (
        key,
        offer.id,
        offer.status,
        catalog.providers[provider].name,
        about.name,
        about.developer,
        weights,
    )
    return "\n".join((*parts, *about.features)).casefold()


def show_text(catalog: Catalog, offers: Sequence[str], skills: Mapping[str, Mapping[str, float]]) -> str:
    """Every figure of each offer, its model and its provider."""
    return "\n\n".join(_shown(catalog, key, skills) for key in offers)


def _shown(catalog: Catalog, key: str, skills: Mapping[str, Mapping[str, float]]) -> str:
    provider, _, model = key.partition("/")
    offer = catalog.offers[key]
    source = f"source: {_source(catalog, offer.source)}, as of {offer.as_of or 'unknown'}"
    blocks = [
        f"offer {clean(key)}\n{_figures(offer)}\n  {source}",
        f"model {clean(model)}\n{_figures(catalog.models[model])}",
        _scores(catalog, catalog.models[model], skills.get(model, {})),
        f"provider {clean(provider)}\n{_figures(catalog.providers[provider])}",
    ]
    return "\n".join(block for block in blocks if block)


def _figures(value: Model | Offer | Provider) -> str:
    rows = []
    for name in type(value).model_fields:
        given = getattr(value, name)
        if name not in ("source", "as_of", "skills", "scores"):
            rows.append(("", name, _said(given), _UNITS.get(name, "") if given is not None else ""))
    return table(("", "figure", "value", "unit"), rows)


def _said(given: Any) -> str:
    if given is None:
        return "unknown"
    if isinstance(given, bool):
        return "yes" if given else "no"
    if isinstance(given, (int, float)):
        return f"{given:,.10g}"
    if isinstance(given, tuple):
        return ", ".join(_said(item) for item in given) or "none"
    if hasattr(given, "model_dump"):
        facts = given.model_dump(exclude_none=True)
        return " ".join(f"{name} {_said(fact)} {_UNITS.get(name, '')};" for name, fact in facts.items())
    return clean(str(given)) or "unknown"


def _scores(catalog: Catalog, model: Model, skills: Mapping[str, float]) -> str:
    rows = []
    for score in model.scores:
        test = catalog.benchmarks[score.benchmark]
        rows.append(
            ("", clean(test.title or score.benchmark), f"{score.value:g}", _source(catalog, score.source))
        )
    rows += [
        ("", f"skill {clean(skill)}", f"{value:.1f}", "0-100, computed") for skill, value in skills.items()
    ]
    return table(("", "score", "value", "from"), rows) if rows else ""


def _source(catalog: Catalog, key: str) -> str:
    if key not in catalog.sources:
        return clean(key) or "unknown"
    source = catalog.sources[key]
    return clean(
        " ".join(part for part in (source.title or key, source.url, str(source.as_of or "")) if part)
    )


def show_json(
    catalog: Catalog, offers: Sequence[str], skills: Mapping[str, Mapping[str, float]]
) -> list[Any]:
    """The same facts as data."""
    found = []
    for key in offers:
        provider, _, model = key.partition("/")
        found.append(
            {
                "offer": key,
                "facts": catalog.offers[key].model_dump(mode="json"),
                "model": catalog.models[model].model_dump(mode="json"),
                "provider": catalog.providers[provider].model_dump(mode="json"),
                "skills": dict(skills.get(model, {})),
            }
        )
    return found
