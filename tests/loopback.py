"""Servers on loopback whose answers are JSON, for what speaks to providers, sources and GitHub."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class JsonHandler(BaseHTTPRequestHandler):
    """Reads and answers JSON, and logs nothing."""

    def sent_json(self) -> Any:
        """What the request carries."""
        return json.loads(self.rfile.read(int(self.headers["content-length"])))

    def answer(self, status: int, content: object, **headers: str) -> None:
        """Answer with this content; headers with _ for -."""
        text = json.dumps(content).encode()
        self.send_response(status)
        for name, header in headers.items():
            self.send_header(name.replace("_", "-"), header)
        self.send_header("content-length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_: object) -> None:
        """Nothing."""


@contextmanager
def listening(handler: type[BaseHTTPRequestHandler]) -> Iterator[Any]:
    """A server on a free port until the block ends; what a test asks of it are attributes of its own."""
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield server
        server.shutdown()
