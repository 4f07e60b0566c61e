"""The first steps: what ticks each of them off, what they say, and that they are gone for good."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from modelpick.engine.adapters.routing_file import read_routing
from modelpick.engine.domain.routing import Routing
from modelpick.engine.domain.rules import RulePath
from modelpick.tui.app import Options
from modelpick.tui.controllers.first_steps import STEPS, FirstSteps, are_over, importable, steps_between
from modelpick.tui.document.edits import dropped, put, with_label
from tests.tui.stories import SMALL, Story, tell

FLOOR = RulePath("labels", "default", "min_quality")


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A state folder and a home of its own."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    yield tmp_path


def rules() -> Routing:
    return read_routing(SMALL, "")


def test_each_step_is_ticked_by_the_edit_that_it_asks_for() -> None:
    before = rules()
    requests = FLOOR.parent.child("requests")
    assert set(steps_between(before, put(before, requests, 2_000))) == {"month"}
    assert set(steps_between(before, put(before, FLOOR, 60.0))) == {"rules"}
    assert set(steps_between(before, put(before, FLOOR, 40.0))) == {"rules", "relax"}
    assert set(steps_between(before, dropped(before, FLOOR))) == {"rules", "relax"}
    latency = FLOOR.parent.child("max_latency")
    quick = put(before, latency, 30.0)
    assert set(steps_between(before, quick)) == {"rules"}  # a rule more is none that is looser
    assert set(steps_between(quick, put(quick, latency, 40.0))) == {"rules", "relax"}
    assert set(steps_between(before, with_label(before, "think"))) == {"rules"}
    assert not set(steps_between(before, before))


def test_what_is_done_is_kept_from_session_to_session_until_all_is(state: Path) -> None:
    steps = FirstSteps(rules(), lambda name: f"<{name}>")
    assert not are_over() and len(steps.lines(short=False)) == 1 + len(STEPS)
    assert steps.lines(short=True)[0].startswith("1/5 Is this your month? <edit> types it, <import> imports")
    assert steps.edited(put(rules(), FLOOR, 40.0)) and not steps.tick("relax")
    again = FirstSteps(rules(), lambda name: name)
    assert again.done == {"rules", "relax"} and again.lines(short=False)[2].startswith("✓ 2 ")
    for step in ("month", "plan", "export"):
        assert not are_over()
        again.tick(step)
    assert again.all_done and are_over()


def test_logs_and_configs_in_the_usual_places_are_offered(state: Path) -> None:
    assert importable() == ""
    (state / ".claude-code-router").mkdir()
    (state / ".claude-code-router" / "config.json").write_text("{}")
    assert importable() == "your claude-code-router config"
    (state / ".claude" / "projects").mkdir(parents=True)
    assert importable() == "your claude-code-router config"  # an empty folder has no month in it
    (state / ".claude" / "projects" / "a").mkdir()
    assert importable() == "Claude Code's logs"


def test_the_steps_stand_beside_the_work_and_escape_ends_them_for_good(state: Path, mine: Path) -> None:
    (state / "config.yaml").write_text("model_list: []")

    async def told(story: Story) -> None:
        await story.until(lambda: "1/5 Is this your month?" in story.screen)
        await story.until(lambda: "I imports your litellm" in story.screen)
        await story.on("requests")
        await story.press("+")
        assert story.document.routing.labels["default"].requests == 1_100
        assert "2/5 What must hold?" in story.screen
        await story.pilot.resize_terminal(120, 40)
        await story.press("2")
        await story.until(lambda: "✓ 1 Is" in story.screen and "✓ 3 Read the plan" in story.screen)
        await story.press("escape")
        assert "Is this your month?" not in story.screen and are_over()

    tell(told, mine, (80, 24), Options(tour=True))
