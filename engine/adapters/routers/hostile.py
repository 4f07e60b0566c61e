"""Names in a catalogue or routing that a router would not take as they are, but expand or garble."""

from __future__ import annotations

import re

from ...domain.errors import InputError
from .base import ExportJob
from .characters import escaped, unseen

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
