"""Prompts to test models with: JSON Lines, or sampled from a coding agent's sessions with consent."""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...domain.errors import InputError, nearest
from ..disk import read_text

KEYS = ("id", "prompt", "messages", "expected", "regex", "schema", "label")
_MAX_SESSION_PROMPT = 20_000  # characters; longer ones are pasted files


@dataclass(frozen=True)
class Prompt:
    """One test item: what is sent, and what an answer is graded by."""

    id: str
    messages: tuple[dict[str, str], ...]
    expected: str | None = None
    regex: str | None = None
    schema: Mapping[str, Any] | None = None
    where: str = ""

    @property
    def text(self) -> str:
        """All that is sent."""
        return "\n".join(message["content"] for message in self.messages)

    @property
    def digest(self) -> str:
        """What changes with what is sent or asked for."""
        content = json.dumps([self.messages, self.expected, self.regex, self.schema], sort_keys=True)
        return hashlib.sha256(content.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def read_prompts(path: Path, label: str) -> list[Prompt]:
    """The prompts of a JSON Lines file that are for a label, or for none. InputError names the line."""
    prompts: list[Prompt] = []
    for number, line in enumerate(read_text(path).splitlines(), 1):
        if line.strip():
            where = f"{path}: line {number}"
            prompt, of_label = _prompt(line, where, number)
            if of_label in (None, label):
                prompts.append(prompt)
    if not prompts:
        raise InputError(f"holds no prompts for the label {label}", where=str(path))
    ids = [prompt.id for prompt in prompts]
    twice = next((name for name in ids if ids.count(name) > 1), None)
    if twice is not None:
        raise InputError(f"the id {twice!r} stands twice", where=str(path))
    return prompts


def _prompt(line: str, where: str, number: int) -> tuple[Prompt, str | None]:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):
        raise InputError("is no JSON", where=where) from None
    if not isinstance(row, Mapping):
        raise InputError('is no object such as {"prompt": "...", "expected": "..."}', where=where)
    for key in row:
        if key not in KEYS:
            raise InputError(f"unknown key{nearest(key, KEYS)}", key=key, where=where)
    for key in ("prompt", "expected", "regex", "label"):
        if not isinstance(row.get(key, ""), str):
            raise InputError("should be a text", key=key, where=where)
    if ("prompt" in row) == ("messages" in row):
        raise InputError("give prompt (a text) or messages (a list)", where=where)
    if not isinstance(row.get("schema", {}), Mapping):
        raise InputError("should be a JSON schema, an object", key="schema", where=where)
    messages = row.get("messages", [{"role": "user", "content": row.get("prompt", "")}])
    if not (isinstance(messages, list) and messages and all(map(_is_message, messages))):
        what = 'should be a list of {"role": "system|user|assistant", "content": "..."}'
        raise InputError(what, key="messages", where=where)
    prompt = Prompt(
        id=str(row.get("id", number)),
        messages=tuple({"role": each["role"], "content": each["content"]} for each in messages),
        expected=row.get("expected"),
        regex=row.get("regex"),
        schema=row.get("schema"),
        where=where,
    )
    if not prompt.text.strip():
        raise InputError("is empty", key="prompt", where=where)
    return prompt, row.get("label")


def _is_message(message: Any) -> bool:
    return (
        isinstance(message, Mapping)
        and message.get("role") in ("system", "user", "assistant")
        and isinstance(message.get("content"), str)
    )


def sample_sessions(source: Path, count: int, *, consent: bool) -> list[Prompt]:
    """The first prompts of so many of Claude Code's sessions, drawn at random but the same each time.

    `expected` is the answer that was given then. Raises InputError without consent: prompts of logs go to
    every provider that is tested.
    """
    if not consent:
        what = (
            "prompts from logs would be sent to every provider that is tested: --consent says that they may"
        )
        raise InputError(what, where="--from-logs")
    files = sorted(source.rglob("*.jsonl")) if source.is_dir() else [source]
    drawn: list[Prompt] = []
    random.Random(0).shuffle(files)
    for file in files:
        if (pair := _first_exchange(file)) is not None and len(pair[0]) <= _MAX_SESSION_PROMPT:
            message = {"role": "user", "content": pair[0]}
            drawn.append(Prompt(file.stem, (message,), expected=pair[1], where=str(file)))
        if len(drawn) == count:
            break
    if not drawn:
        raise InputError("holds no session of Claude Code with a prompt and an answer", where=str(source))
    return drawn


def _first_exchange(file: Path) -> tuple[str, str] | None:
    """A session's first prompt in words and the first answer to it; None where there is none."""
    prompt: str | None = None
    for row in _rows(file):
        message = row.get("message")
        if not isinstance(message, Mapping) or row.get("isSidechain") or row.get("isMeta"):
            continue
        text = _text(message.get("content"))
        if row.get("type") == "user" and prompt is None and text and not text.startswith("<"):
            prompt = text
        elif row.get("type") == "assistant" and prompt is not None and text:
            return prompt, text
    return None


def _rows(file: Path) -> Iterator[Mapping[str, Any]]:
    for line in read_text(file).splitlines():
        try:
            row = json.loads(line)
        except (ValueError, RecursionError):
            continue  # a session that is being written ends in half a line
        if isinstance(row, Mapping):
            yield row


def _text(content: Any) -> str:
    if isinstance(content, str):
        return content.strip()
    if not isinstance(content, list):
        return ""
    blocks = [block for block in content if isinstance(block, Mapping) and block.get("type") == "text"]
    return "\n".join(str(block.get("text", "")) for block in blocks).strip()
