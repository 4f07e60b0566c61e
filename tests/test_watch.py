"""modelpick watch: two recorded days of a source, sources that cannot be used, subscriptions by the logs."""

from __future__ import annotations

import argparse
import json
import socket
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest

from modelpick.engine import InputError
from modelpick.engine.adapters import network
from modelpick.engine.adapters.report.watch import watch_json, watch_markdown, watch_text
from modelpick.engine.adapters.routing_file import load_routing
from modelpick.engine.adapters.watch import WatchReport
from modelpick.engine.commands import watch as command
from tests.engine.by_hand import ran

DAYS = Path(__file__).parent / "fixtures" / "watch"
FIRST, SECOND = "2026-11-24", "2026-11-26"
TODAY = date(2026, 11, 27)
CATALOG = """
schema = 1
as_of = 2026-11-20
[sources.litellm]
[providers.openai]
[models.gpt-5-nano]
context = 400_000
skills = { coding = 40.0 }
[models.gpt-5-mini]
context = 400_000
skills = { coding = 60.0 }
[models.gpt-5]
context = 400_000
skills = { coding = 80.0 }
[models."gpt-4.1"]
context = 1_000_000
skills = { coding = 78.0 }
[offers."openai/gpt-5-nano"]
input = 0.05
output = 0.40
source = "litellm"
[offers."openai/gpt-5-mini"]
input = 0.25
output = 2.0
source = "litellm"
[offers."openai/gpt-5"]
input = 1.25
output = 10.0
source = "litellm"
[offers."openai/gpt-4.1"]
input = 2.0
output = 16.0
source = "litellm"
[plans.coder]
provider = "openai"
usd_per_month = 100.0
models = ["gpt-5"]
allowance = { usd = 1_000.0 }
max_units = 1
"""
# A hundred million tokens each, a hundred times the price per million: gpt-5 for 125 USD, gpt-5-nano for 5.
ROUTING = """\
# kept
[labels.work]
requests = 100_000
input_tokens = 1_000
output_tokens = 0
skills = { coding = 1.0 }
min_quality = 75.0
max_models = 1
routes = [{ offer = "openai/gpt-5", share = 1.0 }]

[labels.small]
requests = 100_000
input_tokens = 1_000
output_tokens = 0
skills = { coding = 1.0 }
min_quality = 30.0
max_models = 1
routes = [{ offer = "openai/gpt-5-nano", share = 1.0 }]
fallbacks = ["openai/gpt-5-mini"]
"""

Look = Callable[..., WatchReport]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "catalog.toml").write_text(CATALOG)
    (tmp_path / "routing.toml").write_text(ROUTING)
    return tmp_path


def words(folder: Path, source: Path | None, day: str, *more: str) -> list[str]:
    files = {"--catalog": "catalog.toml", "--overlay": "overlay.toml", "--memory": "memory.json"}
    given = [word for name, file in files.items() for word in (name, str(folder / file))]
    given += ["--as-of", day] + ([] if source is None else ["--file", str(source)])
    return [str(folder / "routing.toml"), *given, *more]


def look(folder: Path, source: Path | None, day: str, *more: str, today: date = TODAY) -> WatchReport:
    parser = argparse.ArgumentParser()
    command.arguments(parser)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--catalog", type=Path)
    return command.watched(parser.parse_args(words(folder, source, day, *more)), today)


def written(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()} - {
        "catalog.toml",
        "routing.toml",
        "day.json",
        "logs.jsonl",
    }


def test_two_recorded_days(folder: Path) -> None:
    """The second day has a price cut and a last day: the retirement, the cut and the new plan are named."""
    quiet = look(folder, DAYS / f"{FIRST}.json", FIRST, today=date(2026, 11, 25))
    assert not quiet.asks and quiet.gain == pytest.approx(0.0)
    assert watch_text(quiet).endswith("routing.toml: nothing to do, the routes are the best plan")

    report = look(folder, DAYS / f"{SECOND}.json", SECOND, "-o", str(folder / "new.toml"))
    # gpt-4.1 for 50 instead of gpt-5 for 125; gpt-5-mini for 25 instead of gpt-5-nano, which goes, for 5.
    assert report.asks and report.gain == pytest.approx(130 - 75) and report.since == date(2026, 11, 26)
    text = watch_text(report)
    head = text.splitlines()[0]
    assert head.endswith("another plan is better by 55.00 USD a month; 1 offer in use retires soon")
    assert ["openai/gpt-4.1", "input", "2", "0.5", "-75%"] in [line.split() for line in text.splitlines()]
    assert "openai/gpt-5-nano retires on 2026-12-20, in 23 days (used by small)" in text
    assert "new plan: 130.00 -> 75.00 USD a month, quality 60.0 -> 69.0, 55.00 USD a month better" in text
    assert "since 2026-11-26; without what retires within 60 days" in text
    body = watch_markdown(report)
    assert body.startswith("<!-- modelpick watch -->\n### ⚠️ modelpick watch: ")
    assert body.count("- [ ] ") == 2 and "| work | openai/gpt-5 | openai/gpt-4.1 | 125.00 → 50.00 |" in body
    facts = watch_json(report)
    assert (facts["gain"], facts["since"]) == (pytest.approx(55), "2026-11-26")
    assert facts["retiring"][0]["offer"] == "openai/gpt-5-nano" and json.dumps(facts)
    new = load_routing(folder / "new.toml")
    assert [label.routes[0].offer for label in new.labels.values()] == ["openai/gpt-4.1", "openai/gpt-5-mini"]
    assert (folder / "new.toml").read_text().startswith("# kept")

    # Two days later nothing has moved, and since when it is better is remembered.
    later = look(folder, DAYS / f"{SECOND}.json", SECOND, today=date(2026, 11, 29))
    assert later.is_better and later.since == date(2026, 11, 26) and not later.moves
    # The plan is taken: all is quiet again, and the memory of it ends.
    (folder / "routing.toml").write_text((folder / "new.toml").read_text())
    taken = look(folder, DAYS / f"{SECOND}.json", SECOND)
    assert not taken.asks and json.loads((folder / "memory.json").read_text())["better_since"] is None


