"""Script lines -> prepared lines: voices, styles, names, all checked before a model loads.

Whatever is wrong is collected, so that one run reports all of it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from sbv2cli.errors import EXIT_ENVIRONMENT, EXIT_USAGE, Sbv2Error, ScriptError, UsageError
from sbv2cli.pipeline import keys
from sbv2cli.pipeline.file_names import FileNames, SpokenAs, refusals
from sbv2cli.pipeline.job import Job, OpenVoice, PreparedLine
from sbv2cli.pipeline.keys import FileSettings, Model
from sbv2cli.pipeline.skipped import why_skipped
from sbv2cli.pipeline.spool import Spool, spool_of_lines
from sbv2cli.records import (
    BERT_CHANNELS,
    Delivery,
    Finding,
    LineId,
    ScriptLine,
    SynthesisSettings,
)
from sbv2cli.settings.resolve import check_delivery, resolve_delivery
from sbv2cli.tables import resolve
from sbv2cli.writers import naming
from sbv2cli.writers.audio import formats

if TYPE_CHECKING:
    from sbv2cli.voices.bundle import Bundle

T = TypeVar("T")

# What is wrong with the run and not with the line that met it first.
_OF_THE_RUN = frozenset({"voice.none", "bert.missing", "bert.width", "espeak.missing"})

_OF_STYLES = frozenset({"voice.style-unknown", "voice.style-weight", "voice.no-styles"})

EXAMPLES = 3
GROUPS = 8


class RefusedError(UsageError):
    """Several things are wrong; nothing was synthesised."""

    def __init__(self, errors: Sequence[Sbv2Error]) -> None:
        self.errors = tuple(errors)
        # One text for programs; people get the list of `__str__`.
        messages = list(dict.fromkeys(error.message for error in self.errors))
        shown = "; ".join(messages[:GROUPS]) + (" …" if len(messages) > GROUPS else "")
        super().__init__("script.findings", f"{len(self.errors)} problems: {shown}")
        environment = all(error.exit_status == EXIT_ENVIRONMENT for error in errors)
        self.exit_status = EXIT_ENVIRONMENT if environment else EXIT_USAGE

    def __reduce__(self) -> tuple[object, ...]:
        return (RefusedError, (self.errors,))

    def __str__(self) -> str:
        groups: dict[tuple[str, str, str | None], list[str]] = {}
        for error in self.errors:
            places = groups.setdefault((error.code, error.message, error.hint), [])
            if error.at:
                places.append(error.at)
        shown = [_group(*key, places) for key, places in list(groups.items())[:GROUPS]]
        if len(groups) > GROUPS:
            shown.append(f"… and {len(groups) - GROUPS} more kinds of problem")
        return "\n".join([*shown, f"{len(self.errors)} problems; nothing was spoken"])


def _group(code: str, message: str, hint: str | None, places: list[str]) -> str:
    rows = [f"error[{code}]: {message}", *(f"  at: {place}" for place in places[:EXAMPLES])]
    if len(places) > EXAMPLES:
        rows.append(f"  … and {len(places) - EXAMPLES} more places")
    if hint:
        rows.append(f"  hint: {hint}")
    return "\n".join(rows)


def refuse(errors: Sequence[Sbv2Error]) -> None:
    """Raise what was found, if anything: one error as itself, several as one."""
    if len(errors) == 1:
        raise errors[0]
    if errors:
        raise RefusedError(errors)


@dataclass(slots=True)
class OpenedVoices:
    """Voices by what scripts call them, and errors by the request that caused them."""

    job: Job
    voices: dict[Path, OpenVoice] = field(default_factory=dict)
    requests: dict[str | None, tuple[OpenVoice, str | None] | Sbv2Error] = field(
        default_factory=dict
    )
    settled: dict[tuple[object, ...], tuple[SynthesisSettings, str] | list[Sbv2Error]] = field(
        default_factory=dict
    )
    language_models: dict[tuple[str, str], str | Sbv2Error | None] = field(default_factory=dict)
    _same: dict[Any, Any] = field(default_factory=dict)

    def once(self, record: T) -> T:
        """The first record that equals this one: a script repeats few of them many times."""
        same: T = self._same.setdefault(record, record)
        return same

    def find(self, requested: str | None) -> tuple[OpenVoice, str | None]:
        """The voice of a request and the speaker in it; raises the same error each time."""
        if requested not in self.requests:
            try:
                self.requests[requested] = self._open(requested)
            except Sbv2Error as error:
                self.requests[requested] = error
        found = self.requests[requested]
        if isinstance(found, Sbv2Error):
            raise found
        return found

    def language_model(self, voice: OpenVoice, language: str) -> str | None:
        """The fingerprint of the BERT that a voice needs for a language."""
        key = (voice.fingerprint, language)
        if key not in self.language_models:
            try:
                self.language_models[key] = _language_model(voice, language)
            except Sbv2Error as error:
                self.language_models[key] = error
        found = self.language_models[key]
        if isinstance(found, Sbv2Error):
            raise found
        return found

    def _open(self, requested: str | None) -> tuple[OpenVoice, str | None]:
        from sbv2cli.pipeline.open_voice import open_voice  # noqa: PLC0415  (numpy)
        from sbv2cli.voices import search_path  # noqa: PLC0415

        place = search_path.find(requested, self.job.voice_folders)
        path = place.path.resolve()
        if path not in self.voices:
            opened = open_voice(place.path, self.job.machine.backend)
            self.voices[path] = OpenVoice(
                name=requested
                if requested and not place.speaker
                else _shown_name(opened, place.path),
                bundle=opened,
                fingerprint=opened.fingerprint(),
            )
        return self.voices[path], place.speaker


def _language_model(voice: OpenVoice, language: str) -> str | None:
    from sbv2cli.engine.bert.folders import find_bert, graph_file  # noqa: PLC0415

    if not voice.bundle.config.needs_bert:
        return None
    backend = voice.bundle.backend
    folder = find_bert(
        language, voice=voice.bundle.weights.parent, backend=backend, width=BERT_CHANNELS
    )
    # Names, sizes and the configuration tell published models apart; reading gigabytes of weights
    # at every start would not.
    digest = hashlib.blake2b((folder / "config.json").read_bytes(), digest_size=16)
    if backend == "onnx":
        weights = [graph_file(folder)]
    else:
        weights = [f for f in sorted(folder.iterdir()) if f.suffix in {".safetensors", ".bin"}]
    for file in weights:
        digest.update(f"{file.name}={file.stat().st_size}".encode())
    return digest.hexdigest()


def _shown_name(opened: Bundle, path: Path) -> str:
    return opened.name or path.name


def prepare(
    lines: Sequence[ScriptLine], job: Job, selected: Callable[[ScriptLine], bool] | None = None
) -> Sequence[PreparedLine]:
    """Decide everything about every line, or raise everything that is wrong.

    What is wrong with lines that are not `selected` does not count: those have no prepared then.
    """
    errors: list[Sbv2Error] = []
    _collect(errors, lambda: formats.check(job.encoding))
    _collect(errors, lambda: check_delivery(job.delivery))
    opened = OpenedVoices(job)
    of_names: list[Sbv2Error] = []
    file_names = _collect(of_names, lambda: FileNames(job.names, lines, job.default_character))
    prepared_lines = spool_of_lines()
    for line, pause in zip(lines, _pauses_after(lines, job), strict=True):
        found: list[Sbv2Error] = [
            _of_finding(line, said) for said in line.findings if said.severity == "error"
        ]
        prepared, wrong = _prepared(line, pause, job, opened)
        found += (_placed(error, line) for error in wrong)
        if prepared is not None and not found:
            prepared_lines.append(_named(prepared, file_names, of_names))
        if selected is None or selected(line):
            errors += found
    refuse(_without_repeats(errors))
    refuse(of_names)
    if job.names.suffix_collisions:
        prepared_lines = _with_suffixes(prepared_lines)
    _refuse_collisions(prepared_lines)
    return prepared_lines


class LineByLine:
    """Prepares lines that come one after another; each voice is opened once."""

    def __init__(self, job: Job) -> None:
        formats.check(job.encoding)
        check_delivery(job.delivery)
        self._job = job
        self._opened = OpenedVoices(job)

    def prepare(self, line: ScriptLine) -> PreparedLine:
        """The line with everything decided, or all that is wrong with it; its pause is open."""
        errors: list[Sbv2Error] = [
            _of_finding(line, said) for said in line.findings if said.severity == "error"
        ]
        prepared, wrong = _prepared(line, 0.0, self._job, self._opened)
        errors += (_placed(error, line) for error in wrong)
        refuse(_without_repeats(errors))
        assert prepared is not None
        file_names = FileNames(self._job.names, [line], self._job.default_character)
        named = _named(prepared, file_names, errors)
        refuse(errors)
        return named

    def open_default(self) -> None:
        """Open the voice of lines that name none, or say what is wrong with it."""
        self._opened.find(self._job.delivery.voice)


class VoiceCheck:
    """Holds lines against the voices that are to speak them; nothing is read or spoken."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._opened = OpenedVoices(job)

    def of(self, line: ScriptLine) -> tuple[PreparedLine | None, list[Sbv2Error]]:
        """The line with everything decided but its file and pause, or all that is wrong with it."""
        return _prepared(line, 0.0, self._job, self._opened)


