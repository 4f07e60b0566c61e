"""A recording upstream on loopback: every provider at once, by the first part of the path."""

from __future__ import annotations

import json
import socket
import threading
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from uuid import uuid4

from .router_facts import FACTS

_USAGE = {"prompt_tokens": 10, "completion_tokens": 2, "total_tokens": 12}


class Upstream:
    """Answers chat completions and messages; `failing` models get a 500."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, str]] = []
        self.bodies: list[dict[str, Any]] = []
        self.paths: list[str] = []
        self.keys: set[str] = set()
        self.failing: set[str] = set()
        self.lock = threading.Lock()
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}"

    @property
    def facts(self) -> str:
        """The tests' catalogue with every provider here."""
        text = FACTS
        for name, old in (
            ("deepseek", "https://api.deepseek.com/v1"),
            ("nscale", "https://inference.api.nscale.com/v1"),
            ("anthropic", "https://api.anthropic.com"),
            ("openrouter", "https://openrouter.ai/api/v1"),
        ):
            text = text.replace(old, f"{self.address}/{name}")
        return text

    def clear(self) -> None:
        with self.lock:
            self.calls, self.bodies, self.paths, self.failing = [], [], [], set()

    def counts(self) -> Counter[str]:
        """Requests by provider and model, failed ones too."""
        return Counter(f"{provider}/{model}" for provider, model in self.calls)

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


def _handler(upstream: Upstream) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # head and body in one piece: in two, the second waits 40 ms for the first's receipt

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            _, provider, *_ = self.path.split("/")
            model = body.get("model", "")
            with upstream.lock:
                upstream.calls.append((provider, model))
                upstream.bodies.append(body)
                upstream.paths.append(self.path)
                upstream.keys.add(self.headers.get("authorization") or self.headers.get("x-api-key") or "")
            if model in upstream.failing:
                self.answer(500, {"error": {"message": "down", "type": "server_error"}})
            elif body.get("stream"):
                self.stream(_message_events(model) if "/messages" in self.path else _chunks(model))
            elif "/messages" in self.path:
                self.answer(200, _message(model))
            else:
                self.answer(200, _completion(model))

        def stream(self, events: list[str]) -> None:
            data = "".join(f"{event}\n\n" for event in events).encode()
            self.send_response(200)
            self.send_header("content-type", "text/event-stream")
            self.send_header("content-length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def answer(self, status: int, told: dict[str, Any]) -> None:
            data = json.dumps(told).encode()
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *given: Any) -> None:
            pass

    return Handler


def _completion(model: str) -> dict[str, Any]:
    choice = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "hello"}}
    return {
        "id": "c1",
        "object": "chat.completion",
        "created": 1,
        "model": model,
        "choices": [choice],
        "usage": _USAGE,
    }


def _chunks(model: str) -> list[str]:
    head = {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": model}
    deltas = [({"role": "assistant", "content": "hel"}, None), ({"content": "lo"}, None), ({}, "stop")]
    chunks = [{**head, "choices": [{"index": 0, "delta": d, "finish_reason": end}]} for d, end in deltas]
    told = [json.dumps(chunk) for chunk in [*chunks, {**head, "choices": [], "usage": _USAGE}]]
    return [f"data: {each}" for each in [*told, "[DONE]"]]


def _message_events(model: str) -> list[str]:
    start = {**_message(model), "content": [], "stop_reason": None}
    events: list[dict[str, Any]] = [
        {"type": "message_start", "message": start},
        {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
        *(
            {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": text}}
            for text in ("hel", "lo")
        ),
        {"type": "content_block_stop", "index": 0},
        {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 2}},
        {"type": "message_stop"},
    ]
    return [f"event: {event['type']}\ndata: {json.dumps(event)}" for event in events]


def _message(model: str) -> dict[str, Any]:
    return {
        "id": f"msg_{uuid4().hex}",
        "type": "message",
        "role": "assistant",
        "model": model,
        "content": [{"type": "text", "text": "hello"}],
        "stop_reason": "end_turn",
        "stop_sequence": None,
        "usage": {"input_tokens": 10, "output_tokens": 2},
    }


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
