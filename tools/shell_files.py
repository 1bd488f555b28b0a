"""The files that the wheel installs for shells below share/: man pages and completion.

`tools/docs_cli.py` writes them; each man page is made from the help of its command.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import click

from sbv2cli.cli.completion import SHELLS, VARIABLE
from sbv2cli.cli.main import COMMANDS, EPILOG, sbv2
from sbv2cli.cli.options.groups import Command
from sbv2cli.version import RELEASED, VERSION

SHARE = Path(__file__).parents[1] / "share"
MAN = "man/man1"
COMPLETION = {
    "bash": "bash-completion/completions/sbv2",
    "zsh": "zsh/site-functions/_sbv2",
    "fish": "fish/vendor_completions.d/sbv2.fish",
}
EXAMPLES = re.compile(r"Examples?:")


def shell_files(
    commands: Mapping[tuple[str, ...], click.Command],
) -> Iterator[tuple[Path, str]]:
    """Every file below share/, as it should be."""
    for words, command in commands.items():
        yield SHARE / MAN / f"{'-'.join(words)}.1", man_page(words, command, commands)
    for shell, place in COMPLETION.items():
        yield SHARE / place, SHELLS[shell](sbv2, {}, "sbv2", VARIABLE).source()


def man_page(
    words: tuple[str, ...],
    command: click.Command,
    commands: Mapping[tuple[str, ...], click.Command],
) -> str:
    """One page, in the macros of man(7)."""
    context = click.Context(command, info_name=" ".join(words), terminal_width=80)
    name = "-".join(words)
    usage = " ".join(command.collect_usage_pieces(context))
    rows = [
        "'\\\" -*- coding: utf-8 -*-",
        f'.TH {name.upper()} 1 {RELEASED} "sbv2 {VERSION}" "sbv2"',
        ".SH NAME",
        f"{name} \\- {_text(_summary(words, command))}",
        ".SH SYNOPSIS",
        f".B {_text(' '.join(words))}",
        _text(usage),
        *_body(command),
        *_options(command, context),
        *_commands(words, commands),
    ]
    if len(words) == 1:
        rows += [".SH EXIT STATUS", *_verbatim(_epilog())]
    rows += [".SH SEE ALSO", *_see_also(words, commands)]
    return "\n".join(rows) + "\n"


def _summary(words: tuple[str, ...], command: click.Command) -> str:
    if len(words) == 2 and words[1] in COMMANDS:
        return COMMANDS[words[1]][1].rstrip(".")
    return command.get_short_help_str(limit=200).rstrip(".")


def _body(command: click.Command) -> Iterator[str]:
    """Description and examples: paragraphs of the help; marked paragraphs stay as they are."""
    help_text = inspect.cleandoc(command.help or "").partition("\f")[0]
    examples: list[str] = []
    yield ".SH DESCRIPTION"
    for number, paragraph in enumerate(re.split(r"\n\s*\n", help_text)):
        rows = paragraph.splitlines()
        fixed = rows[:1] == ["\b"]
        if fixed and EXAMPLES.fullmatch(rows[1]):
            examples = rows[2:]
        elif fixed:
            yield ".PP"
            yield from _verbatim(rows[1:])
        else:
            if number:
                yield ".PP"
            yield _text(" ".join(row.strip() for row in rows))
    if examples:
        yield ".SH EXAMPLES"
        yield from _verbatim(examples)


def _options(command: click.Command, context: click.Context) -> Iterator[str]:
    if isinstance(command, Command):
        sections = command.sections(context)
    else:
        records = [param.get_help_record(context) for param in command.get_params(context)]
        sections = {"": [record for record in records if record is not None]}
    if not any(sections.values()):
        return
    yield ".SH OPTIONS"
    for title, records in sections.items():
        if title and len(sections) > 1:
            yield f".SS {_text(title)}"
        for names, meaning in records:
            yield ".TP"
            yield f".B {_text(names)}"
            yield _text(meaning)


def _commands(
    words: tuple[str, ...], commands: Mapping[tuple[str, ...], click.Command]
) -> Iterator[str]:
    below = {other: command for other, command in commands.items() if other[:-1] == words}
    if below:
        yield ".SH COMMANDS"
    for other, command in below.items():
        yield ".TP"
        yield f".BR {'-'.join(other)} (1)"
        yield _text(f"{_summary(other, command)}.")


def _see_also(
    words: tuple[str, ...], commands: Mapping[tuple[str, ...], click.Command]
) -> Iterator[str]:
    beside = [words[:-1]] if len(words) > 1 else []
    beside += [
        other
        for other in commands
        if other != words and (other[:-1] == words or (len(words) > 1 and other[:-1] == words[:-1]))
    ]
    ends = [",", *"," * (len(beside) - 2), ""] if len(beside) > 1 else [""]
    for other, end in zip(beside, ends, strict=True):
        yield f".BR {'-'.join(other)} (1){end}"


def _epilog() -> list[str]:
    return [row.strip() for row in EPILOG.splitlines()[2:] if row.strip()]


def _verbatim(rows: list[str]) -> Iterator[str]:
    yield ".nf"
    yield from (_text(row.strip()) if row.strip() else "" for row in rows)
    yield ".fi"


def _text(text: str) -> str:
    """Text that says nothing to the formatter."""
    text = text.replace("\\", "\\e").replace("-", "\\-")
    return f"\\&{text}" if text[:1] in (".", "'") else text
