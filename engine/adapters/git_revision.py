"""Files as git has them at a revision, named in git's own way: REV:PATH, such as HEAD:routing.toml."""

from __future__ import annotations

import subprocess

from ..domain.errors import InputError
from .disk import MAX_BYTES, decode

_SECONDS = 30.0


def is_revision(name: str) -> bool:
    """Whether a name can be REV:PATH; a single letter before the colon is a drive."""
    revision, colon, path = name.partition(":")
    return bool(colon and path) and len(revision) > 1 and not name.startswith("-") and "\0" not in name


def has_path(name: str) -> bool:
    """Whether git has the file REV:PATH. Raises InputError where it does not know the revision at all."""
    revision = name.partition(":")[0]
    if _git(name, "rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}").returncode:
        raise InputError(f"no such file, and git knows no revision {revision!r} here", where=name)
    return _git(name, "cat-file", "-e", name).returncode == 0


def read_revision(name: str) -> str:
    """The text of REV:PATH. Raises InputError."""
    if not has_path(name):
        revision, _, path = name.partition(":")
        raise InputError(f"git has no file {path!r} at {revision}", where=name)
    shown = _git(name, "cat-file", "blob", name)
    if shown.returncode:
        raise InputError(f"cannot be read: {_first_line(shown.stderr)}", where=name)
    if len(shown.stdout) > MAX_BYTES:
        raise InputError("larger than 50 MB, too large to be one of modelpick's files", where=name)
    return decode(shown.stdout, name)


def _git(name: str, *words: str) -> subprocess.CompletedProcess[bytes]:
    try:
        return subprocess.run(["git", *words], capture_output=True, check=False, timeout=_SECONDS)
    except FileNotFoundError:
        raise InputError("no such file, and there is no git that could know it", where=name) from None
    except (OSError, subprocess.TimeoutExpired) as error:
        raise InputError(f"git does not answer ({type(error).__name__})", where=name) from None


def _first_line(text: bytes) -> str:
    return text.decode("utf-8", "replace").strip().partition("\n")[0]
