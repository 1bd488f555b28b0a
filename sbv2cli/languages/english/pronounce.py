"""How a word is said: the dictionaries first, then what its parts tell, then the network."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from sbv2cli.languages.english.compat import Sound, sound, without_accents
from sbv2cli.languages.english.lexicon import lexicon
from sbv2cli.languages.english.spelling import guess

# Said letter by letter although the dictionaries have a word that is written so.
_INITIALISMS = frozenset("AI UI UX EU UN UK US IT ID PC TV".split())
_LONGEST_INITIALISM = 5
_LONGEST_GUESS = 20  # letters; the network was taught words, and stops after twenty phones
_PARTS = re.compile(r"[A-Z]{2,}(?=[A-Z][a-z])|[A-Z]{2,}(?![a-z])|[A-Z]?[a-z]+|[A-Z]")
_LETTER_PLURAL = re.compile(r"([A-Z]{2,})('?s)")
_SIBILANTS = frozenset("S Z SH ZH CH JH".split())
_VOICELESS = frozenset("P T K F TH".split())


def pronounce(word: str) -> tuple[Sound, ...]:
    """The phones of a word; () where none of its letters is Latin."""
    return tuple(sound(phone) for phone in _phones(word))


@lru_cache(1 << 16)
def _phones(word: str) -> tuple[str, ...]:
    plain = without_accents(word).replace("’", "'")
    if "." in plain:  # p.m., U.S.A.
        return _known(plain.upper()) or _known(plain.replace(".", "").upper()) or _letters(plain)
    if plain in _INITIALISMS:
        return _letters(plain)
    known = _known(plain.upper())
    if known:
        return known
    plural = _LETTER_PLURAL.fullmatch(plain)
    if plural:
        return _with_s(_phones(plural[1]))
    if plain.lower().endswith("'s"):
        return _with_s(_phones(plain[:-2]))
    return _from_parts(plain)


def is_guess(word: str) -> bool:
    """Whether the network guesses how a word is said, or a part of it."""
    plain = without_accents(word).replace("’", "'")
    if plain.lower().endswith("'s"):
        plain = plain[:-2]
    known = "." in plain or plain in _INITIALISMS or _LETTER_PLURAL.fullmatch(plain)
    if known or not any(letter.isalpha() for letter in plain) or _known(plain.upper()):
        return False
    if plain.isupper():
        return len(plain) > _LONGEST_INITIALISM
    parts = _PARTS.findall(plain)
    return len(parts) < 2 or any(map(is_guess, parts))


def _from_parts(word: str) -> tuple[str, ...]:
    if word.isupper() and 1 < len(word) <= _LONGEST_INITIALISM:
        return _letters(word)
    parts: Sequence[str] = _PARTS.findall(word)
    if len(parts) > 1 and not word.isupper():
        return tuple(phone for part in parts for phone in _phones(part))
    letters = "".join(c for c in word.lower() if "a" <= c <= "z")
    return tuple(
        phone
        for begin in range(0, len(letters), _LONGEST_GUESS)
        for phone in guess(letters[begin : begin + _LONGEST_GUESS])
    )


def _known(word: str) -> tuple[str, ...]:
    said = lexicon().anywhere(word)
    return tuple(said.split()) if said else ()


def _letters(word: str) -> tuple[str, ...]:
    # The dictionaries list the names of letters with a point: "A" is the article.
    return tuple(
        phone for letter in word.upper() if "A" <= letter <= "Z" for phone in _known(f"{letter}.")
    )


def _with_s(phones: tuple[str, ...]) -> tuple[str, ...]:
    if not phones:
        return ()
    if phones[-1] in _SIBILANTS:
        return (*phones, "IH0", "Z")
    return (*phones, "S" if phones[-1] in _VOICELESS else "Z")
