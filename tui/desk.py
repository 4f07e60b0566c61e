"""What is being worked on: the session, the history of its routing, and the answer. The one owner of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path as FilePath
from typing import TYPE_CHECKING

from .history import History, Step

if TYPE_CHECKING:
    from ..engine.domain.plan import Plan
    from ..engine.domain.routing import Routing
    from .rules import Path
    from .scenario import Scenario
    from .session import Session


class Desk:
    """The routing with its past, the plan with the routing it answers, and the file they came from."""

    def __init__(self, session: Session, windows: Mapping[str, float]) -> None:
        self.session, self.windows = session, windows
        self.history: History[Routing] = History(Step(session.routing))
        self.plan: Plan | None = None
        self.answered: Routing | None = None
        self.before: float | None = None
        self.scenarios: tuple[Scenario, ...] = ()  # those kept on the what-if screen

    @property
    def routing(self) -> Routing:
        """The rules as they are now."""
        return self.history.now.value

    @property
    def dirty(self) -> bool:
        """Whether there is anything that a quit would lose."""
        return self.routing != self.session.routing

    @property
    def solved(self) -> bool:
        """Whether the plan is the answer to the rules as they are now."""
        return self.answered == self.routing

    def edit(self, make: Callable[[Routing], Routing], path: Path, what: str) -> bool:
        """Apply an edit; False where it changes nothing. Raises InputError: then nothing has changed."""
        routing = make(self.routing)
        if routing == self.routing:
            return False
        self.history = self.history.edited(Step(routing, path, what))
        return True

    def travel(self, back: bool) -> Step[Routing] | None:
        """Undo or redo one edit and give it; None where there is none."""
        undone = self.history.now
        history = self.history.undone() if back else self.history.redone()
        if history is self.history:
            return None
        self.history = history
        return undone if back else history.now

    def answer(self, routing: Routing, plan: Plan) -> bool:
        """Take the solver's answer; False where it has been overtaken by an edit."""
        if routing != self.routing:
            return False
        if routing != self.answered and self.plan is not None and self.plan.found:
            self.before = self.plan.cost
        self.plan, self.answered = plan, routing
        return True

    def save(self, path: FilePath) -> None:
        """Write the rules, with their plan where there is one. Raises InputError."""
        self.session = self.session.saved(self.routing, self.plan if self.solved else None, path)


def opened(path: FilePath | None, catalog: FilePath | None) -> Desk:
    """The desk for a file, or for the ready-made routing. Raises InputError."""
    from .session import opened as read  # brings pydantic: after the first paint, in a thread
    from .session import windows

    session = read(path, catalog)
    return Desk(session, windows(session.catalog))
