"""Reasoning levels of the catalogue: which a run was taken at, and what a model writes at each."""

from __future__ import annotations

import math
from datetime import date
from pathlib import Path
from statistics import median

import pytest

from modelpick.engine.adapters.catalog.curation.levels import (
    Levels,
    level_of,
    reasoning_models,
    reviewed_levels,
)
from modelpick.engine.adapters.catalog.curation.scores import scores_of
from modelpick.engine.adapters.catalog.curation.verbosity import Bill, fit_verbosity, router_bench
from modelpick.engine.adapters.catalog.file import load_catalog
from modelpick.engine.adapters.catalog.scores.boards import (
    benchboard_figures,
    epoch_figures,
    newest_figures,
    vectara_figures,
)
from modelpick.engine.adapters.catalog.scores.figure import Figure, setting
from modelpick.engine.adapters.catalog.scores.leaderboards import epoch_figures as hub_figures
from modelpick.engine.domain.catalog import UNSTATED
from modelpick.engine.domain.levels import canonical, spelled_out

EFFORT = Levels(("none", "low", "medium", "high", "xhigh"), "none")
TOGGLE = Levels(("none", "thinking"), "thinking")


@pytest.mark.parametrize(
    ("variant", "effort", "toggle"),
    [
        ("high", "high", "thinking"),
        ("xhigh", "xhigh", "thinking"),
        ("", "none", "thinking"),  # unasked: the default
        ("unknown", UNSTATED, UNSTATED),  # nobody says: evidence of the model, of none of its levels
        ("no thinking", "none", "none"),
        ("non-reasoning", "none", "none"),
        ("32k thinking", "high", "thinking"),  # a budget: effort is as the API has it beside one
        ("budget 16k", "high", "thinking"),
        ("max", None, "thinking"),  # not one of its levels: moved to no other
        ("promax", None, None),  # another mode
        ("fc", "none", "thinking"),
    ],
)
def test_the_level_that_a_run_was_taken_at(variant: str, effort: str | None, toggle: str | None) -> None:
    assert (level_of(variant, EFFORT), level_of(variant, TOGGLE)) == (effort, toggle)


def test_a_makers_own_figure_without_a_level_is_of_none() -> None:
    assert level_of("", EFFORT, vendor=True) == UNSTATED and level_of("high", EFFORT, vendor=True) == "high"


def test_a_score_stands_at_its_level_and_at_no_other() -> None:
    runs = [
        ("epoch", Figure("GPQA", "m", 88.0, "high")),
        ("epoch", Figure("GPQA", "m", 70.0, "")),
        ("epoch", Figure("GPQA", "m", 99.0, "unknown")),
        ("epoch", Figure("GPQA", "m", 97.0, "max")),
    ]
    rows = scores_of(runs, {"gpqa": {"source": "epoch", "bench": "GPQA"}}, {"m": "m"}, {"m": EFFORT})["m"]
    at_levels = [("high", 88.0), ("none", 70.0), (UNSTATED, 99.0)]  # max is no level of the model
    assert [(row["effort"], row["value"]) for row in rows] == at_levels


def test_a_level_in_the_boards_own_name_is_the_runs() -> None:
    """ARC has Gemini 3 Flash four times under one id; Humanity's Last Exam says which Claude thinks."""
    names = (
        "Gemini 3 Flash Preview (Low)",
        "Opus 4.6 (High)",
        "Opus 4.5 (Thinking, None)",
        "Opus (Thinking, 16K)",
    )
    assert [setting("", name) for name in names] == ["low", "high", "thinking none", "thinking 16k"]
    others = ("gpt-5.1-thinking", "Non-Thinking", "claude-opus-4-6 (Non-Thinking)", "thinking enabled")
    assert [setting("unknown", name) for name in others] == ["thinking", "none", "none", "thinking"]
    assert [setting("", name) for name in ("Qwen3 Max", "Gemini 3.1 Pro (Preview)", "default", "")] == [
        ""
    ] * 4
    assert setting("unknown", "GPT-5.4 Pro") == "unknown" and setting("xhigh", "GPT-5.2 (Low)") == "xhigh"
    assert level_of("thinking none", TOGGLE) == "none"
    text = "Model version,Score,Name\ngemini-3-flash-preview,0.3,Gemini 3 Flash Preview (Minimal)\n"
    (minimal,) = hub_figures(text, "arc_agi_external.csv")
    assert (minimal.value, minimal.variant) == (30.0, "minimal")
    head = "model_version,model,effort,score,name\n"
    (low,) = epoch_figures(
        head + "gemini-3-flash-preview,gemini-3-flash-preview,,0.3,Gemini (Low)\n", "epoch_arc_agi_2"
    )
    assert low.variant == "low"


