"""What the finder offers of a document: its rules, labels, offers and models, and a line that sets a rule.

Such a line is `think.min_quality 80` or `limits.budget = 400`, as `--set` takes it.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

from ...engine.domain.catalog import Catalog
from ...engine.domain.errors import InputError, nearest
from ...engine.domain.routing import Routing
from ...engine.domain.rules import OBJECTIVE, RulePath, sections, set_in, spec_of, specs, unset_in
from .. import formatting
from ..entries import Entry
from .document import Document
from .edits import dropped, put, value_at
from .values import parse

_EQUALS = " ="  # what may stand between a path and its value


class Setting(NamedTuple):
    """A rule's path, and the text of the value that it is given; "" drops the rule."""

    path: RulePath
    text: str


def short_paths(routing: Routing) -> dict[str, RulePath]:
    """Every path that can be set, as briefly as it can be told apart: `budget`, `think.min_quality`."""
    paths = {}
    for section in sections(routing):
        lead = f"{section.label}." if section.label else ""
        for path in (*set_in(routing, section), *unset_in(routing, section)):
            paths[f"{lead}{path.name}"] = path
    return paths


def split_line(routing: Routing, line: str) -> tuple[str, str | None]:
    """The path of a line and its value; None where no value is begun. A label's name may have blanks."""
    names = {*short_paths(routing), *map(str, short_paths(routing).values())}
    begun = [
        name for name in names if line.startswith(name) and line[len(name) : len(name) + 1] in (" ", "=")
    ]
    if begun:
        name = max(begun, key=len)
        return name, line[len(name) :].strip(_EQUALS)
    path, equals, value = line.partition("=")
    return path.strip(), value.strip() if equals else None


def setting_of(routing: Routing, line: str) -> Setting:
    """The rule that a line sets. Raises InputError with the nearest path where there is none of that name."""
    name, text = split_line(routing, line)
    short = short_paths(routing)
    known = {**{str(path): path for path in short.values()}, **short}
    if name in known:
        return Setting(known[name], text or "")
    label, _, rule = name.rpartition(".")
    label = label.removeprefix("labels.").removeprefix("limits")
    if label and label not in routing.labels:
        raise InputError(f"there is no label {label!r}{nearest(label, routing.labels)}")
    of_section = [*specs("labels" if label else "limits"), *([] if label else [OBJECTIVE.name])]
    raise InputError(f"no rule has the name {rule!r}{nearest(rule, of_section)}")


def with_setting(routing: Routing, setting: Setting, catalog: Catalog | None = None) -> Routing:
    """The routing with the rule set. Raises InputError."""
    if not setting.text:
        return dropped(routing, setting.path)
    return put(routing, setting.path, parse(spec_of(setting.path), setting.text), catalog)


def place_entries(
    document: Document,
    go_to: Callable[[RulePath], object],
    add: Callable[[RulePath], object],
    browse: Callable[[str], object],
) -> list[Entry]:
    """Rules that are set and those that could be, labels, offers and models, each with what it leads to."""
    routing, catalog = document.routing, document.listed_catalog
    entries = []
    for section in sections(routing):
        if section.label:
            requests = f"{formatting.number(routing.labels[section.label].requests)} req/mo"
            entries.append(Entry("label", section.label, requests, partial(go_to, section)))
        for path in set_in(routing, section):
            value = formatting.limit_text(spec_of(path), value_at(routing, path))
            entries.append(
                Entry("rule", formatting.place(path), value, partial(go_to, path), spec_of(path).help)
            )
    for section in sections(routing):
        for path in unset_in(routing, section):
            run = partial(add, path)
            entries.append(
                Entry("add a rule", formatting.place(path), "not set", run, spec_of(path).help, True)
            )
    models = sorted({offer.partition("/")[2] for offer in catalog.offers})
    entries += [Entry("model", name, "", partial(browse, name), "shows its offers", True) for name in models]
    entries += [
        Entry("offer", key, "", partial(browse, key), "shows it among the offers", True)
        for key in catalog.offers
    ]
    return entries
