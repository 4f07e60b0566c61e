"""Names of models as routers and logs write them: with dates, regions, versions and variants, or without."""

from __future__ import annotations

import re
from functools import cache

_VARIANT = re.compile(  # dates, variants, versions
    r"(\[\w+\]|@.*|:\w+|-v\d+(:\d+)?|-maas|-latest|-preview-\d\d-(\d\d|20\d\d)|[-@]20\d{6}|-20\d{2}-\d{2}-\d{2})$"
)
_REGION = re.compile(r"^(us|eu|apac|jp|au|ca|sa|us-gov|global)\.")
_CLAUDE = re.compile(r"^claude-(\d+(?:-\d+)?)-(opus|sonnet|haiku)\b")
_BEDROCK = re.compile(r"^([a-z][a-z-]*\.)?(anthropic|amazon|meta|mistral|deepseek|qwen|openai|cohere|ai21)\.")
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
    "text-completion-openai": "openai",
    **dict.fromkeys(("aws", "aws.bedrock"), "bedrock"),
    **dict.fromkeys(("az.ai.openai", "azure.ai.openai", "azure.ai.inference", "az.ai.inference"), "azure"),
    **dict.fromkeys(("gcp.gemini", "gcp.gen_ai", "google-ai-studio", "google_genai"), "gemini"),
    **dict.fromkeys(("gcp.vertex_ai", "google_vertexai"), "vertex"),
    **dict.fromkeys(("x", "x_ai"), "xai"),
    **dict.fromkeys(("mistral_ai", "mistralai"), "mistral"),
    "moonshot_ai": "moonshot",
    "together-ai": "together",
    "mistral-ai": "mistral",
    "azure-openai": "azure",
    "vertex-ai": "vertex",
    "vertexai": "vertex",
    "x-ai": "xai",
    "z-ai": "zai",
    "zhipu": "zai",
    "aws-bedrock": "bedrock",
}
"""Providers of the catalogue under the names that opencode, models.dev, LiteLLM and others give them too."""
MAKERS = ("anthropic", "openai", "gemini", "zai", "moonshot", "deepseek", "mistral", "xai")
"""Providers that sell their own models: a bare name in a log that names no provider is theirs."""


@cache
def plain_name(name: str) -> str:
    """A model's name without provider, region, date, version and variant: what two names have in common."""
    plain = name.strip().casefold().rpartition("/")[2]
    while (shorter := _VARIANT.sub("", plain)) != plain and shorter:
        plain = shorter
    plain = re.sub(r"^(anthropic|openai|meta|mistral|amazon|deepseek|qwen)\.", "", _REGION.sub("", plain))
    plain = re.sub(r"^qwen-(?=\d)", "qwen", re.sub(r"^llama(?=\d)", "llama-", plain))
    return _CLAUDE.sub(r"claude-\2-\1", plain.replace(".", "-"))


def versionless(name: str) -> tuple[tuple[str, ...], tuple[int, ...]]:
    """The words of a model's plain name, and its version apart: claude-opus-4-8 is (claude, opus), (4, 8)."""
    parts = plain_name(name).split("-")
    return tuple(p for p in parts if not p.isdigit()), tuple(int(p) for p in parts if p.isdigit())


def is_bedrock_name(name: str) -> bool:
    """Whether a model's name has Bedrock's form, such as anthropic.claude-... with or without its region."""
    return _BEDROCK.match(name) is not None


def bedrock_region(name: str) -> str:
    """The region of a Bedrock name's inference profile, or of its path, such as `us` or `eu`; else ''."""
    *path, model = name.strip().casefold().split("/")
    if (profile := _REGION.match(model)) and is_bedrock_name(model):
        return profile[1]
    return next((part[:2] for part in path if re.fullmatch(r"(us|eu)-[a-z]+-\d", part)), "")


def variant(name: str) -> str:
    """OpenRouter's variant at the end of a model's name, such as `:free` or `:online`; empty without one."""
    ending = re.search(r":[a-z]+$", name)
    return ending.group() if ending else ""
