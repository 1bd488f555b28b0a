"""Exported voices against the recorded ones, in plain onnxruntime: nothing of ours runs here."""

from __future__ import annotations

import json
from pathlib import Path

import formula
import numpy as np
import pytest
import tiny_voice

onnx = pytest.importorskip("onnx")
ort = pytest.importorskip("onnxruntime")

from sbv2cli.engine.torch import loading  # noqa: E402
from sbv2cli.errors import Sbv2Error  # noqa: E402
from sbv2cli.export.onnx_voice import convert, file_stem  # noqa: E402
from sbv2cli.export.options import Options  # noqa: E402
from sbv2cli.voices.bundle import open_bundle  # noqa: E402

FOLDER = Path(__file__).parents[2] / "golden" / "model"
ENTRIES = json.loads((FOLDER / "dev" / "index.json").read_text(encoding="utf-8"))
SLOTS = ("bert", "ja_bert", "en_bert")


def entries(kind, **wanted):
    return [
        entry
        for entry in ENTRIES
        if entry["kind"] == kind and all(entry.get(key) == value for key, value in wanted.items())
    ]


BUNDLES = sorted({entry["bundle_dir"] for entry in entries("infer")})
# The cut of these is inside the decoder, which has no place in a signature.
CASES = [e for e in entries("infer") if "max_len" not in e["scales"]]
QUIET = [e for e in CASES if e["mode"] == "zero"]


class Graph:
    def __init__(self, path):
        options = ort.SessionOptions()
        options.intra_op_num_threads = 1
        self.session = ort.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        self.needed = [given.name for given in self.session.get_inputs()]
        optional = [given.name for given in self.session.get_overridable_initializers()]
        self.inputs = [*self.needed, *optional]

    def __call__(self, **inputs):
        found = self.session.run(None, {name: inputs[name] for name in self.inputs})
        names = [made.name for made in self.session.get_outputs()]
        return dict(zip(names, found, strict=True))


class Exported:
    def __init__(self, folder, stem):
        self.folder = folder
        self.voice = Graph(folder / f"{stem}.onnx")
        self.plan = Graph(folder / f"{stem}.plan.onnx")
        self.render = Graph(folder / f"{stem}.render.onnx")


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    made = {}

    def get(bundle_dir):
        if bundle_dir not in made:
            bundle = open_bundle(FOLDER / bundle_dir)
            out = tmp_path_factory.mktemp("onnx") / "voice"
            report = convert(bundle, out, Options())
            assert max(report.worst.values()) < 2e-5
            made[bundle_dir] = Exported(out, file_stem(bundle.name))
        return made[bundle_dir]

    return get


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tiny")
    convert(tiny_voice.opened(folder / "hana"), folder / "out", Options())
    return Exported(folder / "out", "hana")


def recorded(entry):
    with np.load(FOLDER / entry["file"]) as data:
        return dict(data)


def stacked(rows, longest, fill=0):
    """[.., T] of several lines side by side; `fill` stands in the padding."""
    return np.stack(
        [
            np.pad(
                row,
                [*[(0, 0)] * (row.ndim - 1), (0, longest - row.shape[-1])],
                constant_values=fill,
            )
            for row in rows
        ]
    )


def published_inputs(cases, *, fill=0, shape=()):
    arrays = [recorded(case) for case in cases]
    longest = max(a["x"].shape[-1] for a in arrays)
    scales = cases[0]["scales"]
    features = {}
    for name in SLOTS:
        rows = [
            formula.features(case["bert"]["seed"], a["x"].shape[-1])
            * (case["bert"]["slot"] == name)
            for case, a in zip(cases, arrays, strict=True)
        ]
        features[name] = stacked(rows, longest, fill)
    return {
        "x_tst": stacked([a["x"].reshape(-1).astype(np.int64) for a in arrays], longest, fill),
        "x_tst_lengths": np.array([a["x"].shape[-1] for a in arrays]),
        "sid": np.array([a["sid"].reshape(-1)[0] for a in arrays], dtype=np.int64),
        "tones": stacked([a["tone"].reshape(-1).astype(np.int64) for a in arrays], longest, fill),
        "language": stacked(
            [a["language"].reshape(-1).astype(np.int64) for a in arrays], longest, fill
        ),
        **features,
        "style_vec": np.stack([a["style_vec"].reshape(-1).astype(np.float32) for a in arrays]),
        **{
            name: np.array(scales[name], dtype=np.float32).reshape(shape)
            for name in ("length_scale", "sdp_ratio", "noise_scale", "noise_scale_w")
        },
    }


