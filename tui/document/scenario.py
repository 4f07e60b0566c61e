"""A scenario as a frozen value: factors on traffic and prices, providers down, a confidence; named once kept.

Kept scenarios on disk, in modelpick's own state folder; opened again, a routing file has its own.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...engine.domain.errors import InputError
from ...engine.domain.rules import LIMITS, RulePath
from ..formatting import MINUS
from .edits import put

if TYPE_CHECKING:
    from ...engine.domain.marks import Marks
    from ...engine.domain.plan import Plan
    from ...engine.domain.routing import Routing


Knob = tuple[str, str]  # ("growth", ""), ("prices", provider or "" for all), ("requests", label)
STOPS = (
    *(0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.1, 1.2, 1.3, 1.5, 1.75, 2.0),
    *(2.5, 3.0, 4.0, 5.0, 7.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1000.0),
)  # what a step of a slider goes through
_TYPED = re.compile(r"(?P<lead>[×x=+-]?)\s*(?P<number>\d[\d,_ ]*(\.\d+)?|\.\d+)\s*(?P<percent>%?)")


@dataclass(frozen=True)
class Scenario:
    """What differs from today, and the plan that it brings once that is known.

    `factors`: those other than 1, by knob; `out`: providers that are down; `confidence`: how sure the
    router's rules on quality must be, None as they say.
    """

    factors: tuple[tuple[Knob, float], ...] = ()
    name: str = ""
    out: tuple[str, ...] = ()
    confidence: float | None = None
    plan: Plan | None = field(default=None, compare=False)

    def factor(self, knob: Knob) -> float:
        """A knob's factor, 1 where nobody has moved it."""
        return dict(self.factors).get(knob, 1.0)

    def moved(self, knob: Knob, to: float) -> Scenario:
        """With another factor; its plan is not known yet."""
        rest = tuple((k, f) for k, f in self.factors if k != knob)
        return self._changed(factors=(*rest, (knob, to)) if to != 1.0 else rest)

    def toggled(self, knob: Knob, factor: float) -> Scenario:
        """With a knob at this factor, or back at 1 where it is there already."""
        return self.moved(knob, 1.0 if self.factor(knob) == factor else factor)

    def without(self, providers: Sequence[str]) -> Scenario:
        """With these providers down, and no others."""
        return self._changed(out=tuple(providers))

    def sure(self, confidence: float | None) -> Scenario:
        """With another confidence of the router's; None: its own."""
        return self._changed(confidence=confidence)

    def _changed(self, **fields: Any) -> Scenario:
        return replace(self, **{"name": "", "plan": None, **fields})

    @property
    def is_today(self) -> bool:
        """Whether nothing differs."""
        return not self.factors and not self.out and self.confidence is None

    def stepped(self, knob: Knob, steps: int) -> Scenario:
        """A knob some stops further; to the end of the scale at most."""
        now = self.factor(knob)
        at = min(range(len(STOPS)), key=lambda i: abs(STOPS[i] - now))
        return self.moved(knob, STOPS[max(0, min(at + steps, len(STOPS) - 1))])

    def named(self, name: str) -> Scenario:
        """Kept under a name."""
        return replace(self, name=name)

    @property
    def question(self) -> dict[str, Any]:
        """The arguments of the solver's `what_if`."""
        tables: dict[str, dict[str, float]] = {"prices": {}, "requests": {}}
        for (kind, name), factor in self.factors:
            if kind in tables:
                tables[kind][name] = factor
        more = {"out": list(self.out)} if self.out else {}
        sure = {} if self.confidence is None else {"confidence": self.confidence}
        return {"growth": self.factor(("growth", "")), **tables, **more, **sure}

    @property
    def rules(self) -> str:
        """The part of it that can be adopted as rules, in words: traffic and confidence; else nothing."""
        texts = [f"{knob_name(knob)} ×{factor:g}" for knob, factor in self.factors if knob[0] != "prices"]
        return ", ".join([*texts, *self._sure_words])

    @property
    def words(self) -> str:
        """'traffic ×2, prices of openai ×0.5, azure down, 90 % sure', or 'as it is'."""
        texts = [f"{knob_name(knob)} ×{factor:g}" for knob, factor in self.factors]
        texts += [f"{provider} down" for provider in self.out]
        return ", ".join([*texts, *self._sure_words]) or "as it is"

    @property
    def facts(self) -> Scenario:
        """The part of it that cannot be adopted: prices, and providers that are down."""
        prices = tuple((knob, factor) for knob, factor in self.factors if knob[0] == "prices")
        return self._changed(factors=prices, confidence=None)

    def within(self, routing: Routing) -> Scenario:
        """Without what is of a label that the routing does not have."""
        kept = tuple((k, f) for k, f in self.factors if k[0] != "requests" or k[1] in routing.labels)
        return self if kept == self.factors else self._changed(factors=kept)

    @property
    def _sure_words(self) -> list[str]:
        return [] if self.confidence is None else [f"{self.confidence * 100:.4g} % sure"]

    def marked(self, marks: Marks) -> Marks:
        """The signs of figures, prices that a slider has moved among the what-ifs."""
        from ...engine.domain.marks import PRICES

        sellers = {name for (kind, name), _ in self.factors if kind == "prices"}
        tried = {
            offer: marks.changed.get(offer, frozenset()) | frozenset(PRICES)
            for offer in (marks.offers if sellers else ())
            if "" in sellers or offer.partition("/")[0] in sellers
        }
        return marks.supposing({**marks.changed, **tried}) if tried else marks

    def applied(self, routing: Routing) -> Routing:
        """The routing with the scenario's traffic and confidence; prices and outages are facts, no rules."""
        if self.confidence is not None:
            routing = put(routing, LIMITS.child("confidence"), self.confidence)
        for (kind, name), factor in self.factors:
            if kind == "growth":
                routing = put(routing, LIMITS.child("growth"), round(routing.limits.growth * factor, 9))
            elif kind == "requests":
                requests = round(routing.labels[name].requests * factor, 6)
                routing = put(routing, RulePath("labels", name, "requests"), requests)
        return routing


