"""modelpick picks the models behind an AI router.

Given a routing file (labels, their workload and rules) and a catalogue (models, offers, prices, speeds,
scores), it finds the cheapest or best mix of offers per label:

    from datetime import date
    from modelpick import load_catalog, load_routing, pick

    plan = pick(load_routing("routing.toml"), load_catalog(), today=date.today())
    print(plan.status, plan.cost)

Names load on first use: `import modelpick` alone costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from .version import __version__

if TYPE_CHECKING:
    from .engine.adapters.catalog.file import load_catalog as load_catalog
    from .engine.adapters.routing_file import load_routing as load_routing
    from .engine.adapters.routing_file import save as save
    from .engine.adapters.routing_file import write_routing as write_routing
    from .engine.domain.catalog import Catalog as Catalog
    from .engine.domain.errors import InputError as InputError
    from .engine.domain.plan import Plan as Plan
    from .engine.domain.routing import Routing as Routing
    from .engine.solver.analysis.check import check as check
    from .engine.solver.pick import pick as pick

_HOME = {
    "Catalog": ".engine.domain.catalog",
    "InputError": ".engine.domain.errors",
    "Plan": ".engine.domain.plan",
    "Routing": ".engine.domain.routing",
    "check": ".engine.solver.analysis.check",
    "load_catalog": ".engine.adapters.catalog.file",
    "load_routing": ".engine.adapters.routing_file",
    "pick": ".engine.solver.pick",
    "save": ".engine.adapters.routing_file",
    "write_routing": ".engine.adapters.routing_file",
}

__all__ = [
    "Catalog",
    "InputError",
    "Plan",
    "Routing",
    "__version__",
    "check",
    "load_catalog",
    "load_routing",
    "pick",
    "save",
    "write_routing",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOME[name], __name__), name)
