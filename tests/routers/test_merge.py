"""An existing file: our parts are replaced, all else stays to the letter, and the old text lies beside it."""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml

from modelpick.engine.adapters.routers import json5, yaml_text
from modelpick.engine.domain.errors import InputError

from .router_facts import Files
from .test_export import entries

LITELLM = """\
# our proxy, ask Kim before you touch it
model_list:
  # embeddings for the search
  - model_name: embed
    litellm_params: {model: openai/text-embedding-3-small, api_key: os.environ/OPENAI}   # cheap

  - model_name: default        # will be ours
    litellm_params: {model: openai/gpt-4}

# the router
router_settings:
  num_retries: 5               # flaky network
  routing_strategy: least-busy # old
  fallbacks:
    - embed: [embed-2]
    - default: [nothing]
  timeout: 30

# keys
general_settings:
  master_key: os.environ/OURS  # rotated weekly
  database_url: os.environ/DB
# the end
"""


def test_litellm_keeps_comments_and_foreign_keys(files: Files) -> None:
    out = files.write("config.yaml", LITELLM)
    assert files.run("export", "litellm", files.routed, "-o", out) == 0
    text = out.read_text()
    for line in LITELLM.splitlines():
        if "#" in line and "will be ours" not in line and "old" not in line:
            assert line in text.splitlines()
    new = yaml.safe_load(text)
    assert new["model_list"][0]["model_name"] == "embed" and len(new["model_list"]) > 5
    assert new["router_settings"]["num_retries"] == 5 and new["router_settings"]["timeout"] == 30
    assert "routing_strategy: simple-shuffle # old" in text
    assert new["router_settings"]["fallbacks"][0] == {"embed": ["embed-2"]}
    assert [set(rule) for rule in new["router_settings"]["fallbacks"]].count({"default"}) == 1
    assert new["general_settings"]["master_key"] == "os.environ/OURS"
    assert "gpt-4" not in json.dumps(new)
    assert "warning: default: takes the place of openai/gpt-4, which modelpick does not know" in files.err
    assert "routing_strategy was least-busy" in files.err
    assert (files.folder / "config.yaml.bak").read_text() == LITELLM
    assert "-    litellm_params: {model: openai/gpt-4}" in files.out.splitlines()


def test_a_label_that_is_gone_leaves_nothing_behind(files: Files) -> None:
    out = files.write("config.yaml", LITELLM)
    assert files.run("export", "litellm", files.routed, "-o", out) == 0
    less = files.write("less.toml", files.routed.read_text().partition("[labels.think]")[0])
    assert files.run("export", "litellm", less, "-o", out) == 0
    text = out.read_text()
    assert "longContext" not in text and "# the router" in text
    assert {e["model_name"] for e in yaml.safe_load(text)["model_list"]} == {
        *(
            "embed",
            "default",
            "background",
            "default-fallback-1",
            "default-fallback-2",
            "background-fallback-1",
        )
    }


def merge_unchanged(files: Files, router: str, name: str, text: str, *words: object) -> str:
    """Import a file, export what was imported over it; what it says then. The messages are in files.err."""
    out, routing = files.write(name, text), files.folder / "imported.toml"
    assert files.run("import", "config", out, "--router", router, "-o", routing) == 0
    assert files.run("export", router, routing, "-o", out, *words) == 0
    return out.read_text()


def merged_with(files: Files, text: str, routing: str) -> dict[str, Any]:
    """A LiteLLM file after a routing was exported over it."""
    out = files.write("config.yaml", text)
    assert files.run("export", "litellm", files.write("r.toml", routing), "-o", out) == 0
    config: dict[str, Any] = yaml.safe_load(out.read_text())
    return config


STRANGE_FALLBACKS = """\
model_list:
- model_name: default
  litellm_params: {model: nscale/Org/Large}
- model_name: other
  litellm_params: {model: openai/house}
router_settings:
  fallbacks: [null, {default: [STRANGE]}, {other: [null]}]
  context_window_fallbacks: [{default: [null]}]
"""


def one_label(name: str, routes: dict[str, float], fallbacks: tuple[str, ...] = ()) -> str:
    shares = ", ".join(f'{{ offer = "{offer}", share = {share} }}' for offer, share in routes.items())
    return (
        f"schema = 1\n[labels.{name}]\nrequests = 10\ninput_tokens = 1_000\noutput_tokens = 10\n"
        f"routes = [{shares}]\nfallbacks = {json.dumps(fallbacks)}\n"
    )


OWN = """\
# ours: ask Kim
x-common: &common {timeout: 60, max_tokens: 16000}   # for all
model_list:
- model_name: default   # at home and in the cloud
  litellm_params: {model: ollama/qwen3, api_base: "http://localhost:11434", weight: 80}  # at home
- model_name: default
  litellm_params:
    <<: *common
    model: deepseek/small-chat   # cheap
    api_key: os.environ/TEAM_A
    extra_body: {cache: off}
    weight: 20
  model_info: {access_groups: [team-a]}
- model_name: claude-opus-5
  litellm_params: {model: openrouter/org/large, api_key: os.environ/TEAM_B}
- model_name: house
  litellm_params: {model: ollama/other}
router_settings: {routing_strategy: latency-based-routing}
litellm_settings:
  fallbacks: [{default: [claude-opus-5]}, {house: [default]}]
"""


