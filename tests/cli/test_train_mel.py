"""Voices of spectrograms and a vocoder for them: from recordings to speech by commands alone."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
import tiny_dataset
import torch
from stage import Sbv2  # noqa: TC002 - stands with the others

from sbv2cli import tables
from sbv2cli.training.recipes import RECIPES

SIZES: dict[str, dict[str, Any]] = {
    "hifigan": {
        "upsample_initial_channel": 16,
        "resblock_kernel_sizes": [3],
        "resblock_dilation_sizes": [[1, 3, 5]],
    },
    "glow_tts-small": {
        "hidden_channels": 8,
        "hidden_channels_enc": 8,
        "hidden_channels_dec": 8,
        "filter_channels": 8,
        "filter_channels_dp": 8,
        "n_layers_enc": 1,
        "n_blocks_dec": 2,
    },
    "grad_tts-small": {
        "n_enc_channels": 8,
        "filter_channels": 8,
        "filter_channels_dp": 8,
        "n_enc_layers": 1,
        "dec_dim": 8,
    },
    "diff_tts-small": {
        "encoder_channels": 8,
        "encoder_blocks": 1,
        "duration_channels": 8,
        "residual_channels": 8,
        "residual_layers": 1,
        "step_channels": 8,
    },
}


def learned(sbv2: Sbv2, recipe: str, out: str, *options: str) -> Path:
    """The voice of two steps, of sizes that take seconds."""
    said = sbv2("train", "prepare", "audio", "table.csv", "-o", f"{out}/data", "--recipe", recipe)
    assert said.status == 0, said.talk
    path = Path(out) / "data" / "config.json"
    config = json.loads(path.read_text("utf-8"))
    config["model"] |= SIZES[recipe]
    path.write_text(json.dumps(config), "utf-8")
    said = sbv2("train", "fit", f"{out}/data", "-o", f"{out}/run", "--steps", "2", "--batch-size",
                "2", "--device", "cpu", *options)  # fmt: skip
    assert said.status == 0, said.talk
    return Path(out) / "run" / "voice"


def test_each_family_speaks_through_a_vocoder_that_was_learned_alone(sbv2: Sbv2, stage):
    torch.set_num_threads(1)
    tiny_dataset.recordings(stage)
    small = ("--set", "discriminators=small", "--set", "segment_size=2400")
    vocoder = learned(sbv2, "hifigan", "h", *small)
    for recipe, family in (
        ("glow_tts-small", "g"),
        ("grad_tts-small", "r"),
        ("diff_tts-small", "d"),
    ):
        voice = learned(sbv2, recipe, family)
        said = sbv2("voices", "convert", vocoder, "--to", "vocoder", "-o", voice / "vocoder")
        assert said.status == 0, said.talk
        said = sbv2("say", "-m", voice, "あいうえお", "-o", "-", "--device", "cpu")
        assert said.status == 0, said.talk
        samples, rate = soundfile.read(io.BytesIO(said.data))
        assert rate == 24000
        assert len(samples) > 1000
        assert np.abs(samples).max() > 0


def test_the_vocoder_learns_as_it_was_published():
    recipe = tables.load(RECIPES["hifigan"])()
    assert recipe["train"]["discriminators"] == "scales"
    assert recipe["train"]["stage"] == "vocoder"
    model, data = recipe["model"], recipe["data"]
    assert np.prod(model["upsample_rates"]) == data["hop_length"]
    assert model["inter_channels"] == data["n_mel_channels"]


@pytest.mark.slow
def test_the_published_discriminators_teach_it(sbv2: Sbv2, stage):
    tiny_dataset.recordings(stage)
    learned(sbv2, "hifigan", "h", "--log-every", "1", "--set", "segment_size=4800")
    header, *rows = (stage / "h/run/scalars.csv").read_text("utf-8").splitlines()
    assert {"mel", "generator", "features", "discriminator"} <= set(header.split(","))
    assert len(rows) >= 2
