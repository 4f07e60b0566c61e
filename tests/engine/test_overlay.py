"""The user's overlay: one writer, which takes every layout of valid TOML and keeps what it does not know."""

from __future__ import annotations

import tomllib
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from modelpick import InputError
from modelpick.engine.adapters.catalog.file import load_catalog, merged
from modelpick.engine.adapters.catalog.overlay import overlaid_text, own_figures, write_overlay

LAYOUTS = [
    "",
    'models = { "gpt-5" = { skills = { coding = 5.0 } } }  # mine\n',
    'models = { x = { scores = [ {benchmark="h", value=1.0} ] } }\r\n[offers]\r\n',
    '[offers]\n"a/b" = {input = 1.0, output = 2.0}  # mine\n',
    'offers."a/b".input = 1.0\noffers."a/b".output = 2.0  # mine\n',
    'models.x.skills.coding = 4\n[offers]\n"a/b".input = 2\n',
    '[[models.x.scores]]\nbenchmark="h"\nvalue=3.0\n[[models.x.scores]]\nbenchmark="k"\nvalue=4\n[models.x.skills]\ncoding=3\n',
    '[models.x]\nname="X"\n[[models.x.scores]]\nbenchmark="h"\nvalue=3.0\n[models.x.skills]\ncoding=3\n[models.y]\nname="Y"\n',
    '[offers."a/b"]\ninput = 1\n[sources.mine]\ntitle = "t"\n[offers."c/d"]\ninput = 4  # out of order\n',
    '[models]\nx.skills = {coding=1}  # mine\nx.scores = [\n  {benchmark="a", value=1},\n]\n',
    "offers = {}\nmodels = {}\n",
    '[offers."a/b"]\ntiers = [{above=1, input=2}]\n[offers."a/b".hosting]\nusd_per_hour=2\n',
]
FACTS: list[dict[str, Any]] = [
    {"offers": {"a/b": {"input": 9.0, "as_of": date(2026, 1, 1)}, "e/f.g": {"input": 1.0}}, "models": {}},
    {"offers": {"a/b": {"hosting": {"usd_per_hour": 2.5, "rpm": 60}, "tiers": [{"above": 5, "input": 3.0}]}}},
    {"models": {"x": {"skills": {"coding": 5.0, "reasoning": 7.0}}, "q.z": {"skills": {"coding": 1.0}}}},
    {"models": {"x": {"scores": [{"benchmark": "a", "value": 1.5}, {"benchmark": "z", "value": 2.5}]}}},
    {"sources": {"mine": {"title": "T"}}, "benchmarks": {"b c": {"title": "T", "skill": "coding"}}},
]


@pytest.mark.parametrize("old", LAYOUTS)
def test_every_layout_takes_every_figure_and_keeps_the_rest(old: str) -> None:
    for facts in FACTS:
        expected = merged(tomllib.loads(old), {table: rows for table, rows in facts.items() if rows})
        text = overlaid_text(old, facts)
        assert tomllib.loads(text) == expected
        assert tomllib.loads(overlaid_text(text, facts)) == expected
        assert ("# mine" in text or "# out of order" in text) == ("#" in old)


@pytest.mark.parametrize(
    ("old", "key"),
    [("offers = 3", "offers"), ('[offers]\n"a/b" = [1]', "offers.a/b"), ("[[offers]]", "offers")],
)
def test_a_value_where_a_table_belongs(old: str, key: str) -> None:
    with pytest.raises(InputError, match=rf"mine\.toml: {key}: is no table"):
        overlaid_text(old, FACTS[0], "mine.toml")


def test_what_if_figures_are_kept_in_an_inline_table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The app ended with a traceback on an inline table `models = {...}`."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    mine = tmp_path / "modelpick" / "catalog.toml"
    mine.parent.mkdir()
    mine.write_text('models = { "gpt-5-mini" = { skills = { coding = 5.0 } } }\n')
    facts = {
        "models": {"gpt-5-mini": {"skills": {"reasoning": 6.0}}},
        "offers": {"openai/gpt-5": {"input": 2.0}},
    }
    write_overlay(mine, None, own_figures(facts, date(2026, 11, 24)))
    catalog = load_catalog()
    assert catalog.models["gpt-5-mini"].skills == {"coding": 5.0, "reasoning": 6.0}
    assert catalog.offers["openai/gpt-5"].input == 2.0 and catalog.offers["openai/gpt-5"].source == "mine"


def test_what_cannot_be_loaded_is_not_written(tmp_path: Path) -> None:
    mine = tmp_path / "mine.toml"
    mine.write_text("# as it was\n")
    for facts in ({"offers": {"openai/gpt-5": {"input": -1.0}}}, {"offers": {"openai/none": {"input": 1.0}}}):
        with pytest.raises(InputError, match=r"mine\.toml"):
            write_overlay(mine, None, facts)
        with pytest.raises(InputError, match=r"mine\.toml"):
            write_overlay(mine, None, own_figures(facts, date(2026, 11, 24)))
        assert mine.read_text() == "# as it was\n"
