"""The founding report's sections, computed out of a plan, as Markdown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from ...domain.catalog import Catalog
from ...domain.formatting import count_text, factor_text, money, points_text, share_text, subscription_text
from ...domain.marks import join_signs
from ...domain.plan import Plan, SolverStatus
from ...domain.routing import Label, Routing
from ...domain.rules import specs
from ...solver.analysis.compare import Comparison, compare_offers
from ..catalog.alerts import alerts, last_day
from .comparison import SKILLS, window
from .markdown import escaped, link, section, table
from .plan import Marked, legend, rule_text, sureness_lines

BEST = 3
WORDED = {
    "context",
    "min_quality",
    "max_latency",
    "features",
    "skills",
}  # with a wording of their own, or none


@dataclass(frozen=True)
class Report:
    """All that the document says: the plan, and the same routing with more traffic (factor -> plan)."""

    name: str
    routing: Routing
    catalog: Catalog
    plan: Plan
    growth: dict[float, Plan]
    marked: Marked
    today: date
    input_tokens: float = 10_000_000  # of the month that the budgets are for: the founding report's
    output_tokens: float = 5_000_000

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


def document(report: Report) -> str:
    """The whole report as Markdown."""
    parts = (_head, _recommendation, _comparison, _budget, _labels, _growth, _providers, _speed, _sources)
    return "\n\n".join(part(report) for part in parts) + "\n"


def _head(report: Report) -> str:
    plan = report.plan
    signs = report.marked.total(plan)
    sure = escaped(signs.quality)
    quality = "" if plan.quality is None else f", quality {sure}{plan.quality:.1f} of 100"
    if plan.counted is not None and plan.counted != plan.quality:
        quality += f" (counted {plan.counted:.1f})"
    summary = f"{plan.status}: {escaped(signs.cost)}{money(plan.cost)} USD a month{quality}"
    return (
        f"# Models for {escaped(report.name)}\n\nMade on {report.today} with the "
        f"catalogue of {report.catalog.as_of}. The routing is {summary}. "
        "Prices are USD per million tokens; shares are of a label's requests; nothing here is typed by hand."
        f"{_sureness(report)}{_warnings(report)}"
    )


def _sureness(report: Report) -> str:
    """How sure the quality is, in words."""
    lines = [] if report.marked.routing is None else sureness_lines(report.marked.routing)
    return "".join(f" {line[:1].upper()}{line[1:]}." for line in lines)


def _warnings(report: Report) -> str:
    """What the plan itself notes, errors of the catalogue and last days of its offers, as a list."""
    lines = [*report.plan.notes, *alerts(report.catalog, report.offers, report.today)]
    return "".join(["\n\nBeware:\n", *(f"\n- {escaped(line)}" for line in lines)]) if lines else ""


def _recommendation(report: Report) -> str:
    rows = []
    for name, label in report.plan.labels.items():
        for route, signs in zip(label.routes, report.marked.label(name, label)[0], strict=True):
            facts = (
                f"{route.share:.1%}",
                signs.cost + money(route.cost),
                signs.quality + points_text(route.quality),
                signs.latency + points_text(route.latency, " s"),
            )
            rows.append((name, route.offer, *facts))
    mixes = table(("label", "offer", "share", "USD/month", "quality", "latency"), rows, right=(2, 3, 4, 5))
    carriers = {route.offer for label in report.plan.labels.values() for route in label.routes}
    carrying = [key for key in report.offers if key in carriers][:BEST]
    spare = [key for key in report.offers if key not in carriers][: BEST - len(carrying)]
    best = [f"{i}. {_reason(report, key)}" for i, key in enumerate(carrying, 1)]
    more = [f"- {_reason(report, key)}" for key in spare]
    blocks = ["The offers that carry the most:", "\n".join(best)]
    blocks += ["Fallbacks, which carry nothing while the others serve:", "\n".join(more)] if more else []
    bought = [f"- {escaped(subscription_text(name, terms))}" for name, terms in report.plan.plans.items()]
    if bought:
        blocks = [
            "Subscriptions to buy, which leave less to pay than the routes' list prices:",
            "\n".join(bought),
            *blocks,
        ]
    return section("Recommendation", mixes, *blocks)


def _reason(report: Report, key: str) -> str:
    """What an offer is used for, and why."""
    served = []
    for name, label in report.plan.labels.items():
        for route, signs in zip(label.routes, report.marked.label(name, label)[0], strict=True):
            if route.offer == key:
                cost = f"{escaped(signs.cost)}{money(route.cost)}"
                served.append(f"{escaped(name)} ({escaped(share_text(route.share))}, {cost} USD a month)")
    model = report.catalog.models[key.partition("/")[2]]
    skills = ", ".join(model.features) or "no special features"
    if not served:
        asked = [escaped(name) for name, label in report.plan.labels.items() if key in label.fallbacks]
        return f"**{escaped(key)}**, a fallback of {' and '.join(asked)}; {escaped(skills)}."
    what = " and ".join(served)
    goal = "least cost" if report.routing.objective == "cost" else "best quality within the budget"
    if report.plan.status != SolverStatus.OPTIMAL:
        goal = f"{goal} found in the time there was,"
    return f"**{escaped(key)}** for {what}: part of the {goal} that keeps every rule; {escaped(skills)}."


def _comparison(report: Report) -> str:
    head = ("model", "provider", "in", "out", "context", *SKILLS, "tok/s", "limits", "labels", "status")
    rows = table(head, [_row(report, key) for key in report.offers], right=(2, 3, 4, 5, 6, 7, 8))
    return section("Comparison", rows, _legend(report))


def _row(report: Report, key: str) -> tuple[str, ...]:
    provider, _, model = key.partition("/")
    offer, about = report.catalog.offers[key], report.catalog.models[model]
    skills = compare_offers(report.catalog, [key], report.input_tokens, report.output_tokens)[0].skills

    def sign(name: str) -> str:
        return report.marked.marks.figure(key, name)

    limits = [f"{value:,g} {name}" for name, value in (("rpm", offer.rpm), ("tpm", offer.tpm)) if value]
    labels = [name for name, label in report.plan.labels.items() if any(r.offer == key for r in label.routes)]
    return (
        *(about.name or model, report.catalog.providers[provider].name or provider),
        *(f"{sign('input')}{offer.input:g}", f"{sign('output')}{offer.output:g}"),
        count_text(window(about.context, offer)),
        *(sign(f"skill:{name}") + points_text(skills[name]) if name in skills else "-" for name in SKILLS),
        *("-" if offer.tps is None else f"{sign('tps')}{offer.tps:g}", ", ".join(limits) or "none known"),
        *(", ".join(labels) or "fallback", _status(report, key)),
    )


def _status(report: Report, key: str) -> str:
    day = last_day(report.catalog, key, report.today)
    return report.catalog.offers[key].status + (f", last day {day}" if day else "")


def _legend(report: Report) -> str:
    """What the signs before figures mean, those of this document."""
    marks, fields = report.marked.marks, ("input", "output", "tps", *(f"skill:{skill}" for skill in SKILLS))
    signs = [marks.figure(key, field) for key in report.offers for field in fields]
    lines = [*report.marked.legend(report.plan), *legend(signs)]
    return "\n".join(f"- {escaped(line)}" for line in dict.fromkeys(lines))


def _budget(report: Report) -> str:
    lines = compare_offers(report.catalog, report.offers, report.input_tokens, report.output_tokens)
    rows = [(line.offer, _budgeted(report, line)) for line in sorted(lines, key=lambda line: line.budget)]
    tokens = f"{report.input_tokens:,.10g} input and {report.output_tokens:,.10g} output tokens"
    month = f"A month of {tokens}, uncached, fees included:"
    return section("Budget impact", month, table(("offer", "USD/month"), rows, right=(1,)))


def _budgeted(report: Report, line: Comparison) -> str:
    """An offer's budget after the signs of the prices that it rests on."""
    signs = (report.marked.marks.figure(line.offer, name) for name in ("input", "output"))
    return join_signs(signs) + money(float(line.budget))


