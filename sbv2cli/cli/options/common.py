"""Options that more than one verb takes.

`common_options` gives a verb the options that every verb has; they may stand before the verb too
(`root_options`), and what stands at the verb wins. The verb receives one `Common`.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import click

from sbv2cli.cli.console import Console, Manner
from sbv2cli.cli.pipes import closed_quietly
from sbv2cli.errors import Sbv2Error, UsageError, did_you_mean
from sbv2cli.settings.config import Configuration, load
from sbv2cli.settings.keys import ALIASES, KEYS
from sbv2cli.settings.parse import parse, parse_pauses

P = ParamSpec("P")
R = TypeVar("R")

_META = "sbv2.common"
FROM_CHOICES_HELP = "text, csv, tsv, jsonl, json, ssml, manifest, renpy, yarn or voicevox"

_COMMON = (
    click.option(
        "-c",
        "--config",
        "config_file",
        type=click.Path(path_type=Path),
        metavar="FILE",
        help="Settings file, in place of the sbv2.toml that is found.",
    ),
    click.option("--no-config", is_flag=True, default=None, help="Read no settings file."),
    click.option("-q", "--quiet", is_flag=True, default=None, help="Say errors only."),
    click.option("-v", "--verbose", count=True, help="Say more; -vv says everything."),
    click.option(
        "--progress",
        type=click.Choice(["auto", "bar", "plain", "json", "off"]),
        help="How to show progress, on stderr.  [default: auto]",
    ),
    click.option(
        "--color",
        type=click.Choice(["auto", "always", "never"]),
        help="Colour in the output; NO_COLOR and FORCE_COLOR count.  [default: auto]",
    ),
    click.option(
        "--json", "as_json", is_flag=True, default=None, help="One JSON object as result."
    ),
    click.option(
        "--log-file",
        type=click.Path(path_type=Path, dir_okay=False),
        metavar="FILE",
        help="Append everything that is said to a file.",
    ),
    click.option("--offline/--online", default=None, hidden=True),
)
_COMMON_NAMES = (
    "config_file",
    "no_config",
    "quiet",
    "verbose",
    "progress",
    "color",
    "as_json",
    "log_file",
    "offline",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Common:
    """What the shared options say, for the body of a verb."""

    console: Console
    config_file: Path | None = None
    use_files: bool = True
    offline: bool = True

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
    """Flags (`{"speed": "120%", "pause": "comma=0.2s"}`) in the units of the house."""
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


def root_options(function: Callable[P, R]) -> Callable[..., R]:
    """The shared options, before the verb: `sbv2 --json check script.csv`."""

    @functools.wraps(function)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> R:
        said = {name: kwargs.pop(name, None) for name in _COMMON_NAMES}
        click.get_current_context().meta[_META] = said
        return function(*args, **kwargs)

    for option in reversed(_COMMON):
        option(wrapped)
    return wrapped


def common_options(function: Callable[..., int | None]) -> Callable[..., int | None]:
    """The shared options, at the verb; the function receives `common: Common` first.

    What the function returns is the exit status. With `--json`, an error is an envelope on stdout
    too, so that a program needs to read one stream only.
    """

    @functools.wraps(function)
    def wrapped(*args: Any, **kwargs: Any) -> int | None:
        context = click.get_current_context()
        said = _merged(
            context.meta.get(_META, {}), {name: kwargs.pop(name, None) for name in _COMMON_NAMES}
        )
        manner = Manner(
            command=context.info_name or "",
            verbosity=-1 if said["quiet"] else int(said["verbose"] or 0),
            progress=said["progress"] or "auto",
            color=said["color"] or "auto",
            json=bool(said["as_json"]),
            log_file=said["log_file"],
        )
        if said["quiet"] and said["verbose"]:
            raise UsageError("usage.quiet-verbose", "--quiet and --verbose exclude each other")
        console = Console(manner)
        common = Common(
            console=console,
            config_file=said["config_file"],
            use_files=not said["no_config"],
            offline=said["offline"] is not False,
        )
        try:
            return function(common, *args, **kwargs)
        except BrokenPipeError:
            return closed_quietly()
        except Sbv2Error as error:
            console.result({"error": error_as_json(error)}, status=error.exit_status)
            raise
        finally:
            console.close()

    for option in reversed(_COMMON):
        option(wrapped)
    return wrapped


def error_as_json(error: Sbv2Error) -> dict[str, Any]:
    """An error as it stands in the JSON envelope."""
    return {"code": error.code, "message": error.message, "at": error.at, "hint": error.hint}


def _merged(before: Mapping[str, Any], at_verb: Mapping[str, Any]) -> dict[str, Any]:
    merged = {
        name: at_verb[name] if at_verb[name] is not None else before.get(name)
        for name in _COMMON_NAMES
    }
    merged["verbose"] = (at_verb["verbose"] or 0) + (before.get("verbose") or 0)
    return merged


def script_options(function: Callable[..., R]) -> Callable[..., R]:
    """How scripts are read: the options of `check` and `render`."""
    for option in reversed(
        (
            click.option(
                "--from",
                "from_format",
                default="auto",
                metavar="FORMAT",
                help=f"auto, {FROM_CHOICES_HELP}.  [default: auto]",
            ),
            click.option(
                "--column",
                "columns",
                multiple=True,
                metavar="KEY=HEADER",
                help='Which column holds what: --column text="Japanese(ja)". Repeat.',
            ),
            click.option(
                "--encoding",
                default="auto",
                metavar="NAME",
                help="utf-8, cp932, utf-16 or another.  [default: auto]",
            ),
            click.option(
                "--split",
                type=click.Choice(["line", "sentence", "paragraph"]),
                help="What of a text becomes one line.  [default: line; ssml: sentence]",
            ),
            click.option(
                "--lang",
                metavar="CODE",
                help="Language of lines that name none: ja, en or zh.  [default: ja]",
            ),
            click.option(
                "--dict",
                multiple=True,
                metavar="FILE",
                help="User dictionary: surface,reading,accent as CSV, or JSON. Repeat.",
            ),
            click.option(
                "--cast",
                "cast_file",
                type=click.Path(path_type=Path, dir_okay=False),
                metavar="FILE",
                help="TOML file that says how each character speaks.",
            ),
            click.option(
                "--default-character",
                metavar="NAME",
                help="Who speaks the lines that name no character.",
            ),
        )
    ):
        option(function)
    return function


def delivery_options(function: Callable[..., R]) -> Callable[..., R]:
    """How lines are spoken: voice, style and prosody, for `render` and `say`.

    Every value arrives as written; `Common.configuration(flags=...)` parses it.
    """
    for option in reversed(
        (
            click.option("-m", "--voice", metavar="NAME|PATH[/SPEAKER]", help="Who speaks."),
            click.option("--speaker", metavar="NAME", help="Speaker of a voice with several."),
            click.option("--style", metavar="NAME[:W][+NAME:W]", help="Style, or a blend."),
            click.option("--style-weight", metavar="X", help="Strength of the style.  [1.0]"),
            click.option("--speed", metavar="X", help="Rate; bigger is faster.  [1.0]"),
            click.option("--length-scale", metavar="X", help="The inverse of --speed."),
            click.option("--pitch", metavar="ST", help="Semitones up or down.  [0st]"),
            click.option("--intonation", metavar="X", help="Range of the pitch.  [1.0]"),
            click.option("--volume", metavar="DB", help="Decibels louder or softer.  [0dB]"),
            click.option("--sdp-ratio", metavar="X", help="Liveliness of the rhythm.  [0.2]"),
            click.option("--noise", metavar="X", help="Liveliness of the sound.  [0.6]"),
            click.option("--noise-w", metavar="X", help="Strength of rhythm noise.  [0.8]"),
            click.option("--assist-text", metavar="TEXT", help="Text that lends its mood."),
            click.option("--assist-weight", metavar="X", help="How much of it.  [1.0]"),
            click.option("--seed", metavar="N", help="Seed of the run.  [0]"),
            click.option("--take", metavar="N", help="Which take of each line.  [1]"),
            click.option(
                "--pause",
                multiple=True,
                metavar="LEVEL=TIME,...",
                help="comma, sentence, paragraph, chapter: --pause sentence=350ms.",
            ),
        )
    ):
        option(function)
    return function


def parse_columns(columns: tuple[str, ...], known: Mapping[str, Any]) -> dict[str, str]:
    """`("text=Japanese(ja)",)` as `{"text": "Japanese(ja)"}`."""
    mapping: dict[str, str] = {}
    for column in columns:
        key, equals, header = column.partition("=")
        if not equals or not header:
            raise UsageError(
                "usage.column",
                f'--column is "{column}"',
                hint='write KEY=HEADER: --column text="Japanese(ja)"',
            )
        if key not in known:
            raise UsageError(
                "usage.column", f'there is no line key "{key}"', hint=did_you_mean(key, known)
            )
        mapping[key] = header
    return mapping
