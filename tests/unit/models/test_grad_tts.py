"""Grad-TTS: published files are built from their shapes, and its own windows are what is heard."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import pytest
import tiny_mel_voice
import torch

from sbv2cli.engine.torch import loading
from sbv2cli.errors import VoiceError
from sbv2cli.models import weights
from sbv2cli.models.grad_tts.architecture import ARCHITECTURE
from sbv2cli.models.grad_tts.dims import sizes_of
from sbv2cli.models.grad_tts.model import frame_counts
from sbv2cli.models.grad_tts.windows import windows
from sbv2cli.records import Inventory

GOLDEN = Path(__file__).parents[2] / "golden" / "mel"


def shapes_of(name):
    with (GOLDEN / name).open(encoding="utf-8") as file:
        return {
            row["key"]: tuple(map(int, row["shape"].split("x")))
            for row in csv.DictReader(file, delimiter="\t")
        }


@pytest.mark.parametrize(
    ("file", "speakers"), [("state_dict_grad_tts.tsv", 1), ("state_dict_grad_tts_libri.tsv", 247)]
)
def test_a_published_file_is_built_from_its_shapes_alone(file, speakers):
    wanted = shapes_of(file)
    published = {name: torch.empty(shape, device="meta") for name, shape in wanted.items()}
    rows = Inventory(phones=149, tones=1, languages=1, speakers=speakers)
    with torch.device("meta"):
        network = ARCHITECTURE.build(sizes_of(published), rows, "x")
    found = {
        weights.published_name(name, ARCHITECTURE.names): tuple(tensor.shape)
        for name, tensor in network.state_dict().items()
    }
    assert found == wanted


def test_sizes_of_other_files_are_not_guessed():
    assert sizes_of({}) == {}
    odd = {"encoder.emb.weight": torch.zeros(3), "encoder.proj_m.bias": torch.zeros(8)}
    assert sizes_of(odd) == {"n_feats": 8, "n_spks": 1}


@pytest.mark.parametrize(
    ("log", "scale", "frames"),
    [
        # ceil 1, 3, 2 at .91: ends .91, 3.64, 5.46; the line ends at 5.
        ([0.0, 1.0, 0.5], 0.91, [1, 3, 1]),
        ([0.0, 1.0, 0.5], 1.0, [1, 3, 2]),
        # ends .5, 1, 2.5, 3: a phone may have no frame.
        ([-1.0, -1.0, 1.0, 0.0], 0.5, [1, 0, 2, 0]),
        ([-1.0], 0.1, [1]),
        ([-200.0, -200.0], 1.0, [1, 0]),
    ],
)
def test_durations_are_scaled_after_they_are_rounded_up(log, scale, frames):
    found = frame_counts(torch.tensor([[log]]), None, torch.tensor([scale]))
    assert found.tolist() == [frames]


def test_durations_side_by_side_are_those_alone():
    logs = torch.randn(2, 1, 9, generator=torch.Generator().manual_seed(2))
    mask = torch.ones(2, 1, 9)
    mask[1, :, 5:] = 0
    scales = torch.tensor([0.91, 1.3])
    both = frame_counts(logs, mask, scales)
    alone = frame_counts(logs[1:, :, :5], None, scales[1:])
    assert torch.equal(both[1, :5], alone[0])
    assert both[1, 5:].sum() == 0


def test_windows_are_halved_with_the_images():
    at = windows(torch.tensor([5, 12]), 12, 4)
    assert at.inside is not None
    assert at.inside[:, 0, 0].sum(dim=1).tolist() == [8, 12]
    below = at.halved()
    assert below.real is not None
    assert below.inside is not None
    assert below.counts_B111 is not None
    assert below.real[:, 0, 0].sum(dim=1).tolist() == [3, 6]
    assert below.inside[:, 0, 0].sum(dim=1).tolist() == [4, 6]
    assert below.counts_B111.flatten().tolist() == [4, 6]
    assert windows(None, 12, 4).inside is None
    # Alone, its window is the whole image.
    assert windows(torch.tensor([5]), 8, 4).inside is None


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"n_feats": 10}, '"n_feats" is 10, wanted a multiple of 4'),
        ({"dec_dim": 12}, '"dec_dim" is 12, wanted a multiple of 8'),
        ({"n_heads": 3}, '"n_enc_channels" is 8, wanted a multiple of n_heads'),
        ({"beta_max": "much"}, '"beta_max" is "much", wanted a number'),
    ],
)
def test_sizes_that_make_no_network_are_named(change, said):
    rows = Inventory(phones=5, tones=1, languages=1, speakers=1)
    with pytest.raises(VoiceError) as caught:
        ARCHITECTURE.build({**tiny_mel_voice.GRAD_TTS, **change}, rows, "config.json")
    assert said in caught.value.message


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("n_spks", 1, '"n_spks" is 1, and the weights have 3'),
        ("n_feats", 12, '"n_feats" is 12, and the weights have 8'),
    ],
)
def test_sizes_that_are_not_those_of_the_weights_are_named(tmp_path, key, value, said):
    bundle = tiny_mel_voice.opened_grad_tts(tmp_path / "voice", speakers=3)
    config = replace(bundle.config, network={**bundle.config.network, key: value})
    with pytest.raises(VoiceError) as caught:
        loading.load(replace(bundle, config=config))
    assert caught.value.code == "voice.config"
    assert caught.value.message == said
    assert caught.value.hint is not None
    assert key in caught.value.hint


def test_a_batch_is_as_large_as_the_hungrier_part_allows(tmp_path):
    network = loading.load(tiny_mel_voice.opened_grad_tts(tmp_path / "voice"))
    network.acoustic.bytes_per_frame = 10 * network.vocoder.bytes_per_frame
    assert network.bytes_per_frame == network.acoustic.bytes_per_frame
    network.acoustic.bytes_per_frame = 0
    assert network.bytes_per_frame == network.vocoder.bytes_per_frame


def test_the_published_size_takes_a_third_of_a_megabyte_a_frame():
    rows = Inventory(phones=149, tones=1, languages=1, speakers=1)
    with torch.device("meta"):
        network = ARCHITECTURE.build({}, rows, "x")
    # Resident memory grew by 622 MiB for 2,000 frames on a CPU.
    assert 2000 * network.bytes_per_frame / 2**20 == pytest.approx(622, rel=0.1)
