"""From the options of a command to the lines of its scripts, and how they are read."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click

from sbv2cli.cli.options.groups import short_help
from sbv2cli.cli.options.script import parse_columns
from sbv2cli.errors import EXIT_USAGE, Sbv2Error, UsageError
from sbv2cli.files import cannot_read
from sbv2cli.version import VERSION

if TYPE_CHECKING:
    from sbv2cli.languages.japanese.carry import Carry
    from sbv2cli.languages.language import DictionaryEntry, ReadOptions
    from sbv2cli.pipeline.job import Job
    from sbv2cli.readers.format import Fill, ReaderOptions
    from sbv2cli.records import ScriptLine
    from sbv2cli.settings.config import Configuration


WORTH_A_DIGEST = 200_000  # bytes
_OF_WHOLE_FILES = frozenset({"script.read-as", "script.left-out", "script.page-numbers"})


class ScriptFlags(NamedTuple):
    """What the flags say about the files of a script."""

    from_format: str
    columns: tuple[str, ...]
    sheet: str | None
    encoding: str


def stdin_or_help() -> tuple[Path]:
    """What stands for scripts that nobody named; at a terminal, the short help and the end."""
    from sbv2cli.readers.script import STDIN, stdin_is_terminal

    if stdin_is_terminal():
        context = click.get_current_context()
        click.echo(short_help(context), err=True)
        context.exit(EXIT_USAGE)
    return (Path(STDIN),)


def script_lines(
    scripts: tuple[Path, ...],
    configuration: Configuration,
    flags: ScriptFlags,
    carry: Carry | None = None,
) -> Iterator[ScriptLine]:
    """The lines of all scripts, numbered through.

    Whoever wants to know afterwards which readings were carried brings a `carry`.
    """
    from sbv2cli.readers.script import read_scripts

    for script in scripts:
        _refuse_voice(script, configuration)
    options = script_options_of(configuration, flags)
    carry = carry or new_carry(configuration)
    return read_scripts(scripts, options, from_format=flags.from_format, carry=carry.line)


def _refuse_voice(script: Path, configuration: Configuration) -> None:
    """Raise where a voice stands in the place of a script: `sbv2 render amitaro novel.txt`."""
    if script.suffix or script.parent != Path() or script.exists() or str(script) == "-":
        return
    from sbv2cli.cli.jobs import voice_folders
    from sbv2cli.voices import search_path

    try:
        search_path.find(script.name, voice_folders(configuration))
    except Sbv2Error:
        return
    raise UsageError(
        "script.missing",
        "that is a voice and no script",
        at=str(script),
        hint=f"name the voice with -m {script}",
    )


def corrected_lines(
    lines: Iterator[ScriptLine],
    configuration: Configuration,
    manifest: Path | None,
    *,
    folder: Path | None = None,
) -> Iterator[ScriptLine]:
    """The lines with their corrections, where there are any, for commands without a run.

    Corrections of a text name its lines as the manifest does, in `folder` or the output folder.
    """
    if not configuration["corrections"]:
        return lines
    from sbv2cli.cli.jobs import name_rules
    from sbv2cli.pipeline.corrections import corrected, read_corrections
    from sbv2cli.pipeline.kept_names import keep_names
    from sbv2cli.writers.manifest import NAME, read_manifest

    layer = read_corrections(configuration["corrections"], configuration.origin("corrections"))
    place = manifest or (folder or Path(configuration["output"])) / NAME
    kept = keep_names(list(lines), read_manifest(place), name_rules(configuration))
    return iter(corrected(kept.lines, layer, language=configuration["lang"]))


def new_carry(configuration: Configuration) -> Carry:
    """What carries ruby through the lines of a run."""
    from sbv2cli.languages.japanese.carry import Carry

    return Carry(configuration["lang"])


def script_options_of(configuration: Configuration, flags: ScriptFlags) -> ReaderOptions:
    """How the files of a script are read."""
    from sbv2cli.readers.cells import LINE_ALIASES

    return replace(
        reader_options(configuration),
        columns=parse_columns(flags.columns, LINE_ALIASES),
        sheet=flags.sheet,
        encoding=flags.encoding,
    )


def reader_options(configuration: Configuration) -> ReaderOptions:
    """What the settings say about how a text is read."""
    from sbv2cli.languages.sentences import split_sentences
    from sbv2cli.readers.format import ReaderOptions

    return ReaderOptions(
        unit=configuration["split"],
        split_sentences=split_sentences,
        language=configuration["lang"],
        markup=configuration["markup"],
        ruby=configuration["ruby"],
        titles=configuration["titles"],
        front_matter=configuration["front_matter"],
        notes=configuration["notes"],
        speakers=configuration["speakers"],
        thoughts=configuration["thoughts"],
        fill=_fill(configuration["fill"], configuration.origin("fill")),
        unfilled=configuration["unfilled"],
        pauses={level: entry.value for level, entry in configuration.pause.items()},
    )


def _fill(tables: Sequence[str], given: str) -> Fill:
    """What games fill in, from tables of it."""
    if not tables:
        return {}
    from sbv2cli.readers.fill import read_fill

    return read_fill(tables, given)


def read_options(configuration: Configuration) -> ReadOptions:
    """How texts are read: mode and dictionaries."""
    from sbv2cli.languages.language import ReadOptions

    return ReadOptions(
        mode=configuration["mode"],
        dictionary=dictionary_entries(configuration["dict"], configuration.origin("dict")),
    )


def dictionary_entries(paths: Sequence[str], given: str) -> tuple[DictionaryEntry, ...]:
    """The words of some user dictionaries; `given` is the option or place that names them."""
    if not paths:
        return ()
    from sbv2cli.languages.japanese.user_dictionary import read

    return read(*paths, given=given)


def reading_manner(configuration: Configuration) -> str:
    """What stands for these options in keys: other options, other keys."""
    return json.dumps([configuration["mode"], _digests(configuration, "dict")])


def notes_of_scripts(lines: Sequence[ScriptLine]) -> Iterator[str]:
    """What is to be said of whole files: how they were read, what was left out."""
    for line in lines:
        for finding in line.findings:
            if finding.code in _OF_WHOLE_FILES:
                yield f"{line.source.path}: {finding.message}"


def script_names(scripts: tuple[Path, ...], lines: list[ScriptLine]) -> dict[str, Path]:
    """Name -> path of the scripts, as places in errors and in the manifest call them."""
    names = {str(script): script for script in scripts}
    return names | {line.source.path: Path(line.source.path) for line in lines}


def file_facts(names: dict[str, Path]) -> list[dict[str, str]]:
    """The scripts as the manifest's header shows them."""
    return [
        {"path": name, "sha256": _digest(path)} for name, path in names.items() if path.is_file()
    ]


