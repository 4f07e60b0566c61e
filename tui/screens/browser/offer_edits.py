"""Edits of a label's rules about one offer: deny, allow and pin, each with what it does in words."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from ....engine.domain.rules import RulePath
from ... import formatting
from ...document.edits import allowed, denied, dropped, pinned, put

if TYPE_CHECKING:
    from ....engine.domain.routing import Routing
    from .rows import Row


@dataclass(frozen=True)
class OfferEdit:
    """An edit of `rule` of a label; `message` says what it did."""

    rule: str
    apply: Callable[[Routing], Routing]
    message: str


def _listed_name(row: Row, listed: Collection[str]) -> str:
    """The name by which a list has the offer already, else the one to put on it."""
    return next((name for name in sorted(row.names) if name in listed), row.full_name)


def deny(routing: Routing, label: str, row: Row) -> OfferEdit:
    """Put the offer on the label's deny-list, or take it off; one of a model with levels by its level."""
    offer = _listed_name(row, routing.labels[label].deny)
    denied_now = offer in routing.labels[label].deny
    message = f"{offer} is {'no longer denied' if denied_now else 'denied'} for {label}"
    return OfferEdit("deny", partial(denied, label=label, offer=offer), message)


def allow(routing: Routing, label: str, row: Row, how_to_add: str) -> OfferEdit:
    """On the label's list of the only offers allowed, or off it; a denied one is no longer denied.

    `how_to_add` says which key puts other offers on a new list.
    """
    rules = routing.labels[label]
    if not row.names.isdisjoint(rules.deny):
        return deny(routing, label, row)
    offer = _listed_name(row, rules.allow or ())
    others = [key for key in rules.allow or () if key != offer]
    if rules.allow is not None and offer in rules.allow:
        emptied = "" if others else ", which is gone: any offer may serve"
        message = f"{offer} is off the allow-list{emptied}"
    else:
        serving = f"{len(others) + 1} offers" if others else offer
        message = f"only {serving} may serve {label}: {how_to_add}"
    return OfferEdit("allow", partial(allowed, label=label, offer=offer), message)


def pin(label: str, offer: str, share: float | None) -> OfferEdit:
    """Pin the offer at a share (0-1) of the label's requests; None takes the pin away."""
    message = (
        f"{offer} is no longer pinned"
        if share is None
        else f"{offer} is pinned at {formatting.share(share)} of {label}"
    )
    return OfferEdit("pin", partial(pinned, label=label, offer=offer, share=share), message)


def as_good_as(routing: Routing, label: str, offer: str, quality: float | None) -> OfferEdit:
    """Ask the label's mix to be as good as the offer's model, or no longer; `quality`: its points, 0-100."""
    path, model = RulePath("labels", label, "min_quality"), offer.partition("/")[2]
    if routing.labels[label].min_quality == model:
        message = f"{label} need no longer be as good as {model}"
        return OfferEdit("min_quality", partial(dropped, path=path), message)
    message = f"{label} must be as good as {model} ({formatting.points(quality)} points)"
    return OfferEdit("min_quality", partial(put, path=path, value=model), message)
