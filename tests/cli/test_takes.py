"""`--take 1..3`, `--choose`, `--for` and counting names, from script to files."""

from __future__ import annotations

from pathlib import Path

from stage import Sbv2, files, rows, script

SHEET = "id,character,text\na,太郎,おはようございます。\nb,花子,こんにちは。\nc,太郎,さようなら。\n"


def wavs(folder: str = "out") -> dict[str, bytes]:
    return {name: data for name, data in files(folder).items() if name.endswith(".wav")}


def test_takes_are_made_chosen_and_pruned(sbv2: Sbv2) -> None:
    script("lines.csv", SHEET)
    sbv2("render", "lines.csv", "-m", "hana", "-o", "plain")
    sbv2("render", "lines.csv", "-m", "hana", "-o", "second", "--take", "2")
    result = sbv2("render", "lines.csv", "-m", "hana", "--take", "1,2")
    assert result.status == 0, result.talk
    several = wavs()
    assert list(several) == [f"{name}-take{take}.wav" for name in "abc" for take in (1, 2)]
    for name in "abc":
        assert several[f"{name}-take1.wav"] == wavs("plain")[f"{name}.wav"]
        assert several[f"{name}-take2.wav"] == wavs("second")[f"{name}.wav"]
    found = rows()["b-take2"]
    assert (found["n"], found["take"], found["take_of"]) == (2, 2, "b")

    again = sbv2("render", "lines.csv", "-m", "hana", "--take", "1,2", "--json").json
    assert again["summary"]["ok"] == 0
    assert again["summary"]["reused"] == 6

    # One is chosen, the others stay open.
    script("picks.csv", "id,take\nb,2\n")
    arguments = ("render", "lines.csv", "-m", "hana", "--take", "1,2", "--choose", "picks.csv")
    result = sbv2(*arguments, "--json").json
    assert result["summary"]["ok"] == 0  # copied, not spoken
    assert sorted(result["orphans"]) == ["b-take1.wav", "b-take2.wav"]
    assert wavs()["b.wav"] == several["b-take2.wav"]
    assert "a-take2.wav" in wavs()
    assert rows()["b"]["take"] == 2
    Path("out/mine.wav").write_bytes(b"not theirs")
    assert sbv2(*arguments, "--prune", "delete").status == 0
    assert list(wavs()) == [
        "a-take1.wav", "a-take2.wav", "b.wav", "c-take1.wav", "c-take2.wav", "mine.wav",
    ]  # fmt: skip


def test_takes_are_not_joined_as_if_they_were_lines(sbv2: Sbv2) -> None:
    script("lines.csv", SHEET)
    sbv2("render", "lines.csv", "-m", "hana", "--take", "1..2")
    assert sbv2("export", "out", "--to", "srt").status == 0
    result = sbv2("export", "out", "--to", "srt", "--by", "whole", "-o", "subtitles", "--json")
    assert (result.status, result.json["error"]["code"]) == (2, "export.takes")


def test_a_column_fixes_a_take(sbv2: Sbv2) -> None:
    script("lines.csv", "id,text,take\na,おはようございます。,2\nb,こんにちは。,\n")
    assert sbv2("render", "lines.csv", "-m", "hana", "--take", "1..2").status == 0
    assert list(wavs()) == ["a.wav", "b-take1.wav", "b-take2.wav"]
    assert rows()["a"]["take"] == 2


def test_a_manifest_of_takes_is_a_script_of_the_same_files(sbv2: Sbv2) -> None:
    script("lines.csv", SHEET)
    sbv2("render", "lines.csv", "-m", "hana", "--take", "1..2", "--name", "{n:02d}.{ext}")
    again = ("out/manifest.jsonl", "-m", "hana", "--name", "{n:02d}.{ext}")
    result = sbv2("render", *again, "-o", "again")
    assert result.status == 0, result.talk
    assert wavs("again") == wavs()
    assert list(wavs()) == [f"0{n}-take{take}.wav" for n in (1, 2, 3) for take in (1, 2)]
    script("picks.jsonl", '{"id":"a","take":1}\n{"id":"b","take":2}\n{"id":"c","take":1}\n')
    result = sbv2("render", *again, "-o", "chosen", "--choose", "picks.jsonl")
    assert result.status == 0, result.talk
    assert wavs("chosen") == {
        "01.wav": wavs()["01-take1.wav"],
        "02.wav": wavs()["02-take2.wav"],
        "03.wav": wavs()["03-take1.wav"],
    }


