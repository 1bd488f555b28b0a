"""`.sbv2` files: what is in them, and that the runtime that brought them speaks them."""

from __future__ import annotations

import io
import json
import tarfile
from pathlib import Path

import numpy as np
import pytest
import soundfile
import tiny_voice

onnx = pytest.importorskip("onnx")
ort = pytest.importorskip("onnxruntime")
zstandard = pytest.importorskip("zstandard")

from onnx import TensorProto, helper, numpy_helper  # noqa: E402

from sbv2cli.errors import Sbv2Error  # noqa: E402
from sbv2cli.export import sbv2_container  # noqa: E402
from sbv2cli.export.aivm import to_aivmx  # noqa: E402
from sbv2cli.export.options import Options  # noqa: E402
from sbv2cli.export.plan_inputs import PUBLISHED_NOISE  # noqa: E402
from sbv2cli.languages.japanese import JAPANESE  # noqa: E402
from sbv2cli.languages.language import ReadOptions  # noqa: E402
from sbv2cli.records import Delivery, LineId  # noqa: E402
from sbv2cli.voices.bundle import open_bundle  # noqa: E402
from sbv2cli.voices.to_utterance import to_utterance  # noqa: E402

TEXT = "おはよう"


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("sbv2")
    bundle = tiny_voice.opened(folder / "hana", data={"sampling_rate": 44100})
    sbv2_container.convert(bundle, folder / "hana.sbv2", Options())
    return folder / "hana.sbv2"


def members(path: Path) -> dict[str, bytes]:
    """Opened by the libraries alone, as any program would."""
    plain = zstandard.ZstdDecompressor().stream_reader(path.read_bytes()).read()
    with tarfile.open(fileobj=io.BytesIO(plain)) as archive:
        return {one.name: archive.extractfile(one).read() for one in archive.getmembers()}


def test_what_is_in_the_container(made: Path):
    found = members(made)
    assert list(found) == ["version.txt", "style_vectors.json", "model.onnx"]
    assert found["version.txt"] == b"1"
    styles = json.loads(found["style_vectors.json"])
    vectors = open_bundle(made.parent / "hana").style_vectors
    assert styles["shape"] == list(vectors.shape)
    assert np.array_equal(np.array(styles["data"], dtype=np.float32), vectors)
    session = ort.InferenceSession(found["model.onnx"], providers=["CPUExecutionProvider"])
    assert {given.name for given in session.get_inputs()} == sbv2_container.GIVEN


def test_equal_voices_make_equal_files(made: Path, tmp_path: Path):
    bundle = open_bundle(made.parent / "hana")
    sbv2_container.convert(bundle, tmp_path / "again.sbv2", Options())
    assert (tmp_path / "again.sbv2").read_bytes() == made.read_bytes()


def test_a_graph_of_others_gets_the_usual_noise(made: Path, tmp_path: Path):
    """Whose inputs of noise are needed ones, and which carries the texts of AIVM."""
    bundle = open_bundle(made.parent / "hana")
    to_aivmx(bundle, tmp_path / "hana.aivmx", Options())
    model = onnx.load(tmp_path / "hana.aivmx")
    optional = [one for one in model.graph.initializer if one.name.startswith("noise_scale")]
    assert len(optional) == 2
    for one in optional:
        model.graph.initializer.remove(one)
    onnx.save(model, tmp_path / "hana.aivmx")
    sbv2_container.convert(open_bundle(tmp_path / "hana.aivmx"), tmp_path / "a.sbv2", Options())
    found = onnx.load_from_string(members(tmp_path / "a.sbv2")["model.onnx"])
    kept = {
        one.name: float(numpy_helper.to_array(one))
        for one in found.graph.initializer
        if one.name.startswith("noise_scale")
    }
    assert kept == pytest.approx({"noise_scale": 0.6, "noise_scale_w": 0.8})
    assert [prop.key for prop in found.metadata_props] == ["sbv2cli"]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({"sampling_rate": 44100, "n_speakers": 1, "spk2id": {"a": 0}}, []),
        ({"sampling_rate": 22050, "n_speakers": 1, "spk2id": {"a": 0}}, ["2.00 times too fast"]),
        ({"sampling_rate": 44100}, ['the first alone, "花子"']),
    ],
)
def test_what_nobody_would_expect_there_is_told(tmp_path: Path, data, said):
    bundle = tiny_voice.opened(tmp_path / "voice", data=data)
    report = sbv2_container.convert(bundle, tmp_path / "a.sbv2", Options())
    assert len(report.warnings) == len(said)
    assert all(part in warning for part, warning in zip(said, report.warnings, strict=True))


