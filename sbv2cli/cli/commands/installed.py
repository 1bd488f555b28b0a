"""`sbv2 voices remove` and `update`: voices that `sbv2 voices install` brought."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sbv2cli.cli import installs, jobs
from sbv2cli.cli.options.common import CommonOptions, common_options
from sbv2cli.cli.options.groups import GENERAL, Command, argument, option, options, setting
from sbv2cli.cli.transfer import shown
from sbv2cli.errors import EXIT_ENVIRONMENT, EXIT_OK, Sbv2Error

if TYPE_CHECKING:
    from sbv2cli.installing.update import Update

_asked = options(
    GENERAL,
    option("-y", "--yes", is_flag=True, help="Ask nothing; for scripts."),
    option("-n", "--dry-run", is_flag=True, help="Show what would happen; change nothing."),
)


@click.command(cls=Command, short_help="Remove installed voices.")
@argument("name", metavar="NAME")
@_asked
@common_options
def remove(common: CommonOptions, *, name: str, yes: bool, dry_run: bool) -> int:
    """Remove a voice that was installed.

    \b
    Example:
      sbv2 voices remove amitaro

    Only the files that the receipt of the installation names are deleted. Files that were changed
    since, and whatever else lies in the folder, stay. A voice that was put there by other means is
    not touched. What an interrupted installation fetched is deleted too.
    """
    from sbv2cli.installing import remove as removing
    from sbv2cli.voices import receipt

    console = common.console
    unfinished = {target.name: target for target in installs.recovered(common)}
    if name in unfinished and not (unfinished[name] / receipt.NAME).is_file():
        if dry_run:
            console.note(f"{name}: unfinished; would remove its download")
        else:
            size = removing.forget(unfinished[name])
            console.done(f"{name}: unfinished, {shown(size)} of its download removed")
        console.result({"path": str(unfinished[name]), "removed": [], "kept": []})
        return EXIT_OK
    removal = removing.plan(_folder(common, name))
    for path in removal.kept:
        console.note(f"stays: {removal.folder / path}")
    what = f"{len(removal.ours)} files ({shown(removal.size)}) of {removal.folder}"
    if dry_run:
        console.note(f"would remove {what}")
    else:
        installs.confirm(console, f"Remove {what}?", yes=yes)
        size = removal.size
        removing.remove(removal)
        console.done(f"{removal.folder.name}: removed, {shown(size)} free")
    console.result(
        {
            "path": str(removal.folder),
            "removed": [] if dry_run else list(removal.ours),
            "kept": list(removal.kept),
        }
    )
    return EXIT_OK


@click.command(cls=Command, short_help="Bring installed voices up to date.")
@argument("names", nargs=-1, metavar="[NAME]...")
@options(
    "Which files",
    option("--force", is_flag=True, help="Replace files that were changed here."),
    setting("backend", help="What shall run it, where a voice comes in several forms."),
)
@_asked
@common_options
def update(
    common: CommonOptions,
    *,
    names: tuple[str, ...],
    force: bool,
    backend: str | None,
    yes: bool,
    dry_run: bool,
) -> int:
    """Bring installed voices up to date: those that are named, or all.

    \b
    Examples:
      sbv2 voices update --dry-run
      sbv2 voices update amitaro

    The newest commit of the branch that a voice came from is compared with the installed one, and
    only files that changed are fetched. A voice of a tag or commit stays as it is.
    """
    from sbv2cli.installing import update as updating
    from sbv2cli.installing.install import replace

    console = common.console
    running = installs.backend(common.configuration(flags={"backend": backend}))
    installs.recovered(common)
    folders = [_folder(common, name) for name in names] if names else _installed(common)
    if not folders:
        console.note("no voice was installed by sbv2 voices install")
    facts: dict[str, dict[str, Any]] = {}
    needed: list[Update] = []
    for folder in folders:
        try:
            planned = updating.plan(folder, backend=running, force=force)
        except Sbv2Error as error:
            console.error(error)
            facts[folder.name] = {"name": folder.name, "ok": False, "code": error.code}
            continue
        facts[folder.name] = _facts(planned)
        console.note(f"{folder.name}: {_changes(planned)}")
        if planned.needed:
            needed.append(planned)
    if needed and not dry_run:
        which = ", ".join(planned.wanted.target.name for planned in needed)
        installs.confirm(console, f"Update {which}?", yes=yes)
        for planned in needed:
            wanted = planned.wanted
            with installs.transfer(console, wanted.size, wanted.target.name) as moved:
                replace(wanted, planned.before, moved)
            facts[wanted.target.name]["updated"] = True
            console.done(f"{wanted.target.name}: updated")
    status = EXIT_OK if all(one["ok"] for one in facts.values()) else EXIT_ENVIRONMENT
    console.result({"voices": list(facts.values())}, status=status)
    return status


def _facts(planned: Update) -> dict[str, Any]:
    """What an update would do, in the JSON envelope."""
    return {
        "name": planned.wanted.target.name,
        "ok": True,
        "before": planned.before.commit,
        "commit": planned.commit,
        "fetched": list(planned.fetched),
        "dropped": list(planned.dropped),
        "updated": False,
    }


def _changes(planned: Update) -> str:
    if not planned.needed:
        return "up to date"
    origin = installs.origin_text(planned.wanted.origin.listing)
    return f"{origin} has {len(planned.fetched)} other files ({shown(planned.size)})"


def _folder(common: CommonOptions, name: str) -> Path:
    """The folder of a voice by name or path; that of a file is the one it lies in."""
    from sbv2cli.voices import search_path

    path = search_path.find(name, jobs.voice_folders(common.configuration())).path
    return path.absolute() if path.is_dir() else path.absolute().parent


def _installed(common: CommonOptions) -> list[Path]:
    """Every voice that has a receipt."""
    from sbv2cli.voices import receipt, search_path

    places = jobs.voice_folders(common.configuration())
    paths = (path.absolute() for _, path in search_path.voices_in(places))
    return [path for path in paths if path.is_dir() and (path / receipt.NAME).is_file()]