def factor_of(text: str, now: float | None = None) -> float:
    """A typed factor: '2', '×2', '150%', '+20%', '-30%'; or '=8000' where there are `now` of it.

    Raises InputError for anything else, and outside the sliders' scale.
    """
    typed = _TYPED.fullmatch(text.strip().replace(MINUS, "-"))
    if typed is None:
        raise InputError(f"{text!r} is no factor: 2, 150%, +20% or -30%")
    number = float(re.sub("[,_ ]", "", typed["number"]))
    if typed["lead"] == "=":
        if not now:
            raise InputError("this has no figure of its own; type a factor")
        factor = number / now
    elif typed["percent"]:
        sign = {"+": 1, "-": -1}.get(typed["lead"], 0)
        factor = 1 + sign * number / 100 if sign else number / 100
    elif typed["lead"] in ("+", "-"):
        raise InputError(f"{text!r}: a change is in percent, as in {typed['lead']}20%")
    else:
        factor = number
    if not STOPS[0] <= factor <= STOPS[-1]:
        raise InputError(f"×{factor:g} is outside ×{STOPS[0]:g} to ×{STOPS[-1]:g}")
    return round(factor, 9)


def knob_name(knob: Knob) -> str:
    """What a knob turns, in words."""
    kind, name = knob
    if kind == "growth":
        return "traffic"
    if kind == "prices":
        return f"prices of {name}" if name else "all prices"
    return f"requests of {name}"


def knobs(routing: Routing, plan: Plan | None) -> list[Knob]:
    """Traffic, all prices, every label's requests, and the prices of each provider in use."""
    every_knob: list[Knob] = [("growth", ""), ("prices", "")]
    every_knob += [("requests", name) for name in routing.labels]
    return every_knob + [("prices", provider) for provider in sorted(providers_in_use(plan))]


def providers_in_use(plan: Plan | None) -> list[str]:
    """The providers of a plan's offers, the one that is paid most first."""
    costs: dict[str, float] = {}
    for label in plan.labels.values() if plan else ():
        for route in label.routes:
            provider = route.offer.partition("/")[0]
            costs[provider] = costs.get(provider, 0.0) + route.cost
    return sorted(costs, key=lambda provider: (-costs[provider], provider))


