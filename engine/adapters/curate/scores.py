"""The long table of published scores -> each model's scores on the benchmarks that the catalogue uses."""

from __future__ import annotations

from typing import Any

from .names import key_of


def scores_of(
    rows: list[dict[str, str]], benchmarks: dict[str, dict[str, Any]], known: dict[str, str]
) -> dict[str, list[dict[str, Any]]]:
    """Scores by model. A benchmark of the reviewed list says which `from` (source, name) it takes.

    Of several efforts or dates of one model the highest score stands, as the model is able to reach it.
    """
    wanted = {(b["source"], b["bench"]): key for key, b in benchmarks.items()}
    best: dict[tuple[str, str], float] = {}
    for row in rows:
        bench, model = wanted.get((row["source"], row["bench"])), key_of(row["name"], known)
        if bench is None or model is None or not row["score"]:
            continue
        value = round(float(row["score"]), 2)
        if 0 <= value <= 100:
            best[model, bench] = max(best.get((model, bench), 0.0), value)
    found: dict[str, list[dict[str, Any]]] = {}
    for (model, bench), value in sorted(best.items()):
        score = {"benchmark": bench, "value": value, "source": benchmarks[bench]["source"]}
        found.setdefault(model, []).append(score)
    return found
