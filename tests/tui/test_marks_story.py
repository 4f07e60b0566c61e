"""A figure that deserves less trust carries a sign, and the app says what the sign means."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from modelpick.engine.domain.marks import LEGEND
from modelpick.engine.domain.rules import RulePath
from modelpick.tui.document.file import today
from tests.tui.stories import SMALL, Story, tell, write_mixing


def line_of(story: Story, *words: str) -> str:
    """The first line of the allocation that has these words."""
    lines = story.app.workbench.allocation.text.splitlines()
    return next(line for line in lines if all(word in line for word in words))


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)])
def test_the_first_plan_marks_an_interpolated_skill(tmp_path: Path, size: tuple[int, int]) -> None:
    async def told(story: Story) -> None:
        plan = story.document.plan
        assert plan is not None
        roomy = size[0] >= 120  # else a route has its share and its cost only
        marks, labels = story.document.marks, story.document.routing.labels
        signs = set()
        for name in ("think", "default", "longContext"):
            await story.on(name)
            for route in plan.labels[name].routes:
                sign = marks.of_offer(route.offer, labels[name]).quality
                assert not roomy or f" {sign}{route.quality:.1f}" in line_of(story, route.offer)
                signs |= {*sign}
            sign = marks.of_label(labels[name], plan.labels[name])[1].quality
            assert f"{sign}{plan.labels[name].quality:.1f}" in story.screen  # the mix rests on it
        assert signs == {"~", "*"}  # one is interpolated, one its maker's claim
        head = "\n".join(story.screen.splitlines()[:3])
        assert f"quality ~*{plan.quality:.1f}" in head
        assert ("~ estimated in " in head) == roomy

    tell(told, write_mixing(tmp_path), size=size)


def test_the_hint_names_the_signs_and_o_says_where_from(tmp_path: Path) -> None:
    async def told(story: Story) -> None:
        await story.on("background")
        await story.press("tab")
        said = story.app.workbench.hint.said
        assert said.startswith("~ estimated (o says where from) · ") and len(said) < 80
        await story.press("o")
        assert "Where the figures of background come from" in story.screen
        await story.press("G")
        assert f"~ estimated: {LEGEND['~'][1][:30]}" in " ".join(story.screen.split())
        await story.press("q", "question_mark", *"Signs")
        legend = story.screen
        for _ in range(2):
            await story.press("pagedown")
            legend += story.screen
        for sign, (name, _) in LEGEND.items():
            assert f"{sign}  {name}: " in legend

    tell(told, write_mixing(tmp_path), size=(80, 24))


def test_a_what_if_is_marked_in_its_line_its_mix_and_the_total(tmp_path: Path) -> None:
    path = tmp_path / "small.toml"
    path.write_text(SMALL)

    async def told(story: Story) -> None:
        assert story.document.plan is not None
        offer = story.document.plan.labels["default"].routes[0].offer
        story.session.override(
            {"offers": {offer: {"input": 0.001}}}, RulePath("labels", "default"), "a lower price"
        )
        await story.solved()
        line = line_of(story, f"≠ {offer}")
        share, cost = line.split("%")[1].split()[:2]
        assert cost.startswith("≠") or share.startswith("≠"), line
        head = "\n".join(story.screen.splitlines()[:3])
        assert "≠ 1 what-if" in head and "≠ what-if, ~ estimated" in head and head.count("≠") >= 2
        await story.press("tab", "o")
        assert "≠ what-if; the catalogue has" in " ".join(story.screen.split())

    tell(told, path)


def test_the_why_panel_marks_what_its_reasons_rest_on(tmp_path: Path) -> None:
    async def told(story: Story) -> None:
        why = story.app.workbench.why
        await story.press("]")
        await story.until(lambda: why.section == RulePath("labels", "background") and why.whole(why.section))
        rules = story.app.workbench.rules
        await story.until(
            lambda: any("min_quality" in row and " ~" in row for row in rules.text.splitlines())
        )
        await story.press("[")
        await story.on("min_quality")
        await story.until(lambda: why.section == RulePath("labels", "default") and why.whole(why.section))
        row = next(row for row in why.text.splitlines() if "without min_quality" in row)
        sign = re.search("([~*])[~*]*−", row)
        assert sign is not None, row
        await story.press("4")
        while why.key != RulePath("labels", "default", "min_quality"):  # there is one: it was seen above
            await story.press("j")
        assert story.app.workbench.hint.said.startswith(f"{sign[1]} {LEGEND[sign[1]][0]}")

    tell(told, write_mixing(tmp_path))


@pytest.mark.parametrize("size", [(80, 24), (200, 60)])
def test_the_browser_marks_its_figures_and_says_what_the_signs_mean(size: tuple[int, int]) -> None:
    async def told(story: Story) -> None:
        await story.press("b")
        await story.until(lambda: bool(getattr(story.app.screen, "standings", None)))
        await story.press("slash", *"nscale/deepseek-r1-distill-llama-70b")
        await story.until(lambda: bool(re.search(r" ‡1\d\d\.\d\d +\*\d\d\.\d ", story.screen)))
        assert "~?" not in story.screen and "*?" not in story.screen
        assert "* vendor's claim, ‡ disputed" in " ".join(story.screen.split())
        await story.press("enter", "o")  # to the table, and where it comes from
        said = " ".join(story.screen.split())
        assert "says 0.375" in said
        assert re.search(r"coding skill: \*\d\d\.\d points", said) or size[1] == 24  # further down there
        await story.press("q", "enter")
        said = " ".join(story.screen.split())
        assert re.search(r"‡1\d\d\.\d\d USD a month; ‡ disputed", said)
        assert "but also 0.375 in, 0.375 out USD/M" in said or size[1] == 24  # further down there
        await story.press("q", "space", "slash", "ctrl+c")
        await story.press("slash", *"deepinfra/claude-sonnet-4-6@low", "enter", "space", "v")
        assert re.search(r" \*\d\d\.\d.* ~\d\d\.\d", story.screen)  # side by side

    tell(told, size=size)


def test_prices_that_a_slider_has_moved_are_marked_as_what_ifs() -> None:
    async def told(story: Story) -> None:
        await story.press("W", "j", "right")
        plan = story.app.screen.plan  # type: ignore[attr-defined]
        await story.until(lambda: plan.text.count("≠ ") >= 4 and not plan.stale)  # an offer for each label
        lines = plan.text.splitlines()
        assert all("≠" in line.split("%")[1] for line in lines if "%" in line)
        await story.press("0")
        await story.until(lambda: "≠" not in plan.text and not plan.stale)

    tell(told)


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
def test_an_offers_last_day_stands_under_it(tmp_path: Path, size: tuple[int, int]) -> None:
    path = tmp_path / "pinned.toml"
    path.write_text(SMALL.replace("max_models = 2", 'allow = ["azure/gpt-5-nano"]\nmin_quality_each = 1.0'))
    path.write_text(path.read_text().replace("min_quality = 50.0\n", ""))

    async def told(story: Story) -> None:
        last_day = story.document.marks.last_days.get("azure/gpt-5-nano")
        if last_day is None or last_day < today():
            pytest.skip("the shipped catalogue's date for azure/gpt-5-nano has passed")
        assert f"! retires on {last_day}" in story.screen

    tell(told, path, size)


def test_that_an_offer_is_deprecated_stands_under_it(tmp_path: Path) -> None:
    path = tmp_path / "pinned.toml"
    allow = 'allow = ["gemini/gemini-3.5-flash"]\nmin_quality_each = 1.0'
    path.write_text(SMALL.replace("max_models = 2", allow).replace("min_quality = 50.0\n", ""))

    async def told(story: Story) -> None:
        note = story.document.marks.deprecated["gemini/gemini-3.5-flash"]
        shown = " ".join(story.app.workbench.allocation.text.split())
        assert note and f"! deprecated: {note}" in shown  # on as many lines as it takes

    tell(told, path, (120, 40))
