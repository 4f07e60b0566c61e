"""How long a search may go on."""

from __future__ import annotations

from dataclasses import dataclass
from time import perf_counter

from .tolerances import MIN_SECONDS


@dataclass(frozen=True)
class Deadline:
    """A moment of perf_counter; solves begun after it still get MIN_SECONDS each."""

    end: float

    @classmethod
    def after(cls, seconds: float) -> Deadline:
        """So many seconds from now."""
        return cls(perf_counter() + seconds)

    @property
    def seconds_left(self) -> float:
        """At least MIN_SECONDS."""
        return max(self.end - perf_counter(), MIN_SECONDS)

    @property
    def passed(self) -> bool:
        """Whether time is out, so that what was not found may still exist."""
        return perf_counter() > self.end

    def within(self, seconds: float) -> Deadline:
        """The earlier of this and so many seconds from now."""
        return Deadline(min(self.end, perf_counter() + seconds))
