"""The details of one offer: every figure with its unit, its source and its date, one a line.

They stand beside the table where there is room, else in a sheet over it. Up to six offers stand side by
side, the best figure of each line marked by a sign.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

from rich.cells import cell_len
from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from ....engine.domain.marks import VENDOR, legend_text
from ... import formatting
from ...base_screen import Dialog
from ...document.file import context_windows
from ...widgets.bars import Foot
from ...widgets.line_list import Line, LinePanel
from .columns import BAR_CELLS, figure, latency_part, price, quality_part, skill_interval, sure_part
from .rows import Row

if TYPE_CHECKING:
    from ....engine.domain.catalog import Catalog, Model
    from ....engine.domain.explanation import Standing
    from ....engine.domain.marks import Marks
    from .columns import Column

Fact = tuple[str, str, str]  # style, name, text; an action has "action NAME" for its style
Actions = Sequence[tuple[str, str, str]]  # name of the action, key, what it does
ACTIONS: list[Binding] = [  # what can be done with an offer, in the table and in its details
    Binding("p", "pin", "Pin", tooltip="Pin the offer at a share", id="browse_pin"),
    Binding("d", "deny", "Deny", show=False, tooltip="Deny the offer, or no longer", id="browse_deny"),
    Binding(
        "a",
        "allow",
        "Allow",
        show=False,
        tooltip="Allow only this offer and those allowed",
        id="browse_allow",
    ),
    Binding(
        "equals_sign",
        "as_good_as",
        "As good as this",
        show=False,
        tooltip="Ask for at least the quality of this model",
        id="browse_as_good_as",
    ),
    Binding("w", "what_if", "What-if", tooltip="Try other figures of the offer", id="browse_what_if"),
    Binding("A", "assume", "Assume its unknown figures", show=False, id="browse_assume"),
    Binding("o", "origin", "Where its figures come from", show=False, id="browse_origin"),
]
_ACTION = "action "
_PRICES = ("input", "output", "cache_read", "cache_write")
_SPEEDS = {
    "ttft": "s to the first token, median",
    "tps": "tokens per second, median",
    "spread": "x, p95 over median of the whole answer",
}
_NAME_WIDTH, _KEY_WIDTH = 22, 8
_STANDING_LINES = 6  # of most offers, with the head
_GAUGE, _SIGNED = 16, 5  # cells of a gauge, and of points with their sign
_LINKS = ("documentation", "support", "community", "base_url")
MAX_COMPARED = 6
_COMPARED_NAME_WIDTH, _MAX_COLUMN = 16, 48  # cells of the names, and of an offer's column at most
_BAR_ROOM, _MAX_BAR = 22, 20  # cells of an offer's column from which its figures have bars, and of these
_FIGURES = (
    "month", "quality", "latency", "late", "share", "input", "output", "cache_read", "cache_write", "context",
    "ttft", "tps", "rpm", "tpm", "fee", "status", "developer", "licence", "dated", "source",
)  # fmt: skip
_WHOLE = {"cache_read": "cache read", "cache_write": "cache write"}  # heads that the table cuts
_BETTER_LOW = {"month", "latency", "late", "input", "output", "cache_read", "cache_write", "ttft", "fee"}
_BETTER_HIGH = {"quality", "context", "tps", "rpm", "tpm"}


def details(
    row: Row,
    rows: Mapping[str, Row],
    catalog: Catalog,
    label: str,
    *,
    why_not: Iterable[str] = (),
    actions: Actions = (),
    brief: bool = False,
) -> list[Fact]:
    """The offer for the label, its prices, the model with its scores, all its offers, and the provider.

    `why_not` are sentences on what it would take for the plan to have it; `actions` what can be done with it.
    `brief`: sources by day and name, no other offers, and what follows the standing at one height, so that
    little is painted when the cursor comes to another offer.
    """
    standing = list(_standing(row, label))
    blank = [("note", "", "")] * (_STANDING_LINES - len(standing) if brief else 0)
    return [
        ("head", row.key, ""),
        *standing,
        *blank,
        *(("value", "" if at else "why not", sentence) for at, sentence in enumerate(why_not)),
        *((f"{_ACTION}{action}", key, words) for action, key, words in actions),
        *_offer(row, catalog, brief),
        *_model(row.model, row.key.partition("/")[2]),
        *_skills(row),
        *_scores(row, catalog, brief),
        *(() if brief else _offers(row, rows)),
        *_provider(row),
    ]


def offer_facts(catalog: Catalog, marks: Marks, key: str) -> list[Fact]:
    """What the catalogue says of one offer in brief, whatever the label: prices, speed, model, provider."""
    provider, _, model = key.partition("/")
    row = Row(
        key=key,
        offer=catalog.offers[key],
        model=catalog.models[model],
        provider=catalog.providers[provider],
        skills={},
        window=context_windows(catalog)[key],
        marks=marks,
    )
    return [
        ("head", key, ""),
        *_offer(row, catalog, brief=True),
        *_model(row.model, model),
        *_scores(row, catalog, brief=True),
        *_provider(row),
    ]


def _standing(row: Row, label: str) -> Iterable[Fact]:
    yield ("head", f"for label {label}, alone", "")
    standing = row.standing
    if standing is None:
        yield ("note", "", "the solver has not answered yet")
        return
    cost, quality, latency = row.signs
    yield ("value", "cost", _signed(cost, f"{formatting.money(standing.cost)} USD a month"))
    yield from _quality(row, standing, quality)
    seconds = formatting.seconds(standing.latency)
    late = "" if standing.late is None else f", {formatting.share(standing.late)} late"
    yield ("value", "latency", _signed(latency, f"{seconds}{late} {_gauge(latency_part(row))}"))
    if row.share:
        yield ("good", "in the plan", f"✓ {formatting.share(row.share)} of its requests")
    if row.pinned is not None:
        yield ("mark", "pinned", f"⌖ {formatting.share(row.pinned)} of its requests")
    for broken in standing.breaks:
        yield ("bad", "out", f"✗ {broken.reason} ({broken.rule})")
    if standing.misses and not standing.breaks:
        mixes = row.label is not None and row.label.max_models != 1
        words = "; in a mix it may serve a part" if mixes else ""
        yield ("note", "alone", f"misses {' and '.join(standing.misses)}{words}")
    if standing.dominated_by is not None:
        yield ("note", "dominated", f"▼ by {standing.dominated_by}: nowhere worse, somewhere better")
    if standing.carries < 1:
        yield ("bad", "limited", f"its rate limit carries {standing.carries * 100:.0f} % of the label's peak")


def _quality(row: Row, standing: Standing, signs: str) -> Iterable[Fact]:
    """The quality for the label, and what its rules count of it where that is less."""
    if standing.quality is None:
        words = "unknown: no score" if row.unscored == "?" else "not asked for: the label has no skills"
        yield ("value", "quality", words)
        return
    points, counted = formatting.points(standing.quality), formatting.points(standing.counted)
    count = "" if standing.counted is None or counted == points else f", counts as {counted}"
    yield (
        "value",
        "quality",
        _signed(signs, f"{points} of 100{count} {_gauge(quality_part(row), sure_part(row))}"),
    )


def _offer(row: Row, catalog: Catalog, brief: bool) -> Iterable[Fact]:
    offer = row.offer
    yield ("head", "offer", "")
    yield ("value", "wire name", offer.id or "-")
    for name in _PRICES:
        usd, signs = getattr(offer, name), row.marks.figure(row.key, name)
        text = "-" if usd is None else _signed(signs, f"{price(usd)} USD per million tokens")
        yield ("value", name, text)
    for tier in offer.tiers:
        words = f"{price(tier.input)} in, {price(tier.output)} out, USD per million tokens"
        yield ("value", f"over {formatting.tokens(tier.above)}", words)
    if offer.per_request:
        yield ("value", "per request", f"{offer.per_request:g} USD")
    if offer.batch_discount:
        yield ("value", "batch", f"{formatting.share(offer.batch_discount)} off")
    yield ("value", "context", f"{formatting.number(row.window)} tokens")
    yield ("value", "features", ", ".join(row.features) or "none known")
    for name, words in _SPEEDS.items():
        speed, signs = getattr(offer, name), row.marks.figure(row.key, name)
        yield ("value", name, "unknown" if speed is None else _signed(signs, f"{figure(speed)} {words}"))
    limits = [f"{figure(offer.rpm)} requests/min" if offer.rpm else "",
              f"{figure(offer.tpm)} tokens/min" if offer.tpm else ""]  # fmt: skip
    yield ("value", "rate limits", ", ".join(filter(None, limits)) or "none known")
    retires = f", retires {offer.retires}" if offer.retires else ""
    yield ("value", "status", f"{offer.status}{retires}")
    for name in ("ambiguous", "note"):
        if remark := getattr(offer, name, ""):
            yield ("note", name, str(remark))
    yield ("note", "source", sourced(catalog, offer.source, offer.as_of, brief))
    for other in offer.disputed:
        prices = f"{price(other.input)} in, {price(other.output)} out USD/M"
        yield ("note", "but also", f"{prices}: {sourced(catalog, other.source, other.as_of, brief)}")
    if offer.tps is not None or offer.ttft is not None:
        yield ("note", "speed from", sourced(catalog, offer.speed_source, offer.speed_as_of, brief))


def _gauge(part: float | None, sure: float | None = None) -> str:
    return formatting.gauge(part, _GAUGE, sure)


def _signed(signs: str, text: str) -> str:
    """A figure after its signs, and what they mean after it."""
    return f"{signs}{text}{legend_text(signs, '; ')}"


def _model(model: Model, key: str) -> Iterable[Fact]:
    yield ("head", f"model {key}", "")
    yield ("value", "developer", model.developer or "unknown")
    weights = "open weights" if model.open_weights else "closed weights"
    yield ("value", "licence", f"{model.licence or 'unknown'}, {weights}")
    if model.verbosity != 1:
        yield ("value", "verbosity", f"{model.verbosity:g} x the label's output tokens")


def _skills(row: Row) -> Iterable[Fact]:
    fitted: Mapping[str, Any] = getattr(row.model, "fitted", {}) or {}
    if row.skills:
        shaded = (
            ": solid as far as 90 % sure" if any(skill_interval(row, name) for name in row.skills) else ""
        )
        yield ("head", f"skills, 0-100{shaded}", "")
    for name, points in sorted(row.skills.items()):
        signs = row.marks.figure(row.key, f"skill:{name}")
        stated = "" if name in row.model.skills or name in fitted else " percentile of its scores"
        interval = skill_interval(row, name)
        low = None if interval is None else interval[0] / 100
        span = "" if interval is None else f" {interval[0]:.1f} to {interval[1]:.1f}"
        figure_ = f"{signs}{points:.1f}".rjust(_SIGNED)
        text = f"{figure_} {_gauge(points / 100, low)}{span}{stated}{legend_text(signs, '; ')}"
        yield ("value", name, text)


def _scores(row: Row, catalog: Catalog, brief: bool) -> Iterable[Fact]:
    if row.model.scores:
        yield ("head", "scores", "")
    for at, score in enumerate(row.model.scores):
        test = catalog.benchmarks[score.benchmark]
        signs = row.marks.figure(row.key, f"score:{at}") or (VENDOR if score.kind == "vendor" else "")
        origin = sourced(catalog, score.source, score.as_of, brief)
        words = f"{signs}{score.value:g} ({test.skill}){legend_text(signs, ', ')}, {origin}"
        yield ("value", test.title or score.benchmark, words)


def _offers(row: Row, rows: Mapping[str, Row]) -> Iterable[Fact]:
    model = row.key.partition("/")[2]
    siblings = [sibling for key, sibling in rows.items() if key.partition("/")[2] == model]
    yield ("head", f"all {len(siblings)} offers of this model", "")
    for sibling in sorted(siblings, key=lambda r: r.standing.cost if r.standing else r.offer.input):
        offer, standing, marks = sibling.offer, sibling.standing, sibling.marks
        month = f"{sibling.signs.cost}{formatting.money(standing.cost)} USD/mo, " if standing else ""
        input_, output = (f"{marks.figure(sibling.key, n)}{price(getattr(offer, n))}" for n in _PRICES[:2])
        speed = "" if offer.tps is None else f", {figure(offer.tps)} tok/s"
        provider = sibling.key.partition("/")[0]
        yield ("value", f"{sibling.state} {provider}", f"{month}{input_} in, {output} out USD/M{speed}")
    yield from _levels(row, rows)


def _levels(row: Row, rows: Mapping[str, Row]) -> Iterable[Fact]:
    """The offer at each of its model's reasoning levels."""
    plain = row.full_name.rpartition("@")[0]
    levels = [sibling for sibling in rows.values() if plain and sibling.full_name.rpartition("@")[0] == plain]
    if len(levels) < 2:
        return
    yield ("head", f"{plain} at its {len(levels)} reasoning levels", "")
    for sibling in levels:
        standing = sibling.standing
        month = f"{formatting.money(standing.cost)} USD/mo, " if standing else ""
        quality = f"{formatting.points(standing.quality)} points, " if standing else ""
        level = sibling.full_name.rpartition("@")[2] + ("" if "@" in sibling.key else ", the default")
        yield ("value", f"{sibling.state} {level}", f"{month}{quality}output x{sibling.model.verbosity:g}")


