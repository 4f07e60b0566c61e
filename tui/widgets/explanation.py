"""The why panel: what a step of each rule costs, what is out and for which reason, and what comes next."""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, ClassVar

from rich.cells import cell_len
from textual import on
from textual.binding import Binding, BindingType

from ...engine.domain.errors import InputError
from ...engine.domain.formatting import cents
from ...engine.domain.rules import LIMITS, UNKNOWN_FIGURE_RULES, RulePath, confidences, priced_in, spec_of
from .. import formatting
from ..messages import ExplanationsReady
from .line_list import Line, LinePanel

if TYPE_CHECKING:
    from ...engine.domain.explanation import AssumedRoute, MissingFigures, RulePrice
    from ...engine.domain.marks import Marks, Signs
    from ...engine.domain.routing import Routing


_NO_RULES = frozenset({"out", "next", "missing", "mix", "units", "ranges"})  # no rule's price
_SLOW = frozenset({"missing", "units", "ranges"})  # parts that the others do not wait for
_NEXT, _NEXT_SHORT, _RULED_OUT = " next best  ", " next  ", " ruled out  "
_LOW, _HIGH, _WITH_UNITS = 4, 12, 50  # lines of a panel; cells of one that has room for units
_ALL = 1_000
_FREE = "no rule here costs anything"
_TOP = ("top",)  # no line stands for it
_MIN_GAIN = 0.005  # USD a month, or points of quality: less is not said
_MAX_GROUP = 200  # offers shown of an opened group


def parts_of(routing: Routing, section: RulePath, has_plan: bool) -> list[str]:
    """The parts that explain a section, as the solver's `reasons` names them."""
    parts = [] if section == LIMITS else ["out"]
    if not has_plan:
        return parts
    rules = priced_in(routing, section)
    parts += map(str, rules)
    parts += [str(path) for path in confidences(routing) if path.parent == section]
    parts += ["ranges"] if any(spec_of(path).has_shadow_price for path in rules) else []
    if section != LIMITS:
        return [*parts, "next", "missing"]
    if any(label.max_models == 1 for label in routing.labels.values()):
        parts.append("mix")
    return [*parts, "units"] if routing.limits.plans else parts


@dataclass(frozen=True)
class Explanation:
    """The parts so far for one section of a routing: by rule's path, "out" and "next"; `expected` are all.

    `figures`: the what-if figures and the caution that the solver's catalogue had when it answered.
    """

    routing: Routing
    figures: Mapping[str, Any]
    section: RulePath
    expected: frozenset[str]
    has_plan: bool = True
    parts: Mapping[str, Any] = field(default_factory=dict)
    marks: Marks | None = None
    mix_signs: Signs | None = None  # what the plan's mix for this label rests on

    @staticmethod
    def empty(routing: Routing, figures: Mapping[str, Any], section: RulePath, has_plan: bool) -> Explanation:
        """An explanation of which no part is known yet."""
        expected = frozenset(parts_of(routing, section, has_plan))
        return Explanation(routing, figures, section, expected, has_plan)

    def explains(self, routing: Routing | None, figures: Mapping[str, Any]) -> bool:
        """Whether these are reasons for the plan of this routing on this catalogue."""
        return self.routing == routing and self.figures == figures

    def extended(self, parts: Mapping[str, Any]) -> Explanation:
        """The same with more parts; a rule's price with its range takes the place of that without."""
        ranges = parts.get("ranges")
        prices = {} if isinstance(ranges, InputError) else {price["path"]: [price] for price in ranges or ()}
        return replace(self, parts={**self.parts, **parts, **prices})

    def signs(self, offer: str, rule: str = "") -> str:
        """The signs of an offer's figure that a rule is about; of its cost and quality without a rule."""
        label = self.routing.labels.get(self.section.label)
        if self.marks is None or label is None:
            return ""
        signs = self.marks.of_offer(offer, label)
        return signs._replace(latency="").all if not rule else signs.about(rule)

    @property
    def complete(self) -> bool:
        """Whether every part is there."""
        return self.expected <= set(self.parts)

    @property
    def rules(self) -> frozenset[str]:
        """The rules whose prices are asked for, by path."""
        return self.expected - _NO_RULES

    @property
    def settled(self) -> bool:
        """Whether every part is there that the older reasons are kept for."""
        return self.expected - _SLOW <= set(self.parts)

    @property
    def mix(self) -> tuple[float, Mapping[str, float]]:
        """What two offers instead of one save, or gain in points, and each label's part; 0 where nothing."""
        label = self.section.label
        answer = self.parts.get(str(self.section.child("max_models")) if label else "mix")
        if not answer or isinstance(answer, InputError):
            return 0.0, {}
        if not label:
            return answer[0]["saves"], answer[0]["labels"]
        if self.routing.labels[label].max_models != 1:
            return 0.0, {}
        saves = (-1.0 if self.routing.objective == "cost" else 1.0) * (answer[0]["looser"] or 0.0)
        return saves, {label: saves}


