"""A solver process that dies or hangs: it is said, it is replaced, and nothing waits for it for ever."""

from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path

import pytest

from modelpick.engine import pick
from modelpick.engine.adapters.routing_file import load_catalog, load_routing, ready_made, ready_made_plan
from modelpick.tui.app import ModelpickApp
from modelpick.tui.document.file import rules_only
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


def test_a_saved_plan_is_shown_before_the_solver_has_its_own(tmp_path: Path) -> None:
    path = tmp_path / "routing.toml"
    rules = SMALL.replace(
        "max_models = 2", 'max_models = 2\nroutes = [{ offer = "openai/gpt-4.1", share = 1.0 }]'
    )
    stamp = '[solution]\nstatus = "optimal"\ncost = 123.45\nquality = 50.0\ncatalog_as_of = 2026-01-02\n'
    path.write_text(f"{rules}\n{stamp}")
    app = ModelpickApp(path, None)

    async def run() -> None:
        async with app.run_test(size=(120, 40)) as pilot:
            story = Story(app, pilot)
            client = app._solver
            assert isinstance(client, SolverClient)
            await story.until(lambda: client.process.subprocess is not None)
            pid = worker(story)
            os.kill(pid, signal.SIGSTOP)  # long before it can have answered: it is loading its libraries
            await story.until(lambda: "the saved plan (catalogue of 2026-01-02), while" in story.screen)
            await story.until(lambda: "123.45 USD a month as saved" in story.screen)  # a head of three lines
            assert "openai/gpt-4.1" in story.screen
            os.kill(pid, signal.SIGCONT)
            await story.solved()
            assert "saved" not in story.screen and story.plan.found

    asyncio.run(run())


def test_the_ready_made_plan_is_that_of_the_shipped_catalogue() -> None:
    saved = ready_made_plan()
    assert rules_only(saved) == ready_made()
    catalog = load_catalog(None)
    plan = pick(ready_made(), catalog, today=catalog.as_of)
    for name, label in plan.labels.items():
        shares = {route.offer: route.share for route in saved.labels[name].routes}
        assert shares == pytest.approx({route.offer: route.share for route in label.routes}, abs=1e-5)
    assert saved.solution is not None and saved.solution.cost == pytest.approx(plan.cost, abs=1e-4)
