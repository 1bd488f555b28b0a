"""Whether a voice is whole and speaks: each check with what it found, or with its error.

A check that fails does not keep the others from being made, but for those that need its answer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sbv2cli.audio.levels import peak_db
from sbv2cli.engine.bert.folders import read_config, width_of
from sbv2cli.engine.engine import Engine
from sbv2cli.engine.settings import EngineSettings
from sbv2cli.errors import MachineError, ReadingError, Sbv2Error, UsageError, VoiceError
from sbv2cli.languages.language import ReadOptions
from sbv2cli.languages.letters import read_letters
from sbv2cli.languages.pool import Request, answer
from sbv2cli.pipeline import workers
from sbv2cli.records import Delivery, LineFailure, LineId
from sbv2cli.voices import receipt
from sbv2cli.voices.to_utterance import to_utterance, trial

if TYPE_CHECKING:
    from pathlib import Path

    from sbv2cli.pipeline.job import Machine
    from sbv2cli.records import Reading, TextRules, Utterance, Waveform
    from sbv2cli.voices.bundle import Bundle

# A word that shows whether a program that reads for a voice is there.
HELLO = "hello"

SENTENCES = {"ja": "これは声の確認です。", "en": "This is a test.", "zh": "这是一个测试。"}

# What is quieter than this is heard by nobody: 16 bits end at -90 dB.
SILENCE_DB = -80.0

FILES, BERT, TEXT, SPEECH = "files", "BERT", "text", "speech"


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing that was looked at."""

    name: str
    found: str = ""
    error: Sbv2Error | None = None

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong."""
        return self.error is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """A voice and its checks."""

    checks: tuple[Check, ...]
    peak_db: float | None = None  # of the sentence, where one was spoken


def verify(
    bundle: Bundle,
    machine: Machine,
    *,
    languages: Sequence[str] = (),
    speak: bool = True,
    begun: Callable[[str], None],
) -> Verified:
    """Look at a voice's files, at its BERT models, and let it speak with them.

    Args:
        bundle: the voice.
        machine: where it speaks.
        languages: those that are looked at; all of the voice where none is named.
        speak: whether weights are read and a sentence of each language is spoken.
        begun: is told of each piece of long work before it begins.
    """
    spoken = bundle.config.languages
    unknown = [language for language in languages if language not in spoken]
    if unknown:
        raise UsageError(
            "voice.language",
            f'voice "{bundle.name}" speaks {", ".join(spoken)}, not {unknown[0]}',
            hint=f"name some of {', '.join(spoken)}, or leave the languages out",
        )
    checks = list(_files(bundle))
    models: dict[str, Path] = {}
    for language in languages or spoken:
        checks += _model(bundle, language, models)
    checks += _text(bundle)
    if not speak:
        return Verified(checks=tuple(checks))
    peaks: list[float] = []
    begun("loading the weights and the BERT" if models else "loading the weights")
    checks += _speech(bundle, machine, languages or spoken, models, peaks, begun)
    return Verified(checks=tuple(checks), peak_db=max(peaks, default=None))


def _tried(name: str, look: Callable[[], str]) -> Check:
    try:
        return Check(name=name, found=look())
    except Sbv2Error as error:
        return Check(name=name, error=error)


def _files(bundle: Bundle) -> Iterator[Check]:
    """The voice's files against what its installation wrote down."""
    folder = bundle.weights.parent
    try:
        installed = receipt.read(folder)
    except VoiceError as error:
        yield Check(name=FILES, error=error)
        return
    if installed is not None:
        again = f"fetch it again: sbv2 voices update {folder.name} --force"
        yield from _as_installed(FILES, folder, installed, again)


def _as_installed(
    name: str, folder: Path, installed: receipt.Receipt, again: str
) -> Iterator[Check]:
    changed = list(receipt.differences(folder, installed))
    for file, what in changed:
        yield Check(
            name=name,
            error=VoiceError(
                "voice.changed",
                f"{file.path} {what}",
                at=str(folder / file.path),
                hint=again,
            ),
        )
    if not changed:
        count = len(installed.files)
        yield Check(name=name, found=f"{count} as they were installed from {installed.source}")


