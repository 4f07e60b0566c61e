"""modelpick export: what each router's file says, and what is said where it cannot say it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from modelpick.engine.adapters.routers import ROUTERS, json5

from .router_facts import Files

EVERY = [name for name in ROUTERS if name != "openrouter"]


def exported(files: Files, router: str, *words: object) -> dict[str, Any]:
    assert files.run("export", router, files.routed, "--json", *words) == 0
    told: dict[str, Any] = json.loads(files.out)
    return told


def entries(config: dict[str, Any], group: str) -> list[dict[str, Any]]:
    return [entry for entry in config["model_list"] if entry["model_name"] == group]


class TestLitellm:
    def test_groups_weights_and_fallbacks(self, files: Files) -> None:
        config = exported(files, "litellm")["config"]
        main = entries(config, "default")
        assert [entry["litellm_params"]["model"] for entry in main] == [
            "nscale/Org/Large",
            "deepseek/small-chat",
        ]
        assert [entry["litellm_params"]["weight"] for entry in main] == [70, 30]
        settings = config["router_settings"]
        groups = {entry["model_name"] for entry in config["model_list"]}
        for kind in ("fallbacks", "context_window_fallbacks"):
            for rule in settings[kind]:
                ((source, targets),) = rule.items()
                assert {source, *targets} <= groups
        assert {"default": ["default-fallback-1", "default-fallback-2"]} in settings["fallbacks"]
        assert entries(config, "default-fallback-1")[0]["litellm_params"]["model"] == "openrouter/org/large"
        assert {"background": ["longContext"]} in settings["context_window_fallbacks"]
        assert settings["enable_pre_call_checks"] and settings["routing_strategy"] == "simple-shuffle"

    def test_prices_are_per_token_with_the_fee_and_the_tier(self, files: Files) -> None:
        info = entries(exported(files, "litellm")["config"], "longContext")[0]["model_info"]
        assert info["input_cost_per_token"] == pytest.approx(1.6e-6 * 1.055, rel=1e-9)
        assert info["output_cost_per_token"] == pytest.approx(4.6e-6 * 1.055, rel=1e-9)
        assert info["input_cost_per_token_above_200k_tokens"] == pytest.approx(3.2e-6 * 1.055, rel=1e-9)
        assert info["max_input_tokens"] == 200_000 and info["max_output_tokens"] == 32_000

    def test_every_number_is_one_for_pyyaml(self, files: Files) -> None:
        """PyYAML, which LiteLLM reads with, takes 6e-08 for a text."""
        told = exported(files, "litellm")
        assert yaml.safe_load(told["text"]) == told["config"]
        small = entries(yaml.safe_load(told["text"]), "background")[0]["model_info"]
        assert small["input_cost_per_token"] == 6e-8 and isinstance(small["input_cost_per_token"], float)

    def test_rate_limits_bind_and_sessions_stay(self, files: Files) -> None:
        config = exported(files, "litellm")["config"]
        spare = entries(config, "background-fallback-1")[0]["litellm_params"]
        assert (spare["rpm"], spare["tpm"]) == (500, 200_000)
        checks = config["router_settings"]["optional_pre_call_checks"]
        assert set(checks) == {"enforce_model_rate_limits", "session_affinity"}

    def test_claude_code_reaches_labels_by_family(self, files: Files) -> None:
        alias = exported(files, "litellm")["config"]["router_settings"]["model_group_alias"]
        assert alias == {"claude-opus-5": "think", "claude-haiku-5-20260101": "background"}

    def test_a_label_named_like_a_fallback_group_keeps_its_name(self, files: Files) -> None:
        text = files.routed.read_text().replace("[labels.background]", '[labels."default-fallback-1"]')
        files.routed.write_text(text)
        config = exported(files, "litellm")["config"]
        assert [e["litellm_params"]["model"] for e in entries(config, "default-fallback-1")] == [
            "deepseek/small-chat"
        ]
        assert {"default": ["default-fallbacks-1", "default-fallbacks-2"]} in config["router_settings"][
            "fallbacks"
        ]


class TestClaudeCodeRouter:
    def test_version_2(self, files: Files) -> None:
        out = files.folder / "config.json"
        assert files.run("export", "claude-code-router", files.routed, "-o", out) == 0
        config = json5.load(out.read_text(), "")
        assert config["Router"]["default"] == "nscale,Org/Large"
        assert config["Router"]["longContextThreshold"] == 60_000
        assert config["fallback"]["default"] == ["openrouter,org/large", "nscale,Org/Small-Chat"]
        assert config["CUSTOM_ROUTER_PATH"] == str((files.folder / "router.js").resolve())
        assert "module.exports" in (files.folder / "router.js").read_text()
        addresses = {entry["name"]: entry["api_base_url"] for entry in config["Providers"]}
        assert addresses["deepseek"] == "https://api.deepseek.com/v1/chat/completions"
        assert addresses["anthropic"] == "https://api.anthropic.com/v1/messages"
        models = {entry["name"]: entry["models"] for entry in config["Providers"]}
        for selector in [v for v in config["Router"].values() if isinstance(v, str)]:
            provider, _, model = selector.partition(",")
            assert model in models[provider]

    def test_version_3_rules_are_in_order_and_end_with_default(self, files: Files) -> None:
        told = exported(files, "claude-code-router-3", "--threshold", 50_000)
        rules = told["config"]["Router"]["rules"]
        assert [rule["name"] for rule in rules] == ["longContext", "background", "think", "default"]
        assert rules[0]["condition"] == {"left": "request.tokenCount", "operator": ">", "right": "50000"}
        assert [rule["type"] for rule in rules] == ["condition", "condition", "condition", "script"]
        assert not any(rule["id"].startswith("legacy-") for rule in rules)
        assert any("no fallbacks" in warning for warning in told["warnings"])


class TestOthers:
    def test_opencode(self, files: Files) -> None:
        config = exported(files, "opencode")["config"]
        assert config["small_model"] == "deepseek/small-chat"
        assert config["agent"]["plan"]["model"] == "anthropic/claude-opus-5"
        options = config["provider"]["deepseek"]["options"]
        assert options == {"baseURL": "https://api.deepseek.com/v1", "apiKey": "{env:DEEPSEEK_API_KEY}"}
        assert config["provider"]["anthropic"]["options"]["baseURL"] == "https://api.anthropic.com/v1"

    def test_claude_code(self, files: Files) -> None:
        told = exported(files, "claude-code")
        assert told["config"]["env"] == {
            "ANTHROPIC_DEFAULT_OPUS_MODEL": "claude-opus-5",
            "ANTHROPIC_DEFAULT_SONNET_MODEL": "claude-opus-5",
            "ANTHROPIC_DEFAULT_HAIKU_MODEL": "claude-haiku-5-20260101",
        }
        assert "apiKeyHelper" not in told["config"]

    def test_aider(self, files: Files) -> None:
        config = exported(files, "aider")["config"]
        assert config == {"model": "nscale/Org/Large", "weak-model": "deepseek/small-chat"}

    def test_portkey(self, files: Files) -> None:
        config = exported(files, "portkey")["config"]
        names = [target["name"] for target in config["targets"]]
        assert [rule["then"] for rule in config["strategy"]["conditions"]] == names
        split, *spare = config["targets"][0]["targets"]
        assert [target["weight"] for target in split["targets"]] == [70, 30]
        assert [target["override_params"]["model"] for target in spare] == ["org/large", "Org/Small-Chat"]

    def test_openrouter(self, files: Files) -> None:
        text = files.routed.read_text().replace('"anthropic/claude-opus-5"', '"openrouter/large"')
        files.routed.write_text(text)
        config = exported(files, "openrouter")["config"]
        assert config["think"]["model"] == "org/large"
        assert config["think"]["provider"]["max_price"] == {"prompt": 1.6, "completion": 4.6}
        assert config["background"]["model"] == "org/small"

    def test_continue(self, files: Files) -> None:
        models = exported(files, "continue")["config"]["models"]
        assert [(m["name"], m["roles"]) for m in models] == [
            ("modelpick default", ["chat", "edit", "apply"]),
            ("modelpick think", ["chat"]),
        ]


class TestWhatCannotBeSaid:
    def test_a_mix_is_solved_again_with_one_model_and_its_price(self, files: Files) -> None:
        told = exported(files, "opencode")
        (said,) = [warning for warning in told["warnings"] if warning.startswith("default: opencode")]
        assert "nscale/large (70.0%) + deepseek/small (30.0%)" in said and "wrote nscale/large" in said
        # By hand: all of it at the large one; 70 % of that and 30 % at the small one in the mix.
        alone = 4_000 * (10_000 * 1.5 + 500 * 4.5) / 1e6
        mix = 0.7 * alone + 0.3 * 4_000 * (10_000 * 0.06 + 500 * 0.20) / 1e6
        assert f"({alone:,.2f} for {mix:,.2f} USD/month)" in said
        assert told["cost"] - told["cost_as_routed"] == pytest.approx(alone - mix)
        assert any("has no fallbacks" in warning for warning in told["warnings"])
        assert any(warning.startswith("longContext: opencode has no place") for warning in told["warnings"])

    def test_an_offer_out_of_reach_is_replaced(self, files: Files) -> None:
        files.routed.write_text(files.routed.read_text().replace('"nscale/large"', '"vertex/large"'))
        told = exported(files, "claude-code-router")
        assert told["config"]["Router"]["default"] == "nscale,Org/Large"
        assert any("cannot reach every offer of vertex/large" in warning for warning in told["warnings"])

    def test_rules_that_nothing_expressible_keeps_are_loudly_broken(self, files: Files) -> None:
        text = files.routed.read_text().replace(
            "max_models = 2\n", 'max_models = 2\npin = {"nscale/large" = 0.7}\n'
        )
        files.routed.write_text(text)
        told = exported(files, "aider")
        assert told["config"]["model"] == "nscale/Org/Large"
        assert any("THE RULES ARE BROKEN" in warning for warning in told["warnings"])

    def test_nothing_in_reach_is_status_1(self, files: Files) -> None:
        text = files.routed.read_text().replace(
            "min_quality = 68.0", 'allow = ["nscale/large", "deepseek/small"]'
        )
        files.routed.write_text(text)
        assert files.run("export", "openrouter", files.routed) == 1
        assert "OpenRouter reaches none of nscale/large, deepseek/small" in files.out
        assert "labels.default.allow" in files.out

    def test_warnings_are_comments_on_top_and_on_standard_error(self, files: Files) -> None:
        assert files.run("export", "aider", files.routed) == 0
        assert files.out.startswith("# modelpick: ") and "warning: " in files.err

    def test_unsolved_is_solved_first(self, files: Files) -> None:
        text = re.sub(r"(routes|fallbacks) = .*\n", "", files.routed.read_text())
        unsolved = files.write("unsolved.toml", text)
        assert files.run("export", "litellm", unsolved, "--json") == 0
        told = json.loads(files.out)
        assert "solved first, as it has no routes yet" in told["notes"][0]
        assert files.run("solve", unsolved, "--json") == 0
        plan = json.loads(files.out)
        assert told["cost"] == pytest.approx(plan["cost"], rel=1e-5)
        offers = {entry["model_info"]["modelpick"] for entry in entries(told["config"], "default")}
        assert offers == {route["offer"] for route in plan["labels"]["default"]["routes"]}

    def test_no_other_plan_takes_the_place_of_one_with_an_unknown_offer(self, files: Files) -> None:
        text = files.routed.read_text()
        routes = re.sub(r'(offer = )"nscale/large"', r'\1"nscale/larg"', text)
        assert files.run("export", "litellm", files.write("larg.toml", routes)) == 2
        assert "routes: unknown offer 'nscale/larg' (did you mean 'nscale/large'?)" in files.err

    def test_an_unknown_fallback_is_named(self, files: Files) -> None:
        text = re.sub(r"fallbacks = .*\n", 'fallbacks = ["nscale/larg"]\n', files.routed.read_text())
        files.routed.write_text(text)
        told = exported(files, "litellm")
        assert "fallbacks: unknown offer 'nscale/larg' (did you mean 'nscale/large'?)" in told["notes"][0]

    def test_infeasible_is_status_1(self, files: Files) -> None:
        text = re.sub(r"(routes|fallbacks) = .*\n", "", files.routed.read_text()).replace("68.0", "99.0")
        assert files.run("export", "litellm", files.write("no.toml", text)) == 1
        assert "labels.default.min_quality" in files.out


@pytest.mark.parametrize("router", EVERY)
def test_keys_are_references_only(files: Files, router: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DEEPSEEK", "NSCALE", "OPENROUTER", "ANTHROPIC"):
        monkeypatch.setenv(f"{name}_API_KEY", "sk-very-secret")
    text = exported(files, router)["text"]
    assert "secret" not in text.replace("secrets.", "")
    for line in text.splitlines():
        if re.search(r"(?i)(api|master).?key.*:", line) and not line.startswith(("#", "//")):
            assert re.search(r"os\.environ/|\$|\{env:|_API_KEY", line), line


@pytest.mark.parametrize("router", EVERY)
def test_a_second_export_changes_nothing(files: Files, router: str) -> None:
    out = files.folder / "out.cfg"
    assert files.run("export", router, files.routed, "-o", out) == 0
    first = out.read_text()
    assert files.run("export", router, files.routed, "-o", out) == 0
    assert out.read_text() == first and "says so already" in files.out
    assert not (files.folder / "out.cfg.bak").exists()


def test_a_bad_name_and_a_bad_threshold_are_usage_errors(files: Files, tmp_path: Path) -> None:
    assert files.run("export", "litelm", files.routed) == 2
    assert "did you mean 'litellm'?" in files.err and len(files.err.splitlines()) == 1
    assert files.run("export", "claude-code-router-2", files.routed) == 0
    assert files.run("export", "litellm", files.routed, "--threshold", "0") == 2
    assert files.run("export", "litellm", files.routed, "--push", "http://127.0.0.1:1") == 2
    assert files.run("export", "litellm", tmp_path / "none.toml") == 2
