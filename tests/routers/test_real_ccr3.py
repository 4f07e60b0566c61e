"""The real claude-code-router 3, running, is handed a routing and obeys it."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from modelpick.__main__ import main
from modelpick.engine.adapters.routers.claude_code_router_3 import get_config, save_config

from .real import HAIKU, OPUS, SONNET, Process, check_mix, claude_code, installed, streamed
from .router_facts import ROUTED
from .upstream import Upstream, free_port

TOKEN = "token-of-the-test"


class Router:
    """The program, its gateway's address and key."""

    def __init__(self, process: Process, upstream: Upstream, gateway: int, config: dict[str, Any]) -> None:
        self.process, self.upstream, self.config = process, upstream, config
        self.home = process.log.parent
        self.web, process.address = process.address, f"http://127.0.0.1:{gateway}"
        self.key = config["APIKEYS"][0]["key"]

    def ask(self, body: dict[str, Any]) -> None:
        status, told = self.process.post("/v1/messages", body, **{"x-api-key": self.key})
        assert status == 200, told
        assert told["content"][-1]["text"] == "hello"


@pytest.fixture(scope="module")
def router(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Router]:
    installed("ccr3/node_modules/better-sqlite3/build/Release/better_sqlite3.node")
    program = installed("ccr3/package/dist/main/cli.js")
    home, upstream = tmp_path_factory.mktemp("ccr3"), Upstream()
    web, gateway, core = free_port(), free_port(), free_port()
    words = ["node", program, "serve", "--host", "127.0.0.1", "--port", web, "--no-open", "--gateway"]
    process = Process(words, home, web, HOME=str(home), CCR_WEB_AUTH_TOKEN=TOKEN)
    try:
        yield started(process, home, upstream, gateway, core)
    finally:
        process.close()
        upstream.close()


def started(process: Process, home: Path, upstream: Upstream, gateway: int, core: int) -> Router:
    """The running router, with a configuration of its own that the routing was pushed into."""
    process.wait("/")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CCR_WEB_AUTH_TOKEN", TOKEN)
        config = get_config(process.address)
        config["gateway"] |= {"port": gateway, "corePort": core}
        # Version 3 keeps keys itself; the one it has must survive.
        known = {"name": "deepseek", "type": "openai_chat_completions", "api_key": "key-of-deepseek"}
        config["Providers"] = [
            {
                **known,
                "api_base_url": f"{upstream.address}/deepseek/chat/completions",
                "models": ["old"],
            }
        ]
        config["Router"]["rules"] = [{"id": "mine", "name": "mine", "enabled": False, "type": "condition"}]
        save_config(process.address, config)
        push(home, upstream, process.address)
        config = get_config(process.address)
    running = Router(process, upstream, gateway, config)
    process.wait("/health")
    return running


def push(folder: Path, upstream: Upstream, address: str) -> None:
    (folder / "facts.toml").write_text(upstream.facts)
    (folder / "routed.toml").write_text(ROUTED)
    words = [str(folder / "routed.toml"), "--push", address, "--catalog", str(folder / "facts.toml")]
    with pytest.raises(SystemExit) as done:
        main(["export", "claude-code-router-3", *words])
    assert done.value.code == 0


def test_what_is_not_ours_is_still_there(router: Router) -> None:
    assert {"APIKEYS", "gateway", "profile"} <= set(router.config)
    ids = [rule["id"] for rule in router.config["Router"]["rules"]]
    assert [name for name in ids if name.startswith("modelpick-")] == [
        *("modelpick-longContext", "modelpick-background", "modelpick-think", "modelpick-default")
    ]
    providers = {entry["name"]: entry for entry in router.config["Providers"]}
    assert providers["deepseek"]["models"] == ["old", "small-chat"]
    assert "key-of-nscale" not in json.dumps(router.config)


def test_a_key_that_was_there_is_used(router: Router) -> None:
    router.upstream.clear()
    router.ask(claude_code(HAIKU))
    assert "Bearer key-of-deepseek" in router.upstream.keys


@pytest.mark.parametrize(
    ("model", "reached"), [(HAIKU, "deepseek/small-chat"), (OPUS, "anthropic/claude-opus-5")]
)
def test_each_family_reaches_its_label(router: Router, model: str, reached: str) -> None:
    router.upstream.clear()
    router.ask(claude_code(model))
    assert router.upstream.counts() == {reached: 1}


def test_a_long_prompt_goes_to_long_context(router: Router) -> None:
    router.upstream.clear()
    router.ask(claude_code(OPUS, text="word " * 70_000))
    assert router.upstream.counts() == {"openrouter/org/large": 1}


def test_the_mix_is_70_to_30_by_session(router: Router) -> None:
    check_mix(
        lambda n: router.ask(claude_code(SONNET, session=f"{n:08}-cafe-4000-8000-000000000000")),
        router.upstream,
    )
    router.upstream.clear()
    for _ in range(6):
        router.ask(claude_code(SONNET, session="00000001-cafe-4000-8000-000000000000"))
    assert len(router.upstream.counts()) == 1


@pytest.mark.parametrize("model", [HAIKU, OPUS])
def test_an_answer_is_streamed(router: Router, model: str) -> None:
    assert streamed(router.process, router.upstream, model, **{"x-api-key": router.key}) == "hello"


def test_its_usage_is_read_back(router: Router, capsys: pytest.CaptureFixture[str]) -> None:
    """Last: what the tests above have sent, out of its own database."""
    pytest.importorskip("duckdb")
    home = router.home
    database = home / ".claude-code-router" / "app-data" / "usage.sqlite"
    files = ["--workload", str(home / "routed.toml"), "--catalog", str(home / "facts.toml")]
    end = time.monotonic() + 150
    while True:  # it writes its events down when it has the time
        with pytest.raises(SystemExit) as done:
            main(["import", "usage", str(database), *files, "--json"])
        out, err = capsys.readouterr()
        labels = json.loads(out)["usage"]["labels"] if done.value.code == 0 else {}
        if labels.get("default", {}).get("requests", 0) > 100:
            break
        assert time.monotonic() < end, out + err
        time.sleep(0.5)
    assert set(labels) <= {"default", "background", "think", "longContext", "small-chat"}
