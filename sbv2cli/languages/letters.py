"""Text for voices that were trained on letters: each character is a symbol, by the voice's rules.

No language is known here. What a voice has no symbol for is left out, as in training, and told.
"""

from __future__ import annotations

import unicodedata
from itertools import groupby
from typing import TYPE_CHECKING

from sbv2cli.errors import ReadingError
from sbv2cli.languages import espeak
from sbv2cli.records import OWN_SYMBOL, Finding, Reading, Word

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from sbv2cli.languages.espeak import Placed
    from sbv2cli.records import TextRules

# Characters of a finding that are named; the others are counted.
NAMED = 8


def read_letters(text: str, rules: TextRules) -> Reading:
    """The symbols of a text.

    Raises:
        ReadingError: the voice wants Latin letters and the text has others.
    """
    placed = _written([(letter, place) for place, letter in enumerate(text)], rules)
    if rules.romanised:
        _must_be_latin(placed, text)
    kept = [(letter, place) for letter, place in placed if letter in rules.known]
    unknown = [(letter, place) for letter, place in placed if letter not in rules.known]
    if rules.stripped:
        kept = espeak.stripped(kept)
    letters = "".join(letter for letter, _ in kept)
    phones = ("_", *(f"{OWN_SYMBOL}{letter}" for letter in letters), "_")
    return Reading(
        language=rules.language,
        text=text,
        normalised=letters,
        model_text=letters,
        phones=phones,
        tones=(0,) * len(phones),
        phones_per_token=(1, len(letters), 1) if letters else (1, 1),
        # Phonemes are not known by the letters that they came from.
        words=() if rules.espeak is not None else tuple(_words(kept, text)),
        findings=tuple(_findings(unknown)),
    )


def _written(placed: Placed, rules: TextRules) -> Placed:
    if rules.casing == "lower":
        placed = _mapped(placed, lambda c: c if c in rules.known else c.lower())
    elif rules.casing == "fold":
        placed = _mapped(placed, str.casefold)
    if rules.espeak is not None:
        placed = espeak.phonemes(placed, rules.espeak, rules.marks)
    if rules.decomposed:
        placed = _mapped(placed, lambda c: unicodedata.normalize("NFD", c))
    replaced = dict(rules.replaced)
    return _mapped(placed, lambda c: replaced.get(c, c)) if replaced else placed


def _mapped(placed: Placed, change: Callable[[str], str]) -> Placed:
    return [(new, place) for letter, place in placed for new in change(letter)]


def _words(kept: Placed, text: str) -> Iterator[Word]:
    """Runs of letters, as the author wrote them; a space is a word of no characters."""
    for is_space, run in groupby(kept, key=lambda one: one[0].isspace()):
        letters, places = zip(*run, strict=True)
        span = (places[0], places[0] if is_space else places[-1] + 1)
        yield Word(
            surface=text[slice(*span)],
            span=span,
            spoken="".join(letters),
            kana=None,
            phones=tuple(f"{OWN_SYMBOL}{letter}" for letter in letters),
            tones=(0,) * len(letters),
            phones_per_token=(len(letters),),
        )


def _must_be_latin(placed: Placed, text: str) -> None:
    other = next(((letter, place) for letter, place in placed if not letter.isascii()), None)
    if other is not None:
        raise ReadingError(
            "reading.uroman",
            f"the voice was trained on Latin letters that the program uroman makes,"
            f' and "{other[0]}" is none',
            at=f'character {other[1] + 1} of "{text[:40]}"',
            hint="write the text of the line as uroman does (pip install uroman), or give its"
            ' reading so: "cleaned: namaste"',
        )


def _findings(unknown: Placed) -> Iterator[Finding]:
    """One for words, which are then heard wrongly, and one for marks, which nobody hears."""
    marks = [one for one in unknown if unicodedata.category(one[0])[0] in "PSZC"]
    letters = [one for one in unknown if one not in marks]
    if letters:
        yield Finding(
            code="reading.letter",
            severity="warning",
            message=f"the voice has no symbol for {_named(letters)}, which is left out",
            span=(letters[0][1], letters[0][1] + 1),
            hint="write it with other letters, numbers in words",
        )
    if marks:
        yield Finding(
            code="reading.letter",
            severity="note",
            message=f"the voice has no symbol for {_named(marks)}, which is left out",
            span=(marks[0][1], marks[0][1] + 1),
        )


def _named(unknown: Sequence[tuple[str, int]]) -> str:
    distinct = list(dict.fromkeys(letter for letter, _ in unknown))
    more = f" and {len(distinct) - NAMED} more" if len(distinct) > NAMED else ""
    return " ".join(map(_shown, distinct[:NAMED])) + more


def _shown(letter: str) -> str:
    """A letter as a person can see it; an accent alone by its name."""
    if unicodedata.combining(letter) or not letter.isprintable():
        return unicodedata.name(letter, f"U+{ord(letter):04X}")
    return f'"{letter}"'
