"""import usage of OpenTelemetry's spans and events, Langfuse, Helicone and Gemini CLI's sessions."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from .router_facts import Files

pytest.importorskip("duckdb", reason="DuckDB comes with modelpick[usage]")

START = 1_793_491_200  # 2026-11-01


def imported(files: Files, source: Path) -> dict[str, Any]:
    assert files.run("import", "usage", source, "--workload", files.routed, "--json") == 0, files.err
    answer: dict[str, Any] = json.loads(files.out)
    return answer


def only_label(answer: dict[str, Any]) -> dict[str, Any]:
    (label,) = answer["usage"]["labels"].values()
    assert isinstance(label, dict)
    return label


def noted(answer: dict[str, Any], *words: str) -> bool:
    return any(all(word in note for word in words) for note in answer["notes"])


def span(
    number: int, attributes: dict[str, object] | None = None, parent: int | None = None
) -> dict[str, Any]:
    """A span of three seconds as SDKs print it: 1,200 in, 900 of them cached, 80 out."""
    usage = {"gen_ai.usage.input_tokens": 1_200, "gen_ai.usage.output_tokens": 80}
    usage |= {"gen_ai.usage.cache_read.input_tokens": 900}
    names = {"gen_ai.operation.name": "chat", "gen_ai.provider.name": "nscale"}
    names |= {"gen_ai.response.model": "Org/Large", "gen_ai.request.model": "large"}
    start = (START + 86_400 * (number - 1)) * 1_000_000_000
    times = {"startTimeUnixNano": str(start), "endTimeUnixNano": str(start + 3_000_000_000)}
    ids = {"traceId": "t", "spanId": f"s{number}", **({"parentSpanId": f"s{parent}"} if parent else {})}
    every = {
        name: value for name, value in {**names, **usage, **(attributes or {})}.items() if value is not None
    }
    return {"name": "chat Org/Large", **ids, **times, "attributes": every}


def otlp(*spans: dict[str, Any]) -> dict[str, Any]:
    """Spans as the OTLP exporter writes them: attributes as a list, whole numbers as text."""

    def listed(value: object) -> dict[str, object]:
        if isinstance(value, list):
            return {"arrayValue": {"values": [listed(entry) for entry in value]}}
        return {"intValue": str(value)} if isinstance(value, int) else {"stringValue": value}

    rows = [
        {**each, "attributes": [{"key": k, "value": listed(v)} for k, v in each["attributes"].items()]}
        for each in spans
    ]
    return {"resourceSpans": [{"resource": {"attributes": []}, "scopeSpans": [{"scope": {}, "spans": rows}]}]}


class TestSpans:
    def test_every_form_gives_the_same(self, files: Files) -> None:
        rows = [span(1), span(2, {"gen_ai.response.finish_reasons": ["stop"]})]
        python = [
            {
                "name": "chat",
                "context": {"trace_id": "0xt", "span_id": row["spanId"]},
                "start_time": f"2026-11-0{n}T00:00:00.000000Z",
                "end_time": f"2026-11-0{n}T00:00:03.000000Z",
                "attributes": row["attributes"],
            }
            for n, row in enumerate(rows, 1)
        ]
        jaeger = [
            {
                "traceID": "t",
                "spanID": row["spanId"],
                "startTime": int(row["startTimeUnixNano"]) // 1_000,
                "duration": 3_000_000,
                "tags": [{"key": k, "type": "any", "value": v} for k, v in row["attributes"].items()],
            }
            for row in rows
        ]
        lines = "\n".join(json.dumps(row) for row in rows)
        sources = [files.write("s.jsonl", lines), files.write("otlp.json", json.dumps(otlp(*rows)))]
        sources.append(files.write("otlp.jsonl", "".join(json.dumps(otlp(row)) + "\n" for row in rows)))
        sources.append(files.write("python.json", "\n".join(json.dumps(row, indent=4) for row in python)))
        sources.append(files.write("jaeger.json", json.dumps({"data": [{"traceID": "t", "spans": jaeger}]})))
        for source in sources:
            answer = imported(files, source)
            label = only_label(answer)
            assert (label["requests"], label["input"], label["output"]) == (2, 1_200, 80), source.name
            assert label["cached"] == 0.75, source.name
            measured = answer["routing"]["labels"]["default"]["measured"]
            assert measured["nscale/large"]["latency"] == 3.0, source.name
            assert measured["large"] == {"output_tokens": 80, "cached": 0.75}

    @pytest.mark.parametrize(
        ("read", "written"),
        [
            ("gen_ai.usage.cache_read_input_tokens", "gen_ai.usage.cache_creation_input_tokens"),
            ("gen_ai.usage.input_tokens.cached", "gen_ai.usage.input_tokens.cache_write"),
            ("gen_ai.usage.details.cache_read_tokens", "gen_ai.usage.details.cache_write_tokens"),
        ],
    )
    def test_earlier_names(self, files: Files, read: str, written: str) -> None:
        row = span(1, {"gen_ai.usage.cache_read.input_tokens": None, read: 600, written: 300})
        label = only_label(imported(files, files.write("s.jsonl", json.dumps(row))))
        assert label["cached"] == 0.5 and label["written"] == 0.25

    def test_open_inference(self, files: Files) -> None:
        names = {"openinference.span.kind": "LLM", "llm.model_name": "Org/Large", "llm.provider": "nscale"}
        counts = {"llm.token_count.prompt": 1_000, "llm.token_count.completion": 50}
        row = {**span(1), "attributes": {**names, **counts, "llm.token_count.prompt_details.cache_read": 250}}
        chain = {**span(2), "attributes": {**names, **counts, "openinference.span.kind": "CHAIN"}}
        answer = imported(files, files.write("s.jsonl", json.dumps(row) + "\n" + json.dumps(chain)))
        label = only_label(answer)
        assert (label["requests"], label["input"], label["cached"]) == (1, 1_000, 0.25)
        assert noted(answer, "1 row left aside: spans around others")

    def test_what_is_no_request_of_its_own(self, files: Files) -> None:
        rows = [
            span(1, {"gen_ai.operation.name": "invoke_agent"}),  # sums up its calls
            span(2),  # a framework's, around the client's
            span(3, parent=2),
            span(4, {"gen_ai.operation.name": "embeddings", "gen_ai.usage.output_tokens": None}),
            span(5, {"gen_ai.usage.input_tokens": None, "gen_ai.usage.output_tokens": None}),
            span(3, parent=2),  # exported twice
        ]
        answer = imported(files, files.write("s.jsonl", "\n".join(map(json.dumps, rows))))
        assert only_label(answer)["requests"] == 1
        assert noted(answer, "2 rows left aside: spans around others")
        assert noted(answer, "1 row left aside: no chat") and noted(answer, "without token counts")
        assert noted(answer, "1 row of requests or buckets that are there already")

    def test_cached_tokens_beside_the_input(self, files: Files) -> None:
        # 100 in cannot hold 900 read: this instrumentation counts them beside, so 1,000 and 1,000 + 900.
        beside = (
            span(1, {"gen_ai.usage.input_tokens": 100}),
            span(2, {"gen_ai.usage.input_tokens": 1_000}),
        )
        answer = imported(files, files.write("s.jsonl", "\n".join(map(json.dumps, beside))))
        assert only_label(answer)["input"] == (1_000 + 1_900) / 2

    def test_another_provider_than_the_sdks(self, files: Files) -> None:
        row = span(1, {"gen_ai.provider.name": "openai", "server.address": "openrouter.ai"})
        row["attributes"]["gen_ai.response.model"] = "org/large-2026-01-01"
        (label,) = imported(files, files.write("s.jsonl", json.dumps(row)))["routing"]["labels"].values()
        assert label["routes"] == [{"offer": "openrouter/large", "share": 1.0}]

    def test_spans_of_something_else(self, files: Files) -> None:
        row = {**span(1), "attributes": {"http.request.method": "GET"}}
        assert files.run("import", "usage", files.write("s.jsonl", json.dumps(row))) == 2
        assert "OpenTelemetry: no requests in it" in files.err


class TestEvents:
    def event(self, name: str, second: int, **attributes: object) -> str:
        record = {"hrTime": [START + second, 0], "body": name}
        return json.dumps({**record, "attributes": {"event.name": name, **attributes}}, indent=2) + "\n"

    def test_of_gemini_cli(self, files: Files) -> None:
        counts = {"input_token_count": 1_000, "output_token_count": 60, "thoughts_token_count": 40}
        counts |= {"cached_content_token_count": 800, "duration_ms": 2_500}
        text = self.event("gemini_cli.api_response", 1, model="gemini-x", **counts)
        text += self.event("gemini_cli.api_response", 2, model="gemini-x", **counts)
        text += self.event("gemini_cli.user_prompt", 3, prompt_length=7)
        usage = {"gen_ai.usage.input_tokens": 1_000, "gen_ai.usage.output_tokens": 100}
        text += self.event("gen_ai.client.inference.operation.details", 1, **usage)
        answer = imported(files, files.write("telemetry.json", text))
        label = only_label(answer)
        assert (label["requests"], label["input"], label["output"], label["cached"]) == (2, 1_000, 100, 0.8)

    def test_of_claude_code(self, files: Files) -> None:
        counts = {"input_tokens": 100, "output_tokens": 60, "cache_read_tokens": 800, "cost_usd": 0.25}
        record = {
            "timeUnixNano": str(START * 10**9),
            "body": {"stringValue": "claude_code.api_request"},
            "attributes": [
                {"key": "event.name", "value": {"stringValue": "api_request"}},
                {"key": "model", "value": {"stringValue": "claude-opus-5"}},
                {"key": "cache_creation_tokens", "value": {"intValue": "100"}},
                *({"key": key, "value": {"doubleValue": count}} for key, count in counts.items()),
            ],
        }
        logs = {"resourceLogs": [{"scopeLogs": [{"logRecords": [record]}]}]}
        answer = imported(files, files.write("logs.json", json.dumps(logs)))
        label = answer["usage"]["labels"]["think"]
        # 100 new, 800 read and 100 written.
        assert label["input"] == 1_000 and label["cached"] == 0.8 and label["written"] == 0.1
        assert label["models"][0]["usd"] == 0.25


class TestLangfuse:
    def observation(self, number: int, **more: Any) -> dict[str, Any]:
        """A generation of 1,000 tokens in, 800 of them cached; 30 of 90 out are reasoning."""
        details = {"input": 200, "input_cached_tokens": 800, "output": 60, "output_reasoning_tokens": 30}
        row = {"id": f"o{number}", "type": "GENERATION", "model": "Org/Large", "calculatedTotalCost": 0.002}
        row |= {
            "startTime": f"2026-11-0{number}T08:00:00.000Z",
            "endTime": f"2026-11-0{number}T08:00:04.000Z",
        }
        return {**row, "usageDetails": {**details, "total": 1_090}, **more}

    def test_parts_that_do_not_overlap(self, files: Files) -> None:
        rows = [self.observation(1), self.observation(2), self.observation(3, type="SPAN", usageDetails={})]
        rows.append(self.observation(3, type="EMBEDDING"))
        answer = imported(files, files.write("o.json", json.dumps({"data": rows, "meta": {"page": 1}})))
        label = only_label(answer)
        assert (label["requests"], label["input"], label["output"], label["cached"]) == (2, 1_000, 90, 0.8)
        assert label["models"][0]["usd"] == pytest.approx(0.004) and noted(
            answer, "1 row left aside: no chat"
        )

    def test_parts_that_overlap(self, files: Files) -> None:
        details = {"input": 1_000, "cache_read_input_tokens": 800, "output": 90, "total": 1_090}
        rows = "".join(json.dumps(self.observation(n, usageDetails=details)) + "\n" for n in (1, 2))
        label = only_label(imported(files, files.write("o.jsonl", rows)))
        assert (label["input"], label["output"], label["cached"]) == (1_000, 90, 0.8)

    def test_anthropics_parts_in_a_csv(self, files: Files) -> None:
        details = {
            "input": 100,
            "cache_read_input_tokens": 800,
            "cache_creation_input_tokens": 100,
            "output": 9,
        }
        text = json.dumps(details).replace('"', '""')
        rows = "".join(
            f'o{n},GENERATION,2026-11-0{n} 08:00:00.000000,2026-11-0{n} 08:00:02,claude-opus-5,"{text}",0.1\n'
            for n in (1, 2)
        )
        head = "id,type,start_time,end_time,provided_model_name,usage_details,total_cost\n"
        label = imported(files, files.write("o.csv", head + rows))["usage"]["labels"]["think"]
        assert (label["input"], label["cached"], label["written"]) == (1_000, 0.8, 0.1)

    def test_the_sites_csv(self, files: Files) -> None:
        head = "id,type,name,startTime,endTime,model,inputUsage,outputUsage,totalUsage,totalCost\n"
        row = "o1,GENERATION,answer,2026-11-01T08:00:00Z,2026-11-01T08:00:03Z,Org/Large,1200,80,1280,1\n"
        answer = imported(files, files.write("o.csv", head + row))
        assert only_label(answer)["input"] == 1_200 and noted(
            answer, "no column usageDetails: no cached tokens"
        )


class TestHelicone:
    HEAD = "request_id,request_created_at,model,provider,status,prompt_tokens,completion_tokens,latency"

    def test_a_csv(self, files: Files) -> None:
        rows = "".join(f"r{n},2026-11-0{n}T08:00:00,Org/Large,NSCALE,200,1200,80,3000,0.01\n" for n in (1, 2))
        rows += "r3,2026-11-03T08:00:00,Org/Large,NSCALE,500,1200,0,3000,0\n"
        answer = imported(files, files.write("h.csv", self.HEAD + ",costUSD\n" + rows))
        label = answer["usage"]["labels"]["default"]
        assert (label["requests"], label["input"], label["output"]) == (2, 1_200, 80)
        assert answer["routing"]["labels"]["default"]["measured"]["nscale/large"]["latency"] == 3.0
        assert noted(answer, "1 row left aside: failed")

    def test_its_answers(self, files: Files) -> None:
        row = {"request_id": "r1", "request_created_at": "2026-11-01T08:00:00Z", "response_status": 200}
        row |= {
            "request_model": "large",
            "response_model": "Org/Large",
            "provider": "NSCALE",
            "delay_ms": 900,
        }
        row |= {
            "prompt_tokens": 1_000,
            "completion_tokens": 50,
            "prompt_cache_read_tokens": 400,
            "cost": 0.002,
        }
        cached = {**row, "request_id": "r2", "cache_reference_id": "2f1c4b7e-9d0a-4c5e-8a51-5d0e3c7b1a90"}
        page = {"data": [row, cached], "error": None}
        answer = imported(files, files.write("h.json", json.dumps(page)))
        label = answer["usage"]["labels"]["default"]
        assert (label["requests"], label["cached"]) == (1, 0.4) and noted(answer, "Helicone's own cache")


class TestGeminiCli:
    def message(self, number: int, **more: Any) -> dict[str, Any]:
        tokens = {"input": 1_000, "output": 50, "cached": 600, "thoughts": 30, "tool": 20, "total": 1_100}
        row = {"id": f"g{number}", "timestamp": f"2026-11-0{number}T08:00:00Z", "type": "gemini"}
        return {**row, "model": "gemini-x", "content": "", "tokens": tokens, **more}

    def check(self, label: dict[str, Any]) -> None:
        # 1,000 and 20 of tools in, 50 and 30 of thoughts out.
        assert (label["requests"], label["input"], label["output"]) == (2, 1_020, 80)
        assert label["cached"] == pytest.approx(600 / 1_020)

    def test_sessions(self, files: Files) -> None:
        folder = files.folder / "chats"
        folder.mkdir()
        session = {"sessionId": "s", "projectHash": "h", "startTime": "2026-11-01T08:00:00Z"}
        user = {"id": "u", "type": "user", "timestamp": "2026-11-01T08:00:00Z", "content": "hi"}
        rows = [user, self.message(1), self.message(2), self.message(3, tokens=None)]
        (folder / "session-1.json").write_text(json.dumps({**session, "messages": rows}))
        self.check(only_label(imported(files, folder)))
        (folder / "session-1.json").unlink()
        # Written again when its tokens are known.
        lines = [
            session,
            user,
            self.message(1, tokens=None),
            self.message(1),
            self.message(1),
            self.message(2),
        ]
        (folder / "session-2.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
        self.check(only_label(imported(files, folder)))
