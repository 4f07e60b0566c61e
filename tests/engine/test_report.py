"""The report: its sections, its figures by hand arithmetic, both formats, both languages, bad input."""

from __future__ import annotations

import argparse
import json
import re
import string
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import pytest
from babel.messages.catalog import Catalog as MessageCatalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from modelpick.engine.adapters.report.founding import language as language_module
from modelpick.engine.adapters.report.founding import vocabulary
from modelpick.engine.adapters.report.founding.analysis import MAX_LABELS, Month, Report, analyse
from modelpick.engine.adapters.report.founding.charts import Mark, plane, spread_axis
from modelpick.engine.adapters.report.founding.content import Content, as_text, fill, web
from modelpick.engine.adapters.report.founding.formats import html, markdown
from modelpick.engine.adapters.report.founding.language import Currency, Language
from modelpick.engine.adapters.report.founding.sections import content_of
from modelpick.engine.adapters.routing_file import ready_made
from modelpick.engine.commands import report
from modelpick.engine.commands.options import add_catalog, add_json, load_inputs
from modelpick.engine.domain.catalog import FEATURES, SKILLS
from modelpick.engine.domain.errors import InputError
from modelpick.engine.domain.marks import LEGEND
from modelpick.engine.domain.plan import REPAIRS_CUT
from modelpick.engine.domain.rules import specs
from modelpick.engine.solver.pick import HASTY, NEAR

ROOT = Path(__file__).parents[2]
FOUNDING = ROOT / "examples" / "founding-report"
TODAY = date(2026, 11, 27)
MONTH = Month()
SECTIONS = (
    *("Executive summary", "Top recommendations", "Recommended routing", "Use cases and requirements"),
    *("Model comparison", "Budget impact", "Alternatives and what the rules cost"),
    *("Provider considerations", "Latency against cost", "Scalability and flexibility"),
    *("Compatibility and integration", "Support and community", "Evidence and benchmarks"),
    *("Risks and limitations", "Sources", "How to read the figures"),
)
ORIGINAL = "The founding report, recomputed"
KANA = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff]")


def ran(*words: object) -> tuple[str, int]:
    """What the command prints, and its status."""
    parser = argparse.ArgumentParser()
    report.arguments(parser)
    add_json(parser)
    add_catalog(parser)
    return report.run(parser.parse_args([str(word) for word in words]))


def asked(file: Path | None, catalog: Path | None, *sets: str) -> Report:
    """The answers on a routing file, as of TODAY."""
    routing, facts = load_inputs(file, sets, catalog)
    return analyse("" if file is None else file.name, routing, facts, TODAY, MONTH)


def founding_anew() -> Report:
    return asked(FOUNDING / "routing.toml", FOUNDING / "catalog.toml")


founding = cache(founding_anew)


@cache
def ready() -> Report:
    return asked(None, None)


SMALL: dict[str, Report] = {}


@pytest.fixture
def small(question: Path, facts: Path) -> Report:
    """The answers on two labels and three offers, asked once."""
    if question.name not in SMALL:
        SMALL[question.name] = asked(question, facts)
    return SMALL[question.name]


def text_of(answers: Report, lang: str = "en") -> str:
    return markdown(content_of(answers, Language(lang)))


def part(text: str, title: str) -> str:
    """One section of the Markdown."""
    return text.partition(f"## {title}\n")[2].partition("\n## ")[0]


class Page(HTMLParser):
    """The tags, links, ids and text of a page; raises where a tag is not closed."""

    VOID = {"meta", "!doctype", "br", "rect", "circle", "line", "path"}

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str] = []
        self.ids: list[str] = []
        self.open: list[str] = []
        self.lang = self.text = ""
        self.feed(text)
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        named = {name: setting or "" for name, setting in attrs}
        assert not any(name.startswith("on") for name in named)
        self.links += [named["href"]] if "href" in named else []
        self.ids += [named["id"]] if "id" in named else []
        self.lang = named["lang"] if tag == "html" else self.lang
        if tag == "th":
            assert named.get("scope") in ("col", "row")
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] != "style":
            self.text += data


