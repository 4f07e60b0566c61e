"""Speeds of offers: medians that OpenRouter measured per endpoint, else out of those of relatives.

Relatives are the same model elsewhere, and its family.

For the logarithm of a median (seconds to the first token, or tokens a second) of model m at provider p,

    y = level + provider[p] + developer[m] + family[m] + model[m] + cell[p, m] + noise,

with normal priors: a ridge regression, solved at once. A family is what a developer sells under the same
words. Of held-out offers and models, 79 to 85 % are within the 80 % intervals of these priors.

The estimate's own doubt goes into its spread: with s the standard deviation of ln T among requests and e that
of the estimate, `spread = exp(Z95*sqrt(s^2 + e^2))` is p95 / median of a request whose median is not known
better.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import exp, log, sqrt

import numpy as np
from numpy.typing import NDArray

from ....solver.analysis.missing_figures import family_words
from ..model_names import key_of

Z95, Z99 = 1.6448536, 2.3263479  # normal quantiles
GENERATION_SPREAD = 2.0  # p95 / median of the time that writing takes: the contract's default, not measured
ANSWER = 500  # tokens of the answer that the spread of a whole request is given for
MAX_TTFT = 100.0  # seconds to the first token; beyond that it is no chat, and unknown is safer
ANY = "openrouter"  # which routes to any of the endpoints: the busiest one stands for it


def speeds_of(
    rows: list[dict[str, str]], providers: Mapping[str, str], known: Mapping[str, str]
) -> dict[str, dict[str, float]]:
    """Speeds by provider/model, of the endpoint with the most requests. `providers` maps display names."""
    best: dict[tuple[str, str], tuple[float, dict[str, float]]] = {}
    for row in rows:
        provider, model = providers.get(row["provider_name"]), key_of(row["model_permaslug"], known)
        if model is None or not (row["tps"] and row["ttft_ms"]):
            continue
        speed = {"ttft": round(float(row["ttft_ms"]) / 1000, 3), "tps": round(float(row["tps"]), 1)}
        if speed["tps"] <= 0 or speed["ttft"] > MAX_TTFT:
            continue
        if float(row["p99_ms"] or 0) > float(row["ttft_ms"]) > 0:
            speed["spread"] = request_spread(speed["ttft"], float(row["p99_ms"]) / 1000, speed["tps"])
        weight = float(row["req"] or 0)
        for seller in (provider, ANY) if provider else (ANY,):
            if (seller, model) not in best or weight > best[seller, model][0]:
                best[seller, model] = (weight, speed)
    return {f"{provider}/{model}": speed for (provider, model), (_, speed) in best.items()}


def request_spread(ttft: float, ttft_p99: float, tps: float) -> float:
    """p95 / median of a whole request with ANSWER tokens of output, to a hundredth.

    The time to the first token is taken to be lognormal: `p95/median = (p99/median)^(Z95/Z99)`. Writing the
    answer, whose spread nobody publishes, varies by GENERATION_SPREAD, and is late in the same requests.
    """
    first, writing = ttft, ANSWER / tps
    first_p95 = first * exp(log(ttft_p99 / ttft) * Z95 / Z99)
    return round((first_p95 + writing * GENERATION_SPREAD) / (first + writing), 2)


Floats = NDArray[np.float64]
Cell = tuple[str, str]  # provider, model
PRIOR_SD = {"level": 5.0, "provider": 0.5, "developer": 0.3, "family": 0.3, "model": 0.4, "cell": 0.35}
NOISE = 0.15  # standard deviation of ln of a median between two readings
MIN_TTFT = 0.01  # seconds
MAX_SPREAD = 10.0
NAMED = 2  # relatives that are named


@dataclass(frozen=True)
class Estimate:
    """Medians of an offer in s and tokens a second, the standard deviation of the logarithm of each, and of
    whose speeds they are made."""

    ttft: float
    tps: float
    sd: float
    basis: str

    def facts(self, spread: float) -> dict[str, float | str]:
        """As keys of an offer; `spread` is p95 / median of such a request where the median is known."""
        return {
            "ttft": float(f"{self.ttft:.2g}"),
            "tps": float(f"{self.tps:.2g}"),
            "spread": widened_spread(spread, self),
            "speed_basis": self.basis,
        }


def estimate_speeds(
    measured: Mapping[Cell, tuple[float, float]], wanted: Sequence[Cell], developers: Mapping[str, str]
) -> dict[Cell, Estimate]:
    """Speeds of the `wanted` offers out of (ttft, tps) of the `measured` ones.

    One whose developer has no measured model is left out. `developers`: of every model.
    """
    families = {model: (developer, *family_words(model)) for model, developer in developers.items()}
    bases = {cell: _basis(cell, list(measured), families) for cell in wanted}
    cells = [cell for cell in wanted if bases[cell]]
    if not cells:
        return {}
    known = list(measured)
    columns = _columns([*known, *cells], families)
    design, asked = _design(known, columns, families), _design(cells, columns, families)
    prior = np.diag([PRIOR_SD[str(kind)] ** -2.0 for kind, *_ in columns])
    cov = np.linalg.inv(prior + design.T @ design / NOISE**2)
    sd = np.sqrt(np.einsum("ca,ab,cb->c", asked, cov, asked) + NOISE**2)
    log_speeds = np.log([(max(ttft, MIN_TTFT), tps) for ttft, tps in measured.values()])
    centre = log_speeds.mean(axis=0)
    medians = np.exp(asked @ cov @ design.T @ (log_speeds - centre) / NOISE**2 + centre)
    return {
        cell: Estimate(float(medians[at, 0]), float(medians[at, 1]), float(sd[at]), bases[cell])
        for at, cell in enumerate(cells)
    }


def widened_spread(spread: float, speed: Estimate) -> float:
    """p95 / median of a request with ANSWER tokens of output, the doubt of its median included."""
    writing = ANSWER / speed.tps
    first_share = speed.ttft / (speed.ttft + writing)
    doubt = speed.sd * sqrt(first_share**2 + (1 - first_share) ** 2)
    among_requests = log(max(spread, GENERATION_SPREAD)) / Z95
    return round(min(exp(Z95 * sqrt(among_requests**2 + doubt**2)), MAX_SPREAD), 2)


def _features(cell: Cell, families: Mapping[str, tuple[str, ...]]) -> list[tuple[object, ...]]:
    provider, model = cell
    family = families[model]
    return [
        ("level",),
        ("provider", provider),
        ("developer", family[0]),
        ("family", *family),
        ("model", model),
        ("cell", provider, model),
    ]


def _columns(cells: Sequence[Cell], families: Mapping[str, tuple[str, ...]]) -> dict[tuple[object, ...], int]:
    names = dict.fromkeys(name for cell in cells for name in _features(cell, families))
    return {name: at for at, name in enumerate(names)}


def _design(
    cells: Sequence[Cell],
    columns: Mapping[tuple[object, ...], int],
    families: Mapping[str, tuple[str, ...]],
) -> Floats:
    design = np.zeros((len(cells), len(columns)))
    for row, cell in enumerate(cells):
        for name in _features(cell, families):
            design[row, columns[name]] = 1.0
    return design


def _basis(cell: Cell, measured: Sequence[Cell], families: Mapping[str, tuple[str, ...]]) -> str:
    """Whose speeds an estimate is made of, the nearest relatives alone, in words; "" where there are none."""
    provider, model = cell
    elsewhere = sorted(seller for seller, other in measured if other == model)
    if provider in elsewhere:
        return f"the same model at {provider}"
    if elsewhere:
        return f"the same model at {_listed(elsewhere)}"
    of_family = sorted({other for _, other in measured if families[other] == families[model]})
    if of_family:
        return f"its family: {_listed(of_family)}"
    of_developer = sorted({other for _, other in measured if families[other][0] == families[model][0]})
    return f"other models of {families[model][0]}" if of_developer else ""


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return (", " if more else " and ").join(names[:NAMED]) + more
