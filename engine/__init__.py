"""The decision engine: a routing and a catalogue in, a plan out. Knows nothing of terminals.

Names load on first use, so that importing the package costs nothing and scipy only comes with `pick`.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .domain.catalog import Catalog as Catalog
    from .domain.errors import InputError as InputError
    from .domain.plan import Plan as Plan
    from .domain.routing import Routing as Routing
    from .solver.pick import pick as pick

_HOME = {
    "Catalog": ".domain.catalog",
    "InputError": ".domain.errors",
    "Plan": ".domain.plan",
    "Routing": ".domain.routing",
    "pick": ".solver.pick",
}

__all__ = ["Catalog", "InputError", "Plan", "Routing", "pick"]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOME[name], __name__), name)
