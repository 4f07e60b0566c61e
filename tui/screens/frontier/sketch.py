"""A frontier in a corner of the workbench: the curve, with today's plan, the budget and the knee."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from textual.content import Content
from textual.widgets import Static

from ... import formatting
from .chart import chart, content

if TYPE_CHECKING:
    from .curve import Curve

_FAR_APART = 20  # the dearest plan against the cheapest, from which the axis of cost is logarithmic


def far_apart(curve: Curve) -> bool:
    """Whether its costs ask for a logarithmic axis."""
    return 0 < curve.points[0].cost * _FAR_APART < curve.points[-1].cost


class Sketch(Static):
    """The curve as far as there is room for it, else a sentence."""

    def __init__(self, **options: Any) -> None:
        super().__init__("", markup=False, **options)
        self._curve: Curve | None = None
        self._text = ""

    def show(self, curve: Curve | None, text: str) -> None:
        """Show a curve under its title; without one the text is why."""
        self._curve, self._text = curve, text
        self.border_title = Content(formatting.clean(text) if curve is not None else "frontier")
        self._draw()

    def on_resize(self) -> None:
        """Draw again for another size."""
        self._draw()

    def _draw(self) -> None:
        curve, (width, height) = self._curve, self.size
        if curve is None or not curve.points:
            self.update(Content(formatting.clean(self._text)))
        elif width and height > 3:
            places = range(len(curve.points))
            now = curve.now
            todays = min(places, key=lambda at: abs(curve.points[at].cost - now.cost)) if now else 0
            self.update(content(chart(curve, todays, width, height, far_apart(curve))))
