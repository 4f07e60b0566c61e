"""Files written by others hold anything: reading and merging them is right, or one clear message."""

from __future__ import annotations

import json
import os
import random
from pathlib import Path
from typing import Any

import pytest
import yaml

from modelpick import load_catalog, load_routing
from modelpick.engine.adapters.catalog.overlay import with_overrides
from modelpick.engine.adapters.routers import ROUTERS, json5, router_module, yaml_text
from modelpick.engine.adapters.routers.base import ExportJob
from modelpick.engine.adapters.routers.costing import current_mixes
from modelpick.engine.adapters.routers.import_ import read_config, with_routes
from modelpick.engine.adapters.routers.own_prices import price_overrides
from modelpick.engine.adapters.routers.text import render_settings
from modelpick.engine.adapters.routing_file import ready_made
from modelpick.engine.domain.errors import InputError

from .router_facts import FACTS, ROUTED

ROUNDS = int(os.environ.get("MODELPICK_FUZZ", "80"))  # damaged files a router; 6000 now and then
ODD: list[Any] = [
    None,
    0,
    -1,
    1.5,
    True,
    "",
    "x",
    "a,b",
    "a/b",
    [],
    [1],
    ["x"],
    [[]],
    {},
    {"x": 1},
    {"default": 3},
]


@pytest.fixture(scope="module")
def job(tmp_path_factory: pytest.TempPathFactory) -> ExportJob:
    folder = tmp_path_factory.mktemp("fuzz")
    (folder / "facts.toml").write_text(FACTS)
    (folder / "routed.toml").write_text(ROUTED)
    catalog = load_catalog(folder / "facts.toml")
    mixes = current_mixes(load_routing(folder / "routed.toml"), catalog)
    assert mixes is not None
    return ExportJob(catalog, mixes, 60_000, Path("/tmp/x/config.json"))


def damaged(value: Any, chance: random.Random) -> Any:
    """`value` with one part replaced by something odd, left out or repeated."""
    if isinstance(value, dict) and value and chance.random() < 0.9:
        key = chance.choice(list(value))
        rest = {**value}
        if chance.random() < 0.1:
            del rest[key]
        else:
            rest[key] = damaged(value[key], chance)
        return rest
    if isinstance(value, list) and value and chance.random() < 0.9:
        at = chance.randrange(len(value))
        return [*value[:at], damaged(value[at], chance), *value[at + chance.randint(0, 1) :]]
    return chance.choice(ODD)


@pytest.mark.parametrize("name", ROUTERS)
def test_reading_and_merging(job: ExportJob, name: str) -> None:
    module, chance = router_module(name), random.Random(name)
    target = module.TARGET
    whole = module.export_config(job, None).settings
    for _ in range(ROUNDS):
        data = whole
        for _ in range(chance.randint(1, 4)):
            data = damaged(data, chance)
        try:
            _, found = read_config(json.dumps(data), "f", name, job.catalog)
            assert all(abs(sum(mix.values()) - 1) < 1e-9 for mix in found.shares.values())
        except InputError as error:
            assert error.where == "f"
        if isinstance(data, dict):
            new = module.export_config(job, data).settings
            old_text = (yaml_text.dumps if target.yaml else json5.dumps)(data)
            text = render_settings(new, old_text, target, ["note"], "f")
            assert (yaml.safe_load(text) if target.yaml else json5.load(text, "f")) == new


