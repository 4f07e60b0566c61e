"""modelpick import config: files written by others are read."""

from __future__ import annotations

import json

import pytest

from .router_facts import FACTS, Files, shares


def imported(files: Files, name: str, text: str, *words: object) -> dict[str, object]:
    assert files.run("import", "config", files.write(name, text), "-o", files.folder / "i.toml", *words) == 0
    return shares(files.folder / "i.toml")


def test_a_litellm_file_of_ones_own(files: Files) -> None:
    text = """
model_list:
- model_name: default
  litellm_params: {model: deepseek/small-chat, rpm: 300}
- model_name: default
  litellm_params: {model: openai/Org/Large, api_base: https://inference.api.nscale.com/v1, rpm: 100}
- model_name: writer
  litellm_params: {model: openai/gpt-unknown}
- model_name: coder
  litellm_params: {model: nscale/Org/Small-Chat}
router_settings:
  fallbacks: [{default: [coder]}]
"""
    # nscale/large under the openai prefix is not its LiteLLM name, and its address says where it is.
    got = imported(files, "config.yaml", text)
    assert got["default"] == ({"deepseek/small": 0.75, "nscale/large": 0.25}, ("nscale/small",))
    assert got["coder"] == ({"nscale/small": 1.0}, ())
    assert "writer: 'openai/gpt-unknown' is not in the catalogue" in files.err and got["writer"] == ({}, ())


def test_a_classic_claude_code_router_file(files: Files) -> None:
    text = """{
      // theirs
      "Providers": [
        {"name": "ds", "api_base_url": "https://api.deepseek.com/chat/completions", "models": ["small-chat"]},
        {"name": "local", "api_base_url": "http://localhost:1/v1/chat/completions", "models": ["q"]}],
      "Router": {"default": "ds,small-chat", "think": "local,q", "longContext": "openrouter,org/large",
        "longContextThreshold": 90000},
    }"""
    got = imported(files, "config.json", text)
    assert got == {
        "default": ({"deepseek/small": 1.0}, ()),
        "think": ({}, ()),
        "longContext": ({"openrouter/large": 1.0}, ()),
    }
    assert "think: 'local,q' is not in the catalogue" in files.err and "90000" in files.err


def test_a_mix_that_someone_has_overruled_in_router_is_not_believed(files: Files) -> None:
    out = files.folder / "config.json"
    assert files.run("export", "claude-code-router", files.routed, "-o", out) == 0
    text = out.read_text().replace('"default": "nscale,Org/Large"', '"default": "openrouter,org/small"')
    assert imported(files, "config.json", text)["default"][0] == {"openrouter/small": 1.0}  # type: ignore[index]


@pytest.mark.parametrize("share", ["1" + "0" * 400, "-1", "1e999", "true", '"x"', "null"])
def test_a_share_that_cannot_be_in_what_we_wrote_ourselves(files: Files, share: str) -> None:
    out = files.folder / "config.json"
    assert files.run("export", "claude-code-router", files.routed, "-o", out) == 0
    settings = json.loads(out.read_text())
    settings["modelpick"]["routes"]["default"][0][1] = 12345
    got = imported(files, "config.json", json.dumps(settings).replace("12345", share))
    mix = got["default"][0]  # type: ignore[index]
    assert mix and all(0 < part <= 1 for part in mix.values())


def test_what_is_no_routers_file(files: Files) -> None:
    for name, text, word in (
        ("a.yaml", "x: 1\n", "that modelpick recognises"),
        ("b.json", "{", "line 1"),
        ("c.yaml", "model_list: 3\n", "no label"),
        ("d.yaml", "model_list:\n- 7\n- model_name: x\n", "no label"),
        ("e.json", '{"Router": 1, "Providers": {}}', "no label"),
    ):
        assert files.run("import", "config", files.write(name, text)) == 2
        assert word in files.err and name in files.err
    assert files.run("import", "config", files.routed, "--router", "litelm") == 2
    assert "did you mean 'litellm'?" in files.err


def test_the_workload_is_the_ready_made_one_unless_given(files: Files) -> None:
    out = files.folder / "out.cfg"
    assert files.run("export", "litellm", files.routed, "-o", out) == 0
    assert files.run("import", "config", out, "--json") == 0
    told = json.loads(files.out)
    assert told["router"] == "litellm" and told["routing"]["labels"]["default"]["requests"] == 4_000
    assert any("--workload" in note for note in told["notes"])


