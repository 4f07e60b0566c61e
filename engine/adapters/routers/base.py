"""What all routers' modules share: what a router can express, one export, and what a file of its holds.

A module of this package is a `Router`; `ROUTERS` in `__init__` lists it by the name of the command line.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

from ...domain.catalog import Catalog
from ...domain.routing import Label
from .endpoints import Endpoint, EndpointIndex, endpoint_of, variant
from .values import escaped, unseen

FAMILIES = {"opus": "think", "sonnet": "default", "haiku": "background"}
"""Claude Code's model families and the label each stands for: it asks for thinking on every request."""

CLASSIC_LABELS = ("default", "background", "think", "longContext", "webSearch", "image")
_FLAT_RATE = re.compile(r"[\w.-]*coding[\w.-]*[/,]")  # a provider's plan, as zai-coding-plan
_VARIANT_PRICES = {
    ":free": "that it is free of charge, within its limits, is not",
    ":online": "what its web searches cost is not",
}
_FROM_ENVIRONMENT = re.compile(r"(?:os\.environ/|\{env:|\$\{?)(\w+)")
SHARE_TOL = 5e-6  # shares in a file have six digits; the largest takes up what their rounding leaves
DEFAULT_THRESHOLD = 60_000  # tokens of prompt from which longContext takes over, as claude-code-router has it


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
    """What a router can express. `labels` None: any; `lacks`: what else it cannot, in words.

    `supports`: offers that it can call; `rejects`: offers that it answers with an error, even where its
    file names them. `mixes`: it splits a label among offers, drawn anew for each request where
    `per_request`, else for each session. `yaml`: the file is YAML, else JSON; `comment`: what begins one
    there, empty for none. `sends_level`: whether it asks an offer that serves a label for its reasoning
    level; `one_level`: only for the same level everywhere; `one_level_a_label`: the level of a label's
    model is that of its fallbacks as well. `keeps_sessions`: how it keeps a conversation at one offer of a
    mix, in words. `advice`: what a person can do where it supports none of the offers that the rules need.
    `shapes`: the settings, by dotted key, that a merge takes for a LIST, a TABLE or TABLES.
    `service_tiers`: its file can ask a provider for a tier, such as flex, or for a region.
    """

    title: str
    supports: Callable[[Endpoint], bool]
    rejects: Callable[[Endpoint], bool] = lambda endpoint: False  # noqa: ARG005
    mixes: bool = False
    fallbacks: bool = False
    labels: tuple[str, ...] | None = None
    yaml: bool = False
    comment: str = ""
    lacks: str = ""
    advice: str = ""
    per_request: bool = False
    sends_level: Callable[[str, Endpoint], bool] = lambda label, endpoint: False  # noqa: ARG005
    one_level: bool = False
    one_level_a_label: bool = False
    keeps_sessions: str = ""
    shapes: Mapping[str, str] = field(default_factory=dict)
    service_tiers: bool = False


@dataclass(frozen=True)
class OwnPrice:
    """What a file itself says that an offer costs: USD per million tokens by the catalogue's field, and the
    same of prompts above a number of tokens."""

    label: str
    offer: str
    figures: Mapping[str, float]
    tiers: tuple[tuple[float, Mapping[str, float]], ...] = ()


