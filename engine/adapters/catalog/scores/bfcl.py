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
    scores = []
    for row in rows(text, ("Model", "Overall Acc"), where):
        name, variant = split(row["Model"])
        for column, title in COLUMNS.items():
            score = percent(row.get(column), 1.0, f"{where}: {row['Model']}")
            if score is not None:
                scores.append(Figure(title, name, score, variant))
    return scores
