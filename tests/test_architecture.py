"""The rules of the house, checked."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

import pytest

import modelpick

ROOT = Path(modelpick.__file__).parent
ROOMS = [*sorted((ROOT / "engine").rglob("*.py")), *sorted((ROOT / "tui").rglob("*.py"))]


def loaded_by(code: str, *words: str) -> set[str]:
    """The top-level modules in memory after `code` ran in a new interpreter."""
    report = "\nfinally:\n    import sys\n    sys.stderr.write('\\n@' + ' '.join(sys.modules))"
    body = "try:\n" + "\n".join(f"    {line}" for line in code.splitlines()) + report
    done = subprocess.run(
        [sys.executable, "-c", body, *words], capture_output=True, text=True, check=False, timeout=60
    )
    return {name.partition(".")[0] for name in done.stderr.rpartition("@")[2].split()}


def test_the_engine_loads_no_terminal_library() -> None:
    every = "".join(f"import {_module(path)}\n" for path in ROOMS if "engine" in path.relative_to(ROOT).parts)
    assert not loaded_by(every) & {"textual", "rich"}


def test_the_first_screen_waits_for_no_validation_library() -> None:
    loaded = loaded_by("import modelpick.tui.app")
    assert "textual" in loaded and not loaded & {
        "pydantic",
        "scipy",
        "numpy",
        "tomlkit",
        "jinja2",
        "babel",
        "httpx",
    }


def _module(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(("modelpick", *(part for part in parts if part != "__init__")))


def test_only_the_model_builder_calls_scipys_optimisers() -> None:
    callers = {path.relative_to(ROOT).as_posix() for path in ROOMS if "scipy.optimize" in path.read_text()}
    assert callers == {
        "engine/solver/models/builder.py",
        "engine/solver/compile/formulas.py",  # brentq, the root of one equation: no linear or integer model
    }


@pytest.mark.parametrize(
    "words", [["--help"], ["--version"], ["solve", "--help"], ["compare", "--help"], ["catalog", "--help"]]
)
def test_help_and_version_load_nothing_heavy(words: list[str]) -> None:
    loaded = loaded_by("from modelpick.__main__ import main\nmain()", *words)
    assert "modelpick" in loaded
    assert not loaded & {"textual", "rich", "scipy", "numpy", "pydantic", "tomlkit"}


def test_importing_the_package_loads_nothing_heavy() -> None:
    loaded = loaded_by("import modelpick, modelpick.engine")
    assert not loaded & {"textual", "rich", "scipy", "numpy", "pydantic", "tomlkit"}


def test_every_public_name_is_there() -> None:
    import modelpick.engine

    for package in (modelpick, modelpick.engine):
        for name in package.__all__:
            assert getattr(package, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = modelpick.nothing


def test_the_layers_hold() -> None:
    tool = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run(
        [tool, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_nothing_leans_on_a_folder_outside_the_repository() -> None:
    outside = ("/work/" + "shared", "../" + "shared")
    kinds = {".py", ".toml", ".md", ".tcss", ""}
    skipped = {".venv", ".git", ".mypy_cache", ".ruff_cache", ".pytest_cache", "__pycache__", "build"}
    for path in ROOT.rglob("*"):
        parts = path.relative_to(ROOT).parts
        if parts[0] in skipped or "__pycache__" in parts or path.suffix not in kinds or not path.is_file():
            continue
        text = path.read_text(errors="replace")
        assert not any(word in text for word in outside), path


def test_only_one_module_writes_the_users_overlay() -> None:
    """Any other would write without what it keeps: the lines of the file, and that it still loads."""
    writers, home = {"save", "save_bytes", "write_text", "write_bytes"}, "engine/adapters/catalog/overlay.py"
    writing = set()
    for path in (*ROOT.glob("engine/**/*.py"), *ROOT.glob("tui/**/*.py")):
        for call in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(call, ast.Call):
                continue
            name = getattr(call.func, "attr", getattr(call.func, "id", ""))
            if name in writers and "overlay" in ast.unparse(call):
                writing.add(path.relative_to(ROOT).as_posix())
    assert writing == {home}


def test_every_package_is_named_for_the_wheel() -> None:
    listed = set(tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["packages"])
    found = {_module(path) for path in ROOMS if path.name == "__init__.py"} | {"modelpick"}
    assert found == listed


def test_versions_agree() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())
    assert "version" in settings["project"]["dynamic"]
    assert settings["tool"]["setuptools"]["dynamic"] == {"version": {"attr": "modelpick.version.__version__"}}
    assert modelpick.__version__ in (ROOT / "CHANGELOG.md").read_text("utf-8")
    assert f"## {modelpick.__version__}" in (ROOT / "CHANGELOG.md").read_text()


PLACEHOLDERS = {
    *("found", "told", "said", "one", "own", "some", "here", "most", "near", "those", "these", "such"),
    *("thing", "things", "stuff", "whys", "asks", "ways", "gone"),
    *("data", "value", "result", "item", "obj", "tmp", "args"),
}
PER_THOUSAND = 8.0  # may only fall: lower it when names got better


def _defined_names(tree: ast.Module) -> Iterator[str]:
    """Every function, class, parameter and assigned name."""
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            yield node.name
        elif isinstance(node, ast.arg):
            yield node.arg
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id


def test_names_say_what_they_stand_for() -> None:
    """Placeholder names per 1,000 definitions may only become fewer."""
    names = [name for path in ROOMS for name in _defined_names(ast.parse(path.read_text("utf-8")))]
    placeholders = Counter(word for name in names if (word := name.strip("_").lower()) in PLACEHOLDERS)
    rate = 1000 * placeholders.total() / len(names)
    assert PER_THOUSAND - 1 < rate <= PER_THOUSAND, f"{rate:.1f}: {placeholders.most_common(10)}"


def test_only_the_model_builder_calls_scipys_solvers() -> None:
    solvers = re.compile(r"\b(linprog|milp|LinearConstraint)\b")
    callers = [path for path in ROOMS if solvers.search(path.read_text("utf-8"))]
    imported = {path for path in callers if "scipy.optimize import" in path.read_text("utf-8")}
    assert [path.relative_to(ROOT).as_posix() for path in imported] == ["engine/solver/models/builder.py"]


def test_money_is_written_in_one_place() -> None:
    """Cents, thousands apart: `cents`, and `money` and `signed_money` that rest on it."""
    writers = {path.relative_to(ROOT).as_posix() for path in ROOMS if ",.2f" in path.read_text("utf-8")}
    assert writers == {"engine/domain/formatting.py"}


def test_tolerances_stand_in_one_file() -> None:
    """A bare 1e-9 says neither of what nor why; two of them drift apart."""
    bare = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in (ROOT / "engine" / "solver").rglob("*.py")
        if path.name != "tolerances.py"
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, float) and 0 < node.value < 0.002
    ]
    assert not bare


def test_no_screen_is_far_from_the_ground() -> None:
    """The longest chain of modules of the app that import one another as they load."""
    tui = {_module(path): path for path in ROOMS if path.relative_to(ROOT).parts[0] == "tui"}

    @cache
    def floors(name: str) -> int:
        return 1 + max(map(floors, _imported(name, tui)), default=0)

    assert max(map(floors, tui)) <= 8
    assert len({name.rpartition(".")[0] for name in tui}) <= 14


def _imported(name: str, modules: Mapping[str, Path]) -> set[str]:
    path, parts = modules[name], name.split(".")
    package = parts if path.name == "__init__.py" else parts[:-1]
    found = set()
    for node in ast.parse(path.read_text("utf-8")).body:
        if isinstance(node, ast.ImportFrom) and node.level:
            base = ".".join(
                [*package[: len(package) - node.level + 1], *([node.module] if node.module else [])]
            )
            found |= {base, *(f"{base}.{alias.name}" for alias in node.names)} & modules.keys()
    return found - {name}
