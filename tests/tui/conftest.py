"""What most stories start from."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.tui.stories import SMALL


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    """A routing file of one label, in a folder of its own."""
    path = tmp_path / "mine.toml"
    path.write_text(SMALL)
    return path
