"""Garbage is looked for seldom while a command runs, and as before when it has ended."""

import gc

import pytest

from sbv2cli.cli.collection import collected_seldom


@pytest.fixture(autouse=True)
def _as_before():
    yield
    gc.unfreeze()


def test_what_was_set_comes_back():
    usual = gc.get_threshold()
    with collected_seldom():
        assert gc.get_threshold()[0] > usual[0]
    assert gc.get_threshold() == usual


def test_it_comes_back_after_an_error_too():
    usual = gc.get_threshold()
    with pytest.raises(ValueError, match="broken"), collected_seldom():
        raise ValueError("broken")
    assert gc.get_threshold() == usual


def test_what_is_there_at_the_end_is_not_looked_through_again():
    with collected_seldom():
        kept = [[number] for number in range(1000)]
        assert gc.get_freeze_count() == 0
    assert gc.get_freeze_count() > len(kept)
