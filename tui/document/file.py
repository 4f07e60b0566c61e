"""A routing file: the rules as read or saved, and how they go back to disk."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from ...engine.adapters.disk import can_begin, check_inside, read_text
from ...engine.adapters.routing_file import (
    canonical,
    check_references,
    load_catalog,
    read_routing,
    ready_made,
    ready_made_plan,
    save,
    write_routing,
)
from ...engine.adapters.solution_stamp import stamped
from ...engine.domain.catalog import Catalog
from ...engine.domain.errors import InputError
from ...engine.domain.plan import Plan
from ...engine.domain.routing import Routing
from ...engine.domain.solver_status import SolverStatus


@dataclass(frozen=True)
class RoutingFile:
    """The rules as last read or saved, the file's own text, and the catalogue they are answered from.

    That is as it is written: its reasoning levels are not spelled out.
    """

    routing: Routing
    catalog: Catalog
    path: Path | None = None
    text: str | None = None
    answered: Routing | None = None  # the routing as it was read, where a plan was saved with it
    new: Path | None = None  # where the first save goes: a file that was asked for and is not there yet

    def changed_on_disk(self, path: Path) -> bool:
        """Whether somebody else has changed this very file since it was read or saved."""
        if path != self.path:
            return False
        try:
            return read_text(path) != self.text
        except InputError:
            with suppress(OSError):  # the folder may not be readable either
                return path.exists()  # one that is gone is simply written again
            return False

    def parse(self, text: str) -> Routing:
        """The rules in a text, checked against the catalogue. Raises InputError."""
        begun = self.path or self.new
        routing = read_routing(text, begun.name if begun is not None else "routing.toml")
        check_references(routing, self.catalog)
        return rules_only(canonical(routing, self.catalog))

    def reloaded(self) -> RoutingFile:
        """The file as it is on disk now. Raises InputError."""
        assert self.path is not None
        text = read_text(self.path)
        return replace(self, routing=self.parse(text), text=text)

    def text_with(self, routing: Routing, plan: Plan | None, override_count: int = 0) -> str:
        """`routing` and its plan as the file would have them; `override_count` figures were only tried."""
        routed = (
            stamped(routing, plan, self.catalog, override_count)
            if plan is not None and plan.found
            else routing
        )
        return write_routing(routed, self.text)

    def saved(
        self, routing: Routing, plan: Plan | None, path: Path, override_count: int = 0
    ) -> tuple[RoutingFile, str]:
        """The file after `routing` and its plan have gone to `path`, and what `disk.save` has to say.

        Raises InputError.
        """
        check_inside(path, "saved")
        text = self.text_with(routing, plan, override_count)
        remark = save(path, text)
        return replace(self, routing=routing, path=path, text=text), remark


def open_routing(path: Path | None, catalog_path: Path | None) -> RoutingFile:
    """The routing of a file, or the ready-made one. Raises InputError."""
    catalog = load_catalog(catalog_path)
    if path is not None and can_begin(path):
        return replace(open_routing(None, catalog_path), new=path)
    text = None if path is None else read_text(path)
    routing = ready_made(catalog) if text is None else read_routing(text, str(path))
    check_references(routing, catalog)
    routing = canonical(routing, catalog)
    answered = ready_made_plan() if text is None else routing
    return RoutingFile(rules_only(routing), catalog, path, text, answered if has_plan(answered) else None)


def has_plan(routing: Routing) -> bool:
    """Whether a plan was saved with the rules: its stamp, and routes for every label."""
    stamped = "" if routing.solution is None else routing.solution.status
    is_stamped = stamped in (SolverStatus.OPTIMAL, SolverStatus.FEASIBLE)
    return is_stamped and all(label.routes for label in routing.labels.values())


def rules_only(routing: Routing) -> Routing:
    """The question without an earlier answer: what the user edits, and what equality compares."""
    labels = {
        name: label.model_copy(update={"routes": (), "fallbacks": ()})
        for name, label in routing.labels.items()
    }
    return routing.model_copy(update={"labels": labels, "solution": None})


def context_windows(catalog: Catalog) -> dict[str, float]:
    """Offer -> tokens that fit it: the model's own window, or the provider's smaller one."""
    windows = {}
    for key, offer in catalog.offers.items():
        window = catalog.models[key.partition("/")[2]].context
        windows[key] = window if offer.context is None else min(window, offer.context)
    return windows


def today() -> date:
    """The day that offers' retirement is judged by."""
    return date.today()
