"""A tiny market, so that a test's whole question fits in a few lines and its answer on a sheet of paper."""

from __future__ import annotations

from datetime import date
from typing import Any

from modelpick.engine import Catalog, Plan, Routing, pick
from modelpick.engine.commands.parsers import parser_of, split_subcommand, subcommands

TODAY = date(2026, 11, 23)
MILLION = {"requests": 1_000_000, "input_tokens": 1, "output_tokens": 0}
"""A million requests of one token: a price of 3 USD per million tokens costs 3 USD a month."""


def offer(price: float, **more: Any) -> dict[str, Any]:
    """An offer with one price for everything."""
    return {"input": price, "output": price, **more}


def market(offers: dict[str, dict[str, Any]], **models: dict[str, Any]) -> Catalog:
    """A catalogue of these offers; `models` adds facts, a provider's facts come as `provider_NAME`."""
    sellers = {key.partition("/")[0] for key in offers}
    names = {key.partition("/")[2] for key in offers}
    return Catalog.model_validate(
        {
            "schema": 1,
            "as_of": TODAY,
            "providers": {name: models.get(f"provider_{name}", {}) for name in sellers},
            "models": {name: {"context": 100_000, **models.get(name, {})} for name in names},
            "offers": offers,
        }
    )


def solved(catalog: Catalog, labels: dict[str, dict[str, Any]] | None = None, **router: Any) -> Plan:
    """The plan; a label's facts are added to a million requests of one token."""
    labels = {"work": {}} if labels is None else labels
    data = {"labels": {name: {**MILLION, **facts} for name, facts in labels.items()}, **router}
    return pick(Routing.model_validate(data), catalog, today=TODAY)


def mix(plan: Plan, label: str = "work") -> dict[str, float]:
    """Offer -> share, rounded to a millionth."""
    return {route.offer: round(route.share, 6) for route in plan.labels[label].routes}


def coding(score: float) -> dict[str, Any]:
    """A model's facts: how well it codes."""
    return {"skills": {"coding": score}}


def codes(least: float, **more: Any) -> dict[str, Any]:
    """A label's facts: how well its mix must code."""
    return {"skills": {"coding": 1.0}, "min_quality": least, **more}


def ran(command: Any, *words: str) -> tuple[str, int]:
    """What a module of `commands` prints for these words, and its exit status."""
    subcommand, rest = split_subcommand(words, subcommands(command))
    text, status = command.run(parser_of("command", command, subcommand).parse_args(rest))
    return text, status
