"""Fixtures that more than one test file needs."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).parent

# Replays are plain scripts that also run by themselves; tests import what they import.
sys.path[:0] = [str(TESTS), str(TESTS / "golden")]

# Before torch is imported anywhere: two tests side by side with two threads each wait for each
# other most of the time.
os.environ.setdefault("OMP_NUM_THREADS", "1")


@pytest.fixture(scope="session")
def golden() -> Path:
    """The recorded vectors; what each file holds is said in the README beside it."""
    return TESTS / "golden"