class TestNamesAsPeopleWriteThem:
    def test_dates_regions_and_no_provider(self, files: Files) -> None:
        text = """
model_list:
- {model_name: plain, litellm_params: {model: claude-opus-5}}
- {model_name: dated, litellm_params: {model: anthropic/claude-opus-5-20260301}}
- {model_name: day, litellm_params: {model: anthropic/claude-opus-5@20260301}}
- {model_name: elsewhere, litellm_params: {model: groq/claude-opus-5-20260301}}
"""
        got = imported(files, "config.yaml", text)
        known = {name: ({"anthropic/claude-opus-5": 1.0}, ()) for name in ("plain", "dated", "day")}
        assert got == {**known, "elsewhere": ({}, ())}
        assert "elsewhere: 'groq/claude-opus-5-20260301' is not in the catalogue" in files.err

    def test_a_profile_of_bedrock_is_its_regions_offer(self, files: Files) -> None:
        more = '[providers.bedrock]\napi = "bedrock"\n'
        more += '[providers.bedrock-eu]\napi = "bedrock"\nvariant_of = "bedrock"\n'
        for offer, region in (("bedrock/claude-opus-5", "global"), ("bedrock-eu/claude-opus-5", "eu")):
            name = f"{region}.anthropic.claude-opus-5-v1"
            more += f'[offers."{offer}"]\nid = "{name}"\ninput = 1.0\noutput = 2.0\n'
        files.facts.write_text(FACTS + more)
        names = {
            "profile": "bedrock/eu.anthropic.claude-opus-5-20260301-v1:0",
            "converse": "bedrock/converse/eu.anthropic.claude-opus-5-v1",
            "converse-too": "bedrock_converse/eu.anthropic.claude-opus-5-20260301-v1:0",
            "region": "bedrock/eu-west-1/anthropic.claude-opus-5-v1",
            "global": "bedrock/converse/global.anthropic.claude-opus-5-20260301-v1:0",
            "bare": "anthropic.claude-opus-5-20260301-v1:0",
        }
        groups = [{"model_name": n, "litellm_params": {"model": model}} for n, model in names.items()]
        got = imported(files, "config.yaml", json.dumps({"model_list": groups}))
        europe = ("profile", "converse", "converse-too", "region")
        assert got == {
            **{name: ({"bedrock-eu/claude-opus-5": 1.0}, ()) for name in europe},
            **{name: ({"bedrock/claude-opus-5": 1.0}, ()) for name in ("global", "bare")},
        }

    def test_a_variant_is_the_paid_offer_with_a_note_and_no_model_no_label(self, files: Files) -> None:
        text = """{"Providers": [{"name": "or", "api_base_url": "https://openrouter.ai/api/v1/chat/completions"}],
          "Router": {"default": "openrouter,org/large:online", "think": "openrouter,org/small",
          "image": ""}}"""
        got = imported(files, "config.json", text)
        assert got == {"default": ({"openrouter/large": 1.0}, ()), "think": ({"openrouter/small": 1.0}, ())}
        assert "'openrouter,org/large:online' is counted as openrouter/large" in files.err
        assert "image" not in files.err

    def test_aider_takes_underscores(self, files: Files) -> None:
        got = imported(files, "a.yml", "model: claude-opus-5\nweak_model: deepseek/small-chat\n")
        assert got["background"] == ({"deepseek/small": 1.0}, ())

    def test_an_aider_file_without_models_is_aiders(self, files: Files) -> None:
        assert files.run("import", "config", files.write("a.yml", "opus: true\nauto-commits: false\n")) == 2
        assert "no label" in files.err


def test_order_is_a_priority_not_a_share(files: Files) -> None:
    text = """
model_list:
- {model_name: default, litellm_params: {model: anthropic/claude-opus-5, order: 2}}
- {model_name: default, litellm_params: {model: deepseek/small-chat, order: 1}}
"""
    got = imported(files, "config.yaml", text)
    assert got["default"] == ({"deepseek/small": 1.0}, ("anthropic/claude-opus-5",))


def test_numbers_in_quotes_count_and_what_is_no_number_is_said(files: Files) -> None:
    group = "- {{model_name: {0}, litellm_params: {{model: {1}, {2}}}}}\n"
    small, large = "deepseek/small-chat", "openrouter/org/large"
    text = "model_list:\n" + group.format("a", small, "weight: '3'") + group.format("a", large, "weight: 1")
    text += group.format("b", small, "order: '2'") + group.format("b", large, 'order: "1"')
    text += group.format("c", small, "weight: much") + group.format("c", large, "weight: 1")
    text += group.format("d", small, "weight: 1") + group.format("d", large, "weight: .nan")
    got = imported(files, "config.yaml", text)
    assert got["a"] == ({"deepseek/small": 0.75, "openrouter/large": 0.25}, ())
    assert got["b"] == ({"openrouter/large": 1.0}, ("deepseek/small",))
    assert got["c"] == ({"openrouter/large": 1.0}, ()) and got["d"] == ({"deepseek/small": 1.0}, ())
    assert f"c: weight 'much' of {small!r} is no number from 0 on, not read" in files.err
    assert f"d: weight nan of {large!r} is no number" in files.err and "a: weight" not in files.err


