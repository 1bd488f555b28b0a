"""Replays recorded Chinese vectors: `replay(folder)` compares every field of every row."""

from __future__ import annotations

import json
from pathlib import Path

from sbv2cli.languages.chinese import compat
from sbv2cli.voices.phonologies.phonology import doubled, with_blanks
from sbv2cli.voices.phonologies.published import ids


def replay(folder: Path) -> tuple[int, int, list[str]]:
    """(rows that match, rows, what differs) for `folder/zh.jsonl`."""
    text = (folder / "zh.jsonl").read_text("utf-8")
    # Not splitlines: a text may hold a Unicode line separator.
    rows = [json.loads(line) for line in text.split("\n") if line.strip()]
    wrong = [difference for row in rows if (difference := _difference(row))]
    return len(rows) - len(wrong), len(rows), wrong


def _difference(row: dict) -> str:
    made = _replayed(row["text"])
    expected = {key: row[key] for key in ("norm_text", "error", "norm_error") if key in row}
    expected |= {key: row[key] for key in ("phones", "tones", "word2ph", "ids") if key in row}
    expected["bert_ntokens"] = row.get("bert_ntokens")
    for key in sorted(expected.keys() | made.keys()):
        if expected.get(key) != made.get(key):
            return f"{row['id']} {key}: {expected.get(key)!r}, made {made.get(key)!r}"
    return ""


def _replayed(text: str) -> dict:
    try:
        norm = compat.normalise(text).text
    except compat.CompatError as error:
        failure = {"type": error.kind, "msg": str(error)}
        return {"norm_text": None, "norm_error": failure, "error": failure}
    count = {"norm_text": norm, "bert_ntokens": len(norm) + 2}
    try:
        sounds = compat.read(norm)
    except compat.CompatError as error:
        return {**count, "error": {"type": error.kind, "msg": str(error)}}
    phones = ["_", *(phone for each in sounds for phone, _ in each), "_"]
    tones = [0, *(tone for each in sounds for _, tone in each), 0]
    per_token = [1, *(len(each) for each in sounds), 1]
    return {
        **count,
        "phones": phones,
        "tones": tones,
        "word2ph": per_token,
        "ids": ids_of(phones, tones, per_token, "zh"),
    }


def ids_of(phones: list[str], tones: list[int], per_token: list[int], language: str) -> dict:
    """The numbers that a model is given, blanks included."""
    rows = ids(phones, tones, language)
    made = {
        name: with_blanks(row).tolist()
        for name, row in zip(("phone", "tone", "lang"), rows, strict=True)
    }
    return {**made, "word2ph": list(doubled(per_token))}


if __name__ == "__main__":
    matched, total, differences = replay(Path(__file__).parent / "frontend")
    print(*differences, f"zh {matched}/{total}", sep="\n")
