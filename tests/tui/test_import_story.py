"""A router's own config: compared with, and gone on from; what cannot be read is said."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from modelpick.engine.adapters.routing_file import load_routing
from tests.tui.stories import SMALL, Story, tell

CONFIG = {
    "Providers": [
        {"name": "openai", "api_base_url": "https://api.openai.com/v1/chat/completions", "models": ["gpt-5"]}
    ],
    "Router": {"default": "openai,gpt-5", "think": "openai,gpt-5", "background": "openai,gpt-none"},
}


@pytest.fixture
def mine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A routing of two labels, in a folder of its own with a home of its own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    path = tmp_path / "mine.toml"
    path.write_text(SMALL + SMALL[SMALL.index("[labels") :].replace("default", "background"))
    return path


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """claude-code-router's file, in its usual place."""
    path = tmp_path / ".claude-code-router" / "config.json"
    path.parent.mkdir()
    path.write_text(json.dumps(CONFIG))
    return path


def said(story: Story) -> str:
    """What stands inside the dialog's frame, or on the screen where there is none, without line ends."""
    framed = [line.split("│")[1] for line in story.screen.splitlines() if line.count("│") == 2]
    return " ".join(" ".join(framed or [story.screen]).split())


def test_a_routers_config_found_in_its_usual_place_is_a_baseline(mine: Path, config: Path) -> None:
    async def told(story: Story) -> None:
        rules, total = story.document.routing, story.app.workbench.total
        await story.press("B", "G", "enter")
        await story.until(lambda: "~/.claude-code-router/config.json" in story.screen)
        await story.press("enter")
        await story.until(lambda: "'openai,gpt-none' is not in the catalogue" in story.screen)
        await story.press("escape")
        await story.until(lambda: total.before is not None and "config.json" in total.against)
        assert "(without background, for which the file has no routes)" in total.against
        assert "▼ −" in story.screen
        one = story.document.plan.labels["default"].cost + story.document.plan.labels["background"].cost  # type: ignore[union-attr]
        assert total.before is not None and total.before > one
        assert story.document.routing == rules and not story.document.dirty
        await story.press("B")
        assert "● config.json of claude-code-router" in story.screen
        await story.press("escape")

    tell(told, mine)


def test_a_path_is_completed_and_what_is_wrong_is_said_with_file_and_key(mine: Path, tmp_path: Path) -> None:
    (tmp_path / "router-config.json").write_text('{"Router": {"default": }')
    (tmp_path / "strange.yaml").write_text("a: 1\n")
    os.mkfifo(tmp_path / "never.yaml")  # nobody writes into it
    (tmp_path / "other.json").write_text(json.dumps({**CONFIG, "Router": {"think": "openai,gpt-5"}}))

    async def told(story: Story) -> None:
        await story.press("B", "G", "enter", *"rout")
        await story.until(lambda: "router-config.json" in story.screen)
        await story.press("tab", "enter")
        await story.until(lambda: "router-config.json: line 1: not valid JSON" in said(story))
        await story.press("ctrl+u", *"strange.yaml", "enter")
        await story.until(lambda: "put its router before it, as in litellm:PATH" in said(story))
        await story.press("ctrl+u", *"never.yaml", "enter")
        await story.until(lambda: "never.yaml: is a pipe, not a file" in said(story))
        await story.press("ctrl+u", *"none.json", "enter")
        await story.until(lambda: "none.json: no such file" in said(story))
        await story.press("ctrl+u", *"other.json", "enter")
        await story.until(lambda: "labels.default: the file has no such label" in said(story))

    tell(told, mine, (200, 60))


def test_an_import_asks_about_unsaved_work_and_goes_on_as_a_new_file(mine: Path, config: Path) -> None:
    async def told(story: Story) -> None:
        await story.on("requests")
        await story.press("+", "I")
        assert "Not saved yet: unsaved changes" in story.screen
        await story.press("s")
        await story.until(lambda: "claude-code-router" in story.screen)
        assert load_routing(mine).labels["default"].requests == 1_100
        await story.press("enter")
        await story.until(lambda: "What to know of config.json" in story.screen)
        assert "think: with the rules of default; its volume is not known" in said(story)
        await story.press("enter")
        assert list(story.document.routing.labels) == ["default", "background", "think"]
        assert story.document.file.path is None
        await story.until(
            lambda: "config.json" in story.app.workbench.total.against and story.document.solved
        )
        assert story.app.workbench.total.before is not None or await _figure(story)
        await story.press("s")
        assert "Save the routing as" in story.screen
        await story.press("escape", "u")
        assert list(story.document.routing.labels) == ["default", "background"]

    tell(told, mine)


async def _figure(story: Story) -> bool:
    await story.until(lambda: story.app.workbench.total.before is not None)
    return True


def test_nothing_is_imported_when_one_thinks_better_of_it(mine: Path, config: Path) -> None:
    async def told(story: Story) -> None:
        await story.on("requests")
        await story.press("+")
        rules = story.document.routing
        await story.press("I", "c")
        await story.press("I", "i", "escape")
        assert story.document.routing == rules and story.document.file.path == mine

    tell(told, mine)


def test_a_config_without_one_of_the_labels_is_compared_in_the_others(mine: Path, tmp_path: Path) -> None:
    config = tmp_path / "part.json"
    config.write_text(json.dumps({**CONFIG, "Router": {"background": "openai,gpt-5"}}))

    async def told(story: Story) -> None:
        plan, total = story.document.plan, story.app.workbench.total
        assert plan is not None and plan.cost is not None
        await story.press("B", "G", "enter", *"part.json", "enter")
        await story.until(lambda: total.before is not None and "part.json" in total.against)
        assert "(without default, for which the file has no routes)" in total.against
        assert "without default, for which the file has no routes" in said(story)
        # default counts as planned; background is 1,000 requests of 2,000 tokens in and 300 out at gpt-5.
        gpt = story.document.catalog.offers["openai/gpt-5"]
        verbose = story.document.catalog.models["gpt-5"].verbosity
        background = 2.0 * gpt.input + 0.3 * gpt.output * verbose
        assert total.before == pytest.approx(plan.labels["default"].cost + background)
        await story.on("requests")
        await story.press("+")  # of default, which is not compared: a tenth more on both sides
        await story.solved()
        cost = 1.1 * plan.labels["default"].cost + background
        await story.until(lambda: total.before == pytest.approx(cost))

    tell(told, mine, (200, 60))


def test_a_file_with_routes_of_some_labels_is_a_baseline_for_those(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    routes = 'routes = [{ offer = "openai/gpt-5", share = 1.0 }]\nmax_models = 2'
    other = SMALL[SMALL.index("[labels") :].replace("default", "background")
    path.write_text(SMALL.replace("max_models = 2", routes) + other)

    async def told(story: Story) -> None:
        total = story.app.workbench.total
        await story.press("B", *"jjjjjj", "enter")
        await story.until(lambda: total.before is not None and "the file's own routes" in total.against)
        assert "without background, for which the file has no routes" in total.against

    tell(told, path, (200, 60))