def test_what_is_not_taken_is_said(files: Files) -> None:
    text = """
model_list:
- model_name: default
  litellm_params: {model: deepseek/small-chat, weight: 1, input_cost_per_token: 0}
- model_name: default
  litellm_params: {model: ollama/house, weight: 4}
litellm_settings: {content_policy_fallbacks: [{default: [x]}], cost_margin_config: {global: 0.1},
  context_window_fallbacks: [{default: [big]}]}
router_settings: {provider_budget_config: {openai: {budget_limit: 1}}}
include: [more.yaml]
"""
    assert imported(files, "config.yaml", text)["default"][0] == {"deepseek/small": 1.0}  # type: ignore[index]
    # 4 of 1 + 4 go to what is unknown: 80 %.
    assert "default: 80% of it is unknown" in files.err
    assert "default: where its window ends big takes over, which is not counted" in files.err
    for words in (
        "content_policy_fallbacks is",
        "provider_budget_config is",
        "cost_margin_config is",
        "include: more.yaml is",
    ):
        assert f"{words} not read" in files.err


@pytest.mark.parametrize("figure", ["1" + "0" * 400, ".inf", ".nan", "-1"])
@pytest.mark.parametrize("key", ["order", "weight"])
def test_figures_beyond_all_measure_in_a_litellm_file(files: Files, key: str, figure: str) -> None:
    text = f"""
model_list:
- {{model_name: default, litellm_params: {{model: deepseek/small-chat, {key}: {figure}}}}}
- {{model_name: default, litellm_params: {{model: anthropic/claude-opus-5, {key}: 1}}}}
"""
    read = imported(files, "config.yaml", text)["default"]
    assert isinstance(read, tuple)
    mix: dict[str, float] = read[0]
    assert sum(mix.values()) == 1


