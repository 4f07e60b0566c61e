"""Portkey's gateway config: by metadata.label to a mix, with its fallbacks behind it."""

from __future__ import annotations

from typing import Any

from .base import ConfigReader, ExportedConfig, ExportJob, ImportedConfig, Mix, Target
from .endpoints import OFF, Endpoint, level_in, whole_weights
from .values import LIST, TABLE, as_list, as_table, as_tables

_PROVIDERS = {"openai": "openai", "anthropic": "anthropic", "gemini": "google"}
_BEFORE = "before-modelpick"
_UNNAMED = "a target without a model"
TARGET = Target(
    title="Portkey",
    supports=lambda endpoint: bool(endpoint.base_url and endpoint.api in _PROVIDERS),
    mixes=True,
    fallbacks=True,
    per_request=True,
    sends_level=lambda label, endpoint: (  # noqa: ARG005
        endpoint.api == "openai" or (endpoint.api == "gemini" and endpoint.level != OFF)
    ),
    lacks="a threshold: requests go by their metadata.label alone",
    shapes={"strategy": TABLE, "strategy.conditions": LIST, "targets": LIST},
)


def export_config(job: ExportJob, old: Any) -> ExportedConfig:
    """The whole config: `old` with our conditions and targets; those of others stay, with their keys."""
    settings = as_table(old)
    before = as_table(settings, "strategy")
    targets = [
        entry
        for entry in as_list(settings.get("targets"))
        if str(as_table(entry).get("name")) not in job.mixes
    ]
    warnings = []
    conditions: list[Any] = []
    if before.get("mode") == "conditional":
        theirs = as_list(before.get("conditions"))
        conditions = [rule for rule in theirs if str(as_table(rule).get("then")) not in job.mixes]
    elif before or targets:
        # A target that no condition names: nothing is asked there, and nothing is lost.
        targets = [{"name": _BEFORE, **({"strategy": before} if before else {}), "targets": targets}]
        warnings.append(
            f"the config was {before.get('mode', 'one target')}: it is kept as target {_BEFORE!r}"
        )
    ours = [{"query": {"metadata.label": {"$eq": name}}, "then": name} for name in job.mixes]
    default = before.get("default")
    names = [as_table(entry).get("name") for entry in targets]
    strategy = {
        **{key: setting for key, setting in before.items() if before.get("mode") == "conditional"},
        "mode": "conditional",
        "conditions": [*ours, *conditions],
        "default": default if default is not None and default in names else job.default_label,
    }
    known = _leaves(settings.get("targets"))
    mine = [_label(job, name, mix, known) for name, mix in job.mixes.items()]
    note = "Portkey puts no variables in: send the config with each ${NAME} replaced, as envsubst does"
    return ExportedConfig(
        {**settings, "strategy": strategy, "targets": [*mine, *targets]},
        notes=(note,),
        warnings=tuple(warnings),
    )


def _leaves(targets: Any) -> list[dict[str, Any]]:
    """Every target that names a provider, however deep."""
    listed = as_tables(targets)
    below = [leaf for entry in listed for leaf in _leaves(entry.get("targets"))]
    return [*(entry for entry in listed if "provider" in entry), *below]


def _label(job: ExportJob, name: str, mix: Mix, known: list[dict[str, Any]]) -> dict[str, Any]:
    weights = whole_weights(mix.shares)
    split = [_target(job, offer, known) | {"weight": weights[offer]} for offer in mix.shares]
    first = (
        {"strategy": {"mode": "loadbalance"}, "targets": split}
        if len(split) > 1
        else _target(job, mix.main, known)
    )
    targets = [first, *(_target(job, offer, known) for offer in mix.fallbacks)]
    return {"name": name, "strategy": {"mode": "fallback"}, "targets": targets}


