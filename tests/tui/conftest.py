"""What most stories start from."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.tui.stories import SMALL
from tests.tui.warm import WarmPython

# Files whose stories are of processes that start, hang and die. MODELPICK_COLD=1: every one.
COLD = {"test_queue", "test_serve", "test_solver_story", "test_terminal_story", "test_tough_story"}


@pytest.fixture(scope="session")
def warm_python(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A Python that has imported the solver's libraries already."""
    warm = WarmPython(tmp_path_factory.mktemp("warm"))
    yield warm.executable
    warm.close()


@pytest.fixture(autouse=True)
def _warm_solver(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    cold = request.path.stem in COLD or "MODELPICK_COLD" in os.environ or sys.platform != "linux"
    if not cold:
        monkeypatch.setattr(sys, "executable", str(request.getfixturevalue("warm_python")))


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    """A routing file of one label, in a folder of its own."""
    path = tmp_path / "mine.toml"
    path.write_text(SMALL)
    return path
