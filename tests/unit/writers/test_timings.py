"""Timings tile the sound and follow it when it is cut, moved or joined."""

from __future__ import annotations

import json

import numpy as np

from sbv2cli.records import Reading, Word
from sbv2cli.writers import timings

KYOU = Word(
    surface="今日",
    span=(0, 2),
    spoken="今日",
    kana="キョー",
    phones=("ky", "o", "o"),
    tones=(1, 1, 0),
    phones_per_token=(1, 2),
)
STOP = Word(
    surface="。",
    span=(2, 3),
    spoken=".",
    kana=None,
    phones=(".",),
    tones=(0,),
    phones_per_token=(1,),
)
READING = Reading(
    language="ja",
    text="今日。",
    normalised="今日.",
    model_text="今日.",
    phones=("_", "ky", "o", "o", ".", "_"),
    tones=(0, 1, 1, 0, 0, 0),
    phones_per_token=(1, 1, 2, 1, 1),
    words=(KYOU, STOP),
)
PLAIN = np.array([1, 2, 3, 4, 5, 6])  # frames
BLANKS = np.array([1, 0, 1, 1, 1, 1, 2, 3, 1, 2, 3, 4, 2])  # the same, with blanks


def test_phones_tile_the_sound() -> None:
    times = timings.timings(READING, PLAIN, 10, 100)
    assert times.phones == (
        ("_", 0, 10),
        ("ky", 10, 30),
        ("o", 30, 60),
        ("o", 60, 100),
        (".", 100, 150),
        ("_", 150, 210),
    )


def test_a_blank_belongs_to_the_phone_before_it() -> None:
    times = timings.timings(READING, BLANKS, 1, 100)
    ends = [end for _, _, end in times.phones]
    assert ends[-1] == int(BLANKS.sum())
    assert [start for _, start, _ in times.phones] == [0, *ends[:-1]]
    assert ends == np.cumsum(BLANKS)[2::2].tolist()


def test_moras_and_characters() -> None:
    times = timings.timings(READING, PLAIN, 10, 100)
    assert [(m.kana, m.start, m.end, m.high) for m in times.moras] == [
        ("キョ", 10, 60, True),
        ("ー", 60, 100, False),
    ]
    assert times.chars == ((0, 2, 10, 100), (2, 3, 100, 150))


def test_cut_and_moved_timings_stay_inside() -> None:
    times = timings.moved(timings.timings(READING, PLAIN, 10, 100), -20, 150)
    assert times.phones[0] == ("_", 0, 0)
    assert times.phones[1] == ("ky", 0, 10)
    assert times.phones[-1] == ("_", 130, 150)


def test_the_sidecar_is_in_seconds() -> None:
    times = timings.timings(READING, PLAIN, 10, 100)
    record = json.loads(timings.sidecar("x", times))
    assert record["id"] == "x"
    assert record["rate"] == 100
    assert record["frames_hop"] == 10
    assert record["phones"][1] == ["ky", 0.1, 0.3]
    assert record["moras"][0] == ["キョ", 0.1, 0.6, True]
    assert record["chars"] == [[0, 2, 0.1, 1.0], [2, 3, 1.0, 1.5]]
    assert "moras" not in json.loads(timings.sidecar("x", times, moras=False))
    renamed = json.loads(timings.renamed(timings.sidecar("x", times), "y"))
    assert renamed == {**record, "id": "y"}


def test_sidecars_mirror_the_audio() -> None:
    assert timings.sidecar_path("ch1/a.b.wav") == "timings/ch1/a.b.json"


def test_joined_parts_follow_each_other() -> None:
    one = timings.timings(READING, PLAIN, 10, 100)
    two = timings.moved(one, 300, 600, chars_by=3)
    whole = timings.joined([one, two])
    assert len(whole.phones) == 12
    assert whole.chars[2] == (3, 5, 310, 400)


def test_durations_that_nobody_tells_stay_unknown():
    known = timings.timings(READING, PLAIN, 10, 1000)
    silent = timings.timings(READING, None, 10, 1000)
    assert not silent.known
    assert not timings.joined([known, silent]).known
    record = json.loads(timings.sidecar("a", timings.moved(silent, 5, 100)))
    assert record["durations"] == "unknown"
    assert record["phones"] == record["moras"] == record["chars"] == []
    again = timings.reworded(timings.sidecar("a", silent), "b", [(READING, 0)])
    assert json.loads(again) == {**json.loads(timings.sidecar("a", silent)), "id": "b"}
    assert "durations" not in json.loads(timings.sidecar("a", known))
