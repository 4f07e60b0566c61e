"""What the total is compared with: the plan before the edit, the last save, or a simpler way to route."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from ...engine.domain.errors import InputError
from ...engine.domain.formatting import plural
from ..widgets.inputs import short

if TYPE_CHECKING:
    from ..document.document import Document
    from ..document.editing_session import EditingSession
    from ..solver.requests import Imported, Mixes

EDIT, SAVED = "the last edit", "the last save"
FILE = "the file's own routes"
ONE_MODEL = "one model"
_BASELINES = (
    (EDIT, "the plan before the last change"),
    (SAVED, "the plan of the rules as saved"),
    (ONE_MODEL, "the best one, at any provider"),
    ("one offer", "the best one, at one provider"),
    ("cheapest", "the cheapest for each label"),
    ("highest quality", "the best for each label"),
)


class ComparisonController:
    """The chosen comparison and its figure, which comes after the plan and never holds it up."""

    def __init__(
        self,
        session: EditingSession,
        start: Callable[[Callable[[], Awaitable[None]]], object],
        show: Callable[[float | None, str], None],
    ) -> None:
        """`start` runs a request; `show` is given a cost in USD a month, or None, and what it is of."""
        self._session, self._start, self._show = session, start, show
        self.name = EDIT
        self._imported: dict[str, Imported] = {}
        session.saved_listeners.append(self._saved)

    def choices(self) -> list[tuple[str, str]]:
        """Every comparison by name, and what it is."""
        file = [(FILE, "as it was read or saved")] if routes_in_file(self._session.document) else []
        imports = [(name, f"read from {short(config.path)}") for name, config in self._imported.items()]
        return [*_BASELINES, *file, *imports]

    def choose(self, name: str) -> str:
        """Compare with what has this name; in words, with the labels that are not compared."""
        self.name = name
        self.refresh()
        missing = _missing(self._session.document, self._mixes(name)[0])
        return ", ".join(filter(None, (f"the total against {name}", _without(missing))))

    def add(self, imported: Imported) -> str:
        """Compare with the routes of a router's config. Raises InputError where it has none of the labels."""
        from ...engine.adapters.routers.import_ import mixes_for_labels

        labels = self._session.document.routing.labels
        mixes_for_labels(imported.shares, labels, str(imported.path), imported.lost)
        self._imported[imported.name] = imported
        return self.choose(imported.name)

    def _saved(self) -> None:
        """The saved rules are others, or the plan they have."""
        if self.name == SAVED:
            self.refresh()

    def refresh(self) -> None:
        """Compare anew: the plan is another."""
        document = self._session.document
        if self.name == EDIT:
            self._show(document.previous_cost, "")
        elif self.name == SAVED:
            self._show(None if document.saved_plan is None else document.saved_plan.cost, self.name)
        else:
            self._show(None, self.name)
            self._start(partial(self._request, self.name))

    async def one_model(self) -> tuple[float, str] | None:
        """What the best single model for all labels costs, USD a month, and which it is.

        None where the rules have changed meanwhile, or there is no answer; where something else was chosen,
        which is a question of the same kind and must not be overtaken by this one.
        """
        if self.name != EDIT:
            return None
        routing = self._session.document.routing
        try:
            answer = await self._session.solver.ask("baselines", routing)
        except InputError:  # the screen's figure is left out; whoever chooses the comparison is told why
            return None
        if answer is None or routing != self._session.document.routing:
            return None
        against = (baseline for baseline in answer["against"] if baseline["name"] == ONE_MODEL)
        return next(((b["outcome"]["cost"], _described(b, b["choice"])) for b in against), None)

    async def _request(self, name: str) -> None:
        routing = self._session.document.routing
        try:
            mixes, assumption = self._mixes(name)
            document = self._session.document
            missing = _missing(document, mixes)
            if missing and not (document.solved and document.plan is not None and document.plan.found):
                return  # their mixes are the plan's: with the next one this is asked again
            mixes = {**mixes, **_planned(document, missing)}
            arguments: dict[str, Any] = {"existing": {name: mixes}} if mixes else {}
            answer = await self._session.solver.ask("baselines", routing, **arguments)
        except InputError as error:
            if name == self.name:
                self._show(None, f"{name}: {error.key}: {error.what}")
            return
        if answer is None or name != self.name or routing != self._session.document.routing:
            return
        for baseline in answer["against"]:
            if baseline["name"] == name:
                details = filter(None, (baseline["choice"], assumption, _without(missing)))
                self._show(baseline["outcome"]["cost"], _described(baseline, "; ".join(details)))

    def _mixes(self, name: str) -> tuple[Mixes, str]:
        """Label -> offer -> share for routes that exist already, and what of them is a guess."""
        from ...engine.adapters.routers.import_ import mixes_for_labels

        document = self._session.document
        if name == FILE:
            return routes_in_file(document), ""
        if name not in self._imported:
            return {}, ""
        imported = self._imported[name]
        return mixes_for_labels(imported.shares, document.routing.labels, str(imported.path), imported.lost)


def _missing(document: Document, mixes: Mixes) -> list[str]:
    """The labels that the routes compared with have not; none where these are not a file's."""
    return [name for name in document.routing.labels if name not in mixes] if mixes else []


def _planned(document: Document, labels: Iterable[str]) -> dict[str, dict[str, float]]:
    """The plan's own mixes for these labels, so that only the others differ from it."""
    plans = {} if document.plan is None else document.plan.labels
    return {name: {route.offer: route.share for route in plans[name].routes} for name in labels}


def _without(labels: Sequence[str]) -> str:
    """What to say of labels that are not compared."""
    return f"without {', '.join(labels)}, for which the file has no routes" if labels else ""


def _described(baseline: Mapping[str, Any], details: str) -> str:
    """'one model (gpt-5-mini), which breaks 2 rules'."""
    count = len({violation["rule"] for violation in baseline["broken"]})
    broken = f", which breaks {plural(count, 'rule')}" if count else ""
    return f"{baseline['name']}{f' ({details})' if details else ''}{broken}"


def routes_in_file(document: Document) -> dict[str, dict[str, float]]:
    """Label -> offer -> share, as the file had them when it was read or saved.

    A label without routes, or with an offer that the catalogue does not have, is left out.
    """
    from ...engine.adapters.routing_file import canonical, read_routing

    if document.file.text is None:
        return {}
    labels = canonical(read_routing(document.file.text, ""), document.listed_catalog).labels
    mixes = {name: {route.offer: route.share for route in label.routes} for name, label in labels.items()}
    offers = document.listed_catalog.offers
    return {
        name: mixes[name]
        for name in document.routing.labels
        if mixes.get(name) and all(offer in offers for offer in mixes[name])
    }
