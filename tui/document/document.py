"""What is being worked on: the session, the history of its routing, and the answer. The one owner of them.

A session begins: the desk for a file, after the edits of a script if there is one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path as FilePath
from time import monotonic
from typing import TYPE_CHECKING, Any

from ...engine.domain.errors import InputError
from .history import History, Step

if TYPE_CHECKING:
    from ...engine.domain.catalog import Catalog
    from ...engine.domain.marks import Marks
    from ...engine.domain.plan import Plan
    from ...engine.domain.routing import Routing
    from .file import Session
    from .recording import Recorder
    from .rules import RulePath
    from .scenario import Scenario


Facts = Mapping[str, Any]
_HELD = 0.5  # seconds between the steps of a key that is held or tapped
CAUTIOUS = "cautious"  # among the facts that go to the solver's process


@dataclass(frozen=True)
class State:
    """What an edit changes: the rules, figures of the catalogue in a what-if, skills at their low ends."""

    routing: Routing
    whatif: Facts = field(default_factory=dict)
    cautious: bool = False


class Desk:
    """The routing with its past, the plan with the routing it answers, and the file they came from."""

    def __init__(self, session: Session, windows: Mapping[str, float], own_catalog: bool = False) -> None:
        """`own_catalog`: it comes from a file of the user's own, with which no overlay is read."""
        self.own_catalog = own_catalog
        self.session, self.windows = session, windows
        self.history: History[State] = History(Step(State(session.routing)))
        self.plan: Plan | None = None
        self._answered: State | None = None
        self.before: float | None = None
        self.scenarios: tuple[Scenario, ...] = ()  # those kept on the what-if screen
        self.saved_plan: Plan | None = None  # of the rules as the file has them, at the catalogue's figures
        self.recorder: Recorder | None = None
        self._stepped: tuple[Step[State] | None, bool, float] = None, False, 0.0  # the last, up, and when
        self._kept: Facts = {}
        self._catalog: tuple[Facts, Catalog] | None = None
        self._marks: tuple[Catalog, Facts, Marks] | None = None

    @property
    def routing(self) -> Routing:
        """The rules as they are now."""
        return self.history.now.value.routing

    @property
    def whatif(self) -> Facts:
        """The what-if figures as they are now, in the shape of an overlay."""
        return self.history.now.value.whatif

    @property
    def facts(self) -> Facts:
        """All figures that the solver's own catalogue may lack: those kept since the start, and what-ifs."""
        from ...engine.adapters.catalog.file import merged

        facts = merged(self._kept, self.whatif) if self._kept else self.whatif
        return {**facts, CAUTIOUS: True} if self.cautious else facts

    @property
    def cautious(self) -> bool:
        """Whether fitted skills count at the low end of their intervals."""
        return self.history.now.value.cautious

    @property
    def catalog(self) -> Catalog:
        """The catalogue with the what-if figures in it."""
        from ...engine.adapters.catalog.overlay import with_facts

        if self._catalog is None or self._catalog[0] != self.facts:
            self._catalog = self.facts, with_facts(self.session.catalog, self.whatif)
        return self._catalog[1]

    @property
    def differing(self) -> int:
        """How many figures are what-ifs."""
        from .overrides import differing

        return len(differing(self.session.catalog, self.whatif)) if self.whatif else 0

    @property
    def marks(self) -> Marks:
        """Which figures are estimated, old, what-ifs: found once for a catalogue and its what-ifs."""
        catalog, whatif = self.session.catalog, self.whatif
        if self._marks is None or self._marks[0] is not catalog:
            from ...engine.domain.marks import marks_of
            from .file import today

            self._marks = catalog, {}, marks_of(catalog, today())
        if self._marks[1] != whatif:
            from .overrides import touched

            self._marks = catalog, whatif, self._marks[2].supposing(touched(catalog, whatif))
        return self._marks[2]

    @property
    def dirty(self) -> bool:
        """Whether there is anything that a quit would lose."""
        return self.routing != self.session.routing

    @property
    def answered(self) -> Routing | None:
        """The rules that the plan answers."""
        return None if self._answered is None else self._answered.routing

    @property
    def solved(self) -> bool:
        """Whether the plan is the answer to the rules as they are now."""
        return self._answered == self.history.now.value

    def edit(self, make: Callable[[Routing], Routing], path: RulePath, what: str) -> bool:
        """Apply an edit; False where it changes nothing. Raises InputError: then nothing has changed."""
        return self._change(replace(self.history.now.value, routing=make(self.routing)), path, what)

    def step(self, make: Callable[[Routing], Routing], path: RulePath, up: bool) -> bool:
        """Edit by a step; soon after another that way on the same rule, one undo takes back both.

        A record of the session keeps every step for itself, and so does its undo. Raises InputError.
        """
        before, (last, was_up, when) = self.history, self._stepped
        if not self.edit(make, path, ""):
            return False
        same = last is not None and last is before.now and last.path == path and was_up == up
        if same and self.recorder is None and monotonic() - when < _HELD:
            self.history = before.replaced(self.history.now)
        self._stepped = self.history.now, up, monotonic()
        return True

    def suppose(self, whatif: Facts, path: RulePath, what: str) -> bool:
        """Try other figures; False where they are the same. Raises InputError for one that cannot be."""
        from ...engine.adapters.catalog.overlay import with_facts

        with_facts(self.session.catalog, whatif)
        return self._change(replace(self.history.now.value, whatif=whatif), path, what)

    def beware(self) -> None:
        """Count fitted skills at the low end of their intervals, or as they stand again."""
        now = self.history.now.value
        what = "skills as they stand" if now.cautious else "skills at their low ends"
        self._change(replace(now, cautious=not now.cautious), ("limits",), what)

    def _change(self, state: State, path: RulePath, what: str) -> bool:
        if state == self.history.now.value:
            return False
        if self.recorder is not None and state.routing != self.routing:  # what-ifs are no edits of the file
            self.recorder.edited(self.routing, state.routing)
        self.history = self.history.edited(Step(state, path, what))
        return True

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

    def why_not_travel(self, back: bool) -> str:
        """Why there is nothing to undo, or to redo; nothing where there is."""
        if back:
            return "" if self.history.past else "nothing to undo"
        return "" if self.history.future else "nothing to redo"

    def answer(self, routing: Routing, plan: Plan, facts: Facts) -> bool:
        """Take the solver's answer; False where it has been overtaken by an edit."""
        if routing != self.routing or facts != self.facts:
            return False
        now = self.history.now.value
        if now != self._answered and self.plan is not None and self.plan.found:
            self.before = self.plan.cost
        self.plan, self._answered = plan, now
        self._note_saved()
        return True

    def _note_saved(self) -> None:
        """The plan is that of the saved rules too, where they are the same and no figure is only tried."""
        if self.solved and not self.dirty and not self.cautious and not self.differing:
            self.saved_plan = self.plan

    def reload(self) -> bool:
        """Take the file as it is on disk, as one edit; whether the rules changed. Raises InputError."""
        session = self.session.reloaded()
        changed = self.edit(lambda _: session.routing, ("limits",), "reload")
        if session.routing != self.session.routing:
            self.saved_plan = None
        self.session = session
        self._note_saved()
        return changed

    def recover(self, text: str, whatif: Facts, cautious: bool) -> bool:
        """Take the rules and what-if figures of a draft, as one edit; whether that changes anything.

        Raises InputError for what is no routing, or names what the catalogue does not have.
        """
        from ...engine.adapters.catalog.overlay import with_facts

        with_facts(self.session.catalog, whatif)
        return self._change(State(self.session.read(text), whatif, cautious), ("limits",), "unsaved edits")

    def replay(self, path: FilePath, text: str | None = None) -> None:
        """Repeat the edits of a record, whose text may be read already. Raises InputError with its line."""
        from ...engine.adapters.disk import read_text
        from .recording import applied, edits_in

        try:
            for edit in edits_in(read_text(path) if text is None else text):
                if edit.travel is None:
                    self.edit(partial(applied, edit), ("limits",), "replay")
                elif self.travel(edit.travel) is None:
                    raise InputError(f"nothing to {edit.parts[0]}", key=f"line {edit.line}")
        except InputError as error:
            raise error.at(str(path)) from None

    @property
    def answer_given(self) -> Routing:
        """The rules with the routes that answer them; there has to be a plan of these rules."""
        from ...engine.adapters.solution_stamp import stamped

        assert self.solved and self.plan is not None
        return stamped(self.routing, self.plan, self.catalog)

    @property
    def text(self) -> str:
        """What a save would write: the rules, with their plan where there is one."""
        told = replace(self.session, catalog=self.catalog)
        return told.written(self.routing, self.plan if self.solved else None, self.differing)

    def save(self, path: FilePath) -> str:
        """Write the rules, with their plan where there is one. Returns what `disk.save` has to say. Raises
        InputError."""
        told = replace(self.session, catalog=self.catalog)  # the stamp says what the plan was made from
        saved, links = told.saved(self.routing, self.plan if self.solved else None, path, self.differing)
        if self.dirty:
            self.saved_plan = None
        self.session = replace(saved, catalog=self.session.catalog)
        self._note_saved()
        return links

    def keep(self, path: FilePath) -> str:
        """Write the what-if figures into the overlay: they are the catalogue's then. Returns what `disk.save`
        has to say. Raises InputError."""
        from ...engine.adapters.catalog.file import merged
        from ...engine.adapters.catalog.overlay import keep, with_mine
        from .file import today

        day = today()
        links = keep(path, self.whatif, day)
        self.session = replace(self.session, catalog=with_mine(self.session.catalog, self.whatif, day))
        self._kept = merged(self._kept, self.whatif)
        self._catalog = self.saved_plan = None
        self._note_saved()
        return links

    def why_not_keep(self) -> str:
        """Why what-if figures have nowhere to be kept; nothing where they have."""
        from ...engine.adapters.catalog.file import user_overlay

        if self.own_catalog:
            return "with --catalog no overlay is read: put the figures into that file yourself"
        return "" if user_overlay() is not None else "there is no home folder to keep them in"

    @property
    def losses(self) -> list[str]:
        """What a quit would lose, in words."""
        found = ["unsaved changes"] if self.dirty else []
        if count := self.differing:
            found.append(f"{count} what-if figure{'s' if count > 1 else ''}")
        if self.scenarios and self.session.path is None:
            found.append("the kept scenarios, for these rules are in no file")
        return found


def opened(
    path: FilePath | None,
    catalog: FilePath | None,
    record: FilePath | None = None,
    script: FilePath | None = None,
    script_text: str | None = None,
) -> Desk:
    """The desk for a file, or for the ready-made routing, after the edits of `script`. Raises InputError.

    `script_text` is what is in `script`, where it was read already.
    """
    from . import scenario
    from .file import opened as read  # brings pydantic: after the first paint, in a thread
    from .file import windows
    from .recording import Recorder

    session = read(path, catalog)
    desk = Desk(session, windows(session.catalog), own_catalog=catalog is not None)
    desk.scenarios = () if path is None else scenario.read(path)
    if record is not None:
        if record == script:
            raise InputError("cannot be recorded to and replayed at once", where=str(record))
        desk.recorder = Recorder(record, str(path or "ready-made"))
    if script is not None:
        desk.replay(script, script_text)
    return desk
