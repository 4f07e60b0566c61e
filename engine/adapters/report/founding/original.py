"""The founding report's own figures, as it printed them, recomputed: each of its errors by name.

modelpick grew out of that report, which compared three models in Japanese. Its table has a column "USD per 1M
tokens"; what it printed is kept here, and the section stands in a report that has its three models.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from .analysis import Report
from .content import Block, Bullets, Cell, Paragraph, Section, Table, Text, code, fill, spans
from .context import Context
from .language import marked as _

INPUT_TOKENS, OUTPUT_TOKENS = 10_000_000, 5_000_000  # its month
_MILLION = 1_000_000


@dataclass(frozen=True)
class Printed:
    """A line of its table: prices in the unit that they are really in, the window, and both its budgets."""

    model: str
    label: str
    input: Decimal
    output: Decimal
    is_per_token: bool
    window: str
    budget: Decimal
    in_summary: Decimal

    @property
    def scale(self) -> int:
        """What turns its prices into USD per million tokens."""
        return _MILLION if self.is_per_token else 1

    @property
    def right(self) -> Decimal:
        """USD for its month at its own prices."""
        cost = self.input * INPUT_TOKENS + self.output * OUTPUT_TOKENS
        return cost * self.scale / _MILLION


PRINTED = (
    Printed(
        *("deepseek-r1-distill-llama-8b", "think", Decimal("0.05"), Decimal("0.05"), False),
        *(_("8K (adjustable)"), Decimal("0.75"), Decimal(5)),
    ),
    Printed(
        *("llama-3.2-90b-vision-instruct", "longContext", Decimal("5e-06"), Decimal("1.6e-05"), True),
        *(_("large"), Decimal("0.13"), Decimal(160)),
    ),
    Printed(
        *("qwen2.5-coder-32b-instruct", "default", Decimal("6e-08"), Decimal("2e-07"), True),
        *("128K", Decimal("0.0016"), Decimal("0.60")),
    ),
)


def is_about_the_original(report: Report) -> bool:
    """Whether the report has the three models of the founding report."""
    models = {offer.partition("/")[2].partition("@")[0] for offer in report.offers}
    return {line.model for line in PRINTED} <= models


def original(c: Context) -> Section:
    """Its prices, budgets and rankings beside the right ones, and each error by name."""
    _ = c.gettext
    month = _("The founding report reckons with {input} input and {output} output tokens a month.").format(
        input=c.language.number(INPUT_TOKENS), output=c.language.number(OUTPUT_TOKENS)
    )
    blocks: list[Block] = [Paragraph(spans(month)), _prices(c), _budgets(c), _rankings(c)]
    blocks.append(Paragraph(spans(_("Its errors, each by name:"))))
    blocks.append(Bullets(tuple(_errors(c)), ordered=True))
    return Section("original", _("The founding report, recomputed"), tuple(blocks))


def _figure(number: Decimal) -> str:
    """As it is printed: 5e-06."""
    return f"{float(number):g}"


def _prices(c: Context) -> Table:
    _ = c.gettext
    rows: list[tuple[Cell, ...]] = [
        (
            *(code(line.model), _figure(line.input), _figure(line.output)),
            _("per token") if line.is_per_token else _("per million tokens, “in total”"),
            *(c.language.number(float(price * line.scale)) for price in (line.input, line.output)),
        )
        for line in PRINTED
    ]
    head = (
        *(_("model"), _("input as printed"), _("output as printed"), _("really")),
        *(_("input, USD per million"), _("output, USD per million")),
    )
    return Table.of(_("Prices printed under “USD per 1M tokens”"), head, rows, (1, 2, 4, 5))


def _budgets(c: Context) -> Table:
    _ = c.gettext
    rows: list[tuple[Cell, ...]] = [
        (
            *(code(line.model), c.language.number(float(line.budget))),
            *(c.language.number(float(line.in_summary), 2), c.language.number(float(line.right), 2)),
            _off(c, line.budget, line.right),
            _off(c, line.in_summary, line.right),
        )
        for line in PRINTED
    ]
    head = (
        *(_("model"), _("its budget, USD"), _("its summary, USD"), _("right, USD")),
        *(_("its budget is"), _("its summary is")),
    )
    return Table.of(_("Its budgets, and what they are at its own prices"), head, rows, (1, 2, 3))


def _off(c: Context, printed: Decimal, right: Decimal) -> str:
    _ = c.gettext
    if printed == right:
        return _("right")
    factor = right / printed if printed < right else printed / right
    text = _("{factor} times too low") if printed < right else _("{factor} times too high")
    return text.format(factor=c.language.number(float(f"{factor:.3g}")))


def _rankings(c: Context) -> Table:
    """The models from the cheapest to the dearest by each of its figures."""
    _ = c.gettext
    orders: Sequence[tuple[str, list[Decimal]]] = (
        (_("by its printed prices"), [line.input for line in PRINTED]),
        (_("by its budgets"), [line.budget for line in PRINTED]),
        (_("by its summary"), [line.in_summary for line in PRINTED]),
        (_("by what it really costs"), [line.right for line in PRINTED]),
    )
    rows: list[tuple[Cell, ...]] = []
    for name, figures in orders:
        ranked = sorted(range(len(PRINTED)), key=figures.__getitem__)
        rows.append((name, *(code(PRINTED[at].model) for at in ranked)))
    head = (_("ranking"), _("cheapest"), _("second"), _("dearest"))
    return Table.of(_("Its ranking by cost"), head, rows, ())


def _errors(c: Context) -> list[tuple[str, Text]]:
    __, *per_token = PRINTED
    units, budgets = ([error(c, line) for line in per_token] for error in (_unit_error, _budget_error))
    return [*units, *budgets, _summary_error(c), _total_price_error(c), *_other_errors(c)]


def _unit_error(c: Context, line: Printed) -> tuple[str, Text]:
    """A price per token that stands under "USD per 1M tokens"."""
    _ = c.gettext
    text = _(
        "{input} and {output} stand under “USD per 1M tokens”, and are USD per token: a million times "
        "too low as headed. Right are {right_in} and {right_out} USD per million tokens."
    )
    filled = fill(
        text,
        input=_figure(line.input),
        output=_figure(line.output),
        right_in=c.language.number(float(line.input * _MILLION), 2),
        right_out=c.language.number(float(line.output * _MILLION), 2),
    )
    return _("Unit of the price of {model}").format(model=line.model), filled


def _budget_error(c: Context, line: Printed) -> tuple[str, Text]:
    """A budget that took the price per token for one per thousand."""
    _ = c.gettext
    text = _(
        "It prints {printed} USD, as if its price per token were per thousand tokens: a thousand times "
        "too low. Right is {right} USD: {tokens_in} M × {price_in} + {tokens_out} M × {price_out}."
    )
    filled = fill(
        text,
        printed=_figure(line.budget),
        right=c.language.number(float(line.right), 2),
        tokens_in=c.language.number(INPUT_TOKENS / _MILLION),
        tokens_out=c.language.number(OUTPUT_TOKENS / _MILLION),
        price_in=c.language.number(float(line.input * _MILLION), 2),
        price_out=c.language.number(float(line.output * _MILLION), 2),
    )
    return _("Budget of {model}").format(model=line.model), filled


def _summary_error(c: Context) -> tuple[str, Text]:
    """Its summary's budgets, which are not those of its table."""
    _ = c.gettext
    qwen = PRINTED[-1]
    summary = " / ".join(
        c.language.number(float(line.in_summary), 2 if line is qwen else 0) for line in PRINTED
    )
    printed = " / ".join(_figure(line.budget) for line in PRINTED)
    right = " / ".join(c.language.number(float(line.right), 2) for line in PRINTED)
    text = _("It says {summary} USD where its own table says {printed}; right are {right} USD.")
    return _("Summary against table"), fill(text, summary=summary, printed=printed, right=right)


