"""The finder: what fits comes in order, `:` sets rules, and what is chosen is done."""

from __future__ import annotations

from pathlib import Path

import pytest

from modelpick.engine.adapters.routing_file import load_routing
from modelpick.engine.domain.errors import InputError
from modelpick.engine.domain.rules import LIMITS, RulePath
from modelpick.tui.document.finder_entries import Setting, setting_of, short_paths, split_line, with_setting
from modelpick.tui.entries import Entry, fitting_entries
from tests.tui.stories import SMALL, Story, tell

ENTRIES = [
    Entry("Edit", "Undo the last edit", "key: u"),
    Entry("rule", "default · min_quality", "60"),
    Entry("label", "default", "4,000 req/mo"),
    Entry("offer", "openai/gpt-5", hidden=True),
]


def titles(text: str, used: tuple[str, ...] = ()) -> list[str]:
    return [entry.title for entry in fitting_entries(ENTRIES, text, used)]


def test_the_beginning_of_a_title_comes_before_its_middle_and_letters_far_apart_do_not_fit() -> None:
    assert titles("def") == ["default · min_quality", "default"]
    assert titles("qual") == ["default · min_quality"] and titles("zz") == []
    assert titles("min def") == ["default · min_quality"]  # every word, in any order
    assert titles("mqual") == ["default · min_quality"]  # m, q, u, a, l close together
    assert titles("dtq") == []  # the letters are there, far apart
    assert titles("key: u") == ["Undo the last edit"]


def test_what_is_hidden_is_found_and_what_was_used_comes_first() -> None:
    assert "openai/gpt-5" not in titles("") and titles("gpt") == ["openai/gpt-5"]
    assert titles("", ("default",))[0] == "default"
    assert titles("def", ("default",))[0] == "default"


@pytest.fixture
def spaced(tmp_path: Path) -> Path:
    path = tmp_path / "mine.toml"
    path.write_text(SMALL + SMALL[SMALL.index("[labels") :].replace("default", '"night 夜.b"'))
    return path


@pytest.mark.parametrize(
    ("line", "path", "text"),
    [
        ("default.min_quality 80", RulePath("labels", "default", "min_quality"), "80"),
        ("labels.default.min_quality=80", RulePath("labels", "default", "min_quality"), "80"),
        ("budget = 400", LIMITS.child("budget"), "400"),
        ("limits.budget 400", LIMITS.child("budget"), "400"),
        ("objective quality", RulePath("", "", "objective"), "quality"),
        ("night 夜.b.features tools, vision", RulePath("labels", "night 夜.b", "features"), "tools, vision"),
        ("default.max_models =", RulePath("labels", "default", "max_models"), ""),
    ],
)
def test_a_line_is_a_path_and_its_value(spaced: Path, line: str, path: RulePath, text: str) -> None:
    assert setting_of(load_routing(spaced), line) == Setting(path, text)


def test_a_line_without_a_value_is_only_a_path_and_a_wrong_one_names_the_nearest(spaced: Path) -> None:
    routing = load_routing(spaced)
    assert split_line(routing, "default.min") == ("default.min", None)
    assert "night 夜.b.max_latency" in short_paths(routing)  # it could be added
    with pytest.raises(InputError, match="did you mean 'min_quality'"):
        setting_of(routing, "default.min_qualty = 3")
    with pytest.raises(InputError, match=r"no label 'defualt'.*did you mean 'default'"):
        setting_of(routing, "defualt.min_quality = 3")
    dropped = with_setting(routing, setting_of(routing, "default.max_models ="))
    assert dropped.labels["default"].max_models is None
    with pytest.raises(InputError, match="max_latency"):
        with_setting(routing, setting_of(routing, "default.max_latency soon"))


def test_the_history_has_costs_goes_anywhere_and_rules_are_sorted_by_money(mine: Path) -> None:
    async def told(story: Story) -> None:
        first = story.plan.cost or 0.0
        await story.on("requests")
        await story.press("+")  # 1,000 requests, and a tenth more
        await story.solved()
        await story.press("j", "enter", *"4000", "enter")
        await story.solved()
        await story.press("U")
        lines = story.front.moments.text.splitlines()
        assert "as opened" in lines[0] and f" {first:.2f} " in lines[0]
        assert (
            "default · requests: 1,000 req/mo → 1,100 req/mo" in lines[1]
            and f" {1.1 * first:.2f} " in lines[1]
        )
        assert "▲ +0.01 (+10 %)" in lines[1] and lines[2].strip().startswith("● default · input_tokens")
        await story.press("g", "enter")
        assert story.document.routing == story.document.file.routing
        await story.press("ctrl+r", "ctrl+r")
        assert story.document.routing.labels["default"].input_tokens == 4_000
        rules = story.app.workbench.rules
        await story.until(
            lambda: story.document.solved and "−" in rules.text and not story.app.workbench.why.stale
        )
        await story.press("dollar_sign")
        assert rules.text.splitlines()[1].split()[0] == "min_quality"  # nothing else is tight
        await story.press("dollar_sign")
        assert rules.text.splitlines()[1].split()[0] == "requests"

    tell(told, mine)


def test_the_finder_sets_a_rule_goes_to_one_and_to_an_offer_and_finds_a_line(mine: Path) -> None:
    async def told(story: Story) -> None:
        await story.press("colon", *"def")
        assert "1,000 req/mo" in story.screen and "not set" in story.screen  # what stands there now
        await story.press("tab", *"60")  # the first path that fits is default.requests
        assert "default · requests: 1,000 req/mo → 60 req/mo" in story.screen
        await story.press("enter")
        assert story.document.routing.labels["default"].requests == 60
        assert story.app.workbench.rules.key == RulePath("labels", "default", "requests")
        await story.press("ctrl+p", *"min_qual", "enter")
        assert story.app.workbench.rules.key == RulePath("labels", "default", "min_quality")
        await story.press("ctrl+p", *":budget none", "enter")
        assert "budget" in story.screen and story.front is not story.app.workbench  # it is no number
        await story.press("ctrl+u", *":budget 400", "enter")
        assert story.document.routing.limits.budget == 400
        await story.press("u", "slash", *"object", "enter")
        assert story.app.workbench.rules.key == RulePath("", "", "objective")
        await story.press("ctrl+p", *"openai/gpt-5-mini", "enter")
        await story.until(lambda: getattr(story.front, "filter", None) is not None)
        assert story.front.filter.value.startswith("openai/gpt-5-mini")

    tell(told, mine)
