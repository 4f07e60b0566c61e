"""The files fixture, and the starts of real routers that several test files share."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from .real import CCR2, Process, Running, installed
from .router_facts import Files
from .upstream import Upstream, free_port


@pytest.fixture
def files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Files:
    return Files(tmp_path, capsys)


@pytest.fixture(scope="module")
def start_litellm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Running]]:
    """Starts the real LiteLLM on the config.yaml that `write(folder, upstream, out)` makes."""
    program = installed("litellm/bin/litellm")
    folder, upstream, port = tmp_path_factory.mktemp("litellm"), Upstream(), free_port()
    started: list[Process] = []

    def start(write: Callable[[Path, Upstream, Path], None], **env: str) -> Running:
        out = folder / "config.yaml"
        write(folder, upstream, out)
        words = [program, "--config", out, "--host", "127.0.0.1", "--port", port]
        env = {"LITELLM_LOCAL_MODEL_COST_MAP": "True", "HOME": str(folder), **env}
        started.append(Process(words, folder, port, **env))
        started[-1].wait("/health/liveliness")
        return started[-1], upstream

    yield start
    _close(started, upstream)


@pytest.fixture(scope="module")
def start_ccr2(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Running]]:
    """Starts the real claude-code-router 2 on the file that `write(folder, upstream, out, port)` makes."""
    program = installed(CCR2)
    home, upstream, port = tmp_path_factory.mktemp("ccr2"), Upstream(), free_port()
    started: list[Process] = []

    def start(write: Callable[[Path, Upstream, Path, int], None]) -> Running:
        out = home / ".claude-code-router" / "config.json"
        out.parent.mkdir()
        write(home, upstream, out, port)
        started.append(Process(["node", program, "start"], home, port, HOME=str(home)))
        started[-1].wait("/health")
        return started[-1], upstream

    yield start
    _close(started, upstream)


def _close(started: list[Process], upstream: Upstream) -> None:
    for process in started:
        process.close()
    upstream.close()
