"""The browser: every offer of the catalogue, for one label at a time.

Offers are found, sorted and compared here; pins, denials and what-if figures are edits of the document, so
that they can be undone on the main screen too.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from rich.cells import cell_len
from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.widgets import Input, Static

from ....engine.domain.errors import with_nearest
from ....engine.domain.marks import legend_text
from ....engine.domain.rules import RulePath
from ... import formatting
from ...base_screen import BaseScreen
from ...dialogs.help import title_of
from ...messages import CursorMoved
from ...settings import remember, remembered
from ...widgets.bars import Foot, HintBar
from ...widgets.inputs import PlainInput
from . import offer_edits
from .columns import ColumnChoice
from .details import ACTIONS, MAX_COMPARED, Actions, Comparison, DetailSheet, FactPanel, Sheet, details
from .groups import Listing, groups_of
from .offers import Offers, View, view_from
from .table import Heads, OfferTable

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from textual.timer import Timer

    from ....engine.domain.explanation import Standing
    from ...document.editing_session import EditingSession
    from .details import Fact
    from .offer_edits import OfferEdit
    from .rows import Row


_REMEMBERED = "browser"  # under what name the view is kept between sessions
NO_OFFER = ""  # no row's name: the cursor goes to the top
_FACTS_SECONDS = 0.25  # that the cursor rests before the details follow it: longer than a held key's repeat
_WHILE_TYPING = ("to_table", "clear_filter", "take_nearest")


def last_view() -> View:
    """The view that was left, in this session or an earlier one."""
    return view_from(remembered(_REMEMBERED))


class FilterInput(PlainInput):
    """Words to find offers by; Enter and the arrow down go to the table.

    `on_text` is called with a new text at once: a message would come after a paint of the letter alone.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,down", "screen.to_table", "To the table", key_display="⏎"),
        Binding("tab", "screen.take_nearest", "Take what was meant", show=False),
        Binding("escape,ctrl+c", "screen.clear_filter", "Clear", key_display="esc ^c"),
    ]

    def __init__(self, on_text: Callable[[str], None], **options: Any) -> None:
        super().__init__(compact=True, **options)
        self._on_text = on_text

    def watch_value(self, text: str) -> None:
        """Tell the screen the text."""
        self._on_text(text)


