#!/usr/bin/env python
"""Write the reference of commands and settings: `python tools/docs_cli.py`.

Both are there in English and in Japanese (docs/ja/reference). The help of every command stands
below the mark in cli.md; options that every command has are shown once, with `sbv2` itself. The
tables of settings.md stand between marks, one for each place where settings may stand. Man pages
and completion scripts are written below share/ (`shell_files.py`). With `--check` it writes
nothing, and the status is 1 if a page is out of date.
"""

from __future__ import annotations

import copy
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import click

from sbv2cli.cli.main import sbv2
from sbv2cli.cli.options.groups import SHORT_HELP, default_of
from sbv2cli.cli.translated_help import formatter_class
from sbv2cli.settings.keys import BOUNDS, KEYS, Key
from sbv2cli.translations.catalogues import translator
from sbv2cli.translations.language import Language
from sbv2cli.units import EXAMPLES

sys.path.insert(0, str(Path(__file__).parent))

from shell_files import SHARE, shell_files

Translate = Callable[[str], str]

DOCS = Path(__file__).parents[1] / "docs"
REFERENCE: dict[Language, Path] = {
    "en": DOCS / "reference",
    "ja": DOCS / "ja" / "reference",
}
MARK = "<!-- below: the help of each command, written by tools/docs_cli.py -->\n"
WIDTH = 80


def settings_page(path: Path, language: Language) -> str:
    """The page of the settings as it should be."""
    return re.sub(
        r"(<!-- settings: (\w+) -->\n).*?(?=<!-- end -->)",
        lambda found: found[1] + settings_table(found[2], translator(language)),
        path.read_text(encoding="utf-8"),
        flags=re.DOTALL,
    )


def settings_table(where: str, translate: Translate) -> str:
    """Every setting of one place, from the table of settings."""
    heads = ("key", "meaning", "value", "default")
    rows = [f"| {' | '.join(map(translate, heads))} |", "|---|---|---|---|"]
    for name, key in KEYS.items():
        if key.where == where:
            default = translate(default_of(key) or "none")
            meaning = translate(key.help)
            rows.append(f"| `{name}` | {meaning} | {_value(name, key, translate)} | {default} |")
    return "\n".join(rows) + "\n"


def _value(name: str, key: Key, translate: Translate) -> str:
    if key.names():
        return " ".join(f"`{word}`" for word in key.names())
    value = {"text": "text", "switch": "`true` `false`"}.get(key.kind, EXAMPLES[key.kind])
    value = translate("a list of files" if key.many else value)
    if name in BOUNDS:
        lowest, highest = BOUNDS[name]
        value += translate(f"; {lowest:g} to {highest:g}")
    return value


def page(path: Path, language: Language) -> str:
    """The page of the commands as it should be."""
    click.Context.formatter_class = formatter_class(language)
    by_hand = path.read_text(encoding="utf-8").partition(MARK)[0]
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
    pages = {
        path: write(path, language)
        for language, folder in REFERENCE.items()
        for path, write in ((folder / "cli.md", page), (folder / "settings.md", settings_page))
    }
    click.Context.formatter_class = click.HelpFormatter
    pages |= dict(shell_files(dict(commands())))
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
