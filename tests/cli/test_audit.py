"""`sbv2 check --against`: what is missing, left over or wrong, and renames as a plan."""

from __future__ import annotations

import csv
import io
import json
import os
import shutil
from pathlib import Path

import numpy as np
import pytest
import soundfile
from stage import Sbv2, files, script

SHEET = (
    "id,character,text\na,太郎,おはようございます。\nb,花子,こんにちは、世界。\n"
    "c,太郎,さようなら、また明日。\nd,花子,……\n"
)


def found(sbv2: Sbv2, *arguments: object) -> dict[str, list[str | None]]:
    """The ids of the lines, or the files, by the code of what was found."""
    result = sbv2("check", "lines.csv", "--against", "out", *arguments, "--json").json
    by_code: dict[str, list[str | None]] = {}
    for each in result["findings"]:
        by_code.setdefault(each["code"], []).append(each["id"] or each["file"])
    return by_code


@pytest.fixture
def made(sbv2: Sbv2) -> Sbv2:
    script("lines.csv", SHEET)
    assert sbv2("render", "lines.csv", "-m", "hana").status == 0
    return sbv2


def record(path: str, seconds: float = 1.0, rate: int = 16000, level: float = 0.3) -> None:
    """A recording that somebody made: a tone of its own."""
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    pitch = 100 + sum(path.encode()) % 200
    tone = np.sin(np.arange(int(seconds * rate)) * 2 * np.pi * pitch / rate) * level
    soundfile.write(path, np.clip(tone, -1, 1), rate, subtype="PCM_16")


def test_what_a_run_made_is_right_and_nothing_is_touched(made: Sbv2) -> None:
    before = files()
    result = made("check", "lines.csv", "--against", "out")
    assert (result.status, result.out) == (0, "")
    assert "4 files wanted, 4 there" in result.talk
    assert found(made, "--verify", "sha256") == {}
    assert files() == before


def test_missing_files_are_errors_at_the_line(made: Sbv2) -> None:
    Path("out/b.wav").unlink()
    result = made("check", "lines.csv", "--against", "out")
    assert result.status == 3
    assert result.out.startswith('lines.csv:3:6: audit.missing error there is no "b.wav" in out')
    # Without a manifest too.
    Path("out/manifest.jsonl").unlink()
    assert found(made)["audit.missing"] == ["b"]


def test_files_of_no_line_are_orphaned_or_foreign(made: Sbv2) -> None:
    script("lines.csv", SHEET.replace("b,花子,こんにちは、世界。\n", ""))
    record("out/mine.wav")
    assert found(made) == {"audit.orphaned": ["b.wav"], "audit.foreign": ["mine.wav"]}
    assert made("check", "lines.csv", "--against", "out").status == 0
    assert made("check", "lines.csv", "--against", "out", "--fail-on", "warning").status == 3


def test_files_of_another_script_in_the_folder_are_left_alone(made: Sbv2) -> None:
    script("other.csv", "id,text\nx,おはようございます。\n")
    made("render", "other.csv", "-m", "hana")
    script("lines.csv", SHEET + "e,太郎,おはようございます。\n")
    result = made("check", "lines.csv", "--against", "out", "--json").json
    assert [each["code"] for each in result["findings"]] == ["audit.missing"]
    assert result["renames"] == []


