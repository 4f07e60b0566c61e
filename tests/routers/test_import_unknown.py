"""What a router's file does not say, or says in its own words: models, prices, volumes."""

from __future__ import annotations

import io
import json
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from modelpick import load_catalog, load_routing
from modelpick.engine.adapters.routers.own_names import names_path

from .router_facts import Files, shares

LOCAL = """{
  "Providers": [{"name": "ollama", "api_base_url": "http://localhost:1/v1", "models": ["house:30b"]}],
  "Router": {"default": "openrouter,org/large", "background": "ollama,house:30b"}
}
"""
RESOLD = """model_list:
- {model_name: default, litellm_params: {model: reseller/claude-opus-5}}
- {model_name: background, litellm_params: {model: hosted_vllm/our-coder}}
"""


@pytest.fixture(autouse=True)
def own_names() -> Iterator[Path]:
    """The user's names.toml, gone again after the test."""
    path = names_path()
    assert path is not None
    path.unlink(missing_ok=True)
    yield path
    path.unlink(missing_ok=True)


def imported(files: Files, text: str, *words: object, name: str = "config.yaml") -> dict[str, Any]:
    out = files.folder / "i.toml"
    assert files.run("import", "config", files.write(name, text), "-o", out, *words) == 0, files.err
    return shares(out)


def requests(files: Files) -> dict[str, float]:
    return {name: label.requests for name, label in load_routing(files.folder / "i.toml").labels.items()}


