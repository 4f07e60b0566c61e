"""The founding report's table, the budgets with their arithmetic, and latency against cost."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import log10

from ....domain.catalog import Offer
from ....domain.routing import HOURS_A_MONTH
from ....solver.analysis.compare import Comparison, monthly_budget
from ...catalog.checks import Finding
from .charts import Chart, Mark, plane, spread_axis
from .content import Block, Bullets, Cell, Paragraph, Picture, Section, Table, code, fill, joined, spans
from .context import Context
from .language import marked as _
from .vocabulary import few_of, special_use

SLIPS = {  # decimal places that a figure is off by -> the unit that it is in
    -6: _("per token"),
    -3: _("per thousand tokens"),
    3: _("per billion tokens"),
    6: _("for a million times that"),
}
# Seconds of a whole answer, USD of the month, the offer, seconds to its first token, tokens a second.
_Timed = tuple[float, float, Comparison, float, float]
_COLUMNS = ("reasoning", "coding", "multilingual")
_LIMITS = {
    "rpm": _("requests a minute"),
    "tpm": _("tokens a minute"),
    "rpd": _("requests a day"),
    "tpd": _("tokens a day"),
    "itpm": _("input tokens a minute"),
    "otpm": _("output tokens a minute"),
}


def comparison(c: Context) -> Section:
    """Every column of the founding report's table, for the offers in use and those that stand ready."""
    _ = c.gettext
    head = (
        *(_("model"), _("provider"), _("input price"), _("output price"), _("context window")),
        *(_("reasoning"), _("coding"), _("languages"), _("speed"), _("special use")),
        *(_("rate limits"), _("availability"), _("router label"), _("notes")),
    )
    rows = [_row(c, offer) for offer in c.report.offers]
    units = _(
        "Prices are USD per million tokens, the window is tokens of input and output together, skills go "
        "from 0 to 100, speed is tokens a second after the seconds to the first token, both medians."
    )
    blocks: list[Block] = [Paragraph(spans(units))]
    blocks.append(Table.of(_("The models side by side"), head, rows, (2, 3, 4, 5, 6, 7)))
    marks, fields = c.report.marked.marks, ("input", "output", "tps", "ttft")
    signs = [marks.figure(offer, name) for offer in c.report.offers for name in fields]
    signs += [marks.figure(offer, f"skill:{skill}") for offer in c.report.offers for skill in _COLUMNS]
    if legend := c.legend(signs):
        blocks.append(Paragraph(spans(legend)))
    return Section("comparison", _("Model comparison"), tuple(blocks))


def _row(c: Context, offer: str) -> tuple[Cell, ...]:
    _ = c.gettext
    labels = c.report.labels_of(offer)
    ready = [name for name, plan in c.report.plan.labels.items() if offer in plan.fallbacks]
    role = few_of(c.language, labels)
    if not labels:
        role = fill(_("fallback of {labels}"), labels=few_of(c.language, ready))
    return (
        *(c.model_name(offer), c.provider_name(offer)),
        *(c.price(offer, "input"), c.price(offer, "output"), c.window(offer)),
        *(c.skill(offer, skill) for skill in _COLUMNS),
        *(_speed(c, offer), special_use(c.words, c.report.catalog, offer) or _("text only")),
        *(_limits(c, offer), _availability(c, offer), role, joined(_notes(c, offer), c.language.semicolon)),
    )


def _speed(c: Context, offer: str) -> str:
    _ = c.gettext
    facts, marks = c.report.catalog.offers[offer], c.report.marked.marks
    if facts.tps is None:
        return _("unknown")
    tps = marks.figure(offer, "tps") + c.language.number(facts.tps)
    if facts.ttft is None:
        return _("{tps} tok/s").format(tps=tps)
    ttft = marks.figure(offer, "ttft") + c.language.number(round(facts.ttft, 2))
    return _("{tps} tok/s after {ttft} s").format(tps=tps, ttft=ttft)


