"""One file: from sounds or copied, refused for warnings, and every error told."""

from __future__ import annotations

import errno
import hashlib
import json
import os
from dataclasses import replace
from pathlib import Path

import bare_lines as lines
import numpy as np
import pytest

from sbv2cli.pipeline.write import Copy, WriteTask, write


def sound_task(name: str = "a", *, level: float = 1.0) -> WriteTask:
    line = lines.prepared(name)
    sound = lines.waveform(name)
    louder = replace(sound, samples=sound.samples * np.float32(level))
    return WriteTask(prepared=line, content=(lines.read(line), (louder,)))


def test_a_sound_becomes_a_file_with_its_sidecar(tmp_path: Path) -> None:
    written = write(sound_task(), lines.job(tmp_path))
    data = (tmp_path / "a.wav").read_bytes()
    assert written.digest == hashlib.sha256(data).hexdigest()
    assert written.finished is not None
    assert written.finished.data == b""  # it has gone to the disk
    assert written.finished.facts.bytes == len(data)
    sidecar = json.loads((tmp_path / "timings/a.json").read_bytes())
    assert [phone for phone, _, _ in sidecar["phones"]] == ["_", "a", "_"]
    assert written.seconds > 0


def test_a_copy_is_the_same_bytes(tmp_path: Path) -> None:
    content = Copy(data=b"abc", sidecar=b"{}")
    written = write(
        WriteTask(prepared=lines.prepared("b", file="x/b.wav"), content=content),
        lines.job(tmp_path),
    )
    assert (tmp_path / "x/b.wav").read_bytes() == b"abc"
    assert (tmp_path / "timings/x/b.json").read_bytes() == b"{}"
    assert written.digest == hashlib.sha256(b"abc").hexdigest()


def test_strictly_a_warning_keeps_the_file_away(tmp_path: Path) -> None:
    task = sound_task(level=8.0)  # beyond full scale
    written = write(task, lines.job(tmp_path, strict=True))
    assert (written.digest, written.failure, written.error) == (None, None, None)
    assert not list(tmp_path.iterdir())
    assert write(task, lines.job(tmp_path)).digest is not None


def test_a_bug_is_the_failure_of_the_line(tmp_path: Path) -> None:
    task = sound_task()
    assert isinstance(task.content, tuple)
    broken = replace(task, content=(task.content[0], ()))
    written = write(broken, lines.job(tmp_path))
    assert written.failure is not None
    assert (written.failure.id, written.failure.code) == ("a", "line.bug")


def test_not_a_number_is_the_failure_of_the_line(tmp_path: Path) -> None:
    written = write(sound_task(level=float("nan")), lines.job(tmp_path))
    assert written.failure is not None
    assert written.failure.code == "engine.not-finite"


def test_a_disk_that_refuses_is_the_machine(tmp_path: Path) -> None:
    (tmp_path / "out").write_bytes(b"a file where a folder is wanted")
    written = write(sound_task(), lines.job(tmp_path / "out"))
    assert written.error is not None
    assert written.error.code.startswith("disk.")
    assert written.failure is None


@pytest.mark.parametrize("file", ["a.wav", "x/a.wav"])
@pytest.mark.parametrize("sidecar", [None, b"{}"])
def test_a_folder_that_has_gone_is_not_made_again(
    file: str, sidecar: bytes | None, tmp_path: Path
) -> None:
    content = Copy(data=b"abc", sidecar=sidecar)
    task = WriteTask(prepared=lines.prepared("a", file=file), content=content)
    written = write(task, lines.job(tmp_path / "gone"))
    assert written.error is not None
    assert written.error.code == "disk.vanished"
    assert not (tmp_path / "gone").exists()


def test_a_folder_that_goes_while_a_file_is_written_has_vanished(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = replace(lines.job(tmp_path / "out"), fsync=True)
    job.output.mkdir()
    whole = os.fsync

    def rename_first(descriptor: int) -> None:
        whole(descriptor)
        job.output.rename(tmp_path / "elsewhere")

    monkeypatch.setattr(os, "fsync", rename_first)
    content = Copy(data=b"abc", sidecar=None)
    written = write(WriteTask(prepared=lines.prepared("a"), content=content), job)
    assert written.error is not None
    assert written.error.code == "disk.vanished"


def test_timings_that_cannot_be_written_leave_the_old_ones(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = replace(lines.job(tmp_path), fsync=True)
    task = WriteTask(prepared=lines.prepared("a"), content=Copy(data=b"old", sidecar=b"[]"))
    assert write(task, job).digest is not None

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    written = write(replace(task, content=Copy(data=b"new", sidecar=b"{}")), job)
    assert written.error is not None
    assert written.error.code == "disk.full"
    assert (tmp_path / "a.wav").read_bytes() == b"old"
    assert (tmp_path / "timings/a.json").read_bytes() == b"[]"


@pytest.mark.parametrize("detail", ["none", "phones", "moras"])
def test_timings_as_asked(tmp_path: Path, detail: str) -> None:
    write(sound_task(), lines.job(tmp_path, timings=detail))
    path = tmp_path / "timings/a.json"
    assert path.is_file() == (detail != "none")
    if detail != "none":
        assert ("moras" in json.loads(path.read_bytes())) == (detail == "moras")
