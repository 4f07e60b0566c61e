"""`modelpick serve`: the app in a real browser, edited and saved from there."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import date
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp
import pytest

from modelpick.__main__ import main
from modelpick.engine.adapters.disk import FOLDER, check_inside
from modelpick.engine.adapters.routing_file import load_catalog, load_routing, read_routing
from modelpick.engine.domain.errors import InputError
from modelpick.engine.service.handlers import HANDLERS
from modelpick.engine.solver.pick import Picker
from modelpick.tui.widgets.inputs import completed
from tests.tui.browser import CHROMIUM, page
from tests.tui.stories import SMALL


@contextmanager
def served(path: Path, *words: str) -> Iterator[str]:
    """The printed address, with its token, of a server that is there, and gone afterwards."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "modelpick", "serve", str(path), "--port", str(port)]
    command += words or ("--host", "127.0.0.1")
    server = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        assert server.stdout is not None
        yield server.stdout.readline().strip()
    finally:
        server.send_signal(signal.SIGINT)
        try:
            server.communicate(timeout=10)
        except subprocess.TimeoutExpired:
            server.kill()
            server.communicate()


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here; Debian's package chromium brings it")
def test_a_routing_is_edited_and_saved_in_a_browser(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(SMALL)

    async def told(url: str) -> None:
        async with page(url, tmp_path / "profile") as browser:
            for words in ("mine.toml", "requests", "req/mo", "optimal"):
                await browser.until(partial(lambda words: words in browser.shown, words))
            addresses = {urlsplit(one).netloc for one in browser.asked if not one.startswith("data:")}
            assert addresses == {urlsplit(url).netloc}
            assert not [text for text in browser.refused if "Content Security Policy" in text]
            loaded = 'Array.from(document.fonts).filter(f => f.status == "loaded").map(f => f.family).join()'
            fonts = await browser.ask("Runtime.evaluate", expression=loaded)
            assert "Roboto Mono" in fonts["result"]["value"]
            await browser.click(10, 10)  # the page's terminal takes the keyboard
            await browser.press("gj+")
            await browser.until(lambda: "1,100 req/mo" in browser.shown)
            await browser.press("s")
            await browser.until(lambda: "saved to" in browser.shown)
            await browser.press("E")
            await browser.until(lambda: "no terminal to lend it" in browser.shown)

    with served(path) as url:
        asyncio.run(told(url))
    label = load_routing(path).labels["default"]
    assert label.requests == 1_100 and label.routes


def test_only_who_has_the_token_gets_the_page_and_its_socket(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(SMALL)

    async def told(url: str) -> None:
        own, _, token = url.partition("/?token=")
        assert len(token) >= 43  # 32 bytes in base64
        wrong = ("", "?token=", "?token=x", f"?token={token[:-1]}", f"?token={token}x", "?token=%ff%00")
        async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as nobody:
            for query in wrong:
                async with nobody.get(f"{own}/{query}") as answer:
                    assert answer.status == 403 and answer.headers["X-Frame-Options"] == "DENY"
                    assert token not in await answer.text()
                with pytest.raises(aiohttp.WSServerHandshakeError):
                    await nobody.ws_connect(f"{own}/ws{query}")
            async with nobody.get(f"{own}/download/x") as answer:
                assert answer.status == 403
            with pytest.raises(aiohttp.WSServerHandshakeError):
                await nobody.ws_connect(f"{own}/ws", headers={"Cookie": f"{_cookie(own)}=x"})
            async with nobody.ws_connect(f"{own}/ws?token={token}") as opened:
                assert (await opened.receive(60)).data
        async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as user:
            async with user.get(url) as answer:
                page, policy = await answer.text(), answer.headers["Content-Security-Policy"]
                assert answer.status == 200 and "token" not in str(answer.url)
                cookie = answer.history[0].headers["Set-Cookie"]
                assert "HttpOnly" in cookie and "SameSite=Strict" in cookie
            assert "googleapis" not in page and "@font-face" in page and own in policy
            assert "frame-ancestors 'none'" in policy and token not in page
            async with user.ws_connect(f"{own}/ws", origin=own) as opened:
                assert (await opened.receive(60)).data

    with served(path) as url:
        asyncio.run(told(url))


def _cookie(own: str) -> str:
    return f"modelpick-{urlsplit(own).port}"


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0"])
def test_other_pages_and_other_names_stay_outside_even_with_the_token(tmp_path: Path, host: str) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(SMALL)

    async def told(url: str) -> None:
        port = urlsplit(url).port or 0
        token = url.partition("token=")[2]
        own = f"http://127.0.0.1:{port}"
        headers = {"Cookie": f"modelpick-{port}={token}"}
        async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session:
            for name in (f"127.0.0.1:{port}", f"localhost:{port}", f"LOCALHOST:{port}"):
                async with session.get(own, headers={**headers, "Host": name}) as answer:
                    assert answer.status == 200
            for name in ("evil.example", f"evil.example:{port}", f"localhost:{port + 1}", "localhost"):
                async with session.get(own, headers={**headers, "Host": name}) as answer:
                    assert answer.status == 403
            near = own.replace("127.0.0.1", "localhost")
            evil = ("https://evil.example", "null", f"{near}.evil.example", f"file://localhost:{port}", "")
            for origin, status in ((near, 200), *((each, 403) for each in evil)):
                async with session.get(own, headers={**headers, "Origin": origin}) as answer:
                    assert answer.status == status, origin
            for origin in evil[:4]:
                with pytest.raises(aiohttp.WSServerHandshakeError):
                    await session.ws_connect(f"{own}/ws", headers={**headers, "Origin": origin})

    with served(path, "--host", host) as url:
        asyncio.run(told(url))


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
def test_another_user_of_the_machine_stays_outside(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(SMALL)
    with served(path) as url:
        where = urlsplit(url)
        asked = (
            "import encodings.idna, os, socket; os.setuid(65534);"
            f"s = socket.create_connection(('127.0.0.1', {where.port}));"
            f"s.sendall(b'GET /ws HTTP/1.1\\r\\nHost: 127.0.0.1:{where.port}\\r\\nConnection: Upgrade"
            "\\r\\nUpgrade: websocket\\r\\nSec-WebSocket-Version: 13"
            "\\r\\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\\r\\n\\r\\n');"
            "print(s.recv(20).decode())"
        )
        run = subprocess.run([sys.executable, "-S", "-c", asked], capture_output=True, text=True, check=False)
    assert run.stdout.startswith("HTTP/1.1 403"), run


def test_files_outside_the_folder_are_neither_read_nor_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "out").mkdir()
    (tmp_path / "inside-too").mkdir()
    (tmp_path / "in" / "link").symlink_to(tmp_path / "out")
    (tmp_path / "in" / "name.toml").symlink_to(tmp_path / "out" / "name.toml")
    monkeypatch.setenv(FOLDER, str(tmp_path / "in"))
    check_inside(tmp_path / "in" / "a.toml", "saved")
    check_inside(tmp_path / "out" / ".." / "in" / "a.toml", "saved")
    for way in ("in/../out/a", "in/link/a", "in/name.toml", "inside-too/a", "out/a", "in/a\0"):
        with pytest.raises(InputError, match="not saved: outside"):
            check_inside(tmp_path / way, "saved")
    assert completed(f"{tmp_path}/o") is None and completed(f"{tmp_path}/in/n") == f"{tmp_path}/in/name.toml"
    picker, routing = Picker(load_catalog(None), date(2026, 11, 23)), read_routing(SMALL, "small")
    with pytest.raises(InputError, match="not read: outside"):
        HANDLERS["imported"](picker, routing, None, path="/etc/passwd")
    with pytest.raises(InputError, match="not exported: outside"):
        HANDLERS["export"](
            picker, routing, None, router="litellm", out=str(tmp_path / "out" / "a"), write=True
        )
    monkeypatch.delenv(FOLDER)
    check_inside(tmp_path / "out" / "a", "saved")


class Terminal:
    """A visitor's terminal at the end of the page's web socket."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket, self.received = socket, ""

    async def press(self, keys: str) -> None:
        """Type these keys; what was received before is forgotten."""
        self.received = ""
        await self._socket.send_json(["stdin", keys])

    async def until(self, words: str) -> None:
        """Wait until the app has written these words."""
        try:
            async with asyncio.timeout(60):
                while words not in _plain(self.received):
                    message = await self._socket.receive()
                    assert message.type in (aiohttp.WSMsgType.BINARY, aiohttp.WSMsgType.TEXT), message
                    self.received += message.data if isinstance(message.data, str) else message.data.decode()
        except TimeoutError:  # the cursor blinks on
            raise AssertionError(f"{words!r} was never written: {_plain(self.received)}") from None


def _plain(text: str) -> str:
    """Words without the colours between them, lines joined."""
    return " ".join(re.sub(r"\x1b\[[0-9;?]*[ -/]*[@-~]|[│╭╮╰╯─▊▎]", " ", text).split())


@asynccontextmanager
async def _visit(url: str) -> AsyncIterator[Terminal]:
    """A visitor's terminal, once the plan is there."""
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as user:
        async with user.get(url) as page:
            assert page.status == 200
        address = f"http://127.0.0.1:{urlsplit(url).port}/ws?width=160&height=40"
        async with user.ws_connect(address) as socket:
            terminal = Terminal(socket)
            await terminal.until("optimal")
            yield terminal


DRAW_AGAIN = "\x0c"  # ^l: else only the cells that have changed are written


async def _typed(terminal: Terminal, path: Path) -> None:
    """Write a path into the input that has the keyboard, in the place of what is there."""
    await terminal.press("\x15")
    await asyncio.sleep(0.5)
    await terminal.press(str(path))
    await terminal.press(DRAW_AGAIN)
    await terminal.until(path.name)


async def _completed(terminal: Terminal, then: str = "") -> None:
    """Take what is suggested, after time enough to look a folder through; `then` are the keys after it."""
    await asyncio.sleep(1)
    await terminal.press(f"\t{then}")


async def _exported(terminal: Terminal, path: Path) -> None:
    """Export to LiteLLM as this file; whether that may be is answered next."""
    await terminal.press("x")
    await terminal.until("Export the plan to a router")
    await terminal.press("\r")
    await terminal.until("model_list")
    await terminal.press("w")
    await terminal.until("shows what changes in that file")
    await _typed(terminal, path)
    await terminal.press("\r")


async def _save_as(url: str, target: Path, *answers: str) -> None:
    async with _visit(url) as terminal:
        await terminal.press("gj+")
        await terminal.until("▲ +0.0")
        await terminal.press(DRAW_AGAIN)
        await terminal.until("1,100 req/mo")
        await terminal.press("E")
        await terminal.until("$EDITOR is off: there is no terminal to lend it here")
        await terminal.press("S")
        await terminal.until("Save the routing as")
        await _typed(terminal, target)
        await terminal.press("\r")
        for words in answers:
            await terminal.until(words)


@pytest.mark.parametrize("way", ["out/other.toml", "in/../out/other.toml", "in/link/other.toml"])
def test_a_visitor_saves_outside_the_folder_only_where_that_was_allowed(
    tmp_path: Path, few_offers: Path, way: str
) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "out").mkdir()
    (tmp_path / "in" / "link").symlink_to(tmp_path / "out")
    path, target = tmp_path / "in" / "mine.toml", tmp_path / way
    path.write_text(SMALL)
    local = ("--host", "127.0.0.1", "--catalog", str(few_offers))
    with served(path, *local) as url:
        refused = ("not saved: outside", "the folder of the file served")
        asyncio.run(_save_as(url, target, *refused))
    assert not list((tmp_path / "out").iterdir()) and path.read_text() == SMALL
    path = tmp_path / "in" / "second.toml"  # a visit to the first would be offered the unsaved edits
    path.write_text(SMALL)
    with served(path, *local, "--anywhere") as url:
        asyncio.run(_save_as(url, target, "saved to"))
    assert load_routing(tmp_path / "out" / "other.toml").labels["default"].requests == 1_100
    assert path.read_text() == SMALL


LITELLM = """model_list:
- model_name: default
  litellm_params: {model: openai/gpt-5-mini, api_key: x}
"""


@pytest.fixture
def fenced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The served file in `in`, a router's config in `in` and one in `out`, and a link from `in` to `out`."""
    monkeypatch.setenv("HOME", str(tmp_path))  # whoever runs the tests has config files of their own
    for name in ("in", "out"):
        (tmp_path / name).mkdir()
        (tmp_path / name / f"config-{name}.yaml").write_text(LITELLM)
    (tmp_path / "in" / "link").symlink_to(tmp_path / "out")
    (tmp_path / "in" / "mine.toml").write_text(SMALL)
    return tmp_path


def test_a_visitor_neither_imports_nor_exports_nor_looks_outside_the_folder(
    fenced: Path, few_offers: Path
) -> None:
    outside = [fenced / way / "config-out.yaml" for way in ("out", "in/../out", "in/link")]

    async def visit(url: str) -> None:
        async with _visit(url) as terminal:
            await terminal.press("I")
            await terminal.until("Import your month from logs")
            for path in outside:
                await _typed(terminal, path.with_name("conf"))
                await _completed(terminal, "\r")
                await terminal.until("not read: outside")
                assert "config-out" not in _plain(terminal.received)  # no name of that folder was completed
            for path in outside:
                await _typed(terminal, path)
                await terminal.press("\r")
                await terminal.until("not read: outside")
            await _typed(terminal, fenced / "in" / "conf")
            await _completed(terminal)
            await terminal.until("config-in.yaml")
            await terminal.press("\x1b")
            await asyncio.sleep(0.5)
            await _exported(terminal, outside[0])
            await terminal.until("not exported: outside")
            for path in outside[1:]:
                await _typed(terminal, path)
                await terminal.press("\r")
                await terminal.until("not exported: outside")

    local = ("--host", "127.0.0.1", "--catalog", str(few_offers))
    with served(fenced / "in" / "mine.toml", *local) as url:
        asyncio.run(visit(url))
    assert [path.name for path in (fenced / "out").iterdir()] == ["config-out.yaml"]
    assert outside[0].read_text() == LITELLM


def test_anywhere_lets_a_visitor_import_and_export_outside_the_folder(fenced: Path, few_offers: Path) -> None:
    outside = fenced / "out" / "config-out.yaml"

    async def visit(url: str) -> None:
        async with _visit(url) as terminal:
            await _exported(terminal, outside)
            await terminal.until("writes it,")
            await terminal.press("\r")
            await terminal.until("wrote")
            await terminal.press("I")
            await terminal.until("Import your month from logs")
            await _typed(terminal, fenced / "out" / "config-out.yaml.b")
            await _completed(terminal)
            await terminal.until("config-out.yaml.bak")
            await _typed(terminal, outside)
            await terminal.press("\r")
            await terminal.until("1 label of config-out.yaml")

    local = ("--host", "127.0.0.1", "--catalog", str(few_offers))
    with served(fenced / "in" / "mine.toml", *local, "--anywhere") as url:
        asyncio.run(visit(url))
    assert outside.with_name("config-out.yaml.bak").read_text() == LITELLM != outside.read_text()


def test_a_file_beside_an_export_that_leads_outside_is_not_written(
    fenced: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(FOLDER, str(fenced / "in"))
    script, config = fenced / "out" / "script.js", fenced / "in" / "config.json"
    script.write_text("theirs")
    (fenced / "in" / "router.js").symlink_to(script)
    picker, routing = Picker(load_catalog(None), date(2026, 11, 23)), read_routing(SMALL, "small")
    router = "claude-code-router"
    with pytest.raises(InputError, match=r"router\.js: not exported: outside"):
        HANDLERS["export"](picker, routing, None, router=router, out=str(config), write=True)
    assert script.read_text() == "theirs" and not config.exists()


def test_without_textual_serve_it_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "textual_serve.server", None)
    with pytest.raises(SystemExit) as caught:
        main(["serve", "--port", "8999"])
    assert caught.value.code == 2 and "pip install 'textual-serve" in capsys.readouterr().err


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
