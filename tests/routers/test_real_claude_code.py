"""The real Claude Code, which always asks for thinking: by its own settings and through the routers."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from modelpick.__main__ import main

from . import test_real_ccr2, test_real_litellm
from .real import KEYS, Process, installed
from .test_real_litellm import export
from .upstream import Upstream

litellm, ccr2 = test_real_litellm.proxy, test_real_ccr2.router  # fixtures of this module too
REACHED = {
    "opus": {"anthropic/claude-opus-5"},
    "sonnet": {"nscale/Org/Large", "deepseek/small-chat"},
    "haiku": {"deepseek/small-chat"},
}


def ask(folder: Path, family: str, *words: str, **env: str) -> None:
    """`claude -p`, as a user of its own."""
    program = installed("claude/node_modules/.bin/claude")
    others = ("ANTHROPIC", "CLAUDE")
    clean = {
        k: v for k, v in os.environ.items() if not k.lower().endswith("_proxy") and not k.startswith(others)
    }
    quiet = {"CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1", "DISABLE_AUTOUPDATER": "1", "HOME": str(folder)}
    done = subprocess.run(
        [program, "-p", "say hi", "--model", family, *words],
        cwd=folder,
        env={**clean, **quiet, **env},
        capture_output=True,
        text=True,
        timeout=120,
        stdin=subprocess.DEVNULL,
        check=False,
    )
    assert done.returncode == 0 and "hello" in done.stdout, done.stdout + done.stderr


def test_its_own_settings_and_what_it_writes_down(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    upstream = Upstream()
    settings = tmp_path / "settings.json"
    export(tmp_path, upstream, "claude-code", settings)
    for family, model in (("opus", "claude-opus-5"), ("haiku", "claude-haiku-5-20260101")):
        upstream.clear()
        ask(tmp_path, family, "--settings", str(settings), **KEYS)
        assert set(upstream.counts()) == {f"anthropic/{model}"}
        assert {body["thinking"]["type"] for body in upstream.bodies} == {"adaptive"}
    upstream.close()
    assert "Bearer key-of-anthropic" in upstream.keys
    pytest.importorskip("duckdb")
    capsys.readouterr()
    with pytest.raises(SystemExit) as done:
        main(["import", "usage", str(tmp_path / ".claude" / "projects"), "--json"])
    assert done.value.code == 0
    labels = json.loads(capsys.readouterr().out)["usage"]["labels"]
    assert {name: label["requests"] for name, label in labels.items()} == {"think": 1, "background": 1}
    assert labels["think"]["input"] == 10 and labels["think"]["output"] == 2  # as the upstream told it


@pytest.mark.parametrize("family", ["opus", "sonnet", "haiku"])
def test_through_litellm(litellm: tuple[Process, Upstream], tmp_path: Path, family: str) -> None:
    process, upstream = litellm
    upstream.clear()
    # What a note of the export says to set.
    names = {"OPUS": "think", "SONNET": "default", "HAIKU": "background"}
    env = {f"ANTHROPIC_DEFAULT_{name}_MODEL": label for name, label in names.items()}
    env |= {"ANTHROPIC_BASE_URL": process.address, "ANTHROPIC_AUTH_TOKEN": "sk-test-master"}
    ask(tmp_path, family, **env)
    assert upstream.calls and set(upstream.counts()) <= REACHED[family]


@pytest.mark.parametrize("family", ["opus", "sonnet", "haiku"])
def test_through_claude_code_router(ccr2: tuple[Process, Upstream], tmp_path: Path, family: str) -> None:
    process, upstream = ccr2
    upstream.clear()
    ask(tmp_path, family, ANTHROPIC_BASE_URL=process.address, ANTHROPIC_AUTH_TOKEN="any")
    assert upstream.calls and set(upstream.counts()) <= REACHED[family]
