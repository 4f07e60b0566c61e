"""Results of evaluations as a label's own figures: means over items, on the scale from 0 to 100.

In a routing, labels that are there take them, and new ones are made for those that are not.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import sqrt
from statistics import median
from typing import Any

from ...domain.catalog import Z80, Catalog, OfferStatus
from ...domain.errors import InputError
from ...domain.formatting import plural
from ...domain.routing import Label, Limits, Measured, Routing
from ...domain.rules import workload_fields
from .matching import Match, ModelMatcher
from .results import Evaluations, Result

MAX_NAMES = 12  # names without a model that are said one by one
_ROUNDING = 1e-6  # a mean of ones may come out above 1
_MAX_ITEMS = 1_000_000_000  # of which a routing file says that a mean is made
_MIN_LATENCY = 1e-6  # seconds
SLACK = 5  # points that a new label's mix may be below the best model of its test
CONFIDENCE = 0.9  # of a routing that modelpick makes itself


@dataclass
class _Tally:
    """Sums over the results of one model on one label, scores in the file's own scale."""

    rows: int = 0
    items: dict[str, list[float]] = field(default_factory=dict)  # question -> its scores
    weighted: float = 0.0  # of results without a question: score times count
    count: float = 0.0
    counted: bool = True  # whether every result says of how many it is
    variance: float | None = 0.0  # of the sum of means without a count; None: not known
    tokens: list[tuple[float, float]] = field(default_factory=list)  # (figure, count)
    costs: list[tuple[float, float]] = field(default_factory=list)
    latencies: list[float] = field(default_factory=list)

    def add(self, result: Result, score: float, low: float | None) -> None:
        """One result more."""
        count = 1.0 if result.n is None else result.n
        self.rows += 1
        self.counted &= result.n is not None
        if result.item is not None and count == 1:
            self.items.setdefault(result.item, []).append(score)
        else:
            self.weighted, self.count = self.weighted + score * count, self.count + count
            known = low is not None and self.variance is not None
            self.variance = (
                (self.variance or 0.0) + ((score - low) / Z80) ** 2 if known and low is not None else None
            )
        for figures, figure in ((self.tokens, result.output_tokens), (self.costs, result.cost)):
            if figure is not None:
                figures.append((figure, count))
        if result.latency and result.latency >= _MIN_LATENCY:
            self.latencies.append(result.latency)

    @property
    def n(self) -> float:
        """Items, each question once."""
        return self.count + len(self.items)

    def measured(self, factor: float) -> Measured:
        """The figures, with scores times `factor`; money in eight digits, the rest in few."""
        total = self.weighted + sum(sum(scores) / len(scores) for scores in self.items.values())
        quality = min(100.0, factor * total / self.n)
        figures: dict[str, Any] = {"quality": round(quality, 4)}
        if self.counted:
            figures["n"] = min(max(1, round(self.n)), _MAX_ITEMS)
        elif self.variance is not None and not self.items:
            figures["low"] = round(max(0.0, quality - Z80 * factor * sqrt(self.variance) / self.count), 4)
        if tokens := _mean(self.tokens):
            figures["output_tokens"] = round(tokens, 1)
        if cost := _mean(self.costs):
            figures["cost"] = float(f"{cost:.6g}")
        if self.latencies:
            figures["latency"] = float(f"{median(self.latencies):.4g}")
        return Measured.model_validate(figures)


def _mean(figures: Sequence[tuple[float, float]]) -> float:
    total = sum(count for _, count in figures)
    return sum(figure * count for figure, count in figures) / total if total else 0.0


@dataclass(frozen=True)
class MeasuredLabels:
    """Label -> model, model@level or offer -> its figures; `scale` in words, and what there is to say.

    `unmatched`: why each name that has no model has none -> its results.
    """

    labels: Mapping[str, Mapping[str, Measured]]
    scale: str
    notes: list[str]
    unmatched: Mapping[str, int]


def measure(
    evaluations: Iterable[Evaluations],
    matcher: ModelMatcher,
    *,
    label: str | None,
    max_score: float | None,
    where: str,
) -> MeasuredLabels:
    """The figures of every label and model. `label`: where all goes that names none.

    max_score: what the best answer gets; None: 1 where no score is above it, else 100. Raises InputError
    where nothing is left, or a score is off the scale.
    """
    scale = _Scale(max_score)
    sums = _Sums(matcher, scale, label or "default")
    for each in evaluations:
        for result in each.results:
            sums.add(result)
    left_out = [f"{plural(count, 'result')} {why}" for why, count in sums.dropped.items() if count]
    if not sums.tallies:
        raise _nothing_left(sums.unmatched, left_out, where)
    factor = scale.factor(where)
    notes = [*(f"{line} left out" for line in left_out), f"scores are {scale.words}"]
    if sums.unlabelled and label is None:
        notes.append(
            "no column of labels: all goes to the label default; --label-by splits it, --label names it"
        )
    notes += [*sums.match_notes(), *_tally_notes(sums.tallies), *_unmatched_notes(sums.unmatched)]
    labels: dict[str, dict[str, Measured]] = {}
    for (row_label, key), tally in sums.tallies.items():
        labels.setdefault(row_label, {})[key] = tally.measured(factor)
    return MeasuredLabels(labels, scale.words, notes, sums.unmatched)