class TestAFileOfTheirOwn:
    """LiteLLM files that people have written: nothing of theirs is lost, nothing of theirs is taken over."""

    @pytest.mark.parametrize("ends", ["\n", "\r\n"])
    @pytest.mark.parametrize("mark", ["", "\ufeff"])
    def test_import_and_export_change_nothing(self, files: Files, ends: str, mark: str) -> None:
        text = mark + OWN.replace("\n", ends)
        out = files.folder / "config.yaml"
        out.write_bytes(text.encode())
        routing = files.folder / "imported.toml"
        assert files.run("import", "config", out, "-o", routing) == 0
        assert files.run("export", "litellm", routing, "-o", out) == 0
        assert out.read_bytes() == text.encode() and "says so already" in files.out
        assert "routing_strategy stays latency-based-routing" in files.err
        assert not list(files.folder.glob("*.bak*"))

    def test_a_new_offer_takes_over_the_settings_and_leaves_the_unknown_its_part(self, files: Files) -> None:
        config = merged_with(
            files, OWN, one_label("default", {"nscale/small": 0.75, "openrouter/large": 0.25})
        )
        home, *ours = entries(config, "default")
        assert home["litellm_params"] == {
            "model": "ollama/qwen3",
            "api_base": "http://localhost:11434",
            "weight": 80,
        }
        # The plan has the 20 of 100 that the deployment it replaces had: 0.75 * 20 and 0.25 * 20.
        assert [entry["litellm_params"]["weight"] for entry in ours] == [15, 5]
        assert {entry["litellm_params"]["timeout"] for entry in ours} == {60}
        assert [entry["model_info"]["access_groups"] for entry in ours] == [["team-a"], ["team-a"]]
        # openrouter has a key of its own in the file, nscale has none.
        keys = [entry["litellm_params"]["api_key"] for entry in ours]
        assert keys == ["os.environ/NSCALE_API_KEY", "os.environ/TEAM_B"]
        assert "ollama/qwen3, which modelpick does not know, keeps 80% of the requests" in files.err
        assert "without extra_body" in files.err
        assert "routing_strategy was latency-based-routing; the shares of default need" in files.err
        assert config["router_settings"]["routing_strategy"] == "simple-shuffle"
        text = (files.folder / "config.yaml").read_text()
        for comment in ("# ours: ask Kim", "# for all", "# at home and in the cloud", "# at home", "&common"):
            assert comment in text

    def test_the_key_of_what_is_replaced_serves_its_provider_behind_it(self, files: Files) -> None:
        routing = one_label("default", {"nscale/small": 1.0}, ("deepseek/small",))
        config = merged_with(files, OWN.replace("ollama/qwen3,", "nscale/Org/Small-Chat,"), routing)
        (behind,) = entries(config, "default-fallback-1")
        assert behind["litellm_params"]["model"] == "deepseek/small-chat"
        assert behind["litellm_params"]["api_key"] == "os.environ/TEAM_A"

    def test_shares_change_and_all_else_stays(self, files: Files) -> None:
        text = OWN.replace(
            "model: ollama/qwen3,", "model: openrouter/org/small, api_key: os.environ/X, seed: 7,"
        )
        config = merged_with(
            files, text, one_label("default", {"openrouter/small": 0.6, "deepseek/small": 0.4})
        )
        first, second = (entry["litellm_params"] for entry in entries(config, "default"))
        assert (first["weight"], second["weight"]) == (60, 40)
        assert (first["seed"], first["api_key"], second["api_key"]) == (
            7,
            "os.environ/X",
            "os.environ/TEAM_A",
        )
        assert second["extra_body"] == {"cache": False} and second["timeout"] == 60
        written = (files.folder / "config.yaml").read_text()
        assert "<<: *common" in written and "# cheap" in written

    def test_an_alias_never_takes_a_group_over(self, files: Files) -> None:
        config = merged_with(files, OWN, one_label("default", {"nscale/small": 1.0}))
        assert config["router_settings"]["model_group_alias"] == {"claude-haiku-5-20260101": "default"}
        wildcard = OWN.replace("model_name: house", 'model_name: "claude-haiku-*"')
        config = merged_with(files, wildcard, one_label("default", {"nscale/large": 1.0}))
        assert "model_group_alias" not in config["router_settings"]

    def test_no_alias_where_no_label_is_claude_codes(self, files: Files) -> None:
        config = merged_with(files, OWN, one_label("house", {"nscale/small": 1.0}))
        assert "model_group_alias" not in config["router_settings"]

    def test_a_label_that_was_an_alias_gets_its_own_group(self, files: Files) -> None:
        text = OWN + "# the end\n"
        text = text.replace(
            "{routing_strategy: latency-based-routing}",
            "{model_group_alias: {cheap: house, best: claude-opus-5}}",
        )
        config = merged_with(files, text, one_label("cheap", {"nscale/small": 1.0}))
        assert config["router_settings"]["model_group_alias"] == {"best": "claude-opus-5"}
        assert entries(config, "cheap")[0]["litellm_params"]["model"] == "nscale/Org/Small-Chat"
        assert entries(config, "house")

    @pytest.mark.parametrize("strange", ["null", "7", "[other]", "{model: other, temperature: 0}", "true"])
    def test_fallbacks_that_name_no_group_stay_and_are_said(self, files: Files, strange: str) -> None:
        text = STRANGE_FALLBACKS.replace("STRANGE", strange)
        entry = yaml.safe_load(strange)
        kept = merged_with(files, text, one_label("default", {"deepseek/small": 1.0}, ("nscale/small",)))
        first, rule, last = kept["router_settings"]["fallbacks"]
        assert first is None and last == {"other": [None]}  # not modelpick's rules
        assert rule == {"default": ["default-fallback-1", entry]}
        assert ("names no group; it stays, behind the others" in files.err) == (not isinstance(entry, dict))
        assert kept["router_settings"]["context_window_fallbacks"] == [{"default": [None]}]

    @pytest.mark.parametrize(
        ("settings", "key"),
        [
            ("router_settings: {fallbacks: {default: [other]}}", "router_settings.fallbacks: is no list"),
            ("litellm_settings: {fallbacks: other}", "litellm_settings.fallbacks: is no list"),
            ("router_settings: {context_window_fallbacks: 7}", "context_window_fallbacks: is no list"),
            ("router_settings: {model_group_alias: [a]}", "model_group_alias: is no table"),
            ("router_settings: {optional_pre_call_checks: x}", "optional_pre_call_checks: is no list"),
            ("litellm_settings: [drop_params]", "litellm_settings: is no table"),
        ],
    )
    def test_settings_of_another_shape_are_refused(self, files: Files, settings: str, key: str) -> None:
        head = STRANGE_FALLBACKS.partition("router_settings")[0]
        out = files.write("config.yaml", f"{head}{settings}\n")
        before = out.read_text()
        routing = files.write("r.toml", one_label("default", {"deepseek/small": 1.0}, ("nscale/small",)))
        assert files.run("export", "litellm", routing, "-o", out) == 2
        assert f"{out}: " in files.err and key in files.err and files.err.count("\n") == 1
        assert out.read_text() == before

    def test_a_fallback_that_is_no_list_is_one_entry(self, files: Files) -> None:
        text = STRANGE_FALLBACKS.replace("[STRANGE]", "other")
        kept = merged_with(files, text, one_label("default", {"deepseek/small": 1.0}, ("nscale/small",)))
        assert kept["router_settings"]["fallbacks"][1] == {"default": ["default-fallback-1", "other"]}

    def test_fallbacks_stay_where_litellm_reads_them(self, files: Files) -> None:
        config = merged_with(files, OWN, one_label("default", {"nscale/small": 1.0}, ("openrouter/large",)))
        assert "fallbacks" not in config["router_settings"]
        # The group claude-opus-5 is that very offer: no second one is made of it.
        rules = config["litellm_settings"]["fallbacks"]
        assert rules == [{"default": ["claude-opus-5"]}, {"house": ["default"]}]
        config = merged_with(files, OWN, one_label("default", {"nscale/small": 1.0}, ("nscale/large",)))
        rules = config["litellm_settings"]["fallbacks"]
        assert rules == [{"default": ["default-fallback-1"]}, {"house": ["default"]}]
        text = OWN.replace("[claude-opus-5]", "[house, claude-opus-5]")
        config = merged_with(files, text, one_label("default", {"nscale/small": 1.0}, ("nscale/large",)))
        rules = config["litellm_settings"]["fallbacks"]
        assert rules == [{"default": ["default-fallback-1", "house"]}, {"house": ["default"]}]

    def test_order_stays(self, files: Files) -> None:
        text = """\
model_list:
- model_name: default
  litellm_params: {model: deepseek/small-chat, order: 1}
- model_name: default
  litellm_params: {model: ollama/qwen3, order: 2}
"""
        assert merge_unchanged(files, "litellm", "config.yaml", text) == text
        config = merged_with(files, text, one_label("default", {"nscale/small": 1.0}))
        orders = {e["litellm_params"]["model"]: e["litellm_params"]["order"] for e in config["model_list"]}
        assert orders == {"nscale/Org/Small-Chat": 1, "ollama/qwen3": 2}

    def test_what_was_added_to_our_own_deployments_stays(self, files: Files) -> None:
        out = files.folder / "config.yaml"
        assert files.run("export", "litellm", files.routed, "-o", out) == 0
        text = out.read_text().replace(
            "api_key: os.environ/DEEPSEEK_API_KEY", "api_key: os.environ/TEAM_A\n      timeout: 9"
        )
        text = text.replace("input_cost_per_token: 6.0e-08", "input_cost_per_token: 1.0e-08")
        assert "timeout: 9" in text and "1.0e-08" in text
        out.write_text(text)
        assert files.run("export", "litellm", files.routed, "-o", out) == 0
        entry = entries(yaml.safe_load(out.read_text()), "background")[0]
        assert entry["litellm_params"]["api_key"] == "os.environ/TEAM_A"
        assert entry["litellm_params"]["timeout"] == 9
        assert entry["model_info"]["input_cost_per_token"] == 6e-8  # the mark says that the price is ours

    def test_an_anchor_on_what_goes_is_unfolded(self, files: Files) -> None:
        text = """\
# one key for both
model_list:
- model_name: default
  litellm_params: &team
    model: deepseek/small-chat
    api_key: os.environ/TEAM
- model_name: house   # not ours
  litellm_params:
    <<: *team
    model: ollama/x
"""
        config = merged_with(files, text, one_label("default", {"nscale/small": 1.0}))
        assert entries(config, "house")[0]["litellm_params"] == {
            "model": "ollama/x",
            "api_key": "os.environ/TEAM",
        }
        assert "# one key for both" in (files.folder / "config.yaml").read_text()


