"""Published scores -> each model's scores on the benchmarks that the catalogue uses.

One run stands per model, benchmark and reasoning level, chosen by how it was taken and never by its score,
and its variant is kept: native function calling before prompted, then the highest effort (of a model without
levels), then the newest run, then the last of the names.
"""

from __future__ import annotations

import re
import tarfile
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from ..model_names import key_of
from ..scores import boards
from ..scores.figure import Figure, day, rows, split
from ..scores.leaderboards import EPOCH_SHEETS, aider_figures, bfcl_figures, epoch_figures, evalplus_figures
from .levels import Levels, level_of
from .verbosity import ROUTER_BENCH, ROUTER_BENCH_DAY

LOOKED_UP = "lookups"  # the source of figures that were looked up one by one
VENDOR = {"llm-stats", "simple-evals", "model card"}
_ROUNDING = 0.06  # of a score in percent, between two lists of one board
_EFFORT = ("none", "no think", "non-reasoning", "minimal", "low", "", "medium", "high", "xhigh", "max")
_LONG_TABLE_SOURCES = {"llm-stats", "simple-evals", "models.dev", "model card"}


def scores_of(
    figures: Iterable[tuple[str, Figure]],
    benchmarks: Mapping[str, Mapping[str, Any]],
    known: Mapping[str, str],
    levels: Mapping[str, Levels] | None = None,
) -> dict[str, list[dict[str, Any]]]:
    """Scores by model. A benchmark of the reviewed list says which (source, name) it takes.

    `levels`: of the models that have some; a run at none of them, or of which nobody says, is left out.
    """
    levels = levels or {}
    wanted = {(b["source"], b["bench"]): key for key, b in benchmarks.items()}
    wanted |= {(LOOKED_UP, key): key for key in benchmarks}
    figures = _without_twins(figures)
    best: dict[tuple[str, str, str], tuple[str, Figure]] = {}
    for source, figure in figures:
        bench, model = wanted.get((source, figure.benchmark)), key_of(figure.name, known)
        if bench is None or model is None:
            continue
        of_model = levels.get(model)
        level = level_of(figure.variant, of_model, vendor=figure.vendor) if of_model else ""
        if level is None:
            continue
        incumbent = best.get((model, bench, level))
        if incumbent is None or _rank(figure) > _rank(incumbent[1]):
            best[model, bench, level] = (source, figure)
    scores: dict[str, list[dict[str, Any]]] = {}
    for (model, bench, level), (source, figure) in sorted(best.items(), key=lambda row: row[0]):
        scores.setdefault(model, []).append(_entry(bench, source, figure, level))
    return scores


def _without_twins(figures: Iterable[tuple[str, Figure]]) -> list[tuple[str, Figure]]:
    """Without what one list has without its level, or as of an unknown one, and another list with it."""
    known = {"unknown": 0, "": 1}
    runs: dict[tuple[str, str, str, int], list[Figure]] = {}
    listed = list(figures)
    for source, figure in listed:
        runs.setdefault((source, figure.benchmark, figure.name, round(figure.value)), []).append(figure)

    def is_told_elsewhere(source: str, figure: Figure) -> bool:
        twins = runs[source, figure.benchmark, figure.name, round(figure.value)]
        return any(
            abs(twin.value - figure.value) <= _ROUNDING
            and known.get(twin.variant, 2) > known.get(figure.variant, 2)
            for twin in twins
        )

    return [(source, figure) for source, figure in listed if not is_told_elsewhere(source, figure)]


def _entry(bench: str, source: str, figure: Figure, level: str) -> dict[str, Any]:
    entry: dict[str, Any] = {"benchmark": bench, "value": round(figure.value, 2), "source": source}
    if level:
        entry["effort"] = level
    if figure.variant and figure.variant != level:
        entry["variant"] = figure.variant
    if figure.as_of:
        entry["as_of"] = figure.as_of
    return entry | ({"kind": "vendor"} if figure.vendor else {})


def _rank(figure: Figure) -> tuple[object, ...]:
    native = "fc" in re.findall(r"[a-z]+", figure.variant)
    taken = str(figure.as_of or "")
    return (not figure.vendor, native, effort(figure.variant), taken, figure.name, figure.value)


