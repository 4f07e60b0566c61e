"""The real Portkey gateway obeys the exported config, sent with every request as a header."""

from __future__ import annotations

import json
from collections.abc import Iterator
from string import Template

import pytest

from .real import KEYS, Process, check_mix, installed
from .test_real_litellm import export
from .upstream import Upstream, free_port


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Process, Upstream, str]]:
    program = installed("extra/node_modules/@portkey-ai/gateway/build/start-server.js")
    folder, upstream, port = tmp_path_factory.mktemp("portkey"), Upstream(), free_port()
    export(folder, upstream, "portkey", folder / "config.json")
    process = Process(
        ["node", program, f"--port={port}", "--headless"], folder, port, TRUSTED_CUSTOM_HOSTS="127.0.0.1"
    )
    try:
        process.wait("/")
        # As envsubst does it, on one line.
        config = json.dumps(json.loads(Template((folder / "config.json").read_text()).safe_substitute(KEYS)))
        yield process, upstream, config
    finally:
        process.close()
        upstream.close()


def ask(process: Process, config: str, label: str) -> None:
    headers = {"x-portkey-config": config, "x-portkey-metadata": json.dumps({"label": label})}
    body = {"model": "any", "max_tokens": 50, "messages": [{"role": "user", "content": "hi"}]}
    status, told = process.post("/v1/chat/completions", body, **headers)
    assert status == 200, told
    assert told["choices"][0]["message"]["content"] == "hello"


@pytest.mark.parametrize(
    ("label", "reached"),
    [
        ("background", "deepseek/small-chat"),
        ("think", "anthropic/claude-opus-5"),
        ("longContext", "openrouter/org/large"),
    ],
)
def test_each_label_reaches_its_model(
    gateway: tuple[Process, Upstream, str], label: str, reached: str
) -> None:
    process, upstream, config = gateway
    upstream.clear()
    ask(process, config, label)
    assert upstream.counts() == {reached: 1}
    assert any(f"key-of-{reached.partition('/')[0]}" in key for key in upstream.keys)


def test_the_mix_is_70_to_30(gateway: tuple[Process, Upstream, str]) -> None:
    process, upstream, config = gateway
    check_mix(lambda _: ask(process, config, "default"), upstream)


def test_a_500_goes_to_the_fallback(gateway: tuple[Process, Upstream, str]) -> None:
    process, upstream, config = gateway
    upstream.clear()
    upstream.failing = {"small-chat"}
    ask(process, config, "background")
    assert upstream.counts() == {"deepseek/small-chat": 1, "nscale/Org/Small-Chat": 1}
