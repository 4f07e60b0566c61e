"""What a scenario changes besides the routing's rules: prices, times, outages, skills, requests.

Paths that begin with one of HEADS are figures of a Shift; all others are rules, as with --set.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ...domain.catalog import Catalog
from ...domain.routing import Routing
from ...domain.shift import Shift
from ..rule_overrides import applied, with_sets
from ..validation import validated

HEADS = ("prices", "times", "out", "skills", "requests")
_HEAD = re.compile(rf"\s*({'|'.join(HEADS)})\s*(?:\.|$)")


def changed(routing: Routing, catalog: Catalog, sets: Mapping[str, str]) -> tuple[Routing, str]:
    """The routing of a scenario (path -> TOML text), and the world's shift as JSON, empty for none.

    Raises InputError for what no routing and no shift can have.
    """
    texts = {path: f"{path}={value}" for path, value in sets.items()}
    routing = with_sets(routing, [text for path, text in texts.items() if not _HEAD.match(path)])
    mine = [text for path, text in texts.items() if _HEAD.match(path)]
    if not mine:
        return routing, ""
    data: dict[str, Any] = {}
    applied(data, mine)
    shift = validated(Shift, data, "")
    shift.check(catalog, routing.labels)
    if shift.requests:
        from ...solver.analysis.shifted import busier

        routing = busier(routing, shift)
    world = shift.model_copy(update={"requests": {}})
    return routing, "" if world == Shift() else world.model_dump_json(exclude_defaults=True)
