"""In the place of a solver process that `warm.serve` forks: python -IS THIS SOCKET -P -m MODULE WORDS..."""

from __future__ import annotations

import os
import socket
import sys

_PARENT_CHECK = 0.5  # seconds between looks for the app


def main() -> None:
    """Hand everything over, then end as the process ends."""
    parent = os.getppid()
    connection = socket.socket(socket.AF_UNIX)
    connection.connect(sys.argv[1])
    environment = [name + b"=" + text for name, text in os.environb.items()]
    words = [word.encode() for word in sys.argv[5:]]
    message = b"\0".join(
        [
            os.fsencode(os.getcwd()),  # noqa: PTH109 - pathlib would be a third of its time
            b"%d" % len(words),
            *words,
            *environment,
        ]
    )
    socket.send_fds(connection, [b"%10d" % len(message)], [0, 1, 2])
    connection.sendall(message)
    for fd in (0, 1):  # they are the process's now
        os.close(fd)
    connection.settimeout(_PARENT_CHECK)
    while True:
        try:
            status = connection.recv(10)
            break
        except TimeoutError:
            if os.getppid() != parent:
                os._exit(1)
    code = int(status or b"1")
    if code < 0:
        os.kill(os.getpid(), -code)
    os._exit(code)


if __name__ == "__main__":
    main()
