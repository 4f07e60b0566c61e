"""Every router asks for a reasoning level in its own words, or says that it cannot and what that costs."""

from __future__ import annotations

import json
from typing import Any

import pytest

from .router_facts import Files

LEVELS = """default_effort = "low"
efforts.none = { verbosity = 0.5, skills = { coding = 30.0 } }
efforts.low = {}
efforts.high = { verbosity = 3.0, skills = { coding = 80.0 } }
skills = { coding = 60.0 }
"""
FACTS = f"""
schema = 1
as_of = 2026-11-23
[providers.deepseek]
base_url = "https://api.deepseek.com/v1"
[providers.nscale]
base_url = "https://inference.api.nscale.com/v1"
[providers.openai]
base_url = "https://api.openai.com/v1"
[providers.anthropic]
api = "anthropic"
base_url = "https://api.anthropic.com"
[providers.gemini]
api = "gemini"
base_url = "https://generativelanguage.googleapis.com"
[providers.openrouter]
base_url = "https://openrouter.ai/api/v1"
[models.r]
context = 200_000
{LEVELS}
[models.c]
context = 200_000
{LEVELS}
[models.g]
context = 200_000
{LEVELS}
[models.plain]
context = 200_000
skills = {{ coding = 90.0 }}
"""
SOLD = ("nscale/r", "openai/r", "openrouter/r", "anthropic/c", "gemini/g", "nscale/plain", "openrouter/plain")
FACTS += "".join(f'[offers."{key}"]\ninput = 1.0\noutput = 2.0\n' for key in SOLD if "plain" not in key)
FACTS += "".join(f'[offers."{key}"]\ninput = 10.0\noutput = 20.0\n' for key in SOLD if "plain" in key)
FACTS += '[offers."anthropic/plain"]\ninput = 10.0\noutput = 20.0\n'


@pytest.fixture
def market(files: Files) -> Files:
    """The files with levels in the catalogue."""
    files.facts.write_text(FACTS)
    return files


def routing(labels: dict[str, dict[str, float]], rules: str = "", fallbacks: str = "") -> str:
    """Labels of 1,000 requests, 1,000 tokens in and 500 out, with these shares of offers."""
    text = "schema = 1\n"
    for name, shares in labels.items():
        routes = ", ".join(f'{{ offer = "{offer}", share = {share} }}' for offer, share in shares.items())
        text += f"[labels.{name}]\nrequests = 1_000\ninput_tokens = 1_000\noutput_tokens = 500\n{rules}"
        text += f"skills = {{ coding = 1.0 }}\nroutes = [{routes}]\n{fallbacks}"
    return text


def exported(files: Files, router: str, text: str, *words: str) -> dict[str, Any]:
    """What `export --json` says."""
    assert files.run("export", router, files.write("r.toml", text), "--json", *words) == 0, files.err
    return dict(json.loads(files.out))


def read_back(files: Files, router: str, written: dict[str, Any]) -> dict[str, dict[str, float]]:
    """Label -> offer -> share, as `import config` reads what was written."""
    path = files.write("written", written["text"])
    assert files.run("import", "config", path, "--router", router, "--json") == 0, files.err
    labels = json.loads(files.out)["routing"]["labels"]
    return {
        name: {route["offer"]: route["share"] for route in label["routes"]} for name, label in labels.items()
    }


@pytest.mark.parametrize(
    ("offer", "words"),
    [
        ("openai/r@high", {"reasoning_effort": "high"}),
        ("openrouter/r@none", {"reasoning_effort": "none"}),
        ("anthropic/c@high", {"reasoning_effort": "high"}),
        ("gemini/g@high", {"reasoning_effort": "high"}),
        ("nscale/r@high", {"reasoning_effort": "high", "allowed_openai_params": ["reasoning_effort"]}),
        ("nscale/r", {}),
    ],
)
def test_litellm(market: Files, offer: str, words: dict[str, Any]) -> None:
    written = exported(market, "litellm", routing({"default": {offer: 1.0}}))
    (entry,) = written["config"]["model_list"]
    call = {k: v for k, v in entry["litellm_params"].items() if "effort" in k or "allowed" in k}
    assert call == words and entry["model_info"]["modelpick"] == offer
    assert not written["warnings"] and read_back(market, "litellm", written) == {"default": {offer: 1.0}}


