"""The founding report's sections, computed out of a plan."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from ...domain.catalog import Catalog
from ...domain.marks import joined
from ...domain.plan import Plan
from ...domain.routing import Label, Routing
from ...solver.compare import Comparison, compared
from ..alerts import alerts, last_day
from .compare import SKILLS, window
from .markdown import escaped, link, section, table
from .marked import Marked, legend
from .mended import rule_text
from .table import count, money, point, share_text, times

INPUT, OUTPUT = 10_000_000, 5_000_000  # the founding report's month, tokens
BEST = 3


@dataclass(frozen=True)
class Findings:
    """All that the document says: the plan, and the same routing with more traffic (factor -> plan)."""

    name: str
    routing: Routing
    catalog: Catalog
    plan: Plan
    growth: dict[float, Plan]
    marked: Marked
    today: date

    @property
    def offers(self) -> list[str]:
        """The offers in the plan, those of most requests first, then the fallbacks."""
        carried: dict[str, float] = {}
        for name, label in self.plan.labels.items():
            for route in label.routes:
                requests = route.share * self.routing.labels[name].requests
                carried[route.offer] = carried.get(route.offer, 0.0) + requests
        used = sorted(carried, key=lambda key: (-carried[key], key))
        spare = [key for label in self.plan.labels.values() for key in label.fallbacks]
        return list(dict.fromkeys([*used, *spare]))


def document(found: Findings) -> str:
    """The whole report as Markdown."""
    parts = (_head, _recommendation, _comparison, _budget, _labels, _growth, _providers, _speed, _sources)
    return "\n\n".join(part(found) for part in parts) + "\n"


def _head(found: Findings) -> str:
    plan = found.plan
    signs = found.marked.total(plan)
    sure = escaped(signs.quality)
    quality = "" if plan.quality is None else f", quality {sure}{plan.quality:.1f} of 100"
    said = f"{plan.status}: {escaped(signs.cost)}{money(plan.cost)} USD a month{quality}"
    return (
        f"# Models for {escaped(found.name)}\n\nMade on {found.today} with the "
        f"catalogue of {found.catalog.as_of}. The routing is {said}. "
        "Prices are USD per million tokens; shares are of a label's requests; nothing here is typed by hand."
        f"{_warnings(found)}"
    )


def _warnings(found: Findings) -> str:
    """What the plan itself notes, errors of the catalogue and last days of its offers, as a list."""
    lines = [*found.plan.notes, *alerts(found.catalog, found.offers, found.today)]
    return "".join(["\n\nBeware:\n", *(f"\n- {escaped(line)}" for line in lines)]) if lines else ""


def _recommendation(found: Findings) -> str:
    rows = []
    for name, label in found.plan.labels.items():
        for route, signs in zip(label.routes, found.marked.label(name, label)[0], strict=True):
            facts = (
                f"{route.share:.1%}",
                signs.cost + money(route.cost),
                signs.quality + point(route.quality),
                signs.latency + point(route.latency, " s"),
            )
            rows.append((name, route.offer, *facts))
    mixes = table(("label", "offer", "share", "USD/month", "quality", "latency"), rows, right=(2, 3, 4, 5))
    carriers = {route.offer for label in found.plan.labels.values() for route in label.routes}
    carrying = [key for key in found.offers if key in carriers][:BEST]
    spare = [key for key in found.offers if key not in carriers][: BEST - len(carrying)]
    best = [f"{i}. {_reason(found, key)}" for i, key in enumerate(carrying, 1)]
    more = [f"- {_reason(found, key)}" for key in spare]
    blocks = ["The offers that carry the most:", "\n".join(best)]
    blocks += ["Fallbacks, which carry nothing while the others serve:", "\n".join(more)] if more else []
    return section("Recommendation", mixes, *blocks)


def _reason(found: Findings, key: str) -> str:
    """What an offer is used for, and why."""
    served = []
    for name, label in found.plan.labels.items():
        for route, signs in zip(label.routes, found.marked.label(name, label)[0], strict=True):
            if route.offer == key:
                cost = f"{escaped(signs.cost)}{money(route.cost)}"
                served.append(f"{escaped(name)} ({escaped(share_text(route.share))}, {cost} USD a month)")
    model = found.catalog.models[key.partition("/")[2]]
    skills = ", ".join(model.features) or "no special features"
    if not served:
        asked = [escaped(name) for name, label in found.plan.labels.items() if key in label.fallbacks]
        return f"**{escaped(key)}**, a fallback of {' and '.join(asked)}; {escaped(skills)}."
    what = " and ".join(served)
    goal = "least cost" if found.routing.objective == "cost" else "best quality within the budget"
    if found.plan.status != "optimal":
        goal = f"{goal} found in the time there was,"
    return f"**{escaped(key)}** for {what}: part of the {goal} that keeps every rule; {escaped(skills)}."


def _comparison(found: Findings) -> str:
    head = ("model", "provider", "in", "out", "context", *SKILLS, "tok/s", "limits", "labels", "status")
    rows = table(head, [_row(found, key) for key in found.offers], right=(2, 3, 4, 5, 6, 7, 8))
    return section("Comparison", rows, _legend(found))


def _legend(found: Findings) -> str:
    """What the signs before figures mean, those of this document."""
    marks, fields = found.marked.marks, ("input", "output", "tps", *(f"skill:{skill}" for skill in SKILLS))
    signs = [marks.figure(key, field) for key in found.offers for field in fields]
    lines = [*found.marked.legend(found.plan), *legend(signs)]
    return "\n".join(f"- {escaped(line)}" for line in dict.fromkeys(lines))


def _row(found: Findings, key: str) -> tuple[str, ...]:
    provider, _, model = key.partition("/")
    offer, about = found.catalog.offers[key], found.catalog.models[model]
    skills = compared(found.catalog, [key], INPUT, OUTPUT)[0].skills

    def sign(name: str) -> str:
        return found.marked.marks.figure(key, name)

    limits = [f"{value:,g} {name}" for name, value in (("rpm", offer.rpm), ("tpm", offer.tpm)) if value]
    labels = [name for name, label in found.plan.labels.items() if any(r.offer == key for r in label.routes)]
    return (
        *(about.name or model, found.catalog.providers[provider].name or provider),
        *(f"{sign('input')}{offer.input:g}", f"{sign('output')}{offer.output:g}"),
        count(window(about.context, offer)),
        *(sign(f"skill:{skill}") + point(skills[skill]) if skill in skills else "-" for skill in SKILLS),
        *("-" if offer.tps is None else f"{sign('tps')}{offer.tps:g}", ", ".join(limits) or "none known"),
        *(", ".join(labels) or "fallback", _status(found, key)),
    )


def _status(found: Findings, key: str) -> str:
    day = last_day(found.catalog, key, found.today)
    return found.catalog.offers[key].status + (f", last day {day}" if day else "")


def _budget(found: Findings) -> str:
    lines = compared(found.catalog, found.offers, INPUT, OUTPUT)
    rows = [(line.offer, _budgeted(found, line)) for line in sorted(lines, key=lambda line: line.budget)]
    month = f"A month of {INPUT:,} input and {OUTPUT:,} output tokens, uncached, fees included:"
    return section("Budget impact", month, table(("offer", "USD/month"), rows, right=(1,)))


def _budgeted(found: Findings, line: Comparison) -> str:
    """An offer's budget after the signs of the prices that it rests on."""
    signs = (found.marked.marks.figure(line.offer, name) for name in ("input", "output"))
    return joined(signs) + money(float(line.budget))


