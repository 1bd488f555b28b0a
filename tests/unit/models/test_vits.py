"""Plain VITS against a second writing of the paper, and against the published names."""

from __future__ import annotations

import json
import shutil

import numpy as np
import pytest
import tiny_voice
import torch
import vits_reference as reference

from sbv2cli.engine import noise
from sbv2cli.engine.engine import Engine
from sbv2cli.engine.settings import EngineSettings
from sbv2cli.engine.torch import loading
from sbv2cli.engine.torch.weights_file import read_tensors
from sbv2cli.errors import VoiceError
from sbv2cli.models import weights
from sbv2cli.models.vits.architecture import ARCHITECTURE
from sbv2cli.models.vocoder.hifigan.vocoder import VOCODER
from sbv2cli.voices.bundle import open_bundle
from sbv2cli.voices.configs import voice_config

VOICES = {
    "one speaker": {},
    "three speakers": {"speakers": 3},
    "deterministic": {"speakers": 2, "network": {"use_sdp": False}},
    "single blocks, another width": {
        "network": {
            "resblock": "2",
            "resblock_dilation_sizes": [[1, 3], [2, 4]],
            "hidden_channels": 12,
            "kernel_size": 4,
        }
    },
}


@pytest.mark.parametrize("name", VOICES)
def test_it_says_what_the_paper_says(tmp_path, name):
    bundle = tiny_voice.opened_vits(tmp_path / "v", seed=4, **VOICES[name])
    w = reference.Weights(read_tensors(bundle.weights))
    engine = Engine(bundle, EngineSettings(device="cpu", threads=1))
    for number in range(3):
        line = tiny_voice.utterance(bundle, number, phones=4 + 5 * number)
        (sound,) = engine.speak([line])
        speaker = line.speaker if "emb_g.weight" in w else None
        planned = reference.plan(
            w,
            bundle.config.network,
            line.phones.tolist(),
            speaker,
            torch.from_numpy(noise.duration_noise(line).copy()),
            noise_scale_w=line.noise_scale_w,
            length_scale=line.length_scale,
        )
        assert planned[0].tolist() == sound.phone_frames.tolist()
        frames = int(planned[0].sum())
        drawn = torch.from_numpy(noise.latent_noise(line, frames, 8).copy())
        wanted = reference.render(
            w, bundle.config.network, planned, drawn, noise_scale=line.noise_scale
        )
        assert wanted.abs().max() > 0.01
        np.testing.assert_allclose(sound.samples, wanted.numpy(), rtol=0, atol=2e-5)


# Names of the checkpoints of 2021, written down by hand: LJSpeech (one speaker) and VCTK (109).

LAYERS, RESBLOCKS = 6, 12
NORMED = ("weight_g", "weight_v", "bias")
PLAIN = ("weight", "bias")


def _every(prefix, leaves):
    return [f"{prefix}.{leaf}" for leaf in leaves]


def _separable(prefix):
    return [
        name
        for i in range(3)
        for part, leaves in (
            ("convs_sep", PLAIN), ("convs_1x1", PLAIN), ("norms_1", ("gamma", "beta")),
            ("norms_2", ("gamma", "beta")),
        )
        for name in _every(f"{prefix}.{part}.{i}", leaves)
    ]  # fmt: skip


def _durations_flow(prefix):
    names = [f"{prefix}.0.m", f"{prefix}.0.logs"]
    for k in (1, 3, 5, 7):
        names += _every(f"{prefix}.{k}.pre", PLAIN) + _every(f"{prefix}.{k}.proj", PLAIN)
        names += _separable(f"{prefix}.{k}.convs")
    return names


def _wavenet(prefix, layers, *, speakers):
    names = _every(f"{prefix}.cond_layer", NORMED) if speakers else []
    for i in range(layers):
        names += _every(f"{prefix}.in_layers.{i}", NORMED)
        names += _every(f"{prefix}.res_skip_layers.{i}", NORMED)
    return names


