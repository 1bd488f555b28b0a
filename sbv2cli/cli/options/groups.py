"""Help in groups, everyday options first; options made from the table of settings.

`-h` shows examples and everyday options, `--help` everything.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import click

from sbv2cli.settings.keys import KEYS, Key

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

Body = Callable[..., int | None]  # of a command; it answers the exit status
Decorator = Callable[[Body], Body]

EVERYDAY = "Everyday options"
OTHER = "Options"
GENERAL = "General options"
_LONG_HELP = "--help"
_METAVARS = {
    "text": "TEXT",
    "number": "X",
    "factor": "X",
    "semitones": "ST",
    "decibels": "DB",
    "seconds": "TIME",
    "whole": "N",
    "count": "N",
    "workers": "N",
}


class Option(click.Option):
    """An option that stands in a group of the help."""

    def __init__(self, *args: Any, group: str = OTHER, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.group = group

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem[str]]:
        """What a shell offers for the value."""
        return _completed(self, ctx, incomplete, super().shell_complete)


class Argument(click.Argument):
    """An argument for which a shell offers values."""

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem[str]]:
        """What a shell offers for the value."""
        return _completed(self, ctx, incomplete, super().shell_complete)


def _completed(
    parameter: click.Parameter,
    context: click.Context,
    incomplete: str,
    plain: Callable[[click.Context, str], list[CompletionItem[str]]],
) -> list[CompletionItem[str]]:
    from sbv2cli.cli.complete_values import values

    found = values(context, parameter, incomplete)
    return plain(context, incomplete) if found is None else found


class Command(click.Command):
    """A command whose help shows groups; `everyday` names the parameters of the first one."""

    def __init__(self, *args: Any, everyday: Sequence[str] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.everyday = tuple(everyday)
        self.context_settings = {**self.context_settings, "help_option_names": [_LONG_HELP]}
        self.params.append(SHORT_HELP)

    def sections(self, ctx: click.Context) -> dict[str, list[tuple[str, str]]]:
        """Title -> names and help of each option, the everyday ones first."""
        sections: dict[str, list[tuple[str, str]]] = {EVERYDAY: []}
        by_name = {param.name: param for param in self.get_params(ctx)}
        first = [by_name.pop(name) for name in self.everyday]
        for param in (*first, *by_name.values()):
            record = param.get_help_record(ctx)
            if record is not None and isinstance(param, click.Option):
                group = EVERYDAY if param in first else self._group(param, ctx)
                sections.setdefault(group, []).append(record)
        return {title: records for title, records in sections.items() if records}

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write one section for each group."""
        short = bool(self.everyday) and bool(ctx.meta.get(_short_help.__name__))
        for title, records in self.sections(ctx).items():
            if title == EVERYDAY or not short:
                with formatter.section(title):
                    formatter.write_dl(records)
        if short:
            formatter.write_paragraph()
            formatter.write_text(f"{ctx.command_path} {_LONG_HELP} shows all options.")

    def _group(self, param: click.Option, ctx: click.Context) -> str:
        if param is self.get_help_option(ctx):
            return GENERAL
        return param.group if isinstance(param, Option) else OTHER


def _short_help(context: click.Context, parameter: click.Parameter, wanted: bool) -> None:
    del parameter
    if wanted:
        click.echo(short_help(context))
        context.exit()


def short_help(context: click.Context) -> str:
    """Examples and everyday options."""
    context.meta[_short_help.__name__] = True
    return context.get_help()


SHORT_HELP = Option(
    ["-h"],
    group=GENERAL,
    is_flag=True,
    expose_value=False,
    is_eager=True,
    callback=_short_help,
    help="Show the everyday options and exit.",
)


def options(group: str, *decorators: Decorator) -> Decorator:
    """Several options, shown in this order in one group of the help."""

    def decorate(function: Body) -> Body:
        for decorator in reversed(decorators):
            function = decorator(function)
        for option in getattr(function, "__click_params__", ())[-len(decorators) :]:
            option.group = group
        return function

    return decorate


def argument(*names: str, **attributes: Any) -> Decorator:
    """`click.argument`, with values for a shell."""
    return click.argument(*names, cls=Argument, **attributes)


def option(*names: str, **attributes: Any) -> Decorator:
    """`click.option`, for use in a group."""
    return click.option(*names, cls=Option, **attributes)


def setting(name: str, help: str = "") -> Decorator:  # noqa: A002 - Click calls it so
    """The flag of a setting: its names, values and default are those of the table."""
    key = KEYS[name]
    flag = f"--{name.replace('_', '-')}"
    default = default_of(key)
    text = (help or key.help) + (f"  [default: {default}]" if default else "")
    if key.kind == "switch":
        return option(f"{flag}/--no-{flag[2:]}", name, default=None, help=text)
    return option(
        flag, *key.flags, name, metavar=key.metavar or _metavar(key), multiple=key.many, help=text
    )


def _metavar(key: Key) -> str:
    return f"[{'|'.join(key.names())}]" if key.names() else _METAVARS[key.kind]


def default_of(key: Key) -> str:
    """The default of a setting, as people write it; empty where there is none."""
    if key.default:
        return key.default
    if key.kind == "switch":
        return "yes" if key.built_in else "no"
    return "" if key.built_in in (None, ()) else str(key.built_in)