def _provider(row: Row) -> Iterable[Fact]:
    provider = row.provider
    yield ("head", f"provider {provider.name or row.key.partition('/')[0]}", "")
    trains = {True: "yes", False: "no", None: "unknown"}[provider.trains_on_data]
    yield ("value", "trains on data", trains)
    yield ("value", "fee", f"{formatting.share(provider.fee)} of the spend")
    yield ("value", "wire protocol", provider.api)
    if provider.regions:
        yield ("value", "regions", ", ".join(provider.regions))
    if integrations := getattr(provider, "integrations", ()):
        yield ("value", "integrations", ", ".join(integrations))
    for name in _LINKS:
        if link := getattr(provider, name, ""):
            yield ("note", name, str(link))


def sourced(catalog: Catalog, key: str, day: object, brief: bool = False) -> str:
    """Title, date, licence and address of a source; `brief`: date and title."""
    source = catalog.sources.get(key)
    if source is None:
        return key or "no source is named"
    when = day or source.as_of
    if brief:
        return " ".join(filter(None, (str(when or ""), source.title or key)))
    parts = (source.title or key, str(when or ""), source.licence, source.url)
    return ", ".join(part for part in parts if part)


class FactPanel(LinePanel):
    """Facts, one a line, and what can be done, to choose from; long ones are wrapped, `brief` ones cut."""

    DOUBLE_CLICK = "screen.act"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter", "screen.act", "Do it", show=False)]

    def __init__(
        self, actions: Callable[[], Actions], facts: Sequence[Fact] = (), brief: bool = False, **options: Any
    ) -> None:
        """`actions` gives what can be done with the offer that is shown."""
        super().__init__(**options)
        self.facts: Sequence[Fact] = facts
        self._brief = brief
        self._actions = actions

    def show(self, row: Row, rows: Mapping[str, Row], catalog: Catalog, label: str) -> None:
        """Show an offer."""
        self.facts = details(row, rows, catalog, label, actions=self._actions(), brief=self._brief)
        self.cursor = 0
        self.rebuild()

    def show_none(self) -> None:
        """Show nothing, because no offer is under the cursor."""
        self.facts = ()
        self.rebuild()

    def named_lines(self) -> list[tuple[int, str]]:
        """Every line: all of them are facts."""
        return self.all_lines()

    def lines_for(self, width: int) -> list[Line]:
        """Name and text; what is longer than the line is wrapped under itself."""
        lines = []
        name_width = min(_NAME_WIDTH, max(width // 3, 8))
        for style, name, text in self.facts:
            if not text:
                lines.append(Line(((formatting.fit(name, width - 1), style),)))
                continue
            if style.startswith(_ACTION):
                parts = ((formatting.fit(f"  {name}", _KEY_WIDTH), "mark"), (text, "value"))
                lines.append(Line(parts, style.removeprefix(_ACTION)))
                continue
            room = max(width - 1 - name_width, 8)
            for at, part in enumerate([formatting.fit(text, room)] if self._brief else wrapped(text, room)):
                lead = "" if at else f"  {name}"
                parts = ((formatting.fit(lead, name_width - 1) + " ", "name"), (part, style))
                lines.append(Line(parts))
        return lines


def wrapped(text: str, width: int) -> list[str]:
    """A text on as many lines as it takes, broken at spaces where there are any; the first keeps its own."""
    text = formatting.clean(text)
    if indent := len(text) - len(text.lstrip(" ")):
        first, *others = wrapped(text[indent:], max(width - indent, 1))
        return [" " * indent + first, *others]
    lines, line = [], ""
    for word in text.split(" "):
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
        panel.entitle(title)
        panel.add_class("sheet")

    def compose(self) -> ComposeResult:
        """The lines and the keys."""
        yield self.panel
        yield Foot()

    def on_mount(self) -> None:
        """Focus the lines."""
        self.panel.focus()


class DetailSheet(Dialog["str | None"]):
    """The details over the whole screen; dismissed with the action that was chosen by Enter or by its key."""

    PANELS = (FactPanel,)
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("q,escape,ctrl+c,b,v", "dismiss(None)", "Back", key_display="q", id="sheet_close"),
        *(replace(binding, action=f"choose('{binding.action}')") for binding in ACTIONS),
    ]

    def __init__(self, title: str, panel: FactPanel) -> None:
        super().__init__()
        self.panel = panel
        panel.entitle(title)
        panel.add_class("sheet")
        panel.starts_below_heads = True

    def compose(self) -> ComposeResult:
        """The lines and the keys."""
        yield self.panel
        yield Foot()

    def on_mount(self) -> None:
        """Focus the lines, the cursor on the first action."""
        self.panel.focus()

    def action_choose(self, action: str) -> None:
        """Close, and have the action carried out."""
        self.dismiss(action)

    def action_act(self) -> None:
        """Carry out the action under the cursor; on a line that is none, close."""
        self.dismiss(self.panel.key)


class Comparison(LinePanel):
    """A column for each offer; figures that no offer has are left out."""

    def __init__(self, rows: Sequence[Row], columns: Mapping[str, Column], **options: Any) -> None:
        super().__init__(**options)
        self._rows, self._columns = rows, columns

    def named_lines(self) -> list[tuple[int, str]]:
        """Every line: all of them are figures."""
        return self.all_lines()

    def lines_for(self, width: int) -> list[Line]:
        """Names, figures, skills, features, and the reasons under them."""
        width -= 1
        rows = self._rows
        cell_width = max(min((width - _COMPARED_NAME_WIDTH) // max(len(rows), 1), _MAX_COLUMN), 4)
        bar_cells = max(BAR_CELLS, min(cell_width // 2 - 6, _MAX_BAR))
        gap = bar_cells + 1 if cell_width >= _BAR_ROOM else 0
        cell_width -= gap
        blank = [" " * gap] * len(rows)
        providers = [row.key.partition("/")[0] for row in rows]
        models = [row.key.partition("/")[2] for row in rows]
        lines = [_line("provider", providers, cell_width, "head", blank)]
        for at in range(0, max(map(len, models), default=0), cell_width - 1):  # a long name goes on below
            parts = [name[at : at + cell_width - 1] for name in models]
            lines.append(_line("" if at else "model", parts, cell_width, "head", blank))
        skills = [name for name in self._columns if name.startswith("skill:")]
        for name in (*_FIGURES, *skills):
            column = self._columns[name]
            texts = [column.signed_text(row) for row in rows]
            if set(texts) <= {"-", "?"}:
                continue
            best = _best(name, [column.sort_key(row) for row in rows])
            marked = [f"{text} {'★' if at in best else ' '}" for at, text in enumerate(texts)]
            drawn = column.with_bar(bar_cells)
            bars = [f" {drawn.bar(row)}" for row in rows] if gap and drawn.bar_cells else blank
            head = name.removeprefix("skill:") if name.startswith("skill:") else _WHOLE.get(name, column.head)
            lines.append(_line(head, marked, cell_width, "value", bars))
        for feature in sorted({name for row in rows for name in row.features}):
            has = [_has(row, feature) for row in rows]
            style = "value" if "no" in has else "note"
            lines.append(_line(f"has {feature}", has, cell_width, style, blank))
        notes = [formatting.fit(f"{row.key}: {row.note}", width) for row in rows if row.note]
        return lines + [Line(((text, "note"),)) for text in ([" " * width, *notes] if notes else ())]


def _has(row: Row, feature: str) -> str:
    return "yes" if feature in row.features else "?" if feature in row.offer.features_unknown else "no"


def _best(name: str, figures: Sequence[object]) -> set[int]:
    """The indices of the best figures; none where all are alike or no end of the scale is better."""
    known = [figure for figure in figures if isinstance(figure, (int, float))]
    pick: Callable[[Sequence[float]], float] | None = (
        min if name in _BETTER_LOW else max if name in _BETTER_HIGH or name.startswith("skill:") else None
    )
    if pick is None or len(set(known)) < 2:
        return set()
    return {at for at, figure in enumerate(figures) if figure == pick(known)}


def _line(name: str, cells: Sequence[str], width: int, style: str, bars: Sequence[str]) -> Line:
    parts = [(formatting.fit(name, _COMPARED_NAME_WIDTH), "name")]
    for cell, bar in zip(cells, bars, strict=True):
        parts += [(" " + formatting.fit(cell, width - 1, right=True), style), (bar, "bar")]
    return Line(tuple(parts), None)