def _text_encoder():
    names = ["enc_p.emb.weight", *_every("enc_p.proj", PLAIN)]
    for i in range(LAYERS):
        at = f"enc_p.encoder.attn_layers.{i}"
        names += [f"{at}.emb_rel_k", f"{at}.emb_rel_v"]
        for letter in "qkvo":
            names += _every(f"{at}.conv_{letter}", PLAIN)
        for part in ("norm_layers_1", "norm_layers_2"):
            names += _every(f"enc_p.encoder.{part}.{i}", ("gamma", "beta"))
        for part in ("conv_1", "conv_2"):
            names += _every(f"enc_p.encoder.ffn_layers.{i}.{part}", PLAIN)
    return names


def _decoder():
    names = [*_every("dec.conv_pre", PLAIN), "dec.conv_post.weight"]
    for i in range(4):
        names += _every(f"dec.ups.{i}", NORMED)
    for i in range(RESBLOCKS):
        for j in range(3):
            for part in ("convs1", "convs2"):
                names += _every(f"dec.resblocks.{i}.{part}.{j}", NORMED)
    return names


def _published(*, speakers):
    names = _text_encoder() + _decoder()
    names += _every("enc_q.pre", PLAIN) + _every("enc_q.proj", PLAIN)
    names += _wavenet("enc_q.enc", 16, speakers=speakers)
    for k in (0, 2, 4, 6):
        names += _every(f"flow.flows.{k}.pre", PLAIN) + _every(f"flow.flows.{k}.post", PLAIN)
        names += _wavenet(f"flow.flows.{k}.enc", 4, speakers=speakers)
    for part in ("pre", "proj", "post_pre", "post_proj"):
        names += _every(f"dp.{part}", PLAIN)
    names += _separable("dp.convs") + _separable("dp.post_convs")
    names += _durations_flow("dp.flows") + _durations_flow("dp.post_flows")
    if speakers:
        names += ["emb_g.weight", *_every("dec.cond", PLAIN), *_every("dp.cond", PLAIN)]
    return names


SHAPES = {
    "enc_p.emb.weight": (178, 192),
    "enc_p.encoder.attn_layers.0.emb_rel_k": (1, 9, 96),
    "enc_p.encoder.ffn_layers.5.conv_1.weight": (768, 192, 3),
    "enc_p.proj.weight": (384, 192, 1),
    "dec.conv_pre.weight": (512, 192, 7),
    "dec.ups.0.weight_v": (512, 256, 16),
    "dec.ups.0.weight_g": (512, 1, 1),
    "dec.ups.3.weight_v": (64, 32, 4),
    "dec.resblocks.11.convs1.2.weight_v": (32, 32, 11),
    "dec.conv_post.weight": (1, 32, 7),
    "flow.flows.6.enc.in_layers.3.weight_v": (384, 192, 5),
    "flow.flows.0.enc.res_skip_layers.3.weight_v": (192, 192, 1),
    "flow.flows.0.pre.weight": (192, 96, 1),
    "dp.flows.7.proj.weight": (29, 192, 1),
    "dp.flows.0.m": (2, 1),
    "enc_q.pre.weight": (192, 513, 1),
    "enc_q.enc.in_layers.15.weight_v": (384, 192, 5),
    "emb_g.weight": (109, 256),
    "dec.cond.weight": (512, 256, 1),
    "dp.cond.weight": (192, 256, 1),
    "flow.flows.2.enc.cond_layer.weight_v": (1536, 256, 1),
    "enc_q.enc.cond_layer.weight_v": (6144, 256, 1),
}


