"""Two sources, one figure: the rule that says which stands. The other one is kept beside it."""

from __future__ import annotations

from datetime import date

RULE = (
    "the provider's own list stands before others; of a price with two readings the dearer one; "
    "else the newer source, and of one day the one already here"
)
OWN = {"openrouter": "openrouter"}  # provider -> the source that is its own price list


def newcomer_stands(
    provider: str, here: tuple[str, date | None], there: tuple[str, date], dearer: bool | None = None
) -> bool:
    """Whether the figure of `there` replaces that of `here`, each a source and its day.

    `dearer`: of a price that may be read in two ways, whether the newcomer's reading is the dearer one. A
    source's older text never replaces its newer one.
    """
    own = OWN.get(provider)
    if not here[0]:
        return True
    if here[0] == there[0]:
        return here[1] is None or there[1] >= here[1]
    if own in (here[0], there[0]):
        return there[0] == own
    if dearer is not None:
        return dearer
    return here[1] is None or there[1] > here[1]