def test_every_old_text_is_kept(files: Files) -> None:
    out = files.write("config.yaml", OWN)
    for number, offer in enumerate(["nscale/small", "nscale/large", "openrouter/small"], 1):
        before = out.read_text()
        routing = files.write("r.toml", one_label("default", {offer: 1.0}))
        assert files.run("export", "litellm", routing, "-o", out) == 0
        backup = files.folder / f"config.yaml.bak{'' if number == 1 else f'.{number}'}"
        assert backup.read_text() == before and str(backup) in files.out
    assert (files.folder / "config.yaml.bak").read_text() == OWN


CCR = """\
// mine
{
  APIKEY: "$MY_KEY", // who may ask
  Providers: [
    // at home
    { name: "ollama", api_base_url: "http://localhost:1/chat/completions", api_key: "x", models: ["q"], },
    { name: "deepseek", api_base_url: "https://old", api_key: "$OLD", models: ["old"] },
  ],
  /* labels */
  Router: { default: "ollama,q", custom: "ollama,q" },
}
"""


def test_claude_code_router_keeps_comments_and_foreign_keys(files: Files) -> None:
    out = files.write("config.json", CCR)
    assert files.run("export", "claude-code-router", files.routed, "-o", out) == 0
    text = out.read_text()
    for comment in ("// mine", "// who may ask", "// at home", "/* labels */"):
        assert comment in text
    new = json5.load(text, "")
    assert new["APIKEY"] == "$MY_KEY" and new["Router"]["custom"] == "ollama,q"
    assert [entry["name"] for entry in new["Providers"]].count("deepseek") == 1
    assert new["Providers"][0]["models"] == ["q"]
    less = files.write("less.toml", files.routed.read_text().partition("[labels.think]")[0])
    assert files.run("export", "claude-code-router", less, "-o", out) == 0
    new = json5.load(out.read_text(), "")
    assert "anthropic" not in [entry["name"] for entry in new["Providers"]] and "think" not in new["Router"]


