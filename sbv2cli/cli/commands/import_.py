"""`sbv2 import`: a script of any format as line records that every command reads."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any

import click

from sbv2cli.cli.carried import carried_findings
from sbv2cli.cli.console import PlacedFinding, counted, placed
from sbv2cli.cli.options.common import CommonOptions, common_options
from sbv2cli.cli.options.groups import Command, option, options, setting
from sbv2cli.cli.options.places import WRITTEN
from sbv2cli.cli.options.script import file_options
from sbv2cli.cli.scripts import (
    ScriptFlags,
    new_carry,
    script_lines,
    script_options_of,
    stdin_or_help,
)
from sbv2cli.errors import EXIT_OK, UsageError
from sbv2cli.pipeline.importing import TARGETS

if TYPE_CHECKING:
    from sbv2cli.cli.console import Console
    from sbv2cli.languages.japanese.carry import Carry
    from sbv2cli.pipeline.importing.run import Order, Tally
    from sbv2cli.records import ScriptLine

STDOUT = "-"
_HELP = ", ".join(f"{name} ({row.help})" for name, row in TARGETS.items())
EVERYDAY = ("target", "output", "stamped", "force", "split")
_HOW = {
    "same": "unchanged",
    "id": "known by their ids",
    "edited": "edited",
    "place": "replaced",
    "moved": "moved",
    "new": "new",
    "gone": "gone",
    "added": "added by hand",
}


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
        type=WRITTEN,
        default=STDOUT,
        metavar="FILE|-",
        help="Output file; - is standard output.  [default: -]",
    ),
    option("--force", is_flag=True, help="Replace an existing file and what was changed in it."),
    option(
        "--stamp-ids",
        "stamped",
        is_flag=True,
        help="Give lines without ids eight random signs that outlive every edit.",
    ),
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
    stamped: bool,
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
      sbv2 import scenario/ -o lines.csv --stamp-ids
      sbv2 import story.txt --split sentence | jq .text

    SOURCE is a file, a folder of files, or - for stdin. Every command reads what is written as it
    reads the source. If a line has an error, nothing is written. Import a changed source into the
    same file again: lines keep their ids, and what was changed by hand stays.
    """
    from sbv2cli.pipeline.importing.run import Order

    sources = sources or stdin_or_help()
    console = common.console
    to_stdout = str(output) == STDOUT
    _check_stdout(console, to_stdout=to_stdout)
    to = target or _by_suffix(output)
    configuration = common.configuration(flags=flags, scripts=sources)
    read_as = ScriptFlags(from_format, columns, sheet, encoding)
    order = Order(
        to=to,
        place=sys.stdout.buffer if to_stdout else output,
        force=force,
        stamped=stamped,
        options=script_options_of(configuration, read_as),
    )
    carry = new_carry(configuration)
    lines = script_lines(sources, configuration, read_as, carry)
    tally, found = _import(console, lines, order, carry)
    _tell(console, tally, found, output)
    return EXIT_OK


def _import(
    console: Console, lines: Iterator[ScriptLine], order: Order, carry: Carry
) -> tuple[Tally, list[PlacedFinding]]:
    """Import, and show what was found in the lines, also where nothing is written."""
    from sbv2cli.pipeline.importing.run import import_lines

    found: list[PlacedFinding] = []
    with console.progress() as progress:

        def seen(line: ScriptLine) -> None:
            found.extend(placed(line, finding) for finding in line.findings)
            progress.advance()

        try:
            tally = import_lines(lines, order, seen)
        finally:
            carried = carried_findings(carry)
            found.extend(PlacedFinding(finding=one, at=one.at) for one in carried)
            console.findings_by_code(found)
    return tally, found


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
    again = tally.again
    if tally.lost:
        lost = ", ".join(f"{what} ({count})" for what, count in sorted(tally.lost.items()))
        console.warning(f"a text has no place for: {lost}")
    if not tally.lines:
        console.warning("the script has no lines; see how it is read: sbv2 check")
    console.result(
        {
            "file": str(output),
            "lines": tally.lines,
            "skipped": tally.skipped,
            "lost": dict(tally.lost),
            "findings": [item.as_json() for item in found],
            **({} if again is None else {"again": again.as_json()}),
        }
    )
    if again is not None:
        counts = (
            f"{again.counts[how]:,} {said}" for how, said in _HOW.items() if again.counts[how]
        )
        console.note(f"since the earlier import: {', '.join(counts)}")
        if again.kept:
            kept = ", ".join(f"{key} ({count:,})" for key, count in sorted(again.kept.items()))
            console.note(f"kept as changed by hand: {kept}")
    skipped = f", {tally.skipped:,} of them skipped" if tally.skipped else ""
    console.done(f"{counted(tally.lines, 'line')}{skipped}")
