"""Price sources in their own form become quotes in the catalogue's units."""

from __future__ import annotations

import json
from datetime import UTC, date, time
from decimal import Decimal
from typing import Any

import pytest

from modelpick.engine import InputError
from modelpick.engine.adapters.catalog.prices import genai, litellm, models_dev, openrouter

LITELLM = {
    "sample_spec": {"mode": "one of: chat", "input_cost_per_token": 0.0},
    "gemini/gemini-x": {
        "litellm_provider": "gemini",
        "mode": "chat",
        "input_cost_per_token": 1.25e-06,
        "output_cost_per_token": 1e-05,
        "input_cost_per_token_above_200k_tokens": 2.5e-06,
        "output_cost_per_token_above_200k_tokens": 1.5e-05,
        "cache_read_input_token_cost": 1.25e-07,
        "input_cost_per_token_batches": 6.25e-07,
        "max_input_tokens": 1_048_576,
        "max_output_tokens": 65_535,
        "rpm": 2000,
        "deprecation_date": "2026-12-01",
        "supports_function_calling": True,
        "supports_vision": True,
    },
    "gemini/unknown-price": {"litellm_provider": "gemini", "mode": "chat", "input_cost_per_token": 0.0},
    "text-embedding": {"litellm_provider": "openai", "mode": "embedding", "input_cost_per_token": 1e-07},
}
OPENROUTER = {
    "data": [
        {
            "id": "deepseek/deepseek-chat",
            "context_length": 163_840,
            "pricing": {"prompt": "0.00000032", "completion": "0.00000089", "input_cache_read": "0"},
            "top_provider": {"max_completion_tokens": None},
            "supported_parameters": ["tools", "reasoning", "seed"],
        },
        {"id": "openrouter/auto", "pricing": {"prompt": "-1", "completion": "-1"}},
        {"id": "deepseek/deepseek-chat:free", "pricing": {"prompt": "0", "completion": "0"}},
    ]
}
MODELS_DEV = {
    "anthropic": {
        "models": {
            "claude-x": {
                "cost": {
                    "input": 3,
                    "output": 15,
                    "cache_read": 0.3,
                    "cache_write": 3.75,
                    "context_over_200k": {"input": 6, "output": 22.5},
                },
                "limit": {"context": 1_000_000, "output": 64_000},
                "tool_call": True,
                "modalities": {"input": ["text", "image", "pdf"]},
            },
            "claude-free": {"cost": {"input": 0, "output": 0}},
        }
    }
}


def test_litellms_map() -> None:
    (quote,) = litellm.quotes(json.dumps(LITELLM))
    assert (quote.provider, quote.name) == ("gemini", "gemini/gemini-x")
    assert quote.facts == {
        "id": "gemini-x",
        "input": 1.25,
        "output": 10.0,
        "cache_read": 0.125,
        "tiers": [{"above": 200_000, "input": 2.5, "output": 15.0}],
        "batch_discount": 0.5,
        "context": 1_048_576,
        "max_output": 65_535,
        "rpm": 2000,
        "retires": "2026-12-01",
    }
    assert quote.features == {"tools", "vision"}


def test_openrouters_models() -> None:
    (quote,) = openrouter.quotes(json.dumps(OPENROUTER))
    assert quote.facts == {"id": "deepseek/deepseek-chat", "input": 0.32, "output": 0.89, "context": 163_840}
    assert quote.provider == "openrouter" and quote.features == {"tools", "reasoning"}


def test_models_devs_api() -> None:
    (quote,) = models_dev.quotes(json.dumps(MODELS_DEV))
    assert quote.facts["tiers"] == [{"above": 200_000, "input": 6.0, "output": 22.5}]
    assert (quote.facts["input"], quote.facts["cache_write"], quote.facts["context"]) == (
        3.0,
        3.75,
        1_000_000,
    )
    assert quote.features == {"tools", "vision", "pdf"}


