"""What a source says of one model at one provider, in the catalogue's units but under the source's names."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from math import isfinite
from typing import Any, TypeGuard

from ....domain.errors import InputError, shortened

MILLION = 1_000_000
MAX_FIGURE = 1e12  # a count of tokens or a price beyond it is a mistake of the source
NO_PRICE = "no price, or a price of zero, which is a preview or unknown: not free"
NO_NAME = "without a name"
NO_PROFILE = "AWS takes it with an inference profile only: global., us. or eu. before the name"


SEARCH = "web_search"


def searches_web(flags: Sequence[bool]) -> bool:
    """Whether a model searches the web: half of its offers have to say so, for it is what providers add."""
    return 2 * sum(flags) >= len(flags)


@dataclass(frozen=True)
class Quote:
    """`facts` are an offer's fields: USD per million tokens, tokens, fractions; what is unknown is absent.

    `features` are those that the source says it has, `lacks` those that it says it has not; of others it says
    nothing. `precision`: of the weights, such as fp4, where it is known and below 8 bits.
    """

    provider: str
    name: str
    facts: dict[str, Any] = field(default_factory=dict)
    features: frozenset[str] = frozenset()
    precision: str = ""
    lacks: frozenset[str] = frozenset()


class Quotes(list[Quote]):
    """A source's quotes, with the rows that give none.

    `left_out`: (provider, name, why) of each of those. `day`: the newest day that the text itself names, if
    any. `partial`: the text is of one model, so that what it lacks is not gone.
    """

    def __init__(self) -> None:
        super().__init__()
        self.left_out: list[tuple[str, str, str]] = []
        self.day: date | None = None
        self.partial = False

    def leave_out(self, provider: str, name: str, why: str) -> None:
        """Keep the name of a row that cannot be used, and the reason."""
        self.left_out.append((provider, name, why))

    def seen(self, day: object) -> None:
        """A day that the text names, as YYYY-MM-DD; other texts are no day."""
        try:
            named = date.fromisoformat(str(day))
        except ValueError:
            return
        self.day = named if self.day is None else max(self.day, named)


_PROFILE = re.compile(r"(us-gov|us|eu|apac|au|jp|ca|in)\.[a-z0-9]+\.")


def seller_at(provider: str, name: str) -> str:
    """A provider's name, with the region of Bedrock's inference profile that a model's name begins with.

    `eu.anthropic.claude-...` is served in that region alone, at prices of its own: by `bedrock:eu`.
    """
    match = _PROFILE.match(name.rsplit("/", 1)[-1].lower())
    return f"{provider}:{match[1]}" if match else provider


_OLD_CLAUDE = re.compile(r"anthropic\.claude-(?:v\d|instant|3-(?:haiku|sonnet|opus|5))")


def needs_profile(name: str) -> bool:
    """Whether Bedrock refuses this id of a Claude: all since 3.7 are taken with an inference profile only."""
    bare = name.rsplit("/", 1)[-1].lower()
    return bare.startswith("anthropic.claude") and not _OLD_CLAUDE.match(bare)


# How the name of a model ends where it is served faster, while there is room, or may be trained on, at prices
# of its own.
_SERVED = re.compile(
    r"(?P<model>.*\b(?:claude|deepseek|gemma|glm|gpt-oss|kimi|ling|(?:meta-)?llama|mimo|minimax|muse|qwen3-coder)"
    r"\b.*?)(?:-(?P<end>contributor|fast|highspeed|lightning|spot|turbo|ultra|ultrafast|ultraspeed)|"
    r"(?P<x>-x|(?<=[a-z])x))",
    re.IGNORECASE,
)
_AS_SERVED = {"highspeed": "fast", "lightning": "fast", "ultraspeed": "fast"}
# Who names them so; elsewhere such an end is part of a model's own name.
_SERVE_FASTER = {
    *("azure_ai", "baseten", "deepinfra", "fireworks", "fireworks-ai", "fireworks_ai", "meta", "minimax"),
    *("moonshot", "moonshotai", "novita", "novita-ai", "openrouter", "tencent", "tencent-tokenhub"),
    *("xiaomi", "xiaomi_mimo", "zai"),
}


def served_faster(provider: str, name: str) -> tuple[str, str]:
    """(provider, name of the model): of one whose name says how it is served, the provider's variant.

    `moonshot/kimi-k3.1-pro-highspeed` is kimi-k3.1-pro at `moonshot:fast`. GLM's `-turbo` is a model of its
    own; its `-x`, `-airx` and `-flashx` are the same model, faster.
    """
    match = _SERVED.fullmatch(name) if provider in _SERVE_FASTER else None
    if match is None:
        return provider, name
    end = (match["end"] or "fast").lower()
    if match["x"] if "glm" not in name.lower() else end == "turbo":
        return provider, name
    return f"{provider}:{_AS_SERVED.get(end, end)}", match["model"]


def is_number(figure: Any) -> TypeGuard[float]:
    """Whether it is a number above zero, neither infinite nor absurd."""
    return (
        isinstance(figure, (int, float))
        and not isinstance(figure, bool)
        and 0 < figure < MAX_FIGURE
        and isfinite(figure)
    )


def not_numbers(row: Mapping[str, Any], names: tuple[str, ...]) -> str:
    """What is wrong with the first of the named figures that is given and is no number; "" where none is."""
    for name in names:
        figure = row.get(name)
        if figure is None or is_number(figure) or (figure == 0 and not isinstance(figure, bool)):
            continue
        return f"{name} should be a number, not {str(figure)[:40]!r}"
    return ""


def per_million(per_token: Any) -> float:
    """USD per million tokens from USD per token, without the noise of binary fractions."""
    return float(f"{float(per_token) * MILLION:.9g}")


def noted(facts: dict[str, Any], remark: str) -> None:
    """Add a remark to the note of an offer's facts."""
    facts["note"] = "; ".join(part for part in (facts.get("note", ""), remark) if part)


