"""Reasoning levels of a model: `provider/model@level`, each with its own evidence and verbosity."""

from __future__ import annotations

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from modelpick.engine import Plan, Routing, pick
from modelpick.engine.adapters.catalog.alerts import error_alerts
from modelpick.engine.adapters.catalog.checks import check_catalog
from modelpick.engine.adapters.catalog.file import load_catalog
from modelpick.engine.adapters.catalog.overlay import with_overrides
from modelpick.engine.adapters.catalog.refresh import compare_quotes
from modelpick.engine.adapters.probe import request_body
from modelpick.engine.adapters.routers.endpoints import endpoint_of
from modelpick.engine.adapters.routing_file import canonical, check_references, load_routing
from modelpick.engine.adapters.usage.routing import OfferResolver
from modelpick.engine.adapters.validation import validated
from modelpick.engine.commands import catalog as catalog_command
from modelpick.engine.commands import compare, explain, import_, solve
from modelpick.engine.domain.catalog import Catalog
from modelpick.engine.domain.errors import InputError
from modelpick.engine.domain.levels import spelled_out
from modelpick.engine.domain.robustness import Doubt
from modelpick.engine.solver.analysis.monte_carlo import draw_samples
from modelpick.engine.solver.compile.compiler import Compiler
from modelpick.engine.solver.skill_model.skills import fitted_rows, fitted_skills, skill_table
from tests.engine.by_hand import TODAY, mix, ran

CATALOG: dict[str, Any] = {
    "schema": 1,
    "as_of": "2026-11-01",
    "benchmarks": {"b": {"skill": "coding"}},
    "providers": {"north": {}},
    "models": {
        "m": {
            "context": 100_000,
            "default_effort": "low",
            "skills": {"coding": 60.0},
            "efforts": {"none": {}, "low": {}, "high": {"verbosity": 3.0, "skills": {"coding": 75.0}}},
        }
    },
    "offers": {"north/m": {"input": 1.0, "output": 2.0, "rpm": 5.0}, "north/m@high": {"output": 3.0}},
}


def changed(path: str, value: object) -> dict[str, Any]:
    """The catalogue with a value at a path of keys separated by `|`; None: without what is there."""
    catalog = deepcopy(CATALOG)
    *folders, last = path.split("|")
    table = catalog
    for key in folders:
        table = table[key]
    if value is None:
        del table[last]
    else:
        table[last] = value
    return catalog


def test_only_the_keys_given_lie_over_the_plain_offer() -> None:
    catalog = Catalog.model_validate(CATALOG)
    level = catalog.offers["north/m@high"]
    assert (level.input, level.output, level.rpm) == (1.0, 3.0, 5.0)
    assert level.model_fields_set == {"output"}
    again = Catalog.model_validate_json(catalog.model_dump_json(by_alias=True, exclude_unset=True))
    assert again == catalog and again.offers["north/m@high"].model_fields_set == {"output"}


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("models|m|default_effort", None, "c: models.m.default_effort: is required where there are efforts"),
        ("models|m|default_effort", "lo", "default_effort: unknown level 'lo' (did you mean 'low'?)"),
        ("models|m|efforts", {}, "models.m.default_effort: names a level of efforts, and there are none"),
        (
            "models|m|efforts|high|skill",
            {},
            "models.m.efforts.high.skill: unknown key (did you mean 'skills'?)",
        ),
        ("models|m|efforts|high|verbosity", 0.0, "models.m.efforts.high.verbosity: should be greater than 0"),
        ("models|m|efforts|a@b", {}, "models.m.efforts: 'a@b' is no name of a level"),
        (
            "models|m|scores",
            [{"benchmark": "b", "value": 50.0, "effort": "hihg"}],
            "models.m.scores: unknown level 'hihg' (did you mean 'high'?)",
        ),
        ("offers|north/m@hihg", {}, "offers.north/m@hihg: unknown level 'hihg' of m (did you mean 'high'?)"),
        ("offers|north/m@high|rpm", 9.0, "offers.north/m@high.rpm: the levels of an offer share its limits"),
        ("offers|north/m@high|outptu", 9.0, "unknown key (did you mean 'output'?)"),
        ("offers|north/m", None, 'offers."north/m@high".input: is missing'),
    ],
)
def test_a_level_that_makes_no_sense_is_one_message(path: str, value: object, message: str) -> None:
    with pytest.raises(InputError) as error:
        validated(Catalog, changed(path, value), "c")
    assert message in str(error.value) and "more)" not in str(error.value)


