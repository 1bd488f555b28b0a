"""Exported language models against recorded rows and against the published library."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch

onnx = pytest.importorskip("onnx")
ort = pytest.importorskip("onnxruntime")

from sbv2cli.engine.bert.folders import GRAPH_FILES  # noqa: E402
from sbv2cli.errors import Sbv2Error  # noqa: E402
from sbv2cli.export.onnx_bert import convert  # noqa: E402
from sbv2cli.export.options import Options  # noqa: E402

FOLDER = Path(__file__).parents[2] / "golden" / "model"
ENTRIES = [
    entry
    for entry in json.loads((FOLDER / "dev" / "index.json").read_text(encoding="utf-8"))
    if entry["kind"] == "bert"
]
BERT = FOLDER / "dev" / "bert"
TINY = {"jp": BERT / "tiny-deberta-v2-japanese-char", "zh": BERT / "tiny-chinese-roberta"}

SIZES = {
    "vocab_size": 90,
    "hidden_size": 12,
    "num_attention_heads": 3,
    "num_hidden_layers": 4,
    "intermediate_size": 20,
    "relative_attention": True,
    "position_biased_input": False,
    "type_vocab_size": 0,
    "pad_token_id": 0,
    "position_buckets": 8,
    "max_position_embeddings": 32,
    "norm_rel_ebd": "layer_norm",
    "share_att_key": True,
    "pos_att_type": ["p2c", "c2p"],
    "layer_norm_eps": 1e-7,
}
DEBERTAS = {
    "english": {},
    "japanese": {"conv_kernel_size": 3, "conv_act": "gelu"},
    "own projections, no buckets": {
        "share_att_key": False,
        "position_buckets": -1,
        "norm_rel_ebd": "none",
    },
    "one term": {"pos_att_type": ["p2c"], "hidden_act": "gelu_new"},
    "no terms": {"pos_att_type": None, "conv_kernel_size": 5},
    "absolute": {
        "relative_attention": False,
        "position_biased_input": True,
        "max_position_embeddings": 200,
        "type_vocab_size": 2,
    },
    "narrow embedding": {"embedding_size": 8, "hidden_act": "relu"},
}
LENGTHS = (7, 2, 40, 7, 150)


class Graph:
    def __init__(self, path):
        options = ort.SessionOptions()
        options.intra_op_num_threads = 1
        self.session = ort.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])

    def __call__(self, lines):
        longest = max(map(len, lines))
        ids = np.full((len(lines), longest), 5, dtype=np.int64)
        mask = np.zeros_like(ids)
        for row, line in enumerate(lines):
            ids[row, : len(line)] = line
            mask[row, : len(line)] = 1
        (found,) = self.session.run(["output"], {"input_ids": ids, "attention_mask": mask})
        return [rows[: len(line)] for rows, line in zip(found, lines, strict=True)]


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    out = tmp_path_factory.mktemp("bert")
    reports = {name: convert(path, out / name, Options()) for name, path in TINY.items()}
    return {
        name: (report, Graph(out / name / GRAPH_FILES[0]), Graph(out / name / GRAPH_FILES[1]))
        for name, report in reports.items()
    }


def recorded(entry):
    with np.load(FOLDER / entry["file"]) as data:
        return data["input_ids"].reshape(-1).tolist(), data["hidden_minus3"]


@pytest.mark.parametrize("name", TINY)
def test_the_recorded_rows(exported, name):
    _, full, half = exported[name]
    cases = [recorded(entry) for entry in ENTRIES if Path(entry["file"]).name.startswith(name)]
    assert len(cases) > 3
    together = full([ids for ids, _ in cases])
    for (ids, expected), beside in zip(cases, together, strict=True):
        np.testing.assert_allclose(full([ids])[0], expected, atol=2e-5)
        np.testing.assert_allclose(beside, expected, atol=2e-5)
        np.testing.assert_allclose(half([ids])[0], expected, atol=2e-2)


def shaken(model):
    """Every parameter away from its initial value, or zeros and ones would hide mistakes."""
    generator = torch.Generator().manual_seed(3)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(0.3 * torch.randn(parameter.shape, generator=generator))
    return model.eval()


def vocabulary(folder):
    marks = ["[PAD]", "[CLS]", "[SEP]", "[UNK]", "[MASK]"]
    (folder / "vocab.txt").write_text("\n".join(marks + [chr(65 + n) for n in range(85)]))


def compare(model, folder, out):
    vocabulary(folder)
    convert(folder, out, Options())
    generator = torch.Generator().manual_seed(7)
    lines = [torch.randint(0, 90, (n,), generator=generator).tolist() for n in LENGTHS]
    found = Graph(out / GRAPH_FILES[0])(lines)
    for rows, line in zip(found, lines, strict=True):
        with torch.no_grad():
            expected = model(torch.tensor([line]), output_hidden_states=True).hidden_states[-3][0]
        np.testing.assert_allclose(rows, expected.numpy(), atol=3e-5)


@pytest.mark.parametrize("name", DEBERTAS)
def test_deberta_as_the_library_has_it(name, tmp_path):
    from transformers import DebertaV2Config, DebertaV2ForMaskedLM

    torch.manual_seed(5)
    model = shaken(DebertaV2ForMaskedLM(DebertaV2Config(**SIZES | DEBERTAS[name])))
    model.save_pretrained(tmp_path / "model")
    compare(model, tmp_path / "model", tmp_path / "out")


def test_bert_as_the_library_has_it(tmp_path):
    from transformers import BertConfig, BertForMaskedLM

    torch.manual_seed(5)
    sizes = {"vocab_size": 90, "hidden_size": 12, "intermediate_size": 20}
    model = BertForMaskedLM(
        BertConfig(num_hidden_layers=4, num_attention_heads=2, max_position_embeddings=160, **sizes)
    )
    shaken(model).save_pretrained(tmp_path / "model")
    compare(model, tmp_path / "model", tmp_path / "out")


def test_the_folder_is_a_language_model_again(exported, tmp_path):
    from sbv2cli.engine.bert.folders import find_bert

    report = exported["jp"][0]
    folder = report.files[0].parent
    assert find_bert("ja", given=folder) == folder
    assert {path.name for path in report.files} == {
        "config.json",
        "vocab.txt",
        "tokenizer_config.json",
        "special_tokens_map.json",
        *GRAPH_FILES,
    }
    full, half = (onnx.load(folder / name) for name in GRAPH_FILES)
    onnx.checker.check_model(full, full_check=True)
    onnx.checker.check_model(half, full_check=True)
    (said,) = [json.loads(p.value) for p in full.metadata_props if p.key == "sbv2cli"]
    assert said["kind"] == "bert"
    kinds = {weight.data_type for weight in half.graph.initializer if len(weight.dims) > 1}
    assert onnx.TensorProto.FLOAT16 in kinds
    assert [made.type.tensor_type.elem_type for made in half.graph.output] == [
        onnx.TensorProto.FLOAT
    ]
    # The layers after the third from the end, and what guesses words.
    assert not any("layers.2" in weight.name for weight in full.graph.initializer)


def test_a_wrong_graph_gets_no_name(tmp_path, monkeypatch):
    monkeypatch.setattr("sbv2cli.export.bert_graph.MASKED_SCORE", 0.0)
    with pytest.raises(Sbv2Error, match="nothing was written") as caught:
        convert(TINY["jp"], tmp_path / "out", Options())
    assert caught.value.code == "export.differs"
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_no_language_model(tmp_path):
    (tmp_path / "model").mkdir()
    with pytest.raises(Sbv2Error) as caught:
        convert(tmp_path / "model", tmp_path / "out", Options())
    assert caught.value.code == "bert.config"
    assert not (tmp_path / "out").exists()
