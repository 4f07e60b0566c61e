"""The same answers over the Model Context Protocol, by the official SDK: standard input and output, or any
transport that it has."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import wraps
from typing import TYPE_CHECKING, Any

from ...version import __version__
from ..domain.errors import ModelpickError
from .agent import AgentTools, fitted

if TYPE_CHECKING:
    from mcp.server import MCPServer

INSTRUCTIONS = (
    "modelpick finds the cheapest model that is good enough, and proves it. Before you choose a model for a"
    " subagent or a router's label, ask solve: with `task` for one kind of request, with `file` for a"
    " routing. Prices are USD per million tokens, qualities 0-100, a month is 730 hours."
)
READING = ("solve", "explain", "compare", "what_if", "check", "spent")
WRITING = ("save",)


def mcp_server(tools: AgentTools, *, write: bool) -> MCPServer:
    """A server with the tools that read, with `write` those that write too. ImportError without mcp."""
    from mcp.server import MCPServer
    from mcp_types import ToolAnnotations

    server = MCPServer("modelpick", instructions=INSTRUCTIONS, version=__version__, log_level="WARNING")
    server.middleware.append(_bounded)
    for name in (*READING, *(WRITING if write else ())):
        reads = name in READING
        server.add_tool(
            _in_one_line(getattr(tools, name)),
            name=name,
            annotations=ToolAnnotations(
                read_only_hint=reads, destructive_hint=not reads, idempotent_hint=True, open_world_hint=False
            ),
            structured_output=False,
        )
    return server


async def _bounded(ctx: Any, call_next: Callable[[Any], Awaitable[Any]]) -> Any:
    """What the SDK says itself of wrong arguments is no longer than an answer, and links nowhere."""
    answer = await call_next(ctx)
    if ctx.method == "tools/call" and isinstance(answer, dict) and answer.get("isError"):
        for block in answer.get("content", ()):
            lines = str(block.get("text", "")).splitlines()
            block["text"] = fitted(line for line in lines if "errors.pydantic.dev" not in line)
    return answer


def _in_one_line(tool: Callable[..., str]) -> Callable[..., str]:
    """The tool, whose errors are one line for the agent and nothing for the log."""
    from mcp.server.mcpserver.exceptions import ToolError

    @wraps(tool)
    def answer(*given: object, **options: object) -> str:
        try:
            return tool(*given, **options)
        except ModelpickError as error:
            raise ToolError(str(error)) from None

    return answer