def test_a_model_without_levels_has_none() -> None:
    catalog = changed("models|m", {"context": 100_000})
    with pytest.raises(InputError, match=r"offers.north/m@high: m has no levels \(efforts\), so no 'high'"):
        validated(Catalog, catalog, "c")


MONTH = 43_800  # requests a month that are one a minute
WORK = {"requests": MONTH, "input_tokens": 1_000, "output_tokens": 500, "skills": {"coding": 1.0}}


def plan_of(catalog: dict[str, Any], labels: dict[str, dict[str, Any]], **limits: Any) -> Plan:
    """The plan; a label's facts are added to a request a minute of 1,000 tokens in and 500 out."""
    routing = {"labels": {name: {**WORK, **facts} for name, facts in labels.items()}, "limits": limits}
    return pick(Routing.model_validate(routing), Catalog.model_validate(catalog), today=TODAY)


def market(**facts: Any) -> dict[str, Any]:
    """m at two providers, its levels at one price: a request costs 0.002 USD at low, 0.004 at high there."""
    catalog = deepcopy(CATALOG)
    catalog["providers"]["south"] = {}
    catalog["models"]["m"]["efforts"]["none"]["verbosity"] = 0.5
    catalog["offers"] = {
        "north/m": {"input": 1.0, "output": 2.0, **facts},
        "south/m": {"input": 10.0, "output": 20.0},
    }
    return catalog


def test_a_level_has_its_own_verbosity_and_evidence() -> None:
    plan = plan_of(market(), {"work": {"min_quality": 70.0}})
    # low: (1,000 x 1 + 500 x 2) / 1e6 = 0.002 USD at 60 points, high: three times the output, 0.004 at 75.
    # 70 = 60 + 15 x share: two thirds at high. 43,800 x (2/3 x 0.004 + 1/3 x 0.002) = 146.00 USD.
    assert mix(plan) == {"north/m@high": 0.666667, "north/m": 0.333333}
    assert plan.cost == pytest.approx(146.0)
    assert plan.quality == pytest.approx(70.0)


def test_a_level_without_evidence_is_unscored() -> None:
    plan = plan_of(market(), {"work": {"min_quality": 10.0, "allow": ["north/m@none"]}})
    assert plan.status == "infeasible"
    plan = plan_of(market(), {"work": {"skills": {}, "allow": ["north/m@none"]}})
    assert mix(plan) == {"north/m@none": 1.0}  # where nothing asks for quality it serves


def test_levels_share_the_rate_limits_of_their_offer() -> None:
    low = ["north/m@low", "south/m@low"]
    labels: dict[str, dict[str, Any]] = {"easy": {"allow": low}, "hard": {"min_quality_each": 70.0}}
    # Each label is a request a minute. The dearer way is 0.020 against 0.002, 0.040 against 0.004 USD: where
    # north carries one a minute of both levels together, it is the hard label's.
    plan = plan_of(market(rpm=1.0), labels)
    assert mix(plan, "hard") == {"north/m@high": 1.0} and mix(plan, "easy") == {"south/m": 1.0}
    assert plan.cost == pytest.approx(MONTH * (0.004 + 0.020))
    plan = plan_of(market(rpm=2.0), labels)
    assert plan.cost == pytest.approx(MONTH * (0.004 + 0.002))


def test_levels_share_the_replicas_of_a_self_hosted_offer() -> None:
    catalog = market(input=0.0, output=0.0, hosting={"usd_per_hour": 1.0, "rpm": 1.0})
    north = {"allow": ["north/m"], "requests": MONTH / 2}
    labels: dict[str, dict[str, Any]] = {"easy": north, "hard": {**north, "min_quality_each": 70.0}}
    plan = plan_of(catalog, labels)  # half a request a minute each: one replica for both, 730 USD a month
    assert plan.replicas == {"north/m": 1} and plan.cost == pytest.approx(730.0)
    plan = plan_of(catalog, {name: {**facts, "requests": MONTH} for name, facts in labels.items()})
    assert plan.replicas == {"north/m": 2} and plan.cost == pytest.approx(1_460.0)


