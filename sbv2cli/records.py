"""The records that pass through the package, in the order in which they are made.

    file -> ScriptLine -> Reading -> Utterance -> (Batch) -> Waveform -> file + ManifestRow

Each is frozen and holds no device, no open file and no torch. Read this file first.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any, Literal, NewType

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

LineId = NewType("LineId", str)
"""The name of a line, unique in its script; it outlives edits of the text."""

Span = tuple[int, int]
"""Half-open range of Unicode code points in the author's text."""

Severity = Literal["note", "warning", "error"]

BERT_CHANNELS = 1024
"""Numbers in a column of BERT features: what every published voice was trained with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Inventory:
    """How many of each a voice's network knows; ids count from 0."""

    phones: int
    tones: int
    languages: int
    speakers: int


EspeakMarks = Literal["kept", "ends"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TextRules:
    """How a text becomes the symbols of a voice that was trained on letters, not on our phones.

    Each character of what the rules make is a symbol.
    """

    language: str  # as the voice calls it: "swh", "de_DE"; UNKNOWN_LANGUAGE where it does not
    known: frozenset[str]  # its symbols
    casing: Literal["keep", "lower", "fold"] = "keep"  # "lower" spares what has a symbol
    decomposed: bool = False  # letters and their accents apart (NFD)
    replaced: tuple[tuple[str, str], ...] = ()
    stripped: bool = False  # without spaces at both ends
    romanised: bool = False  # it was trained on Latin letters that the program uroman had made
    espeak: str | None = None  # the voice of espeak-ng that made its symbols of the text
    marks: EspeakMarks = "ends"  # what of the text's marks stays among them


UNKNOWN_LANGUAGE = "und"  # the tag of BCP 47


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where the author wrote it. Rows and columns count from 1."""

    path: str
    row: int
    column: int | None = None
    sheet: str | None = None  # of a spreadsheet: `book.xlsx:シナリオ!C14`
    member: str | None = None  # of a book, the file inside: `book.epub:text/one.xhtml:14`

    def __str__(self) -> str:
        if self.sheet is not None:
            return f"{self.path}:{self.sheet}!{column_letters(self.column)}{self.row}"
        path = self.path if self.member is None else f"{self.path}:{self.member}"
        place = f"{path}:{self.row}"
        return place if self.column is None else f"{place}:{self.column}"


def column_letters(column: int | None) -> str:
    """The name of a column, counted from 1: A, Z, AA."""
    letters = ""
    while column:
        column, digit = divmod(column - 1, 26)
        letters = chr(ord("A") + digit) + letters
    return letters


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something a person should know about a line; `span` points into the author's text."""

    code: str
    severity: Severity
    message: str
    span: Span | None = None
    hint: str | None = None
    at: Source | None = None  # where, when it is not the text of the line: a cell of a table


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """How a line is to be spoken. `None` means: not said here, ask the next wider setting.

    After `settings.resolve` no field is `None` but texts and what only the voice can decide.
    """

    voice: str | None = None
    speaker: str | None = None
    style: str | None = None  # "Happy", "Happy:0.6+Sad:0.2", "3"
    style_weight: float | None = None
    speed: float | None = None  # a rate: 2.0 is twice as fast; length_scale = 1 / speed
    pitch: float | None = None  # semitones
    intonation: float | None = None  # factor on the F0 range, 1.0 leaves it
    volume: float | None = None  # decibels
    sdp_ratio: float | None = None  # share of the stochastic duration predictor, 0..1
    noise: float | None = None  # strength of the noise in the latent
    noise_w: float | None = None  # strength of the noise in the durations
    steps: int | None = None  # of a diffusion; after `resolve` too `None` is the voice's
    temperature: float | None = None  # its noise is divided by it; `None` as above
    seed: int | None = None
    take: int | None = None
    assist_text: str | None = None
    assist_weight: float | None = None
    bert_scale: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruby:
    """What stands over some characters of a line: a reading in kana, or a gloss.

    In kana ' may stand after the mora behind which the pitch falls, and first for a flat word.
    """

    span: Span  # never empty
    reading: str
    carried: bool = False  # it stands over an earlier occurrence of the word


LONGEST_LINE = 20_000
"""Characters of one line; nobody speaks for an hour in one breath."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScriptLine:
    """What the author wrote."""

    id: LineId
    number: int  # position in the script, from 1
    text: str  # as a person sees it, without markup
    source: Source
    ruby: tuple[Ruby, ...] = ()  # in order, without overlaps
    language: str | None = None  # "ja", "en", "zh"
    character: str | None = None
    delivery: Delivery = Delivery()
    reading: str | None = None  # given by the author: kana with accent marks, or reading JSON
    pause_before: float | None = None  # seconds
    pause_after: float | None = None
    chapter: int | None = None
    chapter_title: str | None = None  # the heading of the chapter, without its ruby
    heading: bool = False  # the line is a title
    level: int | None = None  # of a heading, from 1: chapters of a part have the deeper level
    scene: str | None = None
    file: str | None = None  # asked-for file name, without extension
    paragraph: int | None = None  # from 1; a change of it is a longer pause
    skip: bool = False
    meta: Mapping[str, str] = field(default_factory=dict)  # columns that we do not interpret
    imported: str | None = None  # what `sbv2 import` noted of the source, see pipeline/importing
    findings: tuple[Finding, ...] = ()
    id_given: bool = True  # False: made from the position, and kept by `pipeline.kept_names`
    take_of: LineId | None = None  # the line of which this is one of several takes
    corrected: tuple[str, ...] = ()  # what a `Correction` says of it: reading, take, speed
    note: str | None = None  # and what it adds in words


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """What a person says of a line after listening to it. `None` leaves the line as it is."""

    id: LineId
    source: Source  # where it is written
    text_key: str | None = None  # of the line that was listened to
    text: str | None = None  # its text
    reading: str | None = None
    delivery: Delivery = Delivery()
    pause_before: float | None = None
    pause_after: float | None = None
    skip: bool | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """One word of a reading.

    `spoken` is the written form that the BERT sees (after normalisation; it may have
    other characters than the author's). Phones and tones are without the edge marks.
    """

    surface: str  # the author's characters, text[span]
    span: Span
    spoken: str
    kana: str | None  # Japanese only: how it is read, in katakana
    phones: tuple[str, ...]
    tones: tuple[int, ...]
    phones_per_token: tuple[int, ...]  # one entry per language-model token of `spoken`


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubt:
    """A word whose reading may be wrong. Found when asked for; see `languages.doubt`."""

    span: Span  # in the author's text
    surface: str  # text[span]
    kana: str | None  # how it is read; None where the language has no kana
    reasons: tuple[str, ...]  # codes, keys of `languages.doubt.REASONS`, the weightiest first
    others: tuple[str, ...] = ()  # other readings, in the notation of `japanese.corrections`
    weight: float  # 0..1: how likely the reading is wrong


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How a text will be said; JSON in and out (`languages.reading_json`), so it can be corrected.

    `phones` and `tones` begin and end with the edge mark "_" (tone 0); `phones_per_token` begins
    and ends with the 1 that belongs to it, so that it lines up with the BERT's rows
    ([CLS], one per token, [SEP]). Always: sum(phones_per_token) == len(phones) == len(tones).
    """

    language: str  # "ja", "en", "zh"
    text: str  # the author's text
    normalised: str
    model_text: str  # what BERT is given
    phones: tuple[str, ...]
    tones: tuple[int, ...]  # relative to the language, 0-based
    phones_per_token: tuple[int, ...]
    words: tuple[Word, ...] = ()
    findings: tuple[Finding, ...] = ()
    doubts: tuple[Doubt, ...] = ()  # in order; empty where nobody asked for them

    @property
    def silent(self) -> bool:
        """Whether it is nothing but its edges."""
        return len(self.phones) <= 2

    @property
    def kana(self) -> str | None:
        """In kana with accents, as a person can edit it; None where its language has no kana."""
        from sbv2cli.languages.reading_json import kana_of  # noqa: PLC0415 - records stay below

        return kana_of(self)


OWN_SYMBOL, SYMBOL_NUMBER = "=", "#"
"""Beginnings of phones that only voices with symbols of their own know: `=ʃ` is the symbol ʃ,
`#12` the symbol of that number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SynthesisSettings:
    """A delivery in the numbers of one voice: what its network gets besides the reading."""

    speaker: int  # row
    style: Mapping[int, float]  # row -> weight
    speed: float
    sdp_ratio: float
    noise: float
    noise_w: float
    seed: int
    take: int
    assist_text: str | None
    assist_weight: float
    bert_scale: float
    # `None`: the voice has no diffusion, or one without a temperature.
    steps: int | None = None
    temperature: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Utterance:
    """Everything the model needs for one line: numbers only, picklable, no torch."""

    id: LineId
    phones: NDArray[np.int64]  # [P] symbol ids, blanks included
    tones: NDArray[np.int64]  # [P]
    languages: NDArray[np.int64]  # [P]
    speaker: int
    style: NDArray[np.float32]  # [256]
    length_scale: float
    sdp_ratio: float
    noise_scale: float
    noise_scale_w: float
    # The noise of a line is drawn from (seed, noise_name, take) and from nothing else.
    seed: int
    noise_name: str
    take: int
    # BERT features: None where the voice needs none.
    model_text: str | None = None
    phones_per_token: tuple[int, ...] = ()  # [T + 2], sums to P
    text_language: str = "ja"
    assist_text: str | None = None
    assist_weight: float = 1.0
    bert_scale: float = 1.0
    steps: int = 0  # of a diffusion; 0: the voice has none
    temperature: float = 1.0
    # How many ids each phone of the reading became; empty: one, with or without blanks.
    ids_per_phone: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Waveform:
    """The sound of one line, with the time that each phone took."""

    id: LineId
    samples: NDArray[np.float32]  # [S]
    rate: int  # samples per second
    # [P] frames per symbol id of the utterance, blanks included; None where the voice tells none.
    phone_frames: NDArray[np.int64] | None
    frame_samples: int  # samples per frame

    @property
    def seconds(self) -> float:
        """Length of the sound."""
        return len(self.samples) / self.rate


@dataclass(frozen=True, slots=True, kw_only=True)
class LineFailure:
    """One line that could not be spoken; the others are not touched by it."""

    id: LineId
    code: str
    message: str
    at: str | None = None
    hint: str | None = None


Status = Literal["ok", "reused", "aliased", "skipped", "failed", "cancelled"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Warned:
    """Something about a line or its sound that a person should hear; `at` counts characters."""

    code: str
    message: str
    severity: Severity = "warning"
    at: Span | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AudioFacts:
    """What is said of a file of sound. Seconds of silence are measured, not asked for."""

    samples: int | None = None
    rate: int | None = None
    format: str | None = None
    bytes: int | None = None
    peak_db: float | None = None  # None: silence
    rms_db: float | None = None
    lead: float | None = None  # seconds before the first sound
    tail: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeWith:
    """What else the bytes of a file depend on."""

    voice_sha256: str | None = None
    precision: str | None = None
    backend: str | None = None
    noise: str | None = None  # who draws it, where the engine does not
    trim: bool | None = None
    lead: float | None = None  # asked for
    tail: float | None = None
    gain: str | None = None
    gain_db: float | None = None


What = Literal["made", "reused", "renamed", "reworded", "failed", "skipped"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What the last run that changed anything did with a line, and what was another before."""

    what: What
    why: tuple[str, ...] = ()  # as the plan says it: text, correction, speed 1→1.2
    text: str | None = None  # before; None: as now
    seconds: float | None = None
    file: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ManifestRow:
    """The receipt for one line; also the key to resuming, and a script that can be read again.

    A field stands in the manifest under its own name, but for a few in `writers.manifest`; those
    that are `None` or empty do not stand there.
    """

    id: LineId
    number: int
    status: Status
    file: str | None = None
    text: str
    seconds: float | None = None
    spoken: str | None = None  # how it was said, in kana where the language has them
    kana: str | None = None  # the same as a reading that can be edited: accents, phrase borders
    doubts: Sequence[Any] | None = None  # words that may be read wrong, where that was asked for
    # How it was spoken, everything settled.
    language: str | None = None
    voice: str | None = None
    speaker: str | None = None
    style: Mapping[str, float] = field(default_factory=dict)
    speed: float | None = None
    pitch: float | None = None
    intonation: float | None = None
    volume: float | None = None
    sdp_ratio: float | None = None
    noise: float | None = None
    noise_w: float | None = None
    steps: int | None = None
    temperature: float | None = None
    seed: int | None = None
    take: int | None = None
    take_of: str | None = None  # id of the line, where this is one of several takes
    assist_text: str | None = None
    assist_weight: float | None = None
    bert_scale: float | None = None
    # As the script has it.
    character: str | None = None
    reading: str | None = None
    chapter: int | None = None
    chapter_title: str | None = None
    heading: bool | None = None  # True, or not said
    level: int | None = None
    scene: str | None = None
    paragraph: int | None = None
    pause_before: float | None = None  # seconds around the line when lines are joined
    asked_file: str | None = None
    pause_after: float | None = None
    ruby: Sequence[Any] | None = None  # present: the text holds no notations of ruby
    carried: Sequence[Any] | None = None  # readings from ruby over earlier occurrences
    meta: Mapping[str, str] = field(default_factory=dict)
    corrected: Sequence[Any] | None = None  # names of what a correction says of the line
    note: str | None = None
    # The file.
    made: MadeWith | None = None
    audio: AudioFacts | None = None
    sha256: str | None = None
    timings: str | None = None  # path of the sidecar
    # What makes a line fresh.
    synth_key: str | None = None
    post_key: str | None = None
    text_key: str | None = None  # of what the author wrote, whoever reads it and how
    frontend_key: str | None = None  # of all that its reading depends on
    reading_key: str | None = None
    bert: bool | None = None
    alias_of: str | None = None
    reused_from: str | None = None
    attempts: int | None = None  # where it was more than one
    warnings: tuple[Warned, ...] = ()
    reason: str | None = None  # why it was skipped
    change: Change | None = None  # None: the last run left it as it was
    source: Source
    error: LineFailure | None = None
    unknown: Mapping[str, Any] = field(default_factory=dict)  # of a newer version


OF_THE_SCRIPT = frozenset(
    {
        *("id", "text", "ruby", "carried", "reading", "language", "character", "meta"),
        *(
            "chapter",
            "chapter_title",
            "heading",
            "level",
            "scene",
            "paragraph",
            "pause_before",
            "pause_after",
            "corrected",
            "note",
        ),
        *(f.name for f in fields(Delivery)),
        "unknown",
    }
)
"""Fields of a row that are read again when a manifest is a script; the others tell of the run."""
