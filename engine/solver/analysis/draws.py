"""Random figures: some for the whole catalogue, to solve anew; the rest for the offers in use only."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ...domain.catalog import Catalog
from ...domain.robustness import Doubt
from ...domain.routing import Routing
from ..compile.compiler import Compiler
from ..compile.normal import Z95
from ..compile.problem import Floats, Ints
from .conservative import deviations
from .scenario_solver import World, priced


@dataclass(frozen=True)
class Draws:
    """S samples of L labels and U offers in use; R of them of all N offers and M models.

    Factors are lognormal with median 1 and 1 + doubt as 95th percentile; `skills` are standard normals times
    a model's deviation in points, skill -> (S, U) and (R, M).
    """

    volume: Floats  # (S, L)
    price: Floats  # (S, U)
    time: Floats
    skills: dict[str, Floats]
    every_price: Floats  # (R, N)
    every_time: Floats
    every_skill: dict[str, Floats]


def drawn(
    routing: Routing,
    compiler: Compiler,
    catalog: Catalog,
    doubt: Doubt,
    used: Ints,
    *,
    samples: int,
    resolves: int,
    seed: int,
) -> Draws:
    """All random figures of a run, the same for the same seed; prices and times are independent by offer."""
    rng, table = np.random.default_rng(seed), compiler.table
    models, place = np.unique(table.model[used], return_inverse=True)

    def pair(wide: int, some: Ints) -> tuple[Floats, Floats]:
        """Standard normals, (R, wide), and (S, some) whose first R are theirs."""
        every = rng.standard_normal((resolves, wide))
        return every, np.vstack([every[:, some], rng.standard_normal((samples - resolves, len(some)))])

    volume = _factor(rng.standard_normal((samples, len(routing.labels))), doubt.volume)
    every_price, price = (_factor(z, doubt.price) for z in pair(len(table.offers), used))
    every_time, time = (_factor(z, doubt.time) for z in pair(len(table.offers), used))
    skills, every_skill = {}, {}
    for skill in sorted({name for label in routing.labels.values() for name in label.skills}):
        deviation = deviations(compiler, catalog, skill, doubt.quality / Z95)
        every, some = pair(len(table.models), models)
        skills[skill] = (some * deviation[models])[:, place]
        every_skill[skill] = every * deviation
    return Draws(volume, price, time, skills, every_price, every_time, every_skill)


def _factor(z: Floats, doubt: float) -> Floats:
    return np.asarray(np.exp(np.log1p(doubt) / Z95 * z))


def world_of(draws: Draws, world: World, sample: int) -> World:
    """The whole catalogue of one of the first R samples."""
    table = world.compiler.table
    time = draws.every_time[sample]
    skills = dict(table.skills)
    for skill, noise in draws.every_skill.items():
        if skill in skills:
            skills[skill] = np.clip(skills[skill] + noise[sample][table.model], 0.0, 100.0)
    table = replace(table, ttft=table.ttft * time, tps=table.tps / time, skills=skills)
    return world.over(priced(table, draws.every_price[sample]))


def routing_of(draws: Draws, routing: Routing, sample: int) -> Routing:
    """The routing with the volumes of one sample."""
    labels = {
        name: label.model_copy(update={"requests": label.requests * float(by)})
        for (name, label), by in zip(routing.labels.items(), draws.volume[sample], strict=True)
    }
    return routing.model_copy(update={"labels": labels})
