"""Providers and routers that mean harm: no fault, no flood, no key shown, no secret sent elsewhere."""

from __future__ import annotations

import base64
import gzip
import json
import os
import re
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from modelpick.__main__ import main
from modelpick.engine import InputError
from modelpick.engine.adapters.network import in_clear, masked
from modelpick.engine.adapters.routers.claude_code_router_3 import get_config, save_config

KEY = "sk-very/secret-0001-abcdef"
MOST_MEMORY = 200 * 1024  # kB
# The program, its own peak of memory left in a file: rusage counts the test runner that it was forked from.
WATCHED = """
import atexit, sys
from pathlib import Path
from modelpick.__main__ import main
peak = Path(sys.argv.pop(1))
atexit.register(lambda: peak.write_text(Path("/proc/self/status").read_text()))
main()
"""
Answer = Callable[[], Iterator[bytes]]


class Server:
    """Says to every connection what `answer` yields, byte for byte; keeps the heads of what it was asked."""

    def __init__(self, *answers: Answer) -> None:
        self.answers, self.asked = list(answers), list[str]()
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.over = threading.Event()
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        while not self.over.is_set():
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
            threading.Thread(target=self._say, args=(connection, answer), daemon=True).start()

    def _say(self, connection: socket.socket, answer: Answer) -> None:
        with connection:
            try:
                self.asked.append(_request(connection))
                for piece in answer():
                    if self.over.is_set():
                        return
                    connection.sendall(piece)
            except OSError:
                return

    def close(self) -> None:
        self.over.set()
        self.socket.close()


def _request(connection: socket.socket) -> str:
    """All of it: a connection that is closed with unread bytes in it is reset."""
    received = b""
    while piece := connection.recv(1 << 16):
        received += piece
        head, _, body = received.partition(b"\r\n\r\n")
        length = re.search(rb"(?i)content-length: (\d+)", head)
        if length and len(body) >= int(length[1]):
            break
    return received.decode("latin-1")


HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n"
OPEN = HEAD + b"connection: close\r\n\r\n"


def event(content: object) -> bytes:
    return b"data: " + json.dumps(content).encode() + b"\n\n"


def usual() -> Iterator[bytes]:
    yield OPEN
    for word in "one", "two", "three":
        yield event({"choices": [{"delta": {"content": word}}]})
        time.sleep(0.01)
    yield event({"choices": [{"delta": {}, "finish_reason": "stop"}], "usage": {"completion_tokens": 3}})
    yield b"data: [DONE]\n\n"


def after(head: bytes, *pieces: bytes) -> Answer:
    return lambda: iter([head, *pieces])


def for_ever(head: bytes, piece: bytes, pause: float = 0.0) -> Answer:
    def answer() -> Iterator[bytes]:
        yield head
        while True:
            yield piece
            time.sleep(pause)

    return answer


def of(content: object) -> Answer:
    """A good answer but for one event."""
    return lambda: iter([OPEN, event({"choices": [{"delta": {"content": "a"}}]}), event(content)])


SPELLINGS = {
    "plain": KEY,
    "percent-encoded": quote(KEY, safe=""),
    "base64": base64.b64encode(f"Bearer {KEY}".encode()).decode(),
    "hexadecimal": KEY.encode().hex(),
    "spaced": " ".join(KEY),
    "with escape sequences": "\x1b".join(KEY),
    "its first part": KEY[:14],
}
HOSTILE: dict[str, Answer] = {
    "endless body of a refusal": for_ever(b"HTTP/1.1 400 No\r\n\r\n", b"x" * 65536),
    "endless body": for_ever(OPEN, b"data: {}\n\n" * 4096),
    "endless line": for_ever(OPEN, b"x" * 65536),
    "endless comments": for_ever(OPEN, b": still here\n" * 4096),
    "drip of a body": for_ever(OPEN, b"d", 0.1),
    "drip of a head": for_ever(b"HTTP/1.1 200 OK\r\n", b"x", 0.1),
    "drip of events": for_ever(OPEN, event({"choices": [{"delta": {"content": "a"}}]}), 0.1),
    "silence": for_ever(b"", b"", 0.1),
    "delta a text": of({"choices": [{"delta": "text"}]}),
    "choice a number": of({"choices": [7]}),
    "choices an object": of({"choices": {"a": 1}}),
    "usage a list": of({"choices": [], "usage": [1]}),
    "details a text": of({"choices": [], "usage": {"completion_tokens_details": "x"}}),
    "10^400 tokens": of({"choices": [], "usage": {"completion_tokens": 10**400}}),
    "fewer than no tokens": of({"choices": [], "usage": {"completion_tokens": -1}}),
    "NaN tokens": of({"choices": [], "usage": {"completion_tokens": float("nan")}}),
    "infinitely many tokens": of({"choices": [], "usage": {"prompt_tokens": float("inf")}}),
    "100,000 brackets": after(OPEN, b"data: " + b"[" * 100_000 + b"\n"),
    "100,000 objects": after(OPEN, b"data: " + b'{"error":' * 20_000 + b"\n"),
    "no JSON": after(OPEN, b"data: <html>\n"),
    "a number of 5,000 digits": after(OPEN, b'data: {"usage": ' + b"9" * 5_000 + b"}\n"),
    "not UTF-8": after(OPEN, b'data: {"choices": "\xff\xfe"}\n'),
    "redirect": after(b"HTTP/1.1 307 Go\r\nlocation: http://127.0.0.1:9/\r\ncontent-length: 0\r\n\r\n"),
    "retry after nan": after(b"HTTP/1.1 429 No\r\nretry-after: nan\r\nconnection: close\r\n\r\n"),
    "huge head": for_ever(b"HTTP/1.1 200 OK\r\nx: ", b"x" * 65536),
    "many heads": for_ever(b"HTTP/1.1 200 OK\r\n", b"x: y\r\n" * 4096),
    "cut chunk": after(HEAD + b"transfer-encoding: chunked\r\n\r\n", b"ffff\r\ndata: {}"),
    "two lengths": after(HEAD + b"content-length: 5\r\ncontent-length: 6\r\n\r\n", b"hello!"),
    "no HTTP": after(b"220 smtp\r\n"),
    "compressed": after(HEAD + b"content-encoding: gzip\r\n\r\n", gzip.compress(b"\0" * 50_000_000)),
    "head not UTF-8": after(b"HTTP/1.1 200 \xff\xfe\r\n\xff: \xfe\r\n\r\n"),
    **{f"error with the key, {how}": of({"error": {"message": f"no {k}!"}}) for how, k in SPELLINGS.items()},
    **{
        f"refusal with the key, {how}": after(b"HTTP/1.1 404 No\r\n\r\n", f"no {k}!".encode())
        for how, k in SPELLINGS.items()
    },
}


