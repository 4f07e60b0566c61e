"""From a key to its own effect on the screen, to the new plan and its prices, and the bytes it costs.

The cursor walks down the rules and steps each value it can. A key's own effect is the first paint that
changes the rules' names and values; the plan is shown when the head and the labels have changed and
the status no longer says that it is solving; its reasons, and what one model would cost in its place, are
asked for later and change the rest. The next key is only sent then, and the screens are compared after the
fact. Step prices are those of the rule that was
stepped, from the plan on; bytes are all that the terminal is sent for a move of the cursor, at three sizes:
each move by itself, until nothing more comes, and thirty a second as a held key's.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from .first_paint import answered, rules_at
from .report import Result, Table, judged, seconds
from .terminal import Chunk, Terminal, app

ROUTING = Path(__file__).with_name("six_labels.toml")
STEPPED = ("requests", "input_tokens ", "output_tokens", "min_quality", "max_latency", "max_models")
CURSOR = "▌"
NAMES_AND_VALUES = 42  # columns
EFFECT, PLAN, PRICES = 50.0, 100.0, 500.0  # milliseconds, p95
BYTES = 900.0  # for a move of the cursor
QUIET = 0.25  # seconds without paint
REST = 2.0  # after which nothing more comes of a plan or of a move
HELD = 1 / 30  # seconds between the repeats of a key that is held
SIZES = ((80, 24), (120, 40), (200, 60))
LISTS = (("rules", ""), ("finder", "\x10"), ("browser", "b"))  # and the key that opens each
DOWN = "\x1b[B"
HEAD = ("from the key to", "keys", "p50", "p95", "most")


def run(keys: int) -> Result:
    """`keys` steps, and as many moves as it takes to get around."""
    moves: list[float] = []
    steps: list[float] = []
    plans: list[float] = []
    refusals: list[float] = []
    with Terminal(app(str(ROUTING))) as terminal:
        lines = _opened(terminal)
        down = True
        while len(steps) < keys:
            before = lines
            effect, _, lines = _press(terminal, "j" if down else "k", lines)
            if lines == before:
                down = not down
                continue
            moves.append(effect)
            if any(f" {name}" in _here(lines) for name in STEPPED):
                old, key = lines, "+" if len(steps) % 4 < 2 else "-"
                effect, plan, lines = _press(terminal, key, lines)
                if _panel(lines) == _panel(old):  # at the end of the value's range
                    refusals.append(effect)
                else:
                    steps.append(effect)
                    plans.append(plan)
    rows = [_row("the cursor's move", moves), _row("the new value", steps), _row("the new plan", plans)]
    rows += [_row("the hint that a value cannot be stepped", refusals)] if refusals else []
    p95 = [float(np.quantile(times, 0.95)) * 1e3 for times in (moves + steps + refusals, plans)]
    notes = [
        judged("own effect p95", p95[0], EFFECT, least=False, unit=" ms"),
        judged("new plan p95", p95[1], PLAN, least=False, unit=" ms"),
    ]
    table = Table("keystrokes, shipped catalogue, 6 labels, 120 x 40", HEAD, rows, notes)
    return Result([table, _step_prices(max(keys // 4, 6)), _bytes(max(keys // 4, 8))])


def _step_prices(keys: int) -> Table:
    """The prices of the first label's rules after its requests were stepped, at the ready-made routing."""
    times: list[float] = []
    with Terminal(app()) as terminal:
        lines = _opened(terminal)
        while " requests" not in _here(lines):
            lines = _settled(_press(terminal, "j", lines)[2], terminal)
        for at in range(keys):
            terminal.send("+" if at % 4 < 2 else "-")
            seen = list(terminal.replay(terminal.read(REST, 10.0)))
            last = seen[-1][1]
            rules = slice(rules_at(last) + 1, rules_at(last) + 14)
            changes = [moment for moment, lines in seen if lines[rules] != last[rules]]
            shown = next((moment for moment, _ in seen if not changes or moment > changes[-1]), seen[-1][0])
            times.append(max(shown - _last(seen), 0.0))
    notes = [
        judged("step prices p95", float(np.quantile(times, 0.95)) * 1e3, PRICES, least=False, unit=" ms")
    ]
    row = _row("the prices of its rules", times)
    return Table("step prices, ready-made routing, 120 x 40", ("from the plan to", *HEAD[1:]), [row], notes)