def test_the_installed_genai_prices() -> None:
    pytest.importorskip("genai_prices", reason="genai-prices is an optional extra")
    found = {(q.provider, q.name): q.facts for q in genai.quotes(date(2026, 11, 9))}
    assert len(found) > 500 and all(facts["input"] > 0 for facts in found.values())
    assert (found["openai", "gpt-4o"]["input"], found["openai", "gpt-4o"]["output"]) == (2.5, 10.0)
    tiers = [tier for facts in found.values() for tier in facts.get("tiers", ())]
    assert tiers and all(tier["above"] >= 32_000 for tier in tiers)


@pytest.mark.parametrize("reader", [litellm, openrouter, models_dev])
@pytest.mark.parametrize(
    "text", ["", "{", "[]", "3", '{"data": 3}', '{"data": [3]}', "[" * 100_000], ids=lambda text: text[:12]
)
def test_other_texts_are_refused_or_hold_no_price(reader: object, text: str) -> None:
    try:
        assert reader.quotes(text, "there") == []  # type: ignore[attr-defined]
    except InputError as error:
        assert str(error).startswith("there: ")


def test_a_price_in_total_stays_ambiguous() -> None:
    """The founding report's 0.05: one table has stored half of it for each way, and says so."""
    note = "Pricing listed as $0.05/1M tokens total. Assumed 50/50 split for input/output."
    entry = {
        "litellm_provider": "nscale",
        "mode": "chat",
        "input_cost_per_token": 2.5e-08,
        "output_cost_per_token": 2.5e-08,
        "metadata": {"notes": note},
    }
    (quote,) = litellm.quotes(json.dumps({"nscale/deepseek-ai/DeepSeek-R1-Distill-Llama-8B": entry}))
    assert (quote.facts["input"], quote.facts["ambiguous"]) == (0.025, note)


def test_litellms_list_of_tiers_has_the_base_price_too() -> None:
    rows = [
        {"input_cost_per_token": 5e-08, "output_cost_per_token": 4e-07, "range": [0, 256000.0]},
        {"input_cost_per_token": 2.5e-07, "output_cost_per_token": 2e-06, "range": [256000.0, 1000000.0]},
    ]
    entry = {"litellm_provider": "dashscope", "mode": "chat", "tiered_pricing": rows}
    (quote,) = litellm.quotes(json.dumps({"dashscope/qwen-flash": entry}))
    assert quote.facts == {
        "id": "qwen-flash",
        "input": 0.05,
        "output": 0.4,
        "tiers": [{"above": 256_000, "input": 0.25, "output": 2.0}],
    }


BASE = {"prompt": "0.000001", "completion": "0.000008", "input_cache_read": "0.0000001"}
HALF = {"prompt": "0.0000005", "completion": "0.000004", "input_cache_read": "0.00000005"}
TWICE = {"prompt": "0.000002", "completion": "0.000016", "input_cache_read": "0.0000002"}


def on_conditions(overrides: object, **more: object) -> dict[str, Any]:
    """The facts of a model at OpenRouter: 1 USD in, 8 out, 0.1 cached, but for `overrides`."""
    row = {"id": "m/m", "pricing": {**BASE, "overrides": overrides, **more}}
    (quote,) = openrouter.quotes(json.dumps({"data": [row]}))
    return dict(quote.facts)


def test_figures_too_large_for_any_number() -> None:
    huge = "1" + "0" * 400
    for pricing in (f'{{"prompt": {huge}}}', f'{{"prompt": "1e-6", "completion": {huge}}}'):
        text = f'{{"data": [{{"id": "m/m", "pricing": {pricing}}}]}}'
        assert not openrouter.quotes(text) and "should be a number" in openrouter.quotes(text).left_out[0][2]
    over = json.dumps({"data": [{"id": "m/m", "pricing": {**BASE, "overrides": [{"prompt": 0}]}}]})
    (quote,) = openrouter.quotes(over.replace('"prompt": 0', f'"min_prompt_tokens": 9, "prompt": {huge}'))
    assert quote.facts["note"] == "1 price on a condition could not be read (overrides)"
    hours = {"windows": [{"hours_utc": "1:00-2:00", "weekdays": [0]}], "input_cost_per_token": 1e-7}
    entry = {"litellm_provider": "openai", "mode": "chat", "input_cost_per_token": 1e-6}
    entry |= {"output_cost_per_token": 2e-6, "off_peak_pricing": hours}
    (timed,) = litellm.quotes(json.dumps({"m": entry}).replace("[0]", "[Infinity]"))
    assert "could not be read" in timed.facts["note"]


