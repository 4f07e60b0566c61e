"""What commands print with --json is what their schema says: no other key, no other kind."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from modelpick.__main__ import main
from modelpick.engine.commands.answers import ANSWERS, answer_schema

COMMANDS: dict[str, list[tuple[str, ...]]] = {
    "solve": [("{q}",), ("{q}", "--set", "limits.budget=0"), ("{q}", "--cautious")],
    "explain": [("{q}",), ("{q}", "--set", "limits.budget=0")],
    "frontier": [("{q}", "--cautious"), ("{q}", "--label", "default")],
    "baselines": [("{q}",), ("{routed}",)],
    "robust": [("{q}", "-k", "1", "--samples", "20", "--resolves", "1")],
    "scenarios": [
        ("{q}", "--outage", "--prices", "--expiring"),
        ("{q}", "--tornado", "--growth", "--high", "10"),
    ],
    "compare": [("small", "large")],
    "check": [("{routed}",), ("{routed}", "--max-cost", "1")],
    "diff": [
        ("{routed}", "{routed}", "--max-increase", "5"),
        ("{routed}", "{cheap}", "--max-quality-loss", "1"),
    ],
    "sweep": [("{q}", "-v", "limits.growth=1,2", "-o", "{table}", "--jobs", "1")],
}


def answer(words: list[str], capfd: Any) -> Any:
    with pytest.raises(SystemExit) as end:
        main(words)
    captured = capfd.readouterr()
    assert end.value.code in (0, 1), captured.err
    return json.loads(captured.out)


@pytest.mark.parametrize("command", ANSWERS)
def test_an_answer_is_as_its_schema_says(
    command: str, question: Path, facts: Path, tmp_path: Path, capfd: Any
) -> None:
    schema = answer_schema(command)
    Draft202012Validator.check_schema(schema)
    checks = Draft202012Validator(schema)
    names = {name: tmp_path / f"{name}.toml" for name in ("routed", "cheap")} | {"q": question}
    names["table"] = tmp_path / "table.csv"
    if any("{routed}" in word for words in COMMANDS[command] for word in words):
        answer(["solve", str(question), "--catalog", str(facts), "-o", str(names["routed"]), "--json"], capfd)
        cheaper = ["--set", "labels.default.min_quality=50", "-o", str(names["cheap"]), "--json"]
        answer(["solve", str(question), "--catalog", str(facts), *cheaper], capfd)
    for words in COMMANDS[command]:
        given = [word.format(**names) for word in words]
        facts_of = answer([command, *given, "--catalog", str(facts), "--json"], capfd)
        assert [error.message for error in checks.iter_errors(facts_of)] == [], words
        assert not checks.is_valid({**facts_of, "surprise": 1}), "an unknown key is refused"


def test_every_key_is_described() -> None:
    for command in ANSWERS:
        assert answer_schema(command)["properties"], command
