"""modelpick diff: the figures by hand, and the exit status that a build server goes by."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from modelpick.engine.adapters.report.comparison import diff_text
from modelpick.engine.domain.plan import LabelPlan, Plan, PlannedRoute
from modelpick.engine.domain.solver_status import SolverStatus

from .router_facts import Files

# 4,000 requests of 10,000 in and 500 out.
LARGE = 4_000 * (10_000 * 1.5 + 500 * 4.5) / 1e6
SMALL = 4_000 * (10_000 * 0.06 + 500 * 0.20) / 1e6


@pytest.fixture
def other(files: Files) -> Path:
    """The same routing with half of `default` at each offer, and no label `think`; a floor that both keep."""
    files.routed.write_text(files.routed.read_text().replace("min_quality = 68.0", "min_quality = 55.0"))
    text = (
        files.routed.read_text().replace("share = 0.7", "share = 0.5").replace("share = 0.3", "share = 0.5")
    )
    head, _, tail = text.partition("[labels.think]")
    return files.write(
        "other.toml", head + "[labels.longContext]" + tail.partition("[labels.longContext]")[2]
    )


def test_figures(files: Files, other: Path) -> None:
    assert files.run("diff", files.routed, other, "--json") == 0
    told = json.loads(files.out)
    default = told["labels"]["default"]
    assert default["before"]["cost"] == pytest.approx(0.7 * LARGE + 0.3 * SMALL)
    assert default["change"] == pytest.approx(0.2 * (SMALL - LARGE))
    assert default["before"]["quality"] == pytest.approx(68.0) and default["after"][
        "quality"
    ] == pytest.approx(60.0)
    think = 100 * (9_000 * 5.0 + 2_000 * 25.0) / 1e6
    assert told["labels"]["think"]["after"] is None
    assert told["labels"]["think"]["change"] == pytest.approx(-think)
    assert told["cost"]["change"] == pytest.approx(0.2 * (SMALL - LARGE) - think)
    assert told["cost"]["percent"] == pytest.approx(100 * told["cost"]["change"] / told["cost"]["before"])


def test_text(files: Files, other: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "120")
    assert files.run("diff", files.routed, other) == 0
    assert "unchanged: background, longContext" in files.out
    assert "- nscale/large 70.0% + deepseek/small 30.0%" in files.out
    assert "+ deepseek/small 50.0% + nscale/large 50.0%" in files.out
    assert f"{0.2 * (SMALL - LARGE):+,.2f}" in files.out and "-8.0" in files.out


def test_equal_routes_under_another_rule_are_no_change_of_routes() -> None:
    """2 % of the requests are late for a limit of 90 s, 18 % for one of 30 s; the routes are the same."""
    route = PlannedRoute(offer="a/b", share=1.0, cost=3.0)
    before, after = (
        Plan(
            status=SolverStatus.OPTIMAL,
            objective="cost",
            cost=3.0,
            labels={"chat": LabelPlan(cost=3.0, late=late, latency=20.0, routes=(route,))},
        )
        for late in (0.02, 0.18)
    )
    text = diff_text(before, after)
    assert "the same routes under other rules: chat" in text and "a/b" not in text
    assert "unchanged: chat" in diff_text(before, before)


def test_the_limit_is_the_exit_status(files: Files, other: Path) -> None:
    assert files.run("diff", files.routed, other, "--max-increase", "0") == 0
    assert files.run("diff", other, files.routed, "--max-increase", "5") == 1
    assert files.out.endswith("over the limit of +5%\n")
    assert files.run("diff", other, files.routed, "--max-increase", "5", "--json") == 1
    assert json.loads(files.out)["over"] is True
    assert files.run("diff", files.routed, files.routed, "--max-increase", "0") == 0
    assert files.run("diff", files.routed, files.routed, "--max-increase", "0%") == 0
    for text in ("nan", "five"):
        assert files.run("diff", files.routed, other, "--max-increase", text) == 2
        assert f"'{text}' is no number of percent" in files.err


def test_shares_that_do_not_add_up_are_said(files: Files) -> None:
    odd = files.write("odd.toml", files.routed.read_text().replace("share = 0.7", "share = 0.9"))
    assert files.run("diff", files.routed, odd) == 0
    said = "labels.default.routes: the shares add up to 1.2, not 1"
    assert "odd.toml: " + said in files.err
    assert files.run("export", "litellm", odd) == 0 and said in files.err


def test_nothing_to_carry_costs_nothing(files: Files, other: Path) -> None:
    free = files.write(
        "free.toml", other.read_text().replace("4_000", "0").replace("1_000", "0").replace("50\n", "0\n")
    )
    assert files.run("diff", free, other, "--json") == 0  # at the workload of the first: both carry nothing
    assert json.loads(files.out)["cost"]["percent"] == 0.0


def test_from_free_offers_is_an_infinite_increase(files: Files) -> None:
    text = files.facts.read_text()
    files.facts.write_text(text.replace("input = 0.06\noutput = 0.20", "input = 0.0\noutput = 0.0"))
    label = "[labels.a]\nrequests = 10\ninput_tokens = 100\noutput_tokens = 10\n"
    free, paid = (
        files.write(f"{offer}.toml", f'{label}routes = [{{ offer = "{offer}/small", share = 1.0 }}]\n')
        for offer in ("deepseek", "nscale")
    )
    assert files.run("diff", free, paid, "--max-increase", "1000000", "--json") == 1
    assert json.loads(files.out)["cost"]["percent"] is None


def test_files_without_routes_or_with_unknown_offers(files: Files) -> None:
    bare = files.write("bare.toml", "[labels.a]\nrequests = 1\ninput_tokens = 1\noutput_tokens = 1\n")
    assert files.run("diff", files.routed, bare) == 2
    assert "bare.toml: labels.a: has no routes" in files.err
    odd = files.write("odd.toml", files.routed.read_text().replace("nscale/large", "nscale/larg"))
    assert files.run("diff", odd, files.routed) == 2
    assert (
        "odd.toml: labels.default.routes: unknown offer 'nscale/larg' (did you mean 'nscale/large'?)"
        in files.err
    )


def test_what_do_i_pay_now_and_what_would_be_best(files: Files) -> None:
    """The whole way: a router's own file in, the best routing out, the money between them."""
    config, now, best = files.folder / "c.yaml", files.folder / "now.toml", files.folder / "best.toml"
    assert files.run("export", "litellm", files.routed, "-o", config) == 0
    assert files.run("import", "config", config, "--workload", files.routed, "-o", now) == 0
    assert files.run("solve", now, "-o", best, "--json") == 0
    cost = json.loads(files.out)["cost"]
    assert files.run("diff", now, best, "--max-increase", "0", "--json") == 0
    assert json.loads(files.out)["cost"]["after"] == pytest.approx(cost, rel=1e-6)