def _limits(c: Context, offer: str) -> str:
    """Every rate limit that is known."""
    _ = c.gettext
    facts = c.report.catalog.offers[offer]
    known = [
        f"{c.language.number(float(limit))} {_(name)}"
        for key, name in _LIMITS.items()
        if (limit := getattr(facts, key))
    ]
    if facts.hosting is not None:
        known += [
            _("{figure} {unit} a machine").format(
                figure=c.language.number(float(limit)), unit=_(_LIMITS[key])
            )
            for key in ("rpm", "tpm")
            if (limit := getattr(facts.hosting, key))
        ]
    return c.language.semicolon.join(known) or _("unknown")


def _availability(c: Context, offer: str) -> str:
    _ = c.gettext
    facts = c.report.catalog.offers[offer]
    status = c.words.status(facts.status)
    if facts.retires is None:
        return status
    then = _("{status}, last day {day}").format(status=status, day=c.language.day(facts.retires))
    successor = _(", then {model}").format(model=facts.successor)
    return then + (successor if facts.successor else "")


def _notes(c: Context, offer: str) -> Iterator[Cell]:
    """What else one must know: second readings, other sources, tiers, discounts, verbosity, quantisation."""
    _ = c.gettext
    facts = c.report.catalog.offers[offer]
    if facts.ambiguous:
        yield _("the price can be read in two ways: “{text}”").format(text=facts.ambiguous)
    for other in facts.disputed:
        source = c.report.catalog.sources.get(other.source)
        prices = [
            c.language.number(float(price)) for price in (other.input, other.output) if price is not None
        ]
        name = (source.title if source else "") or other.source
        yield _("{source} says {prices}").format(source=name, prices=" / ".join(prices))
    for tier in facts.tiers:
        yield _("{input} / {output} for prompts over {above} tokens").format(
            input=c.language.number(float(tier.input)),
            output=c.language.number(float(tier.output)),
            above=c.language.number(float(tier.above)),
        )
    if facts.batch_discount:
        yield _("{share} off for a batch").format(share=c.language.percent(float(facts.batch_discount)))
    if facts.hours:
        yield _("{share} of the price on a week's average").format(
            share=c.language.percent(facts.hours_factor, 1)
        )
    verbosity = c.comparisons[offer].verbosity
    if verbosity != 1:
        text = _("writes {factor} times the tokens of an ordinary answer, hidden reasoning included")
        yield text.format(factor=c.language.number(round(verbosity, 2)))
    if facts.quantization:
        yield _("served in {precision}").format(precision=facts.quantization)
    if facts.hosting is not None:
        yield _("self-hosted, {price} USD an hour and machine").format(
            price=c.language.number(float(facts.hosting.usd_per_hour))
        )
    if facts.note:
        yield _("“{text}”").format(text=facts.note)


def budget(c: Context) -> Section:
    """The routing's own month, and one of so many tokens at each offer, with the arithmetic."""
    _ = c.gettext
    month, lines = c.report.month, c.comparisons
    ordered = sorted(lines.values(), key=lambda line: (line.budget, line.offer))
    tokens = _("A month of {input} input and {output} output tokens, uncached, fees included:").format(
        input=c.language.number(month.input_tokens), output=c.language.number(month.output_tokens)
    )
    verbose = any(line.verbosity != 1 for line in ordered)
    head = [_("offer"), _("USD a month"), _("how it comes about")]
    rows: list[list[Cell]] = [[code(line.offer), c.budget(line), _arithmetic(c, line)] for line in ordered]
    if verbose:
        head.append(_("with the tokens that it writes"))
        for row, line in zip(rows, ordered, strict=True):
            row.append(c.language.usd(float(line.budget_as_verbose)))
    blocks: list[Block] = [*_own_month(c), Paragraph(spans(tokens))]
    blocks.append(Table.of(_("The same month at each offer"), head, rows, (1, 3) if verbose else (1,)))
    if len(ordered) > 1:
        first, last = ordered[0], ordered[-1]
        if first.budget:
            text = _("The dearest, {last}, costs {factor} times as much as the cheapest, {first}.")
            factor = c.language.number(float(f"{last.budget / first.budget:.3g}"))
            blocks.append(
                Paragraph(fill(text, last=code(last.offer), first=code(first.offer), factor=factor))
            )
    blocks += _second_readings(c)
    blocks += _slips(c)
    return Section("budget", _("Budget impact"), tuple(blocks))


