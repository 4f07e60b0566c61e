"""LiteLLM's config.yaml: a model group per label, weights inside it, groups of fallbacks behind it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from .base import FAMILIES, Found, Job, Mix, Reader, Target, Written, items, rows, table
from .wire import LITELLM, Wire, parts

TARGET = Target(
    title="LiteLLM",
    reaches=lambda wire: bool(wire.provider in LITELLM or wire.endpoint),
    mixes=True,
    fallbacks=True,
    yaml=True,
    comment="#",
    missing="a threshold: longContext takes over where a window ends, not at {threshold} tokens",
)
_MARK = "modelpick"  # in model_info: this entry is ours, and the offer it stands for
_TIERS = (128_000, 200_000, 272_000)  # the thresholds LiteLLM has a price for
_PER_TOKEN = {"input": "input_cost_per_token", "output": "output_cost_per_token"}
_CACHE = {"cache_read": "cache_read_input_token_cost", "cache_write": "cache_creation_input_token_cost"}


def merged(job: Job, old: Any) -> Written:
    """The whole file: `old` with our groups and our settings put in the place of the earlier ones."""
    data = table(old)
    ours = [entry for name, mix in job.mixes.items() for entry in _group(job, name, mix)]
    names = {entry["model_name"] for entry in ours}
    kept: list[Any] = []
    for entry in items(data.get("model_list")):
        (kept if _foreign(entry, names) else []).append(entry)
    gone = {
        str(entry.get("model_name")) for entry in rows(data.get("model_list")) if entry not in kept
    } - names
    data["model_list"] = [*kept, *ours]
    data["router_settings"] = _settings(job, table(data.get("router_settings")), names | gone)
    # Requests of Claude Code carry `thinking`, which most other models refuse.
    data["litellm_settings"] = {"drop_params": True, **table(data.get("litellm_settings"))}
    data["general_settings"] = {
        "master_key": "os.environ/LITELLM_MASTER_KEY",
        **table(data.get("general_settings")),
    }
    return Written(data, notes=_notes(job))


def _notes(job: Job) -> tuple[str, ...]:
    pairs = [(family, label) for family, label in FAMILIES.items() if label in job.mixes]
    names = " ".join(f"ANTHROPIC_DEFAULT_{family.upper()}_MODEL={label}" for family, label in pairs)
    told = (
        [f"Claude Code reaches the labels by model family; sure for models to come: {names}"] if pairs else []
    )
    for wire in job.wires:
        odd = [f"{tier.above:,.0f}" for tier in wire.facts.tiers if tier.above not in _TIERS]
        if odd:
            told.append(
                f"{wire.offer}: LiteLLM has no price above {', '.join(odd)} tokens; it counts too little"
            )
    return tuple(told)


def _foreign(entry: Any, names: set[str]) -> bool:
    told = table(entry)
    return _MARK not in table(told.get("model_info")) and str(told.get("model_name")) not in names


def _group(job: Job, name: str, mix: Mix) -> list[dict[str, Any]]:
    weights = parts(mix.shares) if len(mix.shares) > 1 else {}
    found = [_entry(name, job.wire(offer), weights.get(offer)) for offer in mix.shares]
    behind = zip(_behind(job, name), mix.fallbacks, strict=True)
    return found + [_entry(group, job.wire(offer), None) for group, offer in behind]


def _behind(job: Job, name: str) -> list[str]:
    """The names of a label's fallback groups, none of them a label's."""
    count = len(job.mixes[name].fallbacks)
    stem = f"{name}-fallback"
    while any(label.startswith(f"{stem}-") for label in job.mixes):
        stem += "s"
    return [f"{stem}-{number}" for number in range(1, count + 1)]


def _entry(group: str, wire: Wire, weight: int | None) -> dict[str, Any]:
    call: dict[str, Any] = {"model": wire.litellm}
    if wire.api not in ("bedrock", "vertex"):  # these two find their keys by themselves
        call["api_key"] = f"os.environ/{wire.key}"
    if wire.base_url and wire.api in ("openai", "anthropic"):
        call["api_base"] = wire.base_url
    elif wire.provider == "azure":
        call["api_base"] = "os.environ/AZURE_API_BASE"
    if weight is not None:
        call["weight"] = weight
    for kind in ("rpm", "tpm"):
        limit = getattr(wire.facts, kind)
        if limit is not None:
            call[kind] = int(limit)
    return {"model_name": group, "litellm_params": call, "model_info": _info(wire)}


def _info(wire: Wire) -> dict[str, Any]:
    """Prices in USD per token with the provider's fee, and the window."""
    told: dict[str, Any] = {_MARK: wire.offer}
    facts = wire.facts
    for name, key in (_PER_TOKEN | _CACHE).items():
        price = getattr(facts, name)
        if price is not None:
            told[key] = _per_token(price, wire.fee)
    for tier in facts.tiers:
        if tier.above in _TIERS:
            for name, key in (_PER_TOKEN | _CACHE).items():
                price = getattr(tier, name)
                if price is not None:
                    told[f"{key}_above_{tier.above / 1000:.0f}k_tokens"] = _per_token(price, wire.fee)
    told["max_input_tokens"] = wire.window
    if wire.max_output is not None:
        told["max_output_tokens"] = wire.max_output
    return told


