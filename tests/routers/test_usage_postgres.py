"""LiteLLM's spend logs in a real PostgreSQL: what the same rows give as CSV."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from .router_facts import FACTS, Files
from .upstream import free_port

pytest.importorskip("ibis", reason="ibis comes with modelpick[usage]")

TABLE = """
CREATE TABLE "LiteLLM_SpendLogs" (request_id text PRIMARY KEY, model_group text, model text,
    custom_llm_provider text, prompt_tokens int, completion_tokens int, spend float, "startTime" timestamp(3),
    status text, cache_hit text, metadata jsonb, "endTime" timestamp(3), call_type text,
    proxy_server_request jsonb);
INSERT INTO "LiteLLM_SpendLogs" SELECT 'r' || n, CASE n % 3 WHEN 0 THEN 'think' WHEN 1 THEN 'default' END,
    CASE n % 2 WHEN 0 THEN 'Org/Large' ELSE 'Org/Small-Chat' END, 'nscale', 500 + n, n % 90, n * 0.001,
    timestamp '2026-11-01' + n * interval '1 hour', CASE WHEN n % 10 = 0 THEN 'failure' ELSE 'success' END,
    CASE WHEN n % 11 = 0 THEN 'True' END,
    CASE n % 4 WHEN 0 THEN '{"usage_object": {"prompt_tokens_details": {"cached_tokens": 400}}}'::jsonb
        WHEN 1 THEN '{"usage_object": {"cache_read_input_tokens": 70, "cache_creation_input_tokens": 30}}'
        WHEN 2 THEN '{"usage_object": null, "cost_breakdown": {"service_tier": "flex"}}' ELSE
            '{"usage_object": {"cache_read_input_tokens": 9000, "cache_creation_input_tokens": 30}}' END,
    timestamp '2026-11-01' + n * interval '1 hour' + (n % 7) * interval '1500 milliseconds',
    CASE n % 5 WHEN 0 THEN 'anthropic_messages' ELSE 'acompletion' END,
    CASE n % 7 WHEN 0 THEN '{"reasoning_effort": "high", "speed": "fast"}'::jsonb ELSE '{}' END
    FROM generate_series(1, 300) n;
"""


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """A server of our own, on loopback, gone afterwards."""
    homes = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    initdb = shutil.which("initdb") or next((str(home) for home in reversed(homes)), None)
    if initdb is None:
        pytest.skip("no PostgreSQL on this machine: there is no initdb")
    user = "postgres" if os.geteuid() == 0 else None  # it refuses to run as root
    port = free_port()
    with TemporaryDirectory(prefix="modelpick-pg-") as folder:
        if user:
            shutil.chown(folder, user)

        def run(program: str, *words: str) -> None:
            command = [str(Path(initdb).with_name(program)), "-D", f"{folder}/data", *words]
            subprocess.run(command, user=user, cwd=folder, check=True, stdout=subprocess.DEVNULL)

        run("initdb", "-A", "trust", "-U", "postgres", "--no-sync")
        options = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1 -c fsync=off"
        run("pg_ctl", "-o", options, "-l", f"{folder}/log", "-w", "start")
        try:
            yield f"postgres://postgres:secret@127.0.0.1:{port}/postgres"
        finally:
            run("pg_ctl", "-m", "immediate", "-w", "stop")


@pytest.fixture(scope="module")
def rows(address: str) -> str:
    """The table, made; and its rows as CSV."""
    psycopg = pytest.importorskip("psycopg")
    with psycopg.connect(address) as made:
        made.execute(TABLE)
        with made.cursor().copy('COPY "LiteLLM_SpendLogs" TO STDOUT (FORMAT csv, HEADER)') as copied:
            return b"".join(bytes(part) for part in copied).decode()


def test_the_same_rows_give_the_same_summary(files: Files, address: str, rows: str) -> None:
    efforts = 'default_effort = "low"\nefforts = { low = {}, high = {} }\n'
    files.facts.write_text(FACTS.replace("[models.large]\n", f"[models.large]\n{efforts}"))
    told = []
    for source in (address, files.write("logs.csv", rows)):
        assert files.run("import", "usage", source, "--workload", files.routed, "--json") == 0, files.err
        told.append(json.loads(files.out))
    there, here = (each["usage"]["labels"] for each in told)
    assert list(there) == list(here) and {"think", "default"} < set(there)
    for name, label in there.items():
        for key in ("requests", "input", "cached", "written", "output", "largest"):
            assert label[key] == pytest.approx(here[name][key]), (name, key)
        assert label["p95"] == pytest.approx(here[name]["p95"], rel=0.02)  # approximate in DuckDB
        assert [m["model"] for m in label["models"]] == [m["model"] for m in here[name]["models"]]
        assert label["models"][0]["usd"] == pytest.approx(here[name]["models"][0]["usd"])
    for name in ("think", "default"):
        own, other = (each["routing"]["labels"][name]["measured"] for each in told)
        keys = {"large", "large@high", "small", "nscale/large", "nscale/small"}
        assert set(own) == set(other) == keys
        assert own["large"] == pytest.approx(other["large"])
        # 0 to 9 seconds in steps of 1.5, the first of them unknown: the median is about 5.
        assert own["nscale/large"]["latency"] == pytest.approx(5.25, abs=0.8)
    terms = [[note for note in each["notes"] if "fast mode" in note or "tier" in note] for each in told]
    assert len(terms[0]) == 2 and terms[0] == terms[1]
    by_hand = [n for n in range(1, 301) if n % 3 == 0 and n % 10 and n % 11]
    assert there["think"]["requests"] == len(by_hand)
    # Every fourth reads 9,000 and writes 30, which its prompt of 500 + n cannot hold; a fourth counts 70
    # and 30 of the same kind of record, which are beside it too.
    beside = sum(9_030 if n % 4 == 3 else 100 if n % 4 == 1 else 0 for n in by_hand)
    assert there["think"]["input"] == pytest.approx(500 + (sum(by_hand) + beside) / len(by_hand))
    assert told[0]["usage"]["hours"] == told[1]["usage"]["hours"]


def test_what_is_wrong_is_said_without_the_password(files: Files, address: str, rows: str) -> None:
    assert files.run("import", "usage", address, "--table", "LiteLLM_Spend") == 2
    assert "did you mean 'LiteLLM_SpendLogs'?" in files.err
    nowhere = address.rpartition(":")[0] + ":1/postgres"
    assert files.run("import", "usage", nowhere) == 2
    assert "cannot be connected to" in files.err and len(files.err.splitlines()) == 1
    assert "secret" not in files.err
    assert files.run("import", "usage", "nonsense://u:secret@h/d") == 2
    assert "secret" not in files.err and "nonsense" in files.err
