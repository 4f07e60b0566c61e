"""The run: which offer is asked next, until the plan would no longer change, money or prompts are used up.

After a start with a few prompts each, the next batch goes to the offer whose quality, as it may yet turn out
(ten equally likely values of its Beta posterior), moves the plan's objective most for the money that asking
costs. An offer that changes the plan at none of them is settled; when all are, the run ends.

Answers are kept as they come, a line of JSON each, and not asked for again.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ...domain.errors import InputError
from ...domain.routing import Measured, Routing
from ..routers.endpoints import Endpoint
from .asking import AskError, ask, max_cost
from .grading import JUDGE_PROMPT, MAX_NONSENSE, Nonsense, grade, judge

if TYPE_CHECKING:
    import httpx

    from ...solver.compile.compiler import Compiler
    from .prompts import Prompt
import json
from dataclasses import asdict, fields
from pathlib import Path

from ..disk import append_line, exists, read_text


@dataclass(frozen=True)
class Answer:
    """One answer of an offer to a prompt, and its grade, 0 to 1; `score` None: it could not be graded."""

    prompt: str
    digest: str  # of the prompt
    offer: str
    grader: str
    text: str
    score: float | None
    output_tokens: float
    usd: float
    seconds: float
    verdicts: str = ""

    @property
    def key(self) -> tuple[str, str, str]:
        """What makes asking again needless."""
        return self.offer, self.digest, self.grader


class AnswerFile:
    """A file of answers, which grows line by line."""

    def __init__(self, path: Path) -> None:
        """Reads what is there; lines that were cut off are dropped. Raises InputError for another file."""
        self.path = path
        self.answers: list[Answer] = []
        self.damaged = 0
        self._cut = False
        if not exists(path):
            return
        text = read_text(path)
        self._cut = bool(text) and not text.endswith("\n")
        for number, line in enumerate(text.split("\n"), 1):
            if not line.strip():
                continue
            try:
                row = json.loads(line)
            except (ValueError, RecursionError):
                self.damaged += 1
                continue
            try:
                self.answers.append(Answer(**{field.name: row[field.name] for field in fields(Answer)}))
            except (KeyError, TypeError):
                raise self._foreign(f"{path}: line {number}") from None
        if self.damaged and not self.answers:
            raise self._foreign(str(path))

    @staticmethod
    def _foreign(where: str) -> InputError:
        return InputError("holds no answers of modelpick eval: name another file with --answers", where=where)

    def add(self, answer: Answer) -> None:
        """Keep one more, on disk at once. Raises InputError."""
        line = json.dumps(asdict(answer), ensure_ascii=False)
        append_line(self.path, ("\n" if self._cut else "") + line)
        self._cut = False
        self.answers.append(answer)


OUTCOMES = 10  # values that a quality may turn out to have, each as likely
MAX_FAILURES = 3  # requests of an offer that fail in a row before it is left out
_SOLVE_SECONDS = 10.0
_JUDGE_TOKENS = 2_000


@dataclass(frozen=True)
class Candidate:
    """An offer under test: `model` as the catalogue's table has it, `measured` as a routing file names it."""

    model: str
    measured: str
    endpoint: Endpoint
    key: str


@dataclass(frozen=True)
class EvalSettings:
    """What is tested and how; `start` prompts each, then `batch` at a time; `min_gain` in the objective."""

    label: str
    grader: str
    max_usd: float
    command: tuple[str, ...] = ()
    judge: Candidate | None = None
    max_tokens: int = 2_000
    timeout: float = 120.0
    start: int = 5
    batch: int = 5
    parallel: int = 4
    min_gain: float = 0.1
    even: bool = False  # every offer the same number of prompts: what the choice is measured against


@dataclass
class Tally:
    """What an offer has answered so far; scores from 0 to 1."""

    scores: list[float] = field(default_factory=list)
    tokens: list[float] = field(default_factory=list)
    usd: float = 0.0
    failures: int = 0

    def measured(self) -> Measured:
        """As a label has it."""
        n = len(self.scores)
        tokens = sum(self.tokens) / n
        figures = {"quality": round(100 * sum(self.scores) / n, 4), "n": n}
        return Measured.model_validate(figures | ({"output_tokens": round(tokens, 1)} if tokens else {}))


class JudgeError(Exception):
    """The judge answers nonsense."""


