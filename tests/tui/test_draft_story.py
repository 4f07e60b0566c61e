"""Unsaved edits outlive a closed terminal, a signal and a kill, and never touch the user's file."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

import pytest

from modelpick.engine.domain.rules import RulePath
from modelpick.tui.document import drafts
from tests.tui.stories import SMALL, Story, tell
from tests.tui.test_tough_story import Terminal

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")


def edited_and_ended(path: Path, how: signal.Signals) -> None:
    """The real app on a file: two steps on a number, then the end by a signal."""
    terminal = Terminal(path, os.environ["XDG_STATE_HOME"])
    terminal.until(lambda: b"optimal" in terminal.seen)
    os.write(terminal.fd, b"gj++")
    terminal.until(lambda: bool(list(drafts.folder().glob("*.toml"))))
    os.kill(terminal.pid, how)
    terminal.status()
    os.close(terminal.fd)


@pytest.mark.parametrize("how", [signal.SIGHUP, signal.SIGTERM, signal.SIGKILL])
def test_edits_are_offered_at_the_next_start_and_restored_as_one_step(
    tmp_path: Path, how: signal.Signals
) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(SMALL)
    edited_and_ended(path, how)
    assert path.read_text() == SMALL  # not the app's to write

    async def told(story: Story) -> None:
        await story.until(lambda: "A session ended with unsaved edits of mine.toml" in story.screen)
        await story.press("r")
        await story.solved()
        requests = story.document.routing.labels["default"].requests
        assert requests in (1100, 1200) and "mine.toml *" in story.screen  # SIGKILL may come between
        assert path.read_text() == SMALL
        await story.press("u")
        assert story.document.routing.labels["default"].requests == 1000
        await story.press("ctrl+r", "s")
        await story.until(lambda: path.read_text() != SMALL)
        assert f"requests = {requests:_.0f}" in path.read_text()
        assert drafts.left(path) == [] and not list(drafts.folder().glob("*.toml"))

    tell(told, path)


def test_a_draft_is_kept_discarded_and_never_offered_for_another_file(tmp_path: Path) -> None:
    path, other = tmp_path / "mine.toml", tmp_path / "other.toml"
    path.write_text(SMALL)
    other.write_text(SMALL)
    edited_and_ended(path, signal.SIGHUP)

    async def elsewhere(story: Story) -> None:
        await story.pilot.pause(0.2)
        assert "unsaved edits" not in story.screen

    tell(elsewhere, other)

    async def later(story: Story) -> None:
        await story.until(lambda: "unsaved edits of mine.toml" in story.screen)
        await story.press("k")
        assert not story.document.dirty

    tell(later, path)
    path.write_text(SMALL.replace("50.0", "51.0"))

    async def discarded(story: Story) -> None:
        await story.until(lambda: "The file has changed since" in story.screen)
        await story.press("d")
        assert not story.document.dirty and not list(drafts.folder().glob("*.toml"))

    tell(discarded, path)


def test_a_session_that_still_runs_keeps_its_draft_to_itself(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(SMALL)

    async def told(story: Story) -> None:
        await story.on("requests")
        await story.press("+")
        await story.until(lambda: bool(list(drafts.folder().glob("*.toml"))))
        assert drafts.left(path) == []  # its writer is alive
        await story.press("u")
        await story.until(lambda: not list(drafts.folder().glob("*.toml")))

    tell(told, path)


def test_a_ready_made_routing_with_a_what_if_figure_is_drafted_too() -> None:
    offers: list[str] = []

    async def edited(story: Story) -> None:
        assert story.document.plan is not None
        offers.append(story.document.plan.labels["default"].routes[0].offer)
        story.session.override(
            {"offers": {offers[0]: {"input": 7.0}}}, RulePath("labels", "default"), "a price"
        )
        await story.on("requests")
        await story.press("+")
        story.app.workbench.recovery.keep_draft()
        (draft,) = drafts.folder().glob("ready-made-*.toml")
        # As a process that is gone leaves it: no process has the number 0.
        draft.rename(draft.with_name("ready-made-0.toml"))

    tell(edited)

    async def restored(story: Story) -> None:
        await story.until(lambda: "unsaved edits of the ready-made routing" in story.screen)
        await story.press("r")
        await story.solved()
        assert story.document.overrides == {"offers": {offers[0]: {"input": 7.0}}}
        assert story.document.routing.labels["default"].requests == 4_100

    tell(restored)


def test_a_draft_that_cannot_be_used_stays_and_is_said(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(SMALL)
    edited_and_ended(path, signal.SIGHUP)
    (draft,) = drafts.folder().glob("*.toml")
    draft.write_text(draft.read_text().replace("[labels.default]", "[labels.default]\nnonsense = 1"))

    async def told(story: Story) -> None:
        await story.until(lambda: "unsaved edits of mine.toml" in story.screen)
        await story.press("r")
        assert "the draft cannot be used" in story.app.workbench.hint.said and "nonsense" in story.screen
        assert draft.exists() and not story.document.dirty

    tell(told, path)
