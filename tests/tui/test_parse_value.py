"""What people type for a rule: bare words, percentages, figures with their unit."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from modelpick.engine import InputError
from modelpick.engine.domain.formatting import unit_text
from modelpick.engine.domain.rules import specs
from modelpick.tui import formatting
from modelpick.tui.document.values import parse, typed_text
from tests.tui.stories import SMALL, Story, tell

RULES = {**specs("limits"), **specs("labels")}


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        # A share is 0 to 1; a whole number above 1 can only be a percentage.
        ("min_share", "30", 0.3),
        ("min_share", "30 %", 0.3),
        ("min_share", "1", 1.0),
        ("cached", "100", 1.0),
        ("percentile", "95 %", 95.0),
        ("min_quality", "60 %", 60.0),
        ("min_quality", "0.6 points", 0.6),
        ("max_latency", "30s", 30.0),
        ("max_latency", "2 min", 120.0),
        ("max_latency", "500 ms", 0.5),
        ("budget", "200 USD/mo", 200.0),
        ("budget", "$1,500", 1_500.0),
        ("budget", "1.5k", 1_500.0),
        ("requests", "1e3", 1_000.0),
        ("requests", "2M requests", 2_000_000.0),
        ("cached", "90 percent", 0.9),
        ("context", "128k tokens", 128_000.0),
        ("max_models", "1 offer", 1),
        ("features", "tools", ["tools"]),
        ("features", "[tools, vision]", ["tools", "vision"]),
        ("features", '["tools"]', ["tools"]),
        ("deny_providers", "[]", []),
        ("skills", "coding", {"coding": 1.0}),
        ("skills", "coding 0.7, reasoning 0.3", {"coding": 0.7, "reasoning": 0.3}),
        ("skills", "{ coding = 0.7 }", {"coding": 0.7}),
        ("skills", "coding: 70 %", {"coding": 0.7}),
        ("pin", "nscale/a:free 30", {"nscale/a:free": 0.3}),
        ("pin", '{ "nscale/a" = 30 }', {"nscale/a": 0.3}),
    ],
)
def test_what_is_unambiguous_is_taken(name: str, text: str, value: Any) -> None:
    assert parse(RULES[name], text) == value


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("min_share", "1.5", "is no share: 0 to 1, or a percentage such as 30 %"),
        ("min_share", "130", "is no share: 0 to 1, or a percentage such as 30 %"),
        ("pin", '{ "nscale/a" = 1.5 }', "is no share"),
        ("min_quality", "0.6", "points go from 0 to 100: write 60, or 0.6 points"),
        ("context", "30 s", "'30 s' is not a number"),  # another unit than the rule's
        ("budget", "5 tokens", "'5 tokens' is not a number"),
        ("max_models", "5 %", "'5 %' is not a number"),
        ("max_latency", "5 m", "'5 m' is not a number"),  # minutes or millions
        ("cached", "inf", "'inf' is not a number"),
        ("features", "[]tools", "write names with commas between them, such as: one, two"),
        ("pin", "nscale/a", "write names with their figures"),
        ("skills", "coding x", "'x' is not a number"),
        ("skills", "coding 1, coding 2", "stands there twice"),
    ],
)
def test_what_is_not_is_asked_back(name: str, text: str, words: str) -> None:
    with pytest.raises(InputError) as caught:
        parse(RULES[name], text)
    assert words in str(caught.value) and name in str(caught.value)


def test_a_list_and_a_table_are_typed_over_in_bare_words(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(SMALL + "\n[limits]\ndeny_providers = []\n")

    async def told(story: Story) -> None:
        async def add(name: str, text: str) -> None:
            await story.choose(name)
            assert ("or ↓ for the list" in story.app.workbench.hint.said) == (name != "min_share")
            await story.press(*text, "enter")
            assert not story.app.workbench.editor.is_open, story.screen

        await story.on("limits")
        await add("deny_providers", "deepinfra")
        assert story.document.routing.limits.deny_providers == ("deepinfra",)
        await story.press("enter", *"azure, openai", "enter")  # what was there is typed over
        assert story.document.routing.limits.deny_providers == ("azure", "openai")
        await story.on("skills")
        await story.press("enter", *"coding 0.7, reasoning 0.3", "enter")
        assert story.document.routing.labels["default"].skills == {"coding": 0.7, "reasoning": 0.3}
        await add("min_share", "30")
        assert story.document.routing.labels["default"].min_share == 0.3

    tell(told, path)


def test_a_value_is_shown_with_its_unit_and_a_share_in_per_cent() -> None:
    shown = formatting.limit_text(RULES["confidence"], 0.9), formatting.limit_text(RULES["min_share"], 0.125)
    assert shown == ("90 %", "≥ 12.5 %")
    assert formatting.figure(0.9, "share") == "90 %" and formatting.figure(1, "points") == "1 point"
    assert formatting.figure({"a/b": 0.3}, item_unit="share") == "a/b 30 %"
    assert formatting.figure({"coding": 0.7}, item_unit="weight") == "coding 0.7"
    assert formatting.bracketed_bounds(RULES["confidence"]) == " (0.5 to 0.999, or in %)"
    assert unit_text("share", 0.9) == "" and unit_text("points", 60) == "points"


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("features", ("tools", "web_search"), "tools, web_search"),
        ("features", (), ""),
        ("deny", ("a/b,c", "d/e"), '["a/b,c", "d/e"]'),  # a comma inside a name
        ("skills", {"coding": 0.7, "reasoning": 0.3}, "coding 0.7, reasoning 0.3"),
        ("skills", {}, ""),
        ("pin", {"openai/gpt-5@high": 0.3}, "openai/gpt-5@high 30 %"),
        ("cached", 0.9, "90 %"),
        ("min_share", 0.125, "12.5 %"),
        ("requests", 4000.0, "4000"),
        ("min_quality", "gpt-5 - 5", "gpt-5 - 5"),
        ("batch", True, "true"),
    ],
)
def test_a_value_stands_in_its_field_as_it_is_typed_and_reads_back(name: str, value: Any, text: str) -> None:
    assert typed_text(RULES[name], value) == text
    if text:
        kept = dict(value) if isinstance(value, dict) else list(value) if isinstance(value, tuple) else value
        assert parse(RULES[name], text) == kept
