"""A surface of dots in braille, and figures along its sides: what charts in a terminal are drawn on."""

from __future__ import annotations

from dataclasses import dataclass
from math import log10

_BITS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))  # by row, then column
_BLANK = 0x2800


class Canvas:
    """A surface of `width` x `height` characters of 2 x 4 dots, addressed from the top left."""

    def __init__(self, width: int, height: int) -> None:
        self.width, self.height = width, height
        self._cells = [[0] * width for _ in range(height)]

    @property
    def dots(self) -> tuple[int, int]:
        """Dots across and down."""
        return 2 * self.width, 4 * self.height

    def dot(self, x: int, y: int) -> None:
        """Set one dot; outside the surface nothing happens."""
        across, down = self.dots
        if 0 <= x < across and 0 <= y < down:
            self._cells[y // 4][x // 2] |= _BITS[y % 4][x % 2]

    def line(self, start: tuple[int, int], end: tuple[int, int]) -> None:
        """Set the dots between two, both included."""
        (x, y), (to_x, to_y) = start, end
        steps = max(abs(to_x - x), abs(to_y - y), 1)
        for step in range(steps + 1):
            self.dot(round(x + (to_x - x) * step / steps), round(y + (to_y - y) * step / steps))

    def rows(self) -> list[str]:
        """The characters, line by line; a space where no dot is set."""
        return ["".join(chr(_BLANK + cell) if cell else " " for cell in row) for row in self._cells]


@dataclass(frozen=True)
class Scale:
    """A range of figures along so many dots; `log` steps by factors."""

    low: float
    high: float
    dots: int
    log: bool = False

    def at(self, figure: float) -> int:
        """The dot of a figure, from 0."""
        low, high, at = (log10(max(x, 1e-9)) if self.log else x for x in (self.low, self.high, figure))
        return round((at - low) / (high - low) * (self.dots - 1)) if high > low else self.dots // 2
