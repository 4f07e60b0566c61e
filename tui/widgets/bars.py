"""Bars of a line each: the total at the top, the hint and the keys at the foot of a screen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from rich.cells import cell_len
from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.content import Content
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Footer, Static

from ...engine.domain.solver_status import SolverStatus
from .. import formatting, textual_private

if TYPE_CHECKING:
    from ...engine.domain.plan import Plan
    from ...engine.domain.routing import Routing


_LINES = 3  # of the head where there is room for them
_APP, _SHORTEST, _NAME_ROOM = " modelpick ", 10, 24  # cells of a file's name: that say anything, enough
# What a head of one line leaves out, one after the other, where it is too long.
_NO_TIME, _NO_QUALITY, _BRIEF_CHANGE, _NO_WORD, _NO_APP, _NO_FLOOR, _BRIEF_MODES, _SIGN_ONLY = range(1, 9)
_ROOMY = 116  # cells from which the quality is told also where it is not what is asked for


def modes(override_count: int, routing: Routing) -> list[tuple[str, str]]:
    """What makes figures other than the catalogue's plain ones, for a head: what-if figures, a confidence."""
    texts = [f"  ≠ {override_count} what-if"] if override_count else []
    texts += [f"  {sure}"] if (sure := formatting.sureness(routing)) else []
    return [(text, "bold $accent") for text in texts]


def partial_quality(routing: Routing, plan: Plan) -> tuple[float, str] | None:
    """Where some labels have no quality: the mean by weight of those that have, and how many they are.

    None where the plan has a quality as a whole, or no label has one; points, 0-100.
    """
    known = {name: label.quality for name, label in plan.labels.items() if label.quality is not None}
    weights = {name: routing.labels[name].weight for name in known if name in routing.labels}
    if plan.quality is not None or not sum(weights.values()):
        return None
    mean = sum((known[name] or 0.0) * weight for name, weight in weights.items()) / sum(weights.values())
    return mean, f"({len(weights)} of {len(plan.labels)} labels)"


