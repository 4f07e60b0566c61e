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
