"""The user's own facts: figures written over the catalogue's, every other line left as it is."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..domain.catalog import Catalog
from ..domain.errors import InputError
from .catalogs import PACKAGED, checked_overlay, user_overlay
from .disk import read_text, save, there


def overlay_file(named: Path | None, catalog: Path | None, command: str) -> Path:
    """Where to write: the file named, else the user's own overlay, which belongs to the shipped catalogue."""
    if named is not None:
        return named
    if catalog is not None:
        what = "your own overlay belongs to the shipped catalogue; with --catalog name a file with --overlay"
        raise InputError(what, where=command)
    mine = user_overlay()
    if mine is None:
        raise InputError("there is no home folder; name a file with --overlay", where=command)
    return mine


def after(overlay: Path, catalog: Path | None, facts: Mapping[str, Any]) -> Catalog:
    """The catalogue as `write` would leave it. Raises InputError."""
    old = read_text(overlay) if there(overlay) else ""
    return checked_overlay(catalog or PACKAGED, overlaid(old, facts, str(overlay)), overlay)


def write(overlay: Path, catalog: Path | None, facts: Mapping[str, Any]) -> None:
    """Lay `facts` (table -> key -> figures) over the file, or leave it as it is; it must load afterwards."""
    old = read_text(overlay) if there(overlay) else ""
    text = overlaid(old, facts, str(overlay))
    checked_overlay(catalog or PACKAGED, text, overlay)
    try:
        overlay.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"cannot save: {error.strerror or error}", where=str(overlay)) from None
    save(overlay, text)


def overlaid(old: str, facts: Mapping[str, Any], where: str = "overlay") -> str:
    """`old` with the figures put in; comments, order and other keys stay. Raises InputError for bad TOML."""
    import tomlkit
    from tomlkit.exceptions import TOMLKitError

    try:
        document = tomlkit.parse(old)
        for table, rows in facts.items():
            under = document.setdefault(table, tomlkit.table(is_super_table=True))
            for key, figures in rows.items():
                row = under.setdefault(key, tomlkit.table())
                for name, value in figures.items():
                    row[name] = _lines(value) if isinstance(value, list) else value
    except (TOMLKitError, TypeError, AttributeError) as error:
        raise InputError(f"not an overlay that can be added to: {error}", where=where) from None
    return tomlkit.dumps(document)


def _lines(rows: list[Any]) -> Any:
    """A list of tables, each on one line."""
    import tomlkit

    found = tomlkit.array()
    for row in rows:
        line = tomlkit.inline_table()
        if isinstance(row, Mapping):
            line.update(dict(row))
        found.append(line if isinstance(row, Mapping) else row)
    return found
