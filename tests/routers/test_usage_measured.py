"""What modelpick import usage measures of a label's models: output, cached input, seconds and cost."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from modelpick import load_routing
from modelpick.engine.domain.routing import Label

from .router_facts import FACTS, Files

pytest.importorskip("duckdb", reason="DuckDB comes with modelpick[usage]")


def labels(files: Files, source: Path) -> dict[str, Label]:
    """The labels of the file that -o writes."""
    out = files.folder / "now.toml"
    assert files.run("import", "usage", source, "-o", out, "--workload", files.routed) == 0, files.err
    return load_routing(out).labels


def claude(number: int, model: str, **usage: Any) -> str:
    """A line of a Claude Code session: 10 new tokens, 30,000 read, 10,000 written, 500 out."""
    tokens = {"input_tokens": 10, "cache_read_input_tokens": 30_000, "cache_creation_input_tokens": 10_000}
    message = {"id": f"m{number}", "model": model, "usage": {**tokens, "output_tokens": 500, **usage}}
    moment = f"2026-11-{1 + number:02}T10:00:00Z"
    return json.dumps({"type": "assistant", "timestamp": moment, "sessionId": "s", "message": message}) + "\n"


def litellm_with(
    terms: list[tuple[dict[str, Any], dict[str, Any]]], model: str = "large", provider: str = "openai"
) -> str:
    """Rows of LiteLLM's spend logs, 1,000 tokens in and 100 out, with these metadata and bodies."""
    head = "request_id,call_type,model_group,model,custom_llm_provider,prompt_tokens,completion_tokens,"
    rows = [f"{head}startTime,metadata,proxy_server_request"]
    for number, both in enumerate(terms):
        metadata, body = (json.dumps(each).replace('"', '""') for each in both)
        figures = f"acompletion,default,{model},{provider},1000,100,2026-11-01 0{number}:00:00"
        rows.append(f'r{number},{figures},"{metadata}","{body}"')
    return "\n".join(rows) + "\n"


def priced(files: Files) -> None:
    """claude-opus-5 with cache prices and a tier."""
    tier = "{ above = 200_000, input = 10.0, output = 37.5, cache_read = 1.0, cache_write = 12.5 }"
    facts = FACTS.replace(
        "input = 5.0\noutput = 25.0",
        f"input = 5.0\noutput = 25.0\ncache_read = 0.5\ncache_write = 6.25\ntiers = [{tier}]",
    )
    files.facts.write_text(facts)


HOUR = {"cache_creation": {"ephemeral_5m_input_tokens": 0, "ephemeral_1h_input_tokens": 10_000}}


