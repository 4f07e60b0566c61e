"""The catalogue out of the reviewed list (curated.toml) and a folder of raw facts, as plain values."""

from __future__ import annotations

import csv
import gzip
import tomllib
from collections.abc import Collection, Iterable, Mapping
from datetime import date, timedelta
from pathlib import Path
from statistics import median
from typing import Any

from ....domain.catalog import Catalog
from ....solver.skill_model.skills import fitted_rows, fitted_skills
from ..model_names import key_of, reviewed
from ..prices import litellm, model_prices, models_dev
from ..prices.quote import Quote, noted
from ..quote_matching import match_quotes
from .levels import reasoning_models, reviewed_levels
from .limits import WINDOW_TOL, Facts, fit_window, model_limits, with_bases
from .offers import offers_of, with_dispute, with_features, with_vote
from .price_tables import genai_quotes
from .scores import raw_scores, scores_of
from .speeds import ANY, estimate_speeds, speeds_of
from .verbosity import PLAIN, Bill, fit_verbosity, read_bills

PRICES = "2026-11-26/litellm_1.110.2_model_prices.json.gz"
EARLIER_PRICES = "prices/litellm_1.109.1_model_prices.json"
SECOND_PRICES = "prices/genai-prices_0.2.3_offers.csv"
THIRD_PRICES = "2026-11-26/model-prices_0.0.5_snapshot_2026-10-26.json.gz"
SCORES = "quality"
WINDOWS = "quality/models.dev_models_toml_2026-07-02.tar.gz"
FEATURES = "2026-11-26/models.dev_api_2026-07-02_built_from_repo.json.gz"
SPEEDS = "speed/openrouter_endpoint_speed_23d_median.csv"
SPEEDS_AS_OF = date(2026, 8, 22)  # the last day of the captures
KEPT_DAYS = 180  # after its last day that an offer stays in the catalogue, as retired
UNPROMISED = ("flex", "spot")  # tiers that wait as long as they like
BUSIEST = 50  # names of which each has to have a model, or be looked at
_PRIVATE = {
    "litellm",
    "openrouter",
    "genai-prices",
    "model-prices",
    "models.dev",
    "fills",
    "source",
    "bench",
}  # for this tool alone

Table = dict[str, Facts]  # key -> facts
SOURCE = "providers"
_TITLE = {"title": "The providers' own documentation and terms", "licence": "facts"}


def build_catalog(curated: Mapping[str, Any], folder: Path, as_of: str) -> Facts:
    """The catalogue, keys in order. `folder` has prices/, quality/ and speed/; `as_of`: YYYY-MM-DD.

    Models that nobody serves, or without a window, are left out, and so are their offers.
    """
    known = reviewed(curated["models"])
    limits = model_limits(folder / WINDOWS, known)
    scores = scores_of(raw_scores(folder / SCORES), curated["benchmarks"], known, reviewed_levels())
    offers, served = _collect_offers(curated, folder, known)
    second_features = _second_features(curated, folder, known)
    windows = _windows_elsewhere(second_features, served)
    models = _select_models(curated["models"], served, windows | limits, scores)
    catalog: Facts = {
        "schema": 1,
        "as_of": date.fromisoformat(as_of),
        "sources": {key: _with_dates(source) for key, source in sorted(curated["sources"].items())},
        "benchmarks": _public(_used_benchmarks(curated["benchmarks"], models)),
        "providers": _public(curated["providers"]),
        "models": models,
        "offers": _finish_offers(offers, models, limits, as_of, second_features),
    }
    same = {key: row["weights_of"] for key, row in curated["models"].items() if "weights_of" in row}
    _add_verbosity(catalog, folder, known, same)
    _add_estimated_speeds(catalog)
    for key, offer in catalog["offers"].items():
        if key.partition("/")[0] in curated["cache_reads_uncounted"]["providers"]:
            offer["cache_reads_count"] = False
    catalog["plans"] = _plans(curated.get("plans", {}), models)
    catalog["retired"] = {
        **_set_retired_apart(catalog["offers"], date.fromisoformat(as_of)),
        **{key: _with_dates(row) for key, row in curated["gone"].items()},
    }
    finished = with_origins(_with_skills(catalog), folder / WINDOWS)
    _name_left_out(finished, folder)
    return finished


