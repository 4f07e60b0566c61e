"""Parsing and validation: an error is one InputError, a sentence with the key and what was probably meant."""

from __future__ import annotations

import json
import re
import tomllib
from ast import literal_eval
from collections.abc import Mapping, Sequence
from datetime import date, time
from types import NoneType, UnionType
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from ..domain.errors import InputError, nearest
from .quantities import figure_text, is_share, quantity
from .toml_read import loads

V = TypeVar("V", bound=BaseModel)
_BARE = re.compile(r"[A-Za-z0-9_-]+")
_TOML_POSITION = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")
_TABLES = {"dict_type", "model_type", "model_attributes_type"}
_LISTS = {"tuple_type", "list_type"}
_TYPE_MESSAGES = {
    **dict.fromkeys(_LISTS, "should be a list"),
    "string_type": "should be a text in quotes",
    "float_type": "should be a number",
    "int_type": "should be a whole number",
    "int_from_float": "should be a whole number",
    "bool_type": "should be true or false",
    "finite_number": "should be a finite number",
    **dict.fromkeys(
        (
            *("date_type", "date_parsing", "date_from_datetime_parsing", "date_from_datetime_inexact"),
            "datetime_parsing",
        ),
        "should be a date such as 2026-11-23",
    ),
}
_TOML_FIGURE = re.compile(r"=\s*([\d$][^#\n,}\]]*?)\s*(?:#.*)?$")
_TOML_KEYS = re.compile(r"\('[^'\"()\\]*',?(?: '[^'\"()\\]*',?)*\)")  # how the parser writes a table's name
_KEY_AND_MESSAGE = re.compile(r"([\w-]+(?:\.[^\s:]+)*): (.+)", re.DOTALL)


def parse_toml(text: str, where: str) -> dict[str, Any]:
    """The document as plain values. Raises InputError with line and column."""
    try:
        return loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputError(_toml_message(str(error), text), where=where) from None
    except RecursionError:
        raise InputError("nested too deeply", where=where) from None
    except ValueError as error:
        raise InputError(_long_number_message(text) or str(error), where=where) from None


def _long_number_message(text: str) -> str:
    """What is wrong where it is an integer of more than 4,300 digits, which Python does not read."""
    match = re.search(r"[0-9_]{4301}", text)
    line = text.count("\n", 0, match.start()) + 1 if match else 0
    return f"line {line}: a number of more than 4,300 digits" if match else ""


def _toml_message(message: str, text: str) -> str:
    position = _TOML_POSITION.search(message)
    if not position:
        return f"not valid TOML: {message}"
    line, column = position.groups()
    if line is None:
        lines = text.split("\n")
        line, column = str(len(lines)), str(len(lines[-1]) + 1)
    problem = _TOML_KEYS.sub(lambda keys: key_path(literal_eval(keys[0])), message[: position.start()])
    hint = _quantity_hint(text, int(line))
    return f"line {line}, column {column}: not valid TOML: {problem[:1].lower()}{problem[1:]}{hint}"


def _quantity_hint(text: str, line: int) -> str:
    """What was probably meant where a line's value is a figure with a unit: 128k, $500."""
    lines = text.split("\n")
    match = _TOML_FIGURE.search(lines[line - 1]) if line <= len(lines) else None
    if match is None:
        return ""
    number = quantity(match[1], lines[line - 1].partition("=")[0].strip().rpartition(".")[2])
    return "" if number is None or match[1].isdigit() else f" (did you mean {figure_text(number)}?)"


def with_line(error: InputError, text: str) -> InputError:
    """The same error with the line on which its key stands in the text, where that is plain to see."""
    line = _line_of(error.key, text)
    return error if not line else InputError(f"{error.what} (line {line})", key=error.key, where=error.where)


def _line_of(key: str, text: str) -> int:
    if not key or '"""' in text or "'''" in text:
        return 0
    path, table = re.sub(r"\[\d+\]", "", key).replace('"', ""), ""
    for number, line in enumerate(text.split("\n"), 1):
        if header := re.match(r"\s*\[([^\[\]]+)\]", line):
            table = re.sub(r"[\s\"']", "", header[1]) + "."
        elif "=" in line:
            full_key = f"{table}{line.partition('=')[0].strip()}".replace('"', "").replace("'", "")
            if path == full_key or path.startswith(f"{full_key}."):
                return number
    return 0


def validated(kind: type[V], values: Mapping[str, Any], where: str) -> V:
    """The plain values as one of `kind`. Raises InputError: the key, what is wrong, the nearest known key."""
    try:
        return kind.model_validate(values)
    except ValidationError as error:
        raise input_error(kind, error, where) from None


