"""Speeds that nobody has measured: estimated from relatives, marked, and giving way to a measurement."""

from __future__ import annotations

import argparse
import json
from datetime import date
from math import exp, sqrt
from pathlib import Path

import numpy as np
import pytest

from modelpick.engine.adapters.catalog.curation.speeds import (
    NOISE,
    PRIOR_SD,
    Cell,
    Estimate,
    estimate_speeds,
    widened_spread,
)
from modelpick.engine.adapters.catalog.file import load_catalog
from modelpick.engine.adapters.report.catalog import unknown_figures, unknown_json, unknown_text
from modelpick.engine.commands import catalog as command
from modelpick.engine.domain.levels import spelled_out
from modelpick.engine.domain.marks import ESTIMATED, marks_of
from modelpick.engine.domain.provenance import provenance

TODAY = date(2026, 11, 26)
DEVELOPERS = {"m-pro-1": "D", "m-pro-2": "D", "m-mini-1": "D", "other": "E", "lonely": "F"}
FAMILIES = {"m-pro-1": "pro", "m-pro-2": "pro", "m-mini-1": "mini", "other": "other"}
MEASURED: dict[Cell, tuple[float, float]] = {
    ("p", "m-pro-1"): (1.0, 40.0),
    ("q", "m-pro-1"): (2.0, 80.0),
    ("p", "m-mini-1"): (0.5, 160.0),
    ("q", "other"): (0.8, 60.0),
}


def _shared(one: Cell, other: Cell) -> float:
    """Covariance of the logarithms of two medians: the variances of what the offers have in common."""
    same = {
        "level": True,
        "provider": one[0] == other[0],
        "developer": DEVELOPERS[one[1]] == DEVELOPERS[other[1]],
        "family": FAMILIES[one[1]] == FAMILIES[other[1]],
        "model": one[1] == other[1],
        "cell": one == other,
    }
    return sum(PRIOR_SD[kind] ** 2 for kind, is_same in same.items() if is_same)


def test_an_estimate_is_the_mean_of_the_relatives_by_what_they_share() -> None:
    """Against the other form of the same regression: k (K + noise^2)^-1 y, K of the shared variances."""
    wanted = [("q", "m-pro-2"), ("q", "m-mini-1"), ("p", "other")]
    estimates = estimate_speeds(MEASURED, wanted, DEVELOPERS)
    cells = list(MEASURED)
    kernel = np.array([[_shared(a, b) for b in cells] for a in cells]) + NOISE**2 * np.eye(len(cells))
    for cell in wanted:
        k = np.array([_shared(cell, known) for known in cells])
        for at, name in enumerate(("ttft", "tps")):
            y = np.log([speed[at] for speed in MEASURED.values()])
            mean = y.mean() + k @ np.linalg.solve(kernel, y - y.mean())
            sd = sqrt(_shared(cell, cell) - k @ np.linalg.solve(kernel, k) + NOISE**2)
            assert getattr(estimates[cell], name) == pytest.approx(exp(mean))
            assert estimates[cell].sd == pytest.approx(sd)


def test_an_estimate_says_whose_speeds_it_is_made_of() -> None:
    wanted = [("p", "m-pro-1"), ("r", "m-pro-1"), ("q", "m-pro-2"), ("r", "other"), ("q", "lonely")]
    bases = {cell: made.basis for cell, made in estimate_speeds(MEASURED, wanted, DEVELOPERS).items()}
    assert bases == {
        ("p", "m-pro-1"): "the same model at p",
        ("r", "m-pro-1"): "the same model at p and q",
        ("q", "m-pro-2"): "its family: m-pro-1",
        ("r", "other"): "the same model at q",
    }  # nobody has measured a model of F
    assert estimate_speeds(MEASURED, [("q", "lonely")], DEVELOPERS) == {}


def test_the_doubt_of_an_estimate_is_in_its_spread() -> None:
    """500 tokens at 50 a second are 10 s after 2.5 s: shares 0.2 and 0.8. Both medians within e^0.5:
    sqrt(0.1^2 + 0.4^2) = 0.41231. Requests: ln 2 / 1.6448536 = 0.42140. Together 0.58957, times 1.6448536 =
    0.96976; e^0.96976 = 2.64."""
    estimate = Estimate(2.5, 50.0, 0.5, "its family: x")
    assert widened_spread(2.0, estimate) == 2.64
    assert widened_spread(1.5, estimate) == 2.64  # a first token's spread says nothing of the writing
    assert estimate.facts(2.0) == {"ttft": 2.5, "tps": 50.0, "spread": 2.64, "speed_basis": "its family: x"}