def _collect(errors: list[Sbv2Error], check: Callable[[], T]) -> T | None:
    try:
        return check()
    except Sbv2Error as error:
        errors.append(error)
        return None


def _prepared(
    line: ScriptLine, pause: float, job: Job, opened: OpenedVoices
) -> tuple[PreparedLine | None, list[Sbv2Error]]:
    """The line, or everything that is wrong with it."""
    if line.character is None and job.default_character:
        line = replace(line, character=job.default_character)
    if not job.cast.knows(line.character):
        assert line.character is not None
        unknown = ScriptError(
            "cast.unknown",
            f'the cast has no character "{line.character}"',
            hint=job.cast.suggestion(line.character) + '; [cast."*"] would speak for all others',
        )
        return None, [unknown]
    requested = (job.cast.own_delivery(line), job.cast.delivery(line), job.delivery)
    errors: list[Sbv2Error] = []
    found = _collect(errors, lambda: opened.find(resolve_delivery(*requested).voice))
    if found is None:
        _collect(errors, lambda: check_delivery(resolve_delivery(*requested)))
        return None, [_with_column(error, line) for error in errors]
    voice, named_speaker = found
    said = resolve_delivery(*requested, voice.bundle.config.defaults)
    _collect(errors, lambda: check_delivery(said))
    if named_speaker is not None and said.speaker is None:
        said = replace(said, speaker=named_speaker)
    bert: str | None = None
    language = _collect(errors, lambda: _language(line, job, voice))
    if language is not None:
        bert = _collect(errors, lambda: opened.language_model(voice, language))
    settled = _settled(said, voice, job, opened, errors)
    if errors or settled is None or language is None:
        once = {(error.code, error.message): error for error in errors}
        return None, [_with_column(error, line) for error in once.values()]
    settings, speaker = settled
    model = Model(
        voice=voice.fingerprint,
        bert=bert,
        precision=job.machine.precision,
        backend=voice.bundle.backend,
    )
    prepared = PreparedLine(
        line=line,
        delivery=opened.once(said),
        language=language,
        voice=voice,
        speaker=speaker,
        settings=settings,
        model=opened.once(model),
        file_settings=opened.once(_file_settings(said, voice, job)),
        file="",
        text_key=keys.text_key(language, line.text, line.ruby),
        frontend_key=keys.frontend_key(
            language, line.text, line.reading, job.reading_manner, line.ruby
        ),
        pause_after=pause,
        skip=why_skipped(line),
    )
    return prepared, []


