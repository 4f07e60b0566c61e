"""Any file may be damaged in any way: an answer or one clear message, no traceback, no hang, nothing lost.

`make fuzz` runs 3,000 damaged files (MODELPICK_FUZZ=3000); the tests a few of each kind. A fault prints the
command and the file; the same seed (MODELPICK_FUZZ_SEED) gives the same files in every run.
"""

from __future__ import annotations

import io
import os
import random
import re
import signal
import traceback
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from modelpick.__main__ import main

from . import seeds
from .mutations import as_csv, as_json, as_jsonl, as_toml, as_yaml, damage, damage_text

CASES = int(os.environ.get("MODELPICK_FUZZ", "90"))
SEED = os.environ.get("MODELPICK_FUZZ_SEED", "1")
CHUNK = 10 if CASES >= 1_000 else 4
SECONDS = 90.0  # far above any answer at these sizes: a report, of hundreds of solves, takes ten
LONGEST_MESSAGE = 2_000
_TERMINAL_MOVES = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
_PYTHON = re.compile(r"Traceback|\bNone\b|\btuple\b|Value error|object at 0x|NoneType|<class ")


@dataclass(frozen=True)
class Kind:
    """One kind of file: how a right one looks, how it is written, and the commands that read it."""

    document: Any
    text: Callable[[Any], str]
    file: str
    commands: list[list[str]]
    catalog: bool = True  # whether the small catalogue is given as well


def _usage(document: Any, text: Callable[[Any], str], file: str) -> Kind:
    return Kind(
        document, text, file, [["import", "usage", file, "-o", "now.toml"], ["import", "usage", file]]
    )


def _config(document: Any, text: Callable[[Any], str], file: str, router: str) -> Kind:
    return Kind(
        document,
        text,
        file,
        [
            ["import", "config", file, "-o", "now.toml"],
            ["import", "config", file, "--router", router],
            ["baselines", "routing.toml", "--against", file],
            ["export", router, "routing.toml", "-o", file],
        ],
    )


def _prices(document: Any, source: str) -> Kind:
    words = ["catalog", "refresh", "--from", source, "--file", "prices.json", "--overlay", "overlay.toml"]
    return Kind(document, as_json, "prices.json", [[*words, "--dry-run"], [*words, "--yes"]])


KINDS = {
    "routing": Kind(
        seeds.ROUTING,
        as_toml,
        "damaged.toml",
        [
            ["solve", "damaged.toml", "--time-limit", "5", "-o", "now.toml"],
            ["solve", "damaged.toml", "--time-limit", "5", "--json"],
            ["explain", "damaged.toml"],
            ["explain", "damaged.toml", "--why-not", "openai/gpt-5", "--label", "default"],
            ["frontier", "damaged.toml", "--points", "5"],
            ["report", "damaged.toml", "--format", "html"],
            ["baselines", "damaged.toml"],
            ["diff", "routing.toml", "damaged.toml"],
            ["export", "litellm", "damaged.toml"],
            ["scenarios", "damaged.toml", "--outage"],
            ["robust", "damaged.toml", "--time-limit", "5", "--samples", "50", "--resolves", "2"],
        ],
    ),
    "catalogue": Kind(
        seeds.CATALOG,
        as_toml,
        "damaged.toml",
        [
            ["catalog", "check", "--catalog", "damaged.toml"],
            ["catalog", "list", "--catalog", "damaged.toml"],
            ["catalog", "show", "openai/gpt-5", "--catalog", "damaged.toml"],
            ["solve", "routing.toml", "--time-limit", "5", "--catalog", "damaged.toml"],
            ["compare", "gpt-5", "gpt-5-mini", "--catalog", "damaged.toml"],
            ["report", "routing.toml", "--catalog", "damaged.toml"],
            ["explain", "routing.toml", "--catalog", "damaged.toml"],
            ["export", "opencode", "routing.toml", "--catalog", "damaged.toml"],
        ],
        catalog=False,
    ),
    "overlay": Kind(
        {"models": {"gpt-5": seeds.CATALOG["models"]["gpt-5"]}, "offers": seeds.CATALOG["offers"]},
        as_toml,
        "overlay.toml",
        [
            ["catalog", "refresh", "--file", "right-prices.json", "--overlay", "overlay.toml", "--yes"],
            ["import", "scores", "scores.json", "--format", "promptfoo", "-o", "overlay.toml"],
        ],
    ),
    "litellm config": _config(seeds.LITELLM_CONFIG, as_yaml, "config.yaml", "litellm"),
    "claude-code-router config": _config(seeds.CCR_CONFIG, as_json, "config.json", "claude-code-router"),
    "opencode config": _config(seeds.OPENCODE_CONFIG, as_json, "opencode.json", "opencode"),
    "aider config": _config(seeds.AIDER_CONFIG, as_yaml, ".aider.conf.yml", "aider"),
    "litellm log": _usage(seeds.SPEND_LOG, as_csv, "spend.csv"),
    "litellm log json": _usage(seeds.SPEND_LOG, as_json, "spend.json"),
    "claude code log": _usage(seeds.CLAUDE_CODE_LOG, as_jsonl, "session.jsonl"),
    "openai usage": _usage(seeds.OPENAI_USAGE, as_json, "usage.json"),
    "anthropic usage": _usage(seeds.ANTHROPIC_USAGE, as_json, "usage.json"),
    "openrouter activity": _usage(seeds.OPENROUTER_ACTIVITY, as_csv, "activity.csv"),
    "codex session": _usage(seeds.CODEX_SESSION, as_jsonl, "rollout.jsonl"),
    "opencode messages": _usage(seeds.OPENCODE_MESSAGES, as_json, "messages.json"),
    "gemini session": _usage(seeds.GEMINI_SESSION, as_json, "session.json"),
    "spans": _usage(seeds.SPANS, as_jsonl, "spans.jsonl"),
    "langfuse": _usage(seeds.LANGFUSE_OBSERVATIONS, as_json, "observations.json"),
    "helicone": _usage(seeds.HELICONE_REQUESTS, as_csv, "requests.csv"),
    "litellm prices": _prices(seeds.LITELLM_PRICES, "litellm"),
    "openrouter prices": _prices(seeds.OPENROUTER_ENDPOINTS, "openrouter"),
    "models.dev prices": _prices(seeds.MODELS_DEV, "models.dev"),
    "genai prices": _prices(seeds.GENAI_PRICES, "genai-prices"),
    "scores": Kind(
        seeds.SCORES,
        as_json,
        "scores.json",
        [["import", "scores", "scores.json", "--format", "promptfoo", "--skill", "coding", "-o", "new.toml"]],
    ),
    "scenarios": Kind(
        seeds.SCENARIOS,
        as_toml,
        "scenarios.toml",
        [["sweep", "routing.toml", "--scenarios", "scenarios.toml", "-o", "rows.csv", "--jobs", "1"]],
    ),
}
# Routings and catalogues have most places and most readers: half of all cases are theirs.
_WEIGHTS = {name: 5 if name in ("routing", "catalogue") else 1 for name in KINDS}
CHUNKS = [
    (name, chunk)
    for name, weight in _WEIGHTS.items()
    for chunk in range(max(1, round(CASES * weight / sum(_WEIGHTS.values()) / CHUNK)))
]


