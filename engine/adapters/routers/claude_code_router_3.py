"""claude-code-router 3: providers and rules, as its saveConfig takes them.

The labels of version 2 are gone; a rule per label says when it holds, the first that does decides. A mix is a
small script inside its rule, which keeps a session with one model. `get_config` and `save_config` talk to one
that runs.
"""

from __future__ import annotations

import json
import os
import re
from typing import Any

from ...domain.errors import InputError
from ..network import in_clear, masked, post_secret
from .base import (
    DEFAULT_THRESHOLD,
    FAMILIES,
    ConfigReader,
    ExportedConfig,
    ExportJob,
    ImportedConfig,
    Mix,
    Target,
)
from .claude_code_router import Providers, offer_finder, provider_addresses
from .endpoints import Endpoint, request_fields
from .values import TABLE, TABLES, as_list, as_shares, as_table, as_tables, whole_number

_TYPES = {
    "openai": "openai_chat_completions",
    "anthropic": "anthropic_messages",
    "gemini": "gemini_generate_content",
}
_PROTOCOLS = ("openai", "anthropic", "claude", "gemini")


def _rejects(endpoint: Endpoint) -> bool:
    """Whether version 3 takes the first part of a model's name for a protocol, and so answers 400."""
    protocol, slash, _ = endpoint.id.partition("/")
    protocols = (*_PROTOCOLS, "google") if endpoint.api == "gemini" else _PROTOCOLS
    return bool(slash) and protocol.strip().lower() in protocols


TARGET = Target(
    title="claude-code-router 3",
    supports=lambda endpoint: bool(endpoint.base_url and endpoint.api in _TYPES),
    rejects=_rejects,
    mixes=True,
    sends_level=lambda label, endpoint: True,  # noqa: ARG005
    keeps_sessions="keeps a session at one model of the mix",
    labels=("default", "background", "think", "longContext", "image", "webSearch"),
    shapes={"Providers": TABLES, "Router": TABLE, "Router.rules": TABLES},
)
_ORDER = ("image", "longContext", "background", "webSearch", "think", "default")
_ID = "modelpick-"
_MODEL = "request.body.model"
_THINKING = "request.body.thinking"
_ASKS_THINKING = {("==", "enabled"), ("==", "adaptive"), ("!=", "disabled"), ("!=", "")}


def export_config(job: ExportJob, old: Any) -> ExportedConfig:
    """The whole configuration: `old` (what getConfig answers) with our providers and rules put in."""
    settings = as_table(old)
    ids = [str(rule.get("id")) for rule in as_tables(as_table(settings, "Router").get("rules"))]
    ours = any(name.startswith(_ID) for name in ids)
    if old is not None and not ours and all(map(job.is_unchanged, job.mixes)) and _same_threshold(job, old):
        return ExportedConfig(settings)
    warnings: list[str] = []
    providers = Providers(job.catalog, as_tables(settings.get("Providers")), warnings, level_entries=True)
    selectors = {endpoint.offer: providers.selector(endpoint, "/", _provider) for endpoint in job.endpoints}
    settings["Providers"], _ = providers.merged([], set(), _provider)
    router = as_table(settings, "Router")
    replaced = [
        f"{_ID}{name}" for name in _ORDER if name not in job.existing.unknown_labels or name in job.mixes
    ]
    kept = [rule for rule in as_tables(router.get("rules")) if str(rule.get("id")) not in replaced]
    rules = [_rule(job, name, job.mixes[name], selectors) for name in _ORDER if name in job.mixes]
    behind = [str(rule.get("name") or rule.get("id")) for rule in kept if rule.get("enabled") is not False]
    if behind and "default" in job.mixes:
        warnings.append(
            f"the rules {', '.join(behind)} come after modelpick's, which take all requests for Claude models"
        )
    # Its chain of fallback models asks the failed one again (claude-code-router issue 1804).
    settings["Router"] = {
        "fallback": {"mode": "off", "models": [], "retryCount": 0},
        **router,
        "rules": [*rules, *kept],
    }
    without_key = [name for name in providers.made if str(_key(settings, name)).startswith("$")]
    note = f"version 3 puts no variables in: enter the keys of {', '.join(without_key)} in its window, once"
    return ExportedConfig(settings, notes=(note,) * bool(without_key), warnings=tuple(warnings))