# Headers such as ボイス and Speaker often hold something else.
_OTHER_COLUMNS = {
    "voice.missing": (
        "voice",
        "if the column names files: --column file=HEADER, if anything else: --column voice=",
    ),
    "voice.speaker-unknown": (
        "speaker",
        "if the column says who speaks: --column character=HEADER, and a cast gives each a voice",
    ),
}


def _with_column(error: Sbv2Error, line: ScriptLine) -> Sbv2Error:
    """The error of a voice or a speaker, with what to do where the script's column means another.

    An error may be that of many lines, so it is not changed.
    """
    key, hint = _OTHER_COLUMNS.get(error.code, ("", ""))
    if not key or getattr(line.delivery, key) is None:
        return error
    hint = f"{error.hint}; {hint}" if error.hint else hint
    return type(error)(error.code, error.message, at=error.at, hint=hint)


def _language(line: ScriptLine, job: Job, voice: OpenVoice) -> str:
    """In what language a line is read."""
    from sbv2cli.languages import LANGUAGES, espeak  # noqa: PLC0415
    from sbv2cli.languages.codes import is_same  # noqa: PLC0415

    rules = voice.bundle.config.text_rules
    if rules is not None and (line.language is None or is_same(line.language, rules.language)):
        if rules.espeak is not None and not line.reading and not espeak.is_installed():
            raise espeak.missing(rules.espeak)
        return rules.language  # it reads its own; the job's language is that of other voices
    language = line.language or job.language
    if rules is None and language not in LANGUAGES:
        resolve(LANGUAGES, language, kind="language")
    known = voice.bundle.config.languages
    if language not in known:
        raise ScriptError(
            "voice.language",
            f'voice "{voice.name}" speaks {", ".join(known)}, not {language}',
            hint="choose a multilingual voice, or set the language of the line",
        )
    return language


