"""The files of evaluations: JSON, JSON Lines and Inspect's zip archives as plain values."""

from __future__ import annotations

import gzip
import json
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from glob import glob, has_magic
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...domain.errors import InputError
from ..disk import decode, is_standard, reason_text, special_kind, standard_input_file
from ..temporary import temporary_folder

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

MAX_BYTES = 500 * 1024 * 1024
_MAX_PACKED_OBJECT = 128 * 1024 * 1024  # bytes of one JSON object in a file of Zstandard
TABLES = (".csv", ".tsv", ".parquet")
DOCUMENTS = (".json", ".jsonl", ".ndjson", ".eval")
ZSTANDARD = 93  # the zip method of Inspect's newer logs, which Python reads from 3.14 on


@dataclass(frozen=True, eq=False)
class Document:
    """A file's content as plain values; a list for JSON Lines, the log's own shape for Inspect's archives."""

    path: Path
    content: Any

    @property
    def where(self) -> str:
        """The file, for messages."""
        return str(self.path)


def find_files(source: str) -> tuple[list[Path], list[Path]]:
    """Documents and tables: a file, or those that a folder has or a pattern fits. Raises InputError."""
    path = standard_input_file() if is_standard(source) else Path(source).expanduser()
    if path.is_dir():
        files = sorted(file for file in path.rglob("*") if file.is_file() and file.suffix)
    elif not path.exists() and has_magic(source):
        files = sorted(file for file in map(Path, glob(str(path), recursive=True)) if file.is_file())  # noqa: PTH207
    elif not path.exists():
        raise InputError("no such file or folder", where=source)
    else:
        if kind := special_kind(path):
            raise InputError(f"is {kind}, not a file of evaluations", where=source)
        return ([], [path]) if ending(path) in TABLES else ([path], [])
    documents = [file for file in files if ending(file) in DOCUMENTS]
    tables = [file for file in files if ending(file) in TABLES]
    if not documents and not tables:
        endings = ", ".join((*DOCUMENTS, *TABLES))
        raise InputError(f"no file of evaluations there: they end in {endings}", where=source)
    return documents, tables


def ending(path: Path) -> str:
    """The ending that tells what a file is, whether or not it is packed."""
    ends = [end.casefold() for end in path.suffixes if end.casefold() not in (".gz", ".zst")]
    return ends[-1] if ends else ""


def document(path: Path) -> Document:
    """A file's content. Raises InputError for what is neither JSON, JSON Lines nor a log of Inspect."""
    try:
        if zipfile.is_zipfile(path):
            return Document(path, _archive(path))
        if path.suffix.casefold() == ".zst":
            return Document(path, _packed_document(path))
        size = path.stat().st_size
        with (gzip.open if path.suffix.casefold() == ".gz" else open)(path, "rb") as file:
            content = file.read(MAX_BYTES + 1)
    except (OSError, EOFError, zlib.error) as error:
        reason = reason_text(error) if isinstance(error, OSError) else "is damaged"
        raise InputError(reason, where=str(path)) from None
    if len(content) > MAX_BYTES:
        what = (
            f"larger than {MAX_BYTES // 1024**2} MB unpacked; a CSV, Parquet or Inspect's .eval may be larger"
        )
        raise InputError(what, where=str(path))
    if not size:
        raise InputError("is empty", where=str(path))
    return Document(path, _json(decode(content, str(path)), path))


def _json(text: str, path: Path) -> Any:
    """One JSON value, or a list of the lines' values."""
    lines_ending = ending(path) in (".jsonl", ".ndjson")
    try:
        value = json.loads(text)
        return [value] if lines_ending and not isinstance(value, list) else value
    except ValueError as error:
        first = text.lstrip().partition("\n")[0]
        try:
            json.loads(first)
        except ValueError:
            if not lines_ending:
                raise InputError(f"not valid JSON: {error}", where=str(path)) from None
        return list(_lines(text, path))
    except RecursionError:
        raise InputError("nested too deeply", where=str(path)) from None


def _lines(text: str, path: Path) -> Iterator[Any]:
    for place, line in enumerate(text.split("\n"), 1):  # an answer may hold any other end of a line
        if line.strip():
            try:
                yield json.loads(line)
            except (ValueError, RecursionError) as error:
                reason = error if isinstance(error, ValueError) else "nested too deeply"
                raise InputError(f"line {place}: not valid JSON: {reason}", where=str(path)) from None


