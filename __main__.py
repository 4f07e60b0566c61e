"""The command line: `modelpick [FILE]` opens the app, `modelpick COMMAND ...` prints.

Exit status: 0 done; 1 no plan meets the rules; 2 unusable input; 3 the time limit passed without a plan;
130 interrupted.
"""

from __future__ import annotations

import argparse
import gc
import os
import re
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from importlib import import_module
from keyword import iskeyword
from pathlib import Path
from typing import NoReturn, TypeVar, cast

from .engine.commands import NAMES, Command
from .engine.commands.options import add_catalog, add_json
from .engine.domain.errors import InputError, ModelpickError, nearest
from .tui.commands import NAMES as APP_NAMES
from .version import __version__

T = TypeVar("T")
_UNUSABLE, _INTERRUPTED = 2, 130
_KINDS = {"int": "a whole number"}  # argparse's name of a reader -> what it takes


def main(argv: Sequence[str] | None = None) -> NoReturn:
    """Run a command line, print its answer, and exit with its status."""
    words = list(sys.argv[1:] if argv is None else argv)
    try:
        status = _run(words)
    except ModelpickError as error:
        status = _complain(str(error))
    except KeyboardInterrupt:
        # A solve may still be running in its thread and would delay a normal exit.
        _keep(words)
        with suppress(OSError, AttributeError):
            sys.stderr.flush()
        os._exit(_INTERRUPTED)
    sys.exit(status)


def _run(words: list[str]) -> int:
    if words and words[0] in (*NAMES, *APP_NAMES):
        command = _command(words[0])
        parser = _Parser(prog=f"modelpick {words[0]}", description=_sentence(command.HELP))
        command.arguments(parser)
        add_json(parser)
        add_catalog(parser)
        options = parser.parse_intermixed_args(words[1:])
        if words[0] in APP_NAMES or getattr(command, "SERVES", False):
            text, status = command.run(options)  # a server handles signals, so it must have the main thread
            return _print(text, status) if text else status
        with _native_silence():
            text, status = _interruptible(lambda: command.run(options))
        return _print(text, status)
    return _open_app(_app_parser().parse_args(words))


class _Parser(argparse.ArgumentParser):
    """Complains in one line as every other error: the option, what is wrong with it, the nearest known."""

    def error(self, message: str) -> NoReturn:
        command = self.prog.removeprefix("modelpick").strip()
        raise InputError(self._sentence(message), where=command)

    def _sentence(self, message: str) -> str:
        if unknown := re.fullmatch(r"unrecognized arguments: (.*)", message):
            word = unknown[1].split()[0].partition("=")[0]
            known = nearest(word, self._option_string_actions) if word.startswith("-") else ""
            kind = "unknown option" if word.startswith("-") else "one argument too many:"
            return f"{kind} {word}{known}; --help lists them"
        if choice := re.fullmatch(r"argument (.*): invalid choice: '?(.*?)'? \(choose from (.*)\)", message):
            words = re.findall(r"[^\s,']+", choice[3])
            return f"{choice[1]}: {choice[2]!r} is none of {', '.join(words)}{nearest(choice[2], words)}"
        if missing := re.fullmatch(r"the following arguments are required: (.*)", message):
            return f"needs {missing[1].partition(', ')[0]}; --help says more"
        message = re.sub(r"^argument ", "", message)
        if invalid := re.fullmatch(r"(.*): invalid _?(\w+) value: (.*)", message):
            return f"{invalid[1]}: {invalid[3]} is not {_KINDS.get(invalid[2], 'a value it takes')}"
        return message


def _keep(words: list[str]) -> None:
    """Lets a command that has something to keep do so before the end."""
    keep = getattr(_command(words[0]), "interrupted", None) if words and words[0] in NAMES else None
    if keep is not None:
        with suppress(Exception, KeyboardInterrupt):
            keep()


def _command(name: str) -> Command:
    module = f"{name}_" if iskeyword(name) else name  # import
    room = ".tui" if name in APP_NAMES else ".engine"
    return cast(Command, import_module(f"{room}.commands.{module}", __package__))


