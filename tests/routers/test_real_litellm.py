"""The real LiteLLM proxy obeys the exported config.yaml."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from uuid import UUID

import pytest

from modelpick.__main__ import main

from .real import HAIKU, OPUS, Running, check_mix, claude_code, streamed
from .router_facts import ROUTED
from .upstream import Upstream

MASTER = {"authorization": "Bearer sk-test-master"}


@pytest.fixture(scope="module")
def proxy(start_litellm: Callable[..., Running]) -> Running:
    def write(folder: Path, upstream: Upstream, out: Path) -> None:
        export(folder, upstream, "litellm", out)

    return start_litellm(write, LITELLM_MASTER_KEY="sk-test-master")


def export(folder: Path, upstream: Upstream, router: str, out: Path) -> None:
    """The tests' routing, written for a router whose every provider is the upstream."""
    (folder / "facts.toml").write_text(upstream.facts)
    (folder / "routed.toml").write_text(ROUTED)
    files = [str(folder / "routed.toml"), "-o", str(out), "--catalog", str(folder / "facts.toml")]
    with pytest.raises(SystemExit) as done:
        main(["export", router, *files])
    assert done.value.code == 0


@pytest.mark.parametrize(
    ("model", "reached"),
    [
        ("background", "deepseek/small-chat"),
        ("think", "anthropic/claude-opus-5"),
        ("longContext", "openrouter/org/large"),
        (HAIKU, "deepseek/small-chat"),
        (OPUS, "anthropic/claude-opus-5"),
    ],
)
def test_each_label_reaches_its_model(proxy: Running, model: str, reached: str) -> None:
    process, upstream = proxy
    upstream.clear()
    status, told = process.post("/v1/messages", claude_code(model), **MASTER)
    assert status == 200, told
    assert told["content"][-1]["text"] == "hello"
    assert upstream.counts() == {reached: 1}
    assert any(f"key-of-{reached.partition('/')[0]}" in key for key in upstream.keys)


def test_the_mix_is_70_to_30(proxy: Running) -> None:
    process, upstream = proxy

    def ask(turn: int) -> None:
        body = {"model": "default", "messages": [{"role": "user", "content": f"{turn}"}]}
        status, told = process.post("/v1/chat/completions", body, **MASTER)
        assert status == 200, told

    check_mix(ask, upstream)


def test_a_session_stays_with_one_model(proxy: Running) -> None:
    process, upstream = proxy
    for session in range(1, 5):
        upstream.clear()
        for _ in range(8):
            process.post("/v1/messages", claude_code("default", session=str(UUID(int=session))), **MASTER)
        assert len(upstream.counts()) == 1, upstream.counts()


def test_a_prompt_too_long_for_the_label_goes_to_long_context(proxy: Running) -> None:
    process, upstream = proxy
    upstream.clear()
    status, told = process.post("/v1/messages", claude_code("background", text="word " * 150_000), **MASTER)
    assert status == 200, told
    assert upstream.counts() == {"openrouter/org/large": 1}


@pytest.mark.parametrize("model", [HAIKU, OPUS])
def test_an_answer_is_streamed(proxy: Running, model: str) -> None:
    process, upstream = proxy
    assert streamed(process, upstream, model, **MASTER) == "hello"


def test_a_500_goes_to_the_fallback(proxy: Running) -> None:
    """Last: LiteLLM rests a deployment that has failed."""
    process, upstream = proxy
    upstream.clear()
    upstream.failing = {"small-chat"}
    status, told = process.post("/v1/messages", claude_code("background"), **MASTER)
    assert status == 200, told
    counts = upstream.counts()
    assert counts["deepseek/small-chat"] >= 1 and counts["nscale/Org/Small-Chat"] == 1
