"""Keys one after the other: each acts on what the key before it has opened, closed or put in focus.

Textual sends a key to what is in focus when the key comes in, while the key before it may still be on its way
to what it does. Here a key, or a paste, waits until that is done.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from typing import Any

from textual import events
from textual.app import App
from textual.message_pump import MessagePump

_PATIENCE = 1.0  # seconds; a widget that takes longer, or is being removed, does not hold up the keyboard


class KeyOrder:
    """Hands an app its events, one key at a time."""

    def __init__(self, app: App[Any], deliver: Callable[[events.Event], Awaitable[None]]) -> None:
        """`deliver` is textual's own way to handle an event."""
        self._app, self._deliver = app, deliver
        self._waiting_keys: deque[events.Key | events.Paste] = deque()
        self._key_followed: asyncio.Task[None] | None = None

    async def take(self, event: events.Event) -> None:
        """Deliver an event; a key behind another one waits for it."""
        if not isinstance(event, (events.Key, events.Paste)) or event.is_forwarded:
            await self._deliver(event)
        elif self._key_followed is not None:
            self._waiting_keys.append(event)
        else:
            await self._take_key(event)

    async def _take_key(self, event: events.Key | events.Paste) -> None:
        """Give the key to what is in focus, and see when it has had its effect."""
        way = tuple((self._app.focused or self._app.screen).ancestors_with_self)
        try:
            await self._deliver(event)
        finally:
            self._key_followed = asyncio.create_task(self._follow_key(way))

    async def _follow_key(self, way: Iterable[MessagePump]) -> None:
        """Until the key has bubbled up its way, then what it sent, and the screen it opened is in focus."""
        with suppress(TimeoutError):
            async with asyncio.timeout(_PATIENCE):
                for pump in (*way, *way):
                    await _queue_done(pump)
                for pump in (self._app, *self._app.screen_stack[-1:], self._app):
                    await _queue_done(pump)
        self._key_followed = None
        if self._waiting_keys:
            self._key_followed = asyncio.current_task()  # until it is taken: others stay behind it
            if not self._app.call_later(self._take_key, self._waiting_keys.popleft()):
                self._key_followed = None


async def _queue_done(pump: MessagePump) -> None:
    """Until all messages that are in its queue now have been dealt with."""
    reached = asyncio.Event()
    if pump.is_running and pump.call_later(reached.set):
        await reached.wait()
