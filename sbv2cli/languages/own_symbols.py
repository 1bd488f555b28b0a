"""Readings in a voice's own symbols, for voices that were trained with others than ours.

    symbols: h ə l ˈ oʊ      symbols between spaces; ␣ stands for a symbol that is a space
    cleaned: həlˈoʊ wˈɜːld   every letter is a symbol, spaces too
    ids: 50 83 54            their numbers

No language reads such a line; whether the voice knows the symbols is found when it is spoken.
"""

from __future__ import annotations

import re

from sbv2cli.errors import ReadingError
from sbv2cli.records import OWN_SYMBOL, SYMBOL_NUMBER, Reading

SPACE = "␣"
_NOTATION = re.compile(r"\s*(symbols|cleaned|ids):(.*)", re.DOTALL)


def is_own(given: str) -> bool:
    """Whether a reading is written in symbols."""
    return _NOTATION.fullmatch(given) is not None


def read_own(text: str, given: str | None, language: str) -> Reading | None:
    """The reading that `given` writes in symbols; `None` where it is written otherwise.

    Raises:
        ReadingError: there is no symbol, or a number is none.
    """
    match = _NOTATION.fullmatch(given or "")
    if match is None:
        return None
    kind, written = match.groups()
    symbols = _symbols(kind, written)
    if not symbols:
        raise ReadingError(
            "reading.notation",
            f'the reading "{kind}:" has no symbols',
            hint=f'write it like "{_EXAMPLES[kind]}"',
        )
    phones = ("_", *symbols, "_")
    return Reading(
        language=language,
        text=text,
        normalised=text,
        model_text=text,
        phones=phones,
        tones=(0,) * len(phones),
        phones_per_token=(1, len(symbols), 1),
    )


def written(reading: Reading) -> str | None:
    """A line in own symbols as its author may write it again; `None` for every other line."""
    phones = reading.phones[1:-1]
    if phones and all(phone.startswith(SYMBOL_NUMBER) for phone in phones):
        return "ids: " + " ".join(phone[1:] for phone in phones)
    if phones and all(phone.startswith(OWN_SYMBOL) for phone in phones):
        symbols = (phone[1:] for phone in phones)
        return "symbols: " + " ".join(SPACE if symbol == " " else symbol for symbol in symbols)
    return None


_EXAMPLES = {"symbols": "symbols: k o N", "cleaned": "cleaned: koN", "ids": "ids: 20 24 6"}


def _symbols(kind: str, written: str) -> list[str]:
    if kind == "cleaned":
        # A space after the colon is no symbol; others are.
        return [f"{OWN_SYMBOL}{letter}" for letter in written.removeprefix(" ")]
    pieces = written.split()
    if kind == "symbols":
        return [f"{OWN_SYMBOL}{' ' if piece == SPACE else piece}" for piece in pieces]
    wrong = next((piece for piece in pieces if not piece.isdecimal()), None)
    if wrong is not None:
        raise ReadingError(
            "reading.notation",
            f'"{wrong}" in the reading "ids:" is no number',
            hint=f'write it like "{_EXAMPLES[kind]}"',
        )
    return [f"{SYMBOL_NUMBER}{int(piece)}" for piece in pieces]