class TestModelsThatAreNotKnown:
    def test_their_labels_stay_without_routes(self, files: Files) -> None:
        got = imported(files, LOCAL, name="config.json")
        assert got == {"default": ({"openrouter/large": 1.0}, ()), "background": ({}, ())}
        assert "background: 'ollama,house:30b' is not in the catalogue" in files.err
        comment = "[labels.background]  # not in the catalogue: ollama,house:30b\n"
        assert comment in (files.folder / "i.toml").read_text()
        assert "background: without routes" in files.err and "--name 'ollama,house:30b'=OFFER" in files.err

    def test_a_file_of_nothing_else_is_not_refused(self, files: Files) -> None:
        got = imported(files, RESOLD)
        assert got == {"default": ({}, ()), "background": ({}, ())}
        assert (
            "'reseller/claude-opus-5' is not in the catalogue (nearest known: anthropic/claude-opus-5)"
            in files.err
        )

    def test_a_name_says_what_one_is_and_is_kept(self, files: Files, own_names: Path) -> None:
        pairs = ("--name", "hosted_vllm/our-coder=deepseek/small", "--name", "reseller=anthropic")
        known = {
            "default": ({"anthropic/claude-opus-5": 1.0}, ()),
            "background": ({"deepseek/small": 1.0}, ()),
        }
        assert imported(files, RESOLD, *pairs) == known
        assert f"kept in {own_names}" in files.err
        assert tomllib.loads(own_names.read_text()) == {
            "hosted_vllm/our-coder": "deepseek/small",
            "reseller": "anthropic",
        }
        assert imported(files, RESOLD) == known
        assert (
            "background: 'hosted_vllm/our-coder' is counted as deepseek/small, by a name of your own"
            in files.err
        )

    def test_what_is_in_the_kept_file_stays_there(self, files: Files, own_names: Path) -> None:
        own_names.parent.mkdir(parents=True, exist_ok=True)
        own_names.write_text('# mine\n"a/b" = "nscale/small" # small\n')
        imported(files, LOCAL, "--name", "house:30b=nscale/large", name="config.json")
        text = own_names.read_text()
        assert text.startswith('# mine\n"a/b" = "nscale/small" # small\n')
        assert tomllib.loads(text) == {"a/b": "nscale/small", "house:30b": "nscale/large"}

    def test_a_name_that_no_model_of_the_file_has_is_said(self, files: Files) -> None:
        imported(files, LOCAL, "--name", "hause:30b=nscale/large", name="config.json")
        assert "hause:30b: no model of the file has this name" in files.err

    def test_a_bare_key_with_a_dot_is_one_name(self, files: Files, own_names: Path) -> None:
        own_names.parent.mkdir(parents=True, exist_ok=True)
        own_names.write_text('our-4.1 = "deepseek/small"\n')
        text = "model_list: [{model_name: default, litellm_params: {model: openai/our-4.1}}]\n"
        assert imported(files, text)["default"] == ({"deepseek/small": 1.0}, ())

    def test_a_kept_name_of_an_offer_that_is_gone_is_said(self, files: Files, own_names: Path) -> None:
        own_names.parent.mkdir(parents=True, exist_ok=True)
        own_names.write_text('"house:30b" = "gone/model"\n')
        assert imported(files, LOCAL, name="config.json")["background"] == ({}, ())
        assert "names.toml: 'house:30b' is 'gone/model' there, which the catalogue has not" in files.err

    @pytest.mark.parametrize(
        ("text", "words"),
        [('"a" = 3\n', ("names.toml: a:", "should be text")), ("a = \n", ("names.toml", "line 1"))],
    )
    def test_a_kept_file_that_cannot_be_read(
        self, files: Files, own_names: Path, text: str, words: tuple[str, ...]
    ) -> None:
        own_names.parent.mkdir(parents=True, exist_ok=True)
        own_names.write_text(text)
        assert files.run("import", "config", files.write("config.json", LOCAL)) == 2
        assert all(word in files.err for word in words) and files.err.count("\n") == 1

    @pytest.mark.parametrize(
        ("pair", "words"),
        [
            (
                "house:30b=deepsek/small",
                "no offer, model or provider 'deepsek/small' (did you mean 'deepseek/small'?)",
            ),
            (
                "house:30b=large",
                "'large' has several offers, name one: nscale/large, openrouter/large, vertex/large",
            ),
            ("house:30b", "should be THEIRS=OURS"),
        ],
    )
    def test_names_that_are_no_names(self, files: Files, own_names: Path, pair: str, words: str) -> None:
        assert files.run("import", "config", files.write("config.json", LOCAL), "--name", pair) == 2
        assert words in files.err and not own_names.exists()

    def test_a_file_that_cannot_be_read_keeps_no_names(self, files: Files, own_names: Path) -> None:
        config = files.write("config.json", LOCAL)
        words = ("--name", "house:30b=nscale/large", "--requests", "gone=3")
        assert files.run("import", "config", config, *words) == 2
        assert not own_names.exists()

    def test_many_notes_of_a_file_are_counted(self, files: Files) -> None:
        group = "- {{model_name: g{0}, litellm_params: {{model: local/m{0}}}}}\n"
        text = "model_list:\n" + "".join(map(group.format, range(50)))
        imported(files, text)
        assert files.err.count("is not in the catalogue") == 40
        assert "and 10 more of the file; --json lists all" in files.err
        assert "g0, g1, g2, g3, g4, g5, g6, g7 and 42 more: without routes" in files.err

    def test_the_nearest_are_of_the_same_model_else_of_the_same_maker(self, files: Files) -> None:
        group = "- {{model_name: {0}, litellm_params: {{model: {0}}}}}\n"
        other = "nscale/small-chatty-under-another-name"
        imported(files, "model_list:\n" + group.format("resale/org/large") + group.format(other))
        assert "'resale/org/large' is not in the catalogue (nearest known: nscale/large, " in files.err
        assert f"'{other}' is not in the catalogue (nearest known: nscale/small)" in files.err

    def test_logs_go_by_the_same_names(self, files: Files, own_names: Path) -> None:
        own_names.parent.mkdir(parents=True, exist_ok=True)
        own_names.write_text('"our-coder" = "nscale/large"\n')
        head = "request_id,model_group,model,custom_llm_provider,prompt_tokens,completion_tokens,startTime\n"
        row = "r{0},default,our-coder,hosted_vllm,100,10,2026-11-0{0}T00:00:00Z\n"
        log = files.write("spend.csv", head + row.format(1) + row.format(2))
        assert files.run("import", "usage", log, "-o", files.folder / "i.toml") == 0, files.err
        assert shares(files.folder / "i.toml")["default"] == ({"nscale/large": 1.0}, ())

    def test_logs_know_the_newest_and_the_reviewed_names(self, files: Files) -> None:
        head = "request_id,model_group,model,custom_llm_provider,prompt_tokens,completion_tokens,startTime\n"
        row = "r{0},default,{1},anthropic,100,10,2026-11-0{0}T00:00:00Z\n"
        log = files.write(
            "spend.csv", head + row.format(1, "claude-opus-latest") + row.format(2, "claude-opus-5")
        )
        assert files.run("import", "usage", log, "-o", files.folder / "i.toml") == 0, files.err
        assert shares(files.folder / "i.toml")["default"] == ({"anthropic/claude-opus-5": 1.0}, ())

    def test_as_counts_all_of_them_as_one_offer(self, files: Files, own_names: Path) -> None:
        got = imported(files, RESOLD, "--as", "nscale/large")
        assert got == {"default": ({"nscale/large": 1.0}, ()), "background": ({"nscale/large": 1.0}, ())}
        assert (
            "background: 'hosted_vllm/our-coder' is not in the catalogue, counted as nscale/large"
            in files.err
        )
        assert not own_names.exists()
        assert files.run("import", "config", files.folder / "config.yaml", "--as", "nscale") == 2
        assert "'nscale' is a provider, not an offer" in files.err

    def test_an_export_over_the_file_leaves_their_labels(self, files: Files) -> None:
        for router, name, text in (
            ("claude-code-router", "config.json", LOCAL),
            ("litellm", "config.yaml", RESOLD),
        ):
            imported(files, text, name=name)
            config = files.folder / name
            assert files.run("export", router, files.folder / "i.toml", "-o", config) == 0
            assert config.read_text() == text
            assert "background: stays " in files.err

    def test_diff_and_baselines_compare_the_other_labels(self, files: Files) -> None:
        imported(files, LOCAL, "--workload", files.routed, name="config.json")
        now, best = files.folder / "i.toml", files.folder / "best.toml"
        assert files.run("solve", now, "-o", best) == 0
        assert files.run("diff", now, best) in (0, 1)
        assert "A has no routes for background: left out on both sides" in files.err
        assert "background" not in files.out
        assert files.run("baselines", now) in (0, 1)
        assert "background left out of the whole comparison" in files.err

    def test_prices_of_the_file_are_not_baselines(self, files: Files) -> None:
        text = MODELS.replace("chat}", "chat, input_cost_per_token: 3e-8}")
        config = files.write("config.yaml", text)
        assert files.run("baselines", files.routed, "--against", config) in (0, 1)
        assert "deepseek/small costs 0.03 in in this file" in files.err
        assert "these prices are not taken here" in files.err


