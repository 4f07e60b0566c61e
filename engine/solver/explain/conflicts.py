"""Which rules clash: a deletion filter over the named rules gives an irreducible infeasible subset."""

from __future__ import annotations

from ...domain.routing import Routing
from ...domain.rules import rules_in_force, without
from .feasibility import FeasibilityTest, label_alone

__all__ = ["conflicts", "rules_in_force", "without"]


COUNTS = {"limits.max_models", "limits.max_providers", "limits.max_provider_share"}
MONEY = {"limits.budget", "objective"}
ORDER = ((False, True), (False, False), (True, False))  # whether of the counts, of money; the last goes first


def conflicts(routing: Routing, test: FeasibilityTest) -> tuple[str, ...]:
    """One minimal set of rules that cannot hold together; empty when even no rule leaves an answer.

    Where time runs out the rules still clash, but fewer of them might. A label that cannot be served by
    itself is looked at alone; the whole then confirms what it says.
    """
    rules = rules_in_force(routing)
    if test.impossible(without(routing, set(rules))):
        return ()
    for label in reversed(routing.labels):
        alone = label_alone(routing, label)
        if test.impossible(alone):
            found = _irreducible(alone, rules_in_force(alone), test)
            if all(test.possible(without(routing, {*rules} - {*found} | {rule})) for rule in found):
                return found
    return _irreducible(routing, rules, test)


def reason_beyond_rules(routing: Routing, test: FeasibilityTest) -> str:
    """Why there is no plan where no rule is to blame, in words."""
    bare = without(routing, {*rules_in_force(routing)})
    lost = [name for name in routing.labels if test.impossible(label_alone(bare, name))]
    if lost:
        words = f"no rule is to blame: no offer can serve {', '.join(lost)}"
        return f"{words}; the answers are longer than any gives, or more than the rate limits allow"
    return "no rule is to blame: the offers' rate limits leave no plan for all labels at once"


def _irreducible(routing: Routing, rules: tuple[str, ...], test: FeasibilityTest) -> tuple[str, ...]:
    """The deletion filter: rules whose loss changes nothing go, as many as go together at once.

    What makes questions hard, the counts across labels, goes first; the budget, which makes few harder, last.
    """
    gone: set[str] = set()
    kinds = [tuple(rule for rule in rules if (rule in COUNTS, rule in MONEY) == kind) for kind in ORDER]
    todo = [kind for kind in kinds if kind]
    while todo:
        some = todo.pop()
        if test.impossible(without(routing, gone | {*some})):
            gone |= {*some}
        elif len(some) > 1:
            half = len(some) // 2
            todo += [some[half:], some[:half]]
    return tuple(rule for rule in rules if rule not in gone)
