"""`modelpick serve`: the app in a real browser, edited and saved from there."""

from __future__ import annotations

import asyncio
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp
import pytest

sys.path.insert(0, str(Path(__file__).parent))

from browser import CHROMIUM, page
from stories import SMALL

from modelpick.__main__ import main
from modelpick.engine.adapters.files import load_routing


@contextmanager
def served(path: Path) -> Iterator[str]:
    """The address of a server that is there, and gone afterwards."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [
        sys.executable,
        "-m",
        "modelpick",
        "serve",
        str(path),
        "--host",
        "127.0.0.1",
        "--port",
        str(port),
    ]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(600):
            try:
                socket.create_connection(("127.0.0.1", port)).close()
                break
            except OSError:
                time.sleep(0.1)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.send_signal(signal.SIGINT)
        try:
            server.wait(10)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here; Debian's package chromium brings it")
def test_a_routing_is_edited_and_saved_in_a_browser(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(SMALL)

    async def told(url: str) -> None:
        async with page(url, tmp_path / "profile") as browser:
            for words in ("mine.toml", "requests", "req/mo", "optimal"):
                await browser.until(lambda words=words: words in browser.received)
            addresses = {urlsplit(one).netloc for one in browser.asked if not one.startswith("data:")}
            assert addresses == {urlsplit(url).netloc}
            assert not [text for text in browser.refused if "Content Security Policy" in text]
            loaded = 'Array.from(document.fonts).filter(f => f.status == "loaded").map(f => f.family).join()'
            fonts = await browser.ask("Runtime.evaluate", expression=loaded)
            assert "Roboto Mono" in fonts["result"]["value"]
            await browser.click(10, 10)  # the page's terminal takes the keyboard
            await browser.press("jjj+")
            await browser.until(lambda: "1,100 req/mo" in browser.received)
            await browser.press("s")
            await browser.until(lambda: "saved to" in browser.received)
            await browser.press("E")
            await browser.until(lambda: "no terminal to lend it" in browser.received)

    with served(path) as url:
        asyncio.run(told(url))
    label = load_routing(path).labels["default"]
    assert label.requests == 1_100 and label.routes


def test_other_pages_and_addresses_stay_outside(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(SMALL)

    async def told(url: str) -> None:
        async with aiohttp.ClientSession() as session:
            async with session.get(url) as answer:
                page, policy = await answer.text(), answer.headers["Content-Security-Policy"]
            assert "googleapis" not in page and "@font-face" in page and url in policy
            near = url.replace("127.0.0.1", "localhost")
            for origin, status in (("https://evil.example", 403), (near, 200)):
                async with session.get(url, headers={"Origin": origin}) as answer:
                    assert answer.status == status
            with pytest.raises(aiohttp.WSServerHandshakeError):
                await session.ws_connect(f"{url}/ws", origin="https://evil.example")

    with served(path) as url:
        asyncio.run(told(url))


def test_without_textual_serve_it_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "textual_serve.server", None)
    with pytest.raises(SystemExit) as caught:
        main(["serve", "--port", "8999"])
    assert caught.value.code == 2 and "pip install 'modelpick[serve]'" in capsys.readouterr().err


def test_a_port_that_is_taken_and_a_file_that_is_not_there_are_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        with pytest.raises(SystemExit) as caught:
            main(["serve", "--host", "127.0.0.1", "--port", port])
    assert caught.value.code == 2
    assert f"127.0.0.1:{port}: cannot listen there: address already in use" in capsys.readouterr().err.lower()
    for words in (["none.toml"], ["--port", "0"]):
        with pytest.raises(SystemExit) as caught:
            main(["serve", *words])
        assert caught.value.code == 2
