"""python -m modelpick.engine.adapters.curate --data DIR --out catalog.toml --as-of 2026-11-23."""

from __future__ import annotations

import argparse
import csv
import tomllib
from datetime import date
from pathlib import Path
from typing import Any

import tomlkit

from ..prices.litellm import quotes
from .limits import fitted, limits_of
from .names import plain
from .offers import offers_of
from .origins import with_origins
from .scores import scores_of
from .speeds import speeds_of

HEADER = "Written by: python -m modelpick.engine.adapters.curate. Corrections belong in its curated.toml."


def catalog_of(curated: dict[str, Any], data: Path, as_of: str) -> dict[str, Any]:
    """The catalogue as plain values, keys in order, from the reviewed list and the raw facts in `data`."""
    known = {
        plain(name): key for key, model in curated["models"].items() for name in (key, *model.get("also", ()))
    }
    prices = quotes((data / "prices/litellm_1.109.1_model_prices.json").read_text("utf-8"))
    billed = {name: key for key, p in curated["providers"].items() for name in p["litellm"]}
    named = {name: key for key, p in curated["providers"].items() for name in p.get("openrouter", ())}
    offers, found = offers_of(prices, billed, known, curated["sources"]["litellm"]["as_of"])
    for key, speed in speeds_of(
        _rows(data / "speed/openrouter_endpoint_speed_23d_median.csv"), named, known
    ).items():
        if key in offers:
            offers[key] |= speed
    limits = limits_of(data / "quality/models.dev_models_toml_2026-07-02.tar.gz", known)
    offers = {
        key: _in_time(fitted(offer, limits.get(key.partition("/")[2], {})), as_of)
        for key, offer in offers.items()
    }
    scores = scores_of(_rows(data / "quality/bench_long_open.csv"), curated["benchmarks"], known)
    models = {}
    for key, model in sorted(curated["models"].items()):
        if key not in found:
            continue
        facts = {name: value for name, value in model.items() if name != "also"}
        facts.setdefault("context", limits.get(key, {}).get("context", int(found[key]["context"])))
        facts["features"] = sorted(found[key]["features"])
        models[key] = facts | ({"scores": scores[key]} if key in scores else {})
    models = {key: model for key, model in models.items() if model["context"] > 0}
    private = {"litellm", "openrouter", "source", "bench"}
    return {
        "schema": 1,
        "as_of": date.fromisoformat(as_of),
        "sources": {k: _dated(v) for k, v in sorted(curated["sources"].items())},
        "benchmarks": _without(curated["benchmarks"], private),
        "providers": _without(curated["providers"], private),
        "models": models,
        "offers": {k: _dated(v) for k, v in sorted(offers.items()) if k.partition("/")[2] in models},
    }


def _in_time(offer: dict[str, Any], as_of: str) -> dict[str, Any]:
    """Retired where its day has passed."""
    gone = "retires" in offer and str(offer["retires"])[:10] < as_of
    return offer | ({"status": "retired"} if gone else {})


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
            for name in ("scores", "tiers"):
                if name in row:
                    row[name] = _inline(row[name])
    return tomlkit.dumps(document)


def _inline(rows: Any) -> tomlkit.items.Array:
    found = tomlkit.array()
    for row in rows:
        table = tomlkit.inline_table()
        table.update(dict(row))
        found.append(table)
    return found.multiline(len(found) > 1)


def main() -> None:
    """Write the catalogue."""
    parser = argparse.ArgumentParser(prog="curate", description="Make catalog.toml out of raw facts.")
    parser.add_argument("--data", type=Path, required=True, help="the folder with prices/, quality/, speed/")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--as-of", required=True, help="the catalogue's date, such as 2026-11-23")
    given = parser.parse_args()
    curated = tomllib.loads((Path(__file__).parent / "curated.toml").read_text("utf-8"))
    windows = given.data / "quality/models.dev_models_toml_2026-07-02.tar.gz"
    found = with_origins(catalog_of(curated, given.data, given.as_of), windows)
    given.out.write_text(text_of(found), "utf-8")


if __name__ == "__main__":
    main()
