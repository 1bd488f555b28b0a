"""Regular expressions that are compiled when a text first asks for them.

A class of kanji takes a tenth of a millisecond or two to compile, and a module may have dozens;
one line, or `sbv2 --help`, needs few of them.
"""

from __future__ import annotations

import re
from typing import Any, cast

_METHODS = ("finditer", "findall", "fullmatch", "match", "search", "split", "sub", "subn")


def lazy_pattern(written: str, flags: int = 0) -> re.Pattern[str]:
    """What `re.compile` gives, made when one of its methods is first used."""
    return cast("re.Pattern[str]", _Pattern(written, flags))


class _Pattern:
    """Stands for a pattern until it is used, and from then on hands out its methods."""

    def __init__(self, written: str, flags: int) -> None:
        self.pattern = written
        self._flags = flags

    def __getattr__(self, name: str) -> Any:
        compiled = re.compile(self.pattern, self._flags)
        # They stand beside the pattern, where the next use finds them without coming here.
        for method in _METHODS:
            setattr(self, method, getattr(compiled, method))
        return getattr(compiled, name)