WEEK = 168.0  # hours
FACTOR_TOL = 1e-3  # relative: prices that fall by factors nearer than this fall together
_TIMED = {"input": "in", "output": "out", "cache_read": "cache read", "cache_write": "cache write"}


def prices_by_hours(facts: dict[str, Any], periods: list[tuple[float, Mapping[str, Any]]]) -> None:
    """Put prices that change with the hour into an offer's facts. `periods`: (hours of a week, prices).

    The dearest period's prices are the list's, and each other one is a share of the week at a factor of them.
    Where the kinds of price fall by different factors, those of most hours stand and the others are noted.
    """
    dearest = max((prices for _, prices in periods), key=lambda prices: (prices["input"], prices["output"]))
    hours = []
    for length, prices in periods:
        factors = [prices[kind] / dearest[kind] for kind in _TIMED if prices.get(kind) and dearest.get(kind)]
        if (
            set(prices) & set(_TIMED) != set(dearest) & set(_TIMED)
            or max(factors) - min(factors) > FACTOR_TOL
        ):
            _most_hours(facts, periods)
            return
        if prices is not dearest:
            hours.append({"share": round(length / WEEK, 6), "factor": round(factors[0], 6)})
    facts.update(dearest)
    if hours:
        facts["hours"] = hours


def _most_hours(facts: dict[str, Any], periods: list[tuple[float, Mapping[str, Any]]]) -> None:
    (_, standing), *others = sorted(periods, key=lambda period: -period[0])
    facts.update(standing)
    for length, prices in others:
        figures = ", ".join(f"{prices[kind]:g} {word}" for kind, word in _TIMED.items() if prices.get(kind))
        noted(facts, f"by time of day: {figures} in {length:g} of {WEEK:g} hours a week")


_MAX_KEYS = 8  # named in one clause


