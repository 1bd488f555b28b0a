"""The root of the command tree, and the boundary where errors become exit statuses."""

from __future__ import annotations

import gc
import io
import os
import sys
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NoReturn

import click

from sbv2cli.cli import descriptors, json_talk
from sbv2cli.cli.guard import guarded
from sbv2cli.cli.options.common import root_options
from sbv2cli.cli.translated_help import formatter_class
from sbv2cli.errors import (
    EXIT_BUG,
    EXIT_ENVIRONMENT,
    CancelledError,
    Sbv2Error,
    UsageError,
    did_you_mean,
)
from sbv2cli.translations.catalogues import translator
from sbv2cli.translations.language import chosen
from sbv2cli.version import VERSION

# name -> (where the command is, its help line). A row carries the help line so that
# `sbv2 --help` imports no command: importing torch to print help would take a second.
COMMANDS = {
    "render": (
        "sbv2cli.cli.commands.render:render",
        "Render scripts: one audio file per line and a manifest.",
    ),
    "say": (
        "sbv2cli.cli.commands.say:say",
        "Synthesise a text to a file, a pipe or the loudspeaker.",
    ),
    "check": (
        "sbv2cli.cli.commands.check:check",
        "Show the readings of a script, and what to fix.",
    ),
    "import": (
        "sbv2cli.cli.commands.import_:import_",
        "Write a script of any format as lines to edit.",
    ),
    "book": (
        "sbv2cli.cli.commands.book:book",
        "Make an audiobook of a manuscript in one go.",
    ),
    "join": (
        "sbv2cli.cli.commands.join:join",
        "Join rendered lines: audiobooks, chapters, tracks.",
    ),
    "export": (
        "sbv2cli.cli.commands.export:export",
        "Write subtitles and labels of rendered lines.",
    ),
    "proof": (
        "sbv2cli.cli.commands.proof:proof",
        "Write a page to listen, check and correct.",
    ),
    "voices": (
        "sbv2cli.cli.commands.voices:voices",
        "Install, list, show, verify and convert voices.",
    ),
    "train": (
        "sbv2cli.cli.commands.train:train",
        "Prepare a dataset and train a voice.",
    ),
    "doctor": (
        "sbv2cli.cli.commands.doctor:doctor",
        "Show versions, devices, folders and settings.",
    ),
    "bench": (
        "sbv2cli.cli.commands.bench:bench",
        "Measure speed against a baseline in one run.",
    ),
    "licences": (
        "sbv2cli.cli.commands.licences:licences",
        "List the licences of all that comes with sbv2.",
    ),
    "completion": (
        "sbv2cli.cli.commands.completion:completion",
        "Print the completion script of a shell.",
    ),
}

EPILOG = """\b
Exit status:
  0    success
  1    a bug in sbv2
  2    usage, settings or script invalid; nothing was synthesised
  3    finished, but a line failed or a finding reached --fail-on
  4    environment: voice, device, extra, disk or lock
  130  interrupted; run the same command again to continue
"""


class _ReaderGoneError(Exception):
    """A closed pipe on its way past Click, which would make it status 1: that means a bug."""


@contextmanager
def _past_click() -> Iterator[None]:
    try:
        yield
    except BrokenPipeError as error:
        raise _ReaderGoneError from error


class CommandTable(click.Group):
    """A group whose commands are imported when they are called, not when they are listed."""

    def make_context(self, *arguments: Any, **more: Any) -> click.Context:
        """Parse; `--help` is printed here."""
        with _past_click():
            return super().make_context(*arguments, **more)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command."""
        with _past_click():
            return super().invoke(ctx)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names in the order of the table."""
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the one command that was asked for."""
        del ctx
        if cmd_name not in COMMANDS:
            return None
        from importlib import import_module

        module, _, attribute = COMMANDS[cmd_name][0].partition(":")
        command = getattr(import_module(module), attribute)
        assert isinstance(command, click.Command)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Name the nearest command where there is none of that name."""
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            ctx.fail(f'there is no command "{args[0]}"; {did_you_mean(args[0], COMMANDS)}')
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands from the table alone."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])


@click.command(
    cls=CommandTable,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog=EPILOG,
)
@click.version_option(VERSION, prog_name="sbv2")
@root_options
def sbv2() -> int | None:
    """Render scripts with Style-Bert-VITS2 voices: one audio file per line and a manifest."""


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command line and exit with a documented status."""
    descriptors.open_closed()
    if "_SBV2_COMPLETE" in os.environ:
        from sbv2cli.cli import completion

        completion.register()
    else:
        click.Context.formatter_class = formatter_class(chosen(os.environ))
    given = sys.argv[1:] if arguments is None else arguments
    with guarded(), json_talk.json_rows(wanted=json_talk.is_wanted(given)):
        _run(given)


def _run(arguments: Sequence[str]) -> NoReturn:
    say = _say_json if json_talk.is_wanted(arguments) else _say
    try:
        status = sbv2.main(args=list(arguments), prog_name="sbv2", standalone_mode=False)
        sys.stdout.flush()  # a full disk is told here, and not by the interpreter's last words
    except Sbv2Error as error:
        say(error)
        sys.exit(error.exit_status)
    except click.ClickException as error:
        say(error)
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        say(CancelledError("interrupted", "interrupted"))
        sys.exit(130)
    except (BrokenPipeError, _ReaderGoneError):
        # The reader of our output has gone, as `head` does. Nothing is wrong and nobody listens;
        # the descriptor is replaced so that the interpreter's last flush stays quiet too.
        descriptors.discard_stdout()
        sys.exit(141)
    except Exception as error:  # noqa: BLE001 - the last boundary
        if os.environ.get("SBV2_TRACEBACK"):
            traceback.print_exc()
            sys.exit(EXIT_BUG)
        if isinstance(error, FileNotFoundError) and descriptors.folder_is_gone():
            say(descriptors.folder_error())
            sys.exit(EXIT_ENVIRONMENT)
        from sbv2cli import files

        if (refused := files.database_error(error)) is not None:
            say(refused)
            sys.exit(refused.exit_status)
        if descriptors.is_of_stdout(error):
            say(descriptors.stdout_error(error))
            descriptors.discard_stdout()
            sys.exit(EXIT_ENVIRONMENT)
        last = traceback.format_exc().strip().splitlines()[-1]
        hint = "set SBV2_TRACEBACK=1 and run again for the full trace, then report it"
        say(Sbv2Error("bug", last, hint=hint))
        sys.exit(EXIT_BUG)
    finally:
        # The process ends, and so does all it holds: no last search for garbage among torch's
        # hundreds of thousands of objects.
        gc.freeze()
    sys.exit(status if isinstance(status, int) else 0)


def _say(error: Exception) -> None:
    text = str(error)
    if isinstance(error, CancelledError) and error.code == "interrupted":
        text = error.message
    elif isinstance(error, click.ClickException):
        shown = io.StringIO()
        error.show(shown)
        text = shown.getvalue().rstrip()
    # Not by click.echo, which takes escape sequences out: what a name holds should be seen.
    sys.stderr.write(f"{translator(chosen(os.environ))(text)}\n")


def _say_json(error: Exception) -> None:
    if isinstance(error, click.ClickException):
        error = UsageError("usage", error.format_message(), hint="see --help")
    assert isinstance(error, Sbv2Error)
    sys.stderr.write(f"{json_talk.error_event(error)}\n")
