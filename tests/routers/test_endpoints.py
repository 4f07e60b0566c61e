"""How an offer is reached: a variant of a provider at that provider's address, with its key."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
import yaml
from pydantic import ValidationError

from modelpick.engine import Catalog
from modelpick.engine.adapters.catalog.file import load_catalog
from modelpick.engine.adapters.routers.endpoints import EndpointIndex, endpoint_of
from modelpick.engine.commands import export
from tests.engine.by_hand import ran

NAME = "anthropic.claude-x-v1:0"
FACTS = {
    "schema": 1,
    "as_of": date(2026, 11, 26),
    "providers": {
        "bedrock-eu": {"api": "bedrock", "variant_of": "bedrock", "regions": ["eu"]},
        "bedrock": {"api": "bedrock"},
    },
    "models": {"claude-x": {"context": 400_000, "max_input": 272_000}},
    "offers": {
        "bedrock-eu/claude-x": {"id": f"eu.{NAME}", "input": 3.3, "output": 16.5, "max_input": 100_000},
        "bedrock/claude-x": {"id": f"global.{NAME}", "input": 3, "output": 15},
    },
}
TIERS = """
schema = 1
as_of = 2026-11-26
[providers.openai]
base_url = "https://api.openai.com/v1"
[providers.openai-flex]
variant_of = "openai"
service_tier = "flex"
[models.m]
context = 1_000
[offers."openai/m"]
input = 1.0
output = 2.0
[offers."openai-flex/m"]
input = 0.5
output = 1.0
"""


def test_a_regional_offer_is_reached_as_its_provider_with_a_name_of_its_own() -> None:
    catalog = Catalog.model_validate(FACTS)
    europe, whole = (endpoint_of(catalog, f"{name}/claude-x") for name in ("bedrock-eu", "bedrock"))
    assert (europe.litellm_name, europe.key) == (f"bedrock/eu.{NAME}", "BEDROCK_API_KEY")
    assert (europe.window, europe.max_input, whole.max_input) == (400_000, 100_000, 272_000)
    index = EndpointIndex(catalog)
    assert index.by_litellm(f"bedrock/eu.{NAME}") == "bedrock-eu/claude-x"
    assert index.find("bedrock", f"global.{NAME}") == "bedrock/claude-x"
    assert index.find("bedrock", f"apac.{NAME}") == "bedrock/claude-x"  # no offer of that region is known


def test_a_variant_is_of_a_provider_that_is_there() -> None:
    facts = {**FACTS, "providers": {**FACTS["providers"], "bedrock-eu": {"variant_of": "bedrok"}}}  # type: ignore[dict-item]
    with pytest.raises(ValidationError, match="unknown provider 'bedrok' \\(did you mean 'bedrock'\\?\\)"):
        Catalog.model_validate(facts)


def test_a_tier_of_service_is_asked_for_where_a_router_can(tmp_path: Path) -> None:
    """LiteLLM passes service_tier on; of the others a person gets the offer without it, or none."""
    catalog, routing = tmp_path / "catalog.toml", tmp_path / "routing.toml"
    catalog.write_text(TIERS)
    routing.write_text(
        "schema = 1\n[labels.background]\nrequests = 10\ninput_tokens = 10\noutput_tokens = 10\n"
        'routes = [{ offer = "openai-flex/m", share = 1.0 }]\n'
    )
    text, status = ran(export, "litellm", str(routing), "--catalog", str(catalog))
    params = yaml.safe_load(text)["model_list"][0]["litellm_params"]
    assert (status, params["model"], params["service_tier"]) == (0, "openai/m", "flex")
    assert params["api_key"] == "os.environ/OPENAI_API_KEY"
    index = EndpointIndex(load_catalog(catalog))
    assert index.at_tier("openai/m", "flex") == "openai-flex/m"
    assert index.at_tier("openai/m", None) == index.at_tier("openai/m", "priority") == "openai/m"
    text, status = ran(export, "continue", str(routing), "--catalog", str(catalog))
    assert "openai-flex" not in text