class TestOpenRoutersConditions:
    """OpenRouter's PricingOverride: its conditions must all hold, and what it does not price stays."""

    def test_long_prompts(self) -> None:
        long = [
            {"min_prompt_tokens": 200_000, "prompt": "0.000002", "completion": "0.000012"},
            {"min_prompt_tokens": 272_001, "prompt": 4e-6, "image": "1"},
            {"min_prompt_tokens": 200_000, "completion": "0.000013"},  # the later one counts
        ]
        facts = on_conditions(long)
        assert facts["tiers"] == [
            {"above": 200_000, "input": 2.0, "output": 13.0, "cache_read": 0.1},
            {"above": 272_000, "input": 4.0, "output": 8.0, "cache_read": 0.1},
        ]
        assert facts["input"] == 1.0 and "note" not in facts

    def test_hours_of_the_day(self) -> None:
        # 8 of 24 hours at half the price; two windows of 4 hours at twice, which the list then is.
        assert on_conditions([{"utc_start": "16:30", "utc_end": "00:30", **HALF}])["hours"] == [
            {"share": 0.333333, "factor": 0.5}
        ]
        windows = [{"utc_start": f"{at}:00", "utc_end": f"{at + 4:02}:00", **TWICE} for at in (1, 6)]
        facts = on_conditions(windows)
        assert (facts["input"], facts["hours"]) == (2.0, [{"share": 0.666667, "factor": 0.5}])
        # Prices that do not fall together: those of most hours stand.
        facts = on_conditions([{"utc_start": "00:00", "utc_end": "06:00", "prompt": "0.0000005"}])
        assert facts["note"] == "by time of day: 0.5 in, 8 out, 0.1 cache read in 42 of 168 hours a week"

    @pytest.mark.parametrize(
        "overrides",
        [
            "x", 3, {}, [None], [{"prompt": "1"}], [{"utc_days": [1], **HALF}], [{"utc_start": "1h", **HALF}],
            [{"utc_start": "25:00", "utc_end": "26:00", **HALF}], [{"min_prompt_tokens": -1, **TWICE}],
            [{"min_prompt_tokens": "many", **TWICE}], [{"min_prompt_tokens": 9, "prompt": "nan"}],
            [{"min_prompt_tokens": 9, "utc_start": "01:00", "utc_end": "02:00", **TWICE}],
        ],
    )  # fmt: skip
    def test_what_is_not_read_is_noted(self, overrides: object) -> None:
        facts = on_conditions(overrides)
        assert facts["note"] == "1 price on a condition could not be read (overrides)"
        assert "tiers" not in facts and "hours" not in facts and facts["input"] == 1.0

    def test_none_and_what_stands_beside(self) -> None:
        assert "note" not in on_conditions(None) and "note" not in on_conditions([])
        assert "note" not in on_conditions([{"min_prompt_tokens": 9, "image": "0.1"}])
        facts = on_conditions([], discount=0.25, input_cache_write_1h="0.000002")
        assert facts["note"] == (
            "cache writes that are kept for an hour cost 2; a discount of 0.25 is stated beside the price,"
            " and not counted"
        )


def test_openrouters_endpoints_of_one_model() -> None:
    endpoints = [
        {
            "name": "DeepInfra | deepseek/deepseek-chat",
            "provider_name": "DeepInfra",
            "context_length": 163_840,
            "max_completion_tokens": 8_192,
            "pricing": {"prompt": "0.0000003", "completion": "0.0000009", "request": "0.001"},
            "latency_last_30m": {"p50": 250.0, "p99": 850.0},
            "throughput_last_30m": {"p50": 45.2, "p99": 15.1},
            "supported_parameters": ["tools"],
        },
        {"provider_name": "Nowhere", "pricing": {"prompt": "0", "completion": "0"}, "latency_last_30m": None},
    ]
    data = {"data": {"id": "deepseek/deepseek-chat", "endpoints": endpoints}}
    (quote,) = openrouter.quotes(json.dumps(data))
    assert (quote.provider, quote.name) == ("DeepInfra", "deepseek/deepseek-chat")
    assert quote.facts == {
        "input": 0.3,
        "output": 0.9,
        "per_request": 0.001,
        "context": 163_840,
        "max_output": 8_192,
        "ttft": 0.25,
        "tps": 45.2,
    }


