"""Replays of HiFi-GAN: the vocoder alone, padded batches, spectrograms, and the whole way."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import formula
import made_weights
import torch
from mel_stages import Arrays, Entry, compared, opened, overlooked
from replay_infer import Row, _worst, scaled
from torch import Tensor

from sbv2cli.models.vocoder.hifigan.model import HifiGan
from sbv2cli.models.vocoder.hifigan.vocoder import NAMES, VOCODER
from sbv2cli.voices.configs import hifigan

WAVE_TOLERANCE = 1e-4
EVERYTHING = r".*"  # all convolutions carry weight norm


def understands(entry: Entry) -> bool:
    """Whether there is a replay for it."""
    return entry["kind"] in KINDS or entry["kind"] == "train"


def replay(folder: Path, entries: list[Entry]) -> list[Row]:
    """Case, stage, worst difference and tolerance of every recorded stage."""
    rows: list[Row] = []
    for entry in entries:
        if entry["kind"] == "train":
            import replay_hifi_gan_train

            rows += replay_hifi_gan_train.train(entry, opened(folder / entry["file"]))
            continue
        arrays = opened(folder / entry["file"])
        with torch.inference_mode():
            rows += KINDS[entry["kind"]](entry, arrays)
        rows += overlooked(entry["name"], arrays)
    return rows


def vocoder_of(entry: Entry, edge_frames: int = 0) -> HifiGan:
    """The network of an entry, by the parser of its configuration."""
    config = hifigan.parse(entry["config"], "golden")
    section = {**config.section, "edge_frames": edge_frames}
    network = VOCODER.build(section, config.mel.bands, 0, "golden")
    made_weights.fill(network, entry["weights"], NAMES, EVERYTHING)
    return network


def speak(network: HifiGan, mel_BMF: Tensor, lengths_B: Tensor | None = None) -> Tensor:
    """Samples [B, 1, S]."""
    return network(mel_BMF, lengths_B, mel_BMF.new_empty(len(mel_BMF), 0, 1))


def vocoder(entry: Entry, a: Arrays) -> list[Row]:
    network, edge = vocoder_of(entry), entry["replicate_padding"]
    mel = a["mel"].reshape(1, *a["mel"].shape[-2:])
    heard = torch.nn.functional.pad(mel, (edge, edge), mode="replicate") if edge else mel
    stages = {"conv_pre": network.conv_in(heard)} if "conv_pre" in a else {}
    rows = compared(entry["name"], stages, a)
    wave, whole = a["wav"].reshape(-1), speak(network, heard)
    rows.append((entry["name"], "wav", _worst(whole, wave.numpy()), WAVE_TOLERANCE))
    if edge:
        # Ours leaves the repeated frames out of the sound again.
        hop = network.frame_samples
        inside = wave[edge * hop : len(wave) - edge * hop].numpy()
        ours = speak(vocoder_of(entry, edge), mel)
        rows.append((entry["name"], "wav without edges", _worst(ours, inside), WAVE_TOLERANCE))
    return rows


def batch(entry: Entry, a: Arrays) -> list[Row]:
    network, lengths = vocoder_of(entry), a["mel_lengths"].long()
    waves = speak(network, a["mel"], lengths)
    rows = []
    for row, length in enumerate(lengths.tolist()):
        end = network.output_length(length)
        expected = a[f"single{row}_wav"].numpy()
        case = f"{entry['name']}/line {row}"
        rows.append((case, "wav", _worst(waves[row, 0, :end], expected), WAVE_TOLERANCE))
        rows.append((case, "silence after", float(waves[row, 0, end:].abs().sum()), 0.0))
    return rows


def mel(entry: Entry, a: Arrays) -> list[Row]:
    """Spectrograms of every family, and the filters below them."""
    from sbv2cli.training.data import spectrogram
    from sbv2cli.training.data.spectrogram import SpectrogramSettings

    sizes = entry["config"]
    common = {
        "rate": sizes["sampling_rate"],
        "window": sizes["n_fft"],
        "hop": sizes.get("hop_size", 256),
        "mels": sizes["num_mels"],
        "lowest": float(sizes["fmin"]),
        "power_floor": 1e-9,
    }
    if "wav_seed" not in entry:
        return _filters(entry, a, common)
    wave = torch.from_numpy(formula.wave(entry["wav_seed"], entry["samples"], common["rate"]))
    wave[: entry["silent_samples"]] = 0
    eight = SpectrogramSettings(**common, highest=8000.0)
    heard = [name.removeprefix("hifigan_") for name in a if name.startswith("hifigan_")]
    made = {
        **{
            f"hifigan_{highest}": spectrogram.mel_of(
                wave[None],
                SpectrogramSettings(
                    **common, highest=None if highest == "None" else float(highest)
                ),
            )
            for highest in heard
        },
        "glow": centred(wave, eight).clamp_min(1e-5).log(),
        "coqui_log_gain1": centred(wave, eight).clamp_min(1e-8).log(),
        "coqui_log10_gain20": 20 * centred(wave, eight).clamp_min(1e-8).log10(),
    }
    return [
        (entry["name"], name, _worst(made[name], expected.numpy()), scaled(1e-5, expected.numpy()))
        for name, expected in a.items()
    ]


def centred(wave_S: Tensor, settings: Any) -> Tensor:
    """Mel magnitudes as Glow-TTS and Coqui take them: centred frames, nothing below the root."""
    from sbv2cli.training.data import spectrogram

    window = torch.hann_window(settings.window)
    spectrum = torch.stft(
        wave_S, settings.window, settings.hop, window=window, pad_mode="reflect",
        return_complex=True,
    )  # fmt: skip
    return torch.from_numpy(spectrogram.filter_bank(settings)) @ spectrum.abs()


def _filters(entry: Entry, a: Arrays, common: dict[str, Any]) -> list[Row]:
    from sbv2cli.training.data import spectrogram
    from sbv2cli.training.data.spectrogram import SpectrogramSettings

    rows = []
    for name, expected in a.items():
        highest, _, what = name.removeprefix("fmax").partition("_")
        limit = None if highest == "none" else float(highest)
        bank = spectrogram.filter_bank(SpectrogramSettings(**common, highest=limit))
        ours = bank.sum(axis=1) if what == "sums" else bank * 1000
        # The filters themselves are recorded in half precision.
        tolerance = scaled(1e-5 if what == "sums" else 5e-4, expected.numpy())
        rows.append((entry["name"], name, _worst(ours, expected.numpy()), tolerance))
    return rows


KINDS = {"vocoder": vocoder, "batch": batch, "mel": mel}
