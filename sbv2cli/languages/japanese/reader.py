"""Readings in the mode `better`: rules, one engine pass, tones from the dictionary features.

    author's text -> rules.expand -> spans -> engine -> words with kana -> phrases -> Reading

Never raises for text. What cannot be read becomes a pause or nothing, and a finding says where.
"""

from __future__ import annotations

from collections.abc import Sequence

from sbv2cli.languages import assembly
from sbv2cli.languages.japanese.engine_calls import stretches
from sbv2cli.languages.japanese.engine_text import engine_text, prepare
from sbv2cli.languages.japanese.engine_words import speak
from sbv2cli.languages.japanese.phrases import PhraseWord, say
from sbv2cli.languages.japanese.reading_words import words_of
from sbv2cli.languages.japanese.rules import expand
from sbv2cli.languages.japanese.unreadable import unreadable
from sbv2cli.languages.language import DictionaryEntry
from sbv2cli.records import Reading, Ruby


def read_better(
    text: str, dictionary: Sequence[DictionaryEntry] = (), ruby: Sequence[Ruby] = ()
) -> Reading:
    """The reading of any text whatever."""
    spans, findings = prepare(expand(text, dictionary, ruby))
    source = engine_text(text, spans)
    spoken: list[PhraseWord] = []
    for start, end in stretches(source, spans):
        spoken += speak(source, spans, start, end)
    findings += unreadable(text, source, spoken)
    words = words_of(text, source, spoken, say(spoken))
    findings.sort(key=lambda finding: finding.span or (0, 0))
    return assembly.reading("ja", text, source.text, words, findings)
