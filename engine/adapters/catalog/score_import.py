"""Scores out of a file -> what they would change in the catalogue, as rows of the user's overlay.

Names are looked up in the reviewed table and in what the user says; what is in neither is reported with
proposals and left out. Benchmarks are those of the catalogue, by source and name; a new one needs its skill.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from difflib import get_close_matches
from typing import Any

from ...domain.catalog import Catalog
from ...domain.errors import InputError, nearest
from ...solver.skill_model.skills import fitted_skills
from .curation.scores import scores_of
from .model_names import curated_lists, proposals, reviewed, written
from .scores import aider, bfcl, epoch, evalplus, livebench, lm_eval, lmarena, promptfoo
from .scores.figure import Figure

_SKILL = re.compile(r"\w[\w-]*")
FORMATS: dict[str, tuple[str, Callable[[str, str], list[Figure]]]] = {
    "aider": ("Aider leaderboards", aider.figures),
    "evalplus": ("EvalPlus leaderboard", evalplus.figures),
    "epoch": ("Epoch AI Benchmarking Hub", epoch.figures),
    "bfcl": ("Berkeley Function-Calling Leaderboard", bfcl.figures),
    "lmarena": ("LMArena", lmarena.figures),
    "livebench": ("LiveBench", livebench.figures),
    "lm-eval": ("lm-evaluation-harness, own runs", lm_eval.figures),
    "promptfoo": ("promptfoo, own tests", promptfoo.figures),
}


@dataclass(frozen=True)
class Import:
    """What a file brings: scores by model, rows for the overlay, and what was left out and why."""

    scores: Mapping[str, list[dict[str, Any]]]
    unmapped: Mapping[str, list[tuple[str, float]]]
    unskilled: tuple[str, ...]
    facts: dict[str, dict[str, Any]] = field(default_factory=dict)


def read_scores(
    catalog: Catalog,
    figures: list[Figure],
    kind: str,
    *,
    skill: str | None,
    names: Mapping[str, str],
    day: date,
) -> Import:
    """The import of `figures` of the format `kind`. Raises InputError for an unknown skill or model key."""
    if skill is not None and not _SKILL.fullmatch(skill):
        what = f"{skill!r} is no name of a skill: letters, digits, - and _"
        raise InputError(what, where="import scores --skill")
    close = get_close_matches(skill or "", catalog.skills, n=1, cutoff=0.8)
    if skill is not None and skill not in catalog.skills and close:
        listed = ", ".join(sorted(catalog.skills))
        what = f"unknown skill {skill!r} (did you mean {close[0]!r}?); known: {listed}; another is new"
        raise InputError(what, where="import scores --skill")
    for theirs, ours in names.items():
        if ours not in catalog.models:
            raise InputError(
                f"{theirs}: unknown model {ours!r}{nearest(ours, catalog.models)}", where="--name"
            )
    known = {n: k for n, k in reviewed(catalog.models).items() if k in catalog.models}
    known |= {written(theirs): ours for theirs, ours in names.items()}
    tests = {title: _test(catalog, kind, title) for title in {one.benchmark for one in figures}}
    new = sorted(title for title, key in tests.items() if key not in catalog.benchmarks)
    missing = tuple(new) if skill is None else ()
    wanted = {key: {"source": kind, "bench": title} for title, key in tests.items() if title not in missing}
    scores = scores_of(((kind, one) for one in figures), wanted, known)
    strange = sorted({one.name for one in figures if written(one.name) not in known})
    facts = _facts(catalog, scores, kind, {tests[t]: {"title": t, "skill": skill} for t in new if skill}, day)
    return Import(scores, {name: proposals(name, known) for name in strange}, missing, facts)


def _facts(
    catalog: Catalog, scores: Mapping[str, list[dict[str, Any]]], kind: str, tests: dict[str, Any], day: date
) -> dict[str, dict[str, Any]]:
    """Rows for the overlay: source, new benchmarks, and each model's scores and skills, fitted anew."""
    if not scores:
        return {}
    models: dict[str, dict[str, Any]] = {}
    for key, rows in scores.items():
        replaced = {row["benchmark"] for row in rows}
        kept = [s for s in catalog.models[key].scores if s.benchmark not in replaced]
        models[key] = {"scores": [*(s.model_dump(exclude_defaults=True) for s in kept), *rows]}
    source = {} if kind in catalog.sources else {kind: {"title": FORMATS[kind][0], "as_of": day}}
    data = catalog.model_dump(by_alias=True)
    data["benchmarks"] |= tests
    for key, row in models.items():
        data["models"][key]["scores"] = row["scores"]
    skills = fitted_skills(Catalog.model_validate(data))
    for key, row in models.items():
        row["fitted"] = {skill: one.model_dump() for skill, one in skills[key].items()}
    return {"sources": source, "benchmarks": tests, "models": models}


def _test(catalog: Catalog, kind: str, title: str) -> str:
    """The catalogue's key for a source's test, else a new one made of both names."""
    for key, row in curated_lists()["benchmarks"].items():
        if (row["source"], row["bench"]) == (kind, title) and key in catalog.benchmarks:
            return str(key)
    slug = re.sub(r"[^a-z0-9]+", "_", title.lower()).strip("_") or "test"
    return slug if slug.startswith(kind.replace("-", "_")) else f"{kind.replace('-', '_')}_{slug}"
