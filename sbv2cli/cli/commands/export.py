"""`sbv2 export`: subtitles and labels from the times of rendered lines."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from sbv2cli.cli.options.common import CommonOptions, common_options
from sbv2cli.cli.options.groups import Command, option, options
from sbv2cli.errors import EXIT_OK
from sbv2cli.writers import WRITERS

if TYPE_CHECKING:
    from sbv2cli.pipeline.derive import By

_HELP = ", ".join(f"{name} ({row.help})" for name, row in WRITERS.items())


@click.command(cls=Command, short_help="Write subtitles and labels of rendered lines.")
@click.argument("manifest", type=click.Path(path_type=Path))
@options(
    "Export options",
    option(
        "--to",
        "formats",
        type=click.Choice(list(WRITERS)),
        multiple=True,
        required=True,
        help=f"Format; repeatable: {_HELP}.",
    ),
    option(
        "--by",
        type=click.Choice(["line", "whole"]),
        default="line",
        help="One file per line beside its audio, or one for all lines joined with their pauses."
        "  [default: line]",
    ),
    option(
        "-o",
        "--output",
        type=click.Path(path_type=Path, file_okay=False),
        metavar="DIR",
        help="Output folder.  [default: the manifest's]",
    ),
    option("--force", is_flag=True, help="Replace existing files."),
)
@common_options
def export(
    common: CommonOptions,
    *,
    manifest: Path,
    formats: tuple[str, ...],
    by: By,
    output: Path | None,
    force: bool,
) -> int:
    """Write subtitles and labels of rendered lines.

    \b
    Examples:
      sbv2 export out/manifest.jsonl --to lab
      sbv2 export out --to srt --to vtt --by whole
      sbv2 export out --to textgrid -o labels

    Times come from the durations that the voice predicted, exact to the sample. MANIFEST is the
    manifest.jsonl of sbv2 render, or its folder.
    """
    from sbv2cli.pipeline.derive import derive

    found = derive(manifest, formats, by, output=output, force=force)
    if found.untimed:
        common.console.warning(
            f"{len(found.untimed)} lines have no times of phones, the first is {found.untimed[0]}"
        )
    common.console.result(
        {"files": [str(file) for file in found.files], "untimed": list(found.untimed)}
    )
    common.console.done(f"{len(found.files)} files")
    return EXIT_OK