def _app_parser() -> argparse.ArgumentParser:
    commands = "\n".join(f"  {name:10}{_command(name).HELP}" for name in (*NAMES, *APP_NAMES))
    parser = _Parser(
        prog="modelpick",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        description="Pick the models behind your AI router: the best mix per label that keeps your rules.",
        usage="modelpick [FILE] [options]\n       modelpick COMMAND ... (--help says more)",
        epilog=f"commands, for scripts and pipes:\n{commands}",
    )
    parser.add_argument(
        "file", nargs="?", type=Path, metavar="FILE", help="a routing file to open in the app"
    )
    parser.add_argument("--record", type=Path, metavar="LINES", help="write the edits here, a line each")
    parser.add_argument("--replay", type=Path, metavar="LINES", help="repeat the edits of a record first")
    parser.add_argument("--no-mouse", action="store_true", help="leave the mouse to the terminal")
    parser.add_argument("--version", action="version", version=f"modelpick {__version__}")
    add_catalog(parser)
    return parser


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."


def _open_app(options: argparse.Namespace) -> int:
    if options.file is not None and not options.file.exists() and "." not in options.file.name:
        suggestion = nearest(str(options.file), (*NAMES, *APP_NAMES))
        if suggestion:
            raise InputError(f"no such file or command{suggestion}", where=str(options.file))
    if not sys.stdin.isatty() and "TEXTUAL_DRIVER" not in os.environ:
        from .engine.adapters.routing_file import load_routing

        if options.file is not None:
            load_routing(options.file)  # what is wrong with the file comes first
        raise InputError("the app needs a terminal; `modelpick solve` prints the plan without one")
    gc.disable()  # what an import makes is not garbage: `run` collects again
    from .tui.app import run

    return run(options.file, options.catalog, options.record, options.replay, not options.no_mouse)


@contextmanager
def _native_silence() -> Iterator[None]:
    """The solver's native code has been seen to print to standard output, which holds the answer only."""
    try:
        sys.stdout.flush()
        kept = os.dup(1)
    except (OSError, AttributeError):  # there is no standard output
        yield
        return
    _silence(1)
    try:
        yield
    finally:
        os.dup2(kept, 1)
        os.close(kept)


def _interruptible(work: Callable[[], T]) -> T:
    """Run in a thread: the solver's native code would not let ctrl+c through on the main one."""
    answers: list[T] = []
    errors: list[BaseException] = []

    def attempt() -> None:
        try:
            answers.append(work())
        except BaseException as error:  # handed over to the main thread, which raises it
            errors.append(error)

    thread = threading.Thread(target=attempt, daemon=True)
    thread.start()
    while thread.is_alive():
        thread.join(0.2)
    if errors:
        raise errors[0]
    return answers[0]


def _print(text: str, status: int) -> int:
    """Results and nothing else go to standard output; a reader that has left early is no error."""
    if sys.stdout is None:
        return _complain("cannot write the answer: there is no standard output")
    with suppress(AttributeError):
        sys.stdout.reconfigure(errors="replace")  # type: ignore[union-attr]
    try:
        sys.stdout.write(text + "\n")
        sys.stdout.flush()
    except BrokenPipeError:
        _silence(sys.stdout.fileno())
    except OSError as error:
        _silence(sys.stdout.fileno())
        return _complain(f"cannot write the answer: {error.strerror or error}")
    return status


def _silence(descriptor: int) -> None:
    """What is written there from now on is lost."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, descriptor)
    os.close(nowhere)


def _complain(message: str) -> int:
    # A name out of a file may hold anything; the message stays one line and moves no cursor.
    line = "".join(character if character.isprintable() else " " for character in message)
    with suppress(OSError, AttributeError):  # it may be closed: the status still tells
        sys.stderr.write(f"modelpick: {line}\n")
    return _UNUSABLE


if __name__ == "__main__":
    main()
