"""The JSON text of a reading: what `json.dumps` makes of `reading_json.to_json`, in less time.

Words come again and again in a script, and with them their phones, tones and counts; the text of
each such row is made once. `sbv2 check --json` writes thousands of readings.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import lru_cache
from json.encoder import encode_basestring as quoted

from sbv2cli.languages.reading_json import FORMAT, VERSION, doubts_as_json, findings_as_json
from sbv2cli.records import Reading, Word

_written = json.JSONEncoder(ensure_ascii=False).encode
_HEAD = f'{{"format": {quoted(FORMAT)}, "version": {VERSION}, "language": '


def text_of(reading: Reading, kana: str | None) -> str:
    """The document of a reading with its notation in kana, as one row."""
    text = quoted(reading.text)
    normalised = quoted(reading.normalised)
    same = reading.model_text == reading.normalised
    model_text = normalised if same else quoted(reading.model_text)
    shown = "" if kana is None else f' "kana": {quoted(kana)},'
    words = ", ".join(map(_word, reading.words))
    findings = _written(findings_as_json(reading.findings)) if reading.findings else "[]"
    doubts = f', "doubts": {_written(doubts_as_json(reading.doubts))}' if reading.doubts else ""
    return (
        f'{_HEAD}{quoted(reading.language)}, "text": {text}, "normalised": {normalised},'
        f' "model_text": {model_text},{shown} "phones": {_row(reading.phones)},'
        f' "tones": {list(reading.tones)}, "phones_per_token": {list(reading.phones_per_token)},'
        f' "words": [{words}], "findings": {findings}{doubts}}}'
    )


def _word(word: Word) -> str:
    surface = quoted(word.surface)
    spoken = surface if word.spoken == word.surface else quoted(word.spoken)
    start, end = word.span
    said = _said(word.kana, word.phones, word.tones, word.phones_per_token)
    return f'{{"surface": {surface}, "span": [{start}, {end}], "spoken": {spoken}, {said}}}'


@lru_cache(maxsize=16_384)
def _said(
    kana: str | None, phones: Sequence[str], tones: Sequence[int], counts: Sequence[int]
) -> str:
    return (
        f'"kana": {"null" if kana is None else quoted(kana)}, "phones": {_row(phones)},'
        f' "tones": {list(tones)}, "phones_per_token": {list(counts)}'
    )


def _row(texts: Sequence[str]) -> str:
    return f"[{', '.join(map(quoted, texts))}]"
