"""RouteLLM's MMLU through the front door: 57 subjects as labels, a weak and a strong model.

A random half of the questions becomes `measured`; the plans of nine budgets, between no call of the strong
model and all, are judged on the other half. A call of the strong model costs 1 USD, one of the weak nothing,
so that the budget is the number of strong calls. With the joint counts of both models a half is an exact draw
of the multivariate hypergeometric distribution.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import numpy.typing as npt

from modelpick.engine.domain.catalog import Catalog, Model, Offer, Provider
from modelpick.engine.domain.routing import Label, Limits, Measured, Routing
from modelpick.engine.solver.pick import Picker

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

COUNTS = Path(__file__).with_name("data") / "routellm_mmlu_counts.csv"
OUTCOMES = ("both_right", "only_weak_right", "only_strong_right", "both_wrong")
AS_OF = date(2024, 8, 1)
WEAK, STRONG = "mixtral-8x7b", "gpt-4-1106"
STEPS = 10  # of the share of strong calls, as RouteLLM's own evaluation has them


@dataclass(frozen=True)
class Answers:
    """How a set of questions was answered, by subject."""

    subjects: tuple[str, ...]
    counts: Ints  # (subjects, 4), of OUTCOMES

    @property
    def questions(self) -> Ints:
        """(subjects,)."""
        return np.asarray(self.counts.sum(axis=1))

    @property
    def weak(self) -> Ints:
        """(subjects,): those that the weak model answers right."""
        return np.asarray(self.counts[:, 0] + self.counts[:, 1])

    @property
    def strong(self) -> Ints:
        """(subjects,): those that the strong model answers right."""
        return np.asarray(self.counts[:, 0] + self.counts[:, 2])

    def halves(self, rng: np.random.Generator) -> tuple[Answers, Answers]:
        """A random half of all questions, and the rest."""
        flat = self.counts.ravel()
        half = rng.multivariate_hypergeometric(flat, int(flat.sum()) // 2).reshape(self.counts.shape)
        return Answers(self.subjects, half), Answers(self.subjects, self.counts - half)


@dataclass(frozen=True)
class Curve:
    """Accuracy against the share of calls that the strong model gets, from none to all."""

    strong_share: Floats  # (points,), 0 to 1, rising
    accuracy: Floats  # (points,), 0 to 1

    @property
    def recovered(self) -> Floats:
        """(points,): of the gap between the weak and the strong model alone, the share that is closed."""
        weak, strong = self.accuracy[0], self.accuracy[-1]
        return np.asarray((self.accuracy - weak) / (strong - weak))

    @property
    def apgr(self) -> float:
        """Average performance gap recovered: the area under `recovered` (RouteLLM, arXiv 2406.18665)."""
        gap = self.recovered
        return float(np.sum(np.diff(self.strong_share) * (gap[1:] + gap[:-1]) / 2))

    def calls_for(self, share: float) -> float:
        """CPT: the least share of strong calls that recovers this share of the gap."""
        return float(np.interp(share, np.maximum.accumulate(self.recovered), self.strong_share))


def load() -> Answers:
    """All questions."""
    with COUNTS.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    counts = np.array([[int(row[outcome]) for outcome in OUTCOMES] for row in rows])
    return Answers(tuple(row["subject"] for row in rows), counts)


def catalog() -> Catalog:
    """Two models at one provider; what they can do is measured, not in the catalogue."""
    return Catalog(
        schema_=1,
        as_of=AS_OF,
        providers={"lab": Provider(name="Lab")},
        models={name: Model(context=32_000) for name in (WEAK, STRONG)},
        offers={
            f"lab/{WEAK}": Offer(input=0.0, output=0.0),
            f"lab/{STRONG}": Offer(input=0.0, output=0.0, per_request=1.0),
        },
    )


def routing(chosen_on: Answers, strong_share: float) -> Routing:
    """The best mean accuracy with at most this share of calls to the strong model."""
    labels = {
        subject: Label(
            requests=float(count),
            input_tokens=0.0,
            output_tokens=0.0,
            weight=float(count),
            measured={
                WEAK: Measured(quality=100.0 * weak / count, n=int(count)),
                STRONG: Measured(quality=100.0 * strong / count, n=int(count)),
            },
        )
        for subject, count, weak, strong in zip(
            chosen_on.subjects, chosen_on.questions, chosen_on.weak, chosen_on.strong, strict=True
        )
    }
    budget = strong_share * float(chosen_on.questions.sum())
    return Routing(objective="quality", limits=Limits(budget=budget), labels=labels)


def evaluate(shares: Sequence[Floats], judged_on: Answers) -> Curve:
    """The curve of plans, each the strong model's share by subject, (subjects,), on other questions."""
    total = judged_on.questions.sum()
    ends = [np.zeros(len(judged_on.subjects)), np.ones(len(judged_on.subjects))]
    points = [
        (
            float(share @ judged_on.questions / total),
            float(((1 - share) @ judged_on.weak + share @ judged_on.strong) / total),
        )
        for share in (*ends, *shares)
    ]
    calls, accuracy = np.array(sorted(points)).T
    return Curve(calls, accuracy)


def curve(chosen_on: Answers, judged_on: Answers, picker: Picker, steps: int = STEPS) -> Curve:
    """Plans of `steps - 1` budgets between none and all, chosen on one half and judged on the other."""
    question, calls = routing(chosen_on, 1.0), float(chosen_on.questions.sum())
    shares: list[Floats] = []
    for step in range(1, steps):
        limits = Limits(budget=calls * step / steps)
        plan = picker.pick(question.model_copy(update={"limits": limits}))
        assert plan.status == "optimal", plan.status
        strong = [
            sum(route.share for route in plan.labels[subject].routes if route.offer.endswith(STRONG))
            for subject in chosen_on.subjects
        ]
        shares.append(np.array(strong))
    return evaluate(shares, judged_on)


def split_curve(split: int, seed: int = 1) -> Curve:
    """The curve of one random split; the same for the same numbers."""
    chosen_on, judged_on = load().halves(np.random.default_rng([seed, split]))
    return curve(chosen_on, judged_on, Picker(catalog(), AS_OF))