def test_prices_that_fall_by_different_factors_are_those_of_most_hours_with_the_others_noted() -> None:
    types = pytest.importorskip("genai_prices.types", reason="genai-prices is an optional extra")
    low, high = (
        types.ModelPrice(input_mtok=Decimal(a), output_mtok=Decimal(b)) for a, b in (("1", "2"), ("3", "4"))
    )
    dear = types.TimeOfDateConstraint(start_time=time(22, tzinfo=UTC), end_time=time(3, tzinfo=UTC))
    prices = [types.ConditionalPrice(prices=low), types.ConditionalPrice(constraint=dear, prices=high)]
    model = types.ModelInfo(id="m", match=types.ClauseEquals("m"), prices=prices)
    facts = genai._of_the_day(model, date(2026, 11, 9))
    assert (facts["input"], facts["output"]) == (1.0, 2.0)
    assert facts["note"] == "by time of day: 3 in, 4 out in 35 of 168 hours a week"  # 5 h x 7; 1/3 and 1/2
    found = {(q.provider, q.name): q.facts for q in genai.quotes(date(2026, 11, 9))}
    # 1.32, 3.96 and 0.044 from 01:00 to 04:00 and 06:00 to 10:00 UTC, 7 of 24 h, and half at the others
    pro = found["deepseek", "deepseek-v4-pro"]
    assert (pro["input"], pro["output"], pro["cache_read"]) == (1.32, 3.96, 0.044)
    assert pro["hours"] == [{"share": round(17 / 24, 6), "factor": 0.5}]
    day = genai.quotes(date(2026, 11, 9)).day
    assert day is not None and date(2025, 1, 1) < day <= date(2026, 11, 9)


def _off_peak(windows: object) -> dict[str, object]:
    low = {"input_cost_per_token": 6.6e-07, "output_cost_per_token": 1.98e-06}
    entry = {
        "litellm_provider": "deepseek",
        "mode": "chat",
        "input_cost_per_token": 1.32e-06,
        "output_cost_per_token": 3.96e-06,
        "off_peak_pricing": {**low, "windows": windows},
    }
    return {"deepseek/v4": entry}


def test_litellms_off_peak_hours_are_a_share_of_the_week_at_a_factor_of_the_list() -> None:
    """Weekdays 1 + 2 + 14 = 17 h off-peak, 5 x 17 + 2 x 24 = 133 of 168 h: the peak is 35 h."""
    hours = ["00:00-01:00", "04:00-06:00", "10:00-00:00"]
    week = [
        {"hours_utc": hours, "weekdays": [1, 2, 3, 4, 5]},
        {"hours_utc": "00:00-00:00", "weekdays": [6, 7]},
    ]
    (quote,) = litellm.quotes(json.dumps(_off_peak(week)))
    assert (quote.facts["input"], quote.facts["output"], "note" in quote.facts) == (1.32, 3.96, False)
    assert quote.facts["hours"] == [{"share": round(133 / 168, 6), "factor": 0.5}]
    (quote,) = litellm.quotes(json.dumps(_off_peak([{"hours_utc": "22:00-04:00"}])))  # 6 x 7 = 42 h
    assert quote.facts["input"] == 1.32 and quote.facts["hours"] == [{"share": 0.25, "factor": 0.5}]
    uneven = _off_peak([{"hours_utc": "22:00-04:00"}])
    uneven["deepseek/v4"]["off_peak_pricing"]["output_cost_per_token"] = 9.9e-07  # type: ignore[index]
    (quote,) = litellm.quotes(json.dumps(uneven))  # a half and a quarter: no one factor
    assert quote.facts["input"] == 1.32 and "hours" not in quote.facts
    assert quote.facts["note"] == "by time of day: 0.66 in, 0.99 out in 42 of 168 hours a week"
    for unread in ("at night", [{"hours_utc": "late"}], None):
        (quote,) = litellm.quotes(json.dumps(_off_peak(unread)))
        assert quote.facts["input"] == 1.32 and "could not be read" in quote.facts["note"]


