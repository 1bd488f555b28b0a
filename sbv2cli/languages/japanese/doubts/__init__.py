"""Which words of a reading may be wrong, why, and how they could be read instead.

    words of the reading, two analyses, dictionaries → evidence → weights → Doubt

Evidence is fitted on a corpus (`data/doubts.tsv`, made by `python -m tools.readings.doubts --fit`):
the weight of a word is the logistic function of what its evidence adds up to. Words whose reading a
person has decided are not in doubt. One that a row of our tables has decided is, where the engine
reads it otherwise and the second analysis does not agree with the engine.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from sbv2cli.languages.doubt import together
from sbv2cli.languages.japanese.doubts import decided
from sbv2cli.languages.japanese.doubts.evidence import Evidence, evidence, other_readings
from sbv2cli.languages.japanese.doubts.weights import LEAST, reasons_of, weight_of
from sbv2cli.languages.japanese.engine_text import EngineText
from sbv2cli.languages.japanese.phrases import PhraseWord
from sbv2cli.languages.japanese.rules.characters import KANJI
from sbv2cli.languages.japanese.spans import SpokenSpan
from sbv2cli.records import Doubt, Ruby

_KANJI_ALONE = re.compile(f"[{KANJI}]+")


def find(
    text: str,
    source: EngineText,
    spans: Sequence[SpokenSpan],
    words: Sequence[PhraseWord],
    ruby: Sequence[Ruby] = (),
) -> tuple[Doubt, ...]:
    """The doubtful words of a text, in its order.

    Args:
        text: the author's.
        source: what the engine was given for it.
        spans: what the rules made of the text.
        words: how it is read; they tile the engine's text.
        ruby: the author's readings, as they were given.
    """
    found = evidence(source, spans, words)
    doubts = [_doubt(text, source, group) for group in _groups(source, found)]
    doubts += decided.doubts(text, spans, ruby)
    return tuple(sorted(doubts, key=lambda doubt: doubt.span))


def _groups(source: EngineText, found: Iterable[Evidence]) -> list[list[Evidence]]:
    """Words in doubt; kanji that no dictionary has as one word are one, as a person mends them."""
    groups: list[list[Evidence]] = []
    for one in found:
        before = groups[-1][-1] if groups else None
        if before is not None and _belong_together(source, before, one):
            groups[-1].append(one)
        else:
            groups.append([one])
    return [group for group in groups if _together(group) >= LEAST and _reasons(group)]


def _belong_together(source: EngineText, left: Evidence, right: Evidence) -> bool:
    """Whether a person sees one word: 巨猫, 三人; or the author wrote one: 2024."""
    if source.ends[left.end - 1] > source.starts[right.start]:
        return True
    if left.end != right.start or right.start in source.gaps:
        return False
    lone = min(left.end - left.start, right.end - right.start) == 1
    counted = "number" in left.kinds
    return (lone or counted) and _KANJI_ALONE.fullmatch(
        source.text, left.start, right.end
    ) is not None


def _together(group: Sequence[Evidence]) -> float:
    return together(weight_of(one.kinds) for one in group)


def _reasons(group: Sequence[Evidence]) -> tuple[str, ...]:
    return reasons_of(kind for one in group for kind in one.kinds)


def _doubt(text: str, source: EngineText, group: Sequence[Evidence]) -> Doubt:
    start, end = source.starts[group[0].start], source.ends[group[-1].end - 1]
    kana = "".join(one.kana for one in group)
    return Doubt(
        span=(start, end),
        surface=text[start:end],
        kana=kana,
        reasons=_reasons(group),
        others=other_readings(group, kana),
        weight=_together(group),
    )
