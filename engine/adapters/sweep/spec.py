"""What a sweep asks: files x named scenarios x grids of values, each a task with a key of its own.

A scenario sets paths as `--set` has them. A path that begins with one of SHIFT_HEADS changes a figure of the
world (a `Shift`: prices, times, outages, skills, requests); any other changes a rule of the routing.
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
from math import prod
from pathlib import Path
from typing import Any

from ....version import __version__
from ...domain.catalog import Catalog
from ...domain.errors import InputError
from ...domain.routing import Routing
from ...domain.scenario import Shift
from ..catalog.file import catalog_hash
from ..disk import read_text
from ..rule_overrides import apply_sets, split_set, with_sets
from ..validation import parse_toml, validated

SHIFT_HEADS = ("prices", "times", "out", "skills", "requests")
_SHIFT_PATH = re.compile(rf"\s*({'|'.join(SHIFT_HEADS)})\s*(?:\.|$)")
MAX_ROWS = 1_000_000
_NAME_COLUMN = "scenario"
_BARE_KEY = re.compile(r"[\w-]+", re.ASCII)


@dataclass(frozen=True)
class Scenario:
    """A name and what it sets, path -> TOML text; an empty text clears the rule."""

    name: str
    sets: Mapping[str, str]


@dataclass(frozen=True)
class Task:
    """One row: the file, the scenario's name, what it sets (path -> TOML text), the routing, the shift.

    The shift is a `Shift` as JSON, empty where the catalogue's figures stand.
    """

    file: str
    scenario: str
    sets: Mapping[str, str]
    routing: Routing
    shift: str = ""


def sweep_tasks(
    routings: Mapping[str, Routing],
    scenarios: Sequence[Scenario],
    grid: Mapping[str, Sequence[str]],
    catalog: Catalog,
) -> list[Task]:
    """Every file with every scenario at every point of the grid, the last path moving fastest.

    Raises InputError for more than MAX_ROWS, and for a scenario that is no routing, before any is solved.
    """
    count = prod((len(routings), max(len(scenarios), 1), *map(len, grid.values())))
    if count > MAX_ROWS:
        raise InputError(f"{count:,} rows, more than {MAX_ROWS:,}", where="sweep")
    tasks = []
    for file, routing in routings.items():
        for scenario in scenarios or [Scenario("", {})]:
            for point in product(*grid.values()):
                sets = {**scenario.sets, **dict(zip(grid, point, strict=True))}
                try:
                    changed, shift = _apply_sets(routing, catalog, sets)
                except InputError as error:
                    where = f"{file}, scenario {scenario.name!r}" if scenario.name else file
                    raise InputError(error.what, key=error.key, where=where) from None
                tasks.append(Task(file, scenario.name, sets, changed, shift))
    return tasks


def _apply_sets(routing: Routing, catalog: Catalog, sets: Mapping[str, str]) -> tuple[Routing, str]:
    """The routing of a scenario (path -> TOML text), and the world's shift as JSON, empty for none.

    Raises InputError for what no routing and no shift can have.
    """
    texts = {path: f"{path}={setting}" for path, setting in sets.items()}
    routing = with_sets(routing, [text for path, text in texts.items() if not _SHIFT_PATH.match(path)])
    shift_texts = [text for path, text in texts.items() if _SHIFT_PATH.match(path)]
    if not shift_texts:
        return routing, ""
    fields: dict[str, Any] = {}
    apply_sets(fields, shift_texts)
    shift = validated(Shift, fields, "")
    shift.check(catalog, routing.labels)
    if shift.requests:
        from ...solver.analysis.what_if import shifted_routing

        routing = shifted_routing(routing, shift)
    world = shift.model_copy(update={"requests": {}})
    return routing, "" if world == Shift() else world.model_dump_json(exclude_defaults=True)


def parse_grid(texts: Sequence[str]) -> dict[str, list[str]]:
    """`PATH=V1,V2,...` -> path -> values; an empty value clears the rule. Raises InputError."""
    grid: dict[str, list[str]] = {}
    for text in texts:
        try:
            path, values = split_set(text)
        except InputError:
            what = "needs PATH=VALUE,VALUE,..., for example limits.growth=1,10,100"
            raise InputError(what, where=f"--vary {text}") from None
        if path in grid:
            raise InputError("is varied twice", key=path, where=f"--vary {text}")
        grid[path] = _split_at_commas(values)
    return grid


def _split_at_commas(text: str) -> list[str]:
    """Split at the commas that are not inside quotes or brackets."""
    cells, depth, quote = [""], 0, ""
    for letter in text:
        if quote:
            quote = "" if letter == quote else quote
        elif letter in "\"'":
            quote = letter
        depth += 0 if quote else (letter in "[{") - (letter in "]}")
        if letter == "," and not depth and not quote:
            cells.append("")
        else:
            cells[-1] += letter
    return [cell.strip() for cell in cells]


def read_scenarios(path: Path) -> list[Scenario]:
    """The scenarios of a file: TOML, a table for each, or CSV, a line for each. Raises InputError."""
    text = read_text(path)
    scenarios = _from_csv(text, path) if path.suffix.lower() == ".csv" else _from_toml(text, path)
    if not scenarios:
        raise InputError("holds no scenarios", where=str(path))
    return scenarios


def _from_toml(text: str, path: Path) -> list[Scenario]:
    scenarios = []
    for name, table in parse_toml(text, str(path)).items():
        if not isinstance(table, dict):
            what = 'a scenario is a table, such as [busy] with "limits.growth" = 10'
            raise InputError(what, key=name, where=str(path))
        scenarios.append(Scenario(name, dict(_flatten("", table))))
    return scenarios


def _flatten(prefix: str, table: Mapping[str, Any]) -> list[tuple[str, str]]:
    """A scenario's keys as paths: "limits.growth" = 10 and limits = { growth = 10 } say the same."""
    sets: list[tuple[str, str]] = []
    for key, setting in table.items():
        # At the top a key with dots is a path already; further in, it is one name and needs its quotes.
        path = f"{prefix}{key if not prefix or _BARE_KEY.fullmatch(key) else json.dumps(key)}"
        sets += _flatten(f"{path}.", setting) if isinstance(setting, dict) else [(path, _toml(setting))]
    return sets


