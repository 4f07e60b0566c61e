"""Abilities out of a sparse table of scores: a latent-ability model, as in item response theory (2PL).

Every model i has an ability t[i, s] for every skill s; benchmark j of skill s(j) has a slope a, a difficulty
b and a guess floor c. What a model scores, in percent, is c + (100 - c) * p with

    logit p = a[j] * (t[i, s(j)] - b[j]) + noise,
    noise ~ N(0, sigma[j]^2 + 1 / (n p (1 - p))),  t[i] ~ N(0, R),

Samejima's continuous response model (Psychometrika 38, 1973) with a floor; its Gaussian form makes every
step closed. The last term is the sampling error of a test of n = 200 questions, which also keeps scores near
0 and 100 from counting too much. A model with reasoning levels has an ability at each: that of the model +
the gain of the level, which models share and have more or less of, by a factor N(1, SPREAD^2), + a deviation
of its own, N(0, TAU^2 R). A level without a score is as sure as the others of its model make it. Gains in a
skill are shrunk to the level's mean over the skills.
R has ones on its diagonal, so that abilities are in standard deviations of
the models that have scores; its correlations are what one skill says of another, and are shrunk to RHO.
Slopes are shrunk to their mean, noises to theirs. Fitted by expectation-maximisation; the errors of slope
and difficulty widen the intervals.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..tolerances import FIT_TOL, MAX_FIT_ROUNDS

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]
INTERVAL_SDS = 1.2815516  # standard errors either side of the middle 80 %
QUESTIONS = 200.0
RHO, RHO_WEIGHT = 0.9, 200.0  # correlation between skills before any data; worth so many models
SLOPE_SD = 0.5  # of slopes about their mean, in logits per standard deviation
NOISE, NOISE_WEIGHT = 0.35, 4.0  # sigma before any data, logits; worth so many scores
ALONE = 0.5  # sigma of the only board of a skill that is apart, in slopes; the median of all boards is 0.4
TAU = 0.2  # of a level's own deviation, standard deviations
SPREAD = 0.5  # of models' factors of the gains
TAU_UNSTATED = 0.6  # that of runs at a level that nobody states: what levels differ by is in it
GAIN_WEIGHT = 1.0  # scored level that the mean over the skills is worth, for the gain in one skill
EDGE = 0.005  # shares are kept this far from 0 and 1


@dataclass(frozen=True)
class ScoreTable:
    """Scores in percent, one a row: `score[k]` of model `model[k]` on benchmark `benchmark[k]`.

    Per benchmark: its `skill`, its `floor` in percent and its `weight`, the number of scores that one of it
    counts for. `models` and `skills` are how many there are. A model at a level is a row of its own: `group`
    says which rows are one model's, `level` their level, 0 for those whose gain is none; without, none are.
    `unstated` are rows of which nobody states the level. `apart` are skills of which the others say nothing.
    """

    model: Ints
    benchmark: Ints
    score: Floats
    skill: Ints
    floor: Floats
    weight: Floats
    models: int
    skills: int
    group: Ints | None = None
    level: Ints | None = None
    unstated: NDArray[np.bool_] | None = None
    apart: NDArray[np.bool_] | None = None

    @property
    def tau(self) -> Floats:
        """(models,) the standard deviation of every row about its model and the gain of its level."""
        unstated = np.zeros(self.models, dtype=bool) if self.unstated is None else self.unstated
        return np.where(unstated, TAU_UNSTATED, TAU)

    @property
    def groups(self) -> list[Ints]:
        """The rows of each model."""
        if self.group is None:
            return [np.array([row]) for row in range(self.models)]
        order = np.argsort(self.group, kind="stable")
        return np.split(order, np.flatnonzero(np.diff(self.group[order])) + 1)

    @property
    def levels(self) -> Ints:
        """(models,) the level of every row."""
        return np.zeros(self.models, dtype=np.intp) if self.level is None else self.level


@dataclass(frozen=True)
class Ability:
    """The fit, in standard deviations: per model `mean` (models, skills) and `cov` (models, skills, skills).

    Per benchmark its `curve`, (slope, intercept) in logits, with the covariance `curve_cov`, and the variance
    `noise`; per level its `gain` (levels, skills).
    """

    mean: Floats
    cov: Floats
    curve: Floats
    curve_cov: Floats
    noise: Floats
    gain: Floats

    @property
    def sd(self) -> Floats:
        """Standard error of every ability, (models, skills)."""
        return np.asarray(np.sqrt(np.einsum("iss->is", self.cov)))


def fit(table: ScoreTable) -> Ability:
    """Abilities of all models and curves of all benchmarks. A model without scores gets the prior: mean 0."""
    z, sampling = logits(table)
    prior = _set_apart(table, _equicorrelation(table.skills, RHO))
    benchmarks = len(table.floor)
    curve = np.stack([np.ones(benchmarks), _mean_by(table.benchmark, z, benchmarks)], axis=1)
    noise, curve_cov = np.full(benchmarks, NOISE**2), np.zeros((benchmarks, 2, 2))
    gain = np.zeros((int(table.levels.max(initial=0)) + 1, table.skills))
    previous = np.inf
    for _ in range(MAX_FIT_ROUNDS):
        variance = sampling + noise[table.benchmark]
        mean, cov = _abilities(table, z, variance, curve=curve, curve_cov=curve_cov, prior=prior, gain=gain)
        gain = _gains(table, mean, gain)
        curve, curve_cov, noise = _curves(table, z, sampling, mean=mean, cov=cov, curve=curve, noise=noise)
        prior, scale, shift = _prior(table, mean - gain[table.levels], cov)
        curve = _rescaled(curve, scale[table.skill], shift[table.skill])
        gain = gain / scale
        total = float(np.abs(curve).sum() + noise.sum())
        if abs(total - previous) < FIT_TOL * total:
            break
        previous = total
    variance = sampling + noise[table.benchmark]
    mean, cov = _abilities(table, z, variance, curve=curve, curve_cov=curve_cov, prior=prior, gain=gain)
    return Ability(mean, cov, curve, curve_cov, noise, gain)


def logits(table: ScoreTable) -> tuple[Floats, Floats]:
    """Scores above the floor as logits, and the sampling variance of each; both (scores,)."""
    floor = table.floor[table.benchmark]
    share = np.clip((table.score - floor) / (100 - floor), EDGE, 1 - EDGE)
    return np.log(share / (1 - share)), 1 / (QUESTIONS * share * (1 - share))


def _abilities(
    table: ScoreTable,
    z: Floats,
    variance: Floats,
    *,
    curve: Floats,
    curve_cov: Floats,
    prior: Floats,
    gain: Floats,
) -> tuple[Floats, Floats]:
    """E step: the posterior of every model's abilities, Gaussian. Doubtful curves count as noise."""
    slope, intercept = curve[table.benchmark, 0], curve[table.benchmark, 1]
    rough = np.clip((z - intercept) / np.maximum(slope, 0.2), -2.5, 2.5)
    x = np.stack([rough, np.ones_like(rough)], axis=1)
    doubt = np.einsum("ki,kij,kj->k", x, curve_cov[table.benchmark], x)
    weight = table.weight[table.benchmark] / (variance + doubt)
    gained = gain[table.levels]  # (models, skills)
    evidence, right = np.zeros((table.models, table.skills)), np.zeros((table.models, table.skills))
    skill = table.skill[table.benchmark]
    expected = intercept + slope * gained[table.model, skill]
    np.add.at(evidence, (table.model, skill), weight * slope * slope)
    np.add.at(right, (table.model, skill), weight * slope * (z - expected))
    mean, cov = np.zeros_like(right), np.zeros((table.models, table.skills, table.skills))
    of_skills = np.linalg.inv(prior)
    for rows in table.groups:
        count = len(rows)
        among = np.linalg.inv(sum(_among_levels(table, rows, gain))) if count > 1 else np.eye(1)
        posterior = np.linalg.inv(np.kron(among, of_skills) + np.diag(evidence[rows].ravel()))
        mean[rows] = (posterior @ right[rows].ravel()).reshape(count, table.skills)
        blocks = posterior.reshape(count, table.skills, count, table.skills)
        cov[rows] = blocks[np.arange(count), :, np.arange(count), :]
    return mean + gained, cov


