"""modelpick import usage on what real records hold: damage, repetition, empty time, batches, many names."""

from __future__ import annotations

import json
import random
import re
import sqlite3
import unicodedata
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from modelpick import load_catalog, load_routing
from modelpick.engine.adapters.routing_file import ready_made
from modelpick.engine.domain.routing import Routing

from .router_facts import Files

if TYPE_CHECKING:
    from modelpick.engine.adapters.usage.routing import OfferResolver

pytest.importorskip("duckdb", reason="DuckDB comes with modelpick[usage]")

LITELLM = (
    "request_id,call_type,model_group,model,custom_llm_provider,prompt_tokens,completion_tokens,spend,startTime,"
    "status,cache_hit,metadata\n"
)
DAYS = "date,model,model_permaslug,requests,prompt_tokens,completion_tokens,usage\n"


def imported(files: Files, source: Path, *words: object) -> dict[str, Any]:
    """What --json says; the file that -o writes loads."""
    out = files.folder / "now.toml"
    assert files.run("import", "usage", source, "--json", "-o", out, *words) == 0, files.err
    load_routing(out)
    told: dict[str, Any] = json.loads(files.out)
    return told


def refusal(files: Files, source: Path) -> str:
    """The one line that says why nothing was read."""
    assert files.run("import", "usage", source) == 2 and len(files.err.splitlines()) == 1
    return files.err


def noted(told: dict[str, Any], *words: str) -> bool:
    return any(all(word in note for word in words) for note in told["notes"])


def spend(number: int, day: int, usage: dict[str, Any] | None = None, **cells: Any) -> str:
    """A row of LiteLLM's spend log."""
    row: dict[str, Any] = {"call": "acompletion", "group": "default", "model": "Org/Large"}
    row |= {"provider": "nscale", "prompt": 1000, "completion": 100, "status": "success", **cells}
    metadata = json.dumps({"usage_object": usage or {}}).replace('"', '""')
    text = f"r{number},{row['call']},{row['group']},{row['model']},{row['provider']},{row['prompt']}"
    text += f",{row['completion']},0.002,2026-11-{day:02} 08:00:00"
    return f'{text},{row["status"]},False,"{metadata}"\n'


def claude(number: int, model: str, tokens: object = 1000, **more: Any) -> str:
    """A line of a Claude Code session."""
    usage = {"input_tokens": tokens, "output_tokens": 50, **more.pop("usage", {})}
    message = {"id": f"m{number}", "model": model, "usage": usage}
    moment = f"2026-11-{1 + number:02}T10:00:00.000Z"
    line = {"type": "assistant", "timestamp": moment, "sessionId": "s", "message": message, **more}
    return json.dumps(line) + "\n"


class TestSilence:
    """What a record does not say is said, not counted as nothing."""

    def test_metadata_that_are_no_json(self, files: Files) -> None:
        # As a table of a data frame is written: Python's words for a dictionary.
        usage = {"prompt_tokens_details": {"cached_tokens": 900}}
        for text, silent in (
            (spend(1, 1, usage), 0),
            (spend(1, 1, usage).replace('""', "'"), 1),
            (spend(1, 1, usage).replace('}}"', '"'), 1),
            (re.sub(r'"\{.*\}"', '"{}"', spend(1, 1)), 1),
            (re.sub(r'"\{.*\}"', "", spend(1, 1)), 1),
            (spend(1, 1), 0),  # the provider's own words, without a cache
        ):
            told = imported(files, files.write("a.csv", LITELLM + text + spend(2, 2, usage)))
            assert noted(told, "says nothing of the cache", f": {silent}") is bool(silent), text
        told = imported(files, files.write("a.csv", LITELLM + spend(1, 1).replace('""', "'")))
        own = told["routing"]["labels"]["default"]["measured"]
        assert own["large"]["output_tokens"] == 100 and own["large"].get("cached") is None

    @pytest.mark.parametrize(
        ("window", "long"),
        [("0-200k", ""), (None, ""), ("200k-1M", "700"), (">200k", "700")],
    )
    def test_long_prompts_in_sums(self, files: Files, window: str | None, long: str) -> None:
        row = {"model": "claude-opus-5", "uncached_input_tokens": 600, "output_tokens": 100}
        bucket = {"starting_at": "2026-11-01T00:00:00Z", "results": [{**row, "context_window": window}]}
        told = imported(files, files.write("a.json", json.dumps({"data": [bucket]})))
        words = ("more than 200,000 tokens of prompt, priced as shorter ones", f": {long}")
        assert noted(told, *words) is bool(long)

    def test_a_bill_is_called_what_it_is(self, files: Files) -> None:
        bill = "BilledCost,ChargePeriodStart,ServiceName\n1.5,2026-11-01T00:00:00Z,OpenAI\n"
        assert "is a bill in FOCUS, which counts no tokens" in refusal(files, files.write("bill.csv", bill))

    def test_requests_without_a_model_or_tokens(self, files: Files) -> None:
        lines = claude(1, "claude-opus-5") + claude(2, "") + claude(3, "", 0, usage={"output_tokens": 0})
        told = imported(files, files.write("s.jsonl", lines))
        assert told["usage"]["labels"]["unknown"]["requests"] == 1
        assert noted(told, "unknown: 1 request without the name of a model, in no route")
        assert noted(told, "1 row left aside: without token counts")


