"""modelpick spent: a month to date against its plan, its causes, its forecast and its subscriptions."""

from __future__ import annotations

import csv
import io
import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from modelpick.engine.adapters.report.spending import FOCUS_COLUMNS
from modelpick.engine.domain.catalog import Catalog
from modelpick.engine.solver.analysis.spending import Served, forecast, subscription_months

from .router_facts import Files

pytest.importorskip("duckdb", reason="DuckDB comes with modelpick[usage]")

FACTS = """schema = 1
as_of = 2026-11-01
[providers.openai]
name = "OpenAI"
[models.small]
context = 400_000
developer = "OpenAI"
[models.other]
context = 400_000
[models.thinker]
context = 400_000
default_effort = "high"
efforts = { low = { verbosity = 2.0 }, high = { verbosity = 4.0 } }
[offers."openai/small"]
input = 1.0
output = 2.0
cache_read = 0.1
[offers."openai/other"]
input = 4.0
output = 8.0
[offers."openai/thinker"]
input = 1.0
output = 1.0
"""
PLAN = """schema = 1
[labels.default]
requests = 730
input_tokens = 10_000
output_tokens = 1_000
cached = 0.5
routes = [{ offer = "openai/small", share = 1.0 }]
"""
HEAD = "request_id,call_type,spend,total_tokens,prompt_tokens,completion_tokens,startTime,endTime,model"
HEAD += ",model_group,custom_llm_provider,metadata,status"


def request(  # noqa: PLR0917
    number: int, moment: str, group: str, model: str, prompt: int, cached: int, out: int, spend: object
) -> list[Any]:
    details = {"prompt_tokens": prompt, "prompt_tokens_details": {"cached_tokens": cached}}
    usage = json.dumps({"usage_object": {**details, "completion_tokens": out}})
    times = [f"2026-{moment} 08:00:00", f"2026-{moment} 08:00:03"]
    figures = [spend, prompt + out, prompt, out]
    return [f"r{number}", "acompletion", *figures, *times, model, group, "openai", usage, "success"]


def write_log(folder: Path, rows: list[list[Any]]) -> Path:
    path = folder / "spend.csv"
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(HEAD.split(","))
        writer.writerows(rows)
    return path


@pytest.fixture
def log(files: Files) -> Path:
    files.facts.write_text(FACTS)
    files.routed.write_text(PLAN)
    return write_log(
        files.folder,
        [
            request(1, "11-02", "default", "small", 20_000, 15_000, 500, 0.01),
            request(2, "11-02", "default", "small", 20_000, 15_000, 500, 0.01),
            request(3, "11-03", "default", "other", 10_000, 5_000, 1_000, 0.05),
            request(4, "11-03", "default", "mystery", 10_000, 0, 10, 0.02),
            request(5, "11-03", "extra", "small", 1_000, 0, 10, 0.003),
            request(6, "10-03", "default", "small", 1_000, 0, 10, 9.0),  # another month's
        ],
    )


def test_the_causes_add_up_to_the_difference(files: Files, log: Path) -> None:
    """Since October is known, the days are 1 to 3 November: 72 requests at 5,000 x 1 + 5,000 x 0.1 + 1,000 x
    2 = 7,500 of a millionth are 0.54 USD. Two of small: 20,000 tokens, half of them cached, are 13,000; with
    500 tokens out 12,000; with 15,000 cached 7,500. One of other: planned 48,000."""
    assert files.run("spent", log, "--plan", files.routed, "--json") == 0
    told = json.loads(files.out)
    assert (told["first"], told["last"], told["days"]) == ("2026-11-01", "2026-11-03", 3)
    assert told["spent"] == told["billed"] == pytest.approx(0.093)
    assert told["planned"] == pytest.approx(0.54)
    assert told["difference"] == pytest.approx(
        {
            "volume": (4 - 72) * 0.0075,
            "mix": 0.0,
            "elsewhere": (0.048 - 0.0075) + (0.02 - 0.0075) + 0.003,
            "prompts": 2 * (0.013 - 0.0075),
            "verbosity": 2 * (0.012 - 0.013),
            "cache": 2 * (0.0075 - 0.012),
            "price": (0.02 - 2 * 0.0075) + (0.05 - 0.048),
        }
    )
    assert sum(told["difference"].values()) == pytest.approx(0.093 - 0.54)
    month = told["month"]
    assert month["planned"] == pytest.approx(30 * 24 * 0.0075) and month["end"] == "2026-11-30"
    assert told["by_day"] == pytest.approx({"2026-11-01": 0.0, "2026-11-02": 0.02, "2026-11-03": 0.073})
    assert told["labels"]["extra"]["planned"] == 0.0
    assert "1 sum of earlier months left aside, but for the forecast" in files.err


