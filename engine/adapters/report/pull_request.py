"""Two routings as a comment on a pull request, in the Markdown that GitHub shows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from ...domain.formatting import UNKNOWN, money, points_text
from ...domain.routing import Routing
from ...domain.rules import LIMITS, RulePath, sections, set_in, value_of
from . import markdown
from .check import CHANGE_HEAD, CHANGE_RIGHT, MARKER, broken_markdown, changes
from .comparison import Difference, increase
from .plan import rule_text

MAX_RULES = 40  # changed rules that are listed one by one


def diff_markdown(
    difference: Difference,
    routings: Mapping[str, Routing],
    max_increase: float | None,
    notes: Sequence[str],
    *,
    failed: bool,
) -> str:
    """Before and after by label and altogether, the rules that B breaks, and those that it changes.

    `routings` are the files "A" and "B" as they stand; `notes` are sentences to end with.
    """
    before, after = difference.before, difference.after
    percent = increase(before, after)
    change = f"{(after.cost or 0.0) - (before.cost or 0.0):+,.2f}, {percent:+.1f}%"
    title = f"{money(before.cost)} → {money(after.cost)} USD/month ({change})"
    blocks = [
        f"{MARKER.format('diff')}\n### {'❌' if failed else '✅'} modelpick diff: {markdown.escaped(title)}"
    ]
    if difference.breaks:
        blocks.append(broken_markdown(difference.broken["B"]))
    if max_increase is not None:
        side = "over" if percent > max_increase else "within"
        blocks.append(markdown.escaped(f"The cost is {side} the limit of {max_increase:+g}%."))
    rows = changes(before, after)
    total = (f"{money(plan.cost)}" for plan in (before, after))
    quality = (points_text(plan.quality) for plan in (before, after))
    counted = (points_text(plan.counted) for plan in (before, after))
    figures = (" → ".join(each) for each in (total, quality, counted))
    rows.append(("altogether", "", "", *figures, UNKNOWN, UNKNOWN))
    blocks.append(markdown.table(CHANGE_HEAD, rows, CHANGE_RIGHT))
    edits = list(changed_rules(routings["A"], routings["B"]))
    if edits:
        more = len(edits) - MAX_RULES
        listed = edits[:MAX_RULES] + ([(f"and {more} more", "", "")] if more > 0 else [])
        blocks += ["What the files say differently:", markdown.table(("rule", "A", "B"), listed)]
    loosened = difference.broken.get("A", ())
    if loosened:
        blocks += ["Rules of A that B drops or loosens, and its routes break:", broken_markdown(loosened)]
    blocks += ["\n".join(f"- {markdown.escaped(note)}" for note in notes)] if notes else []
    return "\n\n".join(blocks)


def changed_rules(before: Routing, after: Routing) -> Iterator[tuple[str, str, str]]:
    """Every rule and fact of the workload that two routings say differently: its path, before and after.

    A label that only one of them has is one line.
    """
    for section in dict.fromkeys((*sections(before), *sections(after))):
        if section != LIMITS and not all(section.label in routing.labels for routing in (before, after)):
            sides = ("a label" if section.label in routing.labels else UNKNOWN for routing in (before, after))
            yield (str(section), *sides)  # type: ignore[misc]
            continue
        paths = dict.fromkeys((*set_in(before, section), *set_in(after, section)))
        for path in paths:
            if value_of(before, path) != value_of(after, path):
                yield str(path), _said(before, path), _said(after, path)


def _said(routing: Routing, path: RulePath) -> str:
    setting = value_of(routing, path)
    return UNKNOWN if setting is None or setting in ((), {}) else rule_text(routing, str(path))
