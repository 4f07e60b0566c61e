"""One model under many names: a name as a source writes it, brought to the form of the catalogue's keys."""

from __future__ import annotations

import re

_TAIL = re.compile(
    r"(-fp[48]|-bf16|-maas|-tee|-20\d\d-\d\d-\d\d|-20\d{6}|-preview-\d\d-\d\d|:free|_[a-z0-9]+k?|-v1:0)$"
)


def plain(name: str) -> str:
    """The last part of a path, in lower case, without precision, date or effort; `5p1` is 5.1."""
    text = name.rsplit("/", 1)[-1].lower().strip().replace(" ", "-")
    text = re.sub(r"(?<=\d)p(?=\d)", ".", text)
    while (shorter := _TAIL.sub("", text)) != text:
        text = shorter
    return text


def key_of(name: str, known: dict[str, str]) -> str | None:
    """The catalogue's key for a source's name; `known` maps every reviewed plain name to its key."""
    return known.get(plain(name))
