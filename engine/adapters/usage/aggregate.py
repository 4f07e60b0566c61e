"""From requests to labels: sums, means and percentiles of a table of requests, wherever it lies.

The table has the columns of `base.COLUMNS`; each step is an expression, which ibis turns into the SQL of
DuckDB, PostgreSQL or another warehouse. `aggregate_usage` runs them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import count
from typing import TYPE_CHECKING, Any, Protocol

from ...domain.errors import InputError
from ...domain.formatting import plural
from .base import COLUMNS, Source
from .list_price import BilledTokens

if TYPE_CHECKING:
    from ibis.expr.types import BooleanValue, StringValue, Table

EMPTY = "a bucket without requests"
UNCOUNTED = "without token counts"
DAMAGED = "damaged"
PROMPT_LABELS = ("longContext", "webSearch", "subagent")  # labels that the prompt decides, not the model
UNPRICED = ("hour_writes", "searches", "fast", "geo", "tiered", "audio", "byok", "long", "opaque")
FIGURES = ("requests", "input", "cached", "written", "output", *UNPRICED)
_EARLIEST, _LATEST = "2015-01-01", "2100-01-01"  # moments outside are damaged
_MAX_REQUEST_TOKENS, _MAX_BUCKET_TOKENS = 1e8, 1e15
_MAX_REQUESTS, _MAX_USD = 1e10, 1e9
_MAX_SECONDS = 86_400.0  # of one request
_MAX_SPREAD = 1e6  # a label's own bound
_MIN_LEFT_OUT = 0.1  # share of a model's rows from which all are taken to leave the cached tokens out
_MAX_PRICE_GAP = 0.1  # relative: nearer list prices do not tell the two readings of a prompt apart
_MAX_NAMES = 2_000  # models, labels
_MAX_LABEL = 100  # characters of a label's name

LabelsByModel = Mapping[tuple[str | None, str | None, bool], tuple[str, ...]]
"""The routing's labels for (provider, model, batch) where rows name none; of several, the likeliest first."""


RunQuery = Callable[["Table"], list[dict[str, Any]]]
"""Runs a query where its tables are."""


@dataclass
class ServedModel:
    """A model that served a label: its requests, tokens and what was paid, in all of the period.

    effort: its reasoning effort, as the log names it; service_tier: of SERVICE_TIERS or none; billed: its
    tokens by how they are billed; latency: median seconds of a request, spread: 95th percentile by median.
    """

    provider: str
    model: str
    requests: float
    tokens: float
    usd: float | None
    effort: str = ""
    service_tier: str = ""
    billed: list[BilledTokens] = field(default_factory=list)
    latency: float | None = None
    spread: float | None = None

    def total(self, figure: str) -> float:
        """The sum of one of FIGURES."""
        return sum(row.figures[figure] for row in self.billed)


@dataclass
class UsageGroup:
    """A label's traffic in the period: requests, mean tokens of each, cached and written as shares of input.

    `resolved_label`: the label without a suffix for batches, whose rules it has; `batch`: it may wait. `p95`
    (prompt tokens) and `largest` (tokens in and out) are None where rows are no single requests.
    """

    label: str
    resolved_label: str
    batch: bool
    requests: float
    input: float
    p95: float | None
    cached: float
    written: float
    output: float
    largest: float | None
    served: list[ServedModel] = field(default_factory=list)


@dataclass(frozen=True)
class ServedDay:
    """What a model served of a label on a day (UTC) on which requests, or their buckets, begin."""

    day: date
    label: str
    batch: bool
    served: ServedModel


@dataclass(frozen=True)
class Usage:
    """What a source holds. `hours` is the period, `damaged` counts lines, rows and buckets not read.

    unpriced: sums of what has a price of its own, and how many prompts had left out their cached tokens.
    """

    source: Source
    groups: list[UsageGroup]
    first: datetime
    last: datetime
    hours: float
    damaged: int
    notes: list[str]
    unpriced: Mapping[str, float] = field(default_factory=dict)
    days: list[ServedDay] = field(default_factory=list)  # where they were asked for


