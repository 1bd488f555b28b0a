"""Numbers in English text as they are said: each rule a pattern and what is said for it.

Dates, times, money, units, ranges, fractions, telephone numbers. The order of `RULES` matters: a
telephone number is no range, a date no fraction.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from sbv2cli.languages.english import numbers

Rule = tuple[re.Pattern[str], str | Callable[[re.Match[str]], str | None]]

_AMOUNT = r"(?<![0-9])[0-9]+(?:,[0-9]{3})*(?:\.[0-9]+)?"
_LONGEST_AMOUNT = 15  # digits; longer ones are codes, and said digit by digit

_MONTHS = (
    "January February March April May June July August September October November December".split()
)
_MONTH = r"(?P<month>{})\b\.?".format(
    "|".join(f"{name[:3]}(?:{name[3:]})?" if name != "May" else name for name in _MONTHS) + "|Sept"
)
_DAY = r"(?P<day>[0-3]?[0-9])(?:st|nd|rd|th)?"

# sign -> one, many, and of the hundredth part one, many
_CURRENCIES = {
    "$": ("dollar", "dollars", "cent", "cents"),
    "€": ("euro", "euros", "cent", "cents"),
    "£": ("pound", "pounds", "penny", "pence"),
    "¥": ("yen", "yen", "", ""),
    "₩": ("won", "won", "", ""),
    "₹": ("rupee", "rupees", "paisa", "paise"),
}
_SIGN = "[" + "".join(_CURRENCIES) + "]"
_SCALE = r"(?P<scale> ?(?:hundred|thousand|million|billion|trillion)\b)?"

# written -> one, many
_UNITS = {
    "km/h": ("kilometer per hour", "kilometers per hour"),
    "mph": ("mile per hour", "miles per hour"),
    "m/s": ("meter per second", "meters per second"),
    "km²": ("square kilometer", "square kilometers"),
    "cm²": ("square centimeter", "square centimeters"),
    "m²": ("square meter", "square meters"),
    "m³": ("cubic meter", "cubic meters"),
    "km": ("kilometer", "kilometers"),
    "cm": ("centimeter", "centimeters"),
    "mm": ("millimeter", "millimeters"),
    "m": ("meter", "meters"),
    "mi": ("mile", "miles"),
    "ft": ("foot", "feet"),
    "kg": ("kilogram", "kilograms"),
    "mg": ("milligram", "milligrams"),
    "g": ("gram", "grams"),
    "lb": ("pound", "pounds"),
    "lbs": ("pound", "pounds"),
    "oz": ("ounce", "ounces"),
    "L": ("liter", "liters"),
    "mL": ("milliliter", "milliliters"),
    "ml": ("milliliter", "milliliters"),
    "h": ("hour", "hours"),
    "hr": ("hour", "hours"),
    "hrs": ("hour", "hours"),
    "min": ("minute", "minutes"),
    "sec": ("second", "seconds"),
    "ms": ("millisecond", "milliseconds"),
    "kHz": ("kilohertz", "kilohertz"),
    "MHz": ("megahertz", "megahertz"),
    "GHz": ("gigahertz", "gigahertz"),
    "Hz": ("hertz", "hertz"),
    "kW": ("kilowatt", "kilowatts"),
    "kWh": ("kilowatt hour", "kilowatt hours"),
    "W": ("watt", "watts"),
    "KB": ("kilobyte", "kilobytes"),
    "MB": ("megabyte", "megabytes"),
    "GB": ("gigabyte", "gigabytes"),
    "TB": ("terabyte", "terabytes"),
    "°C": ("degree Celsius", "degrees Celsius"),
    "°F": ("degree Fahrenheit", "degrees Fahrenheit"),
    "°": ("degree", "degrees"),
    "%": ("percent", "percent"),
    "‰": ("per mille", "per mille"),
}
_UNIT = "|".join(re.escape(unit) for unit in sorted(_UNITS, key=len, reverse=True))

_PARTS = {2: ("half", "halves"), 4: ("quarter", "quarters")}
_FAMILIAR = {"24/7": "twenty-four seven", "9/11": "nine eleven"}  # that look like fractions
_OPERATORS = {
    "+": " plus ",
    "-": " minus ",
    "−": " minus ",
    "×": " times ",
    "*": " times ",
    "÷": " divided by ",
    "=": " equals ",
    "<": " is less than ",
    ">": " is greater than ",
}
_ROMAN = {"I": 1, "V": 5, "X": 10, "L": 50, "C": 100}


def amount(written: str) -> str:
    """A number in words: 1,998 is an amount, 1998 sounds like a year, 007 is a code."""
    whole, point, fraction = written.partition(".")
    digits = whole.replace(",", "")
    if len(digits) > _LONGEST_AMOUNT or (len(digits) > 1 and digits[0] == "0"):
        said = numbers.digit_by_digit(digits)
    elif point or "," in whole:
        said = numbers.cardinal(int(digits))
    else:
        said = numbers.plain(int(digits))
    said = said.replace(",", "")
    return f"{said} point {numbers.digit_by_digit(fraction)}" if point else said


def _telephone(match: re.Match[str]) -> str:
    groups = re.findall("[0-9]+", match[0])
    return ("plus " if match[0][0] == "+" else "") + ", ".join(map(numbers.digit_by_digit, groups))


def _calendar(month: int, day: int, year: str | None) -> str | None:
    if not (1 <= month <= 12 and 1 <= day <= 31):
        return None
    said = f"{_MONTHS[month - 1]} {numbers.ordinal(day)}"
    return f"{said}, {numbers.plain(int(year))}" if year else said


def _month_first(match: re.Match[str]) -> str | None:
    month = next(i for i, name in enumerate(_MONTHS, 1) if name[:3] == match["month"][:3])
    return _calendar(month, int(match["day"]), match["year"])


def _day_first(match: re.Match[str]) -> str | None:
    month = next(i for i, name in enumerate(_MONTHS, 1) if name[:3] == match["month"][:3])
    if not 1 <= int(match["day"]) <= 31:
        return None
    said = f"the {numbers.ordinal(int(match['day']))} of {_MONTHS[month - 1]}"
    return f"{said}, {numbers.plain(int(match['year']))}" if match["year"] else said


def _time(match: re.Match[str]) -> str | None:
    hour, minute = int(match["hour"]), int(match["minute"])
    if hour > 24:
        return None
    said = numbers.cardinal(hour)
    half = match["half"]
    if minute:
        said += (" oh " if minute < 10 else " ") + numbers.cardinal(minute)
    elif not half and not match["second"]:
        said += " o'clock" if 1 <= hour <= 12 else " hundred" if hour > 12 else " hundred hours"
    if match["second"] and int(match["second"]):
        seconds = int(match["second"])
        said += f" and {numbers.cardinal(seconds)} second{'' if seconds == 1 else 's'}"
    return said + _half_day(half)


def _half_day(half: str | None) -> str:
    return f" {half[0].lower()}.m." if half else ""


def _money(match: re.Match[str]) -> str:
    one, many, part, parts = _CURRENCIES[match["sign"]]
    whole, _, fraction = match["amount"].partition(".")
    if match["scale"]:
        return f"{amount(match['amount'])} {match['scale'].strip()} {many}"
    if not fraction or not part or len(fraction) > 2:
        return f"{_exact(match['amount'])} {one if match['amount'] == '1' else many}"
    units, hundredths = int(whole.replace(",", "")), int(fraction.ljust(2, "0"))
    said = []
    if units or not hundredths:
        said.append(f"{_exact(whole)} {one if units == 1 else many}")
    if hundredths:
        said.append(f"{numbers.cardinal(hundredths)} {part if hundredths == 1 else parts}")
    return " and ".join(said)


def _exact(written: str) -> str:
    """Like `amount`, but never like a year: two thousand twenty-four dollars."""
    digits = written.replace(",", "")
    if digits.isdecimal() and len(digits) <= _LONGEST_AMOUNT:
        return _cardinal(int(digits))
    return amount(written)


def _cardinal(number: int) -> str:
    # The recipe's commas would be heard as pauses.
    return numbers.cardinal(number).replace(",", "")


def _unit(match: re.Match[str]) -> str:
    one, many = _UNITS[match["unit"]]
    return f"{_exact(match['amount'])} {one if match['amount'] == '1' else many}"


def _decade(match: re.Match[str]) -> str:
    tens = numbers.cardinal(int(match["tens"] + "0")) if match["tens"] != "0" else ""
    century = match["century"]
    if not tens:
        return (numbers.plain(int(century + "00")) if century else "zero") + "s"
    plural = tens[:-1] + "ies" if tens.endswith("y") else tens + "s"
    return f"{numbers.cardinal(int(century))} {plural}" if century else plural


def _fraction(match: re.Match[str]) -> str | None:
    above, below = int(match["above"]), int(match["below"])
    if match[0] in _FAMILIAR:
        return _FAMILIAR[match[0]]
    if len(match["above"]) > 3 or len(match["below"]) > 3 or below < 2:
        return f"{amount(match['above'])} over {amount(match['below'])}"
    one, many = _PARTS.get(below) or (numbers.ordinal(below), numbers.ordinal(below) + "s")
    return f"{numbers.cardinal(above)} {one if above == 1 else many}"


def _roman(match: re.Match[str]) -> str | None:
    values = [_ROMAN[letter] for letter in match["number"]]
    following = [*values[1:], 0]
    total = sum(-v if v < after else v for v, after in zip(values, following, strict=True))
    return f"{match['what']} {numbers.cardinal(total)}" if 0 < total < 100 else None


def _ordinal(match: re.Match[str]) -> str | None:
    digits = match["number"].replace(",", "")
    return numbers.ordinal(int(digits)) if len(digits) <= _LONGEST_AMOUNT else None


RULES: dict[str, Rule] = {
    "telephone": (
        re.compile(
            r"(?<![\w.+-])(?:\+[0-9]{1,3}[ .-]?)?(?:\([0-9]{3}\) ?|[0-9]{3}[ .-])?"
            r"[0-9]{3}[ .-][0-9]{4}(?![\w-]|\.[0-9])"
        ),
        _telephone,
    ),
    "date, year first": (
        re.compile(r"(?<![\w-])([12][0-9]{3})([-/.])([01]?[0-9])\2([0-3]?[0-9])(?![\w-])"),
        lambda m: _calendar(int(m[3]), int(m[4]), m[1]),
    ),
    "date, month first": (
        re.compile(r"(?<![\w/])([01]?[0-9])/([0-3]?[0-9])/([12][0-9]{3})(?![\w/])"),
        lambda m: _calendar(int(m[1]), int(m[2]), m[3]),
    ),
    "month day": (
        re.compile(rf"\b{_MONTH} {_DAY}\b(?:,? (?P<year>[12][0-9]{{3}})\b)?(?![:.][0-9]|,[0-9])"),
        _month_first,
    ),
    "day month": (
        re.compile(rf"\b{_DAY} (?:of )?{_MONTH}(?:,? (?P<year>[12][0-9]{{3}})\b)?"),
        _day_first,
    ),
    "time": (
        re.compile(
            r"(?<![\w:.])(?P<hour>[0-9]{1,2}):(?P<minute>[0-5][0-9])(?::(?P<second>[0-5][0-9]))?"
            r"(?: ?(?P<half>[AaPp](?:\.[Mm]\.|[Mm]\b)))?(?![0-9:])"
        ),
        _time,
    ),
    "hour": (
        re.compile(r"(?<![\w:.])(1[0-2]|[1-9]) ?([AaPp](?:\.[Mm]\.|[Mm]\b))"),
        lambda m: numbers.cardinal(int(m[1])) + _half_day(m[2]),
    ),
    "score": (re.compile(r"(?<=[0-9]):(?=[0-9])"), " to "),
    "version": (
        re.compile(r"(?<![\w.])(v(?:ersion )?)?([0-9]+(?:\.[0-9]+){2,})(?![\w]|\.[0-9])"),
        lambda m: ("version " if m[1] else "") + " point ".join(map(amount, m[2].split("."))),
    ),
    "decade": (
        re.compile(r"(?<![\w])['’]?(?P<century>[12][0-9])?(?P<tens>[0-9])0['’]?s\b"),
        _decade,
    ),
    "range": (
        re.compile(rf"(?<=[0-9%]) ?(?:[–—~]|(?<=[0-9])-(?![0-9.]+ ?=)) ?(?={_SIGN}?[0-9])"),
        " to ",
    ),
    "money": (re.compile(rf"(?P<sign>{_SIGN}) ?(?P<amount>{_AMOUNT}){_SCALE}"), _money),
    "money after": (re.compile(rf"(?P<amount>{_AMOUNT})(?P<scale>) ?(?P<sign>{_SIGN})"), _money),
    "minus": (re.compile(r"(?:(?<=^)|(?<=[\s(=]))[-−–](?=\.?[0-9])"), "minus "),
    "about": (re.compile(r"(?<![\w~])~ ?(?=[0-9])"), "about "),
    "mixed fraction": (
        re.compile(r"(?<![\w.,])([0-9]+) (?P<above>[0-9]{1,3})[/⁄](?P<below>[0-9]{1,3})(?![\w/])"),
        lambda m: f"{amount(m[1])} and {_fraction(m)}",
    ),
    "fraction": (
        re.compile(r"(?<![\w./])(?P<above>[0-9]+)[/⁄](?P<below>[0-9]+)(?![\w/])"),
        _fraction,
    ),
    "unit": (re.compile(rf"(?P<amount>{_AMOUNT}) ?(?P<unit>{_UNIT})(?![\w/²³])"), _unit),
    "operator": (
        re.compile(r"(?<=[0-9]) ?([-+−×*÷=<>]) ?(?=[0-9])"),
        lambda m: _OPERATORS[m[1]],
    ),
    "ordinal": (
        re.compile(r"(?<![\w.])(?P<number>[0-9]+(?:,[0-9]{3})*)(?:st|nd|rd|th)\b"),
        _ordinal,
    ),
    "roman": (
        re.compile(
            r"\b(?P<what>Chapter|Part|Act|Book|Volume|Vol\.|Section|War|Episode|Phase|Type|Stage"
            r"|Article) (?P<number>[IVXLC]+)\b"
        ),
        _roman,
    ),
    "point": (
        re.compile(r"(?<![\w.])\.([0-9]+)"),
        lambda m: f"point {numbers.digit_by_digit(m[1])}",
    ),
    "next to letters": (re.compile(r"(?<=[^\W\d_])(?=[0-9])|(?<=[0-9])(?=[^\W\d_])"), " "),
    "number": (re.compile(_AMOUNT), lambda m: amount(m[0])),
}
