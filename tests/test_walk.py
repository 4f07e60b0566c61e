"""CONTRIBUTING.md's way of one keystroke, walked: from the key to scipy.optimize and back."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from types import FrameType
from typing import Any

import modelpick
from modelpick.engine.adapters.routing_file import load_routing
from tests.tui.stories import SMALL, Story, tell

ROOT = Path(modelpick.__file__).resolve().parent
STEP = re.compile(r"^\d+\. `([\w/]+\.py)` `([\w.]+)`", re.MULTILINE)
MOST_FILES = 26
ROUTING = SMALL.replace("max_models = 2\n", "").replace(
    "[labels.default]", "[limits]\nmax_provider_share = 0.6\n[labels.default]"
)
Step = tuple[str, str]

SERVER = """
import os, sys, threading
root, calls = sys.argv[1], {}
def note(frame, event, argument):
    path = os.path.realpath(frame.f_code.co_filename)
    if event == "call" and (path.startswith(root) or path.endswith("scipy/optimize/_linprog.py")):
        calls.setdefault((path, getattr(frame.f_code, "co_qualname", frame.f_code.co_name)))
from modelpick.engine.service import server
def lines():
    yield sys.stdin.readline()
    threading.Event().wait()  # nothing more comes
solving, inbox = server._Server(sys.stdout, None, None), server.Inbox(lines())
for line in inbox:
    sys.setprofile(note)
    solving.answer(line, inbox)
    sys.setprofile(None)
    break
sys.stdout.flush()
sys.stderr.write("\\n".join(" ".join(call) for call in calls))
sys.stderr.flush()
os._exit(0)
"""


def walk() -> tuple[list[Step], list[Step], list[Step]]:
    """The steps in the app, in the solver's process, and back in the app."""
    text = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    there, _, rest = text.partition("In the solver's process:")
    process, _, back = rest.partition("And back:")
    return STEP.findall(there), STEP.findall(process), STEP.findall(back)


def missed(steps: list[Step], calls: list[Step]) -> str:
    """The first step that the calls do not take behind the one before it; nothing where all are taken."""
    rest = iter(calls)
    return next((f"{path} {function}" for path, function in steps if (path, function) not in rest), "")


def test_every_step_of_the_way_is_taken_in_its_order(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(ROUTING)
    there, process, back = walk()
    assert len({file for file, _ in there + process + back}) <= MOST_FILES
    calls: list[Step] = []

    def note(frame: FrameType, event: str, _: Any) -> None:
        if event == "call" and (file := os.path.realpath(frame.f_code.co_filename)).startswith(f"{ROOT}/"):
            calls.append((file[len(str(ROOT)) + 1 :], frame.f_code.co_qualname))

    async def steps(story: Story) -> None:
        from modelpick.tui.widgets.rules import RulesPanel

        actions = {getattr(b, "key", ""): getattr(b, "action", "") for b in RulesPanel.BINDINGS}
        assert any("plus" in key and action == "screen.step(1)" for key, action in actions.items())
        await story.on("min_quality")
        sys.setprofile(note)
        await story.press("plus")
        await story.solved()
        sys.setprofile(None)

    tell(steps, path)
    binding = ("tui/widgets/rules.py", "RulesPanel.BINDINGS")
    assert missed([step for step in [*there, *back] if step != binding], calls) == ""
    assert missed(process, served(path)) == ""


def served(path: Path) -> list[Step]:
    """What the solver's process calls of ours, and of scipy's, for the plan of a routing."""
    routing = load_routing(path).model_dump(mode="json", by_alias=True)
    request = {"ask": "plan", "routing": routing, "today": "2026-11-26"}
    done = subprocess.run(
        [sys.executable, "-c", SERVER, str(ROOT)],
        input=json.dumps(request) + "\n",
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    assert json.loads(done.stdout.splitlines()[-1]).get("answer", {}).get("status") == "optimal", done.stdout
    lines = [line.rpartition(" ") for line in done.stderr.splitlines()]
    assert any(path.endswith("_linprog.py") for path, _, _ in lines), "scipy's linprog was never called"
    return [(path[len(str(ROOT)) + 1 :], name) for path, _, name in lines if path.startswith(f"{ROOT}/")]
