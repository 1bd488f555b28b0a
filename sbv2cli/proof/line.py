"""What the page knows of a line: the contract between Python and the page's JavaScript.

Fields stand in JSON under their own names; those that are `None` or empty do not stand there.
`docs/reference/proof.md` says what they mean.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from sbv2cli.records import Change, Doubt, Span

Word = tuple[int, int, int, int]
"""Characters of the text and moras of the reading, each from and to: a list of four numbers, as
there are a hundred thousand of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlier:
    """A number that is far from those of the other lines of the same character or voice."""

    what: str  # one of `outliers.MEASURES`
    value: float
    usual: float  # the median
    score: float  # robust z-score, with its sign


@dataclass(frozen=True, slots=True, kw_only=True)
class ProofFinding:
    """Something that the run said of the line or its sound."""

    code: str
    message: str
    severity: str
    at: Span | None = None  # characters of the text


@dataclass(frozen=True, slots=True, kw_only=True)
class ProofTake:
    """One sound of a line."""

    id: str  # of its row in the manifest
    take: int
    file: str | None = None  # a relative URL, or `None` where there is no sound
    key: str = (
        ""  # beginning of the file's SHA-256: what was heard is heard no more when it changes
    )
    seconds: float = 0.0
    # Start and end of each mora in milliseconds, one after the other.
    times: tuple[int, ...] = ()
    outliers: tuple[Outlier, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ProofLine:
    """A line with all its takes."""

    id: str  # of the line, as corrections name it
    number: int
    text: str
    text_key: str | None = None
    ruby: tuple[tuple[int, int, str], ...] = ()
    language: str | None = None
    character: str | None = None
    scene: str | None = None
    chapter: int | None = None
    chapter_title: str | None = None
    heading: bool = False
    kana: str | None = None  # the reading in the notation of `--reading`
    spoken: str | None = None  # the reading where there is no such notation
    words: tuple[Word, ...] = ()
    findings: tuple[ProofFinding, ...] = ()
    doubts: tuple[Doubt, ...] = ()
    doubt: float = 0.0  # how likely anything is read wrong
    # What corrections say of the line already, with its value: the page exports it again.
    corrections: Mapping[str, Any] = field(default_factory=dict)
    change: Change | None = None  # what the last run that changed anything did with it
    takes: tuple[ProofTake, ...] = ()
    suspicion: float = 0.0  # the lines to be heard first have the most


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """A sound as it is drawn: a letter of `sounds.ALPHABET` for each column. In JSON a list."""

    peaks: str = ""
    pitch: str = ""


def as_json(record: Any) -> Any:
    """A record of this module as a JSON object."""
    if isinstance(record, tuple):
        return [as_json(one) for one in record]
    if not hasattr(record, "__slots__"):
        return record
    values = ((each.name, getattr(record, each.name)) for each in fields(record))
    return {name: as_json(value) for name, value in values if not _empty(value)}


def _empty(value: object) -> bool:
    # 0 is equal to False, and a number says something.
    return value is None or value is False or value in ((), "", {})


def keys() -> Mapping[str, tuple[str, ...]]:
    """The keys of each kind of object, for the page of the reference and its test."""
    kinds = (ProofLine, ProofTake, ProofFinding, Doubt, Change, Outlier)
    return {kind.__name__: tuple(each.name for each in fields(kind)) for kind in kinds}