def test_text_names_causes_labels_models_and_days(files: Files, log: Path) -> None:
    assert files.run("spent", log, "--plan", files.routed) == 0
    text = files.out
    assert "LiteLLM spend logs, 2026-11-01 to 2026-11-03 (3 days)" in text
    assert "all as the log says it was paid" in text and "2026-11-02 Mon" in text
    assert "openai/mystery (unknown)" in text and "volume" in text and "together" in text
    assert all(len(line) <= 80 for line in text.splitlines())


def test_a_log_without_prices_is_counted_at_list_price(files: Files, log: Path) -> None:
    """One request of 10,000 tokens of which 5,000 cached, 1,000 out, as planned: 7,500 of a millionth."""
    files.facts.write_text(FACTS.replace("openai", "anthropic").replace("small", "claude-sonnet-5"))
    files.routed.write_text(PLAN.replace("openai/small", "anthropic/claude-sonnet-5"))
    lines = []
    for number, model in enumerate(("claude-sonnet-5", "claude-sonnet-99")):
        usage = {"input_tokens": 5_000, "cache_read_input_tokens": 5_000, "output_tokens": 1_000}
        message = {"id": f"m{number}", "model": model, "usage": usage}
        lines.append(
            json.dumps({"type": "assistant", "timestamp": "2026-11-01T10:00:00Z", "message": message})
        )
    path = files.write("session.jsonl", "\n".join(lines))
    assert files.run("spent", path, "--plan", files.routed, "--json") == 0
    told = json.loads(files.out)
    assert told["spent"] == pytest.approx(0.0075) and told["billed"] == 0.0
    assert {cause for cause, usd in told["difference"].items() if abs(usd) > 1e-12} == {"volume"}
    assert "claude-sonnet-99" in files.err and "1 request, which is in no sum" in files.err
    assert told["month"]["low"] is None and told["month"]["forecast"] == pytest.approx(30 * 0.0075)
    assert log.exists()


def test_what_is_said_to_have_cost_nothing_is_noted(files: Files, log: Path) -> None:
    path = write_log(files.folder, [request(1, "11-01", "default", "small", 10_000, 5_000, 1_000, 0)])
    assert files.run("spent", path, "--plan", files.routed, "--json") == 0
    assert json.loads(files.out)["spent"] == 0.0 and log == path
    assert "openai/small: 1 request is said to have cost nothing; at list price 0.01 USD" in files.err


def test_a_log_that_names_no_level_is_of_the_planned_one(files: Files, log: Path) -> None:
    """The plan's level, low, writes 2 x 1,000 tokens: 10,000 + 2,000 are 0.012 USD; the log has 2,000."""
    files.routed.write_text(PLAN.replace("openai/small", "openai/thinker@low"))
    path = write_log(files.folder, [request(1, "11-01", "default", "thinker", 10_000, 5_000, 2_000, 0.012)])
    assert files.run("spent", path, "--plan", files.routed, "--json") == 0
    (model,) = json.loads(files.out)["labels"]["default"]["models"]
    assert model["offer"] == "openai/thinker@low"
    assert all(abs(amount) < 1e-12 for amount in model["difference"].values())


def test_days_are_written_as_focus_for_finance(files: Files, log: Path) -> None:
    out = files.folder / "focus.csv"
    assert files.run("spent", log, "--plan", files.routed, "--focus", out) == 0
    rows = list(csv.DictReader(io.StringIO(out.read_text())))
    assert tuple(rows[0]) == FOCUS_COLUMNS and len(rows) == 4  # of small on the 2nd one row
    assert sum(float(row["BilledCost"]) for row in rows) == pytest.approx(0.093)
    first = rows[0]
    assert (first["ChargePeriodStart"], first["ChargePeriodEnd"]) == (
        "2026-11-02T00:00:00Z",
        "2026-11-03T00:00:00Z",
    )
    assert (first["ServiceProviderName"], first["ResourceId"]) == ("OpenAI", "openai/small")
    assert json.loads(first["Tags"]) == {"label": "default"} and first["ChargeClass"] == ""
    assert (first["ConsumedQuantity"], first["x_InputTokens"], first["x_CachedTokens"]) == (
        "2",
        "40000",
        "30000",
    )
    unknown = next(row for row in rows if row["ResourceId"] == "openai/mystery")
    assert unknown["ListCost"] == "" and unknown["BilledCost"] == "0.02"


def test_what_cannot_be_compared_is_said(files: Files, log: Path) -> None:
    files.routed.write_text(PLAN.replace('routes = [{ offer = "openai/small", share = 1.0 }]\n', ""))
    assert files.run("spent", log, "--plan", files.routed) == 2
    assert "labels.default: has no routes; modelpick solve -o writes them" in files.err
    files.routed.write_text(PLAN)
    assert files.run("spent", files.folder / "nowhere", "--plan", files.routed) == 2
    assert "no such file" in files.err


