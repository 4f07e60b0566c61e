"""Planned against spent: what the app shows of the solver's answer, and what the solver answers."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from modelpick.engine import InputError, Routing
from modelpick.engine.service.handlers import handle
from modelpick.engine.solver.pick import Picker
from modelpick.tui.screens.spent import spent_lines
from tests.engine.by_hand import market, offer
from tests.routers.test_spent import request, write_log

ANSWER = {
    "source": "Some log",
    "first": "2026-11-01",
    "last": "2026-11-10",
    "days": 10,
    "spent": 12.0,
    "planned": 10.0,
    "month": {"end": "2026-11-30", "planned": 30.0, "forecast": 36.0, "low": 33.0, "high": 39.0,
              "confidence": 0.8},
    "difference": {"volume": 4.0, "mix": 0.0, "cache": -2.0},
    "cause_words": {"volume": "more or fewer requests than planned", "cache": "the cache"},
    "labels": {
        "work": {
            "requests": 140.0, "planned_requests": 100.0, "spent": 12.0, "planned": 10.0,
            "models": [
                {"offer": "p/m", "name": "m", "requests": 120.0, "usd": 9.0, "difference": {"volume": 1.0}},
                {"offer": None, "name": "x", "requests": 20.0, "usd": 3.0, "difference": {"elsewhere": 1.0}},
            ],
        }
    },
    "notes": ["a note"],
}  # fmt: skip


@pytest.mark.parametrize("width", [1, 30, 74, 110])
def test_the_month_its_causes_labels_and_models_fit_any_width(width: int) -> None:
    rows = ["".join(text for text, _ in line.parts) for line in spent_lines(ANSWER, width)]
    assert len(rows) > 10
    if width < 74:
        return
    text = "\n".join(rows)
    # 12 of 10 is a fifth more, 36 of 30 too.
    assert "12.00 USD   planned for these days 10.00  ▲ +2.00 (+20 %)" in text
    assert "36.00 USD   planned 30.00  ▲ +6.00 (+20 %)" in text and "33.00 to 39.00 with 80 %" in text
    (volume,) = (row for row in rows if row.startswith(" volume"))
    (cache,) = (row for row in rows if row.startswith(" cache"))
    assert "+4.00" in volume and volume.partition("│")[2].startswith("████████")  # the most of all
    assert cache.partition("│")[0].endswith("    ████") and "mix" not in text  # half as much, cheaper
    assert "140 of 100" in text and "x (unknown)" in text and "· a note" in text


def test_the_solver_compares_logs_with_the_plan_and_says_what_cannot_be_read(tmp_path: Path) -> None:
    pytest.importorskip("duckdb", reason="DuckDB comes with modelpick[usage]")
    routes = [{"offer": "openai/small", "share": 1.0}]
    work = {"requests": 730, "input_tokens": 1_000, "output_tokens": 0, "routes": routes}
    routing = Routing.model_validate({"labels": {"default": work}})
    picker = Picker(market({"openai/small": offer(1)}), date(2026, 11, 23))
    log = write_log(tmp_path, [request(1, "11-02", "default", "openai/small", 1_000, 0, 0, 0.25)])
    answer = handle(picker, "spent", routing, 60.0, {"path": str(log)})
    # The log says what was paid. A request of 1,000 tokens at 1 USD a million costs 0.001: 730 of them in 730
    # hours, and November has 720.
    assert answer["spent"] == pytest.approx(0.25) and answer["cause_words"]["volume"]
    assert answer["month"]["planned"] == pytest.approx(0.72)
    with pytest.raises(InputError, match=r"nothing\.csv"):
        handle(picker, "spent", routing, 60.0, {"path": str(tmp_path / "nothing.csv")})
    unplanned = Routing.model_validate({"labels": {"default": {**work, "routes": []}}})
    with pytest.raises(InputError, match="no routes"):
        handle(picker, "spent", unplanned, 60.0, {"path": str(log)})
