"""What a month costs, in cases that can be checked on paper."""

from __future__ import annotations

from decimal import Decimal

import pytest

from modelpick.engine.solver.analysis.compare import compare_offers
from tests.engine.by_hand import market, offer, solved


def test_every_kind_of_token_has_its_price() -> None:
    # A request's 10,000 tokens in: 6,000 read at 1, 1,000 written at 12, 3,000 fresh at 10; 500 out at 40.
    # (6,000 + 12,000 + 30,000 + 20,000) / 1e6 = 0.068, + 0.002 a request, 5 % fee: 0.0735 each.
    catalog = market(
        {"p/m": {"input": 10, "output": 40, "cache_read": 1, "cache_write": 12, "per_request": 0.002}},
        provider_p={"fee": 0.05},
    )
    label = {
        "requests": 1_000,
        "input_tokens": 10_000,
        "output_tokens": 500,
        "cached": 0.6,
        "cache_writes": 0.1,
    }
    assert solved(catalog, {"work": label}).cost == pytest.approx(73.50, rel=1e-12)


def test_without_cache_prices_a_token_is_a_token() -> None:
    label = {"requests": 1_000, "input_tokens": 10_000, "cached": 0.6, "cache_writes": 0.1}
    assert solved(market({"p/m": offer(10)}), {"work": label}).cost == pytest.approx(100.0, rel=1e-12)


def test_a_months_budget_is_the_weeks_average_of_the_hours() -> None:
    # 1 M in at 3.2 and 0.1 M out at 14 are 4.60; half of the week at 0.4, a quarter at 0.9: 0.675 of it, and
    # 5.5 % fee: 3.275775. A routing of the same tokens costs as much.
    hours = [{"share": 0.5, "factor": 0.4}, {"share": 0.25, "factor": 0.9}]
    catalog = market({"p/m": {"input": 3.2, "output": 14, "hours": hours}}, provider_p={"fee": 0.055})
    (line,) = compare_offers(catalog, ["m"], 1e6, 1e5)
    assert line.budget == line.budget_as_verbose == Decimal("3.28")
    label = {"requests": 100, "input_tokens": 10_000, "output_tokens": 1_000}
    assert solved(catalog, {"work": label}).cost == pytest.approx(3.275775, rel=1e-12)


def test_batch_and_verbosity() -> None:
    # 100 out * verbosity 1.5 = 150 tokens at 2, half off: 1e6 * 150 * 2 / 1e6 / 2 = 150 USD.
    catalog = market({"p/m": {"input": 0, "output": 2, "batch_discount": 0.5}}, m={"verbosity": 1.5})
    plan = solved(catalog, {"work": {"output_tokens": 100, "batch": True}})
    assert plan.cost == pytest.approx(150.0, rel=1e-12)


def test_a_long_prompt_bills_all_its_tokens_at_the_tier() -> None:
    tier = {"above": 200_000, "input": 2, "output": 2}
    catalog = market({"p/m": offer(1, tiers=[tier])}, m={"context": 1_000_000})
    at = {"requests": 1_000_000, "input_tokens": 200_000}
    assert solved(catalog, {"work": at}).cost == pytest.approx(200_000, rel=1e-12)
    assert solved(catalog, {"work": {**at, "input_tokens": 200_001}}).cost == pytest.approx(
        400_002, rel=1e-12
    )


def test_of_lognormal_prompts_some_are_long() -> None:
    # Mean 100,000 and p95 200,000: sigma = 1.6448536 - sqrt(1.6448536^2 - 2 ln 2) = 0.496268. Of all tokens
    # Phi((mu + sigma^2 - ln T) / sigma) are in prompts beyond T, where mu + sigma^2 = ln mean + sigma^2 / 2:
    # Phi((0.123141 - 0.693147) / 0.496268) = Phi(-1.148585) = 0.125363 of them cost twice the base's price.
    tier = {"above": 200_000, "input": 2, "output": 2}
    catalog = market({"p/m": offer(1, tiers=[tier])}, m={"context": 1_000_000})
    plan = solved(catalog, {"work": {"input_tokens": 100_000, "input_tokens_p95": 200_000}})
    assert plan.cost == pytest.approx(100_000 * 1.125363, rel=1e-6)


def test_growth_multiplies_the_month() -> None:
    assert solved(market({"p/m": offer(1)}), limits={"growth": 2.5}).cost == pytest.approx(2.5, rel=1e-12)


def test_replicas_are_whole_and_the_router_shares_them() -> None:
    # Two labels of 438,000 requests a month are 10 + 10 a minute; a replica takes 12, so two are rented:
    # 2 * 730 * 1 = 1,460 USD, less than 0.876 M requests at 2,000 USD a million, 1,752.
    catalog = market(
        {"api/m": offer(2_000), "own/m": {"input": 0, "output": 0, "hosting": {"usd_per_hour": 1, "rpm": 12}}}
    )
    label = {"requests": 438_000}
    plan = solved(catalog, {"a": label, "b": label})
    # One for 12 of 20 requests and the API for 8 is cheaper: 730 + 0.4 * 876,000 * 0.002 = 1,430.80 USD.
    assert plan.replicas == {"own/m": 1}
    assert plan.cost == pytest.approx(1_430.80, rel=1e-9)
    plan = solved(catalog, {"a": label, "b": label}, limits={"max_providers": 1})
    assert (plan.replicas, plan.cost) == ({"own/m": 2}, pytest.approx(1_460.0))


def test_a_budget_is_kept_to_the_cent_and_rent_counts() -> None:
    # The least cost is 2 USD; rented for 0.001 USD an hour, a replica costs 0.73 USD a month.
    catalog = market({"p/m": offer(2)})
    assert solved(catalog, limits={"budget": 2.0}).cost == 2.0
    assert solved(catalog, limits={"budget": 1.99}).status == "infeasible"
    rented = market({"own/m": offer(0, hosting={"usd_per_hour": 0.001, "rpm": 100}), "p/m": offer(2)})
    assert solved(rented, limits={"budget": 0.73}).replicas == {"own/m": 1}
    assert solved(rented, limits={"budget": 0.72}).status == "infeasible"
