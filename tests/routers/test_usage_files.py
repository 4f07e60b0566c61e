"""import usage: which files it takes, by name or by content, and what it says of those that it does not."""

from __future__ import annotations

import gzip
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from modelpick.engine.adapters.routers.own_names import names_path

from .router_facts import Files

pytest.importorskip("duckdb", reason="DuckDB comes with modelpick[usage]")

HEAD = "date,model,model_permaslug,requests,prompt_tokens,completion_tokens,usage\n"
ROWS = "".join(f"2026-11-0{day},org/large,org/large,5,1000,200,0.1\n" for day in (1, 2))


def imported(files: Files, source: Path) -> dict[str, Any]:
    assert files.run("import", "usage", source, "--json") == 0, files.err
    answer: dict[str, Any] = json.loads(files.out)
    return answer


def refusal(files: Files, source: Path) -> str:
    """The one line that says why nothing was read."""
    assert files.run("import", "usage", source) == 2 and len(files.err.splitlines()) == 1
    return files.err


def message(number: int) -> str:
    """A message of opencode."""
    row: dict[str, Any] = {
        "id": f"m{number}",
        "role": "assistant",
        "modelID": "Org/Large",
        "providerID": "nscale",
    }
    row |= {"time": {"created": 1_793_491_200_000 + number}}
    return json.dumps({**row, "tokens": {"input": 100, "output": 10, "cache": {"read": 0, "write": 0}}})


class TestByContent:
    def test_an_ending_that_says_nothing(self, files: Files) -> None:
        usage = {"input_tokens": 100, "output_tokens": 10}
        session: dict[str, Any] = {"message": {"id": "m", "model": "claude-opus-5", "usage": usage}}
        session |= {"type": "assistant", "timestamp": "2026-11-01T10:00:00Z", "sessionId": "s"}
        for name in ("export", "export.txt", "session.log"):
            path = files.write(name, json.dumps(session) + "\n")
            assert set(imported(files, path)["usage"]["labels"]) == {"think"}, name
        assert imported(files, files.write("export.dat", HEAD + ROWS))["usage"]["labels"]["org/large"]
        packed = files.folder / "export.gz"
        packed.write_bytes(gzip.compress((HEAD + ROWS).encode()))
        assert imported(files, packed)["usage"]["labels"]["org/large"]["requests"] == 10

    def test_json_over_several_lines_under_another_name(self, files: Files) -> None:
        row = {"date": "2026-11-01", "model_permaslug": "org/large", "requests": 4, "usage": 0.1}
        page = {"data": [{**row, "prompt_tokens": 400, "completion_tokens": 40}]}
        for name in ("days.jsonl", "days.ndjson", "days"):
            answer = imported(files, files.write(name, json.dumps(page, indent=2)))
            assert answer["usage"]["labels"]["org/large"]["requests"] == 4, name

    @pytest.mark.parametrize(
        ("sign", "name"), [(";", "a.csv"), ("\t", "a.tsv"), ("\t", "a.csv"), ("|", "a.csv")]
    )
    def test_other_signs_between_the_columns(self, files: Files, sign: str, name: str) -> None:
        path = files.write(name, (HEAD + ROWS).replace(",", sign))
        assert imported(files, path)["usage"]["labels"]["org/large"]["input"] == 200

    def test_what_is_no_record_is_called_what_it_is(self, files: Files) -> None:
        for name, words in (
            ("usage.xlsx", "a spreadsheet: save its sheet as CSV"),
            ("usage.zip", "an archive: unpack it"),
            ("litellm.yaml", "a configuration: import config reads"),
            ("report.pdf", "a document"),
        ):
            assert words in refusal(files, files.write(name, "x")), name
        with zipfile.ZipFile(files.folder / "packed.dat", "w") as packed:
            packed.writestr("a.csv", HEAD)
        assert "an archive: unpack it" in refusal(files, files.folder / "packed.dat")

    def test_the_sources_are_named(self, files: Files, capsys: pytest.CaptureFixture[str]) -> None:
        text = refusal(files, files.write("x.csv", "a,b\n1,2\n"))
        assert files.run("import", "usage", "--help") == 0
        shown = " ".join(files.out.split())
        for program in ("Claude Code", "Codex", "opencode", "Gemini CLI", "LiteLLM", "OpenRouter", "OpenAI"):
            assert program in text and program in shown
        for program in ("Anthropic", "OpenTelemetry", "Langfuse", "Helicone", "Cursor"):
            assert program in text and program in shown


