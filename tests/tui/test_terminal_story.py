"""The whole story in a real terminal, by keyboard alone: open, edit, save, export, quit; at three sizes."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from modelpick.__main__ import main
from modelpick.engine.adapters.routing_file import load_routing

pytestmark = pytest.mark.skipif(
    shutil.which("tmux") is None, reason="no tmux here; Debian's package has its name"
)


class Tmux:
    """One terminal of a tmux server of its own."""

    def __init__(self, folder: Path, size: tuple[int, int], command: str) -> None:
        # A socket's path has to be short.
        self._call = ["tmux", "-L", f"modelpick-{os.getpid()}-{folder.name[-20:]}", "-f", "/dev/null"]
        width, height = map(str, size)
        env = {name: value for name, value in os.environ.items() if name != "TMUX"}
        words = [*self._call, "new-session", "-d", "-x", width, "-y", height, "-c", str(folder), command]
        subprocess.run(words, check=True, env=env, timeout=60)

    def _run(self, *words: str) -> str:
        done = subprocess.run([*self._call, *words], capture_output=True, text=True, check=False, timeout=60)
        return done.stdout

    @property
    def screen(self) -> str:
        return self._run("capture-pane", "-p")

    def press(self, *keys: str) -> None:
        for key in keys:
            self._run("send-keys", *(["-l"] if len(key) == 1 else []), key)

    def until(self, *words: str, without: str = "\n\n\0") -> None:
        """Wait until all of it is on the screen, and something is not."""
        for _ in range(600):
            shown = self.screen
            if all(word in shown for word in words) and without not in shown:
                return
            time.sleep(0.1)
        raise AssertionError(f"it never came to be: {words}\n{self.screen}")

    def resume(self) -> None:
        """Let the app go on that ^z has stopped, as a shell's `fg` does."""
        shell = self._run("list-panes", "-F", "#{pane_pid}").strip()
        children = Path(f"/proc/{shell}/task/{shell}/children").read_text().split()
        os.kill(int(children[0]), signal.SIGCONT)

    def close(self) -> None:
        self._run("kill-server")


@pytest.fixture(params=[(80, 24), (120, 40), (200, 60)], ids=["80x24", "120x40", "200x60"])
def terminal(request: pytest.FixtureRequest, tmp_path: Path, mine: Path) -> Iterator[Tmux]:
    # The tmux server may be older than this test's environment, so that is told to the app itself.
    homes = [f"{name}={tmp_path}/xdg" for name in ("XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME")]
    words = ["env", *homes, sys.executable, "-m", "modelpick", mine.name, "--record", "edits.txt"]
    found = Tmux(tmp_path, request.param, f"{shlex.join(words)}; echo status $?; sleep 100")
    yield found
    found.close()


def test_a_whole_story_by_keyboard_alone(
    terminal: Tmux, mine: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    terminal.until("optimal", "requests", "? Help", "Is this your month?")
    terminal.press("Escape")
    terminal.until("+ - Step", without="Is this your month?")
    terminal.press("C-z")
    terminal.until(without="? Help")
    terminal.resume()
    terminal.until("optimal", "─1 labels", "requests", "? Help")  # all of it is painted again
    terminal.press("g", "j", "+")
    terminal.until("1,100 req/mo", "optimal", "mine.toml *")
    terminal.press("v")
    terminal.until("What a save changes", "set labels.default.requests = 1100")
    terminal.press("s")
    terminal.until("saved to mine.toml")
    terminal.press("x")
    terminal.until("claude-code-router-3")
    terminal.press("Enter")
    terminal.until("USD/mo as this router can have it", "w writes it")
    terminal.press("w", "Enter")
    terminal.until("would write config.yaml", "Enter writes it")
    terminal.press("Enter")
    terminal.until("wrote config.yaml")
    terminal.press("q")
    terminal.until("status 0")
    assert load_routing(mine).labels["default"].requests == 1_100
    assert "model_list" in (mine.parent / "config.yaml").read_text()
    assert "set labels.default.requests = 1100" in (mine.parent / "edits.txt").read_text()
    saved = load_routing(mine).solution
    with pytest.raises(SystemExit):
        main(["solve", str(mine), "--json"])
    assert saved is not None and json.loads(capsys.readouterr().out)["cost"] == pytest.approx(
        saved.cost, abs=1e-4
    )
