"""A model's skills, 0-100: the catalogue's override, else those fitted to its scores, else their percentile.

The fit is made when a catalogue is built and kept in it: an ability in standard deviations (see ability) is
shown as 100 * Phi(ability). ANCHORS hold the scale, models of one level that everybody knows: their mean and
spread stand, so that more models do not move it. Where there are only scores, a skill is the mean percentile
of the model's scores among the models that have the benchmark: 100 * (models below + half of those equal,
itself included) / models. A model without any score gets no skill at all.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from math import sqrt
from statistics import NormalDist
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...domain.catalog import UNSTATED, Z80, Catalog, Fitted, Kind, Model, ModelScore
from ...domain.levels import base_name, spelled_out, split_level
from .ability import INTERVAL_SDS, ScoreTable, fit

MAX_INTERPOLATED_SD = 0.7  # up to which other skills tell of one without scores: half of its variance
MIN_SCORES = 3  # of a model, before they tell of skills that none of them is of
# Models of one level, from Llama 3.1 8B and GPT-4o mini to Gemini 2.5 Pro and Grok 4.
ANCHORS = (
    *(
        "gpt-4.1",
        "gpt-4.1-mini",
        "gpt-4.1-nano",
        "gpt-4o",
        "gpt-4o-mini",
        "gemini-2.5-pro",
        "grok-3",
        "grok-4",
    ),
    *("llama-3.1-8b-instruct", "llama-3.1-70b-instruct", "llama-3.1-405b-instruct", "llama-3.3-70b-instruct"),
    *("llama-4-maverick-17b-128e-instruct", "llama-4-scout-17b-16e-instruct", "gemma-3-27b-it", "phi-4"),
    *("deepseek-v3", "deepseek-v3-0324", "deepseek-r1", "deepseek-r1-0528", "kimi-k2-instruct"),
    *("kimi-k2-thinking", "qwen2.5-72b-instruct", "qwen2.5-coder-32b-instruct", "qwen3-max", "minimax-m2.5"),
    *("qwen3-235b-a22b-thinking-2507", "mistral-large-2411", "mistral-medium-2505", "gpt-5-pro"),
)
ANCHOR_MEAN, ANCHOR_SD, MIN_ANCHORS = -0.95, 0.8, 10  # of theirs; fewer hold none
# From the least to the most; the gain of the first is nought, as that of models without levels.
LEVELS = ("high", "none", "minimal", "low", "medium", "xhigh", "max", "thinking", UNSTATED)
# How far a model is off on one more board of the skill, standard deviation: `python -m benchmarks skills`
# leaves out whole boards and finds it. Of a skill with fewer than three boards nobody knows it.
BOARD_SD = {
    "coding": 0.25,
    "knowledge": 0.28,
    "math": 0.26,
    "multilingual": 0.46,
    "reasoning": 0.27,
    "tools": 0.18,
    "vision": 0.26,
}
USUAL_BOARD_SD = 0.2
# How much further off what a maker says of its own model is than what it says of others, where both have been
# measured elsewhere (88 and 50 figures of BenchBoard: 0.39 and 0.30 about the fit). Of skills known only so.
MAKER_SD = 0.25
# Skills of which no other tells: where the board of summaries is left out, the others rank its models the
# other way round (-0.59), since models that reason more add more that the text does not say.
APART = frozenset({"faithfulness"})
FEATURES_NEEDED = {
    "vision": "vision",
    "tools": "tools",
}  # a skill nobody infers of a model without the feature


def skill_table(catalog: Catalog) -> dict[str, dict[str, float]]:
    """Model -> skill -> 0-100, each level a model. One without any score has none, never a guess."""
    catalog = spelled_out(catalog)
    unfitted = any(model.scores and not model.fitted for model in catalog.models.values())
    percentiles = _percentiles(catalog) if unfitted else {}
    skills = {}
    for name, model in catalog.models.items():
        of_fit = {skill: fitted.value for skill, fitted in model.fitted.items()}
        skills[name] = {**(of_fit or percentiles.get(name, {})), **model.skills}
    return skills


def _percentiles(catalog: Catalog) -> dict[str, dict[str, float]]:
    """Model -> skill -> the mean percentile of its scores, weighted by benchmark."""
    runs: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for name, model in catalog.models.items():
        for score in model.scores:
            if score.effort != UNSTATED:
                runs[score.benchmark][name].append(score.value)
    weighted: dict[str, dict[str, list[tuple[float, float]]]] = defaultdict(lambda: defaultdict(list))
    for key, by_model in runs.items():
        benchmark = catalog.benchmarks[key]
        means = {name: sum(scores) / len(scores) for name, scores in by_model.items()}
        for name, mean in means.items():
            below = sum(other < mean for other in means.values())
            equal = sum(other == mean for other in means.values())
            percentile = 100 * (below + equal / 2) / len(means)
            weighted[name][benchmark.skill].append((benchmark.weight, percentile))
    return {
        name: {
            skill: sum(w * p for w, p in pairs) / sum(w for w, _ in pairs) for skill, pairs in skills.items()
        }
        for name, skills in weighted.items()
    }


def fitted_skills(catalog: Catalog) -> dict[str, dict[str, Fitted]]:
    """Model -> skill -> its fitted figure with its 80 % interval, for models with scores; to a tenth.

    Each level is a model, `model@level`, with the scores that were taken at it; one without any is
    interpolated from the model's others and what the level gains other models. Intervals hold BOARD_SD, and
    MAKER_SD where nobody but makers has figures.
    """
    catalog = spelled_out(catalog)
    models, benchmarks, table = score_table(catalog)
    if not models:
        return {}
    skills = sorted({catalog.benchmarks[name].skill for name in benchmarks})
    ability, share_below = fit(table), NormalDist().cdf
    scale, shift = _anchoring(models, ability.mean, np.array([skill in APART for skill in skills]))
    measured, counts = _evidence(table)
    bases = {name: base_name(name, catalog.models) for name in catalog.models}
    by_makers = _known_by_makers(catalog, bases)
    fitted: dict[str, dict[str, Fitted]] = {}
    for i, name in enumerate(models):
        if name not in catalog.models:
            continue  # its runs at a level that nobody states
        kinds = _kinds(catalog, catalog.models[name])
        for s, skill in enumerate(skills):
            mean, sd = float(ability.mean[i, s]), float(ability.sd[i, s])
            board_sd = BOARD_SD.get(skill, USUAL_BOARD_SD)
            kind = kinds.get(skill, "interpolated")
            maker_sd = MAKER_SD if (bases[name], skill) in by_makers else 0.0
            spread = scale[s] * (sd**2 + board_sd**2 + maker_sd**2) ** 0.5
            mean = scale[s] * mean + shift[s]
            told = measured[i, s] or counts[i] >= MIN_SCORES
            known = told and sd <= MAX_INTERPOLATED_SD and _is_capable(catalog.models[name], skill)
            if kind == "interpolated" and not known:
                continue
            low, value, high = (
                round(100 * share_below(mean + side * INTERVAL_SDS * spread), 1) for side in (-1, 0, 1)
            )
            fitted.setdefault(name, {})[skill] = Fitted(value=value, low=low, high=high, kind=kind)
    return fitted


def fitted_rows(
    name: str, default: str | None, efforts: Mapping[str, Mapping[str, Any]], skills: Mapping[str, Any]
) -> dict[str, Any]:
    """What `fitted_skills` gives for a model, as the catalogue's file has it: `fitted` of the model, which is
    its default level's, and `efforts.LEVEL.fitted` of the other levels and of a default that has its own."""
    rows: dict[str, Any] = {}
    for level in efforts or ("",):
        key = name if level in ("", default) else f"{name}@{level}"
        fits = {skill: estimate.model_dump() for skill, estimate in skills.get(key, {}).items()}
        own = bool(level) and (level != default or "fitted" in efforts[level])
        if own and (fits or "fitted" in efforts[level]):
            rows.setdefault("efforts", {})[level] = {"fitted": fits}
        elif fits and not own:
            rows["fitted"] = fits
    return rows