class TestALiteLLMFileOfSomeoneElse:
    def test_aliases_are_the_labels_of_the_groups_behind_them(self, files: Files) -> None:
        text = """
model_list:
- {model_name: small, litellm_params: {model: deepseek/small-chat}}
- {model_name: big, litellm_params: {model: anthropic/claude-opus-5}}
router_settings:
  fallbacks: [{default: [think]}]
  default_fallbacks: [big]
  model_group_alias: {default: small, background: small, think: {model: big, hidden: true}, lost: nowhere}
"""
        small, big = "deepseek/small", "anthropic/claude-opus-5"
        # big is think's own group, so no fallback of it.
        assert imported(files, "config.yaml", text) == {
            "default": ({small: 1.0}, (big,)),
            "background": ({small: 1.0}, (big,)),
            "think": ({big: 1.0}, ()),
        }
        assert "small: read as default, background (model_group_alias)" in files.err
        assert "lost: 'nowhere' in model_group_alias is no group of this file" in files.err
        config = files.folder / "config.yaml"
        assert files.run("export", "litellm", files.folder / "i.toml", "-o", config) == 0
        assert config.read_text() == text

    def test_wildcards_stand_behind_names_of_no_group(self, files: Files) -> None:
        text = """
model_list:
- {model_name: "any/*", litellm_params: {model: "deepseek/*"}}
- {model_name: "any/s*", litellm_params: {model: "nscale/Org/S*"}}
- {model_name: "claude-*", litellm_params: {model: anthropic/claude-haiku-5}}
- {model_name: big, litellm_params: {model: anthropic/claude-opus-5}}
router_settings:
  fallbacks: [{big: [any/small-chat, elsewhere/x]}]
  model_group_alias: {background: any/small-chat}
"""
        got = imported(files, "config.yaml", text)
        # any/s* is the more particular: nscale/Org/Small-Chat, in any case of letters; claude-* is one model.
        assert got == {
            "background": ({"nscale/small": 1.0}, ()),
            "claude-*": ({"anthropic/claude-haiku-5": 1.0}, ()),
            "big": ({"anthropic/claude-opus-5": 1.0}, ("nscale/small",)),
        }
        assert "big: its fallback 'elsewhere/x' is no group of this file" in files.err

    def test_models_that_answer_no_chats_are_left_aside(self, files: Files) -> None:
        text = (
            MODELS
            + """
- {model_name: search, litellm_params: {model: openai/text-embedding-3-small}}
- {model_name: rank, litellm_params: {model: jina_ai/x}, model_info: {mode: rerank}}
- {model_name: paint, litellm_params: {model: openai/gpt-image-1}}
- {model_name: env, litellm_params: {model: os.environ/MODEL}}
"""
        )
        got = imported(files, "config.yaml", text)
        assert got == {"default": ({"deepseek/small": 1.0}, ()), "env": ({}, ())}
        for name in (
            "search: 'openai/text-embedding-3-small'",
            "rank: 'jina_ai/x'",
            "paint: 'openai/gpt-image-1'",
        ):
            assert f"{name} answers no chats, left aside" in files.err
        assert "env: 'os.environ/MODEL' is what the environment has for MODEL, which is not read" in files.err

    def test_azure_goes_by_the_base_model(self, files: Files) -> None:
        files.facts.write_text(
            FACTS + '[providers.azure]\n[offers."azure/small"]\nid = "small"\ninput = 0.1\noutput = 0.4\n'
        )
        text = """
model_list:
- {model_name: known, litellm_params: {model: azure/small}}
- {model_name: based, litellm_params: {model: azure/our-deployment}, model_info: {base_model: azure/small}}
- {model_name: prov, litellm_params: {model: small, custom_llm_provider: azure}}
- {model_name: unknown, litellm_params: {model: azure/our-deployment}}
"""
        got = imported(files, "config.yaml", text)
        known = {name: ({"azure/small": 1.0}, ()) for name in ("known", "based", "prov")}
        assert got == {**known, "unknown": ({}, ())}
        assert "unknown: 'azure/our-deployment' is not in the catalogue" in files.err

    def test_a_name_without_provider_is_whose_litellm_takes_it_for(self, files: Files) -> None:
        models = "[models.gemini-9-pro]\ncontext = 1_000_000\n"
        offers = "".join(
            f'[offers."{provider}/gemini-9-pro"]\nid = "gemini-9-pro"\ninput = 1.0\noutput = 2.0\n'
            for provider in ("gemini", "vertex")
        )
        files.facts.write_text(f'{FACTS}[providers.gemini]\napi = "gemini"\n{models}{offers}')
        text = "model_list: [{model_name: default, litellm_params: {model: gemini-9-pro}}]\n"
        assert imported(files, "config.yaml", text)["default"] == ({"vertex/gemini-9-pro": 1.0}, ())

    def test_entries_without_names_or_models_are_named_by_their_place(self, files: Files) -> None:
        text = """
model_list:
- {model_name: default, litellm_params: {model: deepseek/small-chat}}
- {litellm_params: {model: deepseek/small-chat}}
- {model_name: [[[]]], litellm_params: {model: deepseek/small-chat}}
- {model_name: think, litellm_params: {model: null}}
- {model_name: image}
- {model_name: "openai/*", litellm_params: {model: "openai/*"}}
- 7
"""
        assert imported(files, "config.yaml", text) == {"default": ({"deepseek/small": 1.0}, ())}
        for words in (
            "entry 2 of model_list has no model_name",
            "entry 3 of model_list has no model_name",
            "entry 4 of model_list, 'think', has no litellm_params.model",
            "entry 5 of model_list, 'image', has no litellm_params.model",
            "openai/*: a wildcard",
            "entry 7 of model_list has no model_name",
        ):
            assert words in files.err
        assert "None" not in files.err

    def test_included_files_are_read_each_once_and_none_outside(self, files: Files) -> None:
        files.write("models.yaml", MODELS + "include: [config.yaml, models.yaml]\n")
        (files.folder.parent / "outside.yaml").write_text(MODELS.replace("default", "secret"))
        text = "include: [models.yaml, ../outside.yaml, gone.yaml]\n"
        assert imported(files, "config.yaml", text) == {"default": ({"deepseek/small": 1.0}, ())}
        assert "include: ../outside.yaml is outside the file's folder, not read" in files.err
        assert "include: gone.yaml is not read: no such file" in files.err
        config = files.folder / "config.yaml"
        assert files.run("export", "litellm", files.folder / "i.toml", "-o", config) == 0
        assert config.read_text() == text  # the label stands, in the included file

    def test_a_profile_of_ones_own_goes_by_its_base_model(self, files: Files) -> None:
        text = """
model_list:
- model_name: default
  litellm_params: {model: "anthropic/profile:abc", base_model: anthropic/claude-opus-5-20260301}
"""
        assert imported(files, "c.yaml", text)["default"] == ({"anthropic/claude-opus-5": 1.0}, ())

    def test_an_address_that_is_not_the_providers_is_said(self, files: Files) -> None:
        text = MODELS.replace("small-chat}", "small-chat, api_base: 'http://proxy.example:4000/v1'}")
        assert imported(files, "c.yaml", text)["default"] == ({"deepseek/small": 1.0}, ())
        assert "'deepseek/small-chat' is called at proxy.example:4000; counted as deepseek/small" in files.err
        imported(files, "c.yaml", text.replace("http://proxy.example:4000", "https://api.deepseek.com"))
        assert "is called at" not in files.err

    @pytest.mark.parametrize(
        ("name", "near"),
        [
            ("claude-opus-5-preview-x", "anthropic/claude-opus-5"),  # begins with a known name
            ("claude-haiku", "anthropic/claude-haiku-5"),  # a known name begins with it
            ("claud-opus-5", "anthropic/claude-opus-5"),  # a slip
        ],
    )
    def test_the_nearest_offers_of_an_unknown_name(self, files: Files, name: str, near: str) -> None:
        text = MODELS + f"- {{model_name: think, litellm_params: {{model: anthropic/{name}}}}}\n"
        imported(files, "c.yaml", text)
        assert f"'anthropic/{name}' is not in the catalogue (nearest known: {near})" in files.err

    def test_each_note_once(self, files: Files) -> None:
        entry = "- {model_name: default, litellm_params: {model: ollama/llama3}}\n"
        assert files.run("import", "config", files.write("c.yaml", "model_list:\n" + entry * 3)) == 0
        assert files.err.count("'ollama/llama3' is not in the catalogue") == 1

    def test_the_volume_of_a_label_that_the_workload_lacks_is_said(self, files: Files) -> None:
        text = MODELS + "- {model_name: chat, litellm_params: {model: deepseek/small-chat}}\n"
        imported(files, "config.yaml", text, "--workload", files.routed)
        volume = "default and it share its 4,000 requests a month (2,000 each, 10,000 tokens in, 500 out)"
        assert f"chat: with the rules of default; its volume is not known, so {volume}" in files.err