@pytest.mark.parametrize(
    ("bundle", "name", "code"),
    [
        (tiny_voice.opened, "a.tar", "export.name"),
        (lambda folder: tiny_voice.opened(folder, version="2.0"), "a.sbv2", "export.architecture"),
        (tiny_voice.opened_vits, "a.sbv2", "export.signature"),
    ],
)
def test_what_the_runtime_cannot_speak_is_refused(tmp_path: Path, bundle, name, code):
    with pytest.raises(Sbv2Error) as caught:
        sbv2_container.convert(bundle(tmp_path / "voice"), tmp_path / name, Options())
    assert caught.value.code == code
    assert [path.name for path in tmp_path.iterdir()] == ["voice"]


def test_the_runtime_speaks_it_as_onnxruntime_does(tmp_path: Path):
    bindings = pytest.importorskip("sbv2_bindings", reason="another program's runtime")
    tokenizers = pytest.importorskip("tokenizers")
    bundle = tiny_voice.opened(tmp_path / "hana", bert=True)
    sbv2_container.convert(bundle, tmp_path / "hana.sbv2", Options())
    holder = bindings.TTSModel(_bert(), _tokeniser(tokenizers))
    holder.load_sbv2file_from_path("hana", str(tmp_path / "hana.sbv2"))
    assert len(holder.synthesize(TEXT, "hana", 2, 0.0, 1.0)) > 1000

    # Once more without noise, so that there is something to compare.
    _without_noise(tmp_path / "hana.sbv2")
    holder.load_sbv2file_from_path("quiet", str(tmp_path / "hana.sbv2"))
    data = holder.synthesize(TEXT, "quiet", 2, 0.0, 1.0)
    samples, rate = soundfile.read(io.BytesIO(data), dtype="float32")
    assert rate == 44100  # whatever the voice has: it knows no other
    reading = JAPANESE.read(TEXT, ReadOptions())
    utterance = to_utterance(LineId("a"), reading, bundle, Delivery(style="Sad"))
    # 0.1.1 puts a blank behind each symbol, and none before the first.
    tables = {"x_tst": utterance.phones, "tones": utterance.tones, "language": utterance.languages}
    features = _table()[np.repeat([1, 3, 4, 5, 6, 2], utterance.phones_per_token)].T
    model = members(tmp_path / "hana.sbv2")["model.onnx"]
    session = ort.InferenceSession(model, providers=["CPUExecutionProvider"])
    inputs = {name: np.roll(ids, -1)[None] for name, ids in tables.items()} | {
        "x_tst_lengths": np.array([len(utterance.phones)]),
        "sid": np.array([0]),
        "bert": np.ascontiguousarray(features)[None],
        "style_vec": utterance.style[None],
        "sdp_ratio": np.zeros(1, dtype=np.float32),
        "length_scale": np.ones(1, dtype=np.float32),
    }
    expected = session.run(["output"], inputs)[0].reshape(-1)
    np.testing.assert_allclose(samples, expected, rtol=0, atol=1e-5)


def _without_noise(path: Path) -> None:
    found = members(path)
    model = onnx.load_from_string(found["model.onnx"])
    for kept in model.graph.initializer:
        if kept.name in PUBLISHED_NOISE:
            kept.CopyFrom(numpy_helper.from_array(np.array(0, dtype=np.float32), kept.name))
    sbv2_container.write(path, {**found, "model.onnx": model.SerializeToString()})


def _vocabulary() -> dict[str, int]:
    return {"[UNK]": 0, "[CLS]": 1, "[SEP]": 2, **{c: 3 + i for i, c in enumerate(TEXT)}}


def _table() -> np.ndarray:
    return np.random.default_rng(0).standard_normal((8, 1024)).astype(np.float32)


def _bert() -> bytes:
    """A row of numbers for each token, without a batch axis: so that runtime wants it."""
    nodes = [
        helper.make_node("Gather", ["table", "input_ids"], ["rows"]),
        helper.make_node("Squeeze", ["rows", "first"], ["output"]),
    ]
    graph = helper.make_graph(
        nodes,
        "bert",
        [
            helper.make_tensor_value_info(name, TensorProto.INT64, ["b", "t"])
            for name in ("input_ids", "attention_mask")
        ],
        [helper.make_tensor_value_info("output", TensorProto.FLOAT, ["t", 1024])],
        [
            numpy_helper.from_array(_table(), "table"),
            numpy_helper.from_array(np.array([0]), "first"),
        ],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    return model.SerializeToString()


def _tokeniser(tokenizers) -> bytes:
    words = tokenizers.models.WordLevel(_vocabulary(), unk_token="[UNK]")
    made = tokenizers.Tokenizer(words)
    every = tokenizers.Regex(".")
    made.pre_tokenizer = tokenizers.pre_tokenizers.Split(every, "isolated")
    made.post_processor = tokenizers.processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 1), ("[SEP]", 2)]
    )
    return made.to_str().encode()
