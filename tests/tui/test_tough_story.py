"""Rough treatment: keys by the hundred, junk pasted, sizes that change, signals, processes that die."""

from __future__ import annotations

import os
import pty
import random
import select
import signal
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from textual import events

from modelpick.engine.domain.rules import RulePath
from modelpick.tui.screens.browser.screen import Browser
from modelpick.tui.solver.client import SolverClient
from tests.tui.stories import SMALL, Story, tell

JUNK = [
    "\0",
    "\a",
    "\x1b[2J",
    "[red]",
    "[/]",
    "\n",
    "\t",
    "\r",
    "é",
    "漢",
    "👩‍👩‍👧",
    "ا",
    "\u202e",
    "{",
    "$",
    "9",
    ",",
]


async def paste(story: Story) -> None:
    """Ten thousand characters that nobody meant."""
    random.seed(3)
    story.app.post_message(events.Paste("".join(random.choice(JUNK) for _ in range(10_000))))
    await story.pilot.pause()


async def home(story: Story) -> None:
    """Back to the rules, however many screens there are."""
    for _ in range(8):
        if story.app.screen is story.app.workbench and not story.app.workbench.editor.is_open:
            return
        await story.press("escape")
    raise AssertionError(story.screen)


def test_two_hundred_keys_at_once_all_count(mine: Path) -> None:
    async def told(story: Story) -> None:
        await story.on("requests")
        for _ in range(200):
            story.app.post_message(events.Key("plus", "+"))
        await story.until(lambda: story.document.routing.labels["default"].requests == 21_000)
        await story.solved()
        for _ in range(200):
            story.app.post_message(events.Key("u", "u"))
        await story.until(lambda: story.document.routing.labels["default"].requests == 1_000)
        await story.solved()

    tell(told, mine)


def test_junk_pasted_anywhere_changes_nothing(mine: Path) -> None:
    async def told(story: Story) -> None:
        before = story.document.routing
        await story.on("requests")
        await paste(story)
        await story.press("enter")
        await paste(story)
        await story.press("enter")
        assert "is not a number" in story.screen
        for keys in (
            ["escape"],
            ["b", "slash"],
            ["b", "w", "enter"],
            ["S"],
            ["x"],
            ["W"],
            ["f"],
            ["question_mark"],
        ):
            await home(story)
            await story.press(*keys)
            await paste(story)
            assert all(line.isprintable() for line in story.screen.splitlines())
        await home(story)
        assert story.document.routing == before and mine.read_text() == SMALL

    tell(told, mine)


def test_every_screen_survives_a_terminal_of_twenty_by_five_and_comes_back(mine: Path) -> None:
    async def told(story: Story) -> None:
        await story.on("requests")
        for keys in (
            [],
            ["enter"],
            ["b"],
            ["b", "c"],
            ["b", "enter"],
            ["f"],
            ["W"],
            ["x", "enter"],
            ["v"],
            ["o"],
        ):
            await home(story)
            await story.press("+", *keys)  # while it is solving
            for size in ((20, 5), (1, 1), (80, 24)):
                await story.pilot.resize_terminal(*size)
        await home(story)
        await story.solved()
        assert "11,000" not in story.screen and "requests" in story.screen and "q Quit" in story.screen

    tell(told, mine)


def test_a_questions_process_that_dies_at_its_work_is_replaced_by_the_next_question(mine: Path) -> None:
    async def told(story: Story) -> None:
        client = story.app._solver
        assert isinstance(client, SolverClient)
        process = client.requests.process
        await story.on("requests")
        await story.until(lambda: process.subprocess is not None)
        assert process.subprocess is not None
        os.kill(process.subprocess.pid, signal.SIGKILL)
        await story.press("b")
        await story.until(lambda: isinstance(story.app.screen, Browser) and bool(story.app.screen.standings))
        await home(story)
        await story.press("+")
        await story.solved()
        await story.until(lambda: story.app.workbench.why.whole(RulePath("labels", "default")))

    tell(told, mine)


class Terminal:
    """The app with a terminal of its own, as a session leader, so that a hang-up reaches it."""

    def __init__(self, mine: Path, state: str | None = None, under: tuple[str, ...] = ()) -> None:
        """`under`: the words of a program that leads the session and runs the app."""
        homes = {"XDG_CONFIG_HOME": str(mine.parent), "XDG_STATE_HOME": state or str(mine.parent)}
        env = {**os.environ, **homes, "TERM": "xterm-256color"}
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            words = [*under, sys.executable, "-P", "-m", "modelpick", str(mine)]
            os.execve(words[0], words, env)
        self.seen = b""

    def until(self, holds: Callable[[], bool]) -> None:
        end = time.monotonic() + 60
        while not holds():
            assert time.monotonic() < end, self.seen[-2000:]
            if select.select([self.fd], [], [], 0.1)[0]:
                with suppress(OSError):
                    self.seen += os.read(self.fd, 1 << 16)

    def children(self) -> list[int]:
        return [int(pid) for pid in Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()]

    def status(self) -> int:
        """How it ended."""
        end = time.monotonic() + 60
        while (done := os.waitpid(self.pid, os.WNOHANG)) == (0, 0):
            assert time.monotonic() < end
            with suppress(OSError):
                if select.select([self.fd], [], [], 0.05)[0]:
                    self.seen += os.read(self.fd, 1 << 16)
        return os.waitstatus_to_exitcode(done[1])


def alive(pid: int) -> bool:
    with suppress(OSError):
        return "State:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    return False


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
@pytest.mark.parametrize(
    "how", [signal.SIGTERM, signal.SIGHUP, None], ids=["terminated", "hung-up", "closed"]
)
def test_told_to_end_it_leaves_the_terminal_as_it_was_and_no_process(
    mine: Path, how: signal.Signals | None
) -> None:
    terminal = Terminal(mine)
    terminal.until(lambda: b"optimal" in terminal.seen)
    processes = terminal.children()
    assert processes
    if how is None:
        os.close(terminal.fd)
    else:
        os.kill(terminal.pid, how)
        terminal.until(lambda: b"\x1b[?1049l" in terminal.seen)
    status = terminal.status()
    assert status == 128 + (how or signal.SIGHUP)
    end = time.monotonic() + 60
    while any(map(alive, processes)):
        assert time.monotonic() < end
        time.sleep(0.05)
    if how is not None:
        assert b"\x1b[?1000l" in terminal.seen  # the mouse is the terminal's again
        os.close(terminal.fd)


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_a_terminal_that_closes_under_a_parent_that_keeps_it_to_itself_ends_the_app(mine: Path) -> None:
    # As `make run`: the hang-up goes to the leader of the session, and make waits for the app.
    terminal = Terminal(mine, under=("/bin/sh", "-c", 'trap "" HUP; "$@"; exit $?', "sh"))
    terminal.until(lambda: b"optimal" in terminal.seen)
    (app,) = terminal.children()
    os.close(terminal.fd)
    assert terminal.status() == 128 + signal.SIGHUP
    assert not alive(app)
