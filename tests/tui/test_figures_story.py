"""Figures on trial: not lost on the way out, and not saved as if they were the catalogue's."""

from __future__ import annotations

from pathlib import Path

import pytest

from modelpick.engine.adapters.catalog.file import catalog_hash, load_catalog
from modelpick.engine.adapters.routing_file import load_routing
from modelpick.engine.domain.rules import LIMITS
from tests.tui.stories import SMALL, Story, tell


@pytest.fixture
def mine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A routing file, and a configuration folder of its own."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    path = tmp_path / "mine.toml"
    path.write_text(SMALL)
    return path


async def supposed(story: Story) -> float:
    """Half the price of an offer in use, as a what-if; the cost before it."""
    cost = story.document.plan.cost  # type: ignore[union-attr]
    offer = story.document.plan.labels["default"].routes[0].offer  # type: ignore[union-attr]
    whatif = {"offers": {offer: {"input": story.document.catalog.offers[offer].input / 2}}}
    story.session.override(whatif, LIMITS, "half the price")
    await story.solved()
    assert story.document.plan.cost < cost and "≠ 1 what-if" in story.screen  # type: ignore[union-attr,operator]
    return cost  # type: ignore[return-value]


def test_a_quit_asks_about_figures_and_can_keep_them(mine: Path) -> None:
    async def told(story: Story) -> None:
        await supposed(story)
        await story.press("q")
        assert "Quit with 1 what-if figure?" in story.screen
        await story.press("c", "q", "k")
        await story.until(lambda: story.app._exit)

    assert tell(told, mine) == 0
    assert 'source = "mine"' in (mine.parent / "config/modelpick/catalog.toml").read_text()
    assert mine.read_text() == SMALL


def test_a_save_keeps_the_figures_first_and_is_stamped_with_the_catalogue_that_has_them(mine: Path) -> None:
    async def told(story: Story) -> None:
        await supposed(story)
        await story.press("s")
        assert "The plan was made with 1 what-if figure" in story.screen
        await story.press("k")
        await story.until(lambda: "routes" in mine.read_text())
        assert story.document.override_count == 0 and not story.session.unsaved_work

    tell(told, mine)
    stamp = load_routing(mine).solution
    assert stamp is not None and stamp.what_if is None
    assert stamp.catalog_hash == catalog_hash(load_catalog(None))  # read anew, overlay and all


def test_a_save_with_the_catalogues_own_figures_waits_for_their_plan(mine: Path) -> None:
    async def told(story: Story) -> None:
        cost = await supposed(story)
        await story.press("s", "o")
        await story.until(lambda: "routes" in mine.read_text())
        assert story.document.override_count == 0 and story.document.plan.cost == pytest.approx(cost)  # type: ignore[union-attr]
        await story.press("u")
        assert story.document.override_count == 1

    tell(told, mine)
    stamp = load_routing(mine).solution
    assert stamp is not None and stamp.catalog_hash == catalog_hash(load_catalog(None))


def test_a_save_as_it_is_says_so_in_the_file(mine: Path) -> None:
    async def told(story: Story) -> None:
        await supposed(story)
        await story.press("s", "escape")
        assert mine.read_text() == SMALL
        await story.press("s", "s")
        await story.until(lambda: "routes" in mine.read_text())
        assert "the plan of 1 what-if figure" in " ".join(story.screen.split())

    tell(told, mine)
    stamp = load_routing(mine).solution
    assert stamp is not None and stamp.what_if == 1
    assert stamp.catalog_hash != catalog_hash(load_catalog(None))


def test_o_names_the_users_own_figures_first(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    own = "\n[labels.default.measured.gpt-5-mini]\nquality = 81.5\nn = 120\nlatency = 8.2\n"
    path.write_text(SMALL + 'allow = ["openai/gpt-5-mini"]\n' + own)

    async def told(story: Story) -> None:
        await story.press("right_square_bracket", "o")
        text = " ".join("".join(part for part, _ in story.front.parts()).split())
        assert "quality: 81.5 points, your own figure here" in text
        assert "(120 items)" in text and "latency: 8.2 s" in text

    tell(told, path)


def test_what_is_unknown_of_an_offer_is_assumed_with_one_key_and_given_back_with_u(mine: Path) -> None:
    async def told(story: Story) -> None:
        await story.press("b")
        await story.until(lambda: bool(getattr(story.front, "standings", None)))
        await story.press("i", "t")
        rows = story.front.offers.rows
        offer = next(
            key
            for key, row in rows.items()
            if row.lacks_figures
            and row.offer.tps is None
            and any(
                other.offer.tps
                for name, other in rows.items()
                if name.partition("/")[2] == key.partition("/")[2]
            )
        )
        story.front.show_rows(offer)
        await story.press("A")
        await story.until(lambda: f"assumed for {offer}" in story.front.hint.said)
        assert "tokens a second (its model elsewhere)" in story.front.hint.said
        assert story.document.catalog.offers[offer].tps and story.document.override_count
        await story.press("u")
        assert not story.document.override_count

    tell(told, mine)
