"""The user's overlay: figures laid over the catalogue's, tried in memory (a what-if) or written into a file.

Figures are overrides in the overlay's own shape, `{"offers": {KEY: {FIELD: VALUE}}, "models": {KEY: {...}}}`;
a list, such as a model's scores, is given whole. `write_overlay` is the only function that writes the file.
"""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

from ...domain.catalog import Catalog, Model, Offer, Source, plain_offer
from ...domain.errors import InputError, nearest
from ...domain.levels import spelled_out, split_level, unknown_name
from ..disk import check_plain, exists, read_text, reason_text, save
from ..validation import parse_toml, validated
from .file import PACKAGED, checked_overlay, merged, user_overlay

Overrides = Mapping[str, Any]  # table -> key -> field -> figure
V = TypeVar("V", Offer, Model)
OWN_SOURCE = "mine"  # the source that the user's own figures name
_OWN_TITLE = "Your own figures"


# Overrides in memory


def with_overrides(catalog: Catalog, overrides: Overrides) -> Catalog:
    """The catalogue, its levels not spelled out, with these figures of offers and models instead of its own.

    Raises InputError for an offer or model that is not in it, and for a figure that it cannot have.
    """
    if not overrides:
        return catalog
    offers, models = dict(catalog.offers), dict(catalog.models)
    for key, figures in overrides.get("offers", {}).items():
        offers[key] = _overridden_offer(catalog, offers, key, figures)
    for key, figures in overrides.get("models", {}).items():
        models[key] = _overridden(Model, models, key, figures)
    return catalog.model_copy(update={"offers": offers, "models": models})


def _overridden_offer(
    catalog: Catalog, offers: Mapping[str, Offer], key: str, figures: Mapping[str, Any]
) -> Offer:
    """The offer with figures of its own; those of a level lie over the plain offer's, and only they do."""
    plain = plain_offer(key, catalog.models)
    if plain == key or plain not in offers:
        return _overridden(Offer, offers, key, figures)
    if split_level(key.partition("/")[2], catalog.models)[1] == "":
        known = spelled_out(catalog)
        raise InputError(unknown_name("offer", key, known.offers, known.models), where="what-if")
    own = offers[key].model_dump(by_alias=True, exclude_unset=True) if key in offers else {}
    own = merged(own, figures)
    laid = validated(Offer, {**offers[plain].model_dump(by_alias=True, exclude_unset=True), **own}, "what-if")
    return Offer.model_construct(_fields_set=set(own), **dict(laid))


def _overridden(kind: type[V], known: Mapping[str, V], key: str, figures: Mapping[str, Any]) -> V:
    if key not in known:
        raise InputError(f"unknown {kind.__name__.lower()} {key!r}{nearest(key, known)}", where="what-if")
    fields = known[key].model_dump(by_alias=True, exclude_unset=True)
    return validated(kind, merged(fields, figures), "what-if")


def own_figures(overrides: Overrides, day: date) -> dict[str, Any]:
    """The overrides as the user's own: with the source `mine`, its offers as of `day`."""
    origin = {"source": OWN_SOURCE, "as_of": day}
    offers = {key: {**figures, **origin} for key, figures in overrides.get("offers", {}).items()}
    source = {OWN_SOURCE: {"title": _OWN_TITLE, "as_of": day}}
    return {"offers": offers, "models": overrides.get("models", {}), "sources": source}


def with_own_figures(catalog: Catalog, overrides: Overrides, day: date) -> Catalog:
    """The catalogue as it is read once `own_figures` of them are in the overlay. Raises InputError."""
    overridden = with_overrides(catalog, own_figures(overrides, day))
    source = Source(title=_OWN_TITLE, as_of=day)
    return overridden.model_copy(update={"sources": {**overridden.sources, OWN_SOURCE: source}})


# Overrides in the file


def overlay_path(named: Path | None, catalog: Path | None, command: str) -> Path:
    """Where to write: the file named, else the user's own overlay, which belongs to the shipped catalogue.

    Raises InputError for a pipe or device, and where no file can be taken; `command` is what the user ran.
    """
    if named is not None:
        check_plain(named, "figures are written into what is there")
        return named
    if catalog is not None:
        what = "your own overlay belongs to the shipped catalogue; with --catalog name a file with --overlay"
        raise InputError(what, where=command)
    path = user_overlay()
    if path is None:
        raise InputError("there is no home folder; name a file with --overlay", where=command)
    return path