def _settled(
    said: Delivery, voice: OpenVoice, job: Job, opened: OpenedVoices, errors: list[Sbv2Error]
) -> tuple[SynthesisSettings, str] | None:
    """The numbers of a delivery, and the name of the speaker."""
    # A script repeats few combinations many times; the style is parsed once for each.
    at = (voice.fingerprint, said)
    if at not in opened.settled:
        opened.settled[at] = _settle(said, voice, job)
    found = opened.settled[at]
    if isinstance(found, list):
        errors += found
        return None
    return found


def _settle(
    said: Delivery, voice: OpenVoice, job: Job
) -> tuple[SynthesisSettings, str] | list[Sbv2Error]:
    """The numbers of a delivery, or all that is wrong with it."""
    from sbv2cli.voices.to_utterance import settle  # noqa: PLC0415  (numpy)

    errors: list[Sbv2Error] = []
    asked = replace(said, style=job.styles.resolve(said.style))
    settled = _collect(errors, lambda: settle(asked, voice.bundle))
    if settled is not None:
        names = {row: name for name, row in voice.bundle.config.speakers.items()}
        return settled, names.get(settled.speaker, str(settled.speaker))
    # A speaker that the voice lacks says nothing about the style.
    _collect(errors, lambda: settle(replace(asked, speaker=None), voice.bundle))
    told = {error.message: _named_style(error, said, job) for error in errors}
    return list(told.values())


def _named_style(error: Sbv2Error, said: Delivery, job: Job) -> Sbv2Error:
    """The error of a style, with the name that the script has for it and who said so."""
    names = job.styles.of(said.style)
    if not names or error.code not in _OF_STYLES:
        return error
    told = "; ".join(f'"{name.name}" is "{name.target}" by {name.origin}' for name in names)
    return type(error)(error.code, f"{error.message} ({told})", at=error.at, hint=error.hint)


