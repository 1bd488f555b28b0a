"""Recipes of Style-Bert-VITS2: published sizes, and smaller ones."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from sbv2cli.voices.configs import sbv2

# Published sizes have one home; what only training reads stands here.
PUBLISHED_DATA: Mapping[str, Any] = {
    **{key: value for key, value in sbv2.DATA_DEFAULTS.items() if key != "n_speakers"},
    "n_mel_channels": 128,
    "mel_fmin": 0.0,
    "mel_fmax": None,
}
PUBLISHED_MODEL: Mapping[str, Any] = {
    **{key: value for key, value in sbv2.NETWORK_DEFAULTS.items() if key != "use_transformer_flow"},
    "use_noise_scaled_mas": True,
    "use_mel_posterior_encoder": False,
    "use_duration_discriminator": False,
    "use_wavlm_discriminator": False,
}


def jp_extra() -> dict[str, Any]:
    """The published Japanese voices: 73 million parameters, BERT features."""
    return {
        "version": "2.0-JP-Extra",
        "train": {"learning_rate": 1e-4, "batch_size": 2, "segment_size": 16384},
        "data": dict(PUBLISHED_DATA),
        "model": copy.deepcopy(dict(PUBLISHED_MODEL)),
    }


def multilingual() -> dict[str, Any]:
    """The published Japanese, English and Chinese voices."""
    recipe = jp_extra()
    recipe["version"] = "2.0"
    recipe["train"] |= {"learning_rate": 2e-4, "lr_decay": 0.99995}
    recipe["model"] |= {"gin_channels": 256, "use_duration_discriminator": True}
    return recipe


def small() -> dict[str, Any]:
    """A voice of 20 MB without BERT features, for a few hours of one machine."""
    recipe = jp_extra()
    recipe["sbv2cli"] = {"bert": "none"}
    recipe["data"] |= {
        "sampling_rate": 24000,
        "filter_length": 1200,
        "win_length": 1200,
        "hop_length": 300,
        "n_mel_channels": 80,
    }
    recipe["model"] |= {
        "inter_channels": 96,
        "hidden_channels": 96,
        "filter_channels": 256,
        "gin_channels": 96,
        "resblock": "2",
        "resblock_dilation_sizes": [[1, 3], [1, 3], [1, 3]],
        "upsample_rates": [10, 6, 5],
        "upsample_kernel_sizes": [20, 12, 11],
        "upsample_initial_channel": 256,
    }
    recipe["train"] |= {
        "learning_rate": 3e-4,
        "batch_size": 16,
        "segment_size": 9600,
        "schedule": "cosine",
        "warmup_steps": 500,
        "discriminators": "small",
        "discriminator_width": 64,
        "discriminators_from": 2000,
        "c_stft": 1.0,
        "ema": 0.999,
        "flow_window": 160,
        "duration_offset": 0.5,
    }
    return recipe


def tiny() -> dict[str, Any]:
    """For tests and first looks: learns in a minute, sounds like nothing."""
    recipe = small()
    recipe["data"] |= {
        "sampling_rate": 16000,
        "filter_length": 512,
        "win_length": 512,
        "hop_length": 128,
        "n_mel_channels": 40,
    }
    recipe["model"] |= {
        "inter_channels": 16,
        "hidden_channels": 16,
        "filter_channels": 32,
        "n_layers": 3,
        "gin_channels": 8,
        "upsample_rates": [8, 4, 4],
        "upsample_kernel_sizes": [16, 8, 8],
        "upsample_initial_channel": 64,
        "resblock_kernel_sizes": [3, 5],
        "resblock_dilation_sizes": [[1, 3], [1, 3]],
    }
    recipe["train"] |= {
        "learning_rate": 2e-3,
        "batch_size": 4,
        "segment_size": 2048,
        "warmup_steps": 10,
        "discriminators": "none",
        "ema": 0.0,
        "flow_window": 64,
    }
    return recipe
