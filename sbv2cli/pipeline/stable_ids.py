"""Ids that outlive edits: a line that was there keeps its own, a new one is named by its neighbour.

An id is made from the position of a line when it was first seen, or by chance; never from its text.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

# No vowels: no words by chance. A letter first: no spreadsheet takes it for a number.
_LETTERS = "bcdfghjkmnpqrstvwxz"
_SIGNS = _LETTERS + "0123456789"
_STAMP_LENGTH = 8
_STAMPED = re.compile(f"[{_LETTERS}][{_SIGNS}]{{{_STAMP_LENGTH - 1}}}")
# story-0012, story-0012b, 01/0012
_BY_POSITION = re.compile(r"(?P<stem>.*[-_./]\d+|\d+)(?P<letters>[a-z]*)")


def stamp() -> str:
    """An id that says nothing, for good."""
    return secrets.choice(_LETTERS) + "".join(
        secrets.choice(_SIGNS) for _ in range(_STAMP_LENGTH - 1)
    )


def kept_ids(
    own: Sequence[tuple[str, str, bool]],
    old: Sequence[str],
    matches: Sequence[int | None],
    *,
    stamped: bool = False,
    draw: Callable[[], str] = stamp,
) -> list[str]:
    """The ids of lines, each its own.

    Args:
        own: (id, script, whether the author gave it) of the lines; what is given stays.
        old: ids of the earlier lines, also of those that are gone: none is used for another line.
        matches: the earlier line that each line is, if any.
        stamped: whether new lines get ids by chance, rather than by their neighbours.
        draw: makes an id by chance.
    """
    given = {name for name, _, is_given in own if is_given}
    ids: list[str | None] = [
        name if is_given else _of_the_old(match, old, given)
        for (name, _, is_given), match in zip(own, matches, strict=True)
    ]
    new_ids = _NewIds(taken={*old, *given}, draw=draw)
    last = {script: at for at, (_, script, _) in enumerate(own) if ids[at] is not None}
    first = {own[at][1]: name for at, name in reversed(list(enumerate(ids))) if name is not None}
    before: dict[str, str] = {}  # script -> the id of its line before
    for at, (name, script, _) in enumerate(own):
        if ids[at] is None:
            if stamped:
                ids[at] = new_ids.by_chance()
            elif at > last.get(script, -1) and name not in new_ids.taken:
                # Behind all that was there, also in a new script, a position is nobody else's.
                ids[at] = new_ids.take(name)
            else:
                ids[at] = new_ids.beside(before.get(script) or _zero(first.get(script, name)))
        before[script] = ids[at] or name
    return [one for one in ids if one is not None]


def _of_the_old(match: int | None, old: Sequence[str], given: set[str]) -> str | None:
    if match is None or old[match] in given:
        return None
    return old[match]


@dataclass(slots=True)
class _NewIds:
    taken: set[str]
    draw: Callable[[], str]
    _stems: dict[str, tuple[str, str]] = field(default_factory=dict)  # made id -> stem, letters

    def take(self, name: str) -> str:
        self.taken.add(name)
        return name

    def by_chance(self) -> str:
        while (name := self.draw()) in self.taken:
            pass
        return self.take(name)

    def beside(self, before: str) -> str:
        """An id that stands behind the one before where names are sorted, if there is one."""
        if _STAMPED.fullmatch(before):
            return self.by_chance()
        stem, letters = self._parts(before)
        tried = _next(letters)
        if stem + tried in self.taken:
            tried = f"{letters}a"
        while stem + tried in self.taken:
            tried = _next(tried)
        self._stems[stem + tried] = stem, tried
        return self.take(stem + tried)

    def _parts(self, name: str) -> tuple[str, str]:
        if name in self._stems:
            return self._stems[name]
        found = _BY_POSITION.fullmatch(name)
        return (found["stem"], found["letters"]) if found else (f"{name}-", "")


def _zero(name: str) -> str:
    """`story-0000` of `story-0001`: what a line before the first one comes behind."""
    found = _BY_POSITION.fullmatch(name)
    if found is None:
        return name
    return re.sub(r"\d+$", lambda digits: "0" * len(digits[0]), found["stem"])


def _next(letters: str) -> str:
    """`a` of nothing, `b` of `a`, `za` of `z`: each is sorted behind the one before."""
    if not letters or letters[-1] == "z":
        return f"{letters}a"
    return letters[:-1] + chr(ord(letters[-1]) + 1)
