"""How an offer is reached: a variant of a provider at that provider's address, with its key."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest
import yaml
from pydantic import ValidationError

from modelpick.engine import Catalog
from modelpick.engine.adapters.catalog.file import load_catalog
from modelpick.engine.adapters.routers.endpoints import EndpointIndex, endpoint_of
from modelpick.engine.commands import export, import_
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


REGIONS = """
schema = 1
as_of = 2026-11-26
[providers.anthropic]
api = "anthropic"
base_url = "https://api.anthropic.com"
[providers.anthropic-us]
api = "anthropic"
base_url = "https://api.anthropic.com"
variant_of = "anthropic"
inference_geo = "us"
regions = ["us"]
[providers.anthropic-fast]
api = "anthropic"
base_url = "https://api.anthropic.com"
variant_of = "anthropic"
service_tier = "fast"
[providers.vertex]
api = "vertex"
[providers.vertex-eu]
api = "vertex"
variant_of = "vertex"
inference_geo = "eu"
regions = ["eu"]
[providers.azure]
[providers.azure-eu]
variant_of = "azure"
regions = ["eu"]
[providers.openai]
base_url = "https://api.openai.com/v1"
[providers.openai-eu]
base_url = "https://eu.api.openai.com/v1"
variant_of = "openai"
regions = ["eu"]
[models.m]
context = 1_000
""" + "".join(
    f'[offers."{provider}/m"]\nid = "m"\ninput = {price}\noutput = 2.0\n'
    for provider, price in (
        ("anthropic", 1.0), ("anthropic-us", 1.1), ("azure", 1.0), ("azure-eu", 1.1),
        ("openai", 1.0), ("openai-eu", 1.1), ("anthropic-fast", 2.0), ("vertex", 1.0), ("vertex-eu", 1.1),
    )
)  # fmt: skip


def test_a_region_is_asked_for_in_the_request_or_by_its_address_and_read_back(tmp_path: Path) -> None:
    catalog, routing, config = (tmp_path / name for name in ("catalog.toml", "routing.toml", "config.yaml"))
    catalog.write_text(REGIONS)
    offers = {
        "anthropic": "anthropic-us/m",
        "openai": "openai-eu/m",
        "azure": "azure-eu/m",
        "fast": "anthropic-fast/m",
        "vertex": "vertex-eu/m",
    }
    labels = "".join(
        f"[labels.{label}]\nrequests = 10\ninput_tokens = 10\noutput_tokens = 10\n"
        f'routes = [{{ offer = "{offer}", share = 1.0 }}]\n'
        for label, offer in offers.items()
    )
    routing.write_text("schema = 1\n" + labels)
    text, status = ran(export, "litellm", str(routing), "--catalog", str(catalog))
    by_label = {entry["model_name"]: entry["litellm_params"] for entry in yaml.safe_load(text)["model_list"]}
    assert status == 0 and by_label["anthropic"]["inference_geo"] == "us"
    assert (by_label["fast"]["speed"], by_label["vertex"]["vertex_location"]) == ("fast", "eu")
    assert by_label["openai"]["api_base"] == "https://eu.api.openai.com/v1"
    assert by_label["openai"]["api_key"] == "os.environ/OPENAI_API_KEY"
    base_models = {each["model_info"].get("base_model") for each in yaml.safe_load(text)["model_list"]}
    assert base_models == {None, "azure/eu/m"}
    assert "azure-eu/m: the deployment named m has to be one of Azure's data zone eu" in text
    # Read back without modelpick's own marks, as somebody else would have written it.
    bare = [
        {"model_name": name, "litellm_params": params} for name, params in by_label.items() if name != "azure"
    ]
    zone = {"model": "azure/my-own", "api_base": "https://mine.openai.azure.com", "api_key": "x"}
    bare.append({"model_name": "azure", "litellm_params": zone, "model_info": {"base_model": "azure/eu/m"}})
    by_label["vertex"]["vertex_location"] = "europe-west1"  # one place of that multi-region
    config.write_text(yaml.safe_dump({"model_list": bare}))
    text, status = ran(import_, "config", str(config), "--catalog", str(catalog), "--json")
    read = {
        name: [route["offer"] for route in label["routes"]]
        for name, label in json.loads(text)["routing"]["labels"].items()
    }
    assert read == {label: [offer] for label, offer in offers.items()}
    # Who cannot ask for a region in the request must not be given the offer that needs it.
    text, _ = ran(export, "continue", str(routing), "--catalog", str(catalog))
    assert "anthropic-us" not in text


def test_a_region_with_its_own_address_is_a_provider_of_its_own_in_a_file(tmp_path: Path) -> None:
    """Claude Code Router has an address for each provider: both must not share one."""
    catalog, routing, config = (tmp_path / name for name in ("catalog.toml", "routing.toml", "config.json"))
    catalog.write_text(REGIONS)
    routing.write_text(
        "schema = 1\n[labels.default]\nrequests = 10\ninput_tokens = 10\noutput_tokens = 10\n"
        'routes = [{ offer = "openai/m", share = 1.0 }]\n'
        "[labels.background]\nrequests = 10\ninput_tokens = 10\noutput_tokens = 10\n"
        'routes = [{ offer = "openai-eu/m", share = 1.0 }]\n'
    )
    text, _ = ran(export, "claude-code-router", str(routing), "--catalog", str(catalog))
    config.write_text(text)
    addresses = {each["name"]: each["api_base_url"] for each in json.loads(text)["Providers"]}
    assert addresses == {
        "openai": "https://api.openai.com/v1/chat/completions",
        "openai-eu": "https://eu.api.openai.com/v1/chat/completions",
    }
    text, _ = ran(import_, "config", str(config), "--catalog", str(catalog), "--json")
    labels = json.loads(text)["routing"]["labels"]
    assert [labels[name]["routes"][0]["offer"] for name in ("default", "background")] == [
        "openai/m",
        "openai-eu/m",
    ]


def test_fireworks_models_are_called_by_their_account() -> None:
    """LiteLLM's list has some without it, and adds it in its calls; who calls Fireworks alone has to, too."""
    catalog = load_catalog(None)
    ids = [endpoint_of(catalog, offer).id for offer in catalog.offers if offer.startswith("fireworks")]
    assert len(ids) > 50 and all(name.startswith("accounts/fireworks/") for name in ids)
