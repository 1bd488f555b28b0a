"""Files with the name of weights that hold something else."""

from __future__ import annotations

import gzip
import io
import zipfile

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save

from sbv2cli.errors import VoiceError
from sbv2cli.voices import not_weights

POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n"
PAGE = b"\xef\xbb\xbf\n<!DOCTYPE html>\n<html><title>404</title></html>"
ANSWER = b'{"error": "Repository not found"}'
SAFETENSORS = save({"a": torch.ones(300), "b": torch.ones(2, 3)})


def packed(**entries):
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        for name, content in entries.items():
            archive.writestr(name.replace("__", "/").replace("_dot_", "."), content)
    return data.getvalue()


def of_numpy(array):
    data = io.BytesIO()
    np.save(data, array)
    return data.getvalue()


def of_torch(**options):
    data = io.BytesIO()
    torch.save({"model": {"a": torch.ones(300)}}, data, **options)
    return data.getvalue()


CHECKPOINT = of_torch()
OLD_CHECKPOINT = of_torch(_use_new_zipfile_serialization=False)

NOT_WEIGHTS = [
    (
        POINTER,
        ("a.safetensors", "a.pth", "a.onnx", "a.aivm", "a.aivmx"),
        "Git LFS pointer",
        "git lfs pull",
    ),
    (PAGE, ("a.safetensors", "a.pt", "a.onnx", "a.aivm"), "page of a web site", "/resolve/"),
    (ANSWER, ("a.safetensors", "a.pth", "a.aivmx"), "answer of a server", "again"),
    (b"", ("a.safetensors", "a.pth", "a.aivm", "g_00000010"), "it is empty", "again"),
    (bytes(600), ("a.safetensors", "a.pth", "a.onnx"), "nothing but zeros", "again"),
    (SAFETENSORS[:-1], ("a.safetensors",), "it is cut off: ", "again"),
    (SAFETENSORS[:40], ("a.safetensors",), "it is cut off: 40 bytes", "again"),
    (CHECKPOINT[:-400], ("a.pth", "generator_v1"), "it is cut off", "again"),
    (SAFETENSORS, ("a.pth", "g_00000010"), "a safetensors file", ".safetensors"),
    (CHECKPOINT, ("a.safetensors",), "a checkpoint of torch", "a.pth"),
    (OLD_CHECKPOINT, ("a.safetensors",), "a checkpoint of torch", "a.pth"),
    (packed(config_dot_json="{}"), ("a.safetensors", "a.pth", "a.onnx"), "ZIP", "voices install"),
    (gzip.compress(SAFETENSORS), ("a.safetensors", "a.pth"), "an archive", "unpack"),
    (of_numpy(np.ones((3, 256))), ("a.safetensors", "a.pth"), "an array of numpy", "weights"),
    (b"RIFF\x24\0\0\0WAVEfmt ", ("a.pth",), "a sound", "weights"),
    (b"GGUF\x03\0\0\0", ("a.safetensors",), "GGUF", ".safetensors"),
    (b"hello", ("a.pth",), "no checkpoint of torch", "again"),
    (
        packed(a__data_dot_pkl="", a__constants_dot_pkl="", a__code__b_dot_py=""),
        ("a.pt",),
        "TorchScript",
        ".safetensors",
    ),
]


@pytest.mark.parametrize(
    ("data", "name", "what", "instead"),
    [(data, name, what, instead) for data, names, what, instead in NOT_WEIGHTS for name in names],
)
def test_each_is_named_with_what_to_do(tmp_path, data, name, what, instead):
    path = tmp_path / name
    path.write_bytes(data)
    with pytest.raises(VoiceError) as caught:
        not_weights.refuse(path)
    assert caught.value.code == "voice.weights-broken"
    assert what in caught.value.message
    assert instead in str(caught.value.hint)
    assert caught.value.at == str(path)


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (SAFETENSORS, "a.safetensors"),
        (SAFETENSORS, "a.aivm"),
        (CHECKPOINT, "a.pth"),
        (CHECKPOINT, "a.pth.tar"),
        (OLD_CHECKPOINT, "g_00000010"),
        (b"\x08\x08\x12\x07pytorch", "a.onnx"),
    ],
)
def test_weights_are_left_alone(tmp_path, data, name):
    path = tmp_path / name
    path.write_bytes(data)
    not_weights.refuse(path)


@pytest.mark.parametrize("beginning", [b"\x80", b"PK", b"\x1f\x8b", b"BZh", b" {", b"\x80\x02"])
def test_the_length_of_a_header_may_look_like_anything(tmp_path, beginning):
    """A safetensors file begins with it."""
    length = int.from_bytes(beginning, "little")
    header = b'{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}'
    path = tmp_path / "a.safetensors"
    path.write_bytes(length.to_bytes(8, "little") + header.ljust(length) + bytes(4))
    if length < len(header):
        pytest.skip("too short for a header")
    not_weights.refuse(path)
    assert load_file(path).keys() == {"a"}


@pytest.mark.parametrize("data", [POINTER, PAGE])
def test_what_lies_beside_weights_may_be_a_note_or_a_page(tmp_path, data):
    path = tmp_path / "config.json"
    path.write_bytes(data)
    with pytest.raises(VoiceError) as caught:
        not_weights.refuse_beside(path, "voice.config-json")
    assert caught.value.code == "voice.config-json"
    path.write_bytes(ANSWER)
    not_weights.refuse_beside(path, "voice.config-json")
