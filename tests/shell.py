"""`sbv2 ...` as people write it in documents and help: found, and parsed without being run."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click

from sbv2cli.cli.main import sbv2

ROOT = Path(__file__).parents[1]
_FENCE = re.compile(r"^( *)```(\w*)\n(.*?)^\1```", flags=re.MULTILINE | re.DOTALL)
_INLINE = re.compile(r"(?<!`)`(sbv2(?: [^`\n]*)?)`(?!`)")
_SHELL = frozenset({"", "sh", "bash", "console"})
_ENDS = frozenset({"|", "||", "&", "&&", ";", ">", ">>", "<", "(", ")"})


def documents() -> list[Path]:
    """Every page that people read."""
    return sorted(
        [
            *(ROOT / "docs").rglob("*.md"),
            *(
                ROOT / name
                for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md")
            ),
            ROOT / "samples" / "README.md",
            ROOT / "tests" / "README.md",
        ]
    )


def examples(page: str) -> Iterator[str]:
    """The rows of fenced blocks that are for a shell, continued rows as one."""
    for _, language, block in _FENCE.findall(page):
        if language in _SHELL:
            yield from block.replace("\\\n", " ").splitlines()


def mentions(page: str) -> Iterator[str]:
    """Commands in running text: `sbv2 check`."""
    yield from _INLINE.findall(_FENCE.sub("", page))


def calls(row: str) -> Iterator[list[str]]:
    """What a row of shell gives to sbv2, however often it is called there."""
    if "sbv2" not in row:
        return
    lexer = shlex.shlex(row, posix=True, punctuation_chars="|&;<>()")
    lexer.whitespace_split = True
    words = list(lexer)
    starts = [i for i, word in enumerate(words) if word == "sbv2" and _begins(words, i)]
    starts += [i + 1 for i in range(len(words) - 1) if words[i : i + 2] == ["-m", "sbv2cli"]]
    for start in starts:
        arguments = []
        for word in words[start + 1 :]:
            if word in _ENDS:
                break
            arguments.append(word)
        yield arguments


def _begins(words: list[str], position: int) -> bool:
    before = words[position - 1] if position else None
    return before is None or before in _ENDS or before == "$" or "=" in before


def parse(arguments: list[str]) -> None:
    """Parse as the command line would, down to the last command, and run nothing.

    Raises:
        click.ClickException: there is no such command, option or value.
    """
    command: click.Command = sbv2
    parent, name = None, "sbv2"
    while True:
        try:
            context = command.make_context(name, arguments, parent=parent)
        except click.exceptions.Exit:  # --help, --version
            return
        if not isinstance(command, click.Group):
            return
        arguments = [*context._protected_args, *context.args]
        inner = command.get_command(context, arguments[0])
        if inner is None:
            raise click.UsageError(f'no command "{arguments[0]}"', context)
        command, parent, name, arguments = inner, context, arguments[0], arguments[1:]


def known(words: list[str]) -> bool:
    """Whether the words name a command; what follows the last one is not looked at."""
    command: click.Command = sbv2
    for word in words:
        if not isinstance(command, click.Group) or not re.fullmatch(r"[a-z][a-z-]*", word):
            return True
        inner = command.get_command(click.Context(command), word)
        if inner is None:
            return False
        command = inner
    return True


def commands(
    words: tuple[str, ...] = (), command: click.Command = sbv2
) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Every command and group below `sbv2`, by the words that call it."""
    if words:
        yield words, command
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            inner = command.get_command(context, name)
            assert inner is not None
            yield from commands((*words, name), inner)
