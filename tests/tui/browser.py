"""Headless Chromium, driven through its own debugging protocol: a page, its keys, what its socket gets."""

from __future__ import annotations

import asyncio
import base64
import json
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pyte

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
_FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update", "--disable-dev-shm-usage"),
    "--remote-debugging-port=0",
)


class Page:
    """One page; `shown` is what its web sockets made of a terminal that is large enough."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket, self._count = socket, 0
        self._answers: dict[int, Any] = {}
        self._terminal = pyte.Screen(400, 150)
        self._written = pyte.ByteStream(self._terminal)
        self.asked: list[str] = []  # every address that the page wanted something of
        self.refused: list[str] = []  # what the browser complained of

    async def ask(self, method: str, **parameters: Any) -> Any:
        """A command of the protocol, and its result."""
        self._count += 1
        mine = self._count
        await self._socket.send_json({"id": mine, "method": method, "params": parameters})
        await self.until(lambda: mine in self._answers)
        return self._answers.pop(mine)

    async def until(self, holds: Callable[[], bool]) -> None:
        """Read what the browser tells until something is so."""
        async with asyncio.timeout(90):
            while not holds():
                self._hear(await self._socket.receive_json())

    def _hear(self, told: dict[str, Any]) -> None:
        if "id" in told:
            self._answers[told["id"]] = told.get("result", told)
        elif told["method"] == "Network.webSocketFrameReceived":
            frame = told["params"]["response"]
            if frame["opcode"] == 2:
                self._written.feed(base64.b64decode(frame["payloadData"]))
        elif told["method"] == "Network.requestWillBeSent":
            self.asked.append(told["params"]["request"]["url"])
        elif told["method"] == "Network.webSocketCreated":
            self.asked.append(told["params"]["url"])
        elif told["method"] == "Log.entryAdded":
            self.refused.append(told["params"]["entry"]["text"])

    @property
    def shown(self) -> str:
        """The lines of the terminal."""
        return "\n".join(self._terminal.display)

    async def click(self, x: int, y: int) -> None:
        """The left button, at a place in pixels."""
        for kind in ("mousePressed", "mouseReleased"):
            where = {"x": x, "y": y, "button": "left", "clickCount": 1}
            await self.ask("Input.dispatchMouseEvent", type=kind, **where)

    async def press(self, keys: str) -> None:
        """Keys that stand for a character, one after the other."""
        for key in keys:
            await self.ask("Input.dispatchKeyEvent", type="keyDown", text=key, key=key)
            await self.ask("Input.dispatchKeyEvent", type="keyUp", key=key)


@asynccontextmanager
async def page(url: str, profile: Path) -> AsyncIterator[Page]:
    """A page at `url` in a browser of its own, which is gone afterwards."""
    assert CHROMIUM is not None
    none = asyncio.subprocess.DEVNULL
    command = [CHROMIUM, *_FLAGS, f"--user-data-dir={profile}", "about:blank"]
    browser = await asyncio.create_subprocess_exec(*command, stdin=none, stdout=none, stderr=none)
    try:
        port = await _port(profile / "DevToolsActivePort")
        async with aiohttp.ClientSession() as session:
            async with session.get(f"http://127.0.0.1:{port}/json/list") as answer:
                targets = json.loads(await answer.text())
            target = next(one for one in targets if one["type"] == "page")
            async with session.ws_connect(target["webSocketDebuggerUrl"], max_msg_size=0) as socket:
                found = Page(socket)
                await found.ask("Network.enable")
                await found.ask("Page.enable")
                await found.ask("Log.enable")
                await found.ask("Page.navigate", url=url)
                yield found
    finally:
        browser.terminate()
        await browser.wait()


async def _port(file: Path) -> str:
    async with asyncio.timeout(60):
        while not file.exists() or not file.read_text().strip():
            await asyncio.sleep(0.05)
    return file.read_text().split()[0]
