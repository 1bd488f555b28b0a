"""The vocoder of a voice in a folder of its own, for voices that make mel spectrograms.

Its input must be spectrograms: a latent that a voice learned means nothing to another one.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from safetensors.torch import save_file

from sbv2cli.engine.torch import loading
from sbv2cli.errors import UsageError
from sbv2cli.export.destination import new_folder
from sbv2cli.export.options import Options, Report
from sbv2cli.export.voice_files import CONFIG_FILE
from sbv2cli.models import mel_latent, weights
from sbv2cli.models.layers.synthesizer import Synthesizer
from sbv2cli.models.mel_latent import MelInput
from sbv2cli.voices.configs import mel

if TYPE_CHECKING:
    from sbv2cli.voices.bundle import Bundle


def convert(bundle: Bundle, out: Path, options: Options) -> Report:
    """Write `config.json` and weights, with the vector of the voice's first speaker."""
    if not bundle.config.mel_latent or bundle.backend != "torch":
        raise UsageError(
            "export.vocoder",
            f'"{bundle.name}" has no vocoder that could be given to another voice',
            at=str(bundle.path),
            hint="take the weights of the built-in voice, or of one trained with posterior=mel",
        )
    network = loading.load(bundle)
    kind = loading.parts_of(bundle.config, where=str(bundle.path)).vocoder
    assert isinstance(network.acoustic, Synthesizer)  # no others have such a latent
    with torch.inference_mode():
        speaker_G = network.acoustic.speaker(torch.zeros(1, dtype=torch.long))[0, :, 0]
    tensors = {
        str(weights.published_name(name, kind.names)): tensor.contiguous().clone()
        for name, tensor in network.vocoder.state_dict().items()
    }
    weights_file = f"{bundle.weights.stem}.safetensors"
    with new_folder(out, force=options.force) as made:
        config = {
            "vocoder": {**_section(bundle), **_mel_input(speaker_G.tolist())},
            "data": mel_of(bundle),
        }
        text = json.dumps(config, indent=2) + "\n"
        (made / CONFIG_FILE).write_text(text, encoding="utf-8")
        save_file(tensors, made / weights_file)
    return Report(files=(out / CONFIG_FILE, out / weights_file))


def _section(bundle: Bundle) -> dict[str, Any]:
    parts = loading.parts_of(bundle.config, where=str(bundle.path))
    return {**parts.section, "kind": parts.vocoder.name}


def _mel_input(speaker: list[float]) -> dict[str, Any]:
    return {mel_latent.KEY: asdict(MelInput(speaker=tuple(speaker)))}


def mel_of(bundle: Bundle) -> dict[str, Any]:
    """The spectrogram that the latent is, by the keys of a `data` section."""
    data = bundle.config.data
    return {
        **{
            key: data[key] for key in ("sampling_rate", "hop_length", "filter_length", "win_length")
        },
        "n_mel_channels": bundle.config.network["inter_channels"],
        "mel_fmin": data.get("mel_fmin") or 0.0,
        "mel_fmax": data.get("mel_fmax") or data["sampling_rate"] / 2,
        "mel_floor": data.get("mel_floor", mel.VITS_FLOOR),
        "mel_least": 1e-5,
        "mel_log": mel.NATURAL,
        "mel_normalisation": mel.UNCHANGED,
    }
