"""A running claude-code-router 3, asked for its configuration and handed a new one."""

from __future__ import annotations

import json
import os
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

from ...domain.errors import InputError
from .base import table

TOKEN = "CCR_WEB_AUTH_TOKEN"
_SECONDS = 60  # it restarts its gateway before it answers


def get_config(address: str) -> Any:
    """The configuration in force. Raises InputError."""
    return _call(address, "getConfig", [])


def save_config(address: str, config: Any) -> None:
    """Replace the configuration. Raises InputError."""
    _call(address, "saveConfig", [config])


def _call(address: str, method: str, given: list[Any]) -> Any:
    if not address.startswith(("http://", "https://")):
        raise InputError("an address starts with http:// or https://", where=f"--push {address}")
    token = os.environ.get(TOKEN)
    if not token:
        raise InputError(
            f"the environment has no {TOKEN}, which claude-code-router 3 asks for", where="--push"
        )
    body = json.dumps({"method": method, "args": given}).encode()
    headers = {"content-type": "application/json", "x-ccr-web-auth": token}
    request = Request(f"{address.rstrip('/')}/api/ccr/rpc", data=body, headers=headers, method="POST")
    try:
        told = _answer(request)
    except (URLError, OSError, ValueError) as error:
        raise InputError(f"{method} failed: {getattr(error, 'reason', error)}", where=address) from None
    if not isinstance(told, dict) or not told.get("ok"):
        what = table(table(told).get("error")).get("message", told)
        raise InputError(f"{method} was refused: {what}", where=address)
    return told.get("value")


def _answer(request: Request) -> Any:
    try:
        with urlopen(request, timeout=_SECONDS) as answer:
            return json.loads(answer.read())
    except HTTPError as error:  # a refusal has its reason in the body
        return json.loads(error.read())
