"""What a sweep asks: files x named scenarios x grids of values, each a question of its own.

What a scenario changes besides the routing's rules: prices, times, outages, skills, requests.

Paths that begin with one of HEADS are figures of a Shift; all others are rules, as with --set.

What tells one question from another, so that a finished row is not solved again.
"""

from __future__ import annotations

import csv
import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import product
from pathlib import Path
from typing import Any

from ....version import __version__
from ...domain.catalog import Catalog
from ...domain.errors import InputError
from ...domain.routing import Routing
from ...domain.shift import Shift
from ..catalog.file import catalog_hash
from ..disk import read_text
from ..rule_overrides import applied, split, with_sets
from ..validation import parse_toml, validated

HEADS = ("prices", "times", "out", "skills", "requests")
_HEAD = re.compile(rf"\s*({'|'.join(HEADS)})\s*(?:\.|$)")


def changed(routing: Routing, catalog: Catalog, sets: Mapping[str, str]) -> tuple[Routing, str]:
    """The routing of a scenario (path -> TOML text), and the world's shift as JSON, empty for none.

    Raises InputError for what no routing and no shift can have.
    """
    texts = {path: f"{path}={value}" for path, value in sets.items()}
    routing = with_sets(routing, [text for path, text in texts.items() if not _HEAD.match(path)])
    mine = [text for path, text in texts.items() if _HEAD.match(path)]
    if not mine:
        return routing, ""
    data: dict[str, Any] = {}
    applied(data, mine)
    shift = validated(Shift, data, "")
    shift.check(catalog, routing.labels)
    if shift.requests:
        from ...solver.analysis.what_if import shifted_routing

        routing = shifted_routing(routing, shift)
    world = shift.model_copy(update={"requests": {}})
    return routing, "" if world == Shift() else world.model_dump_json(exclude_defaults=True)


MOST = 1_000_000  # rows
_NAME = "scenario"
_BARE = re.compile(r"[\w-]+", re.ASCII)


@dataclass(frozen=True)
class Task:
    """One row: the file, the scenario's name, what it sets (path -> TOML text), the routing, the world.

    The world is a Shift as JSON, empty where the catalogue's figures stand.
    """

    file: str
    scenario: str
    sets: Mapping[str, str]
    routing: Routing
    world: str = ""


@dataclass(frozen=True)
class Scenario:
    """A name and what it sets, path -> TOML text; an empty text clears the rule."""

    name: str
    sets: Mapping[str, str]


def tasks(
    routings: Mapping[str, Routing],
    scenarios: Sequence[Scenario],
    grid: Mapping[str, Sequence[str]],
    catalog: Catalog,
) -> list[Task]:
    """Every file with every scenario at every point of the grid, the last path moving fastest.

    Raises InputError for a scenario that is no routing, before anything is solved.
    """
    count = len(routings) * max(len(scenarios), 1)
    for values in grid.values():
        count *= len(values)
    if count > MOST:
        raise InputError(f"{count:,} rows, more than {MOST:,}", where="sweep")
    found = []
    for file, routing in routings.items():
        for scenario in scenarios or [Scenario("", {})]:
            for values in product(*grid.values()):
                sets = {**scenario.sets, **dict(zip(grid, values, strict=True))}
                asked = _changed(file, routing, catalog, scenario.name, sets)
                found.append(Task(file, scenario.name, sets, *asked))
    return found


def _changed(
    file: str, routing: Routing, catalog: Catalog, name: str, sets: Mapping[str, str]
) -> tuple[Routing, str]:
    try:
        return changed(routing, catalog, sets)
    except InputError as error:
        where = f"{file}, scenario {name!r}" if name else file
        raise InputError(error.what, key=error.key, where=where) from None