def test_the_report_has_every_section_in_both_formats() -> None:
    content = content_of(ready(), Language("en"))
    text, page = markdown(content), Page(html(content, "en"))
    assert tuple(line[3:] for line in text.splitlines() if line.startswith("## ")) == SECTIONS
    assert page.tags.count("h2") == len(SECTIONS) and page.lang == "en"
    for section in content.sections:
        assert section.title in page.text and f"#{section.key}" in page.links


def test_the_figures_are_the_plans_own() -> None:
    text, plan = part(text_of(ready()), "Recommended routing"), ready().plan
    for name, label in plan.labels.items():
        for route in label.routes:
            assert re.search(rf"\| {name} \| \S+ \| 100\.0% \| [†‡]*{route.cost:,.2f} \|", text)
    assert f"{plan.cost:,.2f} USD a month" in part(text_of(ready()), "Executive summary")
    assert f"{2 * (plan.cost or 0):,.2f}" in part(text_of(ready()), "Scalability and flexibility")


def test_the_summary_says_cost_saving_rule_and_risk(small: Report) -> None:
    """A mix of small (4.80 USD, 40 points) and large (96 USD, 84 points) has 60 at a share of 20/44 of large:
    4.80*24/44 + 96*20/44 = 46.25, and 0.24 for background. One model, large, costs 96 + 4.80 = 100.80, and a
    point less is worth 91.20/44 = 2.07. Without north, south costs (96.18 + 4.81): 100.99, 54.49 more.
    """
    summary = part(text_of(small), "Executive summary")
    assert "Send 2 labels to 2 offers at 1 provider, for **46.49 USD a month**" in summary
    assert "No other mix costs less and keeps every rule: that is proven." in summary
    assert "large: **54.31 USD a month** less (54%)" in summary
    assert "min\\_quality (60 points): 1 point looser is worth 2.07 USD a month" in summary
    assert "**North** carries 100% of the requests; without it the best plan costs 54.49 USD" in summary


def test_recommendations_have_their_reasons_from_the_engine(small: Report) -> None:
    text = part(text_of(small), "Top recommendations")
    large = text.partition("2. large at North")[2]
    leads = re.findall(r"^- \*\*([^:]+):\*\*", large, re.MULTILINE)
    assert leads == [
        *("Role", "Why this one", "What it saves", "What it gives up", "What would replace it"),
        *("Best use", "Evidence", "Doubts"),
    ]
    assert "default: 45% of 4,000 requests, 43.64 USD a month" in large  # 96*20/44
    assert "3 of 3 offers may serve default" in large
    # A hundredth of it on south/large costs 0.01*(96.18 - 96) more.
    assert "**0.0018 USD a month** against the next best, south/large, with 1% of default" in large
    assert "south/large, the first fallback of default: 96.18 USD a month" in large
    assert "Code test 87.2 (A paper)" in large and "its rate limits are unknown" in large


def test_the_frontier_keeps_the_floors_and_starts_at_the_plan(small: Report) -> None:
    curve = part(text_of(small), "Alternatives and what the rules cost")
    assert "every rule kept but the budget" in curve
    assert "| 46.49 | 60.00 | the plan |" in curve


def test_what_is_given_up_is_against_offers_that_keep_the_rules(question: Path, facts: Path) -> None:
    """small is faster (0.3 + 500/100 s) and cheaper than large, and has 40 points where 60 are asked for."""
    answers = asked(question, facts, "labels.default.max_models=1")
    large = part(text_of(answers), "Top recommendations").partition("large at North")[2]
    assert "**What it gives up:** Nothing that is known: no other that keeps its rules is better" in large


def test_comparison_has_every_column_of_the_founding_report(small: Report) -> None:
    rows = part(text_of(small), "Model comparison").splitlines()
    head = next(line for line in rows if line.startswith("| model"))
    assert [cell.strip() for cell in head.strip("|").split("|")] == [
        *("model", "provider", "input price", "output price", "context window", "reasoning", "coding"),
        *("languages", "speed", "special use", "rate limits", "availability", "router label", "notes"),
    ]
    assert (
        "| large | south | 1.9 | 7.8 | 200,000 | 90.0 | 80.0 | not rated | unknown "
        "| tool calls and reasoning | 500 requests a minute | live | fallback of default" in "\n".join(rows)
    )


