"""The command line on an empty stage: a folder, a home, and tiny voices under ./voices."""

from __future__ import annotations

import io
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import click
import pytest
import tiny_voice
from stage import Result, Sbv2

from sbv2cli.cli.main import main


@pytest.fixture(scope="session")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two Japanese voices and one that speaks three languages."""
    folder = tmp_path_factory.mktemp("shelf")
    tiny_voice.write(folder / "hana", seed=1)
    tiny_voice.write(folder / "ken", seed=2)
    tiny_voice.write(folder / "poly", seed=3, version="2.0")
    return folder


@pytest.fixture(autouse=True)
def _help_of_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """The command line chooses the language of its help for a whole process: give it back."""
    monkeypatch.setattr(click.Context, "formatter_class", click.Context.formatter_class)


@pytest.fixture
def stage(tmp_path: Path, shelf: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder of the test; no settings of the machine count."""
    shutil.copytree(shelf, tmp_path / "voices")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in list(os.environ):
        if name.startswith(("SBV2_", "XDG_")) or name in {"NO_COLOR", "FORCE_COLOR"}:
            monkeypatch.delenv(name)
    monkeypatch.setenv("SBV2_MESSAGES", "en")  # messages are compared in English
    return tmp_path


@pytest.fixture
def sbv2(
    stage: Path, monkeypatch: pytest.MonkeyPatch, capsysbinary: pytest.CaptureFixture[bytes]
) -> Sbv2:
    """Run the command line in this process."""

    def run(*arguments: object, stdin: bytes = b"") -> Result:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        with pytest.raises(SystemExit) as ended:
            main([str(argument) for argument in arguments])
        said = capsysbinary.readouterr()
        assert isinstance(ended.value.code, int)
        return Result(status=ended.value.code, data=said.out, talk=said.err.decode())

    return run


@pytest.fixture
def spawn(stage: Path) -> Iterator[Callable[..., subprocess.Popen[bytes]]]:
    """Start the command line as a process of its own; none outlives the test."""
    started: list[subprocess.Popen[bytes]] = []

    def start(*arguments: object, **options: Any) -> subprocess.Popen[bytes]:
        pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        process = subprocess.Popen(
            [sys.executable, "-m", "sbv2cli", *map(str, arguments)],
            # A shell lets what it starts in the background ignore Ctrl-C, and its children too.
            preexec_fn=partial(signal.signal, signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509
            **{**pipes, **options},
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()