def _labels(report: Report) -> str:
    head = ("label", "requests", "input", "output", "must keep")
    rows = [
        (
            name,
            f"{x.requests:,g}",
            f"{x.input_tokens:,g}",
            f"{x.output_tokens:,g}",
            _rules(report.routing, name, x),
        )
        for name, x in report.routing.labels.items()
    ]
    limits = report.routing.limits
    kept = [
        f"{escaped(name)}: {escaped(rule_text(report.routing, f'limits.{name}'))}"
        for name, spec in specs("limits").items()
        if spec.is_set(limits)
    ]
    whole = f"The whole router must keep: {'; '.join(kept)}." if kept else ""
    return section("Use cases and requirements", table(head, rows, right=(1, 2, 3)), whole)


def _rules(routing: Routing, name: str, label: Label) -> str:
    """Every rule of a label, whatever it is."""
    requirements = [f"{label.required_context:,.0f} tokens of context"]
    if label.min_quality is not None:
        requirements.append(f"quality {rule_text(routing, f'labels.{name}.min_quality')}")
    if label.latency_limit is not None:
        requirements.append(f"{label.percentile:g} % within {label.latency_limit:g} s")
    if label.batch:
        requirements.append("may wait (batch)")
    for spec in specs("labels").values():
        if spec.name not in WORDED and (spec.is_rule or not spec.workload) and spec.is_set(label):
            requirements.append(f"{spec.name} {rule_text(routing, f'labels.{name}.{spec.name}')}")
    return ", ".join([*requirements, *label.features])


