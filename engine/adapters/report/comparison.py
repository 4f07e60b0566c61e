"""The comparison of models: a line per offer, with the budget of a month."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ...domain.catalog import Catalog, Offer
from ...domain.marks import Marks, joined, names
from ...solver.analysis.compare import Comparison
from .marked import legend
from .text import clean, count, money, point, table

SKILLS = ("reasoning", "coding", "multilingual")
_HEAD = (
    *("model", "provider", "USD/M in", "USD/M out", "context", *SKILLS, "ttft s", "tok/s"),
    *("features", "limits", "status", "USD/month", "source", "as of"),
)
_RIGHT = (2, 3, 4, 5, 6, 7, 8, 9, 13)


def compare_text(
    catalog: Catalog, lines: Sequence[Comparison], input_tokens: float, output_tokens: float, marks: Marks
) -> str:
    """The table, what its budgets assume, and what the signs before its figures mean."""
    body = table(_HEAD, [_row(catalog, line, _signs(line, marks)) for line in lines], _RIGHT)
    tokens = f"{input_tokens:,.10g} input + {output_tokens:,.10g} output tokens"
    said = legend(sign for line in lines for sign in _signs(line, marks).values())
    return "\n".join([f"{body}\n\nUSD/month: {tokens}, uncached, fees included", *said])


def _signs(line: Comparison, marks: Marks) -> dict[str, str]:
    """Figure -> its signs; the budget has those of the prices that stand beside it."""
    known = [name for name in ("ttft", "tps") if getattr(line.facts, name) is not None]
    skills = [skill for skill in SKILLS if skill in line.skills]
    found = {name: marks.figure(line.offer, name) for name in ("input", "output", *known)}
    return found | {skill: marks.figure(line.offer, f"skill:{skill}") for skill in skills}


def _row(catalog: Catalog, line: Comparison, signs: dict[str, str]) -> tuple[str, ...]:
    provider, _, model = line.offer.partition("/")
    offer, about = line.facts, catalog.models[model]
    return (
        clean(about.name or model),
        clean(catalog.providers[provider].name or provider),
        f"{signs['input']}{offer.input:g}",
        f"{signs['output']}{offer.output:g}",
        count(window(about.context, offer)),
        *(signs.get(skill, "") + point(line.skills.get(skill)) for skill in SKILLS),
        "-" if offer.ttft is None else f"{signs['ttft']}{offer.ttft:g}",
        "-" if offer.tps is None else f"{signs['tps']}{offer.tps:g}",
        clean(", ".join(about.features)) or "-",
        _limits(offer),
        offer.status,
        joined((signs["input"], signs["output"])) + money(float(line.budget)),
        clean(offer.source) or "-",
        str(offer.as_of or "-"),
    )


def window(context: float, offer: Offer) -> float:
    """Tokens, input + output, that fit at this offer."""
    return context if offer.context is None else min(context, offer.context)


def _limits(offer: Offer) -> str:
    said = [f"{value:,.10g} {name}" for name, value in (("rpm", offer.rpm), ("tpm", offer.tpm)) if value]
    return ", ".join(said) or "-"


def compare_json(catalog: Catalog, lines: Sequence[Comparison], marks: Marks) -> list[dict[str, Any]]:
    """The same table as data; null where a figure is not known, `marks` where it carries signs."""
    found = []
    for line in lines:
        signs = {name: names(sign) for name, sign in _signs(line, marks).items() if sign}
        found.append({**_object(catalog, line), "marks": signs})
    return found


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
