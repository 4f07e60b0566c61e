"""The app's own colours; textual's other themes work as well."""

from __future__ import annotations

from textual.theme import Theme

DARK = Theme(
    name="modelpick",
    primary="#7aa2c9",
    secondary="#8f9fb3",
    accent="#e0b36a",
    warning="#e0b36a",
    error="#e07a7a",
    success="#86b98a",
    foreground="#d6d9de",
    background="#14171c",
    surface="#191d23",
    panel="#242a33",
    dark=True,
)
LIGHT = Theme(
    name="modelpick-light",
    primary="#2f5d8a",
    secondary="#5c6b7d",
    accent="#8a5a00",
    warning="#8a5a00",
    error="#a83232",
    success="#2f6b36",
    foreground="#22262c",
    background="#f6f5f1",
    surface="#fbfaf7",
    panel="#e6e4dd",
    dark=False,
)
