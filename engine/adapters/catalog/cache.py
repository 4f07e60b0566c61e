"""Catalogues that were validated once, kept so that a start need not validate them again.

A file of the cache is the digest of what follows, then a pickle of plain values and of the catalogue's own.
Reading it builds nothing else, whatever the file says: it may name the classes of `engine.domain.catalog`,
dates and the function that puts a value together. A file that is cut short or changed is no cache.
"""

from __future__ import annotations

import gc
import hashlib
import io
import pickle
import sys
from contextlib import suppress
from datetime import date
from enum import Enum
from pathlib import Path
from typing import Any

from pydantic import VERSION, BaseModel
from pydantic_core import PydanticUndefined

from ....version import __version__
from ...domain import catalog as catalog_values
from ...domain.base import Value
from ...domain.catalog import Catalog
from ...domain.errors import InputError
from ..disk import save_bytes
from ..folders import user_folder

_MAX_CACHED = 8  # catalogues in the cache
_DIGEST_BYTES = hashlib.sha256().digest_size
_CLASSES: dict[tuple[str, str], Any] = {
    (kind.__module__, name): kind
    for name, kind in vars(catalog_values).items()
    if isinstance(kind, type) and issubclass(kind, (Value, Enum))
}
_DEFAULTS: dict[
    type[Value], dict[str, Any]
] = {  # every field in its place; None where the file has to give one
    kind: {
        name: None if field.default is PydanticUndefined else field.default
        for name, field in kind.model_fields.items()
    }
    for kind in _CLASSES.values()
    if issubclass(kind, Value)
}
_REQUIRED: dict[type[Value], frozenset[str]] = {
    kind: frozenset(name for name, field in kind.model_fields.items() if field.default is PydanticUndefined)
    for kind in _DEFAULTS
}


def cache_file(contents: list[bytes]) -> Path | None:
    """Where the catalogue of these files is kept, for this release on this Python; None without a home."""
    key = hashlib.sha256("\0".join((__version__, VERSION, sys.version)).encode())
    for module in (catalog_values.__file__, __file__):  # a checkout changes without a new version
        key.update(b"\0" + Path(module).read_bytes())
    for content in contents:
        key.update(b"\0")
        key.update(content)
    with suppress(OSError, RuntimeError):
        return user_folder("cache", appauthor=False) / f"catalog-{key.hexdigest()[:24]}.bin"
    return None


def read_cache(path: Path | None) -> Catalog | None:
    """What was kept; None where the file is missing, damaged, unreadable or of something else."""
    try:
        content = b"" if path is None else path.read_bytes()
    except OSError:
        return None
    digest, payload = content[:_DIGEST_BYTES], content[_DIGEST_BYTES:]
    if hashlib.sha256(payload).digest() != digest:
        return None
    collects = gc.isenabled()
    gc.disable()  # a quarter of the time: thousands of new values, and none of them is garbage
    try:
        catalog = _Unpickler(io.BytesIO(payload)).load()
    except Exception:  # unpickling has no list of what it raises
        return None
    finally:
        if collects:
            gc.enable()
    return catalog if isinstance(catalog, Catalog) else None


def write_cache(path: Path, catalog: Catalog) -> None:
    """Keep a catalogue, and of all that are kept the newest; that it cannot be kept is no error."""
    buffer = io.BytesIO()
    _Pickler(buffer, protocol=5).dump(catalog)
    payload = buffer.getvalue()
    with suppress(OSError, InputError):
        path.parent.mkdir(parents=True, exist_ok=True)
        save_bytes(path, hashlib.sha256(payload).digest() + payload)
        kept = sorted(path.parent.glob("catalog-*"), key=lambda file: file.stat().st_mtime, reverse=True)
        for file in kept[_MAX_CACHED:]:
            file.unlink(missing_ok=True)


def put_together(kind: type[Value], facts: dict[str, Any], given: set[str]) -> Value:
    """A value out of its fields, as they were validated, and the names of those that its file gives.

    Fields with an immutable default that are at it may be left out.
    """
    value = _new(kind)
    _set_fields(value, {**_DEFAULTS[kind], **facts})
    _set_given(value, given)
    _set_extra(value, None)
    _set_private(value, None)
    return value


# Found once: thousands of values are put together, and looking a slot up by its name is a tenth of the time.
_new = object.__new__
_set_fields = vars(BaseModel)["__dict__"].__set__
_set_given = vars(BaseModel)["__pydantic_fields_set__"].__set__
_set_extra = vars(BaseModel)["__pydantic_extra__"].__set__
_set_private = vars(BaseModel)["__pydantic_private__"].__set__


class _Pickler(pickle.Pickler):
    def __init__(self, file: io.BytesIO, protocol: int) -> None:
        super().__init__(file, protocol)
        self._given: dict[frozenset[str], set[str]] = {}  # one of each, which are many
        self._facts: dict[Any, Any] = {}  # likewise texts, dates and tuples of texts

    def reducer_override(self, value: Any) -> Any:
        if not isinstance(value, Value):
            return NotImplemented
        given = value.__pydantic_fields_set__
        shared = self._given.setdefault(frozenset(given), given)
        defaults = _DEFAULTS[type(value)]
        facts = {
            name: self._shared(fact)
            for name, fact in value.__dict__.items()
            if name in _REQUIRED[type(value)] or fact is not defaults[name]
        }
        return put_together, (type(value), facts, shared)

    def _shared(self, fact: Any) -> Any:
        """The one of equal facts that stands for all: those that never change and are equal in every way."""
        if type(fact) is dict:
            return {self._shared(key): self._shared(part) for key, part in fact.items()}
        texts = type(fact) is tuple and all(type(part) is str for part in fact)
        return self._facts.setdefault(fact, fact) if texts or type(fact) in (str, date) else fact


class _Unpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        if (module, name) == (put_together.__module__, put_together.__name__):
            return put_together
        if (module, name) == (date.__module__, date.__name__):
            return date
        return _CLASSES[module, name]
