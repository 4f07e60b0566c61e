"""The tool that makes the catalogue, on entries in the sources' own form; and the catalogue it made."""

from __future__ import annotations

import io
import json
import tarfile
from datetime import date
from pathlib import Path

import pytest

from modelpick.engine import InputError, Routing
from modelpick.engine.adapters.catalog.checks import check_catalog
from modelpick.engine.adapters.catalog.curation.__main__ import main as curate
from modelpick.engine.adapters.catalog.curation.build import SPEEDS, dearer_reading, unmapped, with_origins
from modelpick.engine.adapters.catalog.curation.limits import fit_window, model_limits
from modelpick.engine.adapters.catalog.curation.offers import (
    offers_of,
    with_dispute,
    with_features,
    with_vote,
)
from modelpick.engine.adapters.catalog.curation.price_tables import genai_quotes
from modelpick.engine.adapters.catalog.curation.scores import effort, looked_up, scores_of
from modelpick.engine.adapters.catalog.curation.speeds import request_spread, speeds_of
from modelpick.engine.adapters.catalog.file import load_catalog
from modelpick.engine.adapters.catalog.model_names import (
    callable_first,
    curated_lists,
    reviewed,
    undated_name,
)
from modelpick.engine.adapters.catalog.prices import model_prices
from modelpick.engine.adapters.catalog.prices.litellm import quotes
from modelpick.engine.adapters.catalog.prices.quote import Quote, served_faster
from modelpick.engine.adapters.catalog.scores.figure import Figure
from modelpick.engine.adapters.routing_file import check_references

TODAY = date(2026, 11, 26)
KNOWN = {"glm-5.1": "glm-5.1", "glm-5p1": "glm-5.1"}
SOURCES = {"litellm": {"as_of": "2026-11-10"}}
GLM = {
    "litellm_provider": "fireworks_ai",
    "mode": "chat",
    "input_cost_per_token": 1.4e-06,
    "output_cost_per_token": 4.4e-06,
    "input_cost_per_token_above_200k_tokens": 2.8e-06,
    "output_cost_per_token_above_200k_tokens": 8.8e-06,
    "max_input_tokens": 202_800,
    "supports_function_calling": True,
}


def test_names_of_one_model_meet() -> None:
    names = ("fireworks_ai/glm-5p1", "zai-org/GLM-5.1", "zai-org/GLM-5.1-FP8", "glm-5.1-2026-05-01")
    assert {undated_name(name) for name in names} == {"glm-5.1"}


def test_prices_are_per_million_and_zero_is_unknown() -> None:
    free = GLM | {"litellm_provider": "zai", "input_cost_per_token": 0.0}
    text = json.dumps({"fireworks_ai/glm-5p1": GLM, "zai/glm-5.1": free, "fireworks_ai/unknown": GLM})
    offers, models = offers_of(
        quotes(text),
        {"fireworks_ai": "fireworks", "zai": "zai"},
        KNOWN,
        SOURCES,
        "litellm",
    )
    assert list(offers) == ["fireworks/glm-5.1"]
    offer = offers["fireworks/glm-5.1"]
    assert (offer["input"], offer["output"], offer["id"]) == (1.4, 4.4, "glm-5p1")
    assert offer["tiers"] == [{"above": 200_000, "input": 2.8, "output": 8.8}]
    assert models["glm-5.1"] == {"features": {"tools"}, "context": 202_800}


def test_a_run_is_chosen_by_its_effort_and_never_by_its_score() -> None:
    runs = [
        ("epoch", Figure("GPQA", "glm-5.1", 88.0, "low")),
        ("epoch", Figure("GPQA", "glm-5p1", 81.25, "32k")),
        ("epoch", Figure("GPQA", "glm-5.1", 90.0, "no thinking")),
        ("epoch", Figure("GPQA", "glm-5.1", 99.0, "high", vendor=True)),
        ("epoch", Figure("GPQA", "nobody", 99.0)),
        ("aider", Figure("GPQA", "glm-5.1", 99.0)),
    ]
    found = scores_of(runs, {"gpqa": {"source": "epoch", "bench": "GPQA"}}, KNOWN)
    assert found == {"glm-5.1": [{"benchmark": "gpqa", "value": 81.25, "source": "epoch", "variant": "32k"}]}
    assert scores_of(runs[::-1], {"gpqa": {"source": "epoch", "bench": "GPQA"}}, KNOWN) == found


