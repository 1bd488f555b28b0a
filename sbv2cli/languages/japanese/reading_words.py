"""Words of a reading: they tile the author's text and carry the phones."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sbv2cli.languages.assembly import spread
from sbv2cli.languages.japanese.engine_text import EngineText
from sbv2cli.languages.japanese.phrases import PhraseWord, WordPhones
from sbv2cli.records import Word


def words_of(
    text: str, source: EngineText, spoken: Sequence[PhraseWord], said: Sequence[WordPhones]
) -> list[Word]:
    """Words that tile the author's text; engine words that share a span become one."""
    words: list[Word] = []
    done = 0  # how far the author's text is covered
    for group in _groups(source, spoken, said):
        start = source.starts[group[0][0].start]
        end = source.ends[group[-1][0].end - 1]
        if start > done:
            words.append(_silent(text, done, start))
        words.append(_word(text, start, end, source, group))
        done = end
    if done < len(text):
        words.append(_silent(text, done, len(text)))
    return words


def _groups(
    source: EngineText, spoken: Sequence[PhraseWord], said: Sequence[WordPhones]
) -> Iterator[list[tuple[PhraseWord, WordPhones]]]:
    """Engine words that cannot be told apart in the author's text, together.

    They share a span; or the engine added one (numerals) that no character stands for.
    """
    group: list[tuple[PhraseWord, WordPhones]] = []
    for one, sound in zip(spoken, said, strict=True):
        begins = one.end > one.start and group and group[-1][0].end > group[0][0].start
        if begins and source.ends[one.start - 1] <= source.starts[one.start]:
            yield group
            group = []
        group.append((one, sound))
    if group:
        yield group


def _word(
    text: str,
    start: int,
    end: int,
    source: EngineText,
    group: Sequence[tuple[PhraseWord, WordPhones]],
) -> Word:
    first, last = group[0][0], group[-1][0]
    counts: tuple[int, ...] = ()
    waiting = 0  # phones of words that the engine added, and that no character stands for
    for one, sound in group:
        if one.start == one.end:
            waiting += len(sound.phones)
            continue
        counts += spread(waiting + len(sound.phones), one.end - one.start)
        waiting = 0
    if waiting:
        counts = (*counts[:-1], counts[-1] + waiting)
    if len(group) == 1:
        kana, silent = first.kana, first.marks
        phones, tones = group[0][1]
    else:
        kana = "".join(one.kana for one, _ in group)
        silent = all(one.marks for one, _ in group)
        phones = tuple(phone for _, sound in group for phone in sound.phones)
        tones = tuple(tone for _, sound in group for tone in sound.tones)
    return Word(
        surface=text[start:end],
        span=(start, end),
        spoken=source.text[first.start : last.end],
        kana=None if silent or not kana else kana,
        phones=phones,
        tones=tones,
        phones_per_token=counts,
    )


def _silent(text: str, start: int, end: int) -> Word:
    return Word(
        surface=text[start:end],
        span=(start, end),
        spoken="",
        kana=None,
        phones=(),
        tones=(),
        phones_per_token=(),
    )
