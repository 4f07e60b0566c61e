"""claude-code-router 3: providers and rules, as its saveConfig takes them.

The labels of version 2 are gone; a rule per label says when it holds, the first that does decides. A mix is a
small script inside its rule, which keeps a session with one model.
"""

from __future__ import annotations

import json
from typing import Any

from .base import FAMILIES, Found, Job, Mix, Reader, Target, Written, rows, shared, table
from .claude_code_router import _by_provider
from .wire import Wire

_TYPES = {
    "openai": "openai_chat_completions",
    "anthropic": "anthropic_messages",
    "gemini": "gemini_generate_content",
}
TARGET = Target(
    title="claude-code-router 3",
    reaches=lambda wire: bool(wire.base_url and wire.api in _TYPES),
    mixes=True,
    labels=("default", "background", "think", "longContext", "image", "webSearch"),
)
_ORDER = ("image", "longContext", "background", "webSearch", "think", "default")
_ID = "modelpick-"
_MODEL = "request.body.model"


def merged(job: Job, old: Any) -> Written:
    """The whole configuration: `old` (what getConfig answers) with our providers and rules put in."""
    data = table(old)
    keys = {str(entry.get("name")): str(entry.get("api_key") or "") for entry in rows(data.get("Providers"))}
    mine = {name: _provider(wires, keys.get(name, "")) for name, wires in _by_provider(job).items()}
    providers = [entry for entry in rows(data.get("Providers")) if str(entry.get("name")) not in mine]
    data["Providers"] = [*providers, *mine.values()]
    router = table(data.get("Router"))
    kept = [rule for rule in rows(router.get("rules")) if not str(rule.get("id")).startswith(_ID)]
    rules = [_rule(job, name, job.mixes[name]) for name in _ORDER if name in job.mixes]
    # Its chain of fallback models asks the failed one again (claude-code-router issue 1804).
    data["Router"] = {
        "fallback": {"mode": "off", "models": [], "retryCount": 0},
        **router,
        "rules": [*rules, *kept],
    }
    open_ = [name for name, entry in mine.items() if entry["api_key"].startswith("$")]
    told = [f"version 3 puts no variables in: enter the keys of {', '.join(open_)} in its window, once"]
    return Written(data, notes=tuple(told * bool(open_)))


def _provider(wires: list[Wire], key: str) -> dict[str, Any]:
    """A provider's entry; a key that the router has already stays there."""
    first = wires[0]
    return {
        "name": first.provider,
        "type": _TYPES[first.api],
        "api_base_url": first.endpoint if first.api != "gemini" else first.base_url,
        "api_key": key or f"${first.key}",
        "models": [wire.id for wire in wires],
    }


def _rule(job: Job, name: str, mix: Mix) -> dict[str, Any]:
    rule = {"id": _ID + name, "name": name, "enabled": True}
    models = [(_selector(job.wire(offer)), share) for offer, share in mix.shares.items()]
    if len(models) > 1:
        source = _script(name, models, job.threshold)
        script = {"apiVersion": 1, "language": "javascript", "source": source, "timeoutMs": 1000}
        return {**rule, "type": "script", "rewrites": [], "script": script}
    left, operator, right = _condition(name, job.threshold)
    rewrite = {"key": _MODEL, "operation": "set", "value": models[0][0]}
    condition = {"left": left, "operator": operator, "right": right}
    return {**rule, "type": "condition", "condition": condition, "rewrites": [rewrite]}


def _condition(name: str, threshold: int) -> tuple[str, str, str]:
    """When a label holds; `default` takes every Claude model that no earlier rule took."""
    if name == "image":
        return "request.body.messages", "contains-deep", '{"type":"image"}'
    if name == "webSearch":
        return "request.body.tools", "contains-deep", '{"name":"web_search"}'
    if name == "longContext":
        return "request.tokenCount", ">", str(threshold)
    family = next(
        (family for family, label in FAMILIES.items() if label == name and name != "default"), "claude"
    )
    return _MODEL, "contains", family


_TESTS = {
    "image": "input.summary.hasImage",
    "webSearch": 'input.summary.toolNames.includes("web_search")',
    "longContext": "input.tokenCount > THRESHOLD",
    "background": 'String(input.body.model).includes("haiku")',
    "think": 'String(input.body.model).includes("opus")',
    "default": 'String(input.body.model).includes("claude")',
}


def _script(name: str, models: list[tuple[str, float]], threshold: int) -> str:
    """A session's hash picks its model; `>>> 0` there makes it unsigned."""
    return f"""const MODELS = {json.dumps(models)};
const THRESHOLD = {threshold};
if (!({_TESTS[name]})) return null;
let hash = api.hash(input.sessionId ? {json.dumps(name)} + input.sessionId : String(Math.random()));
hash = Math.imul(hash ^ (hash >>> 16), 2246822507);
hash = Math.imul(hash ^ (hash >>> 13), 3266489909);
let left = ((hash ^ (hash >>> 16)) >>> 0) / 4294967296;
const [model] = MODELS.find(([, share]) => (left -= share) < 0) || MODELS[0];
return {{ rewrites: [{{ key: "{_MODEL}", operation: "set", value: model }}] }};
"""


def _selector(wire: Wire) -> str:
    return f"{wire.provider}/{wire.id}"


def found(data: Any, reader: Reader) -> Found:
    """Our rules as labels; other rules, which may ask anything, are named and left."""
    told = table(data)
    addresses = {
        str(entry.get("name")): str(entry.get("api_base_url")) for entry in rows(told.get("Providers"))
    }
    for rule in rows(table(told.get("Router")).get("rules")):
        name = str(rule.get("id")).removeprefix(_ID)
        if not str(rule.get("id")).startswith(_ID):
            reader.found.notes.append(
                f"rule {rule.get('name') or rule.get('id')!r} is not a label's, left out"
            )
            continue
        parts = []
        for selector, share in _models(rule):
            provider, _, model = selector.partition("/")
            offer = reader.wires.by_provider(provider, model, addresses.get(provider, ""))
            parts.append((offer, share, selector))
        reader.label(name, parts, [])
    return reader.found


def _models(rule: dict[str, Any]) -> list[tuple[str, float]]:
    first = str(table(rule.get("script")).get("source", "")).partition("\n")[0]
    try:
        listed = json.loads(first.removeprefix("const MODELS = ").removesuffix(";")) if first else []
    except ValueError:
        listed = []
    return shared(listed) or [
        (str(each.get("value")), 1.0) for each in rows(rule.get("rewrites")) if each.get("key") == _MODEL
    ]
