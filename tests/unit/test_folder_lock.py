"""One run at a time per folder, and no lock outlives its holder."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from sbv2cli.errors import MachineError
from sbv2cli.folder_lock import FolderLock

HOLD = """
import sys, time
from pathlib import Path
from sbv2cli.folder_lock import FolderLock
with FolderLock(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


def test_the_second_run_is_told_who_holds_the_folder(tmp_path: Path) -> None:
    with FolderLock(tmp_path), pytest.raises(MachineError) as refused:
        FolderLock(tmp_path).__enter__()
    assert refused.value.code == "output.locked"
    assert str(os.getpid()) in refused.value.message
    assert list(tmp_path.iterdir()) == []
    with FolderLock(tmp_path):
        pass


def test_a_killed_holder_holds_nothing(tmp_path: Path) -> None:
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    with pytest.raises(MachineError, match=str(holder.pid)):
        FolderLock(tmp_path).__enter__()
    holder.kill()
    holder.wait()
    holder.stdout.close()
    with FolderLock(tmp_path):
        assert (tmp_path / ".sbv2.lock").read_text() == f"{os.getpid()}\n"


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(MachineError) as refused:
        FolderLock(tmp_path / "file" / "out").__enter__()
    assert refused.value.exit_status == 4


@pytest.mark.parametrize("link", ["symbolic", "hard", "none"])
def test_a_foreign_file_is_neither_followed_nor_emptied(tmp_path: Path, link: str) -> None:
    target, lock = tmp_path / "diary.txt", tmp_path / "out" / ".sbv2.lock"
    lock.parent.mkdir()
    target.write_text("mine")
    if link == "symbolic":
        lock.symlink_to(target)
    elif link == "hard":
        lock.hardlink_to(target)
    else:
        lock.write_text("mine")
    with pytest.raises(MachineError) as refused:
        FolderLock(lock.parent).__enter__()
    assert refused.value.code == "output.lock-foreign"
    assert target.read_text() == "mine"
    assert lock.read_text() == "mine"


def test_a_lock_that_a_killed_run_left_is_taken(tmp_path: Path) -> None:
    (tmp_path / ".sbv2.lock").write_text("123456\n")
    with FolderLock(tmp_path):
        assert (tmp_path / ".sbv2.lock").read_text() == f"{os.getpid()}\n"