MODELS = "model_list:\n- {model_name: default, litellm_params: {model: deepseek/small-chat}}\n"


def test_opencodes_main_agent_is_default_and_other_agents_are_named(files: Files) -> None:
    text = """{"model": "openrouter/org/small", "agent": {
      "build": {"model": "openrouter/org/large"}, "plan": {"model": "anthropic/claude-opus-5-20260301"},
      "explore": {"model": "deepseek/small-chat"}}}"""
    got = imported(files, "opencode.json", text)
    assert got == {
        "default": ({"openrouter/large": 1.0}, ()),
        "think": ({"anthropic/claude-opus-5": 1.0}, ()),
    }
    assert "agent.explore asks 'deepseek/small-chat' itself" in files.err
    assert "model is 'openrouter/org/small'" in files.err
    config = files.folder / "opencode.json"
    assert files.run("export", "opencode", files.folder / "i.toml", "-o", config) == 0
    assert config.read_text() == text


def test_a_flat_rate_is_counted_by_the_token_and_said(files: Files) -> None:
    text = '{"model": "deepseek-coding-plan/small-chat", "small_model": "deepseek/small-chat"}'
    got = imported(files, "opencode.json", text.replace("deepseek-coding-plan", "zai-coding-plan"))
    assert got["default"] == ({}, ()) and "nearest known: deepseek/small" in files.err
    files.facts.write_text(FACTS + '[providers.zai]\n[offers."zai/small"]\ninput = 0.1\noutput = 0.4\n')
    got = imported(files, "opencode.json", '{"model": "zai-coding-plan/small"}')
    assert got == {"default": ({"zai/small": 1.0}, ())}
    assert "'zai-coding-plan/small' is counted as zai/small, by the token, not as a plan" in files.err


def test_rules_of_ones_own_in_claude_code_router_3(files: Files) -> None:
    def rule(key: str, family: str, model: str, **more: object) -> dict[str, object]:
        condition = {"left": "request.body.model", "operator": "contains", "right": family}
        rewrites = [{"key": "request.body.model", "operation": "set", "value": model}]
        return {"id": key, "name": key, "condition": condition, "rewrites": rewrites, **more}

    rules = [
        rule("cheap", "haiku", "deepseek/small-chat"),
        rule("main", "claude-sonnet", "openrouter/org/large"),
        rule("other", "gpt", "openrouter/org/large"),
        rule("off", "opus", "openrouter/org/large", enabled=False),
    ]
    text = json.dumps({"Providers": [], "Router": {"rules": rules}})
    got = imported(files, "config.json", text)
    assert got == {"background": ({"deepseek/small": 1.0}, ()), "default": ({"openrouter/large": 1.0}, ())}
    assert "rule 'other' is not a label's" in files.err and "think: its rule is switched off" in files.err


def test_aiders_own_aliases(files: Files) -> None:
    text = 'model: fast\nweak-model: null\nalias:\n- "fast:deepseek/small-chat"\n- 3\n'
    assert imported(files, "a.yml", text) == {"default": ({"deepseek/small": 1.0}, ())}
    assert "background: weak-model is no name of a model" in files.err


