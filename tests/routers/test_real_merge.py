"""The real LiteLLM and claude-code-router 2 on files of people's own that an export was merged into."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from modelpick.__main__ import main

from .real import HAIKU, OPUS, SONNET, Running, claude_code
from .test_merge import one_label
from .test_real_litellm import MASTER
from .upstream import Upstream

LITELLM = """\
model_list:
- model_name: claude-opus-5   # ours, whatever the name says
  litellm_params: {{model: nscale/Org/Large, api_base: "{up}/nscale", api_key: key-of-team-a}}
- model_name: default
  litellm_params: {{model: openai/house, api_base: "{up}/house", api_key: x, weight: 80}}
- model_name: default
  litellm_params: {{model: deepseek/small-chat, api_base: "{up}/deepseek", api_key: x, weight: 20}}
- model_name: ordered
  litellm_params: {{model: deepseek/small-chat, api_base: "{up}/deepseek", api_key: x, order: 1}}
- model_name: ordered
  litellm_params: {{model: nscale/Org/Large, api_base: "{up}/nscale", api_key: x, order: 2}}
- model_name: home
  litellm_params: {{model: openai/broken, api_base: "{up}/house", api_key: x}}
- model_name: cloud
  litellm_params: {{model: openrouter/org/large, api_base: "{up}/openrouter", api_key: x}}
litellm_settings:
  num_retries: 0
  fallbacks: [{{home: [cloud]}}]
general_settings: {{master_key: sk-test-master}}
"""

CCR = """\
{{
  PORT: {port}, HOST: "127.0.0.1", LOG: false,
  Providers: [
    {{name: "house", api_base_url: "{up}/house/chat/completions", api_key: "k", models: ["q", "web"]}},
    {{name: "deepseek", api_base_url: "{up}/deepseek/chat/completions", api_key: "key-of-team-a",
      models: ["small-chat"]}},
  ],
  Router: {{default: "deepseek,small-chat", background: "house,q", webSearch: "house,web"}},
}}
"""


def exported(folder: Path, upstream: Upstream, router: str, out: Path, routing: str) -> None:
    (folder / "facts.toml").write_text(upstream.facts)
    (folder / "r.toml").write_text(routing)
    words = [router, str(folder / "r.toml"), "-o", str(out), "--catalog", str(folder / "facts.toml")]
    with pytest.raises(SystemExit) as done:
        main(["export", *words])
    assert done.value.code == 0


@pytest.fixture(scope="module")
def litellm(start_litellm: Callable[..., Running]) -> Running:
    def write(folder: Path, upstream: Upstream, out: Path) -> None:
        out.write_text(LITELLM.format(up=upstream.address))
        routing = one_label("default", {"openrouter/small": 1.0})
        routing += one_label("background", {"nscale/small": 1.0}, ("deepseek/small",)).partition("\n")[2]
        exported(folder, upstream, "litellm", out, routing)

    return start_litellm(write)


@pytest.mark.parametrize(
    ("model", "reached"),
    [
        (OPUS, "nscale/Org/Large"),  # a group of theirs, not an alias of ours
        (HAIKU, "nscale/Org/Small-Chat"),
        ("background", "nscale/Org/Small-Chat"),
        ("ordered", "deepseek/small-chat"),
        ("cloud", "openrouter/org/large"),
    ],
)
def test_litellm_reaches_theirs_and_ours(litellm: Running, model: str, reached: str) -> None:
    process, upstream = litellm
    upstream.clear()
    for turn in range(5):
        body = {"model": model, "messages": [{"role": "user", "content": f"{turn}"}]}
        status, told = process.post("/v1/chat/completions", body, **MASTER)
        assert status == 200, told
    assert upstream.counts() == {reached: 5}


def test_litellm_leaves_the_unknown_deployment_its_80_percent(litellm: Running) -> None:
    process, upstream = litellm
    upstream.clear()
    for turn in range(300):
        body = {"model": "default", "messages": [{"role": "user", "content": f"{turn}"}]}
        process.post("/v1/chat/completions", body, **MASTER)
    counts = upstream.counts()
    assert set(counts) == {"house/house", "openrouter/org/small"}
    assert abs(counts["house/house"] - 240) <= 4 * (300 * 0.8 * 0.2) ** 0.5


def test_litellm_still_falls_back_by_litellm_settings(litellm: Running) -> None:
    process, upstream = litellm
    for model, failing, reached in (
        ("home", "broken", "openrouter/org/large"),
        ("background", "Org/Small-Chat", "deepseek/small-chat"),
    ):
        upstream.clear()
        upstream.failing = {failing}
        body = {"model": model, "messages": [{"role": "user", "content": "hi"}]}
        status, told = process.post("/v1/chat/completions", body, **MASTER)
        assert status == 200, told
        assert upstream.counts()[reached] == 1


@pytest.fixture(scope="module")
def ccr2(start_ccr2: Callable[..., Running]) -> Running:
    def write(home: Path, upstream: Upstream, out: Path, port: int) -> None:
        out.write_text(CCR.format(up=upstream.address, port=port))
        routing = one_label("default", {"nscale/large": 1.0})
        routing += one_label("think", {"deepseek/small": 1.0}).partition("\n")[2]
        exported(home, upstream, "claude-code-router", out, routing)

    return start_ccr2(write)


@pytest.mark.parametrize(
    ("model", "tools", "reached"),
    [
        (SONNET, [], "nscale/Org/Large"),
        (OPUS, [], "deepseek/small-chat"),
        (HAIKU, [], "house/q"),  # a label of theirs that no routing names
        (SONNET, [{"type": "web_search_20250305", "name": "web_search"}], "house/web"),
    ],
)
def test_claude_code_router_2_obeys_labels_of_theirs_too(
    ccr2: Running, model: str, tools: list[dict[str, str]], reached: str
) -> None:
    process, upstream = ccr2
    upstream.clear()
    status, told = process.post("/v1/messages", claude_code(model, **({"tools": tools} if tools else {})))
    assert status == 200, told
    assert upstream.counts() == {reached: 1}
    if reached.startswith("deepseek"):
        assert "Bearer key-of-team-a" in upstream.keys
