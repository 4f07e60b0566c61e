"""What every source of usage gives: a query whose rows are requests, or sums of requests."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

COLUMNS = (
    *(
        "moment TIMESTAMP",
        "model VARCHAR",
        "label VARCHAR",
        "provider VARCHAR",
        "side BOOLEAN",
        "search BOOLEAN",
    ),
    *("requests DOUBLE", "input DOUBLE", "cached DOUBLE", "written DOUBLE", "output DOUBLE", "usd DOUBLE"),
)
"""`input` counts all prompt tokens, `cached` and `written` among them. A NULL label is worked out."""


@dataclass(frozen=True)
class Source:
    """Rows by `query`, with each row one request (`single`) or the sum of a bucket, `bucket_hours` long.

    `damaged` is a query that counts what could not be read; not `counted` are the requests themselves;
    `asked`: its models are the client's choice, not a router's; `notes` say what a reader must know.
    """

    title: str
    query: str
    single: bool = True
    bucket_hours: float = 0.0
    damaged: str = ""
    counted: bool = True
    asked: bool = False
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Opened:
    """A path that is to be recognised, and the database that reads it."""

    path: Path
    database: DuckDBPyConnection


def quoted(text: str) -> str:
    """A text inside SQL."""
    return "'" + text.replace("'", "''") + "'"


def number(path: str) -> str:
    """The number at a JSON path of column `j`; 0 where there is none or it is no number."""
    return f"greatest(coalesce(try_cast(json_extract_string(j, {quoted(path)}) AS DOUBLE), 0), 0)"


def words(path: str) -> str:
    """The text at a JSON path of column `j`."""
    return f"json_extract_string(j, {quoted(path)})"
