"""Files with the name of weights that hold something else, told by their first bytes.

A download that went wrong leaves a page, a note or half a file under the right name. Each is said
by its name with what to do, before anything tries to read it as weights.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sbv2cli.errors import VoiceError
from sbv2cli.voices import files
from sbv2cli.voices.aivm import container

AGAIN = "download it again"
START = 512  # bytes that are looked at

PICKLES = (".pth", ".pt")
ENDS = re.compile(rb'"data_offsets":\s*\[\s*\d{1,18}\s*,\s*(\d{1,18})\s*\]')
PICKLE = b"\x80"  # how a pickle begins that is no archive


@dataclass(frozen=True, slots=True, kw_only=True)
class NotWeights:
    """A kind of file; of several that begin so the first one is it."""

    what: str
    begins: Callable[[bytes], bool]
    instead: str


def _magic(*beginnings: bytes) -> Callable[[bytes], bool]:
    return lambda start: start.startswith(beginnings)


def _page(start: bytes) -> bool:
    text = start.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    return text.startswith((b"<!doctype", b"<html", b"<head", b"<?xml"))


def _text(start: bytes) -> bool:
    """Words of a server, and nothing that is in a file of numbers."""
    return start.lstrip()[:1] in (b"{", b"[") and b"\0" not in start


KINDS = (
    NotWeights(
        what="a Git LFS pointer in place of the file",
        begins=_magic(b"version https://git-lfs"),
        instead="fetch the file itself: git lfs pull, or sbv2 voices install OWNER/NAME",
    ),
    NotWeights(
        what="a page of a web site, such as is shown where a file is not found",
        begins=_page,
        instead="download it again from the address of the file itself, on the Hugging Face Hub the"
        " one with /resolve/ instead of /blob/; or sbv2 voices install OWNER/NAME",
    ),
    NotWeights(
        what="an answer of a server in JSON",
        begins=_text,
        instead=AGAIN,
    ),
    NotWeights(
        what="an array of numpy, as style_vectors.npy is one",
        begins=_magic(b"\x93NUMPY"),
        instead="put the weights of the voice beside it",
    ),
    NotWeights(
        what="an archive",
        begins=_magic(b"\x1f\x8b", b"7z\xbc\xaf\x27\x1c", b"Rar!", b"\x28\xb5\x2f\xfd", b"BZh"),
        instead="unpack it first",
    ),
    NotWeights(
        what="a sound",
        begins=_magic(b"RIFF", b"OggS", b"fLaC", b"ID3"),
        instead="name the weights of a voice",
    ),
    NotWeights(
        what="a picture",
        begins=_magic(b"\x89PNG", b"\xff\xd8\xff", b"GIF8"),
        instead="name the weights of a voice",
    ),
    NotWeights(
        what="a model in GGUF, which this version does not read",
        begins=_magic(b"GGUF"),
        instead="ask for a .safetensors file",
    ),
    NotWeights(
        what="nothing but zeros, as an interrupted download leaves them",
        begins=lambda start: len(start) == START and not any(start),
        instead=AGAIN,
    ),
)


def refuse(path: Path) -> None:
    """Raise an error that says what the file is, where it is known not to be weights."""
    try:
        with path.open("rb") as file:
            start = file.read(START)
    except OSError:  # whoever reads it says so
        return
    ending = files.ending(path)
    # Asked first: its length stands at the beginning and may look like anything.
    if _is_safetensors(start):
        if ending in PICKLES:
            raise _misnamed(path, "a safetensors file", ".safetensors")
        if ending == ".safetensors":
            _refuse_half(path, start)
        return
    found = next((kind for kind in KINDS if kind.begins(start)), None)
    if found is not None:
        raise _error(path, f"it is {found.what}", found.instead)
    if start.startswith(b"PK"):
        _refuse_archive(path)
    elif ending in files.TENSOR_SUFFIXES and not start:
        raise _error(path, "it is empty", AGAIN)
    elif ending == ".safetensors" and start.startswith(PICKLE):
        raise _misnamed(path, "a checkpoint of torch", ".pth")
    elif ending in PICKLES and not start.startswith(PICKLE):
        raise _error(path, "it is no checkpoint of torch", AGAIN)


def refuse_beside(path: Path, code: str) -> None:
    """The same of a file beside weights: whether it is no more than a note or a page."""
    with path.open("rb") as file:
        start = file.read(START)
    found = next((kind for kind in KINDS[:2] if kind.begins(start)), None)
    if found is not None:
        raise VoiceError(
            code,
            f"{path.name} cannot be read: it is {found.what}",
            at=str(path),
            hint=found.instead,
        )


def _refuse_archive(path: Path) -> None:
    """Checkpoints of torch are archives of one folder, with its content in `data.pkl`."""
    import zipfile  # noqa: PLC0415  (not where every voice is opened)

    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        raise _error(path, "it is cut off: the end of an archive is missing", AGAIN) from None
    if any(name.endswith("/constants.pkl") for name in names) and any(
        "/code/" in name for name in names
    ):
        raise _error(
            path,
            "it is a program of TorchScript, which is not run",
            "ask for a .safetensors file or for the checkpoint of the training",
        )
    if not any(name.endswith("/data.pkl") for name in names):
        raise _error(
            path,
            "it is a ZIP archive",
            "unpack it; or call it .zip and install that: sbv2 voices install FILE.zip",
        )
    if files.ending(path) == ".safetensors":
        raise _misnamed(path, "a checkpoint of torch", ".pth")


def _refuse_half(path: Path, start: bytes) -> None:
    """The first bytes say how long the header is, and the header where the last tensor ends."""
    size, begin = path.stat().st_size, 8 + int.from_bytes(start[:8], "little")
    if size < begin:
        raise _error(path, f"it is cut off: {size:,} bytes of more than {begin:,} are there", AGAIN)
    with path.open("rb") as file:
        # Not parsed: this is done whenever a voice is opened.
        ends = ENDS.findall(file.read(begin))
    wanted = begin + max(map(int, ends), default=0)
    if size < wanted:
        raise _error(path, f"it is cut off: {size:,} bytes of {wanted:,} are there", AGAIN)


def _is_safetensors(start: bytes) -> bool:
    return start[8:9] == b"{" and 2 <= int.from_bytes(start[:8], "little") <= container.HEADER_LIMIT


def _misnamed(path: Path, what: str, ending: str) -> VoiceError:
    return _error(
        path,
        f"it is {what}",
        f"give it the ending of what it is: '{path.with_suffix(ending).name}'",
    )


def _error(path: Path, why: str, instead: str) -> VoiceError:
    return VoiceError(
        "voice.weights-broken",
        f'the weight file "{path.name}" cannot be read: {why}',
        at=str(path),
        hint=instead,
    )
