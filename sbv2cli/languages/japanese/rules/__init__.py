"""The span rules: from the author's characters to what is said for them.

`expand` walks the text once. Readings given by the author come first, then the user
dictionary, then the rules below, each asked only where its first character stands; what no rule
takes is passed on as it is. A rule is a function `(flat, at, stop) -> spans or None`: `flat` is the
folded text (one width per letter, same length), `at` the place, `stop` where the stretch ends; its
spans tile a piece of the text from `at` on. To add a rule, write it with its table in a file of its
own and enter it in `_RULES` under the characters with which it can begin.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import replace

from sbv2cli.languages.japanese.rules import (
    called,
    counted,
    currencies,
    dates,
    fractions,
    kana,
    kanji_numbers,
    kaomoji,
    katakana_text,
    latin,
    marks,
    numbers,
    old_spelling,
    ranges,
    roman_numerals,
    rough,
    ruby,
    sums,
    telephone,
    times,
    units,
    web,
    words_in_context,
)
from sbv2cli.languages.japanese.rules.characters import LATIN, WAVE, compatible, fold, is_word
from sbv2cli.languages.japanese.rules.dictionary_index import Index, index_of
from sbv2cli.languages.japanese.spans import SpokenSpan
from sbv2cli.languages.language import DictionaryEntry
from sbv2cli.patterns import lazy_pattern
from sbv2cli.records import Finding, Ruby

Rule = Callable[[str, int, int], "list[SpokenSpan] | None"]

_LATIN_RULES: tuple[Rule, ...] = (
    latin.mixed,
    web.address,
    kaomoji.bare_face,
    kaomoji.laughter,
    times.half_day,
    dates.era_date,
    currencies.abroad,
    roman_numerals.roman_letters,
    kaomoji.face,
    latin.latin,
)
_ALONE: tuple[Rule, ...] = (
    telephone.emergency,
    dates.first_day,
    times.ten_minutes,
    kanji_numbers.things,
    kanji_numbers.quarter,
    kanji_numbers.line_of_text,
    numbers.number,
)
_JOINED: tuple[Rule, ...] = (
    latin.mixed,
    kaomoji.emoji,  # keycaps: 1️⃣
    web.address,
    dates.decade_in_english,
    dates.date,
    times.clock,
    telephone.phone,
    telephone.postal,
    telephone.address,
    sums.arithmetic,
    fractions.fraction,
    fractions.ratio,
    numbers.number,
)
_FIGURES = lazy_pattern("[0-9]+ ?")


def _figures(flat: str, at: int, stop: int) -> list[SpokenSpan] | None:
    """Most figures stand alone (5人); only before a joint (10:30, 5m) are the others asked."""
    end = _FIGURES.match(flat, at, stop).end()  # type: ignore[union-attr]
    joint = flat[end : end + 1]
    joined = flat[at] == "0" or (joint and (joint.isascii() or not is_word(joint)))
    for rule in _JOINED if joined else _ALONE:
        found = rule(flat, at, stop)
        if found:
            return found
    return None


# The first rule that answers wins, so the narrow ones stand before the wide ones.
_RULES: dict[str, tuple[Rule, ...]] = {
    **dict.fromkeys("0123456789", (_figures,)),
    **dict.fromkeys("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz", _LATIN_RULES),
    **dict.fromkeys(currencies.SIGNS, (currencies.currency, currencies.lonely)),
    **dict.fromkeys("〇零○◯", (kanji_numbers.positional, kanji_numbers.kanji_decimal)),
    **dict.fromkeys(
        "一二三四五六七八九十",
        (
            kanji_numbers.positional,
            kanji_numbers.kanji_decimal,
            kanji_numbers.things,
            kanji_numbers.quarter,
            kanji_numbers.line_of_text,
            counted.pair,
            dates.first_day,
        ),
    ),
    **dict.fromkeys("月火水木金土日", (words_in_context.weekdays,)),
    **dict.fromkeys("間走", (words_in_context.word,)),
    **dict.fromkeys(called.FIRST, (called.kin,)),
    **dict.fromkeys("。．…‥⋯、，,", (marks.stop_mark,)),
    **dict.fromkeys("!?‼⁇⁈⁉", (marks.ending,)),
    **dict.fromkeys(marks.QUOTES, (kaomoji.bare_face, kaomoji.face, kaomoji.aside, marks.quote)),
    **dict.fromkeys("^_<>\\*|;:`=", (kaomoji.bare_face, kaomoji.face)),
    **dict.fromkeys("m٩", (kaomoji.face,)),
    **dict.fromkeys("ヽヾ", (kaomoji.face, kana.repeat)),
    WAVE: (kaomoji.face, ranges.wave),
    "(": (kaomoji.face, telephone.phone, kaomoji.aside, marks.quote),
    "-": (kaomoji.bare_face, numbers.sign, ranges.hyphen),
    "+": (latin.mixed, telephone.phone, numbers.sign, sums.operator),
    "±": (numbers.sign, sums.operator),
    ".": (latin.mixed, numbers.decimal_point, marks.stop_mark),
    "'": (dates.decade, marks.quote),
    "・": (marks.stop_mark, marks.middle_dot),
    "〒": (telephone.postal, marks.named),
    " ": (marks.line_break, marks.space),
    "\n": (marks.line_break,),
    "ー": (kana.long_vowel,),
    "ｰ": (kana.long_vowel,),
    "※": (kaomoji.emoji,),
}
_RULES["^"] += (sums.power,)
for _sign in rough.FIRST:
    _RULES[_sign] = (*_RULES.get(_sign, ()), rough.adjective)
for _sign in katakana_text.FIRST:
    _RULES[_sign] = (*_RULES.get(_sign, ()), katakana_text.letters, kana.marked)
# A letter with rules of its own is not asked about _ELSEWHERE: か゛ keeps its rule here.
for _sign in old_spelling.FIRST:
    _RULES[_sign] = (*_RULES.get(_sign, ()), old_spelling.letter, kana.marked)
for _sign in ";:":
    _RULES[_sign] += (marks.stop_mark,)
for _sign in "m":
    _RULES[_sign] = _LATIN_RULES
for _sign in "〇○◯":
    _RULES[_sign] += (kanji_numbers.circles,)
for _sign in "=+×÷±":
    _RULES[_sign] = (*_RULES.get(_sign, ()), sums.operator)
# Asked about every other character, the commonest first.
_ELSEWHERE: tuple[Rule, ...] = (
    kana.marked,
    kana.lone_marks,
    kana.half_width,
    kana.repeat,
    kana.rare,
    kana.kanji_marks,
    kana.long_repeat,
    latin.latin,
    latin.greek_letter,
    roman_numerals.roman_sign,
    roman_numerals.circled,
    roman_numerals.raised,
    fractions.vulgar,
    kaomoji.squared_aside,
    sums.operator,
    marks.named,
    marks.between,
    marks.dash,
    kaomoji.emoji,
    marks.invisible,
    marks.silent,
)

_LETTERS = "ぁ-ゔァ-ヴ㐀-䶿一-鿿𠀀-𳑿"
_STOPS = (
    f"[一二三四五六七八九十零]|{words_in_context.STOPS}|{called.STOPS}|{rough.STOPS}|"
    f"{old_spelling.STOPS}|{katakana_text.STOPS}"
)
# Runs that the engine reads as they stand. Kanji numerals stop a run, for they have rules; so does
# a kana before a voiced mark.
_PLAIN = lazy_pattern(f"(?!ー)(?:(?!{_STOPS})[{_LETTERS}ー])+(?![゛゜゙゚ﾞﾟ])")
# Compatibility ideographs that NFKC leaves alone, and their everyday forms.
_EVERYDAY = {"﨑": "崎", "﨟": "臈", "﨤": "返", "﨣": "赳", "﨨": "閒", "﨧": "黒"}
_LONGEST_NAMED = 5


def expand(
    text: str, dictionary: Sequence[DictionaryEntry] = (), given: Sequence[Ruby] = ()
) -> list[SpokenSpan]:
    """Spans that tile `text`, each with what is said for it; never raises, linear in time."""
    flat = marks.with_stop_after_number(text, fold(text))
    index = index_of(dictionary) if dictionary else None
    spans: list[SpokenSpan] = []
    at = 0
    if index and given:
        given = [one for one in given if not (one.carried and index.begins(text, flat, one.span))]
    for claim in ruby.claims(flat, given):
        if claim.start < at:  # over a mark that repeats the word before it
            continue
        _stretch(spans, text, flat, (at, claim.start), index)
        inner: list[SpokenSpan] = []
        _stretch(inner, text, flat, claim.base, index)
        if claim.kana is not None:
            said = _read_as(claim, "".join(span.text for span in inner))
            if claim.accent is None and index:
                accent = index.accent(text, flat, claim.base, claim.kana)
                said = replace(said, accent=accent)
            inner = [said]
        spans += ruby.spans(claim, inner)
        at = claim.end
        if claim.kana is not None and (again := kana.said_again(flat, at, spans[-1])) is not None:
            spans.append(again)
            at = again.end
    _stretch(spans, text, flat, (at, len(text)), index)
    return spans


def _read_as(claim: ruby.Claim, base: str) -> SpokenSpan:
    start, end = claim.base
    return SpokenSpan(
        start=start,
        end=end,
        text=base or claim.kana or "",
        kana=claim.kana,
        accent=claim.accent,
        given=claim.given,
        kind="ruby",
    )


def _stretch(
    spans: list[SpokenSpan], text: str, flat: str, bounds: tuple[int, int], index: Index | None
) -> None:
    """Expand one stretch without ruby: dictionary words, and the rules between them."""
    at, stop = bounds
    if index:
        for start, end, entry in index.matches(text, flat, at, stop):
            _walk(spans, flat, at, start)
            spans.append(_dictionary_word(text, start, end, entry))
            at = end
    _walk(spans, flat, at, stop)


def _dictionary_word(text: str, start: int, end: int, entry: DictionaryEntry) -> SpokenSpan:
    written = compatible(text[start:end])
    # The BERT knows words, not marks: C++ goes to it as its reading.
    spoken = written if written.isalpha() else entry.kana
    return SpokenSpan(
        start=start,
        end=end,
        text=spoken,
        kana=entry.kana,
        accent=entry.accent,
        whole_word=not entry.within_words,
        kind="dictionary",
    )


def _walk(spans: list[SpokenSpan], flat: str, at: int, stop: int) -> None:
    run = at  # where the run that is passed on unchanged began
    while at < stop:
        plain = _PLAIN.match(flat, at, stop)
        if plain:
            at = plain.end()
            continue
        found = _ask(flat, at, stop)
        if found is None:
            at += 1  # a numeral or letter that the engine reads
            continue
        if run < at:
            spans.append(SpokenSpan(start=run, end=at, text=flat[run:at]))
        spans += found
        run = at = found[-1].end
    if run < stop:
        spans.append(SpokenSpan(start=run, end=stop, text=flat[run:stop]))


def _ask(flat: str, at: int, stop: int) -> list[SpokenSpan] | None:
    """What the rules say here; None where the character goes to the engine as it is."""
    letter = flat[at]
    rules = _RULES.get(letter)
    for rule in rules or _ELSEWHERE:
        found = rule(flat, at, stop)
        if found:
            return found
    if letter in "一二三四五六七八九十零〇" or _PLAIN.match(letter):
        return None
    if rules is not None:
        return marks.silent(flat, at, stop) or marks.between(flat, at, stop) or _nothing(at, at + 1)
    return _folded(flat, at) or _unreadable(flat, at, stop)


def _nothing(start: int, end: int, *findings: Finding) -> list[SpokenSpan]:
    return [SpokenSpan(start=start, end=end, text="", kind="silent", findings=findings)]


def _folded(flat: str, at: int) -> list[SpokenSpan] | None:
    """One character that stands for others: ㍿, ㍻, ㌔, compatibility ideographs."""
    letter = flat[at]
    whole = units.squared(flat, at, at + 1)
    if whole:
        return [SpokenSpan(start=at, end=whole[0], text=whole[1], kind="unit")]
    written = _EVERYDAY.get(letter) or compatible(letter)
    if written == letter or len(written) > _LONGEST_NAMED:
        return None
    inner = expand(written)
    if any(span.findings for span in inner):
        return None
    text = "".join(span.text for span in inner)
    return [SpokenSpan(start=at, end=at + 1, text=text, kind="folded")]


def _is_silent(letter: str) -> bool:
    """Marks, signs and separators may be left out without a word; letters and figures may not."""
    return unicodedata.category(letter)[0] in "MPSZ" or unicodedata.category(letter) in ("Cc", "Cf")


def _unreadable(flat: str, at: int, stop: int) -> list[SpokenSpan]:
    """Nothing can be done with this: a sign is silent, a letter leaves a pause and a warning."""
    if _is_silent(flat[at]):
        return _nothing(at, at + 1)
    end = at + 1
    while end < stop and not is_word(flat[end]) and _foreign(flat[end]):
        end += 1
    code = f"U+{ord(flat[at]):04X}"
    shown = flat[at] if flat[at].isprintable() else "\N{REPLACEMENT CHARACTER}"
    more = f" and {end - at - 1} more after it" if end - at > 1 else ""
    finding = Finding(
        code="reading.unreadable",
        severity="warning",
        message=f'"{shown}" ({code}){more} cannot be read; a pause stands for it',
        span=(at, end),
        hint="give a reading with a user dictionary or ruby",
    )
    return [SpokenSpan(start=at, end=end, text="'", kind="unreadable", findings=(finding,))]


def _foreign(letter: str) -> bool:
    if unicodedata.category(letter)[0] == "M":
        return True  # the vowel signs of Thai and its kin belong to the letters around them
    return (
        letter not in _RULES
        and not _is_silent(letter)
        and compatible(letter) == letter
        and not _KNOWN.match(letter)
    )


_KNOWN = lazy_pattern(f"[{_LETTERS}{LATIN}Ͱ-Ͽἀ-῿ｦ-ﾟㇰ-ㇿ\U0001b000-\U0001b16f]")
