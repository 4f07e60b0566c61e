"""The fit of skills against the mean percentile, on scores that neither has seen.

Ten folds of the shipped catalogue's scores. The fit predicts a held-out score by its own curve. The mean
percentile predicts the quantile of the benchmark's other scores at the model's percentile in that skill (in
all skills, where it has no other score of that skill); a third guess is the benchmark's mean. Scores without
any such guess are left out.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from modelpick.engine.adapters.catalog.file import load_catalog
from modelpick.engine.solver.skill_model.ability import (
    EDGE,
    INTERVAL_SDS,
    QUESTIONS,
    Ability,
    Floats,
    Ints,
    ScoreTable,
    fit,
)
from modelpick.engine.solver.skill_model.skills import score_table

from .report import Result
from .report import Table as Shown

FOLDS, SEED = 10, 1


@dataclass(frozen=True)
class HeldOut:
    """Per held-out score, in points of 0-100: what it is, what each way says, and the fit's 80 % interval."""

    score: Floats
    skill: Ints
    fitted: Floats
    low: Floats
    high: Floats
    percentile: Floats
    mean: Floats

    def error(self, guess: Floats) -> float:
        """Mean absolute error, points."""
        return float(np.abs(guess - self.score).mean())

    @property
    def covered(self) -> float:
        """Share of scores within their interval."""
        return float(((self.low <= self.score) & (self.score <= self.high)).mean())


def predict(
    ability: Ability, table: ScoreTable, model: Ints, benchmark: Ints
) -> tuple[Floats, Floats, Floats]:
    """(score, low, high) in percent for models on benchmarks, with the 80 % interval of a new score."""
    skill = table.skill[benchmark]
    t, var = ability.mean[model, skill], ability.cov[model, skill, skill]
    x = np.stack([t, np.ones_like(t)], axis=1)
    z = np.einsum("ki,ki->k", ability.curve[benchmark], x)
    doubt = np.einsum("ki,kij,kj->k", x, ability.curve_cov[benchmark], x)
    share = 1 / (1 + np.exp(-z))
    spread = ability.curve[benchmark, 0] ** 2 * var + doubt + ability.noise[benchmark]
    half = INTERVAL_SDS * np.sqrt(spread + 1 / (QUESTIONS * np.clip(share * (1 - share), EDGE, 1)))
    floor = table.floor[benchmark]
    low, mid, high = (floor + (100 - floor) / (1 + np.exp(-(z + d))) for d in (-half, 0 * half, half))
    return mid, low, high


def held_out(table: ScoreTable, folds: int = FOLDS, seed: int = SEED) -> HeldOut:
    """Every score predicted from the other folds, by three ways."""
    order = np.random.default_rng(seed).permutation(len(table.score))
    found = np.full((len(order), 5), np.nan)
    for fold in range(folds):
        test, train = order[fold::folds], np.setdiff1d(order, order[fold::folds])
        seen = replace(
            table, model=table.model[train], benchmark=table.benchmark[train], score=table.score[train]
        )
        found[test, :3] = np.stack(predict(fit(seen), seen, table.model[test], table.benchmark[test]), axis=1)
        found[test, 3:] = [_simply(seen, table.model[k], table.benchmark[k]) for k in test]
    kept = ~np.isnan(found).any(axis=1)
    columns = (found[kept, i] for i in range(5))
    return HeldOut(table.score[kept], table.skill[table.benchmark[kept]], *columns)


def _simply(seen: ScoreTable, model: int, bench: int) -> tuple[float, float]:
    """(by the mean percentile, the benchmark's mean); NaN where there is nothing to go by."""
    peers = seen.score[seen.benchmark == bench]
    own = np.flatnonzero(seen.model == model)
    if not (len(peers) and len(own)):
        return np.nan, np.nan
    same = own[seen.skill[seen.benchmark[own]] == seen.skill[bench]]
    rows = same if len(same) else own
    ranks = [_percentile(seen.score[seen.benchmark == seen.benchmark[k]], seen.score[k]) for k in rows]
    return float(np.quantile(peers, np.mean(ranks))), float(peers.mean())


def _percentile(scores: Floats, one: float) -> float:
    return float((scores < one).mean() + (scores == one).mean() / 2)


def run() -> Result:
    """A table of errors and coverage; a fault where the fit loses or its intervals lie."""
    catalog = load_catalog(None)
    models, benchmarks, table = score_table(catalog)
    skills = sorted({catalog.benchmarks[name].skill for name in benchmarks})
    every = held_out(table)
    rows = [_row("all", every)]
    for at, skill in enumerate(skills):
        some = every.skill == at
        rows.append(
            _row(skill, HeldOut(*(getattr(every, name)[some] for name in HeldOut.__dataclass_fields__)))
        )
    faults = (
        [] if every.error(every.fitted) < every.error(every.percentile) else ["the fit loses to percentiles"]
    )
    if not 0.7 <= every.covered <= 0.9:
        faults.append(f"80 % intervals cover {every.covered:.0%}")
    title = (
        f"Held-out scores: {len(models)} models, {len(benchmarks)} benchmarks; mean error, points of 0-100"
    )
    head = ("skill", "scores", "fit", "mean percentile", "mean", "within 80 %")
    return Result([Shown(title, head, rows)], faults)


def _row(name: str, some: HeldOut) -> tuple[str, ...]:
    errors = (f"{some.error(guess):.2f}" for guess in (some.fitted, some.percentile, some.mean))
    return (name, str(len(some.score)), *errors, f"{some.covered:.0%}")