class TestCost:
    """Only what the list price does not count makes a cost of its own."""

    def cost(self, files: Files, *lines: str) -> float | None:
        think = labels(files, files.write("s.jsonl", "".join(lines)))["think"]
        offer = think.measured.get("anthropic/claude-opus-5")
        return offer.cost if offer else None

    def test_none_without_anything_of_the_kind(self, files: Files) -> None:
        priced(files)
        assert self.cost(files, claude(1, "claude-opus-5"), claude(2, "claude-opus-5")) is None

    def test_an_hours_cache_writes_are_twice_the_input(self, files: Files) -> None:
        priced(files)
        # 10 x 5 + 30,000 x 0.5 + 10,000 x 10 + 500 x 25 = 127,550 millionths.
        assert self.cost(files, claude(1, "claude-opus-5", **HOUR)) == pytest.approx(0.12755)
        # With one of five minutes, whose writes are 62,500 of 90,050: (127,550 + 90,050) / 2.
        both = claude(1, "claude-opus-5", **HOUR), claude(2, "claude-opus-5")
        assert self.cost(files, *both) == pytest.approx(0.1088)
        assert "written to the cache for an hour, counted at twice the input price: 10,000" in files.err
        assert "the measured cost of anthropic/claude-opus-5 is 0.1088 USD a request" in files.err

    def test_fast_mode_and_a_region_multiply(self, files: Files) -> None:
        priced(files)
        # A request of five minutes' writes is 0.09005; claude-opus-5 costs twice in fast mode, 1.1 in the US.
        for usage, factor in (
            ({"speed": "fast"}, 2.0),
            ({"inference_geo": "us"}, 1.1),
            ({"speed": "fast", "inference_geo": "us"}, 2.2),
        ):
            cost = self.cost(files, claude(1, "claude-opus-5", **usage))
            assert cost == pytest.approx(0.09005 * factor), usage
        standard = {"speed": "standard", "inference_geo": "not_available"}
        assert self.cost(files, claude(1, "claude-opus-5", **standard)) is None

    def test_searches_cost_a_cent(self, files: Files) -> None:
        priced(files)
        line = claude(1, "claude-opus-5", server_tool_use={"web_search_requests": 3})
        (label,) = labels(files, files.write("s.jsonl", line)).values()
        assert label.measured["anthropic/claude-opus-5"].cost == pytest.approx(0.09005 + 0.03)
        assert "web searches, counted at 10 USD a thousand: 3" in files.err

    def test_a_long_prompt_bills_at_its_tier(self, files: Files) -> None:
        priced(files)
        line = claude(1, "claude-opus-5", cache_read_input_tokens=250_000, **HOUR)
        (label,) = labels(files, files.write("s.jsonl", line)).values()
        # 10 x 10 + 250,000 x 1 + 10,000 x 20 + 500 x 37.5 = 468,850 millionths.
        assert label.measured["anthropic/claude-opus-5"].cost == pytest.approx(0.46885)

    def test_the_batch_discount_holds_for_all_of_it(self, files: Files) -> None:
        priced(files)
        text = files.facts.read_text().replace(
            "cache_write = 6.25\n", "cache_write = 6.25\nbatch_discount = 0.5\n"
        )
        files.facts.write_text(text)
        line = claude(1, "claude-opus-5", service_tier="batch", **HOUR)
        label = labels(files, files.write("s.jsonl", line))["think-batch"]
        assert label.batch and label.measured["anthropic/claude-opus-5"].cost == pytest.approx(0.12755 / 2)

    def test_a_report_that_counts_no_requests(self, files: Files) -> None:
        priced(files)
        row = {"model": "claude-opus-5", "uncached_input_tokens": 17_000, "cache_read_input_tokens": 0}
        row |= {"cache_creation": {"ephemeral_1h_input_tokens": 1_000}, "output_tokens": 400}
        page = {"data": [{"starting_at": "2026-11-01T00:00:00Z", "results": [row]}]}
        think = labels(files, files.write("a.json", json.dumps(page)))["think"]
        # The workload's think has prompts of 9,000: two requests, 17,000 x 5 + 1,000 x 10 + 400 x 25 both.
        assert think.measured["anthropic/claude-opus-5"].cost == pytest.approx(0.105 / 2)
        assert think.input_tokens == 9_000 and think.output_tokens == 200

    def test_a_month_to_the_cent(self, files: Files) -> None:
        """6,600 requests, written as they stream: twice, the first time with half of the answer."""
        priced(files)
        lines, usd = [], 0.0
        for n in range(6_600):
            hour, read, out = 7 * n % 3_000, 1_000 + 613 * n % 90_000, 37 * n % 900
            writes = {"ephemeral_1h_input_tokens": hour, "ephemeral_5m_input_tokens": 400}
            usage = {"cache_creation_input_tokens": hour + 400, "cache_creation": writes}
            usage |= {"cache_read_input_tokens": read, "output_tokens": out}
            for written in (out // 2, out):
                line = claude(n, "claude-opus-5", **{**usage, "output_tokens": written})
                lines.append(line.replace(f"11-{1 + n:02}T", f"11-{1 + n % 28:02}T"))
            usd += (10 * 5 + read * 0.5 + hour * 10 + 400 * 6.25 + out * 25) / 1e6
        source = files.write("s.jsonl", "".join(lines))
        cost = 0.0
        for label, requests in zip(*self.requests(files, source), strict=True):
            cost += (label.measured["anthropic/claude-opus-5"].cost or 0.0) * requests
        assert cost == pytest.approx(usd, abs=0.005)
        assert files.run("spent", source, "--plan", files.routed, "--json") == 0
        spent = json.loads(files.out)
        assert spent["spent"] == pytest.approx(usd, abs=0.005) and spent["billed"] == 0
        assert sum(spent["by_day"].values()) == pytest.approx(usd, abs=0.005)

    def requests(self, files: Files, source: Path) -> tuple[list[Label], list[float]]:
        """The labels, and their requests in the log's own period."""
        by_label = labels(files, source)
        assert files.run("import", "usage", source, "--json", "--workload", files.routed) == 0
        counted = json.loads(files.out)["usage"]["labels"]
        return list(by_label.values()), [counted[name]["requests"] for name in by_label]


LITELLM = (
    "request_id,call_type,model_group,model,custom_llm_provider,prompt_tokens,completion_tokens,spend,startTime,"
    "endTime,status,metadata\n"
)


def spend(number: int, model: str, output: int, cached: int, seconds: int = 0) -> str:
    """A row of LiteLLM's log with a prompt of 1,000."""
    metadata = json.dumps({"usage_object": {"prompt_tokens_details": {"cached_tokens": cached}}})
    times = f"2026-11-{1 + number:02} 08:00:00,2026-11-{1 + number:02} 08:00:{seconds:02}"
    row = f"r{number},acompletion,default,{model},nscale,1000,{output},0.002,{times},success"
    return row + ',"' + metadata.replace('"', '""') + '"\n'


class TestOutputAndCache:
    def test_each_model_has_its_own(self, files: Files) -> None:
        rows = spend(1, "Org/Large", 100, 500) + spend(2, "Org/Large", 300, 700)
        rows += spend(3, "Org/Small-Chat", 50, 0)
        label = labels(files, files.write("l.csv", LITELLM + rows))["default"]
        large, small = label.measured["large"], label.measured["small"]
        assert large.output_tokens == 200 and large.cached == 0.6
        assert small.output_tokens == 50 and small.cached == 0.0
        assert label.output_tokens == 150 and label.cached == 0.4
        assert large.latency is None and "nscale/large" not in label.measured

    def test_the_label_counts_before_verbosity_and_tokenizer(self, files: Files) -> None:
        facts = FACTS.replace(
            "max_output = 32_000", "max_output = 32_000\nverbosity = 2.0\nprompt_tokens = 1.25"
        )
        files.facts.write_text(facts)
        rows = spend(1, "Org/Large", 600, 400) + spend(2, "Org/Small-Chat", 100, 400)
        label = labels(files, files.write("l.csv", LITELLM + rows))["default"]
        # 600 of a model twice as wordy are 300, so (300 + 100) / 2; 1,000 at 1.25 a token are 800.
        assert label.output_tokens == 200 and label.input_tokens == 900
        assert "default: 350 output tokens a request were billed; output_tokens is 200, before" in files.err
        assert label.measured["large"].output_tokens == 600

    def test_a_level_has_its_own(self, files: Files) -> None:
        efforts = 'default_effort = "medium"\nefforts = { medium = {}, high = { verbosity = 3.0 } }\n'
        files.facts.write_text(
            FACTS.replace("[models.claude-opus-5]\n", f"[models.claude-opus-5]\n{efforts}")
        )
        lines = [claude(n, "claude-opus-5", output_tokens=900 if n == 1 else 300) for n in (1, 2)]
        for n, effort in enumerate(("high", "medium")):
            lines[n] = json.dumps({**json.loads(lines[n]), "effort": effort}) + "\n"
        label = labels(files, files.write("s.jsonl", "".join(lines)))["think"]
        shares = {route.offer: route.share for route in label.routes}
        assert shares == {"anthropic/claude-opus-5@high": 0.5, "anthropic/claude-opus-5": 0.5}
        assert label.output_tokens == 300  # 900 / 3 and 300
        assert label.measured["claude-opus-5@high"].output_tokens == 900
        assert label.measured["claude-opus-5"].output_tokens == 300
        assert "no reasoning effort in the log" not in files.err
        labels(files, files.write("s.jsonl", "".join([lines[0], claude(3, "claude-opus-5")])))
        assert "no reasoning effort in the log, so counted at the default level: claude-opus-5" in files.err

    def test_own_tests_of_the_workload_stay(self, files: Files) -> None:
        text = files.routed.read_text()
        figures = (
            "measured = { large = { quality = 81.5, n = 120, output_tokens = 9 }, small = { quality = 50 } }"
        )
        rules = text.replace("[labels.background]", f"{figures}\n[labels.background]", 1)
        files.routed.write_text(rules)
        label = labels(files, files.write("l.csv", LITELLM + spend(1, "Org/Large", 100, 500)))["default"]
        large = label.measured["large"]
        assert (large.quality, large.n, large.output_tokens, large.cached) == (81.5, 120, 100, 0.5)
        assert "without traffic in the log, so left out: background, think, longContext" in files.err
        assert label.measured["small"].quality == 50.0 and label.measured["small"].output_tokens is None

    def test_a_log_without_cached_tokens_measures_none(self, files: Files) -> None:
        text = "".join(
            ",".join(row.split(",")[:11]) + "\n"
            for row in (LITELLM + spend(1, "Org/Large", 100, 0)).splitlines()
        )
        figures = labels(files, files.write("l.csv", text))["default"].measured["large"]
        assert figures.output_tokens == 100 and figures.cached is None


class TestSeconds:
    def test_of_litellm(self, files: Files) -> None:
        # 1 to 21 seconds: the median is 11, and 20 of 21 are at most 20.
        rows = "".join(spend(n, "Org/Large", 100, 0, n) for n in range(1, 22))
        offer = labels(files, files.write("l.csv", LITELLM + rows))["default"].measured["nscale/large"]
        assert offer.latency == pytest.approx(11, abs=0.5)
        assert offer.spread == pytest.approx(20 / 11, rel=0.05)

    @pytest.mark.parametrize(
        ("times", "seconds"), [((0, 0, 0), None), ((-5, 5, 5), 5.0), ((1e-4, 1e-4, 80_000), 1e-4)]
    )
    def test_that_cannot_be(self, files: Files, times: tuple[float, ...], seconds: float | None) -> None:
        head = "request_id,request_created_at,model,provider,status,prompt_tokens,completion_tokens,latency\n"
        rows = "".join(
            f"r{n},2026-11-0{n}T08:00:00,Org/Large,NSCALE,200,1200,80,{1e3 * time}\n"
            for n, time in enumerate(times, 1)
        )
        measured = labels(files, files.write("h.csv", head + rows))["default"].measured
        figures = measured.get("nscale/large")
        assert (figures.latency if figures else None) == seconds

    def test_of_openrouter(self, files: Files) -> None:
        head = "generation_id,created_at,cost_total,tokens_prompt,tokens_completion,tokens_cached,"
        head += "model_permaslug,generation_time_ms\n"
        rows = "".join(f"g{n},2026-11-0{n} 10:00:00,0.01,1000,100,0,org/large,4500\n" for n in (1, 2, 3))
        label = labels(files, files.write("a.csv", head + rows))["longContext"]
        figures = label.measured["openrouter/large"]
        assert figures.latency == 4.5 and figures.spread == 1.0

    def test_of_claude_code_router(self, files: Files) -> None:
        path = files.folder / "usage.sqlite"
        columns = "created_at, model, provider, input_tokens, output_tokens, cache_read_tokens,"
        columns += " cache_write_tokens, cost_usd, status_code, duration_ms"
        with sqlite3.connect(path) as database:
            database.execute(f"CREATE TABLE usage_events ({columns})")
            row = ("2026-11-01T00:00:00.000Z", "Org/Large", "nscale", 100, 20, 300, 0, 0.5, 200, 7_000)
            database.execute("INSERT INTO usage_events VALUES (?,?,?,?,?,?,?,?,?,?)", row)
        database.close()
        assert labels(files, path)["default"].measured["nscale/large"].latency == 7.0


class TestServiceTiers:
    @pytest.mark.parametrize("own", ["flex", "ultrafast"])
    def test_a_tier_is_an_offer_of_its_own(self, files: Files, own: str) -> None:
        more = f'[providers.openai]\n[providers.openai-{own}]\nvariant_of = "openai"\n'
        more += '[offers."openai/large"]\ninput = 2.0\noutput = 8.0\n'
        more += f'[offers."openai-{own}/large"]\ninput = 1.0\noutput = 4.0\n'
        files.facts.write_text(FACTS + more)
        result = {"model": "large-2026-01-01", "input_tokens": 1_000, "output_tokens": 100}
        result |= {"input_cached_tokens": 0, "num_model_requests": 1}
        tiers = ("default", own, own, "priority")
        results = [{**result, "service_tier": tier} for tier in tiers]
        page = {"data": [{"start_time": 1_793_491_200, "end_time": 1_793_577_600, "results": results}]}
        # Two alike in one bucket are two only where something tells them apart.
        page["data"][0]["results"][2]["api_key_id"] = "k"  # type: ignore[index]
        source = files.write("o.json", json.dumps(page))
        (label,) = labels(files, source).values()
        shares = {route.offer: route.share for route in label.routes}
        assert shares == {"openai/large": 0.5, f"openai-{own}/large": 0.5}
        assert "flex, priority, ultrafast), counted at its own offers: 2,200" in files.err
        assert "flex, priority, ultrafast), priced as standard: 1,100" in files.err

    def test_litellm_says_the_tier_that_it_billed(self, files: Files) -> None:
        """In the cost's breakdown; else the answer's usage says it, else the body that was asked with."""
        more = '[providers.openai]\n[providers.openai-flex]\nvariant_of = "openai"\n'
        more += '[offers."openai/large"]\ninput = 2.0\noutput = 8.0\n'
        more += '[offers."openai-flex/large"]\ninput = 1.0\noutput = 4.0\n'
        files.facts.write_text(FACTS + more)
        terms: list[tuple[dict[str, Any], dict[str, Any]]] = [
            ({"cost_breakdown": {"service_tier": "flex"}}, {}),
            ({"usage_object": {"service_tier": "flex"}}, {"service_tier": "auto"}),
            ({}, {"service_tier": "flex"}),
            ({"usage_object": {"service_tier": "default"}}, {"service_tier": "flex"}),
            ({"cost_breakdown": {"service_tier": "priority"}}, {}),
        ]
        label = labels(files, files.write("l.csv", litellm_with(terms)))["default"]
        shares = {route.offer: route.share for route in label.routes}
        assert shares == {"openai-flex/large": 0.6, "openai/large": 0.4}
        # 1,000 in and 100 out each
        assert "flex, priority, ultrafast), counted at its own offers: 3,300" in files.err
        assert "flex, priority, ultrafast), priced as standard: 1,100" in files.err

    def test_litellm_says_the_region_and_fast_mode_of_claude(self, files: Files) -> None:
        files.facts.write_text(
            FACTS.replace("claude-opus-5", "claude-opus-4-8")
            .replace("[providers.openrouter]", "[providers.o]")
            .replace('"openrouter/', '"o/')
        )
        terms: list[tuple[dict[str, Any], dict[str, Any]]] = [
            ({"usage_object": {"inference_geo": "us", "speed": "standard"}}, {}),
            ({"usage_object": {"inference_geo": "not_available", "speed": "fast"}}, {}),
        ]
        text = litellm_with(terms, model="claude-opus-4-8", provider="anthropic")
        out = files.folder / "now.toml"
        assert files.run("import", "usage", files.write("l.csv", text), "-o", out) == 0, files.err
        # 1,000 x 5 + 100 x 25 = 7,500 millionths: a tenth more for the region, twice for fast mode.
        measured = load_routing(out).labels["default"].measured["anthropic/claude-opus-4-8"]
        assert measured.cost == pytest.approx(0.0075 * (1.1 + 2) / 2)
        assert "bound to a region (inference_geo), counted at a tenth more: 1,100" in files.err
        assert "tokens in fast mode, counted at its price: 1,100" in files.err

    def test_litellm_keeps_the_effort_in_the_body_of_a_request(self, files: Files) -> None:
        efforts = 'default_effort = "medium"\nefforts = { low = {}, medium = {}, high = {} }\n'
        files.facts.write_text(FACTS.replace("[models.large]\n", f"[models.large]\n{efforts}"))
        bodies: list[dict[str, Any]] = [{"reasoning_effort": "high"}, {"reasoning": {"effort": "low"}}]
        bodies += [{"output_config": {"effort": "low"}}, {"messages": []}]
        text = litellm_with([({}, body) for body in bodies], model="Org/Large", provider="nscale")
        label = labels(files, files.write("l.csv", text))["default"]
        shares = {route.offer: route.share for route in label.routes}
        assert shares == {"nscale/large@high": 0.25, "nscale/large@low": 0.5, "nscale/large": 0.25}
