"""Offers that are out of a label only because a figure is unknown, and what they would save otherwise.

A speed that nobody has measured is taken as the median of the same model's elsewhere, else of its family's; a
skill as the median of its family's at the same reasoning level. A family is what a developer sells under the
same words: `gpt nano`, `claude opus`. These are assumptions, not evidence: no plan rests on them.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import replace
from math import log2

import numpy as np

from ...domain.catalog import Catalog
from ...domain.errors import InputError, nearest
from ...domain.explanation import AssumedFigure, AssumedRoute, MissingFigures
from ...domain.routing import Routing
from ..cache import SolveCache
from ..compile.compiler import Compiler, LabelRows
from ..compile.eligibility import eligibility_rules
from ..compile.offer_table import OfferTable
from ..compile.problem import Bools, Floats, Problem
from ..deadline import Deadline
from ..solution import Solution
from ..solve import solve
from ..tolerances import USED_SHARE_TOL

_SIZE = re.compile(r"(\d+(?:\.\d+)?)b\b")
_NO_FAMILY = frozenset({"a", "b", "k", "m", "v", "x", "chat", "exp", "instruct", "it", "latest", "preview"})


def missing_figures(
    routing: Routing, compiler: Compiler, catalog: Catalog, seconds: float, label: str | None = None
) -> tuple[MissingFigures, ...]:
    """What each label's offers without a figure would save; the label with the most to save leads.

    Of one `label` alone where it is given. Labels that no offer misses only for a figure are left out.
    Raises InputError as compiling does.
    """
    deadline, cache = Deadline.after(seconds), SolveCache()
    problem = compiler.compile(routing)
    known = solve(problem, deadline.seconds_left, cache)
    assumed = compiler.over(assumed_table(compiler.table, catalog))
    supposed = assumed.compile(routing)
    answers = []
    for row, name in enumerate(problem.labels):
        if label not in (None, name):
            continue
        mute, unscored = _only_missing(routing, compiler.table, name)
        if not (mute | unscored).any():
            continue
        asked = _with_label(problem, supposed, row)
        solution = solve(asked, deadline.seconds_left, SolveCache())
        answers.append(
            MissingFigures(
                label=name,
                unknown_speed=int((mute & ~unscored).sum()),
                unscored=int((unscored & ~mute).sum()),
                both=int((mute & unscored).sum()),
                assumed=int((asked.eligible[row] & ~problem.eligible[row]).sum()),
                saves=_gain(known, solution),
                routes=_new_routes(
                    compiler.rows(routing, name),
                    assumed.rows(routing, name),
                    problem.offers,
                    np.zeros(len(problem.offers)) if solution.shares is None else solution.shares[row],
                ),
            )
        )
    return tuple(sorted(answers, key=lambda answer: (-(answer.saves or 0.0), answer.label)))


def count_missing(routing: Routing, table: OfferTable) -> int:
    """How many offers some label does without only because a figure of them is unknown."""
    missing = np.zeros(len(table.offers), dtype=bool)
    for name in routing.labels:
        for broken in _only_missing(routing, table, name):
            missing |= broken
    return int(missing.sum())


def _only_missing(routing: Routing, table: OfferTable, name: str) -> tuple[Bools, Bools]:
    """(N,), (N,) offers without a speed and without a score that break no other rule of the label."""
    mute, unscored, others = np.zeros((3, len(table.offers)), dtype=bool)
    for rule in eligibility_rules(routing, table, name):
        if rule.path == f"labels.{name}.max_latency":
            mute |= rule.broken
        elif rule.path == f"labels.{name}.skills":
            unscored |= rule.broken
        else:
            others |= rule.broken
    return mute & ~others, unscored & ~others


def _with_label(problem: Problem, supposed: Problem, row: int) -> Problem:
    """The problem in which one label may use the offers whose figures are assumed."""
    at = np.arange(len(problem.labels))[:, None] == row
    return replace(supposed, eligible=np.where(at, supposed.eligible, problem.eligible))


def _gain(known: Solution, supposed: Solution) -> float | None:
    """USD a month less, or points of quality more; None where either has no plan."""
    if known.shares is None or supposed.shares is None:
        return None
    return max(known.value - supposed.value, 0.0) + 0.0


def _new_routes(
    plain: LabelRows, assumed: LabelRows, offers: Sequence[str], shares: Floats
) -> tuple[AssumedRoute, ...]:
    """The offers that would newly serve a label with (N,) shares, with the figures that were assumed."""
    used = np.flatnonzero((shares > USED_SHARE_TOL) & ~plain.eligible).tolist()
    return tuple(
        AssumedRoute(
            offer=offers[i],
            share=float(shares[i]),
            quality=_newly_known(plain.quality[i], assumed.quality[i]),
            latency=_newly_known(plain.median[i], assumed.median[i]),
        )
        for i in sorted(used, key=lambda i: -float(shares[i]))
    )


def _newly_known(before: float, after: float) -> float | None:
    return float(after) if np.isnan(before) and not np.isnan(after) else None


def assumed_figures(
    table: OfferTable, catalog: Catalog, offer: str, skills: Iterable[str]
) -> tuple[AssumedFigure, ...]:
    """The figures of an offer that are unknown but known of its relatives: speed, then these skills.

    Raises InputError for an offer that the catalogue does not have.
    """
    if offer not in table.offers:
        raise InputError(f"no offer {offer!r}{nearest(offer, table.offers)}")
    at, assumed = list(table.offers).index(offer), assumed_table(table, catalog)
    same_model = table.base_model == table.base_model[at]
    figures = []
    for name in ("ttft", "tps"):
        known, value = getattr(table, name), float(getattr(assumed, name)[at])
        if np.isnan(known[at]) and not np.isnan(value):
            elsewhere = bool((same_model & ~np.isnan(known)).any())
            relatives = "its model elsewhere" if elsewhere else "its family"
            figures.append(AssumedFigure(name=name, value=value, relatives=relatives))
    for skill in skills:
        if skill not in table.skills or not np.isnan(table.skills[skill][at]):
            continue
        value = float(assumed.skills[skill][at])
        if not np.isnan(value):
            figures.append(AssumedFigure(name=f"skill:{skill}", value=value, relatives="its family"))
    return tuple(figures)


def assumed_table(table: OfferTable, catalog: Catalog) -> OfferTable:
    """The offers' table with unknown speeds and skills as those of their relatives; others stay unknown."""
    bases = [table.base_models[code] for code in table.base_model.tolist()]
    families = [(catalog.models[base].developer, *family_words(base)) for base in bases]
    levels = [table.full_models[code].partition("@")[2] for code in table.model.tolist()]
    at_level = [(*family, level) for family, level in zip(families, levels, strict=True)]
    once = np.zeros(len(table.offers), dtype=bool)  # a model counts once, however many sell it
    once[np.unique(table.model, return_index=True)[1]] = True
    skills = {skill: _filled(column, (at_level,), once) for skill, column in table.skills.items()}
    gaps = {
        skill: np.nan_to_num(_filled(np.where(np.isnan(table.skills[skill]), np.nan, gap), (at_level,), once))
        for skill, gap in table.skill_gaps.items()
    }
    return replace(
        table,
        ttft=_filled(table.ttft, (bases, families)),
        tps=_filled(table.tps, (bases, families)),
        skills=skills,
        skill_gaps=gaps,
    )


def _filled(column: Floats, groupings: Iterable[Sequence[Hashable]], counted: Bools | None = None) -> Floats:
    """(N,) the column with its gaps as the median of their group, by the first grouping that has one."""
    filled = column.copy()
    for groups in groupings:
        members: dict[Hashable, list[float]] = defaultdict(list)
        telling = ~np.isnan(column) if counted is None else ~np.isnan(column) & counted
        for i in np.flatnonzero(telling).tolist():
            members[groups[i]].append(float(column[i]))
        for i in np.flatnonzero(np.isnan(filled)).tolist():
            if groups[i] in members:
                filled[i] = float(np.median(members[groups[i]]))
    return filled


def family_words(model: str) -> tuple[str, ...]:
    """What a model's name shares with its family: words without versions, the size to a power of two."""
    name = model.lower()
    size = _SIZE.search(name)
    words = [word for word in re.findall(r"[a-z]+", _SIZE.sub("", name)) if word not in _NO_FAMILY]
    return (
        *sorted(words or [name]),
        *([f"2^{round(log2(float(size[1])))}b"] if size and float(size[1]) > 0 else []),
    )
