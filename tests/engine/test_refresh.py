"""catalog refresh: what moves is shown, bad sources are refused, the overlay keeps what is in it."""

from __future__ import annotations

import argparse
import io
import json
import sys
from collections.abc import Iterator
from datetime import date
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest

from modelpick.engine import Catalog, InputError
from modelpick.engine.adapters import network
from modelpick.engine.adapters.catalog.file import load_catalog
from modelpick.engine.adapters.catalog.prices.model_prices import newest_url
from modelpick.engine.adapters.catalog.prices.quote import Quote
from modelpick.engine.adapters.catalog.refresh import compare_quotes, newcomer_stands, refresh_overrides
from modelpick.engine.adapters.network import fetch_text
from modelpick.engine.commands import catalog as command
from tests.loopback import listening

MINE = '# my own\n[offers."openai/gpt-5-mini"]\nttft = 0.5 # measured\n'


def entry(price: float, **more: Any) -> dict[str, Any]:
    facts = {"mode": "chat", "input_cost_per_token": price * 1e-6, "output_cost_per_token": 8 * price * 1e-6}
    return {"litellm_provider": "openai", "max_input_tokens": 272_000, **facts, **more}


def ran(
    tmp_path: Path, prices: dict[str, Any], more_facts: str = "", **more: Any
) -> tuple[dict[str, Any], int, Path]:
    file, overlay = tmp_path / "prices.json", tmp_path / "overlay.toml"
    file.write_text(json.dumps(prices))
    facts = {
        "action": "refresh",
        "words": [],
        "source": "litellm",
        "file": file,
        "as_of": None,
        "all": False,
        "overlay": overlay,
        "dry_run": False,
        "yes": True,
        "json": True,
        "catalog": tmp_path / "small.toml",
        **more,
    }
    (tmp_path / "small.toml").write_text(
        SMALL.replace("[models.gpt-5-mini]", more_facts + "[models.gpt-5-mini]")
    )
    text, status = command.run(argparse.Namespace(**facts))
    return json.loads(text), status, overlay


SMALL = """schema = 1
as_of = 2026-11-10
[sources.litellm]
[providers.openai]
[models.gpt-5-mini]
context = 400_000
[models.gpt-5-nano]
context = 400_000
[models.gpt-5]
context = 400_000
[models."gpt-4.1"]
context = 1_000_000
""" + "\n".join(
    f'[offers."openai/{name}"]\ninput = {price}\noutput = {8 * price}\nsource = "litellm"\n'
    for name, price in (("gpt-5-mini", 0.25), ("gpt-5-nano", 0.05), ("gpt-5", 1.25), ("gpt-4.1", 2.0))
)
SAME = {
    name: entry(p)
    for name, p in (("gpt-5-mini", 0.25), ("gpt-5-nano", 0.05), ("gpt-5", 1.25), ("gpt-4.1", 2.0))
}


def test_a_moved_price_goes_into_the_overlay_beside_what_is_there(tmp_path: Path) -> None:
    (tmp_path / "overlay.toml").write_text(MINE)
    data, status, overlay = ran(tmp_path, {**SAME, "gpt-5-mini": entry(0.30)})
    assert status == 0
    assert [(m["offer"], m["field"], m["from"], m["to"]) for m in data["moves"]] == [
        ("openai/gpt-5-mini", "input", 0.25, 0.3),
        ("openai/gpt-5-mini", "output", 2.0, 2.4),
    ]
    text = overlay.read_text()
    assert "# my own" in text and "ttft = 0.5 # measured" in text
    offer = load_catalog(tmp_path / "small.toml", overlay).offers["openai/gpt-5-mini"]
    assert (offer.input, offer.output, offer.ttft, offer.source) == (0.3, 2.4, 0.5, "litellm")


def test_a_dry_run_and_a_question_nobody_answers_write_nothing(tmp_path: Path) -> None:
    prices = {**SAME, "gpt-5": entry(1.0)}
    options: tuple[dict[str, Any], ...] = ({"dry_run": True}, {"yes": False})
    for more in options:
        data, status, overlay = ran(tmp_path, prices, **more)
        assert status == 0 and data["moves"] and not overlay.exists()


