"""Weight files that are no voice are told by what they are; voices never are."""

from __future__ import annotations

from pathlib import Path

import pytest
import tiny_voice
import torch
from safetensors.torch import load_file, save_file

from sbv2cli.engine.torch import loading
from sbv2cli.errors import VoiceError
from sbv2cli.models import unsupported
from sbv2cli.voices.bundle import open_bundle

FOLDER = Path(__file__).parents[2] / "golden"

NAMES = {
    "RVC": ["enc_p.emb_phone.weight", "enc_p.emb_pitch.weight", "dec.m_source.l_linear.weight"],
    "so-vits-svc": ["pre.weight", "emb_uv.weight", "enc_p.f0_emb.weight", "emb_g.weight"],
    "GPT-SoVITS": ["enc_p.ssl_proj.weight", "quantizer.vq.layers.0._codebook.embed"],
    "Bert-VITS2": ["enc_p.emb.weight", "enc_p.tone_emb.weight", "enc_p.bert_proj.weight"],
    "VITS2": ["enc_p.emb.weight", "enc_p.encoder.spk_emb_linear.weight"],
    "iSTFT-VITS": ["enc_p.emb.weight", "dec.subband_conv_post.weight_v"],
    "emotions": ["enc_p.emb.weight", "enc_p.emo_proj.weight"],
    "Coqui": ["text_encoder.emb.weight", "waveform_decoder.conv_pre.weight"],
    "Matcha": ["encoder.emb.weight", "decoder.estimator.time_mlp.linear_1.weight"],
    "discriminators": ["discriminators.0.convs.0.weight_v", "discriminators.1.conv_post.bias"],
    "optimiser": ["state", "param_groups"],
    "pictures": ["down_blocks.0.resnets.0.conv1.weight", "conv_in.weight"],
    "LoRA": ["unet.x.lora_A.weight"],
    "BERT": ["bert.embeddings.word_embeddings.weight"],
    "writes text": ["model.layers.0.self_attn.q_proj.weight", "lm_head.weight"],
    "style vectors": ["style_vectors"],
    "a vocoder": ["conv_pre.weight_v", "ups.0.weight_g", "resblocks.0.convs1.0.bias"],
}


@pytest.mark.parametrize("what", NAMES)
def test_each_is_named(what):
    with pytest.raises(VoiceError) as caught:
        unsupported.refuse(dict.fromkeys(NAMES[what]), "a.pth")
    assert caught.value.code == "voice.family"
    assert what in caught.value.message
    assert caught.value.hint


@pytest.mark.parametrize("row", ["sbv2_jp_extra", "sbv2_multilingual"])
def test_discriminators_of_published_training_are_known(row):
    listed = FOLDER / "model" / f"state_dict_aux_{row.removeprefix('sbv2_')}.tsv"
    nets: dict[str, list[str]] = {}
    for line in listed.read_text("utf-8").splitlines():
        if line.startswith("module\t"):
            continue
        net, key, *_ = line.split("\t")
        nets.setdefault(net, []).append(key)
    judges = {net: keys for net, keys in nets.items() if "ref" not in net.lower()}
    assert len(judges) >= 2
    for net, keys in judges.items():
        with pytest.raises(VoiceError) as caught:
            unsupported.refuse(dict.fromkeys(keys), "a.pth")
        assert "discriminators" in caught.value.message, net


def test_what_has_no_known_names_is_left_to_others():
    for table in ({"something": 1}, {}, None, {3: 1}):
        unsupported.refuse(table, "a.pth")


def test_a_voice_in_the_place_of_a_vocoder():
    with pytest.raises(VoiceError) as caught:
        unsupported.refuse({"enc_p.emb.weight": 0, "dec.x": 0}, "a.pth", vocoder=True)
    assert "a voice, and no vocoder" in caught.value.message
    unsupported.refuse(dict.fromkeys(NAMES["a vocoder"]), "a.pth", vocoder=True)


def test_a_voice_that_fits_is_not_asked(tmp_path):
    """Whatever names it may share with others."""
    voice = tiny_voice.write(tmp_path / "voice")
    path = next(voice.glob("*.safetensors"))
    tensors = load_file(path)
    save_file({**tensors, "dec.m_source.weight": torch.ones(2)}, path)
    with pytest.raises(VoiceError) as caught:
        loading.load(open_bundle(voice))
    assert "so-vits-svc" in caught.value.message
    save_file(tensors, path)
    loading.load(open_bundle(voice))