def test_broken_files_are_named(made: Sbv2) -> None:
    whole = Path("out/a.wav").read_bytes()
    Path("out/a.wav").write_bytes(whole[: len(whole) // 2])
    Path("out/b.wav").write_bytes(b"RIFF")
    record("out/c.wav", level=0.0)
    codes = found(made)
    assert codes["audit.truncated"] == ["a"]
    assert codes["audit.unreadable"] == ["b"]
    assert codes["audit.silent"] == ["c"]


def test_silence_of_the_very_same_size_is_found(made: Sbv2) -> None:
    whole = bytearray(Path("out/a.wav").read_bytes())
    whole[44:] = bytes(len(whole) - 44)
    Path("out/a.wav").write_bytes(whole)
    assert found(made) == {"audit.silent": ["a"]}
    # Kept times hide it, until every file is read.
    os.utime("out/a.wav", (0, 0))
    assert found(made) == {}
    assert found(made, "--verify", "sha256") == {"audit.silent": ["a"]}


def test_a_copied_folder_is_the_same_folder(made: Sbv2) -> None:
    shutil.copytree("out", "copied", copy_function=shutil.copyfile)
    os.utime("copied/manifest.jsonl", (0, 0))
    result = made("check", "lines.csv", "--against", "copied")
    assert (result.status, result.out) == (0, "")


def test_lengths_are_those_of_the_manifest_else_about_those_of_the_text(made: Sbv2) -> None:
    record("out/a.wav", seconds=2.5)
    assert found(made)["audit.length"] == ["a"]
    Path("out/manifest.jsonl").unlink()
    for name, seconds in (("a", 1.5), ("b", 30.0), ("c", 1.5)):
        record(f"out/{name}.wav", seconds=seconds)
    assert found(made) == {"audit.length": ["b"]}


def test_rates_and_formats_that_are_asked_for_or_odd(made: Sbv2) -> None:
    record("out/c.wav", rate=22050)
    assert found(made)["audit.rate"] == ["c"]
    assert found(made, "--rate", "22050")["audit.rate"] == ["a", "b", "d"]
    assert found(made, "--format", "ogg")["audit.format"] == ["a", "b", "c", "d"]
    Path("out/manifest.jsonl").unlink()
    assert found(made)["audit.rate"] == ["c"]  # most files have the other one


def test_clipped_recordings(made: Sbv2) -> None:
    Path("out/manifest.jsonl").unlink()
    record("out/a.wav", seconds=1.5, level=2.0)
    record("out/b.wav", seconds=1.5, level=1.0)
    assert found(made)["audit.clipped"] == ["a"]


def test_one_recording_under_two_names(made: Sbv2) -> None:
    shutil.copy("out/a.wav", "out/b.wav")
    assert "b" in found(made)["audit.duplicate"]
    # Lines that say the same may have the same file.
    script("lines.csv", "id,text\na,はい。\nb,はい。\n")
    made("render", "lines.csv", "-m", "hana")
    assert "audit.duplicate" not in found(made)


def test_a_line_that_was_edited_since(made: Sbv2) -> None:
    script("lines.csv", SHEET.replace("世界", "地球"))
    assert found(made) == {"audit.text": ["b"]}


def test_a_file_that_is_there_in_another_format(made: Sbv2) -> None:
    soundfile.write("out/a.ogg", *soundfile.read("out/a.wav"))
    Path("out/a.wav").unlink()
    codes = found(made)
    assert codes["audit.format"] == ["a"]
    assert "audit.missing" not in codes


def test_takes_without_a_choice(sbv2: Sbv2) -> None:
    script("lines.csv", SHEET)
    sbv2("render", "lines.csv", "-m", "hana", "--take", "1..2")
    assert found(sbv2) == {"audit.take": ["a", "b", "c", "d"]}
    script("picks.csv", "id,take\na,1\nb,2\nc,1\nd,1\n")
    sbv2("render", "lines.csv", "-m", "hana", "--choose", "picks.csv", "--prune", "delete")
    # The takes are a column or a file of the next run; here the manifest knows them.
    assert found(sbv2) == {}


def test_the_manifest_remembers_how_files_are_called(sbv2: Sbv2) -> None:
    script("lines.csv", SHEET)
    sbv2("render", "lines.csv", "-m", "hana", "--for", "renpy")
    script("lines.csv", SHEET + "e,花子,もう一つ。\n")
    record("out/game/audio/effect.wav")  # music and effects of the game are not looked at
    result = sbv2("check", "lines.csv", "--against", "out", "--json").json
    assert [each["code"] for each in result["findings"]] == ["audit.missing"]
    assert result["findings"][0]["file"] == "game/voice/e.ogg"


def test_names_with_decomposed_marks_are_the_same_names(sbv2: Sbv2) -> None:
    script("lines.csv", "id,text\nが,おはようございます。\n")
    record("out/か\u3099.wav", seconds=1.5)
    assert found(sbv2) == {}


def test_another_take_than_the_script_says(made: Sbv2) -> None:
    script("lines.csv", "id,character,text,take\na,太郎,おはようございます。,2\n")
    assert found(made)["audit.take"] == ["a"]


def test_errors_of_the_script_are_said_too(made: Sbv2) -> None:
    script("lines.csv", SHEET + "a,太郎,もう一度。\n")
    assert found(made)["script.id-twice"] == ["a"]
    assert made("check", "lines.csv", "--against", "out").status == 3


def test_a_manifest_is_a_script_here_too(made: Sbv2) -> None:
    Path("out/b.wav").unlink()
    result = made("check", "out/manifest.jsonl", "--against", "out", "--json").json
    assert [(each["code"], each["id"]) for each in result["findings"]] == [("audit.missing", "b")]


def test_renames_are_a_plan(made: Sbv2) -> None:
    record("out/other/Z_03.wav")
    script(
        "lines.csv",
        "id,character,text\nnew_a,太郎,おはようございます。\nb,花子,こんにちは、世界。\n"
        "c,太郎,さようなら、また明日。\nd,花子,……\nz_03,太郎,どうもありがとう。\nq,太郎,名もない。\n",
    )
    before = files()
    result = made("check", "lines.csv", "--against", "out", "--fix", "plan.csv", "--json").json
    expected = [
        ("a.wav", "new_a.wav", "same text"),
        ("other/Z_03.wav", "z_03.wav", "folder"),
    ]
    assert [(one["old"], one["new"], one["why"]) for one in result["renames"]] == expected
    assert files() == before
    rows = list(csv.DictReader(io.StringIO(Path("plan.csv").read_text(encoding="utf-8-sig"))))
    assert [(row["old"], row["new"], row["why"]) for row in rows] == expected
    made("check", "lines.csv", "--against", "out", "--fix", "plan.jsonl")
    written = Path("plan.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(row)["old"] for row in written] == [old for old, _, _ in expected]


def test_an_edited_line_with_a_new_id_is_found_by_its_text(sbv2: Sbv2) -> None:
    text = "今日は朝からとても天気がいいので、みんなで海まで行きましょう。"
    script("lines.csv", f"id,text\na,{text}\n")
    sbv2("render", "lines.csv", "-m", "hana")
    script("lines.csv", f"id,text\nb,{text.replace('海', '山')}\n")
    result = sbv2("check", "lines.csv", "--against", "out", "--json").json
    assert [(one["old"], one["new"]) for one in result["renames"]] == [("a.wav", "b.wav")]
    assert result["renames"][0]["why"].startswith("text 9")


def test_a_plan_replaces_no_other_file(made: Sbv2) -> None:
    result = made("check", "lines.csv", "--against", "out", "--fix", "lines.csv", "--json")
    assert (result.status, result.json["error"]["code"]) == (2, "audit.plan")
    assert Path("lines.csv").read_text(encoding="utf-8") == SHEET


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("--fix", "plan.csv"), "usage.against"),
        (("--against", "out", "--show", "plan"), "usage.against"),
        (("--against", "nowhere"), "audit.folder"),
    ],
)
def test_wrong_options_are_refused(sbv2: Sbv2, arguments: tuple[str, ...], code: str) -> None:
    script("lines.csv", SHEET)
    result = sbv2("check", "lines.csv", *arguments, "--json")
    assert (result.status, result.json["error"]["code"]) == (2, code)


def test_another_rate_than_the_voice_has_is_no_other_length(sbv2: Sbv2) -> None:
    texts = ["はい。", "いいえ。", "そうですね。", "今日は。", "海だ。", "山に行く。", "書いた。"]
    script("lines.csv", "id,text\n" + "".join(f"a{n},{text}\n" for n, text in enumerate(texts)))
    sbv2("render", "lines.csv", "-m", "hana", "-o", "voice", "--rate", "44100", "-f", "ogg")
    found = sbv2("check", "lines.csv", "--against", "voice", "--json")
    assert [each["message"] for each in found.json["findings"]] == []