def test_takes_of_a_selection(sbv2: Sbv2) -> None:
    script("lines.csv", SHEET)
    arguments = ("render", "lines.csv", "-m", "hana", "--take", "1..2")
    assert sbv2(*arguments, "--select", "id=b").status == 0
    assert list(wavs()) == ["b-take1.wav", "b-take2.wav"]


def test_a_selection_leaves_the_takes_of_other_lines_alone(sbv2: Sbv2) -> None:
    script("lines.csv", SHEET)
    arguments = ("render", "lines.csv", "-m", "hana", "--prune", "delete")
    sbv2(*arguments)
    # Plain files of lines that this run is not about stay, and so do their rows.
    sbv2(*arguments, "--take", "1..2", "--select", "id=b")
    assert list(wavs()) == ["a.wav", "b-take1.wav", "b-take2.wav", "c.wav"]
    assert {"a", "b-take1", "b-take2", "c"} <= set(rows())
    # And the other way round.
    sbv2(*arguments, "--select", "id=c")
    assert list(wavs()) == ["a.wav", "b-take1.wav", "b-take2.wav", "c.wav"]
    sbv2(*arguments)
    assert list(wavs()) == ["a.wav", "b.wav", "c.wav"]


def test_wrong_takes_are_refused_before_anything_is_spoken(sbv2: Sbv2) -> None:
    script("lines.csv", SHEET)
    result = sbv2("render", "lines.csv", "-m", "hana", "--take", "3..1", "--json")
    assert (result.status, result.json["error"]["code"]) == (2, "setting.take")
    script("picks.csv", "id,take\nx,2\n")
    result = sbv2("render", "lines.csv", "-m", "hana", "--choose", "picks.csv", "--json")
    assert (result.status, result.json["error"]["code"]) == (2, "take.line-unknown")
    assert not Path("out").exists()


def test_an_inserted_line_moves_files_and_speaks_once(sbv2: Sbv2) -> None:
    script("lines.csv", SHEET)
    arguments = ("render", "lines.csv", "-m", "hana", "--name", "{character}_{nc:03d}.{ext}")
    sbv2(*arguments)
    before = wavs()
    script("lines.csv", SHEET.replace("b,", "x,太郎,新しい台詞です。\nb,", 1))
    result = sbv2(*arguments, "--json").json
    assert result["summary"]["ok"] == 1
    after = wavs()
    assert after["太郎_001.wav"] == before["太郎_001.wav"]
    assert after["太郎_003.wav"] == before["太郎_002.wav"]
    assert after["花子_001.wav"] == before["花子_001.wav"]


def test_an_engine_sets_name_folder_and_format_and_options_hold_over_it(sbv2: Sbv2) -> None:
    script("lines.csv", SHEET)
    assert sbv2("render", "lines.csv", "-m", "hana", "--for", "renpy", "-o", "Game").status == 0
    found = sorted(name for name in files("Game") if not name.startswith("timings/"))
    assert found == [f"game/voice/{name}.ogg" for name in "abc"]
    script("sbv2.toml", '[render]\nfor = "unity"\nformat = "flac"\n')
    assert sbv2("render", "lines.csv", "-m", "hana", "-o", "Unity").status == 0
    assert "Assets/Voice/ja/a.flac" in files("Unity")
    result = sbv2("render", "lines.csv", "-m", "hana", "--for", "unreal", "--name", "{id}.{ext}")
    assert result.status == 0
    assert "a.wav" in files()  # the engine of the command line holds over the file's format


def test_lines_without_ids_are_said_where_an_engine_needs_them(sbv2: Sbv2) -> None:
    script("story.txt", "おはようございます。\n")
    result = sbv2("render", "story.txt", "-m", "hana", "--for", "renpy", "-n")
    assert "without an id of their own: 1; Ren'Py finds" in result.talk
    assert "without an id" not in sbv2("render", "story.txt", "-m", "hana", "--for", "utage").talk
