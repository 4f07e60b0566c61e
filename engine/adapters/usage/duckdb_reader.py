"""LiteLLM's spend logs where they live: a PostgreSQL database, or whatever warehouse ibis reaches."""

from __future__ import annotations

import re
from shlex import quote
from typing import TYPE_CHECKING, Any

from ...domain.errors import InputError, nearest
from ..extras import install_packages
from .rows import CACHE_PATHS, NO_CHAT

if TYPE_CHECKING:
    from ibis.expr.types import StringValue, Table

TABLE = "LiteLLM_SpendLogs"
TITLE = "LiteLLM spend logs"
_NEEDED = ("model_group", "model", "prompt_tokens", "completion_tokens", "starttime")


def is_address(source: str) -> bool:
    """Whether a source is a database's address and no file."""
    return re.match(r"[A-Za-z][\w+.-]*://", source) is not None


def without_password(address: str) -> str:
    """An address that may be shown."""
    return re.sub(r"(?<=://)([^/@:]*):[^/@]*@", r"\1:...@", address)


def connected(address: str) -> Any:
    """The database behind an address. Raises InputError, which never shows the password."""
    import ibis

    shown = without_password(address)
    try:
        return ibis.connect(re.sub(r"^postgresql://", "postgres://", address))
    except ImportError as error:
        scheme = address.partition(":")[0]
        what = f"needs {error.name or scheme}: {install_packages(quote(f'ibis-framework[{scheme}]'))}"
        raise InputError(what, where=shown) from None
    except Exception as error:  # every driver has errors of its own
        raise InputError(f"cannot be connected to: {_first(error, address)}", where=shown) from None


def _first(error: Exception, address: str) -> str:
    return (str(error).strip().partition("\n")[0] or type(error).__name__).replace(address, "the address")


def spend_logs(database: Any, name: str) -> Table:
    """The rows of LiteLLM's table in the columns of `base.COLUMNS`. Raises InputError."""
    schema, _, plain = name.rpartition(".")
    tables = database.list_tables(database=schema or None)
    if plain not in tables:
        raise InputError(f"no table {name!r}{nearest(plain, tables)}", where="--table")
    logs = database.table(plain, database=schema or None)
    logs = logs.rename({column.casefold(): column for column in logs.columns})
    missing = [column for column in _NEEDED if column not in logs.columns]
    if missing:
        raise InputError(f"{name!r} has no column {', '.join(missing)}", where="--table")
    return _calls(logs)


def _calls(logs: Table) -> Table:
    """One row a request; prompt_tokens counts the cached ones too."""
    import ibis

    def text(column: str) -> StringValue:
        if column not in logs.columns:
            return ibis.null("string")
        return logs[column].cast("string").strip().nullif("")

    def number(column: str) -> Any:
        if column not in logs.columns:
            return ibis.literal(0.0)
        return logs[column].cast("float64").fill_null(0.0)

    chat = ibis.coalesce(text("call_type"), text("model"), ibis.literal(""))
    aside = ibis.cases(
        (text("status").fill_null("success") == "failure", "failed"),
        (text("cache_hit").fill_null("").lower() == "true", "answered out of LiteLLM's own cache"),
        (chat.re_search(NO_CHAT), "no chat (embeddings, images, speech)"),
        else_=ibis.null("string"),
    )
    return logs.select(
        moment=logs.starttime.cast("timestamp"),
        until=logs.starttime.cast("timestamp"),
        batch=ibis.literal(False),
        aside=aside,
        hour_writes=_within(logs, *(tuple(path.split(".")) for path in CACHE_PATHS[4:6])),
        searches=_within(logs, *(tuple(path.split(".")) for path in CACHE_PATHS[6:8])),
        **{name: ibis.literal(0.0) for name in ("fast", "geo", "tiered", "audio", "byok")},
        model=text("model"),
        label=text("model_group"),
        provider=text("custom_llm_provider"),
        side=ibis.literal(False),
        search=ibis.literal(False),
        requests=ibis.literal(1.0),
        input=number("prompt_tokens"),
        cached=_within(logs, ("cache_read_input_tokens",), ("prompt_tokens_details", "cached_tokens")),
        written=_within(
            logs, ("cache_creation_input_tokens",), ("prompt_tokens_details", "cache_creation_tokens")
        ),
        output=number("completion_tokens"),
        usd=number("spend"),
    )


def _within(logs: Table, *paths: tuple[str, ...]) -> Any:
    """The first number at one of the paths below metadata.usage_object."""
    import ibis

    if "metadata" not in logs.columns:
        return ibis.literal(0.0)
    found = []
    for path in paths:
        value = logs.metadata.cast("json")["usage_object"]
        for key in path:
            value = value[key]
        told = value.cast("string")
        found.append(ibis.cases((told.re_search(r"^[0-9]+(\.[0-9]+)?$"), told.cast("float64")), else_=None))
    return ibis.greatest(ibis.coalesce(*found, 0.0), 0.0)
