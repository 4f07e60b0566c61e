"""probe: real streams on loopback in both protocols, exact timings on a clock of its own, every failure."""

from __future__ import annotations

import argparse
import json
import math
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest

from modelpick.engine import InputError
from modelpick.engine.adapters import probe
from modelpick.engine.adapters.catalog.file import load_catalog
from modelpick.engine.adapters.probe import Timing, measured_speed
from modelpick.engine.commands import probe as command
from tests.loopback import listening

KEY = "sk-very-secret-0001"
WAIT, STEP, TOKENS = 0.06, 0.01, 6


def openai(n: int) -> Iterator[bytes]:
    for i in range(n):
        yield _line({"choices": [{"delta": {"content": f"w{i}"}, "finish_reason": None}]})
    yield _line({"choices": [{"delta": {}, "finish_reason": "length"}]})
    yield _line({"choices": [], "usage": {"prompt_tokens": 40, "completion_tokens": n}})
    yield b"data: [DONE]\n\n"


def anthropic(n: int) -> Iterator[bytes]:
    yield _line({"type": "message_start", "message": {"usage": {"input_tokens": 40, "output_tokens": 1}}})
    for _ in range(n):
        yield _line({"type": "content_block_delta", "delta": {"type": "text_delta", "text": "w"}})
    yield _line({"type": "message_delta", "delta": {}, "usage": {"output_tokens": n}})
    yield _line({"type": "message_stop"})


def _line(event: dict[str, Any]) -> bytes:
    return b"data: " + json.dumps(event).encode() + b"\n\n"


