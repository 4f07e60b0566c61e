"""action.yml and the pre-commit hooks: their own commands, run in a repository of git beside a server on
loopback that speaks GitHub's three addresses of comments."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from modelpick.engine import InputError
from modelpick.engine.adapters.github_comment import MAX_COMMENT, keep_comment
from modelpick.engine.commands import check as check_command
from modelpick.engine.commands import diff
from tests.engine.by_hand import ran
from tests.loopback import JsonHandler, listening

ROOT = Path(__file__).parents[1]
TOKEN = "ghs-secret-0001"
CATALOG = """
schema = 1
as_of = 2026-11-23
[providers.p]
[models.good]
context = 100_000
skills = { coding = 80 }
[models.fair]
context = 100_000
skills = { coding = 60 }
[models.bad]
context = 100_000
skills = { coding = 40 }
[offers."p/good"]
input = 3.0
output = 3.0
[offers."p/fair"]
input = 2.0
output = 2.0
[offers."p/bad"]
input = 1.0
output = 1.0
"""
ROUTING = """\
[labels.work]
requests = 1_000_000
input_tokens = 1
output_tokens = 0
skills = { coding = 1.0 }
min_quality = 50.0
routes = [{ offer = "p/good", share = 1.0 }]
"""
BETTER = ROUTING.replace("p/good", "p/fair")  # 3 USD a month become 2
WORSE = ROUTING.replace("p/good", "p/bad")  # 1 USD, and quality 40 of the 50 asked for
BROKEN = ROUTING.replace("min_quality", "min_qualty")


class GitHub(JsonHandler):
    """Lists, adds and changes the comments of one pull request; turns away what has another token."""

    def do_GET(self) -> None:
        page = int(re.search(r"[?&]page=(\d+)", self.path)[1])  # type: ignore[index]
        size = int(re.search(r"per_page=(\d+)", self.path)[1])  # type: ignore[index]
        self._answer(200, self.server.comments[(page - 1) * size : page * size])  # type: ignore[attr-defined]

    def do_POST(self) -> None:
        comments = self.server.comments  # type: ignore[attr-defined]
        comment = {"id": len(comments) + 1, **self.sent_json(), "html_url": f"#{len(comments) + 1}"}
        comments.append(comment)
        self._answer(201, comment)

    def do_PATCH(self) -> None:
        comment = self.server.comments[int(self.path.rpartition("/")[2]) - 1]  # type: ignore[attr-defined]
        comment.update(self.sent_json())
        self._answer(200, comment)

    def _answer(self, status: int, content: object) -> None:
        if self.headers["authorization"] != f"Bearer {TOKEN}" or "/repos/me/router/issues/" not in self.path:
            status, content = 403, {"message": "Resource not accessible by integration"}
        self.answer(status, content)


@pytest.fixture
def github() -> Iterator[Any]:
    with listening(GitHub) as server:
        server.comments = []
        yield server


def environment(github: Any) -> dict[str, str]:
    return {
        "GITHUB_API_URL": f"http://127.0.0.1:{github.server_address[1]}",
        "GITHUB_REPOSITORY": "me/router",
        "PULL_REQUEST": "7",
        "GITHUB_TOKEN": TOKEN,
    }


def git(folder: Path, *words: str) -> str:
    who = ("-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "init.defaultBranch=main")
    done = subprocess.run(["git", *who, *words], cwd=folder, capture_output=True, text=True, check=True)
    return done.stdout.strip()


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A router's repository with one commit, and the catalogue beside it."""
    (tmp_path / "catalog.toml").write_text(CATALOG)
    folder = tmp_path / "repository"
    folder.mkdir()
    (folder / "routing.toml").write_text(ROUTING)
    git(folder, "init", "-q")
    git(folder, "add", ".")
    git(folder, "commit", "-qm", "The routing")
    return folder


