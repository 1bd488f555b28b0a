"""What campaigns work on: tiny voices, recordings, scripts. Those of the tests, made anew."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "tests" / "golden")]

import tiny_dataset  # noqa: E402 - of the tests
import tiny_voice  # noqa: E402
import torch  # noqa: E402

WORDS = "山 川 空 海 森 雨 雪 風 花 月".split()
FOREIGN = "not ours\n"


def voices(folder: Path) -> Path:
    """Two voices of a few thousand weights."""
    torch.set_num_threads(1)
    tiny_voice.write(folder / "hana", seed=1)
    tiny_voice.write(folder / "ken", seed=2, version="2.0")
    tiny_voice.write_vits(folder / "plain", seed=3)
    return folder


def script(lines: int, first: int = 0) -> str:
    """A sheet; every seventh line says what another said."""
    rows = ["id,text,character"]
    for number in range(first, first + lines):
        said = number - 3 if number % 7 == 6 else number
        words = "と".join(WORDS[said // 10**power % 10] for power in range(2))
        rows.append(f"l{number:03d},{words}の{said}。,花子")
    return "\n".join(rows) + "\n"


def foreign(folder: Path) -> None:
    """Files of somebody else, where a run might come past."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("notes.txt", ".hidden", "keep.wav", ".keep.wav.part"):
        (folder / name).write_text(FOREIGN, encoding="utf-8")


def dataset(folder: Path) -> Path:
    """A prepared dataset of six clips."""
    return tiny_dataset.dataset(folder, validation=1)[0]


def emptied(folder: Path) -> Path:
    """An empty folder in the place of whatever was there; it may be where a disk is mounted."""
    folder.mkdir(parents=True, exist_ok=True)
    for entry in folder.iterdir():
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry)
        else:
            entry.unlink()
    return folder


def snapshot(folder: Path) -> dict[str, bytes]:
    """Every file below a folder, by its path."""
    found = {}
    for place, _, names in os.walk(folder):
        for name in names:
            path = Path(place) / name
            found[path.relative_to(folder).as_posix()] = path.read_bytes()
    return found


def restored(files: dict[str, bytes], folder: Path) -> None:
    """The folder as it was when the snapshot was taken."""
    emptied(folder)
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
