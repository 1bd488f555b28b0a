"""`sbv2 licences`: under which licence everything is that is installed with sbv2."""

from __future__ import annotations

import click

from sbv2cli.cli.console import Word
from sbv2cli.cli.options.common import CommonOptions, common_options
from sbv2cli.cli.options.groups import Command
from sbv2cli.errors import EXIT_OK


@click.command(cls=Command, short_help="List the licences of all that comes with sbv2.")
@common_options
def licences(common: CommonOptions) -> int:
    """List the licences of code, voice, dictionaries, data and pages, and of the packages in use.

    \b
    Examples:
      sbv2 licences
      sbv2 licences --json | jq -r '.parts[] | select(.kind == "voice") | .licence'

    Voices and BERT models that you install have licences of their own: sbv2 voices list -v.
    """
    from sbv2cli import licences as known

    console = common.console
    files = {part.name: known.files_of(part) for part in known.PARTS}
    if console.mode.json:
        parts = [
            {
                "name": part.name,
                "kind": part.kind,
                "licence": part.licence,
                "origin": part.origin,
                "notice": part.notice,
                "files": [path.relative_to(known.PACKAGE).as_posix() for path in files[part.name]],
            }
            for part in known.PARTS
        ]
        packages = [
            {"name": name, "version": version, "licence": licence}
            for name, version, licence in known.dependencies()
        ]
        console.result({"parts": parts, "packages": packages})
        return EXIT_OK
    console.table(
        ("part", "kind", "licence", "files", "by"),
        [
            (
                Word(part.name),
                Word(part.kind),
                part.licence,
                str(len(files[part.name])),
                part.origin,
            )
            for part in known.PARTS
        ],
    )
    console.table(
        ("package", "kind", "licence", "version", ""),
        [
            (name, Word("package"), licence, version, "")
            for name, version, licence in known.dependencies()
        ],
    )
    return EXIT_OK