@pytest.mark.parametrize("speakers", [0, 109])
def test_published_names_and_shapes_are_those_of_the_network(speakers):
    from sbv2cli.training.objectives.vits_model import VitsTrainingModel
    from sbv2cli.training.voice_weights import published_tensors

    text = json.dumps(
        {
            "data": {"text_cleaners": ["english_cleaners2"], "n_speakers": speakers},
            "model": {"gin_channels": 256} if speakers else {},
        }
    )
    parsed = voice_config.parse(text, where="test")
    network = loading.build(parsed, where="test")
    model = VitsTrainingModel(network.acoustic, network.vocoder, bins=513, frames_per_segment=32)
    parts = loading.parts_of(parsed, where="test")
    found = published_tensors(model, parts, 1, for_speaking=False)
    found.pop("iteration")
    assert sorted(found) == sorted(_published(speakers=speakers > 0))
    for name, shape in SHAPES.items():
        if name in found:
            assert tuple(found[name].shape) == shape, name
    of_speakers = {name for name in SHAPES if "cond" in name or name == "emb_g.weight"}
    assert SHAPES.keys() - found.keys() == (set() if speakers else of_speakers)


def test_names_lead_there_and_back():
    for speakers in (False, True):
        seen = set()
        for name in _published(speakers=speakers):
            rows = (*ARCHITECTURE.names, *weights.under("dec", "vocoder", VOCODER.names))
            if weights.our_name(name, rows) is None:
                rows = ARCHITECTURE.learning_names
            ours = weights.our_name(name, rows)
            assert ours is not None, name
            assert weights.published_name(ours, rows) == name
            assert ours not in seen
            seen.add(ours)


# Opening.


def test_a_checkpoint_and_plain_files_hold_the_same_voice(tmp_path):
    from safetensors.torch import save_file

    folder = tiny_voice.write_vits(tmp_path / "v")
    tensors = read_tensors(folder / "G_1000.pth")
    assert "iteration" not in tensors
    for name in ("plain.safetensors", "plain.pth"):
        other = tmp_path / name
        shutil.copytree(folder, other, ignore=shutil.ignore_patterns("*.pth"))
        if name.endswith("pth"):
            torch.save(tensors, other / name)
        else:
            save_file(tensors, other / name)
        network = loading.load(open_bundle(other))
        for key, tensor in loading.load(open_bundle(folder)).state_dict().items():
            assert torch.equal(network.state_dict()[key], tensor)


def test_discriminators_beside_a_voice_are_not_taken_for_it(tmp_path):
    folder = tiny_voice.write_vits(tmp_path / "v")
    shutil.copy(folder / "G_1000.pth", folder / "D_1000.pth")
    assert open_bundle(folder).weights.name == "G_1000.pth"


def test_another_number_of_symbols_is_one_error(tmp_path):
    folder = tiny_voice.write_vits(tmp_path / "v")
    config = json.loads((folder / "config.json").read_text("utf-8"))
    config["symbols"].append("ə")
    (folder / "config.json").write_text(json.dumps(config), "utf-8")
    with pytest.raises(VoiceError) as caught:
        loading.load(open_bundle(folder))
    assert caught.value.code == "voice.weights"
    assert '"enc_p.emb.weight 43x8 instead of 44x8"' in caught.value.message
    assert "looks like vits" in caught.value.message


def test_weights_of_another_architecture_say_so(tmp_path):
    folder = tiny_voice.write_vits(tmp_path / "v")
    (folder / "G_1000.pth").unlink()
    other = tiny_voice.write(tmp_path / "sbv2")
    shutil.copy(next(other.glob("*.safetensors")), folder)
    with pytest.raises(VoiceError, match="looks like sbv2_jp_extra, the configuration says vits"):
        loading.load(open_bundle(folder))


def test_without_a_table_the_weights_say_how_many_symbols_there_are(tmp_path):
    folder = tiny_voice.write_vits(tmp_path / "v", symbols=None, cleaner="my_cleaners")
    bundle = open_bundle(folder)
    assert bundle.config.symbols is None
    assert loading.load(bundle).acoustic.inventory.phones == tiny_voice.SYMBOLS_IF_UNKNOWN
