"""modelpick import config: import(export(x)) keeps routes, and files written by others are read."""

from __future__ import annotations

import json
import random

import pytest

from .router_facts import FACTS, Files, shares

OFFERS = ["deepseek/small", "nscale/small", "nscale/large", "openrouter/large", "anthropic/claude-opus-5"]
MIXED = ["litellm", "claude-code-router", "claude-code-router-3"]


def question(seed: int, *, mixes: bool, labels: tuple[str, ...], fallbacks: bool) -> str:
    """A random routing with its routes; shares of up to six digits."""
    chance = random.Random(seed)
    text = "schema = 1\n"
    for label in labels:
        offers = chance.sample(OFFERS, chance.randint(1, 4) if mixes else 1)
        cuts = [chance.randint(1, 10 ** chance.randint(1, 6)) for _ in offers]
        parts = [round(cut / sum(cuts), 6) for cut in cuts]
        parts[0] = round(1 - sum(parts[1:]), 6)
        spare = [offer for offer in OFFERS if offer not in offers][: chance.randint(0, 2) * fallbacks]
        routes = ", ".join(f'{{ offer = "{o}", share = {s} }}' for o, s in zip(offers, parts, strict=True))
        text += f"[labels.{label}]\nrequests = 10\ninput_tokens = 1_000\noutput_tokens = 10\n"
        text += f"routes = [{routes}]\nfallbacks = {json.dumps(spare)}\n"
    return text


class TestTheLaw:
    @pytest.mark.parametrize("seed", range(12))
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

    @pytest.mark.parametrize("router", MIXED)
    def test_exporting_what_was_imported_changes_nothing(self, files: Files, router: str) -> None:
        out, back = files.folder / "out.cfg", files.folder / "back.toml"
        assert files.run("export", router, files.routed, "-o", out) == 0
        first = out.read_text()
        assert files.run("import", "config", out, "--workload", files.routed, "-o", back) == 0
        assert files.run("export", router, back, "-o", out) == 0
        assert out.read_text() == first


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
    assert "writer: 'openai/gpt-unknown' is not in the catalogue" in files.err and "writer" not in got


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
    assert got == {"default": ({"deepseek/small": 1.0}, ()), "longContext": ({"openrouter/large": 1.0}, ())}
    assert "think: 'local,q' is not in the catalogue" in files.err and "90000" in files.err


def test_a_mix_that_someone_has_overruled_in_router_is_not_believed(files: Files) -> None:
    out = files.folder / "config.json"
    assert files.run("export", "claude-code-router", files.routed, "-o", out) == 0
    text = out.read_text().replace('"default": "nscale,Org/Large"', '"default": "openrouter,org/small"')
    assert imported(files, "config.json", text)["default"][0] == {"openrouter/small": 1.0}  # type: ignore[index]


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
        assert got == {name: ({"anthropic/claude-opus-5": 1.0}, ()) for name in ("plain", "dated", "day")}
        assert "elsewhere: 'groq/claude-opus-5-20260301' is not in the catalogue" in files.err

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


def test_what_is_not_taken_is_said(files: Files) -> None:
    text = """
model_list:
- model_name: default
  litellm_params: {model: deepseek/small-chat, weight: 1, input_cost_per_token: 0}
- model_name: default
  litellm_params: {model: ollama/house, weight: 4}
litellm_settings: {default_fallbacks: [default], cost_discount_config: {deepseek: 0.1}}
include: [more.yaml]
"""
    assert imported(files, "config.yaml", text)["default"][0] == {"deepseek/small": 1.0}  # type: ignore[index]
    # 4 of 1 + 4 go to what is unknown: 80 %.
    assert "default: 80% of it is unknown" in files.err
    assert "'deepseek/small-chat' has prices of its own in this file; they are not taken" in files.err
    for key in ("default_fallbacks", "cost_discount_config", "include"):
        assert f"{key} is not read" in files.err


@pytest.mark.parametrize("figure", ["1" + "0" * 400, ".inf", ".nan", "-1"])
@pytest.mark.parametrize("key", ["order", "weight"])
def test_figures_beyond_all_measure_in_a_litellm_file(files: Files, key: str, figure: str) -> None:
    text = f"""
model_list:
- {{model_name: default, litellm_params: {{model: deepseek/small-chat, {key}: {figure}}}}}
- {{model_name: default, litellm_params: {{model: anthropic/claude-opus-5, {key}: 1}}}}
"""
    mix, _ = imported(files, "config.yaml", text)["default"]  # type: ignore[misc]
    assert sum(mix.values()) == 1