@dataclass(frozen=True)
class Prices:
    """What is known of a section's rules, for the table of rules: by path as text."""

    rules: Mapping[str, RulePrice]
    objective: str
    mix: Signs | None
    faint: bool
    missing: Mapping[str, str] = field(default_factory=dict)  # why there is no price: it is coming, or failed

    def worth(self, path: RulePath) -> float:
        """What loosening a rule by a step, or being without it, gives at most; 0 where nothing is known."""
        rule = self.rules.get(str(path))
        gains = [] if rule is None else _gains(rule, self.objective)
        return max((gain.amount for gain in gains), default=0.0)

    def signs(self, path: RulePath) -> str:
        """The signs of the plan's figure that a rule is about."""
        return "" if self.mix is None else self.mix.about(str(path))


def explanation_lines(
    explanation: Explanation, size: tuple[int, int], offers: int, opened: Collection[str], faint: bool
) -> list[Line]:
    """All that is known, in blocks: offers next in line, those that are out, what to relax, subscriptions.

    `size`: cells across and lines of the panel; where lines are few, only the first of the next are told.
    """
    width, height = size
    lines: list[Line] = []
    if "next" in explanation.parts:
        lines += _runners(explanation, width, 1 if height < _LOW else 3 if height < _HIGH else _ALL)
    if "out" in explanation.parts:
        lines += _out(explanation, width, offers, opened)
    lines += _prices(explanation, width)
    lines += _units(explanation, width)
    if not lines and explanation.complete:
        none = _FREE if explanation.has_plan else "there is no plan, so no rule has a price"
        lines.append(_line(f" {none}", "note", width))
    if not explanation.complete:
        lines.append(_line(" …", "note", width))
    return [replace(line, faint=faint) for line in lines]


def _line(text: str, style: str, width: int, key: Any = None, signs: str = "") -> Line:
    return Line(((formatting.fit(text, width), style),), key, signs=signs)


def _prices(explanation: Explanation, width: int) -> Iterator[Line]:
    """What gives most when a rule is loosened or dropped, the most first; the table of rules has the rest."""
    from ...engine.domain.explanation import TIME_OUT, RulePrice

    gains, unpriced = [], []
    for path in sorted(explanation.rules):
        answer = explanation.parts.get(path)
        if isinstance(answer, InputError):
            unpriced.append((path.rpartition(".")[2], str(answer)))
        elif answer:
            rule = RulePrice.model_validate(answer[0])
            gains += _gains(rule, explanation.routing.objective)
            if rule.dropped is None:
                unpriced.append((path.rpartition(".")[2], TIME_OUT))
    gains.sort(key=lambda gain: -gain.amount)
    known = any(explanation.parts.get(path) for path in explanation.rules)
    if gains:
        money = explanation.routing.objective == "cost"
        yield _line(
            " what to relax, USD a month" if money else " what to relax, points of quality", "name", width
        )
    elif known and explanation.complete:
        yield _line(f" {_FREE}", "note", width)
    for gain in gains:
        yield from _gain_lines(explanation, gain, width)
    for name, error in unpriced:
        yield _line(f" {name} has no price yet: {error}", "note", width)


@dataclass(frozen=True)
class _Gain:
    """What loosening a rule by a step, or being without it, is worth in the objective's unit."""

    rule: RulePrice
    amount: float
    dropped: bool


