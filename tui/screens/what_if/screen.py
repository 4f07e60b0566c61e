"""What if there were more traffic, or other prices: the keys of its sliders."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType

from ....engine.domain.errors import InputError
from ...document.scenario import Scenario, factor_of, knob_name
from .keeping import Keeping

_OF_SLIDERS = ("step", "type", "reset", "keep", "rename", "forget", "take")


class WhatIfScreen(Keeping):
    """Dismissed with the routing of the scenario that was adopted and what it is in words, or None."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("right,l,plus,equals_sign", "step(1)", "More", key_display="→", id="more"),
        Binding("left,h,minus,underscore", "step(-1)", "Less", key_display="←", id="less"),
        Binding("greater_than_sign", "step(5)", "Much more", show=False, id="much_more"),
        Binding("less_than_sign", "step(-5)", "Much less", show=False, id="much_less"),
        Binding("i", "type", "Type", id="factor"),
        Binding("0", "reset", "×1", id="reset"),
        Binding("b", "keep", "Keep", id="keep"),
        Binding("r", "rename", "Rename", show=False, id="rename"),
        Binding("d,delete", "forget", "Forget", key_display="d", id="forget"),
        Binding("c", "beside", "Side by side", id="beside"),
        Binding("enter", "take", "Adopt", key_display="⏎", id="take"),
        Binding("question_mark,f1", "help", "Help", key_display="?", id="what_if_help"),
        Binding("q,escape,W,ctrl+c", "dismiss(None)", "Back", key_display="q", id="what_if_back"),
    ]

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002
        """Side by side there are no sliders to move."""
        return not (self.is_mounted and self.beside.has_focus and action in _OF_SLIDERS)

    def _set(self, scenario: Scenario) -> None:
        self.sliders.scenario = scenario
        self.sliders.rebuild()
        self.ask()

    def action_step(self, steps: int) -> None:
        """Move the slider under the cursor."""
        knob = self.sliders.knob
        assert knob is not None
        moved = self.scenario.stepped(knob, steps)
        if moved == self.scenario:
            self.say("this is the end of the scale")
        else:
            self._set(moved)

    def disabled_reason_step(self, steps: int) -> str:  # noqa: ARG002
        """Only sliders move."""
        return "" if self.sliders.knob is not None else "stand on a slider to move it"

    def action_type(self) -> None:
        """Type the factor of the slider under the cursor, or the requests that it stands for."""
        from ...dialogs.prompts import Name

        knob = self.sliders.knob
        assert knob is not None
        now = self.sliders.absolute(knob)
        about = "×2, 150%, +20% or -30%" + ("" if now is None else f", or ={now:.12g} a month")

        def wrong(text: str) -> str:
            try:
                factor_of(text, now)
            except InputError as error:
                return str(error)
            return ""

        def said(text: str | None) -> None:
            if text is not None:
                self._set(self.scenario.moved(knob, factor_of(text, now)))

        question = f"What if {knob_name(knob)} were"
        self.app.push_screen(Name(question, f"×{self.scenario.factor(knob):g}", wrong, about), said)

    def disabled_reason_type(self) -> str:
        """As for a step."""
        return "" if self.sliders.knob is not None else "stand on a slider to type its factor"

    def action_reset(self) -> None:
        """The slider under the cursor back to 1; elsewhere all of them."""
        knob = self.sliders.knob
        self._set(Scenario() if knob is None else self.scenario.moved(knob, 1.0))

    def disabled_reason_reset(self) -> str:
        """It may be there."""
        knob = self.sliders.knob
        away = self.scenario.factors if knob is None else self.scenario.factor(knob) != 1
        return "" if away else "it is at ×1 already"

    def action_take(self) -> None:
        """A kept scenario: back to it. A slider: the scenario's traffic becomes the routing's."""
        place = self.sliders.place
        if place is not None:
            self._set(self.sliders.kept[place])
            return
        try:
            routing = self.scenario.applied(self.routing)
        except InputError as error:
            self.say(str(error), bad=True)
            return
        told = f"adopted: {self.scenario.traffic}; {self.key('undo')} takes it back"
        self.dismiss((routing, told))

    def disabled_reason_take(self) -> str:
        """Prices are facts; today's traffic is adopted already."""
        if self.sliders.place is not None or self.scenario.traffic:
            return ""
        if self.scenario.factors:
            return "prices are the catalogue's: only other traffic can be adopted"
        return "move a slider of traffic first"
