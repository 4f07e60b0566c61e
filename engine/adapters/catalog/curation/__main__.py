"""python -m modelpick.engine.adapters.catalog.curation --data DIR --out catalog.toml --as-of 2026-11-23."""

from __future__ import annotations

import argparse
import csv
import gzip
import sys
import tomllib
from datetime import date
from pathlib import Path
from typing import Any

import tomlkit

from ....domain.catalog import Catalog
from ....solver.skill_model.skills import fitted as fitted_skills
from ..model_names import key_of, reviewed
from ..prices.litellm import quotes
from . import second
from .limits import fitted, limits_of
from .offers import disputed, offers_of
from .origins import with_origins
from .scores import raw_scores, scores_of
from .speeds import speeds_of

PRICES = "2026-11-26/litellm_1.110.2_model_prices.json.gz"
SPEEDS = date(2026, 8, 22)  # the last day of the captures
PRIVATE = {"litellm", "openrouter", "genai-prices", "fills", "source", "bench"}  # for this tool alone
HEADER = "Written by: python -m modelpick.engine.adapters.catalog.curation. Corrections: its curated.toml."


def catalog_of(curated: dict[str, Any], data: Path, as_of: str) -> dict[str, Any]:
    """The catalogue as plain values, keys in order, from the reviewed list and the raw facts in `data`."""
    known = reviewed(curated["models"])
    limits = limits_of(data / "quality/models.dev_models_toml_2026-07-02.tar.gz", known)
    offers, found = _offers(curated, data, known)
    models = _models(
        curated, found, limits, scores_of(raw_scores(data / "quality"), curated["benchmarks"], known)
    )
    used = {one["benchmark"] for model in models.values() for one in model.get("scores", ())}
    return _with_skills(
        {
            "schema": 1,
            "as_of": date.fromisoformat(as_of),
            "sources": {k: _dated(v) for k, v in sorted(curated["sources"].items())},
            "benchmarks": _without({k: v for k, v in curated["benchmarks"].items() if k in used}, PRIVATE),
            "providers": _without(curated["providers"], PRIVATE),
            "models": models,
            "offers": {
                key: _dated(_within(_in_time(fitted(offer, limits.get(model, {})), as_of), models[model]))
                for key, offer in sorted(offers.items())
                if (model := key.partition("/")[2]) in models
            },
        }
    )


def _models(
    curated: dict[str, Any], found: dict[str, Any], limits: dict[str, Any], scores: dict[str, Any]
) -> dict[str, Any]:
    """The reviewed models that somebody serves, with windows, features and scores."""
    models = {}
    for key, model in sorted(curated["models"].items()):
        if key not in found:
            continue
        facts = dict(model)
        facts.setdefault("context", limits.get(key, {}).get("context", int(found[key]["context"])))
        facts["features"] = sorted(found[key]["features"])
        models[key] = facts | ({"scores": scores[key]} if key in scores else {})
    return {key: model for key, model in models.items() if model["context"] > 0}


