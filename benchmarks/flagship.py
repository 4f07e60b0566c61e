"""LLMRouterBench's flagship table through the front door: 10 data sets as labels, 13 models.

The router is asked to be as good as GPT-5 at the least cost, `limits.min_quality = "gpt-5"`. In sample it is
judged on the figures it was asked with; held out, 70 % of each set become `measured` with their number, and
the plan is judged on the other 30 %. The joint results of the models are not published: each model's 70 % is
drawn independently of the others' (hypergeometric), which overstates their differences by chance.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt

from modelpick.engine.domain.catalog import Catalog, Model, Offer, Provider
from modelpick.engine.domain.plan import Plan
from modelpick.engine.domain.routing import Label, Limits, Measured, Routing
from modelpick.engine.solver.pick import Picker

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

DATA = Path(__file__).with_name("data")
AS_OF = date(2026, 1, 1)
REFERENCE = "gpt-5"
CHOOSE = 0.7  # of each set's questions
CONFIDENCES = (0.5, 0.8, 0.9)


@dataclass(frozen=True)
class Results:
    """What every model scored on every set: in half points, as ArenaHard has them."""

    models: tuple[str, ...]
    sets: tuple[str, ...]
    questions: Ints  # (sets,)
    points: Floats  # (models, sets), 0 to questions in steps of a half; nan where it was not run
    cost: Floats  # (models, sets), USD of a question in the mean; nan where it was not run

    @cached_property
    def accuracy(self) -> Floats:
        """(models, sets), 0 to 100; nan where it was not run."""
        return np.asarray(100.0 * self.points / self.questions)

    @property
    def reference(self) -> int:
        """The row of GPT-5."""
        return self.models.index(REFERENCE)

    def split(self, rng: np.random.Generator) -> tuple[Results, Results]:
        """70 % of each set's questions at random, and the rest; each model's apart.

        Of a model's points as few as possible are halves, the likeliest to lie apart: whole, half and no
        points are drawn without replacement (multivariate hypergeometric).
        """
        chosen = np.floor(CHOOSE * self.questions).astype(np.int64)
        drawn = np.full(self.points.shape, np.nan)
        for model, column in zip(*np.nonzero(np.isfinite(self.points)), strict=True):
            whole = int(self.points[model, column])
            half = round(2 * (self.points[model, column] - whole))
            kinds = [whole, half, int(self.questions[column]) - whole - half]
            wholes, halves, _ = rng.multivariate_hypergeometric(kinds, int(chosen[column]))
            drawn[model, column] = wholes + halves / 2
        return (
            Results(self.models, self.sets, chosen, drawn, self.cost),
            Results(self.models, self.sets, self.questions - chosen, self.points - drawn, self.cost),
        )


@dataclass(frozen=True)
class Outcome:
    """A plan on some questions, beside GPT-5 alone on the same."""

    points: float  # of mean accuracy over the sets, above GPT-5's
    gained: float  # the same, relative to GPT-5's
    saved: float  # share of GPT-5's cost


def load() -> Results:
    """The published table; accuracies in percent become points by the sets' sizes."""
    with (DATA / "llmrouterbench_sizes.csv").open(encoding="utf-8", newline="") as file:
        sizes = {row["dataset"]: int(row["questions"]) for row in csv.DictReader(file)}
    with (DATA / "llmrouterbench_flagship.csv").open(encoding="utf-8", newline="") as file:
        rows = {(row["model"], row["dataset"]): row for row in csv.DictReader(file)}
    names, sets = tuple(dict.fromkeys(model for model, _ in rows)), tuple(sizes)
    points, cost = np.full((2, len(names), len(sets)), np.nan)
    for (model, name), row in rows.items():
        at = names.index(model), sets.index(name)
        points[at] = round(2 * float(row["accuracy"]) / 100 * sizes[name]) / 2
        cost[at] = float(row["cost"]) / sizes[name]
    models = tuple(name.lower() for name in names)
    return Results(models, sets, np.array(list(sizes.values())), points, cost)


def catalog(results: Results) -> Catalog:
    """The models at one provider; what they cost and can do is measured, not in the catalogue."""
    return Catalog(
        schema_=1,
        as_of=AS_OF,
        providers={"lab": Provider(name="Lab")},
        models={model: Model(context=32_000) for model in results.models},
        offers={f"lab/{model}": Offer(input=0.0, output=0.0) for model in results.models},
    )


def routing(results: Results, limits: Limits, objective: str = "cost") -> Routing:
    """A label for each set, with what every model scored and cost there; all sets weigh the same."""
    labels = {
        name: Label(
            requests=float(count),
            input_tokens=0.0,
            output_tokens=0.0,
            measured={
                model: Measured(
                    quality=results.accuracy[row, column], n=int(count), cost=results.cost[row, column]
                )
                for row, model in enumerate(results.models)
                if np.isfinite(results.points[row, column])
            },
        )
        for column, (name, count) in enumerate(zip(results.sets, results.questions, strict=True))
    }
    return Routing.model_validate({"schema": 1, "objective": objective, "limits": limits, "labels": labels})


def evaluate(plan: Plan, results: Results) -> Outcome:
    """What a plan scores and costs on these questions."""
    shares = np.zeros(results.points.shape)
    for column, name in enumerate(results.sets):
        for route in plan.labels[name].routes:
            shares[results.models.index(route.offer.partition("/")[2]), column] += route.share
    accuracy = float((shares * np.nan_to_num(results.accuracy)).sum(axis=0).mean())
    cost = float((shares * np.nan_to_num(results.cost)).sum(axis=0) @ results.questions)
    alone = float(results.accuracy[results.reference].mean())
    price = float(results.cost[results.reference] @ results.questions)
    return Outcome(accuracy - alone, accuracy / alone - 1, 1 - cost / price)


def as_good(chosen_on: Results, judged_on: Results, confidence: float, picker: Picker) -> Outcome:
    """As good as GPT-5 with this confidence, at the least cost."""
    limits = Limits(min_quality=REFERENCE, confidence=confidence)
    return _outcome(routing(chosen_on, limits), judged_on, picker)


def best(chosen_on: Results, judged_on: Results, picker: Picker) -> Outcome:
    """The best mean accuracy for no more than GPT-5's cost, the figures as they stand."""
    budget = float(chosen_on.cost[chosen_on.reference] @ chosen_on.questions)
    return _outcome(routing(chosen_on, Limits(budget=budget), "quality"), judged_on, picker)


def _outcome(question: Routing, judged_on: Results, picker: Picker) -> Outcome:
    plan = picker.pick(question)
    assert plan.status == "optimal", plan.status
    return evaluate(plan, judged_on)


@dataclass(frozen=True)
class Trial:
    """What comes of one choice: as good as GPT-5 at each of CONFIDENCES, and the best for its money."""

    as_good: tuple[Outcome, ...]
    best: Outcome


def in_sample() -> Trial:
    """Judged on the figures that it was chosen by."""
    results = load()
    return _trial(results, results)


def held_out(split: int, seed: int = 1) -> Trial:
    """One random split of the questions; the same for the same numbers."""
    return _trial(*load().split(np.random.default_rng([seed, split])))


def _trial(chosen_on: Results, judged_on: Results) -> Trial:
    picker = Picker(catalog(chosen_on), AS_OF)
    return Trial(
        tuple(as_good(chosen_on, judged_on, confidence, picker) for confidence in CONFIDENCES),
        best(chosen_on, judged_on, picker),
    )
