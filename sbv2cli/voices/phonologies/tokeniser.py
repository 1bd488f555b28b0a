"""Files of `VitsTokenizer` of the package transformers: which characters are which ids.

`vocab.json` has the ids, `tokenizer_config.json` how text is written, and `special_tokens_map.json`
what older files do not say there.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sbv2cli.errors import VoiceError
from sbv2cli.records import UNKNOWN_LANGUAGE, TextRules
from sbv2cli.voices.phonologies.own_symbols import OwnSymbols
from sbv2cli.voices.phonologies.symbol_table import SymbolTable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from sbv2cli.voices.configs.voice_config import VoiceConfig

VOCABULARY, CONFIG, SPECIAL = "vocab.json", "tokenizer_config.json", "special_tokens_map.json"

# What the tokeniser does where its file does not say.
DEFAULTS: Mapping[str, Any] = {
    "add_blank": True,
    "normalize": True,
    "phonemize": True,
    "is_uroman": False,
    "language": None,
}
# The one language of its phonemes, whatever the text.
ESPEAK_VOICE = "en-us"

# Cedilla for the comma below, as the tokeniser writes Romanian.
ROMANIAN = (("ț", "ţ"),)

HINT = "copy vocab.json and tokenizer_config.json too from where the voice came from"


def complete(config: VoiceConfig, folder: Path) -> VoiceConfig:
    """The configuration with what the files beside it say."""
    vocabulary = _vocabulary(folder / VOCABULARY, config.data["n_symbols"])
    said = {**DEFAULTS, **_known(_object(folder / CONFIG), folder / CONFIG)}
    phonemes = bool(said["phonemize"])
    language = said["language"] or (ESPEAK_VOICE if phonemes else UNKNOWN_LANGUAGE)
    known = frozenset(symbol for symbol in vocabulary if len(symbol) == 1)
    rules = TextRules(
        language=language,
        known=known,
        casing="lower" if said["normalize"] else "keep",
        replaced=ROMANIAN if language == "ron" else (),
        stripped=bool(said["normalize"]) and not phonemes,
        romanised=bool(said["is_uroman"]),
        espeak=ESPEAK_VOICE if phonemes else None,
        marks="kept",
    )
    symbols = {number: symbol for symbol, number in vocabulary.items()}
    table = SymbolTable(
        # A number that no symbol has is one that only `ids:` can say.
        symbols=tuple(symbols.get(number, "") for number in range(config.data["n_symbols"])),
        where=str(folder / VOCABULARY),
    )
    special = _special(said, folder)
    phonology = OwnSymbols(
        table=table,
        text_rules=rules,
        # The tokeniser splits the text there and puts blanks into the pieces alone.
        alone=frozenset(vocabulary[name] for name in special if name in vocabulary),
    )
    return replace(config, phonology=phonology, add_blank=bool(said["add_blank"]))


def of_letters(symbols: Sequence[str], data: Mapping[str, Any]) -> TextRules:
    """How text is written for an MMS-TTS of its authors: in small letters, without unknown ones.

    That text was made Latin shows in the name of its training files alone.
    """
    known = frozenset(symbol for symbol in symbols if len(symbol) == 1)
    return TextRules(
        language=UNKNOWN_LANGUAGE,
        known=known,
        casing="lower",
        replaced=tuple(pair for pair in ROMANIAN if known.isdisjoint(pair[0]) and pair[1] in known),
        stripped=True,
        romanised=str(data.get("training_files")).endswith(".uroman"),
        marks="kept",
    )


def _vocabulary(path: Path, rows: int) -> dict[str, int]:
    found = _object(path)
    if not found:
        raise _wrong(path, "it is missing" if not path.is_file() else "it is empty")
    wild = next(
        (
            symbol
            for symbol, number in found.items()
            if not isinstance(number, int) or isinstance(number, bool) or number < 0
        ),
        None,
    )
    if wild is not None:
        raise _wrong(path, f'the symbol "{wild}" has no number')
    # <unk> is often written one beyond the last row: the network never learnt it.
    beyond = [symbol for symbol, number in found.items() if number >= rows and len(symbol) == 1]
    if beyond:
        raise _wrong(
            path,
            f'the symbol "{beyond[0]}" has the number {found[beyond[0]]}, and config.json gives the'
            f" network {rows} symbols",
        )
    return {symbol: number for symbol, number in found.items() if number < rows}


def _known(said: Mapping[str, Any], path: Path) -> dict[str, Any]:
    kinds: Mapping[str, type] = {key: bool for key in DEFAULTS if key != "language"}
    for key, kind in kinds.items():
        if said.get(key) is not None and not isinstance(said[key], kind):
            raise _wrong(path, f'"{key}" is neither true nor false')
    if said.get("language") is not None and not isinstance(said["language"], str):
        raise _wrong(path, '"language" is no text')
    return {key: value for key, value in said.items() if value is not None}


def _special(said: Mapping[str, Any], folder: Path) -> set[str]:
    """Symbols that the tokeniser knows as tokens of their own."""
    listed = said.get("added_tokens_decoder")
    tokens: list[Any] = list(listed.values()) if isinstance(listed, dict) else []
    for source in (_object(folder / SPECIAL), said):
        tokens += [source.get(name) for name in ("pad_token", "unk_token", "bos_token")]
    names = (token.get("content") if isinstance(token, dict) else token for token in tokens)
    return {name for name in names if isinstance(name, str)}


def _object(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, RecursionError) as error:
        raise _wrong(path, str(error)) from None
    if not isinstance(content, dict):
        raise _wrong(path, "it is no object")
    return content


def _wrong(path: Path, why: str) -> VoiceError:
    return VoiceError(
        "voice.tokeniser",
        f"{path.name} cannot be used: {why}",
        at=str(path),
        hint=HINT,
    )
