"""EvalPlus' results.json: pass@1 in percent, for HumanEval, MBPP and their plus versions."""

from __future__ import annotations

from collections.abc import Mapping

from ..prices.quote import parsed, table_of
from .figure import Figure, percent, split

TESTS = {"humaneval": "HumanEval", "humaneval+": "HumanEval+", "mbpp": "MBPP", "mbpp+": "MBPP+"}


def figures(text: str, where: str = "evalplus") -> list[Figure]:
    """One a model and test; a missing test is null there. Raises InputError."""
    scores = []
    for model, facts in table_of(parsed(text, where), where).items():
        rates = table_of(facts, f"{where}: {model}").get("pass@1")
        if not isinstance(rates, Mapping):
            continue
        name, variant = split(model)
        for test, title in TESTS.items():
            score = percent(rates.get(test), 1.0, f"{where}: {model}.{test}")
            if score is not None and score > 0:
                scores.append(Figure(title, name, score, variant))
    return scores
