"""Words of a reading: they tile the author's text and carry the phones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields

from sbv2cli.languages.assembly import spread
from sbv2cli.languages.japanese.engine_text import EngineText
from sbv2cli.languages.japanese.phrases import PhraseWord, WordPhones
from sbv2cli.records import Span, Word


def words_of(
    text: str, source: EngineText, spoken: Sequence[PhraseWord], said: Sequence[WordPhones]
) -> list[Word]:
    """Words that tile the author's text; engine words that share a span become one."""
    words: list[Word] = []
    done = 0  # how far the author's text is covered
    first = 0
    while first < len(spoken):
        last = _last_of_group(source, spoken, first)
        start = source.starts[spoken[first].start]
        end = source.ends[spoken[last].end - 1]
        if start > done:
            words.append(_silent(text, done, start))
        if first == last:
            words.append(_word(text, (start, end), source, spoken[first], said[first]))
        else:
            group = list(zip(spoken[first : last + 1], said[first : last + 1], strict=True))
            words.append(_one_of(text, (start, end), source, group))
        done = end
        first = last + 1
    if done < len(text):
        words.append(_silent(text, done, len(text)))
    return words


def _last_of_group(source: EngineText, spoken: Sequence[PhraseWord], first: int) -> int:
    """The last of the engine words that cannot be told apart in the author's text.

    They share a span; or the engine added one (numerals) that no character stands for.
    """
    begin = spoken[first].start
    last = first
    while last + 1 < len(spoken):
        one = spoken[last + 1]
        apart = one.end > one.start and spoken[last].end > begin
        if apart and source.ends[one.start - 1] <= source.starts[one.start]:
            break
        last += 1
    return last


def _word(text: str, span: Span, source: EngineText, one: PhraseWord, sound: WordPhones) -> Word:
    phones, tones = sound
    word = object.__new__(Word)
    _put_surface(word, text[span[0] : span[1]])
    _put_span(word, span)
    _put_spoken(word, source.text[one.start : one.end])
    _put_kana(word, None if one.marks or not one.kana else one.kana)
    _put_phones(word, phones)
    _put_tones(word, tones)
    _put_counts(word, spread(len(phones), one.end - one.start))
    return word


# A record as its class makes it; by keywords it takes twice as long, and each line has dozens.
_put_surface, _put_span, _put_spoken, _put_kana, _put_phones, _put_tones, _put_counts = (
    getattr(Word, each.name).__set__ for each in fields(Word)
)


def _one_of(
    text: str,
    span: Span,
    source: EngineText,
    group: Sequence[tuple[PhraseWord, WordPhones]],
) -> Word:
    """One word for several."""
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
    kana = "".join(one.kana for one, _ in group)
    silent = all(one.marks for one, _ in group)
    return Word(
        surface=text[span[0] : span[1]],
        span=span,
        spoken=source.text[first.start : last.end],
        kana=None if silent or not kana else kana,
        phones=tuple(phone for _, sound in group for phone in sound.phones),
        tones=tuple(tone for _, sound in group for tone in sound.tones),
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
