"""Portkey's gateway config: by metadata.label to a mix, with its fallbacks behind it."""

from __future__ import annotations

from typing import Any

from .base import LIST, TABLE, Found, Job, Mix, Reader, Target, Written, items, rows, table
from .wire import parts

_PROVIDERS = {"openai": "openai", "anthropic": "anthropic", "gemini": "google"}
_VERSIONS = {"anthropic": "/v1", "gemini": "/v1beta"}  # the address must end where the paths differ
_BEFORE = "before-modelpick"
TARGET = Target(
    title="Portkey",
    reaches=lambda wire: bool(wire.base_url and wire.api in _PROVIDERS),
    mixes=True,
    fallbacks=True,
    per_request=True,
    missing="a threshold: requests go by their metadata.label alone",
    shapes={"strategy": TABLE, "strategy.conditions": LIST, "targets": LIST},
)


def merged(job: Job, old: Any) -> Written:
    """The whole config: `old` with our conditions and targets; those of others stay, with their keys."""
    data = table(old)
    before = table(data.get("strategy"))
    targets = [
        entry for entry in items(data.get("targets")) if str(table(entry).get("name")) not in job.mixes
    ]
    warnings = []
    conditions: list[Any] = []
    if before.get("mode") == "conditional":
        theirs = items(before.get("conditions"))
        conditions = [rule for rule in theirs if str(table(rule).get("then")) not in job.mixes]
    elif before or targets:
        # A target that no condition names: nothing is asked there, and nothing is lost.
        targets = [{"name": _BEFORE, **({"strategy": before} if before else {}), "targets": targets}]
        warnings.append(
            f"the config was {before.get('mode', 'one target')}: it is kept as target {_BEFORE!r}"
        )
    ours = [{"query": {"metadata.label": {"$eq": name}}, "then": name} for name in job.mixes]
    default = before.get("default")
    names = [table(entry).get("name") for entry in targets]
    strategy = {
        **{key: setting for key, setting in before.items() if before.get("mode") == "conditional"},
        "mode": "conditional",
        "conditions": [*ours, *conditions],
        "default": default if default is not None and default in names else job.base,
    }
    known = _leaves(data.get("targets"))
    mine = [_label(job, name, mix, known) for name, mix in job.mixes.items()]
    note = "Portkey puts no variables in: send the config with each ${NAME} replaced, as envsubst does"
    return Written(
        {**data, "strategy": strategy, "targets": [*mine, *targets]}, notes=(note,), warnings=tuple(warnings)
    )


def _leaves(targets: Any) -> list[dict[str, Any]]:
    """Every target that names a provider, however deep."""
    listed = rows(targets)
    below = [leaf for entry in listed for leaf in _leaves(entry.get("targets"))]
    return [*(entry for entry in listed if "provider" in entry), *below]


def _label(job: Job, name: str, mix: Mix, known: list[dict[str, Any]]) -> dict[str, Any]:
    weights = parts(mix.shares)
    split = [_target(job, offer, known) | {"weight": weights[offer]} for offer in mix.shares]
    first = (
        {"strategy": {"mode": "loadbalance"}, "targets": split}
        if len(split) > 1
        else _target(job, mix.main, known)
    )
    targets = [first, *(_target(job, offer, known) for offer in mix.fallbacks)]
    return {"name": name, "strategy": {"mode": "fallback"}, "targets": targets}


def _target(job: Job, offer: str, known: list[dict[str, Any]]) -> dict[str, Any]:
    """A target as the file has it for the same model, else a new one with the file's key for the provider."""
    wire = job.wire(offer)
    fresh = {
        "provider": _PROVIDERS[wire.api],
        "custom_host": wire.base_url.rstrip("/") + _VERSIONS.get(wire.api, ""),
        "api_key": f"${{{wire.key}}}",
        "override_params": {"model": wire.id},
    }
    near = [leaf for leaf in known if _same_provider(leaf, fresh)]
    same = [leaf for leaf in near if table(leaf.get("override_params")).get("model") == wire.id]
    if same:
        return {
            key: setting for key, setting in {**fresh, **same[0]}.items() if key not in ("weight", "name")
        }
    key = near[0].get("api_key") if near else None
    return {**fresh, "api_key": key} if isinstance(key, str) else fresh


def _same_provider(leaf: dict[str, Any], fresh: dict[str, Any]) -> bool:
    return all(leaf.get(key) == fresh[key] for key in ("provider", "custom_host"))


def found(data: Any, reader: Reader) -> Found:
    """A label for each condition on metadata.label; other conditions are named and left."""
    config = table(data)
    targets = {str(entry.get("name")): entry for entry in rows(config.get("targets"))}
    for rule in rows(table(config.get("strategy")).get("conditions")):
        label = table(table(rule.get("query")).get("metadata.label")).get("$eq")
        target = targets.get(str(rule.get("then")))
        if not isinstance(label, str) or not label or target is None:
            then = rule.get("then")
            named = f"for {then!r}" if isinstance(then, str) else "without a target"
            reader.note(f"a condition {named} is not a label's, left out")
            continue
        steps = _steps(target)
        listed = [(_offer(reader, leaf), weight, _title(leaf)) for leaf, weight in next(iter(steps), [])]
        behind = [(_offer(reader, leaf), _title(leaf)) for step in steps[1:] for leaf, _ in step]
        reader.label(label, listed, behind)
    return reader.found


def _steps(target: dict[str, Any]) -> list[list[tuple[dict[str, Any], float]]]:
    """What is asked first, and then where that fails: each a split among providers, with weights."""
    mode, below = table(target.get("strategy")).get("mode"), rows(target.get("targets"))
    if not below:
        return [[(target, 1.0)]]
    if mode == "loadbalance":
        return [[(leaf, _weight(each)) for each in below for leaf, _ in next(iter(_steps(each)), [])]]
    return [step for each in below for step in _steps(each)]


def _weight(target: dict[str, Any]) -> float:
    weight = target.get("weight", 1)
    right = isinstance(weight, (int, float)) and not isinstance(weight, bool) and 0 < weight < 1e12
    return float(weight) if right else 0.0


def _title(leaf: dict[str, Any]) -> str:
    model = table(leaf.get("override_params")).get("model")
    return model if isinstance(model, str) else "a target without a model"


def _offer(reader: Reader, leaf: dict[str, Any]) -> str | None:
    host, provider = str(leaf.get("custom_host") or ""), str(leaf.get("provider")).removeprefix("@")
    offer = reader.wires.named(provider, _title(leaf), host)
    if offer is not None and reader.wires.elsewhere(offer, host):
        return reader.wires.by_provider("", _title(leaf), host)
    return offer