class LabelResolver(Protocol):
    """The labels of a routing that a log's rows belong to."""

    def serving(self, provider: str, model: str, batch: bool) -> tuple[str, ...]:
        """The labels that have this model in their routes, the likeliest first."""

    def alias(self, name: str) -> str | None:
        """The label that a group's name stands for, where it is another's name."""

    def may_wait(self, label: str) -> bool:
        """Whether this label of the routing is one of batch requests."""

    def list_cost(self, provider: str, model: str, tokens: Mapping[str, float]) -> float | None:
        """USD at list price of input, cached, written and output tokens; None for what has no price."""

    def cost_of(
        self, provider: str, model: str, tokens: BilledTokens, *, batch: bool, service_tier: str
    ) -> float | None:
        """USD at list price of tokens that are billed alike; None for what has no price."""

    def thresholds(self, provider: str, model: str, service_tier: str) -> tuple[float, ...]:
        """Tokens of a prompt above which a request of a model bills at another tier, the lowest first."""


def calls_table(name: str, like: Table | None = None) -> Table:
    """A table of `base.COLUMNS`, or of the columns of `like`, wherever it is."""
    import ibis

    kinds = {"VARCHAR": "string", "DOUBLE": "float64", "BOOLEAN": "boolean", "TIMESTAMP": "timestamp"}
    columns = {
        column: kinds.get(kind, kind.casefold().replace("ubigint", "uint64"))
        for column, kind in map(str.split, COLUMNS)
    }
    return ibis.table(columns if like is None else like.schema(), name=name)


def checked_calls(calls: Table, single: bool, counted: bool) -> Table:
    """The rows without NULL in their figures, and with `aside` for those that are damaged or only time.

    single: a row is one request; counted: its requests are counted. `widened` is 1 where the prompt had left
    out the tokens of the cache: it is the sum of all then. `unsure` is 1 where a row does not show it.
    """
    import ibis

    calls = calls.mutate(
        batch=calls.batch.fill_null(False),
        side=calls.side.fill_null(False),
        search=calls.search.fill_null(False),
        until=calls.until.fill_null(calls.moment + ibis.interval(days=1)),
        **{name: calls[name].fill_null(0.0) for name in ("cached", "written", *UNPRICED)},
    )
    in_cache = calls.cached + calls.written
    left_out = calls.outside.fill_null(False) | (in_cache > calls.input + 0.5)
    calls = calls.mutate(
        widened=_one_if(left_out & (calls.input >= 0.0)),
        unsure=_one_if(calls.form.notnull() & calls.outside.isnull() & ~left_out & (in_cache > 0.0)),
    )
    calls = calls.mutate(input=calls.input + calls.widened * in_cache)
    max_tokens = _MAX_REQUEST_TOKENS if single else _MAX_BUCKET_TOKENS

    def within(column: Any, limit: float) -> BooleanValue:
        bounded: BooleanValue = (column >= 0.0) & (column <= limit)  # NaN is above all numbers in SQL
        return bounded.fill_null(False)

    tokens = calls.input + calls.output
    figures = (calls.input, calls.cached, calls.written, calls.output, calls.hour_writes, calls.searches)
    timed = within(calls.latency, _MAX_SECONDS) & (calls.latency > 0.0).fill_null(False)
    calls = calls.mutate(latency=timed.ifelse(calls.latency, None))
    sound = within(calls.requests, _MAX_REQUESTS) & within(calls.usd.fill_null(0.0), _MAX_USD)
    for column in figures:
        sound &= within(column, max_tokens)
    for moment in (calls.moment, calls.until):
        span = (moment >= ibis.timestamp(_EARLIEST)) & (moment <= ibis.timestamp(_LATEST))
        sound &= span.fill_null(False)
    for text in (calls.model, calls.label):
        sound &= ~text.contains("\ufffd").fill_null(False)
    if not single and counted:
        sound &= tokens <= calls.requests * _MAX_REQUEST_TOKENS
    nothing = (tokens == 0) & (ibis.literal(single) | (calls.requests == 0))
    return calls.mutate(
        aside=ibis.cases(
            (~sound, DAMAGED),
            (calls.aside.notnull(), calls.aside),
            (nothing, UNCOUNTED if single else EMPTY),
            else_=ibis.null("string"),
        )
    )


def _one_if(condition: BooleanValue) -> Any:
    """1.0 where it holds, else 0.0: PostgreSQL casts no boolean to a float, DuckDB has 1.0 as a decimal."""
    return condition.ifelse(1, 0).cast("float64")


