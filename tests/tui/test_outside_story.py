"""The file is changed by others: an editor, or somebody else; no edit is ever lost."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from modelpick.tui.app import ModelpickApp
from tests.tui.stories import SMALL, Story, tell


@pytest.fixture
def editor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """$EDITOR is a program that replaces 50 by what stands in a file; the terminal can be lent."""
    script, value = tmp_path / "editor.py", tmp_path / "value"
    value.write_text("62")
    script.write_text(
        "import sys, pathlib\nfile = pathlib.Path(sys.argv[1])\n"
        f"new = pathlib.Path({str(value)!r}).read_text()\n"
        "file.write_text(file.read_text().replace('min_quality = 50', f'min_quality = {new}'))\n"
    )

    @contextmanager
    def lent(app: ModelpickApp) -> Iterator[None]:
        yield

    monkeypatch.setattr(ModelpickApp, "suspend", lent)
    monkeypatch.delenv("VISUAL", raising=False)
    monkeypatch.setenv("EDITOR", f"{sys.executable} {script}")
    yield value


def quality(story: Story) -> float | None:
    floor = story.document.routing.labels["default"].min_quality
    assert not isinstance(floor, str)
    return floor


def test_the_editor_gets_the_file_and_what_it_saved_is_an_undo_step(mine: Path, editor: Path) -> None:
    async def told(story: Story) -> None:
        await story.press("E")
        assert quality(story) == 62 and "mine.toml *" not in story.screen and "(u undoes)" in story.screen
        await story.solved()
        await story.press("u")
        assert quality(story) == 50 and "mine.toml *" in story.screen

    tell(told, mine)
    assert "min_quality = 62" in mine.read_text()


def test_with_unsaved_edits_the_editor_gets_a_copy_and_the_file_waits_for_a_save(
    mine: Path, editor: Path
) -> None:
    async def told(story: Story) -> None:
        await story.on("requests")
        await story.press("+", "E")
        assert quality(story) == 62 and story.document.routing.labels["default"].requests == 1_100
        assert mine.read_text() == SMALL
        await story.press("u")
        assert quality(story) == 50 and story.document.routing.labels["default"].requests == 1_100

    tell(told, mine)


def test_what_cannot_be_read_changes_nothing_and_can_be_put_right(mine: Path, editor: Path) -> None:
    async def told(story: Story) -> None:
        await story.on("requests")
        await story.press("+")
        editor.write_text("50..")
        await story.press("E")
        assert quality(story) == 50 and "not valid TOML" in story.screen
        said = story.app.workbench.hint.said
        assert said.startswith("✗ not taken: ") and said.endswith("; E opens your text again")
        await story.press("q")
        await story.until(lambda: "text from $EDITOR that" in story.screen)
        await story.press("escape")
        editor.write_text("50.0  # again")
        await story.press("E")
        assert "50.." not in (story.session.rejected_text or "")  # the same text was there to be put right

    tell(told, mine)


def test_an_editor_that_is_not_there_is_said(
    mine: Path, editor: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def told(story: Story) -> None:
        await story.press("E")
        assert "$EDITOR (no-such-program --wait) cannot start" in story.screen

    monkeypatch.setenv("EDITOR", "no-such-program --wait")
    tell(told, mine)


def test_without_a_terminal_to_lend_it_says_why_the_key_is_off(mine: Path) -> None:
    async def told(story: Story) -> None:
        await story.press("E")
        assert "$EDITOR is off: there is no terminal to lend it here" in story.screen

    tell(told, mine)


def test_a_file_that_changes_on_disk_is_taken_at_once_and_u_goes_back(mine: Path) -> None:
    async def told(story: Story) -> None:
        mine.write_text(SMALL.replace("50.0", "61.0"))
        await story.until(lambda: quality(story) == 61)
        assert "Reloaded from disk" in story.screen
        await story.press("u")
        assert quality(story) == 50
        mine.write_text("broken =")
        await story.until(lambda: "the file has changed on disk" in story.screen)
        await story.press("R")
        assert "not reloaded: mine.toml" in " ".join(story.screen.split()) and quality(story) == 50

    tell(told, mine)


def test_unsaved_edits_are_kept_until_R_and_after_it_one_undo_away(mine: Path) -> None:
    async def told(story: Story) -> None:
        await story.on("requests")
        await story.press("+")
        mine.write_text(SMALL.replace("50.0", "61.0"))
        await story.until(lambda: "R takes it" in story.screen)
        assert quality(story) == 50 and story.document.routing.labels["default"].requests == 1_100
        await story.press("R")
        assert quality(story) == 61 and story.document.routing.labels["default"].requests == 1_000
        await story.press("u")
        assert quality(story) == 50 and story.document.routing.labels["default"].requests == 1_100

    tell(told, mine)
