"""Readings in the mode `better`: rules, one engine pass, tones from the dictionary features.

    author's text -> rules.expand -> spans -> engine -> words with kana -> phrases -> Reading

Never raises for text. What cannot be read becomes a pause or nothing, and a finding says where.
"""

from __future__ import annotations

import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from sbv2cli.languages import assembly
from sbv2cli.languages.assembly import spread
from sbv2cli.languages.japanese.alignment import place_words
from sbv2cli.languages.japanese.moras import (
    LONG_MARK,
    PUNCTUATION_SET,
    count_moras,
    katakana,
    split_moras,
)
from sbv2cli.languages.japanese.openjtalk import EngineWord, analyse
from sbv2cli.languages.japanese.phrases import Said, Spoken, likely_accent, say
from sbv2cli.languages.japanese.rules import expand
from sbv2cli.languages.japanese.rules.characters import is_kana
from sbv2cli.languages.japanese.spans import SpokenSpan
from sbv2cli.languages.language import DictionaryEntry
from sbv2cli.languages.sentences import split_sentences
from sbv2cli.records import Finding, Reading, Ruby, Word

LONGEST_PIECE = 500
"""Characters per engine call: far below the limits at which engines have crashed."""

PAUSE = "'"
"""What stands for a word that cannot be read; the reference does the same."""

# Marks that rules may leave, as the seven that voices know. `…` is one of the seven, but the
# reference never makes it, so no voice has learnt it.
_MARKS = str.maketrans(
    dict.fromkeys("、，・·：；:;", ",")
    | dict.fromkeys("。．｡…‥\n", ".")
    | dict.fromkeys('“”"‘’（）()《》【】[]「」『』〈〉〔〕', "'")
    | dict.fromkeys("\u02d7\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u2500\u2501", "-")
    | {"！": "!", "？": "?"}
)


@dataclass(frozen=True, slots=True)
class _Source:
    """The engine's text, and for each of its characters the author's range and the span."""

    text: str
    starts: Sequence[int]
    ends: Sequence[int]
    owners: Sequence[int]
    # Places where words are parted without a pause: 東京 タワー. The engine gets a space there; the
    # language model has no token for one.
    gaps: frozenset[int] = frozenset()


def read_better(
    text: str, dictionary: Sequence[DictionaryEntry] = (), ruby: Sequence[Ruby] = ()
) -> Reading:
    """The reading of any text whatever."""
    spans, findings = _prepare(expand(text, dictionary, ruby))
    source = _source(text, spans)
    spoken: list[Spoken] = []
    for start, end in _pieces(source, spans):
        spoken += _speak(source, spans, start, end)
    findings += _unreadable(text, source, spoken)
    words = _words(text, source, spoken, say(spoken))
    findings.sort(key=lambda finding: finding.span or (0, 0))
    return assembly.reading("ja", text, source.text, words, findings)


# ---- the text for the engine -------------------------------------------------------------------


def _prepare(spans: Iterable[SpokenSpan]) -> tuple[list[SpokenSpan], list[Finding]]:
    """Spans whose text has only characters that are one token each, and the findings so far."""
    prepared: list[SpokenSpan] = []
    findings: list[Finding] = []
    for span in spans:
        findings += span.findings
        if span.kana is not None:
            kana: str | None = katakana(span.kana)
            if not kana or not split_moras(kana):
                kana = None
                findings += [_not_kana(span)] if span.kana else []
            if kana != span.kana:
                span = replace(span, kana=kana)  # noqa: PLW2901
        prepared.append(span)
    return prepared, findings


def _source(author: str, spans: Sequence[SpokenSpan]) -> _Source:
    letters: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    owners: list[int] = []
    gaps: list[int] = []
    for index, span in enumerate(spans):
        text = span.text.translate(_MARKS)
        if not unicodedata.is_normalized("NFKC", text):
            text = unicodedata.normalize("NFKC", text).translate(_MARKS)
        one_to_one = span.kana is None and _stands_for(text, author[span.start : span.end])
        if span.kana and not any(map(_is_token, text)):
            text = span.kana
        for offset, letter in enumerate(text):
            if _is_token(letter):
                letters.append(letter)
                starts.append(span.start + offset if one_to_one else span.start)
                ends.append(span.start + offset + 1 if one_to_one else span.end)
                owners.append(index)
            elif letter == " ":
                gaps.append(len(letters))
    joined = "".join(letters)
    return _Source(joined, starts, ends, owners, _word_gaps(joined, gaps))


