"""The app's own colours; textual's other themes work as well. ANSI is the terminal's own sixteen colours."""

from __future__ import annotations

from dataclasses import replace

from textual.theme import BUILTIN_THEMES, Theme

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
CONTRAST = Theme(
    name="modelpick-contrast",
    primary="#7fd4ff",
    secondary="#ffffff",
    accent="#ffe100",
    warning="#ffe100",
    error="#ff9090",
    success="#7dff8a",
    foreground="#ffffff",
    background="#000000",
    surface="#000000",
    panel="#303030",
    dark=True,
    variables={"text-muted": "#ffffff"},
)
ANSI = replace(BUILTIN_THEMES["ansi-dark"], name="modelpick-ansi", accent="ansi_yellow")
OWN = (DARK, LIGHT, CONTRAST, ANSI)
