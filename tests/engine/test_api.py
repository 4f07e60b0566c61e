"""The public API as its documentation shows it, run and type-checked as a user would."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

import modelpick

ROOT = Path(modelpick.__file__).parent


def example() -> str:
    """The code in the package's docstring: what is indented there."""
    lines = (modelpick.__doc__ or "").splitlines()
    return textwrap.dedent("\n".join(line for line in lines if line.startswith("    ") or not line))


def test_the_documented_example_runs(question: Path, tmp_path: Path) -> None:
    (tmp_path / "routing.toml").write_text(question.read_text())
    run = subprocess.run(
        [sys.executable, "-c", example()], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr
    assert run.stdout.startswith("optimal ")


def test_the_documented_example_is_well_typed(tmp_path: Path) -> None:
    (tmp_path / "user.py").write_text(example())
    environment = {**os.environ, "MYPYPATH": str(Path(sys.prefix) / "src")}
    words = ["-m", "mypy", "--strict", "--config-file=", "--follow-imports=silent", "user.py"]
    run = subprocess.run(
        [sys.executable, *words], cwd=tmp_path, capture_output=True, text=True, env=environment, check=False
    )
    assert run.returncode == 0, run.stdout


class OsPath(os.PathLike[str]):
    """A path that is neither a string nor a Path, as os.DirEntry is."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __fspath__(self) -> str:
        return str(self.path)


@pytest.mark.parametrize("kind", [str, Path, OsPath])
def test_paths_are_taken_as_open_takes_them(kind: type, question: Path, facts: Path, tmp_path: Path) -> None:
    routing = modelpick.load_routing(kind(question))
    assert routing == modelpick.load_routing(question)
    assert modelpick.load_catalog(kind(facts)).offers == modelpick.load_catalog(facts).offers
    over = tmp_path / "over.toml"
    over.write_text('[providers.north]\nname = "Far north"\n')
    assert modelpick.load_catalog(kind(facts), kind(over)).providers["north"].name == "Far north"
    modelpick.save(kind(tmp_path / "saved.toml"), modelpick.write_routing(routing, None))
    assert modelpick.load_routing(tmp_path / "saved.toml") == routing


def test_what_is_wrong_names_the_file_whatever_the_kind_of_path(tmp_path: Path) -> None:
    with pytest.raises(modelpick.InputError, match=r"none\.toml: no such file or folder"):
        modelpick.load_routing(str(tmp_path / "none.toml"))
    with pytest.raises(modelpick.InputError, match=r"none\.toml: no such file or folder"):
        modelpick.load_catalog(str(tmp_path / "none.toml"))


class TestAnswers:
    """The functions answer as the commands of their names do."""

    def test_solve_and_rows(self, question: Path, facts: Path) -> None:
        plan = modelpick.solve(question, facts, set=["limits.budget=400"])
        # By hand: a mix of small (40 x 0.6 + 40 x 0.4 = 40) and large (80 x 0.6 + 90 x 0.4 = 84) at 60 points
        # has 20/44 of large.
        shares = {row["offer"]: row["share"] for row in modelpick.rows(plan) if row["label"] == "default"}
        assert shares["north/small"] == pytest.approx(24 / 44, abs=1e-4)
        assert repr(plan).startswith("<Plan optimal: ") and len(repr(plan)) < 100

    def test_what_cannot_be_kept(self, question: Path, facts: Path) -> None:
        plan = modelpick.solve(question, facts, set=["limits.budget=0"])
        clash = ", ".join(plan.conflicts)
        assert not plan.found and "limits.budget" in clash and modelpick.rows(plan) == []
        assert repr(plan) == f"<Plan infeasible: {clash} clash>"
        denied = question.with_name("denied.toml")
        denied.write_text(question.read_text() + 'deny = ["nort/small"]\n')
        with pytest.raises(
            modelpick.InputError, match=r"denied\.toml: labels\.background\.deny: .*nort/small"
        ):
            modelpick.solve(denied, facts)
        with pytest.raises(modelpick.ModelpickError, match="reqests"):
            modelpick.solve(question, facts, set=["labels.default.reqests=1"])

    def test_explain_and_why_not(self, question: Path, facts: Path) -> None:
        explanation = modelpick.explain(question, facts)
        paths = {row["path"]: row["binding"] for row in modelpick.rows(explanation)}
        assert paths["labels.default.min_quality"] and "binding" in repr(explanation)
        (answer,) = modelpick.why_not("south/large", question, facts, label="background")
        assert answer.label == "background" and not answer.share

    def test_frontier(self, question: Path, facts: Path) -> None:
        curve = modelpick.frontier(question, facts, label="default")
        costs = [row["cost"] for row in modelpick.rows(curve)]
        assert costs == sorted(costs) and sum(row["knee"] for row in modelpick.rows(curve)) <= 1
        assert repr(curve).startswith("<Frontier: ")

    def test_compare(self, facts: Path) -> None:
        (row,) = modelpick.compare("small", catalog=facts, input_tokens=1e6, output_tokens=2e6)
        # 1 M x 0.1 + 2 M x 0.4 USD per million.
        assert row["offer"] == "north/small" and row["budget"] == pytest.approx(0.9)

    def test_check(self, question: Path, facts: Path) -> None:
        with pytest.raises(modelpick.InputError, match=r"question\.toml: has no routes"):
            modelpick.check(question, facts)
        with pytest.raises(modelpick.InputError, match=r"^has no routes"):
            modelpick.check(modelpick.load_routing(question), facts)
        routed = question.with_name("routed.toml")
        route = 'routes = [{ offer = "north/small", share = 1.0 }]\n'
        text = question.read_text()
        routed.write_text(text.replace("[labels.background]", f"{route}[labels.background]\n{route}"))
        verdict = modelpick.check(routed, facts)
        # small has 40 points of the 60 that default asks.
        assert not verdict.passed and repr(verdict) == "<RoutesCheck: broken: labels.default.min_quality>"
        (row,) = modelpick.rows(verdict)
        assert "labels.default.min_quality" in row.values()

    def test_catalogue(self, facts: Path) -> None:
        catalog = modelpick.load_catalog(facts)
        assert repr(catalog) == "<Catalog of 2026-11-23: 3 offers, 2 models, 2 providers>"
        assert [row["offer"] for row in modelpick.rows(catalog)] == list(catalog.offers)
        with pytest.raises(TypeError, match="no rows of int"):
            modelpick.rows(3)

    def test_imports(self, tmp_path: Path, facts: Path) -> None:
        results = tmp_path / "results.csv"
        results.write_text("model,score\nlarge,1\nlarge,0\nsmall,1\n")
        imported = modelpick.import_evals(results, catalog=facts)
        # One right of two.
        assert imported.routing.labels["default"].measured["large"].quality == 50
        assert any("ready-made" in note for note in imported.notes)
        config = tmp_path / "config.yaml"
        config.write_text(
            "model_list:\n- model_name: chat\n  litellm_params: {model: openai/gpt-5.6-terra}\n"
        )
        routing, _ = modelpick.import_config(config, requests=900)
        assert [(name, label.requests) for name, label in routing.labels.items()] == [("chat", 900)]

    def test_names_are_listed_for_completion(self) -> None:
        assert {"solve", "explain", "frontier", "compare", "check", "rows"} <= set(dir(modelpick))
