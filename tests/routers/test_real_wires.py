"""LiteLLM itself turns our names into the shipped providers' own, at their own paths."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from urllib.parse import urlsplit

from modelpick import load_catalog
from modelpick.engine.adapters.catalog.file import PACKAGED
from modelpick.engine.adapters.routers.endpoints import Endpoint, endpoint_of

from .real import installed
from .upstream import Upstream


def test_every_provider_gets_its_own_name_at_its_own_path() -> None:
    python = installed("litellm/bin/python")
    catalog, upstream = load_catalog(PACKAGED), Upstream()
    endpoints: dict[str, Endpoint] = {}
    for offer in catalog.offers:
        found = endpoint_of(catalog, offer)
        if found.base_url and found.api in ("openai", "anthropic"):
            endpoints.setdefault(found.provider, found)
    assert len(endpoints) > 10
    # The path of the real address is kept: some prefixes look at how it ends.
    calls = [
        [w.litellm_name, f"{upstream.address}/{w.provider}{urlsplit(w.base_url).path}"]
        for w in endpoints.values()
    ]
    subprocess.run(
        [python, Path(__file__).with_name("wires_probe.py")],
        input=json.dumps(calls),
        text=True,
        check=True,
        timeout=180,
        capture_output=True,
        env={**os.environ, "LITELLM_LOCAL_MODEL_COST_MAP": "True", "NO_PROXY": "127.0.0.1"},
    )
    upstream.close()
    got = dict(zip(upstream.calls, upstream.paths, strict=True))
    for w in endpoints.values():
        path = urlsplit(w.url).path
        assert got.get((w.provider, w.id)) == f"/{w.provider}{path}", (w.offer, upstream.calls)