def _name_left_out(catalog: Facts, folder: Path) -> None:
    """Put into each source of prices the offers that it has and the catalogue has not: to a later refresh
    they are not new."""
    validated = Catalog.model_validate(catalog)
    day = validated.as_of
    lists: dict[str, Iterable[Quote]] = {
        "litellm": litellm.quotes(_unpacked(folder / PRICES)),
        "genai-prices": genai_quotes(read_rows(folder / SECOND_PRICES), {}),
        "model-prices": model_prices.quotes(day, _unpacked(folder / THIRD_PRICES)),
        "models.dev": models_dev.quotes(_unpacked(folder / FEATURES)),
    }
    for source, quotes in lists.items():
        listed = match_quotes(validated, quotes, source).offers
        if left_out := sorted(key for key in listed if key not in validated.offers):
            catalog["sources"][source] |= {"left_out": left_out}


def _unpacked(path: Path) -> str:
    return gzip.decompress(path.read_bytes()).decode("utf-8")


def unmapped(
    rows: list[dict[str, str]], known: Mapping[str, str], unlisted: Collection[str] = ()
) -> tuple[list[tuple[str, int]], float, list[str]]:
    """(names in the table of speeds that no model has, with their requests, busiest first; the share of the
    requests that they are; those of them that are among the BUSIEST names of all).

    `unlisted` are names that have been looked at; one that begins with `~` is a pointer to another's model.
    """
    traffic: dict[str, int] = {}
    for row in rows:
        traffic[row["model_permaslug"]] = traffic.get(row["model_permaslug"], 0) + int(float(row["req"] or 0))
    names = sorted((name for name in traffic if not name.startswith("~")), key=lambda n: (-traffic[n], n))
    lost = [name for name in names if key_of(name, known) is None and name not in unlisted]
    share = sum(traffic[name] for name in lost) / max(1, sum(traffic[name] for name in names))
    return [(name, traffic[name]) for name in lost], share, [n for n in names[:BUSIEST] if n in lost]


def read_rows(path: Path) -> list[dict[str, str]]:
    """The rows of a CSV file."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


# Offers


def _collect_offers(
    curated: Mapping[str, Any], folder: Path, known: Mapping[str, str]
) -> tuple[Table, Table]:
    """(offers by provider/model, what sources say of models).

    LiteLLM's prices stand, unless genai-prices and model-prices agree against them and they are not news;
    what differs is kept beside. The makers' own lists in model-prices fill LiteLLM's gaps, and genai-prices
    those of some providers. What is written by hand goes over all, and measured speeds go last.
    """
    providers, sources = curated["providers"], curated["sources"]
    speed_rows = read_rows(folder / SPEEDS)
    prices = litellm.quotes(_unpacked(folder / PRICES))
    first, served = offers_of(prices, _names_at("litellm", providers), known, sources, "litellm")
    second_rows = read_rows(folder / SECOND_PRICES)
    second_prices = genai_quotes(second_rows, _live_names(speed_rows, second_rows, known))
    sellers = _names_at("genai-prices", providers)
    second, served_too = offers_of(second_prices, sellers, known, sources, "genai-prices")

    third_day = date.fromisoformat(sources["model-prices"]["as_of"])
    third_prices = model_prices.quotes(third_day, _unpacked(folder / THIRD_PRICES))
    makers = _names_at("model-prices", providers)
    third, served_third = offers_of(third_prices, makers, known, sources, "model-prices")

    offers = {key: offer for key, offer in second.items() if providers[key.partition("/")[0]].get("fills")}
    offers |= {key: with_dispute(offer, second.get(key, {})) for key, offer in third.items()}
    before, _ = offers_of(_earlier_quotes(folder), _names_at("litellm", providers), known, sources, "litellm")
    offers |= {
        key: with_vote(
            offer,
            [table[key] for table in (second, third) if key in table],
            is_news=key not in before or "disputed" in with_dispute(offer, before[key]),
        )
        for key, offer in first.items()
    }
    for key, facts in curated.get("offers", {}).items():
        by_hand = {"price_rule": "by hand, in the reviewed list"} if "input" in facts else {}
        offers[key] = offers.get(key, {}) | facts | by_hand
    for key in curated["unsold"]["offers"]:
        offers.pop(key, None)
    for model, remark in curated["notes"].items():
        for key in (f"{provider}/{model}" for provider in remark["providers"]):
            if key in offers:
                noted(offers[key], remark["note"])
    for key, speed in speeds_of(speed_rows, _names_at("openrouter", providers), known).items():
        if key in offers:
            offers[key] |= speed | {"speed_source": "openrouter", "speed_as_of": SPEEDS_AS_OF}
    return offers, served_third | served_too | served


def _earlier_quotes(folder: Path) -> Iterable[Quote]:
    """LiteLLM's quotes of an earlier day: a price that was the same then is no news."""
    return litellm.quotes((folder / EARLIER_PRICES).read_text("utf-8"))


