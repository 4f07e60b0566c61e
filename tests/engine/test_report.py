"""The report: every section is there, its figures are the plan's, and names mark nothing up."""

from __future__ import annotations

import argparse
import json
import tomllib
from html.parser import HTMLParser
from pathlib import Path

import pytest

from modelpick.engine.adapters.report.markdown import Markup, link
from modelpick.engine.commands import report, solve
from modelpick.engine.commands.options import add_catalog, add_json

ROOT = Path(__file__).parents[2]
FOUNDING = ROOT / "examples" / "founding-report"
SECTIONS = (
    *("Recommendation", "Comparison", "Budget impact", "Use cases and requirements", "Scalability"),
    *("Providers and integration", "Latency against cost", "Sources"),
)


def ran(file: Path | None, catalog: Path | None = None, **more: object) -> tuple[str, int]:
    words = [*([] if file is None else [str(file)]), *([] if catalog is None else [f"--catalog={catalog}"])]
    for name, setting in more.items():
        words += [f"--{name}"] if setting is True else [f"--{name.rstrip('_').replace('_', '-')}={setting}"]
    parser = argparse.ArgumentParser()
    report.arguments(parser)
    add_json(parser)
    add_catalog(parser)
    return report.run(parser.parse_args(words))


def test_the_report_has_every_section_and_the_plans_own_figures() -> None:
    text, status = ran(None)
    assert status == 0
    assert [line[3:] for line in text.splitlines() if line.startswith("## ")] == list(SECTIONS)
    asked = argparse.Namespace(
        file=None, catalog=None, json=True, set=[], output=None, time_limit=60.0, cautious=False
    )
    plan = json.loads(solve.run(asked)[0])
    for label, facts in plan["labels"].items():
        for route in facts["routes"]:
            assert f"| {label} | {route['offer']} | {route['share']:.1%} | {route['cost']:,.2f} |" in text
    assert f"optimal: {plan['cost']:,.2f} USD a month" in text
    assert f"| x2 | {2 * plan['cost']:,.2f} |" in text


def test_the_founding_reports_own_budgets_come_out_right() -> None:
    text, status = ran(FOUNDING / "routing.toml", FOUNDING / "catalog.toml")
    assert status == 0
    for offer, budget in (
        ("nscale/deepseek-r1-distill-llama-8b", "0.75"),
        ("vertex/llama-3.2-90b-vision-instruct", "130.00"),
        ("nscale/qwen2.5-coder-32b-instruct", "1.60"),
    ):
        # A price that can be read in two ways has its sign in the budget, too.
        assert f"| {offer} | {budget} |" in text or f"| {offer} | ‡{budget} |" in text
    assert "| nscale/deepseek-r1-distill-llama-8b | ‡0.75 |" in text


def test_the_month_is_the_one_asked_for_and_rules_can_be_changed_first(tmp_path: Path) -> None:
    """4 M in and 1 M out: 4*0.05 + 0.05 = 0.25, 4*5 + 16 = 36 and 4*0.06 + 0.2 = 0.44 USD."""
    out = tmp_path / "report.md"
    month: dict[str, object] = {"input_tokens": "4M", "output_tokens": "1_000k", "output": out}
    said, status = ran(FOUNDING / "routing.toml", FOUNDING / "catalog.toml", set="limits.growth=3", **month)
    assert status == 0 and said == f"wrote {out}"
    text = out.read_text(encoding="utf-8")
    assert "A month of 4,000,000 input and 1,000,000 output tokens" in text
    assert all(figure in text for figure in ("0.25 |", "36.00 |", "0.44 |", "253.05 USD a month"))  # 84.35*3
    assert text.endswith("\n") and not text.endswith("\n\n")


def test_html_is_one_well_formed_page_without_markup_from_names(tmp_path: Path) -> None:
    hostile = tmp_path / "<script>alert(1)</script> | x.toml".replace("/", "_")
    hostile.write_text((FOUNDING / "routing.toml").read_text())
    page, status = ran(hostile, FOUNDING / "catalog.toml", format="html")
    assert status == 0
    assert page.startswith("<!doctype html>")
    tags: list[str] = []

    class Reader(HTMLParser):
        def handle_starttag(self, tag: str, attrs: object) -> None:
            tags.append(tag)

    Reader().feed(page)
    assert "script" not in tags and tags.count("table") >= 7 and tags.count("h2") == len(SECTIONS)


def test_every_rule_is_said_and_no_fallback_is_said_to_carry_anything() -> None:
    example = ROOT / "examples" / "agent-big-small" / "routing.toml"
    budget = tomllib.loads(example.read_text())["limits"]["budget"]
    text, _ = ran(example)
    assert "min\\_quality\\_each 70 points" in text and "min\\_quality\\_each 35 points" in text
    assert f"budget: {budget:,.0f} USD/mo" in text
    assert "for a fallback" not in text and ", a fallback of " in text
    team, _ = ran(ROOT / "examples" / "litellm-team" / "routing.toml")
    assert "may wait (batch), min\\_quality\\_each 45 points" in team and "budget: 1,500 USD/mo" in team
    assert "min\\_providers 2" in team and "| x100 | infeasible: limits.budget" in team


def test_a_fallback_far_below_the_floor_is_warned_of(tmp_path: Path) -> None:
    """gpt-oss-20b codes some 28 points well, of the 81 that are asked for."""
    path = tmp_path / "mine.toml"
    path.write_text(
        "[labels.default]\nrequests = 1000\ninput_tokens = 2000\noutput_tokens = 300\nmin_quality = 81\n"
        "skills = { coding = 1.0 }\nmax_models = 1\nallow = ['openai/gpt-5.2', 'openrouter/gpt-oss-20b']\n"
    )
    beware = ran(path)[0].partition("Beware:")[2].partition("## ")[0]
    assert "fallback far below" in beware and "gpt" in beware


def test_addresses_are_links_and_hostile_ones_are_text() -> None:
    assert link("https://a.example/x?y=1|2") == "[https://a.example/x?y=1\\|2](<https://a.example/x?y=1%7C2>)"
    assert not isinstance(link("javascript:alert(1)"), Markup) and link("") == "-"
    page, _ = ran(FOUNDING / "routing.toml", FOUNDING / "catalog.toml", format="html")
    assert '<a href="https://' in page and 'name="viewport"' in page and "@media print" in page


def test_html_of_an_infeasible_file_is_html(tmp_path: Path) -> None:
    file = tmp_path / "never.toml"
    file.write_text("[labels.a]\nrequests = 1\ninput_tokens = 1\noutput_tokens = 1\ncontext = 1e11\n")
    page, status = ran(file, format="html")
    assert status == 1 and page.startswith("<!doctype html>") and page.endswith("</html>")
    assert "labels.a.context" in page


def test_what_cannot_be_routed_cannot_be_reported(tmp_path: Path) -> None:
    file = tmp_path / "never.toml"
    file.write_text("[labels.a]\nrequests = 1\ninput_tokens = 1\noutput_tokens = 1\ncontext = 1e11\n")
    text, status = ran(file)
    assert status == 1
    assert "labels.a.context" in text


@pytest.mark.parametrize("format_", ["md", "html"])
def test_json_has_plan_and_text(format_: str) -> None:
    text, status = ran(None, json=True, format=format_)
    data = json.loads(text)
    assert status == 0
    assert (
        set(data) == {"plan", "growth", "report", "warnings"} and data["growth"]["1"]["status"] == "optimal"
    )