class TotalBar(Static):
    """File, total, change against before the edit, status and time."""

    def __init__(self, **options: Any) -> None:
        super().__init__("", markup=False, **options)
        self.file, self.dirty = "", False
        self.plan: Plan | None = None
        self.saved_cost: float | None = None  # USD a month, of the plan in the file, until there is one
        self.last_cost: float | None = None  # USD a month, of the last plan that was found
        self.partly: tuple[float, str] | None = None  # see `partial_quality`
        self.budget: float | None = None  # USD a month, where there is one
        self.before: float | None = None
        self.against = ""  # what `before` is of, where it is not the plan before
        self.one_model: tuple[float, str] | None = None  # what one for all labels costs, and which
        self.state = "starting"
        self.supposed = 0  # what-if figures that the plan counts on
        self.sure = ""  # how sure the rules on quality must be
        self.signs = "", ""  # of the total's cost and quality
        self.timed = True
        self.about = ""  # the catalogue: how many offers, of which day
        self.rests_on: Sequence[str] = ()  # what the figures rest on, in fewer and fewer words

    def head(self) -> Content:
        """Three lines: what is worked on, the money, how sure the plan is and what it rests on."""
        width, plan = self.size.width, self.plan
        money: list[tuple[str, str]] = []
        sure: list[tuple[str, str]] = [("  ", "")]
        if plan is not None and plan.cost is not None:
            money.append((f"  {self.signs[0]}{formatting.money(plan.cost)} USD a month", "bold"))
            if self.budget:
                part = plan.cost / self.budget
                spent = f"   {part * 100:.0f} % of the {formatting.number(self.budget)} budget"
                money.append((f"{spent} {formatting.gauge(part, max(width // 6, 8))}", "$text"))
            money += self._against_one_model(width - sum(cell_len(text) for text, _ in money), "   ")
            money += self._change("   ") if self.against else []
        elif plan is None and self.saved_cost is not None:
            money.append((f"  {formatting.money(self.saved_cost)} USD a month as saved", "$text-muted"))
        elif self.last_cost is not None:
            money.append((f"  {formatting.money(self.last_cost)} USD a month before", "$text-muted"))
        sure.append((self._status(), "bold $text-error" if self._failed() else "$text-success"))
        if plan is not None and plan.cost is not None:
            sure += [] if self.against else self._change("   last edit ")
            sure += [(f"   {text}", "$text") for text in self._quality()]
        sure += self._modes()
        room = width - sum(cell_len(text) for text, _ in sure) - 3
        fitting = [text for text in self.rests_on if cell_len(text) <= room] or self.rests_on[-1:]
        sure += [(f"   {text}", "$text-muted") for text in fitting[:1] if text]
        called = self._called(width - len(_APP) - cell_len(self.about) - 1)
        room = width - len(_APP) - cell_len(called) - cell_len(self.about) - 1
        title = [(_APP, "bold $accent"), (called, "$text-muted"), (" " * max(room, 0), "")]
        title.append((self.about, "$text-muted"))
        return Content.assemble(*title, "\n", *money, "\n", *sure)

    def _quality(self) -> list[str]:
        """The quality of the whole, or of the labels that have one."""
        assert self.plan is not None
        quality, of = (
            (self.plan.quality, "") if self.partly is None else (self.partly[0], f" {self.partly[1]}")
        )
        return [] if quality is None else [f"quality {self.signs[1]}{formatting.points(quality)}{of}"]

    def _quality_shown(self, level: int) -> bool:
        """Whether a head of one line tells the quality itself."""
        best = self.plan is not None and self.plan.objective == "quality"
        return best or self.size.width >= _ROOMY or level < _NO_QUALITY

    def _change(self, lead: str, brief: bool = False) -> list[tuple[str, str]]:
        """Against what it is compared with: dearer is red, cheaper green, and each has its sign."""
        assert self.plan is not None and self.plan.cost is not None
        if self.before is None:
            to = f"{lead}? vs {formatting.clean(self.against)}"
            return [(to, "$text-muted")] if self.against else []
        increase = self.plan.cost - self.before
        style = "$text-error" if increase >= 0.005 else "$text-success" if increase <= -0.005 else "$text"
        of = f" vs {formatting.clean(self.against)}" if self.against else ""
        text = formatting.change(self.before, self.plan.cost)
        if brief and not of:
            text = "" if abs(increase) < 0.005 else text.partition(" (")[0]
        return [(f"{lead}{text}{of}", style)] if text else []

    def _against_one_model(self, room: int, lead: str) -> list[tuple[str, str]]:
        """What the plan saves against one model for all labels, in words as long as there is room for."""
        plan = self.plan
        if self.against or self.one_model is None or plan is None or plan.cost is None:
            return []
        cost, name = self.one_model
        change = formatting.change(cost, plan.cost)
        texts = (f"{lead}{change} vs {formatting.clean(name)}", f"{lead}{change} vs one model")
        style = "$text-success" if plan.cost < cost else "$text"
        return [(text, style) for text in texts if cell_len(text) <= room][:1]

    def _modes(self, word: str = "", floor: bool = True, brief: bool = False) -> list[tuple[str, str]]:
        """That figures are other than the catalogue's plain ones: what-ifs, a confidence and its floor."""
        what_ifs = f"  ≠ {self.supposed}{'' if brief else ' what-if'}"
        parts = [(what_ifs, "bold $accent")] if self.supposed else []
        if self.sure:
            plan = self.plan
            counted = None if plan is None or plan.counted == plan.quality else plan.counted
            least = f"{word}≥ {formatting.points(counted)}, " if counted is not None and floor else ""
            parts.append((f"  {least}{self.sure}", "$accent"))
        return parts

    def line(self) -> Content:
        """The line, with names of theme colours for styles; what says least goes where it is too long."""
        for level in range(_SIGN_ONLY + 1):
            lead = _APP if level < _NO_APP else " "
            parts = self._parts(level)
            room = self.size.width - len(lead) - sum(cell_len(text) for text, _ in parts)
            if room >= min(cell_len(self.file) + len(self._mark), _NAME_ROOM):
                break
        if self.before is None:  # nothing is edited yet
            single = self._against_one_model(room - cell_len(self.file) - len(self._mark), "  ")
            parts[1:1] = single
            room -= sum(cell_len(text) for text, _ in single)
        return Content.assemble((lead, "bold $accent"), (self._called(room), "$text-muted"), *parts)

    def _parts(self, level: int) -> list[tuple[str, str]]:
        """What stands behind the file's name: the higher the level the less."""
        parts: list[tuple[str, str]] = []
        plan = self.plan
        if plan is not None and plan.cost is not None:
            parts.append((f"{self.signs[0]}{formatting.money(plan.cost)} USD/mo", "bold"))
            if self.budget:
                parts.append((self._of_budget(plan.cost / self.budget), "$text"))
            if self._quality_shown(level):
                style = "bold" if plan.objective == "quality" else "$text"
                parts += [(f"  {text}", style) for text in self._quality()]
            parts += self._change("  ", brief=level >= _BRIEF_CHANGE)
        if plan is None and self.saved_cost is not None:
            parts.append((f"{formatting.money(self.saved_cost)} USD/mo as saved", "$text-muted"))
        word = "" if level >= _NO_WORD or plan is None or self._quality_shown(level) else "quality "
        parts += self._modes(word, floor=level < _NO_FLOOR, brief=level >= _BRIEF_MODES)
        status = self._status(timed=level < _NO_TIME)
        status = status[:1] if level >= _SIGN_ONLY and status[:1] in "✓✗" else status
        parts.append((f"  {status}", "bold $text-error" if self._failed() else "$text-muted"))
        return parts

    def _of_budget(self, part: float) -> str:
        """How much of the budget is spent, with a gauge where there is room."""
        gauge = f" {formatting.gauge(part)}" if self.size.width >= _ROOMY else ""
        return f"  {part * 100:.0f} % of {formatting.number(self.budget or 0)}{gauge}"

    @property
    def _mark(self) -> str:
        return " *  " if self.dirty else "  "

    def _called(self, room: int) -> str:
        """The file's name, its end cut off where the figures need the room."""
        room = max(room - len(self._mark), _SHORTEST)
        name = formatting.fit(self.file, room) if cell_len(self.file) > room else formatting.clean(self.file)
        return name + self._mark

    def _failed(self) -> bool:
        return self.state == "" and self.plan is not None and not self.plan.found

    def _status(self, timed: bool = True) -> str:
        if self.state or self.plan is None:
            return f"{self.state} …"
        words = {
            SolverStatus.INFEASIBLE: "✗ nothing fits",
            SolverStatus.TIMED_OUT: "✗ no plan in time",
            SolverStatus.OPTIMAL: "✓ optimal",
        }
        text = words.get(self.plan.status, f"within {100 * (self.plan.gap or 0):.1f} % of the best")
        return f"{text} · {self.plan.seconds:.2f} s" if self.timed and timed else text

    def compare(self, cost: float | None, name: str) -> None:
        """Show the change against this cost, of what is named; None: it is not known."""
        self.before, self.against = cost, name
        self.repaint()

    def on_resize(self) -> None:
        """Show what there is room for now."""
        self.repaint()

    def repaint(self) -> None:
        """Show what the attributes say now."""
        self.update(self.head() if self.size.height >= _LINES else self.line(), layout=False)


