"""Fixtures that more than one test file needs."""

from __future__ import annotations

from pathlib import Path

import pytest

TESTS = Path(__file__).parent


@pytest.fixture(scope="session")
def golden() -> Path:
    """The recorded vectors; what each file holds is said in the README beside it."""
    return TESTS / "golden"
