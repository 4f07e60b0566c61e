"""Other questions than the plan, put to the real worker: answered, overtaken, ended, and never in the way."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from modelpick.engine.adapters.routing_file import ready_made
from modelpick.engine.domain.errors import InputError
from modelpick.engine.domain.plan import Plan
from modelpick.engine.domain.routing import Routing
from modelpick.tui.solver.client import SolverClient
from modelpick.tui.solver.process import request_line


def other(routing: Routing) -> Routing:
    limits = routing.limits.model_copy(update={"growth": 1.5})
    return routing.model_copy(update={"limits": limits})


def tell(told: Callable[[SolverClient], Awaitable[None]]) -> None:
    async def run() -> None:
        client = SolverClient(None)
        try:
            await told(client)
        finally:
            await client.close()
        assert client.requests.process.subprocess is None

    asyncio.run(run())


def test_every_kind_is_answered_in_plain_values() -> None:
    async def told(client: SolverClient) -> None:
        routing = ready_made()
        plan = Plan.model_validate(await client.ask("plan", routing))
        prices = await client.ask("prices", routing, paths=["labels.think.min_quality"])
        assert [price["path"] for price in prices] == ["labels.think.min_quality"]
        # a step of quality costs what solving it anew says
        lower = f"{routing.labels['think'].min_quality} - 1"  # of the model that it is to be as good as
        looser = routing.labels["think"].model_copy(update={"min_quality": lower})
        changed = routing.model_copy(update={"labels": {**routing.labels, "think": looser}})
        there = Plan.model_validate(await client.ask("plan", changed))
        assert plan.cost is not None and there.cost is not None
        assert there.cost - plan.cost == pytest.approx(prices[0]["looser"])
        out = await client.ask("eligibility", routing, label="think")
        first = out[0]
        why = await client.ask("why_not", routing, label="think", offer=first["offer"])
        assert (first["rule"], first["reason"]) in [(one["rule"], one["reason"]) for one in why["breaks"]]
        curve = await client.ask("frontier", routing, label="think", points=4, seconds=20.0)
        assert len(curve["points"]) >= 2 and curve["current"] is not None

    tell(told)


def test_a_wrong_question_is_said_and_the_next_is_answered() -> None:
    async def told(client: SolverClient) -> None:
        routing = ready_made()
        with pytest.raises(InputError, match=r"unknown question 'price' \(did you mean 'prices'\?\)"):
            await client.ask("price", routing)
        with pytest.raises(InputError, match="no label 'thing'"):
            await client.ask("eligibility", routing, label="thing")
        with pytest.raises(InputError, match="unexpected keyword"):
            await client.ask("plan", routing, colour="red")
        assert (await client.ask("plan", routing))["status"] == "optimal"

    tell(told)


def test_an_edit_overtakes_every_question_and_a_newer_one_of_its_kind_an_older() -> None:
    async def told(client: SolverClient) -> None:
        routing = ready_made()
        client.request_plan(routing)
        first = asyncio.ensure_future(client.ask("prices", routing))
        second = asyncio.ensure_future(client.ask("prices", routing, paths=["labels.think.min_quality"]))
        third = asyncio.ensure_future(client.ask("eligibility", routing, label="think"))
        assert await first is None
        assert len(await second) == 1 and len(await third) > 10
        again = asyncio.ensure_future(client.ask("prices", routing))
        await asyncio.sleep(0)
        client.request_plan(other(routing))
        assert await again is None
        client.request_plan(other(routing))  # the same wish is no edit
        assert await client.ask("prices", other(routing), paths=["labels.think.min_quality"])

    tell(told)


def test_a_question_that_goes_on_though_overtaken_is_ended_and_plans_come_meanwhile() -> None:
    async def told(client: SolverClient) -> None:
        routing, plans = ready_made(), asyncio.Queue[Routing]()
        serving = asyncio.ensure_future(client.run(lambda asked, *_: plans.put_nowait(asked), print))
        client.request_plan(routing)
        assert await plans.get() == routing
        assert (await client.ask("plan", routing))["status"] == "optimal"
        assert client.requests.process.subprocess is not None
        pid = client.requests.process.subprocess.pid
        os.kill(pid, signal.SIGSTOP)  # a question that takes for ever
        slow = asyncio.ensure_future(client.ask("prices", routing))
        await asyncio.sleep(0)
        while client.requests.waiting:  # until it is put
            await asyncio.sleep(0)
        client.request_plan(other(routing))
        assert await plans.get() == other(routing)
        assert not slow.done() or slow.result() is None
        assert await slow is None
        assert (await client.ask("plan", other(routing)))["status"] == "optimal"
        assert client.requests.process.subprocess.pid != pid
        serving.cancel()

    tell(told)


def test_reasons_come_in_parts_with_what_is_out_first_and_each_says_what_its_own_question_says() -> None:
    async def told(client: SolverClient) -> None:
        routing, parts = ready_made(), list[list[Any]]()
        rules = [f"labels.think.{name}" for name in ("min_quality", "context")]
        names = ["ranges", *rules, "next", "out"]
        answer = await client.ask("reasons", routing, on_part=parts.append, parts=names, label="think")
        assert answer is None and [name for name, _ in parts] == ["out", *rules, "next", "ranges"]
        found = dict(parts)
        assert found["out"] == await client.ask("eligibility", routing, label="think")
        # The range of a price takes the most time: it comes last, for the rules of the label that have one.
        curved = "labels.think.max_latency"
        whole = await client.ask("prices", routing, paths=rules[:1])
        assert found["ranges"] == await client.ask("prices", routing, paths=[curved, rules[0]])
        assert whole[0] in found["ranges"]
        shadow = dict.fromkeys(("price", "price_looser", "holds_from", "holds_to"))
        assert found[rules[0]] == [{**whole[0], **shadow, "degenerate": False}]
        wrong = list[list[Any]]()
        await client.ask("reasons", routing, on_part=wrong.append, parts=["out", rules[0]], label="thing")
        assert "no label 'thing'" in wrong[0][1]["error"] and wrong[1] == [rules[0], found[rules[0]]]

    tell(told)


def test_a_question_in_the_middle_of_its_work_is_stopped_and_its_process_answers_the_next_one() -> None:
    async def told(client: SolverClient) -> None:
        routing, begun, parts = ready_made(), asyncio.Event(), list[object]()

        def part(one: object) -> None:
            parts.append(one)
            begun.set()

        names = ["out", *["next"] * 200]  # minutes of work
        long = asyncio.ensure_future(client.ask("reasons", routing, on_part=part, parts=names, label="think"))
        await begun.wait()
        child = client.requests.process.subprocess
        client.request_plan(other(routing))
        assert await long is None and len(parts) < len(names)
        fresh = await client.ask("prices", other(routing), paths=["labels.think.min_quality"])
        assert client.requests.process.subprocess is child  # neither ended nor started again
        assert child is not None and child.returncode is None
        alone = SolverClient(None)
        try:
            assert await alone.ask("prices", other(routing), paths=["labels.think.min_quality"]) == fresh
        finally:
            await alone.close()

    tell(told)


def test_what_a_screen_waits_for_goes_before_the_reasons_which_then_go_on_where_they_were() -> None:
    async def told(client: SolverClient) -> None:
        routing, begun, order = ready_made(), asyncio.Event(), list[str]()
        left = ["out", "labels.think.min_quality", *["next"] * 8]

        def part(one: list[Any]) -> None:
            left.remove(one[0])
            order.append(one[0])
            begun.set()

        slow = client.ask("reasons", routing, on_part=part, parts=left, label="think")
        reasons = asyncio.ensure_future(slow)
        await begun.wait()
        assert (await client.ask("standings", routing, label="think"))["offers"]
        assert left  # the reasons were not finished first
        await reasons
        assert not left and order.count("out") == 1

    tell(told)


def test_what_fills_the_screen_in_front_goes_before_what_fills_panels_behind_it() -> None:
    async def told(client: SolverClient) -> None:
        routing, order = ready_made(), list[str]()
        assert await client.ask("plan", routing)
        behind = [
            client.ask(
                "reasons", routing, on_part=lambda _: order.append("reasons"), parts=["out"], label="think"
            ),
            client.ask(
                "sketch", routing, on_part=lambda _: order.append("sketch"), label="background", points=2
            ),
        ]
        front = client.ask("curve", routing, on_part=lambda _: order.append("curve"), label="think", points=2)
        await asyncio.gather(*behind, front)
        first = order.index("curve")
        assert order[first:].count("curve") == order.count("curve") and "sketch" not in order[:first]
        assert order[-1] == "sketch"

    tell(told)


def test_reasons_that_let_another_go_first_before_they_have_begun_lose_nothing() -> None:
    async def told(client: SolverClient) -> None:
        routing, parts = ready_made(), list[str]()
        left = ["out", "labels.think.min_quality"]

        def part(reason: list[Any]) -> None:
            left.remove(reason[0])
            parts.append(reason[0])

        assert await client.ask("plan", routing)  # the process is there: what is asked is sent at once
        reasons = asyncio.ensure_future(
            client.ask("reasons", routing, on_part=part, parts=left, label="think")
        )
        while not client.requests.waiting:
            await asyncio.sleep(0)
        while client.requests.waiting:  # until it is sent; the word to stop follows in the same moment
            await asyncio.sleep(0)
        assert (await client.ask("standings", routing, label="think"))["offers"]
        await reasons
        assert sorted(parts) == ["labels.think.min_quality", "out"] and not left

    tell(told)


def test_a_request_told_to_stop_before_it_has_begun_does_not_begin() -> None:
    """A process that reads a request and the stop of it in one go."""
    routing = ready_made()
    line = json.dumps(request_line("plan", routing, date(2026, 11, 27), 10.0, overrides={}))
    code = """
