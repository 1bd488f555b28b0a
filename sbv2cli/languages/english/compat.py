"""English as the reference reads it (frontend specification EN-1 to EN-4), failures included.

Pure but for the dictionaries: text and the BERT's tokens in, phones out. The number
rules are the recipe of Keith Ito's "tacotron" (text/numbers.py, Copyright (c) 2017 Keith Ito, MIT
licence), the fallback for unknown words that of g2p_en (Apache License 2.0), both written anew
from their description; see NOTICE.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence

from sbv2cli import normal_form
from sbv2cli.languages.assembly import spread
from sbv2cli.languages.english import numbers
from sbv2cli.languages.english.lexicon import homographs, lexicon
from sbv2cli.languages.english.spelling import guess
from sbv2cli.languages.english.tokens import PUNCTUATION, Chunk, chunks
from sbv2cli.languages.traced import Traced

Sound = tuple[str, int]
"""A phone and its tone."""

_COMMAS = re.compile(r"[0-9][0-9,]+[0-9]")
_POUNDS = re.compile(r"£([0-9,]*[0-9]+)")
_DOLLARS = re.compile(r"\$([0-9.,]*[0-9]+)")
# Looking back keeps a search in ten thousand digits from starting at each of them.
_DECIMAL = re.compile(r"(?<![0-9])([0-9]+)\.([0-9]+)")
_ORDINAL = re.compile(r"(?<![0-9])([0-9]+)(?:st|nd|rd|th)")
_INTEGER = re.compile(r"[0-9]+")

MARKS = {
    **dict.fromkeys("：；，、・·", ","),
    **dict.fromkeys("。．\n$", "."),
    "！": "!",
    "？": "?",
    "…": "...",
    **dict.fromkeys('“”"‘’（）()《》【】[]「」', "'"),
    **dict.fromkeys("—−～~", "-"),
}
_THREE_POINTS = re.compile("・・・|···")
_WORD_AFTER_MARK = re.compile(r"(?<=[,;.?!])(?=\w)")


class CompatError(Exception):
    """The reference raises here; `kind` is the class of what it raises."""

    def __init__(self, kind: str, message: str = "") -> None:
        super().__init__(message)
        self.kind = kind


def normalise(text: str) -> Traced:
    """The text with numbers in words and seven marks.

    Raises:
        CompatError: a number of more than 36 digits.
    """
    try:
        traced = numbers_in_words(Traced.of(text))
    except OverflowError as error:
        raise CompatError("NumOutOfRangeError") from error
    traced = traced.replace(_THREE_POINTS, "...").translate(MARKS)
    return traced.replace(_WORD_AFTER_MARK, " ")


def numbers_in_words(traced: Traced) -> Traced:
    """The keithito recipe.

    Raises:
        OverflowError: a number has more than 36 digits.
    """
    return (
        traced.replace(_COMMAS, lambda match: match[0].replace(",", ""))
        .replace(_POUNDS, r"\1 pounds")
        .replace(_DOLLARS, _dollars)
        .replace(_DECIMAL, r"\1 point \2")
        .replace(_ORDINAL, lambda match: numbers.ordinal(_integer(match[1])))
        .replace(_INTEGER, lambda match: numbers.plain(_integer(match[0])))
    )


def _integer(digits: str) -> int:
    significant = digits.lstrip("0")
    if len(significant) > numbers.LONGEST:
        raise OverflowError(digits)
    return int(significant or "0")


def _dollars(match: re.Match[str]) -> str:
    amount = match[1].replace(",", "")
    if amount.count(".") > 1:
        return match[1] + " dollars"
    written_dollars, _, written_cents = amount.partition(".")
    dollars, cents = _integer(written_dollars), _integer(written_cents)
    said = [
        f"{count} {name}{'' if count == 1 else 's'}"
        for count, name in ((dollars, "dollar"), (cents, "cent"))
        if count
    ]
    return ", ".join(said) or "zero dollars"


def read(tokens: Sequence[str]) -> tuple[list[Sound], list[int]]:
    """The phones of a normalised text, given as the BERT's tokens, and their counts.

    Raises:
        CompatError: a number of more than 36 digits.
    """
    sounds: list[Sound] = []
    per_token: list[int] = []
    for chunk in chunks(tokens):
        said = chunk_sounds(chunk)
        sounds += said
        per_token += spread(len(said), len(chunk))
    return sounds, per_token


def chunk_sounds(chunk: Chunk) -> list[Sound]:
    """The phones of one word."""
    pieces = ("".join(chunk),) if len(chunk) > 1 and "'" in chunk else chunk
    return [sound for piece in pieces for sound in _piece_sounds(piece)]


def _piece_sounds(piece: str) -> list[Sound]:
    if piece in PUNCTUATION:
        return [(piece, 0)]
    known = lexicon().in_six(piece.upper())
    try:
        phones = known.split() if known else list(_fallback(piece))
    except OverflowError as error:
        raise CompatError("NumOutOfRangeError") from error
    return [sound(phone) for phone in phones]


_ARPABET = re.compile("[A-Z]{1,2}(?P<stress>[0-2])?")
_NO_STRESS = 3


def sound(phone: str) -> Sound:
    """The voices' symbol and tone for an ARPAbet phone; marks are themselves."""
    match = _ARPABET.fullmatch(phone)
    if match is None:
        return (phone, 0) if phone in PUNCTUATION else ("UNK", 0)
    symbol = phone.rstrip("012").lower()
    tone = int(match["stress"]) + 1 if match["stress"] else _NO_STRESS
    return ("V" if symbol == "v" else symbol, tone)


_NOT_READ = re.compile(r"[^ a-z'.,?!\-]")
_REPEATED_MARK = re.compile(r"([^a-z])\1{3,}")
# The part of NLTK's tokeniser for tweets that small letters and these marks can reach.
_TWEET = re.compile(
    r"[a-z]+(?:[.\-][a-z]+)*\.[a-z]{2,13}\b"
    r"|[a-z](?:[a-z]|['\-])+[a-z]|[a-z]+|\.(?: *\.)+|\S"
)


def _fallback(piece: str) -> Iterator[str]:
    text = numbers_in_words(Traced.of(piece)).text
    text = without_accents(text).lower()
    text = _NOT_READ.sub("", text).replace("i.e.", "that is").replace("e.g.", "for example")
    for token in _TWEET.findall(_REPEATED_MARK.sub(r"\1\1\1", text)):
        if not any("a" <= character <= "z" for character in token):
            yield token
            continue
        known = homographs().get(token) or lexicon().in_seven(token.upper())
        yield from known.split() if known else guess(token)


def without_accents(text: str) -> str:
    """Letters without the marks above and below them."""
    decomposed = normal_form.normalize("NFD", text)
    return "".join(c for c in decomposed if unicodedata.category(c) != "Mn")