def _gains(rule: RulePrice, objective: str) -> list[_Gain]:
    sense = -1.0 if objective == "cost" else 1.0
    changes = ((rule.looser if rule.step is not None else None, False), (rule.dropped, True))
    gains = [_Gain(rule, sense * change, dropped) for change, dropped in changes if change]
    gains = [gain for gain in gains if gain.amount >= _MIN_GAIN]
    return gains[:1] if len(gains) == 2 and gains[0].amount == gains[1].amount else gains


def _gain_lines(explanation: Explanation, gain: _Gain, width: int) -> Iterator[Line]:
    """The gain, right-aligned; under a step's how far the same models serve."""
    from ...engine.adapters.report.explain import step_text

    rule = gain.rule
    path = RulePath.parse(rule.path)
    signs = "" if explanation.mix_signs is None else explanation.mix_signs.about(rule.path)
    words = f"without {path.name}" if gain.dropped else f"{path.name}, {step_text(rule)} looser"
    amount = f"{signs}{_gain_text(explanation, gain.amount)}"
    name = formatting.fit(f"   {words}", max(width - len(amount) - 1, 8))
    yield Line(((f"{name} ", "value"), (amount, "good")), path, signs=signs)
    low, high = rule.holds_from, rule.holds_to
    if not gain.dropped and low is not None and high is not None and low < high:
        served = (
            f"    the same models serve {formatting.number(_short(low))} to {formatting.number(_short(high))}"
        )
        yield _line(served, "note", width, path, signs)


def _gain_text(explanation: Explanation, amount: float, units: tuple[str, str] = ("", "")) -> str:
    """What is saved as a minus of money, or what is gained as a plus of points."""
    if explanation.routing.objective == "cost":
        return f"{formatting.MINUS}{cents(amount)}{units[0]}"
    return f"+{cents(amount)}{units[1]}"


def _short(number: float) -> float:
    return float(f"{number:.4g}") if abs(number) < 1000 else round(number)


def _runners(explanation: Explanation, width: int, count: int) -> Iterator[Line]:
    """The offers next in line, with what a share of them would cost."""
    answer = explanation.parts["next"]
    if isinstance(answer, InputError):
        yield _line(f"{_NEXT}{answer}", "note", width)
        return
    if not answer:
        yield _line(f"{_NEXT}none fits the rules", "note", width)
    money = explanation.routing.objective == "cost"
    for at, standing in enumerate(answer[:count]):
        offer, signs = standing["offer"], explanation.signs(standing["offer"])
        cost, share = standing["forced_cost"], standing["forced_share"]
        roomy = width >= _WITH_UNITS
        alone = " instead" if roomy else ""  # at all of the requests: in the place of the mix
        instead = alone if share >= 1 else f" at {formatting.share(share)}"
        price = f"{signs}{formatting.signed(cost)}{' USD/mo' if roomy else ''}{instead}"
        if not money:
            price += f", {formatting.signed(standing['forced_change'])} points"
        lead = _NEXT if width >= _WITH_UNITS else _NEXT_SHORT
        lead = lead if at == 0 else " " * len(lead)
        name = formatting.fit_offer(offer, max(width - cell_len(price) - len(lead) - 1, 8))
        parts = ((lead, "name"), (f"{name} ", "value"), (price, "note"))
        yield Line(parts, ("offer", offer), signs=signs)
    if answer and answer[0]["note"]:
        yield _line(f"{' ' * len(_NEXT)}{answer[0]['note']}", "note", width)


