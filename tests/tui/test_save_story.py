"""Saving and leaving: nothing is lost without a question."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from modelpick.engine.adapters.routing_file import load_routing
from modelpick.engine.domain.errors import InputError
from modelpick.tui.document.opening import check_files
from tests.tui.stories import SMALL, Story, tell


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    path = tmp_path / "mine [v2] 設定.toml"
    path.write_text(SMALL)
    return path


_NOBODY = 65534


async def one_more_request(story: Story) -> None:
    await story.on("requests")
    await story.press("+")
    await story.solved()


def test_saving_keeps_comments_and_opens_as_the_same_session(mine: Path) -> None:
    async def told(story: Story) -> None:
        await one_more_request(story)
        await story.press("s")
        await story.until(lambda: "routes" in mine.read_text())
        assert f"saved to {mine}"[:40] in story.screen and "toml *" not in story.screen
        rules.append(story.document.routing)

    async def again(story: Story) -> None:
        assert story.document.routing == rules[0] and "mine [v2] 設定.toml" in story.screen

    rules: list[object] = []
    tell(told, mine)
    text = mine.read_text()
    assert "# a comment of the user's own" in text and 'status = "optimal"' in text
    tell(again, mine)


def test_save_as_asks_before_it_replaces_another_file(mine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(mine.parent)
    other = Path("b.toml")
    other.write_text("precious")

    async def told(story: Story) -> None:
        await story.press("w", "ctrl+u", *"b.toml", "enter")
        assert "Enter again replaces it" in story.screen and other.read_text() == "precious"
        await story.press("enter")
        await story.until(lambda: "routes" in other.read_text())

    tell(told, mine)
    assert load_routing(other).labels["default"].routes


def test_quitting_with_changes_asks(mine: Path) -> None:
    async def told(story: Story) -> None:
        await one_more_request(story)
        await story.press("q")
        assert "unsaved changes" in story.screen
        await story.press("c")
        assert "unsaved changes" not in story.screen
        await story.press("ctrl+c", "s")
        await story.until(lambda: story.app._exit)

    assert tell(told, mine) == 0
    assert load_routing(mine).labels["default"].requests == 1_100


def test_discarding_leaves_the_file_alone(mine: Path) -> None:
    async def told(story: Story) -> None:
        await one_more_request(story)
        await story.press("q", "d")
        await story.until(lambda: story.app._exit)

    assert tell(told, mine) == 0
    assert mine.read_text() == SMALL


def test_a_file_that_somebody_else_changed_is_not_overwritten_unasked(mine: Path) -> None:
    async def told(story: Story) -> None:
        await one_more_request(story)
        mine.write_text(SMALL + "# somebody else\n")
        await story.press("s")
        assert "has changed on disk" in story.screen
        await story.press("c")
        assert "# somebody else" in mine.read_text() and "routes" not in mine.read_text()
        requests = story.document.routing.labels["default"].requests
        await story.press("s", "t")  # what is in the file instead
        assert not story.document.dirty and "Reloaded from disk" in story.screen
        await story.press("u")  # and back
        assert story.document.routing.labels["default"].requests == requests
        mine.write_text(SMALL + "# somebody else again\n")
        await story.press("s")
        await story.until(lambda: "has changed on disk" in story.screen)  # once the plan to save is there
        await story.press("r")
        await story.until(lambda: "routes" in mine.read_text())

    tell(told, mine)


def test_a_read_only_folder_is_said(mine: Path) -> None:
    async def told(story: Story) -> None:
        await one_more_request(story)
        mine.parent.chmod(0o555)
        if root:
            os.seteuid(_NOBODY)  # root may write anywhere
        try:
            await story.press("s")
            await story.until(lambda: "permission denied" in " ".join(story.screen.split()))
        finally:
            if root:
                os.seteuid(0)
            mine.parent.chmod(0o755)
        assert "toml *" in story.screen

    root = os.geteuid() == 0
    tell(told, mine)
    assert mine.read_text() == SMALL


def test_a_place_that_cannot_be_written_is_said_and_nothing_is_lost(mine: Path) -> None:
    async def told(story: Story) -> None:
        await one_more_request(story)
        await story.press("w", "ctrl+u", *"/proc/nowhere.toml", "enter")
        assert "cannot save" in story.screen and "toml *" in story.screen

    tell(told, mine)
    assert mine.read_text() == SMALL


def test_the_name_it_proposes_replaces_no_file_unasked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("routing.toml").write_text("precious")

    async def told(story: Story) -> None:
        await story.press("s", "enter")
        assert "Enter again replaces it" in story.screen
        await story.press("escape")

    tell(told)
    assert Path("routing.toml").read_text() == "precious"


def test_a_save_says_that_another_name_of_the_file_keeps_the_old_text(tmp_path: Path) -> None:
    mine, second = tmp_path / "m.toml", tmp_path / "second"
    mine.write_text(SMALL)
    second.hardlink_to(mine)

    async def told(story: Story) -> None:
        await one_more_request(story)
        await story.press("s")
        await story.until(lambda: "routes" in mine.read_text())
        shown = " ".join(story.screen.split())
        assert "the file had another name (a hard link), which keeps the old text" in shown

    tell(told, mine, (220, 40))
    assert second.read_text() == SMALL


def test_a_file_that_is_not_there_is_begun_with_the_ready_made_rules_and_made_by_the_first_save(
    tmp_path: Path,
) -> None:
    path = tmp_path / "new.toml"

    async def told(story: Story) -> None:
        assert "new.toml" in story.screen.splitlines()[0] and not path.exists()
        await story.press("s")
        await story.until(path.exists)
        assert story.document.file.path == path

    tell(told, path)
    assert load_routing(path).labels["default"].routes
    for wrong in (tmp_path / "new.tml", tmp_path / "no" / "new.toml"):  # a slip of the finger is no new file
        with pytest.raises(InputError, match="no such file"):
            check_files(wrong, None, may_begin=True)
    with pytest.raises(InputError, match="no such file"):
        check_files(tmp_path / "other.toml", None)  # without a terminal nothing is begun
    check_files(tmp_path / "other.toml", None, may_begin=True)
