"""Every check at once."""

from __future__ import annotations

from datetime import date

from ...domain.catalog import Catalog
from .doubts import ambiguous, disputed, scales, speeds
from .facts import expired, odd_prices, sources, stale, twins, windows, zero_prices
from .finding import Finding
from .units import units


def findings(catalog: Catalog, today: date) -> list[Finding]:
    """All doubts, errors first."""
    found = [
        *units(catalog),
        *zero_prices(catalog),
        *odd_prices(catalog),
        *windows(catalog),
        *expired(catalog, today),
        *stale(catalog, today),
        *sources(catalog),
        *twins(catalog),
        *ambiguous(catalog),
        *disputed(catalog),
        *speeds(catalog, today),
        *scales(catalog),
    ]
    return sorted(found, key=lambda one: (one.severity != "error", one.path))