def _out(explanation: Explanation, width: int, offers: int, opened: Collection[str]) -> Iterator[Line]:
    """Offers that are out, counted by the rule they break; an opened group lists them."""
    answer = explanation.parts["out"]
    if isinstance(answer, InputError):
        yield _line(f"{_RULED_OUT}{answer}", "note", width)
        return
    by_rule: dict[str, list[dict[str, str]]] = {}
    breaks = Counter(broken["offer"] for broken in answer)
    for broken in answer:
        by_rule.setdefault(broken["rule"], []).append(broken)
    count = formatting.fit(f"{len(breaks):,} of {offers:,} offers", width - len(_RULED_OUT))
    yield Line(((_RULED_OUT, "name"), (count, "value")))
    if unknown := _only_unknown(answer):
        words = f"   {unknown:,} only because a speed or score is unknown"
        brief = f"   {unknown:,} only for unknown speed or score"
        likely = _missing_figures(explanation)
        key = None if likely is None or not likely.routes else _assumable(explanation, likely.routes[0])
        yield _line(words if cell_len(words) <= width else brief, "note", width, key)
        yield from _missing(explanation, likely, width)
    only = {rule: sum(breaks[broken["offer"]] == 1 for broken in group) for rule, group in by_rule.items()}
    longest = max(
        (len(f"{rule.rpartition('.')[2]}{len(by_rule[rule])}{only[rule]}") for rule in only), default=0
    )
    words = "only by this" if longest + len("   ▸ :  ( only by this)") <= width else "alone"
    for rule, group in sorted(by_rule.items(), key=lambda pair: -len(pair[1])):
        name = rule.rpartition(".")[2]
        text = f"   {'▾' if rule in opened else '▸'} {name}: {len(group):,}"
        text += f" ({only[rule]:,} {words})" if only[rule] else ""
        yield _line(text, "value", width, ("group", rule))
        if rule in opened:
            for broken in group[:_MAX_GROUP]:
                signs = explanation.signs(broken["offer"], rule)
                reason = f": {broken['reason']}"  # in full, whatever becomes of the name
                name = f"      {signs}{' ' if signs else ''}{broken['offer']}"
                name = formatting.fit_offer(name, max(width - cell_len(reason), 16)).rstrip()
                yield _line(name + reason, "note", width, ("offer", broken["offer"], broken["rule"]), signs)
            if len(group) > _MAX_GROUP:
                yield _line(f"      and {len(group) - _MAX_GROUP:,} more", "note", width)


def _missing_figures(explanation: Explanation) -> MissingFigures | None:
    """What offers without a figure would do, were they like their relatives; None while it is not known."""
    from ...engine.domain.explanation import MissingFigures

    answer = explanation.parts.get("missing")
    if not answer or isinstance(answer, InputError):
        return None
    return MissingFigures.model_validate(answer[0])


def _assumable(explanation: Explanation, route: AssumedRoute) -> tuple[str, str, str]:
    """The key of a line about an offer whose unknown figures can be assumed."""
    rule = "max_latency" if route.latency is not None else "skills"
    return ("offer", route.offer, str(explanation.section.child(rule)))


def _missing(explanation: Explanation, figures: MissingFigures | None, width: int) -> Iterator[Line]:
    """What the offers without a figure would save, and who would serve then."""
    from ...engine.adapters.report.explain import assumed_text

    if figures is None:
        return
    if not figures.assumed:
        yield _line("     and no relative has them", "note", width)
        return
    gain, saves = "saves nothing" if width >= _WITH_UNITS else "0.00", figures.saves or 0.0
    if saves >= _MIN_GAIN:
        gain = _gain_text(explanation, saves, (" USD/mo", " points") if width >= _WITH_UNITS else ("", ""))
    room = max(width - len(gain) - 1, 8)
    name = f"     {figures.assumed:,} would fit if like their relatives"
    if cell_len(name) > room:
        name = f"     {figures.assumed:,} fit if like relatives"
    key = _assumable(explanation, figures.routes[0]) if figures.routes else None
    yield Line(((formatting.fit(name, room), "note"), (f" {gain}", "note")), key)
    for route in figures.routes:
        offer = f"     {formatting.share(route.share)} {route.offer}"
        text = f"{offer}{assumed_text(route)}"
        text = text if cell_len(text) <= width else formatting.fit_offer(offer, width)
        yield _line(text, "note", width, _assumable(explanation, route))


def _units(explanation: Explanation, width: int) -> Iterator[Line]:
    """What a unit of each subscription more or less is worth, and at which volume it pays."""
    from ...engine.adapters.report.explain import worth_clauses
    from ...engine.domain.explanation import PlanWorth

    answer = explanation.parts.get("units")
    path = LIMITS.child("plans")
    if isinstance(answer, InputError):
        yield _line(f" subscriptions: {answer}", "note", width, path)
        return
    for terms in answer or ():
        worth = PlanWorth.model_validate(terms)
        units, *clauses = worth_clauses(explanation.routing, worth)
        yield _line(f" {worth.name}: {units}", "name", width, path)
        for clause in clauses:
            for row in textwrap.wrap(
                clause,
                max(width, 16),
                initial_indent="   ",
                subsequent_indent="     ",
                break_on_hyphens=False,
            ):
                yield _line(row, "value", width, path)


