"""A model's skills, 0-100: the catalogue's override, else those fitted to its scores, else their percentile.

The fit (see fitting) is made when a catalogue is built and kept in it. Where there are only scores, a skill
is the mean percentile of the model's scores among the models that have the benchmark:
100 * (models below + half of those equal, itself included) / models.
"""

from __future__ import annotations

from collections import defaultdict

from ...domain.catalog import Catalog


def skill_table(catalog: Catalog) -> dict[str, dict[str, float]]:
    """Model -> skill -> 0-100. A model without any score has none, never a guess."""
    ranks = _percentiles(catalog)
    found = {}
    for name, model in catalog.models.items():
        fitted = {skill: one.value for skill, one in model.fitted.items()}
        found[name] = {**(fitted or ranks.get(name, {})), **model.skills}
    return found


def _percentiles(catalog: Catalog) -> dict[str, dict[str, float]]:
    by_benchmark: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for name, model in catalog.models.items():
        for score in model.scores:
            by_benchmark[score.benchmark][name].append(score.value)
    sums: dict[str, dict[str, list[tuple[float, float]]]] = defaultdict(lambda: defaultdict(list))
    for key, runs in by_benchmark.items():
        benchmark = catalog.benchmarks[key]
        values = {name: sum(v) / len(v) for name, v in runs.items()}
        for name, value in values.items():
            below = sum(v < value for v in values.values())
            equal = sum(v == value for v in values.values())
            percentile = 100 * (below + equal / 2) / len(values)
            sums[name][benchmark.skill].append((benchmark.weight, percentile))
    return {
        name: {s: sum(w * p for w, p in got) / sum(w for w, _ in got) for s, got in skills.items()}
        for name, skills in sums.items()
    }
