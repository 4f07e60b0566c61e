"""The one place that touches the disk: whole texts in, whole texts out, never a half-written file.

Also the one folder whose files an app may open and save that is driven from elsewhere.
"""

from __future__ import annotations

import codecs
import errno
import os
import re
import stat
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from ..domain.errors import InputError
from .temporary import new_folder

STANDARD, STANDARD_INPUT = "-", "standard input"
MAX_BYTES = 50 * 1024 * 1024
_NEW_FILE_MODE = 0o666
_TEMPORARY_SUFFIX = ".modelpick.tmp"
_MAX_NAME = 40  # characters of the saved file's name in the temporary one's: 160 bytes at most
_NOTICE_AFTER = 1.0  # seconds of waiting for a pipe's text before that is said
_ABANDONED_AFTER = 600.0  # seconds after which a temporary file that nobody writes is left over
FOLDER = "MODELPICK_FOLDER"
"""The environment variable with that folder; without it, every file may be opened."""


def exists(path: Path) -> bool:
    """Whether something is at `path`; also where that cannot be told, so that reading it says why."""
    if is_standard(path):
        return True
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except (OSError, ValueError):  # such as a folder that may not be looked into
        return True
    return True


def read_text(path: str | os.PathLike[str], *, keep_mark: bool = False) -> str:
    """The text of a UTF-8 file or pipe, of standard input for "-"; line ends as they are.

    Raises InputError for anything else, or over 50 MB.

    `keep_mark`: with the byte order mark, where there is one. That it waits for a pipe is said on a terminal.
    """
    content = read_content(path)
    text = decode(content, STANDARD_INPUT if is_standard(path) else str(path))
    return f"\ufeff{text}" if keep_mark and content.startswith(codecs.BOM_UTF8) else text


def read_content(path: str | os.PathLike[str]) -> bytes:
    """The bytes of a file or pipe, of standard input for "-". Raises InputError, also over 50 MB."""
    if is_standard(path):
        return standard_input()
    try:
        mode = Path(path).stat().st_mode
        if not stat.S_ISFIFO(mode) and (kind := special_kind(path)):
            raise InputError(f"is {kind}, not a file", where=str(path))
        with _waiting_notice(path, stat.S_ISFIFO(mode)), Path(path).open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        raise InputError(reason_text(error), where=str(path)) from None
    if len(content) > MAX_BYTES:
        raise InputError("larger than 50 MB, too large to be one of modelpick's files", where=str(path))
    return content


def is_standard(path: str | os.PathLike[str]) -> bool:
    """Whether a path is "-", standard input or output; a file of that name is ./-."""
    return os.fspath(path) == STANDARD


_standard_input: list[tuple[object, bytes]] = []  # the stream and what was in it


def standard_input() -> bytes:
    """All of standard input, also when it is read again. Raises InputError for none, or over 50 MB."""
    stream = None if sys.stdin is None else getattr(sys.stdin, "buffer", None)
    if stream is None:
        raise InputError("there is none", where=STANDARD_INPUT)
    if _standard_input and _standard_input[0][0] is stream:
        return _standard_input[0][1]
    try:
        with _waiting_notice(STANDARD_INPUT, pipe=True):
            content: bytes = stream.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        raise InputError(reason_text(error), where=STANDARD_INPUT) from None
    if len(content) > MAX_BYTES:
        reason = "larger than 50 MB, too large to be one of modelpick's files"
        raise InputError(reason, where=STANDARD_INPUT)
    _standard_input[:] = [(stream, content)]
    return content


def standard_input_file() -> Path:
    """Standard input as a file that is gone at exit; its name ends as its text begins. Raises InputError."""
    content = standard_input()
    start = content.lstrip(b"\xef\xbb\xbf \t\r\n")[:4]
    suffix = ".parquet" if start == b"PAR1" else ".csv"
    if start[:1] in (b"{", b"["):
        first_line = content.lstrip().partition(b"\n")[0].rstrip()
        suffix = ".jsonl" if start[:1] == b"{" and first_line.endswith(b"}") else ".json"
    path = new_folder() / f"standard-input{suffix}"
    path.write_bytes(content)
    return path


