"""A sheet of 10,000 rows is read and planned in 9 s of processor time, and under 300 MiB."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
import shell

LIMIT_S, LIMIT_MIB = 9.0, 300.0


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="the memory of a child in KiB")
def test_ten_thousand_rows():
    command = [sys.executable, "-m", "tools.bench_sheet", "--rows", "10000"]
    printed = subprocess.run(command, cwd=shell.ROOT, check=True, capture_output=True).stdout
    found = json.loads(printed)
    assert found["peak_mib"] < LIMIT_MIB
    # The process's own time, with room for a machine whose cores others share.
    assert found["cpu_s"] < 2 * LIMIT_S
