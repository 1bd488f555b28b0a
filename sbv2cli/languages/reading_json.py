"""Readings as JSON documents: made for a person to correct, and read back strictly.

    {"format": "sbv2-reading", "version": 1, "language": "ja", "text": "…", "kana": "…", …}

Two places are made to be edited. `kana` (Japanese) is the whole line in the notation of
`japanese.corrections`; when it no longer says what `phones` and `tones` say, it wins. A word may
get a `correction` in the same notation, which replaces that word alone.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from sbv2cli.errors import ReadingError, did_you_mean
from sbv2cli.records import OWN_SYMBOL, SYMBOL_NUMBER, Doubt, Finding, Reading, Word

FORMAT = "sbv2-reading"
VERSION = 1

_READING_KEYS = (
    "format",
    "version",
    "language",
    "text",
    "normalised",
    "model_text",
    "kana",
    "phones",
    "tones",
    "phones_per_token",
    "words",
    "findings",
    "doubts",
)
_WORD_KEYS = (
    "surface",
    "span",
    "spoken",
    "kana",
    "phones",
    "tones",
    "phones_per_token",
    "correction",
)
_FINDING_KEYS = ("code", "severity", "message", "span", "hint")
_DOUBT_KEYS = ("surface", "span", "kana", "reasons", "others", "weight")
_EDGES = ("_", "_")
_HIGHEST_TONE = {"ja": 1, "en": 3, "zh": 5}


def to_json(reading: Reading) -> dict[str, Any]:
    """The document, ready for `json.dumps`."""
    document: dict[str, Any] = {
        "format": FORMAT,
        "version": VERSION,
        "language": reading.language,
        "text": reading.text,
        "normalised": reading.normalised,
        "model_text": reading.model_text,
    }
    kana = kana_of(reading)
    if kana is not None:
        document["kana"] = kana
    document |= {
        "phones": list(reading.phones),
        "tones": list(reading.tones),
        "phones_per_token": list(reading.phones_per_token),
        "words": [
            {
                "surface": word.surface,
                "span": list(word.span),
                "spoken": word.spoken,
                "kana": word.kana,
                "phones": list(word.phones),
                "tones": list(word.tones),
                "phones_per_token": list(word.phones_per_token),
            }
            for word in reading.words
        ],
        "findings": findings_as_json(reading.findings),
    }
    if reading.doubts:
        document["doubts"] = doubts_as_json(reading.doubts)
    return document


def findings_as_json(findings: Iterable[Finding]) -> list[dict[str, Any]]:
    """Findings for a document."""
    return [
        {
            "code": finding.code,
            "severity": finding.severity,
            "message": finding.message,
            "span": None if finding.span is None else list(finding.span),
            "hint": finding.hint,
        }
        for finding in findings
    ]


def doubts_as_json(doubts: Iterable[Doubt], *, start: int = 0) -> list[dict[str, Any]]:
    """Doubts for a document or a manifest; `start`: where their text begins in a longer one."""
    return [
        {
            "surface": doubt.surface,
            "span": [doubt.span[0] + start, doubt.span[1] + start],
            "kana": doubt.kana,
            "reasons": list(doubt.reasons),
            "others": list(doubt.others),
            "weight": round(doubt.weight, 3),
        }
        for doubt in doubts
    ]


def dumps(reading: Reading, *, indent: int | None = None) -> str:
    """The document as text that every UTF-8 file can hold."""
    document = to_json(reading)
    text = json.dumps(document, ensure_ascii=False, indent=indent)
    # Half a surrogate pair, which broken text may hold, has no UTF-8 form; escaped it survives.
    lone = any("\ud800" <= letter <= "\udfff" for letter in text)
    return json.dumps(document, indent=indent) if lone else text


def loads(text: str) -> Reading:
    """A reading from JSON text, corrections applied.

    Raises:
        ReadingError: no JSON, or not a reading; `at` names the path in the document.
    """
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        place = f"line {error.lineno}" if isinstance(error, json.JSONDecodeError) else None
        raise ReadingError("reading.json", "the reading is no JSON document", at=place) from error
    return from_json(document)


def from_json(document: object) -> Reading:
    """A reading from a parsed document, corrections applied.

    Raises:
        ReadingError: not a reading; `at` names the path in the document.
    """
    fields = _object(
        document, "", _READING_KEYS, optional=("kana", "normalised", "findings", "words", "doubts")
    )
    if fields["format"] != FORMAT:
        raise _wrong("format", f'"{FORMAT}" is expected')
    if fields["version"] != VERSION:
        raise _wrong("version", f"{VERSION} is expected; a newer sbv2 may have written this")
    text = _text(fields["text"], "text")
    entries = _list(fields.get("words", []), "words")
    words = [_word(entry, f"words[{index}]", text) for index, entry in enumerate(entries)]
    reading = Reading(
        language=_language(fields),
        text=text,
        normalised=_text(fields.get("normalised", fields["model_text"]), "normalised"),
        model_text=_text(fields["model_text"], "model_text"),
        phones=_strings(fields["phones"], "phones"),
        tones=_numbers(fields["tones"], "tones"),
        phones_per_token=_numbers(fields["phones_per_token"], "phones_per_token"),
        words=tuple(words),
        findings=tuple(
            _finding(entry, f"findings[{index}]")
            for index, entry in enumerate(_list(fields.get("findings", []), "findings"))
        ),
        doubts=tuple(
            _doubt(entry, f"doubts[{index}]", text)
            for index, entry in enumerate(_list(fields.get("doubts", []), "doubts"))
        ),
    )
    _check(reading)
    kana = fields.get("kana")
    return _corrected(reading, None if kana is None else _text(kana, "kana"), entries)


def _language(fields: Mapping[str, Any]) -> str:
    """One of ours; of a line in a voice's own symbols any."""
    phones = _strings(fields["phones"], "phones")[1:-1]
    if phones and all(phone.startswith((OWN_SYMBOL, SYMBOL_NUMBER)) for phone in phones):
        return _text(fields["language"], "language")
    language: str = _choice(fields["language"], "language", tuple(_HIGHEST_TONE))
    return language


