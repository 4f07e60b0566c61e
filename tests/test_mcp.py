"""modelpick mcp: the SDK's own client over standard input and output, and what no client should send."""

from __future__ import annotations

import asyncio
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from mcp import Client, StdioServerParameters

from modelpick.engine import InputError
from modelpick.engine.adapters.catalog.file import load_spelled_out
from modelpick.engine.adapters.routing_file import load_routing
from modelpick.engine.commands import NAMES
from modelpick.engine.service.agent import MAX_BYTES, AgentTools, fitted
from modelpick.engine.service.mcp_server import READING, WRITING, mcp_server
from modelpick.engine.service.task import Task, model_named

ROOT = Path(__file__).parents[1]
# A request of 1,000 tokens in and 100 out: sonnet-5 0.0045 USD, rival 0.0011, cheap 0.00011.
CATALOG = """
schema = 1
as_of = 2026-11-23
[benchmarks.code]
skill = "coding"
[providers.north]
api = "openai"
base_url = "https://north.example/v1"
[models.sonnet-4]
context = 100_000
skills = { coding = 90.0 }
[models.sonnet-5]
context = 100_000
skills = { coding = 75.0 }
[models.rival]
context = 100_000
skills = { coding = 80.0 }
[models.cheap]
context = 100_000
skills = { coding = 40.0 }
[offers."north/sonnet-4"]
input = 30.0
output = 150.0
[offers."north/sonnet-5"]
input = 3.0
output = 15.0
[offers."north/rival"]
id = "Rival-Turbo"
input = 1.0
output = 1.0
[offers."north/cheap"]
input = 0.1
output = 0.1
"""
ROUTING = """\
# the agents
[labels.think]
requests = 1_000                      # a month
input_tokens = 1_000
output_tokens = 100
skills = { coding = 1.0 }
min_quality = 70.0
max_models = 1
routes = [{ offer = "north/cheap", share = 1.0 }]
"""
ONE_REQUEST = {"input_tokens": 1000, "output_tokens": 100}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "catalog.toml").write_text(CATALOG)
    (tmp_path / "routing.toml").write_text(ROUTING)
    return tmp_path


@pytest.fixture
def tools(folder: Path, monkeypatch: pytest.MonkeyPatch) -> AgentTools:
    monkeypatch.chdir(folder)
    return AgentTools(Path("catalog.toml"), Path("routing.toml"))


def command(folder: Path, *words: str) -> list[str]:
    return ["-m", "modelpick", "mcp", *words, "--catalog", str(folder / "catalog.toml")]


async def _conversation(folder: Path) -> dict[str, Any]:
    server = StdioServerParameters(command=sys.executable, args=command(folder, "routing.toml"), cwd=folder)
    heard: dict[str, Any] = {}
    async with Client(server, read_timeout_seconds=60) as client:
        heard["tools"] = (await client.list_tools()).tools
        task = {"skills": "coding", "min_quality": "sonnet", "max_usd": 0.01, **ONE_REQUEST}
        questions: dict[str, tuple[str, dict[str, Any]]] = {
            "subagent": ("solve", {"task": task}),
            "check": ("check", {}),
            "unknown model": ("solve", {"task": {**task, "min_quality": "sonet-5"}}),
            "unknown key": ("solve", {"task": {**task, "max_dollars": 1}}),
            "many unknown keys": ("solve", {"task": {f"key{n}" * 9: 1 for n in range(60)}}),
            "no such tool": ("save", {}),
        }
        for name, (tool, given) in questions.items():
            try:
                heard[name] = await client.call_tool(tool, given)
            except Exception as error:
                heard[name] = error
    return heard


def test_an_agent_asks_which_model_for_a_subagent(folder: Path) -> None:
    """At most 0.01 USD a request, as good as sonnet at coding: an answer with its reason under 2 kB."""
    heard = asyncio.run(_conversation(folder))
    assert [tool.name for tool in heard["tools"]] == list(READING)
    assert all(tool.annotations.read_only_hint for tool in heard["tools"])
    answer = heard["subagent"]
    assert not answer.is_error and answer.structured_content is None
    text = answer.content[0].text
    lines = text.splitlines()
    assert len(text.encode()) < 2000
    # 1,000 * 1/1e6 + 100 * 1/1e6 = 0.0011; sonnet-5, the newest, 1,000 * 3/1e6 + 100 * 15/1e6 = 0.0045.
    assert lines[0] == "north/rival: 0.0011 USD a request, quality 80.0"
    assert lines[1].startswith(
        "why: the cheapest of 2 offers that do; asked: as good as sonnet-5 (75.0), at most"
    )
    assert lines[2] == "call: model Rival-Turbo at north (openai), key in NORTH_API_KEY"
    assert "next: north/sonnet-5: 0.0045 USD a request, quality 75.0" in lines
    assert "sonnet taken as sonnet-5" in lines
    assert "labels.think.min_quality: quality 40.0" in heard["check"].content[0].text
    assert heard["unknown model"].is_error
    text = heard["unknown model"].content[0].text
    assert text.endswith(": min_quality: no model 'sonet-5' (did you mean 'sonnet-5'?)")
    assert heard["unknown key"].is_error and "max_dollars" in heard["unknown key"].content[0].text
    text = heard["many unknown keys"].content[0].text
    assert len(text.encode()) <= MAX_BYTES and "pydantic.dev" not in text and "lines more" in text
    assert "save" in str(getattr(heard["no such tool"], "content", heard["no such tool"]))


