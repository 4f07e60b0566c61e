"""The catalogue's offers as columns: what does not depend on a routing, made once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from operator import attrgetter
from typing import Any, NamedTuple

import numpy as np

from ...domain.catalog import Catalog, Model, Offer, OfferStatus, Provider, Subscription, Tier
from ...domain.errors import nearest
from ...domain.levels import base_name, full_name, spelled_out
from ..skill_model.skills import skill_gaps, skill_table
from .problem import Bools, Floats, Ints


@dataclass(frozen=True)
class PriceLists:
    """Every offer's price lists, (P,): one per offer, and one per tier. USD per million tokens.

    A list bills requests whose prompt is longer than `above` and at most `below` tokens.
    """

    offer: Ints
    above: Floats
    below: Floats
    input: Floats
    output: Floats
    cache_read: Floats
    cache_write: Floats


class ModelName(NamedTuple):
    """What a model, or one of its levels, is called: the default level by the plain name."""

    plain: str
    full: str
    base: str


@dataclass(frozen=True)
class OfferTable:
    """N offers in the order of their names, each level one; (N,) columns, nan where a figure is unknown.

    `index` knows a default level by its name as well. `full_offers` and `full_models` name every level.
    """

    offers: tuple[str, ...]
    index: dict[str, int]
    full_offers: tuple[str, ...]
    base_offers: tuple[str, ...]  # without levels: what shares rate limits and replicas
    base_offer: Ints
    models: tuple[str, ...]
    full_models: tuple[str, ...]  # of `models`
    model: Ints
    base_models: tuple[str, ...]
    base_model: Ints
    providers: tuple[str, ...]
    provider: Ints
    home: Ints  # (N,) the provider, of a variant (a region, a service tier) the one that it is of
    lists: PriceLists
    per_request: Floats
    fee: Floats
    batch_discount: Floats
    hours_factor: Floats  # mean price over the week, relative to the list
    verbosity: Floats
    prompt_tokens: Floats  # tokens of a prompt relative to the label's
    window: Floats  # the smaller of the model's context and the offer's
    max_output: Floats  # likewise; inf: no limit known
    max_input: Floats  # likewise
    ttft: Floats
    tps: Floats
    spread: Floats
    rpm: Floats  # of one replica where self-hosted
    tpm: Floats
    rpd: Floats  # a day; nan where self-hosted, as the next three
    tpd: Floats
    itpm: Floats
    otpm: Floats
    cache_reads_count: Bools
    self_hosted: Ints  # (S,) the self-hosted offers
    host: Ints  # (S,) whose replicas serve each of them
    hosts: tuple[str, ...]  # (H,) the offers that replicas are of
    usd_per_hour: Floats  # (H,) of a replica
    gone: Bools
    retires: Floats  # the last day, as date.toordinal
    open_weights: Bools
    trains: Floats  # 1: trains on your data, 0: known not to
    features: dict[str, Bools]
    unknown_features: tuple[frozenset[str], ...]  # (N,) those that nobody says the offer has or lacks
    regions: tuple[tuple[str, ...], ...]  # (N,) of the offer, else of its provider; empty: unknown
    skills: dict[str, Floats]
    plans: Mapping[str, Subscription]
    skill_gaps: dict[str, Floats]  # points down to the low end of its 80 %; 0 without an interval
    unserved_skills: dict[str, dict[str, float]]  # of models without an offer, by their names
    price_factor: Floats  # what a scenario multiplies prices by, own figures of cost too
    time_factor: Floats  # likewise of latency
    model_names: dict[str, ModelName]  # of every model of the catalogue, by its plain and by its full name

    @cached_property
    def offers_by_name(self) -> dict[str, list[tuple[int, Ints]]]:
        """Name -> (how particular it is, its offers): of a model with all levels, of a level, of an offer."""
        each = np.arange(len(self.offers))
        kinds = (
            (self.base_models, self.base_model),
            (self.full_models, self.model),
            (self.full_offers, each),
            (self.offers, each),
        )
        named: dict[str, list[tuple[int, Ints]]] = {}
        for rank, (names, codes) in enumerate(kinds):
            order = np.argsort(codes, kind="stable")
            starts = np.searchsorted(codes[order], np.arange(len(names) + 1))
            for name, start, end in zip(names, starts[:-1], starts[1:], strict=True):
                named.setdefault(name, []).append((rank, order[start:end]))
        return named

    def unknown_offer(self, name: str) -> str:
        """What to say of an offer that is not in the table, with the nearest that is."""
        head, at, level = name.rpartition("@")
        if at and head in self.index:
            levels = {key.rpartition("@")[2] for key in self.full_offers if key.startswith(f"{head}@")}
            close = nearest(level, levels) or (f": it has {', '.join(sorted(levels))}" if levels else "")
            return f"unknown level {level!r} of {head}{close or ', which has no levels'}"
        return f"unknown offer {name!r}{nearest(name, self.index)}"


def build_offer_table(catalog: Catalog, today: date) -> OfferTable:
    """The columns of a catalogue, its levels spelled out, as of `today`."""
    catalog = spelled_out(catalog)
    names = tuple(sorted(catalog.offers))
    offers = [catalog.offers[key] for key in names]
    split = [key.partition("/") for key in names]
    models, model = _codes([name for _, _, name in split])
    providers, provider = _codes([name for name, _, _ in split])
    of_models = [catalog.models[name] for name in models]
    served = [of_models[m] for m in model]
    sellers = [catalog.providers[providers[p]] for p in provider]
    full_models = {name: full_name(name, catalog.models) for name in models}
    bases = {name: base_name(name, catalog.models) for name in models}
    full_names = _renamed(names, split, full_models)
    base_offers, base_offer = _codes(_renamed(names, split, bases))
    base_models, code_of_base = _codes([bases[name] for name in models])
    skills = skill_table(catalog)
    self_hosted = np.array([i for i, offer in enumerate(offers) if offer.hosting is not None], dtype=np.int64)
    hosts, first, host = np.unique(base_offer[self_hosted], return_index=True, return_inverse=True)
    rents = [offers[i].hosting for i in self_hosted[first]]
    return OfferTable(
        offers=names,
        index={key: i for keys in (full_names, names) for i, key in enumerate(keys)},
        full_offers=full_names,
        base_offers=base_offers,
        base_offer=base_offer,
        models=models,
        full_models=tuple(full_models.values()),
        model=model,
        base_models=base_models,
        base_model=code_of_base[model],
        providers=providers,
        provider=provider,
        lists=_price_lists(offers),
        self_hosted=self_hosted,
        host=host,
        hosts=tuple(base_offers[code] for code in hosts),
        usd_per_hour=np.array([rent.usd_per_hour for rent in rents if rent is not None]),
        gone=np.array([_is_retired(offer, today) for offer in offers], dtype=bool),
        retires=_known([None if o.retires is None else float(o.retires.toordinal()) for o in offers]),
        window=_least([m.context for m in of_models], [o.context for o in offers], model),
        max_output=_least([m.max_output for m in of_models], [o.max_output for o in offers], model),
        max_input=_least([m.max_input for m in of_models], [o.max_input for o in offers], model),
        features=_features(offers, served),
        unknown_features=tuple(frozenset(offer.features_unknown) for offer in offers),
        regions=tuple(
            p.regions if o.regions is None else o.regions for p, o in zip(sellers, offers, strict=True)
        ),
        **_of_offers(offers),
        **_of_models(of_models, model),
        **_of_providers({name: catalog.providers[name] for name in providers}, provider),
        skills=_skills(skills, models, model),
        plans=catalog.plans,
        skill_gaps=_skill_gaps(catalog, models, model),
        unserved_skills={name: known for name, known in skills.items() if name not in models},
        price_factor=np.ones(len(names)),
        time_factor=np.ones(len(names)),
        model_names=_model_names(catalog),
    )


OFFER_LIMITS = ("rpd", "tpd", "itpm", "otpm")  # limits that no replica has


def _of_offers(offers: list[Offer]) -> dict[str, Any]:
    terms = [offer.hosting or offer for offer in offers]
    limits_of, no_limits = attrgetter(*OFFER_LIMITS), (None,) * len(OFFER_LIMITS)
    limits = [no_limits if offer.hosting else limits_of(offer) for offer in offers]
    columns = np.array(limits, dtype=float).reshape(-1, len(OFFER_LIMITS)).T  # None becomes nan
    return {
        "per_request": np.array([offer.per_request for offer in offers]),
        "batch_discount": np.array([offer.batch_discount for offer in offers]),
        "ttft": _known([offer.ttft for offer in offers]),
        "tps": _known([offer.tps for offer in offers]),
        "spread": np.array([offer.spread for offer in offers]),
        "rpm": _known([term.rpm for term in terms]),
        "tpm": _known([term.tpm for term in terms]),
        **dict(zip(OFFER_LIMITS, columns, strict=True)),
        "cache_reads_count": np.array([offer.cache_reads_count for offer in offers], dtype=bool),
        "hours_factor": np.array([offer.hours_factor if offer.hours else 1.0 for offer in offers]),
    }


def _of_models(models: list[Model], model: Ints) -> dict[str, Any]:
    return {
        "verbosity": np.array([served.verbosity for served in models])[model],
        "prompt_tokens": np.array([served.prompt_tokens for served in models])[model],
        "open_weights": np.array([served.open_weights for served in models], dtype=bool)[model],
    }


def _features(offers: list[Offer], served: list[Model]) -> dict[str, Bools]:
    """Feature -> (N,) which offers have it: as they say themselves, else as their models do."""
    of_offers = [
        m.features if o.features is None else o.features for m, o in zip(served, offers, strict=True)
    ]
    names = sorted({name for features in of_offers for name in features})
    return {name: np.array([name in features for features in of_offers], dtype=bool) for name in names}


def _of_providers(providers: Mapping[str, Provider], provider: Ints) -> dict[str, Any]:
    sellers = providers.values()
    trains = [None if facts.trains_on_data is None else float(facts.trains_on_data) for facts in sellers]
    _, home = _codes([facts.variant_of or name for name, facts in providers.items()])
    return {
        "fee": np.array([facts.fee for facts in sellers])[provider],
        "home": home[provider],
        "trains": _known(trains)[provider],
    }


def _codes(names: Sequence[str]) -> tuple[tuple[str, ...], Ints]:
    known = tuple(sorted(set(names)))
    index = {name: i for i, name in enumerate(known)}
    return known, np.array([index[name] for name in names], dtype=np.int64)


def _renamed(
    names: Sequence[str], split: Sequence[tuple[str, str, str]], models: Mapping[str, str]
) -> tuple[str, ...]:
    """The offers' names, `split` at their first slash, with other names of their models."""
    return tuple(
        name if models[model] == model else f"{provider}/{models[model]}"
        for name, (provider, _, model) in zip(names, split, strict=True)
    )


