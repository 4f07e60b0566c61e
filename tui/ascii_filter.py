"""For terminals that have ASCII alone: every sign, bar and border as the letter that comes nearest.

On where the config says `ascii = true`; where it says nothing, on a console such as Linux' own, and where the
locale names another character set than UTF-8.
"""

from __future__ import annotations

from unicodedata import normalize

from rich.cells import cell_len
from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter

_SIGNS = {
    "✓": "+", "✗": "x", "●": "*", "○": "o", "◉": "O", "◆": "#", "★": "<", "⌖": "@", "‡": '"', "†": "'",
    "≠": "#", "▲": "^", "▼": "v", "▸": ">", "▾": "v", "›": ">", "‹": "<", "→": ">", "←": "<", "⇉": ">",
    "↑": "^", "↓": "v", "⏎": "<", "␣": "_", "·": ".", "…": ".", "≥": ">", "≤": "<", "−": "-", "×": "x",
    "━": "=", "╾": "=", "╼": "=", "╴": "-", "⇄": "&",
    "—": "-", "–": "-", "▌": ">", "▕": "[", "⇧": "^", "“": '"', "”": '"', "’": "'", "•": "*",
}  # fmt: skip
KEYS = {
    "⏎": "Enter",
    "→": "Right",
    "←": "Left",
    "↑": "Up",
    "↓": "Down",
    "␣": "Space",
}  # signs that are keys, too
_BLOCKS = (
    dict.fromkeys("▁▂▃▎▍", ".")
    | {"▏": "|"}
    | dict.fromkeys("▄▅▆▇█▉▊▋▐▀▖▗▘▝▓", "#")
    | dict.fromkeys("░▒", ":")
)
_LINES = dict.fromkeys("─═╌┄", "-") | dict.fromkeys("│┃║╎┆┊", "|")
_NEAREST = str.maketrans(_SIGNS | _BLOCKS | _LINES)
_FRAMES, _BRAILLE = range(0x2500, 0x2580), range(0x2801, 0x2900)


def in_ascii(text: str) -> str:
    """The text in as many cells, without any letter outside ASCII."""
    if text.isascii():
        return text
    text = text.replace("≥ ", ">=").replace("≤ ", "<=")
    return "".join(map(_letter, text.translate(_NEAREST)))


def _letter(letter: str) -> str:
    if letter.isascii():
        return letter
    code = ord(letter)
    if code in _FRAMES:
        return "+"
    if code in _BRAILLE:
        return "*"
    plain = normalize("NFKD", letter).encode("ascii", "ignore").decode()
    cells = cell_len(letter)
    return plain if len(plain) == cells else "?" * cells


class AsciiFilter(LineFilter):
    """Everything that is painted, in ASCII."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:  # noqa: ARG002
        """The segments in the same styles and cells."""
        return [Segment(in_ascii(text), style, control) for text, style, control in segments]
