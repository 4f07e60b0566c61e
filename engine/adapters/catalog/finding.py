"""What a check found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning"]


@dataclass(frozen=True)
class Finding:
    """A doubtful figure: its path, what is wrong, and the figure that is probably meant."""

    severity: Severity
    path: str
    message: str
    value: float | str | None = None
    proposed: float | str | None = None


def offer_path(key: str, field: str) -> str:
    """The path of an offer's figure, as TOML writes it."""
    return f'offers."{key}".{field}'