def test_a_run_that_two_lists_have_is_the_one_whose_level_is_known() -> None:
    """76.4 without a level is 76.44 at high, 62.0 of an unknown one is 62.0 without any; 65.9 is another."""
    runs = [
        ("epoch", Figure("WeirdML", "m", value, variant))
        for value, variant in ((76.4, ""), (76.44, "high"), (65.9, ""))
    ]
    runs += [("epoch", Figure("SimpleBench", "m", 62.0, variant)) for variant in ("unknown", "")]
    boards = {"weird": ("epoch", "WeirdML"), "simple": ("epoch", "SimpleBench")}
    listed = {key: {"source": source, "bench": bench} for key, (source, bench) in boards.items()}
    rows = scores_of(runs, listed, {"m": "m"}, {"m": EFFORT})["m"]
    assert [(row["benchmark"], row["effort"], row["value"]) for row in rows] == [
        ("simple", "none", 62.0),
        ("weird", "high", 76.44),
        ("weird", "none", 65.9),
    ]


def test_of_levels_with_names_of_their_own_a_run_under_the_models_name_may_be_either() -> None:
    apart = Levels(TOGGLE.names, TOGGLE.default, by_name=True)
    assert level_of("", apart) == UNSTATED and level_of("thinking", apart) == "thinking"
    assert reviewed_levels()["deepseek-v3.2"].by_name and not reviewed_levels()["claude-sonnet-4"].by_name


def test_rows_of_the_boards() -> None:
    head = "model_version,model,effort,score,started_at\n"
    (gpqa,) = epoch_figures(head + "gpt-6_max,gpt-6,max,0.957,2026-08-30\n", "epoch_gpqa_diamond")
    assert gpqa == Figure("GPQA Diamond", "gpt-6", 95.7, "max", date(2026, 8, 30))
    text = head + "kimi-k2.6_unknown,kimi-k2.6,unknown,0.5,\n"  # of an older state of that board
    assert list(epoch_figures(text, "epoch_cursorbench")) == []
    head = "model_version,model,effort,score,started_at,source\n"
    runs = "claude-opus-5_max,claude-opus-5,max,0.8,2026-08-06,Epoch AI run\n"  # cut off, unlike that of July
    runs += "claude-opus-5_max,claude-opus-5,max,0.94,2026-07-24,Epoch AI run\n"
    runs += "gpt-6_low,gpt-6,low,0.7,2026-08-06,Epoch AI run\n"
    kept = [(f.name, f.value) for f in epoch_figures(head + runs, "epoch_gpqa_diamond")]
    assert kept == [("claude-opus-5", 94.0), ("gpt-6", 70.0)]
    plain = "claude-opus-5,claude-opus-5,,0.37,2026-08-06,Epoch AI run\nx,x,,0.2,2026-08-06,Epoch AI run\n"
    plain += "claude-opus-5,claude-opus-5,,0.4,2026-08-06,https://elsewhere\n"
    runs_of = [f.variant for f in epoch_figures(head + plain, "epoch_mystery_game_puzzles")]
    assert runs_of == ["none", "", ""]  # Epoch asks Claude to think or not, and says so in the name
    head = "benchmark,model_version,model,effort,score\n"
    rows = "APEX-Agents,a_max,a,max,0.6\nARC-AGI-2,a_max,a,max,0.9\n"  # the first is on a new scale
    assert [(f.benchmark, f.value) for f in newest_figures(head + rows, "x")] == [("ARC-AGI-2", 90.0)]
    head = "model,effort,benchmark,value,unit,vendor_reported,date\n"
    rows = "a+b,max,x,31,%,y,2026-09-24\na,low,x,20.4,%,y,2026-09-24\na,,y,3,Score,n,\nb,,z,7,%,n,\n"
    found = [(f.name, f.value, f.variant, f.vendor) for f in benchboard_figures(head + rows)]
    assert found == [("a", 20.4, "low", True), ("b", 7.0, "", False)]  # no pair of models, no other unit
    head = "model,factual_consistency_pct,date\n"
    (faithful,) = vectara_figures(head + "m,98.2,2026-03-10\n")
    assert (faithful.benchmark, faithful.value) == ("HHEM", 98.2)