def test_what_reasoning_and_batches_cost_apart_is_kept() -> None:
    entry = {
        "litellm_provider": "x",
        "mode": "chat",
        "input_cost_per_token": 4e-07,
        "output_cost_per_token": 1.2e-06,
        "output_cost_per_reasoning_token": 4e-06,
        "cache_read_input_token_cost": 4e-08,
        "input_cost_per_token_batches": 2e-07,
        "output_cost_per_token_batches": 6e-07,
        "cache_read_input_token_cost_batches": 4e-08,
    }
    (quote,) = litellm.quotes(json.dumps({"x/m": entry}))
    assert (quote.facts["output"], quote.facts["batch_discount"]) == (4.0, 0.5)
    assert quote.facts["note"] == (
        "reasoning tokens cost 4, others 1.2: the dearer stands; a batch saves 50%, but of cache read 0%"
    )
    api = {"x": {"models": {"m": {"cost": {"input": 1, "output": 2, "reasoning": 3}}}}}
    (quote,) = models_dev.quotes(json.dumps(api))
    assert quote.facts["output"] == 3.0 and "others 2" in quote.facts["note"]


def test_models_devs_tiers_begin_where_their_size_says() -> None:
    long = {"input": 10, "output": 45, "cache_read": 1}
    tiers = [
        {**long, "tier": {"type": "context", "size": 272_000}},
        {"input": 20, "output": 90, "tier": {"size": 32_000}},
    ]
    cost = {"input": 5, "output": 30, "tiers": tiers, "context_over_200k": long}
    row = {"cost": cost, "last_updated": "2026-06-30"}
    found = models_dev.quotes(json.dumps({"openai": {"models": {"m": row}}}))
    assert found[0].facts["tiers"] == [
        {"above": 32_000, "input": 20.0, "output": 90.0},
        {"above": 272_000, "input": 10.0, "output": 45.0, "cache_read": 1.0},
    ]
    assert found.day == date(2026, 6, 30)


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ({"cost": {"input": "0.25", "output": 2}}, "input should be a number, not '0.25'"),
        ({"cost": {"input": 1, "output": 2}, "limit": {"output": "1e5"}}, "output should be a number"),
        ({"cost": {"input": -1, "output": 2}}, "input should be a number, not '-1'"),
        ({"cost": {"input": 0, "output": 0}}, "not free"),
        ({"cost": 3, "limit": []}, "no price"),
    ],
)
def test_a_row_of_models_dev_that_is_not_understood_is_left_out_with_the_reason(
    row: dict[str, object], why: str
) -> None:
    found = models_dev.quotes(json.dumps({"openai": {"models": {"m": row}}}))
    ((provider, name, reason),) = found.left_out
    assert list(found) == [] and (provider, name) == ("openai", "m") and why in reason


def _endpoint(tag: str, price: str, **more: object) -> dict[str, object]:
    pricing = {"prompt": price, "completion": "0.00001"}
    return {"provider_name": "OpenAI", "tag": tag, "pricing": pricing, **more}


@pytest.mark.parametrize(
    ("rows", "price"),
    [
        ([_endpoint("openai/flex", "0.0000006"), _endpoint("openai", "0.00000125")], 1.25),
        ([_endpoint("openai/priority", "0.0000025"), _endpoint("openai/default", "0.00000125")], 1.25),
        ([_endpoint("d/fp4", "0.0000001"), _endpoint("d/bf16", "0.0000004")], 0.4),
        (
            [
                _endpoint("d", "0.0000001", quantization="fp8"),
                _endpoint("d", "0.0000004", quantization="bf16"),
            ],
            0.4,
        ),
        ([_endpoint("v/us-east5", "0.0000033"), _endpoint("v/global", "0.000003")], 3.0),
    ],
)
def test_the_standard_endpoint_is_taken_in_whatever_order(
    rows: list[dict[str, object]], price: float
) -> None:
    for listed in (rows, rows[::-1]):
        (quote,) = openrouter.quotes(json.dumps({"data": {"id": "m/m", "endpoints": listed}}))
        assert quote.facts["input"] == price


