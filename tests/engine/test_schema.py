"""The JSON Schema: the shipped files conform, mistakes do not, and editors find it."""

from __future__ import annotations

import argparse
import json
import tomllib
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from modelpick.engine.adapters.routing_file import read_routing, write_routing
from modelpick.engine.commands import schema as command

ROOT = Path(__file__).parents[2]
ROUTINGS = [ROOT / "engine/adapters/ready_made.toml", *sorted(ROOT.glob("examples/*/routing.toml"))]
CATALOGS = [ROOT / "catalog.toml", *sorted(ROOT.glob("examples/*/catalog.toml"))]


def validator(of: str) -> Draft202012Validator:
    schema = json.loads(command.run(argparse.Namespace(of=[of], output=None, json=False))[0])
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


def plain(node: Any) -> Any:
    """As an editor's TOML server sees it: dates are strings."""
    if isinstance(node, dict):
        return {key: plain(value) for key, value in node.items()}
    if isinstance(node, list):
        return [plain(item) for item in node]
    return node.isoformat() if isinstance(node, date) else node


@pytest.mark.parametrize(
    ("of", "path"),
    [*(("routing", path) for path in ROUTINGS), *(("catalog", path) for path in CATALOGS)],
    ids=lambda value: value if isinstance(value, str) else str(value.relative_to(ROOT)),
)
def test_the_shipped_files_conform(of: str, path: Path) -> None:
    data = plain(tomllib.loads(path.read_text("utf-8")))
    assert [error.message for error in validator(of).iter_errors(data)] == []


def test_mistakes_do_not_conform_and_rules_are_described() -> None:
    checks = validator("routing")
    work = {"requests": 1, "input_tokens": 1, "output_tokens": 1}
    assert checks.is_valid({"labels": {"a": work}})
    for wrong in ({"reqests": 1}, {"requests": "1"}, {"min_quality": 101}, {"max_models": 0}):
        assert not checks.is_valid({"labels": {"a": {**work, **wrong}}})
    facts = checks.schema["$defs"]["Label"]["properties"]["max_latency"]
    assert "seconds within which requests must end" in json.dumps(facts)


@pytest.mark.parametrize("of", ["routing", "catalog"])
def test_the_schemas_that_editors_are_pointed_to_are_of_today(of: str, tmp_path: Path) -> None:
    """`make schemas` writes them anew."""
    out = tmp_path / f"{of}.schema.json"
    said, status = command.run(argparse.Namespace(of=[of], output=out, json=False))
    assert status == 0 and said.endswith(f"#:schema ./{of}.schema.json")
    assert (ROOT / "docs" / out.name).read_text("utf-8") == out.read_text("utf-8"), "run: make schemas"
    rules = tomllib.loads((ROOT / ".taplo.toml").read_text("utf-8"))["rule"]
    (rule,) = [rule for rule in rules if rule["schema"]["path"] == f"docs/{out.name}"]
    found = [path for pattern in rule["include"] for path in ROOT.glob(pattern)]
    assert sorted(found) == sorted(ROUTINGS if of == "routing" else CATALOGS)


@pytest.mark.parametrize(
    "rest", ["[labels.a]\n", "[labels]\na.allow = []\n[labels.a.skills]\ncoding = 1.0\n[x]\n"]
)
def test_a_files_header_for_its_schema_survives_a_save(rest: str) -> None:
    """Also where the layout defeats an edit in place and the file is written anew."""
    line = "#:schema ./routing.schema.json\n"
    routing = read_routing(f"{line}[labels.a]\nrequests = 1\ninput_tokens = 1\noutput_tokens = 1\n", "a")
    saved = write_routing(routing, line + rest)
    assert saved.startswith(line) and read_routing(saved, "b") == routing