def test_efforts_have_an_order() -> None:
    order = ["no think", "minimal", "low", "", "medium", "16k", "32k thinking", "xhigh", "max"]
    assert sorted(order, key=effort) == order
    assert effort("high") == effort("fc thinking") == effort("reasoner")


def test_the_second_source_fills_gaps_and_knows_who_serves() -> None:
    head = {"cache_read_mtok": "", "deprecated": "", "context_window": ""}
    row = head | {"provider": "openrouter", "model": "z-ai/glm-5.1", "input_mtok": "2;>200000:4"}
    rows = [
        row | {"output_mtok": "12;>200000:18"},
        row | {"output_mtok": "", "context_window": "1"},
        row | {"model": "old/glm", "output_mtok": "1"},
    ]
    (one,) = genai_quotes(rows, {"openrouter": {"z-ai/glm-5.1"}})
    assert one.facts == {
        "id": "z-ai/glm-5.1",
        "input": 2.0,
        "output": 12.0,
        "tiers": [{"above": 200_000, "input": 4.0, "output": 18.0}],
    }


def test_a_window_is_input_and_output_together() -> None:
    mini = {"context": 400_000, "input": 272_000, "max_output": 128_000}
    limited = fit_window({"context": 272_000, "max_output": 128_000}, mini)  # the input alone: the model's
    assert limited == {"max_output": 128_000}
    assert fit_window({"context": 400_000}, mini) == fit_window({}, mini) == {}
    whole = {"context": 400_000, "max_output": 128_000}
    assert fit_window({"context": 272_000}, whole) == {"max_input": 272_000}  # 272,000 + 128,000
    assert fit_window({"context": 32_768}, mini) == {"context": 32_768}
    both = {"context": 200_000, "max_output": 200_000}  # one figure for input and output: not 200,000 of each
    assert fit_window(both, mini) == both
    assert fit_window({"context": 32_768, "max_output": 65_536}, mini) == {"context": 32_768}
    assert fit_window({"context": 131_072}, {}) == {"context": 131_072}


def test_limits_come_out_of_models_dev(tmp_path: Path) -> None:
    archive = tmp_path / "models.tar.gz"
    text = b"[limit]\ncontext = 202_752\noutput = 131_072\n"
    with tarfile.open(archive, "w:gz") as files:
        for name in (
            "models/zai/glm-5.1.toml",
            "models/zai/glm-5.1-2026-05-01.toml",
            "models/zai/other.toml",
        ):
            member = tarfile.TarInfo(name)
            member.size = len(text)
            files.addfile(member, io.BytesIO(text))
    assert model_limits(archive, KNOWN) == {"glm-5.1": {"context": 202_752, "max_output": 131_072}}


def test_providers_get_their_pages_and_windows_their_source(tmp_path: Path) -> None:
    archive = tmp_path / "models.tar.gz"
    with tarfile.open(archive, "w:gz") as files:
        text = b"[limit]\ncontext = 200\noutput = 20\n"
        member = tarfile.TarInfo("models/zai/glm-5.1.toml")
        member.size = len(text)
        files.addfile(member, io.BytesIO(text))
    models = {"glm-5.1": {"context": 200}, "glm-5": {"context": 100}}
    day = date(2026, 11, 23)
    bare = {
        "as_of": day,
        "sources": {},
        "providers": {"openai": {"api": "openai"}, "mine": {}},
        "models": models,
        "offers": {},
    }
    found = with_origins(bare, archive)
    assert found["providers"]["openai"]["documentation"] == "https://platform.openai.com/docs"
    assert found["providers"]["openai"]["source"] in found["sources"] and found["providers"]["mine"] == {}
    assert found["models"] == {"glm-5.1": {"context": 200, "source": "models.dev"}, "glm-5": {"context": 100}}


def test_of_a_price_in_total_the_dearer_reading_stands() -> None:
    half = {"input": 0.025, "output": 0.025, "source": "litellm", "as_of": "2026-11-10"}
    whole = {"source": "genai-prices", "as_of": "2026-11-09", "input": 0.05, "output": 0.05}
    found = dearer_reading({"id": "x", **half, "ambiguous": "in total", "disputed": [whole]})
    rule = "the dearer of two readings"
    assert found == {"id": "x", "ambiguous": "in total", **whole, "disputed": [half], "price_rule": rule}
    plain_ = {**half, "disputed": [whole]}
    assert dearer_reading(plain_) == plain_


