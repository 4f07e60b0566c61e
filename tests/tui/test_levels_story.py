"""Reasoning levels in the app: rows of the browser, lists, pins, details and what-if figures of a level."""

from __future__ import annotations

from pathlib import Path

import pytest
import tomlkit

from modelpick.engine.adapters.routing_file import load_routing
from tests.engine.test_levels import market
from tests.tui.stories import SMALL, Story, tell
from tests.tui.test_browser_story import browser, find, known, opened


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    """A routing that asks for 70 points, and the market whose m has none, low and high."""
    routing, catalog = tmp_path / "r.toml", tmp_path / "c.toml"
    routing.write_text(SMALL.replace("min_quality = 50.0", "min_quality = 70.0"))
    catalog.write_text(
        tomlkit.dumps({**market(), "as_of": "2026-11-23"}).replace('"2026-11-23"', "2026-11-23")
    )
    return routing, catalog


def test_every_level_is_a_row_and_is_denied_allowed_and_pinned_alone(files: tuple[Path, Path]) -> None:
    routing, catalog = files

    async def told(story: Story) -> None:
        # 60 points at low and 75 at high: two thirds at high.
        assert {route.offer for route in story.plan.labels["default"].routes} == {"north/m", "north/m@high"}
        await opened(story)
        keys = {row.key for row in browser(story).table.rows}
        assert keys == {
            f"{seller}/m{level}" for seller in ("north", "south") for level in ("", "@none", "@high")
        }
        await find(story, "north high")
        assert browser(story).table.key == "north/m@high"
        await story.press("d")
        assert "north/m@high is denied for default" in story.screen
        assert story.document.routing.labels["default"].deny == ("north/m@high",)
        await known(story)
        await story.press("d")
        await find(story, "north !high !none")
        assert browser(story).table.key == "north/m"
        await story.press("d")  # the default level alone, by its name
        assert story.document.routing.labels["default"].deny == ("north/m@low",)
        await known(story)
        rows = {row.key: row for row in browser(story).table.rows}
        assert rows["north/m"].denied
        await story.press("d")
        assert story.document.routing.labels["default"].deny == ()

    tell(told, routing, catalog=catalog)


def test_a_list_with_the_plain_name_covers_every_row_of_it(files: tuple[Path, Path]) -> None:
    routing, catalog = files
    routing.write_text(routing.read_text() + 'deny = ["north/m"]\npin = { "south/m@low" = 0.25 }\n')

    async def told(story: Story) -> None:
        assert story.document.routing.labels["default"].pin == {"south/m": 0.25}
        await opened(story)
        denied = {row.key for row in browser(story).table.rows if row.denied}
        assert denied == {"north/m", "north/m@none", "north/m@high"}
        assert next(row.pinned for row in browser(story).table.rows if row.key == "south/m") == 0.25

    tell(told, routing, catalog=catalog)


def test_a_skill_of_a_level_is_tried_and_saved_rules_name_the_default_plainly(
    files: tuple[Path, Path],
) -> None:
    routing, catalog = files

    async def told(story: Story) -> None:
        figures = {"models": {"m": {"efforts": {"high": {"skills": {"coding": 90.0}}}}}}
        story.session.override(figures, ("models", "m"), "a better high")
        await story.solved()
        # 60 at low and 90 at high: a third at high makes 70.
        routes = {route.offer: route.share for route in story.plan.labels["default"].routes}
        assert routes["north/m@high"] == pytest.approx(1 / 3)
        assert story.document.override_count == 1
        await story.press("u")
        await story.solved()
        await story.press("s")
        await story.until(lambda: "routes" in routing.read_text())

    tell(told, routing, catalog=catalog)
    offers = {route.offer for route in load_routing(routing).labels["default"].routes}
    assert offers == {"north/m", "north/m@high"}
