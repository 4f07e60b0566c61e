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
    "explain": [
        ("{q}",),
        ("{q}", "--set", "limits.budget=0"),
        ("{q}", "--why-not", "north/large", "--label", "default"),
        ("{q}", "--why-not", "north/large"),
        ("{q}", "--missing"),
        ("{q}", "--evidence"),
    ],
    "frontier": [("{q}", "--cautious"), ("{q}", "--label", "default")],
    "baselines": [("{q}",), ("{routed}",)],
    "robust": [("{q}", "-k", "1", "--samples", "20", "--resolves", "1")],
    "scenarios": [
        ("{q}", "--outage", "--prices", "--expiring"),
        ("{q}", "--tornado", "--growth", "--high", "10"),
        ("{q}", "--self-hosting", "--host", "small:usd_per_hour=2,rpm=600", "--high", "10"),
    ],
    "compare": [("small", "large")],
    "check": [("{routed}",), ("{routed}", "--max-cost", "1")],
    "diff": [
        ("{routed}", "{routed}", "--max-increase", "5"),
        ("{routed}", "{cheap}", "--max-quality-loss", "1"),
    ],
    "sweep": [("{q}", "-v", "limits.growth=1,2", "-o", "{table}", "--jobs", "1")],
    "report": [("{q}",), ("{q}", "--set", "limits.budget=0")],
    "export": [
        ("litellm", "{routed}"),
        ("litellm", "{q}", "--catalog", "{served}"),
        ("litellm", "{poor}", "--catalog", "{served}"),
        ("litellm", "{routed}", "--catalog", "{served}", "-o", "{config}", "--dry-run"),
        ("litellm", "{routed}", "--catalog", "{served}", "-o", "{config}"),
    ],
    "import config": [("{old}",)],
    "import usage": [("{logs}", "--workload", "{q}")],
    "import evals": [("{evals}", "--workload", "{q}")],
    "import scores": [("{scores}", "--format", "promptfoo", "--skill", "coding", "-o", "{overlay}")],
    "catalog list": [(), ("small",), ("--missing",)],
    "catalog show": [("small", "north")],
    "catalog check": [()],
    "catalog match": [("small", "smal")],
    "catalog refresh": [
        (
            "--from",
            "litellm",
            "--file",
            "{prices}",
            "--as-of",
            "2026-11-26",
            "--overlay",
            "{overlay}",
            "--dry-run",
        )
    ],
    "probe": [("north/small", "--overlay", "{overlay}", "--dry-run")],
    "eval": [
        (
            "{q}",
            "{prompts}",
            "--label",
            "default",
            "--offer",
            "north/small",
            "--offer",
            "north/large",
            "--dry-run",
        )
    ],
    "watch": [
        (
            "{routed}",
            "--file",
            "{prices}",
            "--as-of",
            "2026-11-26",
            "--overlay",
            "{overlay}",
            "--memory",
            "{mem}",
        )
    ],
    "spent": [("{logs}", "--plan", "{routed}")],
}
FILES = {
    "old.yaml": """\
model_list:
  - model_name: default
    litellm_params: {model: openai/small}
""",
    "logs.csv": """\
request_id,call_type,spend,prompt_tokens,completion_tokens,startTime,model,model_group,custom_llm_provider,status
r1,acompletion,0.02,5000,467,2026-11-02 10:00:00,small,default,north,success
r2,acompletion,0.02,5000,467,2026-11-03 10:00:00,large,default,north,success
""",
    "evals.csv": "label,model,score\ndefault,small,1\ndefault,small,0\n",
    "scores.json": """{"results": {"results": [
        {"provider": {"id": "north:small"}, "success": true, "score": 1}]}}""",
    "prices.json": """{"small": {"litellm_provider": "north", "mode": "chat",
        "input_cost_per_token": 2e-7, "output_cost_per_token": 4e-7}}""",
    "prompts.jsonl": '{"prompt": "1 + 1?", "expected": "2"}\n',
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
    names = {name: tmp_path / f"{name}.toml" for name in ("routed", "cheap", "overlay")} | {"q": question}
    names |= {
        "table": tmp_path / "table.csv",
        "config": tmp_path / "config.yaml",
        "mem": tmp_path / "mem.json",
    }
    address = 'name = "North"\napi = "openai"\nbase_url = "https://north.example/v1"\n'
    served = facts.read_text().replace('name = "North"\n', address)
    poor = question.read_text().replace("budget = 500.0", "budget = 0.001")
    for name, text in {**FILES, "served.toml": served, "poor.toml": poor}.items():
        names[name.partition(".")[0]] = tmp_path / name
        (tmp_path / name).write_text(text)
    if any("{routed}" in word for words in COMMANDS[command] for word in words):
        answer(["solve", str(question), "--catalog", str(facts), "-o", str(names["routed"]), "--json"], capfd)
    if any("{cheap}" in word for words in COMMANDS[command] for word in words):
        cheaper = ["--set", "labels.default.min_quality=50", "-o", str(names["cheap"]), "--json"]
        answer(["solve", str(question), "--catalog", str(facts), *cheaper], capfd)
    for words in COMMANDS[command]:
        given = [word.format(**names) for word in words]
        given += [] if "--catalog" in given else ["--catalog", str(facts)]
        facts_of = answer([*command.split(), *given, "--json"], capfd)
        assert [error.message for error in checks.iter_errors(facts_of)] == [], words
        surprise = [*facts_of, 1] if isinstance(facts_of, list) else {**facts_of, "surprise": 1}
        assert not checks.is_valid(surprise), "an unknown key is refused"


def test_every_key_is_described() -> None:
    for command in ANSWERS:
        schema = answer_schema(command)
        entry = schema.get("items") or schema.get("additionalProperties") or schema
        assert entry["properties"], command