@pytest.mark.parametrize(("level", "allowed"), [("high", ["reasoning_effort"]), ("none", None)])
def test_litellm_switches_deepseeks_thinking_and_grades_it(
    market: Files, level: str, allowed: list[str] | None
) -> None:
    market.facts.write_text(FACTS + '[offers."deepseek/r"]\ninput = 1.0\noutput = 2.0\n')
    written = exported(market, "litellm", routing({"default": {f"deepseek/r@{level}": 1.0}}))
    call = written["config"]["model_list"][0]["litellm_params"]
    assert call["reasoning_effort"] == level and call.get("allowed_openai_params") == allowed


def test_litellm_splits_a_label_between_two_levels_of_one_model(market: Files) -> None:
    shares = {"nscale/r@high": 0.75, "nscale/r": 0.25}
    written = exported(market, "litellm", routing({"default": shares}))
    calls = [entry["litellm_params"] for entry in written["config"]["model_list"]]
    assert [(call["weight"], call.get("reasoning_effort")) for call in calls] == [(75, "high"), (25, None)]
    assert read_back(market, "litellm", written) == {"default": shares}
    # 1,000 x (1,000 x 1 + 1,500 x 2) / 1e6 is 4.00 USD at high, and (1,000 + 500 x 2) 2.00 at low.
    assert written["cost"] == pytest.approx(0.75 * 4 + 0.25 * 2)


@pytest.mark.parametrize(
    ("offer", "steps"),
    [
        ("nscale/r@high", [["customparams", {"reasoning_effort": "high"}]]),
        ("openrouter/r@none", ["openrouter", ["customparams", {"reasoning": {"effort": "none"}}]]),
        (
            "gemini/g@high",
            [
                "gemini",
                ["customparams", {"generationConfig": {"thinkingConfig": {"thinkingLevel": "high"}}}],
            ],
        ),
    ],
)
def test_claude_code_router_2(market: Files, offer: str, steps: list[Any]) -> None:
    plain = offer.partition("@")[0]
    labels = {"default": {offer: 1.0}, "think": {plain: 1.0}}
    written = exported(market, "claude-code-router", routing(labels))
    providers = {entry["name"]: entry for entry in written["config"]["Providers"]}
    provider, level = offer.partition("/")[0], offer.partition("@")[2]
    assert set(providers) == {provider, f"{provider}-{level}"}
    assert providers[f"{provider}-{level}"]["transformer"] == {"use": steps}
    assert written["config"]["Router"]["default"].startswith(f"{provider}-{level},")
    assert written["config"]["Router"]["think"].startswith(f"{provider},")
    assert read_back(market, "claude-code-router", written) == labels


def test_claude_code_router_2_has_no_words_for_anthropics_models(market: Files) -> None:
    text = routing({"default": {"anthropic/c@high": 1.0}}, "min_quality = 70.0\n")
    written = exported(market, "claude-code-router", text)
    # Half at 60 points and half at 80, at another provider: 0.5 x 2.00 + 0.5 x 4.00 USD.
    assert written["warnings"][0] == (
        "default: claude-code-router 2 cannot ask anthropic/c for effort 'high'; wrote anthropic/c (50.0%) +"
        " gemini/g@high (50.0%) instead (3.00 for 4.00 USD/month)"
    )


def test_claude_code_router_3(market: Files) -> None:
    labels = {"default": {"nscale/r@high": 0.5, "nscale/r": 0.5}, "think": {"anthropic/c@none": 1.0}}
    labels["background"] = {"gemini/g@high": 1.0}
    written = exported(market, "claude-code-router-3", routing(labels))
    bodies = {entry["name"]: entry.get("extraBody") for entry in written["config"]["Providers"]}
    thinking = {"thinkingConfig": {"thinkingLevel": "high"}}
    assert bodies == {
        "nscale": None,
        "nscale-high": {"default": {"reasoning_effort": "high"}},
        "anthropic-none": {"default": {"thinking": {"type": "disabled"}}},
        "gemini-high": {"default": {"generationConfig": thinking}},
    }
    assert read_back(market, "claude-code-router-3", written) == labels


