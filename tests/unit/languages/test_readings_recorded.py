"""English and Chinese in compat mode: every recorded reading, to the last number."""

from __future__ import annotations

import importlib.util
import json
from dataclasses import asdict
from pathlib import Path

import pytest

from sbv2cli.errors import ReadingError
from sbv2cli.languages.chinese import CHINESE
from sbv2cli.languages.english import ENGLISH
from sbv2cli.languages.english.tokens import whole_word_tokens
from sbv2cli.languages.language import ReadOptions

COMPAT = ReadOptions(mode="compat")


def replay(golden: Path, language: str):
    place = golden / f"replay_{language}.py"
    spec = importlib.util.spec_from_file_location(place.stem, place)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.replay


@pytest.mark.parametrize(("language", "rows"), [("en", 144), ("zh", 163)])
def test_every_recorded_reading(golden: Path, language: str, rows: int) -> None:
    matched, total, differences = replay(golden, language)(golden / "frontend")
    assert (matched, total, differences) == (rows, rows, [])


def test_a_wrong_recording_is_noticed(golden: Path, tmp_path: Path) -> None:
    rows = (golden / "frontend" / "zh.jsonl").read_text("utf-8").splitlines()
    row = json.loads(rows[0])
    row["tones"][1] = 5 - row["tones"][1]
    (tmp_path / "zh.jsonl").write_text(json.dumps(row) + "\n" + rows[1] + "\n", encoding="utf-8")
    matched, total, differences = replay(golden, "zh")(tmp_path)
    assert (matched, total, len(differences)) == (1, 2, 1)


def test_chinese_compat_readings_are_the_recorded_ones(golden: Path) -> None:
    for line in (golden / "frontend" / "zh.jsonl").read_text("utf-8").splitlines():
        row = json.loads(line)
        if "error" in row:
            continue
        reading = CHINESE.read(row["text"], COMPAT)
        assert reading.normalised == reading.model_text == row["norm_text"]
        assert list(reading.phones) == row["phones"]
        assert list(reading.tones) == row["tones"]
        assert list(reading.phones_per_token) == row["word2ph"]


def test_english_compat_readings_are_the_recorded_ones(golden: Path) -> None:
    """Where each word is one token, whole words are what the language model's tokens are."""
    same = 0
    for line in (golden / "frontend" / "en.jsonl").read_text("utf-8").splitlines():
        row = json.loads(line)
        if "error" in row or whole_word_tokens(row["norm_text"]) != row["tokens"]:
            continue
        reading = ENGLISH.read(row["text"], COMPAT)
        assert list(reading.phones) == row["phones"], row["id"]
        assert list(reading.phones_per_token) == row["word2ph"], row["id"]
        same += 1
    assert same > 80


@pytest.mark.parametrize(
    ("language", "text"),
    [(ENGLISH, "9" * 39), (CHINESE, "1" * 17), (CHINESE, "兙"), (CHINESE, "噷")],
)
def test_where_the_reference_raises_compat_reads_on_and_says_so(language, text: str) -> None:
    reading = language.read(text, COMPAT)
    assert reading.findings[0].code == "reading.compat"
    assert reading.findings[0].span == (0, len(text))
    assert asdict(language.read(text))["phones"] == reading.phones
    with pytest.raises(ReadingError, match="compat mode has no reading"):
        language.read(text, ReadOptions(mode="compat", unreadable="raise"))
