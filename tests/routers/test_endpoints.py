"""How an offer is reached: a variant of a provider at that provider's address, with its key."""

from __future__ import annotations

from datetime import date

import pytest
from pydantic import ValidationError

from modelpick.engine import Catalog
from modelpick.engine.adapters.routers.endpoints import EndpointIndex, endpoint_of

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
