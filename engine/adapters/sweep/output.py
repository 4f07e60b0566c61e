"""The table of a sweep, CSV or Parquet, and the journal beside it that an interrupt leaves behind.

Each finished row is added to the journal at once; the table is written from it, whole, at the end or at an
interrupt, and the journal goes. Whatever of both is found by the next run is not solved again.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from ...domain.errors import InputError
from ..disk import check_plain, exists, read_text, reason_text, save, save_bytes
from .executors import PLAN_COLUMNS, Row, optional_module
from .spec import Task

_NUMBERS = ("limit", "cost", "quality", "counted", "gap", "models", "providers")
_WHOLE = ("models", "providers")
_FIRST = ("file", "scenario")
_LAST = (*PLAN_COLUMNS, "limit", "key")


class Output:
    """One table's file and its journal."""

    def __init__(self, path: Path) -> None:
        if path.suffix.lower() not in (".csv", ".parquet"):
            raise InputError("the table's name must end in .csv or .parquet", where=f"-o {path}")
        self.path, self.journal = path, path.with_name(f"{path.name}.part")
        for file in (self.path, self.journal):
            check_plain(file, "the rows that are there are kept")
        self.parquet = path.suffix.lower() == ".parquet"
        if self.parquet:
            optional_module("pyarrow", "Parquet")

    def known(self) -> dict[str, Row]:
        """Rows that are done, by their key. Raises InputError where the file is no sweep's table."""
        rows = self._table() if exists(self.path) else {}
        if exists(self.journal):
            for line in self.journal.read_text("utf-8", "replace").splitlines():
                with suppress(ValueError, KeyError, TypeError):  # the last line of a killed run may be torn
                    row = json.loads(line)
                    rows[row.pop("key")] = row
        return rows

    def _table(self) -> dict[str, Row]:
        if self.parquet:
            parquet = optional_module("pyarrow.parquet", "Parquet")
            try:
                rows = parquet.read_table(self.path).to_pylist()
            except (OSError, ValueError) as error:
                raise self._foreign() from error
        else:
            reader = csv.DictReader(io.StringIO(read_text(self.path), newline=""))
            rows = list(reader)
            if not set(_LAST) <= set(reader.fieldnames or ()):
                raise self._foreign()
        try:
            return {row["key"]: {name: _typed(name, row[name]) for name in _LAST[:-1]} for row in rows}
        except (KeyError, ValueError, TypeError):
            raise self._foreign() from None

    def _foreign(self) -> InputError:
        return InputError("exists and is not a table of a sweep; name another file", where=str(self.path))

    def add(self, rows: Iterable[tuple[str, Row]]) -> None:
        """Writes finished rows down. Raises InputError where that fails."""
        text = "".join(json.dumps({"key": key, **row}) + "\n" for key, row in rows)
        try:
            with self.journal.open("a+b") as file:
                if file.tell() and _ends_amid_a_line(self.journal):
                    text = "\n" + text
                file.write(text.encode())
        except OSError as error:
            raise InputError(f"cannot save: {reason_text(error)}", where=str(self.journal)) from None

    def write(self, tasks: Sequence[Task], keys: Sequence[str], done: Mapping[str, Row]) -> str:
        """The table of all rows that are done, in the order in which they were asked; the journal goes.

        Returns what `disk.save` has to say. Raises InputError.
        """
        paths = [
            path for path in dict.fromkeys(p for task in tasks for p in task.sets) if path not in PLAN_COLUMNS
        ]
        rows = [
            {"file": task.file, "scenario": task.scenario, **dict.fromkeys(paths), **task.sets}
            | {**done[key], "key": key}
            for task, key in zip(tasks, keys, strict=True)
            if key in done
        ]
        if self.parquet:
            note = save_bytes(self.path, _parquet([*_FIRST, *paths, *_LAST], rows))
        else:
            note = save(self.path, _csv([*_FIRST, *paths, *_LAST], rows))
        self.journal.unlink(missing_ok=True)
        return note


def _ends_amid_a_line(path: Path) -> bool:
    with path.open("rb") as file:
        file.seek(-1, 2)
        return file.read() != b"\n"


def _typed(column: str, cell: Any) -> Any:
    """A cell as it was: empty is none where a number belongs."""
    if column not in _NUMBERS:
        return cell or ""
    if cell in ("", None):
        return None
    return int(cell) if column in _WHOLE else float(cell)


def _csv(head: Sequence[str], rows: Sequence[Row]) -> str:
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, head, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def _parquet(head: Sequence[str], rows: Sequence[Row]) -> bytes:
    """Figures as numbers, also those varied where all of a column are; everything else as text."""
    arrow, parquet = optional_module("pyarrow", "Parquet"), optional_module("pyarrow.parquet", "Parquet")
    columns = {}
    for name in head:
        values = [row[name] for row in rows]
        kind = arrow.int64() if name in _WHOLE else arrow.float64() if name in _NUMBERS else arrow.string()
        if name not in (*_FIRST, *_LAST) and any(values):
            with suppress(ValueError):
                values, kind = [float(v.replace("_", "")) if v else None for v in values], arrow.float64()
        columns[name] = arrow.array(values, kind)
    sink = arrow.BufferOutputStream()
    parquet.write_table(arrow.table(columns), sink)
    return bytes(sink.getvalue())
