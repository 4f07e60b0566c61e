"""The real claude-code-router 2 obeys the exported config.json and router.js."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from .real import HAIKU, OPUS, SONNET, Process, Running, check_mix, claude_code, streamed
from .test_real_litellm import export
from .upstream import Upstream


@pytest.fixture(scope="module")
def router(start_ccr2: Callable[..., Running]) -> Running:
    def write(home: Path, upstream: Upstream, out: Path, port: int) -> None:
        out.write_text(f'{{\n  // where it listens\n  PORT: {port}, HOST: "127.0.0.1", LOG: false,\n}}\n')
        export(home, upstream, "claude-code-router", out)

    return start_ccr2(write)


def ask(process: Process, body: dict[str, object]) -> None:
    status, told = process.post("/v1/messages", body)
    assert status == 200, told
    assert told["content"][-1]["text"] == "hello"


@pytest.mark.parametrize(
    ("model", "reached"), [(HAIKU, "deepseek/small-chat"), (OPUS, "anthropic/claude-opus-5")]
)
def test_each_family_reaches_its_label(router: Running, model: str, reached: str) -> None:
    process, upstream = router
    upstream.clear()
    ask(process, claude_code(model))
    assert upstream.counts() == {reached: 1}
    assert any(f"key-of-{reached.partition('/')[0]}" in key for key in upstream.keys)


def test_a_long_prompt_goes_to_long_context(router: Running) -> None:
    process, upstream = router
    for words, reached in ((50_000, "anthropic/claude-opus-5"), (70_000, "openrouter/org/large")):
        upstream.clear()
        ask(process, claude_code(OPUS, text="word " * words))
        assert upstream.counts() == {reached: 1}


def test_the_mix_is_70_to_30_by_session(router: Running) -> None:
    process, upstream = router
    check_mix(lambda n: ask(process, claude_code(SONNET, session=f"{n:08}-cafe")), upstream)
    for session in range(5):
        upstream.clear()
        for _ in range(4):
            ask(process, claude_code(SONNET, session=f"{session:08}-cafe"))
        assert len(upstream.counts()) == 1


@pytest.mark.parametrize("model", [HAIKU, OPUS])
def test_an_answer_is_streamed(router: Running, model: str) -> None:
    process, upstream = router
    assert streamed(process, upstream, model) == "hello"


def test_a_500_goes_to_the_labels_own_fallback(router: Running) -> None:
    process, upstream = router
    upstream.clear()
    upstream.failing = {"small-chat"}
    ask(process, claude_code(HAIKU))
    assert upstream.counts() == {"deepseek/small-chat": 1, "nscale/Org/Small-Chat": 1}
