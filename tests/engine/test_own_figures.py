"""A routing's own figures, the confidence it asks for and floors that are models: what may be written."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from modelpick.engine.adapters.routing_file import check_references, read_routing, write_routing
from modelpick.engine.adapters.rule_overrides import with_sets
from modelpick.engine.adapters.validation import validated
from modelpick.engine.domain.catalog import Catalog
from modelpick.engine.domain.errors import InputError
from modelpick.engine.domain.references import AsGoodAs, Reference
from modelpick.engine.domain.routing import Routing
from modelpick.engine.domain.rules import RulePath, find_spec, value_of, with_value
from modelpick.tui.document import edits
from modelpick.tui.document.values import parse

TODAY = date(2026, 11, 23)
TEXT = """schema = 1

[limits]
confidence = 0.9  # mine

[labels.a]
requests = 1_000
input_tokens = 1_000
output_tokens = 100
min_quality = "gpt-5 - 5"  # as good
confidence = 0.8

[labels.a.measured.gpt-5]  # of our own test
quality = 81.5
n = 120
[labels.a.measured."p/gpt-5"]
latency = 8.2
"""
CATALOG = Catalog.model_validate(
    {
        "schema": 1,
        "as_of": TODAY,
        "sources": {"s": {"url": "https://example.com"}},
        "providers": {"p": {"name": "P"}},
        "models": {name: {"context": 1000, "skills": {"coding": 50.0}} for name in ("gpt-5", "qwen3")},
        "offers": {"p/gpt-5": {"input": 1.0, "output": 1.0, "source": "s", "as_of": TODAY}},
    }
)


def routing_with(label: dict[str, Any], limits: dict[str, Any] | None = None) -> Routing:
    base = {"requests": 10.0, "input_tokens": 10.0, "output_tokens": 1.0, "skills": {"coding": 1.0}}
    values = {"schema": 1, "limits": limits or {}, "labels": {"a": {**base, **label}}}
    return validated(Routing, values, "r.toml")


def test_a_file_with_all_of_it_reads_and_writes_back_as_it_was() -> None:
    routing = read_routing(TEXT, "r.toml")
    check_references(routing, CATALOG)
    assert write_routing(routing, TEXT) == TEXT
    assert read_routing(write_routing(routing, None), "r.toml") == routing
    label = routing.labels["a"]
    assert routing.confidence(label) == 0.8 and routing.limits.confidence == 0.9
    assert label.is_tested and label.has_quality and not label.skills


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"measured": {"m": {"quality": 80.0, "n": 0}}}, "labels.a.measured.m.n: should be greater"),
    ({"measured": {"m": {"quality": 80.0, "n": 2.5}}}, "measured.m.n: should be a whole number, not 2.5"),
    ({"measured": {"m": {"quality": 120.0}}}, "measured.m.quality: should be less than or equal to 100"),
    ({"measured": {"m": {"quality": 80.0, "n": 9, "low": 70.0}}}, "n and low both say"),
    ({"measured": {"m": {"quality": 60.0, "low": 70.0}}}, "measured.m.low: 70 is the low end of quality"),
    ({"measured": {"m": {"low": 70.0}}}, "measured.m.low: 70 is the low end of quality, and there is none"),
    ({"measured": {"m": {"spread": 0.9}}}, "measured.m.spread: should be greater than or equal to 1"),
    ({"measured": {"m": {"latency": 0.0}}}, "measured.m.latency: should be greater than 0"),
    ({"measured": {"m": {"cost": -1.0}}}, "measured.m.cost: should be greater than or equal to 0"),
    ({"measured": {"m": {"qualty": 80.0}}}, "measured.m.qualty: unknown key (did you mean 'quality'?)"),
    ({"cache_writes": 0.3, "measured": {"m": {"cached": 0.8}}}, "measured.m.cached: with cache_writes"),
    ({"confidence": 1.0}, "labels.a.confidence: should be from 0.5 to 0.999, not 1"),
    ({"confidence": 0.4}, "labels.a.confidence: should be from 0.5 to 0.999, not 0.4"),
    ({"confidence": 90}, "from 0.5 to 0.999, not 90 (did you mean 0.9?)"),
    ({"confidence": "90%"}, "should be a number, not '90%' (did you mean 0.9?)"),
    ({"min_quality": "80"}, "labels.a.min_quality: should be a number, not '80' (did you mean 80?)"),
    ({"min_quality": 120.0}, "labels.a.min_quality: should be less than or equal to 100, not 120"),
    ({"min_quality": "gpt-5 - five"}, "such as 'gpt-5 - 5', not 'gpt-5 - five'"),
    ({"min_quality": "gpt-5 - 500"}, "500 points from gpt-5: quality goes from 0 to 100"),
    ({"skills": {}, "min_quality": 50.0}, "labels.a.min_quality: needs skills"),
]


@pytest.mark.parametrize(("label", "message"), WRONG)
def test_what_cannot_be_is_one_message_with_its_key(label: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError) as error:
        routing_with(label)
    assert message in str(error.value) and str(error.value).startswith("r.toml: ")
    assert "more)" not in str(error.value)


def test_a_floor_of_the_whole_router_needs_a_quality_of_every_label() -> None:
    with pytest.raises(InputError, match=r"labels\.a\.skills: limits\.min_quality needs skills"):
        routing_with({"skills": {}}, {"min_quality": 60.0})
    with pytest.raises(InputError, match=r"limits\.min_quality: the mean by weight needs a label"):
        routing_with({"weight": 0.0}, {"min_quality": "gpt-5"})
    own = {"skills": {}, "measured": {"gpt-5": {"quality": 70.0}}}
    assert routing_with(own, {"min_quality": "gpt-5"}).labels["a"].has_quality


@pytest.mark.parametrize(
    ("label", "limits", "message"),
    [
        ({"measured": {"gpt5": {"cost": 1.0}}}, {}, "labels.a.measured: unknown model or offer 'gpt5'"),
        ({"min_quality": "gpt5 - 5"}, {}, "labels.a.min_quality: unknown model 'gpt5' (did you mean 'gpt-5'"),
        ({"min_quality_each": "p/gpt-5"}, {}, "labels.a.min_quality_each: unknown model 'p/gpt-5'"),
        ({}, {"min_quality": "gpt5"}, "limits.min_quality: unknown model 'gpt5' (did you mean 'gpt-5'?)"),
        ({"min_quality": "a"}, {}, "labels.a.min_quality: 'a' is a part of this routing"),
        ({"min_quality": "labels.a - 5"}, {}, "labels.a.min_quality: 'labels.a' is a part of this routing"),
        ({}, {"min_quality": "limits.min_quality"}, "limits.min_quality: 'limits.min_quality' is a part of"),
    ],
)
def test_a_name_that_the_catalogue_does_not_have(
    label: dict[str, Any], limits: dict[str, Any], message: str
) -> None:
    with pytest.raises(InputError) as error:
        check_references(routing_with(label, limits), CATALOG)
    assert message in str(error.value)


def test_a_reference_is_text_and_back() -> None:
    for text, reference in {
        "gpt-5": Reference("gpt-5"),
        "claude-sonnet-4-6 - 5": Reference("claude-sonnet-4-6", 5.0),
        "gpt-5@high - 2.5": Reference("gpt-5@high", 2.5),
        "gpt-5 + 1": Reference("gpt-5", -1.0),
    }.items():
        assert Reference.parse(text) == reference and str(reference) == text
    assert Reference.parse(" gpt-5  -  5 ") == Reference("gpt-5", 5.0)


def test_a_floor_that_came_of_a_model_is_a_number_that_keeps_it() -> None:
    floor = AsGoodAs(75.0, "gpt-5", 80.0)
    assert floor < 76 and floor + 1 == 76 and floor.text == "gpt-5 - 5"
    routing = routing_with({"min_quality": floor})
    moved = with_value(routing, "labels.a.min_quality", 72.5)
    assert moved is not None
    value = value_of(moved, "labels.a.min_quality")
    assert isinstance(value, AsGoodAs) and value == 72.5 and value.text == "gpt-5 - 7.5"
    assert '"gpt-5 - 7.5"' in moved.model_dump_json() and '"gpt-5 - 7.5"' in write_routing(moved, None)


def test_editing_and_set_take_numbers_and_models() -> None:
    path = RulePath("labels", "a", "min_quality")
    spec = find_spec(path)
    assert spec is not None and spec.takes_models
    assert parse(spec, "gpt-5 - 5") == parse(spec, '"gpt-5 - 5"') == "gpt-5 - 5"
    assert parse(spec, "80 %") == 80 and parse(spec, "62.5") == 62.5
    with pytest.raises(InputError, match="min_quality"):
        parse(spec, "gpt-5 - five")
    routing = edits.put(routing_with({}), path, "gpt-5 - 1", CATALOG)
    routing = edits.step(routing, path, 1)
    assert value_of(routing, path) == "gpt-5"
    assert value_of(edits.step(routing, path, 1), path) == "gpt-5 + 1"
    assert value_of(edits.step(routing, path, -3), path) == "gpt-5 - 3"
    with pytest.raises(InputError, match="did you mean 'gpt-5'"):
        edits.put(routing, path, "gpt5", CATALOG)
    sets = ["labels.a.min_quality=gpt-5 - 2", "limits.min_quality=qwen3", "limits.confidence=90%"]
    changed = with_sets(routing, [*sets, "labels.a.measured.gpt-5.quality=80"])
    assert changed.labels["a"].min_quality == "gpt-5 - 2" and changed.limits.min_quality == "qwen3"
    assert changed.limits.confidence == 0.9 and changed.labels["a"].measured["gpt-5"].quality == 80


def test_a_new_label_has_the_skills_that_a_floor_of_the_whole_router_needs() -> None:
    routing = edits.with_label(routing_with({"skills": {"coding": 2.0}}, {"min_quality": 40.0}), "b")
    assert routing.labels["b"].skills == {"coding": 2.0}
    own = {"skills": {}, "measured": {"gpt-5": {"quality": 70.0}}}
    tested = edits.with_label(routing_with(own, {"min_quality": "gpt-5", "budget": 9.0}), "b")
    assert tested.labels["b"].skills == {"coding": 1.0}
    best = edits.put(routing_with(own, {"budget": 9.0}), RulePath("", "", "objective"), "quality")
    assert best.objective == "quality"  # a label's own tests are a quality, too