class TestFilesThatModelpickWrites:
    def test_portkey(self, files: Files) -> None:
        self.round_trip(files, "portkey")

    def round_trip(self, files: Files, router: str) -> None:
        """Shares and fallbacks come back; a second export says the same."""
        out, back = files.folder / "out.cfg", files.folder / "back.toml"
        assert files.run("export", router, files.routed, "-o", out) == 0
        first = out.read_text()
        assert files.run("import", "config", out, "--workload", files.routed, "-o", back) == 0
        assert files.err == ""
        assert shares(back) == shares(files.routed)
        assert files.run("export", router, back, "-o", out) == 0
        assert out.read_text() == first

    def test_openrouter(self, files: Files) -> None:
        text = """{"default": {"model": "org/large", "models": ["org/large", "org/small", "other/x"]},
          "think": {"models": ["org/small"]}, "image": {"model": 3}}"""
        got = imported(files, "c.json", text)
        large, small = "openrouter/large", "openrouter/small"
        assert got == {"default": ({large: 1.0}, (small,)), "think": ({small: 1.0}, ())}
        assert "default: 'other/x' is not in the catalogue" in files.err
        assert "image: its body has no model" in files.err

    def test_claude_code(self, files: Files) -> None:
        text = """{"env": {"ANTHROPIC_DEFAULT_OPUS_MODEL": "claude-opus-5[1m]", "ANTHROPIC_MODEL": "opusplan",
          "ANTHROPIC_DEFAULT_HAIKU_MODEL": "claude-haiku-5-20260101"}}"""
        got = imported(files, "settings.json", text)
        haiku, opus = "anthropic/claude-haiku-5", "anthropic/claude-opus-5"
        assert got == {"default": ({}, ()), "background": ({haiku: 1.0}, ()), "think": ({opus: 1.0}, ())}
        assert "default: 'sonnet' is not in the catalogue" in files.err
        gateway = text.replace('"env": {', '"env": {"ANTHROPIC_BASE_URL": "http://localhost:4000", ')
        assert files.run("import", "config", files.write("settings.json", gateway)) == 0
        assert "think: 'claude-opus-5[1m]' is not in the catalogue" in files.err
        assert (
            "ANTHROPIC_BASE_URL is http://localhost:4000, which gives names a meaning of its own" in files.err
        )

    @pytest.mark.parametrize(
        ("settings", "model"),
        [
            ('{"model": "opus"}', "opus-5"),
            ('{"permissions": {}, "model": "claude-opus-5-20260301"}', "opus-5"),
            ('{"model": "opus", "env": {"ANTHROPIC_DEFAULT_OPUS_MODEL": "claude-haiku-5"}}', "haiku-5"),
            ('{"model": "sonnet", "env": {"ANTHROPIC_DEFAULT_SONNET_MODEL": "claude-haiku-5"}}', "haiku-5"),
            ('{"model": "opus", "env": {"ANTHROPIC_MODEL": "haiku"}}', "haiku-5"),
        ],
    )
    def test_claude_codes_main_model_is_default(self, files: Files, settings: str, model: str) -> None:
        got = imported(files, "settings.json", settings)
        assert got["default"] == ({f"anthropic/claude-{model}": 1.0}, ())
        config, routing = files.folder / "settings.json", files.folder / "i.toml"
        assert files.run("export", "claude-code", routing, "-o", config) == 0
        assert config.read_text() == settings
        other = "claude-haiku-5" if "opus" in model else "claude-opus-5"
        text = routing.read_text().replace(f"anthropic/claude-{model}", f"anthropic/{other}")
        assert files.run("export", "claude-code", files.write("r.toml", text), "-o", config) == 0
        assert files.run("import", "config", config, "-o", routing) == 0
        assert shares(routing)["default"] == ({f"anthropic/{other}": 1.0}, ())

    def test_claude_code_in_a_cloud_and_at_another_providers_address(self, files: Files) -> None:
        more = '[providers.bedrock]\napi = "bedrock"\n[providers.zai]\napi = "anthropic"\n'
        more += 'base_url = "https://api.z.example/anthropic"\n'
        for offer in ("bedrock/claude-opus-5", "zai/small"):
            more += f'[offers."{offer}"]\ninput = 1.0\noutput = 2.0\n'
        files.facts.write_text(FACTS + more)
        cloud = {
            "CLAUDE_CODE_USE_BEDROCK": "1",
            "ANTHROPIC_MODEL": "eu.anthropic.claude-opus-5-20260301-v1:0",
        }
        got = imported(files, "settings.json", json.dumps({"env": cloud}))
        assert got == {"default": ({"bedrock/claude-opus-5": 1.0}, ())}
        there = {
            "ANTHROPIC_BASE_URL": "https://api.z.example/anthropic",
            "ANTHROPIC_SMALL_FAST_MODEL": "Small",
        }
        got = imported(files, "settings.json", json.dumps({"env": there}))
        assert got == {"background": ({"zai/small": 1.0}, ())}

    def test_continue(self, files: Files) -> None:
        text = """
name: mine
version: 1.0.0
schema: v1
models:
- {name: A, provider: anthropic, model: claude-opus-5, roles: [chat]}
- {name: B, provider: openai, model: small-chat, apiBase: "https://api.deepseek.com/v1", roles: [edit]}
- {name: C, provider: ollama, model: qwen}
"""
        got = imported(files, "config.yaml", text)
        assert got == {
            "default": ({"anthropic/claude-opus-5": 1.0}, ()),
            "edit": ({"deepseek/small": 1.0}, ()),
        }
        assert "C: to choose from in Continue; no label" in files.err
        out, back = files.folder / "out.yaml", files.folder / "back.toml"
        assert files.run("export", "continue", files.folder / "i.toml", "-o", out) == 0
        assert files.run("import", "config", out, "-o", back) == 0
        assert shares(back) == shares(files.folder / "i.toml")


