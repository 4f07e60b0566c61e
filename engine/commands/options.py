"""What the commands that solve have in common: the question they are given."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..domain.catalog import Catalog
    from ..domain.routing import Routing


def question(file: Path | None, sets: Sequence[str], catalog_file: Path | None) -> tuple[Routing, Catalog]:
    """The routing in a file (or the ready-made one) with rules changed; the catalogue. Raises InputError."""
    from ..adapters.catalog.alerts import doubtful_values, warn
    from ..adapters.routing_file import check_references, load_catalog, load_routing, ready_made, with_sets
    from ..domain.errors import InputError

    routing = with_sets(ready_made() if file is None else load_routing(file), sets)
    catalog = load_catalog(catalog_file)
    try:
        check_references(routing, catalog)
    except InputError as error:
        raise error.at("" if file is None else str(file)) from None
    warn(doubtful_values(routing))
    return routing, catalog
