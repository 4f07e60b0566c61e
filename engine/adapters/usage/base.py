"""What every source of usage gives: a query whose rows are requests, or sums of requests; and its SQL."""

from __future__ import annotations

import gzip
import hashlib
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from glob import escape, glob, has_magic
from pathlib import Path
from typing import TYPE_CHECKING

from ...domain.errors import InputError
from ...domain.formatting import plural
from ..disk import is_standard, special_kind, standard_input_file

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

COLUMNS = (
    *("moment TIMESTAMP", "until TIMESTAMP", "model VARCHAR", "label VARCHAR", "provider VARCHAR"),
    *("side BOOLEAN", "search BOOLEAN", "batch BOOLEAN", "requests DOUBLE", "input DOUBLE", "cached DOUBLE"),
    *("written DOUBLE", "output DOUBLE", "usd DOUBLE", "id UBIGINT", "aside VARCHAR"),
    *("hour_writes DOUBLE", "searches DOUBLE", "fast DOUBLE", "geo DOUBLE", "tiered DOUBLE", "audio DOUBLE"),
    *("byok DOUBLE", "latency DOUBLE", "effort VARCHAR", "form VARCHAR", "outside BOOLEAN"),
    *("service_tier VARCHAR", "opaque DOUBLE", "long DOUBLE"),
)
"""`input` counts all prompt tokens, `cached` and `written` among them. A NULL label is worked out. Rows with
one `id` count once; a row with words in `aside` is no traffic of a label, and the words say why. From
`hour_writes` to `byok`: what has a price of its own that is not known here: tokens, searches, USD paid with
own keys. `latency`: seconds of a whole request. `service_tier`: flex or priority. `outside`: whether `input`
leaves the tokens of the cache out; where it is NULL and there is a `form`, all rows of a model and form show
it. `opaque` is 1 where a row does not say what was read from the cache; `long`: tokens of prompts above the
first threshold of their price, where rows are sums. A query may leave columns out."""


@dataclass(frozen=True)
class Source:
    """Rows by `query`: each is one request (`single`) or the sum of a bucket, a day where it does not end.

    `costs`: the rows are sums of money, which `costs.with_tokens` makes rows of; `damaged` is a query that
    counts what could not be read; without `counts_requests` only tokens are
    counted; `uncached`: what lacks the tokens of the cache, if it does; `client_chosen`: its models are the
    client's choice, not a router's; `notes` say what a reader must know.
    """

    title: str
    query: str
    single: bool = True
    damaged: str = ""
    counts_requests: bool = True
    uncached: str = ""
    client_chosen: bool = False
    costs: bool = False
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class UsageFiles:
    """Files of one kind that are to be recognised, and the database that reads them."""

    kind: str
    paths: list[Path]
    database: DuckDBPyConnection

    @property
    def sql(self) -> str:
        """The files inside SQL."""
        return sql_paths(self.paths)


NO_CHAT_REASON = "no chat (embeddings, images, speech)"
KINDS = (".jsonl", ".sqlite", ".db", ".parquet", ".csv", ".json")
_SAME_KINDS = {".ndjson": ".jsonl", ".sqlite3": ".sqlite", ".tsv": ".csv"}
_NOT_READ = {
    **dict.fromkeys((".xlsx", ".xls", ".ods", ".numbers"), "a spreadsheet: save its sheet as CSV"),
    **dict.fromkeys((".zip", ".tar", ".tgz", ".7z", ".rar"), "an archive: unpack it"),
    **dict.fromkeys(
        (".pdf", ".html", ".htm", ".md"), "a document, and no records: export them as CSV or JSON"
    ),
    **dict.fromkeys((".yaml", ".yml", ".toml"), "a configuration: import config reads a router's"),
    "empty": "empty",
    "page": "a page of HTML or XML, and no records: export them as CSV or JSON",
    "UTF-16": "text in UTF-16: save it as UTF-8",
}
_MIN_OBJECT = 1 << 20
_HEAD = 4096  # bytes by which a file without a telling ending is known


