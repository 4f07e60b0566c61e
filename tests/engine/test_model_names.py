"""Names: the reviewed table decides; how often the normaliser's first proposal is right."""

from __future__ import annotations

import argparse
import json

from modelpick.engine.adapters.catalog.file import load_catalog
from modelpick.engine.adapters.catalog.model_names import key_of, proposals, reviewed
from modelpick.engine.commands import catalog as command

# Labelled by hand: names of the sources, and the model that each is ("": none of the catalogue).
LABELLED = {
    "us.anthropic.claude-opus-4-7": "claude-opus-4-7",
    "eu.anthropic.claude-sonnet-5": "claude-sonnet-5",
    "anthropic/claude-opus-4.8:beta": "claude-opus-4-8",
    "gpt-5.4-mini-2026-06-01": "gpt-5.4-mini",
    "GPT-4.1-mini": "gpt-4.1-mini",
    "gemini-2.5-flash-preview-05-20": "gemini-2.5-flash",
    "Qwen2.5 Coder 32B": "qwen2.5-coder-32b-instruct",
    "Qwen/Qwen3-235B-A22B-FP8": "qwen3-235b-a22b",
    "Meta-Llama-3.3-70B-Instruct-FP8": "llama-3.3-70b-instruct",
    "accounts/fireworks/models/kimi-k2p6": "kimi-k2.6",
    "zai-org/GLM-4.6-FP8": "glm-4.6",
    "mistralai/mistral-large-4": "mistral-large-4",
    "xai/grok-4.5-latest": "grok-4.5",
    "deepseek-ai/DeepSeek-V3.2-TEE": "deepseek-v3.2",
    "openai/gpt-oss-120b:free": "gpt-oss-120b",
    "minimaxai/minimax-m2.5": "minimax-m2.5",
    "gpt-4.5-preview": "",
    "gpt-5.4-micro": "",
    "claude-3-5-sonnet-20241022": "",
    "gemini-1.5-pro-002": "",
    "Qwen2.5-Coder-7B-Instruct": "",
    "llama-3.1-nemotron-ultra-253b": "",
    "grok-2-1212": "",
    "phi-3-medium": "",
    "o1-mini": "",
    "deepseek-r1-distill-qwen-32b": "",
    "kimi-k1.5": "",
    "glm-4": "",
    "DeepSeek-V3.2-Exp": "",
    "gpt-5.1-chat-latest": "",
    "qwen3-vl-235b-a22b-instruct": "",
    "glm-4.5-airx": "",
    "magistral-small-latest": "",
    "anthropic.claude-fable-5-1": "",
}


def measured(known: dict[str, str]) -> tuple[float, float]:
    """(share of first proposals that are right, share of models' names with a right first proposal)."""
    first = {name: next(iter(proposals(name, known)), ("", 0.0))[0] for name in LABELLED}
    made = [name for name in LABELLED if first[name]]
    right = [name for name in made if first[name] == LABELLED[name]]
    return len(right) / len(made), len(right) / sum(bool(key) for key in LABELLED.values())


def test_the_normaliser_proposes_well_but_only_proposes() -> None:
    known = reviewed(load_catalog(None).models)
    precision, recall = measured(known)
    assert 0.6 <= precision < 1.0 and recall >= 0.9, (precision, recall)
    assert key_of("gpt-5.4-mini-2026-06-01", known) is None  # likely, and nobody has looked


def test_reviewed_names_would_be_proposed_without_the_table() -> None:
    known = reviewed(load_catalog(None).models)
    sample = sorted(name for name, key in known.items() if name != key)[::4]
    first = {name: next(iter(proposals(name, _without(known, name))), ("", 0.0))[0] for name in sample}
    made = [name for name in sample if first[name]]
    right = [name for name in made if first[name] == known[name]]
    assert len(sample) >= 60 and len(made) >= 0.6 * len(sample)
    assert len(right) >= 0.9 * len(made), [(name, first[name]) for name in made if name not in right]


def _without(known: dict[str, str], name: str) -> dict[str, str]:
    return {other: key for other, key in known.items() if other != name}


def test_digits_keep_their_order() -> None:
    assert proposals("gpt-4.5", {"gpt-5.4": "gpt-5.4"}) == []
    assert proposals("sonnet-claude-5", {"claude-sonnet-5": "x"})[0][0] == "x"


def test_every_reviewed_name_is_of_one_model_of_the_catalogue() -> None:
    models = load_catalog(None).models
    assert set(reviewed().values()) <= set(models)


def test_match_says_who_decided() -> None:
    words = ["gpt-5-2025-08-07_medium", "deepseek-v9"]
    given = argparse.Namespace(action="match", words=words, catalog=None, json=True)
    text, status = command.run(given)
    found = json.loads(text)
    assert found["gpt-5-2025-08-07_medium"] == {"model": "gpt-5", "variant": "medium", "proposals": {}}
    assert found["deepseek-v9"] == {"model": None, "variant": "", "proposals": {}} and status == 1
    given.json = False
    assert "reviewed" in command.run(given)[0]
