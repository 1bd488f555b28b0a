"""Numbers as people write them in flags, cells and TOML: `0.4s`, `+2st`, `-3dB`, `120%`, `2GiB`.

Each function takes the text (or the number that a JSON or TOML file already holds) and returns the
value in the program's unit, or raises `ValueError` with a message that completes
"pitch is ...". Full-width digits and signs are read as the half-width ones.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable, Mapping
from types import MappingProxyType

Written = str | int | float | bool

_QUANTITY = re.compile(
    r"(?P<sign>[+-]?)(?P<number>(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d{1,3})?)\s*(?P<unit>[^\d\s]*)",
    re.ASCII | re.IGNORECASE,
)
# Typed or converted in place of the hyphen: MINUS SIGN, FULLWIDTH (NFKC folds it), EN DASH.
_MINUS = str.maketrans({"−": "-", "–": "-"})

_SIZES = {
    "": 1,
    "b": 1,
    "kb": 1000,
    "mb": 1000**2,
    "gb": 1000**3,
    "tb": 1000**4,
    "kib": 1024,
    "mib": 1024**2,
    "gib": 1024**3,
    "tib": 1024**4,
}
_YES = frozenset({"true", "yes", "on", "1", "y", "x", "はい", "有", "○", "◯", "〇", "✓"})
_NO = frozenset({"false", "no", "off", "0", "n", "", "いいえ", "無", "×", "-"})
_LONGEST = 1000  # characters of a quantity
_LONGEST_INTEGER = 19  # digits of 2**63


def _parts(written: Written) -> tuple[float, str, bool]:
    """(number, unit in lower case, whether a sign was written)."""
    if isinstance(written, bool):
        raise ValueError(f"{str(written).lower()}, which is not a number")  # noqa: TRY004
    if isinstance(written, int | float):
        try:
            number = float(written)
        except OverflowError:
            raise ValueError("a number too large to be meant") from None
        if not math.isfinite(number):
            raise ValueError(f"{written}, which is not a finite number")
        return number, "", False
    text = _folded(written)
    match = _QUANTITY.fullmatch(text)
    if match is None:
        raise ValueError(f"{_shown(written)}, which is not a number")
    number = float(match["number"])
    if not math.isfinite(number):
        raise ValueError(f"{_shown(written)}, a number too large to be meant")
    negative = match["sign"] == "-"
    return (-number if negative else number), match["unit"].casefold(), bool(match["sign"])


def _folded(written: str) -> str:
    # Cut: nobody writes a quantity so long, and normalising a long run of combining marks takes
    # time with its square. The mark that is put in its place keeps a cut text from being one.
    if len(written) > _LONGEST:
        written = f"{written[:_LONGEST]}…"
    return unicodedata.normalize("NFKC", written).translate(_MINUS).strip()


def _shown(written: object) -> str:
    text = str(written)
    return f'"{text if len(text) <= 40 else text[:39] + "…"}"'


def _unit_unknown(written: Written, unit: str, known: str) -> ValueError:
    return ValueError(f'{_shown(written)}; the unit "{unit}" is not one of {known}')


def number(written: Written) -> float:
    """A plain number; `50%` is 0.5."""
    value, unit, _ = _parts(written)
    if unit in {"", "%"}:
        return value / 100 if unit else value
    raise _unit_unknown(written, unit, "%")


def factor(written: Written) -> float:
    """`1.2`, `1.2x`, `120%` and `+20%` are the same factor."""
    value, unit, signed = _parts(written)
    if unit == "%":
        return 1 + value / 100 if signed else value / 100
    if unit in {"", "x", "倍"}:
        return value
    raise _unit_unknown(written, unit, "%, x")


def semitones(written: Written) -> float:
    """`+2st` or a bare number of semitones; `+10%` changes the frequency by a tenth."""
    value, unit, signed = _parts(written)
    if unit in {"", "st", "半音"}:
        return value
    if unit == "%":
        ratio = 1 + value / 100 if signed else value / 100
        if ratio <= 0:
            raise ValueError(f"{_shown(written)}, which leaves no frequency")
        return 12 * math.log2(ratio)
    raise _unit_unknown(written, unit, "st, %")


def decibels(written: Written) -> float:
    """`-3dB` or a bare number of decibels; `50%` is half the amplitude."""
    value, unit, signed = _parts(written)
    if unit in {"", "db"}:
        return value
    if unit == "%":
        ratio = 1 + value / 100 if signed else value / 100
        if ratio <= 0:
            raise ValueError(f"{_shown(written)}, which is silence")
        return 20 * math.log10(ratio)
    raise _unit_unknown(written, unit, "dB, %")


def seconds(written: Written) -> float:
    """`400ms`, `0.4s` or a bare number of seconds; never negative."""
    value, unit, _ = _parts(written)
    per_second = {"": 1, "s": 1, "sec": 1, "秒": 1, "ms": 1000, "ミリ秒": 1000}
    if unit not in per_second:
        raise _unit_unknown(written, unit, "s, ms")
    if value < 0:
        raise ValueError(f"{_shown(written)}; a length of time is not negative")
    return value / per_second[unit]


def integer(written: Written) -> int:
    """A whole number; `3.0`, as spreadsheets write it, is 3."""
    if isinstance(written, str):
        digits = _folded(written)
        if re.fullmatch(rf"[+-]?\d{{1,{_LONGEST_INTEGER}}}", digits, re.ASCII):
            return int(digits)
    elif isinstance(written, int) and not isinstance(written, bool):
        if abs(written) >= 10**_LONGEST_INTEGER:
            raise ValueError("a number too large to be meant")
        return written
    value, unit, _ = _parts(written)
    if unit or value != int(value) or abs(value) >= 2**53:
        raise ValueError(f"{_shown(written)}, which is not a whole number")
    return int(value)


def count(written: Written) -> int:
    """A whole number from 1."""
    value = integer(written)
    if value < 1:
        raise ValueError(f"{value}; counting begins at 1")
    return value


def workers(written: Written) -> int:
    """A whole number from 1, or `auto`: 0, as many as the machine is good for."""
    if isinstance(written, str) and _folded(written).casefold() == "auto":
        return 0
    return count(written)


def whole(written: Written) -> int:
    """A whole number from 0, below 2**63."""
    value = integer(written)
    if not 0 <= value < 2**63:
        raise ValueError(f"{value}, outside 0 to 2^63 - 1")
    return value


def size(written: Written) -> int:
    """`2GiB`, `500MB` or a bare number of bytes."""
    value, unit, _ = _parts(written)
    if unit not in _SIZES:
        raise _unit_unknown(written, unit, "KiB, MiB, GiB, MB, GB")
    if value < 0:
        raise ValueError(f"{_shown(written)}; a size is not negative")
    return int(value * _SIZES[unit])


def switch(written: Written) -> bool:
    """Yes or no, in the words and signs that tables hold."""
    if isinstance(written, bool):
        return written
    if isinstance(written, int | float):
        return bool(written)
    folded = _folded(written).casefold()
    if folded in _YES or written.strip() in _YES:
        return True
    if folded in _NO or written.strip() in _NO:
        return False
    raise ValueError(f"{_shown(written)}, which is neither yes nor no")


def text(written: Written) -> str:
    """Text; a number that a JSON file holds is its digits."""
    if isinstance(written, bool):
        raise ValueError(f"{str(written).lower()}, which is not text")  # noqa: TRY004
    try:
        return str(written).strip()
    except ValueError:  # Python refuses to print integers of more than 4,300 digits
        raise ValueError("a number too large to be meant") from None


KINDS: Mapping[str, Callable[[Written], str | int | float | bool]] = MappingProxyType(
    {
        "text": text,
        "number": number,
        "factor": factor,
        "semitones": semitones,
        "decibels": decibels,
        "seconds": seconds,
        "integer": integer,
        "count": count,
        "workers": workers,
        "whole": whole,
        "size": size,
        "switch": switch,
    }
)
"""What a setting may be, by the name used in `settings.KEYS`."""

EXAMPLES: Mapping[str, str] = MappingProxyType(
    {
        "text": "plain text",
        "number": "a number, such as 0.6",
        "factor": "a factor, such as 1.2, 120% or +20%",
        "semitones": "semitones, such as 2 or -1.5st",
        "decibels": "decibels, such as -3dB",
        "seconds": "a time, such as 0.4s or 400ms",
        "integer": "a whole number",
        "count": "a whole number from 1",
        "workers": "a whole number from 1, or auto",
        "whole": "a whole number from 0",
        "size": "a size, such as 2GiB",
        "switch": "yes or no",
    }
)
