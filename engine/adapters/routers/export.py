"""A routing exported to a real router: what it would read, and what changes in its file."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...domain.errors import InputError, ModelpickError, nearest
from ...domain.formatting import cents
from ...domain.levels import spelled_out, with_canonical_names
from .values import escaped, unseen

if TYPE_CHECKING:
    from ...domain.catalog import Catalog
    from ...domain.plan import Plan
    from ...domain.routing import Routing
    from ...solver.pick import Picker
    from .base import ExportedConfig, ExportJob, ImportedConfig, Mix

_EXPANDED = re.compile(
    r"\{\s*(?:file|env)\s*:|\$(?=[A-Za-z_{(])|^\s*os\.environ/|\{\{|\{%|\{#|`", re.IGNORECASE
)


def check_names(job: ExportJob) -> None:
    """Raises InputError for a name of an offer in use, or of a label, that a router would expand or garble.

    Names: the offer's key and id, its provider's base_url, and the label's name.
    """
    for label in job.mixes:
        _check(label, f"labels.{label}")
    for endpoint in job.endpoints:
        _check(endpoint.offer, f"offers.{endpoint.offer}")
        _check(endpoint.id, f"offers.{endpoint.offer}.id")
        _check(endpoint.base_url, f"providers.{endpoint.provider}.base_url")


def _check(name: str, key: str) -> None:
    if garbling := next(filter(unseen, name), None):
        what = f"holds the invisible character U+{ord(garbling):04X}, which no router's file takes"
        raise InputError(what, key=escaped(key))
    if expanded := _EXPANDED.search(name):
        start = name[expanded.start() : expanded.start() + 24].strip()
        what = f"holds {start!r}, which a router replaces by a file, a variable or a template's answer"
        raise InputError(what, key=key)


_KEPT = "what is there is kept, and its old text beside it"


class NoPlan(ModelpickError):
    """There is no plan that could be exported; `plan` says why."""

    def __init__(self, plan: Plan) -> None:
        super().__init__(f"no plan was found ({plan.status})")
        self.plan = plan


@dataclass(frozen=True)
class ExportRequest:
    """Which router; the file it is for, its values and text where it is there; tokens of a long prompt.

    `threshold` None: the file's own, else 60,000.
    """

    router: str
    threshold: int | None
    out: Path | None = None
    old_settings: Any = None
    old_text: str | None = None


@dataclass(frozen=True)
class RouterExport:
    """A router's file, and what is to be said of it: `cost` in USD a month there, and as it is routed.

    mixes: by label, as they are written.
    """

    request: ExportRequest
    config: ExportedConfig
    text: str
    mixes: Mapping[str, Mix]
    warnings: tuple[str, ...]
    notes: tuple[str, ...]
    cost: float | None
    cost_as_routed: float | None

    @property
    def summary(self) -> dict[str, Any]:
        """As --json has it."""
        return {
            "router": self.request.router,
            "warnings": list(self.warnings),
            "notes": list(self.notes),
            "cost": self.cost,
            "cost_as_routed": self.cost_as_routed,
            "labels": {
                name: {"routes": dict(mix.shares), "fallbacks": list(mix.fallbacks)}
                for name, mix in self.mixes.items()
            },
        }

    @cached_property
    def backups(self) -> dict[Path, Path | None]:
        """Every file that a save changes, and where its old text goes; None where there is no old text."""
        from ..disk import check_plain, exists, read_text

        out = self.request.out
        assert out is not None
        changed: dict[Path, Path | None] = {}
        for name, content in self.config.side_files.items():
            beside = out.with_name(name)
            check_plain(beside, _KEPT)
            old = read_text(beside, keep_mark=True) if exists(beside) else None
            if old != content:
                changed[beside] = None if old is None else _backup(beside, old)
        old = self.request.old_text
        if self.text != old:
            changed[out] = None if old is None else _backup(out, old)
        return changed

    def save(self) -> tuple[str, ...]:
        """Save what changed, the old texts beside it first. Returns what `disk.save` has to say. Raises
        InputError."""
        from ..disk import exists, read_text, save

        texts = {
            Path(self.request.out or "").with_name(name): text
            for name, text in self.config.side_files.items()
        }
        notes = []
        for path, backup in self.backups.items():
            if backup is not None and not exists(backup):
                save(backup, read_text(path, keep_mark=True))
            notes.append(save(path, texts.get(path, self.text)))
        return tuple(filter(None, notes))

    def changes(self, dry: bool) -> str:
        """What a save changes, or has changed: each file's name, and what changes in it as a unified diff."""
        from difflib import unified_diff

        out, old = self.request.out, self.request.old_text
        assert out is not None
        verb = "would write" if dry else "wrote"
        backups = self.backups
        beside = [
            f"{path}{'' if backup is None else f', its old text in {backup}'}"
            for path, backup in backups.items()
            if path != out
        ]
        if out not in backups:
            return "\n".join([f"{out} says so already", *(f"{verb} {path}" for path in beside)])
        if old is None:
            return f"{verb} {' and '.join([str(out), *beside])}"
        lines = old.splitlines(), self.text.splitlines()
        diff = unified_diff(*lines, str(backups[out]), str(out), lineterm="")
        return "\n".join([*diff, *(f"{verb} {path}" for path in beside)])


