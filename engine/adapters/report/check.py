"""Findings as text and as data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from ..catalog.chosen import RULE
from ..catalog.finding import Finding
from .text import clean, table


def check_text(found: Sequence[Finding], offers: int) -> str:
    """A line per finding, then the count."""
    rows = [(one.severity, clean(one.path), clean(one.message), _said(one.proposed)) for one in found]
    errors = sum(one.severity == "error" for one in found)
    count = f"{offers} offers checked: {errors} errors, {len(found) - errors} warnings"
    if not rows:
        return count
    rule = (
        f"Where sources disagree, {RULE}.\n\n"
        if any("sources disagree" in one.message for one in found)
        else ""
    )
    return f"{table(('', 'figure', 'what', 'probably'), rows)}\n\n{rule}{count}"


def _said(value: float | str | None) -> str:
    return "" if value is None else f"{value:,g}" if isinstance(value, float) else clean(value)


def check_json(found: Sequence[Finding]) -> dict[str, Any]:
    """The same as data."""
    errors = sum(one.severity == "error" for one in found)
    listed = [asdict(one) for one in found]
    return {"errors": errors, "warnings": len(found) - errors, "findings": listed}
