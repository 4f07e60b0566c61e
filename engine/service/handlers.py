"""The requests that the app's solver process answers: one function a kind, from a picker to JSON values.

Each takes (picker, routing, seconds, *the request's own options*) and is named in `KINDS`. It raises
ModelpickError for a request it cannot answer; `seconds` is what the client will wait.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from ..adapters.routers.export import export
from ..domain.errors import InputError, ModelpickError, nearest

if TYPE_CHECKING:
    from ..domain.routing import Routing
    from ..solver.pick import Picker

Json = Any


def handle(
    picker: Picker, kind: str, routing: Routing, seconds: float | None, options: dict[str, Any]
) -> Json:
    """The answer to one request. Raises InputError for a kind that has no handler."""
    if kind not in HANDLERS:
        raise InputError(f"unknown question {kind!r}{nearest(kind, HANDLERS)}", key="ask")
    return HANDLERS[kind](picker, routing, seconds, **options)


def _time_limit(seconds: float | None) -> float:
    """What the client will wait, else what the command line would."""
    from ..solver.tolerances import DEFAULT_SECONDS

    return DEFAULT_SECONDS if seconds is None else seconds


def _check_label(label: str, routing: Routing) -> None:
    if label not in routing.labels:
        raise InputError(f"no label {label!r}{nearest(label, routing.labels)}", key="label")


def plan(picker: Picker, routing: Routing, seconds: float | None) -> Json:
    """The fields of Plan."""
    return picker.pick(routing, seconds).model_dump(mode="json")


def prices(
    picker: Picker,
    routing: Routing,
    seconds: float | None,
    paths: Sequence[str] | None = None,
    with_ranges: bool = True,
) -> Json:
    """[fields of RulePrice, ...] of the numeric rules in force, or of some of them by their paths.

    Without ranges the fields of the shadow price are missing.
    """
    from ..solver.explain.shadow_prices import rule_prices

    limit = _time_limit(seconds)
    plan = picker.pick(routing, limit)
    if not plan.found:
        return []
    priced = rule_prices(
        routing, picker.compiler, plan, limit, paths=paths, ranges=with_ranges, cache=picker.cache
    )
    return [price.model_dump(mode="json") for price in priced]


def ranges(picker: Picker, routing: Routing, seconds: float | None, label: str = "") -> Json:
    """What `prices` says of the rules of a label, or of the router, that have a shadow price."""
    from ..domain.rules import LIMITS, RulePath, priced_in, spec_of

    section = RulePath("labels", label) if label else LIMITS
    paths = [str(path) for path in priced_in(routing, section) if spec_of(path).has_shadow_price]
    return prices(picker, routing, seconds, paths)


def why_not(picker: Picker, routing: Routing, seconds: float | None, label: str, offer: str) -> Json:
    """The fields of WhyNot."""
    from ..solver.explain.why_not import why_not as answer

    limit = _time_limit(seconds)
    return answer(routing, picker.compiler, label, offer, limit, picker.cache).model_dump(mode="json")


def reasons(
    picker: Picker, routing: Routing, seconds: float | None, parts: Sequence[str], label: str | None = None
) -> Iterator[Json]:
    """[part, its answer or {"error": ...}] of each part as it is found, the quick ones first.

    A part is a rule's path (answered as `prices` does without ranges), for a label also "out"
    (`eligibility`), "next" (`runners_up`) and "missing" (`missing`), for the router "mix" and "units" (the
    functions of that name), for both "ranges".
    """
    of_label = {"out": eligibility, "next": runners_up, "missing": missing, "ranges": ranges}
    of_router = {"mix": mix, "units": units}

    late = {"out": 0, "next": 2, "mix": 2, "missing": 3, "units": 4, "ranges": 5}
    for part in sorted(parts, key=lambda part: late.get(part, 1)):
        try:
            if part in of_label:
                reason = of_label[part](picker, routing, seconds, label or "")
            elif part in of_router:
                reason = of_router[part](picker, routing, seconds)
            else:
                reason = prices(picker, routing, seconds, [part], with_ranges=False)
        except ModelpickError as error:
            reason = {"error": str(error)}
        yield [part, reason]


def eligibility(picker: Picker, routing: Routing, seconds: float | None, label: str) -> Json:  # noqa: ARG001
    """[{offer, rule, reason}, ...]: every rule that every offer left out of a label's choice breaks."""
    from ..solver.compile.eligibility import exclusions

    _check_label(label, routing)
    excluded = exclusions(routing, picker.compiler.table, label)
    return [exclusion.model_dump(mode="json") for exclusion in excluded]


