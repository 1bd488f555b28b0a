"""Compat mode as a whole: the reference's reading as a record, better's where there is none."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from sbv2cli.languages import assembly
from sbv2cli.languages.english import better, compat
from sbv2cli.languages.english.tokens import chunks
from sbv2cli.records import Finding, Reading


def read(text: str, tokenise: better.Tokenise) -> Reading:
    """Read as the reference does; where it would have raised, read better and say so."""
    try:
        traced = compat.normalise(text)
        words, findings = better.words_of(text, traced, _say(tokenise(traced.text)))
    except compat.CompatError as error:
        reading = better.read(text, tokenise)
        why = Finding(
            code="reading.compat",
            severity="warning",
            message=f"compat mode has no reading ({error.kind}); it is read as in better mode",
            span=(0, len(text)),
            hint="write long numbers as they sound",
        )
        return replace(reading, findings=(why, *reading.findings))
    return assembly.reading("en", text, traced.text, words, findings)


def _say(tokens: Sequence[str]) -> Iterator[better.PronouncedWord]:
    for chunk in chunks(tokens):
        sounds = compat.chunk_sounds(chunk)
        yield better.PronouncedWord(chunk, sounds, assembly.spread(len(sounds), len(chunk)))
