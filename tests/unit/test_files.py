"""Files are whole or not there."""

from __future__ import annotations

import errno
import io
import os
import sqlite3
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sbv2cli import files
from sbv2cli.errors import MachineError


def test_a_file_appears_whole(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b.wav"
    digest = files.write_whole(path, b"new")
    assert path.read_bytes() == b"new"
    assert digest == files.sha256_of(path)
    assert list(path.parent.iterdir()) == [path]


def test_folders_are_made_below_the_one_that_must_be_there(tmp_path: Path) -> None:
    within = tmp_path / "out"
    with pytest.raises(MachineError):
        files.write_whole(within / "a" / "b.wav", b"new", within=within)
    assert not within.exists()
    within.mkdir()
    files.write_whole(within / "a" / "c" / "b.wav", b"new", within=within)
    assert (within / "a" / "c" / "b.wav").read_bytes() == b"new"


@pytest.mark.parametrize(
    ("number", "code"),
    [(errno.ENOSPC, "disk.full"), (errno.EROFS, "disk.read-only"), (errno.EIO, "disk.write")],
)
def test_a_refusal_of_the_disk_leaves_the_old_file(
    number: int, code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "b.wav"
    path.write_bytes(b"old")

    def refuse(_: int) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "fsync", refuse)
    with pytest.raises(MachineError) as refused:
        files.write_whole(path, b"new")
    assert refused.value.code == code
    assert refused.value.exit_status == 4
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_leftovers_of_a_killed_run_are_removed(tmp_path: Path) -> None:
    (tmp_path / ".a.wav.123.part").write_bytes(b"half")
    (tmp_path / "a.wav").write_bytes(b"whole")
    (tmp_path / ".film.part").write_bytes(b"of somebody else")
    assert files.remove_parts(tmp_path, ["a.wav", "missing/b.wav"]) == 1
    assert sorted(file.name for file in tmp_path.iterdir()) == [".film.part", "a.wav"]


def test_a_part_that_is_not_kept_goes_away(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"old")
    with files.PartFile(path) as part:
        files.write_all(part.file, b"half")
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_everything_is_written_where_little_is_taken_at_a_time() -> None:
    taken = bytearray()

    class Slow:
        def write(self, data: memoryview) -> int:
            taken.extend(data[:3])
            return len(data[:3])

    files.write_all(Slow(), b"0123456789")
    assert taken == b"0123456789"


@given(
    before=st.binary(max_size=60),
    start=st.integers(0, 60),
    instead=st.integers(0, 30),
    data=st.binary(max_size=50),
)
@pytest.mark.parametrize("step", [1, 7, 1 << 22])
def test_bytes_are_put_into_a_file(
    step: int, before: bytes, start: int, instead: int, data: bytes
) -> None:
    start = min(start, len(before))
    instead = min(instead, len(before) - start)
    file = io.BytesIO(before)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(files, "_STEP", step)
        files.insert_at(file, start, data, instead=instead)
    assert file.getvalue() == before[:start] + data + before[start + instead :]
    assert file.tell() == len(file.getvalue())


def test_only_parts_of_processes_that_have_ended_go_where_others_write(tmp_path: Path) -> None:
    dead, live = ".a.csv.999999999.part", f".a.csv.{os.getpid()}.part"
    for name in (dead, live, ".b.csv.999999999.part", ".a.csv.part"):
        (tmp_path / name).write_bytes(b"half")
    files.remove_dead_parts(tmp_path / "a.csv", tmp_path / "missing" / "c.csv")
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        live,
        ".a.csv.part",
        ".b.csv.999999999.part",
    ]


def test_a_database_without_room_says_which_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("SQLITE_TMPDIR", str(tmp_path))
    database = sqlite3.connect("")
    database.executescript("PRAGMA max_page_count = 4; CREATE TABLE rows (one BLOB)")
    with pytest.raises(sqlite3.OperationalError) as caught:
        database.executemany("INSERT INTO rows VALUES (?)", [(b"x" * 4096,)] * 9)
    told = files.database_error(caught.value)
    assert told is not None
    assert (told.code, told.at) == ("disk.full", str(tmp_path))


def test_other_faults_of_a_database_are_not_the_disk():
    with pytest.raises(sqlite3.OperationalError) as caught:
        sqlite3.connect("").execute("SELECT nothing FROM nowhere")
    assert files.database_error(caught.value) is None
    assert files.database_error(ValueError("x")) is None


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_a_named_pipe_is_given_the_bytes_and_stays(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        files.write_whole(pipe, b"all of it")
        assert os.read(reader, 100) == b"all of it"
    finally:
        os.close(reader)
    assert pipe.is_fifo()
    assert list(tmp_path.iterdir()) == [pipe]


@pytest.mark.skipif(not Path("/dev/null").exists(), reason="no devices here")
def test_what_a_device_is_given_follows_no_link_of_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    foreign = tmp_path / "foreign"
    foreign.write_bytes(b"theirs")
    link = tmp_path / f".null.{os.getpid()}{files.PART}"
    link.symlink_to(foreign)
    files.write_whole(Path("/dev/null"), b"ours")
    assert foreign.read_bytes() == b"theirs"
    assert sorted(tmp_path.iterdir()) == [link, foreign]


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="no /proc here")
def test_an_open_file_by_its_number_is_written_into(tmp_path: Path) -> None:
    with (tmp_path / "redirected").open("w+b") as file:
        files.write_whole(Path(f"/proc/self/fd/{file.fileno()}"), b"bytes")
    assert (tmp_path / "redirected").read_bytes() == b"bytes"
    assert files._takes_bytes(Path("/dev/null"))
    assert not files._takes_bytes(tmp_path / "redirected")


def test_a_folder_of_the_name_of_a_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.wav").mkdir()
    with pytest.raises(MachineError) as refused:
        files.write_whole(tmp_path / "a.wav", b"new")
    assert refused.value.hint == "give the name of a file: there is a folder of this name"
