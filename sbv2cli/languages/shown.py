"""What commands show of a reading, made in the process that has read it."""

from __future__ import annotations

from dataclasses import dataclass

from sbv2cli.errors import Sbv2Error
from sbv2cli.languages.pool import Answer, notation
from sbv2cli.languages.reading_json import kana_of
from sbv2cli.languages.reading_text import text_of
from sbv2cli.records import Finding


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """An answer without the records of its words."""

    error: Sbv2Error | None = None
    language: str | None = None  # None: there is no reading
    phones: int = 0
    silent: bool = False
    findings: tuple[Finding, ...] = ()
    notation: str | None = None  # where it was asked for, as `pool.notation` has it
    document: str | None = None  # likewise, JSON text


def bare(answer: Answer) -> Shown:
    """Neither notation nor document."""
    return _shown(answer)


def noted(answer: Answer) -> Shown:
    """With the notation."""
    reading = answer.reading
    return _shown(answer, None if reading is None else notation(reading))


def documented(answer: Answer) -> Shown:
    """With notation and document."""
    reading = answer.reading
    if reading is None:
        return _shown(answer)
    kana = kana_of(reading)
    return _shown(answer, notation(reading, kana), text_of(reading, kana))


def _shown(answer: Answer, noted: str | None = None, document: str | None = None) -> Shown:
    reading = answer.reading
    if reading is None:
        return Shown(error=answer.error)
    return Shown(
        language=reading.language,
        phones=len(reading.phones),
        silent=reading.silent,
        findings=reading.findings,
        notation=noted,
        document=document,
    )
