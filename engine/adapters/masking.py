"""Keys and tokens taken out of texts that others wrote, however they are spelt there."""

from __future__ import annotations

import unicodedata
from base64 import b64encode, urlsafe_b64encode
from urllib.parse import quote

MASK = "***"
_PART = 8  # characters of a secret in a row that are hidden; shorter parts tell nothing of it
_UNSEEN = ("Cc", "Cf", "Zs", "Zl", "Zp")


def masked(text: str, secret: str) -> str:
    """`text` with *** where `secret`, or eight of its characters in a row, stands.

    Also where it is percent-encoded, in base64, in hexadecimal, escaped as in JSON, reversed, or has spaces
    and invisible characters between its own.
    """
    places = [i for i, sign in enumerate(text) if unicodedata.category(sign) not in _UNSEEN]
    dense = "".join(_lower(text[i]) for i in places)
    hidden: set[int] = set()
    for spelling in {_lower(form) for form in _spellings(secret) if form}:
        length = min(_PART, len(spelling))
        if len(spelling) > len(secret):  # a part of it for eight characters of the secret
            length = min(len(spelling), max(_PART, _PART * len(spelling) // len(secret)))
        parts = {spelling[i : i + length] for i in range(len(spelling) - length + 1)}
        for start in range(len(dense) - length + 1):
            if dense[start : start + length] in parts:
                hidden.update(range(places[start], places[start + length - 1] + 1))
    return "".join(
        sign if i not in hidden else "" if i - 1 in hidden else MASK for i, sign in enumerate(text)
    )


def _lower(text: str) -> str:
    """Small letters, as many as before: there are letters whose small form is two."""
    return text.lower() if text.isascii() else text


def _spellings(secret: str) -> list[str]:
    secret_bytes = secret.encode()
    forms = [secret, secret[::-1], quote(secret, safe=""), secret_bytes.hex(), quote(quote(secret, safe=""))]
    forms += ["".join(f"%{byte:02x}" for byte in secret_bytes), "".join(f"\\u{ord(c):04x}" for c in secret)]
    forms += ["".join(f"\\x{byte:02x}" for byte in secret_bytes)]
    forms += ["".join(f"&#{ord(c)};" for c in secret), "".join(f"&#x{ord(c):x};" for c in secret)]
    for lead in range(3):  # where it begins within base64's groups of three bytes
        for encode in (b64encode, urlsafe_b64encode):
            encoded = encode(b"\0" * lead + secret_bytes).decode().rstrip("=")
            forms.append(encoded[(0, 2, 3)[lead] : len(encoded) - 1])
    return forms
