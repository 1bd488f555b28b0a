"""Configurations of Diff-TTS, which are ours: no program of its authors exists."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from sbv2cli.errors import VoiceError
from sbv2cli.voices.configs import mel_voice
from sbv2cli.voices.configs.diffusion import MOST_TRAINED, Diffusion, steps_of
from sbv2cli.voices.configs.section import section, whole
from sbv2cli.voices.configs.voice_config import VoiceConfig
from sbv2cli.voices.phonologies.own_symbols import OwnSymbols

NAME = "diff_tts"

# Keys of how it speaks and not of its network; every 57th of 400 steps, which are eight.
SPEAKING: Mapping[str, Any] = {"n_timesteps": 8}
STEPS = 400


def recognise(raw: Mapping[str, Any]) -> bool:
    """Whether the file is one of these."""
    return raw.get("architecture") == NAME


def parse(raw: Mapping[str, Any], where: str) -> VoiceConfig:
    """Read the file; `where` is named in errors."""
    model = {"n_speakers": 1, "steps": STEPS, **SPEAKING, **section(raw, "model", where)}
    data = {**mel_voice.DATA_DEFAULTS, **section(raw, "data", where)}
    data["n_mel_channels"] = model.get("n_mels", data["n_mel_channels"])
    wanted = steps_of(model, "n_timesteps", where)
    trained = steps_of(model, "steps", where, most=MOST_TRAINED)
    diffusion = Diffusion(steps=wanted, possible=possible_steps(trained))
    near = diffusion.nearest(wanted)
    if near != wanted and "n_timesteps" in section(raw, "model", where):
        raise VoiceError(
            "voice.config",
            f'"n_timesteps" is {wanted}, wanted one of'
            f" {', '.join(map(str, diffusion.possible))}: the voice learned {model['steps']} steps",
            at=where,
            hint=f'write "n_timesteps": {near} into the section "model"',
        )
    return mel_voice.with_diffusion(
        raw,
        data,
        {key: value for key, value in model.items() if key not in SPEAKING},
        where,
        architecture=NAME,
        speaker_count=whole(model, "n_speakers", where),
        phonology=OwnSymbols(table=mel_voice.table(raw, data, where)),
        diffusion=replace(diffusion, steps=near),
    )


def possible_steps(trained: int) -> tuple[int, ...]:
    """Numbers of sampling steps that begin at the last step of training and end at the first.

    They are equally far apart, so their distance divides what lies between: of 400 steps, 399.
    """
    between = trained - 1
    distances = [distance for distance in range(1, between + 1) if between % distance == 0]
    return tuple(sorted(between // distance + 1 for distance in distances)) or (1,)


def with_names(raw: Mapping[str, Any], speakers: Sequence[str], _: Sequence[str]) -> dict[str, Any]:
    """The file with the names of its speakers; there are no styles."""
    return mel_voice.with_names(raw, speakers, "n_speakers")
