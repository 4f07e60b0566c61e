"""catalog show: every figure with its source, disputes side by side, providers by name."""

from __future__ import annotations

import argparse
import json
import re
from pathlib import Path

import pytest

from modelpick.engine import InputError
from modelpick.engine.commands import catalog as command

FACTS = """
schema = 1
as_of = 2026-11-23
[sources.paper]
title = "A paper"
licence = "MIT"
as_of = 2026-11-01
[sources.rival]
[benchmarks.code]
title = "Code [test]"
skill = "coding"
[providers.p]
fee = 0.055
documentation = "https://example.org/docs"
source = "paper"
[models.m]
context = 1000
scores = [{ benchmark = "code", value = 87.2, source = "paper" }]
[offers."p/m"]
input = 0.05
output = 0.05
source = "paper"
ambiguous = "0.05 USD in total"
disputed = [{ source = "rival", as_of = 2026-10-01, input = 0.025 }]
"""


def shown(tmp_path: Path, *words: str, as_json: bool = False) -> str:
    (tmp_path / "facts.toml").write_text(FACTS)
    given = argparse.Namespace(
        action="show", words=list(words), catalog=tmp_path / "facts.toml", json=as_json
    )
    text, status = command.run(given)
    assert status == 0
    return text


def line(text: str, start: str) -> str:
    return next(line for line in text.splitlines() if line.strip().startswith(start))


def test_each_figure_names_source_licence_date_and_age(tmp_path: Path) -> None:
    text = shown(tmp_path, "p/m")
    price = " ".join(text[text.index("  input ") : text.index("  output ")].split())
    assert (
        "A paper, MIT, 2026-11-01 (" in price and "days old)" in price and "USD per million tokens" in price
    )
    assert "ambiguous: 0.05 USD in total" in price
    assert "A paper" in line(text, "Code [test]") and "87.2" in line(text, "Code [test]")
    assert "rival" in line(text, "beside it") and "0.025" in line(text, "beside it")
    assert "rule: the provider's own list stands before others" in text


def test_a_provider_without_regions_has_unknown_ones(tmp_path: Path) -> None:
    text = " ".join(shown(tmp_path, "p").split())
    figures = re.findall(r"\w+(?=[,:])", text[text.rindex(" from ") : text.rindex(": unknown") + 1])
    assert "regions" in figures and text.count("regions") == 1


def test_a_provider_alone(tmp_path: Path) -> None:
    text = shown(tmp_path, "p")
    assert text.startswith("provider p, 1 offer\n") and "https://example.org/docs" in text
    assert "A paper" in line(text, "fee")
    with pytest.raises(InputError):
        shown(tmp_path, "q")


def test_a_model_once_then_its_offers_a_line_each(tmp_path: Path) -> None:
    text = shown(tmp_path, "m", "p/m")
    assert text.startswith("model m\n") and text.count("model m\n") == 1  # not again with its offer
    assert text.count("provider p, 1 offer\n") == 1
    listed = text[text.index("USD/M in") :]
    assert line(listed, "p/m").split()[1:4] == ["0.05", "0.05", "1,000"] and "1 offer, catalogue of" in listed
    assert "modelpick catalog show p/m has every figure of an offer" in text and "offer p/m\n" in text


def test_the_same_as_data(tmp_path: Path) -> None:
    offer, seller = json.loads(shown(tmp_path, "p/m", "p", as_json=True))
    assert offer["provenance"]["input"]["source"] == "paper"
    assert offer["provenance"]["input"]["age_days"] >= 0
    assert seller["provider"] == "p" and seller["facts"]["fee"] == 0.055