def _live_names(
    speed_rows: list[dict[str, str]], price_rows: list[dict[str, str]], known: Mapping[str, str]
) -> dict[str, set[str]]:
    """The names that OpenRouter answers to: those measured, and others that the price list has for a model
    that was measured there (`qwen3-coder` is measured as `qwen3-coder-480b-a35b-07-25`)."""
    measured = {row["model_permaslug"] for row in speed_rows}
    models = {key_of(name, known) for name in measured} - {None}
    names = {row["model"] for row in price_rows if row["provider"] == ANY}
    return {ANY: measured | {name for name in names if key_of(name, known) in models}}


def _names_at(source: str, providers: Table) -> dict[str, str]:
    """A source's name for a provider -> the catalogue's key."""
    return {name: key for key, provider in providers.items() for name in provider.get(source, ())}


def _second_features(curated: Mapping[str, Any], folder: Path, known: Mapping[str, str]) -> dict[str, Quote]:
    """models.dev's quotes by provider/model: what their offers have and lack."""
    text = with_bases(_unpacked(folder / FEATURES), folder / WINDOWS)
    providers = _names_at("models.dev", curated["providers"])
    quotes: dict[str, Quote] = {}
    for quote in models_dev.quotes(text):
        provider, model = providers.get(quote.provider), key_of(quote.name, known)
        if provider and model:
            quotes.setdefault(f"{provider}/{model}", quote)
    return quotes


def _finish_offers(
    offers: Table, models: Table, limits: Table, as_of: str, second_features: Mapping[str, Quote]
) -> Table:
    """The offers of the models kept: windows fitted to the model's, those past their last day retired."""
    finished = {}
    for key, offer in sorted(offers.items()):
        model = key.partition("/")[2]
        if model in models:
            window = limits.get(model, {}) | {"context": int(models[model]["context"])}
            dated = _with_dates(_retired_by(fit_window(offer, window), as_of))
            featured = with_features(dated, models[model]["features"], second_features.get(key))
            finished[key] = _without_larger_window(featured, models[model])
    return finished


def _retired_by(offer: Facts, as_of: str) -> Facts:
    over = "retires" in offer and str(offer["retires"])[:10] < as_of
    return offer | ({"status": "retired"} if over else {})


def _plans(plans: Table, models: Table) -> Table:
    """The subscriptions of the reviewed list, of those of their models that the catalogue has."""
    finished = {}
    for key, plan in sorted(plans.items()):
        covered = {"models": [name for name in plan["models"] if name in models]} if "models" in plan else {}
        finished[key] = _with_dates({**plan, **covered})
    return finished


def _windows_elsewhere(quotes: Mapping[str, Quote], served: Table) -> Table:
    """Model -> context, the largest that models.dev or a list of prices has at any provider here."""
    windows: Table = {}
    for key, quote in quotes.items():
        model = key.partition("/")[2]
        listed = int(served.get(model, {}).get("context", 0))
        window = windows.setdefault(model, {"context": listed})
        window["context"] = max(window["context"], int(quote.facts.get("context", 0)))
    return {model: window for model, window in windows.items() if window["context"]}


def _set_retired_apart(offers: Table, today: date) -> Table:
    """Take the offers that retired KEPT_DAYS ago or earlier out of the table: what is left to say of each.

    The others stay, for the logs and configurations that still name them.
    """
    gone = [
        key
        for key, offer in offers.items()
        if offer.get("status") == "retired"
        and (today - offer.get("retires", date.min)) >= timedelta(days=KEPT_DAYS)
    ]
    facts = {key: offers.pop(key) for key in gone}
    told = ("retires", "successor", "source")
    return {key: {name: offer[name] for name in told if name in offer} for key, offer in facts.items()}


def _without_larger_window(offer: Facts, model: Facts) -> Facts:
    """Without a window that is larger than the model's own."""
    return {name: fact for name, fact in offer.items() if name != "context" or fact <= model["context"]}


# Models


