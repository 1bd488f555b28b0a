"""`sbv2 import`: a script of any format as line records that every command reads."""

from __future__ import annotations

import sys
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any

import click

from sbv2cli.cli.console import PlacedFinding, placed
from sbv2cli.cli.options.common import CommonOptions, common_options
from sbv2cli.cli.options.groups import Command, option, options, setting, short_help
from sbv2cli.cli.options.script import file_options
from sbv2cli.cli.scripts import ScriptFlags, script_lines, script_options_of
from sbv2cli.errors import EXIT_OK, EXIT_USAGE, UsageError
from sbv2cli.pipeline.importing import TARGETS

if TYPE_CHECKING:
    from sbv2cli.cli.console import Console
    from sbv2cli.pipeline.importing.run import Tally
    from sbv2cli.records import ScriptLine

STDOUT = "-"
_HELP = ", ".join(f"{name} ({row.help})" for name, row in TARGETS.items())
EVERYDAY = ("target", "output", "force", "split")


@click.command(
    "import",
    cls=Command,
    everyday=EVERYDAY,
    short_help="Write a script of any format as lines to edit.",
)
@click.argument("sources", nargs=-1, type=click.Path(path_type=Path, allow_dash=True))
@options(
    "Output options",
    option(
        "--to",
        "target",
        type=click.Choice(list(TARGETS)),
        help=f"Format: {_HELP}.  [default: by the suffix of -o, or jsonl]",
    ),
    option(
        "-o",
        "--output",
        type=click.Path(path_type=Path, dir_okay=False, allow_dash=True),
        default=STDOUT,
        metavar="FILE|-",
        help="Output file; - is standard output.  [default: -]",
    ),
    option("--force", is_flag=True, help="Replace an existing file."),
)
@file_options
@options("Text options", setting("lang"))
@common_options
def import_(
    common: CommonOptions,
    *,
    sources: tuple[Path, ...],
    target: str | None,
    output: Path,
    force: bool,
    from_format: str,
    columns: tuple[str, ...],
    sheet: str | None,
    encoding: str,
    **flags: Any,
) -> int:
    """Write a script of any format as line records: to edit, to merge, to give to a director.

    \b
    Examples:
      sbv2 import kokoro.txt --to jsonl -o kokoro.jsonl
      sbv2 import dialogue.tab -o lines.xlsx
      sbv2 import scenario/ -o lines.csv
      sbv2 import story.txt --split sentence | jq .text

    SOURCE is a file, a folder of files, or - for stdin. Every command reads what is written as it
    reads the source. If a line has an error, nothing is written.
    """
    from sbv2cli.pipeline.importing.run import import_lines, refuse_existing
    from sbv2cli.readers.script import stdin_is_terminal

    if not sources:
        if stdin_is_terminal():
            click.echo(short_help(click.get_current_context()), err=True)
            return EXIT_USAGE
        sources = (Path("-"),)
    console = common.console
    to_stdout = str(output) == STDOUT
    _check_stdout(console, to_stdout=to_stdout)
    to = target or _by_suffix(output)
    if not to_stdout:
        refuse_existing(output, force=force)
    configuration = common.configuration(flags=flags, scripts=sources)
    read_as = ScriptFlags(from_format, columns, sheet, encoding)
    found: list[PlacedFinding] = []
    with console.progress() as progress:

        def seen(line: ScriptLine) -> None:
            found.extend(placed(line, finding) for finding in line.findings)
            progress.advance()

        try:
            tally = import_lines(
                script_lines(sources, configuration, read_as),
                to,
                sys.stdout.buffer if to_stdout else output,
                script_options_of(configuration, read_as),
                seen,
            )
        finally:
            console.findings_by_code(found)
    _tell(console, tally, found, output)
    return EXIT_OK


def _check_stdout(console: Console, *, to_stdout: bool) -> None:
    if to_stdout and console.mode.json:
        raise UsageError(
            "import.stdout",
            "--json and the lines both want standard output",
            hint="give a file: -o lines.jsonl",
        )


def _by_suffix(output: Path) -> str:
    suffix = PurePath(output).suffix.lower()
    by_suffix = {suffix: name for name, row in TARGETS.items() for suffix in row.suffixes}
    if str(output) == STDOUT:
        return "jsonl"
    if suffix not in by_suffix:
        raise UsageError(
            "import.suffix",
            f'no format of lines has the suffix "{suffix}"',
            at=str(output),
            hint=f"name the format: --to {', --to '.join(TARGETS)}",
        )
    return by_suffix[suffix]


def _tell(console: Console, tally: Tally, found: list[PlacedFinding], output: Path) -> None:
    if tally.lost:
        lost = ", ".join(f"{what} ({count})" for what, count in sorted(tally.lost.items()))
        console.warning(f"a text has no place for: {lost}")
    if not tally.lines:
        console.warning("the script has no lines")
    console.result(
        {
            "file": str(output),
            "lines": tally.lines,
            "skipped": tally.skipped,
            "lost": dict(tally.lost),
            "findings": [item.as_json() for item in found],
        }
    )
    skipped = f", {tally.skipped:,} of them skipped" if tally.skipped else ""
    console.done(f"{tally.lines:,} lines{skipped}")