def effort(variant: str) -> float:
    """A place on the scale of effort: the words of _EFFORT; thinking budgets lie near high."""
    text = variant.casefold()
    for word in _EFFORT[:3]:
        if word in text:
            return 0.0
    budget = re.search(r"(\d+)k", text)
    if budget:
        return 7.0 + int(budget[1]) / 1000
    words = set(re.findall(r"[a-z]+", text))
    named = [at for at, word in enumerate(_EFFORT) if word in words]
    if named:
        return float(max(named))
    return 7.0 if words & {"thinking", "think", "reasoner", "reasoning"} else 5.0


def raw_scores(folder: Path) -> Iterator[tuple[str, Figure]]:
    """(source, figure) of every raw file of `folder`."""
    for name in ("aider_polyglot_leaderboard.yml", "aider_edit_leaderboard.yml"):
        yield from (("aider", figure) for figure in aider_figures((folder / name).read_text("utf-8"), name))
    text = (folder / "evalplus_results.json").read_text("utf-8")
    yield from (("evalplus", figure) for figure in evalplus_figures(text))
    text = (folder / "bfcl_v4_overall_2025-12-16.csv").read_text("utf-8")
    yield from (("bfcl", figure) for figure in bfcl_figures(text))
    with tarfile.open(folder / "epoch_benchmark_data_2026-04.tar.gz") as files:
        for member in sorted(files.getmembers(), key=lambda member: member.name):
            file = files.extractfile(member) if Path(member.name).stem in EPOCH_SHEETS else None
            if file is not None:
                text = file.read().decode("utf-8")
                yield from (("epoch", figure) for figure in epoch_figures(text, member.name))
    yield from _boards(folder / "2026-11")
    yield from (("llmrouterbench", figure) for figure in _router_bench(folder.parent / "routing-benchmarks"))
    yield from ((LOOKED_UP, figure) for figure in looked_up())
    yield from long_table((folder / "bench_long_open.csv").read_text("utf-8"))


def _boards(folder: Path) -> Iterator[tuple[str, Figure]]:
    for stem in boards.EPOCH:
        text = (folder / f"{stem}.csv").read_text("utf-8")
        yield from (("epoch", figure) for figure in boards.epoch_figures(text, stem))
    text = (folder / "epoch_newest_2026-10-01.csv").read_text("utf-8")
    yield from (("epoch", figure) for figure in boards.newest_figures(text, "epoch_newest"))
    text = (folder / "benchboard_2026-09-28.csv").read_text("utf-8")
    yield from (("benchboard", figure) for figure in boards.benchboard_figures(text))
    text = (folder / "vectara_hhem_2026-03-10.csv").read_text("utf-8")
    yield from (("vectara", figure) for figure in boards.vectara_figures(text))


def _router_bench(folder: Path) -> Iterator[Figure]:
    text = (folder / "llmrouterbench_flagship.csv").read_text("utf-8")
    for row in rows(text, ("model", "dataset", "accuracy"), "llmrouterbench"):
        if row["model"] in ROUTER_BENCH:
            name, effort = ROUTER_BENCH[row["model"]]
            yield Figure(row["dataset"], name, float(row["accuracy"]), effort, ROUTER_BENCH_DAY)


def looked_up() -> Iterator[Figure]:
    """The figures of lookups.toml, whose benchmarks are named as in the reviewed list."""
    table = tomllib.loads((Path(__file__).parent / "lookups.toml").read_text("utf-8"))
    for page in table["pages"]:
        for bench, score in page["scores"].items():
            vendor, effort = page["by"] == "maker", page.get("effort", "")
            yield Figure(bench, page["model"], float(score), effort, page["as_of"], vendor=vendor)


def long_table(text: str) -> Iterator[tuple[str, Figure]]:
    """Rows of sources without a file of their own: models.dev says what a run was, others quote vendors."""
    for row in rows(text, ("source", "name", "bench", "score", "note"), "bench_long_open.csv"):
        source, note = row["source"], " ".join(row["note"].split())
        score = float(row["score"] or -1)
        if source not in _LONG_TABLE_SOURCES or not 0 <= score <= 100 or "hard-aa" in note:
            continue
        name, variant = split(row["name"])
        vendor = source in VENDOR or "public" not in note
        yield source, Figure(row["bench"], name, score, variant, day(row["date"]), vendor=vendor)