def test_the_month_is_the_one_asked_for_and_its_arithmetic_is_shown(tmp_path: Path) -> None:
    """4 M in and 1 M out: 4*0.05 + 0.05 = 0.25, 4*5 + 16 = 36 and 4*0.06 + 0.2 = 0.44 USD."""
    out = tmp_path / "report.md"
    words = ("--input-tokens", "4M", "--output-tokens", "1_000k", "--set", "limits.growth=3", "-o", out)
    files = (FOUNDING / "routing.toml", "--catalog", FOUNDING / "catalog.toml")
    printed, status = ran(*files, *words)
    assert status == 0 and printed == f"wrote {out}"
    text = out.read_text(encoding="utf-8")
    assert "A month of 4,000,000 input and 1,000,000 output tokens" in text
    for offer, row in (
        ("nscale/deepseek-r1-distill-llama-8b", "‡0.25 | 4 M × 0.05 + 1 M × 0.05"),
        ("vertex/llama-3.2-90b-vision-instruct", "36.00 | 4 M × 5 + 1 M × 16"),
        ("nscale/qwen2.5-coder-32b-instruct", "0.44 | 4 M × 0.06 + 1 M × 0.2"),
    ):
        assert f"| {offer} | {row} |" in text
    assert "253.05 USD a month" in text  # 84.35*3
    assert text.endswith("\n") and not text.endswith("\n\n")


@pytest.mark.parametrize("lang", ["en", "ja"])
def test_the_founding_reports_budgets_come_out_right_and_its_errors_are_named(lang: str) -> None:
    content = content_of(founding(), Language(lang))
    for text in (markdown(content), Page(html(content, lang)).text):
        assert all(figure in text for figure in ("0.75", "130.00", "1.60", "0.375"))
        for printed in ("5e-06", "1.6e-05", "6e-08", "2e-07", "0.13", "0.0016", "5 / 160 / 0.60"):
            assert printed in text
    words = {"en": ("per token", "1,000 times too low"), "ja": ("トークンあたり", "1,000 分の 1")}[lang]
    assert all(word in markdown(content) for word in words)


def test_the_founding_reports_errors_have_each_a_name() -> None:
    text = part(text_of(founding()), ORIGINAL)
    assert re.findall(r"^\d+\. \*\*([^:]+):\*\*", text, re.MULTILINE) == [
        "Unit of the price of llama-3.2-90b-vision-instruct",
        "Unit of the price of qwen2.5-coder-32b-instruct",
        "Budget of llama-3.2-90b-vision-instruct",
        "Budget of qwen2.5-coder-32b-instruct",
        "Summary against table",
        "Price “in total” of deepseek-r1-distill-llama-8b",
        *("Ranking by cost", "Whose price it is", "Windows", "Sources"),
    ]
    # 160/130 and 1.60/0.60
    assert "1.23 times too high" in text and "2.67 times too low" in text
    assert ORIGINAL not in text_of(ready())


def test_the_founding_report_has_its_evidence_speeds_and_providers() -> None:
    """0.74 + 1188/30 = 40.3 s: a mean request has (10,000*1,000 + 100*20,000)/10,100 = 1,188 tokens out."""
    text = text_of(founding())
    assert "| qwen2.5-coder-32b-instruct | HumanEval+ | coding | 87.2 |" in part(
        text, "Evidence and benchmarks"
    )
    assert "| nscale/qwen2.5-coder-32b-instruct | \\~40.3 s | 0.74 s | 30 | 1.60 |" in text
    assert "https://cloud.google.com/support" in part(text, "Support and community")