def _word_gaps(text: str, gaps: Sequence[int]) -> frozenset[int]:
    """The gaps that part words: not those around a single kana, as in す ご い and ぼく は."""
    edges = [0, *gaps, len(text)]
    return frozenset(
        gap
        for before, gap, after in zip(edges, edges[1:], edges[2:], strict=False)
        if 0 < gap < len(text)
        and not any(
            end - start == 1 and is_kana(text[start])
            for start, end in ((before, gap), (gap, after))
        )
    )


def _stands_for(text: str, written: str) -> bool:
    """Whether each character of `text` stands for the author's at its place (not: 50 and 五十)."""
    return len(text) == len(written) and not any(
        letter != author
        and letter != (plain := unicodedata.normalize("NFKC", author))
        and plain.isascii()
        and plain.isalnum()
        for author, letter in zip(written, text, strict=True)
    )


def _is_token(letter: str) -> bool:
    """Whether the language model has a place for it: no control, space or combining mark.

    Hangul jamo are left out, because two of them would join to one character.
    """
    if letter.isascii():
        return " " < letter < "\x7f"
    return unicodedata.category(letter)[0] not in "CZM" and not "\u1100" <= letter <= "\u11ff"


def _pieces(source: _Source, spans: Sequence[SpokenSpan]) -> list[tuple[int, int]]:
    """Ranges for the engine: whole sentences, as many as fit; a decided word is not cut."""
    if len(source.text) <= LONGEST_PIECE:
        return [(0, len(source.text))] if source.text else []
    pieces: list[tuple[int, int]] = []
    start = end = 0
    for sentence in split_sentences(source.text, limit=LONGEST_PIECE, inside_quotes=True):
        cut = end + len(sentence)
        if cut - start > LONGEST_PIECE and end > start:
            pieces.append((start, end))
            start = end
        end = cut
    pieces.append((start, end))
    return _around_decided(pieces, source, spans)


def _around_decided(
    pieces: list[tuple[int, int]], source: _Source, spans: Sequence[SpokenSpan]
) -> list[tuple[int, int]]:
    """Pieces moved so that none ends inside a decided word; a very long one is its own piece."""
    moved: list[tuple[int, int]] = []
    start = 0
    for _, cut in pieces:
        end = max(cut, start)
        if end == len(source.text) or not _inside_decided(end, source, spans):
            moved.append((start, end))
            start = end
            continue
        owner = source.owners[end]
        first = bisect_left(source.owners, owner)
        last = bisect_right(source.owners, owner)
        moved.append((start, max(start, first)))
        if last - first > LONGEST_PIECE:
            moved.append((first, last))
            start = last
        else:
            start = max(start, first)
    moved.append((start, len(source.text)))
    return [(start, end) for start, end in moved if start < end]


def _inside_decided(place: int, source: _Source, spans: Sequence[SpokenSpan]) -> bool:
    owner = source.owners[place]
    return source.owners[place - 1] == owner and spans[owner].kana is not None


# ---- words from the engine ---------------------------------------------------------------------


def _speak(source: _Source, spans: Sequence[SpokenSpan], start: int, end: int) -> list[Spoken]:
    """The words of one piece, decided readings put in place."""
    decided = _decided_ranges(source, spans, start, end)
    if decided and decided[0][:2] == (start, end):
        span = decided[0][2]
        if span.accent is not None or end - start > LONGEST_PIECE:
            return [_decided_word(span, start, end)]
    words = _ask_about(source, start, end)
    if any(_crosses(words, a, b) for a, b, _ in decided):
        return _speak_apart(source, decided, start, end)
    for a, b, span in decided:
        words = _put_in(words, a, b, span)
    return words


