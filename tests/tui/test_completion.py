"""Names are offered where a rule's value is typed: Tab takes the likeliest, again the next."""

from __future__ import annotations

from pathlib import Path

import pytest

from modelpick.engine.domain.errors import with_nearest
from modelpick.engine.domain.rules import RulePath
from modelpick.tui.dialogs.baseline import OTHER
from modelpick.tui.widgets.inputs import completed_with, fitting_names, last_word
from tests.tui.stories import Story, tell


@pytest.mark.parametrize(
    ("text", "before", "word"),
    [
        ("deep", "", "deep"),
        ("azure, deep", "azure, ", "deep"),
        ('["azure", "deep', '["azure", "', "deep"),
        ("", "", ""),
        ("{ coding = 0.7, re", "{ coding = 0.7, ", "re"),
    ],
)
def test_the_last_word_is_what_is_being_typed(text: str, before: str, word: str) -> None:
    assert last_word(text) == (before, word)
    assert completed_with(text, "whole") == f"{before}whole"


def test_names_that_begin_so_come_first_then_those_with_a_part_that_does_then_the_others() -> None:
    names = ("qwen3-coder", "coder-1", "decoder", "gpt-5")
    assert fitting_names(names, "cod") == ["coder-1", "qwen3-coder", "decoder"]
    assert fitting_names(names, "coder-1, cod") == [
        "qwen3-coder",
        "decoder",
    ]  # what stands there is not offered
    assert fitting_names(names, "gpt-5") == []  # nothing to complete
    assert fitting_names(names, "coder-1 0.7") == []  # its figure is being typed


def test_tab_completes_a_provider_in_a_new_rule_and_the_hint_names_those_that_fit(mine: Path) -> None:
    async def told(story: Story) -> None:
        await story.press("r")
        await story.choose("deny_providers")
        assert (
            "names with commas, or ↓ for the list" in story.screen
        )  # too many to name before a letter is typed
        await story.press(*"deepin")
        assert "Tab takes: deepinfra" in story.screen
        await story.press("tab", "comma", "space", *"azu", "tab", "enter")
        assert story.document.routing.limits.deny_providers == ("deepinfra", "azure")

    tell(told, mine)


def test_tab_again_takes_the_next_name_and_typing_goes_on_from_it(mine: Path) -> None:
    async def told(story: Story) -> None:
        await story.on("skills")
        await story.press("enter", *"rea", "tab", *" 0.5, ", *"co", "tab", *" 0.5", "enter")
        assert story.document.routing.labels["default"].skills == {"reasoning": 0.5, "coding": 0.5}
        await story.on("min_quality")
        await story.press("enter", *"gpt-4.1", "tab")
        first = story.app.workbench.editor.value
        await story.press("tab")
        assert story.app.workbench.editor.value != first  # the next of gpt-4.1-mini, gpt-4.1-nano
        assert story.app.workbench.editor.value.startswith("gpt-4.1")
        await story.press("escape")

    tell(told, mine)


def test_features_and_skills_are_chosen_from_a_list_with_weights(mine: Path) -> None:
    async def told(story: Story) -> None:
        await story.on("skills")
        await story.press("space")
        assert "offers" not in story.front.names.text and "[x] coding" in story.front.names.text
        await story.press("left", "left", *"reas", "space")  # 0.9 of coding, and what is left of reasoning
        assert "[x] reasoning" in story.front.names.text and "0.1" in story.front.names.text
        await story.press("enter")
        assert dict(story.document.routing.labels["default"].skills) == {"coding": 0.9, "reasoning": 0.1}
        story.app.workbench.open_editor(RulePath("labels", "default", "features"))
        await story.press("down", *"vis", "space", "enter")
        assert story.document.routing.labels["default"].features == ("vision",)
        await story.on("features")
        await story.press("space", "space", "enter")  # the chosen one stands first: no name drops the rule
        assert story.document.routing.labels["default"].features == ()
        await story.on("requests")
        await story.press("space")
        assert "this is no list of names" in story.screen

    tell(told, mine)


