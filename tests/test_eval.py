"""modelpick eval: six models of known pass rates behind a local server that speaks both protocols."""

from __future__ import annotations

import asyncio
import json
import random
import re
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from modelpick.engine import InputError, Routing
from modelpick.engine.adapters.catalog.file import load_spelled_out
from modelpick.engine.adapters.eval_run.grading import Nonsense, grade, judge
from modelpick.engine.adapters.eval_run.prompts import Prompt, read_prompts, sample_sessions
from modelpick.engine.adapters.eval_run.run import Answer, AnswerFile, Candidate, EvalRun, EvalSettings
from modelpick.engine.adapters.routers.endpoints import endpoint_of
from modelpick.engine.adapters.routing_file import load_routing
from modelpick.engine.commands import eval as command
from modelpick.engine.solver.analysis.value_of_information import plan_changes
from modelpick.engine.solver.compile.compiler import Compiler
from modelpick.engine.solver.pick import pick
from tests.engine.by_hand import MILLION, TODAY, market, offer, ran
from tests.loopback import JsonHandler, listening

KEY = "sk-very-secret-0001"
# Of the models that answer seven of ten, jade is the cheapest.
RATES = {"gold": 0.95, "ruby": 0.88, "jade": 0.80, "iron": 0.62, "clay": 0.50, "sand": 0.30}
PRICES = {"gold": 10.0, "ruby": 3.0, "jade": 2.0, "iron": 1.0, "clay": 0.5, "sand": 0.2}
BEST = "jade"
ITEMS = 250
ROUTING = """\
# mine
[labels.work]
requests = 1_000
input_tokens = 1_000
output_tokens = 1_000
skills = { coding = 1.0 }
min_quality = 70.0
max_models = 1
routes = [{ offer = "left/gold", share = 1.0 }]
"""


def passes(model: str, item: int) -> bool:
    return random.Random(f"{model} {item}").random() < RATES[model]