# ---- corrections -------------------------------------------------------------------------------


def kana_of(reading: Reading) -> str | None:
    """The whole reading in kana notation; None where its language has none."""
    if reading.language != "ja" or not reading.words:
        return None
    from sbv2cli.languages.japanese.corrections import notation_of  # noqa: PLC0415  only for ja

    return notation_of(reading)


def _corrected(reading: Reading, kana: str | None, entries: Sequence[Any]) -> Reading:
    corrections = {
        index: _text(entry["correction"], f"words[{index}].correction")
        for index, entry in enumerate(entries)
        if entry.get("correction") is not None
    }
    edited = kana is not None and kana != kana_of(reading)
    if not corrections and not edited:
        return reading
    if reading.language != "ja" or not reading.words:
        at = "kana" if edited else f"words[{next(iter(corrections))}].correction"
        raise _wrong(at, "kana corrects a Japanese reading that has words, and no other")
    from sbv2cli.languages.japanese import corrections as japanese  # noqa: PLC0415

    if edited and kana is not None:
        with _at("kana"):
            reading = japanese.apply_notation(reading, kana)
    words = list(reading.words)
    for index, notation in corrections.items():
        with _at(f"words[{index}].correction"):
            words[index] = japanese.correct_word(words[index], notation)
    spans = [words[index].span for index in corrections]
    doubts = () if edited else tuple(one for one in reading.doubts if one.span not in spans)
    return replace(japanese.with_words(reading, words), doubts=doubts)


@contextmanager
def _at(path: str) -> Iterator[None]:
    """Errors from inside, with the path in the document before the place in the notation."""
    try:
        yield
    except ReadingError as error:
        place = f"{path}: {error.at}" if error.at else path
        raise ReadingError(error.code, error.message, at=place, hint=error.hint) from error


# ---- the parts of a document -------------------------------------------------------------------


def _word(entry: object, path: str, text: str) -> Word:
    fields = _object(entry, path, _WORD_KEYS, optional=("correction", "kana"))
    span = _span(fields["span"], f"{path}.span", len(text))
    surface = _text(fields["surface"], f"{path}.surface")
    if surface != text[span[0] : span[1]]:
        raise _wrong(f"{path}.surface", f'"{text[span[0] : span[1]]}" stands at this span')
    kana = fields.get("kana")
    word = Word(
        surface=surface,
        span=span,
        spoken=_text(fields["spoken"], f"{path}.spoken"),
        kana=None if kana is None else _text(kana, f"{path}.kana"),
        phones=_strings(fields["phones"], f"{path}.phones"),
        tones=_numbers(fields["tones"], f"{path}.tones"),
        phones_per_token=_numbers(fields["phones_per_token"], f"{path}.phones_per_token"),
    )
    _check_sums(path, word.phones, word.tones, word.phones_per_token)
    return word


def _finding(entry: object, path: str) -> Finding:
    fields = _object(entry, path, _FINDING_KEYS, optional=("span", "hint"))
    span, hint = fields.get("span"), fields.get("hint")
    return Finding(
        code=_text(fields["code"], f"{path}.code"),
        severity=_choice(fields["severity"], f"{path}.severity", ("note", "warning", "error")),
        message=_text(fields["message"], f"{path}.message"),
        span=None if span is None else _span(span, f"{path}.span", None),
        hint=None if hint is None else _text(hint, f"{path}.hint"),
    )


