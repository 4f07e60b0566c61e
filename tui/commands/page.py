"""The page that `modelpick serve` shows: from this machine alone, and for nobody else's pages."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from aiohttp.web import Request, StreamResponse
    from textual_serve.server import Server

LOCAL = ("localhost", "127.0.0.1", "::1")
_LINK = re.compile(r"<link\b[^>]*\bhref=\"(https?://[^\"]*)\"[^>]*>")
_FONT = (
    '<style>@font-face {{ font-family: "Roboto Mono"; font-weight: 100 700;'
    ' src: url("{own}/static/fonts/RobotoMono-VariableFont_wght.ttf"); }}</style></head>'
)
_POLICY = (
    "default-src 'self' {own}; connect-src 'self' {own} {socket}; img-src 'self' {own} data:;"
    " script-src 'self' {own} 'unsafe-inline'; style-src 'self' {own} 'unsafe-inline'"
)


def server(command: str, host: str, port: int, public_url: str | None) -> Server:
    """textual-serve's own, whose page asks nobody but itself. Raises ImportError where it is missing."""
    from aiohttp import web
    from textual_serve.server import Server

    class Alone(Server):
        """Its page has no outside addresses; its socket is only for that page."""

        async def _make_app(self) -> Any:
            @web.middleware
            async def alone(
                request: Request, handler: Callable[[Request], Awaitable[StreamResponse]]
            ) -> StreamResponse:
                origin = request.headers.get("Origin")
                if origin is not None and urlsplit(origin).netloc not in hosts(self, request.host):
                    raise web.HTTPForbidden(text="only modelpick's own page may use this address")
                answer = await handler(request)
                if isinstance(answer, web.Response) and answer.content_type == "text/html" and answer.text:
                    answer.text = without_outside(answer.text, self.public_url)
                    answer.headers["Content-Security-Policy"] = policy(self.public_url)
                return answer

            app = await super()._make_app()
            app.middlewares.append(alone)
            return app

    return Alone(command, host=host, port=port, title="modelpick", public_url=public_url)


def hosts(server: Server, asked: str) -> set[str]:
    """Where a page may come from that drives the app: its own address, by any of its names.

    One that is open to others is also called by names that it does not know: `asked`, the request's own.
    """
    known = {urlsplit(server.public_url).netloc, f"{server.host}:{server.port}"}
    if server.host in LOCAL:
        return known | {f"{name}:{server.port}" for name in ("localhost", "127.0.0.1", "[::1]")}
    return known | {asked}


def without_outside(page: str, own: str) -> str:
    """The page without links to other addresses than `own`; its font is the one served beside it."""

    def kept(link: re.Match[str]) -> str:
        return link[0] if urlsplit(link[1]).netloc == urlsplit(own).netloc else ""

    return _LINK.sub(kept, page).replace("</head>", _FONT.format(own=own.rstrip("/")), 1)


def policy(own: str) -> str:
    """What a browser lets the page reach: its own address, and nothing else."""
    origin = "{0.scheme}://{0.netloc}".format(urlsplit(own))
    return _POLICY.format(own=origin, socket=origin.replace("http", "ws", 1))
