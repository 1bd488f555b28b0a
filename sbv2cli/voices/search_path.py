"""Where voices are kept, and which folder a name means."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from sbv2cli.errors import VoiceError, did_you_mean
from sbv2cli.voices import files, piper_graph
from sbv2cli.voices.aivm import container
from sbv2cli.voices.configs import voice_config

# As the hub calls a repository; a path of two parts looks the same.
_HUB_NAME = re.compile(r"[\w-][\w.-]*/[\w.-]+")

BUILT_IN = Path(__file__).parent / "builtin"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a requested voice is."""

    path: Path  # a folder or a weight file
    speaker: str | None = None  # from `VOICE/SPEAKER`


def find(wanted: str | None, folders: Sequence[Path]) -> Place:
    """The voice that `NAME`, `PATH`, `NAME/SPEAKER` or `PATH/SPEAKER` means.

    A path that exists wins over a name; of the folders in `folders` the first wins, and the voice
    that ships with the package comes last. The name of a file may go without `.aivm` or `.aivmx`.
    """
    if not wanted:
        return Place(path=_default())
    for name, speaker in _readings(wanted):
        if speaker is not None and Path(wanted).expanduser().exists():
            break  # a file or a folder, not a speaker
        named = [
            folder / f"{name}{end}"
            for folder in _all(folders)
            for end in ("", *container.SUFFIXES, piper_graph.SUFFIX)
        ]
        for candidate in (Path(name).expanduser(), *named):
            if is_voice(candidate):
                return Place(path=candidate, speaker=speaker)
    if Path(wanted).expanduser().exists():
        # Something is there: opening it says what is wrong with it.
        return Place(path=Path(wanted).expanduser())
    known = [name for name, _ in voices_in(folders)]
    hint = did_you_mean(wanted, known)
    if _HUB_NAME.fullmatch(wanted):
        hint = f"{hint}; a voice of that name on the hub: sbv2 voices install {wanted}"
    raise VoiceError("voice.missing", f'there is no voice "{wanted}"', hint=hint)


def voices_in(folders: Sequence[Path]) -> Iterator[tuple[str, Path]]:
    """(name, path) of every voice that can be named, in order; the first of a name counts."""
    seen: set[str] = set()
    for folder in _all(folders):
        for path in sorted(folder.iterdir()) if folder.is_dir() else ():
            for name, found in _named(path):
                if name not in seen:
                    seen.add(name)
                    yield name, found


def piper_voices(folder: Path) -> list[Path]:
    """The Piper voices that lie side by side in a folder."""
    return sorted(
        file for file in folder.glob(f"*{piper_graph.SUFFIX}") if piper_graph.is_voice(file)
    )


def _named(path: Path) -> list[tuple[str, Path]]:
    """What is there as voices: one, or several of Piper in a folder."""
    if is_voice(path):
        return [(path.name, path)]
    several = piper_voices(path) if path.is_dir() else []
    return [(f"{path.name}/{file.name}", file) for file in several]


def is_voice(path: Path) -> bool:
    """Whether something there can be opened as a voice."""
    if path.is_dir():
        whole = any(file.suffix in container.SUFFIXES for file in path.iterdir())
        if whole or (path / "config.json").is_file() or len(piper_voices(path)) == 1:
            return True
        return any(voice_config.without_file(file) is not None for file in path.glob("*.pt"))
    return path.suffix in files.SUFFIXES and path.is_file()


def _default() -> Path:
    built_in = [path for path in BUILT_IN.iterdir() if is_voice(path)] if BUILT_IN.is_dir() else []
    if built_in:
        return min(built_in)
    if is_voice(BUILT_IN):
        return BUILT_IN
    raise VoiceError(
        "voice.none",
        "no voice is named, and the one that ships is gone from the package",
        hint="name one with --voice FOLDER, in a voice column, or as `voice` in sbv2.toml",
    )


def _all(folders: Iterable[Path]) -> list[Path]:
    return [*folders, BUILT_IN]


def _readings(wanted: str) -> Iterator[tuple[str, str | None]]:
    yield wanted, None
    name, slash, speaker = wanted.rpartition("/")
    if slash and name and speaker:
        yield name, speaker
