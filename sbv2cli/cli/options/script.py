"""How scripts are read, and which of their lines: the options of `check`, `render` and `say`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click

from sbv2cli.cli.options.groups import Body, option, options, setting
from sbv2cli.cli.options.places import READ
from sbv2cli.errors import UsageError, did_you_mean
from sbv2cli.readers import READERS


def text_options(function: Body) -> Body:
    """How a text is read, wherever it comes from."""
    return options("Text options", setting("lang"), setting("dict"), setting("mode"))(function)


def file_options(function: Body) -> Body:
    """How the files of a script are read."""
    return options(
        "Script options",
        option(
            "--from",
            "from_format",
            default="auto",
            metavar="FORMAT",
            help=f"Format: auto, {', '.join(READERS)}.  [default: auto]",
        ),
        option(
            "--column",
            "columns",
            multiple=True,
            metavar="KEY=HEADER",
            help='Column of a key: --column text="Japanese(ja)"; --column style= ignores it.'
            " Repeatable.",
        ),
        option(
            "--sheet",
            metavar="NAME|NUMBER",
            help="Sheet of a spreadsheet.  [default: all with a header that names the text]",
        ),
        option(
            "--encoding",
            default="auto",
            metavar="NAME",
            help="utf-8, cp932, utf-16 or another.  [default: auto]",
        ),
        setting("split"),
        setting("markup"),
        setting("ruby"),
        setting("titles"),
        setting("front_matter"),
        setting("notes"),
        setting("speakers"),
        setting("thoughts"),
        setting("fill"),
        setting("unfilled"),
    )(function)


def script_options(function: Body) -> Body:
    """How the files of a script are read, and who speaks in them."""
    return file_options(cast_options(function))


def corrections_options(function: Body) -> Body:
    """What was corrected after listening."""
    return options("Script options", setting("corrections"))(function)


def cast_options(function: Body) -> Body:
    """Who speaks."""
    return options(
        "Script options",
        option(
            "--cast",
            "cast_file",
            type=READ,
            metavar="FILE",
            help="TOML file with the voice and delivery of each character.",
        ),
        setting("default_character"),
    )(function)


def select_options(function: Body) -> Body:
    """Which lines of a script are rendered."""
    return options(
        "Selection options",
        option(
            "--select",
            "selected",
            multiple=True,
            metavar="EXPR",
            help="field=glob, field!=glob, n=10..20 or id=@FILE: chapter=3. A field is a key of the"
            " lines or a column of the script. Repeatable; all must match.",
        ),
        option("--limit", type=click.IntRange(min=1), metavar="N", help="The first N lines only."),
    )(function)


def parse_columns(columns: tuple[str, ...], known: Mapping[str, Any]) -> dict[str, str]:
    """`("text=Japanese(ja)",)` as `{"text": "Japanese(ja)"}`; no header means: no column."""
    mapping: dict[str, str] = {}
    for column in columns:
        key, equals, header = column.partition("=")
        if not equals or (key == "text" and not header):
            raise UsageError(
                "usage.column",
                f'--column is "{column}"',
                hint='write KEY=HEADER: --column text="Japanese(ja)"',
            )
        if key not in known:
            raise UsageError(
                "usage.column", f'there is no line key "{key}"', hint=did_you_mean(key, known)
            )
        mapping[key] = header
    return mapping
