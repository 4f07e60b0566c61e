"""catalog refresh: what moves is shown, bad sources are refused, the overlay keeps what is in it."""

from __future__ import annotations

import argparse
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from modelpick.engine import InputError
from modelpick.engine.adapters.catalogs import load_catalog
from modelpick.engine.adapters.commands import catalog as command
from modelpick.engine.adapters.network import fetch_text

MINE = '# my own\n[offers."openai/gpt-5-mini"]\nttft = 0.5 # measured\n'


def entry(price: float, **more: Any) -> dict[str, Any]:
    facts = {"mode": "chat", "input_cost_per_token": price * 1e-6, "output_cost_per_token": 8 * price * 1e-6}
    return {"litellm_provider": "openai", "max_input_tokens": 272_000, **facts, **more}


def ran(tmp_path: Path, prices: dict[str, Any], **more: Any) -> tuple[dict[str, Any], int, Path]:
    file, overlay = tmp_path / "prices.json", tmp_path / "overlay.toml"
    file.write_text(json.dumps(prices))
    facts = {
        "action": "refresh",
        "words": [],
        "source": "litellm",
        "file": file,
        "overlay": overlay,
        "dry_run": False,
        "yes": True,
        "json": True,
        "catalog": tmp_path / "small.toml",
        **more,
    }
    (tmp_path / "small.toml").write_text(SMALL)
    text, status = command.run(argparse.Namespace(**facts))
    return json.loads(text), status, overlay


SMALL = """schema = 1
as_of = 2026-11-10
[sources.litellm]
[providers.openai]
[models.gpt-5-mini]
context = 400_000
[models.gpt-5-nano]
context = 400_000
[models.gpt-5]
context = 400_000
[models."gpt-4.1"]
context = 1_000_000
""" + "\n".join(
    f'[offers."openai/{name}"]\ninput = {price}\noutput = {8 * price}\nsource = "litellm"\n'
    for name, price in (("gpt-5-mini", 0.25), ("gpt-5-nano", 0.05), ("gpt-5", 1.25), ("gpt-4.1", 2.0))
)
SAME = {
    name: entry(p)
    for name, p in (("gpt-5-mini", 0.25), ("gpt-5-nano", 0.05), ("gpt-5", 1.25), ("gpt-4.1", 2.0))
}


def test_a_moved_price_goes_into_the_overlay_beside_what_is_there(tmp_path: Path) -> None:
    (tmp_path / "overlay.toml").write_text(MINE)
    data, status, overlay = ran(tmp_path, {**SAME, "gpt-5-mini": entry(0.30)})
    assert status == 0
    assert [(m["offer"], m["field"], m["from"], m["to"]) for m in data["moves"]] == [
        ("openai/gpt-5-mini", "input", 0.25, 0.3),
        ("openai/gpt-5-mini", "output", 2.0, 2.4),
    ]
    text = overlay.read_text()
    assert "# my own" in text and "ttft = 0.5 # measured" in text
    offer = load_catalog(tmp_path / "small.toml", overlay).offers["openai/gpt-5-mini"]
    assert (offer.input, offer.output, offer.ttft, offer.source) == (0.3, 2.4, 0.5, "litellm")


def test_a_dry_run_and_a_question_nobody_answers_write_nothing(tmp_path: Path) -> None:
    prices = {**SAME, "gpt-5": entry(1.0)}
    for more in ({"dry_run": True}, {"yes": False}):
        data, status, overlay = ran(tmp_path, prices, **more)
        assert status == 0 and data["moves"] and not overlay.exists()


@pytest.mark.parametrize(
    ("prices", "why"),
    [
        ({**SAME, "gpt-5": entry(1.25e-3)}, "openai/gpt-5 input would go from 1.25 to 0.00125"),
        ({"gpt-5": entry(1.25)}, "3 of 4 offers that came from this source are no longer in it"),
        ({}, "4 of 4 offers"),
    ],
)
def test_a_source_gone_bad_is_refused_with_the_reason(
    tmp_path: Path, prices: dict[str, Any], why: str
) -> None:
    data, status, overlay = ran(tmp_path, prices)
    assert status == 1 and why in data["verdict"] and not overlay.exists()


def test_a_new_day_of_retirement_is_taken_over(tmp_path: Path) -> None:
    data, _, overlay = ran(tmp_path, {**SAME, "gpt-5": entry(1.25, deprecation_date="2027-02-01")})
    assert data["retires"] == [{"offer": "openai/gpt-5", "retires": "2027-02-01"}]
    assert "retires = 2027-02-01" in overlay.read_text()


class Answers(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = {"/good": b'{"a": 1}', "/binary": b"\xff\xfe\x00"}.get(self.path)
        self.send_response(404 if body is None else 200)
        self.end_headers()
        self.wfile.write(body or b"")

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Answers) as listening:
        thread = threading.Thread(target=listening.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listening.server_port}"
        listening.shutdown()
        thread.join()


def test_fetching_says_what_went_wrong(server: str) -> None:
    assert fetch_text(f"{server}/good") == '{"a": 1}'
    for path, why in (("/missing", "answered 404"), ("/binary", "not a text")):
        with pytest.raises(InputError, match=why):
            fetch_text(server + path)
    with pytest.raises(InputError, match="cannot be reached"):
        fetch_text("http://127.0.0.1:9/closed")
    with pytest.raises(InputError, match="cannot be reached"):
        fetch_text("nonsense://x")