def _arithmetic(c: Context, line: Comparison) -> str:
    """10 M x 0.06 + 5 M x 0.2, and the fee and rent where there are some."""
    _ = c.gettext
    month, facts = c.report.month, line.facts
    fee = c.report.catalog.providers[line.offer.partition("/")[0]].fee
    amounts = [
        f"{c.language.number(tokens / 1e6)} M × {c.language.number(float(price))}"
        for tokens, price in ((month.input_tokens, facts.input), (month.output_tokens, facts.output))
    ]
    text = " + ".join(amounts)
    if fee:
        text = f"({text}) × {c.language.number(1 + float(fee))}"
    if facts.hours:
        text = f"{text if fee else f'({text})'} × {c.language.number(round(facts.hours_factor, 4))}"
    if facts.hosting is not None:
        rate = c.language.number(float(facts.hosting.usd_per_hour))
        text += _(" + {hours} h × {rate}").format(hours=c.language.number(HOURS_A_MONTH), rate=rate)
    return text


def _own_month(c: Context) -> Iterator[Block]:
    _ = c.gettext
    routing, plan = c.report.routing, c.report.plan
    total = sum(label.cost for label in plan.labels.values())
    rows: list[tuple[Cell, ...]] = []
    all_in = all_out = 0.0
    for name, label in plan.labels.items():
        facts = routing.labels[name]
        requests = facts.requests * routing.limits.growth
        tokens_in, tokens_out = requests * facts.input_tokens, requests * facts.output_tokens
        all_in, all_out = all_in + tokens_in, all_out + tokens_out
        rows.append(
            (
                *(code(name), c.language.number(requests, 0), c.language.number(tokens_in / 1e6, 2)),
                *(c.language.percent(facts.cached), c.language.number(tokens_out / 1e6, 2)),
                c.label_cost(name, label),
                c.language.percent(label.cost / total, 1) if total else "-",
            )
        )
    head = (
        *(_("label"), _("requests"), _("input, million tokens"), _("from the cache")),
        *(_("output, million tokens"), _("USD a month"), _("share of the cost")),
    )
    yield Table.of(_("The routing's own month"), head, rows, (1, 2, 3, 4, 5, 6))
    text = _("In all {cost} for {input} million tokens in and {output} million out.")
    yield Paragraph(
        fill(
            text,
            cost=c.total_cost(),
            input=c.language.number(all_in / 1e6, 2),
            output=c.language.number(all_out / 1e6, 2),
        )
    )


def _second_readings(c: Context) -> Iterator[Block]:
    """What the month costs where a price that can be read in two ways is read in the other."""
    _ = c.gettext
    entries = []
    for offer in c.report.offers:
        facts = c.report.catalog.offers[offer]
        if not facts.ambiguous or facts.input != facts.output:
            continue
        seller = c.report.catalog.providers[offer.partition("/")[0]]
        half = facts.model_copy(update={"input": facts.input / 2, "output": facts.output / 2})
        tokens = c.report.month.input_tokens, c.report.month.output_tokens
        cost, other = (float(monthly_budget(each, seller, *tokens)) for each in (facts, half))
        text = _("{price} each way: {cost}; if that is the price of both together, {half} each way: {other}")
        entries.append(
            (
                offer,
                spans(
                    text.format(
                        price=c.language.number(float(facts.input)),
                        cost=c.money_a_month(cost),
                        half=c.language.number(facts.input / 2),
                        other=c.money_a_month(other),
                    )
                ),
            )
        )
    if entries:
        yield Paragraph(spans(_("Prices that can be read in two ways; the dearer reading counts:")))
        yield Bullets(tuple(entries))


