"""What every source of usage gives: a query whose rows are requests, or sums of requests."""

from __future__ import annotations

from dataclasses import dataclass, field
from glob import escape, glob, has_magic
from pathlib import Path
from typing import TYPE_CHECKING

from ...domain.errors import InputError

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
    """Files of one kind that are to be recognised, and the database that reads them."""

    kind: str
    paths: list[Path]
    database: DuckDBPyConnection

    @property
    def files(self) -> str:
        """The files inside SQL; a sign such as * in a name is itself."""
        return f"[{', '.join(quoted(escape(str(path))) for path in self.paths)}]"


KINDS = (".jsonl", ".sqlite", ".db", ".parquet", ".csv", ".json")


def kind_of(path: Path) -> str:
    """The ending that tells what a file is, whether or not it is packed."""
    ends = [end.casefold() for end in path.suffixes if end.casefold() not in (".gz", ".zst")]
    return ends[-1] if ends else ""


def found_files(source: str) -> tuple[str, list[Path]]:
    """A file, the files of a folder or those a pattern fits, all of the first of KINDS among them.

    Raises InputError where there are none.
    """
    path = Path(source).expanduser()
    if path.is_file():
        return kind_of(path), [path]
    if path.is_dir():
        within = [each for each in path.rglob("*") if each.suffix and each.is_file()]
    elif has_magic(source):
        within = [each for each in map(Path, glob(str(path), recursive=True)) if each.is_file()]  # noqa: PTH207
    else:
        raise InputError("no such file or folder" if not path.exists() else "no file that can be read")
    for kind in KINDS:
        named = sorted(each for each in within if kind_of(each) == kind)
        if named:
            return kind, named
    raise InputError(f"no file of usage there: they end in {', '.join(KINDS)}")


def quoted(text: str) -> str:
    """A text inside SQL."""
    return "'" + text.replace("'", "''") + "'"


def number(path: str) -> str:
    """The number at a JSON path of column `j`; 0 where there is none or it is no number."""
    return f"greatest(coalesce(try_cast(json_extract_string(j, {quoted(path)}) AS DOUBLE), 0), 0)"


def words(path: str) -> str:
    """The text at a JSON path of column `j`."""
    return f"json_extract_string(j, {quoted(path)})"
