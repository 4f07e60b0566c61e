"""The warm Python of the stories stands for the real one: its answers, its status, its death."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from modelpick.engine.adapters.routing_file import read_routing
from tests.tui.stories import SMALL
from tests.tui.warm import WORDS

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="file descriptors of processes are Linux's")


def started(python: Path, *words: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [str(python), *WORDS, *words], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )


def asked(process: subprocess.Popen[str]) -> dict[str, object]:
    assert process.stdin is not None and process.stdout is not None
    routing = read_routing(SMALL, "small").model_dump(mode="json", by_alias=True)
    process.stdin.write(json.dumps({"ask": "plan", "routing": routing, "today": "2026-11-26"}) + "\n")
    process.stdin.flush()
    answer = json.loads(process.stdout.readline())["answer"]
    return {key: answer[key] for key in ("status", "cost", "labels")}


def test_it_answers_as_the_real_one_and_dies_like_it(warm_python: Path) -> None:
    answers = []
    for python in (warm_python, Path(sys.prefix) / "bin" / "python"):
        with started(python) as process:
            assert process.stdout is not None and json.loads(process.stdout.readline()) == {"ready": True}
            answers.append(asked(process))
            process.kill()
        assert process.returncode == -signal.SIGKILL
    assert answers[0] == answers[1] and answers[0]["status"] == "optimal"


def test_its_status_is_that_of_the_process_and_other_programs_run_as_ever(
    warm_python: Path, tmp_path: Path
) -> None:
    broken = tmp_path / "broken.toml"
    broken.write_text("schema = 2")
    with started(warm_python, "--catalog", str(broken)) as process:
        assert process.stdout is not None and "broken.toml" in json.loads(process.stdout.readline())["error"]
    assert process.returncode == 2
    done = subprocess.run(
        [str(warm_python), "-c", "import sys; print(6 * 7); sys.exit(3)"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stdout, done.returncode) == ("42\n", 3)


def test_what_kills_it_ends_the_process(warm_python: Path) -> None:
    with started(warm_python) as process:
        assert process.stdout is not None and json.loads(process.stdout.readline()) == {"ready": True}
        process.kill()
        # The other end of its output is closed, so nobody holds it any more.
        assert process.stdout.readline() == ""
    deadline = time.monotonic() + 20
    while _children_of_server(warm_python):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_many_that_are_killed_at_any_moment_leave_it_at_work(warm_python: Path) -> None:
    for moment in range(12):
        processes = [started(warm_python) for _ in range(3)]
        time.sleep(0.01 * moment)
        for process in processes:
            process.kill()
            process.communicate()
    with started(warm_python) as process:
        assert process.stdout is not None and json.loads(process.stdout.readline()) == {"ready": True}
        assert asked(process)["status"] == "optimal"
        process.kill()


def _children_of_server(warm_python: Path) -> list[int]:
    """The processes that the server of this Python has forked and that have not ended."""
    server = int((warm_python.parent / "server.pid").read_text())
    return [int(pid) for pid in Path(f"/proc/{server}/task/{server}/children").read_text().split()]
