"""Characters that are not seen: controls, and those that turn the direction of writing."""

from __future__ import annotations

import unicodedata

_TURNED = frozenset(
    "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u2028\u2029\ufeff"
)


def unseen(sign: str) -> bool:
    """Whether a character is a control or turns the direction of writing."""
    return sign in _TURNED or unicodedata.category(sign) in ("Cc", "Cs")


def escaped(text: str) -> str:
    """`text` with its unseen characters as \\xNN or \\uNNNN."""
    return "".join(_escape(sign) if unseen(sign) else sign for sign in text)


def _escape(sign: str) -> str:
    return sign.encode("unicode_escape", "surrogatepass").decode()