class TestDamage:
    """A figure that cannot be is counted, and its row is left out."""

    BAD = ("inf", "-inf", "nan", "1e308", "-5", "many", "0x10", "1e18")

    @pytest.mark.parametrize("bad", BAD)
    def test_a_figure_of_a_csv(self, files: Files, bad: str) -> None:
        rows = [f"2026-11-0{day},org/large,org/large,5,1000,200,0.1\n" for day in (1, 2, 3)]
        for column in ("5", "1000", "200", "0.1") if bad in ("inf", "-5") else ("1000",):
            broken = rows[1].replace(f",{column}", f",{bad}", 1)
            told = imported(files, files.write("a.csv", DAYS + rows[0] + broken + rows[2]))
            assert told["usage"]["damaged"] == 1 and "1 damaged line left out" in told["notes"][0]
            label = told["usage"]["labels"]["org/large"]
            # Two days are left, of three: 10 requests of 200 prompt tokens.
            assert label["requests"] == 10 and label["input"] == 200 and told["usage"]["hours"] == 72

    @pytest.mark.parametrize("bad", ["inf", "nan", 1e308, -5, "many", [1], {"a": 1}, True])
    def test_a_figure_of_a_session(self, files: Files, bad: object) -> None:
        lines = claude(1, "claude-opus-5") + claude(2, "claude-opus-5", bad) + claude(3, "claude-opus-5")
        told = imported(files, files.write("s.jsonl", lines))
        assert told["usage"]["damaged"] == 1 and told["usage"]["labels"]["think"]["requests"] == 2

    @pytest.mark.parametrize("bad", [1e308, -5, "inf", "many", [1], 3, None, "result"])
    def test_a_figure_a_result_and_a_bucket_of_json(self, files: Files, bad: object) -> None:
        result = {"model": "large", "input_tokens": 500, "output_tokens": 50, "num_model_requests": 5}
        buckets: list[Any] = [
            {"start_time": 1_793_491_200 + n * 86_400, "results": [result]} for n in range(3)
        ]
        for part in ("figure", "result", "bucket"):
            page = json.loads(json.dumps({"object": "page", "data": buckets}))
            if part == "figure" and bad not in (3, None):
                page["data"][1]["results"][0]["input_tokens"] = bad
            elif part == "result":
                page["data"][1]["results"] = [bad]
            elif part == "bucket":
                page["data"][1]["results"] = bad
            else:
                continue
            told = imported(files, files.write("o.json", json.dumps(page)))
            assert told["usage"]["damaged"] == 1, part
            assert told["usage"]["labels"]["large"]["requests"] == 10

    def test_what_sqlite_lets_stand_in_a_number(self, files: Files) -> None:
        path = files.folder / "usage.sqlite"
        columns = ("input_tokens", "cache_read_tokens", "cache_write_tokens", "output_tokens", "cost_usd")
        with sqlite3.connect(path) as database:
            names = f"created_at, model, provider, {', '.join(columns)}, status_code"
            database.execute(f"CREATE TABLE usage_events ({names})")
            bad = ("many", b"\xff\xfe", -1, -1e308, float("inf"))
            rows: list[list[Any]] = [[100, 300, 0, 20, 0.5] for _ in range(5 * len(bad) + 2)]
            for number, figure in enumerate(bad):
                for place in range(5):
                    rows[5 * number + place][place] = figure
            moment = "2026-11-01T00:00:00.000Z"
            for row in rows:
                row[:0] = [moment, "Org/Large", "provider-nscale-9021225ea6"]
                database.execute("INSERT INTO usage_events VALUES (?,?,?,?,?,?,?,?,200)", row)
            good = [moment, "Org/Large", "nscale", 100, 300, 0, 20, None]
            database.execute("INSERT INTO usage_events VALUES (?,?,?,?,?,?,?,?,0)", good)
            database.execute("INSERT INTO usage_events VALUES (?,?,?,?,?,?,?,?,500)", good)
            database.execute(
                "INSERT INTO usage_events VALUES (?,CAST(? AS TEXT),?,?,?,?,?,?,200)",
                [moment, b"\xff", *good[2:]],
            )
            database.execute(
                "INSERT INTO usage_events VALUES (?,?,?,?,?,?,?,?,200)", [moment, b"\x00", *good[2:]]
            )
            database.execute("INSERT INTO usage_events VALUES (?,?,?,?,?,?,?,?,200)", ["when", *good[1:]])
        database.close()
        told = imported(files, path, "--workload", files.routed)
        default = told["usage"]["labels"]["default"]
        assert default["requests"] == 3 and default["input"] == 400 and default["cached"] == 0.75
        assert told["usage"]["damaged"] == 25 + 3 and noted(told, "1 row left aside: failed")

    @pytest.mark.parametrize("moment", ["", "?", "infinity", "0001-01-01", "9999-01-01", "-1", "1e300", "5"])
    def test_a_moment(self, files: Files, moment: str) -> None:
        good = spend(1, 1) + spend(2, 3)
        told = imported(
            files, files.write("l.csv", LITELLM + good + spend(3, 2).replace("2026-11-02 08:00:00", moment))
        )
        assert told["usage"]["damaged"] == 1 and told["usage"]["hours"] == 48

    def test_later_lines_that_are_no_utf8(self, files: Files) -> None:
        path = files.folder / "l.csv"
        path.write_bytes(
            (LITELLM + spend(1, 1)).encode()
            + spend(2, 2).encode().replace(b"Large", b"L\xff")
            + spend(3, 3).encode()
        )
        told = imported(files, path)
        assert told["usage"]["damaged"] == 1 and told["usage"]["labels"]["default"]["requests"] == 2

    def test_nothing_but_damage(self, files: Files) -> None:
        text = refusal(files, files.write("l.csv", LITELLM + spend(1, 1, prompt="inf")))
        assert "no requests in it (1 line could not be read)" in text