_KINDS = ("growth", "prices", "requests")


def place() -> Path:
    """The one file for all routings."""
    from ...engine.adapters.folders import user_folder

    return user_folder("state") / "scenarios.json"


def read(routing: Path) -> tuple[Scenario, ...]:
    """The scenarios kept for a routing file; none where there are none, or where they cannot be read."""
    try:
        rows = _all().get(str(routing.resolve()), ())
    except (InputError, _Damaged):
        return ()
    return tuple(filter(None, map(scenario_of, rows))) if isinstance(rows, list) else ()


def write(routing: Path, kept: Sequence[Scenario]) -> str:
    """Keep these for a routing file, and leave those of others, and what is not understood.

    A damaged file is set aside, not replaced: what is returned says where, for the user. Raises InputError.
    """
    from ...engine.adapters.disk import reason_text, save

    path, note, scenarios = place(), "", dict[str, Any]()
    try:
        scenarios = _all()
    except _Damaged:
        note = f"the scenarios kept before could not be read; they are set aside in {_set_aside(path)}"
    key = str(routing.resolve())
    old = scenarios.pop(key, None)
    rows = [row for row in old if scenario_of(row) is None] if isinstance(old, list) else []
    rows += map(row_of, kept)
    if rows:
        scenarios[key] = rows
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(
            f"scenarios are kept for this session only: {reason_text(error)}", where=str(path)
        ) from None
    save(path, json.dumps(scenarios, indent=1, ensure_ascii=False) + "\n")
    return note


class _Damaged(Exception):
    """The file is there, but not what modelpick wrote."""


def _all() -> dict[str, Any]:
    """Scenarios by routing file. Raises _Damaged, and InputError where the file cannot be opened."""
    from ...engine.adapters.disk import MAX_BYTES, reason_text

    path = place()
    try:
        with path.open("rb") as file:
            text = file.read(MAX_BYTES)
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except OSError as error:
        raise InputError(f"scenarios cannot be kept: {reason_text(error)}", where=str(path)) from None
    try:
        scenarios = json.loads(text)
    except (ValueError, RecursionError):
        raise _Damaged from None
    if not isinstance(scenarios, dict):
        raise _Damaged
    return scenarios


def _set_aside(path: Path) -> Path:
    """Rename a damaged file; the new name, which no other file had. Raises InputError."""
    from ...engine.adapters.disk import reason_text

    stem = f"{path.name}.damaged-{datetime.now():%Y%m%d-%H%M%S}"
    names = (path.with_name(stem if n == 1 else f"{stem}-{n}") for n in count(1))
    aside = next(name for name in names if not name.exists())
    try:
        path.rename(aside)
    except OSError as error:
        what = f"is damaged and cannot be set aside: {reason_text(error)}"
        raise InputError(what, where=str(path)) from None
    return aside


def row_of(scenario: Scenario) -> dict[str, Any]:
    """A scenario in plain values, for a file; `scenario_of` reads it."""
    return {
        "name": scenario.name,
        "factors": [[*knob, factor] for knob, factor in scenario.factors],
        **({"out": list(scenario.out)} if scenario.out else {}),
        **({} if scenario.confidence is None else {"confidence": scenario.confidence}),
    }


def scenario_of(row: Any) -> Scenario | None:
    """The scenario of a row; None for what is none."""
    try:
        factors = tuple(((str(kind), str(name)), float(factor)) for kind, name, factor in row["factors"])
        out, confidence = tuple(map(str, row.get("out", ()))), row.get("confidence")
        sound = all(k[0] in _KINDS and STOPS[0] <= factor <= STOPS[-1] for k, factor in factors)
        sound &= confidence is None or 0.5 <= float(confidence) < 1
        name, sure = str(row["name"]), None if confidence is None else float(confidence)
        return Scenario(factors, name, out, sure) if sound else None
    except (AttributeError, KeyError, TypeError, ValueError, OverflowError):
        return None