def _same_threshold(job: ExportJob, old: Any) -> bool:
    return "longContext" not in job.mixes or job.threshold == long_context_threshold(old)


def long_context_threshold(old: Any) -> int | None:
    """The tokens of prompt from which the rule for longContext holds: ours, else one of their own."""
    rules = as_tables(as_table(old, "Router").get("rules"))
    ours = [rule for rule in rules if rule.get("id") == f"{_ID}longContext"]
    for rule in ours or [rule for rule in rules if _label_of(rule) == "longContext"]:
        source = str(as_table(rule, "script").get("source", ""))
        scripted = re.search(r"^const THRESHOLD = (\d+);", source, re.MULTILINE)
        return whole_number(scripted[1] if scripted else _condition_of(rule)[2])
    return None


def _key(settings: dict[str, Any], name: str) -> Any:
    return next((e.get("api_key") for e in as_tables(settings.get("Providers")) if e.get("name") == name), "")


def _provider(name: str, endpoints: list[Endpoint]) -> dict[str, Any]:
    """A provider's entry."""
    first = endpoints[0]
    level = {"extraBody": {"default": request_fields(first)}} if first.level else {}
    return {
        "name": name,
        "type": _TYPES[first.api],
        "api_base_url": first.url if first.api != "gemini" else first.base_url,
        "api_key": f"${first.key}",
        "models": [endpoint.id for endpoint in endpoints],
        **level,
    }


def _rule(job: ExportJob, name: str, mix: Mix, selectors: dict[str, str]) -> dict[str, Any]:
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


def _missing(config: Any, sent: Any) -> list[str]:
    """What of modelpick's rules and of the providers in `sent` a router's `config` does not hold, by name."""
    held = {str(rule.get("id")): rule for rule in as_tables(as_table(config, "Router").get("rules"))}
    models = {
        str(e.get("name")): as_list(e.get("models")) for e in as_tables(as_table(config).get("Providers"))
    }
    missing = []
    for rule in as_tables(as_table(sent, "Router").get("rules")):
        there = held.get(str(rule.get("id")), {})
        if str(rule.get("id")).startswith(_ID) and (
            _models(there) != _models(rule) or there.get("enabled") is False
        ):
            missing.append(f"the rule {rule.get('id')}")
    for entry in as_tables(as_table(sent).get("Providers")):
        absent = [m for m in as_list(entry.get("models")) if m not in models.get(str(entry.get("name")), [])]
        if absent or str(entry.get("name")) not in models:
            of_it = ", ".join(map(str, absent)) or "its models"
            missing.append(f"the provider {entry.get('name')} with {of_it}")
    return missing


def import_config(settings: Any, reader: ConfigReader) -> ImportedConfig:
    """Our rules as labels; other rules, which may ask anything, are named and left."""
    offer_of = offer_finder(as_table(settings), reader.endpoints, "/")
    addresses = provider_addresses(as_table(settings))
    for rule in as_tables(as_table(settings, "Router").get("rules")):
        ours = str(rule.get("id")).startswith(_ID)
        name = str(rule.get("id")).removeprefix(_ID) if ours else _label_of(rule)
        if not name or (not ours and name in reader.config.order):
            titles = [rule[key] for key in ("name", "id") if isinstance(rule.get(key), str) and rule[key]]
            reader.note(
                f"rule {titles[0]!r} is not a label's, left out" if titles else "a rule without a name"
            )
            continue
        if rule.get("enabled") is False:
            reader.note(f"{name}: its rule is switched off, left out")
            continue
        deployments = [(offer_of(selector), share, selector) for selector, share in _models(rule)]
        for offer, _, selector in deployments:
            reader.note_host(name, offer, addresses.get(selector.partition("/")[0], ""), selector)
        reader.add_label(name, deployments, [])
    tokens = long_context_threshold(settings)
    if "longContext" in reader.config.order and tokens is not None and tokens != DEFAULT_THRESHOLD:
        reader.note(f"longContext takes over at {tokens} tokens; say so again on export: --threshold")
    return reader.config


