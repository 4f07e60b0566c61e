"""A rule set by one line of text, `think.min_quality 80` or `limits.budget = 400`, as `--set` takes it."""

from __future__ import annotations

from typing import NamedTuple

from ...engine.domain.catalog import Catalog
from ...engine.domain.errors import InputError, nearest
from ...engine.domain.routing import Routing
from ...engine.domain.rules import OBJECTIVE, RulePath, sections, set_in, specs, unset_in
from .edits import dropped, put
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
    from ...engine.domain.rules import spec_of

    if not setting.text:
        return dropped(routing, setting.path)
    return put(routing, setting.path, parse(spec_of(setting.path), setting.text), catalog)
