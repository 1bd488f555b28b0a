"""English in letters, marks and ARPAbet, as Glow-TTS and Grad-TTS were taught it.

The cleaner is the recipe of Keith Ito's "tacotron" (MIT licence), the look-up of words that of
Glow-TTS (MIT licence), both written anew from their description; see NOTICE. A word that is in the
dictionary as it stands is said in ARPAbet; any other, also one with a comma attached, is spelled in
letters. `{HH AW1 S}` in the text is ARPAbet.

The reference makes Latin letters of every script with a table under the GPL. Here accents are taken
off, common marks and ligatures are written out, and any other character is left out and told of.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from sbv2cli.languages import assembly
from sbv2cli.languages.english.compat import numbers_in_words, without_accents
from sbv2cli.languages.english.lexicon import lexicon
from sbv2cli.languages.traced import Traced
from sbv2cli.records import OWN_SYMBOL, Finding, Reading, Word

Pronounce = Callable[[str], str | None]
"""A word in small letters -> its ARPAbet, if the dictionary has it."""

MARKS = frozenset("-!'(),.:;? ")
SPACE = " "
# Of ASCII, what no symbol stands for and somebody may have meant to be said.
_UNSAID = frozenset("#$%&*+/<=>@[\\]^|~_")

_BRACES = re.compile(r"(.*?)\{(.+?)\}")
_SPACES = re.compile(r"\s+")
_WORD = re.compile(r"[^ ]* ?")
_ABBREVIATION = re.compile(
    r"\b(mrs|mr|dr|st|co|jr|maj|gen|drs|rev|lt|hon|sgt|capt|esq|ltd|col|ft)\."
)
_ABBREVIATIONS = {
    "mrs": "misess",
    "mr": "mister",
    "dr": "doctor",
    "st": "saint",
    "co": "company",
    "jr": "junior",
    "maj": "major",
    "gen": "general",
    "drs": "doctors",
    "rev": "reverend",
    "lt": "lieutenant",
    "hon": "honorable",
    "sgt": "sergeant",
    "capt": "captain",
    "esq": "esquire",
    "ltd": "limited",
    "col": "colonel",
    "ft": "fort",
}
_AS_ASCII = {
    **dict.fromkeys("‘’‚‛′´`", "'"),
    **dict.fromkeys("“”„‟″«»", '"'),
    **dict.fromkeys("‐‑‒–−", "-"),
    **dict.fromkeys("—―", "--"),
    **dict.fromkeys("\u00a0\u2002\u2003\u2009\u202f\u3000", " "),
    "…": "...",
    "¡": "!",
    "¿": "?",
    "Æ": "AE",
    "æ": "ae",
    "Œ": "OE",
    "œ": "oe",
    "Ø": "O",
    "ø": "o",
    "ß": "ss",
    "Ð": "D",
    "ð": "d",
    "Đ": "D",
    "đ": "d",
    "Þ": "Th",
    "þ": "th",
    "Ł": "L",
    "ł": "l",
    "ı": "i",
    # The pound rule of the recipe comes after this, and never sees one.
    "£": "PS",
    "€": "EUR",
}


def read_arpabet(text: str, given: str | None = None) -> Reading:
    """The text with the words of the dictionary in ARPAbet; a given reading is ARPAbet."""
    return read(text, given, lambda word: lexicon().current.get(word.upper()))


def read_letters(text: str, given: str | None = None) -> Reading:
    """The text in letters alone."""
    return read(text, given, lambda _: None)


def read(text: str, given: str | None, pronounce: Pronounce) -> Reading:
    """The text in the published symbols."""
    if given is not None:
        symbols = _arpabet(given)
        words = [_word(text, (0, len(text)), given, symbols)] if symbols else []
        return assembly.reading("en", text, text, words)
    traced, skipped = as_ascii(Traced.of(text if text.strip() else ""))
    words = [word for word in _words(text, traced, pronounce) if word.phones]
    if words and words[-1].phones[-1] == OWN_SYMBOL + SPACE:
        words[-1] = _word(text, words[-1].span, words[-1].spoken, _symbols_of(words[-1])[:-1])
        words = [word for word in words if word.phones]
    joined = assembly.join_overlapping(text, words, "")
    said = "".join(word.spoken for word in words).strip()
    return assembly.reading("en", text, said, joined, skipped)


def as_ascii(traced: Traced) -> tuple[Traced, list[Finding]]:
    """The text in ASCII, and what had to be left out."""
    findings: list[Finding] = []

    def written(position: int, character: str) -> str:
        plain = _AS_ASCII.get(character) or without_accents(character)
        if plain.isascii() and plain not in _UNSAID:
            return plain
        findings.append(
            Finding(
                code="reading.character-skipped",
                severity="warning" if character.isalnum() else "note",
                message=f'nothing is said for "{character}"',
                span=traced.span(position, position + 1),
                hint="write it in Latin letters, as it sounds" if character.isalnum() else None,
            )
        )
        return plain if plain.isascii() else ""

    kept = traced.keep(written(place, character) for place, character in enumerate(traced.text))
    return kept, findings


def clean(traced: Traced) -> Traced:
    """Small letters; numbers and abbreviations in words; single spaces."""
    small = traced.translate({capital: capital.lower() for capital in set(traced.text)})
    in_words = numbers_in_words(small)
    whole = in_words.replace(_ABBREVIATION, lambda match: _ABBREVIATIONS[match[1]])
    return whole.replace(_SPACES, SPACE)


def _words(text: str, traced: Traced, pronounce: Pronounce) -> Iterator[Word]:
    place = 0
    while (match := _BRACES.match(traced.text, place)) is not None:
        # What stands before braces is not looked up, as in the reference.
        yield from _spoken(text, clean(_part(traced, *match.span(1))), lambda _: None)
        inside = _part(traced, *match.span(2))
        span = traced.span(*match.span(2))
        yield _word(text, span, f"{{{inside.text}}}", _arpabet(inside.text))
        place = match.end()
    rest = clean(_part(traced, place, len(traced.text)))
    yield from _spoken(text, rest, pronounce, closed=True)


def _spoken(
    text: str, traced: Traced, pronounce: Pronounce, *, closed: bool = False
) -> Iterator[Word]:
    """Words with the space behind them; where a text is looked up, the last word has one, too."""
    for match in _WORD.finditer(traced.text):
        start, end = match.span()
        word = match[0].removesuffix(SPACE)
        if not match[0] and not (closed and traced.text.endswith(SPACE)):
            continue
        said = pronounce(word)
        symbols = _arpabet(said) if said else [letter for letter in word if _is_letter(letter)]
        if closed or match[0].endswith(SPACE):
            symbols = [*symbols, SPACE]
        yield _word(text, traced.span(start, end), match[0], symbols)


def _is_letter(character: str) -> bool:
    return character in MARKS or (character.isascii() and character.isalpha())


def _arpabet(said: str) -> list[str]:
    """Symbols of phones between spaces."""
    return [f"@{phone}" for phone in said.split()]


def _part(traced: Traced, start: int, end: int) -> Traced:
    return Traced(traced.text[start:end], traced.starts[start:end], traced.ends[start:end])


def _symbols_of(word: Word) -> list[str]:
    return [phone.removeprefix(OWN_SYMBOL) for phone in word.phones]


def _word(text: str, span: tuple[int, int], spoken: str, symbols: list[str]) -> Word:
    sounds = [(OWN_SYMBOL + symbol, 0) for symbol in symbols]
    return assembly.word(text, span, spoken, sounds, (len(sounds),))
