"""Reasoning levels of a model: `provider/model@level`, each with its own evidence and verbosity."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest

from modelpick.engine.adapters.validation import validated
from modelpick.engine.domain.catalog import Catalog
from modelpick.engine.domain.errors import InputError

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
