"""English as a reader of today would say it, from any text, without ever giving up.

The BERT's tokens only say how phones are laid over them; what is said is found for whole
words, so that another tokeniser never changes a pronunciation.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate

from sbv2cli.errors import ReadingError
from sbv2cli.languages import assembly
from sbv2cli.languages.english import writing
from sbv2cli.languages.english.compat import Sound, sound
from sbv2cli.languages.english.pronounce import is_guess, pronounce
from sbv2cli.languages.english.spelling import PHONES
from sbv2cli.languages.english.tokens import PUNCTUATION, Chunk, between_blanks, lay_over
from sbv2cli.languages.traced import Traced
from sbv2cli.records import Doubt, Finding, Reading, Word

Tokenise = Callable[[str], Sequence[str]]

_PART = re.compile(r"(?<![A-Za-z])(?:[A-Za-z]\.){2,}|[^\W\d_]+(?:['’][^\W\d_]+)*|\d|.", re.DOTALL)
_PAUSES = {";": ",", ":": ","}
_EDGE_MARKS = PUNCTUATION | _PAUSES.keys()
_LONGEST_SHOWN = 20


def read(text: str, tokenise: Tokenise) -> Reading:
    """Read a text; never raises for it."""
    traced = writing.spell_out(text)
    words, findings = words_of(text, traced, say(tokenise(traced.text)))
    return assembly.reading("en", text, traced.text, words, findings)


@dataclass(frozen=True, slots=True)
class PronouncedWord:
    """A word as tokens, its phones, and how many of them belong to each token."""

    tokens: Sequence[str]
    sounds: Sequence[Sound]
    per_token: Sequence[int]


def words_of(
    text: str, traced: Traced, said: Iterable[PronouncedWord]
) -> tuple[tuple[Word, ...], list[Finding]]:
    """The words with their places in the author's text, and what nothing is said for."""
    said = list(said)
    places = lay_over(traced.text, [token for word in said for token in word.tokens])
    words: list[Word] = []
    findings: list[Finding] = []
    position = 0
    for word in said:
        covered = places[position : position + len(word.tokens)]
        position += len(word.tokens)
        begin, end = covered[0][0], max(end for _, end in covered)
        span = traced.span(begin, end)
        words.append(assembly.word(text, span, traced.text[begin:end], word.sounds, word.per_token))
        if not word.sounds:
            findings += _unsaid(text, span)
    return assembly.join_overlapping(text, words, " "), findings


GUESSED = 0.2
"""How often the network is taken to be wrong; set by hand, as no corpus is at hand."""


def doubts(words: Iterable[Word]) -> tuple[Doubt, ...]:
    """The words that no dictionary has."""
    return tuple(
        Doubt(
            span=word.span,
            surface=word.surface,
            kana=None,
            reasons=("unknown-word",),
            weight=GUESSED,
        )
        for word in words
        if any(map(is_guess, _WRITTEN_WORD.findall(word.spoken)))
    )


_WRITTEN_WORD = re.compile(r"[^\W\d_]+(?:['’.][^\W\d_]+)*")


def say(tokens: Sequence[str]) -> Iterator[PronouncedWord]:
    """The words between the blanks, marks at their edges apart."""
    for chunk in between_blanks(tokens):
        parts = list(_parts("".join(chunk)))
        marks = [begin for begin, _, part in parts if part in _EDGE_MARKS]
        starts = list(accumulate((len(token) for token in chunk), initial=0))
        first, last = 0, len(chunk)
        while first < last and chunk[first] in _EDGE_MARKS and _among(marks, starts[first]):
            first += 1
        while last > first and chunk[last - 1] in _EDGE_MARKS and _among(marks, starts[last - 1]):
            last -= 1
        sounds, owners = _laid_over(parts, chunk, starts)
        for begin, end in (
            *((i, i + 1) for i in range(first)),
            *([(first, last)] if first < last else []),
            *((i, i + 1) for i in range(last, len(chunk))),
        ):
            yield PronouncedWord(
                chunk[begin:end],
                sounds[bisect_left(owners, begin) : bisect_left(owners, end)],
                [
                    bisect_left(owners, token + 1) - bisect_left(owners, token)
                    for token in range(begin, end)
                ],
            )


def _among(places: Sequence[int], place: int) -> bool:
    found = bisect_left(places, place)
    return found < len(places) and places[found] == place


def _parts(chunk: str) -> Iterator[tuple[int, int, str]]:
    for match in _PART.finditer(chunk):
        yield *match.span(), match[0]


def _laid_over(
    parts: Iterable[tuple[int, int, str]], chunk: Chunk, starts: Sequence[int]
) -> tuple[list[Sound], list[int]]:
    """The phones of a chunk, and for each the number of the token that it belongs to."""
    sounds: list[Sound] = []
    owners: list[int] = []
    for begin, end, part in parts:
        said = _sounds(part, inside=begin > 0 and end < starts[-1], at_end=end == starts[-1])
        # Tokens that begin in this part; if there is none, the one that reaches into it.
        first, after = bisect_left(starts, begin), bisect_left(starts, end)
        first, after = (first, after) if first < after else (first - 1, first)
        after = min(after, len(chunk))
        for token, count in enumerate(assembly.spread(len(said), after - first), first):
            owners += [token] * count
        sounds += said
    return sounds, owners


def _sounds(part: str, *, inside: bool, at_end: bool) -> Sequence[Sound]:
    if part == "-" and inside:
        return ()  # a hyphen joins; only a dash between blanks is a pause
    if part in PUNCTUATION:
        return ((part, 0),)
    if part in _PAUSES:
        return ((_PAUSES[part], 0),) if at_end else ()
    return pronounce(part) if part[0].isalpha() else ()


def _unsaid(text: str, span: tuple[int, int]) -> list[Finding]:
    what = text[slice(*span)]
    if all(c.isspace() or unicodedata.category(c)[0] in "CMPZ" for c in what):
        return []
    shown = what if len(what) <= _LONGEST_SHOWN else what[:_LONGEST_SHOWN] + "…"
    sounds = any(c.isalnum() for c in what)
    return [
        Finding(
            code="reading.character-skipped",
            severity="warning" if sounds else "note",
            message=f'nothing is said for "{shown}"',
            span=span,
            hint="write it in Latin letters, as it sounds" if sounds else None,
        )
    ]


_PHONES = frozenset(PHONES[4:]) | {phone.rstrip("012") for phone in PHONES[4:]}


def read_given(text: str, given: str, tokenise: Tokenise) -> Reading:
    """The reading a person has given: ARPAbet phones, "HH AH0 L OW1 , W ER1 L D".

    Raises:
        ReadingError: it is not that.
    """
    sounds: list[Sound] = []
    for part in re.findall(r"[!?…,.'-]|[^\s!?…,.'-]+", given):
        if part not in PUNCTUATION and part.upper() not in _PHONES:
            raise ReadingError(
                "reading.arpabet",
                f'"{part}" is not an ARPAbet phone',
                hint='write the reading as "HH AH0 L OW1": vowels with their stress, 0 to 2',
            )
        sounds.append(sound(part.upper()))
    traced = writing.spell_out(text)
    tokens = tokenise(traced.text)
    if sounds and not tokens:
        raise ReadingError(
            "reading.arpabet",
            "a reading is given for an empty text",
            hint="write the words into the text, or leave the reading away",
        )
    per_token = assembly.spread(len(sounds), len(tokens))
    words = [assembly.word(text, (0, len(text)), traced.text, sounds, per_token)]
    return assembly.reading("en", text, traced.text, words if tokens else ())
