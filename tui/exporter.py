"""An export from inside the app: the command of that name in its own process, so that scipy stays out."""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from ..engine.domain.errors import InputError
from . import present

FILES = {
    "litellm": "config.yaml",
    "claude-code-router": "config.json",
    "claude-code-router-3": "config.json",
    "opencode": "opencode.json",
    "claude-code": "settings.json",
    "aider": ".aider.conf.yml",
    "portkey": "portkey.json",
    "openrouter": "openrouter.json",
    "continue": "config.yaml",
}
"""The usual name of each router's file."""


@dataclass(frozen=True)
class Exported:
    """What a router would read: its text, what it cannot express, and USD a month for what it can."""

    router: str
    text: str
    warnings: tuple[str, ...]
    notes: tuple[str, ...]
    cost: float | None
    wanted: float | None
    changes: str = ""
    beside: tuple[str, ...] = ()

    def lines(self) -> list[tuple[str, str]]:
        """Price, warnings and notes with their styles."""
        money = f"{present.money(self.cost)} USD/mo as this router can have it"
        if self.cost is not None and self.wanted is not None:
            money += f"; the plan: {present.money(self.wanted)}   {present.change(self.wanted, self.cost)}"
        found = [(money, "bold")]
        found += [(f"✗ {text}", "$text-error") for text in self.warnings]
        found += [(f"· {text}", "$text-muted") for text in self.notes]
        return found + [(f"· with it goes {name}", "$text-muted") for name in self.beside]


async def exported(
    router: str, routing: str, catalog: Path | None, out: Path | None = None, write: bool = False
) -> Exported:
    """The routing file's text as `router` reads it; merged into `out`, and there only with `write`.

    Raises InputError with what the command said.
    """
    with tempfile.TemporaryDirectory(prefix="modelpick-") as folder:
        source = Path(folder) / "routing.toml"
        source.write_text(routing, "utf-8")
        words = ["export", router, str(source), "--json"]
        words += ["-o", str(out)] if out is not None else []
        words += ["--dry-run"] if out is not None and not write else []
        words += ["--catalog", str(catalog)] if catalog is not None else []
        package = __name__.rpartition(".tui.")[0]
        pipe, none = asyncio.subprocess.PIPE, asyncio.subprocess.DEVNULL
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-P", "-m", package, *words), stdin=none, stdout=pipe, stderr=pipe
        )
        try:
            said, wrong = await process.communicate()
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
    if process.returncode:
        why = (said or wrong).decode(errors="replace").strip().removeprefix("modelpick: ")
        raise InputError(why.replace(f"{source}: ", "") or f"export ended with status {process.returncode}")
    told = json.loads(said)
    return Exported(
        router,
        told.get("text", ""),
        tuple(told["warnings"]),
        tuple(told["notes"]),
        told["cost"],
        told["cost_as_routed"],
        told.get("changes", ""),
        tuple(told.get("files", ())),
    )
