"""Latin letters in Japanese text: words as katakana, acronyms letter by letter.

A word is looked up as written, then in lower case; CamelCase is taken apart; capitals without a
known word are spelled; what is left is read by the loan-word rules.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from pathlib import Path

from sbv2cli.languages.japanese.rules.characters import LATIN, before, lower
from sbv2cli.languages.japanese.rules.dictionary_index import Index
from sbv2cli.languages.japanese.rules.letters import greek, spelled
from sbv2cli.languages.japanese.rules.loanwords import katakana_of
from sbv2cli.languages.japanese.spans import SpokenSpan
from sbv2cli.languages.language import DictionaryEntry

_TOKEN = re.compile(f"[{LATIN}]+(?:'[A-Za-z]{{1,2}}(?![A-Za-z]))?")
_PARTS = re.compile("[A-Z]{2,}(?=[A-Z][a-z]{2})|[A-Z]{2,}s?(?![a-z])|[A-Z]?[a-z]+|[A-Z]")
_VOWEL = re.compile("[aeiouy]")
_UPPER_WORD = re.compile("[A-Z]+")
_SIMPLE = re.compile("[A-Za-z]+(?:'[A-Za-z]+)?")
# Capitals beyond this are words that somebody shouts. At this length they are spelled unless the
# table knows the word, below it unless the table has them in capitals (IT, US, CAT).
_LONGEST_ACRONYM = 4
_FOLDED_LETTERS = str.maketrans(
    {"ß": "ss", "æ": "ae", "Æ": "AE", "œ": "oe", "Œ": "OE", "ø": "o", "Ø": "O", "đ": "d", "Đ": "D",
     "ł": "l", "Ł": "L", "þ": "th", "Þ": "Th", "ð": "d", "Ð": "D", "ı": "i", "ħ": "h", "ŋ": "ng"}
)  # fmt: skip


@lru_cache(maxsize=1)
def words() -> dict[str, str]:
    """The table of words: as written, or in lower case, to katakana."""
    table: dict[str, str] = {}
    text = (Path(__file__).parent / "english_words.txt").read_text(encoding="utf-8")
    for line in text.splitlines():
        if line.startswith("#"):
            continue
        for entry in line.split():
            word, _, kana = entry.rpartition("=")
            table[word] = kana
    return table


@lru_cache(maxsize=1)
def _mixed() -> Index:
    """Table entries with digits or marks: C++, MP3, Wi-Fi. They are found before all rules."""
    return Index(
        tuple(
            DictionaryEntry(surface=word, kana=kana)
            for word, kana in words().items()
            if not _SIMPLE.fullmatch(word) and not word.isalpha()
        )
    )


def mixed(flat: str, at: int, stop: int) -> list[SpokenSpan] | None:
    """A known name with digits or marks in it."""
    found = _mixed().longest(flat, flat, lower(flat[at : at + 24]), at, stop)
    if found is None:
        return None
    entry, end = found
    if entry.surface != lower(entry.surface) and entry.surface != flat[at:end]:
        return None
    if (
        flat[end - 1].isdecimal()
        and flat[end : end + 1] in (".", ",")
        and flat[end + 1 : end + 2].isdecimal()
    ):
        return None
    return [_word(at, end, entry.kana)]


def latin(flat: str, at: int, stop: int) -> list[SpokenSpan] | None:
    """A run of Latin letters."""
    found = _TOKEN.match(flat, at, stop)
    return word_spans(flat, at, found.end()) if found else None


def word_spans(flat: str, at: int, end: int) -> list[SpokenSpan]:
    """The letters `flat[at:end]`: one span per word or acronym in them."""
    written = flat[at:end]
    article = written == "a" and flat[end : end + 1] == " " and flat[end + 1 : end + 2].isascii()
    whole = "ア" if article else None if len(written) == 1 else known_word(written)
    if whole:
        return [_word(at, end, whole)]
    if not written.isascii():
        plain = _without_accents(written)
        return [_word(at, end, known_word(plain) or _reading(plain) or plain)]
    parts = [found.span() for found in _PARTS.finditer(written)]
    if len(parts) < 2 or "'" in written:
        return [_part(at, end, written.replace("'", ""))]
    spans = []
    for index, (first, _) in enumerate(parts):
        last = parts[index + 1][0] if index + 1 < len(parts) else len(written)
        spans.append(_part(at + first, at + last, written[first:last]))
    return spans


def _word(at: int, end: int, kana: str) -> SpokenSpan:
    return SpokenSpan(start=at, end=end, text=kana, kana=kana, kind="latin")


def known_word(written: str) -> str | None:
    """What the table has for a word."""
    table = words()
    known = table.get(written)
    if known is None and not (written.isupper() and len(written) < _LONGEST_ACRONYM):
        known = table.get(lower(written))
        if known is None and written.endswith(("'s", "s'")):
            owner = table.get(lower(written[:-2]))
            known = owner + "ズ" if owner else None
    return known


def _part(at: int, end: int, written: str) -> SpokenSpan:
    known = known_word(written) if len(written) > 1 else None
    if known:
        return _word(at, end, known)
    if _is_acronym(written):
        if written.endswith("s") and written[:-1].isupper():
            kana, accent = spelled(written[:-1])
            kana += "ズ"
        else:
            kana, accent = spelled(written)
        return SpokenSpan(start=at, end=end, text=kana, kana=kana, accent=accent, kind="letters")
    return _word(at, end, _reading(written))


def _is_acronym(written: str) -> bool:
    """Letters to be named: short capitals, single letters, and what nobody can pronounce."""
    if len(written) == 1 or not _VOWEL.search(lower(written)):
        return len(written) <= 12
    if written.isupper():
        return len(written) <= _LONGEST_ACRONYM
    return len(written) > 2 and written.endswith("s") and written[:-1].isupper()


def _reading(written: str) -> str:
    small = lower(written)
    if not _VOWEL.search(small):
        return spelled(re.sub("[^a-z]", "", small))[0]
    return katakana_of(small)


def _without_accents(written: str) -> str:
    plain = unicodedata.normalize("NFD", written.translate(_FOLDED_LETTERS))
    return "".join(letter for letter in plain if letter.isascii() and letter.isalpha())


def greek_letter(flat: str, at: int, stop: int) -> list[SpokenSpan] | None:
    """α is アルファ."""
    if at >= stop:
        return None
    name = greek(unicodedata.normalize("NFD", flat[at])[:1])
    if name is None:
        return None
    previous = before(flat, at)
    # Each letter of a Greek word is named; a space keeps the names apart.
    text = f" {name}" if previous and greek(previous) else name
    return [SpokenSpan(start=at, end=at + 1, text=text, kind="greek")]
