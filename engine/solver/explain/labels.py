"""A label's own rules in the elastic model: quality, lateness, and how its mix is counted.

A limit on lateness is no linear function of its seconds: it is a row at each of some levels, and a gate that
says whether the limit has passed the level and pays for what lies below it. The model is a relaxation between
levels; more are added where an answer needs more seconds than it has paid for.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ...domain.routing import Label
from ..compile.compiler import TRAFFIC
from ..compile.normal import late_share
from ..compile.problem import Ints
from .ask import Ask, grid_of
from .base import Base

Passed = list[tuple[int, float]]  # column, the least seconds of a limit that has passed its level


def quality(model: Base, row: int, label: Label) -> None:
    """The floor of the mix."""
    ask, sheet = model.ask, model.sheet
    mine = np.flatnonzero(model.label == row)
    if label.min_quality is None:
        return
    path, asked = f"labels.{ask.free.labels[row]}.min_quality", label.min_quality
    least = sheet.rows(1, asked, np.inf)
    sheet.put(least, model.x[mine], np.nan_to_num(ask.free.quality[row, model.offer[mine]]))
    model.slack(least, path, 1, asked)
    if (path, None) in model.gates:
        sheet.put(least, model.gates[path, None][0], asked)


def lateness(model: Base, row: int, label: Label, levels: Sequence[float]) -> Passed:
    """The limit at each level; the gates that say which of them it has passed, the lowest first."""
    ask, sheet, passed = model.ask, model.sheet, Passed()
    if label.latency_limit is None:
        return passed
    mine = np.flatnonzero(model.label == row)
    path, limit = f"labels.{ask.free.labels[row]}.max_latency", label.latency_limit
    median, spread = ask.median[row, model.offer[mine]], ask.table.spread[model.offer[mine]]
    most, reached = 1 - label.percentile / 100, limit
    for level in (limit, *levels):
        late = sheet.rows(1, -np.inf, most)
        sheet.put(late, model.x[mine], np.nan_to_num(late_share(median, spread, level)))
        if (path, None) in model.gates:
            sheet.put(late, model.gates[path, None][0], -1.0)
        beyond = _after(ask, path, level)
        if path in ask.soft and (beyond - limit) / limit <= model.most:
            column = int(sheet.columns(1, whole=True)[0])
            model.weight[column] = (beyond - reached) / limit
            passed.append((column, beyond))
            sheet.put(late, column, most - 1)
        reached = beyond
    return passed


def _after(ask: Ask, path: str, seconds: float) -> float:
    """The next value on the rule's grid."""
    ahead = ask.outward(path, seconds, 1)
    return ahead if ahead > seconds + 1e-9 else ask.outward(path, seconds + 0.5 * grid_of(path), 1)


def uses(model: Base, row: int, label: Label) -> None:
    """How many offers and providers a label uses, and the least share of each."""
    sheet, at = model.sheet, f"labels.{model.ask.free.labels[row]}"
    mine = np.flatnonzero(model.label == row)
    few, apart = label.max_models is not None, label.min_providers > 1
    least = label.min_share or (TRAFFIC if apart else 0.0)
    if not (few or apart or least):
        return
    x, y = model.x[mine], sheet.columns(len(mine), whole=True)
    links = sheet.rows(len(mine), -np.inf, 0.0)
    sheet.put(links, x, 1.0)
    sheet.put(links, y, -1.0)
    if label.max_models is not None:
        count = sheet.rows(1, -np.inf, label.max_models)
        sheet.put(count, y, 1.0)
        model.slack(count, f"{at}.max_models", -1, whole=True)
    shares = sheet.rows(len(mine), -np.inf, 0.0)
    if least:
        sheet.put(shares, x, -1.0)
        sheet.put(shares, y, least)
    if label.min_share:
        model.slack(shares, f"{at}.min_share", -1, least)
    if apart:
        _apart(model, row, label, y, shares)


def _apart(model: Base, row: int, label: Label, y: Ints, shares: Ints) -> None:
    """At least so many providers; where one will do, the share that counts as traffic is no more asked."""
    sheet, path = model.sheet, f"labels.{model.ask.free.labels[row]}.min_providers"
    mine = np.flatnonzero(model.label == row)
    some, of = np.unique(model.ask.table.provider[model.offer[mine]], return_inverse=True)
    w, count = sheet.columns(len(some)), sheet.rows(1, label.min_providers, np.inf)
    used = sheet.rows(len(some), -np.inf, 0.0)
    sheet.put(used, w, 1.0)
    sheet.put(used[of], y, -1.0)
    sheet.put(count, w, 1.0)
    model.slack(count, path, 1, label.min_providers - 1, whole=True)
    if not label.min_share and path in model.slacks:
        one = sheet.columns(1, whole=True)
        sheet.put(shares, one, -TRAFFIC)
        enough = sheet.rows(1, -np.inf, 0.0)
        sheet.put(enough, one, label.min_providers - 1)
        sheet.put(enough, model.slacks[path][0], -1.0)