def _per_token(price: float, fee: float) -> float:
    return float(f"{price * (1 + fee) / 1e6:.12g}")


def _settings(job: Job, old: dict[str, Any], ours: set[str]) -> dict[str, Any]:
    """router_settings: ours first where the key is ours, whatever else there was."""
    fallbacks = [{name: _behind(job, name)} for name, mix in job.mixes.items() if mix.fallbacks]
    windows = [{name: ["longContext"]} for name in job.mixes if _outgrows(job, name)]
    checks = [*items(old.get("optional_pre_call_checks"))]
    rated = any(wire.facts.rpm or wire.facts.tpm for wire in job.wires)
    mixed = any(len(mix.shares) > 1 for mix in job.mixes.values())
    # Without the first, rate limits limit nothing; without the second, a split wrecks the prompt caches.
    needed = ["enforce_model_rate_limits"] * rated + ["session_affinity"] * mixed
    checks += [check for check in needed if check not in checks]
    settings = {
        **old,
        "routing_strategy": "simple-shuffle",
        "num_retries": old.get("num_retries", 2),
        "enable_pre_call_checks": True,
        "optional_pre_call_checks": checks,
        "fallbacks": _others(old.get("fallbacks"), ours) + fallbacks,
        "context_window_fallbacks": _others(old.get("context_window_fallbacks"), ours) + windows,
        "model_group_alias": {**table(old.get("model_group_alias")), **_aliases(job)},
    }
    return {key: value for key, value in settings.items() if value not in ([], {}) or key in old}


def _others(value: Any, ours: Iterable[str]) -> list[Any]:
    return [entry for entry in rows(value) if not set(entry) & set(ours)]


def _outgrows(job: Job, name: str) -> bool:
    """Whether longContext has a larger window than some offer of the label."""
    if name == "longContext" or "longContext" not in job.mixes:
        return False
    largest = max(job.wire(offer).window for offer in job.mixes["longContext"].shares)
    return any(job.wire(offer).window < largest for offer in job.mixes[name].shares)


def _aliases(job: Job) -> dict[str, str]:
    """Every Claude model the catalogue knows, so that Claude Code works as it is."""
    found = {}
    for key, offer in job.catalog.offers.items():
        name = offer.id or key.partition("/")[2]
        label = next((label for family, label in FAMILIES.items() if family in name), job.base)
        if key.startswith("anthropic/") and name.startswith("claude-"):
            found[name] = label if label in job.mixes else job.base
    return found


def found(data: Any, reader: Reader) -> Found:
    """The groups as labels; groups that only stand behind others are their fallbacks."""
    groups: dict[str, list[dict[str, Any]]] = {}
    for entry in rows(table(data).get("model_list")):
        groups.setdefault(str(entry.get("model_name")), []).append(entry)
    settings = {**table(table(data).get("litellm_settings")), **table(table(data).get("router_settings"))}
    behind = {
        name: items(targets) for each in rows(settings.get("fallbacks")) for name, targets in each.items()
    }
    hidden = {
        str(t) for name, targets in behind.items() for t in targets if str(t).startswith(f"{name}-fallback")
    }
    for name, entries in groups.items():
        if name not in hidden:
            spare = [entry for target in behind.get(name, []) for entry in groups.get(str(target), [])]
            there = [(_offer(entry, reader), _weight(entry, entries), _name(entry)) for entry in entries]
            reader.label(name, there, [(_offer(entry, reader), _name(entry)) for entry in spare])
    return reader.found


def _name(entry: dict[str, Any]) -> str:
    return str(table(entry.get("litellm_params")).get("model"))


def _offer(entry: dict[str, Any], reader: Reader) -> str | None:
    call = table(entry.get("litellm_params"))
    marked = reader.wires.by_marker(table(entry.get("model_info")).get(_MARK))
    return marked or reader.wires.by_litellm(_name(entry), str(call.get("api_base") or ""))


def _weight(entry: dict[str, Any], group: list[dict[str, Any]]) -> float:
    """As simple-shuffle has it: the first of weight, rpm and tpm that any deployment gives; else equal."""
    for metric in ("weight", "rpm", "tpm"):
        given = [table(each.get("litellm_params")).get(metric) for each in group]
        if any(isinstance(number, (int, float)) and number > 0 for number in given):
            mine = table(entry.get("litellm_params")).get(metric)
            return float(mine) if isinstance(mine, (int, float)) else 0.0
    return 1.0
