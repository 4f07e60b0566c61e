"""A running claude-code-router 3, asked for its configuration and handed a new one."""

from __future__ import annotations

import json
import os
from typing import Any

from ...domain.errors import InputError
from ..masking import masked
from ..network import in_clear, post_secret
from .base import table
from .claude_code_router_3 import lacking

TOKEN = "CCR_WEB_AUTH_TOKEN"
_SECONDS = 60.0  # for a whole answer: it restarts its gateway before it gives one
_MOST = 16 * 1024 * 1024  # bytes of an answer
_SHOWN = 300  # characters of what the router says


def get_config(address: str) -> Any:
    """The configuration in force. Raises InputError."""
    return _call(address, "getConfig", [])


def save_config(address: str, config: Any) -> None:
    """Replace the configuration, and read it back. Raises InputError where it is not there."""
    _call(address, "saveConfig", [config])
    missing = lacking(get_config(address), config)
    if missing:
        what = f"said that it saved the configuration, but read back it lacks {', '.join(missing)}"
        raise InputError(what, where=address)


def _call(address: str, method: str, given: list[Any]) -> Any:
    if not address.startswith(("http://", "https://")):
        raise InputError("an address starts with http:// or https://", where=f"--push {address}")
    if in_clear(address):
        what = "the token would go in clear over the network: use https://, or an address of this machine"
        raise InputError(what, where=f"--push {address}")
    token = os.environ.get(TOKEN, "").strip()
    if not token:
        raise InputError(
            f"the environment has no {TOKEN}, which claude-code-router 3 asks for", where="--push"
        )
    if not token.isascii() or not token.isprintable():
        raise InputError(f"{TOKEN} holds no token: it has signs that no header can carry", where="--push")
    body = json.dumps({"method": method, "args": given}).encode()
    headers = {"content-type": "application/json", "x-ccr-web-auth": token}
    url = f"{address.rstrip('/')}/api/ccr/rpc"
    try:
        text = post_secret(url, headers, body, seconds=_SECONDS, most=_MOST)
    except InputError as error:
        raise InputError(f"{method} failed: {_shown(error.what, token)}", where=address) from None
    try:
        told = json.loads(text)
    except (ValueError, RecursionError):
        what = f"{method} failed: what it answered is not JSON: {_shown(text[:4096], token)}"
        raise InputError(what, where=address) from None
    if not isinstance(told, dict) or told.get("ok") is not True:
        reason = table(table(told).get("error")).get("message", told)
        raise InputError(f"{method} was refused: {_shown(reason, token)}", where=address)
    return told.get("value")


def _shown(reason: Any, token: str) -> str:
    """What a router says, on one line, without the token."""
    text = reason.decode("utf-8", "replace") if isinstance(reason, bytes) else str(reason)
    return " ".join(masked(text[:65_536], token).split())[:_SHOWN]
