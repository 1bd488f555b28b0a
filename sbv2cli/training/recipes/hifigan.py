"""The recipe of a vocoder alone: HiFi-GAN for the spectrograms of the mel recipes."""

from __future__ import annotations

from typing import Any

from sbv2cli.training.recipes import mel, sbv2


def hifigan() -> dict[str, Any]:
    """V1 of HiFi-GAN, with its own discriminators, as it was published.

    Only sound is learned. The configuration is that of a voice whose latent is the spectrogram; its
    text side is as small as can be, is never learned, and stays behind where
    `sbv2 voices convert --to vocoder` writes the vocoder.
    """
    recipe = sbv2.jp_extra()
    recipe["sbv2cli"] = {"bert": "none"}
    recipe["data"] |= {name: value for name, value in mel.DATA.items() if name != "text_cleaners"}
    recipe["model"] |= {
        "inter_channels": mel.BANDS,
        "hidden_channels": 16,
        "filter_channels": 16,
        "n_layers": 3,
        "gin_channels": 8,
        "upsample_rates": [10, 6, 5],
        "upsample_kernel_sizes": [20, 12, 11],
        "upsample_initial_channel": 512,
        "resblock": "1",
        "resblock_kernel_sizes": [3, 7, 11],
        "resblock_dilation_sizes": [[1, 3, 5]] * 3,
    }
    recipe["train"] = {
        "stage": "vocoder",
        "posterior": "mel",
        "discriminators": "scales",
        "c_vocoder_kl": 0.0,
        "learning_rate": 2e-4,
        "betas": [0.8, 0.99],
        "eps": 1e-8,
        "lr_decay": 0.999,
        "batch_size": 16,
        "segment_size": 9600,
        "seed": 1234,
    }
    return recipe
