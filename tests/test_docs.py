"""Every command and every block of Python in the README, in docs/ and in the --help of commands runs.

A block of ```sh is a script of modelpick commands, run in a folder with the files that they name; `status=01`
after the language are the right exit statuses. It runs on a catalogue of the models that are named, so that
it is quick; what serves, asks or fetches has its words parsed.
"""

from __future__ import annotations

import importlib.util
import io
import json
import re
import shlex
import shutil
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

import modelpick
from modelpick.__main__ import COMMANDS, command_of, main
from modelpick.engine.adapters.serialization import to_table
from modelpick.engine.commands.examples import EXAMPLES
from modelpick.engine.commands.parsers import parser_of, split_subcommand, subcommands

pytest.importorskip("duckdb", reason="DuckDB comes with modelpick[usage]")

ROOT = Path(modelpick.__file__).parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
PAGES = [page for page in PAGES if page.parent.name != "reference" and page.name not in ("by-hand.md",)]
BLOCK = re.compile(r"^( *)```(\w+)([^\n]*)\n(.*?)^\1```", re.MULTILINE | re.DOTALL)
# They serve, ask, fetch, or need a key; or they name a file of the reader's own. Their words are parsed.
NOT_RUN = ("serve", "probe", "mcp", "keys", "watch", "eval", "spent", "completion")
FAILS = ("check", "diff", "baselines", "catalog check", "catalog match")  # whose status 1 is an answer
MODELS = ("gemini-3.7-flash", "gpt-5.6-luna", "gpt-5.6-terra", "hy3", "qwen3.7-flash", "glm-5.2",
          "qwen3-32b", "claude-sonnet-4-6",
          "claude-opus-4-8", "claude-haiku-4-5", "gpt-5", "gemini-3.6-flash",
          "claude-opus-4-6", "claude-sonnet-4-5", "gpt-4.1-mini", "gpt-5.6-sol",
          "gpt-6-luna", "gpt-6-sol", "gpt-6-astra", "gemini-3.8-flash", "muse-spark-1.3")  # fmt: skip


def scripts() -> list[tuple[str, str, str]]:
    """(page, what stands after the language, text) of each block of sh."""
    return [
        (str(page.relative_to(ROOT)), block[3], block[4])
        for page in PAGES
        for block in BLOCK.finditer(page.read_text("utf-8"))
        if block[2] == "sh"
    ]


def lines(text: str) -> list[str]:
    """The modelpick commands of a script; comments go, and what is joined with && or a pipe comes apart."""
    joined = text.replace("\\\n", " ")
    parts = [
        part.strip()
        for line in joined.splitlines()
        for part in re.split(r"&&|\|(?!\w)", re.sub(r"(^|\s)#.*", "", line))
    ]
    return [part for part in parts if part.startswith("modelpick ")]