def test_the_router_counts_models_and_a_label_offers() -> None:
    both = plan_of(market(), {"work": {"min_quality": 70.0}}, max_models=1)
    assert len(both.labels["work"].routes) == 2  # two levels of one model
    alone = plan_of(market(), {"work": {"min_quality": 70.0, "max_models": 1}})
    assert mix(alone) == {"north/m@high": 1.0}


@pytest.mark.parametrize(
    ("rule", "names", "best"),
    [
        ("deny", ["north/m"], "south/m@none"),  # all of its levels
        ("deny", ["north/m@low"], "north/m@none"),
        ("deny", ["north/m@none", "north/m@low"], "north/m@high"),
        ("allow", ["south/m@high", "south/m@low"], "south/m"),
        ("allow", ["south/m"], "south/m@none"),
    ],
)
def test_a_list_of_offers_covers_all_levels_or_one(rule: str, names: list[str], best: str) -> None:
    plan = plan_of(market(), {"work": {"skills": {}, rule: names}})
    assert mix(plan) == {best: 1.0}  # none writes half the output: the cheapest at each provider


@pytest.mark.parametrize(
    ("limits", "best"),
    [
        ({"models": ["m@low"]}, "north/m"),
        ({"models": ["m"]}, "north/m@none"),
        ({"deny_models": ["m@none"]}, "north/m"),
        ({"deny_models": ["m@none", "m@low"]}, "north/m@high"),
    ],
)
def test_a_list_of_models_covers_all_levels_or_one(limits: dict[str, Any], best: str) -> None:
    assert mix(plan_of(market(), {"work": {"skills": {}}}, **limits)) == {best: 1.0}


def test_the_default_level_is_written_without_its_name() -> None:
    for name in ("north/m", "north/m@low"):
        plan = plan_of(market(), {"work": {"pin": {name: 0.25}}})
        assert mix(plan)["north/m"] >= 0.25 and "north/m@low" not in mix(plan)
    catalog = Catalog.model_validate(market())
    label = {**WORK, "pin": {"north/m@low": 0.25}, "routes": [{"offer": "north/m@low", "share": 1.0}]}
    asked = Routing.model_validate(
        {"labels": {"work": {**label, "fallbacks": ["south/m@low", "south/m@high"]}}}
    )
    work = canonical(asked, catalog).labels["work"]
    assert work.pin == {"north/m": 0.25} and work.routes[0].offer == "north/m"
    assert work.fallbacks == ("south/m", "south/m@high")
    both = Routing.model_validate({"labels": {"work": {**WORK, "pin": {"north/m@low": 0.2, "north/m": 0.3}}}})
    with pytest.raises(
        InputError, match=r"labels\.work\.pin: 'north/m@low' is 'north/m', which is pinned as well"
    ):
        canonical(both, catalog)


@pytest.mark.parametrize(
    ("facts", "message"),
    [
        (
            {"allow": ["north/m@hihg"]},
            "labels.work.allow: unknown level 'hihg' of north/m (did you mean 'high'?)",
        ),
        ({"deny": ["north/m@xyz"]}, "unknown level 'xyz' of north/m: it has none, low, high"),
        ({"pin": {"nort/m@high": 0.1}}, "unknown offer 'nort/m@high' (did you mean 'north/m@high'?)"),
        (
            {"pin": {"north/n@high": 0.1}},
            "unknown offer 'north/n@high': n has no levels (did you mean 'north/n'?)",
        ),
    ],
)
def test_a_wrong_level_is_one_message(facts: dict[str, Any], message: str) -> None:
    catalog = market()
    catalog["models"]["n"] = {"context": 100_000}
    catalog["offers"]["north/n"] = {"input": 9.0, "output": 9.0}
    routing = Routing.model_validate({"labels": {"work": {**WORK, **facts}}})
    with pytest.raises(InputError) as error:
        check_references(routing, Catalog.model_validate(catalog))
    assert message in str(error.value)


