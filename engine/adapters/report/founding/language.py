"""A report's language: its words, out of the gettext catalogues in `locales`, and figures by Babel's CLDR."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from gettext import GNUTranslations, NullTranslations
from pathlib import Path

LANGUAGES = ("en", "ja")
_LOCALES = {"en": "en_GB"}  # whose English the words are
LOCALES = Path(__file__).parent / "locales"
_CENT = 0.01


@dataclass(frozen=True)
class Currency:
    """A currency besides USD and its stated rate: how much of it one USD is."""

    code: str
    rate: float


@dataclass(frozen=True)
class Language:
    """Words and figures of one language; `currency` is written beside every sum in USD."""

    code: str
    currency: Currency | None = None

    @property
    def locale(self) -> str:
        """The region's way to write dates and figures."""
        return _LOCALES.get(self.code, self.code)

    @property
    def space(self) -> str:
        """What stands between two sentences."""
        return "" if self.code == "ja" else " "

    @property
    def semicolon(self) -> str:
        """What stands between the parts of a sentence that have commas themselves."""
        return "；" if self.code == "ja" else "; "

    @property
    def gettext(self) -> Callable[[str], str]:
        """The translation of a message."""
        return _translations(self.code).gettext

    @property
    def ngettext(self) -> Callable[[str, str, int], str]:
        """The translation of a message that depends on a count."""
        return _translations(self.code).ngettext

    def number(self, figure: float, digits: int | None = None) -> str:
        """A figure with thousands apart: so many decimals, else as many as it has, ten digits at most."""
        from babel.numbers import format_decimal

        if digits is None:
            figure, digits = float(f"{figure:.10g}"), 10
            pattern = "#,##0." + "#" * digits
            if figure and abs(figure) < 1e-4:
                return f"{figure:g}"
        else:
            pattern = "#,##0" + ("." + "0" * digits if digits else "")
        return str(format_decimal(figure + 0.0, format=pattern, locale=self.locale))

    def percent(self, share: float, digits: int = 0) -> str:
        """A share of 1 in percent; what rounds to nothing, or to all, is not said to be that."""
        from babel.numbers import format_percent

        least = 0.5 * 10 ** -(digits + 2)
        if 0 < share < least:
            return "<" + self.percent(10 ** -(digits + 2), digits)
        if 1 - least < share < 1 - 1e-9:
            return ">" + self.percent(1 - 10 ** -(digits + 2), digits)
        pattern = "#,##0" + ("." + "0" * digits if digits else "") + "%"
        return str(format_percent(share, format=pattern, locale=self.locale))

    def day(self, day: date) -> str:
        """A date in words."""
        from babel.dates import format_date

        return str(format_date(day, "long", locale=self.locale))

    def listing(self, words: Sequence[str]) -> str:
        """a, b and c."""
        from babel.lists import format_list

        return str(format_list(list(words), locale=self.locale))

    def usd(self, amount: float) -> str:
        """USD without their name, for a column that says so: to the cent, three digits below one."""
        tiny = 0 < abs(amount) < _CENT
        text = f"{amount:.3g}" if tiny else self.number(round(amount, 2), 2)
        return text + self._converted(amount)

    def money(self, amount: float) -> str:
        """The same with its name: 84.35 USD."""
        tiny = 0 < abs(amount) < _CENT
        text = f"{amount:.3g}" if tiny else self.number(round(amount, 2), 2)
        return f"{text} USD{self._converted(amount)}"

    def _converted(self, amount: float) -> str:
        if self.currency is None:
            return ""
        from babel.numbers import format_currency

        return f" ({format_currency(amount * self.currency.rate, self.currency.code, locale=self.locale)})"


@cache
def _translations(code: str) -> NullTranslations:
    """A language's catalogue; of English, whose words stand in the source, an empty one."""
    path = LOCALES / code / "LC_MESSAGES" / "report.po"
    if not path.exists():
        return NullTranslations()
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    compiled = io.BytesIO()
    with path.open("rb") as file:
        write_mo(compiled, read_po(file, locale=code))
    compiled.seek(0)
    return GNUTranslations(compiled)


def known_currency(code: str) -> bool:
    """Whether there is a currency of that ISO 4217 code."""
    from babel.numbers import list_currencies

    return bool(code in list_currencies())


def marked(message: str) -> str:
    """Marks a message for translation where it is looked up later; gives it back as it is."""
    return message