CCR_OWN = """\
{
  // one provider, all of its models
  "APIKEY": "client-key",
  "Providers": [
    {
      "name": "openrouter", // paid by the team
      "api_base_url": "https://openrouter.ai/api/v1/chat/completions",
      "api_key": "$MY_OR_KEY",
      "models": ["org/large", "org/other"],
      "transformer": {"use": ["openrouter", ["maxtoken", {"max_tokens": 16000}]], "org/other": {"use": ["x"]}}
    },
    {"name": "ds", "api_base_url": "https://api.deepseek.com/chat/completions", "api_key": "sk-1",
      "models": ["small-chat"]},
    {"name": "ollama", "api_base_url": "http://localhost:1/v1/chat", "api_key": "x", "models": ["q"]},
  ],
  "Router": {
    "default": "openrouter,org/large",
    "background": "ollama,q",
    "think": "ds,small-chat",
    "webSearch": "openrouter,org/other:online",
    "longContextThreshold": "90000",
  },
  "fallback": {"default": ["ollama,q"]},
  "CUSTOM_ROUTER_PATH": "/home/me/mine.js",
}
"""


class TestAClaudeCodeRouterFileOfTheirOwn:
    @pytest.mark.parametrize("ends", ["\n", "\r\n"])
    @pytest.mark.parametrize("mark", ["", "\ufeff"])
    def test_import_and_export_change_nothing(self, files: Files, ends: str, mark: str) -> None:
        text = (mark + CCR_OWN.replace("\n", ends)).encode()
        out, routing = files.folder / "config.json", files.folder / "imported.toml"
        out.write_bytes(text)
        assert files.run("import", "config", out, "-o", routing) == 0
        assert files.run("export", "claude-code-router", routing, "-o", out) == 0
        assert out.read_bytes() == text and "CUSTOM_ROUTER_PATH stays /home/me/mine.js" in files.err
        assert not (files.folder / "router.js").exists()

    @pytest.mark.parametrize("ends", ["\n", "\r\n"])
    def test_a_new_mix_keeps_all_that_is_theirs(self, files: Files, ends: str) -> None:
        out = files.folder / "config.json"
        out.write_bytes(("\ufeff" + CCR_OWN.replace("\n", ends)).encode())
        routing = files.write(
            "r.toml", one_label("default", {"openrouter/small": 0.5, "deepseek/small": 0.5})
        )
        assert files.run("export", "claude-code-router", routing, "-o", out) == 0
        written = out.read_bytes()
        assert written.startswith(b"\xef\xbb\xbf") and written.count(b"\n") == written.count(ends.encode())
        config = json5.load(written.decode("utf-8-sig"), "")
        before = json5.load(CCR_OWN, "")
        openrouter, ds, ollama = config["Providers"]
        assert openrouter == {**before["Providers"][0], "models": ["org/large", "org/other", "org/small"]}
        assert [ds, ollama] == before["Providers"][1:]
        wanted = {**before["Router"], "default": "openrouter,org/small", "longContextThreshold": 90_000}
        assert config["Router"] == wanted
        assert config["modelpick"]["routes"] == {
            "default": [["openrouter,org/small", 0.5], ["ds,small-chat", 0.5]]
        }
        assert config["fallback"] == {"default": ["ollama,q"]}
        assert "CUSTOM_ROUTER_PATH was /home/me/mine.js" in files.err
        assert b"// one provider" in written and b"// paid by the team" in written
        assert f"wrote {files.folder / 'router.js'}" in files.out

    def test_a_label_that_stays_keeps_the_name_it_has_for_its_model(self, files: Files) -> None:
        text = CCR_OWN.replace("org/other:online", "org/large:online")
        out, routing = files.write("config.json", text), files.folder / "imported.toml"
        assert files.run("import", "config", out, "-o", routing) == 0
        search = "[labels.webSearch]"
        assert search in routing.read_text() and "openrouter/large" in routing.read_text()
        changed = routing.read_text().replace("deepseek/small", "nscale/small")
        assert files.run("export", "claude-code-router", files.write("r.toml", changed), "-o", out) == 0
        config = json5.load(out.read_text(), "")
        assert config["Router"]["webSearch"] == "openrouter,org/large:online"
        assert config["modelpick"]["routes"]["webSearch"] == [["openrouter,org/large:online", 1.0]]
        assert config["Router"]["think"] == "nscale,Org/Small-Chat"

    def test_a_router_js_of_their_own_is_kept_beside_it(self, files: Files) -> None:
        theirs = files.write("router.js", "module.exports = () => null;\n")
        out = files.folder / "config.json"
        assert files.run("export", "claude-code-router", files.routed, "-o", out) == 0
        assert (files.folder / "router.js.bak").read_text() == "module.exports = () => null;\n"
        assert f"wrote {out} and {theirs}, its old text in {theirs}.bak" in files.out

    def test_a_provider_that_was_there_before_is_never_removed(self, files: Files) -> None:
        out = files.write("config.json", CCR_OWN)
        routing = files.write("r.toml", one_label("default", {"openrouter/small": 0.5, "nscale/small": 0.5}))
        assert files.run("export", "claude-code-router", routing, "-o", out) == 0
        names = [entry["name"] for entry in json5.load(out.read_text(), "")["Providers"]]
        assert names == ["openrouter", "ds", "ollama", "nscale"]
        routing = files.write("r.toml", one_label("default", {"deepseek/small": 1.0}))
        assert files.run("export", "claude-code-router", routing, "-o", out) == 0
        config = json5.load(out.read_text(), "")
        assert [entry["name"] for entry in config["Providers"]] == ["openrouter", "ds", "ollama"]


