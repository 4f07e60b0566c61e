"""models.dev's model files -> windows: what a model takes in all, where others say only its input."""

from __future__ import annotations

import json
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


def with_bases(text: str, archive: Path) -> str:
    """models.dev's api.json, as its repository builds it: an entry with a `base_model` inherits that file."""
    bases: dict[str, Facts] = {}
    with tarfile.open(archive) as files:
        for member in files.getmembers():
            file = files.extractfile(member) if member.name.endswith(".toml") else None
            if file is not None:
                name = member.name.partition("models/")[2].removesuffix(".toml")
                bases[name] = tomllib.loads(file.read().decode("utf-8"))
    providers = json.loads(text)
    for provider in providers.values():
        for name, model in provider["models"].items():
            base = bases.get(model.get("base_model", ""), {})
            nested = {key: {**base[key], **model[key]} for key in ("limit",) if key in base and key in model}
            provider["models"][name] = base | model | nested
    return json.dumps(providers, default=str)


def fit_window(offer: Facts, limits: Facts) -> Facts:
    """The offer with its window as input + output: a price map's figure is often the input's limit alone.

    A host that gives one figure for input and output has a window of it. An answer longer than the window is
    no limit and is left out. Where the prompt has a limit of its own, the offer has it as `max_input` unless
    the model does (`limits["input"]`).
    """
    window, whole = offer.get("context"), limits.get("context")
    if whole is not None and offer.get("max_output", 0) > min(window or whole, whole):
        offer = {name: fact for name, fact in offer.items() if name != "max_output"}
    if window is None or whole is None:
        return offer
    if window == offer.get("max_output") and window < (1 - WINDOW_TOL) * whole:
        return offer  # a host that has one figure for both means its window
    longest = window + offer.get("max_output", limits.get("max_output", 0))
    without = {name: fact for name, fact in offer.items() if name != "context"}
    if window > whole or _close(window, whole) or _close(window, limits.get("input")):
        return without
    return without | {"max_input": window} if _close(longest, whole) else offer


def _close(a: float, b: float | None) -> bool:
    return b is not None and abs(a - b) <= WINDOW_TOL * b