def _labels(found: Findings) -> str:
    head = ("label", "requests", "input", "output", "must keep")
    rows = [
        (
            name,
            f"{x.requests:,g}",
            f"{x.input_tokens:,g}",
            f"{x.output_tokens:,g}",
            _rules(found.routing, name, x),
        )
        for name, x in found.routing.labels.items()
    ]
    limits = found.routing.limits
    kept = [
        f"{escaped(name)}: {escaped(rule_text(found.routing, f'limits.{name}'))}"
        for name, field in type(limits).model_fields.items()
        if getattr(limits, name) != field.get_default(call_default_factory=True)
    ]
    whole = f"The whole router must keep: {'; '.join(kept)}." if kept else ""
    return section("Use cases and requirements", table(head, rows, right=(1, 2, 3)), whole)


_WORDS = {  # the rules of a label that have a wording of their own, or are a workload and no rule
    *("requests", "input_tokens", "input_tokens_p95", "output_tokens", "cached", "cache_writes", "context"),
    *("skills", "min_quality", "max_latency", "percentile", "features", "batch", "routes", "fallbacks"),
}


def _rules(routing: Routing, name: str, label: Label) -> str:
    """Every rule of a label, whatever it is."""
    said = [f"{label.fits:,.0f} tokens of context"]
    if label.min_quality is not None:
        said.append(f"quality {label.min_quality:g}")
    if label.latency_limit is not None:
        said.append(f"{label.percentile:g} % within {label.latency_limit:g} s")
    if label.batch:
        said.append("may wait (batch)")
    for rule, field in type(label).model_fields.items():
        if rule not in _WORDS and getattr(label, rule) != field.get_default(call_default_factory=True):
            said.append(f"{rule} {rule_text(routing, f'labels.{name}.{rule}')}")
    return ", ".join([*said, *label.features])