def inputs_of(
    scripts: tuple[Path, ...],
    configuration: Configuration,
    flags: ScriptFlags,
    job: Job,
    takes: Sequence[int],
) -> str | None:
    """A digest of the scripts and of all that is asked, so that a run knows it from the last one.

    There is none for scripts that are read in no time, or are not files.
    """
    from sbv2cli.pipeline.keys import frontend_version

    if not all(map(Path.is_file, scripts)):
        return None
    if sum(script.stat().st_size for script in scripts) < WORTH_A_DIGEST:
        return None
    options = replace(script_options_of(configuration, flags), split_sentences=str.split)
    dated = "date" in (configuration["name"] or "")
    asked = [
        *(VERSION, _code(), frontend_version(), repr(job), repr(options), *flags, list(takes)),
        *(file_facts({str(script): script for script in scripts}), dated and _today()),
        _digests(configuration, "corrections"),
    ]
    return hashlib.sha256(json.dumps(asked).encode()).hexdigest()


def _today() -> str:
    return dt.datetime.now(tz=dt.UTC).astimezone().date().isoformat()


def _code() -> list[tuple[str, int, int]]:
    """What tells this program from itself after an edit."""
    package = Path(__file__).parents[1]
    found = ((path, path.stat()) for path in sorted(package.rglob("*.py")))
    return [(path.name, stat.st_size, stat.st_mtime_ns) for path, stat in found]


def _digests(configuration: Configuration, name: str) -> list[str]:
    """Of the files that a setting names."""
    return [_digest(Path(path), configuration.origin(name)) for path in configuration[name]]


def _digest(path: Path, given: str | None = None) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise cannot_read(error, path, given=given) from None
