"""What a mix of two would save a label that is held to one offer: by hand, and as solve says it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from modelpick.engine import Plan, Routing
from modelpick.engine.commands import solve
from modelpick.engine.solver.analysis.remarks import with_mix_saving
from modelpick.engine.solver.pick import Picker
from tests.engine.by_hand import MILLION, TODAY, codes, coding, market, offer, ran

CATALOG = market({"p/cheap": offer(1), "q/good": offer(3)}, cheap=coding(40), good=coding(80))


def solved(labels: dict[str, dict[str, Any]], **router: Any) -> Plan:
    facts = {name: {**MILLION, **label} for name, label in labels.items()}
    routing = Routing.model_validate({"labels": facts, **router})
    picker = Picker(CATALOG, TODAY)
    return with_mix_saving(picker, routing, picker.pick(routing))


def test_half_of_each_is_cheaper_than_all_of_the_better() -> None:
    # 60 needs all of q/good at 3 USD, or half of each at 2; 70 a quarter of p/cheap: 0.25*1 + 0.75*3 = 2.5.
    plan = solved({"a": codes(70, max_models=1), "b": codes(60, max_models=1), "c": codes(40, max_models=1)})
    assert plan.cost == pytest.approx(3 + 3 + 1) and plan.mix_saves == pytest.approx(1.5)
    assert list(plan.mix_labels) == ["b", "a"] and plan.mix_labels["a"] == pytest.approx(0.5)
    assert all(len(label.routes) == 1 for label in plan.labels.values())  # the plan itself stays


@pytest.mark.parametrize(
    "label",
    [codes(60), codes(80, max_models=1), codes(40, max_models=1), codes(60, max_models=1, min_share=0.6),
     {**codes(60, max_models=1), "pin": {"q/good": 1.0}}],
)  # fmt: skip
def test_nothing_is_said_where_a_mix_is_there_already_or_saves_nothing(label: dict[str, Any]) -> None:
    plan = solved({"a": label})
    assert (plan.mix_saves, plan.mix_labels) == (None, {})


def test_of_the_best_quality_the_points() -> None:
    # 2 USD buy p/cheap alone (40 points), or half of each (60).
    label = {"skills": {"coding": 1.0}, "max_models": 1}
    plan = solved({"a": label}, objective="quality", limits={"budget": 2.0})
    assert plan.quality == pytest.approx(40) and plan.mix_saves == pytest.approx(20)


def test_as_solve_says_it(tmp_path: Path) -> None:
    catalog, file = tmp_path / "c.toml", tmp_path / "r.toml"
    catalog.write_text(
        "schema = 1\nas_of = 2026-11-23\n[providers.p]\n"
        "[models.cheap]\ncontext = 1000\nskills = { coding = 40 }\n"
        "[models.good]\ncontext = 1000\nskills = { coding = 80 }\n"
        '[offers."p/cheap"]\ninput = 1.0\noutput = 1.0\n[offers."p/good"]\ninput = 3.0\noutput = 3.0\n'
    )
    file.write_text(
        "[labels.a]\nrequests = 1_000_000\ninput_tokens = 1\noutput_tokens = 0\n"
        "skills = { coding = 1.0 }\nmin_quality = 60.0\nmax_models = 1\n"
    )
    text, _ = ran(solve, str(file), "--catalog", str(catalog))
    assert "a mix of two saves 1.00 USD a month: a 1.00 (--set labels.a.max_models=2)" in text
    words = (str(file), "--catalog", str(catalog), "--json")
    facts = json.loads(ran(solve, *words)[0])
    assert facts["mix_saves"] == pytest.approx(1.0) and facts["mix_labels"] == {"a": pytest.approx(1.0)}
    taken = json.loads(ran(solve, *words, "--set", "labels.a.max_models=2")[0])
    assert taken["cost"] == pytest.approx(2.0) and taken["mix_saves"] is None
