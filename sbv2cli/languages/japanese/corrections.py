"""Readings that a person writes: kana with accent marks, as in AquesTalk and VOICEVOX.

    トーキョ'ーニ/イキマ'シタ、オモシロ'カッタ？

Katakana or hiragana as it is said (は the particle is ワ). `'` stands after the mora where the
pitch falls, none is flat; `/` begins a new accent phrase, and so does any punctuation, which is a
pause. `_` before a mora (devoiced) and spaces are accepted and change nothing. A phrase of one mora
is low, with `'` it is high.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from functools import lru_cache
from typing import NamedTuple

from sbv2cli.errors import ReadingError
from sbv2cli.languages.assembly import spread
from sbv2cli.languages.japanese.moras import (
    CONSONANTS,
    LONG_MARK,
    PUNCTUATION_SET,
    Mora,
    kana_of_phones,
    katakana,
    mora_tones,
    split_moras,
)
from sbv2cli.languages.japanese.phrase_borders import AT_WORD, IN_WORD, MoraCost, Step, cut
from sbv2cli.records import Reading, Word

_ACCENT = "'"
_ACCENTS = "'’＇"
_PHRASE = "/"
_DEVOICED = "_"
# The quote pause of the phones is written ” here, since ' is the accent.
_WRITTEN_MARK = {",": "、", ".": "。", "?": "？", "!": "！", "'": "”", "-": "-", "…": "…"}
_MARKS = (
    {written: mark for mark, written in _WRITTEN_MARK.items()}
    | dict.fromkeys("，,", ",")
    | dict.fromkeys("．.", ".")
    | {"?": "?", "!": "!"}
    | dict.fromkeys('“"「」『』', "'")
    | dict.fromkeys("—–−", "-")
)
_SOUND = re.compile("[ァ-ヶー]+")
_MARK = re.compile(r"([!?…,.'\-])")
_SMALL = frozenset("ァィゥェォャュョヮ")
_MOST_COMPARED = 1_000_000  # pairs of units; beyond it an alignment takes seconds


class Unit(NamedTuple):
    """A mora or a punctuation mark: as it is written, its phones, and their tone.

    A tuple, as dozens are made for each line.
    """

    written: str
    phones: tuple[str, ...]
    tone: int | None  # None where there is no phone to hear it


def without_marks(notation: str) -> str:
    """The kana of a notation as a text: without accents and borders of phrases."""
    return notation.translate(dict.fromkeys(map(ord, f"{_ACCENTS}{_PHRASE}{_DEVOICED}")))


# ---- from notation -----------------------------------------------------------------------------


def units_of_notation(notation: str) -> list[Unit]:
    """Moras and pauses with their tones.

    Raises:
        ReadingError: the notation is wrong; the message names the place and what belongs there.
    """
    notation = notation.translate({ord(mark): _ACCENT for mark in _ACCENTS})
    # "…" is one phone; the folding of widths would make three full stops of it.
    text = "…".join(katakana(part) for part in notation.split("…"))
    units: list[Unit] = []
    phrase = _Phrase([], None)
    for place, kind, piece in _pieces(text):
        if kind == "sound":
            phrase.moras += _moras(text, place, piece, [*units, *phrase.units()])
        elif kind == "accent":
            if not phrase.moras:
                raise _wrong(text, place, "an accent mark ' stands after a mora")
            if phrase.accent is not None:
                raise _wrong(
                    text, place, "a phrase has one accent mark '; / begins the next phrase"
                )
            phrase.accent = len(phrase.moras)
        else:
            if kind == "phrase" and not phrase.moras:
                raise _wrong(text, place, "a phrase mark / stands between moras")
            units += phrase.units()
            phrase = _Phrase([], None)
            if kind == "mark":
                units.append(Unit(piece, (_MARKS[piece],), 0))
    return units + phrase.units()


@dataclass(slots=True)
class _Phrase:
    moras: list[tuple[str, tuple[str, ...]]]
    accent: int | None

    def units(self) -> list[Unit]:
        lone_high = len(self.moras) == 1 and self.accent == 1
        tones = (1,) if lone_high else mora_tones(len(self.moras), self.accent or 0)
        return [
            Unit(written, phones, tone if phones else None)
            for (written, phones), tone in zip(self.moras, tones, strict=True)
        ]


def _pieces(text: str) -> Iterator[tuple[int, str, str]]:
    place = 0
    while place < len(text):
        letter = text[place]
        if match := _SOUND.match(text, place):
            yield place, "sound", match[0]
            place = match.end()
            continue
        if letter == _ACCENT:
            yield place, "accent", letter
        elif letter == _PHRASE:
            yield place, "phrase", letter
        elif letter in _MARKS:
            yield place, "mark", letter
        elif letter == _DEVOICED:
            if not _SOUND.match(text, place + 1):
                raise _wrong(text, place, "a mora follows _")
        elif not letter.isspace():
            raise _wrong(text, place, "kana, ' / 、 。 ？ ！ or _ is expected")
        place += 1


def _moras(text: str, place: int, piece: str, before: Sequence[Unit]) -> tuple[Mora, ...]:
    last = next((unit.phones for unit in reversed(before) if unit.phones), ())
    if piece.startswith(LONG_MARK) and (not last or last[-1] in PUNCTUATION_SET):
        raise _wrong(text, place, "ー lengthens a mora before it")
    moras = split_moras(piece, last)
    if moras is None:  # every letter of the block that _SOUND takes is in the table
        raise _wrong(text, place, "kana is expected")
    return moras


def _wrong(text: str, place: int, expected: str) -> ReadingError:
    found = f'"{text[place]}"'
    return ReadingError(
        "reading.notation",
        f"character {place + 1} of the reading is {found}: {expected}",
        at=f'"{text[max(0, place - 12) : place]}" > {found}',
        hint="write it like トーキョ'ーニ/イキマ'シタ。",
    )


# ---- to notation -------------------------------------------------------------------------------


def notation_of(reading: Reading) -> str | None:
    """The reading in kana notation; read again it gives the same phones and tones.

    None when the phones are no Japanese moras, so that kana cannot say them.
    """
    written: list[str] = []
    breath: list[_Run] = []
    for runs in _runs_of_words(reading.words):
        if runs is None:
            return None
        for run in runs:
            if run.mark:
                written += (_write_breath(breath), run.mark)
                breath = []
            elif breath or run.moras[0][1] is not None:
                breath.append(run)
            elif sound := run.from_sound():
                breath.append(sound)
    written.append(_write_breath(breath))
    return "".join(written)


class _Run(NamedTuple):
    """Moras of one word that stand together; or a pause."""

    mark: str  # of a pause, as it is written
    written: tuple[str, ...] = ()
    moras: tuple[MoraCost, ...] = ()
    kana: str = ""  # what is written, in one piece

    @classmethod
    def of(cls, written: Sequence[str], moras: Sequence[MoraCost]) -> _Run:
        """Such moras."""
        return cls("", tuple(written), tuple(moras), "".join(written))

    def from_sound(self) -> _Run | None:
        """Without what is not heard at the beginning, ー that lengthens nothing."""
        heard = [place for place, (_, tone) in enumerate(self.moras) if tone is not None]
        if not heard:
            return None
        return _Run.of(self.written[heard[0] :], self.moras[heard[0] :])


def _runs_of_words(words: Iterable[Word]) -> Iterator[Sequence[_Run] | None]:
    last: Word | None = None  # with phones
    for word in words:
        if word.phones:
            kana = word.kana
            lengthened: tuple[str, ...] = ()
            if last is not None and kana and kana.startswith(LONG_MARK):
                lengthened = last.phones[-1:]
            yield _runs_of(kana, word.phones, word.tones, lengthened)
            last = word


# The same words come again and again, with few pitches each.
@lru_cache(maxsize=16_384)
def _runs_of(
    kana: str | None, phones: tuple[str, ...], tones: tuple[int, ...], last: tuple[str, ...]
) -> Sequence[_Run] | None:
    pieces = _pieces_of(kana, phones, last)
    if pieces is None:
        return None
    runs: list[_Run] = []
    written: list[str] = []
    moras: list[MoraCost] = []
    place = 0
    for one, said in pieces:
        place += len(said)
        if said and said[0] in PUNCTUATION_SET:
            if moras:
                runs.append(_Run.of(written, moras))
            runs.append(_Run(_WRITTEN_MARK[said[0]]))
            written, moras = [], []
        else:
            inside = runs or moras or one == LONG_MARK
            written.append(one)
            # A ー that lengthens nothing is not heard, and has no tone.
            moras.append((IN_WORD if inside else AT_WORD, tones[place - 1] if said else None))
    if moras:
        runs.append(_Run.of(written, moras))
    return runs


def units_of_words(words: Iterable[Word]) -> list[Unit] | None:
    """Moras and pauses of words, written as the words are where that says the same."""
    units: list[Unit] = []
    for word in words:
        if not word.phones:
            continue
        kana = word.kana
        last: tuple[str, ...] = ()
        if kana and kana.startswith(LONG_MARK):
            last = next((unit.phones for unit in reversed(units) if unit.phones), ())
        pieces = _pieces_of(kana, word.phones, last)
        if pieces is None:
            return None
        place = 0
        for written, said in pieces:
            place += len(said)
            units.append(Unit(written, said, word.tones[place - 1] if said else None))
    return units


Piece = tuple[str, tuple[str, ...]]


def _pieces_of(
    kana: str | None, phones: tuple[str, ...], last: tuple[str, ...]
) -> Sequence[Piece] | None:
    return _written_as(kana, phones, last) or _plain(phones)


def _written_as(
    kana: str | None, phones: tuple[str, ...], last: tuple[str, ...]
) -> Sequence[Piece] | None:
    """`kana` in pieces, if it says `phones`."""
    if kana and kana.isalpha():  # as most words; ー is a letter
        whole = split_moras(kana, last) or ()
        return whole if _said_by(whole) == phones else None
    pieces: list[Piece] = []
    for part in _MARK.split(kana or ""):
        if part in PUNCTUATION_SET:
            pieces.append((part, (part,)))
        elif part:
            moras = split_moras(part, last)
            if moras is None:
                return None
            pieces += moras
        last = next((said for _, said in reversed(pieces) if said), last)
    return pieces if _said_by(pieces) == phones else None


def _said_by(pieces: Iterable[Piece]) -> tuple[str, ...]:
    return tuple([phone for _, said in pieces for phone in said])


def _plain(phones: Sequence[str]) -> list[Piece] | None:
    pieces: list[Piece] = []
    held: tuple[str, ...] = ()
    for phone in phones:
        if phone in CONSONANTS and not held:
            held = (phone,)
            continue
        mora = (*held, phone)
        kana = phone if mora == (phone,) and phone in PUNCTUATION_SET else kana_of_phones(mora)
        if kana is None:
            return None
        pieces.append((kana, mora))
        held = ()
    return None if held else pieces


def _write_breath(runs: Sequence[_Run]) -> str:
    """The moras between two pauses, cut into the fewest accent phrases that have their tones."""
    if not runs:
        return ""
    steps = cut(run.moras for run in runs)
    letters: list[str] = []
    before = runs[0]
    for run, mine, following in zip(runs, steps, [*steps[1:], (_AFTER,)], strict=True):
        if mine[0].begins:
            if letters:
                letters.append(_PHRASE)
        elif run.written[0] in _SMALL:
            last = _ACCENT if letters[-1].endswith(_ACCENT) else before.written[-1]
            if _would_merge(last, run.written[0]):
                letters.append(" ")
        letters.append(_spell(run, mine, following[0]))
        before = run
    return "".join(letters)


_AFTER = Step(begins=True, tone=0)  # behind the last mora nothing goes on


def _spell(run: _Run, steps: Sequence[Step], following: Step) -> str:
    """Moras of a word with marks where phrases begin, but for the first, and where they fall."""
    marks = _marks(steps, following)
    if not marks:
        return run.kana
    letters = list(run.written)
    for place, mark in reversed(marks):
        letters.insert(place, mark)
    return "".join(letters)


# Words have few shapes.
@lru_cache(maxsize=4096)
def _marks(steps: Sequence[Step], following: Step) -> Sequence[tuple[int, str]]:
    """Marks, each with the place of the mora that it stands before."""
    marks: list[tuple[int, str]] = []
    for place, ((begins, tone), (ends, next_tone)) in enumerate(
        zip(steps, [*steps[1:], following], strict=True)
    ):
        if begins and place:
            marks.append((place, _PHRASE))
        if tone == 1 and (begins if ends else next_tone == 0):
            marks.append((place + 1, _ACCENT))
    return marks


def _would_merge(before: str, written: str) -> bool:
    """Whether チ and ャ of two words would be read as チャ; a space keeps them apart."""
    moras = split_moras(before + written)
    return before != _ACCENT and (moras is None or moras[0][0] != before)


# ---- into a reading ----------------------------------------------------------------------------


def apply_notation(reading: Reading, notation: str) -> Reading:
    """`reading` with what a person says it sounds like, laid over its words.

    Words keep their characters; moras that stay the same stay with their word.

    Raises:
        ReadingError: the notation is wrong.
    """
    units = units_of_notation(notation)
    holders = [index for index, word in enumerate(reading.words) if word.spoken]
    if not holders:
        return with_words(reading, [_word_of_kana(reading.text, units)] if units else reading.words)
    owners = _owners(reading.words, holders, units)
    words = list(reading.words)
    for index in holders:
        mine = [unit for unit, owner in zip(units, owners, strict=True) if owner == index]
        words[index] = _with_units(words[index], mine)
    return with_words(reading, words)


def correct_word(word: Word, notation: str) -> Word:
    """One word with another reading, an accent phrase of its own; its neighbours keep theirs.

    Raises:
        ReadingError: the notation is wrong.
    """
    units = units_of_notation(notation)
    return _with_units(word, units) if word.spoken else _word_of_kana(word.surface, units, word)


def _owners(words: Sequence[Word], holders: Sequence[int], units: Sequence[Unit]) -> list[int]:
    """For each unit the index of the word that it belongs to, never decreasing."""
    old: list[tuple[str, ...]] = []
    owner: list[int] = []
    for index in holders:
        mine = units_of_words(words[index : index + 1]) or []
        old += [unit.phones for unit in mine]
        owner += [index] * len(mine)
    new = [unit.phones for unit in units]
    if not owner:
        owner = [*holders]
        old = [()] * len(owner)
    if len(old) * len(new) > _MOST_COMPARED:
        return [owner[at * len(owner) // len(new)] for at in range(len(new))]
    owners: list[int] = []
    for kind, i1, i2, j1, j2 in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        around = owner[i1:i2] or [owner[min(max(i1 - 1, 0), len(owner) - 1)]]
        owners += [
            around[step if kind == "equal" else step * len(around) // (j2 - j1)]
            for step in range(j2 - j1)
        ]
    return owners


def _with_units(word: Word, units: Sequence[Unit]) -> Word:
    phones = tuple(phone for unit in units for phone in unit.phones)
    tones = tuple(unit.tone or 0 for unit in units for _ in unit.phones)
    if phones == word.phones:
        return replace(word, tones=tones)
    return replace(
        word,
        kana=_kana_of(units, phones),
        phones=phones,
        tones=tones,
        phones_per_token=spread(len(phones), len(word.phones_per_token)),
    )


def _kana_of(units: Sequence[Unit], phones: tuple[str, ...]) -> str | None:
    kana = "".join(unit.written if _is_sound(unit) else unit.phones[0] for unit in units)
    if not any(map(_is_sound, units)):
        return None
    return kana if _written_as(kana, phones, ()) else kana_of_phones(phones)


def _is_sound(unit: Unit) -> bool:
    return not unit.phones or unit.phones[0] not in PUNCTUATION_SET


def _word_of_kana(surface: str, units: Sequence[Unit], word: Word | None = None) -> Word:
    """A word for a text that has no character the BERT could see: its kana stands in."""
    spoken = "".join(unit.written if _is_sound(unit) else unit.phones[0] for unit in units)
    empty = word or Word(
        surface=surface,
        span=(0, len(surface)),
        spoken="",
        kana=None,
        phones=(),
        tones=(),
        phones_per_token=(),
    )
    return _with_units(replace(empty, spoken=spoken, phones_per_token=(0,) * len(spoken)), units)


def with_words(reading: Reading, words: Sequence[Word]) -> Reading:
    """`reading` made anew of `words`."""
    edge_phone, edge_tone = reading.phones[0], reading.tones[0]
    model_text = "".join(word.spoken for word in words)
    return replace(
        reading,
        normalised=reading.normalised if model_text == reading.model_text else model_text,
        model_text=model_text,
        phones=(edge_phone, *(phone for word in words for phone in word.phones), edge_phone),
        tones=(edge_tone, *(tone for word in words for tone in word.tones), edge_tone),
        phones_per_token=(1, *(count for word in words for count in word.phones_per_token), 1),
        words=tuple(words),
    )
