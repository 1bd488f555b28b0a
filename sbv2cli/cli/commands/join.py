"""`sbv2 join`: the lines of a rendered script as an audiobook, chapters or tracks."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sbv2cli.cli.options.common import CommonOptions, common_options
from sbv2cli.cli.options.groups import Command, option, options
from sbv2cli.cli.options.join import loudness_options, part_options, tag_options
from sbv2cli.cli.options.places import WRITTEN

if TYPE_CHECKING:
    from sbv2cli.pipeline.join.settings import By


@click.command(cls=Command, short_help="Join rendered lines: audiobooks, chapters, tracks.")
@click.argument("manifest", type=click.Path(path_type=Path))
@options(
    "Output options",
    option(
        "-o",
        "--to",
        "to",
        type=WRITTEN,
        metavar="FILE|TEMPLATE",
        required=True,
        help="What to write: .m4b, .mp3, .flac, .opus or .wav; 'book-{n:02d}.mp3' for several.",
    ),
    option(
        "--subtype",
        type=click.Choice(["pcm16", "pcm24", "float"]),
        default="pcm16",
        help="Sample format of WAV and FLAC.  [default: pcm16]",
    ),
    option(
        "--rate",
        type=click.IntRange(min=4000, max=192_000),
        metavar="HZ",
        help="Sampling rate.  [default: the highest of the lines]",
    ),
    option("--force", is_flag=True, help="Replace files that are not ours."),
    option("--fsync/--no-fsync", default=True, help="Flush each file to disk."),
)
@part_options
@loudness_options
@tag_options
@common_options
def join(
    common: CommonOptions,
    *,
    manifest: Path,
    to: Path,
    by: By,
    subtype: str,
    rate: int | None,
    force: bool,
    fsync: bool,
    opening: Path | None,
    closing: Path | None,
    subtitles: tuple[str, ...],
    **flags: Any,
) -> int:
    """Join rendered lines into long files with chapters.

    \b
    Examples:
      sbv2 join out -o kokoro.m4b --title '心《こころ》' --author '夏目漱石《なつめそうせき》'
      sbv2 join out -o 'book/{n:02d} {chapter_title}.mp3' --by chapter --loudness acx
      sbv2 join out -o tracks.flac --by character --subtype pcm24
      sbv2 join out -o kokoro.m4b --loudness lufs:-19 --room-tone -72dB

    MANIFEST is the manifest.jsonl of sbv2 render, or its folder. Lines stand in the order of the
    script with the pauses that the manifest holds, exact to the sample. With --loudness every file
    is measured again; a limit that it does not keep is status 3, and NAME.report.md says what to
    change.
    """
    from sbv2cli.cli.joins import JoinFlags, join_settings, joined_or_stopped
    from sbv2cli.writers.manifest import NAME

    configuration = common.configuration(flags=flags, scripts=(manifest,))
    how = JoinFlags(
        by=by,
        opening=opening,
        closing=closing,
        subtype=subtype,
        rate=rate,
        force=force,
        fsync=fsync,
        subtitles=subtitles,
    )
    path = manifest / NAME if manifest.is_dir() else manifest
    settings = join_settings(path, to, configuration, how)
    return joined_or_stopped(common.console, settings)
