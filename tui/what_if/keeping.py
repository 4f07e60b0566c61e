"""Scenarios as bookmarks: kept under a name, renamed, forgotten, side by side; they outlast the session."""

from __future__ import annotations

from ...engine.domain.errors import InputError
from .. import bookmarks, present
from ..scenario import Scenario
from .asking import Asking


class Keeping(Asking):
    """The what-if screen with its bookmarks."""

    def action_keep(self) -> None:
        """Keep this scenario under a name."""
        from ..dialogs.name import Name

        proposed = present.clean(self.scenario.words)[:40]
        self.app.push_screen(Name("Keep this scenario as", proposed), self._named)

    def off_keep(self) -> str:
        """Today stands beside the others anyway."""
        return "" if self.scenario.factors else "this is how things are today: move a slider first"

    def _named(self, name: str | None) -> None:
        if name is not None:
            others = tuple(one for one in self.sliders.kept if one.name != name)
            replaced = len(others) < len(self.sliders.kept)
            kept = "kept instead of the earlier one" if replaced else "kept"
            self._keep((*others, self.scenario.named(name)), f"{name}: {kept}{self._until()}")

    def _until(self) -> str:
        return (
            ""
            if self._desk.session.path is not None
            else "; it goes to disk with these rules, once they have a file"
        )

    def _keep(self, kept: tuple[Scenario, ...], done: str = "") -> None:
        """Keep these on disk too; say what is done, or what went wrong with the file."""
        self.sliders.kept = self._desk.scenarios = kept
        self.sliders.rebuild()
        self.fill()
        self.foot.dim()
        problem = ""
        if self._desk.session.path is not None:
            try:
                problem = bookmarks.write(self._desk.session.path, kept)
            except InputError as error:
                problem = str(error)
        if done or problem:
            self.say("; ".join(filter(None, (done, problem))), bad=bool(problem))

    def action_rename(self) -> None:
        """Another name for the kept scenario under the cursor."""
        from ..dialogs.name import Name

        place = self.sliders.place
        assert place is not None
        kept = self.sliders.kept
        others = [one.name for at, one in enumerate(kept) if at != place]

        def wrong(name: str) -> str:
            return f"there is a scenario {name!r} already" if name in others else ""

        def said(name: str | None) -> None:
            if name is not None:
                self._keep((*kept[:place], kept[place].named(name), *kept[place + 1 :]))

        self.app.push_screen(Name("Another name for it", kept[place].name, wrong), said)

    def off_rename(self) -> str:
        """What is kept has a name."""
        return "" if self.sliders.place is not None else "stand on a kept scenario to rename it"

    def action_forget(self) -> None:
        """Forget the kept scenario under the cursor."""
        place = self.sliders.place
        assert place is not None
        kept = self.sliders.kept
        self._keep(kept[:place] + kept[place + 1 :], f"{kept[place].name}: forgotten")

    def off_forget(self) -> str:
        """Only what is kept can be forgotten."""
        return "" if self.sliders.place is not None else "stand on a kept scenario to forget it"

    def action_beside(self) -> None:
        """The scenarios that were kept beside today's plan, or back to the plan."""
        self.beside.display = not self.beside.display
        self.plan.display = not self.beside.display
        self.fill()
        if self.beside.display:
            more, less = self.key("beside_right"), self.key("beside_left")
            self.say(f"{less} and {more} go through the scenarios, {self.key('beside')} goes back")
            self.set_focus(self.beside)
        else:
            self.set_focus(self.sliders)
            self.explain()

    def off_beside(self) -> str:
        """Today alone is no comparison."""
        return "" if self.sliders.kept else f"nothing is kept yet; {self.key('keep')} keeps a scenario"
