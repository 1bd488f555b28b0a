"""Files of HiFi-GAN as their makers leave them, in a folder beside an acoustic model."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import made_weights
import pytest
import torch
from safetensors.torch import save_file

from sbv2cli.engine.torch import loading
from sbv2cli.models import ARCHITECTURES, VOCODERS
from sbv2cli.models.vocoder.hifigan.vocoder import NAMES, VOCODER
from sbv2cli.models.weights import published_name
from sbv2cli.voices.bundle import open_bundle
from sbv2cli.voices.configs import CONFIGS

SIZES = {
    "resblock": "2",
    "upsample_rates": [4, 2],
    "upsample_kernel_sizes": [8, 4],
    "upsample_initial_channel": 8,
    "resblock_kernel_sizes": [3, 5],
    "resblock_dilation_sizes": [[1, 2], [2, 6]],
}
AUDIO = {"num_mels": 5, "n_fft": 32, "hop_size": 8, "win_size": 32, "sampling_rate": 8000}
CONFIG = {**SIZES, **AUDIO, "fmin": 0, "fmax": 4000}
GOLDEN = Path(__file__).parents[2] / "golden" / "mel"


@pytest.fixture(autouse=True)
def rows(monkeypatch):
    monkeypatch.setitem(ARCHITECTURES, "made_up", "made_up.acoustic:ARCHITECTURE")
    monkeypatch.setitem(VOCODERS, "steps", "made_up.vocoder:VOCODER")
    families = {"made_up": "made_up.config", **CONFIGS}
    monkeypatch.setattr("sbv2cli.voices.configs.voice_config.CONFIGS", families)


@pytest.fixture
def folder(tmp_path):
    voice = tmp_path / "voice"
    (voice / "vocoder").mkdir(parents=True)
    data = {"sampling_rate": 8000, "hop_length": 8, "n_mel_channels": 5}
    config = {"made_up": {"bands": 5, "hidden": 6}, "data": data}
    (voice / "config.json").write_text(json.dumps(config), "utf-8")
    (voice / "vocoder" / "config.json").write_text(json.dumps(CONFIG), "utf-8")
    tensors = {"embedding.weight": (8, 6), "dur.weight": (1, 6), "dur.bias": (1,)}
    tensors |= {"mel.weight": (5, 6, 3), "mel.bias": (5,)}
    save_file(made_weights.published(tensors, {"tag": "t", "adjust": []}), voice / "a.safetensors")
    return voice


def published(normed=None):
    network = VOCODER.build({**SIZES, "standalone": True}, 5, 0, "test")
    shapes = {published_name(k, NAMES): tuple(t.shape) for k, t in network.state_dict().items()}
    return made_weights.published(shapes, {"tag": "vocoder", "adjust": []}, normed)


def of_torch(tensors):
    """The names that weight norm has in torch since 2023."""
    return {
        name.replace("weight_g", "parametrizations.weight.original0").replace(
            "weight_v", "parametrizations.weight.original1"
        ): tensor
        for name, tensor in tensors.items()
    }


NORMED = published(".*")
FOLDED = {
    **{k: t for k, t in NORMED.items() if "weight_" not in k},
    **{
        k.removesuffix("_v"): torch._weight_norm(t, NORMED[k[:-1] + "g"], 0)
        for k, t in NORMED.items()
        if k.endswith("weight_v")
    },
}
FILES = {
    "generator_v1": {"generator": NORMED},
    "g_02500000": {"generator": of_torch(NORMED)},
    "folded.pth": FOLDED,
    "model_file.pth.tar": {"model": of_torch(NORMED), "step": 3},
    "best_model.pth": {
        "model": {
            **{f"model_g.{name}": tensor for name, tensor in NORMED.items()},
            "model_d.mpd.weight": torch.ones(3),
        }
    },
}


@pytest.mark.parametrize("name", FILES)
def test_every_spelling_is_the_same_network(folder, name):
    torch.save(FILES[name], folder / "vocoder" / name)
    network = loading.load(open_bundle(folder)).vocoder
    for ours, tensor in network.state_dict().items():
        torch.testing.assert_close(tensor, FOLDED[published_name(ours, NAMES)])
    assert network.conv_out.bias is not None


def test_a_discriminator_is_not_taken_for_the_vocoder(folder):
    torch.save(FILES["generator_v1"], folder / "vocoder" / "g_00000001")
    torch.save({"mpd": {}, "msd": {}}, folder / "vocoder" / "do_00000001")
    assert open_bundle(folder).parts["vocoder"].name == "g_00000001"


@pytest.mark.parametrize("version", ["v1", "v2", "v3"])
def test_full_sizes_have_the_published_tensors(version):
    listed = {}
    for row in (GOLDEN / f"state_dict_hifigan_{version}.tsv").read_text("utf-8").splitlines():
        name, shape, *_ = row.split("\t")
        if name != "key":
            listed[name] = shape
    sizes = {"v1": (512, "1"), "v2": (128, "1"), "v3": (256, "2")}[version]
    section = {
        "resblock": sizes[1],
        "upsample_rates": [8, 8, 4] if version == "v3" else [8, 8, 2, 2],
        "upsample_kernel_sizes": [16, 16, 8] if version == "v3" else [16, 16, 4, 4],
        "upsample_initial_channel": sizes[0],
        "resblock_kernel_sizes": [3, 5, 7] if version == "v3" else [3, 7, 11],
        "resblock_dilation_sizes": [[1, 2], [2, 6], [3, 12]]
        if version == "v3"
        else [[1, 3, 5]] * 3,
        "standalone": True,
    }
    with torch.device("meta"):
        network = VOCODER.build(section, 80, 0, "test")
    made = {}
    for ours, tensor in network.state_dict().items():
        name = published_name(ours, NAMES)
        shape = "x".join(map(str, tensor.shape))
        made[name.replace(".weight", ".weight_v") if name.endswith("weight") else name] = shape
    assert made == {k: s for k, s in listed.items() if not k.endswith("weight_g")}


def test_it_can_be_moved_with_its_folder(folder, tmp_path):
    torch.save(FILES["generator_v1"], folder / "vocoder" / "generator_v1")
    shutil.copytree(folder, tmp_path / "copy")
    assert open_bundle(tmp_path / "copy").fingerprint() == open_bundle(folder).fingerprint()
