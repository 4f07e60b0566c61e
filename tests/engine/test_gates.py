"""What a gate in CI relies on: diff at one workload, broken rules, exit statuses and warnings."""

from __future__ import annotations

import json
import re
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from modelpick.engine.commands import (
    baselines,
    compare,
    diff,
    explain,
    export,
    frontier,
    report,
    robust,
    scenarios,
    solve,
    sweep,
)
from modelpick.engine.domain.formatting import factor_text, saving_text, share_text, signed_money
from tests.engine.by_hand import ran

SOON, LATER = date.today() + timedelta(days=100), date.today() + timedelta(days=121)
CATALOG = f"""
schema = 1
as_of = 2026-11-23
[sources.s]
title = "S"
[providers.p]
[providers.q]
[models.good]
context = 100_000
skills = {{ coding = 80 }}
[models.bad]
context = 100_000
skills = {{ coding = 40 }}
[offers."p/good"]
input = 3.0
output = 3.0
source = "s"
[offers."q/good"]
input = 4.0
output = 4.0
source = "s"
[offers."p/bad"]
input = 1.0
output = 1.0
source = "s"
retires = {SOON}
[offers."q/bad"]
input = 2.0
output = 2.0
source = "s"
retires = {LATER}
[offers."q/gone"]
input = 1.0
output = 1.0
source = "s"
status = "retired"
[models.gone]
context = 100_000
skills = {{ coding = 80 }}
"""


@pytest.fixture
def catalog(tmp_path: Path) -> str:
    path = tmp_path / "catalog.toml"
    path.write_text(CATALOG)
    return str(path)


def routing(
    path: Path, routes: dict[str, float], *, million: float = 1.0, least: float | None = 60, **more: Any
) -> str:
    """A label of so many million requests of one token: 1 USD a month for each USD of price."""
    lines = [
        "[labels.work]",
        f"requests = {million * 1_000_000:.0f}",
        "input_tokens = 1",
        "output_tokens = 0",
    ]
    lines += ["skills = { coding = 1.0 }", *(f"{key} = {value}" for key, value in more.items())]
    lines += [] if least is None else [f"min_quality = {least}"]
    pairs = ", ".join(f'{{ offer = "{offer}", share = {share} }}' for offer, share in routes.items())
    path.write_text("\n".join([*lines, f"routes = [{pairs}]", ""]))
    return str(path)


def test_diff_prices_both_at_the_workload_of_a(tmp_path: Path, catalog: str, capsys: Any) -> None:
    a = routing(tmp_path / "a.toml", {"p/good": 1})
    b = routing(tmp_path / "b.toml", {"p/good": 1}, million=0.1)
    text, status = ran(diff, a, b, "--catalog", catalog)
    assert status == 0 and "total 3.00 -> 3.00 USD/month (0.00, +0.0%)" in text
    err = capsys.readouterr().err
    # At its own hundred thousand requests B costs a tenth.
    assert "requests differ" in err and "100,000" in err and "cost 0.30 USD/month instead of 3.00" in err
    data = json.loads(ran(diff, a, b, "--catalog", catalog, "--json")[0])
    assert data["cost"]["change"] == 0 and data["at_own_workload"] == {"B": pytest.approx(0.3)}


@pytest.mark.parametrize(("workload", "cost"), [("A", 3.0), ("B", 0.3), ("c.toml", 6.0)])
def test_diff_takes_the_workload_of_either_or_of_a_file(
    tmp_path: Path, catalog: str, workload: str, cost: float
) -> None:
    a = routing(tmp_path / "a.toml", {"p/good": 1})
    b = routing(tmp_path / "b.toml", {"p/good": 1}, million=0.1)
    c = routing(tmp_path / "c.toml", {"q/bad": 1}, million=2)
    words = (a, b, "--workload", c if workload == "c.toml" else workload, "--catalog", catalog, "--json")
    money = json.loads(ran(diff, *words)[0])["cost"]
    assert (money["before"], money["after"]) == (pytest.approx(cost), pytest.approx(cost))


def test_diff_takes_one_measure_of_quality_growth_and_batch(tmp_path: Path, catalog: str) -> None:
    a = tmp_path / "a.toml"
    routing(a, {"p/good": 1}, batch="true")
    a.write_text("[limits]\ngrowth = 2.0\n" + a.read_text())
    b = routing(tmp_path / "b.toml", {"p/good": 1})
    text, status = ran(diff, str(a), b, "--catalog", catalog)
    assert status == 0 and "total 6.00 -> 6.00" in text  # growth doubles both


