"""LiveBench's table as a user saves it: CSV, a row a model, a column a task, 0-100.

Its data carries no open licence, so none is shipped. A `table_2025_04_02.csv` has tasks in its columns; a
saved leaderboard has averages. Both are read: every column with numbers is a test of its own.
"""

from __future__ import annotations

import re

from ....domain.errors import InputError
from .figure import Figure, day, percent, rows, split

_WORDS = r"none|minimal|low|medium|high|xhigh|max"
# `-high-effort`, `-thinking-32k`, `-thinking-auto-high-effort`: how it was run, not which model it is.
_RUN = re.compile(
    rf"(.+?)-((?:(?:no-?)?thinking-)?(?:(?:auto-)?(?:{_WORDS})-effort|\d+k|auto)|\d+k)$", re.IGNORECASE
)
_OPENAI = re.compile(rf"((?:gpt-\d|o\d).*?)-({_WORDS})$", re.IGNORECASE)
_NAMES = ("model", "Model")
_OTHER = {"organization", "rank", "model", ""}


def _effort(name: str) -> tuple[str, str]:
    """(name, variant): also of an effort or a budget of thinking at the end of the name."""
    match = _RUN.match(name.strip()) or _OPENAI.match(name.strip())
    return (match[1], match[2].lower().replace("-effort", "").replace("-", " ")) if match else split(name)


def figures(text: str, where: str = "livebench") -> list[Figure]:
    """One a model and column. The date is the one in the file's name. Raises InputError."""
    table = rows(text, (), where)
    name_column = next((name for name in _NAMES if table and name in table[0]), None)
    if name_column is None:
        raise InputError("no column 'model'; is it LiveBench's table?", where=where)
    when = re.search(r"(\d{4})[_-](\d\d)[_-](\d\d)", where)
    as_of = day("-".join(when.groups())) if when else None
    scores = []
    for row in table:
        name, variant = _effort(row[name_column])
        for column, cell in row.items():
            if column.strip().casefold() in _OTHER or not name:
                continue
            score = percent(cell, 1.0, f"{where}: {name}.{column}")
            if score is not None:
                scores.append(Figure(f"LiveBench {column.strip()}", name, score, variant, as_of))
    return scores
