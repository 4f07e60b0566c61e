"""Pin, deny and allow as edits of a label's rules."""

from __future__ import annotations

from collections.abc import Sequence

from ...engine.domain.routing import Routing
from .edits import dropped, put
from .rules import Path


def denied(routing: Routing, label: str, offer: str) -> Routing:
    """The offer on the label's deny-list, or off it."""
    return _turned(routing, ("labels", label, "deny"), routing.labels[label].deny, offer)


def allowed(routing: Routing, label: str, offer: str) -> Routing:
    """The offer on the label's list of the only ones allowed, or off it; an empty list is dropped."""
    return _turned(routing, ("labels", label, "allow"), routing.labels[label].allow or (), offer)


def pinned(routing: Routing, label: str, offer: str, share: float | None) -> Routing:
    """The offer pinned at a share of the label's requests; None takes the pin away."""
    pin = {key: value for key, value in routing.labels[label].pin.items() if key != offer}
    if share is not None:
        pin[offer] = share
    path = ("labels", label, "pin")
    return put(routing, path, pin) if pin else dropped(routing, path)


def _turned(routing: Routing, path: Path, now: Sequence[str], offer: str) -> Routing:
    if offer not in now:
        return put(routing, path, [*now, offer])
    rest = [one for one in now if one != offer]
    return put(routing, path, rest) if rest else dropped(routing, path)