def _label_of(rule: dict[str, Any]) -> str:
    """The label that someone's own rule stands for, by what it asks of a request; '' for any other."""
    left, operator, right = _condition_of(rule)
    if not _models(rule):
        return ""
    if left == _MODEL and operator in ("contains", "starts-with", "=="):
        family = next((family for family in FAMILIES if family in right), "")
        return FAMILIES.get(family, "default" if right.rstrip("-") == "claude" else "")
    if left.endswith("tokenCount"):
        return "longContext" if operator in (">", ">=") else ""
    if not operator.startswith("contains"):
        return "think" if left.startswith(_THINKING) and (operator, right) in _ASKS_THINKING else ""
    if left.startswith("request.body.messages") and "image" in right:
        return "image"
    return "webSearch" if left.startswith("request.body.tools") and "web_search" in right else ""


def _condition_of(rule: dict[str, Any]) -> tuple[str, str, str]:
    """What a rule asks: left, operator, right. A model's prefix is one of these, too."""
    if rule.get("type") == "model-prefix" and isinstance(rule.get("pattern"), str):
        return _MODEL, "starts-with", str(rule["pattern"])
    condition = as_table(rule, "condition")
    left, operator, right = (str(condition.get(key, "")).strip() for key in ("left", "operator", "right"))
    return left, operator, right


def _models(rule: dict[str, Any]) -> list[tuple[str, float]]:
    """The models that a rule leads to, as "provider/model", with their shares."""
    first = str(as_table(rule, "script").get("source", "")).partition("\n")[0]
    try:
        listed = json.loads(first.removeprefix("const MODELS = ").removesuffix(";")) if first else []
    except ValueError:
        listed = []
    rewrites = [*as_tables(rule.get("rewrites")), as_table(rule, "rewrite")]
    named = [rewrite.get("value") for rewrite in rewrites if rewrite.get("key") == _MODEL]
    models = [model for model in (*named, rule.get("target")) if isinstance(model, str) and model]
    return as_shares(listed) or [(model, 1.0) for model in models[:1]]


TOKEN = "CCR_WEB_AUTH_TOKEN"
_SECONDS = 60.0  # for a whole answer: it restarts its gateway before it gives one
_MAX_ANSWER = 16 * 1024 * 1024  # bytes of an answer
_MAX_SHOWN = 300  # characters of what the router says


def get_config(address: str) -> Any:
    """The configuration in force. Raises InputError."""
    return _call(address, "getConfig", [])


def save_config(address: str, config: Any) -> None:
    """Replace the configuration, and read it back. Raises InputError where it is not there."""
    _call(address, "saveConfig", [config])
    missing = _missing(get_config(address), config)
    if missing:
        what = f"said that it saved the configuration, but read back it lacks {', '.join(missing)}"
        raise InputError(what, where=address)


def _call(address: str, method: str, arguments: list[Any]) -> Any:
    if not address.startswith(("http://", "https://")):
        raise InputError("an address starts with http:// or https://", where=f"--push {address}")
    if in_clear(address):
        what = "the token would go in clear over the network: use https://, or an address of this machine"
        raise InputError(what, where=f"--push {address}")
    token = os.environ.get(TOKEN, "").strip()
    if not token:
        raise InputError(
            f"the environment has no {TOKEN}, which claude-code-router 3 asks for", where="--push"
        )
    if not token.isascii() or not token.isprintable():
        raise InputError(f"{TOKEN} holds no token: it has signs that no header can carry", where="--push")
    body = json.dumps({"method": method, "args": arguments}).encode()
    headers = {"content-type": "application/json", "x-ccr-web-auth": token}
    url = f"{address.rstrip('/')}/api/ccr/rpc"
    try:
        text = post_secret(url, headers, body, seconds=_SECONDS, max_bytes=_MAX_ANSWER)
    except InputError as error:
        raise InputError(f"{method} failed: {_shown(error.what, token)}", where=address) from None
    try:
        answer = json.loads(text)
    except (ValueError, RecursionError):
        what = f"{method} failed: what it answered is not JSON: {_shown(text[:4096], token)}"
        raise InputError(what, where=address) from None
    if not isinstance(answer, dict) or answer.get("ok") is not True:
        reason = as_table(answer, "error").get("message", answer)
        raise InputError(f"{method} was refused: {_shown(reason, token)}", where=address)
    return answer.get("value")


def _shown(reason: Any, token: str) -> str:
    """What a router says, on one line, without the token."""
    text = reason.decode("utf-8", "replace") if isinstance(reason, bytes) else str(reason)
    return " ".join(masked(text[:65_536], token).split())[:_MAX_SHOWN]
