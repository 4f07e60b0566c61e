"""Names in any script: Chinese, Korean and Arabic offers and labels, and emoji, stand in straight columns."""

from __future__ import annotations

from pathlib import Path

import pytest
from rich.cells import cell_len

from modelpick.tui import formatting
from modelpick.tui.screens.browser.screen import Browser
from tests.tui.stories import Story, tell

MODELS = (
    *("plain", "通义千问-72b-超长的名字-超长的名字-超长的名字", "ラマ-vision", "모델-한국어"),
    *("модель-ё", "نموذج-عربي", "עברית", "emoji-🦙", "flag-🇯🇵", "family-👩‍👩‍👧", "hand-👍🏽"),
    *("heart-❤️", "e\u0301-combined", "[red]x", "over\u202eride"),
)
PROVIDERS = ("云", "p", "🦙")
ROUTING = """schema = 1
[labels."翻訳🦙"]
requests = 1000
input_tokens = 2000
output_tokens = 300
skills = { coding = 1.0 }
min_quality = 50.0
[labels."نموذج"]
requests = 1000
input_tokens = 2000
output_tokens = 300
skills = { coding = 1.0 }
min_quality = 50.0
min_providers = 3
"""


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    lines = ["schema = 1", "as_of = 2026-11-23"]
    for provider in PROVIDERS:
        lines += [f'[providers."{provider}"]', f'name = "{provider} 服务商"']
    for model in MODELS:
        lines += [
            f'[models."{model}"]',
            f'name = "{model}"',
            "context = 131072",
            "skills = { coding = 70.0 }",
        ]
        for at, provider in enumerate(PROVIDERS):
            lines += [f'[offers."{provider}/{model}"]', 'id = "模型"', f"input = {0.5 + at}", "output = 1.0"]
            lines += ["ttft = 0.5", "tps = 50.0"]
    catalog, routing = tmp_path / "catalog.toml", tmp_path / "mine.toml"
    catalog.write_text("\n".join(lines), encoding="utf-8")
    routing.write_text(ROUTING, encoding="utf-8")
    return routing, catalog


def ends(screen: str, word: str) -> list[int]:
    """The cells where the last of a word ends, of every line that has it."""
    cut = (line.rpartition(word)[0] for line in screen.splitlines() if word in line)
    return [cell_len(before) for before in cut]


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)], ids="{0[0]}x{0[1]}".format)
def test_the_browser_keeps_its_columns_under_their_heads(
    files: tuple[Path, Path], size: tuple[int, int]
) -> None:
    async def told(story: Story) -> None:
        await story.press("b")
        await story.until(lambda: isinstance(story.app.screen, Browser) and bool(story.front.standings))
        await story.press("i", "t")  # every offer on a line of its own
        places = ends(story.screen, "131K") if size[0] > 80 else ends(story.screen, "70.0")
        assert len(places) >= min(len(MODELS) * len(PROVIDERS), size[1] - 6) and len(set(places)) == 1
        wrong = [line for line in story.screen.splitlines() if cell_len(line) != size[0]]
        assert not wrong
        await story.press("slash", *"千问", "enter")
        assert len(story.front.table.rows) == len(PROVIDERS) and "通义千问" in story.screen
        await story.press("enter")
        assert "服务商" in story.front.panel.text

    tell(told, files[0], size, catalog=files[1])


def test_the_allocation_and_the_frontier_keep_their_columns(files: tuple[Path, Path]) -> None:
    async def told(story: Story) -> None:
        assert "翻訳🦙" in story.screen and "نموذج" in story.screen
        await story.press("r")  # the mixes of all labels
        places = ends(story.screen, "131K")
        assert len(places) >= 2 and len(set(places)) == 1
        await story.press("f")
        await story.until(lambda: "131K" in story.screen)
        assert len(set(ends(story.screen, "131K"))) == 1

    tell(told, files[0], catalog=files[1])


def test_what_terminals_disagree_on_is_not_painted() -> None:
    assert formatting.clean("a🇯🇵b 👍🏽 ❤️ 漢 e\u0301\u202e\x1b") == "aJPb 👍 ❤ 漢 é··"
    assert formatting.clean("plain") == "plain" and formatting.clean("a\tb") == "a·b"
    assert cell_len(formatting.fit("通义千问-72b", 8)) == 8 == cell_len(formatting.fit("🇯🇵", 8))


def test_an_offer_that_is_cut_keeps_its_model_and_its_level() -> None:
    name = "  bedrock/gpt-5.6-sol@high"
    assert formatting.fit_offer(name, 28) == f"{name}  "
    assert formatting.fit_offer(name, 25) == "  bedro…/gpt-5.6-sol@high"
    assert formatting.fit_offer(name, 22) == "  be…/gpt-5.6-sol@high"
    assert formatting.fit_offer(name, 19) == "  be…/gpt-5.6…@high"
    assert formatting.fit_offer("price of nscale/通义千问-72b", 22) == "price of ns…/通义千问…"
    assert formatting.fit_offer("≥ 78.8 claude-sonnet-4-6@high", 22) == "≥ 78.8 claude-so…@high"
    assert formatting.fit_offer("a sentence that is too long", 10) == "a sentenc…"
    assert all(cell_len(formatting.fit_offer(name, width)) == width for width in range(40))


def test_of_parts_side_by_side_those_go_first_that_say_least() -> None:
    parts = [("180 of 587 offers", 0), ("by USD/mo", 4), ("", 3), ("13 hidden", 2), ("6 models", 5)]
    assert formatting.fit_parts(parts, " · ", 52) == "180 of 587 offers · by USD/mo · 13 hidden · 6 models"
    assert formatting.fit_parts(parts, " · ", 51) == "180 of 587 offers · by USD/mo · 13 hidden".ljust(51)
    assert formatting.fit_parts(parts, " · ", 30) == "180 of 587 offers · 13 hidden".ljust(30)
    assert formatting.fit_parts(parts, " · ", 10) == "180 of 58…"