def add_tiers(facts: dict[str, Any], prices: Mapping[int, Mapping[str, float]]) -> None:
    """Add prices for prompts longer than so many tokens, in USD per million tokens, to an offer's facts.

    Where only some prices rise with the prompt, input and output keep those of the offer, as its note says.
    """
    tiers = []
    for above in sorted(prices):
        lacking = [side for side in ("input", "output") if side not in prices[above]]
        if any(side not in facts for side in lacking):
            noted(facts, f"prices above {above:,} tokens left out: they lack {' and '.join(lacking)}")
            continue
        if lacking:
            kinds = ", ".join(kind.replace("_", " ") for kind in prices[above])
            noted(facts, f"above {above:,} tokens a price of {kinds} alone: {' and '.join(lacking)} as below")
        tiers.append({"above": above, **{side: facts[side] for side in lacking}, **prices[above]})
    if tiers:
        facts["tiers"] = tiers


def without_storage(facts: dict[str, Any]) -> None:
    """Leave out a price of cache writes below that of input: it is what storage costs beside the input."""
    write = facts.get("cache_write")
    if write is not None and write < facts.get("input", 0.0):
        del facts["cache_write"]
        noted(facts, f"cache storage costs {write:g} more, which is left out")


def dearer_reasoning(facts: dict[str, Any], reasoning: Any) -> None:
    """Where reasoning tokens have a dearer price of their own, it stands for all output and that is noted."""
    if is_number(reasoning) and reasoning > facts.get("output", reasoning):
        noted(facts, f"reasoning tokens cost {reasoning:g}, others {facts['output']:g}: the dearer stands")
        facts["output"] = float(reasoning)


def table_of(node: Any, where: str) -> Mapping[str, Any]:
    """A node of a JSON document, if it is an object. Raises InputError naming `where`."""
    if not isinstance(node, Mapping):
        raise InputError(f"should be an object, not {_KINDS.get(type(node), 'a value')}", where=where)
    return node


_KINDS: dict[type, str] = {
    list: "a list",
    str: "a text",
    int: "a number",
    float: "a number",
    bool: "true or false",
    type(None): "null",
}


def parsed(text: str, where: str) -> Any:
    """JSON. Raises InputError with line and column."""
    import json

    try:
        return json.loads(text)
    except ValueError as error:
        if not text.strip():
            raise InputError("is empty: should be JSON", where=where) from None
        if text.lstrip().startswith("<"):
            raise InputError("is a web page or XML: should be JSON", where=where) from None
        raise InputError(f"not valid JSON: {error}", where=where) from None
    except RecursionError:
        raise InputError("nested too deeply", where=where) from None


def likely_source(text: str) -> str:
    """Whose list of prices a JSON text looks like; "" where it is none that can be told."""
    import json

    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return ""
    if isinstance(document, list):
        listed = any(isinstance(row, Mapping) and "models" in row for row in document)
        return "genai-prices" if listed else ""
    if not isinstance(document, Mapping):
        return ""
    if isinstance(document.get("prices"), Mapping) and "updated_at" in document:
        return "model-prices"
    rows = [row for row in document.values() if isinstance(row, Mapping)]
    if any("litellm_provider" in row for row in rows):
        return "litellm"
    if any(isinstance(row.get("models"), Mapping) for row in rows):
        return "models.dev"
    models = document.get("data")
    return "openrouter" if isinstance(models, (list, Mapping)) and models else ""


def repeated(text: str) -> str:
    """The clause on keys that stand more than once in an object of a valid JSON text; '' where none does."""
    import json
    from collections import Counter

    keys: dict[str, None] = {}

    def look(pairs: list[tuple[str, Any]]) -> None:
        if len(dict(pairs)) < len(pairs):
            counts = Counter(name for name, _ in pairs)
            keys.update((name, None) for name, count in counts.items() if count > 1)

    json.loads(text, object_pairs_hook=look)
    if not keys:
        return ""
    names = ", ".join(repr(shortened(name, 60)) for name in list(keys)[:_MAX_KEYS])
    more = f" and {len(keys) - _MAX_KEYS} more" if len(keys) > _MAX_KEYS else ""
    stand = "keys that stand" if len(keys) > 1 else "a key that stands"
    return f"{stand} twice in one object, of which the last one counts: {names}{more}"


def name_in(entry: Mapping[str, Any], key: str) -> str:
    """The text under `key`; empty where there is none, or anything else."""
    name = entry.get(key)
    return name.strip() if isinstance(name, str) else ""
