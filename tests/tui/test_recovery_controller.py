"""Drafts: written while something is unsaved, offered once their process is gone."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.pilot import Pilot

from modelpick.engine.domain.rules import RulePath
from modelpick.tui.controllers.recovery import RecoveryController
from modelpick.tui.dialogs.prompts import Ask
from modelpick.tui.document import drafts
from modelpick.tui.document.editing_session import EditingSession
from modelpick.tui.document.scenario import Scenario
from tests.tui.controllers import BareScreen, on_screen, session_of, solve

REQUESTS = RulePath("labels", "background", "requests")


@pytest.fixture
def session(question: Path, facts: Path) -> EditingSession:
    return session_of(question, facts)[0]


def written() -> list[Path]:
    """The drafts in the state folder."""
    return sorted(drafts.folder().glob("*.toml"))


def left_by_another(session: EditingSession, requests: str) -> Path:
    """The draft of a process that is gone: no process has the number 0."""
    session.type_text(REQUESTS, requests)
    document = session.document
    path = drafts.write(document)
    session.travel(back=True)
    text = path.read_text()
    path.unlink()
    other = path.with_name(f"{path.stem.rpartition('-')[0]}-0.toml")
    other.write_text(text)
    return other


def test_a_draft_is_kept_while_something_is_unsaved(session: EditingSession, question: Path) -> None:
    async def steps(screen: BareScreen, _: Pilot[None]) -> None:
        recovery = RecoveryController(screen, session)
        recovery.keep_draft()
        assert written() == []
        session.step(REQUESTS, 1)
        recovery.keep_draft()
        (path,) = written()
        assert path == drafts.own_path(question) and "requests = 1100.0\n" in path.read_text()
        session.travel(back=True)
        recovery.keep_draft()
        assert written() == []
        session.step(REQUESTS, 1)
        recovery.keep_draft()
        solve(session)
        session.save(question)  # the controller listens
        assert written() == []

    on_screen(steps)


def test_an_edit_is_in_the_draft_after_a_pause(session: EditingSession) -> None:
    async def steps(screen: BareScreen, _: Pilot[None]) -> None:
        recovery = RecoveryController(screen, session)
        session.step(REQUESTS, 1)
        session.step(REQUESTS, 1)
        assert recovery._timer is not None and written() == []
        recovery.keep_draft()  # as a signal to end does
        assert recovery._timer is None and len(written()) == 1
        recovery.drop_draft()
        assert written() == []

    on_screen(steps)


@pytest.mark.parametrize(
    ("key", "requests", "stays"), [("r", 2500, False), ("d", 1000, False), ("k", 1000, True)]
)
def test_a_draft_of_a_process_that_is_gone_is_offered(
    session: EditingSession, question: Path, key: str, requests: float, stays: bool
) -> None:
    path = left_by_another(session, "2500")

    async def steps(screen: BareScreen, pilot: Pilot[None]) -> None:
        RecoveryController(screen, session).offer_drafts()
        await pilot.pause()
        assert isinstance(screen.app.screen, Ask)
        await pilot.press(key)
        await pilot.pause()
        assert session.document.routing.labels["background"].requests == requests
        assert path.exists() is stays
        if key == "r":  # this process has it now, and shows the label that differs
            assert session.document.history.now.path == RulePath("labels", "background")
            assert written() == [drafts.own_path(question)]
            assert screen.sentences == ["unsaved edits restored; u takes them back, s saves"]

    on_screen(steps)


def test_an_unusable_draft_stays_where_it_is(session: EditingSession) -> None:
    path = left_by_another(session, "2500")
    path.write_text(path.read_text().replace("min_quality", "min_qualty"))

    async def steps(screen: BareScreen, pilot: Pilot[None]) -> None:
        RecoveryController(screen, session).offer_drafts()
        await pilot.pause()
        await pilot.press("r")
        await pilot.pause()
        (error,) = screen.errors
        assert "min_qualty" in error and error.endswith(f"it stays in {path}")

    on_screen(steps)
    assert path.exists() and not session.document.dirty


def test_a_draft_that_cannot_be_written_is_said_once(
    session: EditingSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "state").write_text("a file where the folder should be")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))

    async def steps(screen: BareScreen, _: Pilot[None]) -> None:
        recovery = RecoveryController(screen, session)
        session.step(REQUESTS, 1)
        recovery.keep_draft()
        recovery.keep_draft()
        (error,) = screen.errors
        assert error.startswith("unsaved edits would be lost with the terminal: ")

    on_screen(steps)


def test_where_the_sliders_stood_is_offered_after_a_crash_though_no_rule_was_edited(
    session: EditingSession,
) -> None:
    halved = Scenario(((("prices", ""), 0.5),), out=("openai",))

    async def crash(screen: BareScreen, _: Pilot[None]) -> None:
        recovery = RecoveryController(screen, session)
        session.try_scenario(halved)
        recovery.keep_draft()  # as a signal to end does, and a pause after a key
        (path,) = written()
        assert not session.document.dirty
        path.rename(path.with_name(f"{path.stem.rpartition('-')[0]}-0.toml"))  # of a process that is gone
        session.try_scenario(Scenario())

    async def again(screen: BareScreen, pilot: Pilot[None]) -> None:
        RecoveryController(screen, session).offer_drafts()
        await pilot.pause()
        question = "\n".join(line.text for line in screen.app.screen._compositor.render_strips())
        assert "A session ended with a what-if of" in question and "unsaved edits" not in question
        await pilot.press("r")
        await pilot.pause()
        assert session.tried == halved and not session.document.dirty
        assert screen.sentences == ["W shows the what-if as it was"]
        session.keep_scenarios((halved.named("half"),))  # on disk now, beside the rules' own file
        await pilot.pause()

    on_screen(crash)
    on_screen(again)
    assert not session.has_loose_scenarios
