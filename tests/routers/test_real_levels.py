"""Real routers ask the upstream for the reasoning levels of an exported routing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from modelpick.__main__ import main
from modelpick.engine.adapters.routers.claude_code_router_3 import get_config, save_config

from .real import HAIKU, OPUS, SONNET, Process, Running, claude_code, installed
from .test_export_levels import FACTS, routing
from .test_real_litellm import MASTER
from .upstream import Upstream, free_port

LABELS = {"default": {"nscale/r@high": 1.0}, "think": {"openrouter/r@none": 1.0}}
ADDRESSES = {
    "nscale": "https://inference.api.nscale.com/v1",
    "openrouter": "https://openrouter.ai/api/v1",
    "anthropic": "https://api.anthropic.com",
}


def export(folder: Path, upstream: Upstream, router: str, out: Path, labels: dict[str, Any]) -> None:
    """Labels at levels, for a router whose every provider is the upstream."""
    facts = FACTS.replace('"anthropic/c"]\n', '"anthropic/c"]\nid = "claude-opus-5"\n')
    for name, address in ADDRESSES.items():
        facts = facts.replace(address, f"{upstream.address}/{name}")
    (folder / "facts.toml").write_text(facts)
    (folder / "r.toml").write_text(routing(labels))
    files = [str(folder / "r.toml"), "-o", str(out), "--catalog", str(folder / "facts.toml")]
    with pytest.raises(SystemExit) as done:
        main(["export", router, *files])
    assert done.value.code == 0


@pytest.fixture(scope="module")
def proxy(start_litellm: Callable[..., Running]) -> Running:
    labels = {**LABELS, "background": {"anthropic/c@high": 1.0}}

    def write(folder: Path, upstream: Upstream, out: Path) -> None:
        export(folder, upstream, "litellm", out, labels)

    return start_litellm(write, LITELLM_MASTER_KEY="sk-test-master")


@pytest.mark.parametrize(
    ("label", "words"),
    [
        ("default", {"reasoning_effort": "high"}),
        ("think", {"reasoning_effort": "none"}),
        ("background", {"output_config": {"effort": "high"}}),
    ],
)
def test_litellm_sends_the_level(proxy: Running, label: str, words: dict[str, Any]) -> None:
    process, upstream = proxy
    upstream.clear()
    body = {"model": label, "messages": [{"role": "user", "content": "hi"}]}
    status, answer = process.post("/v1/chat/completions", body, **MASTER)
    assert status == 200, answer
    (sent,) = upstream.bodies
    assert {key: sent.get(key) for key in words} == words


@pytest.fixture(scope="module")
def router(start_ccr2: Callable[..., Running]) -> Running:
    def write(home: Path, upstream: Upstream, out: Path, port: int) -> None:
        out.write_text(f'{{PORT: {port}, HOST: "127.0.0.1", LOG: false}}\n')
        export(home, upstream, "claude-code-router", out, LABELS)

    return start_ccr2(write)


def test_claude_code_router_2_sends_the_level(router: Running) -> None:
    process, upstream = router
    asked: list[tuple[str, str, Any]] = [
        (SONNET, "reasoning_effort", "high"),
        (OPUS, "reasoning", {"effort": "none"}),
    ]
    for model, key, word in asked:
        upstream.clear()
        status, answer = process.post("/v1/messages", claude_code(model))
        assert status == 200, answer
        (sent,) = upstream.bodies
        assert sent["model"] == "r"
        assert sent[key] == word or {**sent[key], **word} == sent[key]


def test_claude_code_router_3_sends_the_level(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    installed("ccr3/node_modules/better-sqlite3/build/Release/better_sqlite3.node")
    program, upstream = installed("ccr3/package/dist/main/cli.js"), Upstream()
    web, gateway, core = free_port(), free_port(), free_port()
    words = ["node", program, "serve", "--host", "127.0.0.1", "--port", web, "--no-open", "--gateway"]
    process = Process(words, tmp_path, web, HOME=str(tmp_path), CCR_WEB_AUTH_TOKEN="token")
    monkeypatch.setenv("CCR_WEB_AUTH_TOKEN", "token")
    try:
        process.wait("/")
        config = get_config(process.address)
        config["gateway"] |= {"port": gateway, "corePort": core}
        save_config(process.address, config)
        labels = {
            "default": {"nscale/r@high": 1.0},
            "think": {"anthropic/c@none": 1.0},
            "background": {"nscale/r@high": 0.5, "nscale/r": 0.5},
        }
        export(tmp_path, upstream, "claude-code-router-3", tmp_path / "out.json", labels)
        files = [
            str(tmp_path / "r.toml"),
            "--push",
            process.address,
            "--catalog",
            str(tmp_path / "facts.toml"),
        ]
        with pytest.raises(SystemExit):
            main(["export", "claude-code-router-3", *files])
        config = get_config(process.address)
        for entry in config["Providers"]:
            entry["api_key"] = "key"
        save_config(process.address, config)
        key = config["APIKEYS"][0]["key"]
        process.address = f"http://127.0.0.1:{gateway}"
        process.wait("/health")
        sent = {}
        for model in (SONNET, OPUS):
            upstream.clear()
            status, answer = process.post("/v1/messages", claude_code(model), **{"x-api-key": key})
            assert status == 200, answer
            (sent[model],) = upstream.bodies

        assert sent[SONNET]["reasoning_effort"] == "high"
        assert sent[OPUS]["thinking"] == {"type": "disabled"}
        efforts = set()
        for session in range(24):
            upstream.clear()
            body = claude_code(HAIKU, session=f"{session:08}-cafe")
            status, answer = process.post("/v1/messages", body, **{"x-api-key": key})
            assert status == 200, answer
            efforts.add(upstream.bodies[0].get("reasoning_effort"))
        assert efforts == {"high", None}
    finally:
        process.close()
        upstream.close()
