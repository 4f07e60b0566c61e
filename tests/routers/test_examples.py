"""The examples solve, and their routers take them without a warning that matters."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from modelpick.__main__ import main

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.mark.parametrize(
    ("name", "router"),
    [("litellm-team", "litellm"), ("agent-big-small", "opencode"), ("agent-big-small", "aider")],
)
def test_an_example_solves_and_is_exported(
    name: str, router: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as done:
        main(["export", router, str(EXAMPLES / name / "routing.toml"), "--json"])
    assert done.value.code == 0
    told = json.loads(capsys.readouterr().out)
    if (
        router == "aider"
    ):  # it cannot ask for the levels of the plan: the next best is written, and its price said
        assert told["cost"] > told["cost_as_routed"] > 0
        dearer = told["cost"] - told["cost_as_routed"]
        if dearer < 0.005:
            assert f"altogether the same {told['cost']:,.2f} USD/month" in told["warnings"]
            return
        more = f"(+{dearer:,.2f})"
        assert any(f"{told['cost']:,.2f} instead of" in line and more in line for line in told["warnings"])
        return
    assert told["cost"] == told["cost_as_routed"] > 0
    assert not any("wrote" in warning for warning in told["warnings"])