class TestClaudeCodeRouter3:
    def test_what_it_answers_with_400_is_solved_again_and_said(self, files: Files) -> None:
        facts = files.facts.read_text().replace('id = "Org/Small-Chat"', 'id = "OpenAI/small-chat"')
        files.facts.write_text(facts)
        text = files.routed.read_text().replace("deepseek/small", "nscale/small")
        text = text.replace('fallbacks = ["nscale/small"]', "")
        files.routed.write_text(text.replace('"openrouter/large", "nscale/small"', '"openrouter/large"'))
        assert files.run("export", "claude-code-router-3", files.routed, "--json") == 0
        told = json.loads(files.out)
        assert "OpenAI/small-chat" not in json.dumps(told["config"])
        (said,) = [line for line in told["warnings"] if line.startswith("background: ")]
        assert "it answers 400 for nscale/small" in said and "wrote deepseek/small instead" in said

    def test_their_providers_and_the_threshold_stay(self, files: Files) -> None:
        theirs = {
            "name": "ds",
            "type": "openai_chat_completions",
            "api_base_url": "https://api.deepseek.com/v1/chat/completions",
            "api_key": "sk-mine",
            "models": ["old"],
            "billing": {"x": 1},
        }
        out = files.write("config.json", json.dumps({"Providers": [theirs], "Router": {"rules": []}}))
        assert (
            files.run("export", "claude-code-router-3", files.routed, "-o", out, "--threshold", 70_000) == 0
        )
        config = json.loads(out.read_text())
        assert config["Providers"][0] == {**theirs, "models": ["old", "small-chat"]}
        rules = {rule["name"]: rule for rule in config["Router"]["rules"]}
        assert rules["background"]["rewrites"][0]["value"] == "ds/small-chat"
        assert rules["longContext"]["condition"]["right"] == "70000"
        before = out.read_text()
        assert files.run("export", "claude-code-router-3", files.routed, "-o", out) == 0
        assert out.read_text() == before


def test_claude_code_settings_keep_the_rest(files: Files) -> None:
    old = {"permissions": {"allow": ["Bash"]}, "env": {"FOO": "1", "ANTHROPIC_DEFAULT_OPUS_MODEL": "x"}}
    out = files.write("settings.json", json.dumps(old, indent=4))
    assert files.run("export", "claude-code", files.routed, "-o", out) == 0
    new = json.loads(out.read_text())  # strict: Claude Code takes no comments
    assert new["permissions"] == {"allow": ["Bash"]} and new["env"]["FOO"] == "1"
    assert new["env"]["ANTHROPIC_DEFAULT_OPUS_MODEL"] == "claude-opus-5"


@pytest.mark.parametrize(("name", "text"), [("x.yaml", "a: [1\nb: 2"), ("y.yaml", "- a\n- b\n")])
def test_a_damaged_file_is_left_as_it_is(files: Files, name: str, text: str) -> None:
    out = files.write(name, text)
    assert files.run("export", "litellm", files.routed, "-o", out) == 2
    assert out.read_text() == text and name in files.err and len(files.err.splitlines()) == 1


@pytest.mark.parametrize("target", ["litellm", "claude-code-router"])
def test_a_loop_of_symlinks_is_said_to_be_one(files: Files, target: str) -> None:
    loop = files.folder / "loop"
    loop.symlink_to(loop)
    assert files.run("export", target, files.routed, "-o", loop) == 2
    assert "too many symbolic links" in files.err


class TestYaml:
    @pytest.mark.parametrize(
        ("text", "message"), [("[" * 100_000, "nested too deeply"), ("a" * 2_000_001, "larger than 2 MB")]
    )
    def test_what_the_parser_cannot_take(self, text: str, message: str) -> None:
        with pytest.raises(InputError, match=f"f.yaml: {message}"):
            yaml_text.load(text, "f.yaml")

    def test_aliases_that_unfold_without_end(self) -> None:
        bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n"
        for n in range(1, 12):
            bomb += f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n"
        for text in (bomb, "a: &a [*a]\n"):
            with pytest.raises(InputError, match="aliases unfold"):
                yaml_text.load(text, "f.yaml")

    @pytest.mark.parametrize(
        "text",
        [
            "{a: 1, b: [1, 2]}\n",
            "a: &x {k: 1}\nb: *x\n",
            "a: |\n  # not a comment\n  text\nb: 2\n",
            "a:\n  - 1\n  -\n    k: 2\nb:\n",
            "a: 1\n---\n",
            "",
            "# only a comment\n",
            '"a": 1 # one\n? b\n: 2\n',
            "a: 1\r\nb: 2 # two\r\n",
        ],
    )
    def test_whatever_the_layout_the_values_are_right(self, text: str) -> None:
        for new in ({"a": 2, "c": [1, {"d": 6e-8}]}, {"b": {"x": True}}, {"a": 1, "b": [3]}):
            try:
                result = yaml_text.edited(text, new, "x")
            except InputError:
                assert "---" in text
                continue
            assert yaml.safe_load(result) == new

    def test_numbers_stay_numbers(self) -> None:
        for number in (6e-8, 1e22, 1.5, 0.1, 2.0):
            assert yaml.safe_load(yaml_text.dumps({"x": number})) == {"x": number}


