"""The offers of a model under one line: the first in the chosen order, with the others folded under it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field

from .rows import Row


@dataclass(frozen=True)
class Fold:
    """How a row stands in its group: `others` of its model are under it, folded away or not.

    `inside`: it stands under another one itself. `holds` are the signs of those that are folded away: ✓ in
    the plan, ⌖ pinned, ● marked.
    """

    others: int = 0
    is_open: bool = False
    inside: bool = False
    holds: str = ""

    @property
    def sign(self) -> str:
        """What stands before the name: whether there is something to fold or to unfold."""
        if self.inside:
            return "  "
        return ("▾ " if self.is_open else "▸ ") if self.others else "  "

    @property
    def count(self) -> str:
        """How many offers stand behind the name."""
        return f" +{self.others}{self.holds}" if self.others else ""


FLAT = Fold()


@dataclass(frozen=True)
class Listing:
    """Rows as they are listed, how each is folded, how many models they are of, and how many are hidden.

    `hidden` are those that fit the filter but are out of the label; `folded` those under another one's line.
    `all_out`: nothing but such fits, so that they are shown although they would be hidden.
    """

    rows: Sequence[Row] = ()
    folds: dict[str, Fold] = field(default_factory=dict)
    models: int = 0
    hidden: int = 0
    folded: int = 0
    all_out: bool = False

    @property
    def offers(self) -> int:
        """How many offers it has, those that are folded included."""
        return len(self.rows) + self.folded


def listing(
    rows: Sequence[Row], *, hide_out: bool, marked: Collection[str], opened: Collection[str] | None
) -> Listing:
    """The rows by model in their order.

    `hide_out` leaves out what a rule keeps out, but not the `marked` ones, and not where nothing else
    fits; `opened` are the models whose offers all show, None for no groups.
    """
    usable = [row for row in rows if not row.hidden or row.key in marked] if hide_out else rows
    all_out = hide_out and bool(rows) and not usable
    hidden = 0 if all_out else len(rows) - len(usable)
    rows = rows if all_out else usable
    groups: dict[str, list[Row]] = {}
    for row in rows:
        groups.setdefault(row.group, []).append(row)
    if opened is None:
        return Listing(rows, {}, len(groups), hidden, all_out=all_out)
    listed: list[Row] = []
    folds: dict[str, Fold] = {}
    for model, members in groups.items():
        first, *others = members
        is_open = model in opened
        listed.append(first)
        folds[first.key] = Fold(len(others), is_open, holds="" if is_open else _holds(others, marked))
        if is_open:
            listed += others
            folds |= dict.fromkeys((row.key for row in others), Fold(inside=True))
    return Listing(listed, folds, len(groups), hidden, len(rows) - len(listed), all_out)


def _holds(rows: Sequence[Row], marked: Collection[str]) -> str:
    signs = {row.state for row in rows} & {"✓", "⌖"}
    return "".join(sorted(signs)) + ("●" if any(row.key in marked for row in rows) else "")


def groups_of(rows: Iterable[Row]) -> set[str]:
    """The models of these rows."""
    return {row.group for row in rows}
