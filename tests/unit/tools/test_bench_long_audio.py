"""A long sound passes through source, join, meters, gain, limiter and sink in little memory."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
import shell


@pytest.mark.slow
@pytest.mark.parametrize("name", ["wav", "flac"])
def test_an_hour_in_little_memory(name: str) -> None:
    command = [sys.executable, "-m", "tools.bench_long_audio", "--hours", "1", "--format", name]
    done = subprocess.run(command, capture_output=True, check=True, cwd=shell.ROOT, timeout=900)
    record = json.loads(done.stdout)
    assert record["bytes"] > 1 << 20
    assert record["peak_mib"] < 300
    # An hour alone is 605 MiB as float32.
    assert record["peak_mib"] - record["start_mib"] < 60