def grid_of(texts: Sequence[str]) -> dict[str, list[str]]:
    """`PATH=V1,V2,...` -> path -> values; an empty value clears the rule. Raises InputError."""
    grid: dict[str, list[str]] = {}
    for text in texts:
        try:
            path, values = split(text)
        except InputError:
            what = "needs PATH=VALUE,VALUE,..., for example limits.growth=1,10,100"
            raise InputError(what, where=f"--vary {text}") from None
        if path in grid:
            raise InputError("is varied twice", key=path, where=f"--vary {text}")
        grid[path] = _apart(values)
    return grid


def _apart(text: str) -> list[str]:
    """Split at the commas that are not inside quotes or brackets."""
    found, depth, quote = [""], 0, ""
    for letter in text:
        if quote:
            quote = "" if letter == quote else quote
        elif letter in "\"'":
            quote = letter
        depth += 0 if quote else (letter in "[{") - (letter in "]}")
        if letter == "," and not depth and not quote:
            found.append("")
        else:
            found[-1] += letter
    return [value.strip() for value in found]


def scenarios_of(path: Path) -> list[Scenario]:
    """The scenarios of a file: TOML, a table for each, or CSV, a line for each. Raises InputError."""
    text = read_text(path)
    found = _from_csv(text, path) if path.suffix.lower() == ".csv" else _from_toml(text, path)
    if not found:
        raise InputError("holds no scenarios", where=str(path))
    return found


def _from_toml(text: str, path: Path) -> list[Scenario]:
    found = []
    for name, table in parse_toml(text, str(path)).items():
        if not isinstance(table, dict):
            what = 'a scenario is a table, such as [busy] with "limits.growth" = 10'
            raise InputError(what, key=name, where=str(path))
        found.append(Scenario(name, dict(_flat("", table))))
    return found


def _flat(prefix: str, table: Mapping[str, Any]) -> list[tuple[str, str]]:
    """A scenario's keys as paths: "limits.growth" = 10 and limits = { growth = 10 } say the same."""
    found: list[tuple[str, str]] = []
    for key, value in table.items():
        # At the top a key with dots is a path already; further in, it is one name and needs its quotes.
        place = f"{prefix}{key if not prefix or _BARE.fullmatch(key) else json.dumps(key)}"
        found += _flat(f"{place}.", value) if isinstance(value, dict) else [(place, _toml(value))]
    return found


def _toml(value: Any) -> str:
    if isinstance(value, list):
        return f"[{', '.join(_toml(item) for item in value)}]"
    return json.dumps(value) if isinstance(value, (str, bool)) else str(value)


def _from_csv(text: str, path: Path) -> list[Scenario]:
    lines = list(csv.reader(text.splitlines()))
    head = [cell.strip() for cell in lines[0]] if lines else []
    found = []
    for number, line in enumerate(lines[1:], 2):
        if not any(cell.strip() for cell in line):
            continue
        if len(line) != len(head):
            what = f"line {number} has {len(line)} cells, the head has {len(head)}"
            raise InputError(what, where=str(path))
        cells = dict(zip(head, (cell.strip() for cell in line), strict=True))
        name = cells.pop(_NAME, f"line {number}")
        found.append(Scenario(name, {key: value for key, value in cells.items() if value}))
    return found


def as_asked(routing: Routing) -> str:
    """The question alone as JSON: a saved answer does not change it."""
    labels = {
        name: label.model_copy(update={"routes": (), "fallbacks": ()})
        for name, label in routing.labels.items()
    }
    return routing.model_copy(update={"labels": labels, "solution": None}).model_dump_json(by_alias=True)


def keys_of(questions: Sequence[str], catalog: Catalog, today: date) -> list[str]:
    """Sixteen hex digits each: of the question, the catalogue, the offers past their day, the version."""
    gone = sorted(name for name, offer in catalog.offers.items() if offer.retires and offer.retires < today)
    world = hashlib.blake2b(f"{__version__} {catalog_hash(catalog)} {gone}".encode(), digest_size=16)
    found = []
    for question in questions:
        one = world.copy()
        one.update(question.encode("utf-8", "surrogatepass"))
        found.append(one.hexdigest()[:16])
    return found
