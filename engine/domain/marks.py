"""Marks on figures that deserve less trust: signs that stand before a figure, wherever one is shown.

A figure without one is a published price, a measured median, or a skill fitted to scores others measured.
The signs say what they mean without colour; `LEGEND` has the words for them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import TYPE_CHECKING, NamedTuple

from .rules import find_spec

if TYPE_CHECKING:
    from .catalog import Catalog, Model, Offer
    from .plan import LabelPlan, Plan
    from .routing import Label, Routing

SUPPOSED, ESTIMATED, VENDOR, OLD, DISPUTED = "≠", "~", "*", "†", "‡"
RETIRING_DAYS = 120  # before an offer's last day that its date is said wherever the offer is recommended
OLD_DAYS = 180  # after which a price or a speed is old; a score of weights that do not change is not
APART = 1.25  # how far two sources may be apart before it is worth a look
PRICES = ("input", "output", "cache_read", "cache_write")
SPEEDS = ("ttft", "tps", "spread")
LEGEND: Mapping[str, tuple[str, str]] = {  # in the order they stand in
    SUPPOSED: ("what-if", "a figure of your own that is tried instead of the catalogue's"),
    ESTIMATED: ("estimated", "not measured itself: a skill or a speed out of others that are"),
    VENDOR: ("vendor's claim", "a skill that rests on the maker's own scores alone"),
    OLD: ("old", f"a price or speed of more than {OLD_DAYS} days ago"),
    DISPUTED: ("disputed", "a price that sources state differently, or that can be read in two ways"),
}

_NONE: Mapping[str, str] = {}
_NAMED = 4  # labels that are named; more are counted


class Signs(NamedTuple):
    """The signs of a line's three figures."""

    cost: str = ""
    quality: str = ""
    latency: str = ""

    @property
    def all(self) -> str:
        """Every sign of the line, once."""
        return join_signs(self)

    def about(self, path: str) -> str:
        """Those of the figure that the rule at `path` is about."""
        spec = find_spec(path)
        figure = "" if spec is None else spec.figure
        return {"quality": self.quality, "latency": self.latency}.get(figure, "")


@dataclass(frozen=True)
class Marks:
    """Signs of an offer's figures (field -> signs) and of a model's skills, only where there are any.

    Made once for a catalogue; `changed` are the what-if figures over it, `skill:NAME` among them; `last_days`
    are those of offers that retire within RETIRING_DAYS; `deprecated` the notes of those whose provider wants
    them used no more; `no_time` the offers of tiers that promise none.
    """

    offers: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    models: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    changed: Mapping[str, frozenset[str]] = field(default_factory=dict)
    last_days: Mapping[str, date] = field(default_factory=dict)
    deprecated: Mapping[str, str] = field(default_factory=dict)
    no_time: frozenset[str] = frozenset()
    _cache: dict[tuple[str, tuple[str, ...], float], Signs] = field(
        default_factory=dict, init=False, compare=False, repr=False
    )

    def supposing(self, changed: Mapping[str, frozenset[str]]) -> Marks:
        """The same with these what-if figures."""
        return replace(self, changed=changed)

    def figure(self, offer: str, name: str) -> str:
        """The signs of one figure: a key of the offer, or `skill:NAME`."""
        if name in self.changed.get(offer, ()):
            return SUPPOSED  # whatever the catalogue's own was
        kind, _, skill = name.partition(":")
        if kind == "skill":
            return self.models.get(offer.partition("/")[2], _NONE).get(skill, "")
        return self.offers.get(offer, _NONE).get(name, "")

    def signs(self, offer: str, skills: Iterable[str], percentile: float) -> Signs:
        """What an offer's cost, its quality for these skills and its latency rest on."""
        key = offer, tuple(skills), percentile
        if key not in self._cache:  # a screen asks again with every key
            speeds = SPEEDS if percentile != 50 else SPEEDS[:2]  # the median needs no spread
            self._cache[key] = Signs(
                join_signs(self.figure(offer, name) for name in PRICES),
                join_signs(self.figure(offer, f"skill:{name}") for name in key[1]),
                join_signs(self.figure(offer, name) for name in speeds),
            )
        return self._cache[key]

    def of_offer(self, offer: str, label: Label | None) -> Signs:
        """What an offer's figures on a label rest on; the user's own are not marked."""
        if label is None:
            return self.signs(offer, (), 95.0)
        signs = self.signs(offer, () if label.is_tested else label.skills, label.percentile)
        if not label.measured:
            return signs
        cost = "" if label.is_measured(offer, "cost") else signs.cost
        latency = signs.latency
        if label.is_measured(offer, "latency"):
            certain = label.percentile == 50 or label.is_measured(offer, "spread")
            latency = "" if certain else self.figure(offer, "spread")
        return Signs(cost, signs.quality, latency)

    def of_label(self, label: Label | None, label_plan: LabelPlan) -> tuple[list[Signs], Signs]:
        """Of each of a label's routes, and of their mix. A figure that is not known has no sign."""
        routes = []
        for route in label_plan.routes:
            signs = self.of_offer(route.offer, label)
            quality = signs.quality if route.quality is not None else ""
            routes.append(Signs(signs.cost, quality, signs.latency if route.latency is not None else ""))
        used = [signs for signs, route in zip(routes, label_plan.routes, strict=True) if route.share > 0]
        mix = Signs(*(join_signs(column) for column in zip(*used, strict=True)))
        quality = "" if label_plan.quality is None else mix.quality
        return routes, Signs(mix.cost, quality, "" if label_plan.latency is None else mix.latency)

    def mixes(self, routing: Routing, plan: Plan) -> dict[str, Signs]:
        """Label -> what its mix rests on."""
        return {
            name: self.of_label(routing.labels.get(name), label_plan)[1]
            for name, label_plan in plan.labels.items()
        }

    def resting_text(self, routing: Routing, plan: Plan, named: int = _NAMED) -> str:
        """What a plan's figures rest on: '~ estimated in background, think'; nothing if all is plain.

        More than `named` labels are counted.
        """
        mixes = self.mixes(routing, plan)
        marked = {sign: [name for name, mix in mixes.items() if sign in mix.all] for sign in LEGEND}

        def where(names: list[str]) -> str:
            if len(names) == len(mixes) > 1:
                return "every label"
            return ", ".join(names) if len(names) <= named else f"{len(names)} of {len(mixes)} labels"

        return " · ".join(f"{s} {LEGEND[s][0]} in {where(names)}" for s, names in marked.items() if names)

    def of_plan(self, routing: Routing, plan: Plan) -> Signs:
        """Of the total: what any label's mix rests on."""
        mixes = self.mixes(routing, plan).values()
        return Signs(*(join_signs(column) for column in zip(*mixes, strict=True)))


