"""Phones and tones that a person gives, laid over the generated ones (specification JP-12).

The reference's slips are kept, for `compat`; readings that a person writes go through
`sbv2cli.languages.japanese.corrections`, which places them without failing.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from sbv2cli.languages.japanese.moras import (
    CONSONANTS,
    EDGE,
    KANA_OF,
    MORAS,
    PUNCTUATION_SET,
)

_MOST_PER_TOKEN = 6  # the reference's upper bound after an edit


class InvalidPhoneError(ValueError):
    """Given phones do not fit the text; the reference's name for it."""


class InvalidToneError(ValueError):
    """Given tones do not fit the text; the reference's name for it."""


def apply_given(
    generated: tuple[Sequence[str], Sequence[int], Sequence[int]],
    phones: Sequence[str] | None,
    tones: Sequence[int] | None,
    *,
    jp_extra: bool = True,
) -> tuple[list[str], list[int], list[int]]:
    """(phones, tones, phones per token) with what was given, as the reference does it.

    Raises:
        InvalidPhoneError: the phones fit neither tones nor text.
        InvalidToneError: the tones do not fit the text.
        AssertionError: an edit at the very end, which the reference counts wrongly.
    """
    made_phones, made_tones, per_token = list(generated[0]), list(generated[1]), list(generated[2])
    if tones is None:
        return made_phones, made_tones, per_token  # phones alone are ignored
    if phones is None:
        if len(tones) != len(made_phones):
            raise InvalidToneError(
                f"Length of given_tone ({len(tones)}) != length of phones ({len(made_phones)})"
            )
        return made_phones, list(tones), per_token
    if len(phones) != len(tones):
        raise InvalidPhoneError(
            f"Length of given_phone ({len(phones)}) != length of given_tone ({len(tones)})"
        )
    given = list(phones)
    if len(given) != sum(per_token):
        if not jp_extra:
            given = ["n" if phone == "N" else phone for phone in given]
        per_token = adjust_like_reference(made_phones, given, per_token)
        if len(given) != sum(per_token):
            raise InvalidPhoneError(
                f"Length of given_phone ({len(given)}) != sum of word2ph ({sum(per_token)})"
            )
    return given, list(tones), per_token


def adjust_like_reference(
    generated: Sequence[str], given: Sequence[str], per_token: Sequence[int]
) -> list[int]:
    """Phones per token for `given`, with the reference's bounds 1 to 6 and its slip at the end.

    Raises:
        AssertionError: the edits do not add up.
    """
    old, new, tokens = generated[1:-1], given[1:-1], per_token[1:-1]
    added = _edits(old, new)
    counts: list[int] = []
    place = 0
    for token in tokens:
        counts.append(token + sum(added.get(place + step, 0) for step in range(token)))
        place += token
    if sum(counts) != len(new):
        raise AssertionError(f"{len(new)} != {sum(counts)}")
    _borrow_below_one(counts)
    _push_above_most(counts)
    return [1, *counts, 1]


def _edits(old: Sequence[str], new: Sequence[str]) -> dict[int, int]:
    """Where in `old` an edit starts, and by how many phones it grows the text there."""
    edits: dict[int, int] = {}
    i = j = 0
    for at_old, at_new in _common(old, new):
        removed, added = at_old - i, at_new - j
        if removed or added:
            edits[i] = added - removed
        i, j = at_old + 1, at_new + 1
    # The slip: the last phone of both tails is left out.
    removed, added = max(0, len(old) - i - 1), max(0, len(new) - j - 1)
    if removed or added:
        edits[i] = added - removed
    return edits


def _common(old: Sequence[str], new: Sequence[str]) -> list[tuple[int, int]]:
    """Longest common subsequence as pairs of indexes; on a tie `old` is stepped back first."""
    table = [[0] * (len(new) + 1) for _ in range(len(old) + 1)]
    for i, phone in enumerate(old):
        for j, other in enumerate(new):
            table[i + 1][j + 1] = (
                table[i][j] + 1 if phone == other else max(table[i][j + 1], table[i + 1][j])
            )
    pairs: list[tuple[int, int]] = []
    i, j = len(old), len(new)
    while i and j:
        if old[i - 1] == new[j - 1]:
            i, j = i - 1, j - 1
            pairs.append((i, j))
        elif table[i - 1][j] >= table[i][j - 1]:
            i -= 1
        else:
            j -= 1
    return pairs[::-1]


def _borrow_below_one(counts: list[int]) -> None:
    for index, count in enumerate(counts):
        if count >= 1:
            continue
        owed, counts[index] = 1 - count, 1
        for other in range(index + 1, len(counts)):
            take = min(owed, max(0, counts[other] - 1))
            counts[other] -= take
            owed -= take


def _push_above_most(counts: list[int]) -> None:
    for index, count in enumerate(counts):
        if count <= _MOST_PER_TOKEN:
            continue
        surplus, counts[index] = count - _MOST_PER_TOKEN, _MOST_PER_TOKEN
        for other in range(index + 1, len(counts)):
            put = min(surplus, max(0, _MOST_PER_TOKEN - counts[other]))
            counts[other] += put
            surplus -= put


def editor_kana(phones: Sequence[str], tones: Sequence[int]) -> list[tuple[str, int]]:
    """The editor's list of (kana, tone), long vowels as vowels.

    Raises:
        AssertionError: the phones make no moras, or a mora has two tones.
    """
    listed: list[tuple[str, int]] = []
    held = ""
    pairs = list(zip(phones, tones, strict=True))[1:]
    for (phone, tone), (_, following) in pairwise(pairs):
        if phone in PUNCTUATION_SET:
            _expect(not held, f"consonant {held} before {phone}")
            listed.append((phone, tone))
        elif phone in CONSONANTS:
            _expect(not held, f"consonant {held} before {phone}")
            _expect(tone == following, f"two tones in one mora: {tone} {following}")
            held = phone
        else:
            listed.append((KANA_OF[(held, phone) if held else (phone,)], tone))
            held = ""
    return listed


def phones_of_editor_kana(listed: Sequence[tuple[str, int]]) -> tuple[list[str], list[int]]:
    """The way back from `editor_kana`, edge marks included."""
    phones, tones = [EDGE], [0]
    for kana, tone in listed:
        said = (kana,) if kana in PUNCTUATION_SET else MORAS[kana]
        phones += said
        tones += [tone] * len(said)
    return [*phones, EDGE], [*tones, 0]


def _expect(condition: bool, message: str) -> None:  # noqa: FBT001
    if not condition:
        raise AssertionError(message)
