"""Mouths of phones: Rhubarb, visemes, VRM, Live2D and speech marks, read with json, csv and xml."""

from __future__ import annotations

import csv
import io
import json
import struct
from dataclasses import replace
from itertools import pairwise
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from timed_lines import OPTIONS, TOTAL, TWO, line, spoken, track

from sbv2cli.voices.phonologies import published_symbols
from sbv2cli.writers import mouth_curves, mouths, rhubarb, speech_marks, viseme_files

KONPON = spoken("_ k o N p o N , f u q t a _")
PHONES = st.lists(
    st.tuples(st.sampled_from([*published_symbols.JP_SYMBOLS, "_", ","]), st.integers(1, 9)),
    max_size=30,
)


def test_every_symbol_of_published_voices_has_a_viseme() -> None:
    spoken_in = {
        "ja": published_symbols.JP_SYMBOLS,
        "en": published_symbols.EN_SYMBOLS,
        "zh": published_symbols.ZH_SYMBOLS,
    }
    for language, symbols in spoken_in.items():
        known = set(mouths._TABLES[language]) | ({"q"} if language == "ja" else set())
        assert set(symbols) <= known
        assert set(mouths._TABLES[language].values()) <= set(mouths.VISEMES)


def test_visemes_know_what_follows() -> None:
    looks = [look for look, _, _ in mouths.visemes(KONPON)]
    assert looks == "sil kk oh PP oh nn sil FF ou DD aa sil".split()
    own = spoken("_ =h =ə =ˈ =l =oʊ #7 _", language="en")
    assert [look for look, _, _ in mouths.visemes(own)] == "sil kk E nn sil".split()
    arpabet = spoken("_ =@HH =@AH0 =@L =@OW1 =@V =f _", language="en")
    english = spoken("_ hh ah l ow V =f _", language="en")
    assert mouths.visemes(arpabet) == mouths.visemes(english)


@given(PHONES, st.integers(0, 5))
@settings(max_examples=80, deadline=None)
def test_whatever_is_spoken_everything_tiles(phones, left) -> None:
    edges = [0]
    for _, length in phones:
        edges.append(edges[-1] + length)
    seconds = round((edges[-1] + left) * 0.0233, 6)
    spans = tuple(
        (phone, round(start * 0.0233, 6), round(end * 0.0233, 6))
        for (phone, _), (start, end) in zip(phones, pairwise(edges), strict=True)
    )
    made = track([replace(line("あ"), phones=spans)], seconds)

    cues = json.loads(viseme_files.cues_json(made, OPTIONS))["visemes"]
    assert all(one["end"] == two["start"] for one, two in pairwise(cues))
    assert all(one["viseme"] != two["viseme"] for one, two in pairwise(cues))
    assert not cues or (cues[0]["start"], cues[-1]["end"]) == (0, seconds)

    shapes = json.loads(rhubarb.cues_json(made, OPTIONS))
    length = shapes["metadata"]["duration"]
    assert 0 <= seconds - length < 0.01 + 1e-6
    assert shapes["mouthCues"][0]["start"] == 0
    assert shapes["mouthCues"][-1]["end"] == length
    for one, two in pairwise(shapes["mouthCues"]):
        assert one["end"] == two["start"] > one["start"]
        assert one["value"] != two["value"]

    curves = json.loads(mouth_curves.vrm1(made, OPTIONS))["expressions"]
    for keys in curves.values():
        assert all(one[0] < two[0] for one, two in pairwise(keys))
        assert all(0 <= weight <= 1 for _, weight in keys)
        assert (keys[0][0], keys[-1][0]) == (0, seconds)
    for at in {key[0] for keys in curves.values() for key in keys}:
        assert sum(value(keys, at) for keys in curves.values()) <= 1 + 1e-3


def value(keys, at: float) -> float:
    for (start, one), (end, two) in pairwise(keys):
        if start <= at <= end:
            return one + (two - one) * (at - start) / (end - start)
    return keys[0][1]


def test_rhubarb_tells_the_same_in_each_of_its_formats() -> None:
    rows = [row.split("\t") for row in rhubarb.tsv(KONPON, OPTIONS).decode().splitlines()]
    assert rows[0] == ["0.00", "X"]
    assert rows[-1] == ["1.40", "X"]
    assert [shape for _, shape in rows] == "X B E A E B X G F B D X X".split()
    cues = json.loads(rhubarb.cues_json(KONPON, OPTIONS))
    assert cues["metadata"] == {"soundFile": "a.wav", "duration": 1.4}
    assert [[f"{c['start']:.2f}", c["value"]] for c in cues["mouthCues"]] == rows[:-1]
    root = ET.fromstring(rhubarb.xml(KONPON, OPTIONS))
    assert root.findtext("metadata/soundFile") == "a.wav"
    assert [[c.get("start"), c.text] for c in root.iter("mouthCue")] == rows[:-1]


def test_a_mouth_does_not_flicker_and_lips_always_meet() -> None:
    short = spoken("_ r a m a r a _", step=0.05)
    shapes = [row.split("\t")[1] for row in rhubarb.tsv(short, OPTIONS).decode().splitlines()]
    assert shapes == ["D", "A", "D", "X"]
    fast = spoken("m a m", step=0.03)
    assert "D" in rhubarb.tsv(fast, OPTIONS).decode()


