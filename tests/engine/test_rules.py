"""What a rule is stands in one place: the sets of names that stood in many are queries on the specs.

Each set is written out as it was, beside where that was; a rule that is added joins those of its sense.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from modelpick.engine.adapters.quantities import is_share
from modelpick.engine.domain.catalog import Catalog
from modelpick.engine.domain.field_facts import Measure, Sense
from modelpick.engine.domain.routing import Label, Limits, Routing
from modelpick.engine.domain.rules import (
    LIMITS,
    OBJECTIVE,
    UNKNOWN_FIGURE_RULES,
    Kind,
    RulePath,
    RuleSpec,
    coupling_rules,
    find_spec,
    list_fields,
    priced_in,
    quality_rules,
    rules_in_force,
    sections,
    set_in,
    share_fields,
    spec_of,
    specs,
    unset_in,
    value_of,
    with_value,
    without,
    workload_fields,
)
from modelpick.engine.solver.compile.compiler import Compiler
from modelpick.engine.solver.explain.conflicts import _filter_group
from modelpick.engine.solver.explain.repairs import _concession_rank
from modelpick.engine.solver.explain.shadow_prices import activity
from modelpick.engine.solver.explain.standings import standings
from modelpick.engine.solver.pick import pick

EVERY = [*specs("limits").values(), *specs("labels").values()]
LABEL = Label(requests=10.0, input_tokens=100.0, output_tokens=10.0)


def are(which: Callable[[RuleSpec], bool], section: str = "") -> set[str]:
    return {spec.name for spec in EVERY if which(spec) and section in ("", spec.section)}


def test_a_path_is_text_and_back() -> None:
    for text, path in {
        "objective": OBJECTIVE,
        "limits.budget": RulePath("limits", name="budget"),
        "labels.think.min_quality": RulePath("labels", "think", "min_quality"),
        "labels.a.b.c.min_quality": RulePath("labels", "a.b.c", "min_quality"),
        "labels..pin": RulePath("labels", "", "pin"),
    }.items():
        assert RulePath.parse(text) == path
        assert str(path) == text
        assert path == path.parent.child(path.name) or path == OBJECTIVE
    assert [str(LIMITS), str(RulePath("labels", "a.b"))] == ["limits", "labels.a.b"]
    assert LIMITS.is_section and not OBJECTIVE.is_section and OBJECTIVE.parent == LIMITS


def test_every_field_that_can_be_set_has_a_spec() -> None:
    assert set(specs("limits")) == set(Limits.model_fields)
    written = {"routes", "fallbacks", "measured"}  # by a plan, and by `import evals`
    assert set(specs("labels")) == set(Label.model_fields) - written
    assert set(specs("")) == {"objective"}
    for text in ("limits.nothing", "labels.a", "offers.p/m.rpm", "catalog.status"):
        assert find_spec(text) is None
    with pytest.raises(KeyError):
        spec_of("limits.min_quality_each")


OLD: dict[str, tuple[Any, Any]] = {
    "domain.explanation.LOOSER, up": (
        are(lambda spec: spec.is_bound and spec.looser > 0),
        {"budget", "max_models", "max_providers", "max_provider_share", "max_latency"},
    ),
    "domain.explanation.LOOSER, down": (
        are(lambda spec: spec.is_bound and spec.looser < 0),
        {"min_quality", "min_quality_each", "min_share", "min_providers", "context"},
    ),
    "domain.explanation.WHOLE": (
        are(lambda spec: spec.is_rule and not spec.is_bound),
        {"providers", "deny_providers", "models", "deny_models", "open_weights", "trains_on_data", "regions"}
        | {"features", "allow", "deny", "pin"},
    ),
    "domain.rules._WORKLOAD": (
        are(lambda spec: not spec.is_rule, "labels") | {"routes", "fallbacks"},
        {"requests", "input_tokens", "input_tokens_p95", "output_tokens", "cached", "cache_writes", "weight"}
        | {"skills", "percentile", "batch", "routes", "fallbacks", "confidence"},
    ),
    "domain.rules._SCALES": (
        are(lambda spec: not spec.is_rule, "limits"),
        {"confidence", "growth", "peak", "plans"},
    ),
    "domain.rules, context": (are(lambda spec: bool(spec.implied)), {"context"}),
    "adapters.workload.FIELDS": (
        workload_fields("labels"),
        (
            *("requests", "input_tokens", "input_tokens_p95", "output_tokens", "cached", "cache_writes"),
            *("context", "percentile", "batch"),
        ),
    ),
    "adapters.workload, traffic": (workload_fields("limits"), ("growth", "peak")),
    "adapters.quantities.SHARES": (
        share_fields(),
        {"cached", "cache_writes", "min_share", "max_provider_share", "pin", "confidence"},
    ),
    "adapters.rule_overrides._LISTS": (
        {*list_fields(), "fallbacks"},
        {"providers", "deny_providers", "models", "deny_models", "features", "allow", "deny", "fallbacks"}
        | {"regions", "plans"},
    ),
    "adapters.report.plan._FIGURES": (
        {spec.name: spec.figure for spec in EVERY if spec.figure},
        {"min_quality": "quality", "min_quality_each": "quality", "max_latency": "latency"},
    ),
    "adapters.report.plan.WHOLE_LIST": (
        are(lambda spec: spec.sense is Sense.ADMIT),
        {"allow", "providers", "models", "regions"},
    ),
    "adapters.report.founding.decision.use_cases, what is no rule": (
        are(lambda spec: not spec.is_rule and not spec.workload, "labels"),
        {"skills", "confidence", "weight"},
    ),
    "adapters.catalog.alerts, elastic_model, tui _QUALITY": (
        quality_rules(),
        ("min_quality", "min_quality_each"),
    ),
    "compiler, feasibility: across": (
        coupling_rules(),
        ("budget", "max_models", "max_providers", "max_provider_share", "min_quality"),
    ),
    "conflicts.COUNTS": (
        {f"limits.{name}" for name in coupling_rules() if _filter_group(f"limits.{name}") == (True, False)},
        {"limits.max_models", "limits.max_providers", "limits.max_provider_share", "limits.min_quality"},
    ),
    "conflicts.MONEY": (
        {
            str(path)
            for path in (OBJECTIVE, *map(LIMITS.child, specs("limits")))
            if _filter_group(str(path))[1]
        },
        {"limits.budget", "objective"},
    ),
    "elastic_model.grid_of, whole": (
        are(lambda spec: spec.is_bound and spec.grid == 1.0),
        {"context", "max_models", "max_providers", "min_providers"},
    ),
    "elastic_model.grid_of, CENT": (are(lambda spec: spec.is_bound and spec.in_money), {"budget"}),
    "elastic_model, thresholds": (
        are(lambda spec: spec.measure is Measure.EACH),
        {"context", "min_quality_each"},
    ),
    "elastic_model, lists of offers": (
        are(lambda spec: spec.items == "offers" and spec.kind is Kind.ARRAY),
        {"allow", "deny"},
    ),
    "elastic_search, down": (  # of those whose limit slides
        are(lambda spec: spec.is_bound and spec.looser < 0 and spec.measure is not Measure.EACH),
        {"min_quality", "min_share", "min_providers"},
    ),
    "elastic_search, counts; repairs._COUNTS": (
        {spec.name: spec.looser for spec in EVERY if spec.is_bound and spec.is_whole},
        {"max_models": 1, "max_providers": 1, "min_providers": -1},
    ),
    "repairs._DOWN": (  # percentile: 0.01 stood there, too, but is in no clash
        {spec.name: spec.loosest_value for spec in EVERY if spec.sense is Sense.LOWER and not spec.is_whole},
        {"min_quality": 0.0, "min_quality_each": 0.0, "min_share": 0.0, "context": 1.0},
    ),
    "repairs._UP": (
        {
            spec.name: spec.loosest_value
            for spec in EVERY
            if spec.sense is Sense.UPPER and not spec.is_whole and not spec.in_money
        },
        {"max_latency": 1e6, "max_provider_share": 1.0},
    ),
    "repairs._LISTS": (
        are(lambda spec: spec.sense in (Sense.ADMIT, Sense.DEMAND)),
        {"features", "allow", "deny", "providers", "deny_providers", "models", "deny_models", "pin"}
        | {"regions"},
    ),
    "repairs.WAYS": (
        list(dict.fromkeys(s.name for s in sorted(EVERY, key=lambda s: s.concession or 0) if s.concession)),
        [
            *("budget", "max_latency", "max_provider_share", "max_models", "max_providers", "min_providers"),
            *("min_share", "min_quality", "min_quality_each"),
        ],
    ),
    "shadow_prices.SUMS": (
        are(lambda spec: spec.limits_sum),
        {"min_quality", "max_provider_share", "budget", "min_share"},
    ),
    "shadow_prices.CURVED": (are(lambda spec: spec.measure is Measure.CURVE), {"max_latency"}),
    "shadow_prices.MOST": (
        {spec.name: spec.scale_end for spec in EVERY if spec.scale_end < 1e9},
        {"min_quality": 100.0, "max_provider_share": 1.0, "min_share": 1.0},
    ),
    "tornado._LIMITS": (
        are(lambda spec: spec.is_number, "limits"),
        {"budget", "max_models", "max_providers", "max_provider_share", "growth", "peak"}
        | {"min_quality", "confidence"},
    ),
    "tornado._LABEL": (
        are(lambda s: s.is_number and (s.is_rule or s.workload) and not s.moves_with, "labels"),
        {"requests", "input_tokens", "output_tokens", "cached", "cache_writes", "context", "min_quality"}
        | {"min_quality_each", "max_latency", "percentile", "max_models", "min_share", "min_providers"},
    ),
    "tornado._AMOUNTS": (
        are(lambda spec: spec.is_amount),
        {"budget", "growth", "peak", "requests", "input_tokens", "input_tokens_p95", "output_tokens"}
        | {"max_latency", "context", "weight"},
    ),
    "tornado._LOOSE, where unset is a number": (
        are(lambda spec: spec.asks_nothing_by_default, "labels"),
        {"min_providers", "cached", "cache_writes"},
    ),
    "tui.values, figures of tables": (
        {spec.name: spec.item_unit for spec in EVERY if spec.item_unit},
        {"pin": "share", "skills": "weight"},
    ),
}


@pytest.mark.parametrize("where", OLD)
def test_the_derived_set_is_the_one_that_stood_there(where: str) -> None:
    derived, old = OLD[where]
    assert derived == old


def test_shares_of_the_catalogue_are_shares_too() -> None:
    assert all(map(is_share, ("share", "fee", "batch_discount", "pin")))
    assert not any(map(is_share, ("min_quality", "percentile", "budget", "")))


def test_money_is_let_go_first_and_what_an_offer_must_have_last() -> None:
    paths = ["limits.deny_models", "labels.a.max_latency", "labels.a.context", "limits.budget"]
    assert sorted(paths, key=_concession_rank) == [paths[3], paths[1], paths[2], paths[0]]


def test_rules_are_set_dropped_and_found() -> None:
    routing = Routing(labels={"a.b": LABEL}, limits=Limits(budget=5.0, growth=2.0))
    at = "labels.a.b"
    assert rules_in_force(routing) == ("limits.budget", f"{at}.context")
    assert value_of(routing, f"{at}.context") == 110.0  # the workload's own
    asked = with_value(routing, f"{at}.min_providers", 2)
    assert asked is not None
    assert rules_in_force(asked) == ("limits.budget", f"{at}.min_providers", f"{at}.context")
    assert with_value(routing, f"{at}.min_providers", 0) is None
    free = without(asked, {*rules_in_force(asked)})
    assert value_of(free, "limits.budget") is None and free.limits.growth == 2.0
    assert value_of(free, f"{at}.context") == 1e-9 and value_of(free, f"{at}.min_providers") == 1


def test_what_a_section_says_and_could_say() -> None:
    routing = Routing(labels={"a": LABEL}, limits=Limits(budget=5.0))
    router, label = sections(routing)
    assert set_in(routing, router) == [OBJECTIVE, LIMITS.child("budget")]
    assert [path.name for path in set_in(routing, label)] == ["requests", "input_tokens", "output_tokens"]
    assert [str(path) for path in priced_in(routing, router)] == ["limits.budget"]
    assert [str(path) for path in priced_in(routing, label)] == ["labels.a.context"]
    for section in (router, label):
        both = [*set_in(routing, section), *unset_in(routing, section)]
        assert len(both) == len(set(both)) == len(specs(section.section)) + (section == LIMITS)


def test_what_a_plan_has_is_known_of_every_bound() -> None:
    """The functions by rule's name stay where they compute; none is missing."""
    model = {"name": "M", "context": 1000, "skills": {"coding": 80.0}, "features": []}
    facts = {"input": 1.0, "output": 1.0, "source": "s", "as_of": date(2026, 1, 1), "ttft": 1.0, "tps": 50.0}
    catalog = Catalog.model_validate(
        {
            "schema": 1,
            "as_of": date(2026, 1, 1),
            "sources": {"s": {"url": "https://example.com"}},
            "providers": {"p": {"name": "P"}},
            "models": {"m": model},
            "offers": {"p/m": facts},
        }
    )
    label = LABEL.model_copy(update={"skills": {"coding": 1.0}, "max_latency": 60.0})
    routing = Routing(labels={"a": label})
    plan = pick(routing, catalog, today=date(2026, 1, 1))
    compiler = Compiler(catalog, date(2026, 1, 1))
    for section in sections(routing):
        for spec in specs(section.section).values():
            if spec.is_bound:
                assert activity(routing, compiler, plan, str(section.child(spec.name))) is not None, spec.name