def period(calls: Table) -> Table:
    """One row: first moment, last one, end of the last one's bucket; what is damaged does not count."""
    calls = calls.filter(calls.aside.fill_null("") != DAMAGED)
    return calls.aggregate(first=calls.moment.min(), last=calls.moment.max(), end=calls.until.max())


def aside_counts(calls: Table) -> Table:
    """The number of rows that are no label's traffic, by why."""
    left = calls.filter(calls.aside.notnull())
    return left.group_by("aside").aggregate(rows=left.count())


def unpriced_sums(calls: Table) -> Table:
    """One row: sums of what has a price of its own, and the prompts that had left out their cached tokens."""
    names = (*UNPRICED, "widened")
    return calls.aggregate(**{name: calls[name].sum() for name in names}, rows=calls.count())


def models_named(calls: Table) -> Table:
    """Each (provider, model, service tier) of the rows."""
    return calls.select("provider", "model", "service_tier").distinct()


def unlabelled_models(calls: Table) -> Table:
    """Each (provider, model, batch) whose rows have no label."""
    return calls.filter(calls.label.isnull()).select("provider", "model", "batch").distinct()


def labels_named(calls: Table) -> Table:
    """The labels that rows name."""
    return calls.filter(calls.label.notnull()).select("label").distinct()


def plain_labels(labels: tuple[str, ...]) -> tuple[str, ...]:
    """Those that do not stand for a kind of prompt; all where there are no others."""
    return tuple(label for label in labels if label not in PROMPT_LABELS) or labels


def resolve_labels(
    calls: Table,
    threshold: float,
    labels_by_model: LabelsByModel,
    aliases: Mapping[str, str],
    client_chosen: bool,
) -> Table:
    """`calls` with `resolved_label`: the row's own, what the routing says, else Claude Code's by family.

    threshold: tokens of a long prompt; aliases: names of groups that stand for a label. Long prompts and
    searches come first, as in claude-code-router. Where several labels of the routing have what served, the
    prompt's length and kind decide, else the first of them stands.
    """
    import ibis

    model = calls.model

    def family(name: str) -> BooleanValue:
        return model.ilike(f"%{name}%").fill_null(False)

    prompt_kinds = tuple(zip(PROMPT_LABELS, (calls.input > threshold, calls.search, calls.side), strict=True))
    by_prompt = [(is_kind, ibis.literal(label)) for label, is_kind in prompt_kinds]
    by_routing = []
    for (provider, name, batch), labels in labels_by_model.items():
        match = calls.provider.identical_to(provider) & model.identical_to(name) & (calls.batch == batch)
        by_routing += [
            (match & is_kind, ibis.literal(label)) for label, is_kind in prompt_kinds if label in labels
        ]
        by_routing.append((match, ibis.literal(plain_labels(labels)[0])))
    claude_by_prompt = [(family("claude") & is_kind, label) for is_kind, label in by_prompt]
    by_alias = [(calls.label == group, ibis.literal(label)) for group, label in aliases.items()]
    resolved: StringValue = ibis.cases(
        *by_alias,
        (calls.label.notnull(), calls.label),
        *(claude_by_prompt if client_chosen else ()),
        *by_routing,
        (model.isnull(), ibis.literal("unknown")),
        *(by_prompt if client_chosen else claude_by_prompt),
        (~family("claude"), model),
        (family("haiku"), ibis.literal("background")),
        (family("opus"), ibis.literal("think")),
        else_=ibis.literal("default"),
    )
    return calls.mutate(resolved_label=resolved)


def sums_by_label(rows: Table) -> Table:
    """Sums, 95th percentile and largest request by label, and by whether it may wait."""
    return rows.group_by(["resolved_label", "batch"]).aggregate(
        requests=rows.requests.sum(),
        tokens=rows.input.sum(),
        p95=rows.input.approx_quantile(0.95),
        cached=rows.cached.sum(),
        written=rows.written.sum(),
        output=rows.output.sum(),
        largest=(rows.input + rows.output).max(),
    )


SERVED_BY = ("resolved_label", "batch", "provider", "model", "effort", "service_tier")


SERVED_ON = (*SERVED_BY, "day")