class Runner:
    """Runs the commands of action.yml's steps as GitHub's runner does, but for those that install."""

    def __init__(self, repository: Path, github: Any, **inputs: str) -> None:
        self.action = yaml.safe_load((ROOT / "action.yml").read_text("utf-8"))
        self.repository, self.temp = repository, repository.parent / "temp"
        self.temp.mkdir(exist_ok=True)
        if not (self.temp / "modelpick").exists():  # as installed
            (self.temp / "modelpick").symlink_to(Path(sys.prefix))
        event = {"pull_request": {"number": "7", "base": {"sha": git(repository, "rev-parse", "HEAD")}}}
        self.contexts: dict[str, Any] = {"github": {"event": event, "token": TOKEN}, "steps": {}}
        given = {name.replace("_", "-"): text for name, text in inputs.items()}
        self.contexts["inputs"] = {
            name: given.get(name, self._filled(str(facts.get("default", ""))))
            for name, facts in self.action["inputs"].items()
        }
        self.environment = {**os.environ, **environment(github), "RUNNER_TEMP": str(self.temp)}
        self.summary = self.output = ""

    def _filled(self, text: str) -> str:
        return re.sub(r"\$\{\{ *([\w.-]+) *\}\}", lambda match: self._at(match[1]), text)

    def _at(self, path: str) -> str:
        place: Any = self.contexts
        for name in path.split("."):
            place = place.get(name, "") if isinstance(place, dict) else ""
        return str(place)

    def _wanted(self, condition: str) -> bool:
        """Of `A == 'b' && C && D != 'e'`."""
        for clause in condition.split("&&"):
            path, sign, word = re.fullmatch(r"\s*([\w.-]+)\s*(?:(==|!=)\s*'(.*)')?\s*", clause).groups()  # type: ignore[union-attr]
            there = self._at(path)
            if not (there if sign is None else (there == word) == (sign == "==")):
                return False
        return True

    def run(self) -> int:
        """The exit status of the job."""
        files = {name: self.temp / name for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY")}
        for step in self.action["runs"]["steps"]:
            if step["id"] in ("python", "install") or not self._wanted(step.get("if", "inputs.file")):
                continue
            for path in files.values():
                path.write_text("")
            variables = {name: self._filled(text) for name, text in step["env"].items()}
            done = subprocess.run(
                ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
                cwd=self.repository,
                env={**self.environment, **{name: str(path) for name, path in files.items()}, **variables},
                capture_output=True,
                text=True,
                check=False,
                timeout=60,
            )
            self.output += done.stdout + done.stderr
            self.summary += files["GITHUB_STEP_SUMMARY"].read_text()
            outputs = dict(line.split("=", 1) for line in files["GITHUB_OUTPUT"].read_text().splitlines())
            self.contexts["steps"][step["id"]] = {"outputs": outputs}
            if done.returncode:
                return done.returncode
        return 0


def test_a_better_a_worse_and_a_broken_change(repository: Path, github: Any) -> None:
    """One pull request, pushed to three times: one comment, which says what somebody wants to know."""
    catalog = str(repository.parent / "catalog.toml")
    runner = Runner(repository, github, catalog=catalog, max_quality_loss="30")
    (repository / "routing.toml").write_text(BETTER)
    assert runner.run() == 0, runner.output
    [comment] = github.comments
    first, body = comment["body"].split("\n", 1)
    assert first == "<!-- modelpick routing.toml -->" and runner.summary == comment["body"]
    assert "### ✅ modelpick diff: 3.00 → 2.00 USD/month (-1.00, -33.3%)" in body
    assert "| work | p/good | p/fair | 3.00 → 2.00 | 80.0 → 60.0 |" in body
    assert "<details><summary>What the routes cost and do today: every rule is kept" in body

    (repository / "routing.toml").write_text(WORSE)
    assert runner.run() == 1
    assert len(github.comments) == 1
    body = comment["body"]
    assert (
        "### ❌ modelpick diff: 3.00 → 1.00 USD/month" in body and "p/fair" not in body.split("<details>")[0]
    )
    assert r"| **labels.work.min\_quality** | at least 50 points | 40 points |" in body
    assert "over the limit of 30 points of quality: work loses 40.0 points" in body
    # A quarter of p/good and three of p/bad: 0.25 * 3 + 0.75 * 1 = 1.5, and so is half of p/fair.
    assert "Solved anew: 1.50 USD/month, quality 50.0, every rule kept" in body

    (repository / "routing.toml").write_text(BROKEN)
    assert runner.run() == 2
    assert len(github.comments) == 1
    assert "### ❌ modelpick: the routing cannot be used" in comment["body"]
    assert (
        "routing.toml: labels.work.min_qualty: unknown key (did you mean 'min_quality'?)" in comment["body"]
    )
    assert TOKEN not in runner.output and "Traceback" not in runner.output


def test_a_repository_without_a_routing_file_is_said_and_nothing_written(
    repository: Path, github: Any
) -> None:
    git(repository, "rm", "-q", "routing.toml")
    git(repository, "commit", "-qm", "Nothing left")
    runner = Runner(repository, github)
    assert runner.run() == 2
    assert github.comments == [] and "routing.toml: no such file or folder" in runner.output


def test_every_action_is_pinned_and_no_input_is_part_of_a_command() -> None:
    action = yaml.safe_load((ROOT / "action.yml").read_text("utf-8"))
    steps = action["runs"]["steps"]
    assert action["runs"]["using"] == "composite"
    used = [step["uses"] for step in steps if "uses" in step]
    assert used and all(re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40}", name) for name in used)
    assert not any("${{" in step["run"] for step in steps if "run" in step)
    read = set(re.findall(r"inputs\.([\w-]+)", (ROOT / "action.yml").read_text("utf-8")))
    assert read == set(action["inputs"])


class TestComment:
    """The comment alone."""

    def test_it_is_known_again_behind_a_hundred_others(self, github: Any) -> None:
        github.comments = [{"id": n + 1, "body": "> <!-- m -->\nquoted"} for n in range(120)]
        assert keep_comment("<!-- m -->\nnothing", environment(github), only_update=True).startswith("no")
        assert len(github.comments) == 120
        keep_comment("<!-- m -->\none", environment(github))
        keep_comment("<!-- m -->\ntwo", environment(github))
        assert len(github.comments) == 121 and github.comments[-1]["body"] == "<!-- m -->\ntwo"

    def test_a_long_one_is_cut(self, github: Any) -> None:
        keep_comment("<!-- m -->\n" + "x" * MAX_COMMENT, environment(github))
        body = github.comments[0]["body"]
        assert len(body) == MAX_COMMENT and body.endswith("the job's summary has all of it.)")

    @pytest.mark.parametrize(
        ("changes", "message"),
        [
            ({"GITHUB_TOKEN": "ghs-of-a-fork"}, "answered 403; the job needs `permissions: pull-requests"),
            ({"GITHUB_TOKEN": ""}, "GITHUB_TOKEN is not set"),
            ({"GITHUB_API_URL": "http://example.org"}, "would go in clear"),
            ({"GITHUB_API_URL": "http://127.0.0.1:1"}, "cannot be reached"),
        ],
    )  # fmt: skip
    def test_what_goes_wrong_is_said(self, github: Any, changes: dict[str, str], message: str) -> None:
        with pytest.raises(InputError, match=re.escape(message)) as raised:
            keep_comment("<!-- m -->\none", {**environment(github), **changes})
        assert "ghs" not in str(raised.value) and github.comments == []

    def test_a_report_without_a_marker_would_be_repeated(self, github: Any) -> None:
        with pytest.raises(InputError, match="no marker"):
            keep_comment("# Report", environment(github))


class TestHooks:
    """`.pre-commit-hooks.yaml`, and what `check` and `diff` have for it."""

    def test_the_hooks_are_commands_with_their_options(
        self, repository: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(repository)
        catalog = ("--catalog", str(repository.parent / "catalog.toml"))
        hooks: dict[str, dict[str, Any]] = {
            hook["id"]: hook for hook in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
        }
        assert set(hooks) == {"modelpick-check", "modelpick-diff"}
        commands = {"check": check_command, "diff": diff}
        (repository / "routing.toml").write_text(WORSE)
        answers = {}
        for hook in hooks.values():
            given: list[str] = hook.get("args", [])
            program, name, *words = [*shlex.split(hook["entry"]), *given]
            files = ["routing.toml"] if hook.get("pass_filenames", True) else []
            assert program == "modelpick" and hook["language"] == "python"
            assert re.search(hook["files"], "routing.toml")
            answers[name] = ran(commands[name], *words, *files, *catalog)
        assert [status for _, status in answers.values()] == [1, 1]
        assert "labels.work.min_quality: quality 40.0" in answers["check"][0]
        assert "total 3.00 -> 1.00" in answers["diff"][0] and "work loses 40.0 points" in answers["diff"][0]

    def test_check_takes_several_files(self, repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
        catalog = ("--catalog", str(repository.parent / "catalog.toml"))
        good, worse, broken = (repository / name for name in ("routing.toml", "worse.toml", "broken.toml"))
        worse.write_text(WORSE)
        broken.write_text(BROKEN)
        text, status = ran(check_command, str(good), str(worse), *catalog)
        assert status == 1 and f"{good}: the routes keep" in text and f"{worse}: 1 rule broken" in text
        text, status = ran(check_command, str(broken), str(good), *catalog)
        assert status == 2 and f"{good}: the routes keep" in text
        assert "labels.work.min_qualty: unknown key" in capsys.readouterr().err
        reports = json.loads(ran(check_command, str(good), str(worse), *catalog, "--json")[0])
        assert [report["passed"] for report in reports] == [True, False]

    def test_a_file_as_git_has_it(self, repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(repository)
        catalog = ("--catalog", str(repository.parent / "catalog.toml"))
        (repository / "new.toml").write_text(BETTER)
        text, status = ran(diff, "HEAD:routing.toml", "new.toml", *catalog)
        assert status == 0 and "total 3.00 -> 2.00" in text
        text, status = ran(diff, "HEAD:new.toml", "new.toml", *catalog)
        assert (text, status) == ("new.toml is new since HEAD: nothing to compare", 0)
        for name, message in {
            "HEAD:rooting.toml": "git has no file 'rooting.toml' at HEAD",
            "HAED:routing.toml": "no such file, and git knows no revision 'HAED' here",
            "nowhere.toml": "no such file or folder",
        }.items():
            with pytest.raises(InputError, match=re.escape(message)):
                ran(diff, name, "new.toml", *catalog)
        monkeypatch.chdir("/")
        with pytest.raises(InputError, match="git knows no revision"):
            ran(diff, "HEAD:routing.toml", str(repository / "new.toml"), *catalog)