def _total_price_error(c: Context) -> tuple[str, Text]:
    """A price "in total", which public tables read in two ways."""
    _ = c.gettext
    deepseek = PRINTED[0]
    text = _(
        "0.05 USD per million tokens “in total” is 0.05 + 0.05 in one public table and 0.025 + 0.025 in "
        "another: {whole} or {half} USD for the month. The dearer reading counts."
    )
    whole, half = (
        c.language.number(float(deepseek.right), 2),
        c.language.number(float(deepseek.right / 2), 3),
    )
    name = _("Price “in total” of {model}").format(model=deepseek.model)
    return name, fill(text, whole=whole, half=half)


def _other_errors(c: Context) -> list[tuple[str, Text]]:
    """Those of no single figure: ranking, whose price, windows, sources."""
    _ = c.gettext
    deepseek, llama, __ = PRINTED
    return [
        (
            _("Ranking by cost"),
            spans(
                _(
                    "Its prices, its budgets and its summary do not rank the models alike, and none ranks "
                    "them as they really cost: see the table."
                )
            ),
        ),
        (
            _("Whose price it is"),
            fill(_("The price of {model} is that of Llama 3.1 405B on Vertex AI."), model=code(llama.model)),
        ),
        (
            _("Windows"),
            fill(
                _(
                    "{label} goes to {model}, of whose window it says “{large}”, no figure; of {small_model} "
                    "it says “{small}”, where the model itself takes 131,072 tokens."
                ),
                label=code(llama.label),
                model=code(llama.model),
                large=_(llama.window),
                small_model=code(deepseek.model),
                small=_(deepseek.window),
            ),
        ),
        (_("Sources"), spans(_("Its appendix of sources is empty; those of this report stand below."))),
    ]