def _toml(setting: Any) -> str:
    if isinstance(setting, list):
        return f"[{', '.join(map(_toml, setting))}]"
    return json.dumps(setting) if isinstance(setting, (str, bool)) else str(setting)


def _from_csv(text: str, path: Path) -> list[Scenario]:
    lines = list(csv.reader(text.splitlines()))
    head = [cell.strip() for cell in lines[0]] if lines else []
    scenarios = []
    for number, line in enumerate(lines[1:], 2):
        if not any(cell.strip() for cell in line):
            continue
        if len(line) != len(head):
            what = f"line {number} has {len(line)} cells, the head has {len(head)}"
            raise InputError(what, where=str(path))
        cells = dict(zip(head, (cell.strip() for cell in line), strict=True))
        name = cells.pop(_NAME_COLUMN, f"line {number}")
        scenarios.append(Scenario(name, {path: text for path, text in cells.items() if text}))
    return scenarios


def question_json(routing: Routing) -> str:
    """The question alone as JSON: a saved answer does not change it."""
    labels = {
        name: label.model_copy(update={"routes": (), "fallbacks": ()})
        for name, label in routing.labels.items()
    }
    return routing.model_copy(update={"labels": labels, "solution": None}).model_dump_json(by_alias=True)


def row_keys(questions: Sequence[str], catalog: Catalog, today: date) -> list[str]:
    """Sixteen hex digits for each question: of it, the catalogue, the retired offers and the version.

    A row with the same key is not solved again.
    """
    retired = sorted(
        name for name, offer in catalog.offers.items() if offer.retires and offer.retires < today
    )
    world = hashlib.blake2b(f"{__version__} {catalog_hash(catalog)} {retired}".encode(), digest_size=16)
    keys = []
    for question in questions:
        digest = world.copy()
        digest.update(question.encode("utf-8", "surrogatepass"))
        keys.append(digest.hexdigest()[:16])
    return keys
