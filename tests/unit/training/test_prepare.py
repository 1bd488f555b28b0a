"""Recordings and transcripts to datasets: what is kept, what is dropped, and what is said of it."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import tiny_dataset as sounds
from hypothesis import given
from hypothesis import strategies as st

from sbv2cli.audio import loudness
from sbv2cli.errors import Sbv2Error, UsageError
from sbv2cli.training.data.clips import read_clips, whole_frames, with_blanks
from sbv2cli.training.prepare.audio import load_samples
from sbv2cli.training.prepare.make_clips import PrepareSettings
from sbv2cli.training.prepare.prepare import prepare
from sbv2cli.training.prepare.transcripts import read_transcript


def settings(folder: Path, transcript: Path, **options) -> PrepareSettings:
    return PrepareSettings(
        audio=folder / "audio", transcript=transcript, out=folder / "data", **options,
        **({} if "recipe" in options else {"recipe": "tiny"}),
    )  # fmt: skip


def code_of(call, *arguments) -> UsageError:
    with pytest.raises(UsageError) as caught:
        call(*arguments)
    assert caught.value.message == caught.value.message.strip()
    return caught.value


# Transcripts.


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("a.wav|花子|JP|雨です。\n", ("a.wav", "花子", "ja", "雨です。")),
        ("LJ001|Chapter 1\n", ("LJ001", "", "", "Chapter 1")),
        ("LJ001|Chapter 1|Chapter one\n", ("LJ001", "", "", "Chapter one")),
        ("audio,text\nx,雨\n", ("x", "", "", "雨")),
        ("file\ttranscript\tlang\nx\t雨\tJP\n", ("x", "", "ja", "雨")),
        ("audio|text|speaker\nx|雨|太郎\n", ("x", "太郎", "", "雨")),
    ],
)
def test_transcripts_of_every_kind(tmp_path, text, wanted):
    path = tmp_path / "list.txt"
    path.write_text(text, "utf-8")
    (row,) = read_transcript(path)
    assert (row.audio, row.speaker, row.language, row.text) == wanted


def test_seven_fields_bring_their_reading(tmp_path):
    path = tmp_path / "train.list"
    path.write_text("a.wav|花子|JP|雨|_ a m e _|0 1 0 0 0|1 3 1\n", "utf-8")
    (row,) = read_transcript(path)
    assert row.phones == ("_", "a", "m", "e", "_")
    assert row.per_token == (1, 3, 1)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "train.transcript-empty"),
        ("audio,text\n", "train.transcript-empty"),
        ("audio,speech\nx,y\n", "train.transcript-column"),
        ("a|b|c|d|e\n", "train.transcript-fields"),
        ("a|花子|KR|안녕\n", "train.transcript-language"),
        ("audio,text,tones\nx,y,high\n", "train.transcript-number"),
    ],
)
def test_a_wrong_transcript_says_why(tmp_path, text, code):
    path = tmp_path / "list.txt"
    path.write_text(text, "utf-8")
    error = code_of(read_transcript, path)
    assert error.code == code
    assert str(path) in str(error.at)


def test_a_transcript_that_is_not_there_or_not_text(tmp_path):
    assert code_of(read_transcript, tmp_path / "none.csv").code == "train.transcript-missing"
    path = tmp_path / "list.txt"
    path.write_bytes("雨".encode("utf-16"))
    assert code_of(read_transcript, path).code == "train.transcript-unreadable"


# Preparing.


def test_japanese_text_is_read_and_audio_resampled(tmp_path):
    samples = np.repeat(sounds.clip(["a"] * 8), 1)
    sounds.write_audio(tmp_path / "audio" / "x.wav", samples, 22050)
    path = tmp_path / "list.txt"
    path.write_text("x.wav|花子|JP|雨です。\n", "utf-8")
    prepared = prepare(settings(tmp_path, path, loudness=-30.0))
    assert prepared.clips == 1
    (clip,) = read_clips(tmp_path / "data" / "train.jsonl")
    assert clip.phones == ("_", "a", "m", "e", "d", "e", "s", "u", ".", "_")
    assert clip.speaker == "花子"
    made = load_samples(tmp_path / "data" / clip.audio, 16000)
    assert abs(len(made) / 16000 - len(samples) / 22050) < 1e-3
    assert clip.frames == len(made) // 128
    assert abs(loudness.loudness(made, 16000) + 30) < 0.5
    spec = np.load(tmp_path / "data" / "wavs" / "x.spec.npy")
    assert spec.shape == (257, clip.frames)
    config = json.loads((tmp_path / "data" / "config.json").read_text("utf-8"))
    assert config["data"]["spk2id"] == {"花子": 0}


def test_preparing_again_touches_nothing_and_says_the_same(tmp_path):
    out, first = sounds.dataset(tmp_path, validation=2)
    before = {path: path.stat().st_mtime_ns for path in out.rglob("wavs/*")}
    lists = [(out / name).read_text("utf-8") for name in ("train.jsonl", "val.jsonl")]
    assert (first.clips, first.validation, first.reused) == (4, 2, 0)
    _, again = sounds.dataset(tmp_path, validation=2)
    # Writing the recordings anew changed their times; so they were prepared anew.
    assert again.reused == 0
    out_again = prepare(
        PrepareSettings(
            audio=tmp_path / "audio", transcript=tmp_path / "table.csv", out=out,
            recipe="tiny", validation=2,
        )
    )  # fmt: skip
    assert out_again.reused == 6
    assert [(out / name).read_text("utf-8") for name in ("train.jsonl", "val.jsonl")] == lists
    assert before.keys() == set(out.rglob("wavs/*"))


def test_what_cannot_be_used_is_dropped_with_its_reason(tmp_path):
    audio = tmp_path / "audio"
    good = sounds.clip(["a"] * 6)
    for name in ("good", "twice", "fast", "odd", "sum"):
        sounds.write_audio(audio / f"{name}.wav", good)
    sounds.write_audio(audio / "silent.wav", np.zeros(8000, dtype=np.float32))
    sounds.write_audio(audio / "short.wav", good[:800])
    (audio / "broken.wav").write_bytes(b"RIFF nothing")
    phones, tones = "_ a i _", "0 0 0 0"
    many = " ".join(["a"] * 60)
    rows = [
        ("good", phones, tones, ""),
        ("twice", phones, tones, ""),
        ("twice", phones, tones, ""),
        ("missing", phones, tones, ""),
        ("silent", phones, tones, ""),
        ("short", phones, tones, ""),
        ("broken", phones, tones, ""),
        ("fast", many, " ".join(["0"] * 60), ""),
        ("odd", phones, tones, "1 2 3"),
        ("sum", phones, tones, "9 9 9 9"),
        ("tones", phones, "0 0", ""),
        ("english", phones, tones, ""),
    ]
    table = sounds.write_table(
        tmp_path / "t.csv",
        [
            {
                "audio": a,
                "text": "x",
                "lang": "EN" if a == "english" else "",
                "phones": p,
                "tones": t,
                "durations": d,
            }
            for a, p, t, d in rows
        ],
    )
    prepared = prepare(settings(tmp_path, table))
    assert prepared.clips == 2
    codes = {(one.audio, one.code) for one in prepared.dropped}
    assert codes == {
        ("twice", "audio.twice"),
        ("missing", "audio.missing"),
        ("silent", "audio.silent"),
        ("short", "audio.short"),
        ("broken", "audio.unreadable"),
        ("fast", "audio.fast"),
        ("odd", "durations.count"),
        ("sum", "durations.sum"),
        ("tones", "reading.counts"),
        ("english", "text.language"),
    }
    report = json.loads((tmp_path / "data" / "report.json").read_text("utf-8"))
    assert len(report["dropped"]) == 10
    assert all(row["at"].startswith(str(table)) for row in report["dropped"])


def test_when_all_lines_are_dropped_the_reasons_are_counted(tmp_path):
    (tmp_path / "audio").mkdir()
    table = sounds.write_table(tmp_path / "t.csv", [{"audio": "x", "text": "雨"}] * 2)
    error = code_of(prepare, settings(tmp_path, table))
    assert error.code == "train.no-clips"
    assert "audio.missing (1), audio.twice (1)" in error.message


def test_a_folder_that_is_not_there(tmp_path):
    table = sounds.write_table(tmp_path / "t.csv", [{"audio": "x", "text": "雨"}])
    assert code_of(prepare, settings(tmp_path, table)).code == "train.audio-folder"
    assert code_of(prepare, settings(tmp_path, table, recipe="huge")).code == "train.recipe"


def test_unreadable_text_raises_is_skipped_or_used(tmp_path):
    sounds.write_audio(tmp_path / "audio" / "x.wav", sounds.clip(["a"] * 8))
    sounds.write_audio(tmp_path / "audio" / "y.wav", sounds.clip(["a"] * 8))
    table = sounds.write_table(
        tmp_path / "t.csv", [{"audio": "x", "text": "雨안녕"}, {"audio": "y", "text": "雨"}]
    )
    error = code_of(prepare, settings(tmp_path, table))
    assert error.at == f"{table}:2"
    assert "--unreadable" in error.hint
    assert prepare(settings(tmp_path, table, unreadable="skip")).clips == 1
    assert prepare(settings(tmp_path, table, unreadable="use")).clips == 2


def test_another_rate_does_not_mix_with_a_dataset(tmp_path):
    sounds.dataset(tmp_path)
    error = code_of(prepare, settings(tmp_path, tmp_path / "table.csv", recipe="small"))
    assert error.code == "train.dataset-other"


# Styles.


def test_sub_folders_are_styles_at_right_angles(tmp_path):
    rows = []
    for style in ("Happy", "Sad", "Neutral"):
        sounds.write_audio(tmp_path / "audio" / style / "1.wav", sounds.clip(["a"] * 6))
        rows.append({"audio": f"{style}/1.wav", "text": "x", "phones": "_ a _", "tones": "0 0 0"})
    prepared = prepare(settings(tmp_path, sounds.write_table(tmp_path / "t.csv", rows)))
    assert prepared.styles == {"Happy": 1, "Sad": 1, "Neutral": 1}
    vectors = np.load(tmp_path / "data" / "style_vectors.npy")
    assert vectors.shape == (3, 256)
    assert np.abs(vectors[0]).max() == 0
    assert vectors[1] @ vectors[2] == 0
    assert vectors[1] @ vectors[1] > 1


def test_measured_style_vectors_make_means_and_bad_ones_drop_clips(tmp_path):
    table = sounds.recordings(tmp_path)
    folder = tmp_path / "vectors"
    folder.mkdir()
    for number in range(5):
        np.save(folder / f"{number}.wav.npy", np.full(256, number, dtype=np.float32))
    np.save(folder / "4.wav.npy", np.full(256, np.nan, dtype=np.float32))
    prepared = prepare(settings(tmp_path, table, style_vectors=folder))
    assert {(one.audio, one.code) for one in prepared.dropped} == {
        ("4.wav", "style.not-finite"),
        ("5.wav", "style.missing"),
    }
    assert np.load(tmp_path / "data" / "style_vectors.npy")[0, 0] == 1.5


def test_a_table_of_styles_has_a_row_per_style(tmp_path):
    table = sounds.recordings(tmp_path)
    np.save(tmp_path / "styles.npy", np.zeros((2, 256), dtype=np.float32))
    error = code_of(prepare, settings(tmp_path, table, style_vectors=tmp_path / "styles.npy"))
    assert error.code == "train.style-table"


# Durations.


def test_durations_of_a_side_file_in_seconds(tmp_path):
    table = sounds.recordings(tmp_path)
    side = tmp_path / "durations.jsonl"
    lines = [
        {"audio": f"{n}.wav", "durations": [16 * 128 / 16000] * (len(word.split()) + 2)}
        for n, word in enumerate(sounds.WORDS)
    ]
    side.write_text("\n".join(json.dumps(line) for line in lines), "utf-8")
    prepared = prepare(settings(tmp_path, table, durations=side))
    assert prepared.clips == 6
    for clip in read_clips(tmp_path / "data" / "train.jsonl"):
        assert set(clip.durations) == {16}
    assert code_of(
        prepare, settings(tmp_path, table, durations=side, trim=True)
    ).code == "train.trim-durations"  # fmt: skip
    side.write_text("{}", "utf-8")
    assert code_of(prepare, settings(tmp_path, table, durations=side)).code == "train.durations"


@given(st.lists(st.integers(0, 40), min_size=1, max_size=30))
def test_blanks_borrow_from_their_neighbours_and_nothing_is_lost(frames):
    symbols = with_blanks(frames)
    assert len(symbols) == 2 * len(frames) + 1
    assert sum(symbols) == sum(frames)
    assert min(symbols) >= 0
    ends = np.cumsum(frames)
    assert np.abs(np.cumsum(symbols)[1::2] - ends).max() <= 1


@given(st.lists(st.floats(0.005, 0.5), min_size=1, max_size=40))
def test_seconds_become_frames_without_drift(seconds):
    total = round(sum(seconds) * 80)
    found = whole_frames(seconds, total, 80.0)
    if any(not float(x).is_integer() for x in seconds):
        assert found is not None
        assert sum(found) == total
        assert np.abs(np.cumsum(found) - np.cumsum(seconds) * 80).max() <= 0.5 + 1e-6


def test_features_are_kept_by_text_and_misfits_are_named(tmp_path):
    from sbv2cli.training.data.clips import Clip
    from sbv2cli.training.prepare.bert_features import features_path, save_features

    model = Path(__file__).parents[2] / "golden/model/dev/bert/tiny-deberta-v2-japanese-char"
    common = {"audio": "", "speaker": "", "language": "ja", "style": "Neutral", "frames": 9}
    common |= {"phones": (), "tones": ()}
    good = Clip(
        id="a", text="雨", normalised="雨", model_text="雨", phones_per_token=(1, 3, 1), **common
    )
    wrong = Clip(
        id="b", text="空", normalised="空", model_text="空", phones_per_token=(1, 3), **common
    )
    found = save_features([good, wrong], tmp_path, str(model))
    assert list(found) == ["b"]
    rows = np.load(features_path(tmp_path, good))
    assert rows.shape == (3, 12)
    written = features_path(tmp_path, good).stat().st_mtime_ns
    assert save_features([good], tmp_path, str(model)) == {}
    assert features_path(tmp_path, good).stat().st_mtime_ns == written


def test_a_missing_bert_is_told_before_a_recording_is_touched(tmp_path, monkeypatch):
    for name in ("HOME", "HF_HOME", "HF_HUB_CACHE", "XDG_CACHE_HOME", "SBV2_BERT", "XDG_DATA_HOME"):
        monkeypatch.setenv(name, str(tmp_path / "empty"))
    (tmp_path / "audio").mkdir()
    transcript = tmp_path / "list.csv"
    transcript.write_text("audio,text\nnot-even-there,雨です。\n", "utf-8")
    with pytest.raises(Sbv2Error) as caught:
        prepare(settings(tmp_path, transcript, recipe="jp-extra"))
    assert caught.value.code == "bert.missing"
    assert not (tmp_path / "data").exists()


def test_missing_style_vectors_are_told_before_a_recording_is_touched(tmp_path):
    (tmp_path / "audio").mkdir()
    transcript = tmp_path / "list.csv"
    transcript.write_text("audio,text\nnot-even-there,雨です。\n", "utf-8")
    asked = settings(tmp_path, transcript, style_vectors=tmp_path / "nothing.npy")
    assert code_of(prepare, asked).code == "train.style-table"
    assert not (tmp_path / "data").exists()


def test_a_folder_in_the_place_of_the_transcript_is_told(tmp_path):
    with pytest.raises(UsageError) as refused:
        read_transcript(tmp_path)
    assert refused.value.code == "train.transcript-unreadable"
    assert "folder of recordings first" in str(refused.value)


def test_a_transcript_in_another_encoding_names_the_byte(tmp_path):
    path = tmp_path / "list.txt"
    path.write_bytes("a.wav|はい\n".encode("cp932"))
    with pytest.raises(UsageError, match="byte 6 is not UTF-8"):
        read_transcript(path)