@dataclass(frozen=True)
class ImportedConfig:
    """A router's file read back: shares and fallbacks by label, and what could not be matched.

    threshold: tokens of prompt from which longContext takes over there, where the file says it.
    """

    shares: dict[str, dict[str, float]] = field(default_factory=dict)
    fallbacks: dict[str, tuple[str, ...]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    order: list[str] = field(default_factory=list)  # labels as the file has them
    unknown_models: dict[str, list[str]] = field(default_factory=dict)  # names that are no offer, by label
    prices: list[OwnPrice] = field(default_factory=list)
    discounts: dict[str, float] = field(default_factory=dict)  # by provider, a fraction of what it lists
    threshold: int | None = None

    @property
    def unknown_labels(self) -> list[str]:
        """The labels of which no offer is known, so that they have no routes."""
        return [label for label in self.unknown_models if label not in self.shares]

    @property
    def labels(self) -> list[str]:
        """Every label of the file, in its order."""
        unknown = self.unknown_labels
        return [label for label in self.order if label in self.shares or label in unknown]

    @property
    def offers(self) -> set[str]:
        """Every offer that the file names, so that its router reaches it."""
        mixes = {offer for mix in self.shares.values() for offer in mix}
        return mixes.union(*self.fallbacks.values())


@dataclass(frozen=True)
class ExportJob:
    """One export: the mixes by label, tokens of a long prompt, the file, and what is in it, as it is read."""

    catalog: Catalog
    mixes: Mapping[str, Mix]
    threshold: int = DEFAULT_THRESHOLD
    out: Path | None = None
    existing: ImportedConfig = field(default_factory=ImportedConfig)

    def is_unchanged(self, label: str, fallbacks: bool = True) -> bool:
        """Whether the file gives a label its mix already."""
        return same_mix(self.mixes[label], self.existing, label, fallbacks)

    def changed_labels(self, labels: Iterable[str]) -> list[str]:
        """Those of `labels` to which the file gives another mix, whatever their fallbacks."""
        return [n for n in labels if n in self.mixes and not self.is_unchanged(n, fallbacks=False)]

    @cached_property
    def index(self) -> EndpointIndex:
        """From a name in the file to the offer."""
        from .own_names import endpoint_index

        return endpoint_index(self.catalog)

    def endpoint(self, offer: str) -> Endpoint:
        """How an offer is reached."""
        return endpoint_of(self.catalog, offer)

    @property
    def endpoints(self) -> list[Endpoint]:
        """Every offer in use, each once."""
        used = [offer for mix in self.mixes.values() for offer in (*mix.shares, *mix.fallbacks)]
        return [self.endpoint(offer) for offer in dict.fromkeys(used)]

    @property
    def default_label(self) -> str:
        """The label that takes what no other takes."""
        return "default" if "default" in self.mixes else next(iter(self.mixes))


@dataclass(frozen=True)
class ExportedConfig:
    """A router's file as plain values, with the files that stand beside it, by name.

    `notes` say what a person must still do; `warnings` what changes for the parts of others.
    """

    settings: Any
    side_files: dict[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


@dataclass
class ConfigReader:
    """Collects what a file says, offer by offer. `substitute`: the offer that an unknown model counts as."""

    endpoints: EndpointIndex
    substitute: str | None = None
    config: ImportedConfig = field(default_factory=ImportedConfig)

    def note(self, text: str) -> None:
        """Say something of the file, once."""
        if text not in self.config.notes:
            self.config.notes.append(text)

    def at_level(self, offer: str | None, effort: object) -> str | None:
        """The offer at the reasoning level that the file asks for; one that is not known is noted."""
        at_level, remark = self.endpoints.at_level(offer, effort)
        if remark:
            self.note(remark)
        return at_level

    def add_label(
        self,
        label: str,
        deployments: Sequence[tuple[str | None, float, str]],
        fallbacks: Sequence[tuple[str | None, str]],
    ) -> None:
        """Add a label: its deployments as (offer, weight, name in the file), fallbacks as (offer, name).

        An offer that is None is unknown; it becomes a note, and so does what a name has beyond its offer. A
        label of which no offer is known stays, without routes.
        """
        if any(map(unseen, label)):
            self.note(f"the name '{escaped(label)}' holds characters that are not seen, left out")
            return
        if label not in self.config.order:
            self.config.order.append(label)
        deployments = [(self._priced(label, offer, name), w, name) for offer, w, name in deployments]
        fallbacks = [(self._priced(label, offer, name), name) for offer, name in fallbacks]
        names = [(offer, name, False) for offer, _, name in deployments]
        for offer, name, behind in [*names, *((offer, name, True) for offer, name in fallbacks)]:
            self._note_name(label, offer, name, behind)
        weights: dict[str, float] = {}
        for offer, weight, _ in deployments:
            if offer is not None and weight > 0:
                weights[offer] = weights.get(offer, 0.0) + weight
        total = sum(weights.values())
        unknown_names = dict.fromkeys(name for offer, _, name in deployments if offer is None)
        if unknown_names:
            self.config.unknown_models[label] = list(unknown_names)
        unknown = sum(weight for offer, weight, _ in deployments if offer is None and weight > 0)
        if total and unknown:
            share = unknown / (total + unknown)
            self.note(f"{label}: {_percent(share)} of it is unknown; the rest is taken as the whole")
        if total:
            self.config.shares[label] = {offer: weight / total for offer, weight in weights.items()}
            self.config.fallbacks[label] = tuple(
                dict.fromkeys(offer for offer, _ in fallbacks if offer is not None and offer not in weights)
            )
        elif deployments and not unknown:
            self.note(f"{label}: none of its models has a weight above 0 that counts, left out")
            self.config.unknown_models.pop(label, None)

    def note_host(self, label: str, offer: str | None, address: str, name: str) -> None:
        """Say where a known model is asked for at an address that is not its provider's."""
        if offer is not None and (host := self.endpoints.foreign_host(offer, address)):
            self.note(f"{label}: {name!r} is called at {host}; counted as {offer}, at its list price")

    def _priced(self, label: str, offer: str | None, name: str) -> str | None:
        """The offer, else the one that stands for what is unknown, which is said."""
        if offer is None and self.substitute is not None:
            self.note(f"{label}: {name!r} is not in the catalogue, counted as {self.substitute}")
            return self.substitute
        return offer

    def _note_name(self, label: str, offer: str | None, name: str, behind: bool) -> None:
        """Say of a model's name in the file that its offer is unknown, or what it has beyond its offer."""
        if self.substitute is not None and offer == self.substitute:
            return
        if offer is None and (variable := _FROM_ENVIRONMENT.search(name)):
            self.note(f"{label}: {name!r} is what the environment has for {variable[1]}, which is not read")
        elif offer is None:
            suggestions = self.endpoints.suggestions(name)
            left_out = ", left out of its fallbacks" if behind else ""
            self.note(f"{label}: {name!r} is not in the catalogue{left_out}{suggestions}")
        elif self.endpoints.has_own_name(name):
            self.note(f"{label}: {name!r} is counted as {offer}, by a name of your own")
        elif (ending := variant(name)) and not (self.endpoints.offers[offer].id or "").endswith(ending):
            beyond = _VARIANT_PRICES.get(ending, f"what {ending} changes in price is not")
            self.note(f"{label}: {name!r} is counted as {offer}; {beyond}")
        elif _FLAT_RATE.match(name):
            self.note(f"{label}: {name!r} is counted as {offer}, by the token, not as a plan")
        elif self.endpoints.is_newest_known(name, offer):
            self.note(f"{label}: {name!r} is counted as {offer}, the newest of it that is known")


def _percent(share: float) -> str:
    """A share as a percentage that is never rounded to nothing or to all."""
    digits = next((n for n in range(5) if 0 < float(f"{share * 100:.{n}f}") < 100), 5)
    return f"{share * 100:.{digits}f}%"


def same_mix(mix: Mix, config: ImportedConfig, label: str, fallbacks: bool = True) -> bool:
    """Whether a router's file gives a label these shares and fallbacks already, to six digits."""
    shares = config.shares.get(label)
    if shares is None or set(shares) != set(mix.shares):
        return False
    if fallbacks and tuple(config.fallbacks.get(label, ())) != tuple(mix.fallbacks):
        return False
    return all(abs(shares[offer] - share) < SHARE_TOL for offer, share in mix.shares.items())


class Router(Protocol):
    """What the module of a router has.

    It may have two more: `long_context_threshold(settings) -> int | None`, the tokens of prompt from which a
    file has longContext take over, and `with_includes(settings, where) -> (settings, notes)`, which joins a
    file with those that it names.
    """

    TARGET: Target

    def export_config(self, job: ExportJob, old: Any) -> ExportedConfig:
        """The whole file as values: `old` (None where there is no file yet) with the mixes put in.

        What is not modelpick's stays. Raises InputError where that cannot be.
        """

    def import_config(self, settings: Any, reader: ConfigReader) -> ImportedConfig:
        """The labels in a file's values, each given to `reader`; what is not understood is noted there."""
