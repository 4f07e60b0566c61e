"""The main screen: rules on one side, on the other their plan and what explains it.

Keys are declared here. Saving, other programs, imports, the comparison of the total, explanations and drafts
have a controller each; what a key changes goes through the editing session, which calls back.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from rich.text import Text
from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.widget import Widget
from textual.widgets import Input, Static

from ...engine.domain.errors import InputError
from ...engine.domain.rules import LIMITS, UNKNOWN_FIGURE_RULES, Kind, RulePath, find_spec, set_in, spec_of
from .. import formatting
from ..base_screen import BaseScreen
from ..controllers.comparison import ComparisonController
from ..controllers.explanations import ExplanationController
from ..controllers.external import ExternalController
from ..controllers.import_config import ImportController
from ..controllers.recovery import RecoveryController
from ..controllers.save import SaveController
from ..messages import CursorMoved, PlanReady, SolverFailed
from ..widgets.bars import modes, partial_quality
from ..widgets.inputs import Editor, offer_text
from ..widgets.labels import ADD_LABEL
from ..widgets.line_list import LinePanel
from . import panels
from .aside import AsideController
from .panels import Panels

if TYPE_CHECKING:
    from textual.timer import Timer

    from ...engine.domain.plan import Plan
    from ...engine.domain.routing import Routing
    from ...engine.domain.rules import RuleSpec
    from ..controllers.first_steps import FirstSteps
    from ..document.document import Document, Edit
    from ..document.editing_session import EditingSession
    from ..entries import Entry, SettingLine
    from .browser.offers import View

_LOW, _MAX_HINT = 16, 3  # lines of the terminal below which a hint has one, and the first steps none
_HIGH = 30  # lines of the terminal from which all the first steps show, not only the next
_FEW_LINES = 2  # of reasons, that do without a panel of the usual height
_FEW_NAMES = 60  # so many are offered before any letter is typed
_REST_SECONDS = 0.15  # that the cursor rests before what is beside the panels follows it
_ONE_MODEL_SECONDS = 0.5  # after a plan: its reasons go before
_LOOK_SECONDS = 1.0  # between looks at the file on disk
_SYNTAX = {
    Kind.ARRAY: "; names with commas, or ↓ for the list",
    Kind.OBJECT: "; names with figures, or ↓ for the list",
}
NO_LABEL = "stand on a label for that"
_NOTHING_FITS = "nothing fits; "
_NOT_WHILE_TYPING = (
    "travel", "save", "save_as", "switch", "zoom", "origin", "baseline", "import", "mend", "cautious",
    "next_conflict",
    "frontier", "what_if", "browse", "help", "leave", "panel",
    "history", "find_line", "set_rule", "router", "take_mix", "spent",
    "review", "export", "copy", "external", "reload", "tour", "end_tour",
)  # fmt: skip


class Workbench(BaseScreen[None]):
    """The rules with a cursor, every edit of them, and the plan that answers them."""

    AUTO_FOCUS = "#rules"
    PANELS = panels.KINDS
    HORIZONTAL_BREAKPOINTS = panels.WIDTHS
    VERTICAL_BREAKPOINTS = panels.HEIGHTS
    BINDINGS: ClassVar[list[BindingType]] = panels.BINDINGS

    def __init__(self, session: EditingSession, *, offer_drafts: bool = True, tour: bool = False) -> None:
        """`offer_drafts`: what an earlier process left of the file is offered; `tour`: first steps show."""
        super().__init__(classes=panels.STYLE)
        self.session = session
        self._panels = Panels(session.document.name)
        self.total, self.hint, self.foot = self._panels.total, self._panels.hint, self._panels.foot
        self.rules, self.allocation = self._panels.rules, self._panels.allocation
        self.why, self.labels = self._panels.why, self._panels.labels
        self.rules.prices, self.why.listener = self.why.prices, self._show_prices
        self.editor = Editor(id="editor")
        self.aside = AsideController(self._panels.aside, session, self.run_worker)
        self._aside_timer: Timer | None = None
        self._offer_drafts, self._tour = offer_drafts, tour
        self._solver_failed = False
        self._logs = ""  # that were read last
        self.browser_view: View | None = None
        session.edit_listeners.append(self.show_edit)
        session.saved_listeners.append(self._show_saved)
        self.explanations = ExplanationController(self.why, session.solver, self.run_worker)
        self.comparison = ComparisonController(session, self.run_worker, self.total.compare)
        self.recovery = RecoveryController(self, session)
        self.external = ExternalController(self, session)
        self._save = SaveController(self, session, on_leave=self.recovery.drop_draft)
        self._import = ImportController(self, session, self._save.save, self.comparison.add)
        self._steps: FirstSteps | None = None  # while they show

    @property
    def document(self) -> Document:
        """What is worked on."""
        return self.session.document

    def compose(self) -> ComposeResult:
        """The panels; the editor floats."""
        yield from self._panels.compose()
        yield self.editor

    def on_mount(self) -> None:
        """The rules at once, their plan when the solver has it."""
        self.allocation.windows = self.document.context_windows
        self.why.offers = len(self.document.context_windows)
        self.total.state = "solving"
        self._show_catalog()
        self._show_saved_plan()
        self.rules.focus()
        first = RulePath("labels", next(iter(self.document.routing.labels)))
        start = first.child("requests") if self._tour else first  # Enter types what the first step asks for
        self.repaint_rules(start)
        self.explain(start)
        self.set_interval(_LOOK_SECONDS, self._look_at_file)
        if self.document.file.new is not None:
            name, key = self.document.name, self.key("save")
            self.hint.say(f"{name} is new: it begins with the ready-made rules, and {key} makes the file")
        if self._tour:
            self.action_tour()
        if self._offer_drafts:
            self.recovery.offer_drafts()

    def _show_saved_plan(self) -> None:
        """The plan that was saved with the rules, at once: the solver's own takes its place."""
        answered = self.document.file.answered
        if answered is not None and answered.solution is not None and self.document.plan is None:
            self.total.saved_cost = answered.solution.cost
            self.allocation.show_saved(answered)

    # the document has changed

    def edit(self, edit: Edit, path: RulePath, description: str = "") -> bool:
        """Apply an edit, or say why it cannot be: then nothing has changed."""
        try:
            self.session.apply(edit, path, description)
        except InputError as error:
            self.hint.say(str(error), bad=True)
            return False
        return True

    def show_edit(self, path: tuple[str, ...]) -> None:
        """The rules have changed at `path`: the old plan fades."""
        document = self.document
        self.total.state = "" if document.solved else "solving"
        if self._steps is not None and self._steps.edited(document.routing):
            self._ticked(self._steps)
        self.explanations.show_stale()
        self.repaint_rules(path)
        if (
            self.app.screen is not self and self.rules.key is not None
        ):  # another screen made the edit, and says so
            self.hint.say(self._help_at(self.rules.key))
        if not document.solved:
            self.allocation.show_stale()
            self.labels.show_stale()
        elif document.plan is not None:
            self._show_answer(document.routing, document.plan)
            self.explanations.show_plan(document.routing, document.plan.found, document.solver_overrides)

    def _show_catalog(self) -> None:
        catalog = self.document.file.catalog
        self.total.about = f"{len(self.document.context_windows):,} offers · catalogue {catalog.as_of}"

    def _show_saved(self) -> None:
        """The file or the catalogue is another."""
        if self.document.file.path is not None and not self.document.dirty:
            self.tick("export")
        self.total.file = self.document.name
        self._show_catalog()
        self.repaint_rules()
        self.allocation.rebuild()

    def repaint_rules(self, path: tuple[str, ...] | None = None) -> None:
        """Show the rules as they are, the cursor at `path`."""
        document = self.document
        self.rules.show_routing(document.routing, path)
        self.labels.show_routing(document.routing, self.rules.section)
        self._show_section(self.rules.section)
        self.total.dirty = document.dirty
        self.allocation.marks = self.why.marks = document.marks
        self.total.budget = document.routing.limits.budget
        self.total.supposed = document.override_count
        self.total.sure = formatting.sureness(document.routing)
        if document.solved and document.plan is not None and document.plan.found:
            self._show_signs(document.routing, document.plan)  # a what-if that is kept is none any more
        self.total.repaint()
        self.foot.dim()

    def _show_signs(self, routing: Routing, plan: Plan) -> None:
        """What the total rests on, in signs and in words."""
        from ...engine.domain.marks import legend_text

        marks = self.document.marks
        self.total.signs = marks.of_plan(routing, plan)[:2]
        names, counts = marks.resting_text(routing, plan), marks.resting_text(routing, plan, named=0)
        brief = legend_text("".join(self.total.signs))
        self.total.rests_on = [formatting.clean(text) for text in (names, counts, brief)]

    def on_plan_ready(self, message: PlanReady) -> None:
        """Show the plan, unless an edit has overtaken it."""
        routing, plan = message.routing, message.plan
        if not self.session.accept(routing, plan, message.overrides):
            return
        self.total.plan, self.total.partly = plan, partial_quality(routing, plan)
        self.total.last_cost = plan.cost if plan.found else self.total.last_cost
        self._show_signs(routing, plan)
        self.comparison.refresh()
        self.total.state = "" if message.final else "improving"
        self.total.one_model = None
        self.total.repaint()
        self._show_answer(routing, plan)
        if message.final:
            self._compare_with_one_model()
            self.explanations.show_plan(routing, plan.found, message.overrides)
            if not self.editor.is_open:
                self._say_what_helps(plan)
        self.labels.conflicts = [RulePath.parse(path) for path in plan.conflicts]
        self.rules.show_conflicts(self.labels.conflicts)
        if self._solver_failed:
            self._solver_failed = False
            self.hint.say("the solver is back, and this is its answer")
        self.foot.dim()
        self._save.plan_arrived()

    @work(exclusive=True, group="one_model")
    async def _compare_with_one_model(self) -> None:
        """Say what the plan saves against one model for all, once the prices of the rules are there."""
        await asyncio.sleep(_ONE_MODEL_SECONDS)
        plan = self.document.plan
        if self.document.solved and plan is not None and plan.found and plan.objective == "cost":
            self.total.one_model = await self.comparison.one_model()
            self.total.repaint()

    def _show_answer(self, routing: Routing, plan: Plan) -> None:
        """Show a plan, or in the place of the labels why there is none."""
        self.allocation.show_plan(routing, plan)
        self.why.mixes = self.document.marks.mixes(routing, plan)
        if plan.found:
            self.labels.show_plan(plan, self.why.mixes)
        self.set_class(not plan.found and self.pane not in (self.labels, self.why), "-clash")
        self._show_section(self.rules.section)
        self.aside.show(self.rules.section)

    @property
    def _fits(self) -> bool:
        """Whether the last plan was found, or there is none yet."""
        plan = self.document.plan
        return plan is None or plan.found

    def _say_what_helps(self, plan: Plan) -> None:
        """The next keys where nothing fits; nothing of it where something fits again."""
        if not plan.found:
            keys = f"{self.key('next_conflict')} goes to the clash"
            if self.allocation.repairs:
                keys += f", {self.key('mend')} makes the first change that helps"
            self.hint.say(f"{_NOTHING_FITS}{keys}", bad=True)
        elif self.hint.said.startswith(f"✗ {_NOTHING_FITS}") and self.rules.key is not None:
            self.hint.say(self._help_at(self.rules.key))

    def on_solver_failed(self, message: SolverFailed) -> None:
        """Say it; where the plan is missing, that none is coming."""
        self.hint.say(message.text, bad=True)
        self._solver_failed = True
        if not self.document.solved:
            self.total.state = "no answer"
            self.total.repaint()
            self.allocation.show_trouble(message.text)
        self.foot.dim()
        self.session.plan_failed()
        self._save.plan_arrived()

    # the cursor

    def on_cursor_moved(self, message: CursorMoved) -> None:
        """Another line is under the cursor; of one that stands for nothing there is nothing to say."""
        if message.path:
            self.explain(message.path)
        else:
            self.hint.say("")

    def explain(self, path: tuple[str, ...]) -> None:
        """Say what the cursor has come to."""
        if path == ADD_LABEL:
            self.hint.say(f"{self.key('enter_label')} adds a label with a workload and rules of its own")
            return
        if self.labels.has_focus and isinstance(path, RulePath) and path.is_section:
            self.rules.go_to_section(path)
            self._show_section(path)
        self._show_reasons(path)
        self._show_aside_soon(path[1] if path[0] == "offer" else self.pane.offer)
        self.foot.dim()
        if path[0] == "repair":
            self.hint.say(f"{self.key('follow')} makes this change, {self.key('undo')} takes it back")
        elif self.allocation.has_focus or (self.why.has_focus and isinstance(path, RulePath)):
            key = self.key("open_reason" if self.why.has_focus else "follow")
            self.hint.say(f"{self._signs()}{key} goes to {formatting.place(path)} among the rules")
        else:
            self.hint.say(f"{self._signs()}{self._help_at(path)}")

    def on_screen_resume(self) -> None:
        """Another screen has closed: what was asked for here may have given way to its questions."""
        if self.document.plan is not None:
            self._show_aside_soon("")

    def _show_aside_soon(self, offer: str) -> None:
        """What is beside the workbench, once the cursor rests: a held key would redraw all of it."""
        if self._aside_timer is not None:
            self._aside_timer.stop()
        self._aside_timer = self.set_timer(
            _REST_SECONDS, lambda: self.aside.show(self.rules.section, offer or self.pane.offer)
        )

    def _signs(self) -> str:
        """What the signs of the figures under the cursor mean; nothing where there are none."""
        from ...engine.domain.marks import legend_text

        panel = self.allocation if self.allocation.has_focus else self.why if self.why.has_focus else None
        signs = "" if panel is None else panel.signs
        return f"{legend_text(signs)} ({self.key('origin')} says where from) · " if signs else ""

    def _show_reasons(self, path: tuple[str, ...]) -> None:
        """Of the section under the cursor; the reasons' own lines are of the section shown."""
        if path[0] == "repair" and path[1] != "together":
            path = RulePath.parse(path[1])
        if self.rules.has_focus and isinstance(path, RulePath):
            self._show_section(path.parent)
        elif not self.why.has_focus and isinstance(path, RulePath):
            self.explanations.show_section(path.parent)

    def _show_section(self, section: RulePath) -> None:
        """The other panels are about the section of the rules."""
        if self.labels.key != section:
            self.labels.go_to(section)
        self.allocation.show_section(section)
        self.explanations.show_section(section)
        name = "" if section == LIMITS else f"{section.label}: "
        self.allocation.entitle(f"2 {name}who answers" if self._fits else "2 what clashes")
        self._show_title()

    def _show_prices(self) -> None:
        """What rules cost has come, or is old: the table has it, its title the best, the plan the mix."""
        self.rules.rebuild()
        self._show_title()
        self._fit_reasons()
        saving, _ = self.why.mix_saving(self.rules.section)
        self.allocation.show_mix(f"{saving}; {self.key('take_mix')} takes it" if saving else "")

    def _fit_reasons(self) -> None:
        """Where the reasons for the router are few, its plan has their lines."""
        few = (
            self.why.section == LIMITS and self.why.whole(LIMITS) and len(self.why.all_lines()) <= _FEW_LINES
        )
        self.set_class(few and not self.why.has_focus, "-brief")

    def _show_title(self) -> None:
        section = self.rules.section
        name = "the router" if section == LIMITS else section.label
        saving = self.why.most_worth(section)
        if self._steps is not None and self._steps.dearest != saving:
            self._show_steps()
        aim = "gain" if self.document.routing.objective == "quality" else "save"
        self.rules.entitle(f"3 rules of {name}{f' · to {aim}: ' if saving else ''}{saving}")

    def _help_at(self, path: tuple[str, ...]) -> str:
        """Help, range and keys for what is under the cursor."""
        if path[0] == "group":
            key = self.key("open_reason")
            rule_path = formatting.place(RulePath.parse(path[1]))
            return f"offers that break {rule_path}; {key} opens and closes the list"
        if path[0] == "offer":
            name = formatting.clean(path[1])
            if not path[2:]:
                return f"{name}{self.why.forced_text(path[1])}"
            unknown = RulePath.parse(path[2]).name in UNKNOWN_FIGURE_RULES
            assumes = f"; {self.key('assume')} assumes what is unknown of it" if unknown else ""
            return f"{name} breaks {formatting.clean(path[2])}{assumes}"
        rule = find_spec(path) if isinstance(path, RulePath) else None
        if isinstance(path, RulePath) and rule is not None:
            typing = self._typing_help(rule) if self.editor.is_open else ""
            model = self._floor_model(rule, path)
            about = model or f"{rule.help}{formatting.bracketed_bounds(rule)}"
            counts = "" if self.editor.is_open else self._counted_text(rule, path)
            return f"{rule.name}: {about}{typing}{counts}"
        if self.editor.is_open:
            offers = offer_text(self.editor.offered, "Tab")
            return f"name of the label{'; ' if offers else ''}{offers}"
        if path == LIMITS:
            steps = f"{self.key('step_up')} and {self.key('step_down')}"
            keys = f"{self.key('add')} adds a limit or a label, {steps} step a value"
            return f"router: {keys}, {self.key('edit')} types one"
        keys = f"{self.key('add')} adds a rule, {self.key('edit')} renames it"
        return f"label {path[1]}: {keys}, {self.key('drop')} drops it"

    def _floor_model(self, rule: RuleSpec, path: RulePath) -> str:
        """A model that is a floor, in full: the table may have no room for it; else nothing."""
        from ..document.edits import value_at

        takes = rule.takes_models and not self.editor.is_open
        value = value_at(self.document.routing, path) if takes else None
        return f"as good as {formatting.clean(value)}" if isinstance(value, str) else ""

    def _counted_text(self, rule: RuleSpec, path: RulePath) -> str:
        """Why a rule on quality counts less than the plan's quality elsewhere on the screen; else nothing."""
        plan, routing = self.document.plan, self.document.routing
        if plan is None or not plan.found or not self.document.solved or rule.name != "min_quality":
            return ""
        whole = plan.labels.get(path.label) if path.label else plan
        if whole is None or whole.quality is None or whole.counted in (None, whole.quality):
            return ""
        label = routing.labels.get(path.label)
        sure = routing.limits.confidence if label is None else routing.confidence(label)
        points, counted = formatting.points(whole.quality), formatting.points(whole.counted)
        return f"; the plan's {points} count as {counted} to be {sure * 100:.4g} % sure"

    def _typing_help(self, rule: RuleSpec) -> str:
        """How a value of the rule is written, and the names that Tab takes."""
        editor = self.editor
        few = editor.is_typed or len(editor.names) <= _FEW_NAMES
        offers = offer_text(editor.offered, "Tab") if editor.names and few else ""
        syntax = "; points, or ↓ for a model" if rule.takes_models else _SYNTAX.get(rule.kind, "")
        return syntax + (f"; {offers}" if offers else "")

    # the editor

    def open_editor(self, path: RulePath) -> None:
        """Type the value at `path`, in its place."""
        from ..document.edits import value_at
        from ..document.values import typed_text

        routing, rule = self.document.routing, find_spec(path)
        is_new = rule is not None and path not in set_in(routing, path.parent)
        self.rules.show_pending(path if is_new else None)
        self._show_section(self.rules.section)
        names = self._usual_labels() if rule is None else self.document.names(rule)
        bounds = formatting.bounds(rule) if rule else "name"
        text = path.label if rule is None else typed_text(rule, value_at(routing, path))
        self.editor.open(path, text, bounds, names)
        self._place_editor()
        self.hint.say(self._help_at(path))

    def _usual_labels(self) -> list[str]:
        """Labels that routers know and these rules do not have."""
        from ..dialogs.add_rule import USUAL_LABELS

        return [name for name in USUAL_LABELS if name not in self.document.routing.labels]

    @on(Input.Changed, "#editor")
    def _offer_names(self) -> None:
        """Say which names fit what is typed."""
        if self.editor.path is not None and self.editor.names:
            self.hint.say(self._help_at(self.editor.path))

    def _place_editor(self) -> None:
        """Keep the editor over its value."""
        region = self.rules.value_region()
        self.editor.styles.offset = (region.x, region.y)
        self.editor.styles.width = region.width

    @on(Input.Blurred, "#editor")
    def _leave_editor(self) -> None:
        """A click elsewhere cancels what was typed; another window in front does not."""
        if self.editor.is_open and self.app.app_focus and self.focused is not self.editor:
            self.editor.close()
            self.rules.show_pending(None)

    def on_descendant_focus(self) -> None:
        """What is read line by line has more of a low terminal."""
        self.set_class(self.pane in (self.allocation, self.why), "-reading")
        self._fit_reasons()

    def on_resize(self) -> None:
        """The value has moved on the screen."""
        self.hint.styles.max_height = _MAX_HINT if self.size.height >= _LOW else 1
        self.labels.few_lines = self.allocation.few_lines = self.size.height < _HIGH
        if self.editor.is_open:
            self.call_after_refresh(self._place_editor)
        if self._steps is not None:
            self.call_after_refresh(self._show_steps)

    def close_editor(self) -> None:
        """Back to the rules."""
        self.editor.close()
        self.rules.show_pending(None)
        self.set_focus(self.rules)
        if self.rules.key is not None:
            self.hint.say(self._help_at(self.rules.key))

    def action_edit(self) -> None:
        """Type the value under the cursor, or a label's name."""
        path = self.rules.key
        if path is not None and path != LIMITS:
            self.open_editor(path)

    def disabled_reason_edit(self) -> str:
        """The router has no name."""
        return "the router has no name; go to one of its rules" if self.rules.key == LIMITS else ""

    def action_pick(self) -> None:
        """Choose the names of the rule under the cursor, or of the one that is being typed, from a list.

        A floor that may be a model's quality takes one of them.
        """
        from ..dialogs.pick_names import PickNames, about_names, chosen_names
        from ..document.edits import dropped, put, value_at

        path = self.editor.path or self.rules.key
        if path is None or self.disabled_reason_pick():
            return
        rule, routing = spec_of(path), self.document.routing
        weighted, single = rule.kind is Kind.OBJECT, rule.takes_models

        def take(chosen: dict[str, float] | None) -> None:
            if chosen is None:
                return
            value = chosen if weighted else next(iter(chosen), None) if single else list(chosen)
            self.edit(lambda now: put(now, path, value) if chosen else dropped(now, path), path)

        if self.editor.is_open:
            self.close_editor()
        names = sorted(self.document.names(rule))
        chosen = {} if single else chosen_names(value_at(routing, path))
        title = f"{formatting.place(path)}: {rule.help}"
        skills = list(routing.labels[path.label].skills) if path.label else []
        about = about_names(self.document, rule, skills)
        dialog = PickNames(title, names, chosen, about, weighted=weighted, single=single)
        self.app.push_screen(dialog, take)

    def disabled_reason_pick(self) -> str:
        """Only lists of names and weights are chosen from one."""
        path = self.editor.path or self.rules.key
        rule = None if path is None else find_spec(path)
        lists = rule is not None and (rule.kind in (Kind.ARRAY, Kind.OBJECT) or rule.takes_models)
        listed = lists and rule is not None and bool(self.document.names(rule))
        return "" if listed else "this is no list of names; features, skills, providers and such are"

    def action_accept(self) -> None:
        """Take what was typed; when it is wrong, say so and keep typing."""
        if self.editor.path is None:
            return
        try:
            self.session.type_text(self.editor.path, self.editor.value)
        except InputError as error:
            meant = "; Tab takes that" if self.editor.refuse(str(error)) else ""
            self.hint.say(f"{error}{meant}", bad=True)
        else:
            self.close_editor()

    def action_give_up(self) -> None:
        """Leave the editor; nothing has changed."""
        self.close_editor()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002
        """While a value is typed the other keys are letters, and the footer does not show them."""
        return action not in _NOT_WHILE_TYPING if self.editor.is_open else True

    # edits

    def action_step(self, steps: int) -> None:
        """Move the value under the cursor by so many of its steps."""
        path = self.rules.key
        if path is None:
            return
        try:
            self.session.step(path, steps)
        except InputError as error:
            self.hint.say(str(error), bad=True)
        else:
            self.hint.say(self._help_at(path))

    def disabled_reason_step(self, steps: int) -> str:  # noqa: ARG002
        """Only some rules have a step."""
        from ..document.edits import step_disabled_reason

        return "" if self.rules.key is None else step_disabled_reason(self.rules.key)

    def action_add(self) -> None:
        """Choose a rule to add to this section, or a new label."""
        from ..dialogs.add_rule import Add

        self.app.push_screen(Add(self.document.routing, self.rules.section), self._add)

    def _add(self, path: RulePath | None) -> None:
        from ..document.edits import put, with_label

        if path is None:
            return
        rule = find_spec(path)
        is_set = rule is not None and path in set_in(self.document.routing, path.parent)
        if is_set:
            self._go_to_rule(path)
        if rule is None:
            if self.edit(lambda routing: with_label(routing, path.label), path):
                self.rules.reveal(lambda key: isinstance(key, RulePath) and key.parent == path)
                self.hint.say(f"label {path.label} added; set its workload, and {self.key('add')} adds rules")
        elif rule.kind is Kind.BOOLEAN and not is_set:
            self.edit(lambda routing: put(routing, path, not rule.default), path)
        else:
            self.open_editor(path)

    def action_drop(self) -> None:
        """Drop the rule under the cursor; a whole label only when that is meant."""
        path = self.rules.key
        if path is None:
            return
        self._ask_drop(path)

    def _ask_drop(self, path: RulePath) -> None:
        from ..dialogs.prompts import Ask

        if path.is_section and path != LIMITS:
            question = f"Drop the label {formatting.clean(path.label)} with all its rules?"
            choices = (("d", "drop", "Drop it"), ("k", "keep", "Keep it"))
            dialog = Ask(question, choices)
            self.app.push_screen(dialog, lambda answer: self._drop(path) if answer == "drop" else None)
        else:
            self._drop(path)

    def _drop(self, path: RulePath) -> None:
        from ..document.edits import dropped

        if self.edit(lambda routing: dropped(routing, path), path):
            self.hint.say(f"{formatting.place(path)} dropped; {self.key('undo')} brings it back")

    def disabled_reason_drop(self) -> str:
        """What every routing needs stays."""
        from ..document.edits import drop_disabled_reason

        path = self.rules.key
        return "" if path is None else drop_disabled_reason(self.document.routing, path)

    def action_travel(self, back: bool) -> None:
        """Undo or redo one edit, and show where it was."""
        step = self.session.travel(back)
        if step is not None:
            self.hint.say(f"{'undone' if back else 'redone'}: {step.what or formatting.place(step.path)}")

    def action_history(self) -> None:
        """Every edit with the cost after it, to go to one."""
        from ..dialogs.history import History, Moment, step_text

        history = self.document.history
        moments = [
            Moment(step_text(before, step), self.document.cost_after(step))
            for before, step in zip((None, *history.steps), history.steps, strict=False)
        ]

        def go(place: int | None) -> None:
            if place is not None and place != len(history.past):
                self.session.travel_to(place)
                self.hint.say(
                    f"at {moments[place].words}; {self.key('undo')} and {self.key('redo')} go on from here"
                )

        now = modes(self.document.override_count, self.document.routing)
        self.app.push_screen(History(moments, len(history.past), now), go)

    def disabled_reason_history(self) -> str:
        """There has to be an edit."""
        return "" if len(self.document.history.steps) > 1 else "nothing has been edited yet"

    def disabled_reason_travel(self, back: bool) -> str:
        """There is nothing to undo, or to redo."""
        return self.document.travel_disabled_reason(back)

    def action_cautious(self) -> None:
        """Ask to be 90 % sure of quality, or take it as it stands again: the router's rule `confidence`."""
        from ...engine.domain.routing import CAUTIOUS, MIN_CONFIDENCE
        from ..document.edits import dropped, put

        path, here = LIMITS.child("confidence"), self.rules.key or LIMITS
        if self.document.routing.limits.confidence > MIN_CONFIDENCE:
            self.session.apply(lambda routing: dropped(routing, path), here, "quality as it stands")
            self.hint.say("quality counts as it stands")
        else:
            self.session.apply(lambda routing: put(routing, path, CAUTIOUS), here, "90 % sure of quality")
            self.hint.say(f"confidence = {CAUTIOUS}: 90 % sure of quality; {self.key('cautious')} ends it")

    def action_take_mix(self) -> None:
        """Let the labels that a mix of two offers would serve for less have one, as one step of undo."""
        from ..document.edits import put

        _, labels = self.why.mix_saving(self.rules.section)
        paths = [RulePath("labels", label, "max_models") for label in labels]

        def mixing(routing: Routing) -> Routing:
            for path in paths:
                routing = put(routing, path, 2)
            return routing

        place = self.rules.key if self.rules.section == LIMITS else paths[0]
        if self.edit(mixing, place or LIMITS, "a mix of two"):
            self.hint.say(f"{', '.join(labels)} may mix two offers; {self.key('undo')} takes it back")

    def disabled_reason_take_mix(self) -> str:
        """Something has to be saved by it."""
        return (
            ""
            if self.why.mix_saving(self.rules.section)[1]
            else "no mix of two is known to save anything here"
        )

    # changes that help where nothing fits

    def action_mend(self) -> None:
        """Carry out the change under the cursor that helps, else the first there is."""
        keys = self.allocation.repairs
        key = self.allocation.key if self.allocation.has_focus else None
        if keys:
            self._mend((key if key in keys else keys[0])[1])

    def action_next_conflict(self) -> None:
        """To the next of the rules that cannot hold together, whichever panel has the keyboard."""
        if not self.rules.has_focus:
            self.show_pane(self.rules)
        self.rules.go_to_conflict()

    def disabled_reason_next_conflict(self) -> str:
        """Something has to clash."""
        return "" if self.rules.conflicts else "no rules clash"

    def disabled_reason_mend(self) -> str:
        """Only what clashes needs it."""
        plan = self.document.plan
        if not self.document.solved or plan is None or plan.found:
            return "nothing clashes, so there is nothing to mend"
        return "" if self.allocation.repairs else "no change that helps was found; fewer or looser rules do"

    def _mend(self, rule: str) -> None:
        """Make the change of a rule by its path, or all that only help together, as one step of undo."""
        from ..document.edits import repaired

        plan = self.document.plan
        if plan is None:
            return
        back = self.key("undo")
        if rule == "together":
            last = RulePath.parse(plan.together[-1].path)
            self.edit(lambda routing: repaired(routing, plan.together), last, "changes that help together")
            self.hint.say(f"{len(plan.together)} changes made at once; {back} takes them back")
            return
        repairs = [repair for repair in plan.repairs if repair.path == rule][:1]
        if repairs:
            self.edit(lambda routing: repaired(routing, repairs), RulePath.parse(rule))
            self.hint.say(f"{self.allocation.mended(repairs[0])}; {back} takes it back")

    # panels

    @property
    def panes(self) -> tuple[LinePanel, ...]:
        """The panels in the order of tab."""
        return (self.rules, self.allocation, self.why, self.labels)

    @property
    def pane(self) -> LinePanel:
        """The panel that has the keyboard; the rules while a value is typed."""
        return next((pane for pane in self.panes if pane.has_focus), self.rules)

    def show_pane(self, pane: Widget) -> None:
        """Give a panel the keyboard, and room where it has none."""
        if pane in (self.labels, self.why):
            self.remove_class("-clash")
        if pane in (self.allocation, self.why):
            self.tick("plan")
        for panel in self.panes:
            panel.set_class(panel is pane, "-shown")
        self.query_one("#answers").set_class(pane is not self.rules, "-shown")
        self.query_one("#answer").set_class(pane in (self.allocation, self.why), "-shown")
        self.set_class(pane in (self.allocation, self.why), "-reading")
        self.app.stylesheet.update(self)  # at once: what is not displayed takes no focus
        self.set_focus(pane)

    def action_switch(self, by: int = 1) -> None:
        """To the next panel, or the one before."""
        panes = self.panes
        self._enter_pane(panes[(panes.index(self.pane) + by) % len(panes)])

    def action_panel(self, name: str) -> None:
        """To the panel of that name."""
        panels = {"labels": self.labels, "allocation": self.allocation, "why": self.why, "rules": self.rules}
        self._enter_pane(panels[name])

    def action_router(self) -> None:
        """To the rules of the router as a whole."""
        self._go_to_rule(LIMITS)

    def action_enter_label(self) -> None:
        """From the labels to the rules of the one under the cursor, or to a new one."""
        if self.labels.key == ADD_LABEL:
            self._ask_label()
        else:
            self._enter_pane(self.rules)

    def _ask_label(self) -> None:
        from ..dialogs.add_rule import Add

        self.app.push_screen(Add(self.document.routing, self.rules.section, new_label=True), self._add)

    def action_drop_label(self) -> None:
        """Drop the label under the cursor, after a question."""
        self._ask_drop(self.labels.key)

    def disabled_reason_drop_label(self) -> str:
        """The router stays, and the last label."""
        from ..document.edits import drop_disabled_reason

        key = self.labels.key
        return drop_disabled_reason(self.document.routing, key) if isinstance(key, RulePath) else NO_LABEL

    def action_rename(self) -> None:
        """Type another name for the label under the cursor."""
        path = self.labels.key
        self._go_to_rule(path)
        self.open_editor(path)

    def disabled_reason_rename(self) -> str:
        """Only labels have names."""
        key = self.labels.key
        return "" if isinstance(key, RulePath) and key != LIMITS else NO_LABEL

    def _enter_pane(self, pane: LinePanel) -> None:
        self.show_pane(pane)
        pane.wake()
        pane.moved()

    def action_zoom(self) -> None:
        """The panel alone on the screen, or among the others again."""
        pane = self.pane
        self.show_pane(pane)
        self.toggle_class("-zoom")
        keys = f"{self.key('switch')} goes to the next, {self.key('zoom')} brings all back"
        alone = f"{pane.title[2:]} alone; {keys}"
        self.hint.say(alone if self.has_class("-zoom") else "all panels")

    def action_open_reason(self) -> None:
        """Open or close a group of offers; from a rule's price go to the rule."""
        key = self.why.key
        if not self.why.turn() and isinstance(key, RulePath):
            self._go_to_rule(key)

    def disabled_reason_open_reason(self) -> str:
        """Some lines hold nothing more."""
        key = self.why.key
        opens = isinstance(key, RulePath) or (key is not None and key[0] == "group")
        return "" if opens else "this line opens nothing: groups of offers and prices of rules do"

    def action_follow(self) -> None:
        """From a line of the allocation to the rule or label it speaks of; a repair is carried out."""
        key = self.allocation.key
        if key is None:
            return
        if key[0] == "repair":
            self._mend(key[1])
        else:
            self._go_to_rule(key)

    def disabled_reason_follow(self) -> str:
        """Some lines speak of nothing else."""
        return "" if self.allocation.key is not None else "this line speaks of no rule or label to go to"

    def _go_to_rule(self, path: RulePath) -> None:
        self.rules.show_routing(self.document.routing, path)
        self.show_pane(self.rules)
        self._show_section(self.rules.section)
        self._show_aside_soon("")
        self.hint.say(self._help_at(path))

    # finding

    def places(self) -> list[Entry]:
        """Rules of every label, also those that could be added, then labels, offers and models."""
        from ..document.finder_entries import place_entries

        return place_entries(self.document, self._go_to_rule, self._add, self._browse_for)

    def setting_line(self) -> SettingLine:
        """A path and a value set a rule, as `--set` does."""
        from ..document.edits import value_at
        from ..document.finder_entries import short_paths, split_line
        from ..entries import SettingLine

        routing = self.document.routing

        def limit(path: RulePath) -> str:
            is_set = path in set_in(routing, path.parent)
            return formatting.limit_text(spec_of(path), value_at(routing, path)) if is_set else "not set"

        paths = {name: limit(path) for name, path in short_paths(routing).items()}
        return SettingLine(paths, partial(split_line, routing), self._check_set, self._set)

    def _check_set(self, line: str) -> str:
        """What a line would change. Raises InputError for one that cannot be."""
        from ..document.edits import value_at
        from ..document.finder_entries import setting_of, with_setting

        routing = self.document.routing
        setting = setting_of(routing, line)
        changed = with_setting(routing, setting, self.document.listed_catalog)
        rule = spec_of(setting.path)
        old, new = (formatting.limit_text(rule, value_at(r, setting.path)) for r in (routing, changed))
        return f"{formatting.place(setting.path)}: {old} → {new}"

    def _set(self, line: str) -> None:
        from ..document.finder_entries import setting_of, with_setting

        setting, catalog = setting_of(self.document.routing, line), self.document.listed_catalog
        if self.edit(lambda routing: with_setting(routing, setting, catalog), setting.path):
            self._go_to_rule(setting.path)

    def action_set_rule(self) -> None:
        """Type a path and its value."""
        app: Any = self.app
        app.open_finder("Set a rule: think.min_quality 80", [], text=":")

    # files and other programs

    def action_save(self) -> None:
        """Save to the file it came from; ask for a name where there is none."""
        self._save.save()

    def action_save_as(self) -> None:
        """Ask where to save."""
        self._save.ask_path()

    def action_leave(self) -> None:
        """Quit; with unsaved changes, ask."""
        self._save.quit()

    def action_review(self) -> None:
        """What a save would change: money, rules, lines."""
        from ..dialogs.review import Review

        actions = {"save": self.action_save, "save_as": self.action_save_as}
        dialog = Review(self.document, self.document.text)
        self.app.push_screen(dialog, lambda answer: actions[answer]() if answer else None)

    def action_copy(self) -> None:
        """The routing file, as a save would write it, to the clipboard."""
        self.external.copy()

    def action_export(self) -> None:
        """To a real router's file."""
        self.external.export(done=lambda: self.tick("export"))

    def disabled_reason_export(self) -> str:
        """A router gets a plan, and the one of these rules."""
        return self.external.export_disabled_reason()

    def action_external(self) -> None:
        """The routing file in $EDITOR; with unsaved edits, a copy of the rules as they are on the screen."""
        self.external.edit(self.rules.key or LIMITS)

    def action_reload(self) -> None:
        """Take the file as it is on disk; the edits so far are one undo away."""
        self.external.reload(self.rules.key or LIMITS)

    def disabled_reason_reload(self) -> str:
        """There has to be a file."""
        return self.external.reload_disabled_reason()

    def _look_at_file(self) -> None:
        if not self.editor.is_open:
            self.external.look_at_file(self.rules.key or LIMITS)

    def action_import(self) -> None:
        """Go on from a router's config; first ask what becomes of unsaved work."""
        self._import.import_rules()

    def action_spent(self) -> None:
        """Ask for logs of the month, and show what it has cost against the plan on the screen."""
        from ..dialogs.import_config import usual_logs
        from ..dialogs.prompts import TextPrompt

        usual = usual_logs()
        proposed = self._logs or (str(usual[0][1]) if usual else "")
        about = "a log's file, or a folder of sessions"
        dialog = TextPrompt("What has this month cost? The logs that say so", proposed, None, about)

        def read(path: str | None) -> None:
            if path is not None:
                self._show_spent(path)

        self.app.push_screen(dialog, read)

    def disabled_reason_spent(self) -> str:
        """There has to be a plan to compare with."""
        plan = self.document.plan
        return (
            ""
            if self.document.solved and plan is not None and plan.found
            else "there is no plan to compare with"
        )

    @work(exclusive=True, group="spent")
    async def _show_spent(self, path: str) -> None:
        from .spent import MAX_SECONDS, Spent

        self._logs = path
        self.hint.say(f"{formatting.clean(path)} is being read …")
        try:
            answer = await self.session.solver.ask(
                "spent", self.document.routing_with_routes, MAX_SECONDS, path=path
            )
        except InputError as error:
            self.hint.say(str(error), bad=True)
            return
        if answer is not None:
            self.hint.say(f"{answer['source']}: {self.key('spent')} shows it again")
            routing, count = self.document.routing, self.document.override_count
            self.app.push_screen(Spent(answer, "".join(text for text, _ in modes(count, routing))))

    def action_baseline(self) -> None:
        """Choose what the total is compared with."""
        from ..dialogs.baseline import Baseline

        dialog = Baseline(self.comparison.choices(), self.comparison.name)
        self.app.push_screen(dialog, self._compare)

    def _compare(self, name: str | None) -> None:
        from ..dialogs.baseline import OTHER

        if name == OTHER:
            self._import.ask_routes()
        elif name is not None:
            self.hint.say(self.comparison.choose(name))
            self._compare_with_one_model()

    # other screens

    def action_origin(self) -> None:
        """Source, licence and date of the figures of the label under the cursor."""
        from ..dialogs.sources import Origin

        plan, label = self.document.plan, self.why.section.label
        if plan is None:
            return
        key = self.why.key if self.why.has_focus else None
        mix = [route.offer for route in plan.labels[label].routes]
        offers, name = ([key[1]], key[1]) if key and key[0] == "offer" else (mix, label)
        skills = list(self.document.routing.labels[label].skills)
        self.app.push_screen(Origin(name, offers, skills, self.document))

    def disabled_reason_origin(self) -> str:
        """The figures are those of a label's mix."""
        plan = self.document.plan
        planned = plan is not None and self.why.section.label in plan.labels
        return "" if planned else "go to a label with a plan to see where its figures come from"

    @work(exclusive=True, group="assume")
    async def action_assume(self) -> None:
        """Try what nobody knows of the offer under the cursor as its relatives have it."""
        from ..controllers.assume import AssumeController

        key, label = self.why.key, self.why.section.label
        if key is not None:
            await AssumeController(self.session, self.hint.say).assume(key[1], label)

    def disabled_reason_assume(self) -> str:
        """It is about an offer that is out."""
        key = self.why.key
        stands = self.why.has_focus and key is not None and key[0] == "offer" and self.why.section != LIMITS
        where = f"{self.key('panel_4')}, then {self.key('open_reason')} on max_latency or skills"
        return "" if stands else f"go to an offer that is ruled out: {where}"

    def action_frontier(self) -> None:
        """Cost against quality or latency, in a screen of its own."""
        from .frontier.screen import Frontier

        self.app.push_screen(Frontier(self.session), self._adopt)

    def action_what_if(self) -> None:
        """Other traffic, other prices, in a screen of its own."""
        from .what_if.screen import WhatIf

        self.app.push_screen(WhatIf(self.session), self._adopt)

    def _adopt(self, adopted: tuple[Routing, str] | None) -> None:
        """Take the rules that another screen was left with, and what they are in words."""
        if adopted is None:
            return
        routing, message = adopted
        from ..document.edits import place_of_change

        path = place_of_change(self.document.routing, routing)
        if self.edit(lambda _: routing, path, message.partition(" vs today")[0]):
            self.hint.say(f"{message}; {self.key('undo')} takes it back")

    def action_browse(self) -> None:
        """Every offer of the catalogue, for the label under the cursor."""
        self._open_browser(self.browser_view)

    def _browse_for(self, words: str) -> None:
        """Offers that have these words."""
        from .browser.screen import last_view

        self._open_browser(replace(self.browser_view or last_view(), filter=words))

    def _open_browser(self, view: View | None) -> None:
        from .browser.screen import Browser

        section = self.rules.section
        label = section.label if section != LIMITS else next(iter(self.document.routing.labels))
        self.app.push_screen(Browser(self.session, label, view), self._remember_browser)

    def _remember_browser(self, view: View | None) -> None:
        self.browser_view = view or self.browser_view

    # the first steps

    def action_tour(self) -> None:
        """The first steps, those that are done ticked; Esc hides them."""
        from ..controllers.first_steps import FirstSteps

        if self._steps is None:
            self._steps = FirstSteps(self.document.routing, self.key)
            self.mount(Static("", markup=False, id="tour"), before=self.hint)
            self.add_class("-tour")
            self.call_after_refresh(self._show_steps)
            self._look_for_logs()

    @work(thread=True, group="logs")
    def _look_for_logs(self) -> None:
        """Say whose logs could be imported; a home folder may be slow to look through."""
        from ..controllers.first_steps import importable

        owner = importable()

        def show() -> None:
            if owner and self._steps is not None:
                self._steps.importable = owner
                self._show_steps()

        with suppress(RuntimeError):  # the app has ended meanwhile; nothing waits for it
            self.call_later(show)

    def _show_steps(self) -> None:
        if self._steps is not None:
            self._steps.dearest = self.why.most_worth(self.rules.section)
            text = "\n".join(self._steps.lines(short=self.size.height < _HIGH))
            tour = self.query_one("#tour", Static)
            tour.display = self.size.height >= _LOW
            tour.update(Text(text, overflow="ellipsis"))

    def tick(self, step: str) -> None:
        """Take one of the first steps as done, where they show; gone for good with the last of them."""
        if self._steps is not None and self._steps.tick(step):
            self._ticked(self._steps)

    def _ticked(self, steps: FirstSteps) -> None:
        self._show_steps()
        if steps.all_done:
            self.action_end_tour()
            self.hint.say(f"that was all of the first steps; {self.key('tour')} shows them again")

    def action_end_tour(self) -> None:
        """Enough of them, for good."""
        if self._steps is not None:
            self._steps.dismiss()
            self._steps = None
            self.query("#tour").remove()
            self.remove_class("-tour")
