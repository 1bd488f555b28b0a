"""Shell completion: the scripts, and what they ask."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest


def sbv2(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "sbv2cli", *arguments],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_script_for_each_shell(shell: str) -> None:
    if shell == "bash" and not os.access("/bin/bash", os.X_OK):
        pytest.skip("no bash to ask for its version")
    result = sbv2("completion", shell)
    assert result.returncode == 0, result.stderr
    assert "_SBV2_COMPLETE" in result.stdout


def test_unknown_shells_name_the_known() -> None:
    result = sbv2("completion", "csh")
    assert result.returncode == 2
    assert "bash" in result.stderr


@pytest.mark.parametrize(
    ("words", "current", "expected"),
    [
        ("sbv2 ch", "1", "check"),
        ("sbv2 voices sh", "2", "show"),
        ("sbv2 say --sty", "2", "--style"),
    ],
)
def test_what_a_shell_asks(words: str, current: str, expected: str) -> None:
    result = sbv2(_SBV2_COMPLETE="bash_complete", COMP_WORDS=words, COMP_CWORD=current)
    assert f"plain,{expected}" in result.stdout.splitlines()
