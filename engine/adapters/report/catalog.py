"""What `modelpick catalog` prints: offers a line each, all figures of one, findings, models by name.

Also which models have no skill and which offers no speed. Every figure stands with its unit, source,
licence, date and age.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from ...domain.catalog import Catalog, Model, Offer, Provider, Quoted, Tier
from ...domain.formatting import count_text, plural, share_text
from ...domain.levels import base_name, canonical, full_name
from ...domain.marks import ESTIMATED
from ...domain.provenance import OF_THE_MODEL, Provenance, of_provider, provenance
from ..catalog.checks import Finding, Severity
from ..catalog.model_names import key_of, proposals, reviewed
from ..catalog.refresh import RULE
from ..catalog.scores.figure import split
from .comparison import window
from .text import Row, clean, table

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
_ALLOWANCE_UNITS = {"usd": "USD of list prices", "requests": "requests", "tokens": "tokens, input and output"}
_SPEEDS = ("speed_source", "speed_as_of", "speed_samples", "speed_basis")
_NO_FIGURES = {"source", "as_of", "skills", "scores", "fitted", "disputed", "ambiguous", "note", *_SPEEDS}
_NO_FIGURES |= {"efforts", "default_effort", "assumed_default"}  # said in a line of their own
_ONLY_WHERE_STATED = {"tiers", "hours", "features_unknown", "successor", "hosting", "price_rule"}
_ONLY_WHERE_STATED |= {"verbosity_low", "verbosity_high"}
_EFFORTS = re.compile(r"xhigh|high|max|medium|thinking|\b\d+k\b")
Skills = Mapping[str, Mapping[str, float]]


@dataclass(frozen=True)
class Shown:
    """What to show: models with their offers, offers, providers and subscriptions by name."""

    models: Mapping[str, Sequence[str]]
    offers: Sequence[str]
    providers: Sequence[str]
    plans: Sequence[str]


def list_text(catalog: Catalog, offers: Sequence[str], *, levels: bool = False) -> str:
    """One line per offer, and with `levels` one for each of its levels, whose prices are the same."""
    head = ("offer", "USD/M in", "USD/M out", "context", "tok/s", "status", "as of", "source")
    rows = []
    plain = dict.fromkeys(base_name(key, catalog.models) for key in offers)
    for key in offers if levels else plain:
        offer = catalog.offers[key]
        size = window(catalog.models[key.partition("/")[2]].context, offer)
        speed = "-" if offer.tps is None else f"{ESTIMATED if offer.speed_basis else ''}{offer.tps:g}"
        facts = (
            f"{offer.input:g}",
            f"{offer.output:g}",
            count_text(size),
            speed,
            offer.status,
            str(offer.as_of or "-"),
        )
        rows.append((clean(key), *facts, clean(offer.source) or "-"))
    count = plural(len(plain), "offer") + (f" at {len(offers):,} levels" if len(offers) > len(plain) else "")
    return f"{table(head, rows, (1, 2, 3, 4))}\n\n{count}, catalogue of {catalog.as_of}"


def matching_offers(catalog: Catalog, words: Iterable[str]) -> list[str]:
    """Offers whose key, names, developer, status or features contain every word."""
    wanted = [word.casefold() for word in words]
    return [
        key
        for key, offer in catalog.offers.items()
        if all(w in _searched_text(catalog, key, offer) for w in wanted)
    ]


def _searched_text(catalog: Catalog, key: str, offer: Offer) -> str:
    provider, _, model = key.partition("/")
    facts = catalog.models[model]
    weights = "open" if facts.open_weights else "closed"
    parts = (
        key,
        offer.id,
        offer.status,
        catalog.providers[provider].name,
        facts.name,
        facts.developer,
        weights,
    )
    return "\n".join((*parts, *catalog.features_of(key))).casefold()


def show_text(catalog: Catalog, asked: Shown, skills: Skills, today: date) -> str:
    """Every figure of each model, with its offers a line each; of each offer, its model and provider; of each
    provider and subscription. What is asked for twice is said once.
    """
    models = [_model_with_offers(catalog, offers, skills, today) for offers in asked.models.values()]
    offers = [_offer(catalog, key, today) for key in asked.offers]
    parts = [key.partition("/") for key in asked.offers]
    of_offers = {model: key for key, (_, _, model) in zip(asked.offers, parts, strict=True)}
    owners = [
        _model(catalog, key, skills, today, key.partition("/")[0])
        for model, key in of_offers.items()
        if model not in asked.models
    ]
    providers = dict.fromkeys([*(provider for provider, _, _ in parts), *asked.providers])
    sellers = [_provider(catalog, key, today) for key in providers]
    return "\n\n".join(
        [*models, *offers, *owners, *sellers, *(_plan(catalog, key, today) for key in asked.plans)]
    )


def show_json(
    catalog: Catalog, offers: Sequence[str], providers: Sequence[str], skills: Skills, today: date
) -> list[Any]:
    """The same facts as data; `provenance` has a row per figure of the offer that is known."""
    facts: list[Any] = []
    for key in offers:
        provider, _, model = key.partition("/")
        offer = catalog.offers[key]
        names = [n for n in Offer.model_fields if n not in _NO_FIGURES and getattr(offer, n) is not None]
        facts.append(
            {
                "offer": key,
                "facts": offer.model_dump(mode="json"),
                "model": catalog.models[model].model_dump(mode="json"),
                "provider": catalog.providers[provider].model_dump(mode="json"),
                "skills": dict(skills.get(model, {})),
                "provenance": {name: _origin_json(provenance(catalog, key, name), today) for name in names},
            }
        )
    facts += [{"provider": key, "facts": catalog.providers[key].model_dump(mode="json")} for key in providers]
    return facts


def _model_with_offers(catalog: Catalog, offers: Sequence[str], skills: Skills, today: date) -> str:
    first = offers[0]
    more = f"  modelpick catalog show {clean(first)} has every figure of an offer, and from where"
    return f"{_model(catalog, first, skills, today)}\n\n{list_text(catalog, offers)}\n{more}"


def _model(catalog: Catalog, key: str, skills: Skills, today: date, seller: str = "") -> str:
    """The model of an offer; its levels are named as the seller's, or alone."""
    model = key.partition("/")[2]
    about = catalog.models[model]

    def origin(name: str) -> Provenance:
        return provenance(catalog, key, f"model.{name}")

    blocks = [
        f"model {clean(model)}\n{_figures(about, origin, today)}",
        _levels(catalog, model, seller),
        "" if full_name(model, catalog.models) != model else _unpriced_effort(about),
        _shared_features(catalog, key),
        _scores(catalog, key, about, skills.get(model, {}), today),
    ]
    return "\n".join(block for block in blocks if block)