class Hang(BaseException):
    """The command ran far longer than anything here may."""


def _alarm(_signal: int, _frame: FrameType | None) -> None:
    raise Hang


def _fault(words: list[str], allowed: tuple[int, ...] = (0, 1, 2, 3)) -> str:
    """What is wrong with how a command ended; empty where it answered or refused as it should."""
    out, err = io.StringIO(), io.StringIO()
    before = signal.signal(signal.SIGALRM, _alarm)
    signal.setitimer(signal.ITIMER_REAL, SECONDS)
    try:
        with redirect_stdout(out), redirect_stderr(err):
            main(words)
    except SystemExit as end:
        status = end.code
    except Hang:
        return f"no end after {SECONDS:g} s"
    except BaseException:
        return traceback.format_exc(limit=-6)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    answer, message = out.getvalue(), err.getvalue()
    if status not in allowed:
        return f"status {status}: {message}"
    if status == 2 and not (0 < len(message.strip()) <= LONGEST_MESSAGE):
        return f"status 2 with a message of {len(message)} characters: {message[:300]!r}"
    for stream in (answer, message):
        unclean = _TERMINAL_MOVES.search(stream) or _PYTHON.search(stream)
        if unclean:
            around = stream[max(0, unclean.start() - 150) :][:300]
            return f"status {status} prints {unclean.group()!r}: {around!r}"
    return ""


def _damaged(kind: Kind, chance: random.Random) -> bytes:
    if chance.random() < 0.15:
        return damage_text(kind.text(kind.document), chance)
    document = kind.document
    for _ in range(chance.choice([1, 1, 1, 2, 3])):
        document = damage(document, chance)
    try:
        return kind.text(document).encode("utf-8", "surrogatepass")
    except (ValueError, TypeError, RecursionError):  # this format cannot say it
        return damage_text(kind.text(kind.document), chance)


def _prepare(folder: Path) -> None:
    folder.mkdir()
    (folder / "catalog.toml").write_text(as_toml(seeds.CATALOG))
    (folder / "routing.toml").write_text(as_toml(seeds.ROUTING))
    (folder / "right-prices.json").write_text(as_json(seeds.LITELLM_PRICES))
    (folder / "scores.json").write_text(as_json(seeds.SCORES))


@pytest.mark.parametrize("name", KINDS)
def test_the_files_are_right_before_they_are_damaged(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kind = KINDS[name]
    for number, command in enumerate(kind.commands):
        folder = tmp_path / str(number)
        _prepare(folder)
        monkeypatch.chdir(folder)
        Path(kind.file).write_text(kind.text(kind.document))
        words = [*command, "--catalog", "catalog.toml"] if kind.catalog else command
        assert not _fault(words, allowed=(0, 1)), words


@pytest.mark.parametrize(("name", "chunk"), CHUNKS)
def test_damaged_files(name: str, chunk: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kind, faults = KINDS[name], []
    for case in range(chunk * CHUNK, (chunk + 1) * CHUNK):
        folder = tmp_path / str(case)
        _prepare(folder)
        monkeypatch.chdir(folder)
        chance = random.Random(f"{SEED} {name} {case}")
        content = _damaged(kind, chance)
        Path(kind.file).write_bytes(content)
        words = chance.choice(kind.commands)
        if kind.catalog:
            words = [*words, "--catalog", "catalog.toml"]
        fault = _fault(words)
        saved = Path("now.toml")
        if not fault and saved.exists():
            fault = _fault(["solve", "now.toml", "--time-limit", "5", "--catalog", "catalog.toml"])
            fault = fault and f"what was saved: {fault}"
        if fault:
            faults.append(f"{name} {case}: {' '.join(words)}\n{content[:900]!r}\n{fault}")
    assert not faults, "\n\n".join(faults)