class TestOddValues:
    @pytest.mark.parametrize("odd", ["null", "7", "[[[[]]]]", '{"a": 1}', "true", '""'])
    def test_in_every_place_of_a_model(self, files: Files, odd: str) -> None:
        for name, text, word in (
            ("c.json", '{{"Providers": [], "Router": {{"default": {0}, "think": {0}}}}}', "Router.default"),
            ("o.json", '{{"model": {0}, "small_model": {0}, "agent": {{"build": {0}}}}}', "model"),
            ("a.yml", "model: {0}\nweak-model: {0}\n", "model"),
            ("s.json", '{{"permissions": {0}, "model": {0}, "env": {{"ANTHROPIC_MODEL": {0}}}}}', "model"),
            ("p.json", '{{"strategy": {0}, "targets": {0}, "override_params": {{"model": {0}}}}}', "model"),
            ("l.yaml", "model_list: {0}\nrouter_settings: {{fallbacks: {0}, model_group_alias: {0}}}\n", ""),
        ):
            assert files.run("import", "config", files.write(name, text.format(odd))) == 2
            assert "None" not in files.err and "Traceback" not in files.err and files.err.count("\n") == 1
            assert word in files.err or odd == '""' or name == "o.json"

    @pytest.mark.parametrize("levels", [99, 150, 400, 5_000])
    @pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"a": ', "}")])
    def test_nests(self, files: Files, levels: int, opening: str, closing: str) -> None:
        nest = f"{opening * levels}1{closing * levels}"
        for router, name, text in (
            ("litellm", "c.yaml", f"{MODELS}x: {nest}\n"),
            ("claude-code-router", "c.json", f'{{"Providers": [], "Router": {{}}, "x": {nest}}}'),
        ):
            config = files.write(name, text)
            status = files.run("export", router, files.routed, "-o", config)
            assert status == (0 if levels == 99 else 2)
            assert levels == 99 or ("nested too deeply" in files.err and config.read_text() == text)
            assert files.run("import", "config", config) == (0 if levels == 99 else 2)


def test_baselines_compares_the_labels_that_the_file_has_models_for(files: Files) -> None:
    text = """{"Providers": [], "Router": {"default": "local,q", "think": "openrouter,org/large"}}"""
    config = files.write("config.json", text)
    assert files.run("baselines", files.routed, "--against", config) in (0, 1)
    assert "default, background, longContext left out of the whole comparison" in files.err
    # 100 requests of 9,000 tokens in and 2,000 out at 1.6 and 4.6 USD/M, 5.5 % fee: 2.48.
    assert "2.49" in files.out or "2.48" in files.out


class TestOddNames:
    def test_a_label_with_unseen_characters_is_left_out(self, files: Files) -> None:
        deployment = {"litellm_params": {"model": "deepseek/small-chat"}}
        groups = [{"model_name": name, **deployment} for name in ("default", "\u202egnp.exe")]
        config = files.write("config.yaml", json.dumps({"model_list": groups}))
        assert files.run("import", "config", config) == 0
        assert "the name '\\u202egnp.exe' holds characters that are not seen, left out" in files.err
        assert "\u202e" not in files.out + files.err

    def test_a_fallback_that_is_no_name_is_said_as_it_stands(self, files: Files) -> None:
        deployment = {"model_name": "default", "litellm_params": {"model": "deepseek/small-chat"}}
        behind = [{"default": [None, 1, {"model": "large"}]}]
        config = files.write(
            "config.yaml",
            json.dumps({"model_list": [deployment], "litellm_settings": {"fallbacks": behind}}),
        )
        assert files.run("import", "config", config) == 0
        for there in ("'null'", "'1'", "'large'"):
            assert f"default: its fallback {there} is no group of this file, left out" in files.err