def export_request(router: str, threshold: int | None, out: Path | None) -> ExportRequest:
    """The request with what is in the file already. Raises InputError where nothing can be merged."""
    from ..disk import check_plain, exists, read_text
    from . import router_module
    from .text import parse_settings

    if out is not None:
        check_plain(out, _KEPT)
    text = read_text(out, keep_mark=True) if out is not None and exists(out) else None
    settings = parse_settings(text, router_module(router).TARGET, str(out))
    check_table(settings, str(out))
    return ExportRequest(router, threshold, out, settings, text)


def check_table(settings: Any, where: str) -> None:
    """Raises InputError for settings that are no table."""
    if settings is not None and not isinstance(settings, dict):
        raise InputError("holds no table of settings, so nothing can be merged", where=where)


def export_routing(routing: Routing, catalog: Catalog, today: date, request: ExportRequest) -> RouterExport:
    """What the router reads. Raises InputError, NoPlan, and Inexpressible where it has no words for it."""
    from ..catalog.alerts import alerts
    from . import router_module
    from .approximate import FitProblem, fit_to_router
    from .base import DEFAULT_THRESHOLD, ExportedConfig, ExportJob, ImportedConfig
    from .costing import subscription_notes, weak_fallback_notes
    from .import_ import read_settings
    from .own_names import endpoint_index
    from .text import check_shapes, render_settings

    catalog = spelled_out(catalog)
    routing = with_canonical_names(routing, catalog.models)
    router, old, where = router_module(request.router), request.old_settings, str(request.out)
    existing = ImportedConfig()
    if old is not None:
        existing = read_settings(old, where, router, endpoint_index(catalog))
    routing, stays = _without_unknown(routing, existing)
    if stays and not routing.labels:
        return RouterExport(request, ExportedConfig(old), request.old_text or "", {}, (), stays, None, None)
    mixes, routes_note = _mixes(routing, catalog, today)
    threshold = request.threshold or existing.threshold or DEFAULT_THRESHOLD
    problem = FitProblem(routing, catalog, router.TARGET, today, threshold, frozenset(existing.offers))
    fit = fit_to_router(problem, mixes)
    job = ExportJob(catalog, fit.mixes, threshold, request.out, existing)
    check_names(job)
    config = router.export_config(job, old)
    warnings = (*fit.warnings, *config.warnings)
    comments = [*warnings, *config.notes]
    text = render_settings(config.settings, request.old_text, router.TARGET, comments, where)
    if old is not None and text != request.old_text:
        check_shapes(old, router.TARGET, "" if request.out is None else where)
    used = [offer for mix in fit.mixes.values() for offer in (*mix.shares, *mix.fallbacks)]
    weak = weak_fallback_notes(routing, catalog, fit.mixes, today)
    warnings = (*warnings, *weak, *alerts(catalog, used, today))
    bought = subscription_notes(routing, catalog, fit.mixes, today)
    notes = (*filter(None, [routes_note]), *stays, *fit.notes, *config.notes, *bought)
    return RouterExport(request, config, text, fit.mixes, warnings, notes, fit.cost, fit.cost_as_routed)


