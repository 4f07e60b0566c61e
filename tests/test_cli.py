"""The command line: what it prints, where, and with which exit status."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from modelpick import __version__
from modelpick.__main__ import main
from modelpick.engine.adapters.routing_file import load_routing

FOUNDING = Path(__file__).parents[1] / "examples" / "founding-report" / "catalog.toml"


def shell(*words: object, **options: Any) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "modelpick", *map(str, words)]
    options = options or {"capture_output": True}
    return subprocess.run(command, text=True, check=False, timeout=120, **options)


class Run:
    """`main` in this process: status, out and err of the last call."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self.capsys, self.out, self.err = capsys, "", ""

    def __call__(self, *words: object) -> int:
        with pytest.raises(SystemExit) as caught:
            main([str(word) for word in words])
        self.out, self.err = self.capsys.readouterr()
        assert isinstance(caught.value.code, int)
        return caught.value.code


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    return Run(capsys)


class TestSolve:
    def test_text(self, run: Run, question: Path, facts: Path) -> None:
        assert run("solve", question, "--catalog", facts) == 0
        lines = run.out.splitlines()
        assert lines[0].split() == ["label", "offer", "share", "USD/month", "quality", "latency"]
        assert "optimal" in lines[-1] and run.err == ""
        assert len({line.index("%") for line in lines if "%" in line}) == 1

    def test_json(self, run: Run, question: Path, facts: Path) -> None:
        assert run("solve", question, "--catalog", facts, "--json") == 0
        plan = json.loads(run.out)
        assert plan["status"] == "optimal" and plan["objective"] == "cost"
        assert {"cost", "quality", "gap", "labels", "replicas", "conflicts", "repairs"} <= set(plan)
        label = plan["labels"]["default"]
        assert {"cost", "quality", "late", "latency", "routes", "fallbacks"} <= set(label)
        assert sum(route["share"] for route in label["routes"]) == pytest.approx(1)
        assert label["quality"] >= 60 - 1e-6
        assert plan["cost"] == pytest.approx(sum(part["cost"] for part in plan["labels"].values()))

    def test_set_changes_a_rule(self, run: Run, question: Path, facts: Path) -> None:
        costs = []
        for floor in (40, 60, 80):
            words = ("--catalog", facts, "--json", "--set", f"labels.default.min_quality={floor}")
            assert run("solve", question, *words) == 0
            costs.append(json.loads(run.out)["cost"])
        assert costs == sorted(costs) and costs[0] < costs[2]

    def test_an_infeasible_question_is_1_and_says_why(
        self, run: Run, question: Path, facts: Path, tmp_path: Path
    ) -> None:
        out = tmp_path / "out.toml"
        words = ("solve", question, "--catalog", facts, "--set", "labels.default.min_quality=99")
        assert run(*words, "-o", out) == 1
        assert "infeasible" in run.out and "labels.default.min_quality" in run.out
        assert not out.exists()
        assert run(*words, "--json") == 1
        assert json.loads(run.out)["status"] == "infeasible"

    def test_saving_keeps_the_comments_and_opens_again(
        self, run: Run, question: Path, facts: Path, tmp_path: Path
    ) -> None:
        out = tmp_path / "out.toml"
        assert run("solve", question, "--catalog", facts, "-o", out) == 0
        text, saved = out.read_text(), load_routing(out)
        assert all(line in text.splitlines() for line in question.read_text().splitlines())
        assert saved.solution is not None and saved.solution.status == "optimal"
        assert saved.solution.version == __version__ and len(saved.solution.catalog_hash) == 16
        for label in saved.labels.values():
            assert sum(route.share for route in label.routes) == pytest.approx(1)
        assert run("solve", out, "--catalog", facts, "-o", out) == 0
        assert out.read_text() == text

    def test_a_save_that_fails_is_2(self, run: Run, question: Path, facts: Path, tmp_path: Path) -> None:
        assert run("solve", question, "--catalog", facts, "-o", tmp_path / "no" / "out.toml") == 2
        assert "cannot save" in run.err and run.out == ""

    def test_unusable_input_is_2(self, run: Run, question: Path, facts: Path, tmp_path: Path) -> None:
        bad = tmp_path / "bad.toml"
        bad.write_text("x = ")
        for words in (
            (tmp_path / "none.toml",),
            (bad,),
            (question, "--catalog", bad),
            (question, "--catalog", tmp_path),
            (question, "--catalog", facts, "--set", "labels.defalt.requests=1"),
            (question, "--catalog", facts, "--set", "labels.default.features=['tols']"),
            (question, "--no-such-option"),
            (question, "--time-limit", "soon"),
            (question, "--time-limit", "-1"),
        ):
            assert run("solve", *words) == 2
            assert run.out == "" and run.err and "Traceback" not in run.err

    def test_without_a_file_the_ready_made_routing_is_used(self, run: Run) -> None:
        assert run("solve", "--json") == 0
        assert set(json.loads(run.out)["labels"]) == {"default", "background", "think", "longContext"}


