"""Files of evaluations, whoever wrote them: recognised by what they hold, and read as results."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from ...domain.errors import InputError
from ...domain.formatting import plural
from . import every_eval_ever, inspect_log, lm_eval, promptfoo, records
from .files import Document, document, find_files
from .results import Columns, Evaluations


@dataclass(frozen=True)
class _Format:
    recognises: Callable[[Any], bool]
    evaluations: Callable[[Sequence[Document], Columns], Evaluations]


_FORMATS = tuple(
    _Format(module.recognises, module.evaluations)
    for module in (promptfoo, lm_eval, inspect_log, every_eval_ever, records)
)
_KNOWN = (
    "known are results of promptfoo, lm-evaluation-harness, Inspect and every-eval-ever, and CSV, JSON Lines"
    " or Parquet with columns for model and score"
)


@contextmanager
def read_evaluations(source: str, columns: Columns) -> Iterator[list[Evaluations]]:
    """The evaluations in a file, a folder or the files of a pattern, one a format. Raises InputError."""
    documents, tables = find_files(source)
    groups: dict[_Format, list[Document]] = {}
    strange = []
    for path in documents:
        read = document(path)
        known = next((each for each in _FORMATS if each.recognises(read.content)), None)
        if known is None:
            strange.append(path)
        else:
            groups.setdefault(known, []).append(read)
    if strange and not groups and not tables:
        raise InputError(f"not recognised as evaluations: {_KNOWN}", where=str(strange[0]))
    evaluations = [each.evaluations(files, columns) for each, files in groups.items()]
    if strange:
        names = ", ".join(path.name for path in strange[:3])
        note = f"{plural(len(strange), 'file')} without evaluations not read: {names}"
        evaluations.append(Evaluations("", (), [note]))
    if not tables:
        yield evaluations
        return
    with records.tables(tables, columns) as rows:
        yield [*evaluations, rows]