def _archive(path: Path) -> Any:
    """Inspect's .eval: the header with the summaries of the samples, else the samples, under `samples`.

    header.json is written at the end; of a run that was stopped there is only the journal. Logs of 2024 have
    start.json, results.json and summary.json.
    """
    with zipfile.ZipFile(path) as archive:
        members = Members(archive, path)
        names = set(archive.namelist())
        start = next(
            (name for name in ("header.json", "_journal/start.json", "start.json") if name in names), ""
        )
        if not start:
            raise InputError("a zip file, but no log of Inspect: header.json is missing", where=str(path))
        heads = [start, *(["results.json"] if start == "start.json" and "results.json" in names else [])]
        log: dict[str, Any] = {}
        for name, head in zip(heads, members.read(heads), strict=True):
            if not isinstance(head, Mapping):
                raise InputError(f"a damaged log: {name} is no JSON object", where=str(path))
            log |= head
        whole = next((name for name in ("summaries.json", "summary.json") if name in names), "")
        parts = [whole] if whole else sorted(name for name in names if "summaries/" in name)
        listed = [part for part in members.read(parts) if isinstance(part, list)]
        samples = [sample for part in listed for sample in part]
        if not any(sample.get("model_usage") for sample in samples if isinstance(sample, Mapping)):
            samples = members.read(sorted(name for name in names if name.startswith("samples/"))) or samples
        return {**log, "samples": samples}


class Members:
    """The JSON files in a zip archive, also those packed with Zstandard, by DuckDB's reader of it."""

    def __init__(self, archive: zipfile.ZipFile, path: Path) -> None:
        self._archive, self._path = archive, path

    def read(self, names: Sequence[str]) -> list[Any]:
        """The value of each member. Raises InputError for what is damaged or too large."""
        infos = [self._archive.getinfo(name) for name in names]
        if sum(info.file_size for info in infos) > MAX_BYTES:
            raise InputError(f"larger than {MAX_BYTES // 1024**2} MB unpacked", where=str(self._path))
        try:
            packed = [info for info in infos if info.compress_type == ZSTANDARD]
            texts = self._unpacked(packed) if packed else {}
            texts |= {
                info.filename: self._archive.read(info).decode("utf-8")
                for info in infos
                if info not in packed
            }
            return [json.loads(texts[name]) for name in names]
        except RecursionError:
            raise InputError("nested too deeply", where=str(self._path)) from None
        except (zipfile.BadZipFile, zlib.error, ValueError, NotImplementedError, OSError, EOFError) as error:
            raise InputError(f"a damaged log: {error}", where=str(self._path)) from None

    def _unpacked(self, infos: Sequence[zipfile.ZipInfo]) -> dict[str, str]:
        """Member -> text. The raw bytes follow the local header, whose parts vary in length."""
        from ..usage.duckdb_reader import open_database

        texts = {}
        with temporary_folder() as folder, open_database("import evals") as database:
            unpacked = folder / "member.json.zst"
            for info in infos:
                with self._path.open("rb") as file:
                    file.seek(info.header_offset)
                    name, extra = struct.unpack("<26x2H", file.read(30))
                    file.seek(info.header_offset + 30 + name + extra)
                    unpacked.write_bytes(file.read(info.compress_size))
                values = _packed_values(unpacked, max(info.file_size + 1024, 2**24), database, self._path)
                texts[info.filename] = _joined(values)
        return texts


def _packed_values(path: Path, size: int, database: DuckDBPyConnection, where: Path) -> list[str]:
    """The JSON values in a file of Zstandard; the elements of an array come one by one.

    size: bytes that one may have, at most. Raises InputError for what is damaged, or no JSON.
    """
    import duckdb

    from ..usage.base import sql_paths

    try:
        rows = database.execute(
            f"SELECT json FROM read_json_objects({sql_paths([path])}, format = 'unstructured',"
            f" compression = 'zstd', maximum_object_size = {size})"
        ).fetchall()
    except duckdb.Error as error:
        reason = str(error).partition("\n")[0].replace(f'"{path}"', "it")
        raise InputError(f"cannot be unpacked: {reason}", where=str(where)) from None
    return [str(row[0]) for row in rows]


def _joined(values: Sequence[str]) -> str:
    """One JSON text of values: itself where it is alone, else a list."""
    alone = len(values) == 1 and values[0].startswith(("{", "["))
    return values[0] if alone else f"[{','.join(values)}]"


def _packed_document(path: Path) -> Any:
    """A JSON value, or a list of the lines' values, packed with Zstandard. Raises InputError."""
    from ..usage.duckdb_reader import open_database
    from ..zstandard import is_whole

    if not is_whole(path):
        raise InputError("is damaged: it is cut off, or no file of Zstandard", where=str(path))
    with open_database("import evals") as database:
        values = _packed_values(path, _MAX_PACKED_OBJECT, database, path)
    lines_ending = ending(path) in (".jsonl", ".ndjson")
    return _json(f"[{','.join(values)}]" if lines_ending else _joined(values), path)
