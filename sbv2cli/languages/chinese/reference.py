"""Compat mode as a whole: the reference's reading as a record, better's where there is none."""

from __future__ import annotations

from dataclasses import replace

from sbv2cli.languages import assembly
from sbv2cli.languages.chinese import better, compat
from sbv2cli.records import Finding, Reading


def read(text: str) -> Reading:
    """Read as the reference does; where it would have raised, read better and say so."""
    try:
        traced = compat.normalise(text)
        sounds = compat.read(traced.text)
    except compat.CompatError as error:
        reading = better.read(text)
        why = Finding(
            code="reading.compat",
            severity="warning",
            message=f"compat mode has no reading ({error.kind}); it is read as in better mode",
            span=(0, len(text)),
            hint="write numbers and rare characters as they sound",
        )
        return replace(reading, findings=(why, *reading.findings))
    words = [
        assembly.word(text, traced.span(i, i + 1), traced.text[i], syllable, [len(syllable)])
        for i, syllable in enumerate(sounds)
    ]
    return assembly.reading("zh", text, traced.text, assembly.join_overlapping(text, words, ""))