class TestCountedOnce:
    def test_a_request_of_litellm_in_two_exports(self, files: Files) -> None:
        folder = files.folder / "logs"
        folder.mkdir()
        (folder / "a.csv").write_text(LITELLM + "".join(spend(n, 1 + n) for n in range(10)))
        (folder / "b.csv").write_text(LITELLM + "".join(spend(n, 1 + n) for n in range(5, 21)))
        told = imported(files, folder)
        # r0 to r20 in 20 days: 21 x 730 / 480 = 31.9 a month.
        assert told["routing"]["labels"]["default"]["requests"] == 32
        assert noted(told, "5 rows of requests or buckets that are there already")

    def test_a_generation_of_openrouter_and_a_bucket(self, files: Files) -> None:
        folder = files.folder / "two"
        folder.mkdir()
        for name in ("a.csv", "b.csv"):
            rows = f"2026-11-01,org/large,x,5,1000,200,0.1\n2026-11-01,org/large,x,5,1000,200,0.1\n{name[0]},"
            (folder / name).write_text(DAYS + rows.rpartition("\n")[0] + "\n")
        told = imported(
            files, folder
        )  # two rows that are alike in one file are two; the other file repeats them
        assert told["usage"]["labels"]["org/large"]["requests"] == 10
        result = {"model": "large", "input_tokens": 500, "output_tokens": 50, "num_model_requests": 5}
        page = {"data": [{"start_time": 1_793_491_200, "end_time": 1_793_577_600, "results": [result]}]}
        told = imported(files, files.write("pages.json", json.dumps([page, page])))
        assert told["usage"]["labels"]["large"]["requests"] == 5

    def test_rows_without_an_id_are_requests_of_their_own(self, files: Files) -> None:
        unnamed = "".join(spend(n, 1 + n).replace(f"r{n},", ",", 1) for n in range(4))
        told = imported(files, files.write("l.csv", LITELLM + unnamed))
        assert told["usage"]["labels"]["default"]["requests"] == 4
        head = "created_at,cost_total,tokens_prompt,tokens_completion,tokens_cached,model_permaslug\n"
        row = "2026-11-0{n} 10:00:00,0.03,10000,500,8000,org/large\n"
        generations = head + "".join(row.format(n=n) for n in (1, 2, 3))
        told = imported(files, files.write("activity.csv", generations))
        assert told["usage"]["labels"]["org/large"]["requests"] == 3

    def test_records_that_count_no_cached_tokens_are_said(self, files: Files) -> None:
        head = "created_at,cost_total,tokens_prompt,tokens_completion,model_permaslug{}\n"
        row = "2026-11-0{n} 10:00:00,0.03,10000,500,org/large{more}\n"
        said = "no cached tokens are counted, so all input is priced as new"
        for column, cell, cached in (("", "", 0.0), (",tokens_cached", ",8000", 0.8)):
            text = head.format(column) + "".join(row.format(n=n, more=cell) for n in (1, 2, 3))
            told = imported(files, files.write("activity.csv", text))
            assert told["usage"]["labels"]["org/large"]["cached"] == cached
            assert noted(told, f"no column tokens_cached: {said}") == (not column)
        day = {"date": "2026-11-02", "model_permaslug": "org/large", "requests": 4, "usage": 0.1}
        day |= {"prompt_tokens": 4000, "completion_tokens": 400}
        told = imported(files, files.write("days.json", json.dumps({"data": [day]})))
        assert noted(told, f"OpenRouter's activity by day: {said}")
        result = {"model": "large", "input_tokens": 500, "output_tokens": 50, "num_model_requests": 5}
        for more in ({}, {"input_cached_tokens": 100}):
            bucket = {"start_time": 1_793_491_200, "end_time": 1_793_577_600, "results": [result | more]}
            told = imported(files, files.write("page.json", json.dumps({"data": [bucket]})))
            assert noted(told, f"no key input_cached_tokens: {said}") == (not more)
        log = LITELLM + spend(1, 1) + spend(2, 2)
        without = [line.rpartition(",False,")[0] for line in log.splitlines()]
        without[0] = LITELLM.splitlines()[0].replace(",cache_hit,metadata", "")
        told = imported(files, files.write("log.csv", "\n".join(without) + "\n"))
        assert noted(told, f"no column metadata: {said}")

    def test_a_message_that_a_sidechain_repeats_is_its_parents(self, files: Files) -> None:
        side = claude(1, "claude-opus-5", isSidechain=True).replace("11-02", "11-09")
        lines = claude(1, "claude-opus-5", isSidechain=False) + side
        told = imported(files, files.write("s.jsonl", lines + claude(2, "claude-opus-5", isSidechain=True)))
        requests = {name: label["requests"] for name, label in told["usage"]["labels"].items()}
        assert requests == {"think": 1, "subagent": 1} and told["usage"]["hours"] == 24


def test_a_prompt_that_leaves_the_cached_tokens_out(files: Files) -> None:
    usage = {"cache_creation_input_tokens": 1253, "cache_read_input_tokens": 20000}
    rows = spend(1, 1, usage, prompt=31) + spend(2, 2, {"prompt_tokens_details": {"cached_tokens": 400}})
    told = imported(files, files.write("l.csv", LITELLM + rows))
    label = told["usage"]["labels"]["default"]
    # 31 + 20,000 + 1,253 = 21,284, and 1,000 that counts its 400: 22,284 in two requests.
    assert label["input"] == 11_142 and label["cached"] == pytest.approx(20_400 / 22_284)
    assert label["written"] == pytest.approx(1_253 / 22_284)
    assert noted(told, "had left the cached tokens out, which are counted in: 1") and not noted(
        told, "counted in: 1.0"
    )


class TestWhereTheCachedTokensAre:
    """Prompts of 25,000 with 20,000 read from the cache: inside them, or beside them (45,000)."""

    READ = 20_000

    def label(self, files: Files, rows: str) -> dict[str, Any]:
        label: dict[str, Any] = imported(files, files.write("l.csv", LITELLM + rows))["usage"]["labels"][
            "default"
        ]
        return label

    def opus(self, number: int, usage: dict[str, Any], prompt: int = 25_000, usd: float = 0.0) -> str:
        cells = {"model": "claude-opus-5", "provider": "anthropic", "call": "anthropic_messages"}
        row = spend(
            number, 1 + number, {"cache_read_input_tokens": self.READ, **usage}, prompt=prompt, **cells
        )
        return row.replace(",0.002,", f",{usd},")

    def test_a_row_says_so(self, files: Files) -> None:
        texts = {"text_tokens": 25_000}, {"text_tokens": 5_000}
        beside, inside = ("".join(self.opus(n, {"prompt_tokens_details": t}) for n in (1, 2)) for t in texts)
        assert self.label(files, beside)["input"] == 45_000
        label = self.label(files, inside)
        assert label["input"] == 25_000 and label["cached"] == 0.8
        own_words = "".join(self.opus(n, {"input_tokens": 25_000}) for n in (1, 2))
        assert self.label(files, own_words)["input"] == 45_000

    def test_the_other_rows_say_so(self, files: Files) -> None:
        # A prompt of 31 cannot hold 20,000: so does the log count, and 25,000 is 45,000 too.
        label = self.label(files, self.opus(1, {}, prompt=31) + self.opus(2, {}))
        assert label["input"] == (20_031 + 45_000) / 2 and label["cached"] == pytest.approx(40_000 / 65_031)

    def test_what_was_paid_is_a_doubt(self, files: Files) -> None:
        # No cache price here: 25,000 at 5 and 100 at 25 USD/M are 0.1275, 45,000 are 0.2275. A gateway that
        # prices wrongly pays that too, so it is only said.
        for paid, doubtful in ((0.1275, False), (0.2275, True), (0.0, False), (0.9, False)):
            rows = self.opus(1, {}, usd=paid) + self.opus(2, {}, usd=paid)
            assert self.label(files, rows)["input"] == 25_000
            told = imported(files, files.folder / "l.csv")
            assert noted(told, "2 prompts are taken to count their cached tokens") == doubtful, paid

    def test_openais_are_inside(self, files: Files) -> None:
        details = {"prompt_tokens_details": {"cached_tokens": 400}, "cache_read_input_tokens": 400}
        # 1,000 and 100 out of nscale/large are 0.00195, 1,400 would be 0.00255: that is no doubt here.
        rows = spend(1, 1, details).replace(",0.002,", ",0.00255,")
        assert self.label(files, rows)["input"] == 1_000
        assert not noted(imported(files, files.folder / "l.csv"), "what was paid would fit")
        label = self.label(files, spend(1, 1, details) + spend(2, 2, details))
        assert label["input"] == 1_000 and label["cached"] == 0.4


