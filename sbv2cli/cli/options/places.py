"""Files and folders that an option names.

What is read is looked at by who reads it (`files.cannot_read`). What is written is looked at here
too, as hours may lie between the command and its file.
"""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Any

import click

from sbv2cli.files import disk_error

READ = click.Path(path_type=Path)
"""A file that is read."""


class _Written(click.Path):
    """A place that is written; what is there already may be of the wrong kind."""

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> str | bytes | os.PathLike[str]:
        """The path, if no folder stands where a file is to be, and no file for a folder."""
        path = Path(value)
        if not self.dir_okay and path.is_dir():
            raise disk_error(OSError(errno.EISDIR, os.strerror(errno.EISDIR)), path)
        if not self.file_okay and path.exists() and not path.is_dir():
            raise disk_error(OSError(errno.ENOTDIR, os.strerror(errno.ENOTDIR)), path)
        return super().convert(value, param, ctx)


WRITTEN = _Written(path_type=Path, dir_okay=False)
"""A file that is written."""

FOLDER = _Written(path_type=Path, file_okay=False)
"""A folder in which files are written."""