class TestFolders:
    def test_broken_json_among_whole_files(self, files: Files) -> None:
        folder = files.folder / "message"
        folder.mkdir()
        for number in range(3):
            (folder / f"m{number}.json").write_text(message(number))
        (folder / "cut.json").write_text(message(9)[:-9])
        answer = imported(files, folder)
        assert answer["usage"]["labels"]["Org/Large"]["requests"] == 3
        assert any("1 file left out as no whole JSON, such as cut.json" in n for n in answer["notes"])

    def test_lines_of_another_program(self, files: Files) -> None:
        folder = files.folder / "projects"
        folder.mkdir()
        usage = {"input_tokens": 100, "output_tokens": 10}
        line: dict[str, Any] = {"type": "assistant", "timestamp": "2026-11-01T10:00:00Z", "sessionId": "s"}
        line["message"] = {"id": "m", "model": "claude-opus-5", "usage": usage}
        (folder / "a.jsonl").write_text(json.dumps(line) + "\n")
        (folder / "songs.jsonl").write_text('{"artist": "x"}\n')
        answer = imported(files, folder)
        assert answer["usage"]["damaged"] == 0
        assert any("1 file of another program not read, such as songs.jsonl" in n for n in answer["notes"])

    def test_what_lies_beside_whole_files(self, files: Files) -> None:
        """Cut-off, empty and foreign files are counted and said, and so is a copy: 3 requests are 3."""
        folder = files.folder / "projects"
        folder.mkdir()
        line: dict[str, Any] = {"type": "assistant", "timestamp": "2026-11-01T10:00:00Z", "sessionId": "s"}
        usage = {"input_tokens": 100, "output_tokens": 10}
        lines = ""
        for number in range(3):
            line["message"] = {"id": f"m{number}", "model": "claude-opus-5", "usage": usage}
            lines += json.dumps(line) + "\n"
        (folder / "a.jsonl").write_text(lines)
        (folder / "b.jsonl").write_text(lines)
        (folder / "c.jsonl.gz").write_bytes(gzip.compress(lines.encode() * 9)[:-12])
        (folder / "d.jsonl").write_text("\n")
        (folder / "e.jsonl").write_text("<html>")
        (folder / "f.jsonl").write_bytes(lines.encode("utf-16"))
        answer = imported(files, folder)
        assert answer["usage"]["labels"]["think"]["requests"] == 3 and answer["usage"]["damaged"] == 0
        for note in (
            "1 file left out as it is cut off, such as c.jsonl.gz",
            "1 file with the same content as another not read, such as b.jsonl, which is as a.jsonl",
            "1 file not read, such as d.jsonl: empty",
            "1 file not read, such as e.jsonl: a page of HTML or XML, and no records",
            "1 file not read, such as f.jsonl: text in UTF-16: save it as UTF-8",
        ):
            assert any(note in each for each in answer["notes"]), note

    def test_nothing_in_it_can_be_read(self, files: Files) -> None:
        folder = files.folder / "logs"
        folder.mkdir()
        (folder / "a.csv").write_text("")
        (folder / "b.csv").write_bytes("a,b".encode("utf-16"))
        assert files.run("import", "usage", folder) == 2 and files.err.count("\n") == 1
        assert (
            "1 file not read, such as a.csv: empty; 1 file not read, such as b.csv: text in UTF-16"
            in files.err
        )

    def test_a_folder_of_many_files(self, files: Files) -> None:
        folder = files.folder / "message"
        folder.mkdir()
        for number in range(2_000):
            (folder / f"m{number}.json").write_text(message(number))
        assert imported(files, folder)["usage"]["labels"]["Org/Large"]["requests"] == 2_000


