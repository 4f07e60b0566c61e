"""LiteLLM's spend logs where they live: a PostgreSQL database, or whatever warehouse ibis reaches."""

from __future__ import annotations

import re
from shlex import quote
from typing import TYPE_CHECKING, Any

from ...domain.errors import InputError, nearest
from ..extras import install_packages
from .aggregate import LabelResolver, Usage, aggregate_usage, checked_calls
from .base import NO_CHAT_REASON, Source
from .rows import (
    BODY_PATHS,
    METADATA_PATHS,
    NO_CHAT,
    SERVICE_TIERS,
    STANDARD_TIERS,
    TERM_PATHS,
    UNBOUND,
    USAGE_PLACES,
)

if TYPE_CHECKING:
    from ibis.expr.types import BooleanValue, StringValue, Table

_REQUIRED_COLUMNS = ("model_group", "model", "prompt_tokens", "completion_tokens", "starttime")


def is_address(source: str) -> bool:
    """Whether a source is a database's address and no file."""
    return re.match(r"[A-Za-z][\w+.-]*://", source) is not None


def without_password(address: str) -> str:
    """An address that may be shown."""
    return re.sub(r"(?<=://)([^/@:]*):[^/@]*@", r"\1:...@", address)


def read_spend_logs(
    address: str, table: str, threshold: int, labels: LabelResolver, *, by_day: bool = False
) -> Usage:
    """LiteLLM's spend logs, summed by the database that holds them. Raises InputError.

    threshold: tokens of prompt from which it is longContext; by_day: with the days apart. No error shows the
    address's password.
    """
    shown = without_password(address)
    database = _connect(address)
    try:
        calls = checked_calls(spend_logs(database, table), single=True, counted=True)
        source = Source("LiteLLM spend logs", "")
        return aggregate_usage(calls, run_in_place, source, threshold=threshold, labels=labels, by_day=by_day)
    except InputError as error:
        raise error.at(shown) from None
    except Exception as error:  # every driver has errors of its own
        reason = str(error).strip().partition("\n")[0].replace(address, shown)
        raise InputError(f"cannot be read: {reason}", where=shown) from None
    finally:
        database.disconnect()


def _connect(address: str) -> Any:
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
        raise InputError(f"cannot be connected to: {_first_line(error, address)}", where=shown) from None


def _first_line(error: Exception, address: str) -> str:
    return (str(error).strip().partition("\n")[0] or type(error).__name__).replace(address, "the address")


def spend_logs(database: Any, name: str) -> Table:
    """The rows of LiteLLM's table in the columns of `base.COLUMNS`. Raises InputError."""
    schema, _, plain = name.rpartition(".")
    tables = database.list_tables(database=schema or None)
    if plain not in tables:
        raise InputError(f"no table {name!r}{nearest(plain, tables)}", where="--table")
    logs = database.table(plain, database=schema or None)
    logs = logs.rename({column.casefold(): column for column in logs.columns})
    missing = [column for column in _REQUIRED_COLUMNS if column not in logs.columns]
    if missing:
        raise InputError(f"{name!r} has no column {', '.join(missing)}", where="--table")
    return _call_rows(logs)


