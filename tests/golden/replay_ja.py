"""Replays recorded Japanese vectors: readings of three engines, and given phones and tones.

`dict` takes the engine's answer from `ja_engine_fixture.jsonl`, `plus` and `plus_vanilla` ask the
installed pyopenjtalk-plus. Every recorded field of a row must come out the same.
"""

from __future__ import annotations

import json
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import edited_phones

from sbv2cli.languages.japanese import compat
from sbv2cli.languages.japanese.compat_reading import ask_engine
from sbv2cli.languages.japanese.normalise import normalise
from sbv2cli.languages.japanese.openjtalk import EngineWord, Label
from sbv2cli.voices.phonologies.phonology import doubled, with_blanks
from sbv2cli.voices.phonologies.published import ids

Row = dict[str, Any]
Result = tuple[int, int, list[str]]
"""Rows that match, rows, what differs."""

ENGINES = ("dict", "plus", "plus_vanilla")


def rows_of(path: Path) -> list[Row]:
    """The rows of a file; none where there is no file."""
    if not path.exists():
        return []
    return [json.loads(line) for line in path.read_text("utf-8").split("\n") if line.strip()]


def engine_missing(engine: str) -> str | None:
    """Why the live columns cannot be expected to match, if so."""
    if engine == "plus" and find_spec("onnxruntime") is None:
        return "needs onnxruntime (the guess of 何): pip install 'sbv2cli[dev]'"
    return None


def replay(folder: Path, engine: str) -> Result:
    """The readings in `folder/ja.jsonl` by one engine."""
    answers = {row["id"]: row for row in rows_of(folder / "ja_engine_fixture.jsonl")}
    total, wrong = 0, []
    for row in rows_of(folder / "ja.jsonl"):
        answer = answers.get(row["id"])
        if engine not in row["engines"] or (engine == "dict" and answer is None):
            continue
        total += 1
        difference = _difference(row, engine, answer or {})
        if difference:
            wrong.append(f"{row['id']} {engine} {difference}")
    return total - len(wrong), total, wrong


def _difference(row: Row, engine: str, answer: Row) -> str:
    expected = dict(row["engines"][engine])
    while "same_as" in expected:
        expected = dict(row["engines"][expected["same_as"]])
    made = _made(row["text"], engine, answer)
    expected["norm_text"] = row["norm_text"]
    expected["norm_error"] = row.get("norm_error")
    if engine == "dict" and "kata_tone" in answer:
        expected["kata_tone"] = answer["kata_tone"]
    # Not properties of a reading, or not recorded for this engine.
    expected.pop("error_without_adapter", None)
    for key in sorted(expected):
        if expected[key] != made.get(key):
            return f"{key}: {expected[key]!r}, made {made.get(key)!r}"
    if "error" in made and "error" not in expected:
        return f"error: made {made['error']!r}"
    return ""


def _made(text: str, engine: str, answer: Row) -> Row:
    try:
        norm = normalise(text)
    except OverflowError as error:
        return {"norm_text": None, "norm_error": _failure(error), "error": _failure(error)}
    if engine == "dict":
        words = [EngineWord(*node) for node in answer["njd"]]
        labels = [Label(*label) for label in answer["labels"]]
    else:
        words, labels = ask_engine(norm, plain=engine == "plus_vanilla")
    spoken, kana, _ = compat.words_and_kana(words)
    made: Row = {"norm_text": norm, "sep_text": spoken, "sep_kata": kana}
    for key, strict in (("error", False), ("strict_error", True)):
        try:
            reading = compat.read_engine_answer(norm, words, labels, strict=strict)
        except (ValueError, compat.UnreadableError) as error:
            made[key] = _failure(error)
            continue
        if not strict:
            made |= _fields(reading)
    if "error" in made:
        made["kata_tone_error"] = made["error"]
    return made


def _fields(reading: compat.CompatReading) -> Row:
    phones, tones = list(reading.phones), list(reading.tones)
    per_token = list(reading.phones_per_token)
    listed = edited_phones.editor_kana(phones, tones)
    return {
        "phones": phones,
        "tones": tones,
        "word2ph": per_token,
        "bert_len_ok": len(per_token) == len(compat.token_text("".join(reading.words))) + 2,
        "kata_tone": [list(item) for item in listed],
        "kata_roundtrip_ok": edited_phones.phones_of_editor_kana(listed) == (phones, tones),
        "ids": _ids(phones, tones, per_token),
    }


def _ids(phones: list[str], tones: list[int], per_token: list[int]) -> Row:
    rows = zip(("phone", "tone", "lang"), ids(phones, tones, "ja"), strict=True)
    made = {name: with_blanks(row).tolist() for name, row in rows}
    return {**made, "word2ph": list(doubled(per_token))}


def replay_given(folder: Path) -> Result:
    """`folder/ja_given.jsonl`; the generated phones are recorded in it."""
    rows = rows_of(folder / "ja_given.jsonl")
    wrong = [
        f"{row['text']} {row['kind']} {difference}"
        for row in rows
        if (difference := _given_difference(row))
    ]
    return len(rows) - len(wrong), len(rows), wrong


def _given_difference(row: Row) -> str:
    # The generated tones are recorded only where they come out unchanged.
    tones = row.get("tones") if row["given_tone"] is None else [0] * len(row["generated_phone"])
    generated = (row["generated_phone"], tones or [], row["generated_word2ph"])
    made: Row = {}
    try:
        phones, new_tones, per_token = edited_phones.apply_given(
            generated, row["given_phone"], row["given_tone"], jp_extra=row["use_jp_extra"]
        )
        made = {"phones": phones, "tones": new_tones, "word2ph": per_token}
        made["norm_text"] = normalise(row["text"])
    except (ValueError, AssertionError) as error:
        made["error"] = _failure(error)
    keys = ("phones", "tones", "word2ph", "norm_text", "error")
    expected = {key: row[key] for key in keys if row.get(key) is not None}
    return "" if made == expected else f"{expected!r}, made {made!r}"


def _failure(error: Exception) -> Row:
    name = "YomiError" if isinstance(error, compat.UnreadableError) else type(error).__name__
    return {"type": name, "msg": str(error)}