def _decided_ranges(
    source: _Source, spans: Sequence[SpokenSpan], start: int, end: int
) -> list[tuple[int, int, SpokenSpan]]:
    ranges: list[tuple[int, int, SpokenSpan]] = []
    position = start
    while position < end:
        owner = source.owners[position]
        stop = position + 1
        while stop < end and source.owners[stop] == owner:
            stop += 1
        if spans[owner].kana is not None:
            ranges.append((position, stop, spans[owner]))
        position = stop
    return ranges


def _crosses(words: Sequence[Spoken], start: int, end: int) -> bool:
    return any((word.start < start < word.end) or (word.start < end < word.end) for word in words)


def _put_in(words: list[Spoken], start: int, end: int, span: SpokenSpan) -> list[Spoken]:
    """`words` with the decided reading in place of those in the range."""
    inside = [word for word in words if start <= word.start < end]
    said = "".join(word.kana for word in inside if not word.marks)
    if span.accent is None and said == span.kana:
        return words
    before = [word for word in words if word.start < start]
    after = [word for word in words if word.start >= end]
    return [*before, _decided_word(span, start, end, inside), *after]


def _decided_word(span: SpokenSpan, start: int, end: int, inside: Sequence[Spoken] = ()) -> Spoken:
    kana = span.kana or ""
    accent = span.accent
    if accent is None and len(inside) == 1 and count_moras(inside[0].kana) == count_moras(kana):
        accent = inside[0].accent
    if accent is None:
        native = any("\u3400" <= letter <= "\u9fff" for letter in span.text)
        accent = likely_accent(kana, loanword=not native)
    return Spoken(
        start=start,
        end=end,
        kana=kana,
        pos=inside[-1].pos if inside and not inside[-1].marks else "名詞",
        accent=min(accent, count_moras(kana)),
        decided=True,
    )


def _speak_apart(
    source: _Source, decided: Sequence[tuple[int, int, SpokenSpan]], start: int, end: int
) -> list[Spoken]:
    """For when the engine joined a decided word with its neighbour.

    It is asked again with a noun that joins nothing in the place of each decided word, so that
    particles keep their readings (は ワ) and their place in the phrase.
    """
    text = ""
    back: list[int] = []  # for each character of it, the place in the source
    gaps: list[int] = []
    stand_ins: list[tuple[int, int, int, int, SpokenSpan]] = []
    position = start
    for a, b, span in decided:
        back += range(position, a)
        gaps += (len(text) + gap - position for gap in source.gaps if position <= gap <= a)
        text += source.text[position:a]
        stand_ins.append((len(text), len(text) + len(_STAND_IN), a, b, span))
        text += _STAND_IN
        back += [a] * len(_STAND_IN)
        position = b
    gaps += (len(text) + gap - position for gap in source.gaps if position <= gap < end)
    text += source.text[position:end]
    back += [*range(position, end), end]
    words = _ask(text, 0, gaps)
    spoken: list[Spoken] = []
    if any(_crosses(words, at, stop) for at, stop, *_ in stand_ins):
        return _speak_pieces(source, decided, start, end)
    for word in words:
        match = next((row for row in stand_ins if row[0] <= word.start < row[1]), None)
        if match is None:
            spoken.append(word._replace(start=back[word.start], end=back[word.end - 1] + 1))
        elif word.start == match[0]:
            spoken.append(_decided_word(match[4], match[2], match[3]))
    return spoken


_STAND_IN = "名前"


def _speak_pieces(
    source: _Source, decided: Sequence[tuple[int, int, SpokenSpan]], start: int, end: int
) -> list[Spoken]:
    spoken: list[Spoken] = []
    position = start
    for a, b, span in decided:
        spoken += _ask_about(source, position, a)
        spoken.append(_decided_word(span, a, b))
        position = b
    return spoken + _ask_about(source, position, end)


def _ask_about(source: _Source, start: int, end: int) -> list[Spoken]:
    gaps = [gap - start for gap in source.gaps if start < gap < end]
    return _ask(source.text[start:end], start, gaps)