def _known(figures: list[float | None]) -> Floats:
    return np.array([np.nan if figure is None else figure for figure in figures], dtype=float)


def _least(of_models: list[float | None], of_offers: list[float | None], model: Ints) -> Floats:
    """(N,) the smaller of what models (M,) and their offers (N,) can do; inf where neither is known."""
    least = np.fmin(_known(of_models)[model], _known(of_offers))
    return np.where(np.isnan(least), np.inf, least)


def _is_retired(offer: Offer, today: date) -> bool:
    return offer.status == OfferStatus.RETIRED or (offer.retires is not None and offer.retires < today)


def _skills(
    table: Mapping[str, Mapping[str, float]], models: tuple[str, ...], model: Ints
) -> dict[str, Floats]:
    names = sorted({skill for name in models for skill in table[name]})
    return {skill: _known([table[name].get(skill) for name in models])[model] for skill in names}


def _model_names(catalog: Catalog) -> dict[str, ModelName]:
    models = catalog.models
    names = [ModelName(name, full_name(name, models), base_name(name, models)) for name in models]
    return {key: name for name in names for key in (name.full, name.plain)}


def _skill_gaps(catalog: Catalog, models: tuple[str, ...], model: Ints) -> dict[str, Floats]:
    gaps = [skill_gaps(catalog.models[name]) for name in models]
    names = sorted({skill for known in gaps for skill in known})
    return {skill: np.array([known.get(skill, 0.0) for known in gaps])[model] for skill in names}


def _price_lists(offers: list[Offer]) -> PriceLists:
    rows: list[tuple[float, ...]] = []
    for i, offer in enumerate(offers):
        if not offer.tiers:
            rows.append((i, 0.0, np.inf, *_prices(offer)))
            continue
        tiers = sorted(offer.tiers, key=lambda tier: tier.above)
        starts = [0.0, *(tier.above for tier in tiers), np.inf]
        lists: list[Offer | Tier] = [offer, *tiers]
        for k, prices in enumerate(lists):
            rows.append((i, starts[k], starts[k + 1], *_prices(prices)))
    columns = np.array(rows, dtype=float).reshape(-1, 7).T
    return PriceLists(columns[0].astype(np.int64), *columns[1:])


def _prices(prices: Offer | Tier) -> tuple[float, float, float, float]:
    """Of input and output, read from and written to the cache: these as input where they have none."""
    read, write = prices.cache_read, prices.cache_write
    given = prices.input
    return given, prices.output, given if read is None else read, given if write is None else write
