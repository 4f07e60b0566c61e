"""An input for a path: what it would be completed to stands faint behind it, tab takes that."""

from __future__ import annotations

import asyncio
from typing import Any, ClassVar

from textual.binding import Binding, BindingType
from textual.suggester import Suggester

from .places import completed
from .plain_input import PlainInput


class _Paths(Suggester):
    """The folder is looked at in a thread: it may be a slow one."""

    async def get_suggestion(self, value: str) -> str | None:
        return await asyncio.to_thread(completed, value) if value else None


class PathInput(PlainInput):
    """Completes file names as a shell does."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("tab", "complete", "Complete the path", show=False, id="path_complete"),
    ]

    def __init__(self, value: str = "", **options: Any) -> None:
        suggester = _Paths(use_cache=False, case_sensitive=True)
        super().__init__(value, compact=True, select_on_focus=False, suggester=suggester, **options)

    def action_complete(self) -> None:
        """Take what is suggested."""
        if self._suggestion:
            self.value, self.cursor_position = self._suggestion, len(self._suggestion)
