"""What can be done on a screen, as entries of the finder: its keys by group, and what the signs mean.

Made from the bindings themselves, so that a remapped key shows as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

from textual.binding import Binding

from ..base_screen import printed
from ..entries import Entry

if TYPE_CHECKING:
    from textual.dom import DOMNode

MOVES = ("move(", "page(", "scroll(")
_GROUPS = {  # of a screen's own keys, by name; the others are of the screen
    "Edit": ("undo", "redo", "history", "mend", "cautious", "review", "browse_undo", "browse_redo"),
    "Files and routers": ("save", "save_as", "export", "copy", "editor", "reload", "import", "suspend"),
    "Look": (
        "frontier", "what_if", "browse", "origin", "baseline", "switch", "switch_back", "panel_1", "panel_2",
        "panel_3", "panel_4", "router", "zoom", "sort_rules", "find_line",
    ),
    "Everywhere": ("help", "tour", "end_tour", "palette", "set", "quit", "quit_anywhere"),
}  # fmt: skip
_GROUP_OF = {name: group for group, names in _GROUPS.items() for name in names}
_HERE, _SCREEN, MOVING = "Here", "This screen", "Move the cursor"
_SIGNS, _VALUES = "Signs", "Values and plans"
_MARKS = (
    ("✓", "an offer in the plan; of a plan: proven to be the cheapest"),
    ("✗", "a rule that clashes, or an offer that a rule keeps out"),
    ("⌖", "an offer that is pinned"),
    ("●", "a marked offer; of a rule: tight, a step would change the plan; on a frontier: today"),
    ("○", "of a rule: there is room before it changes the plan"),
    ("▼", "before an offer: dominated, another is nowhere worse and somewhere better; before money: less"),
    ("▲", "before money: more; ▲ and ▼ in a column's head are its order"),
    ("◉ ◆", "on a frontier: the point you are at, and its knee"),
    ("+ −", "of an offer, where plans are compared: it joins, or leaves; ⇄ the plan takes other offers then"),
    ("›5", "five more columns than there is room for"),
    ("▸ ▾", "a model whose other offers are folded under its first, or shown; +5✓: five, one in the plan"),
    ("★", "the best of its row, where offers are compared"),
    ("▌", "where the cursor is; faint figures are of the rules before the last edit"),
)
_ABOUT = (
    ("Values", "typed as in the file: 60, 40_000 (or 40k), 0.9 (or 90%)"),
    ("Lists and weights", 'tools, vision or ["tools", "vision"]; coding 0.7, reasoning 0.3'),
    ("Dropping", "an empty value drops a rule"),
    ("Quality", "0 to 100 points; a context is tokens in and out"),
    ("Without a sign", "a published price, a measured median, or a skill fitted to scores others measured"),
)


def title_of(binding: Binding) -> str:
    """What a key does, in full; a footer has it in fewer words."""
    return binding.tooltip or binding.description


def keys_of(bindings: Iterable[Binding]) -> dict[str, str]:
    """What a key does -> all keys that do it, as they are printed on a keyboard."""
    keys_by_words: dict[str, list[str]] = {}
    for binding in bindings:
        keys_by_words.setdefault(title_of(binding), []).append(printed(binding.key))
    return {words: " ".join(dict.fromkeys(keys)) for words, keys in keys_by_words.items()}


def key_entries(
    keys: Sequence[tuple[DOMNode, Binding]],
    panel: str,
    run: Callable[[str, DOMNode], Callable[[], object]],
    disabled_reason: Callable[[str, DOMNode], str],
) -> list[Entry]:
    """Every action that has a key; those of the panel that has the keyboard first, what moves a cursor last.

    `panel` is the name of that panel's class; `run` gives what carries an action out, `disabled_reason` why
    one can do nothing now.
    """
    names, shown = keys_of(binding for _, binding in keys), set()
    entries = []
    for node, binding in keys:
        title = title_of(binding)
        if title in shown:
            continue
        shown.add(title)
        moves = binding.action.startswith(MOVES)
        mine = type(node).__name__ == panel
        group = getattr(type(node), "GROUP", "") or _GROUP_OF.get(binding.id or "", _SCREEN)
        group = MOVING if moves else _HERE if mine else group
        reason = disabled_reason(binding.action, node)
        about = f"off: {reason}" if reason else ""
        entries.append(Entry(group, title, f"key: {names[title]}", run(binding.action, node), about))
    order = [_HERE, _SCREEN, *_GROUPS]
    places = {group: at for at, group in enumerate(order)} | {MOVING: len(order) + 1}
    return sorted(entries, key=lambda entry: places.get(entry.group, len(order)))


def sign_entries() -> list[Entry]:
    """What every sign means, and how values are typed."""
    from ...engine.domain.marks import LEGEND

    figures = [(sign, f"{name}: {words}") for sign, (name, words) in LEGEND.items()]
    signs = [Entry(_SIGNS, f"{sign}  {words}", about=words) for sign, words in (*_MARKS, *figures)]
    return signs + [Entry(_VALUES, f"{title}: {words}", about=words) for title, words in _ABOUT]
