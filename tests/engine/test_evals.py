"""import evals: small files of each format by its documented schema, and their figures by hand."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from modelpick import load_routing
from modelpick.engine.commands import import_, solve
from modelpick.engine.domain.errors import InputError
from tests.engine.by_hand import ran

CATALOG = """
schema = 1
as_of = 2026-11-23
[providers.openai]
[models.gpt-5]
context = 400_000
default_effort = "medium"
efforts = { low = {}, medium = {}, high = {} }
[models.gpt-5-nano]
context = 400_000
[models."claude-haiku-4-5"]
context = 200_000
[offers."openai/gpt-5"]
input = 1.25
output = 10.0
[offers."openai/gpt-5-nano"]
input = 0.05
output = 0.4
[offers."openai/claude-haiku-4-5"]
input = 1.0
output = 5.0
"""


class Import:
    """`import evals` on files in a folder: the figures by label and model, and what was said."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder, self._capsys, self.said = folder, capsys, ""
        self.catalog = folder / "catalog.toml"
        self.catalog.write_text(CATALOG)
        (folder / "files").mkdir()

    def write(self, name: str, content: Any) -> Path:
        """A file of text, JSON, or with .jsonl a line for each value."""
        path = self.folder / "files" / name
        path.parent.mkdir(exist_ok=True, parents=True)
        if isinstance(content, str):
            path.write_text(content)
        elif name.endswith(".jsonl"):
            path.write_text("".join(json.dumps(row) + "\n" for row in content))
        else:
            path.write_text(json.dumps(content))
        return path

    def __call__(self, path: Path | str, *words: str) -> dict[str, dict[str, dict[str, float]]]:
        text, status = ran(import_, "evals", str(path), *words, "--json", "--catalog", str(self.catalog))
        assert status == 0
        self.said = self._capsys.readouterr().err
        self.facts = json.loads(text)
        labels: dict[str, dict[str, dict[str, float]]] = self.facts["labels"]
        return labels