@pytest.mark.parametrize(
    ("offer", "options"),
    [
        ("nscale/r@high", {"reasoningEffort": "high"}),
        ("openrouter/r@none", {"reasoning": {"effort": "none"}}),
        ("anthropic/c@high", {"effort": "high"}),
        ("anthropic/c@none", {"thinking": {"type": "disabled"}}),
        ("gemini/g@high", {"thinkingConfig": {"thinkingLevel": "high"}}),
    ],
)
def test_opencode(market: Files, offer: str, options: dict[str, Any]) -> None:
    plain, _, level = offer.partition("@")
    labels = {"default": {offer: 1.0}, "background": {plain: 1.0}}
    written = exported(market, "opencode", routing(labels))
    config = written["config"]
    provider, _, name = config["model"].partition("/")
    model = plain.partition("/")[2]
    assert name == f"{model}-{level}" and config["small_model"] == f"{provider}/{model}"
    assert config["provider"][provider]["models"][name]["id"] == model
    assert config["provider"][provider]["models"][name]["options"] == options
    assert read_back(market, "opencode", written) == labels


def test_aider_has_one_level_for_its_main_model(market: Files) -> None:
    labels = {"default": {"openai/r@high": 1.0}, "background": {"openai/r": 1.0}}
    written = exported(market, "aider", routing(labels))
    assert written["config"]["reasoning-effort"] == "high"
    assert written["config"]["check-model-accepts-settings"] is False
    assert read_back(market, "aider", written) == labels
    text = routing({"background": {"openai/r@high": 1.0}}, "min_quality = 70.0\n")
    written = exported(market, "aider", text)
    # At 70 points without levels only plain is left: 1,000 x (1,000 x 10 + 500 x 20) / 1e6 is 20.00 USD.
    assert written["warnings"][0].startswith(
        "background: aider cannot ask openai/r for effort 'high'; wrote anthropic/plain instead (20.00 for"
    )
    assert (written["cost"], written["cost_as_routed"]) == (pytest.approx(20.0), pytest.approx(4.0))


def test_aider_forgets_an_earlier_level(market: Files) -> None:
    out = market.folder / ".aider.conf.yml"
    high, low = (routing({"default": {offer: 1.0}}) for offer in ("openai/r@high", "openai/r"))
    exported(market, "aider", high, "-o", str(out))
    assert "reasoning-effort: high" in out.read_text()
    exported(market, "aider", low, "-o", str(out))
    assert "effort" not in out.read_text() and "check-model" not in out.read_text()


@pytest.mark.parametrize(
    ("offer", "body"),
    [
        ("nscale/r@high", {"reasoning_effort": "high"}),
        ("openrouter/r@high", {"reasoning": {"effort": "high"}}),
        ("anthropic/c@high", {"output_config": {"effort": "high"}}),
        ("anthropic/c@none", {"thinking": {"type": "disabled"}}),
    ],
)
def test_continue(market: Files, offer: str, body: dict[str, Any]) -> None:
    labels = {"default": {offer: 1.0}, "think": {offer.partition("@")[0]: 1.0}}
    written = exported(market, "continue", routing(labels))
    entries = {entry["name"]: entry for entry in written["config"]["models"]}
    assert entries["modelpick default"]["requestOptions"] == {"extraBodyProperties": body}
    assert "requestOptions" not in entries["modelpick think"]
    assert read_back(market, "continue", written) == labels


def test_continue_keeps_what_was_added_to_a_request(market: Files) -> None:
    out = market.folder / "config.yaml"
    exported(market, "continue", routing({"default": {"nscale/r@high": 1.0}}), "-o", str(out))
    out.write_text(
        out.read_text().replace("reasoning_effort: high", "reasoning_effort: high\n        seed: 7")
    )
    exported(market, "continue", routing({"default": {"nscale/r": 1.0}}), "-o", str(out))
    assert "seed: 7" in out.read_text() and "reasoning_effort" not in out.read_text()


@pytest.mark.parametrize(
    ("offer", "level"), [("nscale/r@high", "high"), ("openrouter/r@none", "none"), ("gemini/g@high", "high")]
)
def test_portkey(market: Files, offer: str, level: str) -> None:
    written = exported(market, "portkey", routing({"default": {offer: 1.0}}))
    (target,) = written["config"]["targets"][0]["targets"]
    assert target["override_params"] == {"model": offer.partition("/")[2][0], "reasoning_effort": level}
    assert read_back(market, "portkey", written) == {"default": {offer: 1.0}}


