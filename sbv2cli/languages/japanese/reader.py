"""Readings in the mode `better`: rules, one engine pass, tones from the dictionary features.

    author's text -> rules.expand -> spans -> engine -> words with kana -> phrases -> Reading

Never raises for text. What cannot be read becomes a pause or nothing, and a finding says where.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from sbv2cli.languages import assembly
from sbv2cli.languages.japanese.engine_calls import stretches
from sbv2cli.languages.japanese.engine_text import EngineText, engine_text, prepare
from sbv2cli.languages.japanese.engine_words import speak
from sbv2cli.languages.japanese.phrases import PhraseWord, say
from sbv2cli.languages.japanese.reading_words import words_of
from sbv2cli.languages.japanese.rules import expand
from sbv2cli.languages.japanese.spans import SpokenSpan
from sbv2cli.languages.japanese.unreadable import unreadable
from sbv2cli.languages.language import DictionaryEntry
from sbv2cli.records import Finding, Reading, Ruby


class Analysis(NamedTuple):
    """A text on its way to a reading."""

    spans: list[SpokenSpan]
    source: EngineText
    words: list[PhraseWord]
    findings: list[Finding]  # of the rules


def read_better(
    text: str,
    dictionary: Sequence[DictionaryEntry] = (),
    ruby: Sequence[Ruby] = (),
    *,
    doubts: bool = False,
) -> Reading:
    """The reading of any text whatever; with its doubtful words, if they are asked for."""
    spans, source, spoken, findings = analyse(text, dictionary, ruby)
    findings += unreadable(text, source, spoken)
    words = words_of(text, source, spoken, say(spoken))
    findings.sort(key=lambda finding: finding.span or (0, 0))
    reading = assembly.reading("ja", text, source.text, words, findings)
    if not doubts:
        return reading
    from sbv2cli.languages.japanese.doubts import find  # noqa: PLC0415  a second dictionary

    return replace(reading, doubts=find(text, source, spans, spoken, ruby))


def analyse(
    text: str, dictionary: Sequence[DictionaryEntry] = (), ruby: Sequence[Ruby] = ()
) -> Analysis:
    """The words of a text, before they are put into phrases."""
    spans, findings = prepare(expand(text, dictionary, ruby))
    source = engine_text(text, spans)
    spoken: list[PhraseWord] = []
    for start, end in stretches(source, spans):
        spoken += speak(source, spans, start, end)
    return Analysis(spans, source, spoken, findings)
