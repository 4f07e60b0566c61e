"""The sections in their order; without a plan what clashes, what would help, what was asked, nothing else."""

from __future__ import annotations

from collections.abc import Iterator

from ....domain.plan import REPAIRS_CUT
from ....solver.pick import HASTY, NEAR
from ...disk import STANDARD
from . import decision, doubts, evidence, figures, operations
from .analysis import Report
from .content import Block, Bullets, Cell, Content, Paragraph, Section, Table, code, fill, spans
from .context import Context
from .decision import use_cases
from .language import Language
from .operations import repair_text
from .original import is_about_the_original, original


def failure_sections(c: Context) -> tuple[Section, ...]:
    """The summary with the rules that clash and their repairs, and the use cases."""
    _ = c.gettext
    if c.report.plan.status == "timed_out":
        verdict = _("Time was out before any plan was found. That says nothing about whether there is one.")
    elif c.report.plan.conflicts:
        verdict = _("There is no plan: no mix of offers keeps these rules at once.")
    else:
        verdict = _(
            "There is no plan, and no rule is to blame: the answers are longer than any offer gives, or the "
            "rate limits of the offers leave no room."
        )
    blocks = (Paragraph(spans(verdict)), *_clash(c), *_repairs(c), *_unproven(c))
    return (Section("summary", _("Executive summary"), blocks), use_cases(c))


def _clash(c: Context) -> Iterator[Block]:
    _ = c.gettext
    rows: list[tuple[Cell, ...]] = [
        (code(path), c.words.setting(c.report.routing, path)) for path in c.report.plan.conflicts
    ]
    if rows:
        yield Table.of(_("The rules that clash"), (_("rule"), _("is")), rows, ())


def _repairs(c: Context) -> Iterator[Block]:
    _ = c.gettext
    plan = c.report.plan
    changes = plan.repairs or plan.together
    if changes:
        text = (
            _("Any one of these changes helps:") if plan.repairs else _("All of these changes together help:")
        )
        yield Paragraph(spans(text))
        yield Bullets(tuple(("", repair_text(c, repair)) for repair in changes))
    elif plan.conflicts:
        yield Paragraph(spans(_("No change that helps was found in the time there was.")))


def _unproven(c: Context) -> Iterator[Block]:
    """What of the clash and of the changes could not be proven in the time there was."""
    _ = c.gettext
    sentences = {
        HASTY: _("Time was out before these were proven the fewest: some of them may not be to blame."),
        REPAIRS_CUT: _(
            "Time was out before every change was looked for: those named may not be the smallest, or all."
        ),
        NEAR: _("Time was out before these changes together were proven the nearest."),
    }
    for note in c.report.plan.notes:
        if note in sentences:
            yield Paragraph(spans(sentences[note]))


def content_of(report: Report, language: Language) -> Content:
    """The whole report in a language."""
    c = Context(report, language)
    _ = c.gettext
    names = {"": _("the ready-made routing"), STANDARD: _("the routing on standard input")}
    title = _("Models for {name}").format(name=names.get(report.name, report.name))
    made = fill(
        _("Made on {day} with the catalogue of {as_of}."),
        day=language.day(report.today),
        as_of=language.day(report.catalog.as_of),
    )
    sections = _sections(c) if report.plan.found else failure_sections(c)
    return Content(title, made, sections)


def _sections(c: Context) -> tuple[Section, ...]:
    sections = [
        decision.summary(c),
        decision.recommendations(c),
        decision.routing_table(c),
        decision.use_cases(c),
        figures.comparison(c),
        figures.budget(c),
        operations.alternatives(c),
        operations.providers(c),
        figures.latency(c),
        operations.scalability(c),
        operations.compatibility(c),
        operations.support(c),
        evidence.evidence(c),
        doubts.risks(c),
        doubts.sources(c),
        doubts.method(c),
    ]
    if is_about_the_original(c.report):
        sections.insert(6, original(c))
    return tuple(sections)
