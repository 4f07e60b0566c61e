"""What if: sliders show the plan of other traffic and prices, scenarios are kept, compared and adopted."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from modelpick.engine.domain.errors import InputError
from modelpick.engine.domain.scenario import Bar
from modelpick.tui.document import scenario
from modelpick.tui.document.scenario import Scenario, factor_of
from modelpick.tui.formatting import MINUS
from modelpick.tui.screens.what_if.screen import WhatIf
from modelpick.tui.screens.what_if.sliders import track
from modelpick.tui.screens.what_if.tornado import TornadoPanel, two_sided
from tests.tui.stories import SMALL, Story, tell


async def opened(story: Story) -> WhatIf:
    await story.press("W")
    screen = story.app.screen
    assert isinstance(screen, WhatIf)
    await planned(story, screen)
    return screen


async def planned(story: Story, screen: WhatIf) -> None:
    await story.until(lambda: screen.scenario.plan is not None and not screen.plan.stale)


@pytest.fixture
def small(tmp_path: Path) -> Path:
    path = tmp_path / "mine.toml"
    path.write_text(SMALL)
    return path


def test_twice_the_traffic_costs_twice_as_much_and_can_be_adopted(small: Path) -> None:
    async def told(story: Story) -> None:
        cost = story.document.plan.cost  # type: ignore[union-attr]
        screen = await opened(story)
        while screen.scenario.words != "traffic ×2":
            await story.press("l")
        await planned(story, screen)
        assert abs(screen.scenario.plan.cost - 2 * cost) < 1e-6  # type: ignore[union-attr,operator]
        assert "vs today" in story.screen and "▲" in story.screen
        await story.press("p", "enter")  # prices are no rules: they stay with the sliders
        await story.solved()
        assert story.session.tried.words == "all prices ×0.7"
        assert story.document.routing.limits.growth == 2 and abs(story.document.plan.cost - 2 * cost) < 1e-6  # type: ignore[union-attr,operator]
        await story.press("u")
        assert story.document.routing.limits.growth == 1

    tell(told, small)


def test_scenarios_are_kept_compared_and_gone_back_to(small: Path) -> None:
    async def told(story: Story) -> None:
        cost = story.document.plan.cost  # type: ignore[union-attr]
        screen = await opened(story)
        await story.press("j", "h", "h", "h", "h", "h")
        await planned(story, screen)
        assert "all prices ×0.5" in story.screen and "not kept: b keeps it" in story.screen
        assert abs(screen.scenario.plan.cost - cost / 2) < 1e-6  # type: ignore[union-attr,operator]
        await story.press("enter")
        assert "only traffic and confidence can be adopted" in story.screen
        await story.press("b", *"half", "enter")
        assert "half: all prices ×0.5" in story.screen and "not kept" not in story.screen
        await story.press("c")  # what stands there already is no column twice
        assert [each.name for each in screen.beside.scenarios] == ["today", "half"]
        await story.press("c", "l")
        assert "solving …" in story.screen or screen.scenario.plan is not None
        await story.press("q", "W")  # the sliders stand where they stood
        screen = story.front
        assert screen.scenario.words == "all prices ×0.6" and "not kept: b keeps it" in story.screen
        await story.press("j", "0")
        await planned(story, screen)
        await story.press("c")
        assert "side by side" in story.screen and "today" in story.screen and "half" in story.screen
        await story.press("c", "q", "W")
        screen = story.app.screen  # type: ignore[assignment]
        assert "half: all prices ×0.5" in story.screen
        while screen.sliders.place is None:
            await story.press("j")
        await story.press("enter")
        await planned(story, screen)
        assert screen.scenario.factor(("prices", "")) == 0.5
        await story.press("d")
        assert "half:" not in screen.sliders.text and "half: forgotten" in story.screen

    tell(told, small)


def test_what_matters_most_is_listed_with_its_bars(small: Path) -> None:
    async def told(story: Story) -> None:
        screen = await opened(story)
        await story.until(lambda: screen.tornado.complete)
        cost = story.plan.cost or 0.0
        (row,) = (line for line in screen.tornado.text.splitlines() if line.startswith("requests of default"))
        # A fifth less and a fifth more of the only label's requests cost a fifth less and more.
        left, _, right = row.partition("│")
        assert left.split()[-3:-1] == ["800", f"{0.8 * cost:.2f}"]
        assert right.split()[1:] == [f"{1.2 * cost:.2f}", "1,200"]
        assert f"{cost:.2f} USD/mo today" in screen.tornado.text

    tell(told, small)


def test_presets_are_a_key_each_and_what_changes_in_the_plan_is_marked(small: Path) -> None:
    async def told(story: Story) -> None:
        cost, offer = story.plan.cost or 0.0, story.plan.labels["default"].routes[0].offer
        provider = offer.partition("/")[0]
        screen = await opened(story)
        await story.press("t", "p")
        await planned(story, screen)
        assert screen.scenario.words == "traffic ×2, all prices ×0.7"
        assert screen.scenario.plan is not None and screen.scenario.plan.cost == pytest.approx(1.4 * cost)
        await story.press("t", "p", "o")
        await planned(story, screen)
        assert screen.scenario.words == f"{provider} down"
        gone = rf"\n{MINUS} {offer[:2]}\S*/{re.escape(offer.partition('/')[2][:5])}"
        assert re.search(gone, screen.plan.text) and "\n+ " in screen.plan.text
        assert "new" in screen.plan.text and f"{provider} down ●" in screen.sliders.text
        await story.press("c")
        assert "+ " in screen.beside.text and "what if" in screen.beside.text
        await story.press("c", "L")
        await planned(story, screen)
        assert screen.scenario.words == f"{provider} down, 90 % sure"
        await story.press("b", "enter", "enter")
        await story.solved()
        routing = story.document.routing
        assert routing.limits.confidence == 0.9 and scenario.read(small)[0].out == (provider,)
        assert scenario.read(small)[0].confidence == 0.9
        await story.press("W", "L")
        assert "the rules ask to be 90 % sure already" in story.screen

    tell(told, small)


def test_a_factor_is_typed_in_percent_or_as_requests_a_month(small: Path) -> None:
    async def told(story: Story) -> None:
        screen = await opened(story)
        await story.press("i", "ctrl+u", *"+20%", "enter")
        assert screen.scenario.factor(("growth", "")) == pytest.approx(1.2) and "1,200/mo" in story.screen
        await story.press("j", "i", "ctrl+u", *"0", "enter")
        assert "×0 is outside ×0.01 to ×1000" in story.screen
        await story.press("escape", "j", "i", "ctrl+u", *"=2500", "enter")
        assert screen.scenario.factor(("requests", "default")) == 2.5 and "3,000/mo" in story.screen
        await story.press("<", "0")
        assert screen.scenario.words == "traffic ×1.2"

    tell(told, small)


@pytest.mark.parametrize(
    ("text", "factor"),
    [
        *(("2", 2.0), ("×2", 2.0), ("x 0.5", 0.5), ("150%", 1.5), ("+20%", 1.2), ("-30 %", 0.7)),
        *(("−30%", 0.7), ("=8000", 2.0), ("1_000", 1000.0)),
    ],
)
def test_factors_as_people_write_them(text: str, factor: float) -> None:
    assert factor_of(text, 4_000) == pytest.approx(factor)


@pytest.mark.parametrize("text", ["", "two", "+2", "-2", "1e9", "0", "-200%", "2x", "nan"])
def test_what_is_no_factor_is_said(text: str) -> None:
    with pytest.raises(InputError):
        factor_of(text, 4_000)


def test_bookmarks_are_there_when_the_file_is_opened_again_and_planned_for_its_rules(small: Path) -> None:
    async def first(story: Story) -> None:
        await opened(story)
        await story.press("l", "l", "l", "l", "l", "b", "ctrl+u", *"more", "enter")
        await story.until(lambda: "more: kept" in story.screen)

    async def again(story: Story) -> None:
        await story.on("requests")
        await story.press("+")
        await story.solved()
        screen = await opened(story)
        await story.until(lambda: screen.sliders.kept[0].plan is not None)
        kept = screen.sliders.kept[0]
        assert kept.words == "traffic ×1.75"
        assert kept.plan.cost == pytest.approx(1.75 * story.document.plan.cost)  # type: ignore[union-attr,operator]
        await story.press("c")
        await story.until(lambda: all(words in story.screen for words in ("more", "vs today", "▲")))
        await story.press("c", "G")
        while screen.sliders.place is None:
            await story.press("k")
        await story.press("r", "ctrl+u", *"much more", "enter")
        await story.until(lambda: scenario.read(small)[0].name == "much more")
        await story.press("d")
        await story.until(lambda: not scenario.read(small))
        assert str(small.resolve()) not in scenario.place().read_text()

    tell(first, small)
    tell(again, small)


def test_as_many_scenarios_are_counted_as_are_shown_and_a_label_that_is_gone_is_left_out(small: Path) -> None:
    scenario.write(
        small, [Scenario(((("requests", "gone"), 2.0), (("prices", ""), 0.5)), name) for name in "abc"]
    )

    async def told(story: Story) -> None:
        screen = await opened(story)
        await story.press("c")
        await story.until(lambda: "scenarios 1-2 of 3" in screen.beside.text)  # 79 cells: today and two more
        await story.press("l")
        await story.until(lambda: "scenarios 2-3 of 3" in screen.beside.text)
        await story.press("c", "G", "enter")
        assert screen.scenario.words == "all prices ×0.5"

    tell(told, small, size=(80, 24))


def test_an_answer_that_comes_after_the_screen_has_closed_is_dropped(small: Path) -> None:
    async def told(story: Story) -> None:
        screen = await opened(story)
        await story.press("escape")
        await story.until(lambda: not screen.sliders.is_attached)
        screen.sliders.rebuild()
        screen.beside.rebuild()

    tell(told, small)


def test_a_foreign_state_file_is_no_obstacle_and_keeps_what_is_not_understood(small: Path) -> None:
    scenario.place().parent.mkdir(parents=True, exist_ok=True)
    key = str(small.resolve())
    strange = {key: [{"name": 1, "factors": [["x", "y", 2]]}, 3], "/other.toml": {"later": 1}}
    scenario.place().write_text(json.dumps(strange))
    assert scenario.read(small) == ()
    assert scenario.write(small, [Scenario(((("prices", ""), 0.5),), "half")]) == ""
    assert [one.name for one in scenario.read(small)] == ["half"]
    kept = json.loads(scenario.place().read_text())
    assert kept["/other.toml"] == {"later": 1} and kept[key][:2] == strange[key]


@pytest.mark.parametrize("text", ["{", "[]", "", '{"/a.toml": []', "[" * 100_000, "\ufeff{"])
def test_a_damaged_state_file_is_set_aside(
    small: Path, text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    path = scenario.place()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    assert scenario.read(small) == () and path.read_text() == text  # reading changes nothing
    note = scenario.write(small, [Scenario(((("prices", ""), 0.5),), "half")])
    (aside,) = path.parent.glob("scenarios.json.damaged-*")
    assert aside.read_text() == text and str(aside) in note
    assert [one.name for one in scenario.read(small)] == ["half"]
    path.write_text(text)  # and once more within the same second: the first is not replaced
    scenario.write(small, [])
    assert len(list(path.parent.glob("scenarios.json.damaged-*"))) == 2


def test_the_app_says_that_a_damaged_state_file_is_set_aside(
    small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    scenario.place().parent.mkdir(parents=True, exist_ok=True)
    scenario.place().write_text("{")

    async def damaged(story: Story) -> None:
        screen = await opened(story)
        screen._keep((Scenario(((("prices", ""), 0.5),), "half"),), "half: kept")
        await story.until(lambda: "set aside in" in story.screen)
        assert "half: kept" in story.screen

    tell(damaged, small)


def test_a_slider_moves_with_every_step_and_bars_have_two_sides() -> None:
    for width in (16, 26, 31, 60):
        drawn = ["".join(text for text, _ in track(factor, width)) for factor in scenario.STOPS]
        assert len(set(drawn)) == len(scenario.STOPS) and {len(text) for text in drawn} == {width}
    # 12 stops below ×1 and 18 above it, half a cell each: 6 and 9 cells; ×1.2 is two stops up, ×0.9 one down.
    assert track(1.2, 16) == [("──────┼", "note"), ("━", "mark"), ("────────", "note")]
    assert track(0.9, 16) == [("─────", "note"), ("╼", "mark"), ("┼─────────", "note")]
    assert track(1.01, 16)[1] == ("╾", "mark")  # seen, however little
    assert track(2.0, 15) == [(" " * 15, "note")]
    # Half of the most to the left, all of it to the right, in 6 cells each.
    assert two_sided(0.5, 1.0, 6) == ("   ███", "██████")
    # A sixteenth of 6 cells is 3 eighths of one.
    assert two_sided(0.0, 1 / 16, 6) == ("      ", "▍     ")
    assert two_sided(1 / 16, 0.0, 6) == ("     ▐", "      ")


def test_a_tornado_is_around_today_and_sorted_by_its_spans() -> None:
    panel = TornadoPanel()
    panel.today, panel.complete = 100.0, True
    panel.bars = [
        Bar(input="labels.a.requests", unit="req/mo", low=80, high=120, at_low=90, at_high=110, effect=10),
        # One side only, and the dearer end of another: 15 USD from end to end.
        Bar(input="limits.budget", unit="USD/mo", low=9, high=11, at_low=115, at_high=100, effect=15),
        Bar(input="offers.p/m.price", unit="x", low=0.8, high=1.2, at_low=100.001, at_high=100, effect=0.001),
        Bar(input="labels.a.max_latency", unit="s", low=8, high=12, at_low=None, at_high=99, swaps_high=True),
    ]
    rows = ["".join(text for text, _ in line.parts) for line in panel.lines_for(81)]
    assert [row.split("  ")[0] for row in rows[1:]] == ["max latency of a", "requests of a", "budget"]
    assert "99.00⇄" in rows[1] and "✗" in rows[1] and "no plan" in rows[1]
    assert "90.00" in rows[2].partition("│")[0] and "110.00" in rows[2].partition("│")[2]
    assert not set("█▐▕") & set(rows[3].partition("│")[0]) and "115.00" in rows[3].partition("│")[2]
    assert len({len(row) for row in rows}) == 1 and "100.00 USD/mo today" in rows[0]
