"""modelpick import usage: every source against figures added up by hand."""

from __future__ import annotations

import gzip
import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from .router_facts import Files

pytest.importorskip("duckdb", reason="DuckDB comes with modelpick[usage]")


def line(number: int, model: str, fresh: int = 100, read: int = 900, out: int = 50, **more: Any) -> str:
    usage = {"input_tokens": fresh, "cache_read_input_tokens": read, "cache_creation_input_tokens": 0}
    usage |= {"output_tokens": out, **more.pop("usage", {})}
    message = {"id": f"m{number}", "model": model, "usage": usage}
    moment = f"2026-11-{1 + number % 11:02}T10:00:00.000Z"
    return json.dumps({"type": "assistant", "timestamp": moment, "message": message, **more})


def imported(files: Files, source: Path, *words: object) -> dict[str, Any]:
    assert files.run("import", "usage", source, "--workload", files.routed, "--json", *words) == 0
    told: dict[str, Any] = json.loads(files.out)
    return told


@pytest.fixture
def sessions(files: Files) -> Path:
    """Two sessions and a subagent's: streaming repeats, across files too, and damage of every kind."""
    folder = files.folder / "projects"
    (folder / "p" / "subagents").mkdir(parents=True)
    first = [line(n, "claude-opus-5") for n in range(10)]
    first += [
        line(3, "claude-opus-5", out=10),
        '{"type": "assistant", "mess',
        "no json",
        '{"type": "user"}',
        "",
    ]
    first += [
        line(99, "<synthetic>"),
        json.dumps({"type": "assistant", "timestamp": "?", "message": {"id": "q"}}),
    ]
    second = [line(3, "claude-opus-5", out=40), line(20, "claude-haiku-5-20260101", fresh=300, read=0)]
    second += [line(21, "claude-sonnet-5", fresh=500, read=500), line(22, "claude-sonnet-5", read=69_900)]
    second += [line(23, "claude-sonnet-5", usage={"server_tool_use": {"web_search_requests": 2}})]
    (folder / "p" / "a.jsonl").write_text("\n".join(first))
    (folder / "p" / "b.jsonl").write_bytes("\n".join(second).encode() + b'\n{"type": "\xff"}\n')
    (folder / "p" / "subagents" / "c.jsonl").write_text(line(30, "claude-opus-5", isSidechain=True))
    return folder


class TestClaudeCode:
    def test_labels_and_figures(self, files: Files, sessions: Path) -> None:
        usage = imported(files, sessions)["usage"]
        labels = usage["labels"]
        requests = {name: label["requests"] for name, label in labels.items()}
        others = {"background": 1, "default": 1, "longContext": 1, "webSearch": 1, "subagent": 1}
        assert requests == {"think": 10, **others}
        think = labels["think"]
        assert think["input"] == 1_000 and think["cached"] == 0.9 and think["output"] == 50
        assert labels["longContext"]["input"] == 70_000
        assert usage["damaged"] == 3

    def test_a_month_of_it(self, files: Files, sessions: Path) -> None:
        told = imported(files, sessions)
        # From the 1st to the 11th are ten days of 24 hours; a month is 730 hours.
        assert told["usage"]["hours"] == 240.0
        think = told["routing"]["labels"]["think"]
        assert think["requests"] == round(10 * 730 / 240) and think["input_tokens"] == 1_000
        assert think["cached"] == 0.9 and think["context"] == 1_050
        assert think["routes"] == [{"offer": "anthropic/claude-opus-5", "share": 1.0}]
        assert "10.0 days" in told["notes"][0] and "3 damaged lines" in told["notes"][0]

    def test_the_threshold(self, files: Files, sessions: Path) -> None:
        labels = imported(files, sessions, "--threshold", 80_000)["usage"]["labels"]
        assert "longContext" not in labels and labels["default"]["requests"] == 2

    def test_last_month_on_other_models(self, files: Files) -> None:
        """Usage in, the best routing out, the money between them."""
        names = ["claude-opus-5"] * 10 + ["claude-haiku-5-20260101"] * 5
        sessions = files.write("s.jsonl", "\n".join(line(n, name) for n, name in enumerate(names)))
        rules = files.write("rules.toml", files.routed.read_text().replace("min_quality = 68.0", ""))
        now, best = files.folder / "now.toml", files.folder / "best.toml"
        assert files.run("import", "usage", sessions, "--workload", rules, "-o", now) == 0
        assert files.run("solve", now, "-o", best) == 0
        assert files.run("diff", now, best, "--max-increase", "0", "--json") == 0
        # 10 requests in 240 hours are 30 a month; 1,000 tokens in (no discount for cached ones) and 50 out.
        think = json.loads(files.out)["labels"]["think"]["before"]
        assert think["cost"] == pytest.approx(30 * (1_000 * 5.0 + 50 * 25.0) / 1e6)