FLOODS = {name for name in HOSTILE if name.startswith(("endless", "huge", "many", "compressed"))}
FLOODS |= {"100,000 brackets", "100,000 objects"}  # a deep stack ends a process


class Probe:
    """`modelpick probe` of the offer north/m, whose provider is a server of this file."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder, self.capsys = folder, capsys

    def here(self, server: Server, api: str, *words: str) -> tuple[int, str, str]:
        """Exit status and both outputs, in this process."""
        with pytest.raises(SystemExit) as ended:
            main(["probe", "north/m", *self._options(server, api), *words])
        assert isinstance(ended.value.code, int)
        return ended.value.code, *self.capsys.readouterr()

    def apart(self, server: Server, api: str, *words: str) -> tuple[int, str, str, int]:
        """Exit status, both outputs, and the most memory in kB, of a process of its own."""
        peak = self.folder / "peak"
        options = [*self._options(server, api), *words]
        command = [sys.executable, "-c", WATCHED, str(peak), "probe", "north/m", *options]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        memory = re.search(r"VmHWM:\s*(\d+) kB", peak.read_text())
        assert memory is not None
        return done.returncode, done.stdout, done.stderr, int(memory[1])

    def _options(self, server: Server, api: str) -> list[str]:
        facts = self.folder / "facts.toml"
        facts.write_text(
            f'schema = 1\nas_of = 2026-11-23\n[providers.north]\napi = "{api}"\n'
            f'base_url = "http://127.0.0.1:{server.port}/v1"\n[models.m]\ncontext = 1000\n'
            '[offers."north/m"]\ninput = 1.0\noutput = 5.0\n'
        )
        overlay = str(self.folder / "mine.toml")
        return ["--timeout", "0.7", "--catalog", str(facts), "--overlay", overlay]


@pytest.fixture
def probe(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Probe:
    monkeypatch.setenv("NORTH_API_KEY", KEY)
    return Probe(tmp_path, capsys)


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_answer_is_that_offers_error_and_what_came_before_is_kept(
    tmp_path: Path, probe: Probe, name: str
) -> None:
    server, words = Server(usual, HOSTILE[name]), ("--json", "--requests", "2")
    start, memory = time.monotonic(), 0
    try:
        if name in FLOODS:
            status, out, err, memory = probe.apart(server, "openai", *words)
        else:
            status, out, err = probe.here(server, "openai", *words)
    finally:
        server.close()
    offer = json.loads(out)["offers"]["north/m"]
    assert status == 1 and offer["speed"]["requests"] == 1 and offer["stopped"]
    assert "speed_samples = 1" in (tmp_path / "mine.toml").read_text()
    assert "Traceback" not in err and memory < MOST_MEMORY
    assert time.monotonic() - start < 20
    for text in (out, err, (tmp_path / "mine.toml").read_text()):
        for spelling in (*SPELLINGS.values(), "secret", "very", base64.b64encode(KEY.encode()).decode()[:16]):
            assert spelling not in text and json.dumps(spelling)[1:-1] not in text


@pytest.mark.parametrize(
    "content",
    [
        {"type": "content_block_delta", "delta": "text"},
        {"type": "message_start", "message": [1]},
        {"type": "message_delta", "usage": {"output_tokens": "x"}},
        {"type": "error", "error": {"message": f"no {KEY}"}},
        [1],
    ],
)
def test_the_other_protocol_as_well(probe: Probe, content: object) -> None:
    server = Server(after(OPEN, event(content)))
    try:
        status, out, err = probe.here(server, "anthropic")
    finally:
        server.close()
    assert status == 1 and "Traceback" not in err and "north/m: " in out and KEY not in out + err
    assert "malformed" in out or "no ***" in out


def test_a_key_is_not_sent_in_clear(tmp_path: Path) -> None:
    near = (
        "http://127.0.0.1:1",
        "http://localhost/v1",
        "http://[::1]:8/",
        "https://a.example",
        "http://127.9.9.9",
    )
    far = ("http://a.example", "http://127.0.0.1.a.example", "http://localhost@a.example", "http://10.0.0.1")
    assert not any(map(in_clear, near)) and all(map(in_clear, far))
    assert in_clear("ftp://a.example") and in_clear("http://[::1")
    facts = tmp_path / "facts.toml"
    facts.write_text(
        'schema = 1\nas_of = 2026-11-23\n[providers.north]\nbase_url = "http://a.example/v1"\n'
        '[models.m]\ncontext = 1000\n[offers."north/m"]\ninput = 1.0\noutput = 5.0\n'
    )
    command = [sys.executable, "-m", "modelpick", "probe", "north/m", "--catalog", str(facts)]
    command += ["--overlay", str(tmp_path / "mine.toml")]
    run = subprocess.run(
        command, capture_output=True, text=True, check=False, env={**os.environ, "NORTH_API_KEY": KEY}
    )
    assert run.returncode == 2 and "NORTH_API_KEY would go in clear over the network" in run.stderr


def test_masking_leaves_other_words() -> None:
    assert masked("İstanbul, straße: the key was refused", KEY) == "İstanbul, straße: the key was refused"
    assert masked(f"a {KEY} b {KEY.upper()}", KEY) == "a *** b ***"
    assert masked("no abc", "abc") == "no ***"


# a router that a configuration is pushed to


def rpc(content: object) -> Answer:
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    return after(b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n", body)


@pytest.fixture
def token(monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("CCR_WEB_AUTH_TOKEN", KEY)
    monkeypatch.setattr("modelpick.engine.adapters.routers.claude_code_router_3._SECONDS", 1.0)
    return KEY


REFUSED: dict[str, tuple[Answer, str]] = {
    "drip": (for_ever(b"HTTP/1.1 200 OK\r\n\r\n", b" ", 0.1), "no whole answer within 1 s"),
    "endless": (for_ever(b"HTTP/1.1 200 OK\r\n\r\n", b" " * 65536), "more than 16 MB|no whole answer"),
    "nested": (rpc(b"[" * 100_000), "not JSON"),
    "not UTF-8": (rpc(b"\xff"), "not JSON"),
    "a list": (rpc([]), "was refused"),
    "refusal with the token": (rpc({"ok": False, "error": {"message": f"no {KEY}"}}), r"no \*\*\*$"),
    "text with the token": (rpc(f"no {KEY}".encode()), r"no \*\*\*$"),
    "ok a text": (rpc({"ok": "yes"}), "was refused"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_hostile_router_is_refused(token: str, name: str) -> None:
    answer, why = REFUSED[name]
    server = Server(answer)
    try:
        with pytest.raises(InputError, match=why) as caught:
            get_config(f"http://127.0.0.1:{server.port}")
    finally:
        server.close()
    assert token not in str(caught.value)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_does_not_get_the_token(token: str, status: int) -> None:
    other = Server(rpc({"ok": True}))
    where = f"HTTP/1.1 {status} Go\r\nlocation: http://localhost:{other.port}/x\r\ncontent-length: 0\r\n\r\n"
    server = Server(after(where.encode()))
    try:
        with pytest.raises(InputError, match="a redirect, not followed"):
            save_config(f"http://127.0.0.1:{server.port}", {})
    finally:
        server.close()
        other.close()
    assert token in server.asked[0] and not other.asked


SENT = {
    "Providers": [{"name": "north", "models": ["m"]}],
    "Router": {
        "rules": [{"id": "modelpick-default", "rewrites": [{"key": "request.body.model", "value": "n/m"}]}]
    },
}


@pytest.mark.parametrize(
    ("kept", "why"),
    [
        (SENT, None),
        ({}, "lacks the rule modelpick-default, the provider north with m"),
        ({**SENT, "Providers": [{"name": "north", "models": []}]}, "lacks the provider north with m"),
        ({**SENT, "Router": {"rules": [{"id": "modelpick-default"}]}}, "lacks the rule modelpick-default"),
    ],
)
def test_what_was_handed_over_is_read_back(token: str, kept: object, why: str | None) -> None:
    server = Server(rpc({"ok": True}), rpc({"ok": True, "value": kept}))
    try:
        if why is None:
            save_config(f"http://127.0.0.1:{server.port}", SENT)
        else:
            with pytest.raises(InputError, match=why):
                save_config(f"http://127.0.0.1:{server.port}", SENT)
    finally:
        server.close()
    assert len(server.asked) == 2 and all(token in asked for asked in server.asked)


def test_the_token_is_not_sent_in_clear(token: str) -> None:
    with pytest.raises(InputError, match="would go in clear"):
        get_config("http://router.example:3456")
