"""Values and forms that people type: accepted where they can mean one thing, else asked back."""

from __future__ import annotations

import argparse
import json
import re
import sys
from pathlib import Path
from typing import Any

import pytest

from modelpick.__main__ import main
from modelpick.engine import Catalog, InputError
from modelpick.engine.adapters.catalog.alerts import suspicious_values
from modelpick.engine.adapters.catalog.file import load_catalog
from modelpick.engine.adapters.extras import install_command
from modelpick.engine.adapters.quantities import quantity
from modelpick.engine.adapters.routing_file import load_routing, read_routing, ready_made, with_sets
from modelpick.engine.adapters.rule_overrides import with_hosts
from modelpick.engine.commands import compare, export, robust, scenarios, sweep
from modelpick.engine.domain.plan import Plan
from modelpick.engine.domain.solver_status import SolverStatus
from tests.engine.by_hand import ran

HEAD = "[labels.a]\nrequests = 100\ninput_tokens = 10\noutput_tokens = 5\nskills = { coding = 1 }\n"


@pytest.mark.parametrize(
    ("text", "name", "number"),
    [
        ("128k", "context", 128_000), ("128K", "context", 128_000), ("1M", "requests", 1e6),
        ("10M", "", 1e7), ("1.5m", "", 1.5e6), ("60s", "max_latency", 60), ("2 min", "max_latency", 120),
        ("500 ms", "max_latency", 0.5), ("$500", "budget", 500), ("1,500 USD", "budget", 1500),
        ("80%", "cached", 0.8), ("80 %", "min_quality", 80), ("95%", "percentile", 95),
        ("200 tokens", "", 200), ("1.5e3", "", 1_500), ("2.", "", 2),
    ],
)  # fmt: skip
def test_figures_with_a_scale_or_a_unit(text: str, name: str, number: float) -> None:
    assert quantity(text, name) == pytest.approx(number)


@pytest.mark.parametrize("text", ["", "k", "$", "%", "ten", "1.2.3", "12 apples", "1-2", "--5"])
def test_what_is_no_figure(text: str) -> None:
    assert quantity(text) is None


@pytest.mark.parametrize(
    ("text", "kind", "number"),
    [
        ("5 s", "s", 5), ("2 min", "s", 120), ("5 s", "tokens", None), ("$5", "s", None), ("$5", "USD", 5),
        ("5 m", "s", None), ("5 m", "tokens", 5e6), ("70 %", "weight", 0.7), ("70 %", "points", 70),
        ("70 %", "tokens", None), ("3x", "x", 3), ("3x", "req", None), ("3 req/mo", "req", 3),
    ],
)  # fmt: skip
def test_a_unit_of_another_kind_is_no_figure(text: str, kind: str, number: float | None) -> None:
    assert quantity(text, kind=kind) == (None if number is None else pytest.approx(number))


@pytest.mark.parametrize(
    ("line", "meant"),
    [
        ("cached = 90", "0.9"), ('cached = "80%"', "0.8"), ('context = "128k"', "128_000"),
        ("context = 10M", "10_000_000"), ('max_latency = "60s"', "60"), ("weight = $5", "5"),
        ('features = "tools"', '["tools"]'), ('allow = "p/a"', '["p/a"]'), ('batch = "yes"', "true"),
        ('pin = { "p/a" = 30 }', "0.3"), ('max_models = "2"', "2"),
    ],
)  # fmt: skip
def test_a_file_is_asked_back_with_what_was_meant_and_its_line(line: str, meant: str) -> None:
    with pytest.raises(InputError) as caught:
        read_routing(f"{HEAD}{line}\n", "r.toml")
    message = str(caught.value)
    assert message.startswith("r.toml: ") and f"(did you mean {meant}?)" in message and "line 6" in message
    assert not any(word in message for word in ("tuple", "None", "Value error", "True", "False", "Input"))