class TestJson5:
    def test_reads_what_people_write(self) -> None:
        text = "{a: 'it\\'s', /* c */ 'b': [1, .5, 0x10, +2,], \"c\": {d: null, e: true,},} // end"
        assert json5.load(text, "") == {"a": "it's", "b": [1, 0.5, 16, 2], "c": {"d": None, "e": True}}

    @pytest.mark.parametrize(
        "text", ["{", "{a}", '{"a": }', "[1 2]", '{"a": 1} x', '"open', "[" * 500, "{a: nope}"]
    )
    def test_damage_names_the_line(self, text: str) -> None:
        with pytest.raises(InputError, match=r"line 1: not valid JSON"):
            json5.load(text, "f.json")

    @pytest.mark.parametrize(
        "text", ["{}", "{ }", "{\n}", "{a: 1}", "{a: 1,}", "{\n  // c\n  a: [1, 2,],\n}", "{a: {}}"]
    )
    def test_whatever_the_layout_the_values_are_right(self, text: str) -> None:
        for new in ({}, {"a": 2}, {"b": 1}, {"a": [2, {"x": 1}], "b": {}}, {"a": {"k": [1]}}):
            assert json5.load(json5.edited(text, new, ""), "") == new


class TestTheOthers:
    """opencode, aider, Continue, Claude Code, Portkey and OpenRouter keep what is not ours as well."""

    def test_opencode(self, files: Files) -> None:
        theirs = """\
{
  // mine
  "model": "deepseek/small-chat",
  "provider": {
    "openrouter": {
      "options": {"apiKey": "{env:MY_OR_KEY}"},
      "models": {"org/large": {"limit": {"context": 9}}},
    },
  },
  "agent": {"build": {"model": "deepseek/small-chat", "temperature": 0.1}, "review": {"model": "x/y"}},
}
"""
        assert merge_unchanged(files, "opencode", "opencode.json", theirs) == theirs
        out = files.write("opencode.json", theirs)
        assert (
            files.run(
                "export", "opencode", files.write("r.toml", one_label("default", {"openrouter/large": 1.0}))
            )
            == 0
        )
        assert json.loads(files.out)["provider"]["openrouter"]["models"] == {"org/large": {}}
        assert "npm" not in json.loads(files.out)["provider"]["openrouter"]
        assert files.run("export", "opencode", files.folder / "r.toml", "-o", out) == 0
        config = json5.load(out.read_text(), "")
        assert config["model"] == config["agent"]["build"]["model"] == "openrouter/org/large"
        assert config["agent"]["build"]["temperature"] == 0.1 and config["agent"]["review"] == {
            "model": "x/y"
        }
        provider = config["provider"]["openrouter"]
        assert provider["options"]["apiKey"] == "{env:MY_OR_KEY}"
        assert provider["models"] == {"org/large": {"limit": {"context": 9}}} and "npm" not in provider

    def test_opencode_is_told_a_limit_only_where_it_is_known(self, files: Files) -> None:
        """nscale is none of opencode's own providers; the longest answer of `small` is not known."""
        text = (
            one_label("default", {"nscale/small": 1.0})
            + one_label("think", {"nscale/large": 1.0}).partition("\n")[2]
        )
        assert files.run("export", "opencode", files.write("r.toml", text)) == 0
        models = json.loads(files.out)["provider"]["nscale"]["models"]
        assert models["Org/Small-Chat"] == {"name": "Org/Small-Chat"}
        assert models["Org/Large"]["limit"] == {"context": 200_000, "output": 32_000}

    def test_aider_keeps_their_spelling(self, files: Files) -> None:
        theirs = "model: deepseek/small-chat  # fast\nweak_model: deepseek/small-chat\nauto-commits: false\n"
        out = files.write(".aider.conf.yml", theirs)
        text = one_label("default", {"deepseek/small": 1.0})
        text += one_label("background", {"openrouter/small": 1.0}).partition("\n")[2]
        assert files.run("export", "aider", files.write("r.toml", text), "-o", out) == 0
        wanted = {"model": "deepseek/small-chat", "weak_model": "openrouter/org/small", "auto-commits": False}
        assert yaml.safe_load(out.read_text()) == wanted
        assert "# fast" in out.read_text()

    def test_continue_keeps_a_key_that_was_put_in(self, files: Files) -> None:
        out = files.folder / "config.yaml"
        assert files.run("export", "continue", files.routed, "-o", out) == 0
        text = out.read_text().replace("${{ secrets.NSCALE_API_KEY }}", "sk-mine")
        out.write_text(
            text.replace(
                "  - name: modelpick default\n", "  - name: modelpick default\n    maxStopWords: 3\n"
            )
        )
        assert files.run("export", "continue", files.routed, "-o", out) == 0
        first = yaml.safe_load(out.read_text())["models"][0]
        assert (first["apiKey"], first["maxStopWords"], first["model"]) == ("sk-mine", 3, "Org/Large")

    def test_claude_code_keeps_a_gateway_a_helper_and_models_of_their_own(self, files: Files) -> None:
        env = {"ANTHROPIC_BASE_URL": "https://gateway.corp", "CLAUDE_CODE_SUBAGENT_MODEL": "mine"}
        theirs = {"env": env, "apiKeyHelper": "/bin/my-key"}
        out = files.write("settings.json", json.dumps(theirs))
        assert files.run("export", "claude-code", files.routed, "-o", out) == 0
        config = json.loads(out.read_text())
        assert env.items() <= config["env"].items() and config["apiKeyHelper"] == "/bin/my-key"
        assert "ANTHROPIC_BASE_URL stays https://gateway.corp" in files.err

    def test_portkey_keeps_conditions_targets_and_keys(self, files: Files) -> None:
        key = {"provider": "openai", "custom_host": "https://inference.api.nscale.com/v1", "api_key": "pk-1"}
        rule = {"query": {"metadata.team": {"$eq": "a"}}, "then": "team-a"}
        theirs: dict[str, Any] = {
            "cache": {"mode": "simple"},
            "strategy": {"mode": "conditional", "conditions": [rule], "default": "team-a"},
            "targets": [{"name": "team-a", **key}],
        }
        out = files.write("portkey.json", json.dumps(theirs))
        assert files.run("export", "portkey", files.routed, "-o", out) == 0
        config = json.loads(out.read_text())
        assert config["cache"] == {"mode": "simple"} and theirs["targets"][0] in config["targets"]
        assert rule in config["strategy"]["conditions"] and config["strategy"]["default"] == "team-a"
        assert config["targets"][0]["targets"][0]["targets"][0]["api_key"] == "pk-1"
        out.write_text(
            json.dumps({"strategy": {"mode": "fallback"}, "targets": [key], "retry": {"attempts": 3}})
        )
        assert files.run("export", "portkey", files.routed, "-o", out) == 0
        config = json.loads(out.read_text())
        kept = {"name": "before-modelpick", "strategy": {"mode": "fallback"}, "targets": [key]}
        assert kept in config["targets"] and config["retry"] == {"attempts": 3}
        assert "warning: the config was fallback: it is kept as target 'before-modelpick'" in files.err

    def test_openrouter_keeps_their_rules_on_providers(self, files: Files) -> None:
        provider = {"allow_fallbacks": False, "ignore": ["SomeHost"]}
        theirs = {"default": {"model": "x/y", "models": ["x/y"], "provider": provider, "temperature": 0.2}}
        out = files.write("openrouter.json", json.dumps(theirs))
        routing = files.write("r.toml", one_label("default", {"openrouter/small": 1.0}))
        assert files.run("export", "openrouter", routing, "-o", out) == 0
        body = json.loads(out.read_text())["default"]
        assert body["models"] == ["org/small", "x/y"] and body["temperature"] == 0.2
        assert body["provider"] == {**provider, "max_price": {"prompt": 0.08, "completion": 0.3}}
        said = "default: provider.ignore was for x/y and stays, for org/small as well: check who serves it"
        assert said in files.err and "max_price was" not in files.err

    def test_openrouter_says_which_rules_were_for_another_model(self, files: Files) -> None:
        provider = {"only": ["azure"], "quantizations": ["bf16"], "max_price": {"prompt": 9}}
        theirs = {"default": {"model": "x/y", "provider": provider}}
        out = files.write("openrouter.json", json.dumps(theirs))
        routing = files.write("r.toml", one_label("default", {"openrouter/small": 1.0}))
        assert files.run("export", "openrouter", routing, "-o", out) == 0
        assert "default: provider.only, provider.quantizations was for x/y and stays" in files.err
        assert "default: provider.max_price was for x/y and is no more" in files.err
        assert files.run("export", "openrouter", routing, "-o", out) == 0  # now it is for this model
        assert "was for" not in files.err