def _target(job: ExportJob, offer: str, known: list[dict[str, Any]]) -> dict[str, Any]:
    """A target as the file has it for the same model, else a new one with the file's key for the provider."""
    endpoint = job.endpoint(offer)
    fresh = {
        "provider": _PROVIDERS[endpoint.api],
        "custom_host": endpoint.versioned_url,
        "api_key": f"${{{endpoint.key}}}",
        "override_params": {"model": endpoint.id, **_level(endpoint)},
    }
    of_provider = [leaf for leaf in known if _same_provider(leaf, fresh)]
    of_model = [
        leaf
        for leaf in of_provider
        if as_table(leaf, "override_params").get("model") == endpoint.id
        and level_in(as_table(leaf, "override_params")) == endpoint.level
    ]
    if of_model:
        return {
            key: setting for key, setting in {**fresh, **of_model[0]}.items() if key not in ("weight", "name")
        }
    key = of_provider[0].get("api_key") if of_provider else None
    return {**fresh, "api_key": key} if isinstance(key, str) else fresh


def _level(endpoint: Endpoint) -> dict[str, Any]:
    """A reasoning level in OpenAI's words, which Portkey puts into Gemini's."""
    return {"reasoning_effort": endpoint.level} if endpoint.level else {}


def _same_provider(leaf: dict[str, Any], fresh: dict[str, Any]) -> bool:
    return all(leaf.get(key) == fresh[key] for key in ("provider", "custom_host"))


def import_config(settings: Any, reader: ConfigReader) -> ImportedConfig:
    """A label for each condition on metadata.label, and default for what no condition takes; other conditions
    are named and left."""
    config = as_table(settings)
    strategy = as_table(config, "strategy")
    if strategy.get("mode") != "conditional":
        _add_label("default", config, reader)
        return reader.config
    targets = {str(entry.get("name")): entry for entry in as_tables(config.get("targets"))}
    for rule in as_tables(strategy.get("conditions")):
        label = as_table(rule.get("query"), "metadata.label").get("$eq")
        target = targets.get(str(rule.get("then")))
        if not isinstance(label, str) or not label or target is None:
            then = rule.get("then")
            named = f"for {then!r}" if isinstance(then, str) else "without a target"
            reader.note(f"a condition {named} is not a label's, left out")
        else:
            _add_label(label, target, reader)
    rest = targets.get(str(strategy.get("default")))
    taken = {str(as_table(rule).get("then")) for rule in as_list(strategy.get("conditions"))}
    free = rest is not None and str(rest.get("name")) not in {_BEFORE, *taken}
    if rest is not None and free and "default" not in reader.config.order:
        _add_label("default", rest, reader)
    return reader.config


def _add_label(label: str, target: dict[str, Any], reader: ConfigReader) -> None:
    """A label with what a target asks first, and what it asks where that fails."""
    steps = _steps(target)
    if all(_title(leaf) == _UNNAMED for step in steps for leaf, _ in step):
        reader.note(f"{label}: no target of it names a model, left out")
        return
    listed = [(_offer(reader, leaf), weight, _title(leaf)) for leaf, weight in next(iter(steps), [])]
    behind = [(_offer(reader, leaf), _title(leaf)) for step in steps[1:] for leaf, _ in step]
    reader.add_label(label, listed, behind)


def _steps(target: dict[str, Any]) -> list[list[tuple[dict[str, Any], float]]]:
    """What is asked first, and then where that fails: each a split among providers, with weights."""
    mode, below = as_table(target, "strategy").get("mode"), as_tables(target.get("targets"))
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
    model = as_table(leaf, "override_params").get("model")
    return model if isinstance(model, str) and model else _UNNAMED


def _offer(reader: ConfigReader, leaf: dict[str, Any]) -> str | None:
    """The offer of a target: its model may name the provider itself, as @provider/model."""
    host, provider, model = str(leaf.get("custom_host") or ""), str(leaf.get("provider") or ""), _title(leaf)
    if model.startswith("@"):
        provider, _, model = model.partition("/")
    offer = reader.endpoints.find_at(provider.removeprefix("@"), model, host)
    return reader.at_level(offer, level_in(as_table(leaf, "override_params")))