def _doubt(entry: object, path: str, text: str) -> Doubt:
    fields = _object(entry, path, _DOUBT_KEYS, optional=("kana", "others"))
    kana, weight = fields.get("kana"), fields["weight"]
    number = isinstance(weight, int | float) and not isinstance(weight, bool)
    if not number or not 0 <= weight <= 1:
        raise _wrong(f"{path}.weight", "a number from 0 to 1 is expected")
    return Doubt(
        span=_span(fields["span"], f"{path}.span", len(text)),
        surface=_text(fields["surface"], f"{path}.surface"),
        kana=None if kana is None else _text(kana, f"{path}.kana"),
        reasons=_strings(fields["reasons"], f"{path}.reasons"),
        others=_strings(fields.get("others", []), f"{path}.others"),
        weight=float(weight),
    )


def _check(reading: Reading) -> None:
    """What must hold for a voice to be able to say it."""
    _check_sums("", reading.phones, reading.tones, reading.phones_per_token)
    if len(reading.phones) < len(_EDGES) or (reading.phones[0], reading.phones[-1]) != _EDGES:
        raise _wrong("phones", 'the edge mark "_" is expected at both ends')
    if (reading.phones_per_token[0], reading.phones_per_token[-1]) != (1, 1):
        raise _wrong("phones_per_token", "1 is expected at both ends")
    highest = _HIGHEST_TONE.get(reading.language, 0)
    for index, tone in enumerate(reading.tones):
        if tone > highest:
            raise _wrong(f"tones[{index}]", f"0 to {highest} is expected, not {tone}")
    place = 0
    for index, word in enumerate(reading.words):
        if word.span[0] < place:
            raise _wrong(f"words[{index}].span", f"a start of {place} or more is expected")
        place = word.span[1]
    if reading.words and reading.language == "ja":
        _check_words(reading)


def _check_words(reading: Reading) -> None:
    if "".join(word.spoken for word in reading.words) != reading.model_text:
        raise _wrong("model_text", "the spoken forms of the words in a row are expected")
    for name, of_words in (
        ("phones", [phone for word in reading.words for phone in word.phones]),
        ("tones", [tone for word in reading.words for tone in word.tones]),
        ("phones_per_token", [count for word in reading.words for count in word.phones_per_token]),
    ):
        if list(getattr(reading, name)[1:-1]) != of_words:
            raise _wrong(
                name,
                "those of the words are expected between the two ends",
                hint='to correct a reading edit "kana", or give a word a "correction"',
            )


def _check_sums(
    path: str, phones: Sequence[str], tones: Sequence[int], per_token: Sequence[int]
) -> None:
    before = f"{path}." if path else ""
    if len(tones) != len(phones):
        raise _wrong(f"{before}tones", f"{len(phones)} are expected, one per phone")
    if sum(per_token) != len(phones):
        raise _wrong(f"{before}phones_per_token", f"a sum of {len(phones)} is expected")


# ---- kinds of values ---------------------------------------------------------------------------


def _object(
    value: object, path: str, keys: Sequence[str], *, optional: Sequence[str]
) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise _wrong(path, "an object is expected")
    for key in value:
        if key not in keys:
            raise _wrong(_join(path, key), "there is no such key", hint=did_you_mean(key, keys))
    for key in keys:
        if key not in value and key not in optional:
            raise _wrong(_join(path, key), "it is missing")
    return value


def _list(value: object, path: str) -> list[Any]:
    if not isinstance(value, list):
        raise _wrong(path, "a list is expected")
    return value


def _text(value: object, path: str) -> str:
    if not isinstance(value, str):
        raise _wrong(path, "a string is expected")
    return value


def _choice(value: object, path: str, known: Sequence[str]) -> Any:
    if value not in known:
        raise _wrong(path, f"one of {', '.join(known)} is expected")
    return value


def _strings(value: object, path: str) -> tuple[str, ...]:
    return tuple(_text(item, f"{path}[{index}]") for index, item in enumerate(_list(value, path)))


def _numbers(value: object, path: str) -> tuple[int, ...]:
    items = _list(value, path)
    for index, item in enumerate(items):
        if not isinstance(item, int) or isinstance(item, bool) or item < 0:
            raise _wrong(f"{path}[{index}]", "a whole number of 0 or more is expected")
    return tuple(items)


def _span(value: object, path: str, length: int | None) -> tuple[int, int]:
    numbers = _numbers(value, path)
    if len(numbers) != len(_EDGES) or numbers[0] > numbers[1]:
        raise _wrong(path, "a start and an end are expected")
    if length is not None and numbers[1] > length:
        raise _wrong(path, f"the text has {length} characters")
    return numbers[0], numbers[1]


def _join(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key


def _wrong(path: str, expected: str, *, hint: str | None = None) -> ReadingError:
    return ReadingError("reading.json", expected, at=path or "the document", hint=hint)
