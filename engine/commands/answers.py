"""The shape of what commands print with --json: a JSON Schema each, out of the values that they print."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field, create_model

from ..domain.explanation import Frontier, PlanWorth, RulePrice
from ..domain.plan import Caution, Plan
from ..domain.robustness import Robustness
from ..domain.scenario import Baselines, Horizon, Outage, Path, SelfHosting, Tornado, WhatIf

_MARKS = dict[str, list[str]]
_ABOUT_MARKS = "figure -> what it rests on, where that is doubtful: estimated, claimed, disputed, stale ..."
_MONEY = "USD a month of A (before) and B (after), their difference, and that in percent"
_POINTS = "points, 0-100; null where a label has no skills or uses an unscored offer"


class _Closed(BaseModel):
    model_config = ConfigDict(extra="forbid")


Keys = dict[str, tuple[Any, str]]  # key -> its type, what it means
_WARNINGS: Keys = {"warnings": (list[str], "what standard error says: doubtful values, offers that end soon")}
_PLAN: Keys = {"marks": (_MARKS, _ABOUT_MARKS), **_WARNINGS}
_PARTS: dict[str, tuple[type[BaseModel], Keys]] = {
    "solve": (Plan, {**_PLAN, "missing_figures": (int, "offers left out only because a figure is unknown")}),
    "explain": (
        Plan,
        {
            **_PLAN,
            "rules": (list[RulePrice], "every rule in force and what a step of it costs"),
            "subscriptions": (list[PlanWorth], "what a unit more or less of each is worth"),
        },
    ),
    "frontier": (Frontier, _WARNINGS),
    "baselines": (Baselines, _WARNINGS),
    "robust": (Robustness, _WARNINGS),
    "scenarios": (
        _Closed,
        {
            "growth": (Path | None, "traffic x0.1 to x1000, and where the mix switches"),
            "prices": (list[WhatIf] | None, "prices and requests changed"),
            "outage": (list[Outage] | None, "each provider in use out"),
            "expiring": (Horizon | None, "offers that end, and the plans then"),
            "tornado": (Tornado | None, "each input a step lower and higher"),
            "self-hosting": (SelfHosting | None, "where renting starts and stops to pay"),
            "offer": (Path | None, "an offer's price x0.1 to x10"),
            **_WARNINGS,
        },
    ),
    "compare": (
        _Closed,
        {
            "input_tokens": (float, "a month"),
            "output_tokens": (float, "a month"),
            "offers": (list[dict[str, Any]], "offer, prices (USD per million), skills, speed, budget in USD"),
            **_WARNINGS,
        },
    ),
    "check": (
        _Closed,
        {
            "file": (str, "as it was given"),
            "passed": (bool, "whether every rule is kept"),
            "catalog_as_of": (str, "the catalogue's day"),
            "broken": (
                list[dict[str, Any]],
                "each broken rule: its path, what it needs, what the routes have",
            ),
            "cost": (dict[str, float | None], "USD a month: now, and as the file's [solution] says"),
            "quality": (dict[str, float | None], _POINTS),
            "labels": (dict[str, Any], "as in solve"),
            "unpriced": (list[str], "labels without routes, or with some to unknown offers"),
            "replicas": (dict[str, int], "of self-hosted offers"),
            "fresh": (dict[str, Any] | None, "the plan of solving anew, where a rule is broken"),
            **_WARNINGS,
        },
    ),
    "diff": (
        _Closed,
        {
            "cost": (dict[str, float | None], _MONEY),
            "quality": (dict[str, Any], _POINTS),
            "labels": (dict[str, Any], "before, after (null on the side without it), change in USD a month"),
            "workload": (str, "whose requests and tokens both are priced at"),
            "at_own_workload": (
                dict[str, float | None],
                "USD a month of A or B at its own, where that differs",
            ),
            "max_increase": (float | None, "the limit asked for, in percent"),
            "over": (bool, "whether B costs more than that"),
            "max_quality_loss": (float | None, "the limit asked for, in points"),
            "quality_losses": (dict[str, float | None], "label (empty: the router) -> points lost over it"),
            "broken": (list[dict[str, Any]], "rules that B's routes break, and whose rules these are"),
            **_WARNINGS,
        },
    ),
    "sweep": (
        _Closed,
        {
            "rows": (int, "of the table"),
            "kept": (int, "of them from an earlier run"),
            "statuses": (dict[str, int], "status -> rows"),
            "output": (str, "the table's file"),
            **_WARNINGS,
        },
    ),
}
ANSWERS = tuple(_PARTS)


def answer_schema(command: str) -> dict[str, Any]:
    """The JSON Schema of what a command of ANSWERS prints with --json."""
    base, extra = _PARTS[command]
    fields: dict[str, Any] = {
        _python_name(key): (kind, Field(default=None, description=about, alias=key))
        for key, (kind, about) in extra.items()
    }
    if command == "frontier":
        fields["caution"] = (Caution | None, Field(default=None, description="with --cautious: its price"))
    model = create_model(f"{command}_answer", __base__=base, **fields)
    schema = model.model_json_schema(mode="serialization", by_alias=True)
    owners = [schema, *schema.get("$defs", {}).values()]
    for owner in owners:
        owner.pop("required", None)
        properties = owner.get("properties", {})
        if "from_" in properties:  # a repair's, a word that Python keeps for itself
            properties["from"] = properties.pop("from_")
        if owner.get("title") in ("LabelPlan", "PlannedRoute"):
            properties["marks"] = {"type": "object", "description": _ABOUT_MARKS}
    return {**schema, "title": f"modelpick {command} --json"}


def _python_name(key: str) -> str:
    return key.replace("-", "_")
