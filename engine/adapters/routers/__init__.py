"""Real routers' own files: a routing written as each of them reads it, and read back.

One file per router; each says what the router can express (`TARGET`) and writes it (`merged`), and where
modelpick reads it back, `found`.
"""

from __future__ import annotations

from importlib import import_module
from types import ModuleType

from ...domain import errors

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


def router(name: str) -> ModuleType:
    """The module of a router known by its name on the command line. Raises InputError for others."""
    found = ROUTERS.get(name) or ROUTERS.get(name.removesuffix("-2"))
    if found is None:
        raise errors.InputError(
            f"no router {name!r}{errors.nearest(name, ROUTERS)}; known are {', '.join(ROUTERS)}"
        )
    return import_module(f".{found}", __name__)