def test_scores_belong_to_the_level_they_were_taken_at() -> None:
    catalog = deepcopy(CATALOG)
    model = catalog["models"]["m"]
    del model["skills"], model["efforts"]["high"]["skills"]
    scores = {"low": 40.0, "high": 80.0}
    model["scores"] = [{"benchmark": "b", "value": v, "effort": level} for level, v in scores.items()]
    model["scores"].append({"benchmark": "b", "value": 60.0})  # the default's, as low: their mean is 50
    # Percentiles among m (50) and m@high (80): 100 x (0 below + half of itself) / 2 = 25, and 75.
    assert skill_table(Catalog.model_validate(catalog)) == {
        "m": {"coding": 25.0},
        "m@none": {},
        "m@high": {"coding": 75.0},
    }


def test_spelling_out_twice_changes_nothing() -> None:
    once = spelled_out(Catalog.model_validate(CATALOG))
    assert spelled_out(once) is once
    assert list(once.offers) == ["north/m", "north/m@none", "north/m@high"]
    assert once.offers["north/m@high"].output == 3.0 and once.offers["north/m@none"].output == 2.0
    assert Catalog.model_validate_json(once.model_dump_json(by_alias=True, exclude_unset=True)) == once


def test_what_if_figures_of_the_plain_offer_are_those_of_its_levels() -> None:
    catalog = Catalog.model_validate(CATALOG)
    tried = spelled_out(with_overrides(catalog, {"offers": {"north/m": {"input": 7.0, "output": 8.0}}}))
    assert [tried.offers[key].input for key in tried.offers] == [7.0, 7.0, 7.0]
    assert tried.offers["north/m@high"].output == 3.0  # its own, which lies over the plain one's
    tried = spelled_out(with_overrides(catalog, {"offers": {"north/m@none": {"tps": 50.0}}}))
    assert tried.offers["north/m@none"].tps == 50.0 and tried.offers["north/m"].tps is None
    higher = {"models": {"m": {"efforts": {"high": {"skills": {"coding": 90.0}}}}}}
    assert spelled_out(with_overrides(catalog, higher)).models["m@high"].skills == {"coding": 90.0}
    with pytest.raises(InputError, match=r"what-if: unknown level 'hihg' of north/m"):
        with_overrides(catalog, {"offers": {"north/m@hihg": {"tps": 50.0}}})


@pytest.fixture
def files(tmp_path: Path) -> tuple[str, str]:
    """A routing file and a catalogue's."""
    import tomlkit

    routing = {"schema": 1, "labels": {"work": {**WORK, "min_quality": 70.0, "pin": {"north/m@low": 0.25}}}}
    (tmp_path / "r.toml").write_text(tomlkit.dumps(routing))
    (tmp_path / "c.toml").write_text(tomlkit.dumps({**market(), "as_of": TODAY}))
    return str(tmp_path / "r.toml"), str(tmp_path / "c.toml")


