"""What would change the plan: figures that nobody knows, and tests that nobody has run; each by hand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from modelpick.engine import Catalog, InputError, Routing
from modelpick.engine.commands import explain
from modelpick.engine.solver.analysis.missing_figures import (
    assumed_figures,
    count_missing,
    family_words,
    missing_figures,
)
from modelpick.engine.solver.analysis.value_of_information import values_of_tests
from modelpick.engine.solver.compile.compiler import Compiler
from tests.engine.by_hand import MILLION, TODAY, codes, coding, market, offer, ran

FAST = {"ttft": 0.5, "tps": 100.0}


def routing(**label: Any) -> Routing:
    return Routing.model_validate({"labels": {"work": {**MILLION, **label}}})


def estimated(value: float, low: float, high: float) -> dict[str, Any]:
    return {"fitted": {"coding": {"value": value, "low": low, "high": high, "kind": "estimated"}}}


def test_an_offer_out_for_want_of_a_speed_is_taken_to_be_as_fast_as_its_model_elsewhere() -> None:
    catalog = market(
        {"p/a-1": offer(10.0, **FAST), "q/a-1": offer(4.0), "q/b-1": offer(1.0)},
        **{"a-1": coding(70.0), "b-1": coding(70.0)},
    )
    question = routing(**codes(60.0, max_latency=10.0))
    compiler = Compiler(catalog, TODAY)
    assert count_missing(question, compiler.table) == 2
    (answer,) = missing_figures(question, compiler, catalog, 5.0)
    assert (answer.unknown_speed, answer.unscored, answer.both) == (2, 0, 0)
    assert answer.assumed == 1  # of b-1 nobody knows a speed anywhere, nor of a relative
    assert answer.saves == pytest.approx(6.0)  # 10 - 4 USD
    (route,) = answer.routes
    assert (route.offer, route.share, route.latency, route.quality) == ("q/a-1", 1.0, 0.5, None)


def test_what_is_assumed_of_an_offer_says_whose_figures_they_are() -> None:
    catalog = market(
        {
            "p/nova-1": offer(10.0, ttft=0.5, tps=100.0),
            "r/nova-1": offer(9.0, ttft=1.5, tps=60.0),
            "q/nova-1": offer(4.0, tps=20.0),
            "q/nova-2": offer(3.0),
            "q/zeta": offer(1.0),
        },
        **{"nova-1": coding(70.0)},
    )
    table = Compiler(catalog, TODAY).table
    (only,) = assumed_figures(
        table, catalog, "q/nova-1", ["coding"]
    )  # 20 tokens a second are known, and its skill
    assert (only.name, only.value, only.relatives) == ("ttft", 1.0, "its model elsewhere")  # of 0.5 and 1.5
    assert [
        (f.name, f.value, f.relatives) for f in assumed_figures(table, catalog, "q/nova-2", ["coding"])
    ] == [
        ("ttft", 1.0, "its family"),
        ("tps", 60.0, "its family"),  # the middle one of 20, 60 and 100
        ("skill:coding", 70.0, "its family"),
    ]
    assert assumed_figures(table, catalog, "q/zeta", ["coding"]) == ()  # it has no relative
    with pytest.raises(InputError, match="no offer 'q/nova-3'"):
        assumed_figures(table, catalog, "q/nova-3", ())


def test_an_unscored_model_is_taken_to_be_as_good_as_the_median_of_its_family() -> None:
    catalog = market(
        {
            **{f"p/gpt-{version}-nano": offer(10.0) for version in (3, 4, 5)},
            "p/gpt-6-nano": offer(2.0),
            "p/gpt-6": offer(1.0),
        },
        **{"gpt-3-nano": coding(50.0), "gpt-4-nano": coding(61.0), "gpt-5-nano": coding(90.0)},
    )
    compiler = Compiler(catalog, TODAY)
    (answer,) = missing_figures(routing(**codes(60.0)), compiler, catalog, 5.0)
    assert (answer.unscored, answer.assumed) == (2, 1)  # gpt-6 has no family: the others are nano
    assert answer.routes[0].offer == "p/gpt-6-nano" and answer.routes[0].quality == 61.0
    assert answer.saves == pytest.approx(8.0)
    (none,) = missing_figures(routing(**codes(62.0)), compiler, catalog, 5.0)
    # At 62 points a tenth and less of the dear one is enough: 61 x + 90 (1 - x) >= 62.
    assert none.saves == pytest.approx(10.0 - (2.0 * 28 / 29 + 10.0 / 29))


def test_nothing_is_said_where_no_figure_is_missing() -> None:
    catalog = market({"p/a": offer(1.0)}, a=coding(70.0))
    compiler = Compiler(catalog, TODAY)
    assert missing_figures(routing(**codes(60.0)), compiler, catalog, 5.0) == ()
    assert missing_figures(routing(), compiler, catalog, 5.0) == ()


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ("gpt-5.4-nano", "gpt-4.1-nano", True),
        ("gpt-5.4-nano", "gpt-5.4", False),
        ("claude-opus-4-8", "claude-opus-5", True),
        ("claude-opus-5", "claude-sonnet-5", False),
        ("llama-3.1-8b-instruct", "llama-3.3-70b-instruct", False),
        ("llama-3.1-70b-instruct", "llama-3.3-72b-chat", True),
        ("kimi-k2", "kimi-k2.5-preview", True),
    ],
)
def test_a_family_is_the_words_of_a_name_and_its_size(one: str, other: str, alike: bool) -> None:
    assert (family_words(one) == family_words(other)) is alike


def cheap_but_uncertain() -> Catalog:
    return market({"p/c": offer(4.0), "p/d": offer(10.0)}, c=estimated(60.0, 50.0, 70.0), d=coding(90.0))


def test_a_test_is_worth_what_the_plans_after_its_outcomes_save_on_average() -> None:
    compiler = Compiler(cheap_but_uncertain(), TODAY)
    question = routing(**codes(65.0, max_models=1))
    (test,) = values_of_tests(question, compiler, 5.0)
    # A fifth of the chance each: 50, 55.9, 60, 64.1 and 70 points. Only 70 lets c serve: 6 USD less.
    assert (test.label, test.model, test.quality, test.low) == ("work", "c", 60.0, 50.0)
    assert test.gain == pytest.approx(6.0 / 5) and test.best == pytest.approx(6.0) and test.chance == 0.2


def test_a_tested_model_counts_as_found_where_others_count_at_the_confidence_asked_for() -> None:
    compiler = Compiler(cheap_but_uncertain(), TODAY)
    question = routing(**codes(58.0, max_models=1, confidence=0.9))  # c counts 50: d serves
    (test,) = values_of_tests(question, compiler, 5.0)
    assert test.gain == pytest.approx(6.0 * 3 / 5) and test.chance == 0.6  # at 60, 64.1 and 70
    each = routing(**codes(0.0, min_quality_each=58.0, max_models=1, confidence=0.9))
    assert values_of_tests(each, compiler, 5.0) == (test,)  # a floor of every model is lifted as well


def test_no_test_is_worth_anything_where_no_rule_is_on_quality_or_nothing_is_uncertain() -> None:
    assert values_of_tests(routing(), Compiler(cheap_but_uncertain(), TODAY), 5.0) == ()
    sure = market({"p/c": offer(4.0), "p/d": offer(10.0)}, c=coding(60.0), d=coding(90.0))
    assert values_of_tests(routing(**codes(65.0)), Compiler(sure, TODAY), 5.0) == ()


def test_the_command_asks_one_question_at_a_time(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="--missing and --evidence are 2 questions: ask one"):
        ran(explain, "--missing", "--evidence")
    text, status = ran(explain, "--missing", "--json")
    facts = json.loads(text)
    assert status == 0 and {answer["label"] for answer in facts["missing"]} <= {
        "default", "background", "think", "longContext"
    }  # fmt: skip
    text, status = ran(explain, "--evidence")
    assert status == 0 and "rests on" in text and "price: " in text and "To test next" in text
    impossible = tmp_path / "mine.toml"
    impossible.write_text(
        "schema = 1\n[labels.work]\nrequests = 1\ninput_tokens = 1\noutput_tokens = 1\nmax_latency = 0.0001\n"
    )
    text, status = ran(explain, str(impossible), "--evidence")
    assert status == 1 and "infeasible" in text
