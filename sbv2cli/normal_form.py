"""Unicode's normal forms in linear time.

Python's own puts marks into order one by one, each behind all that came before: a letter with
100,000 marks of changing classes takes it half a minute. Marks that stand in order already cost it
nothing, so in long texts they are sorted first.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from itertools import chain, groupby
from typing import Literal

# Below it the square is a millisecond.
LONG = 500  # characters

Form = Literal["NFC", "NFD", "NFKC", "NFKD"]


def normalize(form: Form, text: str) -> str:
    """`unicodedata.normalize`, whatever the text."""
    if len(text) >= LONG and not text.isascii():
        text = _in_order(text, compatible="K" in form)
    return unicodedata.normalize(form, text)


def _in_order(text: str, *, compatible: bool) -> str:
    """The text apart, its marks in their order: what every normal form begins with."""
    letters = chain.from_iterable(_apart(letter, compatible=compatible) for letter in text)
    return "".join(
        letter
        for is_mark, run in groupby(letters, key=_is_mark)
        for letter in (sorted(run, key=unicodedata.combining) if is_mark else run)
    )


@lru_cache(1 << 12)
def _apart(letter: str, *, compatible: bool) -> str:
    return unicodedata.normalize("NFKD" if compatible else "NFD", letter)


def _is_mark(letter: str) -> bool:
    return unicodedata.combining(letter) != 0
