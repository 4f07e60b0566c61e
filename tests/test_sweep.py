"""Sweeps: one process, several and a cluster give the same table, and the next run goes on."""

from __future__ import annotations

import contextlib
import csv
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from modelpick.__main__ import main
from modelpick.engine import Catalog, InputError, pick
from modelpick.engine.adapters.routing_file import load_catalog, load_routing, with_sets
from modelpick.engine.adapters.sweep import executors, spec
from modelpick.engine.adapters.sweep.run import Progress
from modelpick.engine.commands import sweep as command

GRID = ("--vary", "limits.growth=1,10,100", "--vary", "labels.default.min_quality=,10,100")


def swept(*words: object, **options: Any) -> subprocess.CompletedProcess[str]:
    line = [sys.executable, "-m", "modelpick", "sweep", *map(str, words)]
    return subprocess.run(line, capture_output=True, text=True, check=False, timeout=120, **options)


def swept_here(*words: object) -> int:
    """The same without a process of its own: its status."""
    with pytest.raises(SystemExit) as end:
        main(["sweep", *map(str, words)])
    return int(end.value.code or 0)


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture
def asked(question: Path, facts: Path) -> tuple[object, ...]:
    return (question, "--catalog", facts, *GRID)


def test_every_row_is_what_solve_says(asked: Any, question: Path, facts: Path, tmp_path: Path) -> None:
    from datetime import date

    out = tmp_path / "out.csv"
    done = swept(*asked, "-o", out, "--jobs", 1, "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["rows"] == 9 and "9 of 9 rows" in done.stderr
    found = rows(out)
    points = [(g, q) for g in ("1", "10", "100") for q in ("", "10", "100")]
    assert [(r["limits.growth"], r["labels.default.min_quality"]) for r in found] == points
    catalog, routing = load_catalog(facts), load_routing(question)
    for row, (growth, quality) in zip(found, points, strict=True):
        sets = [f"limits.growth={growth}", f"labels.default.min_quality={quality}"]
        plan = pick(with_sets(routing, sets), catalog, today=date.today())
        assert row["status"] == plan.status and row["conflicts"] == " ".join(plan.conflicts)
        assert (float(row["cost"]) if row["cost"] else None) == pytest.approx(plan.cost)
    assert {row["status"] for row in found} == {"optimal", "infeasible"}


def test_processes_and_a_cluster_give_the_same_table(asked: Any, tmp_path: Path) -> None:
    distributed = pytest.importorskip("distributed")
    one, two, far = (tmp_path / f"{name}.csv" for name in ("one", "two", "far"))
    assert swept_here(*asked, "-o", one, "--jobs", 1) == 0
    assert swept(*asked, "-o", two, "--jobs", 2).returncode == 0
    code = (
        "import sys, time\nfrom distributed import LocalCluster\n"
        "if __name__ == '__main__':\n"
        "    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None, memory_limit=0,"
        " host='127.0.0.1', silence_logs=50) as cluster:\n"
        "        print(cluster.scheduler_address, flush=True)\n        sys.stdin.read()\n"
    )
    script = tmp_path / "cluster.py"
    script.write_text(code)
    assert distributed.__version__
    with subprocess.Popen(
        [sys.executable, script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as cluster:
        assert cluster.stdout is not None
        address = cluster.stdout.readline().strip()
        done = swept(*asked, "-o", far, "--scheduler", address)
        cluster.communicate("", timeout=60)
    assert done.returncode == 0, done.stderr
    assert one.read_bytes() == two.read_bytes() == far.read_bytes()


def test_parquet_has_numbers_and_is_gone_on_from(
    asked: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    out = tmp_path / "out.parquet"
    assert swept_here(*asked, "-o", out, "--jobs", 1) == 0
    table = parquet.read_table(out)
    assert table.num_rows == 9 and str(table.schema.field("cost").type) == "double"
    assert table["limits.growth"].to_pylist()[:4] == [1.0, 1.0, 1.0, 10.0]
    capsys.readouterr()
    assert swept_here(*asked, "-o", out, "--jobs", 1, "--json") == 0
    assert json.loads(capsys.readouterr().out)["kept"] == 9


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL], ids=["interrupted", "killed"])
def test_what_was_done_is_kept(how: signal.Signals, question: Path, facts: Path, tmp_path: Path) -> None:
    out, part = tmp_path / "out.csv", tmp_path / "out.csv.part"
    many = ",".join(str(1 + k / 1000) for k in range(5_000))
    words = ("sweep", question, "--catalog", facts, "-o", out, "--jobs", 1, "--vary")
    start = [sys.executable, "-m", "modelpick", *map(str, words), f"limits.growth={many}"]
    with subprocess.Popen(start, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as running:
        end = time.monotonic() + 60
        while time.monotonic() < end and not (part.exists() and part.read_bytes().count(b"\n") >= 3):
            time.sleep(0.01)
        running.send_signal(how)
        assert running.wait(30) == (130 if how == signal.SIGINT else -signal.SIGKILL)
    if how == signal.SIGINT:
        assert not part.exists() and 3 <= len(rows(out)) < 5_000
    else:
        with part.open("ab") as file:
            file.write(b'{"key": "torn')
    few = ",".join(str(1 + k / 1000) for k in range(3)) + ",7"
    done = swept(
        question, "--catalog", facts, "-o", out, "--jobs", 1, "--vary", f"limits.growth={few}", "--json"
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["kept"] == 3
    assert len(rows(out)) == 4 and not part.exists()


def test_ctrl_c_in_a_terminal_is_not_answered_by_the_workers(
    question: Path, facts: Path, tmp_path: Path
) -> None:
    # A terminal sends it to the whole group: joblib's processes would print tracebacks and warnings.
    out, part = tmp_path / "out.csv", tmp_path / "out.csv.part"
    many = ",".join(str(k) for k in range(1, 20_000))
    words = ("sweep", question, "--catalog", facts, "-o", out, "--jobs", 2, "--vary")
    start = [sys.executable, "-m", "modelpick", *map(str, words), f"limits.growth={many}"]
    with subprocess.Popen(
        start, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, start_new_session=True
    ) as running:
        end = time.monotonic() + 60
        while time.monotonic() < end and not (part.exists() and part.stat().st_size):
            time.sleep(0.01)
        os.killpg(running.pid, signal.SIGINT)
        said = running.communicate(timeout=30)[1]
    assert (running.returncode, said) == (130, "")
    assert rows(out)


def test_without_joblib_one_process_does_it_unasked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(executors, "find_spec", lambda _: None)
    assert executors.default_jobs() == 1
    monkeypatch.undo()
    assert executors.default_jobs() == executors.cores()


def test_a_file_that_is_no_table_of_a_sweep_stays_as_it_is(asked: Any, tmp_path: Path) -> None:
    out = tmp_path / "mine.csv"
    out.write_text("hello\n")
    done = swept(*asked, "-o", out, "--fresh")
    assert done.returncode == 2 and "is not a table of a sweep" in done.stderr
    assert out.read_text() == "hello\n"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["-o", "x.txt"], "must end in .csv or .parquet"),
        (["-o", "x.csv", "--vary", "limits.groth=1"], "did you mean 'growth'"),
        (["-o", "x.csv", "--vary", "limits.growth=1,-1"], "limits.growth: should be greater than 0"),
        (["-o", "x.csv", "--vary", "limits.growth"], "PATH=VALUE,VALUE"),
        (["-o", "x.csv", "--scheduler", "nowhere"], "no address of a Dask scheduler"),
    ],
)
def test_what_cannot_be_is_said_before_anything_is_solved(
    words: list[str],
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    pytest.importorskip("distributed")
    monkeypatch.chdir(tmp_path)
    assert swept_here(*words) == 2
    message = capsys.readouterr().err
    assert said in message and "Traceback" not in message
    assert list(tmp_path.iterdir()) == []


def test_scenarios_in_toml_and_csv_say_the_same(tmp_path: Path) -> None:
    toml, table = tmp_path / "s.toml", tmp_path / "s.csv"
    toml.write_text(
        '[busy]\n"limits.growth" = 10\nlabels."a.b".features = ["tools"]\n'
        "[calm]\nlimits = {open_weights = true}\n"
    )
    table.write_text(
        'scenario,limits.growth,"labels.""a.b"".features",limits.open_weights\n'
        'busy,10,"[""tools""]",\ncalm,,,true\n'
    )
    assert spec.read_scenarios(toml) == spec.read_scenarios(table)
    table.write_text("scenario,limits.growth\nbusy\n")
    with pytest.raises(InputError, match="line 2 has 1 cells"):
        spec.read_scenarios(table)


def world(catalog: Catalog, **changes: Any) -> Catalog:
    """The catalogue with the figures of some offers or models replaced."""
    data = catalog.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    for place, figures in changes.items():
        for key, facts in figures.items():
            data[place][key] = {**data[place][key], **facts}
    return Catalog.model_validate(data)


def test_scenarios_change_prices_outages_skills_times_and_requests(
    question: Path, facts: Path, tmp_path: Path
) -> None:
    from datetime import date

    file, out = tmp_path / "s.toml", tmp_path / "out.csv"
    file.write_text(
        '[dear]\nprices.south = 2.0\nprices."south/large" = 1.5\n'
        '[out]\nout = ["south"]\n'
        "[weak]\nskills.coding = -5\nskills.large.reasoning = -10\n"
        "[slow]\ntimes.large = 1.3\nlabels.default.max_latency = 20.0\nlabels.default.percentile = 90.0\n"
        "[busy]\nrequests.default = 3.0\nrequests.all = 2.0\n"
    )
    assert swept_here(question, "--catalog", facts, "--scenarios", file, "-o", out, "--jobs", 1) == 0
    found = {row["scenario"]: row for row in rows(out)}
    catalog, routing = load_catalog(facts), load_routing(question)
    dear = {k: getattr(catalog.offers["south/large"], k) * 3 for k in ("input", "output")}
    weak = {
        "small": {"skills": {"coding": 35.0, "reasoning": 40.0}},
        "large": {"skills": {"coding": 75.0, "reasoning": 80.0}},
    }
    slow = {"north/large": {"ttft": 0.65, "tps": 60 / 1.3}}
    rules = ["labels.default.max_latency=20", "labels.default.percentile=90"]
    busy = ["labels.default.requests=24000", "labels.background.requests=2000"]
    for name, there, sets in (
        ("dear", world(catalog, offers={"south/large": dear}), []),
        ("out", world(catalog, offers={"south/large": {"status": "retired"}}), []),
        ("weak", world(catalog, models=weak), []),
        ("slow", world(catalog, offers=slow), rules),
        ("busy", catalog, busy),
    ):
        plan = pick(with_sets(routing, sets), there, today=date.today())
        row = found[name]
        assert row["status"] == plan.status == "optimal", name
        assert float(row["cost"]) == pytest.approx(plan.cost), name
        assert float(row["quality"] or -1) == pytest.approx(plan.quality or -1), name
    assert len({row["key"] for row in found.values()}) == 5
    assert found["dear"]["prices.south"] == "2.0" and found["out"]["out"] == '["south"]'


def test_a_grid_of_figures_is_crossed_with_rules_and_spread_over_processes(
    question: Path, facts: Path, tmp_path: Path
) -> None:
    one, two = tmp_path / "one.csv", tmp_path / "two.csv"
    grid = ("--vary", "prices.all=0.5,1,2", "--vary", "limits.growth=1,2", "--vary", "out=,north")
    assert swept_here(question, "--catalog", facts, *grid, "-o", one, "--jobs", 1) == 0
    assert swept(question, "--catalog", facts, *grid, "-o", two, "--jobs", 2).returncode == 0
    assert one.read_bytes() == two.read_bytes()
    cost = {(r["prices.all"], r["limits.growth"], r["out"]): r["cost"] for r in rows(one)}
    assert len(cost) == 12 and float(cost["0.5", "1", ""]) * 4 == pytest.approx(float(cost["2", "1", ""]))
    assert float(cost["1", "2", "north"]) > float(cost["1", "2", ""])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "prices.nroth = 2.0",
            "scenario 'x': prices: no provider, model or offer 'nroth' (did you mean 'north'?)",
        ),
        ("prices.north = 0", "scenario 'x': prices.north: should be greater than 0"),
        ('prices.north = "dear"', "prices.north: should be a number"),
        ("price.north = 2.0", "price"),
        ('out = ["sout"]', "out: no provider, model or offer 'sout' (did you mean 'south'?)"),
        ("skills.codeing = -5", "skills: no skill 'codeing' (did you mean 'coding'?)"),
        ("skills.large.codeing = -5", "skills.large: no skill 'codeing'"),
        ("requests.defualt = 2.0", "requests: no label 'defualt' (did you mean 'default'?)"),
        ("requests.all = 1e300", "requests.all: should be less than or equal to 1000000"),
    ],
)
def test_a_figure_that_cannot_be_is_one_clear_message(
    text: str, said: str, question: Path, facts: Path, tmp_path: Path
) -> None:
    file = tmp_path / "s.toml"
    file.write_text(f"[x]\n{text}\n")
    with pytest.raises(InputError) as raised:
        spec.sweep_tasks({"q": load_routing(question)}, spec.read_scenarios(file), {}, load_catalog(facts))
    assert said in str(raised.value) and "\n" not in str(raised.value)


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="looks processes up in /proc")
@pytest.mark.parametrize("when", [2, 5], ids="processes={}".format)
def test_no_worker_outlives_a_sweep_that_is_killed_as_it_starts(
    when: int, question: Path, facts: Path, tmp_path: Path
) -> None:
    mark = f"modelpick-{os.getpid()}-{when}"
    many = ",".join(str(1 + k / 1000) for k in range(2_000))
    words = ("sweep", question, "--catalog", facts, "-o", tmp_path / "out.csv", "--jobs", 2, "--vary")
    start = [sys.executable, "-m", "modelpick", *map(str, words), f"limits.growth={many}"]
    quiet: dict[str, Any] = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(start, env={**os.environ, "MODELPICK_MARK": mark}, **quiet) as running:
        assert until(lambda: len(marked(mark)) >= when or (tmp_path / "out.csv").exists())
        running.kill()
    try:
        assert until(lambda: not marked(mark))
    finally:
        for left in marked(mark):
            os.kill(left, signal.SIGKILL)


def marked(mark: str) -> list[int]:
    """The processes with this mark in their environment."""
    found = []
    for place in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if mark.encode() in (place / "environ").read_bytes():
                found.append(int(place.name))
    return found


def until(there: Any, seconds: float = 60) -> bool:
    """Whether it came to be in time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if there():
            return True
        time.sleep(0.01)
    return False


def test_values_are_split_outside_of_brackets_and_quotes() -> None:
    grid = spec.parse_grid(['limits.providers=["a","b"],["c"],', 'objective="x,y",cost'])
    assert grid == {"limits.providers": ['["a","b"]', '["c"]', ""], "objective": ['"x,y"', "cost"]}


def test_a_missing_package_is_said_with_the_line_that_brings_it() -> None:
    with pytest.raises(InputError, match=r"pip install .*joblib"):
        executors.optional_module("no_such_package_at_all", "--scheduler")


def test_a_terminal_has_a_bar(capsys: pytest.CaptureFixture[str]) -> None:
    bar = Progress(4, 0)
    bar.terminal = True
    bar.step(4)
    assert "[##############################] 4 of 4 rows, 0 s left" in capsys.readouterr().err
    assert command.HELP