def test_messages_that_are_no_protocol_end_nothing(folder: Path) -> None:
    start = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "x", "version": "1"}}
    solve = {"name": "solve", "arguments": {"task": "a poem"}}
    messages = (
        "no JSON at all",
        '{"jsonrpc": "2.0", "id": 1',
        "[]",
        json.dumps({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": start}),
        json.dumps({"jsonrpc": "2.0", "method": "notifications/initialized"}),
        json.dumps({"jsonrpc": "2.0", "id": 2, "method": "tools/dance"}),
        json.dumps({"jsonrpc": "2.0", "id": 3, "method": "tools/call", "params": {"name": 7}}),
        json.dumps({"jsonrpc": "2.0", "id": 4, "method": "tools/call", "params": solve}),
        "\x00\x01",
        json.dumps({"jsonrpc": "2.0", "id": 5, "method": "tools/list"}),
    )
    process = subprocess.Popen(
        [sys.executable, *command(folder)],
        cwd=folder,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None and process.stdout is not None and process.stderr is not None
    with process:
        process.stdin.write("\n".join(messages) + "\n")
        process.stdin.flush()
        answers: dict[Any, Any] = {}
        while 5 not in answers or 4 not in answers:
            line = process.stdout.readline()
            assert line, "ended before its answer"
            answer = json.loads(line)
            answers[answer.get("id")] = answer
        process.stdin.close()
        assert process.wait(20) == 0
        said = process.stderr.read()
    assert answers[1]["result"]["serverInfo"]["name"] == "modelpick"
    assert "error" in answers[2] and "error" in answers[3]
    assert answers[4]["result"]["isError"] is True
    assert {tool["name"] for tool in answers[5]["result"]["tools"]} == set(READING)
    assert "Traceback" not in said


def test_with_write_there_is_one_tool_more(tools: AgentTools) -> None:
    async def names(write: bool) -> list[tuple[str, Any]]:
        listed = await mcp_server(tools, write=write).list_tools()
        return [(tool.name, tool.annotations.read_only_hint) for tool in listed if tool.annotations]

    assert asyncio.run(names(False)) == [(name, True) for name in READING]
    assert asyncio.run(names(True))[len(READING) :] == [(name, False) for name in WRITING]


def test_save_writes_routes_and_keeps_comments_below_the_folder_only(
    tools: AgentTools, folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    assert tools.save().startswith("written to routing.toml: 1.10 USD a month, quality 80.0")
    text = (folder / "routing.toml").read_text()
    assert "# the agents" in text and "# a month" in text
    assert load_routing(folder / "routing.toml").labels["think"].routes[0].offer == "north/rival"
    outside = tmp_path_factory.mktemp("elsewhere") / "routing.toml"
    outside.write_text(ROUTING)
    (folder / "link.toml").symlink_to(outside)
    for name in (str(outside), f"../{outside.parent.name}/routing.toml", "link.toml"):
        with pytest.raises(InputError, match="not written: outside"):
            tools.save(file=name)
    assert outside.read_text() == ROUTING
    assert tools.save(set=["labels.think.min_quality=99"]).startswith("nothing written\n")
    assert (folder / "routing.toml").read_text() == text


def test_no_model_does(tools: AgentTools) -> None:
    text = tools.solve(
        task=Task(min_quality="sonnet - 2", max_usd=0.001, input_tokens=1000, output_tokens=100)
    )
    assert text.startswith("no model does: infeasible\nThese rules cannot hold together:\n")
    # rival costs 1.1 USD for 1,000 requests, 1 is allowed.
    assert "limits.budget: 1 -> 1.1" in text and "sonnet - 2" not in text
    assert "labels.task.min_quality = sonnet-5 - 2" in text


def test_the_best_for_the_money(tools: AgentTools) -> None:
    text = tools.solve(task=Task(objective="quality", max_usd=0.001, input_tokens=1000, output_tokens=100))
    assert text.startswith(
        "north/cheap: 0.00011 USD a request, quality 40.0\nwhy: the best, and the only one"
    )
    with pytest.raises(InputError, match="it needs max_usd"):
        tools.solve(task=Task(objective="quality"))


def test_a_routing_file_is_solved_explained_and_tried(tools: AgentTools) -> None:
    assert tools.solve().splitlines()[:2] == [
        "1.10 USD a month, quality 80.0, optimal",
        "think: north/rival: 1.10 USD, quality 80.0; then north/sonnet-5",
    ]
    # Without the floor of 70: cheap, 0.11 USD; with a mix: three of rival and one of cheap, 0.8525.
    assert "labels.think.min_quality = 70.0" in tools.explain()
    assert "without it the plan saves 0.99 USD a month" in tools.explain()
    assert "north/cheap for think:" in tools.explain(offer="north/cheap")
    # At ten times its price rival costs 11 USD, sonnet-5 4.5: 3.4 more than 1.1.
    tried = tools.what_if(prices={"rival": 10.0})
    assert tried.startswith("+3.40 USD a month\nbefore: 1.10 USD") and "think: north/sonnet-5" in tried
    assert tools.what_if(without=["north"]).startswith(
        "before: 1.10 USD a month, quality 80.0, optimal; after:"
    )
    assert tools.what_if(requests={"think": 2.0}).startswith("+1.10 USD a month")
    with pytest.raises(InputError, match="did you mean 'rival'"):
        tools.what_if(prices={"rivl": 2.0})


def test_what_a_month_has_cost_against_the_plan(tools: AgentTools, folder: Path) -> None:
    rows = [
        {
            "request_id": f"r{day}",
            "call_type": "acompletion",
            "startTime": f"2026-11-{day:02}T10:00:00Z",
            "endTime": f"2026-11-{day:02}T10:00:05Z",
            "model": "cheap",
            "custom_llm_provider": "north",
            "prompt_tokens": 1_000_000,
            "completion_tokens": 0,
            "total_tokens": 1_000_000,
            "spend": 0.1,
            "metadata": "{}",
        }
        for day in range(1, 11)
    ]
    logs = folder / "logs.jsonl"
    logs.write_text("".join(json.dumps(row) + "\n" for row in rows))
    text = tools.spent(logs=str(logs))
    assert "spent 1.00 USD" in text and len(text.encode()) <= MAX_BYTES  # ten times 0.10
    with pytest.raises(InputError, match="no such file or folder"):
        tools.spent(logs=str(folder / "nowhere"))
    bare = folder / "bare.toml"
    bare.write_text("\n".join(line for line in ROUTING.splitlines() if "routes" not in line))
    with pytest.raises(InputError, match=r"bare.toml: has no routes to compare with"):
        tools.spent(logs=str(logs), file=str(bare))


def test_compare_takes_short_names(tools: AgentTools) -> None:
    lines = tools.compare(models=["sonnet", "rival"], input_tokens=1e6, output_tokens=1e6).splitlines()
    assert lines[1:] == [
        "north/sonnet-5: 18.00 USD; 3 in 15 out; coding 75",
        "north/rival: 2.00 USD; 1 in 1 out; coding 80",
        "sonnet taken as sonnet-5",
    ]


def test_an_answer_is_about_the_files_as_they_are_now(tools: AgentTools, folder: Path) -> None:
    assert tools.solve().startswith("1.10 USD")
    (folder / "catalog.toml").write_text(
        CATALOG.replace("input = 1.0\noutput = 1.0", "input = 2.00\noutput = 2.0")
    )
    assert tools.solve().startswith("2.20 USD")
    (folder / "routing.toml").write_text(ROUTING.replace("1_000  ", "2_000  "))
    assert tools.solve().startswith("4.40 USD")


@pytest.mark.parametrize(
    ("name", "model"),
    [
        ("sonnet", "sonnet-5"),
        ("Sonnet 4", None),
        ("north/rival", "rival"),
        ("sonnet-4", "sonnet-4"),
        ("opus", None),
    ],
)
def test_what_a_short_name_means(folder: Path, name: str, model: str | None) -> None:
    catalog = load_spelled_out(folder / "catalog.toml")
    if model is None and name == "opus":
        with pytest.raises(InputError, match="no model 'opus'"):
            model_named(name, catalog)
    else:
        assert model_named(name, catalog) == (model or "sonnet-4")


def test_answers_stay_small() -> None:
    long = fitted(["first", *(f"line {n} ü" * 10 for n in range(100))])
    assert len(long.encode()) <= MAX_BYTES and long.startswith("first\nline 0")
    assert re.search(r"\(\d+ lines more: modelpick in a shell says all\)$", long)
    one = fitted(["ü" * 5000, "second"])
    assert len(one.encode()) <= MAX_BYTES and "..." in one


def test_the_skill_names_commands_tools_and_options_that_are_there() -> None:
    text = (ROOT / "SKILL.md").read_text("utf-8")
    head = re.match(r"---\nname: modelpick\ndescription: .{50,1000}\n---\n", text)
    assert head and len(text) < 6000
    assert set(re.findall(r"(?:`|    )modelpick ([a-z]+)\b", text)) <= set(NAMES)
    assert all(f"`{tool}`" in text for tool in READING)
