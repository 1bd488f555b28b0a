#!/usr/bin/env python
"""Write the reference of commands and settings: `python tools/docs_cli.py`.

The help of every command stands below the mark in docs/reference/cli.md; options that every
command has are shown once, with `sbv2` itself. The tables of docs/reference/settings.md stand
between marks, one for each place where settings may stand. Man pages and completion scripts are
written below share/ (`shell_files.py`). With `--check` it writes nothing, and
the status is 1 if a page is out of date.
"""

from __future__ import annotations

import copy
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import click

from sbv2cli.cli.main import sbv2
from sbv2cli.cli.options.groups import SHORT_HELP, default_of
from sbv2cli.settings.keys import BOUNDS, KEYS, Key
from sbv2cli.units import EXAMPLES

sys.path.insert(0, str(Path(__file__).parent))

from shell_files import SHARE, shell_files

REFERENCE = Path(__file__).parents[1] / "docs" / "reference"
PAGE = REFERENCE / "cli.md"
SETTINGS = REFERENCE / "settings.md"
MARK = "<!-- below: the help of each command, written by tools/docs_cli.py -->\n"
WIDTH = 80


def settings_page() -> str:
    """The page of the settings as it should be."""
    page = SETTINGS.read_text(encoding="utf-8")
    return re.sub(
        r"(<!-- settings: (\w+) -->\n).*?(?=<!-- end -->)",
        lambda found: found[1] + settings_table(found[2]),
        page,
        flags=re.DOTALL,
    )


def settings_table(where: str) -> str:
    """Every setting of one place, from the table of settings."""
    rows = ["| key | meaning | value | default |", "|---|---|---|---|"]
    for name, key in KEYS.items():
        if key.where == where:
            default = default_of(key) or "none"
            rows.append(f"| `{name}` | {key.help} | {_value(name, key)} | {default} |")
    return "\n".join(rows) + "\n"


def _value(name: str, key: Key) -> str:
    if key.names():
        return " ".join(f"`{word}`" for word in key.names())
    value = {"text": "text", "switch": "`true` `false`"}.get(key.kind, EXAMPLES[key.kind])
    if key.many:
        value = "a list of files"
    if name in BOUNDS:
        lowest, highest = BOUNDS[name]
        value += f"; {lowest:g} to {highest:g}"
    return value


def page() -> str:
    """The page of the commands as it should be."""
    by_hand = PAGE.read_text(encoding="utf-8").partition(MARK)[0]
    return by_hand + MARK + "".join(sections())


def sections() -> Iterator[str]:
    """A heading and the help of each command, groups before what is in them."""
    for words, command in commands():
        level = "##" if len(words) < 3 else "###"
        yield f"\n{level} {' '.join(words)}\n\n```text\n{help_of(words, command)}\n```\n"


def commands() -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Every command with the words that call it."""
    yield from _below(("sbv2",), sbv2)


def _below(
    words: tuple[str, ...], command: click.Command
) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    yield words, command
    if isinstance(command, click.Group):
        context = click.Context(command, info_name=" ".join(words))
        for name in command.list_commands(context):
            inner = command.get_command(context, name)
            if inner is not None and not inner.hidden:
                yield from _below((*words, name), inner)


def help_of(words: tuple[str, ...], command: click.Command) -> str:
    """The help of a command at a fixed width, without what stands with `sbv2` already."""
    shown = copy.copy(command)
    if command is not sbv2:
        everywhere = {(option.name, _help(option)) for option in (*sbv2.params, SHORT_HELP)}
        shown.params = [one for one in command.params if (one.name, _help(one)) not in everywhere]
        shown.add_help_option = False
    settings = {**command.context_settings, "terminal_width": WIDTH}
    context = click.Context(shown, info_name=" ".join(words), **settings)
    return shown.get_help(context).rstrip()


def _help(option: click.Parameter) -> str | None:
    return getattr(option, "help", None)


def _text_of(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.is_file() else None


def main() -> int:
    """Write the pages, or only compare them."""
    pages = {PAGE: page(), SETTINGS: settings_page(), **dict(shell_files(dict(commands())))}
    gone = {path for path in SHARE.rglob("*") if path.is_file()} - pages.keys()
    if "--check" in sys.argv[1:]:
        return int(bool(gone) or any(_text_of(path) != true for path, true in pages.items()))
    for path in gone:
        path.unlink()
    for path, true in pages.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(true, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