CLAUDE, HAIKU = "request.body.model", {"left": "request.body.model", "operator": "contains", "right": "haiku"}
TARGET = {
    "provider": "@deepseek",
    "override_params": {"model": "small-chat"},
    "weight": 1,
    "custom_host": "h",
}
OF_OTHERS: dict[str, Any] = {  # what modelpick does not write itself
    "litellm": {
        "model_list": [
            {
                "model_name": "a",
                "litellm_params": {"model": "deepseek/small-chat", "order": 1, "base_model": "b", "weight": 2}
                | {"input_cost_per_token": 1e-7, "output_cost_per_token": "2e-7", "api_base": "http://x/v1"},
                "model_info": {"base_model": "y", "mode": "chat", "input_cost_per_second": 1},
            },
            {"model_name": "w/*", "litellm_params": {"model": "openai/*"}},
        ],
        "router_settings": {
            "fallbacks": [{"a": ["w/x", {"model": "y"}]}],
            "model_group_alias": {"b": "a", "c": {"model": "w/z", "hidden": True}},
            "context_window_fallbacks": [{"a": ["b"]}],
        },
        "litellm_settings": {"cost_discount_config": {"deepseek": 0.1}, "default_fallbacks": ["a"]},
    },
    "claude-code-router": {
        "providers": [{"name": "p", "api_base_url": "https://api.deepseek.com/v1", "models": ["small-chat"]}],
        "OPENAI_MODEL": "small-chat",
        "OPENAI_BASE_URL": "https://api.deepseek.com",
        "Router": {"think": ["p,small-chat"], "mine": "p,x", "fallback": {"think": ["p,y"]}},
    },
    "claude-code-router-3": {
        "Providers": [{"name": "p", "api_base_url": "https://api.deepseek.com/v1"}],
        "Router": {
            "rules": [
                {"id": "i", "condition": HAIKU, "rewrite": {"key": CLAUDE, "value": "p/small-chat"}},
                {"name": "n", "type": "model-prefix", "pattern": "claude", "target": "p/small-chat"},
            ]
        },
    },
    "claude-code": {
        "model": "opus",
        "env": {"ANTHROPIC_MODEL": "haiku", "CLAUDE_CODE_USE_BEDROCK": "1", "ANTHROPIC_BASE_URL": "http://x"},
    },
    "opencode": {
        "model": "deepseek/small-chat",
        "mode": {"plan": {"model": "a/b"}},
        "provider": {"deepseek": {"models": {"small-chat": {"id": "small-chat", "cost": {"input": 1}}}}},
    },
    "portkey": {"strategy": {"mode": "loadbalance"}, "targets": [TARGET, {**TARGET, "targets": [TARGET]}]},
    "openrouter": {"model": "org/large", "models": ["a", "b"], "provider": {"order": ["x"]}},
    "aider": {"model": "opus", "weak_model": "a/b", "alias": ["a:b"], "openai-api-base": "http://x"},
    "continue": {
        "models": [{"uses": "anthropic/claude-opus-5"}, {"title": "t", "provider": "x", "model": "y"}],
        "tabAutocompleteModel": {"provider": "ollama", "model": "q"},
    },
}


@pytest.mark.parametrize("name", ROUTERS)
def test_reading_what_others_write(job: ExportJob, name: str) -> None:
    chance, workload = random.Random(name), ready_made()
    _, whole = read_config(json.dumps(OF_OTHERS[name]), "f", None, job.catalog)
    assert whole.labels
    for _ in range(ROUNDS // 2):
        values = OF_OTHERS[name]
        for _ in range(chance.randint(1, 3)):
            values = damaged(values, chance)
        try:
            _, config = read_config(json.dumps(values), "f", name, job.catalog)
        except InputError as error:
            assert error.where == "f"
            continue
        routing = with_routes(config, workload)
        assert list(config.shares) == [n for n in config.labels if routing.labels[n].routes]
        # Labels that the workload lacks share its default's requests.
        known = sum(workload.labels[n].requests for n in config.labels if n in workload.labels)
        new = any(n not in workload.labels for n in config.labels) and "default" not in config.labels
        total = sum(label.requests for label in routing.labels.values())
        assert total == pytest.approx(known + new * workload.labels["default"].requests)
        overrides, _ = price_overrides(config, job.catalog)
        with_overrides(job.catalog, {"offers": overrides})


@pytest.mark.parametrize("seed", range(8))
def test_any_change_of_any_text(seed: int) -> None:
    """Layouts of every kind, values changed at random: what is written says exactly the new values."""
    chance = random.Random(seed)
    value: Any = {
        "a": {"b": [1, {"c": "x: y", "d": None}], "e": "multi\nline"},
        "f": [[], {}, "#"],
        "g": -1e-9,
    }
    for _ in range(60):
        new = damaged(value, chance)
        if not isinstance(new, dict):
            continue
        flow = chance.choice([None, True, False])
        block = yaml.safe_dump(value, default_flow_style=flow, indent=chance.randint(2, 5), sort_keys=False)
        lines = [
            f"{line}   # {n}" if line.endswith("}") else line for n, line in enumerate(block.splitlines())
        ]
        assert yaml.safe_load(yaml_text.edited("\n".join(lines) + "\n", new, "f")) == new
        text = json.dumps(value, indent=chance.choice([None, 1, 4]))
        assert json5.load(json5.edited(text, new, "f"), "f") == new
        value = new
