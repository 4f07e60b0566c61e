"""The keys by name: what can be remapped in the config file, and whether a remapping can be."""

from __future__ import annotations

import pkgutil
from collections import defaultdict
from collections.abc import Iterator, Mapping
from importlib import import_module
from pathlib import Path

from textual.binding import Binding
from textual.dom import DOMNode
from textual.keys import KEY_ALIASES, Keys

from ..engine.domain.errors import InputError, nearest
from .textual_private import key_of_character

_PACKAGE = __name__.rpartition(".")[0]
_MODIFIERS = ("ctrl", "alt", "shift", "super", "meta", "hyper")
_NAMED = (
    {key.value.rpartition("+")[2] for key in Keys} | set(KEY_ALIASES) | {"space", "comma", "plus", "minus"}
)


def every_node() -> list[type[DOMNode]]:
    """The app's own screens, panels and dialogs."""
    package = import_module(_PACKAGE)
    for module in pkgutil.walk_packages(package.__path__, f"{_PACKAGE}."):
        import_module(module.name)
    classes = {node for node in _below(DOMNode) if node.__module__.startswith(f"{_PACKAGE}.")}
    return sorted(classes, key=lambda node: (node.__module__, node.__qualname__))


def _below(node: type[DOMNode]) -> Iterator[type[DOMNode]]:
    for child in node.__subclasses__():
        yield child
        yield from _below(child)


def named_bindings(node: type[DOMNode]) -> list[Binding]:
    """The bindings of a class that have a name, those it inherits included."""
    named: dict[tuple[str, str], Binding] = {}
    for base in node.__mro__:
        for binding in Binding.make_bindings(base.__dict__.get("BINDINGS", ())):
            if binding.id and base.__module__.startswith(f"{_PACKAGE}."):
                named.setdefault((binding.id, binding.key), binding)
    return list(named.values())


def table() -> dict[str, tuple[str, list[str]]]:
    """Name -> what it does, and its keys."""
    rows: dict[str, tuple[str, list[str]]] = {}
    for node in every_node():
        for binding in named_bindings(node):
            keys = rows.setdefault(binding.id or "", (binding.description, []))[1]
            if binding.key not in keys:
                keys.append(binding.key)
    return rows


def check_keys(keys: Mapping[str, str], path: Path) -> None:
    """Raises InputError for a name or a key that does not exist, and for a key that is taken."""
    known = table()
    for name, text in keys.items():
        if name not in known:
            what = f"no key has that name{nearest(name, known)}; `modelpick keys` lists them"
            raise InputError(what, key=f"keys.{name}", where=str(path))
        for key in text.split(","):
            _check_key(name, key, path)
    for nodes in _scopes():
        _check_clashes(nodes, keys, path)


def _check_key(name: str, key: str, path: Path) -> None:
    *modifiers, last = [key] if len(key) == 1 else key.split("+")
    wrong = next((word for word in modifiers if word not in _MODIFIERS), None)
    if modifiers and len(last) == 1 and last.isalpha() and (last.isupper() or modifiers == ["shift"]):
        other = last.upper() if modifiers == ["shift"] else "+".join((*modifiers, last.lower()))
        what = f"no terminal sends {key!r}; write {other!r}"
    elif wrong is not None:
        what = f"{wrong!r} in {key!r} is no modifier{nearest(wrong, _MODIFIERS)}"
    elif len(last) == 1 or last in _NAMED or last in _punctuation():
        return
    else:
        what = f"there is no key {key!r}{nearest(last, _NAMED)}"
    raise InputError(what, key=f"keys.{name}", where=str(path))


def _punctuation() -> set[str]:
    return {key_of_character(chr(code)) for code in range(33, 127)}


def _scopes() -> Iterator[list[type[DOMNode]]]:
    """Classes whose keys work at the same time: a screen or a dialog with each of its panels, and the app."""
    from .base_screen import BaseScreen

    nodes = every_node()
    app = [node for node in nodes if node.__name__ == "ModelpickApp"]
    for node in nodes:
        if not issubclass(node, BaseScreen):
            yield [node]
        elif not node.__subclasses__():  # others are only what screens have in common
            yield [node, *app]
            yield from ([panel, node, *app] for panel in node.PANELS)


def _check_clashes(nodes: list[type[DOMNode]], keys: Mapping[str, str], path: Path) -> None:
    from .dialogs.prompts import ANSWERS, Ask

    taken: dict[str, set[str]] = defaultdict(set)
    usual: dict[str, set[str]] = defaultdict(set)
    actions: dict[str, str] = {}
    for node in nodes:
        for binding in named_bindings(node):
            name = binding.id or ""
            usual[_one(binding.key)].add(name)
            actions[name] = binding.action
            for key in keys[name].split(",") if name in keys else (binding.key,):
                taken[_one(key)].add(name)
    for key, names in taken.items():
        mine = next((name for name in sorted(names) if name in keys), None)
        if mine is None:
            continue
        if Ask in nodes and key in ANSWERS:
            what = f"{key!r} answers questions, such as whether to save; give {mine!r} another one"
            raise InputError(what, key=f"keys.{mine}", where=str(path))
        # Two that share a key as they come are told apart by the screen.
        shared = usual[key] if mine in usual[key] else set()
        others = {name for name in names - shared if actions[name] != actions[mine]}
        if others:
            other = min(others)
            what = f"{key!r} is the key of {other!r} as well; give {other!r} another one"
            raise InputError(what, key=f"keys.{mine}", where=str(path))


def _one(key: str) -> str:
    """A key by the name that it arrives under, whatever it is called."""
    name = key_of_character(key) if len(key) == 1 else key
    return next((first for first, others in KEY_ALIASES.items() if name in others), name)