def test_own_tests_are_the_evidence_where_there_are_some(tmp_path: Path) -> None:
    """Only qwen has a test on the label, 81.5 of 120 items, so the floor of 70 leaves nothing else."""
    file = tmp_path / "mine.toml"
    file.write_text(
        "[labels.default]\nrequests = 10\ninput_tokens = 1000\noutput_tokens = 100\nmin_quality = 70\n"
        '[labels.default.measured."qwen2.5-coder-32b-instruct"]\nquality = 81.5\nn = 120\n'
    )
    text = text_of(asked(file, FOUNDING / "catalog.toml"))
    assert "**Evidence:** your own test on default: 81.5 of 100 (120 items)" in text


def test_prices_in_a_wrong_unit_are_named_with_the_budget_that_is_meant() -> None:
    """10 M x 0.000005 + 5 M x 0.000016 per million are 0.00013 USD, 10 M x 6e-08 + 5 M x 2e-07 1.6e-06."""
    answers = asked(
        FOUNDING / "routing.toml", ROOT / "examples" / "founding-report-as-printed" / "catalog.toml"
    )
    text = text_of(answers)
    budget = part(text, "Budget impact")
    assert "| vertex/llama-3.2-90b-vision-instruct | input | 5e-06 | per token | 5 |" in budget
    assert "| vertex/llama-3.2-90b-vision-instruct | 0.00013 | 130.00 |" in budget
    assert "| nscale/qwen2.5-coder-32b-instruct | 1.6e-06 | 1.60 |" in budget
    assert "**Beware:**" in part(text, "Executive summary")
    assert "looks like a figure per token; probably 0.06" in part(text, "Risks and limitations")


def test_every_rule_is_said_and_no_fallback_is_said_to_carry_anything() -> None:
    agent = text_of(asked(ROOT / "examples" / "agent-big-small" / "routing.toml", None))
    cases = part(agent, "Use cases and requirements")
    assert "min\\_quality\\_each: as good as claude-sonnet-4-6@medium" in cases
    assert "min\\_quality\\_each: as good as gpt-4.1-mini" in cases
    assert "budget: 110 USD a month" in cases and "for a fallback" not in agent


def test_growth_that_ends_says_at_which_rule(small: Report) -> None:
    """500 USD hold for 10.7 times 46.49 USD: 100 times have no plan."""
    text = part(text_of(small), "Scalability and flexibility")
    assert "| 100 times | 500,000 | no plan: limits.budget" in text
    assert "Growth ends at: limits.budget" in text
    assert "| 2 times | 10,000 | 92.99 | 9.30 | 2 | - |" in text  # 92.989/10 thousand requests


def test_how_surely_the_plan_keeps_its_rules_is_said(tmp_path: Path, facts: Path) -> None:
    """1,000 requests of 10,000 + 500 tokens at 0.1 and 0.4 are 1.20 USD; the budget is 1.3 times that.

    Price and volume are lognormal with 95th percentiles 1.2 and 1.3: sigma^2 = (ln1.2^2 + ln1.3^2)/1.6449^2 =
    0.03774, and Phi(ln1.3/0.1943) = Phi(1.351) = 0.9116.
    """
    file = tmp_path / "one.toml"
    file.write_text(
        "[limits]\nbudget = 1.56\n[labels.one]\nrequests = 1000\ninput_tokens = 10_000\noutput_tokens = 500\n"
    )
    answers = asked(file, facts)
    assert answers.chances is not None
    assert answers.chances.kept == pytest.approx({"limits.budget": 0.9116}, abs=0.01)
    text = text_of(answers)
    kept = f"{answers.chances.all_kept:.1%}"
    assert f"| limits.budget | 1.56 USD a month | {kept} |" in part(text, "Risks and limitations")
    assert "The least sure is limits.budget with 91%." in part(text, "Executive summary")


def test_means_of_logs_are_written_without_their_decimals(question: Path, facts: Path) -> None:
    sets = ("labels.default.input_tokens=10402.61", "labels.default.requests=1309.4")
    text = text_of(asked(question, facts, *sets))
    assert "| default | 1,309 | 10,403 | 500 |" in part(text, "Use cases and requirements")
    assert "10,403 tokens in" in part(text, "Top recommendations")


