"""The one place that fetches: a text from an address, within a size and a time, tried again at need."""

from __future__ import annotations

from time import monotonic, sleep

from ..domain.errors import InputError

MAX_BYTES = 50 * 1024 * 1024
TIMEOUT = 20.0  # seconds to connect, and between two pieces
IN_ALL = 120.0  # seconds for the whole of an answer
ATTEMPTS = 3
PAUSE = 1.0  # seconds before the second attempt; twice that before the third
_AGAIN = frozenset({408, 429, 500, 502, 503, 504})


class _Later(Exception):
    """An attempt that failed in a way that may pass."""


def fetch_text(url: str) -> str:
    """The UTF-8 text at an address. Raises InputError for anything else: offline, an error, too large."""
    for left in range(ATTEMPTS - 1, -1, -1):
        try:
            data = _attempt(url)
            break
        except _Later as error:
            if not left:
                raise InputError(f"{error}; nothing has changed", where=url) from None
            sleep(PAUSE * (ATTEMPTS - left))
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        raise InputError("not a text in UTF-8", where=url) from None


def _attempt(url: str) -> bytes:
    import httpx

    start, data = monotonic(), bytearray()
    try:
        with (
            httpx.Client(timeout=TIMEOUT, follow_redirects=True) as client,
            client.stream("GET", url) as answer,
        ):
            if answer.status_code in _AGAIN:
                raise _Later(f"answered {answer.status_code}")
            answer.raise_for_status()
            for piece in answer.iter_bytes():
                data += piece
                if len(data) > MAX_BYTES:
                    raise InputError(f"larger than {MAX_BYTES / 1024**2:.3g} MB", where=url)
                if monotonic() - start > IN_ALL:
                    raise _Later(f"not done within {IN_ALL:g} s")
    except httpx.HTTPStatusError as error:
        raise InputError(f"answered {error.response.status_code}; nothing has changed", where=url) from None
    except (httpx.UnsupportedProtocol, httpx.InvalidURL, httpx.TooManyRedirects) as error:
        raise InputError(f"cannot be reached ({error}); nothing has changed", where=url) from None
    except httpx.TimeoutException:
        raise _Later(f"cannot be reached (no answer within {TIMEOUT:g} s)") from None
    except httpx.HTTPError as error:
        raise _Later(f"cannot be reached ({str(error) or type(error).__name__})") from None
    return bytes(data)
