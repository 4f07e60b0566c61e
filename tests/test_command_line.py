"""The command line as people meet it: 80 columns, colour, help, init, standard input, completion."""

from __future__ import annotations

import io
import os
import pty
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from modelpick.__main__ import COMMANDS, command_of, main, whole_parser
from modelpick.engine.adapters.report.text import Page, printing_on, styled, table, width
from modelpick.engine.adapters.routing_file import load_routing
from modelpick.engine.commands.examples import EXAMPLES
from modelpick.engine.commands.parsers import subcommands

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(capfd: Any) -> Run:
    """The exit status, standard output and standard error of a command line."""

    def run(*words: object) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as end:
            main([str(word) for word in words])
        captured = capfd.readouterr()
        return int(str(end.value.code or 0)), captured.out, captured.err

    return run


def on_a_terminal(columns: int, *words: object, **environment: str) -> str:
    """What the command prints on a terminal of so many columns."""
    outer, inner = pty.openpty()
    subprocess.run(
        [sys.executable, "-m", "modelpick", *map(str, words)],
        stdout=inner,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "TERM": "xterm", "COLUMNS": str(columns), **environment},
        check=False,
        timeout=120,
    )
    os.close(inner)
    text = b""
    try:
        while chunk := os.read(outer, 1 << 16):
            text += chunk
    except OSError:  # Linux ends a terminal so
        pass
    os.close(outer)
    return text.decode()


