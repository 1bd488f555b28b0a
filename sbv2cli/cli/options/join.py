"""How lines become long files: for `join`, and for `book`, which renders them first."""

from __future__ import annotations

import click

from sbv2cli.cli.options.groups import Body, option, options, setting
from sbv2cli.cli.options.places import READ

SUBTITLES = ("srt", "vtt", "ass", "lrc")


def part_options(function: Body) -> Body:
    """Which lines go into which file, and what stands beside it."""
    return options(
        "File options",
        option(
            "--by",
            type=click.Choice(["book", "chapter", "scene", "character"]),
            default="book",
            help="What one file holds.  [default: book]",
        ),
        setting("part_minutes"),
        option(
            "--subtitles",
            type=click.Choice(SUBTITLES),
            multiple=True,
            help="Write subtitles beside each file. Repeatable.",
        ),
        setting("missing"),
        option(
            "--opening", type=READ, metavar="FILE", help="A sound before the first line: credits."
        ),
        option("--closing", type=READ, metavar="FILE", help="A sound after the last line."),
        setting("head_silence"),
        setting("tail_silence"),
        setting("room_tone"),
    )(function)


def tag_options(function: Body) -> Body:
    """What the files say of themselves."""
    return options(
        "Tag options",
        setting("title"),
        setting("author"),
        setting("narrator"),
        setting("cover"),
    )(function)


def loudness_options(function: Body) -> Body:
    """How loud the files are."""
    return options("Loudness options", setting("loudness"))(function)