@pytest.mark.parametrize(
    ("routes", "rule"),
    [
        ({"p/bad": 1}, "labels.work.min_quality: quality 40.0"),
        ({"p/good": 0.4, "p/bad": 0.6}, "labels.work.min_quality: quality 56.0"),  # 0.4*80 + 0.6*40
        ({"q/gone": 1}, "catalog.status for work: q/gone: retired"),
    ],
)
def test_diff_names_broken_rules_of_b_and_exits_1(
    tmp_path: Path, catalog: str, routes: dict[str, float], rule: str
) -> None:
    a = routing(tmp_path / "a.toml", {"p/good": 1})
    b = routing(tmp_path / "b.toml", routes)
    text, status = ran(diff, a, b, "--catalog", catalog, "--max-increase", "5")
    assert status == 1 and "B breaks its rules" in text and rule in text
    data = json.loads(ran(diff, a, b, "--catalog", catalog, "--json")[0])
    assert not data["over"] and [each["rules_of"] for each in data["broken"]] == ["B"]


@pytest.mark.parametrize("least", [None, 40])
def test_a_rule_of_a_that_b_drops_or_loosens_is_said_and_decides_nothing(
    tmp_path: Path, catalog: str, least: float | None
) -> None:
    a = routing(tmp_path / "a.toml", {"p/good": 1})
    b = routing(tmp_path / "b.toml", {"p/bad": 1}, least=least)  # quality 40: under A's 60, not under B's 40
    text, status = ran(diff, a, b, "--catalog", catalog)
    assert status == 0 and "B drops or loosens these rules of A" in text
    assert "labels.work.min_quality: quality 40.0" in text and "B breaks its rules" not in text
    # The gate on money still holds: 3 -> 1 USD is -66.7 %.
    assert ran(diff, a, b, "--catalog", catalog, "--max-increase=-70")[1] == 1


def test_what_a_breaks_as_well_is_said(tmp_path: Path, catalog: str) -> None:
    a = routing(tmp_path / "a.toml", {"p/bad": 1})
    text, status = ran(diff, a, a, "--catalog", catalog)
    assert status == 1 and "(A breaks it as well)" in text


def test_baselines_exits_1_where_the_files_own_routes_break_a_rule(tmp_path: Path, catalog: str) -> None:
    good, bad = routing(tmp_path / "g.toml", {"p/good": 1}), routing(tmp_path / "b.toml", {"p/bad": 1})
    assert ran(baselines, good, "--catalog", catalog)[1] == 0
    text, status = ran(baselines, bad, "--catalog", catalog)
    assert status == 1 and "its own routes break\n" in text and "min_quality: quality 40.0" in text
    # Others' routes are what is compared with, not what is asked about.
    assert ran(baselines, good, "--against", bad, "--catalog", catalog)[1] == 0


def test_an_outage_without_a_plan_is_status_1_where_it_is_asked_for(
    tmp_path: Path, catalog: str, capsys: Any
) -> None:
    file = routing(tmp_path / "r.toml", {"p/good": 1}, allow='["p/good", "p/bad"]')
    text, status = ran(scenarios, file, "--outage", "--catalog", catalog)
    assert status == 1 and "no plan" in text
    assert "no plan keeps the rules without p" in capsys.readouterr().err
    free = routing(tmp_path / "f.toml", {"p/good": 1})
    assert ran(scenarios, free, "--outage", "--catalog", catalog)[1] == 0


COMMANDS = {
    "solve": (solve, ()), "explain": (explain, ()), "frontier": (frontier, ()), "baselines": (baselines, ()),
    "report": (report, ()), "scenarios": (scenarios, ("--prices",)), "robust": (robust, ("--samples", "100")),
}  # fmt: skip


@pytest.mark.parametrize("name", COMMANDS)
def test_last_days_within_120_days_and_unit_slips_are_said(
    tmp_path: Path, catalog: str, name: str, capsys: Any
) -> None:
    # The floor of 0 takes the cheapest, p/bad, with 100 days to live; its figure is per token in `slip`.
    file = routing(tmp_path / "r.toml", {"p/bad": 1}, least=0)
    command, words = COMMANDS[name]
    ran(command, file, *words, "--catalog", catalog)
    err = capsys.readouterr().err
    assert f"p/bad retires on {SOON}, in 100 days" in err and str(LATER) not in err
    slip = tmp_path / "slip.toml"
    slip.write_text(CATALOG.replace('"p/bad"]\ninput = 1.0', '"p/bad"]\ninput = 1.0e-06'))
    text, _ = ran(command, file, *words, "--catalog", str(slip), "--json")
    warnings = json.loads(text)["warnings"]
    assert any("looks like a figure per token" in line and line.endswith("probably 1") for line in warnings)
    assert any(line.startswith('offers."p/bad".input') for line in capsys.readouterr().err.split("warning: "))


