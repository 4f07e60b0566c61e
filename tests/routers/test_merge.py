"""An existing file: our parts are replaced, all else stays to the letter, and the old text lies beside it."""

from __future__ import annotations

import json

import pytest
import yaml

from modelpick.engine.adapters.routers import json5, yaml_text
from modelpick.engine.domain.errors import InputError

from .router_facts import Files

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
    assert "gpt-4" not in text
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