@pytest.fixture
def evals(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Import:
    return Import(tmp_path, capsys)


CSV = """\
subject,model,score,output_tokens,cost_usd,latency_ms
math,gpt-5-nano,1,500,0.012,8000
math,gpt-5-nano,0,700,0.014,9000
math,claude-haiku-4-5,0,300,0.001,3000
law,gpt-5-nano,1,400,0.010,7000
law,claude-haiku-4-5,1,200,0.001,2000
law,claude-haiku-4-5,1,200,0.001,2100
"""


class TestTables:
    def test_a_column_splits_into_labels(self, evals: Import) -> None:
        labels = evals(evals.write("t.csv", CSV), "--label-by", "subject")
        # math: (1 + 0) / 2, 600 tokens, 0.013 USD, the median of 8 and 9 s.
        assert labels["math"]["gpt-5-nano"] == {
            "quality": 50.0, "n": 2, "output_tokens": 600.0, "cost": 0.013, "latency": 8.5,
        }  # fmt: skip
        assert labels["law"]["claude-haiku-4-5"] == {
            "quality": 100.0, "n": 2, "output_tokens": 200.0, "cost": 0.001, "latency": 2.05,
        }  # fmt: skip
        assert set(labels) == {"math", "law"} and "scores are from 0 to 1, times 100" in evals.said

    def test_without_one_all_goes_to_one_label_and_that_is_said(self, evals: Import) -> None:
        path = evals.write("t.csv", CSV)
        labels = evals(path)
        assert list(labels) == ["default"] and "all goes to the label default" in evals.said
        assert labels["default"]["gpt-5-nano"]["quality"] == pytest.approx(200 / 3, abs=1e-3)
        assert list(evals(path, "--label", "support")) == ["support"]

    def test_a_column_named_label_needs_no_option(self, evals: Import) -> None:
        labels = evals(evals.write("t.csv", CSV.replace("subject", "label")))
        assert set(labels) == {"math", "law"}

    @pytest.mark.parametrize(
        ("scores", "quality", "scale"),
        [
            (("pass", "FAIL", "Passed"), 66.6667, "pass or fail"),
            (("true", "False", "true"), 66.6667, "pass or fail"),
            (("0.25", "0.5", "0.75"), 50.0, "from 0 to 1"),
            (("25", "50", "75"), 50.0, "from 0 to 100"),
            (("25%", "50%", "75%"), 50.0, "from 0 to 100"),
        ],
    )
    def test_scales(self, evals: Import, scores: tuple[str, ...], quality: float, scale: str) -> None:
        rows = "".join(f"gpt-5-nano,{score}\n" for score in scores)
        labels = evals(evals.write("t.csv", f"model,score\n{rows}"))
        assert labels["default"]["gpt-5-nano"] == {"quality": quality, "n": 3}
        assert f"scores are {scale}" in evals.said

    def test_a_scale_of_ones_own(self, evals: Import) -> None:
        path = evals.write("t.csv", "model,rating\ngpt-5-nano,2\ngpt-5-nano,4\n")
        assert evals(path, "--max-score", "5")["default"]["gpt-5-nano"]["quality"] == 60.0
        evals(path)
        assert "scores are from 0 to 100, as the highest is 4 (--max-score 10" in evals.said

    def test_means_of_n_items(self, evals: Import) -> None:
        # (0.9*30 + 0.6*10) / 40 = 0.825
        path = evals.write(
            "t.csv", "model,accuracy,n\ngpt-5-nano,0.9,30\ngpt-5-nano,0.6,10\ngpt-5-nano,0.1,0\n"
        )
        assert evals(path)["default"]["gpt-5-nano"] == {"quality": 82.5, "n": 40}
        assert "1 result of 0 items left out" in evals.said

    def test_a_question_that_was_asked_twice_counts_once(self, evals: Import) -> None:
        # Question a: 1 and 0, so 0.5; b: 1. (0.5 + 1) / 2 of 2 questions.
        rows = "a,1\na,0\nb,1\n".replace(",", ",gpt-5-nano,")
        labels = evals(evals.write("t.csv", f"question_id,model,score\n{rows}"))
        assert labels["default"]["gpt-5-nano"] == {"quality": 75.0, "n": 2}
        assert "n counts 2 questions, which were asked 3 times" in evals.said

    def test_parquet(self, evals: Import) -> None:
        import duckdb

        csv, path = evals.write("t.csv", CSV), evals.folder / "files" / "t.parquet"
        duckdb.sql(f"COPY (FROM read_csv('{csv}')) TO '{path}'")
        assert evals(path, "--label-by", "subject") == evals(csv, "--label-by", "subject")

    def test_json_lines_with_keys_inside_keys(self, evals: Import) -> None:
        rows = [
            {"run": {"llm": "gpt-5-nano"}, "grade": {"ok": True}, "meta": {"topic": "x"}},
            {"run": {"llm": "gpt-5-nano"}, "grade": {"ok": False}, "meta": {"topic": "y"}},
        ]
        words = ("--model-by", "run.llm", "--score-by", "grade.ok", "--label-by", "meta.topic")
        labels = evals(evals.write("r.jsonl", rows), *words)
        assert {name: figures["gpt-5-nano"]["quality"] for name, figures in labels.items()} == {
            "x": 100.0, "y": 0.0,
        }  # fmt: skip

    def test_semicolons_and_quotes(self, evals: Import) -> None:
        path = evals.write("t.csv", 'label;model;score\n"a; b";gpt-5-nano;1\n')
        assert list(evals(path)) == ["a; b"]


class TestNames:
    @pytest.mark.parametrize(
        ("name", "key"),
        [
            ("gpt-5-nano", "gpt-5-nano"),
            ("openai/gpt-5-nano", "gpt-5-nano"),
            ("GPT-5-nano-2025-08-07", "gpt-5-nano"),
            ("openai:chat:gpt-5-nano", "gpt-5-nano"),
            ("claude-haiku-4-5-20251001", "claude-haiku-4-5"),
            ("gpt-5@high", "gpt-5@high"),
            ("gpt-5 (high)", "gpt-5@high"),
            ("gpt-5_low", "gpt-5@low"),
            ("openai/gpt-5-high", "gpt-5@high"),
            ("gpt-5", "gpt-5@medium"),  # what its API does unasked
        ],
    )
    def test_known_by_many_names(self, evals: Import, name: str, key: str) -> None:
        labels = evals(evals.write("t.csv", f"model,score\n{name},1\n"))
        assert list(labels["default"]) == [key]

    def test_a_column_of_levels(self, evals: Import) -> None:
        rows = "gpt-5,high,1\ngpt-5,low,0\ngpt-5,,1\ngpt-5,hihg,1\n"
        labels = evals(evals.write("t.csv", f"model,reasoning_effort,score\n{rows}"))
        assert set(labels["default"]) == {"gpt-5@high", "gpt-5@low", "gpt-5@medium"}
        assert "gpt-5: no level is said, taken at its default, medium" in evals.said
        assert (
            "gpt-5 has no level 'hihg' (did you mean 'high'?), only low, medium, high (1 result" in evals.said
        )

    def test_what_is_not_known_is_counted_with_the_nearest(self, evals: Import) -> None:
        rows = "gpt-5-nano,1\ngpt-5-nanno,1\ngpt-5-nanno,0\nours-v2,1\n"
        path = evals.write("t.csv", f"model,score\n{rows}")
        assert list(evals(path)["default"]) == ["gpt-5-nano"]
        assert "gpt-5-nanno is no model of the catalogue; perhaps gpt-5-nano" in evals.said
        assert "--name 'gpt-5-nanno=gpt-5-nano' (2 results left out)" in evals.said
        assert "ours-v2 is no model of the catalogue (1 result left out)" in evals.said
        names = ("--name", "ours-v2=gpt-5@low", "--name", "gpt-5-nanno=openai/gpt-5-nano")
        assert set(evals(path, *names)["default"]) == {"gpt-5-nano", "gpt-5@low", "openai/gpt-5-nano"}

    def test_two_names_of_one_model_are_pooled_and_said(self, evals: Import) -> None:
        path = evals.write("t.csv", "model,score\ngpt-5-nano,1\nopenai/gpt-5-nano,0\n")
        assert evals(path)["default"]["gpt-5-nano"] == {"quality": 50.0, "n": 2}
        assert "gpt-5-nano and openai/gpt-5-nano are both gpt-5-nano: pooled" in evals.said

    @pytest.mark.parametrize(
        ("words", "what"),
        [
            (("--name", "x=gpt-5-nanno"), "unknown model 'gpt-5-nanno' (did you mean 'gpt-5-nano'?)"),
            (("--name", "x=gpt-5@ultra"), "unknown model 'gpt-5@ultra'"),
            (("--name", "x"), "should be THEIRS=OURS"),
        ],
    )
    def test_bad_names(self, evals: Import, words: tuple[str, ...], what: str) -> None:
        with pytest.raises(
            InputError, match=what.replace("(", r"\(").replace(")", r"\)").replace("?", r"\?")
        ):
            evals(evals.write("t.csv", CSV), *words)


def promptfoo_row(provider: str, score: float, test: int, **more: Any) -> dict[str, Any]:
    """A row as promptfoo 0.12x writes it (EvaluateResult of version 3), less what nobody needs."""
    return {
        "promptIdx": 0,
        "testIdx": test,
        "provider": {"id": provider, "label": ""},
        "success": score >= 0.5,
        "score": score,
        "failureReason": 0 if score >= 0.5 else 1,
        "latencyMs": 420,
        "cost": 0.002,
        "namedScores": {"tone": 1 - score},
        "gradingResult": {"pass": score >= 0.5, "score": score},
        "vars": {"topic": "refund" if test % 2 else "billing"},
        "testCase": {"vars": {}, "metadata": {"language": "en"}},
        "response": {"output": "x", "tokenUsage": {"prompt": 12, "completion": 5, "total": 17}},
        **more,
    }


def promptfoo(*rows: dict[str, Any], providers: list[Any] | None = None) -> dict[str, Any]:
    return {
        "evalId": "eval-abc-2026-09-25T10:00:00",
        "results": {
            "version": 3,
            "timestamp": "2026-09-25T10:00:00.000Z",
            "prompts": [],
            "results": list(rows),
        },
        "config": {"providers": providers or []},
        "shareableUrl": None,
    }


class TestPromptfoo:
    def test_scores_tokens_cost_and_time(self, evals: Import) -> None:
        nano = "openai:chat:gpt-5-nano"
        rows = [promptfoo_row(nano, 1.0, 0), promptfoo_row(nano, 0.25, 1, cost=0.004, latencyMs=1420)]
        path = evals.write("results.json", promptfoo(*rows))
        assert evals(path)["default"]["gpt-5-nano"] == {
            "quality": 62.5, "n": 2, "output_tokens": 5.0, "cost": 0.003, "latency": 0.92,
        }  # fmt: skip
        topics = evals(path, "--label-by", "topic")
        assert topics["billing"]["gpt-5-nano"]["quality"] == 100 and topics["refund"]["gpt-5-nano"]["n"] == 1
        assert list(evals(path, "--label-by", "language")) == ["en"]
        assert evals(path, "--score-by", "success")["default"]["gpt-5-nano"]["quality"] == 50
        assert evals(path, "--score-by", "tone")["default"]["gpt-5-nano"]["quality"] == 37.5

    def test_errors_and_answers_of_the_cache(self, evals: Import) -> None:
        nano = "openai:gpt-5-nano"
        cached = promptfoo_row(nano, 1.0, 1, latencyMs=1, cost=0, response={"output": "x", "cached": True})
        rows = [promptfoo_row(nano, 1.0, 0), cached, promptfoo_row(nano, 0.0, 2, failureReason=2)]
        labels = evals(evals.write("results.json", promptfoo(*rows)))
        assert labels["default"]["gpt-5-nano"] == {
            "quality": 100.0, "n": 2, "output_tokens": 5.0, "cost": 0.002, "latency": 0.42,
        }  # fmt: skip
        assert "1 test ended in an error and left out" in evals.said and "1 answer came out of" in evals.said

    def test_levels_in_the_files_own_config(self, evals: Import) -> None:
        row = promptfoo_row("openai:gpt-5", 1.0, 0)
        row["provider"]["label"] = "thinks hard"
        config = [{"id": "openai:gpt-5", "label": "thinks hard", "config": {"reasoning_effort": "high"}}]
        labels = evals(evals.write("results.json", promptfoo(row, providers=config)))
        assert list(labels["default"]) == ["gpt-5@high"]

    def test_json_lines(self, evals: Import) -> None:
        rows = [promptfoo_row("openai:gpt-5-nano", 1.0, 0), promptfoo_row("openai:gpt-5-nano", 0.0, 1)]
        assert evals(evals.write("results.jsonl", rows))["default"]["gpt-5-nano"]["quality"] == 50


SUMMARY = {
    "results": {
        "mmlu": {"acc,none": 0.6, "acc_stderr,none": 0.01, "alias": "mmlu"},
        "mmlu_law": {"acc,none": 0.5, "acc_stderr,none": 0.05, "alias": "law"},
        "mmlu_math": {"acc,none": 0.8, "acc_stderr,none": 0.05, "alias": "math"},
    },
    "group_subtasks": {"mmlu": ["mmlu_law", "mmlu_math"]},
    "configs": {},
    "versions": {},
    "n-shot": {},
    "n-samples": {
        "mmlu_law": {"original": 200, "effective": 100},
        "mmlu_math": {"original": 50, "effective": 50},
    },
    "config": {"model": "openai-chat-completions", "model_args": "model=gpt-5-nano,num_concurrent=1"},
    "date": 1768964383.0,
    "model_source": "openai-chat-completions",
    "model_name": "gpt-5-nano",
}


def sample(doc: int, exact_match: float, subject: str, filter: str = "strict-match") -> dict[str, Any]:
    return {
        "doc_id": doc, "doc": {"question": "?", "subject": subject}, "target": "4",
        "arguments": {"gen_args_0": {"arg_0": "?"}}, "resps": [["4"]], "filtered_resps": ["4"],
        "filter": filter, "metrics": ["exact_match"], "exact_match": exact_match,
        "doc_hash": "a", "prompt_hash": "b", "target_hash": "c",
    }  # fmt: skip


class TestLmEval:
    def test_means_of_tasks(self, evals: Import) -> None:
        path = evals.write("results_2026-01-01T10-00-00.000000.json", SUMMARY)
        # The group is its parts: (0.5*100 + 0.8*50) / 150.
        assert evals(path)["default"]["gpt-5-nano"] == {"quality": 60.0, "n": 150}
        tasks = evals(path, "--label-by", "task")
        assert tasks == {
            "mmlu_law": {"gpt-5-nano": {"quality": 50.0, "n": 100}},
            "mmlu_math": {"gpt-5-nano": {"quality": 80.0, "n": 50}},
        }

    def test_a_standard_error_where_no_count_is_said(self, evals: Import) -> None:
        summary = {**SUMMARY, "n-samples": {}}
        tasks = evals(evals.write("results_x.json", summary), "--label-by", "task")
        # 50 - 1.2815516 * 5
        assert tasks["mmlu_law"]["gpt-5-nano"] == {"quality": 50.0, "low": pytest.approx(43.5922, abs=1e-3)}

    def test_effort_in_the_arguments(self, evals: Import) -> None:
        config = {**SUMMARY["config"], "gen_kwargs": "reasoning_effort=high,max_gen_toks=9"}  # type: ignore[dict-item]
        summary = {**SUMMARY, "model_name": "gpt-5", "config": config}
        assert list(evals(evals.write("results_x.json", summary))["default"]) == ["gpt-5@high"]

    def test_samples_of_the_model_beside_them(self, evals: Import) -> None:
        evals.write("m/results_2026-01-01T10-00-00.000000.json", SUMMARY)
        rows = [sample(0, 1.0, "law"), sample(1, 0.0, "law"), sample(2, 1.0, "math")]
        rows += [sample(each, 1.0, "law", "flexible-extract") for each in range(3)]
        path = evals.write("m/samples_gsm8k_2026-01-01T10-00-00.000000.jsonl", rows)
        labels = evals(path, "--label-by", "subject")
        assert labels["law"]["gpt-5-nano"] == {"quality": 50.0, "n": 2}
        assert labels["math"]["gpt-5-nano"] == {"quality": 100.0, "n": 1}
        assert "of the filters strict-match, flexible-extract, strict-match counts" in evals.said
        flexible = evals(path, "--score-by", "exact_match,flexible-extract")
        assert flexible["default"]["gpt-5-nano"] == {"quality": 100.0, "n": 3}
        # In a folder the results beside the samples do not count again.
        assert evals(path.parent)["default"]["gpt-5-nano"] == {"quality": pytest.approx(66.6667), "n": 3}

    def test_samples_in_a_folder_named_after_the_model(self, evals: Import) -> None:
        path = evals.write("openai__gpt-5-nano/samples_x_2026-01-01T10-00-00.0.jsonl", [sample(0, 1.0, "a")])
        assert evals(path)["default"]["gpt-5-nano"]["n"] == 1
        bare = evals.write("samples_x_2026-01-01T10-00-00.0.jsonl", [sample(0, 1.0, "a")])
        with pytest.raises(InputError, match=r"samples do not name their model"):
            evals(bare)


def inspect_sample(number: int, value: Any, epoch: int = 1, **more: Any) -> dict[str, Any]:
    """A summary as Inspect 0.3.285 writes it."""
    return {
        "id": number, "epoch": epoch, "input": "q", "target": "Paris",
        "metadata": {"subject": "geo" if number % 2 else "history"},
        "scores": {"match": {"value": value, "answer": "x", "history": []},
                   "includes": {"value": "C", "answer": "x", "history": []}},
        "model_usage": {
            "openai/gpt-5": {"input_tokens": 10, "output_tokens": 20 + number, "total_tokens": 31},
            "openai/judge": {"input_tokens": 10, "output_tokens": 9_999, "total_tokens": 31},
        },
        "total_time": 9.0, "working_time": 2.0 * number, "completed": True, "message_count": 2,
        "turn_count": 1,
        **more,
    }  # fmt: skip


INSPECT = {
    "version": 2,
    "status": "success",
    "eval": {
        "task": "capitals", "model": "openai/gpt-5", "model_generate_config": {"reasoning_effort": "high"},
        "dataset": {"samples": 3, "sample_ids": [1, 2, 3]}, "config": {"epochs": 1},
    },
    "plan": {"name": "plan", "steps": [], "config": {}},
    "results": {
        "total_samples": 3, "completed_samples": 3, "headline": {"score": "match"},
        "scores": [{"name": "match", "scored_samples": 3, "metrics": {"accuracy": {"value": 0.5}}}],
    },
}  # fmt: skip
SAMPLES = [inspect_sample(1, "C"), inspect_sample(2, "I"), inspect_sample(3, "P")]


def write_eval(path: Path, members: dict[str, Any]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, json.dumps(content))
    return path


class TestInspect:
    # Correct, incorrect, partial: 1.5 of 3; 22 tokens in the mean, without the judge's; median of 2, 4, 6 s.
    WHOLE = {"gpt-5@high": {"quality": 50.0, "n": 3, "output_tokens": 22.0, "latency": 4.0}}

    @pytest.mark.parametrize(
        "members",
        [
            {"header.json": INSPECT, "summaries.json": SAMPLES, "_journal/start.json": {}},
            {"_journal/start.json": INSPECT, "_journal/summaries/1.json": SAMPLES[:2],
             "_journal/summaries/2.json": SAMPLES[2:]},
            {"start.json": {"version": 2, "eval": INSPECT["eval"], "plan": INSPECT["plan"]},
             "results.json": {"status": "success", "results": INSPECT["results"]},
             "summary.json": [{**each, "model_usage": {}} for each in SAMPLES],
             **{f"samples/{each['id']}_epoch_1.json": each for each in SAMPLES}},
        ],
    )  # fmt: skip
    def test_archives_old_and_new_and_of_a_stopped_run(self, evals: Import, members: dict[str, Any]) -> None:
        path = write_eval(evals.folder / "files" / "log.eval", members)
        labels = evals(path)
        assert (
            labels["default"] == self.WHOLE and "of the scorers match, includes, match counts" in evals.said
        )

    def test_json(self, evals: Import) -> None:
        path = evals.write("log.json", {**INSPECT, "samples": SAMPLES})
        assert evals(path)["default"] == self.WHOLE
        assert evals(path, "--score-by", "includes")["default"]["gpt-5@high"]["quality"] == 100
        subjects = evals(path, "--label-by", "subject")
        assert subjects["geo"]["gpt-5@high"]["quality"] == 75 and subjects["history"]["gpt-5@high"]["n"] == 1
        assert list(evals(path, "--label-by", "task")) == ["capitals"]

    def test_packed_with_zstandard(self, evals: Import) -> None:
        # As Inspect writes since 2026; Python reads these from 3.14 on, DuckDB everywhere.
        import duckdb

        path = evals.folder / "files" / "log.eval"
        folder = evals.folder / "packed"
        folder.mkdir()
        members: dict[str, tuple[bytes, int]] = {}
        for name, content in (("header.json", INSPECT), ("summaries.json", SAMPLES)):
            text = json.dumps(content).replace("'", "''")
            packed = folder / f"{name}.zst"
            duckdb.sql(
                f"COPY (SELECT '{text}' AS line) TO '{packed}'"
                " (FORMAT csv, HEADER false, QUOTE '', ESCAPE '', DELIMITER '\x01', COMPRESSION zstd)"
            )
            members[name] = packed.read_bytes(), len(text)
        with zipfile.ZipFile(path, "w") as archive:
            for name, (raw, _) in members.items():
                archive.writestr(zipfile.ZipInfo(name), raw)
            for info, (_, size) in zip(archive.filelist, members.values(), strict=True):
                info.compress_type, info.file_size = 93, size  # what the table of contents then says
        assert evals(path)["default"] == self.WHOLE

    def test_epochs_errors_and_turns(self, evals: Import) -> None:
        samples = [
            inspect_sample(1, "C"), inspect_sample(1, "I", epoch=2),
            inspect_sample(2, "C", turn_count=7, message_count=15),
            {**inspect_sample(3, "C"), "scores": {}, "error": "ConnectionError()"},
        ]  # fmt: skip
        labels = evals(evals.write("log.json", {**INSPECT, "samples": samples}))
        # Sample 1 is half right, sample 2 right; the tokens and times of one request are sample 1's alone.
        assert labels["default"]["gpt-5@high"] == {
            "quality": 75.0, "n": 2, "output_tokens": 21.0, "latency": 2.0,
        }  # fmt: skip
        assert "1 sample ended in an error and left out" in evals.said and "1 sample of several" in evals.said

    def test_a_log_without_samples_has_its_means(self, evals: Import) -> None:
        labels = evals(evals.write("log.json", INSPECT))
        assert labels["default"]["gpt-5@high"] == {"quality": 50.0, "n": 3}

    @pytest.mark.parametrize("sample", [{}, {"metadata": None}, {"metadata": 3}, {"metadata": ["a"]}])
    def test_samples_without_metadata(self, evals: Import, sample: dict[str, Any]) -> None:
        samples = [{**{k: v for k, v in SAMPLES[0].items() if k != "metadata"}, **sample}]
        path = write_eval(
            evals.folder / "files" / "log.eval", {"header.json": INSPECT, "summaries.json": samples}
        )
        assert evals(path)["default"]["gpt-5@high"]["quality"] == 100

    @pytest.mark.parametrize("value", [["C"], {"a": []}, [], {}])
    def test_a_value_that_is_no_score(self, evals: Import, value: Any) -> None:
        samples = [{"id": 1, "scores": {"includes": {"value": value}}}]
        with pytest.raises(InputError):
            evals(evals.write("log.json", {**INSPECT, "samples": samples}))

    @pytest.mark.parametrize("member", ["header.json", "summaries.json"])
    @pytest.mark.parametrize("content", [None, 3, "x", [1]])
    def test_members_that_hold_something_else(self, evals: Import, member: str, content: Any) -> None:
        members = {"header.json": INSPECT, "summaries.json": SAMPLES, member: content}
        path = write_eval(evals.folder / "files" / "log.eval", members)
        if member == "header.json":
            with pytest.raises(InputError, match=r"a damaged log: header\.json is no JSON object"):
                evals(path)
        else:  # the means of the header are left
            assert evals(path)["default"]["gpt-5@high"]["quality"] > 0

    def test_damaged(self, evals: Import) -> None:
        path = write_eval(
            evals.folder / "files" / "log.eval", {"header.json": INSPECT, "summaries.json": SAMPLES}
        )
        content = bytearray(path.read_bytes())
        content[60:80] = b"x" * 20
        path.write_bytes(bytes(content))
        with pytest.raises(InputError, match="a damaged log"):
            evals(path)
        other = write_eval(evals.folder / "files" / "other.eval", {"a.txt": "x"})
        with pytest.raises(InputError, match="no log of Inspect"):
            evals(other)


EEE = {
    "schema_version": "0.2.1",
    "evaluation_id": "arc/openai_gpt-5-nano/1",
    "retrieved_timestamp": "1770570042.3",
    "source_metadata": {
        "source_type": "evaluation_run", "source_organization_name": "us",
        "evaluator_relationship": "first_party",
    },
    "eval_library": {"name": "inspect_ai", "version": "0.3"},
    "model_info": {"name": "GPT-5 nano", "id": "openai/gpt-5-nano"},
    "evaluation_results": [
        {
            "evaluation_name": "arc",
            "source_data": {"dataset_name": "arc", "source_type": "hf_dataset", "samples_number": 2376},
            "metric_config": {
                "lower_is_better": False, "score_type": "continuous", "min_score": 0.0, "max_score": 10.0,
            },
            "score_details": {"score": 8.0, "uncertainty": {"num_samples": 40}},
        },
        {
            "evaluation_name": "errors",
            "source_data": {"dataset_name": "arc", "source_type": "other"},
            "metric_config": {"lower_is_better": True, "score_type": "binary"},
            "score_details": {"score": 0.1},
        },
    ],
}  # fmt: skip


class TestEveryEvalEver:
    def test_metadata_that_are_none(self, evals: Import) -> None:
        line = {"evaluation_id": "x", "model_id": "openai/gpt-5-nano", "evaluation": {"score": 1.0}}
        for place, metadata in enumerate([None, 3, True, list[str]()]):
            path = evals.write(f"lines_{place}.jsonl", [{**line, "metadata": metadata}])
            assert evals(path)["default"]["gpt-5-nano"]["quality"] == 100

    def test_a_score_above_its_own_best_is_refused(self, evals: Import) -> None:
        above = json.loads(json.dumps(EEE))
        above["evaluation_results"][0]["score_details"]["score"] = 13.0
        with pytest.raises(InputError, match="a score of 13 is above 10, the best there is by the file"):
            evals(evals.write("log.json", above))

    def test_means(self, evals: Import) -> None:
        labels = evals(evals.write("eee.json", EEE), "--label-by", "evaluation_name")
        assert labels == {"arc": {"gpt-5-nano": {"quality": 80.0, "n": 40}}}  # 8 of 10
        assert "errors: lower is better there" in evals.said

    def test_answers_one_by_one(self, evals: Import) -> None:
        rows = [
            {
                "schema_version": "instance_level_eval_0.2.1", "evaluation_id": "arc/openai_gpt-5-nano/1",
                "model_id": "openai/gpt-5-nano", "evaluation_name": "arc", "sample_id": str(number),
                "interaction_type": "single_turn", "input": {"raw": "q", "reference": ["a"]},
                "output": {"raw": ["a"]}, "answer_attribution": [],
                "evaluation": {"score": score, "is_correct": score == 1.0},
                "token_usage": {"input_tokens": 5, "output_tokens": 30 + number, "total_tokens": 40},
                "performance": {"latency_ms": 1500.0}, "metadata": {"subject": f"s{number}"},
            }
            for number, score in enumerate((1.0, 0.0))
        ]  # fmt: skip
        path = evals.write("f/eee.jsonl", rows)
        assert evals(path)["default"]["gpt-5-nano"] == {
            "quality": 50.0, "n": 2, "output_tokens": 30.5, "latency": 1.5,
        }  # fmt: skip
        assert set(evals(path, "--label-by", "subject")) == {"s0", "s1"}
        evals.write("f/eee.json", EEE)
        assert evals(path.parent)["default"]["gpt-5-nano"]["n"] == 2  # not counted again


class TestIntoARouting:
    OURS = """\
# ours
schema = 1
[limits]
peak = 2.0   # busy
[labels.law]
requests = 10   # a month
input_tokens = 1_000
output_tokens = 100
skills = { coding = 1.0 }
min_quality = 60.0

[labels.law.measured.gpt-5-nano]
# by hand
quality = 10.0   # to be replaced
[labels.law.measured."openai/gpt-5"]
quality = 33.0

# the other one
[labels.other]
requests = 5
input_tokens = 10
output_tokens = 1
"""

    def test_merges_and_keeps_comments(self, evals: Import) -> None:
        ours = evals.write("ours.toml", self.OURS)
        path, out = evals.write("t.csv", CSV), evals.folder / "out.toml"
        evals(path, "--label-by", "subject", "--workload", str(ours), "-o", str(out))
        text, routing = out.read_text(), load_routing(out)
        for line in (
            "# ours",
            "peak = 2.0   # busy",
            "requests = 10   # a month",
            "# by hand",
            "# the other one",
        ):
            assert line in text.splitlines()
        law = routing.labels["law"].measured
        assert (law["gpt-5-nano"].quality, law["gpt-5-nano"].n, law["openai/gpt-5"].quality) == (
            100.0,
            1,
            33.0,
        )
        assert list(routing.labels) == ["law", "other", "math"]
        assert routing.labels["law"].min_quality == 60 and routing.labels["math"].requests == 10
        assert "labels.law: new figures of gpt-5-nano" in evals.said and "labels.math is new" in evals.said
        assert ours.read_text() == self.OURS
        # Again into the same file: nothing else changes, and nothing is written twice.
        evals(path, "--label-by", "subject", "-o", str(out))
        assert out.read_text() == text and "merged into" in evals.said

    def test_a_new_routing_is_solved_at_once(self, evals: Import) -> None:
        out = evals.folder / "new.toml"
        evals(evals.write("t.csv", CSV), "--label-by", "subject", "-o", str(out))
        routing = load_routing(out)
        assert routing.limits.confidence == 0.9
        assert {name: (label.max_models, label.min_quality) for name, label in routing.labels.items()} == {
            "math": (1, "gpt-5-nano - 5"),
            "law": (1, "gpt-5-nano - 5"),
        }
        text, status = ran(solve, str(out), "--catalog", str(evals.catalog), "--json")
        assert status == 0 and json.loads(text)["status"] == "optimal"

    def test_to_standard_output(self, evals: Import) -> None:
        words = ("evals", str(evals.write("t.csv", CSV)), "--catalog", str(evals.catalog))
        text, status = ran(import_, *words)
        assert status == 0 and "[labels.default.measured.gpt-5-nano]\nquality = 66.6667\nn = 3\n" in text

    def test_a_file_that_is_no_routing_is_not_written_over(self, evals: Import) -> None:
        out = evals.write("notes.txt", "x")
        with pytest.raises(InputError, match=r"notes\.txt"):
            evals(evals.write("t.csv", CSV), "-o", str(out))
        assert out.read_text() == "x"


@pytest.mark.parametrize(
    ("name", "content", "what"),
    [
        ("t.csv", "model,score\n", "holds no results"),
        (
            "t.csv",
            "model,score\ngpt-5-nano,\ngpt-5-nano,NaN\n",
            "nothing can be used: 2 results without a score",
        ),
        ("t.csv", "model,score,n\ngpt-5-nano,1,0\n", "nothing can be used: 1 result of 0 items"),
        (
            "t.csv",
            "model,answer\ngpt-5-nano,4\n",
            "no column of scores is known; --score-by names it, of model",
        ),
        ("t.csv", "who,score\ngpt-5-nano,4\n", "no column of models is known; --model-by"),
        ("t.csv", "model,score\ngpt-5-nano,great\n", "row 1, score: 'great' is no score"),
        ("t.csv", "model,score\ngpt-5-nano,140\n", "a score of 140 is above 100; --max-score"),
        ("t.csv", "model,score\ngpt-5-nano,-1\n", "a score of -1 is below 0"),
        ("t.csv", "model,score\nours,1\n", "none of its models is in the catalogue: ours is no model"),
        ("t.json", "{", "not valid JSON"),
        ("t.json", "", "is empty"),
        ("t.json", f'[{{"model": "gpt-5-nano", "score": 1{"0" * 400}}}]', "1 result without a score"),
        ("t.json", '{"a": 1}', "not recognised as evaluations"),
        ("t.json", "[" * 100_000, "nested too deeply"),
        ("t.jsonl", '{"model": "gpt-5-nano", "score": 1}\n{"model": ', "line 2: not valid JSON"),
        ("t.json", promptfoo(promptfoo_row("openai:gpt-5-nano", 1, 0, failureReason=2)), "holds no results"),
    ],
)
def test_what_cannot_be_used_is_one_message(evals: Import, name: str, content: Any, what: str) -> None:
    path = evals.write(name, content)
    with pytest.raises(InputError) as caught:
        evals(path)
    assert what in str(caught.value) and str(path) in str(caught.value)


@pytest.mark.parametrize("figure", ["1e308", "-5", "nan", "inf", "many", "1e-300"])
def test_figures_that_cannot_be_are_said(evals: Import, figure: str) -> None:
    head = "model,score,output_tokens,cost_usd,latency_ms,n\n"
    labels = evals(evals.write("t.csv", f"{head}gpt-5-nano,1,{','.join([figure] * 3)},5\n"))
    assert labels["default"]["gpt-5-nano"] == {"quality": 100.0, "n": 5}
    for column in ("output_tokens", "cost_usd", "latency_ms"):
        assert f"t.csv: 1 figure of {column} cannot be taken: no number from 0 on" in evals.said


def test_encodings_packings_and_ends_of_lines(evals: Import) -> None:
    rows = [
        {"model": "gpt-5-nano", "score": 1, "answer": "a\u2028b\x85c"},
        {"model": "gpt-5-nano", "score": 0},
    ]
    text = "\r\n".join(json.dumps(row, ensure_ascii=False) for row in rows)
    path = evals.folder / "files" / "t.jsonl"
    path.write_bytes(b"\xef\xbb\xbf" + text.encode())
    assert evals(path)["default"]["gpt-5-nano"] == {"quality": 50.0, "n": 2}
    import duckdb

    packed = evals.folder / "files" / "t.jsonl.zst"
    rows_sql = "VALUES ('gpt-5-nano', 1), ('gpt-5-nano', 0)"
    duckdb.sql(f"COPY (FROM ({rows_sql}) AS t(model, score)) TO '{packed}' (FORMAT json, COMPRESSION zstd)")
    assert evals(packed)["default"]["gpt-5-nano"] == {"quality": 50.0, "n": 2}
    packed.write_bytes(packed.read_bytes()[:-8])
    with pytest.raises(InputError, match=r"t\.jsonl\.zst: is damaged: it is cut off"):
        evals(packed)
    for name, content, what in (
        ("a.csv", "model,score\n".encode("utf-16"), "is text in UTF-16: save it as UTF-8"),
        ("b.csv", b"", "is empty"),
        ("c.csv", b"<html>", "is a page of HTML"),
    ):
        (evals.folder / "files" / name).write_bytes(content)
        with pytest.raises(InputError, match=f"{name}: {what}"):
            evals(evals.folder / "files" / name)


def test_columns_that_are_not_there(evals: Import) -> None:
    files = [
        (evals.write("t.csv", CSV), "subjet", "subject"),
        (evals.write("results.json", promptfoo(promptfoo_row("openai:gpt-5-nano", 1, 0))), "topik", "topic"),
        (evals.write("results_x.json", SUMMARY), "taks", "task"),
        (evals.write("log.json", {**INSPECT, "samples": SAMPLES}), "subjet", "subject"),
    ]
    for path, wrong, right in files:
        with pytest.raises(
            InputError, match=rf"--label-by: no column '{wrong}' \(did you mean '{right}'\?\)"
        ):
            evals(path, "--label-by", wrong)
    with pytest.raises(InputError, match="--score-by: no column 'f1'"):
        evals(files[3][0], "--score-by", "f1")
    with pytest.raises(InputError, match="no such file or folder"):
        evals("nowhere.csv")


def test_several_files_by_a_pattern(evals: Import) -> None:
    for place, model in enumerate(("gpt-5-nano", "claude-haiku-4-5")):
        evals.write(f"results_{place}.json", {**SUMMARY, "model_name": model})
    labels = evals(str(evals.folder / "files" / "results_*.json"))
    assert set(labels["default"]) == {"gpt-5-nano", "claude-haiku-4-5"}
    evals.write("package.json", {"name": "x"})
    evals(evals.folder / "files")
    assert "1 file without evaluations not read: package.json" in evals.said
