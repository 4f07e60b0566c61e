"""The sections in their order."""

from __future__ import annotations

from ...disk import STANDARD
from . import decision, doubts, evidence, figures, operations
from .analysis import Report
from .content import Content, Section, fill
from .context import Context
from .failure import failure_sections
from .language import Language
from .original import is_about_the_original, original


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