@pytest.mark.parametrize("offer", ["anthropic/c@high", "gemini/g@none"])
def test_portkey_has_no_words_for_some_levels(market: Files, offer: str) -> None:
    written = exported(market, "portkey", routing({"default": {offer: 1.0}}))
    assert f"cannot ask {offer.partition('@')[0]} for effort" in written["warnings"][0]


def test_openrouter(market: Files) -> None:
    behind = 'fallbacks = ["openrouter/plain", "openrouter/r@none"]\n'
    text = routing({"default": {"openrouter/r@high": 1.0}}, fallbacks=behind)
    written = exported(market, "openrouter", text)
    body = written["config"]["default"]
    assert body["reasoning"] == {"effort": "high"} and body["models"] == ["r", "plain"]
    assert written["warnings"] == [
        "default: one effort holds for a whole body, so the fallbacks openrouter/r@none are left out"
    ]
    assert "default: effort high holds for its fallbacks as well" in written["notes"]
    assert read_back(market, "openrouter", written) == {"default": {"openrouter/r@high": 1.0}}


def test_claude_code_has_one_level_for_a_session(market: Files) -> None:
    same = {"default": {"anthropic/c@high": 1.0}, "think": {"anthropic/c@high": 1.0}}
    same["background"] = {"anthropic/plain": 1.0}
    written = exported(market, "claude-code", routing(same))
    assert written["config"]["env"]["CLAUDE_CODE_EFFORT_LEVEL"] == "high" and not written["warnings"]
    assert read_back(market, "claude-code", written) == same
    two = {"default": {"anthropic/c": 1.0}, "think": {"anthropic/c@high": 1.0}}
    written = exported(market, "claude-code", routing(two, "min_quality = 55.0\n"))
    assert "CLAUDE_CODE_EFFORT_LEVEL" not in written["config"]["env"]
    # Without levels c counts 60 points at low, 2.00 USD a label instead of 4.00 for think.
    assert written["warnings"][0] == (
        "think: Claude Code cannot ask anthropic/c for effort 'high' beside the other labels' levels; wrote"
        " anthropic/c instead (2.00 for 4.00 USD/month)"
    )


def test_the_default_level_by_its_name_is_the_plain_offer(market: Files) -> None:
    written = exported(market, "litellm", routing({"default": {"nscale/r@low": 1.0}}))
    (entry,) = written["config"]["model_list"]
    assert (
        entry["model_info"]["modelpick"] == "nscale/r" and "reasoning_effort" not in entry["litellm_params"]
    )


def test_claude_code_takes_no_level_for_one_label_that_would_hold_for_another(market: Files) -> None:
    # The cheapest for background would be c@none at 1.50 USD, for default c at low is 2.00. With none for the
    # whole session default would get 30 points instead of 60: so both have what c does unasked.
    labels = {"default": {"anthropic/c": 1.0}, "background": {"nscale/r@none": 1.0}}
    written = exported(market, "claude-code", routing(labels))
    assert "CLAUDE_CODE_EFFORT_LEVEL" not in written["config"]["env"]
    assert read_back(market, "claude-code", written) == {name: {"anthropic/c": 1.0} for name in labels}
    market.facts.write_text(FACTS.replace('default_effort = "low"', 'default_effort = "high"'))
    # Now c does high unasked, and low is cheaper for background.
    written = exported(market, "claude-code", routing(labels))
    assert "CLAUDE_CODE_EFFORT_LEVEL" not in written["config"]["env"]
    assert read_back(market, "claude-code", written)["default"] == {"anthropic/c": 1.0}


def test_a_label_that_can_be_written_keeps_its_fallbacks_where_another_is_solved_anew(market: Files) -> None:
    labels = {"default": {"openrouter/plain": 1.0}, "think": {"anthropic/c@high": 1.0}}
    written = exported(market, "openrouter", routing(labels, fallbacks='fallbacks = ["openrouter/r"]\n'))
    assert written["warnings"][0].startswith("think: OpenRouter cannot reach")
    assert written["config"]["default"]["models"] == ["plain", "r"]
    written = exported(market, "openrouter", routing(labels))
    assert written["config"]["default"]["models"] == ["plain"]
