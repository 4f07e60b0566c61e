"""Saving and leaving: what is asked, what waits, and what is written."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.pilot import Pilot

from modelpick.engine.adapters.routing_file import load_routing
from modelpick.engine.domain.rules import RulePath
from modelpick.tui.controllers.save import SaveController
from modelpick.tui.dialogs.prompts import Ask
from modelpick.tui.dialogs.save_as import SaveAs
from modelpick.tui.document.editing_session import EditingSession
from tests.tui.controllers import BareScreen, on_screen, session_of, solve

REQUESTS = RulePath("labels", "background", "requests")


@pytest.fixture
def session(question: Path, facts: Path) -> EditingSession:
    return session_of(question, facts)[0]


def nothing_lost() -> None:
    raise AssertionError("nothing was to be discarded")


def test_a_save_waits_for_the_plan(session: EditingSession, question: Path) -> None:
    async def steps(screen: BareScreen, _: Pilot[None]) -> None:
        save = SaveController(screen, session, nothing_lost)
        done: list[str] = []
        save.save(then=lambda: done.append("then"))
        assert screen.sentences == ["saving as soon as the plan is there …; s again saves without it"]
        assert "routes" not in question.read_text()
        solve(session)
        save.plan_arrived()
        assert screen.sentences[1:] == [f"saved to {question}"] and done == ["then"]
        save.plan_arrived()  # nothing waits any more
        assert len(screen.sentences) == 2

    on_screen(steps)
    saved = load_routing(question)
    assert saved.solution is not None and saved.labels["background"].routes[0].offer == "north/small"
    assert "# the main loop" in question.read_text()


def test_a_second_save_does_not_wait(session: EditingSession, question: Path) -> None:
    async def steps(screen: BareScreen, _: Pilot[None]) -> None:
        save = SaveController(screen, session, nothing_lost)
        session.step(REQUESTS, 1)
        save.save()
        save.save()
        assert screen.sentences[1:] == [f"saved to {question}, the rules without a plan"]

    on_screen(steps)
    assert load_routing(question).solution is None and not session.document.dirty


def test_rules_of_no_file_ask_for_a_name(session: EditingSession, tmp_path: Path) -> None:
    session.document.detach("from config.yaml")
    solve(session)
    path = tmp_path / "new.toml"

    async def steps(screen: BareScreen, pilot: Pilot[None]) -> None:
        save = SaveController(screen, session, nothing_lost)
        save.save()
        await pilot.pause()
        dialog = screen.app.screen
        assert isinstance(dialog, SaveAs)
        dialog.dismiss(path)
        await pilot.pause()
        assert screen.sentences == [f"saved to {path}"]

    on_screen(steps)
    assert load_routing(path).labels.keys() == {"default", "background"}


@pytest.mark.parametrize(("key", "replaced"), [("r", True), ("c", False)])
def test_a_file_changed_elsewhere_is_not_replaced_unasked(
    session: EditingSession, question: Path, key: str, replaced: bool
) -> None:
    solve(session)
    others = question.read_text().replace("requests = 1_000", "requests = 7_000")
    question.write_text(others)

    async def steps(screen: BareScreen, pilot: Pilot[None]) -> None:
        SaveController(screen, session, nothing_lost).save()
        await pilot.pause()
        assert isinstance(screen.app.screen, Ask) and question.read_text() == others
        await pilot.press(key)
        await pilot.pause()
        assert screen.sentences == ([f"saved to {question}"] if replaced else [])

    on_screen(steps)
    assert (question.read_text() != others) is replaced


@pytest.mark.parametrize(
    ("key", "remark", "cost"),
    # background alone: 1,000 x (2k x 0.1 + 100 x 0.4)/1M = 0.24 USD on the catalogue's figures;
    # with input at 0.2 it is 1,000 x (2k x 0.2 + 100 x 0.4)/1M = 0.44.
    [("o", "", 0.24), ("s", ", the plan of 1 what-if figure", 0.44)],
)
def test_a_plan_with_what_if_figures_is_not_written_unasked(
    session: EditingSession, question: Path, key: str, remark: str, cost: float
) -> None:
    session.override({"offers": {"north/small": {"input": 0.2}}}, ("offers", "north/small"), "input")
    assert solve(session).labels["background"].cost == pytest.approx(0.44)

    async def steps(screen: BareScreen, pilot: Pilot[None]) -> None:
        save = SaveController(screen, session, nothing_lost)
        save.save()
        await pilot.pause()
        await pilot.press(key)
        await pilot.pause()
        if key == "o":  # the plan without them comes first
            assert solve(session).labels["background"].cost == pytest.approx(cost)
            save.plan_arrived()
        assert screen.sentences[-1] == f"saved to {question}{remark}"

    on_screen(steps)
    assert load_routing(question).solution is not None


def test_leaving_loses_only_what_is_meant_to_be_lost(session: EditingSession, question: Path) -> None:
    session.step(REQUESTS, 1)
    solve(session)
    before, lost = question.read_text(), list[str]()

    async def steps(screen: BareScreen, pilot: Pilot[None]) -> None:
        save = SaveController(screen, session, lambda: lost.append("lost"))
        for key in ("c", "d"):
            assert lost == []
            save.quit()
            await pilot.pause()
            await pilot.press(key)
            await pilot.pause()

    assert on_screen(steps) == 0
    assert lost == ["lost"] and question.read_text() == before


def test_leaving_with_a_save_ends_after_it(session: EditingSession, question: Path) -> None:
    session.step(REQUESTS, 1)
    solve(session)

    async def steps(screen: BareScreen, pilot: Pilot[None]) -> None:
        SaveController(screen, session, lambda: left.append(session.document.dirty)).quit()
        await pilot.pause()
        await pilot.press("s")
        await pilot.pause()

    left: list[bool] = []
    assert on_screen(steps) == 0 and left == [False]  # after the save; no draft is offered again
    assert load_routing(question).solution is not None


def test_a_failed_save_is_said_and_waits_no_more(session: EditingSession, tmp_path: Path) -> None:
    solve(session)

    async def steps(screen: BareScreen, _: Pilot[None]) -> None:
        save = SaveController(screen, session, nothing_lost)
        save.save_to(tmp_path / "no folder" / "a.toml")
        (error,) = screen.errors
        assert str(tmp_path / "no folder") in error and screen.sentences == []
        save.plan_arrived()
        assert len(screen.errors) == 1

    on_screen(steps)
