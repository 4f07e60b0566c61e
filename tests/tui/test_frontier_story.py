"""The frontier: walk along it, see the plan of a point, adopt it, take it back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from modelpick.tui.screens.browser.details import FactPanel
from modelpick.tui.screens.frontier.screen import Frontier
from tests.tui.stories import SMALL, Story, tell


async def opened(story: Story) -> Frontier:
    await story.press("f")
    screen = story.app.screen
    assert isinstance(screen, Frontier)
    await story.until(lambda: screen.complete and screen.curve is not None and not screen.plan.stale)
    return screen


def test_a_dearer_point_is_adopted_with_enter_and_taken_back_with_u(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(SMALL)

    async def told(story: Story) -> None:
        cost, quality = story.plan.cost or 0.0, story.plan.quality or 0.0
        await story.press("f")
        screen: Any = story.front
        # At once: where the rules stand, with the workbench's own plan and its fallbacks.
        assert screen.curve is not None and screen.curve.is_today(screen.point)
        assert screen.plan.plan is story.document.plan and not screen.plan.stale
        assert f"for {cost:.2f} USD/mo, today's plan" in story.screen
        await story.press("enter")
        assert "this is today's plan already" in story.screen and story.front is screen
        await story.until(lambda: screen.complete)
        assert screen.plan.plan is story.document.plan
        assert "cost against quality, points" in story.screen and "◉ here" in story.screen
        await story.press("end")
        await story.until(lambda: not screen.plan.stale)
        best = screen.curve.points[-1]
        assert best.measure > quality and best.cost > cost
        await story.press("l")
        assert "this is the best plan there is" in story.screen
        fallbacks = screen.plan.plan.labels["default"].fallbacks
        await story.press("enter")
        await story.solved()
        assert story.plan.labels["default"].fallbacks == fallbacks
        assert abs(story.document.plan.cost - best.cost) < 0.01  # type: ignore[union-attr]
        assert story.document.routing.labels["default"].min_quality is not None
        await story.press("u")
        await story.solved()
        assert abs(story.document.plan.cost - cost) < 1e-9  # type: ignore[union-attr,operator]

    tell(told, path)


def test_cost_against_latency_is_a_labels_own(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(SMALL)

    async def told(story: Story) -> None:
        screen = await opened(story)
        await story.press("end", "tab", "t", "end")  # the plan of that point comes after its curve has gone
        assert "still being searched" in screen.hint.said or screen.complete
        await story.until(lambda: screen.complete and len(screen.curve.points) > 1)  # type: ignore[union-attr]
        assert "default: cost against latency p95, s" in story.screen
        await story.press("end", "x")
        fastest = screen.curve.points[-1]  # type: ignore[union-attr]
        await story.press("enter")  # its plan may still be on its way
        await story.until(lambda: story.front is story.app.workbench)
        await story.solved()
        assert story.document.routing.labels["default"].max_latency == fastest.measure
        assert story.document.plan.labels["default"].latency <= fastest.measure + 1e-6  # type: ignore[union-attr,operator]

    tell(told, path)


def test_what_has_no_frontier_is_said_and_q_leads_back(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text("schema = 1\n[labels.a]\nrequests = 10\ninput_tokens = 10\noutput_tokens = 1\n")

    async def told(story: Story) -> None:
        await story.press("f")
        await story.until(lambda: "a frontier needs skills" in story.screen)
        await story.press("enter", "l", "x", "q")
        assert story.app.screen is story.app.workbench

    tell(told, path)


def test_a_wide_terminal_has_the_labels_frontier_and_the_offer_under_the_cursor(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(SMALL + SMALL.partition("schema = 1")[2].replace("default", "second"))

    async def told(story: Story) -> None:
        offer = max(story.plan.labels["default"].routes, key=lambda route: route.share).offer
        await story.until(lambda: "─default: cost against quality" in story.screen)
        assert f"today {story.plan.cost:.2f}" in story.screen and "─the offer" in story.screen
        facts = story.app.workbench.query_one("#offer_facts", FactPanel)
        assert facts.text.startswith(offer) and "USD per million tokens" in facts.text
        other = next(route.offer for route in story.plan.labels["default"].routes if route.offer != offer)
        await story.press("2", *"jjj")
        while story.app.workbench.allocation.offer != other:
            await story.press("k")
        await story.until(lambda: facts.text.startswith(other))
        # Another label's is overtaken by the frontier's own screen, and is drawn once that has closed.
        await story.press("3", "]", "f")
        await story.until(lambda: isinstance(story.app.screen, Frontier))
        await story.press("q")
        await story.until(lambda: "─second: cost against quality" in story.screen)

    tell(told, path, size=(200, 50))


async def at_the_end(story: Story, screen: Frontier) -> None:
    await story.press("end")
    await story.until(lambda: not screen.plan.stale and screen.plan.plan is not None)


def test_adopting_a_point_beyond_the_budget_raises_it_and_says_so(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(SMALL + "\n[limits]\nbudget = 1.0\n")

    async def told(story: Story) -> None:
        screen = await opened(story)
        await at_the_end(story, screen)
        best = screen.curve.points[-1]  # type: ignore[union-attr]
        assert best.cost > 1 and best.over_budget
        assert "│ budget" in story.screen
        assert "over the budget of 1.00: adopting raises it to" in screen.hint.said
        assert screen.plan.plan is not None and screen.plan.plan.found  # the plan of what would be adopted
        await story.press("enter")
        await story.solved()
        plan, limits = story.document.plan, story.document.routing.limits
        assert plan is not None and plan.found and plan.cost is not None and limits.budget is not None
        assert plan.cost <= limits.budget < plan.cost + 0.011
        assert "over the budget of 1.00, which is raised to" in story.app.workbench.hint.said
        await story.press("u")
        assert story.document.routing.limits.budget == 1.0

    tell(told, path, size=(160, 40))


def test_a_faster_point_beyond_the_budget_raises_it_too(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(SMALL + "\n[limits]\nbudget = 0.5\n")

    async def told(story: Story) -> None:
        screen = await opened(story)
        await story.press("t")
        await story.until(lambda: screen.complete and screen.curve.kind == "latency")  # type: ignore[union-attr]
        await at_the_end(story, screen)
        fastest = screen.curve.points[-1]  # type: ignore[union-attr]
        assert fastest.over_budget
        await story.press("enter")
        await story.solved()
        assert story.document.plan is not None and story.document.plan.found
        assert story.document.routing.limits.budget is not None and story.document.routing.limits.budget > 0.5

    tell(told, path)


def test_a_label_without_skills_leaves_the_others_their_frontier_and_their_quality(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    search = "\n[labels.search]\nrequests = 10\ninput_tokens = 10\noutput_tokens = 1\n"
    path.write_text(SMALL + search)

    async def told(story: Story) -> None:
        assert story.document.plan is not None and story.document.plan.quality is None
        quality = story.document.plan.labels["default"].quality
        assert f"{quality:.1f} (1 of 2 labels)" in story.screen.splitlines()[2]
        await story.press("L")
        await story.solved()
        screen = await opened(story)
        assert screen.curve is not None and len(screen.curve.points) > 1
        head = story.screen.splitlines()[0]
        assert "without search (no skills, at their cheapest)" in head and "90 % sure" in head

    tell(told, path, size=(160, 40))
