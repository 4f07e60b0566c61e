"""A row of the table of rules: the limit as a number, the plan's figure with its gauge, steps in money."""

from __future__ import annotations

import pytest

from modelpick.engine.adapters.routing_file import read_routing
from modelpick.engine.domain.explanation import RulePrice
from modelpick.engine.domain.rules import RulePath
from modelpick.tui.widgets.explanation import Prices
from modelpick.tui.widgets.rule_columns import Columns, tightness
from modelpick.tui.widgets.rules import RulesPanel
from tests.tui.stories import SMALL

FLOOR = RulePath("labels", "default", "min_quality")
AS_A_MODEL = {"path": str(FLOOR), "value": "m@high - 5", "unit": "points", "points": 60.0, "step": 1.0}


def row(prices: Prices, width: int) -> str:
    """The line of the floor in the table."""
    panel = RulesPanel()
    panel.routing, panel.section = read_routing(SMALL, ""), FLOOR.parent
    panel.prices = lambda _section: prices
    return next(
        "".join(text for text, _ in line.parts) for line in panel.lines_for(width) if line.key == FLOOR
    )


def test_a_floor_that_is_a_models_has_its_gauge_and_the_figures_of_its_steps() -> None:
    price = RulePrice.model_validate({**AS_A_MODEL, "attained": 80.0, "looser": -1.5, "tighter": 2.0})
    assert tightness(price) == 0.75  # 60 of the plan's 80 points
    wide = Columns.within(100)
    assert wide is not None and wide.roomy
    cells = "".join(text for text, _ in wide.parts(price, "cost", ""))
    assert "80.0 ▕██████  ▏" in cells and " 59    −1.50" in cells and " 61    +2.00" in cells
    assert "≥ 60.0 " in row(Prices({str(FLOOR): price}, "cost", None, faint=False), 140)


@pytest.mark.parametrize("missing", ["…", "no price: time was out"])
def test_a_rule_whose_price_is_coming_or_failed_says_so_in_its_row(missing: str) -> None:
    text = row(Prices({}, "cost", None, faint=False, missing={str(FLOOR): missing}), 80)
    assert "≥ 50 points" in text and text.rstrip().endswith(missing)
