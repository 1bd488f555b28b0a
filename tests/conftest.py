"""Fixtures that more than one test file needs."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from hypothesis import settings

TESTS = Path(__file__).parent

# Replays are plain scripts that also run by themselves; tests import what they import.
sys.path[:0] = [str(TESTS), str(TESTS / "golden")]

# One browser for all tests of pages.
pytest_plugins = ["browser"]

# Before torch is imported anywhere: two tests side by side with two threads each wait for each
# other most of the time.
os.environ.setdefault("OMP_NUM_THREADS", "1")

# Messages are compared in English, wherever the tests run.
os.environ["SBV2_MESSAGES"] = "en"

# The same examples on every run, so that a run fails because of a change and never by chance. What
# a random search finds stays as an @example beside its test.
settings.register_profile("ci", derandomize=True, deadline=None, database=None)
settings.register_profile("nightly", deadline=None, print_blob=True)
settings.load_profile("ci")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Nightly tests run where they are asked for."""
    if "nightly" in config.option.markexpr:
        return
    skipped = pytest.mark.skip(reason="asked for with -m nightly")
    for item in items:
        if "nightly" in item.keywords:
            item.add_marker(skipped)


@pytest.fixture(scope="session")
def golden() -> Path:
    """The recorded vectors; what each file holds is said in the README beside it."""
    return TESTS / "golden"
