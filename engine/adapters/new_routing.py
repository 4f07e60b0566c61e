"""A new routing file as `modelpick init` writes it: a comment at each figure, and rules that could follow."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from .quantities import figure_text
from .routing_file import read_routing, ready_made
from .serialization import to_table

_COMMENT_COLUMN = 38
OWN_LATENCY = 120.0  # seconds: somebody waits for the answer, which tiers without a promise may keep


@dataclass(frozen=True)
class NewRouting:
    """What the file says. Requests are of a month, of all labels together; tokens are means of a request.

    `labels` empty: claude-code-router's own, with the workload of one developer, or `requests` shared out as
    there. `min_quality` is a number from 0 to 100, or a model to be as good as. `max_latency`, in seconds, is
    of 95 % of the requests: without one, own labels wait at most OWN_LATENCY.
    """

    labels: tuple[str, ...] = ()
    requests: float | None = None
    input_tokens: float = 2_000.0
    output_tokens: float = 500.0
    cached: float = 0.0
    min_quality: float | str | None = None
    max_latency: float | None = None
    budget: float | None = None
    regions: tuple[str, ...] = ()
    providers: tuple[str, ...] = ()
    objective: str = "cost"
    confidence: float = 0.9
    skills: dict[str, float] = field(default_factory=lambda: {"reasoning": 0.5, "coding": 0.5})


def new_routing_text(new: NewRouting, name: str, today: date) -> str:
    """The file's text. Raises InputError where what it says is no routing, naming it `name`."""
    lines = [
        f"# Made by modelpick init on {today}.",
        "schema = 1",
        _line(
            "objective",
            new.objective,
            "the least cost that keeps the rules, or quality: the best in the budget",
        ),
        "",
        "[limits]",
        *_limits(new),
        *(_ready_made_labels(new) if not new.labels else _own_labels(new)),
    ]
    text = "\n".join(lines) + "\n"
    read_routing(text, name)
    return text


def _limits(new: NewRouting) -> list[str]:
    rules = [
        ("budget", new.budget, "USD a month, of all labels"),
        ("regions", list(new.regions) or None, "only offers known to be served there"),
        ("providers", list(new.providers) or None, "only these"),
        ("confidence", new.confidence, "how sure every quality rule must be; 0.5: the figures as they stand"),
    ]
    written = [_line(key, setting, about) for key, setting, about in rules if setting is not None]
    others = {
        "budget": ("500.0", "USD a month, of all labels"),
        "regions": ('["eu"]', "only offers known to be served there"),
        "max_providers": ("3", ""),
        "trains_on_data": ("false", "only providers known not to"),
    }
    unwritten = [
        f"# {_line_text(key, text, about)}"
        for key, (text, about) in others.items()
        if not any(line.startswith(f"{key} ") for line in written)
    ]
    return [*written, *unwritten]


def _own_labels(new: NewRouting) -> list[str]:
    each = (10_000.0 if new.requests is None else new.requests) / len(new.labels)
    lines: list[str] = []
    for name in new.labels:
        lines += ["", f"[labels.{_key(name)}]"]
        lines += [
            _line("requests", _whole(each), "a month"),
            _line("input_tokens", _whole(new.input_tokens), "mean of a request, cached ones included"),
            _line("output_tokens", _whole(new.output_tokens), "mean of a request"),
            _line("cached", new.cached, "share of the input that is read from the cache"),
            _line("skills", new.skills, "what it takes: weights"),
        ]
        lines += _quality(new)
        latency = OWN_LATENCY if new.max_latency is None else new.max_latency
        lines.append(_line("max_latency", latency, "seconds, of 95 % of the requests; without it, any"))
        lines.append(_line("max_models", 1, "a mix may be cheaper: solve says by how much"))
        lines.append("# " + _line_text("features", '["tools"]', "tools, structured, reasoning, vision, ..."))
    return lines


def _quality(new: NewRouting) -> list[str]:
    if new.min_quality is not None:
        return [_line("min_quality", new.min_quality, "0-100, or a model to be as good as")]
    if new.objective == "quality":
        return []
    return [
        "# "
        + _line_text("min_quality", "60.0", "0-100, or a model to be as good as: without it, the cheapest")
    ]


def _ready_made_labels(new: NewRouting) -> list[str]:
    """claude-code-router's four, at one developer's workload or the share of `requests` that it has there."""
    table = to_table(ready_made())
    labels = table["labels"]
    factor = (
        1.0 if new.requests is None else new.requests / sum(label["requests"] for label in labels.values())
    )
    about = {
        "requests": "a month",
        "input_tokens": "mean of a request, cached ones included",
        "input_tokens_p95": "one in twenty is longer",
        "cached": "share of the input that is read from the cache",
        "context": "the largest request that must fit, input + output",
        "min_quality": "0-100, or a model to be as good as",
        "max_latency": "seconds, of 95 % of the requests",
        "max_models": "claude-code-router names one model a label",
    }
    lines: list[str] = []
    for name, label in labels.items():
        lines += ["", f"[labels.{_key(name)}]"]
        rules = {**label, "requests": _whole(label["requests"] * factor)}
        if new.min_quality is not None:
            rules["min_quality"] = new.min_quality
        if new.max_latency is not None:
            rules["max_latency"] = new.max_latency
        if new.objective == "quality" and new.min_quality is None:
            del rules["min_quality"]
        lines += [_line(key, setting, about.get(key, "")) for key, setting in rules.items()]
    return lines


def _whole(number: float) -> int | float:
    return round(number) if number >= 1 or number == 0 else number


def _line(key: str, setting: object, about: str) -> str:
    return _line_text(key, _toml(setting), about)


def _line_text(key: str, text: str, about: str) -> str:
    line = f"{key} = {text}"
    return f"{line:{_COMMENT_COLUMN - 2}}  # {about}" if about else line


def _toml(setting: object) -> str:
    if isinstance(setting, bool):
        return str(setting).lower()
    if isinstance(setting, int):
        return figure_text(setting)
    if isinstance(setting, float):
        return f"{setting:g}.0" if setting.is_integer() and setting < 1000 else figure_text(setting)
    if isinstance(setting, dict):
        return "{ " + ", ".join(f"{_key(key)} = {_toml(inner)}" for key, inner in setting.items()) + " }"
    if isinstance(setting, list | tuple):
        return "[" + ", ".join(_toml(inner) for inner in setting) + "]"
    return _quoted(str(setting))


def _key(name: str) -> str:
    return name if name and all(c.isascii() and (c.isalnum() or c in "-_") for c in name) else _quoted(name)


def _quoted(text: str) -> str:
    import json

    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
