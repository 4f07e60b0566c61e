"""The one place that touches the network: a text from an address, within a size and a time."""

from __future__ import annotations

from ..domain.errors import InputError

MAX_BYTES = 50 * 1024 * 1024
TIMEOUT = 20.0  # seconds to connect, and between two pieces
ATTEMPTS = 3


def fetch_text(url: str) -> str:
    """The UTF-8 text at an address. Raises InputError for anything else: offline, an error, too large."""
    import httpx

    transport = httpx.HTTPTransport(retries=ATTEMPTS - 1)
    try:
        with (
            httpx.Client(transport=transport, timeout=TIMEOUT, follow_redirects=True) as client,
            client.stream("GET", url) as answer,
        ):
            answer.raise_for_status()
            data = bytearray()
            for piece in answer.iter_bytes():
                data += piece
                if len(data) > MAX_BYTES:
                    raise InputError("larger than 50 MB", where=url)
    except httpx.HTTPStatusError as error:
        raise InputError(f"answered {error.response.status_code}", where=url) from None
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        reason = str(error) or type(error).__name__
        raise InputError(f"cannot be reached ({reason}); nothing has changed", where=url) from None
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        raise InputError("not a text in UTF-8", where=url) from None