class TestBuckets:
    HEAD = (
        "start_time,end_time,num_model_requests,model,batch,service_tier,input_tokens,output_tokens,"
        "input_cached_tokens\n"
    )

    def test_empty_ones_are_time_and_no_label(self, files: Files) -> None:
        first = 1_793_491_200  # 2026-11-01
        rows = f"{first},{first + 86400},100,large-2025-08-07,False,,50000,900,0\n"
        rows += (
            f"{first + 86400},{first + 2 * 86400},,,,,,,\n{first + 2 * 86400},{first + 3 * 86400},,,,,,,\n"
        )
        result = {"model": "large", "input_tokens": 50_000, "output_tokens": 900, "num_model_requests": 100}
        buckets = [
            {
                "start_time": first + n * 86400,
                "end_time": first + (n + 1) * 86400,
                "results": [result] if n == 1 else [],
            }
            for n in range(3)
        ]
        for source in (
            files.write("o.csv", self.HEAD + rows),
            files.write("o.json", json.dumps({"object": "page", "data": buckets})),
        ):
            told = imported(files, source)
            (label,) = told["routing"]["labels"].values()
            # 100 requests in 3 days: 100 x 730 / 72 = 1,013.9 a month.
            assert label["requests"] == 1_014 and label["input_tokens"] == 500

    def test_an_hour_is_an_hour(self, files: Files) -> None:
        result = {"model": "large", "input_tokens": 500, "output_tokens": 9, "num_model_requests": 1}
        buckets = [
            {
                "start_time": 1_793_491_200 + n * 3600,
                "end_time": 1_793_491_200 + (n + 1) * 3600,
                "results": [result],
            }
            for n in range(36)
        ]
        told = imported(files, files.write("o.json", json.dumps({"data": buckets})))
        assert told["usage"]["hours"] == 36 and told["usage"]["labels"]["large"]["requests"] == 36

    def test_batches_have_a_label_of_their_own_and_more_pages_are_told(self, files: Files) -> None:
        result = {"model": "large", "input_tokens": 1_000, "output_tokens": 100, "num_model_requests": 10}
        results = [{**result, "batch": True}, {**result, "batch": False, "service_tier": "flex"}]
        page = {"data": [{"start_time": 1_793_491_200, "results": results}], "has_more": True}
        told = imported(files, files.write("o.json", json.dumps(page)))
        labels = told["routing"]["labels"]
        assert labels["large-batch"]["batch"] is True and "batch" not in labels["large"]
        assert labels["large-batch"]["requests"] == labels["large"]["requests"] == 304  # 10 a day
        assert noted(told, "has_more is true") and noted(told, ": 1,100", "service tier")
        page["has_more"] = False
        told = imported(files, files.write("o.json", json.dumps([{**page, "has_more": True}, page])))
        assert not noted(told, "has_more")
        for rest, more in (({"next_page": "p2"}, True), ({"next_page": None}, False), ({}, False)):
            told = imported(files, files.write("o.json", json.dumps({"data": page["data"], **rest})))
            assert noted(told, "further pages") == more, rest

    def test_pages_that_are_numbered(self, files: Files) -> None:
        row = {
            "request_id": "r1",
            "call_type": "acompletion",
            "prompt_tokens": 9000,
            "completion_tokens": 120,
        }
        row |= {"startTime": "2026-10-01T08:00:00Z", "model": "Org/Large", "model_group": "default"}
        pages = [{"data": [{**row, "request_id": f"r{n}"}], "page": n, "total_pages": 3} for n in (1, 2, 3)]
        told = imported(files, files.write("l.json", json.dumps(pages[:2])))
        assert noted(told, "2 of 3 pages are here, so this is not the whole period")
        assert not noted(imported(files, files.write("l.json", json.dumps(pages))), "pages")

    def test_what_has_a_price_of_its_own_is_told(self, files: Files) -> None:
        row = {"model": "claude-opus-5", "uncached_input_tokens": 600, "cache_read_input_tokens": 300}
        row |= {"cache_creation": {"ephemeral_5m_input_tokens": 60, "ephemeral_1h_input_tokens": 40}}
        row |= {"output_tokens": 90, "server_tool_use": {"web_search_requests": 3}, "inference_geo": "us"}
        results = [row, {**row, "service_tier": "batch", "model": "claude-haiku-5"}]
        page = {"data": [{"starting_at": "2026-11-01T00:00:00Z", "results": results}]}
        told = imported(files, files.write("a.json", json.dumps(page)))
        assert noted(told, "tokens written to the cache for an hour", ": 80")
        assert noted(told, "web searches", ": 6") and noted(told, "tokens bound to a region", ": 2,180")
        assert told["routing"]["labels"]["background-batch"]["batch"] is True

    def test_without_models_it_is_refused(self, files: Files) -> None:
        result = {"model": None, "input_tokens": 500, "output_tokens": 50, "num_model_requests": 5}
        page = {"data": [{"start_time": 1_793_491_200, "results": [result]}]}
        path = files.write("o.json", json.dumps(page))
        assert "group_by=model was not asked for" in refusal(files, path)
        page["data"][0]["results"].append({**result, "model": "large"})  # type: ignore[attr-defined]
        told = imported(files, files.write("o.json", json.dumps(page)))
        assert set(told["routing"]["labels"]) == {"large", "unknown"} and noted(told, "rows without a model")


