"""The clipboard, the file on disk and $EDITOR, by what is said of them."""

from __future__ import annotations

import os
from pathlib import Path

from textual.pilot import Pilot

from modelpick.engine.adapters.routers import ROUTERS, router_module
from modelpick.engine.adapters.routing_file import read_routing
from modelpick.engine.domain.rules import LIMITS, RulePath
from modelpick.tui.controllers.external import ExternalController
from modelpick.tui.dialogs.export import Export, lost_words
from tests.tui.controllers import BareScreen, on_screen, session_of, solve
from tests.tui.stories import SMALL

REQUESTS = RulePath("labels", "background", "requests")


def changed(path: Path, old: str, new: str) -> None:
    """The file as another program leaves it, at another time."""
    path.write_text(path.read_text().replace(old, new))
    later = path.stat().st_mtime_ns + 1_000_000
    os.utime(path, ns=(later, later))


def test_the_clipboard_has_what_a_save_would_write(question: Path, facts: Path) -> None:
    session, _ = session_of(question, facts)

    async def steps(screen: BareScreen, _: Pilot[None]) -> None:
        ExternalController(screen, session).copy()
        assert screen.app.clipboard == question.read_text()
        lines = len(question.read_text().splitlines())
        assert screen.sentences == [f"{lines} lines of TOML sent to the terminal's clipboard (OSC 52)"]

    on_screen(steps)


def test_export_waits_for_a_plan_that_keeps_the_rules(question: Path, facts: Path) -> None:
    session, _ = session_of(question, facts)

    async def steps(screen: BareScreen, pilot: Pilot[None]) -> None:
        external = ExternalController(screen, session)
        assert external.export_disabled_reason() == "export waits for the plan of these rules"
        session.type_text(RulePath("labels", "default", "min_quality"), "90")
        solve(session)
        assert external.export_disabled_reason() == (
            "export is off: there is no plan that keeps these rules; n goes to them"
        )
        session.travel(back=True)
        solve(session)
        assert external.export_disabled_reason() == ""
        external.export()
        await pilot.pause()
        assert isinstance(screen.app.screen, Export)

    on_screen(steps)


def test_a_file_changed_elsewhere_is_taken_at_once(question: Path, facts: Path) -> None:
    session, _ = session_of(question, facts)

    async def steps(screen: BareScreen, _: Pilot[None]) -> None:
        external = ExternalController(screen, session)
        external.look_at_file(LIMITS)
        assert screen.sentences == []
        changed(question, "requests = 1_000\n", "requests = 3_000\n")
        external.look_at_file(LIMITS)
        assert screen.sentences == ["Reloaded from disk (u undoes)"]
        assert session.document.routing.labels["background"].requests == 3000
        external.look_at_file(LIMITS)
        external.reload(LIMITS)
        assert screen.sentences[1:] == ["the rules are as on disk"] and screen.errors == []

    on_screen(steps)


def test_with_unsaved_edits_a_changed_file_is_only_said(question: Path, facts: Path) -> None:
    session, _ = session_of(question, facts)

    async def steps(screen: BareScreen, _: Pilot[None]) -> None:
        external = ExternalController(screen, session)
        session.type_text(REQUESTS, "2000")
        changed(question, "requests = 1_000\n", "requests = 3_000\n")
        external.look_at_file(LIMITS)
        assert screen.errors == [
            "the file has changed on disk: r takes it (u brings your edits back); saving asks first"
        ]
        assert session.document.routing.labels["background"].requests == 2000
        external.look_at_file(LIMITS)  # said once
        assert len(screen.errors) == 1

    on_screen(steps)


def test_a_broken_file_is_not_taken(question: Path, facts: Path) -> None:
    session, _ = session_of(question, facts)

    async def steps(screen: BareScreen, _: Pilot[None]) -> None:
        external = ExternalController(screen, session)
        rules = session.document.routing
        changed(question, "min_quality = 60.0\n", "min_qualty = 60.0\n")
        external.look_at_file(LIMITS)
        (error,) = screen.errors
        assert error.startswith("not reloaded: ") and "min_qualty" in error and "did you mean" in error
        assert session.document.routing == rules

    on_screen(steps)


def test_rules_of_no_file_cannot_be_reloaded(question: Path, facts: Path) -> None:
    session, _ = session_of(question, facts)

    async def steps(screen: BareScreen, _: Pilot[None]) -> None:
        external = ExternalController(screen, session)
        assert external.reload_disabled_reason() == ""
        session.document.detach("from config.yaml")
        assert external.reload_disabled_reason() == "nothing to reload: these rules come from no file"
        external.look_at_file(LIMITS)
        assert screen.sentences == screen.errors == []

    on_screen(steps)


def test_an_editor_needs_a_terminal(question: Path, facts: Path) -> None:
    session, _ = session_of(question, facts)

    async def steps(screen: BareScreen, _: Pilot[None]) -> None:
        external = ExternalController(screen, session)
        external.edit(LIMITS)
        session.type_text(REQUESTS, "2000")
        external.edit(LIMITS)  # a copy: there are unsaved edits
        assert screen.errors == ["$EDITOR is off: there is no terminal to lend it here"] * 2
        assert session.rejected_text is None and session.document.dirty

    on_screen(steps)


def test_the_list_of_routers_says_what_of_the_plan_each_drops() -> None:
    text = SMALL.replace("[labels.default]", "[labels.longContext]") + 'fallbacks = ["a/m"]\n'
    text += "routes = [{ offer = 'a/m', share = 0.4 }, { offer = 'b/m', share = 0.6 }]\n"
    routing = read_routing(text + SMALL.partition("own\n")[2].replace("default", "nightly"), "")
    lost = {name: lost_words(router_module(name).TARGET, routing) for name in ROUTERS}
    assert lost["litellm"] == ["the threshold of longContext"]
    assert lost["claude-code-router"] == ["nightly"]
    assert lost["openrouter"] == ["mixes", "the threshold of longContext"]
    assert lost["claude-code"] == ["mixes", "fallbacks", "longContext", "nightly"]
    assert lost_words(router_module("aider").TARGET, read_routing(SMALL, "")) == []
