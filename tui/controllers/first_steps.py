"""The first minute: five steps of one task, ticked off as they are done; gone for good when all are."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from ...engine.domain.field_facts import Sense
from ...engine.domain.rules import RulePath, sections, set_in, spec_of, value_of
from .. import formatting
from ..settings import remember, remembered

if TYPE_CHECKING:
    from ...engine.domain.routing import Routing

_REMEMBERED = "first-steps"
MONTH, RULES, PLAN, RELAX, EXPORT = STEPS = ("month", "rules", "plan", "relax", "export")


def are_over() -> bool:
    """Whether they have been done, or dismissed, in this session or an earlier one."""
    return bool(remembered(_REMEMBERED).get("over"))


class FirstSteps:
    """Which of the steps are done, and each in words; kept in the state folder from session to session."""

    def __init__(self, routing: Routing, key: Callable[[str], str]) -> None:
        """`key` gives the key of an action by its name."""
        done = remembered(_REMEMBERED).get("done")
        self.done = {step for step in done if step in STEPS} if isinstance(done, list) else set()
        self.importable = ""  # whose logs or config could be imported
        self.dearest = ""  # the rule whose next step saves most, and what it saves
        self._routing, self._key = routing, key

    @property
    def all_done(self) -> bool:
        """Whether nothing is left to do."""
        return len(self.done) == len(STEPS)

    def tick(self, step: str) -> bool:
        """Take a step as done; whether it was not."""
        if step in self.done:
            return False
        self.done.add(step)
        self._keep(over=self.all_done)
        return True

    def edited(self, routing: Routing) -> bool:
        """Tick what the rules show as done since they were last looked at; whether anything was."""
        steps = set(steps_between(self._routing, routing))
        self._routing = routing
        ticked = [self.tick(step) for step in steps]
        return any(ticked)

    def dismiss(self) -> None:
        """Never offer them again."""
        self._keep(over=True)

    def _keep(self, over: bool) -> None:
        remember(_REMEMBERED, {"done": [step for step in STEPS if step in self.done], "over": over})

    def lines(self, short: bool) -> list[str]:
        """A line each and how to be rid of them; `short`: only the next one."""
        words = self._words()
        if short:
            step = next((step for step in STEPS if step not in self.done), EXPORT)
            return [f"{STEPS.index(step) + 1}/{len(STEPS)} {words[step]} {self._key('end_tour')} ends this."]
        lines = [
            f"{'✓' if step in self.done else '·'} {at} {words[step]}" for at, step in enumerate(STEPS, 1)
        ]
        about = (
            "modelpick finds the cheapest mix of models for each label that keeps your rules. First steps:"
        )
        return [about, *lines[:-1], f"{lines[-1]} {self._key('end_tour')} hides these for good."]

    def _words(self) -> dict[str, str]:
        key = self._key
        imports = f"{key('import')} imports {self.importable or 'it from logs'}"
        dearest = self.dearest or f"{key('sort_rules')} puts it first"
        return {
            MONTH: f"Is this your month? {key('edit')} types it, {imports}.",
            RULES: f"What must hold? {key('add')} adds a rule, {key('step_up')} {key('step_down')} step one.",
            PLAN: f"Read the plan: {key('panel_2')} who answers, {key('panel_4')} what is next and why not.",
            RELAX: f"Relax the dearest rule: {dearest}; {key('undo')} undoes anything.",
            EXPORT: f"Take it along: {key('export')} exports to your router, {key('save')} saves a file.",
        }


def steps_between(before: Routing, after: Routing) -> Iterator[str]:
    """The steps that an edit is: of the month, of a rule, of a rule that was loosened or dropped."""
    shared = [section for section in sections(before) if section in sections(after)]
    if len(shared) < len(sections(after)):
        yield RULES  # a label of the user's own
    for section in shared:
        for path in {*set_in(before, section), *set_in(after, section)}:
            old, new = (_value(routing, path) for routing in (before, after))
            if old == new:
                continue
            spec = spec_of(path)
            if spec.workload:
                yield MONTH
            else:
                yield RULES
                if _is_looser(spec.sense, old, new):
                    yield RELAX


def _value(routing: Routing, path: RulePath) -> Any:
    return value_of(routing, path) if path in set_in(routing, path.parent) else None


def _is_looser(sense: Sense | None, old: Any, new: Any) -> bool:
    """Whether a rule allows more than before."""
    if sense is None or old is None:
        return False
    if new is None:
        return True
    if not all(isinstance(number, (int, float)) for number in (old, new)):
        return False
    return bool(new > old) if sense is Sense.UPPER else bool(new < old) if sense is Sense.LOWER else False


def importable() -> str:
    """Whose logs, else whose config, are in the usual places; nothing where none is."""
    from ..dialogs.import_config import usual_files, usual_logs

    if logs := usual_logs():
        return formatting.clean(logs[0][0])
    return f"your {usual_files()[0][0]} config" if usual_files() else ""
