"""Garbage is looked for seldom while a command runs, and as before when it has ended."""

import gc

import pytest

from sbv2cli.cli.collection import collected_seldom


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
