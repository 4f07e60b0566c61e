"""import(export(x)) is x as far as a router can express it: what it wrote is what is read."""

from __future__ import annotations

import json
import random
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from modelpick import load_routing
from modelpick.engine.adapters.catalog.file import load_spelled_out
from modelpick.engine.adapters.routers import ROUTERS
from modelpick.engine.adapters.routers.export import ExportRequest, export_routing
from modelpick.engine.adapters.routers.import_ import read_config
from modelpick.engine.adapters.rule_overrides import with_sets
from modelpick.engine.domain.catalog import Catalog

from .router_facts import FACTS, Files, shares

READY_MADE = Path(__file__).parents[2] / "engine" / "adapters" / "ready_made_plan.toml"
OFFERS = ("deepseek/small", "nscale/small", "nscale/large", "openrouter/large", "anthropic/claude-opus-5")
MIXED = ["litellm", "claude-code-router", "claude-code-router-3"]
LEVELS = """
[models.claude-sonnet-9]
context = 200_000
default_effort = "low"
efforts.low = {}
efforts.high = { verbosity = 3.0 }
[models.r]
context = 200_000
default_effort = "medium"
efforts.none = { verbosity = 0.5 }
efforts.medium = {}
efforts.high = { verbosity = 3.0 }
[offers."anthropic/claude-sonnet-9"]
id = "claude-sonnet-9"
input = 2.0
output = 9.0
[offers."openrouter/r"]
id = "org/r"
input = 0.4
output = 2.0
[offers."deepseek/r"]
id = "reasoner"
input = 0.5
output = 2.5
[plans.seat]
provider = "deepseek"
usd_per_month = 5.0
allowance = { requests = 1_000 }
"""
WITH_LEVELS = (
    *OFFERS,
    *("anthropic/claude-sonnet-9@high", "anthropic/claude-sonnet-9", "openrouter/r", "openrouter/r@high"),
    *("openrouter/r@none", "deepseek/r", "deepseek/r@high"),
)


def question(
    seed: int,
    *,
    mixes: bool,
    labels: tuple[str, ...],
    fallbacks: bool,
    offered: tuple[str, ...] = OFFERS,
) -> str:
    """A random routing with its routes; shares of up to six digits."""
    chance = random.Random(seed)
    text = "schema = 1\n"
    for label in labels:
        offers = chance.sample(offered, chance.randint(1, 4) if mixes else 1)
        cuts = [chance.randint(1, 10 ** chance.randint(1, 6)) for _ in offers]
        parts = [round(cut / sum(cuts), 6) for cut in cuts]
        parts[0] = round(1 - sum(parts[1:]), 6)
        spare = [offer for offer in offered if offer not in offers][: chance.randint(0, 2) * fallbacks]
        routes = ", ".join(f'{{ offer = "{o}", share = {s} }}' for o, s in zip(offers, parts, strict=True))
        text += f"[labels.{label}]\nrequests = 10\ninput_tokens = 1_000\noutput_tokens = 10\n"
        text += f"routes = [{routes}]\nfallbacks = {json.dumps(spare)}\n"
    return text


class TestTheLaw:
    @pytest.mark.parametrize("seed", range(6))
    @pytest.mark.parametrize("router", MIXED)
    def test_mixes(self, files: Files, router: str, seed: int) -> None:
        labels = ("default", "background", "think", "longContext")
        text = question(seed, mixes=True, labels=labels, fallbacks=router != "claude-code-router-3")
        self.round_trip(files, router, text)

    @pytest.mark.parametrize("seed", range(4))
    @pytest.mark.parametrize("router", ["opencode", "aider"])
    def test_single_models(self, files: Files, router: str, seed: int) -> None:
        labels = ("default", "background", "think" if router == "opencode" else "edit")
        if router == "aider":  # it takes only what LiteLLM has a name for
            files.facts.write_text(FACTS)
        self.round_trip(files, router, question(seed, mixes=False, labels=labels, fallbacks=False))

    def round_trip(self, files: Files, router: str, text: str) -> None:
        x, out, back = files.write("x.toml", text), files.folder / "out.cfg", files.folder / "back.toml"
        assert files.run("export", router, x, "-o", out) == 0
        assert files.run("import", "config", out, "--workload", x, "-o", back) == 0
        assert files.err == ""
        assert shares(back) == shares(x)

    @pytest.mark.parametrize("router", ROUTERS)
    def test_exporting_what_was_imported_changes_nothing(self, files: Files, router: str) -> None:
        out, back = files.folder / "out.cfg", files.folder / "back.toml"
        assert files.run("export", router, files.routed, "-o", out) == 0
        first = out.read_text()
        words = ("--router", router, "--workload", files.routed)
        assert files.run("import", "config", out, *words, "-o", back) == 0
        assert files.run("export", router, back, "-o", out) == 0
        assert out.read_text() == first


@pytest.fixture(scope="module")
def shipped() -> Catalog:
    return load_spelled_out(None)


class TestEveryRouter:
    """What a router cannot express is said and written otherwise: as `export --json` has it, it is read."""

    LABELS = ("default", "background", "think", "longContext", "webSearch", "edit")

    @pytest.mark.parametrize("seed", range(3))
    @pytest.mark.parametrize("router", ROUTERS)
    def test_with_levels_fallbacks_and_a_plan(self, files: Files, router: str, seed: int) -> None:
        files.facts.write_text(FACTS + LEVELS)
        text = question(seed, mixes=True, labels=self.LABELS, fallbacks=True, offered=WITH_LEVELS)
        routing = files.write("x.toml", text.replace("schema = 1\n", 'schema = 1\nlimits.plans = ["seat"]\n'))
        out = files.folder / "out.cfg"
        assert files.run("export", router, routing, "-o", out, "--json") == 0, files.err
        written: dict[str, Any] = json.loads(files.out)["labels"]
        assert files.run("import", "config", out, "--router", router, "--json") == 0, files.err
        labels = json.loads(files.out)["routing"]["labels"]
        assert {
            name: ({route["offer"]: route["share"] for route in label["routes"]}, label.get("fallbacks", []))
            for name, label in labels.items()
        } == {
            name: ({offer: round(share, 6) for offer, share in mix["routes"].items()}, mix["fallbacks"])
            for name, mix in written.items()
        }

    @pytest.mark.parametrize("router", ROUTERS)
    def test_the_ready_made_plan(self, shipped: Catalog, router: str) -> None:
        # Claude Code and OpenRouter can have nothing as good as its floors in time.
        routing, today = load_routing(READY_MADE), date(2026, 11, 27)
        routing = with_sets(routing, [f"labels.{name}.min_quality=20" for name in routing.labels])
        exported = export_routing(routing, shipped, today, ExportRequest(router, None))
        config = read_config(exported.text, router, router, shipped)[1]
        assert {name: (mix, config.fallbacks[name]) for name, mix in config.shares.items()} == {
            name: (mix.shares, mix.fallbacks) for name, mix in exported.mixes.items()
        }
        assert exported.mixes.keys() >= {"default"} and not config.unknown_labels
