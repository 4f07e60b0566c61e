"""Run by LiteLLM's own Python: calls each [name, base, api_base] of a JSON list on standard input."""

from __future__ import annotations

import json
import sys

import litellm  # type: ignore[import-not-found,unused-ignore]

litellm.drop_params = True
for name, api_base in json.load(sys.stdin):
    try:
        messages = [{"role": "user", "content": "x"}]
        litellm.completion(
            model=name, api_key="k", api_base=api_base, messages=messages, num_retries=0, timeout=20
        )
    except Exception as error:  # what reached the upstream is what counts
        sys.stderr.write(f"{name}: {error}\n")