def test_nine_of_ten_live_models_have_a_score() -> None:
    catalog = load_catalog(None)
    live = {key.partition("/")[2] for key, offer in catalog.offers.items() if offer.status != "retired"}
    unscored = [name for name in live if not catalog.models[name].fitted]
    assert len(unscored) < 0.1 * len(live), sorted(unscored)


def test_figures_that_were_looked_up_are_of_models_and_boards_of_the_reviewed_list() -> None:
    curated, found = curated_lists(), list(looked_up())
    assert found and all(figure.name in curated["models"] for figure in found)
    assert all(figure.benchmark in curated["benchmarks"] and figure.as_of for figure in found)


def test_a_name_for_published_weights_has_their_scores() -> None:
    models = load_catalog(None).models
    own, other = models["qwen3-coder-flash"].scores, models["qwen3-coder-30b-a3b-instruct"].scores
    assert [score.value for score in own] == [score.value for score in other] != []
    assert all("qwen3-coder-30b-a3b-instruct" in score.variant for score in own)


def test_the_shipped_catalogue() -> None:
    catalog = load_catalog(None)
    assert len(catalog.models) >= 120 and len(catalog.offers) >= 500
    assert all(offer.source in catalog.sources and offer.as_of for offer in catalog.offers.values())
    assert all(score.source in catalog.sources for m in catalog.models.values() for score in m.scores)
    rented = [offer for offer in catalog.offers.values() if offer.hosting is None]
    assert all(0.001 < offer.input < 1000 and offer.output >= 0.001 for offer in rented)
    assert len(rented) < len(catalog.offers)
    latest = date(2026, 11, 26)
    sources = catalog.sources.values()
    assert all(source.licence and source.as_of and source.as_of <= latest for source in sources)
    three = ("deepseek-r1-distill-llama-8b", "llama-3.2-90b-vision-instruct", "qwen2.5-coder-32b-instruct")
    assert set(three) <= {key.partition("/")[2] for key in catalog.offers}
    assert (
        catalog.offers["nscale/qwen2.5-coder-32b-instruct"].input,
        catalog.offers["nscale/qwen2.5-coder-32b-instruct"].output,
    ) == (0.06, 0.2)
    assert not [one for one in check_catalog(catalog, date(2026, 11, 26)) if one.severity == "error"]
    mini = catalog.models["gpt-5-mini"]
    assert (mini.context, mini.max_input) == (400_000, 272_000)  # with its answer, but no longer prompt
    assert not [key for key, offer in catalog.offers.items() if offer.note.startswith("input limit")]
    sonnet = catalog.offers["bedrock/claude-sonnet-4-5"]
    assert (sonnet.id, sonnet.input) == ("global.anthropic.claude-sonnet-4-5-20250929-v1:0", 3.0)
    europe = catalog.offers["bedrock-eu/claude-sonnet-4-5"]
    assert (europe.id, europe.input) == ("eu.anthropic.claude-sonnet-4-5-20250929-v1:0", 3.3)  # a tenth more
    assert catalog.providers["bedrock-eu"].regions == ("eu",)
    claudes = {
        key: o.id for key, o in catalog.offers.items() if key.startswith("bedrock") and "claude" in key
    }
    assert all(
        id_.startswith(("global.", "us.", "eu.", "jp.", "au.", "apac.", "us-gov."))
        for id_ in claudes.values()
    )
    speedy = {"anthropic/claude-sonnet-4-6", "anthropic/claude-opus-4-8", "mistral/mistral-medium-2505"}
    assert all(catalog.offers[key].ttft and catalog.offers[key].tps for key in speedy)
    # DeepSeek's list holds in 35 of 168 hours, half of it in the others: sources that say either agree.
    flash = catalog.offers["deepseek/deepseek-v4-flash"]
    assert (flash.input, flash.output, flash.cache_read, flash.disputed) == (0.3, 1.2, 0.006, ())
    assert abs(flash.hours_factor - (35 + 133 / 2) / 168) < 1e-5
    assert catalog.offers["openrouter/claude-opus-5"].cache_write == 6.25
    assert catalog.offers["gemini/gemini-2.5-flash-lite"].rpm is None  # 15 is the free tier's
    assert catalog.offers["mistral/mistral-large-4"].input == 0.7
    assert "web_search" not in catalog.models["gpt-oss-20b"].features


