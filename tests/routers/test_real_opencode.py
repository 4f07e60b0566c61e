"""The real opencode obeys the export: titles are `background`, build is `default`, plan is `think`."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from .real import KEYS, installed
from .test_real_litellm import export
from .upstream import Upstream


@pytest.mark.parametrize(
    ("agent", "reached"), [("build", "nscale/Org/Large"), ("plan", "anthropic/claude-opus-5")]
)
def test_each_agent_reaches_its_label(tmp_path: Path, agent: str, reached: str) -> None:
    program = installed("extra/node_modules/.bin/opencode")
    upstream = Upstream()
    export(tmp_path, upstream, "opencode", tmp_path / "opencode.json")
    home = tmp_path / "home"
    home.mkdir()
    clean = {key: value for key, value in os.environ.items() if not key.lower().endswith("_proxy")}
    alone = {"OPENCODE_DISABLE_AUTOUPDATE": "1", "OPENCODE_DISABLE_MODELS_FETCH": "1"}
    done = subprocess.run(
        [program, "run", "--agent", agent, "say hi"],
        cwd=home,
        env={**clean, **KEYS, **alone, "HOME": str(home), "OPENCODE_CONFIG": str(tmp_path / "opencode.json")},
        capture_output=True,
        text=True,
        timeout=120,
        stdin=subprocess.DEVNULL,
        check=False,
    )
    upstream.close()
    assert done.returncode == 0 and "hello" in done.stdout, done.stderr
    assert upstream.counts() == {"deepseek/small-chat": 1, reached: 1}