def test_what_was_better_before_anything_was_watched_has_no_day(folder: Path) -> None:
    text = (folder / "routing.toml").read_text()
    (folder / "routing.toml").write_text(text.replace("openai/gpt-5-nano", "openai/gpt-5"))
    report = look(folder, DAYS / f"{FIRST}.json", FIRST)
    assert report.gain == pytest.approx(120) and report.since is None  # 250 now, 130 at best
    assert "already before this day" in watch_text(report)
    assert not look(folder, DAYS / f"{FIRST}.json", FIRST, "--min-gain", "121").asks


def test_the_exit_status_is_for_cron(folder: Path) -> None:
    assert ran(command, *words(folder, DAYS / f"{FIRST}.json", FIRST, "--dry-run"))[1] == 0
    assert written(folder) == set()
    text, status = ran(command, *words(folder, DAYS / f"{SECOND}.json", SECOND, "--format", "github"))
    assert status == 1 and text.startswith("<!-- modelpick watch -->")
    assert written(folder) == {"overlay.toml", "memory.json"}
    assert json.loads(ran(command, *words(folder, DAYS / f"{SECOND}.json", SECOND, "--json"))[0])["asks"]


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda text: text[: len(text) // 2], "not valid JSON"),
        (lambda text: text.replace('"input_cost_per_token": 5e-07', '"input_cost_per_token": 0.002'),
         "openai/gpt-4.1 input would go from 2 to 2000; nothing is written"),
        (lambda text: '{"gpt-5": ' + json.dumps(json.loads(text)["gpt-5"]) + "}", "3 of 4 offers that came"),
        (lambda text: "{}", "4 of 4 offers that came"),
    ],
    ids=["half a file", "a thousandfold", "most are missing", "nothing"],
)  # fmt: skip
def test_a_source_that_cannot_be_used(folder: Path, damage: Callable[[str], str], message: str) -> None:
    source = folder / "day.json"
    source.write_text(damage((DAYS / f"{SECOND}.json").read_text()))
    with pytest.raises(InputError, match=message) as raised:  # exit status 2
        look(folder, source, SECOND)
    assert "day.json" in str(raised.value) and written(folder) == set()


def test_a_price_of_zero_is_said_and_not_taken(folder: Path) -> None:
    source = folder / "day.json"
    source.write_text((DAYS / f"{SECOND}.json").read_text().replace(": 5e-07", ": 0"))
    report = look(folder, source, SECOND, "--retiring", "0")
    assert "openai/gpt-4.1 stays as it is: no price, or a price of zero" in watch_text(report)
    assert "gpt-4.1" in watch_markdown(report) and not report.asks
    assert "gpt-4.1" not in (folder / "overlay.toml").read_text()


def test_an_offer_in_use_that_is_no_longer_listed_asks(folder: Path) -> None:
    source = folder / "day.json"
    day = json.loads((DAYS / f"{FIRST}.json").read_text())
    source.write_text(json.dumps({name: entry for name, entry in day.items() if name != "gpt-5"}))
    report = look(folder, source, SECOND)
    assert report.asks and "openai/gpt-5 is no longer in the source's list" in watch_text(report)


