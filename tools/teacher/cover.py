"""Which phones of our reading each phone of a full-context label stands for, and for how long.

Pure. The labels are what the teacher says; the reading is what the student will be asked for. They
name the same sounds differently: devoiced vowels are capitals in labels, ッ is "cl", a pause is one
"pau" for a run of marks, and the silence at an edge holds the edge mark and the marks beside it.
Where they do not name the same sounds, the sentence is of no use.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from sbv2cli.languages.japanese.moras import (
    EDGE,
    GEMINATE,
    PUNCTUATION_SET,
    SYLLABIC_NASAL,
    VOWELS,
    mora_tones,
)

FRAME_S = 300 / 24000  # of the voice: hop 300 at 24 kHz
LEAD, TAIL = 8, 16  # frames of silence that are kept before and after the speech

SILENCE, PAUSE, LABEL_GEMINATE = "sil", "pau", "cl"
DEVOICED = frozenset("AIUEO")  # as labels write them
QUESTION = "?"

Cover = list[tuple[int, int]]
"""For each label the half-open range of the phones that it stands for; together they tile all."""


class UnmappedError(Exception):
    """Why a sentence cannot be used: "phone", "pause", "pause-short" or "accent"."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message


# Moras that the labels have a phone of their own for, which no voice knows: クァ, グァ, フュ, デェ.
# They are said as the reading says them.
_UNFOLDED = {"kw": ("k", "u"), "gw": ("g", "u"), "fy": ("f", "u", "y")}
_UNFOLDED_BEFORE_E = {"dy": ("d", "e")}

_PHONE = re.compile(r"-([^+]*)\+")
_PLACE = re.compile(r"/A:[^+]*\+([0-9x]+)\+")
_PHRASE = re.compile(r"/F:([0-9x]+)_([0-9x]+)#")


def unfolded(lines: Sequence[str]) -> list[str]:
    """The labels with クァ, グァ, フュ and デェ as two kana in one mora, as our readings have them.

    Only the five phones at the head of a label change: phrase, accent and word stay.
    """
    phones: list[str] = []
    rests: list[str] = []
    for line, following in zip(lines, [*lines[1:], ""], strict=True):
        phone = _phone(line)
        table = _UNFOLDED | (_UNFOLDED_BEFORE_E if "-e+" in following else {})
        some = table.get(phone, (phone,))
        phones += some
        rests += [line] * len(some)
    return _with_phones(rests, phones)


def _with_phones(lines: Sequence[str], phones: Sequence[str]) -> list[str]:
    """The labels with these phones and their neighbours at the head of each."""
    around = ["xx", "xx", *phones, "xx", "xx"]
    return [
        f"{a}^{b}-{c}+{d}={e}{line[line.index('/A:') :]}"
        for a, b, c, d, e, line in zip(
            around, around[1:], phones, around[3:], around[4:], lines, strict=False
        )
    ]


def _phone(line: str) -> str:
    match = _PHONE.search(line)
    assert match, line
    return match[1]


def label_phone(line: str) -> str:
    """The phone of a label, under our name for it where there is one."""
    phone = _phone(line)
    if phone == LABEL_GEMINATE:
        return GEMINATE
    return phone.lower() if phone.lower() in VOWELS else phone


def label_tone(line: str) -> int:
    """High (1) or low (0), as the accent phrase of a label says; silences are low."""
    place, phrase = label_place(line), _PHRASE.search(line)
    if place is None or phrase is None or "x" in phrase[1]:
        return 0
    moras, accent = int(phrase[1]), int(phrase[2])
    return mora_tones(moras, accent)[place - 1]


def label_place(line: str) -> int | None:
    """Which mora of its accent phrase a label is in, from 1 on; silences are in none."""
    place = _PLACE.search(line)
    return None if place is None or "x" in place[1] else int(place[1])


