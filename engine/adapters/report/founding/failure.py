"""The report of a routing without a plan: what clashes, what would help, what was asked; nothing else."""

from __future__ import annotations

from collections.abc import Iterator

from .content import Block, Bullets, Cell, Paragraph, Section, Table, code, spans
from .context import Context
from .decision import use_cases
from .operations import repair_text


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
    blocks = (Paragraph(spans(verdict)), *_clash(c), *_repairs(c))
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