def _bytes(moves: int) -> Table:
    """What the terminal is sent for moves of the cursor."""
    rows: list[tuple[str, ...]] = []
    notes: list[str] = []
    for size in SIZES:
        with Terminal(app(), size) as terminal:
            _settled(_opened(terminal), terminal)
            for name, key in LISTS:
                if key:
                    terminal.send(key)
                    _settled([], terminal)
                alone = [_sent(terminal, DOWN) for _ in range(moves)]
                held = sum(_sent(terminal, DOWN, HELD) for _ in range(moves * 3)) + _sent(terminal)
                what = f"{name}, {size[0]} x {size[1]}"
                rows.append((what, *(f"{n:.0f}" for n in (np.mean(alone), max(alone), held / moves / 3))))
                notes.append(judged(f"{what}, held", held / moves / 3, BYTES, least=False, unit=" bytes"))
                terminal.send("\x1b")
                _sent(terminal)
    return Table("bytes for a move of the cursor", ("list", "alone", "most", "held"), rows, notes)


def _sent(terminal: Terminal, key: str = "", most: float = 5.0) -> int:
    """The bytes that come after a key, until none has for a while, or for `most` seconds."""
    if key:
        terminal.send(key)
    chunks = terminal.read(min(REST / 4, most), most)
    list(terminal.replay(chunks))
    return sum(len(chunk) for _, chunk in chunks)


def _settled(lines: list[str], terminal: Terminal) -> list[str]:
    """The screen once nothing more comes."""
    seen = list(terminal.replay(terminal.read(REST, 10.0)))
    return seen[-1][1] if seen else lines


def _opened(terminal: Terminal) -> list[str]:
    """The screen with its first plan."""
    lines: list[str] = []
    while terminal.age < 30:
        seen = list(terminal.replay(terminal.read(quiet=1.0, most=3.0)))
        lines = seen[-1][1] if seen else lines
        if lines and answered(lines):
            return lines
    raise RuntimeError("\n".join(["the app shows no plan:", *lines]))


def _press(terminal: Terminal, key: str, before: list[str]) -> tuple[float, float, list[str]]:
    """(seconds to its own effect, seconds to the last change, the screen then)."""
    sent = terminal.send(key)
    chunks: list[Chunk] = []
    seen: list[tuple[float, list[str]]] = []
    while True:
        chunks = terminal.read(quiet=QUIET, most=5.0)
        seen += terminal.replay(chunks)
        if not chunks or "solving" not in " ".join(seen[-1][1][:3]):
            break
    return _effect(seen, before) - sent, _last(seen) - sent, seen[-1][1] if seen else before


def _effect(seen: Sequence[tuple[float, list[str]]], before: list[str]) -> float:
    """When the rules' panel first differed; where it never does, when anything was painted."""
    panel = _panel(before)
    changed = (at for at, lines in seen if _panel(lines) != panel)
    return next(changed, seen[0][0] if seen else float("nan"))


def _last(seen: Sequence[tuple[float, list[str]]]) -> float:
    """When the screen above the reasons first was what it is now."""
    at, now = float("nan"), _above(seen[-1][1]) if seen else []
    for moment, lines in reversed(seen):
        if _above(lines) != now:
            break
        at = moment
    return at


def _above(lines: list[str]) -> list[str]:
    """The head, without what one model would cost, which comes later; and the labels with what they cost."""
    title = next((line for line in lines if "1 labels" in line), "")
    width = title.find("2 ") - 1 if "2 " in title else len(title)
    head = 3 if "a month" in lines[1] else 1
    cost = [line.partition("a month")[0] for line in lines[:head]]
    return cost + [line[:width] for line in lines[head : rules_at(lines)]]


def _panel(lines: list[str]) -> list[str]:
    """The rules' names and values, without their money, which comes later."""
    return [line[:NAMES_AND_VALUES] for line in lines[rules_at(lines) : -2]]


def _here(lines: list[str]) -> str:
    """The rule under the cursor."""
    return next((line for line in lines[rules_at(lines) :] if line.startswith(CURSOR)), "")


def _row(what: str, times: Sequence[float]) -> tuple[str, ...]:
    figures = (np.quantile(times, 0.5), np.quantile(times, 0.95), max(times))
    return (what, str(len(times)), *(seconds(float(value)) for value in figures))
