"""A solver process that dies or hangs: it is said, it is replaced, and nothing waits for it for ever."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from modelpick.engine.adapters.routing_file import load_routing
from modelpick.tui.solver import process
from modelpick.tui.solver.client import SolverClient
from tests.tui.stories import SMALL, Story, tell


def worker(story: Story) -> int:
    client = story.app._solver
    assert isinstance(client, SolverClient) and client.process.subprocess is not None
    return client.process.subprocess.pid


def test_a_death_is_said_at_once_and_the_next_answer_says_that_it_is_back(mine: Path) -> None:
    async def told(story: Story) -> None:
        first = worker(story)
        os.kill(first, signal.SIGKILL)
        await story.until(lambda: "the solver process ended (status -9) and is started again" in story.screen)
        assert "optimal" in story.screen  # what is on the screen is still the answer
        await story.on("requests")
        await story.press("+")
        await story.solved()
        await story.until(lambda: "the solver is back" in story.screen)
        assert worker(story) != first

    tell(told, mine)


def test_a_hung_solver_holds_up_neither_a_save_nor_the_next_answer(
    mine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def told(story: Story) -> None:
        first = worker(story)
        os.kill(first, signal.SIGSTOP)
        await story.on("requests")
        await story.press("+", "s")
        assert "saving as soon as the plan is there" in story.screen and mine.read_text() == SMALL
        await story.press("s")
        assert "the rules without a plan" in story.screen
        monkeypatch.setattr(process, "HUNG_SECONDS", -1.5)
        await story.press("+", "+")
        await story.solved()
        assert worker(story) != first

    tell(told, mine)
    assert load_routing(mine).labels["default"].requests == 1_100


def test_leaving_while_it_solves_ends_the_process(mine: Path) -> None:
    async def told(story: Story) -> None:
        pids.append(worker(story))
        os.kill(pids[0], signal.SIGSTOP)
        await story.on("requests")
        await story.press("+", "ctrl+c")
        assert "unsaved changes" in story.screen
        await story.press("d")
        await story.until(lambda: story.app._exit)

    pids: list[int] = []
    assert tell(told, mine) == 0
    with pytest.raises(ProcessLookupError):
        os.kill(pids[0], 0)