def _growth(report: Report) -> str:
    rows = []
    for factor, plan in report.growth.items():
        used = len({route.offer for label in plan.labels.values() for route in label.routes})
        rows.append(
            (factor_text(factor), money(plan.cost) if plan.found else _failure(plan), str(used or "-"))
        )
    offers = report.catalog.offers.values()
    known = sum(offer.rpm is not None or offer.tpm is not None for offer in offers)
    introduction = "Each line is solved anew with every rule. "
    introduction += (
        f"Rate limits are known for {known:,} of {len(offers):,} offers; the others count as without limits:"
    )
    return section("Scalability", introduction, table(("traffic", "USD/month", "offers"), rows, right=(1, 2)))


def _failure(plan: Plan) -> str:
    """That there is no plan, and which rules clash."""
    return f"{plan.status}: {', '.join(plan.conflicts)}" if plan.conflicts else plan.status


def _providers(report: Report) -> str:
    head = ("provider", "protocol", "address", "fee", "trains on data", "regions")
    keys = dict.fromkeys(key.partition("/")[0] for key in report.offers)
    rows = []
    for key in keys:
        provider = report.catalog.providers[key]
        trains = {None: "unknown", True: "yes", False: "no"}[provider.trains_on_data]
        facts = (provider.api, link(provider.base_url or ""), f"{provider.fee:.1%}", trains)
        rows.append((provider.name or key, *facts, ", ".join(provider.regions) or "unknown"))
    pages = ("provider", "speaks to it", "documentation", "support", "community", "source")
    known = [_pages(report, key) for key in keys]
    introduction = "Documentation, support and community, as far as they are known:"
    terms = table(head, rows, right=(3,))
    return section("Providers and integration", terms, introduction, table(pages, known))


def _pages(report: Report, key: str) -> tuple[str, ...]:
    """Where to read, ask and complain."""
    about = report.catalog.providers[key]
    links = (about.documentation, about.support, about.community)
    source = report.catalog.sources.get(about.source)
    named = "-" if source is None else f"{source.title or about.source}, {about.as_of or source.as_of or '-'}"
    return (
        about.name or key,
        ", ".join(about.integrations) or "-",
        *(link(page or "") for page in links),
        named,
    )


def _speed(report: Report) -> str:
    rows = []
    for line in compare_offers(report.catalog, report.offers, report.input_tokens, report.output_tokens):
        offer = line.facts
        if offer.ttft is not None and offer.tps is not None:
            rows.append(
                (
                    line.offer,
                    f"{offer.ttft:g} s",
                    f"{offer.tps:g}",
                    _budgeted(report, line),
                )
            )
    head = ("offer", "first token", "tokens a second", "USD/month")
    return section("Latency against cost", table(head, sorted(rows), right=(1, 2, 3)))


def _sources(report: Report) -> str:
    catalog, rows = report.catalog, []
    named: dict[str, None] = {}
    for key in report.offers:
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
