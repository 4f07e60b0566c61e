"""Checks of a catalogue: loud on bad figures, quiet on good ones."""

from __future__ import annotations

import argparse
import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from modelpick.engine import Catalog
from modelpick.engine.adapters.catalog.checks import Finding, check_catalog
from modelpick.engine.adapters.report.catalog import check_text
from modelpick.engine.commands import catalog as command
from tests.engine.by_hand import market, offer

ROOT = Path(__file__).parents[2]
TODAY = date(2026, 11, 24)
KNOWN = {"source": "s", "as_of": "2026-11-10"}


def checked(offers: dict[str, dict[str, Any]], **models: Any) -> list[Finding]:
    catalog = market({key: {**KNOWN, **facts} for key, facts in offers.items()}, **models)
    sourced = {**catalog.model_dump(by_alias=True), "sources": {"s": {"as_of": "2026-11-10"}}}
    return check_catalog(Catalog.model_validate(sourced), TODAY)


def figures(found: list[Finding], severity: str) -> dict[str, Any]:
    return {one.path: one.proposed for one in found if one.severity == severity}


def ran(file: Path) -> tuple[dict[str, Any], int]:
    given = argparse.Namespace(action="check", words=[], catalog=file, json=True)
    text, status = command.run(given)
    return json.loads(text), status


def test_every_unit_error_of_the_founding_report_is_found_and_put_right() -> None:
    data, status = ran(ROOT / "examples" / "founding-report-as-printed" / "catalog.toml")
    assert status == 1
    assert {one["path"]: one["proposed"] for one in data["findings"] if one["severity"] == "error"} == {
        'offers."nscale/qwen2.5-coder-32b-instruct".input': 0.06,
        'offers."nscale/qwen2.5-coder-32b-instruct".output': 0.2,
        'offers."vertex/llama-3.2-90b-vision-instruct".input': 5.0,
        'offers."vertex/llama-3.2-90b-vision-instruct".output': 16.0,
    }
    _, status = ran(ROOT / "examples" / "founding-report" / "catalog.toml")
    assert status == 0


@pytest.mark.parametrize(("factor", "said"), [(1e-6, "per token"), (1e-3, "thousand"), (1e3, "billion")])
def test_a_power_of_a_thousand_off_the_same_model_elsewhere(factor: float, said: str) -> None:
    found = checked({"a/m": offer(2), "b/m": offer(2.5), "c/m": offer(3 * factor)})
    assert figures(found, "error") == {'offers."c/m".input': 3.0, 'offers."c/m".output': 3.0}
    assert all(said in one.message for one in found)


def test_models_of_the_same_size_are_peers_where_there_is_no_other() -> None:
    offers = {f"p/m{i}-8b": offer(0.05 + i / 100) for i in range(6)}
    found = checked({**offers, "p/odd-8b": offer(60)})
    assert figures(found, "error") == {'offers."p/odd-8b".input': 0.06, 'offers."p/odd-8b".output': 0.06}
    assert not checked({**offers, "p/large-405b": offer(5)})


def test_a_dear_provider_is_a_warning_not_an_error() -> None:
    found = checked({"a/m": offer(2), "b/m": offer(2.5), "d/m": offer(3), "c/m": offer(40)})
    assert figures(found, "error") == {} and len(figures(found, "warning")) == 2


def test_tiers_and_caches_are_looked_at_too() -> None:
    tier = {"above": 200_000, "input": 4e-6, "output": 4.0}
    found = checked({"a/m": offer(2, cache_read=2e-7, tiers=[tier]), "b/m": offer(2, cache_read=0.2)})
    assert figures(found, "error") == {
        'offers."a/m".cache_read': 0.2,
        'offers."a/m".tiers[0].input': 4.0,
    }


def test_the_other_doubts() -> None:
    found = checked(
        {
            "a/free": {"input": 0, "output": 0},
            "a/cheap-out": {"input": 2, "output": 1},
            "a/wide": offer(1, context=200_000),
            "a/gone": offer(1, retires="2026-01-01"),
            "a/old": offer(1, as_of="2025-01-01"),
            "a/nowhere": offer(1, source=""),
            "a/wrong": offer(1, source="t"),
            "a/one-two": offer(1, id="x"),
            "a/two-one": offer(1, id="x"),
            "a/own": {"input": 0, "output": 0, "hosting": {"usd_per_hour": 1, "rpm": 1}},
        }
    )
    assert figures(found, "error") == {
        'offers."a/free".input': None,
        'offers."a/wide".context': 100_000,
        'offers."a/wrong".source': None,
        'offers."a/two-one".id': None,
    }
    assert figures(found, "warning") == {
        'offers."a/cheap-out".output': None,
        'offers."a/gone".status': "retired",
        'offers."a/old".as_of': None,
        'offers."a/nowhere".source': None,
        'models."two-one"': "one-two",
    }


