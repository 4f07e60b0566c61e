"""A router's config as rules or as routes: what becomes of unsaved work, and what is said of the file."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from textual.pilot import Pilot

from modelpick.engine.domain.errors import InputError
from modelpick.engine.domain.rules import RulePath
from modelpick.tui.controllers.import_config import ImportController
from modelpick.tui.dialogs.import_config import Config
from modelpick.tui.dialogs.prompts import Ask, Notes
from modelpick.tui.document.editing_session import EditingSession
from modelpick.tui.solver.requests import Imported
from tests.tui.controllers import BareScreen, on_screen, session_of

CONFIG = """\
model_list:
  - model_name: chat
    litellm_params: { model: north/large }
  - model_name: chat
    litellm_params: { model: nowhere/else }
"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "proxy.yaml"
    path.write_text(CONFIG)
    return path


@pytest.fixture
def session(question: Path, facts: Path) -> EditingSession:
    return session_of(question, facts)[0]


def controller(
    screen: BareScreen,
    session: EditingSession,
    compare: Callable[[Imported], str] = lambda imported: f"the total against {imported.name}",
    saved: list[str] | None = None,
) -> ImportController:
    """With a save that only notes that it was asked for."""

    def save_first(then: Callable[[], None]) -> None:
        assert saved is not None
        saved.append("saved")
        then()

    return ImportController(screen, session, save_first, compare)


async def typed(screen: BareScreen, pilot: Pilot[None], path: Path) -> None:
    """Give the dialog a path."""
    await pilot.pause()
    dialog = screen.app.screen
    assert isinstance(dialog, Config)
    dialog.path_input.value = f"litellm:{path}"
    dialog.action_path()
    await pilot.press("enter")
    await pilot.app.workers.wait_for_complete()
    await pilot.pause()


def test_labels_of_a_config_become_the_rules(session: EditingSession, config: Path) -> None:
    async def steps(screen: BareScreen, pilot: Pilot[None]) -> None:
        controller(screen, session).import_rules()  # nothing is unsaved: no question
        await typed(screen, pilot, config)
        assert list(session.document.routing.labels) == ["chat"]
        assert session.document.file.path is None and session.document.name == "from proxy.yaml"
        (sentence,) = screen.sentences
        assert sentence == "1 label of proxy.yaml of litellm; u goes back, s saves it as a new file"
        notes = screen.app.screen
        assert isinstance(notes, Notes)
        assert any("nowhere/else" in note for note in notes._notes)

    on_screen(steps)


def test_a_months_work_in_an_agents_logs_becomes_the_workload(
    session: EditingSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    folder = tmp_path / ".claude" / "projects"
    folder.mkdir(parents=True)
    usage = {"input_tokens": 100, "output_tokens": 10}
    lines = [
        json.dumps({
            "type": "assistant", "sessionId": "s", "timestamp": f"2026-11-{day:02}T10:00:00Z",
            "message": {"id": f"m{day}", "model": "large", "usage": usage},
        })
        for day in range(1, 12)
    ]  # fmt: skip
    (folder / "s.jsonl").write_text("\n".join(lines))

    async def steps(screen: BareScreen, pilot: Pilot[None]) -> None:
        name = session.document.name
        controller(screen, session).import_rules()
        await pilot.pause()
        dialog = screen.app.screen
        assert isinstance(dialog, Config)
        assert dialog.configs.logs == [("Claude Code's logs", folder)] and dialog.configs.key == folder
        await pilot.press("enter")
        await pilot.app.workers.wait_for_complete()
        await pilot.pause()
        (label,) = session.document.routing.labels.values()
        # 11 requests in 240 hours; a month has 730
        assert label.requests == pytest.approx(11 / 240 * 730, abs=1) and label.output_tokens == 10
        assert (
            session.document.name == name and session.document.dirty
        )  # an edit of this file, not another one
        assert "u goes back" in screen.sentences[0] and "saves it as a new file" not in screen.sentences[0]
        assert session.travel(True) is not None and not session.document.dirty

    on_screen(steps)


@pytest.mark.parametrize(
    ("key", "saved", "opened"), [("s", ["saved"], True), ("i", [], True), ("c", [], False)]
)
def test_unsaved_work_is_asked_about(
    session: EditingSession, key: str, saved: list[str], opened: bool
) -> None:
    session.step(RulePath("labels", "background", "requests"), 1)
    asked: list[str] = []

    async def steps(screen: BareScreen, pilot: Pilot[None]) -> None:
        controller(screen, session, saved=asked).import_rules()
        await pilot.pause()
        assert isinstance(screen.app.screen, Ask)
        await pilot.press(key)
        await pilot.pause()
        assert isinstance(screen.app.screen, Config) is opened

    on_screen(steps)
    assert asked == saved


def test_routes_are_only_compared_with(session: EditingSession, config: Path) -> None:
    rules = session.document.routing
    imports: list[Imported] = []

    def compare(imported: Imported) -> str:
        imports.append(imported)
        return "compared"

    async def steps(screen: BareScreen, pilot: Pilot[None]) -> None:
        controller(screen, session, compare).ask_routes()
        await typed(screen, pilot, config)
        assert screen.sentences == ["compared"] and session.document.routing == rules

    on_screen(steps)
    # half of it is unknown: the rest is taken as the whole
    assert imports[0].router == "litellm" and imports[0].shares == {"chat": {"north/large": 1.0}}


def test_routes_of_no_label_are_an_error(session: EditingSession, config: Path) -> None:
    def compare(imported: Imported) -> str:
        raise InputError("has none of the labels", where=str(imported.path))

    async def steps(screen: BareScreen, pilot: Pilot[None]) -> None:
        controller(screen, session, compare).ask_routes()
        await typed(screen, pilot, config)
        assert screen.errors == [f"{config}: has none of the labels"] and screen.sentences == []

    on_screen(steps)
