"""Names of models as routers and logs write them: with dates, regions, versions and variants, or without."""

from __future__ import annotations

import re
from functools import cache

_VARIANT = re.compile(  # dates, variants, versions
    r"(\[\w+\]|@.*|:\w+|-v\d+(:\d+)?|-maas|-latest|[-@]20\d{6}|-20\d{2}-\d{2}-\d{2})$"
)
_REGION = re.compile(r"^(us|eu|apac|jp|au|ca|sa|us-gov|global)\.")
_CLAUDE = re.compile(r"^claude-(\d+(?:-\d+)?)-(opus|sonnet|haiku)\b")
PROVIDER_ALIASES = {
    "google": "gemini",
    "amazon-bedrock": "bedrock",
    "google-vertex": "vertex",
    "google-vertex-anthropic": "vertex",
    "zai-coding-plan": "zai",
    "zhipuai": "zai",
    "zhipuai-coding-plan": "zai",
    "kimi": "moonshot",
    "moonshotai-cn": "moonshot",
    "azure-cognitive-services": "azure",
    "vertex_ai_beta": "vertex",
    "bedrock_converse": "bedrock",
    "fireworks-ai": "fireworks",
    "togetherai": "together",
    "moonshotai": "moonshot",
    "novita-ai": "novita",
}
"""Providers of the catalogue under the names that opencode, models.dev and LiteLLM give them too."""
MAKERS = ("anthropic", "openai", "gemini", "zai", "moonshot", "deepseek", "mistral", "xai")
"""Providers that sell their own models: a bare name in a log that names no provider is theirs."""


@cache
def plain_name(name: str) -> str:
    """A model's name without provider, region, date, version and variant: what two names have in common."""
    plain = name.strip().casefold().rpartition("/")[2]
    while (shorter := _VARIANT.sub("", plain)) != plain and shorter:
        plain = shorter
    plain = re.sub(r"^(anthropic|openai|meta|mistral|amazon|deepseek|qwen)\.", "", _REGION.sub("", plain))
    return _CLAUDE.sub(r"claude-\2-\1", plain.replace(".", "-"))


def variant(name: str) -> str:
    """OpenRouter's variant at the end of a model's name, such as `:free` or `:online`; empty without one."""
    ending = re.search(r":[a-z]+$", name)
    return ending.group() if ending else ""