def sums_by_model(
    rows: Table,
    thresholds: Mapping[tuple[str | None, ...], tuple[float, ...]],
    by: tuple[str, ...] = SERVED_BY,
) -> Table:
    """Sums by label, by the model that served it and by how its tokens are billed.

    thresholds: of a (provider, model, service tier), the prompt's tokens above which a request bills at
    another tier; by: SERVED_BY or SERVED_ON.
    """
    import ibis

    tiers = []
    for (provider, model, service_tier), limits in thresholds.items():
        match = rows.provider.identical_to(provider) & rows.model.identical_to(model)
        match &= rows.service_tier.identical_to(service_tier)
        tiers += [(match & (rows.input > limits[at]), at + 1) for at in reversed(range(len(limits)))]
    rows = rows.mutate(
        tier=ibis.cases(*tiers, else_=0) if tiers else ibis.literal(0),
        in_fast_mode=rows.fast > 0,
        bound=rows.geo > 0,
        **({"day": rows.moment.date()} if "day" in by else {}),
    )
    return rows.group_by([*by, "tier", "in_fast_mode", "bound"]).aggregate(
        tokens=(rows.input + rows.output).sum(),
        usd=rows.usd.sum(),
        **{name: rows[name].sum() for name in FIGURES},
    )


def latencies_by_model(rows: Table) -> Table:
    """Median and 95th percentile of the seconds of a request, by label and by the model that served it."""
    timed = rows.filter(rows.latency.notnull())
    return timed.group_by(list(SERVED_BY)).aggregate(
        median=timed.latency.approx_quantile(0.5), late=timed.latency.approx_quantile(0.95)
    )


def cache_readings(calls: Table) -> Table:
    """By model and kind of record: the sums of rows whose prompt may or may not count the cached tokens.

    widened: rows that are known to leave them out; inside: rows that are known not to; unsure: the rest.
    """
    unsure = calls.unsure
    return calls.group_by(["provider", "model", "form"]).aggregate(
        widened=calls.widened.sum(),
        inside=_one_if((~calls.outside).fill_null(False)).sum(),
        unsure=unsure.sum(),
        usd=(calls.usd * unsure).sum(),
        **{name: (calls[name] * unsure).sum() for name in ("input", "cached", "written", "output")},
    )


def widen_unsure(calls: Table, readings: Iterable[Mapping[str, Any]]) -> Table:
    """`calls` with the cached tokens counted in where other rows of a model and kind of record show it."""
    import ibis

    outside = [reading for reading in readings if reading["unsure"] and _leaves_out(reading)]
    if not outside:
        return calls
    left_out = ibis.literal(False)
    for reading in outside:
        match = calls.provider.identical_to(reading["provider"])
        match &= calls.model.identical_to(reading["model"]) & calls.form.identical_to(reading["form"])
        left_out |= match
    widened = _one_if(left_out) * calls.unsure
    return calls.mutate(
        input=calls.input + widened * (calls.cached + calls.written), widened=calls.widened + widened
    )


def _leaves_out(reading: Mapping[str, Any]) -> bool:
    """Whether rows that do not show it leave the cached tokens out, as others do."""
    if reading["inside"]:
        return False
    return bool(reading["widened"] >= _MIN_LEFT_OUT * (reading["widened"] + reading["unsure"]))


def _paid_otherwise(readings: Iterable[Mapping[str, Any]], labels: LabelResolver) -> list[str]:
    """What to say of prompts that are taken to count the cached tokens, though what was paid fits the other
    reading: a gateway's price may be wrong as well as its count."""
    notes = []
    for reading in readings:
        model, form = reading["model"] or "", reading["form"] or ""
        of_claude = "claude" in model.casefold() or "anthropic" in form.casefold()
        if not reading["unsure"] or _leaves_out(reading) or not reading["usd"] or not of_claude:
            continue
        tokens = {name: float(reading[name]) for name in ("input", "cached", "written", "output")}
        within = labels.list_cost(reading["provider"] or "", model, tokens)
        tokens["input"] += tokens["cached"] + tokens["written"]
        beside = labels.list_cost(reading["provider"] or "", model, tokens)
        if not within or not beside or beside <= (1 + _MAX_PRICE_GAP) * within:
            continue
        if abs(reading["usd"] - beside) <= _MAX_PRICE_GAP / 2 * beside:
            count = plural(round(reading["unsure"]), "prompt")
            doubt = "what was paid would fit if they did not"
            notes.append(f"{model}: {count} are taken to count their cached tokens; {doubt}")
    return notes


