"""What `render` writes, what it renders again, and when it stops."""

from __future__ import annotations

import click

from sbv2cli.cli.options.groups import Body, option, options, setting
from sbv2cli.cli.options.places import READ, WRITTEN
from sbv2cli.settings.engines import ENGINES
from sbv2cli.settings.keys import KEYS


def audio_options(function: Body) -> Body:
    """The audio files, their names and what accompanies them."""
    return options(
        "Audio file options",
        setting("output"),
        setting("for", help=f"{KEYS['for'].help}  {_engines()}"),
        setting("name"),
        setting("restrict_names"),
        setting("on_collision"),
        setting("format"),
        setting("subtype"),
        setting("rate"),
        setting("trim"),
        setting("lead"),
        setting("tail"),
        setting("gain"),
        setting("timings"),
    )(function)


def _engines() -> str:
    rows = (f"{name}: {engine.template} ({engine.format})" for name, engine in ENGINES.items())
    return "; ".join(rows).replace(".{ext}", "") + ". What an option says holds."


def rerun_options(function: Body) -> Body:
    """What happens to files and rows of an earlier run."""
    return options(
        "Re-run options",
        option("-n", "--dry-run", is_flag=True, help="Show what would be done; write nothing."),
        option("--force", is_flag=True, help="Re-render everything."),
        option("--adopt", is_flag=True, help="Overwrite files that the manifest does not know."),
        setting("reuse"),
        setting("verify"),
        setting("prune"),
        setting("changes"),
        option(
            "--manifest",
            type=WRITTEN,
            metavar="FILE",
            help="Manifest.  [default: manifest.jsonl in the output folder]",
        ),
        option("--fsync/--no-fsync", default=True, help="Flush each file to disk."),
    )(function)


def failure_options(function: Body) -> Body:
    """What happens when lines fail."""
    return options(
        "Failure options",
        setting("on_error"),
        setting("max_failures"),
        setting("retries"),
        setting("strict"),
    )(function)


def print_options(function: Body) -> Body:
    """What goes to stdout."""
    return options(
        "Printing options",
        option(
            "--print",
            "printed",
            type=click.Choice(["id", "path", "json", "none"]),
            default="none",
            help="Print one row for each finished line.  [default: none]",
        ),
        option("--ordered", is_flag=True, help="Print in script order, at the end."),
    )(function)


def audit_options(function: Body) -> Body:
    """Files of sound compared with scripts, and how they are called and written."""
    return options(
        "Options with --against",
        option(
            "--against",
            type=READ,
            metavar="DIR",
            help="Compare the files of sound in a folder with the scripts.",
        ),
        option(
            "--fix",
            type=WRITTEN,
            metavar="FILE",
            help="Write a plan of renames, as CSV or .jsonl. No file is renamed.",
        ),
        option(
            "--manifest",
            type=READ,
            metavar="FILE",
            help="Manifest of the folder.  [default: manifest.jsonl in it]",
        ),
        setting("for", help="Game engine whose names, folder and format the files have."),
        setting("name"),
        setting("format", help="Format that all files must have."),
        setting("rate", help="Sampling rate that all files must have."),
        setting("verify", help="sha256 reads every file; size trusts the manifest."),
    )(function)
