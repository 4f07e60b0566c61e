"""The browser's filter: as it is typed, letter by letter, it finds what looking at every row would find."""

from __future__ import annotations

import random

from textual.fuzzy import FuzzySearch

from modelpick.engine.adapters.catalog.file import load_catalog
from modelpick.engine.domain.explanation import Standing
from modelpick.engine.domain.marks import Marks
from modelpick.engine.domain.plan import LabelPlan, Plan, PlannedRoute
from modelpick.engine.domain.routing import Label
from modelpick.tui import formatting
from modelpick.tui.screens.browser.columns import Column, columns_of
from modelpick.tui.screens.browser.details import Comparison, wrapped
from modelpick.tui.screens.browser.filter import (
    Finder,
    fit,
    ordered,
    places,
    query_of,
    score,
    searched_text,
    words_of,
)
from modelpick.tui.screens.browser.rows import Row, placed, rows_of


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


def test_quality_and_latency_are_drawn_where_there_is_room() -> None:
    catalog = load_catalog()
    rows = rows_of(catalog, Marks())
    first, second = list(rows)[:2]
    label = Label(requests=100, input_tokens=1000, output_tokens=100, max_latency=40)
    columns = columns_of(())

    def drawn(key: str, standing: Standing | None, label: Label = label) -> list[str]:
        row = placed(rows[key], standing, label, None, "default")
        return [columns[name].with_bar().bar(row) for name in ("quality", "latency", "month")]

    # 75 of 100 points are 4 1/2 of 6 cells, 10 of 40 seconds 1 1/2; money has no scale.
    assert drawn(first, Standing(offer=first, cost=1, quality=75, latency=10)) == ["████▌ ", "█▌    ", ""]
    # What is over the limit fills the bar, what is not known, or has no limit, leaves it blank.
    assert drawn(second, Standing(offer=second, cost=1, latency=90)) == [" " * 6, "██████", ""]
    free = label.model_copy(update={"max_latency": None})
    assert drawn(second, Standing(offer=second, cost=1, latency=90), free)[1] == " " * 6

    # Of 20 cells 75 points take 15; one can be sure of 62, 12 cells and 3 eighths, and 2 are shaded.
    sure = placed(rows[first], Standing(offer=first, cost=1, quality=75, counted=62), label, None, "default")
    assert columns["quality"].with_bar(20).bar(sure) == f"{'█' * 12}▍▒▒     "
    assert columns["quality"].with_bar().bar(sure) == "████▌ "  # too few cells to tell the two apart
    assert formatting.gauge(0.5, 4, 0.5) == "▕██  ▏" and formatting.bar(0.5, 4, 0.0) == "▒▒  "

    compared = [
        placed(rows[key], Standing(offer=key, cost=1, quality=points, latency=10), label, None, "default")
        for key, points in ((first, 75.0), (second, 50.0))
    ]
    wide, narrow = ("\n".join(lines_of(compared, columns, width)) for width in (81, 55))
    # 32 cells a column, of which 11 are the bar's: 7 1/2 and 5 of 10 cells.
    assert "75.0 ★ ███████▌  " in wide and "50.0   █████     " in wide
    assert "75.0 ★" in narrow and "█" not in narrow
    assert max(map(len, lines_of(compared, columns, 201))) == 16 + 2 * 48  # figures stay near each other


def test_offers_of_equal_cost_are_ordered_as_plans_break_ties() -> None:
    """What the plan has first, then the higher counted quality, the lower latency, the name."""
    rows = rows_of(load_catalog(), Marks())
    label = Label(requests=100, input_tokens=1000, output_tokens=100, skills={"coding": 1.0}, min_quality=70)
    keys = list(rows)[:5]
    figures = dict(zip(keys, ((60, 9), (60, 5), (80, 9), (60, 5), (None, None)), strict=True))
    standings = {
        key: Standing(offer=key, cost=1, quality=points, counted=points, latency=seconds)
        for key, (points, seconds) in figures.items()
    }
    route = PlannedRoute(offer=keys[3], share=1.0, cost=1.0)
    plan = Plan(
        status="optimal", objective="cost", cost=1.0, labels={"default": LabelPlan(cost=1.0, routes=(route,))}
    )
    placed_rows = {key: placed(rows[key], standings[key], label, plan, "default") for key in keys}
    by_money = ordered(placed_rows, columns_of(())["month"], reverse=False)
    assert by_money == [keys[3], keys[2], keys[1], keys[0], keys[4]]


def test_a_figure_that_is_coming_is_no_unknown_one_and_a_label_without_skills_has_no_quality() -> None:
    rows = rows_of(load_catalog(), Marks())
    key, columns = next(iter(rows)), columns_of(())
    bare = Label(requests=100, input_tokens=1000, output_tokens=100)
    scored = bare.model_copy(update={"skills": {"coding": 1.0}, "min_quality": 70.0})

    def cells(label: Label, standing: Standing | None) -> list[str]:
        row = placed(rows[key], standing, label, None, "default")
        return [columns[name].signed_text(row) for name in ("quality", "latency")]

    assert cells(scored, None) == ["…", "…"]
    assert cells(scored, Standing(offer=key, cost=1)) == ["?", "?"]
    assert cells(bare, Standing(offer=key, cost=1)) == ["—", "?"]
    late = Standing(offer=key, cost=1, quality=60, latency=3, misses=("min_quality",))
    assert placed(rows[key], late, scored, None, "default").note == "below min_quality"


def test_figures_in_wrapped_lines_stay_under_each_other() -> None:
    assert wrapped(" 4.1 of 100", 8) == [" 4.1 of", "100"] and wrapped("42.1 of 100", 8) == ["42.1 of", "100"]
    assert wrapped("", 8) == [""] and wrapped("   ", 8) == ["   "]


def lines_of(rows: list[Row], columns: dict[str, Column], width: int) -> list[str]:
    lines = Comparison(rows, columns).lines_for(width)
    return ["".join(text for text, _ in line.parts) for line in lines]
