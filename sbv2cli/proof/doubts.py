"""The doubtful words of each line: those of the manifest, else found by reading the texts again."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from sbv2cli.languages.japanese.doubts.in_script import through_script
from sbv2cli.languages.language import ReadOptions
from sbv2cli.languages.pool import Request, read_all
from sbv2cli.proof.manifest_ruby import ruby_of
from sbv2cli.records import Doubt, LineId, ManifestRow, ScriptLine

_LEAST = 0.02  # doubts below this weight are shown to nobody
_NOT_KANA = re.compile("[^ァ-ヶー]+")


def doubts_of(
    rows: Sequence[ManifestRow], advance: Callable[[], None] = lambda: None
) -> list[tuple[Doubt, ...]]:
    """For each row its doubtful words; `advance` is called for each text that is read.

    A line whose reading a person has given is not in doubt; nor is a word that was said in another
    way than it is read here, by a dictionary or a correction.
    """
    answers = through_script(
        read_all(
            _told([_script_line(row) for row in rows if is_unread(row)], advance),
            lambda line: Request(text=line.text, language="ja", ruby=line.ruby),
            ReadOptions(doubts=True),
        )
    )
    found = {
        line.id: answer.reading.doubts
        for line, answer in answers
        if answer is not None and answer.reading is not None
    }
    return [
        tuple(
            doubt
            for doubt in found.get(row.id) or _of_json(row.doubts or ())
            if doubt.weight >= _LEAST and _was_said(doubt, row)
        )
        for row in rows
    ]


def _told(lines: Iterable[ScriptLine], advance: Callable[[], None]) -> Iterator[ScriptLine]:
    for line in lines:
        yield line
        advance()


def is_unread(row: ManifestRow) -> bool:
    """Whether the text of a row is read to find its doubts."""
    return row.doubts is None and row.language == "ja" and row.reading is None


def _script_line(row: ManifestRow) -> ScriptLine:
    return ScriptLine(
        id=LineId(row.id),
        number=row.number,
        text=row.text,
        source=row.source,
        ruby=tuple(ruby_of(row, carried=True)),
    )


def _of_json(records: Sequence[Any]) -> Iterator[Doubt]:
    for one in records:
        match one:
            case {
                "span": [int(first), int(last)],
                "surface": str(surface),
                "weight": int() | float() as weight,
            } if 0 <= weight <= 1:
                kana = one.get("kana")
                yield Doubt(
                    span=(first, last),
                    surface=surface,
                    kana=kana if isinstance(kana, str) else None,
                    reasons=_texts(one.get("reasons")),
                    others=_texts(one.get("others")),
                    weight=float(weight),
                )


def _texts(value: Any) -> tuple[str, ...]:
    return tuple(map(str, value)) if isinstance(value, list) else ()


def _was_said(doubt: Doubt, row: ManifestRow) -> bool:
    if doubt.kana is None or row.kana is None:
        return True
    return _NOT_KANA.sub("", doubt.kana) in _NOT_KANA.sub("", row.kana)
