"""`sbv2 book`: a manuscript to a finished audiobook, in one command that can be run again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sbv2cli.cli import jobs, joins
from sbv2cli.cli.options.common import CommonOptions, common_options
from sbv2cli.cli.options.delivery import delivery_options
from sbv2cli.cli.options.groups import Command, option, options, setting
from sbv2cli.cli.options.join import loudness_options, part_options, tag_options
from sbv2cli.cli.options.machine import batch_options, machine_options
from sbv2cli.cli.options.output import failure_options
from sbv2cli.cli.options.places import FOLDER, WRITTEN
from sbv2cli.cli.options.script import script_options, text_options
from sbv2cli.cli.renders import INTERRUPTED, RenderWatch, failure_json, header_of, tell_end
from sbv2cli.cli.scripts import ScriptFlags, script_lines, script_names, script_options_of
from sbv2cli.errors import EXIT_OK, UsageError

if TYPE_CHECKING:
    from sbv2cli.cli.console import Console
    from sbv2cli.pipeline.join.settings import By
    from sbv2cli.pipeline.summary import Summary
    from sbv2cli.readers.book_facts import BookFacts
    from sbv2cli.records import ScriptLine
    from sbv2cli.settings.config import Configuration

LINES = "lines.jsonl"
WORK = ".work"
EVERYDAY = (
    "to",
    "voice",
    "cast_file",
    "title",
    "author",
    "narrator",
    "cover",
    "loudness",
    "subtitles",
    "by",
    "dict",
    "threads",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Book:
    """What is to be made of which manuscript, and where."""

    scripts: tuple[Path, ...]
    work: Path
    configuration: Configuration
    read_as: ScriptFlags
    facts: BookFacts
    adopt: bool
    fsync: bool


@click.command(
    cls=Command, everyday=EVERYDAY, short_help="Make an audiobook of a manuscript in one go."
)
@click.argument("manuscript", nargs=-1, required=True, type=click.Path(path_type=Path))
@options(
    "Output options",
    option(
        "-o",
        "--to",
        "to",
        type=WRITTEN,
        metavar="FILE|TEMPLATE",
        help="What to write, as sbv2 join.  [default: the manuscript's name with .m4b]",
    ),
    option(
        "--work",
        type=FOLDER,
        metavar="DIR",
        help="Folder of lines and their audio.  [default: NAME.work beside the output]",
    ),
    option("--force", is_flag=True, help="Replace files that are not ours."),
    option(
        "--adopt",
        is_flag=True,
        help="Overwrite audio in the work folder that its manifest does not know.",
    ),
    option("--fsync/--no-fsync", default=True, help="Flush each file to disk."),
)
@part_options
@loudness_options
@tag_options
@delivery_options
@script_options
@text_options
@options("Line options", setting("trim"), setting("lead"), setting("tail"), setting("gain"))
@failure_options
@machine_options
@batch_options
@common_options
def book(
    common: CommonOptions,
    *,
    manuscript: tuple[Path, ...],
    to: Path | None,
    work: Path | None,
    force: bool,
    adopt: bool,
    fsync: bool,
    by: By,
    opening: Path | None,
    closing: Path | None,
    subtitles: tuple[str, ...],
    from_format: str,
    columns: tuple[str, ...],
    sheet: str | None,
    encoding: str,
    cast_file: Path | None,
    **flags: Any,
) -> int:
    """Make an audiobook of a manuscript: import, render, join, subtitles and report.

    \b
    Examples:
      sbv2 book kokoro.epub -o kokoro.m4b
      sbv2 book kokoro.txt -o kokoro.m4b --cast cast.toml --loudness lufs:-19 --subtitles vtt
      sbv2 book part1.txt part2.txt -o 'acx/{n:02d}.mp3' --by chapter --loudness acx

    Run the same command again after a change or an interruption: nothing is done twice. The work
    folder holds lines.jsonl, which you may edit (readings, voices, pauses), and the audio of each
    line; what you change there stays.
    """
    to = to or Path(manuscript[0].stem).with_suffix(".m4b")
    name = manuscript[0].stem if "{" in to.name else to.stem
    work = work or to.parent / f"{name}{WORK}"
    flags["seed"] = jobs.drawn_seed(flags["seed"])
    flags["output"] = str(work)
    configuration = common.configuration(flags=flags, scripts=manuscript, cast_file=cast_file)
    read_as = ScriptFlags(from_format, columns, sheet, encoding)
    made = _Book(
        scripts=manuscript,
        work=work,
        configuration=configuration,
        read_as=read_as,
        facts=_facts(manuscript[0], configuration, read_as),
        adopt=adopt,
        fsync=fsync,
    )
    how = joins.JoinFlags(
        by=by,
        opening=opening,
        closing=closing,
        subtype="pcm16",
        rate=None,
        force=force,
        fsync=fsync,
        subtitles=subtitles,
    )
    return _make(common.console, made, to, how)


def _facts(manuscript: Path, configuration: Configuration, read_as: ScriptFlags) -> BookFacts:
    from sbv2cli.readers.book_facts import BookFacts
    from sbv2cli.readers.script import book_facts

    if manuscript.is_dir():
        return BookFacts()
    options = script_options_of(configuration, read_as)
    return book_facts(manuscript, options, from_format=read_as.from_format)


def _make(console: Console, made: _Book, to: Path, how: joins.JoinFlags) -> int:
    from sbv2cli.writers.manifest import NAME

    # All that could be wrong with the second half is found before hours are spent on the first.
    settings = joins.join_settings(made.work / NAME, to, made.configuration, how, made.facts)
    lines = _imported(console, made)
    summary = _rendered(console, made, lines)
    more = {
        "work": str(made.work),
        "summary": summary.as_json(),
        "failures": [failure_json(row) for row in summary.failures],
    }
    stopped = summary.exit in INTERRUPTED or summary.error is not None
    if stopped or (summary.exit != EXIT_OK and settings.missing == "refuse"):
        if not stopped:
            console.error("the book is not joined; see --missing")
        console.result({"files": [], **more}, status=summary.exit)
        return summary.exit
    return joins.joined_or_stopped(console, settings, more) or summary.exit


def _imported(console: Console, made: _Book) -> list[ScriptLine]:
    """The lines of the manuscript, with what people changed in them since the last time."""
    from sbv2cli.cli.console import PlacedFinding, placed
    from sbv2cli.pipeline.importing.run import Order, import_lines
    from sbv2cli.readers.script import read_scripts

    place = made.work / LINES
    options = script_options_of(made.configuration, made.read_as)
    found: list[PlacedFinding] = []

    def seen(line: ScriptLine) -> None:
        found.extend(placed(line, finding) for finding in line.findings)

    source = script_lines(made.scripts, made.configuration, made.read_as)
    try:
        import_lines(source, Order(to="jsonl", place=place, options=options), seen)
    finally:
        console.findings_by_code(found)
    own = replace(options, columns={}, sheet=None, encoding="auto", unit=None)
    lines = list(read_scripts([place], own))
    if not lines:
        if place.stat().st_size == 0:
            place.unlink()  # the next run would take it for somebody else's
        raise UsageError(
            "script.empty",
            "the manuscript has no lines",
            at=", ".join(map(str, made.scripts)),
            hint="see how it is read: sbv2 check; name its format: --from",
        )
    return lines


def _rendered(console: Console, made: _Book, lines: Sequence[ScriptLine]) -> Summary:
    from sbv2cli.pipeline import prepare
    from sbv2cli.pipeline.run import render

    names = script_names((made.work / LINES,), list(lines))
    job = jobs.job(made.configuration, fsync=made.fsync, header=header_of(names))
    job = replace(job, adopt=made.adopt)
    prepared_lines = prepare.prepare(lines, job)
    watch = RenderWatch(console, lambda _: None)
    try:
        summary = render(
            prepared_lines,
            job,
            watch,
            scripts=names,
            selected=frozenset(line.id for line in lines),
        )
    finally:
        watch.close()
    tell_end(console, summary, job)
    return summary
