"""Keys that stand twice in a table: said where a file is read, refused where it would be rewritten."""

from __future__ import annotations

import json

import pytest

from modelpick.engine.adapters.routers import json5, yaml_text

from .router_facts import Files
from .test_merge import one_label

YAML = """\
model_list:
- model_name: default
  litellm_params: {model: nscale/Org/Large, api_key: first, api_key: second}
litellm_settings:
  drop_params: true
router_settings: {num_retries: 1}
litellm_settings:
  num_retries: 3
"""
CCR = """{
  // mine
  "Providers": [{"name": "nscale", "api_base_url": "https://n.example", "models": ["Org/Large"]}],
  Router: {
    default: "nscale,Org/Large",
    "default": "nscale,Org/Large"
  },
  "Router": {"default": "nscale,Org/Large", "think": "nscale,Org/Large"}
}
"""


@pytest.mark.parametrize(
    ("text", "pairs"),
    [
        (YAML, [("api_key", 3, 3), ("litellm_settings", 4, 7)]),
        ("a: 1\nb: {a: 2}\nc: [{a: 3}, {a: 4}]\n", []),
        ("base: &b {x: 1}\nuse: {<<: *b, x: 2}\nagain: *b\n", []),  # what is merged in may be replaced
        ("1: a\n'1': b\n", []),  # a number and a text
        ("a: 1\na: 2\na: 3\n", [("a", 1, 2), ("a", 1, 3)]),
        ("base: &b {x: 1, x: 2}\nuse: *b\n", [("x", 1, 1)]),
        ("", []),
    ],
)
def test_keys_of_yaml(text: str, pairs: list[tuple[str, int, int]]) -> None:
    assert yaml_text.duplicate_keys(text) == pairs


def test_keys_of_json() -> None:
    assert json5.duplicate_keys(CCR) == [("default", 5, 6), ("Router", 4, 8)]
    assert json5.duplicate_keys('{"a": {"b": 1}, "b": [{"a": 1}, {"a": 2}], "0": [1, 2]}') == []


@pytest.mark.parametrize(
    ("name", "text", "router", "clauses"),
    [
        (
            "config.yaml",
            YAML,
            "litellm",
            [
                "line 3: key 'api_key' stands twice (first in line 3)",
                "line 7: key 'litellm_settings' stands twice (first in line 4)",
            ],
        ),
        (
            "config.json",
            CCR,
            "claude-code-router",
            [
                "line 6: key 'default' stands twice (first in line 5)",
                "line 8: key 'Router' stands twice (first in line 4)",
            ],
        ),
    ],
)
def test_an_import_says_it_and_an_export_over_it_is_refused(
    files: Files, name: str, text: str, router: str, clauses: list[str]
) -> None:
    config = files.write(name, text)
    assert files.run("import", "config", config) == 0
    for clause in clauses:
        assert f"modelpick: note: {clause}; the last one counts" in files.err
    routing = files.write("r.toml", one_label("default", {"deepseek/small": 1.0}))
    for more in ((), ("--dry-run",)):
        assert files.run("export", router, routing, "-o", config, *more) == 2
        assert f"{config}: {clauses[0]}, so one of them would be lost: take one out" in files.err
        assert files.err.count("\n") == 1 and config.read_text() == text
    assert not list(files.folder.glob("*.bak*"))


def test_a_file_that_says_so_already_stays_to_the_letter(files: Files) -> None:
    config = files.write("config.yaml", YAML)
    routing = files.write("r.toml", one_label("default", {"nscale/large": 1.0}))
    assert files.run("export", "litellm", routing, "-o", config) == 0
    assert "says so already" in files.out and config.read_text() == YAML


def test_an_included_file_is_named(files: Files) -> None:
    files.write("models.yaml", YAML)
    config = files.write("config.yaml", "include: [models.yaml]\n")
    assert files.run("import", "config", config) == 0
    assert "include: models.yaml: line 7: key 'litellm_settings' stands twice (first in line 4)" in files.err


def test_many_are_counted(files: Files) -> None:
    text = "{" + ", ".join(f'"k{n}": 0, "k{n}": 1' for n in range(10)) + f', "Router": {{}}, {CCR[1:]}'
    assert files.run("import", "config", files.write("c.json", text)) == 0
    # 10 numbered keys, and Router three times with a default twice in one: 13 places in all, 8 are named.
    assert "and 5 more keys stand twice" in files.err and "'k7'" in files.err and "'k8'" not in files.err


def test_scores_and_prices_say_it(files: Files) -> None:
    score = (
        '"pass@1": {"humaneval": 92.1, "humaneval": 12.5, "humaneval+": 87.2, "mbpp": null, "mbpp+": 77.0}'
    )
    results = files.write("evalplus.json", f'{{"Org-Large": {{{score}}}}}')
    files.run("import", "scores", results, "--format", "evalplus", "--dry-run")
    said = "a key that stands twice in one object, of which the last one counts: 'humaneval'"
    assert f"modelpick: note: {results}: {said}" in files.err
    row = {"litellm_provider": "nscale", "mode": "chat", "input_cost_per_token": 1e-06}
    rows = json.dumps({"nscale/Org/Large": row | {"output_cost_per_token": 2e-06}})
    prices = files.write("prices.json", f"{rows[:-1]}, {rows[1:]}")
    files.run("catalog", "refresh", "litellm", "--file", prices, "--dry-run", "--overlay", "o.toml")
    assert f"modelpick: note: {prices}: {said.replace('humaneval', 'nscale/Org/Large')}" in files.err
    runs = files.write("runs.yml", "- model: org-large\n  pass_rate_2: 81.3\n  pass_rate_2: 8.13\n")
    files.run("import", "scores", runs, "--format", "aider", "--dry-run")
    assert "line 3: key 'pass_rate_2' stands twice (first in line 2); the last one counts" in files.err