class _Sums:
    """Results by label and model; what cannot be used is counted by its reason."""

    def __init__(self, matcher: ModelMatcher, scale: _Scale, label: str) -> None:
        """`label`: where a result goes that names none."""
        self._matcher, self._scale, self._label = matcher, scale, label
        self._matches: dict[tuple[tuple[str, ...], str], Match] = {}
        self._names: dict[str, dict[str, None]] = {}  # model -> the names that stand for it
        self.tallies: dict[tuple[str, str], _Tally] = {}  # (label, model)
        self.unmatched: dict[str, int] = {}  # why a name has no model -> its results
        self.dropped = dict.fromkeys(("without a score", "without a label", "of 0 items"), 0)
        self.unlabelled = 0

    def add(self, result: Result) -> None:
        """One result more."""
        if problem := _problem(result):
            self.dropped[problem] += 1
            return
        named = result.names, result.level
        if named not in self._matches:
            self._matches[named] = self._matcher.match(*named)
        match = self._matches[named]
        if not match.key:
            self.unmatched[match.why] = self.unmatched.get(match.why, 0) + 1
            return
        self._names.setdefault(match.key, {})[_title(*named)] = None
        self.unlabelled += result.label is None
        row_label = self._label if result.label is None else result.label
        score, low = self._scale.take(result)
        self.tallies.setdefault((row_label, match.key), _Tally()).add(result, score, low)

    def match_notes(self) -> list[str]:
        """What there is to say of the names, and of several that stand for one model."""
        notes = list(dict.fromkeys(match.note for match in self._matches.values() if match.note))
        pooled = {key: names for key, names in self._names.items() if len(names) > 1}
        return notes + [f"{' and '.join(names)} are both {key}: pooled" for key, names in pooled.items()]


def _problem(result: Result) -> str:
    """Why a result cannot be used; "" where it can."""
    if result.score is None:
        return "without a score"
    if result.n is not None and result.n <= 0:
        return "of 0 items"
    return "without a label" if result.label == "" else ""


def _unmatched_notes(unmatched: Mapping[str, int]) -> list[str]:
    """The first MAX_NAMES names without a model, and how many more there are."""
    lines = [f"{why} ({plural(count, 'result')} left out)" for why, count in unmatched.items()]
    if len(lines) <= MAX_NAMES:
        return lines
    more = sum(list(unmatched.values())[MAX_NAMES:])
    names = plural(len(lines) - MAX_NAMES, "name")
    return [*lines[:MAX_NAMES], f"and {names} more without a model ({plural(more, 'result')} left out)"]


def _title(names: tuple[str, ...], level: str) -> str:
    return f"{names[0]} ({level})" if level else names[0]


def _tally_notes(tallies: Mapping[tuple[str, str], _Tally]) -> list[str]:
    """What has to be said of whole tallies: costs of nothing, missing counts, questions asked again."""
    notes = []
    free = sorted({key for (_, key), tally in tallies.items() if tally.costs and not _mean(tally.costs)})
    if free:
        notes.append(f"a cost of 0 is no cost that is known, left out: {', '.join(free)}")
    if any(not tally.counted and not tally.variance for tally in tallies.values()):
        notes.append("of how many items a score is the mean is not said: such figures count as they stand")
    asked = sum(len(scores) for tally in tallies.values() for scores in tally.items.values())
    items = sum(len(tally.items) for tally in tallies.values())
    if asked > items:
        notes.append(f"n counts {plural(items, 'question')}, which were asked {asked:,} times")
    return notes


def _nothing_left(unmatched: Mapping[str, int], left_out: Sequence[str], where: str) -> InputError:
    if unmatched:
        first, *others = unmatched
        more = f"; and {plural(len(others), 'name')} more" if others else ""
        return InputError(f"none of its models is in the catalogue: {first}{more}", where=where)
    if left_out:
        return InputError(f"nothing can be used: {', '.join(left_out)}", where=where)
    return InputError("holds no results", where=where)