def _anchoring(
    models: Sequence[str], mean: NDArray[np.float64], apart: NDArray[np.bool_]
) -> tuple[NDArray[np.float64], ...]:
    """(scale, shift), each (skills,), that put the anchors' abilities where they stand; (1, 0) with few, and
    of skills that are apart, in which the anchors are no weaker than the models of today."""
    rows = [at for at, name in enumerate(models) if name in ANCHORS]
    if len(rows) < MIN_ANCHORS:
        return np.ones(mean.shape[1]), np.zeros(mean.shape[1])
    scale = np.where(apart, 1.0, ANCHOR_SD / mean[rows].std(axis=0))
    return scale, np.where(apart, 0.0, ANCHOR_MEAN - scale * mean[rows].mean(axis=0))


def score_table(catalog: Catalog) -> tuple[list[str], list[str], ScoreTable]:
    """(models with scores and all their levels, benchmarks with scores, the table); one score of each a test.

    Where others have measured, what the vendor says does not count; of several the mean does. What a model
    scored at a level that nobody states is a row of its own, `model@unstated`.
    """
    catalog = spelled_out(catalog)
    cells: dict[tuple[str, str], list[ModelScore]] = defaultdict(list)
    bases = {name: base_name(name, catalog.models) for name in catalog.models}
    for name, model in catalog.models.items():
        for score in model.scores:
            row = f"{name}@{UNSTATED}" if score.effort == UNSTATED and model.efforts else name
            bases[row] = bases[name]
            cells[row, score.benchmark].append(score)
    scored = {bases[name] for name, _ in cells}
    models = sorted(name for name, base in bases.items() if base in scored)
    groups = {base: at for at, base in enumerate(sorted(scored))}
    benchmarks = sorted({benchmark for _, benchmark in cells})
    facts = [catalog.benchmarks[name] for name in benchmarks]
    skills = sorted({benchmark.skill for benchmark in facts})
    rows = {name: i for i, name in enumerate(models)}
    columns = {name: j for j, name in enumerate(benchmarks)}
    table = ScoreTable(
        model=np.array([rows[name] for name, _ in cells], dtype=np.intp),
        benchmark=np.array([columns[name] for _, name in cells], dtype=np.intp),
        score=np.array([_mean_score(scores) for scores in cells.values()], dtype=float),
        skill=np.array([skills.index(benchmark.skill) for benchmark in facts], dtype=np.intp),
        floor=np.array([min(benchmark.floor, 99.0) for benchmark in facts], dtype=float),
        weight=np.array([benchmark.weight for benchmark in facts], dtype=float),
        models=len(models),
        skills=len(skills),
        group=np.array([groups[bases[name]] for name in models], dtype=np.intp),
        level=np.array([_level_index(name, catalog) for name in models], dtype=np.intp),
        unstated=np.array([name not in catalog.models for name in models], dtype=bool),
        apart=np.array([skill in APART for skill in skills], dtype=bool),
    )
    return models, benchmarks, table