def aggregate_usage(
    calls: Table,
    run: RunQuery,
    source: Source,
    *,
    threshold: int,
    labels: LabelResolver,
    damaged: int = 0,
    by_day: bool = False,
) -> Usage:
    """Checked calls summed by label. Raises InputError where there are none.

    threshold: tokens of prompt from which it is longContext; damaged: lines that could not be read at all;
    by_day: whether the days are summed apart as well.
    """
    aside = {row["aside"]: int(row["rows"]) for row in run(aside_counts(calls))}
    damaged += aside.pop(DAMAGED, 0)
    aside.pop(EMPTY, None)
    traffic = calls.filter(calls.aside.isnull())
    readings = run(cache_readings(traffic))
    traffic = widen_unsure(traffic, readings)
    aside_notes = [f"{plural(rows, 'row')} left aside: {why}" for why, rows in sorted(aside.items())]
    (unpriced,) = run(unpriced_sums(traffic))
    if not unpriced["rows"]:
        reasons = [f"{plural(damaged, 'line')} could not be read"] * bool(damaged) + aside_notes
        why = f" ({'; '.join(reasons)})" if reasons else ""
        raise InputError(f"{source.title}: no requests in it{why}")
    (span,) = run(period(calls))
    labels_by_model, aliases, notes = _labels_of_models(traffic, run, labels)
    min_long = threshold if source.single else 1e18
    rows = resolve_labels(traffic, min_long, labels_by_model, aliases, source.client_chosen)
    groups = _groups(rows, run, source, labels)
    days = _served_days(rows, run, groups, labels, source.single) if by_day else []
    notes += _nameless_notes(groups) if source.single else _modelless_notes(groups, source)
    order = sorted(groups, key=lambda group: (-group.requests, group.label))
    hours = max((span["end"] - span["first"]).total_seconds() / 3600, 24.0)
    if source.uncached:
        why = "no cached tokens are counted, so all input is priced as new; set `cached` if you know"
        notes.insert(0, f"{source.uncached}: {why}")
    notes = [*source.notes, *notes, *_paid_otherwise(readings, labels), *aside_notes]
    sums = {name: float(unpriced[name] or 0.0) for name in (*UNPRICED, "widened")}
    if source.uncached:
        del sums["opaque"]  # said already, of all
    return Usage(source, order, span["first"], span["last"], hours, damaged, notes, sums, days)


def _labels_of_models(
    calls: Table, run: RunQuery, labels: LabelResolver
) -> tuple[LabelsByModel, dict[str, str], list[str]]:
    """The labels of models by the routing, of groups by aliases; and what is not certain."""
    labels_by_model: dict[tuple[str | None, str | None, bool], tuple[str, ...]] = {}
    notes = []
    models = run(unlabelled_models(calls))
    if len(models) > _MAX_NAMES:
        raise InputError(f"more than {_MAX_NAMES:,} different models: no usage of a router's")
    for row in models:
        provider, model, batch = row["provider"], row["model"], bool(row["batch"])
        serving = labels.serving(provider or "", model or "", batch)
        if serving:
            labels_by_model[provider, model, batch] = serving
            plain = plain_labels(serving)
            if len(plain) > 1:
                notes.append(f"{model} serves {' and '.join(plain)}: its requests count as {plain[0]}'s")
    names = [row["label"] for row in run(labels_named(calls))]
    aliases = {name: label for name in names if (label := labels.alias(name)) is not None}
    notes += [f"group {name} is an alias: it counts as {label}" for name, label in sorted(aliases.items())]
    return labels_by_model, aliases, notes


def _groups(rows: Table, run: RunQuery, source: Source, labels: LabelResolver) -> list[UsageGroup]:
    groups: dict[tuple[str, bool], UsageGroup] = {}
    sums = run(sums_by_label(rows))
    if len(sums) > _MAX_NAMES:
        raise InputError(f"more than {_MAX_NAMES:,} different labels: no usage of a router's")
    for row in sorted(sums, key=lambda row: (row["resolved_label"], row["batch"])):
        label, batch = row["resolved_label"], bool(row["batch"])
        name = f"{label}-batch" if batch and not labels.may_wait(label) else label
        groups[label, batch] = _group(row, _printable_name(name, groups.values()), source)
    for key, served in _served_models(rows, run, labels, source.single).items():
        groups[key[0], bool(key[1])].served.append(served)
    for group in groups.values():
        group.served.sort(
            key=lambda each: (-each.requests, -each.tokens, each.provider, each.model, each.effort)
        )
    return list(groups.values())