class TestCompare:
    def test_the_founding_reports_budgets(self, run: Run) -> None:
        models = (
            "deepseek-r1-distill-llama-8b",
            "llama-3.2-90b-vision-instruct",
            "qwen2.5-coder-32b-instruct",
        )
        assert run("compare", *models, "--catalog", FOUNDING, "--json") == 0
        offers = json.loads(run.out)["offers"]
        budgets = {model: {o["budget"] for o in offers if o["model"] == model} for model in models}
        assert budgets == {models[0]: {0.75}, models[1]: {130.0}, models[2]: {1.6}}
        assert run("compare", *models, "--catalog", FOUNDING) == 0
        assert all(f" {budget} " in run.out for budget in ("‡0.75", "130.00", "1.60"))

    def test_fees_and_tokens(self, run: Run, facts: Path) -> None:
        words = ("compare", "south/large", "--catalog", facts, "--json")
        assert run(*words, "--input-tokens", "1e6", "--output-tokens", "0") == 0
        assert [o["budget"] for o in json.loads(run.out)["offers"]] == [2.0]  # 1.9 and a fee of 5 %: 1.995

    def test_an_unknown_model_is_2_with_the_nearest(self, run: Run, facts: Path) -> None:
        assert run("compare", "smal", "--catalog", facts) == 2
        assert "did you mean 'small'?" in run.err
        assert run("compare", "small", "--catalog", facts, "--input-tokens", "-1") == 2
        assert run("compare", "small", "--catalog", facts, "--input-tokens", "nan") == 2
        assert run("compare") == 2


class TestCatalog:
    def test_list(self, run: Run, facts: Path) -> None:
        assert run("catalog", "list", "--catalog", facts) == 0
        assert all(offer in run.out for offer in ("north/small", "north/large", "south/large"))
        assert run("catalog", "list", "LARGE", "south", "--catalog", facts, "--json") == 0
        assert list(json.loads(run.out)["offers"]) == ["south/large"]

    def test_show_has_unit_source_and_date(self, run: Run, facts: Path) -> None:
        assert run("catalog", "show", "north/small", "--catalog", facts) == 0
        assert "USD per million tokens" in run.out and "A paper" in run.out and "2026-11-01" in run.out
        assert run("catalog", "show", "large", "--catalog", facts, "--json") == 0
        assert [fact["offer"] for fact in json.loads(run.out)] == ["north/large", "south/large"]

    def test_mistakes_are_2(self, run: Run, facts: Path) -> None:
        assert run("catalog", "show", "--catalog", facts) == 2
        assert run("catalog", "show", "lage", "--catalog", facts) == 2
        assert run("catalog", "polish", "--catalog", facts) == 2

    def test_a_terminals_commands_in_a_file_are_not_obeyed(self, run: Run, facts: Path) -> None:
        facts.write_text(facts.read_text().replace('"North"', r'"\u001b[31mNorth\u0007"'))
        assert run("compare", "small", "--catalog", facts) == 0
        assert "\x1b" not in run.out and "North" in run.out


def opened(fifo: Path) -> int:
    """A handle for writing, once somebody reads."""
    for _ in range(600):
        with suppress(OSError):
            return os.open(fifo, os.O_WRONLY | os.O_NONBLOCK)
        time.sleep(0.05)
    raise AssertionError("nobody read")


