"""Robustness as text: the price of safety by k, then the chances of the plan."""

from __future__ import annotations

from ...domain.formatting import money
from ...domain.robustness import Chances, Doubt, Robustness, Safe
from ...domain.routing import Routing
from .scenarios import swaps_text
from .text import clean, table

_NONE = {"infeasible": "no plan", "timed_out": "no time"}


def robust_text(routing: Routing, found: Robustness) -> str:
    """What `modelpick robust` prints."""
    if not found.safe[0].outcome.found:
        return "No mix keeps all the rules: modelpick explain says why."
    doubt = found.doubt
    head = (
        f"Doubt: a price up to {doubt.price:+.0%}, a label's requests up to {doubt.volume:+.0%}; "
        "at most k of them at their worst."
    )
    if found.cautious:
        unit = "points of quality" if routing.objective == "quality" else "USD a month"
        price = "" if found.caution is None else f": that caution costs {found.caution:,.2f} {unit}"
        head += f"\nSkills count at the low end of their 80 % interval{price}."
    blocks = [head, _safe(routing, found.safe)]
    if found.missing:
        named = ", ".join(str(k) for k in found.missing)
        blocks.append(f"Missing: k = {named}; the time was out before they began (--time-limit SECONDS).")
    if found.chances is not None:
        blocks.append(_chances(found.chances, doubt))
    return "\n\n".join(blocks)


def _safe(routing: Routing, plans: tuple[Safe, ...]) -> str:
    points = routing.objective == "quality"
    rows, notes = [], []
    for one in plans:
        if not one.outcome.found:
            rows.append((str(one.k), _NONE[one.outcome.status], "-", "-", money(one.exposed), "-"))
        else:
            premium = "-" if one.premium is None else f"{max(one.premium, 0.0) + 0.0:,.2f}"
            cells = (money(one.outcome.cost), premium, money(one.worst), money(one.exposed))
            rows.append((str(one.k), *cells, swaps_text(one.swaps) or "-"))
        if one.broken:
            notes.append(f"k = {one.k}: today's plan would break {clean(', '.join(one.broken))}")
        if one.gap and one.bound is not None:
            least = f"the least worst case is at least {money(one.bound)} USD"
            notes.append(f"k = {one.k}: time ran out, at most {one.gap:.2%} from the best; {least}")
        if one.kept is False:
            notes.append(f"k = {one.k}: no plan found stays within the budget in every case")
    unit = "points" if points else "USD"
    columns = ("k", "USD/month", f"premium, {unit}", "at worst", "today's plan at worst", "swaps")
    last = next((one for one in reversed(plans) if one.figures), None)
    if last is not None:
        notes.append(f"The worst for k = {last.k}: {clean(', '.join(last.figures))}")
    return "\n".join([table(columns, rows, right=(0, 1, 2, 3, 4)), *(["", *notes] if notes else [])])


def _chances(one: Chances, doubt: Doubt) -> str:
    said = [
        f"Chances of the plan for k = 0, {one.samples:,} random months (seed {one.seed}; one in twenty off "
        f"by more than {doubt.price:.0%} in price, {doubt.volume:.0%} in volume, {doubt.time:.0%} in time, "
        f"{doubt.quality:g} points or its own interval in a skill):",
        f"  cost {money(one.cost_mean)} USD a month on average, 90 % between {money(one.cost_5)} "
        f"and {money(one.cost_95)}",
    ]
    said += [f"  keeps {clean(path)}: {chance:.1%}" for path, chance in one.kept.items()]
    said.append(f"  keeps all of them: {one.all_kept:.1%}")
    if one.same is not None:
        said.append(f"  has the very offers of the best plan: {one.same:.0%} of {one.resolved} solved anew")
    if one.regret is not None and one.regret_95 is not None:
        said.append(
            f"  where it keeps the rules, the best plan saves {money(one.regret)} USD a month on average, "
            f"95 % at most {money(one.regret_95)}"
        )
    return "\n".join(said)
