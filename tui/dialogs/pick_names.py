"""Names chosen from a list: some of them, with weights where the rule has any; typing filters.

And what is known of each name of the kind that a rule may list.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Input, Static

from ...engine.domain.rules import RuleSpec
from .. import formatting
from ..base_screen import Dialog
from ..document.document import Document
from ..entries import Entry, fitting_entries
from ..widgets.bars import Note
from ..widgets.inputs import PlainInput
from ..widgets.line_list import Line, LinePanel

STEP = 0.05  # of a weight or a share
_BAR, _WEIGHT = 10, 7  # cells


class NameFilter(PlainInput):
    """Words to find names by; none of them has a blank, so that key ticks."""

    async def on_key(self, event: events.Key) -> None:
        """Tick before the blank is typed."""
        if event.key == "space":
            event.stop().prevent_default()
            await self.run_action("screen.tick")


class NameList(LinePanel, can_focus=False):
    """A line a name, with a box that is ticked or its weight as a bar; what is chosen stands first."""

    DOUBLE_CLICK = "screen.tick"
    KEEPS_CURSOR = True

    def __init__(self, names: Sequence[str], about: Callable[[str], str], **options: Any) -> None:
        super().__init__(**options)
        self._entries = [Entry("", name, hidden=False) for name in names]
        self._about = about
        self.chosen: dict[str, float] = {}
        self.weighted = self.single = False
        self.words = ""

    def show(self, words: str) -> None:
        """The names that fit these words, the cursor at the first."""
        self.words, self.cursor = words, 0
        self.rebuild()

    def lines_for(self, width: int) -> list[Line]:
        """Ticks or weights, names, and what is known of them."""
        names = [entry.title for entry in fitting_entries(self._entries, self.words)]
        if not self.words:
            names.sort(key=lambda name: name not in self.chosen)
        lines = []
        longest = min(max(map(len, names), default=0) + 2, width // 2)
        for name in names:
            weight = self.chosen.get(name)
            mark = " " if self.single else f" [{'x' if weight is not None else ' '}] "
            drawn = ""
            if self.weighted:
                figure = "" if weight is None else formatting.number(round(weight, 6))
                part = 0.0 if weight is None else min(weight, 1.0)
                drawn = f"{formatting.fit(figure, _WEIGHT, right=True)} {formatting.bar(part, _BAR)} "
            room = width - 1 - len(mark) - longest - len(drawn)
            parts = (
                (mark, "mark" if weight is not None else "note"),
                (formatting.fit_offer(name, longest - 1) + " ", "value"),
                (drawn, "bar"),
                (formatting.fit(self._about(name), max(room, 0)), "note"),
            )
            lines.append(Line(parts, ("name", name)))
        return lines or [Line(((formatting.fit("nothing has that name", width - 1), "note"),))]


class PickNames(Dialog["dict[str, float] | None"]):
    """Dismissed with the chosen names, each with its weight (1 where the rule has none), or None."""

    PANELS = (NameList,)
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "take", "Take them", priority=True, id="pick_take"),
        Binding("space", "tick", "Tick", id="pick_toggle"),
        Binding("right", "weigh(1)", "More", priority=True, show=False, id="pick_more"),
        Binding("left", "weigh(-1)", "Less", priority=True, show=False, id="pick_less"),
        Binding("down", "walk(1)", "Down", priority=True, show=False, id="pick_down"),
        Binding("up", "walk(-1)", "Up", priority=True, show=False, id="pick_up"),
        Binding("pagedown", "page(1)", "Page down", priority=True, show=False, id="pick_page_down"),
        Binding("pageup", "page(-1)", "Page up", priority=True, show=False, id="pick_page_up"),
        Binding("escape,ctrl+c", "dismiss(None)", "Cancel", priority=True, id="pick_cancel"),
    ]

    def __init__(
        self, title: str, names: Sequence[str], chosen: Mapping[str, float], about: Callable[[str], str],
        *, weighted: bool, single: bool = False,
    ) -> None:  # fmt: skip
        """`chosen`: those that are chosen now, with their weights; `about` says what is known of a name.

        `single`: it is the one under the cursor that is taken.
        """
        super().__init__()
        self._title = title
        self.input = NameFilter(
            placeholder="type to filter", compact=True, select_on_focus=False, id="filter-names"
        )
        self.names = NameList(names, about, id="choices")
        self.names.chosen, self.names.weighted, self.names.single = dict(chosen), weighted, single
        self._before, self.note = dict(chosen), Note()

    def compose(self) -> ComposeResult:
        """The filter, the names, and the keys."""
        keys = [] if self.names.single else [f"{self.key('pick_toggle')} ticks"]
        if self.names.weighted:
            keys.append(f"{self.key('pick_less')} {self.key('pick_more')} weigh")
        keys += [
            f"{self.key('pick_take')} takes {'it' if self.names.single else 'them'}",
            f"{self.key('pick_cancel')} cancels",
        ]
        with Vertical(classes="dialog -big"):
            yield Static(formatting.clean(self._title), markup=False, classes="question")
            yield self.input
            yield self.names
            yield self.note
        self.note.say(", ".join(keys))

    def on_mount(self) -> None:
        """Type at once."""
        self.input.focus()
        self.names.show("")

    @on(Input.Changed)
    def _filter(self) -> None:
        self.names.show(self.input.value)

    @property
    def _named(self) -> str | None:
        key = self.names.key
        return None if key is None else str(key[1])

    def action_tick(self) -> None:
        """Choose the name under the cursor, or no longer."""
        name = self._named
        if name is None or self.names.single:
            return
        chosen = self.names.chosen
        if name in chosen:
            del chosen[name]
        else:
            chosen[name] = max(round(1.0 - sum(chosen.values()), 6), STEP) if self.names.weighted else 1.0
        self.names.rebuild(("name", name))

    def action_weigh(self, by: int) -> None:
        """A step more or less of the weight; none of it is not chosen."""
        name = self._named
        if name is None or not self.names.weighted:
            return
        weight = round(self.names.chosen.get(name, 0.0) + by * STEP, 6)
        if weight > 0:
            self.names.chosen[name] = weight
        else:
            self.names.chosen.pop(name, None)
        self.names.rebuild(("name", name))

    def action_walk(self, by: int) -> None:
        """To another name."""
        self.names.action_move(by)

    def action_page(self, by: int) -> None:
        """By a screenful."""
        self.names.action_page(by)

    def action_take(self) -> None:
        """Take what is chosen; where nothing was, the name that was typed for."""
        name, untouched = self._named, self.names.chosen == self._before
        if self.names.single and name is not None:
            self.names.chosen = {name: 1.0}
        elif untouched and self.names.words and name is not None and name not in self._before:
            self.action_tick()
        elif not self.names.chosen and untouched:
            self.note.say(f"nothing is ticked; {self.key('pick_toggle')} ticks {name or 'a name'}", bad=True)
            return
        self.dismiss(self.names.chosen)


def chosen_names(value: Any) -> dict[str, float]:
    """Name -> weight of a rule's value; 1 where it has no weights."""
    return dict(value) if isinstance(value, Mapping) else dict.fromkeys(value or (), 1.0)