def test_endpoints_that_leave_two_prices_are_refused_and_named() -> None:
    rows = [_endpoint("v/us", "0.000003"), _endpoint("v/eu", "0.0000033")]
    for listed in (rows, rows[::-1]):
        found = openrouter.quotes(json.dumps({"data": {"id": "m/m", "endpoints": listed}}))
        assert list(found) == []
        assert "v/eu (3.3 in), v/us (3 in)" in found.left_out[0][2]
    found = openrouter.quotes(
        json.dumps({"data": {"id": "m/m", "endpoints": [_endpoint("o/batch", "0.000001")]}})
    )
    assert "only a special tier is listed: o/batch" in found.left_out[0][2]


def test_a_file_of_genai_prices_is_read_and_a_wrong_one_refused() -> None:
    pytest.importorskip("genai_prices", reason="genai-prices is an optional extra")
    model = {
        "id": "m",
        "match": {"equals": "m"},
        "prices": {"input_mtok": 1.5, "output_mtok": 3, "requests_kcount": 5},
    }
    rows = [{"id": "openai", "name": "O", "api_pattern": "x", "models": [model]}]
    (quote,) = genai.quotes(date(2026, 11, 9), json.dumps(rows), "file")
    assert quote.facts == {"id": "m", "input": 1.5, "output": 3.0, "per_request": 0.005}
    for text in ("model,input\nm,1\n", "{}", "[3]", '[{"id": 3}]'):
        with pytest.raises(InputError, match=r"^file: "):
            genai.quotes(date(2026, 11, 9), text, "file")


def test_entries_without_a_name_are_left_out_and_never_a_model_called_none() -> None:
    price = {"prompt": "0.000001", "completion": "0.000002"}
    rows = {"data": [{"id": None, "pricing": price}, {"pricing": price}, {"id": "a/b", "pricing": price}]}
    read = openrouter.quotes(json.dumps(rows))
    assert [quote.name for quote in read] == ["a/b"]
    endpoints = {"data": {"id": 3, "endpoints": [{"provider_name": "X", "pricing": price}]}}
    with pytest.raises(InputError, match=r"data\.id: is missing"):
        openrouter.quotes(json.dumps(endpoints))
    cost = {"mode": "chat", "input_cost_per_token": 1e-6, "output_cost_per_token": 2e-6}
    assert not list(litellm.quotes(json.dumps({"m": cost, "n": {**cost, "mode": {"x": 1}}})))


@pytest.mark.parametrize(
    "rows", [[{"models": [{"match": {}}]}], [{"models": [{"prices": [[]]}]}], [[[]]], [3]]
)
def test_what_is_not_genai_prices_data_is_one_message(rows: object) -> None:
    with pytest.raises(InputError, match=r"is not the data of genai-prices"):
        genai.quotes(date(2026, 11, 26), json.dumps(rows), "prices.json")


