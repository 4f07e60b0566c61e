"""Pipes, devices, sockets and hard links where a file is named."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import socket
import struct
import subprocess
import sys
import termios
import time
from contextlib import suppress
from pathlib import Path

import pytest

from modelpick.__main__ import main
from modelpick.engine.adapters import disk
from modelpick.engine.adapters.disk import read_text, save
from modelpick.engine.domain.errors import InputError

MODELPICK = [sys.executable, "-m", "modelpick"]
LITELLM = "model_list:\n- model_name: default\n  litellm_params: {model: openai/gpt-5-mini, api_key: x}\n"


def read_until(handle: int, words: str, seconds: float = 60.0) -> str:
    """What a terminal shows up to `words`."""
    shown, end = "", time.monotonic() + seconds
    while words not in shown and time.monotonic() < end:
        if not select.select([handle], [], [], 1.0)[0]:
            continue
        with suppress(OSError):
            shown += os.read(handle, 4096).decode(errors="replace")
    return shown


class TestReading:
    def test_waiting_for_a_pipe_is_said_on_a_terminal_and_its_text_is_taken(
        self, question: Path, facts: Path, tmp_path: Path
    ) -> None:
        pipe = tmp_path / "pipe.toml"
        os.mkfifo(pipe)
        terminal, its_end = pty.openpty()
        words = [*MODELPICK, "solve", str(pipe), "--catalog", str(facts)]
        with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=its_end, text=True) as process:
            shown = read_until(terminal, "Ctrl-C ends")
            assert f"modelpick: waiting for {pipe}, a pipe; Ctrl-C ends" in shown
            pipe.write_text(question.read_text())
            out, _ = process.communicate(timeout=60)
        os.close(terminal)
        os.close(its_end)
        assert process.returncode == 0 and "optimal" in out

    def test_without_a_terminal_a_pipe_with_a_text_says_nothing(self, question: Path, facts: Path) -> None:
        line = f"{' '.join(MODELPICK)} solve <(cat {question}) --catalog <(sleep 1.5; cat {facts})"
        done = subprocess.run(["bash", "-c", line], capture_output=True, text=True, check=False, timeout=60)
        assert done.returncode == 0 and "waiting" not in done.stderr and "optimal" in done.stdout

    def test_an_endless_pipe_is_too_large(self) -> None:
        line = f"ulimit -v 4000000; {' '.join(MODELPICK)} solve <(cat /dev/zero)"
        done = subprocess.run(["bash", "-c", line], capture_output=True, text=True, check=False, timeout=60)
        assert done.returncode == 2 and "larger than 50 MB" in done.stderr and done.stderr.count("\n") == 1

    @pytest.mark.parametrize(
        "words",
        [
            ("solve", "FILE"),
            ("solve", "--catalog", "FILE"),
            ("import", "config", "FILE"),
            ("import", "usage", "FILE"),
            ("import", "scores", "FILE", "--format", "aider"),
            ("catalog", "refresh", "litellm", "--file", "FILE"),
            ("export", "litellm", "-o", "FILE"),
            ("sweep", "-o", "FILE.csv"),
        ],
    )
    def test_devices_and_sockets_are_refused_in_one_message(
        self, tmp_path: Path, words: tuple[str, ...], capsys: pytest.CaptureFixture[str]
    ) -> None:
        address = tmp_path / ("s.csv" if words[-1].endswith(".csv") else "s")
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(str(address))
            zero = tmp_path / f"zero{address.suffix}"
            zero.symlink_to("/dev/zero")
            for path, kind in ((zero, "a device"), (address, "a socket")):
                named = [word.replace("FILE.csv", str(path)).replace("FILE", str(path)) for word in words]
                with pytest.raises(SystemExit) as ended:
                    main(named)
                said = capsys.readouterr().err
                assert ended.value.code == 2 and said.count("\n") == 1, said
                assert f"{path}" in said and f"is {kind}" in said

    def test_an_empty_device_is_an_empty_file(self) -> None:
        assert read_text("/dev/null") == ""

    @pytest.mark.parametrize(
        "words",
        [
            ("import", "usage", "FILE"),
            ("export", "litellm", "-o", "FILE"),
            ("sweep", "-o", "FILE"),
            ("catalog", "refresh", "litellm", "--file", "/dev/null", "--overlay", "FILE"),
        ],
    )
    def test_a_pipe_is_refused_at_once_where_it_would_be_read_twice_or_rewritten(
        self, tmp_path: Path, words: tuple[str, ...], capsys: pytest.CaptureFixture[str]
    ) -> None:
        pipe = tmp_path / "pipe.csv"
        os.mkfifo(pipe)
        with pytest.raises(SystemExit) as ended:
            main([str(pipe) if word == "FILE" else word for word in words])
        said = capsys.readouterr().err
        assert ended.value.code == 2 and f"{pipe}: is a pipe" in said and said.count("\n") == 1

    def test_the_app_refuses_a_pipe_at_once(self, tmp_path: Path) -> None:
        pipe = tmp_path / "pipe"
        os.mkfifo(pipe)
        terminal, its_end = pty.openpty()
        for words in ([str(pipe)], ["--catalog", str(pipe)]):
            done = subprocess.run(
                [*MODELPICK, *words], stdin=its_end, stdout=its_end, stderr=subprocess.PIPE, timeout=60,
                check=False, text=True,
            )  # fmt: skip
            assert done.returncode == 2 and f"{pipe}: is a pipe, not a file; the app reads" in done.stderr
        os.close(terminal)
        os.close(its_end)

    def test_the_app_replays_edits_out_of_a_pipe(self, question: Path, facts: Path) -> None:
        program = " ".join(MODELPICK)
        edit = "set labels.default.requests = 4321"
        line = f"exec {program} {question} --catalog {facts} --replay <(echo '{edit}')"
        terminal, its_end = pty.openpty()
        fcntl.ioctl(its_end, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 160, 0, 0))
        env = {**os.environ, "TERM": "xterm-256color"}
        app = subprocess.Popen(
            ["bash", "-c", line],
            stdin=its_end,
            stdout=its_end,
            stderr=its_end,
            env=env,
            start_new_session=True,
        )
        try:
            assert "4,321" in read_until(terminal, "4,321")
        finally:
            app.kill()
            app.wait()
            os.close(terminal)
            os.close(its_end)


class TestHardLinks:
    def test_other_names_keep_the_old_text_and_that_is_said(self, tmp_path: Path) -> None:
        path = tmp_path / "a.toml"
        path.write_text("old")
        (tmp_path / "b").hardlink_to(path)
        assert save(path, "new") == (
            f"{path}: the file had another name (a hard link), which keeps the old text"
        )
        assert path.read_text() == "new" and (tmp_path / "b").read_text() == "old"
        assert save(path, "newer") == ""  # it has one name by now
        (tmp_path / "c").hardlink_to(tmp_path / "b")
        (tmp_path / "d").hardlink_to(tmp_path / "b")
        (tmp_path / "link").symlink_to("b")
        assert "had 2 other names (hard links), which keep the old text" in save(tmp_path / "link", "new")
        assert (tmp_path / "b").read_text() == "new" and (tmp_path / "link").is_symlink()

    def test_a_new_file_and_a_plain_one_say_nothing(self, tmp_path: Path) -> None:
        assert save(tmp_path / "a", "x") == "" and save(tmp_path / "a", "y") == ""

    @pytest.mark.parametrize(
        "words",
        [
            ("solve", "-o", "FILE"),
            ("export", "litellm", "-o", "FILE"),
            ("schema", "routing", "-o", "FILE"),
            ("import", "config", "CONFIG", "-o", "FILE"),
        ],
    )
    def test_commands_say_it(
        self, tmp_path: Path, words: tuple[str, ...], capsys: pytest.CaptureFixture[str]
    ) -> None:
        path, config = tmp_path / "file", tmp_path / "config.yaml"
        config.write_text(LITELLM)
        path.write_text(LITELLM if words[0] == "export" else "")
        (tmp_path / "second").hardlink_to(path)
        old = path.read_text()
        with pytest.raises(SystemExit) as ended:
            main([{"FILE": str(path), "CONFIG": str(config)}.get(word, word) for word in words])
        assert ended.value.code == 0
        said = capsys.readouterr().err
        assert f"modelpick: note: {path}: the file had another name (a hard link), which keeps" in said, said
        assert (tmp_path / "second").read_text() == old != path.read_text()


def test_a_message_names_each_kind(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert disk.special(tmp_path / "pipe") == "a pipe" and disk.special(tmp_path) == "a folder"
    assert disk.special("/dev/zero") == "a device" and disk.special("/dev/null") == ""
    assert disk.special(tmp_path / "none") == "" == disk.special("nul\0")
    with pytest.raises(InputError, match="cannot save: not a plain file"):
        save(tmp_path / "pipe", "x")
