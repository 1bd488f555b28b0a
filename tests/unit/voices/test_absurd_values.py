"""Values of a `config.json` that no voice has: an error of the voice, soon and in little memory."""

from __future__ import annotations

import copy
import io
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import small_child
import tiny_glow
import tiny_mel_voice
import tiny_voice
import torch

from sbv2cli.engine import memory
from sbv2cli.engine.torch import weights_file
from sbv2cli.errors import VoiceError
from sbv2cli.executors.local import LocalExecutor
from sbv2cli.records import LineFailure
from sbv2cli.voices import npy_file
from sbv2cli.voices.bundle import open_bundle

FAMILIES = {
    "sbv2": tiny_voice.write,
    "multilingual": lambda folder: tiny_voice.write(folder, version="2.0"),
    "source_filter": lambda folder: tiny_voice.write(
        folder, network={"vocoder": tiny_voice.SOURCE_FILTER}
    ),
    "vits": lambda folder: tiny_voice.write_vits(folder, speakers=2),
    "glow_tts": tiny_glow.write,
    "coqui": tiny_glow.write_coqui,
    "grad_tts": tiny_mel_voice.write_grad_tts,
    "diff_tts": tiny_mel_voice.write_diff_tts,
}
HUGE = 10**9
ABSURD: list[Any] = [HUGE, 10**30, -1, "x", [HUGE] * 3, {"a": 1}, 65_536, float("nan")]
MEMORY_MIB = 250  # that the small voice itself takes at most, with what torch keeps


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where numbers and texts stand; of a list the first."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from places(inner, (*path, key))
    elif isinstance(value, list) and value:
        yield path
        yield from places(value[0], (*path, 0))
    else:
        yield path


def changed(content: dict[str, Any], path: tuple[Any, ...], value: Any) -> dict[str, Any]:
    result = copy.deepcopy(content)
    inner: Any = result
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    return result


def absurd(name: str, folder: Path, values: list[Any]) -> list[str]:
    """What does not end well."""
    FAMILIES[name](folder)
    line = tiny_voice.utterance(open_bundle(folder), 1, phones=5)

    def speak() -> str | None:
        spec = tiny_voice.spec_of(open_bundle(folder))
        (made,) = LocalExecutor().speak([(spec, line)])
        result = made.result
        return result.code if isinstance(result, LineFailure) else None

    usual = small_child.run(speak)
    assert usual.broke is None
    bad = []
    for file in (folder / "config.json", folder / "vocoder" / "config.json"):
        text = file.read_text("utf-8") if file.is_file() else "{}"
        for path in places(json.loads(text)):
            for value in values:
                file.write_text(json.dumps(changed(json.loads(text), path, value)), "utf-8")
                out = small_child.run(speak, seconds=5)
                ours = out.error is not None and isinstance(out.error, VoiceError)
                well = ours or out.value in (None, usual.value) or out.value.startswith("voice.")
                if out.broke or not well or out.grown_mib > usual.grown_mib + MEMORY_MIB:
                    bad.append(f"{file.name} {path} {value!s:.30}: {out}")
        if file.is_file():
            file.write_text(text, "utf-8")
    return bad


@pytest.mark.parametrize("name", ["source_filter", "glow_tts", "diff_tts"])
def test_a_size_of_a_thousand_million(tmp_path: Path, name: str) -> None:
    assert absurd(name, tmp_path / name, [HUGE]) == []


@pytest.mark.slow
@pytest.mark.parametrize("name", FAMILIES)
def test_every_absurd_value(tmp_path: Path, name: str) -> None:
    assert absurd(name, tmp_path / name, ABSURD) == []


def npy(shape: tuple[int, ...], rows: int = 3) -> bytes:
    stream = io.BytesIO()
    header = {"descr": "<f4", "fortran_order": False, "shape": shape}
    np.lib.format.write_array_header_1_0(stream, header)
    return stream.getvalue() + bytes(rows * 256 * 4)


def npz() -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("a.npy", npy((3, 256)))
    return stream.getvalue()


def objects() -> bytes:
    stream = io.BytesIO()
    np.save(stream, np.array([[{}] * 256] * 3, dtype=object), allow_pickle=True)
    return stream.getvalue()


@pytest.mark.parametrize(
    "data",
    [
        npy((10**12, 256)),
        npy((1 << 62, 1 << 62)),  # whose product is nought where numbers wrap around
        npy((2, 256)),
        npz(),
        objects(),
        b"\x93NUMPY\x01\x00\xff\xff{",
        b"\x93NUMPY\x09\x00",
        b"",
    ],
)
def test_style_vectors_that_lie(tmp_path: Path, data: bytes) -> None:
    folder = tiny_voice.write(tmp_path / "voice")
    (folder / "style_vectors.npy").write_bytes(data)
    out = small_child.run(lambda: open_bundle(folder), memory_mib=200)
    assert isinstance(out.error, VoiceError), out
    assert out.error.code == "voice.styles-file"
    assert out.grown_mib < 50


def test_an_array_is_read_as_numpy_reads_it() -> None:
    stream = io.BytesIO()
    np.save(stream, np.arange(6, dtype=np.float16).reshape(2, 3).T)
    assert np.array_equal(npy_file.parse(stream.getvalue()), np.arange(6).reshape(2, 3).T)


def test_a_number_shown_as_a_million_millions(tmp_path: Path) -> None:
    path = tmp_path / "G_1.pth"
    torch.save({"model": {"a": torch.zeros(1).expand(10**6, 10**6)}}, path)
    out = small_child.run(lambda: weights_file.read_tensors(path))
    assert isinstance(out.error, VoiceError), out
    assert out.error.code == "voice.weights-broken"


@pytest.mark.parametrize(
    ("said", "full"),
    [
        ("[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried to", True),
        ("CUDA out of memory. Tried to allocate 2.00 GiB", True),
        ("std::bad_alloc", True),
        ("bad allocation", True),
        ("could not construct a memory descriptor using a format tag", False),
        ("Expected all tensors to be in the same memory format", False),
    ],
)
def test_a_lack_of_memory_is_told_from_its_mention(said: str, *, full: bool) -> None:
    assert memory.is_full(RuntimeError(said)) is full