class HintBar(Static):
    """Help for what is under the cursor, what just happened, or why it did not."""

    def __init__(self, **options: Any) -> None:
        super().__init__("", markup=False, **options)
        self.said = ""

    def say(self, text: str, bad: bool = False) -> None:
        """Show one sentence; an error carries a sign and not only a colour."""
        line = formatting.clean(f"✗ {text}" if bad else text)
        if line == self.said:
            return
        self.said = line
        self.set_class(bad, "-bad")
        # Most hints take one line, as did the one before: then no other widget has to be laid out.
        same = self.size.height == 1 and cell_len(line) <= self.size.width
        self.update(Text(line, overflow="ellipsis"), layout=not same)


class Note(Static):
    """The foot of a dialog: its keys, or what is wrong."""

    def __init__(self, text: str = "") -> None:
        super().__init__(text, markup=False, id="note")

    def say(self, text: str, bad: bool = False) -> None:
        """Show one sentence; an error carries a sign and not only a colour."""
        self.set_class(bad, "-bad")
        self.update(formatting.clean(f"✗ {text}" if bad else text))


_ALWAYS = 2  # the last keys of every screen: its help and the way out


class Foot(Footer):
    """A screen's keys, as far as the width goes; those that are off are dim, and a click on one says why.

    `dim` brings textual's own footer up to date without making it anew.
    """

    def __init__(self) -> None:
        super().__init__(compact=True, show_command_palette=False)
        self._changes = self._changes_shown = 0  # of keys and width

    def compose(self) -> ComposeResult:
        """The keys that fit."""
        keys = list(super().compose())
        app: Any = self.app
        if app.has_only_ascii:
            from ..ascii_filter import KEYS

            for key in keys:
                if isinstance(key, textual_private.FooterKey):
                    key.key_display = KEYS.get(key.key_display, key.key_display)
        widths = [_width(key) for key in keys]
        room = self.app.size.width + 1  # nothing has to stand behind the last
        yield from (keys[at] for at in fitting(widths, room))

    def on_resize(self, event: events.Resize) -> None:  # noqa: ARG002
        """Show the keys that fit now."""
        if textual_private.bindings_ready(self):
            self._changes += 1
            self.call_after_refresh(self.recompose)

    async def recompose(self) -> None:
        """Once for all changes: while an app starts there are four in a row."""
        if self._changes_shown != self._changes:
            self._changes_shown = self._changes
            await super().recompose()

    def dim(self) -> None:
        """Dim the keys whose action can do nothing now; only a change is painted."""
        if self.is_attached:
            self.call_after_refresh(self._dim)

    def _dim(self) -> None:
        if not self.is_attached:
            return
        on = {active.binding.action: active.enabled for active in self.screen.active_bindings.values()}
        for key in self.query(textual_private.FooterKey):
            textual_private.enable_click(key)  # a click is a key: pressed, it says why it is off
            key.set_class(not on.get(key.action, True), "-disabled")

    def bindings_changed(self, screen: Screen[object]) -> None:
        """Show the keys of the panel that has the keyboard now."""
        self._changes += 1
        super().bindings_changed(screen)
        self.dim()


def fitting(widths: Sequence[int], room: int) -> list[int]:
    """The places of the keys that are shown in `room` cells: the last two, and of the others the first."""
    first_always = max(len(widths) - _ALWAYS, 0)
    used, shown = sum(widths[first_always:]), 0
    while shown < first_always and used + widths[shown] <= room:
        used += widths[shown]
        shown += 1
    return [*range(shown), *range(first_always, len(widths))]


def _width(key: Widget) -> int:
    """The cells of a key with what it does, and the space before the next."""
    return (
        cell_len(f"{key.key_display} {key.description} ") if isinstance(key, textual_private.FooterKey) else 0
    )
