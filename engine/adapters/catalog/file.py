"""The catalogue: the shipped file or another, the user's overlay, and a cache of what was validated."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from ...domain.catalog import Catalog
from ...domain.errors import InputError
from ...domain.levels import spelled_out
from ..disk import decode, exists, read_content, read_text
from ..folders import user_folder
from ..validation import input_error, parse_toml
from .cache import cache_file, read_cache, write_cache

PACKAGED = Path(__file__).parents[3] / "catalog.toml"


def load_catalog(
    path: str | os.PathLike[str] | None = None, overlay: str | os.PathLike[str] | None = None
) -> Catalog:
    """The catalogue at `path`, else the shipped one, with `overlay` merged over it key by key.

    Without `path` and `overlay`, the user's own overlay (catalog.toml in modelpick's configuration folder) is
    used where there is one. Raises InputError.
    """
    if overlay is None and path is None:
        mine = user_overlay()
        overlay = mine if mine is not None and exists(mine) else None
    base = PACKAGED if path is None else Path(path)
    over = None if overlay is None else Path(overlay)
    files = [base, over] if over else [base]
    contents = [read_content(file) for file in files]
    cache = cache_file(contents)
    cached = read_cache(cache)
    if cached is not None:
        return cached
    texts = [decode(content, str(file)) for content, file in zip(contents, files, strict=True)]
    catalog = _validated(texts, base, over)
    if cache is not None:
        write_cache(cache, catalog)
    return catalog


def load_spelled_out(path: str | os.PathLike[str] | None = None) -> Catalog:
    """The same catalogue with every reasoning level of every offer written out. Raises InputError."""
    return spelled_out(load_catalog(path))


def catalog_hash(catalog: Catalog) -> str:
    """Sixteen hex digits that change with any fact of the catalogue, its levels spelled out or not."""
    dumped = spelled_out(catalog).model_dump(mode="json", by_alias=True, exclude_defaults=True)
    facts = json.dumps(dumped, sort_keys=True)
    return hashlib.sha256(facts.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def user_overlay() -> Path | None:
    """Where the user's own facts are looked for; None where there is no home folder."""
    try:
        return user_folder("config", appauthor=False) / "catalog.toml"
    except (OSError, RuntimeError):
        return None


def merged(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """`over` laid over `base`, table by table; lists are replaced whole."""
    both = dict(base)
    for key, upper in over.items():
        lower = both.get(key)
        tables = isinstance(lower, Mapping) and isinstance(upper, Mapping)
        both[key] = merged(lower, upper) if tables else upper  # type: ignore[arg-type]
    return both


def checked_overlay(base: Path, text: str, overlay: Path) -> Catalog:
    """The catalogue that `base` and an overlay's text would make. Raises InputError where they make none."""
    return _validated([read_text(base), text], base, overlay)


def _validated(texts: list[str], base: Path, overlay: Path | None) -> Catalog:
    values = parse_toml(texts[0], str(base))
    over = parse_toml(texts[1], str(overlay)) if overlay else {}
    if not values:
        raise InputError(
            "empty: a catalogue needs schema, as_of, providers, models and offers", where=str(base)
        )
    if "labels" in values and "offers" not in values:
        raise InputError("is a routing file, not a catalogue; it goes without --catalog", where=str(base))
    try:
        return Catalog.model_validate(merged(_without_estimates(values, over), over))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]["loc"]
        added = _has(over, first[:-1]) and not _has(values, first[:-1])  # the overlay's row lacks a key
        where = overlay if overlay and (_has(over, first) or added) else base
        raise input_error(Catalog, error, str(where)) from None


def _without_estimates(base: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    """The base without the estimated speeds of offers of which the overlay has both medians.

    What was said of the estimate, its wider spread among it, must not be taken as said of the new figures.
    """
    offers, own = base.get("offers"), over.get("offers")
    if not (isinstance(offers, Mapping) and isinstance(own, Mapping)):
        return base
    bare: dict[str, Any] = {}
    for key, row in own.items():
        plain = offers.get(key)
        timed = isinstance(row, Mapping) and "ttft" in row and "tps" in row
        if timed and isinstance(plain, Mapping) and plain.get("speed_basis"):
            bare[key] = {name: fact for name, fact in plain.items() if name not in _OF_ESTIMATE}
    return {**base, "offers": {**offers, **bare}} if bare else base


_OF_ESTIMATE = ("spread", "speed_basis", "speed_source", "speed_as_of")


def _has(table: Any, path: tuple[int | str, ...]) -> bool:
    """Whether a table has something at that path, or a list on the way to it."""
    for key in path:
        if not isinstance(table, Mapping) or key not in table:
            return isinstance(table, list)
        table = table[key]
    return bool(path)
