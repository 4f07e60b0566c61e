"""The answers that were given, a line of JSON each: kept as they come, and not asked for again."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from ...domain.errors import InputError
from ..disk import append_line, exists, read_text


@dataclass(frozen=True)
class Answer:
    """One answer of an offer to a prompt, and its grade, 0 to 1; `score` None: it could not be graded."""

    prompt: str
    digest: str  # of the prompt
    offer: str
    grader: str
    text: str
    score: float | None
    output_tokens: float
    usd: float
    seconds: float
    verdicts: str = ""

    @property
    def key(self) -> tuple[str, str, str]:
        """What makes asking again needless."""
        return self.offer, self.digest, self.grader


class AnswerFile:
    """A file of answers, which grows line by line."""

    def __init__(self, path: Path) -> None:
        """Reads what is there; lines that were cut off are dropped. Raises InputError for another file."""
        self.path = path
        self.answers: list[Answer] = []
        self.damaged = 0
        self._cut = False
        if not exists(path):
            return
        text = read_text(path)
        self._cut = bool(text) and not text.endswith("\n")
        for number, line in enumerate(text.split("\n"), 1):
            if not line.strip():
                continue
            try:
                row = json.loads(line)
            except (ValueError, RecursionError):
                self.damaged += 1
                continue
            try:
                self.answers.append(Answer(**{field.name: row[field.name] for field in fields(Answer)}))
            except (KeyError, TypeError):
                raise self._foreign(f"{path}: line {number}") from None
        if self.damaged and not self.answers:
            raise self._foreign(str(path))

    @staticmethod
    def _foreign(where: str) -> InputError:
        return InputError("holds no answers of modelpick eval: name another file with --answers", where=where)

    def add(self, answer: Answer) -> None:
        """Keep one more, on disk at once. Raises InputError."""
        line = json.dumps(asdict(answer), ensure_ascii=False)
        append_line(self.path, ("\n" if self._cut else "") + line)
        self._cut = False
        self.answers.append(answer)
