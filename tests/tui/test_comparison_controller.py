"""What the total is compared with, without a screen."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from modelpick.engine.domain.rules import RulePath
from modelpick.tui.controllers.comparison import EDIT, FILE, SAVED, ComparisonController, routes_in_file
from tests.tui.controllers import session_of, solve

ROUTES = 'routes = [{ offer = "north/large", share = 1.0 }]\n'
REQUESTS = RulePath("labels", "background", "requests")


class Comparison:
    """A controller, and the cost and name that it showed last."""

    def __init__(self, path: Path, catalog: Path) -> None:
        self.session, self.solver = session_of(path, catalog)
        self.shown: tuple[float | None, str] = None, "nothing yet"
        self.controller = ComparisonController(self.session, self._start, self._show)

    def _start(self, request: Callable[[], Awaitable[None]]) -> None:
        async def run() -> None:
            await request()

        asyncio.run(run())

    def _show(self, cost: float | None, name: str) -> None:
        self.shown = cost, name


@pytest.fixture
def compared(question: Path, facts: Path) -> Comparison:
    return Comparison(question, facts)


def test_the_edit_before_is_the_first_comparison(compared: Comparison) -> None:
    before = solve(compared.session)
    compared.controller.refresh()
    assert compared.controller.name == EDIT and compared.shown == (None, "")
    assert compared.session.step(REQUESTS, 1)
    solve(compared.session)
    compared.controller.refresh()
    assert compared.shown == (before.cost, "")
    assert compared.solver.requests == []


def test_the_last_save_follows_the_file(compared: Comparison, tmp_path: Path) -> None:
    first = solve(compared.session)
    assert compared.controller.choose(SAVED) == "the total against the last save"
    assert compared.shown == (first.cost, SAVED)
    compared.session.step(REQUESTS, 1)
    second = solve(compared.session)
    compared.controller.refresh()
    assert compared.shown == (first.cost, SAVED) != (second.cost, SAVED)
    compared.session.save(tmp_path / "other.toml")  # the controller listens
    assert compared.shown == (second.cost, SAVED)


def test_a_baseline_is_asked_for_and_says_what_it_breaks(compared: Comparison) -> None:
    # north/small for both: 4,000 x (10k x 0.1 + 500 x 0.4)/1M + 1,000 x (2k x 0.1 + 100 x 0.4)/1M
    # = 4.80 + 0.24 = 5.04 USD; its 40 points break default's min_quality of 60.
    solve(compared.session)
    compared.controller.choose("cheapest")
    cost, name = compared.shown
    assert cost == pytest.approx(5.04)
    assert name.startswith("cheapest") and name.endswith(", which breaks 1 rule")
    assert compared.solver.requests == ["baselines"]


def test_routes_of_the_file_are_offered_where_it_has_some(question: Path, facts: Path) -> None:
    # north/large: 4,000 x (10k x 2 + 500 x 8)/1M = 96 for default, 1,000 x (2k x 2 + 100 x 8)/1M = 4.80.
    text = question.read_text()
    question.write_text(text.replace("min_quality = 60.0\n", "min_quality = 60.0\n" + ROUTES) + ROUTES)
    compared = Comparison(question, facts)
    large = {"north/large": 1.0}
    assert routes_in_file(compared.session.document) == {"default": large, "background": large}
    assert FILE in [name for name, _ in compared.controller.choices()]
    solve(compared.session)
    compared.controller.choose(FILE)
    assert compared.shown[0] == pytest.approx(100.80)


def test_a_file_without_routes_is_no_choice_and_a_part_is_said(question: Path, facts: Path) -> None:
    compared = Comparison(question, facts)
    assert FILE not in [name for name, _ in compared.controller.choices()]
    question.write_text(question.read_text() + ROUTES)  # background's alone
    compared = Comparison(question, facts)
    plan = solve(compared.session)
    text = compared.controller.choose(FILE)
    assert text == f"the total against {FILE}, without default, for which the file has no routes"
    # default as the plan has it, background on north/large.
    assert compared.shown[0] == pytest.approx(plan.labels["default"].cost + 4.80)


def test_an_answer_to_an_earlier_choice_is_not_shown(compared: Comparison) -> None:
    solve(compared.session)
    requests: list[Callable[[], Awaitable[None]]] = []
    controller = ComparisonController(compared.session, requests.append, compared._show)
    controller.choose("cheapest")
    controller.choose(EDIT)
    compared._start(requests[0])
    assert compared.shown == (None, "") and compared.solver.requests == ["baselines"]


def test_one_model_for_all_is_known_for_the_head(compared: Comparison) -> None:
    # Of those that keep default's 60 points only large (84) is left: 4,000 x (10k x 2 + 500 x 8)/1M for
    # default, 1,000 x (2k x 2 + 100 x 8)/1M for background = 96 + 4.80 USD.
    solve(compared.session)
    single = asyncio.run(compared.controller.one_model())
    assert single is not None and single[0] == pytest.approx(100.8) and single[1] == "one model (large)"
    assert compared.shown == (None, "nothing yet")  # what the total is compared with is another matter
    # Where something else is chosen, its own question of this kind is not overtaken by another.
    compared.controller.choose("cheapest")
    assert asyncio.run(compared.controller.one_model()) is None
    assert compared.solver.requests == ["baselines", "baselines"] and compared.shown[0] == pytest.approx(5.04)
