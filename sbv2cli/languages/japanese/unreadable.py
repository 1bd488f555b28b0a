"""Findings about what is not said."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from sbv2cli.languages.japanese.engine_text import EngineText
from sbv2cli.languages.japanese.engine_words import PAUSE
from sbv2cli.languages.japanese.phrases import PhraseWord
from sbv2cli.records import Finding


def unreadable(text: str, source: EngineText, spoken: Sequence[PhraseWord]) -> list[Finding]:
    """What became a pause, and characters that were left out without a rule."""
    findings = [
        _pause_finding(text, source.starts[one.start], source.ends[one.end - 1])
        for one in spoken
        if one.marks
        and one.kana == PAUSE
        and source.text[one.start : one.end] != PAUSE
        and one.start < one.end
    ]
    heard = set(source.starts)
    return findings + [
        Finding(
            code="reading.character-skipped",
            severity="warning",
            message=f"{_name_of(letter)} is not said",
            span=(place, place + 1),
            hint="delete it, or give the line a reading",
        )
        for place, letter in enumerate(text)
        if place not in heard and _is_odd(letter)
    ]


def _is_odd(letter: str) -> bool:
    """Characters that nobody writes on purpose: control, surrogate, private use, unassigned."""
    return unicodedata.category(letter) in ("Cc", "Cs", "Co", "Cn") and letter not in "\t\n\r\v\f"


def _pause_finding(text: str, start: int, end: int) -> Finding:
    letters = "".join(text[start:end].split())[:8]
    return Finding(
        code="reading.unreadable",
        severity="warning",
        message=f"no reading for {', '.join(map(_name_of, letters))}",
        span=(start, end),
        hint="give it one: 漢字《かんじ》 in the text, or an entry in a user dictionary",
    )


def _name_of(letter: str) -> str:
    """A character for a message: itself where it can be shown, and its code point."""
    code = f"U+{ord(letter):04X}"
    return f'"{letter}" ({code})' if letter.isprintable() else code
