"""The browser's filter: as it is typed, letter by letter, it finds what looking at every row would find."""

from __future__ import annotations

import random

from textual.fuzzy import FuzzySearch

from modelpick.engine.adapters.catalog.file import load_catalog
from modelpick.engine.domain.marks import Marks
from modelpick.tui.screens.browser.filter import Finder, fit, places, score, searched_text, words_of
from modelpick.tui.screens.browser.rows import Row, rows_of


def typed(names: list[str]) -> str:
    """Parts of names, some left out, some wrong."""
    words = []
    for _ in range(random.randint(1, 3)):
        name = random.choice(names)
        start = random.randrange(len(name))
        word = name[start : start + random.randint(1, 6)]
        words.append(random.choice(("", "", "!")) + random.choice((word, word[::2], word[::-1])))
    return random.choice((" ", " ", "|")).join(words)


def test_typed_or_cleared_in_any_order_the_filter_finds_what_every_row_by_itself_says() -> None:
    random.seed(5)
    rows: dict[str, Row] = rows_of(load_catalog(), Marks())
    hays = {key: searched_text(row) for key, row in rows.items()}
    finder = Finder(rows.values())
    for _ in range(25):
        text = typed(list(rows))
        steps = [text[:end] for end in range(1, len(text) + 1)]
        for step in [*steps, *random.sample(steps, len(steps) // 2)]:
            words = words_of(step)
            alone = {key: score(words, hay) for key, hay in hays.items()}
            assert dict(finder.matching(words)) == {k: fits for k, fits in alone.items() if fits > 0}, step


def test_a_name_fits_as_well_as_textuals_fuzzy_search_says_and_better_in_one_piece() -> None:
    random.seed(7)
    rows = rows_of(load_catalog(), Marks())
    for key in random.sample(sorted(rows), 60):
        hay, name = searched_text(rows[key]), key.casefold()
        for word in (name[2:5], name[::3], name[0] + name[-1], name[-3:]):
            found = places(word, name)
            assert found is not None and [name[at] for at in found] == list(word)
            piece = len(word) if word in name else 0
            assert abs(fit(word, hay) - max(FuzzySearch().score(name, found), 1.0) - piece) < 1e-9
