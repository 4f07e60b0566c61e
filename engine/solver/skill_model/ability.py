"""Skills out of a sparse table of scores: a latent-ability model, as in item response theory.

Every model i has an ability t[i, s] for every skill s; benchmark j of skill s(j) has a slope a, a difficulty
b and a guess floor c. What a model scores, in percent, is c + (100 - c) * p with

    logit p = a[j] * (t[i, s(j)] - b[j]) + noise,
    noise ~ N(0, sigma[j]^2 + 1 / (n p (1 - p))),  t[i] ~ N(0, R),

Samejima's continuous response model (Psychometrika 38, 1973) with a floor; its Gaussian form makes every
step closed. The last term is the sampling error of a test of n = 200 questions, which also keeps scores near
0 and 100 from counting too much. R has ones on its diagonal, so that abilities are in standard deviations of
the models that have scores; its correlations are what one skill says of another, and are shrunk to RHO.
Slopes are shrunk to their mean, noises to theirs. Fitted by expectation-maximisation; the errors of slope
and difficulty widen the intervals.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..tolerances import FIT_TOL, MAX_FIT_ROUNDS

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]
QUESTIONS = 200.0
RHO, RHO_WEIGHT = 0.8, 20.0  # correlation between skills before any data; worth so many models
SLOPE_SD = 0.5  # of slopes about their mean, in logits per standard deviation
NOISE, NOISE_WEIGHT = 0.35, 4.0  # sigma before any data, logits; worth so many scores
EDGE = 0.005  # shares are kept this far from 0 and 1


@dataclass(frozen=True)
class Table:
    """Scores in percent, one a row: of model `model[k]` on benchmark `bench[k]`.

    Per benchmark: its skill, its floor in percent and its weight, the number of scores that one of it counts
    for.
    """

    model: Ints
    bench: Ints
    score: Floats
    skill: Ints
    floor: Floats
    weight: Floats
    models: int
    skills: int


@dataclass(frozen=True)
class Ability:
    """The fit, in standard deviations: per model mean (models, skills) and covariance (.., skills, skills).

    `line` is (slope, intercept) per benchmark with covariance `line_cov`; `noise` its variance.
    """

    mean: Floats
    cov: Floats
    line: Floats
    line_cov: Floats
    noise: Floats

    @property
    def sd(self) -> Floats:
        """Standard error of every ability, (models, skills)."""
        return np.asarray(np.sqrt(np.einsum("iss->is", self.cov)))


def fit(table: Table) -> Ability:
    """Abilities of all models and lines of all benchmarks. A model without scores gets the prior: mean 0."""
    z, sampling = logits(table)
    prior = _equal(table.skills, RHO)
    line = np.stack([np.ones(len(table.floor)), _by(table.bench, z, len(table.floor))], axis=1)
    noise, line_cov = np.full(len(line), NOISE**2), np.zeros((len(line), 2, 2))
    mean, before = np.zeros((table.models, table.skills)), np.inf
    for _ in range(MAX_FIT_ROUNDS):
        mean, cov = _abilities(
            table, z, sampling + noise[table.bench], line=line, line_cov=line_cov, prior=prior
        )
        line, line_cov, noise = _lines(table, z, sampling, mean=mean, cov=cov, line=line, noise=noise)
        prior, scale, shift = _prior(table, mean, cov)
        line = _rescaled(line, scale[table.skill], shift[table.skill])
        now = float(np.abs(line).sum() + noise.sum())
        if abs(now - before) < FIT_TOL * now:
            break
        before = now
    mean, cov = _abilities(table, z, sampling + noise[table.bench], line=line, line_cov=line_cov, prior=prior)
    return Ability(mean, cov, line, line_cov, noise)


def predict(ability: Ability, table: Table, model: Ints, bench: Ints) -> tuple[Floats, Floats, Floats]:
    """(score, low, high) in percent for models on benchmarks, with the 80 % interval of a new score."""
    skill = table.skill[bench]
    t, var = ability.mean[model, skill], ability.cov[model, skill, skill]
    x = np.stack([t, np.ones_like(t)], axis=1)
    z = np.einsum("ki,ki->k", ability.line[bench], x)
    own = np.einsum("ki,kij,kj->k", x, ability.line_cov[bench], x)
    share = 1 / (1 + np.exp(-z))
    spread = ability.line[bench, 0] ** 2 * var + own + ability.noise[bench]
    half = 1.2815516 * np.sqrt(spread + 1 / (QUESTIONS * np.clip(share * (1 - share), EDGE, 1)))
    floor = table.floor[bench]
    low, mid, high = (floor + (100 - floor) / (1 + np.exp(-(z + d))) for d in (-half, 0 * half, half))
    return mid, low, high


def logits(table: Table) -> tuple[Floats, Floats]:
    """Scores above the floor as logits, and the sampling variance of each."""
    floor = table.floor[table.bench]
    share = np.clip((table.score - floor) / (100 - floor), EDGE, 1 - EDGE)
    return np.log(share / (1 - share)), 1 / (QUESTIONS * share * (1 - share))


def _abilities(
    table: Table, z: Floats, var: Floats, *, line: Floats, line_cov: Floats, prior: Floats
) -> tuple[Floats, Floats]:
    """E step: the posterior of every model's abilities, Gaussian. Doubtful lines count as noise."""
    a, d = line[table.bench, 0], line[table.bench, 1]
    rough = np.clip((z - d) / np.maximum(a, 0.2), -2.5, 2.5)
    x = np.stack([rough, np.ones_like(rough)], axis=1)
    doubt = np.einsum("ki,kij,kj->k", x, line_cov[table.bench], x)
    weight = table.weight[table.bench] / (var + doubt)
    precision = np.repeat(np.linalg.inv(prior)[None], table.models, axis=0)
    skill, right = table.skill[table.bench], np.zeros((table.models, table.skills))
    np.add.at(precision, (table.model, skill, skill), weight * a * a)
    np.add.at(right, (table.model, skill), weight * a * (z - d))
    cov = np.linalg.inv(precision)
    return np.einsum("ist,it->is", cov, right), cov


