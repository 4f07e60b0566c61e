"""Changes said on the command line.

--set PATH=VALUE: a rule of the routing. --host MODEL:usd_per_hour=4,rpm=120: a machine of one's own that the
catalogue does not have (yet).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from pydantic import ValidationError

from ..domain.catalog import Catalog, Offer, Provider
from ..domain.errors import InputError, nearest
from ..domain.levels import canonical, is_covered, spelled_out, unknown_name
from ..domain.routing import Routing
from ..domain.rules import list_fields, quality_rules
from .quantities import quantity
from .serialization import to_table
from .toml_read import loads
from .validation import input_error, key_path, validated

_WORD = re.compile(r"[A-Za-z_][\w./:@+-]*")
_WHERE = "--set"


def with_sets(routing: Routing, sets: Sequence[str]) -> Routing:
    """`routing` with each `PATH=VALUE` applied in turn; `PATH=` clears a rule.

    Values are TOML; a bare word is text. Raises InputError naming the path and the nearest known key.
    """
    if not sets:
        return routing
    values = to_table(routing)
    apply_sets(values, sets)
    try:
        return Routing.model_validate(values)
    except ValidationError as error:
        raise _new_label(routing, error) or input_error(Routing, error, _WHERE) from None


def apply_sets(table: dict[str, Any], sets: Sequence[str]) -> None:
    """Lays each `PATH=VALUE` into the table in turn. Raises InputError for what is no path and value."""
    for text in sets:
        path, value = _parse_set(text)
        _apply(table, _with_whole_label(table, path), value, text)


def split_set(text: str) -> tuple[str, str]:
    """PATH and VALUE of a change, as they were written. Raises InputError where there is no path."""
    for at in (match.start() for match in re.finditer("=", text)):  # a quoted key may hold a '='
        if _parse_path(text[:at]) is not None:
            return text[:at].strip(), text[at + 1 :].strip()
    if "=" in text:
        raise InputError(
            "the path is not a dotted key such as labels.think.min_quality", where=f"{_WHERE} {text}"
        )
    raise InputError("needs PATH=VALUE, for example labels.think.min_quality=80", where=f"{_WHERE} {text}")


def _parse_set(text: str) -> tuple[list[str], Any]:
    path_text, value_text = split_set(text)
    path = _parse_path(path_text) or []
    return path, _parse_value(value_text, text, path[-1] if path else "")


def _parse_path(text: str) -> list[str] | None:
    if "\n" in text:
        return None
    try:
        nested: Any = loads(f"{text} = 0")
    except (ValueError, RecursionError):
        return None
    path: list[str] = []
    while isinstance(nested, dict):
        ((key, nested),) = nested.items()
        path.append(key)
    return path


def _parse_value(text: str, whole: str, name: str) -> Any:
    """A TOML value; names of a list may stand bare, with commas, and figures may have a unit."""
    if not text:
        return None
    if name in (*list_fields(), "fallbacks") and not text.startswith("["):
        words = [word.strip().strip("\"'") for word in text.split(",")]
        return [word for word in words if word]
    try:
        document = loads(f"x = {text}")
    except (ValueError, RecursionError):
        document = {}
    if list(document) == ["x"]:
        return document["x"]
    if _WORD.fullmatch(text):
        return text
    if name in quality_rules() and text[:1].isalpha():  # a model, and points: gpt-5 - 5
        return text
    if (number := quantity(text, name)) is not None:
        return int(number) if number.is_integer() and abs(number) < 1e15 else number
    raise InputError(
        f"{text!r} is not a TOML value; quote a text, as in '\"a b\"'", where=f"{_WHERE} {whole}"
    )


def _with_whole_label(table: dict[str, Any], path: list[str]) -> list[str]:
    """The path with a label's name in one piece: a name may hold dots, and reports print it as it is."""
    labels = table.get("labels")
    if path[0] != "labels" or not isinstance(labels, dict) or (len(path) > 1 and path[1] in labels):
        return path
    names = ((".".join(path[1:end]), end) for end in range(3, len(path)))
    return next((["labels", name, *path[end:]] for name, end in names if name in labels), path)


def _apply(table: dict[str, Any], path: list[str], value: Any, text: str) -> None:
    for at, key in enumerate(path[:-1]):
        inner = table.setdefault(key, {})
        if not isinstance(inner, dict):
            what = f"has no keys inside, so {path[at + 1]!r} cannot be set"
            raise InputError(what, key=key_path(path[: at + 1]), where=f"{_WHERE} {text}")
        table = inner
    if value is None:
        table.pop(path[-1], None)
    else:
        table[path[-1]] = value


def _new_label(routing: Routing, error: ValidationError) -> InputError | None:
    """A label that is new and incomplete is more likely a misspelt one."""
    for problem in error.errors(include_url=False):
        loc = problem["loc"]
        if (
            len(loc) > 1
            and loc[0] == "labels"
            and loc[1] not in routing.labels
            and problem["type"] == "missing"
        ):
            close = nearest(str(loc[1]), routing.labels)
            return InputError(f"no such label{close}", key=key_path(loc[:2]), where=_WHERE)
    return None


PROVIDER = "self-hosted"
_HOSTING = ("usd_per_hour", "rpm", "tpm")
_SPEED = ("ttft", "tps", "spread")
_HOST_WHERE = "--host"


def with_hosts(catalog: Catalog, texts: Sequence[str]) -> Catalog:
    """The catalogue, its levels spelled out, with an offer self-hosted/MODEL for each text; its tokens cost
    nothing but the rent. MODEL without a level stands for all of them.

    Without ttft and tps its speed is unknown, and labels with max_latency do not use it. Raises InputError.
    """
    if not texts:
        return catalog
    catalog = spelled_out(catalog)
    offers = dict(catalog.offers)
    for text in texts:
        model, _, facts = text.partition(":")
        name = canonical(model, catalog.models)
        if name not in catalog.models:
            what = unknown_name("model", model, catalog.models, catalog.models)
            raise InputError(what, where=_HOST_WHERE)
        hosted = _offer(text, facts)
        levels = [level for level in catalog.models if is_covered(level, [model], catalog.models)]
        offers |= {f"{PROVIDER}/{level}": hosted for level in levels}
    providers = {PROVIDER: Provider(name="Self-hosted", trains_on_data=False), **catalog.providers}
    return catalog.model_copy(update={"providers": providers, "offers": offers})


def _offer(text: str, facts: str) -> Offer:
    numbers: dict[str, float] = {}
    for part in facts.split(","):
        key, _, figure = part.partition("=")
        key = key.strip()
        if key not in (*_HOSTING, *_SPEED):
            close = nearest(key, (*_HOSTING, *_SPEED))
            raise InputError(
                f"unknown key {key!r}{close}; give usd_per_hour and rpm or tpm; ttft, tps, spread too",
                where=f"{_HOST_WHERE} {text}",
            )
        number = quantity(figure, key)
        if number is None:
            raise InputError(f"{key}: {figure!r} is not a number", where=f"{_HOST_WHERE} {text}")
        numbers[key] = number
    hosting = {key: numbers[key] for key in _HOSTING if key in numbers}
    speed = {key: numbers[key] for key in _SPEED if key in numbers}
    facts_of_offer = {"input": 0.0, "output": 0.0, "hosting": hosting, **speed}
    return validated(Offer, facts_of_offer, f"{_HOST_WHERE} {text}")
