"""What is written to a terminal makes it show what textual would have written whole, for fewer bytes.

A terminal emulator is the judge: one screen is fed what textual writes, the other only the changes.
"""

from __future__ import annotations

import random
from collections.abc import Sequence

import pyte
from rich.color import ColorSystem
from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from textual.geometry import Size
from textual.strip import Strip

from modelpick.tui.frame_buffer import FrameBuffer

WIDTH, HEIGHT = 40, 12
SIZE = Size(WIDTH, HEIGHT)
PLAIN = Style.parse("#aabbcc on #101010")
BOLD = Style.parse("bold #aabbcc on #101010")
BAR = Style.parse("#aabbcc on #404040")
STYLES = (
    PLAIN, BOLD, BAR, Style.parse("dim #aabbcc on #101010"), Style.parse("reverse #aabbcc on #101010"),
    Style.parse("underline red on default"), Style.parse("bold italic strike"), Style(),
)  # fmt: skip
LETTERS = "ab  1.·─█▌"
WORDS = ("数", "名前", "e\u0301")  # two cells, four, one of two characters
Pieces = list[tuple[int, int, Strip]]


class Terminal:
    """A terminal that is written to, and what was."""

    def __init__(self) -> None:
        self.screen = pyte.Screen(WIDTH, HEIGHT)
        self.stream = pyte.Stream(self.screen)

    def write(self, text: str) -> str:
        """Feed the terminal; the text again."""
        self.stream.feed(text)
        return text

    @property
    def seen(self) -> list[list[tuple[object, ...]]]:
        """Every cell as a person sees it: of a blank the ground and its lines alone."""
        return [
            [
                (c.data, c.bg, c.reverse, c.underscore, c.strikethrough, c.data.strip() and (c.fg, c.bold))
                for c in (self.screen.buffer[y][x] for x in range(WIDTH))
            ]
            for y in range(HEIGHT)
        ]


def strip(*parts: tuple[str, Style]) -> Strip:
    return Strip([Segment(text, style) for text, style in parts])


def changes(buffer: FrameBuffer, pieces: Pieces) -> str:
    return buffer.changes(pieces, SIZE, ColorSystem.TRUECOLOR)


def whole(pieces: Pieces) -> str:
    """What textual writes."""
    console = Console(color_system="truecolor", force_terminal=True)
    return "".join(f"\x1b[{y + 1};{x + 1}H{line.render(console)}" for x, y, line in pieces)


def lines(texts: Sequence[str], style: Style = PLAIN) -> Pieces:
    return [(0, y, strip((text.ljust(WIDTH), style))) for y, text in enumerate(texts)]


def started(texts: Sequence[str]) -> tuple[FrameBuffer, Terminal]:
    buffer, terminal = FrameBuffer(), Terminal()
    terminal.write(changes(buffer, lines(texts)))
    return buffer, terminal


def test_only_the_letters_that_differ_are_written() -> None:
    buffer, terminal = started(["hello"] * HEIGHT)
    ground = "\x1b[38;2;170;187;204;48;2;16;16;16m"
    assert changes(buffer, lines(["hello"] * HEIGHT)) == ""
    one = changes(buffer, [(0, 3, strip(("hallo", PLAIN)))])
    assert terminal.write(one) == f"\x1b[4;2H{ground}a\x1b[0m"
    # Bold comes and goes without the colours; unchanged letters are passed over, few ones written again.
    two = changes(buffer, [(0, 3, strip(("h", BOLD), ("allo, w", PLAIN), ("orld", BOLD)))])
    assert terminal.write(two) == (
        "\x1b[4;1H\x1b[1;38;2;170;187;204;48;2;16;16;16mh\x1b[4C\x1b[22m, w\x1b[1morld\x1b[0m"
    )
    assert terminal.screen.display[3].rstrip() == "hallo, world"


def test_a_blank_costs_no_style_where_the_ground_is_the_same() -> None:
    buffer, _ = started(["x" * WIDTH] * HEIGHT)
    written = changes(buffer, [(0, 0, strip((" ", BOLD), ("a", PLAIN), ("  ", BOLD), ("b", PLAIN)))])
    assert written.count("m") == 3  # the ground, the letters' colour upon it, the end
    assert "\x1b[1" not in written.replace("\x1b[1;1H", "")


