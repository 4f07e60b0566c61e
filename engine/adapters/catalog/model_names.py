"""One model under many names: the reviewed table decides, a normaliser only proposes.

aliases.toml lists, for every model of the catalogue, the names that sources have for it. What is not in the
table has no model: an unmapped name shows no score and no price. `modelpick catalog match` proposes what to
add.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any

_SUFFIX = re.compile(
    r"(-fp[48]|-bf16|-maas|-tee|-20\d\d-\d\d-\d\d|-20\d{6}|-preview-\d\d-\d\d|:free|_[a-z0-9]+k?|-v1:0)$"
)
_FILLER = {"instruct", "chat", "it", "hf", "preview", "latest", "exp", "beta", "the", "meta", "model"}
# Bedrock's inference profiles.
_PROFILE = re.compile(r"^(?:global|us|eu|apac|au|jp|ca|in|us-gov)\.(?=[a-z0-9]+\.)")
_CLAUDE_RANK = {"global": 0, "us": 1, "eu": 2, "anthropic": 4}
# What tells models of one generation apart: a name with others is another model's.
_CLAUDES = {"opus", "sonnet", "haiku", "fable", "mythos"}
_SIZES = {
    "nano",
    "micro",
    "mini",
    "lite",
    "flash",
    "pro",
    "fast",
    "small",
    "medium",
    "large",
    "ultra",
    "super",
}
_TIERS = _CLAUDES | _SIZES
MIN_LIKENESS = 0.75  # proposals below this are noise


def last_part(name: str) -> str:
    """A name as the table has it: the last part of a path, in lower case."""
    return name.rsplit("/", 1)[-1].lower().strip()


def undated_name(name: str) -> str:
    """Also without precision, date or effort, and with hyphens for spaces; `5p1` is 5.1."""
    text = re.sub(r"(?<=\d)p(?=\d)", ".", last_part(name).replace(" ", "-"))
    while (shorter := _SUFFIX.sub("", text)) != text:
        text = shorter
    return text


def key_of(name: str, known: Mapping[str, str]) -> str | None:
    """The catalogue's key for a source's name, by the table `known`; None where nobody has reviewed it.

    An inference profile of Bedrock (`eu.anthropic.claude-...`) is the model whose name follows its region.
    """
    text = last_part(name)
    return known.get(text) or known.get(_PROFILE.sub("", text))


def callable_first(name: str, provider: str) -> tuple[int, int, str]:
    """Sorts the names of one offer: those that can be called first, then the shortest, which is no snapshot.

    Bedrock refuses Claude's bare ids: they need an inference profile, of which the global one has the
    price of the list; the regional ones, at prices of their own, are offers of providers of their own. What
    other makers have at the global profile costs less than at their bare ids.
    """
    text, rank = last_part(name), 0
    if provider == "bedrock" and "claude" in text:
        first = text.partition(".")[0]
        rank = _CLAUDE_RANK.get(first, 3 if _PROFILE.match(text) else 9) + 10 * name.count("/")
    elif provider.startswith("bedrock"):
        rank = 0 if text.startswith("global.") else 1
    if provider.startswith("fireworks-"):
        rank = 0 if "/routers/" in name else 1  # whose full name is the one that is called
    return rank, len(name), name


def reviewed(models: Iterable[str] = ()) -> dict[str, str]:
    """Every reviewed name -> its model's key; `models` are known by their own keys as well."""
    table = tomllib.loads((Path(__file__).parent / "aliases.toml").read_text("utf-8"))
    listed = {last_part(name): key for key, names in table.items() for name in names}
    return listed | {last_part(key): key for key in (*table, *models)}


def curated_lists() -> Mapping[str, Any]:
    """The reviewed lists of providers, models, benchmarks and corrected offers: curated.toml."""
    text = (Path(__file__).parent / "curation" / "curated.toml").read_text("utf-8")
    return tomllib.loads(text)


def proposals(name: str, known: Mapping[str, str], count: int = 3) -> list[tuple[str, float]]:
    """(key, likeness 0-1) of the models that a name may mean, the likeliest first.

    Words may come in any order, digits may not: gpt-4.5 is not gpt-5.4. Names whose digits or tiers
    (mini, opus) differ are no candidates at all; what is left is compared letter by letter.
    """
    best: dict[str, float] = {}
    for other, key in known.items():
        score = _likeness(undated_name(name), undated_name(other))
        if score >= MIN_LIKENESS:
            best[key] = max(best.get(key, 0.0), score)
    return sorted(best.items(), key=lambda pair: (-pair[1], pair[0]))[:count]


def _likeness(name: str, other: str) -> float:
    if name == other:
        return 1.0
    words, others = _words(name), _words(other)
    if [w for w in words if w[0].isdigit()] != [w for w in others if w[0].isdigit()]:
        return 0.0
    tiers, other_tiers = _TIERS.intersection(words), _TIERS.intersection(others)
    if tiers and other_tiers and tiers != other_tiers:
        return 0.0
    return 0.99 * SequenceMatcher(None, _letters(words), _letters(others)).ratio()


def _letters(words: list[str]) -> str:
    return "".join(sorted(word for word in words if not word[0].isdigit()))


def _words(name: str) -> list[str]:
    parts = re.findall(r"\d+|[a-z]+", name)
    kept = [part for part in parts if part not in _FILLER]
    return kept or parts
