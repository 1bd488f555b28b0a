"""`sbv2 export`: subtitles, labels, lip-sync and tables of rendered lines."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sbv2cli.cli.console import counted
from sbv2cli.cli.one_name import refuse_fields
from sbv2cli.cli.options.common import CommonOptions, common_options
from sbv2cli.cli.options.groups import Command, option, options
from sbv2cli.cli.options.places import FOLDER, READ
from sbv2cli.errors import EXIT_OK, UsageError
from sbv2cli.files import refuse_unreadable
from sbv2cli.writers import WRITERS

if TYPE_CHECKING:
    from sbv2cli.pipeline.derive import By, Wanted

_HELP = ", ".join(f"{name} ({row.help})" for name, row in WRITERS.items())
_NAMES = "name a folder; its files are called as the sounds, chapters or scripts"


@click.command(cls=Command, short_help="Write subtitles, labels and lip-sync of rendered lines.")
@click.argument("manifest", type=click.Path(path_type=Path))
@options(
    "Export options",
    option(
        "--to",
        "formats",
        type=click.Choice(list(WRITERS)),
        metavar="FORMAT",
        multiple=True,
        help=f"Format; repeatable: {_HELP}.",
    ),
    option(
        "--by",
        type=click.Choice(["line", "scene", "chapter", "character", "whole"]),
        help="One file per line beside its audio, or one for the lines of each scene, chapter or"
        " character, or for all, joined with their pauses.  [default: line; of tables whole]",
    ),
    option(
        "--character",
        metavar="NAME",
        help="Lines of this character alone, each at its time; the others are silence.",
    ),
    option(
        "--joined",
        type=READ,
        metavar="REPORT",
        help="NAME.report.json of sbv2 join: one file for each of its files, whatever silence or"
        " credits they begin with.",
    ),
    option(
        "-o",
        "--output",
        type=FOLDER,
        metavar="DIR",
        help="Output folder.  [default: the manifest's]",
    ),
    option("--force", is_flag=True, help="Replace existing files."),
)
@options(
    "Subtitle options",
    option(
        "--cue",
        type=click.Choice(["line", "sentence", "phrase"]),
        default="line",
        help="What is shown at once, cut further where it is too long.  [default: line]",
    ),
    option(
        "--width",
        type=click.FloatRange(min=2, max=200),
        metavar="N",
        default=20,
        help="Full-width characters in a row.  [default: 20]",
    ),
    option(
        "--rows",
        type=click.IntRange(min=1, max=10),
        metavar="N",
        default=2,
        help="Rows at once.  [default: 2]",
    ),
    option(
        "--longest",
        type=click.FloatRange(min=0.5, max=600),
        metavar="SECONDS",
        default=7.0,
        help="Longest time that two rows stay together.  [default: 7]",
    ),
    option(
        "--ruby/--no-ruby",
        "ruby",
        default=True,
        help="Readings over the text, in WebVTT.  [default: ruby]",
    ),
)
@options(
    "Lip-sync options",
    option(
        "--fps",
        type=click.FloatRange(min=1, max=240),
        metavar="N",
        default=24.0,
        help="Frames per second of rhubarb-dat and moho.  [default: 24]",
    ),
)
@options(
    "Recording sheet options",
    option(
        "--back",
        "sheets",
        type=READ,
        metavar="SOURCE",
        multiple=True,
        help="Write a copy of this sheet (.xlsx, .csv, .tsv, .tab), which was rendered, with file"
        " and seconds of each line; of an EPUB 3 a copy that is read along, highlighted as --cue"
        " says. Nothing else changes. Repeatable.",
    ),
    option(
        "--headers",
        metavar="FILE,SECONDS",
        default="audio,seconds",
        help="Columns that are filled in; added where there are none.  [default: audio,seconds]",
    ),
    option("--encoding", default="auto", metavar="NAME", help="Of the sheet.  [default: auto]"),
)
@common_options
def export(
    common: CommonOptions,
    *,
    manifest: Path,
    formats: tuple[str, ...],
    by: By | None,
    character: str | None,
    joined: Path | None,
    output: Path | None,
    force: bool,
    sheets: tuple[Path, ...],
    headers: str,
    encoding: str,
    **how: Any,
) -> int:
    """Write subtitles, labels and lip-sync of rendered lines.

    \b
    Examples:
      sbv2 export out/manifest.jsonl --to lab
      sbv2 export out --to srt --to vtt --by chapter --cue sentence
      sbv2 export out --to vtt --to lrc --joined kokoro.report.json
      sbv2 export out --to textgrid -o labels
      sbv2 export out --to xlsx
      sbv2 export out --back lines.csv -o delivered
      sbv2 export out --back kokoro.epub --cue phrase

    Times come from the durations that the voice predicted, exact to the sample. MANIFEST is the
    manifest.jsonl of sbv2 render, or its folder.
    """
    from sbv2cli.languages.sentences import split_sentences
    from sbv2cli.pipeline.derive import Wanted, derive
    from sbv2cli.writers.timeline import ExportOptions

    if not formats and not sheets:
        raise UsageError("usage.export", "nothing is asked for", hint="add --to FORMAT, or --back")
    if by is not None and joined is not None:
        raise UsageError("usage.export", "--by and --joined do not go together", hint="choose one")
    _refuse_places(joined, sheets, output)
    wanted = Wanted(
        formats=formats,
        by=by,
        character=character,
        joined=joined,
        options=ExportOptions(split_sentences=partial(split_sentences, inside_quotes=True), **how),
        output=output,
        force=force,
    )
    columns = _columns(headers)
    with common.console.progress() as progress:
        found = derive(manifest, wanted, progress.advance)
    if found.untimed:
        common.console.warning(
            f"{len(found.untimed)} lines have no times of phones, the first is {found.untimed[0]}"
        )
    back = [_given_back(common, manifest, sheet, columns, encoding, wanted) for sheet in sheets]
    files = [*found.files, *back]
    common.console.result({"files": [str(file) for file in files], "untimed": list(found.untimed)})
    common.console.done(_told(files))
    return EXIT_OK


def _told(files: Sequence[Path]) -> str:
    number = counted(len(files), "file")
    folders = list(dict.fromkeys(str(file.parent) for file in files))
    return f"{number} in {folders[0]}" if len(folders) == 1 else number


def _given_back(
    common: CommonOptions,
    manifest: Path,
    sheet: Path,
    columns: tuple[str, ...],
    encoding: str,
    wanted: Wanted,
) -> Path:
    from sbv2cli.pipeline.give_back import give_back

    if sheet.suffix.lower() == ".epub":
        return _read_along(common, manifest, sheet, wanted)
    back = give_back(
        manifest,
        sheet,
        headers=columns,
        encoding=encoding,
        output=wanted.output,
        force=wanted.force,
    )
    if back.filled < back.lines:
        common.console.warning(
            f"{back.lines - back.filled} of {back.lines} lines of {sheet.name} have no audio"
        )
    return back.file


def _read_along(common: CommonOptions, manifest: Path, book: Path, wanted: Wanted) -> Path:
    from sbv2cli.pipeline.read_along.run import read_along

    with common.console.progress() as progress:
        back = read_along(
            manifest,
            book,
            options=wanted.options,
            output=wanted.output,
            force=wanted.force,
            advance=progress.advance,
        )
    if back.filled < back.lines:
        common.console.warning(
            f"{back.lines - back.filled} of {back.lines} lines of {book.name} are not highlighted"
        )
    if back.silent:
        common.console.warning(
            f"not heard in the book, as they are no well-formed XML or hold none of their lines:"
            f" {', '.join(back.silent)}"
        )
    return back.file


def _refuse_places(joined: Path | None, sheets: Sequence[Path], output: Path | None) -> None:
    for path in sheets:
        refuse_unreadable(path, "--back")
    if joined is not None:
        refuse_unreadable(joined, "--joined")
    refuse_fields(str(output or ""), "folder", hint=_NAMES)


def _columns(headers: str) -> tuple[str, ...]:
    names = tuple(name.strip() for name in headers.split(","))
    if len(names) != 2 or not all(names) or names[0] == names[1]:
        raise UsageError(
            "usage.export", f'--headers is "{headers}"', hint="write two names: --headers 音声,秒"
        )
    return names