class _Scale:
    """What scores mean, as told by all of them: pass and fail, 0 to 1, or 0 to 100."""

    def __init__(self, max_score: float | None) -> None:
        self._max_score = max_score
        self._passes = False
        self._fractions = False
        self._low, self._high = 0.0, 0.0
        self._above = ""  # a score that is better than its own best
        self.words = ""

    def take(self, result: Result) -> tuple[float, float | None]:
        """The score and its low end as numbers; as parts of the best where the file says what that is."""
        score, low = result.score, result.low
        assert score is not None
        if isinstance(score, bool):
            self._passes = True
            return float(score), None
        if result.best is not None:
            if score > result.best * (1 + _ROUNDING):
                self._above = f"a score of {score:g} is above {result.best:g}, the best there is by the file"
            score, low = score / result.best, None if low is None else low / result.best
        self._fractions |= result.best is not None or 0 < score < 1
        self._low, self._high = min(self._low, score), max(self._high, score)
        return score, low

    def factor(self, where: str) -> float:
        """What makes 0 to 100 of them. Raises InputError where they are off any scale."""
        best = self._max_score
        if self._above:
            raise InputError(self._above, where=where)
        if self._low < 0:
            raise InputError(f"a score of {self._low:g} is below 0: no quality from 0 to 100", where=where)
        if best is not None:
            if self._high > best * (1 + _ROUNDING):
                raise InputError(f"a score of {self._high:g} is above --max-score {best:g}", where=where)
            self.words = f"from 0 to {best:g}, as --max-score says"
            return 100.0 / best
        if self._high <= 1 + _ROUNDING:
            whole = "pass or fail" if self._passes and not self._fractions else "from 0 to 1"
            self.words = f"{whole}, times 100"
            return 100.0
        if self._passes:
            raise InputError(
                f"some scores are pass or fail and one is {self._high:g}: what is the best?", where=where
            )
        if self._high > 100 * (1 + _ROUNDING):
            what = f"a score of {self._high:g} is above 100; --max-score says what the best answer gets"
            raise InputError(what, where=where)
        self.words = "from 0 to 100"
        if self._high <= 10:
            self.words += f", as the highest is {self._high:g} (--max-score 10 if that is the best there is)"
        return 1.0


def with_measured(routing: Routing, measured: MeasuredLabels, catalog: Catalog) -> tuple[Routing, list[str]]:
    """`routing` with these figures, and what to say of its labels.

    Figures of models that are not in `measured` stay; a label that is not there is made after the one named
    default, else the first.
    """
    labels, notes = dict(routing.labels), []
    template = routing.labels.get("default") or next(iter(routing.labels.values()))
    for name, figures in measured.labels.items():
        old = labels.get(name)
        if old is None:
            labels[name] = _new_label(template, figures, catalog)
            notes.append(f"labels.{name} is new: requests and tokens are those of another label, change them")
            continue
        replaced = [key for key in figures if key in old.measured]
        if replaced:
            notes.append(f"labels.{name}: new figures of {', '.join(replaced)}")
        labels[name] = old.model_copy(update={"measured": {**old.measured, **figures}})
        if not old.measured and isinstance(old.min_quality, float):
            notes.append(
                f"labels.{name}.min_quality = {old.min_quality:g} is now on the scale of this test, where"
                f" {_best(figures, catalog)} has {max(_quality(each) for each in figures.values()):g}"
            )
    return routing.model_copy(update={"labels": labels}), notes


def new_routing(measured: MeasuredLabels, template: Routing, catalog: Catalog) -> tuple[Routing, list[str]]:
    """A routing of these labels alone, with the workload of the template's, and what was assumed."""
    default = template.labels.get("default") or next(iter(template.labels.values()))
    labels = {
        name: _new_label(template.labels.get(name, default), figures, catalog)
        for name, figures in measured.labels.items()
    }
    limits = Limits(peak=template.limits.peak, confidence=CONFIDENCE)
    count = plural(len(labels), "label")
    notes = [
        f"requests and tokens of {count} are the ready-made ones; --workload FILE takes yours",
        f"min_quality is that of the best model of each test, less {SLACK} points",
    ]
    return Routing(limits=limits, labels=labels), notes


def _new_label(template: Label, figures: Mapping[str, Measured], catalog: Catalog) -> Label:
    """A label with the template's workload, of one offer, as good as the best of its test less SLACK."""
    facts = {name: getattr(template, name) for name in workload_fields("labels") if name != "context"}
    best = _best(figures, catalog)
    floor: float | str = f"{best} - {SLACK}"
    if "/" in best:  # a floor names a model
        floor = max(0.0, round(_quality(figures[best]) - SLACK, 4))
    return Label.model_validate(
        {**facts, "skills": template.skills, "min_quality": floor, "max_models": 1, "measured": dict(figures)}
    )


def _best(figures: Mapping[str, Measured], catalog: Catalog) -> str:
    """The best of those that can be had, else of all."""
    live = {
        key.partition("/")[2] for key, offer in catalog.offers.items() if offer.status != OfferStatus.RETIRED
    }
    sold = [key for key in figures if "/" in key or key in live or key.partition("@")[0] in live]
    return max(sold or figures, key=lambda key: _quality(figures[key]))


def _quality(measured: Measured) -> float:
    return measured.quality if measured.quality is not None else 0.0
