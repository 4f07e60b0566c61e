"""The browser's filter: as it is typed, letter by letter, it finds what looking at every row would find."""

from __future__ import annotations

import random

from textual.fuzzy import FuzzySearch

from modelpick.engine.adapters.catalog.file import load_catalog
from modelpick.engine.domain.marks import Marks
from modelpick.tui.screens.browser.columns import columns_of
from modelpick.tui.screens.browser.filter import Finder, fit, places, query_of, score, searched_text, words_of
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


def test_words_about_fields_are_conditions_and_the_others_words() -> None:
    catalog = load_catalog()
    rows = rows_of(catalog, Marks())
    columns = columns_of(tuple(sorted(catalog.skills)))

    def shown(text: str) -> set[str]:
        query = query_of(words_of(text), columns)
        assert not query.words and not query.problems
        return {key for key, row in rows.items() if query.holds(row)}

    azure = {key for key in rows if key.startswith("azure/")}
    assert shown("provider:azure/") == set()  # a provider's name, not the beginning of an offer's
    assert azure <= shown("provider:azure") and shown("!provider:azure") == set(rows) - shown(
        "provider:azure"
    )
    assert shown("provider:azure|openai") == shown("provider:azure") | shown("provider:openai")
    assert shown("ctx>200k") == {key for key, row in rows.items() if row.window > 200_000}
    assert shown("context>=200000") - shown("ctx>200k") == {k for k, r in rows.items() if r.window == 200_000}
    coding = {key for key, row in rows.items() if row.skills.get("coding", -1) > 80}
    assert coding and shown("coding>80") == coding
    assert shown("in<1 out<=2") == {
        key for key, row in rows.items() if row.offer.input < 1 and row.offer.output <= 2
    }
    assert shown("feature:vision weights:open") == {
        key for key, row in rows.items() if "vision" in row.features and row.model.open_weights
    }
    assert shown("ctx> provider:") == set(rows)  # still being typed
    assert shown("<20usd") == shown("<30s") == set()  # nothing is known of a label yet
    assert shown("!ctx>200k") == {key for key, row in rows.items() if not row.window > 200_000}


def test_a_condition_that_is_none_says_what_is_wrong_and_the_nearest() -> None:
    columns = columns_of(("coding",))
    assert query_of(("contxt>3",), columns).problems == (
        "no column is called 'contxt' (did you mean 'context'?)",
    )
    assert "'many' is no figure" in query_of(("ctx>many",), columns).problems[0]
    assert "compare what?" in query_of((">70",), columns).problems[0]
    assert query_of(("gpt", "!mini", "a|b", "qwen:free"), columns).words == (
        "gpt",
        "!mini",
        "a|b",
        "qwen:free",
    )
