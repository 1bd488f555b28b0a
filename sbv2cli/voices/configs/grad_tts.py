"""Configurations of Grad-TTS.

Its code keeps sizes in a Python file, so nothing lies beside a published checkpoint. The file that
we read names the architecture and what nobody can see from the weights; all else has defaults.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sbv2cli.voices.configs import mel_voice
from sbv2cli.voices.configs.diffusion import Diffusion, steps_of
from sbv2cli.voices.configs.section import flag, number, section, whole, wrong
from sbv2cli.voices.configs.voice_config import VoiceConfig
from sbv2cli.voices.phonologies import symbol_table
from sbv2cli.voices.phonologies.own_symbols import OwnSymbols
from sbv2cli.voices.phonologies.phonology import Phonology
from sbv2cli.voices.phonologies.text_symbols import arpabet

NAME = "grad_tts"

# How the published command speaks where nobody says otherwise; no sizes of the network.
SPEAKING: Mapping[str, Any] = {"n_timesteps": 10, "temperature": 1.5}

# Published checkpoints, *.pt, open as they came: their names tell what their weights do not.
PUBLISHED_FILES: Mapping[str, Mapping[str, Any]] = {
    "grad-tts": {},
    "grad-tts-old": {"pe_scale": 1},
    "grad-tts-libri-tts": {"n_spks": 247, "n_timesteps": 50, "temperature": 1.3},
}


def without_file(weights: str) -> dict[str, Any] | None:
    """What a configuration beside a published file would say."""
    name, _, ending = weights.rpartition(".")
    model = PUBLISHED_FILES.get(name) if ending == "pt" else None
    return None if model is None else {"architecture": NAME, "model": dict(model)}


def recognise(raw: Mapping[str, Any]) -> bool:
    """Whether the file is one of these."""
    model = raw.get("model")
    return raw.get("architecture") == NAME or (
        isinstance(model, dict) and "n_enc_channels" in model
    )


def parse(raw: Mapping[str, Any], where: str) -> VoiceConfig:
    """Read the file; `where` is named in errors."""
    model = {"n_spks": 1, **SPEAKING, **section(raw, "model", where)}
    data = {**mel_voice.DATA_DEFAULTS, **section(raw, "data", where)}
    temperature = number(model, "temperature", where)
    if not temperature > 0:
        raise wrong("temperature", temperature, "a number above zero", where)
    data["n_mel_channels"] = model.get("n_feats", data["n_mel_channels"])
    return mel_voice.with_diffusion(
        raw,
        data,
        {key: value for key, value in model.items() if key not in SPEAKING},
        where,
        architecture=NAME,
        speaker_count=whole(model, "n_spks", where),
        phonology=_phonology(raw, data, where),
        diffusion=Diffusion(steps=steps_of(model, "n_timesteps", where), temperature=temperature),
    )


def _phonology(raw: Mapping[str, Any], data: Mapping[str, Any], where: str) -> Phonology:
    """English in the published symbols, unless the file says which it has."""
    if raw.get("symbols") or symbol_table.cleaner_of(data) is not None:
        return OwnSymbols(table=mel_voice.table(raw, data, where))
    return arpabet(blanks=flag(data, "add_blank", where), dictionary=True)


def with_names(raw: Mapping[str, Any], speakers: Sequence[str], _: Sequence[str]) -> dict[str, Any]:
    """The file with the names of its speakers; there are no styles."""
    return mel_voice.with_names(raw, speakers, "n_spks")
