"""models.dev's model files -> windows: what a model takes in all, where others say only its input."""

from __future__ import annotations

import tarfile
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..model_names import key_of

Facts = dict[str, Any]
WINDOW_TOL = 0.02  # relative: windows nearer than this are one, rounded differently


def model_limits(archive: Path, known: Mapping[str, str]) -> dict[str, Facts]:
    """Model -> context (input + output), input and max_output in tokens, each where it is known.

    Of several files for one model, the one with the shortest name counts.
    """
    limits: dict[str, Facts] = {}
    names = {"context": "context", "input": "input", "output": "max_output"}
    with tarfile.open(archive) as files:
        for member in sorted(files.getmembers(), key=lambda member: (len(member.name), member.name)):
            file = files.extractfile(member) if member.name.endswith(".toml") else None
            key = key_of(Path(member.name).stem, known)
            if file is None or key is None or key in limits:
                continue
            limit = tomllib.loads(file.read().decode("utf-8")).get("limit", {})
            limits[key] = {field: int(limit[name]) for name, field in names.items() if limit.get(name)}
    return limits


def fit_window(offer: Facts, limits: Facts) -> Facts:
    """The offer with its window as input + output: a price map's figure is often the input's limit alone.

    An answer longer than the window is no limit and is left out. Where the input has a limit of its own, that
    is the window, so that no prompt beyond it is taken: the answer then counts against it too.
    """
    window, whole = offer.get("context"), limits.get("context")
    if whole is not None and offer.get("max_output", 0) > min(window or whole, whole):
        offer = {name: fact for name, fact in offer.items() if name != "max_output"}
    limit = limits.get("input")
    if limit is not None and whole is not None and limit < (1 - WINDOW_TOL) * whole:
        if (window or whole) > limit:
            window = limit
        if _close(window or whole, limit):
            remark = f"input limit {limit:,} of a window of {whole:,} tokens"
            note = "; ".join(part for part in (remark, offer.get("note", "")) if part)
            return offer | {"context": limit, "note": note}
    if window is None or whole is None:
        return offer
    longest = window + offer.get("max_output", limits.get("max_output", 0))
    if _close(longest, whole) or window > whole or _close(window, whole):
        return {name: fact for name, fact in offer.items() if name != "context"}
    return offer


def _close(a: float, b: float | None) -> bool:
    return b is not None and abs(a - b) <= WINDOW_TOL * b