@pytest.mark.parametrize(
    ("prices", "why"),
    [
        ({**SAME, "gpt-5": entry(1.25e-3)}, "openai/gpt-5 input would go from 1.25 to 0.00125"),
        ({"gpt-5": entry(1.25)}, "3 of 4 offers that came from this source are no longer in it"),
        ({}, "4 of 4 offers"),
    ],
)
def test_a_source_gone_bad_is_refused_with_the_reason(
    tmp_path: Path, prices: dict[str, Any], why: str
) -> None:
    data, status, overlay = ran(tmp_path, prices)
    assert status == 1 and why in data["verdict"] and not overlay.exists()


def test_a_new_day_of_retirement_is_taken_over(tmp_path: Path) -> None:
    data, _, overlay = ran(tmp_path, {**SAME, "gpt-5": entry(1.25, deprecation_date="2027-02-01")})
    assert data["retires"] == [{"offer": "openai/gpt-5", "retires": "2027-02-01"}]
    assert "retires = 2027-02-01" in overlay.read_text()


class Answers(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.server.asked.append(self.path)  # type: ignore[attr-defined]
        body = {"/good": b'{"a": 1}', "/binary": b"\xff\xfe\x00", "/large": b"x" * 2000}.get(self.path)
        if self.path == "/flaky":
            body = b"at last" if self.server.asked.count("/flaky") == 3 else None  # type: ignore[attr-defined]
        self.send_response(200 if body else 503 if self.path in ("/flaky", "/down") else 404)
        self.end_headers()
        self.wfile.write(body or b"")

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[str]:
    with listening(Answers) as source:
        source.asked = []
        yield f"http://127.0.0.1:{source.server_port}"


def test_fetching_says_what_went_wrong(server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(network, "RETRY_PAUSE", 0.0)
    monkeypatch.setattr(network, "MAX_BYTES", 1000)
    assert fetch_text(f"{server}/flaky") == "at last"
    for path, why in (("/down", "answered 503"), ("/large", "larger than")):
        with pytest.raises(InputError, match=why):
            fetch_text(server + path)
    assert fetch_text(f"{server}/good") == '{"a": 1}'
    for path, why in (("/missing", "answered 404"), ("/binary", "not a text")):
        with pytest.raises(InputError, match=why):
            fetch_text(server + path)
    with pytest.raises(InputError, match="cannot be reached"):
        fetch_text("http://127.0.0.1:9/closed")
    with pytest.raises(InputError, match="cannot be reached"):
        fetch_text("nonsense://x")


MODELS_DEV = {
    "openai": {
        "models": {
            "gpt-5-mini": {"cost": {"input": 0.3, "output": 2.0}},
            "gpt-5": {"cost": {"input": 1.25, "output": 10.0}},
        }
    }
}


def test_another_source_that_disagrees_is_shown_and_the_loser_kept(tmp_path: Path) -> None:
    (tmp_path / "overlay.toml").write_text('# mine\n[offers."openai/gpt-5-mini"]\nrpm = 5\n')
    data, status, overlay = ran(tmp_path, MODELS_DEV, source="models.dev")
    assert status == 0 and "stands before others" in data["rule"]
    (move,) = data["moves"]
    assert move == {
        "offer": "openai/gpt-5-mini",
        "field": "input",
        "from": 0.25,
        "to": 0.3,
        "source": "litellm",
        "stands": True,
    }
    offer = load_catalog(tmp_path / "small.toml", overlay).offers["openai/gpt-5-mini"]
    assert (offer.input, offer.source, offer.rpm) == (0.3, "models.dev", 5)
    assert [(one.source, one.input) for one in offer.disputed] == [("litellm", 0.25)]
    again, _, _ = ran(tmp_path, MODELS_DEV, source="models.dev")
    assert again["moves"] == [] and again["verdict"] == "nothing to change"


def test_the_older_source_is_kept_beside_the_one_that_stands(tmp_path: Path) -> None:
    (tmp_path / "overlay.toml").write_text('[offers."openai/gpt-5-mini"]\nas_of = 2100-01-01\n')
    data, _, overlay = ran(tmp_path, MODELS_DEV, source="models.dev")
    assert [move["stands"] for move in data["moves"]] == [False]
    offer = load_catalog(tmp_path / "small.toml", overlay).offers["openai/gpt-5-mini"]
    assert (offer.input, offer.source) == (0.25, "litellm")
    assert [(one.source, one.input) for one in offer.disputed] == [("models.dev", 0.3)]
    again, _, _ = ran(tmp_path, MODELS_DEV, source="models.dev")
    assert again["verdict"] == "nothing to change"


def test_a_providers_own_list_stands() -> None:
    old, new = date(2026, 1, 1), date(2026, 2, 1)
    assert newcomer_stands("openrouter", ("litellm", new), ("openrouter", old))
    assert not newcomer_stands("openrouter", ("openrouter", old), ("litellm", new))
    assert newcomer_stands("openai", ("litellm", old), ("models.dev", new))
    assert not newcomer_stands("openai", ("litellm", new), ("models.dev", new))
    assert newcomer_stands("openai", ("litellm", new), ("litellm", new))
    assert not newcomer_stands("nscale", ("genai-prices", old), ("litellm", new), dearer=False)
    assert newcomer_stands("nscale", ("litellm", new), ("genai-prices", old), dearer=True)


def test_new_offers_are_added_and_doubtful_ones_left_out(tmp_path: Path) -> None:
    models = '[providers.azure]\n[models."gpt-4o"]\ncontext = 128_000\n'
    prices = {
        **SAME,
        "gpt-4o": entry(2.5, max_input_tokens=128_000),
        "azure/gpt-5": {**entry(1.25e-6), "litellm_provider": "azure"},
    }
    data, status, overlay = ran(tmp_path, prices, more_facts=models)
    assert status == 0 and data["new"] == ["openai/gpt-4o"]
    assert "per token" in data["refused"]["azure/gpt-5"]
    after = load_catalog(tmp_path / "small.toml", overlay)
    assert after.offers["openai/gpt-4o"].input == 2.5 and after.offers["openai/gpt-4o"].source == "litellm"
    assert "azure/gpt-5" not in after.offers


def test_the_money_at_stake_for_a_routing(tmp_path: Path) -> None:
    """4,000 requests of 1,000 tokens in and 100 out, by hand: 4 M at 0.25 + 0.4 M at 2.00 = 1.80 USD."""
    routing = tmp_path / "routing.toml"
    routing.write_text(
        "[labels.a]\nrequests = 4000\ninput_tokens = 1000\noutput_tokens = 100\n"
        'routes = [{ offer = "openai/gpt-5-mini", share = 1.0 }]\n'
    )
    data, _, overlay = ran(tmp_path, {**SAME, "gpt-5-mini": entry(0.5)}, words=[str(routing)], dry_run=True)
    assert data["money"]["now"] == pytest.approx(1.8) and data["money"]["then"] == pytest.approx(3.6)
    assert data["money"]["best"] == pytest.approx(0.36)  # all of it at gpt-5-nano
    assert not overlay.exists()


def test_what_the_changes_do_to_routes_with_a_level_and_to_offers_in_use(tmp_path: Path) -> None:
    """2,000 requests of 1,000 in and 100 out at gpt-5, 2 M at 1.25 + 0.2 M at 10 = 4.50 USD, and half that
    at level high, which is an offer of its own; then input costs 1.00 and output 8.00: 3.60."""
    levels = "[models.gpt-5.efforts]\nlow = {}\nhigh = { verbosity = 1.0 }\n"
    leveled = SMALL.replace(
        "[models.gpt-5]\ncontext = 400_000\n",
        '[models.gpt-5]\ncontext = 400_000\ndefault_effort = "low"\n' + levels,
    )
    (tmp_path / "levels.toml").write_text(leveled)
    routing = tmp_path / "routing.toml"
    routing.write_text(
        "[labels.a]\nrequests = 2000\ninput_tokens = 1000\noutput_tokens = 100\n"
        'fallbacks = ["openai/gpt-4.1"]\n'
        'routes = [{ offer = "openai/gpt-5@high", share = 0.5 }, '
        '{ offer = "openai/gpt-5@low", share = 0.5 }]\n'
    )
    prices = {name: fact for name, fact in SAME.items() if name != "gpt-4.1"}
    prices["gpt-5"] = entry(1.0, deprecation_date="2027-02-01")
    more: dict[str, Any] = {"words": [str(routing)], "catalog": tmp_path / "levels.toml", "dry_run": True}
    data, status, _ = ran(tmp_path, prices, **more)
    assert status == 0
    assert data["money"]["now"] == pytest.approx(4.5) and data["money"]["then"] == pytest.approx(3.6)
    assert data["best"] == {"a": {"openai/gpt-5-nano": 1.0}}
    assert data["in_use"] == {"gone": ["openai/gpt-4.1"], "retires": {"openai/gpt-5": "2027-02-01"}}
    options = {
        "source": "litellm",
        "file": tmp_path / "prices.json",
        "as_of": None,
        "all": False,
        "yes": True,
    }
    options |= {"action": "refresh", "overlay": tmp_path / "o.toml", "json": False, **more}
    text, _ = command.run(argparse.Namespace(**options))
    assert "openai/gpt-5-nano" in text and "in use and no longer in litellm: openai/gpt-4.1" in text
    assert "in use, with a new last day: openai/gpt-5 on 2027-02-01" in text
    with pytest.raises(InputError, match="no such file"):  # a routing is read even where nothing changes
        ran(tmp_path, SAME, words=[str(tmp_path / "none.toml")])


def test_a_source_without_any_known_price_is_refused(tmp_path: Path) -> None:
    data, status, overlay = ran(tmp_path, {"data": []}, source="openrouter")
    assert status == 1 and "holds no price" in data["verdict"] and not overlay.exists()


def test_the_overlay_of_the_shipped_catalogue_is_not_for_another(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="name a file with --overlay"):
        ran(tmp_path, SAME, overlay=None)


def test_a_gateways_offer_needs_the_whole_name() -> None:
    """A table of prices lists models at OpenRouter without their makers too; those names reach nothing."""
    facts = {"input": 3.0, "output": 15.0}
    quotes = [Quote("openrouter", name, {"id": name, **facts}) for name in ("gpt-4o", "openai/gpt-4o")]
    bare = {"schema": 1, "as_of": date(2026, 11, 10), "providers": {"openrouter": {}}}
    catalog = Catalog.model_validate({**bare, "models": {"gpt-4o": {"context": 128_000}}})
    found = compare_quotes(catalog, quotes, "genai-prices", date(2026, 11, 10))
    assert found.new["openrouter/gpt-4o"]["id"] == "openai/gpt-4o"


@pytest.mark.parametrize(("answer", "written"), [("y", True), ("n", False), ("", False)])
def test_somebody_at_a_terminal_is_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answer: str, written: bool
) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    screen = Terminal()
    monkeypatch.setattr(sys, "stdin", Terminal(f"{answer}\n"))
    monkeypatch.setattr(sys, "stderr", screen)
    data, status, overlay = ran(tmp_path, {**SAME, "gpt-5": entry(1.0)}, yes=False)
    assert status == 0 and overlay.exists() == written and ("written to" in data["verdict"]) == written
    assert "openai/gpt-5" in screen.getvalue() and "[y/N]" in screen.getvalue()


def test_openrouters_endpoints_bring_speeds_but_not_over_ones_own(tmp_path: Path) -> None:
    endpoint = {
        "provider_name": "OpenAI",
        "pricing": {"prompt": "0.00000025", "completion": "0.000002"},
        "latency_last_30m": {"p50": 800.0},
        "throughput_last_30m": {"p50": 120.0},
    }
    prices = {"data": {"id": "openai/gpt-5-mini", "endpoints": [endpoint]}}
    data, status, overlay = ran(tmp_path, prices, source="openrouter")
    assert status == 0 and data["moves"] == []
    assert data["speeds"] == {"openai/gpt-5-mini": {"ttft": 0.8, "tps": 120.0}}
    offer = load_catalog(tmp_path / "small.toml", overlay).offers["openai/gpt-5-mini"]
    assert (offer.ttft, offer.tps, offer.speed_source, offer.source) == (0.8, 120.0, "openrouter", "litellm")
    overlay.write_text('[sources.probe]\n[offers."openai/gpt-5-mini"]\nttft = 0.1\nspeed_source = "probe"\n')
    data, _, _ = ran(tmp_path, prices, source="openrouter")
    assert data["speeds"] == {} and data["verdict"] == "nothing to change"


def test_of_a_price_in_total_the_dearer_reading_stands(tmp_path: Path) -> None:
    """The founding report's case: 0.05 in total, which the newer source has split in half."""
    (tmp_path / "overlay.toml").write_text(
        '[sources.card]\n[offers."openai/gpt-5-nano"]\nsource = "card"\nas_of = 2020-01-01\n'
    )
    note = "Pricing listed as $0.05/1M tokens total. Assumed 50/50 split for input/output."
    split = entry(0.025, metadata={"notes": note})
    data, _, overlay = ran(tmp_path, {**SAME, "gpt-5-nano": split})
    assert {move["stands"] for move in data["moves"]} == {False}
    offer = load_catalog(tmp_path / "small.toml", overlay).offers["openai/gpt-5-nano"]
    assert (offer.input, offer.source) == (0.05, "card")
    assert [(one.source, one.input) for one in offer.disputed] == [("litellm", 0.025)]


def test_tiers_batches_windows_and_limits_of_a_known_offer_move_too(tmp_path: Path) -> None:
    long = {
        "input_cost_per_token_above_200k_tokens": 2.5e-6,
        "output_cost_per_token_above_200k_tokens": 15e-6,
    }
    more = {"input_cost_per_token_batches": 0.625e-6, "rpm": 500, "supports_pdf_input": True}
    data, _, overlay = ran(tmp_path, {**SAME, "gpt-5": entry(1.25, **long, **more)})
    offer = load_catalog(tmp_path / "small.toml", overlay).offers["openai/gpt-5"]
    assert [(tier.above, tier.input, tier.output) for tier in offer.tiers] == [(200_000, 2.5, 15.0)]
    assert (offer.batch_discount, offer.rpm) == (0.5, 500)
    assert data["features"] == {"gpt-5": ["pdf"]}
    again, _, _ = ran(tmp_path, {**SAME, "gpt-5": entry(1.25, **long, **more)})
    assert again["verdict"] == "nothing to change"
    dropped, _, _ = ran(tmp_path, SAME)  # the source has no long-context price or batch any more
    assert [(one["field"], one["to"]) for one in dropped["terms"]] == [("tiers", []), ("batch_discount", 0.0)]
    assert load_catalog(tmp_path / "small.toml", overlay).offers["openai/gpt-5"].tiers == ()


def test_older_text_of_one_source_never_replaces_newer_figures(tmp_path: Path) -> None:
    ran(tmp_path, {**SAME, "gpt-5": entry(1.0)}, as_of="2026-11-20")
    data, _, overlay = ran(tmp_path, {**SAME, "gpt-5": entry(2.0)}, as_of="2026-11-01")
    assert data["older"] == ["openai/gpt-5"] and data["moves"] == []
    offer = load_catalog(tmp_path / "small.toml", overlay).offers["openai/gpt-5"]
    assert (offer.input, offer.as_of) == (1.0, date(2026, 11, 20))


def test_the_day_of_a_file_is_what_its_data_say_and_else_said_to_be_assumed(tmp_path: Path) -> None:
    """The models.dev file is written now, but its data are older than the catalogue's of 2026-11-10."""
    rows = {"gpt-5": {"cost": {"input": 0.5, "output": 10.0}, "last_updated": "2026-07-02"}}
    data, _, _ = ran(tmp_path, {"openai": {"models": rows}}, source="models.dev", as_of=None)
    assert "2026-07-02, the newest day it names" in data["dated"]
    data, _, _ = ran(tmp_path, SAME)
    assert "names no day" in data["dated"] and "last written" in data["dated"]
    with pytest.raises(InputError, match="--as-of"):
        ran(tmp_path, SAME, as_of="yesterday")


def test_new_models_come_in_unscored_and_every_other_name_is_counted(tmp_path: Path) -> None:
    prices = {
        **SAME,
        "gpt-9-nova": entry(3.0),
        "gpt-9-nova-2027-01-01": entry(3.0),
        "gpt-9-audio": entry(3.0),
        "elsewhere/m": {**entry(3.0), "litellm_provider": "elsewhere"},
        "gpt-9-free": entry(0.0),
    }
    data, _, overlay = ran(tmp_path, prices)
    assert (data["models"], data["new"]) == (["gpt-9-nova"], ["openai/gpt-9-nova"])
    catalog = load_catalog(tmp_path / "small.toml", overlay)
    assert catalog.models["gpt-9-nova"].context == 272_000 and not catalog.models["gpt-9-nova"].scores
    names = [name for names in data["not_taken"].values() for name in names]
    assert sorted(names) == ["elsewhere/m", "gpt-9-audio", "gpt-9-free", "gpt-9-nova-2027-01-01"]


def test_what_the_catalogue_was_made_without_is_not_new_unless_it_is_asked_for(tmp_path: Path) -> None:
    prices = {**SAME, "gpt-9-old": entry(3.0), "gpt-9-nova": entry(3.0)}
    known = SMALL.replace("[sources.litellm]", '[sources.litellm]\nleft_out = ["openai/gpt-9-old"]')
    (tmp_path / "made.toml").write_text(known)
    data, _, overlay = ran(tmp_path, prices, catalog=tmp_path / "made.toml")
    assert (data["models"], data["new"]) == (["gpt-9-nova"], ["openai/gpt-9-nova"])
    assert ["gpt-9-old"] in data["not_taken"].values() and "gpt-9-old" not in overlay.read_text()
    data, _, _ = ran(tmp_path, prices, catalog=tmp_path / "made.toml", all=True)
    assert (data["models"], data["new"]) == (["gpt-9-old"], ["openai/gpt-9-old"])


MAKERS = {
    "updated_at": "2026-11-20T01:02:03Z",
    "prices": {
        "openai": {
            "gpt-5-mini": {"standard": [{"rates": {"input": 0.3, "output": 2.0}, "start": None}]},
            "gpt-5": {
                "standard": [{"rates": {"input": 9.0, "output": 9.0}, "start": "2999-01-01T00:00:00Z"}]
            },
        }
    },
}


def test_the_makers_own_lists_can_be_read_and_have_a_day(tmp_path: Path) -> None:
    data, status, overlay = ran(tmp_path, MAKERS, source="model-prices")
    assert status == 0 and "2026-11-20, the newest day it names" in data["dated"]
    assert [(move["offer"], move["field"], move["to"]) for move in data["moves"]] == [
        ("openai/gpt-5-mini", "input", 0.3)  # what begins in 2999 is not yet a price
    ]
    offer = load_catalog(tmp_path / "small.toml", overlay).offers["openai/gpt-5-mini"]
    assert (offer.input, offer.source, offer.as_of) == (0.3, "model-prices", date(2026, 11, 20))
    assert newest_url('{"sha256": "ab12"}', "https://x/v1/latest.json") == "https://x/v1/ab12.json"
    with pytest.raises(InputError, match="names no snapshot"):
        newest_url('{"sha256": "../../etc"}')


@pytest.mark.parametrize(
    "damaged", [{"prices": 3}, {"prices": {"openai": {"gpt-5": [1]}}}, {"prices": {"a": 1}}]
)
def test_a_damaged_snapshot_of_the_makers_lists_is_no_crash(tmp_path: Path, damaged: dict[str, Any]) -> None:
    try:
        data, status, _ = ran(tmp_path, damaged, source="model-prices")
    except InputError as error:
        assert "snapshot of model-prices" in str(error)
    else:
        assert status == 1 and "refused" in data["verdict"]


def test_a_list_of_another_source_and_a_text_that_is_none_are_named(tmp_path: Path) -> None:
    lists: tuple[tuple[str, Any, str], ...] = (
        ("models.dev", SAME, "litellm"),
        ("litellm", MODELS_DEV, "models.dev"),
        ("litellm", MAKERS, "model-prices"),
        ("genai-prices", MAKERS, "model-prices"),
        ("litellm", {"data": [{"id": "openai/gpt-5"}]}, "openrouter"),
        ("litellm", [{"id": "openai", "models": []}], "genai-prices"),
    )
    for source, prices, likely in lists:
        with pytest.raises(InputError, match=f"is the list of {likely}: --from {likely}"):
            ran(tmp_path, prices, source=source)
    file = tmp_path / "page.json"
    for text, why in (("", "is empty"), ("<!DOCTYPE html><p>404", "is a web page"), ('{"a": {"mo', "JSON")):
        file.write_text(text)
        with pytest.raises(InputError, match=why):
            ran(tmp_path, {}, file=file)


def test_a_list_of_one_models_endpoints_says_nothing_of_other_offers(tmp_path: Path) -> None:
    one = {
        "provider_name": "OpenAI",
        "tag": "openai",
        "pricing": {"prompt": "0.00000025", "completion": "0.000002"},
    }
    low = {
        **one,
        "tag": "openai/fp4",
        "quantization": "fp4",
        "pricing": {"prompt": "0.0000001", "completion": "0.000002"},
    }
    small = SMALL.replace('"litellm"', '"openrouter"').replace("[sources.litellm]", "[sources.openrouter]")
    (tmp_path / "own.toml").write_text(small)
    for rows in ([one], [low, one]):
        prices = {"data": {"id": "openai/gpt-5-mini", "endpoints": rows}}
        data, status, _ = ran(tmp_path, prices, source="openrouter", catalog=tmp_path / "own.toml")
        assert (status, data["verdict"], data["gone"]) == (0, "nothing to change", [])
    prices = {"data": {"id": "openai/gpt-5-mini", "endpoints": [low]}}
    data, status, _ = ran(tmp_path, prices, source="openrouter", catalog=tmp_path / "own.toml")
    assert status == 1 and "fp4 alone" in data["verdict"]


def test_a_file_is_honoured_for_every_source(tmp_path: Path) -> None:
    for source in ("litellm", "openrouter", "models.dev", "genai-prices", "model-prices"):
        with pytest.raises(InputError, match="missing"):
            ran(tmp_path, SAME, source=source, file=tmp_path / "missing.json")


def test_a_second_refresh_with_the_same_data_changes_nothing(tmp_path: Path) -> None:
    """One of three offers of gpt-5 searches the web: under half, so the model does not."""
    sellers = "".join(
        f'[providers.{name}]\n[offers."{name}/gpt-5"]\ninput = 1.25\noutput = 10.0\nsource = "litellm"\n'
        for name in ("azure", "openrouter")
    )
    sellers += "[providers.bedrock]\n"
    prices = {
        "gpt-5": entry(1.25, supports_web_search=True),
        "azure/gpt-5": entry(1.25, litellm_provider="azure"),
        "gpt-5-mini": entry(0.25, supports_function_calling=True),
        # New ones: the second time their names on the wire are known.
        "ai21.jamba-9-mini-v1:0": entry(0.4, litellm_provider="bedrock_converse"),
        "us.anthropic.claude-opus-9-v1:0": entry(5.5, litellm_provider="bedrock_converse"),
        "global.anthropic.claude-opus-9-v1:0": entry(5.0, litellm_provider="bedrock_converse"),
        "openrouter/openai/gpt-5": entry(1.25, litellm_provider="openrouter"),
    }
    first, status, overlay = ran(tmp_path, prices, sellers)
    assert status == 0 and set(first["new"]) == {"bedrock/jamba-9-mini", "bedrock/claude-opus-9"}
    text = overlay.read_text()
    assert "web_search" not in text and "tools" in text
    again, status, _ = ran(tmp_path, prices, sellers)
    assert status == 0 and again["verdict"] == "nothing to change"
    assert overlay.read_text() == text


def test_a_source_that_takes_an_offer_over_takes_its_limits_and_features_at_once(tmp_path: Path) -> None:
    more = (
        '[sources.other]\n[offers."openai/gpt-4o"]\ninput = 2.0\noutput = 9.0\nsource = "other"\n'
        "as_of = 2020-01-01\n[models.gpt-4o]\ncontext = 128_000\n"
    )
    prices = {"gpt-4o": entry(2.5, max_output_tokens=16_384, supports_vision=True)}
    prices |= {"gpt-5-mini": entry(0.25), "gpt-5-nano": entry(0.05), "gpt-5": entry(1.25)}
    prices |= {"gpt-4.1": entry(2.0)}
    first, _, overlay = ran(tmp_path, prices, more)
    assert any(move["offer"] == "openai/gpt-4o" and move["stands"] for move in first["moves"])
    text = overlay.read_text()
    assert "max_output = 16384" in text and "vision" in text
    assert ran(tmp_path, prices, more)[0]["verdict"] == "nothing to change" and overlay.read_text() == text


def test_notes_that_are_not_the_sources_own_stay(tmp_path: Path) -> None:
    note = "input limit 922,000 of a window of 1,050,000 tokens; a batch saves 50%, but of cache read 48%"
    note += "; a price until December"
    base = tmp_path / "c.toml"
    base.write_text(SMALL + f'note = "{note}"\n')  # of openai/gpt-4.1, the last one
    catalog = load_catalog(base)
    facts = {"id": "gpt-4.1", "input": 2.0, "output": 16.0}

    def noted(text: str) -> dict[str, dict[str, str]]:
        quote = Quote("openai", "gpt-4.1", {**facts, "note": text}, frozenset())
        return compare_quotes(catalog, [quote], "litellm", date(2026, 11, 27)).readings

    assert noted("a batch saves 50%, but of cache read 48%") == {}
    changed = noted("a batch saves 40%, but of output 50%")["openai/gpt-4.1"]["note"]
    assert changed == f"{note.partition('; ')[0]}; a batch saves 40%, but of output 50%"


def test_a_price_of_some_hours_changes_nothing_and_a_flat_price_ends_them(
    tmp_path: Path,
) -> None:
    base = tmp_path / "c.toml"
    base.write_text(SMALL + "hours = [{ share = 0.75, factor = 0.5 }]\n")  # of openai/gpt-4.1: 2 in, 16 out
    catalog = load_catalog(base)
    listed = catalog.offers["openai/gpt-4.1"]

    def changes(source: str, input_: float, output: float, **more: Any) -> Any:
        quote = Quote("openai", "gpt-4.1", {"id": "gpt-4.1", "input": input_, "output": output, **more})
        return compare_quotes(catalog, [quote], source, date(2026, 12, 1))

    half = changes("models.dev", listed.input / 2, listed.output / 2)
    assert (half.moves, half.terms) == ((), ())
    flat = changes("models.dev", listed.input * 0.9, listed.output * 0.9)
    assert [(move.field, move.stands) for move in flat.moves] == [("input", True), ("output", True)]
    assert [(term.field, term.new) for term in flat.terms] == [("hours", [])]
    same = [{"share": 0.75, "factor": 0.5}]
    assert changes("litellm", listed.input, listed.output, hours=same).terms == ()
    other = [{"share": 0.5, "factor": 0.5}]
    assert [term.field for term in changes("litellm", listed.input, listed.output, hours=other).terms] == [
        "hours"
    ]


def test_an_offer_that_states_its_own_features_gets_what_its_source_newly_says(tmp_path: Path) -> None:
    base = tmp_path / "c.toml"
    base.write_text(SMALL + 'features = ["vision"]\nfeatures_unknown = ["tools", "pdf"]\n')
    catalog = load_catalog(base)
    facts = {"id": "gpt-4.1", "input": 2.0, "output": 16.0}
    quote = Quote("openai", "gpt-4.1", facts, frozenset({"tools"}), lacks=frozenset({"vision"}))
    changes = compare_quotes(catalog, [quote], "litellm", date(2026, 11, 27))
    row = refresh_overrides(catalog, changes, "litellm", date(2026, 11, 27))["offers"]["openai/gpt-4.1"]
    assert (row["features"], row["features_unknown"]) == (["tools"], ["pdf"])
