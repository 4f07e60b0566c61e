"""Undo and redo: a frozen value that holds every state of the session."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Generic, TypeVar

T = TypeVar("T")
_DEPTH = 2_000


@dataclass(frozen=True)
class Step(Generic[T]):
    """A state, and the edit that led to it: where, and in words."""

    value: T
    path: tuple[str, ...] = ()
    what: str = ""


@dataclass(frozen=True)
class History(Generic[T]):
    """The present state between those before it and those undone."""

    now: Step[T]
    past: tuple[Step[T], ...] = ()
    future: tuple[Step[T], ...] = ()

    def edited(self, step: Step[T]) -> History[T]:
        """After an edit: what was undone is gone."""
        return History(step, (*self.past[1 - _DEPTH :], self.now))

    def replaced(self, step: Step[T]) -> History[T]:
        """With a later state for the present edit: one undo takes back both."""
        return replace(self, now=step, future=())

    @property
    def steps(self) -> tuple[Step[T], ...]:
        """Every state there is, the oldest first, those undone last."""
        return (*self.past, self.now, *self.future)

    def undone(self) -> History[T]:
        """One edit back; the same history where there is none."""
        if not self.past:
            return self
        return replace(self, now=self.past[-1], past=self.past[:-1], future=(self.now, *self.future))

    def redone(self) -> History[T]:
        """One undone edit forward; the same history where there is none."""
        if not self.future:
            return self
        return replace(self, now=self.future[0], past=(*self.past, self.now), future=self.future[1:])