@pytest.mark.parametrize(
    ("change", "path", "value"),
    [
        ("limits.providers=azure,vertex", ("limits", "providers"), ("azure", "vertex")),
        ("limits.providers=azure", ("limits", "providers"), ("azure",)),
        ('limits.providers=["azure","vertex"]', ("limits", "providers"), ("azure", "vertex")),
        ('limits.providers="azure"', ("limits", "providers"), ("azure",)),
        ("labels.default.features=tools, reasoning", ("default", "features"), ("tools", "reasoning")),
        ("labels.default.context=128K", ("default", "context"), 128_000),
        ("labels.default.max_latency=60s", ("default", "max_latency"), 60),
        ("labels.default.cached=80%", ("default", "cached"), 0.8),
        ("labels.default.min_quality=55%", ("default", "min_quality"), 55),
        ("limits.budget=$500", ("limits", "budget"), 500),
        ("labels.default.max_models=3", ("default", "max_models"), 3),
    ],
)
def test_set_takes_bare_names_and_units(change: str, path: tuple[str, str], value: object) -> None:
    routing = with_sets(ready_made(), [change])
    owner = routing.limits if path[0] == "limits" else routing.labels[path[0]]
    assert getattr(owner, path[1]) == value


def test_a_quality_of_a_fraction_is_asked_about() -> None:
    routing = read_routing(f"{HEAD}min_quality = 0.6\n", "r.toml")
    assert suspicious_values(routing) == ["labels.a.min_quality: 0.6 of 100 (did you mean 60?)"]
    assert not suspicious_values(read_routing(f"{HEAD}min_quality = 6\n", "r.toml"))


def test_a_catalogue_is_no_routing_and_the_reverse(tmp_path: Path) -> None:
    shipped = Path(__file__).parents[2] / "catalog.toml"
    with pytest.raises(InputError, match="is a catalogue, not a routing file"):
        load_routing(shipped)
    file = tmp_path / "r.toml"
    file.write_text(HEAD)
    with pytest.raises(InputError, match="is a routing file, not a catalogue"):
        load_catalog(file)


def test_compare_takes_tokens_as_people_write_them() -> None:
    million = f"{20_000_000:,}"
    assert (
        f"{million} input + 500,000 output"
        in ran(compare, "gpt-5.4", "--input-tokens", "20M", "--output-tokens", "500k")[0]
    )


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["solve", "--frob"], "modelpick: solve: unknown option --frob; --help lists them"),
        (["solve", "--outptu", "x"], "modelpick: solve: unknown option --outptu (did you mean '--output'?)"),
        (["report", "--format", "pdf"], "modelpick: report: --format: 'pdf' is none of md, html"),
        (["diff", "a.toml"], "modelpick: diff: needs B"),
        (
            ["compare", "m", "--input-tokens", "ten"],
            "modelpick: compare: --input-tokens: 'ten' is not a",
        ),
        (["robust", "-k", "99"], "modelpick: robust: -k/--k: '99' is not a whole number from 0 to 20"),
        (["robust", "--price", "abc"], "modelpick: robust: --price: 'abc' is not a number of percent"),
        (["frontier", "--points", "1"], "modelpick: frontier: --points: '1' is not a whole number from 2"),
        (["scenarios", "--low", "nan"], "modelpick: scenarios: --low: 'nan' is not a factor above 0"),
        (["scenarios", "--days", "1.5"], "modelpick: scenarios: --days: '1.5' is not a number of days"),
        (["export", "litellm", "--threshold", "0"], "modelpick: export: --threshold: '0' is not a whole"),
        (["sweep", "-o", "x.csv", "--jobs", "0"], "modelpick: sweep: --jobs/-j: '0' is not a number of"),
        (["import"], "modelpick: import: needs config|usage|evals|scores; --help says more"),
        (["catalog"], "modelpick: catalog: needs list|show|check|match|refresh; --help says more"),
        (["--catalgo", "x"], "modelpick: unknown option --catalgo (did you mean '--catalog'?)"),
    ],
)
def test_wrong_options_are_one_line_with_status_2(words: list[str], message: str, capsys: object) -> None:
    with pytest.raises(SystemExit) as caught:
        main(words)
    err = capsys.readouterr().err  # type: ignore[attr-defined]
    assert caught.value.code == 2 and err.startswith(message) and err.count("\n") == 1


def test_the_hint_names_the_packages_of_this_installation() -> None:
    command = install_command("serve")
    assert "textual-serve" in command and "modelpick[" not in command and sys.executable in command


HOST = "a-model:"
HOSTABLE = Catalog.model_validate({"schema": 1, "as_of": "2026-11-01", "models": {"a-model": {"context": 9}}})


