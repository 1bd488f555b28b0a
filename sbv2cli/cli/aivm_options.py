"""Options that say what a voice is called in an AIVM or AIVMX file."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any

import click

from sbv2cli.cli.options.groups import Body, option, options
from sbv2cli.errors import UsageError
from sbv2cli.export.options import AivmMetadata
from sbv2cli.files import cannot_read

_FILE = click.Path(path_type=Path)

_OPTIONS = (
    option("--name", metavar="TEXT", help="Name of the voice."),
    option("--description", metavar="TEXT", help="One or two sentences about it."),
    option(
        "--creator",
        "creators",
        multiple=True,
        metavar="TEXT",
        help="Creator. Repeatable.",
    ),
    option(
        "--license",
        "--licence",
        "licence",
        type=_FILE,
        metavar="FILE",
        help="Licence, text or Markdown.",
    ),
    option("--icon", type=_FILE, metavar="FILE", help="PNG or JPEG, 512 x 512."),
    option("--voice-version", "version", metavar="1.2.3", help="Version of the voice."),
    option(
        "--like",
        type=_FILE,
        metavar="FILE",
        help="The previous version, for identity, names, licence and pictures.",
    ),
)


def aivm_options(body: Body) -> Body:
    """Give a command these options; it receives one `metadata`."""

    @functools.wraps(body)
    def command(
        *arguments: Any,
        name: str | None,
        description: str | None,
        creators: tuple[str, ...],
        licence: Path | None,
        icon: Path | None,
        version: str | None,
        like: Path | None,
        **rest: Any,
    ) -> int | None:
        metadata = AivmMetadata(
            name=name,
            description=description,
            creators=creators,
            licence=None if licence is None else _text(licence, "--license"),
            icon=None if icon is None else _bytes(icon, "--icon"),
            version=version,
            like=like,
        )
        return body(*arguments, metadata=metadata, **rest)

    return options("AIVM options", *_OPTIONS)(command)


def _text(path: Path, given: str) -> str:
    try:
        return _bytes(path, given).decode("utf-8-sig").strip()
    except UnicodeDecodeError:
        raise UsageError(
            "usage.file", "the licence is not UTF-8", at=str(path), hint="save it as UTF-8"
        ) from None


def _bytes(path: Path, given: str) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise cannot_read(error, path, given=given) from None