def test_marks_that_lie_over_each_other_are_named_together() -> None:
    axis = spread_axis("USD", [0.0, 100.0], str)
    marks = [Mark(50.0, 50.0, "1"), Mark(50.1, 50.0, "2"), Mark(90.0, 50.0, "3")]
    chart = plane("key", "title", "description", axis, axis, (), marks)
    assert [shape.text for shape in chart.shapes if shape.style == "text"] == ["1, 2", "3"]
    assert sum(shape.kind == "circle" for shape in chart.shapes) == 3


def test_html_stands_alone_and_is_accessible() -> None:
    text = html(content_of(ready(), Language("en")), "en")
    page = Page(text)
    assert text.startswith("<!doctype html>") and text.endswith("</html>")
    assert not {"script", "img", "link", "iframe"} & set(page.tags)
    assert not re.search(r"url\(|@import|src=", text)
    assert page.tags.count("caption") + page.tags.count("svg") == page.tags.count("table")
    assert len(page.ids) == len(set(page.ids))
    assert all(link.startswith(("#", "https://", "http://")) for link in page.links)
    assert 'name="viewport"' in text and "@media print" in text and "prefers-color-scheme:dark" in text
    charts = re.findall(r"<svg.*?</svg>", text, re.DOTALL)
    keys = [re.findall(r'aria-labelledby="(\S+)-t ', chart)[0] for chart in charts]
    assert keys == ["cost", "frontier", "latency", "tornado"]
    for chart in charts:
        tree = ElementTree.fromstring(chart)
        titles = [child for child in tree if child.tag.endswith(("title", "desc"))]
        assert len(titles) == 2 and all(child.text for child in titles)
        width, height = (float(figure) for figure in tree.attrib["viewBox"].split()[2:])
        for shape in tree.iter():
            x, y = (float(shape.get(name, 0)) for name in ("x", "y"))
            assert 0 <= x <= width and 0 <= y <= height


def test_same_input_same_bytes() -> None:
    first, again = (
        html(content_of(answers, Language("ja")), "ja") for answers in (founding(), founding_anew())
    )
    assert first == again


def test_names_mark_nothing_up(tmp_path: Path, question: Path, facts: Path) -> None:
    hostile = "<script>alert(1)</script> | `x` *y* [z](javascript:1) 日本語のラベル"
    file = tmp_path / "mine.toml"
    file.write_text(question.read_text().replace("[labels.default]", f"[labels.{json.dumps(hostile)}]"))
    catalog = tmp_path / "hostile.toml"
    catalog.write_text(
        facts.read_text()
        .replace('name = "North"', 'name = "<b onclick=x>N|orth</b>"\ndocumentation = "javascript:alert(1)"')
        .replace("https://example.org", "https://example.org/a|b?c=<d>")
    )
    content = content_of(asked(file, catalog), Language("en"))
    page = Page(html(content, "en"))
    assert "script" not in page.tags and "b" in page.tags and hostile in page.text
    assert not any(link.startswith("javascript") for link in page.links)
    text = markdown(content)
    assert not re.search(r"(?<!\\)<(?!https://)|(?<!\\)\]\((?!<)", text)
    assert "[A paper](<https://example.org/a%7Cb?c=%3Cd%3E>)" in text
    row = next(line for line in text.splitlines() if "日本語" in line and line.startswith("|"))
    assert len(re.findall(r"(?<!\\)\|", row)) == 9  # eight cells


@pytest.mark.parametrize("lang", ["en", "ja"])
def test_an_infeasible_file_is_reported_with_what_clashes_and_helps(lang: str, tmp_path: Path) -> None:
    file = tmp_path / "never.toml"
    file.write_text("[labels.a]\nrequests = 1\ninput_tokens = 1\noutput_tokens = 1\ncontext = 1e11\n")
    page, status = ran(file, "--format", "html", "--lang", lang)
    assert status == 1 and Page(page).lang == lang
    assert "labels.a.context" in page and "100,000,000,000" in page
    text, status = ran(file, "--lang", lang)
    assert status == 1 and text.count("\n## ") == 2  # nothing invented: the summary and the use cases
    if lang == "en":
        assert "There is no plan" in text and "This change" not in text and "→" in text