def join_signs(signs: Iterable[str]) -> str:
    """Each sign once, in the order of the legend."""
    used = set("".join(signs))
    return "".join(sign for sign in LEGEND if sign in used) if used else ""


def legend_text(signs: Collection[str], lead: str = "") -> str:
    """What signs mean, in a few words after `lead`: `~ estimated, † old`; nothing where there are none."""
    meanings = ", ".join(f"{sign} {name}" for sign, (name, _) in LEGEND.items() if sign in signs)
    return lead + meanings if meanings else ""


def mark_names(signs: Collection[str]) -> list[str]:
    """What signs mean, a word or two each."""
    return [name for sign, (name, _) in LEGEND.items() if sign in signs]


def marks_of(catalog: Catalog, today: date) -> Marks:
    """All signs of a catalogue's figures. Pure, and quick: it loads no solver."""
    return Marks(
        {key: _offer_signs(catalog, offer, today) for key, offer in catalog.offers.items()},
        {name: _skill_signs(model) for name, model in catalog.models.items()},
        last_days={
            key: offer.retires
            for key, offer in catalog.offers.items()
            if offer.retires and is_near(offer.retires, today)
        },
        deprecated={key: offer.note for key, offer in catalog.offers.items() if offer.status == "deprecated"},
        no_time=frozenset(filter(catalog.promises_no_time, catalog.offers)),
    )


def is_near(last_day: date, today: date) -> bool:
    """Whether an offer's last day is past or within RETIRING_DAYS."""
    return (last_day - today).days <= RETIRING_DAYS


def price_day(catalog: Catalog, offer: Offer) -> date:
    """The day of an offer's prices: its own, its source's or the catalogue's."""
    return offer.as_of or _source_day(catalog, offer.source) or catalog.as_of


def speed_day(catalog: Catalog, offer: Offer) -> date | None:
    """The day of an offer's speed: its own or its source's."""
    return offer.speed_as_of or _source_day(catalog, offer.speed_source)


def _source_day(catalog: Catalog, key: str) -> date | None:
    return catalog.sources[key].as_of if key in catalog.sources else None


def is_old(day: date | None, today: date) -> bool:
    """Whether a price or speed of that day is too old to rely on."""
    return day is not None and (today - day).days > OLD_DAYS


def prices_differ(ours: float | None, theirs: float | None) -> bool:
    """Whether two statements of a price differ by more than a rounding."""
    return bool(ours and theirs and max(ours / theirs, theirs / ours) > APART)


def _offer_signs(catalog: Catalog, offer: Offer, today: date) -> dict[str, str]:
    old = OLD if is_old(price_day(catalog, offer), today) else ""
    signs = {name: old for name in PRICES if getattr(offer, name) is not None}
    for name in PRICES:
        twofold = bool(offer.ambiguous) and name in ("input", "output")
        if twofold or any(
            prices_differ(getattr(offer, name), getattr(other, name)) for other in offer.disputed
        ):
            signs[name] = signs.get(name, "") + DISPUTED
    slow = OLD if is_old(speed_day(catalog, offer), today) else ""
    slow = (ESTIMATED if offer.speed_basis else "") + slow
    signs |= {name: slow for name in SPEEDS if getattr(offer, name) is not None}
    if not offer.speed_basis and offer.spread == type(offer).model_fields["spread"].default:
        signs["spread"] = ESTIMATED  # nobody states another
    return {name: marks for name, marks in signs.items() if marks}


def _skill_signs(model: Model) -> dict[str, str]:
    """What the catalogue states is not marked; without a fit a skill is the percentile of its scores."""
    kinds = {"interpolated": ESTIMATED, "vendor": VENDOR}
    signs = {name: kinds.get(fit.kind, "") for name, fit in model.fitted.items()}
    return {name: sign for name, sign in signs.items() if sign and name not in model.skills}
