"""Real routers' own files: a routing written as each of them reads it, and read back.

One module a router, which is a `base.Router`: it says what the router can express (`TARGET`), puts a routing
into the values of its file (`export_config`) and reads them back (`import_config`). A new one needs its line
in ROUTERS and, to be recognised without its name, one in `import_`.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, cast

from ...domain import errors

if TYPE_CHECKING:
    from .base import Router

ROUTERS = {
    "litellm": "litellm",
    "claude-code-router": "claude_code_router",
    "claude-code-router-3": "claude_code_router_3",
    "opencode": "opencode",
    "claude-code": "claude_code",
    "aider": "aider",
    "portkey": "portkey",
    "openrouter": "openrouter",
    "continue": "continue_",
}


def router_module(name: str) -> Router:
    """The module of a router known by its name on the command line. Raises InputError for others."""
    module = ROUTERS.get(name) or ROUTERS.get(name.removesuffix("-2"))
    if module is None:
        raise errors.InputError(
            f"no router {name!r}{errors.nearest(name, ROUTERS)}; known are {', '.join(ROUTERS)}"
        )
    return cast("Router", import_module(f".{module}", __name__))
