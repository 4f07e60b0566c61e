"""The comparison of models: a line per offer, with the budget of a month."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ...domain.catalog import Catalog, Offer
from ...solver.compare import Comparison
from .table import clean, count, point, table

SKILLS = ("reasoning", "coding", "multilingual")
_HEAD = (
    *("model", "provider", "USD/M in", "USD/M out", "context", *SKILLS, "ttft s", "tok/s"),
    *("features", "limits", "status", "USD/month", "source", "as of"),
)
_RIGHT = (2, 3, 4, 5, 6, 7, 8, 9, 13)


def compare_text(
    catalog: Catalog, lines: Sequence[Comparison], input_tokens: float, output_tokens: float
) -> str:
    """The table, and what its budgets assume."""
    body = table(_HEAD, [_row(catalog, line) for line in lines], _RIGHT)
    tokens = f"{input_tokens:,.10g} input + {output_tokens:,.10g} output tokens"
    return f"{body}\n\nUSD/month: {tokens}, uncached, fees included"


def _row(catalog: Catalog, line: Comparison) -> tuple[str, ...]:
    provider, _, model = line.offer.partition("/")
    offer, about = line.facts, catalog.models[model]
    return (
        clean(about.name or model),
        clean(catalog.providers[provider].name or provider),
        f"{offer.input:g}",
        f"{offer.output:g}",
        count(window(about.context, offer)),
        *(point(line.skills.get(skill)) for skill in SKILLS),
        "-" if offer.ttft is None else f"{offer.ttft:g}",
        "-" if offer.tps is None else f"{offer.tps:g}",
        clean(", ".join(about.features)) or "-",
        _limits(offer),
        offer.status,
        f"{line.budget:,.2f}",
        clean(offer.source) or "-",
        str(offer.as_of or "-"),
    )


def window(context: float, offer: Offer) -> float:
    """Tokens, input + output, that fit at this offer."""
    return context if offer.context is None else min(context, offer.context)


def _limits(offer: Offer) -> str:
    said = [f"{value:,.10g} {name}" for name, value in (("rpm", offer.rpm), ("tpm", offer.tpm)) if value]
    return ", ".join(said) or "-"


def compare_json(catalog: Catalog, lines: Sequence[Comparison]) -> list[dict[str, Any]]:
    """The same table as data; null where a figure is not known."""
    return [_object(catalog, line) for line in lines]


def _object(catalog: Catalog, line: Comparison) -> dict[str, Any]:
    provider, _, model = line.offer.partition("/")
    offer = line.facts
    return {
        "offer": line.offer,
        "model": model,
        "provider": provider,
        "input": offer.input,
        "output": offer.output,
        "context": window(catalog.models[model].context, offer),
        "skills": {skill: line.skills.get(skill) for skill in sorted({*SKILLS, *line.skills})},
        "features": list(catalog.models[model].features),
        "open_weights": catalog.models[model].open_weights,
        "ttft": offer.ttft,
        "tps": offer.tps,
        "rpm": offer.rpm,
        "tpm": offer.tpm,
        "status": offer.status,
        "budget": float(line.budget),
        "source": offer.source,
        "as_of": None if offer.as_of is None else offer.as_of.isoformat(),
    }