def test_where_requests_are_processed_and_what_becomes_of_them() -> None:
    catalog = load_catalog(None)
    providers, offers = catalog.providers, catalog.offers
    assert all(
        provider.as_of and provider.source == "providers" for provider in providers.values() if provider.terms
    )
    stated = {key for key, provider in providers.items() if provider.trains_on_data is not None}
    assert len(stated) >= 0.8 * len(providers)
    assert providers["deepseek"].trains_on_data and providers["deepseek"].regions == ("cn",)
    for key in stated - {"selfhosted"}:  # whoever states it, says where
        assert providers[key].terms.startswith("https://"), key
    for key, provider in providers.items():
        if provider.variant_of:
            base = providers[provider.variant_of]
            assert (provider.trains_on_data, provider.terms) == (base.trains_on_data, base.terms), key
    # Meta trains on what is paid for at a tenth of the price: nobody is sent there unasked.
    assert providers["meta"].trains_on_data is False and offers["meta/muse-spark-1.3"].input == 1.25
    served_in_europe = {
        key
        for key, offer in offers.items()
        if offer.status != "retired"
        and "eu" in (providers[key.partition("/")[0]].regions if offer.regions is None else offer.regions)
    }
    makers = {catalog.models[key.partition("/")[2]].developer for key in served_in_europe}
    assert {"OpenAI", "Anthropic", "Mistral AI", "Qwen"} <= makers
    # A tenth dearer in a region: opus-5.5 at 4 / 20, mistral-large-4 at 0.70 / 2.10.
    american, european = offers["anthropic-us/claude-opus-5-5"], offers["mistral-eu/mistral-large-4"]
    assert (american.input, american.output) == (4.4, 22.0)
    assert (european.input, european.output) == (0.77, 2.31)
    # AWS's global profile answers from anywhere, and a bare name at its price is no cheaper way in.
    assert offers["bedrock/claude-opus-5"].regions == offers["bedrock/gpt-6-sol"].regions == ()
    assert "vertex" in providers and not providers["vertex"].regions


def test_a_bedrock_claude_is_named_by_the_profile_that_can_be_called() -> None:
    row = {"litellm_provider": "bedrock_converse", "mode": "chat", "output_cost_per_token": 15e-6}
    name = "anthropic.claude-sonnet-4-5-20250929-v1:0"
    names = {
        "claude-sonnet-4-5-20250929-v1:0": 3e-6,
        name: 2e-6,
        f"eu.{name}": 3.3e-6,
        f"global.{name}": 3e-6,
    }
    text = json.dumps({key: {**row, "input_cost_per_token": price} for key, price in names.items()})
    known = {name: "sonnet", "claude-sonnet-4-5-20250929-v1:0": "sonnet"}
    offers, _ = offers_of(quotes(text), {"bedrock_converse": "bedrock"}, known, SOURCES, "litellm")
    assert offers["bedrock/sonnet"]["id"] == f"global.{name}"
    sellers = {"bedrock_converse": "bedrock", "bedrock_converse:eu": "bedrock-eu"}
    offers, _ = offers_of(quotes(text), sellers, known, SOURCES, "litellm")
    assert offers["bedrock/sonnet"]["input"] == 3.0
    assert (offers["bedrock-eu/sonnet"]["id"], offers["bedrock-eu/sonnet"]["input"]) == (f"eu.{name}", 3.3)


