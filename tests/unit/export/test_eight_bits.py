"""Weights in 8 bits: smaller files, equal durations, and no line that hears its neighbours."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

onnx = pytest.importorskip("onnx")
pytest.importorskip("onnxruntime")

from onnx import numpy_helper  # noqa: E402

from sbv2cli.export import onnx_bert  # noqa: E402
from sbv2cli.export.check import Session  # noqa: E402
from sbv2cli.export.onnx_voice import convert  # noqa: E402
from sbv2cli.export.options import Options  # noqa: E402
from sbv2cli.voices.bundle import open_bundle  # noqa: E402

GOLDEN = Path(__file__).parents[2] / "golden" / "model" / "dev"


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    out = tmp_path_factory.mktemp("voices")
    bundle = open_bundle(GOLDEN / "bundles" / "tiny-multilingual-resflow")
    full = convert(bundle, out / "full", Options())
    small = convert(bundle, out / "small", Options(quantize=True))
    return full, small


def paths(report):
    return {path.name.partition(".")[2]: path for path in report.files if path.suffix == ".onnx"}


def weights(path):
    return {w.name: numpy_helper.to_array(w) for w in onnx.load(path).graph.initializer}


@pytest.mark.slow
def test_what_decides_durations_is_untouched(folders):
    full, small = map(paths, folders)
    assert small["plan.onnx"].read_bytes() == full["plan.onnx"].read_bytes()
    changed = set(weights(full["onnx"])) - set(weights(small["onnx"]))
    assert changed
    assert all(name.startswith(("acoustic.flow.", "vocoder.")) for name in changed)


def test_files_are_smaller_and_near(folders):
    full, small = folders
    for name in ("render.onnx", "onnx"):
        assert paths(small)[name].stat().st_size < 0.9 * paths(full)[name].stat().st_size
    assert full.worst["render"] < 1e-5 < small.worst["render"] < 0.2
    assert small.worst["plan"] == full.worst["plan"]


def test_each_channel_is_within_half_a_step(folders):
    full, small = (weights(paths(report)["render.onnx"]) for report in folders)
    names = [name.removesuffix(".levels") for name in small if name.endswith(".levels")]
    assert any(name.startswith("vocoder.upsamplers") for name in names)
    for name in names:
        axis = 1 if "upsamplers" in name or name.endswith(".T") else 0
        scales = small[f"{name}.scales"]
        shape = [-1 if place == axis else 1 for place in range(full[name].ndim)]
        restored = small[f"{name}.levels"] * scales.reshape(shape)
        assert (np.abs(restored - full[name]) <= 0.5001 * scales.reshape(shape)).all()


def test_eight_bits_are_batch_invariant(folders):
    session = Session(paths(folders[1])["render.onnx"])
    rng = np.random.default_rng(5)
    given = {given.name: given.shape for given in session._session.get_inputs()}
    sizes = {name: given[name][1] for name in ("values", "noise", "speaker")}

    def normals(*shape):
        return rng.standard_normal(shape).astype(np.float32)

    inputs = {
        "values": normals(2, sizes["values"], 20),
        "noise": normals(2, sizes["noise"], 20),
        "noise_scale": np.ones(2, dtype=np.float32),
        "lengths": np.array([20, 20]),
        "speaker": normals(2, sizes["speaker"]),
    }
    inputs["values"][1] *= 5  # a neighbour that would change any scale it had a part in
    both = session(inputs)["samples"]
    alone = session({name: array[:1] for name, array in inputs.items()})
    np.testing.assert_allclose(both[0], alone["samples"][0], atol=1e-5)


def test_a_language_model(tmp_path, monkeypatch):
    monkeypatch.setattr("sbv2cli.export.eight_bits.LEAST_SIZE", 100)
    folder = GOLDEN / "bert" / "tiny-deberta-v2-japanese-char"
    report = onnx_bert.convert(folder, tmp_path / "out", Options(quantize=True))
    (graph,) = [path for path in report.files if path.suffix == ".onnx"]
    assert graph.name == "model.onnx"
    assert any(name.startswith("layers.1.up.") for name in weights(graph) if "levels" in name)
    assert 1e-4 < report.worst["model.onnx"] < 0.1
