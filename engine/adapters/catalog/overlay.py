"""The user's own facts: figures written over the catalogue's, every other line left as it is.

Figures of the user's own over the catalogue's: tried in a what-if, or kept in the overlay file.

They have the shape of an overlay, `{"offers": {KEY: {FIELD: VALUE}}, "models": {KEY: {...}}}`; a model's list
of scores is given whole.
"""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

from ...domain.catalog import Catalog, Model, Offer, Source
from ...domain.errors import InputError, nearest
from ..disk import check_plain, read_text, reason, save, there
from ..validation import parse_toml, validated
from .file import PACKAGED, checked_overlay, merged, user_overlay


def overlay_file(named: Path | None, catalog: Path | None, command: str) -> Path:
    """Where to write: the file named, else the user's own overlay, which belongs to the shipped catalogue."""
    if named is not None:
        check_plain(named, "figures are written into what is there")
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


def write(overlay: Path, catalog: Path | None, facts: Mapping[str, Any]) -> str:
    """Lay `facts` (table -> key -> figures) over the file, or leave it as it is; it must load afterwards.

    Returns what `disk.save` has to say. Raises InputError.
    """
    old = read_text(overlay) if there(overlay) else ""
    text = overlaid(old, facts, str(overlay))
    checked_overlay(catalog or PACKAGED, text, overlay)
    try:
        overlay.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"cannot make the folder: {reason(error)}", where=str(overlay)) from None
    return save(overlay, text)


def overlaid(old: str, facts: Mapping[str, Any], where: str = "overlay") -> str:
    """`old` with the figures put in, table by table; a list is replaced whole.

    Comments, order and layout stay (inline tables, dotted keys, arrays of tables). The text returned always
    reads as the old values with the figures over them: where a layout defeats the editing in place, it is
    written anew, with the old comments above it. Raises InputError for bad TOML, or for a value where a table
    belongs.
    """
    facts = {table: rows for table, rows in facts.items() if rows}
    before = parse_toml(old, where)
    _check_tables(before, facts, where)
    expected = merged(before, facts)
    for inline in (False, True):  # below dotted keys a new row has to stand on one line
        with suppress(Exception):  # tomlkit raises many kinds; what follows is right for all of them
            edited_text = _edited_in_place(old, facts, inline)
            if parse_toml(edited_text, where) == expected:
                return edited_text
    return _written_anew(old, expected)


def _check_tables(table: Mapping[str, Any], facts: Mapping[str, Any], where: str, path: str = "") -> None:
    for key, figures in facts.items():
        if key in table and isinstance(figures, Mapping):
            below = f"{path}.{key}" if path else key
            if not isinstance(table[key], Mapping):
                raise InputError("is no table, so no figures can be put into it", key=below, where=where)
            _check_tables(table[key], figures, where, below)


def _edited_in_place(old: str, facts: Mapping[str, Any], inline: bool) -> str:
    import tomlkit

    document = tomlkit.parse(old.replace("\r\n", "\n"))
    for table, rows in facts.items():
        if table not in document:
            document.append(table, tomlkit.table(is_super_table=True))
        for key, figures in rows.items():
            _put(document[table], key, figures, inline)
    text = tomlkit.dumps(document)
    return text.replace("\n", "\r\n") if "\r\n" in old else text


def _put(table: MutableMapping[str, Any], key: str, figures: Any, inline: bool) -> None:
    import tomlkit
    from tomlkit.items import InlineTable

    if isinstance(figures, Mapping) and key in table:
        for name, figure in figures.items():
            _put(table[key], name, figure, inline)
    elif isinstance(figures, Mapping) and not inline and not isinstance(table, InlineTable):
        row = tomlkit.table()
        for name, figure in figures.items():
            row[name] = _item(figure)
        table[key] = row
    else:
        table[key] = _item(figures)


def _item(figure: Any) -> Any:
    """A figure on one line; a list of tables, each on a line of its own."""
    import tomlkit

    if isinstance(figure, Mapping):
        line = tomlkit.inline_table()
        for name, inner in figure.items():
            line[name] = _item(inner)
        return line
    if isinstance(figure, (list, tuple)):
        rows = tomlkit.array()
        for row in figure:
            rows.append(_item(row))
        return rows
    return figure


def _written_anew(old: str, values: Mapping[str, Any]) -> str:
    import tomlkit

    comments = [line.strip() for line in old.splitlines() if line.lstrip().startswith("#")]
    return "".join(f"{line}\n" for line in comments) + tomlkit.dumps(values)


Facts = Mapping[str, Any]
V = TypeVar("V", Offer, Model)
MINE = "mine"  # the source that the user's own figures name
_TITLE = "Your own figures"


def with_facts(catalog: Catalog, facts: Facts) -> Catalog:
    """The catalogue with these figures instead of its own. Raises InputError for one that cannot be."""
    if not facts:
        return catalog
    offers, models = dict(catalog.offers), dict(catalog.models)
    for key, figures in facts.get("offers", {}).items():
        offers[key] = _over(Offer, offers, key, figures)
    for key, figures in facts.get("models", {}).items():
        models[key] = _over(Model, models, key, figures)
    return catalog.model_copy(update={"offers": offers, "models": models})


def _over(kind: type[V], known: Mapping[str, V], key: str, figures: Facts) -> V:
    if key not in known:
        raise InputError(f"unknown {kind.__name__.lower()} {key!r}{nearest(key, known)}", where="what-if")
    data = known[key].model_dump(by_alias=True, exclude_unset=True)
    return validated(kind, merged(data, figures), "what-if")


def with_mine(catalog: Catalog, facts: Facts, day: date) -> Catalog:
    """The catalogue as it is read once the figures are in the overlay. Raises InputError."""
    known = with_facts(catalog, {**facts, "offers": _offers(facts, day)})
    mine = Source(title=_TITLE, as_of=day)
    return known.model_copy(update={"sources": {**known.sources, MINE: mine}})


def _offers(facts: Facts, day: date) -> Facts:
    told = facts.get("offers", {})
    return {key: {**figures, "source": MINE, "as_of": day} for key, figures in told.items()}


def keep(path: Path, facts: Facts, day: date) -> str:
    """Write the figures into the overlay file as the user's own; its other lines stay.

    Returns what `disk.save` has to say. Raises InputError.
    """
    return write(path, None, as_mine(facts, day))


def as_mine(facts: Facts, day: date) -> dict[str, Any]:
    """The figures as an overlay's tables, their source named as the user's own."""
    source = {MINE: {"title": _TITLE, "as_of": day}}
    return {"offers": _offers(facts, day), "models": facts.get("models", {}), "sources": source}
