"""Routing benchmarks of others through modelpick's own front door, beside what their routers reach.

Both ask the engine as a user does: a routing, a catalogue, and results of own tests as `measured`. `data` has
the figures, their origin and licence. `python -m benchmarks proof --save` writes the tables into PAGE.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path
from typing import TypeVar

import numpy as np

from . import flagship, mmlu
from .report import TARGET, Result, Table, judged

PAGE = Path(__file__).parents[1] / "docs" / "explanation" / "confidence.md"
BEGIN, END = "<!-- python -m benchmarks proof --save -->\n", "<!-- end of it -->\n"
SPLITS, FLAGSHIP_SPLITS = 200, 100
PROCESSES = 2
MIN_APGR, MIN_SAVED = 0.66, 0.40

# APGR, CPT(50 %), CPT(80 %): its best router with gold labels of MMLU, as two later repositories quote it.
ROUTELLM = ("0.603", "35.4 %", "70.3 %")
# Relative accuracy gained over GPT-5, cost saved at its accuracy: LLMRouterBench, arXiv 2601.07206.
LLMROUTERBENCH = (
    ("Avengers-Pro", "+4.0 %", "31.7 %"),
    ("GraphRouter", "+2.8 %", "-19.7 %"),
    ("RouteLLM", "+2.6 %", "11.4 %"),
    ("OpenRouter auto", "-24.7 %", "not at its accuracy"),
)
LABELS_ARE_GIVEN = (
    "modelpick is given the label of each request, its subject or data set, as a router with labels has it; "
    "the other routers see the text only"
)

T = TypeVar("T")


def run(splits: int = SPLITS, flagship_splits: int = FLAGSHIP_SPLITS, processes: int = PROCESSES) -> Result:
    """Both benchmarks over so many random splits, in so many processes."""
    if processes == 1:
        curves = [mmlu.split_curve(split) for split in range(splits)]
        trials = [flagship.held_out(split) for split in range(flagship_splits)]
    else:
        # A new interpreter for each: a forked one would have the threads of the numerical libraries missing.
        with ProcessPoolExecutor(processes, get_context("spawn")) as pool:
            curves = _each(pool, mmlu.split_curve, splits)
            trials = _each(pool, flagship.held_out, flagship_splits)
    return Result([mmlu_table(curves), *flagship_tables(flagship.in_sample(), trials)])


def _each(pool: ProcessPoolExecutor, trial: Callable[[int], T], splits: int) -> list[T]:
    return list(pool.map(trial, range(splits), chunksize=5))


def mmlu_table(curves: Sequence[mmlu.Curve]) -> Table:
    """What share of the strong model's advantage is had, for which share of its calls."""
    apgr = [curve.apgr for curve in curves]
    half, most = ([curve.calls_for(share) for curve in curves] for share in (0.5, 0.8))
    rows = [
        (f"modelpick, held out, mean of {len(curves)}", f"{np.mean(apgr):.3f}", _share(half), _share(most)),
        ("RouteLLM's best router", *ROUTELLM),
        ("at random", "0.500", "50 %", "80 %"),
    ]
    notes = (
        f"APGR in nine of ten splits at least {np.quantile(apgr, 0.1):.3f}",
        "APGR: mean share of the gap between the two models that is closed; beside it the share of calls to "
        "the strong one that closes 50 and 80 % of it",
        judged("APGR", float(np.mean(apgr)), MIN_APGR, least=True),
        LABELS_ARE_GIVEN,
    )
    head = ("router", "APGR", "calls for 50 %", "calls for 80 %")
    return Table("RouteLLM's MMLU: 57 subjects, Mixtral-8x7B and GPT-4", head, rows, notes)


def flagship_tables(seen: flagship.Trial, trials: Sequence[flagship.Trial]) -> tuple[Table, Table]:
    """Beside the other routers; and what confidence buys where the questions are new."""
    held_out = {
        confidence: [trial.as_good[at] for trial in trials]
        for at, confidence in enumerate(flagship.CONFIDENCES)
    }
    sure = flagship.CONFIDENCES[-1]
    points = float(np.mean([outcome.points for outcome in held_out[sure]]))
    saved = float(np.mean([outcome.saved for outcome in held_out[sure]]))
    gained = float(np.mean([trial.best.gained for trial in trials]))
    routers = Table(
        "LLMRouterBench's flagship models: 10 data sets, 13 models, against GPT-5 alone",
        ("router", "accuracy gained for its cost or less", "cost saved at its accuracy"),
        [
            ("modelpick, held out", f"{100 * gained:+.1f} %", f"{100 * saved:.1f} %"),
            *LLMROUTERBENCH,
            (
                "modelpick, in sample",
                f"{100 * seen.best.gained:+.1f} %",
                f"{100 * seen.as_good[0].saved:.1f} %",
            ),
        ],
        (
            f"cost saved: at confidence {sure:g}, in sample 0.5; mean of {len(trials)} splits of 70 and 30 %",
            "the others' accuracy is their best, at any cost; they too are judged on a held-out 30 %",
            LABELS_ARE_GIVEN,
        ),
    )
    confidence = Table(
        f'LLMRouterBench, `limits.min_quality = "gpt-5"`, mean of {len(trials)} held-out splits',
        ("confidence", "accuracy, points", "in nine of ten splits at least", "cost saved"),
        [
            (
                f"{level:g}",
                f"{np.mean([outcome.points for outcome in outcomes]):+.1f}",
                f"{np.quantile([outcome.points for outcome in outcomes], 0.1):+.1f}",
                _share([outcome.saved for outcome in outcomes]),
            )
            for level, outcomes in held_out.items()
        ],
        (
            "each model's questions are drawn apart, as joint results are not published: to its harm",
            judged(f"points at {sure:g}", points, 0.0, least=True),
            judged(f"cost saved at {sure:g}", 100 * saved, 100 * MIN_SAVED, least=True, unit=" %"),
        ),
    )
    return routers, confidence


def _share(values: Sequence[float]) -> str:
    return f"{100 * np.mean(values):.1f} %"


def section(result: Result) -> str:
    """The tables as PAGE has them, which leaves the targets to whoever runs this."""
    tables = [
        replace(table, notes=[note for note in table.notes if not note.startswith(TARGET)])
        for table in result.tables
    ]
    return BEGIN + "\n" + "\n".join(table.markdown for table in tables) + END


def save(result: Result, path: Path = PAGE) -> None:
    """Write the tables into PAGE, in the place of those that are there. Raises ValueError."""
    text = path.read_text(encoding="utf-8")
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"{path}: no place for the tables, from {BEGIN.strip()} to {END.strip()}")
    path.write_text(before + section(result) + after, encoding="utf-8")