def test_rules_that_unknown_figures_break_are_those_that_the_engine_names() -> None:
    """m has a score and no speed at p; n has a speed at p and no score: each breaks one rule."""
    facts = {"input": 1.0, "output": 1.0, "source": "s", "as_of": date(2026, 1, 1)}
    models = {name: {"name": name, "context": 1000, "features": []} for name in "mn"}
    catalog = Catalog.model_validate(
        {
            "schema": 1,
            "as_of": date(2026, 1, 1),
            "sources": {"s": {"url": "https://example.com"}},
            "providers": {"p": {"name": "P"}},
            "models": {**models, "m": {**models["m"], "skills": {"coding": 80.0}}},
            "offers": {"p/m": facts, "p/n": {**facts, "ttft": 1.0, "tps": 50.0}},
        }
    )
    rules = {"skills": {"coding": 1.0}, "min_quality": 50.0, "max_latency": 60.0}
    routing = Routing(labels={"a": LABEL.model_copy(update=rules)})
    offers = standings(routing, Compiler(catalog, date(2026, 1, 1)), "a").offers
    broken = {offer.offer: [each.rule for each in offer.breaks] for offer in offers}
    assert broken == {"p/m": ["labels.a.max_latency"], "p/n": ["labels.a.skills"]}
    assert {RulePath.parse(rule).name for (rule,) in broken.values()} == {*UNKNOWN_FIGURE_RULES}
