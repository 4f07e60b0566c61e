"""Synthetic catalogues of any size: models of correlated price and quality, each at several providers.

Prices are log-normal over a thousandfold, quality rises with the logarithm of the price, the same model
differs by provider in price, speed and limits, and half of the offers have rate limits near the demand.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt

from modelpick.engine.domain.catalog import Catalog, Model, Offer, Provider, Tier

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

AS_OF = date(2026, 11, 23)
SKILLS = ("reasoning", "coding", "multilingual", "tools")
FEATURES = ("tools", "structured", "reasoning", "vision")
CHANCE = (0.8, 0.6, 0.4, 0.35)  # of a model having each feature
CONTEXTS = (32_768, 65_536, 131_072, 200_000, 400_000, 1_000_000)
OFFERS_A_MODEL = 4


@dataclass(frozen=True)
class Market:
    """A catalogue, and the arrays that rules are derived from: of its models (M, ...) and its offers (N,)."""

    catalog: Catalog
    skills: Floats  # (M, skills)
    features: Bools  # (M, features)
    context: Floats  # (M,)
    model: Ints  # (N,)


def market(offers: int, seed: int, *, rpm: float, tpm: float) -> Market:
    """`offers` offers; `rpm` and `tpm` are what the labels ask for together, so that rate limits matter."""
    rng = np.random.default_rng([seed, offers])
    models = max(offers // OFFERS_A_MODEL, 2)
    providers = min(max(offers // 30, 5), 100)
    log_price = rng.normal(-0.3, 0.7, models)  # USD per million input tokens, decimal logarithm
    context = rng.choice(CONTEXTS, models).astype(float)
    features = rng.random((models, len(FEATURES))) < CHANCE
    general = 55 + 14 * log_price + rng.normal(0, 7, models)
    skills = np.clip(general[:, None] + rng.normal(0, 4, (models, len(SKILLS))), 1.0, 99.5)
    skills = np.round(skills, 1)
    model, provider = _places(rng, offers, models, providers)
    names = [f"m{i:05d}" for i in range(models)]
    sold = _offers(rng, log_price[model], rpm, tpm)
    catalog = Catalog.model_validate(
        {
            "schema": 1,
            "as_of": AS_OF,
            "providers": _providers(rng, providers),
            "models": dict(zip(names, _models(rng, skills, features, context), strict=True)),
            "offers": {
                f"p{p:03d}/{names[m]}": offer for p, m, offer in zip(provider, model, sold, strict=True)
            },
        }
    )
    return Market(catalog, skills, features, context, model)


def _places(rng: np.random.Generator, offers: int, models: int, providers: int) -> tuple[Ints, Ints]:
    """Which model each offer is, and at whom: popular models are sold nearly everywhere."""
    weight = 1 / (1 + np.arange(models)) ** 0.6
    share = np.outer(rng.permutation(weight), rng.lognormal(0, 0.8, providers)).ravel()
    # The largest keys of u^(1/weight): a weighted sample without repeats.
    keys = np.log(rng.random(len(share))) / share
    model, provider = np.divmod(np.sort(np.argpartition(keys, -offers)[-offers:]), providers)
    return model.astype(np.int64), provider.astype(np.int64)


def _providers(rng: np.random.Generator, count: int) -> dict[str, Provider]:
    fees = np.where(rng.random(count) < 0.15, 0.055, 0.0)
    return {f"p{i:03d}": Provider(name=f"Provider {i}", fee=float(fee)) for i, fee in enumerate(fees)}


def _models(rng: np.random.Generator, skills: Floats, features: Bools, context: Floats) -> list[Model]:
    wordy = np.round(rng.lognormal(0, 0.15, len(context)) * np.where(features[:, 2], 1.6, 1.0), 2)
    return [
        Model(
            context=float(context[i]),
            features=tuple(name for name, has in zip(FEATURES, features[i], strict=True) if has),
            verbosity=float(wordy[i]),
            skills=dict(zip(SKILLS, skills[i].tolist(), strict=True)),
        )
        for i in range(len(context))
    ]


def _offers(rng: np.random.Generator, log_price: Floats, rpm: float, tpm: float) -> list[Offer]:
    count = len(log_price)
    price = 10**log_price * rng.lognormal(0, 0.25, count)
    output = price * rng.uniform(2, 5, count)
    cached = rng.random(count) < 0.5
    tiered = rng.random(count) < 0.05
    limited = rng.random((2, count)) < 0.5
    most = rng.lognormal(np.log(0.6), 0.9, (2, count)) * np.array([[rpm], [tpm]])
    ttft = rng.lognormal(np.log(0.8), 0.5, count)
    tps = np.clip(rng.lognormal(np.log(70), 0.6, count) / (1 + 0.15 * np.clip(log_price, 0, None)), 8, 1500)
    spread = rng.uniform(1.5, 3.2, count)
    return [
        Offer(
            input=_sig(price[i]),
            output=_sig(output[i]),
            cache_read=_sig(price[i] / 10) if cached[i] else None,
            tiers=(Tier(above=128_000, input=_sig(2 * price[i]), output=_sig(1.5 * output[i])),)
            if tiered[i]
            else (),
            ttft=_sig(ttft[i]),
            tps=_sig(tps[i]),
            spread=_sig(spread[i]),
            rpm=_sig(most[0, i]) if limited[0, i] else None,
            tpm=_sig(most[1, i]) if limited[1, i] else None,
        )
        for i in range(count)
    ]


def _sig(value: float) -> float:
    """Four significant digits, as a price list has them."""
    return float(f"{value:.4g}")