def slip_name(c: Context, finding: Finding) -> str:
    """The unit that a price looks like: per token."""
    _ = c.gettext
    if not isinstance(finding.value, float) or not isinstance(finding.proposed, float):
        return _("no market price")
    places = round(log10(finding.value / finding.proposed))
    return _(SLIPS[places]) if places in SLIPS else _("no market price")


def _slips(c: Context) -> Iterator[Block]:
    """Prices in another unit than the catalogue's: as stated, as meant, and what the month then costs."""
    _ = c.gettext
    if not c.report.errors:
        return
    rows: list[tuple[Cell, ...]] = []
    meant: dict[str, dict[str, float]] = {}
    for finding in c.report.errors:
        offer, name = finding.path.removeprefix('offers."').split('".', 1)
        proposed = finding.proposed if isinstance(finding.proposed, float) else None
        if proposed is not None and name in ("input", "output"):
            meant.setdefault(offer, {})[name] = proposed
        figures = [
            c.language.number(figure) if isinstance(figure, float) else _("unknown")
            for figure in (finding.value, proposed)
        ]
        rows.append((code(offer), name, figures[0], slip_name(c, finding), figures[1]))
    text = _(
        "Beware: these prices are in another unit than USD per million tokens, so every sum above that rests "
        "on them is wrong. The table says what is probably meant."
    )
    yield Paragraph(spans(text))
    head = (_("offer"), _("price"), _("as stated"), _("looks like a figure"), _("probably meant"))
    yield Table.of(_("Prices in a wrong unit"), head, rows, (2, 4))
    budgets: list[tuple[Cell, ...]] = []
    for offer, figures_meant in meant.items():
        facts = c.report.catalog.offers[offer]
        right: Offer = facts.model_copy(update=figures_meant)
        seller = c.report.catalog.providers[offer.partition("/")[0]]
        tokens = c.report.month.input_tokens, c.report.month.output_tokens
        cost = float(monthly_budget(right, seller, *tokens))
        budgets.append((code(offer), c.budget(c.comparisons[offer]), c.language.usd(cost)))
    if budgets:
        columns = (_("offer"), _("as stated, USD a month"), _("as probably meant, USD a month"))
        yield Table.of(_("The month's budget at the prices that are meant"), columns, budgets, (1, 2))


def latency(c: Context) -> Section:
    """How much faster the dearer offers are, in words, a table and a chart."""
    _ = c.gettext
    timed = [
        (line, facts.ttft, facts.tps)
        for line in c.comparisons.values()
        if (facts := line.facts).ttft is not None and facts.tps is not None
    ]
    tokens = _typical_answer(c)
    points = sorted(
        (
            (ttft + tokens * line.verbosity / tps, float(line.budget), line, ttft, tps)
            for line, ttft, tps in timed
        ),
        key=lambda point: (point[0], point[1], point[2].offer),
    )
    blocks: list[Block] = list(_limits_kept(c))
    if not points:
        blocks.append(Paragraph(spans(_("No speed of these offers is known, so nothing can be compared."))))
        return Section("latency", _("Latency against cost"), tuple(blocks))
    text = _("Seconds are the median of a whole answer of {tokens} tokens, the mean of the labels.")
    blocks.insert(0, Paragraph(spans(text.format(tokens=c.language.number(tokens, 0)))))
    if len(points) > 1:
        blocks += _trade_off(c, points)
    head = (
        *(_("no."), _("offer"), _("whole answer"), _("first token")),
        *(_("tokens a second"), _("USD for the month above")),
    )
    rows: list[tuple[Cell, ...]] = []
    for at, (seconds, __, line, ttft, tps) in enumerate(points, 1):
        signs = [c.report.marked.marks.figure(line.offer, name) for name in ("ttft", "tps")]
        rows.append(
            (
                *(str(at), code(line.offer), "".join(dict.fromkeys("".join(signs))) + c.seconds(seconds)),
                *(c.language.number(ttft, 2) + " s", c.language.number(tps, 0), c.budget(line)),
            )
        )
    title = _("Latency against cost")
    table = Table.of(title, head, rows, (0, 2, 3, 4, 5))
    if len(points) < 2:
        blocks.append(table)
        return Section("latency", title, tuple(blocks))
    blocks.append(Picture(_latency_chart(c, title, points), table))
    blocks.append(Paragraph(spans(_("The filled marks carry requests, the hollow ones stand ready."))))
    return Section("latency", title, tuple(blocks))


