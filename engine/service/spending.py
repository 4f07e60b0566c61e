"""What the month of some logs has cost against a routing with its routes."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from ..adapters.disk import check_inside
from ..adapters.usage import LONG_PROMPT
from ..adapters.usage.routing import OfferResolver, read_source
from ..adapters.usage.spending import spending
from ..domain.errors import InputError

if TYPE_CHECKING:
    from ..domain.routing import Routing
    from ..solver.analysis.spending import Spending
    from ..solver.pick import Picker

LITELLM_TABLE = "LiteLLM_SpendLogs"  # as `modelpick spent` takes it unasked


def month_spending(picker: Picker, routing: Routing, logs: str) -> Spending:
    """The newest month of a log, or a folder of sessions, against the routing's plan.

    Raises InputError for a path that cannot be read, a log that is none, and labels without routes.
    """
    source = logs
    if logs.startswith("~"):
        try:
            source = str(Path(logs).expanduser())
        except RuntimeError:
            raise InputError("there is no such home folder", where=logs) from None
    check_inside(Path(source), "read")
    offers = OfferResolver(routing, picker.catalog)
    usage = read_source(source, offers, table=LITELLM_TABLE, threshold=LONG_PROMPT, by_day=True)
    today = datetime.now(UTC).date()
    return spending(usage, routing, offers, picker.catalog, picker.compiler.table, today=today)