def _model(bundle: Bundle, language: str, models: dict[str, Path]) -> Iterator[Check]:
    """The BERT of a language: there, of the voice's width, and as installed."""
    if not bundle.config.needs_bert:
        return
    name = f"{BERT} {language}"
    try:
        folder = workers.bert_folders(bundle, [language])[language]
        installed = receipt.read(folder)
    except Sbv2Error as error:
        yield Check(name=name, error=error)
        return
    models[language] = folder
    kind = read_config(folder).get("model_type", "")
    yield Check(name=name, found=f"{folder} ({kind}, {width_of(folder)} numbers of each token)")
    if installed is not None:
        again = f"delete the file, then: sbv2 voices install --bert {language}"
        yield from _as_installed(name, folder, installed, again)


def _text(bundle: Bundle) -> Iterator[Check]:
    """Whether text can be read here, for voices that read it themselves."""
    rules = bundle.config.text_rules
    if rules is not None:
        yield _tried(TEXT, lambda: _read(rules))


def _read(rules: TextRules) -> str:
    if rules.espeak is None:
        return f"{len(rules.known)} characters have symbols"
    return f"{HELLO} is {read_letters(HELLO, rules).normalised}"


def _speech(
    bundle: Bundle,
    machine: Machine,
    languages: Iterable[str],
    models: dict[str, Path],
    peaks: list[float],
    begun: Callable[[str], None],
) -> Iterator[Check]:
    """A sentence of each language; a language without its model is not spoken."""
    needs = bundle.config.needs_bert
    able = [language for language in languages if language in models or not needs]
    if not able:
        # The weights are still to be tried.
        yield _tried(SPEECH, lambda: _said(_engine(bundle, machine, {}), _sound_alone(bundle)))
        return
    try:
        engine = _engine(bundle, machine, models)
    except Sbv2Error as error:
        yield Check(name=SPEECH, error=error)
        return
    for language in able:
        begun(f"speaking ({language})")
        try:
            sound = _spoken(engine, _sentence(bundle, language))
        except Sbv2Error as error:
            yield Check(name=f"{SPEECH} {language}", error=error)
        else:
            peaks.append(round(peak_db(sound.samples), 2))
            yield Check(name=f"{SPEECH} {language}", found=_described(sound))


def _engine(bundle: Bundle, machine: Machine, models: dict[str, Path]) -> Engine:
    from sbv2cli.engine.backend import features_of  # noqa: PLC0415  (after the quick checks)

    workers.check_runtime(bundle, machine)
    settings = EngineSettings(
        device=machine.device, threads=machine.threads, precision=machine.precision
    )
    features = features_of(bundle, settings, models)
    if features is not None:
        features.prepare(models)
    return Engine(bundle, settings, features)


def _sentence(bundle: Bundle, language: str) -> Utterance:
    """A sentence with its features, or sounds alone where a voice's symbols cannot write it."""
    if bundle.config.text_rules is not None:
        return _sound_alone(bundle)
    reader = bundle.config.phonology.reader
    read = answer(
        Request(text=SENTENCES[language], language=language, reader=reader), ReadOptions()
    )
    if read.reading is None:
        assert read.error is not None
        raise read.error
    try:
        return _utterance(bundle, read.reading)
    except ReadingError:
        return _sound_alone(bundle)


def _sound_alone(bundle: Bundle) -> Utterance:
    return _utterance(bundle, trial(bundle.config))


def _utterance(bundle: Bundle, reading: Reading) -> Utterance:
    return to_utterance(LineId("verify"), reading, bundle, Delivery())


def _said(engine: Engine, utterance: Utterance) -> str:
    return _described(_spoken(engine, utterance))


def _spoken(engine: Engine, utterance: Utterance) -> Waveform:
    (sound,) = engine.speak([utterance])
    if isinstance(sound, LineFailure):
        kind = MachineError if sound.code.startswith(("device.", "bert.")) else VoiceError
        raise kind(sound.code, sound.message, at=sound.at, hint=sound.hint)
    if not len(sound.samples) or peak_db(sound.samples) < SILENCE_DB:
        raise VoiceError(
            "voice.silent",
            "the voice makes no sound",
            at=str(engine.bundle.weights),
            hint="copy the weight file again from where the voice came from",
        )
    return sound


def _described(sound: Waveform) -> str:
    seconds = len(sound.samples) / sound.rate
    return f"{seconds:.1f} s, peak {peak_db(sound.samples):.1f} dB"