def _ask(text: str, offset: int, gaps: Iterable[int] = ()) -> list[Spoken]:
    """What the engine says about `text`, which begins at `offset`; every character is covered.

    It gets a space at each of the `gaps`, and gives back words without them.
    """
    if not text:
        return []
    edges = sorted({0, len(text), *gaps})
    words = analyse(" ".join(text[a:b] for a, b in pairwise(edges)), guess_nani=False).words
    if not words:
        return [Spoken(start=offset, end=offset + len(text), kana=PAUSE, marks=True, pos="")]
    spoken: list[Spoken] = []
    following: EngineWord | None = None
    for word, (a, b) in zip(reversed(words), reversed(place_words(text, words)), strict=True):
        kana, marks = _kana(word, text[a:b])
        # A noun behind a gap begins a phrase; particles and endings stay where they belong.
        parted = a in edges and word.pos == "名詞" and word.detail != "接尾"
        spoken.append(
            Spoken(
                start=offset + a,
                end=offset + b,
                kana=_nani(word, following) or kana,
                marks=marks,
                pos=word.pos,
                orig=word.orig,
                accent=word.acc,
                # A long mark lengthens what stands before, whatever the engine makes of it.
                joined=(word.chain_flag == 1 and not parted) or kana.startswith(LONG_MARK),
                chain_rule=word.chain_rule,
            )
        )
        following = word
    spoken.reverse()
    return spoken


def _kana(word: EngineWord, written: str) -> tuple[str, bool]:
    """(katakana, False), (marks, True), or (PAUSE, True) for what cannot be read."""
    if written and PUNCTUATION_SET.issuperset(written):
        return written, True
    pron = word.pron.replace("’", "")
    if not pron:
        return "", False  # a kaomoji: shown, not said
    if split_moras(pron) is not None:
        return pron, False
    kana = katakana(pron)
    return (kana, False) if split_moras(kana) else (PAUSE, True)


_NAN_BEFORE = (*"タチツテトダヂヅデドナヌネノ", "ホド", "クライ", "グライ", "バカリ")


def _nani(word: EngineWord, after: EngineWord | None) -> str | None:
    """何 is ナン before です, と, で, の …; the engine's own guess needs a package more."""
    if word.string != "何" or word.pron != "ナニ" or after is None:
        return None
    nan = after.pos == "助動詞" or (after.pos == "助詞" and after.pron.startswith(_NAN_BEFORE))
    return "ナン" if nan else None


# ---- words for the reader ----------------------------------------------------------------------


def _words(
    text: str, source: _Source, spoken: Sequence[Spoken], said: Sequence[Said]
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
    source: _Source, spoken: Sequence[Spoken], said: Sequence[Said]
) -> Iterator[list[tuple[Spoken, Said]]]:
    """Engine words that cannot be told apart in the author's text, together.

    They share a span; or the engine added one (numerals) that no character stands for.
    """
    group: list[tuple[Spoken, Said]] = []
    for one, sound in zip(spoken, said, strict=True):
        begins = one.end > one.start and group and group[-1][0].end > group[0][0].start
        if begins and source.ends[one.start - 1] <= source.starts[one.start]:
            yield group
            group = []
        group.append((one, sound))
    if group:
        yield group


def _word(
    text: str, start: int, end: int, source: _Source, group: Sequence[tuple[Spoken, Said]]
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


# ---- findings ----------------------------------------------------------------------------------


def _unreadable(text: str, source: _Source, spoken: Sequence[Spoken]) -> list[Finding]:
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
            message=f"{name_of(letter)} is not said",
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
        message=f"no reading for {', '.join(map(name_of, letters))}",
        span=(start, end),
        hint="give it one: 漢字《かんじ》 in the text, or an entry in a user dictionary",
    )


def _not_kana(span: SpokenSpan) -> Finding:
    return Finding(
        code="reading.not-kana",
        severity="warning",
        message=f'the reading "{span.kana}" is not kana and is not used',
        span=(span.start, span.end),
        hint="write the reading in katakana or hiragana",
    )


def name_of(letter: str) -> str:
    """A character for a message: itself where it can be shown, and its code point."""
    code = f"U+{ord(letter):04X}"
    return f'"{letter}" ({code})' if letter.isprintable() else code
