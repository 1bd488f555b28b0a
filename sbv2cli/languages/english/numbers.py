"""English number words. Equal to the package inflect (7.6.0), which takes a second to import."""

from __future__ import annotations

_UNDER_TWENTY = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen"
    " sixteen seventeen eighteen nineteen"
).split()
_TENS = "_ _ twenty thirty forty fifty sixty seventy eighty ninety".split()
_THOUSANDS = (
    "_ thousand million billion trillion quadrillion quintillion sextillion septillion octillion"
    " nonillion decillion"
).split()
LONGEST = 3 * len(_THOUSANDS)  # digits
_ORDINALS = {
    "one": "first",
    "two": "second",
    "three": "third",
    "five": "fifth",
    "eight": "eighth",
    "nine": "ninth",
    "twelve": "twelfth",
}
DIGITS = {str(digit): word for digit, word in enumerate(_UNDER_TWENTY[:10])}


def cardinal(number: int, *, glue: str = " ") -> str:
    """A number in words; `glue` (" and ") stands before what is less than a hundred.

    Raises:
        OverflowError: there is no word for so many thousands.
    """
    if number == 0:
        return _UNDER_TWENTY[0]
    groups: list[str] = []
    power, rest = 0, number
    while rest:
        rest, group = divmod(rest, 1000)
        if power >= len(_THOUSANDS):
            raise OverflowError(number)
        if group:
            groups.insert(0, _hundreds(group, glue) + (f" {_THOUSANDS[power]}" if power else ""))
        power += 1
    if len(groups) > 1 and 0 < number % 1000 < 100:
        last = groups.pop()
        return ", ".join(groups) + glue + last
    return ", ".join(groups)


def _hundreds(number: int, glue: str) -> str:
    hundreds, rest = divmod(number, 100)
    parts = [f"{_UNDER_TWENTY[hundreds]} hundred"] if hundreds else []
    if rest:
        parts.append(_tens(rest))
    return glue.join(parts)


def _tens(number: int) -> str:
    if number < 20:
        return _UNDER_TWENTY[number]
    tens, units = divmod(number, 10)
    return f"{_TENS[tens]}-{_UNDER_TWENTY[units]}" if units else _TENS[tens]


def ordinal(number: int) -> str:
    """A number in words, as a place in an order: one hundred and first.

    Raises:
        OverflowError: there is no word for so many thousands.
    """
    words = cardinal(number, glue=" and ")
    for word, place in _ORDINALS.items():
        if words.endswith(word):
            return words[: -len(word)] + place
    return words[:-1] + "ieth" if words.endswith("ty") else words + "th"


def pairs(number: int) -> str:
    """Four digits, two by two: nineteen ninety-eight, ten oh one."""
    left, right = divmod(number, 100)
    return f"{_tens(left)} {_tens(right) if right > 9 else f'oh {_UNDER_TWENTY[right]}'}"


def digit_by_digit(digits: str) -> str:
    """Each digit by itself."""
    return " ".join(DIGITS[digit] for digit in digits)


def plain(number: int) -> str:
    """A bare integer as the keithito recipe has it: between 1000 and 3000 like a year.

    Raises:
        OverflowError: there is no word for so many thousands.
    """
    if not 1000 < number < 3000 or number == 2000:
        return cardinal(number)
    if 2000 < number < 2010:
        return "two thousand " + cardinal(number % 100)
    if number % 100 == 0:
        return cardinal(number // 100) + " hundred"
    return pairs(number)