class TestNames:
    """What a model is by the user's own word."""

    @pytest.fixture(autouse=True)
    def kept(self) -> Iterator[Path]:
        path = names_path()
        assert path is not None
        path.unlink(missing_ok=True)
        yield path
        path.unlink(missing_ok=True)

    def routes(self, files: Files, *words: object) -> dict[str, Any]:
        rows = ROWS + ROWS.replace("org/large", "house/coder")
        source = files.write("days.csv", HEAD + rows)
        assert files.run("import", "usage", source, "--json", *words) == 0, files.err
        labels = json.loads(files.out)["routing"]["labels"]
        return {name: [r["offer"] for r in label.get("routes", [])] for name, label in labels.items()}

    def test_one_that_is_unknown_is_named_with_what_to_do(self, files: Files) -> None:
        assert self.routes(files) == {"org/large": ["openrouter/large"], "house/coder": []}
        assert "house/coder: 'openrouter/house/coder' is not in the catalogue, left out" in files.err
        assert "--name 'house/coder'=OFFER says what such a model is" in files.err

    def test_a_name_is_kept_and_holds_for_the_next_import(self, files: Files, kept: Path) -> None:
        known = {"org/large": ["openrouter/large"], "house/coder": ["deepseek/small"]}
        assert self.routes(files, "--name", "house/coder=deepseek/small") == known
        assert f"kept in {kept}" in files.err and self.routes(files) == known
        assert files.run("import", "usage", files.folder / "days.csv", "--name", "house/coder=nothing/x") == 2
        assert "no offer, model or provider" in files.err and len(files.err.splitlines()) == 1

    def test_all_of_them_as_one(self, files: Files) -> None:
        known = {"org/large": ["openrouter/large"], "house/coder": ["nscale/large"]}
        assert self.routes(files, "--as", "nscale/large") == known
        assert "'openrouter/house/coder' is not in the catalogue: counted as nscale/large (--as)" in files.err


class TestOtherTables:
    def test_litellm_by_day(self, files: Files) -> None:
        head = "id,date,api_key,model,model_group,custom_llm_provider,prompt_tokens,completion_tokens,"
        head += "cache_read_input_tokens,cache_creation_input_tokens,spend,api_requests,successful_requests\n"
        rows = "".join(
            f"{d},2026-11-0{d},k,Org/Large,default,nscale,5000,400,2000,500,0.1,6,5\n" for d in (1, 2)
        )
        label = imported(files, files.write("daily.csv", head + rows))["usage"]["labels"]["default"]
        # Five requests a day that did not fail, of 1,000 in and 80 out.
        assert (label["requests"], label["input"], label["output"]) == (10, 1_000, 80)
        assert label["cached"] == 0.4 and label["written"] == 0.1

    def test_cursor(self, files: Files) -> None:
        head = "Date,Kind,Model,Max Mode,Input (w/ Cache Write),Input (w/o Cache Write),Cache Read,"
        head += "Output Tokens,Total Tokens,Cost\n"
        row = '"2026-11-0{}T10:00:00.000Z","{}","claude-opus-5","No","100","200","700","50","1050","0.05"\n'
        text = head + row.format(1, "Included") + row.format(2, "On-Demand")
        text += row.format(2, "Errored, No Charge")
        answer = imported(files, files.write("usage.csv", text))
        label = answer["usage"]["labels"]["think"]
        assert (label["requests"], label["input"], label["output"]) == (2, 1_000, 50)
        assert label["cached"] == 0.7 and label["written"] == 0.1

    def test_anthropics_report_on_claude_code(self, files: Files) -> None:
        tokens = {"input": 100, "output": 50, "cache_read": 700, "cache_creation": 200}
        model = {
            "model": "claude-opus-5",
            "tokens": tokens,
            "estimated_cost": {"currency": "USD", "amount": 12},
        }
        day = {"actor": {"type": "user_actor", "email_address": "a"}, "model_breakdown": [model]}
        rows = [{**day, "date": f"2026-11-0{n}T00:00:00Z"} for n in (1, 2)]
        rows.append({**rows[0], "actor": {"type": "user_actor", "email_address": "b"}})
        answer = imported(files, files.write("report.json", json.dumps({"data": rows, "has_more": False})))
        label = answer["usage"]["labels"]["think"]
        assert label["input"] == 3_000 and label["cached"] == 0.7 and label["written"] == 0.2
        assert label["models"][0]["usd"] == pytest.approx(0.36) and answer["usage"]["hours"] == 48

    def test_a_generation_of_openrouters_interface(self, files: Files) -> None:
        row = {"id": "gen-1", "created_at": "2026-11-01T10:00:00Z", "model": "org/large", "total_cost": 0.03}
        row |= {"tokens_prompt": 900, "tokens_completion": 90, "native_tokens_prompt": 1_000}
        row |= {"native_tokens_completion": 100, "native_tokens_cached": 400, "generation_time": 2_000}
        label = imported(files, files.write("g.json", json.dumps({"data": row})))["usage"]["labels"][
            "org/large"
        ]
        assert (label["input"], label["output"], label["cached"]) == (1_000, 100, 0.4)
