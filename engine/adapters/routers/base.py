"""What every router's file is made from, and what each router can express."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ...domain.catalog import Catalog
from ...domain.errors import InputError
from ...domain.routing import Label
from .characters import escaped, unseen
from .names import variant
from .wire import Wire, Wires, wire

FAMILIES = {"opus": "think", "sonnet": "default", "haiku": "background"}
"""Claude Code's model families and the label each stands for: it asks for thinking on every request."""

CLASSIC = ("default", "background", "think", "longContext", "webSearch", "image")
_PLAN = re.compile(r"[\w.-]*coding[\w.-]*[/,]")  # a provider's flat rate, as zai-coding-plan
SHARE_TOL = 5e-6  # shares in a file have six digits; the largest takes up what their rounding leaves
THRESHOLD = 60_000  # tokens of prompt from which longContext takes over, as claude-code-router has it


@dataclass(frozen=True)
class Mix:
    """Where a label's requests go: shares of offers, then fallbacks in order."""

    label: Label
    shares: Mapping[str, float]
    fallbacks: tuple[str, ...] = ()

    @property
    def main(self) -> str:
        """The offer with the largest share."""
        return max(self.shares, key=lambda offer: self.shares[offer])


@dataclass(frozen=True)
class Target:
    """What a router can express. `labels` None: any; `missing` what else it lacks, in words.

    `refuses`: offers that it answers with an error, even where its file names them. `per_request`: a mix is
    drawn for each request, not for each session. `advice`: what a person can do where it reaches none of the
    offers that the rules need. `shapes`: settings by their dotted keys that a merge takes for a list, a table
    or a list of tables.
    """

    title: str
    reaches: Callable[[Wire], bool]
    refuses: Callable[[Wire], bool] = lambda wire: False  # noqa: ARG005
    mixes: bool = False
    fallbacks: bool = False
    labels: tuple[str, ...] | None = None
    yaml: bool = False
    comment: str = ""
    missing: str = ""
    advice: str = ""
    per_request: bool = False
    shapes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Found:
    """A router's file read back: shares and fallbacks by label, and what could not be matched."""

    shares: dict[str, dict[str, float]] = field(default_factory=dict)
    fallbacks: dict[str, tuple[str, ...]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)  # labels of which no offer is known

    @property
    def offers(self) -> set[str]:
        """Every offer that the file names, so that its router reaches it."""
        behind = [offer for spare in self.fallbacks.values() for offer in spare]
        return {offer for mix in self.shares.values() for offer in mix} | set(behind)


@dataclass(frozen=True)
class Job:
    """One export: the mixes by label, where the file will be, and what `import config` reads in it now."""

    catalog: Catalog
    mixes: Mapping[str, Mix]
    threshold: int = THRESHOLD
    out: Path | None = None
    before: Found = field(default_factory=Found)

    def stands(self, label: str, fallbacks: bool = True) -> bool:
        """Whether the file gives a label its mix already."""
        return same_mix(self.mixes[label], self.before, label, fallbacks)

    def wire(self, offer: str) -> Wire:
        """How an offer is reached."""
        return wire(self.catalog, offer)

    def main(self, label: str) -> Wire | None:
        """The one offer of a label; None where the routing has no such label."""
        return self.wire(self.mixes[label].main) if label in self.mixes else None

    @property
    def wires(self) -> list[Wire]:
        """Every offer in use, each once."""
        used = [offer for mix in self.mixes.values() for offer in (*mix.shares, *mix.fallbacks)]
        return [self.wire(offer) for offer in dict.fromkeys(used)]

    @property
    def base(self) -> str:
        """The label that takes what no other takes."""
        return "default" if "default" in self.mixes else next(iter(self.mixes))