def spread(table, frames):
    return np.repeat(table, frames.astype(np.int64), axis=1)


@pytest.mark.parametrize("case", QUIET, ids=lambda e: f"{e['bundle']}-{e['name']}")
@pytest.mark.parametrize("shape", [(), (1,)], ids=["numbers", "rows of one"])
def test_the_published_signature_speaks_the_recorded_lines(exported, case, shape):
    graph = exported(case["bundle_dir"]).voice
    found = graph(**published_inputs([case], shape=shape))
    expected = recorded(case)
    assert np.array_equal(found["durations"][0], expected["w_ceil"].reshape(-1))
    assert found["output"].shape == (1, 1, expected["wav"].size)
    np.testing.assert_allclose(found["output"][0, 0], expected["wav"].reshape(-1), atol=1e-4)


@pytest.mark.parametrize("bundle_dir", BUNDLES)
@pytest.mark.parametrize("fill", [0, 1])
def test_lines_side_by_side_are_the_lines_alone(exported, bundle_dir, fill):
    cases = [case for case in QUIET if case["bundle_dir"] == bundle_dir]
    cases = [{**case, "scales": cases[0]["scales"]} for case in cases]
    graph = exported(bundle_dir).voice
    found = graph(**published_inputs(cases, fill=fill))
    for row, case in enumerate(cases):
        alone = graph(**published_inputs([case]))["output"][0, 0]
        np.testing.assert_allclose(found["output"][row, 0, : len(alone)], alone, atol=1e-5)
        assert not found["output"][row, 0, len(alone) :].any()


