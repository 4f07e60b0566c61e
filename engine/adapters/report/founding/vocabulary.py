"""Words of the domain in a report's language: rules, units, features, skills, statuses, signs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ....domain.catalog import Catalog
from ....domain.formatting import unit_text
from ....domain.references import Reference
from ....domain.routing import Routing
from ....domain.rules import owner_of, spec_of, value_of
from .content import Text, code, fill, joined, spans
from .language import Language
from .language import marked as _

MAX_NAMES = 6  # of a row; the tables have all
FEATURE_NAMES = {
    "tools": _("tool calls"),
    "structured": _("structured output"),
    "reasoning": _("reasoning"),
    "vision": _("images"),
    "audio": _("audio"),
    "pdf": _("PDF files"),
    "web_search": _("web search"),
}
SKILL_NAMES = {
    "reasoning": _("reasoning"),
    "coding": _("coding"),
    "multilingual": _("languages"),
    "tools": _("tool calls"),
    "vision": _("images"),
    "long_context": _("long context"),
    "knowledge": _("knowledge"),
    "math": _("mathematics"),
}
STATUS_NAMES = {
    "live": _("live"),
    "preview": _("preview"),
    "gated": _("on application"),
    "deprecated": _("deprecated"),
    "retired": _("retired"),
}
UNIT_NAMES = {
    "": "",
    "USD/mo": _("USD a month"),
    "req/mo": _("requests a month"),
    "points": _("points"),
    "point": _("point"),
    "tokens": _("tokens"),
    "token": _("token"),
    "offers": _("offers"),
    "offer": _("offer"),
    "models": _("models"),
    "model": _("model"),
    "providers": _("providers"),
    "provider": _("provider"),
    "share": _("share"),
    "weight": _("weight"),
    "%": "%",
    "s": _("s"),
    "x": _("times"),
    "USD/M": _("USD per million tokens"),
    "USD/req": _("USD a request"),
    "tok/s": _("tokens a second"),
}
SIGN_MEANINGS = {
    "≠": _("a figure of your own that is tried instead of the catalogue's"),
    "~": _(
        "estimated: a skill out of the model's others, a speed out of relatives', or a p95 out of a median"
    ),
    "*": _("the vendor's claim: a skill that rests on the maker's own scores alone"),
    "†": _("old: a price or speed of more than {days} days ago"),
    "‡": _("disputed: a price that sources state differently, or that can be read in two ways"),
}
FIT_NAMES = {
    "estimated": _("fitted to what others measured"),
    "vendor": _("fitted to what its maker claims"),
    "interpolated": _("out of the model's other skills"),
    "stated": _("stated in the catalogue"),
}
LICENCE_NAMES = {"proprietary": _("proprietary"), "facts": _("facts")}  # others are names
ALLOWANCE_NAMES = {"usd": _("USD of list prices"), "requests": _("requests"), "tokens": _("tokens")}


@dataclass(frozen=True)
class Vocabulary:
    """The words of one language."""

    language: Language

    def _word(self, table: Mapping[str, str], key: str) -> str:
        """A word of the domain; one that is not known stands for itself."""
        return self.language.gettext(table[key]) if table.get(key) else table.get(key, key)

    def feature(self, name: str) -> str:
        """A feature, as people say it."""
        return self._word(FEATURE_NAMES, name)

    def skill(self, name: str) -> str:
        """A skill, likewise."""
        return self._word(SKILL_NAMES, name)

    def status(self, name: str) -> str:
        """An offer's status."""
        return self._word(STATUS_NAMES, name)

    def unit(self, name: str, number: object = None) -> str:
        """A unit as it goes with a number."""
        return self._word(UNIT_NAMES, unit_text(name, number))

    def fit(self, kind: str) -> str:
        """How a skill is known."""
        return self._word(FIT_NAMES, kind)

    def licence(self, name: str) -> str:
        """A licence: its name, or what there is instead of one."""
        return self._word(LICENCE_NAMES, name)

    def allowance(self, kind: str) -> str:
        """What a subscription's allowance counts."""
        return self._word(ALLOWANCE_NAMES, kind)

    def listing(self, names: Any) -> str:
        """Features or other names in a row."""
        return self.language.listing([self.feature(name) for name in names])

    def figure(self, number: Any, unit: str) -> str:
        """A rule's number with its unit."""
        if unit == "share":
            return self.language.percent(number, 0 if abs(number * 100 - round(number * 100)) < 1e-9 else 1)
        text = self.language.number(number)
        name = self.unit(unit, number)
        return f"{text}{'' if name == '%' else ' '}{name}".rstrip()

    def setting(self, routing: Routing, path: str) -> str:
        """What a rule says: a number with its unit, a model to be as good as, names, yes or no."""
        spec, setting = spec_of(path), value_of(routing, path)
        if spec.item_unit == "weight" and setting:
            setting = {self.skill(name): weight / sum(setting.values()) for name, weight in setting.items()}
        return self.setting_text(setting, spec.unit)

    def setting_text(self, setting: Any, unit: str) -> str:
        """The same of a setting by itself."""
        _ = self.language.gettext
        if setting is None:
            return _("none")
        if isinstance(setting, bool):
            return _("yes") if setting else _("no")
        if isinstance(setting, int | float):
            return self.figure(setting, unit)
        if isinstance(setting, Mapping):
            shares = [f"{key} {self.figure(float(share), 'share')}" for key, share in setting.items()]
            return self.language.listing(shares)
        if isinstance(setting, str):
            points = Reference.parse(setting).points if unit == "points" else 0
            if unit == "points" and points:
                model = Reference.parse(setting).model
                text = _("as good as {model} less {points}")
                return text.format(model=model, points=self.figure(points, "points"))
            return _("as good as {model}").format(model=setting) if unit == "points" else setting
        return self.language.listing([str(name) for name in setting]) or _("none")

    def rule(self, routing: Routing, path: str) -> Text:
        """A rule by its name, and what it says."""
        spec = spec_of(path)
        implied = spec.implied and not spec.is_set(owner_of(routing, path))
        _ = self.language.gettext
        template = _("{rule}: {setting}") if not implied else _("{rule}: {setting} (its prompt and answer)")
        return fill(template, rule=code(spec.name), setting=self.setting(routing, path))


def special_use(words: Vocabulary, catalog: Catalog, offer: str) -> str:
    """What an offer is made for: the features that not every model has, and open weights."""
    names = [words.feature(name) for name in catalog.features_of(offer)]
    return words.language.listing(names)


def names_of(offers: Iterable[str]) -> Text:
    """Offers or rules in a row, as they are typed."""
    return joined([code(name) for name in offers], ", ")


def few_of(language: Language, names: Sequence[str]) -> Text:
    """The first of a long row of names, and how many more there are."""
    return with_rest(language, names_of(names[:MAX_NAMES]), len(names) - MAX_NAMES)


def with_rest(language: Language, text: Text, rest: int) -> Text:
    """A row, and how many more there are."""
    if rest <= 0:
        return text
    return (
        *text,
        *spans(" " + language.ngettext("and {count} more", "and {count} more", rest).format(count=rest)),
    )