def _offer(catalog: Catalog, key: str, today: date) -> str:
    offer = catalog.offers[key]
    figures = _figures(offer, lambda name: provenance(catalog, key, name), today)
    disputes = _disputes(offer)
    return f"offer {clean(key)}\n{figures}" + (f"\n{disputes}" if disputes else "")


def _plan(catalog: Catalog, name: str, today: date) -> str:
    """Every figure of a subscription."""
    plan = catalog.plans[name]
    source = catalog.sources.get(plan.source)
    day = "" if plan.as_of is None else f", {plan.as_of} ({plural((today - plan.as_of).days, 'day')} old)"
    origin = f"{source.title if source and source.title else plan.source or 'no source is named'}{day}"
    covered = ", ".join(plan.models) if plan.models is not None else f"all of {plan.provider}"
    allowance = f"{plan.allowance.amount:,.10g} {_ALLOWANCE_UNITS[plan.allowance.kind]}"
    rows = [
        ("", "name", plan.name or "-"),
        ("", "price", f"{plan.usd_per_month:,.10g} USD a month and unit"),
        ("", "covers", f"{allowance} a month and unit"),
        ("", "models", covered),
        ("", "units", "any number" if plan.max_units is None else f"at most {plan.max_units:,}"),
        *([("", "note", plan.note)] if plan.note else []),
        ("", "from", origin),
    ]
    cells = [tuple(clean(cell) for cell in row) for row in rows]
    return f"plan {clean(name)}, of {clean(plan.provider)}\n{table(('', 'figure', 'value'), cells)}"