def _call_rows(logs: Table) -> Table:
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
        (chat.re_search(NO_CHAT), NO_CHAT_REASON),
        else_=ibis.null("string"),
    )
    start, prompt = logs.starttime.cast("timestamp"), number("prompt_tokens")
    figures = {name: _number_within(logs, *paths) for name, paths in METADATA_PATHS.items()}
    fresh, native = figures.pop("fresh"), figures.pop("native")
    cached = {name: column.fill_null(0.0) for name, column in figures.items()}
    in_cache = cached["cached"] + cached["written"]
    claude = text("model").ilike("%claude%")
    own_words = _number_within(logs, METADATA_PATHS["cached"][0]).notnull()
    outside = ibis.cases(
        (in_cache == 0, ibis.null("boolean")),
        ((prompt == native) & own_words, True),
        ((prompt == fresh) & claude, True),
        ((fresh > 0) & (prompt == fresh + in_cache), False),
        else_=ibis.null("boolean"),
    )

    def term(name: str, otherwise: str) -> StringValue:
        places = [_text_within(logs, "metadata", path) for path in TERM_PATHS.get(name, ())]
        places += [_text_within(logs, "proxy_server_request", path) for path in BODY_PATHS.get(name, ())]
        return ibis.coalesce(*places).fill_null(otherwise).lower()

    def tokens_if(condition: BooleanValue) -> Any:
        return condition.ifelse(prompt + number("completion_tokens"), 0.0)

    tier = term("tier", "default")
    return logs.select(
        moment=start,
        until=start,
        batch=tier == "batch",
        aside=aside,
        **cached,
        audio=ibis.literal(0.0),
        byok=ibis.literal(0.0),
        long=ibis.literal(0.0),
        opaque=_is_silent(logs),
        tiered=tokens_if(tier.notin(STANDARD_TIERS)),
        geo=tokens_if(term("geo", "global").notin(UNBOUND)),
        fast=tokens_if(term("speed", "") == "fast"),
        model=text("model"),
        label=text("model_group"),
        provider=text("custom_llm_provider"),
        side=ibis.literal(False),
        search=ibis.literal(False),
        requests=ibis.literal(1.0),
        input=prompt,
        output=number("completion_tokens"),
        usd=number("spend"),
        latency=_seconds(logs),
        effort=term("effort", "").nullif(""),
        service_tier=ibis.cases((tier.isin(SERVICE_TIERS), tier), else_=ibis.null("string")),
        form=text("call_type").fill_null("") + ibis.cases((own_words, " with cache_read"), else_=""),
        outside=outside,
    )


def _is_silent(logs: Table) -> Any:
    """1 where the metadata say nothing of the tokens, so nothing of those read from the cache."""
    import ibis

    if "metadata" not in logs.columns:
        return ibis.literal(1.0)
    places = [logs.metadata.cast("json")[key].cast("string") for key in USAGE_PLACES]
    return ibis.coalesce(*places).nullif("null").isnull().ifelse(1, 0).cast("float64")


def _seconds(logs: Table) -> Any:
    """Seconds of each request; NULL where its end is not known."""
    import ibis

    if "endtime" not in logs.columns:
        return ibis.null("float64")
    start, end = logs.starttime.cast("timestamp"), logs.endtime.cast("timestamp")
    seconds = end.epoch_seconds().cast("float64") - start.epoch_seconds().cast("float64")
    seconds += (end.millisecond() - start.millisecond()).cast("float64") / 1e3
    return ibis.cases((end > start, seconds), else_=ibis.null("float64"))


def _number_within(logs: Table, *paths: str) -> Any:
    """The first number at one of the paths within the metadata; NULL without one."""
    import ibis

    if "metadata" not in logs.columns:
        return ibis.null("float64")
    numbers = []
    for path in paths:
        node = logs.metadata.cast("json")
        for key in path.split("."):
            node = node[key]
        text = node.cast("string")
        numbers.append(ibis.cases((text.re_search(r"^[0-9]+(\.[0-9]+)?$"), text.cast("float64")), else_=None))
    return ibis.coalesce(*numbers)


def _text_within(logs: Table, column: str, path: str) -> StringValue:
    """The text at a path within a column of JSON; NULL without one, or where it is empty."""
    import ibis

    if column not in logs.columns:
        return ibis.null("string")
    node = logs[column].cast("json")
    for key in path.split("."):
        node = node[key]
    return node.cast("string").replace('"', "").nullif("").nullif("null")


def run_in_place(query: Table) -> list[dict[str, Any]]:
    """Runs a query in the database that holds its tables."""
    import warnings

    # Not by way of Arrow: PostgreSQL's numeric sums of doubles are refused there.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # ibis's, of pandas
        frame = query.execute().astype(object)
    rows: list[dict[str, Any]] = frame.where(frame.notna(), None).to_dict("records")
    return rows