def cover(phones: Sequence[str], label_phones: Sequence[str]) -> Cover:
    """The phones that each label stands for.

    Raises:
        UnmappedError: label and reading say different things.
    """
    found: Cover = []
    at = 0
    for index, said in enumerate(label_phones):
        end = at + 1
        if said in (SILENCE, PAUSE):
            end = _run_end(phones, at)
            if end == at:
                raise UnmappedError("pause", f"the teacher pauses before phone {at}, we do not")
        elif at >= len(phones) or phones[at] != said:
            ours = phones[at] if at < len(phones) else "nothing"
            code = "pause" if ours in PUNCTUATION_SET else "phone"
            raise UnmappedError(code, f"label {index} is {said}, the reading has {ours}")
        found.append((at, end))
        at = end
    if at != len(phones):
        raise UnmappedError("phone", f"the reading has {len(phones) - at} phones more")
    return found


def _run_end(phones: Sequence[str], at: int) -> int:
    while at < len(phones) and (phones[at] in PUNCTUATION_SET or phones[at] == EDGE):
        at += 1
    return at


def check_tones(tones: Sequence[int], lines: Sequence[str], covered: Cover) -> None:
    """The teacher's accents must be those of the reading, or tones would teach nothing.

    Marks have no pitch of their own, so only voiced labels count.
    """
    for line, (start, end) in zip(lines, covered, strict=True):
        if label_phone(line) in (SILENCE, PAUSE):
            continue
        wanted = label_tone(line)
        if any(tone != wanted for tone in tones[start:end]):
            raise UnmappedError("accent", f"phone {start} is {wanted} for the teacher")


_WITHOUT_CONSONANT = frozenset((*VOWELS, SYLLABIC_NASAL, GEMINATE, SILENCE, PAUSE))


def rising(
    phones: Sequence[str], lines: Sequence[str], covered: Sequence[tuple[int, int]]
) -> list[int]:
    """The labels of the mora before each question mark; ッ before the mark is passed over."""
    said = [label_phone(line) for line in lines]
    found: list[int] = []
    for index, (start, end) in enumerate(covered):
        if said[index] not in (SILENCE, PAUSE) or QUESTION not in phones[start:end]:
            continue
        last = index - 1
        while last > 0 and said[last] == GEMINATE:
            last -= 1
        if last <= 0 or said[last] not in (*VOWELS, SYLLABIC_NASAL):
            continue
        alone = said[last] == SYLLABIC_NASAL or said[last - 1] in _WITHOUT_CONSONANT
        found += [last] if alone else [last - 1, last]
    return found


def voiced(lines: Sequence[str], places: Sequence[int]) -> list[str]:
    """The labels with the vowels at these places voiced: what has no pitch cannot rise."""
    phones = [_phone(line) for line in lines]
    for place in places:
        if phones[place] in DEVOICED:
            phones[place] = phones[place].lower()
    return _with_phones(lines, phones)


def speech_start(times: Sequence[tuple[float, float]]) -> float:
    """Where the clip begins in the teacher's sound, in seconds; may lie before it."""
    return times[0][1] - LEAD * FRAME_S


def frames(
    times: Sequence[tuple[float, float]], covered: Sequence[tuple[int, int]]
) -> tuple[int, ...]:
    """Frames of each phone of the reading, from each label's begin and end in seconds.

    Ends are rounded, not lengths, so that errors do not add up. The silences at the edges are cut
    to `LEAD` and `TAIL`.
    """
    return shared(lengths(times), covered)


def lengths(times: Sequence[tuple[float, float]], frames_each: int = 1) -> list[int]:
    """How long each label is, in units of so many frames."""
    unit_s, start = FRAME_S * frames_each, speech_start(times)
    ends = [LEAD // frames_each, *(round((end - start) / unit_s) for _, end in times[1:-1])]
    ends.append(ends[-1] + TAIL // frames_each)
    return [end - begin for begin, end in zip([0, *ends], ends, strict=False)]


def shared(lengths: Sequence[int], covered: Sequence[tuple[int, int]]) -> tuple[int, ...]:
    """Frames of each phone of the reading, from those of each label."""
    found: list[int] = []
    for length, (first, last) in zip(lengths, covered, strict=True):
        parts = split(length, last - first)
        if min(parts) < 1:
            raise UnmappedError(
                "pause-short", f"{length} frames for {last - first} phones at {first}"
            )
        found += parts
    return tuple(found)


def split(count: int, parts: int) -> list[int]:
    """`count` frames for some phones that share a pause, the first ones getting one more."""
    whole, more = divmod(count, parts)
    return [whole + (index < more) for index in range(parts)]