def _without_unknown(routing: Routing, existing: ImportedConfig) -> tuple[Routing, tuple[str, ...]]:
    """The routing without the labels that have no routes while their models in the file are not known, which
    stay; and what to say of them. A routing without any routes is to be solved, so it keeps its labels.
    """
    unrouted = [name for name, label in routing.labels.items() if not label.routes]
    names = [name for name in unrouted if name in existing.unknown_labels]
    if len(unrouted) == len(routing.labels) and len(names) < len(unrouted):
        return routing, ()
    labels = {name: label for name, label in routing.labels.items() if name not in names}
    notes = tuple(
        f"{name}: stays {', '.join(existing.unknown_models[name])}, as the routing has no routes for it;"
        " modelpick solve makes some"
        for name in names
    )
    return routing.model_copy(update={"labels": labels}), notes


def _mixes(routing: Routing, catalog: Catalog, today: date) -> tuple[dict[str, Mix], str]:
    """The routing's own routes, else the best ones; what to say of that. Raises NoPlan, and InputError for a
    route to an unknown offer: which one takes its place is not for an export to choose."""
    from .costing import current_mixes, plan_mixes, uneven_share_notes, unknown_fallback_notes

    for name, label in routing.labels.items():
        for route in label.routes:
            if route.offer not in catalog.offers:
                near = nearest(route.offer, catalog.offers)
                what = (
                    f"unknown offer {route.offer!r}{near}; modelpick solve -o writes routes of today's offers"
                )
                raise InputError(what, key=f"labels.{name}.routes")
    current = current_mixes(routing, catalog)
    if current is not None:
        notes = [*uneven_share_notes(routing), *unknown_fallback_notes(routing, catalog)]
        return current, "; ".join(notes)
    from ...solver.pick import pick

    plan = pick(routing, catalog, today=today)
    if not plan.found:
        raise NoPlan(plan)
    unrouted = [name for name, label in routing.labels.items() if not label.routes]
    lacking = f"{', '.join(unrouted)} had" if len(unrouted) < len(routing.labels) else "it has"
    others = ", so those of the other labels are new as well" if len(unrouted) < len(routing.labels) else ""
    why = f"{lacking} no routes yet{others}"
    return plan_mixes(routing, plan), f"solved first, as {why}: {cents(plan.cost or 0.0)} USD/month"


def _backup(path: Path, old: str) -> Path:
    """Where `old`, the text of the file at `path`, is kept: beside it, never over another text."""
    from ..disk import exists, read_text

    number = 1
    while True:
        backup = path.with_name(f"{path.name}.bak{'' if number == 1 else f'.{number}'}")
        if not exists(backup) or (backup.is_file() and read_text(backup, keep_mark=True) == old):
            return backup
        number += 1


def export(
    picker: Picker,
    routing: Routing,
    seconds: float | None,  # noqa: ARG001
    *,
    router: str,
    out: str | None = None,
    write: bool = False,
) -> dict[str, Any]:
    """What `modelpick export --json` says of a routing with its routes; only with `write` is it written."""
    from ..disk import check_inside
    from .approximate import Inexpressible

    if out is not None:
        check_inside(Path(out), "exported")
    try:
        request = export_request(router, None, None if out is None else Path(out))
        exported = export_routing(routing, picker.catalog, picker.today, request)
    except Inexpressible as error:
        raise InputError(str(error)) from None
    if out is not None:
        for name in exported.config.side_files:  # a name beside it may be a link that leads away
            check_inside(Path(out).with_name(name), "exported")
        for backup in filter(None, exported.backups.values()):
            check_inside(backup, "exported")
    links = exported.save() if write else ()
    changes = "" if out is None else exported.changes(not write)
    old_text_path = None if out is None else exported.backups.get(Path(out))
    return {
        **exported.summary,
        "backup": None if old_text_path is None else str(old_text_path),
        "text": exported.text,
        "files": list(exported.config.side_files),
        "changes": changes,
        "links": list(links),
    }
