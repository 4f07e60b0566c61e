"""The details of one offer: beside the table where there is room, over it where there is none.

What is known of one offer and its model, as lines: every figure with its unit, its source and its date.

Up to six offers side by side: a line a figure, the best of each marked by a sign.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from rich.cells import cell_len
from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from ....engine.domain.marks import VENDOR, named
from ... import formatting
from ...base_screen import Dialog
from ...widgets.bars import Foot
from ...widgets.line_list import Line, LinePanel
from .columns import Column, figure, price
from .rows import Row

if TYPE_CHECKING:
    from ....engine.domain.catalog import Catalog, Model


Fact = tuple[str, str, str]  # style, name, text
_PRICES = ("input", "output", "cache_read", "cache_write")
_SPEEDS = {
    "ttft": "s to the first token, median",
    "tps": "tokens per second, median",
    "spread": "x, p95 over median of the whole answer",
}
_LINKS = ("documentation", "support", "community", "base_url")


def details(
    row: Row, rows: Mapping[str, Row], catalog: Catalog, label: str, why: Iterable[str] = ()
) -> list[Fact]:
    """The offer for the label, its prices, the model with its scores, all its offers, and the provider.

    `why` are sentences on what it would take for the plan to have it.
    """
    return [
        ("head", row.key, ""),
        *_standing(row, label),
        *(("value", "" if at else "why not", said) for at, said in enumerate(why)),
        *_offer(row, catalog),
        *_model(row.model, row.key.partition("/")[2]),
        *_skills(row),
        *_scores(row, catalog),
        *_offers(row, rows),
        *_provider(row),
    ]


def _standing(row: Row, label: str) -> Iterable[Fact]:
    yield ("head", f"for label {label}, alone", "")
    told = row.standing
    if told is None:
        yield ("note", "", "the solver has not answered yet")
        return
    cost, quality, latency = row.signs
    yield ("value", "cost", _signed(cost, f"{formatting.money(told.cost)} USD a month"))
    yield ("value", "quality", _signed(quality, f"{formatting.points(told.quality)} points of 100"))
    late = "" if told.late is None else f", {formatting.share(told.late)} late"
    yield ("value", "latency", _signed(latency, f"{formatting.seconds(told.latency)}{late}"))
    if row.share:
        yield ("good", "in the plan", f"✓ {formatting.share(row.share)} of its requests")
    if row.pinned is not None:
        yield ("mark", "pinned", f"⌖ {formatting.share(row.pinned)} of its requests")
    for broken in told.breaks:
        yield ("bad", "out", f"✗ {broken.reason} ({broken.rule})")
    if told.dominated_by is not None:
        yield ("note", "dominated", f"▼ by {told.dominated_by}: nowhere worse, somewhere better")
    if told.carries < 1:
        yield ("bad", "limited", f"its rate limit carries {told.carries:.0%} of the label's peak")


def _offer(row: Row, catalog: Catalog) -> Iterable[Fact]:
    offer = row.offer
    yield ("head", "offer", "")
    yield ("value", "wire name", offer.id or "-")
    for name in _PRICES:
        given, signs = getattr(offer, name), row.marks.figure(row.key, name)
        told = "-" if given is None else _signed(signs, f"{price(given)} USD per million tokens")
        yield ("value", name, told)
    for tier in offer.tiers:
        words = f"{price(tier.input)} in, {price(tier.output)} out, USD per million tokens"
        yield ("value", f"over {formatting.tokens(tier.above)}", words)
    if offer.per_request:
        yield ("value", "per request", f"{offer.per_request:g} USD")
    if offer.batch_discount:
        yield ("value", "batch", f"{formatting.share(offer.batch_discount)} off")
    yield ("value", "context", f"{formatting.number(row.window)} tokens")
    for name, words in _SPEEDS.items():
        given, signs = getattr(offer, name), row.marks.figure(row.key, name)
        yield ("value", name, "unknown" if given is None else _signed(signs, f"{figure(given)} {words}"))
    limits = [f"{figure(offer.rpm)} requests/min" if offer.rpm else "",
              f"{figure(offer.tpm)} tokens/min" if offer.tpm else ""]  # fmt: skip
    yield ("value", "rate limits", ", ".join(filter(None, limits)) or "none known")
    retires = f", retires {offer.retires}" if offer.retires else ""
    yield ("value", "status", f"{offer.status}{retires}")
    for name in ("ambiguous", "note"):
        if given := getattr(offer, name, ""):
            yield ("note", name, str(given))
    yield ("note", "source", sourced(catalog, offer.source, offer.as_of))
    for other in offer.disputed:
        prices = f"{price(other.input)} in, {price(other.output)} out USD/M"
        yield ("note", "but also", f"{prices}: {sourced(catalog, other.source, other.as_of)}")
    if offer.tps is not None or offer.ttft is not None:
        yield ("note", "speed from", sourced(catalog, offer.speed_source, offer.speed_as_of))


def _signed(signs: str, text: str) -> str:
    """A figure after its signs, and what they mean after it."""
    return f"{signs}{text}{named(signs, '; ')}"


def _model(model: Model, key: str) -> Iterable[Fact]:
    yield ("head", f"model {key}", "")
    yield ("value", "developer", model.developer or "unknown")
    weights = "open weights" if model.open_weights else "closed weights"
    yield ("value", "licence", f"{model.licence or 'unknown'}, {weights}")
    yield ("value", "features", ", ".join(model.features) or "none known")
    if model.verbosity != 1:
        yield ("value", "verbosity", f"{model.verbosity:g} x the label's output tokens")


def _skills(row: Row) -> Iterable[Fact]:
    fitted: Mapping[str, Any] = getattr(row.model, "fitted", {}) or {}
    if row.skills:
        yield ("head", "skills, 0-100", "")
    for name, value in sorted(row.skills.items()):
        signs = row.marks.figure(row.key, f"skill:{name}")
        stated = "" if name in row.model.skills or name in fitted else ", percentile of its scores"
        yield ("value", name, _signed(signs, f"{value:.1f}{_interval(fitted.get(name))}{stated}"))


def _interval(fit: Any) -> str:
    low, high = getattr(fit, "low", None), getattr(fit, "high", None)
    return f" ({low:.1f} to {high:.1f})" if low is not None and high is not None else ""


def _scores(row: Row, catalog: Catalog) -> Iterable[Fact]:
    if row.model.scores:
        yield ("head", "scores", "")
    for at, score in enumerate(row.model.scores):
        test = catalog.benchmarks[score.benchmark]
        signs = row.marks.figure(row.key, f"score:{at}") or (VENDOR if score.kind == "vendor" else "")
        origin = sourced(catalog, score.source, score.as_of)
        words = f"{signs}{score.value:g} ({test.skill}){named(signs, ', ')}, {origin}"
        yield ("value", test.title or score.benchmark, words)


def _offers(row: Row, rows: Mapping[str, Row]) -> Iterable[Fact]:
    model = row.key.partition("/")[2]
    same = [one for key, one in rows.items() if key.partition("/")[2] == model]
    yield ("head", f"all {len(same)} offers of this model", "")
    for one in sorted(same, key=lambda r: r.standing.cost if r.standing else r.offer.input):
        month = f"{one.signs.cost}{formatting.money(one.standing.cost)} USD/mo, " if one.standing else ""
        first, last = (f"{one.marks.figure(one.key, n)}{price(getattr(one.offer, n))}" for n in _PRICES[:2])
        prices = f"{month}{first} in, {last} out USD/M"
        speed = "" if one.offer.tps is None else f", {figure(one.offer.tps)} tok/s"
        yield ("value", f"{one.state} {one.key.partition('/')[0]}", prices + speed)


def _provider(row: Row) -> Iterable[Fact]:
    provider = row.provider
    yield ("head", f"provider {provider.name or row.key.partition('/')[0]}", "")
    trains = {True: "yes", False: "no", None: "unknown"}[provider.trains_on_data]
    yield ("value", "trains on data", trains)
    yield ("value", "fee", f"{formatting.share(provider.fee)} of the spend")
    yield ("value", "wire protocol", provider.api)
    if provider.regions:
        yield ("value", "regions", ", ".join(provider.regions))
    if works := getattr(provider, "integrations", ()):
        yield ("value", "integrations", ", ".join(works))
    for name in _LINKS:
        if link := getattr(provider, name, ""):
            yield ("note", name, str(link))


def sourced(catalog: Catalog, key: str, day: object) -> str:
    """Title, date and licence of a source."""
    source = catalog.sources.get(key)
    if source is None:
        return key or "no source is named"
    when = day or source.as_of
    parts = (source.title or key, str(when or ""), source.licence, source.url)
    return ", ".join(part for part in parts if part)


_NAME = 22


class FactPanel(LinePanel):
    """Facts, one a line; long ones go on below."""

    def __init__(self, facts: Sequence[Fact] = (), **options: Any) -> None:
        super().__init__(**options)
        self.facts: Sequence[Fact] = facts

    def show(self, row: Row, rows: Mapping[str, Row], catalog: Catalog, label: str) -> None:
        """Show an offer."""
        self.facts = details(row, rows, catalog, label)
        self.cursor = 0
        self.rebuild()

    def show_none(self) -> None:
        """There is no offer."""
        self.facts = ()
        self.rebuild()

    def lines_for(self, width: int) -> list[Line]:
        """Name and text; what is longer than the line is wrapped under itself."""
        lines = []
        name_width = min(_NAME, max(width // 3, 8))
        for style, name, text in self.facts:
            if not text:
                lines.append(Line(((formatting.fit(name, width - 1), style),)))
                continue
            for at, part in enumerate(wrapped(text, max(width - 1 - name_width, 8))):
                lead = "" if at else f"  {name}"
                parts = ((formatting.fit(lead, name_width - 1) + " ", "name"), (part, style))
                lines.append(Line(parts))
        return lines


def wrapped(text: str, width: int) -> list[str]:
    """A text on as many lines as it takes, broken at spaces where there are any."""
    lines, line = [], ""
    for word in formatting.clean(text).split(" "):
        rest = word
        if line and cell_len(line) + 1 + cell_len(rest) <= width:
            line = f"{line} {rest}"
            continue
        if line:
            lines.append(line)
        while cell_len(rest) > width:
            cut = width
            while cell_len(rest[:cut]) > width:
                cut -= 1
            lines.append(rest[: max(cut, 1)])
            rest = rest[max(cut, 1) :]
        line = rest
    return [*lines, line]


class Sheet(Dialog[None]):
    """Lines over the whole screen, until a key closes them."""

    PANELS = (LinePanel,)
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("q,enter,escape,ctrl+c,b,v", "dismiss(None)", "Back", key_display="q", id="sheet_close"),
    ]

    def __init__(self, title: str, panel: LinePanel) -> None:
        super().__init__()
        self.panel = panel
        panel.border_title = formatting.clean(title)
        panel.add_class("sheet")

    def compose(self) -> ComposeResult:
        """The lines and the keys."""
        yield self.panel
        yield Foot()

    def on_mount(self) -> None:
        """Keys go to the lines."""
        self.panel.focus()


class MadePanel(LinePanel):
    """Lines that something else makes for a width."""

    def __init__(self, make: Callable[[int], list[Line]], **options: Any) -> None:
        super().__init__(**options)
        self._make = make

    def lines_for(self, width: int) -> list[Line]:
        """As it says."""
        return self._make(width - 1)


MOST = 6
_COMPARE_NAME = 16
_FIGURES = (
    "month", "quality", "latency", "late", "share", "input", "output", "cache_read", "cache_write", "context",
    "ttft", "tps", "rpm", "tpm", "fee", "status", "developer", "licence", "dated", "source",
)  # fmt: skip
_BETTER_LOW = {"month", "latency", "late", "input", "output", "cache_read", "cache_write", "ttft", "fee"}
_BETTER_HIGH = {"quality", "context", "tps", "rpm", "tpm"}


def side_by_side(rows: Sequence[Row], columns: dict[str, Column], width: int) -> list[Line]:
    """The lines of the comparison in so many cells."""
    each = max((width - _COMPARE_NAME) // max(len(rows), 1), 4)
    providers = [row.key.partition("/")[0] for row in rows]
    models = [row.key.partition("/")[2] for row in rows]
    lines = [_line("provider", providers, each, "head")]
    for at in range(0, max(map(len, models), default=0), each - 1):  # a long name goes on below
        parts = [name[at : at + each - 1] for name in models]
        lines.append(_line("" if at else "model", parts, each, "head"))
    skills = [name for name in columns if name.startswith("skill:")]
    for name in (*_FIGURES, *skills):
        column = columns[name]
        texts = [column.said(row) for row in rows]
        if set(texts) <= {"-", "?"}:
            continue
        best = _best(name, [column.value(row) for row in rows])
        marked = [f"{text} {'★' if at in best else ' '}" for at, text in enumerate(texts)]
        head = name.removeprefix("skill:") if name.startswith("skill:") else column.head
        lines.append(_line(head, marked, each, "value"))
    for feature in sorted({name for row in rows for name in row.model.features}):
        has = ["yes" if feature in row.model.features else "no" for row in rows]
        lines.append(_line(f"has {feature}", has, each, "value" if "no" in has else "note"))
    return [*lines, *_notes(rows, width)]


def _notes(rows: Sequence[Row], width: int) -> list[Line]:
    told = [(row.key, row.note) for row in rows if row.note]
    lines = [Line(((formatting.fit(f"{key}: {note}", width), "note"),)) for key, note in told]
    return [Line(((" " * width, "note"),)), *lines] if lines else []


def _best(name: str, values: Sequence[object]) -> set[int]:
    """The places of the best; nobody's where all are alike."""
    known = [value for value in values if isinstance(value, (int, float))]
    pick: Callable[[Sequence[float]], float] | None = (
        min if name in _BETTER_LOW else max if name in _BETTER_HIGH or name.startswith("skill:") else None
    )
    if pick is None or len(set(known)) < 2:
        return set()
    return {at for at, value in enumerate(values) if value == pick(known)}


def _line(name: str, cells: Sequence[str], each: int, style: str) -> Line:
    parts = [(formatting.fit(name, _COMPARE_NAME), "name")]
    parts += [(" " + formatting.fit(cell, each - 1, right=True), style) for cell in cells]
    return Line(tuple(parts), None)
