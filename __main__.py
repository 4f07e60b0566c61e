"""The command line: `modelpick [FILE]` opens the app, `modelpick COMMAND ...` prints.

Exit status: 0 done; 1 no plan meets the rules; 2 unusable input; 3 the time limit passed without a plan;
130 interrupted.
"""

from __future__ import annotations

import argparse
import gc
import os
import shutil
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from importlib import import_module
from keyword import iskeyword
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn, TypeVar, cast

from .engine.commands import NAMES, VERBATIM, Command
from .engine.commands.options import add_catalog
from .engine.commands.parsers import Parser, listing, overview, parser_of, split_subcommand, subcommands
from .engine.domain.errors import InputError, ModelpickError, nearest
from .tui.commands import NAMES as APP_NAMES
from .version import __version__

if TYPE_CHECKING:
    from .engine.adapters.report.text import Page

T = TypeVar("T")
_UNUSABLE, _INTERRUPTED = 2, 130
COMMANDS = (*NAMES, *APP_NAMES)


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
        _remove_temporary_folders()
        with suppress(OSError, AttributeError):
            sys.stderr.flush()
        os._exit(_INTERRUPTED)
    sys.exit(status)


def _run(words: list[str]) -> int:
    if words[:1] == ["help"]:
        words = [*words[1:], "--help"]
        if words[0] not in (*COMMANDS, "--help"):
            raise InputError(f"no such command{nearest(words[0], COMMANDS)}", where=words[0])
    if words and words[0] in COMMANDS:
        name, command = words[0], command_of(words[0])
        subcommand, words = split_subcommand(words[1:], subcommands(command))
        if subcommands(command) and not subcommand:
            return _print(*_without_subcommand(name, command, words))
        options = parser_of(name, command, subcommand).parse_intermixed_args(words)
        if name == "completion":
            options.parser = whole_parser()
        if name in (*APP_NAMES, "init") or getattr(command, "SERVES", False):
            text, status = command.run(options)  # a server handles signals, so it must have the main thread
            return _print(text, status) if text else status
        page = _page()  # before standard output is silenced
        with _native_silence():
            text, status = _interruptible(lambda: _answer(page, name, command, options))
        return _print(text, status)
    return _open_app(_app_parser().parse_args(words))


def _without_subcommand(name: str, command: Command, words: list[str]) -> tuple[str, int]:
    """The help of a command that needs a subcommand. Raises InputError where none was asked for."""
    if {"-h", "--help"} & set(words):
        return overview(name, command), 0
    known = subcommands(command)
    wrong = next((word for word in words if not word.startswith("-")), "")
    if wrong:
        raise InputError(f"{wrong!r} is none of {', '.join(known)}{nearest(wrong, known)}", where=name)
    raise InputError(f"needs {'|'.join(known)}; --help says more", where=name)


def _page() -> Page:
    """The terminal that standard output is, or 80 columns without colour; COLUMNS goes before both."""
    from .engine.adapters.report.text import NARROWEST, Page

    plain = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
    colour = sys.stdout is not None and sys.stdout.isatty() and not plain
    return Page(max(shutil.get_terminal_size((80, 24)).columns, NARROWEST), colour)


def _answer(page: Page, name: str, command: Command, options: argparse.Namespace) -> tuple[str, int]:
    """A command's text, laid out for the page, and its status."""
    from .engine.adapters.report.text import fitted, printing_on

    with printing_on(page):
        text, status = command.run(options)
        prose = not options.json and getattr(options, "format", None) not in ("json", "github", "html", "md")
        is_file = name in VERBATIM or str(getattr(options, "output", None)) == "-"
        return (fitted(text) if prose and not is_file else text), status


def _keep(words: list[str]) -> None:
    """Lets a command that has something to keep do so before the end."""
    keep = getattr(command_of(words[0]), "interrupted", None) if words and words[0] in NAMES else None
    if keep is not None:
        with suppress(Exception, KeyboardInterrupt):
            keep()


def _remove_temporary_folders() -> None:
    """What an import has unpacked, or has of standard input: an exit at once would leave it."""
    temporary = sys.modules.get(f"{__package__}.engine.adapters.temporary")
    if temporary is not None:
        with suppress(Exception, KeyboardInterrupt):
            temporary.remove_all()


def command_of(name: str) -> Command:
    """The module of a command."""
    module = f"{name}_" if iskeyword(name) else name  # import
    room = ".tui" if name in APP_NAMES else ".engine"
    return cast(Command, import_module(f"{room}.commands.{module}", __package__))


class _AppParser(Parser):
    """Lists the commands below its help; only that reads all of them."""

    def format_help(self) -> str:
        commands = {name: command_of(name).HELP for name in COMMANDS}
        commands["help"] = "what one takes, with examples"
        self.epilog = f"commands, for scripts and pipes:\n{listing(commands)}"
        return super().format_help()


def _app_parser() -> argparse.ArgumentParser:
    parser = _AppParser(
        prog="modelpick",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        description="Picks the models behind your AI router: the best mix per label.",
        usage="modelpick [FILE] [options]\n       modelpick COMMAND ... (--help says more)",
    )
    parser.add_argument(
        "file", nargs="?", type=Path, metavar="FILE", help="a routing file to open in the app"
    )
    _add_app_options(parser)
    return parser


def _add_app_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--record", type=Path, metavar="LINES", help="write the edits here, a line each")
    parser.add_argument("--replay", type=Path, metavar="LINES", help="repeat the edits of a record first")
    parser.add_argument("--no-mouse", action="store_true", help="leave the mouse to the terminal")
    parser.add_argument("--version", action="version", version=f"modelpick {__version__}")
    add_catalog(parser)


def whole_parser() -> argparse.ArgumentParser:
    """All commands and subcommands in one parser, for completion and the documentation."""
    whole = Parser(prog="modelpick")
    _add_app_options(whole)
    commands = whole.add_subparsers(metavar="COMMAND", parser_class=Parser)
    for name in COMMANDS:
        command = command_of(name)
        known = subcommands(command)
        if not known:
            commands.add_parser(name, parents=[parser_of(name, command)], add_help=False, help=command.HELP)
            continue
        inner = commands.add_parser(name, help=command.HELP).add_subparsers(metavar="SUBCOMMAND")
        for subcommand, about in known.items():
            parents = [parser_of(name, command, subcommand)]
            inner.add_parser(subcommand, parents=parents, add_help=False, help=about)
    return whole


def _open_app(options: argparse.Namespace) -> int:
    if options.file is not None and not options.file.exists() and "." not in options.file.name:
        suggestion = nearest(str(options.file), COMMANDS)
        if suggestion:
            raise InputError(f"no such file or command{suggestion}", where=str(options.file))
    if not sys.stdin.isatty() and "TEXTUAL_DRIVER" not in os.environ:
        from .engine.adapters.routing_file import load_routing

        if options.file is not None:
            load_routing(options.file)  # what is wrong with the file comes first
        raise InputError("the app needs a terminal; `modelpick solve` prints the plan without one")
    gc.disable()  # what an import makes is not garbage: `run` collects again
    from .tui.app import run

    status = run(options.file, options.catalog, options.record, options.replay, not options.no_mouse)
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:  # the terminal is closed: Python would end with a status of its own
            _silence(stream.fileno())
    return status


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