class TestProcess:
    def test_version_and_help(self) -> None:
        assert shell("--version").stdout == f"modelpick {__version__}\n"
        done = shell("--help")
        assert done.returncode == 0 and all(name in done.stdout for name in ("solve", "compare", "catalog"))

    def test_statuses(self, question: Path, facts: Path) -> None:
        assert shell("solve", question, "--catalog", facts).returncode == 0
        assert shell("solve", question, "--catalog", facts, "--set", "limits.budget=0").returncode == 1
        done = shell("solve", question.with_name("none.toml"))
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr.startswith("modelpick: ") and done.stderr.count("\n") == 1
        assert shell("slove").returncode == 2 and "did you mean 'solve'" in shell("slove").stderr

    def test_the_app_without_a_terminal_is_2(self, tmp_path: Path) -> None:
        done = shell(stdin=subprocess.DEVNULL, stdout=-1, stderr=-1)
        assert done.returncode == 2 and "needs a terminal" in done.stderr
        done = shell(tmp_path / "none.toml", stdin=subprocess.DEVNULL, stdout=-1, stderr=-1)
        assert done.returncode == 2 and "no such file" in done.stderr

    def test_a_name_out_of_a_file_moves_no_cursor(self, tmp_path: Path) -> None:
        bad = tmp_path / "bad.toml"
        bad.write_text(r'"\u001b[31m\nx" = 1')
        done = shell("solve", bad)
        assert done.returncode == 2 and "\x1b" not in done.stderr and done.stderr.count("\n") == 1

    def test_a_reader_that_leaves_is_no_error(self, facts: Path) -> None:
        reading, writing = os.pipe()
        os.close(reading)
        done = shell("catalog", "list", "--catalog", facts, stdout=writing, stderr=-1)
        os.close(writing)
        assert (done.returncode, done.stderr) == (0, "")

    @pytest.mark.skipif(not Path("/dev/full").exists(), reason="only where there is a full device")
    def test_a_full_output_is_said(self, facts: Path) -> None:
        with Path("/dev/full").open("w") as full:
            done = shell("catalog", "list", "--catalog", facts, stdout=full, stderr=-1)
        assert done.returncode == 2 and "cannot write" in done.stderr

    def test_no_output_at_all_is_said(self) -> None:
        command = f"exec {sys.executable} -m modelpick solve --json >&-"
        done = subprocess.run(["sh", "-c", command], stderr=-1, text=True, check=False, timeout=120)
        assert done.returncode == 2 and "no standard output" in done.stderr.splitlines()[-1]

    def test_a_wrong_option_names_no_function(self, run: Run) -> None:
        assert run("solve", "--time-limit", "nan") == 2
        assert "solve: --time-limit: 'nan' is not a number of seconds" in run.err

    def test_a_closed_standard_error_leaves_the_status(self) -> None:
        command = f"exec {sys.executable} -m modelpick solve no-such-file.toml 2>&-"
        done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, timeout=60, check=False)
        assert (done.returncode, done.stdout) == (2, "")

    def test_what_native_code_prints_is_not_part_of_the_answer(self) -> None:
        noisy = (
            "import os\nfrom modelpick.__main__ import main\n"
            "from modelpick.engine.commands import solve\n"
            "old = solve.run\n"
            "solve.run = lambda given: (os.write(1, b'from native code'), old(given))[1]\n"
            "main(['solve', '--json'])"
        )
        done = subprocess.run(
            [sys.executable, "-c", noisy], capture_output=True, text=True, check=False, timeout=120
        )
        assert done.returncode == 0 and json.loads(done.stdout)["status"] == "optimal"

    def test_ctrl_c_is_130(self, facts: Path, tmp_path: Path) -> None:
        fifo = tmp_path / "never"
        os.mkfifo(fifo)  # opening it waits, as a long solve would
        command = [sys.executable, "-m", "modelpick", "solve", str(fifo), "--catalog", str(facts)]
        with subprocess.Popen(command, stdout=-1, stderr=-1, text=True) as process:
            handle = opened(fifo)
            process.send_signal(signal.SIGINT)
            out, err = process.communicate(timeout=20)
        os.close(handle)
        assert (process.returncode, out) == (130, "") and "Traceback" not in err

    def test_ctrl_c_leaves_no_copy_of_standard_input(self, facts: Path, tmp_path: Path) -> None:
        pytest.importorskip("duckdb")
        command = [sys.executable, "-m", "modelpick", "import", "evals", "-", "--catalog", str(facts)]
        environment = {**os.environ, "TMPDIR": str(tmp_path)}
        folders = tmp_path.glob("modelpick-*")
        with subprocess.Popen(command, stdin=-1, stdout=-1, stderr=-1, text=True, env=environment) as process:
            assert process.stdin is not None
            process.stdin.write("model,score\nsmall,1\n" * 10_000)
            process.stdin.close()
            while not (folder := next(tmp_path.glob("modelpick-*/standard-input.csv"), None)):
                assert process.poll() is None
            process.send_signal(signal.SIGINT)
            assert process.wait(20) == 130
        assert not folder.exists() and not list(folders)


class TestWorker:
    def test_it_answers_and_survives_bad_questions(self, question: Path, facts: Path) -> None:
        routing = load_routing(question).model_dump(mode="json", by_alias=True)
        asked = {"routing": routing, "today": "2026-11-24", "time_limit": 5.0}
        lines = ["not json", "{}", json.dumps({**asked, "routing": {}}), json.dumps(asked), json.dumps(asked)]
        command = [sys.executable, "-m", "modelpick.engine.service.server", "--catalog", str(facts)]
        done = subprocess.run(
            command, input="\n".join(lines), capture_output=True, text=True, check=False, timeout=60
        )
        said = [json.loads(line) for line in done.stdout.splitlines()]
        assert said[0] == {"ready": True}
        assert [list(message) for message in said[1:]] == [["error"]] * 3 + [["answer"]] * 2
        assert said[4]["answer"]["status"] == "optimal"
        assert (done.returncode, done.stderr) == (0, "")

    def test_a_bad_catalogue_is_said(self, tmp_path: Path) -> None:
        command = [sys.executable, "-m", "modelpick.engine.service.server", "--catalog", str(tmp_path)]
        done = subprocess.run(command, input="", capture_output=True, text=True, check=False, timeout=60)
        assert "is a folder" in json.loads(done.stdout)["error"] and done.returncode == 2
