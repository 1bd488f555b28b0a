"""Configurations of vocoders that have a folder of their own."""

from __future__ import annotations

import json

import pytest

from sbv2cli.errors import VoiceError
from sbv2cli.voices.configs import vocoder_config
from sbv2cli.voices.configs.mel import Mel

V1 = {
    "resblock": "1",
    "upsample_rates": [8, 8, 2, 2],
    "upsample_kernel_sizes": [16, 16, 4, 4],
    "upsample_initial_channel": 512,
    "resblock_kernel_sizes": [3, 7, 11],
    "resblock_dilation_sizes": [[1, 3, 5], [1, 3, 5], [1, 3, 5]],
    "segment_size": 8192,
    "num_mels": 80,
    "n_fft": 1024,
    "hop_size": 256,
    "win_size": 1024,
    "sampling_rate": 22050,
    "fmin": 0,
    "fmax": 8000,
    "fmax_for_loss": None,
}
COQUI = {
    "model": "hifigan",
    "generator_model": "hifigan_generator",
    "generator_model_params": {
        "upsample_factors": [8, 8, 2, 2],
        "upsample_kernel_sizes": [16, 16, 4, 4],
        "upsample_initial_channel": 512,
        "resblock_kernel_sizes": [3, 7, 11],
        "resblock_dilation_sizes": [[1, 3, 5], [1, 3, 5], [1, 3, 5]],
        "resblock_type": "1",
    },
    "audio": {
        "sample_rate": 22050,
        "fft_size": 1024,
        "hop_length": 256,
        "win_length": 1024,
        "num_mels": 80,
        "mel_fmin": 0.0,
        "mel_fmax": 8000.0,
        "spec_gain": 1,
        "log_func": "np.log",
        "signal_norm": False,
    },
}


def parse(raw):
    return vocoder_config.parse(json.dumps(raw), where="config.json")


def test_a_published_one():
    config = parse(V1)
    assert config.kind == "hifigan"
    assert config.section["standalone"] is True
    assert config.section["upsample_rates"] == [8, 8, 2, 2]
    assert config.mel == Mel(
        rate=22050,
        hop=256,
        bands=80,
        fft=1024,
        window=1024,
        lowest=0,
        highest=8000,
        floor=1e-9,
        least=1e-5,
        log="log",
        normalisation="none",
    )


def test_without_a_highest_frequency_it_is_half_the_rate():
    assert parse({**V1, "fmax": None}).mel.highest == 11025


def test_one_of_coqui():
    config = parse(COQUI)
    assert config.kind == "hifigan"
    assert config.section["resblock"] == "1"
    assert config.section["upsample_rates"] == [8, 8, 2, 2]
    assert config.section["edge_frames"] == 5
    ours, theirs = config.mel, parse(V1).mel
    assert ours.differences(theirs) == ["mel_least is 1e-05 and 1e-08"]


@pytest.mark.parametrize(
    ("audio", "said"),
    [
        ({"spec_gain": 20, "log_func": "np.log10"}, "mel_log is log and 20 log10"),
        (
            {"signal_norm": True, "clip_norm": True},
            "mel_normalisation is none and -4 to 4 for -80 to 20, clipped",
        ),
        (
            {"signal_norm": True, "stats_path": "C:\\x\\scale_stats.npy"},
            "mel_normalisation is none and by the means of scale_stats.npy",
        ),
        ({"mel_fmax": None}, "mel_fmax is 8000 and 11025.0"),
    ],
)
def test_what_differs_is_named_with_both_values(audio, said):
    coqui = parse({**COQUI, "audio": {**COQUI["audio"], **audio}}).mel
    assert said in coqui.differences(parse(V1).mel)


@pytest.mark.parametrize(
    "raw",
    [
        {**COQUI, "generator_model": "multiband_melgan_generator"},
        {
            **COQUI,
            "generator_model_params": {**COQUI["generator_model_params"], "cond_channels": 4},
        },
    ],
)
def test_other_vocoders_are_refused_by_name(raw):
    with pytest.raises(VoiceError) as caught:
        parse(raw)
    assert caught.value.code == "voice.vocoder"
    assert raw["generator_model"] in caught.value.message


@pytest.mark.parametrize("key", ["sampling_rate", "num_mels", "fmin"])
def test_a_wrong_value_is_named(key):
    with pytest.raises(VoiceError, match=key) as caught:
        parse({**V1, key: "many"})
    assert caught.value.code == "voice.config"
