"""The section `audio` of Coqui's configurations: what its spectrograms are."""

from __future__ import annotations

import ntpath
from collections.abc import Mapping
from typing import Any

from sbv2cli.voices.configs.mel import NATURAL, UNCHANGED, Mel
from sbv2cli.voices.configs.section import number, section, whole, wrong

# Coqui's defaults for keys that may be missing.
DEFAULTS: Mapping[str, Any] = {
    "sample_rate": 22050,
    "fft_size": 1024,
    "win_length": 1024,
    "hop_length": 256,
    "num_mels": 80,
    "mel_fmin": 0.0,
    "spec_gain": 20,
    "log_func": "np.log10",
    "signal_norm": True,
    "symmetric_norm": True,
    "clip_norm": True,
    "min_level_db": -100,
    "ref_level_db": 20,
    "max_norm": 4.0,
    "preemphasis": 0.0,
}
LOGARITHMS = ("log", "log10")  # of numpy
LEAST = 1e-8


def read(raw: Mapping[str, Any], where: str) -> Mel:
    """Read the section; `where` is named in errors."""
    audio = {**DEFAULTS, **section(raw, "audio", where)}
    rate = whole(audio, "sample_rate", where)
    named = str(audio["log_func"]).removeprefix("np.")
    if named not in LOGARITHMS:
        raise wrong("log_func", audio["log_func"], " or ".join(LOGARITHMS), where)
    gain = number(audio, "spec_gain", where)
    return Mel(
        rate=rate,
        hop=whole(audio, "hop_length", where),
        bands=whole(audio, "num_mels", where),
        fft=whole(audio, "fft_size", where),
        window=whole(audio, "win_length", where),
        lowest=number(audio, "mel_fmin", where),
        highest=number(audio, "mel_fmax", where, default=rate / 2),
        least=LEAST,
        log=NATURAL if (gain, named) == (1, "log") else f"{gain:g} {named}",
        normalisation=_normalisation(audio, where),
        preemphasis=number(audio, "preemphasis", where),
    )


def _normalisation(audio: Mapping[str, Any], where: str) -> str:
    if not audio["signal_norm"]:
        return UNCHANGED
    if audio.get("stats_path"):
        return f"by the means of {ntpath.basename(str(audio['stats_path']))}"
    most = number(audio, "max_norm", where)
    least = -most if audio["symmetric_norm"] else 0.0
    lowest, highest = (number(audio, key, where) for key in ("min_level_db", "ref_level_db"))
    clipped = ", clipped" if audio["clip_norm"] else ""
    return f"{least:g} to {most:g} for {lowest + highest:g} to {highest:g}{clipped}"