@pytest.mark.parametrize(
    ("provider", "name", "served"),
    [
        ("moonshot", "moonshot/kimi-k3.1-pro-highspeed", ("moonshot:fast", "moonshot/kimi-k3.1-pro")),
        ("minimax", "MiniMax-M2.5-lightning", ("minimax:fast", "MiniMax-M2.5")),
        ("baseten", "zai-org/GLM-5.3-Fast", ("baseten:fast", "zai-org/GLM-5.3")),
        ("fireworks_ai", "routers/kimi-k3-spot", ("fireworks_ai:spot", "routers/kimi-k3")),
        ("deepinfra", "openai/gpt-oss-120b-Ultra", ("deepinfra:ultra", "openai/gpt-oss-120b")),
        ("zai", "glm-4.5-airx", ("zai:fast", "glm-4.5-air")),
        ("zai", "glm-4.5-x", ("zai:fast", "glm-4.5")),
        ("tencent", "glm-5.3-flashx", ("tencent:fast", "glm-5.3-flash")),
        ("meta", "muse-spark-1.3-contributor", ("meta:contributor", "muse-spark-1.3")),
        ("openrouter", "anthropic/claude-opus-5-fast", ("openrouter:fast", "anthropic/claude-opus-5")),
        *(  # these ends are of models' own names
            (provider, name, (provider, name))
            for provider, name in (
                ("zai", "glm-5-turbo"),
                ("novita", "zai-org/glm-5v-turbo"),
                ("openrouter", "x-ai/grok-4-fast"),
                ("deepinfra", "nvidia/NVIDIA-Nemotron-3.5-Lightning"),
                ("novita", "inclusionai/ling-3.0-flash"),
                ("together_ai", "meta-llama/Llama-3.3-70B-Instruct-Turbo"),
            )
        ),
    ],
)
def test_a_name_that_says_how_a_model_is_served(provider: str, name: str, served: tuple[str, str]) -> None:
    assert served_faster(provider, name) == served


def test_fast_modes_places_and_tiers_are_offers_at_their_own_prices() -> None:
    """Of 4 and 20: twice in fast mode, without a batch, and 1.1 times in the United States; Vertex's 2 and 10
    cost 1.1 times in either multi-region; Together's 1.4 and 4.4 cost 1.25 times; 60 and 300 ultrafast."""
    base = {"mode": "chat", "input_cost_per_token": 4e-6, "output_cost_per_token": 20e-6}
    entries = {
        "claude-x": base
        | {
            "litellm_provider": "anthropic",
            "input_cost_per_token_batches": 2e-6,
            "provider_specific_entry": {"us": 1.1, "fast": 2.0},
        },
        "vertex_ai/gemini-x": base
        | {
            "litellm_provider": "vertex_ai-language-models",
            "input_cost_per_token": 2e-6,
            "output_cost_per_token": 10e-6,
            "regional_endpoint_uplift_multiplier": 1.1,
        },
        "together_ai/zai-org/GLM-5.3": base
        | {
            "litellm_provider": "together_ai",
            "input_cost_per_token": 1.4e-6,
            "output_cost_per_token": 4.4e-6,
        },
        "gpt-x": base
        | {
            "litellm_provider": "openai",
            "input_cost_per_token_ultrafast": 60e-6,
            "output_cost_per_token_ultrafast": 300e-6,
        },
        "bedrock/sa-east-1/minimax.x": base | {"litellm_provider": "bedrock"},
    }
    priced = {quote.provider: quote.facts for quote in quotes(json.dumps(entries))}
    prices = {seller: (facts["input"], facts["output"]) for seller, facts in priced.items()}
    vertex = "vertex_ai-language-models"
    assert prices == {
        "anthropic": (4, 20),
        "anthropic:us": (4.4, 22),
        "anthropic:fast": (8, 40),
        vertex: (2, 10),
        f"{vertex}:eu": (2.2, 11),
        f"{vertex}:us": (2.2, 11),
        "together_ai": (1.4, 4.4),
        "together_ai:us": (1.75, 5.5),
        "together_ai:ca": (1.75, 5.5),
        "openai": (4, 20),
        "openai:ultrafast": (60, 300),
        "bedrock:br": (4, 20),
    }
    assert priced["anthropic"]["batch_discount"] == 0.5 and "batch_discount" not in priced["anthropic:fast"]
    assert priced[vertex]["id"] == "gemini-x"  # what Google calls it


def test_the_cheaper_profile_and_the_full_name_of_one_offer_stand() -> None:
    names = ("moonshotai.kimi-k3", "us.moonshotai.kimi-k3", "global.moonshotai.kimi-k3")
    assert min(names, key=lambda name: callable_first(name, "bedrock")) == names[2]
    routed = ("fireworks_ai/glm-5p3", "fireworks_ai/accounts/fireworks/routers/glm-5p3")
    assert min(routed, key=lambda name: callable_first(name, "fireworks-fast")) == routed[1]
    assert min(routed, key=lambda name: callable_first(name, "fireworks")) == routed[0]


