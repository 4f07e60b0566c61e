"""A plan with the signs of its figures: for its text, and as data."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from ...domain.catalog import Catalog
from ...domain.marks import LEGEND, Marks, Signs, joined, marks_of, names
from ...domain.plan import LabelPlan, Plan
from ...domain.routing import Routing
from ...domain.scenario import Outcome

_FIGURES = {"min_quality": 1, "min_quality_each": 1, "max_latency": 2}  # rule -> place in a line's signs


@dataclass(frozen=True)
class Marked:
    """What the figures of a routing's plan rest on; without a catalogue, nothing is said of it."""

    routing: Routing | None = None
    marks: Marks = field(default_factory=Marks)

    @staticmethod
    def by(routing: Routing, catalog: Catalog, today: date) -> Marked:
        """The signs of a catalogue's figures on that day."""
        return Marked(routing, marks_of(catalog, today))

    def label(self, name: str, told: LabelPlan) -> tuple[list[Signs], Signs]:
        """Of each route, and of the mix."""
        return self.marks.of_label(None if self.routing is None else self.routing.labels.get(name), told)

    def total(self, plan: Plan) -> Signs:
        """Of the whole plan."""
        return Signs() if self.routing is None else self.marks.of_plan(self.routing, plan)

    def rule(self, path: str, plan: Plan) -> str:
        """The signs of what the plan has of a rule, such as `labels.think.min_quality`."""
        _, _, rest = path.partition("labels.")
        name, _, rule = rest.rpartition(".")
        if name not in plan.labels or rule not in _FIGURES:
            return ""
        return self.label(name, plan.labels[name])[1][_FIGURES[rule]]

    def outcome(self, outcome: Outcome) -> Signs:
        """Of the cost and quality of a plan in short: what the offers of any label's mix rest on."""
        if self.routing is None:
            return Signs()
        labels = self.routing.labels
        used = [
            self.marks.signs(offer, labels[name].skills, labels[name].percentile)
            for name, mix in outcome.mixes.items()
            for offer, share in mix.items()
            if share > 0 and name in labels
        ]
        return Signs(joined(signs.cost for signs in used), joined(signs.quality for signs in used))

    def legend(self, plan: Plan) -> list[str]:
        """A line for each sign of this plan: what it means."""
        lines = [sign for name, told in plan.labels.items() for sign in self.label(name, told)[0]]
        return legend(line.all for line in lines)

    def json(self, plan: Plan) -> dict[str, Any]:
        """The plan's own data with `marks`: of the total, of each label and of each route."""
        data = plan.to_json()
        data["marks"] = _named(self.total(plan))
        for name, told in plan.labels.items():
            routes, mix = self.label(name, told)
            data["labels"][name]["marks"] = _named(mix)
            for row, signs in zip(data["labels"][name]["routes"], routes, strict=True):
                row["marks"] = _named(signs)
        return data


def legend(signs: Iterable[str]) -> list[str]:
    """A line for each of the signs that are used."""
    used = joined(signs)
    return [f"{sign} {name}: {about}" for sign, (name, about) in LEGEND.items() if sign in used]


def _named(signs: Signs) -> dict[str, list[str]]:
    """Figure -> the names of its signs, only where there are any."""
    return {figure: names(found) for figure, found in signs._asdict().items() if found}
