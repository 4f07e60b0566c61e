"""What every test needs: a user of its own, and snapshots that are real SVG files."""

from __future__ import annotations

import gc
import os
import re
import shutil
import tempfile
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import pytest_textual_snapshot
import tomli_w

# Before anything imports textual: a developer's terminal settings must not colour the snapshots.
for _name in ("NO_COLOR", "TEXTUAL_THEME", "TEXTUAL_FPS", "FORCE_COLOR"):
    os.environ.pop(_name, None)

# Every process of the suite has its core: threads of the linear algebra would take the others'.
for _name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"):
    os.environ.setdefault(_name, "1")

# Nor may the developer's own overlay or cache reach the tests, or the other way round.
_HOME = tempfile.TemporaryDirectory(prefix="modelpick-tests-")
for _name in ("CONFIG", "CACHE", "DATA", "STATE"):
    os.environ[f"XDG_{_name}_HOME"] = f"{_HOME.name}/{_name.lower()}"

# Hundreds of apps fill the heap: at the default of 700 a tenth of the stories' time is the collector's.
gc.set_threshold(20_000, 20, 50)

# Three strong ones, two middling and two small ones, and one with open weights.
FEW_MODELS = (
    *("gpt-6-astra", "gpt-5.6-sol", "claude-opus-4-6", "gpt-5", "gemini-3.7-flash"),
    *("gpt-4.1-mini", "qwen3.7-flash", "gpt-oss-120b"),
)

_IDS = re.compile(r"terminal-\d+-")


class StableSVGExtension(pytest_textual_snapshot.SVGImageExtension):  # type: ignore[misc]
    """The plugin writes .raw files whose element ids differ from run to run."""

    file_extension = "svg"

    def serialize(self, data: Any, **kwargs: Any) -> Any:
        return super().serialize(_IDS.sub("terminal-", str(data)), **kwargs)


pytest_textual_snapshot.SVGImageExtension = StableSVGExtension


@pytest.fixture(autouse=True)
def _no_drafts_left() -> Iterator[None]:
    """What a session leaves for the next one, by force or not, is nothing to the next test."""
    yield
    state = Path(os.environ["XDG_STATE_HOME"]) / "modelpick"
    shutil.rmtree(state / "drafts", ignore_errors=True)
    for name in ("browser", "first-steps"):
        (state / f"{name}.json").unlink(missing_ok=True)


FACTS = """
schema = 1
as_of = 2026-11-23
[sources.paper]
title = "A paper"
url = "https://example.org"
[benchmarks.code]
title = "Code test"
skill = "coding"
[providers.north]
name = "North"
[providers.south]
fee = 0.05
[models.small]
context = 32_000
features = ["tools"]
open_weights = true
skills = { coding = 40.0, reasoning = 40.0 }
[models.large]
context = 200_000
features = ["tools", "reasoning"]
skills = { coding = 80.0, reasoning = 90.0 }
scores = [{ benchmark = "code", value = 87.2, source = "paper" }]
[offers."north/small"]
input = 0.1
output = 0.4
ttft = 0.3
tps = 100
source = "paper"
as_of = 2026-11-01
[offers."north/large"]
input = 2.0
output = 8.0
ttft = 0.5
tps = 60
[offers."south/large"]
input = 1.9
output = 7.8
rpm = 500
"""

QUESTION = """\
# my router
schema = 1
objective = "cost"                    # or quality

[limits]
budget = 500.0                        # the boss said so

# the main loop
[labels.default]
requests = 4_000                      # a month
input_tokens = 10_000
output_tokens = 500
skills = { coding = 0.6, reasoning = 0.4 }
min_quality = 60.0

[labels.background]
requests = 1_000
input_tokens = 2_000
output_tokens = 100
"""


@pytest.fixture
def facts(tmp_path: Path) -> Path:
    """A small catalogue: two models, three offers."""
    path = tmp_path / "facts.toml"
    path.write_text(FACTS)
    return path


@pytest.fixture(scope="session")
def few_offers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The shipped catalogue with few models offered: commands that solve hundreds of times end soon."""
    catalog = tomllib.loads((Path(__file__).parents[1] / "catalog.toml").read_text())
    catalog["offers"] = {
        key: facts for key, facts in catalog["offers"].items() if key.partition("/")[2] in FEW_MODELS
    }
    path = tmp_path_factory.mktemp("few") / "catalog.toml"
    path.write_text(tomli_w.dumps(catalog))
    return path


@pytest.fixture
def question(tmp_path: Path) -> Path:
    """A routing file with comments in every place."""
    path = tmp_path / "question.toml"
    path.write_text(QUESTION)
    return path