class TestWhatIsSaid:
    def test_portkey_gets_no_mix_where_that_would_split_a_cache(self, files: Files) -> None:
        routed = files.routed.read_text()
        files.routed.write_text(
            routed.replace("output_tokens = 500\n", "output_tokens = 500\ncached = 0.5\n")
        )
        assert files.run("export", "portkey", files.routed) == 0
        # 0.7 of 4,000 x (10,000 x 1.5 + 500 x 4.5) is 48.30 USD, and 0.3 of 4,000 x (5,000 x 0.06 + 5,000 x
        # 0.01 + 500 x 0.2) is 0.54. With two models nothing is read from a cache half full: 0.84. One: 69.00.
        assert (
            "default: Portkey cannot keep a conversation at one model of nscale/large (70.0%) +"
            " deepseek/small (30.0%), so each would write its own prompt cache (about 49.14 USD/month);"
            " wrote nscale/large instead (69.00 for 48.84 USD/month)"
        ) in files.err
        settings = json.loads(files.out)
        assert [t["strategy"] for t in settings["targets"] if t["name"] == "default"] == [
            {"mode": "fallback"}
        ]
        first = next(t for t in settings["targets"] if t["name"] == "default")["targets"][0]
        assert first["override_params"] == {"model": "Org/Large"}
        files.routed.write_text(routed)  # nothing cached, nothing written twice
        assert files.run("export", "portkey", files.routed) == 0 and "conversation" not in files.err

    def test_portkey_says_what_a_split_cache_costs_where_rules_ask_for_a_mix(self, files: Files) -> None:
        routed = files.routed.read_text()
        files.routed.write_text(
            routed.replace("max_models = 2\n", "min_providers = 2\ncached = 0.9\ncache_writes = 0.1\n")
        )
        assert files.run("export", "portkey", files.routed) == 0
        # Twice as much is new: 0.8 read and 0.2 written. Only small has a price for reading: 4,000 x 0.3 x
        # (8,000 x 0.01 + 2,000 x 0.06 + 100) / 1e6 is 0.36 instead of 0.30 (9,000 x 0.01 + 1,000 x 0.06).
        assert "here: about 48.66 USD/month instead of 48.60" in files.err
        assert "altogether" not in files.err

    def test_a_router_with_sessions_keeps_a_cache_whole(self, files: Files) -> None:
        routed = files.routed.read_text()
        files.routed.write_text(
            routed.replace("output_tokens = 500\n", "output_tokens = 500\ncached = 0.5\n")
        )
        for router in ("litellm", "claude-code-router", "claude-code-router-3"):
            assert files.run("export", router, files.routed) == 0
            assert "note: default: " in files.err and "so its prompt cache stays whole" in files.err

    def test_the_broken_rules_by_name_and_the_cost_of_what_is_in_the_file(self, files: Files) -> None:
        text = files.routed.read_text().replace(
            "max_models = 2\n", 'max_models = 2\npin = {"nscale/large" = 0.7}\n'
        )
        files.routed.write_text(text)
        assert files.run("export", "aider", files.routed, "--json") == 0
        told = json.loads(files.out)
        (said,) = [line for line in told["warnings"] if line.startswith("altogether")]
        assert "labels.default.pin (not the pinned shares)" in said and "think" not in said
        # default alone at nscale/large, background at deepseek/small; think and longContext are not aider's.
        default, background = (
            4_000 * (10_000 * 1.5 + 500 * 4.5) / 1e6,
            1_000 * (2_000 * 0.06 + 100 * 0.20) / 1e6,
        )
        assert told["cost"] == pytest.approx(default + background)
        assert f"altogether {default + background:,.2f} instead of" in said

    def test_shares_of_six_digits_break_no_rule(self, files: Files) -> None:
        """The new mix meets min_quality exactly; its rounded shares miss it by 1e-5 points."""
        text = files.routed.read_text().replace("min_quality = 68.0", "min_quality = 66.123457")
        files.routed.write_text(text.replace('"nscale/large"', '"vertex/large"'))
        assert files.run("export", "claude-code-router", files.routed) == 0
        assert "the best that keeps the rules" in files.err and "BROKEN" not in files.err

    def test_claude_code_out_of_reach_names_own_rules_and_what_to_do(self, files: Files) -> None:
        text = files.routed.read_text().replace("min_quality = 68.0", "min_quality = 68.0\nmin_providers = 2")
        files.routed.write_text(text)
        assert files.run("export", "claude-code", files.routed) == 1
        assert "labels.default.min_providers" in files.out and "allow" not in files.out
        assert "put a gateway there" in files.out and "ANTHROPIC_BASE_URL" in files.out

    def test_every_written_file_is_named(self, files: Files) -> None:
        out = files.folder / "ccr.json"
        assert files.run("export", "claude-code-router", files.routed, "-o", out) == 0
        assert files.out == f"wrote {out} and {files.folder / 'router.js'}\n"

    def test_litellm_groups_that_old_versions_cannot_answer(self, files: Files) -> None:
        routing = files.write("r.toml", one_label('"質問"', {"deepseek/small": 1.0}))
        assert files.run("export", "litellm", routing) == 0
        assert "質問: LiteLLM before 1.110 answers 500" in files.err

    def test_dated_names_of_claude_models_are_aliases_too(self, files: Files) -> None:
        facts = files.facts.read_text().replace('id = "vertex_ai/large"', 'id = "claude-haiku-4-5@20251001"')
        files.facts.write_text(facts)
        assert files.run("export", "litellm", files.routed, "--json") == 0
        alias = json.loads(files.out)["config"]["router_settings"]["model_group_alias"]
        assert alias["claude-haiku-4-5-20251001"] == "background"

    def test_the_longest_prompt_is_less_than_the_window_where_that_is_known(self, files: Files) -> None:
        facts = files.facts.read_text().replace(
            "models.small]\ncontext = 128_000", "models.small]\ncontext = 400_000\nmax_input = 272_000"
        )
        files.facts.write_text(facts)
        routing = files.write("r.toml", one_label("default", {"deepseek/small": 1.0}))
        assert files.run("export", "litellm", routing, "--json") == 0
        info = entries(json.loads(files.out)["config"], "default")[0]["model_info"]
        assert info["max_input_tokens"] == 272_000


