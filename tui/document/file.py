"""A session on disk: where the routing came from, and how it goes back."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from ...engine.adapters.disk import read_text
from ...engine.adapters.fence import check_inside
from ...engine.adapters.routing_file import (
    check_references,
    load_catalog,
    read_routing,
    ready_made,
    save,
    write_routing,
)
from ...engine.adapters.solution_stamp import stamped
from ...engine.domain.catalog import Catalog
from ...engine.domain.errors import InputError
from ...engine.domain.plan import Plan
from ...engine.domain.routing import Routing


@dataclass(frozen=True)
class Session:
    """The rules as last read or saved, the file's own text, and the catalogue they are answered from."""

    routing: Routing
    catalog: Catalog
    path: Path | None = None
    text: str | None = None

    def overtaken(self, path: Path) -> bool:
        """Whether somebody else has changed the session's own file since it was read or saved."""
        if path != self.path:
            return False
        try:
            return read_text(path) != self.text
        except InputError:
            with suppress(OSError):  # the folder may not be readable either
                return path.exists()  # one that is gone is simply written again
            return False

    def read(self, text: str) -> Routing:
        """The rules in a text, checked against the catalogue. Raises InputError."""
        routing = read_routing(text, self.path.name if self.path is not None else "routing.toml")
        check_references(routing, self.catalog)
        return rules_only(routing)

    def reloaded(self) -> Session:
        """The session with its file as it is on disk now. Raises InputError."""
        assert self.path is not None
        text = read_text(self.path)
        return replace(self, routing=self.read(text), text=text)

    def written(self, routing: Routing, plan: Plan | None, what_if: int = 0) -> str:
        """`routing` and its plan as the session's file would have them; `what_if` figures were only tried."""
        told = stamped(routing, plan, self.catalog, what_if) if plan is not None and plan.found else routing
        return write_routing(told, self.text)

    def saved(self, routing: Routing, plan: Plan | None, path: Path, what_if: int = 0) -> tuple[Session, str]:
        """The session after `routing` and its plan have gone to `path`, and what `disk.save` has to say.

        Raises InputError.
        """
        check_inside(path, "saved")
        text = self.written(routing, plan, what_if)
        links = save(path, text)
        return replace(self, routing=routing, path=path, text=text), links


def opened(path: Path | None, catalog_path: Path | None) -> Session:
    """The session for a file, or the ready-made one. Raises InputError."""
    catalog = load_catalog(catalog_path)
    text = None if path is None else read_text(path)
    routing = ready_made() if text is None else read_routing(text, str(path))
    check_references(routing, catalog)
    return Session(rules_only(routing), catalog, path, text)


def rules_only(routing: Routing) -> Routing:
    """The question without an earlier answer: what the user edits, and what equality compares."""
    labels = {
        name: label.model_copy(update={"routes": (), "fallbacks": ()})
        for name, label in routing.labels.items()
    }
    return routing.model_copy(update={"labels": labels, "solution": None})


def windows(catalog: Catalog) -> dict[str, float]:
    """Offer -> tokens that fit it: the model's own window, or the provider's smaller one."""
    found = {}
    for key, offer in catalog.offers.items():
        model = catalog.models[key.partition("/")[2]].context
        found[key] = model if offer.context is None else min(model, offer.context)
    return found


def today() -> date:
    """The day that offers' retirement is judged by."""
    return date.today()