@pytest.mark.parametrize(("fps", "frames"), [(24, [1, 3, 5]), (100, [1, 11, 21])])
def test_switch_files_count_frames_from_one(fps, frames) -> None:
    options = replace(OPTIONS, fps=fps)
    head, *rows = rhubarb.dat(KONPON, options).decode().splitlines()
    assert head == "MohoSwitch1"
    found = [row.split(" ") for row in rows]
    assert [int(frame) for frame, _ in found][:3] == frames
    assert all(int(one[0]) < int(two[0]) for one, two in pairwise(found))
    assert found[-1] == [str(1 + int(1.4 * fps)), "X"]
    named = [
        row.split(" ")[1]
        for row in rhubarb.dat_preston_blair(KONPON, options).decode().splitlines()[1:]
    ]
    assert named[:4] == ["rest", "etc", "O", "MBP"]


def test_visemes_are_numbered_as_in_ovr() -> None:
    rows = list(csv.DictReader(io.StringIO(viseme_files.cues_csv(KONPON, OPTIONS).decode())))
    assert [(row["viseme"], row["index"]) for row in rows][:4] == [
        ("sil", "0"),
        ("kk", "5"),
        ("oh", "13"),
        ("PP", "1"),
    ]
    assert rows[-1]["end"] == "1.400000"


def test_both_versions_of_vrm_have_the_same_curves() -> None:
    one = json.loads(mouth_curves.vrm1(KONPON, OPTIONS))["expressions"]
    zero = json.loads(mouth_curves.vrm0(KONPON, OPTIONS))["blendShapes"]
    assert list(one) == ["aa", "ih", "ou", "ee", "oh"]
    assert list(zero) == ["a", "i", "u", "e", "o"]
    assert list(one.values()) == list(zero.values())
    assert value(one["oh"], 0.25) == 1
    assert value(one["oh"], 0.45) == 0  # p
    assert value(one["ih"], 0.25) == 0


def test_a_vrm_animation_is_gltf() -> None:
    data = mouth_curves.vrma(KONPON, OPTIONS)
    magic, version, length = struct.unpack("<4sII", data[:12])
    assert (magic, version, length) == (b"glTF", 2, len(data))
    size, kind = struct.unpack("<I4s", data[12:20])
    assert (kind, size % 4) == (b"JSON", 0)
    scene = json.loads(data[20 : 20 + size])
    numbers = data[28 + size :]
    assert scene["buffers"][0]["byteLength"] == len(numbers)
    vrm = scene["extensions"]["VRMC_vrm_animation"]
    curves = json.loads(mouth_curves.vrm1(KONPON, OPTIONS))["expressions"]

    def floats(index):
        accessor = scene["accessors"][index]
        view = scene["bufferViews"][accessor["bufferView"]]
        width = {"SCALAR": 1, "VEC3": 3}[accessor["type"]]
        return struct.unpack_from(f"<{accessor['count'] * width}f", numbers, view["byteOffset"])

    for channel in scene["animations"][0]["channels"]:
        sampler = scene["animations"][0]["samplers"][channel["sampler"]]
        name = scene["nodes"][channel["target"]["node"]]["name"]
        assert vrm["expressions"]["preset"][name] == {"node": channel["target"]["node"]}
        assert channel["target"]["path"] == "translation"
        keys = zip(floats(sampler["input"]), floats(sampler["output"])[::3], strict=True)
        assert [pytest.approx(key, abs=1e-6) for key in keys] == [tuple(k) for k in curves[name]]


@pytest.mark.parametrize(
    ("write", "ids"),
    [
        (mouth_curves.live2d, ["ParamMouthOpenY", "ParamMouthForm"]),
        (mouth_curves.live2d_vowels, [f"Param{vowel}" for vowel in "AIUEO"]),
    ],
)
def test_live2d_counts_its_segments(write, ids) -> None:
    motion = json.loads(write(KONPON, OPTIONS))
    meta = motion["Meta"]
    assert set(motion) == {"Version", "Meta", "Curves"}
    assert [curve["Id"] for curve in motion["Curves"]] == ids
    segments = points = 0
    for curve in motion["Curves"]:
        numbers = curve["Segments"]
        keys = [numbers[:2]]
        for at in range(2, len(numbers), 3):
            assert numbers[at] == 0
            keys.append(numbers[at + 1 : at + 3])
            segments += 1
        points += len(keys)
        assert all(one[0] < two[0] for one, two in pairwise(keys))
        assert (keys[0][0], keys[-1][0]) == (0, meta["Duration"])
        assert all(-1 <= value <= 1 for _, value in keys)
    assert (meta["CurveCount"], meta["TotalSegmentCount"], meta["TotalPointCount"]) == (
        len(ids), segments, points,
    )  # fmt: skip


def test_speech_marks_count_bytes() -> None:
    lines = [replace(TWO[0], marks=(("here", 2),)), TWO[1]]
    made = speech_marks.polly(track(lines, TOTAL), OPTIONS).decode()
    marks = [json.loads(row) for row in made.splitlines()]
    assert [mark["time"] for mark in marks] == sorted(mark["time"] for mark in marks)
    data = "\n".join(one.text for one in lines).encode()
    for mark in marks:
        if mark["type"] in {"sentence", "word"}:
            assert data[mark["start"] : mark["end"]].decode() == mark["value"]
    assert not any(m["value"] in "「」" for m in marks if m["type"] == "word")
    assert [m["value"] for m in marks if m["type"] == "sentence"] == [one.text for one in lines]
    assert [m for m in marks if m["type"] == "ssml"] == [
        {"time": 500, "type": "ssml", "start": 6, "end": 6, "value": "here"}
    ]
    assert {m["value"] for m in marks if m["type"] == "viseme"} == {"k", "a", "sil"}
    assert next(m for m in marks if m["type"] == "word")["time"] == 100
