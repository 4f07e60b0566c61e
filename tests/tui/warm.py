"""A Python that has imported the solver's libraries already: `sys.executable` of most stories.

The app starts its solver processes as ever, with the same words; but a story needs two of them, and most of
their time is scipy's import. So the program that `sys.executable` names (`warm_client.py`) hands its words,
environment and pipes to a server that has the libraries loaded (`serve`), which forks the process that runs
`engine.service.server.main`. The program stays in that process's place: what kills the one ends the other,
and its status is the other's. Whatever else it is asked to run, Python runs. Stories of processes that start,
hang and die have the real one (`conftest.COLD`).
"""

from __future__ import annotations

import os
import selectors
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

SERVER = "modelpick.engine.service.server"
WORDS = ["-P", "-m", SERVER]
_SEPARATOR = b"\0"


class WarmPython:
    """The server, and the program that stands for Python; both end with `close`."""

    def __init__(self, folder: Path) -> None:
        address = folder / "warm.sock"
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(str(address))
        listener.listen(16)
        env = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}  # a fork of several threads would have one of them
        command = [sys.executable, "-P", "-c", f"import sys; sys.path.insert(0, {str(_ROOT)!r})\n{_SERVE}"]
        self._server = subprocess.Popen(
            [*command, str(listener.fileno())],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            pass_fds=[listener.fileno()],
            env=env,
        )
        listener.close()
        self.executable = folder / "python"
        self.executable.write_text(
            f'#!/bin/sh\n[ "$1 $2 $3" = "{" ".join(WORDS)}" ] &&\n'
            f'    exec "{sys.executable}" -IS "{_CLIENT}" "{address}" "$@"\n'
            f'exec "{sys.executable}" "$@"\n'
        )
        self.executable.chmod(0o755)
        (folder / "server.pid").write_text(str(self._server.pid))

    def close(self) -> None:
        """End it and what it has forked."""
        assert self._server.stdin is not None
        self._server.stdin.close()
        self._server.wait(30)


_ROOT = Path(__file__).resolve().parents[2]
_CLIENT = Path(__file__).with_name("warm_client.py")
_SERVE = "from tests.tui.warm import serve; serve(int(sys.argv[1]))"


def serve(listener_fd: int) -> None:
    """Fork a solver process for each connection, until standard input ends."""
    import gc

    from modelpick.engine.service import handlers, server
    from modelpick.engine.solver import pick

    assert handlers and pick  # what the solver process imports before it is ready
    gc.collect()
    gc.freeze()
    listener = socket.socket(fileno=listener_fd)
    selector = selectors.DefaultSelector()
    selector.register(0, selectors.EVENT_READ, "owner")
    selector.register(listener, selectors.EVENT_READ, "listener")
    children: dict[int, tuple[int, socket.socket]] = {}  # a pidfd: process, and who waits for it
    while True:
        for key, _ in selector.select()[:1]:  # what is done for one event may undo the next
            if key.data == "owner":
                for pid, _connection in children.values():
                    os.kill(pid, signal.SIGKILL)
                return
            if key.data == "listener":
                connection, _ = listener.accept()
                pid = os.fork() if (request := _received(connection)) else 0
                if not request:
                    connection.close()
                    continue
                if pid == 0:
                    _become(request, server.main)
                for fd in request[0]:
                    os.close(fd)
                pidfd = os.pidfd_open(pid)
                children[pidfd] = pid, connection
                selector.register(pidfd, selectors.EVENT_READ, "ended")
                selector.register(connection, selectors.EVENT_READ, pidfd)
            elif key.data == "ended":
                assert isinstance(key.fileobj, int)
                pid, connection = children.pop(key.fileobj)
                selector.unregister(key.fileobj)
                os.close(key.fileobj)
                status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
                with suppress(OSError):  # killed meanwhile
                    connection.sendall(b"%d" % status)
                with suppress(KeyError):
                    selector.unregister(connection)
                connection.close()
            else:  # whoever waited was killed
                selector.unregister(key.fileobj)
                os.kill(children[key.data][0], signal.SIGKILL)  # a zombie until its own event


Request = tuple[list[int], list[bytes]]


def _received(connection: socket.socket) -> Request | None:
    """Three file descriptors and the words; None from one that was killed meanwhile."""
    connection.settimeout(30)
    try:
        head, fds, _, _ = socket.recv_fds(connection, 10, 3)
        size, message = int(head or b"0"), b""
        while len(message) < size and (part := connection.recv(size - len(message))):
            message += part
    except OSError:
        return None
    return (fds, message.split(_SEPARATOR)) if size and len(message) == size and len(fds) == 3 else None


def _become(request: Request, run: Callable[[list[str]], int]) -> None:
    """In the forked process: its pipes, folder, environment and words, then the solver's process as ever."""
    fds, (folder, count, *rest) = request
    words, environment = rest[: int(count)], rest[int(count) :]
    for number, fd in enumerate(fds):
        os.dup2(fd, number)
    os.closerange(3, 1024)
    os.chdir(folder)
    os.environ.clear()
    os.environb.update(dict(pair.partition(b"=")[::2] for pair in environment))
    sys.stdin, sys.stdout, sys.stderr = open(0), open(1, "w"), open(2, "w")  # noqa: SIM115
    code = 1
    try:
        code = run([word.decode() for word in words])
    finally:
        os._exit(code)
