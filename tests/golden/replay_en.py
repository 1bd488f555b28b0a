"""Replays recorded English vectors: `replay(folder)` compares every field of every row.

The recorded tokens stand in for the tokeniser of the language model, which nobody ships.
"""

from __future__ import annotations

import json
from pathlib import Path

from sbv2cli.languages.english import compat
from sbv2cli.voices.phonologies.phonology import doubled, with_blanks
from sbv2cli.voices.phonologies.published import ids


def replay(folder: Path) -> tuple[int, int, list[str]]:
    """(rows that match, rows, what differs) for `folder/en.jsonl`."""
    text = (folder / "en.jsonl").read_text("utf-8")
    # Not splitlines: a text may hold a Unicode line separator.
    rows = [json.loads(line) for line in text.split("\n") if line.strip()]
    wrong = [difference for row in rows if (difference := _difference(row))]
    return len(rows) - len(wrong), len(rows), wrong


def _difference(row: dict) -> str:
    made = _replayed(row["text"], row.get("tokens", []))
    keys = ("norm_text", "error", "norm_error", "phones", "tones", "word2ph", "ids")
    expected = {key: row[key] for key in (*keys, "bert_ntokens") if key in row}
    for key in sorted(expected.keys() | made.keys()):
        if expected.get(key) != made.get(key):
            return f"{row['id']} {key}: {expected.get(key)!r}, made {made.get(key)!r}"
    return ""


def _replayed(text: str, tokens: list[str]) -> dict:
    try:
        norm = compat.normalise(text).text
    except compat.CompatError as error:
        failure = {"type": error.kind, "msg": str(error)}
        return {"norm_text": None, "norm_error": failure, "error": failure}
    try:
        sounds, counts = compat.read(tokens)
    except compat.CompatError as error:
        return {"norm_text": norm, "error": {"type": error.kind, "msg": str(error)}}
    phones = ["_", *(phone for phone, _ in sounds), "_"]
    tones = [0, *(tone for _, tone in sounds), 0]
    per_token = [1, *counts, 1]
    rows = ids(phones, tones, "en")
    numbers = {
        name: with_blanks(row).tolist()
        for name, row in zip(("phone", "tone", "lang"), rows, strict=True)
    }
    return {
        "norm_text": norm,
        "phones": phones,
        "tones": tones,
        "word2ph": per_token,
        "ids": {**numbers, "word2ph": list(doubled(per_token))},
        "bert_ntokens": len(per_token),
    }


if __name__ == "__main__":
    matched, total, differences = replay(Path(__file__).parent / "frontend")
    print(*differences, f"en {matched}/{total}", sep="\n")
