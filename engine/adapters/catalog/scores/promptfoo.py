"""promptfoo's `eval -o results.json`: the user's own tests; the share that a provider passes is its score."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from pathlib import PurePath
from typing import Any

from ....domain.errors import InputError
from ..prices.quote import parsed, table_of
from .figure import Figure, day, split


def figures(text: str, where: str = "promptfoo") -> list[Figure]:
    """One a provider: passed of all rows that ran; rows that ended in an error of the provider are left out.

    The test is named after the config's description, else after the file. Raises InputError.
    """
    document = table_of(parsed(text, where), where)
    outer = table_of(document.get("results"), f"{where}: results")
    table = outer.get("results")
    if not isinstance(table, list):
        raise InputError("no results.results; write it with promptfoo eval -o results.json", where=where)
    tallies: dict[str, list[bool]] = defaultdict(list)
    for row in table:
        provider = _provider(row)
        if provider and not _broken(row):
            tallies[provider].append(bool(row.get("success")))
    config = document.get("config")
    title = str(config.get("description") or "") if isinstance(config, Mapping) else ""
    name = title or PurePath(where).stem
    as_of = day(outer.get("timestamp"))
    scores = []
    for provider, passed in tallies.items():
        plain, variant = split(provider)
        scores.append(Figure(name, plain, round(100 * sum(passed) / len(passed), 4), variant, as_of))
    return scores


def _provider(row: Any) -> str:
    """`openai:chat:gpt-5` is gpt-5: the last part, which is the model."""
    provider = row.get("provider") if isinstance(row, Mapping) else None
    if isinstance(provider, Mapping):
        provider = provider.get("id")
    return str(provider).rsplit(":", 1)[-1] if isinstance(provider, str) and provider else ""


def _broken(row: Mapping[str, Any]) -> bool:
    response = row.get("response")
    return row.get("failureReason") == 2 or (isinstance(response, Mapping) and bool(response.get("error")))