def _served_models(
    rows: Table, run: RunQuery, labels: LabelResolver, single: bool
) -> dict[tuple[Any, ...], ServedModel]:
    """What served, by SERVED_BY."""
    models = _sums_of_models(rows, run, labels, single, SERVED_BY)
    for row in run(latencies_by_model(rows)) if single else ():
        served = models[tuple(row[name] for name in SERVED_BY)]
        served.latency, served.spread = row["median"], min(max(1.0, row["late"] / row["median"]), _MAX_SPREAD)
    return models


def _served_days(
    rows: Table, run: RunQuery, groups: Iterable[UsageGroup], labels: LabelResolver, single: bool
) -> list[ServedDay]:
    """What served on each day, the first day first, under the names of the labels' groups."""
    names = {(group.resolved_label, group.batch): group.label for group in groups}
    models = _sums_of_models(rows, run, labels, single, SERVED_ON)
    days = [
        ServedDay(key[-1], names[key[0], bool(key[1])], bool(key[1]), served)
        for key, served in models.items()
    ]
    return sorted(days, key=lambda day: (day.day, day.label, day.served.provider, day.served.model))


def _sums_of_models(
    rows: Table, run: RunQuery, labels: LabelResolver, single: bool, by: tuple[str, ...]
) -> dict[tuple[Any, ...], ServedModel]:
    """What served, without latencies, by SERVED_BY or SERVED_ON."""
    thresholds: dict[tuple[str | None, ...], tuple[float, ...]] = {}
    for row in run(models_named(rows)) if single else ():
        names = (row["provider"], row["model"], row["service_tier"])
        if limits := labels.thresholds(*(name or "" for name in names)):
            thresholds[names] = limits
    models: dict[tuple[Any, ...], ServedModel] = {}
    for row in run(sums_by_model(rows, thresholds, by)):
        key = tuple(row[name] for name in by)
        served = models.setdefault(
            key,
            ServedModel(
                *(row["provider"] or "", row["model"] or "", 0.0, 0.0, None),
                *(row["effort"] or "", row["service_tier"] or ""),
            ),
        )
        served.requests += row["requests"]
        served.tokens += row["tokens"]
        if row["usd"] is not None:
            served.usd = (served.usd or 0.0) + row["usd"]
        figures = {name: float(row[name] or 0.0) for name in FIGURES}
        served.billed.append(
            BilledTokens(int(row["tier"]), bool(row["in_fast_mode"]), bool(row["bound"]), figures)
        )
    return models


def _printable_name(name: str, groups: Iterable[UsageGroup]) -> str:
    """A label's name without characters that a terminal would obey, and not another's."""
    from ..report.text import clean

    plain = clean(name).strip()[:_MAX_LABEL] or "unknown"
    taken = {group.label for group in groups}
    names = (plain if nth == 1 else f"{plain} ({nth})" for nth in count(1))
    return next(name for name in names if name not in taken)


def _nameless_notes(groups: list[UsageGroup]) -> list[str]:
    """How many requests name no model, by label: they are in the workload, and in no route."""
    counts = {
        group.label: sum(served.requests for served in group.served if not served.model) for group in groups
    }
    return [
        f"{label}: {plural(round(count), 'request')} without the name of a model, in no route"
        for label, count in counts.items()
        if count
    ]


def _modelless_notes(groups: list[UsageGroup], source: Source) -> list[str]:
    """What rows without a model mean. Raises InputError where no row has one."""
    nameless = [group for group in groups if group.resolved_label == "unknown"]
    what = "group_by=model was not asked for"
    if len(nameless) == len(groups):
        raise InputError(f"{source.title}: no row names a model: {what}")
    return [f"{group.label}: rows without a model ({what}?)" for group in nameless]


def _group(row: dict[str, Any], name: str, source: Source) -> UsageGroup:
    requests = max(row["requests"], 1e-9) if source.counts_requests else 1.0
    tokens = row["tokens"]
    return UsageGroup(
        label=name,
        resolved_label=row["resolved_label"],
        batch=bool(row["batch"]),
        requests=row["requests"],
        input=tokens / requests,
        p95=row["p95"] if source.single else None,
        cached=row["cached"] / tokens if tokens else 0.0,
        written=row["written"] / tokens if tokens else 0.0,
        output=row["output"] / requests,
        largest=row["largest"] if source.single else None,
    )