@pytest.mark.parametrize("lang", ["en", "ja"])
def test_what_time_cut_short_is_said_of_a_clash(lang: str, question: Path, facts: Path) -> None:
    answers = asked(question, facts, "limits.budget=0")
    plan = answers.plan.model_copy(update={"notes": (HASTY, REPAIRS_CUT, NEAR)})
    before, after = text_of(answers, lang), text_of(replace(answers, plan=plan), lang)
    said = "時間切れのため" if lang == "ja" else "Time was out before"
    assert said not in before and after.count(said) == 3


def test_many_labels_are_readable(tmp_path: Path, facts: Path) -> None:
    """60 labels: what needs a solve for each is left out and said to be, the chart has its largest."""
    count = 60
    assert count > MAX_LABELS
    file = tmp_path / "many.toml"
    file.write_text(
        "".join(
            f'[labels."l{at}"]\nrequests = {at + 1}\ninput_tokens = 1000\noutput_tokens = 10\n'
            for at in range(count)
        )
    )
    answers = asked(file, facts)
    text = text_of(answers)
    assert answers.plan.found and len(re.findall(r"^\| l\d+ \| north/small", text, re.MULTILINE)) == count
    assert "44 other labels" in text and text.count("There are too many labels") == 2
    assert Page(html(content_of(answers, Language("en")), "en")).tags.count("svg") == 1


def test_sums_stand_in_another_currency_too(small: Report) -> None:
    """46.4945 USD at 156.5 are 7,276 yen."""
    language = Language("en", Currency("JPY", 156.5))
    text = markdown(content_of(small, language))
    assert "**46.49 USD (JP¥7,276) a month**" in text
    assert "1 USD = 156.5 JPY, as stated when the report was made" in text
    assert "| 60.00 (JP¥9,390) |" in text  # 10*2 + 5*8