def test_claudes_of_one_tokenizer_and_of_their_own_defaults() -> None:
    """Anthropic's pages of November 2026: Opus since 4.7 and all of 5 and later count about 30 % more tokens;
    Opus 5.5 and Haiku 5.5 think at medium unasked, the others of 5 and later at high."""
    claudes = {key: model for key, model in load_catalog(None).models.items() if key.startswith("claude-")}
    newer = {key for key, model in claudes.items() if model.prompt_tokens == 1.35}
    later = {key for key in claudes if "-5" in key.removesuffix("-4-5")} | {
        "claude-opus-4-7",
        "claude-opus-4-8",
    }
    assert newer == later
    defaults = {
        key: model.default_effort for key, model in claudes.items() if key in later and "-4-" not in key
    }
    medium = {"claude-opus-5-5", "claude-haiku-5-5"}
    assert defaults == {key: "medium" if key in medium else "high" for key in defaults}


def test_cache_writes_of_the_second_source_but_not_what_storage_costs() -> None:
    row = {
        "provider": "openrouter",
        "context_window": "9",
        "deprecated": "",
        "cache_read_mtok": "",
        "output_mtok": "2",
    }
    rows = [
        {**row, "model": "a/claude", "input_mtok": "5", "cache_write_mtok": "6.25"},
        {**row, "model": "g/gemini", "input_mtok": "1.25", "cache_write_mtok": "0.375"},
    ]
    claude, gemini = genai_quotes(rows, {})
    assert claude.facts["cache_write"] == 6.25
    assert "cache_write" not in gemini.facts and "0.375" in gemini.facts["note"]


def test_names_that_no_model_has_are_counted_by_their_traffic() -> None:
    rows = [
        {"model_permaslug": name, "req": req}
        for name, req in (("x/a", "10"), ("x/b", "20"), ("x/a", "40"), ("x/known", "30"))
    ]
    rows += [{"model_permaslug": "~x/latest", "req": "900"}]  # a pointer: no model
    assert unmapped(rows, {"known": "known"}) == ([("x/a", 50), ("x/b", 20)], 0.7, ["x/a", "x/b"])
    assert unmapped(rows, {"known": "known"}, {"x/a": "looked at"}) == ([("x/b", 20)], 0.2, ["x/b"])