class EvalRun:
    """One run; `tallies` by the candidates' models, `stop_reason` in words once it has ended."""

    def __init__(
        self,
        routing: Routing,
        compiler: Compiler,
        settings: EvalSettings,
        candidates: Sequence[Candidate],
        prompts: Sequence[Prompt],
        *,
        answers: AnswerFile,
        on_progress: Callable[[EvalRun], None],
    ) -> None:
        self.routing, self.compiler, self.settings = routing, compiler, settings
        self.candidates = {each.model: each for each in candidates}
        self.prompts = list(prompts)
        random.Random(0).shuffle(self.prompts)  # the same for all: what is asked first is a fair sample
        self.answers, self.on_progress = answers, on_progress
        self.tallies = {each.model: Tally() for each in candidates}
        self.dropped: dict[str, str] = {}
        self.calls = 0
        self.spent = self._reserved = 0.0
        self.stop_reason = ""
        self.settled = False
        self._nonsense = 0
        self._asked_pairs: set[tuple[str, str]] = set()  # model and prompt
        self._given_up: set[tuple[str, str]] = set()
        self._known = {answer.key: answer for answer in answers.answers}

    @property
    def live(self) -> list[Candidate]:
        """The candidates that answer."""
        return [each for model, each in self.candidates.items() if model not in self.dropped]

    @property
    def is_usable(self) -> bool:
        """Whether every candidate that answers has its first prompts graded."""
        first = min(self.settings.start, len(self.prompts))
        return bool(self.live) and all(len(self.tallies[each.model].scores) >= first for each in self.live)

    async def run(self) -> None:
        """Ask until it ends. Raises JudgeError."""
        from ..network import secret_client

        async with secret_client(self.settings.timeout) as client:
            first = min(self.settings.start, len(self.prompts))
            for each in list(self.live):
                await self._ask(client, each, first)
                if self.stop_reason:
                    return
            while not self.stop_reason:
                chosen = self._next()
                for each in chosen:
                    await self._ask(client, each, len(self.tallies[each.model].scores) + self.settings.batch)

    def with_measured(self) -> Routing:
        """The routing with what is measured so far."""
        label = self.routing.labels[self.settings.label]
        own = {
            self.candidates[model].measured: tally.measured()
            for model, tally in self.tallies.items()
            if tally.scores and model not in self.dropped
        }
        changed = label.model_copy(update={"measured": {**label.measured, **own}})
        return self.routing.model_copy(
            update={"labels": {**self.routing.labels, self.settings.label: changed}}
        )

    def _next(self) -> list[Candidate]:
        """The offers to ask now; none, with the reason, where the run has ended."""
        from ...solver.analysis.value_of_information import plan_changes

        if not self.live:
            self.stop_reason = "no offer answers"
            return []
        outcomes = {each.model: self._outcomes(self.tallies[each.model]) for each in self.live}
        changes = plan_changes(
            self.with_measured(), self.compiler, self.settings.label, outcomes, _SOLVE_SECONDS
        )
        # That a model of the plan may not be good enough matters whatever it costs.
        least = max(self.settings.min_gain, 1e-9)
        open_ones = [
            each
            for each in self.live
            if (ahead := changes[each.model]).chance > 0 and (ahead.is_used or ahead.change >= least)
        ]
        if not open_ones:
            self.settled = True
            self.stop_reason = "the plan would no longer change"
            return []
        asking = self.live if self.settings.even else open_ones
        left = [each for each in asking if len(self.tallies[each.model].scores) < self._prompts_left(each)]
        if not left:
            self.stop_reason = "the prompts are used up: more of them could still change the plan"
            return []
        if self.settings.even:
            return left
        return [max(left, key=lambda each: changes[each.model].change / self._cost(each))]

    def _prompts_left(self, each: Candidate) -> int:
        return len(self.prompts) - self._failed(each)

    def _failed(self, each: Candidate) -> int:
        return sum(1 for model, _ in self._given_up if model == each.model)

    @staticmethod
    def _outcomes(tally: Tally) -> list[float]:
        import numpy as np
        from scipy.special import betaincinv

        passes = sum(tally.scores)
        chances = (np.arange(OUTCOMES) + 0.5) / OUTCOMES
        return [float(q) for q in 100 * betaincinv(passes + 1, len(tally.scores) - passes + 1, chances)]

    def _cost(self, each: Candidate) -> float:
        """USD that an answer has cost so far, else may cost."""
        tally = self.tallies[each.model]
        if tally.scores and tally.usd:
            return tally.usd / len(tally.scores)
        return max(max_cost(each.endpoint, self.prompts[0].text, self.settings.max_tokens), 1e-9)

    async def _ask(self, client: httpx.AsyncClient, each: Candidate, up_to: int) -> None:
        """Have so many prompts of an offer graded; what is known already is not asked."""
        gate = asyncio.Semaphore(self.settings.parallel)
        tally, asked = self.tallies[each.model], self._asked_pairs
        todo: list[Prompt] = []
        for prompt in self.prompts:
            if len(tally.scores) + len(todo) >= up_to:
                break
            if (each.model, prompt.id) in asked:
                continue
            asked.add((each.model, prompt.id))
            answer = self._known.get((each.endpoint.offer, prompt.digest, self.grader))
            if answer is not None and answer.score is not None:
                self._count(each, answer, is_new=False)
            else:
                todo.append(prompt)

        async def answer_one(prompt: Prompt) -> None:
            async with gate:
                if not self.stop_reason and each.model not in self.dropped:
                    await self._asked(client, each, prompt)

        endings = await asyncio.gather(*(answer_one(prompt) for prompt in todo), return_exceptions=True)
        self.on_progress(self)
        for error in endings:
            if isinstance(error, BaseException):
                raise error

    @property
    def grader(self) -> str:
        """The grader with what it is made of, by which kept answers are known to have been graded so."""
        parts = [self.settings.grader, *self.settings.command]
        return " ".join([*parts, *([self.settings.judge.endpoint.offer] if self.settings.judge else [])])

    async def _asked(self, client: httpx.AsyncClient, each: Candidate, prompt: Prompt) -> None:
        """One prompt: asked, graded, kept."""
        settings, judging = self.settings, self.settings.judge
        most = max_cost(each.endpoint, prompt.text, settings.max_tokens)
        if judging is not None:
            text = JUDGE_PROMPT + prompt.text + (prompt.expected or "")
            judged = max_cost(judging.endpoint, text, _JUDGE_TOKENS) * 2
            most += judged + judging.endpoint.facts.input * 2 * settings.max_tokens / 1e6
        if self.spent + self._reserved + most > settings.max_usd:
            self.stop_reason = (
                f"another answer may cost {most:.2g} USD, more than what is left of the {settings.max_usd:g}"
            )
            return
        self._reserved += most  # until what it did cost is counted, as others are asked meanwhile
        try:
            await self._answered(client, each, prompt, most)
        finally:
            self._reserved -= most

    async def _answered(
        self, client: httpx.AsyncClient, each: Candidate, prompt: Prompt, most: float
    ) -> None:
        settings = self.settings
        try:
            reply = await ask(
                client,
                each.endpoint,
                each.key,
                prompt.messages,
                max_tokens=settings.max_tokens,
                timeout=settings.timeout,
            )
        except AskError as error:
            self._failure(each, prompt, error, most)
            return
        self.calls += 1
        self.tallies[each.model].failures = 0
        score, usd, verdicts = await self._graded(client, prompt, reply.text)
        answer = Answer(
            prompt=prompt.id,
            digest=prompt.digest,
            offer=each.endpoint.offer,
            grader=self.grader,
            text=reply.text,
            score=score,
            output_tokens=reply.output_tokens,
            usd=reply.usd + usd,
            seconds=round(reply.seconds, 3),
            verdicts=verdicts,
        )
        self.answers.add(answer)
        self._count(each, answer, is_new=True)
        if self._nonsense >= MAX_NONSENSE:
            raise JudgeError(verdicts)

    def _failure(self, each: Candidate, prompt: Prompt, error: AskError, most: float) -> None:
        tally = self.tallies[each.model]
        self._given_up.add((each.model, prompt.id))
        tally.failures += 1
        if error.billed:
            self.spent += most  # the cap counts it as if it had run to its end
        if tally.failures >= MAX_FAILURES or (not tally.scores and len(self.prompts) <= tally.failures):
            self.dropped[each.model] = str(error)

    async def _graded(
        self, client: httpx.AsyncClient, prompt: Prompt, text: str
    ) -> tuple[float | None, float, str]:
        """The score, what a judge has cost, and its verdicts, or what it said instead."""
        settings, judging = self.settings, self.settings.judge
        if judging is None:
            return (
                await asyncio.to_thread(grade, prompt, text, settings.grader, settings.command),
                0.0,
                "",
            )
        usd = 0.0

        async def ask_judge(question: str) -> str:
            nonlocal usd
            assert judging is not None
            reply = await ask(
                client,
                judging.endpoint,
                judging.key,
                [{"role": "user", "content": question}],
                max_tokens=_JUDGE_TOKENS,
                timeout=settings.timeout,
            )
            usd += reply.usd
            return reply.text

        try:
            judgement = await judge(prompt, text, ask_judge)
        except Nonsense as error:
            self._nonsense += 1
            return None, usd, f"no verdict: {error}"
        except AskError as error:
            raise InputError(f"the judge does not answer: {error}", where=judging.endpoint.offer) from None
        self._nonsense = 0
        return judgement.score, usd, " ".join(judgement.verdicts)

    def _count(self, each: Candidate, answer: Answer, *, is_new: bool) -> None:
        tally = self.tallies[each.model]
        self.spent += answer.usd
        tally.usd += answer.usd
        if answer.score is not None:
            tally.scores.append(answer.score)
            tally.tokens.append(answer.output_tokens)
        elif is_new:
            self._given_up.add((each.model, answer.prompt))


def measured_of(run: EvalRun) -> Mapping[str, Measured]:
    """Key -> figures, of the candidates that answered."""
    return {
        run.candidates[model].measured: tally.measured()
        for model, tally in run.tallies.items()
        if tally.scores and model not in run.dropped
    }