def test_verbosity_comes_back_out_of_tasks_of_boards() -> None:
    """Two boards of 300 and 4,000 tokens; a writes as a plain model, b twice as much at low, eight times at
    high, c as b at high and is on no board at low."""
    true = {("a", ""): 1.0, ("b", "low"): 2.0, ("b", "high"): 8.0, ("c", "high"): 8.0}
    true |= {("d", ""): 1.0, ("e", "low"): 2.0, ("e", "high"): 8.0}
    bills = [
        Bill(board, model, level, base * factor)
        for board, base in (("x", 300.0), ("y", 4_000.0))
        for (model, level), factor in true.items()
    ]
    levels = {name: Levels(("low", "high"), "low") for name in ("b", "c", "e")}
    models = {name: name in levels for name in "abcde"}
    found = fit_verbosity(bills, models, levels)
    assert found["a", ""].value == pytest.approx(1.0, abs=0.15)
    for (name, level), factor in true.items():
        assert found[name, level].value == pytest.approx(factor, rel=0.3)
    guess = found["c", "low"]
    assert guess.estimated and not found["c", "high"].estimated
    assert guess.low < 2.0 < guess.high and guess.high / guess.low > 1.5


def test_a_bill_is_of_one_question(tmp_path: Path) -> None:
    (tmp_path / "llmrouterbench_sizes.csv").write_text("dataset,questions\nAIME,60\n")
    rows = "model,dataset,accuracy,cost\nGPT-5,AIME,90,6.0\nIntern-S1,AIME,1,1\nGPT-5,New,1,1\n"
    (tmp_path / "llmrouterbench_flagship.csv").write_text(rows)
    assert list(router_bench(tmp_path)) == [("router_AIME", "gpt-5", "medium", 0.1, "usd")]


# LLMRouterBench (arXiv 2601.07206, tables 9 and 10): thousandths of a USD that a question cost, the geometric
# mean over its ten sets.
BILLED = {
    "claude-sonnet-4@none": 18.583,
    "deepseek-r1-0528": 18.375,
    "deepseek-v3-0324": 1.419,
    "deepseek-v3.1-terminus@none": 1.878,
    "gemini-2.5-flash@thinking": 7.919,
    "gemini-2.5-pro": 77.336,
    "glm-4.6@thinking": 15.696,
    "gpt-5@medium": 43.049,
    "kimi-k2-instruct-0905": 3.352,
    "qwen3-235b-a22b-instruct-2507": 1.364,
    "qwen3-235b-a22b-thinking-2507": 12.642,
}


def test_predicted_costs_rank_as_the_billed_ones() -> None:
    """Output at the median price times what the model writes; by the price alone it is 0.85."""
    catalog = spelled_out(load_catalog(None))
    predicted = {}
    for name in BILLED:
        key = canonical(name, catalog.models)
        base = name.partition("@")[0]
        prices = [
            offer.output for offer_key, offer in catalog.offers.items() if offer_key.partition("/")[2] == base
        ]
        predicted[name] = median(prices) * catalog.models[key].verbosity
    billed_order = sorted(BILLED, key=lambda name: BILLED[name])
    order = sorted(predicted, key=lambda name: predicted[name])
    apart = sum((billed_order.index(name) - order.index(name)) ** 2 for name in BILLED)
    count = len(BILLED)
    assert 1 - 6 * apart / (count * (count * count - 1)) >= 0.9  # Spearman's


def test_levels_are_of_models_of_the_catalogue_and_in_order() -> None:
    catalog = load_catalog(None)
    for name, levels in reviewed_levels().items():
        assert levels.default in levels.names
        model = catalog.models[name]
        assert (model.default_effort, tuple(model.efforts)) == (levels.default, levels.names)
        assert model.assumed_default == levels.assumed
    assert catalog.models["gpt-5.4"].default_effort == "none"  # as LiteLLM's list says
    assert catalog.models["gpt-5-mini"].default_effort == "medium"
    assert catalog.models["gemini-3.8-flash"].default_effort == "medium"  # as Google's guides say
    assert catalog.models["grok-4.7"].assumed_default and not catalog.models["gpt-5.4"].assumed_default
    assert all(score.effort for score in catalog.models["gpt-5.4"].scores)


def test_a_model_writes_more_at_a_higher_level() -> None:
    for name, model in load_catalog(None).models.items():
        written = [effort.verbosity for effort in model.efforts.values()]
        if not written:
            continue
        low, high = written[0], written[-1]
        assert low is not None and high is not None and low < high, name
    five = load_catalog(None).models["gpt-5"].efforts
    assert five["high"].verbosity and five["low"].verbosity
    # Aider measured 2,623,429 and 779,568 tokens for the same cases: 3.4 times as many.
    assert math.log(five["high"].verbosity / five["low"].verbosity) == pytest.approx(math.log(3.4), abs=0.35)


def test_whether_a_model_reasons_is_reviewed_where_features_mislead() -> None:
    features: dict[str, list[str]] = {"grok-4": ["tools"], "qwen3-max": ["reasoning"], "x": []}
    facts = {name: {"features": listed} for name, listed in features.items()}
    assert reasoning_models(facts) == {"grok-4": True, "qwen3-max": False, "x": False}
