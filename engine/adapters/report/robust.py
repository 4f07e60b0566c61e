"""Robustness as text: the price of safety by k, then the chances of the plan."""

from __future__ import annotations

from ...domain.formatting import money
from ...domain.robustness import Chances, Doubt, Robustness, Safe
from ...domain.routing import Routing
from ...domain.solver_status import SolverStatus
from .scenarios import swaps_text
from .text import clean, table

AT_LIST_PRICES = "The worst cases are at list prices: what subscriptions cover is left out of them."
_NO_PLAN = {SolverStatus.INFEASIBLE: "no plan", SolverStatus.TIMED_OUT: "no time"}


def robust_text(routing: Routing, robustness: Robustness) -> str:
    """What `modelpick robust` prints."""
    if not robustness.safe[0].outcome.found:
        return "No mix keeps all the rules: modelpick explain says why."
    doubt = robustness.doubt
    head = (
        f"Doubt: a price up to {doubt.price:+.0%}, a label's requests up to {doubt.volume:+.0%}, a model's "
        "quality down to the low end of its 80 % interval; at most k of them at their worst."
    )
    if robustness.cautious:
        unit = "points of quality" if routing.objective == "quality" else "USD a month"
        price = "" if robustness.caution is None else f": that caution costs {robustness.caution:,.2f} {unit}"
        head += f"\nQuality counts at {routing.limits.confidence * 100:.4g} % confidence{price}."
    head += "".join(f"\n{note}" for note in robustness.notes)
    blocks = [head, _safe_plans_text(routing, robustness.safe)]
    if robustness.missing:
        named = ", ".join(str(k) for k in robustness.missing)
        blocks.append(f"Missing: k = {named}; the time was out before they began (--time-limit SECONDS).")
    if robustness.chances is not None:
        blocks.append(_chances_text(robustness.chances, doubt))
    return "\n\n".join(blocks)


def _safe_plans_text(routing: Routing, plans: tuple[Safe, ...]) -> str:
    maximises_quality = routing.objective == "quality"
    rows, notes = [], []
    for plan in plans:
        if not plan.outcome.found:
            rows.append((str(plan.k), _NO_PLAN[plan.outcome.status], "-", "-", money(plan.exposed), "-"))
        else:
            premium = "-" if plan.premium is None else f"{max(plan.premium, 0.0) + 0.0:,.2f}"
            cells = (money(plan.outcome.cost), premium, money(plan.worst), money(plan.exposed))
            rows.append((str(plan.k), *cells, swaps_text(plan.swaps) or "-"))
        if plan.broken:
            notes.append(f"k = {plan.k}: today's plan would break {clean(', '.join(plan.broken))}")
        if plan.gap and plan.bound is not None:
            least = f"the least worst case is at least {money(plan.bound)} USD"
            notes.append(f"k = {plan.k}: time ran out, at most {plan.gap:.2%} from the best; {least}")
        if plan.kept is False:
            notes.append(f"k = {plan.k}: no plan found stays within the budget in every case")
    unit = "points" if maximises_quality else "USD"
    columns = ("k", "USD/month", f"premium, {unit}", "at worst", "today's plan at worst", "swaps")
    last = next((plan for plan in reversed(plans) if plan.figures), None)
    if last is not None:
        notes.append(f"The worst for k = {last.k}: {clean(', '.join(last.figures))}")
    return "\n".join([table(columns, rows, right=(0, 1, 2, 3, 4)), *(["", *notes] if notes else [])])


def _chances_text(chances: Chances, doubt: Doubt) -> str:
    lines = [
        f"Chances of the plan for k = 0, {chances.samples:,} random months (seed {chances.seed}; "
        f"one in twenty off by more than {doubt.price:.0%} in price, {doubt.volume:.0%} in volume, "
        f"{doubt.time:.0%} in time, and quality by its own interval, else {doubt.quality:g} points):",
        f"  cost {money(chances.cost_mean)} USD a month on average, 90 % between {money(chances.cost_5)} "
        f"and {money(chances.cost_95)}",
    ]
    lines += [f"  keeps {clean(path)}: {chance:.1%}" for path, chance in chances.kept.items()]
    lines.append(f"  keeps all of them: {chances.all_kept:.1%}")
    if chances.same is not None:
        lines.append(
            f"  has the very offers of the best plan: {chances.same:.0%} of {chances.resolved} solved anew"
        )
    if chances.regret is not None and chances.regret_95 is not None:
        lines.append(
            f"  where it keeps the rules, the best plan saves {money(chances.regret)} USD a month "
            f"on average, 95 % at most {money(chances.regret_95)}"
        )
    return "\n".join(lines)
