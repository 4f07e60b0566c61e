"""The shape of what commands print with --json: a JSON Schema each, out of the values that they print."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field, create_model

from ..adapters.catalog.checks import Severity
from ..domain.catalog import Offer
from ..domain.explanation import (
    Basis,
    Frontier,
    MeasurementValue,
    MissingFigures,
    PlanWorth,
    RulePrice,
    WhyNot,
)
from ..domain.plan import Caution, Plan
from ..domain.robustness import Robustness
from ..domain.routing import Measured
from ..domain.scenario import Baselines, Horizon, Outage, Path, SelfHosting, Tornado, WhatIf

_MARKS = dict[str, list[str]]
_ABOUT_MARKS = "figure -> what it rests on, where that is doubtful: estimated, claimed, disputed, stale ..."
_MONEY = "USD a month of A (before) and B (after), their difference, and that in percent"
_POINTS = "points, 0-100; null where a label has no skills or uses an unscored offer"


class _Closed(BaseModel):
    model_config = ConfigDict(extra="forbid")


class _ExportedLabel(_Closed):
    routes: dict[str, float]
    fallbacks: list[str]


class _Finding(_Closed):
    severity: Severity
    path: str
    message: str
    value: float | str | None
    proposed: float | str | None


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
            "evidence": (list[Basis], "with --evidence: what the plan rests on"),
            "tests": (list[MeasurementValue], "with --evidence: which test of a model is worth most"),
            "missing": (list[MissingFigures], "with --missing: offers out for want of a figure, by label"),
            "assumption": (str, "with --missing: what is assumed of them"),
            **{
                name: (
                    field.annotation,
                    "with --why-not, which has these keys alone; of several labels a list",
                )
                for name, field in WhyNot.model_fields.items()
            },
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
            "self_hosting": (SelfHosting | None, "where renting starts and stops to pay"),
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
_ROUTING = (dict[str, Any], "the routing that is made, as its file has it")
_NOTES = (list[str], "what standard error says")
_MOVES = "each figure that moves: offer, field, from, to"
_PARTS |= {
    "report": (
        _Closed,
        {
            "plan": (Plan, "as in solve"),
            "growth": (dict[str, Plan], "times today's traffic -> the plan then"),
            "report": (str, "the report itself, in the format and language asked for"),
            **_WARNINGS,
        },
    ),
    "export": (
        _Closed,
        {
            "router": (str, "as it is named on the command line"),
            "reason": (str, "where the router can carry no plan (exit status 1): why; then there is no more"),
            "plan": (Plan, "where no plan keeps the rules (exit status 1): as in solve; likewise"),
            "labels": (dict[str, _ExportedLabel], "label -> offer -> share, and the fallbacks in order"),
            "cost": (float | None, "USD a month of what the router will do"),
            "cost_as_routed": (float | None, "USD a month of the file's own routes, where that differs"),
            "warnings": (list[str], "what the router cannot do, and its price"),
            "notes": _NOTES,
            "config": (dict[str, Any] | None, "the router's settings, without -o"),
            "text": (str, "the router's file, without -o and with --dry-run"),
            "files": (dict[str, str], "files beside it, name -> text"),
            "saved": (str | None, "with -o: where; null with --dry-run"),
            "changes": (str, "with -o: what changes there"),
            "written": (list[str], "with -o: every file that was written"),
            "pushed": (str, "with --push: the address"),
        },
    ),
    "import config": (
        _Closed,
        {
            "router": (str, "whose file it is"),
            "routing": _ROUTING,
            "unknown": (dict[str, list[str]], "label -> its models that the catalogue does not have"),
            "notes": _NOTES,
        },
    ),
    "import usage": (
        _Closed,
        {
            "usage": (dict[str, Any], "what the logs hold: days, requests, tokens, USD, by label and model"),
            "routing": _ROUTING,
            "notes": _NOTES,
        },
    ),
    "import evals": (
        _Closed,
        {
            "scale": (str, "how results became 0-100"),
            "labels": (
                dict[str, dict[str, Measured]],
                "label -> model, model@effort or offer -> its figures",
            ),
            "unmatched": (dict[str, Any], "names of the file that are no model, with the nearest"),
            "routing": _ROUTING,
            "notes": _NOTES,
        },
    ),
    "import scores": (
        _Closed,
        {
            "scores": (dict[str, list[dict[str, Any]]], "model -> benchmark, value (0-100), variant, effort"),
            "unmapped": (dict[str, Any], "names of the file that are no model, with the nearest"),
            "unskilled": (list[str], "tests whose skill is not known"),
            "verdict": (str, "what was written"),
        },
    ),
    "catalog list": (
        _Closed,
        {
            "as_of": (str, "the catalogue's day"),
            "offers": (dict[str, Offer] | int, "offer -> its facts; with --missing how many there are"),
            "models": (int, "with --missing: how many"),
            "unscored": (list[str], "with --missing: models without a skill"),
            "without_speed": (list[str], "with --missing: models without a speed"),
            "offers_without_speed": (list[str], "with --missing"),
            "offers_with_estimated_speed": (list[str], "with --missing: by relatives"),
        },
    ),
    "catalog check": (
        _Closed,
        {
            "errors": (int, "how many"),
            "warnings": (int, "how many"),
            "findings": (list[_Finding], "each doubtful figure, and what is probably meant"),
        },
    ),
    "catalog refresh": (
        _Closed,
        {
            "moves": (list[dict[str, Any]], _MOVES),
            "retires": (list[dict[str, str]], "offers with their last days"),
            "gone": (list[str], "offers that the source no longer has"),
            "same": (int, "figures that stay"),
            "new": (list[str], "offers that come"),
            "models": (list[str], "models that come"),
            "refused": (dict[str, str], "offer -> why its figures are not believed"),
            "terms": (list[dict[str, Any]], "windows, rate limits and the like that move"),
            "features": (dict[str, list[str]], "offer -> features that come"),
            "older": (list[str], "offers whose figures here are newer"),
            "not_taken": (dict[str, list[str]], "why -> names that are not taken"),
            "readings": (dict[str, Any], "prices that can be read in two ways"),
            "speeds": (Any, "speeds that move"),
            "rule": (str, "which of two sources counts"),
            "money": (dict[str, float | None], "USD a month of the plan: now, then, and the best then"),
            "dated": (str, "how the source's day is known, where it names none"),
            "verdict": (str, "what was written"),
        },
    ),
    "probe": (
        _Closed,
        {
            "offers": (
                dict[str, Any] | list[Any],
                "offer -> speed (ttft, tps, spread, requests), USD spent, why it stopped; with --dry-run a "
                "list of offer, endpoint, key, max_usd",
            ),
            "overlay": (str | None, "where the speeds were written"),
            "requests": (int, "with --dry-run: of each offer"),
            "cap_usd": (float, "with --dry-run: at most in all"),
        },
    ),
    "eval": (
        _Closed,
        {
            "label": (str, "whose prompts they are"),
            "grader": (str, "what grades the answers"),
            "offers": (
                dict[str, Any] | list[Any],
                "offer -> measured under, n, quality (0-100), usd, left_out (why); with --dry-run a list of "
                "offer, endpoint, key, max_usd_an_answer",
            ),
            "calls": (int, "answers asked for"),
            "spent": (float, "USD, with the answers that were kept"),
            "settled": (bool, "whether more answers would hardly change the plan"),
            "stopped": (str, "why it ended"),
            "answers": (str, "the file that keeps them"),
            "prompts": (int, "with --dry-run: how many"),
            "verdict": (str, "what was written"),
        },
    ),
    "watch": (
        _Closed,
        {
            "file": (str, "the routing"),
            "day": (str, "the day it looked"),
            "asks": (bool, "whether there is something to decide (exit status 1)"),
            "better": (bool, "whether a better plan has been there for long enough"),
            "gain": (float | None, "what the best plan saves, USD a month"),
            "since": (str | None, "since when there is a better one"),
            "cost": (dict[str, float | None], "USD a month: now, and the best"),
            "broken": (list[dict[str, Any]], "rules that the file's routes break, as in check"),
            "best": (Plan, "as in solve"),
            "moves": (list[dict[str, Any]], _MOVES),
            "other_moves": (int, "figures of other offers that move"),
            "retiring": (
                list[dict[str, Any]],
                "offers in use that end: retires, labels, fallback, successor",
            ),
            "delisted": (list[str], "offers in use that the source no longer has"),
            "refused": (dict[str, str], "offer -> why its figures are not believed"),
            "subscriptions": (list[dict[str, Any]], "each, whether it pays, since when, what it saves"),
            **_WARNINGS,
        },
    ),
    "spent": (
        _Closed,
        {
            "source": (str, "what the figures are of"),
            "first": (str, "the first day"),
            "last": (str, "the last day"),
            "days": (int, "how many"),
            "spent": (float, "USD at the catalogue's prices, or as billed"),
            "billed": (float | None, "USD, as the logs say"),
            "planned": (float | None, "USD that the plan had for these days"),
            "difference": (dict[str, Any], "spent less planned, in parts: volume, tokens, mix, price"),
            "month": (dict[str, Any], "its end, USD planned, forecast, low, high, and how sure that is"),
            "labels": (dict[str, Any], "label -> requests and USD, spent and planned, and its models"),
            "by_day": (dict[str, float], "day -> USD"),
            "by_day_and_model": (list[dict[str, Any]], "what each model did on each day"),
            "listed_month": (float | None, "USD of the month at list prices, before subscriptions"),
            "subscriptions": (list[dict[str, Any]], "each, what it costs and what it would cost without"),
            "notes": _NOTES,
        },
    ),
}
# Those whose answer is no object with keys of its own.
_OTHERS: dict[str, dict[str, Any]] = {
    "catalog show": {
        "type": "array",
        "description": "an entry for each offer, provider and plan that is named",
        "items": {
            "type": "object",
            "properties": {
                "offer": {"type": "string", "description": "provider/model@effort"},
                "provider": {
                    "description": "its facts with an offer; its name where a provider is asked for"
                },
                "plan": {"type": "string", "description": "the subscription, where one is asked for"},
                "facts": {"type": "object", "description": "as the catalogue's file has them"},
                "model": {"type": "object", "description": "likewise"},
                "skills": {"type": "object", "description": "skill -> 0-100 and its interval"},
                "provenance": {"type": "object", "description": "figure -> source, licence, day, age"},
            },
            "required": ["facts"],
            "additionalProperties": False,
        },
    },
    "catalog match": {
        "type": "object",
        "description": "each name that is asked for",
        "additionalProperties": {
            "type": "object",
            "properties": {
                "model": {"type": ["string", "null"], "description": "the model that it names; null: none"},
                "variant": {"type": "string", "description": "what the name says besides"},
                "proposals": {"type": "object", "description": "the nearest models, and how near (0-1)"},
            },
            "required": ["model", "variant", "proposals"],
            "additionalProperties": False,
        },
    },
}
ANSWERS = (*_PARTS, *_OTHERS)


def answer_schema(command: str) -> dict[str, Any]:
    """The JSON Schema of what a command of ANSWERS prints with --json."""
    if command in _OTHERS:
        return {**_OTHERS[command], "title": f"modelpick {command} --json"}
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
    if command == "explain":
        listed = WhyNot.model_json_schema(mode="serialization")
        schema |= {"type": ["object", "array"], "items": {k: v for k, v in listed.items() if k != "$defs"}}
    return {**schema, "title": f"modelpick {command} --json"}


def _python_name(key: str) -> str:
    return key.replace("-", "_")