def test_enter_takes_the_name_that_was_typed_for_and_never_nothing_unsaid(mine: Path) -> None:
    """Seen before: a name typed into the filter and Enter closed the list with nothing chosen, unsaid."""

    async def told(story: Story) -> None:
        features = RulePath("labels", "default", "features")
        story.app.workbench.open_editor(features)
        await story.press("down", "enter")
        assert "nothing is ticked; space ticks" in story.screen
        await story.press(*"visi", "enter")
        assert story.document.routing.labels["default"].features == ("vision",)
        await story.press("space", "enter")  # unchanged: what is chosen stays
        assert story.document.routing.labels["default"].features == ("vision",)

    tell(told, mine)


def test_a_name_with_an_underscore_is_found_with_a_blank() -> None:
    assert fitting_names(["web_search", "tools"], "tools, web se") == ["web_search"]
    assert fitting_names(["coding"], "coding 0.7") == []


def test_what_was_meant_by_a_name_that_is_none_is_taken_with_tab(mine: Path) -> None:
    async def told(story: Story) -> None:
        await story.press("r")
        await story.choose("deny_providers")
        await story.press(*"azure, depinfra", "enter")
        assert "did you mean 'deepinfra'?); Tab takes that" in " ".join(story.screen.split())
        await story.press("tab", "enter")
        assert story.document.routing.limits.deny_providers == ("azure", "deepinfra")
        await story.press("colon", *"default.features tols")
        assert "Tab takes that" in " ".join(story.screen.split())
        await story.press("tab", "enter")
        assert story.document.routing.labels["default"].features == ("tools",)

    tell(told, mine)


def test_with_nearest_puts_what_was_meant_in_the_place_of_what_is_wrong() -> None:
    assert with_nearest("azure, depin", "unknown provider 'depin' (did you mean 'deepinfra'?)") == (
        "azure, deepinfra"
    )
    assert with_nearest("Ctx>3 a", "no column is called 'ctx' (did you mean 'context'?)") == "context>3 a"
    assert with_nearest("m@hgih", "unknown level 'hgih' of m (did you mean 'high'?)") == "m@high"
    assert with_nearest("'60'", "should be a number, not '60' (did you mean 60?)") == "60"
    assert with_nearest("a", "unknown key (did you mean 'b'?)") == ""  # the key is not what was typed
    assert with_nearest("a", "unknown offer 'b' (did you mean 'c'?)") == with_nearest("a", "no") == ""


def test_a_floor_may_be_a_models_quality_chosen_from_a_list(mine: Path) -> None:
    async def told(story: Story) -> None:
        await story.on("min_quality")
        await story.press("space", *"gpt-4.1-mini")
        assert "coding " in story.front.names.text  # what it has of the label's skills
        await story.press("enter")
        assert story.document.routing.labels["default"].min_quality == "gpt-4.1-mini"

    tell(told, mine)


def test_typing_finds_a_rule_to_add_one_of_the_router_or_a_label(mine: Path) -> None:
    async def told(story: Story) -> None:
        await story.press("a", *"laten")
        assert [path.name for path in story.front.choices.paths] == ["max_latency"]
        await story.press("enter", *"20", "enter")
        assert story.document.routing.labels["default"].max_latency == 20.0
        await story.press("a", *"budg")
        assert "router: most to spend" in story.screen
        await story.press("enter", *"300", "enter")
        assert story.document.routing.limits.budget == 300.0
        await story.press("a", *"sandbox", "enter")  # no rule: a label
        assert list(story.document.routing.labels) == ["default", "sandbox"]
        await story.press("i", *"back")
        assert "name of the label; Tab takes: background" in story.screen
        await story.press("escape", "a", "n")
        assert "plan mode and hard reasoning" in story.screen
        await story.press(*"lon", "tab", "enter")
        assert list(story.document.routing.labels) == ["default", "sandbox", "longContext"]

    tell(told, mine)


def test_slash_finds_a_line_in_every_list_also_of_a_dialog(mine: Path) -> None:
    async def told(story: Story) -> None:
        # Blank, name, value and help of a rule: three styles, for each change of one is forty bytes more.
        assert len(list(story.app.workbench.rules.render_line(1))) <= 4
        await story.press("slash", *"min_q", "enter")
        assert story.app.workbench.rules.key == RulePath("labels", "default", "min_quality")
        await story.press("B", "slash", *"config file", "enter")
        assert story.front.baselines.key == OTHER
        await story.press("escape", "x", "slash", *"litellm", "enter")
        assert story.front.routers.key == "litellm"

    tell(told, mine)
