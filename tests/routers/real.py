"""Real routers, installed by `make test-routers` outside the checkout, run on loopback."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import ProxyHandler, Request, build_opener

import pytest

from .upstream import Upstream

_DIRECT = build_opener(ProxyHandler({}))
KEYS = {
    f"{name}_API_KEY": f"key-of-{name.lower()}" for name in ("DEEPSEEK", "NSCALE", "OPENROUTER", "ANTHROPIC")
}
CCR2 = "ccr2/node_modules/@musistudio/claude-code-router/dist/cli.js"
HAIKU, SONNET, OPUS = "claude-haiku-5-20260101", "claude-sonnet-5", "claude-opus-5"


def installed(path: str) -> Path:
    """A file of an installed router; skips with the reason where there is none."""
    folder = os.environ.get("MODELPICK_ROUTERS")
    if not folder:
        pytest.skip("real routers run in `make test-routers`, which installs them")
    found = Path(folder) / path
    if not found.exists():
        pytest.skip(f"{found} is not installed; see {folder}/*.log")
    return found


class Process:
    """A router in the background; its own process group, ended with it."""

    def __init__(self, words: list[object], folder: Path, port: int, **env: str) -> None:
        self.log = folder / "router.log"
        clean = {key: value for key, value in os.environ.items() if not key.lower().endswith("_proxy")}
        with self.log.open("wb") as log:
            self.child = subprocess.Popen(
                [str(word) for word in words],
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=folder,
                env={**clean, **KEYS, **env},
                start_new_session=True,
            )
        self.address = f"http://127.0.0.1:{port}"

    def wait(self, path: str, seconds: float = 90) -> None:
        """Until it answers at `path`."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if self.child.poll() is not None:
                break
            try:
                _DIRECT.open(self.address + path, timeout=5).close()
                return
            except HTTPError:
                return
            except OSError:
                time.sleep(0.2)
        self.close()
        pytest.fail(f"the router did not start:\n{self.log.read_text(errors='replace')[-3000:]}")

    def post(self, path: str, body: dict[str, Any], **headers: str) -> tuple[int, Any]:
        """Status and answer."""
        told = {"content-type": "application/json", **headers}
        request = Request(self.address + path, json.dumps(body).encode(), told, method="POST")
        try:
            with _DIRECT.open(request, timeout=60) as answer:
                text = answer.read().decode()
                return answer.status, text if body.get("stream") else json.loads(text)
        except HTTPError as error:
            return error.code, error.read().decode(errors="replace")

    def close(self) -> None:
        for sign in (signal.SIGTERM, signal.SIGKILL):
            with suppress(ProcessLookupError):
                os.killpg(self.child.pid, sign)
            with suppress(subprocess.TimeoutExpired):
                self.child.wait(5)
                return


Running = tuple[Process, Upstream]


def claude_code(model: str, session: str = "s", text: str = "hi", **more: Any) -> dict[str, Any]:
    """A request as today's Claude Code sends it: thinking is adaptive, always."""
    return {
        "model": model,
        "max_tokens": 1_000,
        "thinking": {"type": "adaptive"},
        "metadata": {"user_id": f"user_x_account_y_session_{session}"},
        "messages": [{"role": "user", "content": text}],
        **more,
    }


def streamed(process: Process, upstream: Upstream, model: str, **headers: str) -> str:
    """The text of a streamed answer, put together."""
    upstream.clear()
    status, told = process.post("/v1/messages", claude_code(model, stream=True), **headers)
    assert status == 200, told
    events = [json.loads(line[5:]) for line in told.splitlines() if line.startswith("data:") and "{" in line]
    assert events[-1]["type"] == "message_stop", events
    return "".join(event.get("delta", {}).get("text", "") for event in events)


def check_mix(ask: Callable[[int], None], upstream: Upstream, total: int = 300) -> None:
    """70 % and 30 % of requests within three sigma; a second sample decides where the first is unlucky."""
    for first in (0, total):
        upstream.clear()
        for number in range(first, first + total):
            ask(number)
        counts = upstream.counts()
        assert sum(counts.values()) == total and set(counts) == {"nscale/Org/Large", "deepseek/small-chat"}
        if abs(counts["nscale/Org/Large"] - total * 0.7) <= 3 * (total * 0.7 * 0.3) ** 0.5:
            return
    pytest.fail(f"not 70 to 30: {counts}")
