"""modelpick import usage and spent on the cost exports of OpenAI and Anthropic."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from .router_facts import Files

pytest.importorskip("duckdb", reason="DuckDB comes with modelpick[usage]")

FACTS = """
schema = 1
as_of = 2026-11-23
[providers.openai]
[providers.openai-flex]
variant_of = "openai"
[providers.anthropic]
[models."gpt-9"]
context = 400_000
[models.claude-opus-5-5]
context = 400_000
[offers."openai/gpt-9"]
input = 2.0
output = 8.0
cache_read = 0.5
tiers = [{ above = 200_000, input = 4.0, output = 12.0, cache_read = 1.0 }]
[offers."openai-flex/gpt-9"]
input = 1.0
output = 4.0
[offers."anthropic/claude-opus-5-5"]
input = 5.0
output = 25.0
cache_read = 0.5
cache_write = 6.25
batch_discount = 0.5
"""


def imported(files: Files, source: Path) -> dict[str, Any]:
    files.facts.write_text(FACTS)
    assert files.run("import", "usage", source, "--json", "-o", files.folder / "now.toml") == 0, files.err
    answer: dict[str, Any] = json.loads(files.out)
    return answer


def openai(*days: dict[str, float], **more: Any) -> str:
    """Pages of /organization/costs, a bucket a day from 2026-11-01, grouped by line item."""
    start = 1_793_491_200
    buckets = [
        {
            "object": "bucket",
            "start_time": start + 86_400 * number,
            "end_time": start + 86_400 * (number + 1),
            "results": [
                {
                    "object": "organization.costs.result",
                    "amount": {"value": usd, "currency": "usd"},
                    "line_item": item,
                    "project_id": None,
                    **more,
                }
                for item, usd in items.items()
            ],
        }
        for number, items in enumerate(days)
    ]
    return json.dumps({"object": "page", "data": buckets, "has_more": False, "next_page": None})


ITEMS = {
    "gpt-9-2026-08-07, input": 0.4,  # 200,000 tokens at 2
    "gpt-9-2026-08-07, cached input": 0.15,  # 300,000 at 0.5
    "gpt-9-2026-08-07, output": 0.8,  # 100,000 at 8
    "gpt-9-2026-08-07, input, long context": 1.2,  # 300,000 at 4
    "flex | gpt-9-2026-08-07, input": 0.2,  # 200,000 at 1
    "web search tool calls": 0.07,
    "gpt-9-audio, input": 0.03,
}


class TestOpenAI:
    def test_tokens_are_those_that_were_paid_for(self, files: Files) -> None:
        answer = imported(files, files.write("costs.json", openai(ITEMS, {}, {})))
        (label,) = answer["usage"]["labels"].values()
        # Of one unit, as no requests are counted: input 200,000 + 300,000 + 300,000 + 200,000.
        assert label["input"] == pytest.approx(1e6) and label["cached"] == pytest.approx(0.3)
        assert label["output"] == pytest.approx(100_000)
        assert sorted(model["usd"] for model in label["models"]) == pytest.approx([0.2, 2.55])
        assert answer["usage"]["hours"] == 72  # days without costs are time
        notes = "\n".join(answer["notes"])
        assert "0.10 USD left aside, as they are of no known model's tokens:" in notes
        assert "web search tool calls 0.07, gpt-9-audio, input 0.03" in notes
        assert "Costs count no tokens and no requests" in notes
        (routed,) = answer["routing"]["labels"].values()
        assert {route["offer"] for route in routed["routes"]} == {"openai/gpt-9", "openai-flex/gpt-9"}

    def test_a_quantity_that_is_said_is_the_tokens(self, files: Files) -> None:
        text = openai({"gpt-9, input": 0.1}, quantity=123_456)  # at a price of one's own
        (label,) = imported(files, files.write("costs.json", text))["usage"]["labels"].values()
        assert label["input"] == 123_456

    def test_the_dashboards_csv(self, files: Files) -> None:
        head = "start_time,end_time,start_time_iso,end_time_iso,amount_value,amount_currency,quantity,"
        head += "line_item\n"
        days = [("2026-11-01", "2026-11-02"), ("2026-11-02", "2026-11-03")]
        first = f'1793491200,1793577600,{days[0][0]}T00:00:00,{days[0][1]}T00:00:00,0.4,usd,,"gpt-9, input"\n'
        empty = f"1793577600,1793664000,{days[1][0]}T00:00:00,{days[1][1]}T00:00:00,,,,\n"
        answer = imported(files, files.write("costs.csv", head + first + empty))
        (label,) = answer["usage"]["labels"].values()
        assert label["input"] == pytest.approx(200_000) and answer["usage"]["hours"] == 48

    @pytest.mark.parametrize(
        ("text", "words"),
        [
            (openai({"": 1.0}), "no row names a model's tokens: group_by=line_item"),
            (openai({"gpt-9, input": 1.0}).replace('"usd"', '"eur"'), "amounts in EUR; only USD is read"),
            (openai({"gpt-9, input": 1.0}, num_model_requests=1), "import them one by one"),
        ],
    )
    def test_what_cannot_be_read_is_said(self, files: Files, text: str, words: str) -> None:
        files.facts.write_text(FACTS)
        assert files.run("import", "usage", files.write("costs.json", text)) == 2
        assert words in files.err and files.err.count("\n") == 1

    def test_an_amount_that_is_none_is_damaged(self, files: Files) -> None:
        text = openai({"gpt-9, input": 1.0, "gpt-9, output": 7.0}).replace("7.0", '"many"')
        assert imported(files, files.write("costs.json", text))["usage"]["damaged"] == 1

    def test_spent_counts_what_was_paid(self, files: Files) -> None:
        plan = "schema = 1\n[labels.default]\nrequests = 100\ninput_tokens = 1_000\noutput_tokens = 100\n"
        plan += 'routes = [{ offer = "openai/gpt-9", share = 1.0 }]\n'
        files.facts.write_text(FACTS)
        log = files.write("costs.json", openai(ITEMS, {}, {"gpt-9, input": 0.4}))
        assert files.run("spent", log, "--plan", files.write("plan.toml", plan), "--json") == 0, files.err
        spent = json.loads(files.out)
        assert spent["spent"] == spent["billed"] == pytest.approx(2.75 + 0.4)
        assert spent["by_day"] == pytest.approx({"2026-11-01": 2.75, "2026-11-02": 0.0, "2026-11-03": 0.4})
        assert sum(spent["difference"].values()) == pytest.approx(spent["spent"] - spent["planned"])


class TestAnthropic:
    def test_the_report_in_cents(self, files: Files) -> None:
        kinds = {  # cents, of so many tokens
            "uncached_input_tokens": ("50", 100_000),
            "cache_read_input_tokens": ("15.0", 300_000),
            "cache_creation.ephemeral_5m_input_tokens": ("125", 200_000),
            "cache_creation.ephemeral_1h_input_tokens": ("100", 100_000),  # at twice the input's 5
            "output_tokens": ("250", 100_000),
        }
        results = [
            {
                "currency": "USD",
                "amount": cents,
                "cost_type": "tokens",
                "model": "claude-opus-5-5",
                "token_type": kind,
            }
            for kind, (cents, _) in kinds.items()
        ]
        batch = {"service_tier": "batch", "amount": "25", "token_type": "uncached_input_tokens"}
        results.append({**results[0], **batch})  # 100,000 at half the price
        results.append(
            {"currency": "USD", "amount": "3", "cost_type": "web_search", "description": "Web Search"}
        )
        day = {"starting_at": "2026-11-01T00:00:00Z", "ending_at": "2026-11-02T00:00:00Z", "results": results}
        answer = imported(
            files, files.write("cost_report.json", json.dumps({"data": [day], "has_more": False}))
        )
        labels = answer["usage"]["labels"]
        think, waits = labels["think"], labels["think-batch"]
        assert think["input"] == pytest.approx(700_000) and waits["input"] == pytest.approx(100_000)
        assert think["cached"] == pytest.approx(3 / 7) and think["written"] == pytest.approx(3 / 7)
        assert think["output"] == pytest.approx(100_000)
        assert think["models"][0]["usd"] == pytest.approx(5.4) and waits["models"][0]["usd"] == pytest.approx(
            0.25
        )
        notes = "\n".join(answer["notes"])
        assert "0.03 USD left aside, as they are of no known model's tokens: Web Search 0.03" in notes
        assert "for an hour, counted at twice the input price: 100,000" in notes

    def test_the_consoles_csv_with_a_discount(self, files: Files) -> None:
        head = "usage_date_utc,model,workspace,api_key,usage_type,context_window,token_type,cost_usd,"
        rows = [f"{head}list_price_usd,cost_type,inference_geo,speed"]
        for kind, paid, listed in (
            ("input_no_cache", 0.4, 0.5),
            ("output", 2.0, 2.5),
            ("input_cache_read", 0.1, ""),
        ):
            rows.append(
                f"2026-11-01,Claude Opus 5.5,Default,k,message,≤ 200k,{kind},{paid},{listed},token,global,"
            )
        answer = imported(files, files.write("cost.csv", "\n".join(rows) + "\n"))
        label = answer["usage"]["labels"]["think"]
        assert label["input"] == pytest.approx(100_000 + 200_000) and label["output"] == pytest.approx(
            100_000
        )
        assert label["models"][0]["usd"] == pytest.approx(2.5)
