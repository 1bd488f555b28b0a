"""Configurations of Glow-TTS in Coqui TTS: one object, with the spectrograms in `audio`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sbv2cli.errors import VoiceError
from sbv2cli.records import UNKNOWN_LANGUAGE, TextRules
from sbv2cli.voices.configs import coqui_audio
from sbv2cli.voices.configs.glow_tts import NETWORK_DEFAULTS
from sbv2cli.voices.configs.section import flag, section, text, whole, wrong
from sbv2cli.voices.configs.voice_config import VoiceConfig
from sbv2cli.voices.phonologies.symbol_table import SymbolTable
from sbv2cli.voices.phonologies.text_symbols import TextSymbols

ENCODER = "rel_pos_transformer"

# Coqui's defaults, under Coqui's keys.
DEFAULTS: Mapping[str, Any] = {
    "encoder_type": ENCODER,
    "use_encoder_prenet": True,
    "hidden_channels_enc": 192,
    "hidden_channels_dec": 192,
    "hidden_channels_dp": 256,
    "mean_only": True,
    "out_channels": 80,
    "num_flow_blocks_dec": 12,
    "kernel_size_dec": 5,
    "dilation_rate": 1,
    "num_block_layers": 4,
    "num_splits": 4,
    "num_squeeze": 2,
    "sigmoid_scale": False,
    "c_in_channels": 0,
    "num_speakers": 0,
    "dropout_p_dec": 0.05,
    "add_blank": False,
    "enable_eos_bos_chars": False,
}
ENCODER_DEFAULTS: Mapping[str, Any] = {
    "kernel_size": 3,
    "dropout_p": 0.1,
    "num_layers": 6,
    "num_heads": 2,
    "hidden_channels_ffn": 768,
    "rel_attn_window_size": None,
}

# Coqui's key -> the official one.
SIZES: Mapping[str, str] = {
    "use_encoder_prenet": "prenet",
    "hidden_channels_enc": "hidden_channels",
    "hidden_channels_dec": "hidden_channels_dec",
    "hidden_channels_dp": "filter_channels_dp",
    "mean_only": "mean_only",
    "out_channels": "out_channels",
    "num_flow_blocks_dec": "n_blocks_dec",
    "kernel_size_dec": "kernel_size_dec",
    "dilation_rate": "dilation_rate",
    "num_block_layers": "n_block_layers",
    "num_splits": "n_split",
    "num_squeeze": "n_sqz",
    "sigmoid_scale": "sigmoid_scale",
    "dropout_p_dec": "p_dropout_dec",
}
ENCODER_SIZES: Mapping[str, str] = {
    "kernel_size": "kernel_size",
    "dropout_p": "p_dropout",
    "num_layers": "n_layers_enc",
    "num_heads": "n_heads",
    "hidden_channels_ffn": "filter_channels",
    "rel_attn_window_size": "window_size",
}

# Cleaners whose text is its own small letters.
LETTERS = frozenset({"basic_cleaners", "multilingual_cleaners"})

# Phonemes come from espeak where the file names no other program, but in these languages.
ESPEAK = "espeak"
OTHERWISE = frozenset({"be", "bn", "ja-jp", "ko-kr", "zh-cn"})


def recognise(raw: Mapping[str, Any]) -> bool:
    """Whether the file is one of these."""
    return raw.get("model") == "glow_tts" and "audio" in raw


def parse(raw: Mapping[str, Any], where: str) -> VoiceConfig:
    """Read the file; `where` is named in errors."""
    said = {**DEFAULTS, **{key: value for key, value in raw.items() if value is not None}}
    encoder = {**ENCODER_DEFAULTS, **section(raw, "encoder_params", where)}
    _refuse(said, where)
    speakers = _speakers(said, where)
    network = {
        **NETWORK_DEFAULTS,
        **{ours: said[theirs] for theirs, ours in SIZES.items()},
        **{ours: encoder[theirs] for theirs, ours in ENCODER_SIZES.items()},
        "hidden_channels_enc": None,
        "n_speakers": speakers,
        "gin_channels": said["hidden_channels_enc"] if speakers > 1 else 0,
        "durations": "log1p",
    }
    mel = coqui_audio.read(raw, where)
    if mel.bands != said["out_channels"]:
        raise wrong("out_channels", said["out_channels"], f"{mel.bands}, as in audio", where)
    assert mel.rate is not None
    assert mel.hop is not None
    return VoiceConfig(
        name="",
        version="",
        architecture="glow_tts",
        rate=mel.rate,
        frame_samples=mel.hop,
        add_blank=flag(said, "add_blank", where),
        speakers={},
        speaker_count=max(1, speakers),
        styles={"Neutral": 0},
        network=network,
        needs_bert=False,
        phonology=_phonology(said, where),
        has_styles=False,
        mel=mel,
    )


def _refuse(said: Mapping[str, Any], where: str) -> None:
    """Other networks of the same name, by what they are."""
    kind = None
    if said["encoder_type"] != ENCODER:
        kind = f"a text encoder {said['encoder_type']}"
    elif said.get("use_d_vector_file"):
        kind = "speakers that come from a file of vectors"
    if kind is not None:
        raise VoiceError(
            "voice.family",
            f"this Glow-TTS of Coqui TTS has {kind}, which this version does not speak with",
            at=where,
            hint="docs/reference/voices.md says which voices can be opened",
        )


def _speakers(said: Mapping[str, Any], where: str) -> int:
    if not said.get("use_speaker_embedding"):
        return 0
    return whole(said, "num_speakers", where)


def _phonology(said: Mapping[str, Any], where: str) -> TextSymbols:
    """The vocabulary: special symbols, letters, marks, in this order."""
    characters = section(said, "characters", where)
    special = [characters[key] for key in ("pad", "eos", "bos", "blank") if characters.get(key)]
    for symbol in special:
        if not isinstance(symbol, str):
            raise wrong("characters", symbol, "texts", where)
    phonemes = flag(said, "use_phonemes", where)
    # Older files have both, and phonemes in a key of their own.
    key = "phonemes" if phonemes and characters.get("phonemes") else "characters"
    letters = [*str(characters.get(key, ""))]
    marks = [*str(characters.get("punctuations", ""))]
    if not letters:
        raise wrong("characters", said.get("characters"), "the letters of the voice", where)
    if characters.get("is_unique", True):
        letters = list(dict.fromkeys(letters))
    if characters.get("is_sorted", True):
        letters = sorted(letters)
    table = SymbolTable(symbols=(*special, *letters, *marks), where=where)
    rules = _rules(said, frozenset(letters + marks), phonemes=phonemes)
    return TextSymbols(
        table=table,
        languages=("ja", "en", "zh") if rules is None else (rules.language,),
        text_rules=rules,
        blank=_blank(table, characters) if said["add_blank"] else None,
        edges=_edges(table, characters, where) if said["enable_eos_bos_chars"] else None,
    )


def _edges(table: SymbolTable, characters: Mapping[str, Any], where: str) -> tuple[int, int]:
    """The marks of beginning and end."""
    begin, end = (table.ids().get(characters.get(key) or "") for key in ("bos", "eos"))
    if begin is None or end is None:
        raise wrong("characters", characters, "marks of beginning and end (bos, eos)", where)
    return begin, end


def _blank(table: SymbolTable, characters: Mapping[str, Any]) -> int:
    """Of its own symbol; where there is none it is one more than there are."""
    return table.ids().get(characters.get("blank") or "", len(table.symbols))


def _rules(said: Mapping[str, Any], known: frozenset[str], *, phonemes: bool) -> TextRules | None:
    """How text is written; `None` where the voice had it from a program that is not known here."""
    if not phonemes:
        spelled = text(said, "text_cleaner") in LETTERS
        # Letters are of no language that the file names.
        small = TextRules(language=UNKNOWN_LANGUAGE, known=known, casing="lower")
        return small if spelled else None
    voice, program = text(said, "phoneme_language"), said.get("phonemizer")
    if program is None and voice not in OTHERWISE:
        program = ESPEAK
    if program != ESPEAK or voice is None:
        return None
    return TextRules(language=voice, known=known, espeak=voice, marks="kept")