class Provider(BaseHTTPRequestHandler):
    """Says what its `script` says; keeps what it was asked."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        server: Any = self.server
        asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
        server.asked.append((self.path, dict(self.headers), asked))
        status, how = server.script.pop(0) if server.script else (200, "")
        if status != 200:
            body = (
                f"no, {KEY}, use max_completion_tokens".encode() if how == "limit" else f"no {KEY}".encode()
            )
            self.send_response(status)
            self.send_header("retry-after", "0")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
            return
        self.send_response(200)
        self.send_header("transfer-encoding", "chunked")
        self.end_headers()
        if how == "silent":
            server.let_go.wait(30)
            self.close_connection = True
            return
        time.sleep(WAIT)
        for at, piece in enumerate((openai if "chat" in self.path else anthropic)(TOKENS)):
            if how == "cut" and at == 3:
                self.close_connection = True
                return
            self.wfile.write(f"{len(piece):x}\r\n".encode() + piece + b"\r\n")
            self.wfile.flush()
            time.sleep(STEP)
            if how == "ends early" and at == 3:
                break
        self.wfile.write(b"0\r\n\r\n")

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[Any]:
    with listening(Provider) as provider:
        provider.asked, provider.script, provider.let_go = [], [], threading.Event()
        yield provider
        provider.let_go.set()


@pytest.fixture
def given(server: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("NORTH_API_KEY", KEY)
    monkeypatch.setenv("SOUTH_API_KEY", KEY)
    address = f"http://127.0.0.1:{server.server_port}"
    (tmp_path / "facts.toml").write_text(
        f'schema = 1\nas_of = 2026-11-23\n[providers.north]\nbase_url = "{address}/v1"\n'
        f'[providers.south]\napi = "anthropic"\nbase_url = "{address}"\n[providers.vertex]\napi = "vertex"\n'
        "[models.m]\ncontext = 1000\n"
        + "".join(
            f'[offers."{p}/m"]\nid = "wire-m"\ninput = 10.0\noutput = 50.0\n'
            for p in ("north", "south", "vertex")
        )
    )

    def make(*words: str) -> argparse.Namespace:
        parser = argparse.ArgumentParser()
        command.arguments(parser)
        facts = parser.parse_args([*words, "--overlay", str(tmp_path / "mine.toml")])
        facts.catalog, facts.json = tmp_path / "facts.toml", True
        return facts

    return make


@pytest.mark.parametrize(
    ("offer", "path"), [("north/m", "/v1/chat/completions"), ("south/m", "/v1/messages")]
)
def test_a_probe_measures_and_writes_beside_the_users_lines(
    given: Any, server: Any, tmp_path: Path, capsys: Any, *, offer: str, path: str
) -> None:
    mine = tmp_path / "mine.toml"
    mine.write_text(f'# mine\n[offers."{offer}"]\nrpm = 5 # asked\n')
    text, status = command.run(given(offer, "--requests", "5"))
    assert status == 0
    found = json.loads(text)["offers"][offer]
    speed = found["speed"]
    assert WAIT <= speed["ttft"] < 10 and 0 < speed["tps"] <= 1.05 / STEP and speed["requests"] == 5
    assert math.isclose(found["spent"], 5 * (40 * 10 + TOKENS * 50) / 1e6)
    offer_now = load_catalog(tmp_path / "facts.toml", mine).offers[offer]
    assert (offer_now.ttft, offer_now.tps, offer_now.speed_source) == (speed["ttft"], speed["tps"], "probe")
    assert offer_now.speed_samples == 5 and offer_now.spread == speed["spread"] >= 1 and offer_now.rpm == 5
    assert "# mine" in mine.read_text() and "rpm = 5 # asked" in mine.read_text()
    asked_path, headers, asked = server.asked[0]
    assert asked_path == path and asked["model"] == "wire-m" and asked["stream"] is True
    assert KEY in (headers.get("authorization", "") + headers.get("x-api-key", ""))
    assert len({json.dumps(body) for _, _, body in server.asked}) == 5  # no prompt cache can help
    err = capsys.readouterr().err
    assert f"{offer} [####################] 5/5" in err
    assert KEY not in err + text + mine.read_text()


@pytest.mark.parametrize(
    ("script", "why"),
    [
        ([(401, "")], "the key in NORTH_API_KEY was refused (401)"),
        ([(429, "")] * 3, "too many requests (429)"),
        ([(503, "")] * 3, "a failure of the provider (503)"),
        ([(404, "")], "answered 404: no ***"),
        ([(200, "cut")], "the answer broke off"),
        ([(200, "ends early")], "the answer broke off"),
        ([(200, "silent")], "no answer within 0.2 s"),
    ],
)
def test_a_failure_is_said_and_writes_nothing(
    given: Any, server: Any, tmp_path: Path, script: list[Any], why: str
) -> None:
    server.script = list(script)
    more = ("--timeout", "0.2") if "within" in why else ()
    text, status = command.run(given("north/m", *more))
    found = json.loads(text)["offers"]["north/m"]
    assert status == 1 and found["stopped"] == why and found["speed"] is None
    assert (found["spent"] > 0) == (script[0][0] == 200)  # only what has begun may cost
    assert KEY not in text and not (tmp_path / "mine.toml").exists()


def test_a_moments_refusal_is_waited_for_and_the_limits_new_name_learnt(given: Any, server: Any) -> None:
    server.script = [(400, "limit"), (429, "")]
    text, status = command.run(given("north/m", "--requests", "2"))
    assert status == 0 and json.loads(text)["offers"]["north/m"]["speed"]["requests"] == 2
    limits = [next(k for k in body if k.startswith("max_")) for _, _, body in server.asked]
    assert limits == ["max_tokens", *["max_completion_tokens"] * 3]


def test_what_is_measured_before_a_failure_is_kept(given: Any, server: Any, tmp_path: Path) -> None:
    server.script = [(200, ""), (200, ""), (200, "cut")]
    text, status = command.run(given("north/m"))
    assert status == 1 and json.loads(text)["offers"]["north/m"]["speed"]["requests"] == 2
    assert load_catalog(tmp_path / "facts.toml", tmp_path / "mine.toml").offers["north/m"].speed_samples == 2


def test_the_cap_on_spend_holds(given: Any, server: Any) -> None:
    text, status = command.run(given("north/m", "--max-usd", "0.0165", "--requests", "100"))
    data = json.loads(text)["offers"]["north/m"]
    assert (
        status == 1
        and 0 < data["spent"] <= 0.0165
        and "more than what is left of the 0.0165" in data["stopped"]
    )
    command.run(given("north/m", "--max-usd", "0.0001"))
    assert len(server.asked) == data["speed"]["requests"]  # not one of the second command's


def test_a_dry_run_sends_nothing(given: Any, server: Any) -> None:
    data = json.loads(command.run(given("north/m", "--dry-run"))[0])
    assert data["offers"][0]["key"] == "NORTH_API_KEY" and 0 < data["offers"][0]["max_usd"] < 1
    assert not server.asked


def test_what_cannot_be_probed_is_refused(given: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for offer, why in (("north/mm", "did you mean"), ("vertex/m", "speaks vertex")):
        with pytest.raises(InputError, match=why):
            command.run(given(offer))
    monkeypatch.setenv("NORTH_API_KEY", "")
    with pytest.raises(InputError, match="no key: set NORTH_API_KEY"):
        command.run(given("north/m"))
    bare = given("north/m")
    bare.overlay = None
    with pytest.raises(InputError, match="name a file with --overlay"):
        command.run(bare)


def test_timings_are_exact(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hidden reasoning is billed before the first token shows: it does not make the rest faster."""
    now = [100.0]
    monkeypatch.setattr(probe, "perf_counter", lambda: now[0])

    answer = probe.Stream("openai", 100.0)
    for at, text in ((1.5, "a"), (1.75, "b"), (2.0, "c")):
        now[0] = 100.0 + at
        answer.feed(_line({"choices": [{"delta": {"content": text}}]}))
    usage = {
        "prompt_tokens": 7,
        "completion_tokens": 43,
        "completion_tokens_details": {"reasoning_tokens": 40},
    }
    answer.feed(_line({"choices": [], "usage": usage}) + b"data: [DONE]\n\n")
    found = answer.timing()
    assert found == Timing(first=1.5, last=2.0, input_tokens=7, output_tokens=43, seen_tokens=3)
    assert found.tps == 4.0