def _latency_chart(c: Context, title: str, points: Sequence[_Timed]) -> Chart:
    """Seconds of a whole answer against the month's cost."""
    _ = c.gettext
    description = _(
        "Each offer is a numbered mark: the further left, the faster; the lower, the cheaper. The fastest is "
        "{fastest}, the cheapest {cheapest}."
    ).format(
        fastest=points[0][2].offer,
        cheapest=min(points, key=lambda point: (point[1], point[0]))[2].offer,
    )
    across = spread_axis(
        _("seconds of a whole answer"), [p[0] for p in points], c.language.number, from_zero=True
    )
    up = spread_axis(_("USD a month"), [p[1] for p in points], c.language.number, from_zero=True)
    carriers = set(c.report.carriers)
    marks = [
        Mark(seconds, cost, str(at), "knee" if line.offer in carriers else "mark")
        for at, (seconds, cost, line, *__) in enumerate(points, 1)
    ]
    return plane("latency", title, description, across, up, (), marks)


def _typical_answer(c: Context) -> float:
    """Output tokens of a mean request."""
    labels = c.report.routing.labels.values()
    requests = sum(label.requests for label in labels)
    if not requests:
        return sum(label.output_tokens for label in labels) / len(c.report.routing.labels)
    return sum(label.requests * label.output_tokens for label in labels) / requests


def _trade_off(c: Context, points: Sequence[_Timed]) -> Iterator[Block]:
    _ = c.gettext
    fastest = points[0]
    cheapest = min(points, key=lambda point: (point[1], point[0]))
    if fastest[2].offer == cheapest[2].offer:
        text = _("{offer} is both the fastest and the cheapest of them.")
        yield Paragraph(fill(text, offer=code(fastest[2].offer)))
        return
    text = _(
        "The cheapest, {cheapest}, costs {share} less than the fastest, {fastest}, and takes {factor} times "
        "as long: {slow} instead of {fast}."
    )
    share = c.language.percent(1 - cheapest[1] / fastest[1]) if fastest[1] else "-"
    yield Paragraph(
        fill(
            text,
            cheapest=code(cheapest[2].offer),
            fastest=code(fastest[2].offer),
            share=share,
            factor=c.language.number(cheapest[0] / fastest[0], 1) if fastest[0] else "-",
            slow=c.seconds(cheapest[0]),
            fast=c.seconds(fastest[0]),
        )
    )


def _limits_kept(c: Context) -> Iterator[Block]:
    """Of each label with a latency limit: the limit, and what the mix has."""
    _ = c.gettext
    rows: list[tuple[Cell, ...]] = []
    for name, plan in c.report.plan.labels.items():
        label = c.report.routing.labels[name]
        if label.latency_limit is None:
            continue
        sign = c.report.marked.label(name, plan)[1].latency
        rows.append(
            (
                *(code(name), c.language.percent(label.percentile / 100, 1 if label.percentile % 1 else 0)),
                *(c.seconds(label.latency_limit), sign + c.seconds(plan.latency)),
                _("unknown") if plan.late is None else c.language.percent(plan.late, 1),
            )
        )
    if rows:
        head = (_("label"), _("requests in time"), _("limit"), _("the mix takes"), _("late"))
        yield Table.of(_("Latency that the labels ask for"), head, rows, (1, 2, 3, 4))
    else:
        yield Paragraph(spans(_("No label limits its latency.")))