def runners_up(picker: Picker, routing: Routing, seconds: float | None, label: str, count: int = 5) -> Json:
    """[fields of WhyNot, ...]: the offers next in line for a label, the nearest first."""
    from ..solver.explain.runners_up import runners_up as answer

    _check_label(label, routing)
    runners = answer(routing, picker.compiler, label, _time_limit(seconds), count, cache=picker.cache)
    return [why_not.model_dump(mode="json") for why_not in runners]


def missing(picker: Picker, routing: Routing, seconds: float | None, label: str) -> Json:
    """[fields of MissingFigures] of a label; [] where no offer is out only for want of a figure."""
    from ..solver.analysis.missing_figures import missing_figures

    _check_label(label, routing)
    answers = missing_figures(routing, picker.compiler, picker.catalog, _time_limit(seconds), label)
    return [answer.model_dump(mode="json") for answer in answers]


def mix(picker: Picker, routing: Routing, seconds: float | None) -> Json:
    """[{saves, labels}]: what the plan would be better by if labels held to one offer mixed two; its parts.

    USD a month, or points of quality; [] where a mix saves nothing.
    """
    from ..solver.analysis.remarks import with_mix_saving

    plan = with_mix_saving(picker, routing, picker.pick(routing, _time_limit(seconds)))
    return [] if plan.mix_saves is None else [{"saves": plan.mix_saves, "labels": plan.mix_labels}]


def units(picker: Picker, routing: Routing, seconds: float | None) -> Json:
    """[fields of PlanWorth, ...] of the subscriptions that may be bought."""
    from ..solver.explain.subscription_worth import plan_worths

    worths = plan_worths(routing, picker.compiler, _time_limit(seconds), picker.cache)
    return [worth.model_dump(mode="json") for worth in worths]


def baselines(
    picker: Picker, routing: Routing, seconds: float | None, existing: dict[str, Any] | None = None
) -> Json:
    """The fields of Baselines; `existing` is name -> label -> offer -> share."""
    from ..solver.analysis.baselines import baselines as answer

    plan = picker.pick(routing, seconds)
    return answer(routing, picker.compiler, existing, plan).model_dump(mode="json")


def frontier(
    picker: Picker, routing: Routing, seconds: float | None, label: str | None = None, points: int = 50
) -> Json:
    """The fields of Frontier."""
    from ..solver.analysis.frontier import frontier as answer

    return answer(routing, picker.compiler, label, points, _time_limit(seconds)).model_dump(mode="json")


def curve(
    picker: Picker,
    routing: Routing,
    seconds: float | None,
    *,
    label: str | None = None,
    points: int = 50,
    known: Sequence[tuple[float, dict[str, Any]]] = (),
) -> Iterator[Json]:
    """A frontier as it is found: [quality asked for, fields of Point] of each point, then fields of Frontier.

    `known` are points of the same that came before the request was stopped.
    """
    from ..domain.explanation import Point
    from ..solver.analysis.frontier import frontier_search

    before = [(asked, Point.model_validate(point)) for asked, point in known]
    search = frontier_search(
        routing, picker.compiler, label, points, seconds=_time_limit(seconds), known=before
    )
    while True:
        try:
            asked, point = next(search)
        except StopIteration as end:
            yield end.value.model_dump(mode="json")
            return
        yield [asked, point.model_dump(mode="json")]


def latency_frontier(
    picker: Picker, routing: Routing, seconds: float | None, label: str, points: int = 30
) -> Json:
    """The fields of LatencyFrontier."""
    from ..solver.analysis.frontier import latency_frontier as answer

    return answer(routing, picker.compiler, label, points, _time_limit(seconds)).model_dump(mode="json")


def what_if(
    picker: Picker,
    routing: Routing,
    seconds: float | None,
    *,
    growth: float = 1.0,
    requests: dict[str, float] | None = None,
    prices: dict[str, float] | None = None,
    out: Sequence[str] = (),
    confidence: float | None = None,
) -> Json:
    """The fields of Plan, with traffic, labels' requests and providers' prices times factors.

    `out`: providers that are down; `confidence`: instead of the router's own.
    """
    from ..solver.analysis.what_if import plan_with

    plan = plan_with(
        routing,
        picker.compiler,
        growth=growth,
        requests=requests,
        prices=prices,
        out=out,
        confidence=confidence,
        seconds=_time_limit(seconds),
    )
    return plan.model_dump(mode="json")


def tornado(
    picker: Picker,
    routing: Routing,
    seconds: float | None,  # noqa: ARG001
    skip: Sequence[str] = (),
) -> Iterator[Json]:
    """The fields of Bar of each input as it is found, in no order; without the inputs named in `skip`."""
    from ..solver.analysis.tornado import tornado_bars

    for bar in tornado_bars(routing, picker.compiler, skip):
        yield bar.model_dump(mode="json")