class TestWidth:
    @pytest.mark.parametrize(
        "words", [("solve",), ("compare", "gpt-5.6-terra"), ("baselines",), ("catalog", "show", "glm-5.2")]
    )
    def test_the_shipped_figures_fit_80_columns(self, run: Run, words: tuple[str, ...]) -> None:
        """But for addresses, which stay whole."""
        status, out, _ = run(*words)
        assert status == 0
        lines = [line for line in out.splitlines() if not line.strip().startswith("https://")]
        assert max(width(line) for line in lines) <= 80

    def test_fallbacks_have_a_line_of_their_own(self, run: Run) -> None:
        out = run("solve")[1]
        assert any(line.strip().startswith("else ") and " % " not in line for line in out.splitlines())

    def test_a_table_that_fits_stands_as_it_is(self) -> None:
        assert table(("a", "b"), [("x", "1"), ("yy", "20")], right=(1,)) == "a    b\nx    1\nyy  20"

    def test_a_long_text_is_wrapped_in_its_cell(self) -> None:
        # 20 columns: "one" takes 3 and the gap 2, so 15 are left for the text.
        with printing_on(Page(20)):
            wrapped = table(("a", "b"), [("one", "alpha beta gamma delta")])
        assert wrapped.splitlines() == ["a    b", "one  alpha beta", "       gamma delta"]

    def test_a_first_column_that_is_too_wide_goes_above(self) -> None:
        name = "provider/a-model-with-a-long-name"
        with printing_on(Page(40)):
            lines = table(("offer", "USD", "quality"), [(name, "1.00", "50.0")], right=(1, 2)).splitlines()
        assert lines[1] == name and lines[2].split() == ["1.00", "50.0"]

    def test_nothing_is_lost_in_the_narrowest(self) -> None:
        cells = [f"cell{number}" for number in range(30)]
        with printing_on(Page(40)):
            text = table([f"h{number}" for number in range(30)], [cells], right=range(1, 30))
        assert all(cell in text.split() for cell in cells)
        assert max(map(width, text.splitlines())) <= 40

    def test_a_wide_terminal_has_one_line_a_row(self, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("COLUMNS", "200")
        out = run("solve")[1]
        assert any(line.startswith("default  ") and "/" in line for line in out.splitlines())


class TestColour:
    def test_none_but_on_a_terminal(self, run: Run, question: Path, facts: Path) -> None:
        assert "\x1b" not in run("solve", question, "--catalog", facts)[1]
        assert styled("text", "bold") == "text"

    def test_on_a_terminal(self, facts: Path) -> None:
        assert "\x1b[1mlarge " in on_a_terminal(80, "compare", "large", "--catalog", facts)

    def test_where_it_is_not_wanted(self, facts: Path) -> None:
        text = on_a_terminal(80, "compare", "large", "--catalog", facts, NO_COLOR="1")
        assert "large " in text and "\x1b" not in text


class TestHelp:
    def test_every_command_and_subcommand_has_examples(self) -> None:
        named = {
            f"{name} {subcommand}".strip()
            for name in COMMANDS
            for subcommand in (subcommands(command_of(name)) or {"": ""})
        }
        assert named == set(EXAMPLES)

    @pytest.mark.parametrize("words", [("help", "solve"), ("solve", "--help"), ("help", "import", "usage")])
    def test_help_of_a_command(self, run: Run, words: tuple[str, ...]) -> None:
        status, out, _ = run(*words)
        assert status == 0 and "examples:\n  modelpick " in out

    def test_help_fits_80_columns(self, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
        """But for the lines of examples, which are to be copied."""
        monkeypatch.setenv("COLUMNS", "80")
        calls = [("help",), *(("help", *words.split()) for words in EXAMPLES)]
        calls += [("help", name) for name in COMMANDS if subcommands(command_of(name))]
        lines = [line for words in calls for line in run(*words)[1].splitlines()]
        assert len(lines) > 500
        assert [line for line in lines if len(line) > 80 and not line.startswith("  modelpick ")] == []

    def test_a_subcommand_has_its_own_options_alone(self, run: Run) -> None:
        assert "--table" in run("import", "usage", "--help")[1]
        assert "--table" not in run("import", "evals", "--help")[1]
        assert run("import", "evals", "x.csv", "--table", "y")[0] == 2

    def test_what_is_not_there(self, run: Run) -> None:
        assert "did you mean 'solve'" in run("help", "slove")[2]
        assert "did you mean 'list'" in run("catalog", "lst")[2]
        assert run("catalog")[0] == 2 and "refresh" in run("catalog", "--help")[1]


class TestInit:
    def test_own_labels(self, run: Run, tmp_path: Path) -> None:
        path = tmp_path / "team.toml"
        words = ("--labels", "chat, triage", "--requests", "50k", "--min-quality", "70", "--budget", "$500")
        status, out, _ = run("init", path, *words, "--regions", "eu", "--yes")
        assert status == 0 and str(path) in out
        routing = load_routing(path)
        assert list(routing.labels) == ["chat", "triage"]
        # 50,000 requests over two labels.
        assert routing.labels["chat"].requests == 25_000 and routing.labels["triage"].min_quality == 70
        assert routing.limits.budget == 500 and routing.limits.regions == ("eu",)
        assert routing.labels["chat"].max_models == 1
        assert (
            routing.labels["chat"].max_latency == 120
        )  # somebody waits: a tier that promises no time is out

    def test_claude_codes_labels_share_the_requests_out(self, run: Run, tmp_path: Path) -> None:
        path = tmp_path / "new.toml"
        assert run("init", path, "--requests", "79k", "--min-quality", "gpt-5.6-terra - 5", "--yes")[0] == 0
        labels = load_routing(path).labels
        # The ready-made month has 7,900 requests: ten times each.
        assert [label.requests for label in labels.values()] == [40_000, 30_000, 6_000, 3_000]
        assert labels["think"].min_quality == "gpt-5.6-terra - 5"

    def test_never_over_a_file_that_is_there(self, run: Run, question: Path) -> None:
        before = question.read_text()
        status, _, err = run("init", question, "--yes")
        assert status == 2 and "is there already" in err and question.read_text() == before

    @pytest.mark.parametrize(
        "words",
        [("--requests", "many"), ("--min-quality", "170"), ("--min-quality", "gtp-5"), ("--labels", "a,a"),
         ("--providers", "nobody"), ("--objective", "quality"), ("--cached", "2")],
    )  # fmt: skip
    def test_a_wrong_answer_writes_nothing(self, run: Run, tmp_path: Path, words: tuple[str, str]) -> None:
        path = tmp_path / "new.toml"
        status, _, err = run("init", path, *words, "--yes")
        assert status == 2 and err.count("\n") == 1 and not path.exists()

    def test_questions_are_asked_anew_after_a_wrong_answer(self, tmp_path: Path) -> None:
        path = tmp_path / "asked.toml"
        outer, inner = pty.openpty()
        words = [sys.executable, "-m", "modelpick", "init", str(path)]
        with subprocess.Popen(words, stdin=inner, stderr=inner, stdout=subprocess.PIPE) as process:
            for answer in (
                "chat",
                "many",
                "50k",
                "",
                "",
                "170",
                "gtp-5.6-terra",
                "gpt-5.6-terra - 5",
                "soon",
                "30",
                "$9",
                "",
            ):
                os.write(outer, f"{answer}\n".encode())
            out, _ = process.communicate(timeout=60)
        os.close(inner)
        os.close(outer)
        assert process.returncode == 0 and b"wrote" in out
        routing = load_routing(path)
        assert routing.limits.budget == 9 and routing.labels["chat"].requests == 50_000
        assert routing.labels["chat"].min_quality == "gpt-5.6-terra - 5"
        assert routing.labels["chat"].max_latency == 30

    def test_to_standard_output(self, run: Run) -> None:
        status, out, _ = run("init", "-", "--labels", "x", "--objective", "quality", "--budget", "9")
        assert status == 0 and tomllib.loads(out)["limits"]["budget"] == 9


class TestCompletion:
    @pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
    def test_a_script_for_each_shell(self, run: Run, shell: str) -> None:
        status, out, _ = run("completion", shell)
        assert status == 0 and "frontier" in out

    def test_bash_completes_commands_options_and_choices(self, run: Run, tmp_path: Path) -> None:
        script = tmp_path / "modelpick.bash"
        script.write_text(run("completion", "bash")[1])
        for words, expected in (
            (["modelpick", "fron"], "frontier"),
            (["modelpick", "solve", "--caut"], "--cautious"),
            (["modelpick", "import", "us"], "usage"),
            (["modelpick", "import", "usage", "--tab"], "--table"),
            (["modelpick", "watch", "--from", "open"], "openrouter"),
        ):
            line = f"source {script}; COMP_WORDS=({' '.join(words)}); COMP_CWORD={len(words) - 1};"
            line += f' _shtab_modelpick modelpick "{words[-1]}" "{words[-2]}"; echo "${{COMPREPLY[@]}}"'
            done = subprocess.run(["bash", "-c", line], capture_output=True, text=True, check=False)
            assert expected in done.stdout.split(), (words, done.stderr)

    def test_it_knows_every_command(self) -> None:
        choices = [action.choices for action in whole_parser()._actions if action.choices]
        assert [set(names) for names in choices] == [set(COMMANDS)]


class TestStandardInput:
    @pytest.fixture
    def given(self, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
        """Put a text on standard input."""

        def give(text: str) -> None:
            monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode())))

        return give

    def test_a_routing(self, run: Run, given: Callable[[str], None], question: Path, facts: Path) -> None:
        given(question.read_text())
        assert run("solve", "-", "--catalog", facts)[1] == run("solve", question, "--catalog", facts)[1]

    def test_one_command_after_another(
        self, run: Run, given: Callable[[str], None], question: Path, facts: Path
    ) -> None:
        status, routed, _ = run("solve", question, "--catalog", facts, "-o", "-")
        assert status == 0 and "# the main loop" in routed
        for words in (("check", "-"), ("diff", "-", "-")):
            given(routed)
            assert run(*words, "--catalog", facts)[0] == 0, words

    def test_a_catalogue(self, run: Run, given: Callable[[str], None], question: Path, facts: Path) -> None:
        given(facts.read_text())
        assert run("solve", question, "--catalog", "-")[0] == 0

    def test_evaluations_and_usage(self, run: Run, given: Callable[[str], None], facts: Path) -> None:
        given("model,score\nlarge,0.9\nlarge,0.7\n")
        status, out, _ = run("import", "evals", "-", "--catalog", facts)
        # The mean of 0.9 and 0.7, out of 100.
        assert status == 0 and tomllib.loads(out)["labels"]["default"]["measured"]["large"]["quality"] == 80
        given("not usage")
        assert run("import", "usage", "-", "--catalog", facts)[0] == 2

    def test_what_is_wrong_with_it_is_said(self, run: Run, given: Callable[[str], None], facts: Path) -> None:
        given("[labels.a]\nreqests = 1")
        status, _, err = run("solve", "-", "--catalog", facts)
        assert status == 2 and "labels.a.reqests" in err and "did you mean 'requests'" in err
        assert run("report", "-", "-o", "-")[0] == 2


