"""`--log-file`: every message with its time. A log that cannot be written stops no work."""

from __future__ import annotations

import datetime as dt
from contextlib import suppress
from pathlib import Path
from typing import IO

from sbv2cli.cli.guard import printable
from sbv2cli.errors import MachineError
from sbv2cli.files import disk_error


class LogFile:
    """A log that grows; without a path, none."""

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self._file: IO[str] | None = None
        self._lost: OSError | None = None
        if path is None:
            return
        try:
            self._file = path.open("a", encoding="utf-8", buffering=1)
        except OSError as error:
            raise MachineError(
                "usage.log-file",
                f"cannot write the log: {(error.strerror or 'refused').lower()}",
                at=str(path),
                hint="check the path given with --log-file",
            ) from None

    def write(self, message: str) -> None:
        """Append a message, as long as there is room."""
        if self._file is None or self._lost is not None:
            return
        now = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
        try:
            self._file.write(f"{now} {printable(message)}\n")
        except OSError as error:
            self._lost = error

    def check(self) -> None:
        """Say that it is not whole, when the work is done."""
        if self._lost is not None and self.path is not None:
            raise disk_error(self._lost, self.path)

    def close(self) -> None:
        """End it."""
        if self._file is not None:
            with suppress(OSError):
                self._file.close()