@pytest.mark.parametrize("case", CASES, ids=lambda e: f"{e['bundle']}-{e['name']}")
def test_our_signature_speaks_the_recorded_lines(exported, case):
    graphs, expected = exported(case["bundle_dir"]), recorded(case)
    given = published_inputs([case])
    phones = given["x_tst"].shape[1]
    draws = expected.get("eps_w", np.zeros((2, phones))).astype(np.float32).reshape(1, 2, phones)
    slot = SLOTS.index(case["bert"]["slot"])
    plan = graphs.plan(
        phones=given["x_tst"],
        tones=given["tones"],
        languages=given["language"],
        lengths=given["x_tst_lengths"],
        speakers=given["sid"],
        style=given["style_vec"],
        bert=given[SLOTS[slot]],
        bert_slot=np.array([slot]),
        length_scale=given["length_scale"].reshape(1),
        sdp_ratio=given["sdp_ratio"].reshape(1),
        noise_scale_w=given["noise_scale_w"].reshape(1),
        noise=draws,
    )
    frames = plan["frames"][0]
    assert np.array_equal(frames, expected["w_ceil"].reshape(-1))
    values = spread(plan["per_phone"][0], frames)[None]
    shape = (1, values.shape[1] // 2, values.shape[2])
    found = graphs.render(
        values=values,
        noise=expected.get("eps_z", np.zeros(shape)).astype(np.float32).reshape(shape),
        noise_scale=given["noise_scale"].reshape(1),
        lengths=np.array([shape[2]]),
        speaker=plan["speaker"],
    )
    np.testing.assert_allclose(found["samples"][0], expected["wav"].reshape(-1), atol=1e-4)


@pytest.mark.parametrize("entry", entries("batch"), ids=lambda e: e["bundle"])
def test_our_signature_side_by_side(exported, entry):
    graphs, arrays, scales = exported(entry["bundle_dir"]), recorded(entry), entry["scales"]
    lengths = arrays["x_lengths"].astype(np.int64)
    count, longest = arrays["x"].shape
    features = [
        formula.features(bert["seed"], int(length))
        for bert, length in zip(entry["bert"], lengths, strict=True)
    ]
    plan = graphs.plan(
        phones=arrays["x"].astype(np.int64),
        tones=arrays["tone"].astype(np.int64),
        languages=arrays["language"].astype(np.int64),
        lengths=lengths,
        speakers=arrays["sid"].reshape(-1).astype(np.int64),
        style=arrays["style_vec"].astype(np.float32),
        bert=stacked(features, longest, 1),
        bert_slot=np.array([SLOTS.index(bert["slot"]) for bert in entry["bert"]]),
        noise=arrays["eps_w"].astype(np.float32),
        **{
            name: np.full(count, scales[name], dtype=np.float32)
            for name in ("length_scale", "sdp_ratio", "noise_scale_w")
        },
    )
    values = []
    for row, frames in enumerate(plan["frames"]):
        assert np.array_equal(frames[: lengths[row]], arrays[f"single{row}_w_ceil"].reshape(-1))
        assert not frames[lengths[row] :].any()
        values.append(spread(plan["per_phone"][row], frames))
    totals = np.array([row.shape[1] for row in values])
    found = graphs.render(
        values=stacked(values, totals.max(), 1),
        noise=arrays["eps_z"].astype(np.float32),
        noise_scale=np.full(count, scales["noise_scale"], dtype=np.float32),
        lengths=totals,
        speaker=plan["speaker"],
    )["samples"]
    for row in range(count):
        expected = arrays[f"single{row}_wav"].reshape(-1)
        np.testing.assert_allclose(found[row, : len(expected)], expected, atol=1e-4)
        assert not found[row, len(expected) :].any()


def test_the_inputs_are_the_published_ones_in_their_order(exported):
    before = ["x_tst", "x_tst_lengths", "sid", "tones", "language"]
    after = ["style_vec", "length_scale", "sdp_ratio", "noise_scale", "noise_scale_w"]
    one = exported("dev/bundles/tiny-jp-extra").voice
    assert one.inputs == [*before, "bert", *after]
    three = exported("dev/bundles/tiny-multilingual-3spk").voice
    assert three.inputs == [*before, "bert", "ja_bert", "en_bert", *after]
    shapes = {given.name: given.shape for given in three.session.get_inputs()}
    assert shapes["x_tst"] == ["batch_size", "x_tst_max_length"]
    assert shapes["ja_bert"] == ["batch_size", 1024, "x_tst_max_length"]
    assert shapes["length_scale"] == []
    assert three.session.get_outputs()[0].name == "output"


def test_noise_is_drawn_in_the_published_graph(exported):
    graph = exported(QUIET[0]["bundle_dir"]).voice
    inputs = published_inputs(QUIET[:1])
    sounds = []
    for scale in (0.0, 0.0, 0.5, 0.5):
        inputs["noise_scale"] = np.array(scale, dtype=np.float32)
        sounds.append(graph(**inputs)["output"])
    assert np.array_equal(sounds[0], sounds[1])
    assert not np.array_equal(sounds[2], sounds[3])
    inputs["sdp_ratio"], inputs["noise_scale_w"] = np.float32([1]), np.float32([2])
    lengths = {graph(**inputs)["output"].shape[2] for _ in range(8)}
    assert len(lengths) > 1


def test_only_what_speaks_is_in_the_graphs(tmp_path):
    import torch
    from safetensors.torch import load_file, save_file

    folder = tiny_voice.write(tmp_path / "hana")
    (weights,) = folder.glob("*.safetensors")
    learning = {"enc_q.pre.weight": torch.ones(8, 5, 1), "enc_q.pre.bias": torch.ones(8)}
    save_file({**load_file(weights), **learning}, weights)
    bundle = open_bundle(folder)
    convert(bundle, tmp_path / "out", Options())
    known = set(loading.load(bundle).state_dict())
    for path in (tmp_path / "out").glob("*.onnx"):
        model = onnx.load(path)
        onnx.checker.check_model(model, full_check=True)
        names = {weight.name.removesuffix(".T") for weight in model.graph.initializer}
        strange = {name for name in names if not name.startswith("constant_")} - known
        strange = {name for name in strange if ".attention.query.joined." not in name}
        assert strange <= {
            "durations.affine.mean",
            "durations.affine.scale",
            "noise_scale",
            "noise_scale_w",
        }
        # What the flow of the durations leaves out when it speaks.
        assert not any("couplings.0" in name for name in names if "stochastic" in name)


def test_a_voice_without_language_model(tiny):
    assert "bert" not in tiny.plan.inputs
    assert "bert_slot" not in tiny.plan.inputs
    assert "bert" in tiny.voice.inputs
    inputs = {
        "x_tst": np.array([[0, 3, 0, 5, 0]]),
        "x_tst_lengths": np.array([5]),
        "sid": np.array([1]),
        "tones": np.array([[0, 6, 0, 7, 0]]),
        "language": np.array([[0, 1, 0, 1, 0]]),
        "style_vec": np.zeros((1, 256), dtype=np.float32),
        **{
            name: np.float32([value])
            for name, value in (
                ("length_scale", 1),
                ("sdp_ratio", 0.5),
                ("noise_scale", 0),
                ("noise_scale_w", 0),
            )
        },
    }
    features = np.random.default_rng(1).standard_normal((1, 1024, 5)).astype(np.float32)
    sounds = [tiny.voice(**inputs, bert=given)["output"] for given in (features, 0 * features)]
    assert np.array_equal(*sounds)


def test_each_file_says_what_it_is(exported):
    folder = exported("dev/bundles/tiny-multilingual-3spk").folder
    bundle = open_bundle(FOLDER / "dev/bundles/tiny-multilingual-3spk")
    kinds = {}
    for path in folder.glob("*.onnx"):
        (entry,) = [p.value for p in onnx.load(path).metadata_props if p.key == "sbv2cli"]
        said = json.loads(entry)
        kinds[said.pop("kind")] = path.name
        assert said == {
            "signature": 2,
            "architecture": "sbv2_multilingual",
            "channels": loading.load(bundle).acoustic.channels,
            "frame_multiple": 1,
            "frame_samples": bundle.config.frame_samples,
            "rate": bundle.config.rate,
            "bundle": bundle.fingerprint(),
            "bert_slots": {"zh": 0, "ja": 1, "en": 2},
        }
    stem = file_stem(bundle.name)
    assert kinds == {
        "voice": f"{stem}.onnx",
        "plan": f"{stem}.plan.onnx",
        "render": f"{stem}.render.onnx",
    }
    styles = "style_vectors.npy"
    assert (folder / styles).read_bytes() == (bundle.path / styles).read_bytes()
    ours, theirs = (
        json.loads((place / "config.json").read_text("utf-8")) for place in (folder, bundle.path)
    )
    assert ours["model"] == theirs["model"]


# Each is a mistake that an exporter could make; the last two are heard only beside other lines.
MISTAKES = {
    "hifigan.SLOPE": 0.2,
    "layers.gelu": lambda x: x.apply("Relu"),
    "layers.SPEAKER_LAYER": 1,
    "voice_graphs.PUBLISHED_FEATURES": {1: ("bert",), 3: ("ja_bert", "bert", "en_bert")},
    "layers.MASKED_SCORE": 0.0,
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_wrong_graph_gets_no_name(tmp_path, monkeypatch, name):
    bundle = open_bundle(FOLDER / "dev/bundles/tiny-multilingual-3spk")
    monkeypatch.setattr(f"sbv2cli.export.{name}", MISTAKES[name])
    with pytest.raises(Sbv2Error, match="nothing was written") as caught:
        convert(bundle, tmp_path / "out", Options())
    assert caught.value.code == "export.differs"
    assert caught.value.exit_status == 4
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_what_is_there_is_not_replaced_unasked(tmp_path):
    bundle = tiny_voice.opened(tmp_path / "hana")
    out = tmp_path / "out"
    out.mkdir()
    convert(bundle, out, Options(signature="own"))
    assert not (out / "hana.onnx").exists()
    (out / "notes.txt").write_text("mine")
    with pytest.raises(Sbv2Error) as caught:
        convert(bundle, out, Options())
    assert caught.value.code == "export.exists"
    convert(bundle, out, Options(signature="published", force=True))
    names = {path.name for path in out.iterdir()}
    assert names == {
        "config.json",
        "style_vectors.npy",
        "hana.onnx",
        "hana.plan.onnx",
        "hana.render.onnx",
        "notes.txt",
    }
    assert {path.name for path in tmp_path.iterdir()} == {"hana", "out"}


@pytest.mark.parametrize(
    ("name", "stem"),
    [("花子", "花子"), ("a/b\\c", "a_b_c"), ("..", "voice"), ("x:y?.", "x_y_"), ("", "voice")],
)
def test_names_of_files(name, stem):
    assert file_stem(name) == stem


def test_a_long_line_of_many_frames(tiny):
    """Beyond any length that the check tries."""
    rng = np.random.default_rng(3)
    phones = 3000
    ids = rng.integers(1, 100, (1, phones))
    frames = tiny.plan(
        phones=ids,
        tones=ids % 12,
        languages=ids % 3,
        lengths=np.array([phones]),
        speakers=np.array([0]),
        style=np.zeros((1, 256), dtype=np.float32),
        length_scale=np.float32([1]),
        sdp_ratio=np.float32([0.5]),
        noise_scale_w=np.float32([0.8]),
        noise=rng.standard_normal((1, 2, phones)).astype(np.float32),
    )["frames"]
    assert frames.shape == (1, phones)
    assert frames.min() >= 1


@pytest.mark.parametrize("quantize", [False, True])
def test_a_source_filter_vocoder(tmp_path, quantize):
    network = {"vocoder": tiny_voice.SOURCE_FILTER}
    bundle = tiny_voice.opened(tmp_path / "tiny", network=network)
    report = convert(bundle, tmp_path / "out", Options(quantize=quantize))
    assert set(report.worst) == {"voice", "plan", "render"}
    assert report.worst["render"] < (0.1 if quantize else 1e-5)
    graph = onnx.load(tmp_path / "out" / "tiny.render.onnx")
    given = {one.name for one in graph.graph.input}
    assert given == {"values", "noise", "noise_scale", "lengths", "speaker", "vocoder_noise"}


@pytest.mark.parametrize(
    "options", [{"speakers": 0}, {"speakers": 3}, {"speakers": 2, "network": {"use_sdp": False}}]
)
def test_plain_vits(tmp_path, options):
    bundle = tiny_voice.opened_vits(tmp_path / "hana", **options)
    report = convert(bundle, tmp_path / "out", Options())
    assert max(report.worst.values()) < 1e-5
    assert {path.name for path in report.files} == {
        "config.json",
        "hana.onnx",
        "hana.plan.onnx",
        "hana.render.onnx",
    }
    plan, render = (Graph(tmp_path / "out" / f"hana.{half}.onnx") for half in ("plan", "render"))
    table = {"speakers"} if options["speakers"] else set()
    drawn = set() if "network" in options else {"noise_scale_w", "noise"}
    assert set(plan.inputs) == {"phones", "lengths", "length_scale"} | table | drawn
    always = {"values", "noise", "noise_scale", "lengths"}
    assert set(render.inputs) == always | ({"speaker"} if table else set())
    assert not open_bundle(tmp_path / "out", backend="onnx").config.has_styles


def test_symbols_go_with_plain_vits(tmp_path):
    folder = tiny_voice.write_vits(tmp_path / "hana", symbols=None)
    symbols = "\n".join(tiny_voice.JAPANESE_SYMBOLS) + "\n"
    (folder / "symbols.txt").write_text(symbols, encoding="utf-8")
    convert(open_bundle(folder), tmp_path / "out", Options())
    assert (tmp_path / "out" / "symbols.txt").read_text("utf-8") == symbols


@pytest.mark.parametrize("speakers", [0, 3])
def test_plain_vits_has_the_signature_of_piper(tmp_path, speakers):
    bundle = tiny_voice.opened_vits(tmp_path / "hana", speakers=speakers)
    report = convert(bundle, tmp_path / "out", Options(signature="published"))
    assert report.worst["voice"] < 2e-5
    graph = Graph(tmp_path / "out" / "hana.onnx")
    speaker = ["sid"] if speakers else []
    assert graph.needed == graph.inputs == ["input", "input_lengths", "scales", *speaker]
    inputs = {
        "input": np.array([[0, 5, 0, 9, 0]]),
        "input_lengths": np.array([5]),
        "scales": np.array([0, 1, 0], dtype=np.float32),
        "sid": np.array([1]),
    }
    found = graph(**inputs)
    assert found["output"].shape[:3] == (1, 1, 1)
    slower = graph(**inputs | {"scales": np.array([0, 2, 0], dtype=np.float32)})
    assert slower["durations"].sum() > found["durations"].sum()
    noisy = graph(**inputs | {"scales": np.array([0.667, 1, 0], dtype=np.float32)})
    assert np.array_equal(noisy["durations"], found["durations"])
    assert not np.allclose(noisy["output"], found["output"])


def test_noise_that_no_program_gives_is_the_usual_one(tmp_path):
    bundle = tiny_voice.opened(tmp_path / "hana")
    convert(bundle, tmp_path / "out", Options(signature="published"))
    phones = np.array([[0, 5, 0, 9, 0, 12, 0]])
    inputs = {
        "x_tst": phones,
        "tones": np.zeros_like(phones),
        "language": np.ones_like(phones),
        "x_tst_lengths": np.array([7]),
        "sid": np.array([0]),
        "bert": np.zeros((1, 1024, 7), dtype=np.float32),
        "style_vec": bundle.style_vectors[:1],
        "length_scale": np.array(1, dtype=np.float32),
        "sdp_ratio": np.array(0.2, dtype=np.float32),
    }

    def sound(**noise):
        # Random nodes take the seed when a session is made.
        ort.set_seed(5)
        graph = Graph(tmp_path / "out" / "hana.onnx")
        assert graph.needed == list(
            "x_tst x_tst_lengths sid tones language bert style_vec length_scale sdp_ratio".split()
        )
        given = {name: np.array(number, dtype=np.float32) for name, number in noise.items()}
        return graph.session.run(["output"], inputs | given)[0]

    usual = sound(noise_scale=0.6, noise_scale_w=0.8)
    np.testing.assert_allclose(sound(), usual, rtol=0, atol=1e-6)
    other = sound(noise_scale=0.1)
    assert other.shape == usual.shape
    assert not np.allclose(other, usual, atol=1e-3)


def test_a_graph_is_no_voice_to_export(tmp_path):
    convert(tiny_voice.opened(tmp_path / "hana"), tmp_path / "out", Options())
    with pytest.raises(Sbv2Error) as caught:
        convert(open_bundle(tmp_path / "out", backend="onnx"), tmp_path / "again", Options())
    assert caught.value.code == "export.graph"
