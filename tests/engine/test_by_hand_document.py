"""docs/by-hand.md does what it says: its files are saved, its commands run, its figures compared."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import pytest

from modelpick.engine.commands import solve
from tests.engine.by_hand import ran

DOCUMENT = Path(__file__).parents[2] / "docs" / "by-hand.md"
_BLOCK = re.compile(r"^```(toml|console)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_FILE = re.compile(r"# (added to )?(\S+)\n")


def test_every_command_of_the_document_gives_the_offer_and_the_cost_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    commands = 0
    for kind, text in _BLOCK.findall(DOCUMENT.read_text("utf-8")):
        if kind == "toml":
            head = _FILE.match(text)
            assert head is not None, text
            file = tmp_path / head[2]
            file.write_text((file.read_text() if head[1] else "") + text)
            continue
        command, expected = text.strip().splitlines()
        words = shlex.split(command)[3:]  # after $ modelpick solve
        answer, status = ran(solve, *words, "--json")
        plan = json.loads(answer)
        (route,) = plan["labels"]["work"]["routes"]
        assert status == 0 and f"{route['offer']} {plan['cost']:.2f}" == expected, command
        commands += 1
    assert commands == 6
