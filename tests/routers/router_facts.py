"""A small market with every protocol, a router's question, and the command line in this process."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from modelpick.__main__ import main

FACTS = """
schema = 1
as_of = 2026-11-23
[providers.deepseek]
base_url = "https://api.deepseek.com/v1"
[providers.nscale]
base_url = "https://inference.api.nscale.com/v1"
[providers.anthropic]
api = "anthropic"
base_url = "https://api.anthropic.com"
[providers.openrouter]
base_url = "https://openrouter.ai/api/v1"
fee = 0.055
[providers.vertex]
api = "vertex"
[models.small]
context = 128_000
skills = { coding = 40.0 }
[models.large]
context = 200_000
max_output = 32_000
skills = { coding = 80.0 }
[models.claude-opus-5]
context = 1_000_000
skills = { coding = 90.0 }
[models.claude-haiku-5]
context = 200_000
skills = { coding = 60.0 }
[offers."deepseek/small"]
id = "small-chat"
input = 0.06
output = 0.20
cache_read = 0.01
[offers."nscale/small"]
id = "Org/Small-Chat"
input = 0.07
output = 0.21
rpm = 500
tpm = 200_000
[offers."nscale/large"]
id = "Org/Large"
input = 1.5
output = 4.5
[offers."openrouter/large"]
id = "org/large"
input = 1.6
output = 4.6
tiers = [{ above = 200_000, input = 3.2, output = 9.2 }]
[offers."openrouter/small"]
id = "org/small"
input = 0.08
output = 0.3
[offers."vertex/large"]
id = "vertex_ai/large"
input = 1.55
output = 4.5
[offers."anthropic/claude-opus-5"]
id = "claude-opus-5"
input = 5.0
output = 25.0
[offers."anthropic/claude-haiku-5"]
id = "claude-haiku-5-20260101"
input = 1.0
output = 5.0
"""

ROUTED = """
schema = 1
[labels.default]
requests = 4_000
input_tokens = 10_000
output_tokens = 500
skills = { coding = 1.0 }
min_quality = 68.0
max_models = 2
routes = [{ offer = "nscale/large", share = 0.7 }, { offer = "deepseek/small", share = 0.3 }]
fallbacks = ["openrouter/large", "nscale/small"]
[labels.background]
requests = 1_000
input_tokens = 2_000
output_tokens = 100
routes = [{ offer = "deepseek/small", share = 1.0 }]
fallbacks = ["nscale/small"]
[labels.think]
requests = 100
input_tokens = 9_000
output_tokens = 2_000
routes = [{ offer = "anthropic/claude-opus-5", share = 1.0 }]
[labels.longContext]
requests = 50
input_tokens = 90_000
output_tokens = 900
routes = [{ offer = "openrouter/large", share = 1.0 }]
"""


class Files:
    """The market and the question in a folder, and `modelpick` run on them."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder, self.capsys = folder, capsys
        self.facts, self.routed = folder / "facts.toml", folder / "routed.toml"
        self.facts.write_text(FACTS)
        self.routed.write_text(ROUTED)
        self.out = self.err = ""

    def run(self, *words: object) -> int:
        """The exit status; what was printed is in `out` and `err`."""
        with pytest.raises(SystemExit) as caught:
            main([*map(str, words), "--catalog", str(self.facts)])
        self.out, self.err = self.capsys.readouterr()
        assert isinstance(caught.value.code, int)
        return caught.value.code

    def write(self, name: str, text: str) -> Path:
        """A file in the folder."""
        path = self.folder / name
        path.write_text(text)
        return path


def shares(path: Path) -> dict[str, Any]:
    """Routes and fallbacks by label, as a file has them."""
    from modelpick import load_routing

    return {
        name: ({route.offer: route.share for route in label.routes}, label.fallbacks)
        for name, label in load_routing(path).labels.items()
    }