def parse(line: str) -> list[str]:
    """The words after `modelpick`, without a redirection. Fails where a command does not take them."""
    words = shlex.split(re.sub(r"\s>>?\s*\S+", "", line))[1:]
    if not words or words[0] not in COMMANDS:
        return []
    command = command_of(words[0])
    subcommand, rest = split_subcommand(words[1:], subcommands(command))
    if "--help" not in rest:
        parser_of(words[0], command, subcommand).parse_intermixed_args(rest)
    return words


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the files that documented commands name, and a catalogue of the named models."""
    folder = tmp_path_factory.mktemp("docs")
    shutil.copytree(ROOT / "examples", folder / "examples")
    catalog = modelpick.load_catalog(ROOT / "catalog.toml")
    kept = {name: model for name, model in catalog.models.items() if name in MODELS}
    offers = {
        key: offer for key, offer in catalog.offers.items() if key.partition("/")[2].partition("@")[0] in kept
    }
    plans = {name: plan.model_copy(update={"models": None}) for name, plan in catalog.plans.items()}
    small = catalog.model_copy(update={"models": kept, "offers": offers, "plans": plans, "retired": {}})
    import tomli_w

    (folder / "small.toml").write_text(tomli_w.dumps(to_table(small)), "utf-8")
    (folder / "routing.toml").write_text(
        (ROOT / "engine/adapters/ready_made.toml").read_text("utf-8"), "utf-8"
    )
    (folder / "config.yaml").write_text(
        "model_list:\n- model_name: chat\n  litellm_params: {model: openai/gpt-5.6-terra}\n"
        "- model_name: default\n  litellm_params: {model: anthropic/claude-sonnet-4-6}\n"
    )
    (folder / "results.csv").write_text("topic,model,score\n" + "a,gpt-5.6-luna,1\na,gpt-5.6-terra,1\n" * 20)
    (folder / "results.json").write_text(
        '{"results": {"humaneval": {"pass@1,none": 0.8}}, "model_name": "gpt-5"}'
    )
    (folder / ".claude" / "projects").mkdir(parents=True)
    shutil.copy(ROOT / "examples/claude-code-month/week.jsonl", folder / ".claude/projects")
    return folder


_answers: dict[str, tuple[int, str, str]] = {}


@pytest.fixture
def reader(folder: Path, monkeypatch: pytest.MonkeyPatch, capfd: Any) -> Any:
    """Runs a documented line; its exit status and what it prints."""
    monkeypatch.chdir(folder)
    monkeypatch.setenv("HOME", str(folder))

    def run(line: str, given: str = "") -> tuple[int, str, str]:
        if line in _answers and not line.startswith("modelpick init"):
            return _answers[line]  # pages name the same files: it would answer the same
        _answers[line] = answer(line, given)
        return _answers[line]

    def answer(line: str, given: str) -> tuple[int, str, str]:
        words = parse(line)
        if not words or words[0] in NOT_RUN or {"refresh", "litellm"} & set(words[1:2]):
            return 0, "", ""
        if "--catalog" not in words:
            words += ["--catalog", "small.toml"]
        if given:
            monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(Path(given).read_bytes())))
        with pytest.raises(SystemExit) as end:
            main(words)
        captured = capfd.readouterr()
        if target := re.search(r">>?\s*(\S+)", line):
            Path(target[1]).write_text(captured.out, "utf-8")
        return int(str(end.value.code or 0)), captured.out, captured.err

    if not Path("routed.toml").exists():
        # A tenth of the month: documented budgets are of smaller ones.
        assert run("modelpick solve routing.toml --set limits.growth=0.1 -o routed.toml")[0] == 0
        for name in ("main.toml", "branch.toml", "now.toml", "best.toml", "a.toml", "b.toml"):
            shutil.copy("routed.toml", name)
        Path("futures.toml").write_text("[busy]\nrequests.all = 10\n")
        spent = {"startTime": "2026-11-02T10:00:00Z", "model": "openai/gpt-5.6-terra", "prompt_tokens": 1000}
        spent |= {"completion_tokens": 50, "spend": 0.01, "request_id": "1", "call_type": "acompletion"}
        later = {**spent, "startTime": "2026-11-09T10:00:00Z", "request_id": "2"}
        Path("spend.jsonl").write_text(f"{json.dumps(spent)}\n{json.dumps(later)}\n")
        shutil.copytree(".", "as-given", ignore=shutil.ignore_patterns("examples", "as-given"))
    shutil.copytree("as-given", ".", dirs_exist_ok=True)  # pages write over the files that others name
    return run


@pytest.mark.parametrize("page", sorted({page for page, _, _ in scripts()}))
def test_every_command_of_a_page_runs(page: str, reader: Any) -> None:
    for about, text in [(about, text) for name, about, text in scripts() if name == page]:
        right = re.search(r"status=(\d+)", about)
        statuses = set(right[1]) if right else {"0"}
        if "init" in text:
            Path("team.toml").unlink(missing_ok=True)
        for line in lines(text):
            status, _, err = reader(line)
            assert str(status) in statuses, (line, status, err)


@pytest.mark.parametrize("command", list(EXAMPLES))
def test_every_example_of_a_help_runs(command: str, reader: Any) -> None:
    for example, _ in EXAMPLES[command]:
        given = re.match(r"cat (\S+) \|", example)
        for line in lines(example):
            if command == "init":
                for name in ("routing.toml", "team.toml"):
                    Path(name).rename(f"{name}.kept") if Path(name).exists() else None
            status, _, err = reader(line, given[1] if given else "")
            if command == "init" and Path("routing.toml.kept").exists():
                Path("routing.toml.kept").replace("routing.toml")
            assert status in ((0, 1) if command in FAILS else (0,)), (line, status, err)


def test_the_notebook_shows_the_ready_made_plan_of_today() -> None:
    """Its first answer is the routing that is shipped, whose plan `make ready-made` writes."""
    plan = tomllib.loads((ROOT / "engine/adapters/ready_made_plan.toml").read_text("utf-8"))["solution"]
    text = (ROOT / "docs/python.md").read_text("utf-8")
    assert f"<Plan optimal: {plan['cost']:,.2f} USD a month, quality {plan['quality']:.1f};" in text


def test_the_notebook_runs(reader: Any) -> None:
    """The blocks of Python of a page are one session."""
    reader("modelpick solve routing.toml -o routed.toml")
    text = (ROOT / "docs/python.md").read_text("utf-8")
    blocks = [block[4] for block in BLOCK.finditer(text) if block[2] == "python"]
    assert len(blocks) >= 4
    session: dict[str, Any] = {}
    for block in blocks:
        exec(block, session)  # what the documentation says is what is run
    assert session["plan"].found and session["rows"] and session["offers"]


def test_the_reference_has_every_command_and_field() -> None:
    spec = importlib.util.spec_from_file_location("reference", ROOT / "docs" / "reference.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    pages = module.pages()
    assert all(f"## modelpick {name}\n" in pages["commands.md"] for name in COMMANDS)
    assert "| `min_quality` |" in pages["routing-file.md"] and "| `cache_read` |" in pages["catalogue.md"]
    assert "## solve --json" in pages["json.md"]


def test_the_pages_of_the_site_are_there() -> None:
    named = re.findall(r": \"?([\w/-]+\.md)", (ROOT / "mkdocs.yml").read_text("utf-8"))
    missing = [
        name for name in named if not (ROOT / "docs" / name).exists() and not name.startswith("reference/")
    ]
    assert named and not missing
