"""The files fixture; and which real routers are installed."""

from __future__ import annotations

from pathlib import Path

import pytest

from .router_facts import Files


@pytest.fixture
def files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Files:
    return Files(tmp_path, capsys)
