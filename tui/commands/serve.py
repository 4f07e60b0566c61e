"""modelpick serve [FILE]: the app in a browser, every visitor with a session of their own.

Its page reaches no outside address, answers only who has its token, and is for nobody else's pages.
"""

from __future__ import annotations

import argparse
import asyncio
import hmac
import logging
import os
import re
import secrets
import shlex
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from ...engine.adapters.disk import FOLDER

if TYPE_CHECKING:
    from aiohttp.web import Request, StreamResponse
    from textual_serve.server import Server


LOCAL = ("localhost", "127.0.0.1", "::1")
EVERYWHERE = ("0.0.0.0", "::", "")
_HEADERS = {
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}
_LINK = re.compile(r"<link\b[^>]*\bhref=\"(https?://[^\"]*)\"[^>]*>")
_FONT = (
    '<style>@font-face {{ font-family: "Roboto Mono"; font-weight: 100 700;'
    ' src: url("{address}/static/fonts/RobotoMono-VariableFont_wght.ttf"); }}</style></head>'
)
_POLICY = (
    "default-src 'self' {origin}; connect-src 'self' {origin} {socket}; img-src 'self' {origin} data:;"
    " frame-ancestors 'none'; script-src 'self' {origin} 'unsafe-inline';"
    " style-src 'self' {origin} 'unsafe-inline'"
)


def server(command: str, host: str, port: int, public_url: str | None) -> Server:
    """textual-serve's own, whose page asks nobody but itself and answers only who has its token.

    Raises ImportError where textual-serve is missing.
    """
    from aiohttp import web
    from textual_serve.server import Server

    token = secrets.token_urlsafe(32)
    cookie = f"modelpick-{port}"

    class PrivateServer(Server):
        """Its page has no outside addresses; page and socket are only for those who have the token."""

        def initialize_logging(self) -> None:
            super().initialize_logging()
            logging.getLogger("aiohttp.access").setLevel(logging.WARNING)  # a request's address has the token

        async def on_startup(self, app: web.Application) -> None:  # noqa: ARG002
            """Print the address, on one line whatever the terminal's width, once it is listened to."""
            self._printing = asyncio.create_task(
                self._print_address()
            )  # a task that nothing holds may be collected

        async def _print_address(self) -> None:
            await _listening(self.host, self.port)
            sys.stdout.write(f"{self.public_url.rstrip('/')}/?token={token}\n(ctrl+c ends it)\n")
            sys.stdout.flush()

        async def _make_app(self) -> Any:
            @web.middleware
            async def guard(
                request: Request, handler: Callable[[Request], Awaitable[StreamResponse]]
            ) -> StreamResponse:
                if not from_own_page(self, request):
                    raise web.HTTPForbidden(text="only modelpick's own page may use this address")
                if request.path.startswith("/static/"):
                    return await handler(request)
                query_token = request.query.get("token")
                if not same(query_token or request.cookies.get(cookie), token):
                    raise web.HTTPForbidden(text="open the address that modelpick printed, with its token")
                if query_token is not None and request.path == "/":
                    redirect = web.HTTPSeeOther(request.rel_url.without_query_params("token"))
                    secure = request.scheme == "https" or self.public_url.startswith("https:")
                    redirect.set_cookie(cookie, token, httponly=True, samesite="Strict", secure=secure)
                    raise redirect
                return _isolated(self, request, await handler(request))

            async def headers(_: Request, answer: StreamResponse) -> None:
                answer.headers.update(_HEADERS)
                answer.headers.setdefault("Content-Security-Policy", "frame-ancestors 'none'")

            app = await super()._make_app()
            app.middlewares.append(guard)
            app.on_response_prepare.append(headers)
            return app

    if public_url is None and host in EVERYWHERE:
        public_url = f"http://localhost:{port}"
    return PrivateServer(command, host=host, port=port, title="modelpick", public_url=public_url)


async def _listening(host: str, port: int) -> None:
    """Wait until the server takes connections, half a minute at most."""
    for _ in range(600):
        try:
            _, writer = await asyncio.open_connection("localhost" if host in EVERYWHERE else host, port)
        except OSError:
            await asyncio.sleep(0.05)
        else:
            writer.close()
            return


def _isolated(server: Server, request: Request, answer: StreamResponse) -> StreamResponse:
    """The answer; a page without outside addresses, under a policy that lets it reach none."""
    from aiohttp import web

    if isinstance(answer, web.Response) and answer.content_type == "text/html" and answer.text:
        address = own_address(server, request)
        answer.text = without_outside(answer.text.replace(server.public_url, address), address)
        answer.headers["Content-Security-Policy"] = policy(address)
    return answer


def same(given: str | None, token: str) -> bool:
    """Whether `given` is the token, compared in a time that does not depend on how much of it is right."""
    return hmac.compare_digest((given or "").encode("utf-8", "replace"), token.encode())


