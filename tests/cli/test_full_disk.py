"""A full disk is status 4 and names itself, whatever is written; never a bug."""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from stage import Sbv2, script

SIZE = 64 * 1024


@pytest.fixture
def full(stage: Path) -> Iterator[Path]:
    """A small disk without room."""
    place = stage / "full"
    place.mkdir()
    if shutil.which("mount") is None or os.geteuid() != 0:
        pytest.skip("no right to mount a small disk")
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", place],
        capture_output=True,
        check=False,
    )
    if mounted.returncode:
        pytest.skip("no small disk can be mounted here")
    with (place / "filled").open("wb", buffering=0) as file, suppress(OSError):
        while True:
            file.write(bytes(4096))
    yield place
    subprocess.run(["umount", "--lazy", place], check=True)


COMMANDS = (
    "render lines.csv -m hana -o full/out",
    "say -m hana -o full/a.wav はい。いいえ。",
    "say -m hana --stream -o full/a.wav はい。いいえ。",
    "say -m hana --lines -o full/{n}.wav -i lines.csv",
    "say -m hana --timing full/t.json -o a.wav はい、そうです。いいえ、そうではありません。",
    "import lines.csv -o full/l.jsonl",
    "import lines.csv -o full/l.xlsx",
    "import lines.csv -o full/l.csv",
    "join out -o full/b.wav",
    "join out -o full/b.flac",
    "export out --to srt -o full/x",
    "proof out -o full/p",
    "book lines.csv -m hana -o full/b.flac",
    "voices convert hana --to aivm -o full/a.aivm",
    "voices merge hana ken -o full/m",
)


@pytest.mark.slow
def test_a_full_disk_is_told(sbv2: Sbv2, full: Path) -> None:
    rows = (f"a{n},はい、そうです。きょうは{n}月です。" for n in range(12))
    script("lines.csv", "id,text\n" + "\n".join(rows) + "\n")
    assert sbv2("render", "lines.csv", "-m", "hana", "-o", "out").status == 0
    for command in COMMANDS:
        result = sbv2(*command.split(" "))
        assert result.status == 4, (command, result.talk)
        assert "error[bug]" not in result.talk
        assert "Traceback" not in result.talk
        assert "room" in result.talk or "space" in result.talk, (command, result.talk)
        for path in full.iterdir():
            if path.name != "filled":
                shutil.rmtree(path) if path.is_dir() else path.unlink()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_a_full_log_is_told_when_the_work_is_done(sbv2: Sbv2) -> None:
    script("lines.csv", "id,text\na,はい。\n")
    result = sbv2("render", "lines.csv", "-m", "hana", "-v", "--log-file", "/dev/full")
    assert result.status == 4
    assert "error[disk.full]" in result.talk
    assert "/dev/full" in result.talk
    assert Path("out/a.wav").is_file()


@pytest.mark.slow
def test_a_folder_for_temporary_files_without_room_is_named(stage: Path) -> None:
    # Lines beyond twenty thousand wait there.
    rows = "".join(f"l{n},山。\n" for n in range(20_500))
    script("long.csv", f"id,text\n{rows}")
    ran = subprocess.run(
        [sys.executable, "-m", "sbv2cli", "render", "long.csv", "-m", "hana", "--dry-run"],
        capture_output=True,
        text=True,
        check=False,
        cwd=stage,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 16, 1 << 16)),
        env={**os.environ, "TMPDIR": str(stage)},
    )
    assert ran.returncode == 4, ran.stderr
    assert "error[disk.write]" in ran.stderr
    assert f"at: {stage}" in ran.stderr
    assert "Traceback" not in ran.stderr
