"""LMArena's leaderboards as a user saves them, CSV or JSON: ratings of pairwise votes, not percents.

A rating becomes the expected share of wins against a model rated 1,300, by the Bradley-Terry formula behind
those ratings: 100 / (1 + 10 ** ((1300 - rating) / 400)). Its data carries no open licence, so none is
shipped.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ....domain.errors import InputError
from ..prices.quote import parsed
from .figure import Figure, day, number, rows, split

AGAINST, SPREAD = 1300.0, 400.0
_NAMES = ("model_name", "Model", "model", "key", "name")
_RATINGS = ("rating", "Arena Score", "arena_score", "score", "Rating", "Score", "elo")


def figures(text: str, where: str = "lmarena") -> list[Figure]:
    """One a model, for the board its `leaderboard` or `category` column names. Raises InputError."""
    scores = []
    for row in _entries(text, where):
        name = next((str(row[column]) for column in _NAMES if row.get(column)), "")
        ratings = (number(row[column], f"{where}: {name}") for column in _RATINGS if row.get(column))
        rating = next(ratings, None)
        if not name or rating is None:
            continue
        if not 0 < rating < 4000:
            raise InputError(f"{name}: a rating of {rating:g} is not one of the arena's", where=where)
        board = str(row.get("category") or row.get("leaderboard") or row.get("arena") or "text").casefold()
        plain, variant = split(name)
        score = round(100 / (1 + 10 ** ((AGAINST - rating) / SPREAD)), 4)
        when = day(row.get("leaderboard_publish_date") or row.get("Last updated"))
        scores.append(Figure(f"LMArena {board.strip()}", plain, score, variant, when))
    return scores


def _entries(text: str, where: str) -> list[Mapping[str, Any]]:
    if text.lstrip()[:1] in {"[", "{"}:
        document = parsed(text, where)
        if isinstance(document, Mapping):
            document = next((inner for inner in document.values() if isinstance(inner, list)), [])
        entries: list[Mapping[str, Any]] = [row for row in document if isinstance(row, Mapping)]
    else:
        entries = list(rows(text, (), where))
    if not any(any(n in row for n in _NAMES) and any(r in row for r in _RATINGS) for row in entries):
        raise InputError(f"no row has a model's name and a rating ({', '.join(_RATINGS[:3])})", where=where)
    return entries
