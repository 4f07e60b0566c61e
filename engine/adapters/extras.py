"""What to run to have an optional part of modelpick, as this copy of it is installed."""

from __future__ import annotations

import re
import sys
from importlib.metadata import PackageNotFoundError, requires
from importlib.util import find_spec
from shlex import quote


def install_command(extra: str) -> str:
    """The command that installs what the part `extra` needs into the environment that runs this."""
    try:
        listed = requires("modelpick") or []
    except PackageNotFoundError:
        listed = []
    marker = re.compile(rf"""extra\s*==\s*["']{re.escape(extra)}["']""")
    packages = [quote(line.partition(";")[0].strip()) for line in listed if marker.search(line)]
    return install_packages(*packages)


def install_packages(*packages: str) -> str:
    """The command that installs these packages, quoted already, there."""
    names = " ".join(packages)
    if "/pipx/venvs/" in sys.prefix.replace("\\", "/"):
        return f"pipx inject modelpick {names}"
    python = quote(sys.executable)
    return (
        f"{python} -m pip install {names}"
        if find_spec("pip")
        else f"uv pip install --python {python} {names}"
    )
