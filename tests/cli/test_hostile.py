"""Input that means harm, or looks like it: each has one outcome, and none leaves the folder."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from stage import Sbv2, files, rows, script

from sbv2cli.folder_lock import FolderLock
from sbv2cli.writers.manifest import read_manifest


def sheet(*cells: tuple[str, ...], header: tuple[str, ...] = ("id", "text")) -> str:
    table = io.StringIO()
    csv.writer(table).writerows([header, *cells])
    return table.getvalue()


@pytest.mark.parametrize(
    ("line", "file"),
    [
        ("../../evil", "_.／..／evil.wav"),
        ("/etc/passwd", "／etc／passwd.wav"),
        ("C:\\windows", "C：＼windows.wav"),
        ("con", "con_.wav"),
        ("aux.txt", "aux_.txt.wav"),
        (".hidden", "_hidden.wav"),
        ("-rf", "-rf.wav"),
        ("$(touch evil)", "$(touch evil).wav"),
        ("manifest.jsonl", "manifest.jsonl.wav"),
        ("timings", "timings.wav"),
        ("a\u202egpj.exe", "a_gpj.exe.wav"),
        ("line:0e3dc4b", "0e3dc4b.wav"),
    ],
)
def test_ids_stay_in_the_folder(sbv2: Sbv2, stage: Path, line: str, file: str) -> None:
    script("l.csv", sheet((line, "やあ。")))
    result = sbv2("render", "l.csv", "-m", "hana")
    assert result.status == 0, result.talk
    assert [name for name in files() if name.endswith(".wav")] == [file]
    made = {path.name for path in stage.iterdir()} - {".cache"}  # of a library, in the home
    assert made == {"l.csv", "out", "voices"}


@pytest.mark.parametrize("file", ["../evil", "/tmp/evil", "a/../../evil", "C:\\evil", "~/evil"])
def test_wished_names_that_leave_the_folder_are_refused(sbv2: Sbv2, file: str) -> None:
    script("l.csv", sheet(("a", "やあ。", file), header=("id", "text", "file")))
    result = sbv2("render", "l.csv", "-m", "hana")
    assert result.status == 2
    assert "error[name.outside]" in result.talk
    assert not Path("out").exists() or not files()


def test_nul_in_a_script_is_refused_with_its_place(sbv2: Sbv2) -> None:
    Path("l.csv").write_bytes("id,text\na\0b,やあ。\n".encode())
    result = sbv2("render", "l.csv", "-m", "hana")
    assert result.status == 2
    assert "error[script.nul]" in result.talk
    assert "l.csv:2" in result.talk


def test_a_name_of_300_bytes_is_cut_and_still_unique(sbv2: Sbv2) -> None:
    long = "あ" * 100
    script("l.csv", sheet((long, "やあ。"), (f"{long}い", "はい。")))
    assert sbv2("render", "l.csv", "-m", "hana").status == 0
    names = [name for name in files() if name.endswith(".wav")]
    assert len(names) == 2
    assert all(len(name.encode()) <= 200 for name in names)


@pytest.mark.parametrize(
    ("first", "second"), [("A", "a"), ("が", "か\u3099"), ("ß", "SS"), ("NUL", "nul_"), ("a", "a ")]
)
def test_names_that_meet_are_refused_before_anything_is_spoken(
    sbv2: Sbv2, first: str, second: str
) -> None:
    script("l.csv", sheet((first, "やあ。"), (second, "はい。")))
    result = sbv2("render", "l.csv", "-m", "hana")
    assert result.status == 2
    assert "error[name.collision]" in result.talk or "error[script.id-twice]" in result.talk
    assert not Path("out").exists() or not files()


def test_names_that_meet_get_numbers_when_asked(sbv2: Sbv2) -> None:
    script("l.csv", sheet(("A", "やあ。"), ("a", "はい。")))
    assert sbv2("render", "l.csv", "-m", "hana", "--on-collision", "suffix").status == 0
    assert [name for name in files() if name.endswith(".wav")] == ["A.wav", "a-2.wav"]


def test_restricted_names(sbv2: Sbv2) -> None:
    script("l.csv", sheet(("太郎 café", "やあ。")))
    assert sbv2("render", "l.csv", "-m", "hana", "--restrict-names").status == 0
    assert all(name.isascii() for name in files())


def test_a_million_characters_are_one_failed_line(sbv2: Sbv2) -> None:
    script(
        "l.jsonl", json.dumps({"id": "a", "text": "あ" * 1_000_000}) + '\n{"id":"b","text":"あ"}\n'
    )
    result = sbv2("render", "l.jsonl", "-m", "hana")
    assert result.status in {2, 3}
    assert "1,000,000" in result.talk or "20,000" in result.talk
    assert "Traceback" not in result.talk


def test_bytes_that_are_no_text(sbv2: Sbv2) -> None:
    Path("l.txt").write_bytes("やあ。\n".encode() + b"\xff\xfe\xfa\n")
    result = sbv2("render", "l.txt", "-m", "hana")
    assert result.status == 2
    assert "error[script.encoding]" in result.talk


def test_unbalanced_quotes(sbv2: Sbv2) -> None:
    script("l.csv", 'id,text\na,"やあ。\nb,はい。\n')
    result = sbv2("render", "l.csv", "-m", "hana")
    assert result.status == 2
    assert "l.csv:" in result.talk


def test_a_bomb_of_entities(sbv2: Sbv2) -> None:
    bomb = '<!DOCTYPE s [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]><speak>&b;</speak>'
    script("l.ssml", bomb)
    result = sbv2("render", "l.ssml", "-m", "hana")
    assert result.status == 2
    assert "l.ssml:" in result.talk


def test_a_manifest_of_a_newer_version_is_left_alone(sbv2: Sbv2) -> None:
    script("a.txt", "やあ。\n")
    Path("out").mkdir()
    newer = '{"type":"job","schema":"sbv2.manifest/9"}\n'
    Path("out/manifest.jsonl").write_text(newer)
    result = sbv2("render", "a.txt", "-m", "hana")
    assert result.status == 2
    assert "error[manifest.newer]" in result.talk
    assert Path("out/manifest.jsonl").read_text() == newer
    assert not files()


def test_a_manifest_that_is_none_is_left_alone(sbv2: Sbv2) -> None:
    script("a.txt", "やあ。\n")
    Path("out").mkdir()
    Path("out/manifest.jsonl").write_text("my notes\n")
    assert sbv2("render", "a.txt", "-m", "hana").status == 2
    assert Path("out/manifest.jsonl").read_text() == "my notes\n"


def test_a_folder_that_another_run_holds(sbv2: Sbv2) -> None:
    script("a.txt", "やあ。\n")
    with FolderLock(Path("out")):
        result = sbv2("render", "a.txt", "-m", "hana")
    assert result.status == 4
    assert "error[output.locked]: another run is writing into this folder (process " in result.talk
    assert sbv2("render", "a.txt", "-m", "hana").status == 0


def test_a_rewritten_manifest_cannot_lead_out_of_the_folder(sbv2: Sbv2, stage: Path) -> None:
    script("l.csv", sheet(("a", "やあ。"), ("b", "はい。")))
    sbv2("render", "l.csv", "-m", "hana")
    victim = stage / "victim.wav"
    victim.write_bytes(Path("out/b.wav").read_bytes())
    text = Path("out/manifest.jsonl").read_text().replace('"b.wav"', '"../victim.wav"')
    Path("out/manifest.jsonl").write_text(text)
    script("l.csv", sheet(("a", "やあ。")))
    sbv2("render", "l.csv", "-m", "hana", "--prune", "delete")
    assert victim.is_file()
    assert list(rows()) == ["a"]


def test_a_lock_that_is_a_link_does_not_empty_its_target(sbv2: Sbv2, stage: Path) -> None:
    diary = stage / "diary.txt"
    diary.write_text("mine")
    Path("out").mkdir()
    Path("out/.sbv2.lock").symlink_to(diary)
    script("a.txt", "やあ。\n")
    result = sbv2("render", "a.txt", "-m", "hana")
    assert result.status == 4
    assert "error[output.lock-foreign]" in result.talk
    assert diary.read_text() == "mine"


def _left_behind(sbv2: Sbv2) -> None:
    """A folder with the lines a and b, and a script that has a alone."""
    script("l.csv", sheet(("a", "やあ。"), ("b", "はい。")))
    assert sbv2("render", "l.csv", "-m", "hana").status == 0
    script("l.csv", sheet(("a", "やあ。")))


@pytest.mark.parametrize("grown", [True, False])
def test_prune_keeps_a_file_that_was_replaced(sbv2: Sbv2, *, grown: bool) -> None:
    _left_behind(sbv2)
    size = Path("out/b.wav").stat().st_size
    mine = b"mine" * size if grown else bytes(size)
    Path("out/b.wav").write_bytes(mine)
    for _ in range(2):
        result = sbv2("render", "l.csv", "-m", "hana", "--prune", "delete", "--json")
        assert result.json["orphans"] == ["b.wav"]
        assert Path("out/b.wav").read_bytes() == mine


def test_prune_does_not_go_through_a_linked_folder(sbv2: Sbv2, stage: Path) -> None:
    _left_behind(sbv2)
    (stage / "album").mkdir()
    Path("out/b.wav").rename(stage / "album" / "b.wav")
    Path("out/x").symlink_to(stage / "album")
    manifest = Path("out/manifest.jsonl")
    manifest.write_text(manifest.read_text().replace('"b.wav"', '"x/b.wav"'))
    sbv2("render", "l.csv", "-m", "hana", "--prune", "delete")
    assert (stage / "album" / "b.wav").is_file()


def test_prune_keeps_the_sidecar_of_a_live_line(sbv2: Sbv2) -> None:
    _left_behind(sbv2)
    Path("out/b.wav").rename("out/a.ogg")  # a.ogg and a.wav have one sidecar
    manifest = Path("out/manifest.jsonl")
    text = manifest.read_text().replace('"b.wav"', '"a.ogg"')
    manifest.write_text(text.replace('"timings/b.json"', '"timings/a.json"'))
    sbv2("render", "l.csv", "-m", "hana", "--prune", "delete")
    assert not Path("out/a.ogg").exists()
    assert Path("out/timings/a.json").is_file()


@pytest.mark.parametrize(
    "record",
    [
        '{"type":[]}',
        '{"type":"line","id":"b","n":2,"status":"ok","duration":' + "9" * 400 + "}",
        '{"type":"line","id":"b","n":2,"status":"ok","file":"b\\u0000.wav"}',
    ],
)
def test_a_damaged_row_does_not_end_a_run(sbv2: Sbv2, record: str) -> None:
    script("l.csv", sheet(("a", "やあ。"), ("b", "はい。")))
    assert sbv2("render", "l.csv", "-m", "hana").status == 0
    manifest = Path("out/manifest.jsonl")
    first, *others = manifest.read_text().splitlines(keepends=True)
    manifest.write_text("".join([first, record + "\n", *others]))
    assert read_manifest(manifest).damaged == 1
    script("l.csv", sheet(("a", "やあ。")))
    result = sbv2("render", "l.csv", "-m", "hana")
    assert result.status == 0, result.talk


def test_a_schema_of_thousands_of_digits_is_no_manifest_of_ours(sbv2: Sbv2) -> None:
    script("l.csv", sheet(("a", "やあ。")))
    Path("out").mkdir()
    schema = "sbv2.manifest/" + "9" * 5000
    Path("out/manifest.jsonl").write_text(json.dumps({"type": "job", "schema": schema}) + "\n")
    result = sbv2("render", "l.csv", "-m", "hana")
    assert result.status == 2
    assert "error[manifest.foreign]" in result.talk