def _select_models(reviewed_models: Table, served: Table, limits: Table, scores: Mapping[str, Any]) -> Table:
    """The reviewed models that somebody serves, with windows, features, levels and scores."""
    models, levels = {}, reviewed_levels()
    for key, reviewed_facts in sorted(reviewed_models.items()):
        if key not in served:
            continue
        facts = dict(reviewed_facts)
        facts.setdefault("context", limits.get(key, {}).get("context", int(served[key]["context"])))
        longest = limits.get(key, {}).get("input")
        if longest and longest < (1 - WINDOW_TOL) * facts["context"]:
            facts.setdefault("max_input", longest)
        facts["features"] = sorted(served[key]["features"])
        if key in levels:
            facts["default_effort"] = levels[key].default
            facts |= {"assumed_default": True} if levels[key].assumed else {}
            facts["efforts"] = {level: {} for level in levels[key].names}
        runs = scores.get(key, []) + _runs_of(facts.pop("weights_of", ""), scores)
        models[key] = facts | ({"scores": runs} if runs else {})
    return {key: model for key, model in models.items() if model["context"] > 0}


def _runs_of(model: str, scores: Mapping[str, Any]) -> list[Facts]:
    """The runs of a model whose weights another name stands for; each says so."""
    return [run | {"variant": f"of {model}, the same weights"} for run in scores.get(model, ())]


def bills_of(catalog: Mapping[str, Any], folder: Path, known: Mapping[str, str]) -> list[Bill]:
    """What tasks of the boards in `folder` took of the catalogue's models."""
    levels = {key: of_model for key, of_model in reviewed_levels().items() if key in catalog["models"]}
    reasoning = reasoning_models(catalog["models"])
    return list(read_bills(folder, known, levels, reasoning, _output_prices(catalog)))


def _add_verbosity(
    catalog: Facts, folder: Path, known: Mapping[str, str], same_weights: Mapping[str, str]
) -> None:
    """Put what models write, by level, into their table; one that does not reason, on no board, has 1."""
    models = catalog["models"]
    levels = {key: of_model for key, of_model in reviewed_levels().items() if key in models}
    reasoning, bills = reasoning_models(models), bills_of(catalog, folder, known)
    for (key, level), verbosity in fit_verbosity(bills, reasoning, levels).items():
        if level == PLAIN and verbosity.estimated:
            continue
        facts = models[key]["efforts"][level] if key in levels else models[key]
        facts["verbosity"] = verbosity.value
        facts |= {"verbosity_low": verbosity.low, "verbosity_high": verbosity.high}
    for key, other in same_weights.items():
        written = ("verbosity", "verbosity_low", "verbosity_high")
        if key in models and other in models and "efforts" not in models[key]:
            models[key] |= {name: models[other][name] for name in written if name in models[other]}


def _add_estimated_speeds(catalog: Facts) -> None:
    """Estimate the speeds that nobody has measured; what is hosted, retired or of a tier without a promise
    has none."""
    offers, providers, models = catalog["offers"], catalog["providers"], catalog["models"]

    def cell(key: str) -> tuple[str, str]:
        seller, _, model = key.partition("/")
        return providers[seller].get("variant_of", seller), model

    timed = {key: offer for key, offer in offers.items() if "ttft" in offer and "tps" in offer}
    measured = {
        cell(key): (offer["ttft"], offer["tps"]) for key, offer in timed.items() if cell(key)[0] != ANY
    }
    spreads: dict[str, list[float]] = {}
    for key, offer in timed.items():
        if "spread" in offer:
            spreads.setdefault(cell(key)[1], []).append(offer["spread"])
    usual = median(spread for of_model in spreads.values() for spread in of_model)
    wanted = [
        key
        for key, offer in offers.items()
        if key not in timed
        and "hosting" not in offer
        and offer.get("status") != "retired"
        and not key.partition("/")[0].endswith(UNPROMISED)
    ]
    developers = {model: facts.get("developer", "") for model, facts in models.items()}
    estimates = estimate_speeds(measured, [cell(key) for key in wanted], developers)
    for key in wanted:
        if estimate := estimates.get(cell(key)):
            spread = median(spreads.get(cell(key)[1], [usual]))
            offers[key] |= estimate.facts(spread)
            offers[key] |= {"speed_source": "openrouter", "speed_as_of": SPEEDS_AS_OF}


def _output_prices(catalog: Mapping[str, Any]) -> dict[str, float]:
    """Model -> the median price of its output, USD per million; boards do not pay for a tier or a region."""
    prices: dict[str, list[float]] = {}
    for key, offer in catalog["offers"].items():
        provider, _, model = key.partition("/")
        if "hosting" not in offer and "variant_of" not in catalog["providers"][provider]:
            prices.setdefault(model, []).append(float(offer["output"]))
    return {model: median(figures) for model, figures in prices.items()}