CATALOG = """schema = 1
as_of = 2026-11-20
[sources.s]
title = "S"
[providers.p]
name = "P"
[providers.q]
name = "Q"
[models.m]
context = 100000
skills = { coding = 50.0 }
default_effort = "low"
efforts = { low = {}, high = {} }
[models.n]
context = 100000
developer = "N"
[offers."p/m"]
input = 1.0
output = 2.0
ttft = 1.0
tps = 40.0
spread = 3.3
speed_basis = "its family: k"
speed_source = "s"
[offers."q/m"]
input = 1.0
output = 2.0
[offers."q/n"]
input = 1.0
output = 2.0
[offers."p/n"]
input = 1.0
output = 2.0
status = "retired"
"""


def test_estimates_are_marked_and_traced(tmp_path: Path) -> None:
    path = tmp_path / "catalog.toml"
    path.write_text(CATALOG)
    catalog = load_catalog(path, overlay=None)
    assert marks_of(catalog, TODAY).figure("p/m", "ttft") == ESTIMATED
    assert marks_of(catalog, TODAY).signs("p/m", ("coding",), 95.0).latency == ESTIMATED
    assert "estimated, of its family: k" in provenance(catalog, "p/m", "tps").words(TODAY)


@pytest.mark.parametrize(
    ("over", "basis", "spread"),
    [
        ('[offers."p/m"]\nttft = 0.5\ntps = 60.0\n', "", 2.0),  # the estimate's spread is not theirs
        ('[offers."p/m"]\nttft = 0.5\ntps = 60.0\nspread = 1.5\n', "", 1.5),
        ('[offers."p/m"]\ninput = 3.0\n', "its family: k", 3.3),
        ('[offers."p/m"]\nttft = 0.5\n', "its family: k", 3.3),  # the other half is estimated still
    ],
)
def test_own_speeds_are_no_estimates(tmp_path: Path, over: str, basis: str, spread: float) -> None:
    path, overlay = tmp_path / "catalog.toml", tmp_path / "mine.toml"
    path.write_text(CATALOG)
    overlay.write_text(over)
    offer = load_catalog(path, overlay).offers["p/m"]
    assert (offer.speed_basis, offer.spread) == (basis, spread)


def test_a_level_with_both_medians_is_no_estimate(tmp_path: Path) -> None:
    path, overlay = tmp_path / "catalog.toml", tmp_path / "mine.toml"
    path.write_text(CATALOG)
    overlay.write_text('[offers."p/m@high"]\nttft = 0.5\ntps = 60.0\n')
    catalog = spelled_out(load_catalog(path, overlay))
    assert (catalog.offers["p/m@high"].speed_basis, catalog.offers["p/m@high"].ttft) == ("", 0.5)
    assert catalog.offers["p/m"].speed_basis == "its family: k"


def test_what_is_missing_is_counted_without_what_is_retired(tmp_path: Path) -> None:
    path = tmp_path / "catalog.toml"
    path.write_text(CATALOG)
    catalog = spelled_out(load_catalog(path, overlay=None))
    figures = unknown_figures(catalog, catalog.offers)
    assert unknown_json(figures) == {
        "models": 2,
        "offers": 3,  # levels of one offer count once
        "unscored": ["n"],
        "without_speed": ["n"],
        "offers_without_speed": ["q/m", "q/n"],
        "offers_with_estimated_speed": ["p/m"],
    }
    lines = unknown_text(catalog, figures).splitlines()
    assert lines[1].split() == ["m", "-", "1", "of", "2", "offers"]
    assert lines[2].split() == ["n", "N", "unscored", "1", "of", "1", "offers"]
    assert lines[-4:] == [
        "1 of 2 models (50%) unscored",
        "1 of 2 models (50%) without a speed at any provider",
        "2 of 3 offers (67%) without a speed",
        "1 of 3 offers (33%) with an estimated speed (~)",
    ]
    given = argparse.Namespace(action="list", words=["q/n"], catalog=path, json=True, missing=True)
    assert json.loads(command.run(given)[0])["unscored"] == ["n"]


def test_most_live_offers_of_the_shipped_catalogue_have_a_speed() -> None:
    catalog = load_catalog(None)
    figures = unknown_figures(catalog, catalog.offers)
    assert len(figures.mute_offers) <= 0.15 * len(figures.offers)
    assert len(figures.mute) <= 0.10 * len(figures.models)
    assert all(catalog.offers[key].speed_source in catalog.sources for key in figures.estimated)
    assert not any("-flex/" in key for key in figures.estimated)  # which promise no speed
    for key in ("openai/gpt-5.1-codex", "openrouter/qwen3-coder-480b-a35b-instruct"):
        assert key in catalog.offers
    assert not catalog.offers["anthropic/claude-opus-5"].cache_reads_count
    assert catalog.retired["deepseek/deepseek-chat"].successor == "deepseek-v4-flash"