def _provider(catalog: Catalog, key: str, today: date) -> str:
    facts = catalog.providers[key]
    served = len({base_name(o, catalog.models) for o in catalog.offers if o.startswith(f"{key}/")})
    rows = _figures(facts, lambda name: of_provider(catalog, key, name), today)
    return f"provider {clean(key)}, {plural(served, 'offer')}\n{rows}"


def _figures(owner: Model | Offer | Provider, origin: Any, today: date) -> str:
    """A line a figure; those that nobody states, or that are the model's, are only named."""
    rows: list[tuple[str, ...]] = []
    unknown: list[str] = []
    models_own: list[str] = []
    for name in type(owner).model_fields:
        if name in _NO_FIGURES:
            continue
        figure, source = getattr(owner, name), origin(name)
        if isinstance(owner, Offer) and name == "tiers" and figure:
            rows += [("", *row, _origin_text(source, today)) for tier in figure for row in _tier_rows(tier)]
        elif not figure and name in _ONLY_WHERE_STATED:
            continue
        # A provider that states no region may serve anywhere: that is not known, and not none.
        elif figure is None or figure == "" or (name == "regions" and not figure):
            (models_own if source.note == OF_THE_MODEL else unknown).append(name)
        else:
            rows.append(("", name, _figure_text(figure), _UNITS.get(name, ""), _origin_text(source, today)))
    lines: list[Row] = [*rows]
    if models_own:
        lines.append(f"  {', '.join(models_own)}: {OF_THE_MODEL}")
    if unknown:
        lines.append(f"  {', '.join(unknown)}: unknown")
    return table(("", "figure", "value", "unit", "from"), lines)


def _tier_rows(tier: Tier) -> list[tuple[str, str, str]]:
    """The prices of requests with longer prompts: figure, value, unit."""
    prices = tier.model_dump(exclude_none=True, exclude={"above"})
    return [
        (f"{name}, prompts above {tier.above:,.10g}", _figure_text(price), _PER_MILLION)
        for name, price in prices.items()
    ]


def _figure_text(figure: Any) -> str:
    if figure is None:
        return "unknown"
    if isinstance(figure, bool):
        return "yes" if figure else "no"
    if isinstance(figure, (int, float)):
        return f"{figure:,.10g}"
    if isinstance(figure, tuple):
        return ", ".join(_figure_text(item) for item in figure) or "none"
    if hasattr(figure, "model_dump"):
        facts = figure.model_dump(exclude_none=True)
        return " ".join(
            f"{name} {_figure_text(fact)} {_UNITS.get(name, '')};" for name, fact in facts.items()
        )
    return clean(str(figure)) or "unknown"


def _origin_text(origin: Provenance, today: date) -> str:
    return "" if origin.note == "unknown" else clean(origin.words(today))


def _origin_without_note(origin: Provenance, today: date) -> str:
    """Without the note, which has been said: the test's name."""
    return _origin_text(origin, today).removesuffix(f"; {clean(origin.note)}")


def _origin_json(origin: Provenance, today: date) -> dict[str, Any]:
    day = None if origin.as_of is None else origin.as_of.isoformat()
    source = {
        "source": origin.key or None,
        "title": origin.title,
        "url": origin.url,
        "licence": origin.licence,
    }
    return {**source, "as_of": day, "age_days": origin.age(today), "note": origin.note}


def _levels(catalog: Catalog, model: str, provider: str) -> str:
    """The reasoning levels of a model, each with its verbosity and how to name it (at a provider)."""
    about = catalog.models[base := base_name(model, catalog.models)]
    if not about.efforts:
        return ""
    default = " (default, assumed: nobody states it)" if about.assumed_default else " (default)"
    names = {level: canonical(f"{base}@{level}", catalog.models) for level in about.efforts}
    seller = f"{clean(provider)}/" if provider else ""
    levels = [
        f"{level}{default if level == about.default_effort else ''} x{catalog.models[name].verbosity:g}"
        f" as {seller}{clean(name)}"
        for level, name in names.items()
    ]
    return f"  levels, with their output tokens: {'; '.join(levels)}"


def _unpriced_effort(model: Model) -> str:
    """That scores were taken at an effort whose reasoning tokens the price does not count."""
    efforts = [word for score in model.scores for word in _EFFORTS.findall(score.variant.casefold())]
    if model.verbosity != 1.0 or not efforts:
        return ""
    return (
        f"  scores were taken at effort {', '.join(dict.fromkeys(efforts))}, but verbosity 1 prices an "
        "answer without the reasoning tokens that takes: such answers cost more"
    )