def _lines(
    table: Table, z: Floats, sampling: Floats, *, mean: Floats, cov: Floats, line: Floats, noise: Floats
) -> tuple[Floats, Floats, Floats]:
    """M step: slope, intercept and noise of every benchmark, a regression with a doubtful regressor."""
    count, skill = len(line), table.skill[table.bench]
    t, var = mean[table.model, skill], cov[table.model, skill, skill]
    weight = 1 / (sampling + noise[table.bench])
    gram, right = np.zeros((count, 2, 2)), np.zeros((count, 2))
    for (i, j), value in {(0, 0): t * t + var, (0, 1): t, (1, 0): t, (1, 1): np.ones_like(t)}.items():
        np.add.at(gram[:, i, j], table.bench, weight * value)
    np.add.at(right[:, 0], table.bench, weight * t * z)
    np.add.at(right[:, 1], table.bench, weight * z)
    gram[:, 0, 0] += 1 / SLOPE_SD**2
    right[:, 0] += float(line[:, 0].mean()) / SLOPE_SD**2
    gram[:, 1, 1] += 0.01
    line_cov = np.asarray(np.linalg.inv(gram), dtype=np.float64)
    line = np.asarray(np.einsum("jab,jb->ja", line_cov, right), dtype=np.float64)
    line[:, 0] = np.maximum(line[:, 0], 0.1)
    error = z - line[table.bench, 0] * t - line[table.bench, 1]
    left = np.maximum(error**2 + line[table.bench, 0] ** 2 * var - sampling, 0.0)
    ones = np.bincount(table.bench, minlength=count)
    summed = np.bincount(table.bench, weights=left, minlength=count)
    noise = np.asarray((summed + NOISE_WEIGHT * NOISE**2) / (ones + NOISE_WEIGHT), dtype=np.float64)
    return line, line_cov, noise


def _prior(table: Table, mean: Floats, cov: Floats) -> tuple[Floats, Floats, Floats]:
    """(correlations of skills, scale and shift that make abilities of scored models standard)."""
    known = np.unique(table.model)
    every: Floats = np.einsum("is,it->st", mean[known], mean[known]) + cov[known].sum(axis=0)
    every = (every + RHO_WEIGHT * _equal(table.skills, RHO)) / (len(known) + RHO_WEIGHT)
    scale: Floats = np.asarray(np.sqrt(np.diag(every)), dtype=np.float64)
    prior: Floats = every / np.outer(scale, scale)
    return prior, scale, np.asarray(mean[known].mean(axis=0), dtype=np.float64)


def _rescaled(line: Floats, scale: Floats, shift: Floats) -> Floats:
    """The same lines for abilities (t - shift) / scale."""
    return np.stack([line[:, 0] * scale, line[:, 1] + line[:, 0] * shift], axis=1)


def _equal(size: int, rho: float) -> Floats:
    return np.full((size, size), rho) + (1 - rho) * np.eye(size)


def _by(group: Ints, values: Floats, count: int) -> Any:
    return np.bincount(group, weights=values, minlength=count) / np.maximum(
        np.bincount(group, minlength=count), 1
    )
