"""modelpick picks the models behind an AI router.

Given a routing file (labels, their workload and rules) and a catalogue (models, offers, prices, speeds,
scores), it finds the cheapest or best mix of offers per label:

    import modelpick

    plan = modelpick.solve("routing.toml", set=["limits.budget=500"])
    print(plan.status, plan.cost)
    for row in modelpick.rows(plan):
        print(row["label"], row["offer"], row["share"])

`explain`, `why_not`, `frontier`, `compare` and `check` answer as the commands of these names do; `load_*`
read files, `import_*` those of other programs; `rows` makes plain rows of an answer, for a DataFrame. Names
load on first use: `import modelpick` alone costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from .version import __version__

if TYPE_CHECKING:
    from .api import Explanation as Explanation
    from .api import Imported as Imported
    from .api import check as check
    from .api import compare as compare
    from .api import explain as explain
    from .api import frontier as frontier
    from .api import import_config as import_config
    from .api import import_evals as import_evals
    from .api import import_usage as import_usage
    from .api import load_catalog as load_catalog
    from .api import load_routing as load_routing
    from .api import rows as rows
    from .api import solve as solve
    from .api import why_not as why_not
    from .engine.adapters.routing_file import save as save
    from .engine.adapters.routing_file import write_routing as write_routing
    from .engine.domain.catalog import Catalog as Catalog
    from .engine.domain.errors import InputError as InputError
    from .engine.domain.errors import ModelpickError as ModelpickError
    from .engine.domain.explanation import Frontier as Frontier
    from .engine.domain.plan import Plan as Plan
    from .engine.domain.routing import Label as Label
    from .engine.domain.routing import Limits as Limits
    from .engine.domain.routing import Routing as Routing
    from .engine.solver.pick import pick as pick

_HOME = {
    "Catalog": ".engine.domain.catalog",
    "Explanation": ".api",
    "Frontier": ".engine.domain.explanation",
    "Imported": ".api",
    "InputError": ".engine.domain.errors",
    "ModelpickError": ".engine.domain.errors",
    "Label": ".engine.domain.routing",
    "Limits": ".engine.domain.routing",
    "Plan": ".engine.domain.plan",
    "Routing": ".engine.domain.routing",
    "check": ".api",
    "compare": ".api",
    "explain": ".api",
    "frontier": ".api",
    "import_config": ".api",
    "import_evals": ".api",
    "import_usage": ".api",
    "load_catalog": ".api",
    "load_routing": ".api",
    "pick": ".engine.solver.pick",
    "rows": ".api",
    "save": ".engine.adapters.routing_file",
    "solve": ".api",
    "why_not": ".api",
    "write_routing": ".engine.adapters.routing_file",
}

__all__ = [
    "Catalog",
    "Explanation",
    "Frontier",
    "Imported",
    "InputError",
    "Label",
    "Limits",
    "ModelpickError",
    "Plan",
    "Routing",
    "__version__",
    "check",
    "compare",
    "explain",
    "frontier",
    "import_config",
    "import_evals",
    "import_usage",
    "load_catalog",
    "load_routing",
    "pick",
    "rows",
    "save",
    "solve",
    "why_not",
    "write_routing",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOME[name], __name__), name)


def __dir__() -> list[str]:
    return __all__