class TestPlots:
    def test_a_frontier_in_the_terminal(self, run: Run, question: Path, facts: Path) -> None:
        status, out, _ = run("frontier", question, "--catalog", facts, "--label", "default", "--plot")
        lines = out.splitlines()
        assert status == 0 and max(map(width, lines)) <= 80
        assert "● now" in out and any("USD/month" in line for line in lines[16:20])
        # The label's quality goes from its floor of 60 to 84 (all large: 80 x 0.6 + 90 x 0.4).
        assert lines[1].split()[0] == "84.0" and lines[16].split()[0] == "60.0"

    def test_a_sweep_as_svg(self, run: Run, question: Path, facts: Path, tmp_path: Path) -> None:
        words = ("-v", "limits.growth=1,2", "-v", "prices.north=1,2", "--jobs", "1")
        out, plot = tmp_path / "grid.csv", tmp_path / "grid.svg"
        assert run("sweep", question, *words, "-o", out, "--plot", plot, "--catalog", facts)[0] == 0
        root = ElementTree.parse(plot).getroot()
        tags = [element.tag.rpartition("}")[2] for element in root.iter()]
        # Two lines (a price each) of two points (a growth each).
        assert tags.count("polyline") == 2 and tags.count("circle") == 4
        assert "limits.growth" in plot.read_text() and "prices.north 2" in plot.read_text()
        other = tmp_path / "grid.png"
        status, _, err = run("sweep", question, *words, "-o", out, "--plot", other, "--catalog", facts)
        assert status == 2 and "the plot is SVG, not .png: write grid.svg" in err and not other.exists()
