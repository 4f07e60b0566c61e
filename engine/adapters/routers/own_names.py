"""What names in a user's own files and logs mean: names.toml in modelpick's configuration folder.

A line is `"THEIRS" = "OURS"`. THEIRS is a model as the file names it (with its provider, or without), or a
provider alone; OURS an offer of the catalogue, a model of it that has one seller, or a provider.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path

from ...domain.catalog import Catalog
from ...domain.errors import InputError, nearest
from ..catalog.file import user_overlay
from ..disk import check_plain, exists, read_text, reason_text, save
from ..validation import parse_toml
from .endpoints import MAKERS, EndpointIndex

FILE = "names.toml"
_HEADING = '# What names in my routers\' files and logs mean: "THEIRS" = "OURS", an offer or a provider.\n'


def names_path() -> Path | None:
    """Where the user's own names are kept; None where there is no home folder."""
    overlay = user_overlay()
    return None if overlay is None else overlay.with_name(FILE)


def load_own_names() -> dict[str, str]:
    """Their name -> ours, of the kept file; empty without one. Raises InputError."""
    path = names_path()
    if path is None or not exists(path):
        return {}
    return _parsed(read_text(path), str(path))


def _parsed(text: str, where: str) -> dict[str, str]:
    return dict(_pairs(parse_toml(text, where), where))


def _pairs(table: Mapping[str, object], where: str, prefix: str = "") -> Iterable[tuple[str, str]]:
    """The pairs of a table; a bare key with a dot in it, such as gpt-4.1, is one name again."""
    for key, ours in table.items():
        if isinstance(ours, Mapping):
            yield from _pairs(ours, where, f"{prefix}{key}.")
        elif isinstance(ours, str):
            yield f"{prefix}{key}", ours
        else:
            raise InputError("should be text: an offer, a model or a provider", key=prefix + key, where=where)


def keep_own_names(names: Mapping[str, str]) -> str:
    """Add names to the kept file, whose other lines stay. Returns its path, or '' where there is no home
    folder. Raises InputError."""
    path = names_path()
    if path is None:
        return ""
    check_plain(path, "names are added to what is there")
    old_text = read_text(path) if exists(path) else _HEADING
    before = _parsed(old_text, str(path))
    expected = {**before, **names}
    if expected == before:
        return str(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"cannot make the folder: {reason_text(error)}", where=str(path)) from None
    save(path, _with_names(old_text, names, expected))
    return str(path)


def _with_names(old_text: str, names: Mapping[str, str], expected: Mapping[str, str]) -> str:
    """The text with the names put in; written anew below its comments where its layout defeats that."""
    import tomli_w
    import tomlkit

    with suppress(Exception):  # tomlkit raises many kinds; what follows is right for all of them
        document = tomlkit.parse(old_text)
        for theirs, ours in names.items():
            document[tomlkit.key(theirs) if theirs not in document else theirs] = ours
        text = tomlkit.dumps(document)
        if _parsed(text, FILE) == expected:
            return text
    comments = [line for line in old_text.splitlines() if line.lstrip().startswith("#")]
    return "".join(f"{line}\n" for line in comments) + tomli_w.dumps(expected)


def checked_names(names: Mapping[str, str], catalog: Catalog) -> dict[str, str]:
    """The names with each of ours as an offer or a provider of the catalogue. Raises InputError."""
    return {theirs: checked_name(ours, catalog, f"--name {theirs}={ours}") for theirs, ours in names.items()}


def checked_name(ours: str, catalog: Catalog, where: str) -> str:
    """An offer or a provider of the catalogue, or a model of it with one seller. Raises InputError."""
    if ours in catalog.offers or ours in catalog.providers:
        return ours
    sellers = [offer for offer in catalog.offers if offer.partition("/")[2] == ours]
    by_makers = [offer for offer in sellers if offer.partition("/")[0] in MAKERS]
    if len(sellers) == 1 or len(by_makers) == 1:
        return (by_makers or sellers)[0]
    if sellers:
        listed = ", ".join(sellers[:4]) + (", ..." if len(sellers) > 4 else "")
        raise InputError(f"{ours!r} has several offers, name one: {listed}", where=where)
    known = [*catalog.offers, *catalog.providers]
    raise InputError(f"no offer, model or provider {ours!r}{nearest(ours, known)}", where=where)


def endpoint_index(catalog: Catalog) -> EndpointIndex:
    """From a name in a file to the offer, the user's own names first. Raises InputError."""
    return EndpointIndex(catalog, load_own_names())
