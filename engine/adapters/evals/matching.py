"""The models of the catalogue behind the names in files of evaluations, with their reasoning levels."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from ...domain.catalog import Catalog
from ...domain.errors import InputError, nearest
from ..catalog.model_names import key_of, last_part, proposals, reviewed
from ..catalog.scores.figure import split

_LEVELS = "none|minimal|low|medium|high|xhigh|max|ultra|thinking|reasoning"
_LEVEL_SUFFIX = re.compile(rf"^(.+?)[@:_-]({_LEVELS})$", re.IGNORECASE)
_AT_LEVEL = re.compile(r"^(.+)@([A-Za-z][\w.-]*)$")
_DATE = re.compile(r"[-@](20\d\d-\d\d-\d\d|20\d{6})$")


@dataclass(frozen=True)
class Match:
    """What `measured` calls a model: `key`; or why none does, in `why`. `note` says what was assumed."""

    key: str = ""
    why: str = ""
    note: str = ""


@dataclass
class ModelMatcher:
    """Finds models by the reviewed names, and by what the user says of theirs (`names`: theirs -> ours)."""

    catalog: Catalog
    names: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Raises InputError for an unknown model, level or offer among `names`."""
        models = self.catalog.models
        self._known = {name: key for name, key in reviewed(models).items() if key in models}
        levels = {f"{name}@{level}" for name, model in models.items() for level in model.efforts}
        ours = {*models, *levels, *self.catalog.offers}
        ours |= {f"{offer}@{level}" for offer in self.catalog.offers for level in self._levels_of(offer)}
        for theirs, name in self.names.items():
            if name not in ours:
                what = f"{theirs}: unknown model {name!r}{nearest(name, ours)}"
                raise InputError(what, where="--name")

    def _levels_of(self, offer: str) -> tuple[str, ...]:
        model = self.catalog.models.get(offer.partition("/")[2])
        return () if model is None else tuple(model.efforts)

    def match(self, names: tuple[str, ...], level: str) -> Match:
        """The key for names of one model, the most particular first; `level` where it is said apart."""
        for name in names:
            if ours := self.names.get(name) or self.names.get(last_part(name)):
                return self._at(ours, level) if ours in self.catalog.models and level else Match(ours)
        for name in names:
            for form in _forms(name):
                for base, own_level in _with_level(form):
                    if key := self._model(base):
                        return self._at(key, level or own_level)
        title = next((name for name in names if name), "")
        if not title:
            return Match(why="names no model")
        near = next((near for form in _forms(title) if (near := proposals(form, self._known))), [])
        models = " or ".join(f"{key} ({likeness:.2f})" for key, likeness in near)
        hint = f"; perhaps {models}: --name '{title}={near[0][0]}'" if near else ""
        hint = hint or nearest(last_part(title), self.catalog.models)
        return Match(why=f"{title} is no model of the catalogue{hint}")

    def _model(self, name: str) -> str | None:
        key = key_of(name, self._known)
        return key or key_of(_DATE.sub("", name), self._known)

    def _at(self, model: str, level: str) -> Match:
        """The model at a level; at its default one where none is said, and without one where it has none."""
        efforts = self.catalog.models[model].efforts
        if not efforts:
            note = f"{model} has no levels in the catalogue: {level!r} is taken as the model" if level else ""
            return Match(model, note=note)
        if not level:
            default = self.catalog.models[model].default_effort
            return Match(
                f"{model}@{default}", note=f"{model}: no level is said, taken at its default, {default}"
            )
        known = next((name for name in efforts if name.casefold() == level.casefold()), None)
        return Match(f"{model}@{known}") if known else Match(why=_no_level(model, level, efforts))


def _no_level(model: str, level: str, efforts: Iterable[str]) -> str:
    listed = list(efforts)
    return f"{model} has no level {level!r}{nearest(level, listed)}, only {', '.join(listed)}"


def _forms(name: str) -> tuple[str, ...]:
    """A name as it stands, with a folder's `__` as slashes, and without a tool's prefixes `openai:chat:`."""
    plain = name.strip().replace("__", "/")
    parts = plain.split(":")
    return tuple(dict.fromkeys([name.strip(), *(":".join(parts[start:]) for start in range(len(parts)))]))


def _with_level(name: str) -> Iterator[tuple[str, str]]:
    """The name as it is, then without what may be a level: `@high`, ` (high)`, `_high`, `-high`."""
    yield name, ""
    if at := _AT_LEVEL.match(name):
        yield at[1], at[2]
    base, variant = split(name)
    if variant:
        yield base, variant
    if suffix := _LEVEL_SUFFIX.match(name):
        yield suffix[1], suffix[2]