@pytest.mark.parametrize(
    ("router", "settings", "message"),
    [
        ("claude-code-router", {"Providers": {"name": "x"}}, "Providers: is no list of tables"),
        ("claude-code-router", {"Providers": [{"name": "x"}, "y"]}, "Providers: is no list of tables"),
        ("claude-code-router", {"Router": ["a,b"]}, "Router: is no table"),
        ("claude-code-router-3", {"Providers": [], "Router": {"rules": [1]}}, "Router.rules: is no list of"),
        ("opencode", {"provider": ["deepseek"]}, "provider: is no table"),
        ("continue", {"name": "n", "models": {"a": 1}}, "models: is no list"),
        ("portkey", {"targets": "t"}, "targets: is no list"),
        ("litellm", {"model_list": {"a": {}}}, "model_list: is no list"),
    ],
)
def test_a_file_of_another_shape_is_refused_and_stays(
    files: Files, router: str, settings: dict[str, Any], message: str
) -> None:
    text = json.dumps(settings)  # which is YAML, too
    out = files.write("config", text)
    routing = files.write("r.toml", one_label("default", {"deepseek/small": 1.0}))
    assert files.run("export", router, routing, "-o", out) == 2
    assert f"{out}: {message}" in files.err and files.err.count("\n") == 1
    assert out.read_text() == text


@pytest.mark.parametrize("place", ["fallback", "Router.fallback"])
def test_claude_code_routers_fallbacks_that_name_no_model_stay_and_are_said(files: Files, place: str) -> None:
    provider = {"name": "nscale", "api_base_url": "https://n.example/v1", "api_key": "k", "models": ["x"]}
    fallback = {"default": [None, 7, "nscale,x", {"model": "y"}]}
    router: dict[str, Any] = {"default": "nscale,x"}
    config: dict[str, Any] = {"Providers": [provider], "Router": router}
    (router if place == "Router.fallback" else config)["fallback"] = fallback
    out = files.write("config.json", json.dumps(config))
    routing = files.write("r.toml", one_label("default", {"deepseek/small": 1.0}, ("nscale/small",)))
    assert files.run("export", "claude-code-router", routing, "-o", out) == 0
    assert 'fallback.default has [null, 7, {"model": "y"}], which name no model; they stay' in files.err
    merged = json5.load(out.read_text(), "")
    told = (merged["Router"] if place == "Router.fallback" else merged)["fallback"]["default"]
    assert told[1:] == ["nscale,x", None, 7, {"model": "y"}] and told[0].startswith("nscale,")