def test_a_list_that_scrolls_is_moved_by_the_terminal() -> None:
    rows = [f"row {at:02d} of many that all have their figures" for at in range(30)]
    for top, then, code in ((0, 1, "\x1b[1M"), (5, 4, "\x1b[1L"), (0, 3, "\x1b[3M")):
        buffer, terminal = started([*rows[top : top + HEIGHT - 2], "hint", "keys"])
        expected = [*rows[then : then + HEIGHT - 2], "hint", "keys"]
        written = terminal.write(changes(buffer, lines(expected)[: HEIGHT - 2]))
        assert f"\x1b[1;10r\x1b[1;1H{code}\x1b[r" in written
        assert [line.rstrip() for line in terminal.screen.display] == [row[:WIDTH] for row in expected]
        # The lines that come into sight and a style for them; nothing of those that only moved.
        assert len(written) < 130 * abs(then - top) + 60
        assert changes(buffer, lines(expected)) == ""


def test_what_moves_along_with_a_list_is_put_right() -> None:
    # A thumb at the end of three of the lines, and one line between that stays where it is.
    def frame(first: int) -> Pieces:
        texts = [f"row {first + at} with its own figures {first + at}" for at in range(HEIGHT)]
        texts[4] = "a line that stays"
        pieces = lines(texts)
        return pieces + [(WIDTH - 1, y, strip(("█", BAR))) for y in (first, first + 1, first + 2)]

    buffer, terminal, other = FrameBuffer(), Terminal(), Terminal()
    for first in (2, 3, 4, 3):
        other.write(whole(frame(first)))
        assert "r\x1b[" in terminal.write(changes(buffer, frame(first))) or first == 2
        assert terminal.seen == other.seen


def test_everything_is_written_again_once_forgotten_or_at_another_size() -> None:
    buffer, _ = started(["hello"] * HEIGHT)
    buffer.forget()
    assert changes(buffer, lines(["hello"] * HEIGHT)).count("hello") == HEIGHT
    assert buffer.changes(lines(["hello"] * 3), Size(WIDTH, 3), ColorSystem.TRUECOLOR).count("hello") == 3
    # In 16 colours the codes are others.
    assert "\x1b[37;40m" in buffer.changes(lines(["hullo"]), Size(WIDTH, 3), ColorSystem.STANDARD)


def test_after_text_that_terminals_measure_differently_the_column_is_said() -> None:
    buffer, terminal = started(["x" * WIDTH] * HEIGHT)
    written = terminal.write(changes(buffer, [(2, 1, strip(("👩‍🚀", PLAIN), ("ab", PLAIN)))]))
    assert "\x1b[2;5Hab" in written  # two cells from the third column, whatever the terminal made of it
    assert terminal.screen.display[1].endswith("ab" + "x" * (WIDTH - 6))
    # Written again as a whole where a part of it changes, and not at all where none does.
    assert changes(buffer, [(2, 1, strip(("👩‍🚀", PLAIN), ("ab", PLAIN)))]) == ""
    assert "👩‍🚀" in changes(buffer, [(2, 1, strip(("👩‍🚀", BAR)))])


def random_frames(rng: random.Random, count: int) -> list[Pieces]:
    """Frames of which most repaint parts of lines, some scroll; texts of one letter a cell and of others."""

    def part() -> tuple[str, Style]:
        if rng.random() < 0.1:
            return rng.choice(WORDS), rng.choice(STYLES)
        return "".join(rng.choices(LETTERS, k=rng.randint(1, 9))), rng.choice(STYLES)

    def line(width: int) -> Strip:
        return strip(*(part() for _ in range(6))).adjust_cell_length(width, rng.choice(STYLES))

    shown = [line(WIDTH) for _ in range(HEIGHT)]
    frames = [[(0, y, row) for y, row in enumerate(shown)]]
    for _ in range(count):
        if rng.random() < 0.3:
            by = rng.choice((-3, -1, 1, 2))
            new = [line(WIDTH) for _ in range(abs(by))]
            shown = [*shown[by:], *new] if by > 0 else [*new, *shown[:by]]
            frames.append([(0, y, row) for y, row in enumerate(shown)])
        else:
            frame: Pieces = []
            for y in rng.sample(range(HEIGHT), rng.randint(1, 4)):
                x = rng.choice((0, 0, 11, 25))
                start, end = shown[y].divide([x, WIDTH]) if x else (Strip.blank(0), shown[y])
                new_line = line(WIDTH - x) if rng.random() < 0.7 else end
                shown[y] = Strip.join([start, new_line])
                frame.append((x, y, new_line))
            frames.append(frame)
    return frames


def test_random_frames_look_as_if_written_whole() -> None:
    rng = random.Random(7)
    console_bytes = own_bytes = 0
    for _ in range(6):
        buffer, own, textuals = FrameBuffer(), Terminal(), Terminal()
        for frame in random_frames(rng, 10):
            console_bytes += len(textuals.write(whole(frame)))
            own_bytes += len(own.write(changes(buffer, frame)))
            assert own.seen == textuals.seen
    assert own_bytes < 0.8 * console_bytes  # of random styles, and most of the lines all new
