"""The public surface: open a voice, let it speak."""

from __future__ import annotations

import itertools
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile
import tiny_bert
import tiny_voice
import torch

import sbv2cli
from sbv2cli.engine.torch.cpu import convolution
from sbv2cli.errors import EngineError, MachineError, UsageError, VoiceError
from sbv2cli.pipeline import workers
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


def test_a_reading_is_kana_with_accents(voice):
    (one, two, alone) = voice.speak(
        [
            sbv2cli.Line(text="箸", reading="ハ'シ"),
            sbv2cli.Line(text="箸", reading=voice.read("箸", given="ハ'シ")),
            sbv2cli.Line(reading="ハ'シ"),
        ]
    )
    assert one.or_raise().reading.kana == "ハ'シ"
    assert np.array_equal(one.samples, two.samples)
    assert alone.line.text == ""
    assert alone.or_raise().reading.text == "ハシ"
    (wrong,) = voice.speak([sbv2cli.Line(text="箸", reading="hashi")])
    assert wrong.failure.code.startswith("reading.")
    assert voice.read("橋を").kana == "ハシ'ヲ"


@pytest.mark.parametrize("delivery", [Delivery(pitch=3), Delivery(intonation=1.5)])
def test_pitch_and_intonation_are_heard(voice, delivery):
    pytest.importorskip("pyworld", reason='needs the extra "pitch"')
    (plain,) = voice.speak(["おはようございます。"])
    (sound,) = voice.speak([sbv2cli.Line(text="おはようございます。", delivery=delivery)])
    assert len(sound.or_raise().samples) == len(plain.samples)
    assert not np.array_equal(sound.samples, plain.samples)


def test_volume_is_heard(voice):
    (plain,) = voice.speak(["はい。"])
    (sound,) = voice.speak([sbv2cli.Line(text="はい。", delivery=Delivery(volume=-6))])
    np.testing.assert_allclose(sound.samples, plain.samples * 10 ** (-6 / 20), atol=1e-6)


def test_a_change_of_pitch_is_refused_where_nothing_can_make_it(voice, monkeypatch):
    monkeypatch.setattr(workers, "find_spec", lambda _: None)
    (sound,) = voice.speak([sbv2cli.Line(text="はい。", delivery=Delivery(pitch=3))])
    assert sound.failure.code == "extra.missing"


def test_a_line_cannot_ask_for_another_voice(voice):
    (sound,) = voice.speak([sbv2cli.Line(text="はい。", delivery=Delivery(voice="other"))])
    assert sound.failure.code == "api.voice"


@pytest.mark.parametrize("name", ["a.wav", "b.flac", "c.ogg", "d.mp3"])
def test_a_sound_is_saved_by_its_suffix(voice, tmp_path, name):
    (sound,) = voice.speak(["はい。"])
    path = sound.save(tmp_path / name)
    assert path == tmp_path / name
    samples, rate = soundfile.read(path, dtype="float32")
    assert rate == voice.rate
    if name == "b.flac":
        np.testing.assert_allclose(samples, sound.samples, atol=1 / 16000)


def test_what_cannot_be_saved_says_why(voice, tmp_path):
    (sound,) = voice.speak(["はい。"])
    with pytest.raises(UsageError, match="ending"):
        sound.save(tmp_path / "a.xyz")
    (bad,) = voice.speak([sbv2cli.Line(text="はい。", delivery=Delivery(style="Hapy"))])
    with pytest.raises(EngineError):
        bad.save(tmp_path / "a.wav")
    assert list(tmp_path.iterdir()) == []


def test_the_last_phone_of_joined_sounds_ends_with_them():
    def sound(frames):
        end = frames * 300 / 24000
        return sbv2cli.Sound(
            id=str(frames),
            line=sbv2cli.Line(text="あ"),
            samples=np.zeros(frames * 300, np.float32),
            rate=24000,
            phones=(sbv2cli.api.Phone(symbol="a", start=0.0, end=end),),
        )

    for frames in range(1, 200):
        both = sbv2cli.join([sound(97), sound(frames)], pause=0.5)
        assert both.phones[-1].end == both.seconds


def test_sounds_are_joined_with_pauses(voice):
    one, two = voice.speak(["はい。", "いいえ。"])
    both = sbv2cli.join([one, two], pause=0.25)
    gap = round(0.25 * voice.rate)
    assert len(both.samples) == len(one.samples) + gap + len(two.samples)
    assert not both.samples[len(one.samples) : len(one.samples) + gap].any()
    assert len(both.phones) == len(one.phones) + len(two.phones)
    assert both.phones[-1].end == pytest.approx(both.seconds)
    assert both.line.text == "はい。いいえ。"
    with pytest.raises(UsageError):
        sbv2cli.join([])


SNIPPET = """
from collections.abc import Iterator
from pathlib import Path

import sbv2cli

voice: sbv2cli.Voice = sbv2cli.load_voice(device="cpu", threads=2)
reading: sbv2cli.Reading = voice.read("橋", given="ハシ'")
kana: str | None = reading.kana
calm = sbv2cli.Delivery(speed=1.2, pitch=2.0)
lines: list[str | sbv2cli.Line] = ["はい。", sbv2cli.Line(reading="ハ'シ", delivery=calm)]
sounds: Iterator[sbv2cli.Sound] = voice.speak(lines)
whole: sbv2cli.Sound = sbv2cli.join(sounds, pause=0.3)
path: Path = whole.save("a.wav")
seconds: float = whole.phones[0].end
try:
    whole.or_raise()
except sbv2cli.Sbv2Error as error:
    code: str = error.code
voice.close()
"""


@pytest.mark.slow
def test_a_program_that_uses_us_is_typed(tmp_path):
    (tmp_path / "program.py").write_text(SNIPPET, encoding="utf-8")
    (tmp_path / "wrong.py").write_text("import sbv2cli\nsbv2cli.load_voice(devise='cpu')\n")
    checked = [sys.executable, "-m", "mypy", "--strict", "--cache-dir", str(tmp_path / "cache")]
    environment = {"PATH": "", "PYTHONPATH": str(Path(sbv2cli.__file__).parents[1])}
    for name, status in (("program.py", 0), ("wrong.py", 1)):
        done = subprocess.run(
            [*checked, name],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == status, done.stdout + done.stderr


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


def test_a_voice_goes_by_the_name_that_it_is_installed_under(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.chdir(tmp_path)
    installed = tiny_voice.write(tmp_path / "data/sbv2/voices/hana")
    assert sbv2cli.load_voice("hana", device="cpu").bundle.path == installed
    assert sbv2cli.load_voice("sbv2-f01", device="cpu").bundle.name == "sbv2-f01"
    here = tiny_voice.write(tmp_path / "hana")
    assert sbv2cli.load_voice("hana", device="cpu").bundle.path.absolute() == here
    with pytest.raises(VoiceError) as caught:
        sbv2cli.load_voice("hanna", device="cpu")
    assert caught.value.code == "voice.missing"
    assert '"hana"' in str(caught.value.hint)


def test_a_speaker_is_not_part_of_the_name(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    tiny_voice.write(tmp_path / "hana")
    with pytest.raises(VoiceError):
        sbv2cli.load_voice("hana/somebody", device="cpu")


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