def _evidence(table: ScoreTable) -> tuple[NDArray[np.bool_], NDArray[np.intp]]:
    """((models, skills) whether a model has a score of the skill at any level, (models,) how many it has)."""
    measured = np.zeros((table.models, table.skills), dtype=bool)
    measured[table.model, table.skill[table.benchmark]] = True
    counts = np.bincount(table.model, minlength=table.models)
    for rows in table.groups:
        measured[rows], counts[rows] = measured[rows].any(axis=0), counts[rows].sum()
    return measured, counts


def _level_index(name: str, catalog: Catalog) -> int:
    """The place in LEVELS of the level that a name stands for; 0 without levels, or with another name."""
    if name.endswith(f"@{UNSTATED}"):
        return LEVELS.index(UNSTATED)
    level = split_level(name, catalog.models)[1] or catalog.models[name].default_effort
    return LEVELS.index(level) if level in LEVELS else 0


def _mean_score(scores: list[ModelScore]) -> float:
    best = [score.value for score in scores if score.kind == "measured"] or [score.value for score in scores]
    return sum(best) / len(best)


def _kinds(catalog: Catalog, model: Model) -> dict[str, Kind]:
    """Skill -> estimated where others have measured one of its benchmarks at this level, else vendor."""
    kinds: dict[str, Kind] = {}
    for score in model.scores:
        if score.effort == UNSTATED:
            continue
        skill = catalog.benchmarks[score.benchmark].skill
        kinds[skill] = "estimated" if score.kind == "measured" else kinds.get(skill, "vendor")
    return kinds


def _known_by_makers(catalog: Catalog, bases: Mapping[str, str]) -> set[tuple[str, str]]:
    """(model, skill) where there are scores at some level, and all of them are of makers."""
    scored: set[tuple[str, str]] = set()
    measured: set[tuple[str, str]] = set()
    for name, model in catalog.models.items():
        for score in model.scores:
            skill = catalog.benchmarks[score.benchmark].skill
            scored.add((bases[name], skill))
            if score.kind == "measured":
                measured.add((bases[name], skill))
    return scored - measured


def _is_capable(model: Model, skill: str) -> bool:
    return skill not in FEATURES_NEEDED or FEATURES_NEEDED[skill] in model.features


def deviations(confidence: float) -> float:
    """How many distances from a figure to the low end of its 80 % are taken off it at a confidence."""
    return NormalDist().inv_cdf(confidence) / Z80


def wilson_low(percent: float, items: float) -> float:
    """The low end of 80 % of a share, both in percent, that so many items gave (Wilson, JASA 22, 1927)."""
    return _wilson(percent, items, -1)


def wilson_high(percent: float, items: float) -> float:
    """The high end of it."""
    return _wilson(percent, items, 1)


def _wilson(percent: float, items: float, side: int) -> float:
    share, z = percent / 100, Z80
    if share in (0.0, 1.0) and side * (share - 0.5) > 0:
        return percent  # an end of the scale exactly: its rounding would be the smallest figure of a model
    middle = share + z * z / (2 * items)
    half = z * sqrt(share * (1 - share) / items + z * z / (4 * items * items))
    return 100 * (middle + side * half) / (1 + z * z / items)


def skill_intervals(model: Model) -> dict[str, tuple[float, float]]:
    """Skill -> the ends of its 80 % interval, for fitted skills that the catalogue does not override."""
    return {name: (fit.low, fit.high) for name, fit in model.fitted.items() if name not in model.skills}


def skill_gaps(model: Model) -> dict[str, float]:
    """Skill -> points from its figure down to the low end of its 80 %, for skills with an interval."""
    return {name: model.fitted[name].value - low for name, (low, _) in skill_intervals(model).items()}