def test_commands_know_levels_by_name(files: tuple[str, str], tmp_path: Path) -> None:
    routing, catalog = files
    saved = tmp_path / "saved.toml"
    text, status = ran(solve, routing, "--catalog", catalog, "-o", str(saved))
    assert status == 0 and "north/m@high" in text and "north/m@low" not in text
    assert load_routing(saved).labels["work"].pin == {"north/m": 0.25}
    why = ran(explain, routing, "--catalog", catalog, "--why-not", "north/m@none", "--json")[0]
    assert '"labels.work.skills"' in why
    why = ran(explain, routing, "--catalog", catalog, "--why-not", "north/m@low", "--json")[0]
    assert json.loads(why)["offer"] == "north/m"
    rows = json.loads(ran(compare, "m@high", "m", "--catalog", catalog, "--json")[0])["offers"]
    assert [row["offer"] for row in rows] == ["north/m@high", "south/m@high", "north/m", "south/m"]
    # 10 M in and 5 M out: 10 x 1 + 5 x 2 = 20 USD, and with three times the output 10 x 1 + 15 x 2 = 40.
    assert (rows[0]["budget"], rows[0]["budget_as_verbose"], rows[2]["budget_as_verbose"]) == (20, 40, 20)
    text = ran(catalog_command, "list", "--catalog", catalog)[0]
    assert "@" not in text and text.endswith("2 offers at 6 levels, catalogue of 2026-11-23")
    text = ran(catalog_command, "list", "north", "@high", "--catalog", catalog)[0]
    assert "north/m@high" in text and text.endswith("1 offer, catalogue of 2026-11-23")
    text = ran(catalog_command, "show", "north/m@high", "--catalog", catalog)[0]
    assert "none x0.5 as north/m@none; low (default) x1 as north/m; high x3 as north/m@high" in text
    import tomlkit

    facts = market()
    facts["models"]["m"]["assumed_default"] = True
    assumed = tmp_path / "assumed.toml"
    assumed.write_text(tomlkit.dumps({**facts, "as_of": TODAY}))
    text = ran(catalog_command, "show", "north/m", "--catalog", str(assumed))[0]
    assert "low (default, assumed: nobody states it) x1 as north/m" in text
    with pytest.raises(InputError, match=r"unknown level 'hihg' of m \(did you mean 'high'\?\)"):
        ran(compare, "m@hihg", "--catalog", catalog)


def test_fitted_skills_go_to_their_levels() -> None:
    catalog = deepcopy(CATALOG)
    model = catalog["models"]["m"]
    del model["skills"], model["efforts"]["high"]["skills"]
    model["scores"] = [
        {"benchmark": "b", "value": v, "effort": e} for v, e in ((40.0, "low"), (80.0, "high"))
    ]
    skills = fitted_skills(Catalog.model_validate(catalog))
    rows = fitted_rows("m", "low", model["efforts"], skills)
    assert rows["fitted"]["coding"]["value"] < rows["efforts"]["high"]["fitted"]["coding"]["value"]
    assert "none" not in rows["efforts"]
    model["efforts"]["low"]["fitted"] = {}  # it has its own, which stand instead of the model's
    rows = fitted_rows("m", "low", model["efforts"], skills)
    assert "fitted" not in rows and rows["efforts"]["low"]["fitted"]["coding"]["kind"] == "estimated"


def test_scores_are_imported_for_a_level(files: tuple[str, str], tmp_path: Path) -> None:
    _, catalog = files
    text = Path(catalog).read_text()
    Path(catalog).write_text(text + '[offers."north/m@high"]\nttft = 1.0\n')
    results = tmp_path / "results.json"
    results.write_text(json.dumps({"model_name": "theirs", "results": {"task": {"acc,none": 0.8}}}))
    overlay = tmp_path / "mine.toml"
    words = ("scores", str(results), "--format", "lm-eval", "--skill", "coding", "--name", "theirs=m@high")
    text, status = ran(import_, *words, "--catalog", catalog, "-o", str(overlay))
    assert status == 0, text
    mine = load_catalog(catalog, overlay).models["m"]
    assert [(score.value, score.effort) for score in mine.scores] == [(80.0, "high")]
    assert "coding" in mine.efforts["high"].fitted and not mine.fitted
    with pytest.raises(InputError, match="theirs: unknown level 'hihg' of m"):
        ran(import_, *words[:-1], "theirs=m@hihg", "--catalog", catalog, "-o", str(overlay))


def test_a_probe_asks_for_the_level() -> None:
    catalog = spelled_out(Catalog.model_validate(CATALOG))
    body = request_body(endpoint_of(catalog, "north/m@high"), "hi", 10)
    assert body["model"] == "m" and body["reasoning_effort"] == "high"
    assert "reasoning_effort" not in request_body(endpoint_of(catalog, "north/m"), "hi", 10)


def test_a_log_counts_for_the_label_that_routes_a_level_of_its_model() -> None:
    catalog = Catalog.model_validate(market())
    labels = {
        "easy": {**WORK, "routes": [{"offer": "south/m", "share": 1.0}]},
        "hard": {**WORK, "routes": [{"offer": "north/m@high", "share": 1.0}]},
    }
    offers = OfferResolver(Routing.model_validate({"labels": labels}), catalog)
    assert offers.serving("north", "m", batch=False) == ("hard",)