def test_litellm_spend_logs(files: Files) -> None:
    cached = json.dumps({"usage_object": {"prompt_tokens_details": {"cached_tokens": 400}}}).replace(
        '"', '""'
    )
    text = "request_id,model_group,model,custom_llm_provider,prompt_tokens,completion_tokens,spend,"
    text += "startTime,status,cache_hit,metadata\n"
    for day in range(1, 21):
        text += f"r{day},default,Org/Large,nscale,1000,100,0.002,2026-11-{day:02} 08:00:00.1,success,,"
        text += f'"{cached}"\n'
    text += "f1,default,Org/Large,nscale,1000,100,0.002,2026-11-03 08:00:00,failure,,{}\n"
    text += "h1,default,Org/Large,nscale,1000,100,0,2026-11-03 08:00:00,success,True,{}\n"
    text += "b1,background,small-chat,deepseek,200,10,0.0001,2026-11-21 08:00:00,success,None,{}\n"
    text += 'broken,"line\n'
    told = imported(files, files.write("logs.csv", text))
    default, background = (told["usage"]["labels"][name] for name in ("default", "background"))
    assert default["requests"] == 20 and default["input"] == 1_000 and default["cached"] == 0.4
    assert default["models"][0]["usd_per_million"] == pytest.approx(0.002 / 1_100 * 1e6)
    assert background["requests"] == 1 and told["usage"]["hours"] == pytest.approx(480, abs=0.01)
    assert told["routing"]["labels"]["default"]["routes"] == [{"offer": "nscale/large", "share": 1.0}]
    assert told["usage"]["damaged"] == 1


class TestManyFiles:
    HEAD = "date,model,model_permaslug,provider_name,usage,requests,prompt_tokens,completion_tokens\n"

    def day(self, number: int) -> str:
        return f"2026-11-{number:02},org/large,org/large-2026,Fireworks,0.5,10,20000,3000\n"

    def test_a_folder_and_a_pattern(self, files: Files) -> None:
        folder = files.folder / "with [signs]*"
        folder.mkdir()
        for number in range(1, 5):
            (folder / f"{number}.csv").write_text(self.HEAD + self.day(number))
        (folder / "readme.txt").write_text("none")
        for source, days in ((folder, 4), (files.folder / "with*" / "[12].csv", 2)):
            usage = imported(files, source)["usage"]
            assert usage["hours"] == 24 * days and usage["labels"]["longContext"]["requests"] == 10 * days
        (folder / "5.csv").write_text("a,b\n1,2\n")
        assert files.run("import", "usage", folder) == 2
        assert "5.csv has other columns than 1.csv" in files.err
        assert files.run("import", "usage", files.folder / "none*.csv") == 2
        assert "no file of usage there" in files.err

    def test_parquet_and_packed_lines(self, files: Files) -> None:
        import duckdb

        csv, parquet = files.write("a.csv", self.HEAD + self.day(1) + self.day(2)), files.folder / "a.parquet"
        with duckdb.connect() as database:
            database.execute(f"COPY (FROM read_csv('{csv}')) TO '{parquet}'")
        assert imported(files, parquet)["usage"] == imported(files, csv)["usage"]
        packed = files.folder / "s.jsonl.gz"
        packed.write_bytes(gzip.compress(line(1, "claude-opus-5").encode()))
        assert imported(files, packed)["usage"]["labels"]["think"]["requests"] == 1


