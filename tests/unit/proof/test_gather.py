"""Folders to lines: readings out of timings, takes, outliers, and what is broken."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from sbv2cli.errors import UsageError
from sbv2cli.languages.japanese.corrections import notation_of, units_of_notation
from sbv2cli.proof.gather import Proof, finished_folder, gather
from sbv2cli.proof.line import as_json, keys
from sbv2cli.proof.outliers import MEASURES, outliers
from sbv2cli.proof.sounds import ALPHABET
from sbv2cli.proof.spoken_moras import notation, spoken_moras
from sbv2cli.records import Reading, Word
from sbv2cli.writers.timings import sidecar, timings
from tools.made_up_folder import made_up_folder

ROOT = Path(__file__).parents[3]


def gathered(folder: Path) -> Proof:
    return gather(finished_folder(folder))


def changed(folder: Path, number: int, **values: object) -> None:
    """Change a line of the manifest; `None` takes a key away."""
    path = folder / "manifest.jsonl"
    rows = [json.loads(row) for row in path.read_text("utf-8").splitlines()]
    row = next(row for row in rows if row.get("n") == number)
    row.update(values)
    for key in [key for key, value in values.items() if value is None]:
        del row[key]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return made_up_folder(tmp_path / "out", 12, seconds=1.0)


def test_lines_are_in_the_order_of_the_script(folder: Path) -> None:
    found = gathered(folder)
    assert [line.number for line in found.lines] == list(range(1, 13))
    assert found.title == "out"
    first = found.lines[0]
    assert (first.character, first.chapter, first.chapter_title) == ("太郎", 1, "第1章")
    assert first.takes[0].file == "01/00001.wav"
    assert first.takes[0].seconds > 0.7


def test_drawings_have_a_letter_for_each_column(folder: Path) -> None:
    for drawing in gathered(folder).drawings.values():
        assert len(drawing.peaks) == len(drawing.pitch) > 30
        assert set(drawing.peaks + drawing.pitch) <= set(ALPHABET)
        assert set(drawing.pitch) != {ALPHABET[0]}


def test_takes_of_a_line_are_together(folder: Path) -> None:
    for number in (3, 4, 5):
        changed(folder, number, n=3, take=number - 2, take_of="three", id=f"three-take{number - 2}")
    lines = gathered(folder).lines
    assert len(lines) == 10
    (line,) = (line for line in lines if line.id == "three")
    assert [take.take for take in line.takes] == [1, 2, 3]


def test_a_failed_line_has_no_sound_and_says_why(folder: Path) -> None:
    error = {"code": "reading.empty", "message": "nothing to say"}
    changed(folder, 2, status="failed", file=None, error=error)
    lines = gathered(folder).lines
    line = lines[1]
    assert line.takes[0].file is None
    assert [(one.code, one.severity) for one in line.findings] == [("reading.empty", "failed")]
    assert line.suspicion > max(other.suspicion for other in lines if other is not line)


def test_files_that_are_gone_or_broken_harm_no_other_line(folder: Path) -> None:
    (folder / "01/00003.wav").unlink()
    (folder / "01/00004.wav").write_bytes(b"RIFF")
    (folder / "timings/01/00005.json").write_bytes(b'{"moras": 3}')
    lines = gathered(folder).lines
    assert [line.findings[0].code for line in lines[2:4]] == ["audio.missing", "audio.unreadable"]
    assert [line.takes[0].file is None for line in lines[2:4]] == [True, True]
    assert lines[4].takes[0].times == ()
    assert sum(take.file is not None for line in lines for take in line.takes) == 10


def test_what_is_no_output_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no manifest"):
        finished_folder(tmp_path)
    (tmp_path / "manifest.jsonl").write_text('{"type":"job","schema":"sbv2.manifest/1"}\n')
    with pytest.raises(UsageError, match="no lines"):
        finished_folder(tmp_path)


def test_the_reference_names_every_key() -> None:
    page = (ROOT / "docs/reference/proof.md").read_text("utf-8")
    for kind, names in keys().items():
        section = re.search(rf"^### {kind}\n(.*?)(?=^##|\Z)", page, re.MULTILINE | re.DOTALL)
        assert section, kind
        documented = set(re.findall(r"^\| `(\w+)`", section[1], re.MULTILINE))
        assert documented == set(names), kind


def test_the_command_has_no_corrections_of_before(folder: Path) -> None:
    path = folder / "manifest.jsonl"
    text = path.read_text("utf-8")
    given = '"render", "a b.csv", "--corrections", "c.jsonl", "--corrections=d.jsonl", "-q"'
    path.write_text(re.sub(r'"argv": \[.*?\]', f'"argv": [{given}]', text, count=1), "utf-8")
    assert gathered(folder).command == "sbv2 render 'a b.csv' -q"


def test_steps_are_as_many_as_there_are(folder: Path) -> None:
    found = finished_folder(folder)
    steps = []
    gather(found, lambda: steps.append(1))
    assert len(steps) == found.steps == 24


def test_doubtful_words_are_found_in_texts(folder: Path) -> None:
    changed(folder, 1, text="船は何時に着くの。", kana="フ'ネワ/ナ'ンジニ/ツ'クノ。")
    changed(
        folder, 2, text="船は何時に着くの。", kana="セ'ンワ/ナ'ンジニ/ツ'クノ。"
    )  # by a dictionary
    changed(folder, 3, text="船は何時に着くの。", reading="フ'ネワ/ナ'ンジニ/ツ'クノ。")
    lines = gathered(folder).lines
    words = [{doubt.surface for doubt in line.doubts} for line in lines[:3]]
    assert words == [{"船", "何時"}, {"何時"}, set()]
    assert 0 < lines[1].doubt < lines[0].doubt < 1


def test_doubts_of_a_manifest_that_are_none_are_left_out(folder: Path) -> None:
    doubt = {"span": [0, 1], "surface": "海", "weight": 0.5}
    wrong = [{**doubt, "weight": 1e999}, {**doubt, "weight": -1}, {**doubt, "span": 3}, 3]
    changed(folder, 1, doubts=[{**doubt, "reasons": None, "others": 3}, *wrong])
    (found,) = gathered(folder).lines[0].doubts
    assert (found.weight, found.reasons, found.others) == (0.5, (), ())


def test_empty_fields_do_not_stand_in_json(folder: Path) -> None:
    record = as_json(gathered(folder).lines[0])
    assert "scene" not in record
    assert "findings" not in record
    assert record["number"] == 1
    assert record["words"][0] == [0, 1, 0, 2]


# ---- readings ----------------------------------------------------------------------------------


def reading(*words: tuple[str, tuple[str, ...], tuple[int, ...]]) -> Reading:
    made = []
    for place, (kana, phones, tones) in enumerate(words):
        made.append(
            Word(
                surface=kana,
                span=(place, place + 1),
                spoken=kana,
                kana=kana if kana.isalpha() else None,
                phones=phones,
                tones=tones,
                phones_per_token=(),
            )
        )
    phones = ("_", *(phone for word in made for phone in word.phones), "_")
    tones = (0, *(tone for word in made for tone in word.tones), 0)
    return Reading(
        language="ja",
        text="",
        normalised="",
        model_text="",
        phones=phones,
        tones=tones,
        phones_per_token=(),
        words=tuple(made),
    )


def test_timings_give_the_reading_back() -> None:
    import numpy as np

    said = reading(
        ("ハシ", ("h", "a", "sh", "i"), (0, 0, 1, 1)),
        ("オ", ("o",), (0,)),
        ("、", (",",), (0,)),
        ("トー", ("t", "o", "o"), (0, 0, 1)),
        ("ッ", ("q",), (1,)),
        ("テ", ("t", "e"), (1, 1)),
    )
    frames = np.full(len(said.phones), 3)
    record = json.loads(sidecar("a", timings(said, frames, 300, 24_000)))
    assert notation(record) == notation_of(said) == "ハシ'オ、トーッテ"
    units = units_of_notation(notation(record) or "")
    assert tuple(phone for unit in units for phone in unit.phones) == said.phones[1:-1]
    found = spoken_moras(record)
    assert found.words[0] == (0, 1, 0, 2)
    assert found.measures()["pause"] == pytest.approx(3 * 300 / 24_000, abs=1e-5)


# ---- outliers ----------------------------------------------------------------------------------


def test_an_outlier_is_one_among_its_own_speaker() -> None:
    calm = [{"speed": 7 + 0.1 * (n % 5)} for n in range(20)]
    quick = [{"speed": 11 + 0.1 * (n % 5)} for n in range(20)]
    calm[3] = {"speed": 11.0}
    found = outliers(calm + quick, ["a"] * 20 + ["b"] * 20)
    assert [index for index, each in enumerate(found) if each] == [3]
    (one,) = found[3]
    assert (one.what, one.value, one.usual) == ("speed", 11.0, 7.2)
    assert one.score > 3.5


def test_what_nobody_hears_is_no_outlier() -> None:
    numbers = [dict.fromkeys(MEASURES, 1.0) for _ in range(30)]
    numbers[0] = {what: 1.0 + least for what, least in MEASURES.items()}
    assert not any(outliers(numbers, ["a"] * 30))


def test_speakers_of_few_lines_are_compared_with_all() -> None:
    numbers = [{"level": -20.0 + 0.1 * (n % 3)} for n in range(30)] + [{"level": -35.0}]
    assert [bool(each) for each in outliers(numbers, ["a"] * 30 + ["b"])][-1]
