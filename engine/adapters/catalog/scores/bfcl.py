"""The Berkeley Function-Calling Leaderboard's data_overall.csv: percents, (FC) and (Prompt) apart."""

from __future__ import annotations

from .figure import Figure, percent, rows, split

COLUMNS = {
    "Overall Acc": "BFCL v4 overall",
    "Live Acc": "BFCL live",
    "Multi Turn Acc": "BFCL multi-turn",
}


def figures(text: str, where: str = "bfcl") -> list[Figure]:
    """One a row and column of interest. Raises InputError."""
    found = []
    for row in rows(text, ("Model", "Overall Acc"), where):
        name, variant = split(row["Model"])
        for column, title in COLUMNS.items():
            value = percent(row.get(column), 1.0, f"{where}: {row['Model']}")
            if value is not None:
                found.append(Figure(title, name, value, variant))
    return found
