"""A terminal with ASCII alone: every cell is an ASCII letter, and nothing moves."""

from __future__ import annotations

from pathlib import Path

import pytest
from rich.cells import cell_len

from modelpick.tui.app import Options
from modelpick.tui.ascii_filter import in_ascii
from modelpick.tui.settings import Settings, has_only_ascii
from tests.tui.stories import Story, tell


@pytest.mark.parametrize(
    ("text", "ascii_text"),
    [
        ("▌✓ ≥ 60 … −3.42 ×2", ">+ >=60 . -3.42 x2"),
        ("▕██▒▒ ▏ 60.0 ★", "[##:: | 60.0 <"),  # not the sign of a vendor's claim
        ("▕████▍   ▏", "[####.   |"),
        ("─┐│╭⣿", "-+|+*"),
        ("──┼━╾── 9.00⇄ ┊", "--+==-- 9.00& |"),  # a slider's fill, a tornado's sign
        ("é 服务", "e ????"),
        ("plain", "plain"),
    ],
)
def test_what_is_not_ascii_has_its_nearest_letter_in_as_many_cells(text: str, ascii_text: str) -> None:
    assert in_ascii(text) == ascii_text and cell_len(in_ascii(text)) == cell_len(text)


@pytest.mark.parametrize("signs", ["✓✗⌖▼ ", "~*†‡≠…", "◉●◆", "▸▾"])
def test_signs_that_stand_in_one_place_stay_different(signs: str) -> None:
    """Of an offer, of a figure, of a frontier, of a fold."""
    assert len(set(in_ascii(signs))) == len(signs)


def test_the_locale_says_whether_it_has_only_ascii() -> None:
    assert has_only_ascii({"LANG": "en_US.ISO-8859-1"}) and has_only_ascii({"LC_ALL": "de_DE.iso885915@euro"})
    assert not has_only_ascii({"LANG": "en_US.UTF-8"}) and not has_only_ascii({"LANG": "C.utf8"})
    assert has_only_ascii({"TERM": "linux", "LANG": "en_US.UTF-8"}) and has_only_ascii({"TERM": "vt220-w"})
    assert not has_only_ascii({"TERM": "xterm-256color"}) and not has_only_ascii({"TERM": "tmux-256color"})
    assert not has_only_ascii({}) and not has_only_ascii({"LC_ALL": "C"})
    assert not has_only_ascii({"LC_ALL": "ja_JP.UTF-8", "LANG": "ja_JP.eucJP"})


def test_the_main_screen_and_the_browser_are_ascii(mine: Path) -> None:
    async def told(story: Story) -> None:
        assert story.screen.isascii() and "##" in story.screen and "who answers" in story.screen
        assert "Enter Edit" in story.screen.splitlines()[-1]  # `<` is a key of its own
        await story.press("b")
        await story.until(lambda: bool(getattr(story.front, "standings", None)))
        assert story.screen.isascii() and "^USD/mo" in story.screen

    tell(told, mine, options=Options(Settings(ascii=True)))
