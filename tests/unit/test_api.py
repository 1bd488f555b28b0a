"""The public surface: open a voice, let it speak."""

from __future__ import annotations

import itertools
import subprocess
import sys

import numpy as np
import pytest
import tiny_bert
import tiny_voice
import torch

import sbv2cli
from sbv2cli.engine.torch.cpu import convolution
from sbv2cli.errors import EngineError, MachineError, UsageError
from sbv2cli.records import Delivery


@pytest.fixture(scope="module")
def voice(tmp_path_factory):
    folder = tiny_voice.write(tmp_path_factory.mktemp("v") / "tiny")
    return sbv2cli.load_voice(folder, device="cpu")


def test_sounds_come_in_the_order_of_the_lines(voice):
    lines = ["おはようございます。", "はい。", "今日はいい天気ですね。", "はい。"]
    sounds = list(voice.speak(lines))
    assert [s.line.text for s in sounds] == lines
    assert [s.id for s in sounds] == ["1", "2", "3", "4"]
    assert all(s.failure is None and s.seconds > 0 for s in sounds)
    # The same words are the same sound, wherever they stand.
    assert np.array_equal(sounds[1].samples, sounds[3].samples)


def test_phones_have_their_times(voice):
    (sound,) = voice.speak(["はい。"])
    assert [p.symbol for p in sound.phones] == ["_", "h", "a", "i", ".", "_"]
    assert sound.phones[0].start == 0
    for one, two in itertools.pairwise(sound.phones):
        assert one.end == two.start
        assert one.end > one.start
    assert sound.phones[-1].end == pytest.approx(sound.seconds)


def test_a_failing_line_harms_no_other(voice):
    lines = [
        "はい。",
        sbv2cli.Line(text="いいえ。", id="bad", delivery=Delivery(style="Hapy")),
        sbv2cli.Line(text="hello", id="en", language="en"),
        "はい。",
    ]
    sounds = list(voice.speak(lines))
    assert [s.failure.code if s.failure else None for s in sounds] == [
        None,
        "voice.style-unknown",
        sounds[2].failure.code,
        None,
    ]
    assert len(sounds[1].samples) == 0
    with pytest.raises(EngineError, match="Hapy") as caught:
        sounds[1].or_raise()
    assert caught.value.at == "line bad"
    assert sounds[0].or_raise() is sounds[0]


def test_lines_with_one_id_are_still_two_lines(voice):
    lines = [sbv2cli.Line(text=text, id="x") for text in ("はい。", "おはようございます。")]
    one, two = voice.speak(lines)
    assert (one.id, two.id) == ("x", "x")
    assert len(two.samples) > len(one.samples)


def test_an_endless_script_begins_at_once(voice):
    endless = ("はい。" for _ in itertools.count())
    assert next(voice.speak(endless)).seconds > 0


def test_what_a_voice_says_of_itself(voice):
    assert voice.name == "tiny"
    assert voice.speakers == ("花子", "Taro")
    assert voice.styles == ("Neutral", "Happy", "Sad")
    assert voice.rate == 16000


def test_a_voice_that_needs_a_language_model_says_where_it_looked(tmp_path, monkeypatch):
    for name in ("SBV2_BERT", "SBV2_BERT_JA"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hub"))
    folder = tiny_voice.write(tmp_path / "needy", bert=True)
    with pytest.raises(MachineError) as caught:
        sbv2cli.load_voice(folder, device="cpu")
    assert caught.value.code == "bert.missing"
    assert str(tmp_path / "data") in caught.value.message


def test_importing_the_package_imports_nothing_heavy():
    code = (
        "import sys, sbv2cli; sbv2cli.__version__;"
        "assert not {'torch', 'numpy', 'transformers'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_threads_and_executor_change_nothing(voice, tmp_path):
    lines = ["おはようございます。", "はい。", "今日はいい天気ですね。"]
    expected = [sound.samples for sound in voice.speak(lines)]
    for how in ({"threads": 1}, {"threads": 3}):
        other = sbv2cli.load_voice(voice.bundle.path, device="cpu", **how)
        assert other.worker.threads == how["threads"]
        for sound, samples in zip(other.speak(lines), expected, strict=True):
            np.testing.assert_allclose(sound.samples, samples, rtol=0, atol=1e-5)
        other.close()


@pytest.mark.skipif(
    not convolution.can_pack(torch.bfloat16), reason="this processor does not multiply bfloat16"
)
def test_precision_reaches_the_engine(voice):
    (exact,) = voice.speak(["おはようございます。"])
    coarse = sbv2cli.load_voice(voice.bundle.path, device="cpu", precision="bf16")
    assert coarse.worker.precision == "bf16"
    (sound,) = coarse.speak(["おはようございます。"])
    assert [phone.end for phone in sound.phones] == [phone.end for phone in exact.phones]
    assert not np.array_equal(sound.samples, exact.samples)


@pytest.mark.parametrize(
    ("how", "code"),
    [
        ({"precision": "fp8"}, "precision.unknown"),
        ({"threads": -1}, "setting.threads"),
        ({"threads": 1.5}, "setting.threads"),
        ({"device": "cuda:0,cuda:0"}, "device.list"),
        ({"executor": "rockets"}, "executor.unknown"),
    ],
)
def test_options_that_mean_nothing_are_refused(voice, how, code):
    with pytest.raises(UsageError) as caught:
        sbv2cli.load_voice(voice.bundle.path, **how)
    assert caught.value.code == code


def test_a_language_without_its_bert_fails_its_line_alone(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    folder = tiny_voice.write(tmp_path / "many", version="2.0", bert=True)
    ours = tiny_bert.write(tmp_path / "ja")
    monkeypatch.setenv("SBV2_BERT_JA", str(ours))
    voice = sbv2cli.load_voice(folder, device="cpu")
    lines = ["はい。", sbv2cli.Line(text="你好", language="zh")]
    assert [s.failure.code if s.failure else None for s in voice.speak(lines)] == [
        None,
        "bert.missing",
    ]
