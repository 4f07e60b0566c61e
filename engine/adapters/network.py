"""The one place that fetches: a text from an address, within a size and a time, tried again at need.

Also what holds where a secret goes along: never in clear, never on to another address, and taken out of texts
that others wrote.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from ipaddress import ip_address
from time import monotonic, sleep
from typing import TYPE_CHECKING

from ..domain.errors import InputError

if TYPE_CHECKING:
    import httpx
import unicodedata
from base64 import b64encode, urlsafe_b64encode
from urllib.parse import quote

MAX_BYTES = 50 * 1024 * 1024
TIMEOUT = 20.0  # seconds to connect, and between two pieces
TOTAL_TIMEOUT = 120.0  # seconds for the whole of an answer
ATTEMPTS = 3
RETRY_PAUSE = 1.0  # seconds before the second attempt; twice that before the third
_RETRIED = frozenset({408, 429, 500, 502, 503, 504})
MASK = "***"
_PART = 8  # characters of a secret in a row that are hidden; shorter parts tell nothing of it
_UNSEEN = ("Cc", "Cf", "Zs", "Zl", "Zp")


def in_clear(url: str) -> bool:
    """Whether a secret sent to `url` could be read on the way: plain http to another machine."""
    import httpx

    try:
        parsed = httpx.URL(url)
    except (httpx.InvalidURL, ValueError, UnicodeError):
        return True
    if parsed.scheme == "https":
        return False
    try:
        return not ip_address(parsed.host).is_loopback
    except ValueError:
        return parsed.host.casefold() != "localhost"


def post_secret(
    url: str, headers: Mapping[str, str], body: bytes, *, seconds: float, max_bytes: int
) -> bytes:
    """The answer to one POST with a secret in `headers`, of at most `max_bytes` and within `seconds` in all.

    A redirect is not followed, as the secret would go with it. Raises InputError; its text may hold what the
    other side wrote, the secret as well: mask it.
    """
    return asyncio.run(_post(url, headers, body, seconds=seconds, max_bytes=max_bytes))


async def _post(
    url: str, headers: Mapping[str, str], body: bytes, *, seconds: float, max_bytes: int
) -> bytes:
    import httpx

    received = bytearray()
    # Asked for as it is: a small compressed answer may unfold to gigabytes.
    uncompressed = {**headers, "accept-encoding": "identity"}
    try:
        async with (
            asyncio.timeout(seconds),
            secret_client(seconds) as client,
            client.stream("POST", url, headers=uncompressed, content=body) as answer,
        ):
            if answer.is_redirect or 300 <= answer.status_code < 400:
                raise InputError(f"answered {answer.status_code}: a redirect, not followed", where=url)
            if answer.headers.get("content-encoding", "identity") != "identity":
                raise InputError("answered compressed, which was not asked for", where=url)
            async for piece in answer.aiter_raw():
                received += piece
                if len(received) > max_bytes:
                    raise InputError(f"answered more than {max_bytes / 1024**2:.3g} MB", where=url)
    except TimeoutError:
        raise InputError(f"no whole answer within {seconds:g} s", where=url) from None
    except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError, RuntimeError) as error:
        raise InputError(f"cannot be reached ({str(error) or type(error).__name__})", where=url) from None
    return bytes(received)


def secret_client(seconds: float) -> httpx.AsyncClient:
    """A client for requests with a secret: no redirects, and plain http past any proxy."""
    import httpx

    return httpx.AsyncClient(timeout=seconds, follow_redirects=False, mounts={"http://": None})


class _TransientError(Exception):
    """An attempt that failed in a way that may pass."""


def fetch_text(url: str) -> str:
    """The UTF-8 text at an address. Raises InputError for anything else: offline, an error, too large."""
    for attempt in range(1, ATTEMPTS + 1):
        try:
            content = _attempt(url)
            break
        except _TransientError as error:
            if attempt == ATTEMPTS:
                raise InputError(f"{error}; nothing has changed", where=url) from None
            sleep(RETRY_PAUSE * attempt)
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        raise InputError("not a text in UTF-8", where=url) from None


def _attempt(url: str) -> bytes:
    import httpx

    start, received = monotonic(), bytearray()
    try:
        with (
            httpx.Client(timeout=TIMEOUT, follow_redirects=True) as client,
            client.stream("GET", url) as answer,
        ):
            if answer.status_code in _RETRIED:
                raise _TransientError(f"answered {answer.status_code}")
            answer.raise_for_status()
            for piece in answer.iter_bytes():
                received += piece
                if len(received) > MAX_BYTES:
                    raise InputError(f"larger than {MAX_BYTES / 1024**2:.3g} MB", where=url)
                if monotonic() - start > TOTAL_TIMEOUT:
                    raise _TransientError(f"not done within {TOTAL_TIMEOUT:g} s")
    except httpx.HTTPStatusError as error:
        raise InputError(f"answered {error.response.status_code}; nothing has changed", where=url) from None
    except (httpx.UnsupportedProtocol, httpx.InvalidURL, httpx.TooManyRedirects) as error:
        raise InputError(f"cannot be reached ({error}); nothing has changed", where=url) from None
    except httpx.TimeoutException:
        raise _TransientError(f"cannot be reached (no answer within {TIMEOUT:g} s)") from None
    except httpx.HTTPError as error:
        raise _TransientError(f"cannot be reached ({str(error) or type(error).__name__})") from None
    return bytes(received)


def masked(text: str, secret: str) -> str:
    """`text` with *** where `secret`, or eight of its characters in a row, stands.

    Also where it is percent-encoded, in base64, in hexadecimal, escaped as in JSON, reversed, or has spaces
    and invisible characters between its own.
    """
    places = [i for i, sign in enumerate(text) if unicodedata.category(sign) not in _UNSEEN]
    dense = "".join(_lower(text[i]) for i in places)
    hidden: set[int] = set()
    for spelling in {_lower(form) for form in _spellings(secret) if form}:
        length = min(_PART, len(spelling))
        if len(spelling) > len(secret):  # a part of it for eight characters of the secret
            length = min(len(spelling), max(_PART, _PART * len(spelling) // len(secret)))
        parts = {spelling[i : i + length] for i in range(len(spelling) - length + 1)}
        for start in range(len(dense) - length + 1):
            if dense[start : start + length] in parts:
                hidden.update(range(places[start], places[start + length - 1] + 1))
    return "".join(
        sign if i not in hidden else "" if i - 1 in hidden else MASK for i, sign in enumerate(text)
    )


def _lower(text: str) -> str:
    """Small letters, as many as before: there are letters whose small form is two."""
    return text.lower() if text.isascii() else text


def _spellings(secret: str) -> list[str]:
    secret_bytes = secret.encode()
    forms = [secret, secret[::-1], quote(secret, safe=""), secret_bytes.hex(), quote(quote(secret, safe=""))]
    forms += ["".join(f"%{byte:02x}" for byte in secret_bytes), "".join(f"\\u{ord(c):04x}" for c in secret)]
    forms += ["".join(f"\\x{byte:02x}" for byte in secret_bytes)]
    forms += ["".join(f"&#{ord(c)};" for c in secret), "".join(f"&#x{ord(c):x};" for c in secret)]
    for lead in range(3):  # where it begins within base64's groups of three bytes
        for encode in (b64encode, urlsafe_b64encode):
            encoded = encode(b"\0" * lead + secret_bytes).decode().rstrip("=")
            forms.append(encoded[(0, 2, 3)[lead] : len(encoded) - 1])
    return forms
