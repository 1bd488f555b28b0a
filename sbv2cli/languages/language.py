"""What every language offers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, Protocol

from sbv2cli.records import Finding, Reading, Ruby

Mode = Literal["better", "compat"]
Unreadable = Literal["pause", "raise"]


@dataclass(frozen=True, slots=True, kw_only=True)
class DictionaryEntry:
    """A word whose reading a person has decided. It wins over every rule and over the engine."""

    surface: str
    kana: str  # katakana
    accent: int | None = None  # mora after which the pitch falls, from 1; 0 flat; None: engine's
    within_words: bool = False  # also inside a longer word of the engine: 灯 in 灯台
    origin: str = ""  # "file:row", for reports


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadOptions:
    """How a text is to be read."""

    mode: Mode = "better"
    unreadable: Unreadable = "pause"
    dictionary: Sequence[DictionaryEntry] = ()
    given: str | None = None  # the author's reading for the whole line: kana with accent marks
    ruby: Sequence[Ruby] = ()  # the author's readings of parts of it
    doubts: bool = False  # look for words that may be read wrong; takes longer than reading


class Language(Protocol):
    """A way from text to phones."""

    @property
    def code(self) -> str:
        """The tag used in scripts: "ja"."""
        ...

    def read(self, text: str, options: ReadOptions = ...) -> Reading:
        """Read a text; for text, never raise unless `options.unreadable` says so."""
        ...


def without_ruby(reading: Reading, ruby: Sequence[Ruby]) -> Reading:
    """A reading that says that the author's readings were not followed, where there are some."""
    if not ruby:
        return reading
    unused = Finding(
        code="reading.ruby-unused",
        severity="warning",
        message=f'the reading "{ruby[0].reading}" over the text is not followed here',
        span=ruby[0].span,
        hint="give a reading for the whole line; or use Japanese in the mode better",
    )
    return replace(reading, findings=(*reading.findings, unused))
