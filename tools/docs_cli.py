#!/usr/bin/env python
"""Write the help of every command into docs/reference/cli.md: `python tools/docs_cli.py`.

It stands below the mark in that page; what is above it is written by hand. Options that every
command has are shown once, with `sbv2` itself. With `--check` nothing is written, and the status is
1 where the page is not true any more.
"""

from __future__ import annotations

import copy
import sys
from collections.abc import Iterator
from pathlib import Path

import click

from sbv2cli.cli.main import sbv2
from sbv2cli.cli.options.groups import SHORT_HELP

PAGE = Path(__file__).parents[1] / "docs" / "reference" / "cli.md"
MARK = "<!-- below: the help of each command, written by tools/docs_cli.py -->\n"
WIDTH = 80


def page() -> str:
    """The page as it should be."""
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


def main() -> int:
    """Write the page, or only look at it."""
    true = page()
    if "--check" in sys.argv[1:]:
        return int(PAGE.read_text(encoding="utf-8") != true)
    PAGE.write_text(true, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
