"""Which letters a regular expression can begin or end with, so that it need not be compiled.

Rows of `homographs.tsv` have long lists of evidence, which take a third of a millisecond each to
compile. Most do not fit at their first or last letter.
"""

from __future__ import annotations

from functools import cache

_OFTEN = "?*+{"
_SPECIAL = "()[]{}.^$|?*+\\"


@cache
def first_letters(pattern: str) -> frozenset[str] | None:
    """The letters that everything which `pattern` matches begins with; None: any, or not known."""
    return _letters(pattern, last=False)


@cache
def last_letters(pattern: str) -> frozenset[str] | None:
    """The letters that it ends with; None: any, or not known."""
    return _letters(pattern, last=True)


def _letters(pattern: str, *, last: bool) -> frozenset[str] | None:
    found: set[str] = set()
    for parts in _alternatives(pattern):
        if not parts:
            return None
        part = parts[-1 if last else 0]
        letters = _of_part(part, last=last)
        if letters is None:
            return None
        found |= letters
    return frozenset(found)


def _of_part(part: str, *, last: bool) -> frozenset[str] | None:
    """Of a letter, a class or a group, with what says how often."""
    if len(part) == 1 and part not in _SPECIAL:
        return frozenset(part)
    if part.startswith("(?:") and part.endswith(")"):
        return _letters(part[3:-1], last=last)
    if part.startswith("[") and part.endswith("]") and part[1] != "^":
        letters = part[1:-1]
        return None if "-" in letters or "\\" in letters else frozenset(letters)
    return None


def _alternatives(pattern: str) -> list[list[str]]:
    """The alternatives of a pattern, each as the parts that stand one after another."""
    found: list[list[str]] = [[]]
    place = 0
    while place < len(pattern):
        letter = pattern[place]
        if letter == "|":
            found.append([])
            place += 1
            continue
        end = _end_of_part(pattern, place)
        found[-1].append(pattern[place:end])
        place = end
    return found


def _end_of_part(pattern: str, place: int) -> int:
    """Behind the letter, class or group at `place`, and behind what says how often."""
    if pattern[place] == "[":
        end = pattern.index("]", place + 2) + 1
    elif pattern[place] == "(":
        end = _closing(pattern, place) + 1
    else:
        end = place + (2 if pattern[place] == "\\" else 1)
    if end < len(pattern) and pattern[end] in _OFTEN:
        end = pattern.index("}", end) + 1 if pattern[end] == "{" else end + 1
    return end


def _closing(pattern: str, place: int) -> int:
    """Where the group ends that begins at `place`."""
    depth = 0
    while True:
        letter = pattern[place]
        if letter == "[":
            place = pattern.index("]", place + 2)
        elif letter == "\\":
            place += 1
        elif letter == "(":
            depth += 1
        elif letter == ")":
            depth -= 1
            if not depth:
                return place
        place += 1
