"""Routing files: what is read, what is written, and what is refused."""

from __future__ import annotations

import errno
import json
import os
import random
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from time import perf_counter

import pytest

from modelpick.__main__ import main
from modelpick.engine.adapters import disk, routing_file
from modelpick.engine.adapters.catalog.file import load_catalog
from modelpick.engine.adapters.routing_file import read_routing, write_routing
from modelpick.engine.domain.errors import InputError
from modelpick.engine.domain.routing import Routing

LEAST = "[labels.a]\nrequests = 1\ninput_tokens = 10\noutput_tokens = 10\n"


def names(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


def edit(routing: Routing, *sets: str) -> Routing:
    return routing_file.with_sets(routing, sets)


class TestReadyMade:
    def test_floors_are_models_where_the_catalogue_knows_them(self) -> None:
        assert routing_file.ready_made(load_catalog()) == routing_file.ready_made()

    def test_floors_are_points_in_a_catalogue_without_these_models(self, facts: Path) -> None:
        catalog = load_catalog(facts)
        routing = routing_file.ready_made(catalog)
        routing_file.check_references(routing, catalog)
        assert [label.min_quality for label in routing.labels.values()] == [60.0, 30.0, 70.0, 55.0]
        assert len(routing_file.ready_made_notes(routing, catalog)) == 4

    def test_a_floor_in_points_of_ones_own_is_not_said_to_be_for_want_of_a_score(self) -> None:
        routing = edit(routing_file.ready_made(), "labels.default.min_quality=60")
        assert routing_file.ready_made_notes(routing, load_catalog()) == []

    def test_a_log_is_imported_and_solved_with_a_catalogue_of_ones_own(
        self, facts: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        log, out = tmp_path / "spend.csv", tmp_path / "now.toml"
        rows = ["model,model_group,spend,prompt_tokens,completion_tokens,startTime"]
        rows += [f"north/large,default,0.01,1000,200,2026-11-{day:02}T10:00:00Z" for day in range(1, 21)]
        log.write_text("\n".join(rows) + "\n")
        for words in (["import", "usage", log, "-o", out], ["solve", out], ["solve"]):
            with pytest.raises(SystemExit) as end:
                main([*map(str, words), "--catalog", str(facts)])
            assert end.value.code in (0, 1), words  # an answer, by its own figures
        assert "the catalogue has no score of" in capsys.readouterr().err


class TestRoundTrip:
    def test_the_ready_made_file_stays_as_it_is(self) -> None:
        text = Path(routing_file.__file__).with_name("ready_made.toml").read_text()
        assert write_routing(routing_file.ready_made(), text) == text

    def test_a_new_file_reads_back(self) -> None:
        text = write_routing(routing_file.ready_made(), None)
        assert read_routing(text, "new") == routing_file.ready_made()
        assert "requests = 4_000\n" in text and "cached = 0.9\n" in text

    def test_an_edit_touches_one_line(self, question: Path) -> None:
        old = question.read_text()
        new = write_routing(edit(read_routing(old, ""), "labels.default.requests=5000"), old)
        assert new == old.replace("4_000 ", "5_000 ")

    def test_a_new_rule_goes_to_its_table_and_comments_stay(self, question: Path) -> None:
        old = question.read_text()
        new = write_routing(
            edit(read_routing(old, ""), "labels.default.max_latency=2.5", "limits.peak=8"), old
        )
        assert new == old.replace("min_quality = 60.0\n", "min_quality = 60.0\nmax_latency = 2.5\n").replace(
            "so\n", "so\npeak = 8\n"
        )

    def test_a_rule_can_be_dropped(self, question: Path) -> None:
        old = question.read_text()
        new = write_routing(edit(read_routing(old, ""), "labels.default.min_quality="), old)
        assert new == old.replace("min_quality = 60.0\n", "")

    def test_numbers_keep_their_notation(self, question: Path) -> None:
        old = question.read_text()
        assert "budget = 600.0 " in write_routing(edit(read_routing(old, ""), "limits.budget=600"), old)

    def test_windows_line_ends_survive(self, question: Path) -> None:
        old = question.read_text().replace("\n", "\r\n")
        new = write_routing(edit(read_routing(old, ""), "limits.peak=8"), old)
        assert "peak = 8\r\n" in new and "\n" not in new.replace("\r\n", "")

    @pytest.mark.parametrize(
        "old",
        [
            "labels.a.requests = 1\nlabels.a.input_tokens = 10\nlabels.a.output_tokens = 10 # dotted\n",
            "labels = { a = { requests = 1, input_tokens = 10, output_tokens = 10 } } # inline\n",
            "[labels]\n# inner\n[labels.a]\nrequests = 1\ninput_tokens = 10\noutput_tokens = 10",
            LEAST
            + "[labels.a.skills] # mine\ncoding = 1.0\n[[labels.a.routes]]\noffer = 'p/m'\nshare = 1.0\n",
            LEAST + "[limits]\npeak = 2\n[labels.b]\nrequests = 1\ninput_tokens = 10\noutput_tokens = 10\n",
            "[labels.'a'] # quoted\nrequests = 1e0\ninput_tokens = 0xA\noutput_tokens = 10\n",
            LEAST + "pin.'p/m' = 0.5\n",
        ],
    )
    def test_every_layout_takes_every_edit(self, old: str) -> None:
        before = read_routing(old, "")
        assert write_routing(before, old).strip() == old.strip()
        changed = edit(
            before,
            *(
                "labels.a.requests=7",
                "labels.a.skills.coding=0.25",
                "limits.budget=9",
                "labels.a.context=5000",
            ),
            *(
                'labels.a.routes=[{offer="x/y",share=0.5},{offer="z/y",share=0.5}]',
                'labels.a.pin={"x/y"=0.5}',
            ),
            *(
                'labels."new one".requests=1',
                'labels."new one".input_tokens=1',
                'labels."new one".output_tokens=1',
            ),
            'solution={status="optimal",cost=12.5,catalog_as_of=2026-11-23}',
        )
        new = write_routing(changed, old)
        assert read_routing(new, "") == changed
        assert read_routing(write_routing(before, new), "") == before
        if "#" in old:
            assert old.partition("#")[2].partition("\n")[0] in new

    def test_any_routing_reads_back(self) -> None:
        chance = random.Random(7)
        text: str | None = None
        for _ in range(60):
            routing = Routing.model_validate(_random_routing(chance))
            text = write_routing(routing, text if chance.random() < 0.7 else None)
            assert read_routing(text, "") == routing

    def test_labels_may_go_and_come(self, question: Path) -> None:
        old = question.read_text()
        routing = read_routing(old, "")
        less = routing.model_copy(update={"labels": {"default": routing.labels["default"]}})
        new = write_routing(less, old)
        assert "background" not in new and "# the main loop" in new
        assert read_routing(write_routing(routing, new), "") == routing


def _random_routing(chance: random.Random) -> dict[str, object]:
    words = [
        "default",
        "a b",
        'quo"te',
        "",
        "back\\slash",
        "ünï",
        "tab\t",
        "dot.ted",
        "new\nline",
        "#",
        "\x7f",
    ]
    offers = ["p/m", 'p/"', "p/\x01", "p/ü"]

    def number() -> float:
        choices = [0, 1, 2, 0.1, 1 / 3, 1e-7, 4_000, 12_345.678, 9e11, chance.random() * 1e6]
        return chance.choice(choices)

    def label() -> dict[str, object]:
        made: dict[str, object] = {"requests": number(), "input_tokens": number(), "output_tokens": number()}
        maybe: dict[str, object] = {
            "cached": chance.random() / 2,
            "cache_writes": chance.random() / 2,
            "skills": {"coding": 0.1 + chance.random(), chance.choice(words): 1.0},
            "features": chance.sample(words, 2),
            "max_models": chance.randint(1, 5),
            "allow": chance.sample(offers, chance.randint(0, 2)),
            "pin": {chance.choice(offers): 0.5},
            "batch": True,
            "routes": [{"offer": o, "share": chance.random()} for o in chance.sample(offers, 2)],
            "fallbacks": offers,
        }
        return made | {key: value for key, value in maybe.items() if chance.random() < 0.5}

    data: dict[str, object] = {"labels": {n: label() for n in chance.sample(words, chance.randint(1, 4))}}
    if chance.random() < 0.5:
        data["limits"] = {"budget": number(), "providers": chance.sample(words, 2), "open_weights": True}
    if chance.random() < 0.5:
        data["solution"] = {"status": "optimal", "cost": number(), "catalog_as_of": date(2026, 11, 23)}
    return data


class TestBadFiles:
    @pytest.mark.parametrize(
        ("text", "message"),
        [
            ("", "f: empty: a routing needs at least one [labels.NAME] table"),
            ("# only words\n", "f: empty"),
            ("schema = 1\n", "f: labels: is missing"),
            ("[labels]\n", "f: labels: "),
            ("x = \n", "f: line 1, column 5: not valid TOML: invalid value"),
            ("a = 1\n[labels", "f: line 2, column 8: not valid TOML: expected ']'"),
            ("schema = 2\n" + LEAST, "f: schema: should be 1, not 2"),
            ("objetive = 'cost'\n" + LEAST, "f: objetive: unknown key (did you mean 'objective'?)"),
            (LEAST + "min_qualty = 1\n", "f: labels.a.min_qualty: unknown key (did you mean 'min_quality'?)"),
            (LEAST + "[limits]\nbudgets = 1\n", "f: limits.budgets: unknown key (did you mean 'budget'?)"),
            (
                LEAST + "routes = [{ offr = 'a/b' }]\n",
                "f: labels.a.routes[0].offr: unknown key (did you mean",
            ),
            (LEAST + "cached = 1.5\n", "f: labels.a.cached: should be less than or equal to 1, not 1.5"),
            (LEAST + "cached = nan\n", "f: labels.a.cached: should be a finite number, not nan"),
            (
                LEAST + "cached = '0.5'\n",
                "f: labels.a.cached: should be a number, not '0.5' (did you mean 0.5?)",
            ),
            (LEAST + "batch = 1\n", "f: labels.a.batch: should be true or false, not 1"),
            (LEAST + "max_models = 1.5\n", "f: labels.a.max_models: should be a whole number"),
            (LEAST + f"context = 1{'0' * 400}\n", "f: labels.a.context: "),
            (LEAST + f"context = {'9' * 5000}\n", "f: line 5: a number of more than 4,300 digits"),
            (LEAST + LEAST, "not valid TOML: cannot declare labels.a twice"),
            (LEAST + "min_quality = 50\n", "f: labels.a.min_quality: needs skills"),
            (LEAST + "[labels.a.skills]\n'' = 0\n", 'f: labels.a.skills."": should be greater than 0, not 0'),
            (LEAST.replace("requests = 1\n", ""), "f: labels.a.requests: is missing"),
            ("objective = 'quality'\n" + LEAST, "f: limits.budget: objective 'quality' needs a budget"),
            ("labels = 3\n", "f: labels: should be a table, not 3"),
            ("x = " + "[" * 100_000, "f: nested too deeply"),
            (LEAST + "a = 1\nb = 2\n", "(and 1 more)"),
            (
                LEAST + f"max_models = 1{'0' * 400}\n",
                "max_models: should be less than or equal to 1000000000",
            ),
            (
                LEAST + "min_providers = 2_000_000_000\n",
                "min_providers: should be less than or equal to 1000",
            ),
            (
                LEAST + "max_latency = 5e-324\n",
                "max_latency: is too small a figure to mean anything: at least",
            ),
            (LEAST + "percentile = 99.99999999\n", "is too large a figure to mean anything: at most 99.9999"),
            (LEAST + "cached = 1e-300\n", "f: labels.a.cached: is too small a figure to mean anything"),
            (
                LEAST + "[limits]\ngrowth = 5e-324\n",
                "f: limits.growth: is too small a figure to mean anything",
            ),
            (
                LEAST + "[limits]\nbudget = 1e13\n",
                "f: limits.budget: should be less than or equal to 10000000",
            ),
            ("".join(f"[labels.l{i}]\n" for i in range(2001)), "f: labels: 2,001 labels, more than 2,000"),
        ],
    )
    def test_one_message_says_what_is_wrong(self, text: str, message: str) -> None:
        with pytest.raises(InputError) as caught:
            read_routing(text, "f")
        assert message in str(caught.value)
        assert "\n" not in str(caught.value)

    @pytest.mark.parametrize("part", ["a", '"a"', "'a'", '"\\""'])
    @pytest.mark.parametrize("layout", ["{key} = 1", "[{key}]", "[[{key}]]", "x = {{ {key} = 1 }}"])
    @pytest.mark.parametrize("dot", [".", " . "])
    def test_an_endless_key_is_refused_at_once(self, part: str, layout: str, dot: str) -> None:
        """tomllib alone takes 10 s for the 40,000 parts of a key."""
        start = perf_counter()
        text = "# first\n" + layout.format(key=dot.join([part] * 40_000))
        with pytest.raises(InputError, match=r"f: line 2, column .*: a key of more than 100 parts"):
            read_routing(text, "f")
        assert perf_counter() - start < 2

    def test_dots_and_quotes_that_make_no_key_are_no_mistake(self) -> None:
        start = perf_counter()
        texts = ["a." * 99 + "b", "." * 80_000, "1.2.3 " * 10_000, '\\".' * 30_000, "it's a." * 10_000]
        for text in texts:
            name = json.dumps(text)
            assert list(read_routing(LEAST.replace("[labels.a]", f"[labels.{name}]"), "f").labels) == [text]
        assert perf_counter() - start < 4

    def test_a_long_name_makes_a_short_message(self) -> None:
        for text in ("x" * 5_000 + " = 1\n" + LEAST, LEAST + f"skills = {{ {'y' * 5_000} = 0 }}\n"):
            with pytest.raises(InputError) as caught:
                read_routing(text, "f")
            assert len(str(caught.value)) < 300

    def test_missing_folder_binary_and_huge(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        binary = tmp_path / "binary"
        binary.write_bytes(b"a = 1\nb = \xff\x00")
        cases = {
            tmp_path / "no": "no such file",
            tmp_path: "is a folder",
            binary: "not a text file in UTF-8 (line 2",
            binary / "below": "part of the path is not a folder",
            Path("nul\0name"): "null",
            Path("n" * 300): "the name is too long",
        }
        for path, message in cases.items():
            with pytest.raises(InputError, match=message.replace("(", r"\(")):
                routing_file.load_routing(path)
        monkeypatch.setattr(disk, "MAX_BYTES", 5)
        with pytest.raises(InputError, match="larger than"):
            routing_file.load_routing(binary)

    def test_a_byte_order_mark_is_no_mistake(self, tmp_path: Path) -> None:
        path = tmp_path / "bom.toml"
        path.write_bytes(b"\xef\xbb\xbf" + LEAST.encode())
        assert routing_file.load_routing(path) == read_routing(LEAST, "")


class TestSave:
    def test_it_replaces_the_whole_and_keeps_the_mode(self, tmp_path: Path) -> None:
        path = tmp_path / "a.toml"
        path.write_text("old")
        path.chmod(0o640)
        routing_file.save(path, "new ü\r\n")
        assert path.read_bytes() == "new ü\r\n".encode()
        assert stat.S_IMODE(path.stat().st_mode) == 0o640
        assert names(tmp_path) == ["a.toml"]

    def test_a_new_file_gets_the_umask(self, tmp_path: Path) -> None:
        routing_file.save(tmp_path / "a", "x")
        (tmp_path / "b").write_text("x")
        assert (tmp_path / "a").stat().st_mode == (tmp_path / "b").stat().st_mode

    def test_a_symlink_stays_one(self, tmp_path: Path) -> None:
        (tmp_path / "far").mkdir()
        target = tmp_path / "far" / "target"
        target.write_text("old")
        link = tmp_path / "link"
        link.symlink_to(target)
        routing_file.save(link, "new")
        assert link.is_symlink() and target.read_text() == "new"

    @pytest.mark.parametrize("step", ["fsync", "fchmod"])
    def test_a_failure_leaves_the_old_file_and_no_rubbish(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
    ) -> None:
        path = tmp_path / "a.toml"
        path.write_text("old")

        def full(*_: object) -> None:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(os, step, full)
        with pytest.raises(InputError, match=r"a\.toml: cannot save: the disk is full"):
            routing_file.save(path, "new")
        assert path.read_text() == "old" and names(tmp_path) == ["a.toml"]

    def test_a_really_full_disk(self, tmp_path: Path) -> None:
        with _small_disk(tmp_path) as folder:
            path = folder / "a.toml"
            path.write_text("old")
            with pytest.raises(InputError, match="the disk is full"):
                routing_file.save(path, "x" * 1_000_000)
            assert path.read_text() == "old" and names(folder) == ["a.toml"]

    def test_an_interrupt_leaves_no_rubbish(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        def interrupted(*_: object) -> None:
            raise KeyboardInterrupt

        monkeypatch.setattr(os, "fsync", interrupted)
        with pytest.raises(KeyboardInterrupt):
            routing_file.save(tmp_path / "a", "new")
        assert names(tmp_path) == []

    def test_what_killed_saves_have_left_is_cleaned_on_the_next_save(self, tmp_path: Path) -> None:
        """Ours by name, older than ten minutes, and not being written by another process."""
        own = (".b.toml.abcdefgh.modelpick.tmp", ".a.toml.ab_d3fgh.tmp")
        foreign = (".b.toml.abcdefgh.tmp", ".a.toml.swp", "a.toml.tmp", ".a.toml.ABCDEFGH.tmp")
        young, live = ".a.toml.aaaaaaaa.modelpick.tmp", ".a.toml.bbbbbbbb.modelpick.tmp"
        for name in (*own, *foreign, young, live):
            (tmp_path / name).write_text("x")
            if name != young:
                os.utime(tmp_path / name, (0, 0))
        link = tmp_path / ".c.cccccccc.modelpick.tmp"
        link.symlink_to("/etc/passwd")
        writer = (
            "import fcntl, os, sys; f = os.open(sys.argv[1], os.O_RDONLY); fcntl.flock(f, fcntl.LOCK_EX);"
            " print('locked', flush=True); sys.stdin.read()"
        )
        with subprocess.Popen(
            [sys.executable, "-c", writer, tmp_path / live], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        ) as process:
            assert process.stdout is not None and process.stdout.readline() == b"locked\n"
            routing_file.save(tmp_path / "a.toml", "new")
            left = {*foreign, young, live, link.name}
            assert set(names(tmp_path)) == {"a.toml", *left}
            process.communicate()
        routing_file.save(tmp_path / "a.toml", "newer")
        assert set(names(tmp_path)) == {"a.toml", *left} - {live}

    def test_a_killed_save_leaves_the_old_text_and_a_name_that_is_cleaned(self, tmp_path: Path) -> None:
        path = tmp_path / ("ü" * 120 + ".toml")  # 245 bytes: the temporary name must not be too long
        path.write_text("old")
        killed = (
            "import os, pathlib, signal, sys; from modelpick.engine.adapters.disk import save;"
            " os.fsync = lambda _: os.kill(os.getpid(), signal.SIGKILL);"
            " save(pathlib.Path(sys.argv[1]), 'new')"
        )
        assert subprocess.run([sys.executable, "-c", killed, path], check=False).returncode == -9
        assert path.read_text() == "old"
        (left,) = tmp_path.glob(".*.tmp")
        os.utime(left, (0, 0))
        routing_file.save(tmp_path / "other", "x")
        assert not left.exists()

    def test_extended_attributes_stay(self, tmp_path: Path) -> None:
        path = tmp_path / "a.toml"
        path.write_text("old")
        try:
            os.setxattr(path, "user.origin", b"by phone")
        except OSError:
            pytest.skip("this file system has no extended attributes")
        routing_file.save(path, "new")
        assert os.getxattr(path, "user.origin") == b"by phone" and path.read_text() == "new"

    def test_what_cannot_be_saved_to(self, tmp_path: Path) -> None:
        (tmp_path / "loop").symlink_to(tmp_path / "loop")
        cases = {
            tmp_path: "is a folder",
            tmp_path / "no" / "a": "no such file or folder",
            tmp_path / "loop": "too many symbolic links",
            Path("/dev/null"): "not a plain file",
            tmp_path / ("n" * 300): "the name is too long",
        }
        for path, message in cases.items():
            with pytest.raises(InputError, match=f"cannot save: .*{message}"):
                routing_file.save(path, "x")
        with pytest.raises(InputError, match="UTF-8"):
            routing_file.save(tmp_path / "a", "\ud800")

    def test_what_cannot_be_looked_at_is_there(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        assert disk.exists(tmp_path)
        assert not disk.exists(tmp_path / "no") and not disk.exists(Path("/dev/null/a"))

        def shut(*_: object, **__: object) -> None:
            raise PermissionError(errno.EACCES, "shut")

        monkeypatch.setattr(Path, "stat", shut)
        assert disk.exists(tmp_path / "a")

    @pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
    def test_a_read_only_folder_and_file(self, tmp_path: Path) -> None:
        path = tmp_path / "a"
        path.write_text("old")
        path.chmod(0o400)
        with pytest.raises(InputError, match="permission denied"):
            routing_file.save(path, "new")
        tmp_path.chmod(0o500)
        with pytest.raises(InputError, match="permission denied"):
            routing_file.save(tmp_path / "b", "new")
        tmp_path.chmod(0o700)

    def test_a_refused_temporary_file(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        def refused(**_: object) -> None:
            raise PermissionError(13, "Permission denied")

        monkeypatch.setattr("tempfile.mkstemp", refused)
        with pytest.raises(InputError, match="permission denied"):
            routing_file.save(tmp_path / "a", "x")


@contextmanager
def _small_disk(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(folder)]
    try:
        if subprocess.run(mount, capture_output=True, check=False).returncode:
            pytest.skip("this user may not mount a small disk")
    except OSError:
        pytest.skip("no mount command")
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], capture_output=True, check=False)


class TestSets:
    @pytest.mark.parametrize(
        ("text", "message"),
        [
            ("x", "needs PATH=VALUE"),
            ("a b=1", "not a dotted key"),
            ("labels.thnk.min_quality=80", "labels.thnk: no such label (did you mean 'think'?)"),
            ("label.think.min_quality=80", "label: unknown key (did you mean 'labels'?)"),
            ("limits.budgt=80", "limits.budgt: unknown key (did you mean 'budget'?)"),
            ("objective.deep=1", "objective: has no keys inside"),
            ("objective=speed", "objective: "),
            ("labels.think.requests=[", "is not a TOML value"),
            ("limits.budget=1\npeak=2", "is not a TOML value"),
            ("labels=1", "labels: should be a table"),
        ],
    )
    def test_a_bad_one_is_explained(self, text: str, message: str) -> None:
        with pytest.raises(InputError) as caught:
            edit(routing_file.ready_made(), text)
        assert message in str(caught.value) and str(caught.value).startswith("--set")

    def test_values_are_toml_and_bare_words_are_text(self) -> None:
        made = edit(
            routing_file.ready_made(),
            "objective=quality",
            "limits.budget=1_000.5",
            'labels.think.pin."a/b=c"=0.5',
        )
        assert (made.objective, made.limits.budget) == ("quality", 1000.5)
        assert made.labels["think"].pin == {"a/b=c": 0.5}

    def test_nothing_set_is_nothing_changed(self) -> None:
        made = routing_file.ready_made()
        assert edit(made) == made and edit(made, "limits.budget=") == made

    def test_a_label_with_dots_in_its_name_is_found_as_reports_print_it(self) -> None:
        made = routing_file.ready_made()
        dotted = made.model_copy(update={"labels": {"th.ink.2": made.labels["think"]}})
        assert edit(dotted, "labels.th.ink.2.min_quality=75").labels["th.ink.2"].min_quality == 75
        assert edit(dotted, 'labels."th.ink.2".skills.coding=1').labels["th.ink.2"].skills["coding"] == 1
        with pytest.raises(InputError, match=r"labels\.th: no such label"):
            edit(dotted, "labels.th.min_quality=75")


def test_the_line_of_a_fault_is_found_at_once_in_lines_of_spaces() -> None:
    nested = "\n".join([*(" " * depth + "[" for depth in range(400)), *(" " * 400 + "]" for _ in range(400))])
    with pytest.raises(InputError, match=r"limits\.max_models"):
        read_routing(f"[limits]\nmax_models = {nested}\n[labels.a]\nrequests = 1\ninput_tokens = 1\n", "f")


def test_a_figure_beyond_all_measure_is_no_suggestion(tmp_path: Path) -> None:
    text = f'[labels.a]\nrequests = 1\ninput_tokens = "{"9" * 5_000}"\noutput_tokens = 1\n'
    with pytest.raises(InputError, match=r"labels\.a\.input_tokens: should be a number") as caught:
        read_routing(text, "f")
    assert "did you mean" not in str(caught.value) and len(str(caught.value)) < 300
