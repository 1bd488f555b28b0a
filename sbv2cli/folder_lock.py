"""One run at a time per output folder.

The lock is the kernel's, so it goes when its holder does, however that ends. The file only tells
others who holds it.
"""

from __future__ import annotations

import errno
import os
import re
import stat
import sys
from pathlib import Path
from types import TracebackType
from typing import Self

from sbv2cli.errors import MachineError
from sbv2cli.files import disk_error

NAME = ".sbv2.lock"

# Windows locks a range of bytes, and nobody can read those: the pid stands before them.
_LOCKED_BYTE = 64

# What a lock of ours holds: a pid, or nothing where its run ended early.
_OURS = re.compile(rb"[0-9]{0,20}\n?\0*")
# A link is never followed: whoever may write into the folder could point it at any file.
_NO_LINKS = getattr(os, "O_NOFOLLOW", 0)


class FolderLock:
    """Holds an output folder for the time of a `with`."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / NAME
        self._descriptor = -1

    def __enter__(self) -> Self:
        while True:
            self._descriptor = self._taken()
            if self._is_in_place():
                self._refuse_foreign()
                break
            # The former holder removed the file between our opening and locking it.
            os.close(self._descriptor)
        try:
            os.ftruncate(self._descriptor, 0)
            os.lseek(self._descriptor, 0, os.SEEK_SET)
            os.write(self._descriptor, f"{os.getpid()}\n".encode())
        except OSError as error:
            self.close()
            raise disk_error(error, self.path.parent) from error
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let others write into the folder."""
        if sys.platform != "win32":
            # Removed while still held, so that nobody's lock is lost with it.
            self.path.unlink(missing_ok=True)
        os.close(self._descriptor)

    def _taken(self) -> int:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | _NO_LINKS, 0o666)
        except OSError as error:
            if error.errno == errno.ELOOP:
                raise self._foreign() from error
            raise disk_error(error, self.path.parent) from error
        try:
            _lock(descriptor)
        except OSError:
            holder = os.read(descriptor, 32).decode("ascii", "replace").strip() or "unknown"
            os.close(descriptor)
            raise MachineError(
                "output.locked",
                f"another run is writing into this folder (process {holder})",
                at=str(self.path.parent),
                hint="wait for it to end, or choose another folder",
            ) from None
        except BaseException:
            os.close(descriptor)
            raise
        return descriptor

    def _is_in_place(self) -> bool:
        try:
            return os.path.samestat(os.fstat(self._descriptor), self.path.lstat())
        except FileNotFoundError:
            return False

    def _refuse_foreign(self) -> None:
        plain = stat.S_ISREG(os.fstat(self._descriptor).st_mode)
        if not plain or not _OURS.fullmatch(os.read(self._descriptor, _LOCKED_BYTE)):
            os.close(self._descriptor)
            raise self._foreign()

    def _foreign(self) -> MachineError:
        return MachineError(
            "output.lock-foreign",
            "there is something of that name which is no lock of sbv2",
            at=str(self.path),
            hint="move it away, or choose another folder",
        )


if sys.platform == "win32":  # pragma: no cover

    def _lock(descriptor: int) -> None:
        import msvcrt  # noqa: PLC0415

        os.lseek(descriptor, _LOCKED_BYTE, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        os.lseek(descriptor, 0, os.SEEK_SET)

else:

    def _lock(descriptor: int) -> None:
        import fcntl  # noqa: PLC0415

        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
