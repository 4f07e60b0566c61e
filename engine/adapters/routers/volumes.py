"""Requests a month of a router's labels, which its file does not say: split as a workload is, or given."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ...domain.errors import InputError, nearest
from ...domain.routing import Routing

_MAX_NAMES = 8  # of labels in one sentence


@dataclass(frozen=True)
class Volumes:
    """Requests a month: of all labels together (None: as the workload has them), and of some by name."""

    total: float | None = None
    by_label: Mapping[str, float] = field(default_factory=dict)


def split_requests(labels: Sequence[str], workload: Routing, volumes: Volumes | None) -> dict[str, float]:
    """Requests a month by label: those that `workload` lacks share its default's, so that none count twice.

    A total is split as the workload is, over the labels that `volumes` does not name. Raises InputError.
    """
    volumes = volumes or Volumes()
    for name in volumes.by_label:
        if name not in labels:
            what = f"the file has no label {name!r}{nearest(name, labels)}"
            raise InputError(what, where="--requests")
    default = default_label(workload)
    new_labels = [n for n in labels if n not in workload.labels and n not in volumes.by_label]
    requests = {name: workload.labels[name].requests for name in labels if name in workload.labels}
    if new_labels:
        sharing = [n for n in labels if n in new_labels or (n == default and n not in volumes.by_label)]
        shared = workload.labels[default].requests
        even = dict.fromkeys(sharing, shared / len(sharing))
        requests |= even if volumes.total is not None else _in_parts(shared, even)
    requests |= volumes.by_label
    if volumes.total is not None:
        rest = volumes.total - sum(volumes.by_label.values())
        if rest < 0:
            what = f"{volumes.total:,.0f} in all are fewer than those of the labels named"
            raise InputError(what, where="--requests")
        open_labels = {name: requests[name] for name in labels if name not in volumes.by_label}
        requests |= _in_parts(rest, open_labels)
    return requests


def _in_parts(total: float, weights: Mapping[str, float]) -> dict[str, float]:
    """A total in the proportion of weights (evenly where all are 0), in whole numbers if it is one."""
    if not any(weights.values()):
        weights = dict.fromkeys(weights, 1.0)
    whole = sum(weights.values())
    parts = {name: total * weight / whole for name, weight in weights.items()}
    if total != int(total) or total < len(parts):
        return parts
    floors = {name: float(int(part)) for name, part in parts.items()}
    left = round(total - sum(floors.values()))
    for name in sorted(parts, key=lambda name: floors[name] - parts[name])[:left]:
        floors[name] += 1.0
    return floors


def default_label(workload: Routing) -> str:
    """The label whose rules one has that the workload lacks."""
    return "default" if "default" in workload.labels else next(iter(workload.labels))


def assumed_workload_note(labels: Sequence[str], workload: Routing, volumes: Volumes | None = None) -> str:
    """What to say of those of `labels` that neither `workload` nor `volumes` has; '' without any."""
    given = (volumes or Volumes()).by_label
    names = [name for name in labels if name not in workload.labels and name not in given]
    if not names:
        return ""
    default = default_label(workload)
    label = workload.labels[default]
    more = f" and {len(names) - _MAX_NAMES} more" if len(names) > _MAX_NAMES else ""
    each = min(split_requests(labels, workload, Volumes(by_label=given))[name] for name in names)
    other = [default] if default in labels and default not in given else []
    alone = not other and len(names) == 1
    sharing = " and ".join([*other, "it" if len(names) == 1 else "these"])
    share = (
        f"it has its {label.requests:,.0f} requests a month ("
        if alone
        else (f"{sharing} share its {label.requests:,.0f} requests a month ({each:,.0f} each, ")
    )
    their = "its" if len(names) == 1 else "their"
    return (
        f"{', '.join(names[:_MAX_NAMES])}{more}: with the rules of {default}; {their} volume is not known, so"
        f" {share}{label.input_tokens:,.0f} tokens in, {label.output_tokens:,.0f} out)"
    )