def _file_settings(said: Delivery, voice: OpenVoice, job: Job) -> FileSettings:
    return FileSettings(
        pitch=_number(said.pitch),
        intonation=_number(said.intonation),
        gain=job.gain,
        gain_db=_number(said.volume),
        trim=job.trim,
        lead=job.lead,
        tail=job.tail,
        format=job.encoding.format,
        subtype=job.encoding.subtype,
        rate=job.encoding.rate_for(voice.bundle.config.rate),
    )


def _pauses_after(lines: Sequence[ScriptLine], job: Job) -> list[float]:
    """Seconds of silence that belong after each line when lines are joined."""
    pauses: list[float] = []
    following: ScriptLine | None = None
    for line, after in zip(reversed(lines), [None, *reversed(lines)], strict=False):
        if after is not None and (line.take_of is None or line.take_of != after.take_of):
            following = after  # not another take of the same line
        pauses.append(pause_between(line, following, job.pauses))
    return list(reversed(pauses))


def pause_between(
    line: ScriptLine, following: ScriptLine | None, pauses: Mapping[str, float]
) -> float:
    """Seconds of silence behind a line, by what the next one begins."""
    if line.pause_after is not None:
        return line.pause_after
    if following is None or following.chapter != line.chapter:
        return pauses["chapter"]
    if following.scene != line.scene:
        return pauses["scene"]
    if following.paragraph != line.paragraph:
        return pauses["paragraph"]
    return pauses["sentence"]


def _named(
    prepared: PreparedLine, file_names: FileNames | None, errors: list[Sbv2Error]
) -> PreparedLine:
    """The line with its file; what is wrong with that joins the `errors`."""
    if file_names is None:
        return prepared
    try:
        return replace(prepared, file=file_names.of(prepared.line, _spoken_as(prepared)))
    except Sbv2Error as error:
        errors.append(error)
        return prepared


def _spoken(prepared_lines: Iterable[PreparedLine]) -> Iterator[tuple[LineId, str]]:
    return ((prepared.id, prepared.file) for prepared in prepared_lines if not prepared.skip)


def _refuse_collisions(prepared_lines: Sequence[PreparedLine]) -> None:
    if refusals(_spoken(prepared_lines), {}):
        places = {prepared.id: str(prepared.line.source) for prepared in prepared_lines}
        refuse(refusals(_spoken(prepared_lines), places))


def _with_suffixes(prepared_lines: Sequence[PreparedLine]) -> Spool[PreparedLine]:
    suffixed = iter(naming.with_suffixes(_spoken(prepared_lines)))
    return spool_of_lines(
        prepared if prepared.skip else replace(prepared, file=next(suffixed))
        for prepared in prepared_lines
    )


def _spoken_as(prepared: PreparedLine) -> SpokenAs:
    return SpokenAs(
        voice=prepared.voice.name,
        speaker=prepared.speaker,
        style=prepared.delivery.style,
        take=prepared.settings.take,
        language=prepared.language,
    )


def _of_finding(line: ScriptLine, found: Finding) -> ScriptError:
    at = str(found.at or line.source)
    return ScriptError(found.code, found.message, at=at, hint=found.hint)


def _placed(error: Sbv2Error, line: ScriptLine) -> Sbv2Error:
    if error.at is None and error.code not in _OF_THE_RUN:
        return type(error)(error.code, error.message, at=str(line.source), hint=error.hint)
    return error


def _without_repeats(errors: list[Sbv2Error]) -> list[Sbv2Error]:
    seen: set[tuple[str, str, str | None]] = set()
    kept: list[Sbv2Error] = []
    for error in errors:
        key = (error.code, error.message, error.at)
        if key not in seen:
            seen.add(key)
            kept.append(error)
    return kept


def _number(value: float | None) -> float:
    assert value is not None  # settings.resolve has filled every number
    return value