def special_kind(path: str | os.PathLike[str]) -> str:
    """'a folder', 'a pipe', 'a socket' or 'a device'; '' for a plain file, /dev/null, or nothing there."""
    try:
        status = Path(path).stat()
        if stat.S_ISCHR(status.st_mode) and status.st_rdev == Path(os.devnull).stat().st_rdev:
            return ""
    except (OSError, ValueError):
        return ""
    return _KINDS.get(stat.S_IFMT(status.st_mode), "")


_KINDS = {
    stat.S_IFDIR: "a folder",
    stat.S_IFIFO: "a pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}


def can_begin(path: Path) -> bool:
    """Whether a routing file of that name can be begun: .toml, in a folder that is there, and new."""
    return path.suffix == ".toml" and path.parent.is_dir() and not os.path.lexists(path)


def check_plain(path: str | os.PathLike[str], why: str) -> None:
    """Raises InputError for a folder, pipe, socket or device. `why` says what a plain file is needed for."""
    if kind := special_kind(path):
        raise InputError(f"is {kind}, not a file; {why}", where=str(path))


@contextmanager
def _waiting_notice(path: str | os.PathLike[str], pipe: bool) -> Iterator[None]:
    """Say on a terminal, after a second, that a pipe is waited for."""
    if not pipe or sys.stderr is None or not sys.stderr.isatty():
        yield
        return
    name = "".join(character if character.isprintable() else " " for character in str(path))
    kind = "" if name == STANDARD_INPUT else ", a pipe"
    sentence = f"modelpick: waiting for {name}{kind}; Ctrl-C ends\n"
    timer = threading.Timer(_NOTICE_AFTER, sys.stderr.write, [sentence])
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def decode(content: bytes, where: str) -> str:
    """The text of UTF-8 bytes, without a byte order mark. Raises InputError for other encodings."""
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise InputError(f"not a text file in UTF-8 (line {line}, byte {error.start})", where=where) from None


def save(path: str | os.PathLike[str], text: str) -> str:
    """Replace the file at `path` by `text`, whole or not at all; of a symlink, the target.

    The sentence returned is '' but where other names of the file (hard links) keep the old text. Raises
    InputError when the folder is missing or read-only, the disk is full, or `path` is no plain file.
    """
    try:
        content = text.encode("utf-8")
    except UnicodeEncodeError:
        raise InputError("the text cannot be written in UTF-8", where=str(path)) from None
    return save_bytes(Path(path), content)


def save_bytes(path: Path, content: bytes) -> str:
    """`save` for what is no text. Raises InputError."""
    if is_standard(path):
        raise InputError(
            "is standard output, where this cannot be written; ./- is a file of that name", where="-"
        )
    try:
        mode, owner = _mode_and_owner(path)
        target = path.resolve()
        other_names = target.stat().st_nlink - 1 if owner is not None else 0
        _replace(target, content, mode, owner)
    except (OSError, ValueError, RuntimeError) as error:  # RuntimeError: a loop of symlinks
        raise InputError(f"cannot save: {reason_text(error)}", where=str(path)) from None
    if other_names <= 0:
        return ""
    names = "another name (a hard link), which keeps"
    if other_names > 1:
        names = f"{other_names} other names (hard links), which keep"
    return f"{path}: the file had {names} the old text"


def append_line(path: Path, line: str) -> None:
    """Add a line to a file, on disk when this returns. Raises InputError."""
    try:
        with path.open("ab") as file:
            file.write(f"{line}\n".encode("utf-8", "replace"))
            file.flush()
            os.fsync(file.fileno())
    except (OSError, ValueError) as error:
        raise InputError(f"cannot save: {reason_text(error)}", where=str(path)) from None


def _mode_and_owner(target: Path) -> tuple[int, tuple[int, int] | None]:
    """Permissions and owner for the new file: the old one's, or what the umask leaves of a new one."""
    try:
        status = target.stat()
    except FileNotFoundError:
        umask = os.umask(0)
        os.umask(umask)
        return _NEW_FILE_MODE & ~umask, None
    if stat.S_ISDIR(status.st_mode):
        raise IsADirectoryError(errno.EISDIR, "is a directory")
    if not stat.S_ISREG(status.st_mode):
        raise OSError(errno.EINVAL, "not a plain file")
    if not os.access(target, os.W_OK):
        # Replacing it would succeed in a writable folder; a read-only file was meant to stay as it is.
        raise PermissionError(errno.EACCES, "the file is read-only")
    return stat.S_IMODE(status.st_mode), (status.st_uid, status.st_gid)


def _replace(target: Path, content: bytes, mode: int, owner: tuple[int, int] | None) -> None:
    _remove_abandoned_files(target)
    prefix = f".{target.name[:_MAX_NAME]}."
    handle, name = tempfile.mkstemp(prefix=prefix, suffix=_TEMPORARY_SUFFIX, dir=target.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            _lock(file.fileno())
            file.write(content)
            file.flush()
            if owner is not None:
                with suppress(OSError):  # only root may give a file away
                    os.fchown(file.fileno(), *owner)
                _copy_attributes(target, file.fileno())
            os.fchmod(file.fileno(), mode)
            os.fsync(file.fileno())
        Path(name).replace(target)
    except BaseException:  # an interrupt must not leave the temporary file behind either
        with suppress(OSError):
            Path(name).unlink()
        raise
    _sync_folder(target.parent)


def _copy_attributes(target: Path, handle: int) -> None:
    """The old file's extended attributes, as far as the system lets them be set."""
    if not hasattr(os, "listxattr"):  # Linux only
        return
    with suppress(OSError):
        for name in os.listxattr(target):
            with suppress(OSError):
                os.setxattr(handle, name, os.getxattr(target, name))


def _remove_abandoned_files(target: Path) -> None:
    """Remove what killed saves have left in the folder: ours by name, old, and open in no other process."""
    earlier = re.compile(
        rf"\.{re.escape(target.name[:100])}\.[a-z0-9_]{{8}}\.tmp"
    )  # as they were named before
    with suppress(OSError), os.scandir(target.parent) as entries:
        names = [e.name for e in entries if e.name.startswith(".") and e.name.endswith(".tmp")]
        for name in names:
            if name.endswith(_TEMPORARY_SUFFIX) or earlier.fullmatch(name):
                with suppress(OSError):
                    _remove_if_abandoned(target.parent / name)


def _remove_if_abandoned(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    try:
        status = os.fstat(handle)
        old = time.time() - status.st_mtime > _ABANDONED_AFTER
        if stat.S_ISREG(status.st_mode) and status.st_uid == os.geteuid() and old:
            _lock(handle)
            path.unlink()
    finally:
        os.close(handle)


def _lock(handle: int) -> None:
    """Mark a temporary file as being written. Raises OSError where another process has it."""
    import fcntl

    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise
    except OSError as error:  # a file system without locks
        if error.errno not in (errno.ENOLCK, errno.ENOTSUP, errno.EINVAL, errno.ENOSYS):
            raise


def _sync_folder(folder: Path) -> None:
    """Make the new name itself durable, where the system can."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


_REASONS = {
    errno.ENOENT: "no such file or folder",
    errno.EISDIR: "is a folder, not a file",
    errno.ENOTDIR: "part of the path is not a folder",
    errno.EACCES: "permission denied",
    errno.EPERM: "permission denied",
    errno.EROFS: "the file system is read-only",
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "the disk quota is used up",
    errno.ENAMETOOLONG: "the name is too long",
    errno.ELOOP: "too many symbolic links",
}


def reason_text(error: Exception) -> str:
    """An operating system's error in plain words."""
    number = errno.ELOOP if isinstance(error, RuntimeError) else getattr(error, "errno", None)
    text = _REASONS.get(number, "") if isinstance(number, int) else ""
    return text or getattr(error, "strerror", None) or str(error)


def check_inside(path: Path, verb: str) -> None:
    """Raises InputError for a file outside the folder, symlinks and .. resolved; verb: what is refused."""
    folder = os.environ.get(FOLDER)
    if folder and not inside(path):
        what = f"not {verb}: outside {folder}, the folder of the file served (serve --anywhere lets it)"
        raise InputError(what, where=str(path))


def inside(path: Path) -> bool:
    """Whether a file may be opened."""
    folder = os.environ.get(FOLDER)
    try:
        return not folder or path.expanduser().resolve().is_relative_to(Path(folder).resolve())
    except (OSError, ValueError, RuntimeError):  # a NUL in the name, a loop of symlinks, nobody's home
        return False