def _with_skills(catalog: Facts) -> Facts:
    """The catalogue with the skills that its own scores give, fitted."""
    skills = fitted_skills(Catalog.model_validate(catalog))
    for key, model in catalog["models"].items():
        rows = fitted_rows(key, model.get("default_effort"), model.get("efforts", {}), skills)
        model.update({"fitted": rows["fitted"]} if "fitted" in rows else {})
        for level, row in rows.get("efforts", {}).items():
            model["efforts"][level] |= row
    return catalog


def _used_benchmarks(benchmarks: Table, models: Table) -> Table:
    used = {score["benchmark"] for model in models.values() for score in model.get("scores", ())}
    return {key: benchmark for key, benchmark in benchmarks.items() if key in used}


# Plain values


def _with_dates(facts: Facts) -> Facts:
    """With dates as TOML dates."""
    days = {"as_of", "retires"} & set(facts)
    return {
        name: date.fromisoformat(str(fact)[:10]) if name in days else fact for name, fact in facts.items()
    }


def _public(table: Table) -> Table:
    """Without the names that only this tool needs, keys in order."""
    return {
        key: {name: fact for name, fact in row.items() if name not in _PRIVATE}
        for key, row in sorted(table.items())
    }


def with_origins(catalog: Facts, archive: Path) -> Facts:
    """The catalogue with both. `archive`: models.dev's files, whose windows are named as its figures."""
    windows = model_limits(archive, reviewed(catalog["models"]))
    pages = tomllib.loads((Path(__file__).parent / "providers.toml").read_text("utf-8"))
    day = catalog["as_of"]
    sources = dict(sorted({**catalog["sources"], SOURCE: {**_TITLE, "as_of": day}}.items()))
    providers = {key: _provider(key, facts, pages, day) for key, facts in catalog["providers"].items()}
    models = {
        key: {**facts, "source": "models.dev"} if _same_window(facts, windows.get(key)) else facts
        for key, facts in catalog["models"].items()
    }
    offers = {key: dearer_reading(facts) for key, facts in catalog["offers"].items()}
    offers = {key: facts | _anywhere(key, facts, offers) for key, facts in offers.items()}
    return {**catalog, "sources": sources, "providers": providers, "models": models, "offers": offers}


def _provider(key: str, facts: Facts, pages: Table, day: date) -> Facts:
    """A provider with its pages and terms; a variant has the terms of the provider that it is of, and the
    region that is its own."""
    about = pages.get(facts.get("variant_of", key), {})
    if "variant_of" in facts:
        about = {name: about[name] for name in ("trains_on_data", "terms", "regions") if name in about}
    added = {name: fact for name, fact in about.items() if name not in facts}
    return {**facts, **added, "source": SOURCE, "as_of": day} if about or "terms" in facts else facts


def dearer_reading(offer: Facts) -> Facts:
    """Of a price that may be read in two ways the dearer reading stands, the other one beside it."""
    quotes = offer.get("disputed", [])
    dearest: Facts = max(quotes, key=lambda quote: quote.get("input", 0.0), default={})
    if not offer.get("ambiguous") or dearest.get("input", 0.0) <= offer["input"]:
        return offer
    figures = [name for name in dearest if name not in ("source", "as_of")]
    beside = {name: offer[name] for name in ("source", "as_of", *figures) if name in offer}
    others = [beside, *(quote for quote in quotes if quote is not dearest)]
    return {**offer, **dearest, "disputed": others, "price_rule": "the dearer of two readings"}


def _anywhere(key: str, offer: Facts, offers: Table) -> Facts:
    """No region for an offer of Bedrock that is served anywhere, whatever regions Bedrock has.

    One of a global inference profile, or at its price where the profile of the United States costs more.
    """
    provider, _, model = key.partition("/")
    if provider not in ("bedrock", "bedrock-flex", "bedrock-priority", "bedrock-ultrafast"):
        return {}
    in_region = offers.get(f"bedrock-us/{model}", offer)
    dearer = provider == "bedrock" and in_region["input"] > offer["input"]
    return {"regions": []} if dearer or str(offer.get("id", "")).startswith("global.") else {}


def _same_window(model: Facts, limits: Facts | None) -> bool:
    return limits is not None and model["context"] == limits.get("context")