def test_what_sources_dispute_and_what_may_be_read_in_two_ways() -> None:
    other = {"source": "s", "input": 2.0, "output": 1.01}
    found = checked(
        {
            "a/m": offer(1, disputed=[other]),
            "a/n": offer(0.025, ambiguous="Pricing listed as $0.05/1M tokens total."),
        }
    )
    assert figures(found, "warning") == {'offers."a/m".input': None, 'offers."a/n".input': 0.05}
    said = next(one.message for one in found if one.path == 'offers."a/m".input')
    assert said == "sources disagree: s (2026-11-10) says input 1 stands; s says input 2"
    text = check_text(found, 2)
    assert "Where sources disagree, the provider's own list stands before others" in text
    assert "two of three that agree before the third, unless it has news" in text


def test_speeds_have_units_and_sources_of_their_own() -> None:
    fresh = {"speed_source": "s", "speed_as_of": "2026-11-01"}
    found = checked(
        {
            "a/good": offer(1, ttft=0.4, tps=90.0, **fresh),
            "a/milli": offer(1, ttft=400.0, **fresh),
            "a/minute": offer(1, tps=30_000.0, **fresh),
            "a/bare": offer(1, tps=90.0),
            "a/lost": offer(1, tps=90.0, speed_source="t"),
            "a/old": offer(1, tps=90.0, speed_source="s", speed_as_of="2025-11-01"),
        }
    )
    assert figures(found, "error") == {
        'offers."a/milli".ttft': 0.4,
        'offers."a/minute".tps': 500.0,
        'offers."a/lost".speed_source': None,
    }
    assert figures(found, "warning") == {
        'offers."a/bare".speed_source': None,
        'offers."a/old".speed_as_of': None,
    }


def test_shares_among_scores_percent_among_fees_and_thousands_among_windows() -> None:
    facts = checked_facts()
    assert figures(check_catalog(Catalog.model_validate(facts), TODAY), "error") == {
        'models."b".scores[0].value': 87.0,
        "providers.p.fee": 0.055,
    }
    assert figures(check_catalog(Catalog.model_validate(facts), TODAY), "warning") == {
        'models."c".context': 128_000
    }


def checked_facts() -> dict[str, Any]:
    def model(score: float, **more: Any) -> dict[str, Any]:
        return {"context": 9_000, "scores": [{"benchmark": "t", "value": score, "source": "s"}], **more}

    return {
        "schema": 1,
        "as_of": TODAY,
        "sources": {"s": {}},
        "benchmarks": {"t": {"skill": "coding"}},
        "providers": {"p": {"fee": 5.5}},
        "models": {"a": model(80.0), "b": model(0.87), "c": model(60.0, context=128)},
    }


def test_a_tier_without_a_price_of_cached_tokens_is_named() -> None:
    tiers = [{"above": 128_000, "input": 0.4, "output": 1.0}]
    catalog = market({"p/a": {"input": 0.2, "output": 0.5, "cache_read": 0.05, "tiers": tiers}})
    (found,) = [one for one in check_catalog(catalog, date(2026, 11, 10)) if "cached tokens" in one.message]
    assert found.path == 'offers."p/a".tiers[0].cache_read'
    assert found.message.endswith("they are billed as input (0.4), below at 0.05")


def test_a_price_of_some_hours_needs_their_share_of_the_week() -> None:
    noted = offer(1, note="by time of day: 2 in, 2 out in 35 of 168 hours a week")
    hourly = checked({"a/m": noted, "b/m": {**noted, "hours": [{"share": 35 / 168, "factor": 2.0}]}})
    assert [one.path for one in hourly] == ['offers."a/m".hours']


def test_limits_of_geminis_free_tier_beside_a_paid_price() -> None:
    gemini = {"provider_g": {"api": "gemini"}, "provider_a": {}}
    limited = offer(1, rpm=15, tpm=250_000)
    offers = {"g/m": limited, "g/n": offer(1, rpm=2_000, tpm=250_000), "a/m": limited}
    assert [one.path for one in checked(offers, **gemini)] == ['offers."g/m".tpm']


def test_bedrock_takes_claude_with_an_inference_profile_only() -> None:
    offers = {
        "b/claude-x": offer(1, id="anthropic.claude-x"),
        "b/claude-y": offer(1, id="eu.anthropic.claude-y"),
    }
    offers |= {
        "b/nova": offer(1, id="amazon.nova-lite-v1:0"),
        "a/claude-x": offer(1, id="anthropic.claude-x"),
    }
    offers["b/claude-3-haiku"] = offer(1, id="anthropic.claude-3-haiku-20240307-v1:0")
    bare = checked(offers, provider_b={"api": "bedrock"})
    assert [(one.path, one.proposed) for one in bare] == [
        ('offers."b/claude-x".id', "global.anthropic.claude-x")
    ]