def standings(picker: Picker, routing: Routing, seconds: float | None, label: str) -> Json:  # noqa: ARG001
    """The fields of Standings: how every offer of the catalogue stands for a label."""
    from ..solver.explain.standings import standings as answer

    return answer(routing, picker.compiler, label).model_dump(mode="json", exclude_defaults=True)


def usage(picker: Picker, routing: Routing, seconds: float | None, path: str) -> Json:  # noqa: ARG001
    """{router, notes, shares, lost, routing}: logs as labels with their month and these rules.

    Likewise `imported`; `shares` are those of the offers that served. Raises InputError naming the path.
    """
    from pathlib import Path

    from ..adapters.disk import check_inside
    from ..adapters.usage import LONG_PROMPT
    from ..adapters.usage.routing import OfferResolver, usage_routing

    check_inside(Path(path), "read")
    offers = OfferResolver(routing, picker.catalog)
    measured, figures, notes = usage_routing(path, routing, offers, table="", threshold=LONG_PROMPT)
    shares = {name: {r.offer: r.share for r in label.routes} for name, label in measured.labels.items()}
    if idle := [name for name in routing.labels if name not in measured.labels]:
        notes.append(f"without traffic in the logs, so left out: {', '.join(idle)}")
    return {
        "router": figures["source"],
        "notes": notes,
        "shares": {name: mix for name, mix in shares.items() if mix},
        "lost": [name for name, mix in shares.items() if not mix],
        "routing": measured.model_dump(mode="json", by_alias=True),
    }


def imported(
    picker: Picker,
    routing: Routing,
    seconds: float | None,  # noqa: ARG001
    path: str,
    router: str | None = None,
) -> Json:
    """{router, notes, shares, lost, routing}: a router's file; `routing` is its labels with these rules.

    `shares` is label -> offer -> share. Raises InputError naming file, key and what is wrong.
    """
    from pathlib import Path

    from ..adapters.disk import check_inside, check_plain, read_text
    from ..adapters.routers.import_ import read_config, unknown_models_note, with_routes
    from ..adapters.routers.own_names import names_path
    from ..adapters.routers.own_prices import price_overrides

    check_inside(Path(path), "read")
    check_plain(path, "`modelpick import config` reads pipes")
    name, config = read_config(read_text(Path(path)), path, router, picker.catalog)
    if unknown := unknown_models_note(config):
        theirs = config.unknown_models[config.unknown_labels[0]][0]
        config.notes.append(
            f'{unknown}; a line "{theirs}" = "PROVIDER/MODEL" in {names_path()} says what one is'
        )
    overrides, prices = price_overrides(config, picker.catalog)
    config.notes.extend(prices)
    if overrides:
        config.notes.append(
            "these prices are not taken here: `modelpick import config FILE -o OUT` keeps them"
        )
    return {
        "router": name,
        "notes": config.notes,
        "shares": config.shares,
        "lost": config.unknown_labels,
        "routing": with_routes(config, routing).model_dump(mode="json", by_alias=True),
    }


def spent(picker: Picker, routing: Routing, seconds: float | None, path: str) -> Json:  # noqa: ARG001
    """What `modelpick spent --json` says of the logs at `path`, and `cause_words`: its causes in words.

    The routing has the routes of its plan. Raises InputError naming the file and what is wrong.
    """
    import json

    from ..adapters.report.spending import CAUSE_WORDS, spending_json
    from .spending import month_spending

    figures = month_spending(picker, routing, path)
    return {**json.loads(spending_json(figures, figures.notes)), "cause_words": CAUSE_WORDS}


def assumed(picker: Picker, routing: Routing, seconds: float | None, label: str, offer: str) -> Json:  # noqa: ARG001
    """[fields of AssumedFigure, ...] of an offer's unknown figures that matter to a label."""
    from ..solver.analysis.missing_figures import assumed_figures

    _check_label(label, routing)
    skills = routing.labels[label].skills
    figures = assumed_figures(picker.compiler.table, picker.catalog, offer, skills)
    return [figure.model_dump(mode="json") for figure in figures]


HANDLERS: dict[str, Callable[..., Json]] = {
    "plan": plan,
    "prices": prices,
    "reasons": reasons,
    "why_not": why_not,
    "runners_up": runners_up,
    "eligibility": eligibility,
    "baselines": baselines,
    "frontier": frontier,
    "curve": curve,
    "sketch": curve,  # of a corner of the workbench, which waits for what is looked at
    "latency_frontier": latency_frontier,
    "what_if": what_if,
    "tornado": tornado,
    "standings": standings,
    "assumed": assumed,
    "export": export,
    "imported": imported,
    "spent": spent,
    "usage": usage,
}