def test_the_spread_is_that_of_a_lognormal() -> None:
    """Latencies exp(+-s) around 1 s: their log-deviation is known, so p95 / median is too."""
    s = 0.2
    runs = [Timing(math.exp(sign * s), math.exp(sign * s), 1, 1, 1) for sign in (-1, 0, 0, 0, 1)]
    found = measured_speed(runs)
    assert found.ttft == 1.0 and found.tps is None
    assert found.spread == pytest.approx(math.exp(1.6448536 * s * math.sqrt(2 / 4)), abs=1e-3)
    assert measured_speed(runs[:4]).spread is None


def test_ctrl_c_ends_it_and_writes_nothing(given: Any, server: Any, tmp_path: Path) -> None:
    server.script = [(200, ""), (200, "silent")]
    made = given("north/m")
    words = ["probe", "north/m", "--catalog", str(made.catalog), "--overlay", str(made.overlay)]
    run = subprocess.Popen([sys.executable, "-m", "modelpick", *words], stderr=subprocess.PIPE, text=True)
    assert run.stderr is not None and "1/5" in run.stderr.readline()
    run.send_signal(signal.SIGINT)
    assert run.wait(20) == 130 and "Traceback" not in run.stderr.read()
    run.stderr.close()
    assert not made.overlay.exists()


@pytest.mark.parametrize(
    ("option", "text", "figure"),
    [
        ("--requests", "1k", 1_000),
        ("--input-tokens", "2k", 2_000),
        ("--max-usd", "$0.50", 0.5),
        ("--timeout", "2min", 120.0),
        ("--requests", "1.5", None),
        ("--requests", "1001", None),
        ("--max-usd", "0", None),
        ("--max-usd", "nan", None),
        ("--timeout", "0", None),
    ],
)
def test_options_take_figures_as_people_write_them(option: str, text: str, figure: float | None) -> None:
    parser = argparse.ArgumentParser(exit_on_error=False)
    command.arguments(parser)
    words = ["openai/gpt-5-mini", option, text]
    if figure is None:
        with pytest.raises(argparse.ArgumentError, match=f"'{text}' is not a"):
            parser.parse_args(words)
    else:
        assert getattr(parser.parse_args(words), option[2:].replace("-", "_")) == figure