def test_claude_code_router_3(files: Files) -> None:
    path = files.folder / "usage.sqlite"
    with sqlite3.connect(path) as database:
        database.execute(
            "CREATE TABLE usage_events (created_at TEXT, model TEXT, logical_model TEXT, provider TEXT,"
            " status_code INTEGER, input_tokens INTEGER, output_tokens INTEGER, cache_read_tokens INTEGER,"
            " cache_write_tokens INTEGER, cost_usd REAL)"
        )
        for status in (200, 0, 500):
            row = ("2026-11-01T00:00:00.000Z", "Org/Large", "", "provider-nscale-9021225ea6", status)
            database.execute("INSERT INTO usage_events VALUES (?,?,?,?,?,100,20,300,0,0.5)", row)
    database.close()
    told = imported(files, path)
    default = told["usage"]["labels"]["default"]  # by the workload's own routes
    assert default["requests"] == 2 and default["input"] == 400 and default["cached"] == 0.75
    assert told["routing"]["labels"]["default"]["routes"] == [{"offer": "nscale/large", "share": 1.0}]


def test_openrouter_activity(files: Files) -> None:
    text = "date,model,model_permaslug,provider_name,usage,requests,prompt_tokens,completion_tokens\n"
    for day in range(1, 11):
        text += f"2026-11-{day:02},org/large,org/large-2026,Fireworks,0.5,10,20000,3000\n"
    told = imported(files, files.write("activity.csv", text))
    label = told["usage"]["labels"]["longContext"]  # by the workload's routes
    assert label["requests"] == 100 and label["input"] == 2_000 and label["output"] == 300
    assert label["p95"] is None and told["usage"]["hours"] == 240
    assert label["models"][0]["usd"] == pytest.approx(5.0)


def test_openai_and_anthropic_normalise_the_cache(files: Files) -> None:
    """OpenAI's input counts the cached and the written tokens, Anthropic's does not."""
    bucket = {"model": "gpt-x", "input_tokens": 1_000, "input_cached_tokens": 400, "output_tokens": 50}
    bucket |= {"input_cache_write_tokens": 100}
    day = {"start_time": 1_793_500_000, "results": [{**bucket, "num_model_requests": 4}]}
    openai = files.write("openai.json", json.dumps({"object": "page", "data": [day]}))
    label = imported(files, openai)["usage"]["labels"]["gpt-x"]
    assert label["input"] == 250 and label["cached"] == 0.4 and label["requests"] == 4
    assert label["written"] == 0.1

    result = {"model": "claude-opus-5", "uncached_input_tokens": 600, "cache_read_input_tokens": 300}
    result |= {"cache_creation": {"ephemeral_5m_input_tokens": 60, "ephemeral_1h_input_tokens": 40}}
    day = {"starting_at": "2026-11-01T00:00:00Z", "results": [{**result, "output_tokens": 90}]}
    page = {"data": [day, {**day, "starting_at": "2026-11-02T00:00:00Z"}]}
    told = imported(files, files.write("anthropic.json", json.dumps([page])))
    label = told["usage"]["labels"]["think"]
    assert label["input"] == 2_000 and label["cached"] == 0.3 and label["written"] == 0.1
    think = told["routing"]["labels"]["think"]
    assert think["requests"] * think["input_tokens"] == pytest.approx(2_000 * 730 / 48, rel=0.05)
    assert any("counts no requests" in note for note in told["notes"])


@pytest.mark.parametrize(
    ("name", "text", "word"),
    [
        ("x.csv", "a,b\n1,2\n", "not recognised as usage"),
        ("x.json", "{}", "not recognised as usage"),
        ("x.json", "{", "x.json"),
        ("x.txt", "hello", "not recognised as usage"),
        ("x.jsonl", "no json\n", "no line of it is a JSON object"),
        ("x.jsonl", "\n \n", "x.jsonl: is empty"),
        ("x.csv", "", "x.csv: is empty"),
        ("x.json", "<!doctype html><p>log in", "x.json: is a page of HTML or XML"),
        ("x.sqlite", "not a database, but long enough to be looked at", "usage database"),
    ],
)
def test_what_is_no_usage(files: Files, name: str, text: str, word: str) -> None:
    assert files.run("import", "usage", files.write(name, text)) == 2
    assert word in files.err and len(files.err.splitlines()) == 1
    assert files.run("import", "usage", files.folder / "none") == 2
    assert "no such file" in files.err


def test_without_duckdb_the_message_says_what_to_install(
    files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "duckdb", None)
    assert files.run("import", "usage", files.folder) == 2
    assert "-m pip install" in files.err and "duckdb" in files.err