def _only_unknown(breaks: Collection[Mapping[str, str]]) -> int:
    """Offers that would fit if their speed and their score were known and good enough."""
    others = {
        broken["offer"] for broken in breaks if broken["rule"].rpartition(".")[2] not in UNKNOWN_FIGURE_RULES
    }
    return len({broken["offer"] for broken in breaks} - others)


class WhyPanel(LinePanel):
    """The reasons for one section's part of the plan; faint while they are old, never blank."""

    GROUP = "Next best, left out"
    DOUBLE_CLICK = "screen.open_reason"
    TELLS_CURSOR = True
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "enter,space",
            "screen.open_reason",
            "Open",
            key_display="⏎",
            tooltip="Open the group, or go to the rule",
            id="open_reason",
        ),
        Binding("A", "screen.assume", "Assume the offer's unknown figures", show=False, id="assume"),
    ]

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.section: RulePath = LIMITS
        self.routing: Routing | None = None
        self.figures: Mapping[str, Any] = {}
        self.has_plan = True
        self.stale = True
        self.offers = 0
        self.opened: set[str] = set()
        self.marks: Marks | None = None  # of figures that deserve less trust
        self.mixes: Mapping[str, Signs] = {}  # label -> what its mix rests on
        self.listener: Callable[[], None] = lambda: None  # called when more is known, or it is old
        self._explanations: dict[RulePath, Explanation] = {}
        self._next: dict[RulePath, Explanation] = {}

    @property
    def explanation(self) -> Explanation | None:
        """What is shown of the section: the newest, or what was known before it."""
        return self._explanations.get(self.section)

    def prices(self, section: RulePath) -> Prices | None:
        """What the rules of a section cost, as far as it is known; None before anything is."""
        from ...engine.domain.explanation import RulePrice

        explanation = self._explanations.get(section)
        if explanation is None or not explanation.has_plan:
            return None
        answers = {path: explanation.parts.get(path) for path in explanation.rules}
        rules = {
            path: RulePrice.model_validate(answer[0])
            for path, answer in answers.items()
            if answer and not isinstance(answer, InputError)
        }
        missing = {
            path: f"no price: {answer}" if isinstance(answer, InputError) else "…"
            for path, answer in answers.items()
            if path not in rules and (answer is None or isinstance(answer, InputError))
        }
        faint = self.stale or not explanation.explains(self.routing, self.figures)
        return Prices(rules, explanation.routing.objective, self.mixes.get(section.label), faint, missing)

    def most_worth(self, section: RulePath) -> str:
        """The rule whose next step gives most, and what it gives; nothing where none does or it is old."""
        from ...engine.adapters.report.explain import step_text

        prices = self.prices(section)
        if prices is None or prices.faint:
            return ""
        gains = [gain for rule in prices.rules.values() for gain in _gains(rule, prices.objective)]
        gains = [gain for gain in gains if not gain.dropped] or gains
        if not gains:
            return ""
        best = max(gains, key=lambda gain: gain.amount)
        name = RulePath.parse(best.rule.path).name
        money = prices.objective == "cost"
        amount = f"{formatting.MINUS if money else '+'}{cents(best.amount)} {'USD/mo' if money else 'points'}"
        verb = "drop" if best.dropped else "loosen"
        step = "" if best.dropped else f" by {step_text(best.rule)}"
        return f"{verb} {name}{step}: {amount}"

    def mix_saving(self, section: RulePath) -> tuple[str, tuple[str, ...]]:
        """What a mix of two would save, in words, and in which labels; nothing where it is old or nothing."""
        from ...engine.adapters.report.plan import mix_saving_text

        explanation = self._explanations.get(section)
        if explanation is None or self.stale or not explanation.explains(self.routing, self.figures):
            return "", ()
        saves, labels = explanation.mix
        if saves < _MIN_GAIN:
            return "", ()
        parts = labels if section == LIMITS else {}
        return mix_saving_text(explanation.routing.objective, saves, parts), tuple(labels)

    def forced_text(self, offer: str) -> str:
        """What an offer that is next in line would cost, for the hint; nothing of another one."""
        answer = None if self.explanation is None else self.explanation.parts.get("next")
        if not answer or isinstance(answer, InputError):
            return ""
        standing = next((standing for standing in answer if standing["offer"] == offer), None)
        if standing is None:
            return ""
        share, cost = standing["forced_share"], formatting.signed(standing["forced_cost"])
        part = "all" if share >= 1 else formatting.share(share)
        return f": with {part} of {self.section.label} on it the plan costs {cost} USD/mo"

    def rebuild(self, keep: Any = None) -> None:
        """As every panel, from its top while keys go elsewhere; the table of rules has the same prices."""
        if not self.has_focus and keep is None:
            self.cursor, keep = 0, _TOP
        before = self.key
        super().rebuild(keep)
        if self.has_focus and self.key != before:  # what was under the cursor has gone, or come
            self.moved()
        self.listener()

    def show_section(self, section: RulePath) -> None:
        """Show the reasons for another label, or for the router's limits."""
        self.section, self.cursor = section, 0
        self.opened.clear()
        self.rebuild()

    def show_answered(self, routing: Routing, has_plan: bool, figures: Mapping[str, Any]) -> None:
        """The plan of this routing is on the screen; its reasons are being found.

        `figures`: the what-if figures and the caution that the plan rests on.
        """
        self.routing, self.has_plan, self.figures = routing, has_plan, figures
        self.stale = False
        for section in [*self._explanations]:
            if section.section == "labels" and section.label not in routing.labels:
                del self._explanations[section]
        self._next.clear()
        self.rebuild_soon()

    def show_nothing(self, section: RulePath) -> None:
        """Show that this section has nothing to explain."""
        assert self.routing is not None
        self._explanations[section] = Explanation.empty(self.routing, self.figures, section, self.has_plan)
        self.rebuild()

    def show_stale(self) -> None:
        """Show the reasons faint: the rules have changed since."""
        if not self.stale:
            self.stale = True
            self.rebuild_soon()

    def whole(self, section: RulePath) -> bool:
        """Whether all reasons for the section are those of the plan on the screen."""
        explanation = self._explanations.get(section)
        return (
            explanation is not None
            and explanation.explains(self.routing, self.figures)
            and explanation.complete
        )

    @on(ExplanationsReady)
    def _take(self, message: ExplanationsReady) -> None:
        """Take more parts; the old reasons stay until every part of the new ones is there."""
        message.stop()
        if self.routing is None or (message.routing, message.figures) != (self.routing, self.figures):
            return
        explanation = self._next.get(message.section)
        if explanation is None or not explanation.explains(self.routing, self.figures):
            explanation = Explanation.empty(self.routing, self.figures, message.section, self.has_plan)
        explanation = self._next[message.section] = explanation.extended(message.parts)
        shown = self._explanations.get(message.section)
        if explanation.settled or shown is None or shown.explains(self.routing, self.figures):
            self._explanations[message.section] = explanation
            if message.section == self.section:
                self.rebuild()

    def turn(self) -> bool:
        """Open or close the group under the cursor; False where there is none."""
        key = self.key
        if not key or key[0] != "group":
            return False
        self.opened ^= {key[1]}
        self.rebuild()
        return True

    def lines_for(self, width: int) -> list[Line]:
        """The reasons for the section."""
        width -= 1
        explanation = self.explanation
        if explanation is None:
            return [Line(((formatting.fit(" …", width), "note"),))]
        faint = self.stale or not explanation.explains(self.routing, self.figures)
        return list(self._shown(explanation, width, faint))

    def _shown(self, explanation: Explanation, width: int, faint: bool) -> Sequence[Line]:
        signs = self.mixes.get(self.section.label)
        explanation = replace(explanation, marks=self.marks, mix_signs=signs)
        size = width, self.size.height
        return explanation_lines(explanation, size, self.offers, self.opened, faint)