class TestClaudeCode:
    def test_what_has_a_price_of_its_own_is_told(self, files: Files) -> None:
        hour = {"cache_creation_input_tokens": 900, "cache_creation": {"ephemeral_1h_input_tokens": 700}}
        extra = {
            **hour,
            "speed": "fast",
            "inference_geo": "us",
            "server_tool_use": {"web_search_requests": 2},
        }
        lines = claude(1, "claude-opus-5", usage=extra) + claude(
            2, "claude-opus-5", usage={"inference_geo": "not_available"}
        )
        told = imported(files, files.write("s.jsonl", lines))
        assert noted(told, "written to the cache for an hour", ": 700") and noted(told, "web searches", ": 2")
        # 1,000 + 900 + 50 tokens of the first request
        assert noted(told, "fast mode", ": 1,950") and noted(told, "bound to a region", ": 1,950")

    def test_the_advisors_answers_are_requests_of_its_model(self, files: Files) -> None:
        """They stand within the usage of the answer that asked for them, and in none of its sums."""
        main = {"type": "message", "input_tokens": 1_000, "output_tokens": 50}
        advice = {"type": "advisor_message", "model": "claude-opus-5", "input_tokens": 4_000}
        advice |= {"output_tokens": 900, "cache_read_input_tokens": 6_000, "cache_creation_input_tokens": 0}
        usage = {"iterations": [main, advice, main, {**advice, "output_tokens": 100}]}
        streamed = claude(1, "claude-haiku-5-20260101", usage={"iterations": [main, advice]})
        lines = streamed + claude(1, "claude-haiku-5-20260101", usage=usage) + claude(2, "claude-haiku-5")
        labels = imported(files, files.write("s.jsonl", lines))["usage"]["labels"]
        assert labels["background"]["requests"] == 2 and labels["background"]["input"] == 1_000
        think = labels["think"]
        assert think["requests"] == 2 and think["output"] == 500
        assert think["input"] == 10_000 and think["cached"] == 0.6

    def test_behind_a_router_the_routing_says_which_label(self, files: Files) -> None:
        lines = claude(1, "Org/Large") + claude(2, "org/large") + claude(3, "claude-opus-5-20260101")
        lines += claude(4, "small-chat", 2_000) + claude(5, "mystery", 70_000)
        told = imported(files, files.write("s.jsonl", lines), "--workload", files.routed)
        labels = told["routing"]["labels"]
        # nscale/large is default's, openrouter/large longContext's, deepseek/small default's (1,200 a month)
        # and background's (1,000); a long prompt of a model that no label has is longContext's too.
        assert {name: label["requests"] for name, label in told["usage"]["labels"].items()} == {
            "default": 2,
            "longContext": 2,
            "think": 1,
        }
        assert {route["offer"] for route in labels["default"]["routes"]} == {"nscale/large", "deepseek/small"}
        assert labels["longContext"]["routes"] == [{"offer": "openrouter/large", "share": 1.0}]
        assert noted(told, "small-chat serves default and background", "default's")
        assert noted(told, "not in the catalogue", "mystery")

    def test_names_that_a_terminal_would_obey(self, files: Files) -> None:
        lines = claude(1, "\u202eevil\x1b[31m") + claude(2, "evil\x07\x1b[31m") + claude(3, "a" * 5_000)
        path = files.write("s.jsonl", lines)
        assert files.run("import", "usage", path) == 0
        shown = files.out + files.err
        assert not [c for c in shown if unicodedata.category(c) in ("Cc", "Cf") and c != "\n"]
        assert "evil" in files.out and len(max(files.out.splitlines(), key=len)) < 200
        imported(files, path)


def test_aliases_and_what_is_no_chat_in_litellm(files: Files) -> None:
    rows = spend(1, 1, group="claude-haiku-4-5-20251001") + spend(2, 2) + spend(3, 2, status="failure")
    rows += spend(6, 2, group="claude-fable-5")  # of no family: what stands for all
    rows += spend(4, 2, call="aembedding", group="embed", completion=0) + spend(
        5, 2, call="arerank", group="rank"
    )
    told = imported(files, files.write("l.csv", LITELLM + rows), "--workload", files.routed)
    requests = {name: label["requests"] for name, label in told["usage"]["labels"].items()}
    assert requests == {"default": 2, "background": 1}
    assert noted(told, "claude-haiku-4-5-20251001 is an alias", "background")
    assert noted(told, "2 rows left aside: no chat") and noted(told, "1 row left aside: failed")