def test_what_a_level_has_from_the_plain_offer_is_checked_once() -> None:
    catalog = deepcopy(CATALOG)
    catalog["offers"]["north/m"] |= {"id": "wire", "context": 900_000.0}
    catalog["offers"]["north/m@high"] = {"output": 0.000003}
    findings = check_catalog(Catalog.model_validate(catalog), TODAY)
    paths = [finding.path for finding in findings if "@high" in finding.path]
    assert paths == ['offers."north/m@high".output'] * len(paths) and paths
    windows = [finding.path for finding in findings if finding.path.endswith("context")]
    assert windows == ['offers."north/m".context']  # and no word of one id under two names
    assert not any("same id" in finding.message for finding in findings)


def test_a_refresh_does_not_miss_levels_that_no_source_lists() -> None:
    catalog = deepcopy(CATALOG)
    catalog["offers"]["north/m"] |= {"source": "litellm", "id": "m"}
    changes = compare_quotes(Catalog.model_validate(catalog), [], "litellm", TODAY)
    assert changes.delisted == ("north/m",)


def test_a_price_in_doubt_is_that_of_all_levels_of_an_offer() -> None:
    catalog = Catalog.model_validate(market())
    compiler = Compiler(catalog, TODAY)
    routing = Routing.model_validate({"labels": {"work": {**WORK, "min_quality": 70.0}}})
    used = np.array([compiler.table.index["north/m"], compiler.table.index["north/m@high"]])
    doubt = Doubt(price=0.2, volume=0.3, time=0.2, quality=4.0)
    drawn = draw_samples(routing, compiler, catalog, doubt, used, samples=9, resolves=3, seed=1)
    assert (drawn.price[:, 0] == drawn.price[:, 1]).all() and len(set(drawn.price[:, 0])) == 9


@pytest.mark.parametrize(
    ("limits", "path", "after"),
    [
        ({"models": ["n"]}, "limits.models", ["n", "m"]),  # no level of m is on the list yet: all of them
        ({"models": ["m@low"]}, "limits.models", ["m@low", "m@high"]),
        ({"deny_models": ["m@high"]}, "limits.deny_models", []),
        ({"deny_models": ["m"]}, "limits.deny_models", []),
    ],
)
def test_a_repair_names_a_level_where_the_list_does(
    limits: dict[str, Any], path: str, after: list[str]
) -> None:
    catalog = market()
    catalog["models"]["n"] = {"context": 100_000, "skills": {"coding": 50.0}}
    catalog["offers"]["north/n"] = {"input": 0.1, "output": 0.1}
    plan = plan_of(catalog, {"work": {"min_quality": 70.0}}, **limits)
    assert set(plan.conflicts) == {path, "labels.work.min_quality"}
    repair = next(repair for repair in plan.repairs if repair.path == path)
    assert list(repair.to or []) == after


def test_another_level_of_an_offer_is_no_fallback_for_it() -> None:
    plan = plan_of(market(), {"work": {"skills": {}}})
    assert mix(plan) == {"north/m@none": 1.0} and plan.labels["work"].fallbacks == ("south/m@none",)
    alone = plan_of(market(), {"work": {"skills": {}, "allow": ["north/m"]}})
    assert alone.labels["work"].fallbacks == ()


def test_an_alert_of_a_level_is_the_plain_offers_and_no_word_of_one_id() -> None:
    catalog = market()
    catalog["offers"]["north/m"] |= {"id": "wire"}
    assert not error_alerts(spelled_out(Catalog.model_validate(catalog)), ["north/m@high", "north/m"], TODAY)
    catalog["offers"]["north/m"] |= {"input": 0.000001, "output": 0.000002}
    (first, second) = error_alerts(spelled_out(Catalog.model_validate(catalog)), ["north/m@high"], TODAY)
    assert first.startswith('offers."north/m".input: ') and second.startswith('offers."north/m".output: ')
