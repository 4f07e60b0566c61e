"""Parsers of commands: complaints as every other error has them, examples under each --help, subcommands."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterable, Mapping
from textwrap import wrap
from typing import NoReturn

from ..domain.errors import InputError, nearest
from . import Command
from .examples import EXAMPLES
from .options import add_catalog, add_json

HELP_COLUMNS = 80  # of what stands around the options, however wide the terminal
_KINDS = {"int": "a whole number"}  # argparse's name of a reader -> what it takes


class Parser(argparse.ArgumentParser):
    """Complains in one line as every other error: the option, what is wrong with it, the nearest known."""

    def error(self, message: str) -> NoReturn:
        """Raises InputError, in the words of ours."""
        command = self.prog.removeprefix("modelpick").strip()
        raise InputError(self._sentence(message), where=command)

    def _sentence(self, message: str) -> str:
        if unknown := re.fullmatch(r"unrecognized arguments: (.*)", message):
            word = unknown[1].split()[0].partition("=")[0]
            # Dashes are no likeness.
            names = [name[2:] for name in self._option_string_actions if name.startswith("--")]
            hint = nearest(word[2:], names) if word.startswith("--") else ""
            known = hint.replace("'", "'--", 1)
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


def parser_of(name: str, command: Command, subcommand: str = "") -> Parser:
    """The parser of `modelpick NAME [SUBCOMMAND]`, with --json, --catalog and examples."""
    words = f"{name} {subcommand}".strip()
    about = subcommands(command)[subcommand] if subcommand else command.HELP
    parser = Parser(
        prog=f"modelpick {words}",
        description="\n".join(wrap(sentence(about), HELP_COLUMNS)),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    if subcommand:
        command.subcommand_arguments(parser, subcommand)  # type: ignore[attr-defined]
    else:
        command.arguments(parser)
    remark = "\n".join(wrap(parser.epilog or "", HELP_COLUMNS))
    parser.epilog = "\n\n".join(block for block in (examples_text(words), remark) if block)
    add_json(parser)
    add_catalog(parser)
    return parser


def subcommands(command: Command) -> dict[str, str]:
    """Subcommand -> what it does, of the commands that have any."""
    return dict(getattr(command, "SUBCOMMANDS", {}))


def overview(name: str, command: Command) -> str:
    """The help of a command with subcommands: these, and examples."""
    known = subcommands(command)
    lines = [f"usage: modelpick {name} {'|'.join(known)} ... (--help says more)", ""]
    lines += [sentence(command.HELP), ""]
    lines.append(listing(known))
    return "\n".join([*lines, "", examples_text(*(f"{name} {subcommand}" for subcommand in known))])


def listing(meanings: Mapping[str, str]) -> str:
    """A line for each word and what it does, which goes on below its beginning where it is long."""
    size = max(map(len, meanings)) + 4
    lines = (
        wrap(text, HELP_COLUMNS, initial_indent=f"  {word}".ljust(size), subsequent_indent=" " * size)
        for word, text in meanings.items()
    )
    return "\n".join(line for entry in lines for line in entry)


def examples_text(*commands: str) -> str:
    """'examples:' and the lines, each with what it does under it; '' where there are none."""
    pairs = [pair for words in commands for pair in EXAMPLES.get(words, ())]
    lines = [line for example, meaning in pairs for line in (f"  {example}", f"      {meaning}")]
    return "\n".join(["examples:", *lines]) if lines else ""


def sentence(text: str) -> str:
    """With a capital and a full stop."""
    return f"{text[:1].upper()}{text[1:]}."


def split_subcommand(words: Iterable[str], known: Iterable[str]) -> tuple[str, list[str]]:
    """The first word that is a subcommand ('' without one), and the other words."""
    rest, names = list(words), set(known)
    for at, word in enumerate(rest):
        if word in names:
            return word, rest[:at] + rest[at + 1 :]
    return "", rest