class TestOtherRecords:
    def test_litellm_as_json(self, files: Files) -> None:
        row = {"request_id": "r1", "call_type": "acompletion", "spend": 0.002, "prompt_tokens": 9000}
        row |= {"completion_tokens": 120, "startTime": "2026-10-01T08:00:00.000000Z", "model": "Org/Large"}
        row |= {"model_group": "default", "custom_llm_provider": "nscale", "cache_hit": "False"}
        usage = {"usage_object": {"prompt_tokens_details": {"cached_tokens": 3000}}}
        for metadata in (usage, json.dumps(usage)):
            text = json.dumps([{**row, "metadata": metadata}, {**row, "request_id": "r2", "metadata": {}}])
            label = imported(files, files.write("l.json", text))["usage"]["labels"]["default"]
            assert (
                label["requests"] == 2 and label["input"] == 9_000 and label["cached"] == pytest.approx(1 / 6)
            )

    def test_openrouter(self, files: Files) -> None:
        head = "generation_id,created_at,cost_total,byok_usage_inference,tokens_prompt,tokens_completion,"
        head += "tokens_reasoning,tokens_cached,model_permaslug,provider_name,variant,cancelled\n"
        row = "gen-{n},2026-11-0{n} 10:00:00.000,0.03,0.01,10000,500,100,8000,org/large-20251001,X,,false\n"
        text = head + "".join(row.format(n=n) for n in (1, 2, 3)) + row.format(n=3)
        told = imported(files, files.write("activity.csv", text))
        label = told["usage"]["labels"]["org/large-20251001"]
        assert label["requests"] == 3 and label["input"] == 10_000 and label["cached"] == 0.8
        assert label["models"][0]["usd"] == pytest.approx(0.12) and noted(told, "BYOK", ": 0.03")
        (made,) = told["routing"]["labels"].values()
        assert made["routes"] == [{"offer": "openrouter/large", "share": 1.0}]
        variants = row.replace(",X,,", ",X,free,").format(n=1) + row.replace(",X,,", ",X,standard,").format(
            n=2
        )
        told = imported(files, files.write("activity.csv", head + variants))
        assert set(told["usage"]["labels"]) == {"org/large-20251001:free", "org/large-20251001"}
        assert noted(told, "org/large-20251001:free is free of charge")
        day = {
            "date": "2026-11-01",
            "model": "org/large",
            "model_permaslug": "org/large-20251001",
            "requests": 4,
        }
        day |= {"prompt_tokens": 400, "completion_tokens": 40, "usage": 0.5, "byok_usage_inference": 0}
        told = imported(
            files, files.write("a.json", json.dumps({"data": [day, {**day, "date": "2026-11-02"}]}))
        )
        assert told["usage"]["labels"]["org/large"]["requests"] == 8 and told["usage"]["hours"] == 48

    def test_the_csv_of_anthropics_console(self, files: Files) -> None:
        head = "usage_date_utc,model_version,api_key,workspace,usage_type,context_window,"
        head += (
            "usage_input_tokens_no_cache,usage_input_tokens_cache_write_5m,usage_input_tokens_cache_write_1h,"
        )
        head += "usage_input_tokens_cache_read,usage_output_tokens,web_search_count,inference_geo\n"
        rows = "2026-11-01,claude-opus-5,k,w,standard,0-200k,600,60,40,300,90,1,global\n"
        rows += "2026-11-02,claude-haiku-5-20260101,k,w,batch,0-200k,500,0,0,0,10,0,\n"
        told = imported(files, files.write("c.csv", head + rows))
        label = told["usage"]["labels"]["think"]
        assert label["input"] == 1_000 and label["cached"] == 0.3 and label["written"] == 0.1
        assert told["routing"]["labels"]["background-batch"]["batch"] is True
        assert noted(told, "written to the cache for an hour", ": 40") and noted(told, "web searches", ": 1")

    def test_sessions_of_codex(self, files: Files) -> None:
        def line(second: int, kind: str, payload: dict[str, Any]) -> str:
            return (
                json.dumps({"timestamp": f"2026-11-01T08:00:{second:02}Z", "type": kind, "payload": payload})
                + "\n"
            )

        def count(second: int, total: int, read: int, output: int, last: int) -> str:
            usage = {"input_tokens": last, "cached_input_tokens": read, "output_tokens": output}
            info = {"total_token_usage": {"input_tokens": total}, "last_token_usage": usage}
            return line(second, "event_msg", {"type": "token_count", "info": info})

        text = line(0, "session_meta", {"id": "s", "model_provider": "nscale"})
        text += line(1, "turn_context", {"model": "Org/Large"})
        text += line(2, "event_msg", {"type": "token_count", "info": None})
        text += count(3, 12_000, 9_000, 400, 12_000) + count(4, 27_000, 13_000, 300, 15_000)
        text += count(5, 27_000, 13_000, 300, 15_000)  # told again: the total has not changed
        text += line(6, "turn_context", {"model": "Org/Small-Chat"}) + count(7, 28_000, 0, 100, 1_000)
        folder = files.folder / "sessions" / "2026"
        folder.mkdir(parents=True)
        for name in ("a", "copy"):
            (folder / f"rollout-{name}.jsonl").write_text(text)
        labels = imported(files, folder.parent)["usage"]["labels"]
        assert labels["Org/Large"]["requests"] == 2 and labels["Org/Small-Chat"]["requests"] == 1
        assert labels["Org/Large"]["input"] == 13_500 and labels["Org/Large"]["output"] == 350
        assert labels["Org/Large"]["cached"] == pytest.approx(22 / 27)
        (folder / "claude.jsonl").write_text(claude(1, "claude-opus-5"))
        text = refusal(files, folder)
        assert "Codex such as rollout" in text and "Claude Code such as claude.jsonl" in text

    def codex(self, *events: tuple[str, dict[str, Any]], session: dict[str, Any] | None = None) -> str:
        """A rollout of a session: each event a second after the one before it."""
        rows = [("session_meta", {"id": "s", "model_provider": "nscale", **(session or {})}), *events]
        return "".join(
            json.dumps({"timestamp": f"2026-11-01T08:00:{n:02}Z", "type": kind, "payload": payload}) + "\n"
            for n, (kind, payload) in enumerate(rows)
        )

    def count(self, total: int, last: int | None, **more: Any) -> tuple[str, dict[str, Any]]:
        """A count of tokens: half of the input is cached, a tenth comes out."""
        info: dict[str, Any] = {}
        for name, tokens in (("total_token_usage", total), ("last_token_usage", last)):
            if tokens is not None:
                usage = {"input_tokens": tokens, "cached_input_tokens": tokens // 2}
                info[name] = {**usage, "output_tokens": tokens // 10}
        return "event_msg", {"type": "token_count", "info": {**info, **more}}

    def test_rollouts_that_codex_has_packed(self, files: Files) -> None:
        """What is older than a week is .jsonl.zst; one that is cut off is left out and said."""
        import duckdb

        folder = files.folder / "sessions"
        folder.mkdir()
        turn = ("turn_context", {"model": "Org/Large", "effort": "high"})
        bare = "auto_detect=false, header=false, delim='\x01', quote='', escape=''"
        for number in range(3):
            events = (turn, self.count(10_000 * (number + 1), 10_000 * (number + 1)))
            lines = files.write("plain.txt", self.codex(*events, session={"id": f"s{number}"}))
            duckdb.execute(
                f"COPY (FROM read_csv('{lines}', {bare}, columns={{'line': 'VARCHAR'}}))"
                f" TO '{folder}/rollout-{number}.jsonl.zst'"
                " (FORMAT csv, HEADER false, DELIMITER '\x01', QUOTE '', ESCAPE '', COMPRESSION zstd)"
            )
        (folder / "rollout-9.jsonl.zst").write_bytes((folder / "rollout-2.jsonl.zst").read_bytes()[:-20])
        told = imported(files, folder)
        label = told["usage"]["labels"]["Org/Large"]
        assert label["requests"] == 3 and label["input"] == 20_000 and label["output"] == 2_000
        assert noted(told, "1 file left out as it is cut off, such as rollout-9.jsonl.zst")
        for path in folder.glob("rollout-[129]*"):
            path.unlink()
        assert imported(files, folder)["usage"]["labels"]["Org/Large"]["requests"] == 1

    def test_codex_records_each_response_with_what_it_wrote_to_the_cache(self, files: Files) -> None:
        """The totals say the same beside it, so that one counts; what only the record has counts too. Of a
        session that an earlier version began, the totals before the first record count."""
        usage = {"input_tokens": 1_000, "cached_input_tokens": 600, "cache_write_input_tokens": 300}
        usage |= {"output_tokens": 100, "reasoning_output_tokens": 40, "total_tokens": 1_100}

        def record(response: str, tokens: int = 1_000) -> tuple[str, dict[str, Any]]:
            each = {**usage, "input_tokens": tokens}
            return "token_usage_record", {"session_id": "s", "response_id": response, "usage": each}

        turn = ("turn_context", {"model": "Org/Large"})
        new = (turn, self.count(1_000, 1_000), record("r1"), record("r2", 4_000), self.count(2_000, 1_000))
        path = files.write("rollout-a.jsonl", self.codex(*new, session={"id": "n"}))
        label = imported(files, path)["usage"]["labels"]["Org/Large"]
        assert label["requests"] == 2 and label["input"] == 2_500 and label["output"] == 100
        assert label["cached"] == pytest.approx(1_200 / 5_000) and label["written"] == pytest.approx(
            600 / 5_000
        )
        resumed = (turn, self.count(7_000, 7_000), *new[1:])
        label = imported(files, files.write("rollout-a.jsonl", self.codex(*resumed)))["usage"]["labels"][
            "Org/Large"
        ]
        assert label["requests"] == 3 and label["input"] == pytest.approx(12_000 / 3)
        kind, payload = self.count(1_000, 1_000, last_token_usage=usage)
        path = files.write("rollout-a.jsonl", self.codex(turn, (kind, payload)))
        assert imported(files, path)["usage"]["labels"]["Org/Large"]["written"] == 0.3

    def test_fast_mode_of_codex_is_the_priority_tier(self, files: Files) -> None:
        tiers = [("priority", None), ("default", None), (None, "fast"), (None, None)]
        events = []
        for number, (of_count, of_turn) in enumerate(tiers, 1):
            events.append(("turn_context", {"model": "Org/Large", "service_tier": of_turn}))
            kind, payload = self.count(1_000 * number, 1_000)
            events.append((kind, {**payload, "service_tier": of_count} if of_count else payload))
        told = imported(files, files.write("rollout-a.jsonl", self.codex(*events)))
        # The first, and from the third turn on: three of 1,100 tokens.
        assert noted(told, "service tier (flex, priority, ultrafast), priced as standard: 3,300")

    def test_codex_that_tells_only_totals(self, files: Files) -> None:
        turn = ("turn_context", {"model": "Org/Large", "effort": "high"})
        text = self.codex(turn, self.count(1_000, None), self.count(1_000, None), self.count(4_000, None))
        label = imported(files, files.write("r.jsonl", text))["usage"]["labels"]["Org/Large"]
        # 1,000 and then 3,000 more; what is told again is nothing.
        assert (label["requests"], label["input"], label["output"], label["cached"]) == (2, 2_000, 200, 0.5)

    def test_codex_without_a_turn_names_the_model_in_the_event_or_not_at_all(self, files: Files) -> None:
        text = self.codex(self.count(1_000, 1_000, model="Org/Large"), self.count(2_000, 1_000))
        assert set(imported(files, files.write("r.jsonl", text))["usage"]["labels"]) == {"Org/Large"}
        text = self.codex(self.count(1_000, 1_000))
        told = imported(files, files.write("r.jsonl", text))
        assert set(told["usage"]["labels"]) == {"unknown"}

    def test_a_forked_session_of_codex_repeats_its_parents_events(self, files: Files) -> None:
        folder = files.folder / "sessions"
        folder.mkdir()
        turn, first = ("turn_context", {"model": "Org/Large"}), self.count(1_000, 1_000)
        (folder / "a.jsonl").write_text(self.codex(turn, first, self.count(3_000, 2_000)))
        fork = {"id": "f", "forked_from_id": "s"}
        text = self.codex(turn, first, self.count(3_000, 2_000), self.count(9_000, 6_000), session=fork)
        (folder / "b.jsonl").write_text(text.replace("T08", "T09"))
        label = imported(files, folder)["usage"]["labels"]["Org/Large"]
        assert label["requests"] == 3 and label["input"] == 3_000

    def test_messages_of_opencode(self, files: Files) -> None:
        folder = files.folder / "message" / "ses_1"
        folder.mkdir(parents=True)
        message: dict[str, Any] = {
            "id": "msg_1",
            "role": "assistant",
            "time": {"created": 1_793_491_200_000},
            "modelID": "Org/Large",
        }
        message |= {"providerID": "nscale", "cost": 0.03}
        message |= {
            "tokens": {"input": 120, "output": 300, "reasoning": 0, "cache": {"read": 9000, "write": 1500}}
        }
        (folder / "msg_1.json").write_text(json.dumps(message))
        (folder / "msg_0.json").write_text(
            json.dumps({"id": "msg_0", "role": "user", "time": {"created": 1}})
        )
        label = imported(files, folder.parent)["usage"]["labels"]["Org/Large"]
        # 120 + 9,000 read + 1,500 written
        assert label["requests"] == 1 and label["input"] == 10_620 and label["output"] == 300

    def test_the_database_of_opencode(self, files: Files) -> None:
        path = files.folder / "opencode.db"
        tokens = {"input": 120, "output": 300, "reasoning": 69, "cache": {"read": 9000, "write": 1500}}
        message = {"role": "assistant", "modelID": "Org/Large", "providerID": "nscale", "tokens": tokens}
        message |= {"time": {"created": 1_793_491_200_000, "completed": 1_793_491_208_000}, "agent": "plan"}
        with sqlite3.connect(path) as database:
            database.execute("CREATE TABLE message (id TEXT PRIMARY KEY, session_id TEXT, data TEXT)")
            database.execute("CREATE TABLE part (id TEXT PRIMARY KEY, data TEXT)")
            rows = [("m1", message), ("m2", {**message, "agent": "build"})]
            # Its total counts the reasoning beside the output: 120 + 300 + 69 + 9,000 + 1,500.
            rows.append(("m3", {**message, "tokens": {**tokens, "total": 10_989}}))
            rows.append(("m4", {"role": "user", "time": {"created": 1}}))
            for name, row in rows:
                database.execute("INSERT INTO message VALUES (?, 's', ?)", (name, json.dumps(row)))
            database.execute("INSERT INTO message VALUES ('m5', 's', '{\"tokens\": ')")
        database.close()
        told = imported(files, path)
        think, default = (told["usage"]["labels"][name] for name in ("think", "default"))
        assert think["requests"] == 2 and think["input"] == 10_620 and think["output"] == (300 + 369) / 2
        assert default["requests"] == 1 and default["output"] == 300
        assert told["routing"]["labels"]["think"]["measured"]["nscale/large"]["latency"] == 8.0
        with sqlite3.connect(files.folder / "other.db") as database:
            database.execute("CREATE TABLE songs (id)")
        database.close()
        assert "its tables are songs" in refusal(files, files.folder / "other.db")


def test_the_ready_made_comments_do_not_stand_over_other_figures(files: Files) -> None:
    path = files.write("s.jsonl", claude(1, "claude-opus-5"))
    assert files.run("import", "usage", path) == 0
    assert (
        "[labels.think]" in files.out
        and "developer" not in files.out
        and "turns a working day" not in files.out
    )
    mine = files.write("mine.toml", "# mine\n" + files.routed.read_text())
    assert files.run("import", "usage", path, "--workload", mine) == 0 and files.out.startswith("# mine\n")


@cache
def shipped_offers() -> OfferResolver:
    from modelpick.engine.adapters.usage.routing import OfferResolver

    return OfferResolver(ready_made(), load_catalog(), {})


class TestNames:
    @pytest.mark.parametrize(
        ("provider", "model", "offer"),
        [
            ("openai", "gpt-5-mini-2025-08-07", "openai/gpt-5-mini"),
            ("openai", "gpt-4o-2024-08-06", "openai/gpt-4o"),
            ("openai", "gpt-4.1-2025-04-14", "openai/gpt-4.1"),
            ("openai", "o3-2025-04-16", "openai/o3"),
            ("azure", "gpt-4.1-mini-2025-04-14", "azure/gpt-4.1-mini"),
            ("gemini", "models/gemini-2.5-flash-preview-09-2025", "gemini/gemini-2.5-flash"),
            ("aws.bedrock", "eu.anthropic.claude-sonnet-4-6", "bedrock-eu/claude-sonnet-4-6"),
            ("bedrock", "global.anthropic.claude-opus-4-6-v1", "bedrock/claude-opus-4-6"),
            ("openrouter", "anthropic/claude-4.5-sonnet-20250929", "openrouter/claude-sonnet-4-5"),
            (
                "bedrock_converse",
                "us.anthropic.claude-sonnet-4-5-20250929-v1:0",
                "bedrock-us/claude-sonnet-4-5",
            ),
            ("vertex_ai", "claude-sonnet-4-5@20250929", "vertex/claude-sonnet-4-5"),
            ("google", "gemini-2.5-pro", "gemini/gemini-2.5-pro"),
            ("", "us.anthropic.claude-sonnet-4-5-20250929-v1:0", "bedrock-us/claude-sonnet-4-5"),
            ("", "claude-opus-4-5@20251101", "vertex/claude-opus-4-5"),
            ("", "claude-haiku-4-5-20251001", "anthropic/claude-haiku-4-5"),
            ("", "glm-4.6", "zai/glm-4.6"),
            ("", "kimi-k2.6", "moonshot/kimi-k2.6"),
            ("", "openai/gpt-oss-120b", "openrouter/gpt-oss-120b"),
            ("", "z-ai/glm-4.6", "openrouter/glm-4.6"),
            ("", "gpt-5-nano-2025-08-07", "openai/gpt-5-nano"),
            ("openai", "gpt-5-chat-latest", None),
            ("", "", None),
        ],
    )
    def test_the_offer_behind_a_name(self, provider: str, model: str, offer: str | None) -> None:
        assert shipped_offers().offer(provider, model) == offer

    def test_of_several_the_one_in_the_routing(self) -> None:
        from modelpick.engine.adapters.usage.routing import OfferResolver

        label = {"requests": 1, "input_tokens": 1, "output_tokens": 1}
        routes = [{"offer": "deepinfra/gpt-oss-120b", "share": 1.0}]
        routing = Routing.model_validate({"labels": {"background": {**label, "routes": routes}}})
        offers = OfferResolver(routing, load_catalog())
        assert offers.offer("", "openai/gpt-oss-120b") == "deepinfra/gpt-oss-120b"
        assert offers.serving("", "openai/gpt-oss-120b", False) == ("background",)


def test_no_mutation_ends_in_a_traceback_or_in_a_file_that_cannot_be_opened(files: Files) -> None:
    """Hostile figures, cut, doubled and missing lines, wrong bytes: an answer that loads, or one message."""
    result = {
        "model": "large",
        "input_tokens": 500,
        "output_tokens": 50,
        "num_model_requests": 5,
        "batch": True,
    }
    page = {"data": [{"start_time": 1_793_491_200, "results": [result]}], "has_more": False}
    sources = {
        "a.csv": (DAYS + "2026-11-01,org/large,x,5,1000,200,0.1\n" * 3).encode(),
        "l.csv": (LITELLM + spend(1, 1, {"cache_read_input_tokens": 5}) + spend(2, 2)).encode(),
        "s.jsonl": (claude(1, "claude-opus-5") + claude(2, "Org/Large", isSidechain=True)).encode(),
        "o.json": json.dumps(page).encode(),
    }
    hostile = [
        b"inf",
        b"nan",
        b"1e308",
        b"-5",
        b"null",
        b"[]",
        b"{}",
        b'"',
        b"\xff",
        b"\x00",
        b"",
        b"\r",
        b"9" * 40,
    ]
    hostile += ["\u202e".encode(), b"\x1b[31m", b"infinity", b"true", b"1e15", b","]
    out = files.folder / "now.toml"
    for seed in range(30):
        rng = random.Random(seed)
        name = rng.choice(sorted(sources))
        text = sources[name]
        for _ in range(rng.randint(1, 3)):
            words = list(re.finditer(rb"[-\w.:/]+", text)) or list(re.finditer(rb"\A", text))
            word = rng.choice(words)
            text = text[: word.start()] + rng.choice(hostile) + text[word.end() :]
            if rng.random() < 0.2:
                text = text[: rng.randrange(len(text) + 1)]
        path = files.folder / name
        path.write_bytes(text)
        out.unlink(missing_ok=True)
        status = files.run("import", "usage", path, "-o", out)
        shown = files.out + files.err
        assert not [c for c in shown if unicodedata.category(c) in ("Cc", "Cf") and c != "\n"], (seed, text)
        assert status in (0, 2), (seed, text)
        if status == 0:
            load_routing(out)
        else:
            assert len(files.err.splitlines()) == 1 and not out.exists(), (seed, text)