class TestVolumes:
    GROUPS = "model_list:\n" + "".join(
        f"- {{model_name: {name}, litellm_params: {{model: deepseek/small-chat}}}}\n"
        for name in ("a", "b", "c")
    )

    def test_groups_of_ones_own_share_the_month(self, files: Files) -> None:
        imported(files, self.GROUPS, "--workload", files.routed)
        # default's 4,000 requests in three whole parts
        assert requests(files) == {"a": 1_334.0, "b": 1_333.0, "c": 1_333.0}
        assert "a, b, c: with the rules of default; their volume is not known" in files.err

    def test_a_total_and_labels_by_name(self, files: Files) -> None:
        imported(files, self.GROUPS, "--requests", "90k")
        assert requests(files) == {"a": 30_000.0, "b": 30_000.0, "c": 30_000.0}
        assert "not known" not in files.err
        imported(files, self.GROUPS, "--requests", "10000", "--requests", "b=7_000")
        assert requests(files) == {"a": 1_500.0, "b": 7_000.0, "c": 1_500.0}

    def test_a_total_is_split_as_the_workload_is(self, files: Files) -> None:
        text = MODELS + "- {model_name: background, litellm_params: {model: deepseek/small-chat}}\n"
        imported(files, text, "--workload", files.routed, "--requests", "10000")
        # 4,000 and 1,000 in the workload
        assert requests(files) == {"default": 8_000.0, "background": 2_000.0}

    @pytest.mark.parametrize(
        ("figure", "words"),
        [
            ("many", "should be a number of requests a month or LABEL=N, not 'many'"),
            ("-5", "should be a number"),
            ("aa=5", "the file has no label 'aa'"),
        ],
    )
    def test_volumes_that_are_none(self, files: Files, figure: str, words: str) -> None:
        config = files.write("config.yaml", self.GROUPS)
        assert files.run("import", "config", config, f"--requests={figure}") == 2
        assert words in files.err and files.err.count("\n") == 1

    def test_a_log_counts_them(self, files: Files) -> None:
        head = "request_id,call_type,model_group,model,prompt_tokens,completion_tokens,startTime\n"
        rows = "".join(
            f"r{number},acompletion,{group},small-chat,{1000 * number},50,2026-11-01 0{number}:00:00\n"
            for number, group in enumerate("aabz", 1)
        )
        log = files.write("spend.csv", head + rows)
        assert imported(files, self.GROUPS, "--logs", log)["c"] == ({"deepseek/small": 1.0}, ())
        # One day is a 30.4th of a month: 2 and 1 requests are 61 and 30; the two of `a` have 1,500 tokens.
        assert requests(files) == {"a": 61.0, "b": 30.0, "c": 0.0}
        labels = load_routing(files.folder / "i.toml").labels
        assert [labels[name].input_tokens for name in "ab"] == [1_500.0, 3_000.0]
        assert "c: no traffic in the log, so no requests a month" in files.err
        assert "z: 30 requests a month in the log, of no label of the file: left out" in files.err
        assert "volume is not known" not in files.err
        both = ("--logs", log, "--requests", "5")
        assert files.run("import", "config", files.folder / "config.yaml", *both) == 2
        assert "give one of them" in files.err and files.err.count("\n") == 1

    def test_claude_code_behind_its_routers_file(self, files: Files) -> None:
        """Prompts over the file's own threshold are longContext; families are the labels' by its models."""
        config = """{"Providers": [{"name": "openrouter", "api_base_url": "x", "models": ["org/large"]}],
            "Router": {"default": "openrouter,org/large", "longContext": "openrouter,org/large",
            "longContextThreshold": 9000}}"""
        lines = [
            {
                "type": "assistant",
                "sessionId": "s",
                "timestamp": f"2026-11-01T10:00:0{number}Z",
                "message": {
                    "id": f"m{number}",
                    "model": "org/large",
                    "usage": {"input_tokens": tokens, "output_tokens": 10},
                },
            }
            for number, tokens in enumerate((8_000, 10_000, 12_000))
        ]
        log = files.write("s.jsonl", "\n".join(map(json.dumps, lines)))
        imported(files, config, "--logs", log, name="config.json")
        assert requests(files) == {"default": 30.0, "longContext": 61.0}

    @pytest.mark.parametrize(
        ("answers", "expected"),
        [
            ("90k\n", (30_000.0, 30_000.0, 30_000.0)),
            ("many\nd=5\n10000 b=7000\n", (1_500.0, 7_000.0, 1_500.0)),
            ("\n", (1_334.0, 1_333.0, 1_333.0)),
        ],
    )
    def test_somebody_at_a_terminal_is_asked(
        self, files: Files, monkeypatch: pytest.MonkeyPatch, answers: str, expected: tuple[float, ...]
    ) -> None:
        class Terminal(io.StringIO):
            def isatty(self) -> bool:
                return True

        screen = Terminal()
        monkeypatch.setattr(sys, "stdin", Terminal(answers))
        monkeypatch.setattr(sys, "stderr", screen)
        imported(files, self.GROUPS)
        assert tuple(requests(files).values()) == expected
        shown = screen.getvalue()
        assert "does not say how much its labels carry: a, b, c" in shown
        assert shown.count("Requests a month") == answers.count("\n")
        assert ("volume is not known" in shown) == (answers == "\n")