@pytest.mark.parametrize(
    ("place", "status"),
    [(50, 2), (51, 0)],  # of the fifty busiest all must have a model; the 51st is only told of
)
def test_the_build_fails_where_one_of_the_fifty_busiest_names_has_no_model(
    place: int,
    status: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Sixty names, each with a request less than the one before it; all but one are reviewed."""
    speeds, known = tmp_path / SPEEDS, sorted(reviewed())[:59]
    names = [*known[: place - 1], "acme/new-model", *known[place - 1 :]]
    speeds.parent.mkdir()
    lines = [f"{name},{1_000 - rank}" for rank, name in enumerate(names)]
    speeds.write_text("\n".join(["model_permaslug,req", *lines]))
    options = ["--data", str(tmp_path), "--out", str(tmp_path / "catalog.toml"), "--as-of", "2026-11-26"]
    monkeypatch.setattr("sys.argv", ["curate", *options])
    # What comes next is the rest of the build, which misses its other files.
    with pytest.raises(SystemExit if status else FileNotFoundError) as end:
        curate()
    err = capsys.readouterr().err
    assert f"no model for acme/new-model: {1_001 - place:,} requests\n1 names without a model" in err
    assert not (tmp_path / "catalog.toml").exists()
    if status:
        assert getattr(end.value, "code", None) == status
        assert "of the 50 busiest names these have no model: acme/new-model" in err


def test_an_offer_has_what_its_own_sources_say_and_nothing_on_anothers_word() -> None:
    """Of tools, vision and pdf: the first source says tools yes, vision no; the second adds pdf for one."""
    model = {"tools", "vision", "pdf"}
    offer = {"input": 1.0, "features": frozenset({"tools"}), "lacks": frozenset({"vision"})}
    stated = with_features(offer, model, None)
    assert stated == {"input": 1.0, "features": ["tools"], "features_unknown": ["pdf"]}
    other = Quote("", "", features=frozenset({"pdf", "vision"}))
    assert with_features(offer, model, other) == {"input": 1.0, "features": ["pdf", "tools"]}
    assert with_features({"features": frozenset(model)}, model, None) == {}  # as its model
    nothing = with_features({"features": frozenset()}, model, None)
    assert nothing == {"features": [], "features_unknown": ["pdf", "tools", "vision"]}


def test_a_price_of_some_hours_is_no_other_price() -> None:
    offer = {"input": 0.3, "output": 1.2, "hours": [{"share": 0.79, "factor": 0.5}]}
    half = {"input": 0.15, "output": 0.6, "source": "genai-prices", "as_of": "2026-11-09"}
    assert "disputed" not in with_dispute(offer, half)
    assert with_dispute(offer, half | {"output": 0.7})["disputed"]


def test_a_spread_comes_of_the_first_tokens_median_and_99th_percentile() -> None:
    """p95/median of the first token: (8/1)^(1.6449/2.3263) = e^(2.0794 x 0.70705) = 4.350. Writing 500
    tokens at 50 a second: 10 s, times 2 at p95. (4.350 + 20) / (1 + 10) = 2.21."""
    assert request_spread(1.0, 8.0, 50.0) == 2.21
    row = {"provider_name": "X", "model_permaslug": "z/glm-5.1", "ttft_ms": "1000", "tps": "50", "req": "9"}
    assert speeds_of([row | {"p99_ms": "8000"}], {"X": "x"}, KNOWN)["x/glm-5.1"]["spread"] == 2.21
    assert "spread" not in speeds_of([row | {"p99_ms": ""}], {"X": "x"}, KNOWN)["x/glm-5.1"]


def test_the_makers_own_lists_as_of_a_day() -> None:
    """Half price from 1 October on; a batch saves 1 - 0.5/1.0 of input, 1 - 1.5/2.0 of output: the less."""
    early = {"rates": {"input": 2.0, "output": 4.0}, "start": None}
    tiers = [{"above": 200_000, "input": 3.0, "output": 6.0}]
    late = {"rates": {"input": 1.0, "output": 2.0, "tiers": tiers}, "start": "2026-10-01T00:00:00Z"}
    batch = {"rates": {"input": 0.5, "output": 1.5}, "start": None}
    models = {
        "now": {"standard": [early, late], "batch": [batch]},
        "gone": {"standard": [early]},
        "old": {"standard": [early]},
        "unknown": {"standard": [{"rates": None, "start": None}]},
    }
    status = {"maker": {"gone": "removed", "old": "deprecated"}}
    text = json.dumps({"prices": {"maker": models}, "status": status})
    after = {quote.name: quote.facts for quote in model_prices.quotes(date(2026, 10, 26), text)}
    assert after == {
        "now": {"id": "now", "input": 1.0, "output": 2.0, "tiers": tiers, "batch_discount": 0.25},
        "old": {"id": "old", "input": 2.0, "output": 4.0, "status": "deprecated"},
    }
    before = {quote.name: quote.facts for quote in model_prices.quotes(date(2026, 9, 30), text)}
    assert before["now"]["input"] == 2.0


def test_a_retired_offer_leaves_with_its_day_and_its_successor() -> None:
    catalog = load_catalog(None)
    retired = [offer for offer in catalog.offers.values() if offer.status == "retired"]
    kept = [offer for offer in retired if offer.retires and (TODAY - offer.retires).days < 180]
    assert (
        retired == kept and "vertex/claude-opus-4-5" in catalog.offers
    )  # of 24 November: logs name it still
    gone = catalog.retired["azure/grok-3"]
    assert (gone.retires, gone.successor) == (date(2026, 5, 1), "grok-4")
    assert "azure/grok-3" not in catalog.offers
    label = {"requests": 1, "input_tokens": 1, "output_tokens": 1}
    denied = Routing.model_validate({"labels": {"a": {**label, "deny": ["azure/grok-3"]}}})
    check_references(denied, catalog)  # a list may name what is gone
    pinned = Routing.model_validate({"labels": {"a": {**label, "pin": {"azure/grok-3": 0.5}}}})
    with pytest.raises(InputError, match="retired on 2026-05-01; its list names grok-4 for the time after"):
        check_references(pinned, catalog)


def test_two_of_three_sources_that_agree_stand_unless_the_third_has_news() -> None:
    """LiteLLM says 2 in, 8 out; the other two 1 in, 4 out: theirs, of the newer one, and what they do not
    state of the cache is not known."""
    offer = {"source": "litellm", "as_of": "2026-11-26", "input": 2.0, "output": 8.0, "cache_read": 0.2}
    second = {"source": "genai-prices", "as_of": "2026-11-09", "input": 1.0, "output": 4.0}
    third = second | {"source": "model-prices", "as_of": "2026-10-26"}
    voted = with_vote(offer, [second, third], is_news=False)
    assert (voted["input"], voted["output"], voted["source"]) == (1.0, 4.0, "genai-prices")
    assert voted["as_of"] == "2026-11-09" and "cache_read" not in voted
    assert voted["price_rule"] == "two of three sources agree on it"
    (beside,) = voted["disputed"]
    assert (beside["source"], beside["input"], beside["cache_read"]) == ("litellm", 2.0, 0.2)
    news = with_vote(offer, [second, third], is_news=True)
    assert (news["input"], news["price_rule"]) == (2.0, "the newest of the sources")
    assert [quote["source"] for quote in news["disputed"]] == ["genai-prices", "model-prices"]
    each_its_own = with_vote(offer, [second, third | {"input": 1.5}], is_news=False)
    assert each_its_own["input"] == 2.0  # no two agree
    confirmed = with_vote(offer, [second, third | {"input": 2.0, "output": 8.0}], is_news=False)
    assert (confirmed["input"], len(confirmed["disputed"])) == (2.0, 1)
    assert with_vote(offer, [second | {"input": 2.0, "output": 8.0}], is_news=False) == offer
    assert with_vote(offer, [], is_news=False) == offer


def test_every_price_that_sources_dispute_says_by_which_rule_it_stands() -> None:
    offers = load_catalog(None).offers
    assert all(offer.price_rule for offer in offers.values() if offer.disputed)
    nemo, large = offers["mistral/mistral-nemo"], offers["mistral/mistral-large-4"]
    assert (nemo.input, nemo.source, nemo.price_rule) == (
        0.15,
        "genai-prices",
        "two of three sources agree on it",
    )
    assert (large.input, large.price_rule) == (0.7, "the newest of the sources")  # genai-prices says so too


def test_what_the_sources_had_and_the_catalogue_has_not_is_named() -> None:
    catalog = load_catalog(None)
    left_out = {name: set(source.left_out) for name, source in catalog.sources.items() if source.left_out}
    assert {"litellm", "genai-prices", "models.dev"} <= set(left_out)
    assert "openai/gpt-5.6-cyber" in left_out["litellm"]
    for keys in left_out.values():
        assert not keys & set(catalog.offers)
        assert {key.partition("/")[0] for key in keys} <= set(catalog.providers)


def test_a_successor_is_a_model_of_the_catalogue() -> None:
    row = GLM | {"deprecation_date": "2027-01-01", "successor_model": "fireworks_ai/glm-5p1"}
    sellers = {"fireworks_ai": "f"}
    text = json.dumps({"fireworks_ai/glm-5p1": row})
    offer = offers_of(quotes(text), sellers, KNOWN, SOURCES, "litellm")[0]["f/glm-5.1"]
    assert (offer["retires"], offer["successor"]) == ("2027-01-01", "glm-5.1")
    text = json.dumps({"fireworks_ai/glm-5p1": row | {"successor_model": "nobody"}})
    assert "successor" not in offers_of(quotes(text), sellers, KNOWN, SOURCES, "litellm")[0]["f/glm-5.1"]


def test_subscriptions_have_a_source_a_date_and_what_is_not_known() -> None:
    catalog = load_catalog(None)
    assert len(catalog.plans) >= 10
    for name, plan in catalog.plans.items():
        assert plan.source in catalog.sources and plan.as_of and plan.note, name
        assert plan.usd_per_month > 0 and plan.allowance.amount > 0
    pro, most = catalog.plans["claude-pro"], catalog.plans["claude-max-20x"]
    assert most.allowance.usd == pytest.approx(20 * (pro.allowance.usd or 0))  # 147.64, measured, times 20
    assert catalog.plans["alibaba-coding-pro"].allowance.requests == 90_000


def test_the_newest_score_is_of_the_last_sixty_days_before_release() -> None:
    """The boards have to be read again before a release: a catalogue without the newest models' is stale."""
    catalog = load_catalog(None)
    days = [score.as_of for model in catalog.models.values() for score in model.scores if score.as_of]
    assert (catalog.as_of - max(days)).days <= 60
