"""What has to be said of the offers an answer uses: errors of the catalogue, and last days that are near."""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterable
from datetime import date
from typing import TYPE_CHECKING

from ...domain.catalog import Catalog, OfferStatus
from ...domain.formatting import NO_TIME, deprecated_text, retires_text
from ...domain.levels import base_name
from ...domain.marks import is_near
from ...domain.rules import quality_rules
from ..validation import key_path

if TYPE_CHECKING:
    from ...domain.plan import Plan
    from ...domain.routing import Routing
    from .checks import Finding


def alerts(catalog: Catalog, offers: Iterable[str], today: date) -> list[str]:
    """A sentence for each error that `catalog check` knows of these offers, each last day that is near, each
    that its provider has deprecated, and those of tiers that promise no time.

    Offers that the catalogue does not have are left out.
    """
    used = [offer for offer in dict.fromkeys(offers) if offer in catalog.offers]
    return [
        *error_alerts(catalog, used, today),
        *retirements(catalog, used, today),
        *_deprecated(catalog, used),
        *_without_time(catalog, used),
    ]


def error_alerts(catalog: Catalog, offers: Collection[str], today: date) -> list[str]:
    """The errors of these offers' figures and of their models', with the figures that are probably meant."""
    from .checks import Severity, check_catalog

    named = {name for offer in offers for name in (offer, base_name(offer, catalog.models))}
    owners = [f'offers."{offer}".' for offer in named]
    owners += [f'models."{offer.partition("/")[2]}".' for offer in named]
    return [
        _sentence(finding)
        for finding in check_catalog(catalog, today)
        if finding.severity == Severity.ERROR and finding.path.startswith(tuple(owners))
    ]


def retirements(catalog: Catalog, offers: Iterable[str], today: date) -> list[str]:
    """The offers whose last day has passed or is within RETIRING_DAYS, the soonest first."""
    days = {offer: last_day(catalog, offer, today) for offer in dict.fromkeys(offers)}
    soon = sorted((day, offer) for offer, day in days.items() if day is not None)
    return [f"{offer} {retires_text(day, today)}{_then(catalog, offer)}" for day, offer in soon]


def _deprecated(catalog: Catalog, offers: Iterable[str]) -> list[str]:
    """The offers that their provider wants used no more, with what is known of what comes then."""
    return [
        f"{offer} is {deprecated_text(facts.note)}"
        for offer in offers
        if (facts := catalog.offers[offer]).status == OfferStatus.DEPRECATED
    ]


def _without_time(catalog: Catalog, offers: Iterable[str]) -> list[str]:
    """The offers that answer when their provider has room, in one sentence."""
    slow = [offer for offer in offers if catalog.promises_no_time(offer)]
    return [f"{', '.join(slow)}: {NO_TIME}; a label's max_latency leaves them out"] if slow else []


def _then(catalog: Catalog, offer: str) -> str:
    successor = catalog.offers[offer].successor
    return f"; its list names {successor} for the time after" if successor else ""


def last_day(catalog: Catalog, offer: str, today: date) -> date | None:
    """An offer's last day where it is within RETIRING_DAYS or past."""
    facts = catalog.offers.get(offer)
    if facts is None or facts.retires is None or not is_near(facts.retires, today):
        return None
    return facts.retires


def warn(messages: Iterable[str]) -> None:
    """One warning a line, on standard error."""
    for message in messages:
        sys.stderr.write(f"modelpick: warning: {_one_line(message)}\n")


def note(message: str) -> None:
    """A remark that is no warning, on standard error; '' says nothing."""
    if message:
        sys.stderr.write(f"modelpick: note: {_one_line(message)}\n")


def _one_line(text: str) -> str:
    """Without control characters that a terminal would obey."""
    return "".join(character if character.isprintable() else " " for character in text)


def suspicious_values(routing: Routing) -> list[str]:
    """Values that are allowed and probably not meant: a quality of 0 to 1 where it counts from 0 to 100."""
    floors: list[tuple[tuple[str, ...], float | str | None]] = [
        (("limits", "min_quality"), routing.limits.min_quality)
    ]
    for name, label in routing.labels.items():
        floors += [(("labels", name, rule), getattr(label, rule)) for rule in quality_rules()]
    notes = [
        f"{key_path(path)}: {floor:g} of 100 (did you mean {floor * 100:g}?)"
        for path, floor in floors
        if isinstance(floor, float) and 0 < floor <= 1
    ]
    for name, label in routing.labels.items():
        if 0 < label.percentile <= 1:
            path = key_path(("labels", name, "percentile"))
            notes.append(f"{path}: {label.percentile:g} percent (did you mean {label.percentile * 100:g}?)")
    return notes


def plan_alerts(routing: Routing, catalog: Catalog, today: date) -> list[str]:
    """What `catalog check` knows of the subscriptions that may be bought, and which of them are shut out."""
    if not routing.limits.plans:
        return []
    from .checks import check_plans, plan_path

    owners = tuple(plan_path(name, "") for name in routing.limits.plans)
    sentences = [_sentence(f) for f in check_plans(catalog, today) if f.path.startswith(owners)]
    limits = routing.limits
    for name in dict.fromkeys(limits.plans):
        provider = catalog.plans[name].provider
        allowed = limits.providers is None or provider in limits.providers
        if not allowed or provider in limits.deny_providers:
            rule = "providers" if not allowed else "deny_providers"
            sentences.append(f"limits.plans: {name} buys nothing, as limits.{rule} keeps {provider} out")
    return sentences


def offers_of(*plans: Plan) -> list[str]:
    """The offers that plans route to, then the fallbacks, each once."""
    labels = [label for plan in plans for label in plan.labels.values()]
    used = [route.offer for label in labels for route in label.routes]
    return list(dict.fromkeys([*used, *(offer for label in labels for offer in label.fallbacks)]))


def _sentence(finding: Finding) -> str:
    proposed = finding.proposed
    probably = (
        ""
        if proposed is None
        else f"; probably {proposed:,g}"
        if isinstance(proposed, float)
        else f"; probably {proposed}"
    )
    return f"{finding.path}: {finding.message}{probably}"