@pytest.mark.parametrize(
    ("more", "tiers", "note"),
    [
        # LiteLLM bills the base price where a longer prompt has none of its own: 1.25 in, 10 out.
        ({"input_cost_per_token_above_200k_tokens": 2.5e-06}, [(200_000, 2.5, 10.0)],
         "above 200,000 tokens a price of input alone: output as below"),
        ({"tiered_pricing": [
            {"range": [0, 32_000], "input_cost_per_token": 1.25e-06, "output_cost_per_token": 1e-05},
            {"range": [32_000, 128_000], "input_cost_per_token": 2e-06},
        ]}, [(32_000, 2.0, 10.0)], "above 32,000 tokens a price of input alone: output as below"),
        ({"tiered_pricing": [
            {"range": [0, 32_000], "input_cost_per_token": 1.25e-06, "output_cost_per_token": 1e-05},
            {"range": [32_000, 128_000], "output_cost_per_token": 2e-05},
        ]}, [(32_000, 1.25, 20.0)], "above 32,000 tokens a price of output alone: input as below"),
        ({"output_cost_per_token_above_200k_tokens": 1.5e-05}, [(200_000, 1.25, 15.0)],
         "above 200,000 tokens a price of output alone: input as below"),
        ({"cache_read_input_token_cost_above_128k_tokens": 5e-07}, [(128_000, 1.25, 10.0)],
         "above 128,000 tokens a price of cache read alone: input and output as below"),
        ({"input_cost_per_token_above_200k_tokens": 2.5e-06,
          "output_cost_per_token_above_200k_tokens": 1.5e-05},
         [(200_000, 2.5, 15.0)], ""),
        ({"output_cost_per_token_above_200k_tokens": 1.5e-05,
          "input_cost_per_token_above_128k_tokens": 2e-06},
         [(128_000, 2.0, 10.0), (200_000, 1.25, 15.0)],
         "above 128,000 tokens a price of input alone: output as below;"
         " above 200,000 tokens a price of output alone: input as below"),
    ],
)  # fmt: skip
def test_one_price_of_a_longer_prompt_makes_a_tier_and_the_other_is_said(
    more: dict[str, object], tiers: list[tuple[int, float, float]], note: str
) -> None:
    base = {"input_cost_per_token": 1.25e-06, "output_cost_per_token": 1e-05, "max_input_tokens": 400_000}
    row = {"litellm_provider": "openai", "mode": "chat", **base, **more}
    (quote,) = litellm.quotes(json.dumps({"gpt-x": row}))
    told = [(tier["above"], tier["input"], tier["output"]) for tier in quote.facts.get("tiers", ())]
    assert told == [pytest.approx(tier) for tier in tiers]
    assert quote.facts.get("note", "") == note


def test_a_tier_of_service_is_a_seller_apart_at_its_own_prices() -> None:
    entry = {
        "litellm_provider": "openai",
        "mode": "chat",
        "input_cost_per_token": 2e-06,
        "output_cost_per_token": 8e-06,
        "input_cost_per_token_batches": 1e-06,
        "output_cost_per_token_batches": 4e-06,
        "input_cost_per_token_flex": 1e-06,
        "output_cost_per_token_flex": 4e-06,
        "cache_read_input_token_cost": 2e-07,
        "cache_read_input_token_cost_flex": 1e-07,
        "input_cost_per_token_above_272k_tokens": 4e-06,
        "input_cost_per_token_above_272k_tokens_flex": 2e-06,
        "output_cost_per_token_above_272k_tokens_flex": 6e-06,
        "input_cost_per_token_priority": 3e-06,
        "max_input_tokens": 1_000_000,
        "supports_vision": True,
        "rpm": 10,
    }
    quotes = {quote.provider: quote for quote in litellm.quotes(json.dumps({"gpt": entry}))}
    assert set(quotes) == {"openai", "openai:flex"}  # of priority there is no price of output
    flex = quotes["openai:flex"]
    tiers = [{"above": 272_000, "input": 2.0, "output": 6.0}]
    prices = {"input": 1.0, "output": 4.0, "cache_read": 0.1, "tiers": tiers}
    assert flex.facts == {"id": "gpt", **prices, "context": 1_000_000}  # no batch, no limits of the standard
    assert flex.features == frozenset({"vision"})