def _growth(found: Findings) -> str:
    rows = []
    for factor, plan in found.growth.items():
        used = len({route.offer for label in plan.labels.values() for route in label.routes})
        rows.append(
            (times(factor), money(plan.cost) if plan.found else _failure(plan), str(used) if used else "-")
        )
    offers = found.catalog.offers.values()
    known = sum(offer.rpm is not None or offer.tpm is not None for offer in offers)
    said = "Each line is solved anew with every rule. "
    said += (
        f"Rate limits are known for {known:,} of {len(offers):,} offers; the others count as without limits:"
    )
    return section("Scalability", said, table(("traffic", "USD/month", "offers"), rows, right=(1, 2)))


def _failure(plan: Plan) -> str:
    """That there is no plan, and which rules clash."""
    return f"{plan.status}: {', '.join(plan.conflicts)}" if plan.conflicts else plan.status


def _providers(found: Findings) -> str:
    head = ("provider", "protocol", "address", "fee", "trains on data", "regions")
    keys = dict.fromkeys(key.partition("/")[0] for key in found.offers)
    rows = []
    for key in keys:
        provider = found.catalog.providers[key]
        trains = {None: "unknown", True: "yes", False: "no"}[provider.trains_on_data]
        facts = (provider.api, link(provider.base_url or ""), f"{provider.fee:.1%}", trains)
        rows.append((provider.name or key, *facts, ", ".join(provider.regions) or "unknown"))
    pages = ("provider", "speaks to it", "documentation", "support", "community", "source")
    known = [_pages(found, key) for key in keys]
    said = "Documentation, support and community, as far as they are known:"
    terms = table(head, rows, right=(3,))
    return section("Providers and integration", terms, said, table(pages, known))


def _pages(found: Findings, key: str) -> tuple[str, ...]:
    """Where to read, ask and complain."""
    about = found.catalog.providers[key]
    links = (about.documentation, about.support, about.community)
    source = found.catalog.sources.get(about.source)
    named = "-" if source is None else f"{source.title or about.source}, {about.as_of or source.as_of or '-'}"
    return (
        about.name or key,
        ", ".join(about.integrations) or "-",
        *(link(page or "") for page in links),
        named,
    )


def _speed(found: Findings) -> str:
    rows = []
    for line in compared(found.catalog, found.offers, INPUT, OUTPUT):
        offer = line.facts
        if offer.ttft is not None and offer.tps is not None:
            rows.append(
                (
                    line.offer,
                    f"{offer.ttft:g} s",
                    f"{offer.tps:g}",
                    _budgeted(found, line),
                )
            )
    head = ("offer", "first token", "tokens a second", "USD/month")
    return section("Latency against cost", table(head, sorted(rows), right=(1, 2, 3)))


def _sources(found: Findings) -> str:
    catalog, rows = found.catalog, []
    named: dict[str, None] = {}
    for key in found.offers:
        offer, seller = catalog.offers[key], catalog.providers[key.partition("/")[0]]
        named |= dict.fromkeys((offer.source, offer.speed_source, seller.source))
        named |= dict.fromkeys(other.source for other in offer.disputed)
        named |= {score.source: None for score in catalog.models[key.partition("/")[2]].scores}
    for name in named:
        if name in catalog.sources:
            source = catalog.sources[name]
            rows.append(
                (source.title or name, link(source.url), source.licence or "-", str(source.as_of or "-"))
            )
    return section("Sources", table(("source", "address", "licence", "as of"), _sorted(rows)))


def _sorted(rows: Sequence[tuple[str, ...]]) -> list[tuple[str, ...]]:
    return sorted(set(rows))
