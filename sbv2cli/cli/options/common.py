"""Options that every command takes, and what they settle.

`common_options` gives a verb the options that every verb has; they may stand before the verb too
(`root_options`), and what stands at the verb wins. The verb receives one `CommonOptions`.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from sbv2cli.cli.console import Console, OutputMode
from sbv2cli.cli.options.groups import GENERAL, Body, option, options
from sbv2cli.cli.options.places import READ, WRITTEN
from sbv2cli.cli.pipes import closed_quietly
from sbv2cli.errors import Sbv2Error, UsageError
from sbv2cli.settings.config import Configuration, load
from sbv2cli.settings.keys import ALIASES, KEYS
from sbv2cli.settings.parse import parse, parse_pauses
from sbv2cli.settings.variables import unread

_META = "sbv2.common"

_COMMON = (
    option(
        "-c",
        "--config",
        "config_file",
        type=READ,
        metavar="FILE",
        help="Settings file, instead of the sbv2.toml found upward from the script.",
    ),
    option("--no-config", is_flag=True, default=None, help="Read no settings file."),
    option("-q", "--quiet", is_flag=True, default=None, help="Print errors only."),
    option("-v", "--verbose", count=True, help="Print more."),
    option(
        "--progress",
        type=click.Choice(["auto", "bar", "plain", "json", "off"]),
        help="Progress on stderr.  [default: auto]",
    ),
    option(
        "--color",
        type=click.Choice(["auto", "always", "never"]),
        help="Colour; auto honours NO_COLOR and FORCE_COLOR.  [default: auto]",
    ),
    option(
        "--json", "as_json", is_flag=True, default=None, help="Print the result as one JSON object."
    ),
    option(
        "--log-file",
        type=WRITTEN,
        metavar="FILE",
        help="Append all messages to a file.",
    ),
)
_NAMES = (
    "config_file",
    "no_config",
    "quiet",
    "verbose",
    "progress",
    "color",
    "as_json",
    "log_file",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CommonOptions:
    """What the shared options say, for the body of a verb."""

    console: Console
    config_file: Path | None = None
    use_files: bool = True

    def configuration(
        self,
        *,
        flags: Mapping[str, Any] | None = None,
        scripts: tuple[Path, ...] = (),
        cast_file: Path | None = None,
    ) -> Configuration:
        """Settle flags, variables and files; `flags` are values as Click gives them, unparsed."""
        return load(
            flags=parsed_flags(flags or {}),
            scripts=scripts,
            config_file=self.config_file,
            use_files=self.use_files,
            cast_file=cast_file,
        )


def parsed_flags(flags: Mapping[str, Any]) -> dict[str, Any]:
    """Flags (`{"speed": "120%", "pause": "comma=0.2s"}`) in the program's units."""
    parsed: dict[str, Any] = {}
    spelled: dict[str, str] = {}
    for name, written in flags.items():
        if written is None or written == ():
            continue
        flag = f"--{name.replace('_', '-')}"
        if name == "pause":
            parsed[name] = parse_pauses(",".join(written), at=flag)
            continue
        ours = ALIASES[name][0] if name in ALIASES else name
        if ours in spelled:
            raise UsageError("setting.twice", f"{spelled[ours]} and {flag} say the same twice")
        spelled[ours] = flag
        if KEYS[ours].many:
            parsed[ours] = tuple(parse(name, str(piece), at=flag) for piece in written)
        else:
            parsed[ours] = parse(name, written, at=flag)
    return parsed


def root_options(function: Body) -> Body:
    """The shared options, before the verb: `sbv2 --json check script.csv`."""

    @functools.wraps(function)
    def wrapped(*args: Any, **kwargs: Any) -> int | None:
        said = {name: kwargs.pop(name, None) for name in _NAMES}
        click.get_current_context().meta[_META] = said
        return function(*args, **kwargs)

    return options(GENERAL, *_COMMON)(wrapped)


def common_options(function: Body) -> Body:
    """The shared options, at the verb; the function receives `common: CommonOptions` first.

    What the function returns is the exit status. With `--json`, an error is an envelope on stdout
    too, so that a program needs to read one stream only.
    """

    @functools.wraps(function)
    def wrapped(*args: Any, **kwargs: Any) -> int | None:
        context = click.get_current_context()
        said = _merged(
            context.meta.get(_META, {}), {name: kwargs.pop(name, None) for name in _NAMES}
        )
        mode = OutputMode(
            # With its group, `voices show`: two groups may have a command of one name.
            command=context.command_path.partition(" ")[2],
            verbosity=-1 if said["quiet"] else int(said["verbose"] or 0),
            progress=said["progress"] or "auto",
            color=said["color"] or "auto",
            json=bool(said["as_json"]),
            log_file=said["log_file"],
        )
        if said["quiet"] and said["verbose"]:
            raise UsageError("usage.quiet-verbose", "--quiet and --verbose exclude each other")
        console = Console(mode)
        for message in unread(console.environment):
            console.warning(message)
        common = CommonOptions(
            console=console,
            config_file=said["config_file"],
            use_files=not said["no_config"],
        )
        try:
            status = function(common, *args, **kwargs)
        except BrokenPipeError:
            return closed_quietly()
        except Sbv2Error as error:
            console.result({"error": error_as_json(error)}, status=error.exit_status)
            raise
        else:
            console.log.check()
            return status
        finally:
            console.log.close()

    return options(GENERAL, *_COMMON)(wrapped)


def error_as_json(error: Sbv2Error) -> dict[str, Any]:
    """An error as it stands in the JSON envelope."""
    return {"code": error.code, "message": error.message, "at": error.at, "hint": error.hint}


def _merged(before: Mapping[str, Any], at_verb: Mapping[str, Any]) -> dict[str, Any]:
    merged = {
        name: at_verb[name] if at_verb[name] is not None else before.get(name) for name in _NAMES
    }
    merged["verbose"] = (at_verb["verbose"] or 0) + (before.get("verbose") or 0)
    return merged
