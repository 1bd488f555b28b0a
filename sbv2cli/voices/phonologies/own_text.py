"""How a voice with symbols of its own writes text, in config.json: the key `sbv2cli.text`.

Voices of other layouts say it in files of their own; a voice that was made of one says it here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from sbv2cli.records import TextRules
from sbv2cli.voices.configs.section import wrong

if TYPE_CHECKING:
    from sbv2cli.voices.phonologies.own_symbols import OwnSymbols

KEY = "text"
CASINGS = ("keep", "lower", "fold")
MARKS = ("kept", "ends")
SWITCHES = ("decomposed", "stripped", "romanised")  # true or false


def dump(phonology: OwnSymbols) -> dict[str, Any]:
    """The section; the symbols themselves stand in `symbols`."""
    rules = phonology.text_rules
    said: dict[str, Any] = {"alone": sorted(phonology.alone)} if phonology.alone else {}
    if phonology.edges is not None:
        said["edges"] = list(phonology.edges)
    if rules is not None:
        said |= {
            "language": rules.language,
            "casing": rules.casing,
            "decomposed": rules.decomposed,
            "replaced": [list(pair) for pair in rules.replaced],
            "stripped": rules.stripped,
            "romanised": rules.romanised,
            "espeak": rules.espeak,
            "marks": rules.marks,
        }
    return said


def rules_of(said: Mapping[str, Any], symbols: tuple[str, ...], where: str) -> TextRules | None:
    """The rules of a section; none where it names no language."""
    language = said.get("language")
    if language is None:
        return None
    casing, espeak = said.get("casing", "keep"), said.get("espeak")
    replaced, marks = said.get("replaced", []), said.get("marks", "ends")
    for key, good in (
        ("language", isinstance(language, str)),
        ("casing", casing in CASINGS),
        ("espeak", espeak is None or isinstance(espeak, str)),
        ("marks", marks in MARKS),
        ("replaced", isinstance(replaced, list) and all(map(_is_pair, replaced))),
        *((key, isinstance(said.get(key, False), bool)) for key in SWITCHES),
    ):
        if not good:
            raise wrong(f"sbv2cli.{KEY}.{key}", said.get(key), "what sbv2 writes there", where)
    return TextRules(
        language=language,
        known=frozenset(symbol for symbol in symbols if len(symbol) == 1),
        casing=casing,
        decomposed=said.get("decomposed", False),
        replaced=tuple((old, new) for old, new in replaced),
        stripped=said.get("stripped", False),
        romanised=said.get("romanised", False),
        espeak=espeak,
        marks=marks,
    )


def alone_of(said: Mapping[str, Any], where: str) -> frozenset[int]:
    """Symbols without blanks of their own."""
    return frozenset(_numbers(said, "alone", where))


def edges_of(said: Mapping[str, Any], where: str) -> tuple[int, int] | None:
    """Marks of beginning and end."""
    found = _numbers(said, "edges", where)
    if not found:
        return None
    if len(found) != 2:
        raise wrong(f"sbv2cli.{KEY}.edges", found, "two numbers", where)
    return found[0], found[1]


def _numbers(said: Mapping[str, Any], key: str, where: str) -> list[int]:
    found = said.get(key, [])
    if not isinstance(found, list) or not all(isinstance(n, int) and n >= 0 for n in found):
        raise wrong(f"sbv2cli.{KEY}.{key}", found, "a list of numbers", where)
    return found


def _is_pair(value: object) -> bool:
    return isinstance(value, list) and len(value) == 2 and all(isinstance(v, str) for v in value)
