"""Labels of the teacher beside readings of ours: which phone is which, and for how long."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sbv2cli.languages.japanese import JAPANESE
from tools.teacher import cover, plan


def covered(text: str) -> tuple[list[str], list[str], cover.Cover]:
    reading = JAPANESE.read(text)
    lines = plan.full_labels(reading.normalised)
    names = [cover.label_phone(line) for line in lines]
    found = cover.cover(reading.phones, names)
    cover.check_tones(reading.tones, lines, found)
    return list(reading.phones), names, found


@pytest.mark.parametrize(
    "text",
    [
        "本当に、行くんですか？",  # devoiced vowels, a pause
        "「はい」と彼は答えた。",  # marks at the front
        "えっ、ちょっと待って…。",  # cl, a run of marks at the end
        "クァルテットとグァバ茶。",  # one phone of the labels is two of ours
        "フュージョンです！？",
        "デェイヤとデュエット。",
        "あ",
    ],
)
def test_the_labels_tile_the_reading(text: str) -> None:
    phones, names, found = covered(text)
    assert [start for start, _ in found] == [0, *(end for _, end in found[:-1])]
    assert found[-1][1] == len(phones)
    for name, (start, end) in zip(names, found, strict=True):
        if name in ("sil", "pau"):
            assert all(phone in "_!?….,'-" for phone in phones[start:end])
        else:
            assert phones[start:end] == [name]


def test_marks_share_the_silence_beside_them() -> None:
    phones = ["_", "'", "a", ",", ".", "i", "?", "_"]
    assert cover.cover(phones, ["sil", "a", "pau", "i", "sil"]) == [
        (0, 2),
        (2, 3),
        (3, 5),
        (5, 6),
        (6, 8),
    ]


@pytest.mark.parametrize(
    ("phones", "labels", "code"),
    [
        ("_ a i _", "sil a u sil", "phone"),
        ("_ a , i _", "sil a i sil", "pause"),
        ("_ a i _", "sil a pau i sil", "pause"),
        ("_ a i u _", "sil a i sil", "pause"),
        ("_ a", "sil a i sil", "phone"),
    ],
)
def test_what_says_something_else_is_refused(phones: str, labels: str, code: str) -> None:
    with pytest.raises(cover.UnmappedError) as refused:
        cover.cover(phones.split(), labels.split())
    assert refused.value.code == code


def test_another_accent_is_refused() -> None:
    lines = plan.full_labels("雨。")
    phones = ["_", "a", "m", "e", ".", "_"]
    found = cover.cover(phones, [cover.label_phone(line) for line in lines])
    cover.check_tones((0, 1, 0, 0, 0, 0), lines, found)  # 雨: high, low
    with pytest.raises(cover.UnmappedError, match="phone 1"):
        cover.check_tones((0, 0, 1, 1, 0, 0), lines, found)  # 飴


def test_labels_that_need_no_change_keep_every_letter() -> None:
    import pyopenjtalk

    from sbv2cli.languages.japanese.openjtalk import analyse

    lines = pyopenjtalk.make_label(list(analyse("今日はいい天気ですね,行こうか?").features))
    assert cover.unfolded(lines) == lines


def test_a_split_phone_knows_its_neighbours() -> None:
    heads = [line.partition("/")[0] for line in plan.full_labels("グァバ")]
    assert heads[1:4] == ["xx^sil-g+u=a", "sil^g-u+a=b", "g^u-a+b=a"]


@given(
    st.lists(st.integers(5, 200), min_size=1, max_size=40),
    st.integers(0, 200),
    st.lists(st.integers(1, 2), min_size=42, max_size=42),
)
def test_frames_fill_the_clip_and_keep_every_boundary(
    lengths: list[int], silence: int, widths: list[int]
) -> None:
    # Lengths in the engine's frames of 5 ms, of which no phone has fewer than five.
    times, end = [(0.0, silence * 0.005)], silence
    for length in lengths:
        times.append((end * 0.005, (end + length) * 0.005))
        end += length
    times.append((end * 0.005, end * 0.005 + 0.4))
    tiles, at = [], 0
    for width in widths[: len(times)]:
        tiles.append((at, at + width))
        at += width
    found = cover.frames(times, tiles)
    speech = (times[-1][0] - times[0][1]) / cover.FRAME_S
    assert len(found) == at
    assert min(found) >= 1
    assert abs(sum(found) - (cover.LEAD + speech + cover.TAIL)) <= 0.5 + 1e-6
    for (begin, _), (first, _) in zip(times[1:], tiles[1:], strict=True):
        wanted = (begin - cover.speech_start(times)) / cover.FRAME_S
        assert abs(sum(found[:first]) - wanted) <= 0.5 + 1e-6


def test_a_pause_too_short_for_its_marks_is_refused() -> None:
    times = [(0.0, 0.2), (0.2, 0.3), (0.3, 0.32), (0.32, 0.5), (0.5, 0.9)]
    with pytest.raises(cover.UnmappedError) as refused:
        cover.frames(times, [(0, 1), (1, 2), (2, 5), (5, 6), (6, 7)])
    assert refused.value.code == "pause-short"


@pytest.mark.parametrize(
    ("text", "rising"),
    [
        ("行きますか？", ["k", "a"]),
        ("本当？", ["o"]),
        ("行かない？だめ。", ["n", "a", "i"][2:]),  # the mark in the middle, and only that one
        ("えっ？", ["e"]),  # ッ has no pitch
        ("もう読んだん？", ["N"]),
        ("行きます。", []),
    ],
)
def test_the_last_mora_of_a_question_rises(text: str, rising: list[str]) -> None:
    reading = JAPANESE.read(text)
    lines = plan.full_labels(reading.normalised) if text != "？" else []
    found = (
        cover.cover(reading.phones, [cover.label_phone(line) for line in lines]) if lines else []
    )
    places = cover.rising(reading.phones, lines, found)
    assert [cover.label_phone(lines[place]) for place in places] == rising


def test_a_vowel_that_rises_is_voiced_for_its_neighbours_too() -> None:
    lines = plan.full_labels("行きます.")
    last = len(lines) - 2
    assert "-U+" in lines[last]
    mended = cover.voiced(lines, [last - 1, last])
    assert "-u+" in mended[last]
    assert "+u=" in mended[last - 1]
    assert mended[last + 1].startswith("s^u-sil")
    assert [line.partition("/A:")[2] for line in mended] == [
        line.partition("/A:")[2] for line in lines
    ]
