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
from tempfile import TemporaryDirectory
from typing import Any

from ...domain.errors import InputError
from ..disk import decode, is_standard, reason_text, special_kind, standard_input_file

MAX_BYTES = 500 * 1024 * 1024
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
    for place, line in enumerate(text.splitlines(), 1):
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
        log = members.read([start])[0]
        if start == "start.json" and "results.json" in names:
            log = {**log, **members.read(["results.json"])[0]}
        whole = next((name for name in ("summaries.json", "summary.json") if name in names), "")
        parts = [whole] if whole else sorted(name for name in names if "summaries/" in name)
        samples = [sample for part in members.read(parts) for sample in part]
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
        except (zipfile.BadZipFile, zlib.error, ValueError, NotImplementedError, OSError, EOFError) as error:
            raise InputError(f"a damaged log: {error}", where=str(self._path)) from None

    def _unpacked(self, infos: Sequence[zipfile.ZipInfo]) -> dict[str, str]:
        """Member -> text. The raw bytes follow the local header, whose parts vary in length."""
        from ..usage.base import sql_text
        from ..usage.duckdb_reader import open_database

        texts = {}
        with TemporaryDirectory(prefix="modelpick-") as folder, open_database("import evals") as database:
            unpacked = Path(folder) / "member.json.zst"
            for info in infos:
                with self._path.open("rb") as file:
                    file.seek(info.header_offset)
                    name, extra = struct.unpack("<26x2H", file.read(30))
                    file.seek(info.header_offset + 30 + name + extra)
                    unpacked.write_bytes(file.read(info.compress_size))
                rows = database.execute(
                    f"SELECT json FROM read_json_objects({sql_text(str(unpacked))}, format = 'unstructured',"
                    f" compression = 'zstd', maximum_object_size = {max(info.file_size + 1024, 2**24)})"
                ).fetchall()
                values = [str(row[0]) for row in rows]
                # An array's elements come one by one.
                texts[info.filename] = values[0] if len(values) == 1 and values[0].startswith("{") else ""
                if not texts[info.filename]:
                    texts[info.filename] = values[0] if values[0].startswith("[") else f"[{','.join(values)}]"
        return texts
