"""What the table shows: the catalogue's offers as rows, found by a filter and sorted by a column."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .columns import DEFAULT_COLUMNS, OFFER, Column, columns_of
from .filter import Finder, Query, ordered, query_of, words_of
from .groups import Listing, listing
from .rows import Row, placed, rows_of

if TYPE_CHECKING:
    from ....engine.domain.catalog import Catalog
    from ....engine.domain.explanation import Standing
    from ....engine.domain.marks import Marks
    from ....engine.domain.plan import Plan
    from ....engine.domain.routing import Routing


@dataclass(frozen=True)
class View:
    """Which offers are shown, in which order and columns; remembered while the browser is closed.

    `opened` are the models whose offers all show where they are grouped. What is marked, and whether only
    that shows, is forgotten with the session.
    """

    filter: str = ""
    sort: str = "month"
    reverse: bool = False
    hide_out: bool = True
    only_marked: bool = False
    columns: tuple[str, ...] = DEFAULT_COLUMNS
    marked: tuple[str, ...] = ()
    grouped: bool = True
    opened: frozenset[str] = frozenset()

    def as_table(self) -> dict[str, Any]:
        """What the next session begins with."""
        table = {name: getattr(self, name) for name in ("filter", "sort", "reverse", "hide_out", "grouped")}
        return table | {"columns": list(self.columns), "opened": sorted(self.opened)}


def view_from(table: Mapping[str, Any]) -> View:
    """The view that `as_table` wrote; the usual one for each part that is missing or no longer fits."""
    usual = View()
    texts = {name: table[name] for name in ("filter", "sort") if isinstance(table.get(name), str)}
    flags = {
        name: table[name] for name in ("reverse", "hide_out", "grouped") if isinstance(table.get(name), bool)
    }
    columns = tuple(name for name in _words(table.get("columns")) if name)
    return View(
        **texts, **flags, columns=columns or usual.columns, opened=frozenset(_words(table.get("opened")))
    )


def _words(names: object) -> list[str]:
    return [name for name in names if isinstance(name, str)] if isinstance(names, list) else []


class Offers:
    """Every offer of a catalogue as a row, for one label at a time."""

    def __init__(self) -> None:
        self.rows: dict[str, Row] = {}
        self.columns: dict[str, Column] = {}
        self._finder = Finder(())
        self._orders: dict[tuple[str, bool], list[str]] = {}

    def read(self, catalog: Catalog, marks: Marks) -> None:
        """Take the rows of another catalogue, or of the same one with other figures."""
        self.columns = columns_of(tuple(sorted(catalog.skills)))
        self.rows = rows_of(catalog, marks)
        self._finder = Finder(self.rows.values())
        self._orders.clear()

    def place(
        self, standings: Mapping[str, Standing], routing: Routing, plan: Plan | None, label: str
    ) -> None:
        """Put into the rows how each offer stands for the label, in its rules and in the plan."""
        rules = routing.labels.get(label)
        self.rows = {
            key: placed(row, standings.get(key), rules, plan, label) for key, row in self.rows.items()
        }
        self._orders.clear()

    def chosen_columns(self, view: View) -> list[Column]:
        """The columns of a view that this catalogue has."""
        return [self.columns[name] for name in view.columns if name in self.columns]

    def sort_column(self, view: View) -> Column:
        """The column that a view is sorted by."""
        return self.columns.get(view.sort, OFFER)

    def shown(self, view: View, marked: Mapping[str, None]) -> Listing:
        """The rows of a view in its order, by model where it groups; the filter's words as written first."""
        query = self.query(view)
        words, matching = query.words, self._finder.matching(query.words)
        names = [key for key in self._order(view) if key in matching and query.holds(self.rows[key])]
        rows = [self.rows[key] for key in (self._finder.literal_first(words, names) if words else names)]
        if view.only_marked:
            rows = [row for row in rows if row.key in marked]
        opened = view.opened if view.grouped else None
        return listing(rows, hide_out=view.hide_out, marked=marked, opened=opened)

    def query(self, view: View) -> Query:
        """The filter's words and its conditions on fields."""
        return query_of(words_of(view.filter), self.columns)

    def _order(self, view: View) -> list[str]:
        """All names in the order of the column, kept: a letter typed into the filter sorts nothing."""
        column = self.sort_column(view)
        order = column.name, view.reverse
        if order not in self._orders:
            self._orders[order] = ordered(self.rows, column, view.reverse)
        return self._orders[order]