def _among_levels(table: ScoreTable, rows: Ints, gain: Floats) -> tuple[Floats, Floats]:
    """(what rows of one model share, what each has of its own): covariances (rows, rows), in units of R."""
    gained = gain[table.levels[rows]].mean(axis=1)
    return 1.0 + SPREAD**2 * np.outer(gained, gained), np.diag(table.tau[rows] ** 2)


def _gains(table: ScoreTable, mean: Floats, gain: Floats) -> Floats:
    """(levels, skills) the gain of every level: the mean of what rows with scores are above their model.

    Only models with scores at several levels tell of it. Level 0 has none.
    """
    if len(gain) == 1:
        return gain
    scored = np.bincount(table.model, minlength=table.models) > 0
    total, count = np.zeros_like(gain), np.zeros(len(gain))
    for rows in table.groups:
        at_level = rows[scored[rows]]
        if len(at_level) < 2:
            continue
        shared, own = _among_levels(table, at_level, gain)
        effect = shared @ np.linalg.solve(shared + own, mean[at_level] - gain[table.levels[at_level]])
        np.add.at(total, table.levels[at_level], mean[at_level] - effect)
        np.add.at(count, table.levels[at_level], 1.0)
    joined = np.ones(table.skills, dtype=bool) if table.apart is None else ~table.apart
    whole = np.outer(total[:, joined].mean(axis=1) / np.maximum(count, 1.0), joined)
    shrunk = (total + GAIN_WEIGHT * whole) / (count + GAIN_WEIGHT)[:, None]
    shrunk[0] = 0.0
    return np.asarray(np.where(count[:, None] > 0, shrunk, 0.0))