def test_a_sweep_says_last_days_and_doubtful_values_once(tmp_path: Path, catalog: str, capsys: Any) -> None:
    file = routing(tmp_path / "r.toml", {"p/bad": 1}, least=0.6)
    words = (file, "--vary", "limits.growth=1,2", "-o", str(tmp_path / "o.csv"), "--jobs", "1")
    warnings = json.loads(ran(sweep, *words, "--catalog", catalog, "--json")[0])["warnings"]
    assert warnings == [
        "labels.work.min_quality: 0.6 of 100 (did you mean 60?)", f"p/bad retires on {SOON}, in 100 days",
    ]  # fmt: skip
    err = capsys.readouterr().err
    assert all(err.count(line) == 1 for line in warnings)


def test_a_fallback_that_retires_is_said_too(tmp_path: Path, catalog: str, capsys: Any) -> None:
    file = routing(
        tmp_path / "r.toml", {"q/good": 1}, least=0, allow='["q/good", "p/bad"]', deny='["p/good"]'
    )
    pinned = Path(file)
    pinned.write_text(pinned.read_text() + 'pin = { "q/good" = 1.0 }\n')
    ran(solve, file, "--catalog", catalog)
    assert "p/bad retires" in capsys.readouterr().err


def test_export_says_last_days(tmp_path: Path, catalog: str) -> None:
    facts = CATALOG.replace("providers.p]", 'providers.openai]\napi = "openai"').replace('"p/', '"openai/')
    Path(catalog).write_text(facts)
    file = routing(tmp_path / "r.toml", {"openai/bad": 1}, least=0)
    text, status = ran(export, "litellm", file, "--catalog", catalog, "--json")
    assert status == 0 and any("openai/bad retires on" in line for line in json.loads(text)["warnings"])


def test_compare_warns_of_the_founding_reports_printed_prices(capsys: Any) -> None:
    printed = Path(__file__).parents[2] / "examples" / "founding-report-as-printed" / "catalog.toml"
    text, _ = ran(compare, "qwen2.5-coder-32b-instruct", "--catalog", str(printed), "--json")
    # 0.00000006 USD "per million" is 0.06 USD per million tokens written per token.
    assert any(line.endswith("per token; probably 0.06") for line in json.loads(text)["warnings"])
    assert "probably 0.06" in capsys.readouterr().err
    assert json.loads(text)["offers"][0]["budget"] == pytest.approx(1.6e-6)  # no 0.00: it is not free


def test_figures_are_written_for_people() -> None:
    assert (signed_money(-0.004), signed_money(-1.5), signed_money(1234.0)) == ("0.00", "-1.50", "+1,234.00")
    # A plan of 102.15 against 1.00: -10115 % saved is 102 times the cost.
    savings = [saving_text(part) for part in (-0.001, 0.25, -101.15)]
    assert savings == ["0%", "+25%", "102 times the cost"]
    assert (share_text(0.0004), share_text(0.9996), share_text(1.0), share_text(0.3)) == (
        "<1%",
        ">99%",
        "100%",
        "30%",
    )
    assert [factor_text(f) for f in (0.1778279, 1.0, 8.201664, 1000.0)] == ["x0.178", "x1", "x8.2", "x1,000"]


def test_no_words_of_the_program_in_an_outage(tmp_path: Path, catalog: str) -> None:
    file = tmp_path / "r.toml"
    routing(file, {"p/good": 1})
    file.write_text('[limits]\nproviders = ["p"]\n' + file.read_text())
    text, status = ran(scenarios, str(file), "--outage", "--catalog", catalog)
    assert status == 1 and "limits.providers: add q" in text
    assert not re.search(r"\bNone\b|->.*\['|no plan USD", text)


def test_where_traffic_ends_the_plan_no_price_is_said(tmp_path: Path, catalog: str) -> None:
    file = tmp_path / "r.toml"
    routing(file, {"p/good": 1})
    file.write_text("[limits]\nbudget = 8.2\n" + file.read_text())
    # 2 USD a month at half good, half bad: the floor of 60 makes it 0.5*3 + 0.5*1; 8.2 / 2 = 4.1 times.
    text, _ = ran(scenarios, str(file), "--growth", "--catalog", catalog)
    assert "from x4.1 (4,100,00" in text and "req/mo): no plan" in text and "no plan USD" not in text


def test_one_offer_is_no_plural(tmp_path: Path, catalog: str) -> None:
    file = routing(tmp_path / "r.toml", {"p/good": 1}, max_models=1, min_providers=1)
    text = ran(report, file, "--catalog", catalog)[0]
    assert "max\\_models: 1 offer" in text and "1 offers" not in text and "1 providers" not in text
    none = ran(solve, file, "--catalog", catalog, "--set", "labels.work.min_providers=2")[0]
    assert "infeasible" in none and "labels.work.max_models = 1 offer" in none and "1 offers" not in none
