r"""What stands around a word: the regular expressions of our tables, matched without compiling.

`re` compiles one of them in half a millisecond, and half of those that a book asks for are asked
for once: that was a quarter of the time of a first reading. Here a pattern is only taken apart as
far as a text leads into it. Nothing is captured, so all that counts is which places of the text
are reached from a place; before a word, patterns are followed from their end.

In a pattern may stand: letters, `.`, `^`, `$`, classes, `(?:)`, `(?=)`, `(?!)`, `(?<=)`, `(?<!)`,
behind each of them `?`, `*`, `+` and `{m,n}`, and `\` before a sign that stands for itself; a test
sees to it that nothing else does.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import cache
from typing import NamedTuple

_CLASS = r"\[(?:\\.|[^\]\\])+\]"
_GROUP = rf"\((?:\\.|[^()\[\]\\]|{_CLASS})*\)"
for _ in range(6):  # groups within groups; the tables have five levels
    _GROUP = rf"\((?:\\.|[^()\[\]\\]|{_CLASS}|{_GROUP})*\)"
_TIMES = {"?": (0, 1), "*": (0, None), "+": (1, None)}
_OFTEN = r"[?*+]|\{[0-9]+(?:,[0-9]*)?\}"
_LETTER = r"[^()\[\]\\|?*+{}^$.]"
_ALTERNATIVE = re.compile(rf"((?:\\.|[^()\[\]\\|]|{_CLASS}|{_GROUP})*)\|")
# Several letters, of which the last is not one that may stand more or less often than once; or one
# part, and how often.
_PART = re.compile(
    rf"({_LETTER}+)(?![?*+{{])|(\\.|{_CLASS}|{_GROUP}|[^()\[\]\\|?*+{{}}])({_OFTEN})?"
)
_PLAIN = re.compile(rf"{_LETTER}*")
_FIRST = re.compile(rf"{_LETTER}(?![?*{{])")
_LAST = re.compile(rf"{_LETTER}\Z")
_OF_CLASS = re.compile(r"\\?(.)(?:-(.))?")

# Which way a pattern is followed.
_ON, _BACK = 1, -1
# From places of a text to those that one part of a pattern leads to.
Step = Callable[[str, Iterable[int]], set[int]]


class _Alternatives(NamedTuple):
    plain: tuple[str, ...]  # letters only
    begun: dict[str, tuple[str, ...]]  # by the letter that they must begin with (or end)
    other: tuple[str, ...]


def stand_behind(pattern: str, text: str, place: int) -> bool:
    """Whether `pattern` matches what follows in `text` from `place` on."""
    plain, begun, other = _taken_apart(pattern, _ON)
    if text.startswith(plain, place):
        return True
    some = begun.get(text[place : place + 1], ()) + other
    return any(_walk(one, text, (place,), _ON) for one in some)


def stand_before(pattern: str, text: str, place: int) -> bool:
    """Whether `pattern` matches what ends in `text` at `place`; it sees nothing from there on."""
    plain, begun, other = _taken_apart(pattern, _BACK)
    if text.endswith(plain, 0, place):
        return True
    some = begun.get(text[place - 1 : place], ()) + other
    text = text[:place]
    return any(_walk(one, text, (place,), _BACK) for one in some)


@cache
def _taken_apart(pattern: str, way: int) -> _Alternatives:
    plain: list[str] = []
    begun: dict[str, tuple[str, ...]] = {}
    other: list[str] = []
    for one in _ALTERNATIVE.findall(f"{pattern}|"):
        if _PLAIN.fullmatch(one):
            plain.append(one)
        elif _FIRST.match(one) if way == _ON else _LAST.search(one):
            letter = one[0 if way == _ON else -1]
            begun[letter] = (*begun.get(letter, ()), one)
        else:
            other.append(one)
    return _Alternatives(tuple(plain), begun, tuple(other))


def _walk(alternative: str, text: str, places: Iterable[int], way: int) -> Iterable[int]:
    for step in _steps(alternative, way):
        places = step(text, places)
        if not places:
            break
    return places


@cache
def _steps(alternative: str, way: int) -> tuple[Step, ...]:
    parts = _PART.findall(alternative)
    return tuple(
        _letters(letters, way) if letters else _step(one, often, way)
        for letters, one, often in (parts if way == _ON else reversed(parts))
    )


@cache
def _step(part: str, often: str, way: int) -> Step:
    once = _once(part, way)
    return _repeated(once, *_times(often)) if often else once


def _times(often: str) -> tuple[int, int | None]:
    if often in _TIMES:
        return _TIMES[often]
    least, comma, most = often[1:-1].partition(",")
    return int(least), int(most or least) if most or not comma else None


def _repeated(once: Step, least: int, most: int | None) -> Step:
    def step(text: str, places: Iterable[int]) -> set[int]:
        now = set(places)
        reached = set() if least else set(now)
        count = 0
        while now and count != most:
            now = once(text, now)
            count += 1
            if count >= least:
                if now <= reached:
                    break
                reached |= now
        return reached

    return step


def _once(part: str, way: int) -> Step:
    if part[0] == "[":
        return _one_letter(_class(part[1:-1]), way)
    if part[0] == "(":
        return _group(part, way)
    if part == "^":
        return lambda _, places: {place for place in places if not place}
    if part == "$":
        return lambda text, places: {place for place in places if place == len(text)}
    if part == ".":
        return _one_letter(lambda _: True, way)
    if part[0] == "\\" and part[1].isalnum():
        raise NotImplementedError(part)
    return _letters(part[-1], way)


def _letters(letters: str, way: int) -> Step:
    size = len(letters)
    if way == _ON:
        return lambda text, places: {
            place + size for place in places if text.startswith(letters, place)
        }
    return lambda text, places: {
        place - size for place in places if text.endswith(letters, 0, place)
    }


def _one_letter(fits: Callable[[str], bool], way: int) -> Step:
    if way == _ON:
        return lambda text, places: {
            place + 1 for place in places if place < len(text) and fits(text[place])
        }
    return lambda text, places: {place - 1 for place in places if place and fits(text[place - 1])}


def _class(inside: str) -> Callable[[str], bool]:
    negated = inside[0] == "^"
    found = _OF_CLASS.findall(inside[negated:])
    letters = frozenset(first for first, last in found if not last)
    ranges = tuple((first, last) for first, last in found if last)
    if not ranges and not negated:
        return letters.__contains__
    return lambda letter: (
        negated != (letter in letters or any(first <= letter <= last for first, last in ranges))
    )


def _group(part: str, way: int) -> Step:
    if part.startswith("(?:"):
        return _any_of(part[3:-1], way)
    if part[:3] not in {"(?=", "(?!", "(?<"}:
        raise NotImplementedError(part)
    behind = part[2] != "<"  # what a look-ahead or a look-behind asks for
    wanted, inside = part[2 if behind else 3] == "=", part[3 if behind else 4 : -1]
    stand = stand_behind if behind else stand_before
    return lambda text, places: {place for place in places if stand(inside, text, place) == wanted}


def _any_of(inside: str, way: int) -> Step:
    plain, begun, other = _taken_apart(inside, way)

    def step(text: str, places: Iterable[int]) -> set[int]:
        reached = set()
        for place in places:
            if way == _ON and text.startswith(plain, place):
                reached |= {place + len(one) for one in plain if text.startswith(one, place)}
            elif way == _BACK and text.endswith(plain, 0, place):
                reached |= {place - len(one) for one in plain if text.endswith(one, 0, place)}
            letter = text[place : place + 1] if way == _ON else text[place - 1 : place]
            for one in begun.get(letter, ()) + other:
                reached.update(_walk(one, text, (place,), way))
        return reached

    return step