def write_overlay(overlay: Path, base: Path | None, overrides: Overrides) -> str:
    """Lay the overrides over the file at `overlay`, whose other lines stay; they must load over `base` (None:
    the shipped catalogue), else nothing is written.

    Returns what `disk.save` has to say. Raises InputError.
    """
    text, _ = _new_text(overlay, base, overrides)
    try:
        overlay.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"cannot make the folder: {reason_text(error)}", where=str(overlay)) from None
    return save(overlay, text)


def preview_overlay(overlay: Path, base: Path | None, overrides: Overrides) -> Catalog:
    """The catalogue as `write_overlay` would leave it. Raises InputError."""
    return _new_text(overlay, base, overrides)[1]


def _new_text(overlay: Path, base: Path | None, overrides: Overrides) -> tuple[str, Catalog]:
    """The overlay's new text, and the catalogue that it makes of `base`."""
    old_text = read_text(overlay) if exists(overlay) else ""
    text = overlaid_text(old_text, overrides, str(overlay))
    return text, checked_overlay(base or PACKAGED, text, overlay)


def overlaid_text(old_text: str, overrides: Overrides, where: str = "overlay") -> str:
    """An overlay's TOML with the figures put in, table by table; a list is replaced whole.

    Comments, order and layout stay (inline tables, dotted keys, arrays of tables). The text returned always
    reads as the old values with the figures over them: where a layout defeats the editing in place, it is
    written anew, with the old comments above it. Raises InputError for bad TOML, or for a value where a table
    belongs.
    """
    overrides = {table: rows for table, rows in overrides.items() if rows}
    old_values = parse_toml(old_text, where)
    _check_tables(old_values, overrides, where)
    expected = merged(old_values, overrides)
    for inline in (False, True):  # below dotted keys a new row has to stand on one line
        with suppress(Exception):  # tomlkit raises many kinds; what follows is right for all of them
            edited_text = _edited_in_place(old_text, overrides, inline)
            if parse_toml(edited_text, where) == expected:
                return edited_text
    return _written_anew(old_text, expected)


def _check_tables(table: Mapping[str, Any], overrides: Overrides, where: str, path: str = "") -> None:
    for key, figures in overrides.items():
        if key in table and isinstance(figures, Mapping):
            below = f"{path}.{key}" if path else key
            if not isinstance(table[key], Mapping):
                raise InputError("is no table, so no figures can be put into it", key=below, where=where)
            _check_tables(table[key], figures, where, below)


def _edited_in_place(old_text: str, overrides: Overrides, inline: bool) -> str:
    import tomlkit

    document = tomlkit.parse(old_text.replace("\r\n", "\n"))
    for table, rows in overrides.items():
        if table not in document:
            document.append(table, tomlkit.table(is_super_table=True))
        for key, figures in rows.items():
            _put(document[table], key, figures, inline)
    text = tomlkit.dumps(document)
    return text.replace("\n", "\r\n") if "\r\n" in old_text else text


def _put(table: MutableMapping[str, Any], key: str, figures: Any, inline: bool) -> None:
    import tomlkit
    from tomlkit.items import InlineTable

    if isinstance(figures, Mapping) and key in table:
        for name, figure in figures.items():
            _put(table[key], name, figure, inline)
    elif isinstance(figures, Mapping) and not inline and not isinstance(table, InlineTable):
        row = tomlkit.table()
        for name, figure in figures.items():
            row[name] = _on_one_line(figure)
        table[key] = row
    else:
        table[key] = _on_one_line(figures)


def _on_one_line(figure: Any) -> Any:
    """A figure without a table of its own; a list of tables, each inline."""
    import tomlkit

    if isinstance(figure, Mapping):
        inline_table = tomlkit.inline_table()
        for name, inner in figure.items():
            inline_table[name] = _on_one_line(inner)
        return inline_table
    if isinstance(figure, (list, tuple)):
        rows = tomlkit.array()
        for row in figure:
            rows.append(_on_one_line(row))
        return rows
    return figure


def _written_anew(old_text: str, expected: Mapping[str, Any]) -> str:
    import tomli_w

    comments = [line.strip() for line in old_text.splitlines() if line.lstrip().startswith("#")]
    return "".join(f"{line}\n" for line in comments) + tomli_w.dumps(expected)