def _curves(
    table: ScoreTable,
    z: Floats,
    sampling: Floats,
    *,
    mean: Floats,
    cov: Floats,
    curve: Floats,
    noise: Floats,
) -> tuple[Floats, Floats, Floats]:
    """M step: (curve, its covariance, noise) of every benchmark, a regression with a doubtful regressor."""
    count, skill = len(curve), table.skill[table.benchmark]
    t, variance = mean[table.model, skill], cov[table.model, skill, skill]
    weight = 1 / (sampling + noise[table.benchmark])
    gram, right = np.zeros((count, 2, 2)), np.zeros((count, 2))
    moments = {(0, 0): t * t + variance, (0, 1): t, (1, 0): t, (1, 1): np.ones_like(t)}
    for (i, j), moment in moments.items():
        np.add.at(gram[:, i, j], table.benchmark, weight * moment)
    np.add.at(right[:, 0], table.benchmark, weight * t * z)
    np.add.at(right[:, 1], table.benchmark, weight * z)
    gram[:, 0, 0] += 1 / SLOPE_SD**2
    right[:, 0] += float(curve[:, 0].mean()) / SLOPE_SD**2
    gram[:, 1, 1] += 0.01
    curve_cov = np.asarray(np.linalg.inv(gram), dtype=np.float64)
    curve = np.asarray(np.einsum("jab,jb->ja", curve_cov, right), dtype=np.float64)
    curve[:, 0] = np.maximum(curve[:, 0], 0.1)
    slope, intercept = curve[table.benchmark, 0], curve[table.benchmark, 1]
    error = z - slope * t - intercept
    residual = np.maximum(error**2 + slope**2 * variance - sampling, 0.0)
    scores = np.bincount(table.benchmark, minlength=count)
    total = np.bincount(table.benchmark, weights=residual, minlength=count)
    noise = np.asarray((total + NOISE_WEIGHT * NOISE**2) / (scores + NOISE_WEIGHT), dtype=np.float64)
    if table.apart is not None:  # one board alone cannot tell what is noise in it
        alone = (
            table.apart[table.skill] & (np.bincount(table.skill, minlength=table.skills) == 1)[table.skill]
        )
        noise = np.where(alone, (ALONE * curve[:, 0]) ** 2, noise)
    return curve, curve_cov, noise


def _prior(table: ScoreTable, mean: Floats, cov: Floats) -> tuple[Floats, Floats, Floats]:
    """(correlations of skills, scale and shift that make abilities of scored models standard)."""
    scored = np.unique(table.model)
    if table.unstated is not None:
        scored = scored[~table.unstated[scored]]
    moments: Floats = np.einsum("is,it->st", mean[scored], mean[scored]) + cov[scored].sum(axis=0)
    shrunk = moments + RHO_WEIGHT * _equicorrelation(table.skills, RHO)
    covariance: Floats = shrunk / (len(scored) + RHO_WEIGHT)
    scale: Floats = np.asarray(np.sqrt(np.diag(covariance)), dtype=np.float64)
    correlation: Floats = _set_apart(table, covariance / np.outer(scale, scale))
    return correlation, scale, np.asarray(mean[scored].mean(axis=0), dtype=np.float64)


def _rescaled(curve: Floats, scale: Floats, shift: Floats) -> Floats:
    """The same curves for abilities (t - shift) / scale."""
    return np.stack([curve[:, 0] * scale, curve[:, 1] + curve[:, 0] * shift], axis=1)


def _equicorrelation(size: int, rho: float) -> Floats:
    return np.full((size, size), rho) + (1 - rho) * np.eye(size)


def _set_apart(table: ScoreTable, correlation: Floats) -> Floats:
    """The correlations of skills, none with those that are apart."""
    if table.apart is None:
        return correlation
    either = table.apart[:, None] | table.apart[None, :]
    return np.asarray(np.where(either, np.eye(table.skills), correlation), dtype=np.float64)


def _mean_by(group: Ints, figures: Floats, count: int) -> Floats:
    """(count,) the means of the figures of each group, 0 without any."""
    total = np.bincount(group, weights=figures, minlength=count)
    return np.asarray(total / np.maximum(np.bincount(group, minlength=count), 1))
