"""A screen's keys as they are now, and why one is off: hints, footers, help and palette all ask here.

An action `action_NAME` that can be off has an `off_NAME` beside it, which gives the reason, or "".
"""

from __future__ import annotations

from functools import cache, partial
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar

from textual.binding import Binding, BindingType
from textual.dom import DOMNode
from textual.keys import format_key
from textual.screen import ModalScreen, Screen

from . import textual_private

if TYPE_CHECKING:
    from textual.binding import ActiveBinding

    from .entries import Entry, SettingLine

Result = TypeVar("Result")
_WORDS = {"enter": "Enter", "escape": "Esc", "tab": "tab", "space": "space"}
_MODIFIERS = {"ctrl+": "^", "shift+": "⇧", "alt+": "alt+"}


def printed(key: str) -> str:
    """A key as it stands on a keyboard: 'Enter', '^r', '→', '?'."""
    lead = ""
    for long, short in _MODIFIERS.items():
        if long in key:
            lead, key = lead + short, key.replace(long, "")
    return lead + _WORDS.get(key, format_key(key))


@cache
def keys_of_class(node: type[DOMNode]) -> dict[str, tuple[str, ...]]:
    """Name of a binding -> its keys, as the class has them; its own before those it inherits."""
    keys: dict[str, tuple[str, ...]] = {}
    for base in node.__mro__:
        own_keys: dict[str, tuple[str, ...]] = {}
        for binding in Binding.make_bindings(base.__dict__.get("BINDINGS", ())):
            if binding.id:
                own_keys[binding.id] = (*own_keys.get(binding.id, ()), binding.key)
        keys = {**own_keys, **keys}
    return keys


class BaseScreen(Screen[Result], Generic[Result]):
    """A screen that knows its keys; `PANELS` are the kinds of its widgets that have keys of their own."""

    PANELS: ClassVar[tuple[type[DOMNode], ...]] = ()

    def say(self, text: str, bad: bool = False) -> None:
        """One sentence, where the screen has its hint."""
        hint: Any = getattr(self, "hint", None)
        if hint is not None:
            hint.say(text, bad)

    def key(self, name: str) -> str:
        """The first key of an action by its name; of this screen, else of another one that is open."""
        mapped = textual_private.keymap(self.app).get(name)
        if mapped:
            return printed(mapped.split(",")[0])
        for kind in (*self.PANELS, type(self), *map(type, reversed(self.app.screen_stack)), type(self.app)):
            for node_class in (kind, *getattr(kind, "PANELS", ())):
                if keys := keys_of_class(node_class).get(name):
                    return printed(keys[0])
        raise KeyError(name)

    def every_key(self) -> list[tuple[DOMNode, Binding]]:
        """All bindings of the screen, its panels and the app, as they are now, each with its node."""
        nodes = [node for kind in self.PANELS for node in self.query(kind)]  # type: ignore[type-var]
        pairs: list[tuple[DOMNode, Binding]] = []
        for node in (*nodes, self, self.app):
            bindings = textual_private.bindings(node)
            bindings.apply_keymap(textual_private.keymap(self.app))
            pairs += [(node, binding) for many in bindings.key_to_bindings.values() for binding in many]
        return [(node, binding) for node, binding in pairs if binding.id and binding.description]

    def disabled_reason(self, action: str, node: DOMNode) -> str:
        """Why an action can do nothing now; nothing where it can."""
        target, name, parameters = textual_private.parse_action(self.app, action, node)
        off = getattr(target, f"disabled_reason_{name}", None)
        return "" if off is None else str(off(*parameters))

    @property
    def active_bindings(self) -> dict[str, ActiveBinding]:
        """As textual has them; one that is off is not enabled, and says why."""
        active = super().active_bindings
        for key, (node, binding, enabled, _) in active.items():
            if enabled and binding.show and (why := self.disabled_reason(binding.action, node)):
                active[key] = active[key]._replace(enabled=False, tooltip=why)
        return dict(sorted(active.items(), key=lambda entry: self._place(entry[1])))

    def _place(self, active: ActiveBinding) -> tuple[int, int]:
        """As declared, whatever it is mapped to: panel, screen, app; then name by name."""
        names = list(keys_of_class(type(active.node)))
        at = names.index(active.binding.id) if active.binding.id in names else len(names)
        return (2 if active.node is self.app else 1 if active.node is self else 0), at

    def places(self) -> list[Entry]:
        """What the finder can go to from here, besides actions."""
        return []

    def setting_line(self) -> SettingLine | None:
        """How `:` sets a rule in the finder; None where it does not."""
        return None

    def action_find_line(self) -> None:
        """Find a line of the list that has the keyboard."""
        from .entries import Entry

        app: Any = self.app
        panel: Any = self.focused
        if hasattr(panel, "named_lines"):
            entries = [Entry("line", text, run=partial(panel.go, at)) for at, text in panel.named_lines()]
            app.open_finder(f"Find in {panel.title.lstrip('0123456789 ') or 'the list'}", entries)

    def action_help(self) -> None:
        """Every key of this screen, and what the signs mean."""
        app: Any = self.app
        app.show_help(self)


class Dialog(ModalScreen[Result], BaseScreen[Result], Generic[Result]):
    """A dialog that knows its keys."""

    # Textual takes a modal screen's keys for all there are: the app's own would not reach it.
    BINDINGS: ClassVar[list[BindingType]] = [Binding("ctrl+z", "app.suspend_process", "Suspend", show=False)]
