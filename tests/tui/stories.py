"""What every story needs: the real app with its worker on the shipped catalogue, and a way to wait."""

from __future__ import annotations

import asyncio
import gc
import itertools
import re
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from textual import _wait
from textual.pilot import Pilot

import modelpick
from modelpick.engine.domain.plan import Plan
from modelpick.engine.domain.rules import sections, set_in
from modelpick.tui.app import ModelpickApp, Options
from modelpick.tui.document.document import Document
from modelpick.tui.document.editing_session import EditingSession

# Textual's pilot sleeps twice this long for every key; a fifth of it is as reliable.
_wait.SLEEP_GRANULARITY = 1 / 250

LONGEST = 300  # seconds; a story that goes round in circles fails
_TOLD = itertools.count(1)  # stories of this process

READY_MADE = Path(modelpick.__file__).parent / "engine" / "adapters" / "ready_made.toml"
SMALL = """schema = 1
# a comment of the user's own
[labels.default]
requests = 1000
input_tokens = 2000
output_tokens = 300
skills = { coding = 1.0 }
min_quality = 50.0
max_models = 2
"""


def write_mixing(folder: Path) -> Path:
    """The ready-made routing with the figures as they stand, floors in points; two of its labels may mix."""
    head, *labels = READY_MADE.read_text().replace("confidence = 0.9", "confidence = 0.5").split("[labels.")
    waits = {"default": (90.0, 60.0), "think": (300.0, 240.0), "longContext": (240.0, 180.0)}
    mixing = {label.partition("]")[0]: label for label in labels}
    for name, points in {"default": 60, "background": 30, "think": 70, "longContext": 55}.items():
        mixing[name] = re.sub('min_quality = ".*"', f"min_quality = {points}.0", mixing[name])
    for name, (asked, shorter) in waits.items():
        mixing[name] = mixing[name].replace(f"max_latency = {asked}", f"max_latency = {shorter}")
    for name in ("default", "think"):
        mixing[name] = mixing[name].replace("max_models = 1\n", "max_models = 2\nmin_share = 0.1\n")
    path = folder / "mixing.toml"
    path.write_text("[labels.".join([head, *mixing.values()]))
    return path


class Story:
    """The app as a person sees it."""

    def __init__(self, app: ModelpickApp, pilot: Pilot[None]) -> None:
        self.app, self.pilot = app, pilot

    @property
    def document(self) -> Document:
        return self.app.workbench.document

    @property
    def plan(self) -> Plan:
        """The plan on the screen, and there is one."""
        assert self.document.plan is not None
        return self.document.plan

    @property
    def front(self) -> Any:
        """The screen on top, of whatever kind it is."""
        return self.app.screen

    @property
    def session(self) -> EditingSession:
        return self.app.workbench.session

    @property
    def screen(self) -> str:
        """Every line of the terminal as text."""
        width, height = self.app.size
        lines = self.app.screen._compositor.render_strips()
        return "\n".join("".join(segment.text for segment in line)[:width] for line in lines[:height])

    async def press(self, *keys: str) -> None:
        """Keys, and what they cause."""
        await self.pilot.press(*keys)
        await self.pilot.pause()

    async def until(self, holds: Callable[[], bool]) -> None:
        """Wait for something to be so; a minute is long for a machine under load."""
        for _ in range(1200):
            if holds():
                await self.pilot.pause()
                return
            await self.pilot.pause(0.05)
        raise AssertionError(f"it never came to be:\n{self.screen}")

    async def solved(self) -> None:
        """The plan on the screen answers the rules on the screen."""
        await self.until(lambda: not self.app.is_loading and self.document.solved)

    async def on(self, name: str) -> None:
        """Go to the first rule or label of that name, from the section under the cursor on."""
        workbench, routing = self.app.workbench, self.document.routing
        shown = sections(routing)
        at = shown.index(workbench.rules.section)
        for section in (*shown[at:], *shown[:at]):
            for path in (section, *set_in(routing, section)):
                if path.keys[-1] == name:
                    workbench.show_pane(workbench.rules)
                    workbench.rules.show_routing(routing, path)
                    workbench.rules.moved()
                    await self.pilot.pause()
                    return
        raise AssertionError(f"there is no {name}:\n{self.screen}")

    async def choose(self, name: str) -> None:
        """Take a rule of that name from the list of what can be added to the section under the cursor."""
        await self.press("a")
        for _ in range(50):
            if self.front.choices.key.keys[-1] == name:
                await self.press("enter")
                return
            await self.press("down")
        raise AssertionError(f"{name} cannot be added:\n{self.screen}")


def tell(
    told: Callable[[Story], Awaitable[None]],
    path: Path | None = None,
    size: tuple[int, int] = (120, 40),
    options: Options | None = None,
    *,
    catalog: Path | None = None,
) -> int | None:
    """Run a story from the first plan on; the app's exit status, None while it was still open."""
    app = ModelpickApp(path, catalog, options=options)

    async def run() -> None:
        async with asyncio.timeout(LONGEST), app.run_test(size=size) as pilot:
            story = Story(app, pilot)
            await story.solved()
            await told(story)

    try:
        asyncio.run(run())
    finally:
        gc.unfreeze()  # an app freezes what it has read, for good; here it goes again
        if next(_TOLD) % 10 == 0:
            gc.collect()
    return app.return_code
