"""What a person does with the keys, told as stories: the real app, the real worker, the shipped catalogue."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

from textual.pilot import Pilot

from modelpick.tui.app import ModelpickApp


async def until(pilot: Pilot[None], holds: Callable[[], bool]) -> None:
    """Wait for something to be so; a minute is long for a machine under load."""
    for _ in range(1200):
        if holds():
            return
        await pilot.pause(0.05)
    raise AssertionError("it never came to be")


def story(told: Callable[[ModelpickApp, Pilot[None]], object], path: Path | None = None) -> None:
    async def run() -> None:
        app = ModelpickApp(path, None)
        async with app.run_test(size=(120, 40)) as pilot:
            await until(pilot, lambda: app.bench.desk is not None and app.bench.desk.solved)
            await told(app, pilot)  # type: ignore[misc]

    asyncio.run(run())


class TestTheMainJob:
    def test_opens_on_a_routing_with_its_best_mix(self) -> None:
        async def told(app: ModelpickApp, pilot: Pilot[None]) -> None:
            await pilot.pause()
            for label in ("default", "background", "think", "longContext"):
                assert label in app.bench.rules.text and label in app.bench.allocation.text

        story(told)

    def test_a_step_is_solved_again_and_undone(self) -> None:
        async def told(app: ModelpickApp, pilot: Pilot[None]) -> None:
            desk = app.bench.desk
            assert desk is not None and desk.plan is not None
            before, cost = desk.routing, desk.plan.cost
            await pilot.press("j", "j", "j", "j", "+")
            await until(pilot, lambda: desk.solved and desk.routing != before)
            assert desk.routing.labels["default"].requests == 4_100
            assert desk.plan.cost is not None and cost is not None and desk.plan.cost > cost
            await pilot.press("u")
            await until(pilot, lambda: desk.solved)
            assert desk.routing == before and abs(desk.plan.cost - cost) < 1e-9
            await pilot.press("ctrl+r")
            assert desk.routing != before

        story(told)

    def test_typing_junk_changes_nothing(self) -> None:
        async def told(app: ModelpickApp, pilot: Pilot[None]) -> None:
            desk = app.bench.desk
            assert desk is not None
            before = desk.routing
            await pilot.press("j", "j", "j", "j", "enter")
            await pilot.press(*"junk", "enter")
            await pilot.pause()
            assert desk.routing == before and app.bench.editor.is_open
            await pilot.press("escape")
            assert not app.bench.editor.is_open

        story(told)

    def test_saving_gives_back_the_session(self, tmp_path: Path) -> None:
        path = tmp_path / "mine.toml"
        path.write_text(
            "schema = 1\n# kept\n[labels.default]\nrequests = 10\ninput_tokens = 100\noutput_tokens = 10\n"
        )

        async def told(app: ModelpickApp, pilot: Pilot[None]) -> None:
            await pilot.press("s")
            await until(pilot, lambda: "routes" in path.read_text())

        story(told, path)
        assert "# kept" in path.read_text() and 'status = "optimal"' in path.read_text()
