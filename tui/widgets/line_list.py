"""A list drawn line by line: formatted once, two lines repainted when the cursor moves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.geometry import Region, Size
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.timer import Timer

from .. import textual_private
from ..formatting import clean
from ..messages import CursorMoved

CURSOR = "▌"
STALE_SECONDS = 0.1  # that what has aged is still shown as new: most answers come before, nothing flickers


@dataclass(frozen=True, eq=False)
class Line:
    """Parts of text with their styles' names, what they stand for, signs in the figures; equal to itself."""

    parts: tuple[tuple[str, str], ...]
    key: Any = None
    faint: bool = False
    signs: str = ""
    offer: str = ""  # that it is about

    def like(self, other: Line) -> bool:
        """Whether the two show and mean the same."""
        fields = self.parts, self.key, self.faint, self.signs
        return fields == (other.parts, other.key, other.faint, other.signs)


class LinePanel(ScrollView, can_focus=True):
    """Lines with a cursor; a subclass formats them for a width in `lines_for`."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "line--head", "line--name", "line--value", "line--unit", "line--note", "line--good",
        "line--bad", "line--cursor", "line--mark", "line--bar",
    }  # fmt: skip
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,j", "move(1)", "Down", show=False, id="down"),
        Binding("up,k", "move(-1)", "Up", show=False, id="up"),
        Binding("home,g", "move(-100000)", "First line", show=False, id="first"),
        Binding("end,G", "move(100000)", "Last line", show=False, id="last"),
        Binding("pagedown,ctrl+f,ctrl+d", "page(1)", "Page down", show=False, id="page_down"),
        Binding("pageup,ctrl+b,ctrl+u", "page(-1)", "Page up", show=False, id="page_up"),
        Binding("slash", "screen.find_line", "Find in this list", show=False, id="find_line"),
    ]

    GROUP: ClassVar[str] = ""
    """What its keys stand under in the help."""
    DOUBLE_CLICK: ClassVar[str] = ""
    """The action of a second click on a line."""
    TELLS_CURSOR: ClassVar[bool] = False
    """Whether the screen is told of every line that the cursor comes to: its key is a path then."""
    KEEPS_CURSOR: ClassVar[bool] = False
    """Whether the cursor is drawn also where the keys go elsewhere."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._lines: list[Line] = []
        self._strips: dict[tuple[Line, bool], Strip] = {}
        self._styles_of: dict[tuple[str, bool, bool], Style] = {}
        self._soon: Timer | None = None
        self._width = 0
        self.cursor = 0
        self.starts_below_heads = False  # once there are lines, before a key can come
        self.title, self._title_heads = "", ""

    def lines_for(self, width: int) -> list[Line]:
        """What to show in so many cells."""
        raise NotImplementedError

    def rebuild(self, keep: Any = None) -> None:
        """Format again; the cursor stays with the line for `keep`, or with the one it was on.

        Once its screen has closed nothing is formatted: an answer may still come for it.
        """
        if not self.is_attached:
            return
        if self._soon is not None:
            self._soon.stop()
            self._soon = None
        keep = keep if keep is not None else self.key
        size, was = self.scrollable_content_region.size, self.cursor
        width = max(size.width, 1)
        changed = self._replace(self.lines_for(width), width)
        keys = [line.key for line in self._lines]
        self.cursor = keys.index(keep) if keep is not None and keep in keys else self.cursor
        self.cursor = self._within(self.cursor)
        if self.starts_below_heads and self._lines:
            self.starts_below_heads = False
            self.wake()
        self.resized(Size(width, len(self._lines)))
        if changed is None:
            self.refresh()
        else:
            for at in changed | ({was, self.cursor} if was != self.cursor else set()):
                if 0 <= at - self.scroll_offset.y < size.height:
                    self.refresh_line(at)
        self._show_cursor()

    def rebuild_soon(self) -> None:
        """Format again in a moment, unless that is done before: what has aged may be replaced by then."""
        if self._soon is None:
            self._soon = self.set_timer(STALE_SECONDS, self.rebuild)

    def _replace(self, lines: list[Line], width: int) -> set[int] | None:
        """Take new lines, keeping those that are as they were; what has changed, None where all may have."""
        old, same = self._lines, width == self._width
        self._lines, self._width = lines, width
        if not same:
            self._strips.clear()
            return None
        both = min(len(lines), len(old))
        changed = {at for at in range(both) if not lines[at].like(old[at])}
        for at in range(both):
            if at not in changed:
                lines[at] = old[at]
        changed |= set(range(both, max(len(lines), len(old))))
        for at in changed:
            if at < len(old):
                for cursor in (True, False):
                    self._strips.pop((old[at], cursor), None)
        return changed

    def resized(self, size: Size) -> None:
        """Take the size of the lines; no other widget is laid out unless the panel grows with them."""
        if self.styles.auto_dimensions or not self.container_size:
            self.virtual_size = size
        elif size != self.virtual_size:
            textual_private.resize_content(self, size)

    @property
    def key(self) -> Any:
        """What the line under the cursor stands for."""
        return self._lines[self.cursor].key if self.cursor < len(self._lines) else None

    @property
    def signs(self) -> str:
        """The signs that the figures under the cursor carry, such as that of an estimate."""
        return self._lines[self.cursor].signs if self.cursor < len(self._lines) else ""

    @property
    def offer(self) -> str:
        """The offer that the line under the cursor is about; "" where it is about none."""
        return self._lines[self.cursor].offer if self.cursor < len(self._lines) else ""

    @property
    def text(self) -> str:
        """Everything it shows, for tests and for copying."""
        return "\n".join("".join(text for text, _ in line.parts).rstrip() for line in self._lines)

    def entitle(self, title: str) -> None:
        """Put a title on the border as it is written: brackets in a label are no markup."""
        title = clean(title)
        if title != self.title:
            self.title = title
            self._show_title()

    def show_heads(self, heads: str) -> None:
        """Put columns' heads on the border over their columns, where lines are few; "" takes them away."""
        if heads != self._title_heads:
            self._title_heads = heads
            self._show_title()

    def _show_title(self) -> None:
        self.border_title = Content(title_with_heads(self.title, self._title_heads))

    def named_lines(self) -> list[tuple[int, str]]:
        """Place and text of every line that stands for something."""
        return [(at, text) for at, text in self.all_lines() if self._lines[at].key is not None]

    def all_lines(self) -> list[tuple[int, str]]:
        """Place and text of every line that has any."""
        texts = ["".join(text for text, _ in line.parts).strip() for line in self._lines]
        return [(at, text) for at, text in enumerate(texts) if text]

    def go(self, index: int) -> None:
        """Put the cursor on a line; repaint the two lines that change."""
        index = self._within(index)
        if index == self.cursor or not self._lines:
            return
        old, self.cursor = self.cursor, index
        self.refresh_line(old)
        self.refresh_line(index)
        self._show_cursor()
        self.moved()

    def _within(self, index: int) -> int:
        """The nearest place for the cursor: heads above what stands for something are none."""
        heads = next((at for at, line in enumerate(self._lines) if line.key is not None), 0)
        first = heads if heads < self.scrollable_content_region.height else 0  # more is read line by line
        return max(0, first, min(index, len(self._lines) - 1))

    def wake(self) -> None:
        """Move the cursor from a head to the first line that stands for something."""
        if self.key is None:
            self.go(next((at for at, line in enumerate(self._lines) if line.key is not None), 0))

    def moved(self) -> None:
        """Called when the cursor has come to another line."""
        if self.TELLS_CURSOR:
            self.post_message(CursorMoved(() if self.key is None else self.key))

    def double_clicked(self) -> None:
        """Run the panel's `DOUBLE_CLICK` action, after the cursor has moved."""
        if self.DOUBLE_CLICK:
            self.call_later(self.run_action, self.DOUBLE_CLICK)

    def _show_cursor(self) -> None:
        if all(line.key is None for line in self._lines[: self.cursor]):
            self.scroll_to(y=0, animate=False)  # with the heads
        elif self._lines:
            first, lines = self._first_in_sight()
            region = Region(0, first, 1, lines)
            self.scroll_to_region(region, animate=False, force=True, x_axis=False)

    def _first_in_sight(self) -> tuple[int, int]:
        """First line and number of lines that have to be seen: the cursor's, at an edge also some ahead.

        A terminal scrolls lines as wide as itself; of others each is sent again, so that is done less often.
        """
        top, height = self.scroll_offset.y, self.scrollable_content_region.height
        ahead = height // 3 if self.region.width < self.app.size.width else 0
        if 0 < self.cursor - (top + height - 1) <= ahead:
            return self.cursor, min(ahead, len(self._lines) - self.cursor)
        if 0 < top - self.cursor <= ahead:
            return max(self.cursor - ahead + 1, 0), min(ahead, self.cursor + 1)
        return self.cursor, 1

    def reveal(self, belongs: Callable[[Any], bool]) -> None:
        """Scroll so that the lines from the cursor on that belong together are seen, as far as they fit."""
        last = max((at for at, line in enumerate(self._lines) if line.key and belongs(line.key)), default=0)
        lines = min(max(last - self.cursor + 1, 1), self.scrollable_content_region.height)
        region = Region(0, self.cursor, 1, lines)
        self.scroll_to_region(region, animate=False, force=True, x_axis=False)

    def action_move(self, by: int) -> None:
        """Move the cursor by so many lines."""
        self.go(self.cursor + by)

    def action_page(self, pages: int) -> None:
        """Move the cursor by so many screenfuls."""
        self.go(self.cursor + pages * max(self.scrollable_content_region.height - 1, 1))

    def on_click(self, event: events.Click) -> None:
        """A click puts the cursor there, a second one chooses."""
        offset = event.get_content_offset(self)
        if offset is None:
            return
        index = offset.y + self.scroll_offset.y
        if index < len(self._lines):
            if index == self.cursor and event.chain > 1:
                self.double_clicked()
            self.go(index)

    def on_resize(self) -> None:
        """Format again for another width."""
        self.rebuild()

    def notify_style_update(self) -> None:
        """Draw again in the colours of another theme."""
        super().notify_style_update()
        self._strips.clear()
        self._styles_of.clear()

    def watch_has_focus(self, has_focus: bool) -> None:
        """Draw the cursor only where keys go."""
        super().watch_has_focus(has_focus)
        self._strips.clear()

    def render_line(self, y: int) -> Strip:
        """One line of the screen, from the cache when it has been drawn before."""
        index = y + self.scroll_offset.y
        width = self.scrollable_content_region.width
        if index >= len(self._lines):
            return Strip.blank(width, self._look("", False, False))
        line, cursor = self._lines[index], index == self.cursor and (self.has_focus or self.KEEPS_CURSOR)
        strip = self._strips.get((line, cursor))
        if strip is None:
            strip = self._strips[line, cursor] = self._draw(line, cursor, width)
        return strip

    def _draw(self, line: Line, cursor: bool, width: int) -> Strip:
        # What is blank goes with its neighbour, as does what looks like it: every change of style costs a
        # terminal some forty bytes, and the cursor's move is felt where the line is slow.
        segments: list[Segment] = []
        blank = ""
        parts = [(text, self._look(name, line.faint, cursor)) for text, name in line.parts]
        for text, style in [(CURSOR if cursor else " ", self._look("mark", False, cursor)), *parts]:
            last = segments[-1] if segments else None
            if last is not None and (not text.strip(" ") or last.style == style):
                segments[-1] = Segment(last.text + text, last.style)
            elif text.strip(" "):
                segments.append(Segment(blank + text, style))
                blank = ""
            else:
                blank += text
        if blank:
            segments.append(Segment(blank, self._look("", False, cursor)))
        length = 1 + sum(cell_len(text) for text, _ in line.parts)
        return Strip(segments, length).adjust_cell_length(width, self._look("", False, cursor))

    def _look(self, name: str, faint: bool, cursor: bool) -> Style:
        """The style of a part; without a name that of the line. On the cursor's line its background wins."""
        cached = self._styles_of.get((name, faint, cursor))
        if cached is not None:
            return cached
        if name:
            component = self.get_component_rich_style(f"line--{'note' if faint else name}", partial=True)
            dim = True if faint else component.dim
            ground = self._look("", False, cursor)
            color = None if ground.reverse else component.color  # reversed, the line is one bar
            plain = Style(color=color, bold=component.bold, dim=dim, italic=component.italic)
            style = ground + (component if name == "mark" else plain)
        elif cursor:
            style = self.get_component_rich_style("line--cursor", partial=True)
        else:
            style = self.rich_style
        self._styles_of[name, faint, cursor] = style
        return style


def title_with_heads(title: str, heads: str) -> str:
    """A title with heads behind it that stay in their cells; one that it covers in part or touches goes."""
    after = heads[len(title) :]
    touched = len(after.partition(" ")[0])
    return f"{title}{' ' * touched}{after[touched:]}".rstrip()
