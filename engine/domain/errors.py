"""What can go wrong, as a tree.

ModelpickError            anything modelpick says on purpose
  InputError              the user's input cannot be used: one message, exit status 2

Infeasible and timed out are statuses of a plan, not errors.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import get_close_matches

MAX_KEY, MAX_MESSAGE, MAX_WORD = 200, 1_000, 100
_MEANT = re.compile(r"(?:'([^']*)'(?: of \S+)? )?\(did you mean (?:'([^']+)'|([^?()]+))\?\)")


class ModelpickError(Exception):
    """The root of every error that modelpick raises deliberately."""


class InputError(ModelpickError):
    """Unusable input. `where` is a file or option, `key` the path inside it, `what` the reason."""

    def __init__(self, what: str, *, key: str = "", where: str = "") -> None:
        self.what, self.key, self.where = what, key, where
        parts = (where, shortened(key, MAX_KEY), shortened(what, MAX_MESSAGE))
        super().__init__(": ".join(part for part in parts if part))

    def at(self, where: str) -> InputError:
        """The same error, naming the file it came from."""
        return self if self.where else InputError(self.what, key=self.key, where=where)


def shortened(text: str, max_length: int) -> str:
    """The text with its middle left out where it is longer than `max_length` characters."""
    return (
        text if len(text) <= max_length else f"{text[: max_length * 2 // 3]}...{text[-(max_length // 4) :]}"
    )


def with_nearest(text: str, message: str) -> str:
    """The text with what a message says was meant in the place of what is wrong; "" where it says nothing.

    Without the wrong word in the message the text is taken as a whole, which a figure is.
    """
    match = _MEANT.search(message)
    if match is None:
        return ""
    wrong, word, figure = match.groups()
    if wrong is None:
        return figure or ""
    for form in (wrong,) if word else (f"'{wrong}'", f'"{wrong}"', wrong):  # a figure has no quotes
        at = text.casefold().find(form.casefold())
        if wrong and at >= 0:
            return text[:at] + (word or figure) + text[at + len(form) :]
    return ""


def nearest(word: str, known: Iterable[str]) -> str:
    """' (did you mean ...?)' with the closest known word, or '' when none is close."""
    if len(word) > MAX_WORD:  # comparing takes time that grows with its square
        return ""
    names = {name.casefold(): name for name in known}
    matches = get_close_matches(word.casefold(), list(names), n=1, cutoff=0.5)
    return f" (did you mean {names[matches[0]]!r}?)" if matches else ""
