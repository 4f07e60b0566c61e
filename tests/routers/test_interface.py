"""Every router's module has one interface, which mypy checks here."""

from __future__ import annotations

from modelpick.engine.adapters.routers import (
    ROUTERS,
    aider,
    claude_code,
    claude_code_router,
    claude_code_router_3,
    continue_,
    litellm,
    opencode,
    openrouter,
    portkey,
    router_module,
)
from modelpick.engine.adapters.routers.base import Router

CHECKED: tuple[Router, ...] = (
    *(aider, claude_code, claude_code_router, claude_code_router_3, continue_),
    *(litellm, opencode, openrouter, portkey),
)


def test_every_router_is_checked() -> None:
    modules = [router_module(name) for name in ROUTERS]
    assert len(CHECKED) == len(modules) and all(module in CHECKED for module in modules)
    assert all(module.TARGET.title for module in modules)
