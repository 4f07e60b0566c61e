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
from ...domain.errors import InputError
from ...domain.levels import spelled_out, split_level, unknown_name
from ...solver.skill_model.skills import fitted_rows, fitted_skills
from .curation.scores import scores_of
from .model_names import curated_lists, last_part, proposals, reviewed
from .scores.figure import Figure
from .scores.leaderboards import (
    aider_figures,
    bfcl_figures,
    epoch_figures,
    evalplus_figures,
    livebench_figures,
    lmarena_figures,
)
from .scores.own_tests import lm_eval_figures, promptfoo_figures

_SKILL = re.compile(r"\w[\w-]*")
FORMATS: dict[str, tuple[str, Callable[[str, str], list[Figure]]]] = {
    "aider": ("Aider leaderboards", aider_figures),
    "evalplus": ("EvalPlus leaderboard", evalplus_figures),
    "epoch": ("Epoch AI Benchmarking Hub", epoch_figures),
    "bfcl": ("Berkeley Function-Calling Leaderboard", bfcl_figures),
    "lmarena": ("LMArena", lmarena_figures),
    "livebench": ("LiveBench", livebench_figures),
    "lm-eval": ("lm-evaluation-harness, own runs", lm_eval_figures),
    "promptfoo": ("promptfoo, own tests", promptfoo_figures),
}


@dataclass(frozen=True)
class ScoreImport:
    """What a file brings: scores by model, rows for the overlay, and what was left out and why."""

    scores: Mapping[str, list[dict[str, Any]]]
    unmapped: Mapping[str, list[tuple[str, float]]]
    unskilled: tuple[str, ...]
    overrides: dict[str, dict[str, Any]] = field(default_factory=dict)  # for the overlay


def read_scores(
    catalog: Catalog,
    figures: list[Figure],
    kind: str,
    *,
    skill: str | None,
    names: Mapping[str, str],
    day: date,
) -> ScoreImport:
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
        if split_level(ours, catalog.models)[0] not in catalog.models:
            known_models = spelled_out(catalog).models
            what = unknown_name("model", ours, known_models, known_models)
            raise InputError(f"{theirs}: {what}", where="--name")
    known = {name: key for name, key in reviewed(catalog.models).items() if key in catalog.models}
    known |= {last_part(theirs): ours for theirs, ours in names.items()}
    keys = {title: _benchmark_key(catalog, kind, title) for title in {figure.benchmark for figure in figures}}
    new = sorted(title for title, key in keys.items() if key not in catalog.benchmarks)
    unskilled = tuple(new) if skill is None else ()
    wanted = {key: {"source": kind, "bench": title} for title, key in keys.items() if title not in unskilled}
    scores = _by_model(scores_of(((kind, figure) for figure in figures), wanted, known), catalog)
    unmapped = sorted({figure.name for figure in figures if last_part(figure.name) not in known})
    benchmarks = {keys[title]: {"title": title, "skill": skill} for title in new if skill}
    overrides = _score_overrides(catalog, scores, kind, benchmarks, day)
    return ScoreImport(scores, {name: proposals(name, known) for name in unmapped}, unskilled, overrides)


def _by_model(
    scores: Mapping[str, list[dict[str, Any]]], catalog: Catalog
) -> dict[str, list[dict[str, Any]]]:
    """Scores of model@level as the model's, each with its effort."""
    by_model: dict[str, list[dict[str, Any]]] = {}
    for name, rows in scores.items():
        model, level = split_level(name, catalog.models)
        by_model.setdefault(model, []).extend({**row, "effort": level} if level else row for row in rows)
    return by_model


def _score_overrides(
    catalog: Catalog,
    scores: Mapping[str, list[dict[str, Any]]],
    kind: str,
    benchmarks: dict[str, Any],
    day: date,
) -> dict[str, dict[str, Any]]:
    """Rows for the overlay: source, new benchmarks, and each model's scores and skills, fitted anew."""
    if not scores:
        return {}
    models: dict[str, dict[str, Any]] = {}
    for key, rows in scores.items():
        default = catalog.models[key].default_effort
        replaced = {(row["benchmark"], row.get("effort") or default) for row in rows}
        kept = [
            score
            for score in catalog.models[key].scores
            if (score.benchmark, (score.effort or default) if default else None) not in replaced
        ]
        models[key] = {"scores": [*(score.model_dump(exclude_defaults=True) for score in kept), *rows]}
    source = {} if kind in catalog.sources else {kind: {"title": FORMATS[kind][0], "as_of": day}}
    rescored = catalog.model_dump(by_alias=True, exclude_unset=True)
    rescored["benchmarks"] = {**rescored.get("benchmarks", {}), **benchmarks}
    for key, row in models.items():
        rescored["models"][key]["scores"] = row["scores"]
    skills = fitted_skills(Catalog.model_validate(rescored))
    for key, row in models.items():
        model = catalog.models[key]
        efforts = {level: effort.model_dump(exclude_unset=True) for level, effort in model.efforts.items()}
        row.update(fitted_rows(key, model.default_effort, efforts, skills))
    return {"sources": source, "benchmarks": benchmarks, "models": models}


def _benchmark_key(catalog: Catalog, kind: str, title: str) -> str:
    """The catalogue's key for a source's test, else a new one made of both names."""
    for key, row in curated_lists()["benchmarks"].items():
        if (row["source"], row["bench"]) == (kind, title) and key in catalog.benchmarks:
            return str(key)
    slug = re.sub(r"[^a-z0-9]+", "_", title.lower()).strip("_") or "test"
    return slug if slug.startswith(kind.replace("-", "_")) else f"{kind.replace('-', '_')}_{slug}"