def _shared_features(catalog: Catalog, key: str) -> str:
    """That features are those of any offer of the model, where the offer states none of its own."""
    model = key.partition("/")[2]
    if catalog.offers[key].features is not None:
        return ""
    served = sum(key.partition("/")[2] == model for key in catalog.offers)
    if served < 2 or not catalog.models[model].features:
        return ""
    return f"  features are those that any of its {served} offers is said to have: not every one has them all"


def _disputes(offer: Offer) -> str:
    """Sources side by side, the one that stands first, with the rule that chose."""
    if not offer.disputed:
        return ""
    names = ("input", "output", "cache_read", "cache_write")
    sides: list[tuple[str, Offer | Quoted]] = [("stands", offer)]
    sides += [("beside it", other) for other in offer.disputed]
    rows = [
        (
            "",
            who,
            clean(one.source),
            *(_figure_text(getattr(one, name)) for name in names),
            str(one.as_of or "-"),
        )
        for who, one in sides
    ]
    head = ("", "sources disagree", "source", *(f"{name} USD/M" for name in names), "as of")
    return f"{table(head, rows, right=(3, 4, 5, 6))}\n  rule: {clean(offer.price_rule) or RULE}"


def _scores(catalog: Catalog, key: str, model: Model, skills: Mapping[str, float], today: date) -> str:
    rows = []
    for name in dict.fromkeys(catalog.benchmarks[score.benchmark].skill for score in model.scores):
        for origin in provenance(catalog, key, f"skills.{name}").rests_on:
            rows.append(("", clean(origin.note), f"{origin.value:g}", _origin_without_note(origin, today)))
    rows += [
        (
            "",
            f"skill {clean(name)}",
            f"{skill:.1f}",
            _origin_text(provenance(catalog, key, f"skills.{name}"), today),
        )
        for name, skill in skills.items()
    ]
    return table(("", "score, 0-100", "value", "from"), rows) if rows else "  no score: unscored"


def check_text(findings: Sequence[Finding], offers: int) -> str:
    """A line per finding, then the count."""
    rows = [
        (finding.severity, clean(finding.path), clean(finding.message), _finding_text(finding.proposed))
        for finding in findings
    ]
    errors = sum(finding.severity == Severity.ERROR for finding in findings)
    count = f"{offers} offers checked: {errors} errors, {len(findings) - errors} warnings"
    if not rows:
        return count
    rule = (
        f"Where sources disagree, {RULE}; two of three that agree before the third, unless it has news.\n\n"
        if any("sources disagree" in finding.message for finding in findings)
        else ""
    )
    return f"{table(('', 'figure', 'what', 'probably'), rows)}\n\n{rule}{count}"


def _finding_text(proposed: float | str | None) -> str:
    return "" if proposed is None else f"{proposed:,g}" if isinstance(proposed, float) else clean(proposed)


def check_json(findings: Sequence[Finding]) -> dict[str, Any]:
    """The same as data."""
    errors = sum(finding.severity == Severity.ERROR for finding in findings)
    listed = [asdict(finding) for finding in findings]
    return {"errors": errors, "warnings": len(findings) - errors, "findings": listed}


@dataclass(frozen=True)
class Match:
    """A name, its model (None: nobody has reviewed it), its variant, and proposals with likeness, 0-1."""

    name: str
    key: str | None
    variant: str
    proposals: tuple[tuple[str, float], ...]


def match_names(catalog: Catalog, names: Iterable[str]) -> list[Match]:
    """One a name. Only models of the catalogue count."""
    known = {name: key for name, key in reviewed(catalog.models).items() if key in catalog.models}
    matches = []
    for name in names:
        bare, variant = split(name)
        key = key_of(name, known)
        key, variant = (key, "") if key else (key_of(bare, known), variant)
        matches.append(Match(name, key, variant, () if key else tuple(proposals(bare, known))))
    return matches


