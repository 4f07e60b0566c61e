"""A model's skills, 0-100: the catalogue's override, else those fitted to its scores, else their percentile.

The fit (see fitting) is made when a catalogue is built and kept in it. Where there are only scores, a skill
is the mean percentile of the model's scores among the models that have the benchmark:
100 * (models below + half of those equal, itself included) / models.

A catalogue's scores -> its models' skills, 0-100, each with an 80 % interval and how it is known.

An ability in standard deviations (see ability) is shown as 100 * Phi(ability): the share of models, if all
were like those that have scores, that this one would beat. A model without any score gets no skill at all.
"""

from __future__ import annotations

from collections import defaultdict
from statistics import NormalDist

import numpy as np

from ...domain.catalog import Catalog, Fitted, Kind, Model, ModelScore
from .ability import Table, fit


def skill_table(catalog: Catalog) -> dict[str, dict[str, float]]:
    """Model -> skill -> 0-100. A model without any score has none, never a guess."""
    ranks = _percentiles(catalog)
    found = {}
    for name, model in catalog.models.items():
        fitted = {skill: one.value for skill, one in model.fitted.items()}
        found[name] = {**(fitted or ranks.get(name, {})), **model.skills}
    return found


def _percentiles(catalog: Catalog) -> dict[str, dict[str, float]]:
    by_benchmark: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for name, model in catalog.models.items():
        for score in model.scores:
            by_benchmark[score.benchmark][name].append(score.value)
    sums: dict[str, dict[str, list[tuple[float, float]]]] = defaultdict(lambda: defaultdict(list))
    for key, runs in by_benchmark.items():
        benchmark = catalog.benchmarks[key]
        values = {name: sum(v) / len(v) for name, v in runs.items()}
        for name, value in values.items():
            below = sum(v < value for v in values.values())
            equal = sum(v == value for v in values.values())
            percentile = 100 * (below + equal / 2) / len(values)
            sums[name][benchmark.skill].append((benchmark.weight, percentile))
    return {
        name: {s: sum(w * p for w, p in got) / sum(w for w, _ in got) for s, got in skills.items()}
        for name, skills in sums.items()
    }


INTERVAL = 1.2815516  # standard errors either side of the middle 80 %
KNOWN = 0.7  # standard error up to which other skills tell of one without scores: half of its variance
NEEDS = {"vision": "vision", "tools": "tools"}  # a skill nobody infers of a model without the feature


def fitted(catalog: Catalog) -> dict[str, dict[str, Fitted]]:
    """Model -> skill -> its fitted figure, for models with scores; rounded to a tenth."""
    models, benchmarks, table = table_of(catalog)
    if not models:
        return {}
    skills = sorted({catalog.benchmarks[b].skill for b in benchmarks})
    ability, share = fit(table), NormalDist().cdf
    found: dict[str, dict[str, Fitted]] = {}
    for i, name in enumerate(models):
        kinds = _kinds(catalog, catalog.models[name])
        for s, skill in enumerate(skills):
            mid, sd = float(ability.mean[i, s]), float(ability.sd[i, s])
            kind = kinds.get(skill, "interpolated")
            if kind == "interpolated" and (sd > KNOWN or not _able(catalog.models[name], skill)):
                continue
            low, value, high = (round(100 * share(mid + d * INTERVAL * sd), 1) for d in (-1, 0, 1))
            found.setdefault(name, {})[skill] = Fitted(value=value, low=low, high=high, kind=kind)
    return found


def table_of(catalog: Catalog) -> tuple[list[str], list[str], Table]:
    """(models with scores, benchmarks with scores, the table); one score a model and benchmark.

    Where others have measured, what the vendor says does not count; of several the mean does.
    """
    cells: dict[tuple[str, str], list[ModelScore]] = defaultdict(list)
    for name, model in catalog.models.items():
        for score in model.scores:
            cells[name, score.benchmark].append(score)
    models = sorted({name for name, _ in cells})
    benchmarks = sorted({bench for _, bench in cells})
    skills = sorted({catalog.benchmarks[b].skill for b in benchmarks})
    rows = {m: i for i, m in enumerate(models)}
    columns = {b: j for j, b in enumerate(benchmarks)}
    about = [catalog.benchmarks[b] for b in benchmarks]
    table = Table(
        model=np.array([rows[m] for m, _ in cells], dtype=np.intp),
        bench=np.array([columns[b] for _, b in cells], dtype=np.intp),
        score=np.array([_one(scores) for scores in cells.values()], dtype=float),
        skill=np.array([skills.index(b.skill) for b in about], dtype=np.intp),
        floor=np.array([min(b.floor, 99.0) for b in about], dtype=float),
        weight=np.array([b.weight for b in about], dtype=float),
        models=len(models),
        skills=len(skills),
    )
    return models, benchmarks, table


def _one(scores: list[ModelScore]) -> float:
    best = [s.value for s in scores if s.kind == "measured"] or [s.value for s in scores]
    return sum(best) / len(best)


def _kinds(catalog: Catalog, model: Model) -> dict[str, Kind]:
    """Skill -> estimated where somebody else has measured one of its benchmarks, else vendor."""
    kinds: dict[str, Kind] = {}
    for score in model.scores:
        skill = catalog.benchmarks[score.benchmark].skill
        kinds[skill] = "estimated" if score.kind == "measured" else kinds.get(skill, "vendor")
    return kinds


def _able(model: Model, skill: str) -> bool:
    return skill not in NEEDS or NEEDS[skill] in model.features