@pytest.mark.parametrize(
    ("text", "message"),
    [("JPY", "states no rate"), ("JPY=0", "no rate"), ("JPY=x", "no rate"), ("ABC=2", "no currency's code")],
)
def test_a_currency_needs_its_rate(text: str, message: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        ran("--currency", text)
    assert stopped.value.code == 2 and message in capsys.readouterr().err


def test_the_format_is_that_of_the_file_and_a_folder_is_refused(tmp_path: Path) -> None:
    out = tmp_path / "r.html"
    ran(FOUNDING / "routing.toml", "--catalog", FOUNDING / "catalog.toml", "-o", out)
    assert out.read_text(encoding="utf-8").startswith("<!doctype html>")
    with pytest.raises(InputError, match="folder"):
        ran(FOUNDING / "routing.toml", "--catalog", FOUNDING / "catalog.toml", "-o", tmp_path)
    with pytest.raises(InputError, match=r"r\.pdf: a report is HTML or Markdown, not \.pdf: write r\.html"):
        ran(FOUNDING / "routing.toml", "-o", tmp_path / "r.pdf")
    assert not (tmp_path / "r.pdf").exists()


def test_json_has_plan_and_text() -> None:
    files = (FOUNDING / "routing.toml", "--catalog", FOUNDING / "catalog.toml")
    text, status = ran(*files, "--json", "--lang", "ja", "-o", "-")
    answer = json.loads(text)
    assert status == 0 and set(answer) == {"plan", "growth", "report", "warnings"}
    assert answer["growth"]["1"]["status"] == "optimal" and "エグゼクティブサマリー" in answer["report"]


def test_addresses_are_links_and_hostile_ones_are_text() -> None:
    (link,) = web("https://a.example/x?y=1|2")
    assert link.url == "https://a.example/x?y=1%7C2"
    assert web("javascript:alert(1)")[0].url == "" and web("") == ()
    assert as_text(fill("{a} and {b}.", a="{b}", b="x")) == "{b} and x."  # what is filled in is no template


# The Japanese catalogue


def catalogue() -> MessageCatalog:
    path = language_module.LOCALES / "ja" / "LC_MESSAGES" / "report.po"
    with path.open("rb") as file:
        return read_po(file, locale="ja", abort_invalid=True)


def messages() -> set[str]:
    """Every message of the report's source, singular."""
    folder = language_module.LOCALES.parent
    ways = [("**/language.py", "ignore"), ("**.py", "python"), ("**.j2", "jinja2")]
    found = extract_from_dir(str(folder), ways)
    return {ids if isinstance(ids, str) else ids[0] for _, _, ids, _, _ in found}


def test_every_message_has_a_japanese_translation_and_none_is_left_over() -> None:
    """`make messages` brings new ones into the catalogue."""
    translations = {
        message.id if isinstance(message.id, str) else message.id[0]: message
        for message in catalogue()
        if message.id
    }
    assert set(translations) == messages()
    for name, message in translations.items():
        texts = [message.string] if isinstance(message.string, str) else list(message.string or ())
        assert all(texts) and not message.fuzzy, name
        for text in texts:
            assert places(text) == places(message.id if isinstance(message.id, str) else message.id[1]), name


def places(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_every_word_of_the_domain_is_known() -> None:
    """A rule's unit, a skill, a feature or a sign that has no word would stand there in English."""
    units = {spec.unit for section in ("limits", "labels") for spec in specs(section).values()}
    assert units <= set(vocabulary.UNIT_NAMES)
    assert set(SKILLS) <= set(vocabulary.SKILL_NAMES) and set(FEATURES) <= set(vocabulary.FEATURE_NAMES)
    assert set(LEGEND) == set(vocabulary.SIGN_MEANINGS)
    known = messages()
    tables: tuple[Mapping[str, str], ...] = (
        *(vocabulary.UNIT_NAMES, vocabulary.SKILL_NAMES, vocabulary.FEATURE_NAMES, vocabulary.STATUS_NAMES),
        *(vocabulary.SIGN_MEANINGS, vocabulary.FIT_NAMES, vocabulary.ALLOWANCE_NAMES),
        vocabulary.LICENCE_NAMES,
    )
    for table in tables:
        assert set(table.values()) - {"", "%"} <= known


def test_the_japanese_report_has_every_section_and_no_english_sentence(small: Report) -> None:
    content: Content = content_of(small, Language("ja"))
    assert len(content.sections) == len(SECTIONS) and Page(html(content, "ja")).lang == "ja"
    for section in content.sections:
        assert KANA.search(section.title)
    english = [message for message in messages() if len(message.split()) > 3]
    text = markdown(content).replace("\\", "")
    assert not [message for message in english if "{" not in message and message in text]
    text = re.sub(r"modelpick [\w -]+", "", text)
    sentence = re.compile(r"(?:\b[a-z]{2,} ){2,}[a-z]{2,}")  # names have fewer words in a row
    assert not [row for row in text.splitlines() if sentence.search(row)]
    assert "; " not in text and "proprietary" not in text


def test_figures_and_dates_are_written_as_the_language_has_them() -> None:
    english, japanese = Language("en"), Language("ja")
    assert english.day(TODAY) == "27 November 2026" and japanese.day(TODAY) == "2026年11月27日"
    assert english.listing(["a", "b", "c"]) == "a, b and c" and japanese.listing(["a", "b"]) == "a、b"
    assert english.number(1234567.25) == "1,234,567.25" and english.number(6e-08) == "6e-08"
    assert (
        english.percent(0.004) == "<1%" and english.percent(0.999) == ">99%" and english.percent(1) == "100%"
    )
    assert english.usd(0.00012) == "0.00012" and english.money(-0.0) == "0.00 USD"


def test_the_ready_made_routing_has_a_name() -> None:
    assert text_of(ready()).startswith("# Models for the ready-made routing\n")
    assert text_of(replace(founding(), name="-"), "ja").startswith("# 標準入力のルーティング のモデル選定\n")
    assert ready_made().labels.keys() == ready().plan.labels.keys()
