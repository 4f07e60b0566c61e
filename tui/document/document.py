"""What is worked on: the rules with their history, what-if figures, the plan, and the file they came from."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

from ...engine.adapters.catalog.file import merged, user_overlay
from ...engine.adapters.catalog.overlay import own_figures, with_overrides, with_own_figures, write_overlay
from ...engine.adapters.disk import read_text
from ...engine.adapters.solution_stamp import stamped
from ...engine.domain.catalog import Catalog
from ...engine.domain.errors import InputError
from ...engine.domain.levels import spelled_out
from ...engine.domain.marks import Marks, marks_of
from ...engine.domain.plan import Plan
from ...engine.domain.routing import Routing
from ...engine.domain.rules import LIMITS, RulePath, RuleSpec
from . import file
from .edits import place_of_change
from .file import RoutingFile, context_windows
from .history import History, Step
from .overrides import Overrides, changed_figures, changed_figures_by_offer
from .recording import Recorder, applied, edits_in

Edit = Callable[[Routing], Routing]


@dataclass(frozen=True)
class State:
    """What an edit changes: the rules, and figures of the catalogue in a what-if."""

    routing: Routing
    overrides: Overrides = field(default_factory=dict)


class Document:
    """The routing with its past, the plan with the state it answers, and the file they came from."""

    def __init__(self, routing_file: RoutingFile, own_catalog: bool = False) -> None:
        """`own_catalog`: it comes from a file of the user's own, with which no overlay is read."""
        self.own_catalog = own_catalog
        self.file = routing_file
        begun = routing_file.path or routing_file.new
        self.name = "ready-made" if begun is None else begun.name
        self._listed: tuple[Catalog, Catalog] = routing_file.catalog, spelled_out(routing_file.catalog)
        self.context_windows = context_windows(self.listed_catalog)  # offer -> tokens
        self.history: History[State] = History(Step(State(routing_file.routing)))
        self.plan: Plan | None = None
        self.previous_cost: float | None = None  # of the plan before this one, USD a month
        self.saved_plan: Plan | None = None  # of the rules as the file has them, at the catalogue's figures
        self.recorder: Recorder | None = None
        self._planned_state: State | None = None
        self._costs: dict[int, tuple[Step[State], float | None]] = {}  # by the step's identity: it is kept
        self._last_step: tuple[Step[State] | None, bool] = None, False  # and whether it was up
        self._kept_overrides: Overrides = {}
        self._catalog: tuple[Overrides, Catalog] | None = None
        self._marks: tuple[Catalog, Overrides, Marks] | None = None

    @property
    def state(self) -> State:
        """Rules and what-if figures as they are now."""
        return self.history.now.value

    @property
    def routing(self) -> Routing:
        """The rules as they are now."""
        return self.state.routing

    @property
    def overrides(self) -> Overrides:
        """The what-if figures as they are now, in the shape of an overlay."""
        return self.state.overrides

    @property
    def solver_overrides(self) -> Mapping[str, Any]:
        """All figures that the solver's own catalogue may lack: those kept since the start, and what-ifs."""
        return merged(self._kept_overrides, self.overrides) if self._kept_overrides else self.overrides

    @property
    def listed_catalog(self) -> Catalog:
        """The catalogue without what-if figures, its reasoning levels spelled out."""
        if self._listed[0] is not self.file.catalog:
            self._listed = self.file.catalog, spelled_out(self.file.catalog)
        return self._listed[1]

    @property
    def catalog(self) -> Catalog:
        """The catalogue with the what-if figures in it, its reasoning levels spelled out."""
        if not self.overrides:
            return self.listed_catalog
        if self._catalog is None or self._catalog[0] != self.solver_overrides:
            tried = with_overrides(self.file.catalog, self.overrides)
            self._catalog = self.solver_overrides, spelled_out(tried)
        return self._catalog[1]

    @property
    def override_count(self) -> int:
        """How many figures are what-ifs."""
        return len(changed_figures(self.listed_catalog, self.overrides)) if self.overrides else 0

    def names(self, rule: RuleSpec) -> Collection[str]:
        """What may be named in a value of the rule: providers, models, skills of the catalogue."""
        catalog = self.catalog
        if rule.takes_models:
            return catalog.models
        if rule.items == "regions":
            of_providers = [provider.regions for provider in catalog.providers.values()]
            of_offers = [offer.regions or () for offer in catalog.offers.values()]
            return {region for regions in (*of_providers, *of_offers) for region in regions}
        return getattr(catalog, rule.items) if rule.items else rule.choices

    @property
    def marks(self) -> Marks:
        """Which figures are estimated, old, what-ifs: computed once for a catalogue and its what-ifs."""
        catalog, overrides = self.listed_catalog, self.overrides
        if self._marks is None or self._marks[0] is not catalog:
            self._marks = catalog, {}, marks_of(catalog, file.today())
        if self._marks[1] != overrides:
            changed = changed_figures_by_offer(catalog, overrides)
            self._marks = catalog, overrides, self._marks[2].supposing(changed)
        return self._marks[2]

    @property
    def dirty(self) -> bool:
        """Whether the rules are others than those in the file."""
        return self.routing != self.file.routing

    @property
    def planned_routing(self) -> Routing | None:
        """The rules that the plan answers."""
        return None if self._planned_state is None else self._planned_state.routing

    @property
    def solved(self) -> bool:
        """Whether the plan is the answer to the rules as they are now."""
        return self._planned_state == self.state

    # changes

    def apply(self, edit: Edit, path: RulePath, description: str = "") -> bool:
        """Edit the rules; False where that changes nothing. Raises InputError: then nothing has changed."""
        return self._change(replace(self.state, routing=edit(self.routing)), path, description)

    def apply_step(self, edit: Edit, path: RulePath, up: bool) -> bool:
        """Edit by a step; right after another that way on the same rule, one undo takes back both.

        A record of the session keeps every step for itself, and so does its undo. Raises InputError.
        """
        history, (last_step, was_up) = self.history, self._last_step
        if not self.apply(edit, path):
            return False
        repeated = last_step is not None and last_step is history.now and last_step.path == path
        if repeated and was_up == up and self.recorder is None:
            self.history = history.replaced(self.history.now)
        self._last_step = self.history.now, up
        return True

    def override(self, overrides: Overrides, path: tuple[str, ...], description: str) -> bool:
        """Try other figures; False where they are the same. Raises InputError for one that cannot be."""
        with_overrides(self.file.catalog, overrides)
        return self._change(replace(self.state, overrides=overrides), path, description)

    def travel(self, back: bool) -> Step[State] | None:
        """Undo or redo one edit and give it; None where there is none."""
        undone = self.history.now
        history = self.history.undone() if back else self.history.redone()
        if history is self.history:
            return None
        if self.recorder is not None and history.now.value.routing != self.routing:
            self.recorder.travelled(back)
        self.history = history
        return undone if back else history.now

    def cost_after(self, step: Step[State]) -> float | None:
        """USD a month of the plan after a step; None where nothing fitted, or nobody waited for one."""
        return self._costs.get(id(step), (step, None))[1]

    def travel_disabled_reason(self, back: bool) -> str:
        """Why there is nothing to undo, or to redo; "" where there is."""
        if back:
            return "" if self.history.past else "nothing to undo"
        return "" if self.history.future else "nothing to redo"

    def replay(self, script: Path, text: str | None = None) -> None:
        """Repeat the edits of a record, whose text may be read already. Raises InputError with its line."""
        try:
            for edit in edits_in(read_text(script) if text is None else text):
                if edit.travel is None:
                    self.apply(partial(applied, edit), LIMITS, "replay")
                elif self.travel(edit.travel) is None:
                    raise InputError(f"nothing to {edit.parts[0]}", key=f"line {edit.line}")
        except InputError as error:
            raise error.at(str(script)) from None

    def _change(self, state: State, path: tuple[str, ...], description: str) -> bool:
        if state == self.state:
            return False
        if self.recorder is not None and state.routing != self.routing:  # what-ifs are no edits of the file
            self.recorder.edited(self.routing, state.routing)
        self.history = self.history.edited(Step(state, path, description))
        return True

    # plans

    def accept(self, routing: Routing, plan: Plan, overrides: Mapping[str, Any]) -> bool:
        """Take the solver's plan; False where an edit has overtaken it."""
        if routing != self.routing or overrides != self.solver_overrides:
            return False
        if self.state != self._planned_state and self.plan is not None and self.plan.found:
            self.previous_cost = self.plan.cost
        self.plan, self._planned_state = plan, self.state
        self._costs[id(self.history.now)] = self.history.now, plan.cost
        self._note_saved_plan()
        return True

    def _note_saved_plan(self) -> None:
        """The plan is that of the saved rules too, where they are the same and no figure is only tried."""
        if self.solved and not self.dirty and not self.override_count:
            self.saved_plan = self.plan

    @property
    def routing_with_routes(self) -> Routing:
        """The rules with the routes that answer them; there has to be a plan of these rules."""
        assert self.solved and self.plan is not None
        return stamped(self.routing, self.plan, self.catalog)

    # files

    @property
    def text(self) -> str:
        """What a save would write: the rules, with their plan where there is one."""
        return self._stamped_file.text_with(self.routing, self._current_plan, self.override_count)

    def save(self, path: Path) -> str:
        """Write the rules, with their plan where there is one. Returns what `disk.save` has to say.

        Raises InputError.
        """
        saved, remark = self._stamped_file.saved(self.routing, self._current_plan, path, self.override_count)
        if self.dirty:
            self.saved_plan = None
        self.file, self.name = replace(saved, catalog=self.file.catalog), path.name
        self._last_step = None, False  # undo comes by what is saved
        self._note_saved_plan()
        return remark

    @property
    def _stamped_file(self) -> RoutingFile:
        """The file with the catalogue that the plan was made from, of which the stamp in it tells."""
        return replace(self.file, catalog=self.catalog)

    @property
    def _current_plan(self) -> Plan | None:
        return self.plan if self.solved else None

    def reload(self) -> bool:
        """Take the file as it is on disk, as one edit; whether the rules changed. Raises InputError."""
        reloaded = self.file.reloaded()
        changed = self.apply(lambda _: reloaded.routing, LIMITS, "reload")
        if reloaded.routing != self.file.routing:
            self.saved_plan = None
        self.file = reloaded
        self._note_saved_plan()
        return changed

    def recover(self, text: str, overrides: Overrides) -> bool:
        """Take the rules and what-if figures of a draft, as one edit; whether that changes anything.

        Raises InputError for what is no routing, or names what the catalogue does not have.
        """
        with_overrides(self.file.catalog, overrides)
        routing = self.file.parse(text)
        return self._change(
            State(routing, overrides), place_of_change(self.routing, routing), "unsaved edits"
        )

    def detach(self, name: str) -> None:
        """The rules belong to no file any more; they are called `name` until they are saved."""
        self.file, self.name = replace(self.file, path=None, text=None), name

    def keep_overrides(self, path: Path) -> str:
        """Write the what-if figures into the overlay: they are the catalogue's then.

        Returns what `disk.save` has to say. Raises InputError.
        """
        day = file.today()
        remark = write_overlay(path, None, own_figures(self.overrides, day))
        self.file = replace(self.file, catalog=with_own_figures(self.file.catalog, self.overrides, day))
        self._kept_overrides = merged(self._kept_overrides, self.overrides)
        self._catalog = self.saved_plan = None
        self._note_saved_plan()
        return remark

    def keep_disabled_reason(self) -> str:
        """Why what-if figures have nowhere to be kept; "" where they have."""
        if self.own_catalog:
            return "with --catalog no overlay is read: put the figures into that file yourself"
        return "" if user_overlay() is not None else "there is no home folder to keep them in"
