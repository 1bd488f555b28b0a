"""Configurations of families of voices that we know and cannot speak with.

Read as anything else they would fail late and strangely, or babble; so they are refused by name.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sbv2cli.errors import VoiceError
from sbv2cli.voices.configs.section import wrong

Raw = Mapping[str, Any]


def _within(raw: Raw, name: str) -> frozenset[str]:
    """Keys of a section, none where it is no object."""
    section = raw.get(name)
    return frozenset(section) if isinstance(section, dict) else frozenset()


def _coqui(raw: Raw) -> bool:
    return isinstance(raw.get("model"), str) and "audio" in raw and raw["model"] != "glow_tts"


def _says(raw: Raw, name: str, key: str) -> bool:
    section = raw.get(name)
    return isinstance(section, dict) and section.get(key) is True


# What only our own configurations name.
ARCHITECTURES = ("grad_tts", "diff_tts")


def _refuse_spelling(raw: Raw, where: str) -> None:
    """Read as a family of which it says nothing, another spelling would fail late."""
    said = raw.get("architecture")
    meant = str(said).lower().replace("-", "_")
    if meant in ARCHITECTURES and said != meant:
        raise wrong("architecture", said, f'"{meant}"', where)


# Family -> whether a file is one of its. Keys are those of the published code of each.
FAMILIES: Mapping[str, Callable[[Raw], bool]] = {
    "Coqui TTS": _coqui,
    "Piper": lambda raw: "phoneme_id_map" in raw,
    "Matcha-TTS": lambda raw: "cfm" in raw or "cfm" in _within(raw, "model"),
    "HiFi-GAN (a vocoder)": lambda raw: (
        {"upsample_rates", "resblock_kernel_sizes"} <= raw.keys() and "model_type" not in raw
    ),
    "VITS2": lambda raw: _says(raw, "model", "use_transformer_flows"),
    "iSTFT-VITS": lambda raw: "gen_istft_n_fft" in _within(raw, "model"),
    "so-vits-svc": lambda raw: "ssl_dim" in _within(raw, "model"),
    "RVC": lambda raw: "spk_embed_dim" in _within(raw, "model"),
    "GPT-SoVITS": lambda raw: "semantic_frame_rate" in _within(raw, "model"),
}


def refuse(raw: Raw, where: str) -> None:
    """Raise an error that names the family, where the file is of one of these."""
    _refuse_spelling(raw, where)
    family = next((name for name, recognise in FAMILIES.items() if recognise(raw)), None)
    if family == "Piper":
        raise VoiceError(
            "voice.family",
            "config.json is that of Piper, whose voices have it beside their graph",
            at=where,
            hint="call it as the graph is called: NAME.onnx and NAME.onnx.json",
        )
    if family is None and isinstance(raw.get("model_type"), str) and raw["model_type"] != "vits":
        family = f'"{raw["model_type"]}" of transformers'
    if family is not None:
        raise VoiceError(
            "voice.family",
            f"config.json is that of {family}, and this version does not speak with such voices",
            at=where,
            hint="docs/reference/voices.md says which voices can be opened",
        )
