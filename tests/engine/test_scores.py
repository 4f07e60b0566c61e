"""Score importers, on fixtures in each source's real form; and `import scores` into an overlay."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from modelpick.__main__ import main
from modelpick.engine import InputError
from modelpick.engine.adapters.catalog.file import load_catalog
from modelpick.engine.adapters.catalog.scores.figure import Figure, split
from modelpick.engine.adapters.catalog.scores.leaderboards import (
    aider_figures,
    bfcl_figures,
    epoch_figures,
    evalplus_figures,
    livebench_figures,
    lmarena_figures,
)
from modelpick.engine.adapters.catalog.scores.own_tests import lm_eval_figures, promptfoo_figures

AIDER = """- dirname: 2025-04-16--o3-high
  test_cases: 225
  model: o3 (high)
  edit_format: diff
  pass_rate_1: 36.9
  pass_rate_2: 81.3
  date: 2025-04-16
- dirname: pair
  test_cases: 225
  model: o3 (high) + gpt-4.1
  pass_rate_2: 82.7
  date: 2025-04-17
"""
EVALPLUS = {
    "Qwen2.5-Coder-32B-Instruct": {
        "link": "https://huggingface.co/Qwen",
        "pass@1": {"humaneval": 92.1, "humaneval+": 87.2, "mbpp": None, "mbpp+": 77.0},
        "prompted": True,
        "size": 32.0,
    }
}
BFCL = """Rank,Overall Acc,Model,Latency Mean (s),Live Acc,Multi Turn Acc
1,77.47%,Claude-Opus-4-5-20251101 (FC),4.38,79.79%,68.38%
2,70.01%,Claude-Opus-4-5-20251101 (Prompt),4.31,81.13%,N/A
"""
PROMPTFOO = {
    "results": {
        "timestamp": "2026-11-20T10:00:00.000Z",
        "results": [
            {"provider": {"id": "openai:chat:gpt-5-mini"}, "success": True, "response": {"output": "a"}},
            {"provider": {"id": "openai:chat:gpt-5-mini"}, "success": False, "failureReason": 1},
            {"provider": {"id": "openai:chat:gpt-5-mini"}, "success": False, "failureReason": 2},
            {"provider": {"id": "openai:chat:our-own"}, "success": True},
        ],
    },
    "config": {"description": "our tickets"},
}
LM_EVAL = {
    "results": {
        "gsm8k": {"alias": "gsm8k", "exact_match,strict-match": 0.6, "exact_match_stderr,strict-match": 0.01},
        "hellaswag": {"acc,none": 0.5, "acc_norm,none": 0.75},
    },
    "model_name": "meta-llama/Llama-3.1-8B-Instruct",
    "date": 1763600000.5,
}


def test_aider_has_a_variant_and_no_pairs() -> None:
    day = date(2025, 4, 16)
    assert aider_figures(AIDER, "polyglot_leaderboard.yml") == [
        Figure("Aider polyglot", "o3", 81.3, "high", day)
    ]


def test_evalplus_leaves_out_what_is_null() -> None:
    found = evalplus_figures(json.dumps(EVALPLUS))
    assert [(one.benchmark, one.value) for one in found] == [
        ("HumanEval", 92.1),
        ("HumanEval+", 87.2),
        ("MBPP+", 77.0),
    ]


def test_bfcl_keeps_function_calling_and_prompts_apart() -> None:
    found = bfcl_figures(BFCL)
    overall = [(one.name, one.variant, one.value) for one in found if one.benchmark == "BFCL v4 overall"]
    name = "Claude-Opus-4-5-20251101"
    assert overall == [(name, "fc", 77.47), (name, "prompt", 70.01)]
    assert len(found) == 5  # N/A is no score


def test_epochs_scale_differs_by_file() -> None:
    head = "Model version,{},Release date,Started at\n"
    gpqa = head.format("mean_score") + "gpt-5_high,0.8358,2025-08-07,2026-04-15T01:00:00.000Z\n,0.5,,\n"
    aid = head.format("Percent correct") + "gpt-5_high,41.8,2025-08-05,\n"
    (one,) = epoch_figures(gpqa, "benchmark_data/gpqa_diamond.csv")
    assert (one.value, one.variant, one.as_of) == (83.58, "high", date(2026, 4, 15))
    (other,) = epoch_figures(aid, "aider_polyglot_external.csv")
    assert other.value == 41.8 and other.as_of is None  # a model's release is no day of a measurement
    with pytest.raises(InputError, match="gpqa_diamond"):
        epoch_figures(gpqa, "gpqa_diamont.csv")
    with pytest.raises(InputError, match="not between 0 and 100"):
        epoch_figures(gpqa.replace("0.8358", "83.58"), "gpqa_diamond.csv")


def test_terminal_bench_is_one_agents() -> None:
    text = "Model version,Agent,Accuracy mean\nglm-5, Terminus 2 ,0.524\nglm-5,Droid,0.9\n"
    assert [one.value for one in epoch_figures(text, "terminalbench_external.csv")] == [52.4]


def test_arena_ratings_become_shares_of_wins() -> None:
    text = "model_name,rating,category\ngpt-5-high,1300,text\ngpt-5,1700,text\n"
    assert [one.value for one in lmarena_figures(text)] == [50.0, 90.9091]
    rows = [{"key": "gpt-5", "score": 1300, "leaderboard": "webdev"}]
    assert lmarena_figures(json.dumps({"rows": rows}))[0].benchmark == "LMArena webdev"
    with pytest.raises(InputError, match="rating"):
        lmarena_figures("a,b\n1,2\n")


def test_livebench_has_a_column_a_test() -> None:
    found = livebench_figures("model,AMPS_Hard,coding\ngpt-5,80.5,\n", "table_2025_04_02.csv")
    assert found == [Figure("LiveBench AMPS_Hard", "gpt-5", 80.5, "", date(2025, 4, 2))]


def test_own_evaluations() -> None:
    found = lm_eval_figures(json.dumps(LM_EVAL))
    name, day = "meta-llama/Llama-3.1-8B-Instruct", date(2025, 11, 20)
    assert found == [Figure("gsm8k", name, 60.0, "", day), Figure("hellaswag", name, 75.0, "", day)]
    own = promptfoo_figures(json.dumps(PROMPTFOO))
    assert [(one.benchmark, one.name, one.value) for one in own] == [
        ("our tickets", "gpt-5-mini", 50.0),
        ("our tickets", "our-own", 100.0),
    ]


@pytest.mark.parametrize(
    ("read", "text"),
    [
        (aider_figures, "{"),
        (aider_figures, "- model: x\n  pass_rate_2: many\n"),
        (evalplus_figures, "[1]"),
        (bfcl_figures, "a,b\n1,2\n"),
        (livebench_figures, "a,b\n1,2\n"),
        (lm_eval_figures, '{"results": {}}'),
        (promptfoo_figures, '{"results": {}}'),
        (lmarena_figures, '{"rows": 3}'),
    ],
)
def test_bad_files_are_refused_in_words(read, text: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(InputError):
        read(text, "f")


def test_variants() -> None:
    assert split("claude-3-7-sonnet (32k thinking tokens)") == ("claude-3-7-sonnet", "32k thinking tokens")
    assert split("claude-opus-4-6_unknown") == ("claude-opus-4-6", "")
    assert split("Qwen-1_8B") == ("Qwen-1_8B", "") and split("DeepSeek R1 (0528)")[1] == ""


def ran(words: list[str]) -> object:
    with pytest.raises(SystemExit) as done:
        main(words)
    return done.value.code


def test_scores_go_into_the_overlay_and_lines_stay(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file, overlay = tmp_path / "r.json", tmp_path / "mine.toml"
    file.write_text(json.dumps(PROMPTFOO))
    overlay.write_text('# mine\n[offers."openai/gpt-5-mini"]\nttft = 0.5 # measured\n')
    words = ["import", "scores", str(file), "--format", "promptfoo", "-o", str(overlay)]
    assert ran(words) == 1  # a new test, and nobody has said what it measures
    assert "--skill" in capsys.readouterr().err
    assert ran([*words, "--skill", "coding"]) == 0
    assert "our-own is no model of the catalogue" in capsys.readouterr().err
    assert overlay.read_text().startswith('# mine\n[offers."openai/gpt-5-mini"]\nttft = 0.5 # measured\n')
    before, after = (load_catalog(None, over).models["gpt-5-mini"] for over in (None, overlay))
    assert {s.benchmark for s in after.scores} - {s.benchmark for s in before.scores} == {
        "promptfoo_our_tickets"
    }
    assert after.fitted["coding"] != before.fitted["coding"]
    assert ran([*words, "--skill", "codign"]) == 2
    assert "coding" in capsys.readouterr().err


def test_livebenchs_efforts_are_the_runs_and_not_the_models() -> None:
    names = {
        "claude-opus-4-8-high-effort": ("claude-opus-4-8", "high"),
        "claude-4-1-opus-20250805-thinking-32k": ("claude-4-1-opus-20250805", "thinking 32k"),
        "claude-opus-4-5-thinking-auto-low-effort": ("claude-opus-4-5", "thinking auto low"),
        "gpt-5.2-high": ("gpt-5.2", "high"),
        "kimi-k2-thinking": ("kimi-k2-thinking", ""),
        "qwen3-max": ("qwen3-max", ""),
    }
    text = "model,math\n" + "".join(f"{name},50\n" for name in names)
    assert [(one.name, one.variant) for one in livebench_figures(text)] == [*names.values()]
