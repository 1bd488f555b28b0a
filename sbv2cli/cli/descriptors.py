"""What a shell may leave: standard streams that are closed or full, a folder that is gone."""

from __future__ import annotations

import errno
import io
import os
import sys
from contextlib import suppress
from pathlib import Path

from sbv2cli.errors import MachineError

_FULL = frozenset({errno.EBADF, errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO})


class _Closed(io.RawIOBase):
    """Takes nothing, as a descriptor that the shell closed (`>&-`)."""

    def writable(self) -> bool:
        """It is for writing."""
        return True

    def write(self, data: object) -> int:
        """Refuse."""
        del data
        raise OSError(errno.EBADF, os.strerror(errno.EBADF))


def open_closed() -> None:
    """Put something in the place of what is closed.

    The next file that is opened would take its number, and a message would be written into it.
    """
    for descriptor in range(3):
        try:
            os.fstat(descriptor)
        except OSError:
            with suppress(OSError):
                os.open(os.devnull, os.O_RDWR)  # takes the lowest number that is free
    if sys.stdout is None:
        sys.stdout = io.TextIOWrapper(io.BufferedWriter(_Closed()), encoding="utf-8")
    if sys.stderr is None:
        sys.stderr = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 - until the end


def is_of_stdout(error: Exception) -> bool:
    """Whether standard output refused; files of ours name themselves in their errors."""
    return isinstance(error, OSError) and error.errno in _FULL and error.filename is None


def stdout_error(error: Exception) -> MachineError:
    """What a person is told of it."""
    reason = str(getattr(error, "strerror", None) or "refused").lower()
    return MachineError(
        "output.stdout",
        f"standard output takes nothing more: {reason}",
        hint="free some room, or write to a file with -o where the command has it",
    )


def folder_is_gone() -> bool:
    """Whether the working folder was deleted: then no relative path leads anywhere."""
    try:
        os.getcwd()  # noqa: PTH109 - it is asked whether there is one
    except FileNotFoundError:
        return True
    return False


def folder_error() -> MachineError:
    """What a person is told of it."""
    return MachineError(
        "machine.folder-gone",
        "the working folder is gone: somebody deleted it",
        hint="change to another folder and run the command there",
    )


def discard_stdout() -> None:
    """Let the interpreter's last flush go nowhere, so that it stays quiet."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    sys.stdout = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 - until the end