class TestOtherFormsOfTheSameRouters:
    def test_claude_code_router_1(self, files: Files) -> None:
        text = """{"OPENAI_BASE_URL": "https://api.deepseek.com", "OPENAI_MODEL": "small-chat", "providers": [
          {"name": "any", "api_base_url": "https://openrouter.ai/api/v1", "models": ["org/large"]}],
          "Router": {"think": ["any,org/large"], "mine": "any,org/small"}}"""
        got = imported(files, "config.json", text)
        assert got == {
            "default": ({"deepseek/small": 1.0}, ()),
            "think": ({"openrouter/large": 1.0}, ()),
        }
        assert "think: Router.think is a list, of which the first is read" in files.err
        assert "mine: no label of claude-code-router, left out" in files.err

    def test_an_address_that_is_not_the_providers_in_claude_code_router(self, files: Files) -> None:
        text = """{"Providers": [{"name": "deepseek", "api_base_url": "https://resale.example/v1"}],
          "Router": {"default": "deepseek,small-chat"}}"""
        assert imported(files, "config.json", text)["default"] == ({"deepseek/small": 1.0}, ())
        assert "'deepseek,small-chat' is called at resale.example; counted as deepseek/small" in files.err

    def test_what_rules_of_claude_code_router_3_ask(self, files: Files) -> None:
        asks = {
            "longContext": ("request.tokenCount", ">", "90000"),
            "image": ("request.body.messages", "contains-deep", '{"type":"image"}'),
            "webSearch": ("request.body.tools", "contains-deep", '{"name":"web_search"}'),
            "think": ("request.body.thinking.type", "==", "enabled"),
            "background": ("request.body.model", "==", "claude-haiku-4-5-20251001"),
        }
        rules: list[dict[str, object]] = [
            {
                "id": f"r{number}",
                "condition": dict(zip(("left", "operator", "right"), asked, strict=True)),
                "rewrite": {"key": "request.body.model", "operation": "set", "value": "openrouter/org/large"},
            }
            for number, asked in enumerate(asks.values())
        ]
        rules.append(
            {"id": "p", "type": "model-prefix", "pattern": "claude-", "target": "deepseek/small-chat"}
        )
        rules.append(
            {
                **rules[0],
                "id": "few",
                "condition": {"left": "request.tokenCount", "operator": "<", "right": 9},
            }
        )
        text = json.dumps({"Providers": [], "Router": {"rules": rules}})
        got = imported(files, "config.json", text)
        assert got == {
            **{name: ({"openrouter/large": 1.0}, ()) for name in asks},
            "default": ({"deepseek/small": 1.0}, ()),
        }
        assert "longContext takes over at 90000 tokens" in files.err
        assert "rule 'few' is not a label's" in files.err
        config = files.folder / "config.json"
        assert files.run("export", "claude-code-router-3", files.folder / "i.toml", "-o", config) == 0
        assert config.read_text() == text

    def test_portkey_without_conditions(self, files: Files) -> None:
        def target(provider: str, model: str, **more: object) -> dict[str, object]:
            return {"provider": provider, "override_params": {"model": model}, **more}

        split = [target("deepseek", "small-chat", weight=3), target("@nscale", "Org/Large", weight=1)]
        text = json.dumps({"strategy": {"mode": "loadbalance"}, "targets": split})
        assert imported(files, "p.json", text) == {
            "default": ({"deepseek/small": 0.75, "nscale/large": 0.25}, ())
        }
        chain = [target("", "@deepseek/small-chat"), target("anthropic", "claude-opus-5-20260301")]
        text = json.dumps({"strategy": {"mode": "fallback"}, "targets": chain})
        opus = "anthropic/claude-opus-5"
        assert imported(files, "p.json", text) == {"default": ({"deepseek/small": 1.0}, (opus,))}
        text = json.dumps(target("anthropic", "claude-opus-5"))
        assert imported(files, "p.json", text) == {"default": ({opus: 1.0}, ())}
        conditions = [{"query": {"metadata.label": {"$eq": "think"}}, "then": "a"}]
        strategy = {"mode": "conditional", "conditions": conditions, "default": "b"}
        targets = [target("anthropic", "claude-opus-5", name="a"), target("nscale", "Org/Large", name="b")]
        got = imported(files, "p.json", json.dumps({"strategy": strategy, "targets": targets}))
        assert got == {"think": ({opus: 1.0}, ()), "default": ({"nscale/large": 1.0}, ())}

    def test_one_body_for_openrouter(self, files: Files) -> None:
        text = '{"model": "org/large", "provider": {"sort": "price"}, "models": ["org/large", "org/small"]}'
        got = imported(files, "b.json", text)
        assert got == {"default": ({"openrouter/large": 1.0}, ("openrouter/small",))}
        assert "what it says of the providers behind OpenRouter is not read" in files.err

    def test_continues_blocks_and_its_older_file(self, files: Files) -> None:
        text = "name: n\nversion: 1.0.0\nschema: v1\nmodels:\n- uses: anthropic/claude-opus-5\n"
        assert imported(files, "c.yaml", text)["default"] == ({"anthropic/claude-opus-5": 1.0}, ())
        model = {"title": "A", "provider": "deepseek", "model": "small-chat"}
        text = json.dumps({"models": [model], "tabAutocompleteModel": {**model, "provider": "ollama"}})
        got = imported(files, "config.json", text)
        assert got["default"] == ({"deepseek/small": 1.0}, ()) and got["autocomplete"] == ({}, ())

    def test_opencodes_modes_and_own_prices(self, files: Files) -> None:
        text = """{"model": "deepseek/small-chat", "mode": {"plan": {"model": "anthropic/claude-opus-5"}},
          "provider": {"deepseek": {"models": {"small-chat": {"cost": {"input": 0.03, "output": 0.1}}}}}}"""
        got = imported(files, "o.json", text)
        assert got == {
            "default": ({"deepseek/small": 1.0}, ()),
            "think": ({"anthropic/claude-opus-5": 1.0}, ()),
        }
        assert "default: deepseek/small costs 0.03 in and 0.1 out in this file" in files.err

    def test_aiders_own_short_names_and_another_address(self, files: Files) -> None:
        got = imported(files, "a.yml", "model: opus\nweak_model: haiku\n")
        opus, haiku = "anthropic/claude-opus-5", "anthropic/claude-haiku-5"
        assert got == {"default": ({opus: 1.0}, ()), "background": ({haiku: 1.0}, ())}
        assert "default: 'opus' is counted as anthropic/claude-opus-5, the newest of it" in files.err
        text = "model: openai/small-chat\nopenai-api-base: https://api.deepseek.com/v1\n"
        assert imported(files, "a.yml", text) == {"default": ({"deepseek/small": 1.0}, ())}
        assert imported(files, "a.yml", text.replace("api.deepseek.com", "localhost:1")) == {
            "default": ({}, ())
        }

    def test_the_newest_of_a_model_that_is_named_without_a_version(self, files: Files) -> None:
        text = MODELS.replace("deepseek/small-chat", "anthropic/claude-opus-latest")
        assert imported(files, "c.yaml", text)["default"] == ({"anthropic/claude-opus-5": 1.0}, ())
        assert "is counted as anthropic/claude-opus-5, the newest of it that is known" in files.err
