"""The offers as rows: what the catalogue says of each, and how it stands for the chosen label."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from ... import formatting

if TYPE_CHECKING:
    from ....engine.domain.catalog import Catalog, Model, Offer, Provider
    from ....engine.domain.explanation import Standing
    from ....engine.domain.marks import Marks, Signs
    from ....engine.domain.plan import Plan
    from ....engine.domain.routing import Label

_UNCHANGED: frozenset[str] = frozenset()
_MISSED = {"min_quality": "below min_quality", "max_latency": "over max_latency"}  # alone; in a mix it may do


@dataclass(frozen=True)
class Row:
    """One offer; `share` is what the plan gives it of the label, `marks` what figures rest on."""

    key: str
    offer: Offer
    model: Model
    provider: Provider
    skills: Mapping[str, float]
    window: float
    marks: Marks
    names: frozenset[str] = frozenset()  # by which a list of offers covers it: the plain one, and its level's
    full_name: str = ""  # with its level, where it has one
    group: str = ""  # its model, of whatever level
    label: Label | None = None
    standing: Standing | None = None
    share: float = 0.0
    pinned: float | None = None
    denied: bool = False
    allowed: bool = False

    @property
    def features(self) -> tuple[str, ...]:
        """What the offer has: stated of itself, else of its model."""
        return self.model.features if self.offer.features is None else self.offer.features

    @property
    def changed(self) -> frozenset[str]:
        """The what-if figures it uses."""
        return self.marks.changed.get(self.key, _UNCHANGED)

    @cached_property
    def signs(self) -> Signs:
        """What its cost, quality and latency for the label rest on; nothing of what is not known."""
        from ....engine.domain.marks import Signs

        if self.label is None or self.standing is None:
            return Signs()
        signs = self.marks.of_offer(self.key, self.label)
        quality = "" if self.standing.quality is None else signs.quality
        latency = "" if self.standing.latency is None else signs.latency
        return Signs(signs.cost, quality, latency)

    @property
    def out(self) -> bool:
        """Whether a rule keeps it out of the label."""
        return self.standing is not None and bool(self.standing.breaks)

    @property
    def hidden(self) -> bool:
        """Whether it is out and nobody has said anything of it: not planned, pinned, or denied by hand."""
        return self.out and not (self.share > 0 or self.pinned is not None or self.denied)

    @property
    def unscored(self) -> str:
        """What stands for an unknown quality: … while it is computed, — where the label has no skills."""
        if self.standing is None:
            return "…"
        return "?" if self.label is None or self.label.has_quality else "—"

    @property
    def lacks_figures(self) -> bool:
        """Whether its speed or its quality for the label is not known."""
        label, standing = self.label, self.standing
        if label is None or standing is None:
            return False
        return standing.latency is None or (bool(label.skills) and standing.quality is None)

    @property
    def state(self) -> str:
        """One sign: ✓ in the plan, ⌖ pinned, ✗ out, ▼ dominated."""
        if self.share > 0:
            return "✓"
        if self.pinned is not None:
            return "⌖"
        if self.out:
            return "✗"
        return "▼" if self.standing is not None and self.standing.dominated_by else " "

    @property
    def note(self) -> str:
        """Why it is out, or what beats it, in words."""
        notes = []
        if self.changed:
            notes.append("≠ what-if figures")
        if self.pinned is not None:
            notes.append(f"pinned at {formatting.share(self.pinned)}")
        if self.allowed:
            notes.append("on the allow-list")
        if self.standing is not None:
            notes += [broken.reason for broken in self.standing.breaks]
            if self.standing.misses and not self.out and self.share == 0:
                notes += [_MISSED[rule] for rule in self.standing.misses]
            if self.standing.dominated_by is not None and not self.out:
                notes.append(f"dominated by {self.standing.dominated_by}")
            if self.standing.carries < 1:
                notes.append(f"its rate limit carries {self.standing.carries * 100:.0f} % of the peak")
        return "; ".join(notes)

    @property
    def words(self) -> str:
        """The offer in words, for where columns are few."""
        return f"{self.key}: {self.model.developer or 'developer unknown'}, {self.offer.status}"


def rows_of(catalog: Catalog, marks: Marks) -> dict[str, Row]:
    """Every offer as a row, in the order of the catalogue."""
    from ....engine.domain.levels import base_name, full_name, names_of
    from ....engine.solver.skill_model.skills import skill_table
    from ...document.file import context_windows

    skills, contexts = skill_table(catalog), context_windows(catalog)
    rows = {}
    for key, offer in catalog.offers.items():
        provider, _, model = key.partition("/")
        rows[key] = Row(
            key=key,
            offer=offer,
            model=catalog.models[model],
            provider=catalog.providers[provider],
            skills=skills.get(model, {}),
            window=contexts[key],
            marks=marks,
            names=names_of(key, catalog.models),
            full_name=full_name(key, catalog.models),
            group=base_name(model, catalog.models),
        )
    return rows


def placed(row: Row, standing: Standing | None, label: Label | None, plan: Plan | None, name: str) -> Row:
    """The row as it stands for a label; the same one where nothing has changed."""
    share = 0.0
    if plan is not None and plan.found and name in plan.labels:
        share = next((r.share for r in plan.labels[name].routes if r.offer == row.key), 0.0)
    placing: dict[str, Any] = {
        "standing": row.standing if row.standing == standing else standing,
        "share": share,
        "pinned": None if label is None else label.pin.get(row.key),
        "denied": label is not None and not row.names.isdisjoint(label.deny),
        "allowed": label is not None and label.allow is not None and not row.names.isdisjoint(label.allow),
    }
    same = row.label is label and all(getattr(row, field) == new for field, new in placing.items())
    return row if same else replace(row, label=label, **placing)
