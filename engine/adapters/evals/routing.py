"""Own figures in a routing: labels that are there take them, new ones are made for those that are not."""

from __future__ import annotations

from collections.abc import Mapping

from ...domain.catalog import Catalog, OfferStatus
from ...domain.routing import Label, Limits, Measured, Routing
from ...domain.rules import workload_fields
from .measured import MeasuredLabels
from .results import plural

SLACK = 5  # points that a new label's mix may be below the best model of its test
CONFIDENCE = 0.9  # of a routing that modelpick makes itself


def with_measured(routing: Routing, measured: MeasuredLabels, catalog: Catalog) -> tuple[Routing, list[str]]:
    """`routing` with these figures, and what to say of its labels.

    Figures of models that are not in `measured` stay; a label that is not there is made after the one named
    default, else the first.
    """
    labels, notes = dict(routing.labels), []
    template = routing.labels.get("default") or next(iter(routing.labels.values()))
    for name, figures in measured.labels.items():
        old = labels.get(name)
        if old is None:
            labels[name] = _new_label(template, figures, catalog)
            notes.append(f"labels.{name} is new: requests and tokens are those of another label, change them")
            continue
        replaced = [key for key in figures if key in old.measured]
        if replaced:
            notes.append(f"labels.{name}: new figures of {', '.join(replaced)}")
        labels[name] = old.model_copy(update={"measured": {**old.measured, **figures}})
        if not old.measured and isinstance(old.min_quality, float):
            notes.append(
                f"labels.{name}.min_quality = {old.min_quality:g} is now on the scale of this test, where"
                f" {_best(figures, catalog)} has {max(_quality(each) for each in figures.values()):g}"
            )
    return routing.model_copy(update={"labels": labels}), notes


def new_routing(measured: MeasuredLabels, template: Routing, catalog: Catalog) -> tuple[Routing, list[str]]:
    """A routing of these labels alone, with the workload of the template's, and what was assumed."""
    default = template.labels.get("default") or next(iter(template.labels.values()))
    labels = {
        name: _new_label(template.labels.get(name, default), figures, catalog)
        for name, figures in measured.labels.items()
    }
    limits = Limits(peak=template.limits.peak, confidence=CONFIDENCE)
    count = plural(len(labels), "label")
    notes = [
        f"requests and tokens of {count} are the ready-made ones; --workload FILE takes yours",
        f"min_quality is that of the best model of each test, less {SLACK} points",
    ]
    return Routing(limits=limits, labels=labels), notes


def _new_label(template: Label, figures: Mapping[str, Measured], catalog: Catalog) -> Label:
    """A label with the template's workload, of one offer, as good as the best of its test less SLACK."""
    facts = {name: getattr(template, name) for name in workload_fields("labels") if name != "context"}
    best = _best(figures, catalog)
    floor: float | str = f"{best} - {SLACK}"
    if "/" in best:  # a floor names a model
        floor = max(0.0, round(_quality(figures[best]) - SLACK, 4))
    return Label.model_validate(
        {**facts, "skills": template.skills, "min_quality": floor, "max_models": 1, "measured": dict(figures)}
    )


def _best(figures: Mapping[str, Measured], catalog: Catalog) -> str:
    """The best of those that can be had, else of all."""
    live = {
        key.partition("/")[2] for key, offer in catalog.offers.items() if offer.status != OfferStatus.RETIRED
    }
    sold = [key for key in figures if "/" in key or key in live or key.partition("@")[0] in live]
    return max(sold or figures, key=lambda key: _quality(figures[key]))


def _quality(measured: Measured) -> float:
    return measured.quality if measured.quality is not None else 0.0
