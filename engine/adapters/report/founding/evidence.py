"""What the figures rest on: published scores, fitted skills with their intervals, tests worth doing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ....domain.catalog import SKILLS, ModelScore
from ....domain.provenance import provenance
from .content import Block, Cell, Paragraph, Section, Table, Text, code, fill, spans
from .context import Context

MAX_SCORES = 8  # of a model; `catalog show` has all
MAX_TESTS = 5


def score_lines(c: Context, offer: str, labels: Sequence[str], most: int) -> list[Text]:
    """Own tests of an offer on its labels, then the scores that its skills rest on, each with its source."""
    _ = c.gettext
    tests = list(_own_tests(c, offer, labels))
    weights: dict[str, float] = {}
    for name in labels:
        for skill, weight in c.report.routing.labels[name].skills.items():
            weights[skill] = weights.get(skill, 0.0) + weight
    text = _("{benchmark} {score} ({setting}{source})")
    return tests + [
        fill(
            text,
            benchmark=_title(c, score),
            score=c.language.number(score.value),
            setting=f"{setting}; " if (setting := _setting(score)) else "",
            source=_source(c, score),
        )
        for score in _scores(c, offer, weights)[:most]
    ]


def _own_tests(c: Context, offer: str, labels: Sequence[str]) -> Iterator[Text]:
    """The user's own results of an offer, which count instead of any score."""
    _ = c.gettext
    for name in labels:
        own = c.report.routing.labels[name].measured_of(offer, "quality")
        if own is None:
            continue
        text = _("your own test on {label}: {quality} of 100")
        items = c.ngettext("{count} item", "{count} items", own.n or 0).format(count=own.n)
        line = fill(text, label=code(name), quality=c.points(own.quality))
        yield (*line, *spans(f" ({items})")) if own.n else line


def _scores(c: Context, offer: str, weights: dict[str, float]) -> list[ModelScore]:
    """A model's scores, those of the skills that count first, the newest first, a benchmark once."""
    about = c.report.catalog.models[offer.partition("/")[2]]

    def order(score: ModelScore) -> tuple[float, float, float, str]:
        benchmark = c.report.catalog.benchmarks[score.benchmark]
        day = score.as_of.toordinal() if score.as_of else 0
        return -weights.get(benchmark.skill, 0.0), -benchmark.weight, -day, score.benchmark

    once: dict[str, ModelScore] = {}
    for score in sorted(about.scores, key=order):
        once.setdefault(score.benchmark, score)
    return list(once.values())


def _title(c: Context, score: ModelScore) -> str:
    return c.report.catalog.benchmarks[score.benchmark].title or score.benchmark


def _source(c: Context, score: ModelScore) -> str:
    source = c.report.catalog.sources.get(score.source)
    name = (source.title if source else score.source) or score.source or c.gettext("no source is named")
    return f"{name}, {c.gettext('its maker')}" if score.kind == "vendor" else name


def _setting(score: ModelScore) -> str:
    return ", ".join(part for part in (score.variant, score.effort) if part)


def evidence(c: Context) -> Section:
    """Skills and scores of every model of the report, and the next tests."""
    _ = c.gettext
    blocks: list[Block] = [
        Paragraph(
            spans(
                _(
                    "Quality goes from 0 to 100 on each skill: what a model can do against the others of the "
                    "catalogue, fitted to the published scores below. It is no percentage of one test, so a "
                    "model of 87 % on an easy benchmark may have 10 points."
                )
            )
        )
    ]
    blocks += [*_skills(c), *_benchmarks(c), *_prices(c), *_tests(c)]
    return Section("evidence", _("Evidence and benchmarks"), tuple(blocks))


def _models(c: Context) -> dict[str, str]:
    """Model -> one of its offers in the report, each model once."""
    models: dict[str, str] = {}
    for offer in c.report.offers:
        models.setdefault(offer.partition("/")[2], offer)
    return models