def file_kind(path: Path) -> str:
    """The ending that tells what a file is, whether or not it is packed; else what its first bytes tell."""
    ends = [end.casefold() for end in path.suffixes if end.casefold() not in (".gz", ".zst")]
    ending = ends[-1] if ends else ""
    kind = _SAME_KINDS.get(ending, ending)
    if kind in _NOT_READ or kind in (".sqlite", ".db", ".parquet"):
        return kind
    by_bytes = _kind_of_bytes(_head(path))
    if by_bytes in _NOT_READ or kind in (".csv", ".json"):
        return by_bytes if by_bytes in _NOT_READ else kind
    if ending == ".log" and by_bytes == ".csv":
        return ""  # lines of text with a comma somewhere
    return kind if kind == ".jsonl" and by_bytes != ".json" else by_bytes


def reason_not_read(path: Path) -> str:
    """Why a file cannot be a table of text, as what it is and what to do; '' for one that may be."""
    kind = file_kind(path)
    return f"is {_NOT_READ[kind]}" if kind in _NOT_READ else ""


def _head(path: Path) -> bytes | None:
    """The first bytes of a file, unpacked; None where it cannot be read, which is said later."""
    try:
        with gzip.open(path) if path.suffix.casefold() == ".gz" else path.open("rb") as file:
            return file.read(_HEAD)
    except (OSError, EOFError, zlib.error):
        return None


def _kind_of_bytes(head: bytes | None) -> str:
    """One of KINDS, or of what is not read, by the first bytes of a file; empty for what is none."""
    if head is None:
        return ""
    for magic, kind in ((b"SQLite format 3\0", ".sqlite"), (b"PAR1", ".parquet"), (b"PK\x03\x04", ".zip")):
        if head.startswith(magic):
            return kind
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "UTF-16"
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if text.startswith(b"<"):
        return "page"
    if not text and len(head) < _HEAD:
        return "empty"
    first = text.partition(b"\n")[0].strip()
    if text[:1] in (b"{", b"["):  # an object over several lines, or one a line
        return ".json" if first in (b"{", b"[", b"[{") else ".jsonl"
    return ".csv" if any(sign in first for sign in (b",", b";", b"\t")) else ""


def _may_be_usage(path: Path) -> bool:
    """Whether a file of a folder is one of usage by its ending."""
    ends = {end.casefold() for end in path.suffixes[-2:]}
    return bool(ends & {*KINDS, *_SAME_KINDS, ".log"})


@dataclass(frozen=True)
class FoundFiles:
    """The files of one of KINDS, and what to say of those that are beside them and not read."""

    kind: str
    paths: list[Path]
    notes: list[str]


def find_files(source: str) -> FoundFiles:
    """A file, or what a folder has or a pattern fits: the files of the first of KINDS that is there.

    Of files with the same content one is read. Raises InputError where there are none.
    """
    path = standard_input_file() if is_standard(source) else Path(source).expanduser()
    if path.is_file():
        if reason := reason_not_read(path):
            raise InputError(reason)
        return FoundFiles(file_kind(path), [path], [])
    if path.is_dir():
        files = [file for file in path.rglob("*") if _may_be_usage(file) and file.is_file()]
    elif has_magic(source):
        files = [file for file in map(Path, glob(str(path), recursive=True)) if file.is_file()]  # noqa: PTH207
    else:
        kind_name = special_kind(path)
        unread = f"is {kind_name}: usage is read more than once, from a file or folder"
        missing = "no file that can be read" if path.exists() else "no such file or folder"
        raise InputError(unread if kind_name else missing)
    by_kind: dict[str, list[Path]] = {}
    for file in sorted(files):
        by_kind.setdefault(file_kind(file), []).append(file)
    for kind in KINDS:
        if kind in by_kind:
            paths, copies = _without_copies(by_kind.pop(kind))
            return FoundFiles(kind, paths, [*copies, *_unread_notes(by_kind)])
    raise InputError(
        "; ".join([f"no file of usage there: they end in {', '.join(KINDS)}", *_unread_notes(by_kind)])
    )