import sys, threading, time
from modelpick.engine.service import server
stopped = threading.Event()
def lines():
    yield sys.argv[1]
    yield '{"stop": true}'
    stopped.set()
    threading.Event().wait()
inbox = server.Inbox(lines())
stopped.wait()
for line in inbox:
    try:
        inbox.begin()
    except server.Stopped:
        print("stopped", flush=True)
    break
sys.stdout.flush()
import os
os._exit(0)
"""
    ended = subprocess.run(
        [sys.executable, "-c", code, line], capture_output=True, text=True, timeout=60, check=True
    )
    assert ended.stdout.strip() == "stopped", ended.stderr


def test_the_plan_of_an_edit_does_not_wait_for_the_reasons_of_the_plan_before() -> None:
    async def told(client: SolverClient) -> None:
        routing, plans = ready_made(), asyncio.Queue[Routing]()
        serving = asyncio.ensure_future(client.run(lambda asked, *_: plans.put_nowait(asked), print))
        client.request_plan(routing)
        assert await plans.get() == routing
        begun = asyncio.Event()
        names = ["out", *["next"] * 200]
        long = asyncio.ensure_future(
            client.ask("reasons", routing, on_part=lambda _: begun.set(), parts=names, label="think")
        )
        await begun.wait()
        for growth in (1.5, 2.0, 3.0):
            limits = routing.limits.model_copy(update={"growth": growth})
            edited = routing.model_copy(update={"limits": limits})
            client.request_plan(edited)
            assert await plans.get() == edited
        assert await long is None
        serving.cancel()

    tell(told)


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_a_process_whose_app_is_gone_ends_though_it_is_at_work() -> None:
    """The app is a child here, which starts a worker, asks it something long, and dies without a word."""
    code = """
import asyncio, os
from modelpick.engine.adapters.routing_file import ready_made
from modelpick.tui.solver.client import SolverClient
async def run():
    client = SolverClient(None)
    def told(_):
        print(client.requests.process.subprocess.pid, flush=True)
        os.kill(os.getpid(), 9)
    await client.ask("reasons", ready_made(), on_part=told, parts=["out", *["next"] * 200], label="think")
asyncio.run(run())
"""
    words = [sys.executable, "-c", code]
    done = subprocess.run(words, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == -9, done.stderr
    pid = int(done.stdout)
    end = time.monotonic() + 60
    while Path(f"/proc/{pid}").exists() and "State:\tZ" not in Path(f"/proc/{pid}/status").read_text():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_an_asker_that_goes_away_leaves_no_answer_behind() -> None:
    async def told(client: SolverClient) -> None:
        routing = ready_made()
        assert (await client.ask("plan", routing))["status"] == "optimal"
        gone = asyncio.ensure_future(client.ask("prices", routing))
        await asyncio.sleep(0.01)
        gone.cancel()
        await asyncio.wait({gone})
        assert (await client.ask("plan", routing))["status"] == "optimal"

    tell(told)