class Browser(BaseScreen[View]):
    """The table of offers with its filter, and the details of the one under the cursor.

    Dismissed with the view that was left, to be opened with again.
    """

    PANELS = (OfferTable,)
    CSS_PATH = "browser.tcss"
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (150, "-roomy")]
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "greater_than_sign",
            "sort(1)",
            "Sort",
            key_display="<>",
            tooltip="Sort by the next column",
            id="browse_sort",
        ),
        Binding(
            "less_than_sign", "sort(-1)", "Sort by the previous column", show=False, id="browse_sort_back"
        ),
        Binding("r", "reverse", "Reverse the order", show=False, id="browse_reverse"),
        Binding("c", "columns", "Columns", show=False, tooltip="Choose the columns", id="browse_columns"),
        Binding(
            "right_square_bracket,tab",
            "label(1)",
            "Label",
            key_display="[]",
            tooltip="Figures for the next label",
            id="browse_label",
        ),
        Binding(
            "left_square_bracket,shift+tab", "label(-1)", "Previous label", show=False, id="browse_label_back"
        ),
        Binding("i", "hide", "Show what is ✗ out, or hide it", show=False, id="browse_hide"),
        Binding(
            "space",
            "mark",
            "Mark",
            key_display="␣",
            tooltip="Mark the offer, to compare it",
            id="browse_mark",
        ),
        Binding("m", "only_marked", "Show only the marked", show=False, id="browse_only"),
        Binding("M", "unmark", "Unmark all", show=False, id="browse_unmark"),
        Binding("v", "compare", "Compare the marked offers", show=False, id="browse_compare"),
        *ACTIONS,
        Binding("u", "travel(True)", "Undo", show=False, id="browse_undo"),
        Binding("ctrl+r,ctrl+y", "travel(False)", "Redo", show=False, id="browse_redo"),
        Binding(
            "question_mark,f1",
            "help",
            "Help",
            key_display="?",
            tooltip="Help: keys and signs",
            id="browse_help",
        ),
        Binding(
            "q,escape,b,ctrl+c",
            "back",
            "Back",
            key_display="q",
            tooltip="Back to the workbench",
            id="browse_back",
        ),
    ]

    def __init__(self, session: EditingSession, label: str, view: View | None = None) -> None:
        super().__init__()
        self._session, self.label = session, label
        self.document, self.view = session.document, view or last_view()
        self.offers, self.listing = Offers(), Listing()
        self.standings: dict[str, Standing] = {}
        self._facts_soon: Timer | None = None
        self._cost_before: float | None = None  # USD a month, before the last edit that was made here
        self.notice = ""  # what just happened: in the hint until the cursor moves
        self.title_bar = Static("", markup=False, id="browser-title")
        how_to = f"{self.key('find_line')} finds: words, a|b, !word, provider:x, ctx>200k, quality>70, <20usd"
        self.filter = FilterInput(self._filter_changed, placeholder=how_to, id="filter")
        self.heads = Heads(id="heads")
        self.table = OfferTable(self.heads, id="offers")
        self.facts = FactPanel(self.actions, brief=True, id="facts")
        self.foot = Foot()
        self.hint = HintBar(id="hint")

    def compose(self) -> ComposeResult:
        """Title, filter, heads and table, details beside them where there is room, hint and keys."""
        self.facts.border_title = "details"
        yield self.title_bar
        yield self.filter
        with Container(id="browser-panels"):
            with Container(id="browser-table"):
                yield self.heads
                yield self.table
            yield self.facts
        yield self.hint
        yield self.foot

    def on_mount(self) -> None:
        """Show the catalogue at once, the label's figures as soon as the solver has them."""
        self._session.plan_listeners.append(self.plan_changed)
        marked = [key for key in self.view.marked if key in self.document.catalog.offers]
        self.table.marked = dict.fromkeys(marked)
        self.view = replace(self.view, only_marked=self.view.only_marked and bool(marked))
        with self.prevent(Input.Changed):
            self.filter.value = self.view.filter
        self.read_catalog()
        self.table.focus()
        self.request_standings()

    def on_unmount(self) -> None:
        """Stop listening for plans."""
        if self.plan_changed in self._session.plan_listeners:
            self._session.plan_listeners.remove(self.plan_changed)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002
        """While the filter is typed the other keys are letters."""
        if self.is_mounted and self.filter.has_focus:
            return action in _WHILE_TYPING or action.startswith("app.")
        return True

    # what is known of the offers

    def read_catalog(self) -> None:
        """Take the rows of the catalogue as it is now, with its what-if figures."""
        self.offers.read(self.document.catalog, self.document.marks)
        self.table.columns = self.offers.chosen_columns(self.view)
        self.table.longest_name = max(map(cell_len, self.offers.rows), default=0)
        self.place_rows()

    @work(exclusive=True, group="standings")
    async def request_standings(self) -> None:
        """Ask the solver how every offer stands for the label."""
        from ....engine.domain.errors import InputError
        from ....engine.domain.explanation import Standings

        routing, label = self.document.routing, self.label
        try:
            answer = await self._session.solver.ask("standings", routing, label=label)
        except InputError as error:
            self.hint.say(str(error), bad=True)
            return
        if answer is not None and routing == self.document.routing and label == self.label:
            first = not self.standings
            self.standings = {
                standing.offer: standing for standing in Standings.model_validate(answer).offers
            }
            self.place_rows(to_top=first)

    def plan_changed(self) -> None:
        """Show the shares of a new plan, and ask again for the reasons."""
        if self.label not in self.document.routing.labels:
            self.label = next(iter(self.document.routing.labels))
        self.place_rows()
        self.request_standings()

    def place_rows(self, to_top: bool = False) -> None:
        """Put what is known of the label into the rows, and show them."""
        self.offers.place(self.standings, self.document.routing, self.document.plan, self.label)
        self.show_rows(NO_OFFER if to_top else None)

    # what is shown

    def show_rows(self, keep: str | None = None) -> None:
        """Filter, sort, paint; the cursor goes to the offer `keep`, or stays with its own."""
        column = self.offers.sort_column(self.view)
        self.table.sorted_by, self.table.down = column.name, column.down != self.view.reverse
        self.listing = self.offers.shown(self.view, self.table.marked)
        self.table.show_rows(self.listing, keep)
        self.repaint_title()
        self.call_after_refresh(self.show_facts)  # the rows first

    def repaint_title(self) -> None:
        """Say how many offers of how many are shown, for which label, and how many figures are what-ifs."""
        listing, shows = self.listing, f", {self.key('browse_hide')} shows"
        marked = len(self.table.marked)
        compares = f", {self.key('browse_compare')} compares" if marked > 1 else ""
        models = "1 model" if listing.models == 1 else f"{listing.models:,} models"
        parts = [  # with what goes first where there is no room: the highest
            (f" {listing.offers:,} of {len(self.offers.rows):,} offers", 0),
            (f"label {formatting.clean(self.label)}", 0),
            (self._total(), 1),
            *((mode, 1) for mode in self._modes()),
            (f"by {self.offers.sort_column(self.view).head}", 4),
            (f"✗ {listing.hidden:,} hidden{shows}" if listing.hidden else "", 2),
            ("✗ all that fit are out" if listing.all_out else "", 2),
            (models if self.view.grouped else "", 5),
            (f"● {marked} marked{compares}" if marked else "", 1),
        ]
        self.title_bar.update(formatting.fit_parts(parts, " · ", max(self.size.width, 1)), layout=False)

    @property
    def _modes_text(self) -> str:
        return "".join(f" · {mode}" for mode in self._modes())

    def _total(self) -> str:
        """What the plan costs, and since the last edit made here."""
        plan = self.document.plan
        if not self.document.solved or plan is None:
            return "plan …"
        if plan.cost is None:
            return "✗ nothing fits"
        change = "" if self._cost_before is None else formatting.change(self._cost_before, plan.cost)
        change = "" if change.startswith("=") else f" {change.partition(' (')[0]}".rstrip()
        return f"plan {formatting.money(plan.cost)} USD/mo{change}"

    def _keep_cost(self) -> None:
        """What the plan costs now is what the next one is compared with."""
        plan = self.document.plan
        if self.document.solved and plan is not None and plan.found:
            self._cost_before = plan.cost

    def _modes(self) -> list[str]:
        """What makes figures other than the catalogue's plain ones."""
        count, sure = self.document.override_count, formatting.sureness(self.document.routing)
        return [*([f"≠ {count} what-if figures"] if count else []), *([sure] if sure else [])]

    def show_facts(self, soon: bool = False) -> None:
        """Show the row under the cursor: its details where there is room, its reasons in the hint.

        `soon`: the details once the cursor rests, for they are a screenful.
        """
        row = self.table.row
        problems = self.offers.query(self.view).problems
        if problems:
            meant = "; Tab takes that" if with_nearest(self.filter.value, problems[0]) else ""
            self.hint.say(f"{problems[0]}{meant}", bad=True)
        if row is None and problems:
            self.facts.show_none()
            return
        if row is None:
            self.hint.say(f"no offer fits; {self.key('find_line')} then esc clears the filter")
            self.facts.show_none()
            return
        if not self.notice and not problems:
            assumes = f"; {self.key('browse_assume')} assumes it" if row.out and row.lacks_figures else ""
            self.hint.say(f"{row.note or row.words}{assumes}{legend_text(row.signs.all, ' · ')}")
        if self._facts_soon is not None:
            self._facts_soon.stop()
        if self.facts.display and self.facts.size.height:
            show = partial(self.facts.show, row, self.offers.rows, self.document.catalog, self.label)
            self._facts_soon = self.set_timer(_FACTS_SECONDS, show) if soon else None
            if not soon:
                show()

    def say(self, text: str, bad: bool = False) -> None:
        """Say what just happened, or why it did not; it stays until the cursor moves."""
        self.notice = text
        self.hint.say(text, bad)

    def on_resize(self) -> None:
        """Show the rows again: there may be room for the details now."""
        self.call_after_refresh(self.show_rows)

    @on(CursorMoved)
    def _cursor_moved(self, message: CursorMoved) -> None:
        message.stop()
        self.notice = ""
        self.call_later(self.show_facts, soon=True)

    # finding and sorting

    def _filter_changed(self, text: str) -> None:
        self.notice = ""
        self.view = replace(self.view, filter=text)
        self.show_rows(NO_OFFER if text else None)

    def action_find(self) -> None:
        """Type the filter."""
        self.set_focus(self.filter)

    def action_to_table(self) -> None:
        """From the filter to what it found."""
        self.set_focus(self.table)

    def action_take_nearest(self) -> None:
        """Take what was meant by a word of the filter that means nothing; else go to what it found."""
        problems = self.offers.query(self.view).problems
        meant = with_nearest(self.filter.value, problems[0]) if problems else ""
        if meant:
            self.filter.value, self.filter.cursor_position = meant, len(meant)
        else:
            self.action_to_table()

    def action_clear_filter(self) -> None:
        """Show all offers again."""
        self.filter.value = ""
        self.set_focus(self.table)

    def action_sort(self, by: int) -> None:
        """Sort by the next column that is chosen, the name first."""
        names = ["offer", *(column.name for column in self.table.columns)]
        at = names.index(self.view.sort) if self.view.sort in names else 0
        self._sort(names[(at + by) % len(names)])

    def action_sort_by(self, name: str) -> None:
        """Sort by a column; by the same one again, the other way round."""
        self._sort(name, reverse=name == self.view.sort and not self.view.reverse)

    def action_reverse(self) -> None:
        """Reverse the order."""
        self._sort(self.view.sort, reverse=not self.view.reverse)

    def _sort(self, name: str, reverse: bool = False) -> None:
        self.view = replace(self.view, sort=name, reverse=reverse)
        self.show_rows(NO_OFFER)  # from the first one on: the best is what it is sorted for

    def action_columns(self) -> None:
        """Choose the columns and their order."""

        def take(names: list[str] | None) -> None:
            if names:
                self.view = replace(self.view, columns=tuple(names))
                self.table.columns = self.offers.chosen_columns(self.view)
                self.table.rebuild()
                self.show_rows()

        self.app.push_screen(ColumnChoice(self.offers.columns, self.view.columns), take)

    def action_label(self, by: int) -> None:
        """Show the figures for the next label, or the one before."""
        names = list(self.document.routing.labels)
        self.label = names[(names.index(self.label) + by) % len(names)] if self.label in names else names[0]
        self.standings = {}
        self.place_rows()
        self.request_standings()

    def disabled_reason_label(self, by: int) -> str:  # noqa: ARG002
        """Why there is no other label to show."""
        return "" if len(self.document.routing.labels) > 1 else "there is no other label"

    def action_hide(self) -> None:
        """Hide the offers that a rule keeps out of the label, or show them with the reason."""
        self.view = replace(self.view, hide_out=not self.view.hide_out)
        self.show_rows()

    # groups

    def action_fold(self) -> None:
        """Show all offers of the model under the cursor, or only the first of them."""
        row = self.table.row
        if row is not None:
            leader = next(other.key for other in self.table.rows if other.group == row.group)
            self._open(self.view.opened ^ {row.group}, leader)

    def action_fold_all(self) -> None:
        """Fold all models; where all are folded, unfold them."""
        row, rows = self.table.row, self.table.rows
        leader = next((other.key for other in rows if row is not None and other.group == row.group), None)
        self._open(frozenset() if self.view.opened else frozenset(groups_of(rows)), leader)

    def _open(self, models: frozenset[str], keep: str | None) -> None:
        self.view = replace(self.view, opened=models)
        self.show_rows(keep)

    def disabled_reason_fold(self) -> str:
        """Why there is nothing to fold or to unfold."""
        row = self.table.row
        if row is None:
            return self._no_offer()
        if not self.view.grouped:
            return f"the offers are not grouped; {self.key('browse_group')} groups them by model"
        fold = self.table.folds[row.key]
        return "" if fold.others or fold.inside else f"no other offer of {row.group} is listed"

    def disabled_reason_fold_all(self) -> str:
        """Only groups fold."""
        grouped = f"the offers are not grouped; {self.key('browse_group')} groups them by model"
        return "" if self.view.grouped else grouped

    def action_group(self) -> None:
        """One line a model, or one line an offer."""
        key = self.table.key
        self.view = replace(self.view, grouped=not self.view.grouped)
        self.show_rows(key)
        self.table.rebuild(key)

    # marking and comparing

    def action_mark(self) -> None:
        """Mark the offer, or take the mark away; then go on to the next."""
        key = self.table.key
        if key in self.table.marked:
            del self.table.marked[key]
        else:
            self.table.marked[key] = None
        self.show_rows()
        self.table.action_move(1)

    def disabled_reason_mark(self) -> str:
        """Why no more offers can be marked: as many are as can be compared."""
        marked = self.table.marked
        if self.table.key in marked or len(marked) < MAX_COMPARED:
            return self._no_offer()
        unmark = self.key("browse_unmark")
        return f"{MAX_COMPARED} offers are marked, as many as can be compared; {unmark} unmarks all"

    def action_only_marked(self) -> None:
        """Show only the marked offers, or all again."""
        self.view = replace(self.view, only_marked=not self.view.only_marked)
        self.show_rows()

    def action_unmark(self) -> None:
        """Take all marks away."""
        self.table.marked.clear()
        self.view = replace(self.view, only_marked=False)
        self.show_rows()

    def disabled_reason_only_marked(self) -> str:
        """Why there are no marks to show or to take away."""
        how_to = f"nothing is marked; {self.key('browse_mark')} marks the offer under the cursor"
        return "" if self.table.marked else how_to

    disabled_reason_unmark = disabled_reason_only_marked

    def action_compare(self) -> None:
        """Show the marked offers side by side."""
        rows = [self.offers.rows[key] for key in self.table.marked if key in self.offers.rows]
        title = (
            f"{len(rows)} offers for label {self.label}{self._modes_text} · ★ best of the row"
            " · bars: of 100, solid as far as 90 % sure; of max_latency"
        )
        self.app.push_screen(Sheet(title, Comparison(rows, self.offers.columns)))

    def disabled_reason_compare(self) -> str:
        """Why there is nothing to compare: fewer than two offers are marked, or their figures are to come."""
        if len(self.table.marked) > 1:
            return "" if self.standings else f"the figures for {self.label} are still being computed …"
        return f"mark two to {MAX_COMPARED} offers with {self.key('browse_mark')} first"

    # the offer under the cursor

    def _no_offer(self) -> str:
        """Why there is no offer to act on."""
        return "" if self.table.key is not None else "no offer fits the filter, so there is none to act on"

    disabled_reason_details = disabled_reason_origin = disabled_reason_what_if = _no_offer
    disabled_reason_pin = disabled_reason_deny = disabled_reason_allow = _no_offer

    def action_details(self) -> None:
        """Show all that is known of the offer."""
        row = self.table.row
        if row is not None:
            panel = FactPanel(self.actions, self._details(row))
            self.app.push_screen(DetailSheet(f"{row.key}{self._modes_text}", panel), self._do)
            if not row.share and self.document.solved:
                self._request_why_not(row, panel)

    def _details(self, row: Row, why_not: Sequence[str] = ()) -> list[Fact]:
        rows, catalog = self.offers.rows, self.document.catalog
        return details(row, rows, catalog, self.label, why_not=why_not, actions=self.actions())

    def actions(self) -> Actions:
        """What can be done with the offer under the cursor: name of the action -> key, and what it does."""
        return [
            (binding.action, self.key(binding.id), title_of(binding))
            for binding in ACTIONS
            if binding.id and not self.disabled_reason(binding.action, self)
        ]

    def _do(self, action: str | None) -> None:
        """Carry out what was chosen among the details."""
        if action is not None:
            self.call_later(self.run_action, action)

    def action_act(self) -> None:
        """Carry out the action under the cursor of the details beside the table."""
        self._do(self.facts.key)

    @work(exclusive=True, group="why")
    async def _request_why_not(self, row: Row, panel: FactPanel) -> None:
        """Add to the details what it would take for the plan to have the offer."""
        from ....engine.adapters.report.explain import why_not_lines
        from ....engine.domain.errors import InputError
        from ....engine.domain.explanation import WhyNot

        routing, label = self.document.routing, self.label
        try:
            answer = await self._session.solver.ask("why_not", routing, label=label, offer=row.key)
        except InputError as error:
            sentences = [str(error)]
        else:
            sentences = (
                []
                if answer is None
                else list(why_not_lines(routing.objective, WhyNot.model_validate(answer)))
            )
        if sentences and panel.is_attached:
            panel.facts = self._details(row, sentences)
            panel.rebuild()

    def action_origin(self) -> None:
        """Show source, licence and date of each of the offer's figures."""
        from ...dialogs.sources import Origin

        label = self.document.routing.labels.get(self.label)
        if (key := self.table.key) is not None:
            self.app.push_screen(Origin(key, [key], list(label.skills) if label else [], self.document))

    # edits

    def edit(self, edit: OfferEdit) -> None:
        """Make an edit of a rule of the label, and say what it did."""
        from ....engine.domain.errors import InputError

        self._keep_cost()
        try:
            self._session.apply(edit.apply, RulePath("labels", self.label, edit.rule), edit.message)
        except InputError as error:
            self.say(str(error), bad=True)
        else:
            self.place_rows()
            self.say(f"{edit.message}; {self.key('browse_undo')} takes it back")

    def action_deny(self) -> None:
        """Deny the offer for the label, or no longer."""
        if (key := self.table.key) is not None:
            self.edit(offer_edits.deny(self.document.routing, self.label, self.offers.rows[key]))

    def action_allow(self) -> None:
        """Put the offer on the label's allow-list, or take it off; one that is denied is no longer denied."""
        if (key := self.table.key) is not None:
            how_to_add = f"{self.key('browse_allow')} on others adds them"
            how_to_add += f" ({self.key('browse_hide')} shows them)" if self.view.hide_out else ""
            row = self.offers.rows[key]
            self.edit(offer_edits.allow(self.document.routing, self.label, row, how_to_add))

    def action_as_good_as(self) -> None:
        """Ask the label's mix to be as good as the model under the cursor, or no longer."""
        if (key := self.table.key) is not None:
            row = self.table.row
            quality = None if row is None or row.standing is None else row.standing.quality
            self.edit(offer_edits.as_good_as(self.document.routing, self.label, key, quality))

    def disabled_reason_as_good_as(self) -> str:
        """Only a model whose quality is known can be a floor."""
        row = self.table.row
        if row is None:
            return self._no_offer()
        label = self.document.routing.labels[self.label]
        if not label.skills:
            return f"{self.label} has no skills, so no quality is asked of it"
        return "" if row.standing is None or row.standing.quality is not None else f"{row.key} is unscored"

    def action_pin(self) -> None:
        """Give the offer exactly a share of the label's requests, or no longer."""
        from .override_dialog import NumberPrompt

        if (key := self.table.key) is None:
            return
        pins = self.document.routing.labels[self.label].pin
        if key in pins:
            self.edit(offer_edits.pin(self.label, key, None))
            return

        def pin(share: float | None) -> None:
            if share is not None:
                self.edit(offer_edits.pin(self.label, key, share))

        unpinned = max(1 - sum(pins.values()), 0.0)
        question = f"Share of {formatting.clean(self.label)} that {key} gets, exactly"
        row = self.table.row
        if row is not None and row.out:
            question += f". As it is it cannot be used: {row.note}"
        share = f"{unpinned * 100:.4g} %"
        self.app.push_screen(NumberPrompt(question, share, "share", high=1.0), pin)

    def action_what_if(self) -> None:
        """Try another price, speed or score of the offer."""
        from .override_dialog import OverrideDialog

        self._keep_cost()
        if (key := self.table.key) is not None:
            self.app.push_screen(OverrideDialog(self._session, key), lambda _: self._figures_changed())

    @work(exclusive=True, group="assume")
    async def action_assume(self) -> None:
        """Try what nobody knows of the offer as its relatives have it."""
        from ...controllers.assume import AssumeController

        key = self.table.key
        self._keep_cost()
        if key is not None and await AssumeController(self._session, self.say).assume(key, self.label):
            self._figures_changed()

    def disabled_reason_assume(self) -> str:
        """Something that keeps it out has to be unknown."""
        row = self.table.row
        if row is None or row.standing is None:
            return self._no_offer()
        return "" if row.lacks_figures else f"what {self.label} needs to know of {row.key} is known"

    def _figures_changed(self) -> None:
        """The catalogue has other figures now; what is known of the label stays until there is better."""
        self.read_catalog()
        self.request_standings()

    def disabled_reason_travel(self, back: bool) -> str:
        """Why there is nothing to undo, or to redo."""
        return self.document.travel_disabled_reason(back)

    def action_travel(self, back: bool) -> None:
        """Undo or redo one edit, of rules or of figures."""
        self._keep_cost()
        step = self._session.travel(back)
        if step is None:
            return
        self._figures_changed()
        self.say(f"{'undone' if back else 'redone'}: {step.what or formatting.place(step.path)}")

    def action_back(self) -> None:
        """Go back to the main screen; the next session begins with the view as it is."""
        remember(_REMEMBERED, self.view.as_table())
        self.dismiss(replace(self.view, marked=tuple(self.table.marked)))