def from_own_page(server: Server, request: Request) -> bool:
    """Whether a request names this server, and comes from no other's page."""
    named = request.headers.getall("Host", [])
    origins = request.headers.getall("Origin", [])
    known = hosts(server)
    return (
        len(named) == 1
        and named[0].casefold() in known
        and all(_host(origin).casefold() in known for origin in origins)
    )


def _host(origin: str) -> str:
    try:
        parsed = urlsplit(origin)
    except ValueError:
        return ""
    return parsed.netloc if parsed.scheme in ("http", "https") else ""


def own_address(server: Server, request: Request) -> str:
    """The page's own address as the browser calls it: of this machine's names the one that was asked."""
    if urlsplit(server.public_url).scheme == "http" and request.host in _local(server.port):
        public = urlsplit(server.public_url).netloc
        return f"http://{request.host}" if public in _local(server.port) else str(server.public_url)
    return str(server.public_url)


def _local(port: int) -> set[str]:
    return {f"{name}:{port}" for name in ("localhost", "127.0.0.1", "[::1]")}


def hosts(server: Server) -> set[str]:
    """The names that the server may be called by: those of the command line, and this machine's."""
    host = f"[{server.host}]" if ":" in server.host else server.host
    public = urlsplit(server.public_url)
    known = {public.netloc.casefold(), f"{host}:{server.port}".casefold()}
    known |= {f"{public.hostname}:{public.port or (443 if public.scheme == 'https' else 80)}"}
    if server.port in (80, 443):
        known.add(host.casefold())
    local = _local(server.port) if server.host in (*LOCAL, *EVERYWHERE) else set()
    return (known | local) - {""}


def without_outside(page: str, address: str) -> str:
    """The page without links to other addresses than `address`; its font is the one served beside it."""

    def keep_own(link: re.Match[str]) -> str:
        return link[0] if urlsplit(link[1]).netloc == urlsplit(address).netloc else ""

    return _LINK.sub(keep_own, page).replace("</head>", _FONT.format(address=address.rstrip("/")), 1)


def policy(address: str) -> str:
    """What a browser lets the page reach: its own address, and nothing else."""
    origin = "{0.scheme}://{0.netloc}".format(urlsplit(address))
    return _POLICY.format(origin=origin, socket=origin.replace("http", "ws", 1))


HELP = "the app in a browser, on this machine unless told otherwise"


def arguments(parser: argparse.ArgumentParser) -> None:
    """FILE, --host, --anywhere, --port and --public-url."""
    parser.add_argument("file", nargs="?", type=Path, metavar="FILE", help="a routing file to open")
    parser.add_argument(
        "--host",
        default="localhost",
        help="listen here (default localhost); whoever has the printed address edits and saves as you",
    )
    parser.add_argument(
        "--anywhere",
        action="store_true",
        help="let files outside FILE's folder be opened and saved (without it, none)",
    )
    parser.add_argument("--port", type=int, default=8000, help="default 8000")
    parser.add_argument("--public-url", metavar="URL", help="where a proxy in front of it is reached")


def run(given: argparse.Namespace) -> tuple[str, int]:
    """Serve until interrupted. Raises InputError: no textual-serve, a bad file, a port that is taken."""
    from ...engine.domain.errors import InputError
    from ..document.opening import check_files

    if not 0 < given.port < 65536:
        raise InputError("a port is a number from 1 to 65535", where="--port")
    if given.file is not None and not given.file.exists():
        raise InputError("no such file or folder", where=str(given.file))
    check_files(given.file, given.catalog)
    try:
        import textual_serve.server  # noqa: F401
    except ImportError:
        from ...engine.adapters.extras import install_command

        raise InputError(f"needs textual-serve: {install_command('serve')}", where="serve") from None
    _free(given.host, given.port)
    package = __name__.partition(".tui.")[0]
    words = [sys.executable, "-P", "-m", package, *([str(given.file)] if given.file else [])]
    if given.anywhere:
        os.environ.pop(FOLDER, None)
    else:
        file = Path("routing.toml") if given.file is None else given.file
        os.environ[FOLDER] = str(file.resolve().parent)
    words += ["--catalog", str(given.catalog)] if given.catalog else []
    if given.host not in LOCAL:
        what = "is open to others: whoever has the address below can edit and save files as you"
        sys.stderr.write(f"modelpick: {given.host} {what}\n")
        if given.public_url is None and given.host in EVERYWHERE:
            what = "only this machine's browsers are answered; --public-url names the address for others"
            sys.stderr.write(f"modelpick: note: {what}\n")
    server(shlex.join(words), given.host, given.port, given.public_url).serve()
    return "", 0


def _free(host: str, port: int) -> None:
    import socket

    from ...engine.domain.errors import InputError

    try:
        socket.create_server((host, port)).close()
    except OSError as error:
        raise InputError(f"cannot listen there: {error.strerror or error}", where=f"{host}:{port}") from None