def test_processing_in_a_region_is_a_seller_apart_at_its_uplift() -> None:
    """Every price times 1.1, in hand arithmetic: 2 to 2.2, 8 to 8.8, the cache 0.2 to 0.22, tiers 4 and 12 to
    4.4 and 13.2. The limits of the standard are not those of the region."""
    entry = {
        "litellm_provider": "openai",
        "mode": "chat",
        "input_cost_per_token": 2e-06,
        "output_cost_per_token": 8e-06,
        "cache_read_input_token_cost": 2e-07,
        "input_cost_per_token_batches": 1e-06,
        "output_cost_per_token_batches": 4e-06,
        "input_cost_per_token_above_272k_tokens": 4e-06,
        "output_cost_per_token_above_272k_tokens": 12e-06,
        "regional_processing_uplift_multiplier_eu": 1.1,
        "rpm": 10,
    }
    quotes = {quote.provider: quote for quote in litellm.quotes(json.dumps({"gpt": entry}))}
    assert set(quotes) == {"openai", "openai:eu"}
    europe = quotes["openai:eu"].facts
    assert (europe["id"], europe["input"], europe["output"], europe["cache_read"]) == ("gpt", 2.2, 8.8, 0.22)
    assert europe["tiers"] == [{"above": 272_000, "input": 4.4, "output": 13.2}]
    assert europe["batch_discount"] == 0.5 and "rpm" not in europe
    assert europe["note"] == "1.1 times the list price, for processing in the region eu"


@pytest.mark.parametrize(
    ("name", "provider", "more", "seller", "wire", "price"),
    [
        ("claude-x", "anthropic", {"provider_specific_entry": {"us": 1.1}}, "anthropic:us", "", 2.2),
        ("azure/eu/gpt-x", "azure", {}, "azure:eu", "gpt-x", 2.0),
        ("azure/us/gpt-x", "azure", {}, "azure:us", "gpt-x", 2.0),
        ("mistral/large", "mistral", {}, "mistral:eu", "large", 2.2),
        ("mistral/large", "mistral", {}, "mistral:us", "large", 2.2),
        ("xai/grok-4.6", "xai", {}, "xai:us", "grok-4.6", 2.2),
        ("together_ai/zai-org/GLM-5.3", "together_ai", {}, "together_ai:us", "zai-org/GLM-5.3", 2.5),
        ("fireworks_ai/kimi-k3-us", "fireworks_ai", {}, "fireworks_ai:us", "kimi-k3-us", 2.0),
        ("bedrock/eu-west-1/qwen.x", "bedrock", {}, "bedrock:eu", "eu-west-1/qwen.x", 2.0),
        ("bedrock/ap-northeast-1/qwen.x", "bedrock", {}, "bedrock:jp", "ap-northeast-1/qwen.x", 2.0),
    ],
)  # fmt: skip
def test_regions_are_told_by_names_and_fields(  # noqa: PLR0917
    name: str, provider: str, more: dict[str, object], seller: str, wire: str, price: float
) -> None:
    entry = {"litellm_provider": provider, "mode": "chat", "input_cost_per_token": 2e-06}
    text = json.dumps({name: {**entry, "output_cost_per_token": 8e-06, **more}})
    quotes = {quote.provider: quote for quote in litellm.quotes(text)}
    assert quotes[seller].facts["id"] == (wire or name)
    assert quotes[seller].facts["input"] == pytest.approx(price)


def test_london_is_a_region_of_its_own_and_a_model_without_one_has_none() -> None:
    entry = {"mode": "chat", "input_cost_per_token": 2e-06, "output_cost_per_token": 8e-06}
    london = {**entry, "litellm_provider": "bedrock"}
    other = {**entry, "litellm_provider": "xai"}
    quotes = litellm.quotes(json.dumps({"bedrock/eu-west-2/qwen.x": london, "xai/grok-4.7": other}))
    assert [quote.provider for quote in quotes] == ["bedrock:uk", "xai"]


def test_what_no_field_holds_of_caches_is_noted() -> None:
    entry = {
        "litellm_provider": "anthropic",
        "mode": "chat",
        "input_cost_per_token": 4e-06,
        "output_cost_per_token": 2e-05,
        "cache_read_input_token_cost": 2e-07,
        "cache_creation_input_token_cost": 5e-06,
        "cache_creation_input_token_cost_above_1hr": 8e-06,
        "cache_creation_input_token_cost_above_12hr": 9e-06,
        "prompt_cache_min_tokens": 1024,
    }
    (quote,) = litellm.quotes(json.dumps({"claude-x": entry}))
    assert quote.facts["cache_write"] == 5.0
    assert quote.facts["note"] == (
        "cache writes that are kept for an hour cost 8; cache writes that are kept for 12 hours cost 9; "
        "prompts of 1,024 tokens and more are cached"
    )
