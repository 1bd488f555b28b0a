"""Standard input, output and error closed or full: a message and the right status, never a bug."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from stage import script

SAID = "error[output.stdout]"


def _run(*arguments: str, closed: tuple[int, ...] = (), stdout: Path | int | None = None):
    program = "import os, sys\nfor fd in map(int, sys.argv[1].split(',')) if sys.argv[1] else ():\n"
    program += (
        " os.close(fd)\nos.execv(sys.executable, [sys.executable, '-m', 'sbv2cli', *sys.argv[2:]])"
    )
    numbers = ",".join(map(str, closed))
    with open(stdout or os.devnull, "wb", closefd=not isinstance(stdout, int)) as file:
        return subprocess.run(
            [sys.executable, "-c", program, numbers, *arguments],
            stdout=file,
            stdin=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )


@pytest.mark.parametrize(
    ("arguments", "closed", "stdout", "status", "said"),
    [
        (("check", "a.txt"), (1,), None, 4, SAID),
        (("check", "a.txt"), (), Path("/dev/full"), 4, SAID),
        (("voices", "list", "--json"), (), Path("/dev/full"), 4, SAID),
        (("say", "-m", "hana", "やあ。"), (), Path("/dev/full"), 4, SAID),
        (("say", "-m", "hana", "やあ。"), (1,), None, 4, SAID),
        (("check", "a.txt"), (0, 1, 2), None, 4, ""),
        (("check", "a.txt"), (0,), None, 0, "1 line"),
        (("check", "a.txt"), (2,), None, 0, ""),
        (("say", "-m", "hana"), (0,), None, 2, "error[script.stdin-closed]"),
        (("render", "a.txt", "-m", "hana", "-o", "out"), (0, 1, 2), None, 0, ""),
    ],
)
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a device of Linux")
def test_what_is_closed_or_full_is_told(stage, arguments, closed, stdout, status, said):
    script("a.txt", "やあ。\n")
    result = _run(*arguments, closed=closed, stdout=stdout)
    assert (result.returncode, "bug" in result.stderr) == (status, False), result.stderr
    assert said in result.stderr
    if arguments[0] == "render":
        # No message was written into a file that took the number of a closed descriptor.
        assert (stage / "out" / "0001.wav").read_bytes()[:4] == b"RIFF"
        manifest = (stage / "out" / "manifest.jsonl").read_text(encoding="utf-8")
        assert all(row.startswith("{") for row in manifest.splitlines())


def test_bytes_of_another_encoding_are_refused_and_not_spoken(stage):
    result = subprocess.run(
        [
            sys.executable.encode(),
            b"-m",
            b"sbv2cli",
            b"say",
            b"-m",
            b"hana",
            "やあ".encode("cp932"),
        ],
        capture_output=True,
        check=False,
    )
    assert (result.returncode, result.stdout) == (2, b"")
    assert b"error[script.encoding]" in result.stderr


@pytest.mark.parametrize("arguments", [("check", "a.txt"), ("voices", "list"), ("doctor",)])
def test_a_working_folder_that_is_gone_is_told(stage, arguments):
    program = (
        "import os, sys\nos.mkdir('gone'); os.chdir('gone'); os.rmdir('../gone')\n"
        "os.execv(sys.executable, [sys.executable, '-m', 'sbv2cli', *sys.argv[1:]])"
    )
    said = subprocess.run(
        [sys.executable, "-c", program, *arguments], capture_output=True, text=True, check=False
    )
    assert said.returncode == 4, said.stderr
    assert "error[machine.folder-gone]" in said.stderr


@pytest.mark.parametrize("closed", [(), (2,)])
@pytest.mark.parametrize("arguments", [("--help",), ("render", "--help"), ("--version",)])
def test_a_reader_that_has_gone_is_no_bug(stage, arguments, closed):
    reader, writer = os.pipe()
    os.close(reader)
    try:
        result = _run(*arguments, closed=closed, stdout=writer)
    finally:
        os.close(writer)
    assert (result.returncode, result.stderr) == (141, "")
