"""Edits from the browser: pin, deny and allow for a label, other figures, and back again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ... import formatting
from .screen import BrowserBase

if TYPE_CHECKING:
    from collections.abc import Callable

    from ....engine.domain.routing import Routing


class Editing(BrowserBase):
    """The browser with its edits; the workbench makes them, so that they can be undone there too."""

    def edit(self, make: Callable[[Routing], Routing], rule: str, said: str) -> None:
        """Put an edit of a rule of the label to the workbench, and say what it did."""
        path = ("labels", self.label, rule)
        before = self.document.routing
        if self.workbench.edit(make, path, said) and self.document.routing != before:
            self.place()
            self.tell(f"{said}; {self.key('browse_undo')} takes it back")
        elif self.document.routing == before:
            self.tell(self.workbench.hint.said.removeprefix("✗ "), bad=True)

    def disabled_reason_what_if(self) -> str:
        """Nothing can be done to no offer."""
        return "" if self.table.key is not None else "no offer fits the filter, so there is none to act on"

    disabled_reason_deny = disabled_reason_allow = disabled_reason_pin = disabled_reason_what_if

    def action_deny(self) -> None:
        """Never this offer for the label, or no longer."""
        from ...document.edits import denied

        if (key := self.table.key) is not None:
            gone = key in self.document.routing.labels[self.label].deny
            said = f"{key} is {'no longer denied' if gone else 'denied'} for {self.label}"
            self.edit(lambda routing: denied(routing, self.label, key), "deny", said)

    def action_allow(self) -> None:
        """On the label's list of the only offers allowed, or off it; a denied one is no longer denied."""
        from ...document.edits import allowed

        if (key := self.table.key) is None:
            return
        label = self.document.routing.labels[self.label]
        if key in label.deny:
            self.action_deny()
            return
        rest = [one for one in label.allow or () if one != key]
        if label.allow is not None and key in label.allow:
            said = f"{key} is off the allow-list" + ("" if rest else ", which is gone: any offer may serve")
        else:
            more = f"{self.key('browse_allow')} on others adds them"
            more += f" ({self.key('browse_hide')} shows them)" if self.hidden else ""
            who = f"{len(rest) + 1} offers" if rest else key
            said = f"only {who} may serve {self.label}: {more}"
        self.edit(lambda routing: allowed(routing, self.label, key), "allow", said)

    def action_pin(self) -> None:
        """Give the offer exactly a share of the label's requests, or no longer."""
        from ...document.edits import pinned

        if (key := self.table.key) is None:
            return
        label = self.document.routing.labels[self.label]
        if key in label.pin:
            said = f"{key} is no longer pinned"
            self.edit(lambda routing: pinned(routing, self.label, key, None), "pin", said)
            return
        from .override_dialog import Prompt

        rest = max(1 - sum(label.pin.values()), 0.0)
        question = f"Share of {formatting.clean(self.label)} that {key} gets, exactly"

        def said_share(share: float | None) -> None:
            if share is not None:
                said = f"{key} is pinned at {formatting.share(share)} of {self.label}"
                self.edit(lambda routing: pinned(routing, self.label, key, share), "pin", said)

        self.app.push_screen(Prompt(question, f"{rest:.4g}", "share", most=1.0), said_share)

    def action_what_if(self) -> None:
        """Try another price, speed or score of the offer."""
        from .override_dialog import Supposing

        if (key := self.table.key) is not None:
            self.app.push_screen(Supposing(self.workbench, key), lambda _: self.supposed())

    def supposed(self) -> None:
        """The catalogue has other figures now; what is known of the label stays until there is better."""
        self.read_catalog()
        self.ask()

    def disabled_reason_travel(self, back: bool) -> str:
        """There is nothing there."""
        return self.document.travel_disabled_reason(back)

    def action_travel(self, back: bool) -> None:
        """Undo or redo one edit, of rules or of figures."""
        step = self.workbench.session.travel(back)
        if step is None:
            return
        self.supposed()
        self.tell(f"{'undone' if back else 'redone'}: {step.what or formatting.place(step.path)}")