def test_the_rest_of_the_month_costs_what_such_days_have_cost() -> None:
    """Monday 2 to Sunday 8 November; 16 working days at 10 and 6 weekend days at 3 come: 56 + 160 + 18.
    Variances 8/4 and 2/1: 2 (16 + 16^2/5) + 2 (6 + 6^2/2) = 182.4, 7 - 2 days free, t = 1.475884."""
    days = {date(2026, 11, 2 + n): usd for n, usd in enumerate((10.0, 12.0, 8.0, 10.0, 10.0, 2.0, 4.0))}
    whole = forecast(days, date(2026, 11, 2), date(2026, 11, 8))
    assert whole.total == pytest.approx(234.0)
    assert whole.low == pytest.approx(234 - 1.475884 * 182.4**0.5, rel=1e-6)
    assert whole.high == pytest.approx(234 + 1.475884 * 182.4**0.5, rel=1e-6)
    over = forecast({date(2026, 11, 30): 5.0}, date(2026, 11, 1), date(2026, 11, 30))
    assert (over.total, over.low, over.high) == (5.0, 5.0, 5.0)  # the month is over


def test_a_day_that_is_not_over_is_a_day_to_come() -> None:
    """As above, and Monday 9 has cost 4 USD by noon: of the 10 that such a day costs, 6 are to come. Had it
    cost 14, nothing more of it would be: 56 + 14 + 15 days at 10 + 18."""
    days = {date(2026, 11, 2 + n): usd for n, usd in enumerate((10.0, 12.0, 8.0, 10.0, 10.0, 2.0, 4.0))}
    first, last = date(2026, 11, 2), date(2026, 11, 9)
    whole = forecast({**days, last: 4.0}, first, last, unfinished=True)
    assert whole.total == pytest.approx(234.0)
    assert whole.high == pytest.approx(234 + 1.475884 * 182.4**0.5, rel=1e-6)
    assert forecast({**days, last: 14.0}, first, last, unfinished=True).total == pytest.approx(238.0)
    only = forecast({last: 4.0}, last, last, unfinished=True)  # nothing else to judge it by: 21 more of 4
    assert (only.total, only.low, only.high) == (pytest.approx(4.0 + 21 * 4.0), None, None)


def test_the_first_of_a_month_is_judged_by_the_weeks_before() -> None:
    """Four weeks of 10 USD a working day, of a longer log; Sunday 1 November costs nothing. November has 21
    working days. A week without entries, 5 working days of 20, makes their mean 7.5."""
    since = date(2026, 8, 1)
    days = {since + timedelta(days=n): 10.0 for n in range(92)}
    october = {day: usd for day, usd in days.items() if day.weekday() < 5}
    whole = forecast(october, since, date(2026, 11, 1))
    assert (whole.total, whole.low, whole.high) == (210.0, 210.0, 210.0)
    gap = {day: usd for day, usd in october.items() if not date(2026, 10, 19) <= day <= date(2026, 10, 25)}
    whole = forecast(gap, since, date(2026, 11, 1))
    assert whole.total == pytest.approx(21 * 7.5)
    # 15 days of 10 and 5 of 0: variance 375 / 19; 28 - 2 days free, t = 1.314972
    half = 1.314972 * (375 / 19 * (21 + 21**2 / 20)) ** 0.5
    assert whole.high == pytest.approx(21 * 7.5 + half, rel=1e-6)
    assert whole.low == pytest.approx(21 * 7.5 - half, rel=1e-6)


@pytest.mark.parametrize(("most", "units", "usd"), [(None, 3, 60.0), (1, 1, 170.0)])
def test_a_month_on_a_subscription(most: int | None, units: int, usd: float) -> None:
    """250 USD at list, 100 covered by each unit of 20: 170, 90, 60. Another provider's 7 USD stay. Moved:
    150 USD left, so two units, 40, and 9 USD for background."""
    facts: dict[str, Any] = {
        "schema": 1,
        "as_of": date(2026, 11, 1),
        "providers": {"a": {}, "b": {}},
        "models": {"m": {"context": 1000}, "n": {"context": 1000}},
        "offers": {"a/m": {"input": 1, "output": 1}, "b/n": {"input": 1, "output": 1}},
        "plans": {
            "seat": {"provider": "a", "usd_per_month": 20.0, "allowance": {"usd": 100.0}, "max_units": most},
            "calls": {"provider": "a", "usd_per_month": 5.0, "allowance": {"requests": 100}},
        },
    }
    served = [
        Served("default", "a/m", "m", 1, 1, 0, 0, 1, usd=75.0, listed=75.0),
        Served("background", "a/m", "m", 1, 1, 0, 0, 1, usd=50.0, listed=50.0),
        Served("default", "b/n", "n", 1, 1, 0, 0, 1, usd=3.5, listed=3.5),
    ]
    (month,) = subscription_months(Catalog.model_validate(facts), served, 2.0, ("background", 9.0))
    assert (month.name, month.units, month.covered) == ("seat", units, 250.0)
    assert month.usd == pytest.approx(usd + 7.0)
    assert month.moved == pytest.approx({3: 40.0, 1: 70.0}[units] + 7.0 + 9.0)
