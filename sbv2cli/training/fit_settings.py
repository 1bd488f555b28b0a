"""How a voice is trained: the `train` section of a configuration, typed, with its defaults.

Keys of published configurations mean what they mean there. Those that are ours are marked.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields
from itertools import pairwise
from typing import Any, Literal, get_args

from sbv2cli.errors import UsageError, did_you_mean
from sbv2cli.training.data.sampler import BOUNDARIES
from sbv2cli.training.data.spectrogram import POWER_FLOOR, SpectrogramSettings

Stage = Literal["joint", "vocoder", "text", "prior", "speech"]
"""What a step teaches: everything; sound alone (posterior and decoder); text alone (encoder, flow,
durations, for a posterior that is kept); the decoder alone, on what it will hear when speaking; or
all that speaks, from text to sound, without the posterior's help.
"""

DiscriminatorKind = Literal["published", "scales", "small", "resolutions", "none"]
Posterior = Literal["learned", "mel"]
Schedule = Literal["epochs", "cosine", "noam"]


@dataclass(frozen=True, slots=True, kw_only=True)
class FitSettings:
    """One run of `sbv2 train fit`."""

    # Published.
    epochs: int = 1000
    learning_rate: float = 1e-4
    betas: tuple[float, float] = (0.8, 0.99)
    eps: float = 1e-9
    batch_size: int = 2
    bf16_run: bool = False
    lr_decay: float = 0.99996  # per epoch
    warmup_epochs: int = 0
    init_lr_ratio: float = 1.0
    segment_size: int = 16384  # samples
    c_mel: float = 45.0
    c_kl: float = 1.0
    seed: int = 42
    log_interval: int = 200
    eval_interval: int = 1000
    freeze_ZH_bert: bool = False
    freeze_JP_bert: bool = False
    freeze_EN_bert: bool = False
    freeze_style: bool = False
    freeze_decoder: bool = False
    # Ours.
    steps: int | None = None  # the end, where epochs shall not decide
    stage: Stage = "joint"
    posterior: Posterior = "learned"  # or the mel spectrogram itself, a channel per band
    schedule: Schedule = "epochs"
    warmup_steps: int = 0
    final_lr_ratio: float = 0.1  # where the cosine ends
    weight_decay: float = 0.01
    accumulate: int = 1  # batches per step
    clip_gradient: float = 500.0  # of everything but the discriminators
    clip_discriminators: float = 200.0
    discriminators: DiscriminatorKind = "published"
    discriminator_width: int = 32  # of the small ones
    discriminators_from: int = 0  # step; before it nothing but distances teach
    c_stft: float = 0.0  # spectral distance at three resolutions
    c_duration: float = 1.0
    c_features: float = 1.0
    c_wavlm: float = 1.0
    c_latent: float = 0.0  # distance of the latent that text gives from that of the posterior
    c_vocoder_kl: float = 0.01  # standard normal prior of stage "vocoder"
    use_given_durations: bool = True
    stochastic_durations: bool = True  # teach that predictor too; a sixth of a step of stage "text"
    duration_offset: float = 0.0
    flow_window: int | None = None  # frames
    prior_noise: float = 0.6
    freeze_posterior: bool = False
    freeze_text: bool = False
    ema: float = 0.0  # decay of the averaged weights that are exported; 0: the last weights
    boundaries: tuple[int, ...] = BOUNDARIES
    save_minutes: float = 15.0  # between checkpoints, beside those of evaluations
    keep_checkpoints: int = 2
    keep_voices: int = 3
    validation_clips: int = 4
    in_memory: bool = False  # keep all clips, where a GPU would wait for the disk
    export_when_stopped: bool = True  # a voice also where a signal ends the run
    training_weights: bool = False  # beside each voice, what training can go on from elsewhere


def fit_settings(
    section: Mapping[str, Any],
    changes: Mapping[str, Any],
    where: str,
    kind: type[FitSettings] = FitSettings,
) -> FitSettings:
    """The section with its defaults; `changes` come from `--set` and flags, and lie on top.

    A flag checks its value itself, so what is wrong with a change was said by `--set`.

    `kind` has the settings of an objective beside the common ones.
    """
    known = {field.name: field for field in fields(kind)}
    values: dict[str, Any] = {
        key: value for key, value in section.items() if key in known and value is not None
    }
    for key, value in changes.items():
        if key not in known:
            raise UsageError(
                "train.setting",
                f'there is no training setting "{key}"',
                at=f"--set {key}",
                hint=did_you_mean(key, known),
            )
        values[key] = value
    defaults = kind()
    places = {key: f"--set {key}" if key in changes else where for key in values}
    return kind(
        **{
            key: _typed(key, value, getattr(defaults, key), places[key])
            for key, value in values.items()
        }
    )


_CHOICES: Mapping[str, tuple[str, ...]] = {
    "stage": get_args(Stage),
    "posterior": get_args(Posterior),
    "discriminators": get_args(DiscriminatorKind),
    "schedule": get_args(Schedule),
}
_MAYBE_WHOLE = {"steps", "flow_window"}
_POSITIVE = {
    "epochs", "batch_size", "segment_size", "accumulate", "log_interval", "eval_interval",
    "keep_checkpoints", "keep_voices", "discriminator_width", "learning_rate",
}  # fmt: skip


# Keys of numbers that mean something in a span alone: (lowest, below what).
_SPANS = {"ema": (0.0, 1.0), "betas": (0.0, 1.0)}


def _typed(key: str, written: Any, default: Any, where: str) -> Any:
    value = _parsed(written) if isinstance(written, str) and key not in _CHOICES else written
    wanted = _wanted(key, value, default)
    if wanted is not None:
        raise UsageError("train.setting", f'"{key}" is "{written}", wanted {wanted}', at=where)
    if isinstance(default, tuple):
        return tuple(value)
    return float(value) if isinstance(default, float) else value


def _wanted(key: str, value: Any, default: Any) -> str | None:
    """What a value should be and is not; `None` where all is well."""
    if key in _CHOICES:
        return None if value in _CHOICES[key] else f"one of {', '.join(_CHOICES[key])}"
    if isinstance(default, bool):
        return None if isinstance(value, bool) else "true or false"
    if key == "boundaries":
        return None if _rises(value) else "two or more rising whole numbers"
    if isinstance(default, tuple):
        good = isinstance(value, list | tuple) and len(value) == len(default)
        inside = good and all(_is_number(one) and _in_span(key, one) for one in value)
        return None if inside else f"{len(default)} numbers from 0 to below 1"
    return _wanted_number(key, value, whole=isinstance(default, int) or key in _MAYBE_WHOLE)


def _wanted_number(key: str, value: Any, *, whole: bool) -> str | None:
    if whole and not _is_whole(value):
        return "a whole number"
    if not _is_number(value):
        return "a number"
    if key in _POSITIVE | _MAYBE_WHOLE and value <= 0:
        return "a number above 0"
    return None if _in_span(key, value) else "a number from 0 to below 1"


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_number(value: Any) -> bool:
    return _is_whole(value) or (isinstance(value, float) and math.isfinite(value))


def _in_span(key: str, value: float) -> bool:
    lowest, end = _SPANS.get(key, (-math.inf, math.inf))
    return lowest <= value < end


def _rises(value: Any) -> bool:
    if not isinstance(value, list | tuple) or len(value) < 2 or not all(map(_is_whole, value)):
        return False
    return all(one < other for one, other in pairwise(value))


def _parsed(text: str) -> Any:
    """A value as a flag brings it: `--set ema=0.999`."""
    lowered = text.strip().casefold()
    if lowered in ("true", "false"):
        return lowered == "true"
    if "," in lowered:
        return [_parsed(piece) for piece in lowered.split(",")]
    try:
        return int(lowered)
    except ValueError:
        try:
            return float(lowered)
        except ValueError:
            return text


def spectrogram_settings(data: Mapping[str, Any]) -> SpectrogramSettings:
    """The `data` section of a configuration, as far as it concerns spectrograms."""
    return SpectrogramSettings(
        rate=int(data.get("sampling_rate", 44100)),
        window=int(data.get("filter_length", 2048)),
        hop=int(data.get("hop_length", 512)),
        mels=int(data.get("n_mel_channels", 128)),
        lowest=float(data.get("mel_fmin") or 0.0),
        highest=None if data.get("mel_fmax") is None else float(data["mel_fmax"]),
        power_floor=float(data.get("mel_floor", POWER_FLOOR)),
    )
