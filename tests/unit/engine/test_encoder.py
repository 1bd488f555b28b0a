"""The encoders against the transformers library, an independent implementation."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
import torch
from torch.nn import functional

from sbv2cli.engine.bert.encoder import equal_lengths, logarithmic_bucket, padded
from sbv2cli.engine.bert.encoder_weights import load_encoder
from sbv2cli.engine.torch.cpu.linear import Linear, can_reorder, linear, plain

DEBERTA = {
    "vocab_size": 90,
    "hidden_size": 12,
    "num_hidden_layers": 4,
    "num_attention_heads": 2,
    "intermediate_size": 20,
    "max_position_embeddings": 64,
    "relative_attention": True,
    "position_biased_input": False,
    "pos_att_type": ["p2c", "c2p"],
    "share_att_key": True,
    "norm_rel_ebd": "layer_norm",
    "position_buckets": 16,
}

DEBERTAS = {
    "japanese": {"conv_kernel_size": 3, "conv_act": "gelu"},
    "english": {"pos_att_type": "c2p|p2c", "num_attention_heads": 3, "position_buckets": 8},
    "wide branch": {"conv_kernel_size": 5, "conv_groups": 2, "num_hidden_layers": 3},
    "own projections": {"share_att_key": False, "conv_kernel_size": 3},
    "no buckets": {"position_buckets": -1, "max_relative_positions": 10, "hidden_act": "relu"},
    "content to position": {"share_att_key": False, "pos_att_type": ["c2p"]},
    "position to content": {
        "share_att_key": False,
        "pos_att_type": ["p2c"],
        "norm_rel_ebd": "none",
    },
    "shared, one term": {"pos_att_type": ["p2c"], "hidden_act": "gelu_new"},
    "no terms": {"pos_att_type": None, "share_att_key": False},
    "absolute": {
        "relative_attention": False,
        "position_biased_input": True,
        "max_position_embeddings": 200,
        "type_vocab_size": 2,
    },
    "narrow embedding": {"embedding_size": 8, "conv_kernel_size": 1, "layer_norm_eps": 1e-3},
    "embeddings alone": {"num_hidden_layers": 2, "conv_kernel_size": 3},
}

BERTS = {
    "chinese": {"num_hidden_layers": 4, "num_attention_heads": 2},
    "other": {"num_hidden_layers": 3, "num_attention_heads": 4, "hidden_act": "relu"},
}

LENGTHS = (7, 2, 40, 7, 3, 150, 7)


def lines() -> list[list[int]]:
    generator = torch.Generator().manual_seed(7)
    return [torch.randint(0, 90, (n,), generator=generator).tolist() for n in LENGTHS]


def expected(model) -> list[torch.Tensor]:
    with torch.no_grad():
        return [
            model(torch.tensor([line]), output_hidden_states=True).hidden_states[-3][0]
            for line in lines()
        ]


def shaken(model):
    """Every parameter away from its initial value, or zeros and ones would hide mistakes."""
    generator = torch.Generator().manual_seed(3)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(0.3 * torch.randn(parameter.shape, generator=generator))
    return model.eval()


def deberta(options, *, head: bool = True):
    from transformers import DebertaV2Config, DebertaV2ForMaskedLM, DebertaV2Model

    torch.manual_seed(5)
    kind = DebertaV2ForMaskedLM if head else DebertaV2Model
    return shaken(kind(DebertaV2Config(**DEBERTA | options)))


def bert(options):
    from transformers import BertConfig, BertForMaskedLM

    torch.manual_seed(5)
    sizes = {"vocab_size": 90, "hidden_size": 12, "intermediate_size": 20}
    return shaken(BertForMaskedLM(BertConfig(max_position_embeddings=160, **sizes | options)))


def check(encoder, model, tolerance=2e-5) -> None:
    for grouping in (equal_lengths, padded):
        encoder.grouping = grouping
        for ours, theirs in zip(encoder.encode(lines()), expected(model), strict=True):
            assert ours.dtype == torch.float32
            torch.testing.assert_close(ours, theirs, atol=tolerance, rtol=0)


@pytest.mark.parametrize("name", DEBERTAS)
def test_deberta(name, tmp_path):
    model = deberta(DEBERTAS[name])
    model.save_pretrained(tmp_path)
    check(load_encoder(tmp_path), model)


@pytest.mark.parametrize("name", BERTS)
def test_bert(name, tmp_path):
    model = bert(BERTS[name])
    model.save_pretrained(tmp_path)
    encoder = load_encoder(tmp_path)
    assert encoder.longest_line == 160
    check(encoder, model)


def test_a_model_saved_without_a_head(tmp_path):
    model = deberta(DEBERTAS["japanese"], head=False)
    model.save_pretrained(tmp_path)
    check(load_encoder(tmp_path), model)


def test_shards(tmp_path):
    model = deberta(DEBERTAS["japanese"])
    model.save_pretrained(tmp_path, max_shard_size="4KB")
    assert len(list(tmp_path.glob("*.safetensors"))) > 1
    check(load_encoder(tmp_path), model)


@pytest.mark.parametrize("zipped", [True, False])
def test_pickled_weights_and_names_of_older_times(tmp_path, zipped):
    model = bert(BERTS["chinese"])
    (tmp_path / "config.json").write_text(json.dumps(model.config.to_dict()))
    state = {
        key.replace("LayerNorm.weight", "LayerNorm.gamma").replace(
            "LayerNorm.bias", "LayerNorm.beta"
        ): value
        for key, value in model.state_dict().items()
    }
    torch.save(state, tmp_path / "pytorch_model.bin", _use_new_zipfile_serialization=zipped)
    check(load_encoder(tmp_path), model)


def test_half_precision_files_are_computed_in_float32(tmp_path):
    model = deberta(DEBERTAS["japanese"]).half()
    model.save_pretrained(tmp_path)
    encoder = load_encoder(tmp_path)
    assert encoder.embedding.words.dtype == torch.float16
    check(encoder, model.float())


def test_the_layers_left_out_are_never_read(tmp_path):
    from safetensors.torch import load_file, save_file

    model = deberta(DEBERTAS["japanese"])
    model.save_pretrained(tmp_path)
    path = tmp_path / "model.safetensors"
    kept = {
        key: value
        for key, value in load_file(path).items()
        if not key.startswith(("cls.", "deberta.encoder.layer.2", "deberta.encoder.layer.3"))
    }
    save_file(kept, path)
    check(load_encoder(tmp_path), model)


def test_low_precision_stays_near(tmp_path):
    model = deberta(DEBERTAS["japanese"])
    model.save_pretrained(tmp_path)
    encoder = load_encoder(tmp_path, dtype=torch.bfloat16)
    for ours, theirs in zip(encoder.encode(lines()), expected(model), strict=True):
        assert ours.dtype == torch.float32
        assert float((ours - theirs).norm() / theirs.norm()) < 0.05


def test_other_texts_of_a_batch_change_no_bit(tmp_path):
    model = deberta(DEBERTAS["japanese"])
    model.save_pretrained(tmp_path)
    encoder = load_encoder(tmp_path)
    alone = [encoder.encode([line])[0] for line in lines()]
    for chosen in ([0, 1], [3, 0, 6], [5, 4, 3, 2, 1, 0], list(range(7))):
        together = encoder.encode([lines()[i] for i in chosen])
        for i, rows in zip(chosen, together, strict=True):
            assert torch.equal(rows, alone[i])


def test_scores_made_a_few_heads_at_a_time_are_the_same(tmp_path, monkeypatch):
    model = deberta(DEBERTAS["english"])
    model.save_pretrained(tmp_path)
    encoder = load_encoder(tmp_path)
    whole = encoder.encode(lines())
    monkeypatch.setattr("sbv2cli.engine.bert.encoder.SCORES_AT_ONCE", 1)
    for a, b in zip(whole, encoder.encode(lines()), strict=True):
        assert torch.equal(a, b)


def test_buckets_are_those_of_the_library():
    from transformers.models.deberta_v2.modeling_deberta_v2 import make_log_bucket_position

    distance = torch.arange(-3000, 3001)
    for buckets, longest in ((256, 512), (16, 64), (32, 512), (8, 20)):
        theirs = make_log_bucket_position(distance, buckets, longest).long()
        assert torch.equal(logarithmic_bucket(distance, buckets, longest), theirs)


@pytest.mark.skipif(not can_reorder(torch.float32), reason="no oneDNN in this torch")
def test_a_row_has_the_same_bits_among_any_rows():
    generator = torch.Generator().manual_seed(1)
    weight, bias = torch.randn(96, 64, generator=generator), torch.randn(96, generator=generator)
    multiply = linear(weight, bias, torch.device("cpu"), torch.float32)
    assert multiply.reordered
    x = torch.randn(300, 64, generator=generator)
    whole = multiply(x)
    torch.testing.assert_close(whole, x @ weight.T + bias, atol=1e-4, rtol=0)
    for rows in (2, 3, 17, 64, 299):
        assert torch.equal(multiply(x[:rows]), whole[:rows])
        assert torch.equal(multiply(x[-rows:]), whole[-rows:])


def test_the_plain_product_is_there_without_onednn():
    weight, bias = torch.randn(5, 4), torch.randn(5)
    multiply = Linear(weight=weight, bias=bias, reordered=False)
    x = torch.randn(3, 4)
    torch.testing.assert_close(multiply(x), x @ weight.T + bias)


@pytest.mark.skipif(not can_reorder(torch.float32), reason="no oneDNN in this torch")
@pytest.mark.parametrize("activation", [None, functional.relu_, functional.gelu, torch.tanh])
def test_an_activation_is_the_same_in_both_layouts(activation):
    weight, bias, cpu = torch.randn(48, 32), torch.randn(48), torch.device("cpu")
    x = torch.randn(21, 32)
    packed, read = (
        replace(way(weight, bias, cpu, torch.float32), activation=activation)
        for way in (linear, plain)
    )
    torch.testing.assert_close(packed(x), read(x), atol=1e-5, rtol=0)
    if activation is not None:
        assert not torch.equal(read(x), replace(read, activation=None)(x))