def test_a_source_that_is_down(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    from modelpick.engine.adapters.catalog.prices import litellm

    monkeypatch.setattr(litellm, "URL", f"http://127.0.0.1:{port}/prices.json")
    monkeypatch.setattr(network, "RETRY_PAUSE", 0.0)
    with pytest.raises(InputError, match="cannot be reached"):
        look(folder, None, SECOND)
    assert written(folder) == set()


def test_files_that_cannot_be_used(folder: Path) -> None:
    (folder / "memory.json").write_text("[]")
    with pytest.raises(InputError, match=r"memory.json: is no memory of modelpick watch: delete it"):
        look(folder, DAYS / f"{FIRST}.json", FIRST)
    (folder / "memory.json").unlink()
    with pytest.raises(InputError, match=r"unknown plan 'codr' \(did you mean 'coder'\?\)"):
        look(folder, DAYS / f"{FIRST}.json", FIRST, "--plan", "codr")
    (folder / "routing.toml").write_text(
        "\n".join(line for line in ROUTING.splitlines() if "routes" not in line)
    )
    with pytest.raises(InputError, match=r"routing.toml: has no routes to check"):
        look(folder, DAYS / f"{FIRST}.json", FIRST)
    (folder / "routing.toml").unlink()
    with pytest.raises(InputError, match=r"routing.toml: no such file"):
        look(folder, DAYS / f"{FIRST}.json", FIRST)
    assert not (folder / "overlay.toml").exists()


def test_a_route_that_breaks_a_rule_asks_for_another_plan(folder: Path) -> None:
    text = (folder / "routing.toml").read_text()
    (folder / "routing.toml").write_text(
        text.replace('offer = "openai/gpt-5",', 'offer = "openai/gpt-5-mini",')
    )
    report = look(folder, DAYS / f"{FIRST}.json", FIRST)
    assert report.asks and report.gain is None
    assert "1 rule broken" in watch_text(report) and "new plan: 30.00 -> 130.00 USD a month" in watch_text(
        report
    )


def test_without_a_source_only_the_catalogue_is_asked(folder: Path) -> None:
    given = [str(folder / "routing.toml"), "--catalog", str(folder / "catalog.toml"), "--from", "none"]
    text, status = ran(command, *given, "--memory", str(folder / "memory.json"))
    assert status == 0 and "nothing to do" in text and written(folder) == {"memory.json"}


def test_the_best_for_the_money_gains_points(folder: Path) -> None:
    text = ROUTING.replace(
        "[labels.work]", 'objective = "quality"\n[limits]\nbudget = 200.0\n[labels.work]', 1
    )
    (folder / "routing.toml").write_text(text)
    report = look(folder, DAYS / f"{SECOND}.json", SECOND, "--retiring", "0")
    # 80 and 40 of 100 now, 60 on average, for 130 USD. With 200, gpt-4.1 at 50 USD each gives 78 and with
    # gpt-5 for one of them, 175 USD, 80 and 78: 79.
    assert report.gain == pytest.approx(19) and "better by 19.0 points" in watch_text(report)


def logs(folder: Path, input_tokens: int) -> Path:
    """LiteLLM's spend logs of thirty days: one request a day with gpt-5."""
    path, start = folder / "logs.jsonl", date(2026, 10, 28)
    rows = [
        {
            "request_id": f"r{n}",
            "call_type": "acompletion",
            "startTime": f"{start + timedelta(days=n)}T10:00:00Z",
            "endTime": f"{start + timedelta(days=n)}T10:00:05Z",
            "model": "gpt-5",
            "custom_llm_provider": "openai",
            "prompt_tokens": input_tokens,
            "completion_tokens": 0,
            "total_tokens": input_tokens,
            "spend": 0.0,
            "metadata": "{}",
        }
        for n in range(31)
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def test_whether_a_subscription_pays_by_the_logs(folder: Path) -> None:
    more = ("--plan", "coder", "--usage", str(logs(folder, 4_000_000)))
    report = look(folder, DAYS / f"{FIRST}.json", FIRST, *more)
    [coder] = report.subscriptions
    # Some 30 requests of 4M tokens at 1.25 USD per million: 5 USD each, about 152 a month.
    assert coder.pays and not coder.turned and 145 < coder.covered < 160
    assert coder.saves == pytest.approx(coder.covered - 100) and not report.asks
    assert "(traffic of the logs)" in watch_text(report)


def test_a_subscription_stops_paying_and_starts_again(folder: Path) -> None:
    first = look(folder, DAYS / f"{FIRST}.json", FIRST, "--plan", "all")
    [coder] = first.subscriptions  # 125 USD of gpt-5, of which it covers all, for 100
    assert (coder.pays, coder.turned, coder.saves) == (True, False, pytest.approx(25)) and not first.asks
    fewer = ROUTING.replace("requests = 100_000", "requests = 70_000")  # 87.50 USD
    (folder / "routing.toml").write_text(fewer)
    second = look(folder, DAYS / f"{FIRST}.json", FIRST, "--plan", "coder")
    assert second.asks and second.subscriptions[0].turned and not second.subscriptions[0].pays
    assert "coder stops paying: its 100.00 USD a month are more than what it would cover" in watch_text(
        second
    )
    third = look(folder, DAYS / f"{FIRST}.json", FIRST, "--plan", "coder")
    assert not third.asks and f"coder (since {TODAY}) does not pay (traffic of" in watch_text(third)
    (folder / "routing.toml").write_text(ROUTING)
    fourth = look(folder, DAYS / f"{FIRST}.json", FIRST, "--plan", "coder")
    assert "coder starts to pay" in watch_text(fourth) and "coder starts to pay" in watch_markdown(fourth)
    assert watch_json(fourth)["subscriptions"][0]["turned"] is True
