"""What every section is written with: the answers, the language, and figures with their signs."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cached_property

from ....domain.formatting import OBJECTIVE_UNITS
from ....domain.marks import LEGEND, OLD_DAYS, join_signs
from ....domain.plan import LabelPlan
from ....solver.analysis.compare import Comparison, compare_offers
from ..comparison import window
from .analysis import Report
from .language import Language
from .vocabulary import SIGN_MEANINGS, Vocabulary


@dataclass(frozen=True)
class Context:
    """A report and its language."""

    report: Report
    language: Language
    words: Vocabulary = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "words", Vocabulary(self.language))

    @property
    def gettext(self) -> Callable[[str], str]:
        """The translation of a message."""
        return self.language.gettext

    @property
    def ngettext(self) -> Callable[[str, str, int], str]:
        """The translation of a message that depends on a count."""
        return self.language.ngettext

    @property
    def maximises_quality(self) -> bool:
        """Whether the best plan is the one of the highest quality."""
        return self.report.routing.objective == "quality"

    def points(self, figure: float | None) -> str:
        """Points of quality, 0-100, or that it is not rated."""
        return self.gettext("not rated") if figure is None else self.language.number(figure, 1)

    def seconds(self, figure: float | None) -> str:
        """Seconds, or that nobody knows."""
        _ = self.gettext
        if figure is None:
            return _("unknown")
        return _("{figure} s").format(figure=self.language.number(figure, 1))

    def count(self, figure: float | None) -> str:
        """A whole amount, or that nobody knows."""
        return self.gettext("unknown") if figure is None else self.language.number(figure)

    def amount(self, figure: float) -> str:
        """Requests or tokens, without the decimals that a mean of logs has."""
        return self.language.number(round(figure) if figure >= 10 else figure)

    def worth(self, amount: float) -> str:
        """An amount of the objective: money, or points of quality."""
        if not self.maximises_quality:
            return self.money_a_month(amount)
        digits = OBJECTIVE_UNITS["quality"][1]
        return self.gettext("{figure} points of quality").format(figure=self.language.number(amount, digits))

    def money_a_month(self, amount: float, signs: str = "") -> str:
        """84.35 USD a month, after its signs."""
        return self.gettext("{money} a month").format(money=signs + self.language.money(amount))

    def total_cost(self) -> str:
        """The plan's cost with its signs."""
        cost = self.report.plan.cost or 0.0
        return self.money_a_month(cost, self.report.marked.total(self.report.plan).cost)

    def label_cost(self, name: str, label: LabelPlan) -> str:
        """A label's cost with its signs, for a column."""
        return self.report.marked.label(name, label)[1].cost + self.language.usd(label.cost)

    def price(self, offer: str, name: str) -> str:
        """A price with its signs, USD per million tokens, as many digits as it has."""
        figure = getattr(self.report.catalog.offers[offer], name)
        return self.report.marked.marks.figure(offer, name) + self.language.number(float(figure))

    def skill(self, offer: str, name: str) -> str:
        """A skill with its signs."""
        skills = self.comparisons[offer].skills
        sign = self.report.marked.marks.figure(offer, f"skill:{name}")
        return sign + self.language.number(skills[name], 1) if name in skills else self.gettext("not rated")

    @cached_property
    def comparisons(self) -> dict[str, Comparison]:
        """Offer -> its line with the month's budget."""
        month = self.report.month
        lines = compare_offers(
            self.report.catalog, self.report.offers, month.input_tokens, month.output_tokens
        )
        return {line.offer: line for line in lines}

    def budget(self, line: Comparison) -> str:
        """An offer's month with the signs of its prices, for a column."""
        marks = self.report.marked.marks
        signs = join_signs(marks.figure(line.offer, name) for name in ("input", "output"))
        return signs + self.language.usd(float(line.budget))

    def model_name(self, offer: str) -> str:
        """The model as its maker writes it, with its reasoning level."""
        model = offer.partition("/")[2]
        name, level = self.report.catalog.models[model].name or model, model.partition("@")[2]
        return f"{name} @{level}" if level and level not in name else name

    def provider_name(self, offer: str) -> str:
        """The provider as it is called."""
        key = offer.partition("/")[0]
        return self.report.catalog.providers[key].name or key

    def window(self, offer: str) -> str:
        """Tokens, input + output, that fit."""
        about = self.report.catalog.models[offer.partition("/")[2]]
        return self.language.number(window(about.context, self.report.catalog.offers[offer]))

    def legend(self, signs: Iterable[str]) -> str:
        """What the signs mean that are used, in a line; '' without any."""
        used = join_signs(signs)
        meanings = [
            f"{sign} {self.gettext(SIGN_MEANINGS[sign]).format(days=OLD_DAYS)}"
            for sign in LEGEND
            if sign in used
        ]
        return self.language.semicolon.join(meanings)