class Provider(JsonHandler):
    """Answers 42 as often as the model is right; as a judge it likes 42, or talks nonsense."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        server: Any = self.server
        body = self.sent_json()
        model, text = body["model"], body["messages"][-1]["content"]
        server.asked.append(
            (self.path, model, self.headers.get("x-api-key") or self.headers["authorization"])
        )
        if model in server.broken:
            self._send(server.broken[model], {"error": f"no, {KEY}"})
            return
        if "<answer_a>" in text:
            a, b = ("42" in text.split(f"<answer_{side}>")[1].split("</")[0] for side in "ab")
            words = server.nonsense or f"I see.\n**Verdict:** {'tie' if a == b else 'A' if a else 'B'}"
        else:
            words = "42" if passes(model, int(re.search(r"item (\d+)", text)[1])) else "41"  # type: ignore[index]
        if self.path == "/v1/messages":
            self._send(200, {"content": [{"type": "text", "text": words}],
                             "usage": {"input_tokens": 10, "output_tokens": 100}})  # fmt: skip
        else:
            self._send(200, {"choices": [{"message": {"content": words}}],
                             "usage": {"prompt_tokens": 10, "completion_tokens": 100}})  # fmt: skip

    def _send(self, status: int, content: object) -> None:
        self.answer(status, content, retry_after="0")


@pytest.fixture
def server() -> Iterator[Any]:
    with listening(Provider) as provider:
        provider.asked, provider.broken, provider.nonsense = [], {}, ""
        yield provider


def provider_of(model: str) -> str:
    return "left" if model in ("gold", "jade", "clay") else "right"


@pytest.fixture
def folder(tmp_path: Path, server: Any, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LEFT_API_KEY", KEY)
    monkeypatch.setenv("RIGHT_API_KEY", KEY)
    address = f"http://127.0.0.1:{server.server_address[1]}"
    lines = ["schema = 1", "as_of = 2026-11-23", "[benchmarks.code]", 'skill = "coding"']
    lines += ["[providers.left]", 'api = "openai"', f'base_url = "{address}/v1"']
    lines += ["[providers.right]", 'api = "anthropic"', f'base_url = "{address}"']
    for model, price in PRICES.items():
        lines += [f"[models.{model}]", "context = 100_000", "skills = { coding = 75.0 }"]
        lines += [f'[offers."{provider_of(model)}/{model}"]', f"input = {price}", f"output = {price}"]
    (tmp_path / "catalog.toml").write_text("\n".join(lines))
    (tmp_path / "routing.toml").write_text(ROUTING)
    write_prompts(tmp_path, ITEMS)
    return tmp_path


def write_prompts(folder: Path, count: int) -> None:
    rows = [{"prompt": f"The answer to item {n}?", "expected": "42"} for n in range(count)]
    (folder / "prompts.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))


def words(folder: Path, *more: str, offers: tuple[str, ...] = tuple(RATES)) -> list[str]:
    named = [word for model in offers for word in ("--offer", f"{provider_of(model)}/{model}")]
    files = [str(folder / name) for name in ("routing.toml", "prompts.jsonl")]
    return [*files, "--catalog", str(folder / "catalog.toml"), *named, *more]


def even_split(folder: Path) -> int:
    """Calls that the same run needs that asks every model the same number, on the same answers."""
    catalog = load_spelled_out(folder / "catalog.toml")
    prompts = read_prompts(folder / "prompts.jsonl", "work")
    candidates = [
        Candidate(model, model, endpoint_of(catalog, f"{provider_of(model)}/{model}"), KEY) for model in RATES
    ]
    kept = AnswerFile(folder / "even.jsonl")
    kept.answers = [
        Answer(prompt.id, prompt.digest, each.endpoint.offer, "exact", "", score, 100.0, 0.0, 0.1)
        for each in candidates
        for prompt in prompts
        for score in [float(passes(each.model, int(prompt.id) - 1))]
    ]
    trial = EvalRun(
        load_routing(folder / "routing.toml"),
        Compiler(catalog, date(2026, 11, 27)),
        EvalSettings("work", "exact", max_usd=1.0, even=True),
        candidates,
        prompts,
        answers=kept,
        on_progress=lambda _: None,
    )
    asyncio.run(trial.run())
    assert trial.settled and trial.calls == 0
    return sum(len(tally.scores) for tally in trial.tallies.values())


def test_the_best_of_six_is_found_with_half_of_an_even_splits_calls(folder: Path, server: Any) -> None:
    out = folder / "own.toml"
    text, status = ran(command, *words(folder, "-o", str(out), "--max-usd", "2"))
    assert status == 0 and "the plan would no longer change" in text
    routing, catalog = load_routing(out), load_spelled_out(folder / "catalog.toml")
    measured = routing.labels["work"].measured
    assert set(measured) == set(RATES) and out.read_text().startswith("# mine")
    plan = pick(routing, catalog, today=date(2026, 11, 27))
    assert plan.labels["work"].routes[0].offer == f"left/{BEST}"
    calls = len(server.asked)
    assert calls == sum(own.n or 0 for own in measured.values())
    assert calls <= even_split(folder) / 2
    # Every answer is kept, costs what it says, and is as the server gave it.
    kept = AnswerFile(folder / "prompts.jsonl.answers.jsonl").answers
    assert len(kept) == calls
    usd = sum(PRICES[answer.offer.partition("/")[2]] * 110 / 1e6 for answer in kept)
    assert sum(answer.usd for answer in kept) == pytest.approx(usd) and usd < 2
    assert measured["sand"].quality == pytest.approx(
        100 * sum(a.score or 0 for a in kept if a.offer == "right/sand") / (measured["sand"].n or 1), abs=1e-3
    )
    assert {path for path, model, _ in server.asked if model == "ruby"} == {"/v1/messages"}
    assert {key for _, _, key in server.asked} == {KEY, f"Bearer {KEY}"}


def test_it_stops_at_its_budget_and_goes_on_later(folder: Path, server: Any) -> None:
    # An answer may cost (22 / 2 + 100) tokens: of gold 0.0011 USD, so six first rounds need some 0.01.
    short = ("--max-tokens", "100", "--start", "2")
    text, status = ran(command, *words(folder, *short, "--max-usd", "0.002", "-o", str(folder / "x.toml")))
    assert status == 1 and "nothing written" in text and not (folder / "x.toml").exists()
    spent = len(server.asked)
    assert 0 < spent < 12
    kept = folder / "prompts.jsonl.answers.jsonl"
    kept.write_text(kept.read_text() + '{"prompt": "cut')  # as after a crash
    text, status = ran(command, *words(folder, *short, "--max-usd", "0.01", "--json"))
    facts = json.loads(text)
    assert status == 0 and not facts["settled"] and "another answer may cost" in facts["stopped"]
    assert facts["spent"] <= 0.01 and facts["calls"] == len(server.asked) - spent
    assert len(AnswerFile(kept).answers) == len(server.asked)


def test_an_offer_that_does_not_answer_is_left_out_and_said(
    folder: Path, server: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    write_prompts(folder, 10)
    server.broken = {"sand": 401, "clay": 400}
    text, status = ran(command, *words(folder, "--json", offers=("gold", "sand", "clay")))
    assert status == 0 and json.loads(text)["offers"]["right/sand"]["n"] == 0
    said = capsys.readouterr().err
    assert "sand is left out: the key in RIGHT_API_KEY was refused (401)" in said
    assert "clay is left out: answered 400" in said and KEY not in said + text


def test_a_judge_is_blind_and_asked_in_both_orders(folder: Path, server: Any) -> None:
    write_prompts(folder, 8)
    more = ("--judge", "left/gold", "--start", "8", "--json")
    facts = json.loads(ran(command, *words(folder, *more, offers=("jade", "sand")))[0])
    rate = {model: sum(passes(model, n) for n in range(8)) / 8 for model in ("jade", "sand")}
    # 42 is as good as the expected 42, half a point in each order; 41 loses in both.
    offers = facts["offers"]
    assert offers["left/jade"]["quality"] == pytest.approx(50 * rate["jade"])
    assert offers["right/sand"]["quality"] == pytest.approx(50 * rate["sand"])
    assert sum(model == "gold" for _, model, _ in server.asked) == 2 * 16


def test_a_judge_that_answers_nonsense_is_said(folder: Path, server: Any) -> None:
    server.nonsense = "I like turtles"
    with pytest.raises(
        InputError, match=r"left/gold: the judge answers nonsense \(no verdict: I like turtles\)"
    ):
        ran(
            command,
            *words(folder, "--judge", "left/gold", "-o", str(folder / "x.toml"), offers=("jade", "sand")),
        )
    assert not (folder / "x.toml").exists()


def test_a_judge_who_takes_the_first_gives_half() -> None:
    async def first(_: str) -> str:
        return "Verdict: A"

    async def silent(_: str) -> str:
        return ""

    prompt = Prompt("1", ({"role": "user", "content": "q"},), expected="e")
    judged = asyncio.run(judge(prompt, "mine", first))
    assert (judged.score, judged.verdicts) == (0.5, ("a", "a"))
    with pytest.raises(Nonsense):
        asyncio.run(judge(prompt, "mine", silent))


@pytest.mark.parametrize(
    ("kind", "facts", "right", "wrong"),
    [
        ("exact", {"expected": "42 "}, "42\n", "42."),
        ("regex", {"regex": r"\b4\d\b"}, "It is 42.", "420"),
        ("schema", {"schema": {"type": "object", "required": ["a"]}}, '```json\n{"a": 1}\n```', '{"b": 1}'),
        ("schema", {"schema": {"type": "object"}}, "{}", "no JSON"),
        ("command", {"expected": "42"}, "42", "41"),
    ],
)
def test_graders(kind: str, facts: dict[str, Any], right: str, wrong: str) -> None:
    prompt = Prompt("1", ({"role": "user", "content": "q"},), **facts)
    script = "import os, sys; sys.exit(sys.stdin.read() != os.environ['MODELPICK_EXPECTED'])"
    program = (sys.executable, "-c", script)
    assert (grade(prompt, right, kind, program), grade(prompt, wrong, kind, program)) == (1.0, 0.0)


def test_a_grader_sees_no_keys_and_must_be_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEFT_API_KEY", KEY)
    prompt = Prompt("1", ({"role": "user", "content": "q"},))
    script = "import os, sys; sys.exit('LEFT_API_KEY' in os.environ)"
    assert grade(prompt, "", "command", (sys.executable, "-c", script)) == 1.0
    with pytest.raises(InputError, match="--command: cannot be run"):
        grade(prompt, "", "command", ("no-such-program",))


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{", "line 2: is no JSON"),
        ("[]", "line 2: is no object"),
        ('{"promt": "a"}', r"line 2: promt: unknown key \(did you mean 'prompt'\?\)"),
        ('{"prompt": 1}', "line 2: prompt: should be a text"),
        ('{"prompt": " ", "expected": "x"}', "line 2: prompt: is empty"),
        ('{"messages": [{"role": "robot", "content": "x"}]}', "line 2: messages: should be a list"),
        ('{"prompt": "a", "id": "1", "expected": "x"}', "the id '1' stands twice"),
        ('{"prompt": "a"}', "not all have expected"),
    ],
)
def test_prompts_that_cannot_be_used(folder: Path, server: Any, line: str, message: str) -> None:
    (folder / "prompts.jsonl").write_text('{"prompt": "a", "expected": "b"}\n' + line + "\n")
    with pytest.raises(InputError, match=message):
        ran(command, *words(folder))
    assert server.asked == []


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (("--grade", "regex"), "line 1: graded by regex, it needs regex"),
        (("--grade", "judge"), "--grade judge needs --judge"),
        (("--judge", "left/gold", "--grade", "exact"), "--judge goes with --grade judge"),
        (("--label", "wrk"), r"no label 'wrk' \(did you mean 'work'\?\)"),
        (("--offer", "left/gld"), "unknown offer 'left/gld'"),
        (("--from-logs", "."), "needs PROMPTS, or --from-logs DIR"),
        (("--answers", "routing.toml"), "holds no answers of modelpick eval"),
    ],
)
def test_options_that_do_not_go(
    folder: Path, server: Any, monkeypatch: pytest.MonkeyPatch, more: tuple[str, ...], message: str
) -> None:
    monkeypatch.chdir(folder)
    with pytest.raises(InputError, match=message):
        ran(command, *words(folder, *more))
    assert server.asked == []


def test_without_a_key_or_a_second_model_nothing_is_sent(
    folder: Path, server: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(InputError, match="at least two offers of different models"):
        ran(command, *words(folder, offers=("gold",)))
    monkeypatch.delenv("RIGHT_API_KEY")
    text, status = ran(command, *words(folder, "--dry-run"))
    assert status == 0 and "RIGHT_API_KEY" in text and "nothing is sent" in text
    with pytest.raises(InputError, match="right/ruby: no key: set RIGHT_API_KEY"):
        ran(command, *words(folder))
    assert server.asked == []


def test_prompts_of_logs_need_consent(tmp_path: Path) -> None:
    rows = [
        {"type": "summary", "summary": "x"},
        {"type": "user", "isMeta": True, "message": {"role": "user", "content": "<command>"}},
        {"type": "user", "message": {"role": "user", "content": "Fix the test"}},
        {"type": "assistant", "message": {"content": [{"type": "tool_use", "name": "Bash"}]}},
        {"type": "assistant", "message": {"content": [{"type": "text", "text": "Fixed."}]}},
    ]
    text = "".join(json.dumps(row) + "\n" for row in rows) + '{"type": "us'
    (tmp_path / "one.jsonl").write_text(text)
    (tmp_path / "two.jsonl").write_text(json.dumps(rows[0]) + "\n")
    with pytest.raises(InputError, match="--consent says that they may"):
        sample_sessions(tmp_path, 5, consent=False)
    (tmp_path / "routing.toml").write_text(ROUTING)
    options = ("--from-logs", str(tmp_path), "--consent", "--offer", "openai/gpt-5")
    with pytest.raises(InputError, match="graded by --judge OFFER or --command CMD"):
        ran(command, str(tmp_path / "routing.toml"), *options)
    [prompt] = sample_sessions(tmp_path, 5, consent=True)
    assert (prompt.text, prompt.expected) == ("Fix the test", "Fixed.")


def test_what_more_tests_of_a_model_do_to_the_plan() -> None:
    # A million requests of one token: good costs 3 USD, cheap 1; seventy points are asked for.
    catalog = market({"p/good": offer(3), "p/cheap": offer(1)}, good={}, cheap={})
    own = {"good": {"quality": 80.0, "n": 10}, "cheap": {"quality": 60.0, "n": 10}}
    label = {**MILLION, "min_quality": 70.0, "max_models": 1, "measured": own}
    routing = Routing.model_validate({"labels": {"work": label}})
    outcomes = {"cheap": (50.0, 90.0), "good": (60.0, 90.0)}
    changes = plan_changes(routing, Compiler(catalog, TODAY), "work", outcomes, 10.0)
    # cheap at 90 takes the place of good: 2 USD less, half of the time. good at 60 leaves no plan: all 3.
    assert (changes["cheap"].chance, changes["cheap"].change) == (0.5, pytest.approx(1.0))
    assert (changes["good"].chance, changes["good"].change) == (0.5, pytest.approx(1.5))
    assert changes["good"].is_used and not changes["cheap"].is_used
    sure = plan_changes(routing, Compiler(catalog, TODAY), "work", {"cheap": (50.0, 69.0)}, 10.0)
    assert sure["cheap"].chance == sure["cheap"].change == 0.0