def input_error(kind: type[BaseModel], error: ValidationError, where: str) -> InputError:
    """The first problem in full, and how many more there are."""
    problems = error.errors(include_url=False)
    # An unknown key is often the cause of a missing one: say the cause.
    problems.sort(key=lambda problem: problem["type"] != "extra_forbidden")
    key, message = _describe(kind, problems[0])
    more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
    return InputError(message + more, key=key, where=where)


def key_path(parts: Sequence[str | int]) -> str:
    """A path as TOML writes it: labels."my label".routes[0].share"""
    text = ""
    for part in parts:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            name = part if _BARE.fullmatch(part) else json.dumps(part, ensure_ascii=False)
            text += f".{name}" if text else name
    return text


def _describe(kind: type[BaseModel], problem: ErrorDetails) -> tuple[str, str]:
    """(key, what is wrong with it)."""
    parts = [part for part in problem["loc"] if part != "[key]"]
    key, given = key_path(parts), _value_text(problem["input"])
    if problem["type"] == "extra_forbidden":
        return key, f"unknown key{nearest(str(parts[-1]), _known_keys(kind, parts[:-1]))}"
    if problem["type"] == "missing":
        return key, "is missing"
    if problem["type"] in _TYPE_MESSAGES:
        return key, f"{_TYPE_MESSAGES[problem['type']]}, not {given}{_suggestion(parts, problem)}"
    if problem["type"] in ("value_error", "assertion_error"):
        return _split_key(key, problem["msg"].partition(", ")[2])
    message = problem["msg"].removeprefix("Input ")
    if problem["type"] == "too_short":
        return key, "is empty"
    if problem["type"] in _TABLES:
        message = "should be a table"
    if problem["type"] in ("literal_error", "enum"):
        known = [word for pair in re.findall(r"'([^']*)'|(\d+)", problem["msg"]) for word in pair if word]
        number = isinstance(problem["input"], str) and problem["input"] in re.findall(r"\d+", problem["msg"])
        hint = f" (did you mean {problem['input']}?)" if number else nearest(str(problem["input"]), known)
        return key, f"should be {' or '.join(known)}, not {given}{hint}"
    return key, f"{message[:1].lower()}{message[1:]}, not {given}{_suggestion(parts, problem)}"


def _suggestion(parts: Sequence[str | int], problem: ErrorDetails) -> str:
    """What was probably meant, where a figure has a unit, a list is a text or a share is a percentage."""
    given, kind = problem["input"], problem["type"]
    names = [str(part) for part in parts]
    name = next((part for part in reversed(names) if is_share(part)), names[-1] if names else "")
    if kind in _LISTS:
        return (
            f" (did you mean [{json.dumps(given, ensure_ascii=False)}]?)"
            if isinstance(given, str) and name != "routes"
            else ""
        )
    if kind == "bool_type" and str(given).lower() in ("true", "yes", "on", "1", "false", "no", "off", "0"):
        return f" (did you mean {str(str(given).lower() in ('true', 'yes', 'on', '1')).lower()}?)"
    if isinstance(given, str) and kind in ("float_type", "int_type"):
        number = quantity(given, name)
    elif kind == "less_than_equal" and is_share(name) and 2 <= given <= 100:
        number = float(given) / 100
    else:
        return ""
    return "" if number is None else f" (did you mean {figure_text(number)}?)"


def _split_key(key: str, message: str) -> tuple[str, str]:
    """Our own validators name the key inside their value: 'min_quality: needs skills'."""
    named = _KEY_AND_MESSAGE.fullmatch(message)
    if not named:
        return key, message
    return (f"{key}.{named[1]}" if key else named[1]), named[2]


def _value_text(value: object) -> str:
    """The value given, as a message names it."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (date, time)):
        return value.isoformat()
    if isinstance(value, Mapping):
        return "a table"
    if isinstance(value, (list, tuple)):
        return "a list"
    try:
        text = repr(value)
    except ValueError:  # an integer of more than 4,300 digits
        return "a number that long"
    return text if len(text) <= 60 else f"{text[:57]}..."


def _known_keys(kind: type[BaseModel], parts: Sequence[str | int]) -> list[str]:
    """The keys known at a place inside `kind`."""
    annotation: Any = kind
    for part in parts:
        annotation = _annotation_at(annotation, part)
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [field.alias or name for name, field in annotation.model_fields.items()]
    return []


def _annotation_at(kind: Any, part: str | int) -> Any:
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        for name, field in kind.model_fields.items():
            if part in (name, field.alias):
                return _plain_annotation(field.annotation)
        return None
    arguments = get_args(kind)
    return _plain_annotation(arguments[0 if isinstance(part, int) else -1]) if arguments else None


def _plain_annotation(kind: Any) -> Any:
    """The type without Annotated and without `| None`."""
    if get_origin(kind) is Annotated:
        return _plain_annotation(get_args(kind)[0])
    if get_origin(kind) in (Union, UnionType):
        return next((_plain_annotation(a) for a in get_args(kind) if a is not NoneType), None)
    return kind
