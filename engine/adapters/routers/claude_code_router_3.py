"""claude-code-router 3: providers and rules, as its saveConfig takes them.

The labels of version 2 are gone; a rule per label says when it holds, the first that does decides. A mix is a
small script inside its rule, which keeps a session with one model.
"""

from __future__ import annotations

import json
import re
from typing import Any

from .base import (
    FAMILIES,
    TABLE,
    TABLES,
    Found,
    Job,
    Mix,
    Reader,
    Target,
    Written,
    items,
    rows,
    shared,
    table,
    whole_number,
)
from .claude_code_router import Providers
from .wire import Wire

_TYPES = {
    "openai": "openai_chat_completions",
    "anthropic": "anthropic_messages",
    "gemini": "gemini_generate_content",
}
_CUT = ("openai", "anthropic", "claude", "gemini")


def _cuts(wire: Wire) -> bool:
    """Whether version 3 takes the first part of a model's name for a protocol, and so answers 400."""
    protocol, slash, _ = wire.id.partition("/")
    cut = (*_CUT, "google") if wire.api == "gemini" else _CUT
    return bool(slash) and protocol.strip().lower() in cut


TARGET = Target(
    title="claude-code-router 3",
    reaches=lambda wire: bool(wire.base_url and wire.api in _TYPES),
    refuses=_cuts,
    mixes=True,
    labels=("default", "background", "think", "longContext", "image", "webSearch"),
    shapes={"Providers": TABLES, "Router": TABLE, "Router.rules": TABLES},
)
_ORDER = ("image", "longContext", "background", "webSearch", "think", "default")
_ID = "modelpick-"
_MODEL = "request.body.model"


def merged(job: Job, old: Any) -> Written:
    """The whole configuration: `old` (what getConfig answers) with our providers and rules put in."""
    data = table(old)
    warnings: list[str] = []
    names = Providers(job.catalog, rows(data.get("Providers")), warnings)
    selectors = {wire.offer: names.selector(wire, "/", _provider) for wire in job.wires}
    data["Providers"], _ = names.written([], set(), _provider)
    router = table(data.get("Router"))
    gone = [f"{_ID}{name}" for name in _ORDER if name not in job.before.lost or name in job.mixes]
    kept = [rule for rule in rows(router.get("rules")) if str(rule.get("id")) not in gone]
    rules = [_rule(job, name, job.mixes[name], selectors) for name in _ORDER if name in job.mixes]
    behind = [str(rule.get("name") or rule.get("id")) for rule in kept if rule.get("enabled") is not False]
    if behind and "default" in job.mixes:
        warnings.append(
            f"the rules {', '.join(behind)} come after modelpick's, which take all requests for Claude models"
        )
    # Its chain of fallback models asks the failed one again (claude-code-router issue 1804).
    data["Router"] = {
        "fallback": {"mode": "off", "models": [], "retryCount": 0},
        **router,
        "rules": [*rules, *kept],
    }
    open_ = [name for name in names.made if str(_key(data, name)).startswith("$")]
    told = [f"version 3 puts no variables in: enter the keys of {', '.join(open_)} in its window, once"]
    return Written(data, notes=tuple(told * bool(open_)), warnings=tuple(warnings))


def threshold(old: Any) -> int | None:
    """The tokens of prompt from which our rule for longContext holds in a configuration."""
    for rule in rows(table(table(old).get("Router")).get("rules")):
        if rule.get("id") == f"{_ID}longContext":
            source = str(table(rule.get("script")).get("source", ""))
            scripted = re.search(r"^const THRESHOLD = (\d+);", source, re.MULTILINE)
            return whole_number(scripted[1] if scripted else table(rule.get("condition")).get("right"))
    return None


def _key(data: dict[str, Any], name: str) -> Any:
    return next((e.get("api_key") for e in rows(data.get("Providers")) if e.get("name") == name), "")


def _provider(name: str, wires: list[Wire]) -> dict[str, Any]:
    """A provider's entry."""
    first = wires[0]
    return {
        "name": name,
        "type": _TYPES[first.api],
        "api_base_url": first.endpoint if first.api != "gemini" else first.base_url,
        "api_key": f"${first.key}",
        "models": [wire.id for wire in wires],
    }


def _rule(job: Job, name: str, mix: Mix, selectors: dict[str, str]) -> dict[str, Any]:
    rule = {"id": _ID + name, "name": name, "enabled": True}
    models = [(selectors[offer], share) for offer, share in mix.shares.items()]
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


def lacking(config: Any, sent: Any) -> list[str]:
    """What of modelpick's rules and of the providers in `sent` a router's `config` does not hold, by name."""
    held = {str(rule.get("id")): rule for rule in rows(table(table(config).get("Router")).get("rules"))}
    models = {str(e.get("name")): items(e.get("models")) for e in rows(table(config).get("Providers"))}
    missing = []
    for rule in rows(table(table(sent).get("Router")).get("rules")):
        there = held.get(str(rule.get("id")), {})
        if str(rule.get("id")).startswith(_ID) and (
            _models(there) != _models(rule) or there.get("enabled") is False
        ):
            missing.append(f"the rule {rule.get('id')}")
    for entry in rows(table(sent).get("Providers")):
        absent = [m for m in items(entry.get("models")) if m not in models.get(str(entry.get("name")), [])]
        if absent or str(entry.get("name")) not in models:
            of_it = ", ".join(map(str, absent)) or "its models"
            missing.append(f"the provider {entry.get('name')} with {of_it}")
    return missing


def found(data: Any, reader: Reader) -> Found:
    """Our rules as labels; other rules, which may ask anything, are named and left."""
    told = table(data)
    addresses = {
        str(entry.get("name")): str(entry.get("api_base_url")) for entry in rows(told.get("Providers"))
    }
    for rule in rows(table(told.get("Router")).get("rules")):
        ours = str(rule.get("id")).startswith(_ID)
        name = str(rule.get("id")).removeprefix(_ID) if ours else _label_of(rule)
        if not name or (not ours and name in reader.found.shares):
            titles = [rule[key] for key in ("name", "id") if isinstance(rule.get(key), str) and rule[key]]
            reader.note(
                f"rule {titles[0]!r} is not a label's, left out" if titles else "a rule without a name"
            )
            continue
        if rule.get("enabled") is False:
            reader.note(f"{name}: its rule is switched off, left out")
            continue
        parts = []
        for selector, share in _models(rule):
            provider, _, model = selector.partition("/")
            address = addresses.get(provider, "")
            parts.append((reader.wires.named(provider, model, address), share, selector))
        reader.label(name, parts, [])
    return reader.found


def _label_of(rule: dict[str, Any]) -> str:
    """The label of someone's own rule, where it only asks for one of Claude Code's families; else ''."""
    condition = table(rule.get("condition"))
    family = str(condition.get("right")).removeprefix("claude-").removesuffix("-")
    asks = condition.get("left") == _MODEL and condition.get("operator") in ("contains", "starts-with")
    return FAMILIES.get(family, "") if asks and _models(rule) else ""


def _models(rule: dict[str, Any]) -> list[tuple[str, float]]:
    first = str(table(rule.get("script")).get("source", "")).partition("\n")[0]
    try:
        listed = json.loads(first.removeprefix("const MODELS = ").removesuffix(";")) if first else []
    except ValueError:
        listed = []
    return shared(listed) or [
        (str(each.get("value")), 1.0) for each in rows(rule.get("rewrites")) if each.get("key") == _MODEL
    ]