def match_text(matches: Sequence[Match]) -> str:
    """A line a name."""
    rows = []
    for match in matches:
        likely = ", ".join(f"{key} ({score:.2f})" for key, score in match.proposals)
        verdict = "reviewed" if match.key else f"perhaps {likely}" if likely else "nothing like it is known"
        rows.append((clean(match.name), clean(match.key or "-"), clean(match.variant) or "-", verdict))
    return table(("name", "model", "variant", "by"), rows)


def match_json(matches: Sequence[Match]) -> dict[str, Any]:
    """The same as data."""
    return {
        match.name: {"model": match.key, "variant": match.variant, "proposals": dict(match.proposals)}
        for match in matches
    }


@dataclass(frozen=True)
class UnknownFigures:
    """Of the offers that can be used: `unscored` and `mute` models, and the offers without a speed.

    A model is unscored where none of its levels has a skill, and mute where no offer of it has a speed; of
    `estimated` the speed is that of relatives. All in the catalogue's order.
    """

    models: tuple[str, ...]
    unscored: tuple[str, ...]
    mute: tuple[str, ...]
    offers: tuple[str, ...]
    mute_offers: tuple[str, ...]
    estimated: tuple[str, ...]


def unknown_figures(catalog: Catalog, offers: Iterable[str]) -> UnknownFigures:
    """Of these offers, levels counted with the plain ones; what is retired is left out."""
    usable = {
        base_name(key, catalog.models): offer
        for key in offers
        if (offer := catalog.offers[key]).status != "retired"
    }
    sellers: dict[str, list[Offer]] = {}
    for key, offer in usable.items():
        sellers.setdefault(key.partition("/")[2], []).append(offer)
    mute_offers = [key for key, offer in usable.items() if not _has_speed(offer)]
    return UnknownFigures(
        models=tuple(sellers),
        unscored=tuple(name for name in sellers if not _is_scored(catalog.models[name])),
        mute=tuple(name for name, sold in sellers.items() if not any(map(_has_speed, sold))),
        offers=tuple(usable),
        mute_offers=tuple(mute_offers),
        estimated=tuple(key for key, offer in usable.items() if _has_speed(offer) and offer.speed_basis),
    )


def _has_speed(offer: Offer) -> bool:
    return offer.ttft is not None and offer.tps is not None


def _is_scored(model: Model) -> bool:
    levels = model.efforts.values()
    known = model.scores or model.skills or model.fitted
    return bool(known) or any(level.skills or level.fitted for level in levels)


def unknown_text(catalog: Catalog, figures: UnknownFigures) -> str:
    """A line for each model that lacks something, then how many of all that are."""
    count = dict.fromkeys(figures.models, 0)
    mute_count = dict(count)
    for key in figures.offers:
        count[key.partition("/")[2]] += 1
    for key in figures.mute_offers:
        mute_count[key.partition("/")[2]] += 1
    lacking = [name for name in figures.models if name in figures.unscored or mute_count[name]]
    rows = [
        (
            clean(name),
            clean(catalog.models[name].developer) or "-",
            "unscored" if name in figures.unscored else "",
            f"{mute_count[name]} of {count[name]} offers" if mute_count[name] else "",
        )
        for name in lacking
    ]
    head = ("model", "developer", "skills", "without a speed")
    lines = [
        _counted(len(figures.unscored), len(figures.models), "models", "unscored"),
        _counted(len(figures.mute), len(figures.models), "models", "without a speed at any provider"),
        _counted(len(figures.mute_offers), len(figures.offers), "offers", "without a speed"),
        _counted(len(figures.estimated), len(figures.offers), "offers", "with an estimated speed (~)"),
    ]
    listed = f"{table(head, rows)}\n\n" if rows else ""
    return listed + "\n".join(lines)


def _counted(part: int, whole: int, kind: str, what: str) -> str:
    share = f" ({share_text(part / whole)})" if whole else ""
    return f"{part:,} of {whole:,} {kind}{share} {what}"


def unknown_json(figures: UnknownFigures) -> dict[str, Any]:
    """The same as data."""
    return {
        "models": len(figures.models),
        "offers": len(figures.offers),
        "unscored": list(figures.unscored),
        "without_speed": list(figures.mute),
        "offers_without_speed": list(figures.mute_offers),
        "offers_with_estimated_speed": list(figures.estimated),
    }