def _unread_notes(by_kind: Mapping[str, list[Path]]) -> list[str]:
    """What to say of a folder's files that are of a kind that is not read with the others."""
    notes = []
    if others := [path for kind in KINDS for path in by_kind.get(kind, [])]:
        endings = ", ".join(sorted({path.suffix for path in others}))
        notes.append(
            f"{plural(len(others), 'file')} of another kind ({endings}) not read: import them by name"
        )
    for kind in ("empty", "page", "UTF-16"):
        if paths := by_kind.get(kind):
            notes.append(f"{plural(len(paths), 'file')} not read, such as {paths[0].name}: {_NOT_READ[kind]}")
    return notes


def _without_copies(paths: list[Path]) -> tuple[list[Path], list[str]]:
    """The files, each content once; and what to say of the copies."""
    by_size: dict[int, list[Path]] = {}
    for path in paths:
        by_size.setdefault(path.stat().st_size, []).append(path)
    firsts: dict[tuple[int, bytes], Path] = {}
    copies = {
        path: first
        for size, alike in by_size.items()
        if len(alike) > 1
        for path in alike
        if (first := firsts.setdefault((size, _digest(path)), path)) != path
    }
    if not copies:
        return paths, []
    copy, first = next(iter(copies.items()))
    kept = [path for path in paths if path not in copies]
    what = f"{plural(len(copies), 'file')} with the same content as another not read"
    return kept, [f"{what}, such as {copy.name}, which is as {first.name}"]


def _digest(path: Path) -> bytes:
    """By what a content is known; that of the name for a file that cannot be read, which is said later."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").digest()
    except OSError:
        return str(path).encode()


def sql_text(text: str) -> str:
    """A text inside SQL."""
    return "'" + text.replace("'", "''") + "'"


def sql_paths(paths: list[Path]) -> str:
    """Files inside SQL; a sign such as * in a name is itself."""
    return f"[{', '.join(sql_text(escape(str(path))) for path in paths)}]"


def largest_object(paths: list[Path], most: int) -> int:
    """Bytes that a JSON object in the files may have, at most `most`: as many as the largest file has.

    DuckDB takes twice as much for each file that it reads at the time.
    """
    sizes = (most if path.suffix.casefold() in (".gz", ".zst") else path.stat().st_size for path in paths)
    return min(most, max(_MIN_OBJECT, *sizes, 0))


def sql_number(text: str) -> str:
    """SQL of the number that a text says: 0 where there is none, NaN where it is no number."""
    return f"CASE WHEN {text} IS NULL THEN 0 ELSE coalesce(try_cast({text} AS DOUBLE), 'nan'::DOUBLE) END"


def json_number(path: str) -> str:
    """The number at a JSON path of column `j`, as `sql_number` has it."""
    return sql_number(json_text(path))


def json_text(path: str) -> str:
    """The text at a JSON path of column `j`."""
    return f"json_extract_string(j, {sql_text(path)})"


def sql_id(text: str) -> str:
    """SQL of the hash that a request is known by; NULL where a record has no such text, as it may be any."""
    return f"CASE WHEN {text} IS NOT NULL THEN hash({text}) END"


def sql_moment(text: str) -> str:
    """SQL of the moment that a text says: a date, or seconds (or milli-, micro-, nanoseconds) since 1970."""
    since = f"try_cast({text} AS DOUBLE)"
    steps = ((1e11, 1e6), (1e14, 1e3), (1e17, 1.0), (1e20, 1e-3))
    scale = "".join(f" WHEN {since} < {limit:g} THEN {factor:g}" for limit, factor in steps)
    epoch = f"make_timestamp(try_cast({since} * CASE WHEN {since} < 1e8 THEN NULL{scale} END AS BIGINT))"
    return f"coalesce(try_cast({text} AS TIMESTAMP), {epoch})"


def seconds_between(start: str, end: str) -> str:
    """SQL of the seconds from one moment to a later one; NULL where one is not known or they are the same."""
    return f"CASE WHEN {end} > {start} THEN epoch({end} - {start}) END"


def milliseconds(text: str) -> str:
    """SQL of the seconds that a text of milliseconds says; NULL where it says none."""
    return f"nullif(try_cast({text} AS DOUBLE), 0) / 1e3"
