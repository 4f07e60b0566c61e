"""Other questions than the plan, put to the real worker: answered, overtaken, ended, and never in the way."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable

import pytest

from modelpick.engine.adapters.files import ready_made
from modelpick.engine.domain.errors import InputError
from modelpick.engine.domain.plan import Plan
from modelpick.engine.domain.routing import Routing
from modelpick.tui.solver_client import SolverClient


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
        assert client.questions.child.process is None

    asyncio.run(run())


def test_every_kind_is_answered_in_plain_values() -> None:
    async def told(client: SolverClient) -> None:
        routing = ready_made()
        plan = Plan.model_validate(await client.ask("plan", routing))
        prices = await client.ask("prices", routing, paths=["labels.think.min_quality"])
        assert [price["path"] for price in prices] == ["labels.think.min_quality"]
        # a step of quality costs what solving it anew says
        looser = routing.labels["think"].model_copy(update={"min_quality": 69.0})
        changed = routing.model_copy(update={"labels": {**routing.labels, "think": looser}})
        there = Plan.model_validate(await client.ask("plan", changed))
        assert plan.cost is not None and there.cost is not None
        assert there.cost - plan.cost == pytest.approx(prices[0]["looser"])
        out = await client.ask("eligibility", routing, label="think")
        first = out[0]
        why = await client.ask("why_not", routing, label="think", offer=first["offer"])
        assert {"rule": first["rule"], "reason": first["reason"]} in why["breaks"]
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
        client.want(routing)
        first = asyncio.ensure_future(client.ask("prices", routing))
        second = asyncio.ensure_future(client.ask("prices", routing, paths=["labels.think.min_quality"]))
        third = asyncio.ensure_future(client.ask("eligibility", routing, label="think"))
        assert await first is None
        assert len(await second) == 1 and len(await third) > 10
        again = asyncio.ensure_future(client.ask("prices", routing))
        await asyncio.sleep(0)
        client.want(other(routing))
        assert await again is None
        client.want(other(routing))  # the same wish is no edit
        assert await client.ask("prices", other(routing), paths=["labels.think.min_quality"])

    tell(told)


def test_a_question_that_goes_on_though_overtaken_is_ended_and_plans_come_meanwhile() -> None:
    async def told(client: SolverClient) -> None:
        routing, plans = ready_made(), asyncio.Queue[Routing]()
        serving = asyncio.ensure_future(client.run(lambda asked, *_: plans.put_nowait(asked), print))
        client.want(routing)
        assert await plans.get() == routing
        assert (await client.ask("plan", routing))["status"] == "optimal"
        assert client.questions.child.process is not None
        pid = client.questions.child.process.pid
        os.kill(pid, signal.SIGSTOP)  # a question that takes for ever
        slow = asyncio.ensure_future(client.ask("prices", routing))
        await asyncio.sleep(0)
        client.want(other(routing))
        assert await plans.get() == other(routing)
        assert not slow.done() or slow.result() is None
        assert await slow is None
        assert (await client.ask("plan", other(routing)))["status"] == "optimal"
        assert client.questions.child.process.pid != pid
        serving.cancel()

    tell(told)


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