@pytest.mark.parametrize(
    ("facts", "message"),
    [
        ("usd_per_hour=4", "hosting: give rpm or tpm"),
        ("usd_per_hour=4,rpm=0", "hosting.rpm: should be greater than 0, not 0"),
        ("rpm=5", "hosting.usd_per_hour: is missing"),
        ("usd_per_hour=4,rpm=1,spread=0.5", "spread: should be greater than or equal to 1, not 0.5"),
        ("usd_per_hour=four,rpm=1", "usd_per_hour: 'four' is not a number"),
        ("usd_per_hour=nan,rpm=1", "usd_per_hour: 'nan' is not a number"),
        ("usd_per_hour=4,rps=1", "unknown key 'rps'"),
        ("", "give usd_per_hour and rpm or tpm"),
    ],
)
def test_a_machine_that_cannot_be_is_refused_in_plain_words(facts: str, message: str) -> None:
    with pytest.raises(InputError) as caught:
        with_hosts(HOSTABLE, [HOST + facts])
    assert message in str(caught.value) and "--host" in str(caught.value)
    assert not re.search(r"Value error|Input should|Field required", str(caught.value))


def test_a_machine_takes_units() -> None:
    catalog = with_hosts(HOSTABLE, [HOST + "usd_per_hour=$2.50, rpm=120,tpm=200k,ttft=300ms,tps=40"])
    offer = catalog.offers["self-hosted/a-model"]
    assert offer.hosting is not None and offer.ttft == pytest.approx(0.3)
    assert (offer.hosting.usd_per_hour, offer.hosting.rpm, offer.hosting.tpm) == (2.5, 120, 200_000)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('retires = "next year"', "retires: should be a date such as 2026-11-23, not 'next year'"),
        ("retires = 12", "retires: should be a date such as 2026-11-23, not 12"),
        ("retires = 2027-01-01T10:00:00", "retires: should be a date such as 2026-11-23"),
        ('as_of = "2026-13-01"', "as_of: should be a date such as 2026-11-23"),
        ("tiers = 3", "tiers: should be a list, not 3"),
    ],
)
def test_dates_and_lists_are_asked_for_in_plain_words(line: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "c.toml"
    facts = '[providers.p]\n[models.m]\ncontext = 1000\n[offers."p/m"]\ninput = 1.0\noutput = 1.0\n'
    path.write_text(f"schema = 1\nas_of = 2026-11-01\n{facts}{line}\n")
    with pytest.raises(InputError) as caught:
        load_catalog(path)
    assert message in str(caught.value)
    assert not re.search(r"tuple|datetime|valid date", str(caught.value))


def test_a_number_in_quotes_is_asked_back_without_them() -> None:
    with pytest.raises(InputError, match=r"schema: should be 1, not '1' \(did you mean 1\?\)"):
        read_routing('schema = "1"\n[labels.x]\nrequests = 1\ninput_tokens = 1\noutput_tokens = 1\n', "r")


@pytest.mark.parametrize(
    ("command", "words", "name", "number"),
    [
        (robust, ("--samples", "1k"), "samples", 1_000), (robust, ("--time-limit", "90s"), "time_limit", 90),
        (robust, ("--price", "20%"), "price", 20), (robust, ("--quality", "4 points"), "quality", 4),
        (scenarios, ("--days", "90d"), "days", 90), (scenarios, ("--high", "1e3"), "high", 1_000),
        (export, ("litellm", "--threshold", "60k"), "threshold", 60_000),
        (sweep, ("-o", "x.csv", "--time-limit", "2 min"), "time_limit", 120),
    ],
)  # fmt: skip
def test_options_take_figures_as_people_write_them(
    command: Any, words: tuple[str, ...], name: str, number: float
) -> None:
    parser = argparse.ArgumentParser()
    command.arguments(parser)
    assert getattr(parser.parse_args(words), name) == number


def test_a_status_is_its_word_outside() -> None:
    plan = Plan.model_validate({"status": "timed_out", "objective": "cost"})
    assert plan.status is SolverStatus.TIMED_OUT
    assert not plan.found and not plan.status.proven
    assert SolverStatus.INFEASIBLE.proven
    assert json.dumps([plan.to_json()["status"], plan.status, f"{plan.status}"]) == json.dumps(
        ["timed_out"] * 3
    )