def _skills(c: Context) -> Iterator[Block]:
    _ = c.gettext
    weighted = {skill for label in c.report.routing.labels.values() for skill in label.skills}
    shown = [skill for skill in SKILLS if skill in weighted] or [*SKILLS[:3]]
    rows: list[tuple[Cell, ...]] = []
    for model, offer in _models(c).items():
        about = c.report.catalog.models[model]
        for skill in shown:
            if skill in about.skills:
                span, kind = "-", c.words.fit("stated")
            elif skill in about.fitted:
                fit = about.fitted[skill]
                span = _("{low} to {high}").format(
                    low=c.language.number(fit.low, 1), high=c.language.number(fit.high, 1)
                )
                kind = c.words.fit(fit.kind)
            else:
                continue
            rows.append((code(model), c.words.skill(skill), c.skill(offer, skill), span, kind))
    if rows:
        head = (_("model"), _("skill"), _("points"), _("80 % interval"), _("known from"))
        yield Table.of(_("Skills and how sure they are"), head, rows, (2,))
    unrated = [model for model, offer in _models(c).items() if not c.comparisons[offer].skills]
    if unrated:
        text = _("Without any score that the catalogue knows, and so not rated: {models}.")
        yield Paragraph(fill(text, models=c.language.listing(unrated)))


def _benchmarks(c: Context) -> Iterator[Block]:
    _ = c.gettext
    weights = {skill: 1.0 for label in c.report.routing.labels.values() for skill in label.skills}
    rows: list[tuple[Cell, ...]] = []
    left_out = 0
    for model, offer in _models(c).items():
        scores = _scores(c, offer, weights)
        left_out += len(scores[MAX_SCORES:])
        for score in scores[:MAX_SCORES]:
            source = c.report.catalog.sources.get(score.source)
            as_of = score.as_of or (source.as_of if source else None)
            day = c.language.day(as_of) if as_of else _("unknown")
            skill = c.words.skill(c.report.catalog.benchmarks[score.benchmark].skill)
            figure = c.language.number(score.value)
            rows.append(
                (code(model), _title(c, score), skill, figure, _setting(score), _source(c, score), day)
            )
    if not rows:
        return
    head = (
        *(_("model"), _("benchmark"), _("skill"), _("score")),
        *(_("setting"), _("source"), _("as of")),
    )
    yield Table.of(_("Published scores"), head, rows, (3,))
    if left_out:
        text = c.ngettext("{count} more score is left out:", "{count} more scores are left out:", left_out)
        more = _("{count} {command} lists all of a model.")
        yield Paragraph(
            fill(more, count=text.format(count=left_out), command=code("modelpick catalog show MODEL"))
        )


def _prices(c: Context) -> Iterator[Block]:
    """Where every price and speed comes from."""
    _ = c.gettext
    rows: list[tuple[Cell, ...]] = []
    for offer in c.report.offers:
        cells: list[Cell] = [code(offer)]
        for figure in ("input", "tps"):
            origin = provenance(c.report.catalog, offer, figure)
            if origin.value is None:
                cells.append(_("unknown"))
                continue
            age = origin.age(c.report.today)
            day = f"{c.language.day(origin.as_of)}" if origin.as_of else _("no date")
            old = (
                c.ngettext("{count} day old", "{count} days old", age).format(count=age)
                if age is not None
                else ""
            )
            named = origin.title or _("no source is named")
            cells.append(
                ", ".join(part for part in (named, c.words.licence(origin.licence), day, old) if part)
            )
        rows.append(tuple(cells))
    head = (_("offer"), _("price from"), _("speed from"))
    yield Table.of(_("Where prices and speeds come from"), head, rows, ())


def _tests(c: Context) -> Iterator[Block]:
    _ = c.gettext
    if not c.report.tests:
        return
    rows: list[tuple[Cell, ...]] = [
        (
            *(code(test.model), code(test.label)),
            c.worth(test.gain),
            c.worth(test.best),
            c.language.percent(test.chance),
            _("{points}, 80 % from {low}").format(points=c.points(test.quality), low=c.points(test.low)),
        )
        for test in c.report.tests[:MAX_TESTS]
    ]
    head = (
        *(_("model"), _("label"), _("worth on average"), _("worth if it does well")),
        *(_("chance of a better plan"), _("taken for")),
    )
    yield Table.of(_("Own tests that would improve the plan most"), head, rows, (4,))
    yield Paragraph(fill(_("{command} reads their results."), command=code("modelpick import evals FILE")))
