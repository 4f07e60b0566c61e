"""Conflicts: an irreducible infeasible subset (IIS) of a routing's named rules.

Found by a deletion filter (Chinneck and Dravnieks, Locating minimal infeasible constraint sets in linear
programs, ORSA J. Computing 3, 1991) that tries whole groups of rules before single ones.
"""

from __future__ import annotations

from ...domain.routing import Routing
from ...domain.rules import OBJECTIVE, rules_in_force, spec_of, without
from .feasibility import FeasibilityTest, label_alone

FILTER_ORDER = ((False, True), (False, False), (True, False))  # see _filter_group; the last is tried first


def conflicts(routing: Routing, test: FeasibilityTest) -> tuple[str, ...]:
    """Paths of one minimal set of rules that cannot hold together; empty when even no rule leaves a plan.

    Where time runs out the rules still conflict, but a subset of them might. A label that cannot be served by
    itself is looked at alone; the whole then confirms its conflict.
    """
    rules = rules_in_force(routing)
    if test.infeasible(without(routing, set(rules))):
        return ()
    for label in reversed(routing.labels):
        alone = label_alone(routing, label)
        if test.infeasible(alone):
            conflict = _irreducible(alone, rules_in_force(alone), test)
            if all(test.feasible(without(routing, {*rules} - {*conflict} | {rule})) for rule in conflict):
                return conflict
    return _irreducible(routing, rules, test)


def reason_beyond_rules(routing: Routing, test: FeasibilityTest) -> str:
    """Why there is no plan where no rule is to blame, in words."""
    bare = without(routing, {*rules_in_force(routing)})
    unserved = [name for name in routing.labels if test.infeasible(label_alone(bare, name))]
    if unserved:
        no_offer = f"no rule is to blame: no offer can serve {', '.join(unserved)}"
        return f"{no_offer}; the answers are longer than any gives, or more than the rate limits allow"
    return "no rule is to blame: the offers' rate limits leave no plan for all labels at once"


def _irreducible(routing: Routing, rules: tuple[str, ...], test: FeasibilityTest) -> tuple[str, ...]:
    """The deletion filter: rules without which the others still conflict are dropped, group by group.

    What makes tests hard, the counts across labels, goes first; the budget, which makes few harder, last.
    """
    dropped: set[str] = set()
    kinds = [tuple(rule for rule in rules if _filter_group(rule) == kind) for kind in FILTER_ORDER]
    groups = [kind for kind in kinds if kind]
    while groups:
        group = groups.pop()
        if test.infeasible(without(routing, dropped | {*group})):
            dropped |= {*group}
        elif len(group) > 1:
            half = len(group) // 2
            groups += [group[half:], group[:half]]
    return tuple(rule for rule in rules if rule not in dropped)


def _filter_group(path: str) -> tuple[bool, bool]:
    """Whether the rule counts across labels; whether it is about money."""
    spec = spec_of(path)
    of_money = spec.in_money or path == str(OBJECTIVE)
    return spec.couples_labels and not of_money, of_money
