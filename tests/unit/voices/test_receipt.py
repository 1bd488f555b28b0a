"""The receipt of an installation: written, read, and held against the files."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from sbv2cli.errors import VoiceError
from sbv2cli.voices import receipt
from sbv2cli.voices.receipt import InstalledFile, Receipt


def installed(path: str, data: bytes) -> InstalledFile:
    return InstalledFile(path=path, size=len(data), sha256=hashlib.sha256(data).hexdigest())


def written(folder: Path, **contents: bytes) -> Receipt:
    for name, data in contents.items():
        (folder / name).write_bytes(data)
    made = Receipt(
        source="owner/voice",
        inside="花子",
        revision=None,
        commit="0" * 40,
        files=tuple(installed(name, data) for name, data in contents.items()),
        licence="cc-by-4.0",
        installed="2026-11-28T18:00:00+00:00",
    )
    receipt.write(folder, made)
    return made


def test_what_is_written_is_read(tmp_path):
    made = written(tmp_path, a=b"1", b=b"22")
    assert receipt.read(tmp_path) == made
    assert list(receipt.differences(tmp_path, made)) == []


def test_a_folder_without_one_was_not_installed(tmp_path):
    assert receipt.read(tmp_path) is None
    assert receipt.read(tmp_path / "nowhere") is None


def test_each_file_that_changed_is_named_with_what_is_wrong(tmp_path):
    made = written(tmp_path, a=b"1", b=b"22", c=b"333", d=b"4")
    (tmp_path / "a").unlink()
    (tmp_path / "b").write_bytes(b"2")
    (tmp_path / "c").write_bytes(b"334")
    found = {file.path: why for file, why in receipt.differences(tmp_path, made)}
    assert found == {
        "a": "is missing",
        "b": "has 1 bytes, 2 were installed",
        "c": "has other bytes than were installed",
    }


@pytest.mark.parametrize("path", ["../a", "/etc/passwd", "a/../../b", "", "..\\a"])
def test_a_receipt_that_points_out_of_its_folder_is_refused(tmp_path, path):
    written(tmp_path, a=b"1")
    raw = json.loads((tmp_path / receipt.NAME).read_text())
    raw["files"][0]["path"] = path
    (tmp_path / receipt.NAME).write_text(json.dumps(raw))
    with pytest.raises(VoiceError) as caught:
        receipt.read(tmp_path)
    assert caught.value.code == "voice.receipt"


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"schema":"sbv2.receipt/1"}', "[" * 100_000])
def test_a_broken_receipt_is_an_error_with_its_place(tmp_path, text):
    (tmp_path / receipt.NAME).write_text(text)
    with pytest.raises(VoiceError) as caught:
        receipt.read(tmp_path)
    assert caught.value.at == str(tmp_path / receipt.NAME)


@pytest.mark.parametrize("size", ["1e999", "null", '"3"', "[]"])
def test_a_size_that_is_no_number_is_an_error(tmp_path, size):
    written(tmp_path, a=b"1")
    path = tmp_path / receipt.NAME
    path.write_text(path.read_text().replace('"size": 1', f'"size": {size}'))
    with pytest.raises(VoiceError, match="the receipt of the installation cannot be read"):
        receipt.read(tmp_path)
