"""What a shell offers for the value of an option or an argument: a row for each kind of value.

A shell waits for the answer, so nothing here imports torch or numpy; what cannot be found out is
left out and never an error.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.shell_completion import CompletionItem

from sbv2cli.cli.completion import OPEN, PATHS
from sbv2cli.settings.keys import KEYS, PAUSES

if TYPE_CHECKING:
    from sbv2cli.records import ScriptLine
    from sbv2cli.settings.config import Configuration
    from sbv2cli.voices.listed_names import ListedNames

Items = Iterable[str | CompletionItem[str]]
Values = Callable[[click.Context, str], Items]

# Lines of a script that are looked at for names.
LINES = 5000


def values(
    context: click.Context, parameter: click.Parameter, incomplete: str
) -> list[CompletionItem[str]] | None:
    """What may stand for a parameter; `None` where Click knows as much."""
    found = _values_of(parameter)
    if found is None:
        return None
    try:
        offered = [
            item if isinstance(item, CompletionItem) else CompletionItem(item)
            for item in found(context, incomplete)
        ]
    except Exception:  # noqa: BLE001 - a broken settings file is told when the command runs
        return []
    return [item for item in offered if item.type in PATHS or _begins(str(item.value), incomplete)]


def _begins(value: str, incomplete: str) -> bool:
    return value.casefold().startswith(incomplete.casefold())


def _values_of(parameter: click.Parameter) -> Values | None:
    name = parameter.name or ""
    if isinstance(parameter.type, click.Choice | click.Path):
        return None
    if name in VALUES:
        return VALUES[name]
    key = KEYS.get(name)
    if key is None:
        return None
    if key.names():
        return lambda _context, _incomplete: key.names()
    if key.path:
        return _folder if key.metavar == "DIR" else _file
    return None


# Kinds of values.


def _file(context: click.Context, incomplete: str) -> Items:
    del context
    return [CompletionItem(incomplete, type="file")]


def _folder(context: click.Context, incomplete: str) -> Items:
    del context
    return [CompletionItem(incomplete, type="dir")]


def _voices(context: click.Context, incomplete: str) -> Items:
    """Voices by name, `VOICE/SPEAKER` once the voice is written, and paths."""
    from sbv2cli.voices import listed_names

    found = dict(_named_voices(context))
    voice, slash, _ = incomplete.rpartition("/")
    speakers = listed_names.of_voice(found[voice]).speakers if slash and voice in found else ()
    if speakers:
        return [f"{voice}/{speaker}" for speaker in speakers]
    if any(_begins(name, incomplete) for name in found):
        return [CompletionItem(name, help=str(path.parent)) for name, path in found.items()]
    return _file(context, incomplete)


def _named_voices(context: click.Context) -> Iterator[tuple[str, Path]]:
    from sbv2cli.cli import jobs
    from sbv2cli.voices import search_path

    return search_path.voices_in(jobs.voice_folders(_configuration(context)))


def _speakers(context: click.Context, incomplete: str) -> Items:
    del incomplete
    return _names(context).speakers


def _styles(context: click.Context, incomplete: str) -> Items:
    """Styles of the voice and names from the settings, also as a further one of a blend."""
    before, plus, _ = incomplete.rpartition("+")
    ours = [style.name for style in _configuration(context).styles.names.values()]
    names = dict.fromkeys([*_names(context).styles, *ours])
    return [f"{before}{plus}{name}" for name in names]


def _names(context: click.Context) -> ListedNames:
    """What the voice of the command line, else of the settings, lists."""
    from sbv2cli.cli import jobs
    from sbv2cli.voices import listed_names, search_path

    configuration = _configuration(context)
    wanted = context.params.get("voice") or configuration["voice"]
    place = search_path.find(wanted, jobs.voice_folders(configuration))
    return listed_names.of_voice(place.path)


def _characters(context: click.Context, incomplete: str) -> Items:
    """Those of the cast, then those of the script."""
    del incomplete
    from sbv2cli.settings.cast import ANYONE

    roles = _configuration(context).cast.roles
    spoken = (line.character for line in _lines(context))
    return dict.fromkeys([*(name for name in roles if name != ANYONE), *filter(None, spoken)])


def _selections(context: click.Context, incomplete: str) -> Items:
    """Fields, and after = what the lines of the script hold."""
    from sbv2cli.pipeline import select

    field, sign, _ = incomplete.partition("=")
    if not sign:
        return [_open(f"{name}=") for name in select.field_names(_lines(context))]
    found = (select.value_of(line, field.removesuffix("!")) for line in _lines(context))
    return dict.fromkeys(f"{field}={value}" for value in found if value not in (None, ""))


def _columns(context: click.Context, incomplete: str) -> Items:
    del context, incomplete
    from sbv2cli.readers.cells import LINE_ALIASES

    return [_open(f"{key}=") for key in LINE_ALIASES]


def _pauses(context: click.Context, incomplete: str) -> Items:
    del context, incomplete
    return [_open(f"{level}=") for level in PAUSES]


def _formats(context: click.Context, incomplete: str) -> Items:
    del context, incomplete
    from sbv2cli.readers import READERS

    return [
        CompletionItem("auto", help="The script's own format."),
        *(CompletionItem(name, help=row.help) for name, row in READERS.items()),
    ]


def _training_settings(context: click.Context, incomplete: str) -> Items:
    """What the dataset says of training."""
    del incomplete
    dataset = Path(context.params["dataset"])
    section = json.loads((dataset / "config.json").read_text(encoding="utf-8"))["train"]
    return [_open(f"{name}=") for name in section]


def _words(*words: str) -> Values:
    """A fixed list; a word that ends with a sign goes on."""
    return lambda _context, _incomplete: [
        _open(word) if word[-1] in ":=" else CompletionItem(word) for word in words
    ]


def _open(value: str) -> CompletionItem[str]:
    return CompletionItem(value, type=OPEN)


VALUES: Mapping[str, Values] = {
    "voice": _voices,
    "names": _voices,  # of `voices merge`
    "voices": _voices,  # of `voices update`
    "speaker": _speakers,
    "style": _styles,
    "default_character": _characters,
    "selected": _selections,
    "columns": _columns,
    "pause": _pauses,
    "from_format": _formats,
    "encoding": _words("auto", "utf-8", "cp932", "utf-16", "euc-jp"),
    "device": _words("auto", "cpu", "cuda", "cuda:", "cuda:all"),
    "gain": _words("none", "peak:-1dB", "lufs:-20", "reference"),
    "loudness": _words("none", "acx", "r128", "lufs:"),
    "dictionaries": _file,
    "changes": _training_settings,
}
"""Parameter of a command -> what it may be. Settings with a list of words, choices and paths need
no row."""


# What is known of the run.


def _configuration(context: click.Context) -> Configuration:
    from sbv2cli.settings.config import load

    said: Mapping[str, Any] = context.params
    return load(
        scripts=_scripts(context),
        config_file=said.get("config_file"),
        use_files=not said.get("no_config"),
        cast_file=said.get("cast_file"),
    )


def _scripts(context: click.Context) -> tuple[Path, ...]:
    # Where the last option still waits for its value, Click leaves arguments in `args`.
    found = context.params.get("scripts") or context.params.get("manuscript") or context.args
    return tuple(Path(script) for script in found if Path(script).exists())


def _lines(context: click.Context) -> list[ScriptLine]:
    from sbv2cli.cli.scripts import ScriptFlags, script_options_of
    from sbv2cli.readers.script import read_scripts

    scripts = _scripts(context)
    if not scripts:
        return []
    said = context.params
    flags = ScriptFlags(
        said.get("from_format") or "auto",
        said.get("columns") or (),
        said.get("sheet"),
        said.get("encoding") or "auto",
    )
    options = script_options_of(_configuration(context), flags)
    return list(islice(read_scripts(scripts, options, from_format=flags.from_format), LINES))
