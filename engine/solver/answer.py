"""What a solve gives back, before it becomes words."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .problem import Floats, Ints


@dataclass(frozen=True)
class Answer:
    """Shares (L, N) and replicas (H,) with the proven bound on the objective, or why there are none."""

    status: str  # optimal | feasible | infeasible | timed_out
    shares: Floats | None = None
    replicas: Ints | None = None
    value: float = np.inf
    bound: float = -np.inf