@dataclass(frozen=True)
class Written:
    """A router's file as plain values, files beside it by name, what a person must still do, and what changes
    for the parts of the file that are not modelpick's."""

    data: Any
    files: dict[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


@dataclass
class Reader:
    """Collects what a file says, offer by offer."""

    wires: Wires
    found: Found = field(default_factory=Found)

    def note(self, text: str) -> None:
        """Say something of the file, once."""
        if text not in self.found.notes:
            self.found.notes.append(text)

    def label(
        self, name: str, parts: list[tuple[str | None, float, str]], then: list[tuple[str | None, str]]
    ) -> None:
        """A label's parts (offer, weight, name in the file) and fallbacks; what is unknown becomes a note."""
        if any(map(unseen, name)):
            self.note(f"the name '{escaped(name)}' holds characters that are not seen, left out")
            self.found.lost.append(name)
            return
        for offer, name_there in [*((offer, there) for offer, _, there in parts), *then]:
            if offer is None:
                instead = self.wires.instead(name_there)
                self.note(f"{name}: {name_there!r} is not in the catalogue, left out{instead}")
            elif (ending := variant(name_there)) and not (self.wires.offers[offer].id or "").endswith(ending):
                self.note(
                    f"{name}: {name_there!r} is counted as {offer}; what {ending} changes in price is not"
                )
            elif _PLAN.match(name_there):
                self.note(f"{name}: {name_there!r} is counted as {offer}, by the token, not as a plan")
        known: dict[str, float] = {}
        for offer, weight, _ in parts:
            if offer is not None and weight > 0:
                known[offer] = known.get(offer, 0.0) + weight
        total = sum(known.values())
        unknown = sum(weight for offer, weight, _ in parts if offer is None and weight > 0)
        if total and unknown:
            part = unknown / (total + unknown)
            self.note(f"{name}: {_percent(part)} of it is unknown; the rest is taken as the whole")
        if total:
            self.found.shares[name] = {offer: weight / total for offer, weight in known.items()}
            self.found.fallbacks[name] = tuple(
                dict.fromkeys(offer for offer, _ in then if offer is not None and offer not in known)
            )
        elif parts:
            self.found.lost.append(name)
            if not unknown:
                self.note(f"{name}: none of its models has a weight above 0 that counts, left out")


def _percent(share: float) -> str:
    """A share as a percentage that is never rounded to nothing or to all."""
    digits = next((n for n in range(5) if 0 < float(f"{share * 100:.{n}f}") < 100), 5)
    return f"{share * 100:.{digits}f}%"


LIST, TABLE, TABLES = "list", "table", "list of tables"


def check_shapes(settings: Any, target: Target, where: str) -> None:
    """Raises InputError for settings of another shape than the router's own, as a merge would lose them."""
    for key, shape in target.shapes.items():
        setting = settings
        for part in key.split("."):
            setting = table(setting).get(part)
        if setting is None:
            continue
        fits = isinstance(setting, Mapping if shape == TABLE else list)
        if not fits or (shape == TABLES and len(rows(setting)) < len(setting)):
            raise InputError(f"is no {shape}, so nothing can be merged", key=key, where=where)


def same_mix(mix: Mix, before: Found, label: str, fallbacks: bool = True) -> bool:
    """Whether a router's file gives a label these shares and fallbacks already, to six digits."""
    shares = before.shares.get(label)
    if shares is None or set(shares) != set(mix.shares):
        return False
    if fallbacks and tuple(before.fallbacks.get(label, ())) != tuple(mix.fallbacks):
        return False
    return all(abs(shares[offer] - share) < SHARE_TOL for offer, share in mix.shares.items())


def whole_number(value: Any) -> int | None:
    """A count above 0 that a file holds as a number or as text; None for anything else."""
    if isinstance(value, str) and value.strip().isdecimal():
        value = int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else None


def table(value: Any) -> dict[str, Any]:
    """`value` if it is a table of names, else an empty one: files written by others hold anything."""
    return {str(key): item for key, item in value.items()} if isinstance(value, Mapping) else {}


def items(value: Any) -> list[Any]:
    """`value` if it is a list, else an empty one."""
    return value if isinstance(value, list) else []


def shared(value: Any) -> list[tuple[str, float]]:
    """The [model, share] pairs in a list."""
    pairs = [each for each in items(value) if isinstance(each, list) and len(each) == 2]
    return [(str(model), float(share)) for model, share in pairs if isinstance(share, (int, float))]


def rows(value: Any) -> list[dict[str, Any]]:
    """The tables in a list."""
    return [table(entry) for entry in items(value) if isinstance(entry, Mapping)]


def texts(value: Any) -> list[str]:
    """The texts in a list."""
    return [item for item in items(value) if isinstance(item, str)]
