"""Data from files and clipboards is shown as it is and never obeyed; bad files are named in one line."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.events import Paste
from textual.pilot import Pilot

from modelpick.engine.domain.errors import InputError
from modelpick.tui.app import ModelpickApp, run
from modelpick.tui.screens.workbench import Workbench
from tests.tui.stories import SMALL, Story, tell


def test_brackets_and_wide_letters_are_shown_as_they_are(tmp_path: Path) -> None:
    path = tmp_path / "[bold]mine 設定.toml"
    path.write_text(SMALL.replace("default", '"gpt [red]mini[/red] 設定"'))

    async def told(story: Story) -> None:
        assert "[bold]mine 設定.toml" in story.screen
        assert story.app.workbench.labels.text.count("gpt [red]mini[/red]") == 1
        assert story.app.workbench.rules.text.startswith("gpt [red]mini[/red]")
        await story.press("G", "a")
        assert "Add a rule to gpt [red]mini[/red] 設定" in story.screen
        await story.press("n", *"[/b]", "enter")
        assert "[/b]" in story.document.routing.labels and "label [/b] added" in story.screen
        await story.press("d")
        assert "Drop the label [/b]" in story.screen
        await story.press("d", "enter", "enter")
        await story.solved()

    tell(told, path)


def test_a_list_pasted_on_many_lines_is_one_value(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(SMALL + 'features = ["tools"]\n')

    async def told(story: Story) -> None:
        await story.on("features")
        await story.press("enter", "ctrl+u")
        story.app.workbench.editor.post_message(Paste('[\n  "tools",\r\n\t"vision\x07",\n]\n'))
        await story.press("enter")
        assert story.document.routing.labels["default"].features == ("tools", "vision")
        await story.press("enter", "ctrl+u")
        story.app.workbench.editor.post_message(Paste("\n"))
        story.app.workbench.editor.post_message(Paste(""))
        await story.press(*"tolls", "enter")
        assert "unknown feature 'tolls' (did you mean 'tools'?)" in story.screen
        await story.press("escape")
        assert story.document.routing.labels["default"].features == ("tools", "vision")

    tell(told, path)


def test_a_bad_file_or_catalogue_is_named_before_the_screen_is_taken(tmp_path: Path) -> None:
    bad = tmp_path / "bad.toml"
    bad.write_text('schema = "1')
    for path, catalog in ((bad, None), (None, bad), (None, tmp_path / "none.toml")):
        with pytest.raises(InputError, match=r"bad\.toml: line 1|none\.toml: no such file"):
            run(path, catalog)


def test_a_wrong_rule_in_the_file_ends_the_app_with_its_message_and_status_2(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(SMALL.replace("1000", "-1"))
    app = ModelpickApp(path, None)
    app.run(headless=True)
    assert app.return_code == 2
    assert "labels.default.requests: should be greater than or equal to 0" in str(app.failure)


def test_a_crash_is_no_success(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def boom(_: Workbench) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(Workbench, "action_help", boom)
    path = tmp_path / "mine.toml"
    path.write_text(SMALL)
    app = ModelpickApp(path, None)

    async def press(pilot: Pilot[object]) -> None:
        while app.is_loading:  # its help is another
            await pilot.pause(0.05)
        await pilot.press("question_mark")

    app.run(headless=True, auto_pilot=press)
    assert app.return_code == 1