def about_names(document: Document, rule: RuleSpec, skills: Sequence[str] = ()) -> Callable[[str], str]:
    """What is known of a name of the kind that the rule lists: how many offers, who made it, its prices.

    Of a model that may be a floor: what it has of `skills`.
    """
    catalog = document.listed_catalog
    kind = rule.items
    if rule.takes_models:
        from ...engine.solver.skill_model.skills import skill_table

        points = skill_table(document.catalog)
        return lambda name: ", ".join(
            f"{skill} {formatting.points(points.get(name, {}).get(skill))}" for skill in skills
        )
    if kind == "providers":
        counts = Counter(key.partition("/")[0] for key in catalog.offers)
        return lambda name: f"{catalog.providers[name].name}, {counts[name]:,} offers"
    if kind == "models":
        counts = Counter(key.partition("/")[2] for key in catalog.offers)
        return lambda name: (
            f"{catalog.models[name].developer or 'developer unknown'}, {counts[name]:,} offers"
        )
    if kind == "features":
        offers = [
            catalog.models[key.partition("/")[2]].features if offer.features is None else offer.features
            for key, offer in catalog.offers.items()
        ]
        counts = Counter(feature for features in offers for feature in features)
        return lambda name: f"{counts[name]:,} offers have it"
    if kind == "skills":
        scored = Counter(
            skill for model in catalog.models.values() for skill in {*model.skills, *(model.fitted or ())}
        )
        return lambda name: f"{scored[name]:,} models have a score"
    if kind == "offers":
        return lambda name: (
            f"{catalog.offers[name].input:.4g} in, {catalog.offers[name].output:.4g} out USD/M,"
            f" {catalog.models[name.partition('/')[2]].developer or 'developer unknown'}"
        )
    if kind == "plans":
        return lambda name: f"{catalog.plans[name].name}, {catalog.plans[name].usd_per_month:g} USD/mo"
    return lambda _: ""
