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
from modelpick.engine.adapters.routers import ROUTERS, json5, router, yaml_text
from modelpick.engine.adapters.routers.base import Job
from modelpick.engine.adapters.routers.priced import own_routes
from modelpick.engine.adapters.routers.reading import READ, read_config
from modelpick.engine.adapters.routers.text import written
from modelpick.engine.domain.errors import InputError

from .router_facts import FACTS, ROUTED

ROUNDS = int(os.environ.get("MODELPICK_FUZZ", "200"))  # damaged files a router; 6000 now and then
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
def job(tmp_path_factory: pytest.TempPathFactory) -> Job:
    folder = tmp_path_factory.mktemp("fuzz")
    (folder / "facts.toml").write_text(FACTS)
    (folder / "routed.toml").write_text(ROUTED)
    catalog = load_catalog(folder / "facts.toml")
    mixes = own_routes(load_routing(folder / "routed.toml"), catalog)
    assert mixes is not None
    return Job(catalog, mixes, 60_000, Path("/tmp/x/config.json"))


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
def test_reading_and_merging(job: Job, name: str) -> None:
    module, chance = router(name), random.Random(name)
    target = module.TARGET
    whole = module.merged(job, None).data
    for _ in range(ROUNDS):
        data = whole
        for _ in range(chance.randint(1, 4)):
            data = damaged(data, chance)
        if name in READ:
            try:
                _, found = read_config(json.dumps(data), "f", name, job.catalog)
                assert all(abs(sum(mix.values()) - 1) < 1e-9 for mix in found.shares.values())
            except InputError as error:
                assert error.where == "f"
        if isinstance(data, dict):
            new = module.merged(job, data).data
            old_text = (yaml_text.dumps if target.yaml else json5.dumps)(data)
            text = written(new, old_text, target, ["note"], "f")
            assert (yaml.safe_load(text) if target.yaml else json5.load(text, "f")) == new


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