def _offers(
    curated: dict[str, Any], data: Path, known: dict[str, str]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """(offers by provider/model, what sources say of models): two sources, by hand, speeds."""
    prices = quotes(gzip.decompress((data / PRICES).read_bytes()).decode("utf-8"))
    billed = {name: key for key, p in curated["providers"].items() for name in p["litellm"]}
    named = {name: key for key, p in curated["providers"].items() for name in p.get("openrouter", ())}
    offers, found = offers_of(prices, billed, known, curated["sources"], "litellm")
    speeds = _rows(data / "speed/openrouter_endpoint_speed_23d_median.csv")
    more, also = _second(curated, data, known, {row["model_permaslug"] for row in speeds})
    filled = {key: o for key, o in more.items() if curated["providers"][key.partition("/")[0]].get("fills")}
    offers = filled | {key: disputed(offer, more.get(key, {})) for key, offer in offers.items()}
    for key, about in also.items():
        found.setdefault(key, about)
    for key, facts in curated.get("offers", {}).items():
        offers[key] = offers.get(key, {}) | facts
    for key, speed in speeds_of(speeds, named, known).items():
        if key in offers:
            offers[key] |= speed | {"speed_source": "openrouter", "speed_as_of": SPEEDS}
    return offers, found


def unmapped(rows: list[dict[str, str]], known: dict[str, str]) -> tuple[list[tuple[str, int]], float]:
    """Names in the speeds' table that no model has, with their requests, busiest first; and their share."""
    traffic: dict[str, int] = {}
    for row in rows:
        traffic[row["model_permaslug"]] = traffic.get(row["model_permaslug"], 0) + int(float(row["req"] or 0))
    lost = {name: count for name, count in traffic.items() if key_of(name, known) is None}
    ordered = sorted(lost.items(), key=lambda pair: (-pair[1], pair[0]))
    return ordered, sum(lost.values()) / max(1, sum(traffic.values()))


def _second(
    curated: dict[str, Any], data: Path, known: dict[str, str], served: set[str]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """What the second source of prices has: (offers, what it says of models)."""
    rows = _rows(data / "prices/genai-prices_0.2.3_offers.csv")
    billed = {name: key for key, p in curated["providers"].items() for name in p.get("genai-prices", ())}
    prices = second.quotes(rows, {"openrouter": served})
    return offers_of(prices, billed, known, curated["sources"], "genai-prices")


def _with_skills(catalog: dict[str, Any]) -> dict[str, Any]:
    """The catalogue with the skills that its own scores give, fitted."""
    skills = fitted_skills(Catalog.model_validate(catalog))
    for key, model in catalog["models"].items():
        if key in skills:
            model["fitted"] = {skill: one.model_dump() for skill, one in skills[key].items()}
    return catalog


def _in_time(offer: dict[str, Any], as_of: str) -> dict[str, Any]:
    """Retired where its day has passed."""
    gone = "retires" in offer and str(offer["retires"])[:10] < as_of
    return offer | ({"status": "retired"} if gone else {})


def _within(offer: dict[str, Any], model: dict[str, Any]) -> dict[str, Any]:
    """Without a window that is larger than the model's own."""
    return {k: v for k, v in offer.items() if k != "context" or v <= model["context"]}


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _dated(facts: dict[str, Any]) -> dict[str, Any]:
    """With dates as TOML dates."""
    dates = {k: date.fromisoformat(str(v)[:10]) for k, v in facts.items() if k in {"as_of", "retires"}}
    return facts | dates


def _without(table: dict[str, dict[str, Any]], names: set[str]) -> dict[str, Any]:
    return {key: {k: v for k, v in row.items() if k not in names} for key, row in sorted(table.items())}


def text_of(catalog: dict[str, Any]) -> str:
    """The catalogue as TOML, its lists of scores and tiers in single lines."""
    document = tomlkit.document()
    document.add(tomlkit.comment(HEADER))
    for key, value in catalog.items():
        document.add(key, tomlkit.item(value))
    for table in (document["models"], document["offers"]):
        for row in table.values():
            for name in ("scores", "tiers", "disputed"):
                if name in row:
                    row[name] = _inline(row[name])
            for skill, figure in list(row.get("fitted", {}).items()):
                row["fitted"][skill] = _line(figure)
    return tomlkit.dumps(document)


def _inline(rows: Any) -> tomlkit.items.Array:
    found = tomlkit.array()
    for row in rows:
        found.append(_line(row))
    return found.multiline(len(found) > 1)


def _line(row: Any) -> tomlkit.items.InlineTable:
    table = tomlkit.inline_table()
    table.update(dict(row))
    return table


def main() -> None:
    """Write the catalogue."""
    parser = argparse.ArgumentParser(prog="curate", description="Make catalog.toml out of raw facts.")
    parser.add_argument("--data", type=Path, required=True, help="the folder with prices/, quality/, speed/")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--as-of", required=True, help="the catalogue's date, such as 2026-11-23")
    share = "the largest share of the measured requests whose names may have no model; default 0.45"
    parser.add_argument("--unmapped", type=float, default=0.45, help=share)
    given = parser.parse_args()
    curated = tomllib.loads((Path(__file__).parent / "curated.toml").read_text("utf-8"))
    rows = _rows(given.data / "speed/openrouter_endpoint_speed_23d_median.csv")
    names, lost = unmapped(rows, reviewed(curated["models"]))
    for name, count in names[:30]:
        sys.stderr.write(f"no model for {name}: {count:,} requests\n")
    sys.stderr.write(f"{len(names)} names without a model, {lost:.0%} of the requests\n")
    if lost > given.unmapped:
        parser.error(f"more than {given.unmapped:.0%} of the requests have no model: review aliases.toml")
    windows = given.data / "quality/models.dev_models_toml_2026-07-02.tar.gz"
    found = with_origins(catalog_of(curated, given.data, given.as_of), windows)
    given.out.write_text(text_of(found), "utf-8")


if __name__ == "__main__":
    main()
