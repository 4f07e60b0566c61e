"""The benchmarks measure what they say: the instances are what they claim, and two routes agree on them."""

from __future__ import annotations

import ast
from math import isclose

import numpy as np
import pytest
from textual.binding import Binding

from modelpick.benchmarks.edits import session
from modelpick.benchmarks.instances import FAMILIES, Family, instance
from modelpick.benchmarks.peers import PEERS, Peer
from modelpick.benchmarks.peers.with_scipy import by_linprog, by_milp
from modelpick.benchmarks.race import AGREE, disputed, unsound
from modelpick.benchmarks.textbook import textbook
from modelpick.engine.solver.solve import solve
from modelpick.tui.screens.workbench import Workbench
from modelpick.tui.widgets.rules import RulesPanel

SMALL: dict[Family, tuple[int, int]] = {"lp": (120, 4), "milp": (36, 3), "three": (24, 2), "own": (60, 3)}


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_engine_and_the_textbook_model_agree(family: Family, seed: int) -> None:
    one = instance(family, *SMALL[family], seed)
    answer, model = solve(one.problem, 20.0), textbook(one.problem)
    outcome = (by_milp if model.whole.any() else by_linprog)(model, 20.0)
    if answer.status == "infeasible":
        assert outcome.status == "infeasible"
        return
    assert answer.status == "optimal" and outcome.optimal
    assert outcome.objective is not None
    assert isclose(outcome.objective, answer.value, rel_tol=AGREE)
    assert unsound(one.title, model, answer) == []
    assert disputed(one.title, "scipy", outcome, answer) == ([], [])


def test_most_instances_are_feasible() -> None:
    answers = [
        solve(instance(family, *SMALL[family], seed).problem, 20.0)
        for family in FAMILIES
        for seed in (1, 2, 3)
    ]
    assert sum(answer.status == "optimal" for answer in answers) >= 9


@pytest.mark.parametrize("family", FAMILIES)
def test_an_instance_is_what_it_claims(family: Family) -> None:
    one = instance(family, 400, 6, 1)
    assert (len(one.catalog.offers), len(one.routing.labels)) == (400, 6)
    prices = np.array([offer.input for offer in one.catalog.offers.values()])
    assert prices.max() / prices.min() > 300
    models = [key.partition("/")[2] for key in one.catalog.offers]
    assert len(set(models)) < 0.5 * len(models)
    model = textbook(one.problem)
    assert model.whole.any() == (family != "lp")
    paths = {rule.path.partition(".")[0] for rule in one.problem.linking}
    assert ("limits" in paths) == (family != "own") and "offers" in paths
    label = one.routing.labels["code"]
    assert label.max_models == {"lp": None, "milp": 2, "three": 3, "own": 2}[family]


def test_an_instance_is_the_same_every_time() -> None:
    first = instance("milp", 50, 3, 7)
    instance.cache_clear()
    again = instance("milp", 50, 3, 7)
    assert again is not first
    assert (again.catalog, again.routing) == (first.catalog, first.routing)
    assert instance("milp", 50, 3, 8).catalog != first.catalog


def test_a_session_edits_and_undoes() -> None:
    routing = instance("lp", 120, 4).routing
    edits = list(session(routing, 30))
    assert edits == list(session(routing, 30))
    assert {kind for kind, _ in edits} >= {"undo", "drop a rule", "add a rule", "step min_quality"}
    for _, edited in edits:
        assert type(edited).model_validate(edited.model_dump(by_alias=True)) == edited


@pytest.mark.parametrize("peer", PEERS, ids=lambda peer: peer.name)
@pytest.mark.filterwarnings("ignore")  # what peers deprecate is theirs
def test_a_peer_agrees_or_is_not_installed(peer: Peer) -> None:
    try:
        by = peer.load()
    except ImportError as error:
        pytest.skip(f"{peer.name}: {error}")
    one = instance("lp" if peer.linear else "own", 60, 2)
    outcome = by(textbook(one.problem), 20.0)
    assert outcome.objective is not None
    assert isclose(outcome.objective, solve(one.problem, 20.0).value, rel_tol=AGREE)


def test_the_bare_app_has_the_same_keys_as_ours() -> None:
    from pathlib import Path

    import modelpick

    tree = ast.parse((Path(modelpick.__file__).parent / "benchmarks" / "bare.py").read_text())
    bare = [
        ast.literal_eval(node.value)
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Dict)
    ]
    ours = [b for b in (*RulesPanel.BINDINGS, *Workbench.BINDINGS) if isinstance(b, Binding) and b.show]
    assert sorted(word for keys in bare for word in keys.values()) == sorted(b.description for b in ours)
