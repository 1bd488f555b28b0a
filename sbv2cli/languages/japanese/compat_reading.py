"""Readings in the mode `compat`: the reference's rules on the engine of today.

The old engine (pyopenjtalk-dict) is not installed; with the new one these are the readings of the
`plus` columns of the golden vectors. Where the reference crashes, `better` reads the line.
"""

from __future__ import annotations

from dataclasses import replace

from sbv2cli.languages import assembly
from sbv2cli.languages.japanese import compat
from sbv2cli.languages.japanese.engine_calls import LONGEST_PIECE
from sbv2cli.languages.japanese.engine_words import PAUSE
from sbv2cli.languages.japanese.moras import PUNCTUATION_SET
from sbv2cli.languages.japanese.normalise import normalise
from sbv2cli.languages.japanese.openjtalk import LONGEST_CALL, EngineWord, Label, analyse, labels
from sbv2cli.languages.japanese.reader import read_better
from sbv2cli.languages.sentences import split_sentences
from sbv2cli.records import Finding, Reading, Word


def read_compat(text: str) -> Reading:
    """The reading of any text; a finding says where the reference would have failed."""
    try:
        normalised = normalise(text)
        answer = compat.read_engine_answer(normalised, *ask_engine(normalised))
    except (ValueError, OverflowError) as error:
        better = read_better(text)
        finding = Finding(
            code="reading.compat",
            severity="warning",
            message=f'the reference fails on this line ("{error}"); it is read in the mode better',
            span=(0, len(text)),
            hint="--mode better reads every line",
        )
        return replace(better, findings=(finding, *better.findings))
    word = _whole(text, answer)
    reading = assembly.reading("ja", text, word.spoken, [word], _findings(text, answer))
    return replace(reading, normalised=normalised)


def ask_engine(normalised: str, *, plain: bool = False) -> tuple[list[EngineWord], list[Label]]:
    """Words and labels for any length of text; longer ones than the engine takes are cut."""
    words: list[EngineWord] = []
    lines: list[Label] = []
    pieces = [normalised]
    if len(normalised) > LONGEST_CALL:
        # No reading to equal: the reference does not survive this length.
        pieces = split_sentences(normalised, limit=LONGEST_PIECE, inside_quotes=True)
    for piece in pieces:
        analysis = analyse(piece, plain=plain)
        words += analysis.words
        lines += labels(analysis)
    return words, lines


def _whole(text: str, answer: compat.CompatReading) -> Word:
    """One word for the line: the reference keeps no way back to the author's characters."""
    kana = "".join(answer.kana)
    return Word(
        surface=text,
        span=(0, len(text)),
        spoken=compat.token_text("".join(answer.words)),
        kana=kana if any(letter not in PUNCTUATION_SET for letter in kana) else None,
        phones=answer.phones[1:-1],
        tones=answer.tones[1:-1],
        phones_per_token=answer.phones_per_token[1:-1],
    )


def _findings(text: str, answer: compat.CompatReading) -> list[Finding]:
    return [
        Finding(
            code="reading.unreadable",
            severity="warning",
            message=f'no reading for "{answer.words[index]}"; it is a pause ({PAUSE})',
            span=_find(text, answer.words[index]),
            hint="--mode better reads more, and takes user dictionaries",
        )
        for index in answer.unreadable
    ]


def _find(text: str, word: str) -> tuple[int, int]:
    place = text.find(word)
    return (place, place + len(word)) if place >= 0 else (0, len(text))
