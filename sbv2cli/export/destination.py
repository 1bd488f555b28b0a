"""New files get their names when they are proven good, all at once."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sbv2cli.errors import MachineError, UsageError


@contextmanager
def new_folder(out: Path, *, force: bool) -> Iterator[Path]:
    """A folder beside `out` that becomes `out` when the body ends well, and goes when it does not.

    With `force` the files move into a folder that is there already; others in it are not touched.
    """
    _refuse(out, free=not out.exists() or (out.is_dir() and not any(out.iterdir())), force=force)
    if out.exists() and not out.is_dir():
        raise UsageError(
            "export.exists", f'"{out}" is a file, and a folder is to be made', hint="another -o"
        )
    with _beside(out) as made:
        yield made
        if out.is_dir() and any(out.iterdir()):
            for file in sorted(made.rglob("*")):
                if file.is_file():
                    target = out / file.relative_to(made)
                    target.parent.mkdir(parents=True, exist_ok=True)
                    file.replace(target)
            return
        if out.is_dir():
            out.rmdir()  # an empty folder stands in the way of a rename on Windows
        made.rename(out)


@contextmanager
def new_file(out: Path, *, force: bool) -> Iterator[Path]:
    """A path beside `out` whose file becomes `out` when the body ends well."""
    _refuse(out, free=not out.exists(), force=force)
    if out.is_dir():
        raise UsageError(
            "export.exists", f'"{out}" is a folder, and a file is to be made', hint="another -o"
        )
    with _beside(out) as made:
        yield made / out.name
        (made / out.name).replace(out)


def _refuse(out: Path, *, free: bool, force: bool) -> None:
    if not (free or force):
        raise UsageError(
            "export.exists",
            f'there is something at "{out}" already',
            hint="name another place, or give --force",
        )


@contextmanager
def _beside(out: Path) -> Iterator[Path]:
    # On the same file system, or the last step would be a copy that can stop half way.
    try:
        out.absolute().parent.mkdir(parents=True, exist_ok=True)
        made = Path(tempfile.mkdtemp(prefix=f".{out.name}.", dir=out.absolute().parent))
        # mkdtemp keeps others out; what is made here is as open as any other folder.
        made.chmod(0o777 & ~_umask())
    except OSError as error:
        raise MachineError(
            "export.write",
            f'nothing can be written beside "{out}": {error.strerror}',
            hint="another place, or make room",
        ) from None
    try:
        yield made
    except OSError as error:
        raise MachineError(
            "export.write",
            f'"{out}" cannot be written: {error.strerror or error}',
            hint="another place, or make room",
        ) from error
    finally:
        shutil.rmtree(made, ignore_errors=True)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