class TestPricesOfTheirOwn:
    def overlaid(self, files: Files, text: str) -> dict[str, Any]:
        overlay = files.folder / "overlay.toml"
        overlay.unlink(missing_ok=True)
        imported(files, text, "--overlay", overlay)
        return tomllib.loads(overlay.read_text())["offers"] if overlay.exists() else {}

    def test_a_negotiated_price(self, files: Files) -> None:
        # 0.03 of 0.06 USD per million in; so the cached 0.01 are 0.005.
        text = MODELS.replace("chat}", "chat, input_cost_per_token: 3e-8, output_cost_per_token: '1.5e-7'}")
        offers = self.overlaid(files, text)
        price = {key: offers["deepseek/small"][key] for key in ("input", "output", "cache_read", "source")}
        assert price == {"input": 0.03, "output": 0.15, "cache_read": 0.005, "source": "mine"}
        assert (
            "default: deepseek/small costs 0.03 in and 0.15 out in this file, 0.06 in and 0.2 out by list"
            in files.err
        )
        assert "cached input in proportion" in files.err
        catalog = load_catalog(files.facts, files.folder / "overlay.toml")
        assert catalog.offers["deepseek/small"].input == 0.03

    def test_nothing_for_a_plan_and_long_prompts(self, files: Files) -> None:
        text = """model_list:
- model_name: default
  litellm_params: {model: openrouter/org/large}
  model_info: {input_cost_per_token: 0, output_cost_per_token: 0}
"""
        assert self.overlaid(files, text)["openrouter/large"] | {"as_of": 0} == {
            "input": 0.0,
            "output": 0.0,
            "tiers": [],
            "source": "mine",
            "as_of": 0,
        }

    def test_a_tier_of_their_own(self, files: Files) -> None:
        costs = "input_cost_per_token: 1e-6, input_cost_per_token_above_200k_tokens: 2e-6"
        costs += ", output_cost_per_token: 4e-6, output_cost_per_token_above_200k_tokens: 6e-6"
        text = f"model_list: [{{model_name: d, litellm_params: {{model: openrouter/org/large, {costs}}}}}]\n"
        offer = self.overlaid(files, text)["openrouter/large"]
        assert (offer["input"], offer["output"]) == (1.0, 4.0)
        assert offer["tiers"] == [{"above": 200_000.0, "input": 2.0, "output": 6.0}]

    # By list deepseek/wide costs 2 in, 8 out, 0.5 cached; above 100,000 tokens 4 in, 12 out, 1 cached. The
    # file's input price of 1 is half of that.
    @pytest.mark.parametrize(
        ("stated", "tiers", "words"),
        [
            ("input_cost_per_token_above_100k_tokens: 3e-6", (100_000, 3.0, 6.0, 0.75), "long prompts in"),
            (
                "cache_read_input_token_cost_above_100k_tokens: 1e-7",
                (100_000, 2.0, 6.0, 0.1),
                "long prompts in",
            ),
            ("output_cost_per_token_above_64k_tokens: 9e-6", (64_000, 1.0, 9.0, 0.25), "long prompts in"),
            ("input_cost_per_token_above_64k_tokens: 2e-6", (64_000, 2.0, 4.0, 0.5), "long prompts in"),
        ],
    )
    def test_a_part_of_a_tier(
        self, files: Files, stated: str, tiers: tuple[float, float, float, float], words: str
    ) -> None:
        files.facts.write_text(
            files.facts.read_text() + '[offers."deepseek/large"]\nid = "wide"\ninput = 2.0\noutput = 8.0\n'
            "cache_read = 0.5\ntiers = [{above = 100_000, input = 4.0, output = 12.0, cache_read = 1.0}]\n"
        )
        call = f"model: deepseek/wide, input_cost_per_token: 1e-6, {stated}"
        offer = self.overlaid(files, f"model_list: [{{model_name: d, litellm_params: {{{call}}}}}]\n")[
            "deepseek/large"
        ]
        names = ("above", "input", "output", "cache_read")
        assert offer["tiers"] == [dict(zip(names, tiers, strict=True))]
        assert words in files.err and "1 in in this file, 2 in by list" in files.err

    def test_a_price_of_long_prompts_alone(self, files: Files) -> None:
        stated = "input_cost_per_token_above_200k_tokens: 9e-6, cache_read_input_token_cost: 0"
        text = f"model_list: [{{model_name: d, litellm_params: {{model: openrouter/org/large, {stated}}}}}]\n"
        (tier,) = self.overlaid(files, text)["openrouter/large"]["tiers"]
        assert tier["input"] == 9.0 and "0 cached in this file" in files.err

    def test_a_discount_of_a_provider(self, files: Files) -> None:
        text = (
            MODELS + "litellm_settings: {cost_discount_config: {nscale: 0.1, openrouter: 2, nobody: 0.5}}\n"
        )
        offers = self.overlaid(files, text)
        assert set(offers) == {"nscale/small", "nscale/large"}
        assert (offers["nscale/large"]["input"], offers["nscale/large"]["output"]) == (1.35, 4.05)
        assert "nscale: its 2 offers cost 10 % less by this file" in files.err
        assert "cost_discount_config: openrouter is no fraction from 0 to 1" in files.err
        assert "cost_discount_config: nobody is no provider of the catalogue" in files.err

    def test_importing_again_changes_nothing(self, files: Files) -> None:
        text = MODELS.replace("chat}", "chat, input_cost_per_token: 3e-8}")
        text += "litellm_settings: {cost_discount_config: {deepseek: 0.5}}\n"
        overlay = files.folder / "overlay.toml"
        imported(files, text, "--overlay", overlay)
        first = overlay.read_text()
        assert tomllib.loads(first)["offers"]["deepseek/small"]["input"] == 0.015
        imported(files, text, "--overlay", overlay)
        assert overlay.read_text() == first

    def test_the_levels_of_an_offer_have_one_price(self, files: Files) -> None:
        levels = 'models.small]\ndefault_effort = "low"\nefforts = { low = {}, high = {} }'
        files.facts.write_text(files.facts.read_text().replace("models.small]", levels))
        costs = "reasoning_effort: high, input_cost_per_token: 3e-8"
        text = MODELS.replace("chat}", f"chat, {costs}}}")
        overlay = files.folder / "overlay.toml"
        assert imported(files, text, "--overlay", overlay)["default"] == ({"deepseek/small@high": 1.0}, ())
        assert list(tomllib.loads(overlay.read_text())["offers"]) == ["deepseek/small"]

    def test_two_prices_of_one_offer(self, files: Files) -> None:
        group = "- {{model_name: {0}, litellm_params: {{model: deepseek/small-chat{1}}}}}\n"
        text = "model_list:\n" + group.format("a", ", input_cost_per_token: 3e-8")
        text += group.format("b", ", input_cost_per_token: 0") + group.format("c", "")
        assert self.overlaid(files, text)["deepseek/small"]["input"] == 0.03
        assert "b: deepseek/small costs 0 in there, which is not taken: counted as in a" in files.err
        assert "c: deepseek/small is counted as in a" in files.err

    @pytest.mark.parametrize(
        ("costs", "words"),
        [
            ("input_cost_per_token: 60", "is it of another unit?"),  # 60,000,000 USD per million
            ("input_cost_per_second: 0.1", "input_cost_per_second of 'deepseek/small-chat' is not read"),
            ("input_cost_per_token: -1", "input_cost_per_token of 'deepseek/small-chat' is not read"),
            (
                "off_peak_pricing: {hours_utc: '1:00-2:00'}",
                "off_peak_pricing of 'deepseek/small-chat' is not read",
            ),
            ("input_cost_per_token: much", "input_cost_per_token of 'deepseek/small-chat' is not read"),
            ("input_cost_per_token: 0.00000006", ""),  # the list's
        ],
    )
    def test_prices_that_are_not_taken_are_said(self, files: Files, costs: str, words: str) -> None:
        assert self.overlaid(files, MODELS.replace("chat}", f"chat, {costs}}}")) == {}
        assert words in files.err

    def test_of_a_model_that_is_not_known(self, files: Files) -> None:
        text = "model_list: [{model_name: d, litellm_params: {model: vllm/x, input_cost_per_token: 0}}]\n"
        assert self.overlaid(files, text) == {}
        assert "d: the file's prices of 'vllm/x' are not taken, as it is not in the catalogue" in files.err

    def test_they_are_only_laid_over_where_something_is_saved(self, files: Files) -> None:
        text = MODELS.replace("chat}", "chat, input_cost_per_token: 3e-8}")
        config = files.write("config.yaml", text)
        assert files.run("import", "config", config) == 0
        assert "these prices are not taken: --overlay FILE lays them over the catalogue" in files.err
        overlay = files.folder / "overlay.toml"
        assert files.run("import", "config", config, "--overlay", overlay, "--no-prices") == 0
        assert "--no-prices" in files.err and not overlay.exists()


MODELS = "model_list:\n- {model_name: default, litellm_params: {model: deepseek/small-chat}}\n"
